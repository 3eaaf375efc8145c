# SPDX-License-Identifier: BSD-2-Clause
"""Address translation: what flows become, who they give way to, and when they
end; scapy and tshark judge the checksums of what comes out."""

import random
import re
import subprocess

import pytest
from scapy.layers.inet import (ICMP, IP, TCP, UDP, ICMPerror, IPerror,
                               TCPerror, UDPerror, fragment)
from scapy.packet import Raw
from scapy.utils import rdpcap, wrpcap

INSIDE = "10.1.0."
FIELDS = "direction src sport dst dport"


@pytest.fixture
def nat(click, tmp_path):
    """Lines of a summary dump through an element with two inputs and outputs,
    ">" by the first, "<" by the second: `nat(element, lines)` gives what came
    out, in the same form, and what `script` printed."""
    def start(element, lines, fields=FIELDS, more="", script="", out=FIELDS):
        (tmp_path / "in").write_text(
            f"!data {fields}\n" + "\n".join(lines) + "\n")
        result = click("--simtime", "-e", f"""
            {more}
            rw :: {element};
            FromIPSummaryDump(in, STOP true, CHECKSUM true, TIMING true)
                -> CheckIPHeader(VERBOSE true) -> side :: PaintSwitch -> rw
                -> Paint(0) -> c :: CheckIPHeader(VERBOSE true)
                -> tcp :: IPClassifier(tcp, udp, -)
                -> CheckTCPHeader(VERBOSE true)
                -> to :: ToIPSummaryDump(out, FIELDS {out});
            tcp[1] -> CheckUDPHeader(VERBOSE true) -> to;
            tcp[2] -> to;
            side[1] -> [1] rw [1] -> Paint(1) -> c;
            DriverManager(pause{', ' + script if script else ''})""")
        assert (result.status, result.err) == (0, ""), result
        return [line for line in (tmp_path / "out").read_text().splitlines()
                if not line.startswith("!")], result.lines
    return start


def packets(*lines, proto="T", step=0.001):
    """Lines "> A p B q" with protocol and times; "@5 > ..." gives the time."""
    clock, out = 0, []
    for line in lines:
        clock += step
        if line[0] == "@":
            moment, line = line[1:].split(" ", 1)
            clock = float(moment)
        out.append(f"{clock:.3f} {proto} {line}")
    return out


TIMED = "timestamp proto " + FIELDS


# ---- Patterns ---------------------------------------------------------------

def test_patterns_with_too_few_words(click):
    result = click("-e", "IPRewriterPatterns(a 1.0.0.1)")
    assert "expected 'SADDR SPORT DADDR DPORT'" in result.err


def test_ports_are_taken_in_turn_and_told_apart_by_both_ends(nat):
    out, failures = nat(
        "IPRewriter(pattern 1.0.0.1 2000-2001# - - 0 1, drop)", packets(
            "> 10.1.0.1 7 9.9.9.9 80", "> 10.1.0.2 7 9.9.9.8 80",
            "> 10.1.0.3 7 9.9.9.9 80",
            "> 10.1.0.4 7 9.9.9.9 80",      # 2000 and 2001 are taken there
            "> 10.1.0.5 7 9.9.9.8 80",      # but here 2000 is free
            "> 10.1.0.1 7 9.9.9.9 80",
            "< 9.9.9.9 80 1.0.0.1 2000", "< 9.9.9.8 80 1.0.0.1 2000",
            "< 9.9.9.8 80 1.0.0.1 2001", "< 9.9.9.9 80 1.0.0.1 2001",
            "< 9.9.9.9 81 1.0.0.1 2000"), TIMED,
        script="print rw.mapping_failures, print rw.size")
    assert out == [
        "> 1.0.0.1 2000 9.9.9.9 80", "> 1.0.0.1 2001 9.9.9.8 80",
        "> 1.0.0.1 2001 9.9.9.9 80",
        "> 1.0.0.1 2000 9.9.9.8 80", "> 1.0.0.1 2000 9.9.9.9 80",
        "< 9.9.9.9 80 10.1.0.1 7", "< 9.9.9.8 80 10.1.0.5 7",
        "< 9.9.9.8 80 10.1.0.2 7", "< 9.9.9.9 80 10.1.0.3 7"]
    assert failures == ["1", "4"]


