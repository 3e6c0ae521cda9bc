// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Findings about what the kernel did: panic, kill, nobody to kill, and which settings made it so. */
#include "classify/internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct oom_origin event_origin(const struct cl_look *l)
{
	return l->e ? l->e->origin : l->facts.origin;
}

static bool panic_on_oom(struct cl_look *l)
{
	return l->v->outcome == OOM_OUTCOME_PANIC && l->panic_on_oom > 0;
}

static void tell_panic_on_oom(struct cl_look *l, struct oom_finding *f)
{
	int64_t timeout = l->c->config.panic_timeout;
	int64_t kdump = l->c->config.kdump_loaded;
	const char *then =
		cl_ok(kdump) && kdump ? " A crash kernel was loaded, which saves a dump before it reboots."
		: cl_ok(kdump) && timeout == 0
			? " With kernel.panic=0 it then waits for a person: no crash kernel is loaded."
		: timeout == 0 ? " With kernel.panic=0 it then waits for a person, unless kdump takes over."
		: cl_ok(timeout) && timeout > 0
			? cl_text(l, " kernel.panic=%" PRId64 " makes it reboot %" PRId64 " s later.", timeout, timeout)
			: "";
	cl_say(l, f, cl_text(l, "The kernel panicked because vm.panic_on_oom=%d", l->panic_on_oom),
	       cl_text(l, "%s%s",
		       l->panic_on_oom == 2
			       ? "With 2 any OOM, that of a cgroup or a cpuset too, takes the whole machine down."
			       : "With 1 an OOM of the whole machine panics instead of killing one process.",
		       then));
	if (l->panic_text)
		cl_cite(l, f, event_origin(l), l->panic_text);
	if (oom_known(l->c->config.panic_on_oom))
		cl_cite(l, f, l->c->config.origin, cl_text(l, "vm.panic_on_oom = %" PRId64, l->c->config.panic_on_oom));
}

static bool no_killable(struct cl_look *l)
{
	return l->v->outcome == OOM_OUTCOME_NO_KILLABLE;
}

static void tell_no_killable(struct cl_look *l, struct oom_finding *f)
{
	bool panic = l->panic_text || (l->e && l->e->panic);
	cl_say(l, f, panic ? "No process could be killed, so the kernel panicked" : "No process could be killed",
	       "Kernel threads, PID 1, processes with oom_score_adj -1000 and those that were killed already are never "
	       "chosen; nobody else held memory in this scope.");
	cl_cite(l, f, event_origin(l), l->panic_text ? l->panic_text : "Out of memory and no killable processes");
}

/** PID 1 and kernel threads need no protection. */
static bool is_protected(const struct cl_look *l, const struct oom_task *t)
{
	return t->oom_score_adj == -1000 && t->kthread != OOM_YES && t->pid != 1 &&
	       cl_task_in_scope(l, t, !l->tasks_from_state);
}

static bool all_protected(struct cl_look *l)
{
	if (l->choice.nr_eligible)
		return false;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		if (is_protected(l, &l->facts.tasks.v[i]))
			return true;
	}
	return false;
}

static void tell_all_protected(struct cl_look *l, struct oom_finding *f)
{
	size_t protected = 0;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (!is_protected(l, t))
			continue;
		protected++;
		if (protected <= 3)
			cl_cite(l, f, t->origin, cl_text(l, "%s: oom_score_adj -1000", cl_who(l, t->comm, t->pid)));
	}
	cl_say(l, f, "Every process in scope is protected with oom_score_adj -1000",
	       cl_text(l, "%zu process%s cannot be chosen, and nobody else is left.", protected,
		       protected == 1 ? "" : "es"));
}

static bool in_flight(struct cl_look *l)
{
	return l->choice.in_flight && l->tasks_from_state;
}

static void tell_in_flight(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *t = l->choice.in_flight;
	cl_say(l, f, cl_text(l, "%s was killed before and had not died yet", cl_who(l, t->comm, t->pid)),
	       "As long as a victim is exiting the OOM killer waits for it and chooses nobody else.");
	cl_cite(l, f, t->origin, "signal->oom_mm is set, MMF_OOM_SKIP is not");
}

static bool crashed_later(struct cl_look *l)
{
	return l->v->outcome == OOM_OUTCOME_CRASHED_LATER;
}

static void tell_crashed_later(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The machine crashed later, for another reason",
	       cl_text(l,
		       "The panic is not the OOM killer's: %s. The OOM came before it; that it led to it is not shown.",
		       l->c->system.panic));
	cl_cite(l, f, event_origin(l), "the OOM event");
}

static bool oom_group(struct cl_look *l)
{
	return l->e && l->e->memcg && l->e->memcg->oom_group == OOM_YES;
}

static void tell_oom_group(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The whole cgroup was killed: memory.oom.group is set",
	       cl_text(l, "%zu process%s of it are in the log as killed.", l->e->victims.n,
		       l->e->victims.n == 1 ? "" : "es"));
	cl_cite(l, f, l->e->memcg->origin, "killed due to memory.oom.group set");
}

