# SPDX-License-Identifier: BSD-2-Clause
"""Aggregates: numbers for groups of packets, and how many each has; FTP's data
connections through address translation."""

import struct

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import rdpcap, wrpcap

PACKETS = [
    IP(src="1.2.3.4", dst="5.6.7.8", tos=0xb9, id=0x1234, ttl=9)
    / UDP(sport=100, dport=53) / Raw(b"abcd"),
    IP(src="1.2.3.5", dst="5.6.7.9", flags="DF")
    / TCP(sport=7, dport=80, seq=0xfedcba98, ack=77, flags="SA", window=501,
          options=[("NOP", None)] * 4) / Raw(b"xyz!"),
    IP(src="9.9.9.9", dst="5.6.7.8") / ICMP(type=11, code=1) / Raw(b"1234"),
    IP(src="1.2.3.4", dst="5.6.7.8", proto=17, frag=3) / Raw(b"later123"),
]
NONE = None


@pytest.fixture
def aggregates(click, tmp_path):
    """The aggregate annotation of each packet that left by output 0."""
    def start(element, packets=tuple(PACKETS), fields="aggregate", more=""):
        wrpcap(str(tmp_path / "in"), list(packets), linktype=101)
        result = click("-e", f"""
            FromDump(in, STOP true) -> CheckIPHeader(CHECKSUM false)
                -> a :: {element} -> ToIPSummaryDump(out, FIELDS {fields});
            {more}""")
        assert (result.status, result.err) == (0, ""), result
        return [line for line in (tmp_path / "out").read_text().splitlines()
                if not line.startswith("!")]
    return start


# FIELD, and what the packets above have there.
FIELDS = [
    ("ip src", [0x01020304, 0x01020305, 0x09090909, 0x01020304]),
    ("ip src/8", [1, 1, 9, 1]),
    ("ip dst & 0x0000ff00", [7, 7, 7, 7]),
    ("ip[12]", [1, 1, 9, 1]),
    ("ip[12:2]", [0x0102, 0x0102, 0x0909, 0x0102]),
    ("ip[12, 2]", [0x0102, 0x0102, 0x0909, 0x0102]),
    ("ip{96-103}", [1, 1, 9, 1]),
    ("ip[13-16]", [0x02030405, 0x02030505, 0x09090905, 0x02030405]),
    ("ip vers", [4] * 4), ("ip hl", [5] * 4),
    ("ip tos", [0xb9, 0, 0, 0]), ("ip dscp", [0x2e, 0, 0, 0]),
    ("ip ecn", [1, 0, 0, 0]), ("ip id", [0x1234, 1, 1, 1]),
    ("ip off", [0, 0x4000, 0, 3]), ("ip df", [0, 1, 0, 0]),
    ("ip fragoff", [0, 0, 0, 3]), ("ip ttl", [9, 64, 64, 64]),
    ("ip proto", [17, 6, 1, 17]), ("ip len", [32, 48, 32, 28]),
    ("udp dport", [53, NONE, NONE, NONE]),
    ("udp len", [12, NONE, NONE, NONE]),
    ("sport", [100, 7, NONE, NONE]), ("dport", [53, 80, NONE, NONE]),
    ("tcp seq", [NONE, 0xfedcba98, NONE, NONE]),
    ("tcp ack", [NONE, 77, NONE, NONE]), ("tcp hl", [NONE, 6, NONE, NONE]),
    ("tcp flags", [NONE, 0x12, NONE, NONE]),
    ("tcp syn", [NONE, 1, NONE, NONE]), ("tcp fin", [NONE, 0, NONE, NONE]),
    ("tcp ackf", [NONE, 1, NONE, NONE]), ("tcp win", [NONE, 501, NONE, NONE]),
    ("icmp type", [NONE, NONE, 11, NONE]), ("icmp code", [NONE, NONE, 1, NONE]),
    ("transp[2-3]", [53, 80, NONE, NONE]),
    ("tcp[2:2]", [NONE, 80, NONE, NONE]),
    ("data[0:4]", [0x61626364, 0x78797a21, NONE, NONE]),
    ("data[3:2]", [NONE] * 4),
    ("data{0:4} & 3", [2, 3, NONE, NONE]),
]


