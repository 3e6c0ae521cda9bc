// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Processes grouped by what they are: sixty php-fpm workers are one consumer.
 *
 * One group has one name, or one name with a number behind it (worker-1, worker-2 … from three on: python2 and python3
 * are two programs), one home, and one executable where that is known. The home is the container; without one the
 * cgroup, up to a user's slice or a batch job: the sessions of one user and the tasks of one job belong together.
 *
 * A group holds the sum of what its processes hold, less all that the whole machine's processes count more than once
 * (cl_holders.again_kb), and at least what its largest process holds. Shared memory is not theirs alone and not in it.
 */
#include "classify/holders.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERED_MIN = 3, SHOWN_MAX = 16 };

/** Length of @p name without its number: 6 of "worker-17"; all of it where none is, as of "7.4" or "php-fpm7.4". */
static size_t stem_of(const char *name)
{
	size_t whole = strlen(name), n = whole;
	while (n && isdigit((unsigned char)name[n - 1]))
		n--;
	if (n == whole || !n || name[n - 1] == '.')
		return whole;
	while (n && strchr("-_/:#@ ", name[n - 1]))
		n--;
	return n ? n : whole;
}

bool cl_named(const char *name, const char *comm)
{
	if (cl_same(name, comm))
		return true;
	size_t n = name && comm ? strlen(name) : 0;
	return n > 1 && name[n - 1] == '*' && stem_of(comm) == n - 1 && !strncmp(name, comm, n - 1);
}

/** Where in @p path the part that begins with @p mark ends: "/user.slice/user-1000.slice". 0: it has none. */
static size_t cut_behind(const char *path, const char *mark)
{
	const char *at = strstr(path, mark), *end = at ? strchr(at + 1, '/') : NULL;
	return at ? (size_t)((end ? end : at + strlen(at)) - path) : 0;
}

static void home_of(struct cl_row *r)
{
	const struct oom_task *t = r->task;
	r->home = t->container ? t->container : t->pod ? t->pod : t->memcg ? t->memcg : "";
	r->home_len = strlen(r->home);
	if (t->container || t->pod || !t->memcg)
		return;
	// systemd: user-UID.slice; Slurm: job_ID, below it a cgroup per step and per task.
	size_t cut = cut_behind(t->memcg, "/user-");
	cut = cut ? cut : cut_behind(t->memcg, "/job_");
	r->home_len = cut ? cut : r->home_len;
}

static int by_text(const char *a, size_t n, const char *b, size_t m)
{
	int order = memcmp(a, b, n < m ? n : m);
	return order ? order : (n > m) - (n < m);
}

/** Rows that may be of one group: the same stem and home. */
static int by_kind(const struct cl_row *x, const struct cl_row *y)
{
	int order = by_text(x->name, x->stem, y->name, y->stem);
	return order ? order : by_text(x->home, x->home_len, y->home, y->home_len);
}

/** Unknown executables last. */
static int by_exe(const struct cl_row *x, const struct cl_row *y)
{
	if (!x->exe || !y->exe)
		return !x->exe - !y->exe;
	return strcmp(x->exe, y->exe);
}

static int in_order(const void *a, const void *b)
{
	const struct cl_row *x = a, *y = b;
	int order = by_kind(x, y);
	order = order ? order : by_exe(x, y);
	order = order ? order : strcmp(x->name, y->name);
	if (order || x->guess == y->guess)
		return order ? order : (x->task->pid > y->task->pid) - (x->task->pid < y->task->pid);
	return x->guess < y->guess ? 1 : -1;
}

/** A dump tells the executables of the largest processes: where these are all the same, so are the others. */
static void fill_exe(struct cl_row *rows, size_t n)
{
	size_t known = 0;
	while (known < n && rows[known].exe)
		known++;
	bool one = known && !strcmp(rows[0].exe, rows[known - 1].exe);
	for (size_t i = known; one && i < n; i++)
		rows[i].exe = rows[0].exe;
}

/** Ends of the run of equal rows that begins at @p from. */
static size_t run(const struct cl_row *rows, size_t from, size_t n, bool exe, bool name)
{
	size_t to = from + 1;
	while (to < n && !by_kind(&rows[from], &rows[to]) && (!exe || !by_exe(&rows[from], &rows[to])) &&
	       (!name || !strcmp(rows[from].name, rows[to].name)))
		to++;
	return to;
}

static bool is_numbered(const struct cl_row *rows, size_t n)
{
	size_t names = 1;
	for (size_t i = 1; i < n && names < NUMBERED_MIN; i++)
		names += strcmp(rows[i - 1].name, rows[i].name) != 0;
	return names >= NUMBERED_MIN;
}

