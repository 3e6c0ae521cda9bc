// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Nodes and zones: sizes, watermarks, reserves, free blocks. Source: include/linux/mmzone.h, mm/show_mem.c
 * (show_free_areas(); in mm/page_alloc.c before 6.5). The counters in them are vmstat.c's.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <string.h>

enum {
	Z_NAME,
	Z_WATERMARK,
	Z_BOOST,
	Z_RESERVE,
	Z_PRESENT,
	Z_MANAGED,
	Z_SPANNED,
	Z_HIGHATOMIC,
	Z_FREE_HIGHATOMIC,
	Z_FREE_AREA,
	Z_ALL_UNRECLAIMABLE,
	Z_NR
};
static const struct oom_want zone_wants[Z_NR] = {
	[Z_NAME] = {"zone", "name", NULL},
	// Renamed in 5.0, when the boost came (a921444382b4, 1c30844d2dfe).
	[Z_WATERMARK] = {"zone", "_watermark", "watermark"},
	[Z_BOOST] = {"zone", "watermark_boost", NULL},
	[Z_RESERVE] = {"zone", "lowmem_reserve", NULL},
	[Z_PRESENT] = {"zone", "present_pages", NULL},
	[Z_MANAGED] = {"zone", "managed_pages", NULL},
	[Z_SPANNED] = {"zone", "spanned_pages", NULL},
	[Z_HIGHATOMIC] = {"zone", "nr_reserved_highatomic", NULL},  // 4.4
	[Z_FREE_HIGHATOMIC] = {"zone", "nr_free_highatomic", NULL}, // 6.13, and stable kernels before
	[Z_FREE_AREA] = {"zone", "free_area", NULL},
	[Z_ALL_UNRECLAIMABLE] = {"zone", "all_unreclaimable", NULL}, // before 3.12
};

enum { N_ID, N_ZONES, N_NR_ZONES, N_FAILURES, N_NR };
static const struct oom_want node_wants[N_NR] = {
	[N_ID] = {"pglist_data", "node_id", NULL},
	[N_ZONES] = {"pglist_data", "node_zones", NULL},
	[N_NR_ZONES] = {"pglist_data", "nr_zones", NULL},	 // an int; VMCOREINFO tells offsets only
	[N_FAILURES] = {"pglist_data", "kswapd_failures", NULL}, // 4.12; atomic since 6.18
};

enum {
	NODES_MAX = 4096,
	ZONES_MAX = 16, // in one node
	ORDERS_MAX = 32,
	TYPES_MAX = 16,	  // migrate types
	BLOCKS_MAX = 128, // blocks of one list that are counted one by one
	BUDGET = 512,	  // the same for all lists of a zone
	// The kernel gives a node up after so many fruitless rounds of kswapd (MAX_RECLAIM_RETRIES,
	// mm/internal.h, 4.12).
	MAX_RECLAIM_RETRIES = 16,
};

struct zones_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_layout zone_layout, node_layout;
	struct oom_record zone, node;
	struct oom_member free_list, nr_free; // of struct free_area
	char letters[TYPES_MAX]; // of migrate types, as show_migration_types() prints them; 0: no such type
	uint64_t zone_names;
	int lost; // zones that could not be read
};

static void find_letters(struct zones_walk *w)
{
	static const struct {
		const char *name;
		char letter;
	} types[] = {
		{"MIGRATE_UNMOVABLE", 'U'}, {"MIGRATE_MOVABLE", 'M'},	 {"MIGRATE_RECLAIMABLE", 'E'},
		{"MIGRATE_RESERVE", 'R'},   {"MIGRATE_HIGHATOMIC", 'H'}, {"MIGRATE_CMA", 'C'},
		{"MIGRATE_ISOLATE", 'I'},
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		int64_t type = oom_enum_or(w->image, types[i].name, -1);
		if (type >= 0 && type < TYPES_MAX)
			w->letters[type] = types[i].letter;
	}
}

