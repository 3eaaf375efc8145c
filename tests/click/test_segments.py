# SPDX-License-Identifier: BSD-2-Clause
"""Large TCP segments, cut by the graph where it must be: before they go into
another packet, into a file, or into an element to which the ends of packets
matter.

What comes out is compared with what scapy makes of the same segment: packets
of the size that the sender wished, each right by itself, whose payloads are
the sender's stream.
"""

import itertools

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP, \
    IPOption_Router_Alert
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.utils import rdpcap

BLANK, VALID = 1, 2
MACS = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
V4 = {"src": "10.0.0.1", "dst": "10.0.0.2"}
V6 = {"src": "fd00::1", "dst": "fd00::2"}
TEXT = bytes(range(1, 250)) * 300


def large(size, gso, ip=IP(**V4), tag=None, **tcp):
    """A frame, as `marked` takes it. Its checksum field is left 0: who cuts
    does not need it."""
    tcp = {"sport": 1000, "dport": 80, "flags": "PA", "seq": 7, **tcp}
    frame = Ether(**MACS)
    if tag is not None:
        frame /= Dot1Q(vlan=tag)
    frame = Ether(bytes(frame / ip / TCP(**tcp, chksum=0) / TEXT[:size]))
    return bytes(frame), BLANK | VALID, gso


def packets_of(frame, gso):
    """The frames that a card makes of one (scapy does the sums)."""
    whole = Ether(frame)
    payload = bytes(whole[TCP].payload)
    starts = range(0, len(payload), gso)
    for number, at in enumerate(starts):
        one = whole.copy()
        tcp = one[TCP]
        tcp.remove_payload()
        tcp.seq = (tcp.seq + at) % 2 ** 32
        flags = set(str(tcp.flags))
        if at != starts[0]:
            flags -= {"C"}
        if at != starts[-1]:
            flags -= {"F", "P"}
        tcp.flags = "".join(flags)
        del tcp.chksum
        if IP in one:
            one[IP].id = (one[IP].id + number) % 65536
            del one[IP].len, one[IP].chksum
        else:
            del one[IPv6].plen
        yield bytes(one / payload[at:at + gso])


OPTIONS = [("MSS", 1460), ("NOP", None), ("WScale", 7), ("Timestamp", (1, 2)),
           ("NOP", None), ("NOP", None)]
SEGMENTS = {
    "plain": large(5000, 1448),
    "largest": large(65535 - 40, 1460),
    "exact": large(4000, 1000),
    "one byte more": large(4001, 1000),
    "bytes": large(300, 1),
    "odd": large(3000, 333),
    "fits": large(900, 1448),
    "all flags": large(5000, 1448, flags="FSRPAUEC"),
    "numbers wrap": large(9000, 1000, IP(**V4, id=65533, flags="DF"),
                          seq=2 ** 32 - 2500),
    "tcp options": large(5000, 1400, options=OPTIONS),
    "ip options": large(5000, 1400, IP(
        **V4, options=[IPOption_Router_Alert(), IPOption_NOP()])),
    "ecn": large(5000, 1400, IP(**V4, tos=0x41)),
    "more than a page": large(30000, 9000),
    "v6": large(5000, 1428, IPv6(**V6)),
    "v6 largest": large(65535 - 60, 1440, IPv6(**V6)),
    "v6 behind options": large(5000, 1400, IPv6(**V6) / IPv6ExtHdrDestOpt()),
}

ETHERNET = "in -> e :: UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6)"
OUT = "EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> out"
MARK = "MarkIPHeader(14)"


def checked(frame):
    """The frame's IP packet, if its checksums are what scapy says."""
    ip = Ether(frame)[IP]
    again = ip.copy()
    for layer in (IP, UDP, ICMP):
        if layer in again:
            del again[layer].chksum
    again = IP(bytes(again))
    for layer in (IP, UDP, ICMP):
        if layer in ip:
            assert ip[layer].chksum == again[layer].chksum
    return ip


def inside(got, protocol):
    """What is in the tunnel's packets, of which each is whole."""
    for frame, flags, gso in got:
        assert (flags & BLANK, gso) == (0, 0)
        ip = checked(frame)
        assert ip.proto == protocol
        yield bytes(ip[UDP].payload if protocol == 17 else ip.payload)


@pytest.mark.parametrize("name", SEGMENTS)
def test_frames_in_udp(marked, name):
    """A tunnel for Ethernet."""
    frame, _, gso = SEGMENTS[name]
    got = marked(f"{ETHERNET} -> {OUT}", SEGMENTS[name])
    assert list(inside(got, 17)) == list(packets_of(frame, gso))


