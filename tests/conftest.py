# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: building guests, and running them.

    build(app)            the path of app's image, made by make
    bare(app, args)       a run straight under Xen, one to two seconds,
                          with the lock checker
    dom0                  the virtual Xen host: booted once for all tests that
                          ask for it, real xl inside
    dom0_smp              another, with two CPUs if this machine has them
    make(words...)        make as a user types it

All of it stands on lab/coraclelab, which `make run` uses too.
"""

import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "lab"))
os.chdir(TOP)

from coraclelab import bare as bare_lab  # noqa: E402
from coraclelab import dom0 as dom0_lab  # noqa: E402
from coraclelab import guest as guest_lab  # noqa: E402

BUILD = TOP / "build"
IMAGES = BUILD / "lab"

# Room for one guest of 4 GiB, or for many small ones.
DOM0_GUESTS_MEMORY = 4608
SMP_GUESTS_MEMORY = 256
SMP_CPUS = 2


def clean_environment(**more):
    """Ours, without what a make above us set for the makes below it."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS", "CORACLE_"))}
    environment.update(more)
    return environment


def run_make(*words, environment=None, timeout=600, stdin=subprocess.DEVNULL,
             **more):
    """make's own result: returncode, stdout and stderr as bytes."""
    return subprocess.run(
        ["make", *words], cwd=TOP, env=environment or clean_environment(),
        stdin=stdin, capture_output=True, timeout=timeout, **more)


@pytest.fixture(scope="session")
def make():
    return run_make


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
    """bare(app, args="", mem=8, timeout=60, stdin=b"", vcpus=1) -> Result.

    icount: the clock counts the guest's instructions. more: options for QEMU.
    The lock checker is on: sched/spinlock_checked.c.
    """

    def run(app, args="", mem=8, timeout=60, stdin=b"", icount=False,
            more=(), vcpus=1):
        console = bytearray()
        image = str(build(app, "LOCKCHECK=1"))
        guest = bare_lab.BareGuest(str(host_files / "xen"), image,
                                   args, mem, console.extend,
                                   lambda line: None, icount, more, vcpus)
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

    def sh(self, command, timeout=60):
        """(exit status, output with errors) of a shell command in dom0."""
        return self.host.sh(command, timeout)

    def put(self, path, data):
        return self.host.put(path, data)

    def start(self, arguments, **how):
        """A program that keeps running; see coraclelab.link.Remote."""
        return self.host.start(arguments, **how)

    def create(self, app, name=None, args="", memory=8, extra_cfg="", vcpus=1):
        """A running guest made of the program `app` (a folder).

        extra_cfg: lines of xl's configuration, which win over all others.
        """
        self.count += 1
        guest = guest_lab.Guest(self.host, name or f"guest{self.count}")
        kernel = self.host.put_file(str(self.build(app)))
        self.guests.append(guest)
        guest.create(guest_lab.configuration(
            guest.name, kernel, args, memory, vcpus, more=extra_cfg))
        return guest

    def destroy_all(self):
        for guest in self.guests:
            guest.destroy()
        self.guests.clear()


@pytest.fixture(scope="session")
def dom0_session(host_files, build):
    host = dom0_lab.VirtualDom0(str(host_files), DOM0_GUESTS_MEMORY)
    yield Dom0(host, build)
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
