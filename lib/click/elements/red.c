/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * red.c: drop early, before a queue is full. (S. Floyd, V. Jacobson: Random
 * Early Detection Gateways for Congestion Avoidance, 1993.)
 *
 * Queue lengths are averaged by a sixteenth for each packet, in 1/1024ths.
 *
 * =c
 * RED(MIN_THRESH, MAX_THRESH, MAX_P, [KEYWORDS])
 * =s dropping
 * drops packets by random early detection
 * =d
 * Averages the length of queues. Below MIN_THRESH it passes all packets; up to
 * MAX_THRESH it drops ever more of them, at last with probability MAX_P; above
 * it see GENTLE. What is dropped leaves by output 1, if that is connected. The
 * queues are those that its packets come to next, if it pushes, or come from,
 * if it is pulled; or those that are named. Keyword arguments:
 *
 *   QUEUES     names of queues
 *   STABILITY  the average moves 1/2^STABILITY of the way (4, if not given)
 *   GENTLE     above MAX_THRESH, true: the probability grows on from MAX_P,
 *              to 1 at twice MAX_THRESH; false: all are dropped; true, if not
 *              given
 *
 * =h min_thresh read/write
 * the MIN_THRESH argument
 * =h max_thresh read/write
 * the MAX_THRESH argument
 * =h max_p read/write
 * the MAX_P argument
 * =h avg_queue_size read-only
 * the average
 * =h drops read-only
 * packets dropped so far
 * =h queues read-only
 * the queues' names
 * =h stats read-only
 * some of these, for people
 * =a Queue, RandomSample
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "lib/click/queue.h"
#include "lib/click/router.h"

#define SCALE 10

struct red {
    struct element element;
    uint32_t low, high, stability;
    double most; /* MAX_P */
    bool gentle;
    char *names;
    struct click_queue **queues;
    unsigned int count;
    uint64_t average; /* times 2^SCALE */
    uint32_t passed;  /* since the last one was dropped */
    uint64_t drops;
};

static void defaults(struct element *element)
{
    ((struct red *)element)->stability = 4;
    ((struct red *)element)->gentle = true;
}

static int find_again(struct red *red, struct click_errors *errors);

static int configure(struct element *element, struct click_args *args)
{
    struct red *red = (struct red *)element;

    if (red->low > red->high)
        return click_args_error(args, "MIN_THRESH must not exceed MAX_THRESH");
    if (red->most < 0 || red->most > 1)
        return click_args_error(args, "MAX_P: 0 to 1");
    if (red->stability > 16)
        return click_args_error(args, "STABILITY: 0 to 16");
    if (red->high > 1u << 24)
        return click_args_error(args, "MAX_THRESH: too large");
    return red->queues ? find_again(red, args->errors) : 0;
}

static int add_queue(struct red *red, struct element *element)
{
    struct click_queue *queue = element_cast(element, "Storage");
    struct click_queue **queues;

    if (!queue)
        return 0;
    for (unsigned int i = 0; i < red->count; i++)
        if (red->queues[i] == queue)
            return 1;
    queues = realloc(red->queues, (red->count + 1) * sizeof(*queues));
    if (!queues)
        return -1;
    queues[red->count++] = queue;
    red->queues = queues;
    return 1;
}

/* The nearest queues from `element` on; `seen` has a flag for each element. */
static int search(struct red *red, struct element *element, bool down,
                  bool *seen)
{
    unsigned int ports = down ? element->outputs : element->inputs;
    const struct element_port *port = down ? element->output : element->input;

    for (unsigned int i = 0; i < ports; i++) {
        struct element *next = port[i].element;
        int found;

        if (!next || seen[next->index])
            continue;
        seen[next->index] = true;
        found = add_queue(red, next);
        if (found < 0 || (!found && search(red, next, down, seen) < 0))
            return -1;
    }
    return 0;
}

static int find_named(struct red *red, struct click_errors *errors)
{
    unsigned int count;
    char **words = click_split_words(red->names, &count);
    int error = words ? 0 : click_error(errors, NULL, "out of memory");

    for (unsigned int i = 0; words && i < count && !error; i++) {
        struct element *element = element_find(&red->element, words[i]);

        if (!element)
            error =
                click_error(errors, NULL, "no element named '%s'", words[i]);
        else if (add_queue(red, element) <= 0)
            error = click_error(errors, NULL, "'%s' is no queue", words[i]);
    }
    if (words)
        click_words_free(words, count);
    return error;
}

