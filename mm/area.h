/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * area.h: virtually contiguous areas of memory, with guard pages.
 *
 * An area is a range of addresses with an unmapped page below and above it.
 * Its pages come one by one from the page allocator and keep their place in
 * the direct map too. Stacks and large heap blocks are areas. Thread context;
 * one spinlock guards the list of areas.
 */
#ifndef CORACLE_MM_AREA_H
#define CORACLE_MM_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "coracle/compiler.h"

/* What an area is for; crash reports print it ("stack", "heap", ...). `owner`
 * names whose it is and may be NULL; it must live as long as the area. */
struct area_label {
    const char *kind;
    const char *owner;
};

/* `pages` mapped pages, read-write, any content; NULL if memory is short. */
MUST_CHECK void *area_alloc(size_t pages, struct area_label label);

/*
 * Only addresses for `pages` pages; area_populate() puts memory behind the
 * pages [first, first + count) of them, which must not have any yet.
 * 0 or -K_ENOMEM (then nothing was added).
 */
MUST_CHECK void *area_reserve(size_t pages, struct area_label label);
MUST_CHECK int area_populate(void *base, size_t first, size_t count);

/*
 * Addresses for `count` frames that are not RAM of ours (grant table frames),
 * with those frames mapped read-write. NULL if memory is short or Xen refuses.
 * area_free() unmaps them.
 */
MUST_CHECK void *area_map_frames(const uint64_t *mfns, size_t count);

/* Call it something else from now on. */
void area_set_label(void *base, struct area_label label);

/* Unmap the area and free its memory. */
void area_free(void *base);

/* Its size in pages as allocated; 0 if `base` is not the start of an area. */
size_t area_pages(const void *base);

/* Whether `address` lies where areas lie. */
bool area_contains(const void *address);

/*
 * Say in words what `address` is, as in "guard page of stack of thread main",
 * into `to`. Returns false if there is no area near. Any context: takes no
 * lock, for crash reports.
 */
bool area_describe(const void *address, char *to, size_t size);

/* Whether the page at `address` (anywhere) is mapped: safe to read. */
bool area_is_mapped(const void *address);

#endif
