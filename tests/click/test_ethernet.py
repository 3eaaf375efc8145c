# SPDX-License-Identifier: BSD-2-Clause
"""ARP, VLANs, switches, what filters look at: on packets that scapy made."""

import random
import subprocess

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw
from scapy.utils import rdpcap, wrpcap

MACS = [f"02:00:00:00:00:0{i}" for i in range(9)]
ALL = "ff:ff:ff:ff:ff:ff"
FROM3 = Ether(src=MACS[3], dst=MACS[2])


@pytest.fixture
def frames(click, tmp_path):
    """Ethernet frames through a configuration in which IN is their source and
    OUT, OUT1, ... are files: gives the list of each output, and the result."""
    def start(config, packets, outputs=1, *, before="", said=""):
        wrpcap(str(tmp_path / "in"), packets, linktype=1)
        names = [f"out{i or ''}" for i in range(outputs)]
        for name in names:
            (tmp_path / name).unlink(missing_ok=True)
            config = config.replace(
                f"{name.upper()};", f"ToDump({name}, SNAPLEN 0);")
        result = click("--simtime", "-e", before + config.replace(
            "IN ", "FromDump(in, STOP true) "))
        assert (result.status, result.err) == (0, said), result
        return [list(rdpcap(str(tmp_path / name))) for name in names], result
    return start


def udp(source=MACS[1], to=MACS[2], src="1.0.0.5", dst="1.0.0.9", data=b"x"):
    return Ether(src=source, dst=to) / IP(src=src, dst=dst) / UDP(
        sport=9, dport=9) / Raw(data)


# ---- ARP --------------------------------------------------------------------

QUERIER = f"ARPQuerier(1.0.0.1/24, {MACS[8]}"
ASK = "IN -> Strip(14) -> MarkIPHeader -> GetIPAddress(16)"


def test_packets_wait_for_the_answer(frames):
    (out, asked), result = frames(f"""
        {ASK} -> q :: {QUERIER}) -> OUT;
        q[1] -> t :: Tee -> OUT1;
        t[1] -> SetTimestamp -> Queue -> DelayUnqueue(.2)
            -> ARPResponder(1.0.0.9 {MACS[3]}, 1.0.0.0/29 {MACS[4]})
            -> [1] q;
        DriverManager(pause, print q.length, wait 1, print q.length,
            print q.table, print q.queries, print q.responses,
            print q.drops)""",
        [udp(), udp(dst="1.0.0.3"), udp(), udp(dst="1.0.0.77")], 2)
    assert [(p.src, p.dst, p[IP].dst) for p in out] == [
        (MACS[8], MACS[3], "1.0.0.9"), (MACS[8], MACS[3], "1.0.0.9"),
        (MACS[8], MACS[4], "1.0.0.3")]
    assert [(p.src, p.dst, p[ARP].op, p[ARP].hwsrc, p[ARP].psrc, p[ARP].pdst)
            for p in asked] == [
                (MACS[8], ALL, 1, MACS[8], "1.0.0.1", f"1.0.0.{i}")
                for i in (9, 3, 77)]
    lines = [line for line in result.lines if line]
    assert lines[:2] == ["4", "1"]
    assert sorted(line.split()[:3] for line in lines[2:5]) == [
        ["1.0.0.3", "1", MACS[4].upper().replace(":", "-")],
        ["1.0.0.77", "0", "FF-FF-FF-FF-FF-FF"],
        ["1.0.0.9", "1", MACS[3].upper().replace(":", "-")]]
    assert lines[5:] == ["3", "2", "0"]


def test_nobody_is_asked_for_groups(frames):
    (out, asked), _ = frames(
        f"{ASK} -> q :: {QUERIER}) -> OUT; q[1] -> OUT1; Idle -> [1] q",
        [udp(dst=dst) for dst in ("1.0.0.255", "255.255.255.255",
                                  "239.129.2.3", "0.0.0.0")], 2,
        said="q: a packet for 0.0.0.0 was dropped: its destination address "
        "annotation is not set\n")
    assert [p.dst for p in out] == [ALL, ALL, "01:00:5e:01:02:03"]
    assert asked == []


