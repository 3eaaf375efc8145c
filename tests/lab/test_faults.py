# SPDX-License-Identifier: BSD-2-Clause
"""Files and a data base on disks that fail, fill up, vanish, and on domains
that are destroyed while they write.

The guest is guests/commits, the judges are in commits.py. The disk is a file of
this machine, or a copy of it in dom0. CORACLE_CRASHES (3) guests are destroyed
at moments that CORACLE_SEED (1) determines; `make torture-disks` has 50.
"""

import base64
import gzip
import os
import random
import re

import pytest

import commits
from backing import NULL_DISKS, null_disk, remove_null_disk
from backing import run as run_there
from images import debugfs, make, pattern

CRASHES = int(os.environ.get("CORACLE_CRASHES", "3"))
SEED = int(os.environ.get("CORACLE_SEED", "1"))


@pytest.fixture(scope="module", autouse=True)
def backends(dom0_session):
    status, said = dom0_session.sh("lab-devices && modprobe -a brd null_blk")
    assert status == 0, said


@pytest.mark.parametrize("mode, block", [("wal", 1024), ("delete", 4096)])
def test_destroyed_while_it_writes(dom0, mode, block):
    image = commits.Image(dom0.files[0], block)
    count = CRASHES // 2 if mode == "delete" else CRASHES - CRASHES // 2
    commits.crash(dom0, image, "/dev/vda", mode, count,
                  random.Random(f"{SEED} {mode}"))


def test_a_full_disk(dom0, tmp_path):
    image = commits.Image(dom0.files[0], 1024, "2048")
    ballast = tmp_path / "ballast"
    ballast.write_bytes(bytes([7]) * (1600 << 10))
    commits.run("/sbin/debugfs", "-w", "-R", f"write {ballast} ballast",
                image.path)
    guest = commits.begin(dom0, "/dev/vda", "delete", 100)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert "full " in guest.text
    assert image.check(100, "delete") == 100


def failed(guest):
    """The program was told, by SQLite or a call for its notes, and ended by
    itself; people are told, too."""
    assert guest.wait_end() == ("poweroff", 1), guest.text
    assert "failed: " in guest.text and "I/O error" in guest.text, guest.text
    assert "not all could be written" in guest.text


def test_a_disk_that_is_taken_away(dom0):
    image = commits.Image(dom0.files[0])
    guest = commits.begin(dom0, "/dev/vda", "wal")
    commits.wait_for(guest, "committed 20\n")
    status, said = dom0.sh(f"xl block-detach {guest.domid} xvda")
    assert status == 0, said
    failed(guest)
    image.check(commits.told(guest), "wal")


# ---- Blocks that cannot be read ------------------------------------------------

FILES = "tests/lab/guests/ext2"
BLOCK = 4096
EIO = 5


def number(pattern_, text):
    found = re.search(pattern_, text)
    assert found, text
    return int(found[1])


class BadDisk:
    """A disk of dom0's with a file system, some blocks of which fail."""

    def __init__(self, dom0, image):
        self.dom0, self.image = dom0, image
        null_disk(dom0, "faulty", memory_backed=1, blocksize=512,
                  size=os.path.getsize(image) >> 20)
        packed = gzip.compress(image.read_bytes(), 1)
        run_there(dom0, f"gunzip -c {dom0.put('/tmp/bad.gz', packed)} |"
                  " dd of=/dev/faulty bs=64k iflag=fullblock conv=fsync")

    def mark(self, sign, blocks):
        for block in blocks:
            first = block * BLOCK // 512
            run_there(self.dom0, f"echo '{sign}{first}-{first + 7}'"
                      f" > {NULL_DISKS}/faulty/badblocks")

    def take_back(self):
        """What it holds now is the image's."""
        packed = run_there(self.dom0, "blockdev --flushbufs /dev/faulty;"
                           " gzip -1 -c < /dev/faulty | base64")
        self.image.write_bytes(gzip.decompress(base64.b64decode(packed)))
        remove_null_disk(self.dom0, "faulty")


