// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "diagnosis" of the JSON report: one verdict. */
#include "report/json.h"
#include "report/report.h"

static void write_culprit(struct jsonw *w, const struct oom_culprit *c)
{
	if (!c) {
		jw_null(w, "culprit");
		return;
	}
	jw_open(w, "culprit", '{', true);
	jw_str(w, "kind", c->kind);
	jw_str(w, "name", c->name);
	jw_int(w, "pid", c->pid);
	jw_int(w, "kb", c->kb);
	jw_millionths(w, "share", c->share_ppm);
	jw_int(w, "processes", c->processes);
	jw_int(w, "largest_pid", c->largest_pid);
	jw_close(w);
}

/** Beyond the contract: processes that are the same thing. */
static void write_groups(struct jsonw *w, const struct oom_task_groups *list)
{
	if (!list->known) {
		jw_null(w, "task_groups");
		return;
	}
	jw_open(w, "task_groups", '[', false);
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_task_group *g = &list->v[i];
		jw_open(w, NULL, '{', true);
		jw_str(w, "name", g->name);
		jw_str(w, "exe", g->exe);
		jw_str(w, "memcg", g->memcg);
		jw_str(w, "container", g->container);
		jw_str(w, "pod", g->pod);
		jw_int(w, "processes", g->processes);
		jw_int(w, "kb", g->kb);
		jw_int(w, "anon_sum_kb", g->anon_sum_kb);
		jw_int(w, "swap_kb", g->swap_kb);
		jw_int(w, "pgtables_kb", g->pgtables_kb);
		jw_int(w, "shmem_largest_kb", g->shmem_largest_kb);
		jw_int(w, "largest_pid", g->largest_pid);
		jw_int(w, "largest_kb", g->largest_kb);
		jw_close(w);
	}
	jw_close(w);
}

static void write_would_kill(struct jsonw *w, const struct oom_would_kill *k)
{
	if (!k) {
		jw_null(w, "would_kill");
		return;
	}
	jw_open(w, "would_kill", '{', true);
	jw_int(w, "pid", k->pid);
	jw_str(w, "comm", k->comm);
	jw_int(w, "badness", k->badness);
	jw_close(w);
}

static void write_evidence(struct jsonw *w, const struct oom_evidence *e)
{
	static const char *const sources[] = {NULL, "log", "memory", "file"};
	char where[RP_WHERE];
	unsigned int kind = (unsigned int)e->origin.kind;
	jw_open(w, NULL, '{', true);
	jw_str(w, "source", kind < sizeof(sources) / sizeof(sources[0]) ? sources[kind] : NULL);
	jw_str(w, "where", rp_where(&e->origin, where));
	jw_str(w, "text", e->text);
	jw_close(w);
}

static void write_findings(struct jsonw *w, const struct oom_findings *list)
{
	jw_open(w, "findings", '[', false);
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_finding *f = &list->v[i];
		jw_open(w, NULL, '{', false);
		jw_str(w, "id", f->id);
		jw_str(w, "severity", oom_severity_id(f->severity));
		jw_str(w, "title", f->title);
		jw_str(w, "detail", f->detail);
		jw_open(w, "evidence", '[', false);
		for (size_t k = 0; k < f->evidence.n; k++)
			write_evidence(w, &f->evidence.v[k]);
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

static void write_recommendations(struct jsonw *w, const struct oom_recommendations *list)
{
	jw_open(w, "recommendations", '[', false);
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_recommendation *r = &list->v[i];
		struct oom_strings commands = r->commands;
		commands.known = true; // no command is an empty list
		jw_open(w, NULL, '{', false);
		jw_str(w, "title", r->title);
		jw_str(w, "detail", r->detail);
		jw_strings(w, "commands", &commands, false);
		jw_str(w, "finding", r->finding);
		jw_close(w);
	}
	jw_close(w);
}

void rp_json_diagnosis(struct jsonw *w, const struct oom_verdict *v)
{
	jw_open(w, "diagnosis", '{', false);
	jw_bool(w, "oom", v->oom);
	jw_str(w, "cause", oom_cause_id(v->cause));
	jw_str(w, "scope", oom_scope_id(v->scope));
	jw_str(w, "consumer", oom_consumer_id(v->consumer));
	jw_str(w, "outcome", oom_outcome_id(v->outcome));
	jw_str(w, "confidence", oom_confidence_id(v->confidence));
	jw_str(w, "title", v->title);
	jw_str(w, "summary", v->summary);
	write_culprit(w, v->culprit);
	write_groups(w, &v->groups);
	jw_tri(w, "victim_is_culprit", v->victim_is_culprit);
	write_would_kill(w, v->would_kill);
	write_findings(w, &v->findings);
	write_recommendations(w, &v->recommendations);
	jw_str(w, "signature", v->signature);
	jw_int(w, "scope_kb", v->scope_kb);
	jw_bool(w, "from_state", v->from_state);
	jw_close(w);
}
