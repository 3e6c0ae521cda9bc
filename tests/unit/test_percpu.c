// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the walkers share: records, per-CPU sums, lists, trees, the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/walk.h"

static void sums_parts_of_present_cpus(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_cpus(k);
	uint64_t counter = fk_alloc(k, 40);
	fk_put(k, counter + 8, 8, 1000);
	fk_put(k, counter + 32, 8, 0x100);
	fk_percpu(k, 0x100, 0, 4, -30);
	fk_percpu(k, 0x100, 2, 4, 7);
	fk_symbol(k, "counted", 0x200);
	fk_percpu(k, 0x200, 0, 8, 5);
	fk_percpu(k, 0x200, 2, 8, -2);
	struct oom_image *image = fk_open(k);
	struct oom_arena *arena = oom_arena_new();
	struct oom_percpu pc;
	assert_true(oom_percpu_init(&pc, image, arena));
	assert_int_equal(pc.n, 2);
	assert_int_equal(oom_percpu_counter(&pc, counter), 977);
	assert_int_equal(oom_percpu_variable(&pc, "counted", 0), 3);
	assert_int_equal(oom_percpu_variable(&pc, "nothing", 0), OOM_ABSENT);
	fk_put(k, counter + 8, 8, 3); // 3 - 23 < 0: read while other CPUs count
	assert_int_equal(oom_percpu_counter(&pc, counter), 0);
	oom_arena_free(arena);
	fk_free(k);
}

static void sums_side_by_side_and_apart(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_cpus(k);
	struct oom_image *image = fk_open(k);
	struct oom_arena *arena = oom_arena_new();
	struct oom_percpu pc;
	assert_true(oom_percpu_init(&pc, image, arena));
	uint64_t near[4] = {0x100, 0x104, 0, 0x10c}, apart[2] = {0x100, 0x8000};
	for (int i = 0; i < 4; i++) {
		fk_percpu(k, 0x100 + (uint64_t)i * 4, 0, 4, 10 * (i + 1));
		fk_percpu(k, 0x100 + (uint64_t)i * 4, 2, 4, -1);
	}
	fk_percpu(k, 0x8000, 2, 4, 99);
	int64_t sums[4] = {1, 2, 3, 4}, two[2] = {0, 0};
	assert_true(oom_percpu_sum(&pc, near, 4, sums));
	assert_int_equal(sums[0], 10);
	assert_int_equal(sums[1], 21);
	assert_int_equal(sums[2], 3);
	assert_int_equal(sums[3], 43);
	assert_true(oom_percpu_sum(&pc, apart, 2, two));
	assert_int_equal(two[0], 9);
	assert_int_equal(two[1], 99);
	// One CPU's page is missing: no sum rather than a wrong one.
	fk_drop(k, pc.offset[1] + 0x8000);
	int64_t same[2] = {5, 6};
	assert_false(oom_percpu_sum(&pc, apart, 2, same));
	assert_int_equal(same[0], 5);
	assert_int_equal(same[1], 6);
	oom_arena_free(arena);
	fk_free(k);
}

static void knows_a_kernel_for_one_cpu(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_struct(k, "percpu_counter", 8); // CONFIG_SMP=n: the count is all
	fk_member(k, "count", k->t_long, 0);
	uint64_t counter = fk_alloc(k, 8);
	fk_put(k, counter, 8, 42);
	struct oom_arena *arena = oom_arena_new();
	struct oom_percpu pc;
	assert_true(oom_percpu_init(&pc, fk_open(k), arena));
	assert_int_equal(pc.n, 1);
	assert_int_equal(oom_percpu_addr(&pc, 0x1000, 0), 0x1000);
	assert_int_equal(oom_percpu_counter(&pc, counter), 42);
	oom_arena_free(arena);
	fk_free(k);
}

static void refuses_unknown_cpus(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_symbol(k, "__per_cpu_offset", fk_alloc(k, 64)); // and no mask of CPUs
	struct oom_arena *arena = oom_arena_new();
	struct oom_percpu pc;
	assert_false(oom_percpu_init(&pc, fk_open(k), arena));
	int64_t sum = 0;
	uint64_t ptr = 0x100;
	assert_false(oom_percpu_sum(&pc, &ptr, 1, &sum));
	oom_arena_free(arena);
	fk_free(k);
}

