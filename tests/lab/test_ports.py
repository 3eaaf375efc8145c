# SPDX-License-Identifier: BSD-2-Clause
"""Ported programs (ports/) in guests, and Debian's own beside them.

One ext2 image goes from guest to guest: zlib's self-test, Lua with a script of
which Debian's lua5.4 has to print the same, SQLite with a database that Debian's
sqlite3 made, and one that it will read. Then it is fetched from dom0 and looked
at. Redis' server is asked from this machine, and has to know all of it again
after a restart.
"""

import base64
import gzip
import pathlib
import shutil
import subprocess

import pytest

from waiting import PATIENCE, until

HERE = pathlib.Path(__file__).resolve().parent / "ports"
POWEROFF = ("poweroff", 0)

SQL = """\
pragma journal_mode;
create table kept (id integer primary key, text text);
begin;
with recursive n (x) as (select 1 union all select x + 1 from n where x < 3000)
insert into kept select x, printf('%08d', x * x) from n;
commit;
pragma journal_mode = wal;
update kept set text = 'changed' where id % 3 = 0;
select count(*) from kept where text = 'changed';
pragma integrity_check;
attach 'theirs.db' as theirs;
select sum(a), group_concat(b, '') from theirs.t;
insert into theirs.t values (100, 'guest');
.quit
"""


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True,
                          **more).stdout


def ext2(path, size, folder):
    run("/sbin/mke2fs", "-q", "-t", "ext2", "-b", "4096", "-d", folder, path,
        size)


def attach(dom0, path, name):
    """The image as a loop device of dom0's."""
    dom0.put(f"/tmp/{name}.gz", gzip.compress(path.read_bytes(), 1))
    status, said = dom0.sh(
        f"lab-devices && gunzip -c /tmp/{name}.gz > /tmp/{name}.img && rm"
        f" /tmp/{name}.gz && losetup -f && losetup $(losetup -f)"
        f" /tmp/{name}.img")
    assert status == 0, said
    return said.split()[-1]


def detach(dom0, path, name, device):
    """The image as it is now, back in its file and gone from dom0."""
    status, packed = dom0.sh(
        f"losetup -d {device}; gzip -1 -c /tmp/{name}.img | base64;"
        f" rm /tmp/{name}.img")
    assert status == 0, packed
    path.write_bytes(gzip.decompress(base64.b64decode(packed)))


class Ran:
    """What the guests printed, and a folder with all files of the image."""

    def __init__(self, texts, folder):
        self.texts = texts
        self.folder = folder


