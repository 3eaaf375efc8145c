/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evhttp: libevent, unmodified, in a guest: an HTTP server and its client in
 * one event loop, and a second thread that wakes the loop. Run once with each
 * of libevent's ways to wait: epoll, poll, select.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUESTS 20
#define BODY     50000

static struct event_base *base;
static struct event *wake;
static int answered, wrong, woken;

static void serve(struct evhttp_request *request, void *unused)
{
    struct evbuffer *body = evbuffer_new();

    (void)unused;
    for (int i = 0; i < BODY / 10; i++)
        evbuffer_add(body, "0123456789", 10);
    evhttp_send_reply(request, 200, "OK", body);
    evbuffer_free(body);
}

static void on_answer(struct evhttp_request *request, void *unused)
{
    (void)unused;
    answered++;
    if (request == NULL || evhttp_request_get_response_code(request) != 200 ||
        evbuffer_get_length(evhttp_request_get_input_buffer(request)) != BODY)
        wrong++;
    if (answered == REQUESTS)
        event_base_loopbreak(base);
}

static void on_wake(evutil_socket_t fd, short what, void *unused)
{
    (void)fd;
    (void)what;
    (void)unused;
    woken++;
}

static void *waker(void *unused)
{
    usleep(1000);
    event_active(wake, EV_READ, 0);
    return unused;
}

static int run(const char *method)
{
    static const char *const methods[] = {"epoll", "poll", "select"};
    struct event_config *config = event_config_new();
    struct evhttp_connection *client;
    struct evhttp *server;
    pthread_t thread;

    for (int i = 0; i < 3; i++) {
        if (strcmp(methods[i], method) != 0)
            event_config_avoid_method(config, methods[i]);
    }
    base = event_base_new_with_config(config);
    if (base == NULL || strcmp(event_base_get_method(base), method) != 0)
        return 1;
    answered = wrong = woken = 0;
    wake = event_new(base, -1, EV_PERSIST, on_wake, NULL);
    event_add(wake, NULL);
    server = evhttp_new(base);
    evhttp_set_gencb(server, serve, NULL);
    if (evhttp_bind_socket(server, "127.0.0.1", 8000) != 0)
        return 1;
    client = evhttp_connection_base_new(base, NULL, "127.0.0.1", 8000);
    for (int i = 0; i < REQUESTS; i++)
        evhttp_make_request(client, evhttp_request_new(on_answer, NULL),
                            EVHTTP_REQ_GET, "/");
    pthread_create(&thread, NULL, waker, NULL);
    event_base_dispatch(base);
    pthread_join(thread, NULL);
    event_base_loop(base, EVLOOP_NONBLOCK);
    printf("%s: %d answers, %d wrong, woken %d times\n", method, answered,
           wrong, woken);
    evhttp_connection_free(client);
    evhttp_free(server);
    event_free(wake);
    event_base_free(base);
    event_config_free(config);
    return answered != REQUESTS || wrong != 0 || woken != 1;
}

int main(void)
{
    int failed;

    evthread_use_pthreads();
    failed = run("epoll") + run("poll") + run("select");
    return failed;
}
