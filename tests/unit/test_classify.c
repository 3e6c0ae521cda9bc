// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Cause, scope, consumer, culprit, outcome and confidence, on cases with the figures of real reports: the logs under
 * shared/corpus (named at each test) and the serial logs of the lab.
 */
#include "test_classify_case.h"

#define MOVABLE "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"

/* --- the whole machine ------------------------------------------------------------------------ */

/** seeds/alinux-host-watermark.log: DMA32 is above min and below high, Normal below min. */
static void test_host_by_marks(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "test", OOM_ABSENT, MOVABLE, 0);
	tc_zone(&t, &e->state, 0, "DMA32", 155160, 152412, 228612, OOM_ABSENT);
	tc_zone(&t, &e->state, 0, "Normal", 46592, 46712, 70064, OOM_ABSENT);
	const struct oom_verdict *v = tc_judge(&t);
	assert_true(v->oom);
	assert_cause(v, "host-exhausted");
	assert_scope(v, "host");
	assert_consumer(v, "unknown");
	assert_outcome(v, "unknown");
	assert_sure(v, "high");
	assert_string_equal(v->title, "OUT OF MEMORY ON THE WHOLE MACHINE");
	assert_has(v, "zones-exhausted");
	tc_free(&t);
}

/** The report of the lab's 7.2 guest, as its serial log has it; what DESIGN.md shows. */
static struct oom_event *lab_host(struct tc *t)
{
	*t = tc_new("7.2.13-cloud-amd64");
	t->c->config.panic_on_oom = 1;
	struct oom_event *e = tc_event(t, "leaky", 176, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	e->panic = true;
	e->panic_text = "Out of memory: system-wide panic_on_oom is enabled";
	tc_reserve(t, tc_zone(t, &e->state, 0, "DMA", 908, 136, 200, 15360), 0, 194, 194, 194, 194, -1);
	tc_reserve(t, tc_zone(t, &e->state, 0, "DMA32", 1376, 1660, 2484, 198888), 0, 0, 0, 0, 0, -1);
	struct oom_memory *m = &e->state.memory;
	m->total_kb = 214248;
	m->free_kb = 2284;
	m->shmem_kb = 43704;
	m->swap_total_kb = m->swap_free_kb = 0;
	struct oom_counters *k = &e->state.counters;
	k->active_anon_kb = 43804;
	k->inactive_anon_kb = 132000;
	k->active_file_kb = k->inactive_file_kb = 4;
	k->slab_reclaimable_kb = 4000;
	k->slab_unreclaimable_kb = 9000;
	k->page_tables_kb = 800;
	struct oom_task *init = tc_task(t, &e->state, "nginx", 130, 8200);
	init->oom_score_adj = 0;
	tc_task(t, &e->state, "mysqld", 108, 61488)->oom_rss_kb = 62140;
	tc_task(t, &e->state, "leaky", 176, 57368)->oom_rss_kb = 58020;
	return e;
}

static void test_design_example(void **state)
{
	(void)state;
	struct tc t;
	lab_host(&t);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_consumer(v, "tasks");
	assert_outcome(v, "panic");
	assert_sure(v, "high");
	assert_int_equal(v->scope_kb, 214248);
	// The one that was still growing is the culprit, the larger one the kernel's choice.
	assert_string_equal(v->culprit->kind, "task");
	assert_string_equal(v->culprit->name, "leaky");
	assert_int_equal(v->culprit->pid, 176);
	assert_int_equal(v->culprit->kb, 57368);
	assert_int_equal(v->culprit->share_ppm, 57368 * INT64_C(1000000) / 214248);
	assert_int_equal(v->victim_is_culprit, OOM_MAYBE);
	assert_string_equal(v->would_kill->comm, "mysqld");
	assert_string_equal(
		v->summary,
		"mysqld (pid 108) holds 60 MiB, 29 % of RAM, and leaky (pid 176) 56 MiB and was still growing; "
		"shared memory and tmpfs files hold another 43 MiB, and there is no swap. "
		"The kernel panicked because vm.panic_on_oom=1.");
	tc_free(&t);
}

/** Figures that show free memory in the zones that may be used explain nothing. */
static void test_figures_that_contradict(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = lab_host(&t);
	e->state.nodes.v[0].zones.v[1].free_kb = 120000;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "unknown");
	assert_sure(v, "low");
	assert_has(v, "figures-contradict");
	assert_lacks(v, "zones-exhausted");
	tc_free(&t);
}

/** corpus/093: the zone lines are cut out; the kernel's words leave nothing but the machine. */
static void test_host_by_words(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "ioctl_sg01", OOM_ABSENT, MOVABLE, 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	e->state.counters.active_anon_kb = 63 * 4;
	e->state.counters.inactive_anon_kb = INT64_C(49016768) * 4;
	e->state.counters.active_file_kb = 253 * 4;
	e->state.counters.inactive_file_kb = 117 * 4;
	tc_victim(&t, e, "ioctl_sg01", 446171, 195941256)->rss_file_kb = 1416;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "medium");
	assert_consumer(v, "task");
	assert_outcome(v, "killed");
	assert_string_equal(v->culprit->name, "ioctl_sg01");
	assert_int_equal(v->victim_is_culprit, OOM_YES);
	// The same words do not settle it for a request that is bound to a node, nor on 32-bit for lowmem.
	oom_strings_addf(t.c->arena, &e->gfp_flags, "__GFP_THISNODE");
	assert_cause(tc_judge(&t), "unknown");
	e->gfp_flags.n = 0;
	oom_strings_addf(t.c->arena, &e->gfp_flags, "GFP_KERNEL");
	assert_cause(tc_judge(&t), "host-exhausted");
	t.c->system.machine = "i686";
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** seeds/mysqld-2.6.32-el6-i686.log: no zones; swap is full and what cache there is, is swap cache. */
static void test_host_by_what_is_left(void **state)
{
	(void)state;
	struct tc t = tc_new("2.6.32-279.1.1.el6.i686");
	struct oom_event *e = tc_event(&t, "httpd", 8911, "", 0);
	e->gfp_mask = 0x201da;
	struct oom_memory *m = &e->state.memory;
	m->total_kb = (131071 - 3673) * 4;
	m->swap_total_kb = 524280;
	m->swap_free_kb = 0;
	m->pagecache_total_kb = 21556 * 4;
	m->swap_cached_kb = 21049 * 4;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "medium");
	assert_consumer(v, "unknown");
	assert_has(v, "swap-full");
	m->swap_free_kb = 200000;
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** seeds/mail-2.6-…: DMA has 12 MB free that no protection covers, Normal has nothing: most of the memory counts. */
static void test_host_with_a_little_dma(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	e->gfp_mask = 0x1d2;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 12292, 28, 84, OOM_ABSENT);
	z->present_kb = 16384;
	z = tc_zone(&t, &e->state, 0, "Normal", 452, 460, 1380, OOM_ABSENT);
	z->present_kb = 245760;
	z = tc_zone(&t, &e->state, 0, "HighMem", 0, 128, 384, OOM_ABSENT);
	z->present_kb = 0;
	tc_victim(&t, e, "mysqld", 22073, OOM_ABSENT);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "medium");
	assert_outcome(v, "killed");
	// What follows in the log are bare kill lines: taken to be the same again.
	struct oom_event *again = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	again->has_head = OOM_NO;
	tc_victim(&t, again, "smtp", 23726, OOM_ABSENT);
	v = tc_judge(&t);
	assert_int_equal(t.d->decisive, 1);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "low");
	assert_has(v, "as-before");
	assert_has(v, "repeated-kills");
	tc_free(&t);
}

