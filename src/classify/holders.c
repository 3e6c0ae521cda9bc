// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which processes hold the anonymous memory in scope, one by one.
 *
 * RSS is never added up: a page that several processes map is in the RSS of each. What is added is anonymous memory
 * (rss_anon), and processes that share one mm count once. The tables before 6.8 print rss only; then a process's
 * anonymous memory is guessed as rss × (anonymous memory of the scope / sum of all rss), which is right when all share
 * alike. A guess decides what is large; it is never printed.
 *
 * Pages that a fork left to parent and children are in the rss_anon of each, and once in what the machine counts as
 * anonymous memory: how much too much the sum is, is known; whose pages they are is not.
 */
#include "classify/holders.h"
#include <stdlib.h>
#include <string.h>

static int by_mm(const void *a, const void *b)
{
	const struct cl_row *x = a, *y = b;
	if (x->task->mm != y->task->mm)
		return x->task->mm < y->task->mm ? -1 : 1;
	return x->task->pid != y->task->pid ? (x->task->pid < y->task->pid ? -1 : 1) : 0;
}

/** The first process of each mm; rows without a known mm all stay. */
static size_t drop_shared(struct cl_row *rows, size_t n)
{
	size_t kept = 0;
	qsort(rows, n, sizeof(*rows), by_mm);
	for (size_t i = 0; i < n; i++) {
		bool again = kept && oom_known(rows[i].task->mm) && rows[i].task->mm == rows[kept - 1].task->mm;
		if (!again)
			rows[kept++] = rows[i];
	}
	return kept;
}

static size_t gather(struct cl_look *l, struct cl_row *rows)
{
	size_t n = 0;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		bool exact = cl_ok(t->rss_anon_kb);
		int64_t kb = exact ? t->rss_anon_kb : t->rss_kb;
		if (t->kthread == OOM_YES || !cl_ok(kb) || kb <= 0 || !cl_task_in_scope(l, t, !l->tasks_from_state))
			continue;
		rows[n++] = (struct cl_row){.task = t, .kb = kb, .guess = kb, .exact = exact};
	}
	return drop_shared(rows, n);
}

/** v1 prints the statistics of each cgroup without those below it: a sheet that leaves most open says nothing. */
static bool sheet_speaks(const struct cl_look *l)
{
	return cl_ok(l->sheet.anon_kb) && !(cl_ok(l->sheet.rest_kb) && l->sheet.rest_kb > l->sheet.anon_kb);
}

/** Scales what is rss down to what can be anonymous. */
static void guess(const struct cl_look *l, struct cl_row *rows, size_t n)
{
	int64_t exact_kb = 0, rss_kb = 0;
	for (size_t i = 0; i < n; i++)
		*(rows[i].exact ? &exact_kb : &rss_kb) += rows[i].kb;
	if (rss_kb <= 0 || !sheet_speaks(l))
		return;
	double left = (double)(l->sheet.anon_kb - exact_kb), scale = left > 0 ? left / (double)rss_kb : 0;
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].exact && scale < 1)
			rows[i].guess = (int64_t)((double)rows[i].kb * scale);
	}
}

/**
 * What the processes' counters have too much together, KiB: the pages that several of them map. Of a few nodes the
 * sheet has a part of each process only. Up to a 32nd of the sum is what the CPUs have not added yet.
 */
static int64_t counted_again(const struct cl_look *l, const struct cl_row *rows, size_t n)
{
	int64_t sum_kb = 0;
	if (!sheet_speaks(l) || (l->v->scope != OOM_SCOPE_HOST && l->v->scope != OOM_SCOPE_MEMCG) ||
	    l->v->cause == OOM_CAUSE_LOWMEM)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].exact)
			return 0;
		sum_kb += rows[i].kb;
	}
	int64_t again_kb = sum_kb - l->sheet.anon_kb;
	return again_kb > sum_kb / 32 ? again_kb : 0;
}

void cl_holder_rank(struct cl_holder *top, struct cl_holder *second, const struct cl_holder *one)
{
	if (!top->task || one->guess > top->guess) {
		*second = *top;
		*top = *one;
	} else if (!second->task || one->guess > second->guess) {
		*second = *one;
	}
}

void cl_holders_find(struct cl_look *l)
{
	struct cl_holders *h = &l->holders;
	memset(h, 0, sizeof(*h));
	struct cl_row *rows = oom_alloc(l->arena, (l->facts.tasks.n + 1) * sizeof(*rows));
	if (!rows) {
		l->nomem = true;
		return;
	}
	size_t n = gather(l, rows);
	guess(l, rows, n);
	h->again_kb = counted_again(l, rows, n);
	for (size_t i = 0; i < n; i++) {
		struct cl_holder one = {.task = rows[i].task,
					.comm = rows[i].task->comm,
					.count = 1,
					.kb = rows[i].kb,
					.sum_kb = rows[i].kb,
					.exact = rows[i].exact,
					.guess = rows[i].guess};
		h->guess_kb += one.guess;
		cl_holder_rank(&h->top, &h->second, &one);
	}
	h->guess_kb -= h->again_kb;
	h->n = n;
	cl_groups_find(l, rows, n);
}
