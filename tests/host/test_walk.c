/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_walk.c: ways along paths (lib/libc/walk.c), beside Linux' own.
 *
 * A folder of this machine, full of folders, files and links at random, is seen
 * through a mount that does what mount.h asks of one: it stops at links and
 * says what they say. Then for any path, "..", slashes and all, walk.c must
 * find the same file as Linux does, or fail with the same error.
 */
#define _GNU_SOURCE
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "coracle/memory.h"
#include "coracle/sync.h"

/* walk.c has these names, too. */
#define chdir  walk_chdir
#define fchdir walk_fchdir
#define getcwd walk_getcwd
int walk_chdir(const char *path);
int walk_fchdir(int folder);
char *walk_getcwd(char *to, size_t size);
#include "lib/libc/path.c"
#include "lib/libc/walk.c"
#undef chdir
#undef getcwd

/* ---- What walk.c needs ----------------------------------------------------
 */

void *heap_alloc(size_t size)
{
    return malloc(size);
}

void heap_free(void *pointer)
{
    free(pointer);
}

void mutex_lock(struct mutex *mutex)
{
    (void)mutex;
}

void mutex_unlock(struct mutex *mutex)
{
    (void)mutex;
}

long libc_result(long result)
{
    if (result < 0)
        errno = (int)-result;
    return result < 0 ? -1 : result;
}

struct file *file_get(int descriptor)
{
    (void)descriptor;
    return NULL;
}

void file_put(struct file *file)
{
    (void)file;
}

/* ---- This machine's files as mounts ---------------------------------------
 */

/* The second one's place is a folder in the first one's tree. */
static char top[64], inner[80];

static int linux_stat(struct mount *mount, struct mount_path *path,
                      struct stat *to)
{
    char whole[PATH_MAX + 100], *end = whole + strlen(mount->place);
    const char *text = path->text;
    ssize_t length;

    strcpy(whole, mount->place);
    if (lstat(whole, to))
        return -errno;
    while (*text) {
        size_t name = strcspn(text, "/");

        CHECK(name > 0 && text[name - 1] != '\0');
        end += sprintf(end, "/%.*s", (int)name, text);
        if (!S_ISDIR(to->st_mode))
            return -ENOTDIR;
        if (lstat(whole, to))
            return -errno;
        text += name;
        if (S_ISLNK(to->st_mode) && (*text || path->follow)) {
            length = readlink(whole, path->target, PATH_MAX - 1);
            CHECK(length > 0);
            path->target[length] = '\0';
            path->met = (size_t)(text - path->text);
            return MOUNT_LINK;
        }
        text += *text == '/';
        CHECK(*text || text[-1] != '/');
    }
    return 0;
}

static const struct mount_ops linux_ops = {.stat = linux_stat};
static struct mount root = {.place = "/", .ops = &linux_ops};
static struct mount second = {.place = inner, .ops = &linux_ops};

struct mount *mount_find(const char *path, const char **rest)
{
    struct mount *mount = path_below(path, inner) ? &second : &root;

    CHECK(path[0] == '/' && !strstr(path, "//") && !strstr(path, "/../"));
    *rest = path_below(path, mount->place);
    return mount;
}

bool mount_below(const char *path)
{
    return path_below(inner, path);
}

/* ---- A tree at random ------------------------------------------------------
 */

static const char *const names[] = {"a", "b", "c", "d"};

/* Append so many random steps, one of `names` mostly. */
static char *random_path(char *to, unsigned int steps)
{
    char *at = to;

    for (unsigned int i = 0; i < steps; i++) {
        unsigned int kind = test_below(10);

        at = stpcpy(at, kind == 0   ? ".."
                        : kind == 1 ? "."
                                    : names[test_below(ARRAY_SIZE(names))]);
        if (i + 1 < steps || test_below(6) == 0)
            at = stpcpy(at, test_below(8) == 0 ? "//" : "/");
    }
    return to;
}

/* What a link says: something relative, or from the top on. */
static void make_link(const char *where)
{
    char target[200] = "";

    if (test_below(3) == 0)
        strcat(strcpy(target, top), "/");
    random_path(target + strlen(target), 1 + test_below(3));
    CHECK(!symlink(target, where));
}