def test_a_flow_keeps_its_port_if_that_is_free(nat):
    out, _ = nat("IPRewriter(pattern 1.0.0.1 100-9000 - - 0 1, drop)", packets(
        "> 10.1.0.1 4000 9.9.9.9 80", "> 10.1.0.2 4000 9.9.9.9 80",
        "> 10.1.0.2 7 9.9.9.9 80", "> 10.1.0.2 4000 9.9.9.8 80"), TIMED)
    ports = [int(line.split()[2]) for line in out]
    assert (ports[0], ports[3]) == (4000, 4000)
    assert ports[1] != 4000 and ports[2] != 7
    assert all(100 <= port <= 9000 for port in ports)


def test_tcp_and_udp_have_their_own_ports(nat):
    lines = packets("> 10.1.0.1 5 9.9.9.9 80") + \
        packets("> 10.1.0.2 5 9.9.9.9 80", proto="U", step=0.002)
    out, said = nat("IPRewriter(pattern 1.0.0.1 77 - - 0 1, drop)", lines,
                    TIMED, script="print rw.tcp_mappings, "
                    "print rw.udp_mappings, "
                    "print $(rw.udp_lookup 10.1.0.2 5 9.9.9.9 80), "
                    "print $(rw.tcp_lookup 9.9.9.9 80 1.0.0.1 77)")
    assert out == ["> 1.0.0.1 77 9.9.9.9 80"] * 2
    said = [line for line in said if line]
    assert sorted(re.sub(r" exp.*", "", line) for line in said[:4]) == [
        "(10.1.0.1, 5, 9.9.9.9, 80) => (1.0.0.1, 77, 9.9.9.9, 80) [*0 1] i0",
        "(10.1.0.2, 5, 9.9.9.9, 80) => (1.0.0.1, 77, 9.9.9.9, 80) [*0 1] i0",
        "(9.9.9.9, 80, 1.0.0.1, 77) => (9.9.9.9, 80, 10.1.0.1, 5) [0 *1] i0",
        "(9.9.9.9, 80, 1.0.0.1, 77) => (9.9.9.9, 80, 10.1.0.2, 5) [0 *1] i0"]
    assert said[4:] == ["1.0.0.1 77 9.9.9.9 80", "9.9.9.9 80 10.1.0.1 5"]


@pytest.mark.parametrize("spec, out", [
    ("drop", []), ("discard", []),
    ("pass 1", ["< 10.1.0.1 5 9.9.9.9 80"]),
    ("keep 0 1", ["> 10.1.0.1 5 9.9.9.9 80", "< 9.9.9.9 80 10.1.0.1 5"]),
    ("pattern - - 8.8.8.8 - 0 1", ["> 10.1.0.1 5 8.8.8.8 80"]),
    ("pattern 1.1.1.1 - - 8080 0 1", ["> 1.1.1.1 5 9.9.9.9 8080"]),
    ("pattern - - - - 0 1", ["> 10.1.0.1 5 9.9.9.9 80",
                             "< 9.9.9.9 80 10.1.0.1 5"])])
def test_what_a_specification_does(nat, spec, out):
    assert nat(f"IPRewriter({spec}, drop)", packets(
        "> 10.1.0.1 5 9.9.9.9 80", "< 9.9.9.9 80 10.1.0.1 5"),
        TIMED)[0] == out


def test_a_flow_to_itself_keeps_its_way(nat):
    """Both IDs are the same: the reply's output counts once it is known."""
    out, failures = nat(
        "IPRewriter(pattern 2.0.0.1 30-40# - - 0 1, drop, GUARANTEE 0)",
        packets("> 2.0.0.1 30 2.0.0.1 30", "< 2.0.0.1 30 2.0.0.1 30",
                "> 10.1.0.1 5 2.0.0.1 30"), TIMED,
        script="print rw.mapping_failures")
    assert out == ["> 2.0.0.1 30 2.0.0.1 30", "< 2.0.0.1 30 2.0.0.1 30",
                   "> 2.0.0.1 31 2.0.0.1 30"]
    assert failures == ["0"]


def test_patterns_are_shared_by_name(nat):
    out, said = nat(
        "IPRewriter(pattern gate 0 1, pattern gate 1 0)",
        packets("> 10.1.0.1 5 9.9.9.9 80", "< 10.1.0.2 5 9.9.9.9 80",
                "> 10.1.0.3 5 9.9.9.9 80"), TIMED,
        "IPRewriterPatterns(other 1.1.1.1 - - -, gate 1.0.0.1 50-60# - -);",
        "print rw.patterns")
    assert out == ["> 1.0.0.1 50 9.9.9.9 80", "< 1.0.0.1 51 9.9.9.9 80",
                   "> 1.0.0.1 52 9.9.9.9 80"]
    assert said[:2] == ["1.0.0.1 50-60 - - [3]"] * 2


