// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Finds kallsyms where VMCOREINFO does not tell it (before 6.0): by what its parts look like.
 *
 *   1. The table of offsets or addresses is long and sorted, which nothing else of that length in the kernel image is:
 *      one page in 64 KiB is enough to meet it. That tells where to look (a hint), nothing more.
 *   2. The token table holds the strings "0", "1" … "9" in a row; the token index behind it must agree with each of
 *      its 256 strings. From a hint on, else through the whole image.
 *   3. Markers stand before the token table, names before the markers, num_syms before the names: each must agree with
 *      the others. What is left open is how addresses are written: all that fit the layout are offered.
 */
#include "image/kallsyms.h"
#include <stdlib.h>
#include <string.h>

enum {
	IMAGE_MAX = 64 << 20,  // bytes from _stext on that are searched
	STEP = 64 << 10,       // between samples; the table of 30,000 offsets has 120 kB
	SAMPLE = 4096,	       // bytes of a sample
	HINT_BEFORE = 1 << 20, // since 6.4 (404bad70fcf7) the token table stands before the offsets
	HINT_BEHIND = 8 << 20, // earlier, behind the names
	HINTS_MAX = 4,
	CHUNK = 64 << 10, // bytes read at once
	TOKENS = 256,
	TOKENS_BEFORE = '0',			    // tokens before "0"
	MARKERS_MIN = 4,			    // kernels have hundreds
	BLOCK_BYTES_MAX = OOM_KALLSYMS_BLOCK * 514, // of names, 512 tokens each
	TRIES_MAX = 256, // checks that read: an image made of rows of digits does not keep us long
};

static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009"; // with the last NUL: 20 bytes

/** One search. */
struct scan {
	struct oom_image *image;
	struct oom_kallsyms_tables *tables;
	int tries;
	uint8_t *chunk; // CHUNK bytes
};

/** A stretch of the image's memory that was read; zeros where it could not be. */
struct window {
	const struct oom_image *image;
	uint64_t start;
	uint8_t *data;
	size_t len;
};

static void window_free(struct window *w)
{
	free(w->data);
}
#define WINDOW __attribute__((cleanup(window_free))) struct window

static bool window_read(struct window *w, struct oom_image *image, uint64_t start, size_t len)
{
	*w = (struct window){.image = image, .start = start, .len = len, .data = malloc(len ? len : 1)};
	if (w->data)
		oom_read_sparse(image, start, w->data, len, NULL);
	return w->data != NULL;
}

/** The number of @p size bytes at @p addr; 0 outside the window. */
static uint64_t window_uint(const struct window *w, uint64_t addr, size_t size)
{
	uint64_t at = addr - w->start;
	return at < w->len && w->len - at >= size ? oom_get_uint(w->image, w->data + at, size) : 0;
}

/* 1. Hints. */

/** Numbers of @p size bytes that only rise (or, read as what absolute-percpu writes, only fall)? */
static bool is_sorted(const struct oom_image *image, const uint8_t *page, size_t size, bool falling)
{
	uint64_t first = oom_get_uint(image, page, size), before = first, distinct = 0;
	for (size_t i = size; i < SAMPLE; i += size) {
		uint64_t value = oom_get_uint(image, page + i, size);
		if (falling ? value > before : value < before)
			return false;
		distinct += value != before;
		before = value;
	}
	uint64_t span = falling ? first - before : before - first;
	return distinct >= SAMPLE / size / 4 && span < IMAGE_MAX;
}

static bool is_hint(const struct oom_image *image, const uint8_t *page)
{
	return is_sorted(image, page, 4, true) || is_sorted(image, page, 4, false) ||
	       (image->info.ptr_size == 8 && is_sorted(image, page, 8, false));
}

/* 2. The token table. */

/** Do the strings at *@p table and the numbers at @p index agree? All lie in @p w. */
static bool tokens_agree(const struct window *w, uint64_t table, uint64_t index)
{
	uint64_t at = table;
	for (size_t i = 0; i < TOKENS; i++) {
		if (window_uint(w, index + 2 * i, 2) != at - table || at >= index)
			return false;
		const uint8_t *token = w->data + (at - w->start);
		at += strnlen((const char *)token, (size_t)(index - at)) + 1;
	}
	return at <= index;
}

