// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Each rule where it holds and where it does not: a plain kill on a machine with nothing odd, and one change at a time.
 */
#include "test_classify_case.h"

#include "classify/internal.h"

/** 8 GB of RAM, 4 GB of swap in use, one large process that was killed. */
static struct oom_event *plain(struct tc *t)
{
	*t = tc_new("6.1.0-56-amd64");
	struct oom_event *e = tc_event(t, "hog", 500, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO", 0);
	e->constraint = OOM_CONSTRAINT_NONE;
	e->mems_allowed = "0";
	tc_zone(t, &e->state, 0, "Normal", 60000, 61000, 91000, 8000000)->present_kb = 8100000;
	struct oom_memory *m = &e->state.memory;
	m->total_kb = 8000000;
	m->free_kb = 60000;
	m->swap_total_kb = 4000000;
	m->swap_free_kb = 2000000;
	struct oom_counters *k = &e->state.counters;
	k->active_anon_kb = 400000;
	k->inactive_anon_kb = 7000000;
	k->active_file_kb = k->inactive_file_kb = 10000;
	k->unevictable_kb = k->mlocked_kb = 0;
	k->shmem_kb = 20000;
	k->slab_reclaimable_kb = 100000;
	k->slab_unreclaimable_kb = 150000;
	k->page_tables_kb = 20000;
	k->kernel_stack_kb = 10000;
	k->dirty_kb = 100;
	k->writeback_kb = 0;
	k->anon_thp_kb = 100000;
	tc_task(t, &e->state, "systemd-udevd", 300, 4000);
	tc_task(t, &e->state, "sshd", 301, 5000);
	tc_task(t, &e->state, "hog", 500, 7000000);
	tc_victim(t, e, "hog", 500, 7000000);
	return e;
}

static struct oom_memcg *dying(struct tc *t, struct oom_event *e, int64_t kb)
{
	struct oom_memcg *m = oom_add_memcg(t->c->arena, &e->state.memcgs);
	m->path = "/system.slice/run-1.scope";
	m->usage_kb = kb;
	m->dying = OOM_YES;
	return m;
}

static void into_memcg(struct tc *t, struct oom_event *e)
{
	tc_memcg(t, e, "/app.slice/a.service", "/app.slice/a.service", 8000000, 8000000)->swap_limit_kb = 1000;
}

static void into_ancestor(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->task = "/app.slice/a.service/sub";
}

/** The log of a panic names the cgroup at its limit, not the task's. */
static void own_or_above(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->task = NULL;
}

static void below(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->usage_kb = 5000000;
}

static void swap_of_cgroup(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->swap_usage_kb = 1000;
}

static void memsw(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->memsw_usage_kb = e->memcg->memsw_limit_kb = 8000000;
}

static void kmem(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->kmem_usage_kb = e->memcg->kmem_limit_kb = 100000;
}

static void without_limit(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->limit_kb = OOM_UNLIMITED;
}

static void group_kill(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	e->memcg->oom_group = OOM_YES;
}

static void cpuset(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->constraint = OOM_CONSTRAINT_CPUSET;
	e->cpuset = "jobs";
}

static void dma32_only(struct tc *t, struct oom_event *e)
{
	e->gfp_flags.n = 0;
	oom_strings_addf(t->c->arena, &e->gfp_flags, "GFP_DMA32");
	tc_zone(t, &e->state, 0, "DMA32", 1000, 5000, 7000, 2000000);
	e->state.nodes.v[0].zones.v[0].free_kb = 3000000;
}

static void pieces(struct tc *t, struct oom_event *e)
{
	e->order = 3;
	e->state.nodes.v[0].zones.v[0].free_kb = 300000;
	tc_blocks(t, &e->state.nodes.v[0].zones.v[0], 70000, "UME", 2500, "UME", 0, NULL, 0, NULL, 0, NULL, -1);
}

static void by_hand(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->order = -1;
}

static void only_failed(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->kind = OOM_EVENT_ALLOCATION_FAILURE;
	e->victims.n = 0;
}

static void oomd(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->kind = OOM_EVENT_USERSPACE;
	e->killer = "systemd-oomd";
}

static void much_free(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.nodes.v[0].zones.v[0].free_kb = 3000000;
}

static void no_figures(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.nodes.n = 0;
	e->constraint = OOM_CONSTRAINT_UNKNOWN;
	e->state.memory.total_kb = e->state.memory.free_kb = OOM_ABSENT;
	e->state.counters.active_anon_kb = OOM_ABSENT;
}

static void panics(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->panic = true;
	e->victims.n = 0;
	e->panic_text = "Out of memory: compulsory panic_on_oom is enabled";
}

static void nobody(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->no_killable = OOM_YES;
	e->victims.n = 0;
}

static void all_protected(struct tc *t, struct oom_event *e)
{
	nobody(t, e);
	for (size_t i = 0; i < e->state.tasks.n; i++)
		e->state.tasks.v[i].oom_score_adj = -1000;
}

static void crash(struct tc *t, struct oom_event *e)
{
	(void)e;
	t->c->system.panic = "Fatal exception in interrupt";
}

static void whoever_asks(struct tc *t, struct oom_event *e)
{
	e->trigger.comm = "sshd";
	e->trigger.pid = e->victims.v[0].pid = 301;
	e->victims.v[0].comm = "sshd";
	t->c->config.oom_kill_allocating_task = 1;
}

static void unreaped(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->victims.v[0].reaped = OOM_NO;
}

static void two_pids(struct tc *t, struct oom_event *e)
{
	tc_victim(t, e, "hog", 501, OOM_ABSENT);
}

static void service_failed(struct tc *t, struct oom_event *e)
{
	oom_strings_addf(t->c->arena, &e->followed, "bes.service failed: killed by signal 9");
}

static void many(struct tc *t, struct oom_event *e)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	e->state.tasks.n = 2;
	e->victims.v[0].comm = "a";
	e->victims.v[0].pid = 700;
	e->victims.v[0].rss_anon_kb = 700000;
	for (int i = 0; i < 10; i++)
		tc_task(t, &e->state, names[i], 700 + i, 700000);
}