def test_a_written_pattern_ends_its_inputs_flows(nat):
    out, said = nat(
        "IPRewriter(pattern 1.0.0.1 50-60# - - 0 1, "
        "pattern 1.0.0.2 50-60# - - 1 0)",
        packets("> 10.1.0.1 5 9.9.9.9 80", "< 10.1.0.2 5 9.9.9.9 80",
                "@9 > 10.1.0.1 5 9.9.9.9 80", "< 10.1.0.2 5 9.9.9.9 80"),
        TIMED, "Script(wait 5, write rw.pattern0 pattern 1.0.0.3 70 - - 0 1,"
        " print rw.patterns, print rw.size);")
    assert out == ["> 1.0.0.1 50 9.9.9.9 80", "< 1.0.0.2 50 9.9.9.9 80",
                   "> 1.0.0.3 70 9.9.9.9 80", "< 1.0.0.2 50 9.9.9.9 80"]
    assert [line for line in said if line] == [
        "1.0.0.3 70 - -", "1.0.0.2 50-60 - - [1]", "1"]


@pytest.mark.parametrize("element, printed", [
    ("IPRewriter(pattern 1.0.0.1 1 - - 0 1)", "1.0.0.1 1 - -"),
    ("IPRewriter(pattern 1.0.0.1 1-65535# - - 0 1)", "1.0.0.1 1-65535 - -"),
    ("IPRewriter(pattern 1.0.0.1 - 2.2.2.2 9 0 1)", "1.0.0.1 - 2.2.2.2 9"),
    ("IPAddrRewriter(pattern 1.0.0.1 - 0 1)", "1.0.0.1 -"),
    ("IPAddrRewriter(pattern 1.0.0.7/24 - 0 1)", "1.0.0.7-1.0.0.254 -"),
    ("IPAddrRewriter(pattern 1.0.0.0/30 - 0 1)", "1.0.0.1-1.0.0.2 -"),
    ("IPAddrRewriter(pattern 1.2.3.4-1.2.9.9 - 0 1)", "1.2.3.4-1.2.9.9 -"),
    ("IPAddrPairRewriter(pattern - 9.9.9.9 0 1)", "- 9.9.9.9"),
    ("ICMPPingRewriter(pattern 1.0.0.1 - 3-9 0 1)", "1.0.0.1 - 3-9"),
    ("IPRewriter(drop)", "<drop>")])
def test_patterns_print(click, element, printed):
    result = click("-e", f"Idle -> rw :: {element}[0,1] => Idle, Idle",
                   "-q", "-h", "rw.patterns")
    assert (result.lines, result.err) == ([printed], ""), result


@pytest.mark.parametrize("element, specs, said", [
    ("IPRewriter", ["pattern 1.0.0.1 1x - - 0 1",
                    "pattern 1.0.0.1 456-19 - - 0 1",
                    "pattern 1.0.0.1 1-65536 - - 0 1"], "bad source port"),
    ("IPAddrRewriter", ["pattern 1.0.0.x - 0 1",
                        "pattern 1.255.0.0-1.0.255.255 - 0 1",
                        "pattern 0.0.0.0-255.255.255.255 - 0 1"],
     "bad source address"),
    ("IPRewriter", ["pattern 1.0.0.1 1 x - 0 1"] * 2,
     "bad destination address"),
    ("IPRewriter", ["pattern 1.0.0.1 1 - x 0 1"], "bad destination port")])
def test_each_bad_specification_is_named(click, element, specs, said):
    result = click("-q", "-e", f"rw :: {element}({','.join(specs)}); "
                   + "".join(f"Idle -> [{i}] rw;" for i in range(len(specs)))
                   + "rw[0] -> Discard; rw[1] -> Discard")
    assert result.status == 1
    # As Click says it: the place stands in the line above.
    assert result.errors[1:-1] == [
        f"  input spec {i}: {said}" for i in range(len(specs))]


@pytest.mark.parametrize("config", [
    "IPRewriter(pattern 1.0.0.1 5 - - 0 2)", "IPRewriter(keep 0)",
    "IPRewriter(frob)", "IPRewriter(nobody 1)", "IPRewriter()",
    "IPRewriter(drop, drop)", "IPRewriter(drop, MAPPING_CAPACITY nobody)",
    "IPRewriter(pattern nobody 0 1)", "IPRewriter(pattern - - - 0 1)",
    "IPAddrRewriter(pattern 1.0.0.1 2.2.2.2 0 1)",
    "ICMPPingRewriter(pattern - - 1 - 0 1)", "RoundRobinIPMapper"])
def test_what_is_no_configuration(click, config):
    result = click("-q", "-e", f"Idle -> rw :: {config} [0,1] => Idle, Idle")
    assert result.status == 1 and result.err


