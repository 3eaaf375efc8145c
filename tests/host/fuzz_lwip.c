/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_lwip.c: lwIP as the guest has it (its options and the way of its packets
 * are lib/lwip's), fed with captured frames.
 *
 * The input is a capture file as tcpdump writes it (pcap): so any capture can
 * be a seed, and what a fuzzer finds can be looked at with Wireshark. Of each
 * record are used: the bytes; the time since the one before; and the upper half
 * of "original length", which is 0 in real captures, for two wishes of the
 * fuzzer's: how to cut the frame into pieces (the first one's length), and
 * whether to leave TCP's numbers as they are. If not, sequence and
 * acknowledgement numbers are moved so that they fit a connection which the
 * frame's ports name: a capture holds somebody else's, and without fitting ones
 * nothing gets beyond the first check. In the same way DNS answers and DHCP
 * offers get the identifier of the last question.
 *
 * Above lwIP are an echo server (port 7, TCP and UDP), a server that never
 * reads (port 9), a client that connects to 10.0.2.1 port 7000, and a client of
 * DNS. The interface has 10.0.2.15/24 and asks for IPv6 addresses; a second
 * one, for frames to 02:00:00:00:00:02, asks for an address by DHCP.
 *
 * Findings are crashes, assertions of lwIP (in the guest: a panic), and memory:
 * when everything has been closed and time has passed, every byte must be
 * back. That is checked after each input.
 */
#include "net_world.h"
#include "drivers/checksum.c"
/* The port's thread is not run here. */
#define sys_thread_new(name, function, ...) ((void)(function), abort())
#include "lib/lwip/interface.c"
#include "lib/lwip/isn.c"
#include "lib/lwip/limits.c"
#include "lib/lwip/oversize.c"
#include "lib/lwip/segment.c"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/init.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/dhcp.h"
#include "lwip/raw.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_MAX 64
#define FRAME_MAX  9018
#define STEP_MAX   70000u /* milliseconds between two frames */

struct record {
    uint32_t seconds, microseconds, length;
    uint16_t original, wishes;
};

#define FILE_HEADER 24

#define CLIENT 7000 /* the port that our client connects to */

#define WISH_AS_IS 0x8000u
#define WISH_FIRST 0x7fffu /* the length of the first piece; 0: all */

static struct interface ours[2];
static uint32_t now = 1000, random_state;
static uint16_t dns_id;
static uint32_t dhcp_id;

/* ---- What the port stands on --------------------------------------------- */

bool waitq_wake_one(struct waitq *queue)
{
    (void)queue;
    abort();
}

void netdev_listen_arrivals(void (*arrived)(void *argument), void *argument)
{
    (void)arrived, (void)argument;
}

void lwip_port_lock(void)
{
}

void lwip_port_unlock(void)
{
    interfaces_flush();
}

unsigned int lwip_port_random(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

void entropy_fill(void *to, size_t size)
{
    memset(to, 0x5a, size);
}

u32_t sys_now(void)
{
    return now;
}

/* Some of the time memory is short, as limits.c sees it. */
size_t page_count_free(void)
{
    return now / 256 % 4 ? 1 << 14 : 0;
}

size_t page_count_total(void)
{
    return 1 << 14;
}

/* What is for ourselves arrives, what is for others leaves. */
static void settle(void)
{
    netif_poll_all();
    interfaces_flush();
}

/* Let time pass, in steps of the shortest timer's. */
static void pass(uint32_t milliseconds)
{
    for (uint32_t end = now + milliseconds; now != end;) {
        now += end - now < 50 ? end - now : 50;
        sys_check_timeouts();
        settle();
    }
}

/* ---- Frames out -----------------------------------------------------------
 */

/* Remember what an answer must have. */
static void look_at_question(const uint8_t *frame, size_t length)
{
    uint16_t port;

    if (length < 42 + 8 || frame[12] != 8 || frame[13] != 0 || frame[23] != 17)
        return;
    port = (uint16_t)(frame[36] << 8 | frame[37]);
    if (port == 53)
        memcpy(&dns_id, frame + 42, sizeof(dns_id));
    else if (port == 67)
        memcpy(&dhcp_id, frame + 42 + 4, sizeof(dhcp_id));
}

/* A device: everything is taken. */
int netdev_tx(struct netdev *device, unsigned int queue,
              struct packet *const packets[], unsigned int count,
              uint64_t *drops)
{
    uint8_t start[64];

    (void)device, (void)queue, (void)drops;
    for (unsigned int i = 0; i < count; i++) {
        struct packet *packet = packets[i];
        size_t length = packet->total < sizeof(start) ? packet->total : 64;

        CHECK(packet->total >= 14 && packet->total <= 65535);
        CHECK(!packet->gso_type == !packet->gso_size);
        CHECK(packet->gso_type || packet->total <= 14 + 1500);
        CHECK(packet_read(packet, 0, start, length));
        look_at_question(start, length);
        packet_free(packet);
    }
    return (int)count;
}

/* ---- The programs ---------------------------------------------------------
 */

static err_t echo_received(void *unread, struct tcp_pcb *pcb, struct pbuf *data,
                           err_t error)
{
    (void)error;
    if (!data)
        return tcp_close(pcb) == ERR_OK ? ERR_OK : ERR_MEM;
    if (!unread) {
        tcp_recved(pcb, data->tot_len);
        for (struct pbuf *part = data; part; part = part->next)
            if (tcp_sndbuf(pcb) >= part->len)
                (void)tcp_write(pcb, part->payload, part->len,
                                TCP_WRITE_FLAG_COPY);
    }
    pbuf_free(data);
    return ERR_OK;
}

static err_t accepted(void *unread, struct tcp_pcb *pcb, err_t error)
{
    if (error != ERR_OK || !pcb)
        return ERR_VAL;
    tcp_arg(pcb, unread);
    tcp_recv(pcb, echo_received);
    tcp_backlog_accepted(pcb);
    return ERR_OK;
}

static void listen_on(uint16_t port, void *unread)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    CHECK(pcb && tcp_bind(pcb, IP_ANY_TYPE, port) == ERR_OK);
    pcb = tcp_listen(pcb);
    CHECK(pcb);
    tcp_arg(pcb, unread);
    tcp_accept(pcb, accepted);
}

