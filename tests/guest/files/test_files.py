# SPDX-License-Identifier: BSD-2-Clause
"""Files, as programs see them: the ramdisk's archive as "/".

What can be changed is tested on ext2 (tests/guest/files/calls has the calls);
here are those on what can only be read.
"""

import os
import subprocess

import pytest

HERE = "tests/guest/files/"


def make_tree(top):
    """What tests/guest/files/ramdisk/main.c asks about."""
    (top / "dir/deep/er").mkdir(parents=True)
    (top / "none").mkdir()
    (top / "hello.txt").write_text("hello, world\n")
    (top / "hello.txt").chmod(0o640)
    (top / "empty").write_text("")
    (top / "exec").write_text("#!/bin/sh\n")
    (top / "exec").chmod(0o755)
    (top / "big").write_bytes(
        bytes((7 * i + i // 256) & 255 for i in range(100000)))
    (top / "dir/inner.txt").write_text("inner")
    (top / "dir/deep/er/leaf").write_text("leaf")
    (top / "hard1").write_text("linked")
    os.link(top / "hard1", top / "dir/hard2")
    os.mkfifo(top / "fifo")
    links = {"rel": "dir/inner.txt", "abs": "/dir/deep", "slash": "hello.txt/",
             "up": "dir/deep/../inner.txt", "dir/back": "../hello.txt",
             "devices": "/dev/", "nil": "devices/null", "loop1": "loop2",
             "loop2": "loop1", "dangling": "nowhere", "chain44": "hello.txt"}
    links.update({f"chain{i}": f"chain{i + 1}" for i in range(44)})
    for name, target in links.items():
        os.symlink(target, top / name)
    (top / "dir").chmod(0o750)
    os.utime(top / "hello.txt", (1000000000, 1000000000))


def cpio(folder, archive):
    """The archive that GNU cpio makes of a folder."""
    names = subprocess.run(["find", "."], cwd=folder, check=True,
                           capture_output=True).stdout
    with open(archive, "wb") as to:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=folder,
                       input=names, stdout=to, check=True)
    return archive


def test_ramdisk(bare, tmp_path):
    make_tree(tmp_path / "tree")
    archive = cpio(tmp_path / "tree", tmp_path / "tree.cpio")
    result = bare(HERE + "ramdisk", mem=16, ramdisk=archive)
    assert "FAILED" not in result.console, result
    assert result.status == 0, result


@pytest.mark.parametrize("archive, said", [
    (b"no archive" * 30, "no cpio archive (newc): at byte 0: no header of a "
                         "newc archive"),
    (b"\x1f\x8b\x08" + bytes(500), "it is compressed (gzip), which is not "
                                   "supported"),
])
def test_ramdisk_that_is_no_archive(bare, tmp_path, archive, said):
    """It is said once, and all the same there is a "/"."""
    (tmp_path / "disk").write_bytes(archive)
    result = bare(HERE + "root", mem=8, ramdisk=tmp_path / "disk")
    assert result.console.count(f"ramdisk: {said}\n") == 1, result
    assert "/: . .. dev\n" in result.console, result
    assert result.status == 0, result


def test_no_ramdisk(bare):
    result = bare(HERE + "root", mem=8)
    assert result.console == "/: . .. dev\n", result
    assert result.status == 0, result
