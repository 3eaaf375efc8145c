/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name_table.c: a hash table of names with open addressing, at most half full,
 * so that a configuration of thousands of elements is parsed in linear time.
 */
#include <stdint.h>
#include <string.h>
#include "lib/click/graph.h"

/* FNV-1a. */
static uint32_t hash(const char *name)
{
    uint32_t value = 2166136261u;

    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * 16777619u;
    return value;
}

/* Where `name` is or would be. */
static struct name_slot *slot_of(const struct name_table *table,
                                 const char *name)
{
    uint32_t at = hash(name) & (table->room - 1);

    while (table->slots[at].name && strcmp(table->slots[at].name, name))
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

unsigned int *name_table_find(const struct name_table *table, const char *name)
{
    struct name_slot *slot = table->room ? slot_of(table, name) : NULL;

    return slot && slot->name ? &slot->value : NULL;
}

void name_table_add(struct arena *arena, struct name_table *table,
                    const char *name, unsigned int value)
{
    struct name_slot *slot;

    if (2 * table->used >= table->room) {
        struct name_table larger = {.room = table->room ? 2 * table->room : 16};

        larger.slots = arena_alloc(arena, larger.room * sizeof(*larger.slots));
        for (unsigned int i = 0; i < table->room; i++)
            if (table->slots[i].name)
                *slot_of(&larger, table->slots[i].name) = table->slots[i];
        larger.used = table->used;
        *table = larger;
    }
    slot = slot_of(table, name);
    slot->name = name;
    slot->value = value;
    table->used++;
}
