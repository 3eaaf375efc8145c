# SPDX-License-Identifier: BSD-2-Clause
"""NET, FORWARD and vif lines: what the lab makes of them, without a lab."""

import socket

import pytest

from coraclelab import network
from coraclelab.report import LabFailed


def complaint(*arguments):
    with pytest.raises(LabFailed) as failed:
        network.Network(*arguments)
    return str(failed.value)


# ---- FORWARD -------------------------------------------------------------

def test_forwards():
    assert network.parse_forwards(" 8080:80  5001:5001/udp 22:2222/tcp") == [
        network.Forward(8080, 80), network.Forward(5001, 5001, "udp"),
        network.Forward(22, 2222)]
    assert network.parse_forwards("") == []


@pytest.mark.parametrize("text", [
    "8080", "8080:", ":80", "8080:80/sctp", "8080:80:1", "a:b", "-1:80",
    "8080-80"])
def test_words_that_are_no_forwards(text):
    assert complaint("1", text, "") == (
        'FORWARD wants PORT_HERE:PORT_OF_THE_GUEST, as in "8080:80'
        f" 5001:5001/udp\", not '{text}'")


@pytest.mark.parametrize("text", ["0:80", "65536:80", "80:0", "80:70000"])
def test_numbers_that_are_no_ports(text):
    assert complaint("1", text, "") == (
        f"FORWARD={text}: a port is a number from 1 to 65535")


def test_one_port_for_two():
    assert complaint("1", "8080:80 8080:81", "") == (
        "FORWARD has port 8080 of this machine twice")
    network.Network("1", "8080:80/tcp 8080:80/udp", "")


@pytest.mark.parametrize("kind, family", [
    ("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_a_port_in_use(kind, family):
    with socket.socket(socket.AF_INET, family) as other:
        other.bind(("127.0.0.1", 0))
        if kind == "tcp":
            other.listen()
        port = other.getsockname()[1]
        suffix = "/udp" if kind == "udp" else ""
        plan = network.Network("1", f"{port}:80/{kind}", "")
        with pytest.raises(LabFailed, match=f"port {port} of this machine is"
                           f" in use; try FORWARD={port + 1}:80{suffix}"):
            plan.cards()


def test_announcement():
    plan = network.Network("1", "8080:80 2222:22 5001:5001/udp", "")
    assert plan.announcement() == [
        "  NET     http://localhost:8080/ is port 80 of the guest, 10.0.2.15",
        "  NET     localhost:2222/tcp is port 22 of the guest, 10.0.2.15",
        "  NET     localhost:5001/udp is port 5001 of the guest, 10.0.2.15"]


# ---- Interfaces ----------------------------------------------------------

def test_nothing_by_default():
    plan = network.Network("", "", 'name = "x"\n')
    assert plan.bridges == plan.hosts == []
    assert plan.cards() == ([], [])
    assert network.vif_line(plan.vifs) == ""


def test_each_interface_has_a_bridge_and_a_certain_address():
    plan = network.Network("3", "8080:80", "")
    assert plan.bridges == ["xenbr0", "xenbr1", "xenbr2"]
    assert plan.addresses == ["10.0.2.15", "10.0.3.15", "10.0.4.15"]
    assert network.vif_line(plan.vifs) == (
        "vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:00',"
        " 'bridge=xenbr1,mac=00:16:3e:00:00:01',"
        " 'bridge=xenbr2,mac=00:16:3e:00:00:02' ]\n")
    assert plan.devices().split()[3:] == [
        "00:16:3e:00:00:00,10.0.2.15", "00:16:3e:00:00:01,10.0.3.15",
        "00:16:3e:00:00:02,10.0.4.15"]
    assert "hostfwd=tcp:127.0.0.1:8080-10.0.2.15:80" in " ".join(
        plan.cards()[0])


def test_forward_brings_an_interface():
    assert len(network.Network("", "8080:80", "").vifs) == 1
    assert complaint("0", "8080:80", "").startswith(
        "FORWARD needs a network interface")


def test_vifs_of_the_configuration_count():
    base = """vif = [ 'mac=00:16:3e:01:02:03', "bridge=lan,type=vif",
        '' ]\n"""
    plan = network.Network("", "8080:80", base)
    assert plan.bridges == ["xenbr0", "lan"]
    assert plan.vifs == ["mac=00:16:3e:01:02:03,bridge=xenbr0",
                         "bridge=lan,type=vif,mac=00:16:3e:00:00:01",
                         "bridge=xenbr0,mac=00:16:3e:00:00:02"]
    assert plan.addresses == ["10.0.2.15", "10.0.3.15", "10.0.2.16"]
    assert len(network.Network("1", "", base).vifs) == 1  # NET wins
    assert network.vif_line(network.Network("0", "", base).vifs) == (
        "vif = [  ]\n")


def test_forward_to_no_interface_on_the_first_bridge():
    plan = network.Network("", "8080:80", "vif = ['bridge=xenbr1']\n")
    with pytest.raises(LabFailed, match="has none there"):
        plan.cards()


@pytest.mark.parametrize("text", ["x", "-1", "9", "1.5"])
def test_numbers_of_interfaces_that_are_none(text):
    assert complaint(text, "", "") == (
        f"NET wants a number of network interfaces, 0 to 8, not '{text}'")


def test_on_a_xen_host():
    assert network.real_vifs("", "", "") is None
    assert network.real_vifs("", "8080:80", "") == ["bridge=xenbr0"]
    assert network.real_vifs("2", "", "") == ["bridge=xenbr0"] * 2
    assert network.real_vifs("", "8080:80", "vif = ['']\n") is None
