/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c: routers looked after from dom0, through xenstore, in the layout
 * that ClickOS's tools speak. Below data/clickos/ of the domain's home, for
 * each router ID:
 *
 *     RID/config/N         its configuration in pieces, 0, 1, ... (dom0)
 *     RID/config_name      what messages call it (dom0)
 *     RID/status           Running or Halted (dom0 wishes it); Error: the last
 *                          start failed and nothing runs (guest)
 *     RID/error            what was wrong with the last configuration, lines
 *                          of errors.h's form; empty: nothing
 *     RID/control/read/ELEMENT/HANDLER      written: read that handler (dom0)
 *     RID/elements/ELEMENT/HANDLER          its value; written by dom0: write
 *                                           that handler
 *     RID/elements/ELEMENT/HANDLER/lock     1; 0: the value is there (guest)
 *     .../more, .../more/N                  what follows a long value (guest)
 *
 * xenstored lets a guest have nodes of 2048 bytes, the names of a node's
 * children included. A value that is longer, an error's too, goes on in
 * more/1, more/2, ...; `more` says how many there are, of how many it takes:
 * "3 of 3".
 *
 * ELEMENT may be one inside a compound: its name has slashes, the handler is
 * what comes after the last; without any, it is the router's own. Writing
 * Running once more when a router runs already installs the configuration that
 * is there now; if it is bad, the old one goes on, and only the error key
 * tells.
 *
 * What the guest writes is also told to the guest's own watch; so each value it
 * wrote, where dom0 writes too, is remembered until it comes back, or until
 * dom0 has removed it.
 *
 * dom0 may have wished something before the watch was there. A new watch fires
 * once by itself: then we look. So nothing falls between looking and watching.
 *
 * Concurrency: all runs in the thread that delivers watches, but
 * control_report(); `lock` guards the list of echoes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "lib/click/guest/guest.h"
#include "xen/xenstore.h"
#include "lib/printf.h"

#define ROOT        "data/clickos"
#define ROUTERS_MAX 64
#define PATH_LENGTH 512
#define VALUE_MAX   1900
#define PIECES_MAX  400 /* a domain may have 1000 nodes */
#define CHUNKS_MAX  4096

static struct guest *guests[ROUTERS_MAX];
static atomic_bool watching; /* set once, before the watch */

