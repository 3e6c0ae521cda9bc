// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A ticket in Jira's wiki markup, for Data Center and Cloud.
 *
 * A backslash takes the meaning from  - # * _ + ? ^ ~ | % { } [ ] ( ) ! @  and from nothing else, and only where no
 * backslash stands before it; what it cannot help (addresses, smileys, the backslash itself) is written as \xNN.
 * HTML entities are no way out: Cloud shows them as they are. {noformat} ends at the next {noformat}, whatever is
 * before.
 */
#include "report/ticket.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BAR = 20 };

static bool is_alnum(char c)
{
	return (unsigned char)c < 0x80 && isalnum((unsigned char)c);
}

/** Does the colon at text[i] make an address of what is before it? */
static bool is_scheme(const char *text, size_t i)
{
	static const char *const schemes[] = {"mailto", "callto", "skype", "news", "irc", "tel", "sip", "sms", "xmpp"};
	if (text[i + 1] == '/')
		return true;
	for (size_t k = 0; k < sizeof(schemes) / sizeof(schemes[0]); k++) {
		size_t len = strlen(schemes[k]);
		if (i >= len && !strncasecmp(text + i - len, schemes[k], len))
			return true;
	}
	return false;
}

/** Characters that no backslash helps: they would be a line break, a link, a smiley, an entity. */
static bool is_beyond_help(const char *text, size_t i)
{
	switch (text[i]) {
	case '\\':
		return !is_alnum(text[i + 1]);
	case ':':
		return is_scheme(text, i) || (text[i + 1] && strchr("DPp()/", text[i + 1]));
	case ';':
		return text[i + 1] == ')';
	case '&':
		return text[i + 1] == '#' || is_alnum(text[i + 1]);
	case '.':
		return i >= 3 && !strncasecmp(text + i - 3, "www", 3);
	default:
		return false;
	}
}

/**
 * Bytes @p from to @p from + @p len of @p text, of which none is to mean anything.
 * @param[in] plain of a word that is plain: dashes and brackets in it are harmless
 */
static void put_bytes(FILE *out, const char *text, size_t from, size_t len, bool plain)
{
	for (size_t i = from; i < from + len; i++) {
		if (is_beyond_help(text, i))
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
		else if (strchr(plain ? "*+#" : "-#*_+?^~|{}[]()!@", text[i]) || !strncmp(text + i, "??", 2))
			fprintf(out, "\\%c", text[i]);
		else
			fputc(text[i], out);
	}
}

/** A name: {{ }}, which no blank may begin or end. */
static void put_mono(FILE *out, const char *text, size_t from, size_t len)
{
	size_t first = from, end = from + len;
	fputs("{{", out);
	for (; first < end && text[first] == ' '; first++)
		fputs("\\x20", out);
	size_t last = end;
	while (last > first && text[last - 1] == ' ')
		last--;
	put_bytes(out, text, first, last - first, false);
	for (; last < end; last++)
		fputs("\\x20", out);
	fputs("}}", out);
}

/** "(x)" is a smiley. */
static bool is_smiley(const struct tk_word *w)
{
	return w->lead_len && w->tail_len && w->lead[w->lead_len - 1] == '(' && *w->tail == ')' && w->core_len < 9;
}

/** "h1." and "bq." begin a heading and a quote. */
static bool is_heading(const struct tk_word *w)
{
	bool h = w->core_len == 2 &&
		 (!strncmp(w->core, "bq", 2) || (w->core[0] == 'h' && isdigit((unsigned char)w->core[1])));
	return h && w->tail_len && *w->tail == '.';
}

/** A word of @p text, at the start of a line or not. */
static void put_word(FILE *out, const char *text, const struct tk_word *w, bool start)
{
	size_t lead = (size_t)(w->lead - text), core = lead + w->lead_len, tail = core + w->core_len;
	size_t dot = start && is_heading(w);
	put_bytes(out, text, lead, w->lead_len, !is_smiley(w));
	if (w->plain)
		put_bytes(out, text, core, w->core_len, w->core_len > 1); // a dash alone begins a list
	else
		put_mono(out, text, core, w->core_len);
	fputs(dot ? "\\x2e" : "", out);
	put_bytes(out, text, tail + dot, w->tail_len - dot, !is_smiley(w));
}

