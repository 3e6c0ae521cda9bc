// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Lines to messages: quotes off, what was joined split ("#012"), what was broken joined again.
 *
 * A line without a prefix behind one that has it is either the rest of a broken line, or a line of its own that the
 * kernel printed in the same message ("Mem-Info:" and the totals below it). The first is tried where the line before
 * lacks its end (log_line_end()).
 */
#include "log/assemble.h"
#include <stdio.h>
#include <stdlib.h>

struct assemble_state *assemble_new(void)
{
	struct assemble_state *a = calloc(1, sizeof(*a));
	if (a && (!(a->pending = malloc(LINE_MAX_BYTES)) || !(a->mended = malloc(LINE_MAX_BYTES)))) {
		assemble_free(a);
		return NULL;
	}
	return a;
}

void assemble_free(struct assemble_state *a)
{
	if (!a)
		return;
	entry_free(a->entry);
	pstore_free(a->pstore);
	free(a->pending);
	free(a->mended);
	free(a);
}

/** The next line break that somebody wrote as text: rsyslog's "#012", dmesg's "\x0a", an octal "\012". */
static const char *find_escaped_break(struct cur text, size_t *len)
{
	for (const char *p = text.p; p + 4 <= text.end; p++) {
		if (*p == '#' && !memcmp(p, "#012", 4))
			return *len = 4, p;
		if (*p == '\\' && (!memcmp(p, "\\x0a", 4) || !memcmp(p, "\\012", 4)))
			return *len = 4, p;
	}
	return NULL;
}

static void deliver(struct oom_log *log, struct cur text, int64_t number)
{
	struct assemble_state *a = log->assemble;
	const struct prefix *p = &a->prefix;
	struct msg m = {
		.time_us = p->time_us, .wall_s = p->wall_s, .line = number, .caller = p->caller, .level = p->level};
	size_t escaped;
	if (p->time[0])
		snprintf(m.time, sizeof(m.time), "%s", p->time);
	else
		snprintf(m.stamp, sizeof(m.stamp), "%s", p->stamp_text);
	m.host = p->host;
	for (const char *next; text.p < text.end; text.p = next) {
		const char *stop = find_escaped_break(text, &escaped);
		next = stop ? stop + escaped : text.end;
		m.text = m.full = (struct cur){text.p, stop ? stop : text.end};
		m.tag = p->tag;
		// The tag may be the start of the message itself ("Mem-info:"); only the first line has one.
		if (text.p == p->text.p && p->tag.p < p->tag.end && p->full.p < p->text.p)
			m.full = p->full;
		log_message(log, &m);
		if (!stop)
			break;
	}
}

void assemble_flush(struct oom_log *log)
{
	struct assemble_state *a = log->assemble;
	if (!a->has_pending)
		return;
	a->has_pending = false;
	deliver(log, a->prefix.text, a->line);
}

static struct cur copy_into(char *buf, size_t size, struct cur text)
{
	size_t len = cur_left(&text) < size ? cur_left(&text) : size;
	if (len)
		memmove(buf, text.p, len); // the same place when a line goes on under the prefix before
	return cur_of(buf, len);
}

/**
 * Begins a pending message. The prefix's texts point into the line, which goes away: what is needed is copied. The
 * pending buffer holds "tag: text" where the tag may belong to the message.
 */
static void begin(struct oom_log *log, const struct prefix *p, int64_t number, const struct span *span)
{
	struct assemble_state *a = log->assemble;
	struct cur whole = p->full.p < p->text.p ? (struct cur){p->full.p, p->text.end} : p->text;
	size_t skip = (size_t)(p->text.p - whole.p);
	struct cur kept = copy_into(a->pending, LINE_MAX_BYTES, whole);
	a->prefix = *p;
	a->prefix.host = copy_into(a->host, sizeof(a->host), p->host);
	a->prefix.tag = copy_into(a->tag, sizeof(a->tag), p->tag);
	a->prefix.full = kept;
	a->prefix.text = kept;
	a->prefix.text.p += skip < cur_left(&kept) ? skip : cur_left(&kept);
	a->len = cur_left(&kept);
	a->has_pending = true;
	a->anchored = p->stamp || p->date || p->level_only;
	a->line = number;
	a->last = *span;
}