static bool allocating_task(struct cl_look *l)
{
	const struct oom_victim *v = cl_victim(l);
	return l->c->config.oom_kill_allocating_task == 1 && v && v->pid == l->e->trigger.pid && oom_known(v->pid) &&
	       l->v->scope != OOM_SCOPE_MEMCG;
}

static void tell_allocating_task(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_victim *v = cl_victim(l);
	cl_say(l, f, cl_text(l, "%s was killed because it asked, not because of its size", cl_who(l, v->comm, v->pid)),
	       "vm.oom_kill_allocating_task=1 kills whoever asks for memory when there is none.");
	cl_cite(l, f, v->origin, "the one that asked and the one that was killed are the same");
	cl_cite(l, f, l->c->config.origin, "vm.oom_kill_allocating_task = 1");
}

static bool not_reaped(struct cl_look *l)
{
	const struct oom_victim *v = cl_victim(l);
	return v && v->reaped == OOM_NO;
}

static void tell_not_reaped(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_victim *v = cl_victim(l);
	cl_say(l, f, cl_text(l, "The memory of %s could not be taken back at once", cl_who(l, v->comm, v->pid)),
	       "The oom_reaper gave up on it: the victim held a lock or hung in the kernel, so the kill freed nothing "
	       "then.");
	cl_cite(l, f, v->origin, "oom_reaper: unable to reap");
}

/** Two kill lines of one event that name the same program with different pids, one of them without sizes. */
static bool pids_disagree(struct cl_look *l)
{
	const struct oom_victims *v = l->e ? &l->e->victims : NULL;
	if (!v || v->n != 2 || !cl_same(v->v[0].comm, v->v[1].comm) || v->v[0].pid == v->v[1].pid)
		return false;
	return oom_known(v->v[0].pid) && oom_known(v->v[1].pid) &&
	       (cl_victim_kb(&v->v[0]) == OOM_ABSENT) != (cl_victim_kb(&v->v[1]) == OOM_ABSENT);
}

static void tell_pids_disagree(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_victim *a = &l->e->victims.v[0], *b = &l->e->victims.v[1];
	cl_say(l, f,
	       cl_text(l, "The kill lines disagree: %s has pid %" PRId64 " and pid %" PRId64, a->comm, a->pid, b->pid),
	       "The kernel prints a thread first and its process second, a parent and the child that it killed "
	       "instead, or the log is damaged.");
	cl_cite(l, f, a->origin, cl_text(l, "pid %" PRId64, a->pid));
	cl_cite(l, f, b->origin, cl_text(l, "pid %" PRId64, b->pid));
}

enum { MAX_FOLLOWED = 10 };

static bool followed(struct cl_look *l)
{
	return l->e && l->e->followed.n;
}

/** "line 12: text", as the reader of logs notes it: the text; @p origin gets the line. */
static const char *line_of(const char *noted, struct oom_origin *origin)
{
	const char *digits = strncmp(noted, "line ", 5) == 0 ? noted + 5 : "";
	size_t len = strspn(digits, "0123456789");
	if (!len || len > 18 || strncmp(digits + len, ": ", 2) != 0 || origin->kind != OOM_FROM_LOG)
		return noted;
	origin->at = strtoll(digits, NULL, 10);
	return digits + len + 2;
}

static void tell_followed(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_strings *what = &l->e->followed;
	struct oom_origin first = event_origin(l);
	cl_say(l, f,
	       cl_text(l, "What followed: %s%s", line_of(what->v[0], &first),
		       what->n > 1 ? cl_text(l, ", and %zu more", what->n - 1) : ""),
	       "The log shows it after the event; that the event caused it is likely where it names the killed process "
	       "or its unit.");
	for (size_t i = 0; i < what->n && i < MAX_FOLLOWED; i++) {
		struct oom_origin origin = event_origin(l);
		const char *text = line_of(what->v[i], &origin);
		cl_cite(l, f, origin, text);
	}
}

const struct cl_rule cl_rules_outcome[] = {
	{"panic-on-oom", OOM_SEVERITY_CRITICAL, panic_on_oom, tell_panic_on_oom, cl_advise_panic, false},
	{"no-killable", OOM_SEVERITY_CRITICAL, no_killable, tell_no_killable, NULL, false},
	{"all-protected", OOM_SEVERITY_WARNING, all_protected, tell_all_protected, cl_advise_unprotect, false},
	{"victim-in-flight", OOM_SEVERITY_WARNING, in_flight, tell_in_flight, NULL, false},
	{"crashed-later", OOM_SEVERITY_WARNING, crashed_later, tell_crashed_later, NULL, false},
	{"oom-group", OOM_SEVERITY_INFO, oom_group, tell_oom_group, cl_advise_oom_group, false},
	{"allocating-task-killed", OOM_SEVERITY_WARNING, allocating_task, tell_allocating_task,
	 cl_advise_allocating_task, false},
	{"victim-not-reaped", OOM_SEVERITY_WARNING, not_reaped, tell_not_reaped, NULL, false},
	{"pids-disagree", OOM_SEVERITY_INFO, pids_disagree, tell_pids_disagree, NULL, false},
	{"what-followed", OOM_SEVERITY_INFO, followed, tell_followed, NULL, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
