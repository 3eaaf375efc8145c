/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk: does with disks as its arguments say, for the tests of tests/lab/.
 *
 *     disk info xvda
 *     disk fill xvda SECTOR SECTORS SEED [PIECE]
 *     disk check xvda SECTOR SECTORS SEED [PIECE]
 *     disk flush xvda
 *     disk discard xvda SECTOR SECTORS
 *     disk mix xvda DEPTH COUNT SEED      random reads, writes and flushes
 *     disk cached-fill, cached-check      as above, through the page cache
 *     disk cached-mix xvda COUNT SEED     random bytes, against a copy in
 * memory disk sync xvda; disk forget xvda; disk reopen xvda
 *
 * What is written can be computed from the sector's number and the seed, so
 * that dom0 can tell whether it is there, and this program whether what it
 * reads is what was written. Requests are PIECE bytes long (a page).
 * One command after the other, separated by "--"; with none, they are read from
 * the console, one a line. Each ends by printing its first two words, a colon
 * and 0 or a negative error number.
 */
#include "coracle/disk.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "coracle/sync.h"
#include "coracle/time.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "tests/guest/guest.h"

static uint64_t number(const char *word)
{
    uint64_t value = 0;

    CHECK(string_to_number(word, &value));
    return value;
}

/* The content of a sector: its number and the seed in every word. */
static void make_sector(uint64_t *words, uint64_t sector, uint64_t seed)
{
    for (unsigned int i = 0; i < BLOCK_SECTOR / 8; i++)
        words[i] = sector * 64 + i + (seed << 40);
}

static void make(char *bytes, uint64_t sector, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size / BLOCK_SECTOR; i++)
        make_sector((uint64_t *)(bytes + i * BLOCK_SECTOR), sector + i, seed);
}

/* ---- Commands -------------------------------------------------------------
 */

static int info(struct block_device *device)
{
    struct block_counters counters;
    struct block_info info;

    block_describe(device, &info);
    block_count(device, &counters);
    printk("connection %u, %llu replayed, %zu pages free\n", info.generation,
           (unsigned long long)counters.replayed, page_count_free());
    printk("%s: %llu sectors of %u,%s%s%s%s%s %u bytes, depth %u%s\n",
           info.name, (unsigned long long)info.sectors, info.sector_size,
           info.readonly ? " ro" : "", info.cdrom ? " cdrom" : "",
           info.removable ? " removable" : "", info.flush ? " flush" : "",
           info.discard ? " discard" : "", info.request_max, info.depth,
           info.persistent ? " persistent" : "");
    return 0;
}

/* As it was when it was first opened, until `reopen`. */
static struct opened {
    struct block_device *device;
    struct disk *disk;
} opened[4];

static struct disk *disk_of(struct block_device *device)
{
    struct opened *one = opened;

    while (one->device && one->device != device)
        one++;
    if (!one->device)
        CHECK_EQUAL(disk_open(device, &one->disk), 0);
    one->device = device;
    return one->disk;
}

static int reopen(struct block_device *device)
{
    (void)disk_of(device);
    for (struct opened *one = opened; one->device; one++)
        if (one->device == device)
            return disk_open(device, &one->disk);
    return -K_ENOENT;
}

static int move(struct block_device *device, uint64_t sector, char *bytes,
                size_t size, bool check, bool cached)
{
    struct disk *disk;

    if (!cached)
        return check ? block_read(device, sector, bytes, size)
                     : block_write(device, sector, bytes, size);
    disk = disk_of(device);
    return check ? disk_read(disk, sector * BLOCK_SECTOR, bytes, size)
                 : disk_write(disk, sector * BLOCK_SECTOR, bytes, size);
}

/* Write or check sectors, one piece after the other. */
static int sweep(struct block_device *device, char **words, int count,
                 bool check, bool cached)
{
    uint64_t sector = number(words[0]), end = sector + number(words[1]);
    uint64_t seed = number(words[2]);
    size_t piece = count > 3 ? number(words[3]) : PAGE_SIZE;
    char *bytes = heap_alloc(piece), *wanted = heap_alloc(piece);
    int error = 0;

    CHECK(bytes && wanted);
    while (sector < end && !error) {
        size_t left = (end - sector) * BLOCK_SECTOR;
        size_t size = left < piece ? left : piece;

        make(wanted, sector, size, seed);
        error =
            move(device, sector, check ? bytes : wanted, size, check, cached);
        if (!error && check && memcmp(bytes, wanted, size)) {
            printk("not what was written: sector %llu\n",
                   (unsigned long long)sector);
            error = -K_EPROTO;
        }
        sector += size / BLOCK_SECTOR;
    }
    heap_free(bytes);
    heap_free(wanted);
    return error;
}

