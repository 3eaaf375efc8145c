# SPDX-License-Identifier: BSD-2-Clause
"""Network interfaces against stock Linux netback, under a real xl.

The guest is tests/lab/guests/wire; traffic is dom0's own. Where packets shall
go through the guest, it forwards between the bridges xenbr0, on which dom0 is
10.0.2.1, and br1, on which a network namespace "far" is 10.0.2.77.
"""

import re
import subprocess

import pytest

from coraclelab import far as far_network
from waiting import ping, sh, sniffer, until

WIRE = "tests/lab/guests/wire"
ONE = 'vif = ["bridge=xenbr0"]\n'
TWO = 'vif = ["bridge=xenbr0", "bridge=br1"]\n'

FAR = far_network.commands(
    "far", "br1", ["10.0.2.77/24", "fd00:0:0:2::77/64 nodad"]) + """
far iperf -s > /dev/null 2>&1 < /dev/null &
far iperf -s -V -p 5002 > /dev/null 2>&1 < /dev/null &
iperf -s -p 5003 > /dev/null 2>&1 < /dev/null &
far listening 5001 5002
listening 5003
"""


@pytest.fixture
def net(dom0):
    """dom0 with its backends and the bridge xenbr0."""
    sh(dom0, "ip link show xenbr0 > /dev/null 2>&1 || lab-devices xenbr0")
    return dom0


@pytest.fixture
def far(net):
    """... and br1 and what is behind it."""
    net.put("/root/far.sh", FAR.encode())
    sh(net, "ip link show br1 > /dev/null 2>&1 || bash -e /root/far.sh")
    return net


def ask(guest, word):
    """What the guest answers to one word on its console."""
    before = len(guest.text)
    guest.send(word + "\n")
    until(lambda: f"done {word}\n" in guest.text[before:], f"done {word}")
    return guest.text[before:]


def figures(guest, index=0):
    """What the guest says of interface `index`: numbers by name."""
    said = ask(guest, "count")
    line = re.search(rf"^count {index}: (.*)$", said, re.M)
    if not line:
        return {}
    names = ("rx", "rx_bytes", "rx_errors", "tx", "tx_bytes", "tx_errors",
             "rx_events", "tx_events", "notifies")
    found = dict(zip(names, map(int, re.findall(r"\d+", line[1]))))
    line = re.search(rf"^info {index}: (.*) mac", said, re.M)[1].split()
    found.update(zip(line[::2], map(int, line[1::2])))
    return found


def free(guest):
    """(free pages, grants in use, packets dropped by the program)."""
    return tuple(map(int, re.findall(r"\d+", ask(guest, "free"))[:3]))


def on_rings(guest):
    """The pages that lie on its receive rings for the backends to fill."""
    return sum(int(produced) - int(consumed) for produced, consumed in
               re.findall(r"^rings \d\.\d: rx (\d+) (\d+) ",
                          ask(guest, "count"), re.M))


def ready(dom0, args, vif, **how):
    guest = dom0.create(WIRE, args=args, extra_cfg=vif, **how)
    guest.wait_for("ready\n")
    return guest


def backend(guest, index=0):
    return f"/local/domain/0/backend/vif/{guest.domid}/{index}"


def ended_well(guest):
    guest.send("end\n")
    assert guest.wait_end() == ("poweroff", 0), guest.text[-1000:]
    assert "netfront:" not in guest.text, guest.text
    assert "xenbus:" not in guest.text, guest.text


def test_ping_small_and_large(net):
    guest = ready(net, "echo 10.0.2.50", ONE)
    ping(net, "10.0.2.50")
    ping(net, "10.0.2.50", "-c 20 -i 0.02 -s 1472")
    count = figures(guest)
    assert count["tx"] >= 23 and count["rx"] >= 23
    assert count["rx_errors"] == count["tx_errors"] == 0
    mac = sh(net, f"xenstore-read {backend(guest)}/mac").strip()
    assert f"mac {mac}\n" in ask(guest, "count")
    ended_well(guest)


