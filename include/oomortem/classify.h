// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The verdict: a pure function of the case. No I/O, no globals, the same answer from every front end.
 *
 * Ids (cause, consumer, scope, outcome, confidence) are CONTRACT.md's, to the letter.
 */
#ifndef OOMORTEM_CLASSIFY_H
#define OOMORTEM_CLASSIFY_H

#include <oomortem/case.h>

enum oom_cause {
	OOM_CAUSE_NONE,
	OOM_CAUSE_UNKNOWN,
	OOM_CAUSE_MEMCG_LIMIT,
	OOM_CAUSE_MEMCG_ANCESTOR_LIMIT,
	OOM_CAUSE_NUMA_CPUSET,
	OOM_CAUSE_NUMA_MEMPOLICY,
	OOM_CAUSE_NUMA_NODE,
	OOM_CAUSE_FRAGMENTATION,
	OOM_CAUSE_LOWMEM,
	OOM_CAUSE_HOST_EXHAUSTED,
	OOM_CAUSE_FORCED,
	OOM_CAUSE_ALLOCATION_FAILURE,
	OOM_CAUSE_USERSPACE_OOM,
};

enum oom_consumer {
	OOM_CONSUMER_UNKNOWN,
	OOM_CONSUMER_TASK,
	OOM_CONSUMER_TASKS,
	OOM_CONSUMER_SHMEM,
	OOM_CONSUMER_SLAB,
	OOM_CONSUMER_PAGECACHE,
	OOM_CONSUMER_HUGETLB,
	OOM_CONSUMER_PAGE_TABLES,
	OOM_CONSUMER_KERNEL_STACKS,
	OOM_CONSUMER_VMALLOC,
	OOM_CONSUMER_PERCPU,
	OOM_CONSUMER_UNEVICTABLE,
	OOM_CONSUMER_ZRAM,
	OOM_CONSUMER_BALLOON,
	OOM_CONSUMER_DYING_CGROUPS,
	OOM_CONSUMER_UNACCOUNTED,
};

enum oom_scope {
	OOM_SCOPE_NONE,
	OOM_SCOPE_HOST,
	OOM_SCOPE_MEMCG,
	OOM_SCOPE_CPUSET,
	OOM_SCOPE_MEMPOLICY,
	OOM_SCOPE_ZONE
};
enum oom_outcome {
	OOM_OUTCOME_UNKNOWN,
	OOM_OUTCOME_PANIC,
	OOM_OUTCOME_KILLED,
	OOM_OUTCOME_NO_KILLABLE,
	OOM_OUTCOME_CRASHED_LATER,
	OOM_OUTCOME_NONE,
};
enum oom_confidence { OOM_CONFIDENCE_LOW, OOM_CONFIDENCE_MEDIUM, OOM_CONFIDENCE_HIGH };
enum oom_severity { OOM_SEVERITY_INFO, OOM_SEVERITY_WARNING, OOM_SEVERITY_CRITICAL };

/* Their ids in CONTRACT.md; never NULL. */
OOM_PUBLIC const char *oom_cause_id(enum oom_cause cause);
OOM_PUBLIC const char *oom_consumer_id(enum oom_consumer consumer);
OOM_PUBLIC const char *oom_scope_id(enum oom_scope scope);
OOM_PUBLIC const char *oom_outcome_id(enum oom_outcome outcome);
OOM_PUBLIC const char *oom_confidence_id(enum oom_confidence confidence);
OOM_PUBLIC const char *oom_severity_id(enum oom_severity severity);

struct oom_evidence {
	struct oom_origin origin; /**< the fact's own */
	const char *text;	  /**< the numbers, in words */
};
OOM_LIST(oom_evidences, struct oom_evidence);

struct oom_finding {
	const char *id; /**< stable, from the rule table: "panic-on-oom", "no-swap", … */
	enum oom_severity severity;
	const char *title, *detail;
	struct oom_evidences evidence;
};
OOM_LIST(oom_findings, struct oom_finding);

