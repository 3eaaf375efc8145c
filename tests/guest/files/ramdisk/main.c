/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ramdisk: is an archive that GNU cpio made the tree that it was made of?
 *
 * tests/guest/files/test_files.py makes a folder with files of all kinds and
 * links of all kinds, and this program asks POSIX' calls about it: what is
 * there, what is in it, where links lead (also from mount to mount, and back
 * over ".."), and with which error everything else fails.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>
#include "coracle/lifecycle.h"
#include "tests/guest/files/files.h"

#define BIG 100000

static struct stat found;

/* The whole of a file, as a string. */
static const char *text_of(const char *path)
{
    static char text[200];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    close(fd);
    text[size < 0 ? 0 : size] = '\0';
    return size < 0 ? strerror(errno) : text;
}

static ino_t inode_of(const char *path)
{
    return stat(path, &found) == 0 ? found.st_ino : 0;
}

/* ---- Files ----------------------------------------------------------------
 */

static void reading(void)
{
    char bytes[10];
    int fd = open("/hello.txt", O_RDONLY);

    CHECK(fd >= 3);
    CHECK_EQUAL(read(fd, bytes, 5), 5);
    CHECK(memcmp(bytes, "hello", 5) == 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 5);
    CHECK_EQUAL(lseek(fd, -6, SEEK_END), 7);
    CHECK_EQUAL(read(fd, bytes, 10), 6);
    CHECK(memcmp(bytes, "world\n", 6) == 0);
    CHECK_EQUAL(read(fd, bytes, 10), 0);
    CHECK_EQUAL(pread(fd, bytes, 4, 1), 4);
    CHECK(memcmp(bytes, "ello", 4) == 0);
    CHECK_EQUAL(pread(fd, bytes, 4, 13), 0);
    CHECK_EQUAL(pread(fd, bytes, 4, 1L << 40), 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_CUR), 13);
    CHECK_EQUAL(lseek(fd, 1000, SEEK_SET), 1000);
    CHECK_EQUAL(read(fd, bytes, 10), 0);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    FAILS(lseek(fd, 0, 9), EINVAL);
    FAILS(lseek(fd, LONG_MAX, SEEK_CUR), EINVAL);
    FAILS(write(fd, "x", 1), EBADF);
    FAILS(ftruncate(fd, 0), EINVAL);
    CHECK_EQUAL(fsync(fd), 0);
    CHECK_EQUAL(close(fd), 0);
    CHECK_STRING(text_of("/empty"), "");
    CHECK_STRING(text_of("/dir/inner.txt"), "inner");
    CHECK_STRING(text_of("/dir/deep/er/leaf"), "leaf");
}

static void streams(void)
{
    char line[40];
    FILE *stream = fopen("/hello.txt", "r");

    CHECK(stream && fgets(line, sizeof(line), stream));
    CHECK_STRING(line, "hello, world\n");
    CHECK(!fgets(line, sizeof(line), stream) && feof(stream));
    CHECK(fseek(stream, 7, SEEK_SET) == 0 && fgetc(stream) == 'w');
    fclose(stream);
    errno = 0;
    CHECK(!fopen("/hello.txt", "a") && errno == EROFS);
    CHECK(!fopen("/new", "w") && errno == EROFS);
}

static void large(void)
{
    static unsigned char bytes[BIG + 1];
    int fd = open("/big", O_RDONLY);

    CHECK_EQUAL(read(fd, bytes, BIG + 1), BIG);
    for (int i = 0; i < BIG; i++)
        if (bytes[i] != ((7 * i + i / 256) & 255)) {
            CHECK_EQUAL(i, -1);
            break;
        }
    close(fd);
}

