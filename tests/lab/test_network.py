# SPDX-License-Identifier: BSD-2-Clause
"""The whole network, as others see it: Debian's ping, iperf and tshark, sockets
of this machine, against our programs in the lab.

The guest is 10.0.2.15; this machine reaches it by forwarded ports, dom0 by the
bridge. A class has one guest for all its tests.
"""

import random
import re
import socket
import subprocess
import threading

import pytest
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

import capture
from wire import ADDRESS, MAC
from waiting import PATIENCE, ping

GUEST, GUEST_MAC = "10.0.2.15", "00:16:3e:00:00:00"
PING = "/usr/bin/ping"  # busybox' knows less
LINK_LOCAL = "fe80::216:3eff:fe00:0%xenbr0"
GLOBAL = "fd00::2:216:3eff:fe00:0"


def receive(peer, count):
    came = bytearray()
    peer.settimeout(PATIENCE)
    while len(came) < count:
        piece = peer.recv(65536)
        if not piece:
            break
        came += piece
    return bytes(came)


@pytest.fixture(scope="class")
def echo(net_class):
    guest = net_class.create("examples/echo", memory=16)
    net_class.reach()
    net_class.reach(GLOBAL)
    return guest


@pytest.mark.usefixtures("echo")
class TestEcho:
    # ping compares each byte that comes back. 1472 fills a frame, 1473 is two
    # fragments, 65507 is the largest there is.
    @pytest.mark.parametrize("size", [0, 1, 1472, 1473, 8000, 65507])
    def test_ping(self, net_class, size):
        said = ping(net_class, GUEST, f"-c 3 -i 0.2 -s {size}", PING)
        assert "wrong data" not in said

    def test_ping_without_fragments(self, net_class):
        ping(net_class, GUEST, "-c 1 -M do -s 1472", PING)

    @pytest.mark.parametrize("address", [LINK_LOCAL, GLOBAL])
    @pytest.mark.parametrize("size", [56, 1452, 1453, 20000])
    def test_ping_ipv6(self, net_class, address, size):
        said = ping(net_class, address, f"-c 3 -i 0.2 -s {size}", PING)
        assert "wrong data" not in said

    def test_ping_ipv6_larger_than_lwip_takes(self, net_class):
        """It crashed the guest once (lib/lwip/oversize.c)."""
        net_class.sh(f"/usr/bin/ping -c 2 -W 1 -s 65507 {GLOBAL}")
        net_class.reach(GLOBAL)

    def test_tcp_and_checksums(self, net_class, tmp_path):
        """A megabyte there and back; each frame's checksums are right."""
        data = random.Random(1).randbytes(1 << 20)
        with net_class.recorded(tmp_path / "echo.pcap") as path:
            with socket.create_connection(
                    ("127.0.0.1", net_class.port(7)), PATIENCE) as peer:
                threading.Thread(target=peer.sendall, args=(data,)).start()
                came = receive(peer, len(data))
        assert came == data
        assert capture.faulty(path) == []
        count, whole, largest = capture.covered(path, GUEST, 7)
        assert (count, whole) == (len(data), True)
        assert largest <= 1460

    def test_many_connections(self, net_class):
        """A hundred at once, each with bytes of its own."""
        peers = [socket.create_connection(
            ("127.0.0.1", net_class.port(7)), PATIENCE) for _ in range(100)]
        try:
            for number, peer in enumerate(peers):
                peer.sendall(b"%d " % number * 500)
            for number, peer in enumerate(peers):
                wanted = b"%d " % number * 500
                assert receive(peer, len(wanted)) == wanted
        finally:
            for peer in peers:
                peer.close()

    @pytest.mark.parametrize("size", [0, 1, 1472, 1473, 9000, 65507])
    def test_udp(self, net_class, size):
        data = random.Random(size).randbytes(size)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.settimeout(10)
            for _ in range(30):  # one may be lost
                peer.sendto(data, ("127.0.0.1", net_class.port(7, "udp")))
                try:
                    assert peer.recv(65536) == data
                    return
                except TimeoutError:
                    pass
        pytest.fail("no answer")

    def test_udp_checksums(self, wire, tmp_path):
        """Datagrams to a machine on the wire, whole and in fragments."""
        with wire.claim():
            for size in (0, 1, 2, 64, 1472, 1473, 4000):
                packet = (IP(src=ADDRESS, dst=GUEST, id=size)
                          / UDP(sport=4000, dport=7) / Raw(bytes(size)))
                # The last fragment of the answer.
                assert wire.ask(
                    [Ether(src=MAC, dst=GUEST_MAC) / piece
                     for piece in fragment(packet, 1480)],
                    lambda f: IP in f and f[IP].src == GUEST
                    and not f[IP].flags.MF), f"no answer to {size} bytes"
        path = tmp_path / "echo.pcap"
        wrpcap(str(path), wire.seen())
        assert capture.faulty(path) == []
        # One that was lost on the way has been sent again.
        assert len({length for length, in capture.fields(
            path, ["udp.length"], f"udp && ip.src == {GUEST}")}) == 7


@pytest.fixture(scope="class")
def iperf(net_class):
    guest = net_class.create("examples/iperf", memory=32, args="-s")
    net_class.reach()
    return guest


@pytest.mark.usefixtures("iperf")
class TestIperf:
    def test_from_this_machine(self, net_class, iperf, tmp_path):
        """Through QEMU's wire: frames of the MTU, all checksums filled in.

        QEMU takes the bytes sooner than it passes them on: the guest's report
        says when it has them.
        """
        amount = 4 << 20
        with net_class.recorded(tmp_path / "iperf.pcap") as path:
            done = subprocess.run(
                ["iperf", "-c", "127.0.0.1", "-p", str(net_class.port(5001)),
                 "-n", str(amount)], capture_output=True, text=True,
                timeout=PATIENCE, check=True)
            iperf.wait_for(" 4.00 MBytes")
        assert "MBytes" in done.stdout
        assert capture.faulty(path) == []
        count, whole, _ = capture.covered(path, "10.0.2.2", 5001)
        assert whole and count >= amount

    @pytest.mark.parametrize("way, source", [("", "10.0.2.1"), ("-R", GUEST)])
    def test_large_segments(self, net_class, tmp_path, way, source):
        """Between dom0 and the guest: segments beyond the MTU, which the
        devices pass on whole, both ways; no byte is missing."""
        amount = 16 << 20
        with net_class.captured("xenbr0", tmp_path / "iperf.pcap",
                                "-s 96 tcp port 5001") as path:
            status, said = net_class.sh(
                f"iperf -c {GUEST} {way} -n {amount}")
        assert status == 0, said
        count, whole, largest = capture.covered(path, source, 5001)
        assert whole and count >= amount
        assert largest > 4 * 1448


def test_iperf_udp(net):
    """Both ends agree on what has arrived; on a quiet machine it is all."""
    guest = net.create("examples/iperf", memory=32, args="-s -u")
    net.reach()
    status, said = net.sh(f"iperf -u -c {GUEST} -l 64 -b 400k -n 100K 2>&1")
    assert status == 0, said
    report = re.findall(r" ms +(\d+)/ *(\d+)", said)
    assert report, said
    lost, total = map(int, report[-1])
    assert lost < total and total > 1000, said
    guest.wait_for(f" {lost}/{total} (")
    assert guest.end is None
