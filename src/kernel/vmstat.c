// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Counters of zones, of nodes and of the whole machine, each with the parts that the CPUs had not yet handed over.
 * Source: mm/vmstat.c, include/linux/vmstat.h.
 *
 * Kernel prints leave the per-CPU parts out (zone_page_state(), node_page_state()), so a printed figure may differ
 * from ours by up to stat_threshold (at most 125) pages a CPU and zone or node.
 *
 *   before 4.8   zone_stat_item, zone.vm_stat[], global vm_stat[]
 *   4.8          zone_stat_item and node_stat_item, zone.vm_stat[] and pglist_data.vm_stat[], global vm_zone_stat[] and
 *                vm_node_stat[] (75ef71840539)
 *   parts        zone.pageset -> per_cpu_pageset{pcp.count, vm_stat_diff[]} before 5.14, then zone.per_cpu_pageset ->
 *                per_cpu_pages.count and zone.per_cpu_zonestats -> per_cpu_zonestat.vm_stat_diff[] (28f836b6777b);
 *                pglist_data.per_cpu_nodestats -> per_cpu_nodestat.vm_node_stat_diff[] (4.8)
 *
 * Which counter is where is told by the enumerators that this kernel has.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <string.h>

enum unit {
	PAGES, // slab's NR_*_B too: only memory cgroups count it in bytes (vmstat_item_in_bytes(), 5.9)
	KB,
	BYTES,
	STACKS, // kernel stacks of THREAD_SIZE
	THP,	// huge pages, since 5.12 pages
	COUNT,	// no size
};

#define AT(member) offsetof(struct oom_counters, member)

static const struct {
	const char *name; // of the enumerator
	size_t at;	  // in struct oom_counters
	enum unit unit;
} counters[] = {
	{"NR_ACTIVE_ANON", AT(active_anon_kb), PAGES},
	{"NR_INACTIVE_ANON", AT(inactive_anon_kb), PAGES},
	{"NR_ACTIVE_FILE", AT(active_file_kb), PAGES},
	{"NR_INACTIVE_FILE", AT(inactive_file_kb), PAGES},
	{"NR_UNEVICTABLE", AT(unevictable_kb), PAGES},
	{"NR_ZONE_ACTIVE_ANON", AT(active_anon_kb), PAGES},
	{"NR_ZONE_INACTIVE_ANON", AT(inactive_anon_kb), PAGES},
	{"NR_ZONE_ACTIVE_FILE", AT(active_file_kb), PAGES},
	{"NR_ZONE_INACTIVE_FILE", AT(inactive_file_kb), PAGES},
	{"NR_ZONE_UNEVICTABLE", AT(unevictable_kb), PAGES},
	{"NR_ISOLATED_ANON", AT(isolated_anon_kb), PAGES},
	{"NR_ISOLATED_FILE", AT(isolated_file_kb), PAGES},
	{"NR_ANON_MAPPED", AT(anon_kb), PAGES},
	{"NR_ANON_PAGES", AT(anon_kb), PAGES}, // before 4.8
	{"NR_FILE_PAGES", AT(file_kb), PAGES},
	{"NR_FILE_MAPPED", AT(mapped_kb), PAGES},
	{"NR_FILE_DIRTY", AT(dirty_kb), PAGES},
	{"NR_WRITEBACK", AT(writeback_kb), PAGES},
	{"NR_WRITEBACK_TEMP", AT(writeback_tmp_kb), PAGES}, // before 6.17
	{"NR_UNSTABLE_NFS", AT(unstable_kb), PAGES},	    // before 5.8
	{"NR_SHMEM", AT(shmem_kb), PAGES},
	{"NR_SWAPCACHE", AT(swap_cached_kb), PAGES}, // 5.12
	{"NR_SHMEM_THPS", AT(shmem_thp_kb), THP},
	{"NR_SHMEM_PMDMAPPED", AT(shmem_pmdmapped_kb), THP},
	{"NR_ANON_THPS", AT(anon_thp_kb), THP},
	{"NR_ANON_TRANSPARENT_HUGEPAGES", AT(anon_thp_kb), THP}, // before 4.8
	{"NR_FILE_THPS", AT(file_thp_kb), THP},
	{"NR_SLAB_RECLAIMABLE", AT(slab_reclaimable_kb), PAGES}, // before 5.9
	{"NR_SLAB_RECLAIMABLE_B", AT(slab_reclaimable_kb), PAGES},
	{"NR_SLAB_UNRECLAIMABLE", AT(slab_unreclaimable_kb), PAGES},
	{"NR_SLAB_UNRECLAIMABLE_B", AT(slab_unreclaimable_kb), PAGES},
	{"NR_INDIRECTLY_RECLAIMABLE_BYTES", AT(kernel_misc_reclaimable_kb), BYTES}, // 4.16 to 4.19
	{"NR_KERNEL_MISC_RECLAIMABLE", AT(kernel_misc_reclaimable_kb), PAGES},
	{"NR_KERNEL_STACK", AT(kernel_stack_kb), STACKS}, // before 4.8
	{"NR_KERNEL_STACK_KB", AT(kernel_stack_kb), KB},
	{"NR_PAGETABLE", AT(page_tables_kb), PAGES},
	{"NR_SECONDARY_PAGETABLE", AT(sec_page_tables_kb), PAGES}, // 6.1
	{"NR_MLOCK", AT(mlocked_kb), PAGES},
	{"NR_BOUNCE", AT(bounce_kb), PAGES}, // before 6.16
	{"NR_ZONE_WRITE_PENDING", AT(writepending_kb), PAGES},
	{"NR_ZSPAGES", AT(zspages_kb), PAGES},
	{"NR_FREE_CMA_PAGES", AT(free_cma_kb), PAGES},
	{"NR_BALLOON_PAGES", AT(balloon_kb), PAGES},
	{"NR_GPU_ACTIVE", AT(gpu_active_kb), PAGES},
	{"NR_GPU_RECLAIM", AT(gpu_reclaim_kb), PAGES},
	{"NR_PAGES_SCANNED", AT(pages_scanned), COUNT}, // before 4.8
};

