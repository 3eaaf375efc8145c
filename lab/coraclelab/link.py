# SPDX-License-Identifier: BSD-2-Clause
"""The runner's end of the link to dom0: many programs over one byte stream.

lab/agent.c says what goes over the link. A `Link` has one thread that reads it
and gives each frame to its `Remote`, the running program that the frame's
channel stands for. What a program prints goes to a function of the caller's,
called in that thread: a function that blocks, because our own standard output
does, holds up the link and so the program, and nothing is lost.

Concurrency: `Link.lock` guards the channels and all of a Remote's state; the
condition over it announces every change. Sending has a lock of its own, because
it may block.
"""

import struct
import threading

HEADER = struct.Struct("<IHH")
(START, INPUT, SIZE, SIGNAL, READY, OUTPUT, ERRORS, TAKEN, ENDED) = range(9)
WINDOW = 65536
# How long to wait for what must come, on a machine that is slow and busy.
MOST_SECONDS = 300
CHANNELS = 256


class LinkLost(Exception):
    """dom0 is gone: QEMU ended, or the agent did."""


class Link:
    def __init__(self, connection):
        self.connection = connection
        self.changed = threading.Condition()
        self.sending = threading.Lock()
        self.remotes = {}
        self.ready = False
        self.lost = False
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_ready(self, timeout):
        """Whether the agent has spoken within `timeout` seconds."""
        with self.changed:
            self.changed.wait_for(lambda: self.ready or self.lost, timeout)
            return self.ready and not self.lost

    def start(self, arguments, terminal=False, output=None, errors=None):
        """Run a program in dom0. See Remote for `output` and `errors`."""
        with self.changed:
            number = next((n for n in range(1, CHANNELS)
                           if n not in self.remotes), None)
            if number is None:
                raise LinkLost("too many programs at once")
            remote = Remote(self, number, output, errors)
            self.remotes[number] = remote
        words = ["t" if terminal else "p", *arguments]
        self.send(number, START,
                  b"".join(word.encode() + b"\0" for word in words))
        return remote

    def send(self, number, kind, payload):
        try:
            with self.sending:
                self.connection.sendall(
                    HEADER.pack(len(payload), number, kind) + payload)
        except OSError as error:
            raise LinkLost(str(error)) from error

    def _receive(self, length):
        data = bytearray()
        while len(data) < length:
            piece = self.connection.recv(length - len(data))
            if not piece:
                raise LinkLost("closed")
            data += piece
        return bytes(data)

    def _listen(self):
        try:
            while True:
                length, number, kind = HEADER.unpack(
                    self._receive(HEADER.size))
                self._take(number, kind, self._receive(length))
        except (LinkLost, OSError):
            with self.changed:
                self.lost = True
                self.changed.notify_all()

    def _take(self, number, kind, payload):
        remote = self.remotes.get(number)
        if kind == OUTPUT and remote:
            remote.output(payload)
        elif kind == ERRORS and remote:
            remote.errors(payload)
        with self.changed:
            if kind == READY:
                self.ready = True
            elif kind == TAKEN and remote:
                remote.underway -= int.from_bytes(payload, "little")
            elif kind == ENDED and remote:
                remote.status = status_of(int.from_bytes(payload, "little"))
                del self.remotes[number]
            self.changed.notify_all()


def status_of(wait_status):
    """A shell's number for a wait status: 128 and the signal if killed."""
    signal = wait_status & 0x7f
    return 128 + signal if signal else wait_status >> 8


class Remote:
    """A program that runs in dom0.

    `output` and `errors` are called with bytes as they come. Without them the
    bytes are kept, in `printed` and `complained`.
    """

    def __init__(self, link, number, output, errors):
        self.link = link
        self.number = number
        self.printed = bytearray()
        self.complained = bytearray()
        self.output = output or self.printed.extend
        self.errors = errors or self.complained.extend
        self.underway = 0
        self.status = None

    def write(self, data):
        """Give the program input; blocks while it does not take it."""
        for at in range(0, len(data), WINDOW // 4):
            piece = data[at:at + WINDOW // 4]
            with self.link.changed:
                self.link.changed.wait_for(
                    lambda: self.underway + len(piece) <= WINDOW
                    or self.status is not None or self.link.lost)
                if self.status is not None or self.link.lost:
                    return
                self.underway += len(piece)
            self.link.send(self.number, INPUT, piece)

    def end_input(self):
        if self.status is None:
            self.link.send(self.number, INPUT, b"")

    def resize(self, rows, columns):
        if self.status is None:
            self.link.send(self.number, SIZE, struct.pack("<HH", rows, columns))

    def signal(self, number):
        if self.status is None:
            self.link.send(self.number, SIGNAL, bytes([number]))

    def wait(self, timeout=None):
        """The exit status; None if it still runs after `timeout` seconds."""
        with self.link.changed:
            self.link.changed.wait_for(
                lambda: self.status is not None or self.link.lost, timeout)
            if self.status is None and self.link.lost:
                raise LinkLost("dom0 is gone")
            return self.status
