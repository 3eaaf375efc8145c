# SPDX-License-Identifier: BSD-2-Clause
"""Classifier, IPClassifier, IPFilter: programs as the manual and published
tests show them; random patterns against a plain evaluation of what their words
mean, on packets that scapy made."""

import random

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw
from scapy.utils import wrpcap

# ---- Programs ---------------------------------------------------------------

PROGRAMS = {
    "the manual's": ("Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -)",
                     4, """\
 0  12/08060000%ffff0000  yes->step 1  no->step 3
 1  20/00010000%ffff0000  yes->[0]  no->step 2
 2  20/00020000%ffff0000  yes->[1]  no->[3]
 3  12/08000000%ffff0000  yes->[2]  no->[3]
safe length 22
alignment offset 0
"""),
    "within a word": ("Classifier(1/01, -)", 2, """\
 0   0/00010000%00ff0000  yes->[0]  no->[1]
safe length 2
alignment offset 0
"""),
    "ports and nets": (
        "IPFilter(0 udp dst port netbios-ns, 1 udp dst port 5353,"
        " 2 udp src port bootpc, 3 128.230.206.0/24, 4 -)", 5, """\
 0 264/00110000%00ff0000  yes->step 1  no->step 5
 1 260/00000000%00001fff  yes->step 2  no->step 5
 2 512/00000089%0000ffff  yes->[0]  no->step 3
 3 512/000014e9%0000ffff  yes->[1]  no->step 4
 4 512/00440000%ffff0000  yes->[2]  no->step 5
 5 268/80e6ce00%ffffff00  yes->[3]  no->step 6
 6 272/80e6ce00%ffffff00  yes->[3]  no->[4]
safe length 516
alignment offset 0
"""),
    "all the same": (
        "IPFilter(allow tcp && dst 10.0.0.0/32 && src 2.0.0.0/32,"
        " allow tcp && dst 10.0.0.0/32 && dst port 80 && src 2.0.0.0/32,"
        " allow all)", 1, "all->[0]\nsafe length 0\nalignment offset 0\n"),
    "false": ("IPFilter(allow false)", 1,
              "all->[X]\nsafe length 0\nalignment offset 0\n"),
    "at last true": ("IPFilter(allow false, allow false, allow true)", 1,
                     "all->[0]\nsafe length 0\nalignment offset 0\n"),
    "one address": ("IPFilter(allow false, allow src 10.0.0.1)", 1, """\
 0 268/0a000001%ffffffff  yes->[0]  no->[X]
safe length 272
alignment offset 0
"""),
    "nothing": ("IPFilter()", 1,
                "all->[X]\nsafe length 0\nalignment offset 0\n"),
    "any digit, mask, not": ("Classifier(0/4?%f0 !2/0028, 0/12%0f)", 2, """\
 0   0/40000000%f0000000  yes->step 1  no->step 2
 1   0/00000028%0000ffff  yes->step 2  no->[0]
 2   0/02000000%0f000000  yes->[1]  no->[X]
safe length 4
alignment offset 0
"""),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(click, name):
    element, outputs, wanted = PROGRAMS[name]
    rest = "".join(f"c[{i}] -> Discard; " for i in range(outputs))
    result = click("-q", "-h", "c.program", "-e",
                   f"Idle -> c :: {element}; {rest}")
    assert (result.status, result.out) == (0, wanted), result


# ---- What patterns mean -----------------------------------------------------


def packets():
    """Packets that have to do with what random patterns ask; unlike IDs."""
    chance = random.Random(5)
    for number in range(250):
        header = IP(src=f"10.0.{chance.randrange(2)}.{chance.randrange(3)}",
                    dst=f"10.0.{chance.randrange(2)}.{chance.randrange(3)}",
                    id=number, ttl=chance.choice([1, 64, 255]),
                    tos=chance.choice([0, 1, 3, 0x28]),
                    frag=chance.choice([0, 0, 0, 0, 3]),
                    flags=chance.choice(["", "", "MF", "DF"]))
        ports = dict(sport=chance.choice([22, 53, 80, 1023, 1024, 40000]),
                     dport=chance.choice([22, 53, 80, 1023, 1024, 40000]))
        yield header / chance.choice([
            TCP(flags=chance.choice(["S", "SA", "A", "FA", "R", "PAU"]),
                window=chance.choice([0, 100, 65535]), **ports),
            UDP(**ports), ICMP(type=chance.choice([0, 3, 8])),
            Raw(b"\x16\x16" * 10)])


def first(packet):
    return packet[IP].frag == 0


def protocol(packet, *numbers):
    return packet[IP].proto in numbers


# In this order of characters, "<=" is not "<".
RELATIONS = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b,
             ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
             ">": lambda a, b: a > b, "<": lambda a, b: a < b}


