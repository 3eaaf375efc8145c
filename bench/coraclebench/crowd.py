# SPDX-License-Identifier: BSD-2-Clause
"""A hundred middleboxes at once, and each of them forwards.

    dom0 10.4.0.1 -- near0 -- eth0 [router n] eth1 -- far0 -- 10.6.0.n (far)

Every router runs examples/click/router.click in 5 MiB. dom0 reaches 10.6.0.n by
router n only, and the answers come back by the same router; so a ping that is
answered has passed router n twice. Then pktgen sends to all of them in turn, and
dom0's counters of each router's second interface say what it forwarded.

Xen's own hot-plug script takes a quarter of a second of virtual time for each
interface, of which there are two hundred; here a script of four lines does what
is needed of it. `xl create -e` leaves no process behind in dom0 for each guest.
"""

from coraclelab.guest import configuration, last_line

from .figures import Figure, NotMeasured

COUNT = 100
MEMORY = 5  # MiB, of each
ROOM = 640  # for all of them: Xen keeps some for each
PACKETS = 50  # for each
STEP = 20  # between the lines that tell how far it is

SCRIPT = """#!/bin/sh
[ "$1" = online ] || exit 0
ip link set "$vif" master "$(xenstore-read "$XENBUS_PATH/bridge")" up
xenstore-write "$XENBUS_PATH/hotplug-status" connected
"""

SET_UP = """
modprobe -a veth sch_ingress cls_u32 act_gact pktgen
lab-devices
for bridge in near0 far0; do
    ip link add $bridge address 02:00:00:00:01:0${{#bridge}} type bridge
    ip link set $bridge up
done
ip address add 10.4.0.1/16 dev near0
ip netns add far
ip link add port0 type veth peer name far1 netns far
ip link set port0 master far0 up
ip -n far address add 10.5.0.77/16 dev far1
ip -n far link set far1 up
ip -n far link set lo up
ip -n far route add local 10.6.0.0/16 dev lo
for n in $(seq {count}); do
    ip route add 10.6.0.$n via 10.4.1.$n
    ip -n far rule add from 10.6.0.$n table $n
    ip -n far route add default via 10.5.1.$n table $n
done
nsenter --net=/run/netns/far /usr/bin/tc qdisc add dev far1 ingress
nsenter --net=/run/netns/far /usr/bin/tc filter add dev far1 parent ffff: protocol ip \
u32 match ip dport 9 0xffff action drop
ip link add gen0 address 02:00:00:00:00:99 type veth peer name gen1
ip link set gen1 master near0 up
ip link set gen0 up
"""

PING = """
for n in $(seq {count}); do
    /usr/bin/ping -q -c 1 -w 10 10.6.0.$n > /dev/null && echo answered &
done
wait
"""

PKTGEN = """
pg=/proc/net/pktgen
echo rem_device_all > $pg/kpktgend_0
echo add_device gen0 > $pg/kpktgend_0
for word in "count {packets}" "delay {gap}" "pkt_size 60" "clone_skb 0" \
    "dst_mac {mac}" "dst_mac_count {count}" "dst 10.6.0.1" "src_min 10.4.0.9" \
    "src_max 10.4.0.9" "udp_dst_min 9" "udp_dst_max 9"; do
    echo "$word" > $pg/gen0 || exit 1
done
echo start > $pg/pgctrl
sleep 1
"""

FORWARDED = "cat /sys/class/net/vif*.1/statistics/rx_packets"
FREE = "xl info free_memory"


def mac(side, number):
    return f"00:16:3e:0{side}:00:{number:02x}"


def vifs(number):
    return ", ".join(
        f'"script=vif-quick,bridge={bridge},mac={mac(side, number)},'
        f'ip=10.{side}.1.{number}"'
        for side, bridge in ((4, "near0"), (5, "far0")))


class Crowd:
    def __init__(self, host, kernel, config, progress, count=COUNT):
        """kernel, config: files in dom0. progress: told how far it is."""
        self.host, self.kernel, self.config = host, kernel, config
        self.progress, self.count = progress, count
        host.put("/etc/xen/scripts/vif-quick", SCRIPT.encode())
        self.sh("chmod +x /etc/xen/scripts/vif-quick")
        self.script("set-up", SET_UP)

    def sh(self, command, timeout=600):
        status, said = self.host.sh(command, timeout)
        if status:
            raise NotMeasured(f"{command.split()[0]}: {last_line(said)}")
        return said

    def script(self, name, text, **words):
        path = self.host.put(f"/root/crowd-{name}", text.format(
            count=self.count, **words).encode())
        return self.sh(f"bash -e {path}")

    def create(self, number):
        path = self.host.put(f"/root/box{number}.xl", configuration(
            f"box{number}", self.kernel,
            "NET0=10.4.0.0/16 NET1=10.6.0.0/16", MEMORY, base='type = "pv"',
            more=f'vif = [{vifs(number)}]\nramdisk = "{self.config}"\n'
        ).encode())
        self.sh(f"xl create -q -e {path} < /dev/null")

    def forwarded(self):
        return [int(word) for word in self.sh(FORWARDED).split()]

    def flood(self, gap):
        """What each of them forwards of PACKETS sent to it."""
        before = self.forwarded()
        self.script("pktgen", PKTGEN, packets=PACKETS * self.count, gap=gap,
                    mac=mac(4, 1))
        return [b - a for a, b in zip(before, self.forwarded())]

    def run(self):
        """{key: number}"""
        free = int(self.sh(FREE))
        for number in range(1, self.count + 1):
            self.create(number)
            if number % STEP == 0:
                self.progress(f"{number} middleboxes run")
        answered = self.script("ping", PING).count("answered")
        taken = (free - int(self.sh(FREE))) / self.count
        passed = self.flood(40000)
        return {"crowd": answered, "crowd-memory": taken,
                "crowd-least": min(passed),
                "crowd-busy": sum(n > 0 for n in passed)}


def figures(found, count=COUNT):
    return [
        Figure("crowd-boxes", f"routers that answer pings, of {count} that"
               " run at once", "", found["crowd"], goal=count,
               least=True),
        Figure("crowd-busy", "of them: forward what pktgen sends to all in"
               " turn", "", found["crowd-busy"], goal=count, least=True),
        Figure("crowd-least", f"of {PACKETS} packets sent to each, the least"
               " that one forwarded", "", found["crowd-least"]),
        Figure("crowd-memory", "memory of each, with what Xen keeps for it",
               "MiB", found["crowd-memory"]),
    ]
