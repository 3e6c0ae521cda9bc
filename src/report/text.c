// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The text report: the first screen answers, the rest proves. */
#include "report/text.h"
#include <inttypes.h>

enum { DEFAULT_WIDTH = 80, MIN_WIDTH = 80, MAX_WIDTH = 200, DEFAULT_TOP = 10 };

/** One event (-1: the verdict on an input without any) in full. */
static void put_event(struct tx *t, int64_t at)
{
	struct rp_facts f;
	rp_facts(t->c, t->d, at, &f);
	tx_title(t, &f);
	tx_short(t, &f);
	if (f.verdict->scope == OOM_SCOPE_MEMCG) {
		tx_cgroup(t, &f);
		tx_tasks(t, &f);
		tx_memory(t, &f);
	} else {
		tx_memory(t, &f);
		tx_tasks(t, &f);
		tx_cgroup(t, &f);
	}
	tx_culprit(t, &f);
	tx_holders(t, &f);
	tx_census(t, &f);
	tx_zones(t, &f);
	tx_findings(t, &f);
	tx_recommendations(t, &f);
	tx_events(t, &f);
	tx_missing(t, &f);
}

/** Each event in full, oldest first. */
static void put_all(struct tx *t)
{
	for (size_t i = 0; i < t->c->events.n; i++) {
		tx_style(t, TX_HEAD);
		tx_printf(t, "--- event %" PRId64 " of %zu ---", t->c->events.v[i].index, t->c->events.n);
		tx_style(t, TX_PLAIN);
		tx_nl(t);
		put_event(t, (int64_t)i);
		tx_nl(t);
	}
}

/** Single sections of the report on one event. */
static void put_sections(struct tx *t, int64_t at)
{
	unsigned sections = t->options->sections;
	struct rp_facts f;
	rp_facts(t->c, t->d, at, &f);
	if (sections & OOM_SECTION_TASKS)
		tx_tasks(t, &f);
	if (sections & OOM_SECTION_ZONES)
		tx_zones(t, &f);
	if (sections & OOM_SECTION_CGROUPS)
		tx_cgroup(t, &f);
	if (sections & OOM_SECTION_SLABS)
		tx_slabs(t, &f);
}

/** Position of the event that is wanted: by its index, else the decisive one; -1 without any. */
static int64_t wanted(const struct tx *t)
{
	for (size_t i = 0; oom_known(t->options->event) && i < t->c->events.n; i++) {
		if (t->c->events.v[i].index == t->options->event)
			return (int64_t)i;
	}
	return t->d->decisive;
}

enum oom_status rp_text(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d,
			const struct oom_report_options *options, struct oom_error *err)
{
	int width = options->width ? options->width : DEFAULT_WIDTH;
	struct tx t = {
		.out = out,
		.options = options,
		.width = width < MIN_WIDTH   ? MIN_WIDTH
			 : width > MAX_WIDTH ? MAX_WIDTH
					     : width,
		.top = options->top > 0 ? options->top : DEFAULT_TOP,
		.c = c,
		.d = d,
	};
	if (options->sections) {
		put_sections(&t, wanted(&t));
		return ferror(out) ? oom_fail(err, OOM_EWRITE, "the report could not be written") : OOM_OK;
	}
	struct rp_facts f;
	rp_facts(c, d, wanted(&t), &f);
	tx_headline(&t);
	if (options->all_events && c->events.n)
		put_all(&t);
	else
		put_event(&t, wanted(&t));
	tx_origin(&t, &f);
	return ferror(out) ? oom_fail(err, OOM_EWRITE, "the report could not be written") : OOM_OK;
}
