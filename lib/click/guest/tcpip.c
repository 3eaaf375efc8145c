/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpip.c: ControlSockets in a guest whose image has TCP/IP.
 *
 * One thread has all sockets: it waits for any of them (poll()), and has what
 * comes done by the router's own thread between two rounds (guest_do()). While
 * answers wait for a client that does not read them, nothing more is read from
 * it.
 *
 * A socket stays open when a router takes the place of another one that has it,
 * too; so do its connections, also when no router runs (540 is the answer
 * then).
 *
 * Concurrency: `lock` guards the list of listeners. Routers' threads add to it
 * and count users; only the thread here takes listeners off it. Never held
 * while guest_do() waits for a router. Clients are this thread's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/click/control.h"
#include "lib/click/guest/guest.h"
#include "lib/lwip/address.h"

#define LISTENERS_MAX 16
#define CLIENTS_MAX   16 /* others wait until one has gone */

struct listener {
    struct guest *guest;
    char *where; /* a port; NULL: a free place */
    int fd;
    bool read_only;
    unsigned int users; /* elements; 0: to be closed */
};

struct client {
    struct guest *guest; /* NULL: a free place */
    struct control control;
    int fd;
    size_t sent; /* of control.out */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct listener listeners[LISTENERS_MAX]; /* guarded by lock */
static int waker = -1;                           /* guarded by lock */
static struct client clients[CLIENTS_MAX];

bool tcpip_has(unsigned int index)
{
    return address_wanted(index);
}

/* ---- Clients --------------------------------------------------------------
 */

static struct router *current_router(struct control *control)
{
    return guest_router(container_of(control, struct client, control)->guest);
}

static void drop(struct client *client)
{
    close(client->fd);
    control_close(&client->control);
    *client = (struct client){0};
}

/* Send what is to be sent, as far as it goes. */
static void answer(struct client *client)
{
    struct text *out = &client->control.out;
    ssize_t some = 0;

    while (client->sent < out->length && some >= 0) {
        some = send(client->fd, out->bytes + client->sent,
                    out->length - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (some > 0)
            client->sent += (size_t)some;
    }
    if (some < 0 && errno != EAGAIN && errno != EINTR) {
        drop(client);
        return;
    }
    if (client->sent < out->length)
        return;
    text_clear(out);
    client->sent = 0;
    if (client->control.closed || out->failed)
        drop(client);
}

struct received {
    struct client *client;
    const char *bytes;
    size_t length;
};

static void receive(struct guest *guest, void *argument)
{
    struct received *received = argument;

    (void)guest;
    control_receive(&received->client->control, received->bytes,
                    received->length);
}

static void serve(struct client *client)
{
    char bytes[1024];
    struct received received = {client, bytes, 0};
    ssize_t length;

    if (client->control.out.length == 0) {
        length = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            drop(client);
            return;
        }
        received.length = (size_t)length;
        guest_do(client->guest, receive, &received);
    }
    answer(client);
}

static struct client *free_client(void)
{
    for (unsigned int i = 0; i < CLIENTS_MAX; i++)
        if (!clients[i].guest)
            return &clients[i];
    return NULL;
}

static void accept_client(int listener, struct guest *guest, bool read_only)
{
    struct client *client = free_client();
    int fd = client ? accept(listener, NULL, NULL) : -1;

    if (fd < 0)
        return;
    *client = (struct client){.guest = guest, .fd = fd};
    client->control.router = current_router;
    client->control.read_only = read_only;
    control_open(&client->control);
    answer(client);
}

/* ---- The thread -----------------------------------------------------------
 */

/* Close what nobody uses, and list the others. */
static void gather_listeners(struct pollfd entries[LISTENERS_MAX])
{
    bool room = free_client() != NULL;

    pthread_mutex_lock(&lock);
    for (unsigned int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *listener = &listeners[i];

        if (listener->where && listener->users == 0) {
            close(listener->fd);
            free(listener->where);
            listener->where = NULL;
        }
        entries[i] =
            (struct pollfd){.fd = listener->where && room ? listener->fd : -1,
                            .events = POLLIN};
    }
    pthread_mutex_unlock(&lock);
}

static void look_at_listener(unsigned int number, int fd)
{
    struct listener listener;

    pthread_mutex_lock(&lock);
    listener = listeners[number];
    pthread_mutex_unlock(&lock);
    if (listener.where && listener.fd == fd)
        accept_client(fd, listener.guest, listener.read_only);
}

static void *serve_all(void *argument)
{
    struct pollfd entries[1 + LISTENERS_MAX + CLIENTS_MAX];
    eventfd_t wakes;

    entries[0] = (struct pollfd){.fd = *(int *)argument, .events = POLLIN};
    for (;;) {
        struct pollfd *of_clients = entries + 1 + LISTENERS_MAX;

        gather_listeners(entries + 1);
        for (unsigned int i = 0; i < CLIENTS_MAX; i++)
            of_clients[i] = (struct pollfd){
                .fd = clients[i].guest ? clients[i].fd : -1,
                .events = clients[i].control.out.length ? POLLOUT : POLLIN};
        if (poll(entries, ARRAY_SIZE(entries), -1) < 0)
            continue;
        if (entries[0].revents)
            (void)eventfd_read(entries[0].fd, &wakes);
        for (unsigned int i = 0; i < CLIENTS_MAX; i++)
            if (of_clients[i].revents)
                serve(&clients[i]);
        for (unsigned int i = 0; i < LISTENERS_MAX; i++)
            if (entries[1 + i].revents)
                look_at_listener(i, entries[1 + i].fd);
    }
    return NULL; /* not reached */
}

/* Once; `lock` is held. */
static bool start(void)
{
    pthread_t thread;

    if (waker >= 0)
        return true;
    waker = eventfd(0, EFD_NONBLOCK);
    if (waker >= 0 && pthread_create(&thread, NULL, serve_all, &waker) == 0)
        return true;
    close(waker);
    waker = -1;
    return false;
}

/* ---- Listening ------------------------------------------------------------
 */

/* The listener of `guest` at `where`; NULL `where`: a free place. */
static struct listener *find(const struct guest *guest, const char *where)
{
    for (unsigned int i = 0; i < LISTENERS_MAX; i++) {
        struct listener *listener = &listeners[i];

        if (where ? listener->where && listener->guest == guest &&
                        strcmp(listener->where, where) == 0
                  : !listener->where)
            return listener;
    }
    return NULL;
}

/* A socket that listens at port `where`; negative: errno says why not. */
static int listen_at(const char *where, bool local)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(where, NULL, 10)),
        .sin_addr.s_addr = htonl(local ? INADDR_LOOPBACK : INADDR_ANY),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, error;

    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, CLIENTS_MAX) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* `lock` is held. NULL: errno says why. */
