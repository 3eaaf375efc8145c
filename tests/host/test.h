/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test.h: a small frame for host tests.
 *
 * A test program is one file, tests/host/test_NAME.c. Nothing else needs to
 * know of it: the Makefile and pytest find it, and its tests, by name. It
 * includes the sources that it tests, so it sees their static functions too:
 *
 *     #include "test.h"
 *     #include "lib/idpool.c"
 *
 *     TEST(ids_are_unique)
 *     {
 *         ...
 *         CHECK(a != b);
 *     }
 *
 * The basics (lib/) and a stand-in for the kernel (shim.c) are linked in:
 * panic(), printk(), spinlocks that notice misuse, a clock, and RAM (ram.h).
 * The program runs under the address and undefined-behaviour sanitizers. Each
 * test runs in a process of its own, so static variables are fresh. By hand:
 *
 *     make host && build/host/test_NAME [TEST ...]
 *
 * Why not cmocka or check: both want every test listed a second time, and
 * neither can expect a panic's text; that is all this file does.
 */
#ifndef CORACLE_TESTS_HOST_TEST_H
#define CORACLE_TESTS_HOST_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/compiler.h"

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

/* Define a test; the body follows. */
#define TEST(id)                                                               \
    static void test_##id(void);                                               \
    static struct test test_record_##id = {#id, test_##id, NULL};              \
    __attribute__((constructor)) static void test_register_##id(void)          \
    {                                                                          \
        test_register(&test_record_##id);                                      \
    }                                                                          \
    static void test_##id(void)

/* Print where and why, and end the test's process. */
PRINTF_LIKE(3, 4)
_Noreturn void test_fail(const char *file, int line, const char *format, ...);

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition))                                                      \
            test_fail(__FILE__, __LINE__, "%s is false", #condition);          \
    } while (0)

#define CHECK_EQUAL(got, wanted)                                               \
    do {                                                                       \
        long long got_ = (long long)(got), wanted_ = (long long)(wanted);      \
        if (got_ != wanted_)                                                   \
            test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #got, got_,  \
                      wanted_);                                                \
    } while (0)

#define CHECK_STRING(got, wanted)                                              \
    do {                                                                       \
        const char *got_ = (got), *wanted_ = (wanted);                         \
        if (strcmp(got_, wanted_))                                             \
            test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #got,    \
                      got_, wanted_);                                          \
    } while (0)

/* `statement` must panic with a message that contains `text`. The statement
 * is left by longjmp(); locks it held count as released. */
#define CHECK_PANIC(text, statement)                                           \
    do {                                                                       \
        test_panic_expected = true;                                            \
        if (!setjmp(test_panic_target)) {                                      \
            statement;                                                         \
            test_fail(__FILE__, __LINE__, "%s did not panic", #statement);     \
        }                                                                      \
        if (!strstr(test_panic_message, text))                                 \
            test_fail(__FILE__, __LINE__, "panic says \"%s\", not \"%s\"",     \
                      test_panic_message, text);                               \
    } while (0)

extern bool test_panic_expected;
extern jmp_buf test_panic_target;
extern char test_panic_message[256];

/* What time_monotonic() says; tests set it. */
extern uint64_t test_time;

/* All that printk() has printed so far, cut at 64 KiB. */
extern char test_printed[1 << 16];

/* Spinlocks held now. */
unsigned int test_locks_held(void);

/* The same sequence in every run: a test that fails, fails again. */
uint32_t test_random(void);

/* A random number below `limit` (at least 1). */
static inline uint32_t test_below(uint32_t limit)
{
    return test_random() % limit;
}

#endif
