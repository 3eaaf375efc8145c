# SPDX-License-Identifier: BSD-2-Clause
"""DISK=...: what it means, without a lab (lab/coraclelab/disks.py)."""

import subprocess

import pytest

from coraclelab import disks
from coraclelab.report import LabFailed


def test_words():
    assert disks.parse("") == []
    assert disks.parse("a.img") == [disks.Disk("a.img", None)]
    assert disks.parse("a:b/c.img:64M,/d:1G") == [
        disks.Disk("a:b/c.img", 64 << 20), disks.Disk("/d", 1 << 30)]
    with pytest.raises(LabFailed):
        disks.parse(",".join("abcdefghijklmnopq"))


def test_lines():
    two = disks.parse("/x/a.img,/x/b,b.img".replace("b,b", "b"))
    assert disks.line([], True) == ""
    assert disks.line(two, True) == (
        'disk = ["format=raw,vdev=xvda,access=rw,target=/dev/vda",'
        ' "format=raw,vdev=xvdb,access=rw,target=/dev/vdb"]\n')
    assert "target=/x/a.img" in disks.line(two, False)


def test_a_file_is_made_once(tmp_path):
    path = tmp_path / "data.img"
    with pytest.raises(LabFailed, match="there is no"):
        disks.Disk(str(path), None).make()
    with pytest.raises(LabFailed, match="no size"):
        disks.parse(f"{path}:64X")[0].make()
    with pytest.raises(LabFailed, match="RAMDISK"):
        disks.Disk(str(tmp_path), None).make()
    with pytest.raises(LabFailed, match="no file system of 1 KiB"):
        disks.Disk(str(path), 1024).make()
    assert not path.exists()
    disks.Disk(str(path), 4 << 20).make()
    assert path.stat().st_size == 4 << 20
    said = subprocess.run(["/sbin/e2fsck", "-fn", path], capture_output=True,
                          check=False)
    assert said.returncode == 0, said
    path.write_bytes(b"mine")
    disks.Disk(str(path), 4 << 20).make()
    assert path.read_bytes() == b"mine"
