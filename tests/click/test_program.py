# SPDX-License-Identifier: BSD-2-Clause
"""The program `click` itself: its options, its exit status, values of handlers,
control connections and configurations that take over."""

import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from click_program import Program, run
from waiting import PATIENCE

SOURCE = "InfiniteSource(LIMIT 3, STOP true) -> c :: Counter -> Discard"


def test_reads_from_standard_input_files_and_words(click, tmp_path):
    (tmp_path / "a.click").write_text(SOURCE)
    for words, stdin in ((["-e", SOURCE], ""), (["a.click"], ""),
                         (["-f", "a.click"], ""), (["-"], SOURCE),
                         ([], SOURCE), (["--file=a.click"], ""),
                         (["--expression", SOURCE], "")):
        result = click(*words, "-h", "c.count", stdin=stdin)
        assert (result.status, result.out, result.err) == (0, "3\n", "")


def test_names_what_it_reads(click, tmp_path):
    (tmp_path / "a.click").write_text("foo")
    assert click("-q", "a.click").err.startswith("a.click:1:1: ")
    assert click("-q", "-e", "foo").err.startswith("config:1:1: ")
    assert click("-q", stdin="foo").err.startswith("<stdin>:1:1: ")


def test_several_values_have_names(click):
    result = click("-e", SOURCE, "-h", "c.count", "-h", "list")
    assert result.lines == ["c.count:", "3", "list:", "3",
                            "InfiniteSource@1", "c", "Discard@3", ""]


@pytest.mark.parametrize("word, names", [
    ("*.class", ["a", "xa", "b"]), ("?.class", ["a", "b"]),
    ("[ax]*.class", ["a", "xa"]), ("Idle.class", ["a", "xa"])])
def test_patterns_of_elements(click, word, names):
    result = click("-q", "-e", "a, xa :: Idle; a -> b :: Null -> xa", "-h",
                   word)
    assert result.lines[::2] == [f"{name}.class:" for name in names]


def test_a_pattern_asks_those_that_have_the_handler(click):
    result = click("-q", "-e", "Idle -> c :: Counter -> Idle", "-h", "*.count")
    assert (result.status, result.lines, result.err) == (
        0, ["c.count:", "0"], "")


def test_quits_before_running(click):
    assert click("-q", "-e", SOURCE, "-h", "c.count").out == "0\n"


@pytest.mark.parametrize("handler", ["x.count", "c.nothing", "nothing",
                                     "c.reset_counts"])
def test_handlers_that_cannot_be_read(click, handler):
    result = click("-q", "-e", SOURCE, "-h", handler)
    assert result.status == 1 and result.out == ""
    assert handler.rsplit(".", maxsplit=1)[-1] in result.err


@pytest.mark.parametrize("limit, status", [(0, 0), (3, 3), (300, 1)])
def test_exits_with_a_value(click, limit, status):
    source = SOURCE.replace("3", str(limit)) if limit else SOURCE
    quit_ = ["-q"] if not limit else []
    result = click(*quit_, "-e", source, "-x", "c.count")
    assert result.status == status


def test_exits_with_a_truth(click):
    result = click("-q", "-e", "InfiniteSource(ACTIVE false) -> Discard", "-x",
                   "InfiniteSource@1.active")
    assert result.status == 1
    result = click("-q", "-e", "InfiniteSource(ACTIVE true) -> Discard", "-x",
                   "InfiniteSource@1.active")
    assert result.status == 0


def test_writes_the_flat_configuration(click, tmp_path):
    text = "elementclass A { input -> Null -> output } Idle -> A -> Idle"
    wanted = ["Idle@1 :: Idle;", "Idle@3 :: Idle;", "A@2/Null@1 :: Null;", "",
              "Idle@1 -> A@2/Null@1", "    -> Idle@3;"]
    assert click("-q", "-o-", "-e", text).lines == wanted
    click("-q", "-o", "out", "-e", text)
    assert (tmp_path / "out").read_text().splitlines() == wanted
    assert click("-q", "-h", "flatconfig", "-e", text).lines == wanted
    assert click("-q", "-h", "config", "-e", text).lines == [text]
    # And it can be read again.
    assert click("-q", "-o-", "out").lines == wanted


def test_compact_configurations(click):
    text = "require(compact_config) elementclass A { Idle } a :: A"
    assert click("-q", "-h", "config", "-e", text).lines == [
        "require(compact_config);", "", "a/Idle@1 :: Idle;"]


