# SPDX-License-Identifier: BSD-2-Clause
"""Files: FromDump and ToDump against pcap files made here and by scapy,
summary dumps there and back, as the manual and published tests have them."""

import bz2
import gzip
import hashlib
import struct
import subprocess

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw
from scapy.utils import rdpcap, wrpcap


def frames(count=5):
    made = [Ether(src="00:00:00:00:00:01", dst="00:00:00:00:00:02") /
            IP(src="1.0.0.1", dst="2.0.0.2", id=number) /
            UDP(sport=number, dport=9) / Raw(bytes([number]) * 40)
            for number in range(count)]
    for number, packet in enumerate(made):
        packet.time = 1000 + number
    return made


def pcap(packets, order="<", magic=0xa1b2c3d4, link=1, unit=10**6):
    """A file, byte by byte."""
    text = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for number, packet in enumerate(packets):
        data = bytes(packet)
        text += struct.pack(order + "IIII", 1000 + number, unit // 4,
                            len(data), len(data) + number)
        text += data
    return text


# ---- FromDump ---------------------------------------------------------------

@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic, unit", [(0xa1b2c3d4, 10**6),
                                         (0xa1b23c4d, 10**9)])
def test_all_kinds_of_files(click, tmp_path, order, magic, unit):
    (tmp_path / "in").write_bytes(pcap(frames(), order, magic, unit=unit))
    result = click("-h", "f.encap", "-h", "f.count", "-e", """
        f :: FromDump(in, STOP true) -> t :: Tee -> ToDump(out);
        t[1] -> ToIPSummaryDump(-, HEADER false, FIELDS timestamp wire_len)""")
    assert result.status == 0
    wanted = [bytes(packet) for packet in frames()]
    assert [bytes(packet) for packet in rdpcap(str(tmp_path / "out"))] == wanted
    assert result.lines[:5] == [
        f"{1000 + n}.250000 {len(wanted[n]) + n}" for n in range(5)]
    assert "ETHER" in result.out


TIMES = [
    ("START 1002", [2, 3, 4]), ("START_AFTER 3", [3, 4]),
    ("END 1002", [0, 1]), ("END_AFTER 2", [0, 1]),
    ("START 1001, INTERVAL 2", [1, 2]), ("START 1001, END 1003", [1, 2]),
    ("SAMPLE 0", []), ("SAMPLE 1", [0, 1, 2, 3, 4]), ("ACTIVE true", None),
]


@pytest.mark.parametrize("words, wanted", TIMES)
def test_which_packets(click, tmp_path, words, wanted):
    wrpcap(str(tmp_path / "in"), frames())
    result = click("-e", f"""FromDump(in, STOP true, {words})
        -> MarkIPHeader(14)
        -> ToIPSummaryDump(-, HEADER false, FIELDS ip_id)""")
    assert result.status == 0
    assert [int(line) for line in result.lines] == (
        range(5) if wanted is None else wanted) or wanted is None


def test_timing(click, tmp_path):
    wrpcap(str(tmp_path / "in"), frames())
    result = click("--simtime", "-e", """FromDump(in, TIMING true)
        -> c :: Counter -> Discard;
        Script(wait 0.5, print c.count, wait 1, print c.count, wait 1,
               print c.count, wait 5, print c.count, stop)""")
    assert result.lines == ["1", "2", "3", "5"], result


def test_it_may_be_pulled_from(click, tmp_path):
    wrpcap(str(tmp_path / "in"), frames())
    result = click("-e", """FromDump(in, STOP true) -> u :: Unqueue
        -> c :: Counter -> Discard""", "-h", "c.count")
    assert result.out.strip() == "5"


def test_only_ip(click, tmp_path):
    made = frames(2) + [Ether(src="00:00:00:00:00:01",
                              dst="ff:ff:ff:ff:ff:ff") / ARP(),
                        Ether(type=0x800) / Raw(b"\x45")]
    wrpcap(str(tmp_path / "in"), made)
    result = click("-h", "a.count", "-h", "b.count", "-e", """
        f :: FromDump(in, STOP true, FORCE_IP true) -> IPPrint -> a :: Counter
        -> Discard; f[1] -> b :: Counter -> Discard""")
    assert result.out.split()[1::2] == ["2", "2"]
    assert len(result.errors) == 2


