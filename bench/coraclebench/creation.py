# SPDX-License-Identifier: BSD-2-Clause
"""What needs a dom0: the time that `xl create` takes, in one boot of the lab.

tools/create_time.c does the timing, inside dom0; here is what is created. The
first creation of a boot costs 65 ms more than any other (libraries and scripts
are read for the first time), so one is made and forgotten.
"""

import contextlib
import os

from coraclelab import cpio, debian
from coraclelab.guest import configuration, last_line

from .figures import NotMeasured, parse_creation, parse_entry

LOGS = "/var/log/xen"
LINUX_WORD = "linux: init runs"
LINUX_INIT = f"""#!/bin/busybox sh
echo '{LINUX_WORD}'
while :; do /bin/busybox sleep 1000; done
"""


def wake_initramfs(path, program):
    """A Linux whose only program is bench-wake."""
    archive = cpio.Archive(path)
    archive.folder("dev")
    archive.device("dev/console", 5, 1)
    with open(program, "rb") as file:
        archive.file_from("init", file.read(), 0o755)
    archive.close()


def linux_initramfs(path, unpacked):
    """The least that a Linux needs to run a first program and to speak."""
    busybox = debian.Tree(unpacked).program("busybox")
    archive = cpio.Archive(path)
    archive.folder("dev")
    archive.device("dev/console", 5, 1)
    with open(busybox, "rb") as file:
        archive.file_from("bin/busybox", file.read(), 0o755)
    archive.file_from("init", LINUX_INIT.encode(), 0o755)
    archive.close()


class Creator:
    """Creates guests in a dom0 and times them."""

    def __init__(self, host, tool):
        self.host = host
        self.tool = self.take(tool)
        self.made = 0

    def take(self, place, name=None):
        """A file of this machine in dom0; its name there."""
        with open(place, "rb") as file:
            path = self.host.put("/root/" + (name or os.path.basename(place)),
                                 file.read())
        self.host.sh(f"chmod +x {path}")
        return path

    @contextlib.contextmanager
    def guest(self, kernel, memory, word, more="", paused=False, alone=False):
        """Time one creation; the guest exists while the block runs.

        kernel: a file in dom0. word: what to wait for on its console. paused:
        leave out xl's work and begin when the guest is let run. alone: have xl
        leave no process of its own behind to await the guest's end (`xl create
        -e`). Yields the Creation and what the console's log holds.
        """
        self.made += 1
        name = f"bench{self.made}"
        config = self.host.put(f"/root/{name}.xl", configuration(
            name, kernel, memory=memory, base='type = "pv"',
            more=more).encode())
        log = f"{LOGS}/guest-{name}.log"
        timer = f"{self.tool} {log} '{word}'"
        options = "-q" + " -p" * paused + " -e" * alone
        create = f"xl create {options} {config}"
        # Once dom0 has come to rest, the guest has the CPU to itself.
        command = (f"{create} && sleep 1 && {timer}" if paused
                   else f"{timer} {create}")
        try:
            status, said = self.host.sh(f"{command} </dev/null", timeout=180)
            if status:
                raise NotMeasured("xl create: " + last_line(said))
            yield parse_creation(said), self.host.sh(f"cat {log}")[1]
        finally:
            self.host.sh(f"xl destroy {name}; rm -f {log} {config}")

    def once(self, *arguments, **more):
        with self.guest(*arguments, **more) as (creation, text):
            return creation, text

    def repeat(self, times, *arguments, **more):
        """The Creations of so many guests, one after another."""
        return [self.once(*arguments, **more)[0] for _ in range(times)]

    def entry(self, kernel, memory):
        """Microseconds from entry to main() of hello under xl."""
        with self.guest(kernel, memory, "main began") as (_, text):
            return parse_entry(text)

    def crowd(self, kernel, count, memory, word):
        """The Creations of `count` guests that stay until all are there.

        With a background process of xl's for each, every further guest would
        cost twice as much, whatever guest it is.
        """
        creations = []
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                creation, _ = stack.enter_context(
                    self.guest(kernel, memory, word, alone=True))
                creations.append(creation)
        return creations
