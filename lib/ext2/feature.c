/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * feature.c: is this a file system, and may we write to it?
 *
 * A superblock names what the file system uses in three sets of bits. Of what
 * is *compatible* one need know nothing. *Read-only compatible* features may be
 * ignored by those who only read. Whoever does not know an *incompatible* one
 * must leave the disk alone. We write to what plain ext2 is made of, and to an
 * ext3 whose journal is empty, as to an ext2. More than that, up to a usual
 * ext4, we read.
 *
 * The rest is arithmetic. The library checks much of it as well, but sizes that
 * lead outside of the disk are found here, before anybody relies on them.
 *
 * Pure logic. Left out: blocks larger than a page, as in Linux on this machine.
 */
#include "lib/ext2/ext2.h"
#include "lib/printf.h"

/* ---- Features --------------------------------------------------------------
 */

struct feature {
    uint32_t bit;
    const char *name;
};

static const struct feature incompatible[] = {
    {EXT2_FEATURE_INCOMPAT_COMPRESSION, "compression"},
    {EXT2_FEATURE_INCOMPAT_FILETYPE, "filetype"},
    {EXT3_FEATURE_INCOMPAT_RECOVER, "needs_recovery"},
    {EXT3_FEATURE_INCOMPAT_JOURNAL_DEV, "journal_dev"},
    {EXT2_FEATURE_INCOMPAT_META_BG, "meta_bg"},
    {EXT3_FEATURE_INCOMPAT_EXTENTS, "extent"},
    {EXT4_FEATURE_INCOMPAT_64BIT, "64bit"},
    {EXT4_FEATURE_INCOMPAT_MMP, "mmp"},
    {EXT4_FEATURE_INCOMPAT_FLEX_BG, "flex_bg"},
    {EXT4_FEATURE_INCOMPAT_EA_INODE, "ea_inode"},
    {EXT4_FEATURE_INCOMPAT_DIRDATA, "dirdata"},
    {EXT4_FEATURE_INCOMPAT_CSUM_SEED, "metadata_csum_seed"},
    {EXT4_FEATURE_INCOMPAT_LARGEDIR, "large_dir"},
    {EXT4_FEATURE_INCOMPAT_INLINE_DATA, "inline_data"},
    {EXT4_FEATURE_INCOMPAT_ENCRYPT, "encrypt"},
    {EXT4_FEATURE_INCOMPAT_CASEFOLD, "casefold"},
    {0, NULL},
};

static const struct feature readonly[] = {
    {EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER, "sparse_super"},
    {EXT2_FEATURE_RO_COMPAT_LARGE_FILE, "large_file"},
    {EXT4_FEATURE_RO_COMPAT_HUGE_FILE, "huge_file"},
    {EXT4_FEATURE_RO_COMPAT_GDT_CSUM, "uninit_bg"},
    {EXT4_FEATURE_RO_COMPAT_DIR_NLINK, "dir_nlink"},
    {EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE, "extra_isize"},
    {EXT4_FEATURE_RO_COMPAT_QUOTA, "quota"},
    {EXT4_FEATURE_RO_COMPAT_BIGALLOC, "bigalloc"},
    {EXT4_FEATURE_RO_COMPAT_METADATA_CSUM, "metadata_csum"},
    {EXT4_FEATURE_RO_COMPAT_PROJECT, "project"},
    {EXT4_FEATURE_RO_COMPAT_SHARED_BLOCKS, "shared_blocks"},
    {EXT4_FEATURE_RO_COMPAT_VERITY, "verity"},
    {EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT, "orphan_present"},
    {0, NULL},
};

#define INCOMPATIBLE_WRITE EXT2_FEATURE_INCOMPAT_FILETYPE
#define INCOMPATIBLE_READ                                                      \
    (EXT2_FEATURE_INCOMPAT_FILETYPE | EXT3_FEATURE_INCOMPAT_RECOVER |          \
     EXT2_FEATURE_INCOMPAT_META_BG | EXT3_FEATURE_INCOMPAT_EXTENTS |           \
     EXT4_FEATURE_INCOMPAT_64BIT | EXT4_FEATURE_INCOMPAT_FLEX_BG |             \
     EXT4_FEATURE_INCOMPAT_CSUM_SEED | EXT4_FEATURE_INCOMPAT_LARGEDIR |        \
     EXT4_FEATURE_INCOMPAT_EA_INODE)
