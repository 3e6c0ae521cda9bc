// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Processes of made-up kernels: what a row tells, shared and borrowed address spaces, broken lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"

enum {
	T_STATE = 0,
	T_FLAGS = 8,
	T_TASKS = 16,
	T_MM = 32,
	T_EXIT = 40,
	T_PID = 44,
	T_TGID = 48,
	T_PARENT = 56,
	T_COMM = 64,
	T_SIGNAL = 80,
	T_CRED = 88,
	T_CGROUPS = 96,
	T_VFORK = 104,
	T_NODES = 112,
	T_RSS = 120,
	T_THREAD = 144,
	T_LINK = 160,
	T_SIZE = 256,
	S_THREADS = 0,
	S_ADJ = 4,
	S_OOM_MM = 8,
	S_HEAD = 16,
	S_SIZE = 32,
	M_PGD = 0,
	M_PGTABLES = 8,
	M_TOTAL = 16,
	M_FLAGS = 24,
	M_ARGS = 32,
	M_RSS = 48,
	M_SIZE = 48 + 4 * 40,
	KTHREAD = 0x200000,
};

struct kernel {
	struct fk *k;
	uint64_t init;	    // init_task
	uint64_t cred;	    // of uid 33
	uint64_t css_set;   // in /system.slice/db
	uint64_t root_node; // of the table of pids
	int nr_pids;
};

