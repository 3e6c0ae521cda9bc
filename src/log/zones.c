// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Nodes, zones, free blocks and huge pages of a report. mm/show_mem.c, before 6.2 mm/page_alloc.c show_free_areas().
 *
 *   Node 0 active_anon:2044kB … all_unreclaimable? no Balloon:0kB                 node, 4.8 …
 *   Node 0 Normal free:79392kB boost:28672kB min:80308kB …                        zone
 *   Normal free:540kB min:540kB …                                                 zone of a kernel without NUMA
 *   lowmem_reserve[]: 0 2862 11990   (pages, of the zone above)                   protections[]: before 2.6.11
 *   Node 0 Normal: 1024*4kB (UMEH) 534*8kB (UEH) … = 79584kB                      free blocks
 *   Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB
 *
 * A report prints only the nodes and zones that the request may use (SHOW_MEM_FILTER_NODES, since 5.19 up to the
 * highest zone of the mask).
 */
#include "log/internal.h"

static struct oom_node *current_node(struct report *r)
{
	return r->node >= 0 && (size_t)r->node < r->e.state.nodes.n ? &r->e.state.nodes.v[r->node] : NULL;
}

static struct oom_zone *current_zone(struct report *r)
{
	struct oom_node *node = current_node(r);
	return node && r->zone >= 0 && (size_t)r->zone < node->zones.n ? &node->zones.v[r->zone] : NULL;
}

/** Makes node @p id the current one; it is added where it is new. */
static struct oom_node *enter_node(struct oom_log *log, struct report *r, const struct msg *m, int64_t id)
{
	struct oom_nodes *nodes = &r->e.state.nodes;
	for (size_t i = 0; i < nodes->n; i++) {
		if (nodes->v[i].id == id) {
			r->node = (int64_t)i;
			return &nodes->v[i];
		}
	}
	struct oom_node *node = report_room(log, r, nodes->n, LISTS_MAX) ? oom_add_node(r->bulk, nodes) : NULL;
	if (!node)
		return NULL;
	node->id = id;
	node->origin = log_origin(log, m);
	r->node = (int64_t)nodes->n - 1;
	return node;
}

static struct oom_zone *enter_zone(struct oom_log *log, struct report *r, const struct msg *m, int64_t id,
				   struct cur name)
{
	struct oom_node *node = enter_node(log, r, m, id);
	for (size_t i = 0; node && i < node->zones.n; i++) {
		if (cur_is(&name, node->zones.v[i].name)) {
			r->zone = (int64_t)i;
			return &node->zones.v[i];
		}
	}
	struct oom_zone *zone =
		node && report_room(log, r, node->zones.n, LISTS_MAX) ? oom_add_zone(r->bulk, &node->zones) : NULL;
	if (!zone)
		return NULL;
	zone->origin = log_origin(log, m);
	zone->name = keep(r->bulk, name);
	if (!zone->name) {
		node->zones.n--;
		return NULL;
	}
	r->zone = (int64_t)node->zones.n - 1;
	return zone;
}

struct zone_name {
	const char *name;
	size_t offset;
};

static const struct zone_name zone_names[] = {
	{"free", offsetof(struct oom_zone, free_kb)},
	{"boost", offsetof(struct oom_zone, boost_kb)},
	{"min", offsetof(struct oom_zone, min_kb)},
	{"low", offsetof(struct oom_zone, low_kb)},
	{"high", offsetof(struct oom_zone, high_kb)},
	{"reserved_highatomic", offsetof(struct oom_zone, reserved_highatomic_kb)},
	{"free_highatomic", offsetof(struct oom_zone, free_highatomic_kb)},
	{"present", offsetof(struct oom_zone, present_kb)},
	{"managed", offsetof(struct oom_zone, managed_kb)},
	{"spanned", offsetof(struct oom_zone, spanned_kb)},
};

/** Where the value of @p key goes, in @p zone, or where it is NULL in @p node; NULL: not known. */
static int64_t *place_of(struct oom_node *node, struct oom_zone *zone, struct cur key)
{
	for (size_t i = 0; zone && i < sizeof(zone_names) / sizeof(*zone_names); i++) {
		if (cur_is(&key, zone_names[i].name))
			return (int64_t *)((char *)zone + zone_names[i].offset);
	}
	return counter_of(zone ? &zone->counters : &node->counters, key);
}

/** Since there are node lines (4.8) these stand in the lines of zones alone. */
static bool of_zones_only(struct cur key)
{
	static const char *const names[] = {"free_pcp", "local_pcp", "free_cma", "bounce",  "mlocked", "writepending",
					    "present",	"managed",   "min",	 "zspages", NULL};
	for (size_t i = 0; names[i]; i++)
		if (cur_is(&key, names[i]))
			return true;
	return false;
}

