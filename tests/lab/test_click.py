# SPDX-License-Identifier: BSD-2-Clause
"""Middleboxes: Click configurations in a guest between two networks, which
middleboxes.py has.

The configurations are those of examples/click, in 5 MiB of memory; the traffic
is that of dom0's own tools. To some comes what no honest machine sends, too: the
frames of bad_frames.py, by the thousand; afterwards all must be as before. What
the elements at the interfaces count and what dom0's backends count is the same
in the end.
"""

import gzip
import re
import struct
import subprocess
from unittest import mock

import pytest

import bad_frames
from middleboxes import (CLICK, MACS, NETWORK, OTHER_NETWORK, PIECE,
                         SAME_NETWORK, THROUGH, TO, VIFS, Box, agree, attack,
                         example, fetch, flood, talk)
from waiting import ping, sh, sniffer, started, until


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """The program that sends frames, and what it sends."""
    program = tmp_path_factory.mktemp("frames") / "frames"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", program, "tests/lab/frames.c"],
                   check=True)
    with mock.patch.object(bad_frames, "GUEST", "10.0.3.77"):
        frames = [bytes(frame) for kind in (
            bad_frames.ethernet, bad_frames.truncated, bad_frames.ip_headers,
            bad_frames.tcp, bad_frames.udp, bad_frames.icmp,
            bad_frames.fragments, bad_frames.arp, bad_frames.mutated,
            bad_frames.syns, bad_frames.tiny, bad_frames.incomplete,
            bad_frames.who_has) for frame in kind("02:00:00:00:00:99")]
    return program.read_bytes(), b"".join(
        struct.pack("!H", len(frame)) + frame for frame in frames)


@pytest.fixture
def both(dom0, hostile):
    """dom0 with both networks."""
    if dom0.sh("test -x /usr/bin/frames")[0] != 0:
        dom0.put("/root/hostile", hostile[1])
        dom0.put("/usr/bin/frames", hostile[0])
        sh(dom0, "chmod +x /usr/bin/frames")
    dom0.put("/root/click-net.sh", NETWORK.encode())
    sh(dom0, "ip link show xenbr0 > /dev/null 2>&1 || lab-devices xenbr0")
    sh(dom0, "ip link show br8 > /dev/null 2>&1 || bash -e"
             " /root/click-net.sh")
    return dom0


def arrange(dom0, script):
    dom0.put("/root/click-arrange.sh", script.encode())
    sh(dom0, "bash /root/click-arrange.sh")
    return dom0


@pytest.fixture
def net(both):
    """... and away is on dom0's own network, through the guest."""
    return arrange(both, SAME_NETWORK)


@pytest.fixture
def routed(both):
    """... and away is on another, behind the guest."""
    return arrange(both, OTHER_NETWORK)


# One careless fprintf() brings 34 KB of newlib with it.
IMAGE_MOST = 400 * 1024


def test_image_is_small(build, tmp_path):
    stripped = tmp_path / "click"
    subprocess.run(["strip", "-o", stripped, build(CLICK)], check=True)
    assert stripped.stat().st_size <= IMAGE_MOST