static void make_tree(const char *folder, unsigned int depth)
{
    char path[200];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        unsigned int kind = test_below(8);
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        if (kind < 4 && depth > 0 && !mkdir(path, 0755)) {
            make_tree(path, depth - 1);
        } else if (kind < 7) {
            make_link(path);
        } else if ((file = fopen(path, "w"))) {
            fclose(file);
        }
    }
}

static void begin(void)
{
    strcpy(top, "/tmp/test_walk.XXXXXX");
    CHECK(mkdtemp(top));
    make_tree(top, 4);
    /* The same files under the same names, but of another mount. */
    (void)snprintf(inner, sizeof(inner), "%s/mount", top);
    CHECK(!mkdir(inner, 0755));
    make_tree(inner, 2);
}

static void end(void)
{
    char command[100];

    (void)snprintf(command, sizeof(command), "rm -r %s", top);
    CHECK_EQUAL(system(command), 0);
}

/* ---- The same as Linux ----------------------------------------------------
 */

static unsigned int found, lost[200];

static void compare(const char *path, int flags)
{
    struct stat ours, linux_s;
    int result = walk_stat_path(AT_FDCWD, path, flags, &ours);
    int error =
        (flags & WALK_FOLLOW ? stat : lstat)(path, &linux_s) ? errno : 0;

    if (result != -error || (error == 0 && ours.st_ino != linux_s.st_ino))
        test_fail(__FILE__, __LINE__, "%s in %s: %d, not %d", path, current,
                  -result, error);
    if (error == 0)
        found++;
    else
        lost[error]++;
}

static void compare_one(void)
{
    char path[300] = "";

    if (test_below(3) == 0)
        strcat(strcpy(path, test_below(2) ? top : inner), "/");
    random_path(path + strlen(path), 1 + test_below(8));
    compare(path, test_below(3) ? WALK_FOLLOW : 0);
}

/* Go somewhere, as far as Linux can. */
static void move(void)
{
    char path[300];

    strcat(strcpy(path, top), "/");
    random_path(path + strlen(path), test_below(4));
    if (chdir(path) == 0)
        CHECK_EQUAL(walk_chdir(path), 0);
    else
        CHECK_EQUAL(walk_chdir(path), -1);
}

TEST(walks_end_where_those_of_linux_do)
{
    for (int tree = 0; tree < 20; tree++) {
        char ours[PATH_MAX], linux_s[PATH_MAX];

        begin();
        CHECK(chdir(top) == 0 && walk_chdir(top) == 0);
        for (int i = 0; i < 2000; i++) {
            compare_one();
            if (i % 50 == 0)
                move();
            CHECK(getcwd(linux_s, sizeof(linux_s)));
            CHECK(walk_getcwd(ours, sizeof(ours)));
            CHECK_STRING(ours, linux_s);
        }
        CHECK(chdir("/") == 0 && walk_chdir("/") == 0);
        end();
    }
    /* Of everything there was enough. */
    CHECK(found > 5000 && lost[ENOENT] > 5000);
    CHECK(lost[ENOTDIR] > 500 && lost[ELOOP] > 500);
}

TEST(forty_links_are_the_most)
{
    char name[100], before[100];

    begin();
    CHECK(chdir(top) == 0 && walk_chdir(top) == 0);
    (void)snprintf(before, sizeof(before), "mount");
    for (int i = 1; i <= 45; i++) {
        (void)snprintf(name, sizeof(name), "link%d", i);
        CHECK(!symlink(before, name));
        compare(name, WALK_FOLLOW);
        compare(name, 0);
        strcpy(before, name);
    }
    CHECK_EQUAL(lost[ELOOP], 5);
    CHECK_EQUAL(chdir("/"), 0);
    end();
}

TEST(paths_and_what_links_make_of_them_have_a_length)
{
    char path[2 * PATH_MAX];
    struct stat stat;

    begin();
    memset(path, '/', sizeof(path));
    path[PATH_MAX - 1] = '\0';
    CHECK_EQUAL(walk_stat_path(AT_FDCWD, path, 0, &stat), 0);
    path[PATH_MAX - 1] = '/';
    path[PATH_MAX] = '\0';
    CHECK_EQUAL(walk_stat_path(AT_FDCWD, path, 0, &stat), -ENAMETOOLONG);
    CHECK_EQUAL(walk_stat_path(AT_FDCWD, "", 0, &stat), -ENOENT);
    CHECK_EQUAL(walk_stat_path(77, "x", 0, &stat), -EBADF);
    end();
}
