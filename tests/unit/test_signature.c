// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The same cause on another machine has the same signature; another cause has another. */
#include "test_classify_case.h"

static const char *of(struct tc *t, const char *release, const char *comm, int64_t pid, int64_t ram_kb,
		      const char *memcg)
{
	*t = tc_new(release);
	struct oom_event *e = tc_event(t, comm, pid, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	tc_zone(t, &e->state, 0, "Normal", ram_kb / 1000, ram_kb / 500, ram_kb / 400, ram_kb);
	e->state.memory.total_kb = ram_kb;
	tc_task(t, &e->state, comm, pid, ram_kb / 4 * 3);
	tc_task(t, &e->state, "sshd", 12, ram_kb / 100);
	if (memcg)
		tc_memcg(t, e, memcg, memcg, ram_kb, ram_kb);
	return tc_judge(t)->signature;
}

static void same(const char *a, const char *b)
{
	assert_string_equal(a, b);
}

static void test_same_cause(void **state)
{
	(void)state;
	struct tc t[2];
	same(of(&t[0], "6.1.0-56-cloud-amd64", "worker-17", 87, 223388, NULL),
	     of(&t[1], "4.18.0-553.el8.x86_64", "worker-3", 31337, 65000000, NULL));
	assert_true(!strncmp(t[0].d->top.signature, "host-exhausted/task/", 20));
	assert_int_equal(strlen(t[0].d->top.signature), 28);
	tc_free(&t[0]);
	tc_free(&t[1]);
	// Another pod of the same program.
	same(of(&t[0], "5.15.0", "java", 7, 204800, "/kubepods/pod9eb0e64e"),
	     of(&t[1], "6.8.0", "java", 9, 409600, "/kubepods/podaa51c0de"));
	tc_free(&t[0]);
	tc_free(&t[1]);
}

static void test_other_cause(void **state)
{
	(void)state;
	struct tc t[3];
	const char *a = of(&t[0], "6.1.0", "java", 7, 204800, NULL), *b = of(&t[1], "6.1.0", "mysqld", 7, 204800, NULL),
		   *c = of(&t[2], "6.1.0", "java", 7, 204800, "/a");
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
	for (int i = 0; i < 3; i++)
		tc_free(&t[i]);
}

/** The name is in the hash alone: an id may be shown where names may not. */
static void test_no_name_inside(void **state)
{
	(void)state;
	struct tc t;
	const char *s = of(&t, "6.1.0", "\033[2Jsecret\n", 7, 204800, NULL);
	assert_int_equal(strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-/"), strlen(s));
	assert_null(strstr(s, "secret"));
	tc_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_cause),
		cmocka_unit_test(test_other_cause),
		cmocka_unit_test(test_no_name_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
