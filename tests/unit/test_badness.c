// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * oom_badness() against what kernels printed: "Kill process … score N" of the logs under shared/corpus, and the tables
 * of the lab's guests. The sum for 6.x was also compared with /proc/self/oom_score of a running 6.18: (1000 + badness)
 * × 2 / 3.
 */
#include "test_classify_case.h"

/** A report of the whole machine; totals in pages of 4 KiB. */
static struct oom_event *machine(struct tc *t, const char *release, int64_t ram_pages, int64_t swap_kb,
				 int64_t swap_free_kb)
{
	*t = tc_new(release);
	struct oom_event *e = tc_event(t, "sed", 29481, "GFP_HIGHUSER_MOVABLE", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	e->state.memory.total_kb = ram_pages * 4;
	e->state.memory.swap_total_kb = swap_kb;
	e->state.memory.swap_free_kb = swap_free_kb;
	return e;
}

/** A row of 3.7 to 4.14: nr_ptes in pages. */
static struct oom_task *row_ptes(struct tc *t, struct oom_event *e, const char *comm, int64_t uid, int64_t rss,
				 int64_t ptes, int64_t swapents, int64_t adj)
{
	struct oom_task *k = tc_row(t, &e->state, comm, 100 + (int64_t)e->state.tasks.n, rss, 0, adj);
	k->pgtables_kb = OOM_ABSENT;
	k->nr_ptes = ptes;
	k->swap_kb = k->oom_swap_kb = swapents * 4;
	k->uid = uid;
	return k;
}

static int64_t score(struct tc *t, size_t i)
{
	tc_judge(t);
	return t->d->events[t->d->nr_events - 1].scores.badness[i];
}

/** corpus/017: "Out of memory: Kill process 6576 (mysqld) score 651". */
static void test_el7_printed_651(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = machine(&t, "3.10.0-514.6.1.el7.x86_64", 8379834 - 192987, 8388604, 0);
	row_ptes(&t, e, "mysqld", 12345, 5157063, 15483, 1527848, 0);
	assert_int_equal(score(&t, 0), 651);
	assert_int_equal(t.d->events[0].scores.totalpages, 10283998);
	assert_int_equal(t.d->events[0].scores.points[0], 5157063 + 15483 + 1527848);
	tc_free(&t);
}

/** corpus/018: "Memory cgroup out of memory: Kill process 5456 (mem_use) score 973": root, 3 % off. */
static void test_el7_printed_973(void **state)
{
	(void)state;
	struct tc t = tc_new("3.10.0-957.1.3.el7.x86_64");
	struct oom_event *other = tc_event(&t, "x", 1, "GFP_KERNEL", 0); // another report of that boot: no swap
	other->state.memory.swap_total_kb = other->state.memory.swap_free_kb = 0;
	struct oom_event *e = tc_event(&t, "mem_use", 5454, "", 0);
	tc_memcg(&t, e, "/my_mem", "/my_mem", 307200, 307200)->memsw_limit_kb = INT64_C(9007199254740988);
	row_ptes(&t, e, "mem_use", 0, 76878, 165, 0, 0);
	assert_int_equal(score(&t, 0), 973);
	e->state.tasks.v[0].cap_sys_admin = OOM_NO;
	assert_int_equal(score(&t, 0), 1003);
	// memory+swap limited to as much as memory: swap plays no part whatever there is of it.
	other = &t.c->events.v[0];
	other->state.memory.swap_total_kb = 8000000;
	assert_int_equal(score(&t, 0), INT64_C(77043) * 1000 / (76800 + 2000000));
	e->memcg->memsw_limit_kb = 307200;
	assert_int_equal(score(&t, 0), 1003);
	tc_free(&t);
}

/** corpus/021: score 0 for oom_score_adj -998: an eligible task has at least one point before 5.9. */
static void test_el7_printed_0(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = machine(&t, "3.10.0-327.4.5.el7.x86_64", 8000000, 0, 0);
	row_ptes(&t, e, "java", 0, 119961, 1661, 136409, -998);
	assert_int_equal(score(&t, 0), 0);
	assert_int_equal(t.d->events[0].scores.points[0], 1);
	t.c->system.release = "5.10.0";
	e->state.tasks.v[0].pgtables_kb = 1661 * 4;
	assert_int_equal(score(&t, 0), (119961 + 1661 + 136409 - 998 * 8000) * INT64_C(1000) / 8000000);
	assert_true(score(&t, 0) < 0);
	tc_free(&t);
}

/** seeds/highmem-lowmem-3.2-i686.log: "Kill process 21832 (clamd) score 4"; thousandths, whole. */
static void test_3_2_printed_4(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = machine(&t, "3.2.59", 8650736 - 349626, 1959892, 1959892);
	row_ptes(&t, e, "clamd", 113, 37403, 83, 0, 0)->swap_kb = OOM_ABSENT; // not printed by 3.2, and swap is unused
	e->state.tasks.v[0].oom_swap_kb = OOM_ABSENT;
	assert_int_equal(score(&t, 0), 4);
	e->state.tasks.v[0].uid = 0; // 30 off, and never below 1
	assert_int_equal(score(&t, 0), 1);
	e->state.tasks.v[0].oom_score_adj = 900;
	assert_int_equal(score(&t, 0), 874);
	// Swap in use and not printed: the score is not known.
	e->state.memory.swap_free_kb = 0;
	assert_int_equal(score(&t, 0), OOM_ABSENT);
	tc_free(&t);
}

/** The four guests of the lab: the table of 7.2, and "my app" (uid 33, oom_score_adj 100) of 5.10. */
static void test_lab_tables(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = machine(&t, "7.2.13-cloud-amd64", 214248 / 4, 0, 0);
	tc_row(&t, &e->state, "mysqld", 108, 15535, 163840, 0);
	tc_row(&t, &e->state, "leaky", 176, 14505, 155648, 0);
	assert_int_equal(score(&t, 0), (15535 + 40) * 1000 / 53562);
	assert_int_equal(score(&t, 1), (14505 + 38) * 1000 / 53562);
	const struct oom_finding *f = tc_finding(&t.d->top, "score");
	assert_non_null(f);
	assert_string_equal(f->evidence.v[0].text,
			    "mysqld (pid 108): 15535 pages rss + 0 swap + 40 page tables = 15575 points; "
			    "of 53562 pages in all that is 290 of 1000");
	tc_free(&t);

	e = machine(&t, "5.10.0-38-cloud-amd64", 229216 / 4, 0, 0);
	tc_row(&t, &e->state, "my app", 87, 1401, 53248, 100);
	assert_int_equal(score(&t, 0), (1401 + 13 + 100 * 57) * 1000 / 57304);
	tc_free(&t);
}

/** The bonus for root by age: 30 thousandths of all, 3 % of its own, none; unknown ages are not guessed. */
static void test_root_bonus_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *release;
		int64_t badness;
	} rows[] = {
		{"2.6.32-642.el6.x86_64", OOM_ABSENT},
		{"2.6.18", OOM_ABSENT},
		{"3.4.0", 500 - 30},
		{"3.10.0", 500 - 30},
		{"3.10.0-1160.el7.x86_64", 500 - 15},
		{"3.16.0", 500 - 15},
		{"4.14.0", 500 - 15},
		{"4.16.18", 500 - 15},
		{"4.17.0", 500},
		{"4.18.0-553.el8_10.x86_64", 500},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t;
		struct oom_event *e = machine(&t, rows[i].release, 1000000, 0, 0);
		row_ptes(&t, e, "root", 0, 499000, 1000, 0, 0)->pgtables_kb = 4000;
		assert_int_equal(score(&t, 0), rows[i].badness);
		e->state.tasks.v[0].uid = 5;
		e->state.tasks.v[0].cap_sys_admin = OOM_YES; // a dump knows better than the uid
		assert_int_equal(score(&t, 0), rows[i].badness);
		tc_free(&t);
	}
	struct tc t;
	struct oom_event *e = machine(&t, NULL, 1000000, 0, 0);
	row_ptes(&t, e, "root", 0, 499000, 1000, 0, 0);
	assert_int_equal(score(&t, 0), OOM_ABSENT); // nr_ptes: 3.7 to 4.14, two rules
	e->state.tasks.v[0].nr_ptes = OOM_ABSENT;
	e->state.tasks.v[0].pgtables_kb = 4000;
	assert_int_equal(score(&t, 0), 500); // bytes of page tables: since 4.15
	tc_free(&t);
}

