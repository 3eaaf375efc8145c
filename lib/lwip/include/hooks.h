/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hooks.h: where lwIP calls our port; lwipopts.h names them to it. The core
 * lock is held.
 */
#ifndef CORACLE_LWIP_HOOKS_H
#define CORACLE_LWIP_HOOKS_H

#include "lwip/arch.h"
#include "lwip/err.h"

struct pbuf;
struct tcp_pcb;

/* segment.c */
err_t lwip_port_tcp_in(struct tcp_pcb *pcb);
u32_t *lwip_port_tcp_out(struct pbuf *p, struct tcp_pcb *pcb, u32_t *options);

#endif