@pytest.mark.parametrize("limits, dropped, length, count", [
    ("CAPACITY 10", 90, 10, 1), ("ENTRY_PACKET_CAPACITY 4", 96, 4, 1),
    ("CAPACITY 0, ENTRY_PACKET_CAPACITY 0", 0, 100, 1)])
def test_not_all_can_wait(click, limits, dropped, length, count):
    result = click("--simtime", "-e", f"""
        InfiniteSource(LIMIT 100, STOP true) -> IPEncap(17, 1.0.0.5, 1.0.0.9)
            -> q :: {QUERIER}, {limits}) -> Discard;
        q[1] -> a :: Counter -> Discard; Idle -> [1] q;
        DriverManager(pause, print q.drops, print q.length, print q.count,
            print a.count)""")
    assert result.lines == list(map(str, (dropped, length, count, 1)))


def test_the_table_is_bounded(click, tmp_path):
    (tmp_path / "in").write_text("!data dst\n" + "".join(
        f"1.0.{i // 200}.{i % 200 + 1}\n" for i in range(300)))
    result = click("--simtime", "-e", f"""
        FromIPSummaryDump(in, STOP true)
            -> q :: {QUERIER}, ENTRY_CAPACITY 7) -> Discard;
        q[1] -> a :: Counter -> Discard; Idle -> [1] q;
        DriverManager(pause, print q.count, print q.length, print a.count,
            print q.drops)""")
    assert (result.err, result.lines) == ("", ["7", "7", "300", "293"]), result


def test_who_waits_longest_gives_way(frames):
    """1.0.0.2's first packet does, to 1.0.0.4's; its second one waits again,
    behind those of 1.0.0.3 and 1.0.0.4, and it is 1.0.0.3's that goes."""
    (out, _), result = frames(f"""
        {ASK} -> q :: {QUERIER}, CAPACITY 2) -> OUT; q[1] -> OUT1;
        Idle -> [1] q;
        DriverManager(pause, print q.drops, print q.length,
            write q.insert 1.0.0.2 {MACS[2]}, print q.length,
            write q.insert 1.0.0.3 {MACS[3]}, write q.insert 1.0.0.4 {MACS[4]},
            print q.length)""",
        [udp(dst=f"1.0.0.{i}", data=bytes([65 + n]))
         for n, i in enumerate((2, 3, 4, 2))], 2)
    assert result.lines == ["2", "2", "1", "0"]
    assert [(p[IP].dst, bytes(p[Raw])[:1]) for p in out] == [
        ("1.0.0.2", b"D"), ("1.0.0.4", b"C")]


def test_ten_queries_a_second_at_most(click):
    result = click("--simtime", "-e", f"""
        RatedSource(RATE 1000, LIMIT 1500, STOP true)
            -> IPEncap(17, 1.0.0.5, 1.0.0.9)
            -> q :: {QUERIER}) -> Discard; q[1] -> a :: Counter -> Discard;
        Idle -> [1] q;
        DriverManager(pause, print a.count)""")
    assert 2 < int(result.lines[0]) <= 15


def test_an_entry_ends_and_is_asked_for_in_time(click):
    """POLL_TIMEOUT asks who had the address, TIMEOUT everybody."""
    result = click("--simtime", "-e", f"""
        RatedSource(RATE 10, LIMIT 51, STOP true)
            -> IPEncap(17, 1.0.0.5, 1.0.0.9)
            -> q :: {QUERIER}, TIMEOUT 3, POLL_TIMEOUT 1) -> s :: Counter
            -> Discard;
        q[1] -> c :: Classifier(0/ffffffffffff, -);
        c[0] -> all :: Counter -> Discard; c[1] -> one :: Counter -> Discard;
        Idle -> [1] q;
        Script(write q.insert 1.0.0.9 {MACS[3]});
        DriverManager(pause, print s.count, print $(gt $(one.count) 5),
            print $(gt $(all.count) 0), print $(q.table))""")
    sent, one, everybody, table = [line for line in result.lines if line]
    assert 30 <= int(sent) <= 31
    assert (one, everybody) == ("true", "true")
    assert table.startswith("1.0.0.9 0 ")


