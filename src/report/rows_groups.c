// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Cgroups, tmpfs files and slab caches as rows. */
#include "report/rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Names of memory.stat worth a bar; what is within another is marked so. */
static const struct {
	const char *name, *label;
} stats[] = {
	{"anon_kb", "anon"},
	{"rss_kb", "rss (anon)"},
	{"file_kb", "file, with shmem"},
	{"cache_kb", "cache, with shmem"},
	{"shmem_kb", "  of it shmem"},
	{"slab_kb", "slab"},
	{"slab_unreclaimable_kb", "  not reclaimable"},
	{"kernel_stack_kb", "kernel stacks"},
	{"pagetables_kb", "page tables"},
	{"percpu_kb", "per-CPU data"},
	{"sock_kb", "sockets"},
	{"vmalloc_kb", "vmalloc"},
	{"zswap_kb", "zswap"},
	{"swap_kb", "swap (not in it)"},
};

static int64_t stat_of(const struct oom_event_memcg *m, const char *name)
{
	for (size_t i = 0; i < m->stats.n; i++) {
		if (m->stats.v[i].name && !strcmp(m->stats.v[i].name, name))
			return m->stats.v[i].value;
	}
	return OOM_ABSENT;
}

size_t rp_memcg_stats(const struct oom_event_memcg *m, struct rp_part parts[RP_MAX_PARTS])
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		int64_t kb = stat_of(m, stats[i].name);
		if (oom_known(kb) && kb > 0)
			parts[n++] = (struct rp_part){stats[i].label, kb};
	}
	return n;
}

int64_t rp_memcg_whole(const struct oom_event_memcg *m)
{
	bool limited = oom_known(m->limit_kb) && m->limit_kb != OOM_UNLIMITED && m->limit_kb > 0;
	return limited ? m->limit_kb : m->usage_kb;
}

const struct oom_event_memcg *rp_memcg_at_limit(const struct rp_facts *f)
{
	const struct oom_event_memcg *m = f->event ? f->event->memcg : NULL;
	return m && (m->oom || oom_known(m->usage_kb) || f->verdict->scope == OOM_SCOPE_MEMCG) ? m : NULL;
}

const char *rp_limit(int64_t kb, char buf[RP_SIZE])
{
	return kb == OOM_UNLIMITED ? "no limit" : rp_size(kb, buf);
}

/* --- sorted lists: pointers to elements, largest first, equal ones in the order of the input ---------------- */

static int by_kb(int64_t x, int64_t y, const void *px, const void *py)
{
	if (x != y)
		return (x < y) - (x > y);
	return (px > py) - (px < py);
}

static int memcg_order(const void *a, const void *b)
{
	const struct oom_memcg *x = *(const struct oom_memcg *const *)a, *y = *(const struct oom_memcg *const *)b;
	return by_kb(x->usage_kb, y->usage_kb, x, y);
}

static int shmem_order(const void *a, const void *b)
{
	const struct oom_shmem *x = *(const struct oom_shmem *const *)a, *y = *(const struct oom_shmem *const *)b;
	return by_kb(x->kb, y->kb, x, y);
}

static int slab_order(const void *a, const void *b)
{
	const struct oom_slab *x = *(const struct oom_slab *const *)a, *y = *(const struct oom_slab *const *)b;
	return by_kb(x->total_kb, y->total_kb, x, y);
}

const struct oom_memcg **rp_memcgs(const struct oom_memcgs *list)
{
	const struct oom_memcg **ret = list->n ? calloc(list->n, sizeof(*ret)) : NULL;
	for (size_t i = 0; ret && i < list->n; i++)
		ret[i] = &list->v[i];
	if (ret)
		qsort(ret, list->n, sizeof(*ret), memcg_order);
	return ret;
}

const struct oom_shmem **rp_shmems(const struct oom_shmems *list, size_t *n)
{
	const struct oom_shmem **ret = list->n ? calloc(list->n, sizeof(*ret)) : NULL;
	*n = 0;
	for (size_t i = 0; ret && i < list->n; i++) {
		if (oom_known(list->v[i].kb) && list->v[i].kb > 0)
			ret[(*n)++] = &list->v[i];
	}
	if (ret)
		qsort(ret, *n, sizeof(*ret), shmem_order);
	return ret;
}

size_t rp_shmems_worth(const struct oom_shmem *const *rows, size_t n, int64_t ram_kb)
{
	size_t worth = n ? 1 : 0;
	while (worth < n && (!oom_known(ram_kb) || rows[worth]->kb >= ram_kb / 1000))
		worth++;
	return worth;
}

const struct oom_slab **rp_slabs(const struct oom_slabs *list, size_t *n)
{
	const struct oom_slab **ret = list->n ? calloc(list->n, sizeof(*ret)) : NULL;
	*n = 0;
	for (size_t i = 0; ret && i < list->n; i++) {
		if (oom_known(list->v[i].total_kb))
			ret[(*n)++] = &list->v[i];
	}
	if (ret)
		qsort(ret, *n, sizeof(*ret), slab_order);
	return ret;
}
