/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * direct.h: the direct map, where every page of RAM has its place.
 * Addresses and conversions are in arch/x86/frames.h.
 */
#ifndef CORACLE_MM_DIRECT_H
#define CORACLE_MM_DIRECT_H

#include "arch/x86/frames.h"
#include "coracle/compiler.h"

/* RAM is mapped in chunks: what one level-1 table reaches. */
#define CHUNK_PAGES 512UL

/*
 * Give the image its final permissions, build the direct map out of what the
 * domain builder mapped, and forget the builder's mapping. Once, at boot,
 * before anything else uses memory. Panics if Xen refuses.
 */
void direct_init(const struct start_info *info);

/* The first frame not taken by the image and the builder's tables, and the
 * first not mapped at boot (a multiple of CHUNK_PAGES). */
unsigned long direct_first_free(void);
unsigned long direct_mapped_end(void);

/*
 * Map chunk number `chunk` (frames chunk * CHUNK_PAGES and on), read-write.
 * Takes up to 3 pages through page_take_reserve() for page tables. The caller
 * holds the page allocator's lock. 0 or -K_ENOMEM.
 */
MUST_CHECK int direct_map_chunk(unsigned long chunk);

/* Make one page of the direct map read-only, as Xen wants page tables. */
void direct_protect(const void *page);

#endif
