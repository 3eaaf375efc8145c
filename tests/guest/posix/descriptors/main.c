/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * descriptors: what waits for what. Pipes, pairs of sockets, eventfds; poll(),
 * select() and epoll over them, from several threads; the table of descriptors
 * when it grows, and when a descriptor is closed that somebody uses.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

static short poll_one(int fd, short events, int timeout)
{
    struct pollfd entry = {fd, events, 0};

    return poll(&entry, 1, timeout) == 1 ? entry.revents : 0;
}

/* ---- Pipes ----------------------------------------------------------------
 */

static void *write_slowly(void *argument)
{
    int fd = *(int *)argument;

    for (int i = 0; i < 100000; i += 1000) {
        char block[1000];

        for (int j = 0; j < 1000; j++)
            block[j] = (char)((i + j) % 251);
        if (write(fd, block, sizeof(block)) != sizeof(block))
            printf("FAILED short write\n");
        if (i % 7000 == 0)
            usleep(1000);
    }
    close(fd);
    return NULL;
}

/* Nothing lost, nothing twice, in order; then the end. */
static void pipe_keeps_order(void)
{
    int fds[2], at = 0;
    pthread_t thread;
    char block[777];
    ssize_t got;

    CHECK_EQUAL(pipe(fds), 0);
    pthread_create(&thread, NULL, write_slowly, &fds[1]);
    while ((got = read(fds[0], block, sizeof(block))) > 0) {
        for (int i = 0; i < got; i++, at++) {
            if (block[i] != (char)(at % 251)) {
                CHECK_EQUAL(block[i], (char)(at % 251));
                return;
            }
        }
    }
    CHECK_EQUAL(got, 0);
    CHECK_EQUAL(at, 100000);
    pthread_join(thread, NULL);
    close(fds[0]);
}

static void pipe_states(void)
{
    char block[4096] = {0};
    int fds[2], waiting, total = 0;

    CHECK_EQUAL(pipe2(fds, O_NONBLOCK), 0);
    CHECK(read(fds[0], block, 1) == -1 && errno == EAGAIN);
    CHECK(write(fds[0], block, 1) == -1 && errno == EBADF);
    CHECK(read(fds[1], block, 1) == -1 && errno == EBADF);
    CHECK_EQUAL(poll_one(fds[0], POLLIN, 0), 0);
    CHECK_EQUAL(poll_one(fds[1], POLLOUT, 0), POLLOUT);
    while (write(fds[1], block, sizeof(block)) == sizeof(block))
        total += (int)sizeof(block);
    CHECK_EQUAL(errno, EAGAIN);
    CHECK_EQUAL(poll_one(fds[1], POLLOUT, 0), 0);
    CHECK_EQUAL(ioctl(fds[0], FIONREAD, &waiting), 0);
    CHECK_EQUAL(waiting, total);
    /* All of a small write, or nothing. */
    CHECK_EQUAL(read(fds[0], block, 100), 100);
    CHECK(write(fds[1], block, 101) == -1 && errno == EAGAIN);
    CHECK_EQUAL(write(fds[1], block, 100), 100);
    CHECK_EQUAL(close(fds[0]), 0);
    CHECK(poll_one(fds[1], POLLOUT, 0) & POLLERR);
    signal(SIGPIPE, SIG_IGN);
    CHECK(write(fds[1], block, 1) == -1 && errno == EPIPE);
    signal(SIGPIPE, SIG_DFL);
    CHECK_EQUAL(close(fds[1]), 0);
    CHECK(close(fds[1]) == -1 && errno == EBADF);
}

static volatile int signals;

static void count_signal(int number)
{
    signals += number == SIGPIPE;
}

