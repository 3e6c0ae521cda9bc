// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Stacks of calls by the number that the kernel keeps them under. Source: lib/stackdepot.c (4.6 to 6.12),
 * include/linux/stackdepot.h (6.9).
 *
 * Records lie in pools, which an array points to; a number has the pool and the record's place in it, in units of 16
 * bytes. The array was called stack_slabs[] until 6.2 (961c949b012f renamed it), and a pointer to it took its place
 * later on: a record holds its own number, which tells what was found. From 6.9 (a6c1d9cb9a68) on the first pool has
 * the number 1.
 */
#include "kernel/census.h"

enum { ALIGN_BITS = 4, FRAMES_MAX = 4096 };

bool oom_depot_find(struct oom_depot *depot, struct oom_image *image)
{
	*depot = (struct oom_depot){.image = image};
	if (oom_symbol(image, "stack_pools", &depot->pools) != OOM_OK &&
	    oom_symbol(image, "stack_slabs", &depot->pools) != OOM_OK)
		return false;
	depot->from_one = oom_member(image, "handle_parts", "pool_index_plus_1", &depot->index) == OOM_OK;
	if (!depot->from_one && oom_member(image, "handle_parts", "pool_index", &depot->index) != OOM_OK &&
	    oom_member(image, "handle_parts", "slabindex", &depot->index) != OOM_OK)
		return false;
	return oom_member(image, "handle_parts", "offset", &depot->offset) == OOM_OK &&
	       oom_member(image, "stack_record", "size", &depot->size) == OOM_OK &&
	       oom_member(image, "stack_record", "handle", &depot->id) == OOM_OK &&
	       oom_member(image, "stack_record", "entries", &depot->entries) == OOM_OK;
}

/** A bit field of a stack's number. False: none that fits into it. */
static bool part(const struct oom_member *m, uint32_t handle, uint64_t *ret)
{
	if (!m->bit_size || m->bit_size >= 32 || m->offset || m->size != 4 || m->bit_offset > 31)
		return false;
	*ret = handle >> m->bit_offset & ((UINT32_C(1) << m->bit_size) - 1);
	return true;
}

/** The record of @p handle in the pools that the array at @p array points to; 0: it is not there. */
static uint64_t find_record(const struct oom_depot *depot, uint64_t array, uint32_t handle, uint64_t index,
			    uint64_t offset)
{
	uint32_t id;
	uint64_t pool = array ? oom_deref(depot->image, array + index * oom_image_info(depot->image)->ptr_size) : 0;
	uint64_t at = pool + (offset << ALIGN_BITS);
	return pool && oom_read_u32(depot->image, at + depot->id.offset, &id) == OOM_OK && id == handle ? at : 0;
}

size_t oom_depot_stack(const struct oom_depot *depot, uint32_t handle, uint64_t ret[OOM_STACK_FRAMES])
{
	uint64_t index, offset;
	uint32_t n;
	if (!part(&depot->index, handle, &index) || !part(&depot->offset, handle, &offset) ||
	    (depot->from_one && !index))
		return 0;
	index -= depot->from_one;
	uint64_t at = find_record(depot, depot->pools, handle, index, offset);
	if (!at)
		at = find_record(depot, oom_deref(depot->image, depot->pools), handle, index, offset);
	if (!at || oom_read_u32(depot->image, at + depot->size.offset, &n) != OOM_OK || n > FRAMES_MAX)
		return 0;
	n = n < OOM_STACK_FRAMES ? n : OOM_STACK_FRAMES;
	uint32_t size = oom_image_info(depot->image)->ptr_size;
	for (uint32_t i = 0; i < n; i++)
		if (oom_read_ulong(depot->image, at + depot->entries.offset + (uint64_t)i * size, &ret[i]) != OOM_OK)
			return i;
	return n;
}