def test_stacks_have_what_unchecked_functions_need(build):
    """Most of lib/click does not check its stack (build.mk), so there must be
    more left at each check than in other programs: more than what such
    functions take, one in another, as GCC says."""
    done = subprocess.run(["tools/stack-depth", build(CLICK)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sizes = {name: int(value, 16) for value, _, name in
             (line.split() for line in subprocess.check_output(
                 ["nm", "--defined-only", build(CLICK)], text=True).splitlines())}
    assert sizes["stack_reserve"] >= 20 << 10
    assert sizes["stack_initial"] >= sizes["stack_reserve"] + (8 << 10)


# ---- The examples ------------------------------------------------------------

def test_wire(net):
    box = example(net, "wire")
    ping(net, "10.0.2.77", "-c 2 -s 4000")
    talk(net, "10.0.2.77", "9.00 M")
    agree(box)


def sent_to_third(box):
    """Packets out of eth2, as dom0's backend counts them."""
    return int(sh(box.dom0, f"cat /sys/class/net/vif{box.guest.domid}.2"
                  "/statistics/rx_packets"))


def test_mirror(net):
    box = example(net, "mirror")
    before = sent_to_third(box)
    ping(net, "10.0.2.77", "-c 10 -i 0.05")
    until(lambda: sent_to_third(box) - before >= 20, "all of it, again")
    talk(net, "10.0.2.77")
    agree(box)


def test_switch_learns(net):
    box = example(net, "switch")
    ping(net, "10.0.2.77")
    before = sent_to_third(box)
    ping(net, "10.0.2.77", "-c 100 -i 0.005")
    assert sent_to_third(box) - before < 100  # of 200: there is IPv6's, too
    assert "02-00-00-00-00-77 1\n" in box.handler("switch.table") + "\n"
    attack(box, THROUGH[0])
    talk(net, "10.0.2.77")
    agree(box)


def test_router(routed):
    box = example(routed, "router")
    ping(routed, "10.0.2.50")
    ping(routed, "10.0.3.77", "-c 2 -s 5000")
    said = routed.sh("/usr/bin/ping -c 1 -t 1 -W 60 10.0.3.77")[1]
    assert "exceeded" in said, said
    table = box.handler("port0/arp.table")
    assert table.startswith("10.0.2.1 1 "), table

    def refused():  # bad headers, from both sides
        attack(box, *TO)
        return min(map(int, box.handlers("port0/CheckIPHeader@8.drops",
                                         "port1/CheckIPHeader@8.drops"))) > 100
    until(refused, "bad headers are dropped")
    talk(routed, "10.0.3.77", "5.00 M")
    agree(box)


def test_firewall(net):
    box = example(net, "firewall")
    ping(net, "10.0.2.77")
    assert fetch(net, "http://10.0.2.1/", "away") == "near"

    def denied():
        assert fetch(net, "http://10.0.2.1:8081/", "away", 2) is None
        return int(box.handler("denied.count")) > 0
    until(denied, "denied.count")
    assert int(box.handler("passed.count")) > 0
    attack(box, *THROUGH)
    talk(net, "10.0.2.77")
    agree(box)


def test_nat(routed):
    # More flows than memory holds.
    box = example(routed, "nat", args="FLOWS=65536")
    dump = sniffer(routed, ["away", "tcpdump", "-Z", "root", "-i", "away1",
                            "-nvv", "-c", "30"])
    talk(routed, "10.0.3.77", "5.00 M")
    until(lambda: dump.status is not None, "30 packets")
    seen = bytes(dump.printed).decode()
    assert "10.0.3.1." in seen and "10.0.2.1" not in seen, seen
    # Large segments and checksums left to the card come from dom0.
    wrong = [line for line in seen.splitlines() if "bad cksum" in line]
    assert not wrong, wrong
    assert "10.0.3.1" in box.handler("rewriter.mappings")
    # An error about a rewritten packet comes home.
    until(lambda: "refused" in routed.sh(
        "iperf -u -c 10.0.3.77 -p 9999 -n 3K 2>&1")[1], "an ICMP error")
    assert int(box.handler("rewriter.mapping_failures")) == 0
    attack(box, *TO)
    talk(routed, "10.0.3.77")
    # It holds fewer, says so, and goes on.
    flood(box, lambda: int(box.handler("rewriter.capacity")) < 65536)
    held, most = re.search(r"^rewriter: memory holds (\d+) flows, not 65536:"
                           r" CAPACITY is now (\d+)$", box.guest.text,
                           re.M).groups()
    assert 1000 < int(most) < int(held) < 65536
    assert int(box.handler("rewriter.mapping_failures")) > 0
    until(lambda: fetch(routed, "http://10.0.3.77:8000/", patience=5)
          == "server a", "a new flow")
    assert int(box.handler("rewriter.size")) <= int(held)
    agree(box)


def test_cgnat(routed):
    box = example(routed, "cgnat", args="FLOWS=64")
    talk(routed, "10.0.3.77", "5.00 M")
    outer = re.findall(r"=> \(10\.0\.3\.1[1-4], ", box.handler(
        "rewriter.mappings"))
    assert outer
    # The table is full: what is refused is counted, and in time forgotten.
    flood(box, lambda: int(box.handler("rewriter.mapping_failures")) > 500)
    assert box.handlers("rewriter.capacity", "rewriter.size") == ["64", "64"]
    mappings = box.handler("rewriter.mappings")
    assert len(mappings) > 2 * PIECE
    assert len(mappings.splitlines()) <= 2 * 64  # some are the pings'
    until(lambda: fetch(routed, "http://10.0.3.77:8000/", patience=5)
          == "server a", "a new flow")
    attack(box, MACS[0])
    agree(box)


def test_balancer(routed):
    box = example(routed, "balancer", args="'PORT=80 or 5001'")
    sh(routed, "away httpd -p 10.0.3.78:80 -h /srv/b;"
               " away httpd -p 10.0.3.77:80 -h /srv/a; away listening 80")
    got = [fetch(routed, "http://10.0.2.50/") for _ in range(4)]
    assert sorted(got) == ["server a", "server a", "server b", "server b"], got
    ping(routed, "10.0.2.50")
    said = sh(routed, "iperf -c 10.0.2.50 -n 1M")
    assert "1.00 MBytes" in said, said
    agree(box)


def test_limiter(net):
    box = example(net, "limiter", args="RATE=250kBps")
    ping(net, "10.0.2.77")
    said = sh(net, "iperf -c 10.0.2.77 -n 500K -y C")
    rate = int(said.strip().splitlines()[-1].split(",")[8])
    # As iperf saw it: what is still on its way when it ends counts as sent.
    assert rate <= 8 * 250_000 * 2, said
    assert int(box.handler("up.highwater_length")) > 1
    talk(net, "10.0.2.77", "256 K")
    agree(box)


def test_monitor(net):
    # However slow all is here, a flow stays.
    box = example(net, "monitor", ("4096", "4096, TIMEOUT 1d"))
    talk(net, "10.0.2.77", "3.00 M")

    def table():
        return [line.split() for line in
                box.handler("monitor.table").splitlines()]
    flows = table()
    there = [f for f in flows if f[0] == "6" and f[4] == "5001"]
    assert len(there) == 1, flows
    assert there[0][1] == "10.0.2.1" and there[0][3] == "10.0.2.77"
    assert int(there[0][6]) >= 3 * 2 ** 20
    # Many times what a value of xenstore can be.
    flood(box, lambda: int(box.handler("monitor.count")) > 1000)
    agree(box)
    flows = table()
    assert len(flows) > 1000
    assert all(len(flow) == 9 for flow in flows)
    assert len({tuple(flow[:5]) for flow in flows}) == len(flows)
    ours = [f for f in flows if f[0] == "17" and f[3:5] == ["10.0.3.77", "20000"]]
    assert len(ours) > 900
    assert {(f[5], f[6]) for f in ours} == {("1", "29")}


def test_ids(net):
    box = example(net, "ids")
    assert fetch(net, "http://10.0.2.1/", "away") == "near"

    def alarmed():
        assert fetch(net, "http://10.0.2.1/?/bin/sh", "away", 2) is None
        return int(box.handler("alarms.count")) > 0
    until(alarmed, "alarms.count")
    until(lambda: "intrusion: " in box.guest.text, "a line")
    attack(box, *THROUGH)
    talk(net, "10.0.2.77")
    agree(box)


def test_dns_filter(net):
    box = example(net, "dns")
    server = started(net, ["away", "dnsmasq", "-d", "-u", "root", "-h", "-R",
                           "-C", "/dev/null",
                           "--address=/good.test/192.0.2.1",
                           "--address=/ads.test/192.0.2.66"],
                     "dnsmasq: started")
    until(lambda: "192.0.2.1" in net.sh("nslookup good.test 10.0.2.77")[1],
          "an address")
    until(lambda: "NXDOMAIN" in net.sh("nslookup www.ads.test 10.0.2.77")[1],
          "no address")
    said = net.sh("nslookup www.ads.test 10.0.2.77")[1]
    assert "192.0.2.66" not in said, said
    assert int(box.handler("filter.count")) >= 1
    assert int(box.handler("filter.malformed")) == 0
    server.signal(9)
    attack(box, THROUGH[0])
    talk(net, "10.0.2.77")
    agree(box)


# ---- Configurations that come and go -----------------------------------------

def test_a_bad_configuration_is_reported(net):
    box = Box(net, "FromDevice(eth7) -> Discard;\n"
                   "Idle -> Queue(many) -> Discard;\n")
    assert box.guest.wait_end() == ("poweroff", 1), box.guest.text
    for said in ("config:1:1: While configuring", "eth7", f"eth1 ({MACS[1]})",
                 "config:2:9: While configuring", "many"):
        assert said in box.guest.text, box.guest.text


COUNTED = ("in :: FromDevice(eth0) -> counted :: {{ input -> c :: Counter ->"
           " output }} -> q :: Queue({queue}) -> ToDevice(eth1);"
           "FromDevice(eth1) -> ToDevice(eth0);")


TEN = f"Idle -> Queue({300 * 'many'}) -> Discard;" + """
Idle -> Strip(x) -> Discard;
Idle -> IPFilter(allow tpc, allow upd, deny ip, allow all) -> Discard;
Idle -> Paint(300) -> Discard;
Idle -> EtherEncap(0x0800, 1:2:3, 4) -> Discard;
Idle -> StaticIPLookup(1.2.3.4/33 0) -> Discard;
Idle -> IPClassifier(src hots 1.2.3.4) -> Discard;
Idle -> CheckIPHeader(OFFSET x, VERBOSE maybe, DETAILS perhaps) -> Discard;
Idle -> ARPResponder(1.2.3.4 zz, 5.6.7 0:1:2:3:4:5) -> Discard;
Idle -> IPRewriter(pattern 1.2.3.4 5-x - - 0 1, CAPACITY none) -> Discard;
"""
REFUSED = (
    ("FromDevice(eth0) -> Nonsense(3) -> Discard;",
     "from-xenstore:1:21: unknown element class 'Nonsense'"),
    ("Idle -> a :: Null -> b :: Counter -> a;",
     "packets would go round for ever: "),
    ("TimedSource(1) -> n :: Null -> Unqueue -> Discard;",
     "agnostic 'n :: Null' in mixed context: push input 0, pull output 0"),
)


def install(box, text, router=0):
    """As ClickOS' tools do: in pieces, then the wish that it runs."""
    box.dom0.sh(f"xenstore-rm {box.key('config', router)}")
    for n in range(0, len(text), 700):
        box.write(f"config/{n // 700}", text[n:n + 700], router)
    box.write("config_name", "from-xenstore", router)
    box.write("status", "Running", router)


# Frames from eth0 go through a tunnel, which has both ends here.
TUNNEL = ("FromDevice(eth0) -> all :: Counter ->"
          " UDPIPEncap(1.1.1.1, 5, 2.2.2.2, 6) -> each :: Counter ->"
          " CheckIPHeader -> right :: CheckUDPHeader -> Strip(28) ->"
          " length :: CheckLength(1514) -> ToDevice(eth1);"
          "right[1] -> bad :: Counter -> Discard;"
          "length[1] -> long :: Counter -> Discard;"
          "FromDevice(eth1) -> ToDevice(eth0);")


def through_a_tunnel(net, box):
    """TCP of 64 KB at a time goes in, packets of the wire's size come out, and
    the other end has what was sent."""
    sh(net, "head -c 1000000 /dev/urandom > /srv/near/large")
    size = int(sh(net, "away wget -q -O - http://10.0.2.1/large | wc -c"))
    sums = sh(net, "away wget -q -O - http://10.0.2.1/large | md5sum;"
              " md5sum < /srv/near/large").split("\n")
    assert size == 1000000 and sums[0] == sums[1]
    count = {name: int(box.handler(f"{name}.count"))
             for name in ("all", "each", "bad", "long")}
    assert count["all"] < count["each"] > 2 * size / 1460, count
    assert count["bad"] == count["long"] == 0, count


def test_configurations_from_xenstore(net):
    box = Box(net)
    install(box, COUNTED.format(queue=100))
    until(lambda: "started in" in box.guest.text, "a configuration")
    ping(net, "10.0.2.77")
    assert box.handler("q.capacity") == "100"
    # An element inside a compound; dom0's tools name it as the flat one.
    assert int(box.handler("counted/c.count")) >= 3

    # Another one takes over while packets flow: none is lost. (A busy machine
    # may lose one; a swap that did would do so again.)
    for turn in range(1, 6):
        pings = net.start(["/usr/bin/ping", "-q", "-c", "300", "-i", "0.01",
                           "10.0.2.77"])
        install(box, COUNTED.format(queue=200))
        until(lambda: box.guest.text.count("took over in") == turn,
              "another configuration")
        until(lambda: pings.status is not None, "the pings' end")
        if b" 0% packet loss" in pings.printed:
            break
    assert b" 0% packet loss" in pings.printed, pings.printed
    assert box.handler("q.capacity") == "200"

    # A bad one does not, and all that is wrong with it is said.
    install(box, TEN)
    until(lambda: "from-xenstore:10:" in box.whole("error"), "ten errors")
    told = box.whole("error")
    assert len(told) > PIECE
    assert re.findall(r"^from-xenstore:(\d+):9: While configuring '", told,
                      re.M) == [str(n) for n in range(1, 11)], told
    # The console has them too, the longest one not whole.
    until(lambda: all(line[:200] in box.guest.text
                      for line in told.splitlines()), "the same lines")
    ping(net, "10.0.2.77")
    assert box.handler("q.capacity") == "200"

    install(box, TUNNEL)
    until(lambda: box.guest.text.count("took over in") > turn, "a tunnel")
    through_a_tunnel(net, box)

    # Where nothing runs, the status says so.
    for number, (text, error) in enumerate(REFUSED, 1):
        install(box, text, number)
        until(lambda: box.read("status", number) == "Error", text)
        assert error in box.read("error", number)
        until(lambda: error in box.guest.text, error)

    # A handler is written, and the router halted.
    box.write("elements/all/reset_counts", "")
    box.write("status", "Halted")
    until(lambda: net.sh("ping -c 1 -W 1 10.0.2.77")[0] != 0, "silence")


def test_an_interface_goes_and_comes_back(net):
    box = example(net, "wire")
    ping(net, "10.0.2.77")
    # It goes while packets come from both sides.
    for who, device, mac in (("", "xenbr0", THROUGH[0]),
                             ("away", "away1", THROUGH[1])):
        sh(net, f"{who} frames {device} {mac} /root/hostile 1000"
                " > /dev/null 2>&1 < /dev/null &")
    sh(net, f"xl network-detach {box.guest.domid} 1")
    sh(net, "killall frames || true")
    assert net.sh("ping -c 1 -W 1 10.0.2.77")[0] != 0

    def dropped():
        attack(box, THROUGH[0])
        return int(box.handler("ToDevice@2.drops")) > 0
    until(dropped, "packets for eth1")
    sh(net, f"xl network-attach {box.guest.domid} bridge=br8 mac={MACS[1]}")
    until(lambda: net.sh("ping -c 1 -W 1 10.0.2.77")[0] == 0, "the wire")
    assert box.guest.end is None


# ---- TCP/IP and disks besides ------------------------------------------------

@pytest.fixture
def configs(net, tmp_path):
    """A disk of dom0's with examples/managed/wire.click on it, as ext2."""
    folder, image = tmp_path / "files", tmp_path / "image"
    folder.mkdir()
    with open("examples/managed/wire.click", encoding="utf-8") as file:
        (folder / "wire.click").write_text(file.read())
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-d", str(folder), str(image),
                    "1M"], check=True)
    net.put("/tmp/configs.img.gz", gzip.compress(image.read_bytes(), 1))
    said = sh(net, "lab-devices && gunzip -f /tmp/configs.img.gz"
              " && losetup -f && losetup $(losetup -f) /tmp/configs.img")
    device = said.split()[-1]
    yield device
    net.destroy_all()
    sh(net, f"losetup -d {device}; rm /tmp/configs.img")


