/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slab.c: objects of up to 2 KiB, several at a time.
 *
 * A slab is 1, 2 or 4 pages cut into objects of one size. Its header holds one
 * bit per object, set while the object is in the slab, and one byte per object,
 * set while the program has it. In between an object is in a CPU's magazine
 * (mm/magazine.c), which is all that asks for objects here; so a mistaken free
 * is found wherever the object is, without looking into anybody's magazine.
 *
 * Size classes rise by 16 bytes up to 128 and then in four steps per doubling,
 * so at most a fifth of an object is unused. Objects are packed against the
 * end of their slab, and slabs are aligned to their own size: an object whose
 * size is a multiple of a power of two is therefore aligned to it.
 *
 * Concurrency: each size class has a spinlock of its own, taken once for all
 * objects that are moved; none is held while pages are allocated or freed.
 *
 * Left out: slabs that belong to a CPU. Two CPUs may have neighbouring objects.
 */
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "mm/page.h"
#include "mm/slab.h"

struct size_class {
    struct spinlock lock; /* guards all here and the slabs' headers */
    struct slab *roomy;   /* slabs with an object in them */
};

static struct size_class classes[CLASSES];

static uint16_t owner_of_slab(unsigned int class, unsigned int order)
{
    return (uint16_t)(order << 8 | (class + 1));
}

unsigned int class_size(unsigned int class)
{
    if (class < 8)
        return (class + 1) * 16;
    return (5 + class % 4) << (5 + (class - 8) / 4);
}

/* As many as fit behind the header, with a byte each in it. */
static unsigned int objects_in(unsigned int bytes, unsigned int size)
{
    return (bytes - (unsigned int)sizeof(struct slab)) / (size + 1);
}

/* The smallest slab that wastes at most an eighth, its header included. */
static unsigned int slab_order_for(unsigned int size)
{
    unsigned int order = 0;

    for (;; order++) {
        unsigned int bytes = (unsigned int)PAGE_SIZE << order;

        if (bytes - objects_in(bytes, size) * size <= bytes / 8)
            return order;
    }
}

/* ---- Slabs -------------------------------------------------------------- */

static void roomy_add(struct size_class *class, struct slab *slab)
{
    slab->prev = NULL;
    slab->next = class->roomy;
    if (slab->next)
        slab->next->prev = slab;
    class->roomy = slab;
}

static void roomy_remove(struct size_class *class, struct slab *slab)
{
    if (slab->prev)
        slab->prev->next = slab->next;
    else
        class->roomy = slab->next;
    if (slab->next)
        slab->next->prev = slab->prev;
}

/* All pages of a slab point the heap to it, or (owner 0) no longer do. */
static void slab_mark(struct slab *slab, unsigned int order, uint16_t owner)
{
    for (unsigned long i = 0; i < 1UL << order; i++)
        page_record((char *)slab + i * PAGE_SIZE)->owner = owner;
}

static struct slab *slab_create(unsigned int class)
{
    unsigned int size = class_size(class);
    unsigned int order = slab_order_for(size);
    unsigned int bytes = (unsigned int)PAGE_SIZE << order;
    unsigned int count = objects_in(bytes, size);
    struct slab *slab = page_alloc(order);

    if (!slab)
        return NULL;
    *slab = (struct slab){
        .size = (uint16_t)size,
        .first = (uint16_t)(bytes - count * size),
        .count = (uint16_t)count,
        .free = (uint16_t)count,
    };
    for (unsigned int i = 0; i < count; i++) {
        slab->unused[i / 64] |= 1UL << i % 64;
        atomic_init(&slab->used[i], false);
    }
    slab_mark(slab, order, owner_of_slab(class, order));
    return slab;
}

static void slab_destroy(struct slab *slab)
{
    unsigned int order = slab_order_for(slab->size);

    slab_mark(slab, order, 0);
    page_free(slab, order);
}

/* An object of a slab that has room. The caller holds the class's lock. */
static struct object slab_take(struct size_class *class)
{
    struct slab *slab = class->roomy;
    unsigned int word = 0;

    while (!slab->unused[word])
        word++;

    unsigned int index =
        word * 64 + (unsigned int)__builtin_ctzl(slab->unused[word]);

    slab->unused[word] &= slab->unused[word] - 1;
    if (--slab->free == 0)
        roomy_remove(class, slab);
    return (struct object){(char *)slab + slab->first + index * slab->size,
                           &slab->used[index]};
}

/*
 * Give an object back. True if that leaves its slab empty, and the class has
 * room elsewhere: the slab is off the list then and the caller destroys it.
 */
static bool slab_return(struct size_class *class, struct slab *slab,
                        unsigned int index)
{
    slab->unused[index / 64] |= 1UL << index % 64;
    if (slab->free++ == 0)
        roomy_add(class, slab);
    if (slab->free < slab->count || (!slab->next && !slab->prev))
        return false;
    roomy_remove(class, slab);
    return true;
}

/* ---- The interface ------------------------------------------------------ */

unsigned int slabs_take(unsigned int number, struct object *objects,
                        unsigned int wanted)
{
    struct size_class *class = &classes[number];
    unsigned int count = 0;

    spin_lock(&class->lock);
    if (!class->roomy) {
        spin_unlock(&class->lock);

        struct slab *slab = slab_create(number);

        /* If there was no memory, reclaim.c may have brought objects back. */
        spin_lock(&class->lock);
        if (slab)
            roomy_add(class, slab);
    }
    while (count < wanted && class->roomy)
        objects[count++] = slab_take(class);
    spin_unlock(&class->lock);
    return count;
}

void slabs_return(unsigned int number, const struct object *objects,
                  unsigned int count)
{
    struct size_class *class = &classes[number];
    struct slab *empty = NULL, *next;

    spin_lock(&class->lock);
    for (unsigned int i = 0; i < count; i++) {
        /* The header, and with it the bytes, is in the slab's first page. */
        struct slab *slab =
            (struct slab *)((uintptr_t)objects[i].used & -PAGE_SIZE);

        if (slab_return(class, slab,
                        (unsigned int)(objects[i].used - slab->used))) {
            slab->next = empty;
            empty = slab;
        }
    }
    spin_unlock(&class->lock);
    for (; empty; empty = next) {
        next = empty->next;
        slab_destroy(empty);
    }
}

void slab_bad_free(const void *object, bool twice)
{
    panic(twice ? "heap: double free of %p"
                : "heap: free of %p, which is not the start of an object",
          object);
}