/** The "key:12kB" of a node or zone line; how many were known. */
static size_t read_pairs(struct oom_node *node, struct oom_zone *zone, struct cur c)
{
	struct pair pair;
	struct cur before, all = c;
	size_t known = 0;
	while (scan_pair(&c, &pair, &before)) {
		if (!oom_known(pair.value))
			continue;
		if (!pair.has_kb && !cur_is(&pair.key, "pages_scanned"))
			continue;
		int64_t *place = place_of(node, zone, pair.key);
		// A second value, or a zone's in a node's line: of a line whose start is lost, taken for the rest of
		// this one.
		if ((place && oom_known(*place)) || (!zone && of_zones_only(pair.key)))
			return known;
		// A break in mid-word left a blank: "unevi ctable:0kB".
		char joined[40];
		size_t front = cur_left(&before), back = cur_left(&pair.key);
		if (!place && front && front + back <= sizeof(joined)) {
			memcpy(joined, before.p, front);
			memcpy(joined + front, pair.key.p, back);
			place = place_of(node, zone, cur_of(joined, front + back));
		}
		if (place) {
			*place = pair.value;
			known++;
		}
	}
	if (scan_past(&all, "all_unreclaimable?")) {
		scan_blanks(&all);
		oom_tri answer = scan_lit(&all, "yes") ? OOM_YES : scan_lit(&all, "no") ? OOM_NO : OOM_MAYBE;
		*(zone ? &zone->all_unreclaimable : &node->all_unreclaimable) = answer;
	}
	return known;
}

/** One "12*4kB (UME) " of a line of free blocks. */
static bool scan_blocks(struct cur *c, int64_t *blocks, int64_t *kb, struct cur *types)
{
	struct cur try = *c;
	scan_blanks(&try);
	if (!scan_digits(&try, blocks))
		return false;
	scan_blanks(&try); // "0 *2048kB" was seen in a log that somebody wrapped
	if (!scan_char(&try, '*') || !scan_digits(&try, kb) || !scan_lit(&try, "kB"))
		return false;
	*types = (struct cur){try.p, try.p};
	struct cur paren = try;
	scan_blanks(&paren);
	if (scan_char(&paren, '(')) {
		const char *close = memchr(paren.p, ')', cur_left(&paren));
		if (close && close - paren.p <= 8) {
			*types = (struct cur){paren.p, close};
			paren.p = close + 1;
			try = paren;
		}
	}
	*c = try;
	return true;
}

/** Ends a line of free blocks as the kernel ends it: with "= 79584kB", their sum? A wrapped log may have lost the sum
 * behind the '='; where bytes are missing before it, none of the line is taken: blocks that are not told would pass for
 * none. */
static bool is_whole(struct cur rest, int64_t sum_kb)
{
	int64_t told;
	scan_blanks(&rest);
	bool ends = scan_char(&rest, '=');
	if (!ends && !scan_past(&rest, "= "))
		return false;
	scan_blanks(&rest);
	return scan_digits(&rest, &told) && scan_lit(&rest, "kB") ? told == sum_kb : ends;
}

static bool read_free_blocks(struct report *r, struct oom_zone *zone, struct cur c)
{
	int64_t blocks, kb, sum = 0;
	struct cur types;
	if (zone->free_areas.n)
		return true; // the line of another report in between: the first one counts
	while (zone->free_areas.n < 32 && scan_blocks(&c, &blocks, &kb, &types)) {
		if (!zone->free_areas.n) {
			// The first block is one page: this is how a log tells the page size.
			if (kb < 1 || kb > 256 || (kb & (kb - 1)))
				return false;
			r->page_size = kb * 1024;
		} else if (kb != r->page_size / 1024 << zone->free_areas.n) {
			break;
		}
		struct oom_free_area *area = oom_add_free_area(r->bulk, &zone->free_areas);
		if (!area)
			break;
		area->blocks = blocks;
		if (__builtin_mul_overflow(blocks, kb, &kb) || __builtin_add_overflow(sum, kb, &sum))
			sum = OOM_ABSENT;
		area->types = types.p < types.end ? keep(r->bulk, types) : NULL;
	}
	bool any = zone->free_areas.n > 0;
	if (any && !is_whole(c, sum)) {
		zone->free_areas.n = 0;
		report_missing(r, "free blocks of zone %s: their line is damaged", zone->name);
	}
	return any;
}

