# SPDX-License-Identifier: BSD-2-Clause
"""The configuration language: each statement of click(5), and what is said of
configurations that are wrong."""

import subprocess

import pytest

from waiting import PATIENCE

# What a configuration becomes: its declarations and its connections. From the
# manual, section by section, if nothing else is said.
FLAT = {
    "semicolons are optional": (
        "a :: A b :: B a -> b", "a :: A, b :: B", "a -> b"),
    "several names": ("a, b, c :: Idle(x);",
                      "a :: Idle(x), b :: Idle(x), c :: Idle(x)", ""),
    "names of the nameless": ("A(1); x :: B; A -> B",
                              "A@1 :: A(1), x :: B, A@3 :: A, B@4 :: B",
                              "A@3 -> B@4"),
    "a name like that is taken": ("A; x :: A; A@2 :: B; A@3 :: B; A",
                                  "A@1 :: A, x :: A, A@2 :: B, A@3 :: B, "
                                  "A@5 :: A", ""),
    "chains": ("a,b,x::X; a [1] -> [2] x [3] -> [4] b",
               "a :: X, b :: X, x :: X", "a [1] -> [2] x, x [3] -> [4] b"),
    "declared in a connection": ("A -> [1] n :: C(2) [3] -> B",
                                 "A@1 :: A, n :: C(2), B@3 :: B",
                                 "A@1 -> [1] n, n [3] -> B@3"),
    "many to one": ("a,b,c,x::X; a, b [1], c -> [2] x",
                    "a :: X, b :: X, c :: X, x :: X",
                    "a -> [2] x, b [1] -> [2] x, c -> [2] x"),
    "one to many": ("a,b,c::X; a -> b, [1] c", "a :: X, b :: X, c :: X",
                    "a -> b, a -> [1] c"),
    "only the last is declared": ("n1, n3 :: X; n1, n2 :: Y -> n3",
                                  "n1 :: X, n3 :: X, n2 :: Y",
                                  "n1 -> n3, n2 -> n3"),
    "many to many": ("c,n::X; c[0], c[1], c[2] => P(0), P(1), P(2) -> n",
                     "c :: X, n :: X, P@3 :: P(0), P@4 :: P(1), P@5 :: P(2)",
                     "c -> P@3, c [1] -> P@4, c [2] -> P@5, P@3 -> n, "
                     "P@4 -> n, P@5 -> n"),
    "lists of ports": ("c,a,b::X; c[0,2] => a, b; c[4-5] => a [0-1] => [2,3] b",
                       "c :: X, a :: X, b :: X",
                       "c -> a, c [2] -> b, c [4] -> a, c [5] -> [1] a, "
                       "a -> [2] b, a [1] -> [3] b"),
    "ports of a lone element": ("c,a,b,d::X; c => a, b, [3] d",
                                "c :: X, a :: X, b :: X, d :: X",
                                "c -> a, c [1] -> b, c [2] -> [3] d"),
    "an open list": ("c,d::X; c [2,] => [0,1,2] d", "c :: X, d :: X",
                     "c [2] -> d, c [3] -> [1] d, c [4] -> [2] d"),
    "a group": ("x -> c :: C => ( input [0] -> output; input [1] -> P(1) -> "
                "output ) -> y :: Y; x :: X" .replace("x ->", "x :: X ->", 1)
                .replace("; x :: X", ""),
                "x :: X, c :: C, P@3 :: P(1), y :: Y",
                "x -> c, c -> y, c [1] -> P@3, P@3 -> y"),
    "groups that do nothing": (
        "x,y::X; x -> y; x -> ( input -> output ) -> y; x -> ( [0] -> [0] ) -> "
        "y; x -> (->) -> y; x -> ( [0]->[0]; [1]->[1] ) => ( [0]->[0]; "
        "[1]->[1] ) -> y", "x :: X, y :: X", "x -> y"),
    "a group's ports": ("x,y::X; x => [0,1] ( [0]->[0]; [1]->[1] ) [0,1] -> y",
                        "x :: X, y :: X", "x -> y, x [1] -> y"),
    "a group has no scope": ("x::X; x -> ( -> i :: I -> ) -> i",
                             "x :: X, i :: I", "x -> i, i -> i"),
    "a compound": ("a,b::A; a -> { input -> X -> output } -> b",
                   "a :: A, b :: A, @3/X@1 :: X", "a -> @3/X@1, @3/X@1 -> b"),
    "a compound of several ports": (
        "a,b,c,d::A; q :: { input -> X -> output; input [1] -> Y -> [1] output "
        "}; a -> q -> b; c -> [1] q [1] -> d",
        "a :: A, b :: A, c :: A, d :: A, q/X@1 :: X, q/Y@2 :: Y",
        "a -> q/X@1, q/X@1 -> b, c -> q/Y@2, q/Y@2 -> d"),
    "its elements' names": ("a,b::A; c :: { input -> x :: X -> output }; "
                            "a -> c -> b", "a :: A, b :: A, c/x :: X",
                            "a -> c/x, c/x -> b"),
    "elementclass": ("elementclass MyQueue { input -> Queue -> Shaper(1000) -> "
                     "output } a,b::A; q :: MyQueue; a -> q -> b",
                     "a :: A, b :: A, q/Queue@1 :: Queue, "
                     "q/Shaper@2 :: Shaper(1000)",
                     "a -> q/Queue@1, q/Queue@1 -> q/Shaper@2, "
                     "q/Shaper@2 -> b"),
    "a class of an old name": (
        "elementclass Queue { input -> Queue -> Shaper(1) -> output } "
        "a :: A -> Queue -> b :: A",
        "a :: A, b :: A, Queue@2/Queue@1 :: Queue, "
        "Queue@2/Shaper@2 :: Shaper(1)",
        "a -> Queue@2/Queue@1, Queue@2/Queue@1 -> Queue@2/Shaper@2, "
        "Queue@2/Shaper@2 -> b"),
    "classes are seen from behind them on": (
        "elementclass A { input -> B -> output } "
        "elementclass B { input -> C -> output } x :: X -> A -> x",
        "x :: X, A@2/B@1 :: B", "x -> A@2/B@1, A@2/B@1 -> x"),
    "and to the end of their compound": (
        "{ elementclass A { B } A } A", "A@2 :: A, @1/A@1/B@1 :: B", ""),
    "a synonym": ("elementclass MyQueue Queue; q :: MyQueue", "q :: Queue", ""),
    "parameters": ("x :: X -> { $a | input -> A(1, $a, 3) -> output } (100) -> "
                   "x", "x :: X, @2/A@1 :: A(1, 100, 3)",
                   "x -> @2/A@1, @2/A@1 -> x"),
    "keyword parameters": ("{ COUNT $count, A $b | A($count,$b) } "
                           "(A 5 6, COUNT 3)", "@1/A@1 :: A(3,5 6)", ""),
    "the rest": ("{ $a, COUNT $count, __REST__ $rest | A($a;$count;$rest) } "
                 "(1, 2, COUNT 3, FOO 4)", "@1/A@1 :: A(1;3;2, FOO 4)", ""),
    "an empty rest": ("{ __REST__ $rest | A($rest) }", "@1/A@1 :: A", ""),
    "an empty last argument is none": ("{ $a | A($a) } (1, /* no */ )",
                                       "@1/A@1 :: A(1)", ""),
    "braces": ("{ $a | A(${a}b, $ab) } (1)", "@1/A@1 :: A(1b, $ab)", ""),
    "defaults": ("define($x 1) A(${x-2} ${y-3} ${z-$x} ${w-})",
                 "A@1 :: A(1 3 1 )", ""),
    "single quotes keep dollars": ("define($x 1) A('$x' \"$x\" $x)",
                                   "A@1 :: A('$x' \"1\" 1)", ""),
    "a backslash, too": ('define($x 1) A("\\$x")', 'A@1 :: A("\\$x")', ""),
    "quotes in quotes": ('define($x \'a"b\' c) A("$x")',
                         'A@1 :: A("a\\"b c")', ""),
    "nothing is replaced in comments": ("define($x 1) A(/* $x */ $x)",
                                        "A@1 :: A(/* $x */ 1)", ""),
    "others' variables stay": ("A($1 $foo $(add $i 1) ${a)",
                               "A@1 :: A($1 $foo $(add $i 1) ${a)", ""),
    "words of a value": ("define($a x 'y z' w, $i 1) A(${a[1]} ${a[$i]} "
                         "${a[9]}.)", "A@1 :: A('y z' 'y z' .)", ""),
    "definitions in any order": ("A($a) define($a $b$c, $b 2) define($c 3)",
                                 "A@1 :: A(23)", ""),
    "definitions have scopes": (
        "define($a 1, $b 2) A($a $b) { define($a 3) A($a $b) }",
        "A@1 :: A(1 2), @2/A@1 :: A(3 2)", ""),
    "what is outside the text counts, not the caller": (
        "elementclass F { A($x) } elementclass G { define($x 2) F } "
        "define($x 1) G", "G@1/F@1/A@1 :: A(1)", ""),
    "a value that names itself": ("define($a 1) { define($a $a$a) A($a) }",
                                  "@1/A@1 :: A(11)", ""),
    "overloads by arguments": (
        "elementclass M { A || $c | B($c) } M; M(7)",
        "M@1/A@1 :: A, M@2/B@1 :: B(7)", ""),
    "overloads by ports": (
        "elementclass M { input -> A || input -> B -> output } x :: X -> M; "
        "x [1] -> M -> x", "x :: X, M@2/A@1 :: A, M@3/B@1 :: B",
        "x -> M@2/A@1, x [1] -> M@3/B@1, M@3/B@1 -> x"),
    "the first that fits": ("elementclass M { $a | A || $b | B } M(1)",
                            "M@1/A@1 :: A", ""),
    "extended": ("elementclass Q { A } elementclass Q { $c | B($c) || ... } "
                 "Q; Q(1)", "Q@1/A@1 :: A, Q@2/B@1 :: B(1)", ""),
    "a class of elements, extended": (
        "elementclass Queue { $a, $b | Queue($a) || ... } Queue(1); "
        "Queue(1, 2)", "Queue@1 :: Queue(1), Queue@2/Queue@1 :: Queue(1)", ""),
    "identifiers end at comments": (
        "an/identifier :: A//too/many\nb :: B/* :: */c :: C",
        "an/identifier :: A, b :: B, c :: C", ""),
    "configuration strings": (
        "A(#simple string#) A(#string with (balanced parens)#) "
        'A(#string with ")quoted" paren#) A(#// end-of-line comment)\n'
        "  still going!#) A(#/* slash-star comment) */ and backslash \\#) "
        "A(#')' \\<29 // )\n29>#)",
        "A@1 :: A(#simple string#), "
        "A@2 :: A(#string with (balanced parens)#), "
        'A@3 :: A(#string with ")quoted" paren#), '
        "A@4 :: A(#// end-of-line comment)\n  still going!#), "
        "A@5 :: A(#/* slash-star comment) */ and backslash \\#), "
        "A@6 :: A(#')' \\<29 // )\n29>#)", ""),
    "connection tunnels": (
        "a,b,c::X; connectiontunnel p1 -> p2; a -> p1; b -> p1; p2 -> c; "
        "a [1] -> [1] p1; p2 [1] -> D", "a :: X, b :: X, c :: X, D@4 :: D",
        "a -> c, b -> c, a [1] -> D@4"),
    "tunnels in tunnels": ("a,b::X; connectiontunnel p1 -> p2, q1 -> q2; "
                           "a -> p1; p2 -> q1; q2 -> b", "a :: X, b :: X",
                           "a -> b"),
    "a tunnel in a circle": ("a,b::X; connectiontunnel p -> q; a -> p; q -> p; "
                             "q -> b", "a :: X, b :: X", "a -> b"),
    "the two ends of a name": (
        "a,b::X; connectiontunnel p -> p/input, p/output -> p; a -> p; "
        "p/input -> C -> p/output; p -> b", "a :: X, b :: X, C@3 :: C",
        "a -> C@3, C@3 -> b"),
    "a class by a variable": (
        "elementclass W { $c | input -> $c(1) -> output } x :: X -> W(Foo) -> "
        "x", None, None),
    "repeated connections are one": ("a,b::X; a -> b; a -> b", "a :: X, b :: X",
                                     "a -> b"),
    "requirements": ("require(fastclassifier, package x)",
                     "require(fastclassifier, x)", ""),
    "no ports from outside": ("b::B; { input -> X -> output } -> b",
                              "b :: B, @2/X@1 :: X", "@2/X@1 -> b"),
    "formals, but none": ("{ | A }", "@1/A@1 :: A", ""),
    "nothing": (" // nothing\n;;", "", ""),
}


