// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Who allocated each page, as /sys/kernel/debug/page_owner tells it (CONFIG_PAGE_OWNER and page_owner=on). Source:
 * mm/page_owner.c, mm/page_ext.c, include/linux/page_ext.h (4.6 to 6.12).
 *
 * Each frame has an entry of page_ext_size bytes: flags, and from page_owner_ops.offset on a struct page_owner, that of
 * its last allocation. PAGE_EXT_OWNER_ALLOCATED says that it was not freed since. Every page of a block has one, also
 * where the block was split later.
 */
#include "kernel/census.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRY_MAX = 1024, // bytes of an entry: some 80
	READ_BYTES = 16 * 1024,
	STACKS_MAX = 1 << 16, // of one thread; a kernel has some thousands
	LISTED = 100,
	NAME_BYTES = 256,
};

/* The plan. */

static struct oom_page_field member(struct oom_image *image, const char *type, const char *path, uint32_t from)
{
	struct oom_member m;
	if (oom_member(image, type, path, &m) != OOM_OK || m.offset > ENTRY_MAX || m.size > 16)
		return (struct oom_page_field){0};
	return (struct oom_page_field){from + m.offset, m.size};
}

static bool fits(struct oom_page_field f, uint32_t size)
{
	return f.at + f.size <= size;
}

static bool number(struct oom_page_field f)
{
	return f.size == 2 || f.size == 4;
}

static bool find_layout(struct oom_owner_layout *l, struct oom_image *image)
{
	struct oom_member at;
	uint64_t ops, offset, size = (uint64_t)oom_variable(image, "page_ext_size", 0); // 5.4 (5556cfe8d994)
	int64_t noted, used;
	if (oom_symbol(image, "page_owner_ops", &ops) != OOM_OK ||
	    oom_member(image, "page_ext_operations", "offset", &at) != OOM_OK ||
	    oom_read_ulong(image, ops + at.offset, &offset) != OOM_OK || size > ENTRY_MAX || offset >= size ||
	    oom_enumerator(image, "PAGE_EXT_OWNER", &noted) != OOM_OK || noted < 0 || noted > 31 ||
	    oom_enumerator(image, "PAGE_EXT_OWNER_ALLOCATED", &used) != OOM_OK || used < 0 || used > 31)
		return false;
	l->allocated = UINT64_C(1) << noted | UINT64_C(1) << used;
	l->flags = member(image, "page_ext", "flags", 0);
	l->order = member(image, "page_owner", "order", (uint32_t)offset);
	l->gfp = member(image, "page_owner", "gfp_mask", (uint32_t)offset);
	l->handle = member(image, "page_owner", "handle", (uint32_t)offset);
	l->pid = member(image, "page_owner", "pid", (uint32_t)offset); // 5.18, as comm
	l->comm = member(image, "page_owner", "comm", (uint32_t)offset);
	if (!fits(l->flags, (uint32_t)size) || !fits(l->order, (uint32_t)size) || !fits(l->gfp, (uint32_t)size) ||
	    !fits(l->handle, (uint32_t)size) || !fits(l->pid, (uint32_t)size) || !fits(l->comm, (uint32_t)size) ||
	    (l->flags.size != 4 && l->flags.size != 8) || !number(l->order) || !number(l->gfp) || l->handle.size != 4 ||
	    (l->pid.size && l->pid.size != 4))
		return false;
	l->size = (uint32_t)size;
	return true;
}

void oom_owners_find(struct oom_census_plan *plan, struct oom_case *c)
{
	int64_t on = oom_variable(plan->image, "page_owner_inited", 4);
	if (oom_built_without(plan->image, "page_owner_inited"))
		return;
	if (on == 0)
		oom_case_missing(
			c, "census: who allocated the pages is not noted: the kernel was booted without page_owner=on");
	else if (!plan->memmap.exts.n || !find_layout(&plan->owner, plan->image))
		oom_case_missing(c, "census: who allocated the pages cannot be read or is not described");
}

/* The walk. */

