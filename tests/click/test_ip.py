# SPDX-License-Identifier: BSD-2-Clause
"""Elements of IP and ICMP, on packets that scapy made; scapy, tshark and plain
arithmetic judge what comes out."""

import ipaddress
import random
import re
import subprocess

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR, fragment
from scapy.packet import Raw
from scapy.utils import rdpcap, wrpcap

SOURCE = "FromDump(in.pcap, STOP true)"


@pytest.fixture
def graph(click, tmp_path):
    """Raw IP packets through a configuration: `graph(config, packets)` gives
    those that came out, and what was said."""
    def start(config, packets, *words):
        wrpcap(str(tmp_path / "in.pcap"), packets, linktype=101)
        config = re.sub(r"\bIN\b", SOURCE, config)
        config = re.sub(r"\bOUT\b", "ToDump(out.pcap, ENCAP IP, SNAPLEN 0)",
                        config)
        (tmp_path / "out.pcap").unlink(missing_ok=True)
        result = click(*words, "-e", config)
        assert result.status == 0, result
        out = tmp_path / "out.pcap"
        return (list(rdpcap(str(out))) if out.exists() else []), result
    return start


def verdict(path):
    """What tshark finds wrong with a file's checksums and lengths."""
    options = [word for name in ("ip.check_checksum", "tcp.check_checksum",
                                 "udp.check_checksum")
               for word in ("-o", f"{name}:TRUE")]
    done = subprocess.run(["tshark", "-r", path, *options, "-Y",
                           "_ws.malformed || ip.checksum.status == 0 || "
                           "tcp.checksum.status == 0 || "
                           "udp.checksum.status == 0 || "
                           "icmp.checksum.status == 0"],
                          capture_output=True, text=True, check=True)
    return done.stdout


def some_packets():
    base = IP(src="1.0.0.1", dst="2.0.0.2", ttl=9)
    return [base / TCP(sport=5, dport=80, flags="S") / Raw(b"a" * 33),
            base / UDP(sport=5, dport=9) / Raw(b"b" * 8),
            base / ICMP() / Raw(b"c" * 51),
            base / UDP(sport=9, dport=9, chksum=0) / Raw(b"d"),
            IP(src="1.0.0.1", dst="2.0.0.2", proto=99) / Raw(b"e" * 20)]


# ---- Checks -----------------------------------------------------------------

def broken(**changes):
    return IP(bytes(IP(src="1.0.0.1", dst="2.0.0.2", **changes) /
                    UDP(sport=1, dport=2) / Raw(b"x" * 10)))


BAD_IP = {
    "tiny packet": Raw(b"\x45\0\0"),
    "bad IP version": broken(version=6),
    "bad IP header length": broken(ihl=4),
    "bad IP length": broken(len=100),
    "bad IP checksum": broken(chksum=5),
    "bad source address": IP(bytes(IP(src="9.0.0.255", dst="2.0.0.2") /
                                   UDP())),
}


@pytest.mark.parametrize("reason", BAD_IP)
def test_check_ip_header(graph, reason):
    _, result = graph("""IN -> c :: CheckIPHeader(INTERFACES 9.0.0.9/24,
        VERBOSE true, DETAILS true) -> Discard; c[1] -> n :: Counter
        -> Discard""", [BAD_IP[reason]] + some_packets(), "-h", "c.drops",
        "-h", "n.count", "-h", "c.drop_details")
    assert "c.drops:\n1\n" in result.out and "n.count:\n1\n" in result.out
    assert f"1 {reason}\n" in result.out
    assert f"IP header check failed: {reason}" in result.err


def test_check_ip_header_cuts_padding(graph):
    padded = Raw(bytes(some_packets()[1]) + b"padding")
    out, _ = graph("IN -> CheckIPHeader -> OUT", [padded])
    assert [bytes(packet) for packet in out] == [bytes(some_packets()[1])]


def test_good_destinations_excuse_bad_sources(graph):
    made = [IP(src="9.0.0.255", dst="9.0.0.9") / UDP(),
            IP(src="0.0.0.0", dst="9.0.0.9") / UDP(),
            IP(src="255.255.255.255", dst="9.0.0.8") / UDP()]
    out, _ = graph("IN -> CheckIPHeader(INTERFACES 9.0.0.9/24) -> OUT", made)
    assert [packet.src for packet in out] == ["9.0.0.255", "0.0.0.0"]
    out, _ = graph("IN -> CheckIPHeader(1.2.3.4 9.0.0.255, 0) -> OUT", made)
    assert out == []
    out, _ = graph("IN -> CheckIPHeader(BADSRC 9.0.0.255) -> OUT", made)
    assert len(out) == 2


