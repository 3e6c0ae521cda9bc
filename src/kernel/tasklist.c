// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Finds every process of a dump, also of one that lacks pages of slab (a makedumpfile older than the kernel takes
 * them for something else, KERNEL-FACTS.md).
 *
 *   1. init_task.tasks forwards, the list of all thread group leaders
 *   2. if a task_struct cannot be read: backwards, from the other end
 *   3. then by the table of pids: pid_hash[] before 4.15, an IDR on a radix tree, on an xarray since 4.20
 *      (95846ecf9dac): pid -> struct pid -> tasks[] -> task_struct
 *
 * How many are lost then is told by process_counts, a per-CPU count of processes (kernel/fork.c), or nr_threads.
 */
#include "kernel/tasks.h"

enum {
	TASKS_MAX = 1 << 22, // PID_MAX_LIMIT
	TABLE_NODES_MAX = 1 << 20,
	HASH_SHIFT_MAX = 20,
};

struct search {
	struct oom_image *image;
	struct oom_record *task;
	struct oom_map *seen;
	oom_task_fn *each;
	void *arg;
	struct oom_tasklist *ret;
	uint64_t init_task;
	bool stop;
	// struct pid
	struct oom_member pid_tasks, pid_numbers, upid_ns, upid_chain;
	struct oom_member link; // in task_struct, of PIDTYPE_PID
};

/** A page that was excluded may read as zeros: no task_struct has these members 0. */
static bool plausible(const struct oom_record *task)
{
	int64_t pid = oom_record_int(task, T_PID), tgid = oom_record_int(task, T_TGID);
	return oom_record_ptr(task, T_TASKS) && oom_record_ptr(task, T_TASKS_PREV) && oom_record_has(task, T_COMM) &&
	       pid >= 0 && pid <= TASKS_MAX && tgid >= 0 && tgid <= TASKS_MAX &&
	       (oom_record_ptr(task, T_SIGNAL) || oom_record_ptr(task, T_GROUP_LEADER));
}

/** Reads the task at @p addr and passes it on unless it was seen before. False if it cannot be read. */
static bool take(struct search *s, uint64_t addr)
{
	if (!oom_record_read(s->task, addr) || !plausible(s->task))
		return false;
	if (s->ret->found >= TASKS_MAX || !oom_map_add(s->seen, addr, s->ret->found))
		return true;
	s->ret->found++;
	s->stop = !s->each(s->arg, s->task);
	return true;
}

/** Follows tasks.next or .prev (@p link) from init_task. True if it came back there. */
static bool follow(struct search *s, size_t link)
{
	uint64_t offset = s->task->layout->m[T_TASKS].offset;
	uint64_t at = oom_deref(s->image, s->init_task + s->task->layout->m[link].offset);
	for (size_t i = 0; i <= TASKS_MAX && !s->stop; i++) {
		if (at - offset == s->init_task)
			return true;
		// Seen before: a cycle, or backwards the place where the way forwards ended.
		if (!at || oom_map_get(s->seen, at - offset))
			return false;
		if (!take(s, at - offset)) {
			s->ret->broken_at = at - offset;
			return false;
		}
		at = oom_record_ptr(s->task, link);
	}
	return s->stop;
}

/** The task that struct pid @p pid belongs to, if that is a process and not another of its threads. */
static bool take_pid(void *arg, uint64_t pid)
{
	struct search *s = arg;
	uint64_t node = oom_deref(s->image, pid + s->pid_tasks.offset); // tasks[PIDTYPE_PID].first
	if (!node)
		return true;
	uint64_t addr = node - s->link.offset;
	if (oom_map_get(s->seen, addr) || !oom_record_read(s->task, addr) || !plausible(s->task))
		return true;
	if (oom_record_int(s->task, T_PID) == oom_record_int(s->task, T_TGID) && oom_record_int(s->task, T_PID) != 0 &&
	    addr != s->init_task)
		take(s, addr);
	return !s->stop;
}

