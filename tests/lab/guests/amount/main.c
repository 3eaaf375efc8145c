/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amount: how much memory is there, and can a program have it?
 *
 * It says how many pages the domain was given and how many are free, takes
 * blocks of a quarter of what is free until there are no more, then smaller
 * ones, down to a page. Each block gets its own address written at every
 * megabyte and is looked at again at the end, when it is given back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STEP (1 << 20)

struct block {
    struct block *next;
    size_t size;
};

static struct block *blocks;
static int wrong;

static size_t take_all(size_t size)
{
    size_t taken = 0;
    struct block *block;

    while ((block = malloc(size))) {
        for (size_t at = STEP; at + sizeof(char *) <= size; at += STEP)
            *(char **)((char *)block + at) = (char *)block + at;
        block->next = blocks;
        block->size = size;
        blocks = block;
        taken += size;
    }
    return taken;
}

static void give_back(void)
{
    while (blocks) {
        struct block *block = blocks;

        for (size_t at = STEP; at + sizeof(char *) <= block->size; at += STEP)
            wrong += *(char **)((char *)block + at) != (char *)block + at;
        blocks = block->next;
        free(block);
    }
}

int main(void)
{
    size_t page = sysconf(_SC_PAGESIZE);
    size_t free_before = sysconf(_SC_AVPHYS_PAGES), taken = 0;

    printf("given %ld free %zu\n", sysconf(_SC_PHYS_PAGES), free_before);
    for (size_t size = free_before * page / 4; size >= page; size /= 2)
        taken += take_all(size);
    printf("taken %zu\n", taken / page);
    give_back();
    printf("free again %ld, wrong %d\n", sysconf(_SC_AVPHYS_PAGES), wrong);
    return wrong != 0;
}