static void status(void)
{
    int fd;

    CHECK_EQUAL(stat("/hello.txt", &found), 0);
    CHECK_EQUAL(found.st_mode, S_IFREG | 0640);
    CHECK_EQUAL(found.st_size, 13);
    CHECK_EQUAL(found.st_mtime, 1000000000);
    CHECK_EQUAL(found.st_nlink, 1);
    CHECK_EQUAL(stat("/dir", &found), 0);
    CHECK_EQUAL(found.st_mode, S_IFDIR | 0750);
    CHECK_EQUAL(found.st_nlink, 3); /* "dir", ".", "deep/.." */
    CHECK_EQUAL(stat("/", &found), 0);
    CHECK(S_ISDIR(found.st_mode));
    fd = open("/dir/inner.txt", O_RDONLY);
    CHECK_EQUAL(fstat(fd, &found), 0);
    CHECK_EQUAL(found.st_ino, inode_of("/dir/inner.txt"));
    close(fd);
    CHECK_EQUAL(stat("/hard1", &found), 0);
    CHECK_EQUAL(found.st_nlink, 2);
    CHECK_EQUAL(found.st_ino, inode_of("/dir/hard2"));
    CHECK_STRING(text_of("/hard1"), "linked");
    CHECK_STRING(text_of("/dir/hard2"), "linked");
    CHECK_EQUAL(access("/exec", R_OK | X_OK), 0);
    FAILS(access("/hello.txt", X_OK), EACCES);
    FAILS(access("/hello.txt", W_OK), EROFS);
    FAILS(access("/hello.txt", 8), EINVAL);
    FAILS(access("/nothing", F_OK), ENOENT);
}

