// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The machine, its clock and its sysctls, of made-up kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include <stdio.h>

enum { SHIFT = 24 };

/** fk_open() with another VMCOREINFO. */
static struct oom_image *open_with(struct fk *k, const char *vmcoreinfo)
{
	static const struct oom_image_ops ops = {.read_virt = fk_read, .symbol = fk_find};
	struct oom_image_info info = {.format = "fake", .arch = "x86_64", .page_size = FK_PAGE, .ptr_size = 8};
	uint32_t size;
	const void *raw = btf__raw_data(k->btf, &size);
	uint64_t start = fk_page(k, size);
	memcpy(fk_at(k, start), raw, size);
	fk_symbol(k, "__start_BTF", start);
	fk_symbol(k, "__stop_BTF", start + size);
	assert_int_equal(oom_image_new(&ops, k, vmcoreinfo, strlen(vmcoreinfo), &info, NULL, &k->image, NULL), OOM_OK);
	return k->image;
}

static bool is_missing(const struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], text))
			return true;
	return false;
}

static void uts(struct fk *k, uint64_t name)
{
	static const char *const texts[] = {"Linux",	     "db1.example", "6.1.0-56-cloud-amd64",
					    "#1 SMP Debian", "x86_64",	    "(none)"};
	for (size_t i = 0; i < 6; i++)
		fk_text(k, name + i * 65, texts[i]);
}

static void tells_the_system(void **state)
{
	(void)state;
	for (uint64_t before = 0; before <= 4; before += 4) { // bytes before the name in struct uts_namespace
		struct fk *k = fk_new();
		uint64_t ns = fk_alloc(k, 512), cmdline = fk_alloc(k, 64);
		fk_symbol(k, "init_uts_ns", ns);
		fk_put(k, ns, 4, 2);
		uts(k, ns + before);
		fk_text(k, cmdline, "root=/dev/vda1 quiet");
		fk_var(k, "saved_command_line", 8, (int64_t)cmdline);
		fk_var(k, "nr_cpu_ids", 4, 4);
		fk_var(k, "__cpu_online_mask", 8, 0x1); // what a panic leaves
		fk_var(k, "__cpu_active_mask", 8, 0xb);
		fk_var(k, "tainted_mask", 8, 1 << 9 | 1 << 12 | 1 << 27);
		struct oom_image *image = fk_open(k);
		struct oom_case *c = oom_case_new();
		oom_walk_system(image, c);
		assert_string_equal(c->system.nodename, "db1.example");
		assert_string_equal(c->system.release, "6.1.0-56-cloud-amd64");
		assert_string_equal(c->system.version, "#1 SMP Debian");
		assert_string_equal(c->system.machine, "x86_64");
		assert_string_equal(c->system.cmdline, "root=/dev/vda1 quiet");
		assert_int_equal(c->system.page_size, 4096);
		assert_int_equal(c->system.nr_cpus, 3);
		assert_string_equal(c->system.taint, "GWO?");
		assert_int_equal(c->system.cgroup_version, OOM_ABSENT);
		assert_int_equal(c->source.missing.n, 0);
		oom_case_free(c);
		fk_free(k);
	}
}

static void says_what_of_the_system_is_lost(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t ns = fk_page(k, FK_PAGE);
	fk_symbol(k, "init_uts_ns", ns);
	uts(k, ns);
	fk_drop(k, ns);
	fk_var(k, "nr_cpu_ids", 4, 1 << 20);
	fk_var(k, "__cpu_online_mask", 8, 1);
	fk_var(k, "tainted_mask", 8, 0);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = oom_case_new();
	oom_walk_system(image, c);
	assert_true(is_missing(c, "init_uts_ns"));
	assert_null(c->system.nodename);
	assert_null(c->system.version);
	assert_null(c->system.cmdline);
	assert_string_equal(c->system.release, "6.1.0-fake"); // VMCOREINFO's
	assert_string_equal(c->system.machine, "x86_64");     // the dump's format
	assert_int_equal(c->system.nr_cpus, OOM_ABSENT);
	assert_string_equal(c->system.taint, "");
	oom_case_free(c);
	fk_free(k);
}

