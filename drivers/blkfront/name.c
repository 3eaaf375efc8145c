/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * name.c: what a disk is called.
 *
 * An xl configuration says "xvda"; xenstore says 51712, which is the number
 * that Linux gives that device, major << 8 | minor, with 16 minors a disk, the
 * first for all of it and the others for its partitions. From the 17th disk on
 * it is bit 28, then the disk, then 8 bits for the partition. "hda" and "sda"
 * have the numbers of the real ones. Pure logic; the source is Xen's manual
 * page xen-vbd-interface(7).
 */
#include "drivers/blkfront/blkfront.h"
#include "lib/printf.h"

#define EXTENDED (1u << 28)

#define MAJOR_IDE_0 3u
#define MAJOR_IDE_1 22u
#define MAJOR_SCSI  8u
#define MAJOR_XVD   202u

/* The `disk`-th disk of a kind: "xvd" and a letter, or two, "xvda" to "xvdz",
 * then "xvdaa"; and the partition, if it is one. */
static void print(char name[12], const char *kind, unsigned int disk,
                  unsigned int partition)
{
    char letters[3] = {0};
    char digits[6] = {0};

    if (disk < 26) {
        letters[0] = (char)('a' + disk);
    } else {
        letters[0] = (char)('a' + disk / 26 - 1);
        letters[1] = (char)('a' + disk % 26);
    }
    if (partition)
        (void)!string_format(digits, sizeof(digits), "%u", partition);
    (void)!string_format(name, 12, "%s%s%s", kind, letters, digits);
}

void blkfront_name(unsigned int number, char name[12])
{
    unsigned int major = number >> 8, minor = number & 255;

    if (number & EXTENDED && (number & ~EXTENDED) >> 8 < 26 * 27)
        print(name, "xvd", (number & ~EXTENDED) >> 8, minor);
    else if (major == MAJOR_XVD)
        print(name, "xvd", minor >> 4, minor & 15);
    else if (major == MAJOR_SCSI)
        print(name, "sd", minor >> 4, minor & 15);
    else if (major == MAJOR_IDE_0)
        print(name, "hd", minor >> 6, minor & 63);
    else if (major == MAJOR_IDE_1)
        print(name, "hd", 2 + (minor >> 6), minor & 63);
    else
        (void)!string_format(name, 12, "v%u", number);
}