#define READONLY_WRITE                                                         \
    (EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE)

/* The names of the bits in `set`, with blanks between. */
static void name_them(const struct feature *features, uint32_t set, char *to,
                      size_t size)
{
    size_t length = 0;

    for (const struct feature *f = features; f->name != NULL; f++)
        if (set & f->bit) {
            int n = string_format(to + length, size - length, "%s%s",
                                  length > 0 ? " " : "", f->name);

            set &= ~f->bit;
            length += (size_t)n < size - length ? (size_t)n : size - length - 1;
        }
    if (set)
        string_format(to + length, size - length, "%s0x%x",
                      length > 0 ? " " : "", set);
}

static enum ext2_verdict judge_features(const struct ext2_super_block *super,
                                        char *why, size_t size)
{
    uint32_t incompat = super->s_feature_incompat;
    uint32_t ro_compat = super->s_feature_ro_compat;
    char names[160];

    if (super->s_rev_level == EXT2_GOOD_OLD_REV)
        return EXT2_WRITE; /* older than features */
    if (incompat & ~INCOMPATIBLE_READ) {
        name_them(incompatible, incompat & ~INCOMPATIBLE_READ, names,
                  sizeof(names));
        string_format(why, size, "unknown here: %s", names);
        return EXT2_REFUSE;
    }
    if (incompat & EXT3_FEATURE_INCOMPAT_RECOVER) {
        string_format(why, size, "its journal was not replayed (e2fsck does)");
        return EXT2_READ;
    }
    if (incompat & ~INCOMPATIBLE_WRITE) {
        name_them(incompatible, incompat & ~INCOMPATIBLE_WRITE, names,
                  sizeof(names));
        string_format(why, size, "it has %s", names);
        return EXT2_READ;
    }
    if (ro_compat & ~READONLY_WRITE) {
        name_them(readonly, ro_compat & ~READONLY_WRITE, names, sizeof(names));
        string_format(why, size, "it has %s", names);
        return EXT2_READ;
    }
    return EXT2_WRITE;
}

/* ---- Arithmetic ------------------------------------------------------------
 */

static uint64_t blocks_of(const struct ext2_super_block *super)
{
    uint64_t blocks = super->s_blocks_count;

    if (super->s_rev_level > EXT2_GOOD_OLD_REV &&
        super->s_feature_incompat & EXT4_FEATURE_INCOMPAT_64BIT)
        blocks |= (uint64_t)super->s_blocks_count_hi << 32;
    return blocks;
}

/* What is wrong with its sizes; NULL: nothing. */
static const char *check_sizes(const struct ext2_super_block *super,
                               uint64_t size)
{
    uint64_t blocks = blocks_of(super);
    uint32_t bits;

    if (super->s_rev_level > EXT2_DYNAMIC_REV)
        return "it is of an unknown revision";
    if (super->s_log_block_size > 2)
        return "its blocks are larger than a page";
    bits = 8u * (1024u << super->s_log_block_size);
    if (super->s_first_data_block != (super->s_log_block_size == 0))
        return "its first block is wrong";
    if (blocks <= super->s_first_data_block + 1u)
        return "it has no blocks";
    if (blocks > size >> (10 + super->s_log_block_size))
        return "it is larger than the disk";
    if (super->s_blocks_per_group == 0 || super->s_blocks_per_group % 8 ||
        super->s_blocks_per_group > bits)
        return "its groups have a wrong number of blocks";
    if (super->s_inodes_per_group == 0 || super->s_inodes_per_group % 8 ||
        super->s_inodes_per_group > bits)
        return "its groups have a wrong number of inodes";
    if (super->s_rev_level > EXT2_GOOD_OLD_REV &&
        super->s_first_ino < EXT2_GOOD_OLD_FIRST_INO)
        return "its first inode is wrong";
    return NULL;
}

enum ext2_verdict ext2_judge(const struct ext2_super_block *super,
                             uint64_t size, char *why, size_t why_size)
{
    enum ext2_verdict verdict;
    const char *wrong;

    why[0] = '\0';
    if (super->s_magic != EXT2_SUPER_MAGIC)
        return EXT2_OTHER;
    verdict = judge_features(super, why, why_size);
    wrong = check_sizes(super, size);
    if (verdict == EXT2_REFUSE || wrong == NULL)
        return verdict;
    string_format(why, why_size, "%s", wrong);
    return EXT2_REFUSE;
}
