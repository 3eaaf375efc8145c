# SPDX-License-Identifier: BSD-2-Clause
"""Several CPUs: what they cost at boot, and what they are good for.

The boot and the wake-up of a thread on another CPU are counted in virtual time
like everything else. That two CPUs compute twice as much cannot be: there an
emulated CPU has its turn after the other. So it is timed by the clock, with
each emulated CPU a thread of QEMU's, and the machine must be idle otherwise.
How much others did is measured too, decides which runs count, and stands beside
the figure.
"""

import dataclasses
import glob
import os
import re
import resource
import statistics

from .costs import run_bare
from .figures import Figure, NotMeasured, median, parse_costs

PAIRS = 5
MOST = 9
QUIET = 0.15  # CPUs
SPEEDUP_GOAL = 1.9
MANY = 4
BOOT_GOAL = 1.0  # ms more than with one vCPU
SAID = re.compile(r"^(main|online|work)(?: \d+)? (\d+)$", re.M)
WAKE_ENDS = "bench-wake ends"
# Each vCPU has a CPU of its own, for both systems.
PINNED = 'vcpus = 2\ncpus = ["0", "1"]\n'
LINUX_WAKE = ('ramdisk = "{}"\nextra = "console=hvc0 quiet loglevel=0'
              ' mitigations=off -- stay"\n')


def parse_cpus(text):
    """{"main", "online", "work": ns} that bench-cpus says."""
    return {key: int(ns)
            for key, ns in SAID.findall(text.replace("\r\n", "\n"))}


def said_of(text, key):
    said = parse_cpus(text)
    if key not in said:
        raise NotMeasured(f"bench-cpus says nothing of {key}, but: "
                          + (text.strip().splitlines() or ["nothing"])[-1])
    return said[key]


# ---- Who else uses the machine -----------------------------------------------

