# SPDX-License-Identifier: BSD-2-Clause
"""The network: our guest and a Linux guest under the same load, in one boot.

In virtual time Xen, dom0 and the guest share one emulated CPU: a rate says how
much all three did for a packet together, and the CPU time that Xen counts for
the domain (tools/cpu_time.c) says what the guest's own share was.

Debian's tools in dom0 are the other end, and their words are what counts: iperf
2, ping, wrk. A Linux guest serves them all from one boot; of ours, each program
is a guest of its own. Both have the address 10.0.2.15, one after the other.
"""

import contextlib
import dataclasses
import re

from coraclelab import cpio, network
from coraclelab.guest import Guest, configuration, last_line

from .figures import Figure, NotMeasured, median

ADDRESS = "10.0.2.15"
DOM0 = "10.0.2.1"
MORE_THAN_LINUX = 1.3  # iperf's TCP, each way
PING_GOAL = 0.065
UDP_GOAL = 55.0  # thousands a second, or as many as dom0 can send
REQUESTS_GOAL = 2.0
HTTPD_SIZE_GOAL = 400
LINUX_MEMORY = 192
# In dom0's memory: a file of this machine is read in no virtual time at all, or
# in as much as is left until the next timer.
KERNEL, ARCHIVE = "/root/vmlinux", "/root/linux.cpio"
IPERF_MEMORY = 32
HTTPD_MEMORY = 8
BOOTS = 3
PAGE = 1024  # bytes
PINGS = 200
CONNECTIONS = 32

# What the Linux guest does; more comes over its console.
LINUX_RUN = (f"head -c {PAGE} /dev/zero > /srv/page; nginx -c"
             " /etc/lab/nginx.conf; iperf -s & iperf -s -u & echo Linux is"
             " there; sh")


# ---- What the tools say ------------------------------------------------------

def lines_of(text, what):
    said = [line for line in text.splitlines() if line.strip()]
    if not said:
        raise NotMeasured(f"{what} said nothing")
    return said


def parse_tcp(text):
    """(bytes, bits/s) of the last line of iperf -y C."""
    fields = lines_of(text, "iperf")[-1].split(",")
    if len(fields) < 9 or not fields[8].isdigit() or int(fields[8]) == 0:
        raise NotMeasured(f"iperf: {last_line(text)}")
    return int(fields[7]), int(fields[8])


UDP_REPORT = re.compile(r"^\[ *\d+\] +[\d.]+-([\d.]+) +sec .* ms +(\d+)/ *(\d+)",
                        re.M)


@dataclasses.dataclass
class Datagrams:
    received: int
    sent: int
    seconds: float

    @property
    def rate(self):
        """Thousands received a second."""
        return self.received / self.seconds / 1000

    @property
    def lost(self):
        return 100 * (1 - self.received / self.sent)


def parse_udp(text):
    """The server's last report in what iperf -u said."""
    found = UDP_REPORT.findall(text)
    if not found:
        raise NotMeasured(f"iperf -u: {last_line(text)}")
    seconds, lost, total = found[-1]
    if int(total) == 0 or float(seconds) == 0:
        raise NotMeasured("iperf -u: nothing was received")
    return Datagrams(int(total) - int(lost), int(total), float(seconds))


PING = re.compile(r"^rtt min/avg/max/mdev = [\d.]+/([\d.]+)/", re.M)
FIRST_PING = re.compile(r"^began ([\d.]+)$.*?^\[([\d.]+)\] \d+ bytes from",
                        re.M | re.S)


def parse_ping(text):
    """The mean round trip in ms, if none was lost."""
    mean = PING.search(text)
    if not mean or ", 0% packet loss" not in text:
        raise NotMeasured(f"ping: {last_line(text)}")
    return float(mean.group(1))


def parse_first_ping(text):
    """Milliseconds from the line "began TIME" to the first answer."""
    match = FIRST_PING.search(text)
    if not match:
        raise NotMeasured(f"no ping was answered: {last_line(text)}")
    return (float(match.group(2)) - float(match.group(1))) * 1000


