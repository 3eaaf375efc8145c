/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calls: POSIX' calls on files that can be changed, in the folder that is its
 * argument (".": the current one).
 *
 * It is a POSIX program and nothing else, and passes on Linux' ext4, too: what
 * it expects is what POSIX and Linux say, not what we do.
 *
 *     gcc -I. tests/guest/files/calls/main.c -o /tmp/calls && /tmp/calls FOLDER
 *
 * What it makes it removes again, but for the folder "kept", which holds a few
 * files of each kind: the test looks at those from outside.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>
#include "tests/guest/files/files.h"

#define LARGE (1 << 20)

static struct stat found;
static unsigned char large[LARGE];

/* Make a file with that text. */
static void make(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQUAL(close(fd), 0);
}

/* The whole of a file, as a string. */
static const char *text_of(const char *path)
{
    static char text[200];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    text[size < 0 ? 0 : size] = '\0';
    return size < 0 ? strerror(errno) : text;
}

static mode_t mode_of(const char *path)
{
    return lstat(path, &found) == 0 ? found.st_mode : 0;
}

static int links_of(const char *path)
{
    return lstat(path, &found) == 0 ? (int)found.st_nlink : -1;
}

static off_t size_of(const char *path)
{
    return lstat(path, &found) == 0 ? found.st_size : -1;
}

/* ---- Making and opening ---------------------------------------------------
 */

