/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hop.c: packets from one element to the next.
 *
 * Each hop is a call inside the one before, so this is where a guest makes sure
 * that there is stack for the next element (build.mk). The calls are jumps: a
 * hop takes no stack itself.
 */
#include "lib/click/element.h"

void element_push(struct element *element, unsigned int port,
                  struct packet *packet)
{
    const struct element_port *out = &element->output[port];

    out->push(out->element, out->port, packet);
}

struct packet *element_pull(struct element *element, unsigned int port)
{
    const struct element_port *in = &element->input[port];

    return in->pull(in->element, in->port);
}

void element_side(struct element *element, unsigned int port,
                  struct packet *packet)
{
    if (port < element->outputs)
        element_push(element, port, packet);
    else
        packet_free(packet);
}