static void task_types(struct fk *k, bool percpu_rss)
{
	const char *kinds[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES"};
	fk_cpus(k);
	int counter = (int)btf__type_cnt(k->btf) - 1;
	fk_enum(k, NULL, kinds, 4);
	int comm = fk_array(k, k->t_char, 16), counts = fk_array(k, k->t_int, 4), longs = fk_array(k, k->t_ulong, 1);
	int nodemask = fk_struct(k, "nodemask_t", 8);
	fk_member(k, "bits", longs, 0);
	int task_rss = fk_struct(k, "task_rss_stat", 20);
	fk_member(k, "count", counts, 4);
	int links = fk_array(k, k->t_list, 4);
	fk_struct(k, "task_struct", T_SIZE);
	fk_member(k, "__state", k->t_uint, T_STATE);
	fk_member(k, "flags", k->t_uint, T_FLAGS);
	fk_member(k, "tasks", k->t_list, T_TASKS);
	fk_member(k, "mm", k->t_ptr, T_MM);
	fk_member(k, "exit_state", k->t_int, T_EXIT);
	fk_member(k, "pid", k->t_int, T_PID);
	fk_member(k, "tgid", k->t_int, T_TGID);
	fk_member(k, "real_parent", k->t_ptr, T_PARENT);
	fk_member(k, "comm", comm, T_COMM);
	fk_member(k, "signal", k->t_ptr, T_SIGNAL);
	fk_member(k, "real_cred", k->t_ptr, T_CRED);
	fk_member(k, "cgroups", k->t_ptr, T_CGROUPS);
	fk_member(k, "vfork_done", k->t_ptr, T_VFORK);
	fk_member(k, "mems_allowed", nodemask, T_NODES);
	if (!percpu_rss)
		fk_member(k, "rss_stat", task_rss, T_RSS);
	fk_member(k, "thread_node", k->t_list, T_THREAD);
	fk_member(k, "pid_links", links, T_LINK);
	fk_struct(k, "signal_struct", S_SIZE);
	fk_member(k, "nr_threads", k->t_int, S_THREADS);
	fk_member(k, "oom_score_adj", k->t_short, S_ADJ);
	fk_member(k, "oom_mm", k->t_ptr, S_OOM_MM);
	fk_member(k, "thread_head", k->t_list, S_HEAD);
	int percpu = fk_array(k, counter, 4), atomics = fk_array(k, k->t_long, 4);
	int mm_rss = fk_struct(k, "mm_rss_stat", 32);
	fk_member(k, "count", atomics, 0);
	fk_struct(k, "mm_struct", M_SIZE);
	fk_member(k, "pgd", k->t_ptr, M_PGD);
	fk_member(k, "pgtables_bytes", k->t_long, M_PGTABLES);
	fk_member(k, "total_vm", k->t_ulong, M_TOTAL);
	fk_member(k, "flags", k->t_ulong, M_FLAGS);
	fk_member(k, "arg_start", k->t_ulong, M_ARGS);
	fk_member(k, "arg_end", k->t_ulong, M_ARGS + 8);
	fk_member(k, "rss_stat", percpu_rss ? percpu : mm_rss, M_RSS);
}

static void cred_and_cgroup_types(struct fk *k)
{
	const char *ids[] = {"cpuset_cgrp_id", "memory_cgrp_id"};
	fk_enum(k, "cgroup_subsys_id", ids, 2);
	int caps = fk_array(k, k->t_uint, 2), subsys = fk_array(k, k->t_ptr, 2);
	int cap = fk_struct(k, "kernel_cap_struct", 8);
	fk_member(k, "cap", caps, 0);
	fk_struct(k, "cred", 40);
	fk_member(k, "uid", k->t_uint, 8);
	fk_member(k, "cap_effective", cap, 16);
	fk_member(k, "user_ns", k->t_ptr, 32);
	fk_struct(k, "css_set", 16);
	fk_member(k, "subsys", subsys, 0);
	fk_struct(k, "cgroup_subsys_state", 16);
	fk_member(k, "cgroup", k->t_ptr, 8);
	fk_struct(k, "cgroup", 16);
	fk_member(k, "kn", k->t_ptr, 8);
	fk_struct(k, "kernfs_node", 24);
	fk_member(k, "parent", k->t_ptr, 8);
	fk_member(k, "name", k->t_ptr, 16);
}

/** The css_set of /system.slice/db. */
static uint64_t make_cgroup(struct fk *k)
{
	const char *names[] = {"", "system.slice", "db"};
	uint64_t parent = 0;
	for (int i = 0; i < 3; i++) {
		uint64_t node = fk_alloc(k, 24), name = fk_alloc(k, 32);
		fk_text(k, name, names[i]);
		fk_put(k, node + 8, 8, (int64_t)parent);
		fk_put(k, node + 16, 8, (int64_t)name);
		parent = node;
	}
	uint64_t cgroup = fk_alloc(k, 16), css = fk_alloc(k, 16), set = fk_alloc(k, 16);
	fk_put(k, cgroup + 8, 8, (int64_t)parent);
	fk_put(k, css + 8, 8, (int64_t)cgroup);
	fk_put(k, set + 8, 8, (int64_t)css);
	return set;
}

static void pid_types(struct fk *k)
{
	int lists = fk_array(k, k->t_ptr, 4), slots = fk_array(k, k->t_ptr, 64);
	fk_struct(k, "pid", 48);
	fk_member(k, "tasks", lists, 16);
	int xarray = fk_struct(k, "xarray", 16);
	fk_member(k, "xa_head", k->t_ptr, 8);
	int idr = fk_struct(k, "idr", 24);
	fk_member(k, "idr_rt", xarray, 0);
	fk_struct(k, "pid_namespace", 32);
	fk_member(k, "idr", idr, 0);
	fk_struct(k, "xa_node", 40 + 512);
	fk_member(k, "slots", slots, 40);
}

static struct kernel make_kernel(bool percpu_rss)
{
	struct kernel s = {.k = fk_new()};
	struct fk *k = s.k;
	task_types(k, percpu_rss);
	cred_and_cgroup_types(k);
	pid_types(k);
	s.init = fk_page(k, T_SIZE);
	fk_list_init(k, s.init + T_TASKS);
	fk_symbol(k, "init_task", s.init);
	uint64_t user_ns = fk_var(k, "init_user_ns", 8, 0);
	s.cred = fk_alloc(k, 40);
	fk_put(k, s.cred + 8, 4, 33);
	fk_put(k, s.cred + 16, 4, 1 << 21);
	fk_put(k, s.cred + 32, 8, (int64_t)user_ns);
	s.css_set = make_cgroup(k);
	uint64_t ns = fk_alloc(k, 32);
	fk_symbol(k, "init_pid_ns", ns);
	s.root_node = fk_alloc(k, 40 + 512);
	fk_put(k, ns + 8, 8, (int64_t)(s.root_node | 2));
	fk_symbol(k, "process_counts", 0x100);
	return s;
}

/** A task on a page of its own; not in any list yet. */
static uint64_t make_thread(struct kernel *s, int pid, int tgid, const char *comm, uint64_t mm, uint64_t signal)
{
	struct fk *k = s->k;
	uint64_t task = fk_page(k, T_SIZE);
	fk_put(k, task + T_PID, 4, pid);
	fk_put(k, task + T_TGID, 4, tgid);
	fk_put(k, task + T_MM, 8, (int64_t)mm);
	fk_put(k, task + T_FLAGS, 4, mm ? 0x400000 : KTHREAD);
	fk_put(k, task + T_STATE, 4, 1);
	fk_put(k, task + T_PARENT, 8, (int64_t)s->init);
	fk_text(k, task + T_COMM, comm);
	fk_put(k, task + T_SIGNAL, 8, (int64_t)signal);
	fk_put(k, task + T_CRED, 8, (int64_t)s->cred);
	fk_put(k, task + T_CGROUPS, 8, (int64_t)s->css_set);
	fk_list_add_tail(k, task + T_THREAD, signal + S_HEAD);
	uint32_t threads;
	memcpy(&threads, fk_at(k, signal + S_THREADS), 4);
	fk_put(k, signal + S_THREADS, 4, threads + 1);
	return task;
}

/** A process: in the list of tasks, in the table of pids, counted. */
static uint64_t make_process(struct kernel *s, int pid, const char *comm, uint64_t mm)
{
	struct fk *k = s->k;
	uint64_t signal = fk_alloc(k, S_SIZE);
	fk_list_init(k, signal + S_HEAD);
	uint64_t task = make_thread(s, pid, pid, comm, mm, signal), number = fk_alloc(k, 64);
	fk_list_add_tail(k, task + T_TASKS, s->init + T_TASKS);
	fk_put(k, number + 16, 8, (int64_t)(task + T_LINK));
	fk_put(k, s->root_node + 40 + (uint64_t)s->nr_pids++ * 8, 8, (int64_t)number);
	fk_percpu(k, 0x100, 0, 8, s->nr_pids);
	return task;
}

static uint64_t make_mm(struct kernel *s, int64_t total_vm, const int64_t rss[4], size_t stride)
{
	uint64_t mm = fk_page(s->k, M_SIZE);
	fk_put(s->k, mm + M_TOTAL, 8, total_vm);
	fk_put(s->k, mm + M_PGTABLES, 8, 40960);
	for (uint64_t i = 0; i < 4; i++)
		fk_put(s->k, mm + M_RSS + i * stride + (stride == 40 ? 8 : 0), 8, rss[i]);
	return mm;
}

static struct oom_case *walk(struct oom_image *image)
{
	struct oom_case *c = oom_case_new();
	c->state = oom_new_state(c->arena);
	oom_add_node(c->arena, &c->state->nodes)->id = 0;
	oom_walk_tasks(image, c, false);
	return c;
}

static const struct oom_task *find(const struct oom_case *c, int64_t pid)
{
	for (size_t i = 0; i < c->state->tasks.n; i++)
		if (c->state->tasks.v[i].pid == pid)
			return &c->state->tasks.v[i];
	return NULL;
}

static bool misses(const struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], text))
			return true;
	return false;
}