@pytest.mark.parametrize("field, values", FIELDS)
def test_fields_of_ip(aggregates, field, values):
    if field == "transp[2-3]":
        values = values[:2] + [struct.unpack(">H", bytes(PACKETS[2])[22:24])[0],
                               NONE]
    out = aggregates(f'AggregateIP("{field}")', more="a[1] -> Discard")
    assert [int(line) for line in out] == [
        value for value in values if value is not NONE]


def test_aggregates_grow(aggregates):
    out = aggregates("AggregateIP(ip proto) -> b :: AggregateIP(ip df,"
                     " INCREMENTAL true)")
    assert out == ["34", "13", "2", "34"]
    out = aggregates("AggregateIP(ip src/8, UNSHIFT_IP_ADDR true)")
    assert out == ["16777216", "16777216", str(9 << 24), "16777216"]
    out = aggregates("AggregateIP(ip src/8) -> Paint(0x5a) -> b ::"
                     " AggregatePaint(4, INCREMENTAL true)")
    assert out == [str(16 + 10), str(16 + 10), str(9 * 16 + 10), str(16 + 10)]


def test_lengths(aggregates):
    assert aggregates("AggregateLength") == ["32", "48", "32", "28"]
    assert aggregates("Unstrip(4) -> b :: AggregateLength(IP true)") == [
        "32", "48", "32", "28"]
    assert aggregates("Unstrip(4) -> b :: AggregateLength") == [
        "36", "52", "36", "32"]


@pytest.mark.parametrize("field", [
    "bogus", "ip", "ip nothing", "ip src/33", "ip src/0", "ip[1:5]", "ip[4-2]",
    "ip src & 5", "ip src & 0", "ip tos & 0x1ff", "ip[12", "ip src x", "[3]",
    "ip[-1]", "ip[99999999:1]", "ip{0:33}", "data"])
def test_bad_fields(click, field):
    result = click("-q", "-e", f'Idle -> AggregateIP("{field}") -> Discard')
    assert result.status == 1 and f"bad FIELD '{field}'" in result.err


# ---- Counting ----------------------------------------------------------------

def counted(click, tmp_path, words, script, lines=None, more=""):
    lines = lines or ["1 7", "1 1", "0 1", "0 1", "0 1", "2 1", "3000000000 1",
                      "2 1"]
    (tmp_path / "in").write_text("!data aggregate count\n" + "\n".join(lines)
                                 + "\n")
    result = click("-e", f"""
        FromIPSummaryDump(in, STOP true, ZERO true)
            -> a :: AggregateCounter({words}) -> d :: Counter -> Discard;
        {more}
        DriverManager(pause, {script})""")
    assert (result.status, result.err) == (0, ""), result
    return [line for line in result.lines if not line.startswith("!")]


def test_counts(click, tmp_path):
    text = "write a.write_text_file -"
    assert counted(click, tmp_path, "", text) == [
        "0 3", "1 8", "2 2", "3000000000 1"]
    assert counted(click, tmp_path, "MULTIPACKET false", text) == [
        "0 3", "1 2", "2 2", "3000000000 1"]
    assert counted(click, tmp_path, "", "write a.write_ip_file -") == [
        "0.0.0.0 3", "0.0.0.1 8", "0.0.0.2 2", "178.208.94.0 1"]
    assert counted(click, tmp_path, "", "write a.counts_pdf, " + text) == [
        "1 1", "2 1", "3 1", "8 1"]
    assert counted(click, tmp_path, "", "print a.nagg, print a.count, write"
                   " a.clear, print a.nagg, " + text) == ["4", "14", "0"]


def test_binary_file(click, tmp_path):
    counted(click, tmp_path, 'BANNER "!mine"', "write a.write_file file")
    lines, data = (tmp_path / "file").read_bytes().split(b"!packed_le\n")
    assert b"!mine\n" in lines and all(
        line.startswith(b"!") for line in lines.splitlines())
    assert list(struct.iter_unpack("<II", data)) == [
        (0, 3), (1, 8), (2, 2), (3000000000, 1)]


