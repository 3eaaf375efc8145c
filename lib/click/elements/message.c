/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message.c: elements that only speak, or only say something about others.
 *
 * =c
 * Message(MESSAGE [, TYPE])
 * =s control
 * says something when it is configured
 * =d
 * Says MESSAGE, a string, as TYPE says: MESSAGE (if not given), WARNING or
 * ERROR. With ERROR the router is refused.
 * =a Error
 *
 * =c
 * Error(...)
 * =s debugging
 * is always wrong
 * =d
 * Takes any configuration string, has any ports, and is refused when it is to
 * be initialized: the router does not begin, but all other errors are said.
 * =a Message
 *
 * =c
 * ScheduleInfo(ELEMENT TICKETS, ...)
 * =s information
 * says how often tasks run
 * =io
 * none
 * =d
 * The task of ELEMENT is to run TICKETS times as often as one without a word; 1
 * is usual, and it may be a fraction. For a compound element it is a factor for
 * all elements in it. What is said further out of an element wins.
 * =e
 *   ScheduleInfo(FromDevice@1 4, slow 0.5)
 *
 * =c
 * ClickyInfo(...)
 * =s information
 * says how a picture of the router should look
 * =io
 * none
 * =d
 * For Clicky, which draws routers; nothing here looks at it.
 * =a AlignmentInfo
 *
 * =c
 * AlignmentInfo(...)
 * =s information
 * says nothing of interest here
 * =io
 * none
 * =d
 * Upstream's tools leave it in configurations; the x86 needs no alignment.
 * =a Align
 *
 * =c
 * StaticThreadSched(ELEMENT THREAD, ...)
 * =s information
 * says which thread runs an element
 * =io
 * none
 * =d
 * A router runs in one thread here; what is said is not looked at.
 * =a ScheduleInfo
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/element.h"
#include "lib/click/router.h"
#include "lib/click/types.h"

struct message {
    struct element element;
    char *message, *type;
};

static int message_configure(struct element *element, struct click_args *args)
{
    const struct message *message = (struct message *)element;
    const char *type = message->type ? message->type : "MESSAGE";

    if (!strcmp(type, "MESSAGE"))
        click_message(args->errors, NULL, "%s", message->message);
    else if (!strcmp(type, "WARNING"))
        click_warning(args->errors, NULL, "%s", message->message);
    else if (!strcmp(type, "ERROR"))
        return click_args_error(args, "%s", message->message);
    else
        return click_args_error(args,
                                "TYPE: expected MESSAGE, WARNING or ERROR");
    return 0;
}

static void error_push(struct element *element, unsigned int port,
                       struct packet *packet)
{
    (void)element;
    (void)port;
    packet_free(packet);
}

static struct packet *error_pull(struct element *element, unsigned int port)
{
    (void)element;
    (void)port;
    return NULL;
}

static int error_initialize(struct element *element,
                            struct click_errors *errors)
{
    (void)element;
    return click_error(errors, NULL, "Router has an error element");
}

/* ---- ScheduleInfo ---------------------------------------------------------
 */

struct schedule {
    struct schedule *next;
    char *path;   /* an element or compound, in full */
    size_t scope; /* of the ScheduleInfo: how much of the path is its own */
    double factor;
};

struct schedules {
    struct schedule *first;
};

static void free_schedules(void *value)
{
    struct schedules *schedules = value;

    while (schedules->first) {
        struct schedule *schedule = schedules->first;

        schedules->first = schedule->next;
        free(schedule->path);
        free(schedule);
    }
}

static int schedule_add(struct element *element, struct schedules *schedules,
                        const char *name, double factor)
{
    const char *slash = strrchr(element->name, '/');
    size_t scope = slash ? (size_t)(slash - element->name) + 1 : 0;
    struct schedule *schedule = calloc(1, sizeof(*schedule));
    char *path = malloc(scope + strlen(name) + 1);

    if (!schedule || !path) {
        free(schedule);
        free(path);
        return -ENOMEM;
    }
    memcpy(path, element->name, scope);
    strcpy(path + scope, name);
    schedule->path = path;
    schedule->scope = scope;
    schedule->factor = factor;
    schedule->next = schedules->first;
    schedules->first = schedule;
    return 0;
}

