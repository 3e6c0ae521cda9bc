// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Sizes, shares, times, shell words and node lists as texts. */
#include "classify/internal.h"
#include "test_classify_case.h"

static struct cl_look *look(void)
{
	static struct cl_look l;
	l = (struct cl_look){.arena = oom_arena_new()};
	return &l;
}

static void test_sizes(void **state)
{
	(void)state;
	struct cl_look *l = look();
	static const struct {
		int64_t kb;
		const char *text;
	} rows[] = {
		{0, "0 KiB"},
		{512, "512 KiB"},
		{1023, "1023 KiB"},
		{1024, "1.0 MiB"},
		{9421, "9.2 MiB"},
		{10240, "10 MiB"},
		{62464, "61 MiB"},
		{223388, "218 MiB"},
		{1047552, "1023 MiB"},
		{1048000, "1023 MiB"},
		{1048500, "1.0 GiB"},
		{1048576, "1.0 GiB"},
		{16445984, "15.7 GiB"},
		{377487360, "360 GiB"},
		{INT64_C(12) << 30, "12.0 TiB"},
		{-2048, "-2.0 MiB"},
		{OOM_ABSENT, "an unknown amount"},
		{INT64_MAX, "8589934591 TiB"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(cl_kb(l, rows[i].kb), rows[i].text);
	oom_arena_free(l->arena);
}

static void test_shares(void **state)
{
	(void)state;
	struct cl_look *l = look();
	assert_string_equal(cl_percent(l, 28, 100), "28 %");
	assert_string_equal(cl_percent(l, 0, 100), "0 %");
	assert_string_equal(cl_percent(l, 4, 1000), "0.4 %");
	assert_string_equal(cl_percent(l, 1, 100000), "below 0.1 %");
	assert_string_equal(cl_percent(l, 3, 2), "150 %");
	assert_string_equal(cl_percent(l, 3, 0), "an unknown share");
	assert_string_equal(cl_times(l, 400000), "less than a second");
	assert_string_equal(cl_times(l, 61000000), "61 s");
	assert_string_equal(cl_times(l, INT64_C(10657) * 1000000), "2 h 57 min");
	assert_string_equal(cl_times(l, INT64_C(9) * 86400 * 1000000), "9 days");
	oom_arena_free(l->arena);
}

/** A path from a dump must not become a command. */
static void test_shell_words(void **state)
{
	(void)state;
	struct cl_look *l = look();
	assert_string_equal(cl_quote(l, "/sys/fs/cgroup/a.slice/b@1.service"), "/sys/fs/cgroup/a.slice/b@1.service");
	assert_string_equal(cl_quote(l, "/tmp/$(reboot)"), "'/tmp/$(reboot)'");
	assert_string_equal(cl_quote(l, "a'; rm -rf ~; '"), "'a'\\''; rm -rf ~; '\\'''");
	assert_string_equal(cl_quote(l, ""), "''");
	oom_arena_free(l->arena);
}

static void test_nodes(void **state)
{
	(void)state;
	struct cl_look *l = look();
	struct cl_nodes n, m;
	cl_nodes_parse("1", &n);
	assert_string_equal(cl_node_list(l, &n), "node 1");
	cl_nodes_parse("0-1,4", &n);
	assert_int_equal(cl_nodes_count(&n), 3);
	assert_string_equal(cl_node_list(l, &n), "nodes 0, 1 and 4");
	cl_nodes_parse("0-31", &n);
	assert_string_equal(cl_node_list(l, &n), "nodes 0, 1, 2, 3, 4, 5, 6, 7 and 24 more");
	cl_nodes_parse("2-99999", &n);
	assert_int_equal(cl_nodes_count(&n), CL_MAX_NODES - 2);
	cl_nodes_parse("(null)", &n);
	assert_false(n.known);
	cl_nodes_parse(NULL, &n);
	assert_false(n.known);
	cl_nodes_parse("5-3", &n);
	assert_int_equal(cl_nodes_count(&n), 0);
	cl_nodes_parse("0-1", &n);
	cl_nodes_parse("1", &m);
	assert_true(cl_nodes_subset(&m, &n));
	assert_false(cl_nodes_subset(&n, &m));
	cl_nodes_intersect(&n, &m);
	assert_true(cl_nodes_equal(&n, &m));
	oom_arena_free(l->arena);
}

/** Zones of a request, from names and from masks of several ages. */
static void test_request(void **state)
{
	(void)state;
	static const struct {
		const char *flags;
		int64_t mask;
		enum cl_class highest;
		bool movable;
	} rows[] = {
		{"GFP_KERNEL", OOM_ABSENT, CL_NORMAL, false},
		{"GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", OOM_ABSENT, CL_MOVABLE, true},
		{"GFP_HIGHUSER", OOM_ABSENT, CL_HIGHMEM, false},
		{"GFP_USER|__GFP_MOVABLE", OOM_ABSENT, CL_NORMAL, true},
		{"GFP_KERNEL|GFP_DMA32", OOM_ABSENT, CL_DMA32, false},
		{"__GFP_DMA|__GFP_WAIT", OOM_ABSENT, CL_DMA, false},
		{"GFP_TRANSHUGE_LIGHT", OOM_ABSENT, CL_MOVABLE, true},
		{"", 0xd0, CL_NORMAL, false},	  // GFP_KERNEL of 2.6 to 3.x
		{"", 0x201da, CL_MOVABLE, true},  // GFP_HIGHUSER_MOVABLE | COLD of 2.6.32 to 3.x
		{"", 0x1d2, CL_HIGHMEM, false},	  // 2.4 and 2.6.9
		{"", 0x84d0, CL_NORMAL, false},	  // page tables in 3.2
		{"", 0x140dca, CL_MOVABLE, true}, // 6.1
		{"", 0xcc4, CL_DMA32, false},	  // 5.x
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t = tc_new("6.1.0");
		struct oom_event *e = tc_event(&t, "x", 1, rows[i].flags, 0);
		e->gfp_mask = rows[i].mask;
		struct cl_look l = {.arena = t.c->arena, .c = t.c, .e = e};
		cl_request_decode(&l);
		assert_true(l.request.known);
		assert_int_equal(l.request.highest, rows[i].highest);
		assert_int_equal(l.request.movable, rows[i].movable);
		tc_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_shares),  cmocka_unit_test(test_shell_words),
		cmocka_unit_test(test_nodes), cmocka_unit_test(test_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
