/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * direct.c: the image's final mapping, and the direct map.
 *
 * The builder maps the image, the boot data behind it and at least 512 KiB
 * more at IMAGE_BASE, everything writable and executable (but for its page
 * tables, which are read-only). Its level-2 table, whose entry i maps frames
 * 512 i and on, is just what a direct map needs. So direct_init() hooks that
 * table in a second time, at DIRECT_BASE, under a level-3 entry that forbids
 * execution for all of it, and puts a new, small mapping of nothing but the
 * image in its old place:
 *
 *     top level                level 3                level 2
 *     [272] DIRECT_BASE  --->  direct_l3 [0] no-exec -> builder's table
 *     [511] IMAGE_BASE   --->  builder's [510] -------> image_l2 -> image_l1
 *
 * What is text, constants or a page table loses its write permission in the
 * direct map as well, since those frames are seen through both. Some 60 page
 * table entries change, in three hypercalls, however much RAM there is.
 *
 * Frames beyond the builder's mapping are added later, 512 at a time, by
 * direct_map_chunk(), when the page allocator first needs them: checking a
 * table costs Xen some 100 instructions per entry, too much to do for all RAM
 * at boot.
 *
 * Concurrency: the page allocator serialises direct_map_chunk();
 * direct_protect() changes one entry and needs none.
 */
#include "mm/direct.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/pagetable.h"
#include "arch/x86/setup.h"
#include "coracle/errno.h"
#include "coracle/inspect.h"
#include "coracle/print.h"
#include "lib/string.h"
#include "mm/page.h"

extern const char image_start[], text_end[], rodata_end[], image_end[];

/* Room for our tables, from image.lds: read-only once they are in use. */
typedef uint64_t table_t[PT_ENTRIES];
extern table_t tables_start[], tables_end[];
static table_t *const direct_l3 = &tables_start[0];
static table_t *const image_l2 = &tables_start[1];
static table_t *const image_l1 = &tables_start[2];

const unsigned long *p2m;
unsigned long total_pages;
static unsigned long first_free, mapped_end;

unsigned long direct_first_free(void)
{
    return first_free;
}

unsigned long direct_mapped_end(void)
{
    return mapped_end;
}

/* What the page at `address` of the image may do and which frame it shows. */
static uint64_t image_pte(const char *address)
{
    mfn_t mfn = mfn_of(address);

    if (address < text_end)
        return pte_make(mfn, PTE_RX);
    if (address < rodata_end)
        return pte_make(mfn, PTE_R);
    if (address >= (char *)tables_start && address < (char *)tables_end)
        return pte_make(mfn, PTE_R);
    if (address == (char *)&shared_info_page)
        return start_info.shared_info | PTE_RW; /* Xen's page, not ours */
    if (cpu_is_stack_guard(address))
        return 0;
    return pte_make(mfn, PTE_RW);
}

/* Fill image_l1 and image_l2, which are still writable. */
static void fill_image_tables(void)
{
    for (const char *a = image_start; a < image_end; a += PAGE_SIZE)
        image_l1[pt_index(a, 2)][pt_index(a, 1)] = image_pte(a);
    for (unsigned long t = 0; &image_l1[t] < tables_end; t++)
        (*image_l2)[t] = pte_make(mfn_of(image_l1[t]), PTE_TABLE);
}

/* Take the write permission from [from, to) in the builder's mapping, which
 * is about to become the direct map. Text stays executable: we are in it. */
static void write_protect(struct pt_batch *batch, const char *from,
                          const char *to, uint64_t flags)
{
    for (const char *a = from; a < to; a += PAGE_SIZE)
        pt_batch_set(batch, &pt_table(a, 1)[pt_index(a, 1)],
                     pte_make(mfn_of(a), flags));
}

/*
 * The same for the ramdisk, which may be large: a chunk that it fills takes
 * one change, in the level-2 table, whose permissions bind all below it.
 */
static void protect_ramdisk(struct pt_batch *batch, const char *from,
                            const char *to)
{
    while (from < to) {
        uint64_t *l2 = pt_table(from, 2);
        unsigned long chunk = pt_index(from, 2);

        if (pt_index(from, 1) == 0 && from + CHUNK_PAGES * PAGE_SIZE <= to) {
            pt_batch_set(batch, &l2[chunk], l2[chunk] & ~PTE_WRITABLE);
            from += CHUNK_PAGES * PAGE_SIZE;
        } else {
            write_protect(batch, from, from + PAGE_SIZE, PTE_R);
            from += PAGE_SIZE;
        }
    }
}

/* The builder maps memory in whole 2 MiB; count them in its level-2 table. */
static unsigned long count_mapped(const uint64_t *builder_l2)
{
    unsigned long chunks = 0;

    while (chunks < PT_ENTRIES && (builder_l2[chunks] & PTE_PRESENT))
        chunks++;
    return chunks * CHUNK_PAGES;
}

