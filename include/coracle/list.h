/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: a doubly linked list whose links stand inside the listed structures.
 *
 * The list head and the links have the same type and form a circle, so that
 * insertion and removal have no special cases. A list allocates nothing and
 * locks nothing: its owner's lock guards it.
 */
#ifndef CORACLE_LIST_H
#define CORACLE_LIST_H

#include <stdbool.h>
#include "coracle/compiler.h"

struct list {
    struct list *next;
    struct list *prev;
};

/* An empty list, for static definitions: struct list l = LIST_INIT(l); */
#define LIST_INIT(head)                                                        \
    {                                                                          \
        &(head), &(head)                                                       \
    }

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

/* Insert `node` right after `place` (a head: at the front). */
static inline void list_add(struct list *place, struct list *node)
{
    node->next = place->next;
    node->prev = place;
    place->next->prev = node;
    place->next = node;
}

/* Insert `node` right before `place` (a head: at the end). */
static inline void list_add_tail(struct list *place, struct list *node)
{
    list_add(place->prev, node);
}

/* Take `node` out of its list; it is left as a list of its own (empty). */
static inline void list_del(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* The first entry as a `type`, or NULL if the list is empty. */
#define list_first(head, type, member)                                         \
    (list_empty(head) ? NULL : container_of((head)->next, type, member))

/* Visit every link; the body must not remove the current one ... */
#define list_for_each(node, head)                                              \
    for (struct list *node = (head)->next; node != (head); node = node->next)

/* ... unless it is this one, which has looked ahead. */
#define list_for_each_safe(node, after, head)                                  \
    for (struct list *node = (head)->next, *after = node->next;                \
         node != (head); node = after, after = node->next)

#endif
