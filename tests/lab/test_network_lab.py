# SPDX-License-Identifier: BSD-2-Clause
"""The lab's own network, with a Linux guest where ours will be.

What is shown here of the lab need not be asked again where our network is
tested: names and addresses, forwarded ports, the wire, the recording.
"""

import urllib.request

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6ND_RS, IPv6
from scapy.layers.l2 import ARP, Ether

import capture
import wire as cable
from waiting import PATIENCE

WEB = "nginx -c /etc/lab/nginx.conf; ip -4 -o a; echo up; read x"


def fetch(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}",
                                timeout=PATIENCE) as answer:
        return answer.status, answer.read()


def test_forwarded_port_dhcp_and_checksums(net, tmp_path):
    """A page from a guest with an address by DHCP, recorded on its way."""
    guest = net.create_linux(
        "seq 20000 > /srv/numbers; " + WEB, net=2)
    text = guest.wait_for("\nup\n")
    assert "inet 10.0.2.15/24" in text
    assert "inet 10.0.3.15/24" in text
    with net.recorded(tmp_path / "page.pcap") as path:
        assert fetch(net.port(80), "numbers") == (
            200, "".join(f"{n}\n" for n in range(1, 20001)).encode())
    frames = cable.read_capture(path)
    data = sum(len(f[IP].payload) for f in frames
               if IP in f and f[IP].src == "10.0.2.15")
    assert data > 108894  # the page, at least
    assert capture.faulty(path) == []
    # The check can fail: the same with one byte of the page changed.
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"19999\n")
    raw[at] ^= 1
    spoilt = tmp_path / "spoilt.pcap"
    spoilt.write_bytes(raw)
    assert len(capture.faulty(spoilt)) == 1


def test_wire(net, wire):
    """Frames both ways, and a machine that claims an address."""
    answer = wire.ask(
        Ether(src=cable.MAC, dst="ff:ff:ff:ff:ff:ff")
        / ARP(hwsrc=cable.MAC, psrc=cable.ADDRESS, pdst="10.0.2.1"),
        lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == "10.0.2.1")
    dom0 = answer.src
    with wire.claim():
        echo = wire.ask(
            Ether(src=cable.MAC, dst=dom0)
            / IP(src=cable.ADDRESS, dst="10.0.2.1") / ICMP(id=7, seq=3)
            / bytes(range(200)),
            lambda f: ICMP in f and f[ICMP].type == 0)
        assert bytes(echo[ICMP].payload) == bytes(range(200))
        status, said = net.sh(f"ping -c 1 -W 5 {cable.ADDRESS}")
    assert status == 1  # nobody answers a ping here,
    assert "Unreachable" not in said  # but the address is known
    asked = wire.seen(lambda f: ICMP in f and f[ICMP].type == 8)
    assert [f.dst for f in asked] == [cable.MAC]


def test_dhcp_server_is_ours_and_quick(net, wire):
    """QEMU's answers are kept out, and dnsmasq's come."""
    from scapy.layers.dhcp import BOOTP, DHCP
    offer = wire.ask(
        Ether(src=cable.MAC, dst="ff:ff:ff:ff:ff:ff")
        / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
        / BOOTP(chaddr=bytes.fromhex(cable.MAC.replace(":", "")), xid=5,
                flags=0x8000)
        / DHCP(options=[("message-type", "discover"), "end"]),
        lambda f: DHCP in f and f[UDP].sport == 67)
    options = {o[0]: o[1] for o in offer[DHCP].options if len(o) > 1}
    assert options["server_id"] == "10.0.2.1"
    assert options["name_server"] == "10.0.2.1"
    assert wire.seen(lambda f: IP in f and f[IP].src == "10.0.2.2"
                     and UDP in f and f[UDP].sport == 67) == []


def test_ipv6_prefix_is_announced(net, wire):
    source = "fe80::ff:fe00:64"
    with wire.claim(source):
        answer = wire.ask(
            Ether(src=cable.MAC, dst="33:33:00:00:00:02")
            / IPv6(src=source, dst="ff02::2") / ICMPv6ND_RS(),
            lambda f: ICMPv6ND_RA in f)
    assert "fd00:0:0:2::" in answer.show(dump=True)


def test_name_server(net):
    status, said = net.sh("nslookup dom0.lab 10.0.2.1")
    assert status == 0
    assert "10.0.2.1\n" in said and "fd00:0:0:2::1" in said


def test_nothing_gets_out(net):
    """QEMU's network lets no connection out that this machine did not ask for.
    """
    net.sh("ip address add 10.0.2.50/24 dev xenbr0")
    try:
        status, _ = net.sh("echo | nc -w 3 10.0.2.2 22")
        assert status != 0
        assert net.sh("ip route add default via 10.0.2.2"
                      " && ping -c 2 -W 2 192.0.2.1")[0] != 0
    finally:
        net.sh("ip address del 10.0.2.50/24 dev xenbr0;"
               " ip route del default")
