# SPDX-License-Identifier: BSD-2-Clause
"""The C library under a real xl: what needs a toolstack to ask something."""

import pytest

SIGTERM = "tests/guest/posix/sigterm"


@pytest.mark.parametrize("verb, reason", [("shutdown", "poweroff"),
                                          ("reboot", "reboot")])
def test_sigterm(dom0, verb, reason):
    """The program finishes its work and ends with its own status."""
    guest = dom0.create(SIGTERM, extra_cfg='on_reboot="destroy"')
    guest.wait_for("serving")
    assert dom0.sh(f"xl {verb} {guest.domid}")[0] == 0
    assert guest.wait_end() == (reason, 4)
    assert guest.text.endswith("serving\nasked by signal 15, finishing\n")
    guest.destroy()


def test_sigterm_ignored(dom0):
    """A program that does not end by itself is ended after a while."""
    guest = dom0.create(SIGTERM, args="deaf")
    guest.wait_for("serving")
    assert dom0.sh(f"xl shutdown {guest.domid}")[0] == 0
    reason, status = guest.wait_end()
    assert reason == "poweroff" and status != 4
    assert "finishing" not in guest.text
    guest.destroy()