def test_many_aggregates(click, tmp_path):
    lines = [f"{i * 2654435761 % 2**32} {i % 5 + 1}" for i in range(3000)]
    wanted = sorted(tuple(map(int, line.split())) for line in lines)
    got = counted(click, tmp_path, "", "write a.write_text_file -", lines)
    assert [tuple(map(int, line.split())) for line in got] == wanted


FROZEN = [
    ("AGGREGATE_FREEZE 2", ["0 3", "1 2"]),
    ("COUNT_FREEZE 3", ["0 3", "1 2"]),
    ("AGGREGATE_CALL 2 a.freeze true", ["0 3", "1 2"]),
    ("COUNT_CALL 5 a.active false", ["0 3", "1 2"]),
    ("AGGREGATE_STOP 3", ["0 3", "1 2", "2 1"]),
    ("COUNT_STOP 3", ["0 1", "1 2"]),
]


@pytest.mark.parametrize("words, left", FROZEN)
def test_thresholds(click, tmp_path, words, left):
    assert counted(click, tmp_path, f"MULTIPACKET false, {words}",
                   "write a.write_text_file -") == left


def test_second_ports(click, tmp_path):
    (tmp_path / "in").write_text("!data aggregate link\n1 0\n5 1\n1 1\n7 0\n")
    result = click("-e", """
        FromIPSummaryDump(in, STOP true, ZERO true) -> p :: PaintSwitch
            -> a :: AggregateCounter -> yes :: Counter -> Discard;
        p[1] -> [1] a [1] -> no :: Counter -> Discard""",
        "-h", "a.nagg", "-h", "yes.count", "-h", "no.count")
    assert result.out.split() == ["a.nagg:", "2", "yes.count:", "3",
                                  "no.count:", "1"], result


def test_bytes(aggregates, click, tmp_path):
    wrpcap(str(tmp_path / "in"), [Ether() / packet for packet in PACKETS])
    for words, total in (("BYTES true", 32 + 48 + 32 + 28 + 4 * 14),
                         ("BYTES true, IP_BYTES true", 32 + 48 + 32 + 28)):
        result = click("-e", f"""FromDump(in, STOP true, FORCE_IP true)
            -> a :: AggregateCounter({words}) -> Discard""", "-h", "a.count")
        assert result.out == f"{total}\n"


def test_bytes_of_what_was_cut(click, tmp_path):
    """No byte of IP is left of it."""
    wrpcap(str(tmp_path / "in"), [Ether() / PACKETS[0]])
    result = click("-e", """FromDump(in, STOP true, FORCE_IP true)
        -> Truncate(10) -> a :: AggregateCounter(IP_BYTES true,
           EXTRA_LENGTH false) -> Discard""", "-h", "a.count")
    assert result.out == "0\n"


@pytest.mark.parametrize("words, said", [
    ("AGGREGATE_STOP 1, AGGREGATE_FREEZE 2", "mutually exclusive"),
    ("COUNT_CALL 3", "expected 'N HANDLER [VALUE]'"),
    ("COUNT_CALL 3 nothing.there", "nothing"),
])
def test_bad_counters(click, words, said):
    result = click("-q", "-e", f"Idle -> AggregateCounter({words}) -> Discard")
    assert result.status == 1 and said in result.err


# ---- Flows -------------------------------------------------------------------

def flows(click, tmp_path, lines, words="", fields="aggregate link ip_id",
          given="timestamp src sport dst dport proto tcp_flags ip_id ip_fragoff",
          more=""):
    (tmp_path / "in").write_text(f"!data {given}\n" + "\n".join(lines) + "\n")
    result = click("-e", f"""
        FromIPSummaryDump(in, STOP true, ZERO true)
            -> a :: AggregateIPFlows({words})
            -> ToIPSummaryDump(out, FIELDS {fields});
        a[1] -> ToIPSummaryDump(other, FIELDS ip_id);
        {more}
        DriverManager(pause, write a.clear)""")
    assert (result.status, result.err) == (0, ""), result
    return [[line for line in (tmp_path / name).read_text().splitlines()
             if not line.startswith("!")] for name in ("out", "other")]


