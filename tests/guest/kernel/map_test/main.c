/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map_test: do the page tables allow only what they should?
 *
 * What: nothing is writable and executable at once; only the text of the image
 * is executable; text, constants and page tables are writable nowhere, also not
 * through the direct map; the low half is empty, and entries that map nothing
 * are all zero (a present address in one could be read by speculation, L1TF);
 * the guard pages of stacks are not mapped.
 *
 * Why: one careless entry breaks no program, so nothing else would find it.
 *
 * How: a walk over all four levels, as the CPU does it: a page may be written
 * if every level allows it, and executed if none forbids it. First pass: which
 * frames are page tables? Second: look at every page. Once after the boot, and
 * once after all of memory, areas and threads have been used and given back.
 */
#include "arch/x86/pagetable.h"
#include "arch/x86/setup.h"
#include "coracle/sync.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "tests/guest/guest.h"

#define LARGE        (1UL << 7) /* a 2 MiB page: we make none */
#define XEN_FIRST    256u       /* Xen's own entries of the top table */
#define XEN_LAST     271u
#define STACK_GUARDS 3u
#define PARKED       20
#define BITMAP_BYTES ((total_pages + 7) / 8)

extern const char image_start[], text_end[], rodata_end[], image_end[];

struct walk {
    unsigned char *is_table; /* a bit for each frame of ours */
    void (*visit)(struct walk *walk, unsigned long address, uint64_t entry);
    unsigned long pages, executable, tables;
};

static uint64_t *table_at(uint64_t entry)
{
    return direct_address(mfn_to_pfn((mfn_t){(entry & PTE_FRAME) >> 12}));
}

/* The frame that an entry shows; total_pages if it is not ours. */
static unsigned long own_frame(uint64_t entry)
{
    mfn_t mfn = {(entry & PTE_FRAME) >> PAGE_SHIFT};
    pfn_t pfn = mfn_to_pfn(mfn);

    return pfn.n < total_pages && p2m[pfn.n] == mfn.n ? pfn.n : total_pages;
}

static void note_table(struct walk *walk, const uint64_t *table)
{
    unsigned long pfn = pfn_of(table).n;

    CHECK(pfn < total_pages);
    walk->is_table[pfn / 8] |= (unsigned char)(1 << pfn % 8);
    walk->tables++;
}

/* `flags`: what the levels above allow. */
static void walk_table(struct walk *walk, const uint64_t *table,
                       unsigned int level, unsigned long base, uint64_t flags)
{
    note_table(walk, table);
    for (unsigned long i = 0; i < PT_ENTRIES; i++) {
        unsigned long address = base + (i << (PAGE_SHIFT + 9 * (level - 1)));
        uint64_t entry = READ_ONCE(table[i]);
        uint64_t allowed =
            (entry & flags & PTE_WRITABLE) | ((entry | flags) & PTE_NOEXEC);

        if (level == 4) {
            if (i >= XEN_FIRST && i <= XEN_LAST)
                continue;
            if (i > XEN_LAST)
                address |= 0xffffUL << 48;
            if (i < XEN_FIRST)
                CHECK_EQUAL(entry, 0);
        }
        if (!(entry & PTE_PRESENT)) {
            CHECK_EQUAL(entry, 0);
            continue;
        }
        if (level > 1) {
            CHECK(!(entry & LARGE));
            walk_table(walk, table_at(entry), level - 1, address, allowed);
        } else {
            walk->pages++;
            if (walk->visit)
                walk->visit(walk, address,
                            (entry & ~(PTE_WRITABLE | PTE_NOEXEC)) | allowed);
        }
    }
}

static bool in_image(unsigned long pfn, const char *from, const char *to)
{
    return pfn >= pfn_of(from).n && pfn < pfn_of(to).n;
}