/** The last word of @p text and the first of @p next: were they one, cut by a break in mid-word? */
static bool cut_in_word(struct cur text, struct cur next)
{
	const char *p = text.end;
	while (p > text.p && !is_blank((unsigned char)p[-1]))
		p--;
	struct cur last = {p, text.end}, rest = next, first = scan_token(&rest);
	if (last.p == last.end || first.p == first.end)
		return false;
	bool pairs = cur_has(&text, "kB ") || cur_has(&text, "kB\t");
	const char *colon = memchr(last.p, ':', cur_left(&last));
	bool last_kb = cur_left(&last) > 2 && (!memcmp(last.end - 2, "kB", 2) || !memcmp(last.end - 2, "KB", 2));
	struct cur digits = first;
	int64_t value;
	bool number = scan_digits(&digits, &value);
	if (*first.p == ':' || *first.p == '*' || cur_begins(&first, "kB", 2))
		return true; // no word begins so
	if (memchr(last.p, '(', cur_left(&last)) && !memchr(last.p, ')', cur_left(&last)) && !cur_has(&last, "="))
		return true;
	if (memchr(last.p, '*', cur_left(&last)) && !last_kb && !cur_has(&last, ")"))
		return true; // "12*40" + "96kB"
	if (colon && colon + 1 < last.end && !last_kb && number &&
	    (digits.p == first.end || cur_begins(&digits, "kB", 2)))
		return true; // "free:109" + "0395"
	// In a line of "key:12kB" a word without a colon is half a key: "isolate" + "d(file):0kB".
	return pairs && !colon && !last_kb && is_alpha((unsigned char)*last.p) && last.end[-1] != '?' &&
	       cur_has(&first, ":");
}

/** Does @p next look like what may follow in a line of a report? */
static bool may_continue(struct cur text, struct cur next)
{
	struct cur key = next;
	int64_t value;
	if (cur_begins(&text, "lowmem_reserve[]:", 17)) { // "0 0 12114" + "12114 12114"
		while (key.p < key.end && (is_digit((unsigned char)*key.p) || is_blank((unsigned char)*key.p)))
			key.p++;
		return key.p == key.end;
	}
	if (text.end[-1] == '?') // all_unreclaimable? no
		return cur_begins(&next, "yes", 3) || cur_begins(&next, "no", 2);
	if (cur_has(&next, "kB") || cur_has(&next, "KB") || cur_begins(&next, "all_unrec", 9) || *next.p == '|' ||
	    *next.p == '=' || *next.p == ',' || *next.p == ':')
		return true;
	while (is_word(cur_peek(&key)))
		key.p++;
	if (key.p > next.p && (cur_peek(&key) == '=' ||
			       (cur_peek(&key) == ':' && key.p + 1 < key.end && is_digit((unsigned char)key.p[1]))))
		return true;
	key = next;
	return scan_digits(&key, &value);
}

/** The totals of Mem-Info are pages: a line that begins with "active_anon:12kB" goes on from a node's or a zone's. */
static bool begins_in_kb(struct cur next)
{
	const char *from = next.p;
	struct pair pair;
	struct cur before;
	return scan_pair(&next, &pair, &before) && pair.key.p == from && pair.has_kb;
}

/** Did a terminal break the pending line, in whatever place, at its right edge? Mail programs break before it, and
 * between words. */
static bool at_edge(const struct assemble_state *a)
{
	static const size_t widths[] = {80, 100, 120, 132, 160, 200};
	if (a->last.width == a->wrap_width)
		return a->wrap_width > 0;
	for (size_t i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		if (a->last.width == widths[i])
			return true;
	}
	return false;
}

/** Is there a blank between the pending text and @p next, which follows it? */
static bool gap_between(struct assemble_state *a, struct cur text, struct cur next, const struct span *span)
{
	if (cut_in_word(text, next)) {
		if (a->last.width >= 60)
			a->wrap_width = a->last.width;
		return false;
	}
	if (at_edge(a))
		return a->last.blank_behind || span->blank_before;
	// One long word, but for the name of a task.
	if (cur_begins(&text, "oom-kill:", 9))
		return cur_has(&text, ",task=") && !cur_has(&text, ",pid=") && *next.p != ',';
	return true;
}

