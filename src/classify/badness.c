// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * oom_badness() and select_bad_process() of mm/oom_kill.c, recomputed as the kernel at hand does it.
 *
 * The rules by version, as read in the sources of 2.6.18, 3.10, 4.4, 4.19, 5.4 and 6.1 and in the changes between:
 * - before 2.6.36: total_vm, CPU time, nice, children. Not recomputed: the input does not hold what it took.
 * - 2.6.36 (a63d83f427fb): (rss + swap) * 1000 / totalpages + oom_score_adj, 30 off for CAP_SYS_ADMIN, 1 to 1000.
 * - 2.6.39 (f755a042d82b): page tables count; since 4.1 the second level too, since 4.15 all of them in bytes.
 * - 3.5 (a7f638f999ff): rss + page tables + swap + oom_score_adj * (totalpages / 1000), in pages.
 * - 3.14 (778c14affaf9), and el7: CAP_SYS_ADMIN takes 3 % of its own points off, not 30 thousandths of the total.
 * - 4.17 (d46078b28889): no bonus for CAP_SYS_ADMIN.
 * - 5.2: of equal points the process found later wins; before, the first.
 * - 5.9 (9066e5cfb73c): no longer at least 1, may be negative.
 *
 * A report does not print who has CAP_SYS_ADMIN: it is taken to be root's.
 *
 * The points use the kernel's own, inexact reading of rss (oom_rss_kb …).
 */
#include "classify/internal.h"
#include <string.h>

enum { PF_KTHREAD = 0x00200000, NEVER = -1000 };

static int64_t first(int64_t a, int64_t b)
{
	return cl_ok(a) ? a : cl_ok(b) ? b : OOM_ABSENT;
}

/** Without a release the columns of the table tell the age: bytes of page tables are printed since 4.15. */
static bool is_modern_table(const struct oom_tasks *tasks)
{
	bool pgtables = false;
	for (size_t i = 0; i < tasks->n; i++) {
		if (oom_known(tasks->v[i].nr_ptes))
			return false;
		pgtables |= oom_known(tasks->v[i].pgtables_kb);
	}
	return pgtables;
}

void cl_badness_rule(struct cl_look *l)
{
	int64_t release = l->release;
	struct cl_badness *b = &l->badness;
	memset(b, 0, sizeof(*b));
	if (!oom_known(release)) {
		b->known = b->page_tables = b->later_wins = is_modern_table(&l->facts.tasks);
		return;
	}
	// el6 (2.6.32) has a backport of the new rules and prints neither swap entries nor page tables.
	b->known = release >= 2006036;
	b->per_mille = release < 3005000;
	b->page_tables = release >= 2006039;
	b->at_least_one = release < 5009000;
	b->later_wins = release >= 5002000;
	if (release < 3014000 && !l->el7)
		b->root = CL_ROOT_30_OF_1000;
	else if (release < 4017000)
		b->root = CL_ROOT_3_PERCENT;
}

/** Swap of the machine: of this report, else of another of the same boot, else of the state. */
static int64_t swap_total(const struct cl_look *l)
{
	if (cl_ok(l->swap_total_kb))
		return l->swap_total_kb;
	size_t at = l->e ? (size_t)(l->e - l->c->events.v) : 0;
	for (size_t i = at > CL_LOOK_AROUND ? at - CL_LOOK_AROUND : 0; l->e && i < l->c->events.n; i++) {
		if (i > at + CL_LOOK_AROUND)
			break;
		const struct oom_event *other = &l->c->events.v[i];
		if (other->boot == l->e->boot && cl_ok(other->state.memory.swap_total_kb))
			return other->state.memory.swap_total_kb;
	}
	if (l->c->state && l->c->state_is_incident != OOM_NO && cl_ok(l->c->state->memory.swap_total_kb))
		return l->c->state->memory.swap_total_kb;
	return OOM_ABSENT;
}

/**
 * mem_cgroup_get_max(): the limit and what it may swap. v1: the rest of memory+swap, v2: memory.swap.max, neither more
 * than the machine has; nothing with vm.swappiness 0.
 */
