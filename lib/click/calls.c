/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * calls.c: handlers that elements call.
 */
#include "lib/click/calls.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/state.h"

int click_path_find(const struct element *near, const char *path,
                    struct element **element, const char **handler)
{
    const char *dot = strchr(path, '.');
    char *name;

    *element = NULL;
    *handler = dot ? dot + 1 : path;
    if (!dot || dot == path)
        return 0;
    name = strndup(path, (size_t)(dot - path));
    if (!name)
        return -ENOMEM;
    *element = element_find(near, name);
    free(name);
    return *element ? 0 : -ENOENT;
}

bool click_has_handler(const struct element *near, const char *path, bool write)
{
    const struct click_handler *handler = NULL;
    struct element *element;
    const char *name;

    if (click_path_find(near, path, &element, &name))
        return false;
    if (element || !strchr(path, '.'))
        handler = element_handler_find(element ? element : near, name);
    if (handler)
        return write ? handler->write != NULL : handler->read != NULL;
    return !element && router_has(name, write);
}

/* Whether the handler is there, and for writing. */
static int check(const struct click_call *call, struct click_errors *errors)
{
    const struct click_handler *handler;

    if (!call->target)
        return router_has(call->handler, true)
                   ? 0
                   : click_error(errors, NULL, "no write handler '%s'",
                                 call->handler);
    handler = element_handler_find(call->target, call->handler);
    if (!handler)
        return click_error(errors, NULL, "no handler named '%s'", call->path);
    if (!handler->write)
        return click_error(errors, NULL, "'%s' is not a write handler",
                           call->path);
    return 0;
}

int click_call_set(struct click_call *call, struct element *element,
                   const char *words, struct click_errors *errors)
{
    struct click_call fresh = {0};
    size_t length = strcspn(words, " \t\n\r");
    int error;

    fresh.path = strndup(words, length);
    words += length;
    fresh.value = strdup(words + strspn(words, " \t\n\r"));
    if (!fresh.path || !fresh.value) {
        error = click_error(errors, NULL, "out of memory");
    } else if (click_path_find(element, fresh.path, &fresh.target,
                               &fresh.handler)) {
        error = click_error(errors, NULL, "no element named '%.*s'",
                            (int)strcspn(fresh.path, "."), fresh.path);
    } else {
        error = check(&fresh, errors);
    }
    if (error) {
        click_call_free(&fresh);
        return error;
    }
    click_call_free(call);
    *call = fresh;
    return 0;
}

void click_call_free(struct click_call *call)
{
    free(call->path);
    free(call->value);
    memset(call, 0, sizeof(*call));
}

void click_call_make(struct click_call *call, struct element *element)
{
    struct element_errors errors;
    const struct click_handler *handler;

    if (!call->path)
        return;
    element_errors(&errors, element);
    if (!call->target) {
        (void)!router_write(element->router, call->handler, call->value,
                            &errors.errors);
        return;
    }
    handler = element_handler_find(call->target, call->handler);
    if (handler && handler->write)
        (void)!handler_write(call->target, handler, call->value,
                             &errors.errors);
}
