/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/socket.h: sockets (lib/libc/socket.c; TCP/IP in lib/lwip).
 * The numbers are Linux's, as far as anybody could care.
 */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H

#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t socklen_t;
typedef uint16_t sa_family_t;

struct sockaddr {
    sa_family_t sa_family;
    char sa_data[14];
};

/* Room and alignment for an address of any family. */
struct sockaddr_storage {
    sa_family_t ss_family;
    char __ss_padding[118];
    unsigned long __ss_align;
};

#define AF_UNSPEC 0
#define AF_UNIX   1
#define AF_LOCAL  AF_UNIX
#define AF_INET   2
#define AF_INET6  10
#define PF_UNSPEC AF_UNSPEC
#define PF_UNIX   AF_UNIX
#define PF_LOCAL  AF_UNIX
#define PF_INET   AF_INET
#define PF_INET6  AF_INET6

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK  O_NONBLOCK
#define SOCK_CLOEXEC   O_CLOEXEC

#define SOL_SOCKET      1
#define SO_DEBUG        1
#define SO_REUSEADDR    2
#define SO_TYPE         3
#define SO_ERROR        4
#define SO_DONTROUTE    5
#define SO_BROADCAST    6
#define SO_SNDBUF       7
#define SO_RCVBUF       8
#define SO_KEEPALIVE    9
#define SO_OOBINLINE    10
#define SO_LINGER       13
#define SO_RCVLOWAT     18
#define SO_SNDLOWAT     19
#define SO_RCVTIMEO     20
#define SO_SNDTIMEO     21
#define SO_BINDTODEVICE 25
#define SO_ACCEPTCONN   30
#define SO_PROTOCOL     38
#define SO_DOMAIN       39

struct linger {
    int l_onoff;
    int l_linger; /* seconds */
};

#define SOMAXCONN 254

#define MSG_OOB          0x0001
#define MSG_PEEK         0x0002
#define MSG_DONTROUTE    0x0004
#define MSG_CTRUNC       0x0008
#define MSG_TRUNC        0x0020
#define MSG_DONTWAIT     0x0040
#define MSG_EOR          0x0080
#define MSG_WAITALL      0x0100
#define MSG_NOSIGNAL     0x4000
#define MSG_MORE         0x8000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    int msg_flags;
};

/* One message of recvmmsg() and sendmmsg(). */
struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

struct cmsghdr {
    size_t cmsg_len; /* with this header */
    int cmsg_level;
    int cmsg_type;
    /* The data follow, aligned. */
};

#define SCM_RIGHTS 1

#define CMSG_ALIGN(length)                                                     \
    (((length) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_DATA(header)  ((unsigned char *)((struct cmsghdr *)(header) + 1))
#define CMSG_LEN(length)   (sizeof(struct cmsghdr) + (length))
#define CMSG_SPACE(length) CMSG_ALIGN(CMSG_LEN(length))
#define CMSG_FIRSTHDR(message)                                                 \
    ((message)->msg_controllen >= sizeof(struct cmsghdr)                       \
         ? (struct cmsghdr *)(message)->msg_control                            \
         : (struct cmsghdr *)0)
#define CMSG_NXTHDR(message, header) __cmsg_next(message, header)

static __inline struct cmsghdr *__cmsg_next(struct msghdr *__message,
                                            struct cmsghdr *__header)
{
    char *__end = (char *)__message->msg_control + __message->msg_controllen;
    char *__next = (char *)__header + CMSG_ALIGN(__header->cmsg_len);

    if (__header->cmsg_len < sizeof(struct cmsghdr) || __next > __end ||
        (size_t)(__end - __next) < sizeof(struct cmsghdr))
        return (struct cmsghdr *)0;
    return (struct cmsghdr *)(void *)__next;
}

struct timespec;

__BEGIN_DECLS
int socket(int, int, int);
int socketpair(int, int, int, int[2]);
int bind(int, const struct sockaddr *, socklen_t);
int connect(int, const struct sockaddr *, socklen_t);
int listen(int, int);
int accept(int, struct sockaddr *__restrict, socklen_t *__restrict);
int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
int shutdown(int, int);
int getsockname(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getpeername(int, struct sockaddr *__restrict, socklen_t *__restrict);
int getsockopt(int, int, int, void *__restrict, socklen_t *__restrict);
int setsockopt(int, int, int, const void *, socklen_t);
ssize_t send(int, const void *, size_t, int);
ssize_t sendto(int, const void *, size_t, int, const struct sockaddr *,
               socklen_t);
ssize_t sendmsg(int, const struct msghdr *, int);
ssize_t recv(int, void *, size_t, int);
ssize_t recvfrom(int, void *__restrict, size_t, int,
                 struct sockaddr *__restrict, socklen_t *__restrict);
ssize_t recvmsg(int, struct msghdr *, int);
int sendmmsg(int, struct mmsghdr *, unsigned int, int);
int recvmmsg(int, struct mmsghdr *, unsigned int, int, struct timespec *);
int sockatmark(int);
__END_DECLS

#endif
