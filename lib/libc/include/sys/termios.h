/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys/termios.h: the modes of a terminal, so that programs compile. Lines are
 * edited in dom0's terminal, not here: tcgetattr() shows a plain line mode,
 * and tcsetattr() accepts nothing else (lib/libc/console.c).
 */
#ifndef _SYS_TERMIOS_H
#define _SYS_TERMIOS_H

#include <sys/cdefs.h>
#include <sys/types.h>

typedef unsigned int tcflag_t;
typedef unsigned char cc_t;
typedef unsigned int speed_t;

#define NCCS 16

struct termios {
    tcflag_t c_iflag;
    tcflag_t c_oflag;
    tcflag_t c_cflag;
    tcflag_t c_lflag;
    cc_t c_cc[NCCS];
    speed_t c_ispeed;
    speed_t c_ospeed;
};

#define BRKINT 0x0001
#define ICRNL  0x0002
#define IGNBRK 0x0004
#define IGNCR  0x0008
#define IGNPAR 0x0010
#define INLCR  0x0020
#define INPCK  0x0040
#define ISTRIP 0x0080
#define IXOFF  0x0100
#define IXON   0x0200
#define PARMRK 0x0400

#define OPOST 0x0001
#define ONLCR 0x0002

#define CSIZE  0x0030
#define CS7    0x0020
#define CS8    0x0030
#define CREAD  0x0080
#define PARENB 0x0100

#define ECHO   0x0001
#define ECHOE  0x0002
#define ECHOK  0x0004
#define ECHONL 0x0008
#define ICANON 0x0010
#define IEXTEN 0x0020
#define ISIG   0x0040
#define NOFLSH 0x0080
#define TOSTOP 0x0100

#define VINTR  0
#define VQUIT  1
#define VERASE 2
#define VKILL  3
#define VEOF   4
#define VTIME  5
#define VMIN   6

#define TCSANOW   0
#define TCSADRAIN 1
#define TCSAFLUSH 2

#define B9600   9600
#define B38400  38400
#define B115200 115200

__BEGIN_DECLS
int tcgetattr(int, struct termios *);
int tcsetattr(int, int, const struct termios *);
int tcflush(int, int);
int tcdrain(int);
speed_t cfgetispeed(const struct termios *);
speed_t cfgetospeed(const struct termios *);
__END_DECLS

#endif
