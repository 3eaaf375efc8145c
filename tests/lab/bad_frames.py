# SPDX-License-Identifier: BSD-2-Clause
"""Frames that no honest machine sends, for tests/lab/test_bad_frames.py.

Each generator takes the guest's card and yields frames to it. Where a checksum
is not itself what is wrong, it is right, so that the frame gets as far as it
can. All chance comes from one seed.
"""

import random
import struct

from scapy.layers.inet import (ICMP, IP, TCP, UDP, ICMPerror, IPerror, UDPerror,
                               fragment)
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6MLQuery, ICMPv6ND_NA,
                                ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect,
                                ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr,
                                ICMPv6NDOptUnknown, ICMPv6PacketTooBig, IPv6,
                                IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

import wire as cable

GUEST = "10.0.2.15"
OPEN, CLOSED = 80, 81
ALL = "ff:ff:ff:ff:ff:ff"


def link_local(mac):
    """The address that a machine makes itself of its card's."""
    a = [int(part, 16) for part in mac.split(":")]
    return (f"fe80::{a[0] ^ 2:02x}{a[1]:02x}:{a[2]:02x}ff:"
            f"fe{a[3]:02x}:{a[4]:02x}{a[5]:02x}")


def ip(mac, payload, **fields):
    return (Ether(src=cable.MAC, dst=mac)
            / IP(**{"src": cable.ADDRESS, "dst": GUEST, **fields}) / payload)


def ip6(mac, payload, **fields):
    return (Ether(src=cable.MAC, dst=mac)
            / IPv6(**{"src": link_local(cable.MAC), "dst": link_local(mac),
                      **fields}) / payload)


def good(mac):
    """One of each kind, with nothing wrong."""
    return [
        Ether(src=cable.MAC, dst=mac) / ARP(psrc=cable.ADDRESS, pdst=GUEST,
                                            hwsrc=cable.MAC),
        ip(mac, ICMP(id=1, seq=1) / bytes(40)),
        ip(mac, UDP(sport=9, dport=CLOSED) / bytes(40)),
        ip(mac, TCP(sport=4000, dport=OPEN, flags="S",
                    options=[("MSS", 1460), ("SAckOK", b""), ("WScale", 7)])),
        ip6(mac, ICMPv6EchoRequest(data=bytes(40))),
        ip6(mac, ICMPv6ND_NS(tgt=link_local(mac))
            / ICMPv6NDOptSrcLLAddr(lladdr=cable.MAC), hlim=255),
        ip6(mac, TCP(sport=4000, dport=OPEN, flags="S")),
    ]


def truncated(mac):
    for frame in map(bytes, good(mac)):
        for length in range(14, len(frame)):
            yield frame[:length]


def ethernet(mac):
    head = bytes.fromhex((mac + cable.MAC).replace(":", ""))
    for kind in (0, 3, 46, 1500, 0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8847,
                 0xffff):
        for length in (0, 1, 46, 1500):
            yield head + struct.pack("!H", kind) + b"\xff" * length
    yield head + b"\x81\x00" * 300
    yield b"\xff" * 60
    yield b"\x01\x00\x5e\x00\x00\x01" + head[6:] + b"\x08\x00" + b"\x45" * 50


def ip_headers(mac):
    for field in ({"version": 5}, {"version": 0}, {"ttl": 0}, {"chksum": 1},
                  {"src": GUEST}, {"src": "255.255.255.255"},
                  {"src": "224.0.0.1"}, {"src": "0.0.0.0"},
                  {"src": "127.0.0.1"}, {"dst": "127.0.0.1"},
                  {"dst": "10.0.2.255"}, {"dst": "255.255.255.255"},
                  {"dst": "224.0.0.1"}, {"flags": 4}, {"flags": 7}):
        for inner in (ICMP() / b"x", UDP(dport=OPEN), TCP(dport=OPEN)):
            yield ip(mac, inner, **field)
    for size in range(16):
        yield ip(mac, TCP(dport=OPEN), ihl=size)
    for length in (0, 1, 19, 20, 27, 28, 100, 1500, 65535):
        yield ip(mac, UDP(dport=OPEN) / bytes(20), len=length)
    for protocol in range(256):
        yield ip(mac, Raw(bytes(range(64))), proto=protocol)
    for option in (b"\x83", b"\x83\x00", b"\x83\xff\x04", b"\x07\x03\x01",
                   b"\x07\x27\x04" + bytes(36), b"\x44\x04\x00\x00",
                   b"\x01" * 40, b"\x00" * 3 + b"\xff"):
        yield ip(mac, UDP(dport=OPEN), options=[option])