static void tells_the_cgroup_version(void **state)
{
	(void)state;
	static const struct {
		bool own, visible;
		int64_t version;
	} rows[] = {{false, true, 2}, {true, true, 1}, {true, false, 1}, {false, false, OOM_ABSENT}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fk *k = fk_new();
		fk_struct(k, "cgroup_subsys", 256);
		fk_member(k, "root", k->t_ptr, 128);
		uint64_t dfl = fk_alloc(k, 64), subsys = fk_alloc(k, 256), other = fk_alloc(k, 64);
		fk_symbol(k, "cgrp_dfl_root", dfl);
		fk_symbol(k, "memory_cgrp_subsys", subsys);
		fk_put(k, subsys + 128, 8, (int64_t)(rows[i].own ? other : dfl));
		fk_var(k, "cgrp_dfl_visible", 1, rows[i].visible);
		struct oom_image *image = fk_open(k);
		struct oom_case *c = oom_case_new();
		oom_walk_system(image, c);
		assert_int_equal(c->system.cgroup_version, rows[i].version);
		oom_case_free(c);
		fk_free(k);
	}
}

/* The clock: 2026-11-21T04:36:16Z, up 100.25 s of which 40 s asleep. */
enum { WALL = 1795235776, UP_MONOTONIC = 60, ASLEEP = 40, TK_SIZE = 200 };

static void timekeeper_type(struct fk *k)
{
	int clocksource = fk_struct(k, "clocksource", 64);
	(void)clocksource;
	fk_member(k, "shift", k->t_uint, 28);
	int base = fk_struct(k, "tk_read_base", 56);
	fk_member(k, "clock", k->t_ptr, 0);
	fk_member(k, "shift", k->t_uint, 28);
	fk_member(k, "xtime_nsec", k->t_ulong, 32);
	int timespec = fk_struct(k, "timespec64", 16);
	fk_member(k, "tv_sec", k->t_long, 0);
	fk_member(k, "tv_nsec", k->t_long, 8);
	fk_struct(k, "timekeeper", TK_SIZE);
	fk_member(k, "tkr_mono", base, 0);
	fk_member(k, "xtime_sec", k->t_ulong, 112);
	fk_member(k, "wall_to_monotonic", timespec, 128);
	fk_member(k, "offs_boot", k->t_long, 152);
}

static void timekeeper_put(struct fk *k, uint64_t tk, int64_t wall)
{
	uint64_t clock = fk_alloc(k, 64);
	fk_put(k, clock + 28, 4, SHIFT);
	fk_put(k, tk, 8, (int64_t)clock);
	fk_put(k, tk + 28, 4, SHIFT);
	fk_put(k, tk + 32, 8, INT64_C(750000000) << SHIFT);
	fk_put(k, tk + 112, 8, wall);
	fk_put(k, tk + 128, 8, UP_MONOTONIC - wall - 1);
	fk_put(k, tk + 136, 8, 500000000);
	fk_put(k, tk + 152, 8, INT64_C(1000000000) * ASLEEP);
}

static struct oom_case *clock_walk(struct fk *k, const char *vmcoreinfo, int64_t panic_us, int64_t last_us)
{
	struct oom_image *image = open_with(k, vmcoreinfo);
	struct oom_case *c = oom_case_new();
	assert_non_null(c);
	c->system.uptime_us = last_us; // what the log's walker leaves
	oom_walk_clock(image, c, panic_us);
	return c;
}

static struct fk *clock_new(const char *symbol, uint64_t offset, int64_t wall)
{
	struct fk *k = fk_new();
	timekeeper_type(k);
	uint64_t tk = fk_alloc(k, 1024);
	fk_symbol(k, symbol, tk);
	timekeeper_put(k, tk + offset, wall);
	return k;
}