def test_tcp_with_all_offloads_goes_through(far):
    guest = ready(far, "forward", TWO)
    ping(far, "10.0.2.77")
    went = figures(guest)
    for command in ("iperf -c 10.0.2.77", "far iperf -c 10.0.2.1 -p 5003",
                    "iperf -V -c fd00:0:0:2::77 -p 5002"):
        before, went = went, None
        said = sh(far, f"{command} -n 30M")
        assert "30.0 MBytes" in said, said
        went = figures(guest)
        moved = {key: went[key] - before[key] for key in went}
        way = "rx" if moved["rx_bytes"] > moved["tx_bytes"] else "tx"
        # Without large segments it would be 1,514 bytes a packet at most.
        assert moved[way + "_bytes"] > 30 << 20
        assert moved[way + "_bytes"] / moved[way] > 5000, moved
    for index in 0, 1:
        count = figures(guest, index)
        assert count["rx_errors"] == count["tx_errors"] == 0
    assert free(guest)[2] == 0
    ended_well(guest)


def test_load_leaves_memory_and_grants_as_they_were(far):
    """A round moves thousands of packets. What they were made of is
    free again, or on a receive ring (which grows with demand), or kept for the
    next ones: drivers/packet_pool.c and the pages that transmit.c copies into
    say how much that may be."""
    guest = ready(far, "forward", TWO)
    ping(far, "10.0.2.77")
    kept = 256 + 256 * 512 // 4096 + 2 * 16
    first = None
    for _ in range(4):
        before = figures(guest)["rx"]
        sh(far, "iperf -c 10.0.2.77 -n 20M -P 2")
        sh(far, "far iperf -c 10.0.2.1 -p 5003 -n 20M")
        ping(far, "10.0.2.77", "-c 200 -i 0.002 -s 1000")
        assert figures(guest)["rx"] - before > 800
        pages, lent, dropped = free(guest)
        assert dropped == 0
        first = first or pages + on_rings(guest)
        # And some for the heap's own use, and the grant table's.
        assert abs(pages + on_rings(guest) - first) <= kept + 8
        # A slot of a ring gets its grant when it is first used; then there is
        # one for each slot, for the rings and for the pages copied into.
        assert lent <= 2 * (256 + 256 + 2 + 16)
    ended_well(guest)


def test_checksums_are_filled_in_for_the_wire(far):
    """dom0 sends without checksums; what the guest has resolved is right."""
    guest = ready(far, "resolve", TWO)
    sh(far, f"ethtool -K vif{guest.domid}.0 tso off gso off")
    ping(far, "10.0.2.77")
    dump = sniffer(far, ["far", "tcpdump", "-Z", "root", "-i", "far1", "-nvvl",
                         "src host 10.0.2.1 or src net fd00:0:0:2::/64", "and",
                         "dst port 5001 or dst port 5002"])
    sh(far, "iperf -c 10.0.2.77 -n 200K; iperf -u -c 10.0.2.77 -n 5K -l 333;"
            "iperf -V -c fd00:0:0:2::77 -p 5002 -n 200K")
    mark = "bash -c 'echo the end > /dev/udp/10.0.2.77/5002'"
    until(lambda: sh(far, mark) == "" and b"length 8" in dump.printed, mark)
    dump.signal(2)
    said = bytes(dump.printed).decode()
    # tcpdump calls the IPv4 header's "bad", a transport's "incorrect".
    assert "incorrect" not in said and "bad" not in said, said
    assert said.count("cksum") >= 200, said
    assert "proto UDP" in said and "IP6" in said, said
    ended_well(guest)


def test_one_event_channel_for_both(far):
    knob = "/sys/module/xen_netback/parameters/separate_tx_rx_irq"
    sh(far, f"echo 0 > {knob}")
    try:
        guest = ready(far, "forward", TWO)
        ping(far, "10.0.2.77")
        front = sh(far, f"xenstore-list /local/domain/{guest.domid}"
                        "/device/vif/0")
        assert "event-channel\n" in front and "event-channel-" not in front
        sh(far, "iperf -c 10.0.2.77 -n 20M")
        ended_well(guest)
    finally:
        sh(far, f"echo 1 > {knob}")