/* --- nothing to go by ------------------------------------------------------------------------- */

/** seeds/alinux-host-header-only-4.19.log, seeds/high-order-ls-4.19-ky10.log, seeds/java-killed-…: unknown. */
static void test_unknown(void **state)
{
	(void)state;
	struct tc t = tc_new("4.19.91-24.1.al7.x86_64");
	struct oom_event *e = tc_event(&t, "test", 29748, MOVABLE, 0);
	e->mems_allowed = "0";
	const struct oom_verdict *v = tc_judge(&t);
	assert_true(v->oom);
	assert_cause(v, "unknown");
	assert_sure(v, "low");
	assert_has(v, "cause-unknown");
	e->order = 3;
	v = tc_judge(&t);
	assert_cause(v, "unknown");
	assert_non_null(strstr(tc_finding(v, "who-asked")->title, "neither the victim nor the culprit"));
	tc_free(&t);

	t = tc_new("4.19.90-23.26.v2101.ky10.x86_64");
	e = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	e->has_head = OOM_NO;
	tc_victim(&t, e, "java", 3067998, OOM_ABSENT);
	tc_victim(&t, e, "java", 367998, 3581268);
	v = tc_judge(&t);
	assert_cause(v, "unknown");
	assert_outcome(v, "killed");
	assert_has(v, "pids-disagree");
	tc_free(&t);
}

static void test_none(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	const struct oom_verdict *v = tc_judge(&t);
	assert_false(v->oom);
	assert_cause(v, "none");
	assert_scope(v, "none");
	assert_outcome(v, "none");
	assert_sure(v, "high");
	assert_int_equal(t.d->decisive, -1);
	assert_string_equal(v->signature, "none");
	// A crash for another reason is no OOM.
	t.c->system.panic = "sysrq triggered crash";
	tc_state(&t);
	assert_cause(tc_judge(&t), "none");
	tc_free(&t);
}

/* --- cgroups
 * ---------------------------------------------------------------------------------------------------------- */

/** seeds/alinux-memcg-own-limit.log, seeds/alinux-memcg-parent-limit.log. */
static void test_memcg(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "test", OOM_ABSENT, "GFP_KERNEL", 0);
	struct oom_event_memcg *m = tc_memcg(&t, e, "/mm_test", "/mm_test", 204800, 204800);
	m->failcnt = 26;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	assert_scope(v, "memcg");
	assert_sure(v, "high");
	assert_int_equal(v->scope_kb, 204800);
	assert_string_equal(tc_finding(v, "memcg-limit")->evidence.v[0].text,
			    "usage 204800 kB, limit 204800 kB, limit hit 26 times");
	m->task = "/mm_test/2";
	v = tc_judge(&t);
	assert_cause(v, "memcg-ancestor-limit");
	assert_sure(v, "high");
	assert_lacks(v, "memcg-limit");
	m->task = "/mm_test2"; // not below it
	v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	assert_sure(v, "medium");
	tc_free(&t);
}

/** A panic by panic_on_oom=2 before the line with the task's cgroup: only the structures tell which limit it was. */
static void test_memcg_of_a_panic(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_event *e = tc_event(&t, "leaky", 181, "GFP_KERNEL", 0);
	tc_memcg(&t, e, "/pod", NULL, 49152, 49152);
	e->panic = true;
	e->panic_text = "Out of memory: compulsory panic_on_oom is enabled";
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	assert_sure(v, "low");
	assert_has(v, "memcg-own-or-above");
	assert_string_equal(v->title, "OUT OF MEMORY IN CGROUP /pod");
	struct oom_state *s = tc_state(&t);
	tc_task(&t, s, "helper", 175, 5496)->memcg = "/pod/other";
	tc_task(&t, s, "leaky", 181, 44304)->memcg = "/pod/app";
	v = tc_judge(&t);
	assert_cause(v, "memcg-ancestor-limit");
	assert_sure(v, "high");
	assert_lacks(v, "memcg-own-or-above");
	s->tasks.v[1].memcg = "/pod";
	v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	assert_sure(v, "high");
	assert_lacks(v, "memcg-own-or-above");
	assert_string_equal(v->title, "OUT OF MEMORY IN CGROUP /pod, ITS OWN LIMIT");
	tc_free(&t);
}

/** corpus/103: nothing but the kill line. corpus/083: a cgroup without a limit, killed for by a BPF program. */
static void test_memcg_without_figures(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	e->constraint = OOM_CONSTRAINT_MEMCG;
	e->has_head = OOM_NO;
	tc_victim(&t, e, "kubectl", 3504804, 58776);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	assert_sure(v, "low");
	struct oom_event_memcg *m = tc_memcg(&t, e, "/cg2", "/cg2", 42240, OOM_UNLIMITED);
	v = tc_judge(&t);
	assert_cause(v, "unknown");
	assert_scope(v, "memcg");
	assert_has(v, "memcg-without-limit");
	m->limit_kb = INT64_C(9007199254740988); // PAGE_COUNTER_MAX as printed
	assert_cause(tc_judge(&t), "unknown");
	// memory+swap is at its limit: that is a limit.
	m->memsw_usage_kb = m->memsw_limit_kb = 42240;
	v = tc_judge(&t);
	assert_cause(v, "memcg-limit");
	tc_free(&t);
}

