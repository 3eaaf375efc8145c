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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/time.h"
#include "lib/click/guest/guest.h"

#define PATIENCE (5 * NS_PER_S) /* for backends */

static const char usage[] =
    "usage: click [-e TEXT | -f FILE] [NAME=value ...]\n"
    "  -e  run this configuration\n"
    "  -f  run the one in this file; else the ramdisk's text is it\n"
    "  NAME=value sets $NAME of the configuration\n";

struct source {
    const char *name; /* for messages */
    char *text;       /* NULL: there is none */
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    struct text text = {0};
    char piece[512];
    size_t some;

    if (!file)
        return NULL;
    text_puts(&text, "");
    while ((some = fread(piece, 1, sizeof(piece), file)) > 0)
        text_add(&text, piece, some);
    if (ferror(file))
        text.failed = true;
    fclose(file);
    return text_take(&text);
}

static struct source from_ramdisk(void)
{
    unsigned long size;
    const char *bytes = boot_ramdisk(&size);

    if (size == 0)
        return (struct source){0};
    return (struct source){"config", strndup(bytes, size)};
}

static struct source find_config(int argc, char **argv)
{
    struct source source = {0};
    int option;

    while ((option = getopt(argc, argv, "e:f:")) != -1) {
        if (option == 'e') {
            source = (struct source){"config", strdup(optarg)};
        } else if (option == 'f') {
            source = (struct source){optarg, read_file(optarg)};
            if (!source.text) {
                perror(optarg);
                exit(1);
            }
        } else {
            fputs(usage, stderr);
            exit(2);
        }
    }
    return source.text ? source : from_ramdisk();
}

/* NAME=value words in front of the options are the environment already. */
static void take_parameters(char **words, int count)
{
    const char **all;
    unsigned int used = 0;

    while (environ[used])
        used++;
    all = calloc(used + (unsigned int)count + 1, sizeof(*all));
    if (!all) {
        fputs("click: no memory for parameters\n", stderr);
        exit(1);
    }
    memcpy(all, environ, used * sizeof(*all));
    for (int i = 0; i < count; i++) {
        if (!strchr(words[i], '=')) {
            fprintf(stderr, "click: expected NAME=value, not '%s'\n%s",
                    words[i], usage);
            exit(2);
        }
        all[used++] = words[i];
    }
    guest_parameters_add(all, used);
}

static void report_stop(struct guest *guest)
{
    control_report(guest, "Halted", "");
}

int main(int argc, char **argv)
{
    struct source source = find_config(argc, argv);
    struct guest *guest = guest_create(0);
    struct guest_errors errors;
    int error = 0;

    take_parameters(argv + optind, argc - optind);
    if (!guest) {
        fputs("click: no memory for a router\n", stderr);
        return 1;
    }
    guest_wait_interfaces(time_monotonic() + PATIENCE);
    guest_stopped = report_stop;
    guest_errors_init(&errors);
    if (source.text)
        error = guest_load(guest, source.name, source.text, &errors);
    if (control_start(guest) != 0 && !source.text) {
        fputs("click: no configuration, and no xenstore to get one from\n",
              stderr);
        return 1;
    }
    if (source.text)
        control_report(guest, error == 0 ? "Running" : "Error",
                       text_string(&errors.text));
    if (error != 0)
        return 1;
    guest_wait(guest);
    return 0;
}
