// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The parts of the task walker: finding the processes (tasklist.c), their memory (mm.c), their cgroup (cgroup.c),
 * put together in tasks.c.
 */
#ifndef OOM_TASKS_H
#define OOM_TASKS_H

#include "kernel/walk.h"

/** Members of struct task_struct, of the leader of each process. */
enum {
	T_TASKS,
	T_TASKS_PREV,
	T_FLAGS,
	T_STATE,
	T_EXIT_STATE,
	T_PID,
	T_TGID,
	T_REAL_PARENT,
	T_GROUP_LEADER,
	T_MM,
	T_COMM,
	T_SIGNAL,
	T_REAL_CRED,
	T_CGROUPS,
	T_VFORK_DONE,
	T_MEMS_ALLOWED,
	T_RSS,
	T_THREAD_NODE,
	T_THREAD_GROUP,
	T_NR
};

/** Members of struct signal_struct. */
enum { S_NR_THREADS, S_ADJ, S_OOM_MM, S_THREAD_HEAD, S_NR };

/* tasklist.c */

/** What is known about processes that were not found. */
struct oom_tasklist {
	size_t found;
	int64_t lost;	     // processes that the kernel counted and we did not find; OOM_ABSENT
	bool broken;	     // the list broke off
	uint64_t broken_at;  // the task_struct that could not be read
	bool table_searched; // the table of pids was searched, and could be read
};

/** Gets each process, its leader in the record; returns false to stop. */
typedef bool oom_task_fn(void *arg, struct oom_record *task);

/**
 * Every process: init_task.tasks forwards; where that breaks off, backwards from init_task, then by the table of pids.
 * @param[in] task a record of layout T_*, which is used for reading
 * @param[in,out] seen is empty at first; the task_structs that were visited
 */
void oom_tasklist_each(struct oom_record *task, const struct oom_percpu *percpu, struct oom_map *seen,
		       oom_task_fn *each, void *arg, struct oom_tasklist *ret);
/** Processes that the kernel counts (process_counts); OOM_ABSENT. */
int64_t oom_tasklist_count(const struct oom_percpu *percpu);

/* mm.c */

enum { RSS_FILE, RSS_ANON, RSS_SWAP, RSS_SHMEM, RSS_NR };

/** One address space. Pages; OOM_ABSENT where unknown. */
struct oom_mm {
	int64_t exact[RSS_NR], kernel[RSS_NR]; // with all parts; as the OOM killer of this kernel reads it
	int64_t pgtables_kb, nr_ptes, total_vm, locked_vm, hugetlb;
	oom_tri oom_skip;
	uint64_t addr, pgd, arg_start, arg_end;
	bool ok; // the mm_struct could be read
	// All per-CPU and per-thread parts could be read; else exact is off by what the others hold, at most some 64
	// pages for each CPU or thread (TASK_RSS_EVENTS_THRESH; percpu_counter_batch is 32, or twice the CPUs).
	bool parts;
};

/** How this kernel counts RSS, resolved once; mms by address. */
struct oom_mms;

struct oom_mms *oom_mms_new(struct oom_image *image, const struct oom_percpu *percpu, struct oom_arena *arena);
void oom_mms_free(struct oom_mms *mms); // NULL is allowed
/** The mm at @p addr, read at the first call; NULL without memory. The address holds until the next call. */
struct oom_mm *oom_mms_get(struct oom_mms *mms, uint64_t addr);
/** Does each thread keep a part of its mm's counters (before 6.2)? */
bool oom_mms_thread_parts(const struct oom_mms *mms);
/** Adds the part that the thread in @p task keeps (its member @p rss: task_struct.rss_stat.count[]). */
void oom_mms_add_part(struct oom_mms *mms, uint64_t addr, const struct oom_record *task, size_t rss);
/** The parts of some threads of @p addr could not be read. */
void oom_mms_part_lost(struct oom_mms *mms, uint64_t addr);
/** Command line, NULs as spaces, at most 4 KiB; NULL: not in the dump. In @p arena. */
const char *oom_mm_cmdline(struct oom_image *image, const struct oom_mm *mm, struct oom_arena *arena);

/* cgroup.c */

struct oom_cgroups;

struct oom_cgroups *oom_cgroups_new(struct oom_image *image, struct oom_arena *temp, struct oom_arena *keep);
void oom_cgroups_free(struct oom_cgroups *cgroups); // NULL is allowed
/** Path of the memory cgroup of the css_set at @p css_set; NULL: no such controller, or not readable. */
const char *oom_cgroups_memory_path(struct oom_cgroups *cgroups, uint64_t css_set);
/** Path of the cgroup at @p cgroup (struct cgroup, not 0), also of one that was removed; NULL. */
const char *oom_cgroups_path(struct oom_cgroups *cgroups, uint64_t cgroup);
/** How often a path could not be read. */
size_t oom_cgroups_lost(const struct oom_cgroups *cgroups);

#endif