def tree_of(folder):
    """{path: its content}, as files below `folder`."""
    files = {"good": pattern(300000, 1), "holed": pattern(200000, 2),
             "cut": pattern(200000, 3), "folder/inside": pattern(5000, 4)}
    files |= {f"many/{i}": pattern(800, i) for i in range(64)}
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True, parents=True)
        (folder / path).write_bytes(content)
    return files


def blocks_of(image, files):
    """A place of each kind: two of a file, one of numbers of blocks, a folder,
    inodes. And of which files those inodes are."""
    def ask(command):
        return debugfs(image, command).decode()

    tables = {path: number(r"at block (\d+)", ask(f"imap /{path}"))
              for path in ["", "folder", "many", *files]}
    candidates = set(tables.values()) - {
        block for path, block in tables.items()
        if not path.startswith("many/")}
    table = max(candidates, key=list(tables.values()).count)
    return {"data": number(r"(\d+)", ask("bmap /holed 5")),
            "late": number(r"(\d+)", ask("bmap /holed 30")),
            "numbers": number(r"\(IND\):(\d+)", ask("stat /cut")),
            "folder": number(r"(\d+)", ask("bmap /folder 0")),
            "inodes": table}, \
        [path for path, block in tables.items() if block == table]


def test_blocks_that_cannot_be_read(dom0, tmp_path):
    """Who needs them is told; all else is as ever, and stays so."""
    files = tree_of(tmp_path / "tree")
    image = make(tmp_path / "image", 8 << 20, "-t", "ext2", "-b", BLOCK,
                 "-d", tmp_path / "tree")
    blocks, dark = blocks_of(image, files)
    light = next(path for path in files
                 if path.startswith("many/") and path not in dark)
    disk = BadDisk(dom0, image)
    disk.mark("+", blocks.values())
    commands = {
        "count /folder": EIO, "holes /cut 200000 3": 0,
        f"check /{dark[0]} 800 1": EIO, "holes /holed 200000 2": 0,
        "holes /holed 200000 2 4096": 0,
        "check /good 300000 1": 0, "count /many": 0,
        f"check /{light} 800 {light[5:]}": 0,
        "check /folder/inside 5000 4": EIO, "remove /folder/inside": EIO,
        "write /folder/fresh 5000 5": EIO, f"remove /{dark[1]}": EIO,
        "write /fresh 700000 6": 0, "check /fresh 700000 6": 0}
    guest = dom0.create(FILES, args=" -- ".join(commands), memory=16,
                        extra_cfg='disk = ["phy:/dev/faulty,xvda,w"]\n')
    assert guest.wait_end() == ("poweroff", 0), guest.text
    dom0.destroy_all()
    text = guest.text.replace("\r", "")
    ends = re.findall(r"^(\w+): (\d+)$", text, re.M)
    assert ends == [(command.split()[0], str(status))
                    for command, status in commands.items()], text
    assert re.findall(r"hole: /holed (\d+)", text) == \
        [str(index * BLOCK) for index in (5, 30)] * 2, text
    assert re.findall(r"hole: /cut (\d+)", text) == \
        [str(at) for at in range(12 * BLOCK, 200000, BLOCK)], text
    for kind in ("folder", "numbers"):
        line = f"ext2: xvda: block {blocks[kind]} cannot be read"
        assert text.count(line) in (1, 2), text  # not each time
    assert "names: /many 66" in text
    assert re.search(r"ext2: xvda: inode \d+ cannot be read", text), text
    first = blocks["data"] * BLOCK // 512
    assert f"disk: xvda: sectors {first} to {first + 7} could not be read" \
        in text
    disk.mark("-", blocks.values())
    disk.take_back()
    commits.run("/sbin/e2fsck", "-fy", image, statuses=(0, 1))
    for path, content in (files | {"fresh": pattern(700000, 6)}).items():
        assert debugfs(image, f"cat /{path}") == content, path
