// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Memory by the place in the source that allocated it, as /proc/allocinfo tells it. Source: lib/alloc_tag.c,
 * lib/codetag.c, include/linux/alloc_tag.h, codetag.h (6.10, CONFIG_MEM_ALLOC_PROFILING).
 *
 * A struct alloc_tag for each place lies in an array of the kernel's and one of each module; mod_idr of the type has
 * their bounds. Its counters are per-CPU. They count only while mem_alloc_profiling_key is on.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <stdlib.h>
#include <string.h>

enum { T_FUNCTION, T_FILE, T_LINE, T_MODULE, T_COUNTERS, T_NR };
static const struct oom_want tag_wants[T_NR] = {
	[T_FUNCTION] = {"alloc_tag", "ct.function", NULL}, [T_FILE] = {"alloc_tag", "ct.filename", NULL},
	[T_LINE] = {"alloc_tag", "ct.lineno", NULL},	   [T_MODULE] = {"alloc_tag", "ct.modname", NULL},
	[T_COUNTERS] = {"alloc_tag", "counters", NULL},
};

enum {
	MODULES_MAX = 4096,
	TAGS_MAX = 1 << 20, // of one module; a kernel has some thousands
	LISTED = 50,
	NAME_BYTES = 256,
};

struct tag {
	uint64_t addr;
	int64_t bytes, calls;
};

struct tags_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_layout layout;
	struct oom_record tag;
	struct oom_percpu cpus;
	struct oom_member start, stop, bytes, calls; // of codetag_module; of alloc_tag_counters
	uint32_t size;				     // of alloc_tag
	OOM_LIST(tag_list, struct tag) tags;
	size_t lost;
};

/** The sum over all CPUs: a page may be freed on another CPU than it was allocated on. */
static bool sum(const struct tags_walk *w, uint64_t counters, struct tag *ret)
{
	for (size_t i = 0; i < w->cpus.n; i++) {
		uint64_t bytes, calls, at = oom_percpu_addr(&w->cpus, counters, i);
		if (oom_read_u64(w->image, at + w->bytes.offset, &bytes) != OOM_OK ||
		    oom_read_u64(w->image, at + w->calls.offset, &calls) != OOM_OK)
			return false;
		ret->bytes = (int64_t)((uint64_t)ret->bytes + bytes);
		ret->calls = (int64_t)((uint64_t)ret->calls + calls);
	}
	return true;
}

static bool take_module(void *arg, uint64_t module)
{
	struct tags_walk *w = arg;
	uint64_t start = oom_deref(w->image, module + w->start.offset),
		 stop = oom_deref(w->image, module + w->stop.offset);
	if (stop < start || (stop - start) / w->size > TAGS_MAX) {
		w->lost++;
		return true;
	}
	for (uint64_t at = start; at + w->size <= stop; at += w->size) {
		struct tag found = {.addr = at};
		uint64_t counters = oom_record_read(&w->tag, at) ? oom_record_ptr(&w->tag, T_COUNTERS) : 0;
		if (!counters || !sum(w, counters, &found)) {
			w->lost++;
			continue;
		}
		struct tag *tag = found.bytes > 0 ? oom_list_add(w->temp, &w->tags) : NULL;
		if (tag)
			*tag = found;
	}
	return true;
}

static int larger_first(const void *a, const void *b)
{
	const struct tag *x = a, *y = b;
	if (x->bytes != y->bytes)
		return (x->bytes < y->bytes) - (x->bytes > y->bytes);
	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void add_row(struct tags_walk *w, const struct tag *tag)
{
	struct oom_alloc_site *row =
		oom_record_read(&w->tag, tag->addr) ? oom_add_alloc_site(w->c->arena, &w->c->state->allocs) : NULL;
	if (!row)
		return;
	const char *file = oom_string_at(w->image, oom_record_ptr(&w->tag, T_FILE), NAME_BYTES, w->temp);
	const char *module = oom_string_at(w->image, oom_record_ptr(&w->tag, T_MODULE), NAME_BYTES, w->temp);
	int64_t line = oom_record_int(&w->tag, T_LINE);
	if (file)
		row->file = oom_printf(w->c->arena, "%s:%lld%s%s%s", file, (long long)oom_or(line, 0),
				       module ? " [" : "", module ? module : "", module ? "]" : "");
	row->function = oom_string_at(w->image, oom_record_ptr(&w->tag, T_FUNCTION), NAME_BYTES, w->c->arena);
	row->kb = tag->bytes / 1024;
	row->calls = tag->calls;
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct alloc_tag", (int64_t)tag->addr};
}

static bool find_types(struct tags_walk *w)
{
	struct oom_image *image = w->image;
	return oom_layout_find(&w->layout, image, tag_wants, T_NR) == T_NR &&
	       oom_type_size(image, "alloc_tag", &w->size) == OOM_OK && w->size &&
	       oom_member(image, "codetag_module", "range.start", &w->start) == OOM_OK &&
	       oom_member(image, "codetag_module", "range.stop", &w->stop) == OOM_OK &&
	       oom_member(image, "alloc_tag_counters", "bytes", &w->bytes) == OOM_OK &&
	       oom_member(image, "alloc_tag_counters", "calls", &w->calls) == OOM_OK &&
	       oom_record_init(&w->tag, image, &w->layout, w->temp) && oom_percpu_init(&w->cpus, image, w->temp);
}

void oom_walk_allocs(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct tags_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	struct oom_member root;
	uint64_t type = oom_variable_ptr(image, "alloc_tag_cttype");
	if (!w || !oom_case_state(c) || oom_built_without(image, "alloc_tag_cttype"))
		return;
	*w = (struct tags_walk){.image = image, .c = c, .temp = temp};
	if (oom_variable(image, "mem_alloc_profiling_key", 4) == 0) {
		oom_case_missing(c, "allocs: memory allocation profiling was off (sysctl vm.mem_profiling)");
		return;
	}
	if (!type || !find_types(w) || oom_member(image, "codetag_type", "mod_idr.idr_rt.xa_head", &root) != OOM_OK ||
	    !oom_xarray_each(image, oom_deref(image, type + root.offset), MODULES_MAX, take_module, w)) {
		oom_case_missing(c, "allocs: the tags of allocations cannot be read or are not described");
		return;
	}
	c->state->allocs.known = true;
	if (w->tags.n)
		qsort(w->tags.v, w->tags.n, sizeof(*w->tags.v), larger_first);
	for (size_t i = 0; i < w->tags.n && (deep || i < LISTED); i++)
		add_row(w, &w->tags.v[i]);
	if (w->lost)
		oom_case_missing(c, "allocs: %zu tags or modules not in the dump", w->lost);
}
