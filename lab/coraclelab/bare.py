# SPDX-License-Identifier: BSD-2-Clause
"""A guest in dom0's place: QEMU, Xen and the image, nothing else.

It takes one to two seconds instead of ten. There is no xenstore, no console
ring and no backend; what the guest prints goes through Xen's console_io
hypercall to the machine's serial line, where Xen's own lines go too. So

- Xen's lines, which begin with "(XEN) ", are taken out of the stream;
- Xen writes each line's end as two bytes (newline.py);
- the end and its reason are Xen's to tell, in a line of its own; the kernel's
  last line before it, "coracle: exit status N", is the program's status. It is
  printed in this mode only, because there is no xenstore to write it to.

The machine is stopped at its end.
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
VERDICT = re.compile(rb"coracle: exit status (-?\d+)\n\Z")
ENDINGS = ((b"Hardware Dom0 crashed", "crash"),
           (b"Hardware Dom0 watchdog", "watchdog"),
           (b"Hardware Dom0 halted", "poweroff"),
           (b"Hardware Dom0 shutdown", "reboot"),
           (b"Panic on CPU", "Xen panic"))
# What the end of the text so far may be the beginning of.
XEN_BEGUN = re.compile(rb"\(XEN\) [^\n]*\Z")
VERDICT_BEGUN = re.compile(rb"coracle: exit status -?\d*\n?\Z")


def begun(text, pattern, start):
    """Where at the end of `text` there may be the beginning of a pattern.

    start: the fixed bytes that the pattern begins with.
    """
    match = pattern.search(text)
    if match:
        return match.start()
    for length in range(min(len(text), len(start) - 1), 0, -1):
        if text.endswith(start[:length]):
            return len(text) - length
    return len(text)


class Splitter:
    """Parts the serial line into the guest's bytes and Xen's lines.

    Xen's line about the end makes the end; only then the guest's last line is
    the verdict, and until then it is held back.
    """

    def __init__(self, guest, xen):
        self.guest = guest
        self.xen = xen
        self.pending = b""
        self.reason = None
        self.status = None

    def feed(self, data):
        text = self.pending + data
        for line in XEN_LINE.findall(text):
            self.xen(line)
            for words, reason in ENDINGS:
                if words in line:
                    self.reason = self.reason or reason
        text = XEN_LINE.sub(b"", text)
        xen = begun(text, XEN_BEGUN, b"(XEN) ")
        keep = begun(text[:xen], VERDICT_BEGUN, b"coracle: exit status ")
        self.pending = text[keep:]
        if keep:
            self.guest(text[:keep])
        if self.reason:
            self.flush()

    def flush(self):
        """No more will come."""
        text, self.pending = self.pending, b""
        match = VERDICT.search(text)
        if match:
            self.status = int(match.group(1)) & 0xff
            text = text[:match.start()]
        if text:
            self.guest(text)


class BareGuest:
    """Runs from the constructor on. console, xen: functions that get bytes."""

    def __init__(self, xen_image, image, arguments, memory, console, xen,
                 icount=False, more=(), vcpus=1, ramdisk=""):
        self.done = threading.Event()
        self.spoke = threading.Event()  # before, input would be Xen's

        def speak(data):
            self.spoke.set()
            console(data)

        self.splitter = Splitter(speak, xen)
        self.newlines = Newlines(self.splitter.feed)
        options = f"{XEN_OPTIONS} dom0_mem={memory}M,max:{memory}M"
        options += f" dom0_max_vcpus={vcpus}"
        total = memory + memory // 32 + XEN_MEMORY
        qemu.check(total)
        self.machine = qemu.Machine(
            total, xen_image, options,
            [f"{image} {arguments}".rstrip(), *([ramdisk] if ramdisk else [])],
            self._hear, icount=icount, more=more, cpus=vcpus)
        threading.Thread(target=self._watch, daemon=True).start()

    def _hear(self, data):
        self.newlines(data)
        if self.splitter.reason:
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
        if self.splitter.reason:
            return self.splitter.reason, self.splitter.status
        return ("lost", None) if finished else None