static void other_asks(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->trigger.comm = "sshd";
	e->trigger.pid = 301;
}

static void thread_asks(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->trigger.comm = "hog:worker";
	e->trigger.pid = 555;
}

static void innocent(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->victims.v[0].comm = "sshd";
	e->victims.v[0].pid = 301;
	e->victims.v[0].rss_anon_kb = 5000;
}

static void by_adj(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.tasks.v[2].oom_score_adj = -900;
	e->state.tasks.v[1].oom_score_adj = 500;
}

static void fat_pid1(struct tc *t, struct oom_event *e)
{
	tc_task(t, &e->state, "systemd", 1, 300000);
}

static void grown(struct tc *t, struct oom_event *e)
{
	struct oom_event *later = tc_event(t, "x", 9, "GFP_HIGHUSER_MOVABLE", 0);
	e = &t->c->events.v[0];
	*later = *e;
	later->index = 1;
	memset(&later->state.tasks, 0, sizeof(later->state.tasks));
	tc_task(t, &later->state, "hog", 500, 7000000);
	e->state.tasks.v[2].rss_kb = 3000000;
	later->time_us = INT64_C(3600) * 1000000;
	e->time_us = 0;
}

static void tmpfs(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.shmem_kb = 900000;
}

static void slab_leak(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.slab_unreclaimable_kb = 801000;
}

/** Nearly all of it, and the processes little. */
static void only_slab(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.slab_unreclaimable_kb = 7000000;
	e->state.counters.inactive_anon_kb = 300000;
	e->state.tasks.v[2].rss_anon_kb = e->state.tasks.v[2].rss_kb = 300000;
	e->victims.v[0].rss_anon_kb = 300000;
}

static void dentries(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.slab_reclaimable_kb = 7000000;
	e->state.counters.inactive_anon_kb = 100000;
}

static void free_hugepages(struct tc *t, struct oom_event *e)
{
	struct oom_hugetlb *h = oom_add_hugetlb(t->c->arena, &e->state.hugetlb);
	h->node = 0;
	h->size_kb = 2048;
	h->total = 500;
	h->free = 100;
	h->reserved = 20;
}

static void used_hugepages(struct tc *t, struct oom_event *e)
{
	free_hugepages(t, e);
	e->state.hugetlb.v[0].free = 0;
}

/** The request is the kernel's own; what is free of the zone is CMA but for 60 MB. */
static void cma(struct tc *t, struct oom_event *e)
{
	struct oom_zone *z = &e->state.nodes.v[0].zones.v[0];
	e->gfp_flags.n = 0;
	oom_strings_addf(t->c->arena, &e->gfp_flags, "GFP_KERNEL");
	e->state.memory.free_kb = z->free_kb = 560000;
	z->counters.free_cma_kb = 500000;
}

/** The same zone, and a request that CMA serves too: then it is not short of pages at all. */
static void cma_for_movable(struct tc *t, struct oom_event *e)
{
	cma(t, e);
	e->gfp_flags.n = 0;
	oom_strings_addf(t->c->arena, &e->gfp_flags, "GFP_HIGHUSER_MOVABLE");
}

static void tables(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.page_tables_kb = 161000;
}

static void leaked(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.inactive_anon_kb = 5000000;
}

static void ramfs(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.unevictable_kb = 900000;
}

static void locked(struct tc *t, struct oom_event *e)
{
	ramfs(t, e);
	e->state.counters.mlocked_kb = 900000;
}

static void dirty(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.dirty_kb = 801000;
}

static void huge(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.anon_thp_kb = 6000000;
}

static void dead_cgroups(struct tc *t, struct oom_event *e)
{
	dying(t, e, 500000);
}

static void live_cgroup(struct tc *t, struct oom_event *e)
{
	dying(t, e, 500000)->dying = OOM_NO;
}

static void swapless(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.memory.swap_total_kb = e->state.memory.swap_free_kb = 0;
}

static void swapped_out(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.memory.swap_free_kb = 84;
}

static void promised(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.memory.committed_kb = 20000000;
}

static void strict(struct tc *t, struct oom_event *e)
{
	promised(t, e);
	t->c->config.overcommit_memory = 2;
}

static void large_reserve(struct tc *t, struct oom_event *e)
{
	(void)e;
	t->c->config.min_free_kbytes = 1000000;
}

static void unswappy(struct tc *t, struct oom_event *e)
{
	t->c->config.swappiness = 0;
	e->state.memory.swap_free_kb = 3900000;
}

static void again(struct tc *t, struct oom_event *e)
{
	struct oom_event *later = tc_event(t, "x", 9, "GFP_HIGHUSER_MOVABLE", 0);
	(void)e;
	*later = t->c->events.v[0];
	later->index = 1;
}

static void another_boot(struct tc *t, struct oom_event *e)
{
	again(t, e);
	t->c->events.v[1].boot = 1;
}

/** Only the names are there, and they are the same. */
static void asker_is_killed(struct tc *t, struct oom_event *e)
{
	thread_asks(t, e);
	e->trigger.pid = OOM_ABSENT;
	e->trigger.comm = e->victims.v[0].comm;
}

/** The machine first, then a cgroup. */
static void cgroup_after_host(struct tc *t, struct oom_event *e)
{
	again(t, e);
	into_memcg(t, &t->c->events.v[1]);
}

static void cgroup_of_another_boot(struct tc *t, struct oom_event *e)
{
	cgroup_after_host(t, e);
	t->c->events.v[1].boot = 1;
}

static void cut_off(struct tc *t, struct oom_event *e)
{
	(void)e;
	t->c->source.complete = OOM_NO;
	oom_case_missing(t->c, "end of the file: cut off");
}

