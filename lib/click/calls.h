/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calls.h: "HANDLER [VALUE]", which an element writes when its time has come.
 */
#ifndef CORACLE_CLICK_CALLS_H
#define CORACLE_CLICK_CALLS_H

#include "lib/click/element.h"

struct click_call {
    struct element *target;
    const char *handler; /* in `path` */
    char *path, *value;
};

/* Read `words` as `element` means them; the handler must be for writing. In
 * initialize() or later. 0, or -EINVAL and the call as it was. */
MUST_CHECK int click_call_set(struct click_call *call, struct element *element,
                              const char *words, struct click_errors *errors);
void click_call_free(struct click_call *call);

/* Errors are said as `element`'s. Nothing if there is no call. */
void click_call_make(struct click_call *call, struct element *element);

/*
 * "ELEMENT.HANDLER", or "HANDLER" of `near` itself or of the router: the
 * element (NULL: the router) and where the handler's name begins in `path`. 0,
 * or -ENOENT: there is no such element, -ENOMEM.
 */
MUST_CHECK int click_path_find(const struct element *near, const char *path,
                               struct element **element, const char **handler);

/* Whether `path` is a handler, for writing or else for reading; a name alone is
 * `near`'s own or the router's. */
bool click_has_handler(const struct element *near, const char *path,
                       bool write);

#endif
