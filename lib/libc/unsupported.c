/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unsupported.c: the calls that nothing here can serve.
 *
 * They exist so that programs link: many a program has a fork() or a system()
 * on a path that it never takes. Each fails with ENOSYS, and the first time it
 * says so on the console, so that nobody has to guess why the program turned
 * odd. The linker leaves out those that a program does not call.
 *
 * Concurrency: an atomic flag each.
 */
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "coracle/print.h"
#include "lib/libc/libc.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"

int libc_unsupported(const char *name, atomic_bool *said)
{
    if (!atomic_exchange(said, true))
        printk("libc: %s() is not supported\n", name);
    errno = ENOSYS;
    return -1;
}

/* Define `name` so that it returns -1 ... */
#define REFUSE(type, name, ...)                                                \
    type name(__VA_ARGS__)                                                     \
    {                                                                          \
        static atomic_bool said;                                               \
                                                                               \
        return (type)libc_unsupported(#name, &said);                           \
    }

/* ... or a null pointer. */
#define REFUSE_POINTER(type, name, ...)                                        \
    type name(__VA_ARGS__)                                                     \
    {                                                                          \
        static atomic_bool said;                                               \
                                                                               \
        libc_unsupported(#name, &said);                                        \
        return NULL;                                                           \
    }

/* Other processes. */
REFUSE(pid_t, fork, void)
REFUSE(pid_t, vfork, void)
REFUSE(int, execl, const char *path, const char *argument, ...)
REFUSE(int, execlp, const char *path, const char *argument, ...)
REFUSE(int, execv, const char *path, char *const *arguments)
REFUSE(int, execve, const char *path, char *const *arguments, char *const *env)
REFUSE(int, execvp, const char *path, char *const *arguments)
REFUSE(pid_t, wait, int *status)
REFUSE(pid_t, waitpid, pid_t process, int *status, int options)
REFUSE(int, system, const char *command)
REFUSE_POINTER(FILE *, popen, const char *command, const char *mode)
REFUSE(int, pclose, FILE *stream)
REFUSE(int, daemon, int keep_folder, int keep_streams)

/* Other users and sessions. */
REFUSE(int, setuid, uid_t user)
REFUSE(int, seteuid, uid_t user)
REFUSE(int, setgid, gid_t group)
REFUSE(int, setegid, gid_t group)
REFUSE(pid_t, setsid, void)

/* Files that are not files. */
REFUSE(int, mkfifo, const char *path, mode_t mode)
REFUSE(int, mknod, const char *path, mode_t mode, dev_t device)

/* Signals that come by themselves. */
REFUSE(unsigned int, alarm, unsigned int seconds)
REFUSE(int, pause, void)
REFUSE(int, sigsuspend, const sigset_t *mask)
REFUSE(int, sigaltstack, const stack_t *restrict stack, stack_t *restrict old)
REFUSE(int, timer_create, clockid_t clock, struct sigevent *restrict event,
       timer_t *restrict timer)

/* A timer can only be stopped: that it is already. */
int setitimer(__attribute__((unused)) int which,
              const struct itimerval *restrict value,
              struct itimerval *restrict old)
{
    static atomic_bool said;

    if (timerisset(&value->it_value))
        return libc_unsupported("setitimer", &said);
    if (old != NULL)
        *old = (struct itimerval){0};
    return 0;
}

/* Semaphores with names. */
REFUSE_POINTER(sem_t *, sem_open, const char *name, int flags, ...)
REFUSE(int, sem_close, sem_t *semaphore)
REFUSE(int, sem_unlink, const char *name)
