// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Decompression of one page of a kdump-compressed dump.
 */
#ifndef OOM_INFLATE_H
#define OOM_INFLATE_H

#include <oomortem/base.h>

/** Flags of a page descriptor, and of the header's status (diskdump_mod.h of makedumpfile 1.7). */
enum {
	OOM_DUMP_ZLIB = 0x1,
	OOM_DUMP_LZO = 0x2,
	OOM_DUMP_SNAPPY = 0x4,
	OOM_DUMP_INCOMPLETE = 0x8, // of the status only: the writer ran out of space
	OOM_DUMP_ZSTD = 0x20,
	OOM_DUMP_COMPRESSED = OOM_DUMP_ZLIB | OOM_DUMP_LZO | OOM_DUMP_SNAPPY | OOM_DUMP_ZSTD,
};

struct oom_inflater;

struct oom_inflater *oom_inflater_new(void); /**< NULL without memory */
void oom_inflater_free(struct oom_inflater *inflater);
/** Can this build decompress pages with these @p flags? */
bool oom_inflater_knows(uint32_t flags);
/** True if the @p in_len bytes at @p in yield exactly @p out_len bytes at @p out. */
bool oom_inflate(struct oom_inflater *inflater, uint32_t flags, const void *in, size_t in_len, void *out,
		 size_t out_len);
/** True if the page starts with the @p len bytes (at most 64) of @p prefix; no more than those are inflated. */
bool oom_inflate_starts(struct oom_inflater *inflater, uint32_t flags, const void *in, size_t in_len,
			const void *prefix, size_t len, void *page, size_t page_size);
/** "zlib", "lzo", "snappy", "zstd", or "plain". */
const char *oom_inflate_name(uint32_t flags);

#endif
