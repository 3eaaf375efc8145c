/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.c: from a request to a response: RFC 9110 as far as GET and HEAD go.
 *
 * A body is never copied here: it is a part of a file where the file lies, or a
 * page just written, or a constant. The head is put together by hand rather
 * than with printf(), because it is half of what a small request costs.
 *
 * Pure functions but for the pages' own.
 */
#include "answer.h"

#include <stdio.h>

#define INDEX "index.html"

/* Each status with its reason and the text that people see. */
static const struct {
    int status;
    const char *reason, *body;
} statuses[] = {
    {200, "OK", ""},
    {206, "Partial Content", ""},
    {301, "Moved Permanently", "That is a folder: see there with a slash.\n"},
    {304, "Not Modified", ""},
    {400, "Bad Request", "That is no HTTP request.\n"},
    {404, "Not Found", "There is no such page.\n"},
    {405, "Method Not Allowed", "Pages here can only be read.\n"},
    {408, "Request Timeout", "The request took too long to come.\n"},
    {413, "Content Too Large", "No content is taken here.\n"},
    {414, "URI Too Long", "No address here is that long.\n"},
    {416, "Range Not Satisfiable", "The file ends before that.\n"},
    {431, "Request Header Fields Too Large", "That are too many fields.\n"},
    {500, "Internal Server Error", "There is no memory for this page.\n"},
    {501, "Not Implemented", "There is no such method or coding here.\n"},
    {505, "HTTP Version Not Supported", "This is for HTTP/1.\n"},
};

static size_t find_status(int status)
{
    size_t i = 0;

    while (i + 1 < sizeof(statuses) / sizeof(statuses[0]) &&
           statuses[i].status != status)
        i++;
    return i;
}

const char *answer_reason(int status)
{
    size_t i = find_status(status);

    return statuses[i].status == status ? statuses[i].reason : NULL;
}

/* ---- Choosing ------------------------------------------------------------ */

/* A text for people instead of what they asked for. */
static void say(int status, struct answer *answer)
{
    answer->status = status;
    answer->type = "text/plain; charset=utf-8";
    answer->body = statuses[find_status(status)].body;
    answer->length = strlen(answer->body);
}

void answer_error(int status, struct answer *answer)
{
    *answer = (struct answer){0};
    say(status, answer);
}

/* The part of the file that is wanted; all of it if that is what it says. */
static void take_range(const struct request_range *range, struct answer *answer)
{
    size_t size = answer->length;
    uint64_t first = range->first;
    uint64_t last = range->last < size ? range->last : size - 1;

    if (range->from_end) {
        first = range->first < size ? size - range->first : 0;
        last = size - 1;
    }
    if (size == 0 || first >= size) { /* also the last 0 bytes */
        say(416, answer);
        return;
    }
    answer->status = 206;
    answer->body += first;
    answer->length = (size_t)(last - first + 1);
}

static void take_file(const struct file *file, const struct request *request,
                      struct answer *answer)
{
    answer->status = 200;
    answer->file = file;
    answer->type = file->type;
    answer->body = file->bytes;
    answer->length = file->size;
    if (request->modified_since >= file->modified) {
        answer->status = 304;
        answer->no_body = true;
    } else if (request->range.asked && request->method == METHOD_GET &&
               (!request->range_has_if ||
                request->range_if == file->modified)) {
        take_range(&request->range, answer);
    }
}

static void take_page(const struct page *page, struct answer *answer)
{
    struct text text = {0};

    page->write(&text);
    if (text.failed) {
        text_free(&text);
        say(500, answer);
        return;
    }
    answer->status = 200;
    answer->type = page->type;
    answer->body = answer->owned = text.bytes;
    answer->length = text.length;
}

/* A path begins with a slash, a name in the archive does not. */
static void find_path(const struct site *site, const struct request *request,
                      struct answer *answer)
{
    const char *path = request->path;
    const char *name = path + 1;
    bool folder = path[strlen(path) - 1] == '/';
    const struct file *file;

    for (const struct page *page = site->pages; page->path; page++)
        if (!strcmp(page->path, path)) {
            take_page(page, answer);
            return;
        }
    file = files_find(&site->files, name, folder ? INDEX : "");
    if (file) {
        take_file(file, request, answer);
    } else if (!folder && files_find(&site->files, name, "/" INDEX)) {
        say(301, answer);
        answer->location = path;
    } else {
        say(404, answer);
    }
}

void answer_request(const struct site *site, const struct request *request,
                    struct answer *answer)
{
    *answer = (struct answer){.keep_alive = request->keep_alive};
    if (request->method == METHOD_UNKNOWN)
        say(501, answer);
    else if (request->method == METHOD_OTHER)
        say(405, answer);
    else
        find_path(site, request, answer);
    if (request->method == METHOD_HEAD)
        answer->no_body = true;
}

/* ---- The head ------------------------------------------------------------ */

/* "bytes 0-99/1234", or what there is when the range was not. */
static void put_range(const struct answer *answer, struct text *head)
{
    text_put(head, "Content-Range: bytes ");
    if (answer->status == 206) {
        uint64_t first = (uint64_t)(answer->body - answer->file->bytes);

        text_number(head, first);
        text_put(head, "-");
        text_number(head, first + answer->length - 1);
    } else {
        text_put(head, "*");
    }
    text_put(head, "/");
    text_number(head, answer->file->size);
    text_put(head, "\r\n");
}

/* The path, with a slash behind it, as an address: whatever could be read as
 * something else is written as %41. */
static void put_location(const char *path, struct text *head)
{
    static const char plain[] = "/-._~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    text_put(head, "Location: ");
    for (; *path; path++) {
        char coded[4] = {*path, '\0'};

        if (!strchr(plain, *path))
            (void)snprintf(coded, sizeof(coded), "%%%02X",
                           (unsigned char)*path);
        text_put(head, coded);
    }
    text_put(head, "/\r\n");
}

static void put_file(const struct answer *answer, struct text *head)
{
    text_put(head, "Last-Modified: ");
    text_add(head, answer->file->modified_date, DATE_LENGTH);
    text_put(head, "\r\nAccept-Ranges: bytes\r\n");
    if (answer->status == 206 || answer->status == 416)
        put_range(answer, head);
}

void answer_write_head(const struct answer *answer, const char *date,
                       unsigned int minor, struct text *head)
{
    text_put(head, "HTTP/1.1 ");
    text_number(head, (uint64_t)answer->status);
    text_put(head, " ");
    text_put(head, statuses[find_status(answer->status)].reason);
    text_put(head, "\r\nServer: Coracle\r\nDate: ");
    text_add(head, date, DATE_LENGTH);
    text_put(head, "\r\n");
    if (answer->status != 304) {
        text_put(head, "Content-Type: ");
        text_put(head, answer->type);
        text_put(head, "\r\nContent-Length: ");
        text_number(head, answer->length);
        text_put(head, "\r\n");
    }
    if (answer->file)
        put_file(answer, head);
    if (answer->owned)
        text_put(head, "Cache-Control: no-store\r\n");
    if (answer->location)
        put_location(answer->location, head);
    if (answer->status == 405)
        text_put(head, "Allow: GET, HEAD\r\n");
    if (!answer->keep_alive)
        text_put(head, "Connection: close\r\n");
    else if (minor == 0)
        text_put(head, "Connection: keep-alive\r\n");
    text_put(head, "\r\n");
}
