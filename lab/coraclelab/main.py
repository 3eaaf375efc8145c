# SPDX-License-Identifier: BSD-2-Clause
"""The lab's verbs, as the Makefile calls them (lab/lab.mk).

    lab image   make the virtual host's files
    lab run     a program under xl, in the virtual host or on this one
    lab qemu    a program straight under Xen, in dom0's place
    lab shell   a shell in the virtual host's dom0
    lab gdb     as qemu, with gdb attached, stopped at main

Each ends with the status that make shall end with; report.py has the list.
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

from . import bare, disks, dom0, guest, image, network, qemu, terminal
from .link import LinkLost
from .report import (INTERRUPTED, LabFailed, lab_failed, say, step, verdict)

# A name that xl takes.
UNFIT = re.compile(r"[^A-Za-z0-9_.+-]")


def arguments():
    parser = argparse.ArgumentParser(prog="lab")
    verbs = parser.add_subparsers(dest="verb", required=True)

    def verb(name, function):
        one = verbs.add_parser(name)
        one.set_defaults(function=function)
        one.add_argument("--build", default="build", help="the folder build/")
        one.add_argument("--status", help="write the exit status here, end"
                         " with 0")
        one.add_argument("--verbose", action="store_true")
        one.add_argument("--icount", action="store_true",
                         help="virtual time: one instruction, one nanosecond")
        return one

    make = verb("image", make_image)
    make.add_argument("programs", nargs="*")
    for name, function in (("run", run), ("qemu", run_bare), ("gdb", debug)):
        one = verb(name, function)
        one.add_argument("image")
        one.add_argument("--config", default="")
        one.add_argument("--args")
        one.add_argument("--memory", type=int)
        one.add_argument("--vcpus", type=int)
        one.add_argument("--timeout", type=float, default=60)
        one.add_argument("--net", default="")
        one.add_argument("--forward", default="")
        one.add_argument("--ramdisk", default="")
        one.add_argument("--disk", default="")
        one.add_argument("--gdb", default="")
    one = verb("shell", shell)
    one.add_argument("--memory", type=int, default=512)
    one.add_argument("--forward", default="")
    return parser.parse_args()


# ---- Making the host's files ------------------------------------------------

def lab_folder(options):
    return os.path.join(options.build, "lab")


def make_image(options):
    out = lab_folder(options)
    sources = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with step("making the virtual host's dom0 from Debian packages"):
        try:
            image.build(f"{out}/debian", options.programs, sources, out)
        except (image.Missing, OSError) as error:
            return lab_failed(f"cannot make the virtual host: {error}")
    return 0


# ---- Running ----------------------------------------------------------------

def boot_log(options):
    """Where the boot's text goes: nowhere, or to standard error."""
    if options.verbose:
        return lambda data: os.write(2, data)
    return None


def open_dom0(options, memory, net, more=(), cpus=1):
    cards, sockets = net.cards()
    with step("starting the virtual host (Xen and dom0, about 10 s)"):
        return dom0.VirtualDom0(lab_folder(options), memory, boot_log(options),
                                options.icount, [*cards, *more], cpus,
                                sockets)


