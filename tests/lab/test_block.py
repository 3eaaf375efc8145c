# SPDX-License-Identifier: BSD-2-Clause
"""Disks, against Linux's own blkback in the virtual host's dom0.

The guest (guests/disk) does as it is told on its console, a line a command, and
says how each ended; what it has written can be computed, so dom0 knows what
must be on its side.
"""

import hashlib
import re
import struct

import pytest

from backing import loop, null_disk, remove_null_disk
from waiting import PATIENCE

ENODEV, ENOENT, EINVAL, EROFS, EIO, ENOTSUP = 19, 2, 22, 30, 5, 134
APP = "tests/lab/guests/disk"
RAM_SECTORS = 32 << 20 >> 9


@pytest.fixture(scope="module")
def disks(dom0_session):
    """The backends, two RAM disks, a disk of 4096-byte sectors."""
    status, said = dom0_session.sh(
        "lab-devices && modprobe brd rd_nr=2 rd_size=32768"
        " && modprobe null_blk nr_devices=1 bs=4096 gb=1 memory_backed=1")
    assert status == 0, said
    return dom0_session


class Guest:
    """A guest with disks, which does what it is told."""

    def __init__(self, dom0, disks, **how):
        lines = ", ".join(f'"{disk}"' for disk in disks)
        self.guest = dom0.create(APP, extra_cfg=f"disk = [{lines}]\n", **how)
        self.told = 0

    def tell(self, command):
        self.guest.send(command + "\n")

    def result(self, command, timeout=PATIENCE):
        """Wait for the end of a command; what it returned."""
        first = " ".join(command.split()[:2])
        ends = re.compile(rf"^{re.escape(first)}: (-?\d+)$", re.M)
        with self.guest.came:
            self.guest.came.wait_for(
                lambda: ends.search(self.guest.text, self.told), timeout)
        end = ends.search(self.guest.text, self.told)
        assert end, f"no end of {command!r} in:\n{self.guest.text}"
        self.said = self.guest.text[self.told:end.start()]
        self.told = end.end()
        return int(end.group(1))

    def do(self, command, timeout=PATIENCE):
        self.tell(command)
        return self.result(command, timeout)


def content(sector, sectors, seed):
    """What the guest's "fill" writes."""
    words = range(sector * 64, (sector + sectors) * 64)
    return b"".join(struct.pack("<Q", (word + (seed << 40)) & (2**64 - 1))
                    for word in words)


def digest_of(dom0, device, sector, sectors):
    status, said = dom0.sh(
        f"blockdev --flushbufs {device};"
        f" dd if={device} bs=512 skip={sector} count={sectors} 2>/dev/null"
        " | sha256sum")
    assert status == 0, said
    return said.split()[0]


def test_what_is_written_is_there(disks, dom0):
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"], memory=16)
    assert guest.do("info xvda") == 0
    assert f"{RAM_SECTORS} sectors of 512" in guest.said
    assert "persistent" in guest.said and "1048576 bytes" in guest.said
    # By pages, by single sectors, and more at a time than a request holds.
    for sector, count, seed, piece in ((0, 999, 1, 4096), (1001, 99, 2, 512),
                                       (3333, 9999, 3, 3000320)):
        assert guest.do(f"fill xvda {sector} {count} {seed} {piece}") == 0
        wanted = hashlib.sha256(content(sector, count, seed)).hexdigest()
        assert digest_of(dom0, "/dev/ram0", sector, count) == wanted
        assert guest.do(f"check xvda {sector} {count} {seed} 65536") == 0
    assert guest.do("check xvda 0 8 2") == -71  # it can fail
    assert guest.do(f"fill xvda {RAM_SECTORS - 8} 8 4") == 0
    assert guest.do(f"fill xvda {RAM_SECTORS - 4} 8 4") == -EINVAL
    assert guest.do("discard xvda 0 8") == -ENOTSUP
    assert guest.do("flush xvda") == 0


def check_mix(dom0, guest, device, depth):
    """The guest has checked each read of its "mix"; here is what it wrote last,
    on dom0's side."""
    lines = re.findall(r"^seeds (\d+):(.*)$", guest.said, re.M)
    assert [int(sector) for sector, _ in lines] == \
        list(range(0, depth * 64, 8)), guest.said
    seeds = [int(seed, 16) for _, words in lines for seed in words.split()]
    assert len(set(seeds)) > depth
    wanted = b"".join(content(sector, 1, seed)
                      for sector, seed in enumerate(seeds))
    assert digest_of(dom0, device, 0, depth * 64) == \
        hashlib.sha256(wanted).hexdigest()


