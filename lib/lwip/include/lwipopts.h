/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwipopts.h: how lwIP is built. Each option is explained in lwip/opt.h; here
 * is why it has its value.
 */
#ifndef CORACLE_LWIPOPTS_H
#define CORACLE_LWIPOPTS_H

/*
 * Threads. The core lock is held by whoever is inside lwIP: programs call into
 * it directly and nothing waits for another thread to serve it.
 */
#define NO_SYS                        0
#define SYS_LIGHTWEIGHT_PROT          1
#define LWIP_TCPIP_CORE_LOCKING       1
#define LWIP_TCPIP_CORE_LOCKING_INPUT 1
#define TCPIP_THREAD_NAME             "lwip"
#define TCPIP_MBOX_SIZE               256

/* Memory: the kernel's heap, which has a magazine per CPU, for everything. */
#define MEM_LIBC_MALLOC      1
#define mem_clib_malloc      heap_alloc
#define mem_clib_calloc      heap_alloc_zeroed
#define mem_clib_free        heap_free
#define MEMP_MEM_MALLOC      1
#define MEM_ALIGNMENT        16
#define MEMP_NUM_TCP_PCB     1024
#define MEMP_NUM_SYS_TIMEOUT 64

/* What there is. */
#define LWIP_IPV4            1
#define LWIP_IPV6            1
#define LWIP_ARP             1
/* Until a neighbour's address is known its packets wait, all fragments of a
 * datagram among them. */
#define ARP_QUEUEING         1
#define ARP_QUEUE_LEN        48
#define LWIP_ICMP            1
#define LWIP_RAW             1
#define LWIP_UDP             1
#define LWIP_TCP             1
#define LWIP_DHCP            1
#define LWIP_DNS             1
#define LWIP_IGMP            1
#define LWIP_IPV6_MLD        1
#define IP_REASSEMBLY        1
#define IP_REASS_MAX_PBUFS   256
#define IPV6_FRAG_COPYHEADER 1
#define IP_FRAG              1
#define LWIP_HAVE_LOOPIF     1
#define LWIP_NETIF_LOOPBACK  1
#define LWIP_NETIF_HOSTNAME  1

/* Sockets are lib/lwip/socket.c's, on the callbacks: lwIP's own two layers
 * above them are not built. */
#define LWIP_NETCONN       0
#define LWIP_SOCKET        0
#define IP_SOF_BROADCAST   1
#define SO_REUSE           1
#define LWIP_TCP_KEEPALIVE 1

/*
 * TCP: windows as large as a fast link wants, or as memory allows (limits.c).
 * The preprocessor takes the variable for 0, which is what lwIP's checks of
 * these numbers see. Not below 64 KiB: lwIP wants to see an unscaled window of
 * 65535 until both ends have agreed on scaling.
 */
#define TCP_MSS                    1460
#define LWIP_WND_SCALE             1
#define TCP_RCV_SCALE              5
#define LWIP_PORT_WINDOW_MAX       1048576
#define LWIP_PORT_WINDOW_MIN       65536
#define TCP_WND                    (LWIP_PORT_WINDOW_MAX - lwip_port_window_less)
#define TCP_SND_BUF                (LWIP_PORT_WINDOW_MAX - lwip_port_window_less)
#define TCP_SND_QUEUELEN           4096
#define MEMP_NUM_TCP_SEG           TCP_SND_QUEUELEN
#define TCP_SNDLOWAT               32768
#define TCP_SNDQUEUELOWAT          512
/* A window update by itself is a packet for nothing while more data comes,
 * whose acknowledgement says it as well. */
#define TCP_WND_UPDATE_THRESHOLD   (TCP_WND / 4)
#define LWIP_TCP_SACK_OUT          1
#define TCP_LISTEN_BACKLOG         1
#define TCP_DEFAULT_LISTEN_BACKLOG 128
/* lwIP would echo timestamps, but neither measures round trips with them nor
 * tells old segments by them: twelve bytes in each segment for nothing. */
#define LWIP_TCP_TIMESTAMPS        0

/*
 * TCP's clock, ms. Acknowledgements are held back for one tick at most, and
 * what is lost is sent again after six at the earliest: 50 and 300 ms, near to
 * what others do, where lwIP's usual 250 make 1.5 s of it.
 */
#define TCP_TMR_INTERVAL 50

/*
 * Devices (interface.c, segment.c). What goes out lies in one piece, with room
 * in front for a struct packet; hints tell which connection it belongs to.
 */
#define LWIP_NETIF_TX_SINGLE_PBUF    1
#define PBUF_LINK_ENCAPSULATION_HLEN 144
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_NETIF_HWADDRHINT        1
#define LWIP_TCP_PCB_NUM_EXT_ARGS    1
#define LWIP_HOOK_FILENAME           "hooks.h"
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, optlen, opt1len, opt2, p)      \
    (lwip_port_limits(pcb, header, p) ? ERR_MEM : lwip_port_tcp_in(pcb))
#define LWIP_HOOK_TCP_OUT_TCPOPT_LENGTH(pcb, length) (length)
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(p, header, pcb, options)                 \
    lwip_port_tcp_out(p, pcb, options)
#define LWIP_HOOK_TCP_ISN(own, own_port, other, other_port)                    \
    lwip_port_isn(own, own_port, other, other_port)
#define LOCK_TCPIP_CORE()   lwip_port_lock()
#define UNLOCK_TCPIP_CORE() lwip_port_unlock()

/*
 * Addresses (address.c). No search for other owners of what DHCP offers, and so
 * no DHCPDECLINE: it takes a second of each boot, and the server has asked
 * already; who turns up later is reported. No DNS servers of router
 * advertisements (RDNSS): lwIP would put them in the places of those that DHCP
 * or the command line has named. A DHCP server may name as
 * many DNS servers as there are places, or lwIP's assertions fail on more.
 */
#define LWIP_NETIF_EXT_STATUS_CALLBACK 1
#define LWIP_IPV6_NUM_ADDRESSES        4
#define DHCP_DOES_ARP_CHECK            0
#define LWIP_DHCP_MAX_DNS_SERVERS      DNS_MAX_SERVERS
#define DNS_MAX_SERVERS                5
#define LWIP_ARP_FILTER_NETIF          1
#define LWIP_ARP_FILTER_NETIF_FN(p, netif, type)                               \
    ((type) == ETHTYPE_ARP ? lwip_port_arp(p, netif) : (netif))
#define LWIP_HOOK_IP4_ROUTE_SRC(source, to) lwip_port_route(source, to)
#define LWIP_HOOK_ND6_GET_GW(netif, to)     lwip_port_gateway6(netif)

/* Dropped, freed, and called eaten. */
#define LWIP_HOOK_IP6_INPUT(p, netif)                                          \
    (lwip_port_oversize6(p) ? (pbuf_free(p), 1) : 0)

/* Nobody reads lwIP's own counters of memory. */
#define MEM_STATS  0
#define MEMP_STATS 0
#define SYS_STATS  0

#include <stdint.h>
#include "coracle/memory.h"

extern uint32_t lwip_port_window_less;

#endif
