/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * click_stages.h: what fuzz_click_graph.c makes graphs of. A stage has input 0
 * and output 0, and perhaps more outputs: their number stands first. '#' is a
 * number and '@' an address, by the fuzzer's choice; so is what stands in the
 * tables below.
 */
#ifndef CORACLE_TESTS_HOST_CLICK_STAGES_H
#define CORACLE_TESTS_HOST_CLICK_STAGES_H

#define PULLED(element)                                                        \
    "1{ input -> Queue(6) -> " element " -> Unqueue -> output }"
#define TWO_QUEUES(sched)                                                      \
    "1{ input -> s :: RoundRobinSwitch; s[0] -> Queue(3) -> [0]u :: " sched    \
    "; s[1] -> Queue(3) -> [1]u; u -> Unqueue -> output }"
#define LEARNED(lookup)                                                        \
    "2{ input -> GetIPAddress(16) -> r :: " lookup "(@/24 0, @/16 @ 1,"        \
    " 0/0 1); r[0] -> output; r[1] -> [1]output }"

static const char *const numbers[] = {
    "0",   "1",    "2",    "3",     "4",          "6",  "7",  "8",   "14",
    "16",  "20",   "28",   "33",    "40",         "64", "80", "100", "255",
    "576", "1500", "4000", "65535", "4294967295", "-1", "x",  "2.5"};

static const char *const addresses[] = {"10.0.2.50", "10.0.3.1",  "10.0.2.1",
                                        "10.0.3.77", "10.0.3.11", "0.0.0.0",
                                        "224.0.0.1", "1.2.3.300"};

/* How packets begin. */
static const char *const beginnings[] = {
    "",
    "MarkMACHeader ->",
    "MarkIPHeader ->",
    "CheckIPHeader ->",
    "CheckIPHeader(CHECKSUM false) ->",
    "MarkMACHeader -> MarkIPHeader(14) ->",
    "MarkMACHeader -> CheckIPHeader(OFFSET 14) ->",
    "MarkMACHeader -> Strip(14) -> CheckIPHeader -> GetIPAddress(16) ->"};

