// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The pen of the text report: columns, wrapping, colours, bars. */
#include "report/escape.h"
#include "report/text.h"
#include <stdio.h>
#include <string.h>

/* --- one character of input as it is shown ----------------------- */

/** What one character (or one byte that is none) becomes. */
struct glyph {
	char text[RP_SHOWN];
	size_t len, bytes; // shown, taken from the input
	int columns;
};

static struct glyph glyph_of(const struct tx *t, const char *at, size_t len)
{
	struct glyph g = {.bytes = rp_shown(at, len, !t->options->unicode, g.text)};
	uint32_t code = 0;
	g.len = strlen(g.text);
	g.columns = g.len == rp_utf8(g.text, g.len, &code) ? rp_columns(code) : (int)g.len;
	return g;
}

static int columns_of(const struct tx *t, const char *text, size_t len)
{
	int columns = 0;
	for (size_t i = 0; i < len && columns < 1 << 20;) {
		struct glyph g = glyph_of(t, text + i, len - i);
		columns += g.columns;
		i += g.bytes;
	}
	return columns;
}

int tx_columns(const struct tx *t, const char *text)
{
	return columns_of(t, text, strlen(text));
}

/* --- writing ----------------------------------------------------- */

static void pay(struct tx *t)
{
	for (; t->owed > 0; t->owed--)
		fputc(' ', t->out);
}

static void write_raw(struct tx *t, const char *text, size_t len, int columns)
{
	pay(t);
	fwrite(text, 1, len, t->out);
	t->col += columns;
}

/** At most @p max columns of @p text; the bytes taken. */
static size_t write_some(struct tx *t, const char *text, size_t len, int max)
{
	size_t i = 0;
	while (i < len) {
		struct glyph g = glyph_of(t, text + i, len - i);
		if (g.columns > max)
			break;
		if (g.len == 1 && g.text[0] == ' ') {
			t->owed++;
			t->col++;
		} else {
			write_raw(t, g.text, g.len, g.columns);
		}
		max -= g.columns;
		i += g.bytes;
	}
	return i;
}

static int room(const struct tx *t, int max)
{
	int left = t->width - t->col;
	return max > 0 && max < left ? max : left;
}

static void put_len(struct tx *t, const char *text, size_t len, int max)
{
	int space = room(t, max);
	if (columns_of(t, text, len) <= space) {
		write_some(t, text, len, space);
		return;
	}
	int dots = space > 3 ? 3 : space < 0 ? 0 : space;
	write_some(t, text, len, space - dots);
	write_raw(t, "...", (size_t)dots, dots);
}

void tx_put(struct tx *t, const char *text, int max)
{
	put_len(t, text, strlen(text), max);
}

/** The last part of @p text that fits into @p max columns; where it begins. */
static size_t tail(const struct tx *t, const char *text, size_t len, int max)
{
	int over = columns_of(t, text, len) - max;
	size_t i = 0;
	while (i < len && over > 0) {
		struct glyph g = glyph_of(t, text + i, len - i);
		over -= g.columns;
		i += g.bytes;
	}
	return i;
}

void tx_put_path(struct tx *t, const char *path, int max)
{
	size_t len = strlen(path);
	int space = room(t, max), head = (space - 3) / 3;
	if (columns_of(t, path, len) <= space || space < 12) {
		put_len(t, path, len, max);
		return;
	}
	write_some(t, path, len, head);
	write_raw(t, "...", 3, 3);
	size_t from = tail(t, path, len, space - 3 - head);
	write_some(t, path + from, len - from, space - 3 - head);
}

void tx_printf(struct tx *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tx_put(t, text, 0);
}

void tx_to(struct tx *t, int col)
{
	int more = col > t->col ? col - t->col : 1;
	t->owed += more;
	t->col += more;
}

void tx_right(struct tx *t, int end, const char *text)
{
	int columns = tx_columns(t, text);
	if (end - columns > t->col)
		tx_to(t, end - columns);
	else
		tx_to(t, t->col + 1);
	tx_put(t, text, 0);
}

