# SPDX-License-Identifier: BSD-2-Clause
"""Figures: what one is, how it is judged, and the table of them.

Everything here is plain computation on text and numbers, without a lab.
"""

import dataclasses
import json
import re
import statistics


class NotMeasured(Exception):
    """A figure could not be taken; the message says why, in one line."""


@dataclasses.dataclass
class Figure:
    """One row of the table.

    ours, peer, goal: numbers in `unit`, or None; a goal is an upper limit, or
    with `least` a lower one.
    samples: what `ours` is the median (or whatever `name` says) of.
    peer_name: who was measured beside us; others: further peers' figures, as
    text, taken earlier on this lab. why: for what reason there is no `ours`.
    """

    key: str
    name: str
    unit: str
    ours: float | None = None
    goal: float | None = None
    peer: float | None = None
    peer_name: str = ""
    others: str = ""
    samples: list = dataclasses.field(default_factory=list)
    why: str = ""
    least: bool = False

    @property
    def met(self):
        """Whether the goal is reached; None if there is nothing to say."""
        if self.goal is None or self.ours is None:
            return None
        return self.ours >= self.goal if self.least else self.ours <= self.goal

    @property
    def ratio(self):
        """How many times better ours is than the peer's; None without one."""
        if not self.ours or not self.peer:
            return None
        return (self.ours / self.peer if self.least else self.peer / self.ours)


def median(values, what):
    if not values:
        raise NotMeasured(f"no measurement of {what}")
    return statistics.median(values)


# ---- What the programs print -------------------------------------------------

COST = re.compile(r"^cost (\S+) (\d+) (\d+)$", re.M)
ENTRY = re.compile(r"^main began (\d+(?:\.\d+)?) us after the kernel was"
                   r" entered$", re.M)
CREATED = re.compile(r"^line=(\d+) first=(yes|no) command=(\d+) guest=(\d+)$",
                     re.M)


def parse_costs(text):
    """{name: [ns for one operation, a number for each batch]}"""
    costs = {}
    for name, count, ns in COST.findall(text.replace("\r\n", "\n")):
        if int(count) == 0:
            raise NotMeasured(f"a batch of no {name}")
        costs.setdefault(name, []).append(int(ns) / int(count))
    return costs


def parse_entry(text):
    """Microseconds from the kernel's entry to main(), as hello says."""
    match = ENTRY.search(text.replace("\r\n", "\n"))
    if not match:
        raise NotMeasured("hello does not say when main began, but: "
                          + (text.strip().splitlines() or ["nothing"])[-1])
    return float(match.group(1))


@dataclasses.dataclass
class Creation:
    """What tools/create_time.c says, in nanoseconds."""

    line: int
    first: bool
    command: int
    guest: int


def parse_creation(text):
    match = CREATED.search(text)
    if not match:
        raise NotMeasured("create-time: "
                          + (text.strip().splitlines() or ["nothing"])[-1])
    line, first, command, guest = match.groups()
    return Creation(int(line), first == "yes", int(command), int(guest))


def growth(times):
    """The largest growth per 100 MiB between neighbours of {MiB: time}."""
    sizes = sorted(times)
    if len(sizes) < 2:
        raise NotMeasured("growth needs two sizes of memory")
    return max((times[b] - times[a]) * 100 / (b - a)
               for a, b in zip(sizes, sizes[1:]))


# ---- The table ---------------------------------------------------------------

def number(value):
    """Three or four figures that count, thousands parted by commas."""
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def cells(figure):
    peer = number(figure.peer)
    if peer and figure.peer_name:
        peer = f"{figure.peer_name} {peer}"
    ours = "not measured" if figure.ours is None else number(figure.ours)
    goal = ""
    if figure.goal is not None:
        goal = f"{'>=' if figure.least else '<='} {number(figure.goal)}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    held = {True: "yes", False: "NO", None: ""}[figure.met]
    return [figure.name, ours, figure.unit, peer, ratio, goal, held,
            ", ".join(filter(None, (figure.others, figure.why)))]


HEADINGS = ["", "ours", "unit", "peer", "times better", "goal", "held", ""]
TO_THE_RIGHT = (1, 3, 4, 5)


def table(figures):
    rows = [HEADINGS] + [cells(figure) for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        line = "  ".join(
            cell.rjust(width) if place in TO_THE_RIGHT else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths)))
        lines.append(line.rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines) + "\n"


def summary(figures):
    """What the table comes to, and by name what is wrong in it."""
    lines = []
    for what, names in (
            ("goals are held", [f.name for f in figures if f.met]),
            ("goals are missed", [f.name for f in figures if f.met is False]),
            ("not measured", [f.name for f in figures if f.ours is None])):
        lines.append(f"{len(names)} {what}")
        if what != "goals are held":
            lines += [f"    {name}" for name in names]
    return "\n".join(lines) + "\n"


def as_json(about, figures):
    rows = [{**dataclasses.asdict(figure), "met": figure.met}
            for figure in figures]
    return json.dumps({**about, "figures": rows}, indent=1) + "\n"
