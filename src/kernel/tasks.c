// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Processes and kernel threads, one row for each thread group. Source: include/linux/sched.h,
 * include/linux/sched/signal.h, mm/oom_kill.c (dump_task(), oom_badness()), fs/proc/array.c.
 *
 * First each process is found and read once. What needs another process or all of them (parents, shared address
 * spaces) is filled in afterwards.
 */
#include "case/container.h"
#include "kernel/kernel.h"
#include "kernel/tasks.h"

#include <stdlib.h>
#include <string.h>

static const struct oom_want task_wants[T_NR] = {
	[T_TASKS] = {"task_struct", "tasks", NULL},
	[T_TASKS_PREV] = {"task_struct", "tasks.prev", NULL},
	[T_FLAGS] = {"task_struct", "flags", NULL},
	[T_STATE] = {"task_struct", "__state", "state"}, // renamed in 5.14 (2f064a59a11f)
	[T_EXIT_STATE] = {"task_struct", "exit_state", NULL},
	[T_PID] = {"task_struct", "pid", NULL},
	[T_TGID] = {"task_struct", "tgid", NULL},
	[T_REAL_PARENT] = {"task_struct", "real_parent", NULL},
	[T_GROUP_LEADER] = {"task_struct", "group_leader", NULL},
	[T_MM] = {"task_struct", "mm", NULL},
	[T_COMM] = {"task_struct", "comm", NULL},
	[T_SIGNAL] = {"task_struct", "signal", NULL},
	[T_REAL_CRED] = {"task_struct", "real_cred", NULL},
	[T_CGROUPS] = {"task_struct", "cgroups", NULL},
	[T_VFORK_DONE] = {"task_struct", "vfork_done", NULL},
	[T_MEMS_ALLOWED] = {"task_struct", "mems_allowed", NULL},
	[T_RSS] = {"task_struct", "rss_stat.count", NULL}, // before 6.2
	[T_THREAD_NODE] = {"task_struct", "thread_node", NULL},
	[T_THREAD_GROUP] = {"task_struct", "thread_group", NULL},
};

static const struct oom_want signal_wants[S_NR] = {
	[S_NR_THREADS] = {"signal_struct", "nr_threads", NULL},
	[S_ADJ] = {"signal_struct", "oom_score_adj", NULL},
	[S_OOM_MM] = {"signal_struct", "oom_mm", NULL}, // 4.10
	[S_THREAD_HEAD] = {"signal_struct", "thread_head", NULL},
};

enum { C_UID, C_CAP, C_USER_NS, C_NR };
static const struct oom_want cred_wants[C_NR] = {
	[C_UID] = {"cred", "uid", NULL},
	[C_CAP] = {"cred", "cap_effective.val", "cap_effective.cap"}, // one u64 since 6.3, two u32 before
	[C_USER_NS] = {"cred", "user_ns", NULL},
};

/** What is read of the other threads of a process. */
enum { TH_MM, TH_RSS, TH_NODE, TH_NR };

enum {
	PF_KTHREAD = 0x00200000, // include/linux/sched.h, since 2.6.27
	CAP_SYS_ADMIN = 21,
	THREADS_MAX = 1 << 22,
	CMDLINES_MAX = 512,
	CMDLINE_MISSES_MAX = 128, // in a row
	ROOM_MAX = 1 << 16,	  // rows that memory is set aside for at once
	NR_STATES = 9,
	TASK_PARKED = 0x40,
	TASK_NOLOAD_UNINTERRUPTIBLE = 0x402, // since 4.14
};

/** What a row leaves for the second round. */
struct later {
	uint64_t task, real_parent, task_mm, mm; // mm: through another thread where the leader has exited
	bool vfork;
};

