/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * percpu.h, as host tests see it: one CPU, on which events are masked as often
 * as spinlocks are held, and once more if a test says so.
 */
#ifndef CORACLE_ARCH_PERCPU_H
#define CORACLE_ARCH_PERCPU_H

#include <stdint.h>
#include "test.h"

/* Set by a test that plays an event handler. */
extern uint32_t fake_masked;

#define cpu_read(field) fake_##field()

static inline uint32_t fake_mask_depth(void)
{
    return fake_masked + test_locks_held();
}

#endif
