# SPDX-License-Identifier: BSD-2-Clause
"""Our standard input and output, passed on byte for byte.

A terminal is put into a mode in which it passes keys on as they are typed, and
back into its own when the run ends, however it ends. A terminal of which this
process is in the background is not read.
"""

import os
import sys
import termios
import threading


def write_out(data):
    """Bytes to standard output. Nobody left to read them: the run is over."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(1, view):]
    except OSError:
        os._exit(141)


def is_terminal():
    return os.isatty(0) and os.isatty(1)


def usable_input():
    """Whether standard input may be read."""
    try:
        os.fstat(0)
        return not os.isatty(0) or os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


# The terminal's own mode, while it is in another.
kept = []


def restore():
    while kept:
        termios.tcsetattr(0, termios.TCSADRAIN, kept.pop())


def by_the_key():
    """Pass every key on as it comes, also those that would be signals."""
    mode = termios.tcgetattr(0)
    kept.append(termios.tcgetattr(0))
    mode[0] &= ~(termios.IXON | termios.ICRNL | termios.INLCR)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(0, termios.TCSADRAIN, mode)


class Keys:
    """Input for a guest's console, which is a terminal: its end is control-D.

    It means that only at the start of a line. In a line the first one ends the
    line, and the second is the end (xen/console.c).
    """

    CONTROL_D = b"\4"

    def __init__(self, sink):
        self.sink = sink
        self.in_line = False

    def send(self, data):
        self.in_line = not data.endswith((b"\n", b"\r", self.CONTROL_D))
        self.sink(data)

    def end(self):
        self.sink(self.CONTROL_D * (2 if self.in_line else 1))


def pass_input(sink, at_end=lambda: None):
    """Give standard input to `sink` in a thread of its own."""
    def copy():
        while True:
            try:
                data = os.read(0, 4096)
            except OSError:
                data = b""
            if not data:
                at_end()
                return
            sink(data)
    threading.Thread(target=copy, daemon=True).start()


def size():
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return rows, columns
