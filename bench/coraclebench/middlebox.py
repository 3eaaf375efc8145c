# SPDX-License-Identifier: BSD-2-Clause
"""Middleboxes: Click configurations in our guest, and a Linux guest that does
the same with its bridge, its routing and nftables, under the same load.

    dom0's pktgen -- gen0 | gen1 -- xenbr0 -- eth0 [guest] eth1 -- br1 -- far1

pktgen is the Linux kernel's own packet generator: UDP packets of one size, from
as many source ports as one likes. They end at far1, in a network namespace,
where they are counted and dropped. The CPU time that Xen counts for the guest,
divided by the packets that arrived, is what it took to forward one; the rate is
in virtual time, in which dom0's work and Xen's count, too.
"""

import re

from coraclelab import far
from coraclelab.guest import last_line

from .boxes import BOXES, FLOWS, MAC0, MAC1, RULES
from .figures import Figure, NotMeasured, median
from .network import FIRST_PING_SCRIPT, parse_first_ping, parse_tcp

LEAST = 3.0  # times fewer instructions than Linux
TCP_LEAST = 1.5
SIZE_GOAL = 400  # KB
PACKETS = 10000
FLOOD = 40000  # packets, when they are sent without a pause
GAP = 40000  # ns between packets when the cost of one is measured
BOOTS = 3

GEN_MAC = "02:00:00:00:00:99"

SET_UP = f"""
modprobe -a sch_ingress cls_u32 act_gact pktgen
lab-devices xenbr0
{far.commands("far", "br1", ["10.0.3.77/24", "10.0.2.77/24"])}
ip -n far route add default via 10.0.3.1
ip link add gen0 address {GEN_MAC} type veth peer name gen1
ip link set gen1 master xenbr0 up
ip link set gen0 up
far /usr/bin/tc qdisc add dev far1 ingress
far /usr/bin/tc filter add dev far1 parent ffff: protocol ip u32 match ip dport 9 \
0xffff action drop
far iperf -s > /dev/null 2>&1 < /dev/null &
far listening 5001
"""

PKTGEN = """
pg=/proc/net/pktgen
echo rem_device_all > $pg/kpktgend_0
echo add_device gen0 > $pg/kpktgend_0
for word in "count {count}" "delay {gap}" "pkt_size {size}" "clone_skb 0" \
    "burst 1" "dst_mac {mac}" "dst {to}" "src_min {source}" "src_max {source}" \
    "udp_dst_min {port}" "udp_dst_max {port}" "udp_src_min 1025" \
    "udp_src_max {last}"; do
    echo "$word" > $pg/gen0 || echo "pktgen: $word" >&2
done
began=$EPOCHREALTIME
echo start > $pg/pgctrl
seen=
while read now < /sys/class/net/far0/statistics/tx_packets; \
        [ "$now" != "$seen" ]; do
    seen=$now
    ended=$EPOCHREALTIME
    sleep 0.02
done
cat $pg/gen0
echo took $began $ended
"""

RECEIVED = "cat /sys/class/net/far0/statistics/tx_packets"  # those for far1
ARRIVED = "far /usr/bin/tc -s filter show dev far1 parent ffff:"


class Load:
    """dom0's side."""

    def __init__(self, host):
        self.host = host
        script = host.put("/root/middlebox", SET_UP.encode())
        self.sh(f"bash -e {script}")
        self.sh("cp /mnt/vmlinux /mnt/linux.cpio /root; cp /mnt/cpu-time"
                " /usr/bin")

    def sh(self, command, timeout=300):
        status, said = self.host.sh(command, timeout)
        if status:
            raise NotMeasured(f"{command.split()[0]}: {last_line(said)}")
        return said

    def cpu_time(self, guest):
        return int(self.sh(f"cpu-time {guest.domid}"))

    def received(self):
        return int(self.sh(RECEIVED))

    def generated(self):
        """How many of pktgen's packets, and no others, have arrived."""
        said = self.sh(ARRIVED)
        sent = re.search(r"Sent \d+ bytes (\d+) pkt", said)
        if not sent:
            raise NotMeasured(f"tc: {last_line(said)}")
        return int(sent[1])

    def generate(self, size, count, gap, flows=1, routed=True,
                 source="10.0.2.9", port=9):
        """Let pktgen send; how long it took until the last packet that arrives
        had arrived, in virtual seconds, to a fiftieth."""
        script = self.host.put("/root/pktgen", PKTGEN.format(
            count=count, gap=gap, size=size, mac=MAC0 if routed else far.MAC,
            to="10.0.3.77" if routed else "10.0.2.77",
            source=source, port=port, last=1025 + flows).encode())
        said = self.sh(f"bash {script}")
        took = re.search(r"^took ([\d.]+) ([\d.]+)$", said, re.M)
        if not took or "OK: " not in said:
            raise NotMeasured(f"pktgen: {last_line(said)}")
        return float(took[2]) - float(took[1])

    def forward(self, guest, size, routed, flows=1):
        """(guest's instructions for a packet, 1000 packets/s at full load)."""
        self.generate(size, max(200, flows), GAP, flows, routed)  # ARP, flows
        self.sh("sleep 0.5")
        cpu, arrived = self.cpu_time(guest), self.received()
        self.generate(size, PACKETS, GAP, flows, routed)
        self.sh("sleep 0.2")
        arrived = self.received() - arrived
        cost = (self.cpu_time(guest) - cpu) / max(arrived, 1)
        # Some are lost in dom0's queue to the guest while it does other things.
        if arrived < PACKETS / 2:
            raise NotMeasured(f"{PACKETS - arrived} of {PACKETS} packets lost")
        arrived = self.received()
        took = self.generate(size, FLOOD, 0, flows, routed)
        return cost, (self.received() - arrived) / took / 1000

    def tcp(self, guest):
        """iperf's Gb/s; of each megabyte (10^6 bytes) the guest's instructions
        and those of all else: dom0's, and Xen's for it."""
        before = self.cpu_time(guest)
        size, rate = parse_tcp(self.sh("iperf -c 10.0.2.77 -t 1 -y C"))
        cost = (self.cpu_time(guest) - before) / (size / 1e6)
        return {"wire-tcp": rate / 1e9, "wire-tcp-cost": cost,
                "wire-tcp-rest": 8e15 / rate - cost}

    def passes(self, source, port):
        """Whether routed packets arrive; some others may, such as ARP's."""
        before = self.received()
        self.generate(60, 100, GAP, 1, True, source, port)
        self.sh("sleep 0.1")
        return self.received() - before > 50

    def filters(self):
        """Be sure that the firewall's first and last rules are in place."""
        for rule in (0, RULES - 2):
            source, port = f"10.{rule + 100}.0.9", rule + 1000
            if self.passes(source, port):
                raise NotMeasured(f"rule {rule} lets packets pass")
            if not self.passes(source, port + 1):
                raise NotMeasured("packets that no rule names do not pass")


