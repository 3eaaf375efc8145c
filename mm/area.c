/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * area.c: virtually contiguous areas of memory, with guard pages.
 *
 * All areas stand in one list in the order of their addresses, with at least
 * one unmapped page between two of them; that page guards both. A new area
 * goes into the first gap that is large enough, so that the same page tables
 * serve again and again (they are never freed). `dense` remembers up to where
 * there is no gap at all, and the search begins there. A hash table finds the
 * area that begins at an address.
 *
 * Concurrency: `lock` guards the list, the hash table and `dense`;
 * `table_lock` the creation of page tables. Entries of an area's own pages are
 * changed only by the thread that holds the area. Nobody translates through an
 * entry before area_alloc() has returned, so adding needs no TLB flush;
 * removing needs one on all CPUs before a page may be used again.
 *
 * area_describe() and area_is_mapped() take no lock: they run in a crash,
 * where the list may be just in change; they only read.
 */
#include "mm/area.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/pagetable.h"
#include "coracle/errno.h"
#include "coracle/inspect.h"
#include "coracle/list.h"
#include "coracle/memory.h"
#include "coracle/print.h"
#include "coracle/spinlock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/direct.h"

#define HASH_SIZE 64

struct area {
    struct list link;
    struct area *hash_next;
    unsigned long base; /* the guard pages are outside */
    size_t pages;
    bool foreign; /* the frames are not ours to free */
    struct area_label label;
};

static struct spinlock lock, table_lock;
static struct list areas = LIST_INIT(areas);
static struct list *dense = &areas; /* up to this one there is no gap */
static struct area *hash[HASH_SIZE];

static struct area *area_of(struct list *link)
{
    return container_of(link, struct area, link);
}

static struct area **hash_slot(unsigned long base)
{
    return &hash[(base >> PAGE_SHIFT) * 0x9e3779b97f4a7c15UL >> 58];
}

/* The first free address behind `link`, its guard page left out. */
static unsigned long behind(struct list *link)
{
    if (link == &areas)
        return AREA_BASE + PAGE_SIZE;
    return area_of(link)->base + (area_of(link)->pages + 1) * PAGE_SIZE;
}

/* How many bytes lie free behind `link`: 0 if the next area stands there. */
static unsigned long gap(struct list *link)
{
    unsigned long end = AREA_BASE + AREA_SIZE;

    if (link->next != &areas)
        end = area_of(link->next)->base;
    return end - behind(link);
}

/* Find a place for `area` (its size is set) and list it. Lock held. */
static int insert(struct area *area)
{
    struct list *place = dense;
    struct area **slot;

    while (gap(place) < (area->pages + 1) * PAGE_SIZE) {
        place = place->next;
        if (place == &areas)
            return -K_ENOMEM;
    }
    area->base = behind(place);
    list_add(place, &area->link);
    while (dense->next != &areas && gap(dense) == 0)
        dense = dense->next;
    slot = hash_slot(area->base);
    area->hash_next = *slot;
    *slot = area;
    return 0;
}

/* Take `area` out of the list. Lock held. */
static void remove(struct area *area)
{
    struct area **slot = hash_slot(area->base);

    while (*slot != area)
        slot = &(*slot)->hash_next;
    *slot = area->hash_next;
    if (dense != &areas && area_of(dense)->base >= area->base)
        dense = area->link.prev;
    list_del(&area->link);
}

/* The area that begins at `base`, or NULL. Lock held. */
static struct area *find(const void *base)
{
    struct area *area = *hash_slot((unsigned long)base);

    while (area && area->base != (unsigned long)base)
        area = area->hash_next;
    return area;
}

static struct area *create(size_t pages, struct area_label label)
{
    struct area *area;
    int error;

    if (!pages || pages > AREA_SIZE / PAGE_SIZE / 2)
        return NULL;
    area = heap_alloc(sizeof(*area));
    if (!area)
        return NULL;
    area->pages = pages;
    area->foreign = false;
    area->label = label;
    spin_lock(&lock);
    error = insert(area);
    spin_unlock(&lock);
    if (error) {
        heap_free(area);
        return NULL;
    }
    return area;
}

/* A fresh table below entry `index` of `parent`. Table lock held. */
static int add_table(const uint64_t *parent, unsigned long index)
{
    uint64_t *table = page_alloc(0);
    struct pt_batch batch;

    if (!table)
        return -K_ENOMEM;
    memset(table, 0, PAGE_SIZE);
    direct_protect(table);
    pt_batch_init(&batch);
    pt_batch_set(&batch, &parent[index], pte_make(mfn_of(table), PTE_TABLE));
    if (pt_batch_flush(&batch))
        panic("Xen refuses a page table for areas");
    return 0;
}

/* The level-1 entry of `address`, with tables made as needed; NULL: memory. */
static uint64_t *make_entry(const void *address)
{
    uint64_t *table = pt_table(address, 1);
    int error = 0;

    if (table)
        return &table[pt_index(address, 1)];
    spin_lock(&table_lock);
    for (unsigned int level = 3; level >= 1 && !error; level--)
        if (!pt_table(address, level))
            error = add_table(pt_table(address, level + 1),
                              pt_index(address, level + 1));
    spin_unlock(&table_lock);
    if (error)
        return NULL;
    return &pt_table(address, 1)[pt_index(address, 1)];
}

/*
 * Unmap `count` pages from `start`, and free the frames unless `foreign`. All
 * entries go first, the frames meanwhile chained through their own first
 * words; then one flush on all CPUs; then the frames are free.
 */
