// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The tree of memory cgroups: root_mem_cgroup -> css.children -> css.sibling, removed groups too as long as something
 * is charged to them. Source: include/linux/memcontrol.h, include/linux/page_counter.h, kernel/cgroup/cgroup.c
 * (css_release_work_fn() takes a group off its parent's list, long after kill_css()).
 *
 * The root has neither a limit nor a usage of its own and gets no row. Version 1 counts memory and swap together in
 * memsw, which is the same member as swap (3e24b19d3c0b).
 */
#include "kernel/kernel.h"
#include "kernel/memcg.h"
#include "kernel/tasks.h"

#include <stdlib.h>
#include <string.h>

enum {
	G_FLAGS,
	G_CGROUP,
	G_USAGE,
	G_MAX,
	G_HIGH,
	G_LOW,
	G_MIN,
	G_PEAK,
	G_FAILCNT,
	G_TRACK,
	G_SWAP,
	G_SWAP_MAX,
	G_KMEM,
	G_TCP,
	G_SOFT,
	G_OOM_GROUP,
	G_KILL_DISABLE,
	G_EVENTS,
	G_NR
};
static const struct oom_want wants[G_NR] = {
	[G_FLAGS] = {"mem_cgroup", "css.flags", NULL},
	[G_CGROUP] = {"mem_cgroup", "css.cgroup", NULL},
	[G_USAGE] = {"mem_cgroup", "memory.usage", "memory.count"}, // renamed in 4.18 (bbec2e15170a)
	[G_MAX] = {"mem_cgroup", "memory.max", "memory.limit"},
	[G_HIGH] = {"mem_cgroup", "memory.high", "high"}, // 5.8 (d1663a907b44)
	[G_LOW] = {"mem_cgroup", "memory.low", "low"},
	[G_MIN] = {"mem_cgroup", "memory.min", NULL}, // 4.18
	[G_PEAK] = {"mem_cgroup", "memory.watermark", NULL},
	[G_FAILCNT] = {"mem_cgroup", "memory.failcnt", NULL},
	[G_TRACK] = {"mem_cgroup", "memory.track_failcnt", NULL}, // 7.0: not counted in version 2
	[G_SWAP] = {"mem_cgroup", "swap.usage", "swap.count"},
	[G_SWAP_MAX] = {"mem_cgroup", "swap.max", "swap.limit"},
	[G_KMEM] = {"mem_cgroup", "kmem.usage", "kmem.count"},
	[G_TCP] = {"mem_cgroup", "tcpmem.usage", "tcpmem.count"},
	[G_SOFT] = {"mem_cgroup", "soft_limit", NULL},
	[G_OOM_GROUP] = {"mem_cgroup", "oom_group", NULL},
	[G_KILL_DISABLE] = {"mem_cgroup", "oom_kill_disable", NULL},
	[G_EVENTS] = {"mem_cgroup", "memory_events", NULL}, // 4.18 (e27be240df53)
};

enum {
	LOOKED_AT = 1 << 17, // unless --deep: each is a page or two to read
	GROUPS_MAX = 1 << 22,
	LISTED = 500,
	CPU_PARTS = 20000, // groups times CPUs, unless --deep
};

struct tree_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_layout layout;
	struct oom_record group;
	struct oom_member css, children, sibling, descendants, dying;
	struct oom_cgroups *cgroups;
	struct oom_map seen;
	struct oom_memcg_nodes nodes;
	size_t max, parent, lost;
	bool v1, slab_in_bytes, whole, broken;
	int64_t flag_dying, flag_online, unlimited;
	const char **tasks; // paths of all processes, sorted
	size_t nr_tasks;
};

static bool take_child(void *arg, uint64_t entry)
{
	struct tree_walk *w = arg;
	if (w->nodes.n >= w->max) {
		w->whole = false;
		return false;
	}
	uint64_t addr = entry - w->sibling.offset - w->css.offset;
	if (!oom_map_add(&w->seen, addr, 1)) {
		w->broken = true;
		return false;
	}
	struct oom_memcg_node *node = oom_list_add(w->temp, &w->nodes);
	if (node)
		*node = (struct oom_memcg_node){.addr = addr, .parent = w->parent};
	return node != NULL;
}

/** A number of pages that may be no limit. */
static int64_t limit_kb(const struct tree_walk *w, int64_t pages)
{
	if (!oom_known(pages))
		return OOM_ABSENT;
	return pages >= w->unlimited || pages < 0 ? OOM_UNLIMITED : oom_pages_kb(w->image, pages);
}

