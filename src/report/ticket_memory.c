// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Where the memory went, of the machine and of a cgroup, in a ticket. */
#include "report/rows.h"
#include "report/ticket.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct tk_column columns[] = {
	{"part", false, false},
	{"size", true, false},
	{"share", true, false},
	{"", false, true},
};

static void put_part(struct tk_doc *t, const char *label, int64_t kb, int64_t total)
{
	char percent[RP_PERCENT];
	bool share = oom_known(total) && total > 0;
	tk_row(t);
	tk_put(t, TK_TEXT, label);
	tk_cell_kb(t, kb);
	tk_next(t);
	if (share)
		tk_putf(t, TK_TEXT, "%s", rp_percent(kb, total, percent));
	tk_next(t);
	if (share && kb > 0)
		tk_putf(t, TK_TEXT, "%" PRId64, kb < total ? (int64_t)((double)kb * 1e6 / (double)total) : 1000000);
}

/** Parts below half a percent are told in one row, unless all is wanted. */
static void put_sheet(struct tk_doc *t, const struct rp_part *parts, size_t n, int64_t total)
{
	int64_t small_kb = 0;
	size_t small = 0;
	for (size_t i = 0; i < n; i++) {
		bool tiny = oom_known(total) && parts[i].kb >= 0 && parts[i].kb < total / 200;
		if (!tiny || tk_verbose(t)) {
			put_part(t, parts[i].label, parts[i].kb, total);
			continue;
		}
		small_kb += parts[i].kb;
		small++;
	}
	if (small)
		put_part(t, tk_text(t, "%zu smaller part%s", small, small == 1 ? "" : "s"), small_kb, total);
}

static void put_overlaps(struct tk_doc *t, const struct oom_memory *m)
{
	struct rp_part parts[RP_MAX_PARTS];
	char size[RP_SIZE];
	size_t n = rp_overlaps(m, parts);
	if (!n)
		return;
	tk_block(t, TK_PARA);
	tk_row(t);
	for (size_t i = 0; i < n; i++)
		tk_putf(t, TK_DIM, "%s%s %s", i ? ", " : "Of these: ", parts[i].label, rp_size(parts[i].kb, size));
}

static void put_rest(struct tk_doc *t, int64_t kb, int64_t total)
{
	char size[RP_SIZE], percent[RP_PERCENT];
	if (oom_known(kb))
		tk_para(t, TK_TEXT,
			tk_text(t, "The rest, %s (%s), is in none of these.", rp_size(kb, size),
				rp_percent(kb, total, percent)));
}

/** What a hypervisor has taken is no memory of this machine any more, and no part of the bars above. */
static void put_balloon(struct tk_doc *t, const struct oom_memory *m)
{
	char size[RP_SIZE];
	if (oom_known(m->balloon_kb) && oom_known(m->balloon_managed_kb) && m->balloon_kb > m->balloon_managed_kb)
		tk_para(t, TK_TEXT,
			tk_text(t, "The hypervisor's balloon has taken another %s.",
				rp_size(m->balloon_kb - m->balloon_managed_kb, size)));
}

static void put_swap(struct tk_doc *t, const struct oom_memory *m)
{
	char a[RP_SIZE], b[RP_SIZE], p[RP_PERCENT];
	bool swap = oom_known(m->swap_total_kb), promised = oom_known(m->committed_kb);
	if (!swap && !promised)
		return;
	tk_block(t, TK_PARA);
	tk_row(t);
	if (swap && m->swap_total_kb == 0)
		tk_put(t, TK_TEXT, "Swap: none.");
	else if (swap && oom_known(m->swap_free_kb))
		tk_putf(t, TK_TEXT, "Swap: %s, %s free (%s).", rp_size(m->swap_total_kb, a),
			rp_size(m->swap_free_kb, b), rp_percent(m->swap_free_kb, m->swap_total_kb, p));
	else if (swap)
		tk_putf(t, TK_TEXT, "Swap: %s, how much of it is free is not known.", rp_size(m->swap_total_kb, a));
	if (promised)
		tk_putf(t, TK_TEXT, "%sPromised to processes: %s", swap ? " " : "", rp_size(m->committed_kb, a));
	if (promised && oom_known(m->commit_limit_kb))
		tk_putf(t, TK_TEXT, " (limit if vm.overcommit_memory=2: %s)", rp_size(m->commit_limit_kb, b));
	tk_put(t, TK_TEXT, promised ? "." : "");
}

/** The first row of the sheet stands for its counters, the last paragraph for what the log's report printed of swap. */
static void cite(struct tk_doc *t, const struct rp_facts *f)
{
	const struct oom_state *own = f->event ? &f->event->state : NULL,
			       *sheet = f->memory_from_state ? f->state : own;
	struct tk_blocks *blocks = t->sections.n ? &t->sections.v[t->sections.n - 1].blocks : NULL;
	for (size_t i = 0; blocks && i < blocks->n; i++) {
		struct tk_rows *rows = &blocks->v[i].rows;
		if (rows->n && sheet && blocks->v[i].kind == TK_TABLE)
			rows->v[0].origin = sheet->origin;
		// Only where both say the same.
		if (rows->n && own && i + 1 == blocks->n && own->memory.swap_total_kb == f->memory->swap_total_kb)
			rows->v[0].also = own->origin;
	}
}

