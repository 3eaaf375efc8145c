/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * streams.c: what newlib's stdio lacks.
 *
 * Concurrency: every stream has a recursive lock that newlib takes in each of
 * its calls; flockfile() shows it to programs.
 */
#include <stdio.h>
#include <sys/lock.h>

void flockfile(FILE *stream)
{
    __lock_acquire_recursive(stream->_lock);
}

int ftrylockfile(FILE *stream)
{
    return __lock_try_acquire_recursive(stream->_lock) ? 0 : -1;
}

void funlockfile(FILE *stream)
{
    __lock_release_recursive(stream->_lock);
}

/* newlib has these two under names of its own. */

ssize_t getline(char **restrict line, size_t *restrict size,
                FILE *restrict stream)
{
    return __getline(line, size, stream);
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int delimiter,
                 FILE *restrict stream)
{
    return __getdelim(line, size, delimiter, stream);
}
