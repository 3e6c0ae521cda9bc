// SPDX-License-Identifier: GPL-2.0-or-later
/** @file One bit for each byte of the frames that gave a fact; lists of words, and what they are rewritten to. */
#include "image/exact.h"
#include <stdlib.h>
#include <string.h>

/** A frame. Kernel tables are read whole: no bits then. */
struct frame {
	uint64_t pfn;  // + 1; 0: empty
	uint8_t *bits; // NULL: all bytes
};

/** A part of words that lies in one frame. */
struct piece {
	uint64_t phys;
	uint32_t len;
	enum oom_words what;
	bool goes_on; // of the words before
	size_t at;    // in what is rewritten
};

struct oom_exact {
	size_t frame_size;
	struct frame *frames; // open addressing, at most half full
	size_t nr_frames, cap;
	struct piece *pieces;
	size_t nr_pieces, pieces_cap;
	unsigned char *rewritten; // bytes of all pieces
	bool no_memory;
};

struct oom_exact *oom_exact_new(size_t frame_size)
{
	struct oom_exact *x = calloc(1, sizeof(*x));
	if (x)
		x->frame_size = frame_size;
	return x;
}

void oom_exact_free(struct oom_exact *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->cap; i++)
		free(x->frames[i].bits);
	free(x->frames);
	free(x->pieces);
	free(x->rewritten);
	free(x);
}

/* Bytes. */

static size_t slot_of(const struct frame *frames, size_t cap, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);
	while (frames[i].pfn && frames[i].pfn != key)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool grow(struct oom_exact *x)
{
	size_t cap = x->cap ? x->cap * 2 : 1024;
	struct frame *frames = calloc(cap, sizeof(*frames));
	if (!frames)
		return false;
	for (size_t i = 0; i < x->cap; i++)
		if (x->frames[i].pfn)
			frames[slot_of(frames, cap, x->frames[i].pfn)] = x->frames[i];
	free(x->frames);
	x->frames = frames;
	x->cap = cap;
	return true;
}

/** The frame, with no bit set if it is new; NULL without memory. */
static struct frame *frame_of(struct oom_exact *x, uint64_t pfn)
{
	if (2 * (x->nr_frames + 1) > x->cap && !grow(x))
		return NULL;
	struct frame *f = &x->frames[slot_of(x->frames, x->cap, pfn + 1)];
	if (f->pfn)
		return f;
	f->bits = calloc((x->frame_size + 7) / 8, 1);
	if (!f->bits)
		return NULL;
	f->pfn = pfn + 1;
	x->nr_frames++;
	return f;
}

void oom_exact_saw(struct oom_exact *x, uint64_t pfn, size_t from, size_t len)
{
	struct frame *f = frame_of(x, pfn);
	if (!f) {
		x->no_memory = true;
	} else if (f->bits && len >= x->frame_size) {
		free(f->bits);
		f->bits = NULL;
	}
	for (size_t i = from; f && f->bits && i < from + len && i < x->frame_size; i++)
		f->bits[i / 8] |= (uint8_t)(1u << i % 8);
}

/* Words. */

void oom_exact_words(struct oom_exact *x, uint64_t phys, size_t len, enum oom_words what, bool goes_on)
{
	while (len) {
		size_t left = x->frame_size - (size_t)(phys % x->frame_size), n = left < len ? left : len;
		if (x->nr_pieces == x->pieces_cap) {
			size_t cap = x->pieces_cap ? x->pieces_cap * 2 : 1024;
			struct piece *more = reallocarray(x->pieces, cap, sizeof(*more));
			if (!more) {
				x->no_memory = true;
				return;
			}
			x->pieces = more;
			x->pieces_cap = cap;
		}
		x->pieces[x->nr_pieces++] = (struct piece){phys, (uint32_t)n, what, goes_on, 0};
		phys += n;
		len -= n;
		goes_on = true;
	}
}

/** Rewrites the words whose pieces begin at @p first; they are @p len bytes at @p text. */
static void rewrite_one(enum oom_words what, char *text, size_t len, const struct oom_rewriter *rewriter)
{
	// Behind the end of a string is what was there before it. A line of the log has no end but its length.
	size_t n = what == OOM_WORDS_LOG ? len : strnlen(text, len);
	memset(text + n, 0, len - n);
	if (n && !rewriter->rewrite(rewriter->arg, what, text, n))
		memset(text, '*', n);
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	if (x->phys != y->phys)
		return x->phys < y->phys ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

enum oom_status oom_exact_rewrite(struct oom_exact *x, oom_exact_read_fn *read, void *dump,
				  const struct oom_rewriter *rewriter, struct oom_error *err)
{
	size_t all = 0;
	for (size_t i = 0; i < x->nr_pieces; i++) {
		x->pieces[i].at = all;
		all += x->pieces[i].len;
	}
	x->rewritten = x->no_memory ? NULL : malloc(all ? all : 1);
	if (!x->rewritten)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	for (size_t i = 0, next; i < x->nr_pieces; i = next) {
		const struct piece *p = &x->pieces[i];
		size_t len = 0;
		for (next = i; next < x->nr_pieces && (next == i || x->pieces[next].goes_on); next++) {
			const struct piece *part = &x->pieces[next];
			if (!read(dump, part->phys, x->rewritten + part->at, part->len))
				memset(x->rewritten + part->at, 0, part->len);
			len += part->len;
		}
		rewrite_one(p->what, (char *)x->rewritten + p->at, len, rewriter);
	}
	if (x->nr_pieces)
		qsort(x->pieces, x->nr_pieces, sizeof(*x->pieces), by_place);
	return OOM_OK;
}

/* Pages. */

static void keep_bytes(const struct frame *f, unsigned char *page, size_t size)
{
	for (size_t i = 0; f->bits && i < size; i++)
		if (!(f->bits[i / 8] >> i % 8 & 1))
			page[i] = 0;
}

/** Index of the first piece at or behind @p phys. */
static size_t first_piece(const struct oom_exact *x, uint64_t phys)
{
	size_t low = 0, high = x->nr_pieces;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (x->pieces[mid].phys < phys)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void oom_exact_page(const struct oom_exact *x, uint64_t pfn, unsigned char *page)
{
	const struct frame *f = x->cap ? &x->frames[slot_of(x->frames, x->cap, pfn + 1)] : NULL;
	if (f && f->pfn)
		keep_bytes(f, page, x->frame_size);
	else
		memset(page, 0, x->frame_size);
	uint64_t start = pfn * x->frame_size;
	for (size_t i = first_piece(x, start); i < x->nr_pieces && x->pieces[i].phys - start < x->frame_size; i++)
		memcpy(page + (x->pieces[i].phys - start), x->rewritten + x->pieces[i].at, x->pieces[i].len);
}
