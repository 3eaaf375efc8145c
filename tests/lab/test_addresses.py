# SPDX-License-Identifier: BSD-2-Clause
"""How a guest comes to its addresses, and whom it tells."""

import re

import pytest

from waiting import ping

GUEST = "tests/lab/guests/addresses"

# A bridge without anybody on it, made once per test that asks for it.
LONELY = "ip link show lonely || { ip link add lonely type bridge" \
         " && ip link set lonely up; }"


def attr(net, guest, path):
    """What the guest says under attr/vif/0; None: nothing."""
    status, said = net.sh(f"xenstore-read /local/domain/{domid(net, guest)}"
                          f"/attr/vif/{path}")
    return said.strip() if status == 0 else None


def domid(net, guest):
    status, said = net.sh(f"xl domid {guest.name}")
    assert status == 0, said
    return int(said)


def before_main(guest):
    """The lines about the network from before main() ran."""
    text = guest.wait_for("main\n")
    return [line for line in text.split("main\n")[0].splitlines()
            if line.startswith("net: ")]


def wait_for_attr(net, guest, path, wanted):
    status, said = net.sh(
        f"for i in $(seq 3000); do [ \"$(xenstore-read /local/domain/"
        f"{domid(net, guest)}/attr/vif/{path} 2>/dev/null)\" = '{wanted}' ]"
        f" && exit 0; sleep 0.1; done; exit 1")
    assert status == 0, attr(net, guest, path)


def test_dhcp_and_slaac_on_two_interfaces(net):
    guest = net.create(GUEST, net=2)
    # Who answers last is asked first for names; that may be either server.
    lines = [re.sub(r"DNS 10.0.[23].1", "DNS ...", line)
             for line in sorted(before_main(guest))]
    assert lines == [
        "net: interface 0: 10.0.2.15/24, gateway 10.0.2.1, DNS ..., by DHCP",
        "net: interface 1: 10.0.3.15/24, gateway 10.0.3.1, DNS ..., by DHCP"]
    assert attr(net, guest, "0/ipv4/0") == "10.0.2.15"
    assert attr(net, guest, "1/ipv4/0") == "10.0.3.15"
    ping(net, "10.0.2.15")
    ping(net, "10.0.3.15")
    # The card's address is 00:16:3e:00:00:0N; RFC 4291 makes this of it.
    for index in (0, 1):
        address = f"fd00::{index + 2}:216:3eff:fe00:{index}"
        guest.wait_for(f"net: interface {index}: {address}/64")
        wait_for_attr(net, guest, f"{index}/ipv6/0", address)
        ping(net, address)
    wait_for_attr(net, guest, "0/ipv6/1", "fe80::216:3eff:fe00:0")
    guest.send("\n")
    assert guest.wait_end() == ("poweroff", 0)


def test_by_hand(net):
    guest = net.create(
        GUEST, net=2,
        args="ip=10.0.2.77/24,fd00:0:0:2::77/64,gw=10.0.2.1,dns=10.0.2.1"
             " ip1=10.0.3.78/24")
    assert sorted(before_main(guest)) == [
        "net: interface 0: 10.0.2.77/24, gateway 10.0.2.1, DNS 10.0.2.1",
        "net: interface 1: 10.0.3.78/24, DNS 10.0.2.1"]
    ping(net, "10.0.2.77")
    ping(net, "10.0.3.78")
    guest.wait_for("net: interface 0: fd00::2:0:0:0:77/64")
    ping(net, "fd00:0:0:2::77")
    assert attr(net, guest, "0/ipv4/0") == "10.0.2.77"


def test_none(net):
    guest = net.create(GUEST, args="ip=none")
    assert before_main(guest) == []
    assert attr(net, guest, "0/ipv4/0") is None
    assert attr(net, guest, "0/ipv6/0") is None


@pytest.mark.parametrize("words, blamed", [
    ("ip=10.0.2.300/24", '"10.0.2.300/24" is no address'),
    ("ip=10.0.2.5", '"10.0.2.5" wants the length of its prefix'),
    ("ip=10.0.2.5/24,mtu=9000", '"mtu=9000" is unknown; there are gw= and'),
    ("ip99=dhcp", '"dhcp" is for an interface that cannot be'),
    ("ip=dhcp ip0=dhcp", 'ip0=dhcp: "dhcp" is said of an interface of which'),
])
def test_words_that_are_wrong(bare, words, blamed):
    """The program ends before main(), with the word that is to blame."""
    result = bare(GUEST, args=words)
    assert result.status == 2, result
    assert blamed in result.console and "main" not in result.console, result


def test_without_a_dhcp_server(net):
    """main() runs all the same, after ten seconds; nothing is busy."""
    assert net.sh(LONELY)[0] == 0
    guest = net.create(GUEST, net=0, extra_cfg='vif = ["bridge=lonely"]\n')
    assert before_main(guest) == [
        "net: interface 0: no DHCP server has answered; the program starts"
        " without an address (ip=ADDRESS/PREFIX,gw=ADDRESS sets one)"]
    # The server comes later.
    status, said = net.sh(
        "ip addr add 10.0.9.1/24 dev lonely; dnsmasq --conf-file=/dev/null"
        " --user=root --pid-file=/run/lonely.pid --dhcp-leasefile=/run/lonely"
        " --bind-interfaces --except-interface=lo --interface=lonely --port=0"
        " --no-ping --dhcp-range=10.0.9.20,10.0.9.20,1h"
        " --dhcp-authoritative")
    assert status == 0, said
    try:
        guest.wait_for("net: interface 0: 10.0.9.20/24, gateway 10.0.9.1")
        ping(net, "10.0.9.20")
    finally:
        net.sh("kill $(cat /run/lonely.pid); ip addr flush dev lonely")


def test_address_conflict(net):
    """Somebody has our address already; and dom0's neighbours see no harm."""
    first = net.create(GUEST, args="ip=10.0.2.60/24")
    first.wait_for("main\n")
    second = net.create(GUEST, args="ip=10.0.2.60/24,fd00:0:0:2::60/64")
    second.wait_for("main\n")
    second.wait_for("net: interface 0: address conflict: 10.0.2.60 is also"
                    " used by 00:16:3e:00:00:00\n")
    # It is second's by now: two that ask for it at once would both give way.
    second.wait_for("net: interface 0: fd00::2:0:0:0:60/64\n")
    third = net.create(GUEST, args="ip=fd00:0:0:2::60/64")
    third.wait_for("net: interface 0: address conflict: fd00::2:0:0:0:60 is"
                   " used by somebody else, and not by us\n")
    ping(net, "fd00:0:0:2::60")
    for guest in (first, second, third):
        guest.send("\n")
        assert guest.wait_end() == ("poweroff", 0)


def test_cable_pulled_and_back(net):
    guest = net.create(GUEST)
    guest.wait_for("main\n")
    ping(net, "10.0.2.15")
    status, said = net.sh(f"xl network-detach {guest.name} 0")
    assert status == 0, said
    guest.wait_for("net: interface 0: down\n")
    status, said = net.sh(f"xl network-attach {guest.name} bridge=xenbr0"
                          " mac=00:16:3e:00:00:00")
    assert status == 0, said
    guest.wait_for("net: interface 0: up again\n")
    ping(net, "10.0.2.15")
    assert guest.text.count("by DHCP") == 1
