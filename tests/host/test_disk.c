/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_disk.c: the page cache (lib/block/) over a disk in memory that answers
 * when all threads sleep, in any order. Memory is as scarce as a test likes,
 * and what the program wants it takes from the cache.
 */
#include "test.h"
#include "threads.h"
#include "coracle/block.h"
#include "coracle/lifecycle.h"

#define DISK_PAGES 512u
#define DISK_BYTES (DISK_PAGES * PAGE_SIZE - 1024) /* the last is not whole */

/* ---- Memory ----------------------------------------------------------------
 */

static size_t pages_total = 4096, pages_used;
static struct memory_shrinker *the_shrinker;

void memory_add_shrinker(struct memory_shrinker *shrinker)
{
    CHECK(!the_shrinker);
    the_shrinker = shrinker;
}

void *page_alloc(unsigned int order)
{
    CHECK(order == 0);
    if (pages_used == pages_total && the_shrinker)
        (void)!the_shrinker->shrink(32);
    if (pages_used == pages_total)
        return NULL;
    pages_used++;
    return malloc(PAGE_SIZE);
}

void page_free(void *page, unsigned int order)
{
    CHECK(order == 0 && pages_used > 0);
    pages_used--;
    free(page);
}

size_t page_count_free(void)
{
    return pages_total - pages_used;
}

size_t page_count_total(void)
{
    return pages_total;
}

void mutex_lock(struct mutex *mutex)
{
    CHECK_EQUAL(mutex_lock_until(mutex, TIME_NEVER), 0);
}

void lifecycle_at_end(struct lifecycle_end *end)
{
    CHECK(end->run != NULL);
}

/* ---- The disk --------------------------------------------------------------
 */

struct block_device {
    struct list pending;
};

static struct block_device device = {LIST_INIT(device.pending)};
static char content[DISK_PAGES * PAGE_SIZE];
static unsigned int pending, requests, flushes;
static bool bad[DISK_PAGES]; /* pages that can be neither read nor written */
static bool readonly;
static uint32_t incarnation = 1;

void block_submit(struct block_device *to,
                  struct block_request *const submitted[], unsigned int count)
{
    CHECK_EQUAL(test_locks_held(), 0);
    for (unsigned int i = 0; i < count; i++) {
        struct block_request *request = submitted[i];
        size_t size = 0;

        for (unsigned int j = 0; j < request->count; j++)
            size += request->pieces[j].size;
        CHECK_EQUAL(size, request->sectors * BLOCK_SECTOR);
        if (request->incarnation != incarnation) {
            request->status = -K_ENODEV;
            request->done(request);
            continue;
        }
        CHECK(request->sectors > 0);
        CHECK((request->sector + request->sectors) * BLOCK_SECTOR <=
              DISK_BYTES);
        list_add_tail(&to->pending, &request->link);
        pending++;
        requests++;
    }
}

static int serve_request(const struct block_request *request)
{
    char *at = content + request->sector * BLOCK_SECTOR;

    for (unsigned int i = 0; i < request->count; i++) {
        const struct block_piece *piece = &request->pieces[i];

        if (bad[(size_t)(at - content) / PAGE_SIZE])
            return -K_EIO;
        if (request->operation == BLOCK_READ)
            memcpy(piece->data, at, piece->size);
        else
            memcpy(at, piece->data, piece->size);
        at += piece->size;
    }
    return 0;
}

/* Answer any of the requests. No two that write the same sectors may be under
 * way, whatever the order. */
static bool other_domain(void)
{
    struct list *node = device.pending.next;
    struct block_request *request;

    if (pending == 0)
        return false;
    for (uint32_t skip = test_below(pending); skip > 0; skip--)
        node = node->next;
    list_del(node);
    pending--;
    request = container_of(node, struct block_request, link);
    list_for_each (other, &device.pending) {
        struct block_request *one =
            container_of(other, struct block_request, link);

        CHECK(request->operation == BLOCK_READ ||
              one->operation == BLOCK_READ ||
              one->sector >= request->sector + request->sectors ||
              request->sector >= one->sector + one->sectors);
    }
    request->status = serve_request(request);
    request->done(request);
    return true;
}

