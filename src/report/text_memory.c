// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "Where N MiB went": the balance sheet with bars, what overlaps, swap and promises. */
#include "report/rows.h"
#include "report/text.h"
#include <stdio.h>

enum { LABEL = 2, BAR = 21, NUMBERS = 21 }; // NUMBERS: columns for size and share at the right edge

/** Without a total there is neither bar nor share. */
static void put_row(struct tx *t, const char *label, int64_t kb, int64_t total)
{
	char size[RP_SIZE], percent[RP_PERCENT];
	tx_to(t, LABEL);
	tx_put(t, label, BAR - LABEL - 1);
	tx_to(t, BAR);
	tx_style(t, TX_HEAD);
	tx_bar(t, t->width - BAR - NUMBERS, kb, total);
	tx_style(t, TX_PLAIN);
	tx_right(t, t->width - NUMBERS + 13, rp_size(kb, size));
	if (oom_known(total) && total > 0)
		tx_right(t, t->width, rp_percent(kb, total, percent));
	tx_nl(t);
}

/** Parts below half a percent are told in one row, unless all is wanted. */
static void put_sheet(struct tx *t, const struct rp_part *rows, size_t n, int64_t total)
{
	int64_t small_kb = 0;
	size_t small = 0;
	for (size_t i = 0; i < n; i++) {
		bool tiny = oom_known(total) && rows[i].kb >= 0 && rows[i].kb < total / 200;
		if (tiny && !t->options->verbose) {
			small_kb += rows[i].kb;
			small++;
			continue;
		}
		put_row(t, rows[i].label, rows[i].kb, total);
	}
	if (small) {
		char label[48];
		snprintf(label, sizeof(label), "%zu smaller part%s", small, small == 1 ? "" : "s");
		put_row(t, label, small_kb, total);
	}
}

/** Counted elsewhere already: shown, not summed. */
static void put_overlaps(struct tx *t, const struct oom_memory *m)
{
	struct rp_part rows[RP_MAX_PARTS];
	size_t n = rp_overlaps(m, rows);
	char size[RP_SIZE];
	if (n)
		tx_to(t, LABEL);
	for (size_t i = 0; i < n; i++)
		tx_wrapf(t, 4, "%s%s %s", i ? ", " : "of these: ", rows[i].label, rp_size(rows[i].kb, size));
	if (n)
		tx_nl(t);
}

static void put_rest(struct tx *t, int64_t kb, int64_t total)
{
	char size[RP_SIZE], percent[RP_PERCENT];
	if (!oom_known(kb))
		return;
	tx_to(t, LABEL);
	tx_wrapf(t, 4, "the rest, %s (%s), is in none of these", rp_size(kb, size), rp_percent(kb, total, percent));
	tx_nl(t);
}

/** What a hypervisor has taken is no memory of this machine any more, and no part of the bars above. */
static void put_balloon(struct tx *t, const struct oom_memory *m)
{
	char size[RP_SIZE];
	if (!oom_known(m->balloon_kb) || !oom_known(m->balloon_managed_kb) || m->balloon_kb <= m->balloon_managed_kb)
		return;
	tx_to(t, LABEL);
	tx_wrapf(t, 4, "the hypervisor's balloon has taken another %s",
		 rp_size(m->balloon_kb - m->balloon_managed_kb, size));
	tx_nl(t);
}

static void put_swap(struct tx *t, const struct oom_memory *m)
{
	char a[RP_SIZE], b[RP_SIZE], p[RP_PERCENT];
	bool swap = oom_known(m->swap_total_kb), promised = oom_known(m->committed_kb);
	if (!swap && !promised)
		return;
	tx_to(t, LABEL);
	if (swap && m->swap_total_kb == 0)
		tx_put(t, "swap: none", 0);
	else if (swap && oom_known(m->swap_free_kb))
		tx_wrapf(t, 4, "swap: %s, %s free (%s)", rp_size(m->swap_total_kb, a), rp_size(m->swap_free_kb, b),
			 rp_percent(m->swap_free_kb, m->swap_total_kb, p));
	else if (swap)
		tx_wrapf(t, 4, "swap: %s, how much of it is free is not known", rp_size(m->swap_total_kb, a));
	if (promised)
		tx_wrapf(t, 4, "%spromised to processes: %s", swap ? "; " : "", rp_size(m->committed_kb, a));
	if (promised && oom_known(m->commit_limit_kb))
		tx_wrapf(t, 4, " (limit if vm.overcommit_memory=2: %s)", rp_size(m->commit_limit_kb, b));
	tx_nl(t);
}

void tx_memory(struct tx *t, const struct rp_facts *f)
{
	const struct oom_memory *m = f->memory;
	struct rp_part rows[RP_MAX_PARTS];
	size_t n = rp_sheet(m, rows);
	int64_t total = rp_memory_total(t->c, f);
	const char *from = rp_memory_from(t->c, f);
	char size[RP_SIZE];
	if (!n && !oom_known(m->swap_total_kb))
		return;
	if (oom_known(total))
		tx_heading(t, "Where %s went%s", rp_size(total, size), from);
	else
		tx_heading(t, "Where the memory went%s", from);
	put_sheet(t, rows, n, total);
	put_rest(t, rp_rest(m, rows, n, total), total);
	put_overlaps(t, m);
	put_balloon(t, m);
	put_swap(t, m);
}