TRANSPORTS = [
    ("CheckTCPHeader", TCP(chksum=1), "bad TCP checksum"),
    ("CheckTCPHeader", TCP(dataofs=3), "bad packet length"),
    ("CheckTCPHeader", UDP(), "not TCP"),
    ("CheckUDPHeader", UDP(chksum=1), "bad UDP checksum"),
    ("CheckUDPHeader", UDP(len=90), "bad packet length"),
    ("CheckUDPHeader", TCP(), "not UDP"),
    ("CheckICMPHeader", ICMP(chksum=1), "bad ICMP checksum"),
    ("CheckICMPHeader", TCP(), "not ICMP"),
]


@pytest.mark.parametrize("element, transport, reason", TRANSPORTS)
def test_check_transport(graph, element, transport, reason):
    made = [IP(src="1.0.0.1", dst="2.0.0.2") / transport / Raw(b"odd")]
    _, result = graph(f"""IN -> CheckIPHeader -> c :: {element}(DETAILS true)
        -> Discard""", made, "-h", "c.drop_details")
    assert f"1 {reason}\n" in result.out and reason in result.err


@pytest.mark.parametrize("number, element", enumerate(
    ["CheckTCPHeader", "CheckUDPHeader", "CheckICMPHeader"]))
def test_good_transports(graph, number, element):
    good = some_packets()[number]
    out, result = graph(f"IN -> CheckIPHeader -> {element} -> OUT", [good])
    assert (len(out), result.err) == (1, "")


def test_set_checksums(graph, tmp_path):
    made = [packet.copy() for packet in some_packets()[:3]]
    for packet in made[:2]:
        packet.chksum = packet.payload.chksum = 0xbeef
    made[2].chksum = 0xbeef
    out, _ = graph("""IN -> MarkIPHeader -> SetIPChecksum
        -> c :: IPClassifier(tcp, udp, -) -> SetTCPChecksum -> o :: OUT;
        c[1] -> SetUDPChecksum -> o; c[2] -> o""", made)
    assert [bytes(packet) for packet in out] == \
        [bytes(packet) for packet in some_packets()[:3]]
    assert verdict(tmp_path / "out.pcap") == ""


# ---- Changes: checksums stay right ------------------------------------------

CHANGES = {
    "DecIPTTL": lambda p: p.ttl == 8,
    "FixIPSrc(7.7.7.7)": lambda p: p.src == "1.0.0.1",
    "SetAnnoByte(18, 1) -> FixIPSrc(7.7.7.7)": lambda p: p.src == "7.7.7.7",
    "SetIPDSCP(10)": lambda p: p.tos == 40,
    "SetIPECN(ce)": lambda p: p.tos == 3,
    "MarkIPCE(true)": lambda p: p.tos == 3,
    "IPMirror": lambda p: (p.src, p.dst) == ("2.0.0.2", "1.0.0.1"),
    "StoreIPAddress(5.6.7.8, src)": lambda p: p.src == "5.6.7.8",
    "SetIPAddress(9.8.7.6) -> StoreIPAddress(dst)":
        lambda p: p.dst == "9.8.7.6",
    "IPEncap(ipip, 3.0.0.3, 4.0.0.4)":
        lambda p: (p.src, p.proto, p.ttl) == ("3.0.0.3", 4, 250),
    "UDPIPEncap(3.0.0.3, 7, 4.0.0.4, 8)":
        lambda p: (p.dst, p[UDP].sport, p[UDP].dport) == ("4.0.0.4", 7, 8),
    "UDPIPEncap(3.0.0.3, 7, DST_ANNO, 8)": lambda p: p.dst == "2.0.0.2",
    "ICMPPingEncap(3.0.0.3, 4.0.0.4, IDENTIFIER 77)":
        lambda p: (p[ICMP].type, p[ICMP].id) == (8, 77),
    "ICMPIPEncap(3.0.0.3, 4.0.0.4, redirect, host)":
        lambda p: (p[ICMP].type, p[ICMP].code) == (5, 1),
    "StripIPHeader -> UnstripIPHeader": lambda p: p.ttl == 9 or p.proto == 99,
}


@pytest.mark.parametrize("elements", CHANGES)
def test_changes(graph, tmp_path, elements):
    made = some_packets()[:4]
    out, _ = graph(f"IN -> CheckIPHeader -> {elements} -> OUT", made)
    assert len(out) == len(made)
    for packet in out:
        assert CHANGES[elements](packet), packet.summary()
    assert verdict(tmp_path / "out.pcap") == ""