/* The ramdisk's bytes themselves, or a copy of one's own. */
static void mapping(void)
{
    unsigned long size;
    const char *archive = boot_ramdisk(&size);
    int fd = open("/big", O_RDONLY), write_only = open("/dev/null", O_WRONLY);
    unsigned char *bytes = mmap(NULL, BIG, PROT_READ, MAP_SHARED, fd, 0);
    unsigned char *own;

    CHECK(bytes != MAP_FAILED);
    CHECK((char *)bytes > archive && (char *)bytes + BIG <= archive + size);
    CHECK(bytes[1] == 7 && bytes[256] == ((7 * 256 + 1) & 255));
    FAILS(mprotect(bytes, BIG, PROT_READ | PROT_WRITE), EACCES);
    CHECK_EQUAL(munmap(bytes, BIG), 0);
    bytes = mmap(NULL, 100, PROT_READ, MAP_PRIVATE, fd, 4096);
    CHECK(bytes[0] == ((7 * 4096 + 16) & 255));
    CHECK_EQUAL(munmap(bytes, 100), 0);

    own = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK((unsigned long)own % 4096 == 0 && own[1] == 7);
    own[1] = 8;
    CHECK_EQUAL(pread(fd, own, 2, 0), 2);
    CHECK(own[1] == 7);
    CHECK_EQUAL(munmap(own, BIG), 0);
    /* Beyond the end of the file there are zeroes. */
    own = mmap(NULL, BIG + 5000, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(own[BIG - 1] == ((7 * (BIG - 1) + (BIG - 1) / 256) & 255));
    CHECK(own[BIG] == 0 && own[BIG + 4999] == 0);
    CHECK_EQUAL(munmap(own, BIG + 5000), 0);

    errno = 0;
#define NO_MAP(error, size, ...)                                               \
    CHECK(mmap(NULL, size, __VA_ARGS__) == MAP_FAILED && errno == (error))
    NO_MAP(EINVAL, 0, PROT_READ, MAP_SHARED, fd, 0);
    NO_MAP(EINVAL, 100, PROT_READ, MAP_SHARED, fd, 100);
    NO_MAP(EINVAL, 100, PROT_READ, 0, fd, 0);
    NO_MAP(ENOTSUP, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    NO_MAP(EBADF, 100, PROT_READ, MAP_SHARED, 77, 0);
    NO_MAP(EACCES, 100, PROT_READ, MAP_PRIVATE, write_only, 0);
    NO_MAP(ENODEV, 100, PROT_READ, MAP_PRIVATE, 0, 0);
    close(write_only);
    close(fd);
}

/* ---- Links ----------------------------------------------------------------
 */

static void links(void)
{
    char target[40];

    CHECK_EQUAL(readlink("/rel", target, sizeof(target)), 13);
    CHECK(memcmp(target, "dir/inner.txt", 13) == 0);
    CHECK_EQUAL(readlink("/rel", target, 3), 3);
    FAILS(readlink("/hello.txt", target, 3), EINVAL);
    FAILS(readlink("/dev/null", target, 3), EINVAL);
    FAILS(readlink("/dev/nothing", target, 3), ENOENT);
    CHECK_EQUAL(lstat("/rel", &found), 0);
    CHECK(S_ISLNK(found.st_mode) && found.st_size == 13);
    CHECK_EQUAL(inode_of("/rel"), inode_of("/dir/inner.txt"));
    CHECK_STRING(text_of("/rel"), "inner");
    CHECK_STRING(text_of("/abs/er/leaf"), "leaf");
    CHECK_STRING(text_of("/dir/back"), "hello, world\n");
    CHECK_STRING(text_of("/up"), "inner");
    /* In the middle, at the end with a slash, and to another mount. */
    CHECK_EQUAL(lstat("/abs/", &found), 0);
    CHECK(S_ISDIR(found.st_mode));
    CHECK_EQUAL(stat("/devices/null", &found), 0);
    CHECK(S_ISCHR(found.st_mode));
    CHECK_EQUAL(stat("/nil", &found), 0);
    CHECK(S_ISCHR(found.st_mode));
    FAILS(stat("/slash", &found), ENOTDIR);
    CHECK_EQUAL(lstat("/slash", &found), 0);
    FAILS(stat("/dangling", &found), ENOENT);
    FAILS(stat("/loop1", &found), ELOOP);
    FAILS(stat("/loop1/x", &found), ELOOP);
    CHECK_EQUAL(stat("/chain5", &found), 0); /* 40 links */
    FAILS(stat("/chain4", &found), ELOOP);
    FAILS(open("/rel", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_EQUAL(fstatat(AT_FDCWD, "/rel", &found, AT_SYMLINK_NOFOLLOW), 0);
    CHECK(S_ISLNK(found.st_mode));
}

/* ".." leads to the parent of what is there, not of what was written. */
static void dots(void)
{
    CHECK_EQUAL(inode_of("/abs/.."), inode_of("/dir"));
    CHECK_EQUAL(inode_of("/abs/../.."), inode_of("/"));
    CHECK_EQUAL(inode_of("/abs/er/../../inner.txt"), inode_of("/rel"));
    CHECK_EQUAL(inode_of("/../.././dir/."), inode_of("/dir"));
    CHECK_EQUAL(inode_of("/devices/../hello.txt"), inode_of("/hello.txt"));
    FAILS(stat("/nothing/../hello.txt", &found), ENOENT);
    FAILS(stat("/hello.txt/../hello.txt", &found), ENOTDIR);
    FAILS(stat("/hello.txt/", &found), ENOTDIR);
    FAILS(stat("/hello.txt/.", &found), ENOTDIR);
}

static void real_paths(void)
{
    char path[PATH_MAX];
    char *made;

    CHECK_STRING(realpath("/abs/../back", path), "/hello.txt");
    CHECK_STRING(realpath("/up", path), "/dir/inner.txt");
    CHECK_STRING(realpath("/devices//null", path), "/dev/null");
    CHECK_STRING(realpath("/", path), "/");
    made = realpath("/rel", NULL);
    CHECK_STRING(made, "/dir/inner.txt");
    free(made);
    errno = 0;
    CHECK(!realpath("/dangling", path) && errno == ENOENT);
}

/* ---- Folders --------------------------------------------------------------
 */

/* The names in a folder, sorted, with blanks between. */
static const char *names_in(const char *path)
{
    static char names[400];
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);

    names[0] = '\0';
    for (int i = 0; i < count; i++) {
        strcat(names, entries[i]->d_name);
        strcat(names, " ");
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return names;
}

static void folders(void)
{
    DIR *folder = opendir("/dir");
    struct dirent *entry;
    int seen = 0;

    CHECK_STRING(names_in("/dir"), ". .. back deep hard2 inner.txt ");
    CHECK_STRING(names_in("/abs"), ". .. er ");
    CHECK_STRING(names_in("/none"), ". .. ");
    /* A mount shows where it is; it is not in the archive. */
    CHECK(strstr(names_in("/"), " dev ") && strstr(names_in("/"), " dir "));
    CHECK(strstr(names_in("/dev"), " null ") &&
          strstr(names_in("/dev"), " console "));
    while ((entry = readdir(folder)) != NULL) {
        unsigned char type = strcmp(entry->d_name, "back") == 0 ? DT_LNK
                             : strchr(entry->d_name, '2')       ? DT_REG
                             : strchr(entry->d_name, 't')       ? DT_REG
                                                                : DT_DIR;

        CHECK_EQUAL(entry->d_type, type);
        CHECK_EQUAL(
            fstatat(dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW),
            0);
        CHECK_EQUAL(entry->d_ino, found.st_ino);
        seen++;
    }
    CHECK_EQUAL(seen, 6);
    rewinddir(folder);
    CHECK_STRING(readdir(folder)->d_name, ".");
    CHECK_EQUAL(closedir(folder), 0);
    errno = 0;
    CHECK(!opendir("/hello.txt") && errno == ENOTDIR);
    CHECK(!opendir("/nothing") && errno == ENOENT);
    CHECK(!fdopendir(0) && errno == ENOTDIR);
    CHECK(!fdopendir(77) && errno == EBADF);
}

/* From where one was, on. */
static void places_in_folders(void)
{
    DIR *folder = opendir("/");
    char third[256];
    long place;

    readdir(folder);
    readdir(folder);
    place = telldir(folder);
    strcpy(third, readdir(folder)->d_name);
    while (readdir(folder) != NULL)
        ;
    CHECK(readdir(folder) == NULL);
    seekdir(folder, place);
    CHECK_STRING(readdir(folder)->d_name, third);
    closedir(folder);
}

static void current_folder(void)
{
    char path[100];
    int fd;

    CHECK_EQUAL(chdir("/abs"), 0);
    CHECK_STRING(getcwd(path, sizeof(path)), "/dir/deep");
    CHECK_STRING(text_of("er/leaf"), "leaf");
    CHECK_STRING(text_of("../inner.txt"), "inner");
    fd = open("..", O_RDONLY | O_DIRECTORY);
    CHECK_EQUAL(fchdir(fd), 0);
    CHECK_STRING(getcwd(path, sizeof(path)), "/dir");
    CHECK_EQUAL(chdir("/"), 0);
    CHECK_EQUAL(fstatat(fd, "inner.txt", &found, 0), 0);
    CHECK_EQUAL(fstatat(fd, "", &found, AT_EMPTY_PATH), 0);
    CHECK_EQUAL(found.st_ino, inode_of("/dir"));
    CHECK_EQUAL(faccessat(fd, "../hello.txt", R_OK, 0), 0);
    CHECK_EQUAL(close(openat(fd, "deep/er/leaf", O_RDONLY)), 0);
    FAILS(read(fd, path, 1), EISDIR);
    close(fd);
    FAILS(fchdir(fd), EBADF);
    FAILS(fchdir(0), ENOTDIR);
    FAILS(openat(0, "x", O_RDONLY), ENOTDIR);
    FAILS(chdir("/hello.txt"), ENOTDIR);
    FAILS(chdir("/nothing"), ENOENT);
    errno = 0;
    CHECK(!getcwd(path, 1) && errno == ERANGE);
}

/* ---- What fails -----------------------------------------------------------
 */

static void opening_fails(void)
{
    char much[PATH_MAX + 10];

    FAILS(open("", O_RDONLY), ENOENT);
    FAILS(open("/nothing", O_RDONLY), ENOENT);
    FAILS(open("/nothing/x", O_RDONLY), ENOENT);
    FAILS(open("/hello.txt/x", O_RDONLY), ENOTDIR);
    FAILS(open("/hello.txt/", O_RDONLY), ENOTDIR);
    FAILS(open("/hello.txt", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(open("/hello.txt", O_RDWR | O_WRONLY), EINVAL);
    FAILS(open("/hello.txt", O_RDWR), EROFS);
    FAILS(open("/hello.txt", O_WRONLY | O_TRUNC), EROFS);
    FAILS(open("/hello.txt", O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    FAILS(open("/dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    FAILS(open("/dangling", O_WRONLY | O_CREAT, 0600), EROFS);
    FAILS(open("/new", O_WRONLY | O_CREAT, 0600), EROFS);
    FAILS(open("/dir", O_RDWR), EISDIR);
    FAILS(open("/dir", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_EQUAL(close(open("/hello.txt", O_RDONLY | O_CREAT, 0600)), 0);
    FAILS(open("/fifo", O_RDONLY), ENXIO);
    memset(much, 'x', sizeof(much));
    much[sizeof(much) - 1] = '\0';
    FAILS(open(much, O_RDONLY), ENAMETOOLONG);
    much[0] = '/';
    much[NAME_MAX + 2] = '\0';
    FAILS(open(much, O_RDONLY), ENAMETOOLONG);
}

/* Nothing here can be changed. What is wrong with the names comes first. */
static void changing_fails(void)
{
    struct utimbuf times = {1, 2};
    struct timeval us[2] = {{1, 2}, {3, 1000000}};
    struct timespec keep[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    int fd = open("/hello.txt", O_RDONLY);

    FAILS(mkdir("/new", 0777), EROFS);
    FAILS(mkdir("/dir", 0777), EEXIST);
    FAILS(mkdir("/dir/", 0777), EEXIST);
    FAILS(mkdir("/dev", 0777), EEXIST);
    FAILS(mkdir("/", 0777), EEXIST);
    FAILS(rmdir("/dir"), EROFS);
    FAILS(rmdir("/nothing"), ENOENT);
    FAILS(unlink("/hello.txt"), EROFS);
    FAILS(unlink("/nothing"), ENOENT);
    FAILS(remove("/hello.txt"), EROFS);
    FAILS(rename("/hello.txt", "/hi"), EROFS);
    FAILS(rename("/nothing", "/hi"), ENOENT);
    FAILS(rename("/hello.txt", "/dev/hi"), EXDEV);
    FAILS(rename("/dir/.", "/hi"), EINVAL);
    FAILS(link("/hello.txt", "/hi"), EROFS);
    FAILS(link("/hello.txt", "/empty"), EEXIST);
    FAILS(symlink("hello.txt", "/hi"), EROFS);
    FAILS(symlink("hello.txt", "/empty"), EEXIST);
    FAILS(symlink("", "/hi"), ENOENT);
    FAILS(chmod("/hello.txt", 0600), EROFS);
    FAILS(fchmod(fd, 0600), EROFS);
    FAILS(chown("/hello.txt", 1, 1), EROFS);
    CHECK_EQUAL(chown("/hello.txt", (uid_t)-1, (gid_t)-1), 0);
    FAILS(chown("/nothing", (uid_t)-1, (gid_t)-1), ENOENT);
    FAILS(lchown("/rel", 1, 1), EROFS);
    FAILS(fchown(fd, 1, 1), EROFS);
    FAILS(utime("/hello.txt", &times), EROFS);
    FAILS(utimes("/hello.txt", us), EINVAL);
    FAILS(utimes("/hello.txt", NULL), EROFS);
    FAILS(futimens(fd, NULL), EROFS);
    CHECK_EQUAL(utimensat(AT_FDCWD, "/rel", keep, 0), 0);
    FAILS(utimensat(AT_FDCWD, "/nothing", keep, 0), ENOENT);
    FAILS(truncate("/hello.txt", 1), EROFS);
    FAILS(truncate("/dir", 1), EISDIR);
    FAILS(mkfifo("/hi", 0600), ENOSYS);
    close(fd);
}

static void descriptors_of_files(void)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    struct statvfs fs;
    int fd = open("/hello.txt", O_RDONLY), copy = dup(fd);
    char byte;

    CHECK_EQUAL(read(fd, &byte, 1), 1);
    CHECK_EQUAL(lseek(copy, 0, SEEK_CUR), 1); /* one file, one offset */
    CHECK_EQUAL(close(copy), 0);
    CHECK_EQUAL(fcntl(fd, F_SETLK, &lock), 0);
    CHECK_EQUAL(fcntl(fd, F_OFD_SETLKW, &lock), 0);
    lock.l_type = F_WRLCK;
    FAILS(fcntl(fd, F_SETLK, &lock), EBADF); /* it is not open for that */
    CHECK_EQUAL(fcntl(fd, F_GETLK, &lock), 0);
    CHECK_EQUAL(lock.l_type, F_UNLCK);
    lock.l_type = 77;
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    CHECK_EQUAL(flock(fd, LOCK_EX | LOCK_NB), 0);
    FAILS(flock(fd, 77), EINVAL);
    CHECK_EQUAL(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    CHECK_EQUAL(fcntl(fd, F_GETFL), O_RDONLY);
    CHECK_EQUAL(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED), 0);
    CHECK_EQUAL(posix_fallocate(fd, 0, 10), EBADF);
    FAILS(isatty(fd) - 1, ENOTTY);
    CHECK_EQUAL(fstatvfs(fd, &fs), 0);
    CHECK(fs.f_flag & ST_RDONLY && fs.f_namemax == 255);
    CHECK_EQUAL(statvfs("/dir/..", &fs), 0);
    CHECK(fs.f_blocks * fs.f_frsize > BIG);
    CHECK_EQUAL(close(fd), 0);
    FAILS(flock(fd, LOCK_SH), EBADF);
}

int main(void)
{
    RUN(reading);
    RUN(streams);
    RUN(large);
    RUN(status);
    RUN(mapping);
    RUN(links);
    RUN(dots);
    RUN(real_paths);
    RUN(folders);
    RUN(places_in_folders);
    RUN(current_folder);
    RUN(opening_fails);
    RUN(changing_fails);
    RUN(descriptors_of_files);
    return check_failures != 0;
}
