/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpus.h: several CPUs, each a pthread, for tests under ThreadSanitizer.
 *
 * A test tsan_NAME.c is written as a test_NAME.c is (tests/host/test.h), but
 * the sources it tests are named in its first lines, as `// uses: FILE ...`,
 * and compiled by themselves. ThreadSanitizer watches all memory accesses of
 * all threads and ends the test at the first pair of them that no lock and no
 * atomic operation puts in order.
 */
#ifndef CORACLE_TESTS_HOST_TSAN_CPUS_H
#define CORACLE_TESTS_HOST_TSAN_CPUS_H

#include "test.h"

/* Whether ThreadSanitizer finds a mistake when `function` runs, in a process of
 * its own. What it says is not printed. */
bool cpus_race_in(void (*function)(void));

/* Be `count` CPUs with the kernel's scheduler; return when the kernel's thread
 * that runs `function` has ended. Once in a test. */
void cpus_run(unsigned int count, void (*function)(void));

/* The same on a CPU set up by cpus_init() (sched/cpus.c), which may start
 * others: cpus_enter() makes the calling pthread such a one. */
void cpus_boot(void (*function)(void));
struct percpu;
void cpus_enter(struct percpu *cpu);

/* A point in a computation where an event may interrupt it. */
void cpus_point(void);

/* Call function(0), ... function(count - 1) at once, in a pthread each, none
 * of which is a CPU with a scheduler, but each has a struct percpu. */
void cpus_all(unsigned int count, void (*function)(unsigned int number));

#endif