static void making(void)
{
    int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);
    char bytes[10];

    CHECK(fd >= 0);
    CHECK_EQUAL(mode_of("a"), S_IFREG | 0644); /* the mask is 022 */
    CHECK_EQUAL(write(fd, "hello", 5), 5);
    CHECK_EQUAL(lseek(fd, 1, SEEK_SET), 1);
    CHECK_EQUAL(read(fd, bytes, 10), 4);
    CHECK(memcmp(bytes, "ello", 4) == 0);
    CHECK_EQUAL(pwrite(fd, "J", 1, 0), 1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_STRING(text_of("a"), "Jello");
    FAILS(open("a", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
    FAILS(open("b", O_RDWR), ENOENT);
    FAILS(open("b/c", O_RDWR | O_CREAT, 0666), ENOENT);
    FAILS(open("a/c", O_RDWR | O_CREAT, 0666), ENOTDIR);
    fd = open("a", O_WRONLY | O_TRUNC);
    FAILS(read(fd, bytes, 1), EBADF);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(size_of("a"), 0);
    CHECK_EQUAL(unlink("a"), 0);
    FAILS(unlink("a"), ENOENT);
    CHECK_EQUAL(umask(077), 022);
    CHECK_EQUAL(close(creat("a", 0666)), 0);
    CHECK_EQUAL(mode_of("a"), S_IFREG | 0600);
    CHECK_EQUAL(umask(022), 077);
    CHECK_EQUAL(unlink("a"), 0);
}

static void appending(void)
{
    int fd, other;

    make("log", "one\n");
    fd = open("log", O_WRONLY | O_APPEND);
    other = open("log", O_WRONLY | O_APPEND);
    CHECK_EQUAL(write(fd, "two\n", 4), 4);
    CHECK_EQUAL(write(other, "three\n", 6), 6);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(write(fd, "four\n", 5), 5);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 19);
    CHECK_EQUAL(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND),
                O_WRONLY | O_APPEND);
    CHECK_EQUAL(fcntl(fd, F_SETFL, 0), 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(write(fd, "ONE", 3), 3);
    CHECK_EQUAL(fsync(fd), 0);
    CHECK_EQUAL(fdatasync(other), 0);
    close(fd);
    close(other);
    CHECK_STRING(text_of("log"), "ONE\ntwo\nthree\nfour\n");
    CHECK_EQUAL(unlink("log"), 0);
}

static void streams(void)
{
    char line[40];
    FILE *stream = fopen("s", "w+");

    CHECK_EQUAL(fprintf(stream, "%d lines\n%s\n", 2, "end"), 12);
    rewind(stream);
    CHECK(fgets(line, sizeof(line), stream));
    CHECK_STRING(line, "2 lines\n");
    CHECK_EQUAL(fseek(stream, -4, SEEK_END), 0);
    CHECK_EQUAL(fputs("END", stream) < 0, 0);
    CHECK_EQUAL(fclose(stream), 0);
    CHECK_STRING(text_of("s"), "2 lines\nEND\n");
    stream = fopen("s", "a");
    CHECK_EQUAL(fputs("more\n", stream) < 0, 0);
    CHECK_EQUAL(fclose(stream), 0);
    CHECK_STRING(text_of("s"), "2 lines\nEND\nmore\n");
    errno = 0;
    CHECK(!fopen("s", "wx") && errno == EEXIST);
    CHECK_EQUAL(remove("s"), 0);
    CHECK(!fopen("s", "r") && errno == ENOENT);
}

static void temporary_files(void)
{
    char file[] = "tmpXXXXXX", folder[] = "dirXXXXXX";
    int fd = mkstemp(file);

    CHECK(fd >= 0);
    CHECK_EQUAL(mode_of(file), S_IFREG | 0600);
    CHECK_EQUAL(write(fd, "x", 1), 1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(size_of(file), 1);
    CHECK_EQUAL(unlink(file), 0);
    CHECK(mkdtemp(folder) == folder);
    CHECK_EQUAL(mode_of(folder), S_IFDIR | 0700);
    CHECK_EQUAL(rmdir(folder), 0);
}

/* ---- Sizes ----------------------------------------------------------------
 */

static void holes(void)
{
    int fd = open("h", O_RDWR | O_CREAT, 0644);
    char bytes[10];

    CHECK_EQUAL(pwrite(fd, "end", 3, 3000000), 3);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_size, 3000003);
    CHECK(found.st_blocks * 512 < 1000000);
    memset(bytes, 'x', sizeof(bytes));
    CHECK_EQUAL(pread(fd, bytes, 10, 1500000), 10);
    CHECK(memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0", 10) == 0);
    CHECK_EQUAL(pread(fd, bytes, 10, 2999998), 5);
    CHECK(memcmp(bytes, "\0\0end", 5) == 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("h"), 0);
}

static void truncating(void)
{
    int fd = open("t", O_RDWR | O_CREAT, 0644);
    char bytes[10];

    CHECK_EQUAL(write(fd, "0123456789", 10), 10);
    CHECK_EQUAL(ftruncate(fd, 4), 0);
    CHECK_EQUAL(size_of("t"), 4);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 10);
    /* What was cut off is gone for good: then come zeroes. */
    CHECK_EQUAL(ftruncate(fd, 8), 0);
    CHECK_EQUAL(pread(fd, bytes, 10, 0), 8);
    CHECK(memcmp(bytes, "0123\0\0\0\0", 8) == 0);
    CHECK_EQUAL(truncate("t", 100000), 0);
    CHECK_EQUAL(size_of("t"), 100000);
    CHECK_EQUAL(pread(fd, bytes, 10, 99995), 5);
    CHECK(memcmp(bytes, "\0\0\0\0\0", 5) == 0);
    CHECK_EQUAL(ftruncate(fd, 0), 0);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_blocks, 0);
    FAILS(ftruncate(fd, -1), EINVAL);
    CHECK_EQUAL(close(fd), 0);
    FAILS(truncate(".", 0), EISDIR);
    FAILS(truncate("nothing", 0), ENOENT);
    fd = open("t", O_RDONLY);
    FAILS(ftruncate(fd, 0), EINVAL);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("t"), 0);
}

static void allocating(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0644);
    char bytes[4];

    CHECK_EQUAL(write(fd, "data", 4), 4);
    CHECK_EQUAL(posix_fallocate(fd, 2, 200000), 0);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_size, 200002);
    CHECK(found.st_blocks * 512 >= 200002);
    CHECK_EQUAL(pread(fd, bytes, 4, 0), 4);
    CHECK(memcmp(bytes, "data", 4) == 0);
    CHECK_EQUAL(posix_fallocate(fd, 0, 0), EINVAL);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("f"), 0);
}

