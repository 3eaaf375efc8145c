/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2: does with files as its arguments say, for the tests of tests/lab/.
 *
 *     ext2 write PATH SIZE SEED [PIECE]   a file; what is in it can be computed
 *     ext2 check PATH SIZE SEED [PIECE]   is that what is in it?
 *     ext2 holes PATH SIZE SEED [PIECE]   the same, but what cannot be read is
 *                                         told and passed over, page by page
 *     ext2 count FOLDER                   how many names it has
 *     ext2 sum PATH                       read all; its size and a sum
 *     ext2 full PATH                      write until there is no more room
 *     ext2 remove PATH
 *     ext2 try FOLDER                     walk through all there is, and change
 *                                         some of it, whatever happens
 *
 * One command after the other, separated by "--". Each ends by printing its
 * name, a colon and 0 or an errno; the program goes on with the next.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t *bytes;
static size_t piece = 1 << 16;

static void make(uint64_t at, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size / 8; i++)
        bytes[i] = (at / 8 + i) * 0x9e3779b97f4a7c15 + seed;
}

/* Write or check a whole file. */
static int pattern(const char *path, uint64_t size, uint64_t seed, int checks)
{
    uint64_t *found = checks ? malloc(piece) : NULL;
    int fd = open(path, checks ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int error = fd < 0 ? errno : 0;

    for (uint64_t at = 0; !error && at < size; at += piece) {
        size_t part = size - at < piece ? size - at : piece;
        ssize_t done;

        make(at, part, seed);
        done = checks ? read(fd, found, part) : write(fd, bytes, part);
        if (done < 0)
            error = errno;
        else if ((size_t)done != part)
            error = ENOSPC;
        else if (checks && memcmp(found, bytes, part) != 0)
            error = EINVAL;
    }
    if (!error && !checks && fsync(fd) < 0)
        error = errno;
    if (fd >= 0)
        close(fd);
    free(found);
    return error;
}

static int holes(const char *path, uint64_t size, uint64_t seed)
{
    uint64_t *found = malloc(piece), at = 0;
    int fd = open(path, O_RDONLY);
    int error = fd < 0 ? errno : 0;

    while (!error && at < size) {
        ssize_t done = pread(fd, found, piece, (off_t)at);

        if (done > 0) {
            make(at, (size_t)done, seed);
            error = memcmp(found, bytes, (size_t)done) != 0 ? EINVAL : 0;
            at += (uint64_t)done;
        } else {
            error = done == 0 ? ENODATA : errno == EIO ? 0 : errno;
            printf("hole: %s %llu\n", path, (unsigned long long)at);
            at = (at | 4095) + 1;
        }
    }
    if (fd >= 0)
        close(fd);
    free(found);
    return error;
}

static int count(const char *path)
{
    DIR *folder = opendir(path);
    unsigned int names = 0;

    if (folder == NULL)
        return errno;
    errno = 0;
    while (readdir(folder) != NULL)
        names++;
    printf("names: %s %u\n", path, names);
    names = (unsigned int)errno;
    closedir(folder);
    return (int)names;
}

static int sum(const char *path)
{
    uint64_t size = 0, total = 0;
    int fd = open(path, O_RDONLY);
    ssize_t done;

    if (fd < 0)
        return errno;
    while ((done = read(fd, bytes, piece)) > 0) {
        for (ssize_t i = 0; i < done / 8; i++)
            total += bytes[i];
        size += (uint64_t)done;
    }
    close(fd);
    printf("sum: %llu bytes, %016llx\n", (unsigned long long)size,
           (unsigned long long)total);
    return done < 0 ? errno : 0;
}

static int full(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    uint64_t size = 0;
    ssize_t done;

    if (fd < 0)
        return errno;
    memset(bytes, 'f', piece);
    while ((done = write(fd, bytes, piece)) > 0)
        size += (uint64_t)done;
    printf("full: %llu bytes\n", (unsigned long long)size);
    if (fsync(fd) < 0)
        return EIO;
    close(fd);
    return errno;
}

/* Everything below a folder: looked at, read, written to, moved, removed. */
static void try_folder(const char *path, unsigned int depth)
{
    DIR *folder = opendir(path);
    char below[600], moved[600];
    struct dirent *one;
    struct stat about;

    for (unsigned int i = 0; folder && i < 200; i++) {
        int fd;

        one = readdir(folder);
        if (one == NULL)
            break;
        if (one->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, one->d_name);
        if (lstat(below, &about) < 0)
            continue;
        if (S_ISDIR(about.st_mode)) {
            if (depth > 0)
                try_folder(below, depth - 1);
            (void)!rmdir(below);
            continue;
        }
        fd = open(below, O_RDWR);
        if (fd >= 0) {
            (void)!read(fd, bytes, piece);
            (void)!pread(fd, bytes, piece, about.st_size / 2);
            (void)!pwrite(fd, bytes, 5000, about.st_size / 2);
            (void)!ftruncate(fd, 700);
            close(fd);
        }
        snprintf(moved, sizeof(moved), "%s/moved", path);
        (void)!rename(below, moved);
        (void)!unlink(moved);
    }
    if (folder)
        closedir(folder);
}

static int command(int given, char **words)
{
    uint64_t size = given > 2 ? strtoull(words[2], NULL, 0) : 0;
    uint64_t seed = given > 3 ? strtoull(words[3], NULL, 0) : 0;

    piece = given > 4 ? strtoul(words[4], NULL, 0) : 1 << 16;
    free(bytes);
    bytes = malloc(piece < 8192 ? 8192 : piece);
    if (strcmp(words[0], "write") == 0)
        return pattern(words[1], size, seed, 0);
    if (strcmp(words[0], "check") == 0)
        return pattern(words[1], size, seed, 1);
    if (strcmp(words[0], "holes") == 0)
        return holes(words[1], size, seed);
    if (strcmp(words[0], "count") == 0)
        return count(words[1]);
    if (strcmp(words[0], "sum") == 0)
        return sum(words[1]);
    if (strcmp(words[0], "full") == 0)
        return full(words[1]);
    if (strcmp(words[0], "remove") == 0)
        return unlink(words[1]) < 0 ? errno : 0;
    if (strcmp(words[0], "try") == 0) {
        try_folder(words[1], 3);
        return 0;
    }
    return ENOSYS;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        int count = 0;

        while (i + count < argc && strcmp(argv[i + count], "--") != 0)
            count++;
        printf("%s: %d\n", argv[i], command(count, argv + i));
        i += count + 1;
    }
    return 0;
}