def test_mirror_swaps_ports_and_numbers(graph):
    made = IP(src="1.0.0.1", dst="2.0.0.2") / TCP(sport=5, dport=6, seq=7,
                                                  ack=8)
    out, _ = graph("IN -> CheckIPHeader -> IPMirror -> OUT", [made])
    tcp = out[0][TCP]
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack) == (6, 5, 8, 7)


@pytest.mark.parametrize("stages", [
    "UnstripIPHeader", "Strip(20) -> UnstripIPHeader",
    "Strip(28) -> UnstripIPHeader", "Strip(5) -> UnstripIPHeader",
    "StripIPHeader -> UnstripIPHeader"])
def test_headers_come_back_as_far_as_they_are_gone(graph, stages):
    sent = some_packets()
    out, _ = graph(f"IN -> CheckIPHeader -> {stages} -> OUT", sent)
    assert list(map(bytes, out)) == list(map(bytes, sent))


def test_dead_packets_leave_by_output_1(graph):
    made = [IP(src="1.0.0.1", dst="2.0.0.2", ttl=ttl) / UDP()
            for ttl in (0, 1, 2)]
    _, result = graph("""IN -> CheckIPHeader -> d :: DecIPTTL
        -> a :: Counter -> Discard; d[1] -> b :: Counter -> Discard""", made,
        "-h", "a.count", "-h", "b.count", "-h", "d.drops")
    assert result.out.split() == ["a.count:", "1", "b.count:", "2", "d.drops:",
                                  "2"]


def test_ecn_is_not_marked_on_those_who_do_not_know_it(graph):
    made = [IP(src="1.0.0.1", dst="2.0.0.2", tos=tos) / UDP()
            for tos in range(4)]
    out, _ = graph("IN -> CheckIPHeader -> MarkIPCE -> OUT", made)
    assert [packet.tos for packet in out] == [3, 3, 3]


def test_store_ip_address_as_published(click):
    result = click("-e", r"""InfiniteSource(LIMIT 6, STOP true,
          DATA \<99999999 99999999 99999999 99999999 99999999>)
        -> MarkIPHeader(0) -> SetIPAddress(1.0.0.2) -> r :: RoundRobinSwitch
        -> Print(a) -> d :: Discard;
        r[1] -> StoreIPAddress(0) -> Print(b) -> d;
        r[2] -> StoreIPAddress(1.0.0.3, 4) -> Print(c) -> d;
        r[3] -> StoreIPAddress(src) -> Print(d) -> d;
        r[4] -> StoreIPAddress(dst) -> Print(e) -> d;
        r[5] -> StoreIPAddress(1.0.0.4, dst) -> Print(f) -> d;""")
    assert result.errors == [
        "a:   20 | 99999999 99999999 99999999 99999999 99999999",
        "b:   20 | 01000002 99999999 99999999 99999999 99999999",
        "c:   20 | 99999999 01000003 99999999 99999999 99999999",
        "d:   20 | 99999999 99999999 9999cbca 01000002 99999999",
        "e:   20 | 99999999 99999999 9999cbca 99999999 01000002",
        "f:   20 | 99999999 99999999 9999cbc8 99999999 01000004"]


# ---- Fragments --------------------------------------------------------------

def whole():
    return IP(src="1.0.0.1", dst="2.0.0.2", id=77) / UDP(sport=1, dport=2) / \
        Raw(bytes(range(256)) * 8)


def test_fragments_are_what_scapy_makes_of_it(graph, tmp_path):
    out, result = graph("IN -> CheckIPHeader -> f :: IPFragmenter(548) -> OUT",
                        [whole()], "-h", "f.fragments")
    wanted = fragment(whole(), fragsize=528)
    assert [bytes(packet) for packet in out] == \
        [bytes(packet) for packet in wanted]
    assert result.out.strip() == str(len(wanted))
    assert verdict(tmp_path / "out.pcap") == ""


def test_options_of_fragments_as_published(click):
    result = click("-e", r"""InfiniteSource(DATA "\<4600002c 00000000 64063482
        121a042c 0a000004 01010000 001e0028 00000000 00000000 50000000
        8f550000>", LIMIT 1, STOP true) -> MarkIPHeader(OFFSET 0)
        -> IPFragmenter(40, HONOR_DF false)
        -> Print(CONTENTS HEX, MAXLENGTH 1000) -> Discard""")
    assert [line.strip() for line in result.errors] == [
        "40 | 46000028 00002000 64061486 121a042c 0a000004 01010000 001e0028 "
        "00000000 00000000 50000000",
        "24 | 45000018 00000002 64063695 121a042c 0a000004 8f550000"]


