# SPDX-License-Identifier: BSD-2-Clause
"""What the checks in this folder share: the list of files, and how to report.

A check is a script tools/check-NAME [FOLDER] that reads the tree in FOLDER
(this repository), prints one line "file:line: what is wrong" per finding, and
exits with 1 if there were any. Checks are run by `make check` and by pytest
(tests/check/test_check.py, where each must show that it finds something).
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                    pathlib.Path(__file__).parent.parent).resolve()

_findings = []


def files(*suffixes):
    """The tree's own files by these suffixes (or all), relative to ROOT."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
        capture_output=True, text=True)
    if listed.returncode == 0 and (ROOT / ".git").exists():
        paths = map(pathlib.Path, listed.stdout.splitlines())
    else:
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    return sorted(path for path in paths
                  if (ROOT / path).is_file()
                  and (not suffixes or path.suffix in suffixes))


def lines(path):
    """The lines of a file with their numbers, from 1."""
    text = (ROOT / path).read_text(errors="replace")
    return enumerate(text.splitlines(), 1)


def report(path, line, what):
    _findings.append(f"{path}:{line}: {what}")


def finish():
    for finding in _findings:
        print(finding)
    sys.exit(1 if _findings else 0)