@pytest.mark.parametrize("memory, vcpus, depths",
                         [(4, 1, (1, 4, 32)), (32, 2, (1, 32, 128))])
def test_random_requests(disks, dom0, memory, vcpus, depths):
    """Reads, writes and flushes, so many at a time."""
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"], memory=memory, vcpus=vcpus)
    for depth in depths:
        count = 300 if depth == 1 else 2000
        assert guest.do(f"mix xvda {depth} {count} {depth}") == 0
        check_mix(dom0, guest, "/dev/ram0", depth)


def test_kinds_of_disks(disks, dom0):
    device = loop(dom0, "/tmp/kinds", "32M")
    guest = Guest(dom0, ["phy:/dev/ram1,xvda,r", f"phy:{device},xvdb,w",
                         "phy:/dev/nullb0,xvdaa,w"])
    assert guest.do("info xvda") == 0 and " ro " in guest.said
    assert guest.do("check xvda 0 8 0") == -71
    assert guest.do("fill xvda 0 8 0") == -EROFS
    assert guest.do("info xvdb") == 0 and "flush discard" in guest.said
    assert guest.do("fill xvdb 0 64 5") == 0
    assert guest.do("flush xvdb") == 0
    assert guest.do("discard xvdb 0 32") == 0
    assert digest_of(dom0, device, 0, 32) == \
        hashlib.sha256(bytes(32 * 512)).hexdigest()
    assert guest.do("check xvdb 32 32 5") == 0
    assert guest.do("info xvdaa") == 0 and "of 4096" in guest.said
    assert guest.do("fill xvdaa 8 1600 6 65536") == 0
    assert guest.do("check xvdaa 8 1600 6") == 0
    assert guest.do("fill xvdaa 1 8 6") == -EINVAL
    assert guest.do("cached-mix xvdaa 500 1") == 0
    assert guest.do("info xvdc") == -ENOENT


def test_a_cdrom(disks, dom0):
    assert dom0.sh("truncate -s 4M /tmp/cd.iso")[0] == 0
    guest = Guest(dom0, ["format=raw,vdev=hdc,access=ro,devtype=cdrom,"
                         "target=/tmp/cd.iso"])
    assert guest.do("info hdc") == 0
    assert " ro cdrom" in guest.said, guest.said


def test_the_cache(disks, dom0):
    """More than fits into memory, and sums of it all from dom0."""
    device = loop(dom0, "/tmp/cache", "20M")
    guest = Guest(dom0, [f"phy:{device},xvda,w"], memory=8)
    assert guest.do("cached-fill xvda 7 40000 9 65536") == 0
    assert guest.do("sync xvda") == 0 and " dirty 0 " in guest.said
    wanted = hashlib.sha256(content(7, 40000, 9)).hexdigest()
    assert digest_of(dom0, device, 7, 40000) == wanted
    assert guest.do("cached-check xvda 7 40000 9 10240") == 0
    read = re.search(r"misses (\d+) ahead (\d+)", guest.said)
    assert int(read[1]) * 20 < int(read[2])
    assert guest.do("cached-mix xvda 1000 1") == 0
    # It gave memory back when cached-mix wanted some.
    assert int(re.search(r"shrunk (\d+)", guest.said)[1]) > 0


def test_dirty_data_is_written_at_the_end(disks, dom0):
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"])
    assert guest.do("cached-fill xvda 0 100 77") == 0
    assert " dirty 0 " not in guest.said
    dom0.sh(f"xl shutdown {guest.guest.domid}")
    assert guest.guest.wait_end()[0] == "poweroff"
    wanted = hashlib.sha256(content(0, 100, 77)).hexdigest()
    assert digest_of(dom0, "/dev/ram0", 0, 100) == wanted


def test_a_disk_as_a_file(disks, dom0):
    guest = dom0.create("tests/lab/guests/diskfile", args="/dev/xvda",
                        extra_cfg='disk = ["phy:/dev/ram0,xvda,w"]\n')
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert "hello, console" in guest.text and "FAILED" not in guest.text
    assert dom0.sh("blockdev --flushbufs /dev/ram0; dd if=/dev/ram0 bs=1"
                   " skip=5000 count=10 2>/dev/null")[1] == "printed 42"


