# SPDX-License-Identifier: BSD-2-Clause
"""The network examples as Linux programs, on this machine's loopback: what they
say to Debian's iperf, and to those who say anything.

They are ordinary POSIX programs, so what is wrong with them shows here under
the sanitizers, without a network stack of ours beneath. tests/lab asks the same
of them in a guest.
"""

import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import time

import pytest

from conftest import building, free_port
from waiting import PATIENCE, until

ROOT = pathlib.Path(__file__).parent.parent.parent
BUILT = ROOT / "build" / "host" / "examples"


@pytest.fixture(scope="session")
def program():
    """program(name): the example's path, compiled once."""
    made = {}

    def build(name):
        if name not in made:
            BUILT.mkdir(parents=True, exist_ok=True)
            sources = sorted((ROOT / "examples" / name).glob("*.c"))
            made[name], new = BUILT / name, BUILT / f"{name}.{os.getpid()}"
            with building():
                subprocess.run(
                    ["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra",
                     "-Werror", "-O1", "-g", "-fsanitize=address,undefined",
                     "-fno-sanitize-recover=all", "-pthread", *sources,
                     "-o", new], check=True)
                new.replace(made[name])
        return made[name]

    return build


class Running:
    """A program that runs on; what it printed is `text`."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def end(self, timeout=PATIENCE):
        """Let it end by itself; (status, text)."""
        text, _ = self.process.communicate(timeout=timeout)
        return self.process.returncode, text

    def stop(self):
        self.process.kill()
        return self.end()[1]


def run(*command, timeout=PATIENCE):
    done = subprocess.run([str(word) for word in command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=timeout)
    return done.returncode, done.stdout


def wait_listening(port, udp=False):
    """Until somebody has bound the port."""
    deadline = time.monotonic() + PATIENCE
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    while time.monotonic() < deadline:
        if udp:
            with socket.socket(socket.AF_INET6, kind) as probe:
                try:
                    probe.bind(("::", port))
                except OSError:
                    return
        else:
            text = pathlib.Path("/proc/net/tcp").read_text() \
                + pathlib.Path("/proc/net/tcp6").read_text()
            if re.search(rf":{port:04X} [0:]+ 0A ", text):
                return
        time.sleep(0.02)
    pytest.fail(f"nobody listens on port {port}")


# ---- iperf -----------------------------------------------------------------

IPERF = shutil.which("iperf")
needs_iperf = pytest.mark.skipif(not IPERF, reason="no iperf (lab/packages-test)")


@pytest.fixture
def servers():
    started = []

    def start(*words, udp=False):
        port = free_port("udp" if udp else "tcp")
        started.append(Running(*words, "-s", *(["-u"] if udp else []),
                               "-p", port))
        wait_listening(port, udp)
        return port, started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.wait()
        server.process.stdout.close()


def mbytes(text):
    """The amounts in the report lines, as printed."""
    return re.findall(r"sec +([\d.]+ [KMG]?Bytes?) +[\d.]+ [KMG]?bits/sec", text)


@needs_iperf
@pytest.mark.parametrize("ours", ["server", "client"])
@pytest.mark.parametrize("words", [
    ["-n", "20M"], ["-n", "20M", "-V"], ["-n", "5M", "-P", "3"],
    ["-n", "100", "-l", "100"], ["-n", "20M", "-R"], ["-n", "1M", "-l", "1000"],
], ids=" ".join)
def test_iperf_tcp(program, servers, ours, words):
    server = program("iperf") if ours == "server" else IPERF
    client = IPERF if ours == "server" else program("iperf")
    count = 3 if "-P" in words else 1
    six = ["-V"] if "-V" in words else []
    # Both kinds of server end after so many connections.
    port, running = servers(server, "-P", count,
                            *([] if ours == "server" else six))
    status, text = run(client, "-c", "::1" if "-V" in words else "127.0.0.1",
                       "-p", port, *words)
    assert status == 0, text
    server_status, said = running.end()
    assert server_status == 0 or ours == "client", said
    # What one side sent, the other received.
    amount = {"20M": "20.0 MBytes", "5M": "5.00 MBytes",
              "1M": "1.00 MBytes", "100": "100 Bytes"}[words[1]]
    assert mbytes(text).count(amount) == count, text
    assert mbytes(said).count(amount) == count, said


@needs_iperf
@pytest.mark.parametrize("ours", ["server", "client"])
@pytest.mark.parametrize("words", [
    ["-b", "10m"], ["-b", "1000pps", "-l", "64"], ["-b", "1m", "-l", "1470"],
], ids=" ".join)
def test_iperf_udp(program, servers, ours, words):
    server = program("iperf") if ours == "server" else IPERF
    client = IPERF if ours == "server" else program("iperf")
    port, running = servers(server, *(["-P", 1] if ours == "server" else []),
                            udp=True)
    status, text = run(client, "-u", "-c", "127.0.0.1", "-p", port, "-t", 1,
                       *words)
    assert status == 0, text
    said = running.end()[1] if ours == "server" else running.stop()
    sent = int(re.search(r"Sent (\d+) datagrams", text)[1])
    report = re.search(r"ms (\d+)/(\d+) \(", text[text.index("Server Report"):])
    # Debian's counts the last datagram as sent, too, and ours does not.
    assert abs(int(report[2]) - sent) <= 1, text
    assert int(report[1]) < sent, text  # a busy machine loses some
    assert f"{report[1]}/{report[2]} (" in said, said


def test_iperf_intervals(program, servers):
    port, running = servers(program("iperf"), "-P", 1, "-i", 0.25)
    status, text = run(program("iperf"), "-c", "127.0.0.1", "-p", port,
                       "-t", 1, "-b", "8m", "-l", "1000", "-i", 0.25)
    assert status == 0, text
    for said in text, running.end()[1]:
        assert re.search(r"\] 0\.0000-0\.2500 sec .*\n"
                         r"\[  1\] 0\.2500-0\.5000 sec .*\n"
                         r"\[  1\] 0\.5000-0\.7500 sec ", said), said


def datagram(number, rest=b"", wide=True):
    now = time.time()
    header = struct.pack("!IIII", number & 0xffffffff, int(now),
                         int(now % 1 * 1e6),
                         number >> 32 & 0xffffffff if wide else 0)
    return header + rest


def test_iperf_counts_what_is_lost_and_late(program, servers):
    """Numbers made by hand, and the report that must come of them."""
    port, running = servers(program("iperf"), "-P", 1, udp=True)
    flags = struct.pack("!I", 0x48000000) + bytes(96)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        client.send(b"no iperf's"[:10])  # too short: not counted
        numbers = [1, 2, 4, 3, 7, 8, 8, 12, -13]
        for number in numbers:
            client.send(datagram(number, flags))
        report = struct.unpack("!32I", client.recv(2000))
        # The last one again, as if the report had got lost.
        client.send(datagram(-14, flags))
        assert struct.unpack("!32I", client.recv(2000)) == report
    fields = dict(zip(("flags", "high", "bytes", "s", "us", "lost", "late",
                       "total"), report[4:]))
    assert fields["flags"] == 0x88000000
    assert fields["bytes"] == len(numbers) * 116
    # 5, 6, 9, 10, 11 never came; 3 came late, 8 came twice and stands for one.
    assert fields["total"] == 13
    assert fields["late"] == 2
    assert fields["lost"] == 13 - len(numbers)
    status, said = running.end()
    assert status == 0
    assert "2 datagrams received out-of-order" in said


def test_iperf_server_survives_anything(program, servers):
    port, running = servers(program("iperf"))
    heads = [b"", b"\0", b"\xff" * 3, b"\xff" * 4, b"\x40\x01\x00\x78",
             b"\x44\x01\x00\x78" + b"\xff" * 56, b"\xff" * 4000,
             b"\x00\x80\x00\x00", b"GET / HTTP/1.0\r\n\r\n",
             struct.pack("!IIIIiiIIIIIIIII", 0x44010078, 0, 0, 0xffffffff, 0,
                         -2, 0, 0, 0x04000000, 0, 0, 0, 0, 0, 0)]
    for head in heads:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            client.sendall(head)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(PATIENCE)
            try:
                while client.recv(1 << 20):
                    pass
            except ConnectionResetError:
                pass
    status, text = run(program("iperf"), "-c", "127.0.0.1", "-p", port,
                       "-n", "1M")
    assert status == 0, text
    assert running.process.poll() is None
    said = running.stop()
    assert "runtime error" not in said and "Sanitizer" not in said, said


def test_iperf_udp_server_survives_anything(program, servers):
    port, running = servers(program("iperf"), udp=True)
    for size in (0, 1, 15, 16, 17, 19, 20, 60, 76, 1470, 65507):
        for fill in b"\0\x40\x7f\x80\xff":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(bytes([fill]) * size, ("127.0.0.1", port))
    # All places for sessions are taken now; after a while they are free again.
    until(lambda: run(program("iperf"), "-u", "-c", "127.0.0.1", "-p", port,
                      "-t", "0.2")[0] == 0, "a free place")
    assert running.process.poll() is None
    said = running.stop()
    assert "runtime error" not in said and "Sanitizer" not in said, said


def test_iperf_says_what_is_wrong(program):
    for words, wanted in [
            (["-c", "::1", "-t", "soon"], '-t: what is "soon"?'),
            (["-s", "-p", "70000"], '-p: what is "70000"?'),
            (["-s", "-c", "::1"], "usage:"),
            (["-u", "-s", "-l", "4"], "a datagram has 16 to 65507 bytes")]:
        status, text = run(program("iperf"), *words)
        assert status == 2 and wanted in text, text
    status, text = run(program("iperf"), "-c", "127.0.0.1", "-p", free_port("tcp"))
    assert status == 1 and "Connection refused" in text


# ---- echo --------------------------------------------------------------------

@pytest.fixture
def echo(program):
    port = free_port("tcp")
    running = Running(program("echo"), port)
    wait_listening(port)
    yield port
    assert running.process.poll() is None
    said = running.stop()
    assert "runtime error" not in said and "Sanitizer" not in said, said


def receive(peer, count):
    got = b""
    while len(got) < count:
        part = peer.recv(count - len(got))
        assert part
        got += part
    return got


def test_echo_many(echo):
    hosts = ["127.0.0.1", "::1"] * 200
    peers = [socket.create_connection((host, echo), PATIENCE) for host in hosts]
    for i, peer in enumerate(peers):
        peer.sendall(b"%d" % i * 50)
    for i, peer in enumerate(peers):
        assert receive(peer, len(b"%d" % i * 50)) == b"%d" % i * 50
    for peer in peers:
        peer.close()


def test_echo_to_a_peer_that_does_not_read(echo):
    """It is stopped by TCP, others are served, and nothing is lost."""
    with socket.create_connection(("127.0.0.1", echo), PATIENCE) as lazy, \
            socket.create_connection(("127.0.0.1", echo), PATIENCE) as other:
        blob = os.urandom(1 << 20)
        lazy.setblocking(False)
        sent = bytearray()
        for _ in range(40):
            try:
                while True:
                    sent += blob[:lazy.send(blob)]
            except BlockingIOError:
                time.sleep(0.01)
        other.sendall(b"still there?")
        assert receive(other, 12) == b"still there?"
        lazy.settimeout(PATIENCE)
        assert receive(lazy, len(sent)) == sent


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_echo_datagrams(echo, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as peer:
        peer.settimeout(PATIENCE)
        for size in (0, 1, 1472, 9000, 65507):
            data = os.urandom(size)
            peer.sendto(data, (address, echo))
            assert peer.recv(65536) == data


# ---- ping and resolve --------------------------------------------------------

def can_ping():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW,
                      socket.IPPROTO_ICMP).close()
        return True
    except PermissionError:
        return False


@pytest.mark.skipif(not can_ping(), reason="raw sockets need root")
@pytest.mark.parametrize("host, size", [("127.0.0.1", 56), ("::1", 0),
                                        ("127.0.0.1", 65507), ("::1", 5000)])
def test_ping(program, host, size):
    status, text = run(program("ping"), "-c", 3, "-i", 0.05, "-s", size, host)
    assert status == 0, text
    for number in 1, 2, 3:
        assert f"{size + 8} bytes from {host}: icmp_seq={number} " in text
    assert "3 packets transmitted, 3 received, 0% packet loss" in text
    assert "DAMAGED" not in text and "DUP" not in text
    least, mean, most, _ = map(float, re.search(
        r"mdev = ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+) ms", text).groups())
    assert 0 < least <= mean <= most


def test_resolve(program):
    status, text = run(program("resolve"), "-4", "localhost", "127.0.0.1")
    assert status == 0, text
    assert "localhost has IPv4 address 127.0.0.1\n" in text
    assert "127.0.0.1 is " in text
    status, text = run(program("resolve"), "nowhere.invalid")
    assert status == 1 and "resolve: nowhere.invalid: " in text