static void put_words(FILE *out, const char *text, bool start)
{
	struct tk_word w;
	const char *at = text;
	bool first = true;
	for (; tk_word(&at, &w); first = false) {
		fputs(first ? "" : " ", out);
		put_word(out, text, &w, start && first);
	}
}

static void put_cell(FILE *out, const struct tk_doc *t, const struct tk_cell *cell, bool start)
{
	for (size_t i = 0; i < cell->n; i++, start = false) {
		const struct tk_span *s = &cell->v[i];
		const char *text = tk_safe(t, s->text);
		if (s->link)
			continue; // within the page: HTML only
		if (s->look == TK_NAME) {
			put_mono(out, text, 0, strlen(text));
			continue;
		}
		fputs(*text == ' ' ? " " : "", out);
		fputs(s->look == TK_STRONG ? "*" : "", out);
		put_words(out, text, start);
		fputs(s->look == TK_STRONG ? "*" : "", out);
		fputs(tk_ends_in_blank(text) ? " " : "", out);
	}
}

/* --- blocks ------------------------------------------------------ */

static void put_table(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	fputs("||", out);
	for (size_t i = 0; i < b->nr_columns; i++)
		fprintf(out, "%s||", *b->columns[i].title ? b->columns[i].title : " ");
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		fputs("\n|", out);
		for (size_t k = 0; k < b->nr_columns && k < cells->n; k++) {
			const struct tk_cell *cell = &cells->v[k];
			if (!b->columns[k].bar)
				put_cell(out, t, cell, true);
			for (size_t n = b->columns[k].bar ? tk_bar(cell, BAR) : 0; n; n--)
				fputs("\xe2\x96\x88", out); // U+2588 full block
			fputs(" |", out);		    // a cell without a character is none
		}
	}
	fputc('\n', out);
}

/** Labels as the heads of rows. */
static void put_facts(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		for (size_t k = 0; k < cells->n; k++) {
			fputs(k ? "|" : "||", out);
			for (size_t j = 0; !k && j < cells->v[k].n; j++)
				put_words(out, tk_safe(t, cells->v[k].v[j].text), true);
			if (k)
				put_cell(out, t, &cells->v[k], true);
		}
		fputs(" |\n", out);
	}
}

static void put_items(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	for (size_t i = 0; i < b->rows.n; i++) {
		fputs("* ", out);
		put_cell(out, t, &b->rows.v[i].cells.v[0], true);
		fputc('\n', out);
	}
}

static void put_commands(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	fputs("{noformat}\n", out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cell *cell = &b->rows.v[i].cells.v[0];
		for (const char *at = cell->n ? tk_safe(t, cell->v[0].text) : ""; *at; at++) {
			if (!strncasecmp(at, "{noformat", 9) || !strncasecmp(at, "{code", 5))
				fputs("\\x7b", out);
			else
				fputc(*at, out);
		}
		fputc('\n', out);
	}
	fputs("{noformat}\n", out);
}

static void put_block(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	if (b->kind == TK_CHART || b->aside || !b->rows.n)
		return;
	fputc('\n', out);
	switch (b->kind) {
	case TK_TABLE:
		put_table(out, t, b);
		break;
	case TK_FACTS:
		put_facts(out, t, b);
		break;
	case TK_ITEMS:
		put_items(out, t, b);
		break;
	case TK_CODE:
		put_commands(out, t, b);
		break;
	default:
		put_cell(out, t, &b->rows.v[0].cells.v[0], true);
		fputc('\n', out);
		break;
	}
	if (b->left_out)
		fprintf(out, "\nand %zu more\n", b->left_out);
}

void jira_write(FILE *out, const struct tk_doc *t)
{
	for (size_t i = 0; i < t->sections.n; i++) {
		const struct tk_section *s = &t->sections.v[i];
		if (s->hidden)
			continue;
		fprintf(out, "%s%s ", i ? "\n" : "", s->verdict ? "h2." : "h3.");
		put_words(out, tk_safe(t, s->title), true);
		fputc('\n', out);
		for (size_t k = 0; k < s->blocks.n; k++)
			put_block(out, t, &s->blocks.v[k]);
	}
}
