// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The verdicts on all events of a case, and the one on the input. */
#include "case/events.h"
#include "classify/internal.h"
#include <string.h>

/**
 * One verdict, step by step.
 * @param[in] e the event; NULL: told from the state alone
 * @param[in] top of the input: input-wide findings too
 * @param[out] l zeroed by the caller but for arena and c
 */
static void judge(struct cl_look *l, const struct oom_event *e, struct oom_verdict *v, bool top)
{
	struct cl_choice printed, exact;
	memset(v, 0, sizeof(*v));
	v->scope_kb = OOM_ABSENT;
	v->victim_is_culprit = OOM_MAYBE;
	l->e = e;
	l->v = v;
	l->top = top;
	cl_look_init(l);
	v->oom = !e || e->kind != OOM_EVENT_ALLOCATION_FAILURE;
	cl_zones_judge(l);
	cl_scope_find(l);
	cl_badness_rule(l);
	cl_scores(l, &l->own->tasks, true, &v->scores, &printed);
	l->choice = printed;
	if (l->tasks_from_state) {
		cl_scores(l, &l->facts.tasks, false, &l->state_scores, &exact);
		// The dump may lack what a score takes where the kernel's own table has it.
		if (exact.complete || !printed.complete || !printed.task)
			l->choice = exact;
		l->choice.in_flight = exact.in_flight;
	}
	cl_sheet_make(l);
	cl_holders_find(l);
	cl_consumer_find(l);
	cl_culprit_find(l);
	cl_outcome_find(l);
	cl_rules_run(l);
	cl_title(l);
	cl_summary(l);
	cl_signature(l);
}

/** The input shows no OOM; without its kernel log it proves none. */
static void judge_none(struct cl_look *l, struct oom_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->scope_kb = OOM_ABSENT;
	v->victim_is_culprit = OOM_MAYBE;
	v->confidence = l->c->source.complete == OOM_NO ? OOM_CONFIDENCE_LOW : OOM_CONFIDENCE_HIGH;
	l->v = v;
	l->top = true;
	cl_look_init(l);
	if (l->c->source.log_read == OOM_NO) {
		v->cause = OOM_CAUSE_UNKNOWN;
		v->outcome = OOM_OUTCOME_UNKNOWN;
		v->title = "NO VERDICT: THE KERNEL LOG COULD NOT BE READ IN FULL";
		v->summary = "Whether this machine ran out of memory cannot be told from what is left of the input.";
		cl_rules_run_input(l);
		cl_signature(l);
		return;
	}
	v->outcome = OOM_OUTCOME_NONE;
	cl_rules_run(l);
	cl_title(l);
	cl_summary(l);
	cl_signature(l);
}

/** Does the state alone show that the OOM killer ran: by the panic's text, or by a victim that is still there? */
static bool state_shows_oom(const struct oom_case *c)
{
	static const char *const marks[] = {"ut of memory", "panic_on_oom", "deadlocked on memory"};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (cl_has(c->system.panic, marks[i]))
			return true;
	}
	if (!c->state || c->state_is_incident == OOM_NO)
		return false;
	for (size_t i = 0; i < c->state->tasks.n; i++) {
		if (c->state->tasks.v[i].oom_victim == OOM_YES)
			return true;
	}
	return false;
}

/** Of the newest boot: the one that panicked the machine, else the last OOM, else the last failed allocation; -1. */
static int64_t decisive(const struct oom_case *c)
{
	const struct oom_event *last = oom_last_event(c);
	int64_t best = -1;
	int best_rank = -1;
	for (size_t i = 0; i < c->events.n; i++) {
		const struct oom_event *e = &c->events.v[i];
		if (e->boot != last->boot)
			continue;
		int rank = e->panic ? 2 : e->kind != OOM_EVENT_ALLOCATION_FAILURE ? 1 : 0;
		if (rank >= best_rank) {
			best = (int64_t)i;
			best_rank = rank;
		}
	}
	return best;
}

/** Scores of the case's tasks: of the verdict that speaks of them, else as of the whole machine. */
static void score_state(struct cl_look *top, struct oom_diagnosis *d)
{
	const struct oom_case *c = top->c;
	if (top->tasks_from_state) {
		d->scores = top->state_scores;
		return;
	}
	if (!c->state || !c->state->tasks.n)
		return;
	struct oom_verdict v = {.scope = OOM_SCOPE_HOST};
	struct cl_choice choice;
	struct cl_look l = {.arena = d->arena, .c = c, .v = &v};
	cl_look_init(&l);
	l.constraint = OOM_CONSTRAINT_NONE;
	if (!oom_known(l.ram_kb) || c->state->memory.total_kb > 0)
		l.ram_kb = cl_ok(c->state->memory.total_kb) ? c->state->memory.total_kb : l.ram_kb;
	if (cl_ok(c->state->memory.swap_total_kb)) {
		l.swap_total_kb = c->state->memory.swap_total_kb;
		l.swap_free_kb = c->state->memory.swap_free_kb;
	}
	cl_badness_rule(&l);
	cl_scores(&l, &c->state->tasks, false, &d->scores, &choice);
	top->nomem |= l.nomem;
}

enum oom_status oom_classify(const struct oom_case *c, struct oom_diagnosis **ret)
{
	struct oom_arena *arena = oom_arena_new();
	struct oom_diagnosis *d = arena ? oom_alloc(arena, sizeof(*d)) : NULL;
	bool nomem = !d;
	*ret = NULL;
	if (d) {
		d->arena = arena;
		d->nr_events = c->events.n;
		d->events = oom_alloc(arena, (c->events.n + 1) * sizeof(*d->events));
		d->decisive = decisive(c);
		nomem = !d->events;
	}
	for (size_t i = 0; !nomem && i < c->events.n; i++) {
		struct cl_look l = {.arena = arena, .c = c, .earlier = d->events};
		judge(&l, &c->events.v[i], &d->events[i], false);
		nomem = l.nomem;
	}
	if (!nomem) {
		struct cl_look l = {.arena = arena, .c = c, .earlier = d->events};
		if (d->decisive >= 0)
			judge(&l, &c->events.v[d->decisive], &d->top, true);
		else if (state_shows_oom(c))
			judge(&l, NULL, &d->top, true);
		else
			judge_none(&l, &d->top);
		cl_state_findings(&l);
		score_state(&l, d);
		nomem = l.nomem;
	}
	if (nomem) {
		oom_arena_free(arena);
		return OOM_ENOMEM;
	}
	*ret = d;
	return OOM_OK;
}

void oom_diagnosis_free(struct oom_diagnosis *d)
{
	if (d)
		oom_arena_free(d->arena);
}
