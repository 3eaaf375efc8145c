/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_ip.c: any bytes, in any pieces, as packets through the elements of
 * IP and ICMP: with and without checks before them, and cut after them. Nothing
 * is touched that is no packet's, nothing is lost.
 */
#include "click_world.h"

static const char config[] =
    "Idle -> in :: Null -> t :: Tee(16);"
    "t[0] -> CheckIPHeader -> IPPrint(ACTIVE false) -> ct :: CheckTCPHeader"
    " -> d :: Discard;"
    "t[1] -> MarkIPHeader -> SetIPChecksum -> SetTCPChecksum(true)"
    " -> SetUDPChecksum -> d;"
    "t[2] -> MarkIPHeader -> DecIPTTL -> SetIPDSCP(3) -> MarkIPCE(true)"
    " -> IPMirror -> StoreIPAddress(1.2.3.4, src) -> d;"
    "t[3] -> MarkIPHeader -> g :: IPGWOptions(1.1.1.1) -> d; g[1]"
    " -> ICMPError(1.1.1.1, parameterproblem) -> d;"
    "t[4] -> MarkIPHeader -> f :: IPFragmenter(64, HONOR_DF false)"
    " -> IPReassembler(HIMEM 20000) -> d;"
    "t[5] -> CheckIPHeader2 -> r :: IPReassembler(HIMEM 5000) -> d; r[1] -> d;"
    "t[6] -> CheckIPHeader2 -> ICMPError(1.1.1.1, redirect) -> d;"
    "t[7] -> MarkIPHeader -> ICMPPingResponder -> d;"
    "t[8] -> MarkIPHeader(3) -> StripIPHeader -> UnstripIPHeader"
    " -> StripToNetworkHeader -> d;"
    "t[9] -> MarkIPHeader -> CheckUDPHeader -> CheckICMPHeader -> d;"
    "t[10] -> CheckIPHeader2 -> IPPrint(CONTENTS hex, OUTFILE /dev/null) -> d;"
    "t[11] -> MarkIPHeader -> IPPrint(PAYLOAD ascii, OUTFILE /dev/null) -> d;"
    "t[12] -> CheckIPHeader2 -> GetIPAddress(16)"
    " -> RadixIPLookup(0/0 1.1.1.1 0, 64/2 0, 69.0.0.0/8 0)"
    " -> UDPIPEncap(1.1.1.1, 1, DST_ANNO, 2) -> IPEncap(4, 1.1.1.1, 2.2.2.2)"
    " -> ICMPPingEncap(1.1.1.1, 2.2.2.2) -> CheckIPHeader -> d;"
    "t[13] -> MarkIPHeader -> ToIPSummaryDump(/dev/null, BAD_PACKETS true,"
    "   FIELDS ip_fragoff ip_len ip_opt tcp_opt tcp_sack payload payload_md5"
    "   sport icmp_seq icmp_nextmtu ip_capture_len tcp_flags udp_len) -> d;"
    "t[14] -> StringMatcher(abc, bcd, \"\\<0000>\") -> s :: Search(\"E\") -> d;"
    "s[1] -> d;"
    "t[15] -> c :: Classifier(0/45 9/06, !3/00, 12/0806%ffff, -)"
    "   [0,1,2,3] -> d;";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct router *router; /* making one takes longer than using it */
    struct element *in;

    if (size < 2 || size > 2048)
        return 0;
    if (!router)
        router = world_router(config);
    in = router_find(router, "in");
    /* Each packet: its length, how long its pieces are, its bytes. */
    while (size >= 2) {
        size_t length = data[0], step = data[1] % 64u + 1;

        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        element_push(in, 0, world_packet(data, length, step));
        data += length;
        size -= length;
    }
    return 0;
}