# ---- Boot --------------------------------------------------------------------

# Both sides know the router's cards; it has to ask for theirs.
KNOWN = f"""
ip route replace 10.0.3.0/24 via 10.0.2.50
/usr/bin/ip neigh replace 10.0.2.50 lladdr {MAC0} dev xenbr0 nud permanent
/usr/bin/ip -n far neigh replace 10.0.3.1 lladdr {MAC1} dev far1 nud permanent
"""


def first_packet(load, system):
    """Milliseconds from `xl create` to the first ping answered through it."""
    load.sh(KNOWN)
    config = load.host.put("/root/first.xl",
                           system.configuration("router").encode())
    script = load.host.put("/root/first", FIRST_PING_SCRIPT.format(
        config=config, address="10.0.3.77").encode())
    try:
        return parse_first_ping(load.sh(f"bash {script}"))
    finally:
        load.sh("xl destroy router; sleep 1; ip route del 10.0.3.0/24;"
                " /usr/bin/ip neigh del 10.0.2.50 dev xenbr0;"
                " /usr/bin/ip -n far neigh del 10.0.3.1 dev far1")


def first_figure(load, ours, linux):
    """The first creation of a boot of the host takes longer: not counted."""
    times = [first_packet(load, ours) for _ in range(BOOTS + 1)][1:]
    return Figure("box-first", "xl create to the first ping answered through a"
                  " router", "ms", median(times, "a boot"),
                  peer=first_packet(load, linux), peer_name="Linux",
                  samples=times)


# ---- Rows --------------------------------------------------------------------

def measure(load, system, box):
    """{key: number} of one of BOXES."""
    name, routed, flows = box
    found = {}
    with system.running(name) as guest:
        for size in (60, 1514):  # with the checksum on the wire: 64, 1518
            cost, rate = load.forward(guest, size, routed, flows)
            found[f"{name}-{size}"] = cost
            found[f"{name}-{size}-rate"] = rate
        if name == "firewall":
            load.filters()
        if name == "nat" and (held := system.flows(guest)) < flows:
            raise NotMeasured(f"the NAT holds {held} flows of {flows}")
        if name == "wire":
            found |= load.tcp(guest)
    return found


NAMES = {"wire": "a wire; Linux: its bridge", "router": "routing",
         "firewall": f"routing and {RULES} rules; Linux: nftables",
         "nat": f"NAT with {FLOWS} flows; Linux: nftables"}


def figures(ours, linux):
    rows = []
    for box, _, _ in BOXES:
        for size, shown in ((60, 64), (1514, 1518)):
            key = f"{box}-{size}"
            if key not in ours:
                continue
            peer = linux.get(key)
            rows.append(Figure(
                f"box-{key}", f"{NAMES[box]}, {shown} bytes: the guest's for a"
                " packet", "instr.", ours[key],
                goal=peer / LEAST if peer else None, peer=peer,
                peer_name="Linux" if peer else ""))
            rows.append(Figure(
                f"box-{key}-rate", "of it: forwarded as fast as it can be sent",
                "1000/s", ours[f"{key}-rate"], peer=linux.get(f"{key}-rate"),
                peer_name="Linux" if peer else "", least=True))
    if "wire-tcp" in ours:
        peer = linux.get("wire-tcp")
        rows.append(Figure(
            "box-wire-tcp", "TCP through the wire, dom0 to a namespace", "Gb/s",
            ours["wire-tcp"], goal=TCP_LEAST * peer if peer else None,
            peer=peer, peer_name="Linux" if peer else "", least=True))
        for part, name in (("cost", "the guest's"), ("rest", "dom0's and Xen's")):
            peer = linux.get(f"wire-tcp-{part}")
            rows.append(Figure(
                f"box-wire-tcp-{part}", f"of it: {name} for a megabyte",
                "instr.", ours[f"wire-tcp-{part}"], peer=peer,
                peer_name="Linux" if peer else ""))
        rows.append(Figure(
            "box-wire-tcp-free", "the same, if a guest's part took nothing",
            "Gb/s", 8e6 / ours["wire-tcp-rest"], least=True))
    return rows