static void after_reboot(struct tc *t, struct oom_event *e)
{
	(void)e;
	tc_state(t);
	t->c->state_is_incident = OOM_NO;
}

static void while_dumping(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->capture_kernel = OOM_YES;
}

static void own_kernel(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->capture_kernel = OOM_NO;
}

static void head_lost(struct tc *t, struct oom_event *e)
{
	panics(t, e);
	struct oom_state printed = e->state;
	e->state = *oom_new_state(t->c->arena);
	*tc_state(t) = printed;
}

/** A dump of the panic: the structures have what the report printed, and more. */
static struct oom_state *dump(struct tc *t, struct oom_event *e)
{
	panics(t, e);
	struct oom_state printed = e->state;
	struct oom_state *s = tc_state(t);
	*s = printed;
	s->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct pglist_data", 4096};
	return s;
}

static void cache(struct tc *t, struct oom_event *e, const char *name, int64_t kb)
{
	struct oom_state *s = dump(t, e);
	struct oom_slab *slab = oom_add_slab(t->c->arena, &s->slabs);
	slab->name = name;
	slab->total_kb = kb;
	slab->objects = kb;
	slab->object_size = 1024;
	slab->active_objects = kb / 4;
	slab->reclaimable = OOM_NO;
	s->slabs.known = true;
}

static void large_cache(struct tc *t, struct oom_event *e)
{
	cache(t, e, "kmalloc-1k", 810000);
}

static void small_cache(struct tc *t, struct oom_event *e)
{
	cache(t, e, "kmalloc-1k", 700000);
}

static void vmalloc(struct tc *t, struct oom_event *e, int64_t kb, oom_tri stacks)
{
	struct oom_state *s = dump(t, e);
	struct oom_vmalloc *v = oom_add_vmalloc(t->c->arena, &s->vmallocs);
	v->caller = "ring_alloc";
	v->module = "mlx5_core";
	v->kb = kb;
	v->areas = 4;
	v->stacks = stacks;
	s->memory.vmalloc_kb = kb;
}

static void large_vmalloc(struct tc *t, struct oom_event *e)
{
	vmalloc(t, e, 900000, OOM_NO);
}

static void small_vmalloc(struct tc *t, struct oom_event *e)
{
	vmalloc(t, e, 300000, OOM_NO);
}

static void large_percpu(struct tc *t, struct oom_event *e)
{
	struct oom_state *s = dump(t, e);
	s->memory.percpu_kb = 900000;
	s->totals.memcgs = 90000;
}

static void small_percpu(struct tc *t, struct oom_event *e)
{
	dump(t, e)->memory.percpu_kb = 90000;
}

static void many_threads(struct tc *t, struct oom_event *e)
{
	e->state.tasks.v[1].threads = 50000;
	e->state.counters.kernel_stack_kb = 900000;
	dump(t, e);
}

static void protocol(struct tc *t, struct oom_event *e, int64_t kb)
{
	struct oom_protocol *p = oom_add_protocol(t->c->arena, &dump(t, e)->protocols);
	p->name = "TCP";
	p->kb = kb;
	p->sockets = 500;
	p->max_kb = 300000;
}

static void full_sockets(struct tc *t, struct oom_event *e)
{
	protocol(t, e, 300000);
}

static void quiet_sockets(struct tc *t, struct oom_event *e)
{
	protocol(t, e, 299000);
}

static void zram(struct tc *t, struct oom_event *e, int64_t orig_kb, int64_t mem_kb)
{
	struct oom_zram *z = oom_add_zram(t->c->arena, &dump(t, e)->zrams);
	z->name = "zram0";
	z->algorithm = "zstd";
	z->disksize_kb = 2000000;
	z->limit_kb = OOM_UNLIMITED;
	z->orig_kb = orig_kb;
	z->mem_kb = mem_kb;
}

static void full_zram(struct tc *t, struct oom_event *e)
{
	zram(t, e, 1950000, 600000);
}

static void half_zram(struct tc *t, struct oom_event *e)
{
	zram(t, e, 1000000, 300000);
}

static void poor_zram(struct tc *t, struct oom_event *e)
{
	zram(t, e, 1000000, 900000);
}

static void ballooned(struct tc *t, struct oom_event *e)
{
	dump(t, e)->memory.balloon_kb = 1000000;
}

static void small_balloon(struct tc *t, struct oom_event *e)
{
	dump(t, e)->memory.balloon_kb = 500000;
}

static void locks(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.unevictable_kb = e->state.counters.mlocked_kb = 900000;
	e->state.tasks.v[2].locked_kb = 900000;
}

static void locks_little(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.counters.unevictable_kb = e->state.counters.mlocked_kb = 90000;
}

static void nameless(struct tc *t, struct oom_event *e, int64_t kb)
{
	struct oom_state *s = dump(t, e);
	struct oom_shmem *file = oom_add_shmem(t->c->arena, &s->shmem);
	file->path = "/tmp/big";
	file->mount = "/tmp";
	file->kind = "tmpfs";
	file->deleted = OOM_YES;
	file->kb = kb;
	file->comm = "java";
	file->pid = 400;
	s->shmem.known = true;
	s->totals.shmem_deleted_kb = kb;
}

static void deleted_file(struct tc *t, struct oom_event *e)
{
	nameless(t, e, 900000);
}

static void small_deleted_file(struct tc *t, struct oom_event *e)
{
	nameless(t, e, 9000);
}

/** All of the machine's huge pages are the third process's; little else is left. */
static void mapped_hugepages(struct tc *t, struct oom_event *e)
{
	used_hugepages(t, e);
	e->state.hugetlb.v[0].total = 3000;
	e->state.counters.inactive_anon_kb = 300000;
	e->state.tasks.v[2].rss_anon_kb = e->state.tasks.v[2].rss_kb = 300000;
	dump(t, e)->tasks.v[2].hugetlb_kb = 6000000;
}

