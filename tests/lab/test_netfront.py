# SPDX-License-Identifier: BSD-2-Clause
"""Network interfaces against stock Linux netback, under a real xl.

The guest is tests/lab/guests/wire; traffic is dom0's own.
"""

import re

WIRE = "tests/lab/guests/wire"


def counts(guest, index=0):
    """The counters of interface `index`: a dictionary."""
    before = guest.text.count("done count")
    guest.send("count\n")
    guest.wait_for("done count\n" * 1)
    for _ in range(300):
        if guest.text.count("done count") > before:
            break
        import time
        time.sleep(0.1)
    line = re.findall(rf"^count {index}: (.*)$", guest.text, re.M)[-1]
    numbers = [int(n) for n in re.findall(r"\d+", line)]
    return dict(zip(("rx", "rx_bytes", "rx_errors", "tx", "tx_bytes",
                     "tx_errors", "rx_events", "tx_events", "notifies"),
                    numbers))


def test_ping_small_and_large(net):
    guest = net.create(WIRE, args="echo 10.0.2.50")
    guest.wait_for("ready\n")
    status, said = net.sh("ping -c 4 -W 20 10.0.2.50")
    assert status == 0 and " 0% packet loss" in said, said
    status, said = net.sh("ping -c 20 -i 0.02 -s 1472 -W 20 10.0.2.50")
    assert status == 0 and " 0% packet loss" in said, said
    count = counts(guest)
    assert count["tx"] >= 24 and count["rx"] >= 24
    assert count["rx_errors"] == 0 and count["tx_errors"] == 0
    guest.send("end\n")
    assert guest.wait_end() == ("poweroff", 0)
