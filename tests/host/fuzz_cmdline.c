/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_cmdline.c: any command line, in storage that is enough and in storage
 * that is not. Words must lie in the storage, one behind the other, and quoting
 * each of them must give the same words again.
 */
#include "test.h"
#include "lib/libc/cmdline.c"

#define MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Append `word` in single quotes; a quote inside becomes '\''. */
static char *quote(char *to, const char *word)
{
    *to++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            memcpy(to, "'\\'", 3);
            to += 3;
        }
        *to++ = *word;
    }
    *to++ = '\'';
    *to++ = ' ';
    return to;
}

static void check_again(char **words, int count, size_t size)
{
    char *line = malloc(size * 4 + MAX * 3 + 1);
    char *storage = malloc(size + MAX);
    char *again[MAX];
    char *end = line;

    for (int i = 0; i < count; i++)
        end = quote(end, words[i]);
    *end = '\0';
    CHECK(command_line_split(line, storage, size + MAX, again, MAX) == count);
    for (int i = 0; i < count; i++)
        CHECK(strcmp(words[i], again[i]) == 0);
    free(storage);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    size_t room = size > 0 ? data[0] : 0;
    char *storage = malloc(size + 1);
    char *small = malloc(room);
    char *words[MAX];
    int count;

    memcpy(line, data, size);
    line[size] = '\0';
    count = command_line_split(line, storage, size + 1, words, MAX);
    CHECK(count <= MAX && count != COMMAND_LINE_TOO_LONG);
    for (int i = 0; i < count; i++) {
        CHECK(words[i] >= storage && words[i] <= storage + size);
        CHECK(i == 0 || words[i] > words[i - 1] + strlen(words[i - 1]));
    }
    if (count > 0) {
        CHECK(command_line_settings(words, count) <= count);
        check_again(words, count, size);
    }
    (void)command_line_split(line, small, room, words, MAX);
    free(small);
    free(storage);
    free(line);
    return 0;
}
