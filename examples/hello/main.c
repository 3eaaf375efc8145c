/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hello: the first guest. It says what it was given: arguments, version,
 * memory, processors, and how long the kernel took to get here.
 *
 * It is ordinary C. Only the last two questions need the kernel's own
 * interface, which programs may use beside the C library.
 */
#include <stdio.h>
#include <unistd.h>
#include "coracle/lifecycle.h"
#include "coracle/time.h"

extern const char coracle_version[];

int main(int argc, char **argv)
{
    /* First of all, so that what main() does itself is not counted. */
    unsigned long long ns = time_monotonic() - boot_entry_time();
    double mib = (double)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

    printf("Hello from %s on Coracle %s.\n", argv[0], coracle_version);
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    printf("memory: %.1f MiB, vCPUs: %ld\n", mib / (1 << 20),
           sysconf(_SC_NPROCESSORS_ONLN));
    printf("main began %.1f us after the kernel was entered\n", ns / 1e3);
    return 0;
}
