/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare: the smallest guest, without a C library.
 */
#include "coracle/print.h"

int main(int argc, char **argv);

int main(int argc, char **argv)
{
    printk("hello from %s, %d arguments\n", argv[0], argc - 1);
    return 0;
}
