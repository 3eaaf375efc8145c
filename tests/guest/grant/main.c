/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grant: does Xen see our grants as we mean them?
 *
 * What: a page that was lent can be mapped and copied by the domain it was lent
 * to, as far as it was lent, and by nobody after it was taken back; while it is
 * mapped it cannot be taken back; all of the table can be used, and used again.
 *
 * How: this guest is its own other side. It lends pages to itself and maps them
 * with GNTTABOP_map_grant_ref over a page of its own, whose mapping it mends
 * afterwards. Its domain number is 0 in dom0's place (bare Xen), where this
 * test runs.
 */
#include "arch/x86/hypercall.h"
#include "arch/x86/pagetable.h"
#include "coracle/errno.h"
#include "coracle/memory.h"
#include "lib/string.h"
#include "tests/guest/guest.h"
#include "xen/grant.h"

#define SELF   0
#define NOBODY 77 /* a domain that does not exist */
#define ROUNDS 3
#define CHURN  20000

/* Map grant `gref` at `window`; the handle, or Xen's negative status. */
static int64_t map(gref_t gref, void *window, uint32_t flags)
{
    struct gnttab_map_grant_ref map = {
        .host_addr = (uint64_t)window,
        .flags = GNTMAP_host_map | flags,
        .ref = gref,
        .dom = SELF,
    };

    CHECK_EQUAL(xen_grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0);
    return map.status ? map.status : (int64_t)map.handle;
}

static void unmap(int64_t handle, void *window)
{
    struct gnttab_unmap_grant_ref unmap = {
        .host_addr = (uint64_t)window,
        .handle = (grant_handle_t)handle,
    };

    CHECK_EQUAL(xen_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
    CHECK_EQUAL(unmap.status, GNTST_okay);
    /* Its own frame again. */
    CHECK_EQUAL(xen_update_va_mapping((unsigned long)window,
                                      pte_make(mfn_of(window), PTE_RW),
                                      UVMF_INVLPG | UVMF_ALL),
                0);
}

/* Copy the granted page to `to`; Xen's status. */
static int copy_from(gref_t gref, void *to)
{
    struct gnttab_copy copy = {
        .source = {.u.ref = gref, .domid = SELF},
        .dest = {.u.gmfn = mfn_of(to).n, .domid = DOMID_SELF},
        .len = PAGE_SIZE,
        .flags = GNTCOPY_source_gref,
    };

    CHECK_EQUAL(xen_grant_table_op(GNTTABOP_copy, &copy, 1), 0);
    return copy.status;
}

static void test_mapping(char *page, char *window)
{
    gref_t gref;
    int64_t handle;

    CHECK(string_copy(page, "lent", PAGE_SIZE));
    CHECK_EQUAL(grant_give(SELF, page, false, &gref), 0);
    CHECK(!grant_in_use(gref));
    handle = map(gref, window, 0);
    CHECK(handle >= 0);
    CHECK_EQUAL(strcmp(window, "lent"), 0);
    window[0] = 'b';
    CHECK_EQUAL(strcmp(page, "bent"), 0);

    CHECK(grant_in_use(gref));
    CHECK_EQUAL(grant_revoke(gref), -K_EBUSY);
    CHECK_EQUAL(grant_revoke(gref), -K_EBUSY);
    unmap(handle, window);
    CHECK(!grant_in_use(gref));
    CHECK_EQUAL(grant_revoke(gref), 0);
    CHECK(map(gref, window, 0) < 0);
    printk("grant: a mapped page stays lent\n");
}

static void test_readonly(char *page, char *window)
{
    gref_t gref;
    int64_t handle;

    CHECK_EQUAL(grant_give(SELF, page, true, &gref), 0);
    CHECK(map(gref, window, 0) < 0);
    handle = map(gref, window, GNTMAP_readonly);
    CHECK(handle >= 0);
    CHECK_EQUAL(grant_revoke(gref), -K_EBUSY);
    unmap(handle, window);
    CHECK_EQUAL(grant_revoke(gref), 0);
    printk("grant: read-only is read-only\n");
}

static void test_copying(char *page, char *window)
{
    gref_t gref, other;

    memset(page, 0x5a, PAGE_SIZE);
    memset(window, 0, PAGE_SIZE);
    CHECK_EQUAL(grant_give(SELF, page, true, &gref), 0);
    CHECK_EQUAL(grant_give(NOBODY, page, true, &other), 0);
    CHECK_EQUAL(copy_from(gref, window), GNTST_okay);
    CHECK_EQUAL(memcmp(page, window, PAGE_SIZE), 0);
    CHECK(copy_from(other, window) != GNTST_okay);
    CHECK_EQUAL(grant_revoke(gref), 0);
    CHECK_EQUAL(grant_revoke(other), 0);
    CHECK(copy_from(gref, window) != GNTST_okay);
    printk("grant: copied by whom it was lent to\n");
}

/* Lend `page` as often as the table allows, then take all back. */
static void test_exhaustion(char *page)
{
    unsigned int max = grant_count_max(), count = 0;
    gref_t *grefs = heap_alloc_zeroed(max + 1, sizeof(*grefs));
    bool *seen = heap_alloc_zeroed(max + GNTTAB_NR_RESERVED_ENTRIES, 1);
    int error;

    CHECK(grefs && seen);
    while (!(error = grant_give(NOBODY, page, true, &grefs[count]))) {
        CHECK(grefs[count] >= GNTTAB_NR_RESERVED_ENTRIES);
        CHECK(grefs[count] < max + GNTTAB_NR_RESERVED_ENTRIES);
        CHECK(!seen[grefs[count]]);
        seen[grefs[count]] = true;
        count++;
        CHECK(count <= max);
    }
    CHECK_EQUAL(error, -K_ENOSPC);
    CHECK_EQUAL(count, max);
    CHECK_EQUAL(grant_count_free(), 0);
    while (count > 0)
        CHECK_EQUAL(grant_revoke(grefs[--count]), 0);
    CHECK_EQUAL(grant_count_free(), max);
    heap_free(grefs);
    heap_free(seen);
}

static void test_churn(char *page)
{
    unsigned int before = grant_count_free();
    gref_t gref;

    for (int i = 0; i < CHURN; i++) {
        CHECK_EQUAL(grant_give(NOBODY, page, i & 1, &gref), 0);
        CHECK_EQUAL(grant_revoke(gref), 0);
    }
    CHECK_EQUAL(grant_count_free(), before);
}

int main(int argc, char **argv)
{
    char *page = page_alloc(0), *window = page_alloc(0);
    size_t free_pages;

    (void)argc;
    (void)argv;
    CHECK(page && window);
    CHECK_EQUAL(grant_count_free(), 0); /* nothing is set up before use */
    test_mapping(page, window);
    test_readonly(page, window);
    test_copying(page, window);
    test_exhaustion(page);
    free_pages = page_count_free();
    for (int i = 0; i < ROUNDS; i++)
        test_exhaustion(page);
    CHECK_EQUAL(page_count_free(), free_pages);
    printk("grant: all %u can be lent, again and again\n", grant_count_max());
    test_churn(page);
    page_free(page, 0);
    page_free(window, 0);
    return 0;
}
