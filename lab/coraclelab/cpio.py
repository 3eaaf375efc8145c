# SPDX-License-Identifier: BSD-2-Clause
"""A writer of initramfs archives (cpio, the "newc" form).

Linux unpacks such an archive into its first root file system. Writing it from
here, name by name, needs neither root nor a staging folder: owners are always
root and device nodes are only lines in the archive. The format is described in
the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.

A name's parent folders are added by themselves; adding a name twice keeps the
first. Left out: hard links, and any owner but root.
"""

import os
import stat


class Archive:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.names = set()
        self.inode = 0

    def _record(self, name, mode, data=b"", device=(0, 0), modified=0):
        self.inode += 1
        encoded = name.encode() + b"\0"
        numbers = (self.inode, mode, 0, 0, 1, modified, len(data), 0, 0,
                   device[0], device[1], len(encoded), 0)
        header = b"070701" + b"".join(b"%08x" % n for n in numbers)
        for part in (header + encoded, data):
            self.file.write(part)
            self.file.write(b"\0" * (-len(part) % 4))

    def _claim(self, name):
        """Whether `name` is new; its parents exist from now on."""
        if name in self.names:
            return False
        parent = os.path.dirname(name)
        if parent:
            self.folder(parent)
        self.names.add(name)
        return True

    def folder(self, name, mode=0o755):
        if self._claim(name):
            self._record(name, stat.S_IFDIR | mode)

    def file_from(self, name, data, mode=0o644, modified=0):
        if self._claim(name):
            self._record(name, stat.S_IFREG | mode, data, modified=modified)

    def link(self, name, target):
        if self._claim(name):
            self._record(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor, mode=0o600):
        if self._claim(name):
            self._record(name, stat.S_IFCHR | mode, device=(major, minor))

    def close(self):
        self._record("TRAILER!!!", 0)
        self.file.close()
