# SPDX-License-Identifier: GPL-2.0-or-later
"""Small dumps in each format, made of some page frames of a real one. `small.py DUMP FRAME... -o DIR` writes them."""

import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "damage"))
from damage import Slim, flat  # noqa: E402


def page(dump, pfn):
    _, offset, length, flags = dump.descriptor(dump.index[pfn])
    raw = bytes(dump.data[offset:offset + length])
    return zlib.decompress(raw) if flags & 1 else raw


def vmcoreinfo(dump, block):
    at, size = struct.unpack_from("<QQ", dump.data, block + 32)
    return bytes(dump.data[at:at + size])


def kdump(dump, pages, packed=True):
    """The dump's own headers, with bitmaps and descriptors for @pages alone."""
    block, sub = (struct.unpack_from("<I", dump.data, at)[0] for at in (428, 432))
    frames = max(pages) + 1
    half = -(-frames // 8 // block) * block
    head = bytearray(dump.data[:block * (1 + sub)])
    struct.pack_into("<III", head, 436, 2 * half // block, frames, len(pages))
    text = vmcoreinfo(dump, block)
    struct.pack_into("<Q", head, block + 96, frames)
    bits = bytearray(half)
    for pfn in pages:
        bits[pfn // 8] |= 1 << pfn % 8
    start = len(head) + 2 * half
    note = start + 24 * len(pages)
    struct.pack_into("<QQQQQQ", head, block + 32, note, len(text), 0, 0, 0, 0)
    table, data = b"", b""
    for pfn in sorted(pages):
        one = zlib.compress(pages[pfn], 9) if packed else pages[pfn]
        table += struct.pack("<QIIQ", note + len(text) + len(data), len(one), int(packed), 0)
        data += one
    return bytes(head) + bytes(bits) * 2 + table + text + data


def elf(dump, pages, machine):
    block = struct.unpack_from("<I", dump.data, 428)[0]
    text = vmcoreinfo(dump, block)
    note = struct.pack("<III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text.ljust((len(text) + 3) // 4 * 4, b"\0")
    count = 1 + len(pages)
    at = 64 + 56 * count
    headers = struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(note), len(note), 4)
    body = note
    for pfn, data in sorted(pages.items()):
        headers += struct.pack("<IIQQQQQQ", 1, 7, at + len(body), 0, pfn * block, len(data), len(data), 0)
        body += data
    ident = b"\177ELF\2\1\1".ljust(16, b"\0")
    return ident + struct.pack("<HHIQQQIHHHHHH", 4, machine, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0) + headers + body


def dumps(path, frames, machine=62):
    dump = Slim(Path(path))
    pages = {pfn: page(dump, pfn) for pfn in frames if pfn in dump.index}
    whole = kdump(dump, pages)
    few = dict(list(pages.items())[:8])
    yield whole
    yield flat(whole)
    yield kdump(dump, few, packed=False)
    yield elf(dump, few, machine)


def main():
    out = Path(sys.argv[sys.argv.index("-o") + 1])
    frames = [int(arg) for arg in sys.argv[2:sys.argv.index("-o")]]
    for n, data in enumerate(dumps(sys.argv[1], frames)):
        (out / f"{Path(sys.argv[1]).stem}-{n}").write_bytes(data)


if __name__ == "__main__":
    main()
