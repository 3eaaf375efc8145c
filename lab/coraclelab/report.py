# SPDX-License-Identifier: BSD-2-Clause
"""What the lab says of itself, all of it on standard error.

Standard output belongs to the guest. A step that takes more than two seconds
says its name, then; one line says how a run ended that did not end by the
program's own word.
"""

import contextlib
import sys
import threading

# make's exit status, where it is not the program's own.
DID_NOT_BUILD = 2
TIMED_OUT = 124
LAB_FAILED = 125
INTERRUPTED = 130
CRASHED = 134

PATIENCE = 2.0


class LabFailed(Exception):
    """The lab could not do its work; the message says why, in one line."""


def say(text):
    """A line of its own, whole even when several threads speak."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextlib.contextmanager
def step(name):
    timer = threading.Timer(PATIENCE, say, [f"  LAB     {name}"])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def verdict(end, timeout):
    """The exit status for (reason, program's status); says what is not plain.

    end: None when the guest still ran after `timeout` seconds.
    """
    if end is None:
        say(f"timed out after {timeout:g} s")
        return TIMED_OUT
    reason, status = end
    if reason in ("crash", "watchdog"):
        say("guest crashed")
        return CRASHED
    if reason in ("poweroff", "reboot") and status is not None:
        return status
    return lab_failed(f"the guest ended ({reason}) without an exit status")


def lab_failed(why):
    say(f"lab failed: {why}")
    return LAB_FAILED