/** Bytes @p at of the zone record's free_area as a pointer or long; false outside. */
static bool area_word(const struct zones_walk *w, size_t at, uint64_t *ret)
{
	const uint8_t *areas = oom_record_bytes(&w->zone, Z_FREE_AREA);
	size_t word = oom_image_info(w->image)->ptr_size;
	if (!areas || at + word > w->zone_layout.m[Z_FREE_AREA].size)
		return false;
	*ret = oom_get_uint(w->image, areas + at, word);
	return true;
}

/**
 * Blocks by migrate type. The length of a list is not kept: it is counted where lists are short, and follows from the
 * total where one list holds all blocks; else it is absent. An empty list's head points to itself.
 */
static void add_types(struct zones_walk *w, struct oom_free_area *area, size_t at, size_t types, int *budget)
{
	size_t size = w->free_list.elem_size, filled = 0, letters = 0;
	char text[TYPES_MAX + 1] = "";
	uint64_t head[TYPES_MAX];
	for (size_t t = 0; t < types; t++) {
		uint64_t next;
		size_t in_area = at + w->free_list.offset + t * size;
		head[t] = 0;
		if (!area_word(w, in_area, &next))
			return;
		uint64_t self = oom_record_addr(&w->zone, Z_FREE_AREA) + in_area;
		if (next == self)
			continue;
		head[t] = self;
		filled++;
		if (w->letters[t])
			text[letters++] = w->letters[t];
	}
	area->types = oom_strdup(w->c->arena, area->blocks ? text : "");
	for (size_t t = 0; t < types; t++) {
		int64_t n = 0;
		if (head[t] && filled == 1)
			n = area->blocks;
		else if (head[t])
			n = *budget > 0 ? oom_list_count(w->image, head[t], BLOCKS_MAX) : OOM_ABSENT;
		if (head[t] && filled > 1)
			*budget -= (int)(oom_known(n) ? n : BLOCKS_MAX);
		oom_ints_add(w->c->arena, &area->by_type, n);
	}
}

static void add_free_areas(struct zones_walk *w, struct oom_zone *zone)
{
	const struct oom_member *areas = &w->zone_layout.m[Z_FREE_AREA];
	size_t orders = areas->known && areas->elem_size ? areas->size / areas->elem_size : 0;
	if (!oom_record_has(&w->zone, Z_FREE_AREA) || !w->nr_free.known || orders > ORDERS_MAX)
		return;
	size_t types = w->free_list.known && w->free_list.elem_size ? w->free_list.size / w->free_list.elem_size : 0;
	int budget = BUDGET;
	for (size_t order = 0; order < orders; order++) {
		uint64_t blocks;
		size_t at = order * areas->elem_size;
		struct oom_free_area *area = oom_add_free_area(w->c->arena, &zone->free_areas);
		if (!area || !area_word(w, at + w->nr_free.offset, &blocks))
			return;
		area->blocks = blocks <= INT64_MAX ? (int64_t)blocks : OOM_ABSENT;
		if (oom_known(area->blocks) && types <= TYPES_MAX)
			add_types(w, area, at, types, &budget);
	}
}

static int64_t kb(const struct zones_walk *w, int64_t pages)
{
	return oom_pages_kb(w->image, pages);
}

/** Watermarks as min_wmark_pages() & co. tell and the kernel prints them: with the boost, since 5.0. */
static void add_watermarks(struct zones_walk *w, struct oom_zone *zone)
{
	int64_t boost = oom_record_signed(&w->zone, Z_BOOST);
	zone->boost_kb = kb(w, boost);
	struct {
		const char *name;
		int64_t otherwise, *to;
	} marks[] = {
		{"WMARK_MIN", 0, &zone->min_kb}, {"WMARK_LOW", 1, &zone->low_kb}, {"WMARK_HIGH", 2, &zone->high_kb}};
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		int64_t at = oom_enum_or(w->image, marks[i].name, marks[i].otherwise);
		int64_t mark = at < 0 ? OOM_ABSENT : oom_record_nth(&w->zone, Z_WATERMARK, (size_t)at);
		*marks[i].to = oom_known(mark) ? kb(w, oom_plus(mark, boost)) : OOM_ABSENT;
	}
}