enum { A_LOW, A_HIGH, A_RENAMED, A_NONE, A_ARRAY, A_NR };
static const struct oom_want wants[A_NR] = {
	[A_LOW] = {"thing", "low", NULL},
	[A_HIGH] = {"thing", "high", NULL},
	[A_RENAMED] = {"thing", "new_name", "old_name"},
	[A_NONE] = {"thing", "nothing", NULL},
	[A_ARRAY] = {"thing", "array", NULL},
};

static void thing_type(struct fk *k, unsigned int high)
{
	int array = fk_array(k, k->t_short, 3);
	fk_struct(k, "thing", high + 8);
	fk_member(k, "low", k->t_int, 0);
	fk_member(k, "old_name", k->t_uint, 4);
	fk_member(k, "array", array, 8);
	fk_member(k, "high", k->t_ptr, high);
}

static void reads_a_structure(void **state)
{
	(void)state;
	// Close together: one read. Far apart: member by member.
	const unsigned int offsets[] = {4096, 128 * 1024};
	for (size_t i = 0; i < 2; i++) {
		struct fk *k = fk_new();
		thing_type(k, offsets[i]);
		uint64_t thing = fk_page(k, offsets[i] + 8);
		fk_put(k, thing, 4, -7);
		fk_put(k, thing + 4, 4, 0xffffffff);
		fk_put(k, thing + 8, 2, -1);
		fk_put(k, thing + 12, 2, 300);
		fk_put(k, thing + offsets[i], 8, 0x1234);
		struct oom_image *image = fk_open(k);
		struct oom_arena *arena = oom_arena_new();
		struct oom_layout layout;
		struct oom_record r;
		assert_int_equal(oom_layout_find(&layout, image, wants, A_NR), 4);
		assert_int_equal(layout.sparse, i == 1);
		assert_true(oom_record_init(&r, image, &layout, arena));
		assert_true(oom_record_read(&r, thing));
		assert_int_equal(oom_record_int(&r, A_LOW), -7);
		assert_int_equal(oom_record_int(&r, A_RENAMED), 0xffffffff);
		assert_int_equal(oom_record_signed(&r, A_RENAMED), -1);
		assert_int_equal(oom_record_int(&r, A_NONE), OOM_ABSENT);
		assert_int_equal(oom_record_addr(&r, A_NONE), 0);
		assert_int_equal(oom_record_nth(&r, A_ARRAY, 0), -1);
		assert_int_equal(oom_record_nth(&r, A_ARRAY, 2), 300);
		assert_int_equal(oom_record_nth(&r, A_ARRAY, 3), OOM_ABSENT);
		assert_int_equal(oom_record_ptr(&r, A_HIGH), 0x1234);
		// The page with the last member is missing: the others are still told.
		fk_drop(k, thing + offsets[i]);
		assert_true(oom_record_read(&r, thing));
		assert_int_equal(oom_record_int(&r, A_LOW), -7);
		assert_int_equal(oom_record_ptr(&r, A_HIGH), 0);
		assert_false(oom_record_has(&r, A_HIGH));
		assert_false(oom_record_read(&r, 0));
		assert_int_equal(oom_record_int(&r, A_LOW), OOM_ABSENT);
		oom_arena_free(arena);
		fk_free(k);
	}
}

static void counts_lists(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t head = fk_alloc(k, 16), entry[4];
	fk_list_init(k, head);
	struct oom_image *image = fk_open(k);
	assert_int_equal(oom_list_count(image, head, 10), 0);
	for (int i = 0; i < 4; i++) {
		entry[i] = fk_page(k, 16);
		fk_list_add_tail(k, entry[i], head);
	}
	assert_int_equal(oom_list_count(image, head, 10), 4);
	assert_int_equal(oom_list_count(image, head, 4), 4);
	assert_int_equal(oom_list_count(image, head, 3), OOM_ABSENT);
	fk_put(k, entry[3], 8, (int64_t)entry[1]); // a cycle that leaves the head out
	assert_int_equal(oom_list_count(image, head, 1000), OOM_ABSENT);
	fk_drop(k, entry[2]);
	assert_int_equal(oom_list_count(image, head, 10), OOM_ABSENT);
	fk_free(k);
}

static bool note_entry(void *arg, uint64_t entry)
{
	uint64_t *sum = arg;
	*sum += entry;
	return true;
}