/** One bucket of pid_hash: a chain of struct upid, which lie in struct pid. */
static bool take_chain(struct search *s, uint64_t upid, uint64_t init_ns)
{
	for (int i = 0; i < TASKS_MAX && upid; i++) {
		uint64_t at = upid - s->upid_chain.offset;
		uint64_t ns, next;
		if (oom_read_ulong(s->image, at + s->upid_ns.offset, &ns) != OOM_OK ||
		    oom_read_ulong(s->image, upid, &next) != OOM_OK)
			return false;
		// numbers[0] is the number in the first namespace.
		if (ns == init_ns)
			take_pid(s, at - s->pid_numbers.offset);
		upid = next;
	}
	return true;
}

static bool search_hash(struct search *s, uint64_t init_ns)
{
	uint64_t table = oom_variable_ptr(s->image, "pid_hash");
	int64_t shift = oom_variable(s->image, "pidhash_shift", 4);
	size_t word = oom_image_info(s->image)->ptr_size;
	if (!table || shift < 0 || shift > HASH_SHIFT_MAX ||
	    oom_member(s->image, "pid", "numbers", &s->pid_numbers) != OOM_OK ||
	    oom_member(s->image, "upid", "ns", &s->upid_ns) != OOM_OK ||
	    oom_member(s->image, "upid", "pid_chain", &s->upid_chain) != OOM_OK)
		return false;
	bool all = true;
	for (uint64_t i = 0; i < UINT64_C(1) << shift && !s->stop; i++)
		all &= take_chain(s, oom_deref(s->image, table + i * word), init_ns);
	return all;
}

static bool search_table(struct search *s)
{
	struct oom_member root;
	uint64_t init_ns;
	if (oom_symbol(s->image, "init_pid_ns", &init_ns) != OOM_OK ||
	    oom_member(s->image, "pid", "tasks", &s->pid_tasks) != OOM_OK ||
	    // pids[] of struct pid_link before 4.19 (2c4704756cab), which begins with the node.
	    (oom_member(s->image, "task_struct", "pid_links", &s->link) != OOM_OK &&
	     oom_member(s->image, "task_struct", "pids", &s->link) != OOM_OK))
		return false;
	if (oom_member(s->image, "pid_namespace", "idr.idr_rt.xa_head", &root) != OOM_OK &&
	    oom_member(s->image, "pid_namespace", "idr.idr_rt.rnode", &root) != OOM_OK)
		return search_hash(s, init_ns);
	return oom_xarray_each(s->image, oom_deref(s->image, init_ns + root.offset), TABLE_NODES_MAX, take_pid, s);
}

int64_t oom_tasklist_count(const struct oom_percpu *percpu)
{
	int64_t n = oom_percpu_variable(percpu, "process_counts", 0);
	return n >= 0 && n <= TASKS_MAX ? n : OOM_ABSENT;
}

void oom_tasklist_each(struct oom_record *task, const struct oom_percpu *percpu, struct oom_map *seen,
		       oom_task_fn *each, void *arg, struct oom_tasklist *ret)
{
	struct search s = {.image = task->image, .task = task, .seen = seen, .each = each, .arg = arg, .ret = ret};
	*ret = (struct oom_tasklist){.lost = OOM_ABSENT};
	if (oom_symbol(s.image, "init_task", &s.init_task) != OOM_OK || !task->layout->m[T_TASKS].known) {
		ret->broken = true;
		return;
	}
	if (!follow(&s, T_TASKS)) {
		uint64_t broken_at = ret->broken_at;
		ret->broken = true;
		follow(&s, T_TASKS_PREV);
		ret->broken_at = broken_at ? broken_at : ret->broken_at;
		ret->table_searched = !s.stop && search_table(&s);
	}
	int64_t count = oom_tasklist_count(percpu);
	if (oom_known(count))
		ret->lost = count > (int64_t)ret->found ? count - (int64_t)ret->found : 0;
}
