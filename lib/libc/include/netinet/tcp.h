/* SPDX-License-Identifier: BSD-2-Clause */
/* netinet/tcp.h: options of TCP sockets. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#define SOL_TCP       6
#define TCP_NODELAY   1
#define TCP_MAXSEG    2 /* to be read only */
#define TCP_KEEPIDLE  4 /* seconds */
#define TCP_KEEPINTVL 5 /* seconds */
#define TCP_KEEPCNT   6

#endif
