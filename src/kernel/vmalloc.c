// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * vmalloc memory by who asked for it, as /proc/vmallocinfo tells it. Source: mm/vmalloc.c, include/linux/vmalloc.h.
 *
 *   vmap_area_list   until 6.8, one list of struct vmap_area
 *   vmap_nodes[]     since 6.9 (d093602919ad), one list at busy.head of each node
 */
#include "kernel/vmalloc.h"
#include "kernel/kernel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { V_FLAGS, V_PAGES, V_ARRAY, V_CALLER, V_NR };
static const struct oom_want area_wants[V_NR] = {
	[V_FLAGS] = {"vm_struct", "flags", NULL},
	[V_PAGES] = {"vm_struct", "nr_pages", NULL},
	[V_ARRAY] = {"vm_struct", "pages", NULL},
	[V_CALLER] = {"vm_struct", "caller", NULL},
};

enum {
	AREAS_LOOKED_AT = 60000, // unless --deep
	AREAS_MAX = 1 << 24,
	NODES_MAX = 1 << 16,
	CALLERS_LISTED = 100,
	VM_ALLOC = 2, // the others map memory that is not theirs
};

struct caller {
	uint64_t addr;
	int64_t pages, areas;
};

/** The lists of areas. */
struct areas_walk {
	struct oom_image *image;
	struct oom_layout layout;
	struct oom_record area;
	struct oom_member list, vm;
	bool (*each)(void *arg, const struct oom_vmalloc_area *area);
	void *arg;
	size_t *left, *lost;
};

static bool take_entry(void *arg, uint64_t entry)
{
	struct areas_walk *w = arg;
	if (!*w->left)
		return false;
	--*w->left;
	// A free area of the map itself has no vm_struct.
	uint64_t vm = oom_deref(w->image, entry - w->list.offset + w->vm.offset);
	if (!vm)
		return true;
	if (!oom_record_read(&w->area, vm)) {
		++*w->lost;
		return true;
	}
	struct oom_vmalloc_area area = {
		.pages = oom_record_ptr(&w->area, V_ARRAY),
		.nr_pages = oom_record_int(&w->area, V_PAGES),
		.caller = oom_record_ptr(&w->area, V_CALLER),
	};
	if (!(oom_record_int(&w->area, V_FLAGS) & VM_ALLOC) || area.nr_pages <= 0 || area.nr_pages > UINT32_MAX)
		return true;
	return w->each(w->arg, &area);
}

/** All lists; false: they break off, or are not known. */
static bool each_list(struct areas_walk *w)
{
	struct oom_member head;
	uint64_t at;
	uint32_t size;
	if (oom_symbol(w->image, "vmap_area_list", &at) == OOM_OK)
		return oom_list_each(w->image, at, AREAS_MAX, take_entry, w);
	int64_t n = oom_variable(w->image, "nr_vmap_nodes", 4);
	at = oom_variable_ptr(w->image, "vmap_nodes");
	if (!at || n <= 0 || n > NODES_MAX || oom_type_size(w->image, "vmap_node", &size) != OOM_OK ||
	    oom_member(w->image, "vmap_node", "busy.head", &head) != OOM_OK)
		return false;
	bool whole = true;
	for (int64_t i = 0; i < n; i++)
		whole &= oom_list_each(w->image, at + (uint64_t)i * size + head.offset, AREAS_MAX, take_entry, w);
	return whole;
}

bool oom_each_vmalloc_area(struct oom_image *image, bool (*each)(void *arg, const struct oom_vmalloc_area *area),
			   void *arg, size_t *left, size_t *lost)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct areas_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	*lost = 0;
	if (!w)
		return false;
	*w = (struct areas_walk){.image = image, .each = each, .arg = arg, .left = left, .lost = lost};
	oom_layout_find(&w->layout, image, area_wants, V_NR);
	return w->layout.m[V_PAGES].known && oom_member(image, "vmap_area", "list", &w->list) == OOM_OK &&
	       oom_member(image, "vmap_area", "vm", &w->vm) == OOM_OK &&
	       oom_record_init(&w->area, image, &w->layout, temp) && each_list(w);
}

/* By caller. */

struct vmalloc_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_map by_addr; // caller -> number in the list
	OOM_LIST(callers, struct caller) callers;
	int64_t areas;
	size_t unnamed; // callers
};

static bool take_area(void *arg, const struct oom_vmalloc_area *area)
{
	struct vmalloc_walk *w = arg;
	uint64_t addr = area->caller;
	w->areas++;
	const uint64_t *known = oom_map_get(&w->by_addr, addr ? addr : 1);
	struct caller *caller = known ? &w->callers.v[*known] : oom_list_add(w->temp, &w->callers);
	if (!caller)
		return false;
	if (!known && oom_map_add(&w->by_addr, addr ? addr : 1, w->callers.n - 1))
		caller->addr = addr;
	caller->pages += area->nr_pages;
	caller->areas++;
	return true;
}

static int larger_first(const void *a, const void *b)
{
	const struct caller *x = a, *y = b;
	if (x->pages != y->pages)
		return (x->pages < y->pages) - (x->pages > y->pages);
	return (x->addr > y->addr) - (x->addr < y->addr);
}

