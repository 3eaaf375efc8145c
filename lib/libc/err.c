/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * err.c: the messages of <err.h> and <syslog.h>, both on standard error.
 *
 * Concurrency: one line is one stream operation under flockfile(), so lines of
 * several threads do not mix.
 */
#include <err.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include "lib/libc/libc.h"

/* "prefix: message: error" with either of the last two missing. */
static void say(const char *prefix, const char *format, va_list arguments,
                const char *error)
{
    flockfile(stderr);
    fprintf(stderr, "%s: ", prefix);
    if (format != NULL)
        vfprintf(stderr, format, arguments);
    if (error != NULL)
        fprintf(stderr, "%s%s", format == NULL ? "" : ": ", error);
    fputc('\n', stderr);
    funlockfile(stderr);
}

void vwarn(const char *format, va_list arguments)
{
    say(program_name, format, arguments, strerror(errno));
}

void vwarnx(const char *format, va_list arguments)
{
    say(program_name, format, arguments, NULL);
}

void verr(int status, const char *format, va_list arguments)
{
    vwarn(format, arguments);
    exit(status);
}

void verrx(int status, const char *format, va_list arguments)
{
    vwarnx(format, arguments);
    exit(status);
}

void warn(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vwarn(format, arguments);
    va_end(arguments);
}

void warnx(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vwarnx(format, arguments);
    va_end(arguments);
}

void err(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    verr(status, format, arguments);
    va_end(arguments);
}

void errx(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    verrx(status, format, arguments);
    va_end(arguments);
}

/* ---- syslog -------------------------------------------------------------- */

/* Set once at the start of a program, as a rule; a race would be harmless. */
static const char *log_name;
static int log_mask = LOG_UPTO(LOG_DEBUG);

void openlog(const char *name, __attribute__((unused)) int options,
             __attribute__((unused)) int facility)
{
    log_name = name;
}

void closelog(void)
{
    log_name = NULL;
}

int setlogmask(int mask)
{
    int old = log_mask;

    if (mask != 0)
        log_mask = mask;
    return old;
}

void vsyslog(int priority, const char *format, va_list arguments)
{
    if (LOG_MASK(priority & LOG_PRIMASK) & log_mask)
        say(log_name == NULL ? program_name : log_name, format, arguments,
            NULL);
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}