def test_queues_for_several_cpus(far):
    knob = "/sys/module/xen_netback/parameters/max_queues"
    before = sh(far, f"cat {knob}").strip()
    sh(far, f"echo 2 > {knob}")
    try:
        guest = ready(far, "forward", TWO, vcpus=2, memory=16)
        ping(far, "10.0.2.77")
        assert figures(guest)["queues"] == 2
        sh(far, "iperf -c 10.0.2.77 -n 5M -P 8")
        used = re.findall(r"rings 0\.\d: rx (\d+) (\d+)", ask(guest, "count"))
        assert len(used) == 2 and all(int(u[1]) > 0 for u in used), used
        ended_well(guest)
    finally:
        sh(far, f"echo {before} > {knob}")


def test_a_backend_that_is_not_trusted(far):
    guest = ready(far, "forward",
                  'vif = ["bridge=xenbr0,untrusted", "bridge=br1,untrusted"]\n')
    home = f"/local/domain/{guest.domid}/device/vif/0"
    assert sh(far, f"xenstore-read {home}/trusted").strip() == "0"
    ping(far, "10.0.2.77")
    sh(far, "iperf -c 10.0.2.77 -n 20M")
    sh(far, "far iperf -c 10.0.2.1 -p 5003 -n 20M")
    assert free(guest)[2] == 0
    ended_well(guest)


def test_four_interfaces_in_8_mib(net):
    guest = ready(net, "echo 10.0.2.50",
                  "vif = [" + ", ".join(['"bridge=xenbr0"'] * 4) + "]\n")
    for last in range(50, 54):
        ping(net, f"10.0.2.{last}")
    ended_well(guest)


def test_link_and_mtu(net):
    guest = ready(net, "echo 10.0.2.50", ONE)
    ping(net, "10.0.2.50")
    assert figures(guest)["mtu"] == 1500
    sh(net, f"xenstore-write {backend(guest)}/carrier 0")
    until(lambda: figures(guest)["up"] == 0, "the link is down")
    assert net.sh("ping -c 1 -W 1 10.0.2.50")[0] != 0
    sh(net, f"xenstore-write {backend(guest)}/carrier 1")
    until(lambda: figures(guest)["up"] == 1, "the link is up")
    ping(net, "10.0.2.50")
    sh(net, f"xenstore-write /local/domain/{guest.domid}/device/vif/0/mtu 9000")
    until(lambda: figures(guest)["mtu"] == 9000, "the MTU is 9000")
    sh(net, f"xenstore-write /local/domain/{guest.domid}/device/vif/0/mtu 7")
    until(lambda: figures(guest)["mtu"] == 1500, "the MTU is 1500 again")
    ended_well(guest)


def test_plugged_in_and_out_while_it_runs(net):
    guest = ready(net, "echo 10.0.2.50", ONE)
    ping(net, "10.0.2.50")
    least = most = None
    for turn in range(5):
        sh(net, f"xl network-attach {guest.name} bridge=xenbr0")
        until(lambda: figures(guest, 1).get("up") == 1, "interface 1 is up")
        assert figures(guest, 1)["generation"] == turn + 1
        ping(net, "10.0.2.51")
        sh(net, f"xl network-detach {guest.name} 1")
        until(lambda: figures(guest, 1)["up"] == 0, "interface 1 is down")
        # What the first ones have made stays; then nothing is added, once the
        # backend has let go.
        if turn == 2:
            least, most, _ = free(guest)
        elif turn > 2:
            until(lambda: free(guest)[0] > least - 16
                  and free(guest)[1] <= most, "all is back")
    ping(net, "10.0.2.50")
    ended_well(guest)


