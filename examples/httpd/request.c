/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.c: the head of an HTTP/1 request.
 *
 * The grammar is RFC 9112's, and the strict reading of it: whatever two
 * programs could read in two ways is refused (bare line feeds, blanks before a
 * colon, folded lines, two lengths), for that is how one request is smuggled
 * past a proxy inside another. A field that we do not know is checked and
 * skipped.
 *
 * Pure functions over bytes that may hold anything; nothing is copied but the
 * path. tests/host/fuzz_httpd.c throws dice at them.
 */
#include "request.h"

#include <string.h>
#include "date.h"
#include "path.h"

/* A part of the head. */
struct span {
    const char *start;
    size_t length;
};

/* What there is about a body, and about the host. */
struct framing {
    unsigned int hosts;
    unsigned int lengths;
    uint64_t length;
    bool chunked;
    bool other_coding;
    bool close, keep_alive; /* of Connection */
};

/* ---- Characters ---------------------------------------------------------- */

/* A bit for each of the characters 0 to 127 of a token (RFC 9110, 5.6.2):
 * letters, digits and !#$%&'*+-.^_`|~ */
static bool is_token_char(unsigned char c)
{
    static const uint64_t set[2] = {0x03ff6cfa00000000, 0x57ffffffc7fffffe};

    return c < 128 && set[c / 64] >> c % 64 & 1;
}

