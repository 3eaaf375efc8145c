# SPDX-License-Identifier: BSD-2-Clause
"""Elements that every configuration uses: sources, queues, counters, switches,
schedulers, paint, lengths, timestamps. What is expected is what Click's manual
says, counted by hand."""

import pytest

ONE = "InfiniteSource(\\<{}>, LIMIT 1, STOP true)"


def prints(click, config, *words):
    """What Print and its like say."""
    return click("-e", config, *words).errors


def handlers(click, config, *names, simtime=True):
    """The values of these handlers at the end, as a list."""
    words = ["--simtime"] if simtime else []
    for name in names:
        words += ["-h", name]
    result = click("-e", config, *words)
    if len(names) == 1:
        return result.out.strip()
    values = {}
    for line in filter(None, result.lines):
        if line[:-1] in names and line.endswith(":"):
            name = line[:-1]
        else:
            values[name] = line
    return [values[name] for name in names]


# ---- What a single packet becomes -------------------------------------------

@pytest.mark.parametrize("elements, line", [
    ("Null", "4 | 01020304"),
    ("PushNull", "4 | 01020304"),
    ("Align(4, 2)", "4 | 01020304"),
    ("Strip(3)", "1 | 04"),
    ("Strip(9)", "0"),
    ("Strip(3) -> Unstrip(2)", "3 | 020304"),
    ("Truncate(2)", "2 | 0102"),
    ("Truncate(9)", "4 | 01020304"),
    ("Pad(6)", "6 | 01020304 0000"),
    ("Pad(3)", "4 | 01020304"),
    ("Truncate(2) -> Pad", "4 | 01020000"),
    ("Truncate(2, EXTRA_LENGTH false) -> Pad", "2 | 0102"),
    ("Resize(HEAD -1, TAIL -1)", "2 | 0203"),
    ("Resize(0, -9)", "0"),
    ("StoreData(1, \\<ff ee>)", "4 | 01ffee04"),
    ("StoreData(3, \\<ff ee>)", "4 | 010203ff"),
    ("StoreData(3, \\<ff ee>, GROW true)", "5 | 010203ff ee"),
    ("StoreData(0, \\<ffff>, MASK \\<f0>)", "4 | f1f20304"),
    ("CheckLength(4)", "4 | 01020304"),
    ("SetTimestamp(1.25) -> StoreTimestamp(TAIL true)",
     "12 | 01020304 00000001 0003d090"),
    ("SetTimestamp(2) -> StoreTimestamp(OFFSET 1)",
     "9 | 01000000 02000000 00"),
])
def test_packets_become(click, elements, line):
    config = f"{ONE.format('01020304')} -> {elements} -> Print(MAXLENGTH 99) " \
             "-> Discard"
    assert [word.strip() for word in prints(click, config)] == [line]


@pytest.mark.parametrize("words, line", [
    ("x", "x:    4 | 41420304"),
    ("", "   4 | 41420304"),
    ("x, 2", "x:    4 | 4142"),
    ("x, -1", "x:    4 | 41420304"),
    ("x, CONTENTS NONE", "x:    4"),
    ("x, CONTENTS ASCII", "x:    4 |  AB.."),
    ("x, CONTENTS 'NONE'", "x:    4"),
    ("x, TIMESTAMP true", "x: 7.250000:    4 | 41420304"),
    ("'a b', ACTIVE true", "a b:    4 | 41420304"),
])
def test_print(click, words, line):
    config = f"{ONE.format('41420304')} -> SetTimestamp(7.25) " \
             f"-> Print({words}) -> Discard"
    assert prints(click, config) == [line]


def test_print_shows_annotations_and_may_be_silent(click):
    config = f"{ONE.format('00')} -> Paint(171) -> p :: Print(ACTIVE false) " \
             "-> Print(PRINTANNO true, CONTENTS NONE) -> Discard"
    anno = "00" * 16 + "ab" + "00" * 31
    assert prints(click, config) == [f"   1 | {anno}"]


def test_long_packets_print_whole(click):
    config = "InfiniteSource(DATA abcd, LENGTH 70, LIMIT 1, STOP true) " \
             "-> Print(MAXLENGTH -1) -> Discard"
    assert prints(click, config) == [
        "  70 | " + " ".join(["61626364"] * 17) + " 6162"]


# ---- Order ------------------------------------------------------------------

def test_packets_pass_one_by_one(click):
    config = "InfiniteSource(\\<00>, LIMIT 2, BURST 2, STOP true) -> Print(a)" \
             " -> t :: Tee -> Print(b) -> Discard; t[1] -> Print(c) -> Discard"
    assert [line[0] for line in prints(click, config)] == list("abcabc")


