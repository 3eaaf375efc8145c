/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump_source.h: what elements that read packets from a file share: when the
 * next packet is due, which ones are left out, what is done at the end. They
 * push by a task or are pulled from.
 */
#ifndef CORACLE_CLICK_DUMP_SOURCE_H
#define CORACLE_CLICK_DUMP_SOURCE_H

#include "lib/click/calls.h"
#include "lib/click/element.h"
#include "lib/click/file.h"

struct dump_source {
    struct element element;
    /* The next packet of the file; NULL at its end. */
    struct packet *(*next)(struct dump_source *source);

    char *file_name;
    struct click_file *file;

    /* Arguments */
    bool stop, timing, active;
    double sample;
    char *end;

    uint64_t count;
    uint32_t probability; /* of SAMPLE, in 1/2^28 */
    struct click_call end_call;
    struct packet *waiting; /* for its time */
    bool timed;
    int64_t offset; /* from packets' times to the steady clock */
    struct click_task task;
    struct click_timer timer;
    struct click_notifier more;
};

void dump_source_defaults(struct dump_source *source);
MUST_CHECK int dump_source_configure(struct dump_source *source,
                                     struct click_args *args);
/* Open the file (if it is not open), make ready. */
MUST_CHECK int dump_source_begin(struct dump_source *source,
                                 struct click_errors *errors);
void dump_source_end(struct dump_source *source);
/* For take_state(): go on where `old` is. False: it has another file. */
bool dump_source_take(struct dump_source *source, struct dump_source *old);

/* Whether this packet is among those that SAMPLE wants. */
bool dump_source_wants(struct dump_source *source);

/* The class's. */
int dump_source_wake(struct element *element, struct click_errors *errors);
struct packet *dump_source_pull(struct element *element, unsigned int port);
struct click_notifier *dump_source_notifier(struct element *element,
                                            bool at_output, unsigned int port);

/* Handlers' */
int dump_source_write_stop(struct element *element,
                           const struct click_handler *handler,
                           const char *value, struct click_errors *errors);
int dump_source_read_size(struct element *element,
                          const struct click_handler *handler,
                          const char *param, struct text *out);
int dump_source_read_position(struct element *element,
                              const struct click_handler *handler,
                              const char *param, struct text *out);
int dump_source_read_probability(struct element *element,
                                 const struct click_handler *handler,
                                 const char *param, struct text *out);

#endif
