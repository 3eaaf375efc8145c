/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c: the table of descriptors.
 *
 * Each call with a descriptor (readwrite.c, control.c) looks it up here and
 * holds a reference while the file's operation runs. close() only empties the
 * slot and drops a reference, so that a thread which is reading from the file
 * at that moment finishes with a live structure. If that was the file's last
 * descriptor, threads that wait in it are told to give up.
 *
 * The table begins small and doubles when it is full; `lowest_free` spares
 * file_install() to look through a thousand slots for the lowest free one.
 *
 * Concurrency: table_lock guards the table and the files' count of descriptors.
 * The files' operations run without it.
 */
#include "lib/libc/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "coracle/spinlock.h"
#include "lib/libc/libc.h"

#define TABLE_FIRST 16

static struct spinlock table_lock = SPINLOCK_INIT;
static struct file *first_table[TABLE_FIRST] = {
    &console_file,
    &console_file,
    &console_file,
};
static struct file **table = first_table;
static int table_size = TABLE_FIRST;
static int lowest_free = 3; /* below it, no slot is free */

/* What of open()'s flags says how to open, and is over then. */
#define FLAGS_OF_OPENING                                                       \
    (O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW |          \
     O_DIRECTORY)

void file_init(struct file *file, const struct file_ops *ops, int flags)
{
    file->ops = ops;
    atomic_init(&file->references, 1);
    atomic_init(&file->flags, flags & ~FLAGS_OF_OPENING);
    file->descriptors = 0;
    list_init(&file->watches);
    file->mount = NULL;
    file->place = NULL;
}

bool file_nonblocking(struct file *file)
{
    return (atomic_load(&file->flags) & O_NONBLOCK) != 0;
}

/* ---- The table ----------------------------------------------------------- */

/* The slot of `descriptor`, or NULL if the table does not reach so far. */
static struct file **slot_locked(int descriptor)
{
    return descriptor >= 0 && descriptor < table_size ? &table[descriptor]
                                                      : NULL;
}

/* Make room for `descriptor`: 0, -EMFILE or -ENOMEM. A table never shrinks. */
static int table_grow(int descriptor)
{
    struct file **larger, **old = NULL;
    int size = TABLE_FIRST;

    if (descriptor < READ_ONCE(table_size))
        return 0;
    if (descriptor >= FILE_DESCRIPTORS_MAX)
        return -EMFILE;
    while (size <= descriptor)
        size *= 2;
    larger = heap_alloc_zeroed((size_t)size, sizeof(*larger));
    if (larger == NULL)
        return -ENOMEM;
    spin_lock(&table_lock);
    if (size > table_size) {
        old = table;
        memcpy(larger, table, (size_t)table_size * sizeof(*table));
        table = larger;
        table_size = size;
        larger = NULL;
    }
    spin_unlock(&table_lock);
    heap_free(larger); /* another thread was faster */
    if (old != first_table)
        heap_free(old);
    return 0;
}

/* As file_install() in the table as it is; -EMFILE: it is full. */
static int install_locked(struct file *file, int lowest)
{
    int from = lowest > lowest_free ? lowest : lowest_free;
    int descriptor = from;

    while (descriptor < table_size && table[descriptor] != NULL)
        descriptor++;
    if (from == lowest_free)
        lowest_free = descriptor;
    if (descriptor >= table_size)
        return -EMFILE;
    table[descriptor] = file;
    file->descriptors++;
    return descriptor;
}

int file_install(struct file *file, int lowest)
{
    int descriptor, wanted, grown = 0;

    do {
        spin_lock(&table_lock);
        descriptor = install_locked(file, lowest);
        wanted = lowest > table_size ? lowest : table_size;
        spin_unlock(&table_lock);
        if (descriptor < 0)
            grown = table_grow(wanted);
    } while (descriptor < 0 && grown == 0);
    return descriptor < 0 ? grown : descriptor;
}