static void pair_of_sockets(void)
{
    struct iovec pieces[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3};
    char text[16] = "";
    int fds[2], type;
    socklen_t size = sizeof(type);

    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    CHECK(socketpair(AF_INET, SOCK_STREAM, 0, fds) == -1 &&
          errno == EAFNOSUPPORT);
    CHECK_EQUAL(sendmsg(fds[0], &message, 0), 5);
    CHECK_EQUAL(recv(fds[1], text, 3, MSG_PEEK), 3);
    CHECK_EQUAL(recv(fds[1], text, sizeof(text), MSG_DONTWAIT), 5);
    CHECK_STRING(text, "abcde");
    CHECK(recv(fds[1], text, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK_EQUAL(write(fds[1], "back", 4), 4);
    CHECK_EQUAL(read(fds[0], text, sizeof(text)), 4);
    CHECK_EQUAL(getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &type, &size), 0);
    CHECK_EQUAL(type, SOCK_STREAM);
    CHECK_EQUAL(shutdown(fds[0], SHUT_WR), 0);
    CHECK_EQUAL(read(fds[1], text, 1), 0);
    CHECK_EQUAL(send(fds[1], "x", 1, 0), 1);
    CHECK_EQUAL(read(fds[0], text, 1), 1);
    signal(SIGPIPE, count_signal);
    CHECK(send(fds[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    CHECK_EQUAL(signals, 0);
    CHECK(send(fds[0], "x", 1, 0) == -1 && errno == EPIPE);
    CHECK_EQUAL(signals, 1);
    CHECK(write(fds[0], "x", 1) == -1 && errno == EPIPE);
    CHECK_EQUAL(signals, 2);
    signal(SIGPIPE, SIG_DFL);
    close(fds[0]);
    CHECK_EQUAL(poll_one(fds[1], POLLIN, 0) & POLLHUP, POLLHUP);
    close(fds[1]);
    CHECK(send(1, "x", 1, 0) == -1 && errno == ENOTSOCK);
    CHECK(send(99, "x", 1, 0) == -1 && errno == EBADF);
}

static void counters(void)
{
    eventfd_t value;
    int plain = eventfd(3, EFD_NONBLOCK);
    int semaphore = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);

    CHECK_EQUAL(eventfd_read(plain, &value), 0);
    CHECK_EQUAL(value, 3);
    CHECK(eventfd_read(plain, &value) == -1 && errno == EAGAIN);
    CHECK_EQUAL(eventfd_write(plain, UINT64_MAX - 1), 0);
    CHECK(eventfd_write(plain, 1) == -1 && errno == EAGAIN);
    CHECK_EQUAL(poll_one(plain, POLLIN | POLLOUT, 0), POLLIN);
    for (int i = 0; i < 2; i++) {
        CHECK_EQUAL(eventfd_read(semaphore, &value), 0);
        CHECK_EQUAL(value, 1);
    }
    CHECK_EQUAL(eventfd_read(semaphore, &value), -1);
    close(plain);
    close(semaphore);
}

/* ---- Waiting --------------------------------------------------------------
 */

static void *write_after_a_while(void *argument)
{
    usleep(5000);
    CHECK_EQUAL(write(*(int *)argument, "!", 1), 1);
    return NULL;
}

/* A poll() that sleeps wakes by what happens to one of many. */
static void poll_wakes(void)
{
    struct pollfd entries[20];
    int fds[20][2];
    pthread_t thread;
    char byte;

    for (int i = 0; i < 20; i++) {
        CHECK_EQUAL(pipe(fds[i]), 0);
        entries[i] = (struct pollfd){fds[i][0], POLLIN, 99};
    }
    entries[3].fd = -1;
    CHECK_EQUAL(poll(entries, 20, 10), 0);
    pthread_create(&thread, NULL, write_after_a_while, &fds[13][1]);
    CHECK_EQUAL(poll(entries, 20, -1), 1);
    for (int i = 0; i < 20; i++)
        CHECK_EQUAL(entries[i].revents, i == 13 ? POLLIN : 0);
    pthread_join(thread, NULL);
    CHECK_EQUAL(read(fds[13][0], &byte, 1), 1);
    entries[3] = (struct pollfd){500, POLLIN, 0};
    CHECK_EQUAL(poll(entries, 20, -1), 1);
    CHECK_EQUAL(entries[3].revents, POLLNVAL);
    for (int i = 0; i < 20; i++) {
        close(fds[i][0]);
        close(fds[i][1]);
    }
}

/* As many ns as 64 bits hold, and one more: that is long, not at once. */
static void a_limit_may_be_centuries(void)
{
    struct timespec long_time = {18446744073, 709551616};
    struct pollfd entry = {.events = POLLIN};
    pthread_t thread;
    int fds[2];

    CHECK_EQUAL(pipe(fds), 0);
    entry.fd = fds[0];
    pthread_create(&thread, NULL, write_after_a_while, &fds[1]);
    CHECK_EQUAL(ppoll(&entry, 1, &long_time, NULL), 1);
    pthread_join(thread, NULL);
    close(fds[0]);
    close(fds[1]);
}

static void select_wakes(void)
{
    struct timeval short_time = {0, 5000};
    pthread_t thread;
    fd_set set;
    fd_mask *small = calloc(2, sizeof(*small));
    int fds[2];

    CHECK_EQUAL(pipe(fds), 0);
    /* Only as much of a set is touched as the first argument says. */
    small[1] = -1;
    CHECK_EQUAL(select(fds[1] + 1, (fd_set *)small, NULL, NULL, &short_time),
                0);
    CHECK_EQUAL(small[1], -1);
    free(small);
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    CHECK_EQUAL(select(fds[0] + 1, &set, NULL, NULL, &short_time), 0);
    CHECK(!FD_ISSET(fds[0], &set));
    FD_SET(fds[0], &set);
    pthread_create(&thread, NULL, write_after_a_while, &fds[1]);
    CHECK_EQUAL(select(fds[0] + 1, &set, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(fds[0], &set));
    pthread_join(thread, NULL);
    close(fds[0]);
    close(fds[1]);
}

static int add(int set, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static int change(int set, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

static void epoll_rules(void)
{
    struct epoll_event events[4];
    int set = epoll_create1(EPOLL_CLOEXEC), fds[2];
    char byte;

    CHECK_EQUAL(pipe(fds), 0);
    CHECK(epoll_wait(fds[0], events, 4, 0) == -1 && errno == EINVAL);
    CHECK(epoll_wait(set, events, 0, 0) == -1 && errno == EINVAL);
    CHECK(add(set, 300, EPOLLIN) == -1 && errno == EBADF);
    CHECK(add(set, set, EPOLLIN) == -1 && errno == EINVAL);
    CHECK(change(set, fds[0], EPOLLIN) == -1 && errno == ENOENT);
    CHECK_EQUAL(add(set, fds[0], EPOLLIN), 0);
    CHECK(add(set, fds[0], EPOLLIN) == -1 && errno == EEXIST);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);

    /* Level-triggered: again and again, until it is read. */
    CHECK_EQUAL(write(fds[1], "xy", 2), 2);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(epoll_wait(set, events, 4, -1), 1);
        CHECK_EQUAL(events[0].events, EPOLLIN);
        CHECK_EQUAL(events[0].data.fd, fds[0]);
    }
    CHECK_EQUAL(poll_one(set, POLLIN, 0), POLLIN);
    CHECK_EQUAL(read(fds[0], &byte, 1), 1);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);

    /* Edge-triggered: once for what is there, once for each that comes. */
    CHECK_EQUAL(change(set, fds[0], EPOLLIN | EPOLLET), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    CHECK_EQUAL(write(fds[1], "z", 1), 1);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);

    CHECK_EQUAL(change(set, fds[0], EPOLLIN | EPOLLONESHOT), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    CHECK_EQUAL(write(fds[1], "z", 1), 1);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    CHECK_EQUAL(change(set, fds[0], EPOLLIN | EPOLLONESHOT), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);

    /* The other end closes: told without being asked for. */
    CHECK_EQUAL(change(set, fds[0], 0), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    close(fds[1]);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    CHECK_EQUAL(events[0].events, EPOLLHUP);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, fds[0], NULL), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    close(fds[0]);
    close(set);
}

/* A closed descriptor leaves its sets, and its number may come anew. */
static void epoll_forgets_the_closed(void)
{
    struct epoll_event events[4];
    int set = epoll_create(1), fds[2], again[2], copy;

    CHECK_EQUAL(pipe(fds), 0);
    CHECK_EQUAL(add(set, fds[1], EPOLLOUT), 0);
    close(fds[1]);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    close(fds[0]);

    /* A copy keeps the pipe open, and with it the interest; the number's next
     * owner is another matter. */
    CHECK_EQUAL(pipe(fds), 0);
    copy = dup(fds[1]);
    CHECK_EQUAL(add(set, fds[1], EPOLLOUT), 0);
    close(fds[1]);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    CHECK_EQUAL(pipe(again), 0);
    CHECK_EQUAL(dup2(again[1], fds[1]), fds[1]);
    CHECK_EQUAL(add(set, fds[1], EPOLLOUT), 0);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 1);
    close(copy);
    close(fds[0]);
    close(fds[1]);
    close(again[0]);
    close(again[1]);
    CHECK_EQUAL(epoll_wait(set, events, 4, 0), 0);
    close(set);
}

static int shared_set, served;
static pthread_mutex_t served_lock = PTHREAD_MUTEX_INITIALIZER;

static void *serve(void *unused)
{
    struct epoll_event event;

    while (epoll_wait(shared_set, &event, 1, -1) == 1) {
        char byte;

        if (read(event.data.fd, &byte, 1) != 1)
            break;
        pthread_mutex_lock(&served_lock);
        served++;
        pthread_mutex_unlock(&served_lock);
        if (byte == 'q' ||
            change(shared_set, event.data.fd, EPOLLIN | EPOLLONESHOT) != 0)
            break;
    }
    return unused;
}

/* Several threads on one set, each event to one of them. */
static void epoll_by_many(void)
{
    int fds[32][2];
    pthread_t threads[4];

    shared_set = epoll_create1(0);
    for (int i = 0; i < 32; i++) {
        CHECK_EQUAL(pipe(fds[i]), 0);
        CHECK_EQUAL(add(shared_set, fds[i][0], EPOLLIN | EPOLLONESHOT), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, serve, NULL);
    for (int i = 0; i < 3200; i++)
        CHECK_EQUAL(write(fds[i * 7 % 32][1], "x", 1), 1);
    for (int tries = 0; served < 3200 && tries < 2000; tries++)
        usleep(1000);
    CHECK_EQUAL(served, 3200);
    for (int i = 0; i < 4; i++)
        CHECK_EQUAL(write(fds[i][1], "q", 1), 1);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 32; i++) {
        close(fds[i][0]);
        close(fds[i][1]);
    }
    close(shared_set);
}

/* ---- The table ------------------------------------------------------------
 */

#define MANY 1200

static void many_descriptors(void)
{
    static int fds[MANY];
    struct pollfd *entries = calloc(MANY, sizeof(*entries));
    struct epoll_event event;
    int set = epoll_create1(0), first;

    for (int i = 0; i < MANY; i++) {
        fds[i] = eventfd(0, 0);
        CHECK(fds[i] > 0);
        entries[i] = (struct pollfd){fds[i], POLLIN, 0};
        CHECK_EQUAL(add(set, fds[i], EPOLLIN), 0);
    }
    CHECK(sysconf(_SC_OPEN_MAX) >= MANY);
    CHECK_EQUAL(poll(entries, MANY, 0), 0);
    CHECK_EQUAL(eventfd_write(fds[1111], 1), 0);
    CHECK_EQUAL(poll(entries, MANY, -1), 1);
    CHECK_EQUAL(entries[1111].revents, POLLIN);
    CHECK_EQUAL(epoll_wait(set, &event, 1, -1), 1);
    CHECK_EQUAL(event.data.fd, fds[1111]);

    /* The lowest free one, always. */
    first = fds[7];
    close(fds[600]);
    close(fds[7]);
    CHECK_EQUAL(dup(1), first);
    CHECK_EQUAL(dup(1), fds[600]);
    CHECK_EQUAL(fcntl(1, F_DUPFD, 3000), 3000);
    CHECK(fcntl(1, F_DUPFD, 1000000) == -1 && errno == EINVAL);
    close(3000);
    for (int i = 0; i < MANY; i++)
        CHECK_EQUAL(close(fds[i]), 0);
    close(set);
    free(entries);
}

static void *read_some(void *argument)
{
    uint64_t bytes;
    ssize_t got = read(*(int *)argument, &bytes, sizeof(bytes));

    return (void *)(got == -1 ? -(long)errno : got);
}

/* close() of what another thread waits for lets that thread go. */
static void close_under_a_reader(void)
{
    int fds[2], event = eventfd(0, 0);
    pthread_t thread;
    void *result;

    CHECK_EQUAL(pipe(fds), 0);
    pthread_create(&thread, NULL, read_some, &fds[0]);
    usleep(2000);
    CHECK_EQUAL(close(fds[0]), 0);
    pthread_join(thread, &result);
    CHECK_EQUAL((long)result, 0);
    close(fds[1]);

    pthread_create(&thread, NULL, read_some, &event);
    usleep(2000);
    CHECK_EQUAL(close(event), 0);
    pthread_join(thread, &result);
    CHECK_EQUAL((long)result, -EBADF);
}

static void *close_after_a_while(void *argument)
{
    usleep(5000);
    close(*(int *)argument);
    return NULL;
}

static void close_under_a_poll(void)
{
    struct pollfd entry = {.events = POLLIN};
    pthread_t thread;

    entry.fd = eventfd(0, 0);
    pthread_create(&thread, NULL, close_after_a_while, &entry.fd);
    CHECK_EQUAL(poll(&entry, 1, -1), 1);
    CHECK_EQUAL(entry.revents, POLLNVAL);
    pthread_join(thread, NULL);
}

int main(void)
{
    RUN(pipe_keeps_order);
    RUN(pipe_states);
    RUN(pair_of_sockets);
    RUN(counters);
    RUN(poll_wakes);
    RUN(a_limit_may_be_centuries);
    RUN(select_wakes);
    RUN(epoll_rules);
    RUN(epoll_forgets_the_closed);
    RUN(epoll_by_many);
    RUN(many_descriptors);
    RUN(close_under_a_reader);
    RUN(close_under_a_poll);
    return check_failures != 0;
}
