// SPDX-License-Identifier: GPL-2.0-or-later
/** @file From a claim to its evidence: ids of what is pointed to. */
#include "report/html.h"
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_origin(const struct oom_origin *a, const struct oom_origin *b)
{
	return a->kind != OOM_FROM_NOWHERE && a->kind == b->kind && a->at == b->at && same_text(a->what, b->what);
}

/** Rows that hold facts; those of lists are claims and their evidence. */
static bool holds_facts(const struct tk_block *b)
{
	return b->kind == TK_TABLE || b->kind == TK_FACTS || b->kind == TK_PARA;
}

static bool is_from(const struct tk_row *row, const struct oom_origin *origin)
{
	return same_origin(&row->origin, origin) || same_origin(&row->also, origin);
}

/** Are both of one event? What is of none belongs to all. */
static bool shares(const struct tk_section *a, const struct tk_section *b)
{
	return a->facts == b->facts || !a->facts || !b->facts;
}

/** Does a finding on the same event cite a fact of the row? */
static bool is_cited(const struct html *h, const struct tk_section *of, const struct tk_row *row)
{
	for (size_t i = 0; i < h->t->sections.n; i++) {
		const struct tk_section *s = &h->t->sections.v[i];
		for (size_t k = 0; shares(s, of) && !s->hidden && k < s->blocks.n; k++) {
			const struct tk_block *b = &s->blocks.v[k];
			for (size_t r = 0; b->kind == TK_ITEMS && r < b->rows.n; r++) {
				if (is_from(row, &b->rows.v[r].origin))
					return true;
			}
		}
	}
	return false;
}

static const char *id_of(const struct html *h, const struct tk_section *s, size_t block, size_t row)
{
	return oom_printf(h->t->arena, "%s-%zu-%zu", s->id, block, row);
}

/** The first row of the event with a fact of that origin: where is it? */
static const char *find(const struct html *h, const struct tk_section *of, const struct oom_origin *origin)
{
	for (size_t i = 0; i < h->t->sections.n; i++) {
		const struct tk_section *s = &h->t->sections.v[i];
		for (size_t k = 0; shares(s, of) && !s->hidden && k < s->blocks.n; k++) {
			const struct tk_block *b = &s->blocks.v[k];
			for (size_t r = 0; holds_facts(b) && r < b->rows.n; r++) {
				if (is_from(&b->rows.v[r], origin))
					return id_of(h, s, k, r);
			}
		}
	}
	return NULL;
}

const char *html_row_id(const struct html *h, const struct tk_section *s, size_t block, size_t row)
{
	const struct tk_block *b = &s->blocks.v[block];
	return holds_facts(b) && is_cited(h, s, &b->rows.v[row]) ? id_of(h, s, block, row) : NULL;
}

const char *html_evidence(const struct html *h, const struct oom_origin *origin)
{
	return origin->kind == OOM_FROM_NOWHERE ? NULL : find(h, h->section, origin);
}

bool html_has_id(const struct html *h, const char *id)
{
	for (size_t i = 0; i < h->t->sections.n; i++) {
		const struct tk_section *s = &h->t->sections.v[i];
		if (!s->hidden && same_text(s->id, id))
			return true;
		for (size_t k = 0; !s->hidden && k < s->blocks.n; k++) {
			if (s->blocks.v[k].id && same_text(s->blocks.v[k].id, id))
				return true;
		}
	}
	return false;
}

bool html_is_first(const struct html *h, const struct tk_block *b)
{
	for (size_t i = 0; i < h->t->sections.n; i++) {
		const struct tk_section *s = &h->t->sections.v[i];
		for (size_t k = 0; !s->hidden && k < s->blocks.n; k++) {
			if (s->blocks.v[k].id && same_text(s->blocks.v[k].id, b->id))
				return b == &s->blocks.v[k];
		}
	}
	return true;
}