# ---- Time and room ----------------------------------------------------------

def flow(number, way=">"):
    """Line of a flow, as it is sent."""
    if way == ">":
        return f"> 10.1.0.{number} 5 9.9.9.9 {number}"
    return f"< 9.9.9.9 {number} 1.0.0.1 {999 + number}"


def through(number, way=">"):
    """The same once it is rewritten."""
    if way == ">":
        return f"> 1.0.0.1 {999 + number} 9.9.9.9 {number}"
    return f"< 9.9.9.9 {number} 10.1.0.{number} 5"


def wide(more, name="IPRewriter"):
    return f"{name}(pattern 1.0.0.1 1000-9000# - - 0 1, drop, {more})"


def test_the_flow_that_ends_first_gives_way_after_its_guarantee(nat):
    full = [f"@{i} {flow(i)}" for i in (1, 2, 3)]
    out, said = nat(wide("MAPPING_CAPACITY 3, GUARANTEE 5"), packets(
        *full, f"@3.5 {flow(4)}",            # all are guaranteed: dropped
        f"@4 {flow(1)}",                     # 1 lives on, 2 is the oldest
        f"@8 {flow(5)}", f"@8.5 {flow(2, '<')}", f"@8.6 {flow(3, '<')}",
        f"@8.7 {flow(1, '<')}"), TIMED,
        script="print rw.mapping_failures, print rw.size")
    assert out == [through(1), through(2), through(3), through(1), through(5),
                   through(3, "<"), through(1, "<")]
    assert said == ["1", "3"]


def test_a_new_flow_without_guarantee_bumps_none_that_ends_later(nat):
    """Those that have seen data of both sides last a day, a new one minutes."""
    both = [line for i in (1, 2) for line in (flow(i) + " XXX",
                                              flow(i, "<") + " XXX")]
    out, said = nat(wide("MAPPING_CAPACITY 2, GUARANTEE 0"),
                    packets(*both, flow(3) + " XXX", flow(1) + " XXX", step=1),
                    TIMED + " payload", script="print rw.mapping_failures")
    assert out == [through(1), through(1, "<"), through(2), through(2, "<"),
                   through(1)]
    assert said == ["1"]


def test_a_reset_connection_gives_way_first(nat):
    lines = [flow(1) + " S X", flow(1, "<") + " A X", flow(2) + " S X",
             flow(2) + " A X", flow(1) + " R .", flow(3) + " S X",
             flow(1, "<") + " A X", flow(2, "<") + " A X"]
    out, _ = nat(wide("MAPPING_CAPACITY 2, GUARANTEE 0"),
                 packets(*lines, step=1), TIMED + " tcp_flags payload")
    assert out == [through(1), through(1, "<"), through(2), through(2),
                   through(1), through(3), through(2, "<")]


def test_budgets_are_shared(nat):
    out, said = nat(
        wide("MAPPING_CAPACITY lender"),
        packets(flow(1), flow(2), flow(3)), TIMED,
        "Idle -> lender :: IPRewriter(drop, MAPPING_CAPACITY 2) -> Idle;",
        "print rw.capacity, print lender.size, print rw.mapping_failures")
    assert out == [through(1), through(2)]
    assert said == ["2", "2", "1"]


def test_a_smaller_capacity_ends_the_oldest_flows(nat):
    out, said = nat(
        wide("MAPPING_CAPACITY 5"),
        packets(*map(flow, range(1, 6)), f"@9 {flow(1, '<')}",
                *(flow(i, "<") for i in range(2, 6))), TIMED,
        "Script(wait 5, write rw.capacity 2, print rw.size, "
        "print rw.capacity);")
    assert out == [*map(through, range(1, 6)), through(4, "<"),
                   through(5, "<")]
    assert said == ["2", "2"]


@pytest.mark.parametrize("proto, more, sent, ends", [
    # (what is sent, seconds after which the flow is gone)
    ("U", "UDP_TIMEOUT 10", [flow(1)], 10),
    ("U", "UDP_TIMEOUT 10, UDP_STREAMING_TIMEOUT 40", [flow(1)] * 5, 10),
    ("U", "UDP_TIMEOUT 10, UDP_STREAMING_TIMEOUT 40",
     [flow(1), flow(1, "<"), flow(1)], 40),
    ("T", "TCP_NODATA_TIMEOUT 10", [flow(1) + " A X"], 10),
    ("T", "TCP_NODATA_TIMEOUT 10, TCP_TIMEOUT 60",
     [flow(1) + " A X", flow(1, "<") + " A \"\""], 10),
    ("T", "TCP_NODATA_TIMEOUT 10, TCP_TIMEOUT 60",
     [flow(1) + " A X", flow(1, "<") + " A X"], 60),
    ("T", "TCP_TIMEOUT 60, TCP_DONE_TIMEOUT 20",
     [flow(1) + " F X", flow(1, "<") + " A X"], 60),
    ("T", "TCP_TIMEOUT 60, TCP_DONE_TIMEOUT 20",
     [flow(1) + " F X", flow(1, "<") + " F X"], 20),
    ("T", "TCP_TIMEOUT 60, TCP_DONE_TIMEOUT 20",
     [flow(1) + " R X"], 20)])
