# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways to damage a slim dump. Each case: (kind, level, what, bytes of the damaged file)."""

import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "samples"))
from common import Kdump  # noqa: E402

PAGE = 4096
ABSURD = (0, 1, 0xffffffffffffffff, 0x7fffffffffffffff, 1 << 63, 1 << 40, 0xdead000000000100)


class Slim(Kdump):
    """Pages by their frame, readable and writable."""

    def __init__(self, path):
        super().__init__(path)
        block, sub, bitmaps = (struct.unpack_from("<I", self.data, at)[0] for at in (428, 432, 436))
        self.headers = block * (1 + sub)
        size = bitmaps * block
        skip = size // 2 if size // 2 * 8 >= self.max_mapnr else 0
        bits = int.from_bytes(self.data[self.headers + skip:self.headers + size], "little")
        self.index = {}
        base = 0
        while bits:
            low = bits & 0xffffffffffffffff
            while low:
                bit = low & -low
                self.index[base + bit.bit_length() - 1] = len(self.index)
                low ^= bit
            bits >>= 64
            base += 64

    def write_word(self, data, phys, size, value):
        """A page with other bytes in it, packed anew behind the end. False: it is not in the dump."""
        if phys // PAGE not in self.index or phys % PAGE + size > PAGE:
            return False
        at, offset, length, flags = self.descriptor(self.index[phys // PAGE])
        raw = bytes(self.data[offset:offset + length])
        page = bytearray(zlib.decompress(raw) if flags & 1 else raw)
        page[phys % PAGE:phys % PAGE + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        packed = zlib.compress(bytes(page), 1)
        struct.pack_into("<QII", data, at, len(data), len(packed), 1)
        data += packed
        return True


def targets(tool, path):
    """[(kind, label, virtual address, physical address, size)]"""
    lines = subprocess.run([tool, path], capture_output=True, check=True, text=True).stdout.splitlines()
    found = [line.split() for line in lines]
    return [(kind, label, int(virt, 16), int(phys, 16), int(size)) for kind, label, virt, phys, size in found]


def cut(dump, points):
    """The file ends early."""
    for i in range(points):
        part = (i + 0.5) / points
        yield "cut off", f"at {part:.1%}", bytes(dump.data[:int(len(dump.data) * part)])


def padded(dump, points):
    """It ends early, and zeros follow."""
    for i in range(points):
        part = (i + 0.5) / points
        keep = int(len(dump.data) * part)
        yield "padded with zeros", f"from {part:.1%}", bytes(dump.data[:keep]) + bytes(len(dump.data) - keep)


def flat(whole, piece=5000):
    """As makedumpfile -F writes it: pieces, each with where it belongs; numbers are big-endian."""
    out = (b"makedumpfile".ljust(16, b"\0") + struct.pack(">qq", 1, 1)).ljust(PAGE, b"\0")
    for at in range(0, len(whole), piece):
        data = whole[at:at + piece]
        out += struct.pack(">qq", at, len(data)) + data
    return out + struct.pack(">qq", -1, -1)


def flattened(dump, points, rng):
    """A flattened file that ends early, or with flipped bits anywhere, so in its own headers too."""
    whole = flat(bytes(dump.data), 1 << 14)
    for i in range(points):
        part = (i + 0.5) / points
        yield "flattened, cut off", f"at {part:.1%}", whole[:int(len(whole) * part)]
    for number in range(points):
        data = bytearray(whole)
        for _ in range(4):
            at = rng.randrange(0, len(data) // (16 + (1 << 14))) * (16 + (1 << 14)) + PAGE + rng.randrange(16)
            data[at % len(data)] ^= 1 << rng.randrange(8)
        yield "flattened, bits flipped", f"round {number}", bytes(data)


def lost_pages(dump, rounds, rng):
    for percent in (1, 10, 50):
        for number in range(rounds):
            data = bytearray(dump.data)
            for index in rng.sample(range(dump.pages), dump.pages * percent // 100):
                struct.pack_into("<QII", data, dump.descriptor(index)[0], 0, 0, 0)
            yield f"{percent} % of pages lost", f"round {number}", bytes(data)


def flipped(dump, rounds, rng):
    """Bits in the headers with VMCOREINFO, in bitmaps and descriptors, in packed pages: one, or many at once."""
    table_end = dump.table + 24 * dump.pages
    areas = (("headers", 0, dump.headers), ("maps", dump.headers, table_end), ("data", table_end, len(dump.data)))
    text = dump.data.index(b"OSRELEASE=")
    for name, start, end in areas:
        for number in range(rounds):
            data = bytearray(dump.data)
            many = 1 if number % 2 else 64
            for _ in range(many):
                # Half of the headers' flips go where they can matter: most of a header is padding.
                near = name == "headers" and rng.random() < 0.5
                at = rng.randrange(text, text + 3200) if near else rng.randrange(start, end)
                data[at] ^= 1 << rng.randrange(8)
            yield f"bits flipped in {name}", f"round {number}: {many} near {at:#x}", bytes(data)


def memory(dump, places, rounds, rng):
    """Lists made circular, pointers and numbers made absurd; memory as a broken kernel leaves it."""
    by_label = {}
    for place in places:
        by_label.setdefault(place[1], []).append(place)

    def value_for(kind, label, virt):
        if kind == "number" or rng.random() < 0.3:
            return rng.choice(ABSURD + (rng.getrandbits(64), rng.getrandbits(16)))
        others = by_label[label] if kind == "list" else [p for p in places if p[0] == "pointer"]
        return rng.choice((virt, rng.choice(others)[2], virt + rng.randrange(-64, 64)))

    for number in range(rounds):
        kind = ("list", "pointer", "number", None)[number % 4]
        chosen = [p for p in places if kind in (None, p[0])]
        data = bytearray(dump.data)
        # With no kind: many at once.
        picked = rng.sample(chosen, 1 if kind else 40)
        done = [p[1] for p in picked if dump_write(dump, data, p, value_for(*p[:3]))]
        name = {"list": "lists", "pointer": "pointers", "number": "counters", None: "all of these"}[kind]
        yield f"{name} in memory", f"round {number}: {', '.join(done[:3])}", bytes(data)


def dump_write(dump, data, place, value):
    _, _, _, phys, size = place
    return dump.write_word(data, phys, size, value)


def noise(dump, rounds, rng):
    """Bits flipped within pages, as bad memory does: no checksum tells."""
    for number in range(rounds):
        data = bytearray(dump.data)
        for pfn in rng.sample(sorted(dump.index), 40):
            dump.write_word(data, pfn * PAGE + 8 * rng.randrange(PAGE // 8), 8, rng.getrandbits(64))
        yield "noise in memory", f"round {number}", bytes(data)


def cases(path, tool, scale, seed):
    """All cases of one sample: (kind, what, bytes, memory is what it was)."""
    dump = Slim(path)
    rng = random.Random(f"{seed} {path.stem}")
    rounds = max(2, int(40 * scale))
    for kind, what, data in cut(dump, max(6, int(100 * scale))):
        yield kind, what, data, True
    for kind, what, data in padded(dump, max(3, int(20 * scale))):
        yield kind, what, data, True
    for kind, what, data in flattened(dump, max(2, int(20 * scale)), rng):
        yield kind, what, data, True
    for kind, what, data in lost_pages(dump, max(1, int(20 * scale)), rng):
        yield kind, what, data, True
    for kind, what, data in flipped(dump, rounds, rng):
        yield kind, what, data, True
    for kind, what, data in memory(dump, targets(tool, path), rounds * 8, rng):
        yield kind, what, data, False
    for kind, what, data in noise(dump, rounds, rng):
        yield kind, what, data, False
