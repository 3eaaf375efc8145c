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

/* clang-format off */
#define SIGNALS(SIGNAL)                                                        \
    SIGNAL(SIGHUP, "Hangup")                                                   \
    SIGNAL(SIGINT, "Interrupt")                                                \
    SIGNAL(SIGQUIT, "Quit")                                                    \
    SIGNAL(SIGILL, "Illegal instruction")                                      \
    SIGNAL(SIGTRAP, "Trace/breakpoint trap")                                   \
    SIGNAL(SIGABRT, "Aborted")                                                 \
    SIGNAL(SIGEMT, "EMT trap")                                                 \
    SIGNAL(SIGFPE, "Arithmetic exception")                                     \
    SIGNAL(SIGKILL, "Killed")                                                  \
    SIGNAL(SIGBUS, "Bus error")                                                \
    SIGNAL(SIGSEGV, "Segmentation fault")                                      \
    SIGNAL(SIGSYS, "Bad system call")                                          \
    SIGNAL(SIGPIPE, "Broken pipe")                                             \
    SIGNAL(SIGALRM, "Alarm clock")                                             \
    SIGNAL(SIGTERM, "Terminated")                                              \
    SIGNAL(SIGURG, "Urgent I/O condition")                                     \
    SIGNAL(SIGSTOP, "Stopped (signal)")                                        \
    SIGNAL(SIGTSTP, "Stopped")                                                 \
    SIGNAL(SIGCONT, "Continued")                                               \
    SIGNAL(SIGCHLD, "Child exited")                                            \
    SIGNAL(SIGTTIN, "Stopped (tty input)")                                     \
    SIGNAL(SIGTTOU, "Stopped (tty output)")                                    \
    SIGNAL(SIGIO, "I/O possible")                                              \
    SIGNAL(SIGXCPU, "CPU time limit exceeded")                                 \
    SIGNAL(SIGXFSZ, "File size limit exceeded")                                \
    SIGNAL(SIGVTALRM, "Virtual timer expired")                                 \
    SIGNAL(SIGPROF, "Profiling timer expired")                                 \
    SIGNAL(SIGWINCH, "Window changed")                                         \
    SIGNAL(SIGLOST, "Resource lost")                                           \
    SIGNAL(SIGUSR1, "User defined signal 1")                                   \
    SIGNAL(SIGUSR2, "User defined signal 2")
/* clang-format on */

#define NUMBER(number, name) number,
static const unsigned char numbers[] = {SIGNALS(NUMBER)};
#define NAME(number, name) name "\0"
static const char names[] = SIGNALS(NAME);

char *strsignal(int number)
{
    const char *name = names;
    static char unknown[32];

    for (size_t i = 0; i < sizeof(numbers); i++) {
        if (numbers[i] == number)
            return (char *)name;
        name += strlen(name) + 1;
    }
    string_format(unknown, sizeof(unknown), "Unknown signal %d", number);
    return unknown;
}