/** corpus/021: a broken-off head of a program that hit its cgroup's limit before. */
/** A container's cgroup is called by the ids that crictl and kubectl show; a cgroup inside of it is not the container.
 */
static void test_memcg_names(void **state)
{
	(void)state;
#define POD "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2f1cbb0e_6f9e_4c2b_bd0a_3a6a3b1d9b11.slice"
#define ID  "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	static const struct {
		const char *path, *title, *advice;
	} rows[] = {
		{POD "/cri-containerd-" ID ".scope",
		 "CONTAINER 0a1b2c3d4e5f OF POD 2f1cbb0e-6f9e-4c2b-bd0a-3a6a3b1d9b11,",
		 "| grep 2f1cbb0e-6f9e-4c2b-bd0a-3a6a3b1d9b11"},
		{POD, "IN POD 2f1cbb0e-6f9e-4c2b-bd0a-3a6a3b1d9b11,", "| grep 2f1cbb0e-6f9e-4c2b-bd0a-3a6a3b1d9b11"},
		{"/docker/" ID, "IN CONTAINER 0a1b2c3d4e5f,", "docker update"},
		{"/docker/" ID "/system.slice/nginx.service", "IN CGROUP .../system.slice/nginx.service,", NULL},
		{"/system.slice/nginx.service", "IN CGROUP /system.slice/nginx.service,", "systemctl set-property"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t = tc_new("6.1.0-56-amd64");
		struct oom_event *e = tc_event(&t, "java", 22133, "GFP_KERNEL", 0);
		tc_memcg(&t, e, rows[i].path, rows[i].path, 4194304, 4194304);
		tc_victim(&t, e, "java", 22133, 4183220);
		const struct oom_verdict *v = tc_judge(&t);
		assert_cause(v, "memcg-limit");
		if (!strstr(v->title, rows[i].title))
			fail_msg("title: %s", v->title);
		assert_true(!rows[i].advice || tc_command(v, rows[i].advice));
		tc_free(&t);
	}
}

static void test_memcg_as_before(void **state)
{
	(void)state;
	struct tc t = tc_new("3.10.0-327.4.5.el7.x86_64");
	struct oom_event *e = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	tc_memcg(&t, e, "/kubepods/pod1/6895a3e1", NULL, OOM_ABSENT, OOM_ABSENT);
	tc_victim(&t, e, "java", 28438, 466160);
	e = tc_event(&t, "java", 14881, "", 0);
	e->gfp_mask = 0xd0;
	const struct oom_verdict *v = tc_judge(&t);
	assert_int_equal(t.d->decisive, 1);
	assert_cause(v, "memcg-limit");
	assert_sure(v, "low");
	assert_has(v, "as-before");
	t.c->events.v[1].boot = 1; // another boot: nothing follows
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** corpus/072: almost all of the cgroup is dirty page cache; rsync, which wrote it, is not called innocent. */
static void test_memcg_consumer(void **state)
{
	(void)state;
	struct tc t = tc_new("6.7.4-arch1-1");
	struct oom_event *e = tc_event(&t, "rsync", 128826, "GFP_NOFS|__GFP_NOFAIL", 0);
	struct oom_event_memcg *m = tc_memcg(&t, e, "/run-u640.service", "/run-u640.service", 32768, 32768);
	m->swap_usage_kb = m->swap_limit_kb = 0;
	tc_stat(&t, m, "anon_kb", 612);
	tc_stat(&t, m, "file_kb", 26292);
	tc_stat(&t, m, "shmem_kb", 0);
	tc_stat(&t, m, "file_dirty_kb", 26284);
	tc_stat(&t, m, "file_writeback_kb", 8);
	tc_stat(&t, m, "slab_reclaimable_kb", 3400);
	tc_stat(&t, m, "slab_unreclaimable_kb", 1100);
	tc_victim(&t, e, "rsync", 128825, 0)->rss_file_kb = 3456;
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "pagecache");
	assert_int_equal(v->victim_is_culprit, OOM_MAYBE);
	assert_has(v, "dirty-cache");
	assert_lacks(v, "victim-is-not-culprit");
	assert_lacks(v, "asked-is-not-culprit");
	tc_free(&t);
}

/** corpus/027: v1 prints the parent's own statistics, all 0; the table shows who it is. */
static void test_memcg_v1_local_statistics(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	struct oom_event_memcg *m = tc_memcg(&t, e, "/kubepods/pod9", "/kubepods/pod9/docker-1", 20480, 20480);
	m->kmem_usage_kb = 0;
	tc_stat(&t, m, "cache_kb", 0);
	tc_stat(&t, m, "rss_kb", 0);
	tc_row(&t, &e->state, "pause", 2276312, 1, 28672, -998);
	tc_row(&t, &e->state, "main", 2292670, 5602, 131072, -997);
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "task");
	assert_string_equal(v->culprit->name, "main");
	assert_int_equal(v->culprit->kb, 5602 * 4);
	assert_int_equal(v->culprit->share_ppm, 1000000); // rss has file pages in it that another cgroup is charged for
	tc_free(&t);
}

/* --- nodes and zones
 * --------------------------------------------------------------------------------------------------- */

/** seeds/alinux-numa-cpuset.log: node 1 alone is printed, the machine has 16 GB free, 360 huge pages of 1 GB starve it.
 */
static void test_cpuset(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "main", OOM_ABSENT, MOVABLE, 0);
	e->cpuset = "mm_cpuset";
	e->mems_allowed = "1";
	tc_zone(&t, &e->state, 1, "Normal", 43636, 45148, 837700, OOM_ABSENT);
	e->state.memory.free_kb = INT64_C(4111496) * 4;
	for (int node = 0; node < 2; node++) {
		struct oom_hugetlb *h = oom_add_hugetlb(t.c->arena, &e->state.hugetlb);
		*h = (struct oom_hugetlb){
			.node = node, .size_kb = 1048576, .total = 360, .free = 360, .reserved = OOM_ABSENT};
	}
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "numa-cpuset");
	assert_scope(v, "cpuset");
	assert_consumer(v, "hugetlb");
	assert_sure(v, "high");
	assert_string_equal(v->title, "OUT OF MEMORY ON NODE 1, BY CPUSET mm_cpuset");
	assert_string_equal(tc_finding(v, "hugepages-free")->title,
			    "360 GiB of free huge pages are set aside on node 1, which ran out of memory");
	assert_true(tc_command(v, "node1/hugepages/hugepages-1048576kB/nr_hugepages"));
	assert_false(tc_command(v, "node0/"));
	// The same with little free elsewhere: the machine is out of memory.
	e->state.memory.free_kb = 43636 + 60000;
	v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	tc_free(&t);
}