/*
 * Random requests, several at a time, each of 1 to 32 sectors within a region
 * of the disk that is its alone: 64 sectors each. A read must give what was
 * written last. At the end the sectors' seeds are printed, of which dom0 can
 * tell what must be on its side.
 */
#define REGION 64u

struct job {
    struct block_request request;
    struct block_piece pieces[3];
    char bytes[32 * BLOCK_SECTOR];
    uint64_t region;
    uint64_t seeds[REGION]; /* of each sector */
    struct semaphore *answered;
    bool busy;
};

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

static void answered(struct block_request *request)
{
    struct job *job = request->argument;

    WRITE_ONCE(job->busy, false);
    semaphore_up(job->answered);
}

/* Look at what a job has read. */
static void look(const struct job *job)
{
    uint64_t first = job->request.sector - job->region;
    uint64_t wanted[BLOCK_SECTOR / 8];

    CHECK_EQUAL(job->request.status, 0);
    if (job->request.operation != BLOCK_READ)
        return;
    for (uint64_t i = 0; i < job->request.sectors; i++) {
        make_sector(wanted, job->request.sector + i, job->seeds[first + i]);
        CHECK(!memcmp(job->bytes + i * BLOCK_SECTOR, wanted, BLOCK_SECTOR));
    }
}

static void begin(struct block_device *device, struct job *job)
{
    struct block_request *request = &job->request;
    uint32_t kind = random_below(100);
    uint32_t first = random_below(REGION - 32), count = 1 + random_below(32);
    size_t size = count * BLOCK_SECTOR, one = random_below((uint32_t)size);
    uint64_t seed = random_below(1u << 20);

    *request = (struct block_request){.operation = kind < 10   ? BLOCK_FLUSH
                                                   : kind < 55 ? BLOCK_WRITE
                                                               : BLOCK_READ,
                                      .sector = job->region + first,
                                      .sectors = count,
                                      .pieces = job->pieces,
                                      .count = 3,
                                      .done = answered,
                                      .argument = job};
    job->pieces[0] = (struct block_piece){job->bytes, one};
    job->pieces[1] = (struct block_piece){NULL, 0};
    job->pieces[2] = (struct block_piece){job->bytes + one, size - one};
    if (request->operation == BLOCK_WRITE) {
        make(job->bytes, request->sector, size, seed);
        for (uint32_t i = 0; i < count; i++)
            job->seeds[first + i] = seed;
    }
    job->busy = true;
    block_submit(device, &request, 1);
}

static void print_seeds(const struct job *job)
{
    char line[160];

    for (unsigned int i = 0; i < REGION; i += 8) {
        int end = 0;

        for (unsigned int j = i; j < i + 8; j++)
            end +=
                (int)string_format(line + end, sizeof(line) - (size_t)end,
                                   " %llx", (unsigned long long)job->seeds[j]);
        printk("seeds %llu:%s\n", (unsigned long long)(job->region + i), line);
    }
}

static int mix(struct block_device *device, char **words)
{
    unsigned int depth = (unsigned int)number(words[0]);
    uint64_t count = number(words[1]);
    struct job *jobs = heap_alloc_zeroed(depth, sizeof(*jobs));
    struct semaphore any;

    CHECK(jobs);
    random_state = number(words[2]);
    semaphore_init(&any, depth);
    for (unsigned int i = 0; i < depth; i++) {
        jobs[i].region = i * REGION;
        jobs[i].answered = &any;
        for (unsigned int j = 0; j < REGION; j += 32) {
            make(jobs[i].bytes, jobs[i].region + j, sizeof(jobs[i].bytes), 0);
            CHECK_EQUAL(block_write(device, jobs[i].region + j, jobs[i].bytes,
                                    sizeof(jobs[i].bytes)),
                        0);
        }
        jobs[i].request.operation = BLOCK_FLUSH;
    }
    for (uint64_t done = 0; done < count; done++) {
        unsigned int i = random_below(depth);

        semaphore_down(&any, TIME_NEVER);
        while (READ_ONCE(jobs[i].busy))
            i = (i + 1) % depth;
        look(&jobs[i]);
        begin(device, &jobs[i]);
    }
    for (unsigned int i = 0; i < depth; i++)
        semaphore_down(&any, TIME_NEVER);
    for (unsigned int i = 0; i < depth; i++) {
        look(&jobs[i]);
        print_seeds(&jobs[i]);
    }
    heap_free(jobs);
    return 0;
}

/* ---- Through the cache ----------------------------------------------------
 */

#define MIX_BYTES (1u << 20)

/* Random reads and writes of any bytes of the first MiB must agree with the
 * same done in memory. */
