/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbols.h: names of functions in this image, for crash reports.
 */
#ifndef CORACLE_LIB_SYMBOLS_H
#define CORACLE_LIB_SYMBOLS_H

#include <stddef.h>

/*
 * The name of the function that `address` lies in, and how far, or NULL if it
 * is no function of the image. Any context, also in a crash.
 */
const char *symbol_find(const void *address, size_t *offset);

#endif