static void forgets_files(struct tc *t, struct oom_event *e)
{
	slab_leak(t, e);
	dump(t, e)->tasks.v[1].open_files = 130000;
}

/** Many, of very many processes. */
static void files_of_all(struct tc *t, struct oom_event *e)
{
	slab_leak(t, e);
	struct oom_state *s = dump(t, e);
	for (size_t i = 0; i < s->tasks.n; i++)
		s->tasks.v[i].open_files = 9000;
}

static void unread_pipes(struct tc *t, struct oom_event *e)
{
	struct oom_state *s = dump(t, e);
	s->tasks.v[2].pipes_kb = s->totals.pipes_kb = 900000;
	s->totals.sockets_kb = 0;
}

static void read_pipes(struct tc *t, struct oom_event *e)
{
	struct oom_state *s = dump(t, e);
	s->tasks.v[2].pipes_kb = s->totals.pipes_kb = 900;
	s->totals.sockets_kb = 0;
}

static void stalls(struct tc *t, struct oom_event *e)
{
	struct oom_activity *a = &dump(t, e)->activity;
	a->allocstall = 77;
	a->pgscan_kswapd = 54977;
	a->pgscan_direct = 28254;
	a->pgsteal_kswapd = 10012;
	a->pgsteal_direct = 1772;
	a->compact_fail = 5;
	a->compact_success = 1;
	a->pswpin = 3;
	a->pswpout = 12287;
	a->memory_some_avg10_ppm = 580244;
	a->memory_full_avg10_ppm = 535644;
	a->memory_full_us = 8185226;
	a->oom_kill = 2;
	a->dying_victims = 1;
	a->reaper_busy = OOM_YES;
}

static void note(struct tc *t, struct oom_event *e, int64_t time_us)
{
	struct oom_note *n = oom_add_note(t->c->arena, &t->c->notes);
	n->kind = "hung-task";
	n->text = "INFO: task kworker/0:1:17 blocked for more than 120 seconds.";
	n->time_us = time_us;
	n->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 5};
	e->time_us = INT64_C(7200) * 1000000;
	e->log_line = 10;
}

static void hung(struct tc *t, struct oom_event *e)
{
	note(t, e, INT64_C(7000) * 1000000);
}

static void hung_long_ago(struct tc *t, struct oom_event *e)
{
	note(t, e, INT64_C(60) * 1000000);
}

static void waits(struct tc *t, struct oom_event *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tc_task(t, &e->state, "nfsd", 900 + (int64_t)i, 0)->state = "D";
	dump(t, e);
}

static void many_wait(struct tc *t, struct oom_event *e)
{
	waits(t, e, 12);
}

static void few_wait(struct tc *t, struct oom_event *e)
{
	waits(t, e, 3);
}

/** A count has those of the cgroups below in it. */
static void kills_of(struct tc *t, struct oom_event *e, const char *path, int64_t kills)
{
	struct oom_memcg *m = oom_add_memcg(t->c->arena, &e->state.memcgs);
	m->path = path;
	m->events_oom_kill = kills;
	m->limit_kb = 100000;
}

static void kills_below(struct tc *t, struct oom_event *e)
{
	kills_of(t, e, "/", 7);
	kills_of(t, e, "/app.slice", 7);
	kills_of(t, e, "/app.slice/a.service", 7);
	kills_of(t, e, "/b.slice", 0);
}

/** Of the cgroup whose limit is the incident the verdict speaks. */
static void kills_of_incident(struct tc *t, struct oom_event *e)
{
	into_memcg(t, e);
	kills_below(t, e);
}

/** What is left of the next report is its last line. */
static void bare_kill(struct tc *t, struct oom_event *e)
{
	(void)e;
	struct oom_event *later = tc_event(t, NULL, OOM_ABSENT, "", OOM_ABSENT);
	later->has_head = OOM_NO;
	later->index = 1;
	tc_victim(t, later, "smtp", 23726, OOM_ABSENT);
}

static void bare_kill_of_another_boot(struct tc *t, struct oom_event *e)
{
	bare_kill(t, e);
	t->c->events.v[1].boot = 1;
}

/** hog was chosen, and is there still. */
static void dies_slowly(struct tc *t, struct oom_event *e)
{
	struct oom_state *s = dump(t, e);
	for (size_t i = 0; i < s->tasks.n; i++)
		s->tasks.v[i].oom_victim = s->tasks.v[i].pid == 500 ? OOM_YES : OOM_NO;
}

static void all_live(struct tc *t, struct oom_event *e)
{
	struct oom_state *s = dump(t, e);
	for (size_t i = 0; i < s->tasks.n; i++)
		s->tasks.v[i].oom_victim = OOM_NO;
}

static void no_table(struct tc *t, struct oom_event *e)
{
	(void)t;
	e->state.tasks.n = 0;
}

typedef void change(struct tc *t, struct oom_event *e);

