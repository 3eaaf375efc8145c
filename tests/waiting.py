# SPDX-License-Identifier: BSD-2-Clause
"""Waiting, in tests.

A test waits for what must come, not for a time: where the machine is slow or
busy, anything may take ten times as long. How long it waits at most decides
nothing but when a test that has failed already says so; hence one number, which
is large. What shall *not* come, on the other hand, costs its whole wait in each
run: look at what can be seen instead, such as a counter of what was dropped.
"""

import time

PATIENCE = 300  # seconds
LONG = 3600  # where it is for another worker's builds, too


def until(condition, what, seconds=PATIENCE, pause=0.05):
    """Wait until condition() is true; returns what it gave. pause: from one look
    to the next, longer where looking itself leaves something behind."""
    end = time.monotonic() + seconds
    while not (gave := condition()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)
    return gave


def sh(dom0, command, timeout=PATIENCE):
    """What a shell command of dom0 says, which must end well."""
    status, said = dom0.sh(command, timeout)
    assert status == 0, f"{command}:\n{said}"
    return said


def ping(dom0, address, more="-c 3 -i 0.1", program="ping"):
    """A row of pings is answered, all of it; what ping says. IP may lose some,
    while somebody is being looked for or a queue is full; if all is well, a row
    that loses none comes soon."""
    def row():
        status, said = dom0.sh(f"{program} {more} -W 10 {address}")
        return said if status == 0 and " 0% packet loss" in said else None

    return until(row, f"{address} answers")


def started(dom0, words, said):
    """A program of dom0's that goes on; it has said `said` as an error."""
    program = dom0.start(words)
    until(lambda: said.encode() in bytes(program.complained)
          or program.status is not None, f"{words[0]}: {said!r}")
    assert program.status is None, bytes(program.complained).decode()
    return program


def sniffer(dom0, words):
    """tcpdump, which listens by now."""
    return started(dom0, words, "listening on ")