@pytest.mark.parametrize("rate", [10, 1000])
def test_who_does_not_answer_is_asked_less_often(click, rate):
    """Ten times in a second, then every two seconds."""
    result = click("--simtime", "-e", f"""
        RatedSource(RATE {rate}, LIMIT {10 * rate}, STOP true)
            -> IPEncap(17, 1.0.0.5, 1.0.0.9) -> q :: {QUERIER}) -> Discard;
        q[1] -> Discard; Idle -> [1] q""", "-h", "q.queries")
    assert 13 <= int(result.out) <= 15


def test_queries_have_the_time_of_the_packet(click):
    result = click("--simtime", "-e", f"""
        FromIPSummaryDump(STOP true, DATA "!data timestamp ip_dst\n5.5 1.0.0.9")
            -> q :: {QUERIER}) -> Discard;
        q[1] -> ARPPrint -> ARPResponder(1.0.0.9 {MACS[3]}) -> ARPPrint
            -> [1] q""")
    assert result.errors == [
        "5.500000: arp who-has 1.0.0.9 tell 1.0.0.1",
        f"0.000000: arp reply 1.0.0.9 is-at {MACS[3].upper().replace(':', '-')}"]


def test_answers_that_are_none(frames):
    """Neither questions nor cut off nor foreign answers are believed."""
    good = Ether(src=MACS[3], dst=MACS[8]) / ARP(
        op=2, hwsrc=MACS[3], psrc="1.0.0.9", hwdst=MACS[8], pdst="1.0.0.1")
    bad = [Raw(bytes(good)[:40])]
    for field, value in (("op", 1), ("hwtype", 6), ("ptype", 0x86dd),
                         ("hwlen", 8), ("plen", 16)):
        packet = good.copy()
        setattr(packet[ARP], field, value)
        bad.append(packet)
    (out,), result = frames(f"""
        InfiniteSource(LIMIT 1) -> IPEncap(17, 1.0.0.5, 1.0.0.9)
            -> q :: {QUERIER})[0,1] => Discard, Discard;
        IN -> t :: Tee -> [1] q; t[1] -> OUT;
        DriverManager(pause, print $(q.table))""", bad)
    assert len(out) == len(bad)
    # A question also tells who asks: that one entry may be there.
    assert all(" 0 " in line for line in result.lines
               if line.startswith("1.0.0.9 ")
               and MACS[3].upper().replace(":", "-") not in line)
    (_,), result = frames(f"""
        Idle -> q :: {QUERIER})[0,1] => Discard, Discard;
        IN -> t :: Tee -> [1] q; t[1] -> OUT;
        DriverManager(pause, print $(q.table), print q.responses)""",
        bad[:1] + bad[2:])
    assert result.lines == ["", "0"]


