/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump_source.c: packets from files, in time.
 *
 * With TIMING, the first packet goes at once, and each other as long after it
 * as it was in the file: one that is not due yet waits in `waiting` for a
 * timer.
 */
#include "lib/click/dump_source.h"
#include <string.h>
#include "lib/click/files.h"
#include "lib/click/real.h"
#include "lib/click/router.h"

#define ONE (1u << 28)

void dump_source_defaults(struct dump_source *source)
{
    source->active = true;
    source->sample = 1;
}

int dump_source_configure(struct dump_source *source, struct click_args *args)
{
    if (!(source->sample >= 0 && source->sample <= 1))
        return click_args_error(args, "SAMPLE: must be between 0 and 1");
    source->probability = (uint32_t)(source->sample * ONE + 0.5);
    if (source->end && source->stop)
        return click_args_error(args,
                                "END_CALL and STOP are mutually exclusive");
    return 0;
}

bool dump_source_wants(struct dump_source *source)
{
    return source->probability == ONE ||
           (click_random(&source->element) & (ONE - 1)) < source->probability;
}

static void finish(struct dump_source *source)
{
    source->active = false;
    notifier_set(&source->more, false);
    if (source->end_call.path)
        click_call_make(&source->end_call, &source->element);
    else if (source->stop)
        router_stop(source->element.router);
}

/* The next packet, if it is due: else a timer is set, or it is the end. */
static struct packet *take(struct dump_source *source)
{
    struct element *element = &source->element;
    struct packet *packet = source->waiting;
    int64_t due;

    source->waiting = NULL;
    if (!packet)
        packet = source->next(source);
    if (!packet) {
        finish(source);
        return NULL;
    }
    if (source->timing) {
        if (!source->timed)
            source->offset = click_steady(element) - click_notes(packet)->time;
        source->timed = true;
        due = click_notes(packet)->time + source->offset;
        if (due > click_steady(element) &&
            timer_schedule_at(&source->timer, due) == 0) {
            source->waiting = packet;
            notifier_set(&source->more, false);
            return NULL;
        }
    }
    source->count++;
    return packet;
}

static bool run(struct click_task *task)
{
    struct dump_source *source = (struct dump_source *)task->element;
    struct packet *packet = source->active ? take(source) : NULL;

    if (!packet)
        return false;
    element_push(task->element, 0, packet);
    task_schedule(task);
    return true;
}

struct packet *dump_source_pull(struct element *element, unsigned int port)
{
    struct dump_source *source = (struct dump_source *)element;

    (void)port;
    return source->active && !source->timer.place ? take(source) : NULL;
}

struct click_notifier *dump_source_notifier(struct element *element,
                                            bool at_output, unsigned int port)
{
    return at_output && port == 0 ? &((struct dump_source *)element)->more
                                  : NULL;
}

int dump_source_wake(struct element *element, struct click_errors *errors)
{
    struct dump_source *source = (struct dump_source *)element;

    (void)errors;
    if (element->task)
        task_schedule(element->task);
    else
        notifier_set(&source->more, source->active);
    return 0;
}

static void expired(struct click_timer *timer)
{
    (void)dump_source_wake(timer->element, NULL);
}

int dump_source_begin(struct dump_source *source, struct click_errors *errors)
{
    struct element *element = &source->element;

    if (!source->file)
        source->file = click_open_read(element, source->file_name, errors);
    if (!source->file)
        return -1;
    if (source->end &&
        click_call_set(&source->end_call, element, source->end, errors))
        return -1;
    timer_init(&source->timer, element, expired);
    source->more.active = source->active;
    if (element->output_push[0])
        task_init(&source->task, element, run, source->active);
    return 0;
}

bool dump_source_take(struct dump_source *source, struct dump_source *old)
{
    struct click_file *file = source->file;

    if (!source->file_name || !old->file_name ||
        strcmp(source->file_name, old->file_name))
        return false;
    source->file = old->file;
    source->active = old->active;
    source->count = old->count;
    source->waiting = old->waiting;
    source->timed = old->timed;
    source->offset = old->offset;
    old->file = file;
    old->waiting = NULL;
    (void)dump_source_wake(&source->element, NULL);
    return true;
}

void dump_source_end(struct dump_source *source)
{
    timer_unschedule(&source->timer);
    if (source->element.task)
        task_unschedule(&source->task);
    click_close(&source->element, source->file);
    source->file = NULL;
    packet_free(source->waiting);
    click_call_free(&source->end_call);
    notifier_free(&source->more);
}

/* ---- Handlers -------------------------------------------------------------
 */

int dump_source_write_stop(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors)
{
    (void)handler;
    (void)value;
    (void)errors;
    ((struct dump_source *)element)->active = false;
    router_stop(element->router);
    return 0;
}

int dump_source_read_size(struct element *element,
                          const struct click_handler *handler,
                          const char *param, struct text *out)
{
    struct click_file *file = ((struct dump_source *)element)->file;
    int64_t size = file ? click_file_size(file) : -1;

    (void)handler;
    (void)param;
    if (size >= 0)
        text_printf(out, "%lld", (long long)size);
    else
        text_puts(out, "-");
    return 0;
}

int dump_source_read_position(struct element *element,
                              const struct click_handler *handler,
                              const char *param, struct text *out)
{
    struct click_file *file = ((struct dump_source *)element)->file;

    (void)handler;
    (void)param;
    text_printf(out, "%lld", (long long)(file ? click_file_position(file) : 0));
    return 0;
}

int dump_source_read_probability(struct element *element,
                                 const struct click_handler *handler,
                                 const char *param, struct text *out)
{
    (void)handler;
    (void)param;
    text_real(out, ((struct dump_source *)element)->probability / (double)ONE,
              'g', 9, false);
    return 0;
}
