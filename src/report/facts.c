// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Which facts to show with a verdict: those of the structures at the crash, or those that the log printed. */
#include "report/report.h"
#include "case/schema.h"

/** Is the state of the moment of this event? */
static bool speaks(const struct oom_case *c, const struct oom_event *e, const struct oom_verdict *v)
{
	if (!c->state)
		return false;
	if (!e)
		return true; // without an event the state is all there is to show
	return c->state_is_incident != OOM_NO && (e->panic || v->from_state);
}

static bool has_sheet(const struct oom_memory *m)
{
	return oom_known(m->total_kb) || oom_known(m->anon_kb);
}

void rp_facts(const struct oom_case *c, const struct oom_diagnosis *d, int64_t at, struct rp_facts *ret)
{
	bool one = at >= 0 && (size_t)at < c->events.n && (size_t)at < d->nr_events;
	const struct oom_event *e = one ? &c->events.v[at] : NULL;
	const struct oom_verdict *v = !one || at == d->decisive ? &d->top : &d->events[at];
	const struct oom_state *state = speaks(c, e, v) ? c->state : NULL;
	*ret = (struct rp_facts){.event = NULL};
	oom_schema_init(&oom_schema_state, &ret->nothing);
	const struct oom_state *own = e ? &e->state : state ? state : &ret->nothing, *best = state ? state : own;
	ret->event = e;
	ret->verdict = v;
	ret->state = state;
	ret->memory = &own->memory;
	ret->counters = &own->counters;
	ret->tasks = &own->tasks;
	ret->scores = e ? &d->events[at].scores : &d->scores;
	ret->nodes =
		own->nodes.n ? &own->nodes : &best->nodes; // the marks that the kernel printed are those it decided by
	ret->slabs = best->slabs.known ? &best->slabs : &own->slabs;
	ret->hugetlb = best->hugetlb.known ? &best->hugetlb : &own->hugetlb;
	ret->shmem = best->shmem.known ? &best->shmem : &own->shmem;
	ret->memcgs = &best->memcgs;
	ret->swaps = best->swaps.known ? &best->swaps : &own->swaps;
	// A dump without types tells hardly more than the total: then what the kernel printed is better.
	bool better = state && (oom_known(state->memory.anon_kb) || !oom_known(own->memory.anon_kb));
	if (better && has_sheet(&state->memory)) {
		ret->memory = &state->memory;
		ret->counters = &state->counters;
		ret->memory_from_state = true;
	}
	if (state && state->tasks.n) {
		ret->tasks = &state->tasks;
		ret->scores = &d->scores;
		ret->tasks_from_state = true;
	}
}
