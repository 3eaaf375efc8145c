# SPDX-License-Identifier: BSD-2-Clause
"""Guest tests of the kernel's core, straight under Xen.

Each folder beside this file is a guest program that asks its questions itself
and says what it found; its essay tells how. Here they are run with the memory,
the processor and the arguments that they want, and those that must crash are
looked at from outside.

Programs whose checks read the clock run with icount: then the clock counts the
guest's own instructions, and a busy machine is no error.
"""

import re

import pytest

HERE = "tests/guest/kernel"


def run_ok(bare, name, args="", **how):
    """The program says that all was well."""
    result = bare(f"{HERE}/{name}", args, **how)
    assert (result.reason, result.status) == ("poweroff", 0), result
    assert "crashed" not in result.console, result
    assert result.console.rstrip().endswith(f"{name}: all ok"), result
    return result


@pytest.mark.parametrize("memory", [4, 8, 256])
def test_page_tables_allow_only_what_they_should(bare, memory):
    run_ok(bare, "map_test", mem=memory)


@pytest.mark.parametrize("memory", [4, 8, 256])
def test_all_of_memory(bare, memory):
    result = bare("tests/guest/memory", mem=memory)
    assert (result.reason, result.status) == ("poweroff", 0), result
    pages = int(re.search(r"of (\d+) pages", result.console)[1])
    assert pages == memory * 256


def test_an_image_of_nine_megabytes(bare):
    run_ok(bare, "large_test", mem=16)


def test_threads(bare):
    run_ok(bare, "thread_test", icount=True)


def test_events_at_the_end_of_events(bare):
    run_ok(bare, "nested_test", icount=True)


def test_time(bare):
    run_ok(bare, "time_test", "exact", icount=True)


def test_time_on_a_busy_machine(bare):
    run_ok(bare, "time_test")


def test_sync(bare):
    run_ok(bare, "sync_test")


def test_a_look_inside(bare):
    run_ok(bare, "inspect_test", mem=64, vcpus=2)


def test_events(bare):
    run_ok(bare, "event_test")


def test_thread_local_variables(bare):
    run_ok(bare, "tls_test")


# The bare minimum; the legacy registers by XSAVE; with AVX.
@pytest.mark.parametrize("cpu, features", [
    ("qemu64", "no AVX, no XSAVE"),
    ("max,-smap,-smep,-pku,-avx", "no AVX, XSAVE"),
    ("max,-smap,-smep,-pku", "AVX, XSAVE"),
])
def test_vector_registers(bare, cpu, features):
    result = run_ok(bare, "vector_test", more=["-cpu", cpu])
    assert f"vector_test: {features}\n" in result.console


def test_stacks_grow(bare):
    run_ok(bare, "stack_test", mem=16)


# ---- Stacks that end ------------------------------------------------------

@pytest.mark.parametrize("mistake, message, function", [
    ("overflow", "stack overflow: thread main needs more than its 1024 KiB",
     "endless"),
    ("large", "stack overflow: thread main needs more than its 1024 KiB",
     "too_large"),
    ("thread", "stack overflow: thread small needs more than its 100 KiB",
     "endless_thread"),
    ("memory", "out of memory: the stack of thread main cannot grow",
     "endless"),
])
def test_stacks_end(bare, mistake, message, function):
    result = bare(f"{HERE}/stack_test", mistake)
    assert result.reason == "crash", result
    assert f"Coracle crashed: {message}" in result.console, result
    assert re.search(rf" {function}\+0x", result.console), result


# ---- Crashes --------------------------------------------------------------

FAULT = "Page fault {} address {}: {}"
ANY = "[0-9a-f]{16}"

