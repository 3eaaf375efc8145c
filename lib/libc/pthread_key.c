/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pthread_key.c: data of one's own for each thread, under keys.
 *
 * A key is an index into one table. Deleting a key cannot reach into all
 * threads to clear their values; so each key has a number that changes when
 * the key is made or deleted, and a value counts only if it was stored under
 * the present number. An odd number means that the key is in use.
 *
 * Concurrency: key_lock guards the table; the numbers may be read without it.
 * A thread's values are its own.
 */
#include "lib/libc/libc.h"

#include "coracle/memory.h"

struct key {
    unsigned long number; /* odd: in use */
    void (*destructor)(void *);
};

/* What a thread stored, and under which number. */
struct key_value {
    unsigned long number;
    void *value;
};

static struct spinlock key_lock = SPINLOCK_INIT;
static struct key keys[PTHREAD_KEYS_MAX]; /* guarded by key_lock */

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    unsigned int i = 0;

    spin_lock(&key_lock);
    while (i < PTHREAD_KEYS_MAX && keys[i].number % 2 != 0)
        i++;
    if (i < PTHREAD_KEYS_MAX) {
        keys[i].number++;
        keys[i].destructor = destructor;
    }
    spin_unlock(&key_lock);
    if (i == PTHREAD_KEYS_MAX)
        return EAGAIN;
    *key = i;
    return 0;
}

/*
 * The number of a key in use, else 0. Without the lock: a program that deletes
 * a key while it uses it gets the one answer or the other.
 */
static unsigned long number_of(pthread_key_t key)
{
    unsigned long number;

    if (key >= PTHREAD_KEYS_MAX)
        return 0;
    number = READ_ONCE(keys[key].number);
    return number % 2 != 0 ? number : 0;
}

int pthread_key_delete(pthread_key_t key)
{
    int error = EINVAL;

    if (key >= PTHREAD_KEYS_MAX)
        return EINVAL;
    spin_lock(&key_lock);
    if (keys[key].number % 2 != 0) {
        keys[key].number++;
        error = 0;
    }
    spin_unlock(&key_lock);
    return error;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    struct libc_thread *self = libc_thread_self();
    unsigned long number = number_of(key);

    if (number == 0)
        return EINVAL;
    if (self->values == NULL)
        self->values =
            heap_alloc_zeroed(PTHREAD_KEYS_MAX, sizeof(*self->values));
    if (self->values == NULL)
        return ENOMEM;
    self->values[key] = (struct key_value){number, (void *)value};
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    struct libc_thread *self = libc_thread_self();
    unsigned long number = number_of(key);

    if (number == 0 || self->values == NULL ||
        self->values[key].number != number)
        return NULL;
    return self->values[key].value;
}

/* One round; returns whether there was anything to destroy. */
static bool destroy_round(struct libc_thread *self)
{
    bool any = false;

    for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
        void (*destructor)(void *);
        void *value = pthread_getspecific(key);

        spin_lock(&key_lock);
        destructor = keys[key].destructor;
        spin_unlock(&key_lock);
        if (value == NULL || destructor == NULL)
            continue;
        self->values[key].value = NULL;
        destructor(value);
        any = true;
    }
    return any;
}

/* A destructor may store something again: hence several rounds. */
void pthread_keys_run_destructors(struct libc_thread *self)
{
    if (self->values == NULL)
        return;
    for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS; i++) {
        if (!destroy_round(self))
            break;
    }
    heap_free(self->values);
    self->values = NULL;
}
