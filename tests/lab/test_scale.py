# SPDX-License-Identifier: BSD-2-Clause
"""Guests under xl at the ends of the scale: least memory, much memory, many at
once; and what xl itself does at a guest's end.
"""

import contextlib
import re
import subprocess

import pytest

from conftest import TOP, Dom0, clean_environment
from coraclelab import dom0 as dom0_lab
from waiting import LONG, until

HELLO = "examples/hello"
AMOUNT = "tests/lab/guests/amount"
LIFECYCLE = "tests/guest/xen/lifecycle"
LOGS = "/var/log/xen"


def said_by(dom0, command):
    status, said = dom0.sh(command)
    assert status == 0, said
    return said


# ---- Memory -----------------------------------------------------------------

@pytest.mark.parametrize("memory", [4, 4096])
def test_hello(dom0, memory):
    guest = dom0.create(HELLO, memory=memory, args="a b",
                        lockcheck=False)
    assert guest.wait_end() == ("poweroff", 0)
    assert guest.text.splitlines()[1:3] == ["argument 1: a", "argument 2: b"]
    assert f"\nmemory: {memory}.0 MiB, vCPUs: 1\n" in guest.text


@pytest.mark.parametrize("memory", [4, 4096])
def test_all_memory_is_of_use(dom0, memory):
    guest = dom0.create(AMOUNT, memory=memory, lockcheck=False)
    assert guest.wait_end() == ("poweroff", 0)
    given, free, taken, again, wrong = map(int, re.findall(r"\d+", guest.text))
    assert given == memory * 256
    # What xl says that the hypervisor says.
    line = said_by(dom0, f"xl list {guest.name}").splitlines()[1]
    assert line.split()[2] == str(memory)
    # The image, what xl has put there, page tables and the table of frames.
    assert given - 256 - given // 64 < free < given
    # malloc has its own words between the blocks; the page tables of its
    # areas stay.
    assert free - 64 - free // 64 < taken <= free
    assert free - 64 - free // 256 < again <= free
    assert wrong == 0


# ---- Many at once -----------------------------------------------------------

CROWD = 64

CREATE = """
for i in $(seq {crowd}); do
    printf 'name = "crowd%d"\\nkernel = "%s"\\nmemory = 4\\nextra = "wait"\\n' \
        $i {kernel} > /root/crowd.xl
    xl create -q -e /root/crowd.xl < /dev/null || exit 1
done
"""


def state_of_dom0(dom0):
    """What guests could leave behind, each as something to compare."""
    domains = said_by(dom0, "xl list | tail -n +2")
    return {
        "domains": len(domains.splitlines()),
        "free MiB": re.search(r"free_memory\s*: (\d+)",
                              said_by(dom0, "xl info")).group(1),
        "event channels": said_by(dom0, "lsevtchn 0 | cut -d: -f2 | sort"),
        "grants": said_by(dom0, "xl dmesg -c > /dev/null; xl debug-keys g;"
                          " xl dmesg | grep -e grant-table -e entries -e pin"),
        "xenstore": said_by(dom0, "xenstore-ls -f / | cut -d= -f1 | sort"),
        "descriptors": said_by(dom0, "for name in xenstored xenconsoled; do"
                               " ls /proc/$(pidof $name)/fd | wc -l; done"),
    }


def test_many_guests_leave_nothing_behind(dom0, build):
    kernel = dom0.host.put_file(str(build(LIFECYCLE)))

    def crowd(number):
        said_by(dom0, CREATE.format(crowd=number, kernel=kernel))
        until(lambda: said_by(
            dom0, f"grep -l waiting {LOGS}/guest-crowd*.log | wc -l"
        ) == f"{number}\n", "every guest has spoken")
        at_once = said_by(dom0, "xl list | grep -c '^crowd'")
        said_by(dom0, f"for i in $(seq {number}); do xl destroy crowd$i; done;"
                f" rm {LOGS}/guest-crowd*.log")
        # xl's own processes see to the rest.
        until(lambda: "crowd" not in said_by(dom0, "xl list")
                   and "null" not in said_by(dom0, "xl list")
                   and said_by(dom0, "pidof xl || true").strip() == "",
                   "the domains and their xl have gone")
        return int(at_once)

    crowd(2)                    # dom0's own caches have grown
    before = None
    # Some of it goes a moment after the domain.
    while before != (before := state_of_dom0(dom0)):
        pass
    assert crowd(CROWD) == CROWD
    with contextlib.suppress(AssertionError):
        until(lambda: state_of_dom0(dom0) == before, "all is as it was", 60)
    after = state_of_dom0(dom0)
    for what, value in before.items():
        assert after[what] == value, what


# ---- What xl does at the end ------------------------------------------------

def test_restart(dom0):
    """on_reboot=restart: the same name, a new domain, from the beginning."""
    guest = dom0.create(LIFECYCLE, args="wait",
                        extra_cfg='on_reboot = "restart"\n')
    guest.wait_for("waiting\n")
    first = guest.domid
    try:
        said_by(dom0, f"xl reboot {guest.name}")
        # libxl destroys the first when it has seen it end.
        assert guest.wait_end()[0] in ("reboot", "destroyed")
        until(lambda: said_by(
            dom0, f"xl domid {guest.name} 2>/dev/null || true").strip()
            not in ("", str(first)), "another domain of this name")
        until(lambda: said_by(
            dom0, f"grep -c waiting {LOGS}/guest-{guest.name}.log"
        ) == "2\n", "it has spoken too")
    finally:
        guest.domid = guest.name


def test_by_hand(make):
    """In a dom0, after `make`, with the example's own configuration."""
    assert make(f"APP={HELLO}").returncode == 0
    result = subprocess.run(
        ["make", "shell"], cwd=TOP, env=clean_environment(),
        input=b"xl create -q -c examples/hello/hello.cfg\n",
        capture_output=True, timeout=LONG, check=False)
    lines = result.stdout.decode().replace("\r\n", "\n").splitlines()
    assert lines[0].startswith("Hello from hello on Coracle ")
    assert lines[1:4] == ["argument 1: one", "argument 2: two three",
                          "memory: 8.0 MiB, vCPUs: 1"]
    assert result.returncode == 0


# ---- Promptness, in virtual time --------------------------------------------

ASK = """
now() { read up idle < /proc/uptime; echo ${up%.*}${up#*.}; }
began=$(now)
xenstore-write CONTROL poweroff
while [ -n "$(xenstore-read CONTROL)" ]; do :; done
echo $(($(now) - began))
"""


def test_shutdown_is_acknowledged_within_100_ms(host_files, build):
    """One instruction is one nanosecond, of dom0's commands as of the guest's,
    so this is an upper bound and the same on every machine. The clock counts
    hundredths of a second."""
    host = dom0_lab.VirtualDom0(str(host_files), 64, icount=True)
    try:
        guest = Dom0(host, build).create(LIFECYCLE, args="handler",
                                               lockcheck=False)
        guest.wait_for("waiting\n")
        control = f"/local/domain/{guest.domid}/control/shutdown"
        status, said = host.sh(ASK.replace("CONTROL", control))
        assert status == 0, said
        assert guest.wait_end() == ("poweroff", None)
    finally:
        host.close()
    assert int(said) < 10