def asked(dom0, port, *lines):
    """What a ControlSocket answers to these commands and QUIT."""
    words = "\\r\\n".join([*lines, "QUIT"]) + "\\r\\n"
    said = sh(dom0, f"printf '{words}' | nc 10.0.2.60 {port}")
    greeting, *rest = said.replace("\r\n", "\n").split("\n")
    assert greeting == "Click::ControlSocket/1.3", said
    return "\n".join(rest)


ANSWERS = [
    ("READ q.capacity", "200 Read handler 'q.capacity' OK\nDATA 3\n256"),
    ("CHECKREAD up.count", "200 Read handler 'up.count' OK\n"),
    ("WRITE q.capacity 99", "200 Write handler 'q.capacity' OK\n"),
    ("READ q.capacity", "200 Read handler 'q.capacity' OK\nDATA 2\n99"),
    ("WRITE q.capacity many", "520-Write handler 'q.capacity' error:\n520 "),
    ("READ nothing.count", "510 No element named 'nothing'\n"),
    ("READ up.nothing", "511 No handler named 'up.nothing'\n"),
    ("WRITE up.count 3", "530 Handler 'up.count' read-only\n"),
    ("READ up.reset", "530 Handler 'up.reset' write-only\n"),
    ("CHECKWRITE up.count", "530 Handler 'up.count' read-only\n"),
    ("NONSENSE", "501 "), ("READ", "500 "), ("QUIT", "200 Goodbye!\n"),
]

