/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cpio.c: an archive as a tree of files (lib/libc/cpio.c).
 *
 * tests/guest/files has archives that GNU cpio made.
 */
#define _GNU_SOURCE
#include "test.h"
#include "archive.h"
#include "lib/libc/cpio.c"

static struct cpio tree;
static const char *why;
static size_t where;

static int read_archive(void)
{
    return cpio_open(&tree, archive, archive_size, &why, &where);
}

/* It must be one. */
static void take_archive(void)
{
    archive_end();
    CHECK_EQUAL(read_archive(), 0);
}

/* It must not: because of the record at `at`, and for that reason. */
static void refuse_archive(size_t at, const char *reason)
{
    CHECK_EQUAL(read_archive(), -EINVAL);
    CHECK_STRING(why, reason);
    CHECK_EQUAL(where, at);
    CHECK(tree.names == NULL && tree.files == NULL);
}

/* The name at the end of a path, name by name. */
static uint32_t find(const char *path)
{
    uint32_t at = CPIO_ROOT;

    while (*path && at != CPIO_NONE) {
        size_t length = strcspn(path, "/");

        at = cpio_find(&tree, at, path, length);
        path += length + (path[length] == '/');
    }
    return at;
}

static const struct cpio_file *file_at(const char *path)
{
    uint32_t name = find(path);

    CHECK(name != CPIO_NONE);
    return cpio_file(&tree, name);
}

static const char *text_at(const char *path)
{
    static char text[100];
    const struct cpio_file *file = file_at(path);

    CHECK(file->size < sizeof(text));
    memcpy(text, file->bytes, file->size);
    text[file->size] = '\0';
    return text;
}

/* The names in a folder, in order, with blanks between. */
static const char *names_in(const char *path)
{
    static char names[200];

    names[0] = '\0';
    for (uint32_t at = tree.names[find(path)].first; at != CPIO_NONE;
         at = tree.names[at].next) {
        strncat(names, tree.names[at].text, tree.names[at].length);
        strcat(names, " ");
    }
    return names;
}

/* ---- What is in an archive ----------------------------------------------- */

TEST(files_lie_in_the_archive)
{
    archive_folder("a");
    archive_add("a/b",
                (struct archive_file){.mode = 0100640,
                                      .owner = 3,
                                      .group = 4,
                                      .links = 1,
                                      .modified = 0xfedcba98},
                "12345", 5);
    take_archive();
    CHECK_STRING(text_at("a/b"), "12345");
    CHECK(file_at("a/b")->bytes > archive &&
          file_at("a/b")->bytes < archive + archive_size);
    CHECK_EQUAL(file_at("a/b")->mode, 0100640);
    CHECK_EQUAL(file_at("a/b")->owner, 3);
    CHECK_EQUAL(file_at("a/b")->group, 4);
    CHECK_EQUAL(file_at("a/b")->modified, 0xfedcba98);
    CHECK_EQUAL(file_at("a/b")->links, 1);
    CHECK_EQUAL(find("b"), CPIO_NONE);
    CHECK_EQUAL(find("a/c"), CPIO_NONE);
    cpio_close(&tree);
}

TEST(folders_hold_names_in_the_archive_s_order)
{
    archive_text("z", "");
    archive_folder("d");
    archive_text("d/2", "");
    archive_text("a", "");
    archive_text("d/1", "");
    archive_folder("d/sub");
    take_archive();
    CHECK_STRING(names_in(""), "z d a ");
    CHECK_STRING(names_in("d"), "2 1 sub ");
    CHECK_STRING(names_in("d/sub"), "");
    CHECK_EQUAL(file_at("")->links, 3);
    CHECK_EQUAL(file_at("d")->links, 3);
    CHECK_EQUAL(file_at("d/sub")->links, 2);
    cpio_close(&tree);
}

TEST(missing_folders_are_made)
{
    archive_text("./a/b/c", "deep");
    archive_text("/a//d", "less so");
    archive_add("a/b", (struct archive_file){.mode = 040700, .links = 2}, "",
                0);
    archive_add(".", (struct archive_file){.mode = 040711, .links = 2}, "", 0);
    take_archive();
    CHECK_STRING(text_at("a/b/c"), "deep");
    CHECK_STRING(text_at("a/d"), "less so");
    CHECK_EQUAL(file_at("a")->mode, 040755);
    CHECK_EQUAL(file_at("a/b")->mode, 040700);
    CHECK_EQUAL(file_at("")->mode, 040711);
    cpio_close(&tree);
}

TEST(symbolic_links_say_where_they_lead)
{
    archive_link("l", "/a/b");
    take_archive();
    CHECK_STRING(text_at("l"), "/a/b");
    CHECK_EQUAL(file_at("l")->mode, 0120777);
    cpio_close(&tree);
}

TEST(many_names_are_found)
{
    char name[20];

    for (int i = 0; i < 300; i++) {
        sprintf(name, "%d/%d", i % 3, i);
        archive_text(name, name);
    }
    take_archive();
    for (int i = 0; i < 300; i++) {
        sprintf(name, "%d/%d", i % 3, i);
        CHECK_STRING(text_at(name), name);
    }
    CHECK_EQUAL(find("0/1"), CPIO_NONE);
    cpio_close(&tree);
}

TEST(of_two_files_with_one_name_the_later_counts)
{
    archive_text("a", "old");
    archive_text("b", "b");
    archive_text("a", "new");
    take_archive();
    CHECK_STRING(text_at("a"), "new");
    CHECK_STRING(names_in(""), "a b ");
    cpio_close(&tree);
}

TEST(nothing_counts_after_the_last_record)
{
    archive_text("a", "a");
    archive_end();
    archive_text("b", "b");
    CHECK_EQUAL(read_archive(), 0);
    CHECK_EQUAL(find("b"), CPIO_NONE);
    cpio_close(&tree);
}