def read_config(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def number_of(key, asked, base, default):
    """A number of the guest: asked for, or its NAME.cfg's, or the default."""
    written = re.search(rf"^{key}\s*=\s*[\"']?(\d+)", base, re.M)
    return asked or (int(written.group(1)) if written else default)


def memory_of(options, base):
    return number_of("memory", options.memory, base, 8)


def vcpus_of(options, base):
    return number_of("vcpus", options.vcpus, base, 1)


def pass_input(send):
    """Standard input to the guest, and its end as a terminal tells it. Our own
    terminal keeps its line editing and echo, because a guest has neither."""
    if terminal.usable_input():
        keys = terminal.Keys(send)
        terminal.pass_input(keys.send, keys.end)


def run(options):
    base = read_config(options.config)
    memory = memory_of(options, base)
    name = UNFIT.sub("_", os.path.basename(options.image)[:-len(".elf")])
    own_disks = disks.parse(options.disk)
    for disk in own_disks:
        disk.make()
    if dom0.host_is_dom0():
        vifs = network.real_vifs(options.net, options.forward, base)
        if options.forward:
            say("  NET     this machine is the Xen host: nothing is forwarded,"
                " the guest has an address of its own")
        return run_on_xen(options, dom0.LocalDom0(lab_folder(options)),
                          f"{name}-{os.getpid()}", base, memory,
                          network.vif_line(vifs)
                          + disks.line(own_disks, False))
    net = network.Network(options.net, options.forward, base)
    host = open_dom0(options, memory, net, disks.qemu_options(own_disks),
                     vcpus_of(options, base))
    if net.bridges or own_disks or re.search(r"^\s*disk\s*=", base, re.M):
        ready_devices(host, net)
    for line in net.announcement():
        say(line)
    return run_on_xen(options, host, name, base, memory,
                      network.vif_line(net.vifs) + disks.line(own_disks, True))


def ready_devices(host, net):
    status, said = host.sh(f"lab-devices {net.devices()}")
    if status:
        raise LabFailed(f"dom0's network: {guest.last_line(said)}")


def run_on_xen(options, host, name, base, memory, devices):
    """On either kind of dom0, which is closed at the end.

    devices: further lines of the configuration.
    """
    one = guest.Guest(host, name, terminal.write_out)
    try:
        one.create(guest.configuration(
            name, host.put_file(options.image), options.args, memory,
            options.vcpus, base, more=devices + guest.ramdisk_line(host, options.ramdisk)))
        pass_input(one.send)
        end = one.wait_end(options.timeout or None)
        if one.lost:
            say(f"{one.lost} bytes of the console were lost")
        return verdict(end, options.timeout)
    finally:
        if isinstance(host, dom0.LocalDom0):
            one.destroy()
        host.close()


def start_bare(options, more=()):
    if options.net or options.forward:
        raise LabFailed(f"make {options.verb} has no dom0 and so no network: use"
                        " make run")
    if options.disk:
        raise LabFailed(f"make {options.verb} has no dom0 and so no disks: use"
                        " make run")
    base = read_config(options.config)
    return bare.BareGuest(
        os.path.join(lab_folder(options), "xen"), options.image,
        options.args or "", memory_of(options, base),
        terminal.write_out, boot_log(options) or (lambda data: None),
        options.icount, more, vcpus_of(options, base), options.ramdisk)


def run_bare(options):
    machine = start_bare(options)
    pass_input(machine.send)
    return verdict(machine.wait_end(options.timeout or None), options.timeout)


GREETING = """\
dom0 of the virtual host. This folder is the project's, read-only; try
    xl create -c examples/hello/hello.cfg      Ctrl-] leaves the console
    xl list; xenstore-ls; cat /var/log/xen/guest-*.log; exit
The bridge is xenbr0. vif = ['mac=00:16:3e:00:00:00'] gives a guest the address
10.0.2.15, to which FORWARD leads; others get the next ones.
"""


def shell(options):
    if dom0.host_is_dom0():
        return lab_failed("this machine is a dom0 itself: use its own shell")
    folder = os.path.dirname(os.path.abspath(options.build))
    net = network.Network("1", options.forward, "")
    host = open_dom0(options, options.memory, net, qemu.shared_folder(folder))
    try:
        host.show("/coracle")
        ready_devices(host, net)
        for line in net.announcement():
            say(line)
        command = ["sh", "-c", "cd /coracle && exec env PS1='dom0:\\w# ' bash"]
        if terminal.is_terminal():
            return shell_on_terminal(host, command)
        inner = host.start(command, output=terminal.write_out,
                           errors=lambda data: os.write(2, data))
        terminal.pass_input(inner.write, inner.end_input)
        return inner.wait()
    finally:
        host.close()


def shell_on_terminal(host, command):
    sys.stdout.write(GREETING)
    sys.stdout.flush()
    inner = host.start(command, terminal=True, output=terminal.write_out)
    inner.resize(*terminal.size())
    signal.signal(signal.SIGWINCH,
                  lambda number, frame: inner.resize(*terminal.size()))
    terminal.by_the_key()
    terminal.pass_input(inner.write)
    return inner.wait()


# ---- Debugging --------------------------------------------------------------

def debug(options):
    """gdb in front, the guest under Xen behind it, until gdb ends.

    main is reached with a hardware breakpoint: when gdb sets it, the memory
    that main will be in is not yet the guest's. The guest's console comes on
    standard output, between gdb's own lines.
    """
    with tempfile.TemporaryDirectory(prefix="coracle-gdb-") as folder:
        stub = os.path.join(folder, "stub")
        machine = start_bare(
            options, ["-S", "-gdb", f"unix:{stub},server=on,wait=off"])
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is gdb's
        try:
            return subprocess.run(
                ["gdb", "-q", "-ex", "set confirm off", "-ex",
                 f"target remote {stub}", "-ex", "hbreak main", "-ex",
                 "continue", *shlex.split(options.gdb), options.image],
                preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                 signal.SIG_DFL),
                check=False).returncode
        finally:
            machine.machine.stop()


def main():
    # Whoever started us is gone: nobody reads what we do.
    qemu.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    options = arguments()
    status = guarded(options)
    terminal.restore()
    if options.status:
        with open(options.status, "w", encoding="ascii") as file:
            file.write(f"{status}\n")
        return 0
    return status


def guarded(options):
    """The verb's status, whatever happens in it."""
    try:
        return options.function(options)
    except LabFailed as error:
        return lab_failed(str(error))
    except LinkLost as error:
        return lab_failed(f"the virtual host is gone: {error}")
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        return end.code
