/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h: what the files of this guest share. All connections are to itself,
 * over the loopback interface.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

/* A call that fails with a certain errno. */
#define CHECK_FAILS(call, error)                                               \
    do {                                                                       \
        errno = 0;                                                             \
        CHECK_EQUAL(call, -1);                                                 \
        CHECK_EQUAL(errno, error);                                             \
    } while (0)

/* The address of this machine itself, family AF_INET or AF_INET6. */
struct sockaddr_storage loopback(int family, uint16_t port);
socklen_t size_of(int family);

/* A listening socket at a port of its own, which is returned in *port. */
int listener(int family, uint16_t *port);
/* Two ends of one connection. */
void connected_pair(int family, int fds[2]);
short poll_one(int fd, short events, int timeout);
int get_int(int fd, int level, int name);
int set_int(int fd, int level, int name, int value);
void set_timeout(int fd, int name, int milliseconds);
double now(void);

/* Each returns how many checks failed. */
int test_tcp(void);
int test_datagrams(void);
int test_names(void);
int test_many(void);