static const struct oom_memmap_ext *ext_of(const struct oom_memmap *memmap, uint64_t pfn)
{
	size_t low = 0, high = memmap->exts.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct oom_memmap_ext *ext = &memmap->exts.v[mid];
		if (pfn - ext->pfn < ext->n)
			return ext;
		if (pfn < ext->pfn)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/** The entry of @p pfn, read with those behind it; NULL. */
static const uint8_t *entry(struct oom_owners *o, const struct oom_census_plan *plan, struct oom_image *image,
			    struct oom_arena *arena, uint64_t pfn)
{
	uint32_t size = plan->owner.size;
	if (pfn - o->pfn < o->n)
		return o->buf + (pfn - o->pfn) * size;
	const struct oom_memmap_ext *ext = ext_of(&plan->memmap, pfn);
	if (!o->buf)
		o->buf = oom_alloc(arena, READ_BYTES);
	o->n = 0;
	if (!ext || !o->buf)
		return NULL;
	uint64_t left = ext->pfn + ext->n - pfn, n = READ_BYTES / size < left ? READ_BYTES / size : left;
	if (oom_read(image, ext->base + pfn * size, o->buf, n * size) != OOM_OK) {
		n = 1;
		if (oom_read(image, ext->base + pfn * size, o->buf, size) != OOM_OK)
			return NULL;
	}
	o->pfn = pfn;
	o->n = n;
	return o->buf;
}

/** The sum that @p handle belongs to; NULL: there are too many. */
static struct oom_owner *owner_of(struct oom_owners *o, struct oom_arena *arena, uint64_t handle, bool *added)
{
	const uint64_t *known = oom_map_get(&o->by_handle, handle);
	*added = false;
	if (known)
		return &o->list.v[*known];
	if (o->list.n >= STACKS_MAX)
		return NULL;
	struct oom_owner *owner = oom_list_add(arena, &o->list);
	if (!owner)
		return NULL;
	owner->handle = handle;
	*added = oom_map_add(&o->by_handle, handle, o->list.n - 1);
	return owner;
}

static void differ(struct oom_owner *to, const struct oom_owner *from)
{
	to->orders |= from->orders || to->order != from->order;
	to->gfps |= from->gfps || to->gfp != from->gfp;
	to->pids |= from->pids || to->pid != from->pid;
	// What stands behind the NUL is of an earlier allocation.
	to->comms |= from->comms || strncmp(to->comm, from->comm, sizeof(to->comm)) != 0;
}

static void add_owner(struct oom_owners *o, struct oom_arena *arena, const struct oom_owner *from)
{
	bool added;
	struct oom_owner *to = owner_of(o, arena, from->handle, &added);
	if (!to) {
		o->more += from->pages;
	} else if (added) {
		*to = *from;
	} else {
		to->pages += from->pages;
		to->unowned += from->unowned;
		differ(to, from);
	}
}

void oom_owners_take(struct oom_owners *o, const struct oom_census_plan *plan, struct oom_image *image,
		     struct oom_arena *arena, enum oom_page_kind kind, uint64_t pfn, uint64_t n)
{
	const struct oom_owner_layout *l = &plan->owner;
	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *p = entry(o, plan, image, arena, pfn + i);
		if (!p) {
			o->unreadable++;
			continue;
		}
		struct oom_owner owner = {.handle = oom_get_uint(image, p + l->handle.at, l->handle.size),
					  .pages = 1,
					  .unowned = kind == OOM_PAGE_UNOWNED,
					  .order = (uint32_t)oom_get_uint(image, p + l->order.at, l->order.size),
					  .gfp = (uint32_t)oom_get_uint(image, p + l->gfp.at, l->gfp.size)};
		uint64_t flags = oom_get_uint(image, p + l->flags.at, l->flags.size);
		if ((flags & l->allocated) != l->allocated || !owner.handle)
			continue;
		if (l->pid.size)
			owner.pid = (uint32_t)oom_get_uint(image, p + l->pid.at, l->pid.size);
		memcpy(owner.comm, p + l->comm.at, l->comm.size);
		add_owner(o, arena, &owner);
	}
}

void oom_owners_sum(struct oom_owners *sum, struct oom_arena *arena, const struct oom_owners *part)
{
	for (size_t i = 0; i < part->list.n; i++)
		add_owner(sum, arena, &part->list.v[i]);
	sum->more += part->more;
	sum->unreadable += part->unreadable;
}

/* Facts. */

