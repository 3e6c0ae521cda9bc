// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Maple trees (6.1+): what mm_struct.mm_mt keeps the mappings in. Source: include/linux/maple_tree.h, lib/maple_tree.c.
 *
 *   maple_tree.ma_root ──► node (256 bytes, aligned to it)          the low 8 bits of a link: bits 3..6 the
 *                          maple_range_64: pivot[15], slot[16]      type of the node, bit 1 of ma_root "a node"
 *                          maple_arange_64: pivot[9], slot[10]
 *
 * Slot i covers what is above pivot[i - 1] up to pivot[i]. A node that is not full ends where a pivot is 0 or reaches
 * the node's own end; what lies behind that (the last slot may hold bookkeeping) means nothing.
 */
#include "kernel/maple.h"

enum {
	TYPE_SHIFT = 3,
	TYPE_MASK = 0xf,
	LEAF_64 = 1,   // enum maple_type
	RANGE_64 = 2,  // links to nodes
	ARANGE_64 = 3, // the same, with the largest gaps below
	DEPTH_MAX = 31,
	NODE_BYTES = 256,
};

struct maple_walk {
	struct oom_image *image;
	struct oom_member pivot[2], slot[2]; // of range, arange
	size_t word, left;
	bool (*each)(void *arg, uint64_t entry);
	void *arg;
	bool stop;
};

/** Only the link in ma_root has the bit that tells a node from a single entry. */
static bool is_root_node(uint64_t entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

static bool visit(struct maple_walk *w, uint64_t link, uint64_t max, int depth);

/** One slot: an entry of a leaf, or the link to a node that ends at @p max. */
static bool take(struct maple_walk *w, unsigned int type, uint64_t slot, uint64_t max, int depth)
{
	if (!slot)
		return true;
	if (type != LEAF_64)
		return visit(w, slot, max, depth + 1);
	// Values and internal entries have low bits set; mappings are pointers.
	if (!(slot & 3))
		w->stop = !w->each(w->arg, slot);
	return true;
}

static bool visit(struct maple_walk *w, uint64_t link, uint64_t max, int depth)
{
	uint8_t node[NODE_BYTES];
	unsigned int type = link >> TYPE_SHIFT & TYPE_MASK;
	size_t kind = type == ARANGE_64;
	const struct oom_member *pivot = &w->pivot[kind], *slot = &w->slot[kind];
	bool ok = true;
	if (depth > DEPTH_MAX || !w->left || type < LEAF_64 || type > ARANGE_64 ||
	    oom_read(w->image, link & ~UINT64_C(0xff), node, sizeof(node)) != OOM_OK)
		return false;
	w->left--;
	for (size_t i = 0; i < slot->count && !w->stop; i++) {
		uint64_t end =
			i < pivot->count ? oom_get_uint(w->image, node + pivot->offset + i * w->word, w->word) : max;
		if (i && i < pivot->count && !end)
			break;
		ok &= take(w, type, oom_get_uint(w->image, node + slot->offset + i * w->word, w->word), end, depth);
		if (end >= max)
			break;
	}
	return ok;
}

bool oom_maple_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t entry),
		    void *arg)
{
	static const char *const types[] = {"maple_range_64", "maple_arange_64"};
	struct maple_walk w = {
		.image = image, .word = oom_image_info(image)->ptr_size, .left = max, .each = each, .arg = arg};
	for (size_t i = 0; i < 2; i++) {
		if (oom_member(image, types[i], "pivot", &w.pivot[i]) != OOM_OK ||
		    oom_member(image, types[i], "slot", &w.slot[i]) != OOM_OK ||
		    w.pivot[i].offset + w.pivot[i].size > NODE_BYTES || w.slot[i].offset + w.slot[i].size > NODE_BYTES)
			return false;
	}
	if (is_root_node(root))
		return visit(&w, root, UINT64_MAX >> (64 - 8 * w.word), 0);
	// A single entry needs no node.
	if (root && !(root & 3))
		each(arg, root);
	return true;
}
