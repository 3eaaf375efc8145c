# SPDX-License-Identifier: BSD-2-Clause
"""A browser loads httpd's status page from a guest, and sees it live."""

import pytest

import browser
from conftest import BUILD

HTTPD = "examples/httpd"


@pytest.fixture
def page(net, build):
    build(HTTPD, "LOCKCHECK=1")
    ramdisk = net.host.put_file(str(BUILD / "httpd.cpio"))
    guest = net.create(HTTPD, memory=8, extra_cfg=f'ramdisk = "{ramdisk}"\n')
    guest.wait_for("files, port 80")
    with browser.Browser() as window:
        window.open(f"http://127.0.0.1:{net.port(80)}/")
        yield window


WAIT = """new Promise((done, failed) => {
    const end = Date.now() + 300000;
    const look = () => {
        const text = document.getElementById("%s").textContent;
        if (%s) done(text);
        else if (Date.now() > end) failed("it stays " + text);
        else setTimeout(look, 100);
    };
    look();
})"""


def number(text):
    return int("".join(c for c in text if c.isdigit()))


def test_the_status_page_is_live(page):
    first = page.run(WAIT % ("requests", "/[0-9]/.test(text)"))
    second = page.run(WAIT % ("requests",
                              f"/[0-9]/.test(text) && text != {first!r}"))
    assert number(second) > number(first)
    assert page.run("document.getElementById('program').textContent") == "httpd"
    assert page.run("document.querySelectorAll('#threads tbody tr').length") > 2
    assert page.run("document.getElementById('interfaces').children.length") > 0
    assert page.run("document.getElementById('trouble').hidden") is True
    assert page.complaints == []
