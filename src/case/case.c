// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Life of a case and of its elements: made with every fact absent, freed with the arena. */
#include "case/events.h"
#include "case/schema.h"
#include <stdio.h>
#include <string.h>

struct oom_case *oom_case_new(void)
{
	struct oom_arena *arena = oom_arena_new();
	struct oom_case *c = arena ? oom_alloc(arena, sizeof(*c)) : NULL;
	if (!c) {
		oom_arena_free(arena);
		return NULL;
	}
	oom_schema_init(&oom_schema_case, c);
	c->arena = arena;
	c->events.known = true;
	c->source.complete = OOM_YES;
	c->source.missing.known = true;
	return c;
}

void oom_case_free(struct oom_case *c)
{
	if (c)
		oom_arena_free(c->arena);
}

void oom_case_missing(struct oom_case *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	oom_strings_addf(c->arena, &c->source.missing, "%s", text);
}

/** Absent facts in a fresh element; NULL stays NULL. */
static void *fresh(const struct oom_schema *schema, void *element)
{
	if (element)
		oom_schema_init(schema, element);
	return element;
}

#define DEFINE_ADD(name, list)                                                                                         \
	struct oom_##name *oom_add_##name(struct oom_arena *arena, struct oom_##list *to)                              \
	{                                                                                                              \
		return fresh(&oom_schema_##name, oom_list_add(arena, to));                                             \
	}

DEFINE_ADD(node, nodes)
DEFINE_ADD(zone, zones)
DEFINE_ADD(free_area, free_areas)
DEFINE_ADD(task, tasks)
DEFINE_ADD(mapping, mappings)
DEFINE_ADD(note, notes)
DEFINE_ADD(memcg, memcgs)
DEFINE_ADD(slab, slabs)
DEFINE_ADD(hugetlb, hugetlbs)
DEFINE_ADD(shmem, shmems)
DEFINE_ADD(swap, swaps)
DEFINE_ADD(tmpfs, tmpfss)
DEFINE_ADD(zram, zrams)
DEFINE_ADD(vmalloc, vmallocs)
DEFINE_ADD(protocol, protocols)
DEFINE_ADD(alloc_site, alloc_sites)
DEFINE_ADD(victim, victims)
DEFINE_ADD(census_row, census_rows)
DEFINE_ADD(census_memcg, census_memcgs)
DEFINE_ADD(census_stack, census_stacks)

struct oom_event *oom_add_event(struct oom_arena *arena, struct oom_events *list)
{
	struct oom_event *e = fresh(&oom_schema_event, oom_list_add(arena, list));
	if (e) {
		e->index = (int64_t)list->n - 1;
		e->victims.known = true;
		e->missing.known = true;
	}
	return e;
}

struct oom_state *oom_new_state(struct oom_arena *arena)
{
	return fresh(&oom_schema_state, oom_alloc(arena, sizeof(struct oom_state)));
}

struct oom_event_memcg *oom_new_event_memcg(struct oom_arena *arena)
{
	return fresh(&oom_schema_event_memcg, oom_alloc(arena, sizeof(struct oom_event_memcg)));
}

struct oom_census *oom_new_census(struct oom_arena *arena)
{
	return fresh(&oom_schema_census, oom_alloc(arena, sizeof(struct oom_census)));
}

const struct oom_event *oom_last_event(const struct oom_case *c)
{
	for (size_t i = c->events.n; i-- > 0;) {
		if (c->events.v[i].capture_kernel != OOM_YES)
			return &c->events.v[i];
	}
	return c->events.n ? &c->events.v[c->events.n - 1] : NULL;
}
