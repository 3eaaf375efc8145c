# SPDX-License-Identifier: BSD-2-Clause
"""What tshark, which is not of our making, finds in a capture (pcap)."""

import subprocess

CHECKED = ("ip", "tcp", "udp")
VERIFY = [word for layer in CHECKED
          for word in ("-o", f"{layer}.check_checksum:TRUE")]
WRONG = " || ".join([f"{layer}.checksum.status == Bad" for layer in
                     (*CHECKED, "icmp", "icmpv6")] + ["_ws.malformed"])


def fields(path, names, wanted="", options=()):
    """A list of fields' values, as text, of each frame that is wanted."""
    command = ["tshark", "-n", "-r", str(path), *options, "-T", "fields"]
    for name in names:
        command += ["-e", name]
    if wanted:
        command += ["-Y", wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def faulty(path):
    """The frames with a wrong checksum, or malformed: [number, what]."""
    return fields(path, ("frame.number", "_ws.col.Info"), WRONG, VERIFY)


def covered(path, source, port):
    """Of one TCP connection's bytes from `source`: how many there are, whether
    all of them were seen, and the largest segment.

    port: of either end. One connection only may use it in the capture.
    """
    rows = fields(path, ("tcp.seq", "tcp.len"),
                  f"tcp.port == {port} && (ip.src == {source})")
    ranges = sorted((int(seq), int(seq) + int(length))
                    for seq, length in rows if int(length))
    end, whole = 1, True
    for begin, behind in ranges:
        whole = whole and begin <= end
        end = max(end, behind)
    return end - 1, whole, max((b - a for a, b in ranges), default=0)