uint64_t block_sectors(const struct block_device *of)
{
    CHECK(of == &device);
    return DISK_BYTES / BLOCK_SECTOR;
}

uint32_t block_incarnation(const struct block_device *of)
{
    CHECK(of == &device);
    return incarnation;
}

void block_describe(struct block_device *of, struct block_info *info)
{
    *info =
        (struct block_info){.sectors = block_sectors(of), .readonly = readonly};
}

int block_flush(struct block_device *of)
{
    CHECK(of == &device);
    flushes++;
    return 0;
}

#define end       cache_end
#define write_all cache_write_all
#include "lib/block/cache.c"
#undef end
#undef write_all
#include "lib/block/cluster.c"
#define write_some disk_write_some
#include "lib/block/disk.c"
#undef write_some
#define serve writeback_serve
#include "lib/block/writeback.c"
#undef serve

/* ---- Tests ------------------------------------------------------------------
 */

static struct disk *opened(size_t memory)
{
    struct disk *disk, *again;

    pages_total = memory;
    for (size_t i = 0; i < sizeof(content); i++)
        content[i] = (char)(i / PAGE_SIZE + i);
    CHECK_EQUAL(disk_open(&device, &disk), 0);
    CHECK_EQUAL(disk_open(&device, &again), 0);
    CHECK(disk == again);
    return disk;
}

static char copy[sizeof(content)];

/* Random reads and writes of [from, to) agree with the same done in `copy`. */
static void mix(struct disk *disk, uint32_t from, uint32_t to,
                unsigned int count)
{
    static char buffers[8][60000];
    char *buffer = buffers[current];
    uint32_t seen = disk_errors(disk);

    for (unsigned int i = 0; i < count; i++) {
        uint32_t size = 1 + test_below(test_below(20) ? 5000 : 60000);
        uint32_t offset = from + test_below(to - from);

        if (size > to - offset)
            size = to - offset;
        switch (test_below(8)) {
        case 0:
            if (test_below(20) == 0)
                CHECK_EQUAL(disk_sync(disk, &seen), 0);
            if (test_below(20) == 0)
                disk_forget(disk);
            if (test_below(20) == 0 && the_shrinker)
                (void)!the_shrinker->shrink(1 + test_below(20));
            break;
        case 1:
        case 2:
        case 3:
            memset(buffer, (int)test_below(256), size);
            memcpy(copy + offset, buffer, size);
            CHECK_EQUAL(disk_write(disk, offset, buffer, size), 0);
            break;
        default:
            CHECK_EQUAL(disk_read(disk, offset, buffer, size), 0);
            CHECK(!memcmp(buffer, copy + offset, size));
        }
        if (test_below(10) == 0)
            (void)!other_domain();
    }
}

static void all_is_written(struct disk *disk)
{
    uint32_t seen = disk_errors(disk);

    CHECK_EQUAL(disk_sync(disk, &seen), 0);
    CHECK(!memcmp(content, copy, DISK_BYTES));
    CHECK_EQUAL(cache.dirty, 0);
    CHECK_EQUAL(cache.flying, 0);
    disk_forget(disk);
    CHECK_EQUAL(cache.pages, 0);
    CHECK_EQUAL(pages_used, 0);
}

TEST(any_reads_and_writes)
{
    struct disk *disk = opened(4096);

    memcpy(copy, content, sizeof(copy));
    mix(disk, 0, DISK_BYTES, 4000);
    all_is_written(disk);
}

TEST(any_reads_and_writes_in_little_memory)
{
    struct disk *disk = opened(100);

    memcpy(copy, content, sizeof(copy));
    mix(disk, 0, DISK_BYTES, 4000);
    all_is_written(disk);
}

static struct disk *shared;

static void one_of_four(void *argument)
{
    uint32_t number = (uint32_t)(uintptr_t)argument;
    uint32_t quarter = DISK_BYTES / 4 - 100; /* they share pages */

    mix(shared, number * quarter, (number + 1) * quarter, 1500);
}

