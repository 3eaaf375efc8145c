# SPDX-License-Identifier: BSD-2-Clause
"""The network examples as guests, asked by Linux: dom0's own programs and those
of this machine. tests/host/test_net_programs.py asks them more, without a guest.
"""

import re
import socket

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

import wire as cable
from waiting import PATIENCE, ping, until

ECHO = "examples/echo"
IPERF = "examples/iperf"
PING = "examples/ping"
RESOLVE = "examples/resolve"

DOM0 = "10.0.2.1"
GUEST = "10.0.2.15"


def receive(peer, count):
    got = b""
    while len(got) < count:
        part = peer.recv(count - len(got))
        assert part
        got += part
    return got


# ---- echo --------------------------------------------------------------------

def test_echo(net):
    """TCP, from this machine through QEMU, many at once."""
    guest = net.create(ECHO, args="5001", memory=32)
    guest.wait_for("TCP and UDP port 5001")
    text = b"".join(b"line %d\n" % n for n in range(5000))
    peers = [socket.create_connection(("127.0.0.1", net.port(5001)), PATIENCE)
             for _ in range(40)]
    for number, peer in enumerate(peers):
        peer.sendall(b"%d" % number * 100)
    for number, peer in enumerate(peers):
        wanted = b"%d" % number * 100
        assert receive(peer, len(wanted)) == wanted
    peers[0].sendall(text)
    assert receive(peers[0], len(text)) == text
    for peer in peers:
        peer.close()


def test_echo_datagrams(net, wire):
    """From the wire, of all sizes that a frame has room for."""
    guest = net.create(ECHO, memory=16)
    guest.wait_for("TCP and UDP port 7")
    with wire.claim():
        asked = wire.ask(
            Ether(src=cable.MAC, dst="ff:ff:ff:ff:ff:ff")
            / ARP(hwsrc=cable.MAC, psrc=cable.ADDRESS, pdst=GUEST),
            lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == GUEST)
        for size in 0, 1, 100, 1472:
            data = bytes(n % 251 for n in range(size))
            answer = wire.ask(
                Ether(src=cable.MAC, dst=asked.src)
                / IP(src=cable.ADDRESS, dst=GUEST)
                / UDP(sport=4000, dport=7) / data,
                lambda f: UDP in f and f[UDP].sport == 7
                and f[UDP].len == 8 + size)
            assert answer, f"no answer to {size} bytes"
            assert bytes(answer[UDP].payload)[:size] == data
            assert answer[UDP].len == 8 + size


# ---- iperf -------------------------------------------------------------------

def listening(net, kind, port):
    """Wait until somebody of dom0's has the port."""
    state = "0A" if kind == "tcp" else "07"
    until(lambda: net.sh(f"grep -q ':{port:04X} 0*:0000 {state}'"
                         f" /proc/net/{kind} /proc/net/{kind}6")[0] == 0,
          f"somebody at {kind} port {port}")


def mbytes(text):
    return re.findall(r"sec +([\d.]+ [KMG]?Bytes?) +[\d.]+ [KMG]?bits/sec", text)


def test_iperf_serves(net):
    """Debian's iperf in dom0 sends, and receives in reverse."""
    guest = net.create(IPERF, args="-s -P 4", memory=32)
    guest.wait_for("Server listening on TCP port 5001")
    status, said = net.sh(f"iperf -c {GUEST} -n 20M")
    assert status == 0 and mbytes(said) == ["20.0 MBytes"], said
    status, said = net.sh(f"iperf -c {GUEST} -n 20M -R")
    assert status == 0 and mbytes(said) == ["20.0 MBytes"], said
    status, said = net.sh(f"iperf -c {GUEST} -n 4M -P 2")
    assert status == 0 and mbytes(said)[:2] == ["4.00 MBytes"] * 2, said
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert mbytes(guest.text) == ["20.0 MBytes"] * 2 + ["4.00 MBytes"] * 2


def test_iperf_serves_datagrams(net):
    guest = net.create(IPERF, args="-s -u -P 1", memory=32)
    guest.wait_for("Server listening on UDP port 5001")
    status, said = net.sh(f"iperf -u -c {GUEST} -n 120K -b 2000pps -l 64")
    assert status == 0, said
    lost, total = re.search(r"ms (\d+)/(\d+) \(", said).groups()
    # A busy machine may lose some; both ends know how many.
    assert int(lost) < int(total) and int(total) > 100, said
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert f" {lost}/{total} (" in guest.text, (said, guest.text)


