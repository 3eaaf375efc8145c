/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h, as tests under ThreadSanitizer see it: what cpus.c or a test
 * plays.
 */
#ifndef CORACLE_ARCH_HYPERCALL_H
#define CORACLE_ARCH_HYPERCALL_H

#include <stdint.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include "coracle/errno.h"

long xen_sched_op(int command, void *argument);
long xen_set_timer_op(uint64_t deadline);
long xen_set_segment_base(unsigned int which, void *base);
long xen_event_channel_op(int command, void *argument);
long xen_vcpu_op(int command, unsigned int vcpu, void *argument);
long xen_version(int command, void *argument);

static inline int xen_errno(long result)
{
    return (int)result;
}

#endif
