/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant.c: the grant table, version 1.
 *
 * The table is an array of 8-byte entries in frames that Xen owns and we map:
 * who may reach which of our frames, and how. We fill an entry and set its
 * flags last; from then on the other domain may ask Xen to map or copy the
 * frame, and Xen notes in the same flags that it is doing so. An entry is
 * cleared by a compare-and-swap that succeeds only while Xen's notes are
 * absent. Whoever still has the page mapped keeps it: Xen offers no way to
 * take a mapping away.
 *
 * Which entries are in use is kept in private memory, one pool of ids per
 * frame of the table (lib/idpool.c): what others can write is never trusted.
 * An id goes back to its pool only after its entry was cleared.
 *
 * The table begins with no frame at all and grows by one of 512 entries when
 * it is full, up to the limit that Xen states: a program that lends nothing
 * pays nothing. The first 8 entries are the toolstack's (console, xenstore).
 *
 * Sources: <xen/grant_table.h>, whose comments give the order of steps for
 * introducing and for invalidating an entry; XSA-396 for what not to do with a
 * page whose grant has not ended.
 *
 * Concurrency: `lock` guards the pools and counts; `growth_lock` is taken
 * first and held while a frame is added. An entry in use belongs to whoever
 * holds its gref. Left out: version 2, transfers, resuming after a save.
 */
#include <stddef.h>
#include "arch/x86/hypercall.h"
#include "coracle/errno.h"
#include "coracle/inspect.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "lib/idpool.h"
#include "mm/area.h"
#include "mm/direct.h"
#include "xen/grant.h"

#define PER_FRAME ((unsigned int)(PAGE_SIZE / sizeof(struct grant_entry_v1)))

struct grant_frame {
    struct grant_entry_v1 *entries; /* shared with Xen */
    struct idpool pool;
    uint64_t words[IDPOOL_WORDS(PER_FRAME)];
};

/* Taken before `lock`; held while the table grows. Guards frame_max. */
static struct spinlock growth_lock = SPINLOCK_INIT;
static unsigned int frame_max; /* Xen's limit; 0: not asked yet */

/* Guards all below and the frames' pools. A frame, once listed, stays. */
static struct spinlock lock = SPINLOCK_INIT;
static struct grant_frame **frames; /* room for frame_max */
static unsigned int frame_count;
static unsigned int roomy_frame; /* none below this one has a free entry */
static unsigned int free_count;

static struct grant_entry_v1 *entry_of(gref_t gref)
{
    ASSERT(gref >= GNTTAB_NR_RESERVED_ENTRIES);
    ASSERT(gref / PER_FRAME < frame_count);
    return &frames[gref / PER_FRAME]->entries[gref % PER_FRAME];
}

/* ---- Growing ------------------------------------------------------------ */

/* Ask for Xen's limit, once. growth_lock is held. */
static int learn_limit(void)
{
    struct gnttab_query_size query = {.dom = DOMID_SELF};

    if (frame_max)
        return 0;
    if (xen_grant_table_op(GNTTABOP_query_size, &query, 1) ||
        query.status != GNTST_okay || query.max_nr_frames == 0)
        return -K_ENOSPC;
    frames = heap_alloc_zeroed(query.max_nr_frames, sizeof(*frames));
    if (!frames)
        return -K_ENOMEM;
    frame_max = query.max_nr_frames;
    return 0;
}

/*
 * Have Xen enlarge the table to `count` frames and map the last of them. Xen
 * names all frames each time, so the list has room for all.
 */
static int map_last_frame(unsigned int count, struct grant_entry_v1 **entries)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = count};
    xen_pfn_t *list = heap_alloc(count * sizeof(*list));
    int error = 0;

    if (!list)
        return -K_ENOMEM;
    set_xen_guest_handle(setup.frame_list, list);
    if (xen_grant_table_op(GNTTABOP_setup_table, &setup, 1) ||
        setup.status != GNTST_okay) {
        error = -K_ENOSPC;
    } else {
        *entries = area_map_frames(&list[count - 1], 1);
        error = *entries ? 0 : -K_ENOMEM;
    }
    heap_free(list);
    return error;
}

/* The toolstack's entries are in use from the start and are never revoked. */
static void keep_reserved(struct idpool *pool)
{
    for (int i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++) {
        int id = idpool_alloc(pool);

        ASSERT(id == i);
    }
}

/* One frame more. growth_lock is held. */
static int add_frame(void)
{
    struct grant_frame *frame;
    int error;

    if (frame_count == frame_max)
        return -K_ENOSPC;
    frame = heap_alloc(sizeof(*frame));
    if (!frame)
        return -K_ENOMEM;
    error = map_last_frame(frame_count + 1, &frame->entries);
    if (error) {
        heap_free(frame);
        return error;
    }
    idpool_init(&frame->pool, frame->words, PER_FRAME);
    if (frame_count == 0)
        keep_reserved(&frame->pool);

    spin_lock(&lock);
    frames[frame_count++] = frame;
    free_count += frame->pool.left;
    spin_unlock(&lock);
    return 0;
}

