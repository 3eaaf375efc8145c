# SPDX-License-Identifier: BSD-2-Clause
"""The C library, asked by guests straight under Xen.

Each folder here is a guest with an essay on what it asks. Most count their own
failures and print them as lines with FAILED; here the console shows why one
did not end well, and what a guest cannot see itself is checked: its console,
its end and its status.
"""

import re

import pytest

HERE = "tests/guest/posix/"


def passed(result):
    """The guest ended by returning 0 from main()."""
    assert "FAILED" not in result.console, result
    assert result.status == 0, result


def test_c_library(bare):
    passed(bare(HERE + "clib", mem=16, date=True))


@pytest.fixture(scope="module")
def threads(bare):
    return bare(HERE + "pthreads", mem=32)


def test_threads(threads):
    passed(threads)


@pytest.mark.parametrize("vcpus", [1, 4])
def test_affinity(bare, vcpus):
    result = bare(HERE + "affinity", mem=16, vcpus=vcpus)
    passed(result)
    assert f"affinity: {vcpus} CPUs\n" in result.console


def test_lines_of_many_threads_stay_whole(threads):
    lines = [line for line in threads.console.splitlines()
             if line.startswith("line ")]
    expected = [f"line {i} of thread {t}: abcdefghijklmnopqrstuvwxyz {i / 8:.3f}"
                for t in range(5) for i in range(40)]
    assert sorted(lines) == sorted(expected)


@pytest.mark.parametrize("vcpus", [1, 2])
def test_descriptors(bare, vcpus):
    passed(bare(HERE + "descriptors", mem=16, vcpus=vcpus))


def test_unmodified_program(bare):
    result = bare(HERE + "unmodified")
    passed(result)
    assert "380 words" in result.console


def test_stack_grows_under_the_library(bare):
    passed(bare(HERE + "deepstack", mem=16))


def test_unsupported_calls_speak_once(bare):
    result = bare(HERE + "unsupported")
    passed(result)
    said = re.findall(r"^libc: (\w+)\(\) is not supported$", result.console,
                      re.M)
    assert sorted(said) == ["fork", "mkfifo", "popen"]


def test_standard_input(bare):
    result = bare(HERE + "lines", stdin=b"12\n30\n-2\nend\n")
    passed(result)
    assert "sum 40\n" in result.console


@pytest.mark.parametrize("typed", [b"12\n28\n\4", b"12\n28\4\4", b"12\n2\0048\r\4"])
def test_control_d_ends_standard_input(bare, typed):
    result = bare(HERE + "lines", stdin=typed)
    passed(result)
    assert "sum 40\n" in result.console


# ---- How a program begins and ends -----------------------------------------

ENDING = "atexit 2\natexit 1\ndestructor\n"


def begin_and_end(bare, args=""):
    result = bare(HERE + "process", args)
    assert "FAILED" not in result.console, result
    return result


def test_arguments(bare):
    """Words as a shell makes them."""
    result = begin_and_end(bare, r'''one "two  three" 'a"b' c\ d "e\"f" ""''')
    arguments = re.findall(r"^argv\[\d+\]=<(.*)>$", result.console, re.M)
    assert arguments == ["process", "one", "two  three", 'a"b', "c d", 'e"f',
                         ""]
    assert "environ" not in result.console
    assert result.status == 3


def test_environment(bare):
    """NAME=value before the first other word; -- ends them."""
    result = begin_and_end(bare, "TZ=UTC _a1='x y' -- B=2 -- 3=4")
    assert re.findall(r"^environ <(.*)>$", result.console, re.M) == [
        "TZ=UTC", "_a1=x y"]
    assert re.findall(r"^argv\[\d+\]=<(.*)>$", result.console, re.M) == [
        "process", "B=2", "--", "3=4"]


@pytest.mark.parametrize("line", ["'open", 'a "b', "x " * 200])
def test_bad_command_line(bare, line):
    result = bare(HERE + "process", line)
    assert result.status == 2, result
    assert result.console.startswith("process: "), result
    assert len(result.console.splitlines()) == 1, result