/** corpus/067: trimmed to the constraint. With the other node exhausted too, the cpuset changed nothing. */
static void test_constraints(void **state)
{
	(void)state;
	struct tc t = tc_new("5.15.0");
	struct oom_event *e = tc_event(&t, "mem_on_node0", OOM_ABSENT, "", OOM_ABSENT);
	e->constraint = OOM_CONSTRAINT_CPUSET;
	e->cpuset = "test";
	e->mems_allowed = "0";
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "numa-cpuset");
	assert_sure(v, "medium");
	e->constraint = OOM_CONSTRAINT_MEMPOLICY;
	e->nodemask = "0";
	v = tc_judge(&t);
	assert_cause(v, "numa-mempolicy");
	assert_scope(v, "mempolicy");
	tc_zone(&t, &e->state, 0, "Normal", 1000, 2000, 3000, 1000000);
	tc_zone(&t, &e->state, 1, "Normal", 500000, 2000, 3000, 1000000);
	v = tc_judge(&t);
	assert_cause(v, "numa-mempolicy");
	assert_sure(v, "high");
	assert_int_equal(v->scope_kb, 1000000);
	e->state.nodes.v[1].zones.v[0].free_kb = 2500;
	assert_cause(tc_judge(&t), "host-exhausted");
	tc_free(&t);
}

/** Nothing says what binds: __GFP_THISNODE, or a lost line. */
static void test_numa_node(void **state)
{
	(void)state;
	struct tc t = tc_new("4.18.0");
	struct oom_event *e = tc_event(&t, "x", 5, "GFP_KERNEL|__GFP_THISNODE", 0);
	tc_zone(&t, &e->state, 0, "DMA32", 400000, 2000, 3000, 2000000);
	tc_zone(&t, &e->state, 0, "Normal", 500000, 2000, 3000, 8000000);
	tc_zone(&t, &e->state, 1, "Normal", 1000, 2000, 3000, 8000000);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "numa-node");
	assert_scope(v, "zone");
	assert_sure(v, "medium");
	assert_int_equal(v->scope_kb, 8000000);
	e->gfp_flags.n = 1;
	v = tc_judge(&t);
	assert_cause(v, "numa-node");
	assert_sure(v, "low");
	e->constraint = OOM_CONSTRAINT_NONE; // the kernel says that nothing bound it
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** seeds/highmem-lowmem-3.2-i686.log: HighMem's own line is missing, its buddy line shows 560 MB. */
static void test_lowmem(void **state)
{
	(void)state;
	struct tc t = tc_new("3.2.59");
	t.c->system.machine = NULL;
	struct oom_event *e = tc_event(&t, "clamd", 21832, "", 0);
	e->gfp_mask = 0x84d0;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 3624, 140, 208, OOM_ABSENT);
	z->present_kb = 15808;
	tc_reserve(&t, z, 0, 869, 32487, 32487, -1);
	z = tc_zone(&t, &e->state, 0, "Normal", 8056, 8048, 12072, OOM_ABSENT);
	z->present_kb = 890008;
	tc_reserve(&t, z, 0, 0, 252949, 252949, -1);
	z->counters.active_anon_kb = z->counters.inactive_anon_kb = 0;
	z->counters.active_file_kb = 248;
	z->counters.inactive_file_kb = 388;
	z->counters.slab_reclaimable_kb = 513008;
	z->counters.slab_unreclaimable_kb = 16356;
	z = tc_zone(&t, &e->state, 0, "HighMem", OOM_ABSENT, OOM_ABSENT, OOM_ABSENT, OOM_ABSENT);
	tc_blocks(&t, z, 13, NULL, 14, NULL, 2, NULL, 2, NULL, 0, NULL, 0, NULL, 2, NULL, 2, NULL, 3, NULL, 0, NULL,
		  136, NULL, -1);
	tc_victim(&t, e, "clamd", 21832, 146900)->rss_file_kb = 2712;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_scope(v, "zone");
	assert_consumer(v, "slab");
	assert_sure(v, "high");
	assert_int_equal(v->scope_kb, 15808 + 890008);
	assert_int_equal(v->victim_is_culprit, OOM_NO);
	assert_has(v, "low-memory");
	// Were the DMA reserve not counted (3624 is above high 208), DMA would pass for free.
	assert_non_null(strstr(tc_finding(v, "zones-exhausted")->title, "Both zones"));
	tc_free(&t);
}

/**
 * A 32-bit board with 4 GB (raspberrypi/linux issue 3872): since 6.0 HighMem is not shown for a request that cannot use
 * it, and the release (6.1.21-v7l+) does not say 32-bit. Three quarters of the RAM are free HighMem; of the zone that
 * is shown, nearly all that is free is CMA.
 */
static void test_lowmem_hidden(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.21-v7l+");
	t.c->system.machine = NULL;
	struct oom_event *e = tc_event(&t, "kworker/u8:1", 77, "GFP_KERNEL_ACCOUNT|__GFP_ZERO", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 519112, 10428, 12028, 663836);
	tc_reserve(&t, z, 0, 0, 3188, 3188, -1);
	z->counters.free_cma_kb = 513592;
	e->state.memory.total_kb = 3928348;
	e->state.memory.free_kb = 3484000;
	e->state.memory.highmem_kb = 3264512;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_sure(v, "high");
	assert_int_equal(v->scope_kb, 663836);
	assert_has(v, "cma-free");
	// How much of HighMem is free is not known: still no word of the whole machine.
	e->state.memory.free_kb = OOM_ABSENT;
	v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_sure(v, "low");
	tc_free(&t);
}

/** corpus/007: a kernel of 2.6.22 counts slab for the whole machine only; it is all in low memory. */
static void test_lowmem_slab_2622(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "init", OOM_ABSENT, "", 0);
	e->gfp_mask = 0xd0;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 3560, 68, 100, OOM_ABSENT);
	z->present_kb = 16256;
	tc_reserve(&t, z, 0, 873, 12176, -1);
	z = tc_zone(&t, &e->state, 0, "Normal", 3648, 3744, 5616, OOM_ABSENT);
	z->present_kb = 894080;
	z->counters.active_kb = 0;
	z->counters.inactive_kb = 3160;
	tc_reserve(&t, z, 0, 0, 90424, -1);
	z = tc_zone(&t, &e->state, 0, "HighMem", 4354372, 512, 24768, OOM_ABSENT);
	z->present_kb = 11574272;
	e->state.counters.slab_kb = 198893 * 4;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_consumer(v, "slab");
	assert_has(v, "slab-reclaimable");
	tc_free(&t);
}