/** Is the string "0" at @p zero that of a token table? */
static bool check_tokens(struct scan *s, uint64_t zero)
{
	enum { BEFORE = OOM_KALLSYMS_TOKENS_MAX, BEHIND = OOM_KALLSYMS_TOKENS_MAX + 2 * TOKENS };
	WINDOW w = {.data = NULL};
	if (++s->tries > TRIES_MAX || zero < BEFORE || !window_read(&w, s->image, zero - BEFORE, BEFORE + BEHIND))
		return false;
	const uint8_t *end = w.data + BEFORE, *limit = w.data + w.len;
	for (int i = TOKENS_BEFORE; i < TOKENS && end < limit; i++)
		end += strnlen((const char *)end, (size_t)(limit - end)) + 1;
	if (end >= limit)
		return false;
	for (uint64_t align = 8; align >= 2; align /= 2) {
		uint64_t index = (w.start + (uint64_t)(end - w.data) + align - 1) & -align;
		uint64_t before = window_uint(&w, index + 2 * TOKENS_BEFORE, 2);
		if (before <= BEFORE && tokens_agree(&w, zero - before, index)) {
			s->tables->token_table = zero - before;
			s->tables->token_index = index;
			return true;
		}
	}
	return false;
}

/** Looks for a token table between @p from and @p to. */
static bool find_tokens(struct scan *s, uint64_t from, uint64_t to)
{
	while (from < to && to - from > sizeof(digits)) {
		size_t len = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		uint64_t page = s->image->info.page_size, pages = (from + len - 1) / page - from / page + 1;
		const uint8_t *at = s->chunk, *end = at + len;
		if (oom_read_sparse(s->image, from, s->chunk, len, NULL) == pages)
			end = at; // nothing is there
		while ((at = memmem(at, (size_t)(end - at), digits, sizeof(digits)))) {
			if (check_tokens(s, from + (uint64_t)(at - s->chunk)))
				return true;
			at++;
		}
		if (len < CHUNK)
			break;
		from += len - (sizeof(digits) - 1); // the row may lie across two chunks
	}
	return false;
}

/* 3. The rest of the layout. */

/** What the markers tell: where they stand, how many blocks there are, where the second and the last one starts. */
struct markers {
	uint64_t start, second, last;
	uint32_t n;
};

/** Reads the markers of @p width bytes at @p at as far as they can be that; returns their end. */
static uint64_t read_markers(const struct window *w, uint64_t at, size_t width, struct markers *m)
{
	*m = (struct markers){.start = at, .n = 1};
	for (at += width;; at += width) {
		uint64_t value = window_uint(w, at, width);
		if (value < m->last + 2 * OOM_KALLSYMS_BLOCK || value > m->last + BLOCK_BYTES_MAX)
			return at;
		m->last = value;
		m->second = m->second ? m->second : value;
		m->n++;
	}
}

/**
 * Finds the markers in @p w, which ends where the token table starts. Between the two there is nothing, or since 6.2
 * (60443c88f3a8, 19bd8981dc2e; also in 6.1 stable) and up to 6.3 seqs_of_names, 3 bytes a symbol.
 */
static bool find_markers(const struct window *w, size_t width, struct markers *m)
{
	uint64_t table = w->start + w->len;
	for (uint64_t at = (w->start + 7) & -(uint64_t)width; at + width * MARKERS_MIN <= table; at += width) {
		if (window_uint(w, at, width) != 0)
			continue;
		uint64_t end = read_markers(w, at, width, m);
		uint64_t rest = table - end, most = (uint64_t)m->n * OOM_KALLSYMS_BLOCK * 3;
		if (m->n >= MARKERS_MIN && end <= table &&
		    (rest < 8 || (rest > most - OOM_KALLSYMS_BLOCK * 3 && rest < most + 16)))
			return true;
	}
	return false;
}

/** Behind the @p n names at @p at, 0 if they leave the window. */
static uint64_t names_end(const struct window *w, uint64_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t len = window_uint(w, at++, 1);
		if (len & 0x80)
			len = (len & 0x7f) | window_uint(w, at++, 1) << 7;
		if (!len || at + len > w->start + w->len)
			return 0;
		at += len;
	}
	return at;
}

/**
 * Where num_syms stands if names start at @p names, 0 if they do not: a number before them that fits the markers, and
 * the names of the last block end where the markers start.
 * @param[in] head,tail windows with the possible starts of the names, and with the last block
 */
static uint64_t num_syms_before(const struct window *head, const struct window *tail, const struct markers *m,
				uint64_t names)
{
	for (uint64_t back = 4; back <= 8; back += 4) {
		uint64_t n = window_uint(head, names - back, 4);
		if ((n + OOM_KALLSYMS_BLOCK - 1) / OOM_KALLSYMS_BLOCK != m->n)
			continue;
		uint64_t end = names_end(tail, names + m->last, (uint32_t)n - (m->n - 1) * OOM_KALLSYMS_BLOCK);
		if (end && end <= m->start && m->start - end < 8)
			return names - back;
	}
	return 0;
}

/** Is the first block of names as long as the markers say? */
static bool first_block_fits(struct scan *s, const struct markers *m, uint64_t names)
{
	WINDOW first = {.data = NULL};
	return ++s->tries <= TRIES_MAX && window_read(&first, s->image, names, (size_t)m->second) &&
	       names_end(&first, names, OOM_KALLSYMS_BLOCK) == names + m->second;
}