static void fills_a_row(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	struct fk *k = s.k;
	uint64_t mm = make_mm(&s, 5000, (const int64_t[]){300, 2000, 70, 11}, 8);
	uint64_t db = make_process(&s, 10, "db", mm), signal;
	fk_put(k, mm + M_FLAGS, 8, 1 << 21);
	memcpy(&signal, fk_at(k, db + T_SIGNAL), 8);
	fk_put(k, signal + S_ADJ, 2, -500);
	fk_put(k, signal + S_OOM_MM, 8, (int64_t)mm);
	fk_put(k, db + T_NODES, 8, 3); // nodes 0 and 1, of which the machine has one
	uint64_t child = make_process(&s, 11, "child", mm);
	fk_put(k, child + T_PARENT, 8, (int64_t)db);
	fk_put(k, child + T_VFORK, 8, 0x1000);
	make_process(&s, 12, "kworker/0:1", 0);
	struct oom_case *c = walk(fk_open(k));
	const struct oom_task *t = find(c, 10);
	assert_int_equal(c->state->tasks.n, 3);
	assert_int_equal(t->tgid, 10);
	assert_int_equal(t->ppid, 0);
	assert_int_equal(t->uid, 33);
	assert_string_equal(t->comm, "db");
	assert_string_equal(t->state, "S");
	assert_int_equal(t->kthread, OOM_NO);
	assert_int_equal(t->oom_score_adj, -500);
	assert_int_equal(t->oom_skip, OOM_YES);
	assert_int_equal(t->oom_victim, OOM_YES);
	assert_int_equal(t->in_vfork, OOM_NO);
	assert_int_equal(t->cap_sys_admin, OOM_YES);
	assert_int_equal(t->threads, 1);
	assert_int_equal(t->total_vm_kb, 20000);
	assert_int_equal(t->pgtables_kb, 40);
	assert_string_equal(t->memcg, "/system.slice/db");
	assert_int_equal(t->mems_allowed.n, 1);
	assert_int_equal(t->mm, (int64_t)mm);
	t = find(c, 11);
	assert_int_equal(t->ppid, 10);
	assert_int_equal(t->in_vfork, OOM_YES);
	assert_int_equal(t->mm, (int64_t)mm);
	t = find(c, 12);
	assert_int_equal(t->kthread, OOM_YES);
	assert_int_equal(t->rss_kb, OOM_ABSENT);
	assert_int_equal(t->mm, OOM_ABSENT);
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	fk_free(k);
}

