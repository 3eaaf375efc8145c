# SPDX-License-Identifier: BSD-2-Clause
"""tools/stack-depth, on functions of which it is known what they take."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent

WORLD = """
void stack_grow(void) {}
void thread_preempt(void) {}
void evtchn_dispatch(void) {}
int leaf(int n) { volatile char a[5000]; a[n] = 1; return a[0]; }
int middle(int n) { volatile char a[1000]; a[n] = 1; return leaf(n) + a[0]; }
"""
CIRCLE = "int even(int n); int odd(int n) { return n ? even(n - 1) + 1 : 2; }" \
         "int even(int n) { return n ? odd(n - 1) + 1 : 3; }"
POINTER = "int by(int (*nobody_knows[])(int)) { return nobody_knows[1](5) + 1; }"


@pytest.mark.parametrize("more, reserve, status, said", [
    ("", 7000, 0, "middle leaf"),
    ("", 6200, 1, "more than the reserve"),
    (CIRCLE, 7000, 1, "these call each other"),
    (POINTER, 7000, 1, "whom does by call?"),
    ("int x(int n) { return __builtin_strlen(__builtin_memset("
     "__builtin_alloca(n), 1, n)); }", 7000, 1, "takes what it likes"),
])
def test_depths(tmp_path, more, reserve, status, said):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/world.c").write_text(WORLD + more)
    # Of another image, with names of this one's.
    (tmp_path / "lib/other.c").write_text(
        "int leaf(int n) { return *(char *)__builtin_alloca(n); }")
    for name in "world", "other":
        subprocess.run(
            ["gcc", "-O1", "-fno-inline", "-fno-omit-frame-pointer", "-w",
             "-fno-optimize-sibling-calls", "-fcallgraph-info=su", "-c",
             f"lib/{name}.c", "-o", f"lib/{name}.c.o"], cwd=tmp_path, check=True)
    subprocess.run(
        ["ld", "-r", f"--defsym=stack_reserve={reserve}", "-Map", "image.map",
         "-o", "image", "lib/world.c.o"], cwd=tmp_path, check=True)
    done = subprocess.run([ROOT / "tools/stack-depth", "image"],
                          cwd=tmp_path, capture_output=True, text=True,
                          check=False)
    assert done.returncode == status and said in done.stdout + done.stderr, done