/** A mail program breaks a line before the word that would pass its limit, 72 columns or a few more. */
static bool wrapped_at_word(const struct assemble_state *a, struct cur next)
{
	struct cur first = scan_token(&next);
	return a->last.width <= 80 && a->last.width + 1 + cur_left(&first) > 72;
}

/** Totals of Mem-Info that go on in the next line: its last number is whole, which a line cut short would leave open.
 */
static bool totals_go_on(const struct assemble_state *a, struct cur text, struct cur next)
{
	struct oom_counters unused;
	struct pair one, two;
	struct cur before;
	const char *from = text.p, *to = next.p;
	struct cur rest = next;
	return scan_pair(&text, &one, &before) && one.key.p == from && !one.has_kb && counter_of(&unused, one.key) &&
	       scan_pair(&rest, &two, &before) && two.key.p == to && !two.has_kb && counter_of(&unused, two.key) &&
	       wrapped_at_word(a, next);
}

/** Joins @p next to the pending line where that lacks its end. */
static bool join(struct oom_log *log, struct cur next, const struct span *span)
{
	struct assemble_state *a = log->assemble;
	if (!a->has_pending)
		return false;
	// Without the daemon's tag a message may begin like one: "host DMA: 4*4kB". The kernel's is no part of it.
	bool tagged = a->prefix.full.p < a->prefix.text.p && !cur_is(&a->prefix.tag, "kernel");
	struct cur text = cur_trim(tagged ? a->prefix.full : a->prefix.text);
	if (text.p == text.end)
		return false;
	enum line_end end = log_line_end(log, text);
	bool invoked = cur_left(&text) > 8 && !memcmp(text.end - 8, " invoked", 8);
	bool edge = a->wrap_width && a->last.width == a->wrap_width, totals = totals_go_on(a, text, next);
	if (!edge && !totals && (end == LINE_WHOLE || (end == LINE_OPEN && !at_edge(a) && !may_continue(text, next))))
		return false;
	if (!invoked && !totals && log_line_known(log, next) && !(begins_in_kb(next) && cur_has(&text, "kB")))
		return false;
	if (end == LINE_CUT && at_edge(a))
		a->wrap_width = a->last.width;
	bool gap = gap_between(a, text, next, span);
	a->len = (size_t)(text.end - a->pending);
	if (a->len + 1 + cur_left(&next) > LINE_MAX_BYTES)
		return true; // the rest is dropped
	if (gap)
		a->pending[a->len++] = ' ';
	memcpy(a->pending + a->len, next.p, cur_left(&next));
	a->len += cur_left(&next);
	a->prefix.text.end = a->prefix.full.end = a->pending + a->len;
	a->last = *span;
	return true;
}

/** What a shell told goes where the line itself does not tell. */
static void inherit(struct prefix *p, const struct prefix *from)
{
	if (!oom_known(p->time_us))
		p->time_us = from->time_us;
	if (!oom_known(p->wall_s))
		p->wall_s = from->wall_s;
	if (!oom_known(p->caller))
		p->caller = from->caller;
	if (!p->time[0] && !p->stamp_text[0]) {
		memcpy(p->time, from->time, sizeof(p->time));
		memcpy(p->stamp_text, from->stamp_text, sizeof(p->stamp_text));
	}
	if (p->host.p == p->host.end)
		p->host = from->host;
	if (p->tag.p == p->tag.end) {
		p->tag = from->tag;
		p->full = p->text;
	}
}

/** Kubernetes cuts lines at 16 KiB: "P" until the last piece, which is "F". Adds a piece to what it belongs to. */
static bool add_piece(struct assemble_state *a, const struct prefix *p, const struct span *span)
{
	struct cur piece = p->cri.p < p->cri.end ? p->cri : p->text;
	size_t len = cur_left(&piece);
	if (!a->has_pending || !a->prefix.cri_part || a->len + len >= LINE_MAX_BYTES)
		return false;
	if (a->last.blank_behind)
		a->pending[a->len++] = ' ';
	memcpy(a->pending + a->len, piece.p, len);
	a->len += len;
	a->prefix.cri_part = p->cri_part;
	a->prefix.text.end = a->prefix.full.end = a->pending + a->len;
	a->last = *span;
	return true;
}

