// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "Where N MiB went": the balance sheet with bars, what overlaps, swap and promises. */
#include "report/text.h"
#include <stdio.h>
#include <stdlib.h>

enum { LABEL = 2, BAR = 21, NUMBERS = 21 }; // NUMBERS: columns for size and share at the right edge

struct row {
	const char *label;
	int64_t kb;
};

static int larger_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return (x->kb < y->kb) - (x->kb > y->kb);
}

static void add(struct row *rows, size_t *n, const char *label, int64_t kb)
{
	if (oom_known(kb) && kb)
		rows[(*n)++] = (struct row){label, kb};
}

enum { MAX_ROWS = 24 };

/** The disjoint parts of CONTRACT.md's sheet. */
static size_t sheet(const struct oom_memory *m, struct row rows[MAX_ROWS])
{
	size_t n = 0;
	add(rows, &n, "processes (anon)", m->anon_kb);
	add(rows, &n, "shmem, tmpfs", m->shmem_kb);
	add(rows, &n, "file cache", m->file_kb);
	add(rows, &n, "swap cache", m->swap_cached_kb);
	add(rows, &n, "slab, reclaimable", m->slab_reclaimable_kb);
	add(rows, &n, "slab, unreclaim.", m->slab_unreclaimable_kb);
	add(rows, &n, "kernel stacks", m->kernel_stack_kb);
	add(rows, &n, "page tables", m->page_tables_kb);
	add(rows, &n, "page tables (KVM)", m->sec_page_tables_kb);
	add(rows, &n, "per-CPU data", m->percpu_kb);
	add(rows, &n, "vmalloc", m->vmalloc_kb);
	add(rows, &n, "huge pages", m->hugetlb_kb);
	add(rows, &n, "zram, zswap", m->zram_kb);
	add(rows, &n, "balloon", m->balloon_kb);
	add(rows, &n, "other kernel", m->kernel_misc_kb);
	add(rows, &n, "free", m->free_kb);
	add(rows, &n, "free on CPU lists", m->pcp_kb);
	add(rows, &n, "unaccounted", m->unaccounted_kb);
	qsort(rows, n, sizeof(rows[0]), larger_first);
	return n;
}

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
static void put_sheet(struct tx *t, const struct row *rows, size_t n, int64_t total)
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
	const struct row rows[] = {
		{"unevictable", m->unevictable_kb},   {"mlocked", m->mlocked_kb},	   {"dirty", m->dirty_kb},
		{"under writeback", m->writeback_kb}, {"anon huge pages", m->anon_thp_kb}, {"CMA", m->cma_kb},
		{"bad RAM", m->hwpoison_kb},
	};
	char size[RP_SIZE];
	bool any = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!oom_known(rows[i].kb) || rows[i].kb <= 0)
			continue;
		if (!any)
			tx_to(t, LABEL);
		tx_wrapf(t, 4, "%s%s %s", any ? ", " : "of these: ", rows[i].label, rp_size(rows[i].kb, size));
		any = true;
	}
	if (any)
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
	struct row rows[MAX_ROWS];
	size_t n = sheet(m, rows);
	int64_t total = oom_known(m->total_kb) ? m->total_kb : f->memory_from_state ? t->c->system.ram_kb : OOM_ABSENT;
	char size[RP_SIZE];
	if (!n && !oom_known(m->swap_total_kb))
		return;
	bool collected = t->c->source.kind == OOM_INPUT_SOSREPORT;
	const char *from = f->memory_from_state ? collected ? ", at the time of collection" : ", counted in the dump"
			   : f->event		? ", as the kernel printed it"
						: "";
	if (oom_known(total))
		tx_heading(t, "Where %s went%s", rp_size(total, size), from);
	else
		tx_heading(t, "Where the memory went%s", from);
	put_sheet(t, rows, n, total);
	put_overlaps(t, m);
	put_swap(t, m);
}