/* In pieces that fit no block, and back in others. */
static void large_files(void)
{
    static unsigned char back[LARGE];
    int fd = open("l", O_RDWR | O_CREAT, 0644);
    size_t at = 0, piece = 1;

    for (size_t i = 0; i < LARGE; i++)
        large[i] = (unsigned char)(i * 31 + i / 1000);
    while (at < LARGE) {
        size_t size = piece < LARGE - at ? piece : LARGE - at;

        CHECK_EQUAL(write(fd, large + at, size), size);
        at += size;
        piece = piece * 3 % 70001 + 1;
    }
    CHECK_EQUAL(fsync(fd), 0);
    for (at = 0; at < LARGE; at += 33333) {
        size_t size = LARGE - at < 33333 ? LARGE - at : 33333;

        CHECK_EQUAL(pread(fd, back + at, size, (off_t)at), size);
    }
    CHECK(memcmp(large, back, LARGE) == 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("l"), 0);
}

static void pieces(void)
{
    char one[3], two[8];
    struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}};
    struct iovec in[2] = {{one, 3}, {two, 8}};
    int fd = open("p", O_RDWR | O_CREAT, 0644);

    CHECK_EQUAL(writev(fd, out, 3), 8);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(readv(fd, in, 2), 8);
    CHECK(memcmp(one, "abc", 3) == 0 && memcmp(two, "defgh", 5) == 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("p"), 0);
}

static void mapping(void)
{
    int fd = open("m", O_RDWR | O_CREAT, 0644);
    char *bytes;

    CHECK_EQUAL(write(fd, "mapped", 6), 6);
    bytes = mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(bytes != MAP_FAILED && memcmp(bytes, "mapped\0", 7) == 0);
    bytes[0] = 'M';
    CHECK_EQUAL(munmap(bytes, 6), 0);
    bytes = mmap(NULL, 6, PROT_READ, MAP_SHARED, fd, 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("m"), 0);
    CHECK(bytes != MAP_FAILED && memcmp(bytes, "mapped", 6) == 0);
    CHECK_EQUAL(munmap(bytes, 6), 0);
}

/* ---- Names ----------------------------------------------------------------
 */

static void folders(void)
{
    int before = links_of(".");

    CHECK_EQUAL(mkdir("d", 0777), 0);
    CHECK_EQUAL(mode_of("d"), S_IFDIR | 0755);
    CHECK_EQUAL(links_of("d"), 2);
    CHECK_EQUAL(links_of("."), before + 1);
    CHECK_EQUAL(mkdir("d/e/", 0700), 0);
    CHECK_EQUAL(links_of("d"), 3);
    FAILS(mkdir("d", 0777), EEXIST);
    FAILS(mkdir("x/y", 0777), ENOENT);
    FAILS(rmdir("d"), ENOTEMPTY);
    FAILS(unlink("d"), EISDIR);
    FAILS(open("d", O_WRONLY), EISDIR);
    FAILS(rmdir("d/e/."), EINVAL);
    make("d/f", "");
    FAILS(rmdir("d/f"), ENOTDIR);
    FAILS(mkdir("d/f", 0777), EEXIST);
    FAILS(mkdir("d/f/g", 0777), ENOTDIR);
    CHECK_EQUAL(remove("d/f"), 0);
    CHECK_EQUAL(remove("d/e"), 0);
    CHECK_EQUAL(links_of("d"), 2);
    CHECK_EQUAL(rmdir("d/"), 0);
    CHECK_EQUAL(links_of("."), before);
    FAILS(rmdir("d"), ENOENT);
    FAILS(rmdir("."), EINVAL);
}

