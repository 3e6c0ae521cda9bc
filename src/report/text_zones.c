// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The zones against their marks, and their free blocks. */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>

enum { ZONE = 8, FREE = 26, MIN = 37, HIGH = 48, RESERVE = 59, MANAGED = 70, BLOCK = 80 };

static void put_header(struct tx *t)
{
	tx_style(t, TX_DIM);
	tx_to(t, 2);
	tx_put(t, "node", 0);
	tx_to(t, ZONE);
	tx_put(t, "zone", 0);
	tx_right(t, FREE, "free");
	tx_right(t, MIN, "min");
	tx_right(t, HIGH, "high");
	tx_right(t, RESERVE, "reserve");
	tx_right(t, MANAGED, "managed");
	tx_right(t, BLOCK, "max block");
	tx_style(t, TX_PLAIN);
	tx_nl(t);
}

/** What the zone keeps from requests that could use the highest zone: the last class of lowmem_reserve. */
static int64_t reserve(const struct oom_zone *z)
{
	int64_t kb = OOM_ABSENT;
	for (size_t i = 0; z->lowmem_reserve_kb.known && i < z->lowmem_reserve_kb.n; i++) {
		if (!oom_known(kb) || z->lowmem_reserve_kb.v[i] > kb)
			kb = z->lowmem_reserve_kb.v[i];
	}
	return kb;
}

/** Colours against the marks: below min nothing is left for ordinary requests. */
static enum tx_style level(const struct oom_zone *z)
{
	if (!oom_known(z->free_kb) || !oom_known(z->min_kb) || !oom_known(z->high_kb))
		return TX_PLAIN;
	if (z->free_kb <= z->min_kb)
		return TX_BAD;
	return z->free_kb <= z->high_kb ? TX_WARN : TX_GOOD;
}

/** A block of @p order: its size where the page size is known. */
static const char *block_text(const struct tx *t, size_t order, char buf[RP_SIZE])
{
	int64_t page = t->c->system.page_size;
	if (page >= 1024 && page <= 1 << 20 && order < 30)
		return rp_size(page / 1024 << order, buf);
	snprintf(buf, RP_SIZE, "order %u", (unsigned int)order);
	return buf;
}

static bool has_blocks(const struct oom_free_area *a)
{
	return oom_known(a->blocks) && a->blocks > 0;
}

static const char *largest_block(const struct tx *t, const struct oom_zone *z, char buf[RP_SIZE])
{
	if (!z->free_areas.known)
		return "?";
	for (size_t i = z->free_areas.n; i-- > 0;) {
		if (has_blocks(&z->free_areas.v[i]))
			return block_text(t, i, buf);
	}
	return "none";
}

static void put_kb(struct tx *t, int end, int64_t kb)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRId64, kb);
	tx_right(t, end, oom_known(kb) ? text : "?");
}

static void put_zone(struct tx *t, int64_t node, const struct oom_zone *z)
{
	char size[RP_SIZE];
	tx_to(t, 2);
	if (oom_known(node))
		tx_printf(t, "%" PRId64, node);
	else
		tx_put(t, "?", 0);
	tx_to(t, ZONE);
	tx_put(t, z->name ? z->name : "?", 8);
	tx_style(t, level(z));
	put_kb(t, FREE, z->free_kb);
	tx_style(t, TX_PLAIN);
	put_kb(t, MIN, z->min_kb);
	put_kb(t, HIGH, z->high_kb);
	put_kb(t, RESERVE, reserve(z));
	put_kb(t, MANAGED, z->managed_kb);
	tx_right(t, BLOCK, largest_block(t, z, size));
	tx_nl(t);
}

