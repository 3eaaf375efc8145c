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
};
#undef CLASS

const struct element_class *element_class_at(unsigned int index)
{
    if (index < ARRAY_SIZE(classes))
        return classes[index];
    return element_classes_here
               ? element_classes_here[index - ARRAY_SIZE(classes)]
               : NULL;
}

const struct element_class *element_class_find(const char *name)
{
    const struct element_class *class;

    for (unsigned int i = 0; (class = element_class_at(i)); i++)
        if (!strcmp(class->name, name))
            break;
    return class;
}
