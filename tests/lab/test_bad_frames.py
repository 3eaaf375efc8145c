# SPDX-License-Identifier: BSD-2-Clause
"""A guest with 8 MiB on a wire with somebody who means it no good.

The frames are in bad_frames.py. They go through stock netback, whose checks they
pass, to our netfront and lwIP. After each kind the web server in the guest must
answer as before, and at the end its memory must be back. tests/host/
fuzz_lwip.c asks the same of lwIP alone, millions of times, under sanitizers.
"""

import re
import threading

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

import bad_frames
import wire as cable
from conftest import BUILD
from httpd_checks import Server
from waiting import until

HTTPD = "examples/httpd"
RESOLVE = "examples/resolve"

FLOOD = 6000  # frames

# What may be held for longer than the test waits: lwIP's notes of neighbours,
# connections that are over, the heap's half-used pages; and what packets are made
# of, kept for the next ones (drivers/packet_pool.c). Leaking a page a frame would
# be twenty times that.
KEPT = (256 << 10) + 256 * (4096 + 512)


class Victim:
    """The guest, and what it says of itself."""

    def __init__(self, net, wire, build):
        build(HTTPD, "LOCKCHECK=1")
        place = net.host.put_file(str(BUILD / "httpd.cpio"))
        self.wire = wire
        self.guest = net.create(HTTPD, memory=8,
                                extra_cfg=f'ramdisk = "{place}"\n')
        self.guest.wait_for("files, port 80")
        self.web = Server("127.0.0.1", net.port(80))
        answer = wire.ask(
            Ether(src=cable.MAC, dst=bad_frames.ALL)
            / ARP(hwsrc=cable.MAC, psrc=cable.ADDRESS, pdst=bad_frames.GUEST),
            lambda f: ARP in f and f[ARP].op == 2
            and f[ARP].psrc == bad_frames.GUEST)
        assert answer
        self.mac = answer.src
        assert self.answers()
        # A first flood lets netfront's rings and its stock of pages grow to
        # their full size, once and for all.
        self.send(bad_frames.pings(self.mac), FLOOD)
        assert self.answers()
        self.memory = self.available()

    def answers(self):
        return self.web.get("/").status == 200

    def available(self):
        text = self.web.get("/metrics").body.decode()
        return int(re.search(r"^coracle_memory_available_bytes (\d+)$", text,
                             re.M)[1])

    def send(self, frames, count=None):
        """All of them once, or over and over until it was so many."""
        frames = [bytes(frame) for frame in frames]
        for number in range(count or len(frames)):
            self.wire.send(frames[number % len(frames)])


@pytest.fixture(scope="module")
def victim(net_session, build):
    yield Victim(net_session, net_session.wire, build)
    net_session.destroy_all()


@pytest.mark.parametrize("kind", bad_frames.KINDS, ids=lambda f: f.__name__)
def test_bad_frames(victim, kind):
    victim.send(kind(victim.mac))
    assert victim.answers()


@pytest.mark.parametrize("kind", bad_frames.FLOODS, ids=lambda f: f.__name__)
def test_flood(victim, kind):
    """Also while it lasts, somebody else is served sooner or later."""
    flood = threading.Thread(
        target=victim.send, args=(kind(victim.mac), FLOOD))
    flood.start()
    try:
        assert victim.answers()
    finally:
        flood.join()
    assert victim.answers()


def test_everything_is_back(victim):
    """lwIP keeps fragments for up to a minute and half-open connections for
    twenty seconds; each question that we ask is a connection that is over."""
    until(lambda: victim.memory - victim.available() <= KEPT,
          "the memory is back", pause=2)
    assert victim.guest.wait_end(0) is None
    # Each thing that is said is said once, not for each frame.
    assert len(victim.guest.text.splitlines()) < 100


# ---- Servers that answer garbage ---------------------------------------------

class Answers(threading.Thread):
    """Answers what `question` accepts on the wire with frames, until the end
    of a `with` block."""

    def __init__(self, wire, question, answers):
        super().__init__(daemon=True)
        self.wire, self.question, self.make = wire, question, answers
        self.over = False
        self.asked = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.over = True
        self.join()

    def run(self):
        since = len(self.wire.frames)
        while not self.over:
            frame = self.wire.wait(self.question, 0.5, since)
            if not frame:
                continue
            since = self.wire.frames.index(frame.original, since) + 1
            self.asked += 1
            for answer in self.make(frame):
                self.wire.send(answer)


def test_dhcp_answers_are_garbage(net, wire):
    """A second server on the wire that makes no sense. The first one's offer
    is found all the same."""
    ids = ("subnet_mask", "255.255.255.0")

    def answers(frame):
        question = frame[BOOTP]
        base = (Ether(src=cable.MAC, dst=frame.src)
                / IP(src=cable.ADDRESS, dst="255.255.255.255")
                / UDP(sport=67, dport=68)
                / BOOTP(op=2, xid=question.xid, chaddr=question.chaddr))
        for options in (
                [], ["end"], [("message-type", 2)], [("message-type", 99), ids],
                [("message-type", 6)], [("message-type", 2), b"\x01\xff\xff"],
                [("message-type", 2), b"\x33\x02\x00\x00", "end"],
                [b"\x35\x00"], [b"\x34\x01\x03" + b"\x35\x01\x02"],
                [("message-type", 2), b"\x06\xfc" + b"\x0a" * 252, "end"],
                [("message-type", 2), b"\x06\x03abc", "end"]):
            yield base / DHCP(options=options)
        whole = bytes(base / DHCP(options=[("message-type", 2), ids, "end"]))
        for length in range(42, len(whole), 9):
            yield whole[:length]

    with Answers(wire, lambda f: DHCP in f and f[UDP].dport == 67,
                 answers) as rogue:
        guest = net.create(RESOLVE, args="localhost", memory=16)
        assert guest.wait_end() == ("poweroff", 0), guest.text
    assert rogue.asked


def test_dns_answers_are_garbage(net, wire):
    """No name is found, and that is all."""
    def answers(frame):
        question = frame[DNS]
        back = (Ether(src=cable.MAC, dst=frame.src)
                / IP(src=cable.ADDRESS, dst=frame[IP].src)
                / UDP(sport=53, dport=frame[UDP].sport))
        number = question.id.to_bytes(2, "big")
        asked = bytes(question)[12:]
        for flags, counts, rest in (
                (b"\x81\x80", (0, 0), b""), (b"\x81\x80", (1, 1), b""),
                (b"\x81\x80", (65535, 65535), asked),
                (b"\x81\x80", (1, 1), b"\xc0\x0c" * 200),
                (b"\x81\x80", (1, 1), b"\xff" * 400),
                (b"\x81\x80", (1, 40), asked + b"\xc0\x0c\0\5\0\1\0\0\0\1\xff\xff"),
                (b"\x81\x80", (1, 1), asked + b"\xc0\x0c\0\1\0\1\0\0\0\1\0\2ab"),
                (b"\x01\x00", (1, 1), asked)):
            yield back / (number + flags
                          + b"".join(c.to_bytes(2, "big") for c in counts)
                          + bytes(4) + rest)
        yield back / number
        yield back / b""

    with wire.claim(), Answers(
            wire, lambda f: DNS in f and f[UDP].dport == 53, answers) as liar:
        guest = net.create(
            RESOLVE, memory=16,
            args=f"ip=10.0.2.15/24,gw=10.0.2.1,dns={cable.ADDRESS} -4 a.name")
        assert guest.wait_end() == ("poweroff", 1), guest.text
        assert "resolve: a.name: " in guest.text
    assert liar.asked
