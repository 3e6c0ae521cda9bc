// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The kernel log of 3.5 to 5.9 (7ff9554bb578): records one behind the other in log_buf.
 *
 *   log_buf  [ … newest ]  free  [ oldest (log_first_idx) … | 0 ]
 *
 * A record is a header (struct log, since 3.11 struct printk_log), the text, a dictionary, and padding; len covers all.
 * A header whose len is 0 says that the next record is at the start of log_buf. log_next_idx is behind the newest.
 */
#include "kernel/printk.h"
#include <stdlib.h>
#include <string.h>

enum { FLAG_NEWLINE = 2, FLAG_PREFIX = 4, FLAG_CONT = 8 }; // enum log_flags

enum {
	ALIGN = 4, // records are aligned to that of a u64: 4 on i386, 8 elsewhere
	PADDING_MAX = 8,
	JOINED_MAX = 16 * 1024, // bytes of a line put together of pieces; one record has at most 1 KiB of text
	CHAIN = 3,		// so many headers in a row that make sense are no accident
};

#define TS_US_MAX (UINT64_C(100) * 365 * 86400 * 1000000) // no machine is up for longer; text read as a time is

struct header {
	uint64_t ts_us;
	uint32_t len, text_len;
	int64_t caller, level;
	unsigned int flags;
};

struct log {
	struct printk_walk *walk;
	struct printk_window w;
	uint32_t size, ts, len, text_len, dict_len, caller; // of a header: bytes, offsets; caller UINT32_MAX: none
	bool has_flags;
	uint64_t first, next; // offsets in log_buf
	// A line whose end has not come yet.
	struct printk_record open;
	unsigned int open_flags;
	char *joined; // JOINED_MAX bytes: its text
};

static bool layout_find(struct log *g, struct oom_image *image)
{
	const char *type = printk_size(image, "printk_log", &g->size) ? "printk_log" : "log";
	if (!printk_size(image, type, &g->size) || !printk_offset(image, type, "ts_nsec", &g->ts) ||
	    !printk_offset(image, type, "len", &g->len) || !printk_offset(image, type, "text_len", &g->text_len) ||
	    !printk_offset(image, type, "dict_len", &g->dict_len))
		return false;
	// 5.1, 15ff2069cb7f: only with CONFIG_PRINTK_CALLER.
	if (!printk_offset(image, type, "caller_id", &g->caller) || g->caller + 4 > g->size)
		g->caller = UINT32_MAX;
	// 3.5 had `u16 level` where facility, flags and level came in 3.6; VMCOREINFO names none of
	// them.
	const char *release = oom_image_info(image)->release;
	g->has_flags = !release || strncmp(release, "3.5.", 4) != 0;
	return true;
}

static bool layout_fits(const struct log *g)
{
	return g->ts + 8 <= g->size && g->len + 2 <= g->size && g->text_len + 2 <= g->size &&
	       g->dict_len + 4 <= g->size;
}

static enum oom_status variables_read(struct log *g)
{
	struct oom_image *image = g->walk->image;
	uint64_t addr, buf;
	uint32_t size, first, next;
	if (!layout_find(g, image))
		return OOM_ENOENT;
	if (!layout_fits(g))
		return OOM_EDAMAGE;
	// VMCOREINFO's log_buf is the right one: from 3.18 (cbd357008604) to 4.14 the BPF verifier had a variable of
	// that name too.
	if (oom_symbol(image, "log_buf", &addr) != OOM_OK || oom_read_ulong(image, addr, &buf) != OOM_OK ||
	    oom_symbol(image, "log_buf_len", &addr) != OOM_OK || oom_read_u32(image, addr, &size) != OOM_OK ||
	    oom_symbol(image, "log_first_idx", &addr) != OOM_OK || oom_read_u32(image, addr, &first) != OOM_OK ||
	    oom_symbol(image, "log_next_idx", &addr) != OOM_OK || oom_read_u32(image, addr, &next) != OOM_OK)
		return OOM_EREAD;
	if (!buf || size < g->size || size > UINT32_C(1) << PRINTK_BITS_MAX || first > size || next > size)
		return OOM_EDAMAGE;
	g->first = first;
	g->next = next;
	g->joined = malloc(JOINED_MAX);
	return g->joined && printk_window_init(&g->w, image, buf, size) ? OOM_OK : OOM_ENOMEM;
}

enum found { RECORD, WRAP, NONSENSE, UNREADABLE };

/** The header at @p pos, which with its record has to end at or before @p limit. */
static enum found header_at(struct log *g, uint64_t pos, uint64_t limit, struct header *h)
{
	const struct oom_image *image = g->walk->image;
	if (pos + g->size > limit)
		return limit == g->w.size ? WRAP : NONSENSE;
	const uint8_t *p = printk_window_at(&g->w, pos, g->size);
	if (!p)
		return UNREADABLE;
	*h = (struct header){
		.ts_us = oom_get_uint(image, p + g->ts, 8) / 1000,
		.len = (uint32_t)oom_get_uint(image, p + g->len, 2),
		.text_len = (uint32_t)oom_get_uint(image, p + g->text_len, 2),
		.caller = g->caller == UINT32_MAX ? OOM_ABSENT : (int64_t)oom_get_uint(image, p + g->caller, 4),
		.flags = FLAG_NEWLINE | FLAG_PREFIX,
	};
	uint32_t used = g->size + h->text_len + (uint32_t)oom_get_uint(image, p + g->dict_len, 2);
	if (g->has_flags)
		printk_flags(image, p[g->dict_len + 3], &h->flags, &h->level);
	else
		h->level = (int64_t)(oom_get_uint(image, p + g->dict_len + 2, 2) & 7);
	if (!h->len)
		return WRAP;
	return h->ts_us > TS_US_MAX || h->len % ALIGN || used > h->len || h->len - used >= PADDING_MAX ||
			       h->len > limit - pos
		       ? NONSENSE
		       : RECORD;
}

