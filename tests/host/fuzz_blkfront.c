/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_blkfront.c: drivers/blkfront/queue.c and flight.c with a hostile
 * backend. The input is a list of commands: requests are made, served, answered
 * as they should be or with any response, and the shared ring is scribbled on.
 * Whatever happens: no byte outside of a request's memory is touched (the
 * sanitizer's job), no request is answered twice, and once the connection has
 * ended all that are left can be made again and finish.
 */
#include "blkfront_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define JOBS 32u

static struct job {
    struct block_request request;
    struct block_piece piece;
    char *bytes;
    bool out;
} jobs[JOBS];

static void job_done(struct block_request *request)
{
    struct job *job = container_of(request, struct job, request);

    CHECK(job->out);
    job->out = false;
    free(job->bytes);
}

static void submit(uint32_t value)
{
    static const enum block_operation kinds[] = {BLOCK_READ, BLOCK_WRITE,
                                                 BLOCK_FLUSH, BLOCK_DISCARD};
    struct job *job = &jobs[value % JOBS];
    uint64_t sectors = 1 + (value >> 8) % 180;

    if (job->out)
        return;
    job->out = true;
    job->bytes = calloc(sectors, BLOCK_SECTOR);
    job->piece = (struct block_piece){job->bytes, sectors * BLOCK_SECTOR};
    job->request = (struct block_request){.operation = kinds[value >> 6 & 3],
                                          .sector = value >> 16 & 2047,
                                          .sectors = sectors,
                                          .pieces = &job->piece,
                                          .count = 1,
                                          .done = job_done};
    block_queue_add(&device.queue, &job->request);
}

static void lie(uint32_t value)
{
    struct blkif_response response = {.id = value & 127,
                                      .operation = value >> 8 & 7,
                                      .status = (int16_t)(value >> 16)};

    if (value & 1u << 11)
        response.id |= (uint64_t)value << 32;
    /* It overwrites a request; one that has not been served never will be. */
    answer(&response);
    if ((int32_t)(answered_count - served) > 0)
        served = answered_count;
}

static void step(uint8_t command, uint32_t value)
{
    struct request_ring_shared *shared = device.ring.shared;

    switch (command % 8) {
    case 0:
    case 1:
        submit(value);
        break;
    case 2:
        put();
        break;
    case 3:
        /* Its own idea of what was asked is not the ring's any more. */
        if (shared->req_prod == device.ring.pushed &&
            (int32_t)(shared->req_prod - served) > 0)
            backend(value % 100);
        break;
    case 4:
        take();
        break;
    case 5:
        lie(value);
        break;
    case 6:
        if (value & 1)
            shared->rsp_prod = value >> 8;
        else
            grants_held = value & 2;
        break;
    default:
        answer_with[value % 6] = (int16_t) - (int)(value >> 8 & 3);
    }
}

/* The connection ends, and there is a better one. */
static void restart(void)
{
    grants_held = false;
    memset(answer_with, 0, sizeof(answer_with));
    flight_reclaim(&device);
    CHECK(grants_out == 0);
    (void)block_queue_rewind(&device.queue);
    served = answered_count = 0;
    device.breach = NULL;
    ring_begin();
    while (!list_empty(&device.queue.requests)) {
        put();
        backend(100);
        take();
        CHECK(!device.breach);
    }
    for (unsigned int i = 0; i < JOBS; i++)
        CHECK(!jobs[i].out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t value;

    served = answered_count = 0;
    if (size == 0)
        return 0;
    device_init(*data & 1 ? 256 : 11, *data & 2);
    for (; size >= 5 && !device.breach; data += 5, size -= 5) {
        memcpy(&value, data + 1, sizeof(value));
        step(data[0], value);
    }
    restart();
    return 0;
}