def test_who_answers(frames):
    def ask(dst, **more):
        return Ether(src=MACS[1], dst=ALL) / ARP(
            op=1, hwsrc=MACS[1], psrc="1.0.0.5", pdst=dst, **more)
    foreign = [ask("9.9.9.9"), ask("1.0.0.9", hwtype=6), udp(),
               Ether(src=MACS[3], dst=MACS[8]) / ARP(op=2, pdst="1.0.0.9")]
    (out, other), result = frames(f"""
        IN -> r :: ARPResponder(1.0.0.9 1.0.2.0/24 {MACS[3]},
            1.0.2.7 {MACS[4]}) -> OUT; r[1] -> OUT1;
        DriverManager(pause, print $(r.lookup 1.0.2.7),
            write r.remove 1.0.2.7/32, print $(r.lookup 1.0.2.7),
            write r.add 1.0.2.6/31 {MACS[5]}, print $(r.lookup 1.0.2.7),
            print r.table)""",
        [ask("1.0.0.9"), ask("1.0.2.7"), ask("1.0.2.8"), *foreign], 2)
    assert [(p.src, p.dst, p[ARP].op, p[ARP].hwsrc, p[ARP].psrc, p[ARP].hwdst,
             p[ARP].pdst) for p in out] == [
        (MACS[i], MACS[1], 2, MACS[i], ip, MACS[1], "1.0.0.5")
        for i, ip in ((3, "1.0.0.9"), (4, "1.0.2.7"), (3, "1.0.2.8"))]
    assert list(map(bytes, other)) == list(map(bytes, foreign))
    lines = [line for line in result.lines if line]
    assert lines[:3] == [MACS[i].upper().replace(":", "-") for i in (4, 3, 5)]
    assert sorted(line.split()[0] for line in lines[3:]) == [
        "1.0.0.9/32", "1.0.2.0/24", "1.0.2.6/31"]


def test_the_table_outlives_a_new_configuration(click, tmp_path):
    def config(ip, rest):
        return f"""t :: ARPTable;
            s{ip[-1]} :: InfiniteSource(LIMIT 1, ACTIVE false)
                -> IPEncap(17, 1.0.0.5, 1.0.0.9)
                -> q :: ARPQuerier({ip}, {MACS[8]}, TABLE t)
                -> Print({ip[-1]}, 6) -> Discard;
            q[1] -> Print(asks) -> Discard; Idle -> [1] q; {rest}"""
    (tmp_path / "second").write_text(config(
        "1.0.0.2", "DriverManager(write s2.active true, wait .1, stop)"))
    result = click("-R", "-e", config("1.0.0.1", f"""
        Script(write t.insert 1.0.0.9 {MACS[3]}, write s1.active true,
            wait .1, write hotconfig $(cat second))"""))
    assert (result.status, result.errors) == (0, [
        "1:  103 | 02000000 0003",
        "2:  103 | 02000000 0003"])


def test_what_else_outlives_it(click, tmp_path):
    """Counters, queued packets and such as wait for an answer, tables."""
    wrpcap(str(tmp_path / "in"), [query("bad.test"), raw_query(b"\3bad"),
                                  udp(source=MACS[7]), udp(dst="1.0.0.77")])
    graph = """
        s :: EtherSwitch [1] -> MarkMACHeader -> MarkIPHeader(14)
            -> m :: FlowMonitor -> f :: DNSFilter(bad.test) -> c :: Counter
            -> queue :: Queue(10) -> Idle;
        f[1] -> d :: DNSDeny -> t :: Tee -> Discard;
        t[1] -> Strip(14) -> GetIPAddress(16)
            -> q :: ARPQuerier(1.0.0.1/24, 2:0:0:0:0:8) -> out :: Counter
            -> Discard;
        q[1] -> Discard; Idle -> [1] q; s[0] -> Discard; Idle -> [1] s;"""
    (tmp_path / "second").write_text(f"""{graph}
        Idle -> s;
        DriverManager(print c.count, print queue.length, print f.count,
            print f.malformed, print d.count, print m.count, print m.packets,
            print s.table, print q.length, print out.count,
            write q.insert 1.0.0.5 {MACS[5]}, print out.count, stop)""")
    result = click("-R", "-e", f"""{graph}
        FromDump(in, STOP true) -> s;
        DriverManager(pause, write hotconfig $(cat second), wait)""")
    assert (result.status, result.err) == (0, ""), result
    lines = [line for line in result.lines if line]
    assert lines[:7] == ["2", "2", "1", "1", "1", "4", "4"]
    assert sorted(lines[7:-3]) == [f"02-00-00-00-00-0{i} 0" for i in (1, 3, 7)]
    assert lines[-3:] == ["1", "0", "1"]