/** The function that @p addr is in, and its module. */
static void name_caller(struct vmalloc_walk *w, uint64_t addr, struct oom_vmalloc *row)
{
	char name[512];
	uint64_t distance;
	const struct oom_module *module = addr ? oom_module_of(w->image, addr) : NULL;
	if (!addr)
		return;
	if (module) {
		row->module = oom_strdup(w->c->arena, oom_module_name(module));
		if (oom_module_symbol_at(w->image, module, addr, name, sizeof(name), &distance))
			row->caller = oom_strdup(w->c->arena, name);
	} else {
		const char *symbol = oom_symbol_at(w->image, addr, &distance);
		row->caller = symbol ? oom_strdup(w->c->arena, symbol) : NULL;
	}
	w->unnamed += !row->caller;
	if (!row->caller)
		row->caller = oom_printf(w->c->arena, "address 0x%" PRIx64, addr);
}

/** Does this function ask for kernel stacks? kernel/fork.c: the caller is the function that the allocation is inlined
 * in. */
static bool asks_for_stacks(const char *caller)
{
	static const char *const names[] = {"dup_task_struct", "alloc_thread_stack_node", "copy_process",
					    "kernel_clone", "_do_fork"};
	for (size_t i = 0; caller && i < sizeof(names) / sizeof(*names); i++)
		if (strncmp(caller, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

bool oom_vmalloc_asks_for_stacks(struct oom_image *image, uint64_t caller)
{
	uint64_t distance;
	return caller && !oom_module_of(image, caller) && asks_for_stacks(oom_symbol_at(image, caller, &distance));
}

/** Adds the row @p made to the one of the same function, if there is one: it may ask at several places. */
static bool merge(struct oom_vmallocs *rows, const struct oom_vmalloc *made)
{
	for (size_t i = 0; i + 1 < rows->n; i++) {
		struct oom_vmalloc *row = &rows->v[i];
		bool same_module = row->module && made->module ? strcmp(row->module, made->module) == 0
							       : row->module == made->module;
		if (!row->caller || !made->caller || !same_module || strcmp(row->caller, made->caller) != 0)
			continue;
		row->kb = oom_plus(row->kb, made->kb);
		row->areas += made->areas;
		return true;
	}
	return false;
}

static int larger_row_first(const void *a, const void *b)
{
	const struct oom_vmalloc *x = a, *y = b;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	return (x->origin.at > y->origin.at) - (x->origin.at < y->origin.at);
}

static void add_rows(struct vmalloc_walk *w, bool deep)
{
	struct oom_vmallocs *rows = &w->c->state->vmallocs;
	if (w->callers.n)
		qsort(w->callers.v, w->callers.n, sizeof(*w->callers.v), larger_first);
	for (size_t i = 0; i < w->callers.n && (deep || i < CALLERS_LISTED); i++) {
		const struct caller *caller = &w->callers.v[i];
		struct oom_vmalloc *row = oom_add_vmalloc(w->c->arena, rows);
		if (!row)
			return;
		row->kb = oom_pages_kb(w->image, caller->pages);
		row->areas = caller->areas;
		size_t unnamed = w->unnamed;
		name_caller(w, caller->addr, row);
		row->stacks = w->unnamed > unnamed			     ? OOM_MAYBE
			      : row->module || !asks_for_stacks(row->caller) ? OOM_NO
									     : OOM_YES;
		row->origin =
			(struct oom_origin){OOM_FROM_MEMORY, "the caller in struct vm_struct", (int64_t)caller->addr};
		if (merge(rows, row))
			rows->n--;
	}
	if (rows->n)
		qsort(rows->v, rows->n, sizeof(*rows->v), larger_row_first);
}

static void sum_modules(struct oom_image *image, struct oom_memory *m)
{
	const struct oom_module *module;
	uint64_t sum = 0;
	size_t i = 0;
	while ((module = oom_module_nth(image, i))) {
		sum += oom_module_size(module);
		i++;
	}
	if (i && oom_modules_whole(image) && sum < INT64_MAX)
		m->modules_kb = (int64_t)(sum / 1024);
}

void oom_walk_vmalloc(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct vmalloc_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	if (!w || !oom_case_state(c))
		return;
	*w = (struct vmalloc_walk){.image = image, .c = c, .temp = temp};
	sum_modules(image, &c->state->memory);
	struct oom_member pages;
	if (oom_member(image, "vm_struct", "nr_pages", &pages) != OOM_OK) {
		oom_case_missing(c, "vmallocs: struct vm_struct is not described");
		return;
	}
	size_t left = deep ? AREAS_MAX : AREAS_LOOKED_AT, lost;
	bool whole = oom_each_vmalloc_area(image, take_area, w, &left, &lost);
	add_rows(w, deep);
	if (w->unnamed)
		oom_case_missing(c, "vmallocs: %zu of the callers have no name: no symbol of theirs can be read",
				 w->unnamed);
	c->state->vmallocs.known = whole || w->callers.n;
	if (!whole || lost)
		oom_case_missing(c, "vmallocs: areas are not all in the dump");
	else if (!left)
		oom_case_missing(c, "vmallocs: truncated: only %d areas were looked at, --deep looks at all",
				 AREAS_LOOKED_AT);
	else
		c->state->totals.vmalloc_areas = w->areas;
	oom_map_free(&w->by_addr);
}