def test_when_flows_end(nat, proto, more, sent, ends):
    out, said = nat(wide(more + ", REAP_INTERVAL 1"),
                    packets(*sent, proto=proto),
                    TIMED + (" tcp_flags payload" if proto == "T" else ""),
                    script=f"wait {ends - 2}, print rw.size, wait 4, "
                    "print rw.size")
    assert len(out) == len(sent)
    assert said == ["1", "0"]


def test_what_is_left_is_in_the_table(nat):
    """Of 10 s, 4 after the last packet."""
    _, said = nat(wide("UDP_TIMEOUT 10, REAP_INTERVAL 100"),
                  packets("@0 " + flow(1), "@3 " + flow(1), proto="U"), TIMED,
                  script="wait 4, print rw.table, wait 20, print rw.table")
    left = [line.split(" exp ")[1] for line in said if line]
    assert left == ["6.000"] * 2 + ["0.000"] * 2


def test_many_flows_come_and_go(nat):
    """The table and its heap against a dictionary and a list."""
    chance, clock, lines, want = random.Random(5), 0.0, [], []
    flows = {}
    for _ in range(1500):
        clock += chance.choice((0, .5, 2))
        number = chance.randrange(2, 120)
        lines.append(f"@{clock} > 10.1.0.{number} 5 9.9.9.9 80")
        if number not in flows and len(flows) == 40:
            oldest = min(flows, key=lambda key: flows[key])
            if clock - flows[oldest] < 5:
                continue
            del flows[oldest]
        flows.pop(number, None)
        flows[number] = clock
        want.append(f"> 1.0.0.1 5 9.9.{number}.9 80")
    # A pattern that leaves all but one field: what comes out says who it was.
    out, said = nat("IPRewriter(keep 0 1, drop, MAPPING_CAPACITY 40)",
                    packets(*lines, proto="U"), TIMED,
                    script="print rw.size")
    assert [line.split()[1].split(".")[3] for line in out] == [
        line.split()[3].split(".")[2] for line in want]
    assert said == ["40"]


# ---- Addresses, pings, mappers ----------------------------------------------

ADDRESSES = [*packets("> 10.1.0.1 1 9.9.9.9 2", "> 10.1.0.2 1 9.9.9.8 2",
                      "> 10.1.0.1 1 9.9.9.7 2", "< 9.9.9.6 2 3.0.0.1 1",
                      "< 9.9.9.7 2 3.0.0.3 1")]


def test_an_address_is_translated_whoever_it_talks_to(nat):
    out, said = nat("IPAddrRewriter(pattern 3.0.0.1-3.0.0.9# - 0 1, drop)",
                    ADDRESSES, TIMED, script="print rw.nmappings")
    assert out == ["> 3.0.0.1 1 9.9.9.9 2", "> 3.0.0.2 1 9.9.9.8 2",
                   "> 3.0.0.1 1 9.9.9.7 2", "< 9.9.9.6 2 10.1.0.1 1"]
    assert said == ["2"]


def test_a_pair_of_addresses_is_a_flow(nat):
    out, said = nat("IPAddrPairRewriter(pattern 3.0.0.1-3.0.0.9# - 0 1, drop)",
                    ADDRESSES, TIMED, script="print rw.nmappings")
    assert out == ["> 3.0.0.1 1 9.9.9.9 2", "> 3.0.0.2 1 9.9.9.8 2",
                   "> 3.0.0.3 1 9.9.9.7 2", "< 9.9.9.7 2 10.1.0.1 1"]
    assert said == ["3"]


def test_addresses_run_out(nat):
    out, said = nat(
        "IPAddrRewriter(pattern 3.0.0.1-3.0.0.2# - 0 1, drop)", packets(
            *(f"> 10.1.0.{i} 1 9.9.9.9 2" for i in (1, 2, 3, 1))), TIMED,
        script="print rw.mapping_failures")
    assert out == ["> 3.0.0.1 1 9.9.9.9 2", "> 3.0.0.2 1 9.9.9.9 2",
                   "> 3.0.0.1 1 9.9.9.9 2"]
    assert said == ["1"]


