# SPDX-License-Identifier: BSD-2-Clause
"""The lab's virtual host: its dom0, and guests under its real xl."""

import hashlib

from waiting import PATIENCE, sh, until

TALK = "tests/lab/guests/talk"


def test_xl_runs_on_xen(dom0):
    status, text = dom0.sh("xl info")
    assert status == 0
    assert "xen_version            : 4.17" in text


def test_status_and_output_of_commands(dom0):
    assert dom0.sh("echo out; echo err >&2; exit 5") == (5, "out\nerr\n")
    assert dom0.sh("kill -9 $$")[0] == 128 + 9


def test_files_arrive_whole(dom0):
    data = bytes(range(256)) * 8192
    path = dom0.put("/tmp/data", data)
    assert dom0.sh(f"sha256sum {path}; rm {path}")[1].split()[0] == \
        hashlib.sha256(data).hexdigest()


def test_commands_run_at_the_same_time(dom0):
    dom0.sh("rm -f /tmp/pipe; mkfifo /tmp/pipe")
    reader = dom0.start(["cat", "/tmp/pipe"])
    assert reader.wait(0.2) is None
    assert dom0.sh("echo through > /tmp/pipe")[0] == 0
    assert reader.wait(PATIENCE) == 0
    assert bytes(reader.printed) == b"through\n"


def test_a_program_that_reads_nothing_does_not_stop_the_others(dom0):
    idle = dom0.start(["sleep", "1000"])
    idle.link.send(idle.number, 1, bytes(32768))  # INPUT, within the window
    assert dom0.sh("echo still here") == (0, "still here\n")
    idle.signal(15)
    assert idle.wait(PATIENCE) == 128 + 15


def test_dom0_reaches_nothing(dom0):
    assert "eth" not in dom0.sh("ls /sys/class/net")[1]


def test_exit_status_reason_and_arguments(dom0):
    words = r"""exit 41 'single quotes' "double \"quotes\"" back\\slash a,b $x"""
    guest = dom0.create(TALK, args=words)
    assert guest.wait_end() == ("poweroff", 41)
    assert guest.text.splitlines()[2:] == [
        "argument 3: <single quotes>", 'argument 4: <double "quotes">',
        "argument 5: <back\\slash>", "argument 6: <a,b>", "argument 7: <$x>"]
    assert guest.lost == 0


def test_crash_is_seen_by_xl(dom0):
    guest = dom0.create(TALK, args="crash")
    assert guest.wait_end() == ("crash", None)
    assert guest.text.startswith("about to crash\n")
    # Preserved, with xl's flag for it.
    line = dom0.sh(f"xl list {guest.name}")[1].splitlines()[1]
    assert line.split()[4] == "---sc-"


def test_console_goes_both_ways(dom0):
    guest = dom0.create(TALK, args="echo")
    guest.wait_for("ready\n")
    guest.send("hello there\n")
    guest.wait_for("got <hello there>\n")
    guest.send("end\n")
    assert guest.wait_end() == ("poweroff", 0)


def test_every_byte_value_arrives(dom0):
    guest = dom0.create(TALK, args="bytes")
    assert guest.wait_end() == ("poweroff", 0)
    assert bytes(guest.bytes) == bytes(range(256)) + b"\r\n\n\r\r\n\r"


def test_a_megabyte_is_not_cut(dom0):
    guest = dom0.create(TALK, args="print 20000")
    assert guest.wait_end() == ("poweroff", 0)
    assert guest.text == "".join(
        f"{n:08d} " + "0123456789" * 4 + "\n" for n in range(20000))
    assert guest.lost == 0


def test_a_console_that_nobody_reads_loses_nothing(dom0):
    """A slow reader: xenconsoled keeps a megabyte for it. Then the guest has to
    wait; its bytes must not go."""
    guest = dom0.create(TALK, args="print 50000")
    guest.wait_for("00000000 ")
    sh(dom0, "pidof coracle-attach | xargs -r kill -STOP")
    log = f"/var/log/xen/guest-{guest.name}.log"
    until(lambda: int(sh(dom0, f"wc -c < {log}")) > 1 << 20,
          "xenconsoled has taken a megabyte")
    assert guest.wait_end(0) is None
    sh(dom0, "pidof coracle-attach | xargs -r kill -CONT")
    assert guest.wait_end() == ("poweroff", 0)
    assert guest.text.count("\n") == 50000
    assert guest.lost == 0


def test_destroyed_from_outside(dom0):
    guest = dom0.create(TALK, args="spin")
    guest.wait_for("spinning\n")
    assert dom0.sh(f"xl destroy {guest.name}")[0] == 0
    assert guest.wait_end() == ("destroyed", None)


def test_extra_configuration_wins(dom0):
    guest = dom0.create(TALK, args="spin", memory=8, extra_cfg="memory = 16\n")
    guest.wait_for("spinning\n")
    line = dom0.sh(f"xl list {guest.name}")[1].splitlines()[1]
    assert line.split()[2] == "16"
