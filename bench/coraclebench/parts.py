# SPDX-License-Identifier: BSD-2-Clause
"""The parts of `make bench`: which figures there are, and how each is taken.

Each part has a virtual host of its own if it needs one, so that what stops one
does not stop the others; build/bench has what was measured so far. A figure that
could not be taken is a row that says why.
"""

import contextlib
import os
import subprocess
import time
import traceback

from coraclelab import dom0, qemu
from coraclelab.link import LinkLost
from coraclelab.report import LabFailed, say

from . import (boxes, costs, cpus, crowd, disks, files, middlebox, network,
               swap)
from .creation import LINUX_WORD, Creator, linux_initramfs, wake_initramfs
from .figures import (Figure, NotMeasured, as_json, growth, median,
                      parse_costs, summary, table)

METHOD = ("virtual time: 1 instruction of Xen, dom0 or guest = 1 ns; one"
          " emulated CPU (QEMU -icount shift=0,sleep=off), but where a row says"
          " otherwise")
REPEATS = 11
SIZES = (8, 108, 208, 1032, 4096)
CROWD = 50
# Which of them to show, and what mini-os took.
CROWD_SHOWN = {2: 36, 16: None, 50: 76}
LINUX_MEMORY = 128
# Measured earlier on this lab, in the same way.
OTHER_PEERS = "mini-os 36.5, Unikraft 50.2"
# How a measurement fails that is right itself. AssertionError: Guest.wait_for's.
FAILURES = (NotMeasured, LabFailed, LinkLost, AssertionError, OSError,
            subprocess.SubprocessError)


