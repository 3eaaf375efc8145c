# SPDX-License-Identifier: BSD-2-Clause
"""What a client may expect of examples/httpd, wherever it runs.

HttpChecks is a class of tests over a fixture `server` (a Server); the one in
tests/host runs them against httpd as a Linux program under the sanitizers, the
one in tests/lab against the guest. Requests are written by hand, byte by byte:
an HTTP library would refuse to send most of them.
"""

import contextlib
import email.utils
import json
import os
import random
import re
import socket

import pytest

from waiting import PATIENCE

# The server's files, by name. big.bin is larger than any socket's buffer.
MODIFIED = 1_000_000_000
FILES = {
    "index.html": b"<!doctype html><title>front</title>",
    "style.css": b"body { color: black }\n",
    "folder/index.html": b"in the folder",
    "folder/a b&c.txt": b"odd name",
    "empty": b"",
    "ten": b"0123456789",
    "big.bin": random.Random(1).randbytes(3_000_000),
}


def write_folder(path):
    """The files in a folder."""
    path.mkdir()
    for name, data in FILES.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(data)
        os.utime(path / name, (MODIFIED, MODIFIED))
    os.symlink("../../etc/passwd", path / "link")
    return path


def write_archive(path):
    """The files in an archive."""
    from coraclelab.cpio import Archive
    archive = Archive(str(path))
    for name, data in FILES.items():
        archive.file_from(name, data, modified=MODIFIED)
    archive.link("link", "../../etc/passwd")
    archive.close()
    return path


class Server:
    def __init__(self, host, port):
        self.address = (host, port)

    def connect(self, receive_buffer=0):
        """A connected socket; a small receive_buffer makes a slow reader."""
        one = socket.socket()
        if receive_buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        one.settimeout(PATIENCE)
        one.connect(self.address)
        return one

    def exchange(self, *parts):
        """All that comes until the server closes, after `parts` were sent."""
        with self.connect() as one:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    one.sendall(part)
            return read_all(one)

    def get(self, target, *fields, method="GET"):
        """The Response to one request, which closes the connection."""
        said = self.exchange(request(target, *fields, "Connection: close",
                                     method=method))
        reader = Reader(said)
        response = reader.response(method)
        assert not reader.rest()
        return response


def read_all(one):
    said = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := one.recv(65536):
            said += data
    return bytes(said)