static void tells_the_time(void **state)
{
	(void)state;
	// 3.17 to 6.12: a structure without a name, its sequence counter 8 bytes with padding, more with lockdep.
	for (uint64_t offset = 8; offset <= 64; offset += 56) {
		struct fk *k = clock_new("tk_core", offset, WALL);
		struct oom_case *c = clock_walk(k, "OSRELEASE=6.1\n", OOM_ABSENT, OOM_ABSENT);
		assert_int_equal(c->system.uptime_us, 100250000);
		assert_string_equal(c->system.crash_time, "2026-11-21T04:36:16Z");
		assert_int_equal(c->source.missing.n, 0);
		oom_case_free(c);
		fk_free(k);
	}
	// 6.17: the first one of an array of struct tk_data.
	struct fk *k = fk_new();
	timekeeper_type(k);
	int tk_type = btf__find_by_name_kind(k->btf, "timekeeper", BTF_KIND_STRUCT);
	fk_struct(k, "tk_data", 512);
	fk_member(k, "timekeeper", tk_type, 40);
	uint64_t data = fk_alloc(k, 1024);
	fk_symbol(k, "timekeeper_data", data);
	timekeeper_put(k, data + 40, WALL);
	struct oom_case *c = clock_walk(k, "OSRELEASE=7.2\n", OOM_ABSENT, 5000000);
	assert_int_equal(c->system.uptime_us, 100250000);
	oom_case_free(c);
	fk_free(k);
}

static void tells_the_time_of_the_panic(void **state)
{
	(void)state;
	// The hypervisor took the dump 50 s after the panic.
	struct fk *k = clock_new("tk_core", 8, WALL);
	struct oom_case *c = clock_walk(k, "OSRELEASE=6.1\n", 50250000, 51000000);
	assert_int_equal(c->system.uptime_us, 50250000);
	assert_string_equal(c->system.crash_time, "2026-11-21T04:35:26Z");
	oom_case_free(c);
	fk_free(k);
	// The clocks of log and system differ a little: the system's counts.
	k = clock_new("tk_core", 8, WALL);
	c = clock_walk(k, "OSRELEASE=6.1\n", 99900000, 99900000);
	assert_int_equal(c->system.uptime_us, 100250000);
	oom_case_free(c);
	fk_free(k);
	// The capture kernel took the dump at once and says when.
	k = clock_new("tk_core", 8, WALL);
	c = clock_walk(k, "OSRELEASE=6.1\nCRASHTIME=1795235730\n", 50250000, 51000000);
	assert_int_equal(c->system.uptime_us, 100250000);
	assert_string_equal(c->system.crash_time, "2026-11-21T04:35:30Z");
	oom_case_free(c);
	fk_free(k);
	// A digit of that is damaged: which clock is right is not known, the uptime is.
	k = clock_new("tk_core", 8, WALL);
	c = clock_walk(k, "OSRELEASE=6.1\nCRASHTIME=1795236730\n", 99900000, 51000000);
	assert_int_equal(c->system.uptime_us, 100250000);
	assert_null(c->system.crash_time);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
}