static bool is_token(struct span span)
{
    for (size_t i = 0; i < span.length; i++)
        if (!is_token_char((unsigned char)span.start[i]))
            return false;
    return span.length > 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool equals(struct span span, const char *word)
{
    return span.length == strlen(word) &&
           !memcmp(span.start, word, span.length);
}

/* `word` is in lower case. */
static bool equals_any_case(struct span span, const char *word)
{
    size_t i = 0;

    while (i < span.length && word[i] && lower(span.start[i]) == word[i])
        i++;
    return i == span.length && !word[i];
}

static struct span trim(struct span span)
{
    while (span.length && (span.start[0] == ' ' || span.start[0] == '\t')) {
        span.start++;
        span.length--;
    }
    while (span.length && (span.start[span.length - 1] == ' ' ||
                           span.start[span.length - 1] == '\t'))
        span.length--;
    return span;
}

/* Take what is in front of `mark` off `rest`, and the mark; all, if there is
 * no mark. */
static struct span take_until(struct span *rest, char mark)
{
    const char *end = memchr(rest->start, mark, rest->length);
    struct span taken = *rest;

    if (end) {
        taken.length = (size_t)(end - rest->start);
        rest->start = end + 1;
        rest->length -= taken.length + 1;
    } else {
        rest->start += rest->length;
        rest->length = 0;
    }
    return taken;
}

/* One or more digits, nothing else, that fit. */
static bool read_number(struct span span, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < span.length; i++) {
        unsigned int digit = (unsigned char)span.start[i] - (unsigned int)'0';

        if (digit > 9 || *number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return span.length > 0;
}

/* ---- Where the head ends ------------------------------------------------- */

/* Empty lines in front of a request are no part of it (RFC 9112, 2.2). */
static size_t skip_empty_lines(const char *bytes, size_t length)
{
    size_t at = 0;

    if (length > REQUEST_HEAD_MAX)
        length = REQUEST_HEAD_MAX;
    while (length - at >= 2 && bytes[at] == '\r' && bytes[at + 1] == '\n')
        at += 2;
    return at;
}

static int too_long(const char *bytes, size_t begin)
{
    return memchr(bytes + begin, '\n', REQUEST_HEAD_MAX - begin) ? -431 : -414;
}

int request_find_end(const char *bytes, size_t length, size_t *looked)
{
    size_t begin = skip_empty_lines(bytes, length);
    size_t limit = length < REQUEST_HEAD_MAX ? length : REQUEST_HEAD_MAX;
    size_t at = *looked > begin ? *looked : begin;

    /* What no request begins with is no request, however it goes on. */
    if (begin < length && bytes[begin] != '\r' &&
        !is_token_char((unsigned char)bytes[begin]))
        return -400;
    while (at < limit) {
        const char *end = memchr(bytes + at, '\n', limit - at);

        if (!end)
            break;
        at = (size_t)(end - bytes);
        if (at == begin || bytes[at - 1] != '\r')
            return -400;
        /* An empty line: its line feed is the second in a row. */
        if (at - begin >= 3 && bytes[at - 2] == '\n')
            return (int)(at + 1);
        at++;
    }
    *looked = limit;
    return length >= REQUEST_HEAD_MAX ? too_long(bytes, begin) : 0;
}

/* ---- The request line ---------------------------------------------------- */

static enum request_method find_method(struct span name)
{
    static const char *const others[] = {
        "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

    if (equals(name, "GET"))
        return METHOD_GET;
    if (equals(name, "HEAD"))
        return METHOD_HEAD;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (equals(name, others[i]))
            return METHOD_OTHER;
    return METHOD_UNKNOWN;
}

/* Only the path counts here: of http://host/path it is what is behind the host
 * (RFC 9112, 3.2.2), and the query is nobody's. */
static int parse_target(struct span target, struct request *request)
{
    struct span scheme = target;

    if (target.length > REQUEST_TARGET_MAX)
        return -414;
    scheme.length = target.length < 7 ? target.length : 7;
    if (equals_any_case(scheme, "http://")) {
        target.start += 7;
        target.length -= 7;
        size_t host = 0;

        while (host < target.length && !strchr("/?", target.start[host]))
            host++;
        if (host == 0)
            return -400;
        target.start += host;
        target.length -= host;
        if (target.length == 0 || target.start[0] == '?')
            target = (struct span){"/", 1};
    }
    if (target.length == 0 || target.start[0] != '/') {
        /* "*" and "host:port" are for methods that we do not have. */
        (void)strcpy(request->path, "/");
        return request->method == METHOD_GET || request->method == METHOD_HEAD
                   ? -400
                   : 0;
    }

    struct span query = target;
    struct span path = take_until(&query, '?');

    for (size_t i = 0; i < query.length; i++)
        if ((unsigned char)query.start[i] <= ' ' ||
            (unsigned char)query.start[i] >= 127)
            return -400;
    if (path_decode(path.start, path.length, request->path))
        return -400;
    return 0;
}

static int parse_version(struct span version, struct request *request)
{
    if (version.length != 8 || memcmp(version.start, "HTTP/", 5) ||
        version.start[6] != '.' || !is_digit(version.start[5]) ||
        !is_digit(version.start[7]))
        return -400;
    if (version.start[5] != '1')
        return -505;
    request->minor = version.start[7] == '0' ? 0 : 1;
    return 0;
}

static int parse_request_line(struct span line, struct request *request)
{
    struct span method = take_until(&line, ' ');
    struct span target = take_until(&line, ' ');
    int error;

    if (!is_token(method) || target.length == 0)
        return -400;
    request->method = find_method(method);
    error = parse_version(line, request);
    return error ? error : parse_target(target, request);
}

/* ---- The fields ---------------------------------------------------------- */

static void parse_connection(struct span value, struct framing *framing)
{
    while (value.length) {
        struct span option = trim(take_until(&value, ','));

        if (equals_any_case(option, "close"))
            framing->close = true;
        else if (equals_any_case(option, "keep-alive"))
            framing->keep_alive = true;
    }
}

/* "bytes=0-99", "bytes=100-" or "bytes=-50"; anything else, several ranges too,
 * may be ignored, and then all is sent (RFC 9110, 14.2). */
static void parse_range(struct span value, struct request *request)
{
    struct request_range range = {.asked = true, .last = UINT64_MAX};
    struct span unit = take_until(&value, '=');
    struct span first = trim(take_until(&value, '-'));

    value = trim(value);
    if (!equals_any_case(unit, "bytes"))
        return;
    if (first.length == 0) {
        range.from_end = true;
        if (!read_number(value, &range.first))
            return;
    } else if (!read_number(first, &range.first) ||
               first.start[first.length] != '-' ||
               (value.length > 0 && !read_number(value, &range.last)) ||
               range.last < range.first) {
        return;
    }
    request->range = range;
}

static int parse_length(struct span value, struct framing *framing)
{
    if (framing->lengths++ || !read_number(value, &framing->length))
        return -400;
    return 0;
}

/* A body in chunks, or in a way that we do not know. */
static void parse_coding(struct span value, struct framing *framing)
{
    framing->chunked = true;
    if (!equals_any_case(value, "chunked"))
        framing->other_coding = true;
}

static int understand(struct span name, struct span value,
                      struct request *request, struct framing *framing)
{
    if (equals_any_case(name, "host")) {
        if (framing->hosts++ || memchr(value.start, ' ', value.length))
            return -400;
    } else if (equals_any_case(name, "connection")) {
        parse_connection(value, framing);
    } else if (equals_any_case(name, "content-length")) {
        return parse_length(value, framing);
    } else if (equals_any_case(name, "transfer-encoding")) {
        parse_coding(value, framing);
    } else if (equals_any_case(name, "range")) {
        parse_range(value, request);
    } else if (equals_any_case(name, "if-modified-since")) {
        request->modified_since = date_read(value.start, value.length);
    } else if (equals_any_case(name, "if-range")) {
        request->range_has_if = true;
        request->range_if = date_read(value.start, value.length);
    }
    return 0;
}

static int parse_field(struct span line, struct request *request,
                       struct framing *framing)
{
    struct span value = line;
    struct span name = take_until(&value, ':');

    if (name.length == line.length || !is_token(name))
        return -400;
    for (size_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.start[i];

        if ((c < ' ' && c != '\t') || c == 127)
            return -400;
    }
    return understand(name, trim(value), request, framing);
}

/* What the fields say together. Nobody here takes a body: one that comes ends
 * the connection. */
static int check_framing(struct request *request, const struct framing *framing)
{
    bool body = framing->chunked || framing->length > 0;

    if (framing->chunked && (framing->lengths || request->minor == 0))
        return -400;
    if (request->minor >= 1 && framing->hosts == 0)
        return -400;
    if (framing->other_coding)
        return -501;
    if (body &&
        (request->method == METHOD_GET || request->method == METHOD_HEAD))
        return -413;
    request->keep_alive = !body && !framing->close &&
                          (request->minor >= 1 || framing->keep_alive);
    return 0;
}

int request_parse(const char *head, size_t length, struct request *request)
{
    size_t begin = skip_empty_lines(head, length);
    struct span rest = {head + begin, length - begin};
    struct span line = take_until(&rest, '\n');
    struct framing framing = {0};
    unsigned int fields = 0;
    int error;

    memset(request, 0, offsetof(struct request, path));
    request->modified_since = -1;
    line.length--; /* its '\r': request_find_end() has seen to that */
    error = parse_request_line(line, request);
    if (error)
        return error;
    for (;;) {
        line = take_until(&rest, '\n');
        line.length--;
        if (line.length == 0)
            return check_framing(request, &framing);
        if (++fields > REQUEST_FIELDS_MAX)
            return -431;
        error = parse_field(line, request, &framing);
        if (error)
            return error;
    }
}
