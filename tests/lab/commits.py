# SPDX-License-Identifier: BSD-2-Clause
"""What guests/commits has done to a disk, and whether it is all there.

    image = Image(path, block)      make a file a fresh ext2
    image.check(committed, mode)    after a crash
    crash(dom0, image, mode, ...)   guests that are destroyed, and checks

The file system is judged by e2fsck, the data base by SQLite's own
integrity_check and by a model in Python, both of this machine: none of it is
ours.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from waiting import PATIENCE

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
                          stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    assert done.returncode in statuses, f"{words}: {done.stdout}"
    return done.stdout


class Image:
    """A file with an ext2 file system, which a guest has for a disk."""

    def __init__(self, path, block=1024, size=""):
        self.path = str(path)
        run("/sbin/mke2fs", "-q", "-F", "-t", "ext2", "-b", str(block),
            self.path, *size.split())

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
    assert committed <= last <= committed + 1, (committed, last)
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
        if not lines:
            assert any(n % 300 == 0 for n in range(told, committed + 2)), path
            continue
        version = int(lines[0])
        assert version >= told and version // 3 % NOTES == number, path
        assert lines == [str(version)] * (version % 300), path


# ---- Guests ------------------------------------------------------------------

APP = "tests/lab/guests/commits"


def told(guest):
    """The last transaction that the guest has called safe."""
    return max(map(int, re.findall(r"^committed (\d+)$", guest.text, re.M)),
               default=0)


def begin(dom0, disk, mode, count="", memory=16):
    return dom0.create(APP, args=f"/ {mode} {count}", memory=memory,
                       extra_cfg=f'disk = ["phy:{disk},xvda,w"]\n')


def wait_for(guest, text):
    """Until it has printed `text`, or failed."""
    with guest.came:
        guest.came.wait_for(lambda: text.encode() in guest.bytes
                            or b"failed: " in guest.bytes, PATIENCE)
    assert text in guest.text, guest.text
    return guest.text


def found(guest):
    text = wait_for(guest, "found ")
    return int(re.search(r"found (\d+)", text)[1])


def destroy(dom0, guest, delay=0):
    """xl destroy after `delay` microseconds, and wait until its disks are
    let go."""
    status, said = dom0.sh(f"""
        usleep {delay}; xl destroy {guest.domid}
        for i in $(seq 3000); do
            ls /sys/bus/xen-backend/devices/vbd-{guest.domid}-* 2>/dev/null ||
                exit 0
            usleep 50000
        done; exit 1""")
    assert status == 0, said
    guest.domid = None


def crash(dom0, image, disk, mode, count, chance):
    """Destroy `count` guests, one after the other, at random moments."""
    committed = 0
    for _ in range(count):
        guest = begin(dom0, disk, mode)
        last = found(guest)
        assert committed <= last <= committed + 1, guest.text
        wait_for(guest, f"committed {last + chance.randint(1, 25)}\n")
        destroy(dom0, guest, chance.randrange(30000))
        committed = max(last, told(guest))
        image.check(committed, mode, repair=chance.random() < 0.5)
