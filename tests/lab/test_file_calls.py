# SPDX-License-Identifier: BSD-2-Clause
"""Files that a guest changes, on ext2, and what Debian's tools say of them.

The guest (tests/guest/files/calls) asks POSIX' calls and checks what it can;
then the image is fetched from dom0 and looked at from outside.
"""

import base64
import gzip
import re
import subprocess

import pytest

APP = "tests/guest/files/calls"
LARGE = bytes((i * 31 + i // 1000) & 255 for i in range(1 << 20))


@pytest.fixture(scope="module", params=[1024, 4096])
def image(dom0_session, tmp_path_factory, request):
    """The image after the guest, and the guest's console. By block size."""
    dom0 = dom0_session
    path = tmp_path_factory.mktemp("files") / "calls.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext2", "-b",
                    str(request.param), path, "24M"], check=True,
                   capture_output=True)
    dom0.put("/tmp/calls.gz", gzip.compress(path.read_bytes()))
    status, said = dom0.sh(
        "lab-devices && gunzip -c /tmp/calls.gz > /tmp/calls.img"
        " && losetup -f && losetup $(losetup -f) /tmp/calls.img")
    assert status == 0, said
    device = said.split()[-1]
    guest = dom0.create(APP, memory=16, args="/",
                        extra_cfg=f'disk = ["phy:{device},xvda,w"]\n')
    end = guest.wait_end()
    dom0.destroy_all()
    status, packed = dom0.sh(f"losetup -d {device};"
                             " gzip -c /tmp/calls.img | base64")
    assert status == 0, packed
    path.write_bytes(gzip.decompress(base64.b64decode(packed)))
    return path, guest.text, end


def debugfs(path, command):
    return subprocess.run(["/sbin/debugfs", "-R", command, path], check=True,
                          capture_output=True).stdout


def test_calls(image):
    _, text, end = image
    assert "FAILED" not in text and end == ("poweroff", 0), text


def test_the_file_system_is_clean(image):
    said = subprocess.run(["/sbin/e2fsck", "-fn", image[0]], check=False,
                          capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    assert re.search(r"Filesystem state: +clean\n",
                     debugfs(image[0], "show_super_stats -h").decode())


def test_what_is_in_it(image):
    path = image[0]
    assert debugfs(path, "cat /kept/text") == b"Coracle was here.\n"
    assert debugfs(path, "cat /kept/same") == b"Coracle was here.\n"
    assert debugfs(path, "cat /kept/large") == LARGE
    assert debugfs(path, "cat /kept/hole") == bytes(1000000) + b"end"
    assert b'Fast link dest: "text"' in debugfs(path, "stat /kept/link")
    folder = debugfs(path, "stat /kept/folder").decode()
    assert "Type: directory" in folder and "Mode:  0700" in folder
    text = debugfs(path, "stat /kept/text").decode()
    assert "Links: 2" in text
    assert "mtime: 0x499602d2" in text  # 1234567890
    names = debugfs(path, "ls -p /").decode().split("\n")
    assert sorted(line.split("/")[5] for line in names if line) == [
        ".", "..", "kept", "lost+found"]
