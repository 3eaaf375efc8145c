# SPDX-License-Identifier: BSD-2-Clause
"""Several disks of one guest: which are mounted where, what fills them, and
what damaged ones do. Before and after, Debian's tools make and judge the images.

POSIX' calls on ext2 are test_files.py's, the file system itself is tested on
this machine (tests/host/test_ext2*.c).
"""

import base64
import gzip
import random

import pytest

from images import debugfs, fsck, make, pattern, run

APP = "tests/lab/guests/ext2"
ENOSPC, EROFS = 28, 30
MIB = 1 << 20


def with_disks(dom0, images, args, memory=16):
    """Run the guest with these images, which are what it made of them then.
    Its console, and how it ended."""
    disks = []
    for letter, image in zip("abcdefghij", images):
        there = f"/tmp/ext2-{letter}.img"
        dom0.put(there + ".gz", gzip.compress(image.read_bytes(), 1))
        status, said = dom0.sh(
            f"lab-devices && gunzip -f {there}.gz && losetup -f"
            f" && losetup $(losetup -f) {there}")
        assert status == 0, said
        disks.append((said.split()[-1], there, letter))
    words = ", ".join(f'"phy:{device},xvd{letter},w"'
                      for device, _, letter in disks)
    guest = dom0.create(APP, memory=memory, args=args,
                        extra_cfg=f"disk = [{words}]\n")
    end = guest.wait_end()
    dom0.destroy_all()
    for (device, there, _), image in zip(disks, images):
        status, packed = dom0.sh(f"losetup -d {device};"
                                 f" gzip -c {there} | base64; rm {there}")
        assert status == 0, packed
        image.write_bytes(gzip.decompress(base64.b64decode(packed)))
    return guest.text, end


# ---- Which disk is where, and full ones --------------------------------------

@pytest.fixture(scope="module")
def five(dom0_session, tmp_path_factory):
    """The images of a guest with five disks, afterwards, and its console."""
    folder = tmp_path_factory.mktemp("ext2")
    tree = folder / "tree"
    tree.mkdir()
    (tree / "from-linux").write_bytes(pattern(300000, 9))
    images = [
        make(folder / "root", 8 * MIB, "-t", "ext2", "-b", "1024"),
        make(folder / "none", MIB),
        make(folder / "data", 8 * MIB, "-t", "ext2", "-d", tree),
        make(folder / "ext4", 8 * MIB, "-t", "ext4", "-d", tree),
        make(folder / "unclean", 8 * MIB, "-t", "ext2"),
    ]
    run("/sbin/debugfs", "-w", "-R", "ssv state 0", images[4])
    text, end = with_disks(dom0_session, images, "mount=xvdc:/data/,xvdz:/no " + " -- ".join([
        "write /first 123456 1", "check /first 123456 1",
        "check /data/from-linux 300000 9", "write /data/second 700000 2",
        "check /mnt/xvdd/from-linux 300000 9", "write /mnt/xvdd/no 8 1",
        "write /mnt/xvde/third 50000 3 1000",
        "full /fill", "remove /fill", "write /again 5000000 4 4096",
        "check /again 5000000 4"]))
    return images, text, end


def test_the_program_is_content(five):
    _, text, end = five
    assert end == ("poweroff", 0), text
    said = [line for line in text.replace("\r", "").split("\n")
            if line.split(":")[0] in ("write", "check", "remove", "full")]
    assert [line for line in said if "bytes" not in line] == [
        "write: 0", "check: 0", "check: 0", "write: 0", "check: 0",
        f"write: {EROFS}", "write: 0", f"full: {ENOSPC}", "remove: 0",
        "write: 0", "check: 0"], text


def test_lines_say_what_was_found(five):
    _, text, _ = five
    assert "ext2: xvdb: no file system but nothing: it is only /dev/xvdb" in text
    assert "ext2: xvdd: is read-only: it has extent" in text
    assert "ext2: xvde: was not left in order (a crash?); e2fsck -f" in text
    assert "ext2: mount=: there is no disk xvdz" in text
    assert "xvda" not in text and "xvdc" not in text


def test_what_is_on_the_disks(five):
    root, none, data, ext4, unclean = five[0]
    for image in (root, data, ext4):
        fsck(image)
        assert b"clean" in debugfs(image, "stats -h")
    assert none.read_bytes() == bytes(MIB)
    assert debugfs(root, "cat /first") == pattern(123456, 1)
    assert debugfs(root, "cat /again") == pattern(5000000, 4)
    assert debugfs(data, "cat /second") == pattern(700000, 2)
    assert debugfs(data, "cat /from-linux") == pattern(300000, 9)
    assert debugfs(unclean, "cat /third") == pattern(50000, 3)
    # Only e2fsck may call it clean again.
    assert b"not clean" in debugfs(unclean, "stats -h")
    assert run("/sbin/e2fsck", "-fy", unclean).returncode <= 1


# ---- Damaged ones -------------------------------------------------------------

def damage(path, seed):
    """Wrong bytes where the file system has its own, and its folders."""
    chance = random.Random(seed)
    image = bytearray(path.read_bytes())
    for _ in range(40):
        place = chance.randrange(1024, 400000)
        image[place:place + 4] = chance.randbytes(4)
    # Not in the sizes: the volume is to be used, and to be found wrong then.
    image[1024:2048] = path.read_bytes()[1024:2048]
    path.write_bytes(image)


def test_damaged_disks(dom0, tmp_path):
    tree = tmp_path / "tree" / "folder" / "below"
    tree.mkdir(parents=True)
    for i in range(40):
        (tree / f"file-{i}").write_bytes(pattern(8000 * i, i))
    images = []
    for seed in range(6):
        path = make(tmp_path / f"damaged-{seed}", 8 * MIB, "-t", "ext2", "-b",
                    "1024", "-N", "256", "-d", tmp_path / "tree")
        if seed:
            damage(path, seed)
        images.append(path)
    text, end = with_disks(dom0, images, " -- ".join(
        ["try /mnt/xvd" + letter for letter in "bcdef"] +
        ["write /after 100000 1", "check /after 100000 1"]))
    assert end == ("poweroff", 0), text
    assert text.count("try: 0") == 5 and "write: 0" in text, text
    assert "e2fsck -f helps" in text, text
    fsck(images[0])
    for image in images[1:]:
        assert run("/sbin/e2fsck", "-fy", image).returncode <= 1
        fsck(image)
