/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * semaphore.c: POSIX semaphores are the kernel's (include/coracle/sync.h).
 *
 * Concurrency: the semaphore locks itself.
 */
#include <semaphore.h>

#include "coracle/errno.h"
#include "coracle/sync.h"
#include "lib/libc/libc.h"

_Static_assert(sizeof(struct semaphore) <= sizeof(sem_t), "sem_t");

static struct semaphore *state_of(sem_t *semaphore)
{
    return (struct semaphore *)semaphore;
}

int sem_init(sem_t *semaphore, __attribute__((unused)) int shared,
             unsigned int count)
{
    if (count > SEM_VALUE_MAX)
        return (int)libc_result(-EINVAL);
    semaphore_init(state_of(semaphore), count);
    return 0;
}

int sem_destroy(__attribute__((unused)) sem_t *semaphore)
{
    return 0;
}

int sem_wait(sem_t *semaphore)
{
    return (int)libc_result(semaphore_down(state_of(semaphore), TIME_NEVER));
}

/* Under the semaphore's own lock, without the way through the scheduler. */
int sem_trywait(sem_t *semaphore)
{
    struct semaphore *state = state_of(semaphore);
    bool got;

    spin_lock(&state->lock);
    got = state->count > 0;
    if (got)
        state->count--;
    spin_unlock(&state->lock);
    return (int)libc_result(got ? 0 : -EAGAIN);
}

int sem_timedwait(sem_t *restrict semaphore,
                  const struct timespec *restrict deadline)
{
    if (!libc_timespec_valid(deadline))
        return (int)libc_result(-EINVAL);
    return (int)libc_result(semaphore_down(
        state_of(semaphore), libc_deadline(CLOCK_REALTIME, deadline)));
}

int sem_post(sem_t *semaphore)
{
    struct semaphore *state = state_of(semaphore);

    /* Two posts at once at the very limit are not told apart. */
    if (READ_ONCE(state->count) >= SEM_VALUE_MAX)
        return (int)libc_result(-EOVERFLOW);
    semaphore_up(state);
    return 0;
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict count)
{
    *count = (int)READ_ONCE(state_of(semaphore)->count);
    return 0;
}