def test_what_must_not_be_cut(graph):
    made = whole()
    made.flags = "DF"
    _, result = graph("""IN -> CheckIPHeader -> f :: IPFragmenter(500)
        -> a :: Counter -> Discard; f[1] -> b :: Counter -> Discard""",
                      [made], "-h", "a.count", "-h", "b.count", "-h", "f.drops")
    assert result.out.split()[1::2] == ["0", "1", "1"]


def test_fragments_end_where_packets_must(graph):
    """Behind byte 65535 there is no offset for one."""
    last = IP(src="1.0.0.1", dst="2.0.0.2", frag=8100) / Raw(b"x" * 1400)
    out, result = graph("IN -> CheckIPHeader -> f :: IPFragmenter(500) -> OUT",
                        [last], "-h", "f.drops")
    assert (out, result.out) == ([], "1\n")


def test_reassembly_in_any_order(graph, tmp_path):
    parts = fragment(whole(), fragsize=528)
    for seed in range(6):
        random.Random(seed).shuffle(parts)
        out, _ = graph("IN -> CheckIPHeader -> IPReassembler -> OUT",
                       parts + [parts[0]])
        assert [bytes(packet) for packet in out] == [bytes(IP(bytes(whole())))]
        assert verdict(tmp_path / "out.pcap") == ""


def test_overlapping_fragments_end_their_packet(graph):
    parts = fragment(whole(), fragsize=528)
    wedge = parts[1].copy()
    wedge.frag -= 1
    del wedge.chksum
    out, result = graph("IN -> CheckIPHeader -> r :: IPReassembler -> OUT",
                        [parts[0], IP(bytes(wedge))] + parts[1:],
                        "-h", "r.dump")
    assert out == []
    assert "bad 1\n" in result.out and "given up 1\n" in result.out


def test_patience_ends_and_what_there_is_leaves_by_output_1(graph):
    parts = fragment(whole(), fragsize=528)
    parts[0].time, parts[2].time = 1, 2
    late = IP(src="1.0.0.1", dst="2.0.0.2") / UDP()
    late.time = 40
    wait = "FromDump(in.pcap, STOP true, TIMING true)"
    out, result = graph(f"""{wait} -> CheckIPHeader -> r :: IPReassembler
        -> Discard; r[1] -> CheckIPHeader(VERBOSE true) -> OUT""",
                        [parts[0], parts[2], late], "--simtime", "-h", "r.dump")
    assert "waiting 0\nmemory 0\n" in result.out
    wanted = bytes(parts[0])[20:] + bytes(528) + bytes(parts[2])[20:]
    assert bytes(out[0])[20:] == wanted


def test_fragments_that_wait_are_limited(graph):
    parts = [fragment(IP(src="1.0.0.1", dst="2.0.0.2", id=number) /
                      Raw(b"x" * 2000), fragsize=1000)[0]
             for number in range(60)]
    _, result = graph("IN -> CheckIPHeader -> r :: IPReassembler(HIMEM 20000)"
                      " -> Discard", parts, "-h", "r.dump")
    said = dict(line.rsplit(" ", 1) for line in result.out.split("\n") if line)
    assert int(said["memory"]) <= 20000
    assert int(said["waiting"]) + int(said["given up"]) == 60


# ---- ICMP -------------------------------------------------------------------

ERRORS = [
    ("timeexceeded", (11, 0)), ("timeexceeded, reassembly", (11, 1)),
    ("unreachable, port", (3, 3)), ("3, 4, PMTU 900", (3, 4)),
    ("parameterproblem", (12, 0)), ("redirect, host", (5, 1)),
]


@pytest.mark.parametrize("words, wanted", ERRORS)
def test_icmp_errors(graph, tmp_path, words, wanted):
    made = [whole()] + some_packets()[:2]
    out, _ = graph(f"""IN -> CheckIPHeader -> SetAnnoByte(17, 21)
        -> ICMPError(9.9.9.9, {words}) -> CheckIPHeader(VERBOSE true)
        -> CheckICMPHeader(VERBOSE true) -> OUT""", made)
    assert len(out) == len(made)
    for packet, about in zip(out, made):
        assert (packet.src, packet.dst) == ("9.9.9.9", "1.0.0.1")
        assert (packet[ICMP].type, packet[ICMP].code) == wanted
        assert len(packet) <= 576
        quoted = bytes(packet[ICMP])[8:]
        assert bytes(about)[:548] == quoted
        if wanted == (3, 4):
            assert packet[ICMP].nexthopmtu == 900
        if wanted == (12, 0):
            assert packet[ICMP].ptr == 21
        if wanted[0] == 5:
            assert packet[ICMP].gw == "2.0.0.2"


