/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.h: what a request gets.
 */
#ifndef HTTPD_ANSWER_H
#define HTTPD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include "files.h"
#include "request.h"
#include "text.h"

/* A head is never longer. */
#define ANSWER_HEAD_MAX (3 * REQUEST_TARGET_MAX + 512)

/* A page that is written anew for each request. */
struct page {
    const char *path, *type;
    void (*write)(struct text *text);
};

/* What there is to be had; pages go before files and end with a NULL path. */
struct site {
    struct files files;
    const struct page *pages;
};

struct answer {
    int status;
    bool keep_alive;
    bool no_body; /* only the head is sent: HEAD, 304 */
    const char *type;
    const char *body;
    size_t length;
    char *owned;             /* the body again, if it must be freed */
    const struct file *file; /* where the body is from, or NULL */
    const char *location;    /* the path to look at instead */
};

/* Choose what to say to `request`; `location` may point into it. */
void answer_request(const struct site *site, const struct request *request,
                    struct answer *answer);

/* The same when there was no request that can be understood. */
void answer_error(int status, struct answer *answer);

/* Append the head. `date` is today's, as date_write() writes it; `minor` the
 * request's. */
void answer_write_head(const struct answer *answer, const char *date,
                       unsigned int minor, struct text *head);

/* "Not Found", ...; NULL for a status that is never used here. */
const char *answer_reason(int status);

#endif
