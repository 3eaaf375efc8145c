/* SPDX-License-Identifier: BSD-2-Clause */
/* test_path.c: names of files, as text (lib/libc/path.c). */
#include <errno.h>
#include "test.h"
#include "lib/libc/path.c"

static const char *resolved(const char *cwd, const char *path)
{
    static char to[64];

    CHECK_EQUAL(path_resolve(cwd, path, to, sizeof(to)), 0);
    return to;
}

TEST(absolute_paths_stay)
{
    CHECK_STRING(resolved("/a", "/"), "/");
    CHECK_STRING(resolved("/a", "/b/c"), "/b/c");
    CHECK_STRING(resolved("/a", "//b///c/"), "/b/c");
}

TEST(relative_paths_begin_at_the_folder)
{
    CHECK_STRING(resolved("/", "b"), "/b");
    CHECK_STRING(resolved("/a/b", "c/d"), "/a/b/c/d");
    CHECK_STRING(resolved("/a/b", "."), "/a/b");
}

TEST(dots_go_nowhere_and_back)
{
    CHECK_STRING(resolved("/a/b", ".."), "/a");
    CHECK_STRING(resolved("/a/b", "../../../c"), "/c");
    CHECK_STRING(resolved("/a", "/x/../dev/./null"), "/dev/null");
    CHECK_STRING(resolved("/a", "/.."), "/");
    /* These are names. */
    CHECK_STRING(resolved("/a", "..."), "/a/...");
    CHECK_STRING(resolved("/a", ".b/..c"), "/a/.b/..c");
}

TEST(what_does_not_fit_is_an_error)
{
    char to[8];

    CHECK_EQUAL(path_resolve("/", "/123456", to, sizeof(to)), 0);
    CHECK_STRING(to, "/123456");
    CHECK_EQUAL(path_resolve("/", "/1234567", to, sizeof(to)), -ENAMETOOLONG);
    CHECK_EQUAL(path_resolve("/", "/12/4/67", to, sizeof(to)), -ENAMETOOLONG);
    CHECK_EQUAL(path_resolve("/", "", to, sizeof(to)), -ENOENT);
}

TEST(below_means_whole_names)
{
    CHECK_STRING(path_below("/dev/null", "/dev"), "null");
    CHECK_STRING(path_below("/dev", "/dev"), "");
    CHECK_STRING(path_below("/dev", "/"), "dev");
    CHECK_STRING(path_below("/", "/"), "");
    CHECK(!path_below("/device", "/dev"));
    CHECK(!path_below("/de", "/dev"));
}
