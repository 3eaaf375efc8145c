# SPDX-License-Identifier: BSD-2-Clause
"""The host tests and fuzzers, as pytest cases.

Each TEST() in a test_*.c beside this file is a case; the sources are read for
their names, so nothing is built when cases are only listed. So is each in a
tsan/tsan_*.c, which runs under ThreadSanitizer. Each fuzz_*.c is a
case too and runs for FUZZ_SECONDS (1) seconds; `make fuzz` is the long form.
"""

import os
import pathlib
import re
import subprocess

import pytest

from waiting import LONG

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BUILT = ROOT / "build" / "host"
FUZZ_SECONDS = os.environ.get("FUZZ_SECONDS", "1")


def cases():
    for source in sorted(HERE.glob("test_*.c")):
        for name in re.findall(r"^TEST\((\w+)\)", source.read_text(), re.M):
            yield pytest.param(source.stem, name, id=f"{source.stem}.{name}")


def tsan_cases():
    for source in sorted(HERE.glob("tsan/tsan_*.c")):
        for name in re.findall(r"^TEST\((\w+)\)", source.read_text(), re.M):
            yield pytest.param(source.stem, name, id=f"{source.stem}.{name}")


def fuzzers():
    return [source.stem for source in sorted(HERE.glob("fuzz_*.c"))]


def run(*command, **options):
    """Run a command; what it printed is the message when it fails."""
    done = subprocess.run(command, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    if done.returncode:
        pytest.fail(done.stdout[-4000:], pytrace=False)


@pytest.fixture(scope="session")
def built(make):
    result = make("-j2", "host-build")
    assert result.returncode == 0, result.stderr.decode(errors="replace")


@pytest.mark.parametrize("program, name", cases())
def test_host(built, program, name):
    run(BUILT / program, name, timeout=LONG)


@pytest.mark.parametrize("program, name", tsan_cases())
def test_tsan(built, program, name):
    run(BUILT / "tsan" / program, name, timeout=LONG)


@pytest.mark.parametrize("fuzzer", fuzzers())
def test_fuzz(built, fuzzer):
    name = fuzzer.removeprefix("fuzz_")
    found = BUILT / "corpus" / name
    seeds = HERE / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    run(BUILT / fuzzer, f"-max_total_time={FUZZ_SECONDS}", "-verbosity=0",
        f"-artifact_prefix={BUILT}/{name}-",
        found, *([seeds] if seeds.is_dir() else []), timeout=LONG)