/** "free blocks: 12*4 KiB (UM), 3*8 KiB": all orders, empty ones left out. */
static void put_blocks(struct tx *t, const struct oom_zone *z)
{
	char size[RP_SIZE], text[96];
	bool any = false;
	if (!z->free_areas.known)
		return;
	tx_to(t, ZONE);
	tx_put(t, "free blocks:", 0);
	for (size_t i = 0; i < z->free_areas.n; i++) {
		const struct oom_free_area *a = &z->free_areas.v[i];
		bool types = a->types && *a->types;
		if (!has_blocks(a))
			continue;
		block_text(t, i, size);
		snprintf(text, sizeof(text), "%" PRId64 "%s%s%s%.16s%s", a->blocks, size[0] == 'o' ? " of " : "*", size,
			 types ? " (" : "", types ? a->types : "", types ? ")" : "");
		tx_put(t, any ? "," : "", 0);
		tx_to(t, t->col + 1);
		tx_unit(t, ZONE + 2, text);
		any = true;
	}
	tx_put(t, any ? "" : " none", 0);
	tx_nl(t);
}

static void put_notes(struct tx *t, const struct oom_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++) {
		for (size_t k = 0; k < nodes->v[i].zones.n; k++) {
			const struct oom_zone *z = &nodes->v[i].zones.v[k];
			if (!oom_known(z->boost_kb) || z->boost_kb <= 0)
				continue;
			tx_to(t, 2);
			tx_wrapf(t, 4, "min and high of %s contain a boost of %" PRId64 " kB", z->name ? z->name : "?",
				 z->boost_kb);
			tx_nl(t);
		}
		if (nodes->v[i].all_unreclaimable == OOM_YES) {
			tx_to(t, 2);
			tx_wrapf(t, 4, "node %" PRId64 ": all_unreclaimable, the kernel had given up to reclaim",
				 nodes->v[i].id);
			tx_nl(t);
		}
	}
}

enum { MAX_ZONES = 16 };

static bool has_node(const struct oom_nodes *nodes, int64_t id)
{
	for (size_t i = 0; i < nodes->n; i++) {
		if (nodes->v[i].id == id)
			return true;
	}
	return false;
}

static size_t count_zones(const struct oom_nodes *nodes, const struct oom_nodes *but)
{
	size_t n = 0;
	for (size_t i = 0; nodes && i < nodes->n; i++) {
		if (!but || !has_node(but, nodes->v[i].id))
			n += nodes->v[i].zones.n;
	}
	return n;
}

/** At most @p most zones, without those of the nodes in @p but; how many that were. */
static size_t put_nodes(struct tx *t, const struct oom_nodes *nodes, const struct oom_nodes *but, size_t most)
{
	size_t shown = 0;
	for (size_t i = 0; nodes && i < nodes->n; i++) {
		const struct oom_node *node = &nodes->v[i];
		if (but && has_node(but, node->id))
			continue;
		for (size_t k = 0; k < node->zones.n && shown < most; k++, shown++) {
			put_zone(t, node->id, &node->zones.v[k]);
			if (t->options->verbose)
				put_blocks(t, &node->zones.v[k]);
		}
	}
	return shown;
}

/** The zones that the kernel printed are those of the nodes that the request may use; the dump has the others too. */
void tx_zones(struct tx *t, const struct rp_facts *f)
{
	bool printed = f->event && f->nodes == &f->event->state.nodes;
	const struct oom_nodes *rest = printed && f->state ? &f->state->nodes : NULL;
	size_t others = count_zones(rest, f->nodes), zones = count_zones(f->nodes, NULL) + others;
	size_t most = t->options->verbose || zones <= MAX_ZONES ? zones : MAX_ZONES;
	if (!zones)
		return;
	tx_heading(t, "Zones against their marks, kB%s", printed ? ", as the kernel printed them" : "");
	put_header(t);
	size_t shown = put_nodes(t, f->nodes, NULL, most);
	if (others && shown < most) {
		tx_to(t, 2);
		tx_put(t, "--- not for this request, from the dump ---", 0);
		tx_nl(t);
		shown += put_nodes(t, rest, f->nodes, most - shown);
	}
	if (shown < zones) {
		tx_to(t, 2);
		tx_printf(t, "and %zu more (-v shows all)", zones - shown);
		tx_nl(t);
	}
	put_notes(t, f->nodes);
}
