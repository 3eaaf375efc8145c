/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwip_world.h: lwIP itself, and our port of it, on the host: one thread, one
 * network device whose other end is the test, and a clock that the test sets.
 * Programs with this are named test_lwip_*.c and fuzz_lwip_*.c, so that they
 * are linked with lwIP, compiled with the sanitizers too.
 *
 *     world_start("10.0.0.1/24");   what ip= would say
 *     world_send(frame, length, flags);   into the device, and on to lwIP
 *     world_sent, world_sent_count        what came out of it
 *     world_pass(ms);                     time, with lwIP's timers
 */
#ifndef CORACLE_TESTS_HOST_LWIP_WORLD_H
#define CORACLE_TESTS_HOST_LWIP_WORLD_H

#include "net_world.h"
#include "coracle/netdev.h"
#include "coracle/thread.h"

/* What the device asks to be done by whoever sends: all, as netback does. */
static unsigned int world_features = NETDEV_CSUM_IPV4 | NETDEV_CSUM_IPV6 |
                                     NETDEV_PIECES | NETDEV_GSO_TCPV4 |
                                     NETDEV_GSO_TCPV6;

#include "drivers/checksum.c"
#include "lib/lwip/interface.c"
#include "lib/lwip/address.c"
#include "lib/lwip/interfaces_all.c"
#include "lib/lwip/address_words.c"
#include "lib/lwip/isn.c"
#include "lib/lwip/limits.c"
#include "lib/lwip/oversize.c"
#include "lib/lwip/segment.c"
#include "lwip/inet_chksum.h"
#include "lwip/init.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

static const uint8_t world_mac[6] = {0x00, 0x16, 0x3e, 0, 0, 1};
static const uint8_t world_peer_mac[6] = {0x00, 0x16, 0x3e, 0, 0, 2};

/* ---- Memory, time, chance, one thread ------------------------------------ */

static size_t world_free_pages = 1 << 16, world_total_pages = 1 << 16;

size_t page_count_free(void)
{
    return world_free_pages;
}

size_t page_count_total(void)
{
    return world_total_pages;
}

static uint32_t world_ms;

u32_t sys_now(void)
{
    return world_ms;
}

/* The same each time, so that a failure repeats. */
unsigned int lwip_port_random(void)
{
    static unsigned int state = 1;

    return state = state * 1103515245 + 12345;
}

void entropy_fill(void *to, size_t size)
{
    memset(to, 0x5a, size);
}

void sys_init(void)
{
}

sys_prot_t sys_arch_protect(void)
{
    return 0;
}

void sys_arch_unprotect(sys_prot_t inner)
{
    (void)inner;
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function,
                            void *argument, int stack, int priority)
{
    test_fail(__FILE__, __LINE__, "no thread %s here %p %p %d %d", name,
              (void *)function, argument, stack, priority);
}

bool waitq_wake_one(struct waitq *wq)
{
    (void)wq;
    return false;
}

int waitq_wait(struct waitq *wq, struct spinlock *lock, uint64_t deadline)
{
    test_fail(__FILE__, __LINE__, "nobody waits here %p %p %llu", (void *)wq,
              (void *)lock, (unsigned long long)deadline);
}

void lwip_port_lock(void)
{
}

void lwip_port_unlock(void)
{
    interfaces_flush();
}

/* What lwIP sends to itself is looked at when it has done with the rest. */
static struct netif *world_polled;

err_t tcpip_try_callback(tcpip_callback_fn function, void *argument)
{
    (void)function;
    world_polled = argument;
    return ERR_OK;
}

err_t tcpip_input(struct pbuf *p, struct netif *netif)
{
    return ip_input(p, netif);
}

int xenstore_read(struct xenstore_tx *tx, const char *path, char **value,
                  size_t *size)
{
    (void)tx, (void)path, (void)value, (void)size;
    return -K_ENOENT;
}

void address_changed(void)
{
}

void address_report_start(void)
{
}

/* ---- The device -----------------------------------------------------------
 */

#define WORLD_SENT 4096

