// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Zones at collection: /proc/zoneinfo and buddyinfo (mm/vmstat.c: zoneinfo_show_print(), frag_show_print()). */
#include "sos/internal.h"
#include <stdlib.h>

enum { NODES = 4096, ZONES = 16, ORDERS = 32, RESERVES = 16 };

#define C(member) offsetof(struct oom_counters, member)
#define Z(member) offsetof(struct oom_zone, member)
/** Counters in pages. Those whose unit depends on the version (stacks, huge pages) are left out. */
static const struct {
	const char *name;
	size_t offset;
} counters[] =
	{
		{"nr_active_anon", C(active_anon_kb)},
		{"nr_inactive_anon", C(inactive_anon_kb)},
		{"nr_active_file", C(active_file_kb)},
		{"nr_inactive_file", C(inactive_file_kb)},
		{"nr_zone_active_anon", C(active_anon_kb)},
		{"nr_zone_inactive_anon", C(inactive_anon_kb)},
		{"nr_zone_active_file", C(active_file_kb)},
		{"nr_zone_inactive_file", C(inactive_file_kb)},
		{"nr_unevictable", C(unevictable_kb)},
		{"nr_zone_unevictable", C(unevictable_kb)},
		{"nr_isolated_anon", C(isolated_anon_kb)},
		{"nr_isolated_file", C(isolated_file_kb)},
		{"nr_anon_pages", C(anon_kb)},
		{"nr_file_pages", C(file_kb)},
		{"nr_mapped", C(mapped_kb)},
		{"nr_dirty", C(dirty_kb)},
		{"nr_writeback", C(writeback_kb)},
		{"nr_writeback_temp", C(writeback_tmp_kb)},
		{"nr_shmem", C(shmem_kb)},
		{"nr_slab_reclaimable", C(slab_reclaimable_kb)},
		{"nr_slab_unreclaimable", C(slab_unreclaimable_kb)},
		{"nr_page_table_pages", C(page_tables_kb)},
		{"nr_sec_page_table_pages", C(sec_page_tables_kb)},
		{"nr_mlock", C(mlocked_kb)},
		{"nr_bounce", C(bounce_kb)},
		{"nr_zone_write_pending", C(writepending_kb)},
		{"nr_zspages", C(zspages_kb)},
		{"nr_free_cma", C(free_cma_kb)},
		{"nr_swapcached", C(swap_cached_kb)},
},
  sizes[] = {
	  {"min", Z(min_kb)},	      {"low", Z(low_kb)},	  {"high", Z(high_kb)},	      {"boost", Z(boost_kb)},
	  {"spanned", Z(spanned_kb)}, {"present", Z(present_kb)}, {"managed", Z(managed_kb)},
};

static void store(void *base, size_t offset, int64_t pages, int64_t page_kb)
{
	int64_t kb;
	if (oom_known(pages) && !__builtin_mul_overflow(pages, page_kb, &kb))
		memcpy((char *)base + offset, &kb, sizeof(kb));
}

/** "Node 0, zone      DMA": moves behind it. */
static bool scan_zone(struct cur *line, int64_t *node, struct cur *name)
{
	return scan_lit(line, "Node ") && scan_digits(line, node) && *node >= 0 && *node < NODES &&
	       scan_char(line, ',') && scan_word(line, name) && cur_is(name, "zone") && scan_word(line, name);
}

static struct oom_node *node_of(struct sos *s, int64_t id)
{
	struct oom_nodes *nodes = &s->c->state->nodes;
	for (size_t i = nodes->n; i-- > 0;) {
		if (nodes->v[i].id == id)
			return &nodes->v[i];
	}
	struct oom_node *node = oom_add_node(s->c->arena, nodes);
	if (node)
		node->id = id;
	return node;
}

static struct oom_zone *zone_of(struct oom_node *node, const struct cur *name)
{
	for (size_t i = 0; node && i < node->zones.n; i++) {
		if (node->zones.v[i].name && cur_is(name, node->zones.v[i].name))
			return &node->zones.v[i];
	}
	return NULL;
}

/** Where in the file the reader is. */
struct place {
	struct oom_node *node;
	struct oom_zone *zone;
	bool per_node, pagesets;
};

static void take_reserves(struct sos *s, struct oom_zone *zone, struct cur line, int64_t page_kb)
{
	int64_t pages, kb;
	for (int i = 0; i < RESERVES && scan_digits(&line, &pages); i++) {
		if (!oom_known(pages) || __builtin_mul_overflow(pages, page_kb, &kb))
			return;
		oom_ints_add(s->c->arena, &zone->lowmem_reserve_kb, kb);
		scan_lit(&line, ", ");
	}
}

