/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poke: a program for dom0 that spoils a ring between a guest and its backend.
 *
 *     poke DOMAIN GREF OFFSET VALUE
 *
 * maps the page that the guest has granted under GREF, as its backend has, and
 * writes a 32-bit VALUE at byte OFFSET of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xengnttab.h>

int main(int argc, char **argv)
{
    xengnttab_handle *table = xengnttab_open(NULL, 0);
    volatile uint32_t *page;

    if (argc != 5 || !table)
        return 2;
    page = xengnttab_map_grant_ref(table, (uint32_t)atoi(argv[1]),
                                   (uint32_t)atoi(argv[2]),
                                   PROT_READ | PROT_WRITE);
    if (!page) {
        perror("poke");
        return 1;
    }
    page[atoi(argv[3]) / 4] = (uint32_t)strtoul(argv[4], NULL, 0);
    return xengnttab_unmap(table, (void *)page, 1) != 0;
}