TEST(several_threads_at_once)
{
    struct thread *four[4];

    shared = opened(300);
    memcpy(copy, content, sizeof(copy));
    for (uintptr_t i = 0; i < 4; i++)
        four[i] = thread_create("", one_of_four, (void *)i, 0);
    for (unsigned int i = 0; i < 4; i++)
        thread_join(four[i]);
    all_is_written(shared);
}

TEST(reading_in_a_row_is_read_ahead)
{
    struct disk *disk = opened(4096);
    struct disk_counters counters;
    char page[PAGE_SIZE];

    for (uint64_t i = 0; i < DISK_PAGES - 1; i++)
        CHECK_EQUAL(disk_read(disk, i * PAGE_SIZE, page, PAGE_SIZE), 0);
    disk_count(&counters);
    CHECK_EQUAL(counters.misses, 1);
    CHECK(requests <= 20);
}

TEST(reading_here_and_there_is_not)
{
    struct disk *disk = opened(4096);
    struct disk_counters counters;
    char byte;

    for (uint64_t i = 1; i < DISK_PAGES; i += 3)
        CHECK_EQUAL(disk_read(disk, i * PAGE_SIZE, &byte, 1), 0);
    disk_count(&counters);
    CHECK_EQUAL(counters.ahead, 0);
}

TEST(neighbours_are_written_together)
{
    struct disk *disk = opened(4096);
    uint32_t seen = disk_errors(disk);

    for (uint32_t i = 0; i < 128; i++)
        CHECK_EQUAL(disk_write(disk, (i * 37 % 128) * PAGE_SIZE, content + 5,
                               PAGE_SIZE),
                    0);
    CHECK_EQUAL(disk_sync(disk, &seen), 0);
    CHECK(requests <= 5);
    CHECK_EQUAL(flushes, 1);
}

TEST(dirty_pages_are_written_after_a_while)
{
    struct disk *disk = opened(4096);

    CHECK_EQUAL(disk_write(disk, 0, "new", 3), 0);
    thread_yield();
    thread_yield();
    CHECK(content[0] != 'n');
    for (int i = 0; i < 10 && content[0] != 'n'; i++) {
        struct spinlock lock = SPINLOCK_INIT;
        struct waitq wq = WAITQ_INIT(wq);

        spin_lock(&lock);
        waitq_wait(&wq, &lock, test_time + NS_PER_S);
        spin_unlock(&lock);
    }
    CHECK(!memcmp(content, "new", 3));
    CHECK(test_time <= 6 * NS_PER_S);
}

TEST(everybody_learns_of_an_error_once)
{
    struct disk *disk = opened(4096);
    uint32_t mine = disk_errors(disk), yours = disk_errors(disk);
    uint32_t later;

    bad[7] = true;
    CHECK_EQUAL(disk_write(disk, 7 * PAGE_SIZE, content, PAGE_SIZE), 0);
    CHECK_EQUAL(disk_sync(disk, &mine), -K_EIO);
    CHECK_EQUAL(disk_sync(disk, &mine), 0);
    CHECK_EQUAL(disk_sync(disk, &yours), -K_EIO);
    CHECK_EQUAL(disk_sync(disk, &yours), 0);
    later = disk_errors(disk);
    CHECK_EQUAL(disk_sync(disk, &later), 0);
}

TEST(a_bad_page_spoils_no_other)
{
    struct disk *disk = opened(4096);
    char bytes[20 * PAGE_SIZE];

    bad[20] = true;
    CHECK_EQUAL(disk_read(disk, 0, bytes, sizeof(bytes)), 0);
    CHECK(!memcmp(bytes, content, sizeof(bytes)));
    CHECK_EQUAL(disk_read(disk, 21 * PAGE_SIZE, bytes, sizeof(bytes)), 0);
    CHECK_EQUAL(disk_read(disk, 20 * PAGE_SIZE, bytes, 1), -K_EIO);
    CHECK_EQUAL(disk_write(disk, 20 * PAGE_SIZE, bytes, 1), -K_EIO);
    CHECK(strstr(test_printed, "sectors 160 to 167 could not be read\n"));
    CHECK(!strstr(test_printed, "sectors 152 "));
    /* Once it can be read again, it is. */
    bad[20] = false;
    CHECK_EQUAL(disk_read(disk, 20 * PAGE_SIZE, bytes, 1), 0);
}

