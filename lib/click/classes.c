/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * classes.c: the classes of elements that this program was built with.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/element.h"

#define CLASS(name) extern const struct element_class click_class_##name;
#include "lib/click/classes.h"
#undef CLASS

#define CLASS(name) &click_class_##name,
static const struct element_class *const classes[] = {
#include "lib/click/classes.h"
    NULL,
};
#undef CLASS

const struct element_class *element_class_at(unsigned int index)
{
    return index < sizeof(classes) / sizeof(*classes) ? classes[index] : NULL;
}

const struct element_class *element_class_find(const char *name)
{
    for (unsigned int i = 0; classes[i]; i++)
        if (!strcmp(classes[i]->name, name))
            return classes[i];
    return NULL;
}
