# SPDX-License-Identifier: BSD-2-Clause
"""Files: our guest and a Linux guest with ext2 on the same RAM disk, in one boot.

The same programs for both: bench-files (POSIX' calls on one file) and SQLite's
own speedtest1, of the same source with the same flags. Each finds an empty file
system that mke2fs made. What is to come from the disk and not from memory is
read by a guest that has just started; the Linux guest mounts anew instead.
"""

import dataclasses
import gzip
import re
import subprocess

from coraclelab.guest import Guest, configuration

from .figures import Figure, NotMeasured

MEMORY = 64
LINUX_MEMORY = 192
RAM_KIB = 65536
FILE = "/file"
SQLITE_SIZE = 10
# The database's own journal, and a log that is written ahead.
JOURNALS = ("delete", "wal")
LINE = re.compile(r"^files (\S+) (\d+) (\d+)\r?$", re.M)
TOTAL = re.compile(r"^ *TOTAL\.* +(\d+\.\d+)s\r?$", re.M)


@dataclasses.dataclass
class Row:
    key: str
    name: str
    kind: str
    size: int
    count: int
    unit: str

    @property
    def words(self):
        return f"{self.kind} {self.size} {self.count}"

    def rate(self, ns):
        """From nanoseconds a call to the unit."""
        return 1e6 / ns if self.unit == "k/s" else self.size * 1000 / ns


# One start of the program after the other, each with nothing in memory.
STARTS = (
    (Row("write", "ext2: a new file of 32 MiB by 64 KiB, fsync", "write",
         65536, 512, "MB/s"),),
    (Row("read", "ext2: the same, read from the disk", "read", 65536, 512,
         "MB/s"),
     Row("reread", "ext2: the same, read from memory", "read", 65536, 512,
         "MB/s")),
    (Row("randread", "ext2: 4 KiB at random, read from the disk", "randread",
         4096, 2000, "k/s"),),
    (Row("randwrite", "ext2: 4 KiB at random, write, fsync", "randwrite", 4096,
         2000, "k/s"),),
)
ROWS = [row for start in STARTS for row in start]


def words(start):
    return " ".join(row.words for row in start)


def parse_files(text):
    """{Row.key: ns} of bench-files's lines, in the order of ROWS."""
    said = LINE.findall(text)
    wanted = [(row.kind, str(row.size)) for row in ROWS]
    if [(kind, size) for kind, size, _ in said] != wanted:
        raise NotMeasured("bench-files: " + last_line(text))
    return {row.key: int(ns) for row, (_, _, ns) in zip(ROWS, said)}


def parse_totals(text):
    """Seconds of speedtest1's runs, one of each kind of journal."""
    totals = [float(seconds) for seconds in TOTAL.findall(text)]
    if len(totals) != len(JOURNALS) or not all(totals):
        raise NotMeasured("speedtest1: " + last_line(text))
    return totals


def last_line(text):
    return (text.strip().splitlines() or ["nothing"])[-1]


class Disk:
    """/dev/ram0 of dom0's."""

    def __init__(self, host, scratch, progress):
        """progress: told what is next."""
        self.host, self.progress = host, progress
        with open(scratch, "wb") as file:
            file.truncate(RAM_KIB << 10)
        subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", "4096",
                        scratch], check=True)
        with open(scratch, "rb") as file:
            self.empty = host.put("/root/empty.gz",
                                  gzip.compress(file.read(), 1))
        self.sh(f"lab-devices && modprobe brd rd_nr=1 rd_size={RAM_KIB}")

    def sh(self, line):
        status, said = self.host.sh(line)
        if status:
            raise NotMeasured(last_line(said))

    def clear(self):
        """Make it an empty file system again; no page of it is missing."""
        self.sh(f"gunzip -c {self.empty} > /dev/ram0")


def run(host, name, kernel, arguments, memory, more):
    """What the guest printed."""
    guest = Guest(host, name)
    try:
        guest.create(configuration(name, kernel, arguments, memory, more=more))
        end = guest.wait_end(900)
        if end != ("poweroff", 0):
            raise NotMeasured(f"{name} ended: {end}: {last_line(guest.text)}")
        return guest.text
    finally:
        guest.destroy()


def speedtest(journal):
    return f"--size {SQLITE_SIZE} --journal {journal} "


def measure_ours(disk, files, sqlite):
    """Both programs' text; the arguments are images in dom0."""
    def start(kernel, arguments):
        disk.progress(f"files, ours: {arguments}")
        return run(disk.host, "files", kernel, arguments, MEMORY,
                   'disk = ["phy:/dev/ram0,xvda,w"]\n')

    disk.clear()
    said = "".join(start(files, f"{FILE} {words(each)}") for each in STARTS)
    for journal in JOURNALS:
        disk.clear()
        said += start(sqlite, f"{speedtest(journal)} /speed.db")
    return said


def measure_linux(disk, kernel, archive, programs):
    """The same, in one guest. programs: of Linux, in dom0."""
    def start(number, arguments):
        return (f"mount -t ext2 -o noatime /dev/xvda /mnt && /{number}"
                f" {arguments} && umount /mnt")

    loops = ['"phy:/dev/ram0,xvda,w"']
    lines = ["modprobe -a crc32c_generic ext4"]
    for number, place in enumerate(programs):
        # Whole sectors of the program, as a disk.
        disk.sh(f"dd if={place} of={place}.disk bs=4096 conv=sync;"
                f" losetup /dev/loop{number} {place}.disk")
        loops.append(f'"phy:/dev/loop{number},xvd{"bc"[number]},r"')
        lines.append(f"cat /dev/xvd{'bc'[number]} > /{number}")
        lines.append(f"chmod +x /{number}")
    files = lines + [start(0, f"/mnt{FILE} {words(each)}") for each in STARTS]
    said = ""
    for script in (files, *(lines + [start(1, speedtest(journal)
                                           + "/mnt/speed.db")]
                            for journal in JOURNALS)):
        disk.clear()
        disk.progress("files, Linux: " + script[-1].split(" && ")[1])
        said += run(
            disk.host, "linux", kernel,
            "console=hvc0 quiet loglevel=0 mitigations=off"
            f' run="{" && ".join(script)}"', LINUX_MEMORY,
            f'type = "pv"\nramdisk = "{archive}"\n'
            f"disk = [{', '.join(loops)}]\n")
    return said


def figures(ours, linux):
    """Rows of both texts."""
    mine, theirs = parse_files(ours), parse_files(linux)
    rows = [Figure(f"files-{row.key}", row.name, row.unit,
                   row.rate(mine[row.key]), goal=row.rate(theirs[row.key]),
                   peer=row.rate(theirs[row.key]), peer_name="Linux",
                   least=True)
            for row in ROWS]
    for journal, seconds, peer in zip(JOURNALS, parse_totals(ours),
                                      parse_totals(linux)):
        rows.append(Figure(
            f"sqlite-{journal}", f"SQLite's speedtest1 --size {SQLITE_SIZE},"
            f" journal {journal}", "s", seconds, goal=peer, peer=peer,
            peer_name="Linux"))
    return rows