def test_nobodys_address_is_an_address(nat):
    """0.0.0.0 as a source is translated; as a destination it is nobody."""
    out, _ = nat("IPAddrRewriter(pattern 3.0.0.1-3.0.0.9# - 0 1, drop)",
                 packets("> 0.0.0.0 1 9.9.9.9 2", "> 10.1.0.1 1 0.0.0.0 2",
                         "< 9.9.9.9 2 3.0.0.1 1"), TIMED)
    assert out == ["> 3.0.0.1 1 9.9.9.9 2", "> 3.0.0.2 1 0.0.0.0 2",
                   "< 9.9.9.9 2 0.0.0.0 1"]


def test_servers_in_turn(nat):
    mapper = "r :: RoundRobinIPMapper(- - 2.0.0.1 - 0 1, - - 2.0.0.2 - 0 1, " \
        "- - 2.0.0.3 - 1 0);"
    sent = [(1, 1), (2, 1), (1, 1), (3, 1), (4, 1), (2, 1), (1, 2)]
    out, _ = nat("IPRewriter(r, drop)", packets(
        *(f"> 10.1.0.{a} {p} 9.9.9.9 80" for a, p in sent),
        "< 2.0.0.2 80 10.1.0.2 1"), TIMED, mapper)
    assert out == [
        "> 10.1.0.1 1 2.0.0.1 80", "> 10.1.0.2 1 2.0.0.2 80",
        "> 10.1.0.1 1 2.0.0.1 80", "< 10.1.0.3 1 2.0.0.3 80",
        "> 10.1.0.4 1 2.0.0.1 80", "> 10.1.0.2 1 2.0.0.2 80",
        "> 10.1.0.1 2 2.0.0.2 80", "< 9.9.9.9 80 10.1.0.2 1"]


def test_one_clients_flows_go_to_one_server(nat):
    def servers(hashes):
        patterns = ", ".join(f"- - 2.0.0.{i} - 0 1 {i}" for i in hashes)
        out, _ = nat("IPRewriter(h, drop)", packets(
            *(f"> 10.1.{a}.7 {p} 9.9.9.9 80" for a in range(100)
              for p in (1, 2))), TIMED,
            f"h :: SourceIPHashMapper(50 7, {patterns});")
        assert len(out) == 200
        got = {}
        for line in out:
            _, client, _, server, _ = line.split()
            assert got.setdefault(client, server) == server
        return got
    three, four = servers([1, 2, 3]), servers([1, 2, 3, 4])
    assert set(three.values()) == {"2.0.0.1", "2.0.0.2", "2.0.0.3"}
    assert {four[client] for client in four
            if four[client] != three[client]} == {"2.0.0.4"}


# ---- Packets ----------------------------------------------------------------

@pytest.fixture
def frames(click, tmp_path):
    """Raw IP packets, (side, packet) each, through rw as above; gives what came
    out as such pairs, and tshark's verdict is good."""
    def start(element, pairs, more=""):
        for side in (0, 1):
            wrpcap(str(tmp_path / f"in{side}"),
                   [IP(bytes(p)) for s, p in pairs if s == side] or [],
                   linktype=101)
            (tmp_path / f"out{side}").unlink(missing_ok=True)
        result = click("-e", f"""
            {more}
            rw :: {element};
            FromDump(in0, STOP true) -> MarkIPHeader -> rw
                -> ToDump(out0, ENCAP IP, SNAPLEN 0);
            back :: FromDump(in1, STOP true, ACTIVE false) -> MarkIPHeader
                -> [1] rw [1] -> ToDump(out1, ENCAP IP, SNAPLEN 0);
            DriverManager(pause, write back.active true, pause)""")
        assert (result.status, result.err) == (0, ""), result
        for side in (0, 1):
            wrong = subprocess.run(
                ["tshark", "-r", tmp_path / f"out{side}",
                 "-o", "ip.check_checksum:TRUE",
                 "-o", "tcp.check_checksum:TRUE",
                 "-o", "udp.check_checksum:TRUE", "-Y",
                 "_ws.malformed || ip.checksum.status == 0 || "
                 "tcp.checksum.status == 0 || udp.checksum.status == 0 || "
                 "icmp.checksum.status == 0"],
                capture_output=True, text=True, check=True).stdout
            assert wrong == ""
        return [list(map(lambda p: IP(bytes(p)),
                         rdpcap(str(tmp_path / f"out{side}"))))
                for side in (0, 1)]
    return start