static void names(void)
{
    char longest[NAME_MAX + 2];

    memset(longest, 'n', sizeof(longest));
    longest[NAME_MAX + 1] = '\0';
    FAILS(open(longest, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
    FAILS(mkdir(longest, 0755), ENAMETOOLONG);
    FAILS(symlink("x", longest), ENAMETOOLONG);
    make("a", "");
    FAILS(rename("a", longest), ENAMETOOLONG);
    FAILS(link("a", longest), ENAMETOOLONG);
    longest[NAME_MAX] = '\0';
    make(longest, "long");
    CHECK_STRING(text_of(longest), "long");
    CHECK_EQUAL(rename(longest, "\xc3\xa4 \\\n:*"), 0);
    CHECK_STRING(text_of("\xc3\xa4 \\\n:*"), "long");
    CHECK_EQUAL(unlink("\xc3\xa4 \\\n:*"), 0);
    CHECK_EQUAL(unlink("a"), 0);
}

static void renaming_files(void)
{
    int fd;

    make("a", "A");
    make("b", "B");
    CHECK_EQUAL(rename("a", "c"), 0);
    FAILS(stat("a", &found), ENOENT);
    CHECK_STRING(text_of("c"), "A");
    /* Over one that is open, which lives on. */
    fd = open("b", O_RDWR);
    CHECK_EQUAL(rename("c", "b"), 0);
    CHECK_STRING(text_of("b"), "A");
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_nlink, 0);
    CHECK_EQUAL(pwrite(fd, "bb", 2, 0), 2);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_size, 2);
    CHECK_EQUAL(close(fd), 0);
    CHECK_STRING(text_of("b"), "A");
    CHECK_EQUAL(rename("b", "b"), 0);
    CHECK_EQUAL(link("b", "c"), 0);
    CHECK_EQUAL(rename("b", "c"), 0); /* one file: nothing happens */
    CHECK_EQUAL(links_of("b"), 2);
    CHECK_EQUAL(unlink("c"), 0);
    FAILS(rename("a", "d"), ENOENT);
    FAILS(rename("b", "d/"), ENOTDIR);
    FAILS(rename("b", "x/d"), ENOENT);
    FAILS(rename("b", "b/d"), ENOTDIR);
    CHECK_EQUAL(mkdir("d", 0755), 0);
    FAILS(rename("b", "d"), EISDIR);
    FAILS(rename("d", "b"), ENOTDIR);
    CHECK_EQUAL(rename("b", "d/b"), 0);
    CHECK_STRING(text_of("d/b"), "A");
    FAILS(rename("d/b", "/dev/b"), EXDEV);
    CHECK_EQUAL(symlink("/dev", "l"), 0);
    FAILS(rename("d/b", "l/b"), EXDEV);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(unlink("d/b"), 0);
    CHECK_EQUAL(rmdir("d"), 0);
}

static void renaming_folders(void)
{
    int before = links_of(".");
    ino_t parent;

    CHECK_EQUAL(mkdir("from", 0755), 0);
    CHECK_EQUAL(mkdir("to", 0755), 0);
    CHECK_EQUAL(mkdir("from/in", 0755), 0);
    make("from/in/file", "deep");
    FAILS(rename("from", "from/in/x"), EINVAL);
    FAILS(rename("from", "from/x"), EINVAL);
    CHECK_EQUAL(rename("from/in", "to/moved"), 0);
    CHECK_STRING(text_of("to/moved/file"), "deep");
    CHECK_EQUAL(links_of("from"), 2);
    CHECK_EQUAL(links_of("to"), 3);
    CHECK_EQUAL(stat("to", &found), 0);
    parent = found.st_ino;
    CHECK_EQUAL(stat("to/moved/..", &found), 0);
    CHECK_EQUAL(found.st_ino, parent);
    FAILS(rename("from", "to"), ENOTEMPTY);
    FAILS(rename("from", "to/moved/file"), ENOTDIR);
    CHECK_EQUAL(mkdir("empty", 0755), 0);
    CHECK_EQUAL(rename("to", "empty"), 0);
    CHECK_STRING(text_of("empty/moved/file"), "deep");
    CHECK_EQUAL(links_of("."), before + 2);
    CHECK_EQUAL(rename("empty", "to/"), 0);
    CHECK_EQUAL(unlink("to/moved/file"), 0);
    CHECK_EQUAL(rmdir("to/moved"), 0);
    CHECK_EQUAL(rmdir("to"), 0);
    CHECK_EQUAL(rmdir("from"), 0);
    CHECK_EQUAL(links_of("."), before);
}