A, B = "1.0.0.1 10 2.0.0.2 80", "2.0.0.2 80 1.0.0.1 10"


def test_flows_are_numbered(click, tmp_path):
    out, other = flows(click, tmp_path, [
        f"1 {A} T S 1 0", f"2 {B} T SA 2 0", f"3 {A} U - 3 0",
        "4 1.0.0.1 10 2.0.0.2 81 T A 4 0", f"5 {B} U - 5 0",
        "6 1.0.0.1 10 2.0.0.2 80 I - 6 0", f"7 {A} T A 7 0"])
    assert out == ["1 0 1", "1 1 2", "2 0 3", "3 0 4", "2 1 5", "1 0 7"]
    assert other == ["6"]


def test_flows_end(click, tmp_path):
    out, _ = flows(click, tmp_path, [
        f"0 {A} T S 1 0", f"1000 {B} T FA 2 0", f"2000 {A} T FA 3 0",
        f"2020 {B} T A 4 0",        # done, but not silent for 30 s
        f"2051 {B} T A 5 0",        # silent: another, begun by this side
        f"2052 {A} T FA 6 0", f"2053 {B} T FA 7 0",
        f"2054 {A} T SA 8 0",       # no new connection
        f"2055 {A} T S 9 0",        # a new one
        f"2055 {A} U - 10 0", f"2114 {A} U - 11 0", f"2175 {A} U - 12 0"])
    assert [line.split()[0] for line in out] == [
        "1", "1", "1", "1", "2", "2", "2", "2", "3", "4", "4", "5"]
    assert out[5] == "2 1 6"


def test_fragments_wait_and_keep_their_order(click, tmp_path):
    lines = [
        f"1 {A} U - 5 24",          # its first one comes below
        f"2 {A} U - 6 0",           # behind it
        "3 7.0.0.7 1 2.0.0.2 2 U - 7 0",
        f"4 {B} U - 8 0",
        f"5 {A} U - 5 0+",
        f"6 {A} U - 5 48",          # after its first one
    ]
    out, other = flows(click, tmp_path, lines)
    assert [line.split()[2] for line in out] == ["7", "5", "6", "8", "5", "5"]
    assert [line.split()[0] for line in out] == ["2", "1", "1", "1", "1", "1"]
    assert other == []
    out, other = flows(click, tmp_path, lines, "FRAGMENTS false")
    assert [line.split()[2] for line in out] == ["6", "7", "8", "5"]
    assert other == ["5", "5"]


def test_fragments_do_not_wait_for_ever(click, tmp_path):
    lines = [f"1 {A} U - 5 24", f"20 {A} U - 6 0", f"32 {A} U - 7 0"]
    out, other = flows(click, tmp_path, lines)
    assert [line.split()[2] for line in out] == ["6", "7"] and other == ["5"]
    out, other = flows(click, tmp_path, lines[:2])      # `clear` at the end
    assert [line.split()[2] for line in out] == ["6"] and other == ["5"]
    many = [f"1 {A} U - {i} 24" for i in range(2000)]
    out, other = flows(click, tmp_path, many)           # no more memory for it
    assert out == [] and len(other) == 2000


def test_those_that_wait_in_vain_do_not_fill_the_memory(click, tmp_path):
    """Their addresses may never be seen again."""
    lines = [f"1 1.{i >> 8}.{i & 255}.1 10 2.0.0.2 80 U - {i} 24"
             for i in range(1024)]
    out, other = flows(click, tmp_path, lines + [
        f"40 {A} U - 5000 24", f"41 {A} U - 5000 0+"])
    assert [line.split()[2] for line in out] == ["5000", "5000"]
    assert len(other) == 1024


