/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_blkfront.c: requests in, ring requests out, data there: queue.c and
 * flight.c of drivers/blkfront/, against a backend that serves a disk in memory
 * (blkfront_world.h) and answers in any order.
 */
#include "blkfront_world.h"
#include "drivers/blkfront/name.c"

/* A request of ours, in pieces of random sizes. */
struct job {
    struct block_request request;
    struct block_piece pieces[4];
    char *bytes;
    bool done;
};

static void job_done(struct block_request *request)
{
    container_of(request, struct job, request)->done = true;
}

static struct job *job_make(enum block_operation operation, uint64_t sector,
                            uint64_t sectors)
{
    struct job *job = calloc(1, sizeof(*job));
    size_t left = sectors * BLOCK_SECTOR;

    job->bytes = malloc(left + 1);
    job->request = (struct block_request){.operation = operation,
                                          .sector = sector,
                                          .sectors = sectors,
                                          .pieces = job->pieces,
                                          .count = 4,
                                          .done = job_done};
    for (unsigned int i = 0; i < 4; i++) {
        size_t size = i == 3 ? left : test_below((uint32_t)left + 1);

        job->pieces[i].data = job->bytes + (sectors * BLOCK_SECTOR - left);
        job->pieces[i].size = size;
        left -= size;
    }
    return job;
}

static void job_free(struct job *job)
{
    free(job->bytes);
    free(job);
}

static void job_submit(struct job *job)
{
    block_queue_add(&device.queue, &job->request);
}

static void run_all(void)
{
    do {
        put();
        backend(100);
        take();
    } while (!list_empty(&device.queue.requests));
}

static struct job *run_one(enum block_operation operation, uint64_t sector,
                           uint64_t sectors)
{
    struct job *job = job_make(operation, sector, sectors);

    memset(job->bytes, (int)sector, sectors * BLOCK_SECTOR);
    job_submit(job);
    run_all();
    CHECK(job->done);
    return job;
}

TEST(a_large_request_goes_out_in_several)
{
    struct job *job;

    device_init(11, true);
    job = run_one(BLOCK_WRITE, 8, 200);
    CHECK_EQUAL(job->request.status, 0);
    CHECK_EQUAL(ring_requests, 3); /* 88 + 88 + 24 sectors */
    CHECK(disk[8 * BLOCK_SECTOR - 1] == 0 && disk[8 * BLOCK_SECTOR] == 8);
    CHECK(disk[208 * BLOCK_SECTOR - 1] == 8 && disk[208 * BLOCK_SECTOR] == 0);
    job_free(job);
}

TEST(an_indirect_request_holds_a_megabyte)
{
    struct job *job;

    device_init(256, true);
    job = run_one(BLOCK_WRITE, 5, 2049);
    CHECK_EQUAL(ring_requests, 2);
    CHECK_EQUAL(segments_seen, 257);
    job_free(job);
}

TEST(neighbours_go_out_together)
{
    struct job *jobs[6];
    static const uint64_t sectors[] = {10, 18, 26, 27, 40, 35};

    device_init(11, true);
    for (unsigned int i = 0; i < 6; i++) {
        jobs[i] = job_make(i < 4 ? BLOCK_READ : BLOCK_WRITE, sectors[i],
                           i == 2 ? 1 : 8);
        memset(jobs[i]->bytes, 1, jobs[i]->request.sectors * BLOCK_SECTOR);
        job_submit(jobs[i]);
    }
    run_all();
    /* 10 to 34 in one, 40 and 35 apart: the queue is not sorted. */
    CHECK_EQUAL(ring_requests, 3);
    CHECK_EQUAL(device.counters.merged, 3);
    for (unsigned int i = 0; i < 6; i++) {
        CHECK(jobs[i]->done);
        job_free(jobs[i]);
    }
}

TEST(an_error_reaches_those_it_concerns)
{
    struct job *a = job_make(BLOCK_READ, 0, 8), *b = job_make(BLOCK_READ, 8, 8);
    struct job *c = job_make(BLOCK_WRITE, 16, 8);

    device_init(11, true);
    answer_with[BLKIF_OP_READ] = BLKIF_RSP_ERROR;
    memset(c->bytes, 0, 8 * BLOCK_SECTOR);
    job_submit(a);
    job_submit(b);
    job_submit(c);
    run_all();
    CHECK_EQUAL(a->request.status, -K_EIO);
    CHECK_EQUAL(b->request.status, -K_EIO);
    CHECK_EQUAL(c->request.status, 0);
    job_free(a);
    job_free(b);
    job_free(c);
}

TEST(a_flush_falls_back_and_remembers)
{
    device_init(11, true);
    answer_with[BLKIF_OP_FLUSH_DISKCACHE] = BLKIF_RSP_EOPNOTSUPP;
    for (unsigned int i = 0; i < 3; i++) {
        struct job *job = job_make(BLOCK_FLUSH, 0, 0);

        job_submit(job);
        run_all();
        CHECK(job->done);
        CHECK_EQUAL(job->request.status, 0);
        /* Once in vain, then as a barrier each time. */
        CHECK_EQUAL(ring_requests, 2 + i);
        job_free(job);
    }
    CHECK(!device.features.flush && device.features.barrier);
    CHECK(device.info.flush);
    answer_with[BLKIF_OP_WRITE_BARRIER] = BLKIF_RSP_EOPNOTSUPP;
    job_free(run_one(BLOCK_FLUSH, 0, 0));
    CHECK(!device.features.barrier && !device.info.flush);
}

