/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-block: how fast a disk is.
 *
 *     bench-block NAME KIND BYTES DEPTH COUNT ...
 *
 * KIND is read or write (sequential), randread or randwrite; BYTES one
 * request's size; DEPTH how many are on their way at a time; COUNT how many in
 * all. The four words can be repeated. For each it prints a line
 *
 *     block KIND BYTES DEPTH NANOSECONDS
 *
 * with the time for one request. At depth 1 a thread waits for each answer, as
 * a program with one thing to do would; beyond, an answer submits the next
 * request. A first round that is not counted has the pages made and mapped.
 */
#include "coracle/block.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/time.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "tests/guest/guest.h"

#define DEPTH_MAX 64u

struct job {
    struct block_request request;
    struct block_piece piece;
};

static struct job jobs[DEPTH_MAX];

/* The measurement; its lock guards the counts. */
static struct {
    struct block_device *device;
    enum block_operation operation;
    bool random;
    uint64_t sectors; /* of a request */
    uint64_t places;  /* for it, on the disk */
    struct spinlock lock;
    uint64_t next, left, flying;
    uint64_t state;
    struct semaphore done;
} run;

static uint64_t number(const char *word)
{
    uint64_t value = 0;

    CHECK(string_to_number(word, &value));
    return value;
}

/* The sector of the next request. The lock is held. */
static uint64_t next_sector(void)
{
    if (!run.random)
        return run.next++ % run.places * run.sectors;
    run.state = run.state * 6364136223846793005u + 1442695040888963407u;
    return (run.state >> 20) % run.places * run.sectors;
}

/* Begin another request in place of an answered one, if any is left. */
static bool begin(struct job *job)
{
    struct block_request *request = &job->request;
    bool more;

    spin_lock(&run.lock);
    more = run.left > 0;
    if (more) {
        run.left--;
        request->sector = next_sector();
    }
    spin_unlock(&run.lock);
    if (more)
        block_submit(run.device, &request, 1);
    return more;
}

static void answered(struct block_request *request)
{
    struct job *job = container_of(request, struct job, request);

    CHECK_EQUAL(request->status, 0);
    if (!begin(job))
        semaphore_up(&run.done);
}

static void prepare(struct job *job, size_t bytes)
{
    job->piece = (struct block_piece){heap_alloc(bytes), bytes};
    CHECK(job->piece.data);
    job->request = (struct block_request){.operation = run.operation,
                                          .sectors = run.sectors,
                                          .pieces = &job->piece,
                                          .count = 1,
                                          .done = answered};
}

static void one_by_one(uint64_t count, char *data, size_t bytes)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t sector = next_sector();

        CHECK_EQUAL(run.operation == BLOCK_READ
                        ? block_read(run.device, sector, data, bytes)
                        : block_write(run.device, sector, data, bytes),
                    0);
    }
}

/* `count` requests; how long they took. */
static uint64_t measure(uint64_t count, unsigned int depth, size_t bytes)
{
    uint64_t begun = time_monotonic();

    if (depth == 1) {
        one_by_one(count, jobs[0].piece.data, bytes);
        return time_monotonic() - begun;
    }
    run.left = count;
    semaphore_init(&run.done, 0);
    for (unsigned int i = 0; i < depth; i++)
        CHECK(begin(&jobs[i]));
    for (unsigned int i = 0; i < depth; i++)
        semaphore_down(&run.done, TIME_NEVER);
    return time_monotonic() - begun;
}

static void bench(const char *kind, size_t bytes, unsigned int depth,
                  uint64_t count)
{
    struct block_info info;
    uint64_t took;

    CHECK(depth >= 1 && depth <= DEPTH_MAX && count >= depth);
    block_describe(run.device, &info);
    run.random = !strncmp(kind, "rand", 4);
    run.operation =
        !strcmp(kind + (run.random ? 4 : 0), "read") ? BLOCK_READ : BLOCK_WRITE;
    run.sectors = bytes / BLOCK_SECTOR;
    run.places = info.sectors / run.sectors;
    run.next = 0;
    for (unsigned int i = 0; i < depth; i++)
        prepare(&jobs[i], bytes);
    (void)!measure(depth, depth, bytes);
    run.next = 0;
    took = measure(count, depth, bytes);
    printk("block %s %zu %u %llu\n", kind, bytes, depth,
           (unsigned long long)(took / count));
    for (unsigned int i = 0; i < depth; i++)
        heap_free(jobs[i].piece.data);
}

int main(int argc, char **argv)
{
    CHECK(argc > 1);
    CHECK_EQUAL(
        block_wait_up(argv[1], time_monotonic() + 20 * NS_PER_S, &run.device),
        0);
    for (int i = 2; i + 3 < argc; i += 4)
        bench(argv[i], number(argv[i + 1]), (unsigned int)number(argv[i + 2]),
              number(argv[i + 3]));
    return 0;
}
