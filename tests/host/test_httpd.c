/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_httpd.c: the parts of examples/httpd that are nothing but arithmetic and
 * text. The rest is tested as a client sees it (test_httpd_linux.py).
 */
#define _GNU_SOURCE
#include "test.h"
#include <time.h>
#include "examples/httpd/date.c"
#include "examples/httpd/files.c"
#include "examples/httpd/text.c"

#define LAST_SECOND 253402300799 /* of the year 9999 */

static void check_date(time_t time)
{
    char wanted[64], got[DATE_LENGTH + 1];
    struct tm parts;

    gmtime_r(&time, &parts);
    strftime(wanted, sizeof(wanted), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_write(time, got);
    CHECK_STRING(got, wanted);
    CHECK_EQUAL(date_read(got, strlen(got)), time);
}

TEST(dates_are_those_of_the_c_library)
{
    check_date(0);
    check_date(784111777);
    check_date(LAST_SECOND);
    for (time_t day = 0; day < 200000; day++)
        check_date(day * 86400 + test_below(86400));
    for (unsigned int i = 0; i < 50000; i++)
        check_date((time_t)((uint64_t)test_random() << 8) % LAST_SECOND);
}

TEST(what_is_no_date)
{
    static const char *const wrong[] = {
        "Sun, 06 Nov 1994 08:49:37 GM",  "Sun, 06 Nov 1994 08:49:37 GMTx",
        "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1894 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49: 7 GMT", "",
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        CHECK_EQUAL(date_read(wrong[i], strlen(wrong[i])), -1);
}

TEST(texts_grow)
{
    struct text text = {0};
    char long_word[1000];
    size_t length = 0;

    memset(long_word, 'x', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    for (unsigned int i = 0; i < 100; i++) {
        char wanted[1100];

        length += (size_t)snprintf(wanted, sizeof(wanted), "%u-%s|%llu", i,
                                   long_word + i, 1ULL << i % 64);
        text_format(&text, "%u-%s|", i, long_word + i);
        text_number(&text, 1ULL << i % 64);
        CHECK_EQUAL(text.length, length);
        CHECK(!memcmp(text.bytes + length - strlen(wanted), wanted,
                      strlen(wanted)));
    }
    text_free(&text);
    text_quote(&text, "a\"b\\c\n\x1f d");
    text_add(&text, "", 1);
    CHECK_STRING(text.bytes, "\"a\\\"b\\\\c\\u000a\\u001f d\"");
    text_free(&text);
}

/* Names enough that the table grows several times. */
TEST(files_of_many_names)
{
    struct files files = {0};
    char names[500][8];

    for (unsigned int i = 0; i < 500; i++) {
        (void)snprintf(names[i], sizeof(names[0]), "%u", i);
        CHECK(!add(&files, names[i], names[i], 0, i));
    }
    CHECK_EQUAL(files.count, 500);
    for (unsigned int i = 0; i < 500; i++) {
        char first[3] = {names[i][0], '\0'};

        CHECK_EQUAL(files_find(&files, first, names[i] + 1)->modified, i);
        CHECK(!files_find(&files, names[i], "x"));
    }
    CHECK(!files_find(&files, "", ""));
    files_close(&files);
}
