# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: building guests, and running them.

    build(app)            the path of app's image, made by make
    bare(app, args)       a run straight under Xen, one to two seconds,
                          with the lock checker
    dom0                  the virtual Xen host: booted once for all tests that
                          ask for it, real xl inside
    dom0_smp              another, with two CPUs if this machine has them
    net                   a third, with a network: bridges, ports of this
                          machine that lead to its guests
    net_class             the same, with guests for all tests of a class
    wire                  a cable into that network's first bridge (wire.py)
    make(words...)        make as a user types it
    check_locks(text)     the order of locks that a guest reports

All of it stands on lab/coraclelab, which `make run` uses too.

`make test` has two workers (pytest-xdist), each with such
hosts of its own. A test goes to whichever has time; those that use a host stay
together with the others of their file.
"""

import contextlib
import fcntl
import os
import pathlib
import random
import re
import socket
import subprocess
import sys

import pytest

from waiting import LONG, PATIENCE, sniffer, until

# Fixtures of tests/click; a second conftest.py would hide this one.
from click_program import (  # noqa: F401
    click, click_program, flatten, marked, marked_program)

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "lab"))
os.chdir(TOP)

from coraclelab import bare as bare_lab  # noqa: E402
from coraclelab import disks as disks_lab  # noqa: E402
from coraclelab import dom0 as dom0_lab  # noqa: E402
from coraclelab import guest as guest_lab  # noqa: E402
from coraclelab import network as network_lab  # noqa: E402
from coraclelab import qemu as qemu_lab  # noqa: E402

BUILD = TOP / "build"
IMAGES = BUILD / "lab"

# Those of make that run something, after building it.
VERBS = {"run", "qemu", "gdb", "shell"}

# A machine whose clock chip is not where Xen looks. Otherwise Xen reads it when
# its second ends, which makes each boot take a second.
WITHOUT_DATE = ["-global", "mc146818rtc.iobase=0x1070"]

# Room for one guest of 4 GiB, or for many small ones.
DOM0_GUESTS_MEMORY = 4608
# Its /dev/vda, a file of this machine: dom0.files[0].
DOM0_DISK = 16 << 20
SMP_GUESTS_MEMORY = 256
SMP_CPUS = 2
NET_GUESTS_MEMORY = 640
NET_BRIDGES = 3
# The guest's ports that are forwarded from some port of this machine.
NET_PORTS = ("7/tcp", "7/udp", "9/udp", "80/tcp", "5001/tcp", "5001/udp",
             "6379/tcp", "8080/tcp")


# ---- Who works on what -------------------------------------------------------

# Fixtures that boot a host, which costs more than most tests.
HOSTS = {"dom0_session", "dom0_smp_host", "net_session"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests with a host stay together with those of their file, and come first:
    what is short and goes anywhere fills the gaps at the end."""
    for item in items:
        if HOSTS & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))
    items.sort(key=lambda item: not HOSTS & set(item.fixturenames))


def clean_environment(**more):
    """Ours, without what a make above us set for the makes below it, and without
    make's own limit for a guest's time, which a slow machine reaches."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS", "CORACLE_"))}
    environment["TIMEOUT"] = str(LONG)
    environment.update(more)
    return environment


@contextlib.contextmanager
def building():
    """While others, the verbs of make too (lab/verb), build nothing."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_make(*words, environment=None, timeout=LONG, stdin=subprocess.DEVNULL,
             **more):
    """make's own result: returncode, stdout and stderr as bytes."""
    with contextlib.nullcontext() if VERBS & set(words) else building():
        return subprocess.run(
            ["make", *words], cwd=TOP, env=environment or clean_environment(),
            stdin=stdin, capture_output=True, timeout=timeout, **more)


@pytest.fixture(scope="session")
def make():
    return run_make


