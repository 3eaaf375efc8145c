# SPDX-License-Identifier: BSD-2-Clause
"""Configurations of a middlebox: how long they take to start and to take over,
and whether packets are lost meanwhile.

The guest says itself how long it took ("started in", "took over in"); a
configuration is swapped for the same one, over xenstore, as ClickOS' tools do.

Under a stream: pktgen sends at a steady pace, slowly enough to sleep in between,
so that dom0 gets to ask for one swap after the other. Each takes the time of
some packets, which wait in the ring; all that were sent must be counted by dom0
behind the guest, and by the configuration's own counter, which every successor
takes over.
"""

import re
import shlex

from coraclelab.guest import Guest, configuration, last_line

from .boxes import CONFIGS, FLOWS, MEMORY, VIFS
from .figures import Figure, NotMeasured, median

EXAMPLES = ("wire", "mirror", "switch", "router", "firewall", "nat", "cgnat",
            "balancer", "limiter", "monitor", "ids", "dns")
GOAL = 2.0  # ms
MAC2 = "00:16:3e:00:04:50"
# A third interface takes 0.2 ms of a start: these only have it.
THREE = ("mirror", "switch")
THREE_VIFS = (VIFS.rstrip().rstrip("]")
              + f', "bridge=br2,mac={MAC2},ip=10.0.4.1"]\n')
THIRD_BRIDGE = "ip link show br2 || ip link add br2 type bridge"
TURNS = 3
PATIENCE = 50  # tenths of a virtual second
PIECE = 700  # characters for one key of xenstore's

STARTED = re.compile(r"(\d+) elements started in ([\d.]+) ms")
SWAPPED = re.compile(r"(\d+) elements took over in ([\d.]+) ms")

PACKETS = 10000
PACE = 150000  # ns between two; pktgen sleeps if it is above 100000
SWAPS = 10
# With a counter and a queue; the NAT also has FLOWS flows to hand on.
STREAMS = {
    "wire": (False, 1, "FromDevice(eth0) -> k :: Classifier(12/0800 23/11"
             " 36/0009, -) -> c :: Counter -> q :: Queue(1000) ->"
             " ToDevice(eth1); k[1] -> q; FromDevice(eth1) -> ToDevice(eth0);"),
    "nat": (True, FLOWS, CONFIGS["nat"].replace(
        "rw -> p1;", "rw -> c :: Counter -> p1;")),
}


def milliseconds(pattern, text):
    """Of all lines that the pattern finds."""
    return [float(ms) for _, ms in pattern.findall(text)]


class Box:
    """A guest that runs a configuration."""

    def __init__(self, load, ours, text, vifs=VIFS):
        self.load, self.kernel, self.text = load, ours.kernel, text
        self.vifs = vifs
        self.guest = Guest(load.host, "swap")

    def __enter__(self):
        self.load.sh(THIRD_BRIDGE)
        path = self.load.host.put("/root/swap.click", self.text.encode())
        try:
            self.guest.create(configuration(
                "swap", self.kernel, "", MEMORY, base='type = "pv"',
                more=f'{self.vifs}ramdisk = "{path}"\n'))
            self.guest.wait_for("started in")
            self.keys = f"/local/domain/{self.guest.domid}/data/clickos/0"
            # It heeds xenstore before it says how it is.
            self.until(lambda: self.load.host.sh(
                f"xenstore-read {self.keys}/status")[0] == 0)
            return self
        except BaseException:
            self.guest.destroy()
            raise

    def __exit__(self, *unused):
        self.guest.destroy()

    def install(self):
        """The text, where the next swap finds it."""
        for n in range(0, len(self.text), PIECE):
            self.load.sh(f"xenstore-write {self.keys}/config/{n // PIECE} "
                         + shlex.quote(self.text[n:n + PIECE]))

    def until(self, is_so):
        """Look again and again, in virtual time, which is soon over."""
        for _ in range(PATIENCE):
            if is_so():
                return
            self.load.sh("sleep 0.1")
        raise NotMeasured(last_line(self.guest.text))

    def swap(self):
        return f"xenstore-write {self.keys}/status Running"

    def handler(self, element, name):
        path = f"{element}/{name}"
        self.load.sh(f"xenstore-write {self.keys}/control/read/{path} ''")
        self.load.sh("sleep 0.5")
        return int(self.load.sh(f"xenstore-read {self.keys}/elements/{path}"))

    def times(self, pattern):
        return milliseconds(pattern, self.guest.text)


def start_and_swap(load, ours, name):
    """(ms to start, ms of some swaps) of one of EXAMPLES."""
    with open(f"examples/click/{name}.click", encoding="utf-8") as file:
        text = file.read()
    vifs = THREE_VIFS if name in THREE else VIFS
    with Box(load, ours, text, vifs) as box:
        box.install()
        for turn in range(TURNS):
            load.sh(box.swap())
            box.until(lambda: len(box.times(SWAPPED)) > turn)
        return box.times(STARTED)[0], box.times(SWAPPED)


def under_stream(load, ours, name):
    """{key: number} of SWAPS swaps while PACKETS pass."""
    routed, flows, text = STREAMS[name]
    with Box(load, ours, text) as box:
        box.install()
        load.generate(60, max(200, flows), PACE, flows, routed)  # ARP, flows
        arrived, counted = load.generated(), box.handler("c", "count")
        swaps = load.host.start(["sh", "-c", (
            f"for n in $(seq {SWAPS}); do sleep 0.1; {box.swap()}; done")])
        load.generate(60, PACKETS, PACE, flows, routed)
        if swaps.wait(300) != 0:
            raise NotMeasured("the swaps were not asked for")
        load.sh("sleep 0.5")
        found = {"ms": box.times(SWAPPED),
                 "lost": PACKETS - (load.generated() - arrived),
                 "uncounted": PACKETS - (box.handler("c", "count") - counted)}
        if len(found["ms"]) != SWAPS:
            raise NotMeasured(f"{len(found['ms'])} of {SWAPS} swaps were made:"
                              f" {last_line(box.guest.text)}")
        if flows > 1 and box.handler("rw", "size") < flows:
            raise NotMeasured("flows were lost")
        return found


def time_figures(times):
    """Rows for {name: (start, swaps)}. Time goes on while dom0 works: one of
    several swaps may have waited for it."""
    return [Figure(f"started-{name}", f"{name}.click is started", "ms", start,
                   goal=GOAL) for name, (start, _) in times.items()] + [
            Figure(f"swapped-{name}", f"{name}.click is swapped for itself",
                   "ms", median(swaps, name), goal=GOAL, samples=swaps)
            for name, (_, swaps) in times.items()]


def stream_figures(name, found):
    return [
        Figure(f"swap-{name}-lost", f"{name}, swapped {SWAPS} times under a"
               f" stream: lost, of {PACKETS} packets", "", found["lost"],
               goal=0),
        Figure(f"swap-{name}-uncounted", "of it: not in the counter that is"
               " handed on", "", found["uncounted"], goal=0),
        Figure(f"swap-{name}-ms", "of it: a swap, and what dom0 did meanwhile",
               "ms", median(found["ms"], name), goal=GOAL, samples=found["ms"]),
    ]
