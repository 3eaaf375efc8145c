# SPDX-License-Identifier: BSD-2-Clause
"""Sockets, asked by guests straight under Xen that talk to themselves."""

import pathlib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
HERE = "tests/guest/net/"


@pytest.mark.parametrize("vcpus, mem", [(1, 8), (4, 32)])
def test_sockets(bare, check_locks, vcpus, mem):
    result = bare(HERE + "sockets", mem=mem, vcpus=vcpus)
    assert "FAILED" not in result.console, result
    assert result.status == 0, result
    assert "test a_thousand_connections" in result.console
    check_locks(result.console,
                "lib/lwip/socket.c:side->lock > sched/runqueue.h:rq->lock")


def test_sockets_without_their_component(make):
    """The linker's error says what is missing."""
    program = TOP / "build" / "ported" / "offline"
    program.mkdir(parents=True, exist_ok=True)
    (program / "main.c").write_text(
        "#include <sys/socket.h>\n"
        "int main(void) { return socket(AF_INET, SOCK_STREAM, 0); }\n")
    result = make(f"APP={program}")
    assert result.returncode != 0
    assert (b"socket() needs COMPONENTS = netfront lwip in the program's "
            b"config.mk") in result.stderr