def test_flattens_only(click_program, tmp_path):
    def run(*words, stdin=""):
        done = subprocess.run([f"{click_program}-flatten", *words],
                              input=stdin, cwd=tmp_path, capture_output=True,
                              text=True, check=True)
        return done.stdout.split()
    text = "b :: B; a :: A -> B"
    assert run("-c", "-e", text) == ["A", "B"]
    assert run("-n", stdin=text) == ["B@3", "a", "b"]
    assert run("-d", "-e", text) == "b :: B; a :: A; B@3 :: B;".split()


def test_both_programs_read_a_command_line_alike(click_program):
    flat = f"{click_program}-flatten"
    text = "define($A 1) a :: Idle($A)"
    for program, *words in (click_program, "-q", "-h", "a.config"), (flat, "-d"):
        result = run(program, *words, "-e", text, "A=7")
        assert "7" in result.out and (result.status, result.err) == (0, "")
        for wrong, said in (
                (["-f", "one", "two"], "more than one configuration: 'two'"),
                (["--frobnicate"], "option '--frobnicate'"),
                (["-e"], "requires an argument")):
            result = run(program, *words, *wrong)
            assert (result.status, result.out) == (1, "")
            assert said in result.err
        assert run(program, "--version").out.startswith("click")
        assert "PARAMETER=VALUE" in run(program, "--help").out
    result = run(flat, "-e", text, "-o", "/dev/full")
    assert (result.status, result.err) == (
        1, "/dev/full: could not be written\n")


def test_draws(click_program, tmp_path):
    """Numbers of elements and, if they are not 0, of ports."""
    result = run(f"{click_program}-flatten", "--dot", "-e",
                 "c :: Classifier(-, -) -> Discard; c[1] -> [2] other :: Any")
    assert (result.status, result.err) == (0, "")
    assert [line.strip() for line in result.lines[2:-1]] == [
        '0 [label="c\\nClassifier"];', '1 [label="Discard@2\\nDiscard"];',
        '2 [label="other\\nAny"];', "0 -> 1 [];",
        "0 -> 2 [taillabel=1 headlabel=2];"]


def test_parameters_of_the_command_line(click):
    text = "define($A 1, $B 2) m :: Idle($A, $B, $C)"
    result = click("-q", "-e", text, "B=7", "C=x y", "-h", "m.config")
    assert result.out == "1, 7, x y\n"


def test_simulated_time_does_not_wait(click):
    text = ("TimedSource(1000, LIMIT 5, STOP true) -> c :: Counter -> Discard")
    result = click("--simtime", "-e", text, "-h", "c.count", timeout=PATIENCE)
    assert result.out == "5\n"


def test_lists_classes(click):
    lines = click("--list").lines
    assert any(re.match(r"Counter +counts packets", line) for line in lines)
    names = [line.split()[0] for line in lines]
    assert names == click("-q", "-e", "", "-h", "classes").lines
    assert len(names) == len(set(names))


def test_prints_how_it_is_used(click):
    result = click("--help")
    assert result.status == 0 and result.out.startswith("Usage: click")
    assert click("--version").status == 0
    assert click("--nothing").status == 1
    assert click("-q", "a", "b").status == 1
    assert click("-q", "/does/not/exist").err.startswith("/does/not/exist: ")


def test_an_interrupt_stops_the_driver(click_program, tmp_path):
    with Program([click_program, "-e", "Idle -> c :: Counter -> "
                  "Discard", "-u", "up", "-h", "c.count"],
                 stdout=subprocess.PIPE, cwd=tmp_path) as running:
        connect(tmp_path / "up").close()
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=PATIENCE)
    assert (running.returncode, out) == (0, b"0\n")
    assert not (tmp_path / "up").exists()


# ---- Control connections --------------------------------------------------

def connect(path):
    for _ in range(6000):
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(str(path))
            client.settimeout(PATIENCE)
            return client
        except OSError:
            client.close()
            time.sleep(0.05)
    raise TimeoutError(path)


class Client:
    """A connection, as a client has it: lines and data."""

    def __init__(self, path):
        self.socket = connect(path)
        self.file = self.socket.makefile("rb")
        self.greeting = self.line()

    def line(self):
        line = self.file.readline()
        assert line.endswith(b"\r\n"), line
        return line[:-2].decode()

    def ask(self, command):
        """The answer's lines, and its data or None."""
        if isinstance(command, str):
            command = command.encode()
        self.socket.sendall(command)
        return self.answer()

    def answer(self):
        lines = [self.line()]
        while lines[-1][3] == "-":
            lines.append(self.line())
        data = None
        if lines[-1].startswith("200 Read handler"):
            words = self.line().split()
            assert words[0] == "DATA"
            data = self.file.read(int(words[1])).decode()
        return lines, data


