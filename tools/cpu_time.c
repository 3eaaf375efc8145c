/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpu_time.c: what a domain has used of the CPUs, for `make bench`.
 *
 *     cpu-time DOMID
 *
 * Prints Xen's count in nanoseconds, from libxenctrl: the time for which the
 * domain's vCPUs ran, hypercalls included. `xl list` shows the same in tenths
 * of a second. Under QEMU's -icount it counts instructions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    xc_dominfo_t info;
    uint32_t domid;

    if (argc != 2) {
        fprintf(stderr, "usage: cpu-time DOMID\n");
        return 2;
    }
    domid = (uint32_t)strtoul(argv[1], NULL, 10);
    if (!xc || xc_domain_getinfo(xc, domid, 1, &info) != 1 ||
        info.domid != domid) {
        fprintf(stderr, "cpu-time: domain %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    printf("%llu\n", (unsigned long long)info.cpu_time);
    return 0;
}
