/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.c: the life of a thread: create, exit, join, detach.
 *
 * One area holds all of a thread: from the top of its stack downwards stand
 * struct thread, its thread-local variables if the program has any, room for
 * the vector registers, and the stack itself:
 *
 *     | ... stack <- | fpu | thread-local variables | struct thread |
 *
 * A thread cannot free the stack that it runs on. It marks itself ended, gives
 * up its CPU for good, and whoever joins it frees it; a detached one is freed
 * by an idle thread or by the next thread_create().
 *
 * `lock` guards the list of all threads and the fields marked [threads]. It is
 * taken before a run queue's. A thread that ends takes the lock of its CPU's
 * run queue before it lets go of `lock`, so whoever has seen `ended` and then
 * gets that queue's lock knows that it is off its CPU.
 */
#include "coracle/thread.h"
#include "arch/x86/fpu.h"
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/string.h"
#include "sched/runqueue.h"

#define MXCSR_DEFAULT     0x1f80ul
#define FCW_DEFAULT       0x37ful
#define ALIGN_DOWN(x, to) ((x) & -(unsigned long)(to))

/* The thread-local variables' initial values, from image.lds. */
extern const char tls_start[], tls_data_end[], tls_end[], tls_align[];

static struct spinlock lock;
static struct list all = LIST_INIT(all);
static struct list dead = LIST_INIT(dead); /* ended, detached, to be freed */

void (*thread_local_free)(void *local);
void context_begin(void); /* entry.S */

const char *thread_name(const struct thread *thread)
{
    return thread->name;
}

void thread_set_name(struct thread *thread, const char *name)
{
    (void)string_copy(thread->name, name, sizeof(thread->name));
}

void *thread_local_get(void)
{
    return thread_self()->local;
}

void thread_local_set(void *local)
{
    thread_self()->local = local;
}

struct thread *thread_next(struct thread *thread)
{
    struct list *link = thread ? thread->all_link.next : all.next;

    return link == &all ? NULL : container_of(link, struct thread, all_link);
}

/* ---- For people --------------------------------------------------------- */

static const char *state_name(enum thread_state state)
{
    static const char *const names[] = {
        [THREAD_RUNNING] = "running",
        [THREAD_READY] = "ready",
        [THREAD_SLEEPING] = "sleeping",
        [THREAD_ENDED] = "ended",
    };

    return names[state];
}

/* `lock` keeps the thread; what changes meanwhile is one word each. */
static void look_at(const struct thread *thread, struct inspect_thread *to)
{
    const struct stack *stack = &thread->stack;
    uintptr_t top = (uintptr_t)stack->base + stack->size;

    (void)string_copy(to->name, thread->name, sizeof(to->name));
    to->state = state_name(READ_ONCE(thread->state));
    to->cpu = READ_ONCE(thread->home)->cpu;
    to->stack_size = stack->size;
    to->stack_mapped = top - READ_ONCE(stack->lowest);
    to->turns = READ_ONCE(thread->turns);
}

unsigned int inspect_threads(struct inspect_thread to[], unsigned int room)
{
    unsigned int count = 0;

    spin_lock(&lock);
    list_for_each (link, &all) {
        if (count < room)
            look_at(container_of(link, struct thread, all_link), &to[count]);
        count++;
    }
    spin_unlock(&lock);
    return count;
}

/* ---- Beginning ---------------------------------------------------------- */

/* The first function on a new stack. */
static void begin(void)
{
    struct thread *self;

    switch_finish();
    self = thread_self();
    self->entry(self->argument);
    thread_exit();
}

/*
 * The x86-64 ABI's thread-local block: the variables end where fs points, and
 * there stands the pointer to itself; compilers use the words behind it
 * (fs:0x28, fs:0x70). Returns the lowest address used below `top`.
 */