@pytest.mark.parametrize("name", SEGMENTS)
@pytest.mark.parametrize("way", ["Strip(14)", f"{MARK} -> Strip(14)",
                                 "Strip(14) -> CheckIPHeader"])
def test_packets_in_ip(marked, way, name):
    """A tunnel for IP, whether elements know of the header or not."""
    frame, _, gso = SEGMENTS[name]
    if "v6" in name and "IPHeader" in way:
        return  # Click's are IPv4's
    got = marked(f"in -> {way} -> IPEncap(4, 1.1.1.1, 2.2.2.2) -> {OUT}",
                 SEGMENTS[name])
    assert list(inside(got, 4)) == [each[14:]
                                    for each in packets_of(frame, gso)]


def test_other_tunnels(marked):
    segment = SEGMENTS["plain"]
    cut = [each[14:] for each in packets_of(segment[0], segment[2])]
    got = marked(f"in -> Strip(14) -> ICMPPingEncap(1.1.1.1, 2.2.2.2) -> {OUT}",
                 segment)
    answers = [checked(each[0]) for each in got]
    assert [bytes(ip[ICMP].payload) for ip in answers] == cut
    assert [ip[ICMP].seq for ip in answers] == [0, 1, 2, 3]
    # Behind a VLAN tag, and something of our own in front.
    segment = large(5000, 1448, tag=7)
    got = marked(f"in -> Unstrip(8) -> StoreData(0, \\<0800000000000700>) -> "
                 f"UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 4789) -> {OUT}", segment)
    assert [each[8:] for each in inside(got, 17)] == \
        list(packets_of(segment[0], segment[2]))


def test_through_a_tunnel(marked):
    """In at one end, out at the other: packets as a card sends them."""
    segment = SEGMENTS["numbers wrap"]
    got = marked(f"{ETHERNET} -> CheckIPHeader -> StripIPHeader -> Strip(8) ->"
                 " out", segment)
    assert [each[0] for each in got] == \
        list(packets_of(segment[0], segment[2]))


@pytest.mark.parametrize("end", [
    "Unqueue", "Unqueue(BURST 3)", "RatedUnqueue(1000000000)",
    "TimedUnqueue(0.001, 7)", "DelayUnqueue(0.001)",
    "Shaper(1000000000) -> Unqueue", "DelayShaper(0.001) -> Unqueue",
    "LinkUnqueue(0.001, 1GBps)",
])
def test_pulled(marked, end):
    """Those who pull get one packet at a time, and all of them, although the
    queue above is empty after the first."""
    first, second = SEGMENTS["plain"], SEGMENTS["odd"]
    got = marked(f"in -> Queue -> UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6) -> {end}"
                 f" -> {OUT}", first, second)
    assert list(inside(got, 17)) == [
        *packets_of(first[0], first[2]), *packets_of(second[0], second[2])]


def test_nobody_sleeps_on_a_rest(marked):
    """A shaper says no while there is still a rest, and the queue is empty."""
    segment = SEGMENTS["plain"]
    got = marked("in -> Queue -> UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6) ->"
                 f" Shaper(1000, BURST_SIZE 1) -> Unqueue -> {OUT}", segment)
    assert list(inside(got, 17)) == list(packets_of(segment[0], segment[2]))


def test_fragments(marked):
    """Packets that are too long are cut, then fragmented."""
    segment = large(5000, 1448)
    config = "in -> Strip(14) -> CheckIPHeader -> f :: IPFragmenter({}) -> {}"
    got = marked(config.format(1000, OUT), segment)
    cut = [IP(each[14:]) for each in packets_of(segment[0], segment[2])]
    seen = [checked(each[0]) for each in got]
    assert [ip.id for ip in seen] == \
        list(itertools.chain(*([ip.id] * (2 if len(ip) > 1000 else 1)
                               for ip in cut)))
    whole = marked(config.format(1000, f"IPReassembler -> {OUT}"), segment)
    assert [bytes(checked(each[0])) for each in whole] == \
        [bytes(ip) for ip in cut]
    # None is too long: it goes on as it is.
    same, = marked(config.format(1488, "Unstrip(14) -> out"), segment)
    assert same == segment
    # One error for all of it, about the first packet.
    segment = large(5000, 1448, IP(**V4, flags="DF"))
    error, = marked(config.format(1000, OUT)
                    + "; f[1] -> ICMPError(3.3.3.3, unreachable, needfrag) ->"
                    " EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> out",
                    segment, said="f: DF requires fragmentation\n")
    first = next(packets_of(segment[0], segment[2]))[14:]
    quoted = bytes(checked(error[0])[ICMP].payload)
    assert quoted and quoted == first[:len(quoted)]


