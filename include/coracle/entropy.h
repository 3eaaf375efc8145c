/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entropy.h: random bytes. Thread context. Implemented in xen/entropy.c, which
 * also says where they come from and how good they are.
 */
#ifndef CORACLE_ENTROPY_H
#define CORACLE_ENTROPY_H

#include <stddef.h>

/* Fill `size` bytes at `to` with random ones. Cannot fail. */
void entropy_fill(void *to, size_t size);

#endif