static void hard_links(void)
{
    int fd;

    make("a", "one");
    CHECK_EQUAL(link("a", "b"), 0);
    CHECK_EQUAL(links_of("a"), 2);
    fd = open("b", O_WRONLY | O_APPEND);
    CHECK_EQUAL(write(fd, "+", 1), 1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_STRING(text_of("a"), "one+");
    FAILS(link("a", "b"), EEXIST);
    FAILS(link("x", "y"), ENOENT);
    FAILS(link(".", "y"), EPERM);
    FAILS(link("a", "/dev/y"), EXDEV);
    CHECK_EQUAL(unlink("a"), 0);
    CHECK_EQUAL(links_of("b"), 1);
    CHECK_STRING(text_of("b"), "one+");
    CHECK_EQUAL(symlink("b", "l"), 0);
    CHECK_EQUAL(link("l", "k"), 0); /* the link itself */
    CHECK_EQUAL(mode_of("k") & S_IFMT, S_IFLNK);
    CHECK_EQUAL(unlink("k"), 0);
    CHECK_EQUAL(linkat(AT_FDCWD, "l", AT_FDCWD, "k", AT_SYMLINK_FOLLOW), 0);
    CHECK_EQUAL(mode_of("k") & S_IFMT, S_IFREG);
    CHECK_EQUAL(unlink("k"), 0);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(unlink("b"), 0);
}

static void symbolic_links(void)
{
    char longer[500], back[500];

    CHECK_EQUAL(symlink("t", "l"), 0);
    CHECK_EQUAL(mode_of("l") & S_IFMT, S_IFLNK);
    CHECK_EQUAL(size_of("l"), 1);
    FAILS(stat("l", &found), ENOENT);
    FAILS(symlink("t", "l"), EEXIST);
    FAILS(mkdir("l", 0755), EEXIST);
    FAILS(open("l", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    make("l", "through"); /* makes what the link leads to */
    CHECK_STRING(text_of("t"), "through");
    CHECK_EQUAL(mode_of("l") & S_IFMT, S_IFLNK);
    CHECK_EQUAL(rename("l", "k"), 0);
    CHECK_EQUAL(unlink("t"), 0);
    FAILS(open("k", O_RDONLY), ENOENT);
    CHECK_EQUAL(unlink("k"), 0);
    /* Too long for an inode. */
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    CHECK_EQUAL(symlink(longer, "l"), 0);
    CHECK_EQUAL(readlink("l", back, sizeof(back)), sizeof(longer) - 1);
    CHECK(memcmp(longer, back, sizeof(longer) - 1) == 0);
    CHECK_EQUAL(size_of("l"), sizeof(longer) - 1);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(symlink("l", "l"), 0);
    FAILS(open("l", O_RDONLY), ELOOP);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(mkdir("d", 0755), 0);
    CHECK_EQUAL(symlink("d", "l"), 0);
    make("l/f", "in it");
    CHECK_STRING(text_of("d/f"), "in it");
    CHECK_STRING(text_of("l/../d/f"), "in it");
    FAILS(rmdir("l"), ENOTDIR);
    CHECK_EQUAL(unlink("l/f"), 0);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(rmdir("d"), 0);
}

/* What is open is there, whatever becomes of its name. */
static void unlinked_files(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0644);
    char bytes[10];

    CHECK_EQUAL(write(fd, large, 100000), 100000);
    CHECK_EQUAL(unlink("a"), 0);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK(found.st_nlink == 0 && found.st_size == 100000);
    make("a", "another");
    CHECK_EQUAL(pread(fd, bytes, 10, 99990), 10);
    CHECK(memcmp(bytes, large + 99990, 10) == 0);
    CHECK_EQUAL(write(fd, "more", 4), 4);
    CHECK_EQUAL(ftruncate(fd, 0), 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_STRING(text_of("a"), "another");
    CHECK_EQUAL(unlink("a"), 0);
}

static void folders_that_are_gone(void)
{
    struct dirent *entry;
    DIR *folder;

    CHECK_EQUAL(mkdir("d", 0755), 0);
    folder = opendir("d");
    CHECK_EQUAL(rmdir("d"), 0);
    entry = readdir(folder);
    CHECK(entry == NULL || entry->d_name[0] == '.');
    FAILS(openat(dirfd(folder), "x", O_WRONLY | O_CREAT, 0644), ENOENT);
    CHECK_EQUAL(closedir(folder), 0);
}

/* ---- Names in folders -----------------------------------------------------
 */

#define MANY 300

/* All are given once each, while those read are removed. */
static void reading_and_removing(void)
{
    bool seen[MANY] = {false};
    struct dirent *entry;
    char name[40];
    DIR *folder;
    int count = 0;

    CHECK_EQUAL(mkdir("many", 0755), 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "many/file number %d", i);
        make(name, "");
    }
    folder = opendir("many");
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        CHECK(entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN);
        CHECK(!seen[atoi(entry->d_name + 12)]);
        seen[atoi(entry->d_name + 12)] = true;
        CHECK_EQUAL(unlinkat(dirfd(folder), entry->d_name, 0), 0);
        count++;
    }
    CHECK_EQUAL(count, MANY);
    CHECK_EQUAL(closedir(folder), 0);
    CHECK_EQUAL(rmdir("many"), 0);
}

static void places_in_folders(void)
{
    char name[40], there[256];
    struct dirent *entry;
    DIR *folder;
    long place;
    int left = 0, seen = 0;

    CHECK_EQUAL(mkdir("many", 0755), 0);
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof(name), "many/%d", i);
        make(name, "");
    }
    folder = opendir("many");
    for (int i = 0; i < 20; i++)
        CHECK(readdir(folder) != NULL);
    place = telldir(folder);
    strcpy(there, readdir(folder)->d_name);
    while (readdir(folder) != NULL)
        left++;
    CHECK_EQUAL(left, 52 - 21);
    seekdir(folder, place);
    CHECK_STRING(readdir(folder)->d_name, there);
    rewinddir(folder);
    while ((entry = readdir(folder)) != NULL) {
        seen++;
        if (entry->d_name[0] != '.')
            CHECK_EQUAL(unlinkat(dirfd(folder), entry->d_name, 0), 0);
    }
    CHECK_EQUAL(seen, 52);
    CHECK_EQUAL(closedir(folder), 0);
    CHECK_EQUAL(rmdir("many"), 0);
}

