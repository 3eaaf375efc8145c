/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface.c: packets between lwIP and the network devices.
 *
 * In: one thread, "net", serves all interfaces. It sleeps until a device has
 * something, takes packets in batches and gives them to lwIP under the core
 * lock, so one acquisition serves many. Nothing is copied: a pbuf for each
 * piece lies in the piece's own notes, and when lwIP frees it the piece goes
 * back to the pool.
 *
 * Out: whoever holds the core lock (this thread with its acknowledgements, a
 * program in send()) only collects packets; they go to the device together when
 * the lock is released. Most are lent as they are: lwIP leaves room in front of
 * each pbuf (PBUF_LINK_ENCAPSULATION_HLEN), and the packet's structure lies
 * there. While the device has the packet, the pbuf has one more reference, so
 * that lwIP neither frees it nor sends it again.
 *
 * TCP checksums are always left blank here and filled in by the device, or by
 * packet_resolve() if it cannot. UDP's are lwIP's: a datagram may yet be cut
 * into fragments.
 */
#include <string.h>
#include "coracle/packet.h"
#include "coracle/thread.h"
#include "lib/lwip/address.h"
#include "lib/lwip/interface.h"
#include "lib/lwip/segment.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/prot/ethernet.h"
#include "netif/ethernet.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/tcp.h"
#include "lwip/tcpip.h"

#define BATCH 64

static struct interface *interfaces[NETDEV_MAX];

struct interface *interface_get(unsigned int index)
{
    return index < NETDEV_MAX ? interfaces[index] : NULL;
}

/* ---- Out ----------------------------------------------------------------- */

_Static_assert(sizeof(struct packet) <= PBUF_LINK_ENCAPSULATION_HLEN,
               "a packet's structure fits in front of a pbuf's headers");

static void take_back(struct packet *piece)
{
    pbuf_free(piece->store);
}

/* A packet around the pbuf's own memory; NULL if that cannot be: it has several
 * parts, is not lwIP's own memory, or somebody has it already. */
static struct packet *lend(struct pbuf *p)
{
    struct packet *packet =
        (void *)((u8_t *)p + LWIP_MEM_ALIGN_SIZE(sizeof(*p)));

    if (p->next || p->ref != 1 ||
        !(p->type_internal & PBUF_TYPE_FLAG_STRUCT_DATA_CONTIGUOUS) ||
        (u8_t *)p->payload < (u8_t *)(packet + 1))
        return NULL;
    pbuf_ref(p);
    packet_wrap(packet, p->payload, p->len, take_back);
    packet->store = p;
    return packet;
}

static struct packet *copy(const struct pbuf *p)
{
    struct packet *packet = packet_alloc(p->tot_len);
    u16_t offset = 0;

    if (!packet)
        return NULL;
    for (struct packet *piece = packet; piece; piece = piece->more)
        offset +=
            pbuf_copy_partial(p, piece->data, (u16_t)piece->length, offset);
    return packet;
}

static u16_t fold(u32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (u16_t)((sum & 0xffff) + (sum >> 16));
}

static u32_t sum_words(const void *words, size_t bytes)
{
    const u16_t *word = words;
    u32_t sum = 0;

    for (size_t i = 0; i < bytes / 2; i++)
        sum += word[i];
    return sum;
}

/*
 * Leave a TCP packet's checksum to the device: its field gets the sum of the
 * pseudo header, and a packet beyond the MTU gets its segment size. What is
 * not TCP is left alone, and so is what only says so: a raw socket may send a
 * piece of a segment, or none.
 */
static void leave_checksum(struct interface *interface, struct packet *packet)
{
    u8_t *frame = packet->data;
    struct eth_hdr *ethernet = (struct eth_hdr *)frame;
    struct tcp_hdr *tcp;
    u32_t sum;
    u8_t gso;

    if (ethernet->type == PP_HTONS(ETHTYPE_IP)) {
        struct ip_hdr *ip = (struct ip_hdr *)(frame + SIZEOF_ETH_HDR);

        if (IPH_PROTO(ip) != IP_PROTO_TCP ||
            IPH_OFFSET(ip) & PP_HTONS(IP_MF | IP_OFFMASK))
            return;
        tcp = (struct tcp_hdr *)((u8_t *)ip + IPH_HL_BYTES(ip));
        sum = sum_words(&ip->src, 8) +
              lwip_htons((u16_t)(lwip_ntohs(IPH_LEN(ip)) - IPH_HL_BYTES(ip)));
        gso = PACKET_GSO_TCPV4;
    } else if (ethernet->type == PP_HTONS(ETHTYPE_IPV6)) {
        struct ip6_hdr *ip = (struct ip6_hdr *)(frame + SIZEOF_ETH_HDR);

        if (IP6H_NEXTH(ip) != IP6_NEXTH_TCP)
            return;
        tcp = (struct tcp_hdr *)(ip + 1);
        sum = sum_words(&ip->src, 32) + ip->_plen;
        gso = PACKET_GSO_TCPV6;
    } else {
        return;
    }
    if ((u8_t *)(tcp + 1) > frame + packet->length)
        return;
    tcp->chksum = fold(sum + PP_HTONS(IP_PROTO_TCP));
    packet->flags |= PACKET_CSUM_BLANK;
    if (packet->total > interface->info.mtu + SIZEOF_ETH_HDR) {
        packet->gso_size = segment_size(&interface->netif);
        packet->gso_type = packet->gso_size ? gso : PACKET_GSO_NONE;
    }
}

