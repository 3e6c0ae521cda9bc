// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Findings about the input as a whole: kills that came back, what is missing, what is of another time. */
#include "classify/internal.h"
#include <inttypes.h>

/** Of another cgroup's limit than this one, as far as the log names them; or one is of a cgroup, the other is not. */
static bool other_scope(const struct oom_event *a, const struct oom_event *b)
{
	bool cgroup = a->constraint == OOM_CONSTRAINT_MEMCG;
	if (a->kind != b->kind || cgroup != (b->constraint == OOM_CONSTRAINT_MEMCG))
		return true;
	const char *one = a->memcg ? a->memcg->oom : NULL, *two = b->memcg ? b->memcg->oom : NULL;
	return cgroup && one && two && !cl_same(one, two);
}

/** Does this event kill, in the boot that the verdict is about, and for a lack of the same memory? */
static bool kills_here(const struct cl_look *l, const struct oom_event *e)
{
	return e->victims.n && e->kind != OOM_EVENT_ALLOCATION_FAILURE &&
	       (!l->e || (e->boot == l->e->boot && !other_scope(l->e, e)));
}

static size_t count_kills(const struct cl_look *l, const struct oom_event **first, const struct oom_event **last)
{
	size_t count = 0;
	for (size_t i = 0; i < l->c->events.n; i++) {
		const struct oom_event *e = &l->c->events.v[i];
		if (!kills_here(l, e))
			continue;
		if (!count)
			*first = e;
		*last = e;
		count++;
	}
	return count;
}

static bool repeated(struct cl_look *l)
{
	const struct oom_event *first, *last;
	return count_kills(l, &first, &last) >= 2;
}

static void tell_repeated(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_event *first = NULL, *last = NULL;
	size_t count = count_kills(l, &first, &last), shown = 0;
	int64_t us = 0;
	if (!first || !last)
		return;
	bool timed = oom_known(first->time_us) && oom_known(last->time_us) &&
		     !__builtin_sub_overflow(last->time_us, first->time_us, &us) && us > 0;
	// Of a very long log not all events are listed; which of the others were of this kind is not known.
	bool more = oom_or(l->c->source.events_only_counted, 0) > 0;
	cl_say(l, f,
	       cl_text(l, "%s%zu kills%s%s", more ? "At least " : "", count, timed ? " within " : "",
		       timed ? cl_times(l, us) : ""),
	       "The pressure came back after each kill: the killed processes were not what fills the memory, or they "
	       "were started again.");
	for (size_t i = 0; i < l->c->events.n && shown < 10; i++) {
		const struct oom_event *e = &l->c->events.v[i];
		if (!kills_here(l, e))
			continue;
		const struct oom_victim *v = &e->victims.v[0];
		const char *kb = cl_ok(v->rss_anon_kb) ? cl_text(l, ", anon-rss %" PRId64 " kB", v->rss_anon_kb) : "";
		cl_cite(l, f, v->origin, cl_text(l, "%s killed%s", cl_who(l, v->comm, v->pid), kb));
		shown++;
	}
}

/** Of the earlier events of this boot: was the machine itself short of memory, while this one is of a cgroup? */
static bool of_machine(const struct cl_look *l, size_t i)
{
	const struct oom_event *e = &l->c->events.v[i];
	enum oom_cause cause = l->earlier[i].cause;
	return e->boot == l->e->boot &&
	       (cause == OOM_CAUSE_HOST_EXHAUSTED || cause == OOM_CAUSE_LOWMEM || cause == OOM_CAUSE_FRAGMENTATION ||
		cause == OOM_CAUSE_NUMA_CPUSET || cause == OOM_CAUSE_NUMA_MEMPOLICY || cause == OOM_CAUSE_NUMA_NODE);
}

static size_t count_of_machine(const struct cl_look *l)
{
	size_t count = 0, at = l->e && l->earlier ? (size_t)(l->e - l->c->events.v) : 0;
	for (size_t i = 0; i < at; i++)
		count += of_machine(l, i);
	return count;
}

static bool other_kind(struct cl_look *l)
{
	return l->v->scope == OOM_SCOPE_MEMCG && l->v->cause != OOM_CAUSE_USERSPACE_OOM && count_of_machine(l) > 0;
}

static void tell_other_kind(struct cl_look *l, struct oom_finding *f)
{
	size_t count = count_of_machine(l), shown = 0;
	cl_say(l, f,
	       count == 1 ? "The machine itself ran out of memory too: an earlier event"
			  : cl_text(l, "The machine itself ran out of memory too: %zu earlier events", count),
	       "This report is about the last event, which is of a cgroup's limit. Those before it are of another "
	       "kind: "
	       "--event N shows one of them.");
	for (size_t i = 0; &l->c->events.v[i] < l->e && shown < 3; i++) {
		const struct oom_event *e = &l->c->events.v[i];
		if (!of_machine(l, i))
			continue;
		const struct oom_victim *v = e->victims.n ? &e->victims.v[0] : NULL;
		cl_cite(l, f, e->origin,
			cl_text(l, "event %" PRId64 ": %s%s%s", e->index, oom_cause_id(l->earlier[i].cause),
				v ? ", killed " : "", v ? cl_who(l, v->comm, v->pid) : ""));
		shown++;
	}
}

static bool incomplete(struct cl_look *l)
{
	return l->c->source.complete == OOM_NO;
}

static void tell_incomplete(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The input is incomplete",
	       cl_text(l,
		       "It was cut off or could not be read in full; %zu fact%s missing. What is reported is what its "
		       "present parts hold.",
		       l->c->source.missing.n, l->c->source.missing.n == 1 ? " is" : "s are"));
	for (size_t i = 0; i < l->c->source.missing.n && i < 3; i++)
		cl_cite(l, f, (struct oom_origin){.at = OOM_ABSENT}, l->c->source.missing.v[i]);
}

static bool other_time(struct cl_look *l)
{
	return l->c->state && l->c->state_is_incident == OOM_NO && l->c->events.n;
}

static void tell_other_time(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The machine's state in the input is of another time than the incident",
	       "It was collected after a reboot, or long after. It serves for the configuration only; nothing of it is "
	       "taken as what the memory held at the OOM.");
	cl_cite(l, f, l->c->state->origin, "the state at collection");
}

static bool without_head(struct cl_look *l)
{
	return l->v->oom && l->state_only;
}

static void tell_without_head(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "Told from the structures in memory: the log has lost the report",
	       "What was asked for (order, flags) is not known; the state is that of the crash, a moment later.");
	cl_cite(l, f, l->facts.origin, "the state at the crash");
}

const struct cl_rule cl_rules_input[] = {
	{"repeated-kills", OOM_SEVERITY_WARNING, repeated, tell_repeated, cl_advise_repeated, true},
	{"other-kind", OOM_SEVERITY_WARNING, other_kind, tell_other_kind, NULL, true},
	{"from-structures", OOM_SEVERITY_INFO, without_head, tell_without_head, NULL, false},
	{"state-of-another-time", OOM_SEVERITY_INFO, other_time, tell_other_time, NULL, true},
	{"incomplete-input", OOM_SEVERITY_WARNING, incomplete, tell_incomplete, NULL, true},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
