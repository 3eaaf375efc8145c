/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compiler.h: the few things we ask of the compiler beyond C11.
 */
#ifndef CORACLE_COMPILER_H
#define CORACLE_COMPILER_H

#include <stddef.h>

/* The caller must look at the result: errors are never dropped silently. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* `format` and `first` number the arguments as printf's do, from 1. */
#define PRINTF_LIKE(format, first)                                             \
    __attribute__((__format__(__printf__, format, first)))

/* For a function that runs before the stack canary has its value. */
#define NO_CANARY __attribute__((no_stack_protector))

/*
 * A component (a driver, a protocol stack) announces itself by a function of
 * this kind, which runs in the main thread before main(), in the order of the
 * numbers. So nobody holds a list of them: what is linked, starts.
 */
#define STARTS(order) __attribute__((constructor(order)))
#define START_DRIVER  200
#define START_STACK   300

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The structure of type `type` whose field `member` lies at `pointer`. */
#define container_of(pointer, type, member)                                    \
    ((type *)((char *)(pointer)-offsetof(type, member)))

/*
 * Read or write memory that somebody else changes at the same time, exactly
 * once: the compiler may neither repeat, split nor drop the access. Shared
 * memory is always copied out with READ_ONCE before it is checked and used.
 */
#define READ_ONCE(x)         (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

#endif
