/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack.c: the stacks of threads, which grow as programs need.
 *
 * A stack is an area of THREAD_STACK_MAX addresses (or what the thread asks
 * for), with memory behind the upper STACK_INITIAL at first:
 *
 *     guard page | addresses only ......... | mapped ............... | guard
 *     base                                   lowest     limit      top
 *                                            <-reserve->
 *
 * Programs compare their stack pointer with `limit` at every function's entry
 * and call __morestack (arch/x86/morestack.S) when it is lower; that calls
 * stack_grow() below. The reserve between is for the functions that do not
 * check: the kernel's, those of lib/libc, and what Xen pushes for an event.
 *
 * Concurrency: a stack in use is changed by its own thread only; `lock` guards
 * those that are kept for later.
 */
#include "sched/stack.h"
#include "arch/x86/percpu.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "mm/area.h"
#include "sched/sched.h"

#define KIND "stack of thread"

void stack_grow(unsigned long needed, unsigned long stack_pointer);

/*
 * Stacks of the usual size are kept when their threads end, a few of them, if
 * they have not grown far: mapping costs more than all else in the life of a
 * short thread. `lock` guards the shelf.
 */
#define SHELF_SIZE      8
#define SHELF_GROWN_MAX (32UL << 10)

static struct spinlock lock;
static struct stack shelf[SHELF_SIZE];
static unsigned int shelf_count;

static bool take_from_shelf(struct stack *stack, size_t size)
{
    bool found;

    if (size != THREAD_STACK_MAX)
        return false;
    spin_lock(&lock);
    found = shelf_count > 0;
    if (found)
        *stack = shelf[--shelf_count];
    spin_unlock(&lock);
    return found;
}

static bool put_on_shelf(const struct stack *stack)
{
    bool keep;

    if (stack->size != THREAD_STACK_MAX ||
        (unsigned long)stack->base + stack->size - stack->lowest >
            SHELF_GROWN_MAX)
        return false;
    spin_lock(&lock);
    keep = shelf_count < SHELF_SIZE;
    if (keep)
        shelf[shelf_count++] = *stack;
    spin_unlock(&lock);
    return keep;
}

int stack_alloc(struct stack *stack, size_t max)
{
    size_t size = (max + PAGE_SIZE - 1) & -PAGE_SIZE;

    if (size < max) /* it overflowed */
        return -K_ENOMEM;
    if (size < STACK_INITIAL)
        size = STACK_INITIAL;
    if (take_from_shelf(stack, size))
        return 0;
    stack->size = size;
    stack->base =
        area_reserve(size / PAGE_SIZE, (struct area_label){KIND, "?"});
    if (!stack->base)
        return -K_ENOMEM;
    stack->lowest = (unsigned long)stack->base + size - STACK_INITIAL;
    if (area_populate(stack->base, (size - STACK_INITIAL) / PAGE_SIZE,
                      STACK_INITIAL / PAGE_SIZE)) {
        area_free(stack->base);
        return -K_ENOMEM;
    }
    return 0;
}

void stack_free(const struct stack *stack)
{
    area_set_label(stack->base, (struct area_label){KIND, "?"});
    if (!put_on_shelf(stack))
        area_free(stack->base);
}

void stack_set_owner(struct stack *stack, const char *owner)
{
    area_set_label(stack->base, (struct area_label){KIND, owner});
}

/*
 * Called by __morestack, in the thread whose stack pointer was `stack_pointer`
 * when its function began: make room for `needed` bytes below, or give up.
 */
void stack_grow(unsigned long needed, unsigned long stack_pointer)
{
    struct thread *thread = thread_self();
    struct stack *stack = &thread->stack;
    unsigned long base = (unsigned long)stack->base;
    unsigned long mapped = base + stack->size - stack->lowest;
    unsigned long wanted =
        (stack_pointer - needed - STACK_RESERVE) & -PAGE_SIZE;

    if (wanted > stack_pointer || wanted < base)
        panic("stack overflow: thread %s needs more than its %lu KiB: %p is in "
              "the guard page below stack of thread %s",
              thread->name, stack->size >> 10, (void *)(stack_pointer - needed),
              thread->name);
    /* At least double it, so that growing stays rare. */
    if (wanted > stack->lowest - mapped)
        wanted = stack->lowest - mapped;
    if (wanted < base || wanted > stack->lowest)
        wanted = base;
    if (area_populate(stack->base, (wanted - base) / PAGE_SIZE,
                      (stack->lowest - wanted) / PAGE_SIZE))
        panic("out of memory: the stack of thread %s cannot grow to %lu KiB",
              thread->name, (base + stack->size - wanted) >> 10);
    stack->lowest = wanted;
    thread_set_stack_limit(thread, wanted + STACK_RESERVE);
}
