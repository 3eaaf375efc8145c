# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the packet graph share: the host program, built with the
sanitizers.

    click(words..., stdin=b"")   run build/host/click-checked with these words;
                                 has .status, .out, .err (text) and .lines (of
                                 .out)
    flatten(text)                click-flatten's output for a configuration: its
                                 declarations and connections as sorted lists
                                 of lines, a chain of connections being one each
    marked(text, packets...)     packets as a guest's interfaces give them (a
                                 frame, flags, a large segment's size) from the
                                 element `in` to `out`: tests/click/marked.c
"""

import dataclasses
import pathlib
import re
import subprocess

import pytest

from waiting import PATIENCE

TOP = pathlib.Path(__file__).resolve().parent.parent
CLICK = TOP / "build/host/click-checked"


@dataclasses.dataclass
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def errors(self):
        return self.err.splitlines()


class Program(subprocess.Popen):
    """A program that is killed at the end of a `with` block: one that was not
    over when a check failed would be waited for, for ever."""

    def __exit__(self, *what):
        self.kill()
        super().__exit__(*what)


@pytest.fixture(scope="session")
def click_program(make):
    """The program's path; click-flatten's is the same with "-flatten"."""
    result = make("-j2", "--silent", f"{CLICK.relative_to(TOP)}-flatten")
    assert result.returncode == 0, result.stderr.decode(errors="replace")
    return CLICK


def run(program, *words, stdin=b"", cwd=None, timeout=PATIENCE):
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run([program, *map(str, words)], input=stdin, cwd=cwd,
                          capture_output=True, timeout=timeout, check=False)
    result = Result(done.returncode, done.stdout.decode(errors="replace"),
                    done.stderr.decode(errors="replace"))
    assert "Sanitizer" not in result.err, result.err
    assert result.status in range(128), result
    return result


@pytest.fixture
def click(click_program, tmp_path):
    def start(*words, **more):
        more.setdefault("cwd", tmp_path)
        return run(click_program, *words, **more)
    start.program = click_program
    return start


def sorted_parts(text):
    """Declarations and single connections of a flat configuration."""
    declarations, connections = [], []
    for statement in re.split(r";\n", text.strip() + "\n"):
        statement = statement.strip()
        if " -> " not in statement or " :: " in statement.split(" -> ")[0]:
            if statement:
                declarations.append(statement)
            continue
        ends = re.split(r"\s+-> ", statement)
        for left, right in zip(ends, ends[1:]):
            left = re.sub(r"^\[\d+\] ", "", left)
            connections.append(f"{left} -> {right}")
    return sorted(declarations), sorted(connections)


@pytest.fixture
def flatten(click_program, tmp_path):
    def start(text):
        result = run(f"{click_program}-flatten", "-e", text, cwd=tmp_path)
        assert (result.status, result.err) == (0, ""), result
        return sorted_parts(result.out)
    return start


@pytest.fixture(scope="session")
def marked_program(make):
    result = make("-j2", "--silent", "build/host/click-marked")
    assert result.returncode == 0, result.stderr.decode(errors="replace")
    return TOP / "build/host/click-marked"


@pytest.fixture
def marked(marked_program, tmp_path):
    """What comes to `out` when packets (frame, flags, gso) come from `in`."""
    def start(config, *packets, said=""):
        lines = "".join(f"{flags} {gso} {frame.hex()}\n"
                        for frame, flags, gso in packets)
        result = run(marked_program, "in, out :: Null; Idle -> in;"
                     f"Idle -> out -> Discard; {config}", stdin=lines,
                     cwd=tmp_path)
        assert result.status == 0 and said in (None, result.err), result
        return [(bytes.fromhex("".join(frame)), int(flags), int(gso))
                for flags, gso, *frame in map(str.split, result.lines)]
    return start