/** Finds the names before the markers. */
static bool find_names(struct scan *s, const struct markers *m)
{
	enum { SLACK = BLOCK_BYTES_MAX + 16 };
	WINDOW head = {.data = NULL}, tail = {.data = NULL};
	if (m->start < m->last + SLACK || !window_read(&head, s->image, m->start - m->last - SLACK, SLACK) ||
	    !window_read(&tail, s->image, m->start - SLACK, SLACK))
		return false;
	for (uint64_t names = (m->start - m->last) & ~UINT64_C(3); names > head.start + 8; names -= 4) {
		uint64_t num_syms = num_syms_before(&head, &tail, m, names);
		if (!num_syms || !first_block_fits(s, m, names))
			continue;
		s->tables->names = names;
		s->tables->num_syms_at = num_syms;
		return true;
	}
	return false;
}

/** All ways of writing addresses that the layout has room for. */
static void add_places(const struct oom_image *image, uint32_t n, struct oom_kallsyms_tables *t)
{
	uint64_t ptr = image->info.ptr_size;
	uint64_t num_syms = t->num_syms_at & -ptr; // an unsigned long before 5.0, of which we know the lower half
	uint64_t base = num_syms - ptr, offsets = base - (((uint64_t)n * 4 + ptr - 1) & -ptr);
	uint64_t later = t->token_index + 2 * TOKENS, later_base = (later + (uint64_t)n * 4 + ptr - 1) & -ptr;
	const struct oom_kallsyms_place place[] = {
		{OOM_KALLSYMS_RELATIVE, offsets, base, 0},	   {OOM_KALLSYMS_PERCPU, offsets, base, 0},
		{OOM_KALLSYMS_ABSOLUTE, num_syms - n * ptr, 0, 0}, {OOM_KALLSYMS_RELATIVE, later, later_base, 0},
		{OOM_KALLSYMS_PERCPU, later, later_base, 0},	   {OOM_KALLSYMS_PLACE, later, 0, 0},
	};
	_Static_assert(sizeof(place) <= sizeof(t->place), "OOM_KALLSYMS_PLACES");
	memcpy(t->place, place, sizeof(place));
	t->places = sizeof(place) / sizeof(place[0]);
}

/** From the token table to the rest, in @p len bytes before it. */
static bool find_rest_in(struct scan *s, size_t len)
{
	struct oom_kallsyms_tables *t = s->tables;
	WINDOW w = {.data = NULL};
	if (t->token_table < len || !window_read(&w, s->image, t->token_table - len, len))
		return false;
	for (size_t width = 4; width <= s->image->info.ptr_size; width += 4) {
		struct markers m;
		uint32_t n;
		if (!find_markers(&w, width, &m) || !find_names(s, &m) ||
		    oom_read_u32(s->image, t->num_syms_at, &n) != OOM_OK)
			continue;
		add_places(s->image, n, t);
		return true;
	}
	return false;
}

static bool find_rest(struct scan *s)
{
	enum {
		MARKERS_LEN = OOM_KALLSYMS_MAX / OOM_KALLSYMS_BLOCK * 8,
		SEQS_LEN = 2 << 20, // of 690,000 symbols
	};
	return find_rest_in(s, MARKERS_LEN) || find_rest_in(s, SEQS_LEN);
}

static bool search(struct scan *s, uint64_t stext)
{
	uint8_t sample[SAMPLE];
	uint64_t start = stext & -(uint64_t)SAMPLE, end = start + IMAGE_MAX < start ? UINT64_MAX : start + IMAGE_MAX;
	int hints = 0;
	for (uint64_t at = start; at < end && end - at > STEP && hints < HINTS_MAX; at += STEP) {
		if (oom_read(s->image, at, sample, sizeof(sample)) != OOM_OK || !is_hint(s->image, sample))
			continue;
		hints++;
		uint64_t from = at - start > HINT_BEFORE ? at - HINT_BEFORE : start;
		uint64_t to = end - at > HINT_BEHIND ? at + HINT_BEHIND : end;
		if ((find_tokens(s, at, to) || find_tokens(s, from, at + sizeof(digits))) && find_rest(s))
			return true;
	}
	return find_tokens(s, start, end) && find_rest(s);
}

bool oom_kallsyms_scan(struct oom_image *image, uint64_t stext, struct oom_kallsyms_tables *ret)
{
	*ret = (struct oom_kallsyms_tables){0};
	struct scan s = {.image = image, .tables = ret, .chunk = malloc(CHUNK)};
	bool tracking = oom_image_track(image, false);
	bool found = s.chunk && search(&s, stext);
	oom_image_track(image, tracking);
	free(s.chunk);
	return found;
}
