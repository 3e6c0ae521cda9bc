// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "memory", "nodes" and "tasks" of the JSON report: what CONTRACT.md has beyond the structs' own members. */
#include "report/json.h"

void rp_json_memory(struct jsonw *w, const struct oom_state *s)
{
	if (s)
		rp_json_object(w, "memory", &oom_schema_memory, &s->memory, OOM_IN_REPORT);
	else
		jw_null(w, "memory");
}

/** Blocks per order, beside "free_areas", which has their migrate types as well. */
static void write_free_blocks(struct jsonw *w, const struct oom_free_areas *areas)
{
	if (!areas->known) {
		jw_null(w, "free_blocks");
		return;
	}
	jw_open(w, "free_blocks", '[', true);
	for (size_t i = 0; i < areas->n; i++)
		jw_int(w, NULL, areas->v[i].blocks);
	jw_close(w);
}

static void write_zone(struct jsonw *w, const struct oom_zone *z)
{
	jw_open(w, NULL, '{', false);
	for (size_t i = 0; i < oom_schema_zone.nr_fields; i++) {
		const struct oom_field *f = &oom_schema_zone.fields[i];
		if (f->offset == offsetof(struct oom_zone, free_areas))
			write_free_blocks(w, &z->free_areas);
		rp_json_field(w, f, z, OOM_IN_REPORT);
	}
	jw_close(w);
}

static void write_node(struct jsonw *w, const struct oom_node *n)
{
	jw_open(w, NULL, '{', false);
	for (size_t i = 0; i < oom_schema_node.nr_fields; i++) {
		const struct oom_field *f = &oom_schema_node.fields[i];
		if (f->offset != offsetof(struct oom_node, zones)) {
			rp_json_field(w, f, n, OOM_IN_REPORT);
			continue;
		}
		jw_open(w, "zones", '[', false);
		for (size_t k = 0; k < n->zones.n; k++)
			write_zone(w, &n->zones.v[k]);
		jw_close(w);
	}
	jw_close(w);
}

void rp_json_nodes(struct jsonw *w, const struct oom_state *s)
{
	if (!s || !s->nodes.known) {
		jw_null(w, "nodes");
		return;
	}
	jw_open(w, "nodes", '[', false);
	for (size_t i = 0; i < s->nodes.n; i++)
		write_node(w, &s->nodes.v[i]);
	jw_close(w);
}

void rp_json_tasks(struct jsonw *w, const struct oom_state *s, const struct oom_scores *scores)
{
	if (!s || !s->tasks.known) {
		jw_null(w, "tasks");
		return;
	}
	jw_open(w, "tasks", '[', false);
	for (size_t i = 0; i < s->tasks.n; i++) {
		jw_open(w, NULL, '{', true);
		for (size_t k = 0; k < oom_schema_task.nr_fields; k++) {
			const struct oom_field *f = &oom_schema_task.fields[k];
			rp_json_field(w, f, &s->tasks.v[i], OOM_IN_REPORT);
			if (f->offset == offsetof(struct oom_task, oom_score_adj))
				jw_int(w, "badness", i < scores->n ? scores->badness[i] : OOM_ABSENT);
		}
		jw_close(w);
	}
	jw_close(w);
}
