/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batches.h: how the guests of `make bench` time an operation.
 *
 * It runs in BATCHES batches of `count`. A batch is timed as a whole, and one
 * line says how long it took:
 *
 *     cost yield 2000 312345
 *
 * that is, 2000 switches in 312345 ns. Under QEMU's -icount a nanosecond is one
 * instruction, Xen's included; bench/coraclebench/costs.py runs these guests in
 * that way, takes the median batch and divides.
 */
#ifndef CORACLE_BENCH_BATCHES_H
#define CORACLE_BENCH_BATCHES_H

#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "coracle/time.h"

#define BATCHES 11

int main(int argc, char **argv);

/* One batch of `rounds`. */
typedef void (*batch)(unsigned int rounds);

/* A round does the operation `each` times. */
static inline void measure(const char *name, batch run, unsigned int rounds,
                           unsigned int each)
{
    for (int i = 0; i < BATCHES; i++) {
        uint64_t begin = time_monotonic();

        run(rounds);
        printk("cost %s %u %lu\n", name, rounds * each,
               time_monotonic() - begin);
    }
}

static inline _Noreturn void give_up(const char *why)
{
    printk("not measured: %s\n", why);
    domain_exit(1);
}

#endif
