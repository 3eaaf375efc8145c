# SPDX-License-Identifier: BSD-2-Clause
"""What Click's manual says, in cases that we once had wrong: each test is a
sentence of it, tried."""
import signal
import socket
import subprocess
import time

import pytest

from click_program import Program
from waiting import PATIENCE

HEADER = "\\<45000014 00000000 0a00f000 01000001 02000002>"


def dump(fields, *lines, more=""):
    text = "\\n".join([f"!data {fields}", *lines])
    return f'FromIPSummaryDump(STOP true{more}, DATA "{text}")'


# ---- Arguments --------------------------------------------------------------

def test_keywords_may_stand_before_other_arguments(click):
    result = click("-q", "-e", "Idle -> q :: Queue(CAPACITY 5) -> Idle; "
                   "Idle -> p :: Print(MAXLENGTH 3, tag, TIMESTAMP true) -> Idle;"
                   "a :: ARPQuerier(TIMEOUT 1s, 1.0.0.1, 2:1:1:1:1:1);"
                   "Idle -> a -> Idle; Idle -> [1] a", "-h", "q.capacity")
    assert (result.status, result.err, result.out.strip()) == (0, "", "5")


@pytest.mark.parametrize("words, passed", [
    ("INTERFACES 9.0.0.1/24 1.0.0.9/8", 1), ("INTERFACES 2.0.0.2/8 1.0.0.9/8", 1),
    ("BADSRC 9.9.9.9 1.0.0.1", 0), ("BADSRC 1.0.0.1 9.9.9.9", 0),
    ("BADSRC 1.0.0.1 8.8.8.8, GOODDST 7.7.7.7 2.0.0.2", 1),
    ("INTERFACES 9.0.0.1/24 1.0.0.0/31", 0)])
def test_lists_of_addresses(click, words, passed):
    result = click("-e", f"""InfiniteSource({HEADER}, LIMIT 1, STOP true)
        -> CheckIPHeader({words}, CHECKSUM false) -> c :: Counter -> Discard""",
                   "-h", "c.count")
    assert result.out.strip() == str(passed), result.err


def test_names_of_ports_as_in_etc_services(click):
    result = click("-e", """
        PortInfo(web 8080/tcp www # as they say, # all 1 of it,);
        InfiniteSource(LIMIT 1, STOP true) -> UDPIPEncap(1.0.0.1, web, 2.0.0.2,
        www) -> ToIPSummaryDump(-, HEADER false, FIELDS sport dport)""")
    assert (result.out, result.err) == ("8080 8080\n", "")


def test_names_of_interfaces_are_their_addresses(click):
    """Any Linux has lo, and what it has there is known."""
    result = click("-e", """
        InfiniteSource(LIMIT 1, STOP true, DATA "\\<00>")
        -> IPEncap(99, lo, lo:bcast) -> IPPrint(TIMESTAMP false)
        -> EtherEncap(0x800, lo, lo:eth) -> Print(MAXLENGTH 12) -> Discard;
        Idle -> r :: StaticIPLookup(lo:ipnet 0) -> Idle""", "-h", "r.table")
    assert result.errors == ["127.0.0.1 > 127.255.255.255: ip-proto-99",
                             "  35 | 00000000 00000000 00000000"]
    assert result.out.split()[0] == "127.0.0.0/8"
    assert "expected an IP address, not 'nosuch'" in click(
        "-q", "-e", "Idle -> SetIPAddress(nosuch) -> Idle").err


def test_tickets_beyond_the_most_are_reduced(click):
    result = click("-q", "-e", "Idle -> s :: StrideSched(10, 100000) -> Idle;"
                   "Idle -> [1] s", "-h", "s.tickets1")
    assert "warning: tickets of port 1 reduced to 32768" in result.err
    assert result.out.strip() == "32768"


def test_a_control_socket_may_take_the_next_port(click):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        result = click("-e", f"""a :: ControlSocket(TCP, {port}+);
            c :: ControlSocket(UNIX, sock);
            Script(print a.port, print c.port, stop)""")
        assert port < int(result.lines[0]) < 65536
        assert result.lines[1] == "sock"
        assert click("-e", f"ControlSocket(TCP, {port})").status == 1
    assert click("-q", "-e", "ControlSocket(TCP, 80x)").status == 1


# ---- Script -----------------------------------------------------------------

