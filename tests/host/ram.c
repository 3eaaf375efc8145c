/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram.c: see ram.h. Unmapped frames are host memory without permissions.
 */
#include <sys/mman.h>
#include "test.h"
#include "ram.h"
#include "coracle/errno.h"
#include "mm/direct.h"
#include "mm/page.h"

#define ALIGNMENT (2UL << 20)

bool ram_mapping_fails;
unsigned int ram_tables_per_chunk = 1;
unsigned long ram_chunks_mapped;

static unsigned long total_frames, next_chunk;

void ram_init(unsigned long mapped, unsigned long total)
{
    char *space = mmap(NULL, total * PAGE_SIZE + ALIGNMENT, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    CHECK(space != MAP_FAILED);
    ram_base = space + (-(uintptr_t)space & (ALIGNMENT - 1));
    CHECK(!mprotect(ram_base, mapped * PAGE_SIZE, PROT_READ | PROT_WRITE));
    total_frames = total;
    next_chunk = (mapped + CHUNK_PAGES - 1) / CHUNK_PAGES;
}

int direct_map_chunk(unsigned long chunk)
{
    unsigned long first = chunk * CHUNK_PAGES;
    unsigned long count = total_frames - first;

    CHECK_EQUAL(chunk, next_chunk);
    CHECK(first < total_frames);
    if (ram_mapping_fails)
        return -K_ENOMEM;
    for (unsigned int i = 0; i < ram_tables_per_chunk; i++)
        memset(page_take_reserve(), 0xaa, PAGE_SIZE);
    if (count > CHUNK_PAGES)
        count = CHUNK_PAGES;
    CHECK(!mprotect(ram_base + first * PAGE_SIZE, count * PAGE_SIZE,
                    PROT_READ | PROT_WRITE));
    /* As on a real machine, memory comes with old contents. */
    memset(ram_base + first * PAGE_SIZE, 0xa5, count * PAGE_SIZE);
    next_chunk++;
    ram_chunks_mapped++;
    return 0;
}
