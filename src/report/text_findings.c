// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The proof: findings, each with its evidence and where that is from; and what to do, with commands. */
#include "report/text.h"
#include <stdio.h>

enum { MARK = 2, TEXT = 5, EVIDENCE = 7, MAX_EVIDENCE = 6 };

static void put_mark(struct tx *t, enum oom_severity severity)
{
	static const char *const marks[] = {"-", "!", "!!"};
	static const enum tx_style styles[] = {TX_DIM, TX_WARN, TX_BAD};
	unsigned int i = (unsigned int)severity < 3 ? (unsigned int)severity : 0;
	tx_to(t, MARK);
	tx_style(t, styles[i]);
	tx_put(t, marks[i], 0);
	tx_to(t, TEXT);
	tx_style(t, TX_BOLD);
}

/** The numbers, and behind them in brackets where they are from. */
static void put_evidence(struct tx *t, const struct oom_evidence *e)
{
	char where[RP_WHERE], bracket[RP_WHERE + 8];
	const char *at = rp_where_in(t->c, &e->origin, where);
	tx_to(t, TEXT);
	tx_put(t, tx_dot(t), 0);
	tx_to(t, EVIDENCE);
	tx_wrap(t, EVIDENCE, e->text ? e->text : "?");
	if (at) {
		snprintf(bracket, sizeof(bracket), "[%s%s]", e->origin.kind == OOM_FROM_LOG ? "log " : "", at);
		tx_to(t, t->col + 1);
		tx_style(t, TX_DIM);
		tx_unit(t, EVIDENCE, bracket);
		tx_style(t, TX_PLAIN);
	}
	tx_nl(t);
}

static void put_finding(struct tx *t, const struct oom_finding *f)
{
	put_mark(t, f->severity);
	tx_wrap(t, TEXT, f->title ? f->title : f->id);
	tx_style(t, TX_PLAIN);
	tx_nl(t);
	if (f->detail && *f->detail) {
		tx_to(t, TEXT);
		tx_wrap(t, TEXT, f->detail);
		tx_nl(t);
	}
	size_t show = t->options->verbose || f->evidence.n <= MAX_EVIDENCE ? f->evidence.n : MAX_EVIDENCE;
	for (size_t i = 0; i < show; i++)
		put_evidence(t, &f->evidence.v[i]);
	if (show < f->evidence.n) {
		tx_to(t, TEXT);
		tx_printf(t, "and %zu more (-v shows all)", f->evidence.n - show);
		tx_nl(t);
	}
}

/** The gravest first, among equals in the order of the rules. */
void tx_findings(struct tx *t, const struct rp_facts *f)
{
	const struct oom_findings *list = &f->verdict->findings;
	if (!list->n)
		return;
	tx_heading(t, "Why: findings and their evidence");
	for (int severity = OOM_SEVERITY_CRITICAL; severity >= OOM_SEVERITY_INFO; severity--) {
		for (size_t i = 0; i < list->n; i++) {
			if ((int)list->v[i].severity == severity)
				put_finding(t, &list->v[i]);
		}
	}
}

void tx_recommendations(struct tx *t, const struct rp_facts *f)
{
	const struct oom_recommendations *list = &f->verdict->recommendations;
	char number[24];
	if (!list->n)
		return;
	tx_heading(t, "What to do");
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_recommendation *r = &list->v[i];
		snprintf(number, sizeof(number), "%zu.", i + 1);
		tx_right(t, TEXT - 1, number);
		tx_to(t, TEXT);
		tx_style(t, TX_BOLD);
		tx_wrap(t, TEXT, r->title ? r->title : "?");
		tx_style(t, TX_PLAIN);
		tx_nl(t);
		if (r->detail && *r->detail) {
			tx_to(t, TEXT);
			tx_wrap(t, TEXT, r->detail);
			tx_nl(t);
		}
		tx_style(t, TX_GOOD);
		for (size_t k = 0; k < r->commands.n; k++)
			tx_command(t, EVIDENCE, r->commands.v[k]);
		tx_style(t, TX_PLAIN);
	}
}
