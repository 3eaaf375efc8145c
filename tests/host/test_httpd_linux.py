# SPDX-License-Identifier: BSD-2-Clause
"""examples/httpd as a Linux program, under the sanitizers.

The same sources, on Linux' sockets and epoll, with an inside that is made up
(tests/host/httpd/linux.c). At the end there must be no report and no leak.
"""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import BUILD, free_port, run_make
from httpd_checks import (HttpChecks, Reader, Server, request, strict_metrics,
                          write_folder)
from waiting import PATIENCE


@pytest.fixture(scope="module")
def program():
    result = run_make("build/host/httpd")
    assert result.returncode == 0, result.stderr.decode()
    return BUILD / "host" / "httpd"


class Running:
    def __init__(self, program, folder, *arguments, **environment):
        self.port = free_port("tcp")
        self.process = subprocess.Popen(
            [program, "-p", str(self.port), "-d", folder, *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.server = Server("127.0.0.1", self.port)
        for _ in range(3000):
            try:
                self.server.connect().close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None
                time.sleep(0.1)
        raise AssertionError("httpd does not listen")

    def stop(self):
        """End it; a sanitizer's report, if there is one, has spoken before."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=PATIENCE)[0].decode()
        assert self.process.returncode == -signal.SIGTERM, said
        assert "ERROR" not in said and "runtime error" not in said, said


@pytest.fixture(scope="module")
def running(program, tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("httpd") / "files")
    one = Running(program, folder)
    yield one
    one.stop()


class TestHttpd(HttpChecks):
    @pytest.fixture
    def server(self, running):
        return running.server


def test_too_slow_a_head(running):
    with running.server.connect() as one:
        one.sendall(b"GET / HTTP/1.1\r\n")
        assert Reader(one).response().status == 408
        assert not one.recv(1)


@pytest.fixture
def start(program, tmp_path):
    """start(*arguments, **environment): another one, for this test."""
    some = []

    def one(*arguments, **environment):
        folder = write_folder(tmp_path / "files")
        some.append(Running(program, folder, *arguments, **environment))
        return some[-1].server

    yield one
    for running in some:
        running.stop()


def test_held_connections_keep_nobody_out(start):
    server = start("-c", "100")
    held = [server.connect() for _ in range(300)]
    for number, one in enumerate(held):
        if number % 2:
            try:
                one.sendall(b"GET / HTTP/1.1\r\n")
            except ConnectionError:
                pass  # it was put out already
    assert server.get("/ten").status == 200
    status = json.loads(server.get("/status.json").body)["http"]
    assert status["idle"] + status["head"] + status["drain"] <= 100
    assert status["evicted"] >= 200
    for one in held:
        one.close()


def test_more_connections_than_descriptors(program, tmp_path):
    folder = write_folder(tmp_path / "files")
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nulimit -n 40\nexec {program} "$@"\n')
    limited.chmod(0o755)
    running = Running(limited, folder)
    held = [running.server.connect() for _ in range(200)]
    assert running.server.get("/ten").status == 200
    for one in held:
        one.close()
    running.stop()


def test_an_active_client_stays(start):
    """What is in use is not put out; what idles is."""
    server = start("-c", "20")
    with server.connect() as active:
        reader = Reader(active)
        held = []
        for _ in range(60):
            held.append(server.connect())
            active.sendall(request("/ten"))
            assert reader.response().status == 200
        for one in held:
            one.close()


@pytest.mark.parametrize("many", [0, 1, 40, 2000])
def test_any_amount_of_inside(start, many):
    server = start(HTTPD_MANY=str(many))
    for _ in range(25):
        status = json.loads(server.get("/status.json").body)
        assert len(status["threads"]) == many
        assert len(status["tcp"]) == min(many, 32)
        assert len(status["interfaces"]) == 2
        assert len(status["frames"]["cells"]) <= 4096
        strict_metrics(server.get("/metrics").body.decode())
    if many:
        assert status["threads"][0]["name"] == 'a "quoted\\\t" name'


@pytest.mark.parametrize("folder, why", [
    ("/etc/passwd", b"Not a directory"), ("/nothing", b"No such file")])
def test_no_folder(program, folder, why):
    result = subprocess.run(
        [program, "-p", "1", "-d", folder], capture_output=True, timeout=PATIENCE,
        check=False)
    assert result.returncode == 1
    assert b"httpd: the files in " + folder.encode() + b": " + why \
        in result.stderr


def test_port_in_use(program, tmp_path):
    with socket.create_server(("::", 0), family=socket.AF_INET6,
                              dualstack_ipv6=True) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [program, "-p", str(port), "-d", tmp_path], capture_output=True,
            timeout=PATIENCE, check=False)
    assert result.returncode == 1 and b"in use" in result.stderr.lower()


@pytest.mark.parametrize("words", [["-p", "0"], ["-p", "65536"], ["-p", "x"],
                                   ["-c", "0"], ["-z"]])
def test_wrong_arguments(program, words):
    result = subprocess.run([program, *words], capture_output=True, timeout=PATIENCE,
                            check=False)
    assert result.returncode == 2 and result.stderr
