# SPDX-License-Identifier: BSD-2-Clause
"""make's verbs as a user meets them: status, standard output, one clear line.

Most of it is shown on `make qemu`, which takes a second; `make run` shares all
but the machine with it.
"""

import os
import pathlib
import signal
import subprocess
import uuid

import pytest

from conftest import TOP, clean_environment, run_make
from waiting import LONG, PATIENCE, until

TALK = "tests/lab/guests/talk"


def last_line(result):
    return result.stderr.decode().splitlines()[-1]


@pytest.fixture(autouse=True)
def everything_is_built(build, host_files):
    build(TALK)


# ---- Status and output ---------------------------------------------------

# A `make run` takes seconds: once it is enough.
@pytest.mark.parametrize("verb, status", [
    ("qemu", 0), ("qemu", 1), ("qemu", 2), ("qemu", 255), ("run", 41)])
def test_status_is_the_programs_own(verb, status):
    result = run_make(verb, f"APP={TALK}", f"ARGS=exit {status} 'x y'")
    assert result.returncode == status
    assert result.stdout.decode() == (
        f"argument 1: <exit>\nargument 2: <{status}>\nargument 3: <x y>\n")
    assert "make" not in result.stderr.decode()


def test_arguments_survive_make_and_shell():
    result = run_make("qemu", f"APP={TALK}", """ARGS=exit 3 "a'b" $HOME ;#*""")
    assert result.stdout.decode().splitlines()[2:] == [
        "argument 3: <a'b>", "argument 4: <$HOME>", "argument 5: <;#*>"]


