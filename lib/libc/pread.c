/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pread.c: reading and writing at a place of a file, past its own offset.
 *
 * Several threads can so use one descriptor, each where it likes. Concurrency:
 * the files' own.
 */
#include <fcntl.h>
#include <unistd.h>
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

/* The file, if `pread` (or pwrite) is something that it can do. */
static int find(int descriptor, off_t offset, int forbidden, struct file **file)
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
    ssize_t result = find(descriptor, offset, O_WRONLY, &file);

    if (result == 0 && size > 0)
        result = file->ops->pread(file, to, size, offset);
    if (file != NULL)
        file_put(file);
    return libc_result(result);
}

ssize_t pwrite(int descriptor, const void *from, size_t size, off_t offset)
{
    struct file *file;
    ssize_t result = find(descriptor, offset, O_RDONLY, &file);

    if (result == 0 && size > 0)
        result = file->ops->pwrite(file, from, size, offset);
    if (file != NULL)
        file_put(file);
    return libc_result(result);
}