/** Who can be chosen, and who of equals is. */
static void test_eligible(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "Out of memory: system-wide panic_on_oom is enabled";
	s->memory.total_kb = 4000000;
	s->memory.anon_kb = 3000000;
	s->memory.swap_total_kb = s->memory.swap_free_kb = 0;
	tc_task(&t, s, "systemd", 1, 900000);
	tc_task(&t, s, "kworker", 2, 900000)->kthread = OOM_YES;
	tc_task(&t, s, "sshd", 3, 900000)->oom_score_adj = -1000;
	tc_task(&t, s, "reaped", 4, 900000)->oom_skip = OOM_YES;
	tc_task(&t, s, "vforked", 5, 900000)->in_vfork = OOM_YES;
	tc_task(&t, s, "kthread", 6, 900000)->flags = 0x00200040;
	tc_task(&t, s, "gone", 7, 900000)->mm = 0;
	tc_task(&t, s, "small", 8, 4000);
	tc_task(&t, s, "one", 9, 200000);
	tc_task(&t, s, "two", 10, 200000);
	const struct oom_verdict *v = tc_judge(&t);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(t.d->scores.badness[i], OOM_ABSENT);
	assert_true(t.d->scores.badness[8] > t.d->scores.badness[7]);
	assert_string_equal(v->would_kill->comm, "two"); // since 5.2 the later one
	t.c->system.release = "4.19.0";
	v = tc_judge(&t);
	assert_string_equal(v->would_kill->comm, "one");
	// Who asks is killed, whatever its size, if the machine is set so; that needs an event.
	struct oom_event *e = tc_event(&t, "small", 8, "GFP_KERNEL", 0);
	e->panic = true;
	e->panic_text = t.c->system.panic;
	t.c->config.oom_kill_allocating_task = 1;
	v = tc_judge(&t);
	assert_string_equal(v->would_kill->comm, "small");
	e->trigger.pid = 3; // protected: then by score
	assert_string_equal(tc_judge(&t)->would_kill->comm, "one");
	// A victim that is still dying makes the killer wait.
	s->tasks.v[7].oom_victim = OOM_YES;
	v = tc_judge(&t);
	assert_null(v->would_kill);
	s->tasks.v[7].oom_skip = OOM_YES;
	assert_non_null(tc_judge(&t)->would_kill);
	// One without a score could be the worst of all.
	s->tasks.v[9].oom_rss_kb = s->tasks.v[9].rss_kb = OOM_ABSENT;
	assert_null(tc_judge(&t)->would_kill);
	tc_free(&t);
}