TEST(memory_is_given_back)
{
    struct disk *disk = opened(400);
    void *taken[390];
    char bytes[PAGE_SIZE];

    for (uint64_t i = 0; i < 300; i++)
        CHECK_EQUAL(disk_read(disk, i * PAGE_SIZE, bytes, PAGE_SIZE), 0);
    CHECK(cache.pages > 200);
    for (unsigned int i = 0; i < 390; i++) {
        taken[i] = page_alloc(0);
        CHECK(taken[i] != NULL);
    }
    CHECK_EQUAL(disk_read(disk, 5 * PAGE_SIZE, bytes, PAGE_SIZE), 0);
    CHECK(!memcmp(bytes, content + 5 * PAGE_SIZE, PAGE_SIZE));
    for (unsigned int i = 0; i < 390; i++)
        page_free(taken[i], 0);
}

TEST(no_memory_at_all_is_an_error)
{
    struct disk *disk = opened(10);
    void *taken[10];
    char byte = 0;

    for (unsigned int i = 0; i < 10; i++)
        taken[i] = page_alloc(0);
    CHECK_EQUAL(disk_read(disk, 0, &byte, 1), -K_ENOMEM);
    CHECK_EQUAL(disk_write(disk, 0, &byte, 1), -K_ENOMEM);
    for (unsigned int i = 0; i < 10; i++)
        page_free(taken[i], 0);
}

TEST(outside_is_an_error)
{
    struct disk *disk = opened(4096);
    char bytes[8];

    CHECK_EQUAL(disk_size(disk), DISK_BYTES);
    CHECK_EQUAL(disk_read(disk, DISK_BYTES - 8, bytes, 8), 0);
    CHECK(!memcmp(bytes, content + DISK_BYTES - 8, 8));
    CHECK_EQUAL(disk_read(disk, DISK_BYTES - 7, bytes, 8), -K_EINVAL);
    CHECK_EQUAL(disk_write(disk, UINT64_MAX, bytes, 8), -K_EINVAL);
    readonly = true;
    CHECK_EQUAL(disk_write(disk, 0, bytes, 8), -K_EROFS);
}

TEST(another_disk_of_the_same_name_is_another)
{
    struct disk *disk = opened(4096), *next;
    uint32_t seen = disk_errors(disk);
    char bytes[PAGE_SIZE];

    CHECK_EQUAL(disk_read(disk, 5 * PAGE_SIZE, bytes, PAGE_SIZE), 0);
    memset(bytes, 'x', sizeof(bytes));
    CHECK_EQUAL(disk_write(disk, 3 * PAGE_SIZE, bytes, PAGE_SIZE), 0);
    while (other_domain())
        ;
    incarnation++;
    memset(content, 'y', sizeof(content));
    CHECK_EQUAL(disk_read(disk, 5 * PAGE_SIZE, bytes, PAGE_SIZE), -K_EIO);
    CHECK_EQUAL(disk_write(disk, 9 * PAGE_SIZE, bytes, PAGE_SIZE), -K_EIO);
    CHECK_EQUAL(disk_open(&device, &next), 0);
    CHECK(next != disk);
    CHECK_EQUAL(disk_read(next, 5 * PAGE_SIZE, bytes, PAGE_SIZE), 0);
    CHECK(bytes[0] == 'y' && !memcmp(bytes, bytes + 1, PAGE_SIZE - 1));
    /* What was not written in time is lost, and that is told. */
    CHECK_EQUAL(disk_sync(disk, &seen), -K_EIO);
    CHECK_EQUAL(disk_sync(disk, &seen), -K_EIO);
    CHECK(content[3 * PAGE_SIZE] == 'y');
    CHECK_EQUAL(cache.dirty, 0);
    disk_forget(next);
    CHECK_EQUAL(cache.pages, 0);
    seen = disk_errors(next);
    CHECK_EQUAL(disk_sync(next, &seen), 0);
}
