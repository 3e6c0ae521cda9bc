// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What the state of the machine shows by itself: of a sosreport that of the time of collection, of a dump that of a
 * crash without an OOM.
 *
 * The rules about memory are the same as those for an incident; they are asked about the state alone, with all of RAM
 * in scope. Beside an incident their findings are told as what was so when the report was made, and only where that was
 * in the same boot: who leaked before an OOM holds it still, and the log names no cache. After a reboot nothing is
 * told.
 */
#include "classify/internal.h"
#include <string.h>

static bool is_told(const struct oom_verdict *v, const char *id)
{
	for (size_t i = 0; i < v->findings.n; i++) {
		if (cl_same(v->findings.v[i].id, id))
			return true;
	}
	return false;
}

/** Takes what is not said already; its advice with it. */
static void take(struct cl_look *l, const struct oom_verdict *from, bool later)
{
	size_t told = l->v->findings.n;
	for (size_t i = 0; i < from->findings.n; i++) {
		const struct oom_finding *f = &from->findings.v[i];
		if (is_told(l->v, f->id))
			continue;
		struct oom_finding *to = oom_list_add(l->arena, &l->v->findings);
		if (!to) {
			l->nomem = true;
			return;
		}
		*to = *f;
		// Nothing failed for it: a warning at most.
		to->severity = f->severity == OOM_SEVERITY_CRITICAL ? OOM_SEVERITY_WARNING : f->severity;
		if (later)
			to->title = cl_text(l, "When the report was made: %s", f->title);
	}
	for (size_t i = 0; i < from->recommendations.n; i++) {
		const struct oom_recommendation *r = &from->recommendations.v[i];
		bool ours = false, there = false;
		for (size_t k = told; k < l->v->findings.n; k++)
			ours |= cl_same(l->v->findings.v[k].id, r->finding);
		for (size_t k = 0; k < l->v->recommendations.n; k++)
			there |= cl_same(l->v->recommendations.v[k].title, r->title);
		struct oom_recommendation *to = ours && !there ? oom_list_add(l->arena, &l->v->recommendations) : NULL;
		if (to)
			*to = *r;
		l->nomem |= ours && !there && !to;
	}
}

void cl_state_findings(struct cl_look *l)
{
	const struct oom_case *c = l->c;
	bool beside = l->v->cause != OOM_CAUSE_NONE && c->events.n;
	// Else the findings on the incident are of this state already.
	if (!c->state || (beside && (l->state_speaks || c->state_same_boot != OOM_YES)))
		return;
	struct oom_case *alone = oom_alloc(l->arena, sizeof(*alone));
	struct oom_verdict *v = oom_alloc(l->arena, sizeof(*v));
	if (!alone || !v) {
		l->nomem = true;
		return;
	}
	*alone = *c;
	alone->events.n = 0;
	alone->state_is_incident = OOM_YES;
	alone->system.panic = NULL;
	alone->system.ram_kb = OOM_ABSENT; // that of the incident
	struct cl_look s = {.arena = l->arena, .c = alone, .v = v};
	cl_look_init(&s);
	v->scope = OOM_SCOPE_HOST;
	v->scope_kb = s.ram_kb;
	s.scope_name = "RAM";
	if (cl_ok(s.ram_kb)) {
		cl_zones_judge(&s);
		cl_sheet_make(&s);
		cl_holders_find(&s);
		cl_consumer_find(&s);
		cl_rules_run_state(&s);
		take(l, v, beside);
	}
	l->nomem |= s.nomem;
}
