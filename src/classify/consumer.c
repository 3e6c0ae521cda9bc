// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Where the memory in scope went: the largest part of the sheet.
 *
 * - Free memory is no consumer. The largest part wins only if it is not smaller than what is not known: a part that
 *   may be smaller than the unknown rest would be a guess.
 * - Cgroups that were removed and still hold at least half of the scope are the consumer, whatever their pages are:
 *   nobody can find them by kind. The same where they hold nearly all of the kind that is the largest.
 * - A balloon takes memory that the machine then does not count as its own; it is the consumer when it took more than
 *   the largest part of what is left.
 * - Processes: one dominates when it holds at least half of all processes' anonymous memory (the others together have
 *   no more), or at least a quarter of the scope and twice as much as the next one (no other could be meant). The same
 *   for a group of processes that are the same thing (groups.c). Else it is many.
 */
#include "classify/internal.h"

static bool dominates(const struct cl_look *l, const struct cl_holder *h, const struct cl_holder *next, int64_t all_kb)
{
	int64_t scope_kb = l->v->scope_kb;
	if (!h->task || h->guess <= 0)
		return false;
	if (all_kb > 0 && h->guess >= all_kb - h->guess)
		return true;
	return cl_ok(scope_kb) && h->guess >= scope_kb / 4 && (!next->task || h->guess / 2 >= next->guess);
}

/** One process, one group, or many; without a task table the victim, if it alone was more than half. */
static enum oom_consumer which_tasks(struct cl_look *l)
{
	struct cl_holders *h = &l->holders;
	int64_t all_kb = cl_ok(l->sheet.anon_kb) && l->sheet.anon_kb > h->guess_kb ? l->sheet.anon_kb : h->guess_kb;
	if (dominates(l, &h->top, &h->second, all_kb) || dominates(l, &h->group, &h->second_group, all_kb))
		return OOM_CONSUMER_TASK;
	const struct oom_victim *v = cl_victim(l);
	int64_t half_kb = cl_ok(l->sheet.anon_kb) ? l->sheet.anon_kb / 2
			  : cl_ok(l->v->scope_kb) ? l->v->scope_kb / 2
						  : OOM_ABSENT;
	if (v && cl_ok(v->rss_anon_kb) && cl_ok(half_kb) && half_kb > 0 && v->rss_anon_kb >= half_kb)
		return OOM_CONSUMER_TASK;
	// Half of a table says nothing of the processes that the log lost.
	bool covered = all_kb > 0 && h->guess_kb >= all_kb / 2;
	return h->n && covered ? OOM_CONSUMER_TASKS : OOM_CONSUMER_UNKNOWN;
}

bool cl_dies_in_scope(const struct cl_look *l, const struct oom_memcg *m)
{
	if (m->dying != OOM_YES)
		return false;
	// On which node or in which zone its pages are nothing tells.
	return l->v->scope == OOM_SCOPE_MEMCG ? l->memcg_oom && cl_memcg_under(m->path, l->memcg_oom)
					      : l->v->scope == OOM_SCOPE_HOST;
}

/** Usage of removed cgroups whose parent is not one of them: a parent's usage has its children's in it. */
static int64_t dying_kb(const struct cl_look *l)
{
	int64_t kb = 0;
	const struct oom_memcgs *list = &l->facts.memcgs;
	for (size_t i = 0; i < list->n; i++) {
		bool counted = false;
		if (!cl_dies_in_scope(l, &list->v[i]) || !cl_ok(list->v[i].usage_kb))
			continue;
		// The walk goes from parents to children, so a parent is among those before.
		for (size_t k = i; k-- > 0 && !counted && i - k < 64;)
			counted = list->v[k].dying == OOM_YES && cl_memcg_under(list->v[i].path, list->v[k].path);
		kb += counted ? 0 : list->v[i].usage_kb;
	}
	// The list may have the largest only.
	int64_t all_kb = l->v->scope == OOM_SCOPE_HOST ? l->facts.totals.memcgs_dying_kb : OOM_ABSENT;
	return cl_ok(all_kb) && all_kb > kb ? all_kb : kb;
}

void cl_consumer_find(struct cl_look *l)
{
	const struct cl_sheet *s = &l->sheet;
	const struct cl_part *top = NULL;
	int64_t scope_kb = l->v->scope_kb;
	l->v->consumer = OOM_CONSUMER_UNKNOWN;
	// A kill by hand asks for no memory: nothing was short. Nor is it where the figures show memory free, or the
	// nodes have none of the kind that was asked for.
	bool free = l->v->cause == OOM_CAUSE_UNKNOWN && l->figures_contradict;
	// One request failed while most of the machine was free: what took the rest did not bring it about.
	free |= l->v->cause == OOM_CAUSE_ALLOCATION_FAILURE && cl_ok(l->sheet.free_kb) && cl_ok(scope_kb) &&
		l->sheet.free_kb > scope_kb / 2;
	if (l->v->scope == OOM_SCOPE_NONE || l->v->cause == OOM_CAUSE_FORCED || free || cl_no_zone_fits(l))
		return;
	l->dying_kb = dying_kb(l);
	for (size_t i = 0; i < s->n; i++) {
		if (!top || s->v[i].kb > top->kb)
			top = &s->v[i];
	}
	bool theirs = top && (top->consumer == OOM_CONSUMER_SHMEM || top->consumer == OOM_CONSUMER_PAGECACHE ||
			      top->consumer == OOM_CONSUMER_SLAB || top->consumer == OOM_CONSUMER_PERCPU);
	theirs = theirs && l->dying_kb > 0 && l->dying_kb >= top->kb / 10 * 9;
	if (theirs || (cl_ok(scope_kb) && scope_kb > 0 && l->dying_kb >= scope_kb / 2)) {
		l->v->consumer = OOM_CONSUMER_DYING_CGROUPS;
		return;
	}
	if (l->balloon_outside && l->balloon_kb > (top ? top->kb : 0)) {
		l->v->consumer = OOM_CONSUMER_BALLOON;
		return;
	}
	bool sure = top && cl_ok(s->rest_kb) && top->kb >= s->rest_kb;
	// Without a total: more than all that is counted beside it, which must at least be what is usually large.
	if (top && !cl_ok(s->rest_kb))
		sure = (cl_ok(s->anon_kb) && cl_ok(s->file_kb)) || (cl_ok(scope_kb) && top->kb >= scope_kb / 2) ||
		       top->consumer == OOM_CONSUMER_HUGETLB;
	if (sure && top->consumer != OOM_CONSUMER_TASKS) {
		l->v->consumer = top->consumer;
		return;
	}
	// Processes, or nothing that the counters tell: then processes can still show that they hold half of the scope.
	bool half = cl_ok(scope_kb) && scope_kb > 0 && l->holders.guess_kb >= scope_kb / 2;
	const struct oom_victim *v = cl_victim(l);
	half |= cl_ok(scope_kb) && scope_kb > 0 && v && cl_ok(v->rss_anon_kb) && v->rss_anon_kb >= scope_kb / 2;
	if (sure || half)
		l->v->consumer = which_tasks(l);
}
