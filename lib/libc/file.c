/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c: the table of descriptors and the calls that work through it.
 *
 * Each call looks up its descriptor, holds a reference while the file's
 * operation runs, and turns a negative result into -1 and errno. close() only
 * empties the slot and drops a reference, so that a thread which is reading
 * from the file at that moment finishes with a live structure. If that was the
 * file's last descriptor, threads that wait in it are told to give up.
 *
 * The table begins small and doubles when it is full; `lowest_free` spares
 * file_install() to look through a thousand slots for the lowest free one.
 *
 * Concurrency: table_lock guards the table and the files' count of descriptors.
 * The files' operations run without it.
 *
 * Left out: exec does not exist, so neither does the meaning of FD_CLOEXEC; it
 * is accepted and forgotten.
 */
#include "lib/libc/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "coracle/spinlock.h"
#include "lib/libc/libc.h"
#include "lib/libc/mount.h"

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

/* ---- Reading and writing ------------------------------------------------ */

static ssize_t do_read(struct file *file, void *to, size_t size)
{
    if ((atomic_load(&file->flags) & O_ACCMODE) == O_WRONLY ||
        file->ops->read == NULL)
        return -EBADF;
    return size == 0 ? 0 : file->ops->read(file, to, size);
}

static ssize_t do_write(struct file *file, const void *from, size_t size)
{
    if ((atomic_load(&file->flags) & O_ACCMODE) == O_RDONLY ||
        file->ops->write == NULL)
        return -EBADF;
    return size == 0 ? 0 : file->ops->write(file, from, size);
}

/* What a call that writes returns: nobody at the other end is a signal, too. */
static ssize_t written(ssize_t result)
{
    if (result == -EPIPE)
        raise(SIGPIPE);
    return libc_result(result);
}

ssize_t read(int descriptor, void *to, size_t size)
{
    struct file *file = file_get(descriptor);
    ssize_t result;

    if (file == NULL)
        return libc_result(-EBADF);
    result = do_read(file, to, size);
    file_put(file);
    return libc_result(result);
}

ssize_t write(int descriptor, const void *from, size_t size)
{
    struct file *file = file_get(descriptor);
    ssize_t result;

    if (file == NULL)
        return libc_result(-EBADF);
    result = do_write(file, from, size);
    file_put(file);
    return written(result);
}

/*
 * readv() and writev(): one operation per piece, until one is short. What has
 * been moved counts; an error shows only if it comes first.
 */
static ssize_t each_piece(struct file *file, const struct iovec *pieces,
                          int count, bool writing)
{
    ssize_t total = 0;

    for (int i = 0; i < count; i++) {
        size_t size = pieces[i].iov_len;
        ssize_t moved = writing ? do_write(file, pieces[i].iov_base, size)
                                : do_read(file, pieces[i].iov_base, size);

        if (moved < 0 && total == 0)
            total = moved;
        if (moved < 0)
            break;
        total += moved;
        if ((size_t)moved < size)
            break;
    }
    return total;
}

/* In one go, if the file can; the sum of the sizes must be a ssize_t. */
static ssize_t all_pieces(int descriptor, const struct iovec *pieces, int count,
                          bool writing)
{
    int wrong = writing ? O_RDONLY : O_WRONLY;
    ssize_t (*operation)(struct file *, const struct iovec *, int);
    struct file *file;
    size_t total = 0;
    ssize_t result;

    if (count < 0 || count > UIO_MAXIOV)
        return -EINVAL;
    for (int i = 0; i < count; i++) {
        if (pieces[i].iov_len > SSIZE_MAX - total)
            return -EINVAL;
        total += pieces[i].iov_len;
    }
    file = file_get(descriptor);
    if (file == NULL)
        return -EBADF;
    operation = writing ? file->ops->writev : file->ops->readv;
    if (operation == NULL)
        result = each_piece(file, pieces, count, writing);
    else if ((atomic_load(&file->flags) & O_ACCMODE) == wrong)
        result = -EBADF;
    else
        result = total == 0 ? 0 : operation(file, pieces, count);
    file_put(file);
    return result;
}

ssize_t readv(int descriptor, const struct iovec *pieces, int count)
{
    return libc_result(all_pieces(descriptor, pieces, count, false));
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count)
{
    return written(all_pieces(descriptor, pieces, count, true));
}

off_t lseek(int descriptor, off_t offset, int whence)
{
    struct file *file = file_get(descriptor);
    off_t result = -ESPIPE;

    if (file == NULL)
        return libc_result(-EBADF);
    if (file->ops->seek != NULL)
        result = file->ops->seek(file, offset, whence);
    file_put(file);
    return libc_result(result);
}

/* ---- Asking and telling -------------------------------------------------- */

int fstat(int descriptor, struct stat *stat)
{
    struct file *file = file_get(descriptor);
    int result = 0;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    memset(stat, 0, sizeof(*stat));
    stat->st_nlink = 1;
    if (file->mount != NULL)
        stat->st_dev = (dev_t)file->mount->number;
    if (file->ops->stat != NULL)
        result = file->ops->stat(file, stat);
    file_put(file);
    return (int)libc_result(result);
}

int isatty(int descriptor)
{
    struct winsize size;

    /* The request that only terminals answer. */
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0;
}

int fsync(int descriptor)
{
    struct file *file = file_get(descriptor);
    int result = -EINVAL;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    if (file->ops->sync != NULL)
        result = file->ops->sync(file);
    file_put(file);
    return (int)libc_result(result);
}

int fdatasync(int descriptor)
{
    return fsync(descriptor);
}

static void set_nonblocking(struct file *file, bool on)
{
    if (on)
        atomic_fetch_or(&file->flags, O_NONBLOCK);
    else
        atomic_fetch_and(&file->flags, ~O_NONBLOCK);
}

int ioctl(int descriptor, unsigned long request, ...)
{
    struct file *file = file_get(descriptor);
    int result = -ENOTTY;
    va_list arguments;
    void *argument;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == FIONBIO) {
        set_nonblocking(file, *(int *)argument != 0);
        result = 0;
    } else if (file->ops->ioctl != NULL) {
        result = file->ops->ioctl(file, request, argument);
    }
    file_put(file);
    return (int)libc_result(result);
}

/* ---- Several descriptors for one file ------------------------------------ */

static int duplicate(int descriptor, int lowest)
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
    return (int)libc_result(duplicate(descriptor, 0));
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

/* The parts of fcntl() that concern an open file. */
static int control(struct file *file, int command, int argument)
{
    switch (command) {
    case F_GETFD:
    case F_SETFD:
        return 0;
    case F_GETFL:
        return atomic_load(&file->flags);
    case F_SETFL:
        set_nonblocking(file, (argument & O_NONBLOCK) != 0);
        return 0;
    default:
        return -EINVAL;
    }
}

int fcntl(int descriptor, int command, ...)
{
    struct file *file;
    va_list arguments;
    int argument;
    int result;

    va_start(arguments, command);
    argument = va_arg(arguments, int);
    va_end(arguments);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return (int)libc_result(duplicate(descriptor, argument));
    file = file_get(descriptor);
    if (file == NULL)
        return (int)libc_result(-EBADF);
    result = control(file, command, argument);
    file_put(file);
    return (int)libc_result(result);
}
