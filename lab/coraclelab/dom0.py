# SPDX-License-Identifier: BSD-2-Clause
"""A dom0: the virtual one, or the one this machine is.

Both offer the same few calls, and the rest of the lab does not ask which it
has:

    start(arguments, terminal, output, errors)   run a program, see link.Remote
    sh(command)                                  run it to its end
    put(path, bytes)                             a file for a program to read
    close()

LocalDom0 stands for the real host: programs are this machine's own, run as
root (with sudo if need be).
"""

import os
import re
import shlex
import socket
import subprocess
import tempfile
import threading

from . import qemu
from .link import MOST_SECONDS, Link, status_of
from .report import LabFailed

# What Xen and dom0 themselves take, in MiB.
DOM0_MEMORY = 512
XEN_MEMORY = 128
BOOT_SECONDS = MOST_SECONDS

XEN_OPTIONS = ("console=com1 com1=115200,8n1 bootscrub=0 spec-ctrl=no"
               " cpuidle=off clocksource=acpi"
               f" dom0_mem={DOM0_MEMORY}M,max:{DOM0_MEMORY}M"
               " dom0_max_vcpus=1")
LINUX_OPTIONS = "console=hvc0 mitigations=off nokaslr random.trust_cpu=on"
CAPABILITIES = "/proc/xen/capabilities"
# Lines after which there is nothing to wait for.
FATAL = re.compile(rb"^(.*Kernel panic.*|.*Panic on CPU.*|dom0: .*)$", re.M)


def host_is_dom0():
    try:
        with open(CAPABILITIES, encoding="ascii") as file:
            return "control_d" in file.read()
    except OSError:
        return False


class Dom0:
    """What both have in common."""

    def sh(self, command, timeout=MOST_SECONDS):
        """(exit status, standard output and errors) of a shell command."""
        text = bytearray()
        remote = self.start(["sh", "-c", command], output=text.extend,
                            errors=text.extend)
        remote.end_input()
        status = remote.wait(timeout)
        if status is None:
            remote.signal(9)
            raise LabFailed(f"not done after {timeout} s: {command}")
        return status, text.decode(errors="replace")


class VirtualDom0(Dom0):
    """QEMU, Xen and a dom0 from build/lab, booted by the constructor."""

    def __init__(self, images, memory, log=None, icount=False, more=(), cpus=1,
                 sockets=()):
        """memory: what guests may need, in MiB. log: gets the boot's text.
        cpus: how many are of use, dom0 itself has one. more, sockets: see
        qemu.Machine."""
        self.log = bytearray()
        self.fatal = None
        self.listener = log
        self.machine = start_machine(images, memory, self._hear, icount, more,
                                     cpus, sockets)
        self.link = Link(self.machine.connection)
        if not self.link.wait_ready(BOOT_SECONDS):
            why = self._why_not()
            self.close()
            raise LabFailed(why)

    def _hear(self, data):
        self.log += data
        del self.log[:-qemu.KEPT]
        if self.listener:
            self.listener(data)
        fatal = FATAL.search(self.log)
        if fatal and not self.fatal:
            self.fatal = fatal.group().decode(errors="replace").strip()
            self.machine.connection.shutdown(socket.SHUT_RDWR)

    def _why_not(self):
        self.machine.ended.wait(0.2)
        complaints = self.machine.complaints.decode(errors="replace").strip()
        if self.fatal:
            return f"the virtual host stopped: {self.fatal}"
        if self.machine.ended.is_set():
            return f"QEMU ended: {complaints or 'without a word'}"
        return f"dom0 did not come up in {BOOT_SECONDS} s"

    def start(self, arguments, terminal=False, output=None, errors=None):
        return self.link.start(arguments, terminal, output, errors)

    def put(self, path, data):
        # Seldom, on a busy machine, dom0 did not answer in a minute; why is not
        # known. So there is a second try.
        for patience in (60, MOST_SECONDS):
            remote = self.start(["sh", "-c", f"cat > {shlex.quote(path)}"])
            remote.write(data)
            remote.end_input()
            status = remote.wait(patience)
            if status == 0:
                return path
            if status is not None:
                break
            remote.signal(9)
        raise LabFailed(f"dom0 cannot take {path}: "
                        + remote.complained.decode(errors="replace"))

    def show(self, path):
        """The folder that was shared by shared_folder(), at `path`."""
        status, said = self.sh(
            "modprobe -a 9pnet_virtio 9p"
            f" && mkdir -p {path} && mount -t 9p -o trans=virtio,ro,"
            f"version=9p2000.L,msize=262144 shared {path}")
        if status:
            raise LabFailed(f"dom0 cannot see our folder: {said.strip()}")

    def put_file(self, place):
        """A file of this machine, by its own name in dom0's /root."""
        with open(place, "rb") as file:
            return self.put("/root/" + os.path.basename(place), file.read())

    def close(self):
        self.machine.stop()


def start_machine(images, memory, serial, icount, more, cpus, sockets):
    total = max(1024, memory + memory // 32 + DOM0_MEMORY + XEN_MEMORY)
    qemu.check(total)
    modules = [f"{images}/vmlinux {LINUX_OPTIONS}", f"{images}/dom0.cpio"]
    return qemu.Machine(total, f"{images}/xen", XEN_OPTIONS, modules, serial,
                        link=True, icount=icount, more=more, cpus=cpus,
                        sockets=sockets)


class LocalDom0(Dom0):
    """This machine, which runs Xen and is its dom0."""

    def __init__(self, programs):
        """programs: the folder of our own dom0 programs."""
        self.programs = programs
        self.files = tempfile.TemporaryDirectory(prefix="coracle-")
        self.root = [] if os.getuid() == 0 else ["sudo"]

    def start(self, arguments, terminal=False, output=None, errors=None):
        own = os.path.join(self.programs, arguments[0])
        if os.path.exists(own):
            arguments = [own, *arguments[1:]]
        return LocalProgram(self.root + list(arguments), terminal, output,
                            errors)

    def put(self, path, data):
        place = os.path.join(self.files.name, os.path.basename(path))
        with open(place, "wb") as file:
            file.write(data)
        return place

    def put_file(self, place):
        return os.path.abspath(place)

    def close(self):
        self.files.cleanup()


class LocalProgram:
    """A program on this machine, with the calls of link.Remote."""

    def __init__(self, arguments, terminal, output, errors):
        self.printed = bytearray()
        self.complained = bytearray()
        pipe = None if terminal else subprocess.PIPE
        self.process = subprocess.Popen(
            arguments, stdin=pipe, stdout=pipe, stderr=pipe,
            preexec_fn=qemu.die_with_parent)
        self.threads = []
        if not terminal:
            self._copy(self.process.stdout, output or self.printed.extend)
            self._copy(self.process.stderr, errors or self.complained.extend)

    def _copy(self, source, sink):
        def copy():
            while data := os.read(source.fileno(), 32768):
                sink(data)
        thread = threading.Thread(target=copy, daemon=True)
        thread.start()
        self.threads.append(thread)

    def write(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError:
            pass

    def end_input(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=None):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        for thread in self.threads:
            thread.join(1)
        return status_of(-self.process.returncode
                         if self.process.returncode < 0
                         else self.process.returncode << 8)
