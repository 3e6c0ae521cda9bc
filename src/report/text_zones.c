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
	snprintf(buf, RP_SIZE, "order %zu", order);
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

/** "free blocks: 12*4 KiB (UM) 3*8 KiB": all orders, empty ones left out. */
static void put_blocks(struct tx *t, const struct oom_zone *z)
{
	char size[RP_SIZE];
	bool any = false;
	if (!z->free_areas.known)
		return;
	tx_to(t, ZONE);
	tx_put(t, "free blocks:", 0);
	for (size_t i = 0; i < z->free_areas.n; i++) {
		const struct oom_free_area *a = &z->free_areas.v[i];
		if (!has_blocks(a))
			continue;
		tx_wrapf(t, ZONE + 2, " %" PRId64 "*%s", a->blocks, block_text(t, i, size));
		if (a->types && *a->types)
			tx_wrapf(t, ZONE + 2, " (%s)", a->types);
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

void tx_zones(struct tx *t, const struct rp_facts *f)
{
	size_t zones = 0, shown = 0;
	for (size_t i = 0; i < f->nodes->n; i++)
		zones += f->nodes->v[i].zones.n;
	if (!zones)
		return;
	size_t most = t->options->verbose || zones <= MAX_ZONES ? zones : MAX_ZONES;
	tx_heading(t, "Zones against their marks, kB%s",
		   f->event && f->nodes == &f->event->state.nodes ? ", as the kernel printed them" : "");
	put_header(t);
	for (size_t i = 0; i < f->nodes->n; i++) {
		const struct oom_node *node = &f->nodes->v[i];
		for (size_t k = 0; k < node->zones.n && shown < most; k++, shown++) {
			put_zone(t, node->id, &node->zones.v[k]);
			if (t->options->verbose)
				put_blocks(t, &node->zones.v[k]);
		}
	}
	if (shown < zones) {
		tx_to(t, 2);
		tx_printf(t, "and %zu more (-v shows all)", zones - shown);
		tx_nl(t);
	}
	put_notes(t, f->nodes);
}
