/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * end.h: connections end before the domain does.
 */
#ifndef CORACLE_LWIP_END_H
#define CORACLE_LWIP_END_H

/* Called once lwIP has started. */
void connections_end_with_domain(void);

#endif
