# SPDX-License-Identifier: BSD-2-Clause
"""`make bench`: the figures, in virtual time.

Time is virtual (QEMU's -icount shift=0,sleep=off): one instruction takes one
nanosecond, whether it is Xen's, dom0's or a guest's, and waiting takes none of
the machine's. So two runs agree within a percent on any machine, however busy;
the unit is an instruction of one emulated CPU, and a ratio to a peer in the same
boot says more than the number itself. docs/bench.md tells how to read them.

It is done in parts (parts.py). A figure that misses its goal is shown and is no
error. A figure that could not be taken is: the rest is still measured, and the
status is 1.
"""

import argparse
import signal
import sys

from coraclelab import qemu
from coraclelab.report import INTERRUPTED

from . import profile
from .parts import PARTS, Bench


def arguments_of(words):
    parser = argparse.ArgumentParser(
        prog="bench", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measure, mostly in virtual time; docs/bench.md.",
        epilog="parts:\n" + "\n".join(f"  {name:16}{what}" for name, (
            _, what) in PARTS.items()))
    parser.add_argument("--build", default="build", help="where the images are")
    parser.add_argument("--profile", action="store_true",
                        help="instead: where TCP through a wire spends its"
                        " instructions")
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help="all, if none is named")
    arguments = parser.parse_args(words)
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; the parts are "
                     + ", ".join(PARTS))
    return arguments


def main():
    # Whoever started us is gone: nobody reads what we do.
    qemu.die_with_parent(signal.SIGTERM)
    arguments = arguments_of(sys.argv[1:])
    bench = Bench(arguments.build)
    if arguments.profile:
        sys.stdout.write(profile.measure(bench))
        return 0
    interrupted = False
    try:
        bench.run([name for name in PARTS
                   if not arguments.parts or name in arguments.parts])
    except KeyboardInterrupt:
        interrupted = True
    bench.progress("interrupted" if interrupted else "done")
    sys.stdout.write(bench.write())
    return INTERRUPTED if interrupted else int(bench.failed)