def test_a_disk_larger_than_memory(disks, dom0):
    """A gigabyte goes through the cache of a guest that has 16 MiB."""
    size = 1 << 30
    null_disk(dom0, "large", memory_backed=1, size=size >> 20, blocksize=4096)
    words = {0: 1, 4095: 1 << 8, 1 << 17: 1 << 16, (1 << 18) - 1: 1 << 24}
    for page, word in words.items():
        page_file = dom0.put("/tmp/page", struct.pack("<Q", word) * 512)
        status, said = dom0.sh(f"dd if={page_file} of=/dev/large bs=4096"
                               f" seek={page} conv=notrunc,fsync")
        assert status == 0, said
    guest = dom0.create("tests/lab/guests/ext2", args="sum /dev/xvda",
                        memory=16,
                        extra_cfg='disk = ["phy:/dev/large,xvda,r"]\n')
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert f"sum: {size} bytes, {512 * sum(words.values()):016x}" in guest.text
    assert "sum: 0" in guest.text
    dom0.destroy_all()
    remove_null_disk(dom0, "large")


# ---- Errors -------------------------------------------------------------------

def test_what_cannot_be_written_is_told_by_sync(disks, dom0):
    """A disk that holds less than it says."""
    dom0.sh("mkdir /tmp/small; mount -t tmpfs -o size=1M none /tmp/small")
    device = loop(dom0, "/tmp/small/disk", "64M")
    guest = Guest(dom0, [f"phy:{device},xvda,w"], memory=16)
    assert guest.do("cached-fill xvda 0 20000 1") == 0
    assert guest.do("sync xvda") == -EIO
    assert guest.do("sync xvda") == 0
    assert guest.do("fill xvda 20000 8000 1") == -EIO


def test_what_cannot_be_read(disks, dom0):
    """A disk with bad sectors: what is beside them can be read, though the page
    cache has asked for both together."""
    null_disk(dom0, "bad", memory_backed=1, size=4, badblocks="+4096-4099")
    guest = Guest(dom0, ["phy:/dev/bad,xvda,w"])
    assert guest.do("fill xvda 0 4096 3") == 0
    assert guest.do("fill xvda 4104 4000 3") == 0
    assert guest.do("check xvda 4096 8 3") == -EIO
    assert guest.do("cached-check xvda 0 4096 3") == 0
    assert guest.do("cached-check xvda 4096 8 3") == -EIO
    assert guest.do("cached-check xvda 4104 4000 3") == 0
    assert guest.do("cached-fill xvda 4096 1 3") == -EIO  # a part of a page
    dom0.destroy_all()
    remove_null_disk(dom0, "bad")


# ---- Coming and going ----------------------------------------------------------

def test_attach_and_detach(disks, dom0):
    device = loop(dom0, "/tmp/plugged", "8M")
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"])
    assert guest.do("info xvdb") == -ENOENT
    for seed in (1, 2):
        status, said = dom0.sh(
            f"xl block-attach {guest.guest.domid} phy:{device},xvdb,w")
        assert status == 0, said
        assert guest.do(f"fill xvdb 0 800 {seed}") == 0
        assert guest.do("reopen xvdb") == 0
        assert guest.do(f"cached-fill xvdb 800 8 {seed}") == 0
        assert guest.do("sync xvdb") == 0
        status, said = dom0.sh(f"xl block-detach {guest.guest.domid} xvdb")
        assert status == 0, said
        assert guest.do("check xvdb 0 8 1") < 0
        wanted = hashlib.sha256(content(0, 800, seed)).hexdigest()
        assert digest_of(dom0, device, 0, 800) == wanted
    assert guest.do("fill xvda 0 8 1") == 0


def test_taken_away_under_load(disks, dom0):
    device = loop(dom0, "/tmp/gone", "8M")
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w", f"phy:{device},xvdb,w"])
    assert guest.do("info xvdb") == 0
    guest.tell("fill xvdb 0 16000 1 512")
    status, said = dom0.sh(f"xl block-detach {guest.guest.domid} xvdb")
    assert status == 0, said
    assert guest.result("fill xvdb") in (-ENODEV, 0)
    assert guest.do("check xvdb 0 8 1") in (-ENODEV, -ENOENT)
    assert guest.do("mix xvda 4 100 1") == 0


def slow(dom0, ms=10):
    """A disk of 64 MiB, whose every request takes so many milliseconds."""
    if dom0.sh(f"[ -e /dev/slow{ms} ]")[0]:
        null_disk(dom0, f"slow{ms}", memory_backed=1, size=64, blocksize=512,
                  irqmode=2, completion_nsec=ms * 1000000)
    return f"phy:/dev/slow{ms}"


def attach(dom0, guest, disk):
    status, said = dom0.sh(f"xl block-attach {guest.guest.domid} {disk}")
    assert status == 0, said


def detach(dom0, guest, name, how=""):
    status, said = dom0.sh(f"xl block-detach {how} {guest.guest.domid} {name}")
    assert status == 0, said


