// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What published logs showed to be misread: sentences about a report, quoted lines, locked memory, endless logs.
 */
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

/** "%s invoked oom-killer: gfp_mask=" is all that the kernel writes; a comm has at most 15 bytes. */
static void test_prose_is_no_event(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t events;
	} rows[] = {
		{"mkfs -t ext4 invoked oom-killer on i386 running next-20200430\n", 0},
		{"I took your patch, tested and mkfs -t ext4 invoked oom-killer.\n", 0},
		{"which is why the backup of that night invoked oom-killer\n", 0},
		{"[ 2786.519080] mem_on_node0 invoked oom-killer\n", 1},
		{"[    1.000000] worker invoked oom: gfp_mask=0x100dca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0\n", 1},
		{"[    1.000000] Web Content invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0\n",
		 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oom_case *c = read_text(rows[i].text);
		if (c->events.n != rows[i].events)
			fail_msg("%zu events in: %s", c->events.n, rows[i].text);
		oom_case_free(c);
	}
}

static void test_quotes_of_any_depth(void **state)
{
	(void)state;
	static const char line[] = "kswapd0: page allocation failure: order:0, mode:0x820(GFP_ATOMIC), "
				   "nodemask=(null),cpuset=/,mems_allowed=0\n";
	static const char *const marks[] = {"", "> ", ">> ", ">>> ", ">>>> ", "> > > > "};
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text), "%s%s", marks[i], line);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		assert_string_equal(c->events.v[0].trigger.comm, "kswapd0");
		oom_case_free(c);
	}
}

#define HEAD "[  100.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
#define CPU  "[  100.000001] CPU: 0 PID: 77 Comm: x Not tainted 6.1.0-33-amd64 #1\n"

/** Locked anonymous memory is on the unevictable list, locked shared memory too. */
static void test_anon_of_all_lists(void **state)
{
	(void)state;
	static const char *const format =
		HEAD CPU "[  100.000002] Mem-Info:\n"
			 "[  100.000003] active_anon:1000 inactive_anon:9000 isolated_anon:10\n"
			 "                active_file:500 inactive_file:700 isolated_file:20\n"
			 "                unevictable:%d dirty:0 writeback:0\n"
			 "                slab_reclaimable:100 slab_unreclaimable:200\n"
			 "                mapped:300 shmem:%d pagetables:50\n"
			 "                sec_pagetables:0 bounce:0\n"
			 "                kernel_misc_reclaimable:0\n"
			 "                free:600 free_pcp:0 free_cma:0\n"
			 "%s"
			 "[  100.000007] 30000 pages RAM\n[  100.000008] 1000 pages reserved\n";
	static const struct {
		int unevictable, shmem;
		const char *cache;
		int64_t anon_kb;
	} rows[] = {
		{0, 400, "[  100.000006] 1620 total pagecache pages\n", 9610 * 4},     // shared memory on its lists
		{5000, 400, "[  100.000006] 1620 total pagecache pages\n", 14610 * 4}, // 5000 locked by a process
		{6000, 6400, "[  100.000006] 7620 total pagecache pages\n", 9610 * 4}, // locked shared memory
		{0, 400, "[  100.000006] 1720 total pagecache pages\n", 9510 * 4},     // 100 in the swap cache
		{0, 400, "", OOM_ABSENT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2048];
		snprintf(text, sizeof(text), format, rows[i].unevictable, rows[i].shmem, rows[i].cache);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		assert_int_equal(c->events.v[0].state.memory.anon_kb, rows[i].anon_kb);
		oom_case_free(c);
	}
}

