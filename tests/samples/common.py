# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests over samples/ share."""

import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lab"))
SAMPLES = sorted((ROOT / "samples").glob("*.slim"))
OOMORTEM = os.environ.get("OOMORTEM", str(ROOT / "build" / "oomortem"))
SECONDS = 60


def run(*arguments):
    return subprocess.run([OOMORTEM, *map(str, arguments)], capture_output=True, timeout=SECONDS, check=False)


def report(path):
    """(exit status, report or None, standard error)"""
    done = run("-f", "json", path)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr.decode()


class Kdump:
    """A kdump-compressed file (zlib, 64 bit, little endian), to be damaged. Layout: makedumpfile's diskdump_mod.h."""

    def __init__(self, path):
        self.data = bytearray(path.read_bytes())
        block, sub, bitmaps, self.max_mapnr = (struct.unpack_from("<I", self.data, at)[0] for at in (428, 432, 436, 440))
        size = bitmaps * block
        skip = size // 2 if size // 2 * 8 >= self.max_mapnr else 0
        start = block * (1 + sub)
        self.pages = sum(bin(b).count("1") for b in self.data[start + skip:start + size])
        self.table = start + size

    def descriptor(self, index):
        """(offset of the descriptor, offset of the data, size, flags)"""
        at = self.table + 24 * index
        return (at, *struct.unpack_from("<QII", self.data, at))

    def page(self, index):
        _, offset, size, flags = self.descriptor(index)
        raw = bytes(self.data[offset:offset + size])
        return zlib.decompress(raw) if flags & 1 else raw

    def lose(self, index):
        """The page's data was never written."""
        struct.pack_into("<QII", self.data, self.descriptor(index)[0], 0, 0, 0)


    def replace(self, index, page):
        """Another content, uncompressed, at the end of the file."""
        struct.pack_into("<QII", self.data, self.descriptor(index)[0], len(self.data), len(page), 0)
        self.data += page


class Checks:
    """Counts, prints what is wrong, and is the exit status."""

    def __init__(self):
        self.failed = self.done = 0

    def __call__(self, right, what):
        self.done += 1
        if not right:
            self.failed += 1
            print(f"wrong: {what}")

    def status(self):
        print(f"{self.done - self.failed} passed, {self.failed} failed")
        return 1 if self.failed or not self.done else 0