REQUESTS = re.compile(r"^Requests/sec: +([\d.]+)$", re.M)
TROUBLE = re.compile(r"^ +(Socket errors: .*|Non-2xx.*)$", re.M)


def parse_wrk(text):
    rate = REQUESTS.search(text)
    if not rate or float(rate.group(1)) == 0:
        raise NotMeasured(f"wrk: {last_line(text)}")
    trouble = TROUBLE.search(text)
    if trouble:
        raise NotMeasured(f"wrk: {trouble.group(1)}")
    return float(rate.group(1))


# ---- The two systems ---------------------------------------------------------

class Load:
    """dom0's side: tools, and the guest's CPU time while they run."""

    def __init__(self, host):
        self.host = host
        self.plan = network.Network("1", "", "")
        self.sh(f"lab-devices {self.plan.devices()}")
        self.sh("cp /mnt/vmlinux /mnt/linux.cpio /root; cp /mnt/cpu-time"
                " /usr/bin")

    def sh(self, command, timeout=300):
        status, said = self.host.sh(command, timeout)
        if status:
            raise NotMeasured(f"{command.split()[0]}: {last_line(said)}")
        return said

    def cpu_time(self, guest):
        return int(self.sh(f"cpu-time {guest.domid}"))

    def create(self, name, kernel, arguments, memory, more=""):
        guest = Guest(self.host, name)
        guest.create(configuration(
            name, kernel, arguments, memory, base='type = "pv"',
            more=network.vif_line(self.plan.vifs) + more))
        return guest

    @contextlib.contextmanager
    def serving(self, *words):
        """A program in dom0 while the block runs; yields it."""
        program = self.host.start(list(words))
        try:
            program.wait(0.1)
            self.sh("sleep 0.2")  # it listens now
            yield program
        finally:
            program.signal(9)

    def reach(self, guest):
        """Wait until the guest answers, and then until all is quiet."""
        self.sh(f"for i in 1 2 3 4 5 6 7 8 9; do /usr/bin/ping -c 1 -W 1"
                f" {ADDRESS} && break; done >/dev/null")
        self.sh("sleep 1")


class Linux:
    """A Linux guest, whose shell takes commands over the console."""

    name = "Linux"

    def __init__(self, load):
        self.load = load
        self.count = 0
        self.guest = load.create(
            "linux", KERNEL, "console=hvc0 quiet loglevel=0"
            f" mitigations=off address={ADDRESS}/24 run=\"{LINUX_RUN}\"",
            LINUX_MEMORY, f'ramdisk = "{ARCHIVE}"\n')
        self.guest.wait_for("Linux is there", 240)
        load.reach(self.guest)

    @contextlib.contextmanager
    def iperf_server(self):
        yield self.guest

    web_server = iperf_server

    def iperf_client(self, words):
        """The CPU time of an iperf that runs in the guest, to its end."""
        self.count += 1
        before = self.load.cpu_time(self.guest)
        # The console repeats the command: the word must not be in it.
        self.guest.send(f"iperf {words}; echo end''ed {self.count}\n")
        self.guest.wait_for(f"ended {self.count}", 240)
        return self.load.cpu_time(self.guest) - before

    def close(self):
        self.guest.destroy()


class Coracle:
    """Our guests: examples/iperf and examples/httpd."""

    name = "ours"
    network = f"ip={ADDRESS}/24"

    def __init__(self, load, iperf, httpd, ramdisk):
        """Paths in dom0."""
        self.load = load
        self.iperf, self.httpd, self.ramdisk = iperf, httpd, ramdisk

    @contextlib.contextmanager
    def _guest(self, *arguments):
        guest = self.load.create("ours", *arguments)
        try:
            yield guest
        finally:
            guest.destroy()

    @contextlib.contextmanager
    def iperf_server(self, words="-s"):
        with self._guest(self.iperf, f"{self.network} {words}",
                         IPERF_MEMORY) as guest:
            guest.wait_for("Server listening", 60)
            self.load.reach(guest)
            yield guest

    @contextlib.contextmanager
    def web_server(self):
        with self._guest(self.httpd, self.network, HTTPD_MEMORY,
                         f'ramdisk = "{self.ramdisk}"\n') as guest:
            self.load.reach(guest)
            yield guest

    def iperf_client(self, words):
        """The CPU time of the whole guest: its boot is less than 1 %."""
        with self._guest(self.iperf, f"{self.network} {words}",
                         IPERF_MEMORY) as guest:
            if guest.wait_end(240) != ("poweroff", 0):
                raise NotMeasured("iperf: " + last_line(guest.text))
            return self.load.cpu_time(guest)

    def close(self):
        pass


