// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which zones could have served the request, and which of them were exhausted.
 *
 * How the kernel decides (mm/page_alloc.c, __zone_watermark_ok and __alloc_pages_may_oom): a zone serves an order-0
 * request when its free pages, less those the request may not use (the highatomic reserve; CMA for what is not
 * movable), are above a mark plus lowmem_reserve[class of the request]. The last try before the killer uses the high
 * mark, and the figures are printed a moment later: so a zone counts as exhausted when it is not above high + reserve.
 * A request of a higher order also needs one free block of its size; so where an order-0 request would have passed
 * min + reserve, the lack of a block is what made it fail.
 */
#include "classify/internal.h"
#include <string.h>

/** Is any of the free blocks of this area of a type that the request may take from? */
static oom_tri area_usable(const struct oom_free_area *area, bool movable)
{
	// Letters of show_migration_types(): U, M, E fall back to each other, R is the last resort before 4.4;
	// C (CMA) is for movable requests, H (highatomic) and I (isolated) are for nobody here.
	if (area->types)
		return strpbrk(area->types, movable ? "UMERC" : "UMER") != NULL;
	if (area->by_type.n < 3)
		return OOM_MAYBE;
	for (size_t i = 0; i < 3; i++) { // the first three of enum migratetype are the ordinary ones in all kernels
		if (area->by_type.v[i] > 0)
			return OOM_YES;
	}
	return movable && area->by_type.n > 4 && area->by_type.v[4] > 0 ? OOM_MAYBE : OOM_NO;
}

/** A free block of @p order or above that the request may use; OOM_MAYBE without the buddy lists. */
static oom_tri has_block(const struct oom_zone *z, int64_t order, bool movable)
{
	oom_tri ret = OOM_NO;
	if (!oom_known(order) || order < 0 || !z->free_areas.n)
		return OOM_MAYBE;
	for (size_t i = (size_t)order; i < z->free_areas.n; i++) {
		const struct oom_free_area *area = &z->free_areas.v[i];
		if (!cl_ok(area->blocks))
			ret = OOM_MAYBE;
		if (cl_or0(area->blocks) <= 0)
			continue;
		oom_tri usable = area_usable(area, movable);
		if (usable != OOM_NO)
			return OOM_YES;
	}
	return ret;
}

static int64_t free_of_areas(const struct oom_zone *z, int64_t page_kb)
{
	int64_t kb = 0;
	if (!z->free_areas.n)
		return OOM_ABSENT;
	for (size_t i = 0; i < z->free_areas.n && i < 32; i++) {
		int64_t blocks = z->free_areas.v[i].blocks, size;
		if (!cl_ok(blocks) || __builtin_mul_overflow(blocks, page_kb << i, &size) ||
		    __builtin_add_overflow(kb, size, &kb))
			return OOM_ABSENT;
	}
	return kb;
}

/**
 * Index of a class in lowmem_reserve[]: which zones this kernel was built with is told by the length of the array and
 * by the zones that exist. What is open after that is filled in the order of likelihood.
 */
static size_t class_index(const struct cl_look *l, const bool *exists, size_t entries, enum cl_class class)
{
	bool built[CL_DEVICE + 1] = {false};
	static const enum cl_class likely[] = {CL_MOVABLE, CL_DMA32, CL_DEVICE, CL_DMA};
	size_t count = 0, index = 0;
	for (enum cl_class i = CL_DMA; i <= CL_DEVICE; i++) {
		built[i] = exists[i] || i == CL_NORMAL || (i == CL_HIGHMEM && l->bits32);
		count += built[i];
	}
	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]) && count < entries; i++) {
		if (built[likely[i]] || (likely[i] == CL_DMA32 && l->bits32))
			continue;
		built[likely[i]] = true;
		count++;
	}
	// A class that the kernel was built without is the next lower one that it has.
	for (enum cl_class i = CL_DMA; i <= class && i <= CL_DEVICE; i++)
		index += built[i];
	index -= index > 0;
	return index < entries ? index : entries - 1;
}

static void measure(const struct cl_look *l, struct cl_zone *z, const bool *exists)
{
	const struct oom_zone *zone = z->zone;
	const struct cl_request *r = &l->request;
	int64_t highatomic =
		cl_ok(zone->free_highatomic_kb) ? zone->free_highatomic_kb : cl_or0(zone->reserved_highatomic_kb);
	z->size_kb = cl_ok(zone->managed_kb) ? zone->managed_kb : zone->present_kb;
	z->free_kb = cl_ok(zone->free_kb) ? zone->free_kb : free_of_areas(zone, l->page_kb);
	z->usable_kb = z->free_kb;
	if (cl_ok(z->usable_kb)) {
		z->usable_kb -= highatomic + (r->movable ? 0 : cl_or0(zone->counters.free_cma_kb));
		z->usable_kb = z->usable_kb > 0 ? z->usable_kb : 0;
	}
	if (z->class_ok && zone->lowmem_reserve_kb.n) {
		size_t at = class_index(l, exists, zone->lowmem_reserve_kb.n, r->highest);
		z->reserve_kb = cl_or0(zone->lowmem_reserve_kb.v[at]);
	}
	z->mark_kb = cl_ok(zone->high_kb) ? zone->high_kb + z->reserve_kb : OOM_ABSENT;
	z->order0_passes = OOM_MAYBE;
	if (cl_ok(z->usable_kb) && cl_ok(zone->min_kb))
		z->order0_passes = z->usable_kb > zone->min_kb + z->reserve_kb;
	z->has_block = has_block(zone, r->order, r->movable);
}