def test_a_passive_script_keeps_its_arguments_while_it_waits(click):
    result = click("--simtime", "-e", """
        p :: Script(TYPE PASSIVE, print $1, wait 1, print "$2 $#", stop);
        Script(write p.run one two)""")
    assert result.lines == ["one", "two 2"]


def test_handlers_saved_to_files(click, tmp_path):
    result = click("-e", """Idle -> c :: Counter -> Idle; Script(
        save c.count FILE, append c.class FILE, save c.name -, stop)""")
    assert result.lines == ["c"]
    assert (tmp_path / "FILE").read_text() == "0\nCounter\n"


def test_a_signal_script_that_exits_is_gone(click):
    result = subprocess.run(
        [click.program, "-e", """Script(TYPE SIGNAL USR1, print "got", exit);
         Script(set y $(kill USR1 $$), wait 0.001, set y $(kill USR1 $$),
         wait 9, stop)"""], capture_output=True, timeout=PATIENCE, check=False)
    assert (result.stdout, result.returncode) == (b"got\n", -signal.SIGUSR1)


def test_scripts_may_catch_what_would_end_the_program(click, tmp_path):
    config = """Script(TYPE SIGNAL INT, print "one", stop);
        Script(TYPE SIGNAL INT, print "two"); Script(print >READY "yes")"""
    with Program([click.program, "-e", config], cwd=tmp_path,
                 stdout=subprocess.PIPE) as process:
        while not (tmp_path / "READY").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE)[0] == b"one\ntwo\n"


# ---- Sources, schedulers, switches ------------------------------------------

def test_the_end_of_a_source_is_told_once(click):
    result = click("--simtime", "-e", """
        i :: InfiniteSource(LIMIT 3, END_CALL s.run) -> Discard;
        s :: Script(TYPE PASSIVE, print "end", write i.length 2);
        Script(wait 1, write i.reset, wait 1, stop)""")
    assert result.lines == ["end", "end"]


def test_a_splitter_without_a_second_output_drops(click):
    result = click("--simtime", "-e", """RatedSource(RATE 100, LIMIT 201,
        STOP true) -> RatedSplitter(10, BURST_SIZE 2) -> c :: Counter -> Discard""",
                   "-h", "c.count")
    assert 20 <= int(result.out) <= 22


def test_an_active_bypass_without_another_way_drops(click):
    result = click("-e", """InfiniteSource(LIMIT 2, STOP true) -> Bypass(true)
        -> c :: Counter -> Discard""", "-h", "c.count")
    assert (result.status, result.out.strip()) == (0, "0")


def test_sorted_streams_may_end_more_than_once(click):
    result = click("-e", f"""
        a :: {dump("timestamp", "1", "3")[:-1].replace("STOP true, ", "")})
            -> t :: TimeSortedSched(STOP true) -> c :: Counter -> Discard;
        b :: {dump("timestamp", "2").replace("STOP true", "ACTIVE false")}
            -> Queue -> [1] t;
        DriverManager(wait, print c.count, write b.active true, wait,
            print c.count)""")
    assert result.lines == ["2", "3"]


@pytest.mark.parametrize("words, least, most", [
    ("0, 5, 0.1", 440, 650), ("0, 5, 0.1, GENTLE false", 990, 1000),
    ("0, 2, 0.1", 990, 1000), ("6, 8, 1", 0, 0)])
def test_red_is_gentle(click, words, least, most):
    """With 6 packets in the queue the probability is 0.28, which, as drops are
    spread, makes one of 1.8 packets (0.39, 0.64, 1 for the first, second, third
    behind a drop)."""
    result = click("--simtime", "-e", f"""
        InfiniteSource(LIMIT 6) -> q :: Queue -> Idle;
        RatedSource(RATE 1000, LIMIT 1000, STOP true)
            -> r :: RED({words}, QUEUES q, STABILITY 0) -> Discard""",
                   "-h", "r.drops")
    assert least <= int(result.out) <= most


