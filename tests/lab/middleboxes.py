# SPDX-License-Identifier: BSD-2-Clause
"""Middleboxes in the lab: the networks around them, a guest that runs a
configuration, traffic through it, and attacks on it. For test_click.py.

dom0 is 10.0.2.1 on the bridge xenbr0; the network namespace "away" is on br8.
What passes between them passes the guest, whose eth0 is on xenbr0 and whose eth1
is on br8. Through a wire, away is 10.0.2.77; behind a router, 10.0.3.77.
"""

import itertools
import pathlib
import re

from coraclelab import far
from waiting import PATIENCE, ping, sh, until

TOP = pathlib.Path(__file__).resolve().parents[2]
CLICK = "examples/click"
PIECE = 1900  # bytes of a value that xenstore takes from a guest
MACS = "00:16:3e:00:02:50", "00:16:3e:00:03:01", "00:16:3e:00:04:01"
BRIDGES = "xenbr0", "br8", "br9"
VIFS = (f'vif = ["bridge=xenbr0,mac={MACS[0]},ip=10.0.2.50",'
        f' "bridge=br8,mac={MACS[1]},ip=10.0.3.1"]\n')

NETWORK = far.commands("away", "br8") + """
ip link add br9 type bridge
ip link set br9 up
mkdir -p /srv/a /srv/b /srv/near
echo server a > /srv/a/index.html
echo server b > /srv/b/index.html
echo near > /srv/near/index.html
away iperf -s -u > /dev/null 2>&1 < /dev/null &
away iperf -s > /dev/null 2>&1 < /dev/null &
away httpd -p 8000 -h /srv/a
httpd -p 80 -h /srv/near
httpd -p 8081 -h /srv/near
away listening 5001 8000
listening 80 8081
"""

# Where away is, and how dom0 gets there.
SAME_NETWORK = """
ip -n away address flush dev away1
ip -n away address add 10.0.2.77/24 dev away1
ip route del 10.0.3.0/24 2> /dev/null
ip neigh flush all
ip -n away neigh flush all
true
"""
OTHER_NETWORK = """
ip -n away address flush dev away1
ip -n away address add 10.0.3.77/24 dev away1
ip -n away address add 10.0.3.78/24 dev away1
ip -n away route replace default via 10.0.3.1
ip route replace 10.0.3.0/24 via 10.0.2.50
ip neigh flush all
ip -n away neigh flush all
true
"""


class Box:
    """A guest that runs a configuration."""

    def __init__(self, dom0, config=None, args="", vif=VIFS, memory=5,
                 app=CLICK, **how):
        self.dom0 = dom0
        more = vif
        if config is not None:
            path = f"/root/box{dom0.count}.click"
            dom0.put(path, config.encode())
            more += f'ramdisk = "{path}"\n'
        self.guest = dom0.create(app, args=args, memory=memory,
                                 extra_cfg=more, **how)

    def key(self, path, router=0):
        return (f"/local/domain/{self.guest.domid}/data/clickos/{router}/"
                f"{path}")

    def read(self, path, router=0):
        status, said = self.dom0.sh(
            f"xenstore-read -R {self.key(path, router)}")
        return said.rstrip("\n") if status == 0 else None

    def write(self, path, value, router=0):
        sh(self.dom0, f"xenstore-write {self.key(path, router)} '{value}'")

    def wait_running(self):
        until(lambda: self.read("status") is not None, "a status")
        assert self.read("status") == "Running", self.guest.text
        return self

    def handlers(self, *names):
        """The values of read handlers ELEMENT.NAME, by way of xenstore."""
        paths = [name.replace(".", "/") for name in names]
        values = [self.key(f"elements/{path}") for path in paths]
        self.dom0.sh(f"for key in {' '.join(values)}; do xenstore-rm $key; done")
        sh(self.dom0, "xenstore-write " + " ".join(
            f"{self.key(f'control/read/{path}')} ''" for path in paths))
        locks = "xenstore-read " + " ".join(f"{v}/lock" for v in values)
        until(lambda: self.dom0.sh(locks) == (0, "0\n" * len(names)), names)
        return [self.whole(f"elements/{path}") for path in paths]

    def handler(self, name):
        return self.handlers(name)[0]

    def whole(self, path):
        """A value of ours that may be longer than what xenstore takes, put
        together as docs/clickos.md says."""
        more = self.read(f"{path}/more")
        done, wanted = more.split(" of ") if more else (0, 0)
        assert done == wanted, more
        return self.dom0.sh(
            f"key={self.key(path)}; xenstore-read -R $key;"
            f" for n in $(seq {done}); do xenstore-read -R $key/more/$n; done"
        )[1].rstrip("\n")


