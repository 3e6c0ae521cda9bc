// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Lists and trees of the kernel that only need counting or visiting; all bounded.
 */
#include "kernel/walk.h"

int64_t oom_list_count(struct oom_image *image, uint64_t head, int64_t max)
{
	uint64_t at = oom_deref(image, head);
	for (int64_t n = 0; n <= max && at; n++) {
		if (at == head)
			return n;
		at = oom_deref(image, at);
	}
	return OOM_ABSENT;
}

enum {
	DEPTH_MAX = 12, // 6 bits a level: 11 levels reach 64
	SLOTS_MAX = 64,
};

struct tree {
	struct oom_image *image;
	struct oom_member slots;
	uint64_t tag; // low two bits of an entry that points to a node
	size_t left;  // nodes that may still be visited
	bool ok, stop;
	bool (*each)(void *arg, uint64_t entry);
	void *arg;
};

static void visit(struct tree *t, uint64_t entry, int depth)
{
	// xarray.h: an internal entry (binary 10) above 4096 is a node, below it a sibling or an error. radix-tree.h of
	// 4.15 to 4.19: binary 01 is a node. Values (01, exceptional entries 10) do not occur in a table of pointers.
	if (!entry || t->stop)
		return;
	if ((entry & 3) == 0) {
		t->stop = !t->each(t->arg, entry);
		return;
	}
	if ((entry & 3) != t->tag || entry <= 4096)
		return;
	uint8_t buf[SLOTS_MAX * 8];
	size_t word = oom_image_info(t->image)->ptr_size, n = t->slots.size / word;
	if (depth >= DEPTH_MAX || !t->left || n > SLOTS_MAX ||
	    oom_read(t->image, entry - t->tag + t->slots.offset, buf, n * word) != OOM_OK) {
		t->ok = false;
		return;
	}
	t->left--;
	for (size_t i = 0; i < n && !t->stop; i++)
		visit(t, oom_get_uint(t->image, buf + i * word, word), depth + 1);
}

bool oom_xarray_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t entry),
		     void *arg)
{
	struct tree t = {.image = image, .left = max, .ok = true, .each = each, .arg = arg, .tag = 2};
	// The xarray took the radix tree's place in 4.20 (f6bb2a2c0b81).
	if (oom_member(image, "xa_node", "slots", &t.slots) != OOM_OK) {
		t.tag = 1;
		if (oom_member(image, "radix_tree_node", "slots", &t.slots) != OOM_OK)
			return false;
	}
	visit(&t, root, 0);
	return t.ok;
}