def test_unplugged_under_load(far):
    guest = ready(far, "forward", TWO)
    ping(far, "10.0.2.77")
    load = far.start(["iperf", "-c", "10.0.2.77", "-t", "3600"])
    back = far.start(["far", "iperf", "-c", "10.0.2.1", "-p", "5003",
                      "-t", "3600"])
    before = figures(guest)["rx"], figures(guest, 1)["rx"]
    until(lambda: figures(guest)["rx"] > before[0] + 100
          and figures(guest, 1)["rx"] > before[1] + 100, "both ways are in use")
    sh(far, f"xl network-detach {guest.name} 1")
    until(lambda: figures(guest, 1)["up"] == 0, "interface 1 is down")
    load.signal(9), back.signal(9)
    sh(far, f"xl network-attach {guest.name} bridge=br1")
    until(lambda: figures(guest, 1)["up"] == 1, "interface 1 is up")
    ping(far, "10.0.2.77", "-c 5")
    sh(far, "iperf -c 10.0.2.77 -n 5M")
    ended_well(guest)


def test_the_backend_goes_and_comes_back(net):
    guest = ready(net, "echo 10.0.2.50", ONE)
    ping(net, "10.0.2.50")
    driver = "/sys/bus/xen-backend/drivers/vif"
    for _ in range(3):
        before = figures(guest)["generation"]
        sh(net, f"echo vif-{guest.domid}-0 > {driver}/unbind")
        assert net.sh("ping -c 1 -W 1 10.0.2.50")[0] != 0
        sh(net, f"echo vif-{guest.domid}-0 > {driver}/bind")
        # This was the hot-plug script's work.
        sh(net, f"ip link set vif{guest.domid}.0 master xenbr0 up;"
                f"xenstore-write {backend(guest)}/hotplug-status connected")
        until(lambda: (now := figures(guest))["generation"] > before
              and now["up"] == 1, "the interface is up again")
        ping(net, "10.0.2.50", "-c 3 -i 1")
    ended_well(guest)


@pytest.mark.parametrize("size", [60, 1514])
def test_frames_by_the_hundred_thousand(net, size):
    """What is free stays so; also with ten million: make torture-net."""
    guest = net.create(WIRE, args=f"source 100000 {size}", extra_cfg=ONE)
    assert guest.wait_end() == ("poweroff", 0)
    seen = re.findall(r"free (\d+) pages, lent (\d+) grants, (\d+)", guest.text)
    assert len(seen) == 2 and seen[1][2] == "0", guest.text
    # At the tenth some were still lent.
    assert int(seen[1][0]) > int(seen[0][0]) - 64, seen
    assert int(seen[1][1]) <= 256 + 256 + 2 + 16, seen


def test_a_backend_that_breaks_the_protocol(net, tmp_path):
    """rsp_prod, at byte 8 of the transmit ring, says what cannot be. (Netback
    would write the receive ring's again before anybody saw it.)"""
    poke = tmp_path / "poke"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", poke, "tests/lab/poke.c",
                    "-lxengnttab"], check=True)
    net.put("/usr/bin/poke", poke.read_bytes())
    guest = ready(net, "echo 10.0.2.50",
                  'vif = ["bridge=xenbr0", "bridge=xenbr0"]\n')
    ping(net, "10.0.2.50")
    gref = sh(net, f"xenstore-read /local/domain/{guest.domid}/device/vif/0/"
                   "tx-ring-ref").strip()
    sh(net, f"chmod +x /usr/bin/poke; poke {guest.domid} {gref} 8 0x7fffffff")
    net.sh("ping -c 3 -i 0.2 -W 1 10.0.2.50")
    guest.wait_for("netfront: device/vif/0 is down: its backend has answered"
                   " what was not asked\n")
    assert figures(guest)["up"] == 0
    ping(net, "10.0.2.51")       # the rest of the guest runs on
    sh(net, f"xl network-detach {guest.name} 0")
    sh(net, f"xl network-attach {guest.name} bridge=xenbr0")
    until(lambda: figures(guest, 2).get("up") == 1, "a new one is up")
    ping(net, "10.0.2.52")
    assert guest.text.count("netfront:") == 1
    guest.send("end\n")
    assert guest.wait_end() == ("poweroff", 0)
