/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_args.c: words of configurations. Splitting and unquoting end, and
 * what was quoted unquotes to itself; readers of numbers, times and addresses
 * take any text; a script's expansion of any text ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/args.h"
#include "lib/click/script.h"
#include "lib/click/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void read_all(const char *word)
{
    struct click_prefix prefix;
    struct click_anno anno;
    uint64_t number;
    uint32_t ip;
    uint16_t port;
    uint8_t ether[6];
    int64_t time;
    double real;
    bool yes;

    if (!click_read_integer(word, -100, 100, &number))
        check((int64_t)number >= -100 && (int64_t)number <= 100);
    (void)!click_read_integer(word, INT64_MIN, UINT64_MAX, &number);
    (void)!click_read_interval(word, &number);
    (void)!click_read_bandwidth(word, &number, &yes);
    (void)!click_read_time(word, &time);
    (void)!click_read_double(word, &real);
    (void)!click_read_bool(word, &yes);
    (void)!click_read_ip(NULL, word, &ip);
    (void)!click_read_prefix(NULL, word, &prefix);
    (void)!click_read_ether(NULL, word, ether);
    (void)!click_read_port(NULL, word, &port);
    if (!click_read_anno(NULL, word, &anno))
        check(anno.offset + anno.size <= 48);
}

static void quote_and_back(const char *bytes, size_t length)
{
    char *quoted = click_quote(bytes, length), *again;
    size_t back;

    check(quoted);
    again = click_unquote(quoted, &back);
    check(again && back == length && !memcmp(again, bytes, length));
    free(again);
    free(quoted);
}

/* Words joined again with commas split as before. */
static void split_and_again(const char *text)
{
    unsigned int count, again;
    char **words = click_split_args(text, &count), **other;
    struct text joined = {0};

    check(words);
    for (unsigned int i = 0; i < count; i++) {
        read_all(words[i]);
        text_printf(&joined, "%s%s", i ? "," : "", words[i]);
    }
    if (!strpbrk(text, "\"'\\/")) {
        if (count &&
            !*words[count - 1]) /* empty ones at the end do not count */
            text_puts(&joined, ",");
        other = click_split_args(text_string(&joined), &again);
        check(other && again == count);
        for (unsigned int i = 0; i < count; i++)
            check(!strcmp(words[i], other[i]));
        click_words_free(other, again);
    }
    text_free(&joined);
    click_words_free(words, count);
}

static void format(const char *text)
{
    struct text out = {0};
    unsigned int count;
    char **words = click_split_words(text, &count);

    check(words);
    if (count)
        (void)script_format(words, count, 0, &out);
    text_free(&out);
    click_words_free(words, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size > 4096)
        return 0;
    quote_and_back((const char *)data, size);
    text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    read_all(text);
    split_and_again(text);
    format(text);
    free(text);
    return 0;
}