/** @p with brings the finding; without it, and with @p but, it is not there. */
static const struct {
	const char *id;
	change *with, *but;
	const char *advice; // in a command, or NULL
} rows[] = {
	{"memcg-limit", into_memcg, into_ancestor, "systemctl set-property a.service MemoryMax=SIZE"},
	{"memcg-ancestor-limit", into_ancestor, into_memcg, "/sys/fs/cgroup/app.slice/a.service/*/memory.current"},
	{"memcg-own-or-above", own_or_above, into_memcg, NULL},
	{"memcg-own-or-above", own_or_above, into_ancestor, NULL},
	{"memcg-below-limit", below, into_memcg, NULL},
	{"memcg-swap-full", swap_of_cgroup, into_memcg, "memory.swap.max"},
	{"memcg-swap-full", memsw, into_memcg, "memory.memsw.limit_in_bytes"},
	{"memcg-kmem-limit", kmem, into_memcg, NULL},
	{"memcg-without-limit", without_limit, into_memcg, NULL},
	{"oom-group", group_kill, into_memcg, "memory.oom.group"},
	{"numa-bound", cpuset, NULL, "cpuset.mems"},
	{"low-memory", dma32_only, NULL, NULL},
	{"fragmentation", pieces, NULL, "compact_memory"},
	{"forced", by_hand, NULL, NULL},
	{"allocation-failure", only_failed, NULL, NULL},
	{"userspace-killer", oomd, NULL, "oomctl"},
	{"figures-contradict", much_free, NULL, NULL},
	{"cause-unknown", no_figures, much_free, "journalctl -k"},
	{"capture-kernel", while_dumping, own_kernel, "crashkernel="},
	{"panic-on-oom", panics, nobody, "vm.panic_on_oom=0"},
	{"no-killable", nobody, panics, NULL},
	{"all-protected", all_protected, nobody, "choom -n 0"},
	{"crashed-later", crash, NULL, NULL},
	{"allocating-task-killed", whoever_asks, innocent, "vm.oom_kill_allocating_task=0"},
	{"victim-not-reaped", unreaped, NULL, NULL},
	{"pids-disagree", two_pids, NULL, NULL},
	{"what-followed", service_failed, NULL, NULL},
	{"many-tasks", many, NULL, NULL},
	{"asked-is-not-culprit", other_asks, thread_asks, NULL},
	{"who-asked", thread_asks, other_asks, NULL},
	{"who-asked", thread_asks, asker_is_killed, NULL},
	{"victim-is-not-culprit", innocent, NULL, "choom -n -500"},
	{"adj-decided", by_adj, NULL, "oom_score_adj"},
	{"pid1-large", fat_pid1, NULL, "systemctl daemon-reexec"},
	{"growth", grown, again, NULL},
	{"shmem", tmpfs, NULL, "df -h -t tmpfs"},
	{"slab-unreclaimable", slab_leak, dentries, "slabtop"},
	{"slab-reclaimable", dentries, slab_leak, "slabtop"},
	{"hugepages-free", free_hugepages, used_hugepages,
	 "echo 420 > /sys/devices/system/node/node0/hugepages/hugepages-2048kB"},
	{"cma-free", cma, cma_for_movable, "grep Cma"},
	{"page-tables", tables, NULL, NULL},
	{"unaccounted", leaked, NULL, "vmallocinfo"},
	{"unevictable", ramfs, locked, NULL},
	{"dirty-cache", dirty, NULL, "vm.dirty_bytes"},
	{"thp", huge, NULL, "transparent_hugepage"},
	{"dying-cgroups", dead_cgroups, live_cgroup, "drop_caches"},
	{"slab-cache", large_cache, small_cache, "slabtop"},
	{"vmalloc", large_vmalloc, small_vmalloc, "modinfo mlx5_core"},
	{"percpu", large_percpu, small_percpu, "cgroup.stat"},
	{"kernel-stacks", many_threads, NULL, "nlwp"},
	{"sockets", full_sockets, quiet_sockets, "ss -tamp"},
	{"open-files", forgets_files, files_of_all, "uniq -c"},
	{"hugepages-used", mapped_hugepages, free_hugepages, "HugetlbPages"},
	{"unread", unread_pipes, read_pipes, "ss -xp"},
	{"zram-full", full_zram, half_zram, "/sys/block/zram0/mem_limit"},
	{"zram-poor", poor_zram, full_zram, "zramctl"},
	{"balloon", ballooned, small_balloon, "virsh"},
	{"mlocked", locks, locks_little, "VmLck"},
	{"deleted-files", deleted_file, small_deleted_file, "lsof +L1"},
	{"before-the-end", stalls, hung_long_ago, NULL},
	{"before-the-end", hung, panics, NULL},
	{"uninterruptible", hung, hung_long_ago, NULL},
	{"uninterruptible", many_wait, few_wait, NULL},
	{"no-swap", swapless, swapped_out, "mkswap"},
	{"swap-full", swapped_out, swapless, "swapon --show"},
	{"overcommitted", promised, strict, "vm.overcommit_memory=2"},
	{"reserve-large", large_reserve, NULL, "min_free_kbytes"},
	{"swappiness-zero", unswappy, NULL, "vm.swappiness=1"},
	{"repeated-kills", again, another_boot, NULL},
	{"repeated-kills", again, cgroup_after_host, NULL},
	{"other-kind", cgroup_after_host, cgroup_of_another_boot, NULL},
	{"other-kind", cgroup_after_host, again, NULL},
	{"incomplete-input", cut_off, NULL, NULL},
	{"state-of-another-time", after_reboot, NULL, NULL},
	{"from-structures", head_lost, panics, NULL},
	{"cgroup-kills", kills_below, kills_of_incident, "memory.events"},
	{"as-before", bare_kill, bare_kill_of_another_boot, NULL},
	{"victim-in-flight", dies_slowly, all_live, NULL},
};

/** What is said of the plain kill, and no more with the change. */
static const struct {
	const char *id;
	change *without;
} plain_rows[] = {
	{"zones-exhausted", into_memcg},
	{"zones-exhausted", much_free},
	{"task-holds-memory", many},
	{"task-holds-memory", only_slab},
	{"score", no_table},
	{"score", only_failed},
	{"score", oomd},
};

static void test_plain_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain_rows) / sizeof(plain_rows[0]); i++) {
		struct tc t;
		struct oom_event *e = plain(&t);
		assert_has(tc_judge(&t), plain_rows[i].id);
		plain_rows[i].without(&t, e);
		if (tc_finding(tc_judge(&t), plain_rows[i].id))
			fail_msg("%s although it does not hold (row %zu)", plain_rows[i].id, i);
		tc_free(&t);
	}
}