# The mistake, the report's first line as a pattern, functions in the order in
# which they must appear below it. mistake_NAME and main are asked for always,
# unless the list says None.
CRASHES = [
    ("null_read", FAULT.format("reading", "0{15}8", "null page"), ["peek"]),
    ("null_write", FAULT.format("writing to", "0{16}", "null page"), ["poke"]),
    ("null_call", FAULT.format("executing", "0{16}", "null page"), ["jump"]),
    ("low", FAULT.format("reading", "0000123456789000",
                         "low half, where nothing is mapped"), ["peek"]),
    ("wild", "general protection fault", ["peek"]),
    ("nowhere", FAULT.format("reading", ANY, "nothing is mapped there"),
     ["peek"]),
    ("guard", FAULT.format("writing to", ANY,
                           "guard page below stack of thread main"), ["poke"]),
    ("cpu_guard", FAULT.format("writing to", ANY,
                               "guard page of a CPU's stack"), ["poke"]),
    ("text", FAULT.format("writing to read-only", ANY,
                          r"read-only text, mistake_null_read\+0x0"),
     ["poke"]),
    ("constant", FAULT.format("writing to read-only", ANY,
                              "read-only data of the image"), ["poke"]),
    ("execute_data", FAULT.format("executing", ANY, "data of the image"),
     ["jump"]),
    ("execute_stack", FAULT.format("executing", ANY, "stack of thread main"),
     ["jump"]),
    ("execute_heap", FAULT.format("executing", ANY, r"memory, frame \d+"),
     ["jump"]),
    ("divide", "divide error", []),
    ("instruction", "invalid instruction", []),
    ("breakpoint", "breakpoint", []),
    ("panic", "crash_test gives up: 42", []),
    ("assert", r"tests/guest/kernel/crash_test/main\.c:\d+: "
               r"assertion failed: sum == 5", []),
    ("smash", "stack smashing: .*", ["__stack_chk_fail"]),
    ("unlock", r"sched/sync\.c:\d+: assertion failed: .*", ["mutex_unlock"]),
    ("free", ".*", ["heap_free"]),
    ("event", FAULT.format("writing to", "0{16}", "null page"),
     ["poke", "mistake_null_write", "broken_handler", "evtchn_dispatch"]),
    ("thread", FAULT.format("writing to", "0{16}", "null page"),
     ["poke", "mistake_null_write", "broken_thread"]),
    ("circle", "invalid instruction", []),
    ("frames", "invalid instruction", []),
]


def report_of(result):
    """The lines from "Coracle crashed" on."""
    assert result.reason == "crash", result
    assert result.console.count("Coracle crashed: ") == 1, result
    return result.console[result.console.index("Coracle crashed: "):]


@pytest.mark.parametrize("mistake, first, functions", CRASHES,
                         ids=[crash[0] for crash in CRASHES])
def test_crash_report(bare, mistake, first, functions):
    lines = report_of(bare(f"{HERE}/crash_test", mistake)).splitlines()
    assert re.fullmatch("Coracle crashed: " + first, lines[0]), lines
    assert lines[-1] != lines[0]
    if mistake not in ("event", "thread"):
        functions = functions + [f"mistake_{mistake}"]
    thread = "culprit" if mistake == "thread" else "main"
    assert f"in thread {thread}, CPU 0" in lines, lines
    names = [name for line in lines[1:]
             for name in re.findall(r"[0-9a-f]{16} (\w+)\+0x[0-9a-f]+$", line)]
    places = [names.index(name) for name in functions if name in names]
    assert len(places) == len(functions), (functions, lines)
    assert places == sorted(places), lines


def test_a_crash_says_the_registers(bare):
    report = report_of(bare(f"{HERE}/crash_test", "low"))
    for name in ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                 *(f"r{n}" for n in range(8, 16))):
        assert re.search(rf" {name} *{ANY}", report), name
    assert re.search(r" rdi 0000123456789000", report) # the bad pointer


def test_a_fault_inside_the_report_ends_it(bare):
    report = report_of(bare(f"{HERE}/crash_test", "nested"))
    assert report.startswith("Coracle crashed: invalid instruction\n")


# ---- The boot -------------------------------------------------------------

LONG = " ".join(f"word{n:03}" for n in range(126))


@pytest.mark.parametrize("line", [
    "", "one", "a 'b c' \"d e\" NAME=value", "--size=3,4 x,y", LONG,
], ids=["empty", "one", "quotes", "commas", "long"])
def test_command_line(bare, line):
    result = run_ok(bare, "boot_test", line)
    assert f"command line: {line}\n" in result.console
    if line == LONG:
        assert len(line) > 1000
        assert result.console.count("argument: word") == 126


def random_words(result):
    return (set(re.search("random:(.*)", result.console)[1].split()),
            re.search("canary: (.*)", result.console)[1])


@pytest.mark.parametrize("cpu", ["qemu64,-rdrand", "qemu64,+rdrand",
                                 "max,-smap,-smep,-pku"])
def test_random_numbers_differ_from_boot_to_boot(bare, cpu):
    (words1, canary1), (words2, canary2) = (
        random_words(run_ok(bare, "boot_test", more=["-cpu", cpu]))
        for _ in range(2))
    assert len(words1 | words2) == 16
    assert canary1 != canary2
    assert canary1.endswith("00") and canary1 != "0" * 16


@pytest.mark.parametrize("size", [1, 4096, 123457])
def test_ramdisk(bare, build, tmp_path, size):
    disk = tmp_path / "disk"
    disk.write_bytes(bytes((7 * i + i // 256) & 255 for i in range(size)))
    image = build(f"{HERE}/boot_test")
    result = run_ok(bare, "boot_test",
                    more=["-initrd", f"{image} with a disk,{disk}"])
    assert f"ramdisk: {size}\n" in result.console
    assert "command line: with a disk\n" in result.console
