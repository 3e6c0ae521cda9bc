// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Who can be named for it, and whether the killer hit that one.
 *
 * A dominating process or name; of many, one that stands out enough (name_of_many()); for other consumers the largest
 * mount, cache … that the input lists.
 */
#include "classify/internal.h"

static void name(struct cl_look *l, enum oom_consumer kind, const char *what, int64_t pid, int64_t kb)
{
	struct oom_culprit *c = oom_alloc(l->arena, sizeof(*c));
	if (!c) {
		l->nomem = true;
		return;
	}
	*c = (struct oom_culprit){.kind = oom_consumer_id(kind),
				  .name = what,
				  .pid = pid,
				  .kb = cl_ok(kb) ? kb : OOM_ABSENT,
				  .share_ppm = OOM_ABSENT,
				  .processes = kind == OOM_CONSUMER_TASK ? 1 : OOM_ABSENT,
				  .largest_pid = pid};
	int64_t whole_kb = l->v->scope_kb;
	if (cl_ok(whole_kb) && cl_ok(kb) && kind == OOM_CONSUMER_BALLOON && l->balloon_outside)
		whole_kb += kb;
	// How much of a process lies in the lower zones is not known.
	bool elsewhere = kind == OOM_CONSUMER_TASK && l->v->cause == OOM_CAUSE_LOWMEM;
	if (cl_ok(kb) && cl_ok(whole_kb) && whole_kb > 0 && !elsewhere)
		c->share_ppm = kb < whole_kb ? (int64_t)((double)kb * 1e6 / (double)whole_kb) : 1000000;
	l->v->culprit = c;
}

static bool at_least(int64_t part, int64_t whole, int64_t nth)
{
	return cl_ok(part) && cl_ok(whole) && whole > 0 && part >= whole / nth;
}

static void name_group(struct cl_look *l, const struct cl_holder *g)
{
	name(l, OOM_CONSUMER_TASK, g->comm, OOM_ABSENT, g->exact ? g->kb : OOM_ABSENT);
	if (!l->v->culprit)
		return;
	l->v->culprit->processes = (int64_t)g->count;
	l->v->culprit->largest_pid = g->task->pid;
}

/** One process where it is at least half of its group, else the group. */
static void name_task(struct cl_look *l)
{
	const struct cl_holder *top = &l->holders.top, *group = &l->holders.group;
	const struct oom_victim *v = cl_victim(l);
	int64_t all_kb = cl_ok(l->sheet.anon_kb) && l->sheet.anon_kb > l->holders.guess_kb ? l->sheet.anon_kb
											   : l->holders.guess_kb;
	bool one = top->task && (at_least(top->guess, all_kb, 2) || group->count < 2 ||
				 (cl_named(group->comm, top->comm) ? at_least(top->guess, group->guess, 2)
								   : top->guess >= group->guess));
	bool table = top->task && (!v || !cl_ok(v->rss_anon_kb) || v->rss_anon_kb <= group->guess);
	if (table && one)
		name(l, OOM_CONSUMER_TASK, top->comm, top->task->pid, top->kb);
	else if (table)
		name_group(l, group);
	else if (v)
		name(l, OOM_CONSUMER_TASK, v->comm, v->pid, v->rss_anon_kb);
}

static void name_part(struct cl_look *l)
{
	enum oom_consumer kind = l->v->consumer;
	const struct oom_shmem *shm = cl_top_shmem(l);
	const struct oom_slab *slab = cl_top_slab(l, OOM_MAYBE);
	const struct oom_vmalloc *area = cl_top_vmalloc(l);
	const struct oom_task *tables = cl_top_tables(l);
	const struct oom_task *threads = cl_top_threads(l), *unread = cl_top_unread(l), *pages = cl_top_hugetlb(l);
	int64_t held_kb;
	const struct oom_shmem *holder = cl_shmem_holder(l, &held_kb);
	int64_t kb = cl_part_kb(l, kind), pid = OOM_ABSENT;
	const char *what = NULL;
	// One mount, cache, caller or process is named when it is at least half of its kind.
	// Of several files of one process it is the process.
	bool several = holder && shm && held_kb / 3 >= shm->kb / 2;
	if (kind == OOM_CONSUMER_SHMEM && shm && at_least(shm->kb, kb, 2) && !several) {
		what = cl_shmem_name(l, shm);
		kb = shm->kb;
	} else if (kind == OOM_CONSUMER_SHMEM && holder && at_least(held_kb, kb, 2)) {
		what = holder->comm;
		pid = holder->pid;
		kb = held_kb < kb ? held_kb : kb; // a cgroup's own counter lags behind
	} else if (kind == OOM_CONSUMER_SLAB && slab && at_least(slab->total_kb, kb, 2)) {
		what = slab->name;
		kb = slab->total_kb;
	} else if (kind == OOM_CONSUMER_VMALLOC && area && at_least(area->kb, kb, 2)) {
		what = cl_vmalloc_name(l, area);
		kb = area->kb;
	} else if (kind == OOM_CONSUMER_PAGE_TABLES && tables && at_least(tables->pgtables_kb, kb, 2)) {
		what = tables->comm;
		pid = tables->pid;
		kb = tables->pgtables_kb;
	} else if (kind == OOM_CONSUMER_KERNEL_STACKS && at_least(cl_threads_stacks_kb(l, threads), kb, 2)) {
		what = threads->comm;
		pid = threads->pid;
		kb = cl_threads_stacks_kb(l, threads);
	} else if (kind == OOM_CONSUMER_HUGETLB && pages && at_least(pages->hugetlb_kb, kb, 2)) {
		what = pages->comm;
		pid = pages->pid;
		kb = pages->hugetlb_kb < kb ? pages->hugetlb_kb : kb;
	} else if (kind == OOM_CONSUMER_UNACCOUNTED && unread && at_least(cl_unread_kb(unread), kb, 2)) {
		// A part of a socket's buffers is slab.
		what = unread->comm;
		pid = unread->pid;
		kb = cl_unread_kb(unread) < kb ? cl_unread_kb(unread) : kb;
	}
	name(l, kind, what ? what : cl_part_name(kind), pid, kb);
}

