/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time.h: the two clocks. All times are nanoseconds in 64 bits.
 * Any context. Source: Xen's pvclock (vcpu_time_info in xen/xen.h).
 */
#ifndef CORACLE_TIME_H
#define CORACLE_TIME_H

#include <stdint.h>

#define NS_PER_US 1000ULL
#define NS_PER_MS 1000000ULL
#define NS_PER_S  1000000000ULL

/* A deadline that never comes. */
#define TIME_NEVER UINT64_MAX

/* Since this host booted (Xen's system time); never goes back. */
uint64_t time_monotonic(void);

/* Since 1970-01-01 00:00 UTC, as the host knows it. */
uint64_t time_wall(void);

#endif