/* What came out, flattened; each with what packet.h says of it. */
struct world_frame {
    size_t length;
    uint8_t flags, gso_type;
    uint16_t gso_size;
    uint8_t *bytes; /* of length `length`, of the heap's */
};

static struct world_frame world_sent[WORLD_SENT];
static unsigned int world_sent_count;

static struct packet *world_incoming;

void netdev_describe(struct netdev *device, struct netdev_info *info)
{
    (void)device;
    *info = (struct netdev_info){.up = true,
                                 .mtu = 1500,
                                 .queues = 1,
                                 .features = world_features,
                                 .generation = 1};
    memcpy(info->mac, world_mac, 6);
}

struct netdev *netdev_get(unsigned int index)
{
    (void)index;
    return NULL;
}

void netdev_listen(struct netdev *device, unsigned int queue,
                   void (*changed)(void *argument), void *argument)
{
    (void)device, (void)queue, (void)changed, (void)argument;
}

void netdev_listen_arrivals(void (*changed)(void *argument), void *argument)
{
    (void)changed, (void)argument;
}

int netdev_rx(struct netdev *device, unsigned int queue,
              struct packet *packets[], unsigned int max)
{
    (void)device, (void)queue;
    CHECK(max > 0);
    if (!world_incoming)
        return 0;
    packets[0] = world_incoming;
    world_incoming = NULL;
    return 1;
}

/* What a device may expect of everything that it is given. */
static void check_sent(const struct packet *packet)
{
    size_t total = 0;

    for (const struct packet *piece = packet; piece; piece = piece->more) {
        CHECK(piece->start <= piece->data);
        CHECK(piece->data + piece->length <= piece->end);
        total += piece->length;
    }
    CHECK_EQUAL(packet->total, total);
    CHECK(total >= 14 && total <= PACKET_MAX);
    if (packet->gso_type) {
        CHECK(packet->gso_size > 0 && packet->flags & PACKET_CSUM_BLANK);
        CHECK(packet->gso_size <= 1460);
    } else {
        CHECK(total <= 1514);
    }
}

int netdev_tx(struct netdev *device, unsigned int queue,
              struct packet *const packets[], unsigned int count,
              uint64_t *drops)
{
    (void)device, (void)queue, (void)drops;
    for (unsigned int i = 0; i < count; i++) {
        struct world_frame *frame = &world_sent[world_sent_count % WORLD_SENT];

        check_sent(packets[i]);
        free(frame->bytes);
        *frame = (struct world_frame){.length = packets[i]->total,
                                      .flags = packets[i]->flags,
                                      .gso_type = packets[i]->gso_type,
                                      .gso_size = packets[i]->gso_size,
                                      .bytes = malloc(packets[i]->total)};
        CHECK(packet_read(packets[i], 0, frame->bytes, frame->length));
        world_sent_count++;
        packet_free(packets[i]);
    }
    return (int)count;
}

/* ---- What tests do ---------------------------------------------------------
 */

static struct interface *world_interface;

static inline void world_start(const char *words)
{
    const char *bad;
    size_t length;

    lwip_init();
    plans[0] = calloc(1, sizeof(*plans[0]));
    CHECK(!address_plan_parse(words, plans[0], &bad, &length));
    add((struct netdev *)&world_mac, 0);
    world_interface = interfaces[0];
    CHECK(world_interface);
    (void)serve(world_interface);
    lwip_port_unlock();
}

static inline void world_settle(void)
{
    (void)serve(world_interface);
    lwip_port_unlock();
    while (world_polled) {
        struct netif *netif = world_polled;

        world_polled = NULL;
        netif_poll(netif);
        lwip_port_unlock();
    }
}

/* False if there was no memory for it. */
static inline bool world_send(const void *frame, size_t length, uint8_t flags)
{
    struct packet *packet = packet_alloc(length);
    const uint8_t *from = frame;

    if (!packet)
        return false;
    for (struct packet *piece = packet; piece; piece = piece->more) {
        memcpy(piece->data, from, piece->length);
        from += piece->length;
    }
    packet->flags = flags;
    world_incoming = packet;
    world_settle();
    return true;
}