/** kmalloc() of large pieces is in the counter and in no cache; said only where all caches are known. */
static void test_slab_in_no_cache(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = plain(&t);
	cache(&t, e, "kmalloc-512", 100000);
	struct oom_state *s = t.c->state;
	s->counters.slab_unreclaimable_kb = s->memory.slab_unreclaimable_kb = 900000;
	s->totals.slabs = 1;
	const struct oom_finding *f = tc_finding(tc_judge(&t), "slab-unreclaimable");
	assert_int_equal(f->evidence.n, 3);
	assert_string_equal(f->evidence.v[2].text, "in no cache: 800000 kB, kmalloc() of large pieces");
	s->totals.slabs = 2; // another is not in the list
	assert_int_equal(tc_finding(tc_judge(&t), "slab-unreclaimable")->evidence.n, 2);
	s->totals.slabs = 1;
	oom_strings_addf(t.c->arena, &t.c->source.missing, "slabs: 3 caches are not in the dump");
	assert_int_equal(tc_finding(tc_judge(&t), "slab-unreclaimable")->evidence.n, 2);
	tc_free(&t);
}

/** Every rule there is has a row in one of the two tables: it was seen to hold and not to hold. */
static void test_no_rule_is_forgotten(void **state)
{
	(void)state;
	static const struct cl_rule *const tables[] = {cl_rules_cause,	cl_rules_outcome, cl_rules_holders,
						       cl_rules_memory, cl_rules_kernel,  cl_rules_story,
						       cl_rules_config, cl_rules_input};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct cl_rule *rule = tables[i]; rule->id; rule++) {
			bool seen = false;
			for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
				seen |= !strcmp(rows[k].id, rule->id);
			for (size_t k = 0; k < sizeof(plain_rows) / sizeof(plain_rows[0]); k++)
				seen |= !strcmp(plain_rows[k].id, rule->id);
			if (!seen)
				fail_msg("%s has no test", rule->id);
		}
	}
}

static void test_each_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t;
		struct oom_event *e = plain(&t);
		if (tc_finding(tc_judge(&t), rows[i].id))
			fail_msg("%s without a reason", rows[i].id);
		rows[i].with(&t, e);
		const struct oom_verdict *v = tc_judge(&t);
		const struct oom_finding *f = tc_finding(v, rows[i].id);
		if (!f)
			fail_msg("%s is missing", rows[i].id);
		if (!f->title || !*f->title || !f->detail || !*f->detail || !f->evidence.n)
			fail_msg("%s lacks a text or evidence", rows[i].id);
		if (rows[i].advice && !tc_command(v, rows[i].advice))
			fail_msg("%s: no command with %s", rows[i].id, rows[i].advice);
		tc_free(&t);
		if (!rows[i].but)
			continue;
		e = plain(&t);
		rows[i].but(&t, e);
		if (tc_finding(tc_judge(&t), rows[i].id))
			fail_msg("%s although it does not hold", rows[i].id);
		tc_free(&t);
	}
}

/** The plain kill: what is said of it, and nothing more. */
static void test_plain(void **state)
{
	(void)state;
	struct tc t;
	plain(&t);
	const struct oom_verdict *v = tc_judge(&t);
	assert_int_equal(v->findings.n, 3);
	assert_has(v, "zones-exhausted");
	assert_has(v, "task-holds-memory");
	assert_has(v, "score");
	assert_string_equal(v->summary,
			    "hog (pid 500) held 6.7 GiB, 88 % of RAM, and was still growing. The kernel killed it.");
	tc_free(&t);
}

static bool plausible(const char *text)
{
	// No number that is none, no format that went wrong, no advice against the OOM killer itself.
	static const char *const never[] = {
		"-9223372036854775808",	   "9223372036854775807",   "(null)", "vm.oom-kill", "oom-kill=", "  ",
		"turn the OOM killer off", "disable the OOM killer"};
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (text && strstr(text, never[i]) && strcmp(never[i], "  "))
			return false;
	}
	for (const char *at = text; at && *at; at++) {
		if ((unsigned char)*at >= 0x80) // the texts are plain ASCII; names are the input's
			return false;
	}
	return text != NULL;
}

static bool all_plausible(const struct oom_verdict *v)
{
	bool fine = plausible(v->title) && plausible(v->summary) && plausible(v->signature);
	for (size_t k = 0; k < v->findings.n; k++) {
		fine &= plausible(v->findings.v[k].title) && plausible(v->findings.v[k].detail);
		for (size_t n = 0; n < v->findings.v[k].evidence.n; n++)
			fine &= plausible(v->findings.v[k].evidence.v[n].text);
	}
	for (size_t k = 0; k < v->recommendations.n; k++) {
		const struct oom_recommendation *r = &v->recommendations.v[k];
		fine &= plausible(r->title) && plausible(r->detail) && tc_finding(v, r->finding);
		for (size_t n = 0; n < r->commands.n; n++)
			fine &= plausible(r->commands.v[n]);
		for (size_t n = 0; n < k; n++)
			fine &= strcmp(r->title, v->recommendations.v[n].title) != 0;
	}
	return fine;
}

/** Whatever the case, every text is there and holds no absent number. */
static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tc t;
		struct oom_event *e = plain(&t);
		rows[i].with(&t, e);
		const struct oom_verdict *v = tc_judge(&t);
		if (!all_plausible(v))
			fail_msg("a text of the case for %s: %s", rows[i].id, v->summary);
		tc_free(&t);
	}
}

/** Forgets some of the numbers at random: one in @p one_in. */
static void forget(int64_t *v, size_t n, unsigned int *seed, unsigned int one_in)
{
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1103515245 + 12345;
		if ((*seed >> 16) % one_in == 0)
			v[i] = OOM_ABSENT;
	}
}

#define FORGET(first, last) forget(&(first), (size_t)(&(last) - &(first)) + 1, &seed, one_in)

