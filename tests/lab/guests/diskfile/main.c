/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diskfile: is a disk a file as POSIX knows them? Its first argument is the
 * disk, of at least a megabyte; what was in it is lost. Also looks at the other
 * files of /dev. Prints a line for each check that fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/guest/posix/check.h"

static void others(void)
{
    char bytes[16] = "x", more[16] = {0};
    struct stat found;
    int fd = open("/dev/zero", O_RDWR);

    CHECK(fd >= 0 && read(fd, bytes, 16) == 16 && !memcmp(bytes, more, 16));
    CHECK(write(fd, bytes, 16) == 16 && close(fd) == 0);
    fd = open("/dev/./null", O_RDONLY);
    CHECK(read(fd, bytes, 16) == 0 && write(fd, bytes, 1) == -1);
    CHECK(errno == EBADF && close(fd) == 0);
    fd = open("/dev/../dev/urandom", O_RDONLY);
    CHECK(read(fd, bytes, 16) == 16 && read(fd, more, 16) == 16);
    CHECK(memcmp(bytes, more, 16) != 0 && close(fd) == 0);
    CHECK(open("/dev/nothing", O_RDONLY) == -1 && errno == ENOENT);
    CHECK(open("/nothing", O_RDONLY) == -1 && errno == ENOENT);
    CHECK(stat("/dev", &found) == 0 && S_ISDIR(found.st_mode));
    CHECK(stat("/", &found) == 0 && S_ISDIR(found.st_mode));
    CHECK(chdir("/dev") == 0 && access("null", R_OK | W_OK) == 0);
    CHECK(access("null", X_OK) == -1 && errno == EACCES);
    CHECK(chdir("null") == -1 && errno == ENOTDIR);
    CHECK(!strcmp(getcwd(bytes, 16), "/dev") && chdir("..") == 0);
    CHECK(!strcmp(getcwd(bytes, 16), "/"));
    FILE *console = fopen("/dev/console", "w");
    CHECK(console && fprintf(console, "hello, console\n") > 0);
    CHECK(fclose(console) == 0);
}

static void disk(const char *name)
{
    uint64_t size = 0;
    struct stat found;
    char bytes[32];
    int fd = open(name, O_RDWR), twice = open(name, O_RDONLY), sector = 0;

    CHECK(fd >= 0 && twice >= 0);
    CHECK(ioctl(fd, BLKGETSIZE64, &size) == 0 && size >= 1 << 20);
    CHECK(ioctl(fd, BLKSSZGET, &sector) == 0 && sector >= 512);
    CHECK(fstat(fd, &found) == 0 && S_ISBLK(found.st_mode));
    CHECK((uint64_t)found.st_size == size);
    CHECK(pwrite(fd, "across the pages", 16, 4090) == 16);
    CHECK(pread(twice, bytes, 16, 4090) == 16);
    CHECK(!memcmp(bytes, "across the pages", 16));
    CHECK(lseek(fd, 4097, SEEK_SET) == 4097 && read(fd, bytes, 3) == 3);
    CHECK(!memcmp(bytes, "the", 3) && lseek(fd, 0, SEEK_CUR) == 4100);
    CHECK(write(fd, "THE", 3) == 3 && fsync(fd) == 0);
    CHECK(ioctl(fd, BLKFLSBUF, 0) == 0);
    CHECK(pread(twice, bytes, 16, 4090) == 16);
    CHECK(!memcmp(bytes, "across theTHEges", 16));
    CHECK(pwrite(twice, "x", 1, 0) == -1 && errno == EBADF);
    /* At the end. */
    CHECK(lseek(fd, -2, SEEK_END) == (off_t)size - 2);
    CHECK(write(fd, "abc", 3) == 2);
    CHECK(write(fd, "c", 1) == -1 && errno == ENOSPC);
    CHECK(read(fd, bytes, 1) == 0 && pread(fd, bytes, 8, size - 2) == 2);
    CHECK(pread(fd, bytes, 1, -1) == -1 && errno == EINVAL);
    CHECK(close(fd) == 0 && close(twice) == 0);
    FILE *stream = fopen(name, "r+");
    CHECK(stream && fseek(stream, 5000, SEEK_SET) == 0);
    CHECK(fprintf(stream, "printed %d", 42) == 10 && fclose(stream) == 0);
}

int main(int argc, char **argv)
{
    others();
    if (argc > 1)
        disk(argv[1]);
    /* No fsync() at the end: what was written must be on the disk anyway. */
    return check_failures != 0;
}