@pytest.mark.parametrize("verb", ["qemu", "run"])
def test_ramdisk(verb, tmp_path):
    """A file as it is, a folder as an archive: a trailer, a name."""
    disk = tmp_path / "disk"
    disk.write_bytes(bytes((7 * i + i // 256) & 255 for i in range(5000)))
    result = run_make(verb, "APP=tests/guest/kernel/boot_test",
                      f"RAMDISK={disk}")
    assert result.returncode == 0
    assert b"ramdisk: 5000\n" in result.stdout


def test_ramdisk_of_a_folder(tmp_path):
    folder = tmp_path / "some folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a name").write_text("text")
    (folder / ".hidden").write_text("not this")
    archive = tmp_path / "archive"
    subprocess.run(["tools/ramdisk", folder, archive], check=True)
    names = subprocess.run(["cpio", "-t", "--quiet"], check=True,
                           stdin=open(archive, "rb"), capture_output=True)
    assert names.stdout == b"inner\ninner/a name\n"
    first = archive.stat().st_ino
    subprocess.run(["tools/ramdisk", folder, archive], check=True)
    assert archive.stat().st_ino == first  # the same: not touched


def test_ramdisk_that_is_not_there():
    result = run_make("qemu", f"APP={TALK}", "RAMDISK=/nowhere")
    assert result.returncode == 2
    assert b"there is no /nowhere, which RAMDISK names" in result.stderr


@pytest.mark.parametrize("verb", ["qemu", "run"])
def test_crash(verb):
    result = run_make(verb, f"APP={TALK}", "ARGS=crash")
    assert result.returncode == 134
    assert last_line(result) == "guest crashed"
    assert result.stdout.startswith(b"about to crash\n")
    assert b"null page" in result.stdout


@pytest.mark.parametrize("verb", ["qemu", "run"])
def test_timeout(verb):
    for seconds in 3, 30, 300:
        result = run_make(verb, f"APP={TALK}", "ARGS=spin",
                          f"TIMEOUT={seconds}")
        assert result.returncode == 124
        assert last_line(result) == f"timed out after {seconds} s"
        if result.stdout:  # it was booted by then
            break
    assert result.stdout == b"spinning\n"


def test_run_gives_standard_input_to_the_guest():
    result = subprocess.run(
        ["make", "run", f"APP={TALK}", "ARGS=echo"], cwd=TOP,
        env=clean_environment(), input=b"to the guest\nend\n",
        capture_output=True, timeout=LONG, check=False)
    assert result.returncode == 0
    assert result.stdout == b"ready\ngot <to the guest>\ngot <end>\n"


@pytest.mark.parametrize("verb, typed, total", [
    ("run", b"12\n30", 42), ("qemu", b"12\n30\n", 42), ("qemu", b"12\n30", 42),
    ("qemu", b"", 0)])
def test_the_end_of_standard_input_is_an_end_of_file(verb, typed, total):
    result = subprocess.run(
        ["make", verb, "APP=tests/guest/posix/lines", "ARGS=file"], cwd=TOP,
        env=clean_environment(), input=typed, capture_output=True,
        timeout=LONG, check=False)
    assert result.stdout == b"numbers, please\nsum %d\n" % total
    assert result.returncode == 0


@pytest.mark.parametrize("verb", ["qemu", "run"])
def test_several_cpus(verb):
    result = run_make(verb, "APP=examples/hello", "ARGS=", "VCPUS=4", "MEM=16")
    assert result.returncode == 0
    assert b"\nmemory: 16.0 MiB, vCPUs: 4\n" in result.stdout


def test_run_loses_nothing_of_a_megabyte():
    result = run_make("run", f"APP={TALK}", "ARGS=print 20000")
    assert result.returncode == 0
    assert result.stdout == b"".join(
        b"%08d 0123456789012345678901234567890123456789\n" % n
        for n in range(20000))


def test_own_configuration_and_overrides(tmp_path):
    app = tmp_path / "configured"
    app.mkdir()
    (app / "main.c").write_text((TOP / TALK / "main.c").read_text())
    (app / "config.mk").write_text("LIBC = none\n")
    (app / "configured.cfg").write_text(
        'name = "other"\nkernel = "/nowhere"\nmemory = 12\n'
        'extra = "exit 5"\non_poweroff = "destroy"\n')
    assert run_make("run", f"APP={app}").returncode == 5
    assert run_make("run", f"APP={app}", "ARGS=exit 6").returncode == 6


def test_disks_keep_their_data(tmp_path):
    disk = tmp_path / "data.img"
    app = "APP=tests/lab/guests/diskfile"
    result = run_make("run", app, "ARGS=/dev/xvdb", f"DISK={disk},{disk}")
    assert result.returncode == 125
    assert f"DISK={disk}:64M makes one" in last_line(result)
    result = run_make("run", app, "ARGS=/dev/xvdb",
                      f"DISK={tmp_path}/first:1M,{disk}:8M")
    assert result.returncode == 0, result
    data = disk.read_bytes()
    assert len(data) == 8 << 20 and data[5000:5010] == b"printed 42"
    assert (tmp_path / "first").stat().st_size == 1 << 20
    result = run_make("qemu", app, f"DISK={disk}")
    assert result.returncode == 125
    assert "no disks: use make run" in last_line(result)


def test_shell_in_dom0():
    result = subprocess.run(
        ["make", "shell"], cwd=TOP, env=clean_environment(),
        input=b"ls build/talk.elf; xl list | tail -n 1; exit 9\n",
        capture_output=True, timeout=LONG, check=False)
    assert result.returncode == 9
    assert result.stdout.splitlines()[0] == b"build/talk.elf"
    assert result.stdout.splitlines()[1].startswith(b"Domain-0 ")


def test_gdb_stops_at_main():
    result = run_make("gdb", f"APP={TALK}", "ARGS=exit 4",
                      "GDB=-batch -ex backtrace -ex detach")
    assert b"Breakpoint 1, main (argc=3" in result.stdout
    assert b"main.c:" in result.stdout
    assert result.returncode == 0


# ---- What can be wrong ---------------------------------------------------

def test_unknown_app():
    result = run_make("run", "APP=examples/no-such")
    assert result.returncode == 2
    assert result.stdout == b""
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("did not build: no C sources in"
                               " examples/no-such")
    assert "examples/bare" in lines[0]


def test_broken_app(tmp_path):
    app = tmp_path / "broken"
    app.mkdir()
    (app / "main.c").write_text("int main(void) { return no_such; }\n")
    (app / "config.mk").write_text("LIBC = none\n")
    result = run_make("qemu", f"APP={app}")
    assert result.returncode == 2
    assert result.stdout == b""
    assert "no_such" in result.stderr.decode()
    assert last_line(result) == "did not build"


def test_more_memory_than_there_is():
    result = run_make("qemu", f"APP={TALK}", "MEM=9999999")
    assert result.returncode == 125
    assert last_line(result).startswith("lab failed: the virtual host needs")


def without(tmp_path, *missing):
    """A PATH with all programs of /usr/bin but the missing ones."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in os.listdir("/usr/bin"):
        if name not in missing:
            (folder / name).symlink_to(f"/usr/bin/{name}")
    return folder


def test_no_qemu(tmp_path):
    path = without(tmp_path, "qemu-system-x86_64")
    result = run_make("run", f"APP={TALK}",
                      environment=clean_environment(PATH=str(path)))
    assert result.returncode == 125
    assert last_line(result).startswith("lab failed: no qemu-system-x86_64")


def test_too_little_disk(tmp_path):
    """df says so, and what takes the room is not yet there."""
    path = without(tmp_path, "df")
    (path / "df").write_text("#!/bin/sh\necho header\necho fs 9 9 100 9% /\n")
    (path / "df").chmod(0o755)
    result = run_make("run", f"APP={TALK}", f"B={tmp_path}/new",
                      environment=clean_environment(PATH=str(path)))
    assert result.returncode == 125
    assert last_line(result) == (f"lab failed: {tmp_path}/new has 100 MiB"
                                 " free; setting up takes 1024")


def test_build_folder_cannot_be_written():
    result = run_make("run", f"APP={TALK}", "B=/proc/nowhere")
    assert result.returncode == 2  # not even make's helper can be made
    assert "lab failed: cannot write to /proc/nowhere" in \
        result.stderr.decode().splitlines()


def test_damaged_host_files(host_files, tmp_path):
    """A cut-off archive: found out when dom0 starts, without a long wait."""
    build = tmp_path / "build"
    (build / "lab").mkdir(parents=True)
    for file in host_files.iterdir():
        if file.is_file():
            (build / "lab" / file.name).symlink_to(file)
    (build / "lab" / "dom0.cpio").unlink()
    with open(host_files / "dom0.cpio", "rb") as file:
        (build / "lab" / "dom0.cpio").write_bytes(file.read(1000000))
    began = subprocess.run(
        [TOP / "lab/lab", "run", "--build", build, TOP / "build/talk.elf"],
        capture_output=True, timeout=LONG, check=False)
    assert began.returncode == 125
    assert last_line(began).startswith("lab failed: the virtual host stopped:")


# ---- Nothing stays behind ------------------------------------------------

def marked(mark):
    """The processes that have `mark` in their environment."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes())
        except OSError:
            pass
    return found


@pytest.mark.parametrize("verb", ["qemu", "run"])
@pytest.mark.parametrize("how", ["ctrl-c", "kill make"])
def test_an_interrupted_run_leaves_nothing(verb, how):
    mark = f"CORACLE_TEST_MARK={uuid.uuid4()}"
    name, value = mark.split("=")
    # Who runs the tests in the background may have told them to ignore Ctrl-C.
    process = subprocess.Popen(
        ["env", "--default-signal=INT",
         "make", verb, f"APP={TALK}", "ARGS=spin", "TIMEOUT=3600"], cwd=TOP,
        env=clean_environment(**{name: value}), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True)
    assert process.stdout.readline() == b"spinning\n"
    assert any(b"qemu" in command for command in marked(mark))
    if how == "ctrl-c":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.kill()
    assert process.wait(PATIENCE) != 0
    process.stdout.close()
    until(lambda: not marked(mark), "nothing is left")
