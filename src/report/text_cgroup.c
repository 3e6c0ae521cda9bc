// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The cgroup whose limit was reached, what it holds, and the cgroups of the machine by size. */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 2, BAR = 21, NUMBERS = 21, MAX_CGROUPS = 5 };

static void put_counter(struct tx *t, const char *label, int64_t usage, int64_t limit)
{
	char a[RP_SIZE], b[RP_SIZE], p[RP_PERCENT];
	if (!oom_known(usage) && !oom_known(limit))
		return;
	tx_to(t, LABEL);
	tx_put(t, label, BAR - LABEL - 1);
	tx_to(t, BAR);
	tx_printf(t, "%s%s%s", rp_size(usage, a), limit == OOM_UNLIMITED ? ", " : " of ", rp_limit(limit, b));
	if (oom_known(usage) && oom_known(limit) && limit != OOM_UNLIMITED && limit > 0)
		tx_printf(t, " (%s)", rp_percent(usage, limit, p));
	tx_nl(t);
}

static void put_stats(struct tx *t, const struct oom_event_memcg *m)
{
	struct rp_part rows[RP_MAX_PARTS];
	size_t n = rp_memcg_stats(m, rows);
	int64_t whole = rp_memcg_whole(m);
	char size[RP_SIZE], percent[RP_PERCENT];
	for (size_t i = 0; i < n; i++) {
		tx_to(t, LABEL);
		tx_put(t, rows[i].label, BAR - LABEL - 1);
		tx_to(t, BAR);
		tx_style(t, TX_HEAD);
		tx_bar(t, t->width - BAR - NUMBERS, rows[i].kb, whole);
		tx_style(t, TX_PLAIN);
		tx_right(t, t->width - NUMBERS + 13, rp_size(rows[i].kb, size));
		if (oom_known(whole) && whole > 0)
			tx_right(t, t->width, rp_percent(rows[i].kb, whole, percent));
		tx_nl(t);
	}
}

static void put_limit(struct tx *t, const struct oom_event_memcg *m)
{
	tx_heading(t, "The cgroup at its limit");
	tx_to(t, LABEL);
	tx_put_path(t, m->oom ? m->oom : "its name is not in the input", 0);
	tx_nl(t);
	if (m->task && (!m->oom || strcmp(m->task, m->oom) != 0)) {
		tx_to(t, LABEL);
		tx_put(t, "task in ", 0);
		tx_put_path(t, m->task, 0);
		tx_nl(t);
	}
	put_counter(t, "memory", m->usage_kb, m->limit_kb);
	put_counter(t, "swap", m->swap_usage_kb, m->swap_limit_kb);
	put_counter(t, "memory+swap", m->memsw_usage_kb, m->memsw_limit_kb);
	put_counter(t, "kernel memory", m->kmem_usage_kb, m->kmem_limit_kb);
	if (oom_known(m->failcnt)) {
		tx_to(t, LABEL);
		tx_put(t, "limit was hit", 0);
		tx_to(t, BAR);
		tx_printf(t, "%" PRId64 " time%s", m->failcnt, m->failcnt == 1 ? "" : "s");
		tx_nl(t);
	}
	put_stats(t, m);
}

/* --- all of them ------------------------------------------------- */

static void put_group(struct tx *t, const struct oom_memcg *g)
{
	char size[RP_SIZE];
	tx_right(t, 12, rp_size(g->usage_kb, size));
	tx_right(t, 23, rp_limit(g->limit_kb, size));
	tx_to(t, 25);
	if (g->dying == OOM_YES)
		tx_put(t, "(removed) ", 0);
	tx_put_path(t, g->path ? g->path : "?", 0);
	tx_nl(t);
}

/** A parent's use contains that of its children: told in the heading, so that nobody adds them up. */
static void put_all(struct tx *t, const struct oom_memcgs *list)
{
	size_t rows = t->options->verbose ? list->n : (size_t)(t->top < MAX_CGROUPS ? t->top : MAX_CGROUPS);
	const struct oom_memcg **sorted = rp_memcgs(list);
	if (!sorted)
		return;
	if (rows >= list->n)
		tx_heading(t, "Cgroups (a parent's use holds its children's)");
	else
		tx_heading(t, "Cgroups, %zu of %zu (a parent's use holds its children's)", rows, list->n);
	tx_style(t, TX_DIM);
	tx_right(t, 12, "used");
	tx_right(t, 23, "limit");
	tx_to(t, 25);
	tx_put(t, "path", 0);
	tx_style(t, TX_PLAIN);
	tx_nl(t);
	for (size_t i = 0; i < list->n && i < rows; i++)
		put_group(t, sorted[i]);
	free(sorted);
}

void tx_cgroup(struct tx *t, const struct rp_facts *f)
{
	const struct oom_event_memcg *m = rp_memcg_at_limit(f);
	if (m)
		put_limit(t, m);
	if (f->memcgs->n > 1)
		put_all(t, f->memcgs);
}
