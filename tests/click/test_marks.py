# SPDX-License-Identifier: BSD-2-Clause
"""Packets whose checksum is left to the next card, and large segments.

A guest's interfaces receive packets with a *blank* checksum: the field has the
sum of the pseudo header, and whoever puts the packet on a wire adds the rest.
What elements do must keep that so, or fill the checksum in, but not half of
it. Here the packet's end is a card as in Linux: it sums from the transport
header to the end of the frame (and cuts large segments); scapy says whether the
packet is right then. Which packets must still be blank is known too: a
forwarder does not compute what others do at no cost.
"""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, in4_chksum
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.l2 import Dot1Q, Ether
from scapy.utils import checksum, rdpcap

BLANK, VALID = 1, 2
MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
ENDS = {"src": "10.0.0.1", "dst": "10.0.0.2"}
TEXT = bytes(range(1, 250)) * 300


def pseudo_sum(ip, length):
    """Of the pseudo header, not inverted: what a blank field has."""
    return ~in4_chksum(ip.proto, ip, bytes(length)) & 0xffff


def packet(transport, payload=b"a payload, not short", blank=True, **ip):
    """An Ethernet frame; its transport checksum blank or right."""
    frame = Ether(**MACS) / IP(**{**ENDS, **ip}) / transport / payload
    frame = Ether(bytes(frame))
    if blank:
        frame[transport.__class__].chksum = pseudo_sum(
            frame[IP], len(bytes(frame[IP].payload)))
    return bytes(frame)


def tcp(payload=b"a payload, not short", **more):
    return packet(TCP(sport=1000, dport=80, flags="PA", seq=5), payload, **more)


def udp(payload=b"a payload, not short", **more):
    return packet(UDP(sport=1000, dport=53), payload, **more)


def card(frame, flags, gso, start=14):
    """The frames that a card makes of it; `start`: of its IP header."""
    if not flags & BLANK and not gso:
        return [frame]
    headers = start + 4 * (frame[start] & 15)
    place = headers + (16 if frame[start + 9] == 6 else 6)
    if gso:
        ip = IP(frame[start:])
        blank = pseudo_sum(ip, len(frame) - headers)
        assert ip[TCP].chksum == blank, "a large segment's field"
        return list(cut(frame, ip, gso, start))
    total = checksum(frame[headers:])
    return [frame[:place] + (total or 0xffff).to_bytes(2, "big")
            + frame[place + 2:]]


def cut(frame, ip, gso, start):
    payload = bytes(ip[TCP].payload)
    for at in range(0, len(payload), gso):
        segment = ip.copy()
        segment[TCP].remove_payload()
        segment[TCP].seq += at
        segment /= payload[at:at + gso]
        del segment.len, segment.chksum, segment[TCP].chksum
        yield frame[:start] + bytes(segment)


def checked(frame, start=14):
    """The IP packet in it, whose checksums are right, also those inside."""
    ip = IP(frame[start:])
    again = ip.copy()
    for layer in (IP, TCP, UDP, ICMP):
        if layer in again and not (layer is UDP and ip[UDP].chksum == 0):
            del again[layer].chksum
    again = IP(bytes(again))
    for layer in (IP, TCP, UDP, ICMP):
        if layer in ip:
            assert ip[layer].chksum == again[layer].chksum, (layer, ip.show2(
                dump=True))
    return ip


REWRITERS = {
    "IPRewriter": "IPRewriter(pattern 1.0.0.9 2000-3000 - - 0 1)",
    "TCPRewriter": "TCPRewriter(pattern 1.0.0.9 2000-3000 7.7.7.7 9 0 1)",
    "UDPRewriter": "UDPRewriter(pattern 1.0.0.9 2000-3000 7.7.7.7 9 0 1)",
    "IPAddrRewriter": "IPAddrRewriter(pattern 1.0.0.9 - 0 1)",
    "IPAddrPairRewriter": "IPAddrPairRewriter(pattern 1.0.0.9 4.4.4.4 0 1)",
}


# Packets of each kind: blank, filled in, large.
KINDS = {
    "tcp": (tcp(), BLANK, 0),
    "udp": (udp(), BLANK, 0),
    "filled tcp": (tcp(blank=False), 0, 0),
    "filled udp": (udp(blank=False), VALID, 0),
    "large": (tcp(TEXT[:5000]), BLANK, 1400),
}


