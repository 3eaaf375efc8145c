# SPDX-License-Identifier: BSD-2-Clause
"""Graphs with ways that lead back to themselves: what can do nothing but go round
is refused, what may end goes on, and what does not end is cut off and counted."""

import pytest

ONE = "InfiniteSource(LIMIT 1, STOP true)"


@pytest.mark.parametrize("config, ring", [
    ("Idle -> a :: Null -> b :: Counter -> a", "'a' -> 'b' -> 'a'"),
    ("a :: Null -> a", "'a' -> 'a'"),
    ("Idle -> t :: Tee -> Discard; t[1] -> p :: Print -> t",
     "'t' -> 'p' -> 't'"),
    ("x :: PullNull -> y :: PullTee -> x; y[1] -> Discard",
     "'x' -> 'y' -> 'x'"),
    # ... also when it can be left on another way first.
    ("Idle -> a :: Tee -> Switch(0) -> b :: Null -> a; a[1] -> b",
     "'a' -> 'b' -> 'a'"),
    # ... and inside compounds.
    ("elementclass C { input -> n :: Null -> output }"
     " a :: C -> b :: C -> a; Idle -> a", "'a/n' -> 'b/n' -> 'a/n'"),
])
def test_rings_are_refused(click, config, ring):
    result = click("-q", "-e", config)
    assert result.status == 1
    assert "packets would go round for ever: " in result.err
    # A ring begins anywhere.
    names = ring.split(" -> ")[:-1]
    turned = [" -> ".join(names[i:] + names[:i] + names[i:i + 1])
              for i in range(len(names))]
    assert any(f": {ring}\n" in result.err for ring in turned), result.err
    assert result.err.startswith("config:1:")


def test_two_rings_are_two_errors(click):
    result = click("-q", "-e", "a :: Null -> a;\nb :: Print -> b")
    assert [line[:10] for line in result.errors[:2]] == ["config:1:1",
                                                         "config:2:1"]


@pytest.mark.parametrize("config, count", [
    # A packet that is worn out, rounds later.
    ("r :: Null; InfiniteSource(\\<4500001400000000 0a00000001010101 02020202>,"
     " LIMIT 1, STOP true) -> MarkIPHeader -> r -> c :: Counter -> DecIPTTL"
     " -> r", 10),
    # Through a queue, one turn after the other.
    (f"{ONE} -> q :: Queue -> Unqueue(5) -> c :: Counter -> q", 5),
])
def test_rings_that_end(click, config, count):
    result = click("--simtime", "-h", "c.count", "-h", "loop_drops", "-e",
                   config)
    assert result.out.split() == ["c.count:", str(count), "loop_drops:", "0"]
    assert (result.status, result.err) == (0, "")


@pytest.mark.parametrize("config", [
    f"{ONE} -> a :: Null; a -> s :: Switch(0) -> a; s[1] -> Discard",
    # Each round makes two of one: 2^64 packets.
    f"{ONE} -> a :: Tee; a -> s :: Switch(0) -> a; s[1] -> Discard;"
    "a[1] -> r :: Switch(0) -> a; r[1] -> Discard",
    "InfiniteSource(LIMIT 1) -> Queue -> s :: RoundRobinSched -> t :: PullTee"
    " -> Unqueue -> Discard; t[1] -> Discard; t -> [1]s;"
    "DriverManager(wait 0.1)",
])
def test_rings_that_do_not_end_are_cut(click, config):
    result = click("--simtime", "-h", "loop_drops", "-e", config)
    assert result.status == 0
    assert int(result.out) > 0
    said = [line for line in result.errors if "again and again" in line]
    assert len(said) == 1 and len(result.errors) == 1, result.err


def test_long_ways(click):
    config = f"{ONE} {{}} -> c :: Counter -> Discard"
    result = click("-h", "c.count", "-e", config.format(" -> Tee" * 4000))
    assert (result.status, result.out, result.err) == (0, "1\n", "")
    result = click("-e", config.format(" -> Tee" * 5000))
    assert result.status == 1
    assert "5003 elements without a queue; 4096 is the most" in result.err
    long = " -> Tee" * 2500 + " -> Queue -> Unqueue" + " -> Tee" * 2500
    assert click("-e", config.format(long)).status == 0
