/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/dirent.h: folders. Without a file layer opendir() fails with ENOSYS
 * (lib/libc/unsupported.c).
 */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/cdefs.h>
#include <sys/types.h>

struct dirent {
    ino_t d_ino;
    unsigned char d_type;
    char d_name[256];
};

typedef struct __dir DIR;

#define DT_UNKNOWN 0
#define DT_DIR     4
#define DT_REG     8
#define DT_LNK     10

#endif
