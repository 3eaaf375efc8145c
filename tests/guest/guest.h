/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest.h: a small frame for guest tests.
 *
 * A guest test is a program, tests/guest/NAME/, that asks one question of the
 * running kernel. Its essay says what is asked, why, and how. It checks with
 * the macros below and returns 0 from main() if all is well; a check that
 * fails prints where and why and ends the guest with status 1. By hand:
 *
 *     make qemu APP=tests/guest/NAME
 */
#ifndef CORACLE_TESTS_GUEST_GUEST_H
#define CORACLE_TESTS_GUEST_GUEST_H

#include "coracle/lifecycle.h"
#include "coracle/print.h"

int main(int argc, char **argv);

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            printk("%s:%d: %s is false\n", __FILE__, __LINE__, #condition);    \
            domain_exit(1);                                                    \
        }                                                                      \
    } while (0)

#define CHECK_EQUAL(got, wanted)                                               \
    do {                                                                       \
        long long got_ = (long long)(got), wanted_ = (long long)(wanted);      \
        if (got_ != wanted_) {                                                 \
            printk("%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got,  \
                   got_, wanted_);                                             \
            domain_exit(1);                                                    \
        }                                                                      \
    } while (0)

#endif