static bool read_hugepages(struct oom_log *log, struct report *r, const struct msg *m, int64_t node, struct cur c)
{
	int64_t total, unused, surplus, size;
	if (!scan_lit(&c, "hugepages_total=") || !scan_digits(&c, &total) || !scan_lit(&c, " hugepages_free=") ||
	    !scan_digits(&c, &unused) || !scan_lit(&c, " hugepages_surp=") || !scan_digits(&c, &surplus) ||
	    !scan_lit(&c, " hugepages_size=") || !scan_digits(&c, &size))
		return false;
	struct oom_hugetlb *h = report_room(log, r, r->e.state.hugetlb.n, LISTS_MAX)
					? oom_add_hugetlb(r->bulk, &r->e.state.hugetlb)
					: NULL;
	if (!h)
		return true;
	h->node = node;
	h->total = total;
	h->free = unused;
	h->surplus = surplus;
	h->size_kb = size;
	h->origin = log_origin(log, m);
	return true;
}

/** The rest of a line behind "Node N " or of one without it. */
static bool read_zone_line(struct oom_log *log, const struct msg *m, int64_t id, struct cur c)
{
	struct cur name = {c.p, c.p};
	while (is_word(cur_peek(&c)))
		c.p++;
	name.end = c.p;
	if (name.p == name.end || name.end - name.p > 16)
		return false;
	bool pairs = cur_begins(&c, " free:", 6);
	bool blocks = cur_begins(&c, ": ", 2) && c.p + 2 < c.end && is_digit((unsigned char)c.p[2]);
	if (cur_begins(&c, " per-cpu:", 9) || cur_is(&c, ": empty") || cur_is(&c, ":empty"))
		return report_of(log, m, PART_MEMINFO) != NULL;
	if (!pairs && !(blocks && cur_has(&c, "kB")))
		return false;
	struct report *r = report_need(log, m, PART_MEMINFO);
	if (!r)
		return true;
	struct oom_zone *zone = enter_zone(log, r, m, id, name);
	r->inside = IN_NOTHING;
	r->e.has_mem_info = OOM_YES;
	if (!zone)
		return true;
	if (blocks) {
		c.p += 2;
		return read_free_blocks(r, zone, c);
	}
	if (oom_known(zone->free_kb)) {
		// The same zone once more: a report whose head is missing, or two that interleave. The first one
		// counts.
		return true;
	}
	return read_pairs(current_node(r), zone, c) > 0;
}

bool on_node(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t id;
	if (!scan_digits(&rest, &id) || !scan_blanks(&rest) || !oom_known(id))
		return false;
	if (cur_begins(&rest, "hugepages_total=", 16)) {
		struct report *r = report_need(log, m, PART_MEMINFO);
		return !r || read_hugepages(log, r, m, id, rest);
	}
	if (!cur_begins(&rest, "active_anon:", 12))
		return read_zone_line(log, m, id, rest);
	struct report *r = report_need(log, m, PART_MEMINFO);
	struct oom_node *node = r ? enter_node(log, r, m, id) : NULL;
	if (!node)
		return true;
	r->zone = -1;
	r->inside = IN_NOTHING;
	r->e.has_mem_info = OOM_YES;
	return read_pairs(node, NULL, rest) > 0;
}

bool on_zone(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest;
	// A kernel without NUMA has one node and does not name it.
	if (!read_zone_line(log, m, 0, m->text))
		return false;
	struct report *r = report_of(log, m, PART_MEMINFO);
	if (r)
		r->zones_without_node = true;
	return true;
}

bool on_reserve(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct report *r = report_of(log, m, PART_MEMINFO);
	struct oom_zone *zone = r ? current_zone(r) : NULL;
	int64_t pages;
	if (!zone || zone->lowmem_reserve_kb.n)
		return r != NULL;
	while (zone->lowmem_reserve_kb.n < 16) {
		scan_blanks(&rest);
		if (!scan_digits(&rest, &pages))
			break;
		oom_ints_add(r->bulk, &zone->lowmem_reserve_kb, pages); // pages until settle.c
	}
	r->zone = -1; // one line for each zone; a zone line that is lost must not lend its reserve to the one before
	return true;
}

bool on_per_cpu(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "CPU    0: hi:  186, btch:  31 usd: 103", "cpu 0 hot: low 2, high 6": per-CPU lists, since 4.2 free_pcp has
	// their sum
	int64_t cpu;
	(void)m;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &cpu) ||
	    (!cur_begins(&rest, ": ", 2) && !cur_begins(&rest, " hot:", 5) && !cur_begins(&rest, " cold:", 6)))
		return false;
	return report_of(log, m, PART_MEMINFO) != NULL;
}