CONTROLLED = ("a :: Idle -> q :: Queue(5) -> b :: Idle; "
              "elementclass C { input -> c :: Counter -> output } "
              "Idle -> x :: C -> Idle")


@pytest.fixture
def controlled(click_program, tmp_path):
    with Program([click_program, "-R", "-u", "control", "-e",
                  CONTROLLED], cwd=tmp_path,
                 stderr=subprocess.PIPE) as running:
        client = Client(tmp_path / "control")
        yield client
        client.socket.close()
        running.terminate()
        _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0 and b"Sanitizer" not in errors, errors


def test_greets_and_says_goodbye(controlled):
    assert controlled.greeting == "Click::ControlSocket/1.3"
    assert controlled.ask("QUIT\r\n")[0][0].startswith("200 ")
    assert controlled.file.read() == b""


@pytest.mark.parametrize("command, code, data", [
    ("READ q.capacity\n", 200, "5"),
    ("read q.capacity\r", 200, "5"),
    ("  Read\tq.capacity\r\n", 200, "5"),
    ("READ list\n", 200, "7\na\nq\nb\nIdle@4\nIdle@6\nx/c\n"),
    ("READ x/c.count\n", 200, "0"),
    ("READ 2.name\n", 200, "q"),
    ("READ 2.capacity\n", 200, "5"),
    ("READ 0.name\n", 510, None),
    ("READ 99.name\n", 510, None),
    ("READ nobody.name\n", 510, None),
    ("READ q.nothing\n", 511, None),
    ("READ nothing\n", 511, None),
    ("READ q.reset\n", 530, None),
    ("READ\n", 500, None),
    ("FROBNICATE q\n", 501, None),
    ("LLRPC q#1\n", 501, None),
    ("CHECKREAD q.capacity\n", 200, None),
    ("CHECKREAD q.reset\n", 530, None),
    ("CHECKWRITE q.length\n", 530, None),
    ("CHECKWRITE q.capacity\n", 200, None),
    ("CHECKWRITE q.nothing\n", 511, None),
    ("WRITE q.capacity 9\n", 200, None),
    ("WRITE q.capacity many\n", 520, None),
    ("WRITE q.length 1\n", 530, None),
    ("WRITEDATA q.capacity 2\r\n17", 200, None),
    ("WRITEDATA q.capacity x\n", 500, None),
    ("WRITEDATA q.capacity\n", 500, None),
    ("WRITEUNTIL q.capacity end\n17\r\nend  \n", 200, None),
    ("WRITEUNTIL q.capacity\n17\n\n", 200, None),
    ("READDATA q.capacity 0\n", 200, "5"),
    ("WRITEDATA q.capacity 99999999\n", 521, None),
])
def test_answers(controlled, command, code, data):
    if data is None and code == 200 and command.startswith("CHECKREAD"):
        controlled.socket.sendall(command.encode())
        assert controlled.line() == "200 Read handler 'q.capacity' OK"
        return
    if data and "list" in command:
        data = data.replace("7\n", "6\n", 1)
    lines, found = controlled.ask(command)
    assert [line[:3] for line in lines] == [str(code)] * len(lines), lines
    assert found == data


def test_writes_reach_the_element(controlled):
    for number, command in enumerate((
            "WRITE q.capacity 21\n", "WRITEDATA q.capacity 2\n22",
            "WRITEUNTIL q.capacity .\n23\n.\n"), 21):
        assert controlled.ask(command)[0][0].startswith("200 Write handler")
        assert controlled.ask("READ q.capacity\n")[1] == str(number)


def test_commands_in_pieces_and_together(controlled):
    command = b"WRITEDATA q.capacity 2\r\n31READ q.capacity\r\nREAD q.name\n"
    for byte in command:
        controlled.socket.sendall(bytes([byte]))
    assert controlled.answer()[0][0].startswith("200 Write")
    assert controlled.answer()[1] == "31"
    assert controlled.answer()[1] == "q"
    controlled.socket.sendall(command * 100)
    for _ in range(100):
        assert controlled.answer()[0][0].startswith("200 Write")
        assert controlled.answer()[1] == "31"
        assert controlled.answer()[1] == "q"


def test_a_line_without_end_is_cut_off(controlled):
    try:
        controlled.socket.sendall(b"x" * 3000000)
    except OSError:
        pass  # it hung up before it had all
    rest = b""
    try:
        rest = controlled.file.read()
    except OSError:
        pass
    assert rest in (b"", b"521 Data too big\r\n")


