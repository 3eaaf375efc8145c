# SPDX-License-Identifier: BSD-2-Clause
"""The lab's network: which bridges, who has which address, what is forwarded.

    this machine  --QEMU-- eth0 |
                                xenbr0  10.0.2.1 --netback-- guest 10.0.2.15
                                xenbr1  10.0.3.1 --netback-- guest 10.0.3.15

dom0 has one bridge for each interface of the guest, an address on it, and a
DHCP and DNS server (lab/dom0/devices). That server knows the guest by the
address of its card, which is chosen here: so each interface has a certain
address, the same in each run, and what this machine forwards arrives. If TCP
ports are forwarded, QEMU's own network is a port of xenbr0, and reaches nothing
but them; for UDP ports there is another one (datagrams.py).

On a machine that is a Xen host itself the guest is on that host's own bridge,
with an address of its own; nothing is chosen and nothing forwarded.

Everything here is plain computation, but for port_is_free().
"""

import dataclasses
import re
import socket

from . import datagrams
from .report import LabFailed

FIRST_BRIDGE = "xenbr0"
MOST = 8
# The last number of the first guest's address. dom0 has 1, QEMU 2 and 3,
# datagrams.py 5.
FIRST_HOST = 15

FORWARD = re.compile(r"(\d+):(\d+)(?:/(tcp|udp))?")
FORWARD_WANTED = ('FORWARD wants PORT_HERE:PORT_OF_THE_GUEST, as in "8080:80'
                  ' 5001:5001/udp"')
VIF = re.compile(r"^vif\s*=\s*\[(.*?)\]", re.M | re.S)


@dataclasses.dataclass(frozen=True)
class Forward:
    """A port of this machine (on 127.0.0.1) that leads to one of the guest."""

    outer: int
    inner: int
    kind: str = "tcp"

    def __str__(self):
        if self.kind == "tcp" and self.inner in (80, 8080):
            return f"http://localhost:{self.outer}/"
        return f"localhost:{self.outer}/{self.kind}"


def parse_forwards(text):
    """The Forwards of FORWARD="8080:80 5001:5001/udp"."""
    found = []
    for word in text.split():
        match = FORWARD.fullmatch(word)
        if not match:
            raise LabFailed(f"{FORWARD_WANTED}, not {word!r}")
        outer, inner = int(match.group(1)), int(match.group(2))
        if not (0 < outer < 65536 and 0 < inner < 65536):
            raise LabFailed(f"FORWARD={word}: a port is a number from 1 to"
                            " 65535")
        found.append(Forward(outer, inner, match.group(3) or "tcp"))
    twice = [f for f in found
             if sum((f.outer, f.kind) == (g.outer, g.kind) for g in found) > 1]
    if twice:
        raise LabFailed(f"FORWARD has port {twice[0].outer} of this machine"
                        " twice")
    return found


def check_free(forward):
    """LabFailed, with what to do, if the port here cannot be had."""
    kind = socket.SOCK_STREAM if forward.kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        # As QEMU will: a port whose last connections are being closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", forward.outer))
        except PermissionError as error:
            raise LabFailed(f"port {forward.outer} of this machine is for root"
                            f" only; {other_port(forward)}") from error
        except OSError as error:
            raise LabFailed(f"port {forward.outer} of this machine is in use;"
                            f" {other_port(forward)}") from error


def other_port(forward):
    outer = forward.outer + (8000 if forward.outer < 1024 else 1)
    suffix = "/udp" if forward.kind == "udp" else ""
    return f"try FORWARD={outer}:{forward.inner}{suffix}"


def parse_count(text):
    """NET=N; None if it was not given."""
    if not text:
        return None
    if not text.isdigit() or int(text) > MOST:
        raise LabFailed("NET wants a number of network interfaces, 0 to"
                        f" {MOST}, not {text!r}")
    return int(text)


def written_vifs(base):
    """The strings in the vif = [...] of a configuration; None without one."""
    found = VIF.findall(base)
    if not found:
        return None
    # Its last one is the one that xl takes.
    return [a or b for a, b in re.findall(r"'([^']*)'|\"([^\"]*)\"", found[-1])]


def keys_of(vif):
    """{"mac": ..., "bridge": ...} of a vif's string."""
    pairs = (part.partition("=") for part in vif.split(","))
    return {key.strip(): value.strip() for key, _, value in pairs
            if key.strip()}


def chosen(count, forwards, base):
    """The vifs, as strings: NET's, or those of NAME.cfg, or one to forward to.
    """
    if count is None:
        written = written_vifs(base)
        if written is not None:
            return written
        count = 1 if forwards else 0
    return [f"bridge=xenbr{n}" for n in range(count)]