def test_pulled_flows(click, tmp_path):
    (tmp_path / "in").write_text(f"!data src sport dst dport proto\n{A} T\n")
    start = "FromIPSummaryDump(in, STOP true) -> Queue -> a :: AggregateIPFlows"
    result = click("-e", f"""{start} -> ToIPSummaryDump(-, FIELDS aggregate)
        """)
    assert result.lines[-1] == "1", result
    result = click("-q", "-e", f"{start}(FRAGMENTS true) -> Unqueue -> Discard")
    assert result.status == 1 and "FRAGMENTS" in result.err


def test_errors_about_flows(click, tmp_path):
    inner = IP(src="1.0.0.1", dst="2.0.0.2") / UDP(sport=10, dport=80)
    reply = IP(src="2.0.0.2", dst="1.0.0.1") / UDP(sport=80, dport=10)
    stranger = IP(src="1.0.0.1", dst="2.0.0.2") / UDP(sport=11, dport=80)
    made = [inner, reply] + [
        IP(src="3.3.3.3", dst="1.0.0.1") / ICMP(type=kind, code=1)
        / Raw(bytes(quoted)[:28])
        for kind, quoted in ((3, inner), (11, reply), (3, stranger),
                             (8, inner))]
    wrpcap(str(tmp_path / "in"), made, linktype=101)
    for words, wanted, left in (("ICMP true", ["1 0", "1 1", "1 2", "1 3"], 2),
                                ("", ["1 0", "1 1"], 4)):
        result = click("-e", f"""FromDump(in, STOP true) -> MarkIPHeader
            -> a :: AggregateIPFlows({words})
            -> ToIPSummaryDump(-, FIELDS aggregate link);
            a[1] -> c :: Counter -> Discard;
            DriverManager(pause, print c.count)""")
        got = [line for line in result.lines if not line.startswith("!")]
        assert sorted(got) == sorted(wanted + [str(left)]), result


# ---- FTP ---------------------------------------------------------------------

CLIENT, SERVER, OUTER = "1.0.0.2", "2.0.0.2", "100.200.100.200"


def control(payload=b"", flags="A", seq=0, ack=0, back=False, options=()):
    ends = ((SERVER, 21, OUTER, 5000) if back else (CLIENT, 6587, SERVER, 21))
    return (IP(src=ends[0], dst=ends[2])
            / TCP(sport=ends[1], dport=ends[3], flags=flags, seq=seq, ack=ack,
                  options=list(options)) / Raw(payload))


def through(click, tmp_path, packets, pattern=f"{OUTER} 9000-9999# - - 0 1"):
    """Packets in order through the mapper and rewriter of a gateway: those
    from SERVER come from outside."""
    wrpcap(str(tmp_path / "in"), packets, linktype=101)
    result = click("-e", f"""
        rw :: IPRewriter(pattern {OUTER} 5000-5999# - - 0 1, drop);
        FromDump(in, STOP true) -> CheckIPHeader(VERBOSE true)
            -> way :: IPClassifier(src host {SERVER}, tcp dst port 21, -)
        way[1] -> FTPPortMapper(rw, rw, {pattern}) -> rw;
        way[2] -> rw;
        rw[0] -> to :: ToDump(out, ENCAP IP, SNAPLEN 0);
        way[0] -> [1] rw [1] -> to;
        DriverManager(pause, print rw.mapping_failures)""")
    assert (result.status, result.err, result.out) == (0, "", "0\n"), result
    out = list(rdpcap(str(tmp_path / "out")))
    for packet in out:
        again = packet.copy()
        del again[IP].chksum, again[TCP].chksum, again[IP].len
        assert bytes(IP(bytes(again))) == bytes(packet[IP])
    return out