def test_tee_gives_copies(click):
    config = f"{ONE.format('0102')} -> t :: Tee(2) -> StoreData(0, \\<ff>) " \
             "-> Print(a) -> Discard; t[1] -> Print(b) -> Discard"
    assert prints(click, config) == ["a:    2 | ff02", "b:    2 | 0102"]


def test_hub_leaves_out_where_it_came_from(click):
    config = f"h :: Hub; Idle -> h; {ONE.format('01')} -> [1] h; " \
             "Idle -> [2] h; h[0] -> Print(a) -> Discard; " \
             "h[1] -> Print(b) -> Discard; h[2] -> Print(c) -> Discard"
    assert [line[0] for line in prints(click, config)] == ["a", "c"]


def merged(click, sched, counts):
    """The order in which packets of several full inputs leave a scheduler."""
    config = f"s :: {sched}; "
    for index, count in enumerate(counts):
        config += f"InfiniteSource(\\<{index:02x}>, LIMIT {count}) " \
                  f"-> [{index}] s; "
    config += "s -> u :: Unqueue(ACTIVE false) -> Print -> Discard; " \
              "Script(write u.active true, wait 1, stop)"
    return "".join(line[-1] for line in prints(click, config, "--simtime"))


@pytest.mark.parametrize("sched, counts, order", [
    ("RoundRobinSched", [3, 2, 1], "012010"),
    ("PrioSched", [2, 2, 1], "00112"),
    ("SimpleRoundRobinSched", [2, 2], "0101"),
    ("SimplePrioSched", [2, 2], "0011"),
    # Strides 4 : 2 : 1; of equal passes the one set later is first.
    ("StrideSched(4, 2, 1)", [10, 10, 10],
     "001001200100120011211211222222"),
    # One-byte packets, two bytes a turn; input 1 has its turn first.
    ("DRRSched(2)", [4, 4], "11001100"),
])
def test_schedulers(click, sched, counts, order):
    assert merged(click, sched, counts) == order


def test_deficit_round_robin_shares_bytes(click):
    config = "s :: DRRSched; " \
             "InfiniteSource(LENGTH 300) -> a :: Counter -> [0] s; " \
             "InfiniteSource(LENGTH 100) -> b :: Counter -> [1] s; " \
             "s -> u :: Unqueue(LIMIT 4000) -> Discard; " \
             "Script(wait 100ms, stop)"
    large, small = map(int, handlers(click, config, "a.byte_count",
                                     "b.byte_count"))
    assert large + small > 300000
    assert abs(large - small) < 1500


def test_time_sorted_sched(click):
    source = "InfiniteSource(\\<{0}>, LIMIT 1) -> SetTimestamp({1}) -> "
    config = "t :: TimeSortedSched(STOP true, BUFFER 2); " + \
        source.format("aa", 3) + "q0 :: Queue -> [0] t; " + \
        source.format("bb", 1) + "q0; " + \
        source.format("cc", 2) + "q1 :: Queue -> [1] t; t -> b :: SimplePullSwitch" \
        "(-1) -> Print -> Discard; Script(wait 1ms, write b.switch 0); " \
        "DriverManager(pause, print t.well_ordered)"
    result = click("--simtime", "-e", config)
    assert [line[-2:] for line in result.errors] == ["bb", "cc", "aa"]
    assert result.lines == ["true"]


# ---- Switches ---------------------------------------------------------------

@pytest.mark.parametrize("switch, counts", [
    ("Switch", [9, 0, 0]),
    ("Switch(2)", [0, 0, 9]),
    ("Switch(-1)", [0, 0, 0]),
    ("StaticSwitch(1)", [0, 9, 0]),
    ("RoundRobinSwitch", [3, 3, 3]),
    ("StrideSwitch(1, 1, 1)", [3, 3, 3]),
    ("StrideSwitch(1, 2, 6)", [1, 2, 6]),
    ("Paint(1) -> PaintSwitch", [0, 9, 0]),
    ("Paint(3) -> PaintSwitch", [0, 0, 0]),
    ("Paint(255) -> PaintSwitch", [9, 9, 9]),
    ("SetAnnoByte(20, 2) -> PaintSwitch(ANNO 20)", [0, 0, 9]),
])
def test_switches(click, switch, counts):
    before, _, switch = switch.rpartition("-> ")
    config = "InfiniteSource(LIMIT 9, STOP true) -> " \
             f"{before}{'-> ' if before else ''}s :: {switch}; " + \
        "".join(f"s[{i}] -> c{i} :: Counter -> Discard; " for i in range(3))
    assert handlers(click, config, "c0.count", "c1.count", "c2.count") == \
        [str(count) for count in counts]