static int64_t memcg_total_kb(const struct cl_look *l)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	int64_t limit_kb = l->v->scope_kb, swap_kb = l->c->config.swappiness == 0 ? 0 : swap_total(l);
	if (!cl_ok(limit_kb) || (m && m->limit_kb >= CL_MOST))
		return OOM_ABSENT;
	if (m && cl_ok(m->memsw_limit_kb)) {
		int64_t more = m->memsw_limit_kb > limit_kb ? m->memsw_limit_kb - limit_kb : 0;
		if (more == 0)
			return limit_kb;
		return cl_ok(swap_kb) ? limit_kb + (more < swap_kb ? more : swap_kb) : OOM_ABSENT;
	}
	if (m && cl_ok(m->swap_limit_kb)) {
		if (m->swap_limit_kb == 0)
			return limit_kb;
		return cl_ok(swap_kb) ? limit_kb + (m->swap_limit_kb < swap_kb ? m->swap_limit_kb : swap_kb)
				      : OOM_ABSENT;
	}
	return cl_ok(swap_kb) ? limit_kb + swap_kb : OOM_ABSENT;
}

/** Pages of the allowed nodes, reserved ones too; before 5.4 ("consider present pages for the node size") holes too. */
static int64_t nodes_total_kb(const struct cl_look *l)
{
	bool spanned = oom_known(l->release) && l->release < 5004000;
	int64_t kb = swap_total(l);
	if (!cl_ok(kb) || l->zones.incomplete || !l->zones.allowed.known)
		return OOM_ABSENT;
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		int64_t size_kb = spanned ? z->zone->spanned_kb : z->zone->present_kb;
		if (!z->node_ok)
			continue;
		if (!cl_ok(size_kb))
			return OOM_ABSENT;
		kb += size_kb;
	}
	return kb;
}

/** What the kernel divides by (constrained_alloc), in pages; OOM_ABSENT. */
int64_t cl_totalpages(const struct cl_look *l)
{
	int64_t kb = OOM_ABSENT, swap_kb = swap_total(l);
	if (l->v->scope == OOM_SCOPE_MEMCG && l->v->cause != OOM_CAUSE_USERSPACE_OOM)
		kb = memcg_total_kb(l);
	else if (l->e && l->e->has_head != OOM_YES && l->constraint == OOM_CONSTRAINT_UNKNOWN)
		kb = OOM_ABSENT; // it may have been a cgroup's
	else if (l->constraint == OOM_CONSTRAINT_CPUSET || l->constraint == OOM_CONSTRAINT_MEMPOLICY ||
		 (l->v->cause == OOM_CAUSE_NUMA_NODE && !l->request.this_node))
		kb = nodes_total_kb(l); // what bound the request, the kernel knew; __GFP_THISNODE it does not count
	else if (cl_ok(l->ram_kb) && cl_ok(swap_kb))
		kb = l->ram_kb + swap_kb;
	return cl_ok(kb) && kb / l->page_kb > 0 ? kb / l->page_kb : OOM_ABSENT;
}

/**
 * Would the killer look at it in this scope? The kernel's own table lists nobody else. Under a cpuset: whose cpuset has
 * a node of the asker's. Under a policy: all but those that are bound to other nodes (mempolicy_in_oom_domain), which
 * the input does not tell.
 */
bool cl_task_in_scope(const struct cl_look *l, const struct oom_task *t, bool printed)
{
	if (printed)
		return true;
	if (l->v->scope == OOM_SCOPE_MEMCG)
		return l->memcg_oom && cl_memcg_under(t->memcg, l->memcg_oom);
	if (l->constraint == OOM_CONSTRAINT_CPUSET)
		return !t->mems_allowed.n || !l->zones.allowed.known ||
		       cl_nodes_meet(&l->zones.allowed, &t->mems_allowed);
	return true;
}

static bool has_mm(const struct oom_task *t)
{
	if (t->kthread == OOM_YES || (t->flags != OOM_ABSENT && (t->flags & PF_KTHREAD)) || t->mm == 0)
		return false;
	return cl_same(t->state, "Z") ? t->rss_kb > 0 : true;
}

/** oom_unkillable_task() and the first half of oom_badness(). */
static bool is_eligible(const struct oom_task *t)
{
	return has_mm(t) && t->pid != 1 && t->tgid != 1 && t->oom_score_adj != NEVER && t->oom_skip != OOM_YES &&
	       t->in_vfork != OOM_YES;
}

/** rss + swap + page tables in pages; OOM_ABSENT if a term that the kernel counts is not known. */
static int64_t base_pages(const struct cl_look *l, const struct oom_task *t)
{
	int64_t rss_kb = first(t->oom_rss_kb, t->rss_kb), swap_kb = first(t->oom_swap_kb, t->swap_kb), tables = 0;
	if (!cl_ok(swap_kb) && cl_ok(l->swap_total_kb) && l->swap_total_kb == l->swap_free_kb)
		swap_kb = 0; // no swap, or nothing in it
	if (l->badness.page_tables) {
		tables = cl_ok(t->pgtables_kb) ? t->pgtables_kb / l->page_kb : t->nr_ptes;
		if (!cl_ok(tables))
			return OOM_ABSENT;
	}
	if (!cl_ok(rss_kb) || !cl_ok(swap_kb))
		return OOM_ABSENT;
	return rss_kb / l->page_kb + swap_kb / l->page_kb + tables;
}