static void forget_state(struct oom_state *s, unsigned int seed, unsigned int one_in)
{
	FORGET(s->memory.total_kb, s->memory.pagecache_total_kb);
	FORGET(s->counters.active_anon_kb, s->counters.slab_kb);
	for (size_t i = 0; i < s->nodes.n; i++) {
		for (size_t k = 0; k < s->nodes.v[i].zones.n; k++)
			FORGET(s->nodes.v[i].zones.v[k].free_kb, s->nodes.v[i].zones.v[k].free_highatomic_kb);
	}
	for (size_t i = 0; i < s->tasks.n; i++) {
		FORGET(s->tasks.v[i].pid, s->tasks.v[i].uid);
		FORGET(s->tasks.v[i].rss_kb, s->tasks.v[i].oom_score_adj);
	}
	for (size_t i = 0; i < s->memcgs.n; i++)
		FORGET(s->memcgs.v[i].usage_kb, s->memcgs.v[i].failcnt);
	for (size_t i = 0; i < s->slabs.n; i++)
		FORGET(s->slabs.v[i].object_size, s->slabs.v[i].active_kb);
	for (size_t i = 0; i < s->hugetlb.n; i++)
		FORGET(s->hugetlb.v[i].node, s->hugetlb.v[i].surplus);
	for (size_t i = 0; i < s->shmem.n; i++)
		forget(&s->shmem.v[i].kb, 1, &seed, one_in);
}

/** Any number may be absent, alone or with others: none of them becomes a number in a text. */
static void test_absent_numbers(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 40; round++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct tc t;
			struct oom_event *e = plain(&t);
			struct oom_slab *slab = oom_add_slab(t.c->arena, &e->state.slabs);
			*slab = (struct oom_slab){
				.name = "kmalloc-1k", .object_size = 1024, .objects = 5000, .total_kb = 90000};
			struct oom_shmem *shm = oom_add_shmem(t.c->arena, &e->state.shmem);
			*shm = (struct oom_shmem){.mount = "/tmp", .kb = 15000};
			rows[i].with(&t, e);
			e = &t.c->events.v[t.c->events.n - 1];
			unsigned int seed = round * 977 + (unsigned int)i;
			forget_state(&e->state, seed, 2 + round % 11);
			if (t.c->state)
				forget_state(t.c->state, seed, 2 + round % 11);
			if (e->memcg)
				forget(&e->memcg->usage_kb, 9, &seed, 3);
			if (e->victims.n) {
				forget(&e->victims.v[0].pid, 3, &seed, 3);
				forget(&e->victims.v[0].total_vm_kb, 6, &seed, 3);
			}
			const struct oom_verdict *v = tc_judge(&t);
			if (!all_plausible(v))
				fail_msg("round %u, case for %s: %s", round, rows[i].id, v->summary);
			tc_free(&t);
		}
	}
}

/** Commands are those of the cgroup version at hand, and of who manages the cgroup. */
static void test_commands(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool v1;
		const char *command;
	} cgroups[] = {
		{"/mm_test", true, "echo SIZE > /sys/fs/cgroup/memory/mm_test/memory.limit_in_bytes"},
		{"/mm_test", false, "echo SIZE > /sys/fs/cgroup/mm_test/memory.max"},
		{"/system.slice/varnish.service", true, "systemctl set-property varnish.service MemoryLimit=SIZE"},
		{"/system.slice/varnish.service", false, "systemctl set-property varnish.service MemoryMax=SIZE"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", false,
		 "user@1000.service/app.slice/x.service/memory.max"},
		{"/docker/663f6287c450aea2f849b82a30d1409059497b5de62846a286e55971d61e2650", true,
		 "docker update --memory SIZE --memory-swap SIZE 663f6287c450"},
		{"/system.slice/docker-663f6287c450aea2f849b82a30d1409059497b5de62846a286e55971d61e2650.scope", false,
		 "docker update --memory SIZE --memory-swap SIZE 663f6287c450"},
		{"/kubepods.slice/kubepods-pod9eb0e64e.slice", true, "kubectl set resources"},
		{"/a b;$(reboot)", false, "echo SIZE > '/sys/fs/cgroup/a b;$(reboot)/memory.max'"},
	};
	for (size_t i = 0; i < sizeof(cgroups) / sizeof(cgroups[0]); i++) {
		struct tc t;
		struct oom_event *e = plain(&t);
		struct oom_event_memcg *m = tc_memcg(&t, e, cgroups[i].path, cgroups[i].path, 8000000, 8000000);
		if (cgroups[i].v1)
			m->memsw_limit_kb = OOM_UNLIMITED;
		else
			m->swap_limit_kb = OOM_UNLIMITED;
		const struct oom_verdict *v = tc_judge(&t);
		if (!tc_command(v, cgroups[i].command))
			fail_msg("no command: %s", cgroups[i].command);
		tc_free(&t);
	}
}

/** The order of advice is that of importance: first what the verdict is about. */
static struct oom_shmem *memory_file(struct tc *t, struct oom_state *s, const char *kind, int64_t pid, int64_t kb)
{
	struct oom_shmem *file = oom_add_shmem(t->c->arena, &s->shmem);
	file->kind = kind;
	file->path = "frames";
	file->pid = pid;
	file->comm = pid == 400 ? "java" : "other";
	file->kb = kb;
	s->shmem.known = true;
	return file;
}

/** Memory of files that no folder shows is its holder's; none of them needs to be the half of it. */
static void test_names_who_holds_shared_memory(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = plain(&t);
	e->state.counters.shmem_kb = 6000000;
	e->state.counters.inactive_anon_kb = 300000;
	e->state.tasks.v[2].rss_anon_kb = e->state.tasks.v[2].rss_kb = 300000;
	struct oom_state *s = dump(&t, e);
	memory_file(&t, s, "memfd", 400, 2200000);
	memory_file(&t, s, "sysv", 401, 1800000);
	memory_file(&t, s, "tmpfs", 400, 1600000)->deleted = OOM_YES;
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "java");
	assert_int_equal(v->culprit->pid, 400);
	assert_int_equal(v->culprit->kb, 3800000);
	assert_non_null(strstr(v->summary, "3.6 GiB of it in files that java (pid 400) has open"));
	assert_true(tc_command(v, "ls -lL /proc/400/fd"));
	s->shmem.v[0].kb = 4400000; // the half of it: the file itself
	v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "memfd frames");
	assert_non_null(strstr(v->summary, "4.2 GiB of it in memfd frames of java (pid 400)"));
	tc_free(&t);
}

