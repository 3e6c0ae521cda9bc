// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Adding to the end of a document. */
#include "report/ticket.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_TOP = 10, SHORT_ROWS = 3 };

static struct tk_section *last_section(struct tk_doc *t)
{
	return t->sections.n ? &t->sections.v[t->sections.n - 1] : NULL;
}

static struct tk_block *last_block(struct tk_doc *t)
{
	struct tk_section *s = last_section(t);
	return s && s->blocks.n ? &s->blocks.v[s->blocks.n - 1] : NULL;
}

static struct tk_row *last_row(struct tk_doc *t)
{
	struct tk_block *b = last_block(t);
	return b && b->rows.n ? &b->rows.v[b->rows.n - 1] : NULL;
}

static struct tk_cell *last_cell(struct tk_doc *t)
{
	struct tk_row *r = last_row(t);
	return r && r->cells.n ? &r->cells.v[r->cells.n - 1] : NULL;
}

OOM_PRINTF(2, 0)
static const char *format(struct tk_doc *t, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *ret = len >= 0 ? oom_alloc(t->arena, (size_t)len + 1) : NULL;
	if (!ret) {
		t->nomem = true;
		return "";
	}
	vsnprintf(ret, (size_t)len + 1, fmt, ap);
	return ret;
}

const char *tk_text(struct tk_doc *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *ret = format(t, fmt, ap);
	va_end(ap);
	return ret;
}

struct tk_section *tk_section(struct tk_doc *t, const char *id, int rank, bool fold, const char *fmt, ...)
{
	struct tk_section *s = oom_list_add(t->arena, &t->sections);
	if (!s) {
		t->nomem = true;
		return NULL;
	}
	va_list ap;
	va_start(ap, fmt);
	s->title = format(t, fmt, ap);
	va_end(ap);
	s->id = tk_text(t, "%s%s", t->prefix, id);
	s->rank = rank;
	s->fold = fold;
	s->hidden = rank > t->limits.keep;
	t->shortened |= s->hidden;
	return s;
}

struct tk_block *tk_block(struct tk_doc *t, enum tk_block_kind kind)
{
	struct tk_section *s = last_section(t);
	struct tk_block *b = s ? oom_list_add(t->arena, &s->blocks) : NULL;
	if (b)
		b->kind = kind;
	else
		t->nomem = true;
	return b;
}

struct tk_block *tk_table(struct tk_doc *t, const struct tk_column *columns, size_t n)
{
	struct tk_block *b = tk_block(t, TK_TABLE);
	if (b) {
		b->columns = columns;
		b->nr_columns = n;
	}
	return b;
}

void tk_chart(struct tk_doc *t, enum tk_chart chart)
{
	struct tk_block *b = tk_block(t, TK_CHART);
	if (b)
		b->chart = chart;
}

struct tk_row *tk_row(struct tk_doc *t)
{
	struct tk_block *b = last_block(t);
	struct tk_row *r = b ? oom_list_add(t->arena, &b->rows) : NULL;
	if (r)
		r->origin.at = r->also.at = OOM_ABSENT;
	else
		t->nomem = true;
	tk_next(t);
	return r;
}

void tk_next(struct tk_doc *t)
{
	struct tk_row *r = last_row(t);
	if (!r || !oom_list_add(t->arena, &r->cells))
		t->nomem = true;
}

const char *tk_clip(struct tk_doc *t, const char *text)
{
	size_t most = t->limits.clip, len = strlen(text);
	if (!most || len <= most)
		return text;
	while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	t->shortened = true;
	return tk_text(t, "%.*s...", (int)most, text);
}

void tk_put(struct tk_doc *t, enum tk_look look, const char *text)
{
	struct tk_cell *cell = last_cell(t);
	if (!text || !*text)
		return;
	struct tk_span *s = cell ? oom_list_add(t->arena, cell) : NULL;
	if (s)
		*s = (struct tk_span){.look = look, .text = tk_clip(t, text)};
	else
		t->nomem = true;
}

void tk_putf(struct tk_doc *t, enum tk_look look, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	tk_put(t, look, format(t, fmt, ap));
	va_end(ap);
}

void tk_link(struct tk_doc *t, const char *id)
{
	struct tk_cell *cell = last_cell(t);
	if (cell && cell->n)
		cell->v[cell->n - 1].link = id;
}

void tk_para(struct tk_doc *t, enum tk_look look, const char *text)
{
	if (!text || !*text)
		return;
	tk_block(t, TK_PARA);
	tk_row(t);
	tk_put(t, look, text);
}

void tk_cell(struct tk_doc *t, enum tk_look look, const char *text)
{
	tk_next(t);
	tk_put(t, look, text);
}

void tk_cell_kb(struct tk_doc *t, int64_t kb)
{
	char size[RP_SIZE];
	tk_next(t);
	tk_putf(t, TK_TEXT, "%s", rp_size(kb, size));
}

void tk_cell_int(struct tk_doc *t, int64_t value)
{
	tk_next(t);
	if (oom_known(value))
		tk_putf(t, TK_TEXT, "%" PRId64, value);
	else
		tk_put(t, TK_TEXT, "?");
}

void tk_who(struct tk_doc *t, const char *comm, int64_t pid)
{
	tk_put(t, TK_NAME, comm);
	if (comm && oom_known(pid))
		tk_putf(t, TK_TEXT, " (%" PRId64 ")", pid);
	else if (oom_known(pid))
		tk_putf(t, TK_TEXT, "pid %" PRId64, pid);
	else if (!comm)
		tk_put(t, TK_TEXT, "?");
}

bool tk_verbose(const struct tk_doc *t)
{
	return t->options->verbose && !t->limits.terse;
}

size_t tk_top(const struct tk_doc *t)
{
	return t->options->top > 0 ? (size_t)t->options->top : DEFAULT_TOP;
}

size_t tk_rows(struct tk_doc *t, size_t n, size_t most)
{
	const struct tk_section *s = last_section(t);
	struct tk_block *b = last_block(t);
	size_t rows = tk_verbose(t) || n < most ? n : most;
	if (s && s->rank > t->limits.full && rows > SHORT_ROWS) {
		rows = SHORT_ROWS;
		t->shortened = true;
	}
	if (b)
		b->left_out = n - rows;
	return rows;
}
