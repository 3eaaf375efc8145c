# SPDX-License-Identifier: BSD-2-Clause
"""`make profile`: where the instructions of TCP through a wire are.

bench/profile.c, in QEMU, counts every block of code that runs. What ran while
iperf did is divided by the megabytes (10^6 bytes) it carried, and given to
functions: Xen tells its own by /proc/xen/xensyms, dom0's kernel by
/proc/kallsyms, our image by its symbols. The first table sums them up by what
they are for (KINDS), the second names the largest.
"""

import bisect
import collections
import os
import re
import socket
import subprocess


from . import boxes, middlebox
from .network import parse_tcp

SHOWN = 40
# Where code lies: a PV guest's kernel, Linux's, and Xen's.
GUEST = range(0xffffffff80000000, 0xffffffff81000000)
KERNEL = range(0xffffffff81000000, 1 << 64)
XEN = range(0xffff82d000000000, 0xffff830000000000)

# What functions are for: the first that fits. A page is of 4 KiB, and netback
# takes and gives nothing larger.
KINDS = tuple((what, re.compile(names)) for what, names in (
    ("bytes moved and cleared",
     r"(kernel copy_user_generic|kernel clear_page|(kernel|xen) memcpy$)"),
    ("for each page: Xen's grants",
     r"xen (.*grant|check_get_page|get_page|put_page|_get_page|_put_page"
     r"|map_domain|unmap_domain|copy_from_guest|copy_to_guest|__mfn_valid"
     r"|map_guest_l1e|page_lock|page_unlock|rcu_lock_domain|is_iomem"
     r"|paging_mark|_spin_|__x86_return)"),
    ("for each page: dom0's grants",
     r"kernel (mfn_to_pfn|lookup_address|(__raw_callee_save_)?xen_p.._val"
     r"|.*foreign_p2m|.*phys_to_machine|gnttab|xenvif_(rx_|tx_|fill_frags|idx_"
     r"|zerocopy))"),
    ("for each page: dom0's allocation, and its lists",
     r"kernel (.*alloc_pages?$|get_page_from|free_unref|free_pcp|.*folio"
     r"|__mem_cgroup_uncharge|policy_node|.*skb_copy_ubufs|skb_release_data"
     r"|_copy_to_iter|_copy_from_iter|simple_copy|__check_object|__virt_addr"
     r"|check_stack_object|is_vmalloc|__skb_datagram|__list_(add|del)"
     r"|_raw_spin_trylock)"),
    ("the guest", r"guest "),
    ("for each segment and batch: Xen's hypercalls, events, scheduling", r"xen "),
    ("for each segment and batch: dom0's kernel", r"kernel "),
    ("for each segment and batch: iperf itself", r"program"),
))


class Counts:
    """The counters of a machine's plugin."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.stream = self.ours.makefile("r", encoding="ascii")

    def options(self, plugin):
        return ["-plugin", f"{os.path.abspath(plugin)},fd="
                           f"{self.theirs.fileno()}"]

    def take(self):
        """{(address, instructions): times} since the machine was started."""
        self.ours.sendall(b"?")
        counts = {}
        while (line := self.stream.readline()) not in ("end\n", ""):
            address, instructions, times = (int(word, 16)
                                            for word in line.split())
            counts[address, instructions] = times
        return counts


class Names:
    """Functions by address; of one of the three that have names."""

    def __init__(self, text):
        """Lines ADDRESS TYPE NAME, as nm prints them."""
        words = (line.split() for line in text.splitlines())
        pairs = sorted((int(word[0], 16), word[2]) for word in words
                       if len(word) > 2 and word[1] in "tTwW")
        self.starts = [start for start, _ in pairs]
        self.names = [name for _, name in pairs]

    def of(self, address):
        place = bisect.bisect_right(self.starts, address) - 1
        return self.names[place] if place >= 0 else "?"


def functions(before, after, names):
    """{"xen memcpy": instructions} of what ran in between.

    names: {"guest", "kernel", "xen": Names}.
    """
    sums = collections.Counter()
    for (address, instructions), times in after.items():
        spent = (times - before.get((address, instructions), 0)) * instructions
        where = next((where for where, place in (
            ("guest", GUEST), ("kernel", KERNEL), ("xen", XEN))
            if address in place), None)
        if spent:
            sums[f"{where} {names[where].of(address)}" if where
                 else "programs"] += spent
    return sums


def kinds(sums):
    """{kind: instructions}, in the order of KINDS."""
    found = {what: 0 for what, _ in KINDS}
    for name, spent in sums.items():
        found[next(what for what, names in KINDS if names.match(name))] += spent
    return found


def tables(sums, megabytes, rate):
    total = sum(sums.values())

    def line(what, spent):
        return (f"{spent / megabytes:12,.0f} {100 * spent / total:5.1f} %"
                f"  {what}\n")

    return (f"TCP through a wire, {rate / 1e9:.2f} Gb/s; instructions of the"
            f" emulated CPU for a megabyte\n\n"
            + "".join(line(*item) for item in kinds(sums).items())
            + line("all", total) + "\n"
            + "".join(line(*item) for item in sums.most_common(SHOWN)))


def measure(bench):
    counts = Counts()
    elf = bench.image("click")
    with bench.host(1024, more=counts.options(f"{bench.lab}/profile.so"),
                    sockets=[counts.theirs]) as host:
        load = middlebox.Load(host)
        names = {
            "guest": Names(subprocess.run(["nm", elf], check=True, text=True,
                                          capture_output=True).stdout),
            "kernel": Names(load.sh("echo 0 > /proc/sys/kernel/kptr_restrict;"
                                    " cat /proc/kallsyms")),
            "xen": Names(load.sh("cat /proc/xen/xensyms"))}
        with boxes.Ours(load, host.put_file(elf)).running("wire"):
            load.sh("iperf -c 10.0.2.77 -t 0.1 -y C")
            bench.progress("iperf")
            before = counts.take()
            said = load.sh("iperf -c 10.0.2.77 -t 1 -y C")
            after = counts.take()
    size, rate = parse_tcp(said)
    return tables(functions(before, after, names), size / 1e6, rate)