def example(dom0, name, change=("", ""), **how):
    """A guest as examples/click/NAME.cfg has it, on our networks. change: what
    stands in its configuration, and what shall stand there instead."""
    cfg, text = {}, (TOP / f"{CLICK}/{name}.click").read_text()
    exec((TOP / f"{CLICK}/{name}.cfg").read_text(), {}, cfg)
    assert cfg["kernel"] == "build/click.elf"
    assert cfg["ramdisk"] == f"{CLICK}/{name}.click"
    assert cfg["memory"] == 5
    assert change[0] in text
    vifs = [words.replace(f"xenbr{n}", BRIDGES[n]) + f",mac={MACS[n]}"
            for n, words in enumerate(cfg["vif"])]
    return Box(dom0, text.replace(*change), vif=f"vif = {vifs}\n",
               memory=cfg["memory"], **how).wait_running()


def fetch(dom0, url, who="", patience=PATIENCE):
    """What an HTTP client gets; None if it gets nothing."""
    status, said = dom0.sh(f"{who} timeout {patience} wget -q -O - {url}")
    return said.strip() if status == 0 else None


def talk(dom0, address, size="1.00 M"):
    """Ping, TCP, UDP (some of which may be lost) and HTTP."""
    ping(dom0, address)
    said = sh(dom0, f"iperf -c {address} -n {size.replace(' ', '')} &&"
              f" {{ iperf -u -b 20M -c {address} -n 50K || true; }} &&"
              f" wget -q -O - http://{address}:8000/")
    assert f"{size}Bytes" in said, said
    assert re.search(r"Sent \d+ datagrams", said), said
    assert said.endswith("server a\n"), said


def agree(box):
    """Guest and dom0 have counted the same, once all is quiet."""
    ends = re.findall(r"^(\S+) :: (From|To)Device\((?:eth)?(\d)",
                      box.handler("flatconfig"), re.M)
    assert len(ends) >= 4, ends
    ours = [f"{name}.count" for name, _, _ in ends]
    lost = [f"{name}.drops" for name, way, _ in ends if way == "From"]
    theirs = " ".join(
        f"/sys/class/net/vif{box.guest.domid}.{number}/statistics/"
        f"{'tx' if way == 'From' else 'rx'}_packets" for _, way, number in ends)
    seen = []

    def same():
        counts = list(map(int, box.handlers(*ours, *lost)))
        drops = iter(counts[len(ends):])
        seen[:] = [(name, count + next(drops) if way == "From" else count, said)
                   for (name, way, _), count, said in zip(
                       ends, counts,
                       map(int, sh(box.dom0, f"cat {theirs}").split()))]
        return all(count == said for _, count, said in seen)
    until(same, seen)


# Through a wire to each other; to the guest.
THROUGH = "02:00:00:00:00:77", "02:00:00:00:00:02"
TO = MACS[0], MACS[1]


def attack(box, near, away=None):
    """Bad frames to these MAC addresses, from this side or both. Who is slow
    gets fewer of them: dom0 drops what finds no room."""
    sh(box.dom0, f"frames xenbr0 {near} /root/hostile")
    if away:
        sh(box.dom0, f"away frames away1 {away} /root/hostile")
    assert box.guest.end is None, box.guest.text


def flood(box, enough):
    """Flows from dom0, each a packet of its own, until enough() is true."""
    first = itertools.count(0, 2000)

    def more():
        sh(box.dom0, f"frames xenbr0 {MACS[0]} flows {next(first)} 2000")
        return enough()
    until(more, "what a flood does")