/* Paths that begin at a folder that is open. */
static void paths_from_folders(void)
{
    char path[PATH_MAX], was[PATH_MAX];
    int folder;

    CHECK_EQUAL(mkdir("d", 0755), 0);
    folder = open("d", O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0);
    CHECK_EQUAL(mkdirat(folder, "e", 0755), 0);
    CHECK_EQUAL(close(openat(folder, "e/f", O_WRONLY | O_CREAT, 0600)), 0);
    CHECK_EQUAL(symlinkat("e", folder, "l"), 0);
    CHECK_EQUAL(readlinkat(folder, "l", path, sizeof(path)), 1);
    CHECK_EQUAL(fchmodat(folder, "l/f", 0640, 0), 0);
    CHECK_EQUAL(fstatat(folder, "e/f", &found, 0), 0);
    CHECK_EQUAL(found.st_mode, S_IFREG | 0640);
    CHECK_EQUAL(renameat(folder, "e/f", AT_FDCWD, "g"), 0);
    CHECK_EQUAL(linkat(AT_FDCWD, "g", folder, "h", 0), 0);
    CHECK_EQUAL(unlinkat(AT_FDCWD, "g", 0), 0);
    CHECK(getcwd(was, sizeof(was)) == was);
    CHECK_EQUAL(fchdir(folder), 0);
    CHECK_EQUAL(access("h", R_OK | W_OK), 0);
    CHECK_EQUAL(chdir("e"), 0);
    CHECK(getcwd(path, sizeof(path)) == path);
    CHECK(strlen(path) >= 4 && strcmp(path + strlen(path) - 4, "/d/e") == 0);
    CHECK_EQUAL(chdir(was), 0);
    CHECK_EQUAL(unlinkat(folder, "h", 0), 0);
    CHECK_EQUAL(unlinkat(folder, "l", 0), 0);
    CHECK_EQUAL(unlinkat(folder, "e", AT_REMOVEDIR), 0);
    CHECK_EQUAL(fsync(folder), 0);
    CHECK_EQUAL(close(folder), 0);
    CHECK_EQUAL(rmdir("d"), 0);
}

