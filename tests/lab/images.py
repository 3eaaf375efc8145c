# SPDX-License-Identifier: BSD-2-Clause
"""Images of file systems, made and judged by Debian's tools, not by ours."""

import struct
import subprocess


def run(*words):
    return subprocess.run([str(word) for word in words], check=False,
                          capture_output=True, text=True)


def make(path, size, *words):
    """An image; the words are mke2fs'."""
    with open(path, "wb") as file:
        file.truncate(size)
    if words:
        done = run("/sbin/mke2fs", "-q", "-F", *words, path)
        assert done.returncode == 0, done.stderr
    return path


def pattern(size, seed):
    """What `ext2 write` (guests/ext2) writes."""
    return b"".join(struct.pack("<Q", (i * 0x9e3779b97f4a7c15 + seed)
                                & (1 << 64) - 1) for i in range(size // 8))


def fsck(path):
    done = run("/sbin/e2fsck", "-fn", path)
    assert done.returncode == 0, done.stdout


def debugfs(path, command):
    return subprocess.run(["/sbin/debugfs", "-R", command, path], check=True,
                          capture_output=True).stdout
