/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strsignal.c: signals by name. newlib's own would bring its printf() into each
 * image, for the sake of numbers that are no signals.
 *
 * Concurrency: as POSIX has it; a name that is not in the table lies in one
 * place for all threads.
 */
#include <signal.h>
#include <string.h>
#include "lib/printf.h"

char *strsignal(int number)
{
    static const char *const names[NSIG] = {
        [SIGHUP] = "Hangup",
        [SIGINT] = "Interrupt",
        [SIGQUIT] = "Quit",
        [SIGILL] = "Illegal instruction",
        [SIGTRAP] = "Trace/breakpoint trap",
        [SIGABRT] = "Aborted",
        [SIGEMT] = "EMT trap",
        [SIGFPE] = "Arithmetic exception",
        [SIGKILL] = "Killed",
        [SIGBUS] = "Bus error",
        [SIGSEGV] = "Segmentation fault",
        [SIGSYS] = "Bad system call",
        [SIGPIPE] = "Broken pipe",
        [SIGALRM] = "Alarm clock",
        [SIGTERM] = "Terminated",
        [SIGURG] = "Urgent I/O condition",
        [SIGSTOP] = "Stopped (signal)",
        [SIGTSTP] = "Stopped",
        [SIGCONT] = "Continued",
        [SIGCHLD] = "Child exited",
        [SIGTTIN] = "Stopped (tty input)",
        [SIGTTOU] = "Stopped (tty output)",
        [SIGIO] = "I/O possible",
        [SIGXCPU] = "CPU time limit exceeded",
        [SIGXFSZ] = "File size limit exceeded",
        [SIGVTALRM] = "Virtual timer expired",
        [SIGPROF] = "Profiling timer expired",
        [SIGWINCH] = "Window changed",
        [SIGLOST] = "Resource lost",
        [SIGUSR1] = "User defined signal 1",
        [SIGUSR2] = "User defined signal 2",
    };
    static char unknown[32];

    if (number > 0 && number < NSIG && names[number])
        return (char *)names[number];
    string_format(unknown, sizeof(unknown), "Unknown signal %d", number);
    return unknown;
}