def test_a_mapping_is_replaced_by_writing(click):
    result = click("--simtime", "-e", f"""
        Idle -> r :: ARPResponder(1.0.0.0/24 {MACS[3]}) -> Idle;
        DriverManager(write r.add 1.0.0.0/24 {MACS[4]}, print r.table,
            writeq r.config "1.0.0.7 {MACS[5]}, 1.0.0.7 {MACS[6]}",
            print r.table)""")
    assert [line for line in result.lines if line] == [
        "1.0.0.0/24 02-00-00-00-00-04", "1.0.0.7/32 02-00-00-00-00-05"]
    assert len(result.errors) == 2
    assert result.errors[1].endswith("warning: multiple entries for 1.0.0.7/32")


def test_ensure_ether(frames):
    """Own headers stay or come back; what is too short for IP is none."""
    own, bare = udp(), udp(src="9.0.0.5")[IP]
    short = bytes(bare)[:19]
    (out,), _ = frames("""Idle -> o :: Null -> OUT;
        IN -> c :: Classifier(12/0800, -) -> t :: Tee(3) -> EnsureEther -> o;
        t[1] -> Strip(14) -> EnsureEther -> o; t[2] -> Strip(14)
            -> MarkMACHeader
            -> e :: EnsureEther(0x86dd, 2:0:0:0:0:1, 2:0:0:0:0:2) -> o;
        c[1] -> e;""", [own, Raw(short), Raw(short[:9])])
    assert [bytes(p) for p in out] == [
        bytes(own), bytes(own),
        bytes(Ether(src=MACS[1], dst=MACS[2], type=0x86dd)) + bytes(own[IP]),
        short, short[:9]]


# ---- VLANs ------------------------------------------------------------------

def test_tags_come_and_go(frames):
    plain = udp()
    tagged = Ether(src=MACS[1], dst=MACS[2]) / Dot1Q(
        vlan=7, prio=5) / plain[IP]
    (out, same, inner), _ = frames("""
        IN -> t :: Tee(3) -> VLANEncap(7, 5) -> OUT;
        t[1] -> VLANEncap(9) -> VLANDecap -> VLANEncap(ANNO)
            -> VLANDecap(false) -> OUT1;
        t[2] -> VLANEncap(7) -> VLANEncap(0x123, ETHERTYPE 0x88a8)
            -> VLANDecap -> OUT2;""", [plain], 3)
    assert bytes(out[0]) == bytes(tagged)
    assert bytes(same[0]) == bytes(plain)
    assert [(p[Dot1AD].vlan, p[Dot1Q].vlan) for p in inner] == [(0x123, 7)]


def test_the_native_vlan_has_no_tag(frames):
    tagged = [Ether(src=MACS[1], dst=MACS[2]) / Dot1Q(vlan=vlan) / udp()[IP]
              for vlan in (0, 3, 4)] + [udp()]
    (out,), _ = frames(
        "IN -> VLANDecap -> VLANEncap(ANNO, NATIVE_VLAN 3) -> OUT;", tagged)
    assert [p[Dot1Q].vlan if Dot1Q in p else None for p in out] == [
        0, None, 4, 0]


def test_stripped_with_and_without_a_tag(frames):
    tagged = Ether(src=MACS[1], dst=MACS[2]) / Dot1Q(vlan=4) / udp()[IP]
    (out, other), _ = frames(f"""
        IN -> s :: StripEtherVLANHeader(-1)
            -> EtherVLANEncap(0x0800, {MACS[5]}, {MACS[6]}, ANNO) -> OUT;
        s[1] -> OUT1;""", [tagged, udp(), Raw(bytes(tagged)[:16])], 2)
    assert [(p.src, p.dst, p[Dot1Q].vlan, p[Dot1Q].type) for p in out] == [
        (MACS[5], MACS[6], 4, 0x800)]
    assert bytes(other[0]) == bytes(udp())