def test_red_finds_its_queues_again(click):
    """Also when a configuration was refused between."""
    result = click("--simtime", "-e", """
        Idle -> r :: RED(1, 5, 0.1, QUEUES a) -> a :: Queue -> Idle;
        Idle -> b :: Queue -> Idle;
        DriverManager(print $(r.queues), write r.config 1 5 0.1,
            writeq r.config "1, 5, 0.1, QUEUES c", print $(r.queues),
            writeq r.config "1, 5, 0.1, QUEUES a b", print $(r.queues),
            write r.max_p 0.2, print $(r.queues),
            writeq r.config "1, 5, 0.1", print $(r.queues))""")
    assert [" ".join(line.split()) for line in result.lines if line] == [
        "a", "a", "a", "b", "a", "b", "a"]
    assert "no element named 'c'" in result.err


def test_good_headers_are_counted(click):
    result = click("-e", f"""InfiniteSource({HEADER}, LIMIT 3, STOP true)
        -> s :: RoundRobinSwitch -> c :: CheckIPHeader(CHECKSUM false)
        -> Discard; s [1] -> Truncate(9) -> c""", "-h", "c.count", "-h",
                   "c.drops")
    assert [line for line in result.lines if line.isdigit()] == ["2", "1"]


# ---- Packets ----------------------------------------------------------------

def test_vlan_decap_takes_its_own_tag_only(click):
    result = click("-e", """InfiniteSource("\\<aabb>", LIMIT 1, STOP true)
        -> EtherEncap(0x0800, 1:1:1:1:1:1, 2:2:2:2:2:2)
        -> VLANEncap(7, ETHERTYPE 0x88a8) -> VLANDecap -> Print
        -> VLANDecap(ETHERTYPE 0x88a8) -> Print -> Discard""")
    assert result.errors == [
        "  20 | 02020202 02020101 01010101 88a80007 0800aabb",
        "  16 | 02020202 02020101 01010101 0800aabb"]


def test_reply_annotations_reach_errors(click):
    result = click("-e", dump("link src dst sport dport proto",
                              "2 1.0.0.1 9.0.0.9 5 6 U",
                              more=", CHECKSUM true") + """
        -> ip :: IPRewriter(pattern 3.0.0.3 - - - 0 0, REPLY_ANNO PAINT)
        -> ICMPError(8.8.8.8, timeexceeded) -> Paint(0)
        -> ICMPRewriter(ip, REPLY_ANNO PAINT) -> IPPrint(PAINT true,
            TIMESTAMP false) -> Discard""")
    assert result.errors == [
        "paint 2: 8.8.8.8 > 1.0.0.1: icmp timeexceeded transit"]


@pytest.mark.parametrize("line, printed", [
    ("echo . 5", "icmp echo (5, 0)"), ("echo-reply . 5", "icmp echo-reply (5, 0)"),
    ("redirect 1 0", "icmp redirect host"),
    ("timeexceeded 1 0", "icmp timeexceeded reassembly")])
def test_icmp_packets_are_printed_by_their_names(click, line, printed):
    kind, code, flow = line.replace(".", "0").split()
    result = click("-e", dump("src dst icmp_type icmp_code icmp_flowid",
                              f"1.0.0.1 2.0.0.2 {kind} {code} {flow}",
                              more=", DEFAULT_CONTENTS ip_src")
                   .replace("!data", "!proto I\\n!data")
                   + " -> IPPrint(TIMESTAMP false) -> Discard")
    assert result.errors == [f"1.0.0.1 > 2.0.0.2: {printed}"]


def test_the_second_length_of_tcp_is_the_packets_own(click):
    result = click("-e", dump("src dst sport dport proto", "1.0.0.1 2.0.0.2 3 4 T")
                   + """ -> EtherEncap(0x800, 1:1:1:1:1:1, 2:2:2:2:2:2)
                   -> IPPrint(TIMESTAMP false) -> Discard""")
    assert result.errors == ["1.0.0.1.3 > 2.0.0.2.4: . 0:0(0,54,40) win 0"]


@pytest.mark.parametrize("line, length", [
    ("1.0.0.1 T -", "40"), ("1.0.0.1 U -", "28"), ("1.0.0.1 I -", "28"),
    ("1.0.0.1 9 -", "20"), ("1.0.0.1 T 20", "20"), ("1.0.0.1 T 33", "33")])
def test_packets_of_summaries_have_a_transport_header(click, line, length):
    result = click("-e", dump("src proto ip_len", line) +
                   " -> ToIPSummaryDump(-, HEADER false, FIELDS ip_capture_len)")
    assert result.out.strip() == length