@pytest.mark.parametrize("nops", [0, 1, 2, 3])
def test_ftp(click, tmp_path, nops):
    command = b"PORT 1,0,0,2,3,9\r\n"                   # 1.0.0.2:777
    changed = b"PORT 100,200,100,200,35,40\r\n"         # 9000
    grown = len(changed) - len(command)
    sack = [("NOP", None)] * nops + [("SAck", (1000, 1000 + len(changed)))]
    server = IP(src=SERVER, dst=OUTER)
    out = through(click, tmp_path, [
        control(flags="S", seq=999),
        control(flags="SA", seq=70, ack=1000, back=True),
        control(command, "PA", 1000, 71),
        control(command, "PA", 1000, 71),               # again
        control(b"", "A", 71, 1000, True, sack),
        control(b"200\r\n", "PA", 71, 1000 + len(changed), True),
        control(b"RETR x\r\n", "PA", 1000 + len(command), 76),
        # The server connects to where the command said.
        server / TCP(sport=20, dport=9000, flags="S", seq=5),
        IP(src=CLIENT, dst=SERVER) / TCP(sport=777, dport=20, flags="SA",
                                         seq=8, ack=6),
    ])
    assert [bytes(p[TCP].payload) for p in out] == [
        b"", b"", changed, changed, b"", b"200\r\n", b"RETR x\r\n", b"", b""]
    assert [p[TCP].seq for p in out[:7]] == [
        999, 70, 1000, 1000, 71, 71, 1000 + len(changed)]
    assert [p[TCP].ack for p in out[:7]] == [
        0, 1000, 71, 71, 1000, 1000 + len(command), 76]
    assert dict(out[4][TCP].options)["SAck"] == (1000, 1000 + len(command))
    assert (out[7].dst, out[7][TCP].dport, out[7].src) == (CLIENT, 777, SERVER)
    assert (out[8].src, out[8][TCP].sport) == (OUTER, 9000)
    assert grown == 10


GROWN = len("100,200,100,200,35,40") - len("1,0,0,2,0,1")


def commands(count):
    """Commands of a client, the n-th of 18 + n bytes, one after the other:
    (their first sequence number, what is said)."""
    seq = 1000
    for n in range(count):
        said = b"PORT 1,0,0,2,%d,1\r\n" % n + b"." * n
        yield seq, said
        seq += len(said)


def test_ftp_commands_that_are_sent_again(click, tmp_path):
    """Each of four commands becomes GROWN bytes longer; then the first and the
    third are sent again, and the answers to all come late."""
    said = list(commands(4))
    first = [control(data, "PA", seq, 1) for seq, data in said]
    end = said[-1][0] + len(said[-1][1])
    places = [seq + GROWN * n for n, (seq, _) in enumerate(said)]
    acks = places + [end + GROWN * 4]
    out = through(click, tmp_path, [
        control(flags="S", seq=999), control(flags="SA", seq=0, ack=1000,
                                             back=True),
        *first, first[0], first[2],
        *(control(b"", "A", 1, ack, True) for ack in acks)])[2:]
    assert [p[TCP].seq for p in out[:4]] == places
    assert [p[TCP].seq for p in out[4:6]] == [places[0], places[2]]
    assert [p[TCP].ack for p in out[6:]] == [seq for seq, _ in said] + [end]


def test_ftp_commands_far_back_are_forgotten(click, tmp_path):
    """A gibibyte later, what lies half a circle ahead is not before the
    command."""
    (seq, said), = commands(1)
    far = seq + (1 << 30) + 100
    out = through(click, tmp_path, [
        control(flags="S", seq=999), control(said, "PA", seq, 1),
        control(b"x", "PA", seq - 1, 1), control(b"x", "PA", far, 1),
        control(b"x", "PA", seq - 1, 1),
        control(b"", "A", 1, seq - 1 + GROWN, True)])
    assert [p[TCP].seq for p in out[2:5]] == [seq - 1, far + GROWN,
                                               seq - 1 + GROWN]
    assert out[5][TCP].ack == seq - 1


