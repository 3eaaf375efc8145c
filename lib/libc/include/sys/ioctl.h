/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/ioctl.h: requests to a descriptor (lib/libc/file.c). */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>

struct winsize {
    unsigned short ws_row;
    unsigned short ws_col;
    unsigned short ws_xpixel;
    unsigned short ws_ypixel;
};

#define TIOCGWINSZ 0x5413
#define FIONREAD   0x541b
#define FIONBIO    0x5421

__BEGIN_DECLS
int ioctl(int, unsigned long, ...);
__END_DECLS

#endif
