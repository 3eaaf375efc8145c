/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elements.c: the classes that this program has, and what they are for: a table
 * that tools/click-doc makes of the elements' sources.
 */
#include "tools/click/elements.h"
#include <stdio.h>
#include <string.h>
#include "lib/click/element.h"

static const struct {
    const char *name, *summary;
} summaries[] = {
#include "elements.inc"
    {NULL, NULL},
};

void elements_list(void)
{
    const struct element_class *class;

    for (unsigned int i = 0; (class = element_class_at(i)); i++) {
        const char *summary = "";

        for (unsigned int j = 0; summaries[j].name; j++)
            if (!strcmp(summaries[j].name, class->name))
                summary = summaries[j].summary;
        printf("%-24s %s\n", class->name, summary);
    }
}