static void does_without_a_clock(void **state)
{
	(void)state;
	// A clock that nobody has set; a structure that is no timekeeper; jiffies; the log; nothing.
	struct fk *k = clock_new("tk_core", 8, 30);
	struct oom_case *c = clock_walk(k, "OSRELEASE=6.1\n", OOM_ABSENT, OOM_ABSENT);
	assert_int_equal(c->system.uptime_us, 100250000);
	assert_null(c->system.crash_time);
	assert_true(is_missing(c, "time of the crash"));
	oom_case_free(c);
	fk_free(k);

	k = clock_new("tk_core", 200, WALL);
	c = clock_walk(k, "OSRELEASE=6.1\n", OOM_ABSENT, 7000000);
	assert_int_equal(c->system.uptime_us, 7000000);
	assert_null(c->system.crash_time);
	oom_case_free(c);
	fk_free(k);

	k = fk_new();
	fk_var(k, "tick_nsec", 8, 4000000);
	fk_var(k, "jiffies_64", 8, (int64_t)(uint32_t)(-300 * 250) + 250 * 5000 + 125);
	c = clock_walk(k, "OSRELEASE=3.10.0\nCRASHTIME=951782400\n", 4000000, 7000000);
	assert_int_equal(c->system.uptime_us, INT64_C(5000500000));
	assert_string_equal(c->system.crash_time, "2000-02-29T00:00:00Z");
	oom_case_free(c);
	fk_free(k);

	k = fk_new();
	c = clock_walk(k, "OSRELEASE=3.10.0\n", OOM_ABSENT, OOM_ABSENT);
	assert_int_equal(c->system.uptime_us, OOM_ABSENT);
	assert_null(c->system.crash_time);
	assert_true(is_missing(c, "uptime"));
	oom_case_free(c);
	fk_free(k);
}

static void tells_sysctls(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_var(k, "sysctl_panic_on_oom", 4, 2);
	fk_var(k, "sysctl_oom_kill_allocating_task", 4, 1);
	fk_var(k, "sysctl_oom_dump_tasks", 4, 0);
	fk_var(k, "sysctl_overcommit_memory", 4, 2);
	fk_var(k, "sysctl_overcommit_ratio", 4, 80);
	fk_var(k, "sysctl_overcommit_kbytes", 8, INT64_C(5000000000));
	fk_var(k, "min_free_kbytes", 4, 67584);
	fk_var(k, "vm_swappiness", 4, 10);
	fk_var(k, "sysctl_admin_reserve_kbytes", 8, 8192);
	fk_var(k, "zone_reclaim_mode", 4, 1); // its name before 4.8
	fk_var(k, "panic_timeout", 4, -1);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = oom_case_new();
	oom_walk_sysctl(image, c);
	const struct oom_config *g = &c->config;
	assert_int_equal(g->panic_on_oom, 2);
	assert_int_equal(g->oom_kill_allocating_task, 1);
	assert_int_equal(g->oom_dump_tasks, 0);
	assert_int_equal(g->overcommit_memory, 2);
	assert_int_equal(g->overcommit_ratio, 80);
	assert_int_equal(g->overcommit_kbytes, INT64_C(5000000000));
	assert_int_equal(g->min_free_kbytes, 67584);
	assert_int_equal(g->swappiness, 10);
	assert_int_equal(g->admin_reserve_kbytes, 8192);
	assert_int_equal(g->zone_reclaim_mode, 1);
	assert_int_equal(g->panic_timeout, -1);
	assert_int_equal(g->watermark_scale_factor, OOM_ABSENT); // came in 4.6: nothing is missing
	assert_int_equal(c->source.missing.n, 0);
	assert_int_equal(g->origin.kind, OOM_FROM_MEMORY);
	oom_case_free(c);
	fk_free(k);

	k = fk_new();
	fk_var(k, "vm_swappiness", 4, 60);
	image = fk_open(k);
	c = oom_case_new();
	oom_walk_sysctl(image, c);
	assert_int_equal(c->config.swappiness, 60);
	assert_int_equal(c->config.panic_on_oom, OOM_ABSENT);
	assert_true(is_missing(c, "vm.panic_on_oom, vm.oom_kill_allocating_task"));
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_system),
		cmocka_unit_test(says_what_of_the_system_is_lost),
		cmocka_unit_test(tells_the_cgroup_version),
		cmocka_unit_test(tells_the_time),
		cmocka_unit_test(tells_the_time_of_the_panic),
		cmocka_unit_test(does_without_a_clock),
		cmocka_unit_test(tells_sysctls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
