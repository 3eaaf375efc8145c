# SPDX-License-Identifier: BSD-2-Clause
"""Another configuration takes over: what elements hold and have counted is the
new ones'. (Also test_ethernet.py, test_dump.py, test_rewriters.py.)"""

import pytest

LINES = """
    a :: InfiniteSource(LENGTH 400, LIMIT 3, ACTIVE {on}) -> qa :: Queue;
    b :: InfiniteSource(LENGTH 700, LIMIT 3, ACTIVE {on}) -> qb :: Queue;
    qa -> [0] s :: {sched}; qb -> [1] s;
    s -> u :: Unqueue(LIMIT {limit}) -> c :: Counter -> Discard;
    DriverManager({then})"""


def swap(click, tmp_path, first, second):
    """Standard output; `first` ends with writing SWAP."""
    (tmp_path / "second").write_text(second)
    result = click("-R", "--simtime", "-e", first)
    assert result.status == 0, result
    return result.lines


SWAP = "write hotconfig $(cat second), wait"


@pytest.mark.parametrize("sched", [
    "DRRSched", "TimeSortedSched", "TimeSortedSched(BUFFER 2)", "PrioSched"])
def test_packets_that_schedulers_looked_at(click, tmp_path, sched):
    first = LINES.format(on="true", limit=1, sched=sched,
                         then=f"wait 1, print c.count, {SWAP}")
    second = LINES.format(on="false", limit=-1, sched=sched,
                          then="wait 1, print c.count, stop")
    assert swap(click, tmp_path, first, second) == ["1", "6"]


def test_inputs_may_be_fewer(click, tmp_path):
    first = LINES.format(on="true", limit=1, sched="DRRSched",
                         then=f"wait 1, {SWAP}")
    second = """Idle -> qa :: Queue -> s :: DRRSched -> u :: Unqueue
        -> c :: Counter -> Discard; DriverManager(wait 1, print c.count, stop)"""
    assert swap(click, tmp_path, first, second) == ["3"]


def test_packets_on_a_link(click, tmp_path):
    """125 bytes take 10 ms at 100 kb/s, and one more second."""
    graph = """s :: InfiniteSource(LENGTH 125, LIMIT 3, ACTIVE {on}) -> Queue
        -> l :: LinkUnqueue(1s, 100kb/s) -> Print(TIMESTAMP true) -> Discard;
        DriverManager({then})"""
    (tmp_path / "second").write_text(graph.format(
        on="false", then="print l.size, wait 1, print l.size, stop"))
    result = click("-R", "--simtime", "-e", graph.format(
        on="true", then=f"wait 0.5, print l.size, {SWAP}"))
    assert result.lines == ["3", "3", "0"]
    assert [line.split(":")[0][-6:] for line in result.errors] == [
        "010000", "020000", "030000"]


@pytest.mark.parametrize("element, drops", [
    ("RandomSample(0)", 5),
    ("IPEncap(17, 1.0.0.1, 1.0.0.2)", 5),
    ("UDPIPEncap(1.0.0.1, 1, 1.0.0.2, 2)", 5),
    ("RadixIPLookup(10.0.0.0/8 0)", 5),
    ("StaticIPLookup(10.0.0.0/8 0)", 5),
])
def test_drops(click, tmp_path, element, drops):
    graph = "s :: InfiniteSource(LENGTH 65530, LIMIT 5, ACTIVE {}) " \
            f"-> e :: {element} -> Discard; DriverManager({{}})"
    first = graph.format("true", f"wait 1, print e.drops, {SWAP}")
    second = graph.format("false", "print e.drops, stop")
    assert swap(click, tmp_path, first, second) == [str(drops)] * 2


@pytest.mark.parametrize("shared", [True, False])
def test_packets_that_nobody_answered(click, tmp_path, shared):
    graph = """s :: InfiniteSource(LIMIT 5, ACTIVE {on})
        -> IPEncap(17, 1.0.0.1, 1.0.0.9) -> q :: ARPQuerier({querier})
        -> c :: Counter -> Discard; Idle -> [1] q; q[1] -> Discard; {table}
        DriverManager({then})"""
    table = "q"
    words = {"querier": "1.0.0.1, 2:0:0:0:0:1, CAPACITY 2", "table": ""}
    if shared:
        table = "t"
        words = {"querier": "1.0.0.1, 2:0:0:0:0:1, TABLE t",
                 "table": "t :: ARPTable(CAPACITY 2);"}
    drops = f"print {table}.drops, print {table}.length"
    first = graph.format(on="true", then=f"wait 1, {drops}, {SWAP}", **words)
    second = graph.format(on="false", then=f"{drops}, stop", **words)
    assert swap(click, tmp_path, first, second) == ["3", "2"] * 2


@pytest.mark.parametrize("sink", ["Discard", "Queue -> Discard"])
def test_a_source_that_was_switched_on(click, tmp_path, sink):
    """The new one would sleep, by its arguments."""
    (tmp_path / "in").write_text(
        "!data timestamp ip_src\n1 1.0.0.1\n3 1.0.0.2\n")
    graph = "f :: FromIPSummaryDump(in, ACTIVE false, TIMING true) " \
            f"-> c :: Counter -> {sink}; DriverManager({{}})"
    first = graph.format("write f.active true, write hotconfig $(cat second), "
                         "wait")
    second = graph.format("wait 3, print c.count, stop")
    assert swap(click, tmp_path, first, second) == ["2"]
