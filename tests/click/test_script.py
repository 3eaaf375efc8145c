# SPDX-License-Identifier: BSD-2-Clause
"""Script and DriverManager: the instructions and handlers that Click's manual
documents."""

import re

import pytest


def script(click, *instructions, more="", words=()):
    config = f"Script({', '.join(instructions)}, stop); {more}"
    return click("--simtime", "-e", config, *words)


@pytest.mark.parametrize("call, value", [
    ("add 10 5 2", "17"), ("sub 10 5 2", "3"), ("mul 1 2 3", "6"),
    ("div 75 2.5 5", "6"), ("div 1 4", "0.25"), ("idiv 7 2", "3"),
    ("mod 7 3", "1"), ("rem 7.5 2", "1.5"), ("neg 4", "-4"), ("abs -4", "4"),
    ("min 10 6 20", "6"), ("max -1 6 3", "6"), ("add 0x10 1", "17"),
    ("add 1 0.5", "1.5"), ("eq 10 0xA", "true"), ("le 9 8", "false"),
    ("eq 10x 10x", "true"), ("lt abc abd", "true"), ("ne 1 1.0", "false"),
    ("gt 2 1", "true"), ("ge 2 2", "true"), ("not false", "true"),
    ("and true true false", "false"), ("or false true", "true"),
    ("nand true true", "false"), ("nor false false", "true"),
    ("if true a b", "a"), ("if false a b", "b"), ("in foo bar foo", "true"),
    ("in foo bar", "false"), ('sprintf "%05x" 127', "0007f"),
    ('sprintf "%s-%d%%" ab -3', "ab--3%"), ('sprintf "%*d" 4 7', "   7"),
    ('sprintf "%.2f" 2.5', "2.50"), ("length abcdef", "6"),
    ("first a b", "a"), ("htons 6", "1536"), ("ntohl 1", "16777216"),
    ("readable add", "true"), ("writable add stop", "false"),
    ("readable nobody.count", "false"), ("now", "1000000000.000000"),
])
def test_functions(click, call, value):
    result = script(click, f"print $({call})")
    assert [line.split(".")[0] if call == "now" else line
            for line in result.lines] == \
        [value.split(".")[0] if call == "now" else value]


@pytest.mark.parametrize("call", [
    "add 1 x", "mod 1 0", "mod 1.5 1", "not perhaps", 'sprintf "%d" x',
    'sprintf "%d"', 'sprintf "%n" 1', 'sprintf "%99999d" 1', "eq 1",
    "random 5 1", "nosuch 1",
])
def test_functions_refuse(click, call):
    assert "While executing" in script(click, f"print $({call})").err


def test_text_and_quotes(click):
    """The manual's own examples."""
    more = "Idle -> c :: Counter -> Idle"
    result = script(
        click, "print c.count", 'print "c.count"', "print '\"c.count\"'",
        "set x c.count", "print $x", "print $($x)", 'set x "$(c.count)"',
        "print $x", 'setq x "$(c.count)"', "print $x", 'print "<$x>"',
        "print '$x'", more=more)
    assert result.lines == ["0", "c.count", '"c.count"', "c.count", "0", '"0"',
                            "0", "<0>", "$x"]


def test_loops(click):
    result = script(click, "set x 0", "label again", "print $x",
                    "set x $(add $x 1)", "goto again $(lt $x 5)")
    assert result.lines == list("01234")


def test_loops_without_end_are_given_up(click):
    config = "s :: Script(label a, goto a); Script(wait 1, stop)"
    assert click("--simtime", "-e", config).errors == \
        ["s :: Script: too many jumps, giving up"]


def test_passive_scripts(click):
    config = "s :: Script(TYPE PASSIVE, return $(add $1 $2 $#)); " \
             "t :: Script(TYPE PASSIVE, returnq \"<$args>\"); " \
             "Script(print $(s.run 10 20), print $(t.run a  b), stop)"
    assert click("-e", config).lines == ["32", "<a  b>"]


def test_proxy_scripts(click):
    config = "s :: Script(TYPE PROXY, goto nota $(ne $0 a), return yes-$write, " \
             "label nota, error bad handler); " \
             "Script(print s.a, print s.b, write s.a, print $?, stop)"
    result = click("-e", config)
    assert result.lines[0] == "yes-false" and result.lines[-1] == "0"
    assert "bad handler" in result.err


