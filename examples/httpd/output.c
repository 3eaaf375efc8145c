/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.c: answers on their way to the client.
 *
 * An answer is two pieces, its head and its body. Heads are written one behind
 * the other into `heads`; bodies stay where they are. One writev() sends the
 * pieces of all answers of a round. What is left of them goes to the heap, as
 * pointers; only heads must be copied, for the next round needs their place.
 *
 * Concurrency: one thread, the server's.
 */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#define ANSWERS_MAX 32 /* in one writev() */
#define PIECES_MAX  (2 * ANSWERS_MAX)

/* A run of bytes to be sent; `owned` is freed afterwards. */
struct piece {
    const char *start;
    size_t length;
    char *owned;
};

/* Pieces [first, count), and behind them copies of heads. */
struct output {
    unsigned int first, count;
    struct piece pieces[];
};

/* The round that is going on. */
static struct text heads;
static struct piece pieces[PIECES_MAX];
static unsigned int answers, piece_count;

static uint64_t bytes_sent;

int output_init(void)
{
    /* It never moves: pieces point into it. */
    return text_reserve(&heads, 4 * ANSWER_HEAD_MAX) ? 0 : -ENOMEM;
}

uint64_t output_sent(void)
{
    return bytes_sent;
}

bool output_has_room(void)
{
    return answers < ANSWERS_MAX &&
           heads.room - heads.length >= ANSWER_HEAD_MAX;
}

void output_add(const struct answer *answer, const char *date,
                unsigned int minor)
{
    size_t start = heads.length;

    answer_write_head(answer, date, minor, &heads);
    pieces[piece_count++] = (struct piece){.start = heads.bytes + start,
                                           .length = heads.length - start};
    if (!answer->no_body && answer->length > 0)
        pieces[piece_count++] =
            (struct piece){answer->body, answer->length, answer->owned};
    else
        free(answer->owned);
    answers++;
}

/*
 * Send [*first, count) as far as there is room; what was sent whole is freed
 * and left out, a piece that was sent in part shrinks. False: the connection is
 * broken.
 */
static bool send_pieces(int socket, struct piece some[], unsigned int *first,
                        unsigned int count)
{
    struct iovec vectors[PIECES_MAX];
    ssize_t sent;

    for (unsigned int i = *first; i < count; i++)
        vectors[i - *first] =
            (struct iovec){(char *)some[i].start, some[i].length};
    sent = writev(socket, vectors, (int)(count - *first));
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    bytes_sent += (uint64_t)sent;
    while (*first < count && (size_t)sent >= some[*first].length) {
        sent -= (ssize_t)some[*first].length;
        free(some[(*first)++].owned);
    }
    if (sent > 0) {
        some[*first].start += sent;
        some[*first].length -= (size_t)sent;
    }
    return true;
}

static bool in_heads(const struct piece *piece)
{
    return piece->start >= heads.bytes &&
           piece->start < heads.bytes + heads.room;
}

/* The round's pieces from `first` on, for later; NULL: no memory. */
static struct output *keep(unsigned int first)
{
    unsigned int count = piece_count - first;
    struct output *output;
    size_t copied = 0;
    char *copy;

    for (unsigned int i = first; i < piece_count; i++)
        copied += in_heads(&pieces[i]) ? pieces[i].length : 0;
    output = malloc(sizeof(*output) + count * sizeof(struct piece) + copied);
    if (!output)
        return NULL;
    output->first = 0;
    output->count = count;
    memcpy(output->pieces, &pieces[first], count * sizeof(struct piece));
    copy = (char *)&output->pieces[count];
    for (unsigned int i = 0; i < count; i++) {
        struct piece *piece = &output->pieces[i];

        if (in_heads(piece)) {
            memcpy(copy, piece->start, piece->length);
            piece->start = copy;
            copy += piece->length;
        }
    }
    return output;
}

bool output_flush(int socket, struct output **rest)
{
    unsigned int first = 0;
    bool good = true;

    *rest = NULL;
    if (piece_count > 0)
        good = send_pieces(socket, pieces, &first, piece_count);
    if (good && first < piece_count) {
        *rest = keep(first);
        good = *rest;
    }
    for (unsigned int i = first; !good && i < piece_count; i++)
        free(pieces[i].owned);
    answers = piece_count = 0;
    heads.length = 0;
    return good;
}

bool output_send(int socket, struct output **rest, bool *moved)
{
    struct output *output = *rest;
    uint64_t before = bytes_sent;

    if (!send_pieces(socket, output->pieces, &output->first, output->count))
        return false;
    *moved = bytes_sent > before;
    if (output->first == output->count) {
        free(output);
        *rest = NULL;
    }
    return true;
}

void output_free(struct output *output)
{
    if (!output)
        return;
    for (unsigned int i = output->first; i < output->count; i++)
        free(output->pieces[i].owned);
    free(output);
}