/** Exhausted or free; a zone whose marks are lost is free when it has far more than the marks of the others. */
static void judge(struct cl_zone *z, int64_t largest_high_kb)
{
	z->level = CL_LEVEL_UNKNOWN;
	if (!cl_ok(z->usable_kb))
		return;
	if (cl_ok(z->mark_kb))
		z->level = z->usable_kb > z->mark_kb ? CL_FREE : CL_EXHAUSTED;
	else if (largest_high_kb > 0 && z->usable_kb > 4 * largest_high_kb)
		z->level = CL_FREE;
}

/** The nodes that nodemask and cpuset leave. 4.9 (82e7d3abec86) prints the cpuset's nodes where there is no nodemask.
 */
static void find_allowed(struct cl_look *l)
{
	struct cl_nodes mask, mems;
	cl_nodes_parse(l->e ? l->e->nodemask : NULL, &mask);
	cl_nodes_parse(l->e ? l->e->mems_allowed : NULL, &mems);
	// Under a policy the cpuset plays no part (constrained_alloc, mm/oom_kill.c).
	if (l->constraint == OOM_CONSTRAINT_MEMPOLICY && mask.known) {
		l->zones.allowed = mask;
		return;
	}
	l->zones.allowed = mems;
	cl_nodes_intersect(&l->zones.allowed, &mask);
}

/** Is the zone among the first @p n? */
static bool is_printed(const struct cl_zones *zs, size_t n, int64_t node, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (zs->v[i].node->id == node && cl_same(zs->v[i].zone->name, name))
			return true;
	}
	return false;
}

/**
 * All zones of @p nodes; of the nodes in @p but only those above the request, which a report of theirs leaves out since
 * 6.1 (974f4367dd31).
 */
static bool add_nodes(struct cl_look *l, const struct oom_nodes *nodes, const struct cl_nodes *but)
{
	struct cl_zones *zs = &l->zones;
	size_t printed = zs->n;
	for (size_t i = 0; i < nodes->n; i++) {
		const struct oom_node *node = &nodes->v[i];
		bool seen = but && oom_known(node->id) && cl_nodes_has(but, node->id);
		for (size_t k = 0; k < node->zones.n; k++) {
			struct cl_zone *z = &zs->v[zs->n];
			if (node->zones.v[k].present_kb == 0) // "HighMem: empty"
				continue;
			enum cl_class class = cl_class_of(node->zones.v[k].name);
			if (seen && (class <= l->request.highest || class > CL_MOVABLE ||
				     is_printed(zs, printed, node->id, node->zones.v[k].name)))
				continue;
			memset(z, 0, sizeof(*z));
			z->node = node;
			z->zone = &node->zones.v[k];
			z->class = class;
			z->class_ok = z->class != CL_DEVICE && z->class <= l->request.highest;
			if (z->class == CL_OTHER)
				z->class_ok = true;
			z->node_ok = !zs->allowed.known || !oom_known(node->id) || cl_nodes_has(&zs->allowed, node->id);
			zs->n++;
		}
		if (node->zones.n)
			cl_nodes_add(&zs->seen, node->id);
	}
	return true;
}

static size_t count_zones(const struct oom_nodes *nodes)
{
	size_t count = 0;
	for (size_t i = 0; i < nodes->n; i++)
		count += nodes->v[i].zones.n;
	return count;
}

static void collect(struct cl_look *l)
{
	struct cl_zones *zs = &l->zones;
	size_t room = count_zones(&l->facts.nodes) + (l->state_speaks ? count_zones(&l->c->state->nodes) : 0);
	zs->v = oom_alloc(l->arena, (room + 1) * sizeof(*zs->v));
	if (!zs->v) {
		l->nomem = true;
		return;
	}
	add_nodes(l, &l->facts.nodes, NULL);
	// The report leaves out the nodes that the request may not use (show_mem with SHOW_MEM_FILTER_NODES, since
	// 2.6.39); the structures have them.
	struct cl_nodes printed = zs->seen;
	if (l->state_speaks && l->facts.nodes.v != l->c->state->nodes.v && printed.known)
		add_nodes(l, &l->c->state->nodes, &printed);
	// So of a whole report the nodes that it shows are those that the request may use, if no line says it.
	bool whole = l->e && l->e->has_head == OOM_YES && l->e->has_mem_info == OOM_YES;
	if (whole && !zs->allowed.known && printed.known && !cl_nodes_subset(&zs->seen, &printed)) {
		zs->allowed = printed;
		for (size_t i = 0; i < zs->n; i++)
			zs->v[i].node_ok = !oom_known(zs->v[i].node->id) || cl_nodes_has(&printed, zs->v[i].node->id);
	}
	struct cl_nodes with_zones = zs->seen;
	for (size_t i = 0; i < l->facts.nodes.n; i++)
		cl_nodes_add(&zs->seen, l->facts.nodes.v[i].id);
	for (size_t i = 0; i < l->facts.hugetlb.n; i++)
		cl_nodes_add(&zs->seen, l->facts.hugetlb.v[i].node); // printed for each node with memory
	zs->restricted = zs->allowed.known && zs->seen.known && !cl_nodes_subset(&zs->seen, &zs->allowed);
	struct cl_nodes lacking = zs->allowed;
	zs->incomplete = zs->n == 0;
	for (int64_t id = 0; lacking.known && id < CL_MAX_NODES; id++) {
		if (cl_nodes_has(&lacking, id) && cl_nodes_has(&zs->seen, id) && !cl_nodes_has(&with_zones, id))
			zs->incomplete = true;
	}
}