# A router of its own on eth3: it answers ARP and pings for 10.0.2.61.
PINGED = """{more}
FromDevice(eth3) -> c :: Classifier(12/0806 20/0001, 12/0800);
to :: ToDevice(eth3);
c[0] -> ARPResponder(10.0.2.61 $MAC3) -> to;
c[1] -> Strip(14) -> CheckIPHeader -> n :: Counter -> IPFilter(allow icmp type
echo && dst host 10.0.2.61) -> ICMPPingResponder
-> EtherEncap(0x0800, $MAC3, ff:ff:ff:ff:ff:ff) -> to;
"""


def test_tcp_a_disk_and_two_routers(net, configs):
    vif = VIFS.replace("]\n", ', "bridge=xenbr0", "bridge=xenbr0"]\n')
    box = Box(net, app="examples/managed", memory=10, args="ip2=10.0.2.60/24"
              " -f /wire.click", vif=vif + f'disk = ["phy:{configs},xvda,r"]\n')
    box.wait_running()

    # The configuration of the disk, its handlers by TCP.
    ping(net, "10.0.2.77")
    ping(net, "10.0.2.60")
    got = asked(net, 7777, "READ up.count")
    assert int(got.split("\n")[2].split("200")[0]) >= 3, got
    for line, answer in ANSWERS:
        got = asked(net, 7777, *([line] if line != "QUIT" else []))
        assert got.startswith(answer), (line, got)

    # Another router beside it; each has its own handlers and its own end.
    install(box, PINGED.format(more="ControlSocket(TCP, 7778, READONLY true);"),
            1)
    until(lambda: box.guest.text.count("started in") == 2, "another router")
    ping(net, "10.0.2.61")
    ping(net, "10.0.2.77")
    assert "530 " in asked(net, 7778, "WRITE n.reset")
    assert asked(net, 7778, "READ n.count").startswith("200 ")
    assert asked(net, 7778, "READ q.capacity").startswith("510 ")
    assert asked(net, 7777, "READ q.capacity").startswith("200 ")
    for more, why in (
            ("FromDevice(eth0) -> Discard;", "of router 0 already"),
            ("FromDevice(eth2) -> Discard;", "eth2 is TCP/IP's"),
            ("ControlSocket(TCP, 7777);", "port 7777: "),
            ("ControlSocket(UNIX, /x);", "only TCP")):
        install(box, PINGED.format(more=more), 1)
        until(lambda: why in (box.read("error", 1) or ""), why)
        assert (box.read("error") or "") == ""
        ping(net, "10.0.2.61", "-c 1")
    box.write("status", "Halted", 1)
    until(lambda: asked(net, 7777, "READ list").startswith("200 ") and
          net.sh("ping -c 1 -W 1 10.0.2.61")[0] != 0, "silence")
    ping(net, "10.0.2.77")
    assert asked(net, 7777, "READ q.capacity").startswith("200 ")

    # A router's socket goes with it, and may come again.
    until(lambda: net.sh("nc -w 1 10.0.2.60 7778 < /dev/null")[0] != 0,
          "a closed port")
    install(box, PINGED.format(more="ControlSocket(TCP, 7778);"), 1)
    until(lambda: box.guest.text.count("started in") == 3, "it again")
    assert asked(net, 7778, "WRITE n.reset").startswith("200 ")
