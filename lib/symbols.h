/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.h: names of functions in this image, for crash reports.
 */
#ifndef CORACLE_LIB_SYMBOLS_H
#define CORACLE_LIB_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#define SYMBOL_NAME_MAX 64

struct symbol {
    size_t offset;              /* how far behind the function's start */
    char name[SYMBOL_NAME_MAX]; /* cut, if it is longer */
};

/* The function that `address` lies in; false: it is no function of the image.
 * Any context, also in a crash. */
bool symbol_find(const void *address, struct symbol *symbol);

#endif
