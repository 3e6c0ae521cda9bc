// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The process that holds most: what it runs, who started it, where it lives, what its address space is made of.
 */
#include "report/text.h"
#include <inttypes.h>
#include <string.h>

enum { LABEL = 2, VALUE = 14, CHAIN_MAX = 16 };

static const struct oom_task *of_pid(const struct oom_tasks *tasks, int64_t pid)
{
	for (size_t i = 0; oom_known(pid) && i < tasks->n; i++) {
		if (tasks->v[i].pid == pid)
			return &tasks->v[i];
	}
	return NULL;
}

/** The culprit, of several processes the largest. */
static const struct oom_task *chosen(const struct rp_facts *f)
{
	const struct oom_culprit *c = f->verdict->culprit;
	const struct oom_task *task = c ? of_pid(f->tasks, c->largest_pid) : NULL;
	return task && (task->exe || task->mappings.n) ? task : NULL;
}

static void label(struct tx *t, const char *text)
{
	tx_to(t, LABEL);
	tx_style(t, TX_DIM);
	tx_put(t, text, 0);
	tx_style(t, TX_PLAIN);
	tx_to(t, VALUE);
}

/** "hold (12), bash (10), init (1)"; a ring of parents, which only a damaged dump has, ends too. */
static void put_parents(struct tx *t, const struct oom_tasks *tasks, const struct oom_task *k)
{
	const struct oom_task *parent = of_pid(tasks, k->ppid);
	if (!parent)
		return;
	label(t, "started by");
	for (int i = 0; parent && i < CHAIN_MAX; i++) {
		char pid[32];
		snprintf(pid, sizeof(pid), " (%" PRId64 ")", parent->pid);
		if (i)
			tx_put(t, ", ", 0);
		tx_unit(t, VALUE, parent->comm ? parent->comm : "?");
		tx_put(t, pid, 0);
		parent = parent->pid == parent->ppid ? NULL : of_pid(tasks, parent->ppid);
	}
	tx_nl(t);
}

static void put_home(struct tx *t, const struct oom_task *k)
{
	if (k->memcg && strcmp(k->memcg, "/") != 0) {
		label(t, "cgroup");
		tx_put_path(t, k->memcg, 0);
		tx_nl(t);
	}
	if (k->container) {
		label(t, "container");
		tx_put(t, k->container, 0);
		tx_nl(t);
	}
	if (k->pod) {
		label(t, "pod");
		tx_put(t, k->pod, 0);
		tx_nl(t);
	}
}

static void put_mappings(struct tx *t, const struct oom_task *k)
{
	char size[RP_SIZE];
	bool any = false;
	for (size_t i = 0; i < k->mappings.n; i++) {
		const struct oom_mapping *m = &k->mappings.v[i];
		// What is small beside the largest tells nothing.
		if (!oom_known(m->size_kb) || (i && m->size_kb < k->mappings.v[0].size_kb / 50))
			continue;
		if (!any)
			label(t, "mappings");
		any = true;
		tx_right(t, VALUE + 9, rp_size(m->size_kb, size));
		tx_to(t, VALUE + 11);
		tx_printf(t, "%s%s", m->kind ? m->kind : "?", m->shared == OOM_YES ? ", shared" : "");
		if (m->path) {
			tx_put(t, " ", 0);
			tx_put_path(t, m->path, 0);
		}
		tx_nl(t);
	}
}

void tx_culprit(struct tx *t, const struct rp_facts *f)
{
	const struct oom_task *k = chosen(f);
	char size[RP_SIZE];
	if (!k)
		return;
	tx_heading(t, "The process behind it");
	label(t, "process");
	tx_who(t, k->comm, k->pid);
	if (oom_known(k->threads) && k->threads > 1)
		tx_printf(t, ", %" PRId64 " threads", k->threads);
	if (oom_known(k->locked_kb) && k->locked_kb > 0)
		tx_printf(t, ", %s locked", rp_size(k->locked_kb, size));
	tx_nl(t);
	if (k->exe) {
		label(t, "runs");
		tx_put_path(t, k->exe, 0);
		tx_nl(t);
	}
	if (k->cmdline && *k->cmdline) {
		label(t, "as");
		tx_put(t, k->cmdline, 0);
		tx_nl(t);
	}
	put_parents(t, f->tasks, k);
	put_home(t, k);
	put_mappings(t, k);
}
