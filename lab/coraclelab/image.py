# SPDX-License-Identifier: BSD-2-Clause
"""Makes what the virtual host boots: xen, a dom0 kernel and its initramfs.

Everything comes out of Debian packages (lab/packages-dom0), installed on this
machine or unpacked in build/lab/debian; nothing is compiled here except the
lab's own small programs, which the Makefile hands over. The files are left
unpacked: an emulated CPU takes seconds to unpack what this machine does at
once. The same kernel with a busybox of its own is the Linux peer that
measurements are held against.

The dom0 has no disk and no init system; lab/dom0/init is all there is to its
boot. Which kernel version is found, not typed in: the newest one whose modules
serve Xen.
"""

import gzip
import lzma
import os
import re
import stat
import struct
import subprocess

from .cpio import Archive
from .debian import Missing, Modules, Tree, depends

DOM0_MODULES = ("virtio_pci", "virtio_console", "xen-evtchn", "xen-gntdev",
                "xen-gntalloc", "xen-privcmd", "xenfs", "xen-netback",
                "xen-blkback", "bridge", "tun", "veth", "loop",
                "9pnet_virtio", "9p",
                "virtio_net", "virtio_blk", "sch_ingress", "cls_u32",
                "act_gact", "brd", "null_blk", "pktgen")
# crc32c_generic: ext4, which is Debian's ext2 too, asks for it by name.
PEER_MODULES = ("xenfs", "xen-netfront", "xen-blkfront", "bridge",
                "nf_tables", "nft_chain_nat", "nft_masq",
                "crc32c_generic", "ext4")

XEN_PROGRAMS = ("xl", "xenstored", "xenconsoled", "xenconsole", "xen-init-dom0",
                "libxl-save-helper", "xenlockprof", "xentop", "lsevtchn",
                "xen-diag")
DEBIAN_PROGRAMS = ("bash", "ip", "bridge", "tc", "brctl", "flock", "losetup",
                   "iperf", "xenstore", "xenstore-ls", "xenstore-read",
                   "xenstore-write", "xenstore-rm", "xenstore-list",
                   "xenstore-exists", "xenstore-chmod", "xenstore-watch",
                   "xenstore-control", "dnsmasq", "tcpdump", "ping", "ethtool",
                   "wrk")
PEER_PROGRAMS = ("bash", "ip", "ping", "ethtool", "iperf", "nginx", "nft",
                 "xenstore-read", "xenstore-write")


def unpack_kernel(packed):
    """The ELF file inside a bzImage; the bzImage itself if it is not xz.

    Offsets are those of the kernel's Documentation/x86/boot.rst.
    """
    setup_sectors = packed[0x1f1] or 4
    offset, length = struct.unpack_from("<II", packed, 0x248)
    payload = packed[(setup_sectors + 1) * 512 + offset:][:length]
    if payload[:6] != b"\xfd7zXZ\0":
        return packed
    return lzma.LZMADecompressor().decompress(payload)


def find_kernel(tree):
    """(version, real place of vmlinuz, modules) of the newest for Xen."""
    def folder(place):
        version = os.path.basename(place)[len("vmlinuz-"):]
        return version, f"lib/modules/{version}"

    def serves_xen(place):
        try:
            tree.find(folder(place)[1] + "/kernel/drivers/net/xen-netback")
        except Missing:
            return False
        return True

    kernel = tree.first("boot/vmlinuz-*", serves_xen)
    version, path = folder(kernel)
    return version, kernel, Modules(tree.find(path))


def read(place):
    with open(place, "rb") as file:
        return file.read()


