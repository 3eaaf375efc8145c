/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim.c: what stands in for the kernel in host tests and fuzzers.
 *
 * Spinlocks are flags that end the test when one is taken twice or released
 * without having been taken: there is one thread, so either is a mistake.
 */
#include <stdarg.h>
#include "test.h"
#include "arch/x86/frames.h"
#include "arch/x86/percpu.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "coracle/time.h"

#define LOCKS_MAX 8

bool test_panic_expected;
jmp_buf test_panic_target;
char test_panic_message[256];
uint64_t test_time;
char *ram_base; /* ram.c; without it, frames are only numbers */
char test_printed[1 << 16];

struct percpu *cpus[CPU_MAX];
unsigned int fake_cpu;
uint32_t fake_masked;
struct magazines *fake_kept;
unsigned int fake_events_masked;

static struct spinlock *held[LOCKS_MAX];
static unsigned int held_count;

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

unsigned int test_locks_held(void)
{
    return held_count;
}

void spin_lock(struct spinlock *lock)
{
    if (atomic_exchange(&lock->held, 1))
        test_fail(__FILE__, __LINE__, "lock %p is taken twice", (void *)lock);
    CHECK(held_count < LOCKS_MAX);
    held[held_count++] = lock;
}

void spin_unlock(struct spinlock *lock)
{
    unsigned int i = 0;

    while (i < held_count && held[i] != lock)
        i++;
    if (i == held_count)
        test_fail(__FILE__, __LINE__, "lock %p is not held", (void *)lock);
    held[i] = held[--held_count];
    atomic_store(&lock->held, 0);
}

static void release_all_locks(void)
{
    while (held_count > 0)
        spin_unlock(held[held_count - 1]);
}

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(test_panic_message, sizeof(test_panic_message), format,
              arguments);
    va_end(arguments);
    if (!test_panic_expected)
        test_fail("panic", 0, "%s", test_panic_message);
    test_panic_expected = false;
    release_all_locks();
    longjmp(test_panic_target, 1);
}

void vprintk(const char *format, va_list arguments)
{
    size_t length = strlen(test_printed);

    vsnprintf(test_printed + length, sizeof(test_printed) - length, format,
              arguments);
}

void printk(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintk(format, arguments);
    va_end(arguments);
}

uint64_t time_monotonic(void)
{
    return test_time;
}

uint64_t time_wall(void)
{
    return test_time;
}

/* Xorshift, by George Marsaglia. */
uint32_t test_random(void)
{
    static uint32_t state = 2463534242;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}