UNDESERVED = {
    "an ICMP error": IP(src="1.0.0.1", dst="2.0.0.2") / ICMP(type=3),
    "a later fragment": IP(src="1.0.0.1", dst="2.0.0.2", frag=5) / Raw(b"x"),
    "multicast": IP(src="1.0.0.1", dst="224.0.0.5") / UDP(),
    "broadcast": IP(src="1.0.0.1", dst="255.255.255.255") / UDP(),
    "nobody": IP(src="0.0.0.0", dst="2.0.0.2") / UDP(),
    "loopback": IP(src="127.0.0.1", dst="2.0.0.2") / UDP(),
    "a bad address": IP(src="1.0.0.255", dst="2.0.0.2") / UDP(),
}


@pytest.mark.parametrize("what", UNDESERVED)
def test_no_icmp_error_about(graph, what):
    out, _ = graph("IN -> CheckIPHeader -> ICMPError(9.9.9.9, timeexceeded, "
                   "BADADDRS 1.0.0.255) -> OUT", [UNDESERVED[what]])
    assert out == []


def test_a_configuration_that_is_refused_changes_nothing(graph):
    out, result = graph("""f :: FromDump(in.pcap, STOP true, ACTIVE false) ->
        CheckIPHeader -> e :: ICMPError(9.9.9.9, unreachable, host, 1.0.0.1)
        -> OUT; Script(
        writeq e.config "9.9.9.9, unreachable, port, 7.7.7.7, MTU 5",
        writeq e.config "9.9.9.9, unreachable, port, BADADDRS 7.7.7.7 none",
        write f.active true)""", [
        IP(src="1.0.0.1", dst="2.0.0.2") / UDP(),
        IP(src="7.7.7.7", dst="2.0.0.2") / UDP()])
    assert "MTU" in result.err and "'none'" in result.err
    assert [(ip.dst, ip[ICMP].code) for ip in out] == [("7.7.7.7", 1)]


def test_errors_go_back_along_source_routes_as_published(click):
    result = click("-e", """FromIPSummaryDump(STOP true, DATA "!data src sport \
dst dport proto ip_opt ip_ttl
18.26.4.44 20 10.0.0.8 80 T \
ssrr{128.4.45.60,128.4.49.61,^1.2.3.4,5.6.7.8} 0")
        -> ICMPError(19.19.19.19, timeexceeded) -> CheckIPHeader
        -> CheckICMPHeader -> ToIPSummaryDump(-, HEADER false,
           FIELDS src dst proto payload_len ip_opt)""")
    assert result.out == ("19.19.19.19 18.26.4.44 I 68 "
                          "ssrr{^128.4.49.61,128.4.45.60}\n"), result


def test_pings_are_answered(graph, tmp_path):
    made = [IP(src="1.0.0.1", dst="2.0.0.2") / ICMP(id=4, seq=9) / Raw(b"data"),
            IP(src="1.0.0.1", dst="2.0.0.2") / ICMP(type=0), some_packets()[0]]
    out, result = graph("""IN -> CheckIPHeader -> p :: ICMPPingResponder
        -> OUT; p[1] -> c :: Counter -> Discard""", made, "-h", "c.count")
    assert result.out.strip() == "2"
    answer = out[0]
    assert (answer.src, answer[ICMP].type, answer[ICMP].id, answer[ICMP].seq,
            answer[Raw].load) == ("2.0.0.2", 0, 4, 9, b"data")
    assert verdict(tmp_path / "out.pcap") == ""


def test_ping(click):
    result = click("--simtime", "-h", "p.summary", "-h", "p.rtt_avg", "-e", """
        p :: ICMPPingSource(1.0.0.1, 2.0.0.2, INTERVAL 0.5, LIMIT 4, STOP true)
        -> CheckIPHeader -> CheckICMPHeader -> ICMPPingResponder
        -> Queue -> DelayUnqueue(0.25) -> p""")
    assert result.out.startswith(
        "p.summary:\n4 packets transmitted, 3 received, 25% packet loss\n"
        "rtt min/avg/max = 250.00"), result
    assert result.out.rstrip()[-8:-1] == "0.25000"


# ---- Options of routers -----------------------------------------------------

def test_routes_and_times_are_recorded(graph, tmp_path):
    routed = IP(src="1.0.0.1", dst="2.0.0.2", options=[
        IPOption_RR(routers=["0.0.0.0"] * 3, pointer=4, length=15)]) / UDP()
    stamps = bytes([68, 12, 5, 0]) + bytes(8)
    stamped = IP(src="1.0.0.1", dst="2.0.0.2", options=stamps) / UDP()
    out, _ = graph("IN -> CheckIPHeader -> IPGWOptions(7.7.7.7) -> OUT",
                   [routed, stamped])
    route = bytes(out[0])[20:35]
    assert route[2] == 8 and route[3:7] == bytes([7, 7, 7, 7])
    times = bytes(out[1])[20:32]
    assert times[2] == 9 and times[4:8] != bytes(4) and times[8:] == bytes(4)
    assert verdict(tmp_path / "out.pcap") == ""