def payload_of(frame, start=14):
    return bytes(IP(frame[start:]).payload.payload)


def same(sent, got):
    """`got` has the marks of `sent`, and when it has been on the wire the
    payload, in packets that are right: these."""
    assert got[1:] == sent[1:]
    seen = [checked(frame) for frame in card(*got)]
    assert b"".join(bytes(ip.payload.payload) for ip in seen) == \
        payload_of(sent[0])
    return seen


@pytest.mark.parametrize("name", REWRITERS)
@pytest.mark.parametrize("kind", KINDS)
def test_rewriters(marked, name, kind):
    """There and back: neither computed nor broken."""
    sent = KINDS[kind]
    layer = UDP if "udp" in kind else TCP
    if name == ("TCPRewriter" if layer is UDP else "UDPRewriter"):
        return  # not for it
    config = (f"r :: {REWRITERS[name][:-1]}, drop); in -> Strip(14) -> CheckIPHeader"
              " -> way :: IPClassifier(src host 10.0.0.1, -); way[0] -> [0]r;"
              " way[1] -> [1]r; e :: EtherEncap(0x0800, 2:0:0:0:0:3,"
              " 2:0:0:0:0:4) -> out; r[0] -> e; r[1] -> e")
    there, = marked(config, sent)
    seen = same(sent, there)
    assert {ip.src for ip in seen} == {"1.0.0.9"}
    answer = packet(layer(sport=seen[0].dport, dport=seen[0].sport),
                    payload_of(sent[0]), blank=bool(sent[1] & BLANK),
                    src=seen[0].dst, dst=seen[0].src), *sent[1:]
    _, back = marked(config, sent, answer)
    for home in same(answer, back):
        assert (home.src, home.dst) == ("10.0.0.2", "10.0.0.1")
        assert (home.sport, home.dport) == (IP(sent[0][14:]).dport, 1000)


BEHIND = "in -> Strip(14) -> MarkIPHeader -> {} -> Unstrip(14) -> out"


@pytest.mark.parametrize("stages", [
    "Null", "CheckIPHeader", "DecIPTTL", "SetIPDSCP(3)", "SetIPECN(1)",
    "MarkIPCE(true)", "IPMirror", "StoreIPAddress(9.9.9.9, src)",
    "StoreIPAddress(9.9.9.9, dst)", "IPGWOptions(1.1.1.1)",
    "Queue -> Unqueue", "Align(4, 2)", "StringMatcher(zzz)", "FlowMonitor",
    "IPFilter(allow all)", "IPFragmenter(1500)", "Tee", "IPReassembler",
    "IPPrint(ACTIVE false)", "CheckLength(9000)", "ToDump(/dev/null)", "Pad(60)",
    "Strip(14) -> Unstrip(14)",
    "{ input -> c :: IPClassifier(tcp, udp); c[0] -> CheckTCPHeader -> output;"
    " c[1] -> CheckUDPHeader -> output }",
])
def test_forwarders(marked, stages):
    """What does not need the checksum does not touch it, either."""
    got = marked(BEHIND.format(stages), *KINDS.values())
    assert len(got) == len(KINDS)
    for sent, each in zip(KINDS.values(), got):
        if stages == "Pad(60)" and not each[2]:
            assert len(each[0]) == 74
            each = (each[0][:len(sent[0])], *each[1:])
        same(sent, each)


def checksum_of(frame):
    ip = IP(frame[14:])
    at = 14 + 20 + (16 if ip.proto == 6 else 6)
    return frame[at:at + 2]


@pytest.mark.parametrize("stages", [
    "StoreData(40, \\<0102>)", "StoreData(2, \\<0025>)", "Truncate(42)",
    "Resize(0, -1)", "StoreTimestamp(OFFSET 40)",
    "StripIPHeader -> UnstripIPHeader", "Strip(20) -> Unstrip(20)",
    "Resize(-20) -> Unstrip(20)",
    "Search(\\<0a000002>) -> Unstrip(20)",
])
def test_what_changes_a_packet_settles_it_first(marked, stages):
    """What was received had a checksum, whatever becomes of it; and nobody
    vouches for that any longer."""
    kinds = [kind for kind in KINDS.values() if not kind[2]]
    got = marked(BEHIND.format(stages), *kinds)
    assert len(got) == len(kinds)
    for sent, each in zip(kinds, got):
        assert each[1:] == (0, 0)
        assert checksum_of(each[0]) == checksum_of(card(*sent)[0])


