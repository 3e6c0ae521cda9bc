// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * "Who holds it": the largest processes.
 *
 * Sums are never shown: memory that several processes share counts in each of them.
 */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct row {
	const struct oom_task *task;
	int64_t badness;
	int64_t kb;   // resident and in swap: what it holds
	bool outside; // of the cgroup that ran out
};

static int64_t held(const struct oom_task *k)
{
	int64_t kb = oom_or(k->rss_kb, 0), swap = oom_or(k->swap_kb, 0);
	return __builtin_add_overflow(kb, swap, &kb) ? INT64_MAX : kb;
}

static int larger_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
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

/** Processes with memory of their own, those in scope first, then the largest; NULL without memory. */
static struct row *sorted(const struct rp_facts *f, size_t *n)
{
	size_t nr_pids;
	int64_t *pids = scope_pids(f, &nr_pids);
	struct row *rows = calloc(f->tasks->n, sizeof(*rows));
	*n = 0;
	for (size_t i = 0; rows && i < f->tasks->n; i++) {
		const struct oom_task *k = &f->tasks->v[i];
		if (k->kthread == OOM_YES || (held(k) == 0 && oom_known(k->rss_kb)))
			continue;
		rows[*n].task = k;
		rows[*n].badness = i < f->scores->n ? f->scores->badness[i] : OOM_ABSENT;
		rows[*n].kb = held(k);
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

/** What the process was in this event, for the last column. */
static const char *role(const struct rp_facts *f, const struct oom_task *k)
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

/* Columns: where each ends, but for the name and the role, which begin there. */
enum { PID = 8, NAME = 10, RSS = 36, SHARED = 46, SWAP = 56, ADJ = 62, BADNESS = 67, ROLE = 69 };

/** Columns that the input has something for. */
struct columns {
	bool split; // rss by kind
	bool swap, adj, badness;
};

static struct columns columns_of(const struct row *rows, size_t n)
{
	struct columns has = {false, false, false, false};
	for (size_t i = 0; i < n; i++) {
		has.split |= oom_known(rows[i].task->rss_anon_kb);
		has.swap |= oom_known(rows[i].task->swap_kb);
		has.adj |= oom_known(rows[i].task->oom_score_adj);
		has.badness |= oom_known(rows[i].badness);
	}
	return has;
}

static void put_header(struct tx *t, const struct columns *has)
{
	tx_style(t, TX_DIM);
	tx_right(t, PID, "pid");
	tx_to(t, NAME);
	tx_put(t, "name", 0);
	tx_right(t, RSS, has->split ? "anon" : "rss");
	if (has->split)
		tx_right(t, SHARED, "file+shm");
	if (has->swap)
		tx_right(t, SWAP, "swap");
	if (has->adj)
		tx_right(t, ADJ, "adj");
	if (has->badness)
		tx_right(t, BADNESS, "bad");
	tx_style(t, TX_PLAIN);
	tx_nl(t);
}

static void put_int(struct tx *t, int end, int64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, value);
	tx_right(t, end, oom_known(value) ? text : "?");
}

static int64_t shared(const struct oom_task *k)
{
	int64_t kb;
	if (!oom_known(k->rss_file_kb))
		return OOM_ABSENT;
	return __builtin_add_overflow(k->rss_file_kb, oom_or(k->rss_shmem_kb, 0), &kb) ? OOM_ABSENT : kb;
}

/** With -v, below the row: how it was started and its cgroup. */
static void put_more(struct tx *t, const struct oom_task *k)
{
	if (k->cmdline && *k->cmdline) {
		tx_to(t, NAME + 2);
		tx_put(t, k->cmdline, 0);
		tx_nl(t);
	}
	if (k->memcg) {
		tx_to(t, NAME + 2);
		tx_put_path(t, k->memcg, 0);
		tx_nl(t);
	}
}

static void put_row(struct tx *t, const struct rp_facts *f, const struct row *r, const struct columns *has)
{
	const struct oom_task *k = r->task;
	const char *what = role(f, k);
	char size[RP_SIZE];
	put_int(t, PID, k->pid);
	tx_to(t, NAME);
	tx_put(t, k->comm ? k->comm : "?", 17);
	tx_right(t, RSS, rp_size(has->split ? k->rss_anon_kb : k->rss_kb, size));
	if (has->split)
		tx_right(t, SHARED, rp_size(shared(k), size));
	if (has->swap)
		tx_right(t, SWAP, k->swap_kb == 0 ? "-" : rp_size(k->swap_kb, size));
	if (has->adj)
		put_int(t, ADJ, k->oom_score_adj);
	// Where others have a score, one without is not eligible: the killer never takes it.
	if (has->badness && oom_known(r->badness))
		put_int(t, BADNESS, r->badness);
	else if (has->badness)
		tx_right(t, BADNESS, "-");
	if (what) {
		tx_to(t, ROLE);
		tx_style(t, TX_WARN);
		tx_put(t, what, 0);
		tx_style(t, TX_PLAIN);
	}
	tx_nl(t);
	if (t->options->verbose)
		put_more(t, k);
}

void tx_tasks(struct tx *t, const struct rp_facts *f)
{
	size_t n;
	struct row *rows = f->tasks->n ? sorted(f, &n) : NULL;
	if (!rows || !n) {
		free(rows);
		return;
	}
	size_t show = t->options->verbose || n < (size_t)t->top ? n : (size_t)t->top;
	struct columns has = columns_of(rows, n);
	const char *from = f->tasks_from_state ? "" : ", as the kernel printed them";
	if (show < n)
		tx_heading(t, "Who holds it: the %zu largest of %zu processes%s", show, n, from);
	else
		tx_heading(t, "Who holds it: %zu process%s%s", n, n == 1 ? "" : "es", from);
	put_header(t, &has);
	for (size_t i = 0; i < show; i++) {
		if (rows[i].outside && (!i || !rows[i - 1].outside)) {
			tx_to(t, NAME);
			tx_put(t, "--- not in the cgroup ---", 0);
			tx_nl(t);
		}
		put_row(t, f, &rows[i], &has);
	}
	free(rows);
}