def test_another_configuration_takes_over(controlled):
    other = ("Idle -> q :: Queue(8) -> Idle")
    assert controlled.ask("READ q.capacity\n")[1] == "5"
    assert controlled.ask(f"WRITE hotconfig {other}\n")[0][0].startswith("200 ")
    assert controlled.ask("READ q.capacity\n")[1] == "8"
    assert controlled.ask("READ list\n")[1].startswith("3\n")

    lines, _ = controlled.ask("WRITE hotconfig Print\n")
    assert lines[0].startswith("520-Write handler 'hotconfig' error:")
    assert re.match("520-.*Print' input 0 unused", lines[1])
    assert re.match("520-.*Print' output 0 unused", lines[2])
    assert lines[3] == "520 Router could not be initialized!"
    assert controlled.ask("READ q.capacity\n")[1] == "8"

    lines, _ = controlled.ask("WRITE hotconfig Pofdskaofjdsajfdsa\n")
    assert len(lines) == 2
    assert re.match("520 .*undeclared element.*", lines[1])
    assert controlled.ask("READ q.capacity\n")[1] == "8"


def test_without_leave_there_is_no_other_configuration(click):
    result = click("-q", "-e", "", "-h", "handlers")
    assert "hotconfig" not in result.out
    assert "hotconfig\tw" in click("-R", "-q", "-e", "", "-h", "handlers").out


def test_sockets_of_a_configuration(click_program, tmp_path):
    """They stay, with their connections, when another one has them, too."""
    text = "ControlSocket(UNIX, s, READONLY {}); Idle -> q :: Queue({}) -> Idle"
    with Program([click_program, "-R", "-e", text.format("false", 3)],
                 cwd=tmp_path) as running:
        client = Client(tmp_path / "s")
        assert client.ask("READ q.capacity\n")[1] == "3"
        other = text.format("true", 4)
        assert client.ask(f"WRITE hotconfig {other}\n")[0][0][:3] == "200"
        assert client.ask("READ q.capacity\n")[1] == "4"
        second = Client(tmp_path / "s")
        assert second.ask("READ q.capacity\n")[1] == "4"
        assert second.ask("WRITE stop\n")[0][0][:3] == "530"
        assert client.ask("WRITE hotconfig Idle -> q :: Queue(5) -> Idle\n")[
            0][0][:3] == "200"
        assert client.ask("READ q.capacity\n")[1] == "5"
        assert client.ask("WRITE stop\n")[0][0][:3] == "200"
        assert running.wait(timeout=PATIENCE) == 0
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("arguments, error", [
    ("TCP", "PORT"), ("TCP, 0", "PORT"), ("SPX, 1", "unknown socket type"),
    ("UNIX, /does/not/exist", "socket '/does/not/exist'")])
def test_sockets_that_are_wrong(click, arguments, error):
    result = click("-e", f"ControlSocket({arguments})")
    assert result.status == 1 and error in result.err


def test_what_carries_over(click_program, tmp_path):
    """The packets in a Queue, and a Counter's count."""
    text = ("InfiniteSource(LIMIT 4) -> c :: Counter -> q :: Queue -> "
            "u :: Unqueue(ACTIVE {}) -> d :: Counter -> Discard")
    with Program([click_program, "-R", "-u", "control", "-e",
                  text.format("false")], cwd=tmp_path) as running:
        client = Client(tmp_path / "control")
        while client.ask("READ q.length\n")[1] != "4":
            pass
        text = text.replace("LIMIT 4", "LIMIT 0").format("true")
        assert client.ask(f"WRITE hotconfig {text}\n")[0][0].startswith("200")
        while client.ask("READ d.count\n")[1] != "4":
            pass
        assert client.ask("READ c.count\n")[1] == "4"
        assert client.ask("READ q.length\n")[1] == "0"
        assert client.ask("WRITE stop true\n")[0][0].startswith("200 ")
        assert running.wait(timeout=PATIENCE) == 0


def test_swaps_under_a_stream_lose_nothing(click, tmp_path):
    """Packets come faster than they leave. Again and again another takes over:
    what came is counted, has left, or waits."""
    text = ("RatedSource(RATE 1000) -> c :: Counter -> q :: Queue(2000)"
            " -> RatedUnqueue(400) -> d :: Counter -> Discard;"
            " DriverManager(wait 0.5, goto out $(ge $(c.count) 2400),"
            " print \"a swap\", write hotconfig $(cat second), wait, label out,"
            " print $(c.count) $(d.count) $(q.length) $(q.drops), stop)")
    (tmp_path / "second").write_text(text)
    result = click("-R", "--simtime", "-e", text)
    assert (result.status, result.err) == (0, ""), result
    assert result.lines[:-1] == ["a swap"] * (len(result.lines) - 1)
    assert len(result.lines) >= 5
    came, left, waits, dropped = map(int, result.lines[-1].split())
    assert came >= 2400 and left > 0 and waits > 0
    assert came == left + waits and dropped == 0


