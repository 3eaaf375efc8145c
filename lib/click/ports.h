/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.h: how many ports elements have, and which of them push: what router.c
 * asks ports.c between making the elements and configuring them.
 *
 * `elements` are as many as the configuration has, in its order, each with its
 * class, name and landmark set.
 */
#ifndef CORACLE_CLICK_PORTS_H
#define CORACLE_CLICK_PORTS_H

#include "coracle/compiler.h"
#include "lib/click/config.h"
#include "lib/click/element.h"

/* Set `inputs` and `outputs` of each from its connections, as its class's
 * `ports` allows. 0, or -EINVAL after all that is wrong was said. */
MUST_CHECK int ports_count(const struct click_config *config,
                           struct element **elements,
                           struct click_errors *errors);

/*
 * Set what each port is, in `input_push` and `output_push` (allocated, `inputs`
 * and `outputs` long), from the classes' `processing` and, for agnostic ports,
 * from what they are connected to and their `flow`; what nothing decides
 * becomes push. Each push output and each pull input has one connection, all
 * ports have at least one. 0; -EINVAL after all that is wrong was said, -ENOMEM
 * likewise.
 */
MUST_CHECK int ports_resolve(const struct click_config *config,
                             struct element **elements,
                             struct click_errors *errors);

/* Whether packets that come in at `input` may leave by `output`: the class's
 * `flow` code (NULL: "x/x", all). */
bool ports_flow(const struct element_class *class, unsigned int input,
                unsigned int output, unsigned int inputs, unsigned int outputs);

#endif