def parse_stat(text):
    """Seconds that all CPUs have worked, from /proc/stat."""
    ticks = [int(word) for word in text.split("\n", 1)[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = ticks[:8]
    return ((user + nice + system + irq + softirq + steal)
            / os.sysconf("SC_CLK_TCK"))


def parse_process(text):
    """Seconds that a process has worked, from its /proc/PID/stat."""
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


class Others:
    """How many CPUs others kept busy, on average, while the block ran.

    qemu: the process of a machine that lives longer than the block, if there
    is one; machines that end meanwhile are known.
    """

    def __init__(self, qemu=None):
        self.qemu = qemu
        self.cpus = None

    def _now(self):
        ours = 0
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(who)
            ours += usage.ru_utime + usage.ru_stime
        if self.qemu:
            ours += parse_process(read(f"/proc/{self.qemu}/stat"))
        uptime = float(read("/proc/uptime").split()[0])
        return uptime, parse_stat(read("/proc/stat")) - ours

    def __enter__(self):
        self.begin = self._now()
        return self

    def __exit__(self, *unused):
        (begin, before), (end, after) = self.begin, self._now()
        self.cpus = max(0.0, (after - before) / (end - begin))


# ---- Two threads that compute ------------------------------------------------

class Busiest:
    """The CPU time of the thread of QEMU's that worked most meanwhile.

    hear() is told what the guest prints: the time is that between the lines
    "online" and "work". Unlike the clock's, this time is short of what the
    emulated CPUs spent asleep, but it bears a busy machine.
    """

    def __init__(self):
        self.at = {}

    def hear(self, pid, text):
        for word in (b"online", b"work"):
            if word in text and word not in self.at:
                self.at[word] = thread_times(pid)

    @property
    def seconds(self):
        before, after = (self.at.get(w, {}) for w in (b"online", b"work"))
        return max((time - before.get(thread, 0)
                    for thread, time in after.items()), default=0)


def thread_times(pid):
    """{thread: seconds that it has worked}"""
    return {path: int(read(path).split()[0]) / 1e9
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat")}


@dataclasses.dataclass
class Pair:
    """Seconds of the computation with one vCPU and with two, one after the
    other, and how many CPUs others kept busy in the worse of them."""

    one: float
    two: float
    others: float


def measure_pair(measure, qemu=None):
    """measure(vcpus) returns seconds."""
    times, others = [], []
    for vcpus in (1, 2):
        with Others(qemu) as load:
            times.append(measure(vcpus))
        others.append(load.cpus)
    return Pair(*times, max(others))


def quiet_pairs(next_pair):
    """The PAIRS during which others did least, of as many as it takes until
    so many were quiet, or of MOST. What came out does not matter to the choice.
    """
    pairs = []
    while (sum(pair.others <= QUIET for pair in pairs) < PAIRS
           and len(pairs) < MOST):
        pairs.append(next_pair())
    return sorted(pairs, key=lambda pair: pair.others)[:PAIRS]


def speedup(key, name, pairs):
    one, two = [p.one for p in pairs], [p.two for p in pairs]
    ratio = median(one, name) / median(two, name)
    busy = max(pair.others for pair in pairs)
    return Figure(key, name, "times", ratio, goal=SPEEDUP_GOAL, least=True,
                  others=f"{seconds(one)}, {seconds(two)}; others used up to"
                  f" {busy:.2f} CPUs of {len(os.sched_getaffinity(0))}",
                  samples=[dataclasses.astuple(pair) for pair in pairs])


def seconds(times):
    return (f"{statistics.median(times):.2f} s"
            f" ({min(times):.2f} to {max(times):.2f})")


def speedup_bare(lab, image):
    """Two rows: by the clock, and by the CPU time of the busiest CPU."""
    worked = {1: [], 2: []}

    def measure(vcpus):
        busiest = Busiest()
        said = run_bare(lab, image, 8, arguments=f"{vcpus} work", vcpus=vcpus,
                        icount=False, hear=busiest.hear)
        worked[vcpus].append(busiest.seconds)
        return said_of(said, "work") / 1e9

    row = speedup("speedup-xen", "two threads compute: on 2 vCPUs sooner than"
                  " on 1, Xen alone",
                  quiet_pairs(lambda: measure_pair(measure)))
    return [row, busiest_row(worked[1], worked[2])]


def busiest_row(one, two):
    name = "the same, by the CPU time of the busier CPU"
    if not all(one + two):
        raise NotMeasured("the CPU time of QEMU's threads")
    return Figure("speedup-busiest", name, "times",
                  median(one, name) / median(two, name), goal=SPEEDUP_GOAL,
                  least=True, others=f"{seconds(one)}, {seconds(two)}",
                  samples=[one, two])


def speedup_xl(host, creator, kernel):
    def measure(vcpus):
        with creator.guest(kernel, 8, "work ", paused=True,
                           more=f'vcpus = {vcpus}\nextra = "{vcpus} work"\n'
                           ) as (_, text):
            return said_of(text, "work") / 1e9

    qemu = host.machine.process.pid
    return speedup("speedup-xl", "two threads compute: on 2 vCPUs sooner than"
                   " on 1, xl create", quiet_pairs(
                       lambda: measure_pair(measure, qemu)))


# ---- Boot --------------------------------------------------------------------

def boot_figures(key, name, one, many):
    """Rows for what bench-cpus said with one vCPU and with MANY."""
    main = (said_of(many, "main") - said_of(one, "main")) / 1e6
    online = (said_of(many, "online") - said_of(one, "main")) / 1e6
    return [
        Figure(f"boot-{key}", f"entry to main: {MANY} vCPUs over 1, {name}",
               "ms", main, goal=BOOT_GOAL),
        Figure(f"online-{key}", f"entry to all {MANY} at work, over main with"
               f" 1, {name}", "ms", online, goal=BOOT_GOAL)]


def boot_bare(lab, image):
    one, many = (run_bare(lab, image, 8, arguments=str(vcpus), vcpus=vcpus)
                 for vcpus in (1, MANY))
    return boot_figures("xen", "Xen alone", one, many)


def boot_xl(creator, kernel):
    said = []
    for vcpus in (1, MANY):
        with creator.guest(kernel, 8, "online ", paused=True, more=(
                f'vcpus = {vcpus}\nextra = "{vcpus}"\n')) as (_, text):
            said.append(text)
    return boot_figures("xl", "xl create", *said)


# ---- Waking a thread on another CPU ------------------------------------------

def wake_times(text, name):
    batches = parse_costs(text).get("wake", [])
    return {"ours": median(batches, name), "samples": batches}


def wake_bare(lab, image):
    name = "wake a thread on another CPU (sem_post), Xen alone"
    return Figure("wake-xen", name, "instr.",
                  **wake_times(run_bare(lab, image, 8, vcpus=2), name))


def wake_xl(creator, ours, linux, archive, memory):
    """Ours and Linux's in one boot."""
    name = "wake a thread on another CPU (sem_post), xl create"
    with creator.guest(ours, 8, WAKE_ENDS, paused=True,
                       more=PINNED) as (_, text):
        own = wake_times(text, name)
    with creator.guest(linux, memory, WAKE_ENDS, paused=True,
                       more=PINNED + LINUX_WAKE.format(archive)) as (_, text):
        peer = wake_times(text, name)["ours"]
    return Figure("wake-xl", name, "instr.", peer=peer, peer_name="Linux",
                  **own)
