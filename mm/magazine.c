/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * magazine.c: small objects that each CPU keeps at hand.
 *
 * The idea is Bonwick's and Adams's (USENIX 2001). Most programs free about as
 * much as they allocate. So each CPU has, for each class of up to 512 bytes, a
 * magazine: a stack of a few free objects. An allocation takes the top, a free
 * puts one on top. Only an empty or full magazine goes to the slabs and moves
 * half of what it can hold, under the class's lock taken once.
 *
 * No lock is needed for a magazine, nor an atomic instruction: only its CPU
 * uses it, and with events masked nothing else on that CPU comes between.
 *
 * What is kept here is small, at most 2 KiB in a magazine and 28 KiB in all of
 * a CPU's, and its slabs cannot be given back meanwhile. When memory is short
 * all CPUs empty them (reclaim.c).
 *
 * An object in a magazine counts as free to the program: its byte in the slab
 * says so, and freeing it again is found (mm/slab.h).
 *
 * Left out: magazines of pages. They would keep buddies apart.
 */
#include "mm/magazine.h"
#include "coracle/errno.h"
#include "mm/page.h"

_Static_assert(sizeof(struct magazines) <= PAGE_SIZE, "they take one page");

int magazines_init(void)
{
    struct magazines *magazines = page_alloc(0);

    if (!magazines)
        return -K_ENOMEM;
    for (unsigned int i = 0; i < KEPT_CLASSES; i++) {
        unsigned int capacity = KEPT_BYTES / class_size(i);

        magazines->of[i].count = 0;
        magazines->of[i].capacity = capacity < KEPT_MAX ? capacity : KEPT_MAX;
    }
    cpu_write(magazines, magazines);
    return 0;
}

bool magazines_flush(void)
{
    bool any = false;

    events_mask();

    struct magazines *magazines = cpu_read(magazines);

    for (unsigned int i = 0; magazines && i < KEPT_CLASSES; i++) {
        struct magazine *magazine = &magazines->of[i];

        if (magazine->count) {
            slabs_return(i, magazine->objects, magazine->count);
            magazine->count = 0;
            any = true;
        }
    }
    events_unmask();
    return any;
}

bool magazines_hold_any(const struct magazines *magazines)
{
    for (unsigned int i = 0; magazines && i < KEPT_CLASSES; i++)
        if (READ_ONCE(magazines->of[i].count))
            return true;
    return false;
}

/* ---- Without a magazine, or with an empty or full one ------------------- */

void *small_alloc_slowly(struct magazine *magazine, unsigned int class)
{
    struct object object;
    bool found = false;

    if (magazine)
        magazine->count =
            slabs_take(class, magazine->objects, magazine->capacity / 2);
    if (magazine && magazine->count) {
        object = magazine->objects[--magazine->count];
        found = true;
    }
    events_unmask();
    if (!found)
        found = slabs_take(class, &object, 1); /* now others can be asked */
    return found ? slab_hand_out(object) : NULL;
}

/* What was freed last stays. */
void small_free_slowly(struct magazine *magazine, unsigned int class,
                       struct object object)
{
    if (!magazine) {
        events_unmask();
        slabs_return(class, &object, 1);
        return;
    }

    unsigned int half = magazine->capacity / 2;

    slabs_return(class, magazine->objects, half);
    magazine->count -= half;
    for (unsigned int i = 0; i < magazine->count; i++)
        magazine->objects[i] = magazine->objects[half + i];
    magazine->objects[magazine->count++] = object;
    events_unmask();
}