static unsigned long place_tls(struct thread *thread, unsigned long top)
{
    unsigned long size = (unsigned long)(tls_end - tls_start);
    unsigned long align = (unsigned long)tls_align;
    unsigned long fs, start;

    if (!size)
        return top;
    fs = ALIGN_DOWN(top - 128, align > 64 ? align : 64);
    start = fs - ((size + align - 1) & -align);
    memset((void *)start, 0, top - start);
    memcpy((void *)start, tls_start, (size_t)(tls_data_end - tls_start));
    *(unsigned long *)fs = fs;
    thread->fs_base = (void *)fs;
    return start;
}

/* What context_switch() will pop; see there and context_begin(). */
static unsigned long place_context(unsigned long top)
{
    unsigned long *word = (unsigned long *)ALIGN_DOWN(top, 16);

    *--word = (unsigned long)context_begin;
    *--word = 0;                    /* rbp */
    *--word = (unsigned long)begin; /* rbx */
    for (int i = 0; i < 4; i++)     /* r12 to r15 */
        *--word = 0;
    *--word = FCW_DEFAULT << 32 | MXCSR_DEFAULT;
    return (unsigned long)word;
}

/* Lay a thread out at the top of its stack. */
static struct thread *lay_out(const struct stack *stack, const char *name)
{
    unsigned long top = (unsigned long)stack->base + stack->size;
    struct thread *thread;

    top = ALIGN_DOWN(top - sizeof(*thread), 64);
    thread = (struct thread *)top;
    memset(thread, 0, sizeof(*thread));
    thread->stack = *stack;
    thread->stack_limit = stack->lowest + STACK_RESERVE;
    (void)string_copy(thread->name, name, sizeof(thread->name));
    waitq_init(&thread->joiner);
    list_init(&thread->queue_link);
    list_init(&thread->wait_link);
    top = place_tls(thread, top);
    top = ALIGN_DOWN(top - fpu_size(), FPU_ALIGN);
    thread->fpu = (void *)top;
    memset(thread->fpu, 0, fpu_size()); /* XSAVE wants a clean header */
    thread->stack_pointer = place_context(top);
    return thread;
}

struct thread *thread_create(const char *name, void (*entry)(void *),
                             void *argument, size_t stack_max)
{
    struct thread *thread;
    struct stack stack;

    thread_reap();
    if (stack_alloc(&stack, stack_max ? stack_max : THREAD_STACK_MAX))
        return NULL;
    thread = lay_out(&stack, name);
    stack_set_owner(&thread->stack, thread->name);
    thread->home = thread_self()->home;
    thread->affinity = thread_self()->affinity;
    thread->entry = entry;
    thread->argument = argument;
    spin_lock(&lock);
    list_add_tail(&all, &thread->all_link);
    spin_unlock(&lock);
    wake_new(thread);
    return thread;
}

/* ---- Ending ------------------------------------------------------------- */

_Noreturn void thread_exit(void)
{
    struct thread *self = thread_self();

    if (self->local && thread_local_free)
        thread_local_free(self->local);
    spin_lock(&lock);
    list_del(&self->all_link);
    self->ended = true;
    if (self->detached)
        list_add(&dead, &self->all_link);
    waitq_wake_all(&self->joiner);
    switch_end(&lock);
}

/* Free a thread that has ended, once it is off its CPU. */
static void bury(struct thread *thread)
{
    struct stack stack;

    switch_wait_off(thread);
    stack = thread->stack; /* the structure goes with it */
    stack_free(&stack);
}

void thread_join(struct thread *thread)
{
    spin_lock(&lock);
    ASSERT(!thread->detached && thread != thread_self());
    while (!thread->ended)
        (void)waitq_wait(&thread->joiner, &lock, TIME_NEVER);
    spin_unlock(&lock);
    bury(thread);
}

void thread_detach(struct thread *thread)
{
    bool ended;

    spin_lock(&lock);
    ASSERT(!thread->detached);
    thread->detached = true;
    ended = thread->ended;
    spin_unlock(&lock);
    if (ended)
        bury(thread);
}

void thread_reap(void)
{
    for (;;) {
        struct thread *thread;

        spin_lock(&lock);
        thread = list_first(&dead, struct thread, all_link);
        if (thread)
            list_del(&thread->all_link);
        spin_unlock(&lock);
        if (!thread)
            return;
        bury(thread);
    }
}
