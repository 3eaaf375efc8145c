/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * percpu.h, as host tests see it: one CPU, on which events are masked as often
 * as spinlocks are held, and once more if a test says so. For the heap a test
 * may be several CPUs in turn: it sets fake_kept.
 */
#ifndef CORACLE_ARCH_PERCPU_H
#define CORACLE_ARCH_PERCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "test.h"

/* Set by a test that plays an event handler. */
extern uint32_t fake_masked;

/* All CPUs that the test is in turn, and which one it is. */
#define CPU_MAX 4
struct percpu {
    struct magazines *magazines;
    atomic_bool reclaim;
};
extern struct percpu *cpus[CPU_MAX];
extern unsigned int fake_cpu;

static inline struct percpu *cpu_this(void)
{
    return cpus[fake_cpu];
}

static inline unsigned int fake_id(void)
{
    return fake_cpu;
}

/* This CPU's magazines, and how often events_mask() is in force. */
extern struct magazines *fake_kept;
extern unsigned int fake_events_masked;

#define cpu_read(field)         fake_##field()
#define cpu_write(field, value) fake_write_##field(value)

static inline struct magazines *fake_magazines(void)
{
    CHECK(fake_events_masked > 0);
    return fake_kept;
}

static inline void fake_write_magazines(struct magazines *magazines)
{
    fake_kept = magazines;
}

static inline void events_mask(void)
{
    fake_events_masked++;
}

static inline void events_unmask(void)
{
    CHECK(fake_events_masked-- > 0);
}

static inline uint32_t fake_mask_depth(void)
{
    return fake_masked + test_locks_held();
}

#endif