static bool device_completes(const struct interface *interface,
                             const struct packet *packet)
{
    const struct eth_hdr *ethernet = (struct eth_hdr *)packet->data;

    return interface->info.features &
           (ethernet->type == PP_HTONS(ETHTYPE_IP) ? NETDEV_CSUM_IPV4
                                                   : NETDEV_CSUM_IPV6);
}

static void flush(struct interface *interface)
{
    unsigned int count = interface->outgoing_count;
    int taken;

    if (count == 0)
        return;
    taken = netdev_tx(interface->device, 0, interface->outgoing, count, NULL);
    if (taken < 0) {
        for (unsigned int i = 0; i < count; i++)
            packet_free(interface->outgoing[i]);
        taken = (int)count;
    }
    interface->outgoing_count = count - (unsigned int)taken;
    memmove(interface->outgoing, interface->outgoing + taken,
            interface->outgoing_count * sizeof(interface->outgoing[0]));
}

void interfaces_flush(void)
{
    for (struct netif *netif = netif_list; netif; netif = netif->next)
        if (netif_is_interface(netif))
            flush(netif->state);
}

/* lwIP's linkoutput: a frame that is complete but for its checksum. */
static err_t transmit(struct netif *netif, struct pbuf *p)
{
    struct interface *interface = netif->state;
    struct packet *packet;

    if (interface->outgoing_count == OUTGOING_MAX)
        flush(interface);
    if (interface->outgoing_count == OUTGOING_MAX)
        return ERR_MEM; /* TCP tries again, others have lost a packet */
    packet = lend(p);
    if (!packet)
        packet = copy(p);
    if (!packet)
        return ERR_MEM;
    leave_checksum(interface, packet);
    if ((packet->flags & PACKET_CSUM_BLANK) &&
        !device_completes(interface, packet) && packet_resolve(packet)) {
        packet_free(packet);
        return ERR_IF;
    }
    interface->outgoing[interface->outgoing_count++] = packet;
    return ERR_OK;
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    segment_sent();
    return etharp_output(netif, p, to);
}

static err_t output_ip6(struct netif *netif, struct pbuf *p,
                        const ip6_addr_t *to)
{
    segment_sent();
    return ethip6_output(netif, p, to);
}

/* ---- In ------------------------------------------------------------------ */

_Static_assert(sizeof(struct pbuf_custom) <=
                   sizeof(((struct packet *)0)->notes),
               "a pbuf fits in a piece's notes");

static void give_back(struct pbuf *p)
{
    packet_free(container_of((uint64_t *)p, struct packet, notes[0]));
}

/* The pieces of a packet as a chain of pbufs; the packet is no more. */
static struct pbuf *pbuf_of(struct packet *packet)
{
    u16_t left = (u16_t)packet->total;
    struct pbuf *first = NULL, **link = &first;
    struct packet *more;

    for (struct packet *piece = packet; piece; piece = more) {
        struct pbuf_custom *custom = (struct pbuf_custom *)piece->notes;
        u16_t length = (u16_t)piece->length;

        more = piece->more;
        piece->more = NULL;
        custom->custom_free_function = give_back;
        *link = pbuf_alloced_custom(PBUF_RAW, length, PBUF_REF, custom,
                                    piece->data, length);
        (*link)->tot_len = left;
        left -= length;
        link = &(*link)->next;
    }
    return first;
}

#define CHECK_TRANSPORT (NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP)
#define CHECKSUM_FLAGS  (NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP)

/* What a frame has on a wire, at least. */
#define FRAME_MIN 60u

/*
 * Have so many bytes in the first piece. lwIP looks at some fields of ARP and
 * UDP without asking whether they are there; so a frame that is too short, as
 * no wire carries one, gets the zeros that a card would have sent behind it.
 */
static bool fill_up(struct packet *packet)
{
    if (packet->length >= FRAME_MIN)
        return true;
    if (packet->total >= FRAME_MIN)
        return packet_pull_up(packet, FRAME_MIN) == 0;
    if (packet->more || packet->end - packet->data < FRAME_MIN)
        return false; /* no device of ours makes such packets */
    memset(packet->data + packet->length, 0, FRAME_MIN - packet->length);
    packet->length = packet->total = FRAME_MIN;
    return true;
}

