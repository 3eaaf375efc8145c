/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_cmdline.c: splitting a command line, against what a shell would do.
 * The storage is a heap block of exactly the size promised to be enough, so
 * that the address sanitizer sees a byte too many.
 */
#include "test.h"
#include "lib/libc/cmdline.c"

#define MAX 8

/* Split `line` and compare with `wanted`, the words with a | behind each. */
static void expect(const char *line, const char *wanted)
{
    size_t size = strlen(line) + 1;
    char *storage = malloc(size);
    char *words[MAX];
    char got[256] = "";
    int count = command_line_split(line, storage, size, words, MAX);

    CHECK(count >= 0);
    for (int i = 0; i < count; i++) {
        strcat(got, words[i]);
        strcat(got, "|");
    }
    CHECK(strcmp(got, wanted) == 0);
    free(storage);
}

static int split(const char *line, size_t storage_size, size_t max)
{
    char *storage = malloc(storage_size);
    char **words = malloc(max * sizeof(*words));
    int result = command_line_split(line, storage, storage_size, words, max);

    free(words);
    free(storage);
    return result;
}

TEST(blanks_part_words)
{
    expect("", "");
    expect(" \t\n ", "");
    expect("one", "one|");
    expect("  one\ttwo \n three ", "one|two|three|");
}

TEST(quotes_join)
{
    expect("'a b' \"c d\"", "a b|c d|");
    expect("a'b c'd", "ab cd|");
    expect("'' \"\"", "||");
    expect("'\"' \"'\"", "\"|'|");
    expect("\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|");
    expect("'a\\'", "a\\|");
}

TEST(backslash_takes_the_next)
{
    expect("a\\ b \\'c \\\\", "a b|'c|\\|");
    expect("end\\", "end\\|");
}

TEST(errors_are_told_apart)
{
    CHECK(split("'a", 10, MAX) == COMMAND_LINE_OPEN_QUOTE);
    CHECK(split("a \"b\\\"", 10, MAX) == COMMAND_LINE_OPEN_QUOTE);
    CHECK(split("1 2 3", 10, 3) == 3);
    CHECK(split("1 2 3 4", 10, 3) == COMMAND_LINE_TOO_MANY);
    CHECK(split("1 2 3  ", 10, 3) == 3);
    CHECK(split("abc", 4, MAX) == 1);
    CHECK(split("abc", 3, MAX) == COMMAND_LINE_TOO_LONG);
    CHECK(split("'abc'", 3, MAX) == COMMAND_LINE_TOO_LONG);
    CHECK(strstr(command_line_message(COMMAND_LINE_TOO_MANY), "many") != NULL);
    CHECK(strstr(command_line_message(COMMAND_LINE_TOO_LONG), "long") != NULL);
    CHECK(strstr(command_line_message(COMMAND_LINE_OPEN_QUOTE), "quote") !=
          NULL);
}

TEST(settings_come_first)
{
    char *const words[] = {(char *)"A=1", (char *)"_b2=", (char *)"2c=3",
                           (char *)"D=4"};
    char *const others[] = {(char *)"=x", (char *)"A"};

    CHECK(command_line_settings(words, 4) == 2);
    CHECK(command_line_settings(words, 1) == 1);
    CHECK(command_line_settings(words, 0) == 0);
    CHECK(command_line_settings(others, 1) == 0);
    CHECK(command_line_settings(others + 1, 1) == 0);
}