static int schedule_configure(struct element *element, struct click_args *args)
{
    struct schedules *schedules = router_share(
        element->router, "schedules", sizeof(*schedules), free_schedules);

    if (!schedules)
        return click_args_error(args, "out of memory");
    for (unsigned int i = 0; i < args->count; i++) {
        unsigned int count;
        char **words = click_split_words(args->words[i], &count);
        double factor;
        int error = -ENOMEM;

        if (words &&
            (count != 2 || click_read_double(words[1], &factor) || factor <= 0))
            error = click_args_error(args,
                                     "expected 'ELEMENT TICKETS', not "
                                     "'%s'",
                                     args->words[i]);
        else if (words)
            error = schedule_add(element, schedules, words[0], factor);
        if (words)
            click_words_free(words, count);
        if (error)
            return error;
    }
    return 0;
}

/* The factor that those of scope `scope` give to `name`, whole or by compounds.
 */
static double factor_of(const struct schedules *schedules, const char *name,
                        size_t scope, bool *whole)
{
    double factor = 1;

    for (const struct schedule *schedule = schedules->first; schedule;
         schedule = schedule->next) {
        size_t length = strlen(schedule->path);

        if (schedule->scope != scope || strncmp(schedule->path, name, length))
            continue;
        if (!name[length]) {
            *whole = true;
            return schedule->factor;
        }
        if (name[length] == '/')
            factor *= schedule->factor;
    }
    return factor;
}

/* From the outermost scope in: the first that names the element itself ends it.
 */
static double total_factor(const struct schedules *schedules, const char *name)
{
    double factor = 1;
    size_t scope = 0;
    bool whole = false;

    for (;;) {
        const char *slash;

        factor *= factor_of(schedules, name, scope, &whole);
        slash = strchr(name + scope, '/');
        if (whole || !slash)
            return factor;
        scope = (size_t)(slash - name) + 1;
    }
}

/* All ScheduleInfos have been configured: before any task is initialized. */
static int schedule_initialize(struct element *element,
                               struct click_errors *errors)
{
    struct schedules *schedules = router_share(
        element->router, "schedules", sizeof(*schedules), free_schedules);

    for (unsigned int i = 0; schedules && i < router_elements(element->router);
         i++) {
        struct element *other = router_element(element->router, i);
        double factor = total_factor(schedules, other->name);

        if (factor != 1 &&
            router_give_tickets(
                element->router, i,
                (unsigned int)(factor * 1024 < 32768 ? factor * 1024 : 32768)))
            return click_error(errors, NULL, "out of memory");
    }
    return 0;
}

/* ---- Classes --------------------------------------------------------------
 */

static const struct click_param message_params[] = {
    CLICK_PARAM("MESSAGE", struct message, message, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("TYPE", struct message, type, word, CLICK_POSITIONAL),
    {0},
};

const struct element_class click_class_Message = {
    .name = "Message",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct message),
    .params = message_params,
    .configure = message_configure,
};

const struct element_class click_class_Error = {
    .name = "Error",
    .ports = "-/-",
    .processing = "a/a",
    .size = sizeof(struct element),
    .initialize = error_initialize,
    .push = error_push,
    .pull = error_pull,
};

const struct element_class click_class_ScheduleInfo = {
    .name = "ScheduleInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
    .configure = schedule_configure,
    .initialize = schedule_initialize,
};

const struct element_class click_class_ClickyInfo = {
    .name = "ClickyInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
};

const struct element_class click_class_AlignmentInfo = {
    .name = "AlignmentInfo",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
};

const struct element_class click_class_StaticThreadSched = {
    .name = "StaticThreadSched",
    .ports = "0/0",
    .processing = "a/a",
    .size = sizeof(struct element),
    .phase = CLICK_PHASE_INFO,
};
