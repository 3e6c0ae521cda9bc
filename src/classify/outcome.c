// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the kernel did about it, and whom it would have killed had it not panicked. */
#include "classify/internal.h"
#include <string.h>

/** A panic for another reason that came after: of the same boot, as far as the case tells. */
static bool crashed_later(const struct cl_look *l)
{
	const struct oom_events *events = &l->c->events;
	const char *panic = l->c->system.panic;
	if (!panic || cl_has(panic, "ut of memory") || cl_has(panic, "deadlocked on memory") ||
	    cl_has(panic, "panic_on_oom"))
		return false;
	return !l->e || l->e->boot == events->v[events->n - 1].boot;
}

static enum oom_outcome outcome(const struct cl_look *l)
{
	const struct oom_event *e = l->e;
	if (l->v->cause == OOM_CAUSE_NONE)
		return OOM_OUTCOME_NONE;
	if ((e && e->no_killable == OOM_YES) || cl_has(l->panic_text, "no killable") ||
	    cl_has(l->panic_text, "deadlocked on memory"))
		return OOM_OUTCOME_NO_KILLABLE;
	if ((e && e->panic) || l->panic_text)
		return OOM_OUTCOME_PANIC;
	if (e && e->kind == OOM_EVENT_ALLOCATION_FAILURE)
		return OOM_OUTCOME_NONE;
	if (crashed_later(l))
		return OOM_OUTCOME_CRASHED_LATER;
	if (e && e->victims.n)
		return OOM_OUTCOME_KILLED;
	return OOM_OUTCOME_UNKNOWN;
}

/** vm.oom_kill_allocating_task: whoever asks is killed, unless it is protected; not for cgroups. */
static bool allocating_task(struct cl_look *l, size_t *at)
{
	const struct oom_tasks *tasks = l->choice.tasks;
	const struct oom_scores *scores = l->choice.scores;
	if (l->c->config.oom_kill_allocating_task != 1 || l->v->scope == OOM_SCOPE_MEMCG || !l->e)
		return false;
	for (size_t i = 0; i < tasks->n && i < scores->n; i++) {
		if (tasks->v[i].pid == l->e->trigger.pid && oom_known(scores->points[i])) {
			*at = i;
			return true;
		}
	}
	return false;
}

static void find_would_kill(struct cl_look *l)
{
	const struct cl_choice *choice = &l->choice;
	size_t at = choice->at;
	bool asks = allocating_task(l, &at);
	// The killer waits for a victim that is still dying; and a task without a score could be the worst of all.
	if (!asks && (!choice->task || choice->in_flight || !choice->complete))
		return;
	const struct oom_task *t = &choice->tasks->v[at];
	struct oom_would_kill *w = oom_alloc(l->arena, sizeof(*w));
	if (!w) {
		l->nomem = true;
		return;
	}
	*w = (struct oom_would_kill){t->pid, t->comm, choice->scores->badness[at]};
	l->v->would_kill = w;
}

void cl_outcome_find(struct cl_look *l)
{
	l->v->outcome = outcome(l);
	if (l->v->outcome == OOM_OUTCOME_PANIC)
		find_would_kill(l);
}