struct tasks_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_percpu percpu;
	struct oom_layout task_layout, signal_layout, cred_layout, thread_layout;
	struct oom_record task, signal, cred, thread;
	struct oom_mms *mms;
	struct oom_cgroups *cgroups;
	uint64_t init_user_ns;
	char states[NR_STATES]; // letters of /proc/PID/stat by the number of the highest bit; 0: unknown
	struct later *later;	// of each row
	size_t later_cap;
	uint8_t nodes_bits[512]; // mems_allowed of the row before: mostly the same
	struct oom_ints nodes;
	// How many processes lack something.
	size_t no_mm, no_parts, no_signal, no_cred, no_cmdline, unread_cmdlines, no_threads, no_reading;
};

/**
 * Letters of the states. The order of exit states, and which bits are told apart, changed several times; the kernel's
 * own table for /proc/PID/status, task_state_array[] in fs/proc/array.c, begins each name with the letter.
 */
static void find_states(struct tasks_walk *w)
{
	uint64_t table;
	size_t word = oom_image_info(w->image)->ptr_size;
	memcpy(w->states, "RSDTt", 5); // these never changed
	if (oom_symbol(w->image, "task_state_array", &table) != OOM_OK)
		return;
	for (size_t i = 0; i < NR_STATES; i++) {
		uint8_t letter;
		uint64_t text = oom_deref(w->image, table + i * word);
		if (!text || oom_read_u8(w->image, text, &letter) != OOM_OK ||
		    !((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')))
			return;
		w->states[i] = (char)letter;
	}
}

static const char *state_of(struct tasks_walk *w)
{
	int64_t state = oom_record_int(&w->task, T_STATE), exit_state = oom_record_int(&w->task, T_EXIT_STATE);
	if (!oom_known(state) || !oom_known(exit_state))
		return NULL;
	uint64_t bits = ((uint64_t)state & 0xf) | ((uint64_t)exit_state & 0x30);
	if (w->states[7] == 'P')
		bits |= (uint64_t)state & TASK_PARKED;
	size_t at = bits ? (size_t)(64 - __builtin_clzll(bits)) : 0;
	if (w->states[8] == 'I' && !(exit_state & 0x30) &&
	    (state & TASK_NOLOAD_UNINTERRUPTIBLE) == TASK_NOLOAD_UNINTERRUPTIBLE)
		at = 8;
	return at < NR_STATES && w->states[at] ? oom_strndup(w->c->arena, &w->states[at], 1) : NULL;
}

/** The nodes of mems_allowed that this machine has. */
static void add_nodes(struct tasks_walk *w, struct oom_task *row)
{
	const uint8_t *bits = oom_record_bytes(&w->task, T_MEMS_ALLOWED);
	size_t len = w->task_layout.m[T_MEMS_ALLOWED].size;
	const struct oom_nodes *nodes = &w->c->state->nodes;
	if (!bits || len > sizeof(w->nodes_bits) || !nodes->n)
		return;
	if (!w->nodes.known || memcmp(w->nodes_bits, bits, len) != 0) {
		w->nodes = (struct oom_ints){.known = true};
		for (size_t i = 0; i < nodes->n; i++)
			if (nodes->v[i].id >= 0 && oom_bitmap_test(w->image, bits, len, (size_t)nodes->v[i].id))
				oom_ints_add(w->c->arena, &w->nodes, nodes->v[i].id);
		memcpy(w->nodes_bits, bits, len);
	}
	row->mems_allowed = w->nodes; // rows share the list; nobody adds to it
}

static void add_signal(struct tasks_walk *w, struct oom_task *row)
{
	if (!oom_record_read(&w->signal, oom_record_ptr(&w->task, T_SIGNAL))) {
		w->no_signal++;
		return;
	}
	row->threads = oom_record_signed(&w->signal, S_NR_THREADS);
	row->oom_score_adj = oom_record_signed(&w->signal, S_ADJ);
	if (oom_record_has(&w->signal, S_OOM_MM))
		row->oom_victim = oom_record_ptr(&w->signal, S_OOM_MM) ? OOM_YES : OOM_NO;
}

/** The user as the OOM report prints it, task_uid(): the real one, of the objective credentials. */
static void add_cred(struct tasks_walk *w, struct oom_task *row)
{
	if (!oom_record_read(&w->cred, oom_record_ptr(&w->task, T_REAL_CRED))) {
		w->no_cred++;
		return;
	}
	const uint8_t *uid = oom_record_bytes(&w->cred, C_UID);
	row->uid = uid ? (int64_t)oom_get_uint(w->image, uid, 4) : OOM_ABSENT; // kuid_t: a struct of one u32
	const uint8_t *cap = oom_record_bytes(&w->cred, C_CAP);
	if (!cap || !w->init_user_ns || !oom_record_has(&w->cred, C_USER_NS))
		return;
	uint64_t bits = oom_get_uint(w->image, cap, w->cred_layout.m[C_CAP].count ? 4 : 8);
	row->cap_sys_admin = (bits >> CAP_SYS_ADMIN & 1) && oom_record_ptr(&w->cred, C_USER_NS) == w->init_user_ns;
}

/**
 * The threads of the process in w->task: adds what each holds of its mm's counters, and finds the mm of a process
 * whose leader has exited, as find_lock_task_mm() does.
 */
static uint64_t walk_threads(struct tasks_walk *w, int64_t threads)
{
	// signal_struct.thread_head since 3.15 (0c740d0afc3b); before, and until 6.7, a ring of thread_group.
	bool ring = !w->signal_layout.m[S_THREAD_HEAD].known;
	uint64_t link = w->thread_layout.m[TH_NODE].offset, mm = oom_record_ptr(&w->task, T_MM), first = mm;
	uint64_t head = ring ? oom_record_addr(&w->task, T_THREAD_GROUP) : oom_record_addr(&w->signal, S_THREAD_HEAD);
	uint64_t at = head && w->thread_layout.m[TH_NODE].known ? oom_deref(w->image, head) : 0;
	if (ring)
		oom_mms_add_part(w->mms, mm, &w->task, T_RSS);
	int64_t n = 0;
	for (; at && at != head && n < THREADS_MAX && n <= threads; n++) {
		if (!oom_record_read(&w->thread, at - link))
			break;
		uint64_t its = oom_record_ptr(&w->thread, TH_MM);
		first = first ? first : its;
		if (its && oom_mms_thread_parts(w->mms))
			oom_mms_add_part(w->mms, its, &w->thread, TH_RSS);
		at = oom_record_ptr(&w->thread, TH_NODE);
	}
	if (at != head && first) {
		w->no_threads++;
		if (oom_mms_thread_parts(w->mms))
			oom_mms_part_lost(w->mms, first);
	}
	return first;
}

static uint64_t find_mm(struct tasks_walk *w, const struct oom_task *row)
{
	uint64_t mm = oom_record_ptr(&w->task, T_MM);
	int64_t threads = oom_or(row->threads, 1);
	if (row->kthread == OOM_YES)
		return 0;
	if (threads > 1 && (!mm || (oom_mms_thread_parts(w->mms) && w->task_layout.m[T_RSS].known)))
		return walk_threads(w, threads);
	if (mm && oom_mms_thread_parts(w->mms))
		oom_mms_add_part(w->mms, mm, &w->task, T_RSS);
	return mm;
}

static struct later *add_later(struct tasks_walk *w, size_t i)
{
	if (i >= w->later_cap) {
		size_t cap = w->later_cap ? w->later_cap * 2 : 256;
		struct later *more =
			cap > i && cap <= SIZE_MAX / sizeof(*more) ? realloc(w->later, cap * sizeof(*more)) : NULL;
		if (!more)
			return NULL;
		w->later = more;
		w->later_cap = cap;
	}
	w->later[i] = (struct later){0};
	return &w->later[i];
}

static bool add_task(void *arg, struct oom_record *task)
{
	struct tasks_walk *w = arg;
	struct oom_tasks *tasks = &w->c->state->tasks;
	struct later *later = add_later(w, tasks->n);
	struct oom_task *row = later ? oom_add_task(w->c->arena, tasks) : NULL;
	if (!row)
		return false;
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct task_struct", (int64_t)task->addr};
	row->pid = oom_record_signed(task, T_PID);
	row->tgid = oom_record_signed(task, T_TGID);
	row->comm = oom_record_text(task, T_COMM, w->c->arena);
	oom_record_words(task, T_COMM, OOM_WORDS_KEEP);
	row->state = state_of(w);
	row->flags = oom_record_int(task, T_FLAGS);
	if (oom_known(row->flags))
		row->kthread = row->flags & PF_KTHREAD ? OOM_YES : OOM_NO;
	add_signal(w, row);
	add_cred(w, row);
	add_nodes(w, row);
	row->memcg = oom_cgroups_memory_path(w->cgroups, oom_record_ptr(task, T_CGROUPS));
	oom_container_of(row->memcg, w->c->arena, &row->container, &row->pod);
	later->task = task->addr;
	later->real_parent = oom_record_ptr(task, T_REAL_PARENT);
	later->task_mm = oom_record_ptr(task, T_MM);
	later->vfork = oom_record_ptr(task, T_VFORK_DONE) != 0;
	later->mm = find_mm(w, row);
	return true;
}

/** File, anonymous and shared pages together. */
static int64_t rss_kb(const struct oom_image *image, const int64_t *pages)
{
	// An exact sum can be a few pages below 0 while other CPUs count: then it is 0. Before 4.5 shmem is part of
	// file.
	int64_t file = oom_pages_kb(image, pages[RSS_FILE]), anon = oom_pages_kb(image, pages[RSS_ANON]);
	int64_t shmem = oom_pages_kb(image, pages[RSS_SHMEM]);
	return oom_known(file) && oom_known(anon) ? file + anon + oom_or(shmem, 0) : OOM_ABSENT;
}

static void fill_mm(struct tasks_walk *w, struct oom_task *row, const struct oom_mm *mm)
{
	struct oom_image *image = w->image;
	row->mm = (int64_t)mm->addr;
	w->no_mm += !mm->ok;
	w->no_parts += mm->ok && !mm->parts;
	row->pgtables_kb = mm->pgtables_kb;
	row->nr_ptes = mm->nr_ptes;
	row->total_vm_kb = oom_pages_kb(image, mm->total_vm);
	row->locked_kb = oom_pages_kb(image, mm->locked_vm);
	row->hugetlb_kb = oom_pages_kb(image, mm->hugetlb);
	row->oom_skip = mm->oom_skip;
	row->rss_kb = rss_kb(image, mm->exact);
	row->rss_anon_kb = oom_pages_kb(image, mm->exact[RSS_ANON]);
	row->rss_file_kb = oom_pages_kb(image, mm->exact[RSS_FILE]);
	row->rss_shmem_kb = oom_pages_kb(image, mm->exact[RSS_SHMEM]);
	row->swap_kb = oom_pages_kb(image, mm->exact[RSS_SWAP]);
	row->oom_rss_kb = rss_kb(image, mm->kernel);
	row->oom_rss_anon_kb = oom_pages_kb(image, mm->kernel[RSS_ANON]);
	row->oom_rss_file_kb = oom_pages_kb(image, mm->kernel[RSS_FILE]);
	row->oom_rss_shmem_kb = oom_pages_kb(image, mm->kernel[RSS_SHMEM]);
	row->oom_swap_kb = oom_pages_kb(image, mm->kernel[RSS_SWAP]);
	w->no_reading += mm->ok && !oom_known(row->oom_rss_kb);
}

/** tgid and mm of the task at @p addr, which is a process that we have, or one of its other threads. */
static void look_at_parent(struct tasks_walk *w, const struct oom_map *seen, uint64_t addr, int64_t *tgid, uint64_t *mm)
{
	const struct oom_tasks *tasks = &w->c->state->tasks;
	const uint64_t *i = oom_map_get(seen, addr);
	if (i && *i < tasks->n && w->later[*i].task == addr) {
		*tgid = tasks->v[*i].tgid;
		*mm = w->later[*i].task_mm;
		return;
	}
	uint32_t value;
	if (addr && w->task_layout.m[T_TGID].known &&
	    oom_read_u32(w->image, addr + w->task_layout.m[T_TGID].offset, &value) == OOM_OK)
		*tgid = (int32_t)value;
	if (addr && w->task_layout.m[T_MM].known)
		*mm = oom_deref(w->image, addr + w->task_layout.m[T_MM].offset);
}

static void second_round(struct tasks_walk *w, const struct oom_map *seen)
{
	struct oom_tasks *tasks = &w->c->state->tasks;
	for (size_t i = 0; i < tasks->n; i++) {
		struct oom_task *row = &tasks->v[i];
		const struct later *later = &w->later[i];
		uint64_t parent_mm = 0;
		look_at_parent(w, seen, later->real_parent, &row->ppid, &parent_mm);
		// in_vfork() of include/linux/sched/mm.h (4.6): the parent waits, and lends its address space.
		if (w->task_layout.m[T_VFORK_DONE].known)
			row->in_vfork = later->vfork && later->task_mm && parent_mm == later->task_mm;
		const struct oom_mm *mm = later->mm ? oom_mms_get(w->mms, later->mm) : NULL;
		if (mm)
			fill_mm(w, row, mm);
	}
}

struct by_size {
	int64_t kb;
	size_t row;
};

static int larger_first(const void *a, const void *b)
{
	const struct by_size *left = a, *right = b;
	if (left->kb != right->kb)
		return left->kb < right->kb ? 1 : -1;
	return left->row < right->row ? -1 : left->row > right->row;
}

/**
 * Command lines, of the largest processes first: each costs half a dozen pages of page tables and user memory. Most
 * dumps have no user memory at all; then the rest is not tried.
 */
static void add_cmdlines(struct tasks_walk *w, bool deep)
{
	struct oom_tasks *tasks = &w->c->state->tasks;
	struct by_size *order = calloc(tasks->n ? tasks->n : 1, sizeof(*order));
	size_t n = 0, misses = 0;
	for (size_t i = 0; order && i < tasks->n; i++)
		if (oom_known(tasks->v[i].mm))
			order[n++] = (struct by_size){oom_or(tasks->v[i].rss_kb, 0), i};
	if (n)
		qsort(order, n, sizeof(*order), larger_first);
	for (size_t i = 0; i < n; i++) {
		struct oom_task *row = &tasks->v[order[i].row];
		const struct oom_mm *mm = oom_mms_get(w->mms, (uint64_t)row->mm);
		if (!mm || mm->arg_end <= mm->arg_start) // none, not readable, or not set up yet
			continue;
		if (!deep && (i >= CMDLINES_MAX || misses >= CMDLINE_MISSES_MAX)) {
			w->unread_cmdlines++;
			continue;
		}
		row->cmdline = oom_mm_cmdline(w->image, mm, w->c->arena);
		misses = row->cmdline ? 0 : misses + 1;
		w->no_cmdline += !row->cmdline;
	}
	free(order);
}

static void tell_missing(struct tasks_walk *w, const struct oom_tasklist *list)
{
	struct oom_case *c = w->c;
	unsigned long long at = list->broken_at;
	// Kernel structures are in every dump that was made well: without one, the dump is a part of what it should be.
	if (list->broken || w->no_mm || w->no_parts || w->no_signal || w->no_cred || w->no_threads)
		c->source.complete = OOM_NO;
	if (list->broken && !list->found)
		oom_case_missing(c, "tasks: init_task is not in the dump, nor are the tables of pids");
	else if (list->broken && !oom_known(list->lost))
		oom_case_missing(c, "tasks: %zu found, the list breaks off at 0x%llx, how many are lost is not known",
				 list->found, at);
	else if (list->broken && list->lost)
		oom_case_missing(c,
				 "tasks: %zu found, %lld lost, the list breaks off at 0x%llx, which is not in the dump",
				 list->found, (long long)list->lost, at);
	const struct {
		size_t n;
		const char *what, *why;
	} lines[] = {
		{w->no_mm, "rss", "not in the dump (struct mm_struct)"},
		{w->no_parts, "rss", "without what CPUs or threads hold that are not in the dump, up to 64 pages each"},
		{w->no_reading, "oom_rss", "how this kernel's OOM killer reads it cannot be told"},
		{w->no_signal, "oom_score_adj", "not in the dump (struct signal_struct)"},
		{w->no_cred, "uid", "not in the dump (struct cred)"},
		{w->no_threads, "threads", "not all are in the dump"},
		{oom_cgroups_lost(w->cgroups), "memcg", "not in the dump"},
		{w->no_cmdline, "cmdline", "user memory is swapped out or not in the dump"},
		{w->unread_cmdlines, "cmdline", "not tried (--deep tries)"},
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (lines[i].n)
			oom_case_missing(c, "tasks: %s of %zu processes: %s", lines[i].what, lines[i].n, lines[i].why);
}

static bool prepare(struct tasks_walk *w, struct oom_arena *temp)
{
	static const struct oom_want thread_wants[TH_NR] = {
		[TH_MM] = {"task_struct", "mm", NULL},
		[TH_RSS] = {"task_struct", "rss_stat.count", NULL},
		[TH_NODE] = {"task_struct", "thread_node", "thread_group"},
	};
	struct oom_image *image = w->image;
	oom_layout_find(&w->task_layout, image, task_wants, T_NR);
	oom_layout_find(&w->signal_layout, image, signal_wants, S_NR);
	oom_layout_find(&w->cred_layout, image, cred_wants, C_NR);
	oom_layout_find(&w->thread_layout, image, thread_wants, TH_NR);
	if (oom_symbol(image, "init_user_ns", &w->init_user_ns) != OOM_OK)
		w->init_user_ns = 0;
	oom_percpu_init(&w->percpu, image, temp);
	find_states(w);
	w->mms = oom_mms_new(image, &w->percpu, temp);
	w->cgroups = oom_cgroups_new(image, temp, w->c->arena);
	return w->mms && w->cgroups && oom_record_init(&w->task, image, &w->task_layout, temp) &&
	       oom_record_init(&w->signal, image, &w->signal_layout, temp) &&
	       oom_record_init(&w->cred, image, &w->cred_layout, temp) &&
	       oom_record_init(&w->thread, image, &w->thread_layout, temp);
}

/** Memory for all rows at once, so that growing does not leave the old ones behind in the arena. */
static void make_room(struct oom_arena *arena, struct oom_tasks *tasks, int64_t count)
{
	if (tasks->v || count <= 0 || count > ROOM_MAX)
		return;
	tasks->v = oom_alloc(arena, (size_t)count * sizeof(*tasks->v));
	tasks->cap = tasks->v ? (size_t)count : 0;
}

void oom_walk_tasks(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	OOM_MAP struct oom_map seen = {0};
	struct tasks_walk w = {.image = image, .c = c};
	struct oom_tasklist list;
	if (!temp || !oom_case_state(c))
		return;
	if (oom_member(image, "task_struct", "tasks", &w.task_layout.m[T_TASKS]) != OOM_OK) {
		oom_case_missing(c, "tasks: no description of struct task_struct");
		return;
	}
	if (prepare(&w, temp)) {
		make_room(c->arena, &c->state->tasks, oom_tasklist_count(&w.percpu));
		oom_tasklist_each(&w.task, &w.percpu, &seen, add_task, &w, &list);
		c->state->tasks.known = list.found > 0;
		second_round(&w, &seen);
		if (!list.broken)
			c->state->totals.tasks = (int64_t)c->state->tasks.n;
		add_cmdlines(&w, deep);
		tell_missing(&w, &list);
	}
	oom_mms_free(w.mms);
	oom_cgroups_free(w.cgroups);
	free(w.later);
}
