// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which processes hold the anonymous memory in scope, one by one and by name.
 *
 * RSS is never added up: a page that several processes map is in the RSS of each. What is added is anonymous memory
 * (rss_anon), and processes that share one mm count once. The tables before 6.8 print rss only; then a process's
 * anonymous memory is guessed as rss × (anonymous memory of the scope / sum of all rss), which is right when all share
 * alike. A guess decides what is large; it is never printed.
 */
#include "classify/internal.h"
#include <stdlib.h>
#include <string.h>

struct row {
	const struct oom_task *task;
	int64_t kb, guess;
	bool exact;
};

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->task->comm ? x->task->comm : "", y->task->comm ? y->task->comm : "");
	if (order)
		return order;
	return x->guess != y->guess ? (x->guess < y->guess ? 1 : -1) : 0;
}

static int by_mm(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->task->mm != y->task->mm)
		return x->task->mm < y->task->mm ? -1 : 1;
	return x->task->pid != y->task->pid ? (x->task->pid < y->task->pid ? -1 : 1) : 0;
}

/** The first process of each mm; rows without a known mm all stay. */
static size_t drop_shared(struct row *rows, size_t n)
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

static size_t gather(struct cl_look *l, struct row *rows)
{
	size_t n = 0;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		bool exact = cl_ok(t->rss_anon_kb);
		int64_t kb = exact ? t->rss_anon_kb : t->rss_kb;
		if (t->kthread == OOM_YES || !cl_ok(kb) || kb <= 0 || !cl_task_in_scope(l, t, !l->tasks_from_state))
			continue;
		rows[n++] = (struct row){.task = t, .kb = kb, .guess = kb, .exact = exact};
	}
	return drop_shared(rows, n);
}

/** Scales what is rss down to what can be anonymous. */
static void guess(const struct cl_look *l, struct row *rows, size_t n)
{
	int64_t exact_kb = 0, rss_kb = 0;
	for (size_t i = 0; i < n; i++)
		*(rows[i].exact ? &exact_kb : &rss_kb) += rows[i].kb;
	// v1 prints the statistics of each cgroup without those below it: a sheet that leaves most open says nothing.
	if (!cl_ok(l->sheet.anon_kb) || rss_kb <= 0 || (cl_ok(l->sheet.rest_kb) && l->sheet.rest_kb > l->sheet.anon_kb))
		return;
	double left = (double)(l->sheet.anon_kb - exact_kb), scale = left > 0 ? left / (double)rss_kb : 0;
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].exact && scale < 1)
			rows[i].guess = (int64_t)((double)rows[i].kb * scale);
	}
}

static void rank(struct cl_holder *top, struct cl_holder *second, const struct cl_holder *one)
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
	struct row *rows = oom_alloc(l->arena, (l->facts.tasks.n + 1) * sizeof(*rows));
	if (!rows) {
		l->nomem = true;
		return;
	}
	size_t n = gather(l, rows);
	guess(l, rows, n);
	qsort(rows, n, sizeof(*rows), by_name);
	struct cl_holder group = {0};
	for (size_t i = 0; i < n; i++) {
		struct cl_holder one = {rows[i].task, rows[i].task->comm, 1, rows[i].kb, rows[i].exact, rows[i].guess};
		h->guess_kb += one.guess;
		rank(&h->top, &h->second, &one);
		if (group.task && cl_same(group.comm, one.comm)) {
			group.count++;
			group.kb += one.kb;
			group.guess += one.guess;
			group.exact &= one.exact;
		} else {
			if (group.task)
				rank(&h->group, &h->second_group, &group);
			group = one;
		}
	}
	if (group.task)
		rank(&h->group, &h->second_group, &group);
	h->n = n;
}
