// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Messages of the eras that the corpus has no whole report of, each in the form of that kernel's printk format, and
 * what happens around reports: several at once, lost heads, boots, hosts, other killers.
 */
#include "log/gfp.h"
#include "log/log.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct oom_case *read_text(const char *text)
{
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	assert_non_null(log);
	oom_log_text(log, text, strlen(text));
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	return c;
}

static bool has(const struct oom_strings *list, const char *part)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strstr(list->v[i], part))
			return true;
	}
	return false;
}

static const struct oom_task *task_of(const struct oom_event *e, int64_t pid)
{
	for (size_t i = 0; i < e->state.tasks.n; i++) {
		if (e->state.tasks.v[i].pid == pid)
			return &e->state.tasks.v[i];
	}
	fail_msg("no task %lld", (long long)pid);
	return NULL;
}

#define HEAD	     "[  100.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
#define CPU(release) "[  100.000001] CPU: 0 PID: 77 Comm: x Not tainted " release " #1\n"

/* Task tables: mm/oom_kill.c dump_tasks() of the version. */

struct table {
	const char *release, *header, *row;
	int64_t total_vm, rss, anon, file, shmem, pgtables, ptes, swap, adj; // kB; ptes: pages
	const char *name;
};

#define NO OOM_ABSENT
static const struct table tables[] = {
	{"2.6.25.1-x86_64", "[ pid ]   uid  tgid total_vm      rss cpu oom_adj name",
	 "[ 1234]  1000  1234   100000    50000   3      -5 my proc", 400000, 200000, NO, NO, NO, NO, NO, NO, NO,
	 "my proc"},
	{"2.6.36-x86_64", "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
	 "[ 1234]  1000  1234   100000    50000   3       0           100 my proc", 400000, 200000, NO, NO, NO, NO, NO,
	 NO, 100, "my proc"},
	{"3.16.0-4-amd64", "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
	 "[ 1234]  1000  1234   100000    50000     200     9000           -17 my proc", 400000, 200000, NO, NO, NO,
	 800, 200, 36000, -17, "my proc"},
	{"4.4.0-x86_64", "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name",
	 "[ 1234]  1000  1234   100000    50000     200       7     9000             0 my proc", 400000, 200000, NO, NO,
	 NO, 828, 200, 36000, 0, "my proc"},
	{"4.13.0-x86_64", "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds nr_puds swapents oom_score_adj name",
	 "[ 1234]  1000  1234   100000    50000     200       7       3     9000             0 my proc", 400000, 200000,
	 NO, NO, NO, 840, 200, 36000, 0, "my proc"},
	{"4.19.0-x86_64", "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	 "[1234567]  1000 1234567   100000    50000  1024000     9000          -998 (sd-pam)", 400000, 200000, NO, NO,
	 NO, 1000, NO, 36000, -998, "(sd-pam)"},
	{"6.8.0-x86_64",
	 "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj "
	 "name",
	 "[   1234]  1000  1234   900000    80000    70000     9000      1000   900000       77           200 ja [va] "
	 "1",
	 3600000, 320000, 280000, 36000, 4000, 878, NO, 308, 200, "ja [va] 1"},
	// a column that does not exist yet
	{"7.9.0-x86_64", "[  pid  ]   uid  tgid total_vm      rss zap pgtables_bytes swapents oom_score_adj name",
	 "[   1234]  1000  1234   900000    80000    5   900000       77           200 java", 3600000, 320000, NO, NO,
	 NO, 878, NO, 308, 200, "java"},
};

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const struct table *t = &tables[i];
		char text[2048];
		int64_t pid = strtoll(strchr(t->row, '[') + 1, NULL, 10);
		snprintf(text, sizeof(text), "%s[  100.000001] CPU: 0 PID: 77 Comm: x Not tainted %s #1\n%s\n%s\n",
			 HEAD, t->release, t->header, t->row);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		const struct oom_event *e = &c->events.v[0];
		assert_int_equal(e->state.tasks.n, 1);
		const struct oom_task *task = task_of(e, pid);
		print_message("%s\n", t->release);
		assert_int_equal(task->uid, 1000);
		assert_int_equal(task->tgid, pid);
		assert_int_equal(task->total_vm_kb, t->total_vm);
		assert_int_equal(task->rss_kb, t->rss);
		assert_int_equal(task->rss_anon_kb, t->anon);
		assert_int_equal(task->rss_file_kb, t->file);
		assert_int_equal(task->rss_shmem_kb, t->shmem);
		assert_int_equal(task->pgtables_kb, t->pgtables);
		assert_int_equal(task->nr_ptes, t->ptes);
		assert_int_equal(task->swap_kb, t->swap);
		assert_int_equal(task->oom_score_adj, t->adj);
		assert_string_equal(task->comm, t->name);
		assert_int_equal(has(&e->missing, "column 'zap'"), strstr(t->header, "zap") != NULL);
		oom_case_free(c);
	}
}