def parts(text):
    """A list, in which commas between brackets are not between items."""
    items, depth, item, quote = [], 0, "", ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        depth += (c == "(") - (c == ")") if not quote else 0
        if c == "," and depth <= 0 and not quote:
            items.append(item.strip())
            item, depth = "", 0
        else:
            item += c
    return sorted(filter(None, items + [item.strip()]))


@pytest.mark.parametrize("name", [n for n in FLAT if FLAT[n][1] is not None
                                  and n != "configuration strings"])
def test_flattens(flatten, name):
    text, declarations, connections = FLAT[name]
    assert flatten(text) == (parts(declarations), parts(connections))


def test_configuration_strings_are_left_alone(click_program, flatten):
    text, declarations, _ = FLAT["configuration strings"]
    found, _ = flatten(text)
    assert found == sorted(declarations.split(", A@")[:1] + [
        "A@" + rest for rest in declarations.split(", A@")[1:]])


def test_a_class_by_a_variable(click):
    result = click("-q", "-o-", "-e", "elementclass W { $c | input -> $c(5) -> "
                   "output } Idle -> W(Queue) -> q :: W(Null) -> Idle")
    assert "Queue(5)" in result.out or "Null(5)" in result.err
    result = click("-q", "-o-", "-e", "elementclass W { $c | input -> q :: "
                   "$c(5) -> output } Idle -> w :: W(Queue) -> Idle")
    assert (result.status, result.err) == (0, "")
    assert "w/q :: Queue(5);" in result.lines