def test_iperf_sends(net):
    """To Debian's iperf in dom0."""
    server = net.start(["iperf", "-s", "-p", "5002"])
    listening(net, "tcp", 5002)
    guest = net.create(IPERF, args=f"-c {DOM0} -p 5002 -n 20M -i 1", memory=32)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert mbytes(guest.text)[-1] == "20.0 MBytes", guest.text
    server.signal(15)
    server = net.start(["iperf", "-s", "-u", "-p", "5002"])
    listening(net, "udp", 5002)
    guest = net.create(IPERF, args=f"-u -c {DOM0} -p 5002 -t 1 -b 5m",
                       memory=32)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    report = guest.text[guest.text.index("Server Report"):]
    lost, total = re.search(r"ms (\d+)/(\d+) \(", report).groups()
    # dom0's socket may lose some, on a busy machine; the guest sent them all.
    assert int(lost) < int(total) and int(total) > 100
    server.signal(15)


# ---- ping and resolve --------------------------------------------------------

@pytest.mark.parametrize("size", [56, 1472, 20000])
def test_ping(net, size):
    for _ in range(5):  # one may be lost
        guest = net.create(PING, args=f"-c 3 -i 0.1 -s {size} {DOM0}",
                           memory=16)
        assert guest.wait_end() == ("poweroff", 0), guest.text
        if " 0% packet loss" in guest.text:
            break
        net.destroy_all()
    assert "3 packets transmitted, 3 received, 0% packet loss" in guest.text
    for number in 1, 2, 3:
        assert f"{size + 8} bytes from {DOM0}: icmp_seq={number} " in guest.text
    assert "DAMAGED" not in guest.text and "DUP" not in guest.text


@pytest.mark.parametrize("size", [56, 20000])
def test_ping6(net, size):
    """The guest has no address of dom0's net for the first seconds."""
    host = "fd00:0:0:2::1"
    for count in 12, 24, 48:
        guest = net.create(PING, args=f"-c {count} -i 0.5 -s {size} {host}",
                           memory=16)
        assert guest.wait_end()[0] == "poweroff", guest.text
        missing = [number for number in range(count - 2, count + 1)
                   if f"{size + 8} bytes from {host}: icmp_seq={number} "
                   not in guest.text]
        if not missing:
            break
        net.destroy_all()
    assert not missing, guest.text
    assert "DAMAGED" not in guest.text and "DUP" not in guest.text


def test_ping_nobody(net):
    guest = net.create(PING, args="-c 2 -i 0.1 -W 2 10.0.2.77", memory=16)
    assert guest.wait_end() == ("poweroff", 1), guest.text
    assert "2 packets transmitted, 0 received" in guest.text


def test_resolve(net):
    guest = net.create(RESOLVE, args="-4 dom0.lab localhost", memory=16)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    # dom0 has an address on each bridge.
    assert re.search(r"^dom0.lab has IPv4 address 10\.0\.\d\.1$", guest.text,
                     re.M)
    assert "localhost has IPv4 address 127.0.0.1\n" in guest.text
    guest = net.create(RESOLVE, args=f"{DOM0} 127.0.0.1", memory=16)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert f"{DOM0} is dom0.lab\n" in guest.text
    assert "127.0.0.1 is localhost\n" in guest.text
    guest = net.create(RESOLVE, args="10.0.2.77 nowhere.lab", memory=16)
    assert guest.wait_end() == ("poweroff", 1), guest.text
    assert "resolve: 10.0.2.77: " in guest.text
    assert "resolve: nowhere.lab: " in guest.text


def test_ping_from_this_machine_answers_every_size(net):
    """dom0's own ping against the guest: fragments, both kinds of addresses."""
    guest = net.create(ECHO, memory=16)
    guest.wait_for("TCP and UDP port 7")
    for size in 0, 56, 1472, 1473, 8000, 65507:
        ping(net, GUEST, f"-c 2 -i 0.2 -s {size}")
    assert guest.wait_end(0) is None