/**
 * What is free above the zones that the request may use, where the report leaves those out: since 6.1 (974f4367dd31) it
 * shows no zone above the request's. The machine-wide count has it. Nothing is said where it may lie elsewhere: in
 * nodes that are not shown, or in a zone whose line is lost (the highest one shown has then a reserve for this
 * request).
 */
static int64_t hidden_free_kb(const struct cl_look *l, int64_t printed_free_kb)
{
	const struct cl_zones *zs = &l->zones;
	const struct cl_zone *top = NULL;
	int64_t all_kb = l->own->memory.free_kb;
	for (size_t i = 0; i < zs->n; i++) {
		if (!zs->v[i].class_ok || !zs->v[i].node_ok)
			return 0;
		if (!top || zs->v[i].class > top->class)
			top = &zs->v[i];
	}
	if (!top || !cl_ok(all_kb) || zs->restricted || zs->incomplete || top->class == CL_OTHER ||
	    !top->zone->lowmem_reserve_kb.n || top->reserve_kb > 0)
		return 0;
	return all_kb > printed_free_kb ? all_kb - printed_free_kb : 0;
}

/** Sums over the allowed zones, and what the other nodes have; once more when it is known which nodes are allowed. */
void cl_zones_sum(struct cl_look *l)
{
	struct cl_zones *zs = &l->zones;
	int64_t printed_free_kb = 0;
	zs->highs_kb = zs->others_free_kb = zs->allowed_kb = zs->free_kb = zs->usable_kb = 0;
	zs->judged_kb = zs->exhausted_kb = 0;
	zs->nr_allowed = zs->nr_judged = zs->nr_exhausted = 0;
	zs->others = CL_LEVEL_UNKNOWN;
	size_t others = 0, others_exhausted = 0;
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *z = &zs->v[i];
		int64_t size = cl_ok(z->size_kb) && z->size_kb > 0 ? z->size_kb : 1;
		zs->highs_kb += cl_or0(z->zone->high_kb);
		printed_free_kb += cl_or0(z->free_kb);
		if (!z->node_ok && z->class_ok) {
			others++;
			others_exhausted += z->level == CL_EXHAUSTED;
			zs->others_free_kb += cl_or0(z->free_kb);
			if (z->level == CL_FREE)
				zs->others = CL_FREE;
		}
		if (!z->node_ok || !z->class_ok)
			continue;
		zs->nr_allowed++;
		zs->allowed_kb += size;
		zs->free_kb += cl_or0(z->free_kb);
		zs->usable_kb += cl_or0(z->usable_kb);
		if (z->level == CL_LEVEL_UNKNOWN)
			continue;
		zs->nr_judged++;
		zs->judged_kb += size;
		if (z->level == CL_EXHAUSTED) {
			zs->nr_exhausted++;
			zs->exhausted_kb += size;
		}
	}
	if (others && others == others_exhausted)
		zs->others = CL_EXHAUSTED;
	zs->hidden_free_kb = hidden_free_kb(l, printed_free_kb);
	// The machine-wide count of free pages covers the nodes that were left out.
	int64_t all_free_kb = l->own->memory.free_kb;
	if (!others && cl_ok(all_free_kb) && zs->n) {
		zs->others_free_kb = all_free_kb > printed_free_kb ? all_free_kb - printed_free_kb : 0;
		if (zs->highs_kb > 0 && zs->others_free_kb > 2 * zs->highs_kb)
			zs->others = CL_FREE;
	}
}

void cl_zones_judge(struct cl_look *l)
{
	struct cl_zones *zs = &l->zones;
	bool exists[CL_DEVICE + 1] = {false};
	int64_t largest_high_kb = 0;
	memset(zs, 0, sizeof(*zs));
	find_allowed(l);
	collect(l);
	for (size_t i = 0; i < zs->n; i++) {
		if (zs->v[i].class <= CL_DEVICE)
			exists[zs->v[i].class] = true;
		if (cl_or0(zs->v[i].zone->high_kb) > largest_high_kb)
			largest_high_kb = zs->v[i].zone->high_kb;
	}
	for (size_t i = 0; i < zs->n; i++) {
		measure(l, &zs->v[i], exists);
		judge(&zs->v[i], largest_high_kb);
	}
	cl_zones_sum(l);
}
