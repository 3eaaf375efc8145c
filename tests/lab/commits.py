# SPDX-License-Identifier: BSD-2-Clause
"""What guests/commits has done to a disk, and whether it is all there.

    image = Image(path, size, block)     a fresh ext2
    image.check(committed, mode)         after a crash

The file system is judged by e2fsck, the data base by SQLite's own
integrity_check and by a model in Python, both of this machine: none of it is
ours.
"""

import os
import re
import shutil
import sqlite3
import subprocess

ROWS, TEXT_MAX, NOTES = 500, 3000, 8

# What a crash may leave in a file system without a journal: numbers that are
# kept twice and differ, and what was being made or taken away.
ALLOWED = re.compile(
    r"was not cleanly unmounted|Pass \d|^$|^e2fsck |^Recreate\?|IGNORED|FIXED"
    r"|(Block|Inode) bitmap differences|Free (blocks|inodes) count wrong"
    r"|Directories count wrong|^Fix\? |^Clear\? |^Fix<y>"
    r"|i_blocks is \d+, should be|i_size is \d+, should be|i_size.* too"
    r"|Deleted inode \d+ has zero dtime|has zero dtime"
    r"|ref count is \d+, should be|^Set i_"
    r"|Unattached (zero-length )?inode|Connect to /lost\+found|/lost\+found not"
    r"|was part of the orphaned inode list|Entry '.*' in .* has deleted/unused"
    r"|WARNING: Filesystem still has errors|FILE SYSTEM WAS MODIFIED"
    r"|^\S+: .*files \(.*non-contiguous\), .*blocks$|^\S+: recovering|Padding at")


def model(last):
    """The rows after transaction `last`: id -> (n, text)."""
    rows = {}
    for n in range(1, last + 1):
        for i in range(n % 4 + 1):
            m = n * 4 + i
            letters = "".join(chr(ord("a") + (m + k) % 26) for k in range(26))
            length = m * 37 % TEXT_MAX
            text = (letters * (length // 26 + 1))[:length]
            rows[((m * 2654435761 & 0xffffffff) >> 7) % ROWS] = (m, text)
        if n % 5 == 0:
            rows.pop(n * 7919 % ROWS, None)
    return rows


def run(*words, statuses=(0,)):
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode in statuses, f"{words}: {done.stdout}"
    return done.stdout


class Image:
    """A file with an ext2 file system, which a guest has for a disk."""

    def __init__(self, path, megabytes=16, block=1024):
        self.path = str(path)
        with open(path, "wb") as file:
            file.truncate(megabytes << 20)
        run("/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", str(block),
            self.path)

    def repair(self, path):
        """e2fsck on the file `path`; what it found is what there may be."""
        found = run("/sbin/e2fsck", "-fn", path, statuses=(0, 4))
        strange = [line for line in found.splitlines()
                   if not ALLOWED.search(line)]
        assert not strange, "\n".join(strange) + "\n----\n" + found
        run("/sbin/e2fsck", "-fy", path, statuses=(0, 1))
        run("/sbin/e2fsck", "-fn", path)

    def check(self, committed, mode, repair=False):
        """A crash after `committed` was told: repair the file system, or a copy
        of it, and look whether nothing is lost. Returns the number of the last
        transaction that is there."""
        copy = self.path if repair else self.path + ".copy"
        if not repair:
            shutil.copyfile(self.path, copy)
        self.repair(copy)
        folder = self.path + ".files"
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        run("/sbin/debugfs", "-R", f"rdump / {folder}", copy)
        last = check_data(f"{folder}/{mode}.db", committed)
        check_notes(folder, committed)
        return last


def check_data(path, committed):
    data = sqlite3.connect(path)
    assert data.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    if not data.execute("SELECT 1 FROM sqlite_master"
                        " WHERE name = 'log'").fetchall():
        assert committed == 0
        return 0
    found = data.execute("SELECT n FROM log").fetchall()
    last = found[0][0] if found else 0
    # One more may be there than was told.
    assert committed <= last <= committed + 1
    rows = {row: (n, text) for row, n, text in
            data.execute("SELECT id, n, text FROM rows")}
    data.close()
    assert rows == model(last)
    return last


def check_notes(folder, committed):
    """A note is of one transaction, whole, and no older than the last one that
    was told."""
    for number in range(NOTES):
        told = max((n for n in range(3, committed + 1, 3)
                    if n // 3 % NOTES == number), default=0)
        path = f"{folder}/note{number}"
        if not os.path.exists(path):
            assert told == 0, path
            continue
        with open(path, encoding="ascii") as file:
            lines = file.read().split("\n")[:-1]
        version = int(lines[0]) if lines else told
        assert version >= told and version // 3 % NOTES == number, path
        assert lines == [str(version)] * (version % 300), path