/** corpus/042: 5.7 on i386; the page cache in Normal is not given back. Its reserves for Movable go down again. */
static void test_lowmem_pagecache(void **state)
{
	(void)state;
	struct tc t = tc_new("5.7.0-rc6-next-20200521");
	t.c->system.machine = "i686";
	struct oom_event *e = tc_event(&t, "mkfs.ext4", 391, "GFP_USER|__GFP_WRITE", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 3360, 68, 100, 15876);
	tc_reserve(&t, z, 0, 824, 1947, 824, -1);
	z->counters.active_anon_kb = z->counters.inactive_anon_kb = z->counters.active_file_kb = 0;
	z->counters.inactive_file_kb = 12012;
	z = tc_zone(&t, &e->state, 0, "Normal", 4300, 7732, 9548, 845292);
	z->counters.active_anon_kb = z->counters.inactive_anon_kb = 0;
	z->counters.active_file_kb = 1132;
	z->counters.inactive_file_kb = 786452;
	tc_zone(&t, &e->state, 0, "HighMem", 1048740, 512, 2984, 1149540);
	e->state.counters.slab_reclaimable_kb = 5868 * 4;
	e->state.counters.slab_unreclaimable_kb = 3494 * 4;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_consumer(v, "pagecache");
	assert_sure(v, "high");
	// Had the request been for HighMem too, this report would make no sense.
	e->gfp_flags.n = 0;
	oom_strings_addf(t.c->arena, &e->gfp_flags, MOVABLE);
	e->gfp_flags.v[0] = "GFP_HIGHUSER_MOVABLE";
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/* --- fragmentation
 * ------------------------------------------------------------------------------------------------------ */

/** seeds/alinux-fragmentation-order3.log: free above low, no block of 32 kB. */
static void test_fragmentation(void **state)
{
	(void)state;
	struct tc t = tc_new(NULL);
	struct oom_event *e = tc_event(&t, "insmod", OOM_ABSENT, "GFP_KERNEL", 3);
	e->mems_allowed = "0";
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "Normal", 23500, 15892, 23836, 852784);
	tc_blocks(&t, z, 1325, "UME", 966, "UME", 675, "UME", 0, "M", 0, NULL, 0, NULL, -1);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "fragmentation");
	assert_sure(v, "high");
	assert_string_equal(v->title, "MEMORY IS FRAGMENTED: NO FREE BLOCK OF 32 KiB (ORDER 3)");
	assert_true(tc_command(v, "compact_memory"));
	assert_true(tc_command(v, "vm.min_free_kbytes"));
	// Below min the zone is simply exhausted.
	z->free_kb = 15000;
	assert_cause(tc_judge(&t), "host-exhausted");
	z->free_kb = 23500;
	z->free_areas.v[3].blocks = 5; // come free since
	v = tc_judge(&t);
	assert_cause(v, "fragmentation");
	assert_sure(v, "medium");
	tc_free(&t);
}

/** corpus/071: 202 MB free, every block from order 2 on is CMA, which an unmovable request may not use. */
static void test_fragmentation_cma(void **state)
{
	(void)state;
	struct tc t = tc_new("6.6.32-rt32-ti");
	t.c->system.machine = "aarch64";
	struct oom_event *e = tc_event(&t, "test_samba_blfl", 14450, "GFP_KERNEL_ACCOUNT|__GFP_ZERO", 2);
	e->constraint = OOM_CONSTRAINT_NONE;
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "DMA", 202296, 22528, 33792, 1916044);
	tc_reserve(&t, z, 0, 0, 0, 0, -1);
	z->reserved_highatomic_kb = 2048;
	z->counters.free_cma_kb = 91480;
	tc_blocks(&t, z, 15619, "UMEC", 8377, "UMEC", 385, "C", 175, "C", 211, "C", 75, "C", 12, "C", 0, NULL, 0, NULL,
		  15, "C", 1, "C", -1);
	tc_victim(&t, e, "sh", 7991, 384)->rss_file_kb = 640;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "fragmentation");
	assert_sure(v, "high");
	assert_null(v->culprit);
	assert_int_equal(v->victim_is_culprit, OOM_NO);
	assert_non_null(strstr(v->summary, "106 MiB are free")); // 202296 less CMA and highatomic
	// A movable request could have used them.
	oom_strings_addf(t.c->arena, &e->gfp_flags, "__GFP_MOVABLE");
	assert_sure(tc_judge(&t), "medium");
	tc_free(&t);
}

/* --- other kinds of events
 * ----------------------------------------------------------------------------------------------- */

/** corpus/059 (order=-1), corpus/055 (order 5, no killer), corpus/099 (systemd-oomd). */
static void test_other_kinds(void **state)
{
	(void)state;
	struct tc t = tc_new("5.13.0-19-generic");
	struct oom_event *e = tc_event(&t, "kworker/0:2", 735, "GFP_KERNEL", -1);
	tc_zone(&t, &e->state, 0, "DMA32", 1696528, 44700, 67044, 2010036);
	tc_victim(&t, e, "unattended-upgr", 651, 8380);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "forced");
	assert_outcome(v, "killed");
	assert_null(v->culprit);
	assert_lacks(v, "figures-contradict");

	e->order = 5;
	e->kind = OOM_EVENT_ALLOCATION_FAILURE;
	e->victims.n = 0;
	v = tc_judge(&t);
	assert_false(v->oom);
	assert_cause(v, "allocation-failure");
	assert_outcome(v, "none");

	e->kind = OOM_EVENT_USERSPACE;
	e->killer = "systemd-oomd";
	tc_victim(&t, e, NULL, 63, OOM_ABSENT)->memcg = "/testsuite.slice/testbloat.service";
	v = tc_judge(&t);
	assert_true(v->oom);
	assert_cause(v, "userspace-oom");
	assert_scope(v, "memcg");
	assert_outcome(v, "killed");
	assert_non_null(strstr(v->summary, "systemd-oomd killed pid 63"));
	tc_free(&t);
}

