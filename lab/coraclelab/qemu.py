# SPDX-License-Identifier: BSD-2-Clause
"""The emulated machine: one QEMU process that dies with its runner.

QEMU emulates the CPU (TCG). /dev/kvm is not asked: where it opens at all inside
other virtual machines it often cannot boot Linux, and a PV guest needs no
hardware's help. `qemu64,+rdrand` is a CPU on which this dom0 boots and has
entropy at once.

There is one CPU unless more are asked for: with two, each a thread of QEMU's, a
machine that is busy with other work stops the one that the other spins for, and
a boot takes twice as long. There are never more than this machine has itself; a
guest may have more vCPUs than that, and Xen schedules them.

Xen is a multiboot kernel and gets its modules from QEMU's -initrd: the kernel
of dom0 with its arguments, then its initramfs. A comma in them is doubled,
because a comma parts modules.

The machine reaches nothing: a network card exists only when a port was asked
for, and then as QEMU's user network with restrict=on (network.py).
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading

from .report import LabFailed

QEMU = "qemu-system-x86_64"
PR_SET_PDEATHSIG = 1

# On two emulated CPUs Xen's usual scheduler, credit2, now and then leaves a
# vCPU that could run in its queue while both CPUs idle, for ever (its debug key
# `r` shows it). The older credit has a tick and looks again.
SEVERAL_CPUS = " sched=credit"

# What is kept of the serial line for a report of failure.
KEPT = 65536


def die_with_parent(number=signal.SIGKILL):
    """Have the kernel send this process `number` when its parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))


class Machine:
    """One QEMU, started by the constructor, ended by `stop`.

    serial: a function that gets the bytes of the first serial line.
    link: whether there is a virtio-serial port; `connection` is our end of it.
    more: options; sockets: those whose descriptors the options name. QEMU gets
    them, here they are closed.
    """

    def __init__(self, memory, xen, xen_options, modules, serial, link=False,
                 icount=False, more=(), cpus=1, sockets=()):
        self.connection = None
        files = list(sockets)
        if cpus > 1:
            xen_options += SEVERAL_CPUS
        command = [
            QEMU, "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-cpu", "qemu64,+rdrand", "-m", f"{memory}M",
            "-kernel", xen, "-append", xen_options,
            "-initrd", ",".join(m.replace(",", ",,") for m in modules),
            "-chardev", "stdio,id=serial,signal=off",
            "-serial", "chardev:serial"]
        cpus = min(cpus, len(os.sched_getaffinity(0)))
        several = cpus > 1 and not icount
        command += ["-smp", str(cpus), "-accel",
                    f"tcg,thread={'multi' if several else 'single'}"]
        if icount:
            command += ["-icount", "shift=0,sleep=off"]
        if link:
            self.connection, theirs = socket.socketpair()
            files.append(theirs)
            command += ["-device", "virtio-serial-pci",
                        "-chardev", f"socket,id=link,fd={theirs.fileno()}",
                        "-device", "virtserialport,chardev=link,name=lab"]
        command += more
        runner = os.getpid()

        def before():
            die_with_parent()
            if os.getppid() != runner:
                os._exit(1)

        # In a session of its own: Ctrl-C is for the runner, which stops it.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=before, start_new_session=True,
            pass_fds=[f.fileno() for f in files])
        for file in files:
            file.close()
        self.complaints = bytearray()
        self.ended = threading.Event()
        self.threads = [
            self._thread(self._copy, self.process.stdout, serial),
            self._thread(self._copy, self.process.stderr,
                         self.complaints.extend)]
        self._thread(self._watch)

    @staticmethod
    def _thread(function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        return thread

    @staticmethod
    def _copy(source, sink):
        while True:
            data = os.read(source.fileno(), 65536)
            if not data:
                return
            sink(data)

    def _watch(self):
        """Announce the end once all that the machine said has been passed."""
        self.process.wait()
        for thread in self.threads:
            thread.join()
        self.ended.set()

    def type(self, data):
        """Send bytes into the serial line."""
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError:
            pass

    def stop(self):
        self.process.kill()
        self.process.wait()
        if self.connection:
            self.connection.close()


def memory_free():
    """What this machine has left, in MiB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return 0


def check(memory):
    """Whether a machine of that many MiB can be had; LabFailed if not.

    Most of it would never be touched; asking for all is for certain.
    """
    if shutil.which(QEMU) is None:
        raise LabFailed(f"no {QEMU} here; on Debian it is in the package"
                        " qemu-system-x86 (make distclean, then again)")
    free = memory_free()
    if memory > free:
        raise LabFailed(f"the virtual host needs {memory} MiB of memory, this"
                        f" machine has {free} MiB free")


def shared_folder(folder):
    """Options by which dom0 can read a folder of this machine (9p)."""
    return ["-virtfs", f"local,path={folder.replace(',', ',,')},"
            "mount_tag=shared,security_model=none,readonly=on,multidevs=remap"]