class Network:
    """What one run has of a network, in the virtual host.

    vifs: strings for xl, or None to leave that to the configuration. bridges:
    names, the first with QEMU's card as a port. hosts: "MAC,ADDRESS" for the
    DHCP server, and `addresses` those of the guest's interfaces in order.
    """

    def __init__(self, count, forwards, base):
        """Of NET and FORWARD as they were typed, and NAME.cfg's text."""
        self.forwards = parse_forwards(forwards)
        number = parse_count(count)
        vifs = chosen(number, self.forwards, base)
        if self.forwards and not vifs:
            raise LabFailed("FORWARD needs a network interface, and the guest"
                            " has none: NET=1 gives it one")
        self.bridges = [FIRST_BRIDGE] if vifs else []
        self.hosts, self.addresses, placed = [], [], []
        for number, vif in enumerate(vifs):
            placed.append(self._place(number, keys_of(vif)))
        self.vifs = placed if vifs or number is not None else None

    def _place(self, number, keys):
        """Give a vif its card's address, its bridge and its IP address."""
        bridge = keys.setdefault("bridge", FIRST_BRIDGE)
        mac = keys.setdefault("mac", f"00:16:3e:00:00:{number:02x}")
        if bridge not in self.bridges:
            self.bridges.append(bridge)
        net = f"10.0.{self.bridges.index(bridge) + 2}"
        taken = sum(a.startswith(net + ".") for a in self.addresses)
        self.addresses.append(f"{net}.{FIRST_HOST + taken}")
        self.hosts.append(f"{mac},{self.addresses[-1]}")
        return ",".join(f"{key}={value}" for key, value in keys.items())

    def _target(self):
        """(address, card) that forwards lead to: the first one on xenbr0."""
        for host in self.hosts:
            mac, address = host.split(",")
            if address == f"10.0.2.{FIRST_HOST}":
                return address, mac
        raise LabFailed("FORWARD leads to an interface on xenbr0, and the"
                        " guest's configuration has none there")

    def cards(self):
        """(options for QEMU, the sockets that they name): the cards through
        which this machine's ports lead in. UDP ports are open from now on."""
        options, sockets = [], []
        for forward in self.forwards:
            check_free(forward)
        tcp, udp = ([f for f in self.forwards if f.kind == kind]
                    for kind in ("tcp", "udp"))
        if tcp:
            options += user_network(tcp, self._target()[0])
        if udp:
            sockets.append(datagrams.Relay(udp, *self._target()).theirs)
            options += cable("datagrams", sockets[0], "02:00:0a:00:02:03")
        return options, sockets

    def devices(self):
        """The words after lab-devices that make dom0's side of it."""
        return " ".join([*self.bridges, *self.hosts])

    def announcement(self):
        """Lines that say what leads where."""
        return [f"  NET     {f} is port {f.inner} of the guest,"
                f" {self._target()[0]}" for f in self.forwards]


def vif_line(vifs):
    """The line of xl's configuration; nothing if there is nothing to say."""
    if vifs is None:
        return ""
    return f"vif = [ {', '.join(repr(vif) for vif in vifs)} ]\n"


def real_vifs(count, forwards, base):
    """The vifs on a machine that is a Xen host itself: on its own bridge, with
    cards' addresses of xl's making; None to leave it to the configuration."""
    number = parse_count(count)
    if number is None:
        wanted = parse_forwards(forwards) and written_vifs(base) is None
        number = 1 if wanted else None
    return None if number is None else [f"bridge={FIRST_BRIDGE}"] * number


# ---- QEMU's side -------------------------------------------------------------

def card(netdev, mac):
    """dom0's end of a cable; lab/dom0/devices knows QEMU's by its address."""
    return ["-device", f"virtio-net-pci,netdev={netdev},mac={mac},romfile="]


def user_network(forwards, target):
    """Options for a card that only the named TCP ports of this machine reach.

    Without IPv6, so that QEMU announces no prefix beside dom0's.
    """
    ports = "".join(f",hostfwd=tcp:127.0.0.1:{f.outer}-{target}:{f.inner}"
                    for f in forwards)
    return ["-netdev", f"user,id=net,ipv6=off,restrict=on{ports}",
            *card("net", "02:00:0a:00:02:02")]


def cable(name, ours, mac):
    """Options for a card whose frames go over a socket, one in each datagram.
    """
    return ["-netdev",
            f"dgram,id={name},local.type=fd,local.str={ours.fileno()}",
            *card(name, mac)]


def record(path):
    """Options that record what passes the card of user_network() (pcap)."""
    return ["-object", f"filter-dump,id=record,netdev=net,file={path}"]
