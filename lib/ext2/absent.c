/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * absent.c: what libext2fs refers to, but is never led to.
 *
 * Its functions handle many features, each with a file of its own. Those that
 * feature.c does not let pass need no code: 300 KB of tables for names without
 * case, the guard against two hosts, lists of bad blocks. Whoever came here
 * nevertheless would get an honest answer.
 *
 * One function is not absent but smaller: the checksum of ext4's metadata, by
 * half bytes instead of by tables of 16 KiB.
 */
#include "lib/ext2/ext2.h"

const struct ext2fs_nls_table *ext2fs_load_nls_table(int encoding);
__u32 ext2fs_crc32c_le(__u32 crc, unsigned char const *bytes, size_t size);

const struct ext2fs_nls_table *ext2fs_load_nls_table(int encoding)
{
    (void)encoding;
    return NULL;
}

errcode_t ext2fs_mmp_start(ext2_filsys fs)
{
    (void)fs;
    return EXT2_ET_OP_NOT_SUPPORTED;
}

errcode_t ext2fs_mmp_stop(ext2_filsys fs)
{
    (void)fs;
    return EXT2_ET_OP_NOT_SUPPORTED;
}

/* Only called to give back a buffer that the real one keeps. */
errcode_t ext2fs_zero_blocks2(ext2_filsys fs, blk64_t block, int count,
                              blk64_t *failed, int *failed_count)
{
    (void)block;
    (void)count;
    (void)failed;
    (void)failed_count;
    return fs == NULL ? 0 : EXT2_ET_OP_NOT_SUPPORTED;
}

/* CRC32c, the least significant bit first, without the complements. */
__u32 ext2fs_crc32c_le(__u32 crc, unsigned char const *bytes, size_t size)
{
    static const __u32 of_nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };

    while (size-- > 0) {
        crc ^= *bytes++;
        crc = crc >> 4 ^ of_nibble[crc & 15];
        crc = crc >> 4 ^ of_nibble[crc & 15];
    }
    return crc;
}