# ---- Ethernet ---------------------------------------------------------------

def test_addresses_are_set_swapped_and_stored(frames):
    (out, swapped, stored), _ = frames(f"""
        IN -> t :: Tee(3) -> EtherRewrite({MACS[3]}, {MACS[4]}) -> OUT;
        t[1] -> EtherMirror -> OUT1;
        t[2] -> StoreEtherAddress({MACS[5]}, src)
             -> StoreEtherAddress({MACS[6]}, 0) -> OUT2;""", [udp()], 3)
    assert [(p[0].src, p[0].dst) for p in (out, swapped, stored)] == [
        (MACS[3], MACS[4]), (MACS[2], MACS[1]), (MACS[5], MACS[6])]


def test_who_a_frame_is_for(frames):
    sent = [udp(to=MACS[1]), udp(to=MACS[2]), udp(to=ALL),
            udp(to="01:00:5e:00:00:01"), udp(source=MACS[1], to=MACS[1])]
    (out, other), _ = frames(f"""
        IN -> f :: HostEtherFilter({MACS[2]}, DROP_OWN true) -> DropBroadcasts
            -> OUT; f[1] -> OUT1;""", sent, 2)
    assert [p.dst for p in out] == [MACS[2]]
    assert [p.dst for p in other] == [MACS[1], MACS[1]]


@pytest.fixture
def switch(click, tmp_path):
    """Frames (port, time, source, destination) into a switch of three ports:
    gives for each the ports it left by."""
    def start(arguments, sent, script=""):
        packets = []
        for number, (port, time, source, to) in enumerate(sent):
            packets.append(Raw(bytes([port]) + bytes(
                udp(source, to, data=bytes([number])))))
            packets[-1].time = time + number / 1000
        wrpcap(str(tmp_path / "in"), packets, linktype=1)
        result = click("--simtime", "-e", f"""s :: EtherSwitch({arguments});
            c :: Classifier(0/00, 0/01, 0/02);""" + "".join(f"""
            c[{i}] -> Strip(1) -> [{i}] s [{i}] -> ToDump(out{i});
            """ for i in range(3)) + "FromDump(in, TIMING true, STOP true)"
            f" -> c; DriverManager(pause, {script} stop)")
        assert (result.status, result.err) == (0, ""), result
        ports = [[] for _ in sent]
        for port in range(3):
            for packet in rdpcap(str(tmp_path / f"out{port}")):
                ports[packet[Raw].load[0]].append(port)
        return ports, result.lines
    return start


def test_a_switch_learns(switch):
    ports, lines = switch("", [
        (0, 0, MACS[1], MACS[2]), (1, 0, MACS[2], MACS[1]),
        (0, 0, MACS[1], MACS[2]), (1, 0, MACS[3], MACS[2]),
        (2, 0, MACS[1], MACS[2]), (1, 0, MACS[2], MACS[1]),
        (1, 0, MACS[2], ALL), (0, 0, "03:00:00:00:00:01", MACS[2]),
        (2, 0, MACS[4], "03:00:00:00:00:01")],
        "print s.table, print s.drops,")
    assert ports == [[1, 2], [0], [1], [], [1], [2], [0, 2], [1], [0, 1]]
    table = sorted(line for line in lines if "-" in line)
    assert table == [f"02-00-00-00-00-0{i} {port}"
                     for i, port in ((1, 2), (2, 1), (3, 1), (4, 2))]
    assert lines[-1] == "1"


def test_a_switch_forgets(switch):
    ports, _ = switch("10", [
        (0, 0, MACS[1], ALL), (1, 5, MACS[2], MACS[1]),
        (1, 20, MACS[2], MACS[1]), (0, 21, MACS[1], MACS[2])])
    assert ports == [[1, 2], [0], [0, 2], [1]]