def test_timestamps_of_summaries(click):
    result = click("-e", dump("timestamp", ".5", "1.25", "2") +
                   " -> AdjustTimestamp(-1, ALL true)"
                   " -> ToIPSummaryDump(-, HEADER false, FIELDS timestamp)")
    assert result.lines == ["-0.500000", "0.250000", "1.000000"]


def test_hosts_of_filters_may_be_ethernet_addresses(click):
    result = click("-q", "-e", "Idle -> f :: IPFilter(allow host 9:A:B:C:D:E) "
                   "-> Idle", "-h", "f.program")
    assert [line.split()[1] for line in result.lines[:4]] == [
        "8/090a0b0c%ffffffff", "12/0d0e0000%ffff0000", "0/0000090a%0000ffff",
        "4/0b0c0d0e%ffffffff"]


@pytest.mark.parametrize("pattern, error", [
    ("1.0.0.1 1-9 - -", None), ("1.0.0.1 1x - -", "bad source port"),
    ("1.0.0.1 9-1 - -", "bad source port"), ("1.0.0.1 - 2", "bad pattern")])
def test_address_patterns_may_have_ports_that_mean_nothing(click, pattern,
                                                           error):
    result = click("-q", "-e", "Idle -> r :: IPAddrRewriter("
                   f"pattern {pattern} 0 0) -> Idle", "-h", "r.patterns")
    if error:
        assert error in result.err
    else:
        assert result.out.startswith("1.0.0.1 -")


def test_udp_rewriter_treats_tcp_as_udp(click):
    """Three packets, some of each side: STREAMING_TIMEOUT."""
    lines = ["> 1 1.0.0.1 1 9.0.0.9 9", "< 1.1 9.0.0.9 9 2.0.0.2 1000",
             "> 1.2 1.0.0.1 1 9.0.0.9 9", "> 2 1.0.0.1 2 9.0.0.9 9",
             "> 4 1.0.0.1 3 9.0.0.9 9", "< 5 9.0.0.9 9 2.0.0.2 1000"]
    result = click("--simtime", "-e", "p :: " + dump(
        "direction timestamp src sport dst dport", *lines,
        more=", TIMING true") + """ -> s :: PaintSwitch -> r :: UDPRewriter(
        pattern 2.0.0.2 1000-1009# - - 0 1, drop, MAPPING_CAPACITY 2,
        GUARANTEE 1, TIMEOUT 3, STREAMING_TIMEOUT 9) -> Discard;
        s [1] -> [1] r [1] -> ToIPSummaryDump(-, HEADER false,
        FIELDS timestamp dport)""")
    assert result.lines == ["1.100000 1", "5.000000 1"]


@pytest.mark.parametrize("spec, port", [("0", "4,1"), ("1", "156,64"),
                                        ("2", None), ("7", None)])
def test_ftp_data_may_be_as_an_input_of_the_rewriter_has_it(click, tmp_path,
                                                            spec, port):
    (tmp_path / "in").write_text(
        "!data src sport dst dport proto tcp_seq payload\n"
        '10.0.0.9 30 2.0.0.2 21 T 0 "x"\n'
        '10.0.0.9 30 2.0.0.2 21 T 1 "PORT 10,0,0,9,3,3\\n"\n')
    result = click("-e", f"""FromIPSummaryDump(in, STOP true, CHECKSUM true)
        -> FTPPortMapper(rw, rw, {spec}) -> rw :: IPRewriter(
            pattern 1.0.0.1 1024-65535# - - 0 0,
            pattern 1.0.0.1 40000-65535# - - 0 0, drop)
        -> CheckTCPHeader -> ToIPSummaryDump(-, HEADER false, FIELDS payload);
        Idle -> [1] rw; Idle -> [2] rw""")
    if port:
        assert result.lines[1] == f'"PORT 1,0,0,1,{port}\\n"', result.err
    else:
        assert "is not a pattern" in result.err


def test_names_of_addresses_are_networks_of_one(click):
    result = click("-q", "-e", """AddressInfo(me 9.0.0.1 1:2:3:4:5:6);
        Idle -> a :: ARPQuerier(me, me) -> Idle; Idle -> [1] a""",
                   "-h", "a.ipaddr")
    assert (result.err, result.out.strip()) == ("", "9.0.0.1")


# ---- Elements that published configurations use -----------------------------

ECHO = "src dst proto icmp_type icmp_flowid"