static int grow(void)
{
    int error;

    spin_lock(&growth_lock);
    error = learn_limit();
    /* Another CPU may have grown it while we waited. */
    if (!error && grant_count_free() == 0)
        error = add_frame();
    spin_unlock(&growth_lock);
    return error;
}

/* ---- Entries ------------------------------------------------------------ */

static bool take_entry(gref_t *gref)
{
    bool taken = false;

    spin_lock(&lock);
    if (free_count > 0) {
        while (frames[roomy_frame]->pool.left == 0)
            roomy_frame++;
        int id = idpool_alloc(&frames[roomy_frame]->pool);

        *gref = roomy_frame * PER_FRAME + (unsigned int)id;
        free_count--;
        taken = true;
    }
    spin_unlock(&lock);
    return taken;
}

static void return_entry(gref_t gref)
{
    unsigned int frame = gref / PER_FRAME;

    spin_lock(&lock);
    if (!idpool_free(&frames[frame]->pool, gref % PER_FRAME))
        panic("grant: %u is taken back, but was not given", gref);
    if (frame < roomy_frame)
        roomy_frame = frame;
    free_count++;
    spin_unlock(&lock);
}

int grant_reserve(gref_t *gref)
{
    while (!take_entry(gref)) {
        int error = grow();

        if (error)
            return error;
    }
    return 0;
}

void grant_release(gref_t gref)
{
    ASSERT(READ_ONCE(entry_of(gref)->flags) == GTF_invalid);
    return_entry(gref);
}

int grant_lend(gref_t gref, uint16_t domain, const void *page, bool readonly)
{
    struct grant_entry_v1 *entry = entry_of(gref);
    unsigned long mfn = mfn_of(page).n;
    uint16_t flags = GTF_permit_access | (readonly ? GTF_readonly : 0);

    ASSERT((uintptr_t)page % PAGE_SIZE == 0);
    if (mfn > UINT32_MAX)
        return -K_ERANGE;
    WRITE_ONCE(entry->frame, (uint32_t)mfn);
    WRITE_ONCE(entry->domid, domain);
    /* Release: pairs with Xen, which reads the flags before the rest. */
    __atomic_store_n(&entry->flags, flags, __ATOMIC_RELEASE);
    return 0;
}

int grant_end(gref_t gref)
{
    struct grant_entry_v1 *entry = entry_of(gref);
    uint16_t flags = READ_ONCE(entry->flags);

    /* A failed swap reads the flags again: Xen may just have set one. */
    do {
        if (flags & (GTF_reading | GTF_writing))
            return -K_EBUSY;
    } while (!__atomic_compare_exchange_n(&entry->flags, &flags, GTF_invalid,
                                          false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return 0;
}

int grant_give(uint16_t domain, const void *page, bool readonly, gref_t *gref)
{
    int error = grant_reserve(gref);

    if (error)
        return error;
    error = grant_lend(*gref, domain, page, readonly);
    if (error)
        return_entry(*gref);
    return error;
}

int grant_revoke(gref_t gref)
{
    int error = grant_end(gref);

    if (!error)
        return_entry(gref);
    return error;
}

bool grant_in_use(gref_t gref)
{
    return READ_ONCE(entry_of(gref)->flags) & (GTF_reading | GTF_writing);
}

unsigned int grant_count_free(void)
{
    spin_lock(&lock);
    unsigned int count = free_count;
    spin_unlock(&lock);
    return count;
}

unsigned int grant_count_max(void)
{
    spin_lock(&growth_lock);
    unsigned int limit = learn_limit() ? 0 : frame_max;
    spin_unlock(&growth_lock);
    return limit ? limit * PER_FRAME - GNTTAB_NR_RESERVED_ENTRIES : 0;
}

unsigned int inspect_grants(struct inspect_grant to[], unsigned int room)
{
    spin_lock(&lock);
    unsigned int count = frame_count * PER_FRAME;
    spin_unlock(&lock);

    /* Frames stay once they are listed, and so does the list. */
    for (gref_t gref = 0; gref < count && gref < room; gref++) {
        const struct grant_entry_v1 *entry =
            &frames[gref / PER_FRAME]->entries[gref % PER_FRAME];
        uint16_t flags = READ_ONCE(entry->flags);

        to[gref].domain = READ_ONCE(entry->domid);
        to[gref].given = (flags & GTF_type_mask) == GTF_permit_access;
        to[gref].readonly = flags & GTF_readonly;
        to[gref].in_use = flags & (GTF_reading | GTF_writing);
    }
    return count;
}