static void take_line(struct sos *s, struct place *at, struct cur line, int64_t page_kb)
{
	struct cur name;
	int64_t value;
	line = cur_trim(line);
	if (scan_lit(&line, "protection: (")) {
		take_reserves(s, at->zone, line, page_kb);
		return;
	}
	if (scan_lit(&line, "pages free")) {
		at->per_node = false;
		store(at->zone, Z(free_kb), sos_number(line), page_kb);
		return;
	}
	at->per_node |= cur_begins(&line, "per-node stats", 14);
	at->pagesets |= cur_begins(&line, "pagesets", 8);
	if (at->pagesets || !scan_word(&line, &name) || (value = sos_number(line)) < 0)
		return;
	for (size_t i = 0; !at->per_node && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (cur_is(&name, sizes[i].name))
			store(at->zone, sizes[i].offset, value, page_kb);
	}
	void *to = at->per_node ? &at->node->counters : &at->zone->counters;
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		if (cur_is(&name, counters[i].name))
			store(to, counters[i].offset, value, page_kb);
	}
}

static void read_zones(struct sos *s, int64_t page_kb)
{
	struct cur text = cur_of(s->zoneinfo.text, s->zoneinfo.len), line, name;
	struct place at = {0};
	int64_t id;
	for (int64_t number = 1; sos_line(&text, &line); number++) {
		struct cur head = line;
		if (!scan_zone(&head, &id, &name)) {
			if (at.zone)
				take_line(s, &at, line, page_kb);
			continue;
		}
		at = (struct place){.node = node_of(s, id)};
		if (at.node && at.node->zones.n < ZONES)
			at.zone = oom_add_zone(s->c->arena, &at.node->zones);
		if (!at.zone)
			continue;
		at.zone->name = oom_strndup(s->c->arena, name.p, cur_left(&name));
		at.zone->origin = sos_origin(s, s->zoneinfo.path, number);
		if (at.node->origin.kind == OOM_FROM_NOWHERE)
			at.node->origin = at.zone->origin;
	}
}

static int by_id(const void *a, const void *b)
{
	const struct oom_node *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

/** Zones without pages go, and nodes that zoneinfo does not name: the case has the populated ones, in their order. */
static void drop_empty(struct oom_nodes *nodes)
{
	size_t named = 0;
	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->v[i].origin.kind != OOM_FROM_NOWHERE)
			nodes->v[named++] = nodes->v[i];
	nodes->n = named;
	if (named)
		qsort(nodes->v, named, sizeof(*nodes->v), by_id);
	for (size_t i = 0; i < nodes->n; i++) {
		struct oom_zones *zones = &nodes->v[i].zones;
		size_t kept = 0;
		for (size_t k = 0; k < zones->n; k++) {
			if (zones->v[k].managed_kb != 0 && zones->v[k].present_kb != 0)
				zones->v[kept++] = zones->v[k];
		}
		zones->n = kept;
	}
}

static void read_buddies(struct sos *s)
{
	struct cur text = cur_of(s->buddyinfo.text, s->buddyinfo.len), line, name, word;
	int64_t id;
	while (sos_line(&text, &line)) {
		if (!scan_zone(&line, &id, &name))
			continue;
		struct oom_zone *zone = zone_of(node_of(s, id), &name);
		if (!zone || zone->free_areas.n)
			continue;
		for (int order = 0; order < ORDERS && scan_word(&line, &word); order++) {
			struct oom_free_area *area = oom_add_free_area(s->c->arena, &zone->free_areas);
			if (area)
				area->blocks = sos_number(word);
		}
	}
}

/** The letter of a migrate type, as the kernel's OOM report has it (mm/show_mem.c show_migration_types()). */
static char letter_of(struct cur type)
{
	static const struct {
		const char *name;
		char letter;
	} types[] = {{"Unmovable", 'U'}, {"Movable", 'M'}, {"Reclaimable", 'E'}, {"HighAtomic", 'H'},
		     {"CMA", 'C'},	 {"Isolate", 'I'}, {"Reserve", 'R'}}; // Reserve: before 4.4
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cur_is(&type, types[i].name))
			return types[i].letter;
	return '\0';
}

static void add_letter(struct sos *s, struct oom_free_area *area, char letter)
{
	const char *types = oom_printf(s->c->arena, "%s%c", area->types ? area->types : "", letter);
	if (types)
		area->types = types;
}

/** Whose the free blocks are: "Node    0, zone   Normal, type    Movable   12  3 …" of /proc/pagetypeinfo; since 5.5 a
 * count may be ">100000". */
