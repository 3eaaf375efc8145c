# SPDX-License-Identifier: BSD-2-Clause
"""PPPoE's concentrator, in talks with subscribers made by scapy and by hand;
tshark looks at all that it says.

Frames go to the program by standard input, as a tcpdump file, and come from it
by standard output. After each there is a mark, a frame that is not PPPoE and
leaves by output 2: what comes before it are the answers. IP for subscribers goes
in as frames of type IP, IP of theirs comes out so.
"""

import random
import re
import struct
import subprocess

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

BRAS = "00:00:00:00:00:01"
SUB = "02:00:00:00:00:%02x"
ALL = "ff:ff:ff:ff:ff:ff"
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xa7
SERVICE, NAME, UNIQUE, COOKIE, RELAY = 0x101, 0x102, 0x103, 0x104, 0x110
BAD_SERVICE, ERROR = 0x201, 0x202
LCP, IPCP, IPV4 = 0xc021, 0x8021, 0x21
MARK = bytes(Ether(src=BRAS, dst=BRAS, type=0x9999) / Raw(b"m" * 46))


# ---- Frames ------------------------------------------------------------------

def tags(*pairs):
    return b"".join(struct.pack("!HH", kind, len(value)) + value
                    for kind, value in pairs)


def read_tags(data):
    found = []
    while data:
        kind, length = struct.unpack("!HH", data[:4])
        found.append((kind, data[4:4 + length]))
        data = data[4 + length:]
    return found


def frame(kind, code, number, data, who=1, to=BRAS, length=None):
    """As a card sends it: filled up to 60 bytes."""
    length = len(data) if length is None else length
    return bytes(Ether(src=SUB % who, dst=to, type=kind) / Raw(struct.pack(
        "!BBHH", 0x11, code, number, length) + data)).ljust(60, b"\0")


def discovery(code, *pairs, number=0, **how):
    return frame(0x8863, code, number, tags(*pairs), **how)


def session(protocol, message, number=1, **how):
    return frame(0x8864, 0, number, struct.pack("!H", protocol)
                 + bytes(message), **how)


def down(packet):
    return bytes(Ether(src=BRAS, dst=BRAS, type=0x800) / packet)


def message(code, ident, data=b""):
    return struct.pack("!BBH", code, ident, 4 + len(data)) + data


def option(kind, value):
    return bytes([kind, 2 + len(value)]) + value


def address(text):
    return bytes(map(int, text.split(".")))


def said(data):
    """("discovery", code, number, tags), (protocol, code, id, data) of an LCP or
    IPCP message, or ("ip", packet)."""
    kind = struct.unpack("!H", data[12:14])[0]
    if kind == 0x800:
        return "ip", IP(data[14:])
    if kind not in (0x8863, 0x8864):
        return "other", data
    version, code, number, length = struct.unpack("!BBHH", data[14:20])
    assert version == 0x11 and len(data) == 20 + length
    if kind == 0x8863:
        return "discovery", code, number, read_tags(data[20:])
    assert code == 0
    protocol = struct.unpack("!H", data[20:22])[0]
    if protocol == IPV4:
        return "to", number, IP(data[22:])
    code, ident, length = struct.unpack("!BBH", data[22:26])
    assert length == len(data) - 22
    return protocol, code, ident, data[26:]


# ---- Talks -------------------------------------------------------------------

