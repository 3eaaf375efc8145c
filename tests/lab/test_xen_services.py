# SPDX-License-Identifier: BSD-2-Clause
"""Console, xenstore, xenbus and lifecycle of guests under a real xl.

The guests are tests/guest/xen/*; what only dom0 can see or do is here.
"""

import re

import pytest

from waiting import until

# xenbus states, as written in xenstore.
INITIALISING, INIT_WAIT, INITIALISED, CONNECTED, CLOSING, CLOSED = range(1, 7)


@pytest.fixture
def start(dom0):
    """start(PROGRAM, ARGS): one of tests/guest/xen/ as a guest."""
    return lambda program, args="": dom0.create(f"tests/guest/xen/{program}",
                                                args=args)


def xs_write(dom0, *pairs):
    status, said = dom0.sh("xenstore-write " + " ".join(
        f"'{word}'" for word in pairs))
    assert status == 0, said


def xs_read(dom0, path):
    """The value at `path`, or None."""
    status, said = dom0.sh(f"xenstore-read '{path}'")
    return said.removesuffix("\n") if status == 0 else None


def home(guest):
    return f"/local/domain/{guest.domid}"


# ---- Console ----------------------------------------------------------------

def test_a_megabyte_of_output_arrives_whole(start):
    guest = start("console", "flood 1048576")
    assert guest.wait_end() == ("poweroff", 0)
    wanted = "".join(f"{n:08}{n * 7:055}\n" for n in range(1048576 // 64))
    whole = guest.text == wanted + "the other thread ran\n"
    assert whole, guest.text[-200:]    # pytest would compare for an hour
    assert guest.lost == 0


def test_lines_of_eight_threads_stay_whole(start):
    guest = start("console", "threads")
    assert guest.wait_end() == ("poweroff", 0)
    lines = guest.text.splitlines()
    assert sorted(lines) == sorted(
        letter * (1 + i % 100) for letter in "abcdefgh" for i in range(200))


def test_input_reaches_the_program(start):
    guest = start("console", "echo")
    guest.wait_for("ready\n")
    guest.send("hello\n")
    guest.wait_for("<hello>\n")
    guest.send("two\nlines\n")       # at once
    guest.wait_for("<two>\n<lines>\n")
    guest.send("by the key\r")       # as a terminal sends Enter
    guest.wait_for("<by the key>\n")
    # More than the ring of 1024 bytes, while the guest is slow to read.
    lines = [f"line {n} " + "x" * 80 for n in range(60)]
    guest.send("".join(line + "\n" for line in lines))
    guest.wait_for(f"<{lines[-1]}>\n")
    guest.send("quit\n")
    assert guest.wait_end() == ("poweroff", 0)
    assert [f"<{line}>" for line in lines] == guest.text.splitlines()[-60:]


def test_nothing_printed_before_a_crash_is_lost(start):
    guest = start("console", "crash")
    assert guest.wait_end() == ("crash", None)
    lines = guest.text.splitlines()
    assert lines[:100] == [f"line {n} before the crash" for n in range(100)]
    assert "Coracle crashed: on purpose" in lines
    assert guest.lost == 0


# ---- Xenstore ---------------------------------------------------------------

def test_xenstore_client(dom0):
    guest = dom0.create("tests/guest/xen/xenstore", name="store", args="store")
    data = home(guest) + "/data"
    guest.wait_for("in a transaction\n")
    xs_write(dom0, data + "/count", "100")
    xs_write(dom0, data + "/go", "1")
    guest.wait_for("watching\n")
    xs_write(dom0, data + "/watched/deep", "1")
    end = guest.wait_end()
    assert "FAIL" not in guest.text
    assert re.findall(r"pass (\w+)", guest.text) == [
        "nodes", "errors", "permissions", "sizes", "many_threads",
        "transactions", "conflict", "watches"]
    assert end == ("poweroff", 0)
    status, said = dom0.sh(f"xenstore-ls -p {data}")
    assert re.search(rf'mine = "1"[ .]+\(n{guest.domid},r0\)', said), said


# ---- Lifecycle --------------------------------------------------------------

@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_exit_status_is_in_xenstore(dom0, start, status):
    guest = start("lifecycle", f"exit {status}")
    assert guest.wait_end() == ("poweroff", status)
    assert xs_read(dom0, home(guest) + "/data/exit-status") == str(status)


def test_reboot_of_its_own_will(start):
    guest = start("lifecycle", "reboot 3")
    assert guest.wait_end() == ("reboot", 3)


def test_a_crash_is_seen_by_xl(dom0, start):
    guest = start("lifecycle", "crash")
    assert guest.wait_end() == ("crash", None)
    line = dom0.sh(f"xl list {guest.domid}")[1].splitlines()[1]
    assert line.split()[4] == "---sc-"     # on_crash=preserve kept it


def test_features_are_announced(dom0, start):
    guest = start("lifecycle", "wait")
    control = home(guest) + "/control"
    until(lambda: xs_read(dom0, control + "/feature-reboot") == "1",
               "control/feature-reboot")
    assert xs_read(dom0, control + "/feature-poweroff") == "1"


@pytest.mark.parametrize("command, reason, word", [
    ("xl shutdown", "poweroff", "poweroff"), ("xl reboot", "reboot", "reboot")])
def test_xl_ends_a_guest(dom0, start, command, reason, word):
    guest = start("lifecycle", "handler")
    guest.wait_for("waiting\n")
    status, said = dom0.sh(f"{command} {guest.domid}")
    assert status == 0, said
    assert guest.wait_end() == (reason, None)
    assert guest.text == f"waiting\nhandler: {word}\nhandler: done\n"
    assert xs_read(dom0, home(guest) + "/control/shutdown") == ""


def test_without_a_handler_it_just_ends(dom0, start):
    guest = start("lifecycle", "wait")
    guest.wait_for("waiting\n")
    assert dom0.sh(f"xl shutdown {guest.domid}")[0] == 0
    assert guest.wait_end() == ("poweroff", None)


def test_halt_is_poweroff(dom0, start):
    guest = start("lifecycle", "wait")
    guest.wait_for("waiting\n")
    xs_write(dom0, home(guest) + "/control/shutdown", "halt")
    assert guest.wait_end() == ("poweroff", None)


def test_the_program_may_end_while_its_handler_runs(dom0, start):
    guest = start("lifecycle", "both")
    guest.wait_for("waiting\n")
    assert dom0.sh(f"xl shutdown {guest.domid}")[0] == 0
    assert guest.wait_end() == ("poweroff", 42)


def test_suspend_is_not_acknowledged(dom0, start):
    guest = start("lifecycle", "wait")
    guest.wait_for("waiting\n")
    shutdown = home(guest) + "/control/shutdown"
    xs_write(dom0, shutdown, "suspend")
    guest.wait_for("cannot do")
    assert xs_read(dom0, shutdown) == "suspend"
    xs_write(dom0, shutdown, "poweroff")   # and it still listens
    assert guest.wait_end() == ("poweroff", None)


# ---- Xenbus -----------------------------------------------------------------

class Backend:
    """The backend of device/coracle-test/N, played with xenstore-write."""

    def __init__(self, dom0, guest, number=0):
        self.dom0, self.guest = dom0, guest
        self.path = f"/local/domain/0/backend/coracle-test/{guest.domid}/{number}"
        self.front = f"{home(guest)}/device/coracle-test/{number}"

    def plug(self, state=INITIALISING, **keys):
        """Write both halves, as libxl does, in one transaction or not."""
        domid = self.guest.domid
        keys = {"frontend": self.front, "feature-test": "7",
                "greeting": "hello", **keys}
        words = [w for key, value in keys.items()
                 for w in (f"{self.path}/{key}", value)]
        xs_write(self.dom0, *words, f"{self.path}/state", str(state))
        self.sh(f"xenstore-chmod -r {self.path} n0 r{domid}")
        xs_write(self.dom0, f"{self.front}/backend-id", "0",
                 f"{self.front}/state", str(INITIALISING))
        self.sh(f"xenstore-chmod -r {self.front} n{domid} r0")
        xs_write(self.dom0, f"{self.front}/backend", self.path)

    def sh(self, command):
        status, said = self.dom0.sh(command)
        assert status == 0, said

    def state(self, state):
        xs_write(self.dom0, f"{self.path}/state", str(state))

    def await_front(self, state):
        until(lambda: xs_read(self.dom0, f"{self.front}/state")
                   == str(state), f"the frontend in state {state}")

    def unplug(self):
        self.sh(f"xenstore-rm {self.front}; xenstore-rm {self.path}")

    def connect(self):
        """From Initialising to Connected."""
        self.state(INIT_WAIT)
        self.await_front(INITIALISED)
        self.state(CONNECTED)
        self.await_front(CONNECTED)


@pytest.fixture
def frontend(dom0, start, request):
    guest = start("xenbus", getattr(request, "param", ""))
    guest.wait_for("0 devices\n")
    yield guest
    xs_write(dom0, home(guest) + "/data/stop", "1")
    assert guest.wait_end() == ("poweroff", 0)


def said(guest):
    """Its console so far, without the first line."""
    return guest.text.splitlines()[1:]


PROBE, UP, DOWN = ("probe 0 of domain 0, feature 7", "connected 0: hello",
                   "closing 0")


def test_xenbus_hot_plug_and_detach(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug()
    backend.connect()
    assert said(frontend) == [PROBE, UP]
    assert xs_read(dom0, backend.front + "/ring-ref") == "1"
    backend.state(CLOSING)             # as libxl's device removal does
    backend.await_front(CLOSED)
    assert said(frontend) == [PROBE, UP]      # our pages may be in use still
    backend.state(CLOSED)
    frontend.wait_for(DOWN)
    backend.unplug()
    backend.plug()                     # and in again
    backend.connect()
    assert said(frontend) == [PROBE, UP, DOWN, PROBE, UP]


def test_xenbus_backend_restarts(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug()
    backend.connect()
    backend.state(INITIALISING)
    frontend.wait_for(DOWN)
    backend.await_front(INITIALISING)
    backend.connect()
    assert said(frontend) == [PROBE, UP, DOWN, PROBE, UP]


def test_xenbus_backend_vanishes(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug()
    backend.connect()
    backend.sh(f"xenstore-rm {backend.path}")
    frontend.wait_for(DOWN)
    assert xs_read(dom0, backend.front + "/state") == str(CLOSED)


def test_xenbus_device_vanishes(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug()
    backend.connect()
    backend.unplug()
    frontend.wait_for(DOWN)
    assert xs_read(dom0, backend.front + "/state") is None


@pytest.mark.parametrize("frontend", ["impatient"], indirect=True)
def test_xenbus_backend_never_connects(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug(state=INIT_WAIT)
    backend.await_front(INITIALISED)
    backend.await_front(CLOSED)        # after the driver's 4 s
    frontend.wait_for(DOWN)
    wrong = home(frontend) + "/error/device/coracle-test/0/error"
    assert "wait for the backend" in xs_read(dom0, wrong)
    assert said(frontend) == [PROBE, "xenbus: device/coracle-test/0: wait for"
                              " the backend: error -116", DOWN]
    backend.state(INITIALISING)        # it comes round after all
    backend.await_front(INITIALISING)
    backend.connect()


def test_xenbus_driver_refuses(dom0, frontend):
    backend = Backend(dom0, frontend)
    backend.plug(state=INIT_WAIT, refuse="1")
    backend.await_front(CLOSED)
    assert DOWN not in said(frontend)  # what was not probed is not closed
    assert said(frontend).count(PROBE) == 1


def test_xenbus_two_devices(dom0, frontend):
    backends = [Backend(dom0, frontend, n) for n in (0, 5)]
    for backend in backends:
        backend.plug()
    for backend in backends:
        backend.connect()
    backends[0].state(CLOSED)
    frontend.wait_for(DOWN)
    assert xs_read(dom0, backends[1].front + "/state") == str(CONNECTED)
    assert "closing 5" not in frontend.text


# ---- Bare Xen: no ring, no xenstore -----------------------------------------

def test_bare_console_goes_both_ways(bare):
    result = bare("tests/guest/xen/console", "echo", stdin=b"hello\nquit\n")
    assert result.console == "ready\n<hello>\n"
    assert (result.reason, result.status) == ("poweroff", 0)


@pytest.mark.parametrize("words, reason, status", [
    ("exit 9", "poweroff", 9), ("reboot 3", "reboot", 3),
    ("crash", "crash", None)])
def test_bare_ends(bare, words, reason, status):
    result = bare("tests/guest/xen/lifecycle", words)
    assert (result.reason, result.status) == (reason, status)


def test_bare_has_no_xenstore(bare):
    result = bare("tests/guest/xen/xenbus")
    assert result.console.startswith("-19 devices\n")     # K_ENODEV
    assert (result.reason, result.status) == ("poweroff", 1)
