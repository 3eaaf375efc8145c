/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys_arch.c: what lwIP asks of an operating system: time, threads, mutexes,
 * mailboxes and short critical sections, in terms of include/coracle/. lwIP's
 * doc/sys_arch.txt is the specification.
 *
 * A mailbox is a queue of pointers in a ring that grows up to the size that
 * lwIP asked for: a thousand idle connections have one each, and hardly use it.
 *
 * The critical section (SYS_ARCH_PROTECT) guards reference counts and the like
 * for some instructions, and may be entered again by the thread that is in it:
 * a spinlock, and who has it. Nobody sleeps inside.
 */
#include <stdatomic.h>
#include <string.h>
#include "coracle/entropy.h"
#include "coracle/memory.h"
#include "lwip/sys.h"

/* ---- Time and chance ----------------------------------------------------- */

u32_t sys_now(void)
{
    return (u32_t)(time_monotonic() / NS_PER_MS);
}

unsigned int lwip_port_random(void)
{
    unsigned int number;

    entropy_fill(&number, sizeof(number));
    return number;
}

void sys_init(void)
{
}

/* lwIP's timeouts: milliseconds, 0 for ever. */
static uint64_t deadline_of(u32_t timeout)
{
    return timeout ? time_monotonic() + timeout * NS_PER_MS : TIME_NEVER;
}

static u32_t milliseconds_since(uint64_t begin)
{
    return (u32_t)((time_monotonic() - begin) / NS_PER_MS);
}

/* ---- Critical sections --------------------------------------------------- */

static struct spinlock protect_lock;
static struct thread *_Atomic protect_owner;

sys_prot_t sys_arch_protect(void)
{
    struct thread *self = thread_self();

    /* Only this thread itself can have made it equal. */
    if (atomic_load_explicit(&protect_owner, memory_order_relaxed) == self)
        return 1;
    spin_lock(&protect_lock);
    atomic_store_explicit(&protect_owner, self, memory_order_relaxed);
    return 0;
}

void sys_arch_unprotect(sys_prot_t inner)
{
    if (inner)
        return;
    atomic_store_explicit(&protect_owner, NULL, memory_order_relaxed);
    spin_unlock(&protect_lock);
}

/* ---- Mutexes --------------------------------------------------------------
 */

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    *mutex = heap_alloc(sizeof(**mutex));
    if (!*mutex)
        return ERR_MEM;
    mutex_init(*mutex);
    return ERR_OK;
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    mutex_lock(*mutex);
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    mutex_unlock(*mutex);
}

void sys_mutex_free(sys_mutex_t *mutex)
{
    heap_free(*mutex);
}

/* ---- Mailboxes ----------------------------------------------------------- */

struct lwip_mailbox {
    struct spinlock lock; /* guards all below */
    unsigned int limit;   /* messages at most */
    unsigned int size;    /* of the ring, a power of two */
    unsigned int first;   /* counters that run freely; first <= last */
    unsigned int last;
    void **messages;
    struct waitq readers;
    struct waitq writers;
};

#define FIRST_SIZE 4u

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    struct lwip_mailbox *box = heap_alloc_zeroed(1, sizeof(*box));

    *mbox = NULL;
    if (!box)
        return ERR_MEM;
    box->messages = heap_alloc(FIRST_SIZE * sizeof(void *));
    if (!box->messages) {
        heap_free(box);
        return ERR_MEM;
    }
    box->limit = size > 0 ? (unsigned int)size : 64;
    box->size = FIRST_SIZE;
    waitq_init(&box->readers);
    waitq_init(&box->writers);
    *mbox = box;
    return ERR_OK;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    heap_free((*mbox)->messages);
    heap_free(*mbox);
}

/* Twice the room; the lock is held. False: it stays as it is. */
static bool grow(struct lwip_mailbox *box)
{
    unsigned int count = box->last - box->first;
    void **messages;

    if (box->size >= box->limit)
        return false;
    messages = heap_alloc(2 * box->size * sizeof(void *));
    if (!messages)
        return false;
    for (unsigned int i = 0; i < count; i++)
        messages[i] = box->messages[(box->first + i) & (box->size - 1)];
    heap_free(box->messages);
    box->messages = messages;
    box->size *= 2;
    box->first = 0;
    box->last = count;
    return true;
}

/* With the lock held. */
static bool put(struct lwip_mailbox *box, void *message)
{
    if (box->last - box->first == box->size && !grow(box))
        return false;
    box->messages[box->last++ & (box->size - 1)] = message;
    waitq_wake_one(&box->readers);
    return true;
}

static bool take(struct lwip_mailbox *box, void **message)
{
    if (box->first == box->last)
        return false;
    *message = box->messages[box->first++ & (box->size - 1)];
    waitq_wake_one(&box->writers);
    return true;
}

void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
    struct lwip_mailbox *box = *mbox;

    spin_lock(&box->lock);
    while (!put(box, message))
        waitq_wait(&box->writers, &box->lock, TIME_NEVER);
    spin_unlock(&box->lock);
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
    struct lwip_mailbox *box = *mbox;
    bool done;

    spin_lock(&box->lock);
    done = put(box, message);
    spin_unlock(&box->lock);
    return done ? ERR_OK : ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *message)
{
    return sys_mbox_trypost(mbox, message);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **message, u32_t timeout)
{
    struct lwip_mailbox *box = *mbox;
    uint64_t begin = time_monotonic();
    uint64_t deadline = deadline_of(timeout);
    void *nowhere;
    bool taken;

    spin_lock(&box->lock);
    while (!(taken = take(box, message ? message : &nowhere)))
        if (waitq_wait(&box->readers, &box->lock, deadline)) {
            taken = take(box, message ? message : &nowhere);
            break;
        }
    spin_unlock(&box->lock);
    return taken ? milliseconds_since(begin) : SYS_ARCH_TIMEOUT;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **message)
{
    struct lwip_mailbox *box = *mbox;
    void *nowhere;
    bool taken;

    spin_lock(&box->lock);
    taken = take(box, message ? message : &nowhere);
    spin_unlock(&box->lock);
    return taken ? 0 : SYS_MBOX_EMPTY;
}

/* ---- Threads --------------------------------------------------------------
 */

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function,
                            void *argument, int stack, int priority)
{
    struct thread *thread = thread_create(name, function, argument, 0);

    (void)stack;
    (void)priority;
    if (!thread)
        panic("lwIP: no memory for the thread %s", name);
    thread_detach(thread);
    return thread;
}