static const char *zone_name(struct zones_walk *w, size_t index)
{
	const char *name = oom_string_at(w->image, oom_record_ptr(&w->zone, Z_NAME), 32, w->c->arena);
	// Without types: zone_names[] of mm/page_alloc.c, in the order of the zones.
	size_t word = oom_image_info(w->image)->ptr_size;
	if (!name && w->zone_names)
		name = oom_string_at(w->image, oom_deref(w->image, w->zone_names + index * word), 32, w->c->arena);
	return name;
}

/** The zone in w->zone, if any memory belongs to it. */
static void add_zone(struct zones_walk *w, struct oom_node *node, size_t index)
{
	int64_t present = oom_record_signed(&w->zone, Z_PRESENT), spanned = oom_record_signed(&w->zone, Z_SPANNED);
	if (oom_or(present, oom_or(spanned, 0)) <= 0)
		return;
	struct oom_zone *zone = oom_add_zone(w->c->arena, &node->zones);
	if (!zone)
		return;
	zone->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct zone", (int64_t)w->zone.addr};
	zone->name = zone_name(w, index);
	zone->present_kb = kb(w, present);
	zone->spanned_kb = kb(w, spanned);
	zone->managed_kb = kb(w, oom_record_signed(&w->zone, Z_MANAGED)); // atomic since 5.0
	add_watermarks(w, zone);
	zone->reserved_highatomic_kb = kb(w, oom_record_signed(&w->zone, Z_HIGHATOMIC));
	zone->free_highatomic_kb = kb(w, oom_record_signed(&w->zone, Z_FREE_HIGHATOMIC));
	for (size_t i = 0; i < ZONES_MAX; i++) {
		int64_t reserve = oom_record_nth(&w->zone, Z_RESERVE, i);
		if (!oom_known(reserve))
			break;
		oom_ints_add(w->c->arena, &zone->lowmem_reserve_kb, kb(w, reserve));
	}
	int64_t unreclaimable = oom_record_signed(&w->zone, Z_ALL_UNRECLAIMABLE);
	if (oom_known(unreclaimable))
		zone->all_unreclaimable = unreclaimable ? OOM_YES : OOM_NO;
	add_free_areas(w, zone);
}

/** The node at @p pgdat. False if it cannot be read. */
static bool add_node(struct zones_walk *w, uint64_t pgdat, bool online)
{
	const struct oom_member *zones = &w->node_layout.m[N_ZONES];
	uint32_t size = zones->elem_size;
	if (!oom_record_read(&w->node, pgdat) || (!zones->count && oom_type_size(w->image, "zone", &size) != OOM_OK) ||
	    !size)
		return false;
	size_t nr_zones = zones->count;
	uint32_t listed;
	if (!nr_zones) {
		if (oom_read_u32(w->image, oom_record_addr(&w->node, N_NR_ZONES), &listed) != OOM_OK)
			return false;
		nr_zones = listed;
	}
	struct oom_node *node = oom_add_node(w->c->arena, &w->c->state->nodes);
	if (!node)
		return true;
	node->id = oom_record_signed(&w->node, N_ID);
	node->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct pglist_data", (int64_t)pgdat};
	node->zones.known = true;
	int64_t failures = oom_record_signed(&w->node, N_FAILURES);
	if (oom_known(failures))
		node->all_unreclaimable = failures >= MAX_RECLAIM_RETRIES ? OOM_YES : OOM_NO;
	for (size_t i = 0; i < nr_zones && i < ZONES_MAX; i++) {
		if (oom_record_read(&w->zone, pgdat + zones->offset + i * size))
			add_zone(w, node, i);
		else
			w->lost++;
	}
	// Since 5.19 (09f49dca570a) possible nodes that are not online have a pglist_data as well.
	if (!node->zones.n && !online && !w->lost)
		w->c->state->nodes.n--;
	return true;
}

