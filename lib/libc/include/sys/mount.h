/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/mount.h: what a disk's file (/dev/xvda) can be asked by ioctl(). */
#ifndef CORACLE_SYS_MOUNT_H
#define CORACLE_SYS_MOUNT_H

#include <sys/ioctl.h>

#define BLKROGET     0x125d     /* int: may it only be read? */
#define BLKFLSBUF    0x1261     /* drop what is cached, having written it */
#define BLKSSZGET    0x1268     /* int: bytes of a sector */
#define BLKGETSIZE64 0x80081272 /* uint64_t: bytes in all */

#endif
