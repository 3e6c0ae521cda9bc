// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pages that only their owner knows, because nothing in struct page tells: free ones on a CPU's list (mm/page_alloc.c),
 * those of vmalloc areas (vm_struct.pages), and the chunks whose address is in each page of per-CPU data
 * (pcpu_set_page_chunk() of mm/percpu-internal.h).
 */
#include "kernel/census.h"
#include "kernel/vmalloc.h"

enum {
	SET_MAX = 1 << 24, // frames remembered: 64 GiB, 512 MiB of our own memory
	LIST_MAX = 1 << 18,
	LISTS_MAX = 64,
	CHUNKS_MAX = 1 << 20,
	SLOTS_MAX = 256,
	AREAS_MAX = 1 << 24,
	PCP_TYPES = 3,	   // MIGRATE_PCPTYPES
	COSTLY_ORDERS = 4, // lists for orders 0 to PAGE_ALLOC_COSTLY_ORDER, since 5.14 (44042b449872)
};

struct sets {
	struct oom_census_plan *plan;
	struct oom_case *c;
	struct oom_member lru; // where the list entry is in what the list is of
	unsigned order;	       // of the blocks in the list at hand
	bool full;
	uint64_t last_caller;
	bool last_stacks;
};

static void add(struct sets *s, uint64_t page, uint64_t n, enum oom_page_kind kind)
{
	uint64_t pfn = oom_memmap_pfn(&s->plan->memmap, page);
	if (pfn == UINT64_MAX)
		return;
	for (uint64_t i = 0; i < n; i++) {
		if (s->plan->sets.n >= SET_MAX)
			s->full = true;
		else
			oom_map_add(&s->plan->sets, pfn + i + 1, kind);
	}
}

/* Lists of CPUs. */

static bool take_free(void *arg, uint64_t entry)
{
	struct sets *s = arg;
	add(s, entry - s->lru.offset, UINT64_C(1) << s->order, OOM_PAGE_PCP);
	return !s->full;
}

/** The lists at @p pcp (struct per_cpu_pages). */
static bool take_lists(struct sets *s, uint64_t pcp, const struct oom_member *lists)
{
	struct oom_image *image = s->plan->image;
	const struct oom_image_info *info = oom_image_info(image);
	size_t n = lists->elem_size ? lists->size / lists->elem_size : 0;
	unsigned huge = 0;
	while (info->ptr_size << huge < info->page_size) // a table of page tables has so many entries
		huge++;
	if (!n || n > LISTS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		s->order = (unsigned)(i / PCP_TYPES) < COSTLY_ORDERS ? (unsigned)(i / PCP_TYPES) : huge;
		if (!oom_list_each(image, pcp + lists->offset + i * lists->elem_size, LIST_MAX, take_free, s))
			return false;
	}
	return true;
}

static bool take_zone(struct sets *s, uint64_t zone, const struct oom_percpu *cpus)
{
	struct oom_member set, lists;
	struct oom_image *image = s->plan->image;
	// Until 5.13 (28f836b6777b) with the counters in one structure.
	bool old = oom_member(image, "per_cpu_pageset", "pcp.lists", &lists) == OOM_OK;
	if ((!old && oom_member(image, "per_cpu_pages", "lists", &lists) != OOM_OK) ||
	    oom_member(image, "zone", old ? "pageset" : "per_cpu_pageset", &set) != OOM_OK)
		return false;
	uint64_t ptr = oom_deref(image, zone + set.offset);
	bool whole = ptr != 0;
	for (size_t i = 0; ptr && i < cpus->n; i++)
		whole &= take_lists(s, oom_percpu_addr(cpus, ptr, i), &lists);
	return whole;
}

static void find_pcp(struct sets *s, struct oom_arena *temp)
{
	struct oom_percpu cpus;
	const struct oom_nodes *nodes = &s->c->state->nodes;
	bool whole = oom_percpu_init(&cpus, s->plan->image, temp) && nodes->n &&
		     oom_member(s->plan->image, "page", "lru", &s->lru) == OOM_OK;
	for (size_t i = 0; whole && i < nodes->n; i++)
		for (size_t k = 0; k < nodes->v[i].zones.n; k++)
			whole &= take_zone(s, (uint64_t)nodes->v[i].zones.v[k].origin.at, &cpus);
	s->plan->pcp_known = whole;
	if (!whole)
		oom_case_missing(
			s->c,
			"census: not all of the CPUs' lists of free pages can be read: \"idle\" pages are on them");
}

/* vmalloc. */

static bool take_area(void *arg, const struct oom_vmalloc_area *area)
{
	struct sets *s = arg;
	struct oom_image *image = s->plan->image;
	uint8_t buf[4096];
	size_t word = oom_image_info(image)->ptr_size;
	if (area->caller != s->last_caller) {
		s->last_caller = area->caller;
		s->last_stacks = oom_vmalloc_asks_for_stacks(image, area->caller);
	}
	for (uint64_t i = 0, n; area->pages && i < (uint64_t)area->nr_pages && !s->full; i += n) {
		// No read crosses a page that may not be there for more than its own part.
		uint64_t at = area->pages + i * word;
		n = (sizeof(buf) - at % sizeof(buf)) / word;
		n = n > (uint64_t)area->nr_pages - i ? (uint64_t)area->nr_pages - i : n ? n : 1;
		if (oom_read(image, at, buf, n * word) != OOM_OK)
			continue;
		for (uint64_t k = 0; k < n; k++)
			add(s, oom_get_uint(image, buf + k * word, word), 1,
			    s->last_stacks ? OOM_PAGE_STACK : OOM_PAGE_VMALLOC);
	}
	return !s->full;
}

static void find_vmalloc(struct sets *s)
{
	size_t left = AREAS_MAX, lost;
	bool whole = oom_each_vmalloc_area(s->plan->image, take_area, s, &left, &lost);
	if (!whole || lost || s->full)
		oom_case_missing(s->c, "census: not all vmalloc areas could be looked at: the rest counts as unowned");
}

/* Per-CPU data. */

static bool take_chunk(void *arg, uint64_t entry)
{
	struct sets *s = arg;
	return oom_map_add(&s->plan->chunks, entry - s->lru.offset, 1) && s->plan->chunks.n < CHUNKS_MAX;
}

static void find_chunks(struct sets *s)
{
	struct oom_image *image = s->plan->image;
	struct oom_member charged;
	int64_t n = oom_variable(image, "pcpu_nr_slots", 4);
	// Renamed in 5.14; from 5.9 until then chunks whose users are charged had lists of their own behind the others.
	uint64_t slots = oom_variable_ptr(image, "pcpu_chunk_lists");
	if (!slots && (slots = oom_variable_ptr(image, "pcpu_slot")) &&
	    oom_member(image, "pcpu_chunk", "obj_cgroups", &charged) == OOM_OK)
		n = n > 0 ? 2 * n : n;
	bool whole = slots && n > 0 && n <= SLOTS_MAX && oom_member(image, "pcpu_chunk", "list", &s->lru) == OOM_OK;
	for (int64_t i = 0; whole && i < n; i++)
		whole = oom_list_each(image, slots + (uint64_t)i * 2 * oom_image_info(image)->ptr_size, CHUNKS_MAX,
				      take_chunk, s);
	if (!whole)
		oom_case_missing(s->c, "census: per-CPU chunks cannot be read: their pages count as unowned");
}

void oom_pagesets_find(struct oom_census_plan *plan, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct sets s = {.plan = plan, .c = c};
	if (!temp)
		return;
	find_pcp(&s, temp);
	find_vmalloc(&s);
	find_chunks(&s);
}