# ---- What is wrong --------------------------------------------------------

# Everything that is said: of a configuration whose classes are those of the
# program. {} stands for the last line that the program adds.
WRONG = {
    "->Null;": ["1:1: syntax error near '->'"],
    "Idle -> ": ["1:9: syntax error near end of file"],
    "Idle -> [0] ": ["1:9: syntax error near '['"],
    "[0] Idle -> Idle": ["1:1: input port useless at start of chain"],
    "Idle -> Idle [0]": ["1:9: output port useless at end of chain"],
    "x :: Idle;\n x :: Idle;": [
        "2:2: redeclaration of element 'x'",
        "1:1: element 'x' previously declared here"],
    "Idle -> foo -> foo; bar -> Idle": [
        "1:9: undeclared element 'foo' (first use this block)",
        "1:21: undeclared element 'bar' (first use this block)"],
    "x :: Foo; Bar(1)": ["1:6: unknown element class 'Foo'",
                         "1:11: unknown element class 'Bar'"],
    "Idle :: Null": ["1:1: class 'Idle' used as element name"],
    "x :: Idle; elementclass x { Idle }": [
        "1:25: element name 'x' used as class"],
    "1/x :: Idle": ["1:1: illegal element name '1/x'"],
    "a, b, c :: Idle; a [0,1] => [0,1,2] b;\na [] => [] c": [
        "1:26: connection mismatch: 2 outputs connected to 3 inputs",
        "2:6: at most one expandable port allowed per connection"],
    "a, b :: Idle; a [0,1,2] -> [0,1,2] b": [
        "1:25: syntax error: many-to-many connections require '=>'"],
    "a, b :: Idle; a [70000] -> b": ["1:18: port number 70000 is too large"],
    "Idle -> { input [0] -> Idle; input [2] -> Idle }": [
        "1:11: compound element input 1 unused"],
    "x :: Idle -> ( [0] -> Idle; [2] -> Idle )": [
        "1:14: element group input 1 unused"],
    "x :: Idle => [0] ( [0] -> [0]; [1] -> Idle ) -> Idle": [
        "1:14: element group input 1 unconnected"],
    "{ output -> Idle }": ["1:10: pseudoelement 'output' has no outputs"],
    "{ Idle -> input }": ["1:8: pseudoelement 'input' has no inputs"],
    "{ $a, $b | Idle } (1)": ["1:1: '<anonymous>': too few arguments"],
    "{ $a, $b | Idle } (1, 2, 3)": ["1:1: '<anonymous>': too many arguments"],
    "{ COUNT $count | Idle } ()": [
        "1:1: '<anonymous>': missing 'COUNT' parameter"],
    "{ $a, $a | Idle } (1, 2)": [
        "1:3: redeclaration of formal parameter '$a'"],
    "{ A $a, $b | Idle } (1, 2)": [
        "1:3: positional parameter '$b' after keyword parameters"],
    "{ __REST__ $a, B $b | Idle }": [
        "1:3: '__REST__' parameter must be the last one"],
    "elementclass T { $a | Idle }\nt :: T(1, 2)\n"
    "elementclass T { $a, $b | Idle || ... }": [
        "2:1: 'T': too many arguments"],
    "elementclass T { $a | Idle || $a, K $b | Idle }\nt :: T": [
        "2:1: no match for 'T[0 inputs, 0 outputs]' with 0 arguments",
        "2:1: candidates are:",
        "1:18:   T[0 inputs, 0 outputs]($a)",
        "1:31:   T[0 inputs, 0 outputs]($a, K $b)"],
    "define($a 1, $a 2)": ["1:1: parameter '$a' multiply defined"],
    "{ $a | define($a 1) Idle } (2)": [
        "1:8: parameter '$a' multiply defined"],
    "require(compact_config, package nonsense, Queue, magic)": [
        " requirement 'nonsense' not available",
        " requirement 'magic' not available"],
    "define(a 1)": ["1:1: define: expected '$NAME VALUE', not 'a 1'"],
    "{ require(library x) }": [
        "1:3: 'require(library)' only works at file scope"],
    "require(library not/there)": ["1:1: library 'not/there' not found"],
    "x :: Idle(": ["1:10: syntax error: missing ')'"],
    "{ Idle": ["1:7: syntax error near end of file"],
    "Idle }": ["1:6: syntax error near '}'"],
    "x ::: Idle": ["1:5: syntax error near ':'"],
    # One error does not hide the next.
    "Idle -> -> Idle; foo; Idle -> [;\n bar": [
        "1:9: syntax error near '->'",
        "1:18: undeclared element 'foo' (first use this block)",
        "1:32: syntax error near ';'",
        "2:2: undeclared element 'bar' (first use this block)"],
    # Ports and processing.
    "i :: InfiniteSource -> Print -> d :: Discard;\ni -> Print -> d;": [
        "1:1: illegal reuse of 'i :: InfiniteSource' push output 0", "{}"],
    "i :: InfiniteSource -> Print -> d :: Discard;\n"
    "InfiniteSource -> p :: Print;": ["2:19: 'p :: Print' output 0 unused",
                                      "{}"],
    "Print": ["1:1: 'Print@1 :: Print' input 0 unused",
              "1:1: 'Print@1 :: Print' output 0 unused", "{}"],
    "Idle -> d :: Discard; Idle -> [1] d": [
        "1:9: 'd :: Discard' input 1 out of range", "{}"],
    "FromDevice(x) -> Unqueue -> Discard": [
        "1:15: 'FromDevice@1 :: FromDevice' push output 0 connected to "
        "'Unqueue@2 :: Unqueue' pull input 0", "{}"],
    "FromDevice(x) -> n :: Null -> Unqueue -> Discard": [
        "1:18: agnostic 'n :: Null' in mixed context: push input 0, pull "
        "output 0", "{}"],
    "n :: Null -> Unqueue -> Discard; FromDevice(x) -> n": [
        "1:1: agnostic 'n :: Null' in mixed context: push input 0, pull "
        "output 0", "{}"],
    "q :: Queue; Idle -> q -> Unqueue -> Discard; q -> Unqueue -> Discard": [
        ],
    "Idle -> Queue -> u :: Unqueue -> Discard; Idle -> Queue -> u": [
        "1:18: illegal reuse of 'u :: Unqueue' pull input 0", "{}"],
}


