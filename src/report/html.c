// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The report as one HTML page (HTML Living Standard; checked with tidy and a strict parser). */
#include "report/html.h"
#include "report/html_style.h"
#include <string.h>

static void put_link(const struct html *h, const struct tk_span *s)
{
	fputs(*s->text == ' ' ? " <a href=\"#" : "<a href=\"#", h->out);
	html_text(h, s->link);
	fputs("\">", h->out);
	html_words(h, s->text + strspn(s->text, " "));
	fputs("</a>", h->out);
}

static void put_span(const struct html *h, const struct tk_span *s)
{
	static const char *const open[] = {"", "", "<strong>", "<span class=\"dim\">"};
	static const char *const close[] = {"", "", "</strong>", "</span>"};
	if (s->link) {
		if (html_has_id(h, s->link))
			put_link(h, s);
		return;
	}
	if (s->look == TK_NAME) {
		html_name(h, s->text);
		return;
	}
	fputs(open[s->look], h->out);
	html_words(h, s->text);
	fputs(close[s->look], h->out);
}

static void put_cell(const struct html *h, const struct tk_cell *cell)
{
	for (size_t i = 0; i < cell->n; i++)
		put_span(h, &cell->v[i]);
}

/* --- blocks ------------------------------------------------------ */

static void put_id(const struct html *h, const char *id)
{
	if (!id)
		return;
	fputs(" id=\"", h->out);
	html_text(h, id);
	fputs("\"", h->out);
}

static void put_table_head(const struct html *h, const struct tk_block *b)
{
	fputs("<thead><tr>", h->out);
	for (size_t i = 0; i < b->nr_columns; i++) {
		const char *class = b->columns[i].right ? " class=\"n\"" : "";
		if (*b->columns[i].title)
			html_printf(h, "<th scope=\"col\"%s>%s</th>", class, b->columns[i].title);
		else
			fputs(b->columns[i].bar ? "<td class=\"b\"></td>" : "<td></td>", h->out);
	}
	fputs("</tr></thead>\n", h->out);
}

static void put_table_cell(const struct html *h, const struct tk_column *c, const struct tk_row *row, size_t at)
{
	const struct tk_cell *cell = &row->cells.v[at], *first = &row->cells.v[0];
	const char *label = first->n ? first->v[0].text : "";
	if (c->bar) {
		fputs("<td class=\"b\">", h->out);
		html_bar(h, cell, label);
	} else {
		// Blanks before a label: it is within the one above.
		fputs(c->right ? "<td class=\"n\">" : !at && *label == ' ' ? "<td class=\"sub\">" : "<td>", h->out);
		put_cell(h, cell);
	}
	fputs("</td>", h->out);
}

static void put_table(const struct html *h, const struct tk_section *s, size_t at)
{
	static const char *const tones[] = {"", " class=\"good\"", " class=\"warn\"", " class=\"bad\""};
	const struct tk_block *b = &s->blocks.v[at];
	// A table that is wider than the screen scrolls by itself, the page does not.
	bool bars = b->nr_columns && b->columns[b->nr_columns - 1].bar;
	html_printf(h, "<div class=\"scroll\" tabindex=\"0\"><table%s>\n", bars ? " class=\"wide\"" : "");
	put_table_head(h, b);
	fputs("<tbody>\n", h->out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_row *row = &b->rows.v[i];
		fputs("<tr", h->out);
		put_id(h, html_row_id(h, s, at, i));
		html_printf(h, "%s>", tones[row->tone]);
		for (size_t k = 0; k < b->nr_columns && k < row->cells.n; k++)
			put_table_cell(h, &b->columns[k], row, k);
		for (size_t k = row->cells.n; k < b->nr_columns; k++)
			fputs("<td></td>", h->out);
		fputs("</tr>\n", h->out);
	}
	fputs("</tbody></table></div>\n", h->out);
}

static void put_facts(const struct html *h, const struct tk_section *s, size_t at)
{
	const struct tk_block *b = &s->blocks.v[at];
	fputs("<dl>\n", h->out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		fputs("<dt", h->out);
		put_id(h, html_row_id(h, s, at, i));
		fputs(">", h->out);
		for (size_t k = 0; cells->n && k < cells->v[0].n; k++)
			html_words(h, cells->v[0].v[k].text);
		fputs("</dt><dd>", h->out);
		for (size_t k = 1; k < cells->n; k++)
			put_cell(h, &cells->v[k]);
		fputs("</dd>\n", h->out);
	}
	fputs("</dl>\n", h->out);
}

/** Where the evidence is from, its last piece, points to the row that has the fact. */
static void put_evidence(const struct html *h, const struct tk_cell *cell, const char *id)
{
	for (size_t i = 0; i < cell->n; i++) {
		const struct tk_span *s = &cell->v[i];
		if (id && i && s->look == TK_DIM)
			put_link(h, &(struct tk_span){.text = s->text, .link = id});
		else
			put_span(h, s);
	}
}