void tk_memory(struct tk_doc *t, struct rp_facts *f)
{
	struct rp_part parts[RP_MAX_PARTS];
	size_t n = rp_sheet(f->memory, parts);
	int64_t total = rp_memory_total(t->c, f);
	const char *from = rp_memory_from(t->c, f);
	char size[RP_SIZE];
	if (!n && !oom_known(f->memory->swap_total_kb))
		return;
	if (oom_known(total))
		tk_section(t, "memory", 2, false, "Where %s went%s", rp_size(total, size), from);
	else
		tk_section(t, "memory", 2, false, "Where the memory went%s", from);
	if (n) {
		tk_chart(t, TK_CHART_MEMORY);
		tk_table(t, columns, 4);
	}
	put_sheet(t, parts, n, total);
	put_rest(t, rp_rest(f->memory, parts, n, total), total);
	put_balloon(t, f->memory);
	put_overlaps(t, f->memory);
	put_swap(t, f->memory);
	cite(t, f);
}

/* --- cgroups ----------------------------------------------------- */

static void put_counter(struct tk_doc *t, const char *label, int64_t usage, int64_t limit)
{
	char a[RP_SIZE], b[RP_SIZE], p[RP_PERCENT];
	if (!oom_known(usage) && !oom_known(limit))
		return;
	tk_row(t);
	tk_put(t, TK_STRONG, label);
	tk_next(t);
	tk_putf(t, TK_TEXT, "%s%s%s", rp_size(usage, a), limit == OOM_UNLIMITED ? ", " : " of ", rp_limit(limit, b));
	if (oom_known(usage) && oom_known(limit) && limit != OOM_UNLIMITED && limit > 0)
		tk_putf(t, TK_TEXT, " (%s)", rp_percent(usage, limit, p));
}

static void put_limit(struct tk_doc *t, const struct oom_event_memcg *m)
{
	struct rp_part parts[RP_MAX_PARTS];
	size_t n = rp_memcg_stats(m, parts);
	struct tk_section *s = tk_section(t, "limit", 2, false, "The cgroup at its limit");
	struct tk_block *b = s ? tk_block(t, TK_FACTS) : NULL;
	struct tk_row *row = b ? tk_row(t) : NULL;
	if (row)
		row->origin = m->origin;
	tk_put(t, TK_STRONG, "Cgroup");
	tk_next(t);
	tk_put(t, m->oom ? TK_NAME : TK_TEXT, m->oom ? m->oom : "its name is not in the input");
	if (m->task && (!m->oom || strcmp(m->task, m->oom) != 0)) {
		tk_row(t);
		tk_put(t, TK_STRONG, "Task in");
		tk_cell(t, TK_NAME, m->task);
	}
	put_counter(t, "Memory", m->usage_kb, m->limit_kb);
	put_counter(t, "Swap", m->swap_usage_kb, m->swap_limit_kb);
	put_counter(t, "Memory+swap", m->memsw_usage_kb, m->memsw_limit_kb);
	put_counter(t, "Kernel memory", m->kmem_usage_kb, m->kmem_limit_kb);
	if (oom_known(m->failcnt)) {
		tk_row(t);
		tk_put(t, TK_STRONG, "Limit was hit");
		tk_next(t);
		tk_putf(t, TK_TEXT, "%" PRId64 " time%s", m->failcnt, m->failcnt == 1 ? "" : "s");
	}
	if (n)
		tk_table(t, columns, 4);
	for (size_t i = 0; i < n; i++)
		put_part(t, parts[i].label, parts[i].kb, rp_memcg_whole(m));
}

static void put_all(struct tk_doc *t, const struct oom_memcgs *list)
{
	static const struct tk_column of_groups[] = {
		{"used", true, false},
		{"limit", true, false},
		{"cgroup", false, false},
	};
	enum { MAX_CGROUPS = 5 };
	char size[RP_SIZE];
	const struct oom_memcg **sorted = rp_memcgs(list);
	tk_section(t, "cgroups", 4, true, "Cgroups by size (a parent's use holds its children's)");
	tk_chart(t, TK_CHART_CGROUPS);
	tk_table(t, of_groups, 3);
	size_t rows = sorted ? tk_rows(t, list->n, tk_top(t) < MAX_CGROUPS ? tk_top(t) : MAX_CGROUPS) : 0;
	for (size_t i = 0; i < rows; i++) {
		struct tk_row *row = tk_row(t);
		if (row)
			row->origin = sorted[i]->origin;
		tk_putf(t, TK_TEXT, "%s", rp_size(sorted[i]->usage_kb, size));
		tk_next(t);
		tk_putf(t, TK_TEXT, "%s", rp_limit(sorted[i]->limit_kb, size));
		tk_next(t);
		tk_put(t, TK_TEXT, sorted[i]->dying == OOM_YES ? "(removed) " : "");
		tk_put(t, TK_NAME, sorted[i]->path ? sorted[i]->path : "?");
	}
	t->nomem |= !sorted;
	free(sorted);
}

void tk_cgroup(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_event_memcg *m = rp_memcg_at_limit(f);
	if (m)
		put_limit(t, m);
	if (f->memcgs->n > 1)
		put_all(t, f->memcgs);
}