def byte(packet, at):
    return bytes(packet)[at] if at < len(bytes(packet)) else None


def sided(chance, src, dst, test, negates):
    """A side's words, and the test on that side."""
    side = chance.choice(["src", "dst", "src or dst", "src and dst", ""])
    both = (side == "src and dst") != negates

    def on_side(packet):
        left, right = test(src(packet)), test(dst(packet))
        if side == "src":
            return left
        if side == "dst":
            return right
        return left and right if both else left or right
    return side, on_side


def random_test(chance):
    """Words, and what they mean of a packet."""
    kind = chance.randrange(10)
    if kind == 0:
        address = f"10.0.{chance.randrange(2)}.{chance.randrange(3)}"
        relation = chance.choice(["", "==", "!="])
        side, meaning = sided(
            chance, lambda p: p[IP].src, lambda p: p[IP].dst,
            lambda a: RELATIONS[relation or "=="](a, address),
            relation == "!=")
        return f"{side} host {relation} {address}", meaning
    if kind == 1:
        third = chance.randrange(2)
        net = chance.choice([f"10.0.{third}.0/24",
                             f"net 10.0.{third}.0 mask 255.255.255.0"])
        side, meaning = sided(
            chance, lambda p: p[IP].src, lambda p: p[IP].dst,
            lambda a: a.startswith(f"10.0.{third}."), False)
        return f"{side} {net}", meaning
    if kind in (2, 3):
        number = chance.choice([22, 53, 80, 1023, 1024])
        relation = chance.choice(["", *RELATIONS])
        which = chance.choice([("", (6, 17)), ("tcp", (6,)), ("udp", (17,))])

        def port(at):
            return lambda p: int.from_bytes(bytes(p)[20 + at:22 + at], "big")
        side, meaning = sided(
            chance, port(0), port(2),
            lambda a: RELATIONS[relation or "=="](a, number),
            relation == "!=")
        return (f"{side} {which[0]} port {relation} {number}",
                lambda p: protocol(p, *which[1]) and first(p) and meaning(p))
    if kind == 4:
        name, number = chance.choice([("tcp", 6), ("udp", 17), ("icmp", 1),
                                      ("ip proto 17", 17), ("proto icmp", 1)])
        return name, lambda p: protocol(p, number)
    if kind == 5:
        flag, letter = chance.choice([("syn", "S"), ("ack", "A"), ("rst", "R"),
                                      ("fin", "F"), ("urg", "U"), ("psh", "P")])
        return (chance.choice(["", "tcp opt "]) + flag,
                lambda p: protocol(p, 6) and first(p) and
                bool(byte(p, 33) & {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16,
                                    "U": 32}[letter]))
    if kind == 6:
        relation = chance.choice(list(RELATIONS))
        field, at, shift, number = chance.choice(
            [("ttl", 8, 0, 64), ("tos", 1, 0, 3), ("dscp", 1, 2, 10),
             ("hl", 0, 0, 5), ("id", 4, 0, 100)])

        def value(packet):
            raw = bytes(packet)
            if field == "id":
                return raw[4] << 8 | raw[5]
            return raw[at] & 15 if field == "hl" else raw[at] >> shift
        return (f"ip {field} {relation} {number}",
                lambda p: RELATIONS[relation](value(p), number))
    if kind == 7:
        word, meaning = chance.choice(
            [("ip frag", lambda p: p[IP].frag or "MF" in p[IP].flags),
             ("ip unfrag", lambda p: not (p[IP].frag or "MF" in p[IP].flags)),
             ("ip ect", lambda p: p[IP].tos & 3),
             ("ip ce", lambda p: p[IP].tos & 3 == 3),
             ("true", lambda p: True), ("false", lambda p: False)])
        return word, meaning
    if kind == 8:
        name, number = chance.choice([("echo", 8), ("echo-reply", 0),
                                      ("unreachable", 3), ("8", 8)])
        relation = chance.choice(["", "==", "!=", "<", ">="])
        return (f"icmp type {relation} {name}",
                lambda p: protocol(p, 1) and first(p) and
                RELATIONS[relation or "=="](byte(p, 20), number))
    at, mask = chance.randrange(20), chance.choice([1, 15, 240, 255])
    relation = chance.choice(list(RELATIONS))
    return (f"ip[{at}] & {mask} {relation} {mask & 65}",
            lambda p: RELATIONS[relation](byte(p, at) & mask, mask & 65))