@pytest.mark.parametrize("pattern, ident", [
    ("2.0.0.1 - - -", 7),                    # as IPRewriter has it
    ("2.0.0.1 900-900 - -", 900),
    ("2.0.0.1 900-900 - 80", 900),           # echoes have no other port
    ("2.0.0.1 - 900-900", 900), ("2.0.0.1 -", 7), ("NAT", 1024),
])
def test_patterns_of_pings(click, pattern, ident):
    """A request, its reply, and a request of TCP's for the same pattern."""
    result = click("-e", """IPRewriterPatterns(NAT 2.0.0.1 1024-1024 - -);
        p :: """ + dump("direction " + ECHO, "> 1.0.0.1 9.0.0.9 I 8 7",
                        f"< 9.0.0.9 2.0.0.1 I 0 {ident}") + f"""
        -> s :: PaintSwitch -> r :: ICMPPingRewriter(pattern {pattern} 0 1,
        drop) -> o :: ToIPSummaryDump(-, HEADER false, FIELDS {ECHO});
        s [1] -> [1] r [1] -> o;
        Idle -> tcp :: IPRewriter(pattern NAT 0 0) -> Discard""")
    assert result.err == ""
    assert result.lines == [f"2.0.0.1 9.0.0.9 I 8 {ident}",
                            "9.0.0.9 1.0.0.1 I 0 7"]


def test_a_named_pattern_of_addresses(click):
    result = click("-q", "-e", """IPRewriterPatterns(NAT 2.0.0.1 5-9# - 80);
        Idle -> r :: IPAddrRewriter(pattern NAT 0 0) -> Idle""",
                   "-h", "r.patterns")
    assert (result.err, result.out.strip()) == ("", "2.0.0.1 -")


def test_a_bad_pattern_of_pings(click):
    result = click("-q", "-e", "Idle -> r :: ICMPPingRewriter(pattern 1.0.0.1 "
                   "x - - 0 0) -> Idle")
    assert result.status == 1 and "bad source port" in result.err


@pytest.mark.parametrize("rule, passed", [
    ("dst != 9.0.0.9", [0]), ("icmp type echo and dst != 9.0.0.9", [0]),
    ("src 1.0.0.1 and dst != 8.0.0.8", [1]), ("dst == 9.0.0.9", [1]),
    ("icmp type echo and not dst 9.0.0.9", [0]),
])
def test_a_relation_of_what_the_value_is(click, rule, passed):
    result = click("-e", dump(ECHO, "1.0.0.1 8.0.0.8 I 8 1",
                              "1.0.0.1 9.0.0.9 I 8 2") + f"""
        -> IPClassifier({rule}) -> ToIPSummaryDump(-, HEADER false,
        FIELDS icmp_flowid)""")
    assert result.lines == [str(number + 1) for number in passed], result


def test_a_mac_header_with_a_length_says_where_the_ip_header_is(click):
    ip = "4500001c00000000 40110000 01000001 02000002 0001000200080000"
    config = f"""InfiniteSource(DATA \\<ffff {'00' * 14} {ip}>, LIMIT 1,
        STOP true) -> MarkMACHeader(2, 14) -> IPPrint(x) -> Discard"""
    assert "1.0.0.1.1 > 2.0.0.2.2" in click("-e", config).err


ARP = "0001 0800 06 04 0001 020000000001 01000001 000000000000 01000002"


@pytest.mark.parametrize("data, reason", [
    (ARP, None), (ARP + "00", None), (ARP[:-2], "bad packet length"),
    (ARP[:9], "no ARP header"), ("0006" + ARP[4:], "bad hardware type"),
    (ARP.replace("0800", "86dd"), "bad protocol type"),
    (ARP.replace("06 04", "06 10"), "bad packet length"),
])
def test_arp_headers(click, data, reason):
    result = click("-e", f"""InfiniteSource(DATA \\<aabb {data}>, LIMIT 1,
        STOP true) -> c :: CheckARPHeader(2, DETAILS true)
        -> good :: Counter -> Discard; c [1] -> bad :: Counter -> Discard;
        DriverManager(pause, print good.count, print bad.count,
        print c.drops, print c.drop_details)""")
    assert result.lines[:3] == (["0", "1", "1"] if reason else ["1", "0", "0"])
    told = [line.split(None, 1) for line in result.lines[3:]]
    assert ["1", reason] in told if reason else all(
        count == "0" for count, _ in told)


