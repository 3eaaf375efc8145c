/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readwrite.c: bytes in and out of a descriptor.
 *
 * Each call looks up its descriptor, holds a reference while the file's
 * operation runs, and turns a negative result into -1 and errno. pread() and
 * pwrite() go past the file's own offset: several threads can so use one
 * descriptor, each where it likes.
 *
 * Concurrency: the files' own.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

static ssize_t do_read(struct file *file, void *to, size_t size)
{
    if ((atomic_load(&file->flags) & O_ACCMODE) == O_WRONLY ||
        file->ops->read == NULL)
        return file->ops->readdir == NULL ? -EBADF : -EISDIR;
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

/* ---- At a place of the file ----------------------------------------------
 */

/* The file, if `pread` (or pwrite) is something that it can do. */
static int find_placed(int descriptor, off_t offset, int forbidden,
                       struct file **file)
{
    *file = file_get(descriptor);
    if (*file == NULL)
        return -EBADF;
    if ((atomic_load(&(*file)->flags) & O_ACCMODE) == forbidden)
        return -EBADF;
    if ((forbidden == O_WRONLY && (*file)->ops->pread == NULL) ||
        (forbidden == O_RDONLY && (*file)->ops->pwrite == NULL))
        return -ESPIPE;
    return offset < 0 ? -EINVAL : 0;
}

ssize_t pread(int descriptor, void *to, size_t size, off_t offset)
{
    struct file *file;
    ssize_t result = find_placed(descriptor, offset, O_WRONLY, &file);

    if (result == 0 && size > 0)
        result = file->ops->pread(file, to, size, offset);
    if (file != NULL)
        file_put(file);
    return libc_result(result);
}

ssize_t pwrite(int descriptor, const void *from, size_t size, off_t offset)
{
    struct file *file;
    ssize_t result = find_placed(descriptor, offset, O_RDONLY, &file);

    if (result == 0 && size > 0)
        result = file->ops->pwrite(file, from, size, offset);
    if (file != NULL)
        file_put(file);
    return libc_result(result);
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