static const char *const stages[] = {
    /* Bytes */
    "1Strip(#)",
    "1Unstrip(#)",
    "1Truncate(#)",
    "1Pad(#)",
    "1Pad",
    "1Align(4, 0)",
    "1Resize(#, #)",
    "1StoreData(#, \\<00ff41>)",
    "1StoreData(#, \\<0145>, MASK \\<0fff>)",
    "2CheckLength(#)",
    "1{ input -> t :: Tee -> c :: Clipboard(#/#, 0/4) -> output; "
    "t[1] -> Truncate(#) -> [1]c[1] -> output }",
    "2Search(\"\\<0000>\", STRIP_AFTER true)",
    "2Search(\"E\", ANNO #)",
    "2StringMatcher(abc, \"\\<0000>\", bca)",
    "1Print(MAXLENGTH #, CONTENTS HEX)",
    "1Print(CONTENTS ASCII, PRINTANNO true, HEADROOM true)",
    /* Ethernet */
    "1EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2)",
    "2CheckARPHeader(#, DETAILS true)",
    "1MarkMACHeader(#, #)",
    "1EtherMirror",
    "1EtherRewrite(2:0:0:0:0:1, 2:0:0:0:0:2)",
    "1StoreEtherAddress(2:0:0:0:0:1, #)",
    "2HostEtherFilter(2:0:0:0:0:1, DROP_OTHER false)",
    "1DropBroadcasts",
    "1EnsureEther(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2)",
    "1VLANEncap(VLAN_TCI #)",
    "1VLANDecap",
    "1EtherVLANEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2, #)",
    "1StripEtherVLANHeader",
    "1SetVLANAnno(#)",
    "1ARPResponder(@/24 2:0:0:0:0:1)",
    "2{ input -> a :: ARPQuerier(@/24, 2:0:0:0:0:1, CAPACITY 3) -> output;"
    " Idle -> [1]a; a[1] -> [1]output }",
    "1{ input -> [1]a :: ARPQuerier(@, 2:0:0:0:0:1) -> output; Idle -> [0]a }",
    "1ARPPrint",
    "1{ input -> s :: EtherSwitch -> output; Idle -> [1]s; s[1] -> output }",
    /* IP */
    "2CheckIPHeader(OFFSET #)",
    "2CheckIPHeader2",
    "2CheckIPHeader(DETAILS true, VERBOSE true)",
    "1MarkIPHeader(#)",
    "2CheckTCPHeader",
    "2CheckUDPHeader(DETAILS true)",
    "2CheckICMPHeader",
    "1SetIPChecksum",
    "1SetTCPChecksum(FIXOFF true)",
    "1SetTCPChecksum",
    "1SetUDPChecksum",
    "2DecIPTTL",
    "1FixIPSrc(@)",
    "1SetIPDSCP(#)",
    "1SetIPECN(#)",
    "1MarkIPCE(FORCE true)",
    "1IPMirror",
    "1GetIPAddress(#)",
    "1SetIPAddress(@)",
    "1StoreIPAddress(@, src)",
    "1StoreIPAddress(#)",
    "1StripIPHeader",
    "1UnstripIPHeader",
    "1StripToNetworkHeader",
    "1IPEncap(#, @, @)",
    "1UDPIPEncap(@, #, DST_ANNO, #, CHECKSUM true)",
    "2IPFragmenter(#)",
    "2IPFragmenter(#, HONOR_DF false, VERBOSE true)",
    "2IPReassembler(HIMEM #)",
    "1{ input -> IPFragmenter(64, HONOR_DF false) -> IPReassembler -> output }",
    "2IPGWOptions(@)",
    "1IPPrint(CONTENTS HEX, AGGREGATE true)",
    "1IPPrint(PAYLOAD ASCII, TTL true, TOS true, LENGTH true, ID true)",
    "1FlowMonitor(4, TIMEOUT 2)",
    "2DNSFilter(a.b, c)",
    "1DNSDeny",
    LEARNED("RadixIPLookup"),
    LEARNED("DirectIPLookup"),
    LEARNED("RangeIPLookup"),
    LEARNED("LinearIPLookup"),
    LEARNED("StaticIPLookup"),
    /* ICMP */
    "1ICMPError(@, unreachable, needfrag)",
    "1ICMPError(@, parameterproblem, 1)",
    "1ICMPError(@, redirect, host, MTU #)",
    "2ICMPPingResponder",
    "1ICMPPingEncap(@, @)",
    "1ICMPIPEncap(@, @, 3)",
    "1{ input -> p :: ICMPPingSource(@, @, LIMIT 2) -> output; input -> [0]p }",
    /* Classification */
    "3Classifier(12/0806 20/0001, #/45 !9/06, -)",
    "3IPClassifier(tcp syn && dst port #, icmp type #, -)",
    "3IPClassifier(ip frag or ip vers 4, ip[#:2] = 1, ip hl 6)",
    "2IPFilter(1 src net @/24, allow dst host @ or udp port dns, 1 tcp opt "
    "syn, deny all)",
    "2IPFilter(allow ip ttl <= 3 || src udp port > #, 1 all)",
    "2CheckPaint(#)",
    "1Paint(#)",
    "2PaintTee(#)",
    "3PaintSwitch",
    "2Switch(#)",
    "2StaticSwitch(#)",
    "2RoundRobinSwitch",
    "2RandomSwitch",
    "2HashSwitch(#, #)",
    "2ProbSplitter(0.5)",
    "2StrideSwitch(#, 1)",
    "2Bypass",
    "2Tee",
    "2RandomSample(0.5)",
    "2Meter(#)",
    "2BandwidthMeter(#)",
    "2RatedSplitter(#)",
    "2Block(#)",
    "1{ input -> s :: Suppressor -> output }",
    "1TimeFilter(START 1000000001)",
    /* Annotations, time */
    "1SetAnnoByte(#, #)",
    "1SetPacketType(HOST)",
    "1SetTimestamp",
    "1AdjustTimestamp(#)",
    "1SetTimestampDelta",
    "1StoreTimestamp(OFFSET #)",
    "1TimeRange",
    "1Counter(COUNT_CALL #)",
    "1Counter",
    "1AverageCounter",
    "1Null",
    /* Rewriters: packets with odd paint come back. */
    "2{ input -> p :: CheckPaint(0); r :: IPRewriter(pattern @ 1024-1026 - - 0 "
    "1, drop,"
    " MAPPING_CAPACITY 3, TCP_TIMEOUT 5, DST_ANNO true); p[0] -> r; p[1] -> "
    "[1]r;"
    " r[0] -> output; r[1] -> [1]output }",
    "2UDPRewriter(pattern @ # @ # 0 1)",
    "2TCPRewriter(pattern @ 5# - - 0 1, CAPACITY #)",
    "2IPAddrRewriter(pattern @-@ - 0 1)",
    "2IPAddrPairRewriter(pattern @ - 0 1)",
    "2ICMPPingRewriter(pattern @ - 1-2 0 1)",
    "2{ r :: IPRewriter(pattern @ 1024-1030 - - 0 0); m :: ICMPRewriter(r, "
    "DST_ANNO false);"
    " input -> c :: IPClassifier(icmp, -); c[0] -> m -> [1]output; c[1] -> r "
    "-> output }",
    "1IPRewriter(m, CAPACITY 9); m :: RoundRobinIPMapper(- - @ - 0 0, - - @ # "
    "0 0)",
    "2{ r :: IPRewriter(pattern @ 1024-1026 - - 0 1, drop); input ->"
    " FTPPortMapper(r, r, @ 40-50 - - 0 1) -> r; Idle -> [1]r; r[0] -> output;"
    " r[1] -> [1]output }",
    /* Aggregates */
    "1AggregateIP(ip src/#)",
    "1AggregateIP(ip[#:2])",
    "1AggregateLength",
    "1AggregatePaint(#)",
    "1AggregateCounter(AGGREGATE_STOP #, IP_BYTES true)",
    "1AggregateIPFlows(ICMP true, FRAGMENTS true)",
    /* Sessions */
    "3{ input -> c :: RandomSwitch; p :: PPPoEServer(2:0:0:0:0:3, 10.9.0.1,"
    " 10.9.0.0/29, MRU 200, ECHO 1s); c -> p; c[1] -> [1]p; p -> output;"
    " p[1] -> [1]output; p[2] -> [2]output }",
    /* Queues and what pulls from them */
    PULLED("Null"),
    PULLED("Shaper(#)"),
    PULLED("BandwidthShaper(#)"),
    PULLED("DelayShaper(#)"),
    PULLED("RED(#, #, 0.1)"),
    PULLED("PullTee(1)"),
    PULLED("RandomSample(0.5)"),
    TWO_QUEUES("RoundRobinSched"),
    TWO_QUEUES("PrioSched"),
    TWO_QUEUES("DRRSched(#)"),
    TWO_QUEUES("StrideSched(#, 1)"),
    TWO_QUEUES("TimeSortedSched"),
    TWO_QUEUES("PullSwitch(#)"),
    TWO_QUEUES("SimpleRoundRobinSched"),
    TWO_QUEUES("StaticPullSwitch(1)"),
    "1{ input -> q :: FrontDropQueue(2) -> RatedUnqueue(#) -> output; "
    "Script(wait 1s, write q.capacity 1) }",
    "1{ input -> MixedQueue(2) -> BandwidthRatedUnqueue(#) -> output }",
    "1{ input -> Queue -> LinkUnqueue(1ms, #Bps) -> output }",
    "1{ input -> Queue -> DelayUnqueue(#ms) -> output }",
    "1{ input -> Queue -> TimedUnqueue(1, #) -> output }",
    "1{ input -> Queue -> Burster(#, 2) -> output }",
    "1{ input -> NotifierQueue(#) -> Unqueue(#) -> output }",
    /* Others that give packets or do things */
    "1Null; RatedSource(abc, #, 3) -> Discard",
    "1Null; TimedSource(0.1, abc) -> Discard",
    "1Null; InfiniteSource(LENGTH #, LIMIT 5) -> Discard",
    "1Null; RandomSource(#, 3) -> Discard",
    "1{ input -> c :: Counter -> output; Script(set x 0, label again, set x "
    "$(add $x 1), wait 0.5s,"
    " goto again $(lt $x 4), write c.reset, return $x) }",
    "1Null; DriverManager(wait_time #)",
    "1ToDump(/dev/null, SNAPLEN #)",
    "1ToDump(/dev/null, ENCAP IP, UNBUFFERED true)",
    "1ToIPSummaryDump(/dev/null, BAD_PACKETS true, FIELDS ip_fragoff ip_len "
    "ip_opt tcp_opt"
    " tcp_sack payload payload_md5 sport icmp_seq tcp_flags eth_src count "
    "wire_len)",
};

#endif
