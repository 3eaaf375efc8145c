/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slab.h: small objects by size class, for mm/magazine.c. The idea of it all
 * is in mm/slab.c; what is here is inline because malloc() and free() use it
 * each time.
 */
#ifndef CORACLE_MM_SLAB_H
#define CORACLE_MM_SLAB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/memory.h"

#define SMALL_MAX  2048
#define CLASSES    24
#define SLAB_WORDS 4 /* of 64 objects; 237 of 16 bytes fit into a page */

/*
 * The header at the start of a slab. The class's lock guards the links, `free`
 * and `unused`. Who has an object writes its byte in `used`, atomically for
 * the sake of a program that frees it twice. The rest never changes.
 */
struct slab {
    struct slab *next, *prev;    /* in its class's list, if it has room */
    uint16_t size;               /* of an object */
    uint16_t first;              /* offset of object 0 */
    uint16_t count;              /* objects in all */
    uint16_t free;               /* objects in the slab now */
    uint64_t unused[SLAB_WORDS]; /* bit i: object i is in the slab */
    atomic_bool used[];          /* the program has object i */
};

/* An object and its byte, which lies in the first page of the slab. */
struct object {
    void *start;
    atomic_bool *used;
};

/* The class for `size` bytes, 1 to SMALL_MAX. */
static inline unsigned int class_for(size_t size)
{
    if (size <= 128)
        return (unsigned int)(size - 1) / 16;

    /* 129..256 has top 7 and steps of 32: quarters 4 to 7 of 2^top. */
    unsigned int top = 63 - (unsigned int)__builtin_clzl(size - 1);
    unsigned int quarter = (unsigned int)((size - 1) >> (top - 2));

    return 8 + (top - 7) * 4 + quarter - 4;
}

unsigned int class_size(unsigned int class);

/*
 * What stands in `owner` of the records of a slab's pages: its class, plus 1,
 * and above that its order.
 */
static inline unsigned int class_of_owner(uint16_t owner)
{
    return (owner & 0xffu) - 1;
}

/* The slab of `object`, in whose page's record `owner` stood. */
static inline struct slab *slab_of(const void *object, uint16_t owner)
{
    return (struct slab *)((uintptr_t)object & -(PAGE_SIZE << (owner >> 8)));
}

/* A mistake of the program's: panics. */
_Noreturn void slab_bad_free(const void *object, bool twice);

/* The object at `start`, freed by the program; panics if that is a mistake. */
static inline struct object slab_find_freed(void *start, uint16_t owner)
{
    struct slab *slab = slab_of(start, owner);
    unsigned int offset = (unsigned int)((char *)start - (char *)slab);
    unsigned int index = (offset - slab->first) / slab->size;

    if (offset < slab->first || (offset - slab->first) % slab->size)
        slab_bad_free(start, false);
    /* Of two that free an object at once, one sees false. */
    if (!atomic_exchange_explicit(&slab->used[index], false,
                                  memory_order_relaxed))
        slab_bad_free(start, true);
    return (struct object){start, &slab->used[index]};
}

/* The object is the program's from here on. */
static inline void *slab_hand_out(struct object object)
{
    atomic_store_explicit(object.used, true, memory_order_relaxed);
    return object.start;
}

/*
 * Up to `wanted` objects of a class; fewer as it comes, 0 only if there is no
 * memory. Any context, no lock of mm/ held.
 */
unsigned int slabs_take(unsigned int class, struct object *objects,
                        unsigned int wanted);
void slabs_return(unsigned int class, const struct object *objects,
                  unsigned int count);

#endif