NAT = "IPRewriter(pattern 1.0.0.1 2000-3000# - - 0 1, drop)"


def test_checksums_are_right_whatever_they_were(frames):
    """Among thousands sums are 0 and 0xffff, too."""
    chance = random.Random(3)
    pairs = []
    for i in range(3000):
        base = IP(src=f"10.{chance.randrange(256)}.1.1", dst="9.9.9.9")
        pairs.append((0, base / chance.choice((TCP, UDP))(
            sport=i + 1, dport=80) / Raw(chance.randbytes(2))))
    out, _ = frames("IPRewriter(pattern 1.0.0.1 - - 7 0 1, drop)", pairs)
    assert len(out) == 3000
    assert all((p.src, p[p.lastlayer().underlayer.__class__].dport)
               == ("1.0.0.1", 7) for p in out)


def test_udp_without_checksum_stays_so(frames):
    out, _ = frames(NAT, [(0, IP(src="10.1.0.1", dst="9.9.9.9")
                           / UDP(sport=5, dport=9, chksum=0) / Raw(b"x"))])
    assert [(p[UDP].sport, p[UDP].chksum) for p in out] == [(2000, 0)]


def test_what_has_no_ports_does_not_pass(frames):
    base = IP(src="10.1.0.1", dst="9.9.9.9")
    whole = base / UDP(sport=5, dport=9) / Raw(b"y" * 40)
    odd = [base / ICMP(), IP(src="10.1.0.1", dst="9.9.9.9", proto=99) / b"abc",
           *fragment(whole, 16)[1:], base / UDP(sport=5)]
    odd[-1] = IP(bytes(odd[-1])[:24])    # cut off inside of the header
    assert frames(NAT, [(0, p) for p in odd]) == [[], []]
    whole = odd[:-1]
    out, _ = frames("IPRewriter(pass 0, drop)", [(0, p) for p in whole])
    assert [bytes(p) for p in out] == [bytes(p) for p in whole]


def test_first_fragments_have_ports(frames):
    whole = IP(src="10.1.0.1", dst="9.9.9.9") / UDP(sport=5, dport=9) \
        / Raw(b"y" * 40)
    out, _ = frames(NAT, [(0, fragment(whole, 16)[0])])
    assert [(p.src, p.flags.MF, p[UDP].sport) for p in out] == [
        ("1.0.0.1", True, 2000)]


def test_pings(frames):
    def ping(source, ident, kind="echo-request", dst="9.9.9.9"):
        return IP(src=source, dst=dst) / ICMP(type=kind, id=ident, seq=3) \
            / Raw(b"data")
    out, back = frames(
        "ICMPPingRewriter(pattern 1.0.0.1 - 7-8 0 1, drop)",
        [(0, ping("10.1.0.1", 7)), (0, ping("10.1.0.2", 7)),
         (0, ping("10.1.0.3", 7)), (0, ping("10.1.0.1", 7)),
         (0, IP(src="10.1.0.1", dst="9.9.9.9") / ICMP(type=13)),
         (1, ping("9.9.9.9", 8, "echo-reply", "1.0.0.1")),
         (1, ping("9.9.9.9", 7, "echo-reply", "1.0.0.1")),
         (1, ping("9.9.9.9", 9, "echo-reply", "1.0.0.1")),
         (1, ping("9.9.9.9", 7, "echo-request", "1.0.0.1"))])
    assert [(p.src, p[ICMP].id) for p in out] == [
        ("1.0.0.1", 7), ("1.0.0.1", 8), ("1.0.0.1", 7)]
    assert [(p.dst, p[ICMP].id) for p in back] == [
        ("10.1.0.2", 7), ("10.1.0.1", 7)]


@pytest.mark.parametrize("element, inner", [
    ("IPRewriter(pattern 1.0.0.1 2000-3000# - - 0 0)",
     TCP(sport=5, dport=80, seq=9)),
    ("IPRewriter(pattern 1.0.0.1 2000-3000# 8.8.8.8 53 0 0)",
     UDP(sport=5, dport=80)),
    ("IPAddrRewriter(pattern 1.0.0.1 - 0 0)", UDP(sport=5, dport=80)),
    ("IPAddrPairRewriter(pattern 1.0.0.1 8.8.8.8 0 0)", TCP(dport=80)),
    ("ICMPPingRewriter(pattern 1.0.0.1 - 9-20# 0 0)", ICMP(id=7))])