/** The node masks: online ones as bits in @p w's temporary arena; NULL. */
static const uint8_t *online_nodes(struct zones_walk *w, size_t *len)
{
	uint32_t size;
	uint64_t states;
	int64_t online = oom_enum_or(w->image, "N_ONLINE", 1);
	if (oom_type_size(w->image, "nodemask_t", &size) != OOM_OK || !size || size > NODES_MAX / 8 || online < 0 ||
	    online > 16 || oom_symbol(w->image, "node_states", &states) != OOM_OK)
		return NULL;
	uint8_t *bits = oom_alloc(w->temp, size);
	*len = size;
	return bits && oom_read(w->image, states + (uint64_t)online * size, bits, size) == OOM_OK ? bits : NULL;
}

/** Nodes of a NUMA kernel: node_data[MAX_NUMNODES], NULL where there is none. */
static void walk_node_data(struct zones_walk *w, uint64_t table)
{
	size_t word = oom_image_info(w->image)->ptr_size, len = 0, lost = 0;
	const char *length = oom_vmcoreinfo(w->image, "LENGTH(node_data)");
	const uint8_t *online = online_nodes(w, &len);
	size_t n = 0;
	for (const char *p = length; p && *p >= '0' && *p <= '9' && n < NODES_MAX; p++)
		n = n * 10 + (size_t)(*p - '0');
	if (!n)
		n = len * 8;
	if (!n || n > NODES_MAX)
		n = 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t pgdat = oom_deref(w->image, table + i * word);
		bool is_online = online && oom_bitmap_test(w->image, online, len, i);
		if (pgdat ? !add_node(w, pgdat, is_online) && (is_online || !online) : is_online)
			lost++;
	}
	if (lost)
		oom_case_missing(w->c, "nodes: %zu not in the dump; the counters are without their CPUs' parts", lost);
	else if (!w->c->state->nodes.n)
		oom_case_missing(w->c, "nodes, zones: node_data is not in the dump");
}

void oom_walk_zones(struct oom_image *image, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct zones_walk w = {.image = image, .c = c, .temp = temp};
	if (!temp || !oom_case_state(c))
		return;
	oom_layout_find(&w.zone_layout, image, zone_wants, Z_NR);
	oom_layout_find(&w.node_layout, image, node_wants, N_NR);
	if (!w.node_layout.m[N_ZONES].known || !w.zone_layout.len) {
		oom_case_missing(c, "nodes, zones: no description of struct pglist_data and struct zone");
		return;
	}
	oom_member(image, "free_area", "free_list", &w.free_list);
	oom_member(image, "free_area", "nr_free", &w.nr_free);
	if (oom_symbol(image, "zone_names", &w.zone_names) != OOM_OK)
		w.zone_names = 0;
	find_letters(&w);
	uint64_t addr;
	if (!oom_record_init(&w.zone, image, &w.zone_layout, temp) ||
	    !oom_record_init(&w.node, image, &w.node_layout, temp))
		return;
	if (oom_symbol(image, "node_data", &addr) == OOM_OK)
		walk_node_data(&w, addr);
	else if (oom_symbol(image, "contig_page_data", &addr) != OOM_OK)
		oom_case_missing(c, "nodes, zones: neither symbol node_data nor contig_page_data");
	else if (!add_node(&w, addr, true))
		oom_case_missing(c, "nodes, zones: contig_page_data is not in the dump");
	if (w.lost)
		oom_case_missing(c, "zones: %d not in the dump; the counters are without their CPUs' parts", w.lost);
}