def random_pattern(chance, depth):
    if depth == 0 or chance.randrange(5) == 0:
        return random_test(chance)
    left, is_left = random_pattern(chance, depth - 1)
    right, is_right = random_pattern(chance, depth - 1)
    kind = chance.randrange(6)
    if kind == 0:
        return (chance.choice(["not ", "!"]) + f"({left})",
                lambda p: not is_left(p))
    if kind == 1:
        other, is_other = random_pattern(chance, depth - 1)
        return (f"(({left}) ? {right} : ({other}))",
                lambda p: is_right(p) if is_left(p) else is_other(p))
    if kind in (2, 3):
        word = chance.choice(["or", "||"])
        return f"({left} {word} {right})", lambda p: is_left(p) or is_right(p)
    word = chance.choice(["and", "&&"])
    return f"({left} {word} ({right}))", lambda p: is_left(p) and is_right(p)


@pytest.mark.parametrize("seed", range(4))
def test_random_patterns(click, tmp_path, seed):
    chance = random.Random(seed)
    made = list(packets())
    wrpcap(str(tmp_path / "in.pcap"), made, linktype=101)
    made = [IP(bytes(packet)) for packet in made]
    patterns = [random_pattern(chance, 3) for _ in range(40)]
    lines = ["FromDump(in.pcap, STOP true) -> MarkIPHeader -> t :: Tee(40);"]
    for number, (words, _) in enumerate(patterns):
        lines.append(f"t[{number}] -> c{number} :: IPFilter(0 {words}) -> "
                     f"ToIPSummaryDump(o{number}, FIELDS ip_id, HEADER false);")
    (tmp_path / "c.click").write_text("\n".join(lines))
    result = click("c.click")
    assert (result.status, result.err) == (0, ""), result
    for number, (words, meaning) in enumerate(patterns):
        wanted = [packet[IP].id for packet in made if meaning(packet)]
        got = [int(line) for line in
               (tmp_path / f"o{number}").read_text().split()]
        assert got == wanted, words


# ---- Words left out, names --------------------------------------------------

SAME = [
    ("src port 80 or 81", "src port 80 or src port 81"),
    ("dst tcp port 8000 or 8080",
     "dst tcp port 8000 or dst tcp port 8080"),
    ("10.0.0.0/24 and fin ack",
     "src or dst net 10.0.0.0/24 and tcp opt fin and tcp opt ack"),
    ("www", "src or dst port 80"),
    ("icmp echo", "icmp type 8"),
    ("unfrag", "not ip frag"),
    ("src tcp port & 10 == 8", "tcp and src tcp port & 10 == 8"),
    ("dst tom", "dst host 10.9.8.7"),
    ("net home", "net 192.168.5.0/24"),
    ("dst port gopher", "dst port 70"),
    ("src 10.0.0.1 or 10.1.0.0/16", "src 10.0.0.1 or src net 10.1.0.0/16"),
    ("ip[6:2] & 0x1fff", "ip[6:2] & 0x1fff != 0"),
    ("tcp win 100", "tcp[14:2] 100"),
    ("not not tcp", "tcp"),
    ("src tcp port != 5",
     "tcp and ip[6:2] & 0x1fff == 0 and not src tcp port 5"),
    ("dst port > 1023", "dst port >= 1024"),
    ("dst port < 1024", "dst port <= 1023"),
    ("any", "true"),
]


@pytest.mark.parametrize("one, other", SAME)
def test_the_same(click, one, other):
    result = click("-q", "-h", "a.program", "-h", "b.program", "-e", f"""
        AddressInfo(tom 10.9.8.7, home 192.168.5.1/24); PortInfo(gopher 70);
        Idle -> a :: IPFilter(0 {one}) -> Discard;
        Idle -> b :: IPFilter(0 {other}) -> Discard;""")
    assert (result.status, result.err) == (0, ""), result
    one, other = result.out.split("b.program:\n")
    assert one.replace("a.program:\n", "").strip() == other.strip()


# ---- Short packets, as published ---------------------------------------------

