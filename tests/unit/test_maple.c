// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Maple trees, built by hand after the kernel's description (include/linux/maple_tree.h), whole and damaged. */
#include "fakekernel.h"
#include "kernel/maple.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LEAF = 1, RANGE = 2, ARANGE = 3, PIVOTS = 8, SLOTS_RANGE = 8 + 15 * 8, SLOTS_ARANGE = 8 + 9 * 8 };

struct seen {
	uint64_t v[64];
	size_t n, stop_at;
};

static bool each(void *arg, uint64_t entry)
{
	struct seen *s = arg;
	if (s->n < 64)
		s->v[s->n++] = entry;
	return s->n != s->stop_at;
}

static struct fk *tree_kernel(void)
{
	struct fk *k = fk_new();
	int pivots15 = fk_array(k, k->t_ulong, 15), slots16 = fk_array(k, k->t_ptr, 16);
	int pivots9 = fk_array(k, k->t_ulong, 9), slots10 = fk_array(k, k->t_ptr, 10);
	fk_struct(k, "maple_range_64", 256);
	fk_member(k, "parent", k->t_ptr, 0);
	fk_member(k, "pivot", pivots15, PIVOTS);
	fk_member(k, "slot", slots16, SLOTS_RANGE);
	fk_struct(k, "maple_arange_64", 256);
	fk_member(k, "parent", k->t_ptr, 0);
	fk_member(k, "pivot", pivots9, PIVOTS);
	fk_member(k, "slot", slots10, SLOTS_ARANGE);
	return k;
}

static uint64_t node(struct fk *k)
{
	return fk_page(k, 256);
}

/** A link as the kernel stores it in a slot: bit 2 is always set. */
static uint64_t link_to(uint64_t node, unsigned int type)
{
	return node | type << 3 | 4;
}

static void slot(struct fk *k, uint64_t node, unsigned int type, unsigned int i, uint64_t pivot, uint64_t entry)
{
	if (pivot)
		fk_put(k, node + PIVOTS + i * 8, 8, (int64_t)pivot);
	fk_put(k, node + (type == ARANGE ? SLOTS_ARANGE : SLOTS_RANGE) + i * 8, 8, (int64_t)entry);
}

static void test_two_levels(void **state)
{
	(void)state;
	struct fk *k = tree_kernel();
	uint64_t root = node(k), a = node(k), b = node(k);
	slot(k, root, ARANGE, 0, 99, link_to(a, LEAF));
	slot(k, root, ARANGE, 1, UINT64_MAX, link_to(b, LEAF));
	slot(k, root, ARANGE, 2, 0, link_to(a, LEAF)); // behind the end: old
	slot(k, a, LEAF, 0, 9, 0);
	slot(k, a, LEAF, 1, 49, 0x1000);
	slot(k, a, LEAF, 2, 99, 0x2000);
	slot(k, a, LEAF, 3, 0, 0xdead0000);
	slot(k, b, LEAF, 0, 199, 0x3000);
	slot(k, b, LEAF, 1, 0, 0xdead0000); // pivot 0 ends the node
	struct seen s = {.n = 0};
	fk_open(k);
	assert_true(oom_maple_each(k->image, link_to(root, ARANGE) | 2, 100, each, &s));
	assert_int_equal(s.n, 3);
	assert_int_equal(s.v[0], 0x1000);
	assert_int_equal(s.v[1], 0x2000);
	assert_int_equal(s.v[2], 0x3000);
	s = (struct seen){.stop_at = 1};
	assert_true(oom_maple_each(k->image, link_to(root, ARANGE) | 2, 100, each, &s));
	assert_int_equal(s.n, 1);
	fk_free(k);
}

/** A full leaf has one slot more than pivots, which ends with the node. */
static void test_full(void **state)
{
	(void)state;
	struct fk *k = tree_kernel();
	uint64_t root = node(k);
	for (unsigned int i = 0; i < 16; i++)
		slot(k, root, LEAF, i, i < 15 ? (i + 1) * 10 : 0, 0x1000 * (i + 1));
	struct seen s = {.n = 0};
	fk_open(k);
	assert_true(oom_maple_each(k->image, link_to(root, LEAF) | 2, 100, each, &s));
	assert_int_equal(s.n, 16);
	assert_int_equal(s.v[15], 0x10000);
	s.n = 0;
	assert_true(oom_maple_each(k->image, 0, 100, each, &s)); // an empty tree
	assert_int_equal(s.n, 0);
	assert_true(oom_maple_each(k->image, 0x5000, 100, each, &s)); // one entry, no node
	assert_int_equal(s.n, 1);
	fk_free(k);
}

static void test_damaged(void **state)
{
	(void)state;
	struct fk *k = tree_kernel();
	uint64_t root = node(k), gone = node(k);
	slot(k, root, RANGE, 0, 10, link_to(root, RANGE)); // a cycle
	slot(k, root, RANGE, 1, UINT64_MAX, link_to(gone, LEAF));
	fk_drop(k, gone);
	struct seen s = {.n = 0};
	fk_open(k);
	assert_false(oom_maple_each(k->image, link_to(root, RANGE) | 2, 1000, each, &s));
	assert_int_equal(s.n, 0);
	assert_false(oom_maple_each(k->image, link_to(root, 9) | 2, 1000, each, &s)); // no such type
	assert_false(oom_maple_each(k->image, link_to(gone, LEAF) | 2, 1000, each, &s));
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_levels), cmocka_unit_test(test_full),
					   cmocka_unit_test(test_damaged)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
