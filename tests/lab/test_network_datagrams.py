# SPDX-License-Identifier: BSD-2-Clause
"""The lab's forwarding of UDP ports, without a lab: scapy checks its frames."""

import random
import socket

import pytest
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from coraclelab import datagrams
from coraclelab.network import Forward
from waiting import PATIENCE

GUEST, GUEST_MAC = "10.0.2.15", "00:16:3e:00:00:00"
SIZES = [0, 1, 2, 1471, 1472, 1473, 5000, 65507]


@pytest.fixture
def packets():
    return datagrams.Packets(GUEST, GUEST_MAC)


def from_guest(source, destination, data):
    """The frames in which a guest sends that."""
    packet = (IP(src=GUEST, dst=datagrams.ADDRESS, id=7)
              / UDP(sport=source, dport=destination) / Raw(data))
    return [bytes(Ether(src=GUEST_MAC, dst=datagrams.MAC) / piece)
            for piece in fragment(packet, 1480)]


@pytest.mark.parametrize("size", SIZES)
def test_frames_are_what_scapy_would_send(packets, size):
    data = random.Random(size).randbytes(size)
    frames = list(packets.frames(20000, 7, data))
    pieces = sorted((Ether(f) for f in frames), key=lambda f: f[IP].frag)
    assert all(len(f) <= 1514 for f in frames)
    assert {(f.src, f.dst) for f in pieces} == {(datagrams.MAC, GUEST_MAC)}
    whole = b"".join(bytes(f[IP].payload) for f in pieces)
    right = (IP(src=datagrams.ADDRESS, dst=GUEST)
             / UDP(sport=20000, dport=7) / Raw(data))
    assert whole == bytes(right)[20:]  # UDP's checksum is scapy's
    for piece in pieces:
        there = piece[IP].chksum
        del piece[IP].chksum
        assert IP(bytes(piece[IP])).chksum == there


@pytest.mark.parametrize("size", SIZES)
def test_datagrams_of_the_guest(packets, size):
    data = random.Random(size).randbytes(size)
    frames = from_guest(7, 20001, data)
    random.Random(1).shuffle(frames)
    got = [packets.datagram(frame) for frame in frames]
    assert [g for g in got if g] == [(7, 20001, data)]
    assert packets.fragments == {}


def test_frames_that_are_none_of_ours(packets):
    good = from_guest(7, 20001, b"x" * 100)[0]
    assert packets.datagram(good)
    for length in range(len(good)):
        packets.datagram(good[:length])  # at worst a short datagram
    for at in range(14, 42):
        spoilt = bytearray(good)
        spoilt[at] ^= 0xff
        packets.datagram(bytes(spoilt))
    for number in range(200):  # fragments that never become whole
        packet = IP(src=GUEST, dst=datagrams.ADDRESS, id=number, flags="MF",
                    proto=17) / Raw(b"x" * 8)
        assert packets.datagram(bytes(Ether() / packet)) is None
    assert len(packets.fragments) <= datagrams.UNFINISHED


def test_arp(packets):
    question = Ether(src=GUEST_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(
        hwsrc=GUEST_MAC, psrc=GUEST, pdst=datagrams.ADDRESS)
    answer = Ether(packets.arp_reply(bytes(question)))
    assert (answer.dst, answer[ARP].op, answer[ARP].hwsrc, answer[ARP].psrc,
            answer[ARP].hwdst, answer[ARP].pdst) == (
                GUEST_MAC, 2, datagrams.MAC, datagrams.ADDRESS, GUEST_MAC,
                GUEST)
    question[ARP].pdst = "10.0.2.1"
    assert packets.arp_reply(bytes(question)) is None
    assert packets.arp_reply(bytes(question)[:20]) is None


def test_answers_go_to_who_asked():
    """Two senders, one port: played guest on the other end of the cable."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        outer = probe.getsockname()
    relay = datagrams.Relay([Forward(outer[1], 7, "udp")], GUEST, GUEST_MAC)
    relay.theirs.settimeout(PATIENCE)
    peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
             for _ in range(2)]
    for number, peer in enumerate(peers):
        peer.settimeout(PATIENCE)
        peer.sendto(b"from %d" % number, outer)
    asked = [Ether(relay.theirs.recv(65536)) for _ in peers]
    assert len({f[UDP].sport for f in asked}) == 2
    for frame in reversed(asked):
        for answer in from_guest(7, frame[UDP].sport,
                                 b"to " + bytes(frame[UDP].payload)):
            relay.theirs.send(answer)
    # Padding of a short frame is none of the payload.
    assert [peer.recv(100) for peer in peers] == [b"to from 0", b"to from 1"]
    for stranger in from_guest(7, 30000, b"x"):
        relay.theirs.send(stranger)  # nobody's
    for peer in peers:
        peer.close()
    relay.theirs.close()
