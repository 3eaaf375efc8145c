/* SPDX-License-Identifier: BSD-2-Clause */
/* test_path.c: names of files, as text (lib/libc/path.c). */
#include <errno.h>
#include "test.h"
#include "lib/libc/path.c"

static char to[64];
static const char *left;

/* What `to` is when the names of `path` have been added to `folder`. */
static const char *added(const char *folder, const char *path)
{
    strcpy(to, folder);
    left = path;
    CHECK_EQUAL(path_add(to, sizeof(to), &left), 0);
    return to;
}

TEST(names_are_added_with_one_slash_each)
{
    CHECK_STRING(added("/", "b"), "/b");
    CHECK_STRING(added("/", "//b///c/"), "/b/c");
    CHECK_STRING(left, "");
    CHECK_STRING(added("/a/b", "c/d"), "/a/b/c/d");
    CHECK_STRING(added("/a", ""), "/a");
    CHECK_STRING(added("/", "///"), "/");
}

TEST(one_dot_is_nothing)
{
    CHECK_STRING(added("/a/b", "."), "/a/b");
    CHECK_STRING(added("/a", "./b/././c/."), "/a/b/c");
    /* These are names. */
    CHECK_STRING(added("/a", ".../.b/..c"), "/a/.../.b/..c");
}

TEST(two_dots_stop_it)
{
    CHECK_STRING(added("/a", "b/../c"), "/a/b");
    CHECK_STRING(left, "../c");
    CHECK_STRING(added("/a", ".."), "/a");
    CHECK_STRING(left, "..");
    CHECK_STRING(added("/a", "./../"), "/a");
    CHECK_STRING(left, "../");
}

TEST(up_is_the_last_name_less)
{
    path_up(strcpy(to, "/a/b"));
    CHECK_STRING(to, "/a");
    path_up(to);
    CHECK_STRING(to, "/");
    path_up(to);
    CHECK_STRING(to, "/");
}

TEST(a_path_shows_how_it_ends)
{
    static const struct {
        const char *path;
        enum path_form form;
    } paths[] = {
        {"a", PATH_NAME},      {"/a/b", PATH_NAME},   {"a/", PATH_SLASH},
        {"/a//", PATH_SLASH},  {"/", PATH_SLASH},     {".", PATH_DOTS},
        {"a/..", PATH_DOTS},   {"a/.///", PATH_DOTS}, {"a..", PATH_NAME},
        {"a/.b/", PATH_SLASH}, {"...", PATH_NAME},    {"", PATH_NAME},
    };

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        CHECK_EQUAL(path_form(paths[i].path), paths[i].form);
}

TEST(what_does_not_fit_is_an_error)
{
    char little[8] = "/";
    const char *next = "123456";

    CHECK_EQUAL(path_add(little, sizeof(little), &next), 0);
    CHECK_STRING(little, "/123456");
    strcpy(little, "/");
    next = "1234567";
    CHECK_EQUAL(path_add(little, sizeof(little), &next), -ENAMETOOLONG);
    strcpy(little, "/12");
    next = "4//67";
    CHECK_EQUAL(path_add(little, sizeof(little), &next), -ENAMETOOLONG);
    CHECK_STRING(little, "/12/4");
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
