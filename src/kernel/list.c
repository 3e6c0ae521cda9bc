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

/** Follows next pointers from @p at to @p end. A cycle meets the entry that was remembered at the last power of two. */
static bool follow(struct oom_image *image, uint64_t at, uint64_t end, size_t max,
		   bool (*each)(void *arg, uint64_t entry), void *arg)
{
	uint64_t remembered = 0;
	for (size_t n = 1; at != end; n++) {
		uint64_t next;
		if (!at || at == remembered || n > max || oom_read_ulong(image, at, &next) != OOM_OK)
			return false;
		if ((n & (n - 1)) == 0)
			remembered = at;
		if (!each(arg, at))
			return true;
		at = next;
	}
	return true;
}

bool oom_list_each(struct oom_image *image, uint64_t head, size_t max, bool (*each)(void *arg, uint64_t entry),
		   void *arg)
{
	uint64_t first = oom_deref(image, head);
	return first && follow(image, first, head, max, each, arg);
}

bool oom_hlist_each(struct oom_image *image, uint64_t head, size_t max, bool (*each)(void *arg, uint64_t entry),
		    void *arg)
{
	uint64_t first;
	return oom_read_ulong(image, head, &first) == OOM_OK && follow(image, first, 0, max, each, arg);
}

enum { RB_DEPTH_MAX = 128 }; // a red-black tree of 2^62 nodes is 124 deep

struct rbtree {
	struct oom_image *image;
	size_t left, word;
	bool ok, stop;
	bool (*each)(void *arg, uint64_t node);
	void *arg;
};

static void visit_rb(struct rbtree *t, uint64_t node, int depth)
{
	uint8_t buf[3 * 8]; // struct rb_node: __rb_parent_color, rb_right, rb_left
	if (!node || t->stop)
		return;
	if (depth >= RB_DEPTH_MAX || !t->left || oom_read(t->image, node, buf, 3 * t->word) != OOM_OK) {
		t->ok = false;
		return;
	}
	t->left--;
	t->stop = !t->each(t->arg, node);
	visit_rb(t, oom_get_uint(t->image, buf + t->word, t->word), depth + 1);
	visit_rb(t, oom_get_uint(t->image, buf + 2 * t->word, t->word), depth + 1);
}

bool oom_rbtree_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t node),
		     void *arg)
{
	uint64_t first;
	struct rbtree t = {image, max, oom_image_info(image)->ptr_size, true, false, each, arg};
	if (oom_read_ulong(image, root, &first) != OOM_OK)
		return false;
	visit_rb(&t, first, 0);
	return t.ok;
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
