// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The document of one report, made to fit. */
#include "report/ticket.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RANK = 9 };

/** Position of the event that is wanted: by its index, else the decisive one; -1 without any. */
static int64_t wanted(const struct tk_doc *t)
{
	for (size_t i = 0; oom_known(t->options->event) && i < t->c->events.n; i++) {
		if (t->c->events.v[i].index == t->options->event)
			return (int64_t)i;
	}
	return t->d->decisive;
}

/** One event (-1: the verdict on an input without any). Its facts live as long as the document. */
static struct rp_facts *add_event(struct tk_doc *t, int64_t at)
{
	struct rp_facts *f = oom_alloc(t->arena, sizeof(*f));
	if (!f) {
		t->nomem = true;
		return NULL;
	}
	size_t first = t->sections.n;
	rp_facts(t->c, t->d, at, f);
	tk_verdict(t, f);
	tk_advice(t, f);
	if (f->verdict->scope == OOM_SCOPE_MEMCG) {
		tk_cgroup(t, f);
		tk_tasks(t, f);
		tk_memory(t, f);
	} else {
		tk_memory(t, f);
		tk_tasks(t, f);
		tk_cgroup(t, f);
	}
	tk_findings(t, f);
	tk_zones(t, f);
	tk_holders(t, f);
	tk_census(t, f);
	tk_events(t, f);
	tk_missing(t, f);
	for (size_t i = first; i < t->sections.n; i++)
		t->sections.v[i].facts = f;
	return f;
}

/** What is not here for lack of space, by the titles of its sections. */
static void add_shortened(struct tk_doc *t)
{
	bool any = false;
	size_t n = t->sections.n;
	if (!t->shortened)
		return;
	tk_section(t, "shortened", 0, false, "This report was shortened");
	tk_block(t, TK_PARA);
	tk_row(t);
	tk_putf(t, TK_TEXT, "It was to have at most %zu bytes (--max-size).", t->max);
	for (size_t i = 0; i < n; i++) {
		if (!t->sections.v[i].hidden)
			continue;
		tk_putf(t, TK_TEXT, "%s%s", any ? "; " : " Left out: ", t->sections.v[i].title);
		any = true;
	}
	tk_put(t, TK_TEXT, any ? ". " : " ");
	tk_put(t, TK_TEXT, "The text report has all of it.");
}

/** Does any row of the table say something in this column? */
static bool is_used(const struct tk_block *b, size_t column)
{
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		const struct tk_cell *cell = column < cells->n ? &cells->v[column] : NULL;
		bool blank = cell && cell->n == 1 && cell->v[0].look == TK_TEXT &&
			     (!strcmp(cell->v[0].text, "?") || !strcmp(cell->v[0].text, "-"));
		if (cell && cell->n && !blank)
			return true;
	}
	return false;
}

/** Columns of which nothing is known go; a first one stays. */
static void prune(struct tk_doc *t, struct tk_block *b)
{
	struct tk_column *columns = oom_alloc(t->arena, (b->nr_columns + 1) * sizeof(*columns));
	size_t n = 0;
	if (!columns) {
		t->nomem = true;
		return;
	}
	for (size_t i = 0; i < b->nr_columns; i++) {
		if (i && !is_used(b, i))
			continue;
		columns[n] = b->columns[i];
		for (size_t k = 0; k < b->rows.n; k++) {
			struct tk_cells *cells = &b->rows.v[k].cells;
			if (i < cells->n && n < i)
				cells->v[n] = cells->v[i];
		}
		n++;
	}
	for (size_t k = 0; k < b->rows.n; k++) {
		if (b->rows.v[k].cells.n > n)
			b->rows.v[k].cells.n = n;
	}
	b->columns = columns;
	b->nr_columns = n;
}

static void prune_all(struct tk_doc *t)
{
	for (size_t i = 0; i < t->sections.n; i++) {
		struct tk_blocks *blocks = &t->sections.v[i].blocks;
		for (size_t k = 0; k < blocks->n && !t->nomem; k++) {
			if (blocks->v[k].kind == TK_TABLE)
				prune(t, &blocks->v[k]);
		}
	}
}

static void make(struct tk_doc *t)
{
	struct rp_facts *f = NULL;
	t->prefix = "";
	t->shortened = t->limits.terse;
	if (t->options->all_events && t->c->events.n > 1) {
		for (size_t i = 0; i < t->c->events.n && !t->nomem; i++) {
			t->prefix = tk_text(t, "e%zu-", i);
			f = add_event(t, (int64_t)i);
		}
		t->prefix = "";
	} else {
		f = add_event(t, wanted(t));
	}
	if (f)
		tk_origin(t, f);
	add_shortened(t);
	prune_all(t);
}

/** Makes and writes one document into memory; its text is to be freed. */
static enum oom_status attempt(tk_write *write, struct tk_doc *t, char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);
	t->arena = out ? oom_arena_new() : NULL;
	if (t->arena) {
		make(t);
		if (!t->nomem)
			write(out, t);
	}
	bool done = t->arena && !t->nomem && !ferror(out);
	if (out && fclose(out) != 0)
		done = false;
	oom_arena_free(t->arena);
	if (done)
		return OOM_OK;
	free(*text);
	*text = NULL;
	return OOM_ENOMEM;
}

/** The next, tighter limits; false if there are none. */
static bool tighten(struct tk_limits *l, const struct oom_report_options *options)
{
	if (options->verbose && !l->terse)
		l->terse = true;
	else if (l->full > 0)
		l->full--;
	else if (l->keep > 0)
		l->keep--;
	else if (!l->clip || l->clip > 64)
		l->clip = l->clip ? l->clip / 2 : 1024;
	else
		return false;
	return true;
}

enum oom_status tk_report(FILE *out, tk_write *write, size_t max, const struct oom_case *c,
			  const struct oom_diagnosis *d, const struct oom_report_options *options,
			  struct oom_error *err)
{
	struct tk_limits limits = {.full = MAX_RANK, .keep = MAX_RANK};
	for (;;) {
		struct tk_doc t = {.c = c, .d = d, .options = options, .limits = limits, .max = max};
		char *text = NULL;
		size_t size = 0;
		if (attempt(write, &t, &text, &size) != OOM_OK)
			return oom_fail(err, OOM_ENOMEM, "no memory for the report");
		if (!max || size <= max) {
			bool written = fwrite(text, 1, size, out) == size && !ferror(out);
			free(text);
			return written ? OOM_OK : oom_fail(err, OOM_EWRITE, "the report could not be written");
		}
		free(text);
		if (!tighten(&limits, options))
			return oom_fail(err, OOM_EINVAL, "not even the verdict fits into %zu bytes, it takes %zu", max,
					size);
	}
}