# ---- What is measured of each ------------------------------------------------

def tcp_received(load, system):
    """Gb/s, and the guest's instructions for a megabyte (10^6 bytes)."""
    with system.iperf_server() as guest:
        before = load.cpu_time(guest)
        size, rate = parse_tcp(load.sh(f"iperf -c {ADDRESS} -t 1 -y C"))
        return {"tcp-in": rate / 1e9, "tcp-in-cost":
                (load.cpu_time(guest) - before) / (size / 1e6)}


def tcp_sent(load, system):
    with load.serving("iperf", "-s", "-y", "C") as server:
        cost = system.iperf_client(f"-c {DOM0} -t 1")
        load.sh("sleep 1")
        size, rate = parse_tcp(bytes(server.printed).decode())
        return {"tcp-out": rate / 1e9, "tcp-out-cost": cost / (size / 1e6)}


def udp_received(load, system):
    """64-byte datagrams as fast as dom0 sends them."""
    server = {} if isinstance(system, Linux) else {"words": "-s -u"}
    with system.iperf_server(**server) as guest:
        before = load.cpu_time(guest)
        said = parse_udp(load.sh(
            f"iperf -u -c {ADDRESS} -l 64 -b 1000M -t 1 2>&1"))
        cost = load.cpu_time(guest) - before
        return {"udp-in": said.rate, "udp-in-sent": said.sent / said.seconds
                / 1000, "udp-in-lost": said.lost,
                "udp-in-cost": cost / said.received}


def udp_sent(load, system):
    """As many as the guest can send; the cost is of each that it sent."""
    with load.serving("iperf", "-s", "-u") as server:
        cost = system.iperf_client(f"-u -c {DOM0} -l 64 -b 1000M -t 1")
        load.sh("sleep 1")
        said = parse_udp(bytes(server.printed).decode())
        return {"udp-out": said.sent / said.seconds / 1000,
                "udp-out-cost": cost / said.sent}


def round_trip(load, system):
    with system.iperf_server():
        return {"ping": parse_ping(load.sh(
            f"/usr/bin/ping -q -c {PINGS} -i 0.01 {ADDRESS}"))}


def requests(load, system):
    with system.web_server() as guest:
        address = f"http://{ADDRESS}:80/page"
        got = load.sh(f"wget -q -O - {address} | wc -c").strip()
        if got != str(PAGE):
            raise NotMeasured(f"/page has {got} bytes instead of {PAGE}")
        before = load.cpu_time(guest)
        rate = parse_wrk(load.sh(f"wrk -t 1 -c {CONNECTIONS} -d 1s {address}"))
        # wrk's second is virtual as well, so rate is the number of requests.
        return {"requests": rate, "requests-cost":
                (load.cpu_time(guest) - before) / rate}


MEASUREMENTS = (round_trip, tcp_received, tcp_sent, udp_received, udp_sent,
                requests)


# ---- Boot --------------------------------------------------------------------

FIRST_PING_SCRIPT = """
echo began $EPOCHREALTIME
xl create -q {config} < /dev/null &
/usr/bin/ping -D -n -i 0.005 -c 1 -w 60 {address}
wait
"""


