/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h: a small frame for the guest tests of the C library.
 *
 * A test is a function full of CHECKs; RUN() says its name first, so that the
 * console tells where a guest stopped. All failures are counted and become the
 * exit status: main() ends with `return check_failures != 0`.
 */
#ifndef CORACLE_TESTS_POSIX_CHECK_H
#define CORACLE_TESTS_POSIX_CHECK_H

#include <stdatomic.h>
#include <stdio.h>

static atomic_int check_failures;

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printf("FAILED %s:%d: %s\n", __FILE__, __LINE__, #condition);      \
            check_failures++;                                                  \
        }                                                                      \
    } while (0)

#define CHECK_EQUAL(got, wanted)                                               \
    do {                                                                       \
        long got_ = (long)(got), wanted_ = (long)(wanted);                     \
        if (got_ != wanted_) {                                                 \
            printf("FAILED %s:%d: %s is %ld, not %ld\n", __FILE__, __LINE__,   \
                   #got, got_, wanted_);                                       \
            check_failures++;                                                  \
        }                                                                      \
    } while (0)

#define CHECK_STRING(got, wanted)                                              \
    do {                                                                       \
        const char *got_ = (got), *wanted_ = (wanted);                         \
        if (strcmp(got_, wanted_) != 0) {                                      \
            printf("FAILED %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__,       \
                   __LINE__, #got, got_, wanted_);                             \
            check_failures++;                                                  \
        }                                                                      \
    } while (0)

#define RUN(test)                                                              \
    do {                                                                       \
        printf("test %s\n", #test);                                            \
        test();                                                                \
    } while (0)

#endif
