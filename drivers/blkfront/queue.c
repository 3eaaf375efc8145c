/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.c: the requests of a disk, in order, cut into transfers.
 *
 * Callers ask for any number of sectors in any pieces of memory; a request on
 * the ring takes a certain number of pages. So the queue is seen as one row of
 * bytes, each request's behind the one's before it, and a transfer is the next
 * stretch of it: it ends where the ring's limit is, or where a request does
 * that is not continued by the next one, on the disk and by its kind. The same
 * few lines thus split and merge.
 *
 *     requests   |----A----|--B--|------C------| |--D--|
 *     transfers  |=====1=====|=====2=====|==3==| |==4==|
 *
 * A request counts its bytes that were not answered yet, over all transfers
 * that have a part in it, and leaves the queue when none are left. Since it
 * stays in its place till then, starting again after the backend was lost is
 * only a matter of going back to the first.
 *
 * Only neighbours are merged: whoever has adjacent sectors to write submits
 * them in order (as the page cache does), and the disk's own scheduler, behind
 * the backend, sorts the rest.
 *
 * Pure logic, no lock: the device's guards a queue.
 */
#include "drivers/blkfront/blkfront.h"
#include "lib/string.h"

static uint64_t bytes_of(const struct block_request *request)
{
    bool data =
        request->operation == BLOCK_READ || request->operation == BLOCK_WRITE;

    return data ? request->sectors * BLOCK_SECTOR : 1;
}

static struct block_request *request_at(struct list *node)
{
    return container_of(node, struct block_request, link);
}

/* The request behind `request`, NULL if it is the last one. */
static struct block_request *after(const struct block_queue *queue,
                                   const struct block_request *request)
{
    struct list *node = request->link.next;

    return node == &queue->requests ? NULL : request_at(node);
}

static struct block_cursor begin(struct block_request *request)
{
    return (struct block_cursor){.request = request};
}

void block_queue_init(struct block_queue *queue)
{
    list_init(&queue->requests);
    queue->next = begin(NULL);
}

void block_queue_add(struct block_queue *queue, struct block_request *request)
{
    request->left = bytes_of(request);
    request->status = 0;
    list_add_tail(&queue->requests, &request->link);
    if (!queue->next.request)
        queue->next = begin(request);
}

/* ---- Transfers ------------------------------------------------------------
 */

/* Whether `next` can go out in one transfer with `request` before it. */
static bool continues(const struct block_request *request,
                      const struct block_request *next)
{
    return next && next->operation == request->operation &&
           next->sector == request->sector + request->sectors;
}

bool block_queue_plan(const struct block_queue *queue, uint64_t bytes_max,
                      struct block_transfer *transfer)
{
    const struct block_request *request = queue->next.request;

    if (!request)
        return false;
    transfer->operation = request->operation;
    transfer->sector = request->sector + queue->next.passed / BLOCK_SECTOR;
    transfer->start = queue->next;
    transfer->bytes = bytes_of(request) - queue->next.passed;
    if (request->operation == BLOCK_FLUSH ||
        request->operation == BLOCK_DISCARD)
        return true;
    while (transfer->bytes < bytes_max &&
           continues(request, after(queue, request))) {
        request = after(queue, request);
        transfer->bytes += bytes_of(request);
    }
    if (transfer->bytes > bytes_max)
        transfer->bytes = bytes_max;
    return true;
}

/* Go on by `count` bytes within the cursor's request. */
static void advance(struct block_cursor *cursor, uint64_t count)
{
    const struct block_request *request = cursor->request;

    cursor->passed += count;
    while (count > 0 && cursor->piece < request->count) {
        size_t room = request->pieces[cursor->piece].size - cursor->offset;

        if (count < room) {
            cursor->offset += count;
            return;
        }
        count -= room;
        cursor->piece++;
        cursor->offset = 0;
    }
}

unsigned int block_queue_advance(struct block_queue *queue,
                                 const struct block_transfer *transfer)
{
    struct block_cursor *next = &queue->next;
    uint64_t left = transfer->bytes;
    unsigned int begun = 0;

    for (;;) {
        uint64_t room = bytes_of(next->request) - next->passed;

        if (left < room) {
            advance(next, left);
            return begun;
        }
        left -= room;
        *next = begin(after(queue, next->request));
        if (left == 0)
            return begun;
        begun++;
    }
}

void block_queue_credit(struct block_queue *queue,
                        const struct block_transfer *transfer, int status,
                        struct list *finished)
{
    struct block_request *request = transfer->start.request;
    uint64_t passed = transfer->start.passed;
    uint64_t left = transfer->bytes;

    while (left > 0) {
        struct block_request *next = after(queue, request);
        uint64_t share = bytes_of(request) - passed;

        if (share > left)
            share = left;
        left -= share;
        passed = 0;
        if (status && !request->status)
            request->status = status;
        request->left -= share;
        if (request->left == 0) {
            list_del(&request->link);
            list_add_tail(finished, &request->link);
        }
        request = next;
    }
}

unsigned int block_queue_rewind(struct block_queue *queue)
{
    struct block_cursor next = queue->next;
    unsigned int begun = 0;
    bool behind = false;

    queue->next =
        begin(list_first(&queue->requests, struct block_request, link));
    list_for_each (node, &queue->requests) {
        struct block_request *request = request_at(node);

        behind |= request == next.request;
        begun += !behind || (request == next.request && next.passed > 0);
        request->left = bytes_of(request);
        request->status = 0;
    }
    return begun;
}

void block_queue_fail(struct block_queue *queue, int status,
                      struct list *finished)
{
    list_for_each_safe (node, behind, &queue->requests) {
        request_at(node)->status = status;
        list_del(node);
        list_add_tail(finished, node);
    }
    queue->next = begin(NULL);
}

/* ---- Bytes ----------------------------------------------------------------
 */

/* How many bytes at the cursor lie in a row, of `count` that are wanted; moves
 * on to where there are some. */
static size_t run_at(struct block_cursor *cursor, size_t count)
{
    for (;;) {
        const struct block_request *request = cursor->request;
        size_t left;

        if (cursor->piece == request->count) {
            *cursor = begin(request_at(request->link.next));
            continue;
        }
        left = request->pieces[cursor->piece].size - cursor->offset;
        if (left > 0)
            return left < count ? left : count;
        cursor->piece++;
        cursor->offset = 0;
    }
}

static char *bytes_at(const struct block_cursor *cursor)
{
    return (char *)cursor->request->pieces[cursor->piece].data + cursor->offset;
}

void block_cursor_read(struct block_cursor *from, void *bytes, size_t count)
{
    for (char *to = bytes; count > 0;) {
        size_t run = run_at(from, count);

        memcpy(to, bytes_at(from), run);
        advance(from, run);
        to += run;
        count -= run;
    }
}

void block_cursor_write(struct block_cursor *to, const void *bytes,
                        size_t count)
{
    for (const char *from = bytes; count > 0;) {
        size_t run = run_at(to, count);

        memcpy(bytes_at(to), from, run);
        advance(to, run);
        from += run;
        count -= run;
    }
}
