# SPDX-License-Identifier: BSD-2-Clause
"""Elements that keep time, in simulated time."""

import pytest


def count(click, element, seconds=10, source="InfiniteSource(LENGTH 100)"):
    config = f"{source} -> Queue(10) -> {element} -> c :: Counter -> Discard; " \
             f"Script(wait {seconds}, write stop)"
    return int(click("--simtime", "-e", config, "-h", "c.count").out)


@pytest.mark.parametrize("element, packets", [
    # Filled once a millisecond, rounded down: a token of half a second is
    # whole after 501 ticks, and a bucket of one token loses what is over.
    ("RatedUnqueue(RATE 2)", 1 + 10000 // 501),
    ("RatedUnqueue(RATE 2, BURST_SIZE 50)", 50 + 19), # the 20th is late
    ("RatedUnqueue(2, BURST_DURATION 25)", 50 + 19),
    ("RatedUnqueue(100, BURST_SIZE 1)", 1 + 10000 // 11),
    # In debt by a packet, less the 4 bytes that the bucket held: 480 ms; then
    # one each 500 ms.
    ("BandwidthRatedUnqueue(RATE 200Bps)", 1 + 20),
    ("BandwidthRatedUnqueue(1600bps)", 1 + 20),
    # A full bucket holds 4 bytes more, as 2^32 is no multiple of its size.
    ("BandwidthRatedUnqueue(RATE 200Bps, BURST_BYTES 5000)", 51 + 20),
    ("BandwidthRatedUnqueue(RATE 200Bps, BURST_DURATION 25)", 51 + 20),
    ("BandwidthRatedUnqueue(RATE 10000Bps, BURST_BYTES 100)", 2 + 999),
    ("RatedUnqueue(5, ACTIVE false)", 0),
])
def test_token_buckets(click, element, packets):
    assert count(click, element) == packets


@pytest.mark.parametrize("element, packets", [
    ("TimedUnqueue(0.1)", 99),
    ("TimedUnqueue(0.1, 3)", 297),
    ("Burster(0.5s, 2)", 38),
])
def test_rates(click, element, packets):
    assert abs(count(click, element) - packets) <= 1


@pytest.mark.parametrize("shaper, packets", [
    ("Shaper(50)", 50), ("BandwidthShaper(1000Bps)", 10),
])
def test_shapers(click, shaper, packets):
    """Who pulls asks all the time, so simulated time goes slowly."""
    assert abs(count(click, f"{shaper} -> Unqueue", 1) - packets) <= 1


def numbers(result):
    return [int(line) for line in result.lines if line.isdigit()]


@pytest.mark.parametrize("rate, passed", [("RatedSplitter(20, BURST_SIZE 2)", 20),
                                          ("BandwidthRatedSplitter(2kBps)", 20)])
def test_splitters(click, rate, passed):
    config = f"RatedSource(LENGTH 100, RATE 100) -> s :: {rate} " \
             "-> a :: Counter -> Discard; s[1] -> b :: Counter -> Discard; " \
             "Script(wait 10, stop)"
    result = click("--simtime", "-e", config, "-h", "a.count", "-h", "b.count")
    first, second = numbers(result)[:2]
    assert abs(first - 10 * passed) <= 2 and 998 <= first + second <= 1002


@pytest.mark.parametrize("source, packets", [
    ("RatedSource(RATE 10, LIMIT 1000)", 100), ("RatedSource", 100),
    ("RatedSource(RATE 100, LIMIT 7)", 7),
    ("RatedSource(LENGTH 100, BANDWIDTH 1kBps)", 100),
    ("TimedSource(0.25)", 39), ("TimedSource", 19), ("TimedSource(LIMIT 3)", 3),
])
def test_sources(click, source, packets):
    assert abs(count(click, "Unqueue", 10, source) - packets) <= 1


def stamps(click, config):
    """When packets were printed, in seconds since the beginning."""
    lines = click("--simtime", "-e", config).errors
    return [round(float(line.split(":")[0]) - 1000000000, 4) for line in lines]


def test_delay_unqueue(click):
    config = "TimedSource(1s, LIMIT 3) -> Queue -> DelayUnqueue(0.25s) " \
             "-> Print(TIMESTAMP true, CONTENTS NONE) -> Discard; " \
             "Script(wait 5, stop)"
    assert stamps(click, config) == [1.25, 2.25, 3.25]


def test_delay_shaper_lets_others_sleep(click):
    config = "TimedSource(1s, LIMIT 2) -> Queue -> DelayShaper(0.25s) " \
             "-> u :: Unqueue -> Print(TIMESTAMP true, CONTENTS NONE) " \
             "-> Discard; Script(wait 1.1s, print u.scheduled, wait 3, stop)"
    result = click("--simtime", "-e", config)
    assert result.lines == ["false"]
    assert stamps(click, config) == [1.25, 2.25]


def test_link_unqueue(click):
    """100 kb/s: 12500 bytes a second; 125 bytes take 10 ms, and 5 ms of way."""
    config = "InfiniteSource(LENGTH 125, LIMIT 3) -> Queue " \
             "-> LinkUnqueue(5ms, 100kb/s) -> Print(TIMESTAMP true, " \
             "CONTENTS NONE) -> Discard; Script(wait 1, stop)"
    assert stamps(click, config) == [0.015, 0.025, 0.035]


def test_rates_change_while_they_work(click):
    config = "InfiniteSource -> Queue -> u :: RatedUnqueue(10) " \
             "-> c :: Counter -> Discard; Script(wait 1, write u.rate 100, " \
             "print u.rate, print u.config, write c.reset, wait 1, " \
             "print c.count, write u.rate many, print u.rate, stop)"
    lines = click("--simtime", "-e", config).lines
    assert lines[:2] == ["100", "100"]
    assert 98 <= int(lines[2]) <= 102
    assert lines[3] == "100"


def test_tickets(click):
    """A task with three times the tickets runs three times as often."""
    config = "a :: InfiniteSource -> Discard; b :: InfiniteSource -> Discard; " \
             "ScheduleInfo(a 3); Script(wait 10ms, stop)"
    result = click("--simtime", "-e", config, "-h", "a.count", "-h", "b.count",
                   "-h", "a.tickets")
    first, second = numbers(result)[:2]
    assert abs(first / second - 3) < 0.05
    assert numbers(result)[2] == 3072