def test_hash_switch_keeps_flows_together(click):
    config = "s :: HashSwitch(0, 1); " + \
        "".join(f"s[{i}] -> Print(p{i}) -> Discard; " for i in range(4)) + \
        "".join(f"InfiniteSource(\\<{i:02x}>, LIMIT 3) -> s; "
                for i in range(64)) + "Script(wait 1ms, stop)"
    ways = {}
    for line in prints(click, config, "--simtime"):
        ways.setdefault(line[-2:], []).append(line[:2])
    assert len(ways) == 64
    assert all(len(way) == 3 and len(set(way)) == 1 for way in ways.values())
    used = [sum(way[0] == f"p{i}" for way in ways.values()) for i in range(4)]
    assert all(count >= 6 for count in used), used


def test_switch_is_switched_within_a_stream(click):
    config = "InfiniteSource(LIMIT 100, STOP true) " \
             "-> Counter(COUNT_CALL 5 s.switch 1) -> s :: Switch " \
             "-> c :: Counter -> d :: Discard; s[1] -> d"
    assert handlers(click, config, "c.count", "d.count") == ["4", "100"]


def test_pull_switch_lets_others_sleep(click):
    config = "s :: PullSwitch(-1); " \
             "i1 :: InfiniteSource(\\<11>, LIMIT 2) -> [0] s; " \
             "i2 :: InfiniteSource(\\<22>, LIMIT 2) -> [1] s; " \
             "s -> Print -> d :: Discard; " \
             "Script(wait 1ms, print d.scheduled, write s.switch 0, " \
             "print d.scheduled, wait 1ms, print d.scheduled, " \
             "write s.switch 1, wait 1ms, stop)"
    result = click("--simtime", "-e", config)
    assert result.lines == ["false", "true", "false"]
    assert [line[-2:] for line in result.errors] == ["11", "11", "22", "22"]


def test_bypass(click):
    config = "InfiniteSource(LIMIT 10, STOP true) " \
             "-> Counter(COUNT_CALL 5 b.active true) -> b :: Bypass " \
             "-> d :: Discard; b[1] -> c :: Counter -> [1] b"
    assert handlers(click, config, "c.count", "d.count") == ["6", "10"]


def test_suppressor(click):
    config = "InfiniteSource(LIMIT 10, STOP true) -> t :: Tee " \
             "-> [0] s :: Suppressor [0] -> a :: Counter -> Discard; " \
             "t[1] -> Counter(COUNT_CALL 4 s.active1 false) -> [1] s [1] " \
             "-> b :: Counter -> Discard"
    assert handlers(click, config, "a.count", "b.count", "s.active1") == \
        ["10", "3", "false"]


# ---- Paint ------------------------------------------------------------------

def test_paint(click):
    config = "InfiniteSource(\\<01>, LIMIT 1) -> Paint(7) -> p :: CheckPaint(7)" \
             " -> t :: PaintTee(7) -> Print(a) -> Discard; " \
             "t[1] -> Print(b) -> Discard; p[1] -> Print(c) -> Discard; " \
             "InfiniteSource(\\<02>, LIMIT 1) -> Paint(8) -> p; " \
             "InfiniteSource(\\<03>, LIMIT 1) -> Paint(9, ANNO 20) " \
             "-> q :: CheckPaint(9, 20) -> Print(d) -> Discard; " \
             "Script(wait 1ms, stop)"
    assert sorted(prints(click, config, "--simtime")) == [
        "a:    1 | 01", "b:    1 | 01", "c:    1 | 02", "d:    1 | 03"]


# ---- Queues -----------------------------------------------------------------

def test_queue_holds_drops_and_tells(click):
    config = "i :: InfiniteSource(LIMIT 100) -> q :: SimpleQueue(10) " \
             "-> Idle; Script(wait 1ms, stop)"
    assert handlers(click, config, "i.count", "q.length", "q.drops",
                    "q.highwater_length", "q.capacity") == \
        ["100", "10", "90", "10", "10"]


def test_a_source_sleeps_while_the_queue_is_full(click):
    config = "i :: InfiniteSource -> q :: Queue -> Idle; " \
             "Script(wait 1ms, print i.count, write q.capacity 10, " \
             "print q.config, print q.length, write q.capacity 1000, " \
             "wait 1ms, print i.count, stop)"
    assert click("--simtime", "-e", config).lines == \
        ["1000", "CAPACITY 10", "10", "1990"]


