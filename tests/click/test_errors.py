# SPDX-License-Identifier: BSD-2-Clause
"""A configuration with many mistakes: each is said, where it is, as Click says
it. One stage looks at all of the configuration (the text; ports; the elements'
arguments), and the next begins when nothing was wrong."""

import pytest

TEXT = """\
FromNowhere(eth0) -> Discard;
a :: Queue(1);
a :: Counter;
b -> Discard;
define($X 1, $X 2);
Idle -> Wrong -> [x]Discard;
Idle -> Discard;
Idle -> Tee@2 :: Tee ->;
"""

ARGUMENTS = """\
Idle -> Queue(many) -> Discard;
Idle -> Strip(x) -> Discard;
Idle -> IPFilter(allow tpc) -> Discard;
Idle -> Paint(300) -> Discard;
Idle -> EtherEncap(0x0800, 1:2:3, 4) -> Discard;
Idle -> StaticIPLookup(1.2.3.4/33 0) -> Discard;
Idle -> IPClassifier(src hots 1.2.3.4) -> Discard;
Idle -> CheckIPHeader(OFFSET x) -> Discard;
Idle -> ARPResponder(1.2.3.4 zz) -> Discard;
Idle -> Script(wirte foo.bar) -> Discard;
"""

PORTS = """\
Idle -> a :: Counter -> Discard;
Idle -> b :: Counter;
c :: Strip(1) -> Discard;
d :: Tee -> Discard;
Idle -> [1]e :: IPRewriter(drop, drop) -> Discard;
"""


def test_arguments(click):
    result = click("-q", "-e", ARGUMENTS)
    assert result.status == 1
    places = [line for line in result.errors if line.startswith("config:")]
    assert len(places) == 10
    for number, (line, class_) in enumerate(zip(places, (
            "Queue", "Strip", "IPFilter", "Paint", "EtherEncap",
            "StaticIPLookup", "IPClassifier", "CheckIPHeader", "ARPResponder",
            "Script")), 1):
        assert line.startswith(f"config:{number}:9: While configuring '"), line
        assert line.endswith(f" :: {class_}':")
    # Each has its reasons, and they name the word.
    reasons = result.err.split("config:")[1:]
    for reason, word in zip(reasons, (
            "'many'", "'x'", "'tpc'", "'300'", "'1:2:3'", "ADDR/MASK", "'hots'",
            "'x'", "PREFIX", "'wirte'")):
        assert word in reason.split("\n", 1)[1], reason
    assert "'4'" in reasons[4]  # the second mistake of one element


@pytest.mark.parametrize("config, places", [
    (TEXT, {1, 3, 4, 5, 6}), (PORTS, {2, 3, 4, 5})])
def test_text_and_ports(click, config, places):
    result = click("-q", "-e", config)
    assert result.status == 1
    said = {int(line.split(":")[1]) for line in result.errors
            if line.startswith("config:")}
    assert places <= said, result.err
    assert not {7} & said


@pytest.mark.parametrize("config, message", [
    ("q :: Queue -> r :: Queue -> Discard; Idle -> q",
     "config:1:12: 'q :: Queue' pull output 0 connected to 'r :: Queue' push"
     " input 0"),
    ("FromDump(x) -> n :: Null -> r :: RatedUnqueue(1) -> Discard;"
     "TimedSource(1) -> u :: Unqueue -> Discard",
     "config:1:76: 'TimedSource@5 :: TimedSource' push output 0 connected to"
     " 'u :: Unqueue' pull input 0"),
    ("TimedSource(1) -> n :: Null -> Unqueue -> Discard",
     "agnostic 'n :: Null' in mixed context: push input 0, pull output 0"),
    ("t :: Tee; TimedSource(1) -> t; t -> Discard; t -> Discard",
     "illegal reuse of 't :: Tee' push output 0"),
    ("Idle -> q :: Queue; p :: Queue; Idle -> p; u :: Unqueue -> Discard;"
     " q -> u; p -> u", "illegal reuse of 'u :: Unqueue' pull input 0"),
])
def test_push_and_pull(click, config, message):
    result = click("-q", "-e", config)
    assert result.status == 1
    assert message in result.err, result.err