@pytest.fixture
def check_locks(tmp_path):
    """check_locks(text, pair): `text`, in which a guest has printed its
    lockcheck_report(), agrees with docs/locks.md. `pair`: one that such a guest
    must have seen, "A > B", or the test would test nothing."""

    def check(text, pair):
        seen = tmp_path / "seen"
        seen.write_text(text)
        assert f"lockcheck: {pair}\n" in text
        done = subprocess.run(
            [TOP / "tools/check-locks", "--seen", seen], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout

    return check


@pytest.fixture(scope="session")
def build():
    """build(app, *words): make's image of a program, made once a session."""
    made = {}

    def build_once(app, *words):
        key = (str(app), *words)
        if key not in made:
            result = run_make(f"APP={app}", *words)
            if result.returncode:
                pytest.fail(f"{app} did not build:\n"
                            + result.stderr.decode(errors="replace"),
                            pytrace=False)
            variant = "-lockcheck" if "LOCKCHECK=1" in words else ""
            made[key] = BUILD / f"{pathlib.Path(app).name}{variant}.elf"
        return made[key]

    return build_once


@pytest.fixture(scope="session")
def host_files():
    """The virtual host's files, made by `make lab`."""
    result = run_make("lab")
    if result.returncode:
        pytest.fail("make lab failed:\n"
                    + result.stderr.decode(errors="replace"), pytrace=False)
    return IMAGES


class Result:
    """How a run under bare Xen went.

    console: all that the guest printed, as text; `raw` has its bytes. reason: "poweroff", "reboot", "crash",
    "watchdog"; "timeout" if it had to be stopped. status: the program's exit
    status, None if it did not end by its own word.
    """

    def __init__(self, console, end):
        self.raw = bytes(console)
        self.console = console.decode(errors="replace")
        self.reason, self.status = end or ("timeout", None)

    def __repr__(self):
        return f"<{self.reason}, status {self.status}>\n{self.console}"


@pytest.fixture(scope="session")
def bare(build, host_files):
    """bare(app, args="", mem=8, timeout=300, stdin=b"", vcpus=1) -> Result.

    icount: the clock counts the guest's instructions. more: options for QEMU.
    ramdisk: a file. date: whether it knows the date. The lock checker is on:
    sched/spinlock_checked.c.
    """

    def run(app, args="", mem=8, timeout=PATIENCE, stdin=b"", icount=False,
            more=(), vcpus=1, ramdisk="", date=False):
        if not date:
            more = [*more, *WITHOUT_DATE]
        console = bytearray()
        image = str(build(app, "LOCKCHECK=1"))
        guest = bare_lab.BareGuest(str(host_files / "xen"), image,
                                   args, mem, console.extend,
                                   lambda line: None, icount, more, vcpus,
                                   str(ramdisk))
        if stdin:
            guest.send(stdin)
        end = guest.wait_end(timeout)
        return Result(console, end)

    return run


class Dom0:
    """The virtual host, for tests."""

    def __init__(self, host, build):
        self.host = host
        self.build = build
        self.count = 0
        self.guests = []
        self.kernels = {}

    def sh(self, command, timeout=PATIENCE):
        """(exit status, output with errors) of a shell command in dom0."""
        return self.host.sh(command, timeout)

    def put(self, path, data):
        return self.host.put(path, data)

    def start(self, arguments, **how):
        """A program that keeps running; see coraclelab.link.Remote."""
        return self.host.start(arguments, **how)

    def kernel(self, image):
        """An image's path in dom0, where it is taken once."""
        image = pathlib.Path(image)
        made = image.stat().st_mtime_ns
        if self.kernels.get(image.name, (None, 0))[1] != made:
            self.kernels[image.name] = self.host.put_file(str(image)), made
        return self.kernels[image.name][0]

    def create(self, app, name=None, args="", memory=8, extra_cfg="", vcpus=1,
               lockcheck=True):
        """A running guest made of the program `app` (a folder).

        extra_cfg: lines of xl's configuration, which win over all others.
        lockcheck: with the lock checker; not for tests of times and sizes.
        """
        self.count += 1
        guest = guest_lab.Guest(self.host, name or f"guest{self.count}")
        words = ["LOCKCHECK=1"] if lockcheck else []
        kernel = self.kernel(self.build(app, *words))
        self.guests.append(guest)
        guest.create(guest_lab.configuration(
            guest.name, kernel, args, memory, vcpus, more=extra_cfg))
        return guest

    def destroy_all(self):
        for guest in self.guests:
            guest.destroy()
        self.guests.clear()


@pytest.fixture(scope="session")
def dom0_session(host_files, build, tmp_path_factory):
    files = [tmp_path_factory.mktemp("disks") / "vda"]
    for file in files:
        with open(file, "wb") as empty:
            empty.truncate(DOM0_DISK)
    host = dom0_lab.VirtualDom0(
        str(host_files), DOM0_GUESTS_MEMORY, more=disks_lab.qemu_options(
            [disks_lab.Disk(str(file), None) for file in files]))
    session = Dom0(host, build)
    session.files = files
    yield session
    host.close()


@pytest.fixture
def dom0(dom0_session):
    """The virtual host; the test's guests are destroyed after it."""
    yield dom0_session
    dom0_session.destroy_all()


@pytest.fixture(scope="module")
def dom0_smp_host(host_files, build):
    host = dom0_lab.VirtualDom0(str(host_files), SMP_GUESTS_MEMORY,
                                cpus=SMP_CPUS)
    yield Dom0(host, build)
    host.close()


@pytest.fixture
def dom0_smp(dom0_smp_host):
    """As dom0, on as many CPUs as there are, two at most."""
    yield dom0_smp_host
    dom0_smp_host.destroy_all()


# ---- The network -----------------------------------------------------------

def free_port(kind):
    """A port of this machine that nobody has. Below those that the kernel gives
    to clients, and each worker has its own: until its server has it, nobody else
    shall come by it."""
    family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = 10000 + 2000 * (int(worker) % 11)
    while True:
        port = random.randrange(first, first + 2000)
        with socket.socket(socket.AF_INET, family) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class NetworkDom0(Dom0):
    """A virtual host with bridges xenbr0, xenbr1...; dom0 is 10.0.2.1 on the
    first, 10.0.3.1 on the second.

    The guest that a test creates first has 10.0.2.15, and the ports of
    NET_PORTS lead to it. Its further ones have the next numbers by DHCP.
    """

    def __init__(self, host, build, forwards, record):
        super().__init__(host, build)
        self.ports = {f"{f.inner}/{f.kind}": f.outer for f in forwards}
        self.record = record

    def port(self, inner, kind="tcp"):
        """The port of this machine (127.0.0.1) that leads to the guest's."""
        return self.ports[f"{inner}/{kind}"]

    def vifs(self, count=1, more=""):
        """xl's line for so many interfaces. more: further keys of each."""
        plan = network_lab.Network(str(count), "", "")
        cards = plan.vifs or []
        alive = sum(guest.domid is not None for guest in self.guests)
        if alive:  # the first one has those addresses
            cards = [card.replace("00:16:3e:00:00:",
                                  f"00:16:3e:00:{alive:02x}:")
                     for card in cards]
        return network_lab.vif_line([card + more for card in cards])

    def create(self, app, name=None, args="", memory=8, extra_cfg="", vcpus=1,
               net=1, vif=""):
        """As Dom0.create(), with `net` interfaces, on a bridge each.

        vif: further keys of each, with a comma before them.
        """
        return super().create(app, name, args, memory,
                              self.vifs(net, vif) + extra_cfg, vcpus)

    def create_linux(self, run, address="", memory=160, net=1):
        """Debian's kernel as a guest, which does what `run` says."""
        self.count += 1
        guest = guest_lab.Guest(self.host, f"linux{self.count}")
        vifs = self.vifs(net)
        self.guests.append(guest)
        words = f'address={address} run="{run}"'
        guest.create(guest_lab.configuration(
            guest.name, "/mnt/vmlinux",
            f"console=hvc0 quiet loglevel=0 mitigations=off {words}", memory,
            more=f'type = "pv"\nramdisk = "/mnt/linux.cpio"\n{vifs}'))
        return guest

    def reach(self, address="10.0.2.15", timeout=PATIENCE):
        """Wait until a ping of dom0's is answered."""
        status, said = self.sh(
            f"for i in $(seq {timeout}); do"
            f" /usr/bin/ping -q -c 1 -W 1 {address} && exit 0; done; exit 1",
            4 * timeout)
        if status:
            pytest.fail(f"{address} does not answer:\n{said}")

    def fetch(self, path):
        """The bytes of a file in dom0."""
        cat = self.start(["cat", path])
        assert cat.wait(PATIENCE) == 0, cat.complained
        return bytes(cat.printed)

    @contextlib.contextmanager
    def captured(self, interface, path, words=""):
        """What passes an interface of dom0 during the block, into a pcap file
        here: as virtual machines see it, checksums may be blank, segments large.
        """
        tcpdump = sniffer(self, ["tcpdump", "-n", "-i", interface, "-B",
                                 "65536", "-U", "-w", "/root/capture",
                                 *words.split()])
        try:
            yield path
            self._capture_rests(tcpdump)
        finally:
            tcpdump.signal(2)
            tcpdump.wait(PATIENCE)
        said = bytes(tcpdump.complained).decode()
        dropped = re.findall(r"(\d+) packets? dropped by kernel", said)
        assert dropped[-1] == "0", said
        path.write_bytes(self.fetch("/root/capture"))
        self.sh("rm /root/capture")

    def _capture_rests(self, tcpdump):
        """Until tcpdump has written all that the kernel keeps for it: it says
        how many when it is asked, and thrice the same."""
        counts = []
        while len(counts) < 3 or len(set(counts[-3:])) > 1:
            before = len(tcpdump.complained)
            tcpdump.signal(10)
            until(lambda: b"by kernel" in tcpdump.complained[before:],
                  "tcpdump's figures")
            figures = bytes(tcpdump.complained[before:]).decode()
            counts.append(figures)
            self.sh("sleep 0.3")

    @contextlib.contextmanager
    def recorded(self, path):
        """What passes the forwarded ports during the block, into a pcap file.

        These are the frames as they leave dom0 and reach it: each checksum is
        filled in, no segment is larger than the MTU.
        """
        begin = self.record.stat().st_size
        yield path
        with open(self.record, "rb") as file:
            header = file.read(24)
            file.seek(begin)
            path.write_bytes(header + file.read())


@pytest.fixture(scope="session")
def net_session(host_files, build, tmp_path_factory):
    from wire import Wire
    cable = Wire()
    record = tmp_path_factory.mktemp("net") / "record.pcap"
    forwards = [network_lab.Forward(free_port(kind), int(inner), kind)
                for inner, kind in (p.split("/") for p in NET_PORTS)]
    plan = network_lab.Network(str(NET_BRIDGES), " ".join(
        f"{f.outer}:{f.inner}/{f.kind}" for f in forwards), "")
    cards, sockets = plan.cards()
    host = dom0_lab.VirtualDom0(
        str(host_files), NET_GUESTS_MEMORY, sockets=[*sockets, cable.theirs],
        more=[*cards, *network_lab.record(record),
              *network_lab.cable("wire", cable.theirs, "02:00:0a:00:02:04"),
              *qemu_lab.shared_folder(str(host_files))])
    host.show("/mnt")
    status, said = host.sh(f"lab-devices {plan.devices()}")
    if status:
        pytest.fail(f"lab-devices: {said}", pytrace=False)
    session = NetworkDom0(host, build, forwards, record)
    session.wire = cable
    yield session
    host.close()
    cable.close()


@pytest.fixture
def net(net_session):
    """The virtual host with a network; the test's guests are destroyed."""
    yield net_session
    net_session.destroy_all()


@pytest.fixture(scope="class")
def net_class(net_session):
    """As net, but the guests stay until all tests of the class have run."""
    yield net_session
    net_session.destroy_all()


@pytest.fixture
def wire(net_session):
    """The cable into xenbr0, with what came before forgotten."""
    net_session.wire.forget()
    yield net_session.wire
