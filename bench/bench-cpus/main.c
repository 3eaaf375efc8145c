/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-cpus: what several CPUs cost at boot, and what they are good for.
 *
 *     bench-cpus N         how long after the kernel's entry main() began, and
 *                          how long after it N CPUs took part
 *     bench-cpus N work    the same; then two threads compute, with N CPUs
 *
 * It prints, in nanoseconds,
 *
 *     main 123456
 *     online 4 345678
 *     work 2012345678
 *
 * The threads only compute: they call nothing and take no memory. Where they
 * run is the scheduler's to say. While main() waits for the CPUs it sleeps: an
 * emulated CPU that sleeps leaves the others more.
 */
#include "bench/batches.h"
#include "coracle/cpus.h"
#include "coracle/thread.h"
#include "lib/string.h"

#define LOOK   (10 * NS_PER_US)
#define ROUNDS 1000000000UL
#define WAIT   NS_PER_S

/* One congruential generator after another; the end cannot be foretold. */
static void compute(void *result)
{
    uint64_t x = 1;

    for (unsigned long i = 0; i < ROUNDS; i++)
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
    *(uint64_t *)result = x;
}

static struct thread *start(uint64_t *result)
{
    struct thread *thread = thread_create("busy", compute, result, 0);

    if (!thread)
        give_up("no memory for a thread");
    return thread;
}

static void work(void)
{
    uint64_t results[2] = {0, 1};
    uint64_t begin = time_monotonic();
    struct thread *first = start(&results[0]);
    struct thread *second = start(&results[1]);

    thread_join(first);
    thread_join(second);
    printk("work %lu\n", time_monotonic() - begin);
    if (results[0] != results[1])
        give_up("two threads computed different things");
}

static void await_cpus(unsigned int count)
{
    while (cpu_count() < count) {
        if (time_monotonic() - boot_entry_time() > WAIT)
            give_up("the CPUs did not come up");
        thread_sleep(LOOK);
    }
    printk("online %u %llu\n", count, time_monotonic() - boot_entry_time());
}

int main(int argc, char **argv)
{
    uint64_t began = time_monotonic() - boot_entry_time();

    if (argc < 2 || argv[1][0] < '1' || argv[1][0] > '9')
        give_up("how many CPUs?");
    printk("main %lu\n", began);
    await_cpus((unsigned int)(argv[1][0] - '0'));
    if (argc > 2 && !strcmp(argv[2], "work"))
        work();
    return 0;
}
