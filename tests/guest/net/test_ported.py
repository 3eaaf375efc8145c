# SPDX-License-Identifier: BSD-2-Clause
"""Programs that others wrote, for Linux and the BSDs, from Debian's sources.

None is changed. microsocks is a whole program; libevent is a library whose
HTTP server and client run in a guest; of redis and mbed TLS those files are
compiled that speak to sockets.
"""

import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import building
from waiting import LONG

TOP = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent / "ported"

VERSIONS = {
    "libevent": "2.1.12-stable-8",
    "mbedtls": "2.28.3-1",
    "microsocks": "1.0.3-2",
    "redis": "5:7.0.15-1~deb12u7",
}


@pytest.fixture
def program(request):
    """An empty folder for a program, the same in each run: make knows it. Each
    test has its own: there are others at the same time."""
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    folder = TOP / "build" / "ported" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def source(name):
    """The folder with a package's source."""
    folder = TOP / "build" / "sources" / name
    with building():
        subprocess.run([TOP / "lab" / "source", f"{name}={VERSIONS[name]}",
                        folder], check=True, timeout=LONG)
    return folder


def test_a_whole_program(make, program):
    shutil.copytree(source("microsocks"), program, dirs_exist_ok=True)
    (program / "config.mk").write_text("COMPONENTS = netfront lwip\n")
    result = make(f"APP={program}")
    assert result.returncode == 0, result.stderr.decode()
    assert b"error" not in result.stderr


def test_libevent(bare, program):
    shutil.copytree(HERE / "evhttp", program, dirs_exist_ok=True)
    shutil.copytree(source("libevent"), program / "libevent")
    (program / "evconfig-private.h").write_text("")
    result = bare(program, mem=16)
    assert result.status == 0, result
    for method in ("epoll", "poll", "select"):
        assert (f"{method}: 20 answers, 0 wrong, woken 1 times"
                in result.console), result


@pytest.mark.parametrize("package, name, include", [
    ("redis", "src/anet.c", "src"),
    ("redis", "src/ae.c", "src"),
    ("mbedtls", "library/net_sockets.c", "include"),
])
def test_one_file(make, program, package, name, include):
    """It compiles without a warning."""
    folder = source(package)
    (program / "main.c").write_text("int main(void) { return 0; }\n")
    shutil.copy(folder / name, program)
    (program / "config.mk").write_text(
        "COMPONENTS = netfront lwip\n"
        f"APP_CFLAGS = -I{(folder / name).parent} -I{folder / include} "
        "-DHAVE_EPOLL=1 -Wno-unused-parameter -Wno-sign-compare "
        "-Wno-missing-field-initializers -Wno-cast-function-type\n")
    done = make(f"build/obj/app/{program.name}/{pathlib.Path(name).name}.o",
                f"APP={program}")
    assert done.returncode == 0, done.stderr.decode()
    assert b"warning" not in done.stderr, done.stderr.decode()