def boot(load, name, kernel, arguments, memory, more=""):
    """Milliseconds from `xl create` to the first answer to a ping.

    dom0 pings all the while, every 5 ms, and knows the guest's card, so that it
    need not ask for it.
    """
    mac = network.keys_of(load.plan.vifs[0])["mac"]
    config = load.host.put(f"/root/{name}.xl", configuration(
        name, kernel, arguments, memory, base='type = "pv"',
        more=network.vif_line(load.plan.vifs) + more).encode())
    load.sh(f"/usr/bin/ip neigh replace {ADDRESS} lladdr {mac} dev xenbr0 nud"
            " permanent")
    script = load.host.put("/root/first-ping", FIRST_PING_SCRIPT.format(
        config=config, address=ADDRESS).encode())
    try:
        return parse_first_ping(load.sh(f"bash {script}"))
    finally:
        load.host.sh(f"xl destroy {name}; /usr/bin/ip neigh del {ADDRESS} dev"
                     " xenbr0; sleep 1")


def boot_ours(load, system):
    times = [boot(load, f"boot{n}", system.httpd, system.network, HTTPD_MEMORY,
                  f'ramdisk = "{system.ramdisk}"\n') for n in range(BOOTS + 1)]
    return times[1:]  # the first of a boot of the host takes longer


def boot_linux(load):
    return boot(load, "bootlinux", KERNEL, "console=hvc0 quiet"
                f" loglevel=0 mitigations=off address={ADDRESS}/24"
                ' run="nginx -c /etc/lab/nginx.conf; sleep 1000"',
                LINUX_MEMORY, f'ramdisk = "{ARCHIVE}"\n')


# ---- The rows ----------------------------------------------------------------

def page_ramdisk(path):
    """What httpd serves to wrk."""
    archive = cpio.Archive(path)
    archive.file_from("page", bytes(PAGE))
    archive.close()


@dataclasses.dataclass
class Row:
    key: str
    name: str
    unit: str
    goal: float | None = None
    times_linux: bool = False  # the goal is a factor
    least: bool = False
    others: str = ""


ROWS = (
    Row("ping", "ping, round trip", "ms", PING_GOAL, others="mini-os 0.067"),
    Row("tcp-in", "iperf TCP, dom0 to guest", "Gb/s", MORE_THAN_LINUX,
        times_linux=True, least=True),
    Row("tcp-in-cost", "of it: the guest's for a megabyte", "instr."),
    Row("tcp-out", "iperf TCP, guest to dom0", "Gb/s", MORE_THAN_LINUX,
        times_linux=True, least=True),
    Row("tcp-out-cost", "of it: the guest's for a megabyte", "instr."),
    Row("udp-in", "UDP, 64 bytes, received", "1000/s", UDP_GOAL, least=True,
        others="mini-os 55.3"),
    Row("udp-in-lost", "of it: lost of those sent", "%", 0),
    Row("udp-in-cost", "of it: the guest's for one", "instr."),
    Row("udp-out", "UDP, 64 bytes, sent", "1000/s", least=True),
    Row("udp-out-cost", "of it: the guest's for one", "instr."),
    Row("requests", "httpd, 8 MiB; nginx: pages of 1 KiB, wrk, 32 connections",
        "1/s", REQUESTS_GOAL, times_linux=True, least=True),
    Row("requests-cost", "of it: the guest's for one", "instr."),
)


def row_figures(ours, linux):
    """The rows for {key: number} of both; what is missing is left out."""
    figures = []
    for row in ROWS:
        if row.key not in ours:
            continue
        peer, goal = linux.get(row.key), row.goal
        if row.times_linux:
            goal = None if peer is None else row.goal * peer
        elif row.key == "udp-in":  # or the sender's limit
            goal = min(goal, ours["udp-in-sent"])
        figures.append(Figure(
            row.key, row.name, row.unit, ours[row.key], goal=goal, peer=peer,
            peer_name="Linux" if peer is not None else "", others=row.others,
            least=row.least))
    return figures


def boot_figure(ours, linux):
    return Figure("first-ping", "xl create to the first answered ping, httpd,"
                  " static address", "ms", median(ours, "a boot"), peer=linux,
                  peer_name="Linux", samples=ours)