static bool is_admin(const struct oom_task *t)
{
	return t->cap_sys_admin != OOM_MAYBE ? t->cap_sys_admin == OOM_YES : t->uid == 0;
}

/** oom_badness() itself. Without totalpages only where it plays no part. */
static int64_t points_of(const struct cl_look *l, const struct oom_task *t, int64_t totalpages)
{
	const struct cl_badness *b = &l->badness;
	int64_t points = base_pages(l, t), adj = t->oom_score_adj;
	bool admin = b->root != CL_ROOT_NONE && is_admin(t);
	if (!oom_known(points) || adj < NEVER || adj > 1000)
		return OOM_ABSENT;
	if (b->per_mille) {
		if (!oom_known(totalpages))
			return OOM_ABSENT;
		points = points * 1000 / totalpages - (admin ? 30 : 0) + adj;
		return points < 1 ? 1 : points > 1000 ? 1000 : points;
	}
	if (admin && b->root == CL_ROOT_3_PERCENT)
		points -= points * 3 / 100;
	else if (admin)
		adj -= 30;
	if (adj && !oom_known(totalpages))
		return OOM_ABSENT;
	points += adj ? adj * (totalpages / 1000) : 0;
	return b->at_least_one && points < 1 ? 1 : points;
}

/** One more candidate; @p points are its own. */
static void consider(const struct cl_look *l, struct cl_choice *choice, const struct oom_scores *scores,
		     const struct oom_tasks *tasks, size_t i)
{
	int64_t points = scores->points[i];
	int64_t best = choice->task ? scores->points[choice->at] : 0;
	bool wins = !choice->task || points > best || (points == best && l->badness.later_wins);
	if (wins) {
		choice->runner_up = choice->task;
		choice->runner_up_at = choice->at;
		choice->task = &tasks->v[i];
		choice->at = i;
	} else if (!choice->runner_up || points > scores->points[choice->runner_up_at]) {
		choice->runner_up = &tasks->v[i];
		choice->runner_up_at = i;
	}
}

/**
 * Scores of a list of tasks, and whom the killer would choose among them.
 * @param[in] printed the list is the kernel's own table: all of it is in scope
 * @param[out] ret arrays in the arena, one element per task
 */
void cl_scores(struct cl_look *l, const struct oom_tasks *tasks, bool printed, struct oom_scores *ret,
	       struct cl_choice *choice)
{
	memset(ret, 0, sizeof(*ret));
	memset(choice, 0, sizeof(*choice));
	choice->tasks = tasks;
	choice->scores = ret;
	ret->totalpages = cl_totalpages(l);
	choice->complete = l->badness.known;
	if (!tasks->n)
		return;
	ret->badness = oom_alloc(l->arena, tasks->n * sizeof(*ret->badness));
	ret->points = oom_alloc(l->arena, tasks->n * sizeof(*ret->points));
	if (!ret->badness || !ret->points) {
		l->nomem = true;
		return;
	}
	ret->n = tasks->n;
	int64_t most = -1;
	for (size_t i = 0; i < tasks->n; i++) {
		const struct oom_task *t = &tasks->v[i];
		ret->badness[i] = ret->points[i] = OOM_ABSENT;
		if (!cl_task_in_scope(l, t, printed))
			continue;
		if (t->oom_victim == OOM_YES && t->oom_skip != OOM_YES && has_mm(t))
			choice->in_flight = t;
		int64_t base = has_mm(t) && t->pid != 1 ? base_pages(l, t) : OOM_ABSENT;
		if (oom_known(base) && base > most) {
			most = base;
			choice->without_adj = t;
		}
		if (!is_eligible(t))
			continue;
		choice->nr_eligible++;
		ret->points[i] = l->badness.known ? points_of(l, t, ret->totalpages) : OOM_ABSENT;
		if (!oom_known(ret->points[i])) {
			choice->complete = false;
			continue;
		}
		if (l->badness.per_mille)
			ret->badness[i] = ret->points[i];
		else if (oom_known(ret->totalpages))
			ret->badness[i] = ret->points[i] * 1000 / ret->totalpages;
		consider(l, choice, ret, tasks, i);
	}
}