def test_signals_outlive_neither_elements_nor_configurations(click_program,
                                                            tmp_path):
    """An interrupt means again what it meant before the script wanted it."""
    with Program([click_program, "-R", "-u", "control", "-e",
                  'Script(TYPE SIGNAL INT, print "caught"); Idle -> Idle'],
                 cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        client = Client(tmp_path / "control")
        running.send_signal(signal.SIGINT)
        assert running.stdout.readline() == "caught\n"
        assert client.ask("WRITE hotconfig Idle -> Idle\n")[0][0].startswith(
            "200")
        assert client.ask("READ list\n")[1].startswith("2\n")
        running.send_signal(signal.SIGINT)
        running.wait(timeout=PATIENCE)


def test_ports_and_sockets_that_cannot_be_had(click, tmp_path):
    (tmp_path / "file").write_text("")
    for words in (["-u", "file"], ["-u", "x" * 200], ["-p", "99999"],
                  ["-p", "x"]):
        result = click(*words, "-e", "Idle -> Idle")
        assert result.status == 1 and result.err.startswith("click: ")


# ---- The host's TCP/IP -------------------------------------------------------

TAP = """
t :: FromHost(tap0, 10.3.0.1/24, ETHER 02:00:00:00:00:07)
    -> c :: Classifier(12/0806, 12/0800 30/0a030002, -);
to :: ToHost(tap0);
c[0] -> ARPResponder(10.3.0.2 1:1:1:1:1:1) -> to;
c[1] -> EtherMirror -> Strip(14) -> CheckIPHeader -> IPMirror -> Unstrip(14)
    -> n :: Counter -> to;
c[2] -> Discard;
"""

# In a network of its own: datagrams to what is behind the interface come back,
# also from a configuration that takes over in between.
TAP_CLIENT = """
import atexit, socket, subprocess, sys, time
click = subprocess.Popen([sys.argv[1], "-R", "-u", "control", "-e", sys.argv[2],
                          "-h", "t.dev_name", "-h", "n.count", "-h", "to.drops"])
atexit.register(click.kill)
end = time.monotonic() + 100
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while client.connect_ex(("10.3.0.2", 9)):   # until the interface is up
    assert time.monotonic() < end and click.poll() is None
    time.sleep(0.01)
assert client.getsockname()[0] == "10.3.0.1"
client.settimeout(1)

def write(words):
    control = socket.socket(socket.AF_UNIX)
    control.connect("control")
    control.sendall(b"WRITE %s\\r\\nQUIT\\r\\n" % words.encode())
    said = control.makefile().read()
    assert "200 Write" in said, said

for number in range(20):
    if number == 10:
        write("hotconfig " + sys.argv[2].replace("\\n", " "))
    while True:     # the first one may be asked for before all is up
        client.send(b"%d" % number)
        try:
            if client.recv(100) == b"%d" % number:
                break
        except (TimeoutError, ConnectionError):
            assert time.monotonic() < end and click.poll() is None
write("stop")
sys.exit(click.wait())
"""


def test_the_hosts_own_packets(click_program, tmp_path):
    if subprocess.run(["unshare", "-rn", "test", "-w", "/dev/net/tun"],
                      check=False, capture_output=True).returncode:
        pytest.skip("no networks of one's own here")
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", TAP_CLIENT, click_program,
         TAP], cwd=tmp_path, check=False, capture_output=True, text=True,
        timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done
    words = done.stdout.split()
    assert words[1] == "tap0" and int(words[3]) >= 20 and words[5] == "0"


@pytest.mark.parametrize("config, said", [
    ("Idle -> ToHost", "there is no FromHost"),
    ("FromHost(a) -> Discard; Idle -> ToHost(b)", "there is no FromHost(b)"),
    ("FromHost(a) -> Discard; FromHost(b) -> ToHost", "which DEVNAME"),
    ("FromHost -> Discard", "DEVNAME"),
    ("FromHost(name-that-is-too-long) -> Discard", "too long")])
def test_bad_hosts(click, config, said):
    result = click("-q", "-e", config)
    assert result.status == 1 and said in result.err, result