class Bench:
    def __init__(self, build):
        self.build = build
        self.lab = os.path.join(build, "lab")
        self.figures = []
        self.failed = False
        self.began = time.monotonic()

    def image(self, name):
        return os.path.join(self.build, f"{name}.elf")

    def add(self, *arguments, **more):
        self.figures.append(Figure(*arguments, **more))

    def progress(self, what):
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        say(f"  BENCH   {minutes}:{seconds:02}  {what}")

    @contextlib.contextmanager
    def part(self, key, name):
        """Measurements that stand or fall together; the rest goes on."""
        self.progress(name)
        try:
            yield
        except FAILURES as error:
            self.not_measured(key, name, error)

    def not_measured(self, key, name, error):
        self.failed = True
        why = " ".join(str(error).split()) or type(error).__name__
        self.add(key, name, "", why=why)
        say(f"not measured: {name}: {why}")

    def run(self, parts):
        """Measure these of PARTS. Whatever goes wrong, the next one follows."""
        for number, name in enumerate(parts, 1):
            self.progress(f"part {number} of {len(parts)}: {name}")
            try:
                PARTS[name][0](self)
            except FAILURES as error:
                self.not_measured(name, f"the rest of part {name}", error)
            except Exception as error:  # ours, and it may not cost the others
                traceback.print_exc()
                self.not_measured(name, f"the rest of part {name}", error)
            self.write()

    # ---- Without a dom0 ----------------------------------------------------

    def sizes(self):
        others = "mini-os 104, Unikraft 131 (no libc)"
        for key, name, goal, beside in (
                ("hello", "with newlib", 160, others),
                ("bare", "no C library", 64, others),
                ("httpd", "with TCP/IP", network.HTTPD_SIZE_GOAL, ""),
                ("click", "with the packet graph", middlebox.SIZE_GOAL, "")):
            with self.part(f"size-{key}", f"size of {key}, {name}"):
                size = costs.stripped_size(self.image(key))
                self.add(f"size-{key}", f"image of {key}, {name}, stripped",
                         "KB", size / 1000, goal=goal, others=beside)

    def costs(self):
        for program in costs.COSTS:
            with self.part(program, f"elementary costs, {program}"):
                said = parse_costs(
                    costs.run_bare(self.lab, self.image(program), 8))
                self.figures += costs.cost_figures(program, said)
                if program == "bench-kernel":
                    self.figures.append(costs.sleep_figure(said))

    def entry(self, key, name, times):
        """Rows for {MiB: microseconds} to main()."""
        self.add(f"entry-{key}", f"entry to main, 8 MiB, {name}", "ms",
                 times[8] / 1000, goal=0.5)
        self.add(f"growth-{key}",
                 f"growth per 100 MiB, to {max(times)} MiB, {name}", "ms",
                 growth(times) / 1000, goal=1.0,
                 samples=sorted((size, us / 1000)
                                for size, us in times.items()))

    def entry_bare(self, sizes):
        with self.part("entry-xen", "entry to main, under Xen"):
            self.entry("xen", "Xen alone", costs.entry_bare(
                self.lab, self.image("hello"), sizes))

    def cpus_bare(self):
        several, wake = self.image("bench-cpus"), self.image("bench-wake")
        with self.part("boot-xen", "boot of several vCPUs, under Xen"):
            self.figures += cpus.boot_bare(self.lab, several)
        with self.part("wake-xen", "waking on another CPU, under Xen"):
            self.figures.append(cpus.wake_bare(self.lab, wake))
        with self.part("speedup-xen", "two threads compute, under Xen"):
            self.figures += cpus.speedup_bare(self.lab, several)

    # ---- With a dom0 -------------------------------------------------------

    @contextlib.contextmanager
    def host(self, memory, icount=True, count=1, more=(), sockets=()):
        """A virtual host that can see the folder of the lab in /mnt."""
        self.progress(f"a virtual host starts, {count} CPU"
                      + (", in virtual time" if icount else ""))
        host = dom0.VirtualDom0(
            self.lab, memory, icount=icount, cpus=count,
            more=[*qemu.shared_folder(os.path.abspath(self.lab)), *more],
            sockets=sockets)
        try:
            host.show("/mnt")
            yield host
        finally:
            host.close()

    def under_xl(self, sizes):
        with self.host(max(max(sizes), 1024)) as host:
            self.creations(host, sizes)

    def network(self):
        with self.host(1024) as host:
            load = network.Load(host)
            ramdisk = os.path.join(self.lab, "page.cpio")
            network.page_ramdisk(ramdisk)
            ours = network.Coracle(load, *(host.put_file(path) for path in (
                self.image("iperf"), self.image("httpd"), ramdisk)))
            with self.part("first-ping", "boot to the first answered ping"):
                self.figures.append(network.boot_figure(
                    network.boot_ours(load, ours), network.boot_linux(load)))
            # One after the other: both have the same address.
            found = self.measured(load, ours)
            self.figures += network.row_figures(
                found, self.measured(load, network.Linux(load)))

    def middleboxes(self):
        with self.host(1024) as host:
            load = middlebox.Load(host)
            ours = boxes.Ours(load, host.put_file(self.image("click")))
            linux = boxes.Linux(load)
            with self.part("box-first", "boot to the first forwarded packet"):
                self.figures.append(middlebox.first_figure(load, ours, linux))
            found = []
            for system in (ours, linux):
                found.append({})
                for box in boxes.BOXES:
                    with self.part(f"{system.name}-{box[0]}",
                                   f"middlebox, {system.name}: {box[0]}"):
                        found[-1] |= middlebox.measure(load, system, box)
            linux.close()
            self.figures += middlebox.figures(*found)

    def configurations(self):
        with self.host(1024) as host:
            load = middlebox.Load(host)
            ours = boxes.Ours(load, host.put_file(self.image("click")))
            times = {}
            for name in swap.EXAMPLES:
                with self.part(f"start-{name}", f"configuration: {name}"):
                    times[name] = swap.start_and_swap(load, ours, name)
            self.figures += swap.time_figures(times)
            for name in swap.STREAMS:
                with self.part(f"swap-{name}", f"swaps under a stream: {name}"):
                    self.figures += swap.stream_figures(
                        name, swap.under_stream(load, ours, name))

    def crowd_of_boxes(self):
        with self.host(crowd.ROOM) as host, self.part(
                "crowd-boxes", f"{crowd.COUNT} middleboxes at once"):
            routers = crowd.Crowd(host, host.put_file(self.image("click")),
                                  host.put_file("examples/click/router.click"),
                                  self.progress)
            self.figures += crowd.figures(routers.run())

    def disks(self):
        with self.host(1024) as host, self.part("disk", "a RAM disk"):
            ours, program = (host.put_file(path) for path in (
                self.image("bench-block"), f"{self.lab}/bench-disk-linux"))
            archive = linux_archive(host)
            self.figures += disks.measure(
                host, self.progress, ours, linux_kernel(host), archive, program)

    def files(self):
        with self.host(1024) as host, self.part("files", "files on ext2"):
            disk = files.Disk(host, f"{self.lab}/bench-ext2.img",
                              self.progress)
            ours, sqlite, *programs = (host.put_file(path) for path in (
                self.image("bench-files"), self.image("speedtest1"),
                f"{self.lab}/bench-files-linux", f"{self.lab}/ported-speedtest1"))
            archive = linux_archive(host)
            self.figures += files.figures(
                files.measure_ours(disk, ours, sqlite),
                files.measure_linux(disk, linux_kernel(host), archive,
                                    programs))

    def measured(self, load, system):
        """{key: number} of one system under dom0's load."""
        found = {}
        for measure in network.MEASUREMENTS:
            what = f"network, {system.name}: {measure.__name__}"
            with self.part(f"{system.name}-{measure.__name__}", what):
                found |= measure(load, system)
        system.close()
        return found

    def cpus_xl(self):
        """Several CPUs under xl: in virtual time, and by the clock."""
        several = self.image("bench-cpus")
        with self.host(1024, count=2) as host:
            creator = Creator(host, f"{self.lab}/create-time")
            with self.part("boot-xl", "boot of several vCPUs, under xl"):
                self.figures += cpus.boot_xl(creator, creator.take(several))
            with self.part("wake-xl", "waking on another CPU, under xl"):
                self.wake_xl(host, creator)
        with self.host(1024, icount=False, count=2) as host:
            creator = Creator(host, f"{self.lab}/create-time")
            with self.part("speedup-xl", "two threads compute, under xl"):
                self.figures.append(cpus.speedup_xl(host, creator,
                                                    creator.take(several)))

    def wake_xl(self, host, creator):
        archive = f"{self.lab}/linux-wake.cpio"
        wake_initramfs(archive, f"{self.lab}/bench-wake-linux")
        self.figures.append(cpus.wake_xl(
            creator, creator.take(self.image("bench-wake")),
            linux_kernel(host), creator.take(archive), LINUX_MEMORY))

    def creations(self, host, sizes):
        creator = Creator(host, f"{self.lab}/create-time")
        hello = creator.take(self.image("hello"))
        with self.part("create", "xl create to the first line, hello, Linux"):
            creator.once(hello, 8, "Hello")  # the first of the boot
            ours = creator.repeat(REPEATS, hello, 8, "Hello")
            self.created(ours, self.linux(host, creator))
        with self.part("unpause", "unpause to the first line"):
            self.unpaused(creator.repeat(5, hello, 8, "Hello", paused=True))
        with self.part("create-bare", "xl create to the first line, bare"):
            bare = creator.take(self.image("bare"))
            self.add("create-bare", "the same, bare (no C library)", "ms",
                     **lines(creator.repeat(5, bare, 8, "Hello")))
        with self.part("memory-4", "hello with memory=4"):
            self.add("memory-4", "hello runs in memory=4; entry to main", "ms",
                     creator.entry(hello, 4) / 1000, goal=0.5)
        with self.part("entry-xl", "entry to main, under xl"):
            self.entry("xl", "xl create", {
                size: creator.entry(hello, size) for size in sizes})
        with self.part("crowd", f"{CROWD} guests of 4 MiB"):
            self.crowd(creator)

    def linux(self, host, creator):
        """The Creation of Debian's kernel as a guest, in this boot."""
        archive = f"{self.lab}/linux-bench.cpio"
        linux_initramfs(archive, f"{self.lab}/debian")
        peer, _ = creator.once(
            linux_kernel(host), LINUX_MEMORY, LINUX_WORD, more=(
                f'ramdisk = "{creator.take(archive)}"\n'
                'extra = "console=hvc0 quiet loglevel=0 mitigations=off"\n'))
        host.sh("rm /root/vmlinux")
        return peer

    def created(self, ours, linux):
        if not all(creation.first for creation in ours):
            raise NotMeasured("hello's line is not the first of its console")
        self.add("create", "xl create to first line, hello, 8 MiB", "ms",
                 **lines(ours), goal=36, peer=linux.line / 1e6,
                 peer_name="Linux", others=OTHER_PEERS)

    def unpaused(self, ours):
        self.add("unpause", "of it: from unpause on", "ms", **lines(ours))
        spent = [creation.guest / 1e6 for creation in ours]
        self.add("guest", "of it: the guest itself, until it ends", "ms",
                 median(spent, "the guest's time"), samples=spent)

    def crowd(self, creator):
        idle = creator.take(self.image("bench-idle"))
        times = [creation.line / 1e6
                 for creation in creator.crowd(idle, CROWD, 4, "idle")]
        for place, peer in CROWD_SHOWN.items():
            self.add(f"crowd-{place}",
                     f"xl create -e of guest {place} of {CROWD}, 4 MiB", "ms",
                     times[place - 1],
                     others=f"mini-os {peer}" if peer else "", samples=times)

    def write(self):
        """What is known so far, into build/bench; the table."""
        about = {"version": os.environ.get("CORACLE_VERSION", "unknown"),
                 "method": METHOD}
        text = (f"Coracle {about['version']}; {METHOD}\n\n"
                + table(self.figures) + "\n" + summary(self.figures))
        folder = os.path.join(self.build, "bench")
        os.makedirs(folder, exist_ok=True)
        for name, what in (("results.txt", text),
                           ("results.json", as_json(about, self.figures))):
            with open(os.path.join(folder, name), "w",
                      encoding="utf-8") as file:
                file.write(what)
        return text