def test_a_hub_learns_nothing(switch):
    ports, _ = switch("0", [(0, 0, MACS[1], MACS[2]),
                            (1, 0, MACS[2], MACS[1])])
    assert ports == [[1, 2], [0, 2]]


def test_made_up_addresses_cost_a_switch_nothing(switch):
    chance = random.Random(2)
    ports, lines = switch("CAPACITY 16", [
        (0, 0, f"02:{chance.randrange(256):02x}:11:22:33:{i:02x}", ALL)
        for i in range(200)] + [(1, 1, MACS[2], ALL),
                                (0, 2, MACS[1], MACS[2])], "print s.table,")
    assert len([line for line in lines if "-" in line]) <= 16
    assert ports[201] == [1]


# ---- FlowMonitor ------------------------------------------------------------

def test_flows_are_counted(frames):
    one = [udp() for _ in range(3)]
    other = udp()
    other[UDP].sport = 999
    tcp = FROM3 / IP(src="1.0.0.5", dst="1.0.0.9") / TCP(sport=1, dport=2)
    ping = FROM3 / IP(src="1.0.0.5", dst="1.0.0.9", proto=47) / Raw(b"abcd")
    (out,), result = frames("""
        IN -> MarkIPHeader(14) -> m :: FlowMonitor -> OUT;
        DriverManager(pause, print m.count, print m.packets, print m.bytes,
            print m.evicted, print "$(m.top 2)", print "$(m.table)")""",
        [*one, other, tcp, ping, ping])
    assert len(out) == 7
    lines = [line for line in result.lines if line]
    assert lines[:4] == ["4", "7", str(4 * 29 + 40 + 2 * 24), "0"]
    assert [line.split()[5:7] for line in lines[4:6]] == [
        ["3", "87"], ["2", "48"]]
    assert sorted(int(line.split()[5]) for line in lines[6:]) == [1, 1, 2, 3]


def test_the_monitors_table_is_bounded(frames):
    sent = [udp(src=f"1.0.{i // 200}.{i % 200}") for i in range(1000)]
    _, result = frames("""
        IN -> MarkIPHeader(14) -> m :: FlowMonitor(64) -> OUT;
        DriverManager(pause, print $(le $(m.count) 64),
            print $(eq $(add $(m.count) $(m.evicted)) 1000), wait 61,
            print m.count, write m.clear, print m.packets)""", sent)
    assert result.lines == ["true", "true", "0", "1000"]


# ---- DNS --------------------------------------------------------------------

def query(name, **more):
    return Ether(src=MACS[1], dst=MACS[2]) / IP(
        src="1.0.0.5", dst="1.0.0.9") / UDP(sport=4444, dport=53) / DNS(
            id=77, rd=1, qd=DNSQR(qname=name), **more)


def raw_query(question, counts=b"\0\1\0\0\0\0\0\0", flags=b"\1\0"):
    return FROM3 / IP(src="1.0.0.6", dst="1.0.0.9") / UDP(
        sport=4444, dport=53) / Raw(b"\0\7" + flags + counts + question)


FILTER = "IN -> MarkIPHeader(14) -> f :: DNSFilter(bad.test, Ads.Example.);" \
    "f -> OUT; f[1] -> OUT1; DriverManager(pause, print f.count, " \
    "print f.malformed)"


def test_names_are_filtered_with_all_below_them(frames):
    bad = ["bad.test", "www.BAD.test", "ads.example", "a.b.c.ads.EXAMPLE"]
    good = ["test", "notbad.test", "bad.test.org", "example", "."]
    (out, held), result = frames(FILTER, [query(n) for n in bad + good], 2)
    assert [p[DNS].qd[0].qname.decode().rstrip(".") for p in held] == bad
    assert [p[DNS].qd[0].qname.decode() for p in out] == [
        n if n == "." else n + "." for n in good]
    assert result.lines == ["4", "0"]


