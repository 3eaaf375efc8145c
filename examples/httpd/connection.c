/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connection.c: a connection, from accept() to close().
 *
 * The idea: do all of a round on the server's own memory, and keep nothing
 * unless it must wait. A round reads what came (into `scratch`), answers every
 * whole request in it and sends all answers together (output.c). Mostly that is
 * the end of it, and the connection owns nothing but its 64 bytes until the
 * next request. Only the beginning of a request whose end has not come (struct
 * input) and what there was no room for of the answers (struct output) are kept
 * on the heap.
 *
 * While answers wait, no more requests are read: a client that does not take
 * what it asked for stops itself. Each kind of wait has its limit; connections
 * stand in a list for each kind, in the order in which their waits began, so
 * the one whose time is up, or who can best be spared, is the first. What a
 * slow client sends does not prolong its wait: only a whole request does.
 *
 * After the last answer (an error, "Connection: close") we close our direction
 * first and read on for a moment (RFC 9112, 9.6): closing at once with bytes
 * unread would make TCP reset the connection, and the client lose the answer.
 *
 * Concurrency: one thread, the server's.
 */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "coracle/list.h"
#include "output.h"

#define SCRATCH_SIZE 16384

/* In milliseconds, for each phase. */
static const unsigned int patience[PHASES] = {30000, 10000, 30000, 2000};

/* The beginning of a request. */
struct input {
    size_t length;
    size_t looked; /* request_find_end()'s */
    char bytes[];
};

struct connection {
    struct list link; /* in phases[phase] */
    uint64_t since;   /* when the phase began */
    struct input *input;
    struct output *output;
    int socket;
    uint8_t phase;
    bool last;    /* no request is read any more */
    bool watches; /* epoll tells when there is room, not when bytes come */
};

static const struct site *site;
static int epoll;
static struct list phases[PHASES];
static unsigned int counts[PHASES];
static struct connection_counters counters;

/* Of the round that is going on. */
static char scratch[SCRATCH_SIZE];

static char date[DATE_LENGTH + 1];
static int64_t date_time = -1;

int connections_init(const struct site *the_site, int the_epoll)
{
    site = the_site;
    epoll = the_epoll;
    for (int phase = 0; phase < PHASES; phase++)
        list_init(&phases[phase]);
    return output_init();
}

unsigned int connections_count(enum phase phase)
{
    return counts[phase];
}

unsigned int connections_count_all(void)
{
    unsigned int count = 0;

    for (int phase = 0; phase < PHASES; phase++)
        count += counts[phase];
    return count;
}

const struct connection_counters *connections_counters(void)
{
    return &counters;
}

/* ---- Phases -------------------------------------------------------------- */

/* Its wait begins now. */
static void enter(struct connection *connection, enum phase phase, uint64_t now)
{
    list_del(&connection->link);
    counts[connection->phase]--;
    connection->phase = (uint8_t)phase;
    connection->since = now;
    counts[phase]++;
    list_add_tail(&phases[phase], &connection->link);
}

static void close_now(struct connection *connection)
{
    list_del(&connection->link);
    counts[connection->phase]--;
    free(connection->input);
    output_free(connection->output);
    close(connection->socket); /* which also takes it from epoll */
    free(connection);
}

/* Have epoll tell when there is room to send, or (false) when bytes come. */
static bool watch(struct connection *connection, bool room)
{
    struct epoll_event event = {.events = room ? EPOLLOUT : EPOLLIN,
                                .data.ptr = connection};

    if (connection->watches == room)
        return true;
    connection->watches = room;
    return !epoll_ctl(epoll, EPOLL_CTL_MOD, connection->socket, &event);
}

/* ---- Answering ----------------------------------------------------------- */

static void update_date(void)
{
    int64_t now = time(NULL);

    if (now != date_time) {
        date_time = now;
        date_write(now, date);
    }
}

static void add_answer(const struct answer *answer, unsigned int minor)
{
    counters.status[answer->status / 100]++;
    output_add(answer, date, minor);
}

/* Answer the request whose head this is; false if it is the last. */
static bool answer_head(const char *head, size_t length)
{
    struct request request;
    struct answer answer;
    int error = request_parse(head, length, &request);

    if (error) {
        answer_error(-error, &answer);
    } else {
        counters.requests++;
        answer_request(site, &request, &answer);
    }
    add_answer(&answer, error ? 1 : request.minor);
    return answer.keep_alive;
}

/*
 * Answer the whole requests among `length` bytes, as long as answers can be
 * sent; `looked` is request_find_end()'s for the first. Returns how many bytes
 * are done with, -1: the connection is of no use. *looked: for the rest.
 */
static ssize_t answer_all(struct connection *connection, const char *bytes,
                          size_t length, size_t *looked)
{
    size_t at = 0;

    update_date();
    while (!connection->last && !connection->output) {
        int end = request_find_end(bytes + at, length - at, looked);

        if (end == 0)
            break;
        if (end > 0) {
            connection->last = !answer_head(bytes + at, (size_t)end);
            at += (size_t)end;
        } else {
            struct answer answer;

            answer_error(-end, &answer);
            add_answer(&answer, 1);
            connection->last = true;
        }
        *looked = 0;
        if (!output_has_room() &&
            !output_flush(connection->socket, &connection->output))
            return -1;
    }
    if (!connection->output &&
        !output_flush(connection->socket, &connection->output))
        return -1;
    return (ssize_t)at;
}

