/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_grant.c: the grant table against a small Xen that can refuse, run out,
 * and use a grant at the worst moment. (The real Xen is asked by
 * tests/guest/grant.)
 */
#include "test.h"
#include "coracle/memory.h"

/* A failing allocation and mapping, on request. */
static bool memory_is_short, mapping_fails;
static int blocks; /* allocated now */

#include "xen/grant.c"

#define FRAMES_MAX 4
#define FIRST_MFN  0x7000

static unsigned int xen_limit = FRAMES_MAX;
static unsigned int xen_frames = 1; /* as Xen has them before we ask */
static struct grant_entry_v1 table[FRAMES_MAX][512]
    __attribute__((aligned(4096)));
static bool xen_is_absent;

long xen_grant_table_op(unsigned int command, void *operations,
                        unsigned int count)
{
    CHECK_EQUAL(count, 1);
    if (xen_is_absent)
        return -38;
    if (command == GNTTABOP_query_size) {
        struct gnttab_query_size *query = operations;

        CHECK_EQUAL(query->dom, DOMID_SELF);
        query->nr_frames = xen_frames;
        query->max_nr_frames = xen_limit;
        query->status = GNTST_okay;
    } else {
        struct gnttab_setup_table *setup = operations;

        CHECK_EQUAL(command, GNTTABOP_setup_table);
        CHECK_EQUAL(setup->dom, DOMID_SELF);
        CHECK(setup->nr_frames <= xen_limit);
        if (setup->nr_frames > xen_frames)
            xen_frames = setup->nr_frames;
        for (unsigned int i = 0; i < setup->nr_frames; i++)
            setup->frame_list.p[i] = FIRST_MFN + i;
        setup->status = GNTST_okay;
    }
    return 0;
}

void *area_map_frames(const uint64_t *mfns, size_t count)
{
    CHECK_EQUAL(count, 1);
    CHECK(*mfns >= FIRST_MFN && *mfns < FIRST_MFN + xen_frames);
    return mapping_fails ? NULL : table[*mfns - FIRST_MFN];
}

void *heap_alloc(size_t size)
{
    blocks += !memory_is_short;
    return memory_is_short ? NULL : malloc(size);
}

void *heap_alloc_zeroed(size_t count, size_t size)
{
    blocks += !memory_is_short;
    return memory_is_short ? NULL : calloc(count, size);
}

void heap_free(void *pointer)
{
    blocks -= pointer != NULL;
    free(pointer);
}

/* A page of ours: any address will do, since mfns are computed from it. */
static void *page(unsigned long pfn)
{
    return direct_address((pfn_t){pfn});
}

static struct grant_entry_v1 *shared(gref_t gref)
{
    return &table[gref / 512][gref % 512];
}

TEST(an_entry_says_what_was_meant)
{
    gref_t gref;

    CHECK_EQUAL(grant_give(7, page(5), false, &gref), 0);
    CHECK_EQUAL(gref, 8);
    CHECK_EQUAL(shared(gref)->domid, 7);
    CHECK_EQUAL(shared(gref)->frame, 5 + FAKE_MFN_OFFSET);
    CHECK_EQUAL(shared(gref)->flags, GTF_permit_access);
    CHECK_EQUAL(grant_give(9, page(6), true, &gref), 0);
    CHECK_EQUAL(shared(gref)->flags, GTF_permit_access | GTF_readonly);
    CHECK_EQUAL(grant_revoke(gref), 0);
    CHECK_EQUAL(shared(gref)->flags, 0);
}

TEST(the_table_is_untouched_before_use)
{
    xen_frames = 1;
    CHECK_EQUAL(grant_count_free(), 0);
    CHECK_EQUAL(xen_frames, 1);
    CHECK_EQUAL(grant_count_max(), FRAMES_MAX * 512 - 8);
    CHECK_EQUAL(blocks, 1);
}

