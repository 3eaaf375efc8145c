/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * click: a middlebox. Runs a Click configuration between the guest's network
 * interfaces.
 *
 *     click [-e TEXT | -f FILE] [NAME=value ...]
 *
 * The configuration is TEXT, or the file FILE (of a disk or of a ramdisk that
 * is an archive), or else the ramdisk itself, as text. NAME=value parameters
 * are for its $NAME. Without any, and besides, configurations come and go
 * through xenstore (lib/click/guest/control.c).
 *
 * A configuration that does not start ends the guest with status 1, after its
 * errors; one that stops by itself (DriverManager) with 0. A guest without a
 * configuration waits for one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/time.h"
#include "lib/click/archive.h"
#include "lib/click/file.h"
#include "lib/click/guest/guest.h"

#define PATIENCE (5 * NS_PER_S) /* for backends */

#define USAGE                                                                  \
    "usage: click [-e TEXT | -f FILE] [NAME=value ...]\n"                      \
    "  -e  run this configuration\n"                                           \
    "  -f  run the one in this file; else the ramdisk's text is it\n"          \
    "  NAME=value sets $NAME of the configuration"

struct source {
    const char *name; /* for messages */
    char *text;       /* NULL: there is none */
};

/* Say it in a line of standard error, and end. (The guest has no other need of
 * newlib's stdio, which is large.) */
_Noreturn static void PRINTF_LIKE(2, 3)
    refuse(int status, const char *format, ...)
{
    struct text line = {0};
    va_list arguments;

    va_start(arguments, format);
    text_vprintf(&line, format, arguments);
    va_end(arguments);
    text_puts(&line, "\n");
    if (write(STDERR_FILENO, text_string(&line), line.length) < 0)
        status = 1;
    exit(status);
}

/* A configuration, or the one in an archive. */
static char *config_of(const char *name, const char *bytes, size_t length)
{
    int error = click_archive_config(&bytes, &length);

    if (error == 0)
        return strndup(bytes, length);
    refuse(1, "click: %s: %s", name,
           error == -ENOENT ? "archive has no 'config' section"
                            : "bad archive");
}

static char *read_file(const char *path)
{
    struct click_file *file = click_file_open(path, CLICK_FILE_READ);
    struct text text = {0};
    char piece[512], *config;
    size_t some;

    if (!file)
        return NULL;
    while ((some = click_file_read(file, piece, sizeof(piece))) > 0)
        text_add(&text, piece, some);
    if (click_file_close(file))
        text.failed = true;
    config =
        text.failed ? NULL : config_of(path, text_string(&text), text.length);
    text_free(&text);
    return config;
}

static struct source from_ramdisk(void)
{
    unsigned long size;
    const char *bytes = boot_ramdisk(&size);

    if (size == 0)
        return (struct source){0};
    return (struct source){"config", config_of("ramdisk", bytes, size)};
}

/* Options and NAME=value words, which take up the list's front. */
static struct source take_arguments(char **words, unsigned int *count)
{
    struct source source = {0};
    unsigned int kept = 0;

    for (unsigned int i = 0; i < *count; i++) {
        char *word = words[i], *value = word + 2;

        if (*word != '-') {
            if (!strchr(word, '='))
                refuse(2, "click: expected NAME=value, not '%s'\n" USAGE, word);
            words[kept++] = word;
            continue;
        }
        if ((word[1] != 'e' && word[1] != 'f') ||
            (*value == '\0' && ++i == *count))
            refuse(2, USAGE);
        if (*value == '\0')
            value = words[i];
        if (word[1] == 'e')
            source = (struct source){"config", strdup(value)};
        else
            source = (struct source){value, read_file(value)};
        if (!source.text)
            refuse(1, "%s: %s", value, strerror(errno));
    }
    *count = kept;
    return source;
}

/* NAME=value words in front of the options are the environment already. */
static void take_parameters(char **words, unsigned int count)
{
    const char **all;
    unsigned int used = 0;

    while (environ[used])
        used++;
    all = calloc(used + count + 1, sizeof(*all));
    if (!all)
        refuse(1, "click: no memory for parameters");
    memcpy(all, environ, used * sizeof(*all));
    memcpy(all + used, words, count * sizeof(*all));
    guest_parameters_add(all, used + count);
}

static void report_stop(struct guest *guest)
{
    control_report(guest, "Halted", "");
}

int main(int argc, char **argv)
{
    unsigned int count = (unsigned int)argc - 1;
    struct source source = take_arguments(argv + 1, &count);
    struct guest *guest = guest_create(0);
    struct guest_errors errors;
    int error = 0;

    if (!source.text)
        source = from_ramdisk();
    take_parameters(argv + 1, count);
    if (!guest)
        refuse(1, "click: no memory for a router");
    guest_wait_interfaces(time_monotonic() + PATIENCE);
    guest_stopped = report_stop;
    guest_errors_init(&errors);
    if (source.text)
        error = guest_load(guest, source.name, source.text, &errors);
    if (source.text) /* before dom0's wishes are heard, or it would undo one */
        control_report(guest, error == 0 ? "Running" : "Error",
                       text_string(&errors.text));
    if (error != 0)
        return 1;
    if (control_start(guest) != 0 && !source.text)
        refuse(1, "click: no configuration, and no xenstore to get one from");
    guest_wait(guest);
    return 0;
}
