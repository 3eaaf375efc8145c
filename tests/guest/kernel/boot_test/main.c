/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_test: does what the domain builder handed over arrive?
 *
 * What: the command line, byte for byte, also a long one; a ramdisk, whole,
 * where nobody can write; random numbers that differ from boot to boot.
 *
 * How: it prints what it got, as lines "name: value", and test_kernel.py, who
 * gave it, compares. The ramdisk's content is a rule (byte i is 7 i + i / 256),
 * so that it can be checked here.
 */
#include "arch/x86/pagetable.h"
#include "coracle/entropy.h"
#include "lib/string.h"
#include "tests/guest/guest.h"

#define RANDOM_WORDS 8

extern unsigned long __stack_chk_guard;

static void print_random(void)
{
    unsigned long words[RANDOM_WORDS];
    unsigned char odd[37] = {0};
    unsigned int zeroes = 0;

    entropy_fill(words, sizeof(words));
    printk("random:");
    for (unsigned int i = 0; i < RANDOM_WORDS; i++) {
        for (unsigned int j = 0; j < i; j++)
            CHECK(words[i] != words[j]);
        printk(" %016lx", words[i]);
    }
    printk("\ncanary: %016lx\n", __stack_chk_guard);
    entropy_fill(odd, 35); /* not a byte more, and no fewer */
    CHECK(odd[35] == 0 && odd[36] == 0);
    for (unsigned int i = 0; i < 35; i++)
        zeroes += !odd[i];
    CHECK(zeroes < 5);
    entropy_fill(odd, 0);
}

static void check_ramdisk(void)
{
    unsigned long size;
    const unsigned char *disk = boot_ramdisk(&size);

    printk("ramdisk: %lu\n", size);
    if (!size) {
        CHECK(!disk);
        return;
    }
    for (unsigned long i = 0; i < size; i++)
        CHECK_EQUAL(disk[i], (unsigned char)(7 * i + i / 256));
    for (unsigned long i = 0; i < size; i += PAGE_SIZE) {
        CHECK(pt_lookup(disk + i) & PTE_PRESENT);
        CHECK(!(pt_lookup(disk + i) & PTE_WRITABLE));
    }
}

int main(int argc, char **argv)
{
    const char *line = boot_command_line();

    printk("command line: ");
    console_write(line, strlen(line)); /* too long for printk() */
    printk("\n");
    for (int i = 1; i < argc; i++)
        printk("argument: %s\n", argv[i]);
    print_random();
    check_ramdisk();
    printk("boot_test: all ok\n");
    return 0;
}