TEST(discard_not_supported_is_told)
{
    struct job *job = job_make(BLOCK_DISCARD, 0, 8);

    device_init(11, true);
    job->request.sectors = 1ULL << 40;
    answer_with[BLKIF_OP_DISCARD] = BLKIF_RSP_EOPNOTSUPP;
    job_submit(job);
    run_all();
    CHECK_EQUAL(ring_requests, 1);
    CHECK_EQUAL(job->request.status, -K_ENOTSUP);
    CHECK(!device.info.discard);
    job_free(job);
}

TEST(large_disks_are_addressed_in_64_bits)
{
    struct block_request request = {.operation = BLOCK_READ,
                                    .sector = (1ULL << 41) + 8,
                                    .sectors = 1ULL << 36};
    struct block_transfer transfer;

    block_queue_init(&device.queue);
    block_queue_add(&device.queue, &request);
    CHECK(request.left == 1ULL << 45);
    for (uint64_t i = 0; i < 4; i++) {
        CHECK(block_queue_plan(&device.queue, 1ULL << 43, &transfer));
        CHECK(transfer.sector == (1ULL << 41) + 8 + (i << 34));
        CHECK(transfer.bytes == 1ULL << 43);
        (void)!block_queue_advance(&device.queue, &transfer);
    }
    CHECK(!block_queue_plan(&device.queue, 4096, &transfer));
}

TEST(pages_are_reused_and_stay_lent)
{
    device_init(256, true);
    for (unsigned int i = 0; i < 50; i++)
        job_free(run_one(BLOCK_WRITE, 0, 88));
    CHECK_EQUAL(pages_out, 11);
    CHECK_EQUAL(grants_out, 11);
    flight_reclaim(&device);
    CHECK_EQUAL(grants_out, 0);
    CHECK_EQUAL(device.page_count, 11);
}

TEST(without_persistence_loans_end_with_the_request)
{
    device_init(11, false);
    job_free(run_one(BLOCK_WRITE, 0, 88));
    CHECK_EQUAL(grants_out, 0);
    CHECK_EQUAL(device.page_count, 11);
}

TEST(a_page_that_is_held_is_never_used_again)
{
    struct job *job;

    device_init(11, false);
    grants_held = true;
    job = run_one(BLOCK_READ, 0, 16);
    CHECK_EQUAL(job->request.status, -K_EPROTO);
    CHECK(device.breach);
    flight_reclaim(&device);
    CHECK_EQUAL(device.page_count, 0);
    CHECK(!device.free_pages);
    job_free(job);
}

TEST(short_memory_makes_short_transfers)
{
    struct job *job;

    device_init(256, true);
    device.page_max = 5;
    job = run_one(BLOCK_WRITE, 0, 1000);
    CHECK_EQUAL(job->request.status, 0);
    CHECK_EQUAL(ring_requests, 25);
    job_free(job);
}

TEST(no_grants_is_an_error)
{
    struct job *job;

    device_init(11, true);
    grants_left = 2;
    job = run_one(BLOCK_WRITE, 0, 32);
    CHECK_EQUAL(job->request.status, -K_ENOMEM);
    job_free(job);
}

TEST(after_a_lost_backend_all_is_made_again)
{
    struct job *jobs[40], *late = job_make(BLOCK_FLUSH, 0, 0);
    unsigned int begun = 0;

    device_init(11, true);
    for (unsigned int i = 0; i < 40; i++) {
        jobs[i] = job_make(BLOCK_WRITE, i * 100, 95);
        memset(jobs[i]->bytes, (int)i + 1, 95 * BLOCK_SECTOR);
        job_submit(jobs[i]);
    }
    put();
    backend(30);
    take();
    put();
    backend(7); /* served, and the answers are lost */
    memset(disk, 0, 2 * BLOCK_SECTOR);
    flight_reclaim(&device);
    CHECK_EQUAL(grants_out, 0);
    job_submit(late);
    for (unsigned int i = 0; i < 40; i++)
        begun += !jobs[i]->done;
    CHECK_EQUAL(block_queue_rewind(&device.queue), begun);
    CHECK_EQUAL(block_queue_rewind(&device.queue), 0);
    served = answered_count = 0;
    ring_begin();
    run_all();
    for (unsigned int i = 0; i < 40; i++) {
        CHECK(jobs[i]->done);
        CHECK_EQUAL(jobs[i]->request.status, 0);
        if (i > 0)
            CHECK(!memcmp(disk + i * 100 * BLOCK_SECTOR, jobs[i]->bytes,
                          95 * BLOCK_SECTOR));
        job_free(jobs[i]);
    }
    CHECK(late->done);
    job_free(late);
}