def test_a_clipboard(click):
    """Bytes 1 and 4, 5 of each packet of the first kind go into the later ones
    of the second, as far as those reach."""
    result = click("-e", """one :: InfiniteSource(DATA "abcdef", LIMIT 1)
            -> c :: Clipboard(1/1, 4/2) -> Print(a, CONTENTS ASCII) -> Discard;
        two :: InfiniteSource(DATA "012345", LIMIT 1) -> Queue
            -> [1] c [1] -> u :: Unqueue -> Print(b, CONTENTS ASCII) -> Discard;
        three :: InfiniteSource(DATA "01234", LIMIT 1, ACTIVE false)
            -> Queue -> [1] d :: Clipboard(1/1, 4/2) [1] -> Unqueue
            -> Print(c, CONTENTS ASCII) -> Discard;
        InfiniteSource(DATA "uvwxyz", LIMIT 1) -> d -> Discard;
        Script(wait 0.01s, write three.active true, wait 0.01s, stop)""")
    assert sorted(result.errors) == ["a:    6 |  abcdef", "b:    6 |  0b23ef",
                                     "c:    5 |  0v234"]


@pytest.mark.parametrize("words, said", [
    ("", "expected OFFSET/LENGTH"), ("1", "expected OFFSET/LENGTH"),
    ("1/0", "expected OFFSET/LENGTH"), ("x/1", "expected OFFSET/LENGTH"),
])
def test_bad_clipboards(click, words, said):
    result = click("-q", "-e", f"c :: Clipboard({words}); Idle -> c -> Idle; "
                   "Idle -> [1] c [1] -> Idle")
    assert result.status == 1 and said in result.err


def test_threads_are_taken_and_mean_nothing(click):
    result = click("-j", "2", "-a", "--affinity=1", "--threads=4", "-q", "-e",
                   "StaticThreadSched(x 0, y 1)")
    assert (result.status, result.err) == (0, "")
    assert click("-j", "none", "-e", "Idle").status == 1


def test_rules_from_a_file(click, tmp_path):
    (tmp_path / "rules").write_text(
        "# first\nallow src 1.0.0.1\n\n  deny src 1.0.0.2\r\n1 dst port 53\n")
    rules = "file rules, drop tcp, allow all"
    lines = ["1.0.0.1 1 2 T", "1.0.0.2 1 2 U", "1.0.0.3 1 53 U",
             "1.0.0.4 1 2 T", "1.0.0.5 1 2 U"]
    result = click("-e", dump("src sport dport proto", *lines) + f"""
        -> f :: IPFilter({rules}) -> Print(0) -> ToIPSummaryDump(a, HEADER false,
        FIELDS src); f [1] -> ToIPSummaryDump(b, HEADER false, FIELDS src)""")
    assert result.status == 0
    assert (tmp_path / "a").read_text().split() == ["1.0.0.1", "1.0.0.5"]
    assert (tmp_path / "b").read_text().split() == ["1.0.0.3"]


@pytest.mark.parametrize("rules, said", [
    ("allow all\nlet all\nx\n", ["unknown action 'let'", "unknown action 'x'"]),
    ("allow nonsense", ["'nonsense' is not understood"]),
    (None, ["rules: cannot be opened"]), ("", []), ("allow all", []),
])
def test_bad_rules_in_a_file(click, tmp_path, rules, said):
    if rules is not None:
        (tmp_path / "rules").write_text(rules)
    result = click("-q", "-e", "Idle -> IPFilter(file rules) -> Idle")
    assert result.status == (1 if said else 0), result
    assert all(text in result.err for text in said), result


def test_fields_of_a_vlan_by_handlers(click):
    result = click("-e", """x :: VLANEncap(VLAN_ID 7, VLAN_PCP 3);
        y :: SetVLANAnno(0); z :: EtherVLANEncap(0x800, 1:1:1:1:1:1,
        2:2:2:2:2:2, 9); Idle -> x -> y -> z -> Idle;
        Script(print x.vlan_tci, print x.vlan_id, print x.vlan_pcp,
            write y.vlan_id 4095, write y.vlan_pcp 7, print y.vlan_tci,
            write y.vlan_tci 5, print y.vlan_id, print y.vlan_pcp,
            write z.vlan_pcp 1, print z.vlan_tci, write z.native_vlan 9,
            print z.native_vlan, write z.vlan_id 4096, write z.vlan_pcp 8,
            print z.vlan_tci, stop)""")
    assert result.lines == ["24583", "7", "3", "61439", "5", "0", "8201", "9",
                            "8201"]
    assert result.err.count("expected 0 to") == 2


