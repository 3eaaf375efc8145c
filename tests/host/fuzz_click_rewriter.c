/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_rewriter.c: any bytes, in any pieces, through a gateway: address
 * translation of all kinds, errors about translated packets, ARP, a switch, a
 * name filter. Addresses and ports are made few, so that flows are found again,
 * tables overflow and ports run out; time goes on between packets, so that
 * flows and entries end. Nothing is touched that is no packet's, nothing is
 * lost.
 */
#include "click_world.h"

static const char config[] =
    "Idle -> in :: Null -> t :: Tee(9);"
    "rr :: RoundRobinIPMapper(- - 2.0.0.1 - 0 1, - 5-6 2.0.0.2 - 0 1);"
    "hash :: SourceIPHashMapper(3 7, - - 2.0.0.1 - 0 1 1, - - 2.0.0.2 - 0 1 2);"
    "out :: Null -> d :: Discard; other :: Null -> d;"
    "t[0] -> CheckIPHeader2 -> GetIPAddress(16) -> c :: CheckPaint(0)"
    "  -> nat :: IPRewriter(pattern 1.0.0.1 5-8# - - 0 1, drop,"
    "     MAPPING_CAPACITY 6, GUARANTEE 2, TCP_TIMEOUT 60, UDP_TIMEOUT 20)"
    "  -> CheckTCPHeader -> out; nat[1] -> other;"
    "c[1] -> [1]nat;"
    "t[1] -> MarkIPHeader -> bal :: IPRewriter(rr, CAPACITY nat) -> out;"
    "bal[1] -> other;"
    "t[2] -> MarkIPHeader -> IPRewriter(hash, UDP_TIMEOUT 1, GUARANTEE 0)"
    "  [0,1] -> out;"
    "t[3] -> MarkIPHeader -> ar :: IPAddrRewriter(pattern 1.0.0.1-1.0.0.3 - 0"
    "  0, MAPPING_CAPACITY 4, TIMEOUT 10) -> out;"
    "t[4] -> MarkIPHeader -> pair :: IPAddrPairRewriter(pattern 1.0.0.0/29#"
    "  2.0.0.9 0 0, MAPPING_CAPACITY 4) -> out;"
    "t[5] -> MarkIPHeader -> ping :: ICMPPingRewriter(pattern 1.0.0.1 - 3-5 0"
    "  1, TIMEOUT 5) -> out; ping[1] -> other;"
    "t[6] -> MarkIPHeader -> err :: ICMPRewriter(nat bal ar pair ping) -> out;"
    "err[1] -> other;"
    "t[7] -> MarkMACHeader -> sw :: EtherSwitch(30, CAPACITY 4)"
    "  -> VLANDecap -> VLANEncap(ANNO, NATIVE_VLAN 3) -> StripEtherVLANHeader"
    "  -> MarkIPHeader -> GetIPAddress(16)"
    "  -> arp :: ARPQuerier(1.0.0.1/24, 2:1:1:1:1:1, CAPACITY 4,"
    "       ENTRY_CAPACITY 3, ENTRY_PACKET_CAPACITY 2, TIMEOUT 9)"
    "  -> EtherMirror -> out;"
    "arp[1] -> ARPPrint(ACTIVE false) -> other; Idle -> [1]sw;"
    "sw[1] -> Tee -> ARPResponder(1.0.0.0/24 2:1:1:1:1:1) -> other;"
    "t[8] -> MarkMACHeader -> HostEtherFilter(2:1:1:1:1:1, DROP_OTHER false)"
    "  -> DropBroadcasts -> ty :: Classifier(12/0806, -) -> [1]arp;"
    "ty[1] -> MarkIPHeader(14) -> FlowMonitor(8, TIMEOUT 3)"
    "  -> dns :: DNSFilter(a.b) -> out; dns[1] -> DNSDeny -> other;";

/* A packet's start, to save the fuzzer the search: an Ethernet header, or an IP
 * header with correct checksum and transport ports of few values. */
static size_t begin(uint8_t *bytes, uint8_t kind, const uint8_t *data)
{
    static const uint8_t mac[14] = {2, 1, 1, 1, 1, 1, 2, 0, 0, 0, 0, 0, 8, 0};
    static const uint8_t protocols[4] = {1, 6, 17, 17};
    uint8_t *ip = bytes + (kind & 1 ? sizeof(mac) : 0);
    uint32_t sum = 0;

    if (kind & 1) {
        memcpy(bytes, mac, sizeof(mac));
        bytes[11] = kind >> 6;
    }
    memset(ip, 0, 28);
    ip[0] = 0x45;
    ip[3] = 64;
    ip[8] = 9;
    ip[9] = protocols[kind >> 1 & 3];
    memcpy(ip + 12, (uint8_t[]){data[0] & 3, 0, 0, data[0] >> 2 & 3}, 4);
    memcpy(ip + 16, (uint8_t[]){data[0] >> 4 & 3, 0, 0, data[0] >> 6}, 4);
    for (unsigned int i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = ~(sum + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    ip[21] = data[1] & 15;
    ip[23] = kind & 16 ? 53 : data[1] >> 4;
    if (ip[9] == 1)
        ip[20] = (uint8_t[]){0, 8, 3, 11}[data[1] & 3];
    return (size_t)(ip - bytes) + 28 - (kind & 32 ? 8 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router; /* making one takes longer than using it */
    struct element *in;

    if (size < 6 || size > 2048)
        return 0;
    if (!router)
        router = world_router(config);
    in = router_find(router, "in");
    /* Each packet: its length, how long its pieces are, milliseconds since the
     * last, what it begins with, its bytes. */
    while (size >= 6) {
        size_t length = data[0], step = data[1] % 64u + 1, first = 0;
        struct packet *packet;
        uint8_t bytes[300];
        int64_t wakeup;

        world_time += data[2] * 20000000LL;
        if (data[3] != 0)
            first = begin(bytes, data[3], data + 4);
        data += 6;
        size -= 6;
        if (length > size)
            length = size;
        memcpy(bytes + first, data, length);
        packet = world_packet(bytes, first + length, step);
        packet->flags |= data[-1] & 1 ? PACKET_CSUM_BLANK : 0;
        data += length;
        size -= length;
        element_push(in, 0, packet);
        (void)!router_run(router, &wakeup);
    }
    return 0;
}