static struct listener *add(struct guest *guest,
                            const struct router_control *control)
{
    struct listener *listener = find(NULL, NULL);

    errno = ENFILE;
    if (!listener || !start())
        return NULL;
    listener->fd = listen_at(control->where, control->local);
    if (listener->fd < 0)
        return NULL;
    listener->where = strdup(control->where);
    if (!listener->where) {
        close(listener->fd);
        errno = ENOMEM;
        return NULL;
    }
    listener->guest = guest;
    listener->users = 0;
    return listener;
}

int tcpip_open(struct guest *guest, const struct router_control *control,
               struct click_errors *errors)
{
    struct listener *listener;
    int error;

    if (!control->tcp)
        return click_error(errors, NULL,
                           "there are no Unix sockets in a guest, only TCP");
    pthread_mutex_lock(&lock);
    listener = find(guest, control->where);
    if (!listener)
        listener = add(guest, control);
    error = errno;
    if (listener) {
        listener->read_only = control->read_only;
        listener->users++;
        eventfd_write(waker, 1);
    }
    pthread_mutex_unlock(&lock);
    return listener ? 0
                    : click_error(errors, NULL, "port %s: %s", control->where,
                                  strerror(error));
}

/* The port is free again when the thread has seen it. */
void tcpip_close(struct guest *guest, const struct router_control *control)
{
    struct listener *listener;

    pthread_mutex_lock(&lock);
    listener = find(guest, control->where);
    if (listener && --listener->users == 0)
        eventfd_write(waker, 1);
    pthread_mutex_unlock(&lock);
}