static void check_page(struct walk *walk, unsigned long address, uint64_t entry)
{
    const char *where = (const char *)address;
    unsigned long pfn = own_frame(entry);
    bool writable = entry & PTE_WRITABLE;

    if (!(entry & PTE_NOEXEC)) {
        CHECK(!writable);
        CHECK(where >= image_start && where < text_end);
        walk->executable++;
    }
    if (!writable || pfn == total_pages)
        return;
    if (in_image(pfn, image_start, rodata_end))
        printk("%p shows text or constants, writable\n", (void *)where);
    CHECK(!in_image(pfn, image_start, rodata_end));
    if (walk->is_table[pfn / 8] & 1 << pfn % 8)
        printk("%p shows a page table, writable\n", (void *)where);
    CHECK(!(walk->is_table[pfn / 8] & 1 << pfn % 8));
}

static void check_all(const char *when)
{
    struct walk walk = {.is_table = heap_alloc_zeroed(BITMAP_BYTES, 1)};
    const uint64_t *top = pt_table(NULL, 4);

    CHECK(walk.is_table);
    walk_table(&walk, top, 4, 0, PTE_WRITABLE);
    walk.visit = check_page;
    walk.pages = 0;
    walk_table(&walk, top, 4, 0, PTE_WRITABLE);
    CHECK_EQUAL(walk.executable, (text_end - image_start) / PAGE_SIZE);
    /* More than the image: the direct map was seen too. */
    CHECK(walk.pages > 2 * (size_t)(image_end - image_start) / PAGE_SIZE);
    printk("map_test: %s: %lu pages, %lu executable, %lu tables\n", when,
           walk.pages, walk.executable, walk.tables / 2);
    heap_free(walk.is_table);
}

/* ---- Guard pages --------------------------------------------------------- */

static struct semaphore parked, go_on;

static void check_stack_guards(void)
{
    const struct stack *stack = &thread_self()->stack;
    char here = 0;

    CHECK(pt_lookup(&here) & PTE_PRESENT);
    CHECK_EQUAL(pt_lookup(stack->base - 1), 0);
    CHECK_EQUAL(pt_lookup(stack->base + stack->size), 0);
}

static void park(void *argument)
{
    (void)argument;
    check_stack_guards();
    semaphore_up(&parked);
    (void)semaphore_down(&go_on, TIME_NEVER);
}

static void check_cpu_guards(void)
{
    unsigned int guards = 0;

    for (const char *p = image_start; p < image_end; p += PAGE_SIZE)
        if (cpu_is_stack_guard(p)) {
            CHECK_EQUAL(pt_lookup(p), 0);
            guards++;
        } else {
            CHECK(pt_lookup(p) & PTE_PRESENT);
        }
    CHECK_EQUAL(guards, STACK_GUARDS);
}

/* ---- Use everything once ------------------------------------------------- */

static void use_all_memory(void)
{
    void *all = NULL, *page;

    while ((page = page_alloc(0))) {
        memset(page, 0x5a, PAGE_SIZE);
        *(void **)page = all;
        all = page;
    }
    while (all) {
        page = all;
        all = *(void **)page;
        page_free(page, 0);
    }
}

int main(int argc, char **argv)
{
    struct thread *threads[PARKED];
    void *large;

    (void)argc;
    (void)argv;
    check_all("after the boot");
    check_cpu_guards();
    check_stack_guards();

    use_all_memory();
    large = heap_alloc(page_count_free() / 2 * PAGE_SIZE);
    CHECK(large);
    semaphore_init(&parked, 0);
    semaphore_init(&go_on, 0);
    for (int i = 0; i < PARKED; i++) {
        threads[i] = thread_create("parked", park, NULL, 0);
        CHECK(threads[i]);
    }
    for (int i = 0; i < PARKED; i++)
        CHECK_EQUAL(semaphore_down(&parked, TIME_NEVER), 0);
    check_all("in use");
    for (int i = 0; i < PARKED; i++)
        semaphore_up(&go_on);
    for (int i = 0; i < PARKED; i++)
        thread_join(threads[i]);
    heap_free(large);
    check_all("given back");
    printk("map_test: all ok\n");
    return 0;
}