static void put_part(struct fk *k, uint64_t task, int kind, int value)
{
	fk_put(k, task + T_RSS + 4 + (uint64_t)kind * 4, 4, value);
}

/** Before 6.2: the OOM killer reads the mm's atomics, threads hold up to 64 pages more or less. */
static void adds_what_threads_hold(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	struct fk *k = s.k;
	uint64_t mm = make_mm(&s, 5000, (const int64_t[]){-3, 2000, 70, 11}, 8);
	uint64_t leader = make_process(&s, 10, "threads", mm), signal;
	memcpy(&signal, fk_at(k, leader + T_SIGNAL), 8);
	uint64_t second = make_thread(&s, 13, 10, "worker", mm, signal);
	put_part(k, leader, 1, 30);
	put_part(k, second, 1, -5);
	put_part(k, second, 0, 7);
	uint64_t other = make_process(&s, 11, "shares", mm); // CLONE_VM without CLONE_THREAD
	put_part(k, other, 2, 1);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = walk(image);
	for (int pid = 10; pid < 12; pid++) {
		const struct oom_task *t = find(c, pid);
		assert_int_equal(t->oom_rss_file_kb, 0);
		assert_int_equal(t->oom_rss_anon_kb, 8000);
		assert_int_equal(t->oom_rss_kb, (2000 + 11) * 4);
		assert_int_equal(t->oom_swap_kb, 280);
		assert_int_equal(t->rss_file_kb, 16);
		assert_int_equal(t->rss_anon_kb, 2025 * 4);
		assert_int_equal(t->rss_shmem_kb, 44);
		assert_int_equal(t->rss_kb, (4 + 2025 + 11) * 4);
		assert_int_equal(t->swap_kb, 284);
	}
	assert_int_equal(find(c, 10)->threads, 2);
	oom_case_free(c);
	// A thread is missing: the sum is without its part, and the report says so.
	fk_drop(k, second);
	c = walk(image);
	assert_int_equal(find(c, 10)->rss_anon_kb, 2030 * 4);
	assert_int_equal(find(c, 10)->rss_kb, (2030 + 11) * 4);
	assert_int_equal(find(c, 10)->oom_rss_kb, (2000 + 11) * 4);
	assert_true(misses(c, "rss of 2 processes: without what CPUs or threads hold"));
	oom_case_free(c);
	fk_free(k);
}

