# SPDX-License-Identifier: BSD-2-Clause
"""The middleboxes that are measured, each as a Click configuration for our guest
and as commands for a Linux guest: its bridge, its routing, nftables.

    xenbr0 -- eth0 [guest] eth1 -- br1
"""

import contextlib
import re

from coraclelab.guest import Guest, configuration

from .network import ARCHIVE, KERNEL, LINUX_MEMORY

MEMORY = 5  # MiB: as ClickOS
FLOWS = 10000
RULES = 100

MAC0, MAC1 = "00:16:3e:00:02:50", "00:16:3e:00:03:01"
VIFS = (f'vif = ["bridge=xenbr0,mac={MAC0},ip=10.0.2.50",'
        f' "bridge=br1,mac={MAC1},ip=10.0.3.1"]\n')

FILTER = "".join(
    f"drop src net 10.{n + 100}.0.0/16 and dst udp port {n + 1000}, "
    for n in range(RULES - 1))

ROUTER = """
elementclass Port {{ $n, $ip, $mac |
    FromDevice($n) -> c :: Classifier(12/0806 20/0001, 12/0806 20/0002,
                                      12/0800, -);
    to :: ToDevice($n);
    arp :: ARPQuerier($ip, $mac) -> to;
    c[0] -> ARPResponder($ip $mac) -> to;
    c[1] -> [1]arp;
    c[2] -> Strip(14) -> CheckIPHeader -> output;
    c[3] -> Discard;
    input -> DecIPTTL -> arp;
}}
p0 :: Port(0, $IP0, $MAC0);
p1 :: Port(1, $IP1, $MAC1);
{between}
"""

CONFIGS = {
    "wire": "FromDevice(eth0) -> ToDevice(eth1);"
            "FromDevice(eth1) -> ToDevice(eth0);",
    "router": ROUTER.format(between="""
r :: StaticIPLookup(10.0.2.0/24 0, 10.0.3.0/24 1);
p0 -> GetIPAddress(16) -> r; p1 -> GetIPAddress(16) -> r;
r[0] -> p0; r[1] -> p1;"""),
    "firewall": ROUTER.format(between=f"""
r :: StaticIPLookup(10.0.2.0/24 0, 10.0.3.0/24 1);
p0 -> IPFilter({FILTER} allow all) -> GetIPAddress(16) -> r;
p1 -> GetIPAddress(16) -> r;
r[0] -> p0; r[1] -> p1;"""),
    "nat": ROUTER.format(between="""
rw :: IPRewriter(pattern $IP1 1024-65535 - - 0 1, drop);
p0 -> GetIPAddress(16) -> rw -> p1;
p1 -> [1]rw[1] -> p0;"""),
}

ADDRESSES = ("ip address add 10.0.2.50/24 dev eth0; ip address add 10.0.3.1/24"
             " dev eth1; ip link set eth0 up; ip link set eth1 up; echo 1 >"
             " /proc/sys/net/ipv4/ip_forward;")
# nf_tables' checksums are the kernel's crc32c, which it asks for by name.
NFT = " modprobe -a crc32c_generic nf_tables nft_chain_nat nft_masq;"
LINUX = {
    "wire": "modprobe bridge; ip link add b type bridge; ip link set eth0"
            " master b up; ip link set eth1 master b up; ip link set b up;",
    "router": ADDRESSES,
    # Made there: a console takes no more than 4096 characters.
    "firewall": ADDRESSES + NFT + " (echo 'table ip f { chain c { type filter"
                " hook forward priority 0;';"
                f" for n in $(seq 0 {RULES - 2}); do echo ip"
                " saddr 10.$((n + 100)).0.0/16 udp dport $((n + 1000)) drop;"
                " done; echo '}'; echo '}') > /rules; nft -f /rules;",
    # By itself it has room for as many as fit into a hundredth of its memory.
    "nat": ADDRESSES + NFT + " nft"
           " 'table ip n { chain c { type nat hook postrouting priority 100;"
           " oifname eth1 masquerade; }; }';"
           " echo 16384 > /sys/module/nf_conntrack/parameters/hashsize;"
           " echo 65536 > /proc/sys/net/netfilter/nf_conntrack_max;",
}

# What another of them may have left.
CLEAR = ("ip link del b; nft flush ruleset; for n in 0 1; do ip address flush"
         " dev eth$n; done;")

BOXES = (("wire", False, 1), ("router", True, 1), ("firewall", True, 1),
         ("nat", True, FLOWS))


# ---- The two systems ---------------------------------------------------------

class Ours:
    name = "ours"

    def __init__(self, load, kernel):
        self.load, self.kernel = load, kernel

    def configuration(self, box):
        path = self.load.host.put(f"/root/{box}.click",
                                  CONFIGS[box].encode())
        return configuration(box, self.kernel, "", MEMORY, base='type = "pv"',
                             more=f'{VIFS}ramdisk = "{path}"\n')

    @contextlib.contextmanager
    def running(self, box):
        guest = Guest(self.load.host, box)
        guest.create(self.configuration(box))
        try:
            guest.wait_for("started in")
            yield guest
        finally:
            guest.destroy()

    def flows(self, guest):
        """How many the NAT's table holds."""
        keys = f"/local/domain/{guest.domid}/data/clickos/0"
        self.load.sh(f"xenstore-write {keys}/control/read/rw/size ''")
        self.load.sh("sleep 0.5")
        return int(self.load.sh(f"xenstore-read {keys}/elements/rw/size"))


class Linux:
    """One guest for all, whose shell makes it another box."""

    name = "Linux"

    def __init__(self, load):
        self.load = load
        self.guest = None
        self.count = 0

    def configuration(self, box, run=None):
        """run: what its first shell does."""
        run = run or f"{LINUX[box]} sleep 1000"
        return configuration(
            box, KERNEL, "console=hvc0 quiet loglevel=0 mitigations=off"
            f" address=192.0.2.1/32 run=\"{run}\"", LINUX_MEMORY,
            base='type = "pv"', more=f'{VIFS}ramdisk = "{ARCHIVE}"\n')

    @contextlib.contextmanager
    def running(self, box):
        if not self.guest:
            self.guest = Guest(self.load.host, "linux")
            self.guest.create(self.configuration("linux", "sh"))
            self.load.sh("sleep 8")
        self.count += 1
        # The console repeats the command: the words must not be in it.
        self.guest.send(f"{CLEAR} {LINUX[box]} echo box rea''dy {self.count}\n")
        self.guest.wait_for(f"box ready {self.count}")
        self.load.sh("sleep 1")
        yield self.guest

    def flows(self, guest):
        # The console repeats the command: no number stands behind its word.
        guest.send("echo flows $(cat /proc/sys/net/netfilter/"
                   "nf_conntrack_count) ea''ch\n")
        guest.wait_for(" each")
        held = re.search(r"flows (\d+) each", guest.text)
        return int(held[1]) if held else 0

    def close(self):
        if self.guest:
            self.guest.destroy()
