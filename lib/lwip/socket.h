/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.h: what the files of lib/lwip that make sockets know of each other.
 *
 * A socket of this folder is a struct inet_socket: a file (lib/libc/file.h) on
 * one side, a protocol control block of lwIP's (a "pcb") on the other. lwIP
 * calls back when something arrives, with the core lock held; the calls of a
 * program take the core lock, look at what has come, and wait if they must.
 *
 * Concurrency: the core lock of lwIP (LOCK_TCPIP_CORE) guards all of a socket,
 * but for `ready`, which is atomic so that poll() need not take a mutex for
 * each of a thousand sockets.
 */
#ifndef CORACLE_LWIP_SOCKET_H
#define CORACLE_LWIP_SOCKET_H

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "coracle/list.h"
#include "coracle/thread.h"
#include "lib/libc/socket.h"
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/tcpip.h"

struct tcp_pcb;
struct udp_pcb;
struct raw_pcb;
struct ip_pcb;

/* Threads that wait for one direction of a socket. */
struct sleepers {
    struct spinlock lock; /* guards the queue, and `wakes` while asleep */
    struct waitq queue;
    unsigned long wakes;
    unsigned int count; /* guarded by the core lock */
};

/* An address with a port (in the host's byte order). */
struct endpoint {
    ip_addr_t address;
    uint16_t port;
};

struct inet_socket {
    struct file file;
    const struct inet_protocol *protocol;
    int number; /* IPPROTO_... */
    bool ipv6;
    bool v6only;
    bool closed;  /* no descriptor is left */
    bool shut_in; /* by shutdown() */
    bool shut_out;
    int error; /* of the connection, not reported yet; SO_ERROR */
    atomic_short ready;
    uint64_t receive_timeout; /* ns; 0: none */
    uint64_t send_timeout;
    struct sleepers readers;
    struct sleepers writers;
    struct list memberships; /* of multicast groups (socket_multicast.c) */
    union {                  /* NULL: lwIP has none for us (any more) */
        struct ip_pcb *ip;
        struct tcp_pcb *tcp;
        struct udp_pcb *udp;
        struct raw_pcb *raw;
    } pcb;
};

/* What differs between TCP, UDP and raw sockets. All with the core lock. */
struct inet_protocol {
    int type;    /* SOCK_... */
    size_t size; /* of its structure, which begins with inet_socket */
    const struct file_ops *ops;
    /* A pcb for a socket that has none: 0 or -ENOBUFS. */
    int (*attach)(struct inet_socket *socket);
    /* Give the pcb and all that has come back; the last call. */
    void (*release)(struct inet_socket *socket);
    /* Options that this protocol alone has; -ENOPROTOOPT. */
    int (*get_option)(struct inet_socket *socket, int level, int name,
                      int *value);
    int (*set_option)(struct inet_socket *socket, int level, int name,
                      int value);
};

extern const struct inet_protocol tcp_protocol, udp_protocol, raw_protocol;

/* ---- socket.c -------------------------------------------------------------
 */

static inline struct inet_socket *inet_socket_of(struct file *file)
{
    return container_of(file, struct inet_socket, file);
}

/* Fill in a zeroed one; it has no pcb yet. */
void inet_socket_init(struct inet_socket *socket,
                      const struct inet_protocol *protocol, int number,
                      bool ipv6, bool v6only);

/*
 * Wait until woken; the core lock is given up meanwhile. 0: look again;
 * -EAGAIN when the socket's time limit for this side is over; -EBADF: the
 * socket was closed meanwhile. `*deadline` is 0 at a call's first wait, which
 * is when its time begins: looking at the clock is dear where Xen emulates it.
 */
MUST_CHECK int inet_wait(struct inet_socket *socket, struct sleepers *side,
                         uint64_t *deadline);

/* Let one, or all, of those who wait look again. */
void inet_wake_one(struct sleepers *side);
void inet_wake_all(struct sleepers *side);

/* From now on `ready` holds for poll(); those of `news` are told even if they
 * held before. */
void inet_set_ready(struct inet_socket *socket, short ready, short news);

/* lwIP's error as a negative errno; ERR_OK is 0. */
int inet_error(err_t error);

/* Take what is in `error`: 0 or negative. */
int inet_take_error(struct inet_socket *socket);

/* The type of address that a pcb of this socket is made for. */
uint8_t inet_address_type(const struct inet_socket *socket);

/* Operations that all kinds share. */
int inet_name(struct inet_socket *socket, const struct endpoint *from,
              struct sockaddr_storage *to, socklen_t *size);
void inet_hangup(struct file *file);
void inet_close(struct file *file);
short inet_poll(struct file *file);

/* ---- socket_address.c -----------------------------------------------------
 */

/*
 * An address that a program gives, for this socket. IPv4 in an IPv6 address
 * becomes IPv4. 0, -EINVAL (too short, or of an interface that cannot be),
 * -EAFNOSUPPORT, or -ENETUNREACH (IPv4, and the socket is IPV6_V6ONLY).
 */
MUST_CHECK int address_in(const struct inet_socket *socket,
                          const struct sockaddr *from, socklen_t size,
                          struct endpoint *to);
/* The opposite; returns the address's size. */
socklen_t address_out(const struct inet_socket *socket,
                      const struct endpoint *from, struct sockaddr_storage *to);
/* The same into a message, cut to the room there is. */
void address_to_message(const struct inet_socket *socket,
                        const struct endpoint *from, struct msghdr *message);
/* Whether one may bind to it: none in particular, an interface's, a group. */
bool address_is_ours(const ip_addr_t *address);

/* ---- socket_option.c ------------------------------------------------------
 */

int inet_get_option(struct file *file, int level, int name, void *value,
                    socklen_t *size);
int inet_set_option(struct file *file, int level, int name, const void *value,
                    socklen_t size);

/* ---- socket_multicast.c ---------------------------------------------------
 */

/* setsockopt() with an option of groups; -ENOPROTOOPT: it is none. */
int multicast_set_option(struct inet_socket *socket, int level, int name,
                         const void *value, socklen_t size);
/* Leave all groups. */
void multicast_leave_all(struct inet_socket *socket);

#endif