END = b"\0\0\1\0\1"
LABEL = b"\x3f" + b"a" * 63


@pytest.mark.parametrize("question, more", [
    (b"\3bad\4te", {}), (b"", {}), (b"\3bad\4test\0\0\1\0", {}),
    (b"\xc0\x0c\0\1\0\1", {}), (b"\x40" + b"a" * 64 + END, {}),
    (b"\4b\0ad" + END, {}), (LABEL * 4 + END, {}),
    (LABEL * 3 + b"\x3e" + b"a" * 62 + END, {}),
    (b"\3abc" + END, {"counts": b"\0\2\0\0\0\0\0\0"}),
    (b"\3abc" + END, {"counts": b"\0\0\0\0\0\0\0\0"}),
    (b"\3abc" + END, {"flags": b"\x81\0"}),
    (b"\3abc" + END, {"flags": b"\x28\0"})])
def test_what_cannot_be_read_does_not_pass(frames, question, more):
    (out, held), result = frames(FILTER, [raw_query(question, **more)], 2)
    assert (len(out), len(held), result.lines) == (0, 1, ["0", "1"])


def test_the_longest_name_is_a_name(frames):
    """255 bytes with all lengths and the root (RFC 1035, 2.3.4)."""
    longest = raw_query(LABEL * 3 + b"\x3d" + b"a" * 61 + END)
    (out, _), result = frames(FILTER, [longest], 2)
    assert (len(out), result.lines) == (1, ["0", "0"])


def test_fragments_hide_no_name(frames):
    """Without its first fragment a query is none."""
    whole = query("a" * 30 + ".bad.test")
    for size in (24, 64):
        pieces = [FROM3 / piece for piece in fragment(whole[IP], size)]
        (out, held), _ = frames(FILTER, pieces, 2)
        assert [p[IP].frag for p in held] == [0]
        assert len(out) == len(pieces) - 1


def test_what_is_no_query_passes(frames):
    others = [udp(), FROM3 / IP() / TCP(dport=53),
              FROM3 / IP() / UDP(sport=53, dport=9) / Raw(b"\3bad\4test\0")]
    (out, _), result = frames(FILTER, others, 2)
    assert (len(out), result.lines) == (3, ["0", "0"])


def test_names_are_added_and_removed(frames):
    _, result = frames("""
        IN -> MarkIPHeader(14) -> f :: DNSFilter(one.test) -> OUT;
        DriverManager(pause, write f.add Two.Test, print f.names,
            write f.remove one.test, print f.names,
            write f.remove TWO.test., print f.names)""", [udp()])
    assert [line for line in result.lines if line] == [
        "one.test", "two.test", "two.test"]


def test_a_refusal_goes_back(frames, tmp_path):
    (out,), result = frames("""
        IN -> MarkMACHeader -> MarkIPHeader(14) -> d :: DNSDeny(5) -> OUT;
        DriverManager(pause, print d.count)""",
        [query("bad.test", ar=DNSQR(qname="x")), udp(),
         raw_query(b"\3bad"), query("x.y")])
    assert result.lines == ["2"]
    answer = out[0]
    assert (answer.src, answer.dst) == (MACS[2], MACS[1])
    assert (answer[IP].src, answer[IP].dst) == ("1.0.0.9", "1.0.0.5")
    assert (answer[UDP].sport, answer[UDP].dport) == (53, 4444)
    dns = answer[DNS]
    assert (dns.id, dns.qr, dns.rd, dns.rcode, dns.qdcount, dns.ancount,
            dns.arcount) == (77, 1, 1, 5, 1, 0, 0)
    assert dns.qd[0].qname == b"bad.test."
    wrong = subprocess.run(
        ["tshark", "-r", tmp_path / "out", "-o", "ip.check_checksum:TRUE",
         "-Y", "_ws.malformed || ip.checksum.status == 0"],
        capture_output=True, text=True, check=True).stdout
    assert wrong == ""
