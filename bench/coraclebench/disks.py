# SPDX-License-Identifier: BSD-2-Clause
"""Disks: our guest and a Linux guest on the same RAM disk, in one boot.

Both say how long a request took, from submission to answer, at a depth: Xen's,
dom0's and their own work together. Ours calls the driver
(coracle/block.h), Linux is a program with O_DIRECT.
"""

import dataclasses
import re

from coraclelab.guest import Guest, configuration

from .figures import Figure, NotMeasured

MEMORY = 64
LINUX_MEMORY = 192
RAM_KIB = 65536
LINE = re.compile(r"^block (\S+) (\d+) (\d+) (\d+)\r?$", re.M)
MORE_THAN_LINUX = 1.2


@dataclasses.dataclass
class Row:
    kind: str
    size: int
    depth: int
    count: int
    name: str
    unit: str
    goal: float | None  # in `unit`; None: so many times what Linux does
    others: str

    @property
    def key(self):
        return self.kind, self.size, self.depth

    @property
    def words(self):
        return f"{self.kind} {self.size} {self.depth} {self.count}"

    def rate(self, ns):
        """From nanoseconds a request to the unit."""
        return (1e6 / ns if self.unit == "k/s" else self.size * 1000 / ns)


ROWS = (
    Row("read", 4096, 1, 3000, "disk: 4 KiB in a row, depth 1", "k/s", 28,
        "mini-os 27.9"),
    Row("randread", 4096, 32, 6000, "disk: 4 KiB at random, depth 32, read",
        "k/s", 130, "mini-os 125.3"),
    Row("randwrite", 4096, 32, 6000, "disk: the same, write", "k/s", 130,
        "mini-os 124.1"),
    Row("read", 1 << 20, 8, 128, "disk: 1 MiB in a row, depth 8, read", "MB/s",
        None, "mini-os 917 (40 KiB)"),
    Row("write", 1 << 20, 8, 128, "disk: the same, write", "MB/s", None,
        "mini-os 802 to 904"),
)
WORDS = " ".join(row.words for row in ROWS)


def parse_block(text):
    """{(kind, bytes, depth): ns} of bench-block's lines."""
    said = {(kind, int(size), int(depth)): int(ns)
            for kind, size, depth, ns in LINE.findall(text)}
    for row in ROWS:
        if not said.get(row.key):
            raise NotMeasured(f"no figure of {row.words}, but: "
                              + (text.strip().splitlines() or ["nothing"])[-1])
    return said


def run(host, name, kernel, arguments, memory, more):
    guest = Guest(host, name)
    try:
        guest.create(configuration(name, kernel, arguments, memory, more=more))
        end = guest.wait_end(600)
        return parse_block(guest.text or f"{name} ended: {end}")
    finally:
        guest.destroy()


def measure(host, progress, ours, kernel, archive, program):
    """Figures; ours to program: files in dom0. progress: told what is next."""
    status, said = host.sh(
        f"lab-devices && modprobe brd rd_nr=1 rd_size={RAM_KIB} &&"
        # Whole sectors of the program, as a disk.
        f" dd if={program} of={program}.disk bs=4096 conv=sync &&"
        f" losetup /dev/loop0 {program}.disk &&"
        # Linux's brd makes its pages when they are first written.
        f" dd if=/dev/zero of=/dev/ram0 bs=1024 count={RAM_KIB}")
    if status:
        raise NotMeasured(said.strip())
    disks = ['"phy:/dev/ram0,xvda,w"', '"phy:/dev/loop0,xvdb,r"']
    progress("disk, ours")
    mine = run(host, "disk", ours, f"xvda {WORDS}", MEMORY,
               f"disk = [{disks[0]}]\n")
    progress("disk, Linux")
    linux = run(
        host, "linux", kernel,
        "console=hvc0 quiet loglevel=0 mitigations=off"
        f' run="cat /dev/xvdb > /b; chmod +x /b; /b /dev/xvda {WORDS}"',
        LINUX_MEMORY,
        f'type = "pv"\nramdisk = "{archive}"\ndisk = [{", ".join(disks)}]\n')
    return [figure(row, mine[row.key], linux[row.key]) for row in ROWS]


def figure(row, ours, linux):
    peer = row.rate(linux)
    goal = row.goal or MORE_THAN_LINUX * peer
    return Figure("-".join(("disk", *map(str, row.key))), row.name, row.unit,
                  row.rate(ours), goal=goal, peer=peer, peer_name="Linux",
                  others=row.others, least=True)
