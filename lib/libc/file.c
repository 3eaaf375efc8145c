/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c: the table of descriptors and the calls that work through it.
 *
 * Each call looks up its descriptor, holds a reference while the file's
 * operation runs, and turns a negative result into -1 and errno. close() only
 * empties the slot and drops a reference, so that a thread which is reading
 * from the file at that moment finishes with a live structure.
 *
 * Concurrency: table_lock guards the slots. The files' operations run without
 * it.
 *
 * Left out: exec does not exist, so neither does the meaning of FD_CLOEXEC; it
 * is accepted and forgotten.
 */
#include "lib/libc/file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <unistd.h>
#include "coracle/spinlock.h"
#include "lib/libc/libc.h"

static struct spinlock table_lock = SPINLOCK_INIT;
static struct file *table[FD_SETSIZE] = {
    &console_file,
    &console_file,
    &console_file,
};

void file_init(struct file *file, const struct file_ops *ops, int flags)
{
    file->ops = ops;
    atomic_init(&file->references, 1);
    atomic_init(&file->flags, flags);
}

bool file_nonblocking(struct file *file)
{
    return (atomic_load(&file->flags) & O_NONBLOCK) != 0;
}

int file_install(struct file *file, int lowest)
{
    int descriptor = lowest;

    spin_lock(&table_lock);
    while (descriptor < FD_SETSIZE && table[descriptor] != NULL)
        descriptor++;
    if (descriptor < FD_SETSIZE)
        table[descriptor] = file;
    spin_unlock(&table_lock);
    return descriptor < FD_SETSIZE ? descriptor : -EMFILE;
}

struct file *file_get(int descriptor)
{
    struct file *file;

    if (descriptor < 0 || descriptor >= FD_SETSIZE)
        return NULL;
    spin_lock(&table_lock);
    file = table[descriptor];
    if (file != NULL)
        atomic_fetch_add(&file->references, 1);
    spin_unlock(&table_lock);
    return file;
}

void file_put(struct file *file)
{
    if (atomic_fetch_sub(&file->references, 1) == 1 && file->ops->close != NULL)
        file->ops->close(file);
}

/* Put `file` (NULL: nothing) into a slot; returns what was there. */
static struct file *table_swap(int descriptor, struct file *file)
{
    struct file *old;

    spin_lock(&table_lock);
    old = table[descriptor];
    table[descriptor] = file;
    spin_unlock(&table_lock);
    return old;
}

int close(int descriptor)
{
    struct file *file = NULL;

    if (descriptor >= 0 && descriptor < FD_SETSIZE)
        file = table_swap(descriptor, NULL);
    if (file == NULL)
        return (int)libc_result(-EBADF);
    file_put(file);
    file_changed();
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
    return libc_result(result);
}

/*
 * readv() and writev(): one operation per piece, until one is short. What has
 * been moved counts; an error shows only if it comes first.
 */
static ssize_t each_piece(int descriptor, const struct iovec *pieces, int count,
                          bool writing)
{
    struct file *file;
    ssize_t total = 0;

    if (count < 0 || count > UIO_MAXIOV)
        return -EINVAL;
    file = file_get(descriptor);
    if (file == NULL)
        return -EBADF;
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
    file_put(file);
    return total;
}

ssize_t readv(int descriptor, const struct iovec *pieces, int count)
{
    return libc_result(each_piece(descriptor, pieces, count, false));
}

ssize_t writev(int descriptor, const struct iovec *pieces, int count)
{
    return libc_result(each_piece(descriptor, pieces, count, true));
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

    if (lowest < 0 || lowest >= FD_SETSIZE)
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

int dup2(int descriptor, int copy)
{
    struct file *file = file_get(descriptor);
    struct file *old;

    if (file == NULL || copy < 0 || copy >= FD_SETSIZE) {
        if (file != NULL)
            file_put(file);
        return (int)libc_result(-EBADF);
    }
    if (copy == descriptor) {
        file_put(file);
        return copy;
    }
    old = table_swap(copy, file);
    if (old != NULL)
        file_put(old);
    return copy;
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