/** corpus/028: nobody to kill; 16 of 18 MB are an unevictable initramfs. */
static void test_no_killable(void **state)
{
	(void)state;
	struct tc t = tc_new("4.18.0-14485-g036ca364c6b2-dirty");
	t.c->system.machine = "riscv64";
	struct oom_event *e = tc_event(&t, "swapper", 1, "", OOM_ABSENT);
	e->has_head = OOM_NO;
	e->panic = true;
	e->no_killable = OOM_YES;
	e->panic_text = "Out of memory and no killable processes...";
	struct oom_zone *z = tc_zone(&t, &e->state, 0, "Normal", 540, 540, 804, 18340);
	tc_reserve(&t, z, 0, 0, 0, -1);
	struct oom_counters *k = &e->state.nodes.v[0].counters;
	k->active_anon_kb = k->inactive_anon_kb = k->active_file_kb = k->inactive_file_kb = k->shmem_kb = 0;
	k->unevictable_kb = 16440;
	z->counters.mlocked_kb = 0;
	e->state.memory.total_kb = (7680 - 3095) * 4;
	e->state.memory.pagecache_total_kb = 4123 * 4;
	e->state.memory.swap_total_kb = e->state.memory.swap_free_kb = 0;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_consumer(v, "unevictable");
	assert_outcome(v, "no-killable");
	assert_null(v->would_kill);
	assert_has(v, "no-killable");
	assert_lacks(v, "panic-on-oom");
	tc_free(&t);
}

static void test_crashed_later(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = lab_host(&t);
	e->panic = false;
	e->panic_text = NULL;
	tc_victim(&t, e, "mysqld", 108, 61488);
	assert_outcome(tc_judge(&t), "killed");
	t.c->system.panic = "sysrq triggered crash";
	const struct oom_verdict *v = tc_judge(&t);
	assert_outcome(v, "crashed-later");
	assert_has(v, "crashed-later");
	assert_null(v->would_kill);
	tc_free(&t);
}

/* --- which event, which state
 * ---------------------------------------------------------------------------------------------- */

static void test_decisive(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	for (int i = 0; i < 5; i++)
		tc_event(&t, "x", i, MOVABLE, 0);
	tc_judge(&t);
	assert_int_equal(t.d->decisive, 4);
	t.c->events.v[4].kind = OOM_EVENT_ALLOCATION_FAILURE;
	tc_judge(&t);
	assert_int_equal(t.d->decisive, 3); // a failed allocation alone is no OOM
	t.c->events.v[1].panic = true;
	tc_judge(&t);
	assert_int_equal(t.d->decisive, 1);
	t.c->events.v[1].boot = 0;
	for (int i = 2; i < 5; i++)
		t.c->events.v[i].boot = 1;
	tc_judge(&t);
	assert_int_equal(t.d->decisive, 3); // that panic ended an older boot
	tc_free(&t);
}

/** A dump whose log lost the report: panic text and structures tell. */
static void test_state_alone(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0-56-cloud-amd64");
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "Out of memory: system-wide panic_on_oom is enabled";
	const struct oom_verdict *v = tc_judge(&t); // the text alone
	assert_true(v->oom);
	assert_cause(v, "unknown");
	assert_outcome(v, "panic");
	assert_has(v, "panic-on-oom");

	tc_reserve(&t, tc_zone(&t, s, 0, "DMA", 936, 132, 196, 15360), 0, 203, 203, 203, 203, -1);
	tc_zone(&t, s, 0, "DMA32", 2104, 3756, 4604, 208028);
	s->memory.total_kb = 223388;
	s->memory.free_kb = 3040;
	s->memory.anon_kb = 50000;
	s->memory.file_kb = 2000;
	s->memory.shmem_kb = 150000;
	s->memory.slab_reclaimable_kb = 2000;
	s->memory.slab_unreclaimable_kb = 9000;
	s->memory.unaccounted_kb = 500;
	s->memory.swap_total_kb = s->memory.swap_free_kb = 0;
	struct oom_shmem *f = oom_add_shmem(t.c->arena, &s->shmem);
	f->mount = "/tmp";
	f->path = "/fill";
	f->kb = 149000;
	tc_task(&t, s, "systemd", 1, 4000);
	tc_task(&t, s, "leaky", 156, 40000);
	v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "medium");
	assert_true(v->from_state);
	assert_consumer(v, "shmem");
	assert_string_equal(v->culprit->name, "/fill");
	assert_string_equal(v->would_kill->comm, "leaky"); // never PID 1
	assert_has(v, "from-structures");
	assert_true(tc_command(v, "mount -o remount,size=SIZE /tmp"));
	assert_int_equal(t.d->scores.n, 2);
	assert_int_equal(t.d->scores.badness[0], OOM_ABSENT);
	tc_free(&t);
}

/** "compulsory": the machine is well, one cgroup is at its limit, and only cgroups below it have tasks. */
static void test_state_of_a_cgroup(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "Out of memory: compulsory panic_on_oom is enabled";
	tc_zone(&t, s, 0, "Normal", 4000000, 10000, 20000, 8000000);
	struct oom_memcg *m = oom_add_memcg(t.c->arena, &s->memcgs);
	m->path = "/user.slice";
	m->usage_kb = 100000;
	m->limit_kb = OOM_UNLIMITED;
	m = oom_add_memcg(t.c->arena, &s->memcgs);
	m->path = "/app";
	m->usage_kb = m->limit_kb = 204800;
	tc_task(&t, s, "hog", 40, 190000)->memcg = "/app/b";
	tc_task(&t, s, "sshd", 41, 4000)->memcg = "/system.slice/ssh.service";
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "memcg-ancestor-limit");
	assert_sure(v, "low");
	assert_string_equal(v->would_kill->comm, "hog");
	assert_int_equal(t.d->scores.badness[1], OOM_ABSENT); // not in the cgroup
	s->tasks.v[0].memcg = "/app";
	assert_cause(tc_judge(&t), "memcg-limit");
	t.c->system.panic = "Out of memory: system-wide panic_on_oom is enabled"; // that is never a cgroup's
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** 32-bit, head lost: Normal exhausted, HighMem free. */
static void test_state_of_low_memory(void **state)
{
	(void)state;
	struct tc t = tc_new("5.10.0-686");
	t.c->system.machine = "i686";
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "Out of memory: system-wide panic_on_oom is enabled";
	tc_zone(&t, s, 0, "Normal", 4300, 7732, 9548, 845292);
	tc_zone(&t, s, 0, "HighMem", 1048740, 512, 2984, 1149540);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "lowmem");
	assert_sure(v, "low");
	tc_free(&t);
}