@pytest.mark.parametrize("body, counts", [
    ("", [4, 0]), ("end", [4, 0]), ("exit", [0, 0]), ("return 1", [0, 4]),
    ("return 7", [0, 0]), ("error", [0, 0]),
    ("init i 0, set j $i, set i $(if $(eq $i 0) 1 0), return $j", [2, 2]),
])
def test_packet_scripts(click, body, counts):
    config = "InfiniteSource(LIMIT 4, STOP true) " \
             f"-> s :: Script(TYPE PACKET, {body}) -> a :: Discard; " \
             "s[1] -> b :: Discard"
    result = click("-e", config, "-h", "a.count", "-h", "b.count")
    assert [int(line) for line in result.lines if line.isdigit()] == counts


def test_waits_and_steps(click):
    config = "s :: Script(pause 2, print a, wait 10s, print b, pause, print c);" \
             "Script(wait 1ms, write s.step, wait 1ms, print x, write s.step, " \
             "wait 1ms, print y, write s.step 2, wait 1ms, stop)"
    config = re.sub(r"print (\w)", r'print "\1"', config)
    assert click("--simtime", "-e", config).lines == list("xaybc")


def test_a_wait_takes_its_time(click):
    config = "Script(set t $(now), wait 1.5s, print $(sub $(now) $t), stop)"
    assert click("--simtime", "-e", config).lines == ["1.5"]


def test_driver_manager_decides(click):
    config = "InfiniteSource(LIMIT 5, STOP true) -> c :: Counter -> Discard; " \
             "DriverManager(pause, print c.count, write c.reset, wait 0.1s, " \
             "print c.count, stop)"
    assert click("--simtime", "-e", config).lines == ["5", "0"]


def test_a_router_without_driver_stops(click):
    result = click("-e", "InfiniteSource(LIMIT 5, STOP true) -> Discard")
    assert result.status == 0


def test_export_goto_and_set(click):
    config = "s :: Script(TYPE PASSIVE, export n 3, label up, " \
             "set n $(add $n 1)); Script(print s.n, write s.goto up, " \
             "print s.n, write s.set n 9 8, print s.n, print $(s.shift n), " \
             "print $(s.get n), stop)"
    assert click("-e", config).lines == ["3", "4", "9 8", "9", "8"]


def test_files(click, tmp_path):
    name = tmp_path / "out"
    result = script(click, f"print >{name} \"one\"", f"printn >>{name} \"two\"",
                    f"print $(cat {name})", f"print $(catq {name})")
    assert name.read_text() == "one\ntwo"
    assert result.lines == ["one", "two", '"one\\ntwo"']
    assert click("-e", f"s :: Script(stop)", "-h", "s.cat").status != 0


@pytest.mark.parametrize("length", [1, 5000])
def test_files_that_cannot_be_written(click, length):
    result = script(click, f"print >/dev/full \"{'a' * length}\"",
                    "print \"two\"")
    assert "print >/dev/full" in result.err
    assert "cannot be written" in result.err
    assert result.lines == ["two"]


def test_read_says_the_name(click):
    result = script(click, "read c.count", more="Idle -> c :: Counter -> Idle")
    assert result.errors == ["c.count:", "0"]


def test_write_status(click):
    result = script(click, "write c.reset", "print $?", "write c.nosuch",
                    "print $(ne $? 0)", more="Idle -> c :: Counter -> Idle")
    assert result.lines == ["0", "true"]


def test_signals(click):
    config = "Script(TYPE SIGNAL USR1, print \"caught\", stop); " \
             "s :: Script(wait 1ms, print $(kill USR1 $$))"
    assert "caught" in click("-e", config).lines


@pytest.mark.parametrize("instruction, message", [
    ("foo bar", "syntax error at 'foo'"), ("set x", "syntax error at 'set'"),
    ("wait long", "syntax error at 'wait'"), ("goto away", "no such label"),
    ("label", "syntax error at 'label'"), ("end now", "syntax error at 'end'"),
    ("TYPE FAST", "TYPE"), ("TYPE SIGNAL FOO", "bad signal number"),
])
def test_mistakes(click, instruction, message):
    result = click("-q", "-e", f"Script({instruction})")
    assert result.status == 1 and message in result.err


def test_a_script_that_calls_itself(click):
    config = "s :: Script(TYPE PASSIVE, return $(s.run)); " \
             "Script(print $(s.run), stop)"
    assert "runs already" in click("-e", config).err