/* ---- Rounds -------------------------------------------------------------- */

/* Keep `length` bytes of a request for the next round. */
static bool keep_input(struct connection *connection, const char *bytes,
                       size_t length, size_t looked)
{
    struct input *input = realloc(connection->input, sizeof(*input) + length);

    if (!input)
        return false;
    input->length = length;
    input->looked = looked;
    memcpy(input->bytes, bytes, length);
    connection->input = input;
    return true;
}

static void drop_input(struct connection *connection)
{
    free(connection->input);
    connection->input = NULL;
}

/* The last answer is on its way. */
static bool begin_drain(struct connection *connection, uint64_t now)
{
    drop_input(connection);
    enter(connection, PHASE_DRAIN, now);
    return !shutdown(connection->socket, SHUT_WR) && watch(connection, false);
}

/* Answer what there is of requests in `scratch`, and wait for what comes next.
 * False: close. */
static bool answer_scratch(struct connection *connection, size_t length,
                           size_t looked, uint64_t now)
{
    ssize_t done = answer_all(connection, scratch, length, &looked);

    if (done < 0)
        return false;
    if (connection->last && !connection->output)
        return begin_drain(connection, now);
    if (connection->last || (size_t)done == length)
        drop_input(connection);
    else if (!keep_input(connection, scratch + done, length - (size_t)done,
                         looked))
        return false;
    if (connection->output)
        enter(connection, PHASE_SEND, now);
    else if (!connection->input)
        enter(connection, PHASE_IDLE, now);
    else if (done > 0 || connection->phase != PHASE_HEAD)
        enter(connection, PHASE_HEAD, now);
    return watch(connection, connection->output != NULL);
}

/* Bytes of requests have come. */
static bool receive(struct connection *connection, uint64_t now)
{
    struct input *input = connection->input;
    size_t kept = input ? input->length : 0;
    ssize_t got;

    if (kept)
        memcpy(scratch, input->bytes, kept);
    got = read(connection->socket, scratch + kept, sizeof(scratch) - kept);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0)
        return false;
    return answer_scratch(connection, kept + (size_t)got,
                          input ? input->looked : 0, now);
}

/* There is room to send. */
static bool send_more(struct connection *connection, uint64_t now)
{
    const struct input *input = connection->input;
    size_t kept = input ? input->length : 0;
    bool moved;

    if (!output_send(connection->socket, &connection->output, &moved))
        return false;
    if (connection->output) {
        if (moved)
            enter(connection, PHASE_SEND, now);
        return true;
    }
    if (connection->last)
        return begin_drain(connection, now);
    /* There may be whole requests among the bytes that were kept. */
    if (kept)
        memcpy(scratch, input->bytes, kept);
    return answer_scratch(connection, kept, input ? input->looked : 0, now);
}

/* Whatever comes now is of no interest, but its end is. */
static bool drain(struct connection *connection)
{
    ssize_t got = read(connection->socket, scratch, sizeof(scratch));

    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void connection_go_on(struct connection *connection, uint32_t events,
                      uint64_t now)
{
    bool good;

    if (events & EPOLLERR)
        good = false;
    else if (connection->output)
        good = send_more(connection, now);
    else if (connection->last)
        good = drain(connection);
    else
        good = receive(connection, now);
    if (!good)
        close_now(connection);
}

void connection_open(int socket, uint64_t now)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

    counters.accepted++;
    if (!connection || epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)) {
        free(connection);
        close(socket);
        return;
    }
    connection->socket = socket;
    connection->since = now;
    counts[PHASE_IDLE]++;
    list_add_tail(&phases[PHASE_IDLE], &connection->link);
}

/* ---- Those that wait too long -------------------------------------------- */

static void time_out(struct connection *connection, uint64_t now)
{
    struct answer answer;

    counters.timed_out++;
    if (connection->phase != PHASE_HEAD) {
        close_now(connection);
        return;
    }
    update_date();
    answer_error(408, &answer);
    add_answer(&answer, 1);
    connection->last = true;
    if (!output_flush(connection->socket, &connection->output) ||
        connection->output || !begin_drain(connection, now))
        close_now(connection);
}

int connections_expire(uint64_t now)
{
    int64_t soonest = -1;

    for (int phase = 0; phase < PHASES; phase++) {
        struct connection *first;

        while ((first = list_first(&phases[phase], struct connection, link)) &&
               now - first->since >= patience[phase])
            time_out(first, now);
        if (first) {
            int64_t left = (int64_t)(first->since + patience[phase] - now);

            soonest = soonest < 0 || left < soonest ? left : soonest;
        }
    }
    return (int)soonest;
}

bool connections_evict(void)
{
    static const enum phase order[] = {PHASE_DRAIN, PHASE_IDLE, PHASE_HEAD,
                                       PHASE_SEND};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct connection *first =
            list_first(&phases[order[i]], struct connection, link);

        if (first) {
            counters.evicted++;
            close_now(first);
            return true;
        }
    }
    return false;
}