void tx_nl(struct tx *t)
{
	fputc('\n', t->out);
	t->col = t->owed = 0;
}

/* --- wrapping
 * --------------------------------------------------------------------------------------------------------- */

static void wrap_newline(struct tx *t, int indent)
{
	tx_nl(t);
	t->owed = t->col = indent;
}

/** One word, broken where it is longer than a whole line. */
static void wrap_word(struct tx *t, int indent, const char *word, size_t len)
{
	while (len && columns_of(t, word, len) > t->width - t->col) {
		size_t taken = write_some(t, word, len, t->width - t->col);
		if (!taken && t->col <= indent)
			return; // not even one character fits: cannot be with 60 columns
		word += taken;
		len -= taken;
		if (len)
			wrap_newline(t, indent);
	}
	write_some(t, word, len, t->width - t->col);
}

void tx_wrap(struct tx *t, int indent, const char *text)
{
	bool first = *text != ' ';
	for (const char *at = text + strspn(text, " "); *at;) {
		size_t len = strcspn(at, " ");
		int columns = columns_of(t, at, len);
		if (len && !first && t->col + 1 + columns > t->width &&
		    (columns <= t->width - indent || t->col > t->width - 8))
			wrap_newline(t, indent);
		else if (len && !first)
			tx_to(t, t->col + 1);
		if (len) {
			// The first word may stand behind a label and still be too long for what is left of the line.
			if (first && t->col > indent && t->col + columns > t->width && columns <= t->width - indent)
				wrap_newline(t, indent);
			wrap_word(t, indent, at, len);
			first = false;
		}
		at += len + strspn(at + len, " ");
	}
}

void tx_unit(struct tx *t, int indent, const char *text)
{
	if (t->col > indent && t->col + tx_columns(t, text) > t->width)
		wrap_newline(t, indent);
	tx_put(t, text, 0);
}

void tx_wrapf(struct tx *t, int indent, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tx_wrap(t, indent, text);
}

/* --- looks
 * -------------------------------------------------------------------------------------------------------------- */

void tx_style(struct tx *t, enum tx_style style)
{
	static const char *const codes[] = {
		[TX_PLAIN] = "\033[0m",	    [TX_BOLD] = "\033[0;1m",  [TX_DIM] = "\033[0;2m",
		[TX_BAD] = "\033[0;1;31m",  [TX_WARN] = "\033[0;33m", [TX_GOOD] = "\033[0;32m",
		[TX_HEAD] = "\033[0;1;36m",
	};
	if (!t->options->color || style == t->style)
		return;
	fputs(codes[style], t->out);
	t->style = style;
}

/** Full blocks and one of eighths (U+2588 to U+258F); in ASCII '#'. What is not nothing shows. */
void tx_bar(struct tx *t, int width, int64_t part, int64_t whole)
{
	if (!oom_known(part) || !oom_known(whole) || whole <= 0 || part <= 0)
		return;
	if (width > t->width - t->col)
		width = t->width - t->col;
	if (width <= 0)
		return;
	double share = part > whole ? 1 : (double)part / (double)whole;
	int eighths = (int)(share * width * 8 + 0.5);
	if (!t->options->unicode) {
		int full = (eighths + 4) / 8;
		for (int i = 0; i < (full ? full : 1); i++)
			write_raw(t, "#", 1, 1);
		return;
	}
	for (int i = 0; i < eighths / 8; i++)
		write_raw(t, "\xe2\x96\x88", 3, 1);
	int rest = eighths ? eighths % 8 : 1;
	if (rest) {
		const char block[] = {'\xe2', '\x96', (char)(0x90 - rest)};
		write_raw(t, block, 3, 1);
	}
}

void tx_heading(struct tx *t, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tx_nl(t);
	tx_style(t, TX_HEAD);
	tx_wrap(t, 2, text);
	tx_style(t, TX_PLAIN);
	tx_nl(t);
}

const char *tx_dot(const struct tx *t)
{
	return t->options->unicode ? "\xc2\xb7" : "-";
}