@pytest.fixture(scope="module")
def ran(dom0_session, tmp_path_factory):
    dom0 = dom0_session
    folder = tmp_path_factory.mktemp("ports")
    image, before, after = folder / "img", folder / "before", folder / "after"
    (before / "tmp").mkdir(parents=True)  # for io.tmpfile()
    after.mkdir()
    shutil.copy(HERE / "main.lua", before)
    run("sqlite3", before / "theirs.db", "create table t (a, b);"
        " insert into t values (1, 'x'), (2, 'y'), (39, 'z')")
    ext2(image, "16M", before)
    device = attach(dom0, image, "ports")
    texts = {}
    for app, args, typed in (("zlib", "", ""), ("lua", "main.lua", ""),
                             ("sqlite", "-batch /ours.db", SQL)):
        guest = dom0.create(f"examples/{app}", memory=32, args=args,
                            extra_cfg=f'disk = ["phy:{device},xvda,w"]\n')
        guest.send(typed)
        end = guest.wait_end()
        texts[app] = guest.text
        dom0.destroy_all()
        assert end == POWEROFF, guest.text
    detach(dom0, image, "ports", device)
    said = subprocess.run(["/sbin/e2fsck", "-fn", image], check=False,
                          capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    run("/sbin/debugfs", "-R", f"rdump / {after}", image)
    return Ran(texts, after)


def test_zlib_tests_itself(ran):
    # The lines that test/example.c prints when all is well.
    for line in ("uncompress(): hello, hello!", "gzread(): hello, hello!",
                 "gzgets() after gzseek:  hello!", "inflate(): hello, hello!",
                 "large_inflate(): OK", "after inflateSync(): hello, hello!",
                 "inflate with dictionary: hello, hello!"):
        assert line in ran.texts["zlib"]
    plain = subprocess.run(["gunzip", "-c", ran.folder / "foo.gz"], check=True,
                           capture_output=True).stdout
    assert plain == b"hello, hello!\0"


def test_lua_prints_what_debians_prints(ran, tmp_path):
    shutil.copy(HERE / "main.lua", tmp_path)
    theirs = run("lua5.4", "main.lua", cwd=tmp_path,
                 env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    assert ran.texts["lua"].splitlines() == theirs.splitlines()
    assert ((ran.folder / "done.txt").read_bytes()
            == (tmp_path / "done.txt").read_bytes())


def test_sqlite_and_debians_read_each_others(ran):
    said = ran.texts["sqlite"].split()
    assert said == ["delete", "wal", "1000", "ok", "42|xyz"]
    ours, theirs = ran.folder / "ours.db", ran.folder / "theirs.db"
    assert run("sqlite3", ours, "pragma integrity_check;"
               " select count(*), min(id), max(id) from kept;"
               " select text from kept where id in (2999, 3000)").split() == [
                   "ok", "3000|1|3000", "08994001", "changed"]
    assert run("sqlite3", theirs, "select b from t where a = 100") == "guest\n"


# ---- Redis -------------------------------------------------------------------

REDIS = "--save '' --appendonly yes --appendfsync always --protected-mode no"


class Redis:
    """A server in a guest, and Debian's client on this machine."""

    def __init__(self, net, device):
        self.guest = net.create("examples/redis", memory=64, args=REDIS,
                                extra_cfg=f'disk = ["phy:{device},xvda,w"]\n')
        self.port = str(net.port(6379))
        net.reach()
        until(lambda: self.ask("ping", check=False, timeout=20) == "PONG",
              "redis' answer")

    def ask(self, *words, check=True, timeout=PATIENCE):
        done = subprocess.run(
            ["timeout", str(timeout), "redis-cli", "-p", self.port, *words],
            check=False, capture_output=True, text=True)
        assert not check or done.returncode == 0, (words, self.guest.text)
        return done.stdout.strip()


def test_redis_keeps_what_it_was_told(net, tmp_path):
    image, folder = tmp_path / "img", tmp_path / "folder"
    folder.mkdir()
    ext2(image, "16M", folder)
    device = attach(net, image, "redis")

    redis = Redis(net, device)
    assert redis.ask("set", "a", "1") == "OK"
    assert redis.ask("incrbyfloat", "a", "0.25") == "1.25"
    assert redis.ask("rpush", "list", "x", "y", "z") == "3"
    assert redis.ask("eval", "return redis.call('get', KEYS[1]) .. ARGV[1]",
                     "1", "a", "!") == "1.25!"
    # What needs a second process says so.
    assert "ERR" in redis.ask("bgsave", check=False)
    done = subprocess.run(
        ["timeout", str(PATIENCE), "redis-benchmark", "-p", redis.port, "-q",
         "-n", "500", "-c", "5", "-P", "10", "-r", "100000", "-t", "set,lpush"],
        check=True, capture_output=True, text=True)
    assert done.stdout.count("requests per second") == 2, done.stdout
    keys = redis.ask("dbsize")
    pushed = redis.ask("llen", "mylist")
    assert int(pushed) >= 500
    redis.ask("shutdown", "nosave")  # its end is told to the client
    assert redis.guest.wait_end() == POWEROFF, redis.guest.text
    net.destroy_all()

    redis = Redis(net, device)
    assert redis.ask("dbsize") == keys
    assert redis.ask("get", "a") == "1.25"
    assert redis.ask("lrange", "list", "0", "-1").split() == ["x", "y", "z"]
    assert redis.ask("llen", "mylist") == pushed
    redis.ask("shutdown", "nosave")  # its end is told to the client
    assert redis.guest.wait_end() == POWEROFF, redis.guest.text
    net.destroy_all()
    detach(net, image, "redis", device)
    said = subprocess.run(["/sbin/e2fsck", "-fn", image], check=False,
                          capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
