/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * time.c: clocks and sleeping.
 *
 * Two clocks come from the kernel (include/coracle/time.h): CLOCK_MONOTONIC
 * and CLOCK_REALTIME. Nobody counts processor time per thread; the process's,
 * and with it clock() and times(), is the time since the kernel was entered,
 * which is right as long as the program computes and too much when it sleeps.
 *
 * Concurrency: no state.
 *
 * Left out: setting a clock (dom0 has the only one), timers that send signals.
 */
#include <time.h>

#include <errno.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/time.h"
#include "lib/libc/libc.h"

/* The longest wait that cannot overflow: 146 years. */
#define LONGEST ((uint64_t)INT64_MAX)

bool libc_timespec_valid(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 &&
           time->tv_nsec < (long)NS_PER_S;
}

uint64_t libc_nanoseconds(const struct timespec *time)
{
    if ((uint64_t)time->tv_sec >= LONGEST / NS_PER_S)
        return LONGEST;
    return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

static struct timespec from_ns(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

uint64_t libc_deadline(clockid_t clock, const struct timespec *time)
{
    uint64_t when = libc_nanoseconds(time);
    uint64_t now;

    if (clock != CLOCK_REALTIME)
        return when;
    now = time_wall();
    return time_monotonic() + (when > now ? when - now : 0);
}

/* False if there is no such clock. */
static bool clock_read(clockid_t clock, uint64_t *ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        *ns = time_wall();
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ns = time_monotonic();
        return true;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ns = time_monotonic() - boot_entry_time();
        return true;
    default:
        return false;
    }
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    uint64_t ns;

    if (!clock_read(clock, &ns))
        return (int)libc_result(-EINVAL);
    *time = from_ns(ns);
    return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    uint64_t ns;

    if (!clock_read(clock, &ns))
        return (int)libc_result(-EINVAL);
    if (resolution != NULL)
        *resolution = from_ns(1);
    return 0;
}

int clock_settime(clockid_t clock,
                  __attribute__((unused)) const struct timespec *time)
{
    uint64_t ns;

    return (int)libc_result(clock_read(clock, &ns) ? -EPERM : -EINVAL);
}

/* Returns the error itself, as POSIX wants of this one call. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                    struct timespec *rest)
{
    uint64_t now = time_monotonic();
    uint64_t ns;

    if (!clock_read(clock, &ns) || !libc_timespec_valid(time))
        return EINVAL;
    if (flags & TIMER_ABSTIME)
        thread_sleep_until(libc_deadline(clock, time));
    else
        thread_sleep_until(now + libc_nanoseconds(time));
    if (rest != NULL && !(flags & TIMER_ABSTIME))
        *rest = from_ns(0);
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
    return (int)libc_result(-clock_nanosleep(CLOCK_MONOTONIC, 0, time, rest));
}

unsigned int sleep(unsigned int seconds)
{
    thread_sleep(seconds * NS_PER_S);
    return 0;
}

int usleep(useconds_t microseconds)
{
    thread_sleep(microseconds * NS_PER_US);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    uint64_t us = time_wall() / NS_PER_US;

    if (time != NULL) {
        time->tv_sec = (time_t)(us / 1000000);
        time->tv_usec = (suseconds_t)(us % 1000000);
    }
    if (zone != NULL)
        *(struct timezone *)zone = (struct timezone){0, 0};
    return 0;
}

clock_t times(struct tms *times)
{
    uint64_t ns = time_monotonic() - boot_entry_time();

    *times = (struct tms){0};
    times->tms_utime = (clock_t)(ns / (NS_PER_S / CLOCKS_PER_SEC));
    return times->tms_utime;
}
