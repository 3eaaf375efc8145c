/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * large_test: an image of many megabytes. Each 2 MiB of it take a page table of
 * their own (arch/x86/image.lds), and every page must be there, with what the
 * linker put into it, and stay there.
 */
#include <stddef.h>
#include <stdint.h>
#include "coracle/print.h"

#define WORDS (3u << 20 >> 3) /* of 3 MiB, in each of three kinds */
#define MARK  0x5a5aa5a55a5aa5a5u

/* Constants and data, without 6 MiB of source. */
__asm__(".section .rodata.large, \"a\"\n"
        "large_constants: .fill 3 << 18, 4, 0x5a5aa5a5\n"
        ".section .data.large, \"aw\"\n"
        "large_data: .fill 3 << 18, 4, 0x5a5aa5a5\n"
        ".text\n");
extern const uint64_t large_constants[WORDS];
extern uint64_t large_data[WORDS];
static uint64_t zeros[WORDS];

static unsigned int count_wrong(const volatile uint64_t *words, uint64_t value,
                                uint64_t step)
{
    unsigned int wrong = 0;

    for (size_t i = 0; i < WORDS; i++)
        wrong += words[i] != value + i * step;
    return wrong;
}

int main(void)
{
    unsigned int wrong = count_wrong(large_constants, MARK, 0) +
                         count_wrong(large_data, MARK, 0) +
                         count_wrong(zeros, 0, 0);

    for (size_t i = 0; i < WORDS; i++) {
        large_data[i] = i;
        zeros[i] = ~i;
    }
    wrong += count_wrong(large_constants, MARK, 0);
    wrong += count_wrong(large_data, 0, 1);
    wrong += count_wrong(zeros, ~0ull, -1ull);
    if (wrong != 0)
        printk("large_test: %u words are wrong\n", wrong);
    else
        printk("large_test: all ok\n");
    return wrong != 0;
}