class Talk:
    def __init__(self, program, path, words):
        config = f"""
            FromDump(-, STOP true, TIMING true) -> c :: Classifier(12/0800, -)
            b :: PPPoEServer({BRAS}, 10.9.0.254, 10.9.0.0/24{words});
            c[1] -> b -> to :: ToDump(-, SNAPLEN 0, UNBUFFERED true);
            c[0] -> Strip(14) -> MarkIPHeader -> [1] b;
            b[1] -> EtherEncap(0x0800, {BRAS}, {BRAS}) -> to;
            b[2] -> to;"""
        reads = [word for name in ("count", "open", "drops", "refused", "table")
                 for word in ("-h", f"b.{name}")]
        self.process = subprocess.Popen(
            [program, "--simtime", "-e", config, *reads], cwd=path,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        self.process.stdin.write(self.header)
        self.process.stdin.flush()
        self.process.stdout.read(24)
        self.path, self.heard, self.clock = path, [], 1

    def ask(self, *frames, seconds=0):
        """The answers, and what it says within `seconds`, as said() has them."""
        for data in [*frames, MARK]:
            self.clock += seconds if data is MARK else 0
            self.process.stdin.write(struct.pack(
                "<IIII", self.clock, 0, len(data), len(data)) + data)
        self.process.stdin.flush()
        answers = []
        while True:
            head = self.process.stdout.read(16)
            assert len(head) == 16, self.process.stderr.read()
            data = self.process.stdout.read(struct.unpack("<IIII", head)[2])
            if data == MARK:
                return answers
            self.heard.append(head + data)
            answers.append(said(data))

    def open(self, who=1):
        """A whole session; its number and address."""
        offer, = self.ask(discovery(PADI, (SERVICE, b""), who=who, to=ALL))
        cookie = dict(offer[3])[COOKIE]
        session_is, ours = self.ask(discovery(
            PADR, (SERVICE, b""), (COOKIE, cookie), who=who))
        number = session_is[2]
        assert session_is[1] == PADS and number > 0
        assert (ours[0], ours[1]) == (LCP, 1)

        def say(protocol, data):
            return self.ask(session(protocol, data, number, who=who))

        assert say(LCP, message(2, ours[2], ours[3])) == []
        answer, theirs = say(LCP, message(1, 7, option(1, b"\5\xd4")))
        assert answer == (LCP, 2, 7, option(1, b"\5\xd4"))
        assert theirs[:2] == (IPCP, 1)
        assert theirs[3] == option(3, address("10.9.0.254"))
        assert say(IPCP, message(2, theirs[2], theirs[3])) == []
        nak, = say(IPCP, message(1, 8, option(3, bytes(4))))
        assert nak[:3] == (IPCP, 3, 8)
        assert say(IPCP, message(1, 9, nak[3])) == [(IPCP, 2, 9, nak[3])]
        return number, ".".join(map(str, nak[3][2:]))

    def end(self):
        """What handlers say at the end."""
        self.process.stdin.close()
        rest = self.process.stdout.read().decode()
        err = self.process.stderr.read().decode()
        assert self.process.wait() == 0 and err == "", err
        (self.path / "heard").write_bytes(self.header + b"".join(self.heard))
        done = subprocess.run(["tshark", "-r", self.path / "heard", "-Y",
                               "_ws.malformed || _ws.expert.severity == error"],
                              capture_output=True, text=True, check=True)
        assert done.stdout == ""
        words = re.split(r"b\.(\w+):\n", rest)[1:]
        return {name: value.strip()
                for name, value in zip(words[::2], words[1::2])}


@pytest.fixture
def talk(click_program, tmp_path):
    talks = []

    def start(words=""):
        talks.append(Talk(click_program, tmp_path, words))
        return talks[-1]

    yield start
    for one in talks:
        one.process.kill()
        one.process.wait()


# ---- Discovery ---------------------------------------------------------------

def test_offers(talk):
    bras = talk(', NAME "the box"')
    first, second = bras.ask(
        discovery(PADI, (SERVICE, b""), (UNIQUE, b"abc"), (RELAY, b"r\0"),
                  to=ALL),
        discovery(PADI, (SERVICE, b"any"), to=ALL, who=2),
        discovery(PADI, to=ALL),                        # for no service
        discovery(PADI, (SERVICE, b"x"), to="00:00:00:00:00:09"))
    assert first[:3] == second[:3] == ("discovery", PADO, 0)
    a, b = dict(first[3]), dict(second[3])
    assert (a[SERVICE], a[NAME], a[UNIQUE], a[RELAY]) == (
        b"", b"the box", b"abc", b"r\0")
    assert b[SERVICE] == b"any" and a[COOKIE] != b[COOKIE]
    assert bras.heard[0][16:22] == bytes.fromhex("020000000001")
    values = bras.end()
    assert (values["count"], values["drops"]) == ("0", "1")


def test_a_service(talk):
    bras = talk(", SERVICE gold")
    offers = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL),
                      discovery(PADI, (SERVICE, b"gold"), to=ALL),
                      discovery(PADI, (SERVICE, b"lead"), to=ALL))
    assert [offer[1] for offer in offers] == [PADO, PADO]
    assert (SERVICE, b"gold") in offers[0][3]
    cookie = (COOKIE, dict(offers[0][3])[COOKIE])
    refused, = bras.ask(discovery(PADR, (SERVICE, b"lead"), cookie))
    assert refused[1:3] == (PADS, 0) and (BAD_SERVICE, b"") in refused[3]
    assert bras.end()["refused"] == "1"