/** Counters of the whole machine that are no part of struct oom_counters: pages, to struct oom_memory. */
static const struct {
	const char *name;
	size_t at;
} machine[] = {
	{"NR_FREE_PAGES", offsetof(struct oom_memory, free_kb)},
	{"NR_VMALLOC",
	 offsetof(struct oom_memory, vmalloc_kb)}, // 7.1; kernel stacks included: meminfo.c takes them out
	{"NR_UNACCEPTED", offsetof(struct oom_memory, unaccepted_kb)}, // 6.5
};

enum {
	NR_COUNTERS = sizeof(counters) / sizeof(*counters),
	NR_MACHINE = sizeof(machine) / sizeof(*machine),
	ITEMS_MAX = 256,
};

/** One of the two arrays of counters: of zones or of nodes. */
struct items {
	int index[NR_COUNTERS];	   // of each row above in this array, -1: not here
	int machine[NR_MACHINE];   // likewise
	int64_t global[ITEMS_MAX]; // of the whole machine
	size_t n;		   // items; 0: this kernel has no such array
};

enum { Z_PAGESET, Z_PCP, Z_ZONESTATS, Z_VM_STAT, Z_NR };
static const struct oom_want zone_wants[Z_NR] = {
	[Z_PAGESET] = {"zone", "pageset", NULL},
	[Z_PCP] = {"zone", "per_cpu_pageset", NULL},
	[Z_ZONESTATS] = {"zone", "per_cpu_zonestats", NULL},
	[Z_VM_STAT] = {"zone", "vm_stat", NULL},
};

enum { N_NODESTATS, N_VM_STAT, N_NR };
static const struct oom_want node_wants[N_NR] = {
	[N_NODESTATS] = {"pglist_data", "per_cpu_nodestats", NULL},
	[N_VM_STAT] = {"pglist_data", "vm_stat", NULL},
};

struct vmstat_walk {
	struct oom_image *image;
	struct oom_arena *temp;
	struct oom_percpu percpu;
	struct items zone_items, node_items;
	struct oom_layout zone_layout, node_layout;
	struct oom_record zone, node;
	struct oom_member zone_diff, node_diff, pcp_count;
	int64_t free_item, thread_kb;
	oom_tri thp_in_pages;
	int lost; // zones, nodes or their per-CPU parts that could not be read
};

static bool note_item(void *arg, const char *name, int64_t value)
{
	struct items *items = arg;
	if (value < 0 || value >= ITEMS_MAX)
		return true;
	if ((size_t)value >= items->n && strncmp(name, "NR_VM_", 6) != 0)
		items->n = (size_t)value + 1;
	for (size_t i = 0; i < NR_COUNTERS; i++)
		if (strcmp(name, counters[i].name) == 0)
			items->index[i] = (int)value;
	for (size_t i = 0; i < NR_MACHINE; i++)
		if (strcmp(name, machine[i].name) == 0)
			items->machine[i] = (int)value;
	return true;
}