FILES = {
    "empty": (b"", "too short"),
    "no dump": (b"something else that is long enough", "bad magic number"),
    "cut": (pcap(frames(3))[:-10], "truncated file"),
    "cut in a record's header": (
        pcap(frames(2)) + pcap(frames(1))[24:34], "truncated file"),
    "a length that cannot be": (
        pcap([]) + struct.pack("<IIII", 1, 1, 1 << 30, 1 << 30), "too long"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_files(click, tmp_path, name):
    text, wanted = FILES[name]
    (tmp_path / "in").write_bytes(text)
    result = click("-h", "c.count", "-e", "FromDump(in, STOP true) "
                   "-> c :: Counter -> Discard")
    assert wanted in result.err
    assert "cut" not in name or result.out.strip() == "2"


def test_positions(click, tmp_path):
    text = pcap(frames())
    (tmp_path / "in").write_bytes(text)
    record = 16 + len(bytes(frames()[0]))
    result = click("-h", "f.count", "-h", "f.filesize", "-h",
                   "f.packet_filepos", "-e",
                   f"f :: FromDump(in, STOP true, FILEPOS {24 + 3 * record})"
                   " -> Discard")
    assert result.out.split()[1::2] == ["2", str(len(text)), str(len(text))]


def test_positions_behind_2_GiB(click, tmp_path):
    text, place = pcap(frames(2)), 3 << 30
    with (tmp_path / "in").open("wb") as file:
        file.write(text)
        file.seek(place)
        file.write(text[24:])
    result = click("--simtime", "-e", f"""
        f :: FromDump(in, STOP true) -> c :: Counter -> Discard;
        DriverManager(write f.filepos {place}, pause, print c.count,
            print f.packet_filepos)""")
    assert result.lines == ["2", str(place + len(text) - 24)], result


# ---- ToDump -----------------------------------------------------------------

def test_snap_length_and_extra_length(click, tmp_path):
    wrpcap(str(tmp_path / "in"), frames())
    click("-e", "FromDump(in, STOP true) -> ToDump(out, SNAPLEN 30)")
    click("-e", "FromDump(out, STOP true) -> ToDump(again)")
    for name in ("out", "again"):
        done = subprocess.run(
            ["tshark", "-r", tmp_path / name, "-T", "fields", "-e",
             "frame.len", "-e", "frame.cap_len", "-e", "frame.time_epoch"],
            capture_output=True, text=True, check=True)
        assert [line.split() for line in done.stdout.splitlines()] == [
            ["82", "30", f"{1000 + n}.000000000"] for n in range(5)]


def test_nanoseconds_and_encapsulations(click, tmp_path):
    (tmp_path / "in").write_bytes(pcap([frame[IP] for frame in frames()],
                                       magic=0xa1b23c4d, link=101, unit=4004))
    click("-e", "f :: FromDump(in, STOP true) -> ToDump(out, NANO true, "
          "USE_ENCAP_FROM f)")
    text = (tmp_path / "out").read_bytes()
    assert struct.unpack_from("<I", text)[0] == 0xa1b23c4d
    assert struct.unpack_from("<I", text, 20)[0] == 12
    assert struct.unpack_from("<II", text, 24) == (1000, 1001)


def test_to_standard_output_and_by_pull(click, tmp_path):
    wrpcap(str(tmp_path / "in"), frames())
    result = click("-e", "FromDump(in, STOP true) -> Queue -> "
                   "d :: ToDump(out); ", "-h", "d.count")
    assert result.out.strip() in "012345"
    done = click("-e", "FromDump(in, STOP true) -> ToDump(-)")
    assert done.out.startswith("\ufffd") or "\xd4" in done.out


# ---- Summary dumps ----------------------------------------------------------

def summary(click, lines, fields, *elements, more=""):
    text = "\n".join(lines)
    result = click("-e", f'FromIPSummaryDump(STOP true, DATA "{text}"{more}) '
                   + "".join(f"-> {element} " for element in elements) +
                   f"-> ToIPSummaryDump(-, HEADER false, FIELDS {fields})")
    assert result.status == 0, result
    return result.lines


OPTIONS = [
    (".", "."), ("nop;nop;eol", "."),
    ("ssrr{128.4.45.60,128.4.49.61^1.1.1.1,2.2.2.2}",) * 2,
    ("ssrr{128.4.45.60,128.4.49.61,^1.1.1.1,2.2.2.2}",
     "ssrr{128.4.45.60,128.4.49.61^1.1.1.1,2.2.2.2}"),
    ("rr{2.3.4.5}+3",) * 2, ("rr{}+1",) * 2,
    ("ts{1.0.0.1=!8320,1.0.0.2=8321}++5",
     "ts.ip{1.0.0.1=!8320,1.0.0.2=8321^}++5"),
    ("ts.3{1.0.0.1=1,^1.0.0.3,1.0.0.4=?}+1",
     "ts.preip{1.0.0.1=1^1.0.0.3,1.0.0.4,0.0.0.0}"),
    ("ts{1,10000,!45}+2",) * 2,
    ("ts{1,10000,!45^0,0};rr{}+1", "ts{1,10000,!45}+2;rr{}+1"),
    ("148=0:5", "148=0:5"),
]


@pytest.mark.parametrize("given, wanted", OPTIONS)
def test_ip_options_as_published(click, tmp_path, given, wanted):
    (tmp_path / "IN").write_text("!data src sport dst dport proto ip_opt\n"
                                 f"18.26.4.44 20 10.0.0.8 80 T {given}\n")
    click("-e", """FromIPSummaryDump(IN, STOP true, ZERO true) -> SetIPChecksum
        -> SetTCPChecksum -> CheckIPHeader -> CheckTCPHeader
        -> ToDump(OUT1, ENCAP IP)""")
    line = f"18.26.4.44 20 10.0.0.8 80 T {wanted}"
    fields = "src sport dst dport proto ip_opt"
    read = "FromDump(OUT1, FORCE_IP true, STOP true) -> ToIPSummaryDump"
    assert click("-e", f"{read}(-, HEADER false, FIELDS {fields})").lines == [
        line]
    click("-e", f"{read}(OUT4, BINARY true, FIELDS {fields})")
    assert click("-e", "FromIPSummaryDump(OUT4, STOP true) -> ToIPSummaryDump("
                 f"-, HEADER false, FIELDS {fields})").lines == [line]


TCP_OPTIONS = ["mss1400;wscale10;sackok", "sack95-98;sack100-200",
               "ts669063908:38382731", "99=0:5:10", "98", "."]


@pytest.mark.parametrize("word", TCP_OPTIONS)
def test_tcp_options(click, word):
    assert summary(click, ["!data tcp_opt", word], "tcp_opt") == [word]


FIELDS = {
    "timestamp": "996033261.451094", "ntimestamp": "996033261.451094123",
    "ts_sec": "996033261", "ts_usec1": "996033261451094",
    "ip_src": "192.150.187.37", "ip_frag": "F", "ip_fragoff": "1480+",
    "ip_len": "132", "ip_proto": "50", "ip_hl": "24", "ip_id": "48759",
    "ip_tos": "29", "ip_dscp": "29", "ip_ecn": "ect1", "ip_ttl": "254",
    "ip_sum": "43812", "sport": "22", "dport": "2943", "tcp_seq": "93167339",
    "tcp_ack": "93178192", "tcp_off": "24", "tcp_flags": "SA",
    "tcp_window": "480", "tcp_urp": "7", "payload": '"GET \\"/\\" \\n\\001"',
    "payload_len": "34", "count": "3", "direction": "<", "link": "2",
    "aggregate": "973", "first_timestamp": "996033261.451094",
    "eth_src": "00-0A-95-A6-D9-BC", "eth_dst": "00-0A-95-A6-D9-BD",
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_there_and_back(click, tmp_path, name):
    (tmp_path / "IN").write_text(f"!data {name}\n{FIELDS[name]}\n-\n")
    result = click("-e", f"""FromIPSummaryDump(IN, STOP true)
        -> ToIPSummaryDump(-, FIELDS {name})""")
    assert result.lines[:3] == ["!IPSummaryDump 1.3", f"!data {name}",
                                FIELDS[name]], result


@pytest.mark.parametrize("name, proto, word", [
    ("udp_len", "U", "34"), ("icmp_type", "I", "13"), ("icmp_code", "I", "2"),
    ("icmp_type_name", "I", "timeexceeded"), ("icmp_flowid", "I", "7"),
    ("sport", "I", "-"), ("tcp_seq", "U", "-")])
def test_fields_of_protocols(click, name, proto, word):
    assert summary(click, [f"!data {name}", f"!proto {proto}", word],
                   name) == [word]


def test_a_real_packet(click, tmp_path):
    data = b"some payload"
    wrpcap(str(tmp_path / "in"), [
        Ether(src="00:0a:95:a6:d9:bc", dst="00:0a:95:a6:d9:bd") /
        IP(src="1.0.0.1", dst="2.0.0.2", ttl=7, id=9, flags="DF") /
        TCP(sport=5, dport=80, seq=1, ack=2, flags="PA", window=3,
            options=[("MSS", 1400), ("Timestamp", (5, 6))]) / Raw(data),
        Ether() / IP(src="1.0.0.1", dst="2.0.0.2") /
        ICMP(type=8, id=256, seq=3) / Raw(b"12345678"),
        Ether() / IP(src="1.0.0.1", dst="2.0.0.2") /
        ICMP(type=3, code=4, nexthopmtu=256)])
    result = click("-e", """FromDump(in, STOP true, FORCE_IP true) ->
        ToIPSummaryDump(-, HEADER false, FIELDS ip_fragoff ip_len ip_ttl
        tcp_flags tcp_opt tcp_ntopt payload payload_len payload_md5_hex eth_src
        icmp_type_name icmp_code_name icmp_flowid icmp_seq icmp_nextmtu
        ip_capture_len "tcp window")""")
    digest = hashlib.md5(data).hexdigest()
    assert result.lines[0] == (
        f'0! 68 7 PA mss1400;ts5:6 mss1400 "some payload" 12 {digest} '
        "00-0A-95-A6-D9-BC - - - - - 68 3")
    assert result.lines[1].split()[10:15] == ["echo", "0", "256", "3", "-"]
    assert result.lines[2].split()[10:15] == ["unreachable", "needfrag", "-",
                                              "-", "256"]


@pytest.mark.parametrize("binary", ["true", "false"])
def test_a_summary_dump_that_cannot_be_written(click, binary):
    """It is said once, and what is not there is not counted."""
    result = click("-e", f"""InfiniteSource(LIMIT 5000, STOP true)
        -> t :: ToIPSummaryDump(/dev/full, FIELDS len, BINARY {binary})""",
                   "-h", "t.count")
    assert result.errors == ["t: /dev/full: cannot be written"]
    assert 0 < int(result.out) < 5000


def test_truncated_packets_as_published(click, tmp_path):
    (tmp_path / "IN1").write_text("!data sport dport tcp_urp tcp_opt\n" +
                                  "".join(f"{n} {n + 1} {n + 2} wscale10\n"
                                          for n in range(1, 6)))
    result = click("-e", """FromIPSummaryDump(IN1, STOP true, ZERO true)
        -> s :: RoundRobinSwitch -> t :: ToIPSummaryDump(-, BAD_PACKETS true,
           FIELDS sport dport tcp_urp tcp_opt)
        s[1] -> Truncate(41) -> t  s[2] -> Truncate(38) -> t
        s[3] -> Truncate(23) -> t  s[4] -> Truncate(20) -> t""")
    assert [line for line in result.lines if line[0] != "!"] == [
        "1 2 3 wscale10", "2 3 4 -", "3 4 - -", "4 - - -", "- - - -"]


def test_checksums_and_names_as_published(click):
    lines = summary(click, ["!data src dst icmp_type", "!proto I",
                            "18.26.4.44 10.0.0.4 echo",
                            "10.0.0.4 18.26.4.44 echo-reply"],
                    "src dst icmp_type_name", "CheckIPHeader(VERBOSE true)",
                    "CheckICMPHeader(VERBOSE true)", more=", CHECKSUM true")
    assert lines == ["18.26.4.44 10.0.0.4 echo",
                     "10.0.0.4 18.26.4.44 echo-reply"]


@pytest.mark.parametrize("proto", "TUI")
def test_complete_packets_are_right(click, proto):
    lines = summary(click, ["!data ip_src sport ip_dst ip_len icmp_code",
                            f"!proto {proto}", "1.0.0.1 5 2.0.0.2 333 -"],
                    "ip_len ip_capture_len",
                    "CheckIPHeader(VERBOSE true)",
                    {"T": "CheckTCPHeader", "U": "CheckUDPHeader",
                     "I": "CheckICMPHeader"}[proto] + "(VERBOSE true)",
                    more=", CHECKSUM true")
    assert lines == ["333 333"]


def test_flow_ids_and_counts(click):
    assert summary(click, ["!flowid 1.0.0.1 5 2.0.0.2 6 U", "!data count", "3"],
                   "src sport dst dport proto count", more=", MULTIPACKET true"
                   ) == ["1.0.0.1 5 2.0.0.2 6 U 1"] * 3


def test_lines_that_mean_nothing(click):
    result = click("-e", 'FromIPSummaryDump(STOP true, DATA "!data ip_src '
                   'sport\n# a comment\n\n1.0.0.1 wombat\n1.0.0.2\n!proto '
                   'wombat\n") -> ToIPSummaryDump(-, HEADER false)')
    assert result.lines == ["1.0.0.1 0.0.0.0", "1.0.0.2 0.0.0.0"]
    assert len(result.errors) == 1, result


def test_files_that_are_not_there(click):
    result = click("-q", "-e", "FromIPSummaryDump(nothing) -> Discard")
    assert result.status == 1
    assert "nothing: cannot be opened: No such file or directory" in result.err
    result = click("-e", "FromIPSummaryDump(nothing, ALLOW_NONEXISTENT true, "
                   "STOP true) -> Discard")
    assert result.status == 0


# ---- Packed files, and archives ----------------------------------------------

PACKED = {"gz": gzip.compress, "bz2": bz2.compress}


@pytest.mark.parametrize("kind", PACKED)
def test_packed_dumps(click, tmp_path, kind):
    # Its name says nothing when it is read, and may be anything.
    (tmp_path / "a $(b)'").write_bytes(PACKED[kind](pcap(frames(5))))
    result = click("-e", f"""FromDump("a $(b)'", STOP true) -> c :: Counter
        -> ToDump("o;ut.{kind}", SNAPLEN 0)""", "-h", "c.count")
    assert (result.out, result.err) == ("5\n", ""), result
    unpack = {"gz": gzip, "bz2": bz2}[kind].decompress
    out = unpack((tmp_path / f"o;ut.{kind}").read_bytes())
    (tmp_path / "plain").write_bytes(out)
    assert [bytes(p) for p in rdpcap(str(tmp_path / "plain"))] == [
        bytes(p) for p in frames(5)]


def test_packed_summaries(click, tmp_path):
    (tmp_path / "in").write_bytes(gzip.compress(b"!data src\n1.2.3.4\n"))
    result = click("-e", """FromIPSummaryDump(in, STOP true)
        -> ToIPSummaryDump(out.gz, FIELDS src)""")
    assert (result.status, result.err) == (0, "")
    lines = gzip.decompress((tmp_path / "out.gz").read_bytes()).splitlines()
    assert lines[-1] == b"1.2.3.4"


def test_damaged_and_stopped_packed_dumps(click, tmp_path):
    packed = gzip.compress(pcap(frames(200)))
    (tmp_path / "cut").write_bytes(packed[:40])
    result = click("-e", "FromDump(cut, STOP true) -> Discard")
    assert result.status == 1 or "truncated" in result.err, result
    (tmp_path / "whole").write_bytes(packed)
    result = click("-e", "FromDump(whole) -> c :: Counter(COUNT_CALL 3 stop)"
                   " -> Discard", "-h", "c.count")
    assert (result.status, result.out, result.err) == (0, "3\n", "")


def archive(*members):
    """As ar(1) writes it; names end as GNU's do."""
    out = b"!<arch>\n"
    for name, data in members:
        out += (name.encode().ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2
                + b"644".ljust(8) + str(len(data)).encode().ljust(10) + b"`\n"
                + data + b"\n" * (len(data) % 2))
    return out


CONFIG = b"Message(hello); DriverManager(stop)"
HELLO = "{}:1:1: While configuring 'Message@1 :: Message':\n  hello\n"


@pytest.mark.parametrize("members", [
    [("config/", CONFIG)], [("config", CONFIG)],
    [("other.o/", b"\x7fELF\0\0!"), ("configs/", b"Nonsense"),
     ("config/", CONFIG), ("config/", b"Nonsense")]])
def test_archives(click, tmp_path, members):
    (tmp_path / "a").write_bytes(archive(*members))
    result = click("a")
    assert (result.status, result.err) == (0, HELLO.format("a")), result
    assert click(stdin=archive(*members)).err == HELLO.format("<stdin>")


def test_archives_of_ar(click, tmp_path):
    (tmp_path / "config").write_bytes(CONFIG)
    (tmp_path / "a_long_name_of_a_member").write_bytes(b"odd")
    subprocess.run(["ar", "rc", "a", "a_long_name_of_a_member", "config"],
                   cwd=tmp_path, check=True)
    assert click("a").err == HELLO.format("a")


GOOD = archive(("x/", b"abc"), ("config/", CONFIG))


@pytest.mark.parametrize("data, said", [
    (archive(("x/", b"abc")), "no 'config' section"),
    (b"!<arch>\n", "no 'config' section"),
    (GOOD[:40], "bad archive"), (GOOD[:-3], "bad archive"),
    (GOOD.replace(b"3         `", b"x         `"), "bad archive"),
    (GOOD.replace(b"3         `", b"9999999999`"), "bad archive"),
    (GOOD.replace(b"`", b"'"), "bad archive")])
def test_bad_archives(click, tmp_path, data, said):
    (tmp_path / "a").write_bytes(data)
    result = click("a")
    assert result.status == 1 and said in result.err, result


# ---- Another configuration takes over ----------------------------------------

SWAP = "DriverManager(wait 2.5, write hotconfig $(cat second), wait)"


@pytest.mark.parametrize("source, sink, count", [
    ("f :: FromDump(in, TIMING true, STOP true, START_AFTER 0.5)",
     "t :: ToDump(out, SNAPLEN 0)", 4),
    ("f :: FromDump(in.gz, TIMING true, STOP true)",
     "t :: ToDump(out, SNAPLEN 0)", 5)])
def test_dumps_go_on(click, tmp_path, source, sink, count):
    packets = frames(5)
    (tmp_path / "in").write_bytes(pcap(packets))
    (tmp_path / "in.gz").write_bytes(gzip.compress(pcap(packets)))
    (tmp_path / "second").write_text(
        f"{source} -> Queue -> Unqueue -> c :: Counter -> {sink};"
        " DriverManager(pause, print c.count, print f.count, print t.count)")
    result = click("-R", "--simtime", "-e",
                   f"{source} -> c :: Counter -> {sink}; {SWAP}")
    assert (result.status, result.err) == (0, ""), result
    assert result.lines == [str(count)] * 3
    assert [bytes(p) for p in rdpcap(str(tmp_path / "out"))] == [
        bytes(p) for p in packets[5 - count:]]


def test_summaries_go_on(click, tmp_path):
    (tmp_path / "in").write_text("!data timestamp src ip_ttl\n" + "".join(
        f"{1000 + i} 1.0.0.{i} 64\n" for i in range(5)))
    source = "f :: FromIPSummaryDump(in, TIMING true, STOP true)"
    sink = "p :: IPPrint(OUTFILE said) -> t :: ToIPSummaryDump(out, FIELDS {})"
    (tmp_path / "second").write_text(
        f"{source} -> " + sink.format("src ip_ttl"))
    result = click("-R", "--simtime", "-e",
                   f"{source} -> {sink.format('src')}; {SWAP}")
    assert (result.status, result.err) == (0, ""), result
    lines = (tmp_path / "out").read_text().splitlines()
    assert [line for line in lines if line[0] != "!"] == [
        "1.0.0.0", "1.0.0.1", "1.0.0.2", "1.0.0.3 64", "1.0.0.4 64"]
    assert [line for line in lines if line.startswith("!data")] == [
        "!data ip_src", "!data ip_src ip_ttl"]
    said = (tmp_path / "said").read_text().splitlines()
    assert ["1.0.0.%d" % i in line for i, line in enumerate(said)] == [True] * 5


def test_files_of_a_bad_configuration_stay(click, tmp_path):
    (tmp_path / "in").write_bytes(pcap(frames(5)))
    (tmp_path / "second").write_text("FromDump(in) -> t :: ToDump(out, SNAPLEN"
                                     " 0); Idle -> Queue(many) -> Discard")
    result = click("-R", "--simtime", "-e", f"""
        FromDump(in, TIMING true, STOP true) -> t :: ToDump(out, SNAPLEN 0);
        {SWAP}""")
    assert "Queue" in result.err
    assert len(rdpcap(str(tmp_path / "out"))) == 5