static err_t connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    (void)error;
    return tcp_write(pcb, "hello", 5, 0);
}

static void connect_out(const ip_addr_t *to)
{
    struct tcp_pcb *pcb = tcp_new();

    tcp_recv(pcb, echo_received);
    CHECK(tcp_connect(pcb, to, CLIENT, connected) == ERR_OK);
}

static void datagram(void *argument, struct udp_pcb *pcb, struct pbuf *data,
                     const ip_addr_t *from, u16_t port)
{
    (void)argument;
    udp_sendto(pcb, data, from, port);
    pbuf_free(data);
}

static u8_t message(void *argument, struct raw_pcb *pcb, struct pbuf *data,
                    const ip_addr_t *from)
{
    (void)argument;
    (void)pcb;
    (void)from;
    return data->len && *(uint8_t *)data->payload == 0xee && pbuf_free(data);
}

static void name_found(const char *name, const ip_addr_t *address, void *unused)
{
    (void)name;
    (void)address;
    (void)unused;
}

static struct udp_pcb *udp_server;
static struct raw_pcb *raw_server;

static void begin(void)
{
    ip4_addr_t address, mask, gateway;
    ip_addr_t router = IPADDR4_INIT_BYTES(10, 0, 2, 1);
    ip_addr_t found;

    random_state = 1;
    IP4_ADDR(&address, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 1);
    memset(ours, 0, sizeof(ours));
    for (int i = 0; i < 2; i++) {
        struct netif *netif = &ours[i].netif;

        ours[i].info.mtu = 1500;
        ours[i].info.features = NETDEV_CSUM_IPV4 | NETDEV_GSO_TCPV4;
        CHECK(netif_add(netif, i ? NULL : &address, i ? NULL : &mask,
                        i ? NULL : &gateway, &ours[i], setup, ethernet_input));
        memcpy(netif->hwaddr, "\2\0\0\0\0\1", 6);
        netif->hwaddr[5] += (uint8_t)i;
        netif_create_ip6_linklocal_address(netif, 1);
        netif_set_ip6_autoconfig_enabled(netif, 1);
        netif_set_up(netif);
        netif_set_link_up(netif);
    }
    netif_set_default(&ours[0].netif);
    CHECK(dhcp_start(&ours[1].netif) == ERR_OK);
    dns_setserver(0, &router);
    (void)dns_gethostbyname("name.example", &found, name_found, NULL);
    listen_on(7, NULL);
    listen_on(9, ours);
    connect_out(&router);
    udp_server = udp_new_ip_type(IPADDR_TYPE_ANY);
    CHECK(udp_server && udp_bind(udp_server, IP_ANY_TYPE, 7) == ERR_OK);
    udp_recv(udp_server, datagram, NULL);
    raw_server = raw_new(IP_PROTO_ICMP);
    raw_recv(raw_server, message, NULL);
    pass(50);
}

/* Close all, let what is queued grow old. */
static void end(void)
{
    while (tcp_active_pcbs)
        tcp_abort(tcp_active_pcbs);
    while (tcp_tw_pcbs)
        tcp_abort(tcp_tw_pcbs);
    while (tcp_listen_pcbs.pcbs)
        CHECK(tcp_close(tcp_listen_pcbs.pcbs) == ERR_OK);
    CHECK(!tcp_bound_pcbs);
    udp_remove(udp_server);
    raw_remove(raw_server);
    settle();
    for (int i = 0; i < 2; i++) {
        dhcp_stop(&ours[i].netif);
        dhcp_cleanup(&ours[i].netif);
        netif_set_down(&ours[i].netif);
    }
    for (int i = 0; i < 70; i++) {
        ip_reass_tmr();
        ip6_reass_tmr();
        dns_tmr();
    }
    settle();
    netif_remove(&ours[0].netif);
    netif_remove(&ours[1].netif);
    pass(1000); /* TCP's timer ends when it finds nothing to do */
}