static void find_items(struct vmstat_walk *w, struct items *items, const char *type)
{
	for (size_t i = 0; i < NR_COUNTERS; i++)
		items->index[i] = -1;
	for (size_t i = 0; i < NR_MACHINE; i++)
		items->machine[i] = -1;
	oom_enum_each(w->image, type, note_item, items);
}

/** Is NR_*_THPS counted in pages (OOM_YES) or in huge pages (OOM_NO)? */
static oom_tri thp_in_pages(struct oom_image *image)
{
	// 69473e5de873 and its series, 5.12. No counter was renamed; in the same release struct memory_stat (5.9, with
	// CONFIG_MEMCG) lost its ratio, and NR_SWAPCACHE came (with CONFIG_SWAP).
	struct oom_member m;
	int64_t value;
	if (oom_member(image, "memory_stat", "ratio", &m) == OOM_OK)
		return OOM_NO;
	if (oom_member(image, "memory_stat", "name", &m) == OOM_OK ||
	    oom_enumerator(image, "NR_SWAPCACHE", &value) == OOM_OK)
		return OOM_YES;
	// The name with _B is 5.9's: a kernel with the old name counts huge pages.
	return oom_enumerator(image, "NR_SLAB_RECLAIMABLE", &value) == OOM_OK ? OOM_NO : OOM_MAYBE;
}

