# SPDX-License-Identifier: BSD-2-Clause
"""A browser without a screen, driven through its debugging protocol.

Chromium takes commands, as JSON objects parted by NUL bytes, on its descriptor 3
and answers on 4 (--remote-debugging-pipe). Of the protocol's many calls this
uses a handful: open a page, run JavaScript in it, take a picture. What the page
itself complains of (errors of scripts, failed loads) is kept.

Concurrency: one thread reads; `came` guards what it has read.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import threading
from waiting import PATIENCE

PROGRAMS = ("chromium-headless-shell", "chromium")


def complains(message):
    """Whether it tells of a script's error, or of a file that did not come."""
    if message["method"] == "Network.responseReceived":
        return message["params"]["response"]["status"] >= 400
    return message["method"] in ("Runtime.exceptionThrown",
                                 "Network.loadingFailed")


def program():
    """The browser's path."""
    return next(filter(None, map(shutil.which, PROGRAMS)))


class Browser:
    """One page. A context manager, because a browser is many processes."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="coracle-browser-")
        self.came = threading.Condition()
        self.answers, self.complaints = {}, []
        self.loaded = self.ended = False
        self.count = 0
        inner_read, self.write_end = os.pipe()
        self.read_end, inner_write = os.pipe()

        def place():
            """The pipes' ends on 3 and 4, wherever they are now."""
            for end, number in [(fcntl.fcntl(fd, fcntl.F_DUPFD, 10), number)
                                for fd, number in ((inner_read, 3),
                                                   (inner_write, 4))]:
                os.dup2(end, number)

        self.process = subprocess.Popen(
            [program(), "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--remote-debugging-pipe",
             "--no-proxy-server", f"--user-data-dir={self.folder.name}"],
            pass_fds=(3, 4), preexec_fn=place, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(inner_read)
        os.close(inner_write)
        threading.Thread(target=self._listen, daemon=True).start()
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def _listen(self):
        text = b""
        while data := os.read(self.read_end, 65536):
            text += data
            *whole, text = text.split(b"\0")
            for message in map(json.loads, whole):
                self._take(message)
        with self.came:
            self.ended = True
            self.came.notify_all()

    def _take(self, message):
        with self.came:
            if "id" in message:
                self.answers[message["id"]] = message
            elif message["method"] == "Page.loadEventFired":
                self.loaded = True
            elif complains(message):
                self.complaints.append(message)
            self.came.notify_all()

    def _wait(self, what, timeout):
        with self.came:
            self.came.wait_for(lambda: what() or self.ended, timeout)
            assert what(), "the browser did not answer"

    def call(self, method, timeout=PATIENCE, **parameters):
        """A call of the protocol; its result."""
        self.count += 1
        number = self.count
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        self._wait(lambda: number in self.answers, timeout)
        answer = self.answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, url, timeout=PATIENCE):
        """Load a page, and all that it names."""
        self.loaded = False
        result = self.call("Page.navigate", url=url)
        assert "errorText" not in result, result["errorText"]
        self._wait(lambda: self.loaded, timeout)

    def run(self, script):
        """The value of a JavaScript expression in the page; promises are
        waited for."""
        result = self.call("Runtime.evaluate", expression=script,
                           returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def picture(self, path):
        """The page as it looks, a PNG file."""
        shot = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.write_end)
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
