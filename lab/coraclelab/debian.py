# SPDX-License-Identifier: BSD-2-Clause
"""Files of Debian packages, wherever they are.

What the lab's virtual host is made of is either installed on this machine or
unpacked under a folder of its own (lab/setup -x). A `Tree` looks a path up in
that folder first and then in the machine's root, follows a program to the
shared libraries that it needs, and finds a kernel's modules with the modules
those depend on.

Shared libraries are read from the ELF files themselves with readelf: ldd would
run the programs, and look in the wrong tree.
"""

import glob
import os
import re
import subprocess

LIBRARY_FOLDERS = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu",
                   "usr/lib/xen-4.17/lib/x86_64-linux-gnu", "lib64", "lib",
                   "usr/lib")


class Missing(Exception):
    """A file that the packages should have brought is not there."""


class Tree:
    def __init__(self, unpacked):
        self.roots = [r for r in (unpacked, "/") if r and os.path.isdir(r)]

    def find(self, path):
        """The real place of `path`, which begins with no slash."""
        for root in self.roots:
            place = os.path.join(root, path)
            if os.path.exists(place):
                return place
        raise Missing(path)

    def first(self, pattern, good=lambda place: True):
        """The newest file that matches `pattern` and is good."""
        def version(name):
            return [int(n) for n in re.findall(r"\d+", name)]
        for root in self.roots:
            places = glob.glob(os.path.join(root, pattern))
            for place in sorted(places, key=version, reverse=True):
                if good(place):
                    return place
        raise Missing(pattern)

    def program(self, name):
        """(path in the image, real place) of the program called `name`."""
        folders = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/lib/xen-4.17/bin")
        for folder in folders:
            try:
                return self.find(f"{folder}/{name}")
            except Missing:
                pass
        raise Missing(name)

    def libraries(self, place):
        """{path in the image: real place} of what the ELF file needs."""
        found = {}
        waiting = [place]
        while waiting:
            text = subprocess.run(["readelf", "-dlW", waiting.pop()],
                                  check=True, capture_output=True,
                                  text=True).stdout
            for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text):
                library = self._library(name)
                if found.setdefault(f"usr/lib/{name}", library) is library:
                    waiting.append(library)
            for path in re.findall(r"program interpreter: /(.*)\]", text):
                found[path] = self.find(path)
        return found

    def _library(self, name):
        for folder in LIBRARY_FOLDERS:
            try:
                return self.find(f"{folder}/{name}")
            except Missing:
                pass
        raise Missing(name)


class Modules:
    """The modules of one kernel version, found under one folder."""

    def __init__(self, folder):
        self.places = {}
        for path, _, names in os.walk(folder):
            for name in names:
                if name.endswith(".ko"):
                    key = name[:-3].replace("-", "_")
                    self.places[key] = os.path.join(path, name)

    def ordered(self, wanted):
        """Real places of the wanted modules, each after those it needs."""
        order = []

        def add(name):
            place = self.places.get(name.replace("-", "_"))
            if place is None:
                raise Missing(f"kernel module {name}")
            if place in order:
                return
            for needed in depends(place):
                add(needed)
            order.append(place)

        for name in wanted:
            add(name)
        return order


def depends(place):
    """The names in a module's own note of what must be loaded before it."""
    with open(place, "rb") as file:
        note = re.search(rb"\0depends=([^\0]*)\0", file.read())
    return [n for n in note.group(1).decode().split(",") if n] if note else []