/** The state of a sosreport made after the reboot is never the incident's. */
static void test_state_of_another_time(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_event *e = tc_event(&t, "x", 5, MOVABLE, 0);
	struct oom_state *s = tc_state(&t);
	t.c->state_is_incident = OOM_NO;
	tc_zone(&t, s, 0, "Normal", 1000, 2000, 3000, 8000000);
	s->memory.total_kb = 8000000;
	s->memory.anon_kb = 7000000;
	tc_task(&t, s, "innocent", 77, 7000000);
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "unknown");
	assert_consumer(v, "unknown");
	assert_null(v->culprit);
	assert_false(v->from_state);
	assert_has(v, "state-of-another-time");
	e->panic = true;
	e->panic_text = "Out of memory: system-wide panic_on_oom is enabled";
	v = tc_judge(&t);
	assert_null(v->culprit);
	assert_null(v->would_kill);
	tc_free(&t);
}

/** A dump filtered by a makedumpfile that is too old (the lab's mismatch): tasks are lost, the printed table is whole.
 */
static void test_state_with_holes(void **state)
{
	(void)state;
	struct tc t;
	lab_host(&t);
	struct oom_state *s = tc_state(&t);
	tc_task(&t, s, "leaky", 176, 57400);
	tc_task(&t, s, "nginx", 130, 8200);
	const struct oom_verdict *v = tc_judge(&t); // mysqld is not in the dump
	assert_string_equal(v->would_kill->comm, "mysqld");
	assert_string_equal(v->culprit->name, "leaky");
	assert_int_equal(v->culprit->kb, 57368);
	tc_task(&t, s, "mysqld", 108, 61488)->oom_score_adj = OOM_ABSENT;
	v = tc_judge(&t); // it is, but what its score takes is not
	assert_string_equal(v->would_kill->comm, "mysqld");
	assert_int_equal(v->would_kill->badness, t.d->events[0].scores.badness[1]);
	assert_int_equal(v->culprit->kb, 57400); // exact sums from the dump
	tc_free(&t);
}

/** The lab's 6.12 guest: pages came free between the last try and the report, a little above the high mark. */
static void test_a_little_above_the_mark(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = lab_host(&t);
	e->state.nodes.v[0].zones.v[1].free_kb = 5496;
	const struct oom_verdict *v = tc_judge(&t);
	assert_cause(v, "host-exhausted");
	assert_sure(v, "medium");
	assert_non_null(strstr(tc_finding(v, "zones-exhausted")->title, "1 of 2 zones"));
	e->constraint = OOM_CONSTRAINT_UNKNOWN; // then something else may have bound the request
	e->panic = false;
	e->panic_text = NULL;
	assert_cause(tc_judge(&t), "unknown");
	tc_free(&t);
}

/** A victim that is still dying in the dump shows that the killer ran, if nothing else does. */
static void test_victim_in_the_dump(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "sysrq triggered crash";
	tc_task(&t, s, "hog", 40, 190000)->oom_victim = OOM_YES;
	const struct oom_verdict *v = tc_judge(&t);
	assert_true(v->oom);
	assert_outcome(v, "crashed-later");
	assert_has(v, "victim-in-flight");
	tc_free(&t);
}

/* --- consumers
 * ----------------------------------------------------------------------------------------------------------- */

/** Processes of one name count together; what they share is not counted at all. */
static void test_group(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = lab_host(&t);
	e->state.tasks.n = 0;
	for (int i = 0; i < 20; i++)
		tc_task(&t, &e->state, "php-fpm", 200 + i, 6000);
	tc_task(&t, &e->state, "mysqld", 108, 12000);
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "task");
	assert_string_equal(v->culprit->name, "php-fpm");
	assert_int_equal(v->culprit->pid, OOM_ABSENT);
	assert_int_equal(v->culprit->kb, 120000);
	assert_non_null(strstr(v->summary, "20 processes named php-fpm hold 117 MiB"));
	// One mm, seen from many processes, is one.
	for (size_t i = 0; i < 20; i++)
		e->state.tasks.v[i].mm = 0x1000;
	v = tc_judge(&t);
	assert_string_equal(tc_finding(v, "score")->id, "score");
	assert_true(!v->culprit || strcmp(v->culprit->name, "php-fpm"));
	tc_free(&t);
}

/** Four postgres children and one shared segment (KERNEL-FACTS 0): rss adds up to far more than there is. */
static void test_shared_rss_is_not_summed(void **state)
{
	(void)state;
	struct tc t = tc_new("5.10.0");
	struct oom_event *e = tc_event(&t, "x", 5, MOVABLE, 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	tc_zone(&t, &e->state, 0, "Normal", 1000, 2000, 3000, 1000000);
	struct oom_counters *k = &e->state.counters;
	e->state.memory.total_kb = 1000000;
	e->state.memory.free_kb = 1000;
	k->active_anon_kb = 0;
	k->inactive_anon_kb = 980000;
	k->active_file_kb = k->inactive_file_kb = 100;
	k->shmem_kb = 700000;
	k->slab_reclaimable_kb = k->slab_unreclaimable_kb = 4000;
	for (int i = 0; i < 4; i++)
		tc_row(&t, &e->state, "postgres", 300 + i, 180000, 700000, 0);
	tc_row(&t, &e->state, "java", 400, 65000, 600000, 0);
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "shmem");
	assert_string_equal(v->culprit->kind, "shmem");
	assert_int_equal(v->culprit->kb, 700000);
	tc_free(&t);
}

/** Without the counters that are usually large, the largest known part is not called the largest. */
static void test_unknown_rest(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = lab_host(&t);
	e->state.tasks.n = 0;
	struct oom_counters *k = &e->state.counters;
	k->active_anon_kb = k->inactive_anon_kb = k->active_file_kb = OOM_ABSENT;
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "unknown"); // shmem 43,704 of 214,248 kB
	assert_null(v->culprit);
	tc_free(&t);
}