static void finds_the_mm_of_a_dead_leader(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	struct fk *k = s.k;
	uint64_t mm = make_mm(&s, 5000, (const int64_t[]){0, 2000, 0, 0}, 8);
	uint64_t leader = make_process(&s, 10, "leader", mm), signal;
	memcpy(&signal, fk_at(k, leader + T_SIGNAL), 8);
	make_thread(&s, 13, 10, "worker", mm, signal);
	fk_put(k, leader + T_MM, 8, 0);
	fk_put(k, leader + T_FLAGS, 4, 4); // PF_EXITING
	fk_put(k, leader + T_EXIT, 4, 0x20);
	uint64_t zombie = make_process(&s, 14, "zombie", mm);
	fk_put(k, zombie + T_MM, 8, 0);
	fk_put(k, zombie + T_EXIT, 4, 0x20);
	// The kernel's own table of states, as 4.14 and later have it.
	const char *names[] = {"R (running)", "S (sleeping)", "D (disk sleep)", "T (stopped)", "t (tracing stop)",
			       "X (dead)",    "Z (zombie)",   "P (parked)",	"I (idle)"};
	uint64_t table = fk_alloc(k, 72);
	for (uint64_t i = 0; i < 9; i++) {
		uint64_t at = fk_alloc(k, 32);
		fk_text(k, at, names[i]);
		fk_put(k, table + i * 8, 8, (int64_t)at);
	}
	fk_symbol(k, "task_state_array", table);
	uint64_t idle = make_process(&s, 15, "kworker", 0), parked = make_process(&s, 16, "cpuhp/1", 0);
	fk_put(k, idle + T_STATE, 4, 0x402);
	fk_put(k, parked + T_STATE, 4, 0x40);
	struct oom_case *c = walk(fk_open(k));
	assert_int_equal(find(c, 10)->mm, (int64_t)mm);
	assert_int_equal(find(c, 10)->oom_rss_kb, 8000);
	assert_string_equal(find(c, 10)->state, "Z");
	assert_int_equal(find(c, 14)->mm, OOM_ABSENT);
	assert_string_equal(find(c, 15)->state, "I");
	assert_string_equal(find(c, 16)->state, "P");
	oom_case_free(c);
	fk_free(k);
}

/** Code of oom_badness() with a call of __percpu_counter_sum() at its 20th byte, or of its neighbour. */
static void badness_code(struct fk *k, bool sums)
{
	uint64_t code = fk_page(k, 4096), sum = fk_page(k, 64);
	memset(fk_at(k, code), 0x90, 4096);
	fk_put(k, code + 20, 1, 0xe8);
	fk_put(k, code + 21, 4, (int64_t)((sums ? sum : sum + 16) - (code + 25)));
	fk_symbol(k, "oom_badness", code);
	fk_symbol(k, "__percpu_counter_sum", sum);
}

static void reads_percpu_rss(void **state)
{
	(void)state;
	// 0: percpu_counter_read_positive(), 1: get_mm_rss_sum(), 2: no code to tell it by
	for (int kind = 0; kind < 3; kind++) {
		struct kernel s = make_kernel(true);
		struct fk *k = s.k;
		uint64_t mm = make_mm(&s, 5000, (const int64_t[]){-20, 2000, 0, 11}, 40);
		for (uint64_t i = 0; i < 4; i++)
			fk_put(k, mm + M_RSS + i * 40 + 32, 8, (int64_t)(0x200 + i * 4));
		fk_percpu(k, 0x200, 0, 4, 25);
		fk_percpu(k, 0x204, 0, 4, 40);
		fk_percpu(k, 0x204, 2, 4, -15);
		make_process(&s, 10, "percpu", mm);
		if (kind < 2)
			badness_code(k, kind == 1);
		struct oom_case *c = walk(fk_open(k));
		const struct oom_task *t = find(c, 10);
		assert_int_equal(t->rss_file_kb, 20);
		assert_int_equal(t->rss_anon_kb, 2025 * 4);
		assert_int_equal(t->rss_kb, (5 + 2025 + 11) * 4);
		const int64_t reading[3] = {(2000 + 11) * 4, (5 + 2025 + 11) * 4, OOM_ABSENT};
		assert_int_equal(t->oom_rss_kb, reading[kind]);
		assert_int_equal(t->oom_rss_shmem_kb, 44); // both readings agree here
		assert_int_equal(misses(c, "OOM killer reads it cannot be told"), kind == 2);
		oom_case_free(c);
		fk_free(k);
	}
}

