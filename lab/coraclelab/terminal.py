# SPDX-License-Identifier: BSD-2-Clause
"""Our standard input and output, passed on byte for byte.

A terminal is put into a mode in which it passes keys on as they are typed, and
back into its own when the run ends, however it ends. A terminal of which this
process is in the background is not read.
"""

import os
import stat
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
    """Whether standard input is worth reading."""
    try:
        mode = os.fstat(0)
        if os.isatty(0):
            return os.tcgetpgrp(0) == os.getpgrp()
        null = os.stat("/dev/null")
        return not (stat.S_ISCHR(mode.st_mode) and mode.st_rdev == null.st_rdev)
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
