# SPDX-License-Identifier: BSD-2-Clause
"""Forwards UDP ports of this machine to the guest.

QEMU's own network lets no datagram of a guest's out once it is told to let
nothing out, not even an answer. So here is a machine for this one purpose,
10.0.2.3 on the lab's first bridge: QEMU's card of it ends in a socket of ours,
on which each datagram is an Ethernet frame. What comes to a forwarded port here
goes on to the guest, from a port that stands for whoever sent it; what the guest
answers to that port goes back to them. Nothing else passes.

It knows the guest's card already and asks nobody; it answers ARP, cuts what is
longer than a frame, and puts together what the guest cut.

Concurrency: one thread does all of it.
"""

import array
import selectors
import socket
import struct
import sys
import threading

from .report import LabFailed

ADDRESS, MAC = "10.0.2.5", "02:00:0a:00:02:05"
MTU = 1500
FIRST_PORT, PORTS = 20000, 4096
UNFINISHED = 64  # packets of which some fragments have come

ETHERNET = struct.Struct("!6s6sH")
IPV4 = struct.Struct("!BBHHHBBH4s4s")
UDP = struct.Struct("!HHHH")
ARP = struct.Struct("!HHBBH6s4s6s4s")
ARP_FIXED = (1, 0x0800, 6, 4)
MORE_FRAGMENTS = 0x2000


def checksum(data):
    """The Internet's: the complement of the sum in ones' complement."""
    words = array.array("H", data + b"\0" * (len(data) % 2))
    if sys.byteorder == "little":
        words.byteswap()
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


class Packets:
    """UDP over IPv4 over Ethernet, between us and one other, as bytes."""

    def __init__(self, other, other_mac):
        self.ours = socket.inet_aton(ADDRESS)
        self.our_mac = mac_bytes(MAC)
        self.other = socket.inet_aton(other)
        self.other_mac = mac_bytes(other_mac)
        self.number = 0
        self.fragments = {}

    def frames(self, source, destination, payload):
        """The frames that carry one datagram."""
        length = UDP.size + len(payload)
        pseudo = self.ours + self.other + struct.pack("!HH", 17, length)
        header = UDP.pack(source, destination, length, 0)
        total = checksum(pseudo + header + payload) or 0xffff
        data = UDP.pack(source, destination, length, total) + payload
        self.number = (self.number + 1) % 65536
        room = MTU - IPV4.size
        for at in range(0, len(data), room):
            piece = data[at:at + room]
            more = MORE_FRAGMENTS if at + room < len(data) else 0
            yield self._frame(piece, at // 8 | more)

    def _frame(self, piece, place):
        fields = [0x45, 0, IPV4.size + len(piece), self.number, place, 64, 17,
                  0, self.ours, self.other]
        fields[7] = checksum(IPV4.pack(*fields))
        return (ETHERNET.pack(self.other_mac, self.our_mac, 0x0800)
                + IPV4.pack(*fields) + piece)

    def arp_reply(self, frame):
        """The answer to a question for our address, or None."""
        if len(frame) < ETHERNET.size + ARP.size:
            return None
        *fixed, kind, mac, who, _, asked = ARP.unpack_from(frame, ETHERNET.size)
        if tuple(fixed) != ARP_FIXED or kind != 1 or asked != self.ours:
            return None
        return (ETHERNET.pack(mac, self.our_mac, 0x0806)
                + ARP.pack(*ARP_FIXED, 2, self.our_mac, self.ours, mac, who))

    def datagram(self, frame):
        """(source port, destination port, payload) once one is whole."""
        if len(frame) < ETHERNET.size + IPV4.size:
            return None
        (first, _, length, number, place, _, protocol, _, source,
         destination) = IPV4.unpack_from(frame, ETHERNET.size)
        if (first != 0x45 or protocol != 17 or source != self.other
                or destination != self.ours):
            return None
        data = frame[ETHERNET.size + IPV4.size:ETHERNET.size + length]
        if place & 0x3fff:
            data = self._gather(number, place, data)
        if data is None or len(data) < UDP.size:
            return None
        source, destination, length, _ = UDP.unpack_from(data)
        return source, destination, data[UDP.size:length]

    def _gather(self, number, place, data):
        """All of a packet's bytes, when this was its last missing piece."""
        pieces = self.fragments.setdefault(number, {})
        pieces[(place & 0x1fff) * 8] = (data, place & MORE_FRAGMENTS)
        if len(self.fragments) > UNFINISHED:
            del self.fragments[next(iter(self.fragments))]
        whole, more = b"", MORE_FRAGMENTS
        while more:
            if len(whole) not in pieces:
                return None
            data, more = pieces[len(whole)]
            if not data:
                return None
            whole += data
        self.fragments.pop(number, None)
        return whole


class Relay:
    """From the constructor on until this process ends.

    forwards: those of kind udp. theirs: QEMU's end of the cable.
    """

    def __init__(self, forwards, target, target_mac):
        self.packets = Packets(target, target_mac)
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX,
                                                   socket.SOCK_DGRAM)
        self.ours.setblocking(False)
        self.senders = {}   # port there: (socket here, who sent)
        self.numbers = {}   # (inner port, who sent): port there
        self.count = 0
        self.watched = selectors.DefaultSelector()
        self.watched.register(self.ours, selectors.EVENT_READ, None)
        for forward in forwards:
            outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                outer.bind(("127.0.0.1", forward.outer))
            except OSError as error:
                raise LabFailed(f"port {forward.outer} of this machine:"
                                f" {error.strerror}") from error
            outer.setblocking(False)
            self.watched.register(outer, selectors.EVENT_READ, forward.inner)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            for key, _ in self.watched.select():
                try:
                    if key.data is None:
                        self._from_guest(self.ours.recv(65536))
                    else:
                        self._to_guest(key.fileobj, key.data)
                except BlockingIOError:
                    pass  # nothing there, or no room: it is a datagram
                except OSError:
                    if key.data is None:
                        return  # the virtual host is gone

    def _to_guest(self, outer, inner):
        payload, sender = outer.recvfrom(65536)
        place = (inner, sender)
        if place not in self.numbers:
            number = FIRST_PORT + self.count % PORTS
            self.count += 1
            if number in self.senders:  # the oldest one's
                self.numbers = {k: n for k, n in self.numbers.items()
                                if n != number}
            self.numbers[place] = number
            self.senders[number] = (outer, sender)
        for frame in self.packets.frames(self.numbers[place], inner, payload):
            self.ours.send(frame)

    def _from_guest(self, frame):
        kind = frame[12:14]
        if kind == b"\x08\x06":
            answer = self.packets.arp_reply(frame)
            if answer:
                self.ours.send(answer)
        elif kind == b"\x08\x00":
            datagram = self.packets.datagram(frame)
            if datagram and datagram[1] in self.senders:
                outer, sender = self.senders[datagram[1]]
                outer.sendto(datagram[2], sender)