/** What a dump lists is the machine's: of a cgroup's OOM only what its own processes hold is named. */
static void test_lists_of_the_machine_and_a_cgroup(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = plain(&t);
	into_memcg(&t, e);
	tc_stat(&t, e->memcg, "anon_kb", 300000);
	tc_stat(&t, e->memcg, "file_kb", 7000000);
	tc_stat(&t, e->memcg, "shmem_kb", 7000000);
	cache(&t, e, "dentry", 90000000);
	struct oom_state *s = t.c->state;
	for (size_t i = 0; i < s->tasks.n; i++) {
		s->tasks.v[i].memcg = i == 2 ? "/app.slice/a.service/x" : "/b.slice";
		s->tasks.v[i].rss_anon_kb = s->tasks.v[i].rss_kb = 1000;
	}
	memory_file(&t, s, "tmpfs", s->tasks.v[1].pid, 90000000)->path = "/dev/shm/larger";
	memory_file(&t, s, "tmpfs", s->tasks.v[1].pid, 5000000)->path = "/dev/shm/anothers";
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(oom_consumer_id(v->consumer), "shmem");
	assert_string_equal(v->culprit->name, "shared memory and tmpfs");
	assert_null(strstr(v->summary, "/dev/shm"));
	assert_null(strstr(v->summary, "dentry"));
	memory_file(&t, s, "tmpfs", s->tasks.v[2].pid, 4000000)->path = "/dev/shm/own";
	v = tc_judge(&t);
	assert_string_equal(v->culprit->name, "/dev/shm/own");
	assert_int_equal(v->culprit->kb, 4000000);
	// Removed cgroups elsewhere; then one of its own.
	struct oom_memcg *gone = oom_add_memcg(t.c->arena, &s->memcgs);
	gone->path = "/b.slice/job7";
	gone->dying = OOM_YES;
	gone->usage_kb = s->totals.memcgs_dying_kb = 7600000;
	s->memcgs.known = true;
	assert_null(tc_finding(v = tc_judge(&t), "dying-cgroups"));
	assert_string_equal(v->culprit->name, "/dev/shm/own");
	gone->path = "/app.slice/a.service/job7";
	assert_string_equal(oom_consumer_id(tc_judge(&t)->consumer), "dying-cgroups");
	tc_free(&t);
}

static void test_order_of_advice(void **state)
{
	(void)state;
	struct tc t;
	struct oom_event *e = plain(&t);
	panics(&t, e);
	swapless(&t, e);
	const struct oom_verdict *v = tc_judge(&t);
	assert_string_equal(v->recommendations.v[0].finding, "task-holds-memory");
	assert_string_equal(v->recommendations.v[1].finding, "no-swap");
	assert_string_equal(v->recommendations.v[2].finding, "panic-on-oom");
	assert_int_equal(v->recommendations.n, 3);
	assert_non_null(strstr(tc_advice(v, "panic-on-oom")->detail, "kernel.panic"));
	// What holds the most comes first: here huge pages that nobody uses, then the process that was killed for them.
	e->state.tasks.n = 0;
	tc_task(&t, &e->state, "hog", 500, 900000);
	e->state.counters.inactive_anon_kb = 900000;
	free_hugepages(&t, e);
	e->state.hugetlb.v[0].total = e->state.hugetlb.v[0].free = 3000;
	assert_consumer(tc_judge(&t), "hugetlb");
	assert_string_equal(tc_judge(&t)->recommendations.v[0].finding, "hugepages-free");
	tc_free(&t);
}

/** What no counter owns has a call site where the kernel noted one. */
static void names_who_allocated(void **state)
{
	(void)state;
	for (int by = 0; by < 4; by++) {
		struct tc t;
		struct oom_event *e = plain(&t);
		leaked(&t, e);
		e->state.allocs.known = by & 1;
		struct oom_alloc_site *site = oom_add_alloc_site(t.c->arena, &e->state.allocs);
		site->file = by == 1 ? "drivers/x.c:46 [x]" : "mm/memory.c:1063"; // the kernel's own are of all kinds
		site->function = "x_fill_ring";
		site->kb = 2000000;
		if (by >= 2) {
			struct oom_census *census = dump(&t, e)->census = oom_new_census(t.c->arena);
			struct oom_census_stack *s = oom_add_census_stack(t.c->arena, &census->stacks);
			s->kb = 3000000;
			s->unowned_kb = by == 2 ? 2500000 : 100; // most of it, nothing of it
			s->caller = "y_fill_ring [y]";
			s->comm = "modprobe";
			s->pid = 7;
		}
		const struct oom_verdict *v = tc_judge(&t);
		const struct oom_finding *f = tc_finding(v, "unaccounted");
		assert_non_null(f);
		assert_int_equal(f->evidence.n, by == 1 || by == 2 ? 2 : 1);
		if (by == 1)
			assert_non_null(
				strstr(f->evidence.v[1].text, "x_fill_ring, drivers/x.c:46 [x]: allocated 2000000 kB"));
		if (by == 2)
			assert_non_null(strstr(f->evidence.v[1].text,
					       "y_fill_ring [y]: allocated 2500000 kB of it, for modprobe (pid 7)"));
		tc_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_rule),
		cmocka_unit_test(names_who_allocated),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_plain_rules),
		cmocka_unit_test(test_slab_in_no_cache),
		cmocka_unit_test(test_no_rule_is_forgotten),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_absent_numbers),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_order_of_advice),
		cmocka_unit_test(test_names_who_holds_shared_memory),
		cmocka_unit_test(test_lists_of_the_machine_and_a_cgroup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
