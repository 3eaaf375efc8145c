/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recognise.c: what else a disk may hold, by name.
 *
 * Whoever gives a guest the wrong disk should read what it is instead of "bad
 * magic number". Most formats begin with a word of their own at a known place.
 *
 * Pure logic.
 */
#include <string.h>
#include "lib/ext2/ext2.h"

static const struct {
    size_t place;
    const char *word;
    const char *name;
} formats[] = {
    {0, "XFSB", "an XFS file system"},
    {65536 + 64, "_BHRfS_M", "a Btrfs file system"},
    {1024, "\x10\x20\xf5\xf2", "an F2FS file system"},
    {0, "hsqs", "a squashfs file system"},
    {3, "NTFS    ", "an NTFS file system"},
    {54, "FAT", "a FAT file system"},
    {82, "FAT32", "a FAT file system"},
    {32769, "CD001", "an ISO 9660 file system"},
    {4086, "SWAPSPACE2", "swap space"},
    {0, "LUKS\xba\xbe", "an encrypted disk (LUKS)"},
    {536, "LVM2 001", "a volume of LVM"},
    {0, "QFI\xfb", "a qcow2 image; give it as format=qcow2"},
    {0, "070701", "a cpio archive; give it as ramdisk="},
    {257, "ustar", "a tar archive"},
    {0, "\x1f\x8b", "something compressed by gzip"},
    {512, "EFI PART", "partitions (GPT); give one of them"},
    {510, "\x55\xaa", "partitions (MBR); give one of them"},
};

const char *ext2_recognise(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        size_t length = strlen(formats[i].word);

        if (formats[i].place + length <= size &&
            memcmp(bytes + formats[i].place, formats[i].word, length) == 0)
            return formats[i].name;
    }
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return NULL;
    return "nothing";
}