static bool stands_out(const struct cl_look *l, const struct cl_holder *h, const struct cl_holder *next)
{
	return h->task && at_least(h->guess, l->v->scope_kb, 4) && (!next->task || h->guess / 3 >= next->guess / 2);
}

/**
 * Of many processes none dominates. The one that was still growing (it asked for a fresh page) is named if it holds a
 * quarter of the scope and half as much as the largest; else the largest, with a quarter of the scope and half as much
 * again as the next; else a group of processes, by the same measure.
 */
static void name_of_many(struct cl_look *l)
{
	const struct cl_holder *top = &l->holders.top, *second = &l->holders.second;
	bool fresh = l->request.known && l->request.zeroed && l->request.movable;
	const struct cl_holder *both[] = {top, second};
	for (size_t i = 0; fresh && i < 2; i++) {
		const struct cl_holder *h = both[i];
		if (h->task && cl_is_trigger(l, h->comm, h->task->pid) && at_least(h->guess, l->v->scope_kb, 4) &&
		    at_least(h->guess, top->guess, 2)) {
			name(l, OOM_CONSUMER_TASK, h->comm, h->task->pid, h->kb);
			return;
		}
	}
	if (stands_out(l, top, second))
		name(l, OOM_CONSUMER_TASK, top->comm, top->task->pid, top->kb);
	else if (l->holders.group.count > 1 && stands_out(l, &l->holders.group, &l->holders.second_group))
		name_group(l, &l->holders.group);
}

/**
 * Did the kill hit the culprit? Yes, if the victim is it or one of its name. No, if the culprit is somebody or
 * something else, or if no culprit is named and the victim had less than a twentieth of the scope: killing it could not
 * help.
 */
static void find_victim(struct cl_look *l)
{
	const struct oom_culprit *c = l->v->culprit;
	l->v->victim_is_culprit = OOM_MAYBE;
	if (!l->e || !l->e->victims.n)
		return;
	for (size_t i = 0; i < l->e->victims.n; i++) {
		const struct oom_victim *v = &l->e->victims.v[i];
		bool hit = c && (oom_known(c->pid) ? c->pid == v->pid
						   : cl_same(c->kind, oom_consumer_id(OOM_CONSUMER_TASK)) &&
							     cl_named(c->name, v->comm));
		if (hit) {
			l->v->victim_is_culprit = OOM_YES;
			return;
		}
		// Page cache, slab, tmpfs files of a cgroup may be its victim's work; of shared memory half of which
		// the victim maps, it is.
		if (c && !cl_same(c->kind, oom_consumer_id(OOM_CONSUMER_TASK))) {
			bool maps =
				l->v->consumer == OOM_CONSUMER_SHMEM && at_least(v->rss_shmem_kb, l->sheet.shmem_kb, 2);
			if (maps)
				l->v->victim_is_culprit = OOM_YES;
			if (maps || l->v->scope == OOM_SCOPE_MEMCG)
				return;
		}
		int64_t kb = cl_victim_kb(v);
		// One that held half as much as what is named as the culprit was no bystander.
		if (c && cl_ok(kb) && cl_ok(c->kb) && kb >= c->kb / 2)
			continue;
		bool small = cl_ok(kb) && cl_ok(l->v->scope_kb) && l->v->scope_kb > 0 && kb < l->v->scope_kb / 20;
		small |= cl_ok(kb) && kb < 1024; // of a machine or cgroup of any size
		if (c || small)
			l->v->victim_is_culprit = OOM_NO;
	}
}

void cl_culprit_find(struct cl_look *l)
{
	// Where memory is free, but in pieces, and where one request failed, who holds the rest is not at fault.
	enum oom_cause cause = l->v->cause;
	// Nor where a request wanted DMA or DMA32: whose pages lie there is chance, not size.
	bool nothing_short = (cause == OOM_CAUSE_UNKNOWN && l->figures_contradict) || cl_no_zone_fits(l) ||
			     (cause == OOM_CAUSE_LOWMEM && !l->bits32 && l->request.highest < CL_NORMAL &&
			      (l->v->consumer == OOM_CONSUMER_TASK || l->v->consumer == OOM_CONSUMER_TASKS));
	if (cause == OOM_CAUSE_FRAGMENTATION || cause == OOM_CAUSE_ALLOCATION_FAILURE || cause == OOM_CAUSE_FORCED ||
	    nothing_short) {
		l->v->victim_is_culprit = OOM_MAYBE;
		if ((cause == OOM_CAUSE_FRAGMENTATION || cl_no_zone_fits(l)) && cl_victim(l))
			l->v->victim_is_culprit = OOM_NO;
		return;
	}
	switch (l->v->consumer) {
	case OOM_CONSUMER_UNKNOWN:
		break;
	case OOM_CONSUMER_TASK:
		name_task(l);
		break;
	case OOM_CONSUMER_TASKS:
		name_of_many(l);
		break;
	default:
		name_part(l);
		break;
	}
	find_victim(l);
}