def test_no_session_without_ones_own_cookie(talk):
    bras = talk()
    offer, = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL, who=2))
    cookie = (COOKIE, dict(offer[3])[COOKIE])
    assert bras.ask(discovery(PADR, (SERVICE, b"")),
                    discovery(PADR, (SERVICE, b""), (COOKIE, b"12345678")),
                    discovery(PADR, (SERVICE, b""), cookie, who=1),
                    session(LCP, message(1, 1)),
                    session(IPV4, IP() / UDP())) == []
    values = bras.end()
    assert (values["count"], values["drops"]) == ("0", "5")


# ---- Sessions ----------------------------------------------------------------

def test_a_session(talk):
    bras = talk()
    assert bras.open() == (1, "10.9.0.1")
    up = IP(src="10.9.0.1", dst="5.5.5.5") / UDP(sport=1, dport=9) / Raw(b"x")
    spoofed = IP(src="10.9.0.2", dst="5.5.5.5") / UDP()
    answers = bras.ask(session(IPV4, up), session(IPV4, spoofed),
                       session(IPV4, up, who=2), session(IPV4, up, number=2),
                       session(IPV4, b"\x45"), session(IPV4, b""))
    assert [bytes(packet) for _, packet in answers] == [bytes(up)]
    reply = IP(src="5.5.5.5", dst="10.9.0.1") / ICMP() / Raw(b"y" * 1464)
    (kind, number, packet), = bras.ask(
        down(reply), down(IP(dst="10.9.0.2") / UDP()),
        down(IP(dst="10.9.0.0") / UDP()), down(IP(dst="9.9.9.9") / UDP()),
        down(reply / Raw(b"z")))
    assert (kind, number, bytes(packet)) == ("to", 1, bytes(reply))
    values = bras.end()
    assert values["table"] == (
        "1 02-00-00-00-00-01 10.9.0.1 open 1 29 1 1492")
    assert (values["count"], values["open"], values["drops"]) == (
        "1", "1", "9")


def test_several_subscribers(talk):
    bras = talk(", SESSIONS 3")
    got = [bras.open(who) for who in (1, 2, 3)]
    assert [number for number, _ in got] == [1, 2, 3]
    assert len({where for _, where in got}) == 3
    offer, = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL, who=4))
    cookie = (COOKIE, dict(offer[3])[COOKIE])
    ask = discovery(PADR, (SERVICE, b""), cookie, (UNIQUE, b"u"), who=4)
    refused, = bras.ask(ask)
    assert refused[1:3] == (PADS, 0) and (ERROR, b"") in refused[3]
    assert (UNIQUE, b"u") in refused[3]
    # Another's PADT is nobody's; one's own ends the session.
    assert bras.ask(discovery(PADT, number=2, who=1)) == []
    assert bras.ask(ask)[0][2] == 0
    assert bras.ask(discovery(PADT, number=2, who=2)) == []
    granted, _ = bras.ask(ask)
    assert granted[1:3] == (PADS, 2)
    again, _ = bras.ask(ask)        # it did not hear
    assert again[1:3] == (PADS, 2)
    values = bras.end()
    assert (values["count"], values["open"], values["refused"]) == (
        "3", "2", "2")