/** Cut before the lines of free blocks: what is printed in pages and in KiB tells the page size. */
static void test_page_size_by_sums(void **state)
{
	(void)state;
	static const struct {
		int64_t zone_kb, size;
		bool said; // that it is not known
	} rows[] = {{8000, 4, true}, {16000, 4, false}, {64000, 16, false}, {256016, 64, false}, {200000, 4, true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text),
			 "[  100.000000] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
			 "[  100.000002] Mem-Info:\n"
			 "[  100.000003] active_anon:1 inactive_anon:9 isolated_anon:0\n"
			 "                mapped:300 shmem:100 pagetables:50\n"
			 "                free:4000 free_pcp:0 free_cma:0\n"
			 "[  100.000004] Node 0 Normal free:%dkB min:100kB low:120kB high:150kB\n",
			 (int)rows[i].zone_kb);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		assert_int_equal(c->events.v[0].state.memory.free_kb, 4000 * rows[i].size);
		assert_int_equal(c->events.v[0].state.memory.shmem_kb, 100 * rows[i].size);
		bool said = false;
		for (size_t k = 0; k < c->events.v[0].missing.n; k++)
			said |= strstr(c->events.v[0].missing.v[k], "page size") != NULL;
		assert_int_equal(said, rows[i].said);
		oom_case_free(c);
	}
}

/** A mail program's line breaks, behind a prefix that has no kernel clock. */
static void test_wrapped_behind_a_tag(void **state)
{
	(void)state;
	static const char text[] = "Mar  3 04:05:06 node7.example.org kernel: tuned invoked oom-killer:\n"
				   "gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0\n"
				   "Mar  3 04:05:06 node7.example.org kernel: CPU: 0 PID: 1165 Comm: tuned\n"
				   "Not tainted 4.18.0-240.el8.x86_64 #1\n"
				   "Mar  3 04:05:06 node7.example.org kernel: Mem-Info:\n"
				   "Mar  3 04:05:06 node7.example.org kernel: active_anon:18180\n"
				   "inactive_anon:738744 isolated_anon:0\n"
				   "                                           active_file:18\n"
				   "inactive_file:337 isolated_file:32\n"
				   "                                           unevictable:132114 dirty:5\n"
				   "writeback:0 unstable:0\n"
				   "                                           slab_reclaimable:6250\n"
				   "slab_unreclaimable:5966\n"
				   "                                           mapped:1626 shmem:738916\n"
				   "pagetables:1396 bounce:0\n"
				   "                                           free:31759 free_pcp:30 free_cma:0\n"
				   "Mar  3 04:05:06 node7.example.org kernel: Node 0 DMA32 free:64676kB\n"
				   "min:16264kB low:20328kB high:24392kB active_anon:1424kB\n"
				   "present:4000000kB managed:3900000kB mlocked:0kB\n"
				   "Mar  3 04:05:06 node7.example.org kernel: lowmem_reserve[]: 0 0 12114\n"
				   "12114 12114\n"
				   "Mar  3 04:05:06 node7.example.org kernel: 871413 total pagecache pages\n"
				   "Mar  3 04:05:06 node7.example.org kernel: [ pid ]   uid  tgid total_vm\n"
				   "     rss pgtables_bytes swapents oom_score_adj name\n"
				   "Mar  3 04:05:06 node7.example.org kernel: [  907]     0   907    48443\n"
				   "     510   405504        0             0 sssd\n"
				   "Mar  3 04:05:06 node7.example.org kernel: Out of memory: Killed\n"
				   "process 907 (sssd) total-vm:193772kB, anon-rss:1900kB,\n"
				   "file-rss:140kB, shmem-rss:0kB, UID:0\n";
	struct oom_case *c = read_text(text);
	assert_int_equal(c->events.n, 1);
	const struct oom_event *e = &c->events.v[0];
	assert_string_equal(e->release, "4.18.0-240.el8.x86_64");
	assert_int_equal(e->state.counters.active_anon_kb, 18180 * 4);
	assert_int_equal(e->state.counters.inactive_anon_kb, 738744 * 4);
	assert_int_equal(e->state.counters.active_file_kb, 18 * 4);
	assert_int_equal(e->state.memory.dirty_kb, 5 * 4);
	assert_int_equal(e->state.memory.slab_reclaimable_kb, 6250 * 4);
	assert_int_equal(e->state.memory.shmem_kb, 738916 * 4);
	const struct oom_zone *z = &e->state.nodes.v[0].zones.v[0];
	assert_int_equal(z->high_kb, 24392);
	assert_int_equal(z->lowmem_reserve_kb.n, 5);
	assert_int_equal(z->lowmem_reserve_kb.v[4], 12114 * 4);
	assert_int_equal(e->state.tasks.n, 1);
	assert_int_equal(e->state.tasks.v[0].rss_kb, 510 * 4);
	assert_int_equal(e->victims.n, 1);
	assert_int_equal(e->victims.v[0].rss_anon_kb, 1900);
	oom_case_free(c);
}

