# SPDX-License-Identifier: BSD-2-Clause
"""What can be measured without a dom0: sizes, and guests straight under Xen."""

import os
import subprocess
import tempfile

from coraclelab import bare

from .figures import Figure, NotMeasured, median, parse_entry

# The program, and by the key of its lines: the name in the table, the goal.
COSTS = {
    "bench-kernel": {
        "yield": ("context switch (thread_yield)", None),
        "semaphore": ("semaphore: up, switch, down", None),
        "mutex": ("mutex_lock, mutex_unlock", None),
        "thread": ("thread_create, thread_join", None),
        "page": ("page_alloc, page_free", None),
        "clock": ("time_monotonic", None),
        "hypercall": ("hypercall that does nothing", None),
        "event": ("event to itself: send, handle", None),
        "event-wakes": ("the same; it wakes a thread; and back", None),
    },
    "bench-libc": {
        "malloc": ("malloc(64), free", None),
        "pthread": ("pthread_create, pthread_join", None),
        "pthread-mutex": ("pthread_mutex_lock, pthread_mutex_unlock", None),
    },
}
SLEEP_GOAL = 100_000
# What the same programs counted at commit 7ebab95, the last one that knew only
# one CPU (gcc 12, Xen 4.17); with one vCPU the same may take GROWTH times that.
BEFORE = {
    "yield": 133.5,
    "semaphore": 368.5,
    "mutex": 121.1,
    "event": 735.1,
    "event-wakes": 1296.1,
    "malloc": 225.1,
    "pthread-mutex": 140.1,
}
GROWTH = 1.05


def stripped_size(image):
    """Bytes of the image without its symbols and debugging information."""
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(["strip", "-o", file.name, image], check=False,
                              capture_output=True, text=True)
        if done.returncode:
            raise NotMeasured(done.stderr.strip())
        return os.path.getsize(file.name)


def run_bare(lab, image, memory, arguments="", vcpus=1, icount=True,
             hear=None, timeout=120):
    """What the program printed, run straight under Xen.

    icount: in virtual time; otherwise each emulated CPU is a thread.
    hear: called with QEMU's process and the text so far, whenever more came.
    """
    text = bytearray()

    def console(data):
        text.extend(data)
        if hear:
            hear(machine.machine.process.pid, bytes(text))

    machine = bare.BareGuest(os.path.join(lab, "xen"), image, arguments,
                             memory, console, lambda line: None,
                             icount=icount, vcpus=vcpus)
    end = machine.wait_end(timeout)
    said = text.decode(errors="replace")
    if end != ("poweroff", 0):
        last = (said.strip().splitlines() or ["nothing"])[-1]
        raise NotMeasured(f"{os.path.basename(image)} at {memory} MiB ended"
                          f" with {end}; it said: {last}")
    return said


def entry_bare(lab, image, sizes):
    """{MiB: microseconds} to main(), straight under Xen."""
    return {memory: parse_entry(run_bare(lab, image, memory))
            for memory in sizes}


def cost_figures(program, costs):
    """The rows for what parse_costs() found in the program's output."""
    rows = []
    for key, (name, goal) in COSTS[program].items():
        batches = costs.get(key, [])
        before, others = BEFORE.get(key), ""
        if before:
            goal, others = before * GROWTH, f"for one CPU only {before:.0f}"
        rows.append(Figure(key, name, "instr.", median(batches, name),
                           goal=goal, others=others, samples=batches))
    return rows


def sleep_figure(costs):
    late = [ns / 1000 for ns in costs.get("sleep-late", [])]
    if not late:
        raise NotMeasured("no measurement of sleeping")
    return Figure("sleep-late", "sleep of 200 us: late by, at worst", "us",
                  max(late), goal=SLEEP_GOAL / 1000, samples=late)