/* A TCP segment over IPv4 from 10.0.0.2 to 10.0.0.1, as from a neighbour on
 * the same host: its TCP checksum is not filled in. */
struct world_segment {
    uint16_t from, to;
    uint32_t sequence, acknowledged;
    uint8_t flags;
    uint16_t window;
    const void *options; /* four bytes, or NULL */
    const void *bytes;
    size_t length;
};

static inline bool world_send_segment(const struct world_segment *segment)
{
    uint8_t frame[1514] = {0};
    struct eth_hdr *ethernet = (void *)frame;
    struct ip_hdr *ip = (void *)(frame + SIZEOF_ETH_HDR);
    struct tcp_hdr *tcp = (void *)(ip + 1);
    size_t options = segment->options ? 4 : 0;
    size_t length = sizeof(*ip) + sizeof(*tcp) + options + segment->length;

    memcpy(&ethernet->dest, world_mac, 6);
    memcpy(&ethernet->src, world_peer_mac, 6);
    ethernet->type = PP_HTONS(ETHTYPE_IP);
    IPH_VHL_SET(ip, 4, 5);
    IPH_LEN_SET(ip, lwip_htons((u16_t)length));
    IPH_TTL_SET(ip, 64);
    IPH_PROTO_SET(ip, IP_PROTO_TCP);
    ip->src.addr = PP_HTONL(0x0a000002);
    ip->dest.addr = PP_HTONL(0x0a000001);
    IPH_CHKSUM_SET(ip, inet_chksum(ip, sizeof(*ip)));
    tcp->src = lwip_htons(segment->from);
    tcp->dest = lwip_htons(segment->to);
    tcp->seqno = lwip_htonl(segment->sequence);
    tcp->ackno = lwip_htonl(segment->acknowledged);
    TCPH_HDRLEN_FLAGS_SET(tcp, 5 + options / 4, segment->flags);
    tcp->wnd = lwip_htons(segment->window);
    if (options)
        memcpy(tcp + 1, segment->options, 4);
    if (segment->length)
        memcpy((uint8_t *)(tcp + 1) + options, segment->bytes, segment->length);
    return world_send(frame, SIZEOF_ETH_HDR + length, PACKET_CSUM_BLANK);
}

/* The last TCP segment that came out for port `to`; NULL if there is none. */
static inline const struct tcp_hdr *world_answer(uint16_t to)
{
    for (unsigned int i = world_sent_count; i-- > 0;) {
        const struct world_frame *frame = &world_sent[i % WORLD_SENT];
        const struct ip_hdr *ip = (void *)(frame->bytes + SIZEOF_ETH_HDR);
        const struct tcp_hdr *tcp = (const void *)(ip + 1);

        if (world_sent_count - i > WORLD_SENT)
            break;
        if (frame->length >= 54 && frame->bytes[12] == 8 &&
            frame->bytes[13] == 0 && IPH_PROTO(ip) == IP_PROTO_TCP &&
            tcp->dest == lwip_htons(to))
            return tcp;
    }
    return NULL;
}

/* Let lwIP learn where 10.0.0.2 is: it asks for 10.0.0.1. */
static inline void world_meet(void)
{
    uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t request[] = {8, 6, 0, 1, 8, 0, 6, 4, 0, 1};

    memcpy(frame + 6, world_peer_mac, 6);
    memcpy(frame + 12, request, sizeof(request));
    memcpy(frame + 22, world_peer_mac, 6);
    memcpy(frame + 28, "\x0a\0\0\2\0\0\0\0\0\0\x0a\0\0\1", 14);
    world_send(frame, sizeof(frame), 0);
}

static inline void world_pass(uint32_t ms)
{
    while (ms > 0) {
        uint32_t step = ms < 50 ? ms : 50;

        world_ms += step;
        ms -= step;
        sys_check_timeouts();
        world_settle();
    }
}

#endif
