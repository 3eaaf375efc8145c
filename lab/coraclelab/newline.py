# SPDX-License-Identifier: BSD-2-Clause
"""A program's own bytes, out of what a console made of them.

A console is a terminal to people: where the program wrote a newline, a carriage
return and a newline arrive (xen/console.c puts it in, and so does Xen's serial
line). Since every newline got one, taking one away from each gives the
program's bytes exactly, whatever they were.
"""


class Newlines:
    """A function of bytes that passes them on to `sink` without those."""

    def __init__(self, sink):
        self.sink = sink
        self.held = b""

    def __call__(self, data):
        text = (self.held + data).replace(b"\r\n", b"\n")
        # The first half of a pair may have come.
        self.held = b"\r" if text.endswith(b"\r") else b""
        if len(text) > len(self.held):
            self.sink(text[:len(text) - len(self.held)])

    def flush(self):
        if self.held:
            self.sink(self.held)
        self.held = b""