def test_options_in_front_of_a_bad_one(graph, tmp_path):
    options = bytes([7, 7, 4, 0, 0, 0, 0, 68, 40, 5, 0, 0])
    sent = IP(src="1.0.0.1", dst="2.0.0.2", options=options) / UDP()
    out, _ = graph("""IN -> CheckIPHeader -> o :: IPGWOptions(7.7.7.7)
        -> Discard; o[1] -> OUT""", [sent])
    assert bytes(out[0])[20:27] == bytes([7, 7, 8, 7, 7, 7, 7])
    assert verdict(tmp_path / "out.pcap") == ""


@pytest.mark.parametrize("options, pointer", [
    (bytes([7, 7, 3, 0, 0, 0, 0, 0]), 22), (bytes([7, 0, 4, 0]), 21),
    (bytes([7, 40, 4, 0]), 21), (bytes([68, 8, 5, 2, 0, 0, 0, 0]), 23)])
def test_bad_options_leave_by_output_1(graph, options, pointer):
    made = IP(src="1.0.0.1", dst="2.0.0.2", options=options) / UDP()
    out, result = graph("""IN -> CheckIPHeader -> g :: IPGWOptions(7.7.7.7)
        -> Discard; g[1] -> ICMPError(9.9.9.9, parameterproblem) -> OUT""",
                        [made], "-h", "g.drops")
    assert (result.out.strip(), out[0][ICMP].ptr) == ("1", pointer)


# ---- Routes -----------------------------------------------------------------

TABLES = ["RadixIPLookup", "DirectIPLookup", "RangeIPLookup", "LinearIPLookup",
          "SortedIPLookup", "TrieIPLookup"]


@pytest.mark.parametrize("table", TABLES)
def test_lookups_as_published(click, table):
    steps = [("add", "18.26/16 1.0.0.1 0", "0 1.0.0.1"),
             ("add", "18.26.0/18 2.0.0.2 1", "1 2.0.0.2"),
             ("add", "18.26.0/17 3.0.0.3 2", "1 2.0.0.2"),
             ("remove", "18.26.0/18 2.0.0.2 1", "2 3.0.0.3"),
             ("remove", "18.26.0/16 1.0.0.1 0", "2 3.0.0.3"),
             ("add", "18.26.0/12 4.0.0.4 0", "2 3.0.0.3"),
             ("remove", "18.26.0/17 3.0.0.3 2", "0 4.0.0.4"),
             ("add", "18.26.4.9/32 5.0.0.5 0", "0 5.0.0.5"),
             ("remove", "18.26.4.9/32 5.0.0.5 0", "0 4.0.0.4"),
             ("add", "18.26.0/12 6.0.0.6 0", "0 4.0.0.4"),
             ("set", "18.26.0/12 7.0.0.7 0", "0 7.0.0.7"),
             ("remove", "18.26.0/12 7.0.0.7 0", "-1")]
    script = "".join(f"write r.{what} {route}, print r.lookup 18.26.4.9, "
                     for what, route, _ in steps)
    result = click("-e", f"""i :: Idle -> r :: {table}() -> i; r[1] -> i;
        r[2] -> i; Script({script} stop)""")
    assert result.lines == [wanted for *_, wanted in steps], result
    assert "conflict with existing route '18.16.0.0/12 4.0.0.4 0'" in result.err


def test_random_routes_against_python(click, tmp_path):
    chance = random.Random(3)
    routes = {}
    while len(routes) < 300:
        net = ipaddress.ip_network((chance.getrandbits(32),
                                    chance.choice([0, 4, 8, 12, 16, 20, 24, 28,
                                                   32])), strict=False)
        routes[net] = chance.randrange(4)
    asked = [net[chance.randrange(net.num_addresses)] for net in routes] + [
        ipaddress.ip_address(chance.getrandbits(32)) for _ in range(100)]
    gone = chance.sample(list(routes), 100)
    control = "\n".join([f"add {net} {port}" for net, port in routes.items()] +
                        [f"remove {net}" for net in gone])
    for net in gone:
        del routes[net]
    (tmp_path / "in.dump").write_text("!data ip_dst ip_id\n" + "\n".join(
        f"{address} {number}" for number, address in enumerate(asked)) + "\n")
    ports = " ".join(f"r[{i}] -> Paint({i}) -> t;" for i in range(4))
    (tmp_path / "c.click").write_text(f"""
        f :: FromIPSummaryDump(in.dump, STOP true, ACTIVE false)
        -> r :: RadixIPLookup;
        t :: ToIPSummaryDump(out, FIELDS ip_id link, HEADER false); {ports}
        Script(write r.ctrl {control}, write f.active true)""")
    result = click("c.click")
    got = dict(line.split() for line in
               (tmp_path / "out").read_text().splitlines())
    for number, address in enumerate(asked):
        best = max((net for net in routes if address in net),
                   key=lambda net: net.prefixlen, default=None)
        wanted = None if best is None else str(routes[best])
        assert got.get(str(number)) == wanted, (address, result)


