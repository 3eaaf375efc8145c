/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait.c: one request to a disk, and wait for its answer.
 *
 * The request and what the caller sleeps on stand on the caller's stack: they
 * are the device's until done() was called, and no longer.
 *
 * Concurrency: any number of threads.
 */
#include "coracle/block.h"
#include "coracle/errno.h"
#include "coracle/sync.h"

static void wake(struct block_request *request)
{
    semaphore_up(request->argument);
}

static int run(struct block_device *device, struct block_request *request)
{
    struct semaphore answered;

    semaphore_init(&answered, 0);
    request->done = wake;
    request->argument = &answered;
    block_submit(device, &request, 1);
    (void)semaphore_down(&answered, TIME_NEVER);
    return request->status;
}

static int move(struct block_device *device, enum block_operation operation,
                uint64_t sector, void *data, size_t size)
{
    struct block_piece piece = {data, size};
    struct block_request request = {.operation = operation,
                                    .sector = sector,
                                    .sectors = size / BLOCK_SECTOR,
                                    .pieces = &piece,
                                    .count = 1};

    return run(device, &request);
}

int block_read(struct block_device *device, uint64_t sector, void *data,
               size_t size)
{
    return move(device, BLOCK_READ, sector, data, size);
}

int block_write(struct block_device *device, uint64_t sector, const void *data,
                size_t size)
{
    return move(device, BLOCK_WRITE, sector, (void *)(uintptr_t)data, size);
}

int block_flush(struct block_device *device)
{
    struct block_request request = {.operation = BLOCK_FLUSH};

    return run(device, &request);
}

int block_discard(struct block_device *device, uint64_t sector,
                  uint64_t sectors)
{
    struct block_request request = {
        .operation = BLOCK_DISCARD, .sector = sector, .sectors = sectors};

    return run(device, &request);
}