static void walks_trees(void **state)
{
	(void)state;
	// The same tree of two levels, as an xarray and as the radix tree of 4.15 to 4.19.
	for (int old = 0; old < 2; old++) {
		struct fk *k = fk_new();
		int slots = fk_array(k, k->t_ptr, 64);
		fk_struct(k, old ? "radix_tree_node" : "xa_node", 40 + 512);
		fk_member(k, "slots", slots, 40);
		uint64_t tag = old ? 1 : 2, root = fk_alloc(k, 552), leaf = fk_page(k, 552);
		fk_put(k, root + 40, 8, (int64_t)(leaf | tag));
		fk_put(k, root + 40 + 8, 8, 0x5000);
		fk_put(k, leaf + 40, 8, 0x10000);
		fk_put(k, leaf + 40 + 63 * 8, 8, 0x20000);
		fk_put(k, leaf + 40 + 8, 8, (257 << 2) | 2); // XA_ZERO_ENTRY: no node
		struct oom_image *image = fk_open(k);
		uint64_t sum = 0;
		assert_true(oom_xarray_each(image, root | tag, 100, note_entry, &sum));
		assert_int_equal(sum, 0x35000);
		sum = 0;
		assert_true(oom_xarray_each(image, 0x7000, 100, note_entry, &sum)); // one entry, no node
		assert_int_equal(sum, 0x7000);
		// A node that is its own child: bounded by depth.
		fk_put(k, leaf + 40 + 16, 8, (int64_t)(leaf | tag));
		assert_false(oom_xarray_each(image, root | tag, 100, note_entry, &sum));
		fk_drop(k, leaf);
		sum = 0;
		assert_false(oom_xarray_each(image, root | tag, 100, note_entry, &sum));
		assert_int_equal(sum, 0x5000); // what could be read is there
		fk_free(k);
	}
}

static void map_keeps_what_it_was_given(void **state)
{
	(void)state;
	OOM_MAP struct oom_map map = {0};
	assert_null(oom_map_get(&map, 5));
	assert_false(oom_map_add(&map, 0, 1));
	for (uint64_t i = 1; i <= 10000; i++)
		assert_true(oom_map_add(&map, i << 12, i));
	assert_false(oom_map_add(&map, 1 << 12, 99));
	assert_int_equal(map.n, 10000);
	for (uint64_t i = 1; i <= 10000; i++)
		assert_int_equal(*oom_map_get(&map, i << 12), i);
	assert_null(oom_map_get(&map, 10001 << 12));
}

static void variables(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_var(k, "minus", 4, -5);
	fk_var(k, "word", 8, INT64_C(1) << 40);
	uint64_t text = fk_alloc(k, 16);
	fk_text(k, text, "Normal");
	fk_var(k, "name", 8, (int64_t)text);
	struct oom_image *image = fk_open(k);
	struct oom_arena *arena = oom_arena_new();
	assert_int_equal(oom_variable(image, "minus", 4), -5);
	assert_int_equal(oom_variable(image, "word", 0), INT64_C(1) << 40);
	assert_int_equal(oom_variable(image, "none", 0), OOM_ABSENT);
	assert_string_equal(oom_string_at(image, oom_variable_ptr(image, "name"), 32, arena), "Normal");
	assert_null(oom_string_at(image, 0x10, 32, arena));
	assert_int_equal(oom_pages_kb(image, 3), 12);
	assert_int_equal(oom_pages_kb(image, -3), 0);
	assert_int_equal(oom_pages_kb(image, INT64_MAX), OOM_ABSENT);
	assert_int_equal(oom_plus(OOM_ABSENT, 3), 3);
	assert_int_equal(oom_plus(INT64_MAX, 1), OOM_ABSENT);
	assert_true(oom_built_without(image, "swap_info"));
	assert_false(oom_built_without(image, "word"));
	oom_arena_free(arena);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_parts_of_present_cpus),
		cmocka_unit_test(sums_side_by_side_and_apart),
		cmocka_unit_test(knows_a_kernel_for_one_cpu),
		cmocka_unit_test(refuses_unknown_cpus),
		cmocka_unit_test(reads_a_structure),
		cmocka_unit_test(counts_lists),
		cmocka_unit_test(walks_trees),
		cmocka_unit_test(map_keeps_what_it_was_given),
		cmocka_unit_test(variables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