static void receive(struct interface *interface, struct packet *packet)
{
    struct netif *netif = &interface->netif;
    struct pbuf *p;

    if (packet->total > UINT16_MAX || !fill_up(packet)) {
        packet_free(packet);
        return;
    }
    /* A blank checksum comes from a neighbour on the same host: the bytes were
     * never on a wire. The flags are for this one packet: input is done with
     * it when it returns. */
    netif->chksum_flags =
        packet->flags & (PACKET_CSUM_VALID | PACKET_CSUM_BLANK)
            ? CHECKSUM_FLAGS & ~CHECK_TRANSPORT
            : CHECKSUM_FLAGS;
    p = pbuf_of(packet);
    if (netif->input(p, netif) != ERR_OK)
        pbuf_free(p);
}

/* Take what one queue has; true if there may be more. */
static bool drain(struct interface *interface, unsigned int queue)
{
    struct packet *packets[BATCH];
    int count = netdev_rx(interface->device, queue, packets, BATCH);

    for (int i = 0; i < count; i++)
        receive(interface, packets[i]);
    return count == BATCH;
}

/* ---- The thread ---------------------------------------------------------- */

static struct spinlock wake_lock;
static struct waitq wake_queue = WAITQ_INIT(wake_queue);
static bool woken; /* guarded by wake_lock */

static void wake(void *argument)
{
    (void)argument;
    spin_lock(&wake_lock);
    woken = true;
    waitq_wake_one(&wake_queue);
    spin_unlock(&wake_lock);
}

static void sleep_until_woken(void)
{
    spin_lock(&wake_lock);
    while (!woken)
        waitq_wait(&wake_queue, &wake_lock, TIME_NEVER);
    woken = false;
    spin_unlock(&wake_lock);
}

bool netif_is_interface(const struct netif *netif)
{
    return netif->linkoutput == transmit;
}

static err_t setup(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = output;
    netif->output_ip6 = output_ip6;
    netif->linkoutput = transmit;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->mtu = netif->mtu6 = 1500; /* until the device says otherwise */
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP |
                   NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
    netif->chksum_flags = CHECKSUM_FLAGS;
    return ERR_OK;
}

/* What is true of the device now becomes so of the netif. */
static void follow(struct interface *interface)
{
    struct netif *netif = &interface->netif;
    struct netdev_info info;

    netdev_describe(interface->device, &info);
    if (info.up == netif_is_link_up(netif) &&
        info.generation == interface->info.generation &&
        info.mtu == interface->info.mtu)
        return;
    interface->info = info;
    memcpy(netif->hwaddr, info.mac, ETH_HWADDR_LEN);
    netif->mtu = (u16_t)LWIP_MIN(info.mtu, UINT16_MAX);
    netif->mtu6 = netif->mtu;
    if (info.up != netif_is_link_up(netif)) {
        if (info.up)
            netif_set_link_up(netif);
        else
            netif_set_link_down(netif);
        address_link(interface, info.up);
    }
}

static void add(struct netdev *device, unsigned int index)
{
    struct interface *interface = heap_alloc_zeroed(1, sizeof(*interface));

    if (!interface || !netif_add_noaddr(&interface->netif, interface, setup,
                                        ethernet_input)) {
        printk("net: no memory for interface %u\n", index);
        heap_free(interface);
        return;
    }
    interface->device = device;
    netdev_describe(device, &interface->info);
    interface->info.generation = 0;
    memcpy(interface->netif.hwaddr, interface->info.mac, ETH_HWADDR_LEN);
    netif_set_up(&interface->netif);
    interfaces[index] = interface;
    address_start(interface);
}

/* Have wake() called for each queue, from before the first look at it. */
static void listen(struct interface *interface)
{
    for (; interface->listening < interface->info.queues;
         interface->listening++)
        netdev_listen(interface->device, interface->listening, wake, NULL);
}

/* A batch of each queue; true if there may be more. */
static bool serve(struct interface *interface)
{
    bool more = false;

    follow(interface);
    listen(interface);
    for (unsigned int q = 0; q < interface->info.queues; q++)
        more |= drain(interface, q);
    return more;
}

/* The lock is given up after each batch, and the CPU too, so that programs
 * go on however fast packets come. */
static void net_thread(void *argument)
{
    (void)argument;
    for (;;) {
        bool more = false;

        for (unsigned int i = 0; i < NETDEV_MAX; i++) {
            struct netdev *device = netdev_get(i);

            if (!device || !address_wanted(i))
                continue;
            LOCK_TCPIP_CORE();
            if (!interfaces[i])
                add(device, i);
            if (interfaces[i])
                more |= serve(interfaces[i]);
            UNLOCK_TCPIP_CORE();
        }
        if (more)
            thread_yield();
        else
            sleep_until_woken();
    }
}

void interfaces_start(void)
{
    netdev_listen_arrivals(wake, NULL);
    sys_thread_new("net", net_thread, NULL, 0, 0);
}