def test_a_group_of_changes_is_all_or_nothing(click):
    result = click("-e", """Idle -> r :: RadixIPLookup(1.0.0.0/8 0) -> Discard;
        Script(write r.ctrl add 2.0.0.0/8 0
remove 3.0.0.0/8, print r.table, stop)""")
    assert "not found" in result.err
    assert [line.split() for line in result.lines if line] == [
        ["1.0.0.0/8", "-", "0"]]


def test_static_tables_do_not_change(click):
    result = click("-e", """Idle -> r :: StaticIPLookup(1.0.0.0/8 2.2.2.2 0)
        -> Discard; Script(write r.add 2.0.0.0/8 0, print r.lookup 1.9.9.9,
        stop)""")
    assert result.lines[0] == "0 2.2.2.2" and result.err


def test_gateways_become_the_destination(graph):
    out, result = graph("""IN -> CheckIPHeader -> r :: RadixIPLookup(
        2.0.0.0/8 7.7.7.7 0) -> StoreIPAddress(dst) -> OUT""",
                        some_packets()[:1] +
                        [IP(src="1.0.0.1", dst="3.0.0.3") / UDP()],
                        "-h", "r.drops")
    assert [packet.dst for packet in out] == ["7.7.7.7"]
    assert result.out.strip() == "1" and "no route for 3.0.0.3" in result.err


# ---- Names ------------------------------------------------------------------

def test_names_of_addresses_as_published(click):
    result = click("-q", "-h", "rt.table", "-e", """AddressInfo(foo 1.2.3.4/20);
        rt::LinearIPLookup(foo 0, foo:ipnet 1, foo:bcast 2);
        Idle -> rt; rt[0,1,2] -> Discard;""")
    assert [line.split() for line in result.lines if line] == [
        ["1.2.3.4/32", "-", "0"], ["1.2.0.0/20", "-", "1"],
        ["1.2.15.255/32", "-", "2"]]


@pytest.mark.parametrize("addresses, address, network", [
    ("10.0.0.1 10.0.0.0/8", "10.0.0.1/32", "10.0.0.0/8"),
    ("10.0.0.0/8 10.0.0.1", "10.0.0.1/32", "10.0.0.0/8"),
    ("10.0.0.1/24", "10.0.0.1/32", "10.0.0.0/24"),
    ("10.0.0.0/24", "10.0.0.0/24", "10.0.0.0/24"), # no address of it
    ("10.0.0.7/32", "10.0.0.7/32", "10.0.0.7/32"),
])
def test_names_of_addresses_and_networks(click, addresses, address, network):
    """Where either is good, it is the address, if there is one."""
    result = click("-q", "-h", "a.table", "-h", "b.table", "-e", f"""
        AddressInfo(n {addresses} 1:1:1:1:1:1); Idle -> ARPResponder(n) -> Idle;
        Idle -> a::LinearIPLookup(n 0) -> Idle;
        Idle -> b::LinearIPLookup(n:ipnet 0, 9.9.9.9 n:gw 0) -> Idle""")
    gateway = "10.0.0.7" if "/32" in network else "10.0.0.1"
    assert result.err == "" and result.out.split() == [
        "a.table:", address, "-", "0",
        "b.table:", network, "-", "0", "9.9.9.9/32", gateway, "0"]


def test_names_hold_within_their_compound(click):
    result = click("-q", "-e", """AddressInfo(out 1.0.0.1);
        c :: { AddressInfo(in 2.0.0.2); Idle -> IPEncap(6, in, out) -> Discard }
        Idle -> IPEncap(6, in, out) -> Discard""")
    assert result.status == 1
    assert "SRC" in result.err and result.err.count("SRC") == 1, result


# ---- Printing ---------------------------------------------------------------

