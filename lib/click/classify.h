/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classify.h: what Classifier, IPClassifier and IPFilter share: a decision
 * program made of their arguments, which says where each packet goes. They
 * differ in the language of a pattern.
 */
#ifndef CORACLE_CLICK_CLASSIFY_H
#define CORACLE_CLICK_CLASSIFY_H

#include "lib/click/element.h"
#include "lib/click/program.h"

struct classify {
    struct element element;
    struct program program;
};

/* The class's; configure() calls its reconfigure(). */
int classify_configure(struct element *element, struct click_args *args);
void classify_cleanup(struct element *element);
extern const struct click_handler classify_handlers[];

/* Add argument `index` to the builder. 0, or negative after an error. */
typedef int classify_pattern(struct click_args *args, unsigned int index,
                             struct program_builder *builder);

/* For reconfigure(): build the program of all arguments and let it take the
 * place of the one before; `outputs`: each argument is for an output, and one
 * that gets no packets is worth a warning. Errors of all arguments are said,
 * and change nothing. */
MUST_CHECK int classify_set(struct element *element, struct click_args *args,
                            classify_pattern *add, bool outputs);

static inline void classify_give(struct element *element, uint32_t target,
                                 struct packet *packet)
{
    if (target == PROGRAM_DROP)
        packet_free(packet);
    else
        element_push(element, target & ~PROGRAM_OUTPUT, packet);
}

#endif
