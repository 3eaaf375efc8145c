# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`, the network: what it reads out of the tools' words."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "lab")]

from coraclebench import network  # noqa: E402
from coraclebench.figures import NotMeasured  # noqa: E402

UDP = """\
Client connecting to 10.0.2.15, UDP port 5001
Sending 64 byte datagrams, IPG target: 0.49 us (kalman adjust)
[  1] local 10.0.2.1 port 37926 connected with 10.0.2.15 port 5001
[ ID] Interval       Transfer     Bandwidth
[  1] 0.0000-1.0000 sec  2.34 MBytes  19.7 Mbits/sec
[  1] Sent 38390 datagrams
[  1] Server Report:
[ ID] Interval       Transfer     Bandwidth        Jitter   Lost/Total Datagrams
[  1] 0.0000-2.0000 sec  1.67 MBytes  13.9 Mbits/sec   0.018 ms 10000/40000 (25%)
"""


def test_tcp():
    said = ("19700101000000,10.0.2.1,38762,10.0.2.15,5001,1,0.0-1.0,"
            "467664956,3713689795\n")
    assert network.parse_tcp(said) == (467664956, 3713689795)


@pytest.mark.parametrize("said", [
    "", "connect failed: Connection refused\n",
    "19700101000000,10.0.2.1,1,10.0.2.15,5001,1,0.0-1.0,0,0\n"])
def test_no_tcp(said):
    with pytest.raises(NotMeasured):
        network.parse_tcp(said)


def test_udp_takes_the_servers_word():
    said = network.parse_udp(UDP)
    assert (said.received, said.sent, said.seconds) == (30000, 40000, 2.0)
    assert said.rate == 15.0
    assert said.lost == 25.0


@pytest.mark.parametrize("said", [
    "", UDP[:UDP.index("[  1] Server")],
    "[  1] 0.0000-0.0000 sec  0.0 Bytes  0.0 bits/sec  0.0 ms 0/0 (0%)\n"])
def test_no_udp(said):
    with pytest.raises(NotMeasured):
        network.parse_udp(said)


def test_ping():
    said = ("5 packets transmitted, 5 received, 0% packet loss, time 4ms\n"
            "rtt min/avg/max/mdev = 0.041/0.058/0.071/0.003 ms\n")
    assert network.parse_ping(said) == 0.058
    with pytest.raises(NotMeasured):
        network.parse_ping(said.replace(" 0%", " 20%"))
    with pytest.raises(NotMeasured):
        network.parse_ping("")


def test_first_ping():
    said = ("began 1795320175.630193\nPING 10.0.2.15 56(84) bytes of data.\n"
            "[1795320175.828443] From 10.0.2.1 icmp_seq=9 Unreachable\n"
            "[1795320176.130193] 64 bytes from 10.0.2.15: icmp_seq=90\n"
            "[1795320177.130193] 64 bytes from 10.0.2.15: icmp_seq=91\n")
    assert network.parse_first_ping(said) == pytest.approx(500)
    with pytest.raises(NotMeasured):
        network.parse_first_ping(said.replace("64 bytes", "no bytes"))


def test_wrk():
    said = ("  8636 requests in 1.00s, 10.45MB read\n"
            "Requests/sec:   8632.15\nTransfer/sec:     10.45MB\n")
    assert network.parse_wrk(said) == 8632.15
    for trouble in ("  Socket errors: connect 0, read 3, write 0, timeout 0\n",
                    "  Non-2xx or 3xx responses: 8636\n"):
        with pytest.raises(NotMeasured, match=trouble.strip().split(":")[0]):
            network.parse_wrk(trouble + said)
    with pytest.raises(NotMeasured):
        network.parse_wrk("unable to connect to 10.0.2.15:80\n")


def test_rows_are_held_against_linux():
    rows = {f.key: f for f in network.row_figures(
        {"tcp-in": 5.0, "ping": 0.07, "requests": 15000}, {"tcp-in": 4.0})}
    assert list(rows) == ["ping", "tcp-in", "requests"]
    assert rows["tcp-in"].goal == pytest.approx(5.2)
    assert rows["tcp-in"].met is False
    assert rows["tcp-in"].peer_name == "Linux"
    assert rows["ping"].met is False
    assert rows["requests"].met is None  # nothing to hold it against


def test_datagrams_are_held_against_the_senders_limit():
    def row(received, sent):
        return network.row_figures({"udp-in": received, "udp-in-sent": sent},
                                   {})[0]
    assert row(44.9, 44.9).met is True
    assert row(44.8, 44.9).met is False
    assert row(56.0, 60.0).met is True
