# SPDX-License-Identifier: BSD-2-Clause
"""One guest under xl: its configuration, its console, its end.

The guest is created paused, tools/attach.c attaches to its console and only
then lets it run, so that not a byte is missed; the same program says how it
ended. All of it goes through a dom0 (dom0.py), real or virtual.
"""

import re
import threading

from .link import MOST_SECONDS
from .newline import Newlines
from .report import LabFailed

# How an end is reported; the reasons are Xen's names for SCHEDOP_shutdown's.
ENDED = re.compile(rb"ended reason=(\S+) status=(\S+) lost=(\d+)")

PRESERVE = "".join(f'on_{event} = "preserve"\n' for event in
                   ("poweroff", "reboot", "crash", "watchdog"))


def quoted(text):
    """A string of xl's configuration language."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(plain, written)
    return f'"{text}"'


def configuration(name, kernel, arguments=None, memory=None, vcpus=None,
                  base="", more=""):
    """xl's configuration: `base`, then what is set here, which wins.

    base: the program's own NAME.cfg, or nothing. more: further lines.
    """
    memory = memory or (None if re.search(r"^memory\b", base, re.M) else 8)
    lines = [base, f"name = {quoted(name)}", f"kernel = {quoted(kernel)}"]
    if memory:
        lines.append(f"memory = {memory}")
    if vcpus:
        lines.append(f"vcpus = {vcpus}")
    if arguments is not None:
        key = "cmdline" if re.search(r"^cmdline\b", base, re.M) else "extra"
        lines.append(f"{key} = {quoted(arguments)}")
    return "\n".join(lines) + "\n" + PRESERVE + more


def ramdisk_line(dom0, place):
    """A file of this machine as the guest's ramdisk; "" if `place` is."""
    return f"ramdisk = {quoted(dom0.put_file(place))}\n" if place else ""


class Guest:
    """A guest, from creation on. It runs once `create` has returned.

    console: a function that gets the bytes of its console as they come;
    without one they are kept, see `text`.
    """

    def __init__(self, dom0, name, console=None):
        self.dom0 = dom0
        self.name = name
        self.domid = None
        self.bytes = bytearray()
        self.came = threading.Condition()
        self.console = Newlines(console or self._keep)
        self.attached = None
        self.end = None
        self.lost = 0

    def _keep(self, data):
        with self.came:
            self.bytes += data
            self.came.notify_all()

    def create(self, text):
        """Create it from a configuration's text, and let it run."""
        path = self.dom0.put(f"/root/{self.name}.xl", text.encode())
        status, said = self.dom0.sh(f"xl create -p -q {path} < /dev/null")
        if status:
            raise LabFailed(f"xl create: {last_line(said)}")
        status, said = self.dom0.sh(f"xl domid {self.name}")
        if status:
            raise LabFailed(f"xl domid: {last_line(said)}")
        self.domid = int(said)
        self.attached = self.dom0.start(["coracle-attach", str(self.domid)],
                                        output=self.console)

    @property
    def text(self):
        """What it printed so far."""
        with self.came:
            return self.bytes.decode(errors="replace")

    def send(self, text):
        self.attached.write(text.encode() if isinstance(text, str) else text)

    def wait_for(self, text, timeout=MOST_SECONDS):
        """Wait until it has printed `text`; what it printed so far."""
        with self.came:
            came = self.came.wait_for(lambda: text.encode() in self.bytes,
                                      timeout)
        if not came:
            raise AssertionError(f"{self.name} did not print {text!r} in"
                                 f" {timeout} s but:\n{self.text}")
        return self.text

    def wait_end(self, timeout=MOST_SECONDS):
        """(reason, exit status or None); None if it runs on after `timeout`."""
        if self.end is None:
            if self.attached.wait(timeout) is None:
                return None
            self.console.flush()
            said = bytes(self.attached.complained)
            match = ENDED.search(said)
            if not match:
                raise LabFailed("coracle-attach: "
                                + last_line(said.decode(errors="replace")))
            reason, status, lost = match.groups()
            self.lost = int(lost)
            self.end = (reason.decode(),
                        int(status) if status.isdigit() else None)
        return self.end

    def destroy(self):
        if self.domid is not None:
            self.dom0.sh(f"xl destroy {self.domid}")
            self.domid = None


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "failed without a word"