/** One message's line, its prefix read. */
static void take_message(struct oom_log *log, struct prefix *p, int64_t number, const struct prefix *outer,
			 const struct span *span)
{
	struct assemble_state *a = log->assemble;
	if (outer) {
		inherit(p, outer);
		p->date = true;
	} else if (p->stamp || p->date || p->level_only) {
		if (add_piece(a, p, span))
			return;
	} else {
		if (join(log, cur_trim(p->text), span))
			return;
		assemble_flush(log);
		if (a->anchored) {
			// The same message goes on in a line of its own.
			struct prefix same = a->prefix;
			inherit(p, &same);
			p->stamp = true;
		}
	}
	assemble_flush(log);
	begin(log, p, number, span);
}

/** One line without line breaks, its quotes off: one message, or several where a console lost the break between them.
 */
static void take(struct oom_log *log, struct cur line, int64_t number, const struct prefix *outer,
		 const struct span *span)
{
	for (const char *next; line.p < line.end; line.p = next) {
		struct prefix p;
		prefix_parse(line, &p);
		if (cur_begins(&p.text, "message repeated ", 17))
			return; // rsyslog: "message repeated 2 times: [ …]" has the message once more
		const char *inner = prefix_inner_stamp(p.text);
		next = inner ? inner : line.end;
		p.text.end = p.full.end = next;
		// What stands before the first stamp of a line is a program's output, or the rest of a line.
		struct cur front = cur_trim(p.text);
		if (!inner || (front.p < front.end && (p.stamp || p.date)))
			take_message(log, &p, number, outer, span);
		else
			assemble_flush(log);
	}
}

/** Web pages and mail programs write U+00A0 for a blank of a row of blanks. */
static void mend_blanks(struct cur *line, char *buf)
{
	if (!cur_has(line, "\xc2\xa0") || cur_left(line) > LINE_MAX_BYTES)
		return;
	memcpy(buf, line->p, cur_left(line));
	*line = cur_of(buf, cur_left(line));
	for (char *p = buf; (p = memmem(p, (size_t)(line->end - p), "\xc2\xa0", 2)); p += 2)
		memset(p, ' ', 2);
}

/** Marks of a quoted mail and indentation: "> > ", "    ". */
static struct cur strip_quotes(struct cur line)
{
	struct cur c = line;
	for (;;) {
		scan_blanks(&c);
		if (cur_peek(&c) != '>')
			break;
		c.p++;
	}
	while (c.end > c.p && is_blank((unsigned char)c.end[-1]))
		c.end--;
	return c;
}

void assemble_inner(struct oom_log *log, struct cur line, int64_t number, const struct prefix *outer)
{
	for (const char *next; line.p < line.end; line.p = next) {
		// Serial consoles end lines with "\r\n" and overwrite them with "\r".
		const char *stop = line.p;
		while (stop < line.end && *stop != '\r' && *stop != '\n')
			stop++;
		next = stop < line.end ? stop + 1 : line.end;
		struct cur text = strip_quotes((struct cur){line.p, stop});
		if (text.p < text.end)
			take(log, text, number, outer,
			     &(struct span){(size_t)(stop - line.p),
					    text.p > line.p && is_blank((unsigned char)text.p[-1]), text.end < stop});
	}
}

void assemble_line(struct oom_log *log, struct cur line, int64_t number)
{
	struct assemble_state *a = log->assemble;
	while (line.end > line.p && line.end[-1] == '\r')
		line.end--;
	if (cur_left(&line) > LINE_MAX_BYTES)
		line.end = line.p + LINE_MAX_BYTES;
	if (pstore_line(log, line, number))
		return;
	mend_blanks(&line, a->mended);
	struct cur bare = strip_quotes(line);
	if (bare.p == bare.end) {
		entry_end(log);
		assemble_flush(log);
		a->anchored = false;
		return;
	}
	if (entry_line(log, bare, number) || json_line(log, bare, number))
		return;
	assemble_inner(log, line, number, NULL);
}