/* One request is out; the backend says `id`, `operation`. */
static const char *breach_by(uint64_t id, uint8_t operation, unsigned int times)
{
    struct blkif_response response = {.id = id, .operation = operation};
    struct job *job = job_make(BLOCK_READ, 0, 1);
    const char *how;

    device_init(11, true);
    device.breach = NULL;
    job_submit(job);
    put();
    backend(0);
    served = answered_count = 0;
    for (unsigned int i = 0; i < times; i++)
        answer(&response);
    take();
    how = device.breach;
    answered_count = 0;
    flight_reclaim(&device);
    block_queue_fail(&device.queue, -K_EPROTO, &finished);
    list_init(&finished);
    job_free(job);
    return how;
}

TEST(a_backend_that_breaks_the_protocol_is_told_by_how)
{
    const char *unasked = "answers a request that was not made";

    CHECK(!breach_by(0, BLKIF_OP_READ, 1));
    CHECK_STRING(breach_by(1, BLKIF_OP_READ, 1), unasked);
    CHECK_STRING(breach_by(64, BLKIF_OP_READ, 1), unasked);
    CHECK_STRING(breach_by(1ULL << 32, BLKIF_OP_READ, 1), unasked);
    CHECK_STRING(breach_by(0, BLKIF_OP_WRITE, 1),
                 "answers with another operation");
    CHECK_STRING(breach_by(0, BLKIF_OP_READ, 2),
                 "has answered what was not asked");
}

TEST(no_request_is_answered_twice)
{
    struct blkif_response response = {.id = 0, .operation = BLKIF_OP_READ};
    struct job *a = job_make(BLOCK_READ, 0, 1), *b = job_make(BLOCK_READ, 9, 1);

    device_init(11, true);
    job_submit(a);
    job_submit(b);
    put();
    answer(&response);
    answer(&response);
    take();
    CHECK(device.breach && a->done && !b->done);
    block_queue_fail(&device.queue, -K_EPROTO, &finished);
    job_free(a);
    job_free(b);
}

/* Any requests, at any depth, against the same done in memory at once. Jobs in
 * flight together do not overlap, so the order of answers does not matter. */
static void agree(unsigned int segments, bool persistent, unsigned int pages)
{
    static char model[sizeof(disk)];
    struct job *jobs[16] = {NULL};

    device_init(segments, persistent);
    device.page_max = pages;
    for (unsigned int round = 0; round < 3000; round++) {
        unsigned int i = test_below(16);
        uint64_t sector = i * 256 + test_below(100);
        uint64_t sectors = 1 + test_below(test_below(4) ? 20 : 150);

        if (jobs[i] && jobs[i]->done) {
            if (jobs[i]->request.operation == BLOCK_READ)
                CHECK(!memcmp(jobs[i]->bytes,
                              model + jobs[i]->request.sector * BLOCK_SECTOR,
                              jobs[i]->request.sectors * BLOCK_SECTOR));
            job_free(jobs[i]);
            jobs[i] = NULL;
        }
        if (!jobs[i]) {
            jobs[i] = job_make(test_below(2) ? BLOCK_READ : BLOCK_WRITE, sector,
                               sectors);
            memset(jobs[i]->bytes, (int)test_below(256),
                   sectors * BLOCK_SECTOR);
            if (jobs[i]->request.operation == BLOCK_WRITE)
                memcpy(model + sector * BLOCK_SECTOR, jobs[i]->bytes,
                       sectors * BLOCK_SECTOR);
            job_submit(jobs[i]);
        }
        if (test_below(2))
            put();
        backend(test_below(6));
        if (test_below(2))
            take();
    }
    run_all();
    CHECK(!memcmp(disk, model, sizeof(disk)));
    for (unsigned int i = 0; i < 16; i++)
        if (jobs[i])
            job_free(jobs[i]);
    flight_reclaim(&device);
    CHECK_EQUAL(grants_out, 0);
}

TEST(random_requests_through_indirect_ones)
{
    agree(256, true, 1024);
}

TEST(random_requests_through_direct_ones)
{
    agree(11, false, 1024);
}

TEST(random_requests_with_little_memory)
{
    agree(256, true, 14);
}

TEST(names_are_those_of_linux)
{
    static const struct {
        unsigned int number;
        const char *name;
    } known[] = {{51712, "xvda"},
                 {51713, "xvda1"},
                 {51728, "xvdb"},
                 {51952, "xvdp"},
                 {268439552, "xvdq"},
                 {268439553, "xvdq1"},
                 {(1u << 28) + (26u << 8), "xvdaa"},
                 {(1u << 28) + (701u << 8), "xvdzz"},
                 {768, "hda"},
                 {832, "hdb"},
                 {5632, "hdc"},
                 {5633, "hdc1"},
                 {2048, "sda"},
                 {2065, "sdb1"},
                 {7, "v7"},
                 {4294967295u, "v4294967295"}};
    char name[12];

    for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
        blkfront_name(known[i].number, name);
        CHECK_STRING(name, known[i].name);
    }
}