/** The ring's start is in the middle of a table, and a panic ends it: still an event. */
static void test_lost_head(void **state)
{
	struct oom_case *c = read_text(
		"[   50.000001] [   1234]  1000  1234   900000    80000    70000     9000      1000   900000       77  "
		"         "
		"200 java\n"
		"[   50.000002] [   1235]     0  1235     1000      100      100        0         0    45056        0  "
		"         "
		"  0 my app\n"
		"[   50.000003] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n"
		"[   50.000004] CPU: 3 UID: 33 PID: 1235 Comm: my app Kdump: loaded Tainted: G        W          "
		"6.12.0-x86_64 "
		"#1 PREEMPT(voluntary)\n");
	(void)state;
	assert_int_equal(c->events.n, 1);
	const struct oom_event *e = &c->events.v[0];
	assert_int_equal(e->kind, OOM_EVENT_OOM);
	assert_int_equal(e->has_head, OOM_NO);
	assert_true(e->panic);
	assert_int_equal(e->state.tasks.n, 2);
	assert_int_equal(task_of(e, 1234)->rss_anon_kb, 280000);
	assert_int_equal(task_of(e, 1235)->oom_score_adj, 0);
	assert_int_equal(e->cpu, 3);
	assert_int_equal(e->trigger.pid, 1235);
	assert_string_equal(e->trigger.comm, "my app");
	assert_string_equal(e->release, "6.12.0-x86_64");
	assert_true(has(&e->missing, "head of the report"));
	assert_int_equal(c->config.panic_on_oom, 2);
	assert_int_equal(e->constraint, OOM_CONSTRAINT_UNKNOWN); // 2 panics for any
	assert_string_equal(c->system.panic, "Out of memory: compulsory panic_on_oom is enabled");
	oom_case_free(c);
}

/** Without its header a table of seven numbers may be of three shapes: what is not the same in all stays absent. */
static void test_lost_header(void **state)
{
	struct oom_case *c =
		read_text("[ 1234]  1000  1234   100000    50000     200     9000           -17 my proc\n"
			  "Out of memory: Kill process 1234 (my proc) score 900 or sacrifice child\n"
			  "Killed process 1234 (my proc) total-vm:400000kB, anon-rss:200000kB, file-rss:0kB\n");
	(void)state;
	assert_int_equal(c->events.n, 1);
	const struct oom_task *t = task_of(&c->events.v[0], 1234);
	assert_int_equal(t->rss_kb, 200000);
	assert_int_equal(t->oom_score_adj, -17);
	assert_int_equal(t->swap_kb, OOM_ABSENT);
	assert_int_equal(t->pgtables_kb, OOM_ABSENT);
	assert_int_equal(c->events.v[0].victims.v[0].score, 900);
	oom_case_free(c);
}

