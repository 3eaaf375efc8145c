/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare: the smallest guest. `LIBC = none` in config.mk leaves the C library
 * out, so main() has the kernel's own interface, include/coracle/, and no more.
 */
#include "coracle/print.h"

int main(int argc, char **argv);

int main(int argc, char **argv)
{
    printk("Hello from %s, without a C library.\n", argv[0]);
    for (int i = 1; i < argc; i++)
        printk("argument %d: %s\n", i, argv[i]);
    return 0;
}