def test_dumps(marked, tmp_path):
    segments = list(SEGMENTS.values())
    got = marked("in -> d :: ToDump(seen.pcap, SNAPLEN 0) -> out", *segments)
    assert got == segments
    seen = [bytes(each) for each in rdpcap(str(tmp_path / "seen.pcap"))]
    assert seen == [each for frame, _, gso in segments
                    for each in packets_of(frame, gso)]


@pytest.mark.parametrize("stage, change", [
    ("Truncate(60)", lambda each: each[:60]),
    ("Resize(0, -3)", lambda each: each[:-3]),
    ("Resize(0, 2)", lambda each: each + b"\0\0"),
    ("Resize(-54)", lambda each: each[54:]),
    ("Search(\\<0a000002>)", lambda each: each[34:]),
    ("StoreData(60, \\<ffff>)", lambda each: each[:60] + b"\xff\xff" + each[62:]),
    ("SetTimestamp(5) -> StoreTimestamp(OFFSET 60)",
     lambda each: each[:60] + (5).to_bytes(4, "big")
     + bytes(4) + each[68:]),
])
def test_changes_are_of_packets(marked, stage, change):
    """As if a card had made packets of it before they came."""
    segment = SEGMENTS["exact"]
    got = marked(f"in -> {stage} -> out", segment)
    assert [each[0] for each in got] == \
        [change(each) for each in packets_of(segment[0], segment[2])]
    assert not any(flags & BLANK or gso for _, flags, gso in got)


def test_lengths_are_of_packets(marked):
    """What no packet of it is too long for, passes as it is."""
    segment = SEGMENTS["tcp options"]
    longest = max(len(each) for each in packets_of(segment[0], segment[2]))
    config = "in -> l :: CheckLength({}) -> out; l[1] -> Truncate(14) -> out"
    assert marked(config.format(longest), segment) == [segment]
    got = marked(config.format(longest - 1), segment)
    assert {len(each[0]) for each in got} == {14}
    # Nor is one cut that only gets other addresses.
    got, = marked("in -> StoreData(0, \\<060000000009>) -> out", segment)
    assert got == (b"\6\0\0\0\0\x09" + segment[0][6:], *segment[1:])


def spoilt(segment, at, *data):
    frame = bytearray(segment[0])
    frame[at:at + len(data)] = data
    return bytes(frame), *segment[1:]


PLAIN, SIX = SEGMENTS["plain"], SEGMENTS["v6"]
BAD = {
    "udp": (bytes(Ether(**MACS) / IP(**V4) / UDP() / TEXT[:3000]), BLANK, 1000),
    "arp": (bytes(Ether(**MACS) / ARP()), BLANK, 1000),
    "no packet": (PLAIN[0][:14], BLANK, 1000),
    "nothing of tcp": (PLAIN[0][:34], BLANK, 1000),
    "half a header": (PLAIN[0][:50], BLANK, 1000),
    "longer than it is": (PLAIN[0][:-1], BLANK, 1000),
    "fragment": spoilt(PLAIN, 20, 0x20, 0),
    "later fragment": spoilt(PLAIN, 20, 0, 9),
    "ip header too short": spoilt(PLAIN, 14, 0x44),
    "ip header too long": spoilt(PLAIN, 14, 0x4f),
    "tcp header too short": spoilt(PLAIN, 46, 0x40),
    "version 5": spoilt(PLAIN, 14, 0x55),
    "version 6": spoilt(PLAIN, 14, 0x65),
    "v6 with hops to nowhere": spoilt(SIX, 20, 0),
    "v6 that is 4": spoilt(SIX, 14, 0x45),
    "total of nothing": spoilt(PLAIN, 16, 0, 0),
    "total of headers": spoilt(PLAIN, 16, 0, 39),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_segments(marked, name):
    """What is not what it says to be is dropped, and counted; what comes after
    it passes."""
    good = SEGMENTS["plain"]
    config = (f"{ETHERNET} -> {OUT}; s :: Script(TYPE PASSIVE,"
              " return $(e.drops))")
    got = marked(config, BAD[name], good,
                 said="e: dropping a packet that does not fit into another\n")
    assert list(inside(got, 17)) == list(packets_of(good[0], good[2]))
    for stage in ("Strip(14) -> IPFragmenter(1000)", "Truncate(60)",
                  "ToDump(/dev/null)", "CheckLength(1000)", "Strip(14) ->"
                  " CheckIPHeader(VERBOSE false) -> IPFragmenter(1000)"):
        marked(f"in -> {stage} -> out", BAD[name], said=None)