def test_two_commands(click, tmp_path):
    first, second = b"PORT 1,0,0,2,3,9\r\n", b"port 1,0,0,2,3,10\r\n"
    out = through(click, tmp_path, [
        control(flags="S", seq=999),
        control(first, "PA", 1000), control(second, "PA", 1018),
        control(b"QUIT\r\n", "PA", 1037),
        control(second, "PA", 1018),                    # late
        control(flags="A", seq=70, ack=1000 + 28 + 28 + 6, back=True)])
    assert [p[TCP].seq for p in out] == [999, 1000, 1028, 1056, 1028, 70]
    assert bytes(out[2][TCP].payload) == b"PORT 100,200,100,200,35,41\r\n"
    assert out[5][TCP].ack == 1037 + 6


@pytest.mark.parametrize("payload", [
    b"PORT 1,0,0,2,3\r\n", b"PORT 1,0,0,2,3,256\r\n", b"PORT 1,0,0,2,3,9",
    b"PORTAL\r\n", b"USER PORT 1,0,0,2,3,9\r\n", b"PORT ,,,,,\r\n",
    b"PORT 1,0,0,2,3,9\r\n" + b"x" * 600, b"PORT 1,0,0,2,+3,9\r\n"])
def test_no_commands_pass(click, tmp_path, payload):
    out = through(click, tmp_path, [control(flags="S", seq=999),
                                    control(payload, "PA", 1000),
                                    control(b"x", "PA", 1000 + len(payload))])
    assert bytes(out[1][TCP].payload) == payload
    assert out[2][TCP].seq == 1000 + len(payload)


def test_a_full_range_of_ports(click, tmp_path):
    out = through(click, tmp_path, [
        control(flags="S", seq=999),
        control(b"PORT 1,0,0,2,3,9\r\n", "PA", 1000),
        control(b"PORT 1,0,0,2,3,10\r\n", "PA", 1018)],
        f"{OUTER} 9000-9000 - - 0 1")
    assert bytes(out[2][TCP].payload) == b"PORT 1,0,0,2,3,10\r\n"


@pytest.mark.parametrize("words, said", [
    ("rw, rw", "PATTERN"), ("rw, c, - - - - 0 1", "'c' is no IPRewriter"),
    ("rw, rw, - - - - 0 7", "bad output '7'"), ("rw, rw, nothing 0 1",
                                                "no pattern 'nothing'")])
def test_bad_ftp_mappers(click, words, said):
    result = click("-q", "-e", f"""rw :: IPRewriter(keep 0 0); c :: Counter;
        Idle -> FTPPortMapper({words}) -> rw -> c -> Discard""")
    assert result.status == 1 and said in result.err, result


def test_fragments_of_a_dump(click, tmp_path):
    """Fragments as scapy makes them are of their flow, in any order."""
    whole = IP(src="1.0.0.1", dst="2.0.0.2", id=9) / UDP(
        sport=1, dport=2) / Raw(b"z" * 900)
    parts = fragment(whole, 248)
    for order in (parts, parts[::-1], [parts[1], parts[0], parts[2], parts[3]]):
        wrpcap(str(tmp_path / "in"), order, linktype=101)
        result = click("-e", """FromDump(in, STOP true) -> MarkIPHeader
            -> AggregateIPFlows -> a :: AggregateCounter -> Discard""",
            "-h", "a.count", "-h", "a.nagg")
        assert result.out.split()[1::2] == ["4", "1"], result


def test_numbers_and_counts_go_on(click, tmp_path):
    """... in a configuration that takes over."""
    (tmp_path / "in").write_text(
        "!data timestamp src sport dst dport proto\n" + "".join(
            f"{1000 + i} 1.0.0.{i % 3} 5 2.0.0.2 80 T\n" for i in range(6)))
    chain = """f :: FromIPSummaryDump(in, TIMING true, STOP true)
        -> a :: AggregateIPFlows -> c :: AggregateCounter -> Discard;"""
    (tmp_path / "second").write_text(
        chain + "DriverManager(pause, write c.write_text_file -, print a.count,"
                " print c.count)")
    result = click("-R", "--simtime", "-e", chain + """
        DriverManager(wait 3.5, write hotconfig $(cat second), wait)""")
    assert (result.status, result.err) == (0, ""), result
    assert [line for line in result.lines if line[0] != "!"] == [
        "1 2", "2 2", "3 2", "3", "6"]
