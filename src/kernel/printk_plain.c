// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The kernel log before 3.5: a ring of text, as it went to the console.
 *
 *   <6>[    0.000000] Linux version …\n     the time only with printk.time
 *
 * log_end counts all characters ever logged; the newest logged_chars of them, at most log_buf_len, are in log_buf at
 * their number modulo log_buf_len, a power of two.
 */
#include "kernel/printk.h"
#include <string.h>

enum { LINE_MAX_LEN = 8192, PIECE = 4096 };

/** One line in the making. */
struct line {
	struct printk_walk *walk;
	size_t len;
	bool goes_on; // the piece of the ring before was there
	char text[LINE_MAX_LEN];
};

/** "[    0.000000] ": microseconds, and the rest of the line behind it; OOM_ABSENT: the line begins otherwise. */
static int64_t take_time(const char **p, const char *end)
{
	const char *s = *p;
	int64_t seconds = 0, us = 0;
	int digits = 0, decimals = 0;
	if (s == end || *s++ != '[')
		return OOM_ABSENT;
	while (s < end && *s == ' ')
		s++;
	for (; s < end && *s >= '0' && *s <= '9' && digits < 12; s++, digits++)
		seconds = seconds * 10 + (*s - '0');
	if (!digits || s == end || *s++ != '.')
		return OOM_ABSENT;
	for (; s < end && *s >= '0' && *s <= '9' && decimals < 6; s++, decimals++)
		us = us * 10 + (*s - '0');
	if (decimals != 6 || s == end || *s++ != ']')
		return OOM_ABSENT;
	*p = s < end && *s == ' ' ? s + 1 : s;
	return seconds * 1000000 + us;
}

static void line_end(struct line *line)
{
	const char *p = line->text, *end = p + line->len;
	struct printk_record record = {.time_us = OOM_ABSENT, .caller = OOM_ABSENT, .level = OOM_ABSENT};
	if (end - p >= 3 && p[0] == '<' && p[1] >= '0' && p[1] <= '7' && p[2] == '>') {
		record.level = p[1] - '0';
		p += 3;
	}
	record.time_us = take_time(&p, end);
	record.text = p;
	record.len = (size_t)(end - p);
	if (line->len)
		printk_emit(line->walk, &record);
	line->len = 0;
}

static void line_add(struct line *line, const char *text, size_t n)
{
	for (const char *end = text + n; text < end && !line->walk->stop;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t part = (size_t)((newline ? newline : end) - text);
		size_t room = sizeof(line->text) - line->len;
		memcpy(line->text + line->len, text, part < room ? part : room);
		line->len += part < room ? part : room;
		if (newline)
			line_end(line);
		text += part + (newline != NULL);
	}
}

/** What is readable of log_buf from offset @p at on, @p n bytes. */
static void text_walk(struct line *line, struct printk_window *w, uint64_t at, uint64_t n)
{
	while (n && !line->walk->stop) {
		// To the end of a page, so that a missing one costs itself alone.
		uint64_t part = PIECE - (w->base + at) % PIECE;
		part = part < n ? part : n;
		const uint8_t *p = printk_window_at(w, at, part);
		if (p) {
			// Names may lie across the end of a piece, and of the ring.
			printk_window_saw(w, at, part);
			printk_window_text(w, at, part, line->goes_on);
			line->goes_on = true;
			line_add(line, (const char *)p, part);
		} else {
			line->goes_on = false;
			line_end(line);
			line->walk->holes = true;
			line->walk->newest_us = OOM_ABSENT;
		}
		at += part;
		n -= part;
	}
}

enum oom_status printk_plain(struct printk_walk *walk)
{
	struct oom_image *image = walk->image;
	struct line line = {.walk = walk};
	struct printk_window w;
	uint64_t addr, buf;
	uint32_t size, end, chars;
	if (oom_symbol(image, "log_buf", &addr) != OOM_OK || oom_read_ulong(image, addr, &buf) != OOM_OK ||
	    oom_symbol(image, "log_buf_len", &addr) != OOM_OK || oom_read_u32(image, addr, &size) != OOM_OK ||
	    oom_symbol(image, "log_end", &addr) != OOM_OK || oom_read_u32(image, addr, &end) != OOM_OK)
		return OOM_EREAD;
	if (!buf || !size || size & (size - 1) || size > UINT32_C(1) << PRINTK_BITS_MAX)
		return OOM_EDAMAGE;
	// Without logged_chars: log_end, which counts from 0, tells as long as the ring has not wrapped.
	if (oom_symbol(image, "logged_chars", &addr) != OOM_OK || oom_read_u32(image, addr, &chars) != OOM_OK)
		chars = end;
	if (chars > size)
		chars = size;
	if (!printk_window_init(&w, image, buf, size))
		return OOM_ENOMEM;
	uint64_t at = (end - chars) & (size - 1);
	uint64_t first = size - at < chars ? size - at : chars;
	text_walk(&line, &w, at, first);
	text_walk(&line, &w, 0, chars - first);
	line_end(&line);
	printk_window_free(&w);
	return OOM_OK;
}