def test_who_comes_again_begins_anew(talk):
    bras = talk()
    number, _ = bras.open()
    offer, = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL))
    cookie = (COOKIE, dict(offer[3])[COOKIE])
    ended, session_is, ours = bras.ask(discovery(PADR, (SERVICE, b""), cookie))
    assert ended[1:3] == (PADT, number) and session_is[1] == PADS
    assert ours[:2] == (LCP, 1)
    assert bras.end()["open"] == "0"


# ---- Negotiations ------------------------------------------------------------

def begin(bras):
    """A session before LCP; what the server requests."""
    offer, = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL))
    cookie = (COOKIE, dict(offer[3])[COOKIE])
    return bras.ask(discovery(PADR, (SERVICE, b""), cookie))[1]


def lcp(bras, code, ident=1, data=b"", protocol=LCP):
    return bras.ask(session(protocol, message(code, ident, data)))


def test_lcp_options(talk):
    bras = talk(", MRU 1400")
    ours = begin(bras)
    assert ours[3][:4] == option(1, struct.pack("!H", 1400))
    magic = ours[3][4:]
    assert magic[:2] == b"\5\6" and magic[2:] != bytes(4)
    good = option(5, b"abcd")
    assert lcp(bras, 1, 3, good) == [(LCP, 2, 3, good)]
    # Too large, and our own magic number: a line that comes back.
    (_, code, ident, data), = lcp(bras, 1, 4, option(1, b"\5\xdc") + magic)
    assert (code, ident) == (3, 4) and data[:4] == option(1, b"\5\x78")
    assert data[4:6] == b"\5\6" and data[6:] != magic[2:]
    # What is not known is rejected, and only that.
    odd = option(3, b"\xc2\x23\5") + option(7, b"") + option(8, b"")
    assert lcp(bras, 1, 5, good + odd) == [(LCP, 4, 5, odd)]
    assert lcp(bras, 1, 6, b"\1\1\0") == [] == lcp(bras, 1, 6, b"\5\7abcd")
    assert lcp(bras, 1, 6, b"\5") == []
    # A peer that refuses our options: we ask without.
    (_, code, again, data), = lcp(bras, 4, ours[2], ours[3][:4])
    assert (code, data) == (1, magic)
    (_, code, last, data), = lcp(bras, 4, again, magic)
    assert (code, data) == (1, b"")
    assert lcp(bras, 2, again) == []                # of an old request
    assert lcp(bras, 9, 1, bytes(4)) == []          # not open yet
    assert lcp(bras, 1, 7) == [(LCP, 2, 7, b"")]
    assert lcp(bras, 2, last)[0][:2] == (IPCP, 1)


def test_lcp_messages(talk):
    bras = talk()
    bras.open()
    magic = None
    (_, code, ident, data), = lcp(bras, 9, 77, b"abcdmore")
    assert (code, ident, data[4:]) == (10, 77, b"more")
    magic = data[:4]
    assert magic not in (b"abcd", bytes(4))
    assert lcp(bras, 10, 5, b"abcd") == [] == lcp(bras, 11, 5, b"abcd")
    (_, code, _, data), = lcp(bras, 99, 5, b"what")
    assert (code, data) == (7, message(99, 5, b"what"))
    (_, code, _, data), = lcp(bras, 1, 5, b"six", protocol=0x8057)
    assert (code, data) == (8, b"\x80\x57" + message(1, 5, b"six"))
    assert bras.ask(session(LCP, b"\1\2\0\x50")) == []      # longer than it is
    assert bras.ask(session(LCP, b"\1\2\0\3")) == []
    # It says goodbye.
    terminated, ended = lcp(bras, 5, 9)
    assert terminated == (LCP, 6, 9, b"") and ended[1] == PADT
    assert bras.end()["count"] == "0"