/** Other parts of a dump's sheet, one at a time, each the largest. */
static void test_parts(void **state)
{
	(void)state;
	static const struct {
		size_t member;
		const char *consumer;
	} rows[] = {
		{offsetof(struct oom_memory, slab_unreclaimable_kb), "slab"},
		{offsetof(struct oom_memory, file_kb), "pagecache"},
		{offsetof(struct oom_memory, hugetlb_kb), "hugetlb"},
		{offsetof(struct oom_memory, page_tables_kb), "page-tables"},
		{offsetof(struct oom_memory, kernel_stack_kb), "kernel-stacks"},
		{offsetof(struct oom_memory, vmalloc_kb), "vmalloc"},
		{offsetof(struct oom_memory, percpu_kb), "percpu"},
		{offsetof(struct oom_memory, zram_kb), "zram"},
		{offsetof(struct oom_memory, balloon_kb), "balloon"},
		{offsetof(struct oom_memory, unaccounted_kb), "unaccounted"},
		{offsetof(struct oom_memory, shmem_kb), "shmem"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t = tc_new("6.1.0");
		struct oom_state *s = tc_state(&t);
		t.c->system.panic = "System is deadlocked on memory";
		tc_zone(&t, s, 0, "Normal", 1000, 2000, 3000, 1000000);
		s->memory.total_kb = 1000000;
		s->memory.free_kb = 1000;
		s->memory.anon_kb = 100000;
		s->memory.file_kb = s->memory.shmem_kb = s->memory.slab_unreclaimable_kb = 1000;
		s->memory.unaccounted_kb = 2000;
		memcpy((char *)&s->memory + rows[i].member, &(int64_t){600000}, sizeof(int64_t));
		const struct oom_verdict *v = tc_judge(&t);
		assert_consumer(v, rows[i].consumer);
		assert_outcome(v, "no-killable");
		assert_string_equal(v->culprit->kind, rows[i].consumer);
		assert_int_equal(v->culprit->kb, 600000);
		assert_int_equal(v->culprit->share_ppm, 600000);
		tc_free(&t);
	}
}

/** Removed cgroups that hold half of RAM are the consumer; a child's usage is its parent's too. */
static void test_dying_cgroups(void **state)
{
	(void)state;
	struct tc t = tc_new("6.1.0");
	struct oom_state *s = tc_state(&t);
	t.c->system.panic = "Out of memory: system-wide panic_on_oom is enabled";
	tc_zone(&t, s, 0, "Normal", 1000, 2000, 3000, 1000000);
	s->memory.total_kb = 1000000;
	s->memory.anon_kb = 100000;
	s->memory.file_kb = 700000;
	s->memory.unaccounted_kb = 0;
	static const char *const paths[] = {"/a", "/a/b", "/c"};
	for (size_t i = 0; i < 3; i++) {
		struct oom_memcg *m = oom_add_memcg(t.c->arena, &s->memcgs);
		m->path = paths[i];
		m->usage_kb = i == 1 ? 250000 : 300000;
		m->limit_kb = OOM_UNLIMITED;
		m->dying = OOM_YES;
	}
	const struct oom_verdict *v = tc_judge(&t);
	assert_consumer(v, "dying-cgroups");
	assert_int_equal(v->culprit->kb, 600000);
	assert_has(v, "dying-cgroups");
	s->memcgs.v[0].dying = s->memcgs.v[2].dying = OOM_NO;
	v = tc_judge(&t);
	assert_consumer(v, "pagecache");
	tc_free(&t);
}

/* --- hostile numbers
 * ------------------------------------------------------------------------------------------------------ */

static void test_hostile_numbers(void **state)
{
	(void)state;
	static const int64_t numbers[] = {INT64_MAX, INT64_MIN + 1, -1, 0, INT64_C(1) << 62};
	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		struct tc t;
		struct oom_event *e = lab_host(&t);
		int64_t x = numbers[n];
		struct oom_zone *z = &e->state.nodes.v[0].zones.v[0];
		z->free_kb = z->min_kb = z->high_kb = z->managed_kb = z->lowmem_reserve_kb.v[1] = x;
		tc_blocks(&t, z, 5, NULL, -1);
		z->free_areas.v[0].blocks = x;
		e->state.nodes.v[0].id = x;
		e->order = x;
		e->nodemask = "0-99999999999999999999,5";
		e->mems_allowed = "-3,,7";
		t.c->system.page_size = x;
		e->state.memory.total_kb = e->state.memory.free_kb = e->state.memory.shmem_kb = x;
		e->state.memory.swap_total_kb = e->state.memory.swap_free_kb = x;
		e->state.counters.active_anon_kb = e->state.counters.slab_unreclaimable_kb = x;
		struct oom_task *k = &e->state.tasks.v[0];
		k->rss_anon_kb = k->rss_kb = k->oom_rss_kb = k->swap_kb = k->pgtables_kb = k->oom_score_adj = x;
		struct oom_hugetlb *h = oom_add_hugetlb(t.c->arena, &e->state.hugetlb);
		h->total = h->free = h->size_kb = h->node = x;
		tc_victim(&t, e, NULL, x, x)->rss_file_kb = x;
		tc_judge(&t);
		tc_memcg(&t, e, "/a", "/a/b", x, x);
		tc_stat(&t, e->memcg, "anon_kb", x);
		tc_judge(&t);
		tc_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_by_marks),
		cmocka_unit_test(test_design_example),
		cmocka_unit_test(test_figures_that_contradict),
		cmocka_unit_test(test_host_by_words),
		cmocka_unit_test(test_host_by_what_is_left),
		cmocka_unit_test(test_host_with_a_little_dma),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_memcg),
		cmocka_unit_test(test_memcg_of_a_panic),
		cmocka_unit_test(test_memcg_without_figures),
		cmocka_unit_test(test_memcg_names),
		cmocka_unit_test(test_memcg_as_before),
		cmocka_unit_test(test_memcg_consumer),
		cmocka_unit_test(test_memcg_v1_local_statistics),
		cmocka_unit_test(test_cpuset),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_numa_node),
		cmocka_unit_test(test_lowmem),
		cmocka_unit_test(test_lowmem_hidden),
		cmocka_unit_test(test_lowmem_slab_2622),
		cmocka_unit_test(test_lowmem_pagecache),
		cmocka_unit_test(test_fragmentation),
		cmocka_unit_test(test_fragmentation_cma),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_no_killable),
		cmocka_unit_test(test_crashed_later),
		cmocka_unit_test(test_decisive),
		cmocka_unit_test(test_state_alone),
		cmocka_unit_test(test_state_of_a_cgroup),
		cmocka_unit_test(test_state_of_low_memory),
		cmocka_unit_test(test_state_of_another_time),
		cmocka_unit_test(test_state_with_holes),
		cmocka_unit_test(test_a_little_above_the_mark),
		cmocka_unit_test(test_victim_in_the_dump),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_shared_rss_is_not_summed),
		cmocka_unit_test(test_unknown_rest),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_dying_cgroups),
		cmocka_unit_test(test_hostile_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