def test_large_segments_count_as_what_they_become(marked, tmp_path):
    marked("in -> MarkIPHeader(14) -> m :: FlowMonitor -> Counter(COUNT_CALL 2"
           " s.run) -> out; s :: Script(TYPE PASSIVE, save m.packets packets,"
           " save m.bytes bytes)", (tcp(TEXT[:5600]), BLANK, 1400), KINDS["udp"])
    assert (tmp_path / "packets").read_text().strip() == "5"
    assert (tmp_path / "bytes").read_text().strip() == str(
        5600 + 4 * 40 + len(KINDS["udp"][0]) - 14)


def shorter(kind, total=10):
    """Its IP header says that it ends within itself."""
    frame, flags, gso = kind
    return frame[:16] + total.to_bytes(2, "big") + frame[18:], flags, gso


@pytest.mark.parametrize("stages", [
    "Truncate(60)", "StoreData(40, x)", "IPEncap(4, 1.1.1.1, 2.2.2.2)",
    "ToDump(/dev/null)", "SetTCPChecksum"])
@pytest.mark.parametrize("total", [0, 19, 20, 65535])
def test_lengths_that_lie(marked, stages, total):
    """Nothing reads what is not there."""
    marked(BEHIND.format(stages), shorter(KINDS["tcp"], total), said=None)


@pytest.mark.parametrize("stages", [
    "DNSFilter(a.test)", "DNSDeny", "ICMPRewriter(r)", "[0] r", "[0] t",
    "[0] ICMPPingRewriter(pattern 1.0.0.9 - - 0 0)", "FlowMonitor",
    "IPFragmenter(60)", "IPReassembler", "CheckUDPHeader", "CheckTCPHeader",
    "CheckICMPHeader", "SetUDPChecksum", "SetTCPChecksum", "IPMirror",
    "ICMPPingResponder", "IPPrint(OUTFILE /dev/null)",
    "AggregateIPFlows", "ToIPSummaryDump(/dev/null, FIELDS ip_src sport len)",
    "IPFilter(allow all)", "ICMPError(9.9.9.9, timeexceeded)",
    "UnstripIPHeader", "CheckIPHeader", "DecIPTTL", "MarkIPCE(true)"])
def test_headers_that_were_stripped(marked, stages):
    """They are marked still, in front of what the packet has."""
    query = Ether(**MACS) / IP(**ENDS) / UDP(dport=53) / DNS(qd=DNSQR(
        qname="a.test"))
    ping = Ether(**MACS) / IP(**ENDS) / ICMP()
    error = Ether(**MACS) / IP(**ENDS) / ICMP(type=3) / IP(**ENDS) / UDP()
    sent = [(bytes(frame), 0, 0) for frame in (query, ping, error)]
    end = "" if "ToIP" in stages else " -> out"
    for count in (28, 42, 50):
        marked(
            "IPRewriterPatterns(p 1.0.0.9 - - -); Idle -> r :: IPAddrRewriter("
            "pattern 1.0.0.7-1.0.0.9 - 0 0) -> out; Idle -> t :: IPRewriter("
            f"pattern 1.0.0.9 - - - 0 0) -> out; in -> MarkIPHeader(14) ->"
            f" Strip({count}) -> {stages}{end}", *sent, *KINDS.values(),
            said=None)


def test_set_checksums(marked):
    got = marked(BEHIND.format(
        "{ input -> c :: IPClassifier(tcp, udp); c[0] -> SetTCPChecksum ->"
        " output; c[1] -> SetUDPChecksum -> output }"), *KINDS.values())
    assert [each[2] for each in got] == [0, 0, 0, 0, 1400]
    for sent, each in zip(KINDS.values(), got):
        if not each[2]:
            assert not each[1] & BLANK
        for frame in card(*each):
            checked(frame)


