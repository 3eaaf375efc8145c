/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2_model.h: random things done to a volume and to a folder of this machine
 * at the same time. Both must say the same, and look the same afterwards.
 *
 * Paths are made of few names, so that most operations meet something. They do
 * not lead through symbolic links, which a volume leaves to the C library.
 */
#ifndef CORACLE_TESTS_HOST_EXT2_MODEL_H
#define CORACLE_TESTS_HOST_EXT2_MODEL_H

#include <dirent.h>
#include "ext2_world.h"

static char model_path[4][1024];

/* The same path in the model. */
static const char *in_model(const char *path)
{
    static unsigned int turn;
    char *to = model_path[turn++ % 4];

    snprintf(to, sizeof(model_path[0]), "%s/%s", world_path("model"), path);
    return to;
}

static int said(int result)
{
    return result < 0 ? -errno : 0;
}

/* ---- Paths -----------------------------------------------------------------
 */

static const char *const names[] = {
    "a",
    "b",
    "c",
    "notes.txt",
    ("a-name-that-is-so-long-that-few-of-it-fill-a-block-of-a-folder-if-the-"
     "block"
     "-has-no-more-than-a-kilobyte-which-is-the-least"),
};

static void random_path(char to[1024])
{
    unsigned int depth = 1 + test_below(3);

    to[0] = '\0';
    for (unsigned int i = 0; i < depth; i++) {
        strcat(to, i > 0 ? "/" : "");
        if (test_below(4) == 0)
            sprintf(to + strlen(to), "f%u", test_below(60));
        else
            strcat(to, names[test_below(ARRAY_SIZE(names))]);
    }
}

