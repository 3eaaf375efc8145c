/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.c: socket(), and what TCP, UDP and raw sockets have in common: being
 * made and closed, waiting, readiness.
 *
 * lwIP has a socket layer of its own, which is not used: it is built on one of
 * mailboxes and messages that is built on the callbacks which this one uses
 * directly. So a byte that arrives is queued once, in the socket, and one that
 * leaves goes from the program's memory to lwIP's in the caller's thread.
 * docs/sockets.md has the rest of the reasons.
 *
 * Waiting. A socket's state changes with the core lock held, so does the
 * caller who wants to wait for a change hold it. It must give up a mutex and
 * fall asleep in one step, which only spinlocks can (thread.h). So each
 * direction counts its wake-ups: the caller notes the count, gives up the core
 * lock, and sleeps only if the count is the same still.
 *
 * Concurrency: see lib/lwip/socket.h.
 */
#include "lib/lwip/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include "coracle/memory.h"
#include "lib/libc/libc.h"
#include "lwip/err.h"
#include "lwip/ip.h"

/* ---- Waiting and waking ---------------------------------------------------
 */

/* When a wait on this side that begins now must end. */
static uint64_t deadline_of(const struct inet_socket *socket,
                            const struct sleepers *side)
{
    uint64_t timeout = side == &socket->readers ? socket->receive_timeout
                                                : socket->send_timeout;

    return timeout == 0 ? TIME_NEVER : time_monotonic() + timeout;
}

int inet_wait(struct inet_socket *socket, struct sleepers *side,
              uint64_t *deadline)
{
    unsigned long seen = side->wakes;
    bool woken;

    if (socket->closed)
        return -EBADF;
    if (*deadline == 0)
        *deadline = deadline_of(socket, side);
    side->count++;
    UNLOCK_TCPIP_CORE();
    spin_lock(&side->lock);
    while (side->wakes == seen)
        if (waitq_wait(&side->queue, &side->lock, *deadline))
            break; /* the time is over */
    woken = side->wakes != seen;
    spin_unlock(&side->lock);
    LOCK_TCPIP_CORE();
    side->count--;
    if (socket->closed)
        return -EBADF;
    return woken ? 0 : -EAGAIN;
}

void inet_wake_one(struct sleepers *side)
{
    if (side->count == 0)
        return;
    spin_lock(&side->lock);
    side->wakes++;
    waitq_wake_one(&side->queue);
    spin_unlock(&side->lock);
}

void inet_wake_all(struct sleepers *side)
{
    if (side->count == 0)
        return;
    spin_lock(&side->lock);
    side->wakes++;
    waitq_wake_all(&side->queue);
    spin_unlock(&side->lock);
}

/* ---- Readiness ------------------------------------------------------------
 */

void inet_set_ready(struct inet_socket *socket, short ready, short news)
{
    short before = atomic_load_explicit(&socket->ready, memory_order_relaxed);

    news = (short)((news | ~before) & ready);
    if (ready != before)
        atomic_store_explicit(&socket->ready, ready, memory_order_relaxed);
    /* Takes watch_lock, and inet_poll() is called with it: one of the two sees
     * the other (lib/libc/watch.c). */
    if (news != 0)
        file_changed(&socket->file, news);
}

short inet_poll(struct file *file)
{
    return atomic_load_explicit(&inet_socket_of(file)->ready,
                                memory_order_relaxed);
}

/* ---- Errors ---------------------------------------------------------------
 */

int inet_error(err_t error)
{
    switch (error) {
    case ERR_OK:
        return 0;
    case ERR_MEM:
    case ERR_BUF:
        return -ENOBUFS;
    case ERR_RTE:
        return -ENETUNREACH;
    case ERR_IF:
        return -ENETDOWN;
    case ERR_USE:
        return -EADDRINUSE;
    case ERR_TIMEOUT:
    case ERR_ABRT:
        return -ETIMEDOUT;
    case ERR_RST:
        return -ECONNRESET;
    case ERR_ISCONN:
        return -EISCONN;
    case ERR_CONN:
        return -ENOTCONN;
    default:
        return -EINVAL;
    }
}

int inet_take_error(struct inet_socket *socket)
{
    int error = socket->error;

    socket->error = 0;
    return error;
}

/* ---- Beginning and end ----------------------------------------------------
 */

static void sleepers_init(struct sleepers *side)
{
    waitq_init(&side->queue);
}

void inet_socket_init(struct inet_socket *socket,
                      const struct inet_protocol *protocol, int number,
                      bool ipv6, bool v6only)
{
    file_init(&socket->file, protocol->ops, O_RDWR);
    socket->protocol = protocol;
    socket->number = number;
    socket->ipv6 = ipv6;
    socket->v6only = v6only;
    sleepers_init(&socket->readers);
    sleepers_init(&socket->writers);
    list_init(&socket->memberships);
}

uint8_t inet_address_type(const struct inet_socket *socket)
{
    if (!socket->ipv6)
        return IPADDR_TYPE_V4;
    return socket->v6only ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
}

void inet_hangup(struct file *file)
{
    struct inet_socket *socket = inet_socket_of(file);

    LOCK_TCPIP_CORE();
    socket->closed = true;
    inet_wake_all(&socket->readers);
    inet_wake_all(&socket->writers);
    UNLOCK_TCPIP_CORE();
}

void inet_close(struct file *file)
{
    struct inet_socket *socket = inet_socket_of(file);

    LOCK_TCPIP_CORE();
    multicast_leave_all(socket);
    socket->protocol->release(socket);
    UNLOCK_TCPIP_CORE();
    heap_free(socket);
}

int inet_name(struct inet_socket *socket, const struct endpoint *from,
              struct sockaddr_storage *to, socklen_t *size)
{
    *size = address_out(socket, from, to);
    return 0;
}

/* ---- socket() -------------------------------------------------------------
 */

/* What `type` and `number` (0: the usual one) stand for: 0 or an error. */
static int find_protocol(int type, int *number,
                         const struct inet_protocol **protocol)
{
    int usual = 0;

    switch (type) {
    case SOCK_STREAM:
        *protocol = &tcp_protocol;
        usual = IPPROTO_TCP;
        break;
    case SOCK_DGRAM:
        *protocol = &udp_protocol;
        usual = IPPROTO_UDP;
        break;
    case SOCK_RAW:
        *protocol = &raw_protocol;
        return *number > 0 && *number <= 255 ? 0 : -EPROTONOSUPPORT;
    default:
        return -ESOCKTNOSUPPORT;
    }
    if (*number == 0)
        *number = usual;
    return *number == usual ? 0 : -EPROTONOSUPPORT;
}

static int socket_create(int family, int type, int number)
{
    const struct inet_protocol *protocol;
    struct inet_socket *socket;
    int result;

    if (family != AF_INET && family != AF_INET6)
        return -EAFNOSUPPORT;
    result = find_protocol(type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), &number,
                           &protocol);
    if (result < 0)
        return result;
    socket = heap_alloc_zeroed(1, protocol->size);
    if (socket == NULL)
        return -ENOBUFS;
    inet_socket_init(socket, protocol, number, family == AF_INET6, false);
    if (type & SOCK_NONBLOCK)
        atomic_fetch_or(&socket->file.flags, O_NONBLOCK);
    LOCK_TCPIP_CORE();
    result = protocol->attach(socket);
    UNLOCK_TCPIP_CORE();
    if (result == 0)
        result = file_install(&socket->file, 0);
    if (result < 0)
        file_put(&socket->file);
    return result;
}

int socket(int family, int type, int number)
{
    return (int)libc_result(socket_create(family, type, number));
}