static int64_t event(const struct tree_walk *w, const char *name)
{
	int64_t at = oom_enum_or(w->image, name, OOM_ABSENT);
	return at >= 0 ? oom_record_nth(&w->group, G_EVENTS, (size_t)at) : OOM_ABSENT;
}

/** Reads the group's record into its node; false: it is not in the dump. */
static bool look(struct tree_walk *w, struct oom_memcg_node *node)
{
	if (!oom_record_read(&w->group, node->addr) || !oom_record_has(&w->group, G_USAGE))
		return false;
	int64_t flags = oom_record_int(&w->group, G_FLAGS), max = oom_record_int(&w->group, G_MAX);
	node->usage = oom_record_signed(&w->group, G_USAGE);
	// A group that is being made is not online yet, and not dying either.
	node->dying = oom_known(flags) && ((flags & w->flag_dying) || !(flags & w->flag_online));
	node->pressed = oom_known(max) && max >= 0 && max < w->unlimited &&
			(node->usage >= max - max / 64 || event(w, "MEMCG_OOM") > 0);
	return true;
}

/** All groups, parents before children, breadth first: where the work is bounded, the upper ones are all seen. */
static void build(struct tree_walk *w, uint64_t root)
{
	struct oom_memcg_node *first = oom_list_add(w->temp, &w->nodes);
	w->whole = first != NULL;
	if (first)
		*first = (struct oom_memcg_node){.addr = root, .parent = SIZE_MAX};
	for (size_t i = 0; i < w->nodes.n; i++) {
		w->parent = i;
		if (!look(w, &w->nodes.v[i]))
			w->lost++;
		if (!oom_list_each(w->image, w->nodes.v[i].addr + w->css.offset + w->children.offset, GROUPS_MAX,
				   take_child, w))
			w->broken = true;
	}
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_tasks(struct tree_walk *w)
{
	const struct oom_tasks *tasks = &w->c->state->tasks;
	w->tasks = tasks->n ? oom_alloc(w->temp, tasks->n * sizeof(*w->tasks)) : NULL;
	for (size_t i = 0; w->tasks && i < tasks->n; i++)
		if (tasks->v[i].memcg)
			w->tasks[w->nr_tasks++] = tasks->v[i].memcg;
	if (w->tasks && w->nr_tasks)
		qsort(w->tasks, w->nr_tasks, sizeof(*w->tasks), compare_paths);
}

/** Number of processes with this path, by two binary searches. */
static int64_t processes_in(const struct tree_walk *w, const char *path)
{
	size_t bound[2];
	for (int upper = 0; upper < 2; upper++) {
		size_t low = 0, high = w->nr_tasks;
		while (low < high) {
			size_t mid = low + (high - low) / 2;
			int order = strcmp(w->tasks[mid], path);
			if (order < 0 || (upper && order == 0))
				low = mid + 1;
			else
				high = mid;
		}
		bound[upper] = low;
	}
	return (int64_t)(bound[1] - bound[0]);
}

static int64_t stat_kb(const struct tree_walk *w, const struct oom_memcg_node *node, enum oom_memcg_stat i)
{
	int64_t value = node->has_stats ? node->stats.n[i] : OOM_ABSENT;
	bool bytes = w->slab_in_bytes && (i == OOM_MEMCG_SLAB_R || i == OOM_MEMCG_SLAB_U);
	return bytes && oom_known(value) ? (value > 0 ? value / 1024 : 0) : oom_pages_kb(w->image, value);
}

static void take_stats(const struct tree_walk *w, const struct oom_memcg_node *node, struct oom_memcg *row)
{
	row->anon_kb = stat_kb(w, node, OOM_MEMCG_ANON);
	row->file_kb = stat_kb(w, node, OOM_MEMCG_FILE);
	row->shmem_kb = stat_kb(w, node, OOM_MEMCG_SHMEM);
	row->slab_kb = oom_plus(stat_kb(w, node, OOM_MEMCG_SLAB_R), stat_kb(w, node, OOM_MEMCG_SLAB_U));
	row->kmem_kb =
		w->v1 ? oom_pages_kb(w->image, oom_record_signed(&w->group, G_KMEM)) : stat_kb(w, node, OOM_MEMCG_KMEM);
}

static void take_events(const struct tree_walk *w, struct oom_memcg *row)
{
	row->events_low = event(w, "MEMCG_LOW");
	row->events_high = event(w, "MEMCG_HIGH");
	row->events_max = event(w, "MEMCG_MAX");
	row->events_oom = event(w, "MEMCG_OOM");
	row->events_oom_kill = event(w, "MEMCG_OOM_KILL");
	row->events_oom_group_kill = event(w, "MEMCG_OOM_GROUP_KILL"); // 5.17 (b6bf9abb0aa4)
}

static void take_limits(const struct tree_walk *w, struct oom_memcg *row)
{
	const struct oom_record *r = &w->group;
	row->limit_kb = limit_kb(w, oom_record_int(r, G_MAX));
	// Where failures are not counted, the kernel itself prints this event instead.
	row->failcnt = oom_record_int(r, G_TRACK) == 0 ? event(w, "MEMCG_MAX") : oom_record_int(r, G_FAILCNT);
	row->peak_kb = oom_pages_kb(w->image, oom_record_int(r, G_PEAK));
	int64_t swap = oom_pages_kb(w->image, oom_record_signed(r, G_SWAP));
	int64_t swap_max = limit_kb(w, oom_record_int(r, G_SWAP_MAX));
	if (w->v1) {
		row->memsw_usage_kb = swap;
		row->memsw_limit_kb = swap_max;
		row->low_kb = limit_kb(w, oom_record_int(r, G_SOFT));
		row->tcp_kb = oom_pages_kb(w->image, oom_record_signed(r, G_TCP));
		return;
	}
	row->swap_usage_kb = swap;
	row->swap_limit_kb = swap_max;
	row->high_kb = limit_kb(w, oom_record_int(r, G_HIGH));
	row->low_kb = limit_kb(w, oom_record_int(r, G_LOW));
	row->min_kb = limit_kb(w, oom_record_int(r, G_MIN));
}

static void take_cgroup(const struct tree_walk *w, struct oom_memcg *row)
{
	uint64_t cgroup = oom_record_ptr(&w->group, G_CGROUP);
	uint32_t n;
	if (!cgroup)
		return;
	row->path = oom_cgroups_path(w->cgroups, cgroup);
	if (w->descendants.known && oom_read_u32(w->image, cgroup + w->descendants.offset, &n) == OOM_OK)
		row->descendants = n;
	if (w->dying.known && oom_read_u32(w->image, cgroup + w->dying.offset, &n) == OOM_OK)
		row->dying_descendants = n;
	if (row->path && w->nr_tasks)
		row->procs = processes_in(w, row->path);
}

static oom_tri truth(int64_t value)
{
	return oom_known(value) ? (value ? OOM_YES : OOM_NO) : OOM_MAYBE;
}

static void add_row(struct tree_walk *w, struct oom_memcg_node *node)
{
	struct oom_memcg *row = look(w, node) ? oom_add_memcg(w->c->arena, &w->c->state->memcgs) : NULL;
	if (!row)
		return;
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct mem_cgroup", (int64_t)node->addr};
	row->usage_kb = oom_pages_kb(w->image, node->usage);
	row->dying = node->dying ? OOM_YES : OOM_NO;
	take_limits(w, row);
	take_stats(w, node, row);
	take_events(w, row);
	take_cgroup(w, row);
	row->oom_group = w->v1 ? OOM_MAYBE : truth(oom_record_int(&w->group, G_OOM_GROUP));
	row->oom_kill_disable = w->v1 ? truth(oom_record_int(&w->group, G_KILL_DISABLE)) : OOM_MAYBE;
}

/** Groups at their limits first, then the largest. */
static int important_first(const void *a, const void *b)
{
	const struct oom_memcg_node *x = *(const struct oom_memcg_node *const *)a;
	const struct oom_memcg_node *y = *(const struct oom_memcg_node *const *)b;
	if (x->pressed != y->pressed)
		return y->pressed - x->pressed;
	if (x->usage != y->usage)
		return (x->usage < y->usage) - (x->usage > y->usage);
	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void add_rows(struct tree_walk *w, bool deep)
{
	size_t n = w->nodes.n ? w->nodes.n - 1 : 0;
	struct oom_memcg_node **sorted = n ? oom_alloc(w->temp, n * sizeof(*sorted)) : NULL;
	if (!sorted)
		return;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &w->nodes.v[i + 1];
	qsort(sorted, n, sizeof(*sorted), important_first);
	for (size_t i = 0; i < n && (deep || i < LISTED); i++)
		add_row(w, sorted[i]);
	if (n > w->c->state->memcgs.n + w->lost)
		oom_case_missing(w->c,
				 "memcgs: truncated: the %zu most important of %zu groups are listed, --deep lists all",
				 w->c->state->memcgs.n, n);
}

static void add_totals(const struct tree_walk *w)
{
	struct oom_totals *t = &w->c->state->totals;
	if (!w->whole)
		return; // of those that were looked at is no total
	t->memcgs = t->memcgs_dying = t->memcgs_dying_kb = 0;
	for (size_t i = 1; i < w->nodes.n; i++) {
		const struct oom_memcg_node *node = &w->nodes.v[i];
		if (!node->dying) {
			t->memcgs++;
			continue;
		}
		t->memcgs_dying++;
		// Below a dying group all are dying, and are in its usage already.
		if (!w->nodes.v[node->parent].dying)
			t->memcgs_dying_kb =
				oom_plus(t->memcgs_dying_kb, oom_or(oom_pages_kb(w->image, node->usage), 0));
	}
}

static bool find_types(struct tree_walk *w, bool deep)
{
	struct oom_image *image = w->image;
	oom_layout_find(&w->layout, image, wants, G_NR);
	oom_member(image, "cgroup", "nr_descendants", &w->descendants);
	oom_member(image, "cgroup", "nr_dying_descendants", &w->dying);
	w->flag_dying = oom_enum_or(image, "CSS_DYING", 0);
	w->flag_online = oom_enum_or(image, "CSS_ONLINE", 2);
	w->slab_in_bytes = oom_memcg_slab_in_bytes(image);
	w->v1 = w->c->system.cgroup_version == 1;
	// PAGE_COUNTER_MAX: LONG_MAX / PAGE_SIZE, or LONG_MAX with 32 bits.
	const struct oom_image_info *info = oom_image_info(image);
	w->unlimited = info->ptr_size == 8 ? INT64_MAX / info->page_size : INT32_MAX;
	w->max = deep ? GROUPS_MAX : LOOKED_AT;
	return oom_member(image, "mem_cgroup", "css", &w->css) == OOM_OK &&
	       oom_member(image, "cgroup_subsys_state", "children", &w->children) == OOM_OK &&
	       oom_member(image, "cgroup_subsys_state", "sibling", &w->sibling) == OOM_OK &&
	       w->layout.m[G_USAGE].known && w->layout.m[G_MAX].known &&
	       oom_record_init(&w->group, image, &w->layout, w->temp);
}

/** Statistics, if the CPUs' parts of all groups are not too many to read. */
static void read_stats(struct tree_walk *w, bool deep)
{
	struct oom_percpu percpu;
	if (!oom_percpu_init(&percpu, w->image, w->temp) || w->nodes.n < 2)
		return;
	if (!deep && (!w->whole || w->nodes.n > CPU_PARTS / percpu.n))
		oom_case_missing(w->c, "memcgs: statistics are not added up, --deep does");
	else if (w->broken || !oom_memcg_read_stats(w->image, &w->nodes, &percpu))
		oom_case_missing(w->c, "memcgs: statistics cannot be read or are not described");
}

static void walk(struct tree_walk *w, uint64_t root, bool deep)
{
	build(w, root);
	if (w->broken)
		oom_case_missing(w->c, "memcgs: parts of the tree are not in the dump");
	if (!w->whole)
		oom_case_missing(w->c,
				 "memcgs: truncated: only the upper %zu groups were looked at, --deep looks at all",
				 w->nodes.n - 1);
	w->c->state->memcgs.known = true;
	read_stats(w, deep);
	sort_tasks(w);
	add_rows(w, deep);
	if (!w->broken && !w->lost)
		add_totals(w);
	if (w->lost)
		oom_case_missing(w->c, "memcgs: %zu groups not in the dump", w->lost);
}

void oom_walk_memcgs(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct tree_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	if (!w || !oom_case_state(c))
		return;
	if (oom_built_without(image, "root_mem_cgroup")) { // CONFIG_MEMCG=n
		c->state->memcgs.known = true;
		return;
	}
	w->image = image;
	w->c = c;
	w->temp = temp;
	uint64_t root = oom_variable_ptr(image, "root_mem_cgroup");
	w->cgroups = oom_cgroups_new(image, temp, c->arena);
	if (root && w->cgroups && find_types(w, deep))
		walk(w, root, deep);
	else
		oom_case_missing(c, "memcgs: root_mem_cgroup is not found or not described");
	oom_cgroups_free(w->cgroups);
	oom_map_free(&w->seen);
}
