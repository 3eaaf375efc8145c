# SPDX-License-Identifier: BSD-2-Clause
"""The lock checker finds planted mistakes, names both places, and leaves alone
what is right; the order that it sees is the one that docs/locks.md states."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
GUEST = "tests/guest/lockcheck"
SOURCE = (TOP / GUEST / "main.c").read_text().splitlines()
USE_MEMORY = 64


def place(function, statement, nth=1):
    """How the checker names the nth line of `function` that says this."""
    at = next(number for number, line in enumerate(SOURCE, 1)
              if re.match(rf"static void {function}\(", line))
    for number, line in enumerate(SOURCE[at:], at + 1):
        nth -= line.strip() == statement
        if not nth:
            return f"{function} ({GUEST}/main.c:{number})"
    raise LookupError(statement)


MISTAKES = {
    "order": ["lock order: a is taken in order (",
              "  with c held since order (",
              "but c was taken in " + place("order", "spin_lock(&c);"),
              "  with b held since " + place("order", "spin_lock(&b);", 2)],
    "equals": ["two locks of one kind, pair->lock, are taken: in "
               + place("equals", "spin_lock(&pair->lock);")],
    "twice": ["lock taken twice: a in "
              + place("twice", "spin_lock(&a);", 2),
              "  held since " + place("twice", "spin_lock(&a);")],
    "unlock": ["unlock of a lock that nobody holds: a in "
               + place("not_held", "spin_unlock(&a);")],
    "sleep": ["waitq_wait, called by thread_sleep", "may sleep",
              "  with a held since "
              + place("sleep_with_lock", "spin_lock(&a);")],
    "mutex": ["called by mutex_lock, may sleep",
              "  with a held since "
              + place("mutex_with_lock", "spin_lock(&a);")],
    "yield": ["thread_yield, called by yield_with_lock, may sleep",
              "  with a held since "
              + place("yield_with_lock", "spin_lock(&a);")],
    "leave": ["event handlers leave a held since "
              + place("leave_locked", "spin_lock(&a);")],
    "percpu": ["per_cpu uses cpu_this() with events not masked"],
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_finds(bare, mistake):
    result = bare(GUEST, mistake)
    assert result.reason == "crash", result
    for words in MISTAKES[mistake]:
        assert words in result.console, result


def test_finds_unlock_of_another_cpus_lock(bare):
    result = bare(GUEST, "foreign", mem=32, vcpus=2)
    assert result.reason == "crash", result
    assert ("unlock of a lock of CPU 1: a in "
            + place("foreign", "spin_unlock(&a);")) in result.console, result
    assert ("  held since " + place("hold_for_ever", "spin_lock(&a);")
            in result.console), result


def test_a_wake_up_is_lost_without_the_monitor_rule(bare):
    result = bare(GUEST, "wakeup")
    assert result.status == 3, result
    assert "watchdog: nothing happens" in result.console


def test_no_wake_up_is_lost_by_the_monitor_rule(bare):
    result = bare(GUEST, "monitor")
    assert (result.status, result.console) == (0, "2000 rounds\n"), result


@pytest.mark.parametrize("vcpus", [1, 2])
def test_the_order_is_the_stated_one(bare, check_locks, vcpus):
    result = bare(GUEST, "use", mem=USE_MEMORY, vcpus=vcpus)
    assert result.status == 0, result
    check_locks(result.console,
                "sched/sync.c:cond->lock > sched/sync.c:mutex->lock")