@pytest.mark.parametrize("text", WRONG)
def test_says_what_is_wrong(click, text):
    result = click("-q", "-e", text)
    wanted = ["Router could not be initialized!" if line == "{}" else
              f"config:{line}" for line in WRONG[text]]
    assert result.errors == wanted
    assert result.status == (1 if wanted else 0)


def test_unknown_classes_of_tools(click_program, click):
    """click-flatten takes any word for a class, until it is something else."""
    flat = f"{click_program}-flatten"
    for text, wanted in (
            ("elementclass Foo {\n A -> B;\n}\nA :: Idle;", [4]),
            ("elementclass Foo {\n A :: A -> B;\n}\nA :: Idle;", [2, 4]),
            ("elementclass Foo {\n A :: AA -> B;\n}\nA :: Idle;", [])):
        done = subprocess.run([flat, "-o/dev/null", "-e", text],
                              capture_output=True, text=True, check=False)
        lines = [int(line.split(":")[1]) for line in done.stderr.splitlines()]
        assert lines == wanted
        assert done.stderr.count("class 'A' used as element name") == \
            len(wanted)


def test_line_directives(click, tmp_path):
    (tmp_path / "A").write_text('# 7 "one"\nfoo;\n#line 20\nbar;\n'
                                'x :: Idle(\n# 100 "two.click"\n) baz\n')
    result = click("-q", "A")
    assert result.errors == [
        "one:7:1: undeclared element 'foo' (first use this block)",
        "one:20:1: undeclared element 'bar' (first use this block)",
        "two.click:100:3: undeclared element 'baz' (first use this block)"]