/** systemd 258 marks a group first; one that is also said to be killed is one event. */
static void test_oomd_marks(void **state)
{
	(void)state;
	static const char marked[] =
		"Sep 25 19:46:58 t7 systemd-oomd[726]: Marked /user.slice/app-foo.scope for killing due to memory used "
		"(16260780032) / total (16419115008) and swap used (23106342912) / total (25165819904) being more than "
		"90.00%\n";
	static const char killed[] =
		"Sep 25 19:46:58 t7 systemd-oomd[726]: Killed /user.slice/app-foo.scope due to memory "
		"pressure for /user.slice being 70.01% > 50.00% for > 20s with reclaim activity\n";
	const char *const logs[] = {marked, killed, NULL};
	for (size_t i = 0; i < 3; i++) {
		char text[1024];
		snprintf(text, sizeof(text), "%s%s", logs[i] ? logs[i] : marked, logs[i] ? "" : killed);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 1);
		const struct oom_event *e = &c->events.v[0];
		assert_string_equal(e->killer, "systemd-oomd");
		assert_int_equal(e->victims.n, 1);
		assert_string_equal(e->victims.v[0].memcg, "/user.slice/app-foo.scope");
		assert_non_null(e->reason);
		oom_case_free(c);
	}
}

/** Android: a driver before 4.12, a daemon since. */
static void test_lowmemorykiller(void **state)
{
	(void)state;
	struct oom_case *c =
		read_text("<6>[  812.100000] lowmemorykiller: Killing 'd.example.games' (2613), adj 1000,\n"
			  "   to free 20784kB on behalf of 'kswapd0' (442) because\n"
			  "   cache 32112kB is below limit 32384kB for oom_score_adj 1000\n"
			  "   Free memory is 17432kB above reserved\n"
			  "<6>[  820.000000] lowmemorykiller: Kill 'm.example.mail' (2533), uid 10087, "
			  "oom_score_adj 900 to free 56616kB rss, 30kB swap; reason: low watermark is "
			  "breached\n");
	assert_int_equal(c->events.n, 2);
	const struct oom_victim *one = &c->events.v[0].victims.v[0], *two = &c->events.v[1].victims.v[0];
	assert_string_equal(one->comm, "d.example.games");
	assert_int_equal(one->pid, 2613);
	assert_int_equal(one->oom_score_adj, 1000);
	assert_string_equal(two->comm, "m.example.mail");
	assert_int_equal(two->uid, 10087);
	assert_int_equal(two->oom_score_adj, 900);
	assert_string_equal(c->events.v[1].reason, "low watermark is breached");
	oom_case_free(c);
}

/** The wall clock is set, or the machine slept: the kernel's own clock goes on. A boot sets it back. */
static void test_wall_clock_jumps(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after;
		size_t boots;
	} rows[] = {
		{"Nov  3 10:11:12 alpha kernel: [ 5000.100000] ", "Nov  3 08:11:13 alpha kernel: [ 5000.200000] ", 1},
		{"Nov  3 22:11:12 alpha kernel: [ 5000.100000] ", "Nov  4 07:11:13 alpha kernel: [ 5003.200000] ", 1},
		{"Nov  3 10:11:12 alpha kernel: [ 5000.100000] ", "Nov  3 10:14:13 alpha kernel: [   40.200000] ", 2},
		{"Nov  3 10:11:12 alpha kernel: [ 5000.100000] ", "Nov  4 10:14:13 alpha kernel: [ 9000.200000] ", 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text),
			 "%sOut of memory: Killed process 7 (a) total-vm:4000kB, anon-rss:400kB, file-rss:0kB\n"
			 "%sOut of memory: Killed process 8 (b) total-vm:4000kB, anon-rss:400kB, file-rss:0kB\n",
			 rows[i].before, rows[i].after);
		struct oom_case *c = read_text(text);
		assert_int_equal(c->events.n, 2);
		bool two = c->events.v[0].boot != c->events.v[1].boot;
		if (two != (rows[i].boots == 2))
			fail_msg("row %zu: %s", i, two ? "two boots" : "one boot");
		oom_case_free(c);
	}
}

