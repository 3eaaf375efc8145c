# SPDX-License-Identifier: BSD-2-Clause
"""The lab's run straight under Xen: what comes out, how it ends."""

import pytest

from coraclelab.bare import Splitter

TALK = "tests/lab/guests/talk"


def test_arguments_and_exit_status(bare):
    result = bare(TALK, "exit 7 'two words' a,b")
    assert result.console == ("argument 1: <exit>\nargument 2: <7>\n"
                              "argument 3: <two words>\nargument 4: <a,b>\n")
    assert (result.reason, result.status) == ("poweroff", 7)


def test_every_byte_value_arrives(bare):
    result = bare(TALK, "bytes")
    assert result.raw == bytes(range(256)) + b"\r\n\n\r\r\n\r"
    assert result.status == 0


def test_a_megabyte_arrives(bare):
    result = bare(TALK, "print 20000")
    lines = result.console.splitlines()
    assert len(lines) == 20000
    assert all(line == f"{n:08d} " + "0123456789" * 4
               for n, line in enumerate(lines))


def test_crash(bare):
    result = bare(TALK, "crash")
    assert (result.reason, result.status) == ("crash", None)
    assert result.console.startswith("about to crash\n")


def test_timeout(bare):
    for seconds in 3, 30, 300:
        result = bare(TALK, "spin", timeout=seconds)
        assert (result.reason, result.status) == ("timeout", None)
        if result.console:  # it was booted by then
            break
    assert result.console == "spinning\n"


def test_input(bare):
    result = bare(TALK, "echo", stdin=b"one\ntwo words\nend\n")
    assert result.console == "ready\ngot <one>\ngot <two words>\ngot <end>\n"
    assert result.status == 0


# ---- The splitter, without a machine -------------------------------------

STREAM = (b"(XEN) Xen version\nhello\nhalf (XEN) a line\nwhole\n"
          b"coracle: exit status 9\nnot yet the end\n"
          b"tail without newline" b"coracle: exit status 3\n"
          b"(XEN) Hardware Dom0 halted: halting machine\n")


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 1000])
def test_splitter_does_not_mind_how_the_bytes_are_cut(piece):
    guest, xen = bytearray(), bytearray()
    splitter = Splitter(guest.extend, xen.extend)
    for at in range(0, len(STREAM), piece):
        splitter.feed(STREAM[at:at + piece])
    assert bytes(guest) == (b"hello\nhalf whole\ncoracle: exit status 9\n"
                            b"not yet the end\ntail without newline")
    assert bytes(xen).count(b"(XEN) ") == 3
    assert (splitter.reason, splitter.status) == ("poweroff", 3)


def test_splitter_reports_a_crash_without_a_status():
    guest = bytearray()
    splitter = Splitter(guest.extend, lambda line: None)
    splitter.feed(b"oops\n(XEN) Hardware Dom0 crashed: 'noreboot' set\n")
    assert (splitter.reason, splitter.status) == ("crash", None)
    assert bytes(guest) == b"oops\n"
