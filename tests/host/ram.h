/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ram.h: RAM for host tests of mm/, in host memory.
 */
#ifndef CORACLE_TESTS_HOST_RAM_H
#define CORACLE_TESTS_HOST_RAM_H

#include <stdbool.h>

/*
 * `total` frames, of which the first `mapped` can be touched. The others can
 * after direct_map_chunk() on their chunk; before that, touching them ends the
 * test. Frame numbers and addresses convert as in mm/direct.h.
 */
void ram_init(unsigned long mapped, unsigned long total);

/* direct_map_chunk() fails while this is set. */
extern bool ram_mapping_fails;

/* Page tables that direct_map_chunk() takes from the reserve per call. */
extern unsigned int ram_tables_per_chunk;

/* Chunks mapped so far by direct_map_chunk(). */
extern unsigned long ram_chunks_mapped;

#endif
