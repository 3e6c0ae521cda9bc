// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The zones against their marks, and their free blocks. */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

static enum tx_style style_of(const struct oom_zone *z)
{
	static const enum tx_style styles[] = {
		[RP_LEVEL_UNKNOWN] = TX_PLAIN,
		[RP_LEVEL_BELOW_MIN] = TX_BAD,
		[RP_LEVEL_BELOW_HIGH] = TX_WARN,
		[RP_LEVEL_GOOD] = TX_GOOD,
	};
	return styles[rp_zone_level(z)];
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
	tx_style(t, style_of(z));
	put_kb(t, FREE, z->free_kb);
	tx_style(t, TX_PLAIN);
	put_kb(t, MIN, z->min_kb);
	put_kb(t, HIGH, z->high_kb);
	put_kb(t, RESERVE, rp_zone_reserve(z));
	put_kb(t, MANAGED, z->managed_kb);
	tx_right(t, BLOCK, rp_largest_block(t->c->system.page_size, z, size));
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
		if (!rp_has_blocks(a))
			continue;
		rp_block(t->c->system.page_size, i, size);
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
			tx_wrapf(t, 4, "node %" PRId64 ": all_unreclaimable, the kernel had given up reclaiming",
				 nodes->v[i].id);
			tx_nl(t);
		}
	}
}

enum { MAX_ZONES = 16 };

static void put_note(struct tx *t, const char *text)
{
	tx_to(t, 2);
	tx_put(t, text, 0);
	tx_nl(t);
}

void tx_zones(struct tx *t, const struct rp_facts *f)
{
	size_t n;
	struct rp_zone *rows = rp_zones(f, &n);
	size_t most = t->options->verbose || n <= MAX_ZONES ? n : MAX_ZONES;
	if (!rows)
		return;
	tx_heading(t, "Zones against their marks, kB%s", rp_zones_printed(f) ? ", as the kernel printed them" : "");
	put_header(t);
	for (size_t i = 0; i < most; i++) {
		if (rows[i].other && (!i || !rows[i - 1].other))
			put_note(t, "--- not for this request, from the dump ---");
		put_zone(t, rows[i].node, rows[i].zone);
		if (t->options->verbose)
			put_blocks(t, rows[i].zone);
	}
	if (most < n) {
		tx_to(t, 2);
		tx_printf(t, "and %zu more (-v shows all)", n - most);
		tx_nl(t);
	}
	put_notes(t, f->nodes);
	free(rows);
}
