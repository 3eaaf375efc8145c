/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/epoll.h: Linux's interest sets (lib/libc/epoll.c). */
#ifndef _SYS_EPOLL_H
#define _SYS_EPOLL_H

#include <sys/_sigset.h>
#include <sys/cdefs.h>
#include <fcntl.h>
#include <stdint.h>

#define EPOLL_CLOEXEC O_CLOEXEC

/* As poll()'s, and some of epoll's own. */
enum EPOLL_EVENTS {
    EPOLLIN = 0x001,
#define EPOLLIN EPOLLIN
    EPOLLPRI = 0x002,
#define EPOLLPRI EPOLLPRI
    EPOLLOUT = 0x004,
#define EPOLLOUT EPOLLOUT
    EPOLLERR = 0x008,
#define EPOLLERR EPOLLERR
    EPOLLHUP = 0x010,
#define EPOLLHUP EPOLLHUP
    EPOLLRDNORM = 0x040,
#define EPOLLRDNORM EPOLLRDNORM
    EPOLLRDBAND = 0x080,
#define EPOLLRDBAND EPOLLRDBAND
    EPOLLWRNORM = 0x100,
#define EPOLLWRNORM EPOLLWRNORM
    EPOLLWRBAND = 0x200,
#define EPOLLWRBAND EPOLLWRBAND
    EPOLLRDHUP = 0x2000,
#define EPOLLRDHUP EPOLLRDHUP
    EPOLLEXCLUSIVE = 1 << 28,
#define EPOLLEXCLUSIVE EPOLLEXCLUSIVE
    EPOLLONESHOT = 1 << 30,
#define EPOLLONESHOT EPOLLONESHOT
    EPOLLET = 1U << 31
#define EPOLLET EPOLLET
};

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

typedef union epoll_data {
    void *ptr;
    int fd;
    uint32_t u32;
    uint64_t u64;
} epoll_data_t;

struct epoll_event {
    uint32_t events;
    epoll_data_t data;
};

__BEGIN_DECLS
int epoll_create(int);
int epoll_create1(int);
int epoll_ctl(int, int, int, struct epoll_event *);
int epoll_wait(int, struct epoll_event *, int, int);
int epoll_pwait(int, struct epoll_event *, int, int, const __sigset_t *);
__END_DECLS

#endif
