// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Raw bytes to lines. Most of a log has nothing to do with memory: a block without any of the words that every event
 * has (anchors.c) is passed over at the speed of memory, only its line breaks are counted. Around a word the lines are
 * read from BACK bytes before it until QUIET bytes have meant nothing.
 *
 *      … carry (end of what was passed over) │ piece from the caller …
 *                ▲ window of BACK bytes      ▲       ▲ anchor
 */
#include "log/assemble.h"
#include "log/anchors.h"
#include <stdlib.h>

enum {
	BACK = 32 * 1024,
	QUIET = 96 * 1024,
	FIRST = 256 * 1024, // the start of a log is always read: a report may have lost its head there
};

struct text_state {
	bool reading;	  // lines are read; false: blocks are searched
	int64_t lines;	  // line breaks before the place that is next
	size_t quiet;	  // bytes read since the last line that meant something
	size_t allowance; // bytes to read before any searching
	char *line;	  // a line that the pieces have cut, LINE_MAX_BYTES
	size_t line_len;
	bool line_drop; // it is longer: the rest goes
	char *carry;	// searching: the last BACK bytes
	size_t carry_len;
};

struct text_state *text_new(void)
{
	struct text_state *t = calloc(1, sizeof(*t));
	if (!t || !(t->line = malloc(LINE_MAX_BYTES)) || !(t->carry = malloc(BACK))) {
		text_free(t);
		return NULL;
	}
	t->reading = true;
	t->allowance = FIRST;
	return t;
}

void text_free(struct text_state *t)
{
	if (!t)
		return;
	free(t->line);
	free(t->carry);
	free(t);
}

/** Adds to the kept line, up to its limit; the rest is dropped. NUL bytes (a file system that lost a block writes
 * them, by the megabyte) are no part of any line; one stays where they took a part of it, so that nothing is read
 * across.
 */
static void keep_part(struct text_state *t, struct cur part)
{
	if (part.p < part.end && !*part.p && t->line_len && t->line_len < LINE_MAX_BYTES && t->line[t->line_len - 1])
		t->line[t->line_len++] = '\0';
	while (part.p < part.end && t->line_len < LINE_MAX_BYTES) {
		const char *nul = memchr(part.p, '\0', cur_left(&part));
		size_t room = LINE_MAX_BYTES - t->line_len, len = (size_t)((nul ? nul : part.end) - part.p);
		len = len < room ? len : room;
		memcpy(t->line + t->line_len, part.p, len);
		t->line_len += len;
		part.p = nul ? nul + 1 : part.end;
		while (part.p < part.end && !*part.p)
			part.p++;
		if (nul && t->line_len && t->line_len < LINE_MAX_BYTES && t->line[t->line_len - 1])
			t->line[t->line_len++] = '\0';
	}
}

/** `dmesg --color=always` colours the stamp and parts of the message: the line without "\x1b[33m" and the like. */
static struct cur without_colours(struct text_state *t, struct cur line)
{
	size_t len = 0, room = LINE_MAX_BYTES;
	for (const char *p = line.p; p < line.end && len < room; p++) {
		const char *end = p + 2;
		if (*p == '\x1b' && end < line.end && p[1] == '[') {
			while (end < line.end && (is_digit((unsigned char)*end) || *end == ';'))
				end++;
			if (end < line.end && *end == 'm') {
				p = end;
				continue;
			}
		}
		t->line[len++] = *p; // may be the line itself, further back
	}
	return cur_of(t->line, len);
}

/** One whole line; @p t's counters know how far it brought us. */
static void read_line(struct oom_log *log, struct cur line)
{
	struct text_state *t = log->text;
	int64_t before = log->last_interesting;
	t->lines++;
	// Elsewhere an escape may be part of a process's name.
	if (cur_begins(&line, "\x1b[", 2))
		line = without_colours(t, line);
	assemble_line(log, line, t->lines);
	t->quiet = log->last_interesting != before ? 0 : t->quiet + cur_left(&line) + 1;
}