/* ---- Attributes -----------------------------------------------------------
 */

static void modes_and_owners(void)
{
    int fd;

    make("a", "");
    CHECK_EQUAL(chmod("a", 0), 0);
    CHECK_EQUAL(mode_of("a"), S_IFREG);
    CHECK_EQUAL(chmod("a", 04755), 0);
    CHECK_EQUAL(mode_of("a"), S_IFREG | 04755);
    fd = open("a", O_RDONLY);
    CHECK_EQUAL(fchmod(fd, 0600), 0);
    CHECK_EQUAL(mode_of("a"), S_IFREG | 0600);
    if (geteuid() == 0) {
        CHECK_EQUAL(chown("a", 70000, 80000), 0); /* more than 16 bits */
        CHECK_EQUAL(stat("a", &found), 0);
        CHECK(found.st_uid == 70000 && found.st_gid == 80000);
        CHECK_EQUAL(fchown(fd, 5, (gid_t)-1), 0);
        CHECK_EQUAL(stat("a", &found), 0);
        CHECK(found.st_uid == 5 && found.st_gid == 80000);
    }
    CHECK_EQUAL(close(fd), 0);
    FAILS(chmod("b", 0600), ENOENT);
    CHECK_EQUAL(unlink("a"), 0);
}

static void setting_times(void)
{
    struct timespec ns[2] = {{1000, 5}, {2000, 123456789}};
    struct timeval us[2] = {{3000, 1}, {4000, 2}};
    struct utimbuf s = {5000, 6000};
    int fd;

    make("a", "");
    CHECK_EQUAL(utimensat(AT_FDCWD, "a", ns, 0), 0);
    CHECK_EQUAL(stat("a", &found), 0);
    CHECK_EQUAL(found.st_atime, 1000);
    CHECK_EQUAL(found.st_mtime, 2000);
    ns[0].tv_nsec = UTIME_OMIT;
    ns[1].tv_sec = 2500;
    fd = open("a", O_RDONLY);
    CHECK_EQUAL(futimens(fd, ns), 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(stat("a", &found), 0);
    CHECK(found.st_atime == 1000 && found.st_mtime == 2500);
    CHECK_EQUAL(utimes("a", us), 0);
    CHECK_EQUAL(stat("a", &found), 0);
    CHECK(found.st_atime == 3000 && found.st_mtime == 4000);
    CHECK_EQUAL(utime("a", &s), 0);
    CHECK_EQUAL(stat("a", &found), 0);
    CHECK(found.st_atime == 5000 && found.st_mtime == 6000);
    ns[1].tv_nsec = 1000000000;
    FAILS(utimensat(AT_FDCWD, "a", ns, 0), EINVAL);
    FAILS(utime("b", NULL), ENOENT);
    CHECK_EQUAL(symlink("a", "l"), 0);
    CHECK_EQUAL(lutimes("l", us), 0);
    CHECK_EQUAL(lstat("l", &found), 0);
    CHECK_EQUAL(found.st_mtime, 4000);
    CHECK_EQUAL(stat("l", &found), 0);
    CHECK_EQUAL(found.st_mtime, 6000);
    CHECK_EQUAL(unlink("l"), 0);
    CHECK_EQUAL(unlink("a"), 0);
}

/* Whatever changes a file or a folder leaves the time that it is. */
static void times_that_change(void)
{
    struct utimbuf old = {1000, 1000};
    time_t now = time(NULL) - 5; /* the file system's clock may be coarse */
    int fd;

    CHECK_EQUAL(mkdir("d", 0755), 0);
    make("d/a", "");
    CHECK_EQUAL(stat("d/a", &found), 0);
    CHECK(found.st_mtime >= now && found.st_ctime >= now);
    CHECK_EQUAL(utime("d/a", &old), 0);
    CHECK_EQUAL(stat("d/a", &found), 0);
    CHECK(found.st_mtime == 1000 && found.st_ctime >= now);
    fd = open("d/a", O_WRONLY);
    CHECK_EQUAL(write(fd, "x", 1), 1);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(stat("d/a", &found), 0);
    CHECK(found.st_mtime >= now);
    CHECK_EQUAL(utime("d/a", &old), 0);
    CHECK_EQUAL(truncate("d/a", 0), 0);
    CHECK_EQUAL(stat("d/a", &found), 0);
    CHECK(found.st_mtime >= now);
    CHECK_EQUAL(utime("d", &old), 0);
    CHECK_EQUAL(rename("d/a", "d/b"), 0);
    CHECK_EQUAL(stat("d", &found), 0);
    CHECK(found.st_mtime >= now);
    CHECK_EQUAL(utime("d", &old), 0);
    CHECK_EQUAL(unlink("d/b"), 0);
    CHECK_EQUAL(stat("d", &found), 0);
    CHECK(found.st_mtime >= now);
    CHECK_EQUAL(rmdir("d"), 0);
}

/* What one writes is missing from what is free, and comes back. */
static void space(void)
{
    struct statvfs before, with, after;
    int fd;

    CHECK_EQUAL(statvfs(".", &before), 0);
    CHECK(before.f_bfree <= before.f_blocks && before.f_bfree > 0);
    CHECK(before.f_namemax == 255 && !(before.f_flag & ST_RDONLY));
    fd = open("a", O_WRONLY | O_CREAT, 0644);
    CHECK_EQUAL(write(fd, large, LARGE), LARGE);
    CHECK_EQUAL(fsync(fd), 0);
    CHECK_EQUAL(fstatvfs(fd, &with), 0);
    CHECK((before.f_bfree - with.f_bfree) * with.f_frsize >= LARGE);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(unlink("a"), 0);
    sync();
    CHECK_EQUAL(statvfs(".", &after), 0);
    CHECK(after.f_bfree >= with.f_bfree);
}

/* ---- What stays -----------------------------------------------------------
 */

static void kept(void)
{
    struct utimbuf times = {1000000000, 1234567890};
    int fd;

    CHECK_EQUAL(mkdir("kept", 0750), 0);
    CHECK_EQUAL(chdir("kept"), 0);
    make("text", "Coracle was here.\n");
    CHECK_EQUAL(link("text", "same"), 0);
    CHECK_EQUAL(symlink("text", "link"), 0);
    CHECK_EQUAL(mkdir("folder", 0700), 0);
    fd = open("large", O_WRONLY | O_CREAT, 0600);
    CHECK_EQUAL(write(fd, large, LARGE), LARGE);
    CHECK_EQUAL(close(fd), 0);
    fd = open("hole", O_WRONLY | O_CREAT, 0644);
    CHECK_EQUAL(pwrite(fd, "end", 3, 1000000), 3);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(utime("text", &times), 0);
    CHECK_EQUAL(chdir(".."), 0);
    sync();
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1])) {
        fprintf(stderr, "usage: calls FOLDER (that is there)\n");
        return 2;
    }
    RUN(making);
    RUN(appending);
    RUN(streams);
    RUN(temporary_files);
    RUN(holes);
    RUN(truncating);
    RUN(allocating);
    RUN(large_files);
    RUN(pieces);
    RUN(mapping);
    RUN(folders);
    RUN(names);
    RUN(renaming_files);
    RUN(renaming_folders);
    RUN(hard_links);
    RUN(symbolic_links);
    RUN(unlinked_files);
    RUN(folders_that_are_gone);
    RUN(reading_and_removing);
    RUN(places_in_folders);
    RUN(paths_from_folders);
    RUN(modes_and_owners);
    RUN(setting_times);
    RUN(times_that_change);
    RUN(space);
    RUN(kept);
    return check_failures != 0;
}