class Image:
    """Fills one initramfs."""

    def __init__(self, tree, path):
        self.tree = tree
        self.archive = Archive(path)

    def skeleton(self):
        for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "proc",
                     "sys", "dev", "tmp", "root", "var/log/xen", "var/lib/xen",
                     "var/lib/xenstored", "run/xen", "run/xenstored",
                     "run/xen-hotplug", "run/lock", "etc/lab", "mnt", "srv"):
            self.archive.folder(name)
        for name in ("bin", "sbin", "lib", "lib64"):
            self.archive.link(name, f"usr/{name}")
        self.archive.link("var/run", "../run")
        self.archive.link("var/lock", "../run/lock")
        self.archive.device("dev/console", 5, 1)
        # tcpdump becomes that user, and shall still write where it is told.
        self.archive.file_from("etc/passwd", b"root::0:0:root:/root:/bin/bash\n"
                               b"tcpdump::0:0::/root:/bin/bash\n")
        self.archive.file_from("etc/group", b"root:x:0:\n")
        self.archive.file_from("etc/hostname", b"dom0\n")

    def program(self, place, path):
        """A program and the libraries that it needs."""
        data = read(place)
        self.archive.file_from(path, data, 0o755)
        if data[:4] == b"\x7fELF":
            for name, library in self.tree.libraries(place).items():
                self.archive.file_from(merged(name), read(library), 0o755)

    def busybox(self):
        """busybox with all its names; those that are added earlier stay."""
        place = self.tree.program("busybox")
        self.program(place, "usr/bin/busybox")
        names = subprocess.run([place, "--list"], check=True,
                               capture_output=True, text=True).stdout
        for name in names.split():
            self.archive.link(f"usr/bin/{name}", "busybox")

    def debian_programs(self, names):
        for name in names:
            self.program(self.tree.program(name), f"usr/bin/{name}")

    def xen_files(self):
        for name in XEN_PROGRAMS:
            path = f"usr/lib/xen-4.17/bin/{name}"
            self.program(self.tree.find(path), path)
            self.archive.link(f"usr/sbin/{name}", f"/{path}")
        folder = self.tree.find("etc/xen/scripts")
        for name in sorted(os.listdir(folder)):
            place = os.path.join(folder, name)
            mode = 0o755 if os.stat(place).st_mode & stat.S_IXUSR else 0o644
            self.archive.file_from(f"etc/xen/scripts/{name}", read(place), mode)
        self.archive.file_from("etc/xen/xl.conf", b'autoballoon="off"\n')

    def modules(self, version, modules, wanted):
        """The modules in one folder, with the list that modprobe reads."""
        folder = f"usr/lib/modules/{version}"
        lines = []
        for place in modules.ordered(wanted):
            name = os.path.basename(place)
            self.archive.file_from(f"{folder}/{name}", read(place))
            needed = [os.path.basename(p) for p in modules.ordered(
                depends(place))]
            lines.append(f"{name}: {' '.join(reversed(needed))}\n")
        self.archive.file_from(f"{folder}/modules.dep",
                               "".join(lines).encode())


def merged(path):
    """Where a path lies when /bin, /sbin and /lib are links into /usr."""
    return re.sub(r"^(bin|sbin|lib|lib64)/", r"usr/\1/", path)


def build_dom0(image, version, modules, programs, sources):
    image.skeleton()
    for name in ("init", "devices"):
        path = "init" if name == "init" else f"usr/sbin/lab-{name}"
        image.archive.file_from(path, read(f"{sources}/dom0/{name}"), 0o755)
    for place in programs:
        image.program(place, "usr/bin/" + os.path.basename(place))
    image.debian_programs(DEBIAN_PROGRAMS)
    image.busybox()
    image.xen_files()
    image.modules(version, modules, DOM0_MODULES)
    image.archive.close()


def build_peer(image, version, modules, sources):
    image.skeleton()
    for name, path in (("init", "init"), ("dhcp", "etc/lab/dhcp"),
                       ("nginx.conf", "etc/lab/nginx.conf")):
        image.archive.file_from(path, read(f"{sources}/linux/{name}"), 0o755)
    image.debian_programs(PEER_PROGRAMS)
    image.busybox()
    image.modules(version, modules, PEER_MODULES)
    image.archive.close()


def build(unpacked, programs, sources, out):
    """Write xen, vmlinux, dom0.cpio and linux.cpio into the folder `out`.

    unpacked: a folder of unpacked packages, or one that does not exist.
    programs: our own, for dom0. sources: the folder lab/.
    """
    tree = Tree(unpacked)
    version, kernel, modules = find_kernel(tree)

    def write(name, data):
        with open(os.path.join(out, name), "wb") as file:
            file.write(data)

    write("xen", gzip.decompress(read(tree.first("boot/xen-4.17-amd64.gz"))))
    write("vmlinux", unpack_kernel(read(kernel)))
    build_dom0(Image(tree, os.path.join(out, "dom0.cpio")), version, modules,
               programs, sources)
    build_peer(Image(tree, os.path.join(out, "linux.cpio")), version, modules,
               sources)
