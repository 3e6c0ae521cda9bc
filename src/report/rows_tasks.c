// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The processes as rows: which, in what order, and what each was in the event. */
#include "report/rows.h"
#include <stdlib.h>

/** Resident and in swap; its page tables too where these are what fills the memory. */
static int64_t held(const struct oom_task *k, bool tables)
{
	int64_t kb = oom_or(k->rss_kb, 0), swap = oom_or(k->swap_kb, 0),
		pgtables = tables ? oom_or(k->pgtables_kb, 0) : 0;
	if (__builtin_add_overflow(kb, swap, &kb) || __builtin_add_overflow(kb, pgtables, &kb))
		return INT64_MAX;
	return kb;
}

static int larger_first(const void *a, const void *b)
{
	const struct rp_task *x = a, *y = b;
	if (x->outside != y->outside)
		return x->outside - y->outside;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	return (x->task->pid > y->task->pid) - (x->task->pid < y->task->pid);
}

static int by_pid(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/**
 * Pids of the cgroup that ran out, in order, where the rows are those of the whole machine: the kernel prints the
 * processes of that cgroup and no others. To be freed; NULL: each row counts as one of the scope.
 */
static int64_t *scope_pids(const struct rp_facts *f, size_t *n)
{
	const struct oom_tasks *printed = f->event ? &f->event->state.tasks : NULL;
	*n = 0;
	if (f->verdict->scope != OOM_SCOPE_MEMCG || !f->tasks_from_state || !printed || !printed->n)
		return NULL;
	int64_t *pids = calloc(printed->n, sizeof(*pids));
	for (; pids && *n < printed->n; (*n)++)
		pids[*n] = printed->v[*n].pid;
	if (pids)
		qsort(pids, *n, sizeof(*pids), by_pid);
	return pids;
}

struct rp_task *rp_tasks(const struct rp_facts *f, size_t *n)
{
	size_t nr_pids;
	int64_t *pids = scope_pids(f, &nr_pids);
	struct rp_task *rows = f->tasks->n ? calloc(f->tasks->n, sizeof(*rows)) : NULL;
	bool tables = f->verdict->consumer == OOM_CONSUMER_PAGE_TABLES;
	*n = 0;
	for (size_t i = 0; rows && i < f->tasks->n; i++) {
		const struct oom_task *k = &f->tasks->v[i];
		if (k->kthread == OOM_YES || (held(k, tables) == 0 && oom_known(k->rss_kb)))
			continue;
		rows[*n].task = k;
		rows[*n].badness = i < f->scores->n ? f->scores->badness[i] : OOM_ABSENT;
		rows[*n].kb = held(k, tables);
		rows[*n].outside = pids && !bsearch(&k->pid, pids, nr_pids, sizeof(*pids), by_pid);
		(*n)++;
	}
	free(pids);
	if (rows)
		qsort(rows, *n, sizeof(*rows), larger_first);
	return rows;
}

static bool same_pid(int64_t a, int64_t b)
{
	return oom_known(a) && a == b;
}

const char *rp_role(const struct rp_facts *f, const struct oom_task *k)
{
	const struct oom_event *e = f->event;
	for (size_t i = 0; e && i < e->victims.n; i++) {
		if (same_pid(e->victims.v[i].pid, k->pid))
			return "killed";
	}
	if (f->verdict->would_kill && same_pid(f->verdict->would_kill->pid, k->pid))
		return "next victim";
	if (e && same_pid(e->trigger.pid, k->pid))
		return "asked";
	if (k->oom_victim == OOM_YES)
		return "dying";
	return k->oom_score_adj == -1000 ? "protected" : NULL;
}

struct rp_task_columns rp_task_columns(const struct rp_facts *f, const struct rp_task *rows, size_t n)
{
	struct rp_task_columns has = {.tables = false};
	for (size_t i = 0; i < n; i++) {
		has.split |= oom_known(rows[i].task->rss_anon_kb);
		has.swap |= oom_known(rows[i].task->swap_kb) && rows[i].task->swap_kb > 0;
		has.tables |= f->verdict->consumer == OOM_CONSUMER_PAGE_TABLES && oom_known(rows[i].task->pgtables_kb);
		has.adj |= oom_known(rows[i].task->oom_score_adj);
		has.badness |= oom_known(rows[i].badness);
	}
	return has;
}

int64_t rp_shared_kb(const struct oom_task *k)
{
	int64_t kb;
	if (!oom_known(k->rss_file_kb))
		return OOM_ABSENT;
	return __builtin_add_overflow(k->rss_file_kb, oom_or(k->rss_shmem_kb, 0), &kb) ? OOM_ABSENT : kb;
}
