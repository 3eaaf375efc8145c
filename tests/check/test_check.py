# SPDX-License-Identifier: BSD-2-Clause
"""The checks of the text (tools/check-*), each as a pytest case, and that each
of them finds what it is there to find."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
CHECKS = sorted(path.name for path in (ROOT / "tools").glob("check-*"))
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"


def run(check, *arguments):
    done = subprocess.run([ROOT / "tools" / check, *arguments], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("check", CHECKS)
def test_the_tree_passes(check):
    status, output = run(check)
    if status:
        pytest.fail(output, pytrace=False)


# Each line: the check, a file, what is in it, and what the check must say;
# None: nothing.
CASES = [
    ("check-layers", "mm/bad.c", '#include "xen/grant.h"\n', "mm/bad.c:2"),
    ("check-layers", "mm/bad.c", '#  include "sched/sched.h"\n', "bad.c:2"),
    ("check-layers", "lib/bad.c", '#include "mm/page.h"\n', "lib/bad.c:2"),
    ("check-layers", "lib/libc/ok.c", '#include "sched/sched.h"\n', None),
    ("check-layers", "lib/bad.h", '#include "lib/libc/x.h"\n', "lib/bad.h:2"),
    ("check-layers", "mm/ok.c", '#include "coracle/list.h"\n', None),
    ("check-layers", "mm/ok.c", '#include <xen/memory.h>\n', None),
    ("check-layers", "mm/ok.c", '#include <stdint.h>\n', None),
    ("check-layers", "mm/bad.c", "#include <stdio.h>\n", "mm/bad.c:2"),
    ("check-layers", "mm/bad.c", '#include "page.h"\n', "mm/bad.c:2"),
    ("check-layers", "mm/bad.c", '#include "../xen/grant.h"\n', "bad.c:2"),
    ("check-layers", "include/coracle/bad.h", '#include "lib/string.h"\n',
     "bad.h:2"),
    ("check-layers", "include/coracle/bad.h", "#include <xen/xen.h>\n",
     "bad.h:2"),
    ("check-layers", "xen/bad.c", "#ifdef CONFIG_NET\n", "xen/bad.c:2"),
    ("check-layers", "xen/ok.c", "/* no CONFIG_ here */\n", None),
    ("check-layers", "examples/a/ok.c", "#include <stdio.h>\n", None),
    ("check-licence", "mm/bad.c", None, "mm/bad.c:1"),
    ("check-licence", "mm/ok.c", "", None),
    ("check-format", "mm/bad.c", "int  a;\n", "mm/bad.c:2"),
    ("check-format", "mm/ok.c", "int a;\n", None),
    ("check-docs", "docs/bad.md", "See `mm/none.c`.\n", "docs/bad.md:1"),
    ("check-docs", "docs/bad.md", "\n`mm/ok.c:absent` is\n", "docs/bad.md:2"),
    ("check-docs", "docs/ok.md", "`mm/ok.c:present` and `mm/ok.c`\n", None),
    ("check-docs", "docs/bad.md", "[x](none.md)\n", "docs/bad.md:1"),
    ("check-docs", "docs/bad.md", "[x](ok.md#none)\n", "docs/bad.md:1"),
    ("check-docs", "docs/ok.md", "# A b, c\n[x](ok.md#a-b-c) [y](/z)\n",
     "/z"),
    ("check-docs", "docs/ok.md", "[x](https://example.org/)\n", None),
    ("check-docs", "docs/ok.md", "```\n`mm/none.c` [x](none.md)\n```\n", None),
    ("check-docs", "docs/ok.md", "`a/b` `make -j2` `/proc/xen` `x/*.c`\n",
     None),
    ("check-locks", "mm/bad.c", "static struct spinlock lock;\n", "bad.c:2"),
    ("check-locks", "xen/bad.c", "struct a {\n    struct mutex lock;\n};\n",
     "bad.c:3: mutex a.lock"),
    ("check-locks", "xen/bad.c",
     "static struct {\n    struct spinlock lock;\n} a;\n",
     "bad.c:3: spinlock a.lock"),
    ("check-locks", "mm/bad.c", "    spin_lock(&a->lock);\n", "bad.c:2"),
    ("check-locks", "mm/bad.c", "    spin_lock_masked(&lock);\n", "bad.c:2"),
    ("check-locks", "mm/ok.c", "    spin_lock(lock);\n", None),
    ("check-locks", "docs/locks.md",
     "| 10 | `mm/ok.c:no` | `mm/ok.c:no` | all | x |\n",
     "docs/locks.md:1: there is no spinlock mm/ok.c:no"),
    ("check-locks", "docs/locks.md",
     "| 10 | `mm/ok.c:no` | `mm/ok.c:no` | all | x |\n" * 2,
     "docs/locks.md:2: mm/ok.c:no stands above as well"),
    ("check-locks", "docs/locks.md", "| `mm/ok.c:no` | x |\n",
     "docs/locks.md:1: there is no mutex"),
    ("check-elements", "lib/click/classes.h", "CLASS(Bad)\n",
     "class Bad has no manual"),
    ("check-elements", "docs/elements.md", "nothing\n",
     "docs/elements.md:1: is not"),
]

# The order as a guest has printed it, for a table with a (level 10, threads)
# before b (level 20).
SEEN = [
    ("mm/x.c:a > mm/x.c:b", None),
    ("tests/guest/x/main.c:c > mm/x.c:a", None),
    ("in events: mm/x.c:b", None),
    ("mm/x.c:b > mm/x.c:a", "mm/x.c:a (level 10) was taken with"),
    ("mm/x.c:a > mm/x.c:a", "mm/x.c:a (level 10) was taken with"),
    ("mm/x.c:a > mm/x.c:c", "mm/x.c:c is not in"),
    ("mm/x.c:a > tests/guest/x/main.c:c", "was taken with mm/x.c:a held"),
    ("in events: mm/x.c:a", "mm/x.c:a was taken in an event"),
]


@pytest.mark.parametrize("line, finding", SEEN)
def test_compares_the_order_of_locks(tmp_path, line, finding):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "locks.md").write_text(
        "| 10 | `mm/x.c:a` | `mm/x.c:a` | threads | x |\n"
        "| 20 | `mm/x.c:b` | `mm/x.c:b` | all | x |\n")
    (tmp_path / "seen").write_text(f"something else\nlockcheck: {line}\n")
    status, output = run("check-locks", "--seen", tmp_path / "seen", tmp_path)
    if finding is None:
        assert (status, output) == (0, "")
    else:
        assert status == 1 and finding in output


def test_several_names_of_a_lock_are_one(tmp_path):
    table = tmp_path / "locks.md"
    table.write_text("| 10 | `mm/x.c:a` | `mm/x.c:a` | all | x |\n"
                     "| 20 | `x.h:b` | `mm/x.c:b` `mm/y.c:c->b` | all | x |\n")
    status, output = run("lock-names", table)
    assert (status, output) == (
        0, '{{"mm/y.c", "&c->b"}, {"mm/x.c", "&b"}},\n')


@pytest.mark.parametrize("check, path, text, finding", CASES)
def test_finds_what_is_wrong(tmp_path, check, path, text, finding):
    bad = tmp_path / path
    for folder in ("mm", "lib/libc", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "mm" / "ok.c").write_text(SPDX + "int present;\n")
    (tmp_path / ".clang-format").write_text(
        (ROOT / ".clang-format").read_text())
    bad.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        bad.write_text("int a;\n")
    else:
        bad.write_text(text if path.endswith(".md") else SPDX + text)
    status, output = run(check, tmp_path)
    if finding is None:
        assert (status, output) == (0, "")
    else:
        assert status == 1 and finding in output