def test_ipcp_options(talk):
    bras = talk(", DNS 9.9.9.9")
    bras.open()
    dns = option(129, address("9.9.9.9"))
    (protocol, code, _, data), ours = lcp(
        bras, 1, 1, option(129, bytes(4)) + option(131, address("9.9.9.9")),
        IPCP)
    # No address, a wrong DNS server: it is told both; and it began anew.
    assert (protocol, code) == (IPCP, 3)
    assert data == dns + option(3, address("10.9.0.1"))
    assert ours[:2] == (IPCP, 1)
    slow = option(2, b"\0\x2d\x0f\1")
    assert lcp(bras, 1, 2, data + slow, IPCP) == [(IPCP, 4, 2, slow)]
    assert lcp(bras, 1, 3, data, IPCP) == [(IPCP, 2, 3, data)]
    assert bras.end()["open"] == "0"        # ours was not acknowledged again
    bras = talk()
    bras.open()
    assert lcp(bras, 1, 1, dns, IPCP)[0][:3] == (IPCP, 4, 1)


def test_silent_ones_are_asked_and_forgotten(talk):
    bras = talk(", ECHO 2")
    bras.open(1)
    begin_other, = bras.ask(discovery(PADI, (SERVICE, b""), to=ALL, who=2))
    cookie = (COOKIE, dict(begin_other[3])[COOKIE])
    bras.ask(discovery(PADR, (SERVICE, b""), cookie, who=2))
    # Subscriber 2 says nothing: 10 requests, then the end. 1 answers echoes.
    requests = ended = echoes = 0
    for _ in range(60):
        for answer in bras.ask(seconds=1):
            if answer[0] == LCP and answer[1] == 9:
                echoes += 1
                bras.ask(session(LCP, message(10, answer[2], b"abcd")))
            elif answer[0] == LCP:
                requests += 1
            else:
                assert answer[1:3] == (PADT, 2)
                ended += 1
        if ended:
            break
    assert (requests, ended) == (10, 1) and echoes >= 5
    assert bras.end()["open"] == "1"


def test_who_answers_no_echo_is_gone(talk):
    bras = talk(", ECHO 1")
    bras.open(1)
    kinds = []
    while not kinds or kinds[-1] != PADT:
        kinds += [answer[1] for answer in bras.ask(seconds=1)]
    assert kinds == [9] * 3 + [PADT]
    assert bras.end()["count"] == "0"


class MarkedTalk(Talk):
    """The whole talk again for each question: its program has no chance in it
    (marked.c)."""

    def __init__(self, marked):
        self.frames = []
        self.run = lambda: marked(f"""
            b :: PPPoEServer({BRAS}, 10.9.0.254, 10.9.0.0/24);
            in -> c :: Classifier(12/0800, -); c[1] -> b -> out;
            c[0] -> Strip(14) -> CheckIPHeader -> f :: IPFragmenter(1492)
                -> [1] b;
            b[1] -> Discard""", *self.frames)

    def ask(self, *frames, flags=0, gso=0):
        before = len(self.run())
        self.frames += [(data, flags, gso) for data in frames]
        return [said(data) for data, _, _ in self.run()[before:]]


def test_large_segments(marked):
    """TCP that came as one comes to the subscriber as packets, all of it."""
    text = bytes(range(256)) * 40
    bras = MarkedTalk(marked)
    number, subscriber = bras.open()
    whole = down(IP(src="5.5.5.5", dst=subscriber)
                 / TCP(seq=100, flags="PA", chksum=0) / text)
    got = bras.ask(whole, flags=1, gso=1440)
    assert [each[:2] for each in got] == [("to", number)] * 8
    for _, _, ip in got:
        again = IP(bytes(ip))
        del again.len, again.chksum, again[TCP].chksum
        assert bytes(IP(bytes(again))) == bytes(ip) and len(ip) <= 1492
    assert b"".join(bytes(ip[TCP].payload) for _, _, ip in got) == text
    assert [ip[TCP].seq for _, _, ip in got] == list(range(100, 100 + 8 * 1440,
                                                           1440))
    # Longer ones are cut, and then fragmented.
    got = bras.ask(whole, flags=1, gso=1460)
    assert len(got) == 16 - 1 and max(len(ip) for _, _, ip in got) <= 1492