def test_errors_mean_the_original_packet(click, tmp_path, element, inner):
    original = IP(src="10.1.0.1", dst="9.9.9.9", ttl=1) / inner / Raw(b"12345")
    wrpcap(str(tmp_path / "in"), [original], linktype=101)
    result = click("-e", f"""
        FromDump(in, STOP true) -> MarkIPHeader -> rw :: {element}
            -> ToDump(middle, ENCAP IP, SNAPLEN 0)
            -> ICMPError(5.5.5.5, timeexceeded)
            -> e :: ICMPRewriter(rw) -> CheckIPHeader(VERBOSE true)
            -> CheckICMPHeader(VERBOSE true)
            -> ToDump(out, ENCAP IP, SNAPLEN 0);
        e[1] -> Print(unknown) -> Discard""")
    assert (result.status, result.err) == (0, ""), result
    middle, = rdpcap(str(tmp_path / "middle"))
    error, = rdpcap(str(tmp_path / "out"))
    assert middle[IP].src == "1.0.0.1"
    assert (error[IP].src, error[IP].dst) == ("5.5.5.5", "10.1.0.1")
    sent = bytes(original)
    assert bytes(error[IP].payload)[8:8 + len(sent)] == sent


def test_errors_about_any_of_several_rewriters(click, tmp_path):
    for name, inner in (("t", TCP(sport=5)), ("p", ICMP(id=4))):
        wrpcap(str(tmp_path / name),
               [IP(src="10.1.0.1", dst="9.9.9.9") / inner], linktype=101)
    result = click("-e", """
        FromDump(t, STOP true) -> MarkIPHeader
            -> rw :: IPRewriter(pattern 1.0.0.1 9 - - 0 0)
            -> e :: ICMPError(5.5.5.5, unreachable, host);
        FromDump(p, STOP true) -> MarkIPHeader
            -> pr :: ICMPPingRewriter(pattern 1.0.0.2 - 8 0 0) -> e;
        e -> r :: ICMPRewriter(rw pr) -> Print(known, 0) -> Discard;
        r[1] -> Print(unknown, 0) -> Discard;
        DriverManager(pause, pause)""")
    assert (result.status, [line.split(":")[0] for line in result.errors]) == (
        0, ["known", "known"]), result


def test_other_errors_leave_by_the_second_output(frames):
    base = IP(src="9.9.9.9", dst="1.0.0.1")
    inner = IP(src="1.0.0.1", dst="9.9.9.9") / UDP(sport=4, dport=9)
    sent = [base / ICMP(type=3) / inner, base / ICMP(type=3) / b"short",
            base / ICMP(), base / UDP(sport=1), base / ICMP(type=11) / Raw(
                b"\x4f" + bytes(inner)[1:])]
    element = "{ input[0] -> e :: ICMPRewriter(real); e[0] -> [0]output; " \
        "e[1] -> [1]output; input[1] -> Discard }"
    out, other = frames(element, [(0, p) for p in sent],
                        "Idle -> real :: IPRewriter(drop) -> Idle;")
    assert (out, [bytes(p) for p in other]) == ([], [bytes(p) for p in sent])


# ---- Hot swap ---------------------------------------------------------------

def test_flows_outlive_a_new_configuration(click, tmp_path):
    def config(dump, first, pause):
        return f"""
            FromIPSummaryDump({dump}, STOP true) -> side :: PaintSwitch
                -> rw :: IPRewriter(pattern 1.0.0.1 {first}-3000# - - 0 1, drop)
                -> Print(forth, 0)
                -> to :: ToIPSummaryDump({dump}.out, FIELDS {FIELDS});
            side[1] -> [1]rw[1] -> to;
            DriverManager(pause, {pause})"""
    (tmp_path / "a").write_text(
        f"!data {FIELDS}\n> 10.1.0.1 5 9.9.9.9 80\n> 10.1.0.2 5 9.9.9.9 80\n")
    (tmp_path / "b").write_text(
        f"!data {FIELDS}\n< 9.9.9.9 80 1.0.0.1 2000\n> 10.1.0.2 5 9.9.9.9 80\n"
        "> 10.1.0.3 5 9.9.9.9 80\n")
    (tmp_path / "second").write_text(
        config("b", 2000, "print rw.size, stop"))
    result = click("-R", "-e", config(
        "a", 2000, "print rw.size, write hotconfig $(cat second), wait"))
    assert result.status == 0, result
    assert result.lines == ["2", "3"]
    assert [line.split()[1:] for line in
            (tmp_path / "b.out").read_text().splitlines()
            if not line.startswith("!")] == [
                "9.9.9.9 80 10.1.0.1 5".split(),
                "1.0.0.1 2001 9.9.9.9 80".split(),
                "1.0.0.1 2002 9.9.9.9 80".split()]
