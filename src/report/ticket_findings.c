// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What to do, and why: advice with commands, findings with their evidence. */
#include "report/ticket.h"
#include <string.h>

enum { MAX_EVIDENCE = 6 };

static const char *finding_id(struct tk_doc *t, const char *id)
{
	return tk_text(t, "%sfinding-%s", t->prefix, id ? id : "");
}

/** Id of the finding's own claim, if the verdict has that finding. */
static const char *link_to(struct tk_doc *t, const struct oom_findings *list, const char *id)
{
	for (size_t i = 0; id && i < list->n; i++) {
		if (list->v[i].id == id || !strcmp(list->v[i].id, id))
			return finding_id(t, id);
	}
	return NULL;
}

void tk_because(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_findings *list = &f->verdict->findings;
	struct tk_block *b = NULL;
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i].severity == OOM_SEVERITY_INFO || !list->v[i].title)
			continue;
		if (!b && (b = tk_block(t, TK_ITEMS)))
			b->aside = true;
		tk_row(t);
		tk_put(t, TK_TEXT, list->v[i].title);
		tk_link(t, finding_id(t, list->v[i].id));
	}
}

void tk_advice(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_recommendations *list = &f->verdict->recommendations;
	if (!list->n)
		return;
	tk_section(t, "do", 1, false, "What to do");
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_recommendation *r = &list->v[i];
		tk_block(t, TK_CLAIM);
		tk_row(t);
		tk_putf(t, TK_STRONG, "%zu. %s", i + 1, r->title ? r->title : "?");
		const char *why = link_to(t, &f->verdict->findings, r->finding);
		if (why) {
			tk_put(t, TK_DIM, " why");
			tk_link(t, why);
		}
		tk_para(t, TK_TEXT, r->detail);
		if (r->commands.n)
			tk_block(t, TK_CODE);
		for (size_t k = 0; k < r->commands.n; k++) {
			tk_row(t);
			tk_put(t, TK_NAME, r->commands.v[k]);
		}
	}
}

static void put_evidence(struct tk_doc *t, const struct oom_evidence *e)
{
	char where[RP_WHERE];
	const char *at = rp_where_in(t->c, &e->origin, where);
	struct tk_row *row = tk_row(t);
	if (row)
		row->origin = e->origin;
	tk_put(t, TK_TEXT, e->text ? e->text : "?");
	if (at)
		tk_putf(t, TK_DIM, " (%s%s)", e->origin.kind == OOM_FROM_LOG ? "log " : "", at);
}

static void put_finding(struct tk_doc *t, const struct oom_finding *x)
{
	static const char *const marks[] = {"", "Warning: ", "Critical: "};
	struct tk_block *b = tk_block(t, TK_CLAIM);
	if (b) {
		b->severity = x->severity;
		b->id = finding_id(t, x->id);
	}
	tk_row(t);
	tk_putf(t, TK_STRONG, "%s%s", (unsigned int)x->severity < 3 ? marks[x->severity] : "",
		x->title ? x->title : x->id);
	tk_para(t, TK_TEXT, x->detail);
	if (!x->evidence.n)
		return;
	tk_block(t, TK_ITEMS);
	size_t show = tk_rows(t, x->evidence.n, MAX_EVIDENCE);
	for (size_t k = 0; k < show; k++)
		put_evidence(t, &x->evidence.v[k]);
}

/** The gravest first, among equals in the order of the rules. */
void tk_findings(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_findings *list = &f->verdict->findings;
	if (!list->n)
		return;
	tk_section(t, "why", 2, true, "Why: findings and their evidence");
	for (int severity = OOM_SEVERITY_CRITICAL; severity >= OOM_SEVERITY_INFO; severity--) {
		for (size_t i = 0; i < list->n; i++) {
			if ((int)list->v[i].severity == severity)
				put_finding(t, &list->v[i]);
		}
	}
}
