# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: what it reads out of programs' output, and what it makes of it.

All on text and numbers; the lab is not started.
"""

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "lab")]

from coraclebench import costs, cpus, figures, files, main, parts  # noqa: E402
from coraclebench.figures import Figure, NotMeasured  # noqa: E402


def test_costs_are_per_operation_and_in_order():
    said = ("booting\ncost yield 2000 300000\ncost malloc 10 2345\n"
            "cost yield 2000 301000\nnot cost yield 1 1\n")
    assert figures.parse_costs(said) == {"yield": [150.0, 150.5],
                                         "malloc": [234.5]}


def test_costs_over_a_serial_line():
    assert figures.parse_costs("cost a 4 10\r\ncost b 1 7\r\n") == {
        "a": [2.5], "b": [7.0]}


def test_a_batch_of_nothing_is_no_measurement():
    with pytest.raises(NotMeasured):
        figures.parse_costs("cost yield 0 300\n")


def test_entry():
    said = "Hello.\nmain began 216.4 us after the kernel was entered\n"
    assert figures.parse_entry(said) == 216.4


@pytest.mark.parametrize("said", ["", "Hello.\n", "main began soon\n"])
def test_no_entry(said):
    with pytest.raises(NotMeasured):
        figures.parse_entry(said)


def test_creation():
    said = "line=33510066 first=no command=38493401 guest=351065\n"
    assert figures.parse_creation(said) == figures.Creation(
        33510066, False, 38493401, 351065)


def test_no_creation_tells_the_last_line():
    with pytest.raises(NotMeasured, match="no such file"):
        figures.parse_creation("Parsing config\nxl: no such file\n")


def test_median_takes_the_middle_and_refuses_nothing():
    assert figures.median([9, 1, 5], "x") == 5
    assert figures.median([1, 2, 3, 10], "x") == 2.5
    with pytest.raises(NotMeasured, match="sheep"):
        figures.median([], "sheep")


def test_growth_is_the_steepest_and_per_100_mib():
    # 100 MiB: 10; then 200 MiB: 60, which is 30 per 100.
    assert figures.growth({8: 170, 308: 240, 108: 180}) == 30


def test_growth_needs_two_sizes():
    with pytest.raises(NotMeasured):
        figures.growth({8: 170})


@pytest.mark.parametrize("ours, goal, met", [
    (36.0, 36, True), (36.1, 36, False), (0, 1, True), (None, 36, None),
    (5, None, None)])
def test_met(ours, goal, met):
    assert Figure("k", "n", "ms", ours, goal=goal).met is met


@pytest.mark.parametrize("value, text", [
    (None, ""), (0, "0"), (0.871, "0.871"), (0.5, "0.5"), (36, "36.0"),
    (126.538, "127"), (3431.4, "3,431"), (-0.25, "-0.25")])
def test_number(value, text):
    assert figures.number(value) == text


def test_table_shows_what_is_met_what_is_not_and_what_is_missing():
    rows = figures.table([
        Figure("a", "fast", "ms", 33.5, goal=36, peer=3431.0,
               peer_name="Linux", others="mini-os 36.5"),
        Figure("b", "slow", "ms", 40, goal=36),
        Figure("c", "lost", "", why="no QEMU")]).splitlines()
    assert rows[2].split() == ["fast", "33.5", "ms", "Linux", "3,431",
                               "102.42", "<=", "36.0", "yes", "mini-os", "36.5"]
    assert rows[3].split() == ["slow", "40.0", "ms", "<=", "36.0", "NO"]
    assert rows[4].split() == ["lost", "not", "measured", "no", "QEMU"]
    assert rows[2].index("ms") == rows[3].index("ms")


@pytest.mark.parametrize("ours, peer, least, ratio", [
    (2.0, 3.0, False, 1.5), (3.0, 2.0, True, 1.5), (3.0, 2.0, False, 2 / 3),
    (0, 3.0, False, None), (2.0, None, True, None), (None, 2.0, True, None)])
def test_a_ratio_above_one_is_better(ours, peer, least, ratio):
    assert Figure("k", "n", "ms", ours, peer=peer, least=least).ratio == ratio


def test_the_summary_names_what_is_wrong():
    said = figures.summary([
        Figure("a", "fast", "ms", 33.5, goal=36), Figure("b", "plain", "ms", 1),
        Figure("c", "slow", "ms", 40, goal=36), Figure("d", "lost", "")])
    assert said.splitlines() == [
        "1 goals are held", "1 goals are missed", "    slow",
        "1 not measured", "    lost"]


# ---- Parts -------------------------------------------------------------------

def test_a_part_that_fails_costs_no_other(monkeypatch, tmp_path, capsys):
    def broken(bench):
        with bench.part("x", "step"):
            raise parts.LinkLost("dom0 is gone")
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(parts, "PARTS", {
        "one": (broken, ""),
        "two": (lambda bench: bench.add("y", "figure", "ms", 7.0), "")})
    bench = parts.Bench(str(tmp_path))
    bench.run(["one", "two"])
    assert [(row.key, row.ours) for row in bench.figures] == [
        ("x", None), ("one", None), ("y", 7.0)]
    assert bench.failed
    said = capsys.readouterr().err
    assert "not measured: step: dom0 is gone\n" in said
    assert "part 2 of 2: two" in said
    assert "figure" in (tmp_path / "bench/results.txt").read_text()


def test_parts_are_named_everywhere():
    make = (ROOT / "bench/bench.mk").read_text()
    listed = make.split("#: make bench PART")[1].split("#: make profile")[0]
    assert listed.replace("#:", "").split("only some of:")[1].split() == list(
        parts.PARTS)
    assert make.split("BENCH_PARTS := ")[1].split("\n\n")[0].replace(
        "BENCH_APPS", "").replace("\\", "").split(":=")[0].split() == list(
            parts.PARTS)
    for name in parts.PARTS:
        assert f"\nAPPS_{name} := " in make


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit):
        main.arguments_of(["sizes", "weights"])
    assert "there is no weights; the parts are sizes, costs" in (
        capsys.readouterr().err)


def test_json_has_the_verdicts():
    data = json.loads(figures.as_json({"version": "v"}, [
        Figure("a", "fast", "ms", 33.5, goal=36, samples=[33, 34])]))
    assert data["version"] == "v"
    assert data["figures"][0]["met"] is True
    assert data["figures"][0]["samples"] == [33, 34]


def all_costs(program):
    return {key: [1.0, 3.0, 2.0] for key in costs.COSTS[program]}


@pytest.mark.parametrize("program", costs.COSTS)
def test_every_cost_is_wanted(program):
    said = all_costs(program)
    rows = costs.cost_figures(program, said)
    assert [row.ours for row in rows] == [2.0] * len(said)
    said.popitem()
    with pytest.raises(NotMeasured):
        costs.cost_figures(program, said)


@pytest.mark.parametrize("program", costs.COSTS)
def test_the_program_prints_what_is_wanted(program):
    source = (ROOT / "bench" / program / "main.c").read_text()
    for key in costs.COSTS[program]:
        assert f'measure("{key}"' in source


def test_sleep_takes_the_worst():
    row = costs.sleep_figure({"sleep-late": [5000, 101000, 7000]})
    assert row.ours == 101 and row.met is False
    with pytest.raises(NotMeasured):
        costs.sleep_figure({})


def test_one_cpu_may_cost_a_twentieth_more_than_before():
    said = {key: [1.0] for key in costs.COSTS["bench-libc"]}
    said["malloc"] = [1.06 * costs.BEFORE["malloc"]]
    said["pthread-mutex"] = [1.04 * costs.BEFORE["pthread-mutex"]]
    rows = {row.key: row for row in costs.cost_figures("bench-libc", said)}
    assert rows["malloc"].met is False
    assert rows["pthread-mutex"].met is True
    assert rows["pthread"].met is None


def test_what_was_before_is_measured_now():
    measured = {key for costs_of in costs.COSTS.values() for key in costs_of}
    assert set(costs.BEFORE) <= measured


# ---- Several CPUs ------------------------------------------------------------

def test_a_goal_may_be_a_least():
    def row(ours):
        return Figure("k", "n", "times", ours, goal=1.9, least=True)

    assert row(1.9).met is True and row(1.89).met is False
    assert ">= 1.9" in " ".join(figures.table([row(2)]).split())


def test_cpus():
    said = "boot\r\nmain 161480\r\nonline 4 317798\r\nwork 2060000000\r\n"
    assert cpus.parse_cpus(said) == {"main": 161480, "online": 317798,
                                     "work": 2060000000}
    assert cpus.said_of(said, "work") == 2060000000


def test_cpus_that_do_not_come_up():
    with pytest.raises(NotMeasured, match="did not come up"):
        cpus.said_of("main 1\nnot measured: the CPUs did not come up\n",
                     "online")


def test_boot_is_held_against_main_with_one():
    rows = cpus.boot_figures("x", "here", "main 200000\nonline 1 210000\n",
                             "main 300000\nonline 4 1300000\n")
    assert [(row.ours, row.met) for row in rows] == [(0.1, True),
                                                     (1.1, False)]


STAT = "cpu  100 20 300 9000 50 6 7 8 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"


def test_seconds_of_work(monkeypatch):
    monkeypatch.setattr(cpus.os, "sysconf", lambda name: 100)
    # All but idle (9000) and waiting for a disk (50).
    assert cpus.parse_stat(STAT) == 4.41
    assert cpus.parse_process(
        "77 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 1 1 20 0 2\n") == 3.0


def pairs_of(*loads):
    made = iter([cpus.Pair(2.0, 1.0, load) for load in loads])
    return lambda: next(made)


def test_measuring_ends_once_enough_was_quiet():
    quiet = cpus.QUIET
    pairs = cpus.quiet_pairs(pairs_of(1, quiet, 0, 0, 0.9, 0, 0))
    assert [pair.others for pair in pairs] == [0, 0, 0, 0, quiet]


def test_measuring_ends_even_if_nothing_is_quiet():
    pairs = cpus.quiet_pairs(pairs_of(*range(cpus.MOST, 0, -1)))
    assert [pair.others for pair in pairs] == [1, 2, 3, 4, 5]


def test_speedup_is_the_medians_and_tells_the_load():
    row = cpus.speedup("k", "n", [
        cpus.Pair(2.0, 1.1, 0.1), cpus.Pair(2.2, 1.0, 0.3),
        cpus.Pair(9.0, 1.0, 0.0)])
    assert row.ours == 2.2 and row.met is True
    assert "0.30 CPUs" in row.others


def test_bench_cpus_prints_what_is_read():
    source = (ROOT / "bench/bench-cpus/main.c").read_text()
    for key in ("main %", "online %u %", "work %"):
        assert f'printk("{key}' in source


def test_bench_wake_prints_what_is_read():
    source = (ROOT / "bench/bench-wake/main.c").read_text()
    assert 'printf("cost wake %d %lld' in source
    assert f'printf("{cpus.WAKE_ENDS}' in source


def test_the_busiest_thread_between_the_lines(monkeypatch):
    times = iter([{"a": 5.0, "b": 1.0}, {"a": 6.0, "b": 4.0, "c": 2.5}])
    monkeypatch.setattr(cpus, "thread_times", lambda pid: next(times))
    busiest = cpus.Busiest()
    for text in (b"main 1\n", b"main 1\nonline 2", b"main 1\nonline 2 5\n",
                 b"main 1\nonline 2 5\nwork 9\n"):
        busiest.hear(1, text)
    assert busiest.seconds == 3.0


def test_busiest_row():
    row = cpus.busiest_row([2.0, 2.2, 2.1], [1.0, 1.5, 1.05])
    assert row.ours == 2.0 and row.met is True
    with pytest.raises(NotMeasured):
        cpus.busiest_row([2.0], [0])


# ---- Files -------------------------------------------------------------------

def files_said(ns=1000):
    return "booting\n" + "".join(
        f"files {row.kind} {row.size} {ns}\r\n" for row in files.ROWS)


def totals(*seconds):
    return "".join(f" 990 - ANALYZE......    9.999s\n"
                   f"       TOTAL.......    {each}s\n" for each in seconds)


def test_files_against_linux():
    rows = {row.key: row for row in files.figures(
        files_said(1000) + totals("1.500", "2.500"),
        files_said(2000) + totals("1.250", "3.000"))}
    assert rows["files-randread"].ours == 1000  # thousand a second
    assert rows["files-write"].ours == 65536  # bytes in 1000 ns: MB/s
    assert rows["files-write"].goal == 32768 and rows["files-write"].met
    assert (rows["sqlite-delete"].ours, rows["sqlite-delete"].met) == (1.5,
                                                                       False)
    assert rows["sqlite-wal"].met


@pytest.mark.parametrize("said", [
    "", files_said()[:-30], files_said() + "files read 4096 5\n"])
def test_files_that_were_not_measured(said):
    with pytest.raises(NotMeasured):
        files.parse_files(said)


@pytest.mark.parametrize("said", ["", totals("1.0"), totals("1.0", "0.000")])
def test_a_speedtest_that_did_not_end(said):
    with pytest.raises(NotMeasured):
        files.parse_totals(said)


def test_bench_files_prints_what_is_read():
    source = (ROOT / "bench/bench-files/main.c").read_text()
    assert 'printf("files %s %s %llu' in source