static void unmap(char *start, size_t count, bool foreign)
{
    struct pt_batch batch;
    void *chain = NULL;

    pt_batch_init(&batch);
    for (size_t i = 0; i < count; i++) {
        char *address = start + i * PAGE_SIZE;
        uint64_t *table = pt_table(address, 1);
        uint64_t *entry = table ? &table[pt_index(address, 1)] : NULL;
        mfn_t mfn;

        if (!entry || !(*entry & PTE_PRESENT))
            continue;
        mfn.n = (*entry & PTE_FRAME) >> PAGE_SHIFT;
        pt_batch_set(&batch, entry, 0);
        if (!foreign) {
            void **page = direct_address(mfn_to_pfn(mfn));

            *page = chain;
            chain = page;
        }
    }
    if (pt_batch_flush(&batch))
        panic("Xen refuses to unmap an area at %p", (void *)start);
    pt_flush_all();
    while (chain) {
        void *page = chain;

        chain = *(void **)page;
        page_free(page, 0);
    }
}

/* Put `mfns`, or fresh pages if that is NULL, behind `count` pages. */
static int map(char *start, const uint64_t *mfns, size_t count)
{
    struct pt_batch batch;
    int error;

    pt_batch_init(&batch);
    for (size_t i = 0; i < count; i++) {
        uint64_t *entry = make_entry(start + i * PAGE_SIZE);
        void *page = entry && !mfns ? page_alloc(0) : NULL;

        if (!entry || (!mfns && !page)) {
            /* Those of the batch are mapped first, so that unmap() sees and
             * frees them; the result does not matter any more. */
            pt_batch_flush(&batch);
            unmap(start, i, mfns != NULL);
            return -K_ENOMEM;
        }
        pt_batch_set(&batch, entry,
                     pte_make(mfns ? (mfn_t){mfns[i]} : mfn_of(page), PTE_RW));
    }
    error = pt_batch_flush(&batch);
    if (error && mfns)
        unmap(start, count, true); /* Xen may refuse what is not ours */
    else if (error)
        panic("Xen refuses to map our own pages");
    return error;
}

void *area_reserve(size_t pages, struct area_label label)
{
    struct area *area = create(pages, label);

    return area ? (void *)area->base : NULL;
}

int area_populate(void *base, size_t first, size_t count)
{
    return map((char *)base + first * PAGE_SIZE, NULL, count);
}

void *area_alloc(size_t pages, struct area_label label)
{
    void *base = area_reserve(pages, label);

    if (base && area_populate(base, 0, pages)) {
        area_free(base);
        return NULL;
    }
    return base;
}

void *area_map_frames(const uint64_t *mfns, size_t count)
{
    struct area *area = create(count, (struct area_label){"frames", NULL});

    if (!area)
        return NULL;
    area->foreign = true;
    if (map((char *)area->base, mfns, count)) {
        area_free((void *)area->base);
        return NULL;
    }
    return (void *)area->base;
}

void area_free(void *base)
{
    struct area *area;

    spin_lock(&lock);
    area = find(base);
    if (area)
        area->label.owner = NULL; /* it may lie in what goes now */
    spin_unlock(&lock);
    if (!area)
        panic("area_free: no area begins at %p", base);
    unmap((char *)area->base, area->pages, area->foreign);
    spin_lock(&lock);
    remove(area);
    spin_unlock(&lock);
    heap_free(area);
}

void area_set_label(void *base, struct area_label label)
{
    struct area *area;

    spin_lock(&lock);
    area = find(base);
    if (area)
        area->label = label;
    spin_unlock(&lock);
}

size_t area_pages(const void *base)
{
    struct area *area;

    spin_lock(&lock);
    area = find(base);
    spin_unlock(&lock);
    return area ? area->pages : 0;
}

bool area_contains(const void *address)
{
    return (unsigned long)address - AREA_BASE < AREA_SIZE;
}

bool area_is_mapped(const void *address)
{
    return pt_lookup(address) & PTE_PRESENT;
}

/* Where `address` lies in relation to `area`, or NULL if it is not near. */
static const char *part_of(const struct area *area, unsigned long address)
{
    unsigned long end = area->base + area->pages * PAGE_SIZE;

    if (address >= area->base && address < end)
        return "";
    if (address < area->base && area->base - address <= PAGE_SIZE)
        return "guard page below ";
    if (address >= end && address - end < PAGE_SIZE)
        return "guard page above ";
    return NULL;
}

bool area_describe(const void *address, char *to, size_t size)
{
    list_for_each (link, &areas) {
        struct area *area = area_of(link);
        const char *part = part_of(area, (unsigned long)address);
        const char *owner = area->label.owner;

        if (!part)
            continue;
        /* A page between two areas guards both; stacks grow down, so the one
         * above it is more likely to be meant. */
        if (part[0] && link->next != &areas &&
            part_of(area_of(link->next), (unsigned long)address))
            continue;
        string_format(to, size, "%s%s%s%s%s", part, area->label.kind,
                      owner ? " " : "", owner ? owner : "",
                      part[0] || area_is_mapped(address) ? ""
                                                         : ", not yet mapped");
        return true;
    }
    return false;
}

unsigned int inspect_areas(struct inspect_range to[], unsigned int room)
{
    unsigned int count = 0;

    spin_lock(&lock);
    list_for_each (link, &areas) {
        const struct area *area = area_of(link);
        const char *owner = area->label.owner;

        if (count < room) {
            to[count].start = area->base;
            to[count].bytes = area->pages * PAGE_SIZE;
            to[count].write = true;
            to[count].execute = false;
            string_format(to[count].name, sizeof(to[count].name), "%s%s%s",
                          area->label.kind, owner ? " " : "",
                          owner ? owner : "");
        }
        count++;
    }
    spin_unlock(&lock);
    return count;
}
