/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_linux.c: bench-block for Linux: the same words, the same lines, the same
 * sectors in the same order.
 *
 * The device is opened with O_DIRECT, so its page cache is out of the game, as
 * ours is. At depth 1 a pread() or pwrite() at a time; beyond, the kernel's own
 * asynchronous calls (io_submit), made directly: each answer is followed by
 * the next request. A first round is not counted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 64

static int fd;
static int writes, random_order;
static uint64_t size, places, next, state;
static void *buffers[DEPTH_MAX];

static void give_up(const char *why)
{
    perror(why);
    exit(1);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static off_t next_offset(void)
{
    if (!random_order)
        return (off_t)(next++ % places * size);
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (off_t)((state >> 20) % places * size);
}

static void one_by_one(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        off_t offset = next_offset();
        ssize_t done = writes ? pwrite(fd, buffers[0], size, offset)
                              : pread(fd, buffers[0], size, offset);

        if (done != (ssize_t)size)
            give_up("disk");
    }
}

static void submit(aio_context_t context, struct iocb *job, int number)
{
    struct iocb *jobs[] = {job};

    *job = (struct iocb){.aio_lio_opcode =
                             writes ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
                         .aio_fildes = (uint32_t)fd,
                         .aio_buf = (uintptr_t)buffers[number],
                         .aio_nbytes = size,
                         .aio_offset = next_offset(),
                         .aio_data = (uint64_t)number};
    if (syscall(SYS_io_submit, context, 1, jobs) != 1)
        give_up("io_submit");
}

static void several(uint64_t count, int depth)
{
    struct io_event events[DEPTH_MAX];
    struct iocb jobs[DEPTH_MAX];
    aio_context_t context = 0;
    uint64_t left = count, answered = 0;

    if (syscall(SYS_io_setup, depth, &context) != 0)
        give_up("io_setup");
    for (int i = 0; i < depth; i++, left--)
        submit(context, &jobs[i], i);
    while (answered < count) {
        long some =
            syscall(SYS_io_getevents, context, 1, DEPTH_MAX, events, NULL);

        for (long i = 0; i < some; i++, answered++) {
            int number = (int)events[i].data;

            if (events[i].res != (int64_t)size)
                give_up("a request");
            if (left > 0) {
                left--;
                submit(context, &jobs[number], number);
            }
        }
    }
    syscall(SYS_io_destroy, context);
}

static uint64_t measure(uint64_t count, int depth)
{
    uint64_t begun = now();

    next = 0;
    if (depth == 1)
        one_by_one(count);
    else
        several(count, depth);
    return now() - begun;
}

int main(int argc, char **argv)
{
    uint64_t bytes;

    if (argc < 2 || (fd = open(argv[1], O_RDWR | O_DIRECT)) < 0 ||
        ioctl(fd, BLKGETSIZE64, &bytes))
        give_up("disk");
    for (int i = 2; i + 3 < argc; i += 4) {
        int depth = atoi(argv[i + 2]);
        uint64_t count = strtoull(argv[i + 3], NULL, 10);

        random_order = !strncmp(argv[i], "rand", 4);
        writes = strstr(argv[i], "write") != NULL;
        size = strtoull(argv[i + 1], NULL, 10);
        places = bytes / size;
        for (int j = 0; j < depth; j++)
            if (posix_memalign(&buffers[j], 4096, size))
                give_up("memory");
        memset(buffers[0], 1, size);
        measure((uint64_t)depth, depth);
        printf("block %s %s %s %llu\n", argv[i], argv[i + 1], argv[i + 2],
               (unsigned long long)(measure(count, depth) / count));
        fflush(stdout);
        for (int j = 0; j < depth; j++)
            free(buffers[j]);
    }
    return 0;
}
