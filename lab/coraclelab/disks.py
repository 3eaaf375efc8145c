# SPDX-License-Identifier: BSD-2-Clause
"""The guest's disks: DISK=data.img,more.img:64M, files of this machine.

The first is xvda to the guest, the next xvdb. A file that is not there is made,
if a size is given, with an ext2 file system on it; one that is there is taken
as it is, whatever the size says. What the guest writes is in the file when the
guest has ended.

    data.img --QEMU's virtio-blk-- /dev/vda in dom0 --blkback-- xvda

On a machine that is a Xen host itself, xl takes the file.
"""

import dataclasses
import os
import re
import shutil
import string
import subprocess

from .report import LabFailed

WORD = re.compile(r"(.+?)(?::(\d+)([KMG]))?")
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
MOST = 16


@dataclasses.dataclass(frozen=True)
class Disk:
    path: str
    size: int | None  # bytes, for a file that is to be made

    def make(self):
        """Have the file."""
        if os.path.isdir(self.path):
            raise LabFailed(f"{self.path} is a folder, DISK takes files;"
                            " RAMDISK takes folders")
        if os.path.exists(self.path):
            return
        if not self.size and re.search(r":\d+\w*$", self.path):
            raise LabFailed(f"DISK={self.path}: no size, which is a number and"
                            " K, M or G")
        if not self.size:
            raise LabFailed(f"there is no {self.path}; DISK={self.path}:64M"
                            " makes one")
        mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin")
        if not mke2fs:
            raise LabFailed("mke2fs is not installed: package e2fsprogs")
        with open(self.path, "wb") as file:
            file.truncate(self.size)
        # Blocks of a page: for small disks mke2fs would take smaller ones.
        done = subprocess.run([mke2fs, "-q", "-F", "-t", "ext2", "-b", "4096",
                               self.path],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            os.unlink(self.path)
            raise LabFailed(f"{self.path}: no file system of"
                            f" {self.size >> 10} KiB can be made: "
                            + done.stderr.strip().split("\n")[0])


def parse(text):
    """The disks that DISK names."""
    disks = []
    for word in filter(None, text.split(",")):
        path, number, unit = WORD.fullmatch(word).groups()
        disks.append(Disk(path, int(number) * UNITS[unit] if number else None))
    if len(disks) > MOST:
        raise LabFailed(f"DISK takes {MOST} disks, not {len(disks)}")
    return disks


def qemu_options(disks):
    """As virtio disks of the machine that dom0 runs on."""
    options = []
    for number, disk in enumerate(disks):
        name = os.path.abspath(disk.path).replace(",", ",,")
        options += ["-drive", f"file={name},format=raw,if=none,id=disk{number}",
                    "-device", f"virtio-blk-pci,drive=disk{number}"]
    return options


def line(disks, in_virtual_host):
    """xl's line; "" if there are none."""
    if not disks:
        return ""
    words = []
    for letter, disk in zip(string.ascii_lowercase, disks):
        target = f"/dev/vd{letter}" if in_virtual_host \
            else os.path.abspath(disk.path)
        words.append(f'"format=raw,vdev=xvd{letter},access=rw,target={target}"')
    return f"disk = [{', '.join(words)}]\n"