static int initialize(struct element *element, struct click_errors *errors)
{
    struct red *red = (struct red *)element;
    bool *seen;
    int error;

    if (red->names)
        return find_named(red, errors);
    seen = calloc(router_elements(element->router) + 1, sizeof(*seen));
    error = seen ? search(red, element, element->input_push[0], seen) : -1;
    free(seen);
    if (error)
        return click_error(errors, NULL, "out of memory");
    return red->count ? 0 : click_error(errors, NULL, "no nearby Queues");
}

/* At work: QUEUES may be others. */
static int find_again(struct red *red, struct click_errors *errors)
{
    struct click_queue **old = red->queues;

    red->queues = NULL;
    red->count = 0;
    if (initialize(&red->element, errors)) {
        free(red->queues); /* the old ones will stand there again */
        return -1;
    }
    free(old);
    return 0;
}

static void cleanup(struct element *element)
{
    free(((struct red *)element)->queues);
}

static bool must_drop(struct red *red)
{
    uint64_t low = (uint64_t)red->low << SCALE;
    uint64_t high = (uint64_t)red->high << SCALE, length = 0;
    double probability;

    for (unsigned int i = 0; i < red->count; i++)
        length += red->queues[i]->length;
    length <<= SCALE;
    if (length >= red->average)
        red->average += (length - red->average) >> red->stability;
    else
        red->average -= (red->average - length) >> red->stability;
    if (red->average <= low) {
        red->passed = 0;
        return false;
    }
    if (red->average > (red->gentle ? 2 * high : high))
        return true;
    if (red->average > high)
        probability = red->most + (1 - red->most) *
                                      (double)(red->average - high) /
                                      (double)high;
    else
        probability =
            red->most * (double)(red->average - low) / (double)(high - low);
    red->passed++;
    /* Drops are to be spread evenly: the longer the last one ago, the surer. */
    probability = red->passed * probability < 1
                      ? probability / (1 - red->passed * probability)
                      : 1;
    if (click_random(&red->element) >= probability * 4294967296.0)
        return false;
    red->passed = 0;
    return true;
}

static struct packet *simple(struct element *element, struct packet *packet)
{
    struct red *red = (struct red *)element;

    if (!must_drop(red))
        return packet;
    red->drops++;
    element_side(element, 1, packet);
    return NULL;
}

static void take_state(struct element *element, struct element *old)
{
    struct red *red = (struct red *)element, *from = (struct red *)old;

    red->average = from->average;
    red->passed = from->passed;
    red->drops = from->drops;
}

static int read_queues(struct element *element,
                       const struct click_handler *handler, const char *param,
                       struct text *out)
{
    const struct red *red = (struct red *)element;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; i < red->count; i++)
        text_printf(out, "%s\n", red->queues[i]->element.name);
    return 0;
}

/* `data`: with the drops, for people. */
static int read_average(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    const struct red *red = (struct red *)element;

    (void)param;
    text_printf(out, "%" PRIu64 ".%03u", red->average >> SCALE,
                (unsigned int)((red->average & 1023) * 1000 >> SCALE));
    if (handler->data)
        text_printf(out, " average queue size\n%" PRIu64 " drops\n",
                    red->drops);
    return 0;
}

static const struct click_param params[] = {
    CLICK_PARAM("MIN_THRESH", struct red, low, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("MAX_THRESH", struct red, high, u32,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("MAX_P", struct red, most, double,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("QUEUES", struct red, names, word, CLICK_POSITIONAL),
    CLICK_PARAM("STABILITY", struct red, stability, u32, 0),
    CLICK_PARAM("GENTLE", struct red, gentle, bool, 0),
    {0},
};

static const struct click_handler handlers[] = {
    HANDLER_ARGUMENT("min_thresh"),
    HANDLER_ARGUMENT("max_thresh"),
    HANDLER_ARGUMENT("max_p"),
    {.name = "avg_queue_size", .read = read_average},
    {.name = "stats", .read = read_average, .data = 1},
    HANDLER_FIELD("drops", struct red, drops, u64),
    {.name = "queues", .read = read_queues},
    {0},
};

const struct element_class click_class_RED = {
    .name = "RED",
    .ports = "1/1-2",
    .processing = "a/ah",
    .size = sizeof(struct red),
    .params = params,
    .defaults = defaults,
    .configure = configure,
    .reconfigurable = true,
    .initialize = initialize,
    .cleanup = cleanup,
    .take_state = take_state,
    .simple = simple,
    .handlers = handlers,
};
