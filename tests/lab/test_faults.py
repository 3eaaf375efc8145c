# SPDX-License-Identifier: BSD-2-Clause
"""Files and a data base on disks that fail, fill up, vanish, and on domains
that are destroyed while they write.

The guest is guests/commits, the judges are in commits.py. The disk is a file of
this machine, or a copy of it in dom0. CORACLE_CRASHES (3) guests are destroyed
at moments that CORACLE_SEED (1) determines; `make torture-disks` has 50.
"""

import os
import random

import pytest

import commits

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
    assert guest.wait_end(300) == ("poweroff", 0), guest.text
    assert "full " in guest.text
    assert image.check(100, "delete") == 100


def failed(guest):
    """The program was told, by SQLite or a call for its notes, and ended by
    itself; people are told, too."""
    assert guest.wait_end(120) == ("poweroff", 1), guest.text
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