/* ---- Hard links ---------------------------------------------------------- */

static const struct archive_file shared = {
    .inode = 7, .mode = 0100600, .links = 3};

TEST(the_bytes_of_hard_links_are_those_of_any_record)
{
    /* GNU cpio puts them at the last one. */
    archive_add("a", shared, "", 0);
    archive_add("d/b", shared, "", 0);
    archive_add("c", shared, "bytes", 5);
    /* Others at the first one. */
    archive_add("x", (struct archive_file){8, 0100600, 0, 0, 2, 0, 0}, "XY", 2);
    archive_add("y", (struct archive_file){8, 0100600, 0, 0, 2, 0, 0}, "", 0);
    take_archive();
    CHECK_STRING(text_at("a"), "bytes");
    CHECK_STRING(text_at("d/b"), "bytes");
    CHECK_STRING(text_at("c"), "bytes");
    CHECK(file_at("a") == file_at("d/b") && file_at("a") == file_at("c"));
    CHECK_EQUAL(file_at("a")->links, 3);
    CHECK_STRING(text_at("y"), "XY");
    CHECK_EQUAL(file_at("y")->links, 2);
    cpio_close(&tree);
}

TEST(inodes_are_of_a_device)
{
    struct archive_file other = shared;

    other.minor = 1;
    archive_add("a", shared, "one", 3);
    archive_add("b", other, "two", 3);
    take_archive();
    CHECK_STRING(text_at("a"), "one");
    CHECK_STRING(text_at("b"), "two");
    CHECK_EQUAL(file_at("a")->links, 1);
    cpio_close(&tree);
}

TEST(a_replaced_name_leaves_the_others)
{
    archive_add("a", shared, "bytes", 5);
    archive_add("b", shared, "", 0);
    archive_text("a", "new");
    archive_add("b", shared, "", 0); /* the same again */
    archive_text("c", "stale");
    archive_add("c", (struct archive_file){9, 0100600, 0, 0, 2, 0, 0}, "", 0);
    take_archive();
    CHECK_STRING(text_at("a"), "new");
    CHECK_STRING(text_at("b"), "bytes");
    CHECK_EQUAL(file_at("a")->links, 1);
    CHECK_EQUAL(file_at("b")->links, 1);
    CHECK_STRING(text_at("c"), "");
    cpio_close(&tree);
}

/* Without a number or with one link it is just a file. */
TEST(only_files_of_several_names_are_joined)
{
    archive_add("a", (struct archive_file){.mode = 0100644, .links = 2}, "1",
                1);
    archive_add("b", (struct archive_file){.mode = 0100644, .links = 2}, "2",
                1);
    archive_add("c",
                (struct archive_file){.inode = 5, .mode = 040755, .links = 2},
                "", 0);
    archive_add("d",
                (struct archive_file){.inode = 5, .mode = 040755, .links = 2},
                "", 0);
    take_archive();
    CHECK_STRING(text_at("a"), "1");
    CHECK_STRING(text_at("b"), "2");
    CHECK(file_at("c") != file_at("d"));
    cpio_close(&tree);
}

/* ---- What is none -------------------------------------------------------- */

TEST(other_bytes_are_refused)
{
    archive_size = 200;
    refuse_archive(0, "no header of a newc archive");
    archive_size = 20;
    refuse_archive(0, "the end of the archive without its last record");
    archive_size = 0;
    refuse_archive(0, "the end of the archive without its last record");
}

TEST(numbers_are_hexadecimal)
{
    archive_text("a", "a");
    archive_end();
    archive[30] = 'g';
    refuse_archive(0, "a number that is none");
}

/* Wherever it is cut: short of the padding behind its last name. */
TEST(cut_archives_are_refused)
{
    size_t whole;

    archive_text("some", "bytes");
    archive_end();
    whole = HEADER_SIZE + 5 + 1 + 5 + 3 + HEADER_SIZE + sizeof(TRAILER);
    for (archive_size = 0; archive_size < whole; archive_size++) {
        char *exact =
            memcpy(malloc(archive_size + !archive_size), archive, archive_size);

        CHECK_EQUAL(cpio_open(&tree, exact, archive_size, &why, &where),
                    -EINVAL);
        free(exact);
    }
}

TEST(what_cannot_be_a_tree_is_refused)
{
    static char much[5000];
    size_t second;

    archive_text("a", "a");
    second = archive_size;

#define REFUSED(reason)                                                        \
    archive_end();                                                             \
    refuse_archive(second, reason);                                            \
    archive_size = second

    archive_text("a/b", "b");
    REFUSED("a name below one that is no folder");
    archive_folder("a");
    REFUSED("a folder and a file of one name");
    archive_text("b/../a", "b");
    REFUSED("a name with \"..\"");
    archive_text(".", "b");
    REFUSED("a folder and a file of one name");
    archive_link("l", "");
    REFUSED("a symbolic link that leads nowhere");
    memset(much, 'x', sizeof(much) - 1);
    archive_link("l", much);
    REFUSED("a symbolic link that leads nowhere");
    archive_text(much, "b");
    REFUSED("a name that is too long");
    much[NAME_MAX + 1] = '\0';
    archive_text(much, "b");
    REFUSED("a name that is too long");
    archive_add("n", (struct archive_file){.links = 1}, "", 0);
    REFUSED("a file that is of no kind");
}

TEST(a_link_with_a_nul_is_refused)
{
    archive_add("l", (struct archive_file){.mode = 0120777, .links = 1}, "a\0b",
                3);
    archive_end();
    refuse_archive(0, "a symbolic link that leads nowhere");
}
