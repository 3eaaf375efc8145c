/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tee.c: one packet becomes several.
 *
 * =c
 * Tee([N])
 * =s basictransfer
 * copies packets
 * =d
 * Pushes a copy of each packet out of each output, in their order. N says how
 * many outputs there are to be; else there are as many as are connected.
 * =a PullTee, PaintTee
 *
 * =c
 * PullTee([N])
 * =s basictransfer
 * copies packets that are pulled
 * =d
 * What is pulled from output 0 is pulled from its input, and a copy is pushed
 * out of each other output first.
 * =a Tee
 */
#include "lib/click/element.h"

struct tee {
    struct element element;
    uint32_t outputs;
};

static const struct click_param params[] = {
    CLICK_PARAM("N", struct tee, outputs, u32, CLICK_POSITIONAL),
    {0},
};

static int configure(struct element *element, struct click_args *args)
{
    struct tee *tee = (struct tee *)element;

    if ((args->given & 1) && tee->outputs != element->outputs)
        return click_args_error(args, "N is %u, but %u outputs are connected",
                                tee->outputs, element->outputs);
    return 0;
}

/* Copies to outputs `first` and up to `end`; what memory is too short for is
 * missing. */
static void push_copies(struct element *element, unsigned int first,
                        unsigned int end, const struct packet *packet)
{
    for (unsigned int i = first; i < end; i++) {
        struct packet *copy = packet_copy(packet);

        if (copy)
            element_push(element, i, copy);
    }
}

static void push(struct element *element, unsigned int port,
                 struct packet *packet)
{
    unsigned int last = element->outputs - 1;

    (void)port;
    push_copies(element, 0, last, packet);
    element_push(element, last, packet);
}

static struct packet *pull(struct element *element, unsigned int port)
{
    struct packet *packet = element_pull(element, 0);

    (void)port;
    if (packet)
        push_copies(element, 1, element->outputs, packet);
    return packet;
}

const struct element_class click_class_Tee = {
    .name = "Tee",
    .ports = "1/1-",
    .processing = "h/h",
    .passes = true,
    .size = sizeof(struct tee),
    .params = params,
    .configure = configure,
    .push = push,
};

const struct element_class click_class_PullTee = {
    .name = "PullTee",
    .ports = "1/1-",
    .processing = "l/lh",
    .passes = true,
    .size = sizeof(struct tee),
    .params = params,
    .configure = configure,
    .pull = pull,
};