struct oom_recommendation {
	const char *title, *detail;
	struct oom_strings commands;
	const char *finding; /**< id of the finding that it answers */
};
OOM_LIST(oom_recommendations, struct oom_recommendation);

struct oom_culprit {
	const char *kind;    /**< consumer id of what it is: "task", "shmem", "slab" … */
	const char *name;    /**< of processes with numbered names "worker*" */
	int64_t pid, kb;     /**< pid: OOM_ABSENT for a group of processes */
	int64_t share_ppm;   /**< of the memory in scope, millionths; OOM_ABSENT */
	int64_t processes;   /**< how many they are; OOM_ABSENT where it is none */
	int64_t largest_pid; /**< the largest of them; OOM_ABSENT */
};

/** Several processes that are the same thing: one name, one container or cgroup, one executable. */
struct oom_task_group {
	const char *name;		     /**< "php-fpm"; "worker*" where they are numbered */
	const char *exe;		     /**< path of what they run; NULL: not known, as for the rest */
	const char *memcg, *container, *pod; /**< of the largest of them */
	int64_t processes;
	int64_t kb;	     /**< anonymous memory; at least so much where pages of a fork are counted in each */
	int64_t anon_sum_kb; /**< sum of their counters, these pages counted in each */
	int64_t swap_kb, pgtables_kb;
	int64_t shmem_largest_kb; /**< shared memory in the one that maps most of it; not in kb */
	int64_t largest_pid, largest_kb, largest_rss_kb;
};
OOM_LIST(oom_task_groups, struct oom_task_group);

struct oom_would_kill {
	int64_t pid;
	const char *comm;
	int64_t badness;
};

/** Scores of one task list: badness[i] belongs to tasks.v[i]; OOM_ABSENT: not eligible or not known. */
struct oom_scores {
	int64_t *badness; /**< points × 1000 / totalpages */
	int64_t *points;  /**< pages; the killer takes the largest */
	size_t n;
	int64_t totalpages;
};

/** The verdict on one event. */
struct oom_verdict {
	bool oom; /**< kind oom or userspace */
	enum oom_cause cause;
	enum oom_scope scope;
	enum oom_consumer consumer;
	enum oom_outcome outcome;
	enum oom_confidence confidence;
	const char *title, *summary;
	struct oom_culprit *culprit; /**< NULL: none can be named */
	oom_tri victim_is_culprit;
	struct oom_task_groups groups;	   /**< largest first: those with two processes or more and 1 % of the scope */
	struct oom_would_kill *would_kill; /**< NULL: not a panic, or not known */
	struct oom_findings findings;
	struct oom_recommendations recommendations;
	const char *signature;	  /**< same cause on another machine: same signature */
	struct oom_scores scores; /**< of the event's own task table */
	int64_t scope_kb;	  /**< the memory in scope: RAM, a limit, a node, a zone */
	bool from_state;	  /**< told from the structures at the crash, not (only) from the log's report */
};

struct oom_diagnosis {
	struct oom_arena *arena;
	struct oom_verdict *events; /**< one per event of the case, same order */
	size_t nr_events;
	int64_t decisive;	  /**< index of the event that `top` is about, -1 if none */
	struct oom_verdict top;	  /**< verdict on the input */
	struct oom_scores scores; /**< of the case's state.tasks */
};

/**
 * The verdict on @p c.
 * @param[in] c   facts; not changed, must outlive the diagnosis (strings are shared)
 * @param[out] ret the diagnosis, to be freed with oom_diagnosis_free()
 * @return OOM_OK or OOM_ENOMEM
 */
OOM_PUBLIC enum oom_status oom_classify(const struct oom_case *c, struct oom_diagnosis **ret);
OOM_PUBLIC void oom_diagnosis_free(struct oom_diagnosis *d); /**< NULL is allowed */

#endif