/** Reads lines until the piece ends or it has been quiet for long; returns how much of the piece is used. */
static size_t read_lines(struct oom_log *log, struct cur piece)
{
	struct text_state *t = log->text;
	const char *from = piece.p;
	while (piece.p < piece.end) {
		size_t wants = entry_wants(log);
		if (wants && !t->line_len) {
			size_t len = wants < cur_left(&piece) ? wants : cur_left(&piece);
			entry_binary(log, cur_of(piece.p, len));
			t->lines += count_breaks(piece.p, len);
			piece.p += len;
			continue;
		}
		const char *newline = memchr(piece.p, '\n', cur_left(&piece));
		struct cur part = {piece.p, newline ? newline : piece.end};
		if (!newline || t->line_len || memchr(part.p, '\0', cur_left(&part))) {
			keep_part(t, part);
			if (!newline)
				return (size_t)(piece.end - from);
			part = cur_of(t->line, t->line_len);
			t->line_len = 0;
		}
		piece.p = newline + 1;
		read_line(log, part);
		if (t->quiet > QUIET && (size_t)(piece.p - from) >= t->allowance && !log->assemble->pstore) {
			t->reading = false;
			break;
		}
	}
	return (size_t)(piece.p - from);
}

/** Keeps the last BACK bytes of what was passed over. */
static void carry_on(struct text_state *t, struct cur passed)
{
	size_t len = cur_left(&passed);
	if (len >= BACK) {
		memcpy(t->carry, passed.end - BACK, BACK);
		t->carry_len = BACK;
		return;
	}
	size_t old = t->carry_len + len > BACK ? BACK - len : t->carry_len;
	memmove(t->carry, t->carry + t->carry_len - old, old);
	memcpy(t->carry + old, passed.p, len);
	t->carry_len = old + len;
}

/** Is there an anchor where carry and piece meet? */
static bool anchor_across(const struct text_state *t, struct cur piece)
{
	char seam[2 * ANCHOR_MAX];
	size_t before = t->carry_len < ANCHOR_MAX ? t->carry_len : ANCHOR_MAX;
	size_t behind = cur_left(&piece) < ANCHOR_MAX ? cur_left(&piece) : ANCHOR_MAX;
	memcpy(seam, t->carry + t->carry_len - before, before);
	memcpy(seam + before, piece.p, behind);
	return find_anchor(seam, before + behind) != NULL;
}

/** Begins to read BACK bytes before @p at, which lies in @p piece; returns where reading goes on in the piece. */
static const char *begin_window(struct oom_log *log, struct cur piece, const char *at)
{
	struct text_state *t = log->text;
	size_t before = (size_t)(at - piece.p);
	const char *from = piece.p;
	t->reading = true;
	t->quiet = 0;
	if (before < BACK) {
		// The window begins in the carry, at the start of a line.
		size_t take = BACK - before < t->carry_len ? BACK - before : t->carry_len;
		struct cur old = cur_of(t->carry + t->carry_len - take, take);
		const char *newline =
			take < t->carry_len || t->carry_len == BACK ? memchr(old.p, '\n', take) : old.p - 1;
		if (newline || take == 0) {
			old.p = newline ? newline + 1 : old.end;
			t->lines -= count_breaks(old.p, cur_left(&old));
			t->carry_len = 0;
			read_lines(log, old);
			return from;
		}
	}
	// From the first line of the window that begins in the piece.
	t->carry_len = 0;
	const char *low = before < BACK ? piece.p : at - BACK;
	const char *newline = memchr(low, '\n', (size_t)(at - low));
	from = newline ? newline + 1 : low;
	t->lines += count_breaks(piece.p, (size_t)(from - piece.p));
	return from;
}

void oom_log_text(struct oom_log *log, const char *text, size_t len)
{
	struct text_state *t = log->text;
	struct cur piece = cur_of(text, len);
	while (piece.p < piece.end) {
		if (t->reading) {
			size_t used = read_lines(log, piece);
			t->allowance = used < t->allowance ? t->allowance - used : 0;
			piece.p += used;
			continue;
		}
		const char *at = anchor_across(t, piece) ? piece.p : find_anchor(piece.p, cur_left(&piece));
		if (!at) {
			t->lines += count_breaks(piece.p, cur_left(&piece));
			carry_on(t, piece);
			return;
		}
		piece.p = begin_window(log, piece, at);
	}
}

void text_end(struct oom_log *log)
{
	struct text_state *t = log->text;
	if (t->line_len) {
		size_t len = t->line_len;
		t->line_len = 0;
		read_line(log, cur_of(t->line, len));
	}
	pstore_end(log);
	entry_end(log);
	assemble_flush(log);
	log->assemble->anchored = false;
	t->lines = 0;
	t->carry_len = t->quiet = 0;
	t->reading = true;
	t->allowance = FIRST;
}