void file_table_lock(void)
{
    spin_lock(&table_lock);
}

void file_table_unlock(void)
{
    spin_unlock(&table_lock);
}

struct file *file_at(int descriptor)
{
    struct file **slot = slot_locked(descriptor);

    return slot == NULL ? NULL : *slot;
}

struct file *file_get(int descriptor)
{
    struct file *file;

    spin_lock(&table_lock);
    file = file_at(descriptor);
    if (file != NULL)
        atomic_fetch_add(&file->references, 1);
    spin_unlock(&table_lock);
    return file;
}

void file_put(struct file *file)
{
    if (atomic_fetch_sub(&file->references, 1) != 1)
        return;
    /* An epoll_ctl() may have been in the middle of adding it. */
    file_watch_end(file);
    heap_free(file->place);
    if (file->ops->close != NULL)
        file->ops->close(file);
}

/*
 * Empty a slot; with `only`, if it holds that file. Returns what was there
 * (NULL: nothing); *last: that was its last descriptor.
 */
static struct file *table_clear(int descriptor, struct file *only, bool *last)
{
    struct file **slot, *old = NULL;

    *last = false;
    spin_lock(&table_lock);
    slot = slot_locked(descriptor);
    if (slot != NULL && (only == NULL || *slot == only)) {
        old = *slot;
        *slot = NULL;
        if (descriptor < lowest_free)
            lowest_free = descriptor;
    }
    if (old != NULL)
        *last = --old->descriptors == 0;
    spin_unlock(&table_lock);
    return old;
}

/* A descriptor of `file` is gone; give its reference back. */
static void descriptor_gone(struct file *file, bool last)
{
    if (last) {
        if (file->ops->hangup != NULL)
            file->ops->hangup(file);
        file_watch_end(file);
    }
    file_put(file);
}

void file_remove(int descriptor, struct file *file)
{
    bool last;

    table_clear(descriptor, file, &last);
}

int close(int descriptor)
{
    bool last;
    struct file *file = table_clear(descriptor, NULL, &last);

    if (file == NULL)
        return (int)libc_result(-EBADF);
    descriptor_gone(file, last);
    return 0;
}

/* ---- Several descriptors for one file ------------------------------------ */

int file_duplicate(int descriptor, int lowest)
{
    struct file *file;
    int copy;

    if (lowest < 0 || lowest >= FILE_DESCRIPTORS_MAX)
        return -EINVAL;
    file = file_get(descriptor);
    if (file == NULL)
        return -EBADF;
    /* The reference that file_get() took becomes the new descriptor's. */
    copy = file_install(file, lowest);
    if (copy < 0)
        file_put(file);
    return copy;
}

int dup(int descriptor)
{
    return (int)libc_result(file_duplicate(descriptor, 0));
}

/* Put `file` into a slot that the table has; returns what was there. */
static struct file *table_swap(int descriptor, struct file *file, bool *last)
{
    struct file *old;

    spin_lock(&table_lock);
    old = table[descriptor];
    table[descriptor] = file;
    file->descriptors++;
    *last = old != NULL && --old->descriptors == 0;
    spin_unlock(&table_lock);
    return old;
}

/* Returns `copy`; the reference to `file` becomes its, or the caller's again
 * on an error. */
static int replace(int copy, struct file *file)
{
    struct file *old;
    bool last;
    int result;

    if (copy < 0 || copy >= FILE_DESCRIPTORS_MAX)
        return -EBADF;
    result = table_grow(copy);
    if (result < 0)
        return result;
    old = table_swap(copy, file, &last);
    if (old != NULL)
        descriptor_gone(old, last);
    return copy;
}

int dup2(int descriptor, int copy)
{
    struct file *file = file_get(descriptor);
    int result = copy;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    if (copy != descriptor)
        result = replace(copy, file);
    if (copy == descriptor || result < 0)
        file_put(file);
    return (int)libc_result(result);
}