SHORT = {
    "bytes that are not there are not equal": ("""
        ps[0] -> f0::IPFilter(0 ip[19]&128==0) -> IPPrint(A) -> d::Discard;
        ps[1] -> f1::IPFilter(0 transp[1]&128==0) -> IPPrint(B) -> d;
        ps[2] -> Truncate(19) -> f0;
        ps[3] -> Truncate(21) -> f1;""",
        "0 1 0|1 3 0|2 5 0|3 7 0", "A: 1|B: 3"),
    "nor unequal": ("""
        ps[0] -> f0::IPFilter(0 transp[1]&128==0, 1 -) -> IPPrint(A)
          -> fx::IPFilter(0 transp[1]&128==0 || transp[1]&128==128)
          -> IPPrint(C) -> Discard;
        ps[1] -> f1::IPFilter(0 transp[1]&128!=0, 1 -) -> IPPrint(B) -> fx;
        ps[2] -> Truncate(21) -> f0;
        ps[3] -> Truncate(21) -> f1;
        f0[1] -> fx; f1[1] -> fx;""",
        "0 1 0|0 2 128|1 3 0|1 4 128|2 5 0|2 6 128|3 7 0|3 8 128",
        "A: 1|C: 1|C: 2|C: 3|B: 4|C: 4"),
    "but not equal": ("""
        ps[0] -> f0::IPFilter(0 transp[1]&128!=0, 1 -) -> IPPrint(A)
          -> f1::IPFilter(0 not (transp[1]&128==0)) -> IPPrint(B) -> Discard;
        f0[1] -> f1; ps[1] -> Truncate(21) -> f0;""",
        "0 1 0|0 2 128|1 3 0|1 4 128", "A: 2|B: 2|B: 3|B: 4"),
}


@pytest.mark.parametrize("name", SHORT)
def test_short_packets(click, tmp_path, name):
    config, lines, wanted = SHORT[name]
    (tmp_path / "IN").write_text("!data link timestamp sport\n" +
                                 lines.replace("|", "\n") + "\n")
    result = click("-e", "FromIPSummaryDump(IN, STOP true) -> "
                   "ps::PaintSwitch;" + config)
    assert [line.split(".")[0] for line in result.errors] == wanted.split("|")


# ---- Mistakes ---------------------------------------------------------------

MISTAKES = [
    ("IPFilter(0 (tcp)", None),
    ("IPFilter(0 (tcp and)", None),
    ("IPFilter(0 tcp and)", "expected a test at the end"),
    ("IPFilter(0 tcp or or udp)", "expected a test before 'or'"),
    ("IPFilter(0 dst port 70000)", "'70000' is not understood"),
    ("IPFilter(0 src host)", "expected a value at the end"),
    ("IPFilter(0 src host < 1.2.3.4)", "have no order"),
    ("IPFilter(0 icmp port 5)", "only TCP and UDP have ports"),
    ("IPFilter(0 tcp opt == syn)", "takes no relation"),
    ("IPFilter(0 ip[1:9] 5)", "bad position or length"),
    ("IPFilter(0 tcp ? udp)", "missing ':'"),
    ("IPFilter(7 tcp)", "unknown action '7'"),
    ("IPFilter(maybe tcp)", "unknown action 'maybe'"),
    ("IPFilter(0 wombat)", "'wombat' is not understood"),
    ("IPFilter(0 " + "(" * 100 + "tcp" + ")" * 100 + ")",
     "nested too deeply"),
    ("Classifier(12/080)", "even number of hex digits"),
    ("Classifier(12/08%0)", "differ in length"),
    ("Classifier(12/08zz)", "bad hex digit"),
    ("Classifier(x/08)", "bad clause 'x/08'"),
    ("Classifier(12/08, -)", "need 1 argument, one per output port"),
]


@pytest.mark.parametrize("element, wanted", MISTAKES)
def test_mistakes(click, element, wanted):
    result = click("-q", "-e", f"Idle -> {element} -> Discard")
    assert result.status == 1
    assert wanted is None or wanted in result.err, result


def test_patterns_that_match_nothing(click):
    result = click("-q", "-e", """Idle -> c :: IPClassifier(tcp, tcp port 80,
        src port www and ftp, -); c[0,1,2,3] -> Discard""")
    assert result.status == 0
    assert "pattern 1 matches no packets" in result.err
    assert "pattern 2 matches no packets" in result.err
    assert "pattern 3" not in result.err
