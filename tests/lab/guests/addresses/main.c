/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * addresses: a guest with a network that does nothing: main() says that it
 * runs, and ends when it reads a line. What comes before, and answers to pings,
 * is the stack's own work, which tests/lab/test_addresses.py looks at.
 */
#include <stdio.h>

int main(void)
{
    puts("main");
    getchar();
    return 0;
}