/** Eight processes, of which two in the middle are not in the dump. */
static void gets_around_a_hole(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	uint64_t task[8];
	for (int i = 0; i < 8; i++)
		task[i] = make_process(&s, 10 + i, "task", 0);
	struct oom_image *image = fk_open(s.k);
	fk_drop(s.k, task[2]);
	fk_drop(s.k, task[5]);
	struct oom_case *c = walk(image);
	// 10, 11 forwards; 17, 16 backwards; 13, 14 by the table of pids
	assert_int_equal(c->state->tasks.n, 6);
	assert_null(find(c, 12));
	assert_null(find(c, 15));
	assert_non_null(find(c, 13));
	assert_non_null(find(c, 14));
	assert_true(misses(c, "6 found, 2 lost"));
	oom_case_free(c);
	fk_free(s.k);
}

static void takes_zeros_for_a_hole(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	uint64_t task[4];
	for (int i = 0; i < 4; i++)
		task[i] = make_process(&s, 10 + i, "task", 0);
	struct oom_image *image = fk_open(s.k);
	memset(fk_at(s.k, task[1]), 0, T_SIZE); // an excluded page that reads as zeros
	struct oom_case *c = walk(image);
	assert_int_equal(c->state->tasks.n, 3);
	assert_true(misses(c, "3 found, 1 lost"));
	oom_case_free(c);
	fk_free(s.k);
}