/** Do records that make sense begin at @p pos, none older than @p ts_us? */
static bool chain_at(struct log *g, uint64_t pos, uint64_t limit, uint64_t ts_us)
{
	for (int i = 0; i < CHAIN && pos != limit; i++) {
		struct header h;
		enum found found = header_at(g, pos, limit, &h);
		if (found == WRAP && i > 0 && limit == g->w.size)
			return true;
		if (found != RECORD || h.ts_us < ts_us)
			return false;
		pos += h.len;
		// The clocks of CPUs differ by a little; what is left from the last lap is much older.
		ts_us = h.ts_us > 1000000 ? h.ts_us - 1000000 : 0;
	}
	return true;
}

/** The next place from @p pos on where the chain of records goes on; @p limit if there is none. */
static uint64_t resume(struct log *g, uint64_t pos, uint64_t limit, uint64_t ts_us)
{
	uint32_t page = oom_image_info(g->walk->image)->page_size;
	page = page ? page : 4096;
	for (pos = (pos + ALIGN) / ALIGN * ALIGN; pos < limit;) {
		if (!printk_window_at(&g->w, pos, ALIGN))
			pos += page - (g->w.base + pos) % page;
		else if (chain_at(g, pos, limit, ts_us))
			return pos;
		else
			pos += ALIGN;
	}
	return limit;
}

static void line_end(struct log *g)
{
	if (g->open.text)
		printk_emit(g->walk, &g->open);
	g->open.text = NULL;
}

/**
 * Hands a record over, or adds it to the line that it continues. The kernel's own rule up to 4.9 (msg_print_text()):
 * a piece without LOG_NEWLINE is continued by one without LOG_PREFIX. From 4.10 (5c2992ee7fd8) on the kernel prints
 * such pieces as lines of their own; they are parts of one message all the same.
 */
static void line_add(struct log *g, const struct header *h, const char *text, uint64_t offset)
{
	struct printk_record record = {text, h->text_len, (int64_t)h->ts_us, h->caller, h->level};
	bool goes_on = g->open.text && !(h->flags & FLAG_PREFIX) && (g->open_flags | h->flags) & FLAG_CONT &&
		       g->open.len + record.len <= JOINED_MAX;
	if (!goes_on)
		line_end(g);
	printk_window_text(&g->w, offset, h->text_len, goes_on);
	if (!goes_on && (h->flags & FLAG_NEWLINE || record.len > JOINED_MAX)) {
		printk_emit(g->walk, &record);
		return;
	}
	size_t before = goes_on ? g->open.len : 0;
	memcpy(g->joined + before, text, record.len);
	if (!goes_on)
		g->open = record;
	g->open.text = g->joined;
	g->open.len = before + record.len;
	g->open_flags = h->flags;
	if (h->flags & FLAG_NEWLINE)
		line_end(g);
}

/** The records from @p pos to @p limit, of which @p *ts_us was the time of the last one before. */
static void records_walk(struct log *g, uint64_t pos, uint64_t limit, uint64_t *ts_us)
{
	bool may_wrap = limit == g->w.size && g->first > g->next;
	while (pos < limit && !g->walk->stop) {
		struct header h;
		enum found found = header_at(g, pos, limit, &h);
		const uint8_t *p = NULL;
		uint64_t text = 0;
		if (found == RECORD) {
			p = printk_window_at(&g->w, pos + g->size, h.text_len);
			text = pos + g->size;
			printk_window_saw(&g->w, pos, g->size);
			pos += h.len;
			*ts_us = h.ts_us > 1000000 ? h.ts_us - 1000000 : 0;
		}
		if (p) {
			line_add(g, &h, (const char *)p, text);
			continue;
		}
		line_end(g);
		if (found == RECORD) {
			g->walk->lost++;
			g->walk->newest_us = (int64_t)h.ts_us;
			continue;
		}
		// A page that is missing may read as zeros, which look like the mark of the end.
		uint64_t next = resume(g, pos, limit, *ts_us);
		if (found != WRAP || !may_wrap || next < limit)
			g->walk->holes = true;
		g->walk->newest_us = OOM_ABSENT;
		pos = next;
	}
}

enum oom_status printk_log(struct printk_walk *walk)
{
	struct log g = {.walk = walk};
	enum oom_status status = variables_read(&g);
	uint64_t ts_us = 0;
	if (status == OOM_OK) {
		records_walk(&g, g.first, g.first <= g.next ? g.next : g.w.size, &ts_us);
		if (g.first > g.next)
			records_walk(&g, 0, g.next, &ts_us);
		line_end(&g);
	}
	// How many there should be is in variables that VMCOREINFO does not name: asked for only where it matters.
	uint64_t a, b, first, next;
	if (walk->holes && oom_symbol(walk->image, "log_first_seq", &a) == OOM_OK &&
	    oom_symbol(walk->image, "log_next_seq", &b) == OOM_OK && oom_read_u64(walk->image, a, &first) == OOM_OK &&
	    oom_read_u64(walk->image, b, &next) == OOM_OK && next - first > walk->seen &&
	    next - first < g.w.size / g.size)
		walk->lost = (size_t)(next - first - walk->seen);
	printk_window_free(&g.w);
	free(g.joined);
	return status;
}
