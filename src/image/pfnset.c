// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Open addressing, linear probing, at most half full. */
#include "image/pfnset.h"
#include <stdlib.h>
#include <string.h>

/** Where @p pfn is, or where it belongs. */
static size_t slot_of(const struct oom_pfnset *set, uint64_t pfn)
{
	size_t i = (size_t)((pfn + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->cap - 1);
	while (set->slots[i] && set->list[set->slots[i] - 1] != pfn)
		i = (i + 1) & (set->cap - 1);
	return i;
}

static bool grow(struct oom_pfnset *set)
{
	size_t cap = set->cap ? set->cap * 2 : 1024;
	uint64_t *list = reallocarray(set->list, cap / 2, sizeof(*list));
	if (!list)
		return false;
	set->list = list;
	size_t *slots = calloc(cap, sizeof(*slots));
	if (!slots)
		return false;
	free(set->slots);
	set->slots = slots;
	set->cap = cap;
	for (size_t i = 0; i < set->n; i++)
		slots[slot_of(set, list[i])] = i + 1;
	return true;
}

void oom_pfnset_add(struct oom_pfnset *set, uint64_t pfn)
{
	if (2 * (set->n + 1) > set->cap && !grow(set)) {
		set->no_memory = true;
		return;
	}
	size_t i = slot_of(set, pfn);
	if (!set->slots[i]) {
		set->list[set->n++] = pfn;
		set->slots[i] = set->n;
	}
}

bool oom_pfnset_has(const struct oom_pfnset *set, uint64_t pfn)
{
	return set->cap && set->slots[slot_of(set, pfn)];
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
	memcpy(sorted, set->list, set->n * sizeof(*sorted));
	qsort(sorted, set->n, sizeof(*sorted), by_number);
	return sorted;
}

void oom_pfnset_clear(struct oom_pfnset *set)
{
	free(set->list);
	free(set->slots);
	*set = (struct oom_pfnset){0};
}
