// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Runs the tables of rules: each rule that holds becomes one finding, with its evidence and its advice. */
#include "classify/internal.h"

void cl_say(struct cl_look *l, struct oom_finding *f, const char *title, const char *detail)
{
	(void)l;
	f->title = title;
	f->detail = detail;
}

void cl_cite(struct cl_look *l, struct oom_finding *f, struct oom_origin origin, const char *text)
{
	struct oom_evidence *e = oom_list_add(l->arena, &f->evidence);
	if (!e) {
		l->nomem = true;
		return;
	}
	e->origin = origin;
	e->text = text;
}

static const struct oom_finding *finding(const struct oom_verdict *v, const char *id)
{
	for (size_t i = 0; i < v->findings.n; i++) {
		if (cl_same(v->findings.v[i].id, id))
			return &v->findings.v[i];
	}
	return NULL;
}

static void run(struct cl_look *l, const struct cl_rule *rules)
{
	for (const struct cl_rule *rule = rules; rule->id; rule++) {
		if ((rule->input_wide && !l->top) || !rule->holds(l))
			continue;
		struct oom_finding *f = oom_list_add(l->arena, &l->v->findings);
		if (!f) {
			l->nomem = true;
			return;
		}
		f->id = rule->id;
		f->severity = rule->severity;
		f->evidence.known = true;
		rule->tell(l, f);
	}
}

static void advise(struct cl_look *l, const struct cl_rule *rules)
{
	for (const struct cl_rule *rule = rules; rule->id; rule++) {
		// In the kernel that saves a dump nothing else helps.
		bool moot = l->e && l->e->capture_kernel == OOM_YES && rule->advise != cl_advise_crashkernel;
		if (rule->advise && !moot && finding(l->v, rule->id))
			rule->advise(l, rule->id);
	}
}

void cl_rules_run_input(struct cl_look *l)
{
	l->v->findings.known = l->v->recommendations.known = true;
	run(l, cl_rules_input);
}

void cl_rules_run_state(struct cl_look *l)
{
	l->v->findings.known = l->v->recommendations.known = true;
	run(l, cl_rules_memory);
	run(l, cl_rules_kernel);
	advise(l, cl_rules_memory);
	advise(l, cl_rules_kernel);
}

void cl_rules_run(struct cl_look *l)
{
	// Told: why, what the kernel did, who. To be done: first about what holds the most of the memory, then about
	// the rest of it, then about settings.
	static const struct cl_rule *const told[] = {cl_rules_cause,   cl_rules_outcome, cl_rules_story,
						     cl_rules_holders, cl_rules_memory,	 cl_rules_kernel,
						     cl_rules_config,  cl_rules_input};
	bool tasks = l->v->consumer == OOM_CONSUMER_TASK || l->v->consumer == OOM_CONSUMER_TASKS ||
		     l->v->consumer == OOM_CONSUMER_UNKNOWN;
	enum oom_consumer consumer = l->v->consumer;
	bool kernel = consumer == OOM_CONSUMER_VMALLOC || consumer == OOM_CONSUMER_PERCPU ||
		      consumer == OOM_CONSUMER_KERNEL_STACKS || consumer == OOM_CONSUMER_ZRAM ||
		      consumer == OOM_CONSUMER_BALLOON || consumer == OOM_CONSUMER_HUGETLB;
	const struct cl_rule *const advised[] = {cl_rules_cause,
						 tasks	  ? cl_rules_holders
						 : kernel ? cl_rules_kernel
							  : cl_rules_memory,
						 tasks || kernel ? cl_rules_memory : cl_rules_kernel,
						 tasks ? cl_rules_kernel : cl_rules_holders,
						 cl_rules_outcome,
						 cl_rules_config,
						 cl_rules_input};
	if (l->v->cause == OOM_CAUSE_NONE) {
		cl_rules_run_input(l);
		return;
	}
	l->v->findings.known = l->v->recommendations.known = true;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		run(l, told[i]);
	for (size_t i = 0; i < sizeof(advised) / sizeof(advised[0]); i++)
		advise(l, advised[i]);
}