@pytest.mark.parametrize("how, status, ending", [
    ("", 3, "leaving" + ENDING),
    ("exit", 7, "leaving" + ENDING),
    ("_exit", 9, "test signals\n"),
    ("quick", 5, "test signals\n"),
    ("term", 128 + 15, "libc: ended by signal 15 (Terminated)\n"),
    ("reader", 3, "leaving, and somebody reads\n" + ENDING),
    ("pthread_exit", 0, "leavingthe last thread ends\n" + ENDING),
])
def test_status(bare, how, status, ending):
    """exit() runs what atexit() noted, last first, and writes what is left."""
    result = begin_and_end(bare, how)
    assert result.status == status, result
    assert result.console.endswith(ending), result


@pytest.mark.parametrize("how, words", [
    ("abort", ["handler of signal 6\n", "Coracle crashed: abort() called"]),
    ("assert", ["main.c:", "assertion failed: how[0] == 'b'\n",
                "Coracle crashed: abort() called", "__assert_func"]),
])
def test_abort(bare, how, words):
    result = begin_and_end(bare, how)
    assert result.status is None and result.reason == "crash", result
    at = -1
    for word in words:
        at = result.console.find(word, at + 1)
        assert at >= 0, (word, result)


# ---- The examples ----------------------------------------------------------

def test_hello(bare):
    result = bare("examples/hello", "one 'two three'")
    assert result.status == 0, result
    assert re.search(r"^Hello from hello on Coracle \S+\.\n"
                     r"argument 1: one\nargument 2: two three\n"
                     r"memory: 8\.0 MiB, vCPUs: 1\n"
                     r"main began \d+\.\d us after the kernel was entered\n$",
                     result.console, re.M), result


def test_threads_example(bare):
    result = bare("examples/threads")
    assert result.status == 0, result
    lost = re.search(r"without a lock: (\d+), (\d+) additions were lost",
                     result.console)
    assert int(lost[1]) + int(lost[2]) == 4000 and int(lost[2]) > 0
    assert "with a mutex:   4000, as it should be" in result.console
    # 1 + 2 + ... + 20000
    assert "sum of what came out: 200010000, nothing lost" in result.console


def test_bare_example(bare):
    result = bare("examples/bare", "one 'two three'")
    assert result.status == 0, result
    assert result.console == ("Hello from bare, without a C library.\n"
                              "argument 1: one\nargument 2: two three\n")


@pytest.mark.parametrize("mistake, words", [
    ("null", ["Page fault reading address 000000000000000c: null page",
              "read_null", "main"]),
    ("wild", ["Page fault writing", "0000123456789abc: low half",
              "write_wild", "main"]),
    ("overflow", ["stack overflow: thread main", "guard page", "recurse",
                  "overflow_stack", "main"]),
    ("text", ["Page fault writing", "read-only text, write_text+0x0",
              "main"]),
    ("data", ["Page fault executing address", "data of the image",
              "execute_data", "main"]),
    ("free", ["double free", "free_twice", "main"]),
    ("divide", ["divide error", "divide_by_zero", "main"]),
    ("assert", ["fail_assertion(): assertion failed: sheep == 4",
                "abort() called", "fail_assertion"]),
    ("smash", ["stack smashing", "smash_stack"]),
    ("abort", ["abort() called", "main"]),
])
def test_fault_example(bare, mistake, words):
    """Each mistake ends in the right report, and as a crash."""
    result = bare("examples/fault", mistake)
    assert result.reason == "crash" and result.status is None, result
    assert "nothing happened" not in result.console, result
    at = result.console.index("about to ")
    for word in words:
        at = result.console.find(word, at + 1)
        assert at >= 0, (word, result)


def test_fault_lists_its_mistakes(bare):
    for args in ["", "unknown", "null null"]:
        result = bare("examples/fault", args)
        assert result.status == 2, result
        assert "usage: fault MISTAKE" in result.console
        assert len(result.console.splitlines()) == 11
