/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.h: the stacks of threads.
 */
#ifndef CORACLE_SCHED_STACK_H
#define CORACLE_SCHED_STACK_H

#include <stddef.h>
#include "coracle/compiler.h"

/* Mapped from the start: its address is the number of bytes (the Makefile
 * gives more to programs whose compiler cannot make stacks grow). */
extern const char stack_initial[];
#define STACK_INITIAL ((size_t)stack_initial)

/* Kept below the limit for functions that do not check: likewise. */
extern const char stack_reserve[];
#define STACK_RESERVE ((size_t)stack_reserve)

struct stack {
    char *base;           /* the lowest address it may grow to */
    size_t size;          /* from there to the top */
    unsigned long lowest; /* from here to the top there is memory */
};

/*
 * Make a stack that may grow to `max` bytes (rounded up to pages, at least
 * STACK_INITIAL). 0 or -K_ENOMEM. Thread context.
 */
MUST_CHECK int stack_alloc(struct stack *stack, size_t max);
void stack_free(const struct stack *stack);

/* Name the thread for crash reports; the string must live as long. */
void stack_set_owner(struct stack *stack, const char *owner);

#endif