/** The kernel reads rss without per-CPU and per-thread parts; so do the points. */
static void test_kernels_own_reading(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = machine(&t, "6.1.0", 100000, 0, 0);
	struct oom_task *k = tc_row(&t, &e->state, "x", 77, 25000, 0, 0);
	k->rss_kb = 100256; // exact
	k->oom_rss_kb = 100000;
	assert_int_equal(score(&t, 0), 250);
	k->oom_rss_kb = OOM_ABSENT;
	k->rss_kb = 120000;
	assert_int_equal(score(&t, 0), 300);
	tc_free(&t);
}

/** Totals of cgroup v2 and of a cpuset. */
static void test_totalpages(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_event *e = tc_event(&t, "x", 77, "GFP_KERNEL", 0);
	struct oom_event_memcg *m = tc_memcg(&t, e, "/a", "/a", 400000, 400000);
	m->swap_limit_kb = 0;
	tc_row(&t, &e->state, "x", 77, 50000, 0, 0);
	assert_int_equal(score(&t, 0), 500);
	m->swap_limit_kb = OOM_UNLIMITED; // as much as the machine has, which nothing tells
	assert_int_equal(score(&t, 0), OOM_ABSENT);
	assert_int_equal(t.d->events[0].scores.points[0], 50000); // the ranking does not need it
	tc_state(&t)->memory.swap_total_kb = 400000;
	assert_int_equal(score(&t, 0), 250);
	m->swap_limit_kb = 100000;
	assert_int_equal(score(&t, 0), 400);
	t.c->config.swappiness = 0;
	m->swap_limit_kb = OOM_UNLIMITED;
	assert_int_equal(score(&t, 0), 500);
	t.c->config.swappiness = OOM_ABSENT;

	e->memcg = NULL;
	e->constraint = OOM_CONSTRAINT_CPUSET;
	e->mems_allowed = "1";
	e->state.memory.swap_total_kb = 0;
	tc_zone(&t, &e->state, 1, "Normal", 100, 200, 300, 380000)->present_kb = 400000; // node_present_pages
	assert_int_equal(score(&t, 0), 500);
	t.c->system.release = "4.19.0"; // node_spanned_pages, which the report does not print
	assert_int_equal(score(&t, 0), OOM_ABSENT);
	tc_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_el7_printed_651), cmocka_unit_test(test_el7_printed_973),
		cmocka_unit_test(test_el7_printed_0),	cmocka_unit_test(test_3_2_printed_4),
		cmocka_unit_test(test_lab_tables),	cmocka_unit_test(test_root_bonus_by_version),
		cmocka_unit_test(test_eligible),	cmocka_unit_test(test_kernels_own_reading),
		cmocka_unit_test(test_totalpages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