def request(target, *fields, method="GET", version="1.1"):
    lines = [f"{method} {target} HTTP/{version}", "Host: x", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def __getitem__(self, name):
        return self.fields[name.lower()]


class Reader:
    """Responses one after the other, from bytes or a socket."""

    def __init__(self, source):
        self.socket = None if isinstance(source, bytes) else source
        self.bytes = source if isinstance(source, bytes) else b""

    def _more(self):
        data = self.socket.recv(65536) if self.socket else b""
        assert data, f"the response ends too early: {self.bytes[:200]!r}"
        self.bytes += data

    def response(self, method="GET"):
        while b"\r\n\r\n" not in self.bytes:
            self._more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        assert re.fullmatch(r"HTTP/1\.1 \d{3} [A-Z][A-Za-z -]+", lines[0])
        fields = {}
        for line in lines[1:]:
            name, value = re.fullmatch(r"([A-Za-z-]+): (.+)", line).groups()
            assert name.lower() not in fields
            fields[name.lower()] = value
        status = int(lines[0].split()[1])
        assert email.utils.parsedate(fields["date"])
        length = 0
        if status != 304 and method != "HEAD":
            length = int(fields["content-length"])
        parts, have = [self.bytes], len(self.bytes)
        while have < length:
            data = self.socket.recv(262144) if self.socket else b""
            assert data, f"the body ends after {have} of {length} bytes"
            parts.append(data)
            have += len(data)
        everything = b"".join(parts)
        self.bytes = everything[length:]
        return Response(status, fields, everything[:length])

    def rest(self):
        return self.bytes


def strict_metrics(text):
    """Prometheus' text format, by the letter: {(name, labels): value}."""
    samples, kinds, last = {}, {}, None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            last = line.split()[2]
            assert re.fullmatch(r"[a-z][a-z0-9_]*", last)
            assert last not in kinds and len(line.split()) > 3
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == last and kind in ("counter", "gauge")
            assert name.endswith("_total") == (kind == "counter"), name
            kinds[name] = kind
        else:
            name, labels, value = re.fullmatch(
                r'([a-z_]+)((?:\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})?)'
                r" (\d+(?:\.\d+)?)", line).groups()
            assert name == last and name in kinds
            assert (name, labels) not in samples
            samples[name, labels] = float(value)
    for name in kinds:
        assert not re.search(r"(milli|micro|nano)|_ms$|_kb$|count$", name)
    return samples


LONG = "x" * 9000

# What a client sends, and the status that it gets before the connection ends.
WRONG = [
    (b"\0", 400), (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400),
    (b"GET / HTTP/1.1\n\n", 400), (b"GET /\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
    (b"GET / http/1.1\r\nHost: x\r\n\r\n", 400),
    (b"G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /%0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET /?\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400),
    (request("/", "Content-Length: 1", "Content-Length: 1"), 400),
    (request("/", "Content-Length: +1"), 400),
    (request("/", "Content-Length: 99999999999999999999"), 400),
    (request("/", "Content-Length: 5", "Transfer-Encoding: chunked"), 400),
    (request("/", "Transfer-Encoding: chunked", version="1.0"), 400),
    (request("/", "Content-Length: 5"), 413),
    (request("/", "Transfer-Encoding: chunked"), 413),
    (request("/", "Transfer-Encoding: gzip, chunked"), 501),
    (request("/" + "x" * 2000), 414), (f"GET /{LONG}".encode(), 414),
    (request("/", f"A: {LONG}"), 431),
    (request("/", *["A: b"] * 65), 431),
    (request("/", version="2.0"), 505), (request("/", version="0.9"), 505),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (request("/", "Content-Length: 3", method="POST") + b"a=b", 405),
    (request("/", "Content-Length: 3", method="BREW") + b"a=b", 501),
]

# Ranges of "0123456789" and what they give; None: 416.
RANGES = [
    ("bytes=0-0", "0"), ("bytes=2-4", "234"), ("bytes=7-", "789"),
    ("bytes=-3", "789"), ("bytes=-99", "0123456789"), ("bytes=9-99", "9"),
    ("BYTES=1-2", "12"), ("bytes=10-", None), ("bytes=-0", None),
    ("bytes=18446744073709551615-", None),
]
NO_RANGES = ["bytes=4-2", "bytes=a-b", "bytes=", "bytes=-", "lines=1-2",
             "bytes=0-1,4-5", "bytes=18446744073709551616-", "bytes 1-2"]

# Ways to leave the archive's root, and names that are not in it.
ESCAPES = ["/..", "/../etc/passwd", "/folder/../../x", "/%2e%2e/x", "/.%2E/x",
           "/folder/%2e%2e%2f..%2f..", "/..%2f..%2fetc%2fpasswd",
           "http://x/../..", "//../x"]
ABSENT = ["/none", "/link", "/ten/", "/index.html/", "/%5c..%5c..", "/...",
          "/folder/none", "/TRAILER!!!", "/Ten", "/tenn", "/te", "/%0d%0aA:b"]


class HttpChecks:
    """Tests; `server` is a fixture of the subclass's."""

    # ---- What is asked for is given ------------------------------------

    @pytest.mark.parametrize("target, name, kind", [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/?a=/../b", "index.html", "text/html; charset=utf-8"),
        ("http://host:80", "index.html", "text/html; charset=utf-8"),
        ("http://host/style.css", "style.css", "text/css; charset=utf-8"),
        ("/x/../style.css", "style.css", "text/css; charset=utf-8"),
        ("/.//folder/./", "folder/index.html", "text/html; charset=utf-8"),
        ("/folder/ten/..", "folder/index.html", "text/html; charset=utf-8"),
        ("/folder/a%20b%26c.txt", "folder/a b&c.txt",
         "text/plain; charset=utf-8"),
        ("/%74%65n", "ten", "application/octet-stream"),
        ("/empty", "empty", "application/octet-stream"),
        ("/big.bin", "big.bin", "application/octet-stream"),
    ])
    def test_files(self, server, target, name, kind):
        response = server.get(target)
        assert response.status == 200
        assert response["content-type"] == kind
        assert response.body == FILES[name]
        modified = email.utils.parsedate_to_datetime(response["last-modified"])
        assert modified.timestamp() == MODIFIED
        head = server.get(target, method="HEAD")
        assert head.status == 200 and not head.body
        for field in ("content-type", "content-length", "last-modified"):
            assert head[field] == response[field]

    def test_folder_without_its_slash(self, server):
        response = server.get("/folder")
        assert response.status == 301 and response["location"] == "/folder/"

    @pytest.mark.parametrize("target", ABSENT)
    def test_absent(self, server, target):
        assert server.get(target).status == 404

    @pytest.mark.parametrize("target", ESCAPES)
    def test_no_way_out_of_the_root(self, server, target):
        assert server.get(target).status == 400

    @pytest.mark.parametrize("wanted, part", RANGES)
    def test_ranges(self, server, wanted, part):
        response = server.get("/ten", f"Range: {wanted}")
        if part is None:
            assert response.status == 416
            assert response["content-range"] == "bytes */10"
        else:
            first = FILES["ten"].index(part.encode())
            assert response.status == 206
            assert response.body == part.encode()
            assert response["content-range"] == (
                f"bytes {first}-{first + len(part) - 1}/10")

    @pytest.mark.parametrize("wanted", NO_RANGES)
    def test_ranges_that_are_none(self, server, wanted):
        response = server.get("/ten", f"Range: {wanted}")
        assert response.status == 200 and response.body == FILES["ten"]

    def test_range_of_nothing(self, server):
        assert server.get("/empty", "Range: bytes=0-0").status == 416

    @pytest.mark.parametrize("if_range, status", [
        (email.utils.formatdate(MODIFIED, usegmt=True), 206),
        (email.utils.formatdate(MODIFIED + 1, usegmt=True), 200),
        ('"etag"', 200)])
    def test_range_if_unchanged(self, server, if_range, status):
        response = server.get("/ten", "Range: bytes=1-1",
                              f"If-Range: {if_range}")
        assert response.status == status

    @pytest.mark.parametrize("since, status", [
        (MODIFIED - 1, 200), (MODIFIED, 304), (MODIFIED + 1, 304),
        (None, 200)])
    def test_if_modified_since(self, server, since, status):
        date = "yesterday"
        if since:
            date = email.utils.formatdate(since, usegmt=True)
        response = server.get("/ten", f"If-Modified-Since: {date}")
        assert response.status == status
        assert response.body == (FILES["ten"] if status == 200 else b"")

    # ---- Connections ---------------------------------------------------

    def test_keep_alive(self, server):
        with server.connect() as one:
            reader = Reader(one)
            for name in ("ten", "none", "style.css"):
                one.sendall(request(f"/{name}"))
                response = reader.response()
                assert response.body == FILES.get(name, response.body)
            one.sendall(request("/ten", "Connection: Close"))
            assert reader.response()["connection"] == "close"
            assert not one.recv(1)

    def test_http_1_0_closes_unless_asked_not_to(self, server):
        with server.connect() as one:
            reader = Reader(one)
            one.sendall(request("/ten", "Connection: keep-alive",
                                version="1.0"))
            assert reader.response()["connection"] == "keep-alive"
            one.sendall(b"GET /ten HTTP/1.0\r\n\r\n")
            assert reader.response().body == FILES["ten"]
            assert not one.recv(1)

    def test_pipeline(self, server):
        names = ["ten", "style.css", "none", "folder/index.html"] * 60
        with server.connect() as one:
            one.sendall(b"".join(request(f"/{name}") for name in names))
            reader = Reader(one)
            for name in names:
                response = reader.response()
                assert response.body == FILES.get(name, response.body)
                assert response.status == (200 if name in FILES else 404)
            assert not reader.rest()

    def test_pipeline_ends_with_an_error(self, server):
        said = server.exchange(request("/ten") * 3 + b"\0" + request("/ten"))
        reader = Reader(said)
        assert [reader.response().status for _ in range(4)] == [
            200, 200, 200, 400]
        assert not reader.rest()

    def test_byte_by_byte(self, server):
        with server.connect() as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"\r\n\r\n" + request("/ten"):
                one.sendall(bytes([byte]))
            assert Reader(one).response().body == FILES["ten"]

    def test_half_closed(self, server):
        with server.connect() as one:
            one.sendall(request("/big.bin"))
            one.shutdown(socket.SHUT_WR)
            assert Reader(one).response().body == FILES["big.bin"]

    def test_slow_reader_of_much(self, server):
        count = 4
        with server.connect(receive_buffer=4096) as one:
            one.sendall(b"".join(request("/big.bin") + request("/ten")
                                 for _ in range(count)))
            reader = Reader(one)
            for _ in range(count):
                assert reader.response().body == FILES["big.bin"]
                assert reader.response().body == FILES["ten"]

    def test_readers_that_never_read(self, server):
        some = [server.connect(receive_buffer=4096) for _ in range(5)]
        for one in some:
            one.sendall(request("/big.bin") * 20)
        assert server.get("/ten").body == FILES["ten"]
        for one in some:
            one.close()
        assert server.get("/ten").body == FILES["ten"]

    # ---- What is wrong -------------------------------------------------

    @pytest.mark.parametrize("number", range(len(WRONG)))
    def test_wrong(self, server, number):
        sent, status = WRONG[number]
        reader = Reader(server.exchange(sent))
        response = reader.response()
        assert (response.status, reader.rest()) == (status, b"")
        assert response["connection"] == "close"

    @pytest.mark.parametrize("method, status", [
        ("POST", 405), ("DELETE", 405), ("OPTIONS", 405), ("BREW", 501)])
    def test_methods(self, server, method, status):
        with server.connect() as one:
            one.sendall(request("/", method=method) + request("/ten"))
            reader = Reader(one)
            response = reader.response()
            assert response.status == status
            assert status == 501 or response["allow"] == "GET, HEAD"
            assert reader.response().body == FILES["ten"]

    def test_garbage(self, server):
        dice = random.Random(2)
        whole = request("/ten", "Range: bytes=1-2", "A: b") * 3
        for _ in range(60):
            bad = bytearray(whole)
            for _ in range(dice.randrange(1, 12)):
                at = dice.randrange(len(bad))
                bad[at:at + dice.randrange(3)] = dice.randbytes(
                    dice.randrange(3))
            with server.connect() as one:
                with contextlib.suppress(ConnectionError):
                    one.sendall(bytes(bad))
                    one.shutdown(socket.SHUT_WR)
                said = read_all(one)
            assert said == b"" or said.startswith(b"HTTP/1.1 ")
        assert server.get("/ten").body == FILES["ten"]

    def test_a_body_does_not_lose_its_answer(self, server):
        said = server.exchange(
            request("/", "Content-Length: 2000000", method="POST"),
            b"x" * 2_000_000)
        assert Reader(said).response().status == 405

    # ---- The inside ----------------------------------------------------

    def test_status(self, server):
        response = server.get("/status.json")
        status = json.loads(response.body)
        assert response["content-type"] == "application/json"
        assert response["cache-control"] == "no-store"
        frames = status["frames"]
        assert len(frames["cells"]) == -(-frames["total"]
                                         // frames["per_cell"])
        assert set(frames["cells"]) <= set("bu.pslr")
        assert set(status["grants"]) <= set(".rwRW")
        for interface in status["interfaces"]:
            for queue in interface["queues"]:
                for ring in queue.values():
                    assert (ring["consumed"] <= ring["answered"]
                            <= ring["produced"]
                            <= ring["consumed"] + ring["size"])
        assert status["http"]["head"] == 0
        later = json.loads(server.get("/status.json").body)
        assert later["http"]["requests"] > status["http"]["requests"]
        assert later["uptime"] > status["uptime"]

    def test_metrics(self, server):
        response = server.get("/metrics")
        assert response["content-type"].startswith("text/plain; version=0.0.4")
        first = strict_metrics(response.body.decode("ascii"))
        second = strict_metrics(server.get("/metrics").body.decode("ascii"))
        name = ("httpd_requests_total", "")
        assert second[name] > first[name]
        assert first["httpd_connections", '{phase="head"}'] == 0
        for key, value in first.items():
            if key[0].endswith("_total") and key in second:
                assert second[key] >= value