/* ---- Frames in ------------------------------------------------------------
 */

static void put32(uint8_t *to, uint32_t value)
{
    value = lwip_htonl(value);
    memcpy(to, &value, sizeof(value));
}

static void put16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return lwip_ntohl(value);
}

/* Move TCP's numbers to where a connection with these ports is. What they are
 * in the input, less than 2^15 either way, is added. */
static void fit_tcp(uint8_t *header)
{
    uint16_t from = get16(header), to = get16(header + 2);
    uint32_t number = (uint32_t)(int16_t)get32(header + 4);
    uint32_t acknowledged = (uint32_t)(int16_t)get32(header + 8);

    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->remote_port == from &&
            (pcb->local_port == to || from == CLIENT)) {
            put16(header + 2, pcb->local_port); /* a client's is random */
            put32(header + 4, pcb->rcv_nxt + number);
            put32(header + 8, pcb->snd_nxt + acknowledged);
            return;
        }
}

static void fit_udp(uint8_t *header, size_t length)
{
    /* Questions come from random ports. */
    if (get16(header) == 53 && length >= 10) {
        for (struct udp_pcb *pcb = udp_pcbs; pcb; pcb = pcb->next)
            if (pcb->local_port >= 1024)
                put16(header + 2, pcb->local_port);
        memcpy(header + 8, &dns_id, sizeof(dns_id));
    }
    if (get16(header + 2) == 68 && length >= 16)
        memcpy(header + 12, &dhcp_id, sizeof(dhcp_id));
}

/* Where there are such headers, and no options or others before them. */
static void fit(uint8_t *frame, size_t length)
{
    uint8_t *header = NULL, protocol = 0;

    if (length >= 34 && get16(frame + 12) == 0x0800 && frame[14] == 0x45) {
        header = frame + 34;
        protocol = frame[23];
    } else if (length >= 54 && get16(frame + 12) == 0x86dd) {
        header = frame + 54;
        protocol = frame[20];
    }
    if (!header)
        return;
    length -= (size_t)(header - frame);
    if (protocol == 6 && length >= 20)
        fit_tcp(header);
    else if (protocol == 17 && length >= 8)
        fit_udp(header, length);
}

/*
 * A piece whose bytes are a block of their own, for the sanitizer's eyes, but
 * for a few behind: with options in its header, lwIP looks at a packet's UDP
 * port before anybody knows that it has one (ip4_input()). netfront's pieces
 * have room behind so few bytes, too: COPY_MAX < PACKET_SMALL.
 */
#define SLACK 8

static void free_piece(struct packet *piece)
{
    free(piece->start);
    free(piece);
}

static struct packet *piece_around(const uint8_t *bytes, size_t length)
{
    struct packet *piece = malloc(sizeof(*piece));
    size_t room = length < FRAME_MIN ? FRAME_MIN : length;
    void *store = calloc(1, room + SLACK);

    packet_wrap(piece, memcpy(store, bytes, length), length, free_piece);
    piece->end = piece->start + room;
    return piece;
}

static void take_frame(const uint8_t *bytes, size_t length, uint16_t wishes)
{
    uint8_t frame[FRAME_MAX];
    size_t first = wishes & WISH_FIRST;
    struct packet *packet;

    memcpy(frame, bytes, length);
    if (!(wishes & WISH_AS_IS))
        fit(frame, length);
    if (first == 0 || first >= length)
        first = length;
    packet = piece_around(frame, first);
    if (first < length)
        packet_append(packet, piece_around(frame + first, length - first));
    receive(&ours[frame[5] == 2], packet);
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool initialised;
    struct record record;
    uint64_t last = 0;
    unsigned int before;

    if (!initialised)
        lwip_init();
    initialised = true;
    before = blocks_out;
    begin();
    if (size >= FILE_HEADER) {
        data += FILE_HEADER;
        size -= FILE_HEADER;
    }
    for (int i = 0; i < FRAMES_MAX && size > sizeof(record); i++) {
        uint64_t time;

        memcpy(&record, data, sizeof(record));
        data += sizeof(record);
        size -= sizeof(record);
        if (record.length > size)
            record.length = (uint32_t)size;
        time = record.seconds * 1000ull + record.microseconds / 1000;
        if (i > 0 && time > last && time - last < STEP_MAX)
            pass((uint32_t)(time - last));
        last = time;
        if (record.length >= 14 && record.length <= FRAME_MAX)
            take_frame(data, record.length, record.wishes);
        data += record.length;
        size -= record.length;
    }
    pass(300);
    end();
    drain_pools();
    CHECK(pages_out == 0);
    CHECK(blocks_out == before);
    return 0;
}