/* Values of ours that the watch has not told yet. */
struct echo {
    char *path, *value;
    struct echo *next;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct echo *echoes; /* guarded by lock */

/* ---- Telling dom0 ---------------------------------------------------------
 */

/* False, after a line, if it was not written. */
static bool put(const char *path, const char *value)
{
    int error = xenstore_write(XENSTORE_NO_TX, path, "%.*s", VALUE_MAX, value);

    if (error != 0)
        printk("click: cannot write %s to xenstore (error %d)\n", path, -error);
    return error == 0;
}

static bool echo_is(const struct echo *echo, const char *path,
                    const char *value)
{
    return echo->path && echo->value && strcmp(echo->path, path) == 0 &&
           (!value || strcmp(echo->value, value) == 0);
}

/* Whether `value` (NULL: any) at `path` is one that we wrote; forget it. */
static bool is_echo(const char *path, const char *value)
{
    struct echo **at, *found;

    pthread_mutex_lock(&lock);
    at = &echoes;
    while (*at && !echo_is(*at, path, value))
        at = &(*at)->next;
    found = *at;
    if (found)
        *at = found->next;
    pthread_mutex_unlock(&lock);
    if (found) {
        free(found->path);
        free(found->value);
    }
    free(found);
    return found != NULL;
}

static bool put_piece(const char *path, unsigned int number, const char *value)
{
    char at[PATH_LENGTH + 16];

    string_format(at, sizeof(at), "%s/more/%u", path, number);
    return put(at, value + (size_t)number * VALUE_MAX);
}

/* What of `value` has no room at `path`; what was there before goes. It comes
 * before the value itself: who sees that one may read all. */
static void put_more(const char *path, const char *value)
{
    size_t length = strlen(value), pieces = length ? --length / VALUE_MAX : 0;
    char at[PATH_LENGTH + 16], count[32];
    unsigned int done = 0;

    string_format(at, sizeof(at), "%s/more", path);
    if (xenstore_remove(XENSTORE_NO_TX, at) != 0 && pieces == 0)
        return; /* as mostly: there was none */
    while (done < pieces && done < PIECES_MAX &&
           put_piece(path, done + 1, value))
        done++;
    if (pieces > 0) {
        string_format(count, sizeof(count), "%u of %zu", done, pieces);
        put(at, count);
    }
}

/* Write where dom0 writes, too, and remember that it was us. */
static void put_ours(const char *path, const char *value)
{
    struct echo *echo = watching ? malloc(sizeof(*echo)) : NULL;
    char *told = strndup(value, VALUE_MAX);

    if (echo) {
        *echo = (struct echo){strdup(path), told ? strdup(told) : NULL, NULL};
        pthread_mutex_lock(&lock);
        echo->next = echoes;
        echoes = echo;
        pthread_mutex_unlock(&lock);
    }
    put_more(path, value);
    /* What was not written does not come back: dom0's own may be the same. */
    if (!put(path, value) && told)
        is_echo(path, told);
    free(told);
}

/* What dom0 wrote at `path`; NULL: nothing. What it has removed of ours does
 * not come back. */
static char *read_wish(const char *path)
{
    char *value;
    int error = xenstore_read(XENSTORE_NO_TX, path, &value, NULL);

    while (error == -K_ENOENT && is_echo(path, NULL))
        ;
    if (error != 0)
        return NULL;
    if (!is_echo(path, value))
        return value;
    heap_free(value);
    return NULL;
}

void control_report(struct guest *guest, const char *status, const char *error)
{
    char path[64];

    if (!xenstore_present())
        return;
    string_format(path, sizeof(path), ROOT "/%u/error", guest_number(guest));
    put_more(path, error);
    put(path, error);
    if (status) {
        string_format(path, sizeof(path), ROOT "/%u/status",
                      guest_number(guest));
        put_ours(path, status);
    }
}

/* ---- Configurations -------------------------------------------------------
 */

/* The pieces of router `number`'s configuration together, "" if there are
 * none; NULL if memory is short or they are too many. */
static char *read_config(unsigned int number)
{
    struct text text = {0};

    text_puts(&text, "");
    for (unsigned int chunk = 0; chunk < CHUNKS_MAX; chunk++) {
        char path[64], *piece;
        size_t size;

        string_format(path, sizeof(path), ROOT "/%u/config/%u", number, chunk);
        if (xenstore_read(XENSTORE_NO_TX, path, &piece, &size) != 0)
            break;
        text_add(&text, piece, size);
        heap_free(piece);
    }
    return text_take(&text);
}

static struct guest *guest_at(unsigned int number)
{
    if (number >= ROUTERS_MAX) {
        printk("click: router %u: expected an ID below %u\n", number,
               ROUTERS_MAX);
        return NULL;
    }
    if (!guests[number])
        guests[number] = guest_create(number);
    if (!guests[number])
        printk("click: no memory for router %u\n", number);
    return guests[number];
}

static bool running(struct guest *guest)
{
    struct text version = {0};
    bool is = guest_read(guest, "version", "", &version) == 0;

    text_free(&version);
    return is;
}

static void start(unsigned int number)
{
    struct guest *guest = guest_at(number);
    struct guest_errors errors;
    char path[64], *name, *config;
    int error;

    if (!guest)
        return;
    guest_errors_init(&errors);
    string_format(path, sizeof(path), ROOT "/%u/config_name", number);
    if (xenstore_read(XENSTORE_NO_TX, path, &name, NULL) != 0)
        name = NULL;
    config = read_config(number);
    if (config && *config)
        error =
            guest_load(guest, name && *name ? name : "config", config, &errors);
    else
        error = click_error(&errors.errors, NULL, "%s",
                            config ? "there is no configuration: expected one "
                                     "in config/0, config/1, ..."
                                   : "no memory for the configuration");
    /* A router that was running still is, whatever the new one was like. */
    if (error != 0 && !running(guest))
        control_report(guest, "Error", text_string(&errors.text));
    else
        control_report(guest, NULL, text_string(&errors.text));
    text_free(&errors.text);
    heap_free(name);
    free(config);
}

static void follow_status(unsigned int number, const char *path)
{
    char *status = read_wish(path);

    if (status && strcmp(status, "Running") == 0)
        start(number);
    else if (status && strcmp(status, "Halted") == 0 && number < ROUTERS_MAX &&
             guests[number])
        guest_halt(guests[number]);
    heap_free(status);
}

/* ---- Handlers -------------------------------------------------------------
 */

/* "nat/rw/table" -> "nat/rw.table"; "list" is the router's own. NULL if memory
 * is short. */
static char *handler_name(const char *path)
{
    const char *last = strrchr(path, '/');
    char *name = strdup(path);

    if (name && last)
        name[last - path] = '.';
    return name;
}

static void read_handler(struct guest *guest, const char *rest)
{
    char path[PATH_LENGTH], lock_path[PATH_LENGTH + 8];
    char *name = handler_name(rest);
    struct text value = {0};

    if (!name)
        return;
    string_format(path, sizeof(path), ROOT "/%u/elements/%s",
                  guest_number(guest), rest);
    string_format(lock_path, sizeof(lock_path), "%s/lock", path);
    put(lock_path, "1"); /* first: later there may be no room for it */
    if (guest_read(guest, name, "", &value) != 0 || value.failed)
        printk("click: router %u: cannot read %s: %s\n", guest_number(guest),
               name, value.failed ? "no memory" : text_string(&value));
    put_ours(path, value.failed ? "no memory" : text_string(&value));
    put(lock_path, "0");
    text_free(&value);
    free(name);
}

/* "x/count.lock", "x/count.more", "x/count/more.1": no handlers of elements. */
static bool is_ours(const char *name)
{
    const char *last = strrchr(name, '.');

    return last && (strcmp(last, ".lock") == 0 || strcmp(last, ".more") == 0 ||
                    (last[1] >= '0' && last[1] <= '9'));
}

static void write_handler(struct guest *guest, const char *path,
                          const char *rest)
{
    char *name = handler_name(rest);
    char *value = name && !is_ours(name) ? read_wish(path) : NULL;
    struct guest_errors errors;

    if (value) {
        guest_errors_init(&errors);
        if (guest_write(guest, name, value, &errors) != 0)
            control_report(guest, NULL, text_string(&errors.text));
        text_free(&errors.text);
    }
    heap_free(value);
    free(name);
}

/* ---- The watch ------------------------------------------------------------
 */

/* What follows data/clickos/RID/ in `path`; NULL: it is no such path. */
static const char *path_of_router(const char *path, unsigned int *number)
{
    size_t root = strlen(ROOT "/");
    char *end;

    if (strncmp(path, ROOT "/", root) != 0)
        return NULL;
    *number = (unsigned int)strtoul(path + root, &end, 10);
    return end > path + root && *end == '/' ? end + 1 : NULL;
}

static bool has_config(unsigned int number)
{
    char path[64], *piece;

    string_format(path, sizeof(path), ROOT "/%u/config/0", number);
    if (xenstore_read(XENSTORE_NO_TX, path, &piece, NULL) != 0)
        return false;
    heap_free(piece);
    return true;
}

/* What dom0 wished before we watched. Where a router runs with a configuration
 * of its own, Running means another only if there is one. */
static void start_waiting(void)
{
    char **names;
    size_t count;

    if (xenstore_list(XENSTORE_NO_TX, ROOT, &names, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        char path[PATH_LENGTH];
        unsigned int number;

        string_format(path, sizeof(path), ROOT "/%s/status", names[i]);
        if (path_of_router(path, &number) &&
            (number >= ROUTERS_MAX || !guests[number] ||
             !running(guests[number]) || has_config(number)))
            follow_status(number, path);
    }
    heap_free(names);
}

static void changed(const char *path, void *argument)
{
    unsigned int number;
    struct guest *guest;
    const char *at = path_of_router(path, &number);

    (void)argument;
    if (strcmp(path, ROOT) == 0)
        start_waiting();
    if (!at)
        return;
    if (strcmp(at, "status") == 0) {
        follow_status(number, path);
        return;
    }
    guest = number < ROUTERS_MAX ? guests[number] : NULL;
    if (!guest)
        return;
    if (strncmp(at, "control/read/", 13) == 0)
        read_handler(guest, at + 13);
    else if (strncmp(at, "elements/", 9) == 0)
        write_handler(guest, path, at + 9);
}

int control_start(struct guest *first)
{
    struct xenstore_watch *watch;

    guests[guest_number(first)] = first;
    watching = true;
    return xenstore_watch(ROOT, changed, NULL, &watch);
}