/** Is this function one of those that hand out pages for others? */
static bool allocates_for_others(const char *name)
{
	// mm/page_alloc.c, mm/mempolicy.c, include/linux/gfp.h; of 4.19 to 6.18
	static const char *const begins[] = {"__alloc_pages",	     "alloc_pages",
					     "__alloc_frozen_pages", "alloc_frozen_pages",
					     "folio_alloc",	     "__folio_alloc",
					     "__get_free_pages",     "get_free_pages",
					     "get_zeroed_page",	     "get_page_from_freelist",
					     "prep_new_page",	     "post_alloc_hook",
					     "vma_alloc_folio",	     "alloc_page_interleave",
					     "make_alloc_exact",     "__set_page_owner",
					     "save_stack",	     "__alloc_page",
					     "alloc_slab_page",	     "vma_alloc_zeroed"};
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/** Adds the function at @p addr; the first that asked for itself becomes the caller. */
static void add_frame(struct oom_image *image, struct oom_arena *arena, struct oom_census_stack *row, uint64_t addr)
{
	char buf[NAME_BYTES];
	uint64_t distance = 0;
	const struct oom_module *module = oom_module_of(image, addr);
	const char *name = module ? oom_module_symbol_at(image, module, addr, buf, sizeof(buf), &distance) ? buf : NULL
				  : oom_symbol_at(image, addr, &distance);
	const char *of = module ? oom_module_name(module) : NULL;
	const char *left = of ? " [" : "", *right = of ? "]" : "";
	if (!name)
		oom_strings_addf(arena, &row->stack, "0x%llx%s%s%s", (unsigned long long)addr, left, of ? of : "",
				 right);
	else
		oom_strings_addf(arena, &row->stack, "%s+0x%llx%s%s%s", name, (unsigned long long)distance, left,
				 of ? of : "", right);
	if (name && !row->caller && !allocates_for_others(name))
		row->caller = oom_printf(arena, "%s%s%s%s", name, left, of ? of : "", right);
}

static int64_t kb_of(const struct oom_census_plan *plan, uint64_t pages, double scale)
{
	return oom_pages_kb(plan->image, (int64_t)((double)pages * scale + 0.5));
}

static void add_row(const struct oom_census_plan *plan, const struct oom_owner *owner, double scale,
		    struct oom_census_stack *row, struct oom_arena *arena, const struct oom_depot *depot)
{
	uint64_t frames[OOM_STACK_FRAMES];
	row->kb = kb_of(plan, owner->pages, scale);
	row->unowned_kb = kb_of(plan, owner->unowned, scale);
	if (!owner->orders)
		row->order = owner->order;
	if (!owner->gfps)
		row->gfp_mask = owner->gfp;
	if (plan->owner.pid.size && !owner->pids)
		row->pid = (int32_t)owner->pid;
	if (plan->owner.comm.size && !owner->comms)
		row->comm = oom_strndup(arena, owner->comm, strnlen(owner->comm, sizeof(owner->comm)));
	size_t n = depot->image ? oom_depot_stack(depot, (uint32_t)owner->handle, frames) : 0;
	row->stack.known = n > 0;
	for (size_t i = 0; i < n; i++)
		add_frame(plan->image, arena, row, frames[i]);
}

static int larger_first(const void *a, const void *b)
{
	const struct oom_owner *x = a, *y = b;
	if (x->pages != y->pages)
		return (x->pages < y->pages) - (x->pages > y->pages);
	return (x->handle > y->handle) - (x->handle < y->handle);
}

void oom_owners_add(const struct oom_census_plan *plan, const struct oom_owners *o, double scale,
		    struct oom_census *census, struct oom_case *c)
{
	struct oom_depot depot;
	if (!plan->owner.size)
		return;
	census->stacks.known = true;
	if (!oom_depot_find(&depot, plan->image)) {
		depot.image = NULL;
		oom_case_missing(c, "census: the stacks of page owners are not described");
	}
	if (o->list.n)
		qsort(o->list.v, o->list.n, sizeof(*o->list.v), larger_first);
	for (size_t i = 0; i < o->list.n && i < LISTED; i++) {
		struct oom_census_stack *row = oom_add_census_stack(c->arena, &census->stacks);
		if (row)
			add_row(plan, &o->list.v[i], scale, row, c->arena, &depot);
	}
	if (o->list.n > LISTED || o->more)
		oom_case_missing(c, "census: the %d largest of %s%zu stacks that allocated pages are listed", LISTED,
				 o->more ? "more than " : "", o->list.n);
	if (o->unreadable)
		oom_case_missing(c, "census: who allocated %llu pages is not in the dump",
				 (unsigned long long)o->unreadable);
}