@pytest.mark.parametrize("table", [
    "Radix", "Direct", "Range", "Linear", "Sorted", "Trie"])
def test_all_routes_go_at_once(click, table):
    result = click("-e", f"""r :: {table}IPLookup(1.0.0.0/8 0, 2.0.0.0/8 0);
        Idle -> r -> Idle; Script(write r.flush, print "t$(r.table)",
        write r.add 3.0.0.0/8 0, print $(r.lookup 3.0.0.1), stop)""")
    assert result.lines == ["t", "0"], result


def test_handlers_of_devices_and_of_the_router(click):
    result = click("-q", "-e", "f :: FromDevice(eth0) -> Discard",
                   "-h", "f.encap", "-h", "f.kernel_drops", "-h", "packages")
    assert result.err == "" and result.out.split() == [
        "f.encap:", "ETHER", "f.kernel_drops:", "??", "packages:"]


def test_a_querier_has_its_names_address(click):
    """As gateways are published: an address, and its network."""
    result = click("-e", """AddressInfo(in 10.0.0.1 10.0.0.0/8 2:0:0:0:0:1);
        InfiniteSource(LIMIT 1, STOP true, LENGTH 40) -> SetIPAddress(10.0.0.9)
        -> q :: ARPQuerier(in) -> ARPPrint -> Discard; Idle -> [1] q;
        b :: ARPQuerier(in:ipnet, in:eth); Idle -> b -> Idle; Idle -> [1] b""",
        "-h", "q.broadcast", "-h", "b.ipaddr")
    assert "arp who-has 10.0.0.9 tell 10.0.0.1" in result.err
    assert result.out.split() == ["q.broadcast:", "10.255.255.255",
                                  "b.ipaddr:", "10.0.0.0"]


@pytest.mark.parametrize("outputs, unknown", [(1, "a"), (2, "b")])
def test_replies_that_nobody_knows_leave_as_replies(click, tmp_path, outputs,
                                                    unknown):
    second = "r [1] -> " if outputs == 2 else "Idle -> "
    result = click("-e", dump(ECHO, "1.0.0.1 9.0.0.9 I 8 7",
                              "9.0.0.9 2.0.0.1 I 0 77") + f"""
        -> r :: ICMPPingRewriter(2.0.0.1, -)
        -> ToIPSummaryDump(a, HEADER false, FIELDS {ECHO});
        {second} ToIPSummaryDump(b, HEADER false, FIELDS {ECHO});
        DriverManager(wait, write stop)""")
    assert result.status == 0, result
    files = {name: (tmp_path / name).read_text() for name in "ab"}
    assert "2.0.0.1 9.0.0.9 I 8" in files["a"]
    assert "9.0.0.9 2.0.0.1 I 0 77" in files[unknown]


def test_signals(click):
    result = click("-e", """i :: InfiniteSource(LIMIT 1, ACTIVE false)
        -> a :: NotifierDebug -> Queue -> b :: NotifierDebug -> s :: PullSwitch
        -> Discard; Idle -> [1] s;
        x :: TimedSource -> c :: NotifierDebug -> Discard;
        Script(write s.switch -1, print a.signal, print b.signal,
            write i.active true, wait 10ms, print b.signal,
            write s.switch 0, wait 10ms, print b.signal, print c.signal, stop)
        """)
    assert result.lines == ["full.0/1:1*", "empty.0/1:0", "empty.0/1:1*",
                            "empty.0/1:0", "busy*"], result


def test_a_vlan_may_be_left_out(click):
    """It is 0, then, which is the native one, and packets stay as they are."""
    result = click("-q", "-e", "Idle -> a :: VLANEncap -> b :: VLANEncap(5) -> "
                   "Idle", "-h", "a.vlan_tci", "-h", "b.vlan_tci")
    assert result.out.split() == ["a.vlan_tci:", "0", "b.vlan_tci:", "5"]
    result = click("-q", "-e", "Idle -> VLANEncap(5, VLAN_ID 5) -> Idle")
    assert "expected one of VLAN_TCI and VLAN_ID" in result.err
