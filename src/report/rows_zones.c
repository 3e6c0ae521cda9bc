// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The zones as rows, and what each has free. */
#include "report/rows.h"
#include <stdio.h>
#include <stdlib.h>

int64_t rp_zone_reserve(const struct oom_zone *z)
{
	int64_t kb = OOM_ABSENT;
	for (size_t i = 0; z->lowmem_reserve_kb.known && i < z->lowmem_reserve_kb.n; i++) {
		if (!oom_known(kb) || z->lowmem_reserve_kb.v[i] > kb)
			kb = z->lowmem_reserve_kb.v[i];
	}
	return kb;
}

enum rp_level rp_zone_level(const struct oom_zone *z)
{
	if (!oom_known(z->free_kb) || !oom_known(z->min_kb) || !oom_known(z->high_kb))
		return RP_LEVEL_UNKNOWN;
	if (z->free_kb <= z->min_kb)
		return RP_LEVEL_BELOW_MIN;
	// What is kept from requests for higher zones is free, and no use to these.
	int64_t kept = oom_or(rp_zone_reserve(z), 0), enough;
	if (__builtin_add_overflow(z->high_kb, kept > 0 ? kept : 0, &enough))
		enough = z->high_kb;
	return z->free_kb <= enough ? RP_LEVEL_BELOW_HIGH : RP_LEVEL_GOOD;
}

const char *rp_block(int64_t page, size_t order, char buf[RP_SIZE])
{
	if (page >= 1024 && page <= 1 << 20 && order < 30)
		return rp_size(page / 1024 << order, buf);
	snprintf(buf, RP_SIZE, "order %u", (unsigned int)order);
	return buf;
}

bool rp_has_blocks(const struct oom_free_area *a)
{
	return oom_known(a->blocks) && a->blocks > 0;
}

const char *rp_largest_block(int64_t page, const struct oom_zone *z, char buf[RP_SIZE])
{
	if (!z->free_areas.known)
		return "?";
	for (size_t i = z->free_areas.n; i-- > 0;) {
		if (rp_has_blocks(&z->free_areas.v[i]))
			return rp_block(page, i, buf);
	}
	return "none";
}

static bool has_node(const struct oom_nodes *nodes, int64_t id)
{
	for (size_t i = 0; nodes && i < nodes->n; i++) {
		if (nodes->v[i].id == id)
			return true;
	}
	return false;
}

static size_t count_zones(const struct oom_nodes *nodes)
{
	size_t n = 0;
	for (size_t i = 0; nodes && i < nodes->n; i++)
		n += nodes->v[i].zones.n;
	return n;
}

bool rp_zones_printed(const struct rp_facts *f)
{
	return f->event && f->nodes == &f->event->state.nodes;
}

struct rp_zone *rp_zones(const struct rp_facts *f, size_t *n)
{
	const struct oom_nodes *rest = rp_zones_printed(f) && f->state ? &f->state->nodes : NULL;
	const struct oom_nodes *lists[] = {f->nodes, rest};
	size_t most = count_zones(f->nodes) + count_zones(rest);
	struct rp_zone *rows = most ? calloc(most, sizeof(*rows)) : NULL;
	*n = 0;
	for (size_t l = 0; rows && l < 2; l++) {
		for (size_t i = 0; lists[l] && i < lists[l]->n; i++) {
			const struct oom_node *node = &lists[l]->v[i];
			for (size_t k = 0; k < node->zones.n && !(l && has_node(f->nodes, node->id)); k++)
				rows[(*n)++] = (struct rp_zone){&node->zones.v[k], node->id, l == 1};
		}
	}
	if (!*n) {
		free(rows);
		rows = NULL;
	}
	return rows;
}
