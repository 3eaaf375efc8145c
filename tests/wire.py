# SPDX-License-Identifier: BSD-2-Clause
"""A wire into the lab's first bridge, for tests that speak frame by frame.

QEMU gives dom0 a network card, a port of xenbr0; its cable ends in a socket
here, on which each datagram is one Ethernet frame. So a test can send whatever
it likes, well formed or not, with scapy, and sees all that reaches that port:
what is sent to it, and what is sent to all.

A machine on the wire must answer for its address, or nobody sends to it:
`claim()` makes the wire answer ARP and neighbour solicitations for one.

Concurrency: one thread reads the wire. `changed` guards `frames` and `claimed`.
"""

import contextlib
import socket
import threading
import time

from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS,
                                ICMPv6NDOptDstLLAddr, IPv6)
from scapy.layers.l2 import ARP, Ether
from scapy.utils import PcapReader

from waiting import PATIENCE

MAC = "02:00:00:00:00:64"
ADDRESS = "10.0.2.100"
FRAME_MOST = 65600


class Wire:
    def __init__(self):
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX,
                                                   socket.SOCK_DGRAM)
        self.changed = threading.Condition()
        self.frames = []
        self.claimed = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                data = self.ours.recv(FRAME_MOST)
            except OSError:
                return
            if not data:
                return
            with self.changed:
                self.frames.append(data)
                self.changed.notify_all()
            self._answer(data)

    def _answer(self, data):
        """Say whose the claimed addresses are."""
        if data[12:14] not in (b"\x08\x06", b"\x86\xdd") or not self.claimed:
            return
        frame = Ether(data)
        if ARP in frame and frame[ARP].op == 1:
            mac = self.claimed.get(frame[ARP].pdst)
            if mac:
                self.send(Ether(src=mac, dst=frame.src) / ARP(
                    op=2, hwsrc=mac, psrc=frame[ARP].pdst,
                    hwdst=frame[ARP].hwsrc, pdst=frame[ARP].psrc))
        elif ICMPv6ND_NS in frame:
            target = frame[ICMPv6ND_NS].tgt
            mac = self.claimed.get(target)
            if mac:
                self.send(Ether(src=mac, dst=frame.src)
                          / IPv6(src=target, dst=frame[IPv6].src)
                          / ICMPv6ND_NA(tgt=target, R=0, S=1, O=1)
                          / ICMPv6NDOptDstLLAddr(lladdr=mac))

    @contextlib.contextmanager
    def claim(self, address=ADDRESS, mac=MAC):
        """Answer for `address` while the block runs."""
        self.claimed[address] = mac
        try:
            yield
        finally:
            del self.claimed[address]

    def send(self, *frames):
        """Frames, or bytes. They wait here while QEMU does not take them."""
        for frame in frames:
            self.ours.send(bytes(frame))

    def forget(self):
        with self.changed:
            self.frames.clear()

    def seen(self, wanted=lambda frame: True):
        """The frames so far for which wanted(Ether) holds."""
        with self.changed:
            frames = list(self.frames)
        return [frame for frame in map(Ether, frames) if wanted(frame)]

    def wait(self, wanted, timeout=PATIENCE, since=0):
        """The first frame for which wanted(Ether) holds; None after `timeout`.

        since: how many frames to pass over, `len(wire.frames)` of before.
        """
        at = since
        end = time.monotonic() + timeout
        while True:
            with self.changed:
                self.changed.wait_for(lambda: len(self.frames) > at,
                                      max(0, end - time.monotonic()))
                if len(self.frames) <= at:
                    return None
                data = self.frames[at]
            at += 1
            frame = Ether(data)
            if wanted(frame):
                return frame

    def ask(self, question, wanted):
        """Send a frame, or a list of them, and again if one seems lost; the
        first one after it for which wanted() holds."""
        since = len(self.frames)
        for _ in range(30):
            self.send(*(question if isinstance(question, list)
                        else [question]))
            answer = self.wait(wanted, 10, since)
            if answer:
                return answer
        return None

    def close(self):
        self.ours.close()


def read_capture(path):
    """The frames of a pcap file."""
    with PcapReader(str(path)) as reader:
        return list(reader)