static void read_types(struct sos *s)
{
	struct cur text = cur_of(s->pagetypes.text, s->pagetypes.len), line, name, word;
	int64_t id;
	while (sos_line(&text, &line)) {
		if (!scan_lit(&line, "Node") || !scan_blanks(&line) || !scan_digits(&line, &id) ||
		    !scan_lit(&line, ", zone") || !scan_word(&line, &name) || name.end[-1] != ',' ||
		    !scan_word(&line, &word) || !cur_is(&word, "type") || !scan_word(&line, &word))
			continue;
		name.end--;
		char letter = letter_of(word);
		struct oom_zone *zone = oom_known(id) && id < NODES ? zone_of(node_of(s, id), &name) : NULL;
		for (size_t order = 0; letter && zone && order < zone->free_areas.n && scan_word(&line, &word); order++)
			if (!cur_is(&word, "0"))
				add_letter(s, &zone->free_areas.v[order], letter);
	}
}

/* Nodes: drivers/base/node.c node_read_meminfo(), for kernels whose zoneinfo has no statistics of nodes (before 4.8).
 */

static const struct {
	const char *name;
	size_t offset;
} node_lines[] = {
	{"Active(anon)", C(active_anon_kb)},
	{"Inactive(anon)", C(inactive_anon_kb)},
	{"Active(file)", C(active_file_kb)},
	{"Inactive(file)", C(inactive_file_kb)},
	{"Unevictable", C(unevictable_kb)},
	{"Mlocked", C(mlocked_kb)},
	{"Dirty", C(dirty_kb)},
	{"Writeback", C(writeback_kb)},
	{"FilePages", C(file_kb)},
	{"Mapped", C(mapped_kb)},
	{"AnonPages", C(anon_kb)},
	{"Shmem", C(shmem_kb)},
	{"KernelStack", C(kernel_stack_kb)},
	{"PageTables", C(page_tables_kb)},
	{"SReclaimable", C(slab_reclaimable_kb)},
	{"SUnreclaim", C(slab_unreclaimable_kb)},
};

void sos_node_meminfo(struct sos *s, const char *path, struct cur text)
{
	struct cur line, word;
	int64_t id, kb;
	(void)path;
	while (sos_line(&text, &line)) {
		if (!scan_lit(&line, "Node ") || !scan_digits(&line, &id) || id < 0 || id >= NODES ||
		    !scan_word(&line, &word) || word.end[-1] != ':')
			continue;
		word.end--;
		scan_blanks(&line);
		struct oom_node *node = scan_digits(&line, &kb) && sos_state(s) ? node_of(s, id) : NULL;
		for (size_t i = 0; node && i < sizeof(node_lines) / sizeof(node_lines[0]); i++)
			if (cur_is(&word, node_lines[i].name))
				*(int64_t *)((char *)&node->counters + node_lines[i].offset) = kb;
	}
}

/** Sum of the "managed" lines, in pages; 0: none. */
static int64_t managed_pages(const struct sos *s)
{
	struct cur text = cur_of(s->zoneinfo.text, s->zoneinfo.len), line;
	int64_t sum = 0;
	while (s->zoneinfo.text && sos_line(&text, &line)) {
		line = cur_trim(line);
		if (!scan_lit(&line, "managed "))
			continue;
		int64_t pages = sos_number(line);
		if (pages < 0 || __builtin_add_overflow(sum, pages, &sum))
			return 0;
	}
	return sum;
}

int64_t sos_page_kb(struct sos *s)
{
	static const char *const small[] = {"x86_64", "i386", "i486", "i586", "i686", "s390x", "s390", "riscv64"};
	int64_t pages = managed_pages(s), ram_kb = s->system.ram_kb, kb;
	for (int64_t page_kb = 4; pages && oom_known(ram_kb) && page_kb <= 64; page_kb *= 2) {
		if (!__builtin_mul_overflow(pages, page_kb, &kb) && kb > ram_kb - ram_kb / 8 &&
		    kb < ram_kb + ram_kb / 8)
			return page_kb;
	}
	for (size_t i = 0; s->system.machine && i < sizeof(small) / sizeof(small[0]); i++) {
		if (strcmp(s->system.machine, small[i]) == 0)
			return 4;
	}
	return OOM_ABSENT;
}

void sos_zones_end(struct sos *s, int64_t page_kb)
{
	if (!s->zoneinfo.text && s->c->state)
		drop_empty(&s->c->state->nodes);
	if (!s->zoneinfo.text || !sos_state(s))
		return;
	if (!oom_known(page_kb)) {
		oom_case_missing(s->c, "zones at collection: the size of a page is not known");
		return;
	}
	read_zones(s, page_kb);
	if (s->buddyinfo.text)
		read_buddies(s);
	if (s->pagetypes.text)
		read_types(s);
	drop_empty(&s->c->state->nodes);
}