def test_a_queue_counts_what_it_has_no_room_for_any_more(click):
    config = "InfiniteSource(LIMIT 9) -> q :: Queue -> Idle; Script(wait 1ms, " \
             "write q.capacity 2, print q.drops, stop)"
    assert click("--simtime", "-e", config).lines == ["7"]


def test_times_do_not_overflow(click):
    """A time filter without an end has none, however much longer it lasts."""
    result = click("-e", "Idle -> AverageCounter(IGNORE 91250d) -> Discard")
    assert "IGNORE: '91250d' is out of range" in result.err
    result = click("-e", "Idle -> t :: TimeFilter(5) -> Discard; Script("
                   "write t.extend_interval 9, print $(ge t.end 9e9), stop)")
    assert (result.status, result.err) == (0, "")


def test_mixed_queue(click):
    push = "InfiniteSource(\\<{0}>, LIMIT 1, ACTIVE false) -> [{1}] m; "
    names = ["aa", "bb", "cc", "dd", "ee"]
    config = "m :: MixedQueue -> u :: Unqueue(ACTIVE false, BURST 0) " \
             "-> Print -> Discard; "
    for name, port in zip(names, [0, 0, 1, 0, 1]):
        config += f"i{name} :: " + push.format(name, port)
    config += "Script(" + ", ".join(
        f"write i{name}.active true, wait 1ms" for name in names) + \
        ", write u.active true, wait 1ms, stop)"
    assert [line[-2:] for line in prints(click, config, "--simtime")] == \
        ["ee", "cc", "aa", "bb", "dd"]


@pytest.mark.parametrize("queue, left", [
    ("SimpleQueue(2)", ["01", "02"]),
    ("FrontDropQueue(2)", ["03", "04"]),
    ("NotifierQueue(2)", ["01", "02"]),
])
def test_who_is_dropped(click, queue, left):
    config = f"q :: {queue} -> u :: Unqueue(ACTIVE false) -> Print -> Discard; "
    for i in range(1, 5):
        config += f"i{i} :: InfiniteSource(\\<{i:02x}>, LIMIT 1, ACTIVE false)" \
                  " -> q; "
    config += "Script(" + ", ".join(f"write i{i}.active true, wait 1ms"
                                    for i in range(1, 5)) + \
        ", write u.active true, wait 1ms, stop)"
    lines = prints(click, config, "--simtime")
    assert lines[0].endswith(": overflow")
    assert [line[-2:] for line in lines[1:]] == left


def test_what_a_queue_drops_may_leave(click):
    config = "InfiniteSource(LIMIT 5, STOP true) -> q :: SimpleQueue(2) " \
             "-> Idle; q[1] -> d :: Discard"
    assert handlers(click, config, "d.count", "q.length") == ["3", "2"]


# ---- Counters ---------------------------------------------------------------

def test_counters(click):
    config = "InfiniteSource(LENGTH 100, LIMIT 7, STOP true) -> c :: Counter " \
             "-> a :: AverageCounter -> Discard"
    assert handlers(click, config, "c.count", "c.byte_count", "a.count",
                    "a.byte_count") == ["7", "700", "7", "700"]


def test_byte_count_call_and_reset(click):
    config = "InfiniteSource(LENGTH 100, LIMIT 9, STOP true) " \
             "-> c :: Counter(BYTE_COUNT_CALL 250 c.reset) -> d :: Discard"
    assert handlers(click, config, "c.count", "d.count") == ["0", "9"]


def test_rates(click):
    config = "RatedSource(LENGTH 100, RATE 1000) -> c :: Counter " \
             "-> a :: AverageCounter -> m :: Meter(500, 2000) -> Discard; " \
             "m[1] -> d :: Discard; m[2] -> e :: Discard; " \
             "Script(wait 2s, stop)"
    rate, bit_rate, average, middle, high = map(float, handlers(
        click, config, "c.rate", "c.bit_rate", "a.rate", "d.count", "e.count"))
    assert 990 < rate < 1010
    assert 790000 < bit_rate < 810000
    assert 995 < average < 1010
    assert middle > 1800 and high == 0


def test_random_sample(click):
    config = "InfiniteSource(LIMIT 10000, BURST 100, STOP true) " \
             "-> s :: RandomSample(0.25) -> a :: Counter -> Discard; " \
             "s[1] -> b :: Counter -> Discard"
    passed, other, drops, probability = map(float, handlers(
        click, config, "a.count", "b.count", "s.drops", "s.drop_prob"))
    assert passed + other == 10000 and drops == other
    assert 2300 < passed < 2700 # five standard deviations are 217
    assert probability == 0.75


