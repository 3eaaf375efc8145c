/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.c: from the kernel to main(), and from exit() back.
 *
 * The kernel calls program_start() in the main thread when everything is up.
 * Here the command line becomes argv and environ, the constructors run, then
 * main(). What main() returns goes to exit(): atexit() functions, destructors,
 * then what is left in the streams is written, and the domain ends.
 *
 * Concurrency: all of this is the main thread before there are others, but for
 * _exit(), which any thread may call.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include "coracle/errno.h"
#include "coracle/lifecycle.h"
#include "coracle/print.h"
#include "lib/libc/cmdline.h"
#include "lib/libc/file.h"
#include "lib/libc/libc.h"

/* The kernel's error numbers are newlib's. */
#define SAME(name) _Static_assert(K_##name == name, #name)
SAME(EPERM);
SAME(ENOENT);
SAME(ESRCH);
SAME(EINTR);
SAME(EIO);
SAME(E2BIG);
SAME(EBADF);
SAME(EAGAIN);
SAME(ENOMEM);
SAME(EACCES);
SAME(EFAULT);
SAME(EBUSY);
SAME(EEXIST);
SAME(ENODEV);
SAME(EINVAL);
SAME(ENOSPC);
SAME(EROFS);
SAME(EPIPE);
SAME(ERANGE);
SAME(EDEADLK);
SAME(EPROTO);
SAME(ENOSYS);
SAME(ECONNRESET);
SAME(ENOBUFS);
SAME(ETIMEDOUT);
SAME(EMSGSIZE);
SAME(ENOTSUP);
SAME(EOVERFLOW);
SAME(ECANCELED);

/* Xen's builder passes at most 1024 bytes (MAX_GUEST_CMDLINE in xen/xen.h). */
#define TEXT_MAX 1024
#define WORD_MAX 126

int main(int argc, char **argv, char **envp);

/* newlib's: set up the standard streams of this thread's state. NULL in a
 * program that uses none, which is then spared newlib's stdio. */
__attribute__((weak)) void __sinit(struct _reent *reent);

extern char **environ;
extern void (*const init_array_start[])(int, char **, char **);
extern void (*const init_array_end[])(int, char **, char **);
extern void (*const fini_array_start[])(void);
extern void (*const fini_array_end[])(void);

static char text[TEXT_MAX];
/* argv[0] and then the words; the environment is a part of the words. */
static char *words[1 + WORD_MAX + 1];
static char *settings[WORD_MAX + 1];

static atomic_bool reboot;

void libc_reboot_on_exit(void)
{
    atomic_store(&reboot, true);
}

void _exit(int status)
{
    if (atomic_load(&reboot))
        domain_reboot(status);
    domain_exit(status);
}

static void run_destructors(void)
{
    for (long i = fini_array_end - fini_array_start; i > 0; i--)
        fini_array_start[i - 1]();
}

/*
 * Words of the form NAME=value before the first other word are the
 * environment; a "--" right behind them ends them and is dropped. Returns
 * argc; argv is `*argv`.
 */
static int make_arguments(const char *line, char ***argv)
{
    int count =
        command_line_split(line, text, sizeof(text), words + 1, WORD_MAX);
    int first;

    if (count < 0) {
        printk("%s: %s\n", program_name, command_line_message(count));
        _exit(2);
    }
    first = command_line_settings(words + 1, count);
    for (int i = 0; i < first; i++)
        settings[i] = words[1 + i];
    if (first < count && words[1 + first][0] == '-' &&
        words[1 + first][1] == '-' && words[1 + first][2] == '\0')
        first++;
    *argv = words + first;
    (*argv)[0] = (char *)program_name;
    return 1 + count - first;
}

void program_start(const char *command_line)
{
    char **argv;
    int argc;

    libc_main_thread_init();
    thread_local_free = (void (*)(void *))pthread_finish;
    console_on_input = console_file_changed;
    if (__sinit)
        __sinit(&libc_main_thread.reent);

    argc = make_arguments(command_line, &argv);
    environ = settings;

    atexit(run_destructors);
    for (long i = 0; i < init_array_end - init_array_start; i++)
        init_array_start[i](argc, argv, environ);
    exit(main(argc, argv, environ));
}
