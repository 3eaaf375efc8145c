/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c: asking and telling a descriptor: fstat, fsync, ioctl, fcntl.
 *
 * Locks on files are between processes, and there is one process: it gets every
 * lock it wants, and is in nobody's way. (POSIX' locks do not keep threads
 * apart; those of flock(), which could, belong to open files, and are given
 * likewise.)
 *
 * Concurrency: the files' own.
 *
 * Left out: exec does not exist, so neither does the meaning of FD_CLOEXEC; it
 * is accepted and forgotten.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "lib/libc/file.h"
#include "lib/libc/libc.h"
#include "lib/libc/walk.h"

int fstat(int descriptor, struct stat *stat)
{
    struct file *file = file_get(descriptor);
    int result = 0;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    stat_begin(stat, file->mount);
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
    else if (file->mount != NULL)
        result = 0; /* of such a file nothing waits to be written */
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

/* ---- Locks ----------------------------------------------------------------
 */

static int check_lock(struct file *file, int command, struct flock *wanted)
{
    int mode = atomic_load(&file->flags) & O_ACCMODE;

    if (wanted->l_type != F_RDLCK && wanted->l_type != F_WRLCK &&
        wanted->l_type != F_UNLCK)
        return -EINVAL;
    if (command == F_GETLK || command == F_OFD_GETLK) {
        wanted->l_type = F_UNLCK; /* nobody is in the way */
        return 0;
    }
    if ((wanted->l_type == F_RDLCK && mode == O_WRONLY) ||
        (wanted->l_type == F_WRLCK && mode == O_RDONLY))
        return -EBADF;
    return 0;
}

int flock(int descriptor, int operation)
{
    struct file *file = file_get(descriptor);
    int kind = operation & ~LOCK_NB;

    if (file == NULL)
        return (int)libc_result(-EBADF);
    file_put(file);
    return (int)libc_result(
        kind == LOCK_SH || kind == LOCK_EX || kind == LOCK_UN ? 0 : -EINVAL);
}

int lockf(int descriptor, int command, __attribute__((unused)) off_t size)
{
    struct file *file = file_get(descriptor);

    if (file == NULL)
        return (int)libc_result(-EBADF);
    file_put(file);
    return (int)libc_result(command >= F_ULOCK && command <= F_TEST ? 0
                                                                    : -EINVAL);
}

/* ---- fcntl() --------------------------------------------------------------
 */

#define CHANGEABLE (O_NONBLOCK | O_APPEND)

static void set_flags(struct file *file, int wanted)
{
    int old = atomic_load(&file->flags);

    while (!atomic_compare_exchange_weak(
        &file->flags, &old, (old & ~CHANGEABLE) | (wanted & CHANGEABLE)))
        ;
}

/* The parts of it that concern an open file. */
static int control(struct file *file, int command, uintptr_t argument)
{
    switch (command) {
    case F_GETFD:
    case F_SETFD:
        return 0;
    case F_GETFL:
        return atomic_load(&file->flags);
    case F_SETFL:
        set_flags(file, (int)argument);
        return 0;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return check_lock(file, command, (struct flock *)argument);
    default:
        return -EINVAL;
    }
}

int fcntl(int descriptor, int command, ...)
{
    struct file *file;
    va_list arguments;
    uintptr_t argument;
    int result;

    va_start(arguments, command);
    argument = va_arg(arguments, uintptr_t);
    va_end(arguments);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return (int)libc_result(file_duplicate(descriptor, (int)argument));
    file = file_get(descriptor);
    if (file == NULL)
        return (int)libc_result(-EBADF);
    result = control(file, command, argument);
    file_put(file);
    return (int)libc_result(result);
}