def test_red_keeps_a_queue_short(click):
    config = "InfiniteSource(BURST 5) -> r :: RED(5, 50, 0.02) " \
             "-> q :: SimpleQueue(200) -> Unqueue(BURST 4) -> Discard; " \
             "r[1] -> d :: Discard; Script(wait 20ms, stop)"
    length, drops, queues, gone = handlers(
        click, config, "q.highwater_length", "r.drops", "r.queues", "d.count")
    assert int(length) < 150 and int(drops) > 100 and queues == "q"
    assert gone == drops


# ---- Time -------------------------------------------------------------------

def test_timestamps(click):
    config = f"{ONE.format('00')} -> SetTimestamp(5) -> AdjustTimestamp(-1.5) " \
             "-> t :: TimeRange -> Print(a, TIMESTAMP true) " \
             "-> SetTimestamp(2, FIRST true) -> SetTimestamp(DELTA true) " \
             "-> Print(b, TIMESTAMP true) -> Discard"
    result = click("-e", config, "-h", "t.range")
    assert result.errors == ["a: 3.500000:    1 | 00", "b: 1.500000:    1 | 00"]
    assert result.out.strip() == "3.500000 3.500000"


@pytest.mark.parametrize("words, passed", [
    ("START 3", 8), ("END 3", 2), ("START_AFTER 2s", 8), ("3, 5", 2),
    ("START 2, INTERVAL 3", 3), ("START 4, END 4", 0), ("END_AFTER 1", 1),
])
def test_time_filter(click, words, passed):
    """Packets of the seconds 1 to 10."""
    config = "i :: InfiniteSource(LIMIT 10, TIMESTAMP false, STOP true) " \
             "-> a :: AdjustTimestamp(1, ALL true) -> Script(TYPE PACKET, " \
             "init n 1, set n $(add $n 1), write a.time $n) " \
             f"-> f :: TimeFilter({words}) -> c :: Counter -> Discard"
    assert handlers(click, config, "c.count") == str(passed)


def test_the_end_of_a_time_filter_can_be_put_off(click):
    result = click("-e", """
        FromIPSummaryDump(STOP true, DATA "!data timestamp\n.1\n1\n1.2\n5.5\n")
            -> f :: TimeFilter(0, 1, END_CALL s.run $t) -> c :: Counter -> Discard;
        s :: Script(TYPE PASSIVE, init left 2, goto exit $(eq $left 0),
            set left $(sub $left 1), print $1, write f.extend_interval 1)""",
        "-h", "c.count")
    assert result.lines == ["1.000000", "5.500000", "3"]


# ---- What is said -----------------------------------------------------------

def test_message_and_error(click):
    result = click("-q", "-e", "Message('be warned', WARNING); Message(hello)")
    assert result.status == 0
    assert any("warning: be warned" in line for line in result.errors)
    assert result.errors[-2:] == [
        "config:1:32: While configuring 'Message@2 :: Message':", "  hello"]
    result = click("-e", "Idle -> Error(any, thing) -> Idle")
    assert result.status == 1
    assert "Router has an error element" in result.err


@pytest.mark.parametrize("config, message", [
    ("Idle -> Queue(many) -> Idle", "CAPACITY: expected an integer"),
    ("Idle -> Queue(1, 2) -> Idle", "too many arguments"),
    ("Idle -> Queue(CAPACTY 2) -> Idle", "CAPACTY: unknown argument"),
    ("Idle -> Strip -> Idle", "LENGTH: required argument missing"),
    ("Idle -> Paint(256) -> Idle", "out of range"),
    ("Idle -> Switch(3) -> Idle", "there is no output 3"),
    ("Idle -> Counter(COUNT_CALL 5 x.y) -> Idle", "no element named 'x'"),
    ("Idle -> Tee(3) -> Idle", "outputs"),
    ("Idle -> RED(9, 5, 0.1) -> Queue -> Idle", "MAX_THRESH"),
    ("Idle -> RED(1, 5, 0.1) -> Idle", "no nearby Queues"),
    ("InfiniteSource(BURST 0) -> Idle", "BURST"),
    ("InfiniteSource(STOP true, END_CALL stop) -> Idle",
     "mutually exclusive"),
    ("Idle -> StrideSwitch(1, 0) -> Idle", "arguments"),
    ("Idle -> HashSwitch(0, 0) -> Idle", "LENGTH"),
    ("Idle -> BandwidthRatedUnqueue(5 parsecs) -> Idle", "bandwidth"),
])
def test_mistakes(click, config, message):
    result = click("-q", "-e", config)
    assert result.status == 1
    assert message in result.err