static void old_task_types(struct fk *k)
{
	const char *kinds[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS"}, *ids[] = {"mem_cgroup_subsys_id"};
	fk_cpus(k);
	fk_enum(k, NULL, kinds, 3);
	fk_enum(k, "cgroup_subsys_id", ids, 1);
	int comm = fk_array(k, k->t_char, 16), counts = fk_array(k, k->t_int, 3), atomics = fk_array(k, k->t_long, 3);
	int task_rss = fk_struct(k, "task_rss_stat", 16);
	fk_member(k, "count", counts, 4);
	int link = fk_struct(k, "pid_link", 24);
	fk_member(k, "node", k->t_list, 0);
	fk_member(k, "pid", k->t_ptr, 16);
	int links = fk_array(k, link, 3);
	fk_struct(k, "task_struct", T_SIZE);
	fk_member(k, "state", k->t_long, T_STATE);
	fk_member(k, "tasks", k->t_list, T_TASKS);
	fk_member(k, "mm", k->t_ptr, T_MM);
	fk_member(k, "pid", k->t_int, T_PID);
	fk_member(k, "tgid", k->t_int, T_TGID);
	fk_member(k, "comm", comm, T_COMM);
	fk_member(k, "signal", k->t_ptr, T_SIGNAL);
	fk_member(k, "cgroups", k->t_ptr, T_CGROUPS);
	fk_member(k, "rss_stat", task_rss, T_RSS);
	fk_member(k, "thread_group", k->t_list, T_THREAD);
	fk_member(k, "pids", links, T_LINK);
	fk_struct(k, "signal_struct", S_SIZE);
	fk_member(k, "nr_threads", k->t_int, S_THREADS);
	int mm_rss = fk_struct(k, "mm_rss_stat", 24);
	fk_member(k, "count", atomics, 0);
	fk_struct(k, "mm_struct", M_SIZE);
	fk_member(k, "nr_ptes", k->t_ulong, M_PGTABLES);
	fk_member(k, "total_vm", k->t_ulong, M_TOTAL);
	fk_member(k, "rss_stat", mm_rss, M_RSS);
}

static void old_cgroup_and_pid_types(struct fk *k)
{
	int ptrs = fk_array(k, k->t_ptr, 3), one = fk_array(k, k->t_ptr, 1), chars = fk_array(k, k->t_char, 0);
	fk_struct(k, "css_set", 8);
	fk_member(k, "subsys", one, 0);
	fk_struct(k, "cgroup_subsys_state", 8);
	fk_member(k, "cgroup", k->t_ptr, 0);
	fk_struct(k, "cgroup", 16);
	fk_member(k, "parent", k->t_ptr, 0);
	fk_member(k, "name", k->t_ptr, 8);
	fk_struct(k, "cgroup_name", 16);
	fk_member(k, "name", chars, 16);
	int upid = fk_struct(k, "upid", 32);
	fk_member(k, "nr", k->t_int, 0);
	fk_member(k, "ns", k->t_ptr, 8);
	fk_member(k, "pid_chain", k->t_list, 16);
	int numbers = fk_array(k, upid, 1);
	fk_struct(k, "pid", 80);
	fk_member(k, "tasks", ptrs, 16);
	fk_member(k, "numbers", numbers, 48);
}

/** The css_set of /lxc. */
static uint64_t old_cgroup(struct fk *k)
{
	uint64_t root = fk_alloc(k, 16), group = fk_alloc(k, 16), name = fk_alloc(k, 32), css = fk_alloc(k, 8);
	uint64_t set = fk_alloc(k, 8);
	fk_text(k, name + 16, "lxc");
	fk_put(k, group, 8, (int64_t)root);
	fk_put(k, group + 8, 8, (int64_t)name);
	fk_put(k, css, 8, (int64_t)group);
	fk_put(k, set, 8, (int64_t)css);
	return set;
}

/** A struct pid for @p task, number 0 of which is in the chain at @p bucket. */
static void old_pid(struct fk *k, uint64_t task, uint64_t ns, uint64_t bucket)
{
	uint64_t pid = fk_alloc(k, 80), first;
	fk_put(k, pid + 16, 8, (int64_t)(task + T_LINK));
	memcpy(&first, fk_at(k, bucket), 8);
	fk_put(k, pid + 48 + 8, 8, (int64_t)ns);
	fk_put(k, pid + 48 + 16, 8, (int64_t)first);
	fk_put(k, bucket, 8, (int64_t)(pid + 48 + 16));
}

/** 3.10: threads in a ring, a hash of pids, cgroups that have their names themselves, page tables by number. */
static void reads_an_old_kernel(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	old_task_types(k);
	old_cgroup_and_pid_types(k);
	struct kernel s = {.k = k, .init = fk_page(k, T_SIZE), .root_node = fk_alloc(k, 1024)};
	fk_list_init(k, s.init + T_TASKS);
	fk_symbol(k, "init_task", s.init);
	uint64_t ns = fk_var(k, "init_pid_ns", 8, 0), table = fk_alloc(k, 4 * 8);
	s.css_set = old_cgroup(k);
	fk_symbol(k, "process_counts", 0x100);
	uint64_t mm = make_mm(&s, 900, (const int64_t[]){5, 100, 7, 0}, 8), task[5];
	fk_put(k, mm + M_PGTABLES, 8, 12);
	for (int i = 0; i < 5; i++) {
		task[i] = make_process(&s, 10 + i, "old", i ? 0 : mm);
		fk_list_init(k, task[i] + T_THREAD);
		old_pid(k, task[i], ns, table + (uint64_t)(i % 4) * 8);
	}
	uint64_t signal, second;
	memcpy(&signal, fk_at(k, task[0] + T_SIGNAL), 8);
	fk_list_init(k, signal + S_HEAD);
	second = make_thread(&s, 99, 10, "thread", mm, signal);
	fk_list_add_tail(k, second + T_THREAD, task[0] + T_THREAD);
	put_part(k, task[0], 1, 20);
	put_part(k, second, 1, 3);
	fk_var(k, "pid_hash", 8, (int64_t)table);
	fk_var(k, "pidhash_shift", 4, 2);
	struct oom_image *image = fk_open(k);
	fk_drop(k, task[1]);
	fk_drop(k, task[3]);
	struct oom_case *c = walk(image);
	assert_int_equal(c->state->tasks.n, 3); // the one between the holes by the hash
	assert_non_null(find(c, 12));
	const struct oom_task *t = find(c, 10);
	assert_int_equal(t->rss_anon_kb, 123 * 4);
	assert_int_equal(t->oom_rss_anon_kb, 400);
	assert_int_equal(t->rss_shmem_kb, OOM_ABSENT);
	assert_int_equal(t->rss_kb, 128 * 4);
	assert_int_equal(t->nr_ptes, 12);
	assert_int_equal(t->pgtables_kb, 48);
	assert_string_equal(t->memcg, "/lxc");
	assert_int_equal(t->kthread, OOM_MAYBE);
	assert_int_equal(t->in_vfork, OOM_MAYBE);
	oom_case_free(c);
	fk_free(k);
}

static void survives_a_cycle(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	uint64_t task[4];
	for (int i = 0; i < 4; i++)
		task[i] = make_process(&s, 10 + i, "task", 0);
	struct oom_image *image = fk_open(s.k);
	fk_put(s.k, task[2] + T_TASKS, 8, (int64_t)(task[0] + T_TASKS));
	struct oom_case *c = walk(image);
	assert_int_equal(c->state->tasks.n, 4); // the last one backwards
	oom_case_free(c);
	// Threads that lead nowhere: bounded by nr_threads.
	uint64_t signal;
	memcpy(&signal, fk_at(s.k, task[0] + T_SIGNAL), 8);
	fk_put(s.k, signal + S_THREADS, 4, 5);
	fk_put(s.k, task[0] + T_THREAD, 8, (int64_t)(task[0] + T_THREAD));
	fk_put(s.k, task[0] + T_FLAGS, 4, 0);
	c = walk(image);
	assert_int_equal(c->state->tasks.n, 4);
	oom_case_free(c);
	fk_free(s.k);
}

static void says_what_rows_lack(void **state)
{
	(void)state;
	struct kernel s = make_kernel(false);
	uint64_t mm = make_mm(&s, 5000, (const int64_t[]){0, 2000, 0, 0}, 8);
	uint64_t task = make_process(&s, 10, "task", mm);
	fk_put(s.k, task + T_CRED, 8, 0x10);
	fk_put(s.k, task + T_CGROUPS, 8, 0x10);
	fk_put(s.k, mm + M_PGD, 8, 0x1000);
	fk_put(s.k, mm + M_ARGS, 8, 0x7000);
	fk_put(s.k, mm + M_ARGS + 8, 8, 0x7010);
	struct oom_image *image = fk_open(s.k);
	struct oom_case *c = walk(image);
	const struct oom_task *t = find(c, 10);
	assert_int_equal(t->uid, OOM_ABSENT);
	assert_null(t->memcg);
	assert_null(t->cmdline);
	assert_int_equal(t->rss_kb, 8000);
	assert_true(misses(c, "uid of 1 processes"));
	assert_true(misses(c, "memcg of 1 processes"));
	assert_true(misses(c, "cmdline of 1 processes"));
	oom_case_free(c);
	fk_drop(s.k, mm);
	c = walk(image);
	t = find(c, 10);
	assert_int_equal(t->rss_kb, OOM_ABSENT);
	assert_int_equal(t->oom_rss_kb, OOM_ABSENT);
	assert_int_equal(t->total_vm_kb, OOM_ABSENT);
	assert_int_equal(t->oom_skip, OOM_MAYBE);
	assert_true(misses(c, "rss of 1 processes"));
	oom_case_free(c);
	fk_free(s.k);
	struct fk *k = fk_new(); // no types
	c = walk(fk_open(k));
	assert_false(c->state->tasks.known);
	assert_true(misses(c, "no description of struct task_struct"));
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_a_row),
		cmocka_unit_test(adds_what_threads_hold),
		cmocka_unit_test(finds_the_mm_of_a_dead_leader),
		cmocka_unit_test(reads_percpu_rss),
		cmocka_unit_test(gets_around_a_hole),
		cmocka_unit_test(takes_zeros_for_a_hole),
		cmocka_unit_test(reads_an_old_kernel),
		cmocka_unit_test(survives_a_cycle),
		cmocka_unit_test(says_what_rows_lack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
