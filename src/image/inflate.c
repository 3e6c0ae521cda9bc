// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pages of zlib, lzo, snappy and zstd. libdeflate does zlib's work in a third of the time: a report inflates 2,000 to
 * 3,000 pages, and that is most of what it does.
 */
#include "image/inflate.h"
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// A small build may leave some out (-DOOM_WITH_LZO=0 …); libkdumpfile, which has them, then reads such a dump.
#ifndef OOM_WITH_LZO
#define OOM_WITH_LZO 1
#endif
#ifndef OOM_WITH_SNAPPY
#define OOM_WITH_SNAPPY 1
#endif
#ifndef OOM_WITH_ZSTD
#define OOM_WITH_ZSTD 1
#endif

#if OOM_WITH_LZO
#include <lzo/lzo1x.h>
#endif
#if OOM_WITH_SNAPPY
#include <snappy-c.h>
#endif
#if OOM_WITH_ZSTD
#include <zstd.h>
#endif

struct oom_inflater {
	struct libdeflate_decompressor *deflate;
	z_stream zlib; // libdeflate cannot stop after the first bytes
#if OOM_WITH_ZSTD
	ZSTD_DCtx *zstd;
#endif
};

struct oom_inflater *oom_inflater_new(void)
{
	struct oom_inflater *inflater = calloc(1, sizeof(*inflater));
	if (!inflater)
		return NULL;
	inflater->deflate = libdeflate_alloc_decompressor();
	if (inflater->deflate && inflateInit(&inflater->zlib) == Z_OK)
		return inflater;
	oom_inflater_free(inflater);
	return NULL;
}

void oom_inflater_free(struct oom_inflater *inflater)
{
	if (!inflater)
		return;
	if (inflater->deflate)
		libdeflate_free_decompressor(inflater->deflate);
	inflateEnd(&inflater->zlib);
#if OOM_WITH_ZSTD
	ZSTD_freeDCtx(inflater->zstd);
#endif
	free(inflater);
}

bool oom_inflater_knows(uint32_t flags)
{
	uint32_t known = OOM_DUMP_ZLIB;
#if OOM_WITH_LZO
	known |= OOM_DUMP_LZO;
#endif
#if OOM_WITH_SNAPPY
	known |= OOM_DUMP_SNAPPY;
#endif
#if OOM_WITH_ZSTD
	known |= OOM_DUMP_ZSTD;
#endif
	return !(flags & OOM_DUMP_COMPRESSED & ~known);
}

static bool inflate_zlib(struct oom_inflater *inflater, const void *in, size_t in_len, void *out, size_t out_len)
{
	return libdeflate_zlib_decompress(inflater->deflate, in, in_len, out, out_len, NULL) == LIBDEFLATE_SUCCESS;
}

#if OOM_WITH_ZSTD
static bool inflate_zstd(struct oom_inflater *inflater, const void *in, size_t in_len, void *out, size_t out_len)
{
	if (!inflater->zstd)
		inflater->zstd = ZSTD_createDCtx();
	return inflater->zstd && ZSTD_decompressDCtx(inflater->zstd, out, out_len, in, in_len) == out_len;
}
#endif

bool oom_inflate(struct oom_inflater *inflater, uint32_t flags, const void *in, size_t in_len, void *out,
		 size_t out_len)
{
	switch (flags & OOM_DUMP_COMPRESSED) {
	case OOM_DUMP_ZLIB:
		return inflate_zlib(inflater, in, in_len, out, out_len);
#if OOM_WITH_LZO
	case OOM_DUMP_LZO: {
		lzo_uint got = out_len;
		return lzo1x_decompress_safe(in, in_len, out, &got, NULL) == LZO_E_OK && got == out_len;
	}
#endif
#if OOM_WITH_SNAPPY
	case OOM_DUMP_SNAPPY: {
		size_t got = out_len;
		return snappy_uncompress(in, in_len, out, &got) == SNAPPY_OK && got == out_len;
	}
#endif
#if OOM_WITH_ZSTD
	case OOM_DUMP_ZSTD:
		return inflate_zstd(inflater, in, in_len, out, out_len);
#endif
	default:
		return false;
	}
}

bool oom_inflate_starts(struct oom_inflater *inflater, uint32_t flags, const void *in, size_t in_len,
			const void *prefix, size_t len, void *page, size_t page_size)
{
	if ((flags & OOM_DUMP_COMPRESSED) != OOM_DUMP_ZLIB)
		return oom_inflate(inflater, flags, in, in_len, page, page_size) && memcmp(page, prefix, len) == 0;
	unsigned char start[64];
	z_stream *z = &inflater->zlib;
	if (len > sizeof(start) || inflateReset(z) != Z_OK)
		return false;
	z->next_in = (Bytef *)(uintptr_t)in;
	z->avail_in = (uInt)in_len;
	z->next_out = start;
	z->avail_out = (uInt)len;
	inflate(z, Z_SYNC_FLUSH);
	return z->avail_out == 0 && memcmp(start, prefix, len) == 0;
}

const char *oom_inflate_name(uint32_t flags)
{
	return flags & OOM_DUMP_ZLIB	 ? "zlib"
	       : flags & OOM_DUMP_LZO	 ? "lzo"
	       : flags & OOM_DUMP_SNAPPY ? "snappy"
	       : flags & OOM_DUMP_ZSTD	 ? "zstd"
					 : "plain";
}
