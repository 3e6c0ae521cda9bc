// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Processes that are the same thing: which belong together, and what they hold without counting a page twice.
 *
 * The machine: 8 GiB, of which the kernel's own counter (NR_ANON_MAPPED) says how much is anonymous memory.
 */
#include "test_classify_case.h"
#include <stdio.h>

enum { MIB = 1024, RAM_KB = 8 * 1024 * MIB };

/** A dump of an exhausted machine; what is not anonymous memory is free or slab. */
static struct oom_state *machine(struct tc *t, int64_t anon_kb)
{
	*t = tc_new("6.8.0");
	struct oom_event *e = tc_event(t, "sshd", 99, "GFP_KERNEL", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	struct oom_state *s = tc_state(t);
	t->c->source.kind = OOM_INPUT_VMCORE;
	t->c->system.ram_kb = s->memory.total_kb = RAM_KB;
	s->memory.free_kb = 40 * MIB;
	s->memory.anon_kb = anon_kb;
	s->memory.file_kb = s->memory.shmem_kb = 20 * MIB;
	s->memory.slab_unreclaimable_kb = RAM_KB - anon_kb - 100 * MIB;
	s->memory.slab_reclaimable_kb = 20 * MIB;
	s->memory.unaccounted_kb = 0;
	s->origin = (struct oom_origin){OOM_FROM_MEMORY, "vm_node_stat", 0x1000};
	tc_zone(t, s, 0, "Normal", 40 * MIB, 45 * MIB, 60 * MIB, RAM_KB);
	return s;
}

/** @p text with @p i for its '#'. */
static const char *printed(struct tc *t, const char *text, int i)
{
	struct oom_strings list = {0};
	int before = (int)strcspn(text, "#");
	if (!text[before])
		return text;
	oom_strings_addf(t->c->arena, &list, "%.*s%d%s", before, text, i, text + before + 1);
	return list.v[0];
}

static const struct oom_task_group *only_group(const struct oom_verdict *v)
{
	assert_int_equal(v->groups.n, 1);
	return &v->groups.v[0];
}

/** Sums of what is theirs; shared memory stands beside, once. */
static void test_sums(void **state)
{
	(void)state;
	struct tc t;
	struct oom_state *s = machine(&t, 6200 * MIB);
	for (int i = 0; i < 60; i++) {
		struct oom_task *k = tc_task(&t, s, "php-fpm", 200 + i, (i == 7 ? 110 : 100) * MIB);
		k->swap_kb = 2 * MIB;
		k->pgtables_kb = 500;
		k->rss_shmem_kb = i == 3 ? 70 * MIB : 64 * MIB;
	}
	tc_task(&t, s, "mysqld", 108, 150 * MIB);
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(oom_consumer_id(v->consumer), "task");
	assert_string_equal(v->culprit->name, "php-fpm");
	assert_int_equal(v->culprit->pid, OOM_ABSENT);
	assert_int_equal(v->culprit->processes, 60);
	assert_int_equal(v->culprit->largest_pid, 207);
	assert_int_equal(v->culprit->kb, 6010 * MIB);
	const struct oom_task_group *g = only_group(v);
	assert_int_equal(g->processes, 60);
	assert_int_equal(g->kb, 6010 * MIB);
	assert_int_equal(g->anon_sum_kb, 6010 * MIB);
	assert_int_equal(g->swap_kb, 120 * MIB);
	assert_int_equal(g->pgtables_kb, 30000);
	assert_int_equal(g->shmem_largest_kb, 70 * MIB);
	assert_int_equal(g->largest_kb, 110 * MIB);
	assert_non_null(strstr(v->summary, "60 processes named php-fpm hold 5.9 GiB"));
	assert_non_null(tc_finding(v, "task-holds-memory"));
	assert_non_null(strstr(tc_advice(v, "task-holds-memory")->title, "Run fewer processes named php-fpm"));
	tc_free(&t);
}

/**
 * Workers that were forked after their parent had read its data: 60 times 100 MiB by their own counters, 500 MiB by the
 * machine's. They are not the consumer; the one process with 5 GiB is.
 */
static void test_forked(void **state)
{
	(void)state;
	struct tc t;
	struct oom_state *s = machine(&t, 5500 * MIB);
	for (int i = 0; i < 60; i++)
		tc_task(&t, s, "php-fpm", 200 + i, 100 * MIB);
	tc_task(&t, s, "mysqld", 108, 5000 * MIB);
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "mysqld");
	assert_int_equal(v->culprit->pid, 108);
	const struct oom_task_group *g = only_group(v);
	assert_int_equal(g->anon_sum_kb, 6000 * MIB);
	assert_int_equal(g->kb, 500 * MIB);
	// Without mysqld, and the workers with as much of their own: at least so much is theirs.
	tc_free(&t);
	s = machine(&t, 6000 * MIB);
	for (int i = 0; i < 60; i++)
		tc_task(&t, s, "php-fpm", 200 + i, 150 * MIB);
	v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "php-fpm");
	assert_int_equal(v->culprit->kb, 6000 * MIB);
	assert_non_null(strstr(v->summary, "hold at least 5.9 GiB"));
	assert_non_null(strstr(tc_finding(v, "task-holds-memory")->detail, "fork"));
	tc_free(&t);
}