def test_ip_print_as_published(click, tmp_path):
    (tmp_path / "IN").write_text("""\
!data timestamp src dst sport dport proto ip_len ip_hl tcp_off tcp_flags
1.00002 1.0.0.1 1.0.0.2 10 20 T 1500 40 20 A
1.00003 1.0.0.2 1.0.0.3 20 30 T 1000 20 20 SA
1.00004 1.0.0.3 1.0.0.4 30 40 T 1000 20 40 SF
1.00005 1.0.0.4 1.0.0.5 40 50 T 1000 32 40 A
""")
    result = click("-e", "FromIPSummaryDump(IN, STOP true) -> IPPrint "
                   "-> Discard")
    assert result.errors == [
        "1.000020: 1.0.0.1.10 > 1.0.0.2.20: . 0:1440(1440,60,1500) ack 0 win 0",
        "1.000030: 1.0.0.2.20 > 1.0.0.3.30: S 0:961(961,40,1000) ack 0 win 0",
        "1.000040: 1.0.0.3.30 > 1.0.0.4.40: SF 0:942(942,60,1000) win 0",
        "1.000050: 1.0.0.4.40 > 1.0.0.5.50: . 0:928(928,72,1000) ack 0 win 0"]


def test_ip_print_of_fragments_and_payloads(graph):
    made = IP(src="1.0.0.1", dst="3.0.0.3", id=5) / UDP(sport=2, dport=4) / \
        Raw(b"Random bullshit in a packet, at least 64 bytes long. "
            b"Well, now it is.")
    made.time = 1
    _, result = graph("""IN -> CheckIPHeader -> IPPrint(PAYLOAD ascii)
        -> IPFragmenter(45) -> IPPrint -> IPReassembler
        -> IPPrint(x, TIMESTAMP false, TTL true, ID true, LENGTH true)
        -> Discard""", [made])
    assert result.errors == [
        "1.000000: 1.0.0.1.2 > 3.0.0.3.4: udp 77",
        "  Random b ullshit  in a pac ket, at  least 64  bytes l",
        "  ong. Wel l, now i t is.",
        "1.000000: 1.0.0.1.2 > 3.0.0.3.4: udp 77 (frag 5:24@0+)",
        "1.000000: 1.0.0.1 > 3.0.0.3: udp (frag 5:24@24+)",
        "1.000000: 1.0.0.1 > 3.0.0.3: udp (frag 5:24@48+)",
        "1.000000: 1.0.0.1 > 3.0.0.3: udp (frag 5:5@72)",
        "x: id 5 ttl 64 length 97 1.0.0.1.2 > 3.0.0.3.4: udp 77"]


# ---- Strings ----------------------------------------------------------------

def test_strings_are_found_wherever_they_are(graph):
    words = [b"she", b"he", b"hers", b"his"]
    chance = random.Random(1)
    made = [IP(src="1.0.0.1", dst="2.0.0.2", id=number) /
            Raw(bytes(chance.choice(b"shier ") for _ in range(9)))
            for number in range(300)]
    out, result = graph("""IN -> m :: StringMatcher(she, "he", hers, his)
        -> OUT; m[1] -> Discard""", made, "-h", "m.matches")
    wanted = [packet.id for packet in made
              if not any(word in packet[Raw].load for word in words)]
    assert [packet.id for packet in out] == wanted
    assert result.out.strip() == str(300 - len(wanted))


def test_search_strips_up_to_the_string(click):
    result = click("-e", """InfiniteSource(DATA "head: 1|body", LIMIT 1,
        STOP true) -> t :: Tee -> s :: Search("|") -> Print(a, CONTENTS ASCII) -> d ::
        Discard; t[1] -> Search("|", STRIP_AFTER false) -> Print(b, CONTENTS ASCII) -> d;
        t[2] -> n :: Search("||") -> d; n[1] -> Print(c, CONTENTS ASCII) -> d""")
    assert [line.replace(" ", "") for line in result.errors] == [
        "a:4|body", "b:5||body", "c:12|head:1|body"], result


def test_fragments_wait_for_another_configuration(graph, tmp_path):
    whole = IP(src="1.0.0.1", dst="2.0.0.2", id=7) / UDP(sport=1, dport=2) / \
        Raw(bytes(range(256)) * 4)
    parts = fragment(whole, 512)
    for number, part in enumerate(parts):
        part.time = 1000 + 2 * number
    (tmp_path / "second").write_text(
        "f :: FromDump(in.pcap, TIMING true, STOP true) -> MarkIPHeader"
        " -> r :: IPReassembler -> ToDump(out.pcap, ENCAP IP, SNAPLEN 0)")
    out, result = graph("""f :: FromDump(in.pcap, TIMING true)
        -> MarkIPHeader -> r :: IPReassembler -> Discard;
        DriverManager(wait 1, write hotconfig $(cat second), wait)""", parts,
        "-R", "--simtime")
    assert result.err == "" and [bytes(p) for p in out] == [
        bytes(IP(bytes(whole)))]