def tcp(mac):
    for flags in range(256):
        yield ip(mac, TCP(sport=4001, dport=OPEN, flags=flags) / b"x")
    for offset in range(16):
        yield ip(mac, TCP(sport=4002, dport=OPEN, flags="S", dataofs=offset))
    for options in (b"\x02", b"\x02\x00", b"\x02\x03\x05", b"\x02\xff\x05\xb4",
                    b"\x02\x04\x00\x00", b"\x02\x04\xff\xff", b"\x03\x03\xff",
                    b"\x05\xff", b"\x05\x0a" + b"\xff" * 8, b"\x08\x0a",
                    b"\xfe\x00", b"\xfe\x01", b"\x01" * 40):
        raw = TCP(sport=4003, dport=OPEN, flags="S",
                  dataofs=5 + (len(options) + 3) // 4)
        yield ip(mac, raw / options.ljust((len(options) + 3) // 4 * 4, b"\1"))
    # To itself, from itself.
    yield ip(mac, TCP(sport=OPEN, dport=OPEN, flags="S"), src=GUEST)
    yield ip(mac, TCP(sport=0, dport=OPEN, flags="S"))
    yield ip(mac, TCP(sport=4004, dport=OPEN, flags="S", chksum=1))
    yield ip(mac, TCP(sport=4005, dport=OPEN, flags="SU", urgptr=0xffff))
    yield ip(mac, TCP(sport=4006, dport=OPEN, flags="S"), dst="10.0.2.255")


def udp(mac):
    for length in (*range(10), 28, 29, 1480, 65535):
        yield ip(mac, UDP(sport=9, dport=OPEN, len=length) / bytes(20))
    for port in (0, 7, 53, 67, 68, 546, 65535):
        for size in (0, 1, 11, 12, 240, 1400):
            yield ip(mac, UDP(sport=port, dport=port) / (b"\xff" * size))
    yield ip(mac, UDP(sport=9, dport=OPEN, chksum=1) / b"x")
    yield ip(mac, UDP(sport=9, dport=OPEN, chksum=0) / b"x")


def icmp(mac):
    inner = IPerror(src=GUEST, dst=cable.ADDRESS) / UDPerror(dport=9)
    for kind in range(256):
        yield ip(mac, ICMP(type=kind, code=kind & 7) / bytes(range(48)))
    for code in range(16):
        yield ip(mac, ICMP(type=3, code=code, nexthopmtu=1) / inner)
        yield ip(mac, ICMP(type=5, code=code, gw="10.0.2.66") / inner)
    for length in range(28):
        yield ip(mac, Raw(bytes(ICMP(type=3) / inner)[:length]), proto=1)
    yield ip(mac, ICMP() / bytes(1400), dst="10.0.2.255")
    yield ip(mac, ICMP(chksum=1) / b"x")


def fragments(mac):
    datagram = bytes(UDP(sport=9, dport=OPEN, len=1208) / bytes(1200))

    def part(start, stop, more, number):
        return ip(mac, Raw(datagram[start:stop]), proto=17, id=number,
                  frag=start // 8, flags=more)

    # One inside another, each over the next, the last one first, twice.
    for number, cuts in enumerate((
            ((0, 1000, 1), (200, 400, 0)), ((0, 504, 1), (496, 1208, 0)),
            ((1000, 1208, 0), (0, 1000, 1)), ((0, 1000, 1),) * 3,
            ((8, 1008, 1), (0, 1000, 1), (1000, 1208, 0)),
            ((0, 1000, 0), (1000, 1208, 0)), ((0, 1000, 1), (1000, 1000, 0)))):
        for cut in cuts:
            yield part(*cut, number + 100)
    # Beyond 64 KiB.
    for number in range(20):
        yield ip(mac, Raw(bytes(1480)), proto=1, id=200 + number, frag=0x1fff,
                 flags=number & 1)
    for length in range(10):  # not a multiple of 8
        yield ip(mac, Raw(bytes(length)), proto=17, id=300, flags=1)
    for frame in fragment(ip(mac, ICMP() / bytes(30000)), 1480)[:-1]:
        yield frame


def ip6_headers(mac):
    inner = ICMPv6EchoRequest(data=b"x")
    chain = IPv6ExtHdrDestOpt()
    for _ in range(60):
        chain = IPv6ExtHdrDestOpt() / chain
    yield ip6(mac, chain / inner)
    yield ip6(mac, IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=1 << 30)])
              / inner, plen=0)
    yield ip6(mac, IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / inner)
    for left in (0, 1, 23, 255):
        yield ip6(mac, IPv6ExtHdrRouting(addresses=["::1"] * 2, segleft=left)
                  / inner)
    for number in range(256):
        yield ip6(mac, Raw(bytes(range(64))), nh=number)
        yield ip6(mac, Raw(bytes([number, number]) + bytes(range(62))), nh=0)
        yield ip6(mac, Raw(bytes([58, 255]) + bytes([number]) * 62), nh=60)
    for length in (0, 1, 7, 8, 9, 39, 1400):
        yield ip6(mac, IPv6ExtHdrDestOpt() / inner, plen=length)
    for offset, more, size in ((0, 1, 0), (0, 1, 7), (0, 0, 8), (1, 1, 8),
                               (0x1fff, 0, 100), (0, 1, 64), (4, 1, 64),
                               (2, 0, 8)):
        for kind in (17, 44, 58, 59):
            yield ip6(mac, IPv6ExtHdrFragment(nh=kind, offset=offset, m=more,
                                              id=4) / bytes(size))
    yield ip6(mac, IPv6ExtHdrFragment(nh=44) / IPv6ExtHdrFragment(nh=44)
              / bytes(20))
    for source in ("::", "::1", "ff02::1", link_local(mac), "::ffff:10.0.2.1"):
        yield ip6(mac, inner, src=source)


def neighbours(mac):
    us = link_local(mac)
    target = {"hlim": 255}
    for message in (ICMPv6ND_NS(tgt=us), ICMPv6ND_NA(tgt=us, O=1),
                    ICMPv6ND_NA(tgt="ff02::1"), ICMPv6ND_RA(),
                    ICMPv6ND_RA(chlim=0, retranstimer=1, reachabletime=1),
                    ICMPv6ND_Redirect(tgt="::", dst="ff02::1"),
                    ICMPv6PacketTooBig(mtu=0) / IPv6(src=us) / UDP(),
                    ICMPv6PacketTooBig(mtu=0xffffffff) / b"x",
                    ICMPv6MLQuery(mladdr="::1")):
        for option in (b"", b"\x01", b"\x01\x00", b"\x01\x00" + bytes(6),
                       b"\x01\xff" + bytes(6), b"\x05\x01" + b"\xff" * 6,
                       b"\x03\x01" + bytes(6), b"\x18\x01" + b"\xff" * 6,
                       b"\x19\x01" + bytes(6), b"\x19\x04" + b"\xff" * 30):
            yield ip6(mac, message / Raw(option), **target)
        whole = bytes(message)
        for length in range(4, len(whole)):
            yield ip6(mac, Raw(whole[:length]), nh=58, **target)
    for length in (0, 1, 64, 65, 128, 255):
        yield ip6(mac, ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(
            prefix="fd77::", prefixlen=length, validlifetime=length,
            preferredlifetime=0xffffffff), **target)
    yield ip6(mac, ICMPv6ND_RA() / ICMPv6NDOptUnknown(type=200, len=1), **target)


def arp(mac):
    for operation in (0, 1, 2, 3, 8, 9, 0xffff):
        for more in ({"hwlen": 0}, {"plen": 16}, {"hwtype": 6},
                     {"ptype": 0x86dd}, {"psrc": "0.0.0.0"},
                     {"psrc": "255.255.255.255"}, {"hwsrc": ALL},
                     {"pdst": "224.0.0.1"}):
            fields = {"op": operation, "psrc": cable.ADDRESS, "pdst": GUEST,
                      "hwsrc": cable.MAC, **more}
            yield Ether(src=cable.MAC, dst=mac) / ARP(**fields)


def mutated(mac, count=2000, seed=1):
    """Good frames with some bytes changed, cut or repeated."""
    chance = random.Random(seed)
    frames = [bytearray(bytes(frame)) for frame in good(mac)]
    for _ in range(count):
        frame = bytearray(chance.choice(frames))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            frame[chance.randrange(12, len(frame))] = chance.randrange(256)
        if chance.random() < 0.2:
            frame += frame[34:] * chance.randrange(1, 20)
        yield bytes(frame[:1514])


KINDS = (ethernet, truncated, ip_headers, tcp, udp, icmp, fragments,
         ip6_headers, neighbours, arp, mutated)


# ---- Floods -------------------------------------------------------------------
#
# Some hundred different frames, to be sent over and over: making one takes
# longer than all that happens to it.

def sources(count):
    """Neighbours that do not exist, and machines far away."""
    chance = random.Random(2)
    for _ in range(count):
        yield (f"10.0.2.{chance.randrange(101, 250)}" if chance.random() < 0.5
               else f"192.0.2.{chance.randrange(1, 250)}")


def syns(mac):
    for number, source in enumerate(sources(400)):
        yield ip(mac, TCP(sport=1024 + number * 7, dport=OPEN, flags="S",
                          seq=number * 99991), src=source)


def acknowledgements(mac):
    for number, source in enumerate(sources(200)):
        yield ip(mac, TCP(sport=1024 + number, dport=OPEN,
                          flags=("A", "FA", "SA", "R")[number % 4]), src=source)


def incomplete(mac):
    for number, source in enumerate(sources(400)):
        yield ip(mac, Raw(bytes(1400)), proto=17, id=number, flags=1,
                 frag=0 if number % 2 else 100, src=source)


def incomplete6(mac):
    for number in range(400):
        yield ip6(mac, IPv6ExtHdrFragment(nh=17, offset=number % 2 * 100, m=1,
                                          id=number) / bytes(1200))


def tiny(mac):
    for number, source in enumerate(sources(300)):
        yield ip(mac, UDP(sport=1024 + number, dport=(OPEN, 68, CLOSED)[
            number % 3]) / b"x", src=source)


def pings(mac):
    for number, source in enumerate(sources(200)):
        yield ip(mac, ICMP(id=number) / bytes(1400), src=source)


def who_has(mac):
    for number, source in enumerate(sources(300)):
        yield Ether(src=cable.MAC, dst=ALL) / ARP(
            psrc=source, hwsrc=f"02:00:00:00:01:{number % 256:02x}",
            pdst=(GUEST, f"10.0.2.{number % 250 + 1}")[number % 2])


def solicitations(mac):
    for number in range(300):
        source = f"fe80::5:{number:x}"
        yield ip6(mac, ICMPv6ND_NS(tgt=link_local(mac)) / ICMPv6NDOptSrcLLAddr(
            lladdr=f"02:00:00:00:02:{number % 256:02x}"), src=source, hlim=255)


FLOODS = (syns, acknowledgements, incomplete, incomplete6, tiny, pings, who_has,
          solicitations)
