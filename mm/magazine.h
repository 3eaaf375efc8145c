/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * magazine.h: small objects, most of them from what this CPU keeps at hand.
 * What malloc() and free() do each time is inline.
 */
#ifndef CORACLE_MM_MAGAZINE_H
#define CORACLE_MM_MAGAZINE_H

#include <stdbool.h>
#include <stdint.h>
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "mm/slab.h"

#define KEPT_CLASSES 16 /* up to 512 bytes */
#define KEPT_BYTES   2048
#define KEPT_MAX     14

struct magazine {
    uint32_t count, capacity;
    struct object objects[KEPT_MAX];
} __attribute__((aligned(256)));

/* Of one CPU. Used by it alone, events masked. */
struct magazines {
    struct magazine of[KEPT_CLASSES];
};

/*
 * This CPU gets magazines; -K_ENOMEM. Once for each CPU, events masked. Before,
 * each request goes to the slabs, which is slower but no different.
 */
MUST_CHECK int magazines_init(void);

/* Give back all objects that this CPU keeps. False if there were none. */
bool magazines_flush(void);

/* Whether a CPU, any, keeps something. `magazines` may be NULL. A hint. */
bool magazines_hold_any(const struct magazines *magazines);

/* With no magazine, an empty or a full one. Events are masked; not after. */
void *small_alloc_slowly(struct magazine *magazine, unsigned int class);
void small_free_slowly(struct magazine *magazine, unsigned int class,
                       struct object object);

/* This CPU's magazine for a class, NULL if it has none; events are masked. */
static inline struct magazine *magazine_for(unsigned int class)
{
    struct magazines *magazines = cpu_read(magazines);

    return magazines && class < KEPT_CLASSES ? &magazines->of[class] : NULL;
}

/* An object of a class (mm/slab.h), NULL if there is no memory. */
MUST_CHECK static inline void *small_alloc(unsigned int class)
{
    events_mask();

    struct magazine *magazine = magazine_for(class);

    if (!magazine || magazine->count == 0)
        return small_alloc_slowly(magazine, class);

    struct object *top = &magazine->objects[--magazine->count];
    void *start = slab_hand_out(*top);

    events_unmask();
    return start;
}

/* `owner` stands in the record of the page; mistakes are panics. */
static inline void small_free(void *start, uint16_t owner)
{
    struct object object = slab_find_freed(start, owner);
    unsigned int class = class_of_owner(owner);

    events_mask();

    struct magazine *magazine = magazine_for(class);

    if (!magazine || magazine->count == magazine->capacity) {
        small_free_slowly(magazine, class, object);
        return;
    }
    magazine->objects[magazine->count++] = object;
    events_unmask();
}

#endif