/** Times that somebody shortened: one digit behind the point, a date without its year. */
static void test_short_stamps(void **state)
{
	(void)state;
	static const struct {
		const char *text, *comm;
		int64_t time_us;
	} rows[] = {
		{"[1.0] mariadbd invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0\n", "mariadbd",
		 1000000},
		{"[18492.104] mariadbd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n", "mariadbd",
		 INT64_C(18492104000)},
		{"[Tue Sep 16 03:14:22] mariadbd invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n", "mariadbd",
		 OOM_ABSENT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct oom_case *c = read_text(rows[i].text);
		assert_int_equal(c->events.n, 1);
		assert_string_equal(c->events.v[0].trigger.comm, rows[i].comm);
		assert_int_equal(c->events.v[0].time_us, rows[i].time_us);
		oom_case_free(c);
	}
}

/** Ten thousand kills of a cgroup's service: the one of the machine among them stays, with its table. */
static void test_the_rare_one_stays(void **state)
{
	(void)state;
	enum { KILLS = 10000, RARE = 6000, ROOM = KILLS * 160 + 1024 };
	char *text = malloc(ROOM), *p = text;
	assert_non_null(text);
	for (int i = 0; i < KILLS; i++) {
		if (i == RARE)
			p += snprintf(p, (size_t)(text + ROOM - p),
				      "[%d.500000] java invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE), "
				      "order=0\n"
				      "[%d.500001] CPU: 0 PID: 77 Comm: java Not tainted 6.1.0-33-amd64 #1\n"
				      "[%d.500002] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
				      "oom_score_adj name\n"
				      "[%d.500003] [     77]     0    77    90000    80000   700000        0           "
				      "  0 java\n"
				      "[%d.500004] Out of memory: Killed process 77 (java) total-vm:360000kB, "
				      "anon-rss:320000kB, file-rss:0kB, shmem-rss:0kB\n",
				      100 + i, 100 + i, 100 + i, 100 + i, 100 + i);
		p += snprintf(p, (size_t)(text + ROOM - p),
			      "[%d.600000] Memory cgroup out of memory: Killed process %d (php-fpm) total-vm:512000kB, "
			      "anon-rss:260000kB, file-rss:800kB\n",
			      100 + i, 10000 + i);
	}
	struct oom_case *c = read_text(text);
	size_t found = 0;
	for (size_t i = 0; i < c->events.n; i++) {
		const struct oom_event *e = &c->events.v[i];
		if (!e->victims.n || strcmp(e->victims.v[0].comm, "java"))
			continue;
		found++;
		assert_int_equal(e->state.tasks.n, 1);
		assert_int_equal(e->state.tasks.v[0].rss_kb, 320000);
	}
	assert_int_equal(found, 1);
	assert_int_equal(c->source.events_only_counted + (int64_t)c->events.n, KILLS + 1);
	oom_case_free(c);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prose_is_no_event), cmocka_unit_test(test_quotes_of_any_depth),
		cmocka_unit_test(test_anon_of_all_lists), cmocka_unit_test(test_page_size_by_sums),
		cmocka_unit_test(test_oomd_marks),	  cmocka_unit_test(test_short_stamps),
		cmocka_unit_test(test_lowmemorykiller),	  cmocka_unit_test(test_wrapped_behind_a_tag),
		cmocka_unit_test(test_wall_clock_jumps),  cmocka_unit_test(test_the_rare_one_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
