// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Runs of zeros in a file, from its end and around a page.
 */
#include "image/zeros.h"
#include <string.h>

enum {
	WINDOW = 65536,
	// Of the end 256 MiB are read at most, 0.1 s of a file that lies in memory. A page of zeros before that is
	// found to lie in a hole when it is read.
	MAX_WINDOWS = 4096,
};

static bool all_zero(const unsigned char *bytes, size_t len)
{
	return !len || (!bytes[0] && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/** Bytes of zeros before @p end, at most @p most; exact unless that many. */
static uint64_t zeros_before(const struct oom_source *source, uint64_t end, uint64_t most)
{
	unsigned char window[WINDOW];
	uint64_t n = 0;
	while (n < most) {
		size_t want = most - n < WINDOW ? (size_t)(most - n) : WINDOW;
		// What cannot be read holds no data either.
		size_t got = oom_source_read(source, end - n - want, window, want), zeros = 0;
		if (got == want && all_zero(window, got)) {
			n += got;
			continue;
		}
		while (zeros < got && !window[got - 1 - zeros])
			zeros++;
		return got == want ? n + zeros : n;
	}
	return n;
}

/** Bytes of zeros from @p start on, at most @p most. */
static uint64_t zeros_behind(const struct oom_source *source, uint64_t start, uint64_t most)
{
	unsigned char window[WINDOW];
	uint64_t n = 0;
	while (n < most) {
		size_t want = most - n < WINDOW ? (size_t)(most - n) : WINDOW, zeros = 0;
		size_t got = oom_source_read(source, start + n, window, want);
		if (got && all_zero(window, got))
			zeros = got;
		while (zeros < got && !window[zeros])
			zeros++;
		n += zeros;
		if (zeros < want)
			break;
	}
	return n;
}

void oom_zeros_init(struct oom_zeros *zeros, const struct oom_source *source, uint64_t start, uint64_t least)
{
	uint64_t size = oom_source_size(source), most = size > start ? size - start : 0;
	uint64_t limit = most < (uint64_t)MAX_WINDOWS * WINDOW ? most : (uint64_t)MAX_WINDOWS * WINDOW;
	uint64_t n = zeros_before(source, size, limit);
	*zeros = (struct oom_zeros){.source = source, .data_end = n < least ? size : size - n};
}

bool oom_zeros_lost(struct oom_zeros *zeros, uint64_t offset, const void *page, size_t len)
{
	if (!all_zero(page, len))
		return false;
	if (offset >= zeros->from && offset < zeros->to)
		return zeros->told;
	uint64_t room = offset < OOM_ZEROS_HOLE ? offset : OOM_ZEROS_HOLE;
	uint64_t before = zeros_before(zeros->source, offset, room);
	uint64_t behind = zeros_behind(zeros->source, offset + len, OOM_ZEROS_HOLE);
	zeros->from = offset - before;
	zeros->to = offset + len + behind;
	zeros->told = zeros->to - zeros->from >= OOM_ZEROS_HOLE;
	return zeros->told;
}
