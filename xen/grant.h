/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant.h: lending pages to other domains.
 *
 * A grant reference ("gref") is an index into a table that this domain shares
 * with Xen; the entry says which domain may map or copy which frame. Any
 * context; spinlocks guard the free list.
 */
#ifndef CORACLE_XEN_GRANT_H
#define CORACLE_XEN_GRANT_H

#include <stdbool.h>
#include <stdint.h>
#include "coracle/compiler.h"

typedef uint32_t gref_t;

/*
 * Lend the page at `page` (page-aligned, in the direct map) to `domain`.
 * Returns 0 and sets *gref; -K_ENOSPC when the table cannot grow further,
 * -K_ENOMEM when memory for its growth is short, -K_ERANGE when the frame lies
 * beyond the 16 TiB that a grant can name.
 */
MUST_CHECK int grant_give(uint16_t domain, const void *page, bool readonly,
                          gref_t *gref);

/*
 * Take a grant back. 0: the other side can reach the page no more and the
 * gref is free. -K_EBUSY: it still has the page mapped; grant and page must
 * stay as they are (try again later, or leak both on purpose: XSA-396).
 */
MUST_CHECK int grant_revoke(gref_t gref);

/*
 * The same in two steps each, for drivers that lend one page after the other:
 * the gref stays theirs, and the free list is left alone. grant_reserve() takes
 * a gref that lends nothing (errors as above), grant_lend() lends a page by it
 * (0 or -K_ERANGE), grant_end() takes the page back (0 or -K_EBUSY, as above),
 * grant_release() gives back a gref that lends nothing.
 */
MUST_CHECK int grant_reserve(gref_t *gref);
MUST_CHECK int grant_lend(gref_t gref, uint16_t domain, const void *page,
                          bool readonly);
MUST_CHECK int grant_end(gref_t gref);
void grant_release(gref_t gref);

/* Whether the other side has the page mapped or is copying right now. */
bool grant_in_use(gref_t gref);

/* Entries free now (without growing), and in all at the largest size (those of
 * the toolstack not counted). */
unsigned int grant_count_free(void);
unsigned int grant_count_max(void);

#endif