void direct_init(const struct start_info *info)
{
    uint64_t *top = (uint64_t *)info->pt_base;
    uint64_t *l3, *builder_l2;
    struct pt_batch batch;

    p2m = (const unsigned long *)info->mfn_list;
    total_pages = info->nr_pages;
    if (total_pages > DIRECT_SIZE / PAGE_SIZE)
        total_pages = DIRECT_SIZE / PAGE_SIZE;
    pt_init(top);
    pt_batch_init(&batch);
    l3 = pt_table(image_start, 3);
    builder_l2 = pt_table(image_start, 2);
    mapped_end = count_mapped(builder_l2);
    if (mapped_end > total_pages)
        mapped_end = total_pages;
    /* The tables come last but for the builder's one page of stack. */
    first_free = pfn_of(top).n + info->nr_pt_frames + 1;

    fill_image_tables();
    (*direct_l3)[0] = pte_make(mfn_of(builder_l2), PTE_TABLE | PTE_NOEXEC);
    write_protect(&batch, image_start, text_end, PTE_RX);
    write_protect(&batch, text_end, rodata_end, PTE_R);
    write_protect(&batch, (char *)tables_start, (char *)tables_end, PTE_R);
    protect_ramdisk(&batch, (char *)info->mod_start,
                    (char *)info->mod_start + info->mod_len);
    pt_batch_set(&batch, &top[pt_index((void *)DIRECT_BASE, 4)],
                 pte_make(mfn_of(direct_l3), PTE_TABLE));
    pt_batch_set(&batch, &l3[pt_index(image_start, 3)],
                 pte_make(mfn_of(image_l2), PTE_TABLE));
    if (pt_batch_flush(&batch))
        panic("Xen refuses the boot page tables");

    p2m = direct_address(pfn_of(p2m));
    pt_init(direct_address(pfn_of(top)));
    pt_flush_local();
}

void direct_protect(const void *page)
{
    if (xen_update_va_mapping((unsigned long)page,
                              pte_make(mfn_of(page), PTE_R),
                              UVMF_INVLPG | UVMF_ALL))
        panic("Xen cannot make %p read-only", page);
}

/* Make the filled page `table` a page table: entry `index` of `parent`. */
static int hook_table(const uint64_t *parent, unsigned long index,
                      const uint64_t *table)
{
    struct pt_batch batch;

    direct_protect(table);
    pt_batch_init(&batch);
    pt_batch_set(&batch, &parent[index], pte_make(mfn_of(table), PTE_TABLE));
    return pt_batch_flush(&batch);
}

/* Level-2 table number `gib` of the direct map, made if there is none yet. */
static uint64_t *direct_l2(unsigned long gib)
{
    const void *address = direct_address((pfn_t){gib << (30 - PAGE_SHIFT)});
    uint64_t *table = pt_table(address, 2);

    if (table)
        return table;
    table = page_take_reserve();
    if (!table)
        return NULL;
    memset(table, 0, PAGE_SIZE);
    if (hook_table(pt_table(address, 3), pt_index(address, 3), table))
        panic("Xen refuses a table of the direct map");
    return table;
}

int direct_map_chunk(unsigned long chunk)
{
    unsigned long first = chunk * CHUNK_PAGES;
    uint64_t *l2 = direct_l2(chunk / PT_ENTRIES);
    uint64_t *l1 = l2 ? page_take_reserve() : NULL;

    if (!l1)
        return -K_ENOMEM;
    for (unsigned long i = 0; i < PT_ENTRIES; i++)
        l1[i] = first + i < total_pages
                    ? pte_make(pfn_to_mfn((pfn_t){first + i}), PTE_RW)
                    : 0;
    return hook_table(l2, chunk % PT_ENTRIES, l1);
}

unsigned int inspect_image(struct inspect_range to[], unsigned int room)
{
    const char *ramdisk = (const char *)start_info.mod_start;
    const struct {
        const char *name;
        const void *start;
        size_t bytes;
        bool write, execute;
    } parts[] = {
        {"code", image_start, (size_t)(text_end - image_start), false, true},
        {"constants", text_end, (size_t)(rodata_end - text_end), false, false},
        {"data", rodata_end, (size_t)(image_end - rodata_end), true, false},
        {"direct map of RAM", (void *)DIRECT_BASE, total_pages * PAGE_SIZE,
         true, false},
        {"ramdisk", direct_address(pfn_of(ramdisk)), start_info.mod_len, false,
         false},
    };
    unsigned int count = 0;

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!parts[i].bytes)
            continue;
        if (count < room) {
            to[count].start = (uintptr_t)parts[i].start;
            to[count].bytes = parts[i].bytes;
            to[count].write = parts[i].write;
            to[count].execute = parts[i].execute;
            (void)string_copy(to[count].name, parts[i].name,
                              sizeof(to[count].name));
        }
        count++;
    }
    return count;
}