static void put_items(const struct html *h, const struct tk_block *b)
{
	fputs(b->aside ? "<ul class=\"because\">\n" : "<ul>\n", h->out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_row *row = &b->rows.v[i];
		fputs("<li>", h->out);
		for (size_t k = 0; k < row->cells.n; k++)
			put_evidence(h, &row->cells.v[k], html_evidence(h, &row->origin));
		fputs("</li>\n", h->out);
	}
	fputs("</ul>\n", h->out);
}

static void put_commands(const struct html *h, const struct tk_block *b)
{
	fputs("<pre><code>", h->out);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cell *cell = &b->rows.v[i].cells.v[0];
		html_text(h, cell->n ? cell->v[0].text : "");
		fputs(i + 1 < b->rows.n ? "\n" : "", h->out);
	}
	fputs("</code></pre>\n", h->out);
}

static void put_claim(const struct html *h, const struct tk_block *b)
{
	static const char *const classes[] = {"", " class=\"warn\"", " class=\"bad\""};
	fputs("<h3", h->out);
	put_id(h, b->id && html_is_first(h, b) ? b->id : NULL);
	html_printf(h, "%s>", (unsigned int)b->severity < 3 ? classes[b->severity] : "");
	put_cell(h, &b->rows.v[0].cells.v[0]);
	fputs("</h3>\n", h->out);
}

static void put_block(const struct html *h, const struct tk_section *s, size_t at)
{
	const struct tk_block *b = &s->blocks.v[at];
	if (b->kind == TK_CHART) {
		html_chart(h, s, at);
		return;
	}
	if (!b->rows.n)
		return;
	switch (b->kind) {
	case TK_TABLE:
		put_table(h, s, at);
		break;
	case TK_FACTS:
		put_facts(h, s, at);
		break;
	case TK_ITEMS:
		put_items(h, b);
		break;
	case TK_CODE:
		put_commands(h, b);
		break;
	case TK_CLAIM:
		put_claim(h, b);
		break;
	default:
		fputs("<p", h->out);
		put_id(h, html_row_id(h, s, at, 0));
		fputs(">", h->out);
		put_cell(h, &b->rows.v[0].cells.v[0]);
		fputs("</p>\n", h->out);
		break;
	}
	if (b->left_out)
		html_printf(h, "<p class=\"dim\">and %zu more</p>\n", b->left_out);
}

/* --- page -------------------------------------------------------- */

/** The colour of a verdict: an OOM, something else that happened, nothing. */
static const char *verdict_class(const struct rp_facts *f)
{
	if (f && f->verdict->oom)
		return "bad";
	return f && f->event ? "warn" : "good";
}

static void put_section(struct html *h, const struct tk_section *s)
{
	h->section = s;
	if (s->verdict)
		html_printf(h, "<header class=\"verdict %s\"", verdict_class(s->facts));
	else
		fputs("<section", h->out);
	put_id(h, s->id);
	// Proof is not folded away: a page is printed and searched as a whole.
	fputs(s->verdict ? ">\n<h1>" : ">\n<h2>", h->out);
	html_words(h, s->title);
	fputs(s->verdict ? "</h1>\n" : "</h2>\n", h->out);
	for (size_t i = 0; i < s->blocks.n; i++)
		put_block(h, s, i);
	fputs(s->verdict ? "</header>\n" : "</section>\n", h->out);
}

/** Where the sections are; of a page with several events, where these are. */
static void put_contents(const struct html *h)
{
	size_t verdicts = 0;
	for (size_t i = 0; i < h->t->sections.n; i++)
		verdicts += h->t->sections.v[i].verdict;
	fputs("<nav aria-label=\"Contents\">\n", h->out);
	for (size_t i = 0; i < h->t->sections.n; i++) {
		const struct tk_section *s = &h->t->sections.v[i];
		if (s->hidden || s->verdict != (verdicts > 1))
			continue;
		fputs("<a href=\"#", h->out);
		html_text(h, s->id);
		fputs("\">", h->out);
		if (s->verdict && s->facts && s->facts->event)
			html_printf(h, "Event %lld: ", (long long)s->facts->event->index);
		// "Where 3.8 GiB went, as the kernel printed it": what is before the comma tells enough.
		const char *title = oom_strndup(h->t->arena, s->title, strcspn(s->title, ",:("));
		html_words(h, title ? title : s->id);
		fputs("</a>\n", h->out);
	}
	fputs("</nav>\n", h->out);
}

static void put_head(const struct html *h)
{
	const char *host = h->t->c->system.nodename;
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "img-src data:\">\n"
	      "<meta name=\"generator\" content=\"oomortem " OOMORTEM_VERSION "\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      h->out);
	html_text(h, h->t->sections.n ? h->t->sections.v[0].title : "oomortem");
	if (host && strcmp(host, "(none)") != 0) {
		fputs(", ", h->out);
		html_text(h, host);
	}
	html_printf(h, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", html_style);
}

void html_write(FILE *out, const struct tk_doc *t)
{
	struct html h = {.out = out, .t = t};
	put_head(&h);
	for (size_t i = 0; i < t->sections.n; i++) {
		if (t->sections.v[i].hidden)
			continue;
		put_section(&h, &t->sections.v[i]);
		if (!i)
			put_contents(&h);
	}
	fputs("</main>\n</body>\n</html>\n", out);
}
