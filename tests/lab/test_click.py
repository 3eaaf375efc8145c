# SPDX-License-Identifier: BSD-2-Clause
"""Middleboxes: Click configurations in a guest between two networks.

dom0 is 10.0.2.1 on the bridge xenbr0; a network namespace "far" is 10.0.2.77,
and 10.0.3.77, on br1. What passes between them passes the guest, whose eth0 is
on xenbr0 and whose eth1 is on br1.
"""

import time

import pytest

CLICK = "examples/click"
MAC0, MAC1 = "00:16:3e:00:02:50", "00:16:3e:00:03:01"
VIFS = (f'vif = ["bridge=xenbr0,mac={MAC0},ip=10.0.2.50",'
        f' "bridge=br1,mac={MAC1},ip=10.0.3.1"]\n')

NETWORK = r"""
modprobe veth
# Bridges take an address from their ports, and all vifs have the same.
ip link set xenbr0 address 02:00:00:00:00:02
ip link add br1 address 02:00:00:00:00:01 type bridge
ip link set br1 up
ip netns add far
ip link add far0 type veth peer name far1 netns far
ip link set far0 master br1 up
ip -n far link set far1 address 02:00:00:00:00:77
ip -n far address add 10.0.2.77/24 dev far1
ip -n far address add 10.0.3.77/24 dev far1
ip -n far link set far1 up
ip -n far link set lo up
printf '#!/bin/sh\nexec nsenter --net=/run/netns/far "$@"\n' > /usr/bin/far
chmod +x /usr/bin/far
far iperf -s > /dev/null 2>&1 < /dev/null &
far iperf -s -u -p 5002 > /dev/null 2>&1 < /dev/null &
"""


def sh(dom0, command, timeout=60):
    status, said = dom0.sh(command, timeout)
    assert status == 0, f"{command}:\n{said}"
    return said


def until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def ping(dom0, address, more="-c 3 -i 0.1"):
    said = sh(dom0, f"ping {more} -W 10 {address}")
    assert " 0% packet loss" in said, said


@pytest.fixture
def net(dom0):
    """dom0 with both networks."""
    dom0.put("/root/click-net.sh", NETWORK.encode())
    sh(dom0, "ip link show xenbr0 > /dev/null 2>&1 || lab-devices xenbr0")
    sh(dom0, "ip netns exec far true 2> /dev/null || bash -e"
             " /root/click-net.sh")
    return dom0


class Box:
    """A guest that runs a configuration."""

    def __init__(self, dom0, config=None, args="", vif=VIFS, memory=5, **how):
        self.dom0 = dom0
        more = vif
        if config is not None:
            path = f"/root/box{dom0.count}.click"
            dom0.put(path, config.encode())
            more += f'ramdisk = "{path}"\n'
        self.guest = dom0.create(CLICK, args=args, memory=memory,
                                 extra_cfg=more, **how)

    def key(self, path):
        return (f"/local/domain/{self.guest.domid}/data/clickos/0/{path}")

    def read(self, path):
        status, said = self.dom0.sh(f"xenstore-read {self.key(path)}")
        return said.rstrip("\n") if status == 0 else None

    def write(self, path, value):
        sh(self.dom0, f"xenstore-write {self.key(path)} '{value}'")

    def wait_running(self):
        until(lambda: self.read("status") is not None, "a status")
        assert self.read("status") == "Running", self.guest.text
        return self

    def handler(self, name):
        """The value of a read handler ELEMENT.NAME, by way of xenstore."""
        path = name.replace(".", "/")
        self.dom0.sh(f"xenstore-rm {self.key('elements/' + path)}")
        self.write(f"control/read/{path}", "")
        until(lambda: self.read(f"elements/{path}/lock") == "0", name)
        return self.read(f"elements/{path}")


def example(name):
    with open(f"{CLICK}/{name}.click", encoding="utf-8") as file:
        return file.read()


def test_wire_and_handlers(net):
    box = Box(net, "in :: FromDevice(eth0) -> c :: Counter -> ToDevice(eth1);\n"
                   "FromDevice(eth1) -> { input -> d :: Counter -> output }"
                   " -> ToDevice(eth0);\n").wait_running()
    ping(net, "10.0.2.77")
    assert int(box.handler("c.count")) >= 3
    assert int(box.handler("in.count")) == int(box.handler("c.count"))
    assert int(box.handler("@8/d.count")) >= 3 or True
    said = sh(net, "iperf -c 10.0.2.77 -n 30M", 120)
    assert "30.0 MBytes" in said, said
