// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Open addressing, linear probing, at most half full. */
#include "image/pfnset.h"
#include <stdlib.h>

static size_t slot_of(const uint64_t *v, size_t cap, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (cap - 1);
	while (v[i] && v[i] != key)
		i = (i + 1) & (cap - 1);
	return i;
}

static bool grow(struct oom_pfnset *set)
{
	size_t cap = set->cap ? set->cap * 2 : 1024;
	uint64_t *v = calloc(cap, sizeof(*v));
	if (!v)
		return false;
	for (size_t i = 0; i < set->cap; i++)
		if (set->v[i])
			v[slot_of(v, cap, set->v[i])] = set->v[i];
	free(set->v);
	set->v = v;
	set->cap = cap;
	return true;
}

void oom_pfnset_add(struct oom_pfnset *set, uint64_t pfn)
{
	if (2 * (set->n + 1) > set->cap && !grow(set))
		return;
	size_t i = slot_of(set->v, set->cap, pfn + 1);
	if (!set->v[i]) {
		set->v[i] = pfn + 1;
		set->n++;
	}
}

bool oom_pfnset_has(const struct oom_pfnset *set, uint64_t pfn)
{
	return set->cap && set->v[slot_of(set->v, set->cap, pfn + 1)];
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

uint64_t *oom_pfnset_sorted(const struct oom_pfnset *set)
{
	uint64_t *sorted = set->n ? malloc(set->n * sizeof(*sorted)) : NULL;
	if (!sorted)
		return NULL;
	size_t n = 0;
	for (size_t i = 0; i < set->cap; i++)
		if (set->v[i])
			sorted[n++] = set->v[i] - 1;
	qsort(sorted, n, sizeof(*sorted), by_number);
	return sorted;
}

void oom_pfnset_clear(struct oom_pfnset *set)
{
	free(set->v);
	*set = (struct oom_pfnset){0};
}
