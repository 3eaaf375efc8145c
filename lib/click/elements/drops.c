/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drops.c: bad packets, counted and reported. See drops.h.
 */
#include "lib/click/elements/drops.h"

static int read_details(struct element *element,
                        const struct click_handler *handler, const char *param,
                        struct text *out)
{
    struct drops *drops = &((struct drops_element *)element)->drops;

    (void)handler;
    (void)param;
    for (unsigned int i = 0; i < drops->count; i++)
        text_printf(out, "%15llu %s\n", (unsigned long long)drops->by_reason[i],
                    drops->reasons[i]);
    return 0;
}

int drops_initialize(struct element *element, struct click_errors *errors)
{
    static const struct click_handler handler = {.name = "drop_details",
                                                 .read = read_details};
    struct drops *drops = &((struct drops_element *)element)->drops;

    if (!drops->details)
        return 0;
    drops->by_reason =
        element_alloc(element, drops->count * sizeof(*drops->by_reason));
    if (!drops->by_reason || element_add_handler(element, &handler))
        return click_error(errors, element->landmark, "out of memory");
    return 0;
}

void drops_take_state(struct element *element, struct element *old)
{
    struct drops *drops = &((struct drops_element *)element)->drops;
    const struct drops *from = &((struct drops_element *)old)->drops;

    drops->total = from->total;
    for (unsigned int i = 0; i < drops->count; i++)
        if (drops->by_reason && from->by_reason)
            drops->by_reason[i] = from->by_reason[i];
}

struct packet *drops_add(struct drops *drops, struct element *element,
                         unsigned int reason, struct packet *packet)
{
    if (drops->total == 0 || drops->verbose)
        click_say(element, "%s: %s check failed: %s", element->name,
                  drops->what, drops->reasons[reason]);
    drops->total++;
    if (drops->by_reason)
        drops->by_reason[reason]++;
    element_side(element, 1, packet);
    return NULL;
}

const struct click_handler drops_handlers[] = {
    HANDLER_FIELD("drops", struct drops_element, drops.total, u64),
    {0},
};
