/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_httpd.c: any bytes as requests to examples/httpd.
 *
 * They are looked at twice, as a whole and as they would come in parts; both
 * must come to the same. What is taken for a request has a path that cannot
 * leave the root, and an answer whose head is well formed.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "examples/httpd/answer.c"
#include "examples/httpd/date.c"
#include "examples/httpd/files.c"
#include "examples/httpd/path.c"
#include "examples/httpd/request.c"
#include "examples/httpd/text.c"

static void expect(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "fuzz_httpd: not so: %s\n", what);
        abort();
    }
}

static void write_page(struct text *text)
{
    text_put(text, "page");
}

static const struct page pages[] = {{"/page", "text/plain", write_page},
                                    {NULL, NULL, NULL}};
static struct site site = {.pages = pages};

static void open_site(void)
{
    static const char *const names[] = {"index.html", "a/index.html", "ten"};

    for (size_t i = 0; i < 3; i++)
        expect(!add(&site.files, names[i], "0123456789", 10, 784111777),
               "there is memory");
}

/* The same bytes as they come in parts: as long as nothing is wrong, the end
 * must be found at the same place. */
static int find_in_parts(const char *bytes, size_t length, size_t step)
{
    size_t looked = 0, have = 0;
    int end = 0;

    while (end == 0 && have < length) {
        have = length - have < step ? length : have + step;
        /* A copy, so that reading on is noticed. */
        char *copy = memcpy(malloc(have), bytes, have);

        end = request_find_end(copy, have, &looked);
        free(copy);
    }
    return end;
}

static void check_path(const char *path)
{
    expect(path[0] == '/', "a path begins with a slash");
    expect(!strstr(path, "//"), "slashes do not come twice");
    for (const char *at = path; (at = strstr(at, "/..")); at++)
        expect(at[3] != '/' && at[3] != '\0', "no .. is left");
}

static void check_head(const struct text *head)
{
    size_t at = 0, lines = 0;

    expect(!head->failed && head->length <= ANSWER_HEAD_MAX, "its size");
    while (at < head->length) {
        const char *line = head->bytes + at;
        const char *end = memchr(line, '\r', head->length - at);

        expect(end && end[1] == '\n', "lines end with CR LF");
        for (; line < end; line++)
            expect((unsigned char)*line >= ' ', "no control characters");
        at = (size_t)(end + 2 - head->bytes);
        lines++;
    }
    expect(lines > 3 && !memcmp(head->bytes + head->length - 4, "\r\n\r\n", 4),
           "it ends with an empty line");
}

static void check_answer(const struct answer *answer, unsigned int minor)
{
    struct text head = {0};

    expect(answer_reason(answer->status), "a status that we know");
    answer_write_head(answer, "Sun, 06 Nov 1994 08:49:37 GMT", minor, &head);
    check_head(&head);
    if (answer->file && answer->length > 0 && answer->status < 300)
        expect(answer->body >= answer->file->bytes &&
                   answer->body + answer->length <=
                       answer->file->bytes + answer->file->size,
               "the body is the file's");
    free(answer->owned);
    text_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t looked = 0;
    int end;

    if (!site.files.count)
        open_site();
    if (size < 2)
        return 0;

    const char *bytes = (const char *)data + 1;
    size_t length = size - 1;

    end = request_find_end(bytes, length, &looked);
    if (end > 0 || length < REQUEST_HEAD_MAX) {
        int parts = find_in_parts(bytes, length, 1u + data[0]);

        expect(parts == end || parts < 0, "parts come to the same");
        expect(end > 0 || parts <= 0, "parts find no more");
    }
    expect(end <= (int)length && end <= REQUEST_HEAD_MAX, "an end within");
    if (end > 0) {
        char *head = memcpy(malloc((size_t)end), bytes, (size_t)end);
        struct request request;
        struct answer answer;
        int error = request_parse(head, (size_t)end, &request);

        if (error) {
            answer_error(-error, &answer);
            request.minor = 1;
        } else {
            check_path(request.path);
            answer_request(&site, &request, &answer);
        }
        check_answer(&answer, request.minor);
        free(head);
    } else if (end < 0) {
        expect(answer_reason(-end), "a status that we know");
    }
    return 0;
}
