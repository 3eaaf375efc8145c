/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h: how much memory TCP may use. The core lock is held.
 */
#ifndef CORACLE_LWIP_LIMITS_H
#define CORACLE_LWIP_LIMITS_H

#include <stdbool.h>

/* Memory is so short that who has bytes waiting, in or out, gets no more. */
bool limits_short(void);

struct tcp_pcb;

/*
 * The program has read all there is of this connection, which is about to be
 * closed. lwIP would see that by a window of full size; but the full size may
 * be another by now than when the window was last opened.
 */
void limits_close(struct tcp_pcb *pcb);

#endif
