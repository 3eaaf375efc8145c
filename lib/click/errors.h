/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errors.h: what is wrong with a configuration, for people: all of it, not only
 * the first thing, each with the place where it is written.
 *
 *     config:3:12: While configuring 'q :: Queue':
 *       CAPACITY: expected a number, not 'many'
 *
 * A place ("landmark") is FILE:LINE:COLUMN. What is said inside a context is
 * indented below the context's own line, which is said once, when it is needed.
 */
#ifndef CORACLE_CLICK_ERRORS_H
#define CORACLE_CLICK_ERRORS_H

#include <stdbool.h>
#include "coracle/compiler.h"

#define CLICK_CONTEXTS 8

struct click_errors {
    /* Takes one line, without its end. */
    void (*say)(struct click_errors *errors, const char *line);

    unsigned int count; /* errors, not warnings */
    bool no_warnings;
    unsigned int depth; /* of contexts */
    struct {
        char *landmark, *line;
        bool said;
    } contexts[CLICK_CONTEXTS];
};

/* `landmark` may be NULL: no place. click_error() returns -EINVAL, so that one
 * may `return click_error(...)`. */
int click_error(struct click_errors *errors, const char *landmark,
                const char *format, ...) PRINTF_LIKE(3, 4);
void click_message(struct click_errors *errors, const char *landmark,
                   const char *format, ...) PRINTF_LIKE(3, 4);
void click_warning(struct click_errors *errors, const char *landmark,
                   const char *format, ...) PRINTF_LIKE(3, 4);

void click_errors_enter(struct click_errors *errors, const char *landmark,
                        const char *format, ...) PRINTF_LIKE(3, 4);
void click_errors_leave(struct click_errors *errors);

#endif