static void add(int64_t *sum, int64_t kb)
{
	if (cl_ok(kb))
		*sum = oom_known(*sum) ? *sum + kb : kb;
}

/** What @p n rows, of one group, hold together. */
static struct cl_holder together(struct cl_look *l, const struct cl_row *rows, size_t n, bool numbered)
{
	struct cl_holder g = {
		.count = n, .exact = true, .swap_kb = OOM_ABSENT, .pgtables_kb = OOM_ABSENT, .shmem_kb = OOM_ABSENT};
	const struct cl_row *top = rows;
	for (size_t i = 0; i < n; i++) {
		const struct oom_task *t = rows[i].task;
		top = rows[i].guess > top->guess ? &rows[i] : top;
		g.sum_kb += rows[i].kb;
		g.guess += rows[i].guess;
		g.exact &= rows[i].exact;
		add(&g.swap_kb, t->swap_kb);
		add(&g.pgtables_kb, t->pgtables_kb);
		if (cl_ok(t->rss_shmem_kb) && (!oom_known(g.shmem_kb) || t->rss_shmem_kb > g.shmem_kb))
			g.shmem_kb = t->rss_shmem_kb;
	}
	g.task = top->task;
	g.exe = top->exe;
	g.kb = g.sum_kb;
	if (n > 1 && l->holders.again_kb) {
		g.kb = g.sum_kb - l->holders.again_kb > top->kb ? g.sum_kb - l->holders.again_kb : top->kb;
		g.guess = g.kb;
	}
	g.comm = numbered ? cl_text(l, "%.*s*", (int)rows->stem, rows->name) : rows->task->comm;
	return g;
}

static int larger_first(const void *a, const void *b)
{
	const struct cl_holder *x = a, *y = b;
	if (x->guess != y->guess)
		return x->guess < y->guess ? 1 : -1;
	return (x->task->pid > y->task->pid) - (x->task->pid < y->task->pid);
}

/** Into the verdict: groups of several processes that hold a hundredth of the scope. */
static void show(struct cl_look *l, const struct cl_holder *groups, size_t n)
{
	l->v->groups.known = l->v->groups.known || n;
	for (size_t i = 0; i < n && l->v->groups.n < SHOWN_MAX; i++) {
		const struct cl_holder *g = &groups[i];
		if (g->count < 2 || (cl_ok(l->v->scope_kb) && g->guess < l->v->scope_kb / 100))
			continue;
		struct oom_task_group *to = oom_list_add(l->arena, &l->v->groups);
		if (!to) {
			l->nomem = true;
			return;
		}
		const struct oom_task *t = g->task;
		*to = (struct oom_task_group){.name = g->comm,
					      .exe = g->exe,
					      .memcg = t->memcg,
					      .container = t->container,
					      .pod = t->pod,
					      .processes = (int64_t)g->count,
					      .kb = g->exact ? g->kb : OOM_ABSENT,
					      .anon_sum_kb = g->exact ? g->sum_kb : OOM_ABSENT,
					      .swap_kb = g->swap_kb,
					      .pgtables_kb = g->pgtables_kb,
					      .shmem_largest_kb = g->shmem_kb,
					      .largest_pid = t->pid,
					      .largest_kb = cl_ok(t->rss_anon_kb) ? t->rss_anon_kb : OOM_ABSENT,
					      .largest_rss_kb = t->rss_kb};
	}
}

static void prepare(struct cl_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rows[i].name = rows[i].task->comm ? rows[i].task->comm : "";
		rows[i].stem = stem_of(rows[i].name);
		rows[i].exe = rows[i].task->exe;
		home_of(&rows[i]);
	}
	qsort(rows, n, sizeof(*rows), in_order);
	for (size_t from = 0, to; from < n; from = to) {
		to = run(rows, from, n, false, false);
		fill_exe(rows + from, to - from);
	}
	qsort(rows, n, sizeof(*rows), in_order);
}

void cl_groups_find(struct cl_look *l, struct cl_row *rows, size_t n)
{
	struct cl_holders *h = &l->holders;
	struct cl_holder *groups = oom_alloc(l->arena, (n + 1) * sizeof(*groups));
	size_t found = 0;
	if (!groups) {
		l->nomem = true;
		return;
	}
	prepare(rows, n);
	for (size_t from = 0, to; from < n; from = to) {
		to = run(rows, from, n, true, false);
		bool numbered = is_numbered(rows + from, to - from);
		to = numbered ? to : run(rows, from, n, true, true);
		to = *rows[from].name ? to : from + 1;
		groups[found] = together(l, rows + from, to - from, numbered);
		cl_holder_rank(&h->group, &h->second_group, &groups[found]);
		found++;
	}
	qsort(groups, found, sizeof(*groups), larger_first);
	show(l, groups, found);
}