/** A damaged counter may be any number. */
static int64_t wrapping(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/** Pages in a huge page of the page middle level; 0 where page size does not tell. */
static int64_t thp_pages(const struct oom_image *image)
{
	const struct oom_image_info *info = oom_image_info(image);
	// One page full of page table entries of 8 bytes maps it.
	return info->arch && (!strcmp(info->arch, "x86_64") || !strcmp(info->arch, "aarch64")) ? info->page_size / 8
											       : 0;
}

/** @p raw of counter @p i in KiB (or a count). */
static int64_t scaled(const struct vmstat_walk *w, size_t i, int64_t raw)
{
	const int64_t kb_max = INT64_C(1) << 50; // 1 EiB: sums do not overflow
	int64_t huge = 1, ret;
	if (!oom_known(raw))
		return OOM_ABSENT;
	if (raw < 0)
		raw = 0;
	switch (counters[i].unit) {
	case COUNT:
		return raw;
	case KB:
		return raw <= kb_max ? raw : OOM_ABSENT;
	case BYTES:
		return raw / 1024;
	case STACKS:
		if (!oom_known(w->thread_kb) || __builtin_mul_overflow(raw, w->thread_kb, &ret) || ret > kb_max)
			return OOM_ABSENT;
		return ret;
	case THP:
		if (w->thp_in_pages == OOM_MAYBE)
			return raw ? OOM_ABSENT : 0;
		huge = w->thp_in_pages == OOM_YES ? 1 : thp_pages(w->image);
		if ((!huge && raw) || __builtin_mul_overflow(raw, huge, &raw))
			return OOM_ABSENT;
		break;
	case PAGES:
		break;
	}
	return oom_pages_kb(w->image, raw);
}

/** Fills @p to from @p values, an array in the order of @p items. */
static void fill(const struct vmstat_walk *w, const struct items *items, const int64_t *values, struct oom_counters *to)
{
	for (size_t i = 0; i < NR_COUNTERS; i++)
		if (items->index[i] >= 0)
			*(int64_t *)((char *)to + counters[i].at) = scaled(w, i, values[items->index[i]]);
}

/** Adds @p part to the counters of the machine or of a node that only zones keep. */
static void add_zone_only(const struct vmstat_walk *w, const struct oom_counters *part, struct oom_counters *to)
{
	for (size_t i = 0; i < NR_COUNTERS; i++) {
		// A row with the same member in the node's array is not one that only zones keep.
		bool of_node = false;
		for (size_t k = 0; k < NR_COUNTERS; k++)
			of_node |= w->node_items.index[k] >= 0 && counters[k].at == counters[i].at;
		if (w->zone_items.index[i] < 0 || of_node)
			continue;
		int64_t *sum = (int64_t *)((char *)to + counters[i].at);
		*sum = oom_plus(*sum, *(const int64_t *)((const char *)part + counters[i].at));
	}
	to->free_pcp_kb = oom_plus(to->free_pcp_kb, part->free_pcp_kb);
}

/** Adds each CPU's part of @p n items at @p ptr + @p diff; false if one could not be read. */
static bool add_parts(const struct vmstat_walk *w, uint64_t ptr, const struct oom_member *diff, size_t n,
		      int64_t *values)
{
	int8_t part[ITEMS_MAX];
	int64_t sum[ITEMS_MAX] = {0};
	if (!diff->known) // CONFIG_SMP=n: there are none
		return w->percpu.n == 1;
	if (!ptr || !w->percpu.n)
		return false;
	n = n < diff->size ? n : diff->size;
	for (size_t cpu = 0; cpu < w->percpu.n; cpu++) {
		if (oom_read(w->image, oom_percpu_addr(&w->percpu, ptr, cpu) + diff->offset, part, n) != OOM_OK)
			return false;
		for (size_t i = 0; i < n; i++)
			sum[i] += part[i];
	}
	for (size_t i = 0; i < n; i++)
		values[i] += sum[i];
	return true;
}

/** Pages on the CPUs' own lists of the zone in w->zone. */
static int64_t pcp_pages(const struct vmstat_walk *w)
{
	uint64_t ptr = oom_record_ptr(&w->zone, Z_PCP);
	if (!ptr)
		ptr = oom_record_ptr(&w->zone, Z_PAGESET);
	if (!ptr || !w->pcp_count.known || !w->percpu.n)
		return OOM_ABSENT;
	int64_t sum = 0;
	for (size_t cpu = 0; cpu < w->percpu.n; cpu++) {
		uint32_t count;
		if (oom_read_u32(w->image, oom_percpu_addr(&w->percpu, ptr, cpu) + w->pcp_count.offset, &count) !=
		    OOM_OK)
			return OOM_ABSENT;
		sum += (int32_t)count > 0 ? (int32_t)count : 0;
	}
	return sum;
}

/** Array @p i of @p r with its per-CPU parts into @p values; the parts go to @p items' global values too. */
static bool read_values(struct vmstat_walk *w, struct items *items, const struct oom_record *r, size_t i, uint64_t ptr,
			const struct oom_member *diff, int64_t *values)
{
	size_t n = 0;
	int64_t parts[ITEMS_MAX] = {0};
	for (; n < items->n; n++) {
		values[n] = oom_record_nth(r, i, n);
		if (!oom_known(values[n]))
			break;
	}
	if (!n)
		return false;
	for (size_t k = n; k < items->n; k++)
		values[k] = OOM_ABSENT;
	if (!add_parts(w, ptr, diff, n, parts))
		w->lost++;
	for (size_t k = 0; k < n; k++) {
		values[k] = wrapping(values[k], parts[k]);
		items->global[k] = wrapping(items->global[k], parts[k]);
	}
	return true;
}

static void fill_zone(struct vmstat_walk *w, struct oom_zone *zone)
{
	int64_t values[ITEMS_MAX];
	if (!oom_record_read(&w->zone, (uint64_t)zone->origin.at)) {
		w->lost++;
		return;
	}
	uint64_t ptr = oom_record_ptr(&w->zone, Z_ZONESTATS);
	if (!ptr)
		ptr = oom_record_ptr(&w->zone, Z_PAGESET);
	zone->counters.free_pcp_kb = oom_pages_kb(w->image, pcp_pages(w));
	if (!read_values(w, &w->zone_items, &w->zone, Z_VM_STAT, ptr, &w->zone_diff, values)) {
		w->lost++;
		return;
	}
	fill(w, &w->zone_items, values, &zone->counters);
	if (w->free_item >= 0 && (size_t)w->free_item < w->zone_items.n)
		zone->free_kb = oom_pages_kb(w->image, values[w->free_item]);
}

static void fill_node(struct vmstat_walk *w, struct oom_node *node)
{
	int64_t values[ITEMS_MAX];
	for (size_t i = 0; i < node->zones.n; i++) {
		fill_zone(w, &node->zones.v[i]);
		add_zone_only(w, &node->zones.v[i].counters, &node->counters);
	}
	if (!w->node_items.n)
		return;
	if (oom_record_read(&w->node, (uint64_t)node->origin.at) &&
	    read_values(w, &w->node_items, &w->node, N_VM_STAT, oom_record_ptr(&w->node, N_NODESTATS), &w->node_diff,
			values))
		fill(w, &w->node_items, values, &node->counters);
	else
		w->lost++;
}

/** The machine's array @p symbol and the CPUs' parts, which have been added up already. */
static bool add_global(struct vmstat_walk *w, struct oom_state *state, struct items *items, const char *symbol,
		       const char *old)
{
	uint64_t addr;
	uint8_t buf[ITEMS_MAX * 8];
	size_t word = oom_image_info(w->image)->ptr_size;
	if (!items->n ||
	    (oom_symbol(w->image, symbol, &addr) != OOM_OK && (!old || oom_symbol(w->image, old, &addr) != OOM_OK)) ||
	    oom_read(w->image, addr, buf, items->n * word) != OOM_OK)
		return false;
	for (size_t i = 0; i < items->n; i++)
		items->global[i] = wrapping(items->global[i], oom_get_int(w->image, buf + i * word, word));
	fill(w, items, items->global, &state->counters);
	for (size_t i = 0; i < NR_MACHINE; i++)
		if (items->machine[i] >= 0)
			*(int64_t *)((char *)&state->memory + machine[i].at) =
				oom_pages_kb(w->image, items->global[items->machine[i]]);
	return true;
}

static bool prepare(struct vmstat_walk *w, struct oom_image *image)
{
	w->image = image;
	find_items(w, &w->zone_items, "zone_stat_item");
	find_items(w, &w->node_items, "node_stat_item");
	w->free_item = oom_enum_or(image, "NR_FREE_PAGES", -1);
	// Without types VMCOREINFO still names the one item that matters most.
	if (!w->zone_items.n && w->free_item >= 0)
		note_item(&w->zone_items, "NR_FREE_PAGES", w->free_item);
	oom_layout_find(&w->zone_layout, image, zone_wants, Z_NR);
	oom_layout_find(&w->node_layout, image, node_wants, N_NR);
	if (oom_member(image, "per_cpu_zonestat", "vm_stat_diff", &w->zone_diff) != OOM_OK)
		oom_member(image, "per_cpu_pageset", "vm_stat_diff", &w->zone_diff);
	oom_member(image, "per_cpu_nodestat", "vm_node_stat_diff", &w->node_diff);
	if (oom_member(image, "per_cpu_pageset", "pcp.count", &w->pcp_count) != OOM_OK)
		oom_member(image, "per_cpu_pages", "count", &w->pcp_count);
	uint32_t size;
	w->thread_kb = oom_type_size(image, "thread_union", &size) == OOM_OK ? size / 1024 : OOM_ABSENT;
	w->thp_in_pages = thp_in_pages(image);
	oom_percpu_init(&w->percpu, image, w->temp);
	return oom_record_init(&w->zone, image, &w->zone_layout, w->temp) &&
	       oom_record_init(&w->node, image, &w->node_layout, w->temp);
}

void oom_walk_vmstat(struct oom_image *image, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct vmstat_walk w = {.temp = temp};
	if (!temp || !oom_case_state(c) || !prepare(&w, image))
		return;
	struct oom_state *state = c->state;
	for (size_t i = 0; i < state->nodes.n; i++)
		fill_node(&w, &state->nodes.v[i]);
	if (state->nodes.n && !w.zone_items.n)
		oom_case_missing(c, "counters: no enumerators of zone_stat_item");
	else if (state->nodes.n && !w.percpu.n)
		oom_case_missing(c, "counters: without the CPUs' own parts, where they lie cannot be told");
	else if (w.lost)
		oom_case_missing(c, "counters: of %d zones or nodes without all that the CPUs hold", w.lost);
	// Zones first: where both keep a counter, the nodes' array is the one that the kernel prints.
	bool zones = add_global(&w, state, &w.zone_items, "vm_zone_stat", "vm_stat");
	bool nodes = add_global(&w, state, &w.node_items, "vm_node_stat", NULL);
	if (!zones || (!nodes && w.node_items.n))
		oom_case_missing(
			c, "counters of the whole machine: vm_zone_stat or vm_node_stat not found or not in the dump");
	if ((zones || nodes) && !state->nodes.n)
		oom_case_missing(c, "counters: without the CPUs' own parts, no zone or node is known");
	for (size_t i = 0; i < state->nodes.n; i++)
		state->counters.free_pcp_kb =
			oom_plus(state->counters.free_pcp_kb, state->nodes.v[i].counters.free_pcp_kb);
	if (!state->origin.kind)
		state->origin = (struct oom_origin){OOM_FROM_MEMORY, "vm_zone_stat, vm_node_stat", OOM_ABSENT};
}
