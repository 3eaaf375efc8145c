/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.h: the head of an HTTP/1 request, understood.
 */
#ifndef HTTPD_REQUEST_H
#define HTTPD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD_MAX   8192 /* bytes, the empty line included */
#define REQUEST_TARGET_MAX 1024
#define REQUEST_FIELDS_MAX 64

enum request_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_OTHER,   /* a known one that no page here takes */
    METHOD_UNKNOWN, /* not one of RFC 9110's */
};

/* Which bytes are wanted; a missing end is UINT64_MAX. */
struct request_range {
    bool asked;
    bool from_end; /* the last `first` bytes */
    uint64_t first, last;
};

struct request {
    enum request_method method;
    unsigned int minor; /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;    /* the client takes more responses after this one */
    struct request_range range;
    int64_t modified_since; /* seconds since 1970, or -1: not asked */
    int64_t range_if;       /* the range only if last modified just then: */
    bool range_has_if;      /* (an If-Range that we never fulfil is -1) */
    /* Decoded, without its query and dot segments; begins with '/'. */
    char path[REQUEST_TARGET_MAX + 1];
};

/*
 * Look for the end of the head in `length` bytes. *looked, at first 0, says how
 * far an earlier call came with the beginning of the same bytes. Returns the
 * head's length, 0 if it is not whole yet, or minus the status of the response
 * if it never will be: -400, -414 (its first line is too long), -431.
 */
int request_find_end(const char *bytes, size_t length, size_t *looked);

/*
 * Understand a whole head, `length` bytes as request_find_end() said. 0, or
 * minus the status of the response: -400, -413, -414, -431, -501, -505; the
 * connection ends with it, for we do not know what follows.
 */
int request_parse(const char *head, size_t length, struct request *request);

#endif
