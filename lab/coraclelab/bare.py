# SPDX-License-Identifier: BSD-2-Clause
"""A guest in dom0's place: QEMU, Xen and the image, nothing else.

It takes one to two seconds instead of ten. There is no xenstore, no console
ring and no backend; what the guest prints goes through Xen's console_io
hypercall to the machine's serial line, where Xen's own lines go too. So

- Xen's lines, which begin with "(XEN) ", are taken out of the stream;
- Xen writes each line's end as two bytes (newline.py);
- the kernel's last line, "coracle: exit status N", is the verdict; it is
  printed in this mode only, because there is no xenstore to write it to. A crash
  is Xen's to tell: it names the reason in a line of its own.

The machine is stopped at the verdict.
"""

import re
import threading
import time

from . import qemu
from .newline import Newlines

# The buffer is large because Xen drops what does not fit.
XEN_OPTIONS = ("console=com1 com1=115200,8n1 bootscrub=0 spec-ctrl=no noreboot"
               " cpuidle=off clocksource=acpi serial_tx_buffer=16M")
XEN_MEMORY = 96

XEN_LINE = re.compile(rb"\(XEN\) [^\n]*\n")
STATUS_LINE = re.compile(rb"^coracle: exit status (-?\d+)\n", re.M)
ENDINGS = ((b"Hardware Dom0 crashed", "crash"),
           (b"Hardware Dom0 watchdog", "watchdog"),
           (b"Hardware Dom0 halted", "poweroff"),
           (b"Hardware Dom0 shutdown", "reboot"),
           (b"Panic on CPU", "panic"))
# What the end of the text so far may be the beginning of.
STARTS = (b"(XEN) ", b"coracle: exit status ")


def held_back(text):
    """How many bytes at the end must wait for what follows them."""
    line = text.rfind(b"\n") + 1
    last = text[line:]
    if b"(XEN) " in last:
        return len(last) - last.index(b"(XEN) ")
    if last.startswith(STARTS[1]):
        return len(last)
    for length in range(min(len(last), 32), 0, -1):
        if any(start.startswith(last[-length:]) and length < len(start)
               for start in STARTS):
            return length
    return 0


class Splitter:
    """Parts the serial line into the guest's bytes and Xen's lines."""

    def __init__(self, guest, xen):
        self.guest = guest
        self.xen = xen
        self.pending = b""
        self.fresh = True  # nothing of the present line is given out
        self.reason = None
        self.status = None

    def feed(self, data):
        text = self.pending + data
        keep = held_back(text)
        self.pending = text[len(text) - keep:]
        self._part(text[:len(text) - keep])

    def flush(self):
        text, self.pending = self.pending, b""
        self._part(text)

    def _part(self, text):
        for line in XEN_LINE.findall(text):
            self.xen(line)
            for words, reason in ENDINGS:
                if words in line:
                    self.reason = self.reason or reason
        text = XEN_LINE.sub(b"", text)
        marker = b"" if self.fresh else b"\0"
        match = STATUS_LINE.search(marker + text)
        if match:
            self.status = int(match.group(1)) & 0xff
            text = STATUS_LINE.sub(b"", marker + text)[len(marker):]
        if text:
            self.guest(text)
            self.fresh = text.endswith(b"\n")

    @property
    def ended(self):
        return self.status is not None or self.reason is not None


class BareGuest:
    """Runs from the constructor on. console, xen: functions that get bytes."""

    def __init__(self, xen_image, image, arguments, memory, console, xen,
                 icount=False, more=()):
        self.done = threading.Event()
        self.spoke = threading.Event()  # before, input would be Xen's

        def speak(data):
            self.spoke.set()
            console(data)

        self.splitter = Splitter(speak, xen)
        self.newlines = Newlines(self.splitter.feed)
        options = f"{XEN_OPTIONS} dom0_mem={memory}M,max:{memory}M"
        total = memory + memory // 32 + XEN_MEMORY
        qemu.check(total)
        self.machine = qemu.Machine(
            total, xen_image, options, [f"{image} {arguments}".rstrip()],
            self._hear, icount=icount, more=more)
        threading.Thread(target=self._watch, daemon=True).start()

    def _hear(self, data):
        self.newlines(data)
        if self.splitter.ended:
            self.done.set()

    def _watch(self):
        self.machine.ended.wait()
        self.newlines.flush()
        self.splitter.flush()
        self.done.set()

    def send(self, data):
        """Input, slowly: Xen keeps 128 bytes and drops the rest."""
        self.spoke.wait()
        for at in range(0, len(data), 32):
            self.machine.type(data[at:at + 32])
            time.sleep(0.01)

    def wait_end(self, timeout):
        """As Guest.wait_end(); an end that nobody announced is "lost"."""
        finished = self.done.wait(timeout)
        self.machine.stop()
        self.machine.ended.wait()
        if self.splitter.status is not None:
            return "poweroff", self.splitter.status
        if self.splitter.reason:
            return self.splitter.reason, None
        return ("lost", None) if finished else None
