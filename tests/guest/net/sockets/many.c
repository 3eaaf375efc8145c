/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * many.c: a thousand connections held, by an echo server that waits for all of
 * them with epoll, and by a client that waits with poll(). And threads, each
 * with a connection of its own.
 */
#include "net.h"

#define CONNECTIONS 1000

static int listening;
static uint16_t port;
static int served; /* connections that ended */

static void watch(int set, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
}

static void serve(int set, int fd)
{
    char block[64];
    ssize_t got;

    if (fd == listening) {
        while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0)
            watch(set, fd);
        CHECK_EQUAL(errno, EAGAIN);
        return;
    }
    got = read(fd, block, sizeof(block));
    if (got > 0) {
        CHECK_EQUAL(write(fd, block, (size_t)got), got);
        return;
    }
    CHECK_EQUAL(got, 0);
    close(fd);
    served++;
}

static void *server(void *unused)
{
    struct epoll_event events[64];
    int set = epoll_create1(0);

    fcntl(listening, F_SETFL, O_NONBLOCK);
    watch(set, listening);
    while (served < CONNECTIONS) {
        int count = epoll_wait(set, events, 64, 10000);

        CHECK(count > 0);
        if (count <= 0)
            break;
        for (int i = 0; i < count; i++)
            serve(set, events[i].data.fd);
    }
    close(set);
    return unused;
}

static void a_thousand_connections(void)
{
    struct pollfd *entries = calloc(CONNECTIONS, sizeof(*entries));
    struct sockaddr_storage address;
    pthread_t thread;
    int answered = 0;

    listening = listener(AF_INET, &port);
    address = loopback(AF_INET, port);
    served = 0;
    pthread_create(&thread, NULL, server, NULL);
    for (int i = 0; i < CONNECTIONS; i++) {
        entries[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        entries[i].events = POLLIN;
        if (connect(entries[i].fd, (struct sockaddr *)&address,
                    size_of(AF_INET)) != 0) {
            CHECK_EQUAL(i, -1);
            return;
        }
    }
    CHECK_EQUAL(poll(entries, CONNECTIONS, 0), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CONNECTIONS; i += 3)
            CHECK_EQUAL(write(entries[i].fd, &i, sizeof(i)), sizeof(i));
        for (answered = 0; answered < (CONNECTIONS + 2) / 3;) {
            CHECK(poll(entries, CONNECTIONS, 10000) > 0);
            for (int i = 0; i < CONNECTIONS; i++) {
                int number;

                if (entries[i].revents == 0)
                    continue;
                CHECK_EQUAL(entries[i].revents, POLLIN);
                CHECK_EQUAL(read(entries[i].fd, &number, sizeof(number)), 4);
                CHECK_EQUAL(number, i);
                answered++;
            }
        }
    }
    for (int i = 0; i < CONNECTIONS; i++)
        close(entries[i].fd);
    pthread_join(thread, NULL);
    CHECK_EQUAL(served, CONNECTIONS);
    close(listening);
    free(entries);
}

/* ---- Threads ---------------------------------------------------------------
 */

#define CLIENTS  8
#define MESSAGES 50

static void *echo_one(void *argument)
{
    int fd = (int)(long)argument;
    char block[3000];
    ssize_t got;

    while ((got = recv(fd, block, sizeof(block), 0)) > 0)
        CHECK_EQUAL(send(fd, block, (size_t)got, 0), got);
    close(fd);
    return NULL;
}

static void *acceptor(void *unused)
{
    pthread_t threads[CLIENTS];

    for (long i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, echo_one,
                       (void *)(long)accept(listening, NULL, NULL));
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    return unused;
}

static void *client(void *argument)
{
    struct sockaddr_storage address = loopback(AF_INET6, port);
    unsigned char out[5000], in[5000];
    int seed = (int)(long)argument, fd = socket(AF_INET6, SOCK_STREAM, 0);

    CHECK_EQUAL(connect(fd, (struct sockaddr *)&address, size_of(AF_INET6)), 0);
    for (int i = 0; i < MESSAGES; i++) {
        size_t size = (size_t)(1 + (seed * 977 + i * 131) % 5000);

        memset(out, seed * 16 + i, size);
        CHECK_EQUAL(send(fd, out, size, 0), size);
        CHECK_EQUAL(recv(fd, in, size, MSG_WAITALL), size);
        CHECK(memcmp(in, out, size) == 0);
    }
    close(fd);
    return NULL;
}

static void threads_with_connections(void)
{
    pthread_t threads[CLIENTS], accepting;

    listening = listener(AF_INET6, &port);
    pthread_create(&accepting, NULL, acceptor, NULL);
    for (long i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, (void *)i);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(accepting, NULL);
    close(listening);
}

/* Two readers and two writers of one connection: nothing is lost or twice. */

static int shared[2];
static long sums[2];

static void *write_numbers(void *argument)
{
    for (int i = 0; i < 2000; i++)
        CHECK_EQUAL(write(shared[0], "\1", 1), 1);
    return argument;
}

static void *read_numbers(void *argument)
{
    char block[100];
    ssize_t got;

    while ((got = read(shared[1], block, sizeof(block))) > 0)
        for (ssize_t i = 0; i < got; i++)
            sums[(long)argument] += block[i];
    return NULL;
}

static void one_connection_many_threads(void)
{
    pthread_t threads[4];

    connected_pair(AF_INET, shared);
    sums[0] = sums[1] = 0;
    for (long i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, write_numbers, NULL);
        pthread_create(&threads[2 + i], NULL, read_numbers, (void *)i);
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    shutdown(shared[0], SHUT_WR);
    pthread_join(threads[2], NULL);
    pthread_join(threads[3], NULL);
    CHECK_EQUAL(sums[0] + sums[1], 4000);
    close(shared[0]);
    close(shared[1]);
}

int test_many(void)
{
    RUN(threads_with_connections);
    RUN(one_connection_many_threads);
    RUN(a_thousand_connections);
    return check_failures;
}
