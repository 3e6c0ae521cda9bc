// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What is not processes, by its largest pieces: tmpfs files, slab caches, huge pages, swap devices. */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void put_size(struct tx *t, int64_t kb)
{
	char size[RP_SIZE];
	tx_right(t, 12, rp_size(kb, size));
	tx_to(t, 14);
}

static size_t rows_of(const struct tx *t, size_t n)
{
	return t->options->verbose || n < (size_t)t->top ? n : (size_t)t->top;
}

static void put_shmem(struct tx *t, const struct oom_shmems *list)
{
	size_t n;
	const struct oom_shmem **rows = rp_shmems(list, &n);
	size_t worth = t->options->verbose ? n : rp_shmems_worth(rows, n, t->c->system.ram_kb);
	size_t show = rows_of(t, worth);
	if (show < n)
		tx_heading(t, "Shared memory and tmpfs: the %zu largest of %zu files", show, n);
	else if (n)
		tx_heading(t, "Shared memory and tmpfs");
	for (size_t i = 0; i < show; i++) {
		const struct oom_shmem *s = rows[i];
		put_size(t, s->kb);
		tx_put_path(t, s->path ? s->path : s->mount ? s->mount : "?", 0);
		tx_nl(t);
	}
	free(rows);
}

static void put_slab(struct tx *t, const struct oom_slab *s)
{
	put_size(t, s->total_kb);
	tx_put(t, s->name ? s->name : "?", 28);
	if (oom_known(s->object_size) && oom_known(s->objects)) {
		tx_to(t, 43);
		tx_printf(t, "%" PRId64 " x %" PRId64 " bytes", s->objects, s->object_size);
	}
	if (s->reclaimable == OOM_YES)
		tx_put(t, ", reclaimable", 0);
	tx_nl(t);
}

static void put_slabs(struct tx *t, const struct oom_slabs *list)
{
	size_t n;
	const struct oom_slab **rows = rp_slabs(list, &n);
	if (rows_of(t, n) < n)
		tx_heading(t, "Slab caches: the %zu largest of %zu", rows_of(t, n), n);
	else if (n)
		tx_heading(t, "Slab caches");
	for (size_t i = 0; i < rows_of(t, n); i++)
		put_slab(t, rows[i]);
	free(rows);
}

/** Pools that have pages; a machine without huge pages has nothing to tell. */
static void put_hugetlb(struct tx *t, const struct oom_hugetlbs *list)
{
	char size[RP_SIZE];
	bool any = false;
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_hugetlb *h = &list->v[i];
		if (h->total == 0)
			continue;
		if (!any)
			tx_heading(t, "Huge page pools");
		any = true;
		tx_to(t, 2);
		if (oom_known(h->node))
			tx_printf(t, "node %" PRId64 ": ", h->node);
		else
			tx_put(t, "machine: ", 0);
		if (oom_known(h->total))
			tx_wrapf(t, 4, "%" PRId64 " pages of %s", h->total, rp_size(h->size_kb, size));
		else
			tx_wrapf(t, 4, "? pages of %s", rp_size(h->size_kb, size));
		if (oom_known(h->free))
			tx_wrapf(t, 4, ", %" PRId64 " free", h->free);
		if (oom_known(h->reserved) && h->reserved > 0)
			tx_wrapf(t, 4, ", %" PRId64 " reserved", h->reserved);
		if (oom_known(h->surplus) && h->surplus > 0)
			tx_wrapf(t, 4, ", %" PRId64 " surplus", h->surplus);
		tx_nl(t);
	}
}

static void put_swaps(struct tx *t, const struct oom_swaps *list)
{
	char a[RP_SIZE], p[RP_PERCENT];
	if (list->n)
		tx_heading(t, "Swap");
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_swap *s = &list->v[i];
		put_size(t, s->size_kb);
		tx_put_path(t, s->name ? s->name : "?", 34);
		tx_to(t, 49);
		tx_printf(t, "%s%s%s used (%s)", s->kind ? s->kind : "", s->kind ? ", " : "", rp_size(s->used_kb, a),
			  rp_percent(s->used_kb, s->size_kb, p));
		tx_nl(t);
	}
}

void tx_holders(struct tx *t, const struct rp_facts *f)
{
	bool slab = f->verdict->consumer == OOM_CONSUMER_SLAB || t->options->verbose;
	put_shmem(t, f->shmem);
	if (slab)
		put_slabs(t, f->slabs);
	put_hugetlb(t, f->hugetlb);
	put_swaps(t, f->swaps);
}

void tx_slabs(struct tx *t, const struct rp_facts *f)
{
	put_slabs(t, f->slabs);
}