def test_taken_away_with_much_under_way(disks, dom0):
    """What the backend is at work on is waited for, so its pages come back."""
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"], memory=16)
    disk = slow(dom0, 300) + ",xvdb,w"
    free = []
    for _ in range(2):
        attach(dom0, guest, disk)
        assert guest.do("info xvdb") == 0
        guest.tell("fill xvdb 0 131072 1 1048576")
        detach(dom0, guest, "xvdb")
        assert guest.result("fill xvdb") in (-ENODEV, 0)
        assert guest.do("info xvda") == 0
        free.append(int(re.search(r"(\d+) pages free", guest.said)[1]))
    # A request of a megabyte has 257 pages, and so many would be lost.
    assert free[0] - free[1] < 64, free
    # Nobody waits for anything now.
    attach(dom0, guest, disk)
    assert guest.do("info xvdb") == 0
    guest.tell("fill xvdb 0 131072 1 1048576")
    detach(dom0, guest, "xvdb", "--force")
    assert guest.result("fill xvdb") in (-ENODEV, 0)
    assert guest.do("fill xvda 0 8 1") == 0


def test_taken_away_with_dirty_pages(disks, dom0):
    """They are dropped, and whoever wrote them learns of it. What comes next
    under that name is another disk, of which nothing is known yet."""
    other = loop(dom0, "/tmp/other", "4M")
    guest = Guest(dom0, ["phy:/dev/ram0,xvda,w"], memory=16)
    attach(dom0, guest, slow(dom0) + ",xvdb,w")
    assert guest.do("cached-fill xvdb 0 4000 1") == 0
    detach(dom0, guest, "xvdb")
    assert guest.do("cached-fill xvdb 0 8 1") == -EIO
    assert guest.do("sync xvdb") == -EIO
    assert "cached 0 dirty 0 " in guest.said
    attach(dom0, guest, f"phy:{other},xvdb,w")
    assert guest.do("info xvdb") == 0
    assert guest.do("cached-check xvdb 0 8 1") == -EIO
    assert guest.do("sync xvdb") == -EIO
    assert guest.do("reopen xvdb") == 0
    assert guest.do("sync xvdb") == 0
    assert guest.do("cached-check xvdb 0 4000 1") == -71  # not what was
    zeros = hashlib.sha256(bytes(4000 * 512)).hexdigest()
    assert digest_of(dom0, other, 0, 4000) == zeros
    assert guest.do("cached-fill xvdb 0 4000 2") == 0
    assert guest.do("sync xvdb") == 0
    wanted = hashlib.sha256(content(0, 4000, 2)).hexdigest()
    assert digest_of(dom0, other, 0, 4000) == wanted


# Reads xenstore until the states are so, for minutes; the dom0 of the lab
# knows no `xenstore-watch` that ends.
REACH = """
    reach() {
        for i in $(seq 10000); do
            [ "$(xenstore-read $1/state)" = $2 ] && return
            usleep 20000
        done
        echo "$1: $(xenstore-read $1/state), not $2"
        dmesg | tail
        return 1
    }"""


def test_backend_restarts_under_load(disks, dom0):
    """Requests on their way are made again, and none is lost: each that was
    answered reads back as it was written."""
    disk = slow(dom0)
    guest = Guest(dom0, [disk + ",xvda,w"], memory=16)
    assert guest.do("info xvda") == 0 and "connection 1, 0 " in guest.said
    domid = guest.guest.domid
    backend = f"/local/domain/0/backend/vbd/{domid}/51712"
    frontend = f"/local/domain/{domid}/device/vbd/51712"
    guest.tell("mix xvda 16 3000 3")
    # A backend that closes is waited for: it answers what it was asked. Linux's
    # knows that it closes when we are Closed, and is back when we begin again.
    closes = f"xenstore-write {backend}/state 5"
    # One whose driver is taken from it and given back says nothing before.
    driver = "/sys/bus/xen-backend/drivers/vbd"
    restarts = (f"echo vbd-{domid}-51712 > {driver}/unbind && usleep 50000"
                f" && echo vbd-{domid}-51712 > {driver}/bind")
    for attempt in range(20):
        for how in (closes, restarts) * 2 if attempt == 0 else (restarts,):
            status, said = dom0.sh(f"{REACH}\n{how} && reach {backend} 4 &&"
                                   f" reach {frontend} 4")
            assert status == 0, said + guest.guest.text
        assert guest.result("mix xvda") == 0
        check_mix(dom0, guest, disk.removeprefix("phy:"), 16)
        assert guest.do("info xvda") == 0
        count, replayed = map(int, re.search(
            r"connection (\d+), (\d+) replayed", guest.said).groups())
        if replayed > 0:
            break
        guest.tell("mix xvda 16 3000 3")  # it was over before we were there
    assert count >= 4 and replayed > 0, guest.said
