// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Sets of NUMA nodes, as the kernel prints them with %*pbl: "0-1,4". */
#include "classify/internal.h"
#include <stdlib.h>
#include <string.h>

void cl_nodes_add(struct cl_nodes *nodes, int64_t id)
{
	if (id < 0 || id >= CL_MAX_NODES)
		return;
	nodes->known = true;
	nodes->bits[id / 64] |= UINT64_C(1) << (id % 64);
}

bool cl_nodes_has(const struct cl_nodes *nodes, int64_t id)
{
	return id >= 0 && id < CL_MAX_NODES && (nodes->bits[id / 64] >> (id % 64) & 1);
}

void cl_nodes_parse(const char *list, struct cl_nodes *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (const char *at = list; at && *at;) {
		char *end;
		long first = strtol(at, &end, 10);
		if (end == at || first < 0)
			break;
		long last = first;
		if (*end == '-') {
			at = end + 1;
			last = strtol(at, &end, 10);
			if (end == at)
				break;
		}
		for (long id = first; id <= last && id < CL_MAX_NODES; id++)
			cl_nodes_add(ret, id);
		if (*end != ',')
			break;
		at = end + 1;
	}
}

size_t cl_nodes_count(const struct cl_nodes *nodes)
{
	size_t count = 0;
	for (size_t i = 0; i < CL_MAX_NODES / 64; i++)
		count += (size_t)__builtin_popcountll(nodes->bits[i]);
	return count;
}

bool cl_nodes_meet(const struct cl_nodes *a, const struct oom_ints *ids)
{
	for (size_t i = 0; i < ids->n; i++) {
		if (cl_nodes_has(a, ids->v[i]))
			return true;
	}
	return false;
}

void cl_nodes_intersect(struct cl_nodes *nodes, const struct cl_nodes *with)
{
	if (!with->known)
		return;
	if (!nodes->known) {
		*nodes = *with;
		return;
	}
	for (size_t i = 0; i < CL_MAX_NODES / 64; i++)
		nodes->bits[i] &= with->bits[i];
}

bool cl_nodes_equal(const struct cl_nodes *a, const struct cl_nodes *b)
{
	return a->known == b->known && !memcmp(a->bits, b->bits, sizeof(a->bits));
}

bool cl_nodes_subset(const struct cl_nodes *a, const struct cl_nodes *of)
{
	for (size_t i = 0; i < CL_MAX_NODES / 64; i++) {
		if (a->bits[i] & ~of->bits[i])
			return false;
	}
	return true;
}