/** worker-1 … worker-40 are one program, python2 and python3 are two, and the number may be the version's. */
static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		int count;
		const char *name; // of the group; NULL: no group
	} cases[] = {
		{"worker-#", 40, "worker*"}, {"conn#", 40, "conn*"}, {"queue:#", 40, "queue*"},
		{"python#", 2, NULL},	     {"app1.#", 40, NULL},   {"#", 40, NULL},
	};
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct tc t;
		struct oom_state *s = machine(&t, 6000 * MIB);
		for (int i = 1; i <= cases[n].count; i++)
			tc_task(&t, s, printed(&t, cases[n].pattern, i), 200 + i, 6000 * MIB / cases[n].count);
		const struct oom_verdict *v = tc_judge(&t);
		if (!cases[n].name) {
			assert_int_equal(v->groups.n, 0);
			assert_true(!v->culprit || oom_known(v->culprit->pid));
		} else {
			assert_string_equal(only_group(v)->name, cases[n].name);
			assert_string_equal(v->culprit->name, cases[n].name);
			assert_int_equal(v->culprit->processes, 40);
		}
		tc_free(&t);
	}
}

/** A victim out of a numbered group is one of the culprit's. */
static void test_victim_of_group(void **state)
{
	(void)state;
	struct tc t;
	struct oom_state *s = machine(&t, 6000 * MIB);
	for (int i = 1; i <= 40; i++)
		tc_task(&t, s, printed(&t, "worker-#", i), 200 + i, 150 * MIB);
	struct oom_event *e = &t.c->events.v[0];
	tc_victim(&t, e, "worker-17", 217, 150 * MIB);
	const struct oom_verdict *v = tc_judge(&t);
	assert_int_equal(v->victim_is_culprit, OOM_YES);
	e->victims.v[0].comm = "worker";
	e->victims.v[0].pid = 1;
	assert_int_equal(tc_judge(&t)->victim_is_culprit, OOM_YES);
	e->victims.v[0].comm = "workers-1";
	assert_int_equal(tc_judge(&t)->victim_is_culprit, OOM_NO);
	tc_free(&t);
}

/** Containers, cgroups and executables keep equal names apart; the sessions of a user and the tasks of a job do not. */
static void test_homes(void **state)
{
	(void)state;
	static const struct {
		const char *memcg, *container, *exe; // with the number of the process
		size_t groups;
	} cases[] = {
		{NULL, NULL, NULL, 1},
		{"/system.slice/php#.service", NULL, NULL, 2},
		{"/kubepods/pod/#", "c0ffee#", NULL, 2},
		{"/user.slice/user-1000.slice/session-#.scope", NULL, NULL, 1},
		{"/slurm/uid_7/job_42/step_0/task_#", NULL, NULL, 1},
		{"/system.slice/php.service", NULL, "/opt/#/php", 2},
	};
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct tc t;
		struct oom_state *s = machine(&t, 6000 * MIB);
		for (int i = 0; i < 40; i++) {
			struct oom_task *k = tc_task(&t, s, "php-fpm", 200 + i, 150 * MIB);
			k->memcg = cases[n].memcg ? printed(&t, cases[n].memcg, i % 2) : NULL;
			k->container = cases[n].container ? printed(&t, cases[n].container, i % 2) : NULL;
			k->exe = cases[n].exe ? printed(&t, cases[n].exe, i % 2) : NULL;
		}
		const struct oom_verdict *v = tc_judge(&t);
		assert_int_equal(v->groups.n, cases[n].groups);
		assert_int_equal(v->groups.v[0].processes, 40 / (int)cases[n].groups);
		tc_free(&t);
	}
	// The executables of the largest processes only are known: the others are the same.
	struct tc t;
	struct oom_state *s = machine(&t, 6000 * MIB);
	for (int i = 0; i < 40; i++)
		tc_task(&t, s, "php-fpm", 200 + i, 150 * MIB)->exe = i < 4 ? "/usr/sbin/php-fpm8.2" : NULL;
	const struct oom_task_group *g = only_group(tc_judge(&t));
	assert_int_equal(g->processes, 40);
	assert_string_equal(g->exe, "/usr/sbin/php-fpm8.2");
	tc_free(&t);
}

/** A table before 6.8 has rss only: the group is named, its size is not told. */
static void test_without_split(void **state)
{
	(void)state;
	struct tc t;
	struct oom_state *s = machine(&t, 6000 * MIB);
	for (int i = 0; i < 40; i++)
		tc_row(&t, s, "php-fpm", 200 + i, 150 * MIB / 4, 40960, 0);
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "php-fpm");
	assert_int_equal(v->culprit->kb, OOM_ABSENT);
	assert_int_equal(only_group(v)->kb, OOM_ABSENT);
	assert_int_equal(only_group(v)->anon_sum_kb, OOM_ABSENT);
	assert_int_equal(only_group(v)->largest_kb, OOM_ABSENT);
	assert_int_equal(only_group(v)->largest_rss_kb, 150 * MIB);
	tc_free(&t);
}

/** One process that is most of its name stays the culprit; a name that is missing groups nothing. */
static void test_one_of_them(void **state)
{
	(void)state;
	struct tc t;
	struct oom_state *s = machine(&t, 6000 * MIB);
	for (int i = 0; i < 10; i++)
		tc_task(&t, s, "python3", 200 + i, i == 4 ? 5500 * MIB : 50 * MIB);
	const struct oom_verdict *v = tc_judge(&t);
	assert_int_equal(v->culprit->pid, 204);
	assert_int_equal(v->culprit->processes, 1);
	tc_free(&t);
	s = machine(&t, 6000 * MIB);
	for (int i = 0; i < 10; i++)
		tc_task(&t, s, NULL, 200 + i, 600 * MIB);
	assert_int_equal(tc_judge(&t)->groups.n, 0);
	tc_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	    cmocka_unit_test(test_forked),
		cmocka_unit_test(test_numbers),	    cmocka_unit_test(test_victim_of_group),
		cmocka_unit_test(test_homes),	    cmocka_unit_test(test_without_split),
		cmocka_unit_test(test_one_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
