// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Statistics of memory cgroups (memory.stat), added up as a flush would. Source: mm/memcontrol.c,
 * include/linux/memcontrol.h, kernel/cgroup/rstat.c.
 *
 *   4.19 to 5.12  mem_cgroup.vmstats[] holds the group's and all descendants' sums, each CPU a rest of its own in
 *                 vmstats_percpu->stat[] that goes to all groups upwards
 *   5.13 on       struct memcg_vmstats {state[], state_pending[]}: pending came from groups below; each CPU has state[]
 *                 and state_prev[], what it has handed over (2d146aa3aa84). Embedded in struct mem_cgroup, a pointer
 *                 since 6.1 (410f8e82689e)
 *   6.10 on       the arrays hold only items that a cgroup has, mem_cgroup_stats_index[] tells where (59142d87ab03)
 */
#include "kernel/memcg.h"

#include <string.h>

enum { ITEMS_MAX = 256, NOT_KEPT = 0xff };

static const char *const names[OOM_MEMCG_STATS][2] = {
	[OOM_MEMCG_ANON] = {"NR_ANON_MAPPED", NULL},
	[OOM_MEMCG_FILE] = {"NR_FILE_PAGES", NULL},
	[OOM_MEMCG_SHMEM] = {"NR_SHMEM", NULL},
	[OOM_MEMCG_SLAB_R] = {"NR_SLAB_RECLAIMABLE_B", "NR_SLAB_RECLAIMABLE"},
	[OOM_MEMCG_SLAB_U] = {"NR_SLAB_UNRECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE"},
	[OOM_MEMCG_KMEM] = {"MEMCG_KMEM", NULL}, // 5.18 (a8c49af3be5f)
};

/** Where the parts of a group's statistics are. */
struct stat_layout {
	struct oom_image *image;
	const struct oom_percpu *percpu;
	struct oom_member vmstats, state, pending, percpu_ptr, cpu_state, cpu_prev;
	bool pointer;			// vmstats points to the struct
	int64_t index[OOM_MEMCG_STATS]; // in the arrays; -1: not kept
};

/** Position of item @p item in the arrays. */
static int64_t position(struct oom_image *image, int64_t item)
{
	uint64_t table;
	uint8_t first, at;
	if (item < 0 || item >= ITEMS_MAX || oom_symbol(image, "mem_cgroup_stats_index", &table) != OOM_OK)
		return item < ITEMS_MAX ? item : -1;
	if (oom_read_u8(image, table, &first) != OOM_OK || oom_read_u8(image, table + (uint64_t)item, &at) != OOM_OK ||
	    at == NOT_KEPT)
		return -1;
	// The first item is always kept: where its position is 1, they are counted from 1 and 0 is "not kept".
	return first == 1 ? (int64_t)at - 1 : at;
}

static bool find_layout(struct stat_layout *l)
{
	struct oom_image *image = l->image;
	if (oom_member(image, "mem_cgroup", "vmstats", &l->vmstats) != OOM_OK ||
	    oom_member(image, "mem_cgroup", "vmstats_percpu", &l->percpu_ptr) != OOM_OK ||
	    (oom_member(image, "memcg_vmstats_percpu", "state", &l->cpu_state) != OOM_OK &&
	     oom_member(image, "memcg_vmstats_percpu", "stat", &l->cpu_state) != OOM_OK))
		return false;
	oom_member(image, "memcg_vmstats_percpu", "state_prev", &l->cpu_prev);
	l->pointer = l->vmstats.size == oom_image_info(image)->ptr_size && !l->vmstats.count;
	if (oom_member(image, "memcg_vmstats", "state", &l->state) == OOM_OK)
		oom_member(image, "memcg_vmstats", "state_pending", &l->pending);
	else if (l->pointer)
		return false;
	for (size_t i = 0; i < OOM_MEMCG_STATS; i++) {
		int64_t item = oom_enum_or(image, names[i][0], OOM_ABSENT);
		if (!oom_known(item) && names[i][1])
			item = oom_enum_or(image, names[i][1], OOM_ABSENT);
		l->index[i] = oom_known(item) ? position(image, item) : -1;
	}
	return l->index[OOM_MEMCG_ANON] >= 0;
}

