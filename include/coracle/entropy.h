/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entropy.h: random bytes that nobody can guess.
 */
#ifndef CORACLE_ENTROPY_H
#define CORACLE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Called at boot. */
void entropy_init(void);

/* Any context. Never fails: docs/boot.md says how good the bytes are on a CPU
 * without RDRAND. */
void entropy_fill(void *to, size_t size);

/* Stir in something unpredictable, such as the time of an event. */
void entropy_stir(uint64_t value);

#endif
