/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h: what the guest tests of files have in common. */
#ifndef CORACLE_TESTS_FILES_H
#define CORACLE_TESTS_FILES_H

#include <errno.h>
#include <string.h>
#include "tests/guest/posix/check.h"

/* The call returns -1, and errno is `error`. */
#define FAILS(call, error)                                                     \
    do {                                                                       \
        errno = 0;                                                             \
        CHECK_EQUAL(call, -1);                                                 \
        if (errno != (error)) {                                                \
            printf("FAILED %s:%d: %s: %s, not %s\n", __FILE__, __LINE__,       \
                   #call, strerror(errno), #error);                            \
            check_failures++;                                                  \
        }                                                                      \
    } while (0)

#endif
