// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The JSON report of CONTRACT.md, "oomortem-report/1". */
#include "report/json.h"

/** The state at the crash or at the collection: null for a log. */
static void write_state(struct jsonw *w, const struct oom_state *s, const struct oom_scores *scores)
{
	static const struct oom_state none;
	rp_json_memory(w, s);
	rp_json_nodes(w, s);
	rp_json_tasks(w, s, scores);
	const struct oom_state *lists = s ? s : &none; // its lists are not known: null
	rp_json_list(w, "memcgs", &oom_schema_memcg, &lists->memcgs, OOM_IN_REPORT);
	rp_json_list(w, "slabs", &oom_schema_slab, &lists->slabs, OOM_IN_REPORT);
	rp_json_list(w, "hugetlb", &oom_schema_hugetlb, &lists->hugetlb, OOM_IN_REPORT);
	rp_json_list(w, "shmem", &oom_schema_shmem, &lists->shmem, OOM_IN_REPORT);
	rp_json_list(w, "swaps", &oom_schema_swap, &lists->swaps, OOM_IN_REPORT);
	rp_json_list(w, "tmpfs", &oom_schema_tmpfs, &lists->tmpfs, OOM_IN_REPORT);
	rp_json_list(w, "zrams", &oom_schema_zram, &lists->zrams, OOM_IN_REPORT);
	rp_json_list(w, "vmallocs", &oom_schema_vmalloc, &lists->vmallocs, OOM_IN_REPORT);
	rp_json_list(w, "protocols", &oom_schema_protocol, &lists->protocols, OOM_IN_REPORT);
	rp_json_list(w, "allocs", &oom_schema_alloc_site, &lists->allocs, OOM_IN_REPORT);
	if (s) {
		rp_json_object(w, "totals", &oom_schema_totals, &s->totals, OOM_IN_REPORT);
		if (s->census)
			rp_json_object(w, "census", &oom_schema_census, s->census, OOM_IN_REPORT);
		else
			jw_null(w, "census");
		rp_json_object(w, "activity", &oom_schema_activity, &s->activity, OOM_IN_REPORT);
		rp_json_object(w, "counters", &oom_schema_counters, &s->counters, OOM_IN_REPORT);
	} else {
		jw_null(w, "totals");
		jw_null(w, "census");
		jw_null(w, "activity");
		jw_null(w, "counters");
	}
}

enum oom_status rp_json(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d,
			const struct oom_report_options *options, struct oom_error *err)
{
	struct jsonw w;
	jw_init(&w, out, options->one_line, JW_REPORT);
	jw_open(&w, NULL, '{', false);
	jw_str(&w, "schema", "oomortem-report/1");
	rp_json_object(&w, "source", &oom_schema_input, &c->source, OOM_IN_REPORT);
	rp_json_object(&w, "system", &oom_schema_system, &c->system, OOM_IN_REPORT);
	rp_json_object(&w, "config", &oom_schema_config, &c->config, OOM_IN_REPORT);
	rp_json_events(&w, c, d, options);
	rp_json_list(&w, "notes", &oom_schema_note, &c->notes, OOM_IN_REPORT);
	write_state(&w, c->state, &d->scores);
	rp_json_diagnosis(&w, &d->top);
	jw_tri(&w, "state_is_incident", c->state_is_incident);
	jw_close(&w);
	return jw_end(&w) ? OOM_OK : oom_fail(err, OOM_EWRITE, "the report could not be written");
}
