// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Lines that tell how a machine fared: as kernels print them, and such that only look alike. */
#include "log/notes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void record(struct oom_case *c, const char *text, int64_t line)
{
	struct oom_log_record r = {.text = text,
				   .len = strlen(text),
				   .time_us = line * 1000,
				   .line = line,
				   .caller = OOM_ABSENT,
				   .level = 3};
	oom_note_record(c, &r);
}

static void test_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *text, *kind;
	} rows[] = {
		{"INFO: task kworker/0:1:17 blocked for more than 120 seconds.", "hung-task"},
		{"java: page allocation stalls for 12345ms, order:0, mode:0x14200ca", "allocation-stall"},
		{"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kswapd0:45]", "lockup"},
		{"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", "lockup"},
		{"Out of memory: Killed process 111 (leaky) total-vm:178664kB", "kill"},
		{"Memory cgroup out of memory: Killed process 9 (a) total-vm:1kB", "kill"},
		{"oom_reaper: reaped process 111 (leaky), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB", "reaped"},
		{"oom_reaper: unable to reap pid:111 (leaky)", "not-reaped"},
		{"nfs: server files not responding, still trying", "device"},
		{"blk_update_request: I/O error, dev sda, sector 12", "device"},
		{"nfs: server files OK", NULL},
		{"INFO: task force is ready", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oom_case *c = oom_case_new();
		record(c, rows[i].text, 7);
		assert_int_equal(c->notes.n, rows[i].kind ? 1 : 0);
		if (rows[i].kind) {
			assert_string_equal(c->notes.v[0].kind, rows[i].kind);
			assert_string_equal(c->notes.v[0].text, rows[i].text);
			assert_int_equal(c->notes.v[0].time_us, 7000);
			assert_int_equal(c->notes.v[0].origin.at, 7);
		}
		oom_case_free(c);
	}
}

/** Of very many the newest stay, in order. */
static void test_newest(void **state)
{
	(void)state;
	struct oom_case *c = oom_case_new();
	for (int64_t i = 1; i <= 1000; i++)
		record(c, "oom_reaper: unable to reap pid:1 (a)", i);
	assert_true(c->notes.n > 0 && c->notes.n < 1000);
	for (size_t i = 0; i < c->notes.n; i++)
		assert_int_equal(c->notes.v[i].origin.at, 1000 - (int64_t)(c->notes.n - 1 - i));
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_newest)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
