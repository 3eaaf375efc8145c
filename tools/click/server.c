/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.c: sockets on which others read and write handlers (-p, -u): Click's
 * ControlSocket protocol, lib/click/control.c, for many clients at once.
 *
 * A client's socket is read when it has something, and written as far as it
 * takes it; while answers wait, nothing more is read from it. So a client that
 * does not listen costs no more than what it asked for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/click/control.h"
#include "tools/click/host.h"

struct client {
    struct control control;
    struct host *host;
    struct client *next;
    int fd;
    bool writing; /* waits for room to write, else for something to read */
    size_t sent;  /* of control.out */
};

struct listener {
    struct host *host;
    struct listener *next;
    char *where; /* a port, or the path of a Unix socket */
    unsigned int port;
    bool tcp, read_only;
    unsigned int users; /* elements, the command line */
    int fd;
};

static struct client *clients;
static struct listener *listeners;

static void serve(void *context);

/* ---- Clients --------------------------------------------------------------
 */

static struct router *current_router(struct control *control)
{
    return container_of(control, struct client, control)->host->router;
}

static void drop_client(struct client *client)
{
    struct client **at = &clients;

    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    select_remove(client->fd, client->writing);
    close(client->fd);
    control_close(&client->control);
    free(client);
}

/* Wait for what is to be done next. */
static void wait_for(struct client *client, bool writing)
{
    if (client->writing == writing)
        return;
    select_remove(client->fd, client->writing);
    client->writing = writing;
    if (!select_add(client->fd, writing, serve, client))
        shutdown(client->fd, SHUT_RDWR);
}

/* Send what is to be sent, as far as it goes. False: the client is gone. */
static bool send_answers(struct client *client)
{
    struct text *out = &client->control.out;

    while (client->sent < out->length) {
        ssize_t sent =
            send(client->fd, out->bytes + client->sent,
                 out->length - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (sent <= 0)
            return false;
        client->sent += (size_t)sent;
    }
    if (client->sent < out->length) {
        wait_for(client, true);
        return true;
    }
    text_clear(out);
    client->sent = 0;
    wait_for(client, false);
    return !client->control.closed && !out->failed;
}

static void serve(void *context)
{
    struct client *client = context;
    char bytes[4096];
    ssize_t length;

    if (!client->writing) {
        length = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            drop_client(client);
            return;
        }
        control_receive(&client->control, bytes, (size_t)length);
    }
    if (!send_answers(client))
        drop_client(client);
}

static void accept_client(void *context)
{
    struct listener *listener = context;
    int fd = accept(listener->fd, NULL, NULL);
    struct client *client;

    if (fd < 0)
        return;
    client = calloc(1, sizeof(*client));
    if (!client || !select_add(fd, false, serve, client)) {
        free(client);
        close(fd);
        return;
    }
    client->fd = fd;
    client->host = listener->host;
    client->control.router = current_router;
    client->control.read_only = listener->read_only;
    client->next = clients;
    clients = client;
    control_open(&client->control);
    if (!send_answers(client))
        drop_client(client);
}

/* ---- Listening ------------------------------------------------------------
 */

/* "PORT", or "PORT+": that one or a later one; *got is which. */
static int bind_port(const char *word, bool local, unsigned int *got)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd, yes = 1;
    char *end;
    unsigned long port = strtoul(word, &end, 10);
    bool more = *end == '+';

    if (port < 1 || port > 65535 || end[more]) {
        errno = EINVAL;
        return -1;
    }
    address.sin_addr.s_addr = htonl(local ? INADDR_LOOPBACK : INADDR_ANY);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    do {
        address.sin_port = htons((uint16_t)port);
        *got = (unsigned int)port;
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
            listen(fd, 16) == 0)
            return fd;
    } while (more && errno == EADDRINUSE && ++port <= 65535);
    close(fd);
    return -1;
}

static int bind_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct listener *find_listener(const struct router_control *control)
{
    struct listener *listener = listeners;

    while (listener && (listener->tcp != control->tcp ||
                        strcmp(listener->where, control->where)))
        listener = listener->next;
    return listener;
}

static void free_listener(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    free(listener->where);
    free(listener);
}

/* NULL: errno says why. */
static struct listener *listen_at(struct host *host,
                                  const struct router_control *control)
{
    struct listener *listener = calloc(1, sizeof(*listener));

    if (!listener)
        return NULL;
    listener->host = host;
    listener->tcp = control->tcp;
    listener->read_only = control->read_only;
    listener->where = strdup(control->where);
    listener->fd = control->tcp ? bind_port(control->where, control->local,
                                            &listener->port)
                                : bind_path(control->where);
    if (!listener->where || listener->fd < 0 || listen(listener->fd, 16) ||
        !select_add(listener->fd, false, accept_client, listener)) {
        int error = errno;

        free_listener(listener);
        errno = error;
        return NULL;
    }
    listener->next = listeners;
    listeners = listener;
    return listener;
}

int server_open(struct router_world *world,
                const struct router_control *control,
                struct click_errors *errors)
{
    struct listener *listener = find_listener(control);

    if (host_of(world)->options->quit)
        return 0;
    if (!listener)
        listener = listen_at(host_of(world), control);
    if (!listener)
        return click_error(errors, NULL, "%s '%s': %s",
                           control->tcp ? "port" : "socket", control->where,
                           strerror(errno));
    listener->read_only = control->read_only;
    listener->users++;
    if (control->port)
        *control->port = listener->port;
    return 0;
}

/* Its connections stay: they are to the router, not to the socket. */
void server_close(struct router_world *world,
                  const struct router_control *control)
{
    struct listener *listener = find_listener(control), **at = &listeners;

    (void)world;
    if (!listener || --listener->users)
        return;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    select_remove(listener->fd, false);
    if (!listener->tcp)
        unlink(listener->where);
    free_listener(listener);
}

static void say_error(struct click_errors *errors, const char *line)
{
    (void)errors;
    fprintf(stderr, "click: %s\n", line);
}

bool server_start(struct host *host)
{
    const struct options *options = host->options;
    struct click_errors errors = {.say = say_error};
    struct router_control control = {.tcp = true};

    for (unsigned int i = 0; i < options->ports.count; i++) {
        control.where = options->ports.words[i];
        if (server_open(&host->world, &control, &errors))
            return false;
    }
    control.tcp = false;
    for (unsigned int i = 0; i < options->sockets.count; i++) {
        control.where = options->sockets.words[i];
        if (server_open(&host->world, &control, &errors))
            return false;
    }
    return true;
}

void server_end(void)
{
    while (clients)
        drop_client(clients);
    while (listeners) {
        struct router_control control = {.tcp = listeners->tcp,
                                         .where = listeners->where};

        listeners->users = 1;
        server_close(NULL, &control);
    }
}