def linux_kernel(host):
    """Debian's kernel, a file in dom0."""
    status, said = host.sh("cp /mnt/vmlinux /root/vmlinux")
    if status:
        raise NotMeasured(said.strip())
    return "/root/vmlinux"


def linux_archive(host):
    """The Linux guest's first files, in dom0."""
    status, said = host.sh("cp /mnt/linux.cpio /root")
    if status:
        raise NotMeasured(said.strip())
    return "/root/linux.cpio"


def lines(creations):
    """A Figure's `ours` and `samples`: milliseconds to the first line."""
    samples = [creation.line / 1e6 for creation in creations]
    return {"ours": median(samples, "a creation"), "samples": samples}


def sizes_that_fit():
    room = qemu.memory_free() - 1024
    return [size for size in SIZES if size * 33 // 32 < room]


# What `make bench PART=...` may name, in the order of the table: how it is
# measured, and what it is. bench.mk knows which images each needs.
PARTS = {
    "sizes": (Bench.sizes, "images; no machine at all"),
    "costs": (Bench.costs, "single operations, straight under Xen"),
    "boot": (lambda bench: (bench.entry_bare(sizes_that_fit()),
                            bench.cpus_bare()),
             "entry to main, several vCPUs, straight under Xen"),
    "creation": (lambda bench: bench.under_xl(sizes_that_fit()),
                 "xl create to the first line: hello, a Linux, 50 guests"),
    "network": (Bench.network,
                "iperf, ping, wrk from dom0: our guests, and a Linux"),
    "middleboxes": (Bench.middleboxes,
                    "Click configurations, and a Linux, that forward"),
    "configurations": (Bench.configurations,
                       "the examples' starts and swaps, also under a stream"),
    "crowd": (Bench.crowd_of_boxes, "a hundred middleboxes at once"),
    "disks": (Bench.disks, "a RAM disk in dom0: our guest, and a Linux"),
    "files": (Bench.files, "ext2 on it, and SQLite on that: the same"),
    "cpus": (Bench.cpus_xl,
             "boot, wake-ups; two threads that compute, by the clock"),
}