static int cached_mix(struct disk *disk, char **words)
{
    uint64_t count = number(words[0]);
    char *copy = heap_alloc(MIX_BYTES), *bytes = heap_alloc(20000);
    uint32_t seen = disk_errors(disk);

    CHECK(copy && bytes);
    random_state = number(words[1]);
    CHECK_EQUAL(disk_read(disk, 0, copy, MIX_BYTES), 0);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t size = random_below(random_below(10) ? 600 : 20000);
        uint32_t offset = random_below(MIX_BYTES - size);

        if (random_below(2)) {
            CHECK_EQUAL(disk_read(disk, offset, bytes, size), 0);
            CHECK(!memcmp(bytes, copy + offset, size));
        } else {
            memset(copy + offset, (int)random_below(256), size);
            CHECK_EQUAL(disk_write(disk, offset, copy + offset, size), 0);
        }
        if (random_below(500) == 0)
            CHECK_EQUAL(disk_sync(disk, &seen), 0);
        if (random_below(500) == 0)
            disk_forget(disk);
    }
    CHECK_EQUAL(disk_sync(disk, &seen), 0);
    disk_forget(disk);
    for (uint32_t offset = 0; offset < MIX_BYTES; offset += 16384) {
        CHECK_EQUAL(disk_read(disk, offset, bytes, 16384), 0);
        CHECK(!memcmp(bytes, copy + offset, 16384));
    }
    heap_free(copy);
    heap_free(bytes);
    return 0;
}

static int sync(struct disk *disk)
{
    static uint32_t seen;

    return disk_sync(disk, &seen);
}

static int cached(struct block_device *device, char **words, int count)
{
    struct disk_counters counters;
    struct disk *disk = disk_of(device);
    int error = 0;

    if (!strcmp(words[0], "cached-fill"))
        error = sweep(device, words + 2, count - 2, false, true);
    else if (!strcmp(words[0], "cached-check"))
        error = sweep(device, words + 2, count - 2, true, true);
    else if (!strcmp(words[0], "cached-mix"))
        error = cached_mix(disk, words + 2);
    else if (!strcmp(words[0], "sync"))
        error = sync(disk);
    else if (!strcmp(words[0], "forget"))
        disk_forget(disk);
    else if (!strcmp(words[0], "reopen"))
        error = reopen(device);
    else
        return -K_EINVAL;
    disk_count(&counters);
    printk("cached %zu dirty %zu hits %llu misses %llu ahead %llu shrunk"
           " %llu\n",
           counters.cached, counters.dirty, (unsigned long long)counters.hits,
           (unsigned long long)counters.misses,
           (unsigned long long)counters.ahead,
           (unsigned long long)counters.shrunk);
    return error;
}

/* ---- Which one ------------------------------------------------------------
 */

static int run(char **words, int count)
{
    struct block_device *device = block_find(words[1]);
    bool is_cached =
        !strncmp(words[0], "cached-", 7) || !strcmp(words[0], "sync");
    int error = 0;

    /* Through the cache, one can ask for a disk that is gone. */
    if (!device || !is_cached)
        error =
            block_wait_up(words[1], time_monotonic() + 120 * NS_PER_S, &device);
    if (error)
        return error;
    if (!strcmp(words[0], "info"))
        return info(device);
    if (!strcmp(words[0], "fill"))
        return sweep(device, words + 2, count - 2, false, false);
    if (!strcmp(words[0], "check"))
        return sweep(device, words + 2, count - 2, true, false);
    if (!strcmp(words[0], "flush"))
        return block_flush(device);
    if (!strcmp(words[0], "discard"))
        return block_discard(device, number(words[2]), number(words[3]));
    if (!strcmp(words[0], "mix"))
        return mix(device, words + 2);
    return cached(device, words, count);
}

static void run_and_say(char **words, int count)
{
    CHECK(count >= 2);
    printk("%s %s: %d\n", words[0], words[1], run(words, count));
}

/* Commands from the console, till its end. */
static void listen(void)
{
    char line[128], *words[8];
    size_t length = 0;

    while (console_read(line + length, 1) == 1) {
        int count = 0;

        if (line[length] != '\n') {
            CHECK(++length < sizeof(line));
            continue;
        }
        line[length] = '\0';
        length = 0;
        for (char *at = line; *at && count < 8;) {
            words[count++] = at;
            while (*at && *at != ' ')
                at++;
            while (*at == ' ')
                *at++ = '\0';
        }
        run_and_say(words, count);
    }
}

int main(int argc, char **argv)
{
    if (argc == 1)
        listen();
    for (int first = 1, end; first < argc; first = end + 1) {
        for (end = first; end < argc && strcmp(argv[end], "--"); end++)
            ;
        run_and_say(argv + first, end - first);
    }
    return 0;
}