TEST(grows_to_the_limit_and_no_further)
{
    static gref_t grefs[FRAMES_MAX * 512];
    static bool seen[FRAMES_MAX * 512];
    gref_t gref;

    for (int i = 0; i < FRAMES_MAX * 512 - 8; i++) {
        CHECK_EQUAL(grant_give(1, page(1), true, &grefs[i]), 0);
        CHECK(grefs[i] >= 8 && grefs[i] < FRAMES_MAX * 512);
        CHECK(!seen[grefs[i]]);
        seen[grefs[i]] = true;
        CHECK_EQUAL(xen_frames, grefs[i] / 512 + 1);
    }
    CHECK_EQUAL(grant_give(1, page(1), true, &gref), -K_ENOSPC);
    /* Any of them can be given back and is the next to be given. */
    for (int i = 0; i < 500; i++) {
        unsigned int pick = test_below(FRAMES_MAX * 512 - 8);

        CHECK_EQUAL(grant_revoke(grefs[pick]), 0);
        CHECK_EQUAL(grant_count_free(), 1);
        CHECK_EQUAL(grant_give(1, page(1), true, &gref), 0);
        CHECK_EQUAL(gref, grefs[pick]);
        CHECK_EQUAL(grant_give(1, page(1), true, &gref), -K_ENOSPC);
    }
    for (int i = 0; i < 8; i++)
        CHECK_EQUAL(table[0][i].flags, 0);
}

TEST(what_is_mapped_cannot_be_revoked)
{
    gref_t gref;

    CHECK_EQUAL(grant_give(1, page(1), false, &gref), 0);
    for (unsigned int use = 1; use < 4; use++) {
        uint16_t flags =
            (use & 1 ? GTF_reading : 0) | (use & 2 ? GTF_writing : 0);

        shared(gref)->flags = GTF_permit_access | flags;
        CHECK(grant_in_use(gref));
        CHECK_EQUAL(grant_revoke(gref), -K_EBUSY);
        CHECK_EQUAL(shared(gref)->flags, GTF_permit_access | flags);
        CHECK_EQUAL(grant_count_free(), 512 - 8 - 1);
    }
    shared(gref)->flags = GTF_permit_access;
    CHECK(!grant_in_use(gref));
    CHECK_EQUAL(grant_revoke(gref), 0);
    CHECK_EQUAL(grant_count_free(), 512 - 8);
}

TEST(shortage_is_an_error_and_mends)
{
    gref_t gref;

    xen_is_absent = true;
    CHECK_EQUAL(grant_give(1, page(1), true, &gref), -K_ENOSPC);
    CHECK_EQUAL(grant_count_max(), 0);
    xen_is_absent = false;
    memory_is_short = true;
    CHECK_EQUAL(grant_give(1, page(1), true, &gref), -K_ENOMEM);
    memory_is_short = false;
    mapping_fails = true;
    CHECK_EQUAL(grant_give(1, page(1), true, &gref), -K_ENOMEM);
    CHECK_EQUAL(blocks, 1);
    mapping_fails = false;
    CHECK_EQUAL(grant_give(1, page(1), true, &gref), 0);
    CHECK_EQUAL(blocks, 2);
}

TEST(frames_that_no_entry_can_name_are_refused)
{
    gref_t gref;

    CHECK_EQUAL(grant_give(1, page(UINT32_MAX - FAKE_MFN_OFFSET), true, &gref),
                0);
    CHECK_EQUAL(
        grant_give(1, page(UINT32_MAX - FAKE_MFN_OFFSET + 1), true, &gref),
        -K_ERANGE);
    CHECK_EQUAL(grant_count_free(), 512 - 8 - 1);
}

TEST(mistakes_are_caught)
{
    gref_t gref;

    CHECK_EQUAL(grant_give(1, page(1), true, &gref), 0);
    CHECK_PANIC("assertion", (void)!grant_revoke(512 * FRAMES_MAX));
    CHECK_PANIC("assertion", (void)!grant_revoke(0));
    CHECK_PANIC("not given", (void)!grant_revoke(gref + 1));
    CHECK_EQUAL(grant_revoke(gref), 0);
    CHECK_PANIC("not given", (void)!grant_revoke(gref));
    CHECK_PANIC("assertion",
                (void)!grant_give(1, (char *)page(1) + 8, true, &gref));
}
