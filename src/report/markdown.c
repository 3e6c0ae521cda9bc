// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A ticket in Markdown as GitHub, GitLab and ServiceNow render it (GitHub Flavored Markdown, spec 0.29).
 *
 * Names of the input stand in code spans: no markup, no links, no mentions in there. The only HTML is the fold.
 */
#include "report/ticket.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BAR = 20 };

/** Where a text stands: in a table a '|' would end the cell, at the start of a line a number would begin a list. */
struct place {
	bool table, start;
};

/** The longest run of backticks: the fence must be longer. */
static size_t longest_fence(const char *text, size_t len)
{
	size_t longest = 0, run = 0;
	for (size_t i = 0; i < len; i++) {
		run = text[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void put_fence(FILE *out, size_t n)
{
	while (n--)
		fputc('`', out);
}

/** One byte of a code span. */
static void put_code_byte(FILE *out, const char *text, size_t i, bool table)
{
	// In a table the cell is cut out before code spans are looked for: "\|" is a bar, "\\|" ends the cell
	// (spec 4.10).
	if (text[i] == '|' && table)
		fputs(i && text[i - 1] == '\\' ? "\\x7c" : "\\|", out);
	else if (text[i] == '[' && !strncasecmp(text + i, "[code]", 6))
		fputs("\\x5b", out); // what follows would be HTML to ServiceNow's journal fields
	else
		fputc(text[i], out);
}

/** A code span (spec 6.3): one blank at each end is taken away if both are there. */
static void put_code(FILE *out, const char *text, size_t len, bool table)
{
	size_t fence = longest_fence(text, len) + 1, blanks = strspn(text, " ");
	bool pad = blanks < len && (text[0] == '`' || text[len - 1] == '`' || (text[0] == ' ' && text[len - 1] == ' '));
	put_fence(out, fence);
	fputs(pad ? " " : "", out);
	for (size_t i = 0; i < len; i++)
		put_code_byte(out, text, i, table);
	fputs(pad ? " " : "", out);
	put_fence(out, fence);
}

static void put_plain(FILE *out, const struct tk_word *w, bool start)
{
	bool number = start && strspn(w->core, "0123456789") >= w->core_len && w->core_len;
	bool list = start && w->core_len == 1 && strchr("-+*", *w->core);
	fwrite(w->lead, 1, w->lead_len, out);
	fputs(list || (w->core_len && strchr("<>", *w->core)) ? "\\" : "", out);
	fwrite(w->core, 1, w->core_len, out);
	fputs(number && w->tail_len ? "\\" : "", out); // "1." would begin a list
	fwrite(w->tail, 1, w->tail_len, out);
}

static void put_words(FILE *out, const char *text, struct place place)
{
	struct tk_word w;
	const char *at = text;
	bool first = true;
	for (; tk_word(&at, &w); first = false) {
		fputs(first ? "" : " ", out);
		if (w.plain) {
			put_plain(out, &w, place.start && first);
			continue;
		}
		fwrite(w.lead, 1, w.lead_len, out);
		put_code(out, w.core, w.core_len, place.table);
		fwrite(w.tail, 1, w.tail_len, out);
	}
}

static void put_span(FILE *out, const struct tk_doc *t, const struct tk_span *s, struct place place)
{
	const char *text = tk_safe(t, s->text);
	if (s->link)
		return; // within the page: HTML only
	if (s->look == TK_NAME) {
		put_code(out, text, strlen(text), place.table);
		return;
	}
	fputs(*text == ' ' ? " " : "", out);
	fputs(s->look == TK_STRONG ? "**" : "", out);
	put_words(out, text, (struct place){place.table, place.start && s->look != TK_STRONG});
	fputs(s->look == TK_STRONG ? "**" : "", out);
	fputs(tk_ends_in_blank(text) ? " " : "", out);
}

static void put_cell(FILE *out, const struct tk_doc *t, const struct tk_cell *cell, struct place place)
{
	for (size_t i = 0; i < cell->n; i++) {
		put_span(out, t, &cell->v[i], place);
		place.start = false;
	}
}

/* --- blocks ------------------------------------------------------ */

static void put_table_cell(FILE *out, const struct tk_doc *t, const struct tk_column *c, const struct tk_cell *cell)
{
	fputc(' ', out);
	if (!c->bar)
		put_cell(out, t, cell, (struct place){.table = true});
	for (size_t n = c->bar ? tk_bar(cell, BAR) : 0; n; n--)
		fputs("\xe2\x96\x88", out); // U+2588 full block
	fputs(" |", out);
}

static void put_table(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	fputc('|', out);
	for (size_t i = 0; i < b->nr_columns; i++)
		fprintf(out, " %s |", b->columns[i].title);
	fputs("\n|", out);
	for (size_t i = 0; i < b->nr_columns; i++)
		fputs(b->columns[i].right ? " ---: |" : " --- |", out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		fputs("\n|", out);
		for (size_t k = 0; k < b->nr_columns && k < cells->n; k++)
			put_table_cell(out, t, &b->columns[k], &cells->v[k]);
	}
	fputc('\n', out);
}

static void put_list(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		fputs("- ", out);
		for (size_t k = 0; k < cells->n; k++) {
			fputs(k ? ": " : "", out);
			put_cell(out, t, &cells->v[k], (struct place){.start = !k});
		}
		fputc('\n', out);
	}
}

/** Commands, in a fence that is longer than any in them. */
static void put_commands(FILE *out, const struct tk_doc *t, const struct tk_block *b)
{
	size_t fence = 3;
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cell *cell = &b->rows.v[i].cells.v[0];
		size_t n = cell->n ? longest_fence(cell->v[0].text, strlen(cell->v[0].text)) + 1 : 0;
		fence = n > fence ? n : fence;
	}
	put_fence(out, fence);
	fputs("sh\n", out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cell *cell = &b->rows.v[i].cells.v[0];
		const char *text = cell->n ? tk_safe(t, cell->v[0].text) : "";
		for (size_t k = 0; text[k]; k++)
			put_code_byte(out, text, k, false);
		fputc('\n', out);
	}
	put_fence(out, fence);
	fputc('\n', out);
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
	case TK_ITEMS:
	case TK_FACTS:
		put_list(out, t, b);
		break;
	case TK_CODE:
		put_commands(out, t, b);
		break;
	default:
		put_cell(out, t, &b->rows.v[0].cells.v[0], (struct place){.start = true});
		fputc('\n', out);
		break;
	}
	if (b->left_out)
		fprintf(out, "\nand %zu more\n", b->left_out);
}

/** Titles of folds are the program's own words; what could be HTML in them is not written. */
static void put_summary(FILE *out, const char *title)
{
	for (; *title; title++)
		fputs((char[2]){strchr("<>&", *title) ? ' ' : *title, '\0'}, out);
}

void markdown_write(FILE *out, const struct tk_doc *t)
{
	for (size_t i = 0; i < t->sections.n; i++) {
		const struct tk_section *s = &t->sections.v[i];
		if (s->hidden)
			continue;
		fputs(i ? "\n" : "", out);
		if (s->fold) {
			fputs("<details><summary>", out);
			put_summary(out, s->title);
			fputs("</summary>\n", out);
		} else {
			fputs(s->verdict ? "## " : "### ", out);
			put_words(out, tk_safe(t, s->title), (struct place){.start = true});
			fputc('\n', out);
		}
		for (size_t k = 0; k < s->blocks.n; k++)
			put_block(out, t, &s->blocks.v[k]);
		fputs(s->fold ? "\n</details>\n" : "", out);
	}
}