/** Adds elements of the array @p m of longs at @p base, times @p sign. */
static bool add_array(const struct stat_layout *l, uint64_t base, const struct oom_member *m, int sign,
		      struct oom_memcg_stats *sums)
{
	uint8_t buf[ITEMS_MAX * 8];
	size_t word = oom_image_info(l->image)->ptr_size;
	size_t n = m->count < ITEMS_MAX ? m->count : ITEMS_MAX;
	if (!n || m->elem_size != word || oom_read(l->image, base + m->offset, buf, n * word) != OOM_OK)
		return false;
	for (size_t i = 0; i < OOM_MEMCG_STATS; i++) {
		if (l->index[i] < 0 || (size_t)l->index[i] >= n)
			continue;
		uint64_t value = (uint64_t)oom_get_int(l->image, buf + (size_t)l->index[i] * word, word);
		sums->n[i] =
			(int64_t)((uint64_t)sums->n[i] + (sign < 0 ? 0 - value : value)); // damage may be any number
	}
	return true;
}

/** Sums that have arrived at the group. */
static bool arrived(const struct stat_layout *l, uint64_t group, struct oom_memcg_stats *ret)
{
	*ret = (struct oom_memcg_stats){0};
	if (!l->state.known)
		return add_array(l, group, &l->vmstats, 1, ret);
	uint64_t at = l->pointer ? oom_deref(l->image, group + l->vmstats.offset) : group + l->vmstats.offset;
	return at && add_array(l, at, &l->state, 1, ret);
}

/** What has not arrived yet: the CPUs' parts and what groups below have left. */
static bool underway(const struct stat_layout *l, uint64_t group, struct oom_memcg_stats *ret)
{
	*ret = (struct oom_memcg_stats){0};
	if (l->state.known && l->pending.known) {
		uint64_t at = l->pointer ? oom_deref(l->image, group + l->vmstats.offset) : group + l->vmstats.offset;
		if (!at || !add_array(l, at, &l->pending, 1, ret))
			return false;
	}
	uint64_t ptr = oom_deref(l->image, group + l->percpu_ptr.offset);
	for (size_t cpu = 0; cpu < l->percpu->n; cpu++) {
		uint64_t at = oom_percpu_addr(l->percpu, ptr, cpu);
		if (!ptr || !add_array(l, at, &l->cpu_state, 1, ret) ||
		    (l->cpu_prev.known && !add_array(l, at, &l->cpu_prev, -1, ret)))
			return false;
	}
	return l->percpu->n > 0;
}

static void add(struct oom_memcg_stats *to, const struct oom_memcg_stats *more)
{
	for (size_t i = 0; i < OOM_MEMCG_STATS; i++)
		to->n[i] = (int64_t)((uint64_t)to->n[i] + (uint64_t)more->n[i]);
}

bool oom_memcg_read_stats(struct oom_image *image, struct oom_memcg_nodes *nodes, const struct oom_percpu *percpu)
{
	struct stat_layout l = {.image = image, .percpu = percpu};
	if (!find_layout(&l))
		return false;
	for (size_t i = 0; i < nodes->n; i++)
		nodes->v[i].has_stats = true;
	// Children stand behind their parents: from the end on, a group's `stats` is what came from below.
	for (size_t i = nodes->n; i-- > 0;) {
		struct oom_memcg_node *node = &nodes->v[i];
		struct oom_memcg_stats here, own;
		node->has_stats &= underway(&l, node->addr, &here) && arrived(&l, node->addr, &own);
		if (node->has_stats)
			add(&here, &node->stats);
		if (node->parent < i) {
			nodes->v[node->parent].has_stats &= node->has_stats;
			if (node->has_stats)
				add(&nodes->v[node->parent].stats, &here);
		}
		if (!node->has_stats)
			continue;
		node->stats = own;
		add(&node->stats, &here);
		for (size_t k = 0; k < OOM_MEMCG_STATS; k++)
			if (l.index[k] < 0)
				node->stats.n[k] = OOM_ABSENT;
	}
	return true;
}

bool oom_memcg_slab_in_bytes(struct oom_image *image)
{
	return oom_known(oom_enum_or(image, "NR_SLAB_RECLAIMABLE_B", OOM_ABSENT));
}
