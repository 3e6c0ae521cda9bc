# SPDX-License-Identifier: GPL-2.0-or-later
"""A kdump-compressed dump as a much larger machine would have left it: the same pages, bitmaps of the larger RAM.

The frames that the small machine lacks are marked as existing (first bitmap), not as dumped (second bitmap), as
makedumpfile -d 31 does with free memory. The file is sparse where the bitmaps are zero.
Layout: makedumpfile's diskdump_mod.h, header version 6, 64-bit little endian.
"""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fuzz"))
from small import Slim, page, vmcoreinfo  # noqa: E402

BLOCK_SIZE, SUB_HDR, BITMAP_BLOCKS, MAX_MAPNR, TOTAL = 428, 432, 436, 440, 444
MAX_MAPNR_64 = 96  # in the sub header


def widen(source, target, ram_bytes):
    """Writes @target: @source's pages on a machine of @ram_bytes."""
    data = open(source, "rb").read()
    block, sub, blocks = (struct.unpack_from("<I", data, at)[0] for at in (BLOCK_SIZE, SUB_HDR, BITMAP_BLOCKS))
    frames = ram_bytes // block
    one = blocks * block * 8 < 2 * struct.unpack_from("<I", data, MAX_MAPNR)[0]  # only the second bitmap is there
    old_half, new_half = blocks * block // (1 if one else 2), -(-frames // 8 // block) * block
    start = (1 + sub) * block
    table = start + blocks * block
    dumped = data[table - old_half:table]
    pages = sum(bin(byte).count("1") for byte in dumped)
    head = bytearray(data[:start])
    struct.pack_into("<I", head, BITMAP_BLOCKS, 2 * new_half // block)
    struct.pack_into("<I", head, MAX_MAPNR, min(frames, 0xffffffff))
    struct.pack_into("<Q", head, block + MAX_MAPNR_64, frames)
    grown = 2 * new_half - blocks * block
    # What the sub header points at lies behind the bitmaps or in front of them; only the former moves.
    for at in (block + 32, block + 48, block + 64):
        offset = struct.unpack_from("<Q", head, at)[0]
        if offset > start:
            struct.pack_into("<Q", head, at, offset + grown)
    descriptors = bytearray(data[table:table + 24 * pages])
    for at in range(0, len(descriptors), 24):
        struct.pack_into("<Q", descriptors, at, struct.unpack_from("<Q", descriptors, at)[0] + grown)
    with open(target, "wb") as out:
        out.write(head)
        out.write(b"\xff" * new_half if new_half < 1 << 26 else dumped)
        out.seek(start + new_half)
        out.write(dumped)
        out.seek(start + 2 * new_half)
        out.write(descriptors)
        out.write(data[table + 24 * pages:])


def elf(source, target, ram_bytes):
    """The same pages in an ELF core of one piece of @ram_bytes, as /proc/vmcore and QEMU have it: holes read as zeros."""
    dump = Slim(Path(source))
    block = struct.unpack_from("<I", dump.data, BLOCK_SIZE)[0]
    text = vmcoreinfo(dump, block)
    note = struct.pack("<III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text.ljust((len(text) + 3) // 4 * 4, b"\0")
    head = b"\177ELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 4, 0, 64 + 2 * 56, 0, 0, len(note), len(note), 4)
    start = -(-(len(head) + 56 + len(note)) // block) * block
    head += struct.pack("<IIQQQQQQ", 1, 7, start, 0, 0, ram_bytes, ram_bytes, block)
    with open(target, "wb") as out:
        out.write(head + note)
        for pfn in dump.index:
            out.seek(start + pfn * block)
            out.write(page(dump, pfn))
        out.truncate(start + ram_bytes)
