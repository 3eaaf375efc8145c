# SPDX-License-Identifier: BSD-2-Clause
"""Several CPUs: a short torture, the order of memory, and who runs where.

The long torture is `make torture`. Each guest says in its essay what it checks.
QEMU has as many real threads as this machine has CPUs, up to the guest's.
"""

import re

import pytest

TORTURE = "tests/guest/torture"
LITMUS = "tests/guest/litmus"
SMP = "tests/guest/smp"

# How much longer work with much locking may take when there are more vCPUs
# than CPUs. Usually it is twice; a lock that collapses makes it a hundred.
CROWDED = 10


def finish(result):
    assert (result.reason, result.status) == ("poweroff", 0), repr(result)
    return result.console


@pytest.mark.parametrize("vcpus", [1, 2, 4, 8])
def test_torture(bare, check_locks, vcpus):
    text = finish(bare(TORTURE, "SECONDS=1", mem=64, vcpus=vcpus))
    assert f", {vcpus} CPUs, " in text
    assert re.search(r"torture: [1-9]\d* rounds, \d+ steps, nothing lost\n",
                     text)
    check_locks(text, "sched/sync.c:mutex->lock > sched/runqueue.h:rq->lock")


def test_torture_finds_what_is_stuck(bare):
    """The watchdog is alive: a game that cannot go on is reported."""
    result = bare(TORTURE, "STUCK=2 GAMES=stall", mem=64)
    assert result.reason == "crash"
    assert "torture: stall/0 is stuck after 0 steps: waits for nobody\n" \
        in result.console


def test_torture_with_xenstore(dom0, check_locks):
    guest = dom0.create(TORTURE, args="SECONDS=1", memory=64, vcpus=2)
    assert guest.wait_end() == ("poweroff", 0), guest.text
    assert "nothing lost\n" in guest.text
    check_locks(guest.text, "xen/xenstore_link.c:wire.lock > "
                "sched/runqueue.h:rq->lock")


def test_litmus(bare):
    """The control shows that the test can fail, where the machine can show a
    weak order: CPUs in turns (one real thread) cannot, nor a strict emulator."""
    text = finish(bare(LITMUS, "1", mem=32, vcpus=4))
    counts = {name: (int(rounds), int(seen)) for name, rounds, seen in
              re.findall(r"litmus: (.*): (\d+) rounds, \w+ (\d+) times", text)}
    assert len(counts) == 8
    assert all(rounds > 0 for rounds, _ in counts.values())
    _, weak = counts.pop("sb weak")
    assert all(seen == 0 for _, seen in counts.values())
    if not weak:
        pytest.skip("nothing forbidden seen, but no weak order either")


@pytest.mark.parametrize("vcpus", [2, 4])
def test_cpus(bare, vcpus):
    text = finish(bare(SMP, "check", mem=16, vcpus=vcpus))
    assert text.startswith(f"smp: {vcpus} CPUs\nsmp: two threads at the same "
                           "time\nsmp: threads run where they may\n")


def time_of_work(bare, vcpus):
    text = finish(bare(SMP, "work", mem=16, vcpus=vcpus, icount=True))
    return int(re.search(r"took (\d+) ms", text).group(1))


def test_more_vcpus_than_cpus(bare):
    """In virtual time: whatever the CPUs do, and be it to wait, counts."""
    few = max(time_of_work(bare, 2), 100)
    assert time_of_work(bare, 8) < few * CROWDED


def test_lines_stay_whole(bare):
    lines = finish(bare(SMP, "print", mem=16, vcpus=4)).splitlines()
    wanted = {f"line {n:03d} of thread {t}: 0123456789 "
              "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ end"
              for n in range(200) for t in range(8)}
    assert lines[0] == "smp: 4 CPUs"
    assert len(lines) == 1 + len(wanted)
    assert set(lines[1:]) == wanted


def test_crash_report_shows_all_cpus(bare):
    result = bare(SMP, "crash", mem=16, vcpus=4)
    assert result.reason == "crash"
    assert "Coracle crashed: as asked for\nin thread main, CPU 0\n" \
        in result.console
    for cpu in (1, 2, 3):
        report = re.search(rf"^CPU {cpu}, in thread spinner.*?(?=^CPU |\Z)",
                           result.console, re.M | re.S)
        assert report and " spin+0x" in report.group()