static void test_panics(void **state)
{
	static const struct {
		const char *line;
		int64_t sysctl;
		oom_tri no_killable;
		enum oom_constraint constraint;
	} panics[] = {
		{"Out of memory: system-wide panic_on_oom is enabled", 1, OOM_MAYBE, OOM_CONSTRAINT_NONE},
		{"Out of memory: compulsory panic_on_oom is enabled", 2, OOM_MAYBE, OOM_CONSTRAINT_UNKNOWN},
		{"System is deadlocked on memory", OOM_ABSENT, OOM_YES, OOM_CONSTRAINT_UNKNOWN},
		{"Out of memory and no killable processes...", OOM_ABSENT, OOM_YES, OOM_CONSTRAINT_UNKNOWN},
		{"out of memory. panic_on_oom is selected", OOM_ABSENT, OOM_MAYBE, OOM_CONSTRAINT_NONE},
		{"out of memory. Compulsory panic_on_oom is selected.", 2, OOM_MAYBE, OOM_CONSTRAINT_UNKNOWN},
		{"out of memory(memcg). panic_on_oom is selected.", 2, OOM_MAYBE, OOM_CONSTRAINT_MEMCG},
		{"out of memory from page fault. panic_on_oom is selected.", OOM_ABSENT, OOM_MAYBE,
		 OOM_CONSTRAINT_UNKNOWN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(panics) / sizeof(*panics); i++) {
		char text[512];
		snprintf(text, sizeof(text), HEAD "[  100.000009] Kernel panic - not syncing: %s\n", panics[i].line);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		assert_true(c->events.v[0].panic);
		assert_string_equal(c->events.v[0].panic_text, panics[i].line);
		assert_int_equal(c->events.v[0].no_killable, panics[i].no_killable);
		assert_int_equal(c->config.panic_on_oom, panics[i].sysctl);
		assert_int_equal(c->events.v[0].constraint, panics[i].constraint);
		assert_int_equal(c->system.uptime_us, 100000009);
		oom_case_free(c);
	}
	struct oom_case *c =
		read_text(HEAD "[  100.000002] Out of memory and no killable processes...\n"
			       "[  100.000003] Kernel panic - not syncing: System is deadlocked on memory\n");
	assert_int_equal(c->events.n, 1);
	assert_true(c->events.v[0].panic);
	assert_int_equal(c->events.v[0].no_killable, OOM_YES);
	oom_case_free(c);
}

/** A panic that has nothing to do with memory is no event; behind a kill it is told as what followed. */
static void test_other_panics(void **state)
{
	struct oom_case *c = read_text("[    1.000000] Kernel panic - not syncing: Fatal exception\n");
	(void)state;
	assert_int_equal(c->events.n, 0);
	assert_string_equal(c->system.panic, "Fatal exception");
	oom_case_free(c);
	c = read_text(HEAD
		      "[  100.500000] Out of memory: Killed process 1 (init) total-vm:4kB, anon-rss:4kB, file-rss:0kB, "
		      "shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n"
		      "[  100.600000] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n");
	assert_int_equal(c->events.n, 1);
	assert_false(c->events.v[0].panic);
	assert_true(has(&c->events.v[0].followed, "Attempted to kill init!"));
	oom_case_free(c);
}

static void test_slab_and_allocations(void **state)
{
	struct oom_case *c = read_text(
		HEAD
		"[  100.000002] Mem-Info:\n"
		"[  100.000003] active_anon:1 inactive_anon:2 isolated_anon:0\n"
		"[  100.000004] Memory allocations:\n"
		"[  100.000005]     1.51 GiB    99331 mm/slub.c:2319 func:alloc_slab_page\n"
		"[  100.000006]      744 MiB   190464 fs/btrfs/inode.c:12 [btrfs] func:btrfs_leak\n"
		"[  100.000007] Unreclaimable slab info:\n"
		"[  100.000008] Name                      Used          Total\n"
		"[  100.000009] btrfs_inode           123456KB     123500KB\n"
		"[  100.000010] kmalloc-2k                12KB         16KB\n"
		"[  100.000011] Tasks state (memory values in pages):\n"
		"[  100.000012] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n");
	const struct oom_event *e = &c->events.v[0];
	(void)state;
	assert_int_equal(c->events.n, 1);
	assert_int_equal(e->state.slabs.n, 2);
	assert_string_equal(e->state.slabs.v[0].name, "btrfs_inode");
	assert_int_equal(e->state.slabs.v[0].active_kb, 123456);
	assert_int_equal(e->state.slabs.v[0].total_kb, 123500);
	assert_int_equal(e->state.slabs.v[0].reclaimable, OOM_NO);
	assert_int_equal(e->state.allocs.n, 2);
	assert_string_equal(e->state.allocs.v[0].file, "mm/slub.c:2319");
	assert_string_equal(e->state.allocs.v[0].function, "alloc_slab_page");
	assert_int_equal(e->state.allocs.v[0].kb, 1048576 + 51 * 1048576 / 100);
	assert_int_equal(e->state.allocs.v[0].calls, 99331);
	assert_string_equal(e->state.allocs.v[1].file, "fs/btrfs/inode.c:12 [btrfs]");
	assert_int_equal(e->state.allocs.v[1].kb, 744 * 1024);
	assert_true(e->state.tasks.known && !e->state.tasks.n);
	oom_case_free(c);
}

/** 7.2: zspages, balloon, protection of the cgroup. */
static void test_newest_fields(void **state)
{
	struct oom_case *c = read_text(
		HEAD
		"[  100.000002] Memory cgroup min protection 0kB -- low protection 0kB\n"
		"[  100.000003] Mem-Info:\n"
		"[  100.000004] Node 0 active_anon:176008kB inactive_anon:0kB mapped:2248kB shmem_thp:0kB "
		"kernel_stack:1008kB "
		"pagetables:836kB sec_pagetables:0kB all_unreclaimable? yes Balloon:12kB gpu_active:34kB "
		"gpu_reclaim:56kB\n"
		"[  100.000005] Node 0 DMA free:908kB boost:0kB min:136kB low:168kB high:200kB "
		"reserved_highatomic:2048KB "
		"free_highatomic:32KB active_anon:14080kB zspages:78kB present:15992kB managed:15360kB free_cma:0kB\n"
		"[  100.000006] lowmem_reserve[]: 0 194 194\n"
		"[  100.000007] Node 0 DMA: 1*64kB (M) 0*128kB 3*256kB (UMEHCI) = 832kB\n"
		"[  100.000008] Node 0 hugepages_total=4 hugepages_free=3 hugepages_surp=1 hugepages_size=2048kB\n"
		"[  100.000009] 244 pages RAM\n");
	const struct oom_event *e = &c->events.v[0];
	(void)state;
	assert_int_equal(c->events.n, 1);
	const struct oom_node *node = &e->state.nodes.v[0];
	assert_int_equal(node->counters.balloon_kb, 12);
	assert_int_equal(node->counters.gpu_active_kb, 34);
	assert_int_equal(node->counters.gpu_reclaim_kb, 56);
	assert_int_equal(node->all_unreclaimable, OOM_YES);
	const struct oom_zone *zone = &node->zones.v[0];
	assert_int_equal(zone->counters.zspages_kb, 78);
	assert_int_equal(zone->reserved_highatomic_kb, 2048);
	assert_int_equal(zone->free_highatomic_kb, 32);
	assert_int_equal(zone->lowmem_reserve_kb.v[1], 194 * 64); // pages of 64 KiB: the free blocks say so
	assert_int_equal(zone->free_areas.n, 3);
	assert_int_equal(zone->free_areas.v[2].blocks, 3);
	assert_string_equal(zone->free_areas.v[2].types, "UMEHCI");
	assert_int_equal(e->state.memory.present_kb, 244 * 64);
	assert_int_equal(e->state.hugetlb.v[0].total, 4);
	assert_int_equal(e->state.hugetlb.v[0].surplus, 1);
	oom_case_free(c);
}

static void test_group_kill(void **state)
{
	struct oom_case *c = read_text(
		HEAD
		"[  100.000002] memory: usage 524288kB, limit 524288kB, failcnt 660235\n"
		"[  100.000003] swap: usage 12kB, limit 9007199254740988kB, failcnt 0\n"
		"[  100.000004] Memory cgroup stats for /a,b:\n"
		"[  100.000005] anon 534147072\n"
		"[  100.000006] pgfault 140250\n"
		"[  100.000007] "
		"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0-1,3,oom_memcg=/a,b"
		",task_memcg=/a,b/c,task=x, y,pid=11,uid=5\n"
		"[  100.000008] Memory cgroup out of memory: Killed process 11 (x, y) total-vm:8kB, anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:5 pgtables:40kB oom_score_adj:300\n"
		"[  100.000009] Tasks in /a,b are going to be killed due to memory.oom.group set\n"
		"[  100.000010] Memory cgroup out of memory: Killed process 12 (a) b) total-vm:8kB, anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:5 pgtables:40kB oom_score_adj:300\n"
		"[  100.000011] oom_reaper: reaped process 12 (a) b), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n"
		"[  100.000012] oom_reaper: unable to reap pid:11 (x, y)\n");
	const struct oom_event *e = &c->events.v[0];
	(void)state;
	assert_int_equal(c->events.n, 1);
	assert_int_equal(e->constraint, OOM_CONSTRAINT_MEMCG);
	assert_string_equal(e->mems_allowed, "0-1,3");
	assert_string_equal(e->memcg->oom, "/a,b");
	assert_string_equal(e->memcg->task, "/a,b/c");
	assert_int_equal(e->memcg->limit_kb, 524288);
	assert_int_equal(e->memcg->swap_limit_kb, OOM_UNLIMITED);
	assert_int_equal(e->memcg->oom_group, OOM_YES);
	assert_string_equal(e->memcg->stats.v[0].name, "anon_kb");
	assert_int_equal(e->memcg->stats.v[0].value, 521628);
	assert_string_equal(e->memcg->stats.v[1].name, "pgfault");
	assert_int_equal(e->victims.n, 2);
	assert_string_equal(e->victims.v[0].comm, "x, y");
	assert_int_equal(e->victims.v[0].uid, 5);
	assert_int_equal(e->victims.v[0].pgtables_kb, 40);
	assert_int_equal(e->victims.v[0].oom_score_adj, 300);
	assert_int_equal(e->victims.v[0].reaped, OOM_NO);
	assert_string_equal(e->victims.v[1].comm, "a) b");
	assert_int_equal(e->victims.v[1].reaped, OOM_YES);
	assert_int_equal(c->system.cgroup_version, 2);
	oom_case_free(c);
}

static void test_old_kill_lines(void **state)
{
	struct oom_case *c =
		read_text("No available memory (MPOL_BIND): kill process 9682 (httpd) score 123 or a child\n"
			  "Killed process 9683 (httpd)\n"
			  "Out of memory: kill process 9700 (mysqld) score 12345 or a child\n"
			  "Killed process 9700 (mysqld) vsz:47388kB, anon-rss:3744kB, file-rss:80kB\n"
			  "Out of memory (oom_kill_allocating_task): Kill process 55 (x) score 0 or sacrifice child\n"
			  "Killed process 55 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n");
	(void)state;
	assert_int_equal(c->events.n, 3);
	assert_int_equal(c->events.v[0].constraint, OOM_CONSTRAINT_MEMPOLICY);
	assert_int_equal(c->events.v[0].victims.v[0].pid, 9683);
	assert_int_equal(c->events.v[0].victims.v[0].score, 123);
	assert_true(has(&c->events.v[0].missing, "9682"));
	assert_int_equal(c->events.v[1].victims.v[0].total_vm_kb, 47388);
	assert_int_equal(c->config.oom_kill_allocating_task, 1);
	oom_case_free(c);
}

static void test_sysrq(void **state)
{
	struct oom_case *c = read_text(
		"[  100.000000] sysrq: Manual OOM execution\n"
		"[  100.000001] kworker/0:2 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0\n"
		"[  100.000002] Call Trace:\n[  100.000003]  moom_callback+0x7a/0xb0\n");
	(void)state;
	assert_int_equal(c->events.n, 1);
	assert_int_equal(c->events.v[0].sysrq, OOM_YES);
	assert_int_equal(c->events.v[0].order, -1);
	oom_case_free(c);
	// SysRq-m prints Mem-Info and no OOM.
	c = read_text("[  100.000000] sysrq: Show Memory\n[  100.000001] Mem-Info:\n"
		      "[  100.000002] active_anon:1 inactive_anon:2 isolated_anon:0\n"
		      "[  100.000003] Node 0 DMA free:908kB min:136kB low:168kB high:200kB present:15992kB "
		      "managed:15360kB\n");
	assert_int_equal(c->events.n, 0);
	oom_case_free(c);
}

static void put_record(struct oom_log *log, int64_t caller, int64_t us, const char *text)
{
	static int64_t line;
	struct oom_log_record record = {
		.text = text, .len = strlen(text), .time_us = us, .line = ++line, .caller = caller, .level = 4};
	oom_log_record(log, &record);
}

/** Two tellers line by line, told apart by their caller ids: an OOM of thread 10, a failed allocation on CPU 1. */
static void test_interleaved(void **state)
{
	enum { A = 10 };
	const int64_t b = 0x80000001LL;
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	(void)state;
	put_record(log, A, 1, "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
	put_record(log, b, 2,
		   "swapper/1: page allocation failure: order:1, mode:0x820(GFP_ATOMIC), "
		   "nodemask=(null),cpuset=/,mems_allowed=0");
	put_record(log, A, 3, "CPU: 0 PID: 10 Comm: a Not tainted 6.1.0 #1");
	put_record(log, b, 4, "CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.1.0 #1");
	put_record(log, A, 5, "Mem-Info:");
	put_record(log, b, 6, "Mem-Info:");
	put_record(log, A, 7, "active_anon:1 inactive_anon:2 isolated_anon:0\n free:3 free_pcp:0 free_cma:0");
	put_record(log, b, 8, "active_anon:4 inactive_anon:5 isolated_anon:0\n free:6 free_pcp:0 free_cma:0");
	put_record(log, b, 9, "Node 0 DMA free:24kB min:1kB low:2kB high:3kB present:15992kB managed:15360kB");
	put_record(log, A, 10, "Node 0 DMA free:12kB min:1kB low:2kB high:3kB present:15992kB managed:15360kB");
	put_record(log, A, 11, "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name");
	put_record(log, b, 12, "100 pages RAM");
	put_record(log, A, 13, "[     10]     0    10      100       10    45056        0             0 a");
	put_record(log, A, 14,
		   "Out of memory: Killed process 10 (a) total-vm:400kB, anon-rss:40kB, file-rss:0kB, shmem-rss:0kB, "
		   "UID:0 pgtables:44kB oom_score_adj:0");
	put_record(log, 60, 15, "oom_reaper: reaped process 10 (a), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB");
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	assert_int_equal(c->events.n, 2);
	const struct oom_event *oom = &c->events.v[0], *failure = &c->events.v[1];
	assert_int_equal(oom->kind, OOM_EVENT_OOM);
	assert_int_equal(oom->cpu, 0);
	assert_int_equal(oom->state.memory.free_kb, 12);
	assert_int_equal(oom->state.nodes.v[0].zones.v[0].free_kb, 12);
	assert_int_equal(oom->state.memory.present_kb, OOM_ABSENT);
	assert_int_equal(oom->victims.n, 1);
	assert_int_equal(oom->victims.v[0].reaped, OOM_YES);
	assert_int_equal(failure->kind, OOM_EVENT_ALLOCATION_FAILURE);
	assert_int_equal(failure->cpu, 1);
	assert_int_equal(failure->state.memory.free_kb, 24);
	assert_int_equal(failure->state.nodes.v[0].zones.v[0].free_kb, 24);
	assert_int_equal(failure->state.memory.present_kb, 400);
	assert_int_equal(failure->state.tasks.n, 0);
	oom_case_free(c);
}

static void test_boots_and_hosts(void **state)
{
	struct oom_case *c = read_text("Sep 11 10:00:00 a kernel: [    0.000000] Linux version 5.10.0 (x@y) (gcc) #1\n"
				       "Sep 11 10:00:00 a kernel: [    0.000000] Command line: quiet\n"
				       "Sep 11 10:10:00 a kernel: [  600.000000] x invoked oom-killer: "
				       "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
				       "Sep 11 10:10:01 b kernel: [ 9000.000000] y invoked oom-killer: "
				       "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
				       "Sep 11 10:20:00 a kernel: [    0.000000] Linux version 6.1.0 (x@y) (gcc) #1\n"
				       "Sep 11 10:30:00 a kernel: [  600.000000] z invoked oom-killer: "
				       "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
				       "Sep 11 10:40:00 b kernel: [ 9500.000000] w invoked oom-killer: "
				       "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
				       "Sep 11 10:50:00 b kernel: [   50.000000] v invoked oom-killer: "
				       "gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n");
	const struct oom_event *e = c->events.v;
	(void)state;
	assert_int_equal(c->events.n, 5);
	assert_string_equal(e[0].nodename, "a");
	assert_string_equal(e[0].release, "5.10.0");
	assert_string_equal(e[1].nodename, "b");
	assert_null(e[1].release);
	assert_string_equal(e[2].release, "6.1.0");
	assert_int_not_equal(e[0].boot, e[1].boot);
	assert_int_not_equal(e[0].boot, e[2].boot);
	assert_int_equal(e[1].boot, e[3].boot);
	assert_int_not_equal(e[3].boot, e[4].boot); // its clock went back
	assert_string_equal(e[0].stamp, "Sep 11 10:10:00");
	assert_null(e[0].time);
	assert_null(c->system.nodename); // two machines
	oom_case_free(c);
}

static void test_userspace_killers(void **state)
{
	struct oom_case *c = read_text(
		"May 09 20:55:58 ubu systemd-oomd[889]: Killed /user.slice/user-1000.slice/snap.firefox.scope due to "
		"memory "
		"pressure for /user.slice/user-1000.slice being 62.09% > 50.00% for > 20s with reclaim activity\n"
		"May 09 20:55:58 ubu systemd[1898]: snap.firefox.scope: systemd-oomd killed 218 process(es) in this "
		"unit.\n"
		"May 10 20:55:58 ubu earlyoom[10231]: mem avail:   387 of  7855 MiB ( 4.93%), swap free:  456 of  2048 "
		"MiB "
		"(22.27%)\n"
		"May 10 20:55:58 ubu earlyoom[10231]: low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%\n"
		"May 10 20:55:58 ubu earlyoom[10231]: sending SIGTERM to process 7378 uid 1000 \"ta \\\"il\": "
		"oom_score 156, "
		"oom_score_adj -5, VmRSS 4962 MiB, cmdline \"x\"\n"
		"May 11 20:55:58 ubu nohang[77]: Process with highest badness (found in 6ms):\n"
		"                                  PID: 6999, Name: tail, badness: 880\n"
		"May 11 20:55:58 ubu nohang[77]: Sending SIGTERM to the victim\n"
		"May 12 20:55:58 ubu nohang[77]: PID: 7999, Name: spared, badness: 770\n"); // the memory came back
	(void)state;
	assert_int_equal(c->events.n, 3);
	const struct oom_event *e = c->events.v;
	assert_int_equal(e[0].kind, OOM_EVENT_USERSPACE);
	assert_string_equal(e[0].killer, "systemd-oomd");
	assert_string_equal(e[0].victims.v[0].memcg, "/user.slice/user-1000.slice/snap.firefox.scope");
	assert_int_equal(strncmp(e[0].reason, "memory pressure for ", 20), 0);
	assert_true(has(&e[0].followed, "218 process(es)"));
	assert_string_equal(e[1].killer, "earlyoom");
	assert_int_equal(e[1].victims.n, 1);
	assert_int_equal(e[1].victims.v[0].pid, 7378);
	assert_int_equal(e[1].victims.v[0].uid, 1000);
	assert_int_equal(e[1].victims.v[0].oom_score_adj, -5);
	assert_string_equal(e[1].victims.v[0].comm, "ta \\\"il");
	assert_int_equal(strncmp(e[1].reason, "low memory!", 11), 0);
	assert_string_equal(e[2].killer, "nohang");
	assert_int_equal(e[2].victims.v[0].pid, 6999);
	assert_string_equal(e[2].victims.v[0].comm, "tail");
	oom_case_free(c);
}

static void test_what_followed(void **state)
{
	struct oom_case *c = read_text(
		"Aug 17 03:12:59 h kernel: [  100.000000] Out of memory: Killed process 7 (java) total-vm:8kB, "
		"anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n"
		"Aug 17 03:12:59 h systemd[1]: bes.service: Main process exited, code=killed, status=9/KILL\n"
		"Aug 17 03:13:09 h systemd[1]: bes.service: Scheduled restart job, restart counter is at 5.\n"
		"Aug 17 03:15:09 h kernel: [  230.000000] INFO: task kworker/u8:1:88 blocked for more than 120 "
		"seconds.\n"
		"Aug 17 09:15:09 h kernel: [21830.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [x:9]\n");
	const struct oom_event *e = &c->events.v[0];
	(void)state;
	assert_int_equal(c->events.n, 1);
	assert_int_equal(e->followed.n, 3); // six hours later is another matter
	assert_true(has(&e->followed, "line 2: bes.service: Main process exited, code=killed, status=9/KILL"));
	assert_true(has(&e->followed, "restart counter is at 5"));
	assert_true(has(&e->followed, "blocked for more than 120 seconds"));
	oom_case_free(c);
}

static void test_masks(void **state)
{
	struct oom_case *c =
		read_text("[    1.000000] x invoked oom-killer: gfp_mask=0x62****(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), "
			  "nodemask=0,2, order=0, "
			  "oom_score_adj=0\n"
			  "[    1.000001] CPU: 1 PID: 29748 Comm: x Not tainted 4.19.91 #1\n"
			  "[    5.000000] y invoked oom-killer: gfp_mask=0xcc0(GFP_ATOMIC), nodemask=(null), order=0, "
			  "oom_score_adj=0\n"
			  "[    5.000001] CPU: 1 PID: 29749 Comm: y Not tainted 5.10.0 #1\n"
			  "[    9.000000] z invoked oom-killer: gfp_mask=0x280da, order=0, oom_score_adj=0\n"
			  "[    9.000001] CPU: 1 PID: 29749 Comm: z Not tainted 3.10.0-514.el7.x86_64 #1\n");
	const struct oom_event *e = c->events.v;
	(void)state;
	assert_int_equal(c->events.n, 3);
	assert_int_equal(e[0].gfp_mask, 0x6280ca);
	assert_string_equal(e[0].nodemask, "0,2");
	assert_null(e[1].nodemask);
	assert_true(has(&e[1].missing, "gfp_mask: its names stand for 0xa20"));
	assert_string_equal(e[2].gfp_flags.v[0], "GFP_HIGHUSER_MOVABLE");
	assert_string_equal(e[2].gfp_flags.v[1], "__GFP_ZERO");
	assert_string_equal(e[2].gfp_meaning, "any zone; may wait, reclaim, swap and write to file systems; movable");
	oom_case_free(c);
}

/** A kernel that was built with other flags tells its own bits. */
static void test_own_masks(void **state)
{
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	struct oom_gfp_table table;
	static const char text[] =
		"[    9.000000] z invoked oom-killer: gfp_mask=0x1000cc0(GFP_KERNEL|__GFP_NO_OBJ_EXT), order=0, "
		"oom_score_adj=0\n"
		"[    9.000001] CPU: 1 PID: 29749 Comm: z Not tainted 6.12.0 #1\n"
		"[   99.000000] z invoked oom-killer: gfp_mask=0x1000cc0, order=0, oom_score_adj=0\n"
		"[   99.000001] CPU: 1 PID: 29749 Comm: z Not tainted 6.12.0 #1\n";
	(void)state;
	oom_gfp_table_for("6.12.0", &table);
	assert_true(oom_gfp_table_set(&table, "___GFP_NO_OBJ_EXT_BIT", 24));
	oom_log_gfp(log, &table);
	oom_log_text(log, text, strlen(text));
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	assert_int_equal(c->events.n, 2);
	assert_false(has(&c->events.v[0].missing, "gfp_mask"));
	assert_string_equal(c->events.v[1].gfp_flags.v[1], "__GFP_NO_OBJ_EXT");
	oom_case_free(c);
}

static void test_constraints(void **state)
{
	// before 5.0 no line names the constraint: two nodes are seen, the cpuset allows one of them
	struct oom_case *c =
		read_text("x invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null), order=0, "
			  "oom_score_adj=0\n"
			  "x cpuset=jobs mems_allowed=1\nMem-Info:\n"
			  "Node 1 Normal free:43636kB min:45148kB low:441424kB high:837700kB\n"
			  "Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB\n"
			  "Out of memory: Kill process 5 (x) score 1 or sacrifice child\n");
	(void)state;
	assert_int_equal(c->events.v[0].constraint, OOM_CONSTRAINT_CPUSET);
	oom_case_free(c);
	c = read_text(
		"x invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), nodemask=1, order=0, oom_score_adj=0\n"
		"x cpuset=/ mems_allowed=0-1\nMem-Info:\n"
		"Node 0 Normal free:943636kB min:45148kB low:441424kB high:837700kB\n"
		"Node 1 Normal free:43636kB min:45148kB low:441424kB high:837700kB\n"
		"Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n");
	assert_int_equal(c->events.v[0].constraint, OOM_CONSTRAINT_MEMPOLICY);
	oom_case_free(c);
	c = read_text("x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		      "CPU: 0 PID: 5 Comm: x Not tainted 6.1.0 #1\nCall Trace:\n mem_cgroup_out_of_memory+0x136/0x150\n"
		      " try_charge_memcg+0x6b1/0x780\nmemory: usage 8kB, limit 8kB, failcnt 5\n"
		      "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n");
	assert_int_equal(c->events.v[0].constraint, OOM_CONSTRAINT_MEMCG);
	oom_case_free(c);
}

static void test_dropped_messages(void **state)
{
	struct oom_case *c = read_text(
		"Sep 11 10:10:00 a kernel: [  600.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n"
		"Sep 11 10:10:01 a kernel: [  600.000100] ** 44 printk messages dropped **\n"
		"Sep 11 10:10:02 a rsyslogd: imjournal: 156 messages lost due to rate-limiting (20000 allowed within "
		"600 "
		"seconds)\n"
		// what the limits of other programs lost was none of the kernel's
		"Sep 11 10:10:02 a systemd-journald[142]: Suppressed 3175 messages from chatty.service\n"
		"Sep 11 10:10:02 a rsyslogd: imuxsock[pid: 142, name: /lib/systemd/systemd-journald]: 3640 messages "
		"lost due "
		"to rate-limiting (100 allowed within 5 seconds)\n"
		"Sep 11 10:10:02 a rsyslogd-2177: imjournal: 236 messages lost due to rate-limiting\n"
		"Sep 11 10:10:02 a systemd-journal[1770]: Missed 1427 kernel messages\n"
		"Sep 11 10:10:02 a kernel: message repeated 2 times: [ [  600.000000] x invoked oom-killer: "
		"gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0]\n");
	(void)state;
	assert_int_equal(c->events.n, 1);
	assert_true(has(&c->events.v[0].missing, "1863 messages were dropped"));
	oom_case_free(c);
}

/** One event in messages (syslog, with the daemon's lines), in dmesg (whole) and in the journal (the head is lost). */
static void test_several_sources(void **state)
{
	static const char syslog[] =
		"Sep 11 10:00:00 a kernel: [    0.000000] Linux version 5.10.0 (x@y) (gcc) #1\n"
		"Sep 11 10:10:00 a kernel: [  600.000000] old invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n"
		"Sep 11 10:10:00 a kernel: [  600.000001] CPU: 0 PID: 5 Comm: old Not tainted 5.10.0 #1\n"
		"Sep 11 11:00:00 a kernel: [    0.000000] Linux version 5.10.1 (x@y) (gcc) #1\n"
		"Sep 11 11:10:00 a kernel: [  600.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n"
		"Sep 11 11:10:00 a kernel: [  600.000001] CPU: 0 PID: 7 Comm: x Not tainted 5.10.1 #1\n"
		"Sep 11 11:10:00 a kernel: [  600.000009] Out of memory: Killed process 77 (y) total-vm:8kB, "
		"anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n"
		"Sep 11 11:10:01 a systemd[1]: y.service: Main process exited, code=killed, status=9/KILL\n";
	static const char dmesg[] =
		"[    0.000000] Linux version 5.10.1 (x@y) (gcc) #1\n"
		"[  600.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"[  600.000001] CPU: 0 PID: 7 Comm: x Not tainted 5.10.1 #1\n"
		"[  600.000002] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		"[  600.000003] [     77]     0    77      100       10    45056        0             0 y\n"
		"[  600.000009] Out of memory: Killed process 77 (y) total-vm:8kB, anon-rss:4kB, file-rss:0kB, "
		"shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n"
		"[  700.000000] z invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n";
	static const char journal[] =
		"2021-09-11T09:10:00+0000 a kernel: Out of memory: Killed process 77 (y) total-vm:8kB, anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n";
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	(void)state;
	oom_log_source(log, "messages");
	oom_log_text(log, syslog, strlen(syslog));
	oom_log_source(log, "journal");
	oom_log_text(log, journal, strlen(journal));
	oom_log_source(log, "dmesg");
	oom_log_text(log, dmesg, strlen(dmesg));
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	const struct oom_event *e = c->events.v;
	assert_int_equal(c->events.n, 3);
	assert_string_equal(e[0].trigger.comm, "old");
	assert_int_equal(e[0].boot, 0);
	assert_string_equal(e[1].trigger.comm, "x");
	assert_int_equal(e[1].boot, 1);
	assert_string_equal(e[1].origin.what, "dmesg"); // the fullest copy
	assert_int_equal(e[1].state.tasks.n, 1);
	assert_string_equal(e[1].nodename, "a"); // what only the others tell
	assert_true(has(&e[1].followed, "y.service"));
	assert_string_equal(e[1].time, "2021-09-11T09:10:00+00:00");
	assert_string_equal(e[2].trigger.comm, "z");
	assert_int_equal(e[2].boot, 1);
	assert_int_equal(e[2].index, 2);
	oom_case_free(c);
}

/** A cleaned report: texts name the machine host0, the journal's files still call it db-1. Another machine's event, at
 * another moment of its own clock, stays one of its own; so does what a daemon said without the kernel's clock. */
static void test_two_names(void **state)
{
	static const char texts[] = "2026-11-21T13:46:34+00:00 host0 kernel: [   54.802927] cartd invoked oom-killer: "
				    "gfp_mask=0xcc0(GFP_KERNEL), "
				    "order=0, oom_score_adj=0\n"
				    "2026-11-21T13:46:34+00:00 host0 kernel: [   54.804000] CPU: 0 PID: 215 Comm: "
				    "cartd Not tainted 6.1.0 #1\n"
				    "2026-11-21T13:47:32+00:00 host0 systemd-oomd[269]: Killed "
				    "/press.slice/press.service due to memory pressure for "
				    "/press.slice being 17.90% > 10.00% for > 3s with reclaim activity\n";
	static const char journal[] = "2026-11-21T13:46:34+00:00 db-1 kernel: [   54.802927] cartd invoked oom-killer: "
				      "gfp_mask=0xcc0(GFP_KERNEL), "
				      "order=0, oom_score_adj=0\n"
				      "2026-11-21T13:46:34+00:00 db-1 kernel: [   54.804000] CPU: 0 PID: 215 Comm: "
				      "cartd Not tainted 6.1.0 #1\n"
				      "2026-11-21T13:47:32+00:00 db-1 systemd-oomd[269]: Killed "
				      "/press.slice/press.service due to memory pressure for "
				      "/press.slice being 17.90% > 10.00% for > 3s with reclaim activity\n"
				      "2026-11-21T13:48:34+00:00 db-2 kernel: [   55.802927] cartd invoked oom-killer: "
				      "gfp_mask=0xcc0(GFP_KERNEL), "
				      "order=0, oom_score_adj=0\n"
				      "2026-11-21T13:48:34+00:00 db-2 kernel: [   55.804000] CPU: 0 PID: 215 Comm: "
				      "cartd Not tainted 6.1.0 #1\n";
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	(void)state;
	oom_log_source(log, "messages");
	oom_log_text(log, texts, strlen(texts));
	oom_log_source(log, "journal");
	oom_log_text(log, journal, strlen(journal));
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	assert_int_equal(c->events.n, 3);
	assert_string_equal(c->events.v[0].trigger.comm, "cartd");
	assert_string_equal(c->events.v[1].killer, "systemd-oomd");
	assert_string_equal(c->events.v[2].nodename, "db-2");
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_lost_head),
		cmocka_unit_test(test_lost_header),
		cmocka_unit_test(test_panics),
		cmocka_unit_test(test_other_panics),
		cmocka_unit_test(test_slab_and_allocations),
		cmocka_unit_test(test_newest_fields),
		cmocka_unit_test(test_group_kill),
		cmocka_unit_test(test_old_kill_lines),
		cmocka_unit_test(test_sysrq),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_boots_and_hosts),
		cmocka_unit_test(test_userspace_killers),
		cmocka_unit_test(test_what_followed),
		cmocka_unit_test(test_dropped_messages),
		cmocka_unit_test(test_several_sources),
		cmocka_unit_test(test_two_names),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_own_masks),
		cmocka_unit_test(test_constraints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
