/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/dirent.h: folders, for newlib's <dirent.h>. */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/cdefs.h>
#include <sys/types.h>

struct dirent {
    ino_t d_ino;
    unsigned char d_type;
    char d_name[256];
};

#define _DIRENT_HAVE_D_TYPE 1

typedef struct __dir DIR;

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

/* Of st_mode, and back. */
#define IFTODT(mode) (((mode)&0170000) >> 12)
#define DTTOIF(type) ((type) << 12)

#endif