/* Does it lead through a symbolic link? */
static bool through_link(const char *path)
{
    char part[1024];
    struct stat about;

    for (const char *slash = strchr(path, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        if (lstat(in_model(part), &about) == 0 && S_ISLNK(about.st_mode))
            return true;
    }
    return false;
}

/* ---- The operations --------------------------------------------------------
 */

typedef int name_operation(const struct ext2_name *name, const char *text);

static int with_path(const char *path, name_operation *operation,
                     const char *text)
{
    struct ext2_name name;
    int error = world_name(path, &name);

    if (error)
        return error;
    error = operation(&name, text);
    ext2_node_put(name.folder);
    return error;
}

static int ours_create(const struct ext2_name *name, const char *text)
{
    (void)text;
    return ext2_make(name, LINUX_S_IFREG | 0644, NULL, NULL);
}

static int ours_mkdir(const struct ext2_name *name, const char *text)
{
    (void)text;
    return ext2_make(name, LINUX_S_IFDIR | 0755, NULL, NULL);
}

static int ours_symlink(const struct ext2_name *name, const char *text)
{
    return ext2_make(name, LINUX_S_IFLNK | 0777, text, NULL);
}

static int ours_unlink(const struct ext2_name *name, const char *text)
{
    (void)text;
    return ext2_unlink(name);
}

static int ours_rmdir(const struct ext2_name *name, const char *text)
{
    (void)text;
    return ext2_rmdir(name);
}

/* Both paths may be wrong: the one that is tells which error. */
static int ours_link(const char *from, const char *to)
{
    struct ext2_node *node;
    struct ext2_name name;
    int error = world_walk(from, &node);

    if (error)
        return error;
    error = world_name(to, &name);
    if (!error) {
        error = ext2_link(&name, node);
        ext2_node_put(name.folder);
    }
    ext2_node_put(node);
    return error;
}

static int ours_rename(const struct ext2_name *name, const char *to)
{
    struct ext2_name other;
    int error = world_name(to, &other);

    if (error)
        return error;
    error = ext2_rename(name, &other);
    ext2_node_put(other.folder);
    return error;
}

/* The node, if it is a regular file. */
static int open_file(const char *path, struct ext2_node **node)
{
    int error = world_walk(path, node);

    if (!error && !ext2_is_file(*node)) {
        error = ext2_is_folder(*node) ? -EISDIR : -ELOOP;
        ext2_node_put(*node);
    }
    return error;
}

static char content[300000];

/* Where, and how much: often small, sometimes far behind the end. */
static void random_place(off_t *offset, size_t *size)
{
    *offset = test_below(8) == 0 ? test_below(30000000)
              : test_below(2)    ? test_below(4096)
                                 : test_below(300000);
    *size =
        test_below(4) == 0 ? test_below(sizeof(content)) : 1 + test_below(6000);
}

static int both_write(const char *path)
{
    struct ext2_node *node;
    off_t offset;
    size_t size;
    int theirs = open(in_model(path), O_WRONLY | O_NOFOLLOW);
    int error = open_file(path, &node), failed = said(theirs);

    random_place(&offset, &size);
    for (size_t i = 0; i < size; i++)
        content[i] = (char)test_random();
    if (error == 0 && failed == 0) {
        ssize_t done = ext2_write(node, content, size, (uint64_t)offset);

        CHECK_EQUAL(done, size);
        CHECK_EQUAL(pwrite(theirs, content, size, offset), size);
    }
    if (error == 0)
        ext2_node_put(node);
    if (theirs >= 0)
        close(theirs);
    CHECK_EQUAL(error, failed);
    return error;
}

static int both_truncate(const char *path)
{
    struct ext2_node *node;
    off_t size = test_below(3) ? test_below(20000) : test_below(20000000);
    int theirs = open(in_model(path), O_WRONLY | O_NOFOLLOW);
    int error = open_file(path, &node), failed = said(theirs);

    if (error == 0 && failed == 0) {
        CHECK_EQUAL(ext2_truncate(node, (uint64_t)size), 0);
        CHECK_EQUAL(ftruncate(theirs, size), 0);
    }
    if (error == 0)
        ext2_node_put(node);
    if (theirs >= 0)
        close(theirs);
    CHECK_EQUAL(error, failed);
    return error;
}

/* Open, remove, write, read, close: the file lives on meanwhile, and if it has
 * another name, longer. */
static int both_orphan(const char *path)
{
    struct ext2_node *node;
    char back[100];
    int error = open_file(path, &node), theirs;

    if (error)
        return error;
    theirs = open(in_model(path), O_WRONLY);
    CHECK_EQUAL(with_path(path, ours_unlink, NULL), 0);
    CHECK_EQUAL(unlink(in_model(path)), 0);
    CHECK_EQUAL(ext2_write(node, "still here", 10, 100000), 10);
    CHECK_EQUAL(pwrite(theirs, "still here", 10, 100000), 10);
    close(theirs);
    CHECK_EQUAL(ext2_read(node, back, sizeof(back), 100000) >= 10, true);
    CHECK(memcmp(back, "still here", 10) == 0);
    ext2_node_put(node);
    return 0;
}

#define BOTH(ours, theirs)                                                     \
    do {                                                                       \
        error = (ours);                                                        \
        failed = said(theirs);                                                 \
    } while (0)

/* One operation on `path`, and perhaps `other`; 0 if it was done. */
static int model_step(const char *path, const char *other)
{
    char target[200];
    int error = 0, failed = 0, fd;

    switch (test_below(14)) {
    case 0:
    case 1:
    case 2:
        fd = open(in_model(path), O_CREAT | O_EXCL | O_WRONLY, 0644);
        BOTH(with_path(path, ours_create, NULL), fd);
        if (fd >= 0)
            close(fd);
        break;
    case 3:
        BOTH(with_path(path, ours_mkdir, NULL), mkdir(in_model(path), 0755));
        break;
    case 4:
        BOTH(with_path(path, ours_rmdir, NULL), rmdir(in_model(path)));
        break;
    case 5:
        BOTH(with_path(path, ours_unlink, NULL), unlink(in_model(path)));
        break;
    case 6:
    case 7:
        BOTH(with_path(path, ours_rename, other),
             rename(in_model(path), in_model(other)));
        break;
    case 8:
        BOTH(ours_link(path, other), link(in_model(path), in_model(other)));
        break;
    case 9:
        memset(target, 'x', sizeof(target));
        target[1 + test_below(190)] = '\0';
        BOTH(with_path(path, ours_symlink, target),
             symlink(target, in_model(path)));
        break;
    case 10:
        return both_truncate(path);
    case 11:
        return both_orphan(path);
    default:
        return both_write(path);
    }
    /* Onto a folder that it is in: Linux looks no further, POSIX says this. */
    if (failed == -ENOTEMPTY && error == -EISDIR)
        failed = error;
    if (error != failed)
        test_fail(__FILE__, __LINE__, "%.200s, %.200s: %d, not %d", path, other,
                  error, failed);
    return error;
}

/* ---- Looking alike ---------------------------------------------------------
 */

static void compare_file(const char *path, struct ext2_node *node,
                         const char *theirs, const struct stat *about)
{
    static char ours_bytes[1 << 16], bytes[1 << 16];
    int fd = open(theirs, O_RDONLY);

    CHECK(fd >= 0);
    if (ext2_size(node) != (uint64_t)about->st_size)
        test_fail(__FILE__, __LINE__, "%s has %llu bytes, not %llu", path,
                  (unsigned long long)ext2_size(node),
                  (unsigned long long)about->st_size);
    for (off_t at = 0; at < about->st_size; at += sizeof(bytes)) {
        ssize_t size = pread(fd, bytes, sizeof(bytes), at);

        CHECK_EQUAL(ext2_read(node, ours_bytes, sizeof(bytes), (uint64_t)at),
                    size);
        if (memcmp(bytes, ours_bytes, (size_t)size) != 0)
            test_fail(__FILE__, __LINE__, "%s differs behind %llu", path,
                      (unsigned long long)at);
    }
    close(fd);
}

/* What is at `path` here and at `theirs` there is the same, and so on below. */
static void __attribute__((unused))
compare(const char *path, const char *theirs)
{
    char below[2048], below_theirs[2048], target[1024], link[1024];
    struct ext2_node *node;
    unsigned int entries = 0, count = 0;
    struct ext2_entry entry;
    uint64_t position = 0;
    struct dirent *one;
    struct stat about;
    DIR *folder;
    int error = world_walk(path, &node);

    if (error)
        test_fail(__FILE__, __LINE__, "%s: %d", path, error);
    CHECK_EQUAL(lstat(theirs, &about), 0);
    CHECK_EQUAL(node->raw.i_mode & LINUX_S_IFMT, about.st_mode & S_IFMT);
    if (ext2_is_file(node)) {
        CHECK_EQUAL(node->raw.i_links_count, about.st_nlink);
        compare_file(path, node, theirs, &about);
    } else if (ext2_is_link(node)) {
        CHECK_EQUAL(ext2_read_link(node, target, sizeof(target)), 0);
        link[readlink(theirs, link, sizeof(link) - 1)] = '\0';
        CHECK_STRING(target, link);
    } else {
        folder = opendir(theirs);
        while ((one = readdir(folder)) != NULL) {
            if (++count && one->d_name[0] == '.')
                continue;
            snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "",
                     one->d_name);
            snprintf(below_theirs, sizeof(below_theirs), "%s/%s", theirs,
                     one->d_name);
            compare(below, below_theirs);
        }
        closedir(folder);
        while (ext2_folder_next(node, &position, &entry) > 0)
            if (entry.length != 10 || memcmp(entry.name, "lost+found", 10) != 0)
                entries++;
        CHECK_EQUAL(entries, count);
    }
    ext2_node_put(node);
}

#endif