# ---- Bad input ---------------------------------------------------------------

def test_bad_frames(talk):
    bras = talk()
    bras.open()
    bad = [frame(0x8863, PADI, 0, b"\1\1", to=ALL),
           frame(0x8863, PADI, 0, tags((SERVICE, b"abc"))[:-1], to=ALL),
           frame(0x8863, PADI, 0, b"\1\1\xff\xff", to=ALL),
           frame(0x8863, PADI, 0, b"", length=200, to=ALL),
           frame(0x8863, 0x33, 0, b"", to=ALL),
           frame(0x8864, 0, 1, b"", length=1), frame(0x8864, 0, 1, b"\0"),
           frame(0x8864, 9, 1, b"\xc0\x21"), frame(0x8864, 0, 0, b"\xc0\x21"),
           frame(0x8864, 0, 65535, b"\xc0\x21"),
           frame(0x8864, 0, 1, struct.pack("!H", IPV4) + b"\x4f" * 30),
           frame(0x8864, 0, 1, struct.pack("!H", IPV4) + b"\x65" * 30),
           frame(0x8864, 0, 1, struct.pack("!H", LCP), to=ALL)]
    assert bras.ask(*bad) == []
    long = frame(0x8864, 0, 1, struct.pack("!H", LCP) + b"x" * 3000)
    assert bras.ask(long, frame(0x8863, PADI, 0, b"x" * 1600, to=ALL)) == []
    assert bras.end()["open"] == "1"


def test_noise(talk):
    """Frames with a few wrong bytes do no harm (the sanitizers look on)."""
    bras, chance = talk(), random.Random(5)
    good = [discovery(PADI, (SERVICE, b""), (UNIQUE, b"abc"), to=ALL),
            session(LCP, message(1, 3, option(1, b"\5\xd4") + option(5, b"abcd"))),
            session(IPCP, message(1, 8, option(3, bytes(4)))),
            session(LCP, message(9, 8, b"abcdefgh")),
            session(LCP, message(4, 8, option(1, b"\5\xd4"))),
            session(0x8057, message(1, 3, option(1, bytes(8)))),
            session(IPV4, IP(src="10.9.0.1", dst="5.5.5.5") / UDP())]
    bras.open()
    for _ in range(40):
        frames = []
        for data in good * 5:
            data = bytearray(data)
            for _ in range(chance.randrange(4)):
                data[chance.randrange(12, len(data))] = chance.choice(
                    [0, 1, 2, 255, chance.randrange(256)])
            frames.append(bytes(data[:chance.choice([60, 60, 60, chance.randrange(
                14, 61)])]))
        bras.ask(*frames, seconds=1)
    number, _ = bras.open(9)
    assert number in (1, 2)


@pytest.mark.parametrize("words, said_", [
    ("10.9.0.0/31", "POOL"), ("10.9.0.0/24, MRU 1500", "MRU"),
    ("10.9.0.0/24, SESSIONS 0", "SESSIONS"),
    ("10.9.0.0/24, ECHO 0", "ECHO"), ("nowhere", "POOL"),
    (f'10.9.0.0/24, NAME "{"x" * 129}"', "128")])
def test_bad_arguments(click, words, said_):
    result = click("-q", "-e", f"""b :: PPPoEServer({BRAS}, 10.9.0.1, {words});
        Idle -> b -> Discard; Idle -> [1] b [1] -> Discard""")
    assert result.status == 1 and said_ in result.err, result
