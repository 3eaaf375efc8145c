/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-files: how fast files are.
 *
 *     bench-files PATH KIND BYTES COUNT ...
 *
 * KIND is write or read (sequential), randwrite or randread; BYTES what one
 * call takes, COUNT how many calls. The three words can be repeated. The first
 * write makes the file, all others take the one that is there. For each it
 * prints a line
 *
 *     files KIND BYTES NANOSECONDS
 *
 * with the time for one call. Writing ends with fsync(), whose time is shared
 * out among the calls. What was read once comes from memory the second time;
 * who wants it from the disk starts the program on a freshly mounted one.
 *
 * It is plain POSIX, and the same file is built for Linux too (bench.mk).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

/* Do it; nanoseconds for one call. */
static uint64_t measure(const char *path, const char *kind, size_t size,
                        uint64_t count)
{
    int random_order = !strncmp(kind, "rand", 4);
    int writes = !strcmp(kind + (random_order ? 4 : 0), "write");
    uint64_t state = 1, places, begun = now();
    char *buffer = malloc(size);
    int fd = open(path, writes ? O_RDWR | O_CREAT : O_RDONLY, 0644);
    struct stat about;

    if (!buffer || fd < 0 || fstat(fd, &about))
        give_up(path);
    memset(buffer, 1, size);
    places = (uint64_t)about.st_size / size;
    for (uint64_t i = 0; i < count; i++) {
        ssize_t done;

        if (random_order) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            if (lseek(fd, (off_t)((state >> 20) % places * size), SEEK_SET) < 0)
                give_up("lseek");
        }
        done = writes ? write(fd, buffer, size) : read(fd, buffer, size);
        if (done != (ssize_t)size)
            give_up(kind);
    }
    if ((writes && fsync(fd)) || close(fd))
        give_up("fsync");
    free(buffer);
    return (now() - begun) / count;
}

int main(int argc, char **argv)
{
    for (int i = 2; i + 2 < argc; i += 3)
        printf("files %s %s %llu\n", argv[i], argv[i + 1],
               (unsigned long long)measure(argv[1], argv[i],
                                           strtoul(argv[i + 1], NULL, 10),
                                           strtoull(argv[i + 2], NULL, 10)));
    return 0;
}
