// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "events" of the JSON report. */
#include "report/json.h"
#include <string.h>

enum { MAX_STATS = 512 }; // memory.stat has some 60 lines

/** Was the key written before? A key may stand only once in an object, and the log may say anything. */
static bool is_repeated(const struct oom_stats *stats, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (stats->v[i].name && !strcmp(stats->v[i].name, stats->v[at].name))
			return true;
	}
	return false;
}

static void write_stats(struct jsonw *w, const struct oom_stats *stats)
{
	if (!stats->known) {
		jw_null(w, "stats");
		return;
	}
	jw_open(w, "stats", '{', true);
	for (size_t i = 0; i < stats->n && i < MAX_STATS; i++) {
		if (stats->v[i].name && !is_repeated(stats, i))
			jw_int(w, stats->v[i].name, stats->v[i].value);
	}
	jw_close(w);
}

static void write_memcg(struct jsonw *w, const struct oom_event_memcg *m)
{
	if (!m) {
		jw_null(w, "memcg");
		return;
	}
	jw_open(w, "memcg", '{', false);
	rp_json_fields(w, &oom_schema_event_memcg, m, OOM_IN_REPORT);
	write_stats(w, &m->stats);
	jw_close(w);
}

/** What the report printed, in the contract's order: victims stand among the groups of the state. */
static void write_state(struct jsonw *w, const struct oom_event *e, const struct oom_verdict *v)
{
	const struct oom_state *s = &e->state;
	rp_json_memory(w, s);
	rp_json_nodes(w, s);
	rp_json_tasks(w, s, &v->scores);
	rp_json_list(w, "victims", &oom_schema_victim, &e->victims, OOM_IN_REPORT);
	rp_json_list(w, "slabs", &oom_schema_slab, &s->slabs, OOM_IN_REPORT);
	rp_json_list(w, "hugetlb", &oom_schema_hugetlb, &s->hugetlb, OOM_IN_REPORT);
	rp_json_list(w, "swaps", &oom_schema_swap, &s->swaps, OOM_IN_REPORT);
	rp_json_list(w, "allocs", &oom_schema_alloc_site, &s->allocs, OOM_IN_REPORT);
	rp_json_object(w, "counters", &oom_schema_counters, &s->counters, OOM_IN_REPORT);
}

static void write_event(struct jsonw *w, const struct oom_event *e, const struct oom_verdict *v)
{
	jw_open(w, NULL, '{', false);
	for (size_t i = 0; i < oom_schema_event.nr_fields; i++) {
		const struct oom_field *f = &oom_schema_event.fields[i];
		if (f->offset == offsetof(struct oom_event, memcg))
			write_memcg(w, e->memcg);
		else if (f->offset == offsetof(struct oom_event, state))
			write_state(w, e, v);
		else if (f->offset != offsetof(struct oom_event, victims))
			rp_json_field(w, f, e, OOM_IN_REPORT);
	}
	rp_json_diagnosis(w, v);
	jw_close(w);
}

void rp_json_events(struct jsonw *w, const struct oom_case *c, const struct oom_diagnosis *d,
		    const struct oom_report_options *options)
{
	jw_open(w, "events", '[', false);
	for (size_t i = 0; i < c->events.n && i < d->nr_events; i++) {
		if (!oom_known(options->event) || options->event == c->events.v[i].index)
			write_event(w, &c->events.v[i], &d->events[i]);
	}
	jw_close(w);
}