@pytest.mark.parametrize("stages, start", [
    ("IPEncap(4, 1.1.1.1, 2.2.2.2)", 34),
    ("UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6, CHECKSUM true)", 42),
    ("UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6)", 42),
])
def test_what_is_in_a_tunnel_is_whole(marked, stages, start):
    """The card knows of the outer header only."""
    kinds = [kind for kind in KINDS.values() if not kind[2]]
    got = marked(BEHIND.format(stages), *kinds)
    assert len(got) == len(kinds)
    for sent, each in zip(kinds, got):
        frame, = card(*each)
        checked(frame)
        assert bytes(checked(frame, start).payload.payload) == \
            payload_of(sent[0])


@pytest.mark.parametrize("stages", [
    "in -> VLANEncap(5) -> out",
    "in -> Strip(14) -> MarkIPHeader -> EtherVLANEncap(0x0800, 2:0:0:0:0:1,"
    " 2:0:0:0:0:2, 5) -> out"])
def test_tagged_packets(marked, stages):
    """Linux does not complete packets behind a tag."""
    kinds = [kind for kind in KINDS.values() if not kind[2]]
    got = marked(stages, *kinds)
    assert len(got) == len(kinds)
    for sent, each in zip(kinds, got):
        assert each[1] & BLANK == 0
        assert Ether(each[0])[Dot1Q].vlan == 5
        assert bytes(checked(each[0], 18).payload.payload) == \
            payload_of(sent[0])


def test_out_of_a_tunnel(marked):
    """The outer checksum was left out; it goes with the outer header."""
    inner = IP(**ENDS) / TCP(sport=9, dport=80) / b"inside"
    sent = packet(UDP(sport=5, dport=6), bytes(inner)), BLANK | VALID, 0
    got = marked("in -> Strip(14) -> CheckIPHeader -> StripIPHeader -> Strip(8)"
                 " -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> out", sent)
    assert got == [(got[0][0], 0, 0)]
    assert bytes(checked(got[0][0])) == bytes(inner)


def test_fragments(marked):
    """A blank checksum is filled in before a packet is cut in pieces; a large
    segment fits if its segments do."""
    big = udp(TEXT[:3000]), BLANK, 0
    got = marked(BEHIND.format("IPFragmenter(1500)"), big)
    assert len(got) == 3 and all(each[1:] == (0, 0) for each in got)
    whole, = marked(BEHIND.format("IPFragmenter(1500) -> IPReassembler"), big)
    assert whole[1:] == (0, 0)
    assert checked(whole[0])[UDP].chksum
    assert payload_of(whole[0]) == TEXT[:3000]
    large = KINDS["large"]
    assert marked(BEHIND.format("IPFragmenter(1440)"), large) == [large]


def test_dumps_have_checksums(marked, tmp_path):
    kinds = [kind for kind in KINDS.values() if not kind[2]]
    marked("in -> ToDump(seen.pcap, SNAPLEN 0) -> out", *kinds)
    frames = [bytes(frame) for frame in rdpcap(str(tmp_path / "seen.pcap"))]
    assert len(frames) == len(kinds)
    for sent, frame in zip(kinds, frames):
        checked(frame)
        assert payload_of(frame) == payload_of(sent[0])


def test_errors_about_blank_packets(marked):
    """What an ICMP error quotes is as it would have been on the wire."""
    for kind in ("tcp", "udp"):
        frame, flags, gso = KINDS[kind]
        error, = marked(BEHIND.format(
            "ICMPError(1.1.1.1, unreachable, net) -> Queue -> Unqueue"),
            (frame, flags, gso))
        assert error[1] & BLANK == 0
        quoted = bytes(checked(error[0])[ICMP].payload)
        assert quoted[20:] == card(frame, flags, gso)[0][34:][:len(quoted) - 20]


def test_refused_names(marked):
    """A DNS answer made of a blank question has its own checksum."""
    question = bytes(DNS(rd=1, qd=DNSQR(qname="a.ads.test")))
    sent = packet(UDP(sport=1000, dport=53), question), BLANK, 0
    answer, = marked("in -> CheckIPHeader(OFFSET 14) -> f :: DNSFilter(ads.test)"
                     " -> Discard; f[1] -> DNSDeny -> out", sent)
    frame, = card(*answer)
    assert checked(frame)[DNS].rcode == 3