def test_places_of_lines_that_end_otherwise(click):
    result = click("-q", "-e", "Idle;\r\nfoo;\r bar")
    assert result.errors == [
        "config:2:1: undeclared element 'foo' (first use this block)",
        "config:3:2: undeclared element 'bar' (first use this block)"]


def test_libraries(click, tmp_path):
    (tmp_path / "main").write_text("require(library lib, library lib3)\n"
                                   "a :: A;")
    (tmp_path / "lib").write_text("require(library dir/lib2)\n"
                                  "elementclass A { b :: B; }")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/lib2").write_text("elementclass B { i :: Idle; }")
    (tmp_path / "lib3").write_text("require(library lib)")
    assert click("-q", "-h", "list", "main").lines == ["1", "a/b/i"]
    (tmp_path / "dir/lib2").write_text("elementclass B {\n i :: Idel; }")
    result = click("-q", "main")
    assert result.errors[0] == "dir/lib2:2:7: unknown element class 'Idel'"


# ---- Bounds ---------------------------------------------------------------

def test_doubling_compounds_end(click):
    text = "elementclass C0 { Idle }\n" + "".join(
        f"elementclass C{i} {{ C{i - 1}; C{i - 1} }}\n" for i in range(1, 60))
    result = click("-q", "-e", text + "C59")
    assert result.status == 1
    assert any("too many elements" in line or "out of memory" in line
               for line in result.errors)


def test_doubling_values_end(click):
    text = "define($v0 xxxxxxxxxxxxxxxx)" + "".join(
        f"define($v{i} $v{i - 1}$v{i - 1})" for i in range(1, 60))
    result = click("-q", "-e", text + "Idle($v59)")
    assert result.status == 1
    assert "too long" in result.err or "too large" in result.err


@pytest.mark.parametrize("open_, close", [("{", "}"), ("(", ")")])
def test_deep_nesting_ends(click, open_, close):
    before = "Idle -> " if open_ == "(" else ""
    text = (before + open_) * 5000 + close * 5000
    result = click("-q", "-e", text)
    assert result.status == 1
    assert "nested too deeply" in result.err


def test_long_configurations_are_quick(click, tmp_path):
    (tmp_path / "long").write_text("".join(
        f"e{i} :: Idle; e{i} -> Null -> e{i};\n" for i in range(5000)))
    result = click("-q", "-h", "list", "long", timeout=PATIENCE)
    assert result.lines[0] == "10000"
