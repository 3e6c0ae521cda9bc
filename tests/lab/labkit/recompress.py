"""A kdump file's pages in another compression, for those that this machine's QEMU and makedumpfile were built without.

By the compressors' own libraries, and the format as makedumpfile's diskdump_mod.h has it.
"""

import ctypes
import ctypes.util
import struct
import zlib

from .paths import Unavailable

DESC = struct.Struct("<qIIQ")   # struct page_desc: offset, size, flags, page_flags
ZLIB = 1                        # DUMP_DH_COMPRESSED_ZLIB
FLAGS = {"snappy": 0x4, "zstd": 0x20}
STATUS = 424                    # struct disk_dump_header (x86_64): of what kind the pages are


def library(name):
    path = ctypes.util.find_library(name)
    if not path:
        raise Unavailable(f"lib{name} is not installed")
    return ctypes.CDLL(path)


def zstd(data):
    lib = library("zstd")
    lib.ZSTD_compress.restype = lib.ZSTD_compressBound.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(lib.ZSTD_compressBound(ctypes.c_size_t(len(data))))
    size = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 1)
    return out.raw[:size]


def snappy(data):
    lib = library("snappy")
    lib.snappy_max_compressed_length.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(lib.snappy_max_compressed_length(ctypes.c_size_t(len(data))))
    size = ctypes.c_size_t(len(out))
    if lib.snappy_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size)):
        raise Unavailable("snappy_compress failed")
    return out.raw[:size.value]


def recompress(dump, how, target):
    """`dump`: a formats.Kdump in zlib. Pages that are shared stay so."""
    compress = {"zstd": zstd, "snappy": snappy}[how]
    first = min(offset for offset, size, _, _ in DESC.iter_unpack(dump.data[dump.descs:dump.descs + 24]) if size)
    count = (first - dump.descs) // DESC.size
    out = bytearray(dump.data[:first])
    struct.pack_into("<I", out, STATUS, FLAGS[how])
    moved = {}
    for i in range(count):
        at = dump.descs + i * DESC.size
        offset, size, flags, page_flags = DESC.unpack_from(dump.data, at)
        if offset not in moved:
            data = bytes(dump.data[offset:offset + size])
            if flags & ZLIB:
                page = zlib.decompress(data)
                data = compress(page)
                # What does not shrink stays as it is, as makedumpfile has it.
                data, flags = (page, flags & ~ZLIB) if len(data) >= len(page) else (data, flags & ~ZLIB | FLAGS[how])
            moved[offset] = len(out), len(data), flags
            out += data
        DESC.pack_into(out, at, *moved[offset], page_flags)
    target.write_bytes(out)
    return target
