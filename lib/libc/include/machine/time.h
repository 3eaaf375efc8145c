/* SPDX-License-Identifier: BSD-2-Clause */
/* machine/time.h: clock() and times() count microseconds. */
#ifndef _MACHTIME_H_
#define _MACHTIME_H_

#define _CLOCKS_PER_SEC_ 1000000

#endif
