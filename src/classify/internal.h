// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * How a verdict comes about. One struct cl_look per verdict goes through the steps in this order:
 *
 *   look ─► zones ─► scope ─► sheet ─► scores ─► holders ─► consumer ─► culprit ─► outcome ─► rules ─► words
 *   which facts       cause            badness              where the memory went            findings  title, summary
 *
 * Each step reads the case and what the steps before it left in the look, and writes only its own members.
 * Names of processes, files and cgroups go into texts as they are: whoever renders them escapes them.
 */
#ifndef OOM_CLASSIFY_INTERNAL_H
#define OOM_CLASSIFY_INTERNAL_H

#include <oomortem/classify.h>

/* --- numbers of the input --------------------------------------------------------------------- */

/** No size is larger, 4 PiB in KiB: what x86_64 and arm64 can address. Sums of sizes below it do not run over. */
#define CL_MOST (INT64_C(1) << 42)

/** A size (or a count) that is known and can be calculated with. Input may say anything. */
static inline bool cl_ok(int64_t kb)
{
	return kb > -CL_MOST && kb < CL_MOST;
}

/** @p kb, or 0 where it is not known. */
static inline int64_t cl_or0(int64_t kb)
{
	return cl_ok(kb) ? kb : 0;
}

/* --- what the request may use ----------------------------------------------------------------- */

/** Zones from the lowest to the highest address; an allocation may use those up to its own class. */
enum cl_class {
	CL_DMA,
	CL_DMA32,
	CL_NORMAL,
	CL_HIGHMEM,
	CL_MOVABLE,
	CL_DEVICE, /**< never allocated from */
	CL_OTHER,  /**< a name that we do not know */
};

/** The allocation that failed. */
struct cl_request {
	bool known; /**< its flags are known; false: taken to allow every zone */
	enum cl_class highest;
	bool movable;	  /**< may use CMA pages */
	bool this_node;	  /**< __GFP_THISNODE */
	bool may_reclaim; /**< __GFP_DIRECT_RECLAIM (before 4.4 __GFP_WAIT), or not known */
	bool zeroed;	  /**< __GFP_ZERO */
	int64_t order;	  /**< OOM_ABSENT: not known */
};

enum { CL_MAX_NODES = 1024 };

/** A set of NUMA nodes. */
struct cl_nodes {
	bool known;
	uint64_t bits[CL_MAX_NODES / 64];
};

/* --- zones ------------------------------------------------------------------------------------ */

enum cl_level {
	CL_LEVEL_UNKNOWN,
	CL_EXHAUSTED, /**< free memory is not above the high mark plus the reserve for higher classes */
	CL_FREE,
};

struct cl_zone {
	const struct oom_node *node;
	const struct oom_zone *zone;
	enum cl_class class;
	bool class_ok; /**< the request's flags allow it */
	bool node_ok;  /**< nodemask and cpuset allow its node */
	enum cl_level level;
	int64_t size_kb;       /**< managed, else present; OOM_ABSENT */
	int64_t free_kb;       /**< OOM_ABSENT */
	int64_t usable_kb;     /**< free less what the request may not use (CMA, highatomic); OOM_ABSENT */
	int64_t reserve_kb;    /**< lowmem_reserve for the request's class */
	int64_t mark_kb;       /**< high + reserve; OOM_ABSENT */
	oom_tri order0_passes; /**< an order-0 request would get past min + reserve */
	oom_tri has_block;     /**< a usable free block of the request's order or above */
};

struct cl_zones {
	struct cl_zone *v;
	size_t n;
	struct cl_nodes allowed; /**< nodes that the request may use, as far as known */
	struct cl_nodes seen;	 /**< nodes that the input speaks of */
	bool restricted;	 /**< a node that exists is not allowed */
	bool incomplete;	 /**< an allowed node has no zone in the input */
	enum cl_level others;	 /**< of the nodes that are not allowed */
	int64_t others_free_kb;
	int64_t hidden_free_kb; /**< free in zones above the request that the report leaves out, 0: none or not known */
	/* of the zones that class and node allow */
	size_t nr_allowed, nr_judged, nr_exhausted;
	int64_t allowed_kb, judged_kb, exhausted_kb; /**< sizes; a zone of unknown size counts as 1 kB */
	int64_t free_kb, usable_kb;
	int64_t highs_kb; /**< sum of the high marks of all zones that are shown */
};

/* --- where the memory went -------------------------------------------------------------------- */

enum { CL_MAX_PARTS = 16 };

struct cl_part {
	enum oom_consumer consumer; /**< OOM_CONSUMER_TASKS: anonymous memory, whoever's it is */
	int64_t kb;
};

/** The memory in scope by part, disjoint. */
struct cl_sheet {
	struct cl_part v[CL_MAX_PARTS];
	size_t n;
	int64_t total_kb; /**< of the scope; OOM_ABSENT */
	int64_t free_kb;
	int64_t anon_kb, shmem_kb, file_kb, slab_kb, slab_unreclaimable_kb, page_tables_kb, hugetlb_kb;
	int64_t lists_kb;  /**< anonymous and file pages together, where a kernel before 2.6.28 does not tell them apart
			    */
	int64_t nobody_kb; /**< unevictable, and neither locked nor shared memory */
	int64_t stacks_kb;
	int64_t dirty_kb; /**< dirty and under writeback */
	int64_t anon_thp_kb;
	int64_t rest_kb; /**< total less free and parts: what nothing in the input accounts for; OOM_ABSENT */
	struct oom_origin origin;
};

/** A process, or a group of processes that are the same thing. */
struct cl_holder {
	const struct oom_task *task; /**< the largest of them; NULL: there is none */
	const char *comm;	     /**< of a group whose names are numbered "worker*" */
	const char *exe;	     /**< of a group, where known */
	size_t count;
	int64_t kb;	/**< anonymous memory where known: of a group at least so much; else rss (a single process) */
	int64_t sum_kb; /**< of a group: the sum of its processes' counters */
	bool exact;	/**< kb is anonymous memory as counted; false: rss, shared memory in it */
	int64_t guess;	/**< anonymous memory as estimated for comparisons, never printed */
	int64_t swap_kb, pgtables_kb; /**< of a group: sums; OOM_ABSENT */
	int64_t shmem_kb;	      /**< of a group: the most that one of them maps; OOM_ABSENT */
};

struct cl_holders {
	struct cl_holder top, second;	      /**< processes */
	struct cl_holder group, second_group; /**< groups, a process of its own kind among them */
	int64_t guess_kb;		      /**< sum of the guesses, less what is counted again */
	int64_t again_kb;		      /**< so much do the processes' counters have more than once */
	size_t n;			      /**< processes in scope that hold memory */
};

/* --- the killer's choice ---------------------------------------------------------------------- */

struct cl_choice {
	const struct oom_tasks *tasks;		 /**< the list that was chosen from */
	const struct oom_scores *scores;	 /**< its scores */
	const struct oom_task *task, *runner_up; /**< NULL: nobody */
	size_t at, runner_up_at;		 /**< index into tasks and scores */
	const struct oom_task *in_flight;	 /**< a victim that is still dying: the killer waits for it */
	const struct oom_task *without_adj;	 /**< who it would be if every oom_score_adj were 0 */
	size_t nr_eligible;
	bool complete; /**< each eligible task could be scored */
};

/** How a kernel computes oom_badness(); see badness.c. */
struct cl_badness {
	bool known;
	bool per_mille;	   /**< points are thousandths of totalpages already */
	bool page_tables;  /**< count */
	bool at_least_one; /**< an eligible task has at least one point */
	bool later_wins;   /**< of two with equal points the one found later is chosen */
	enum { CL_ROOT_NONE, CL_ROOT_30_OF_1000, CL_ROOT_3_PERCENT } root;
};

/** How many events around one are asked for what it lacks: logs may hold very many. */
enum { CL_LOOK_AROUND = 256 };

/* --- the look --------------------------------------------------------------------------------- */

struct cl_look {
	struct oom_arena *arena;
	bool nomem;
	const struct oom_case *c;
	const struct oom_event *e; /**< NULL: the input has a state, and no event speaks of it */
	struct oom_verdict *v;
	const struct oom_verdict *earlier; /**< verdicts on the events before this one; NULL: none yet */
	bool top;			   /**< the verdict on the input, not on one of its events */

	/* look.c */
	bool state_speaks;	     /**< the case's state is of the moment of this event */
	bool state_only;	     /**< … and the event itself has no memory figures */
	const struct oom_state *own; /**< the event's printed state; all absent without an event */
	struct oom_state facts;	     /**< each group from the better of the two; shares their lists */
	bool memory_from_state, tasks_from_state;
	int64_t release; /**< major × 1,000,000 + minor × 1,000 + patch; OOM_ABSENT */
	const char *release_text;
	bool el6, el7;
	int64_t page_kb; /**< 4 where nothing tells: ratios and thresholds do not depend on it */
	bool page_known; /**< else nothing is said in pages */
	int64_t ram_kb;
	int64_t swap_total_kb, swap_free_kb;
	bool bits32;			/**< a kernel with low memory */
	enum oom_constraint constraint; /**< the event's, or what panic text and trace prove */
	bool global;			/**< proven: not the limit of a cgroup */
	const char *panic_text;		/**< of an OOM panic, else NULL */
	int panic_on_oom;		/**< 1, 2 as the panic text or the configuration tells; 0; -1 unknown */
	struct cl_request request;

	struct cl_zones zones;
	struct cl_sheet sheet;
	struct cl_holders holders;
	struct cl_choice choice;
	struct cl_badness badness;
	struct oom_scores state_scores; /**< of the case's state, where its tasks speak */
	int64_t dying_kb;		/**< what removed cgroups hold */
	int64_t balloon_kb;		/**< what the hypervisor's balloon holds; OOM_ABSENT */
	bool balloon_outside;		/**< RAM does not count the balloon's pages */

	/* scope.c */
	const char *scope_name; /**< "RAM", "its limit", "node 1", "low memory" */
	const char *memcg_oom, *memcg_task;
	bool figures_contradict;	   /**< the printed figures do not show why the allocation failed */
	bool no_limit;			   /**< the killer was called for a cgroup without a limit */
	bool own_or_above;		   /**< a cgroup's limit, and nothing tells if the task is in it or below it */
	bool below_limit;		   /**< a cgroup was not at its limit when it was printed */
	const struct oom_event *as_before; /**< an earlier event that this broken-off one is taken to repeat */
};

/* words.c: texts. NULL only without memory, which cl_look.nomem remembers. */
const char *cl_text(struct cl_look *l, const char *fmt, ...) OOM_PRINTF(2, 3);
const char *cl_begin(struct cl_look *l, const char *text); /**< words (not a path) with a capital at their beginning */
const char *cl_kb(struct cl_look *l, int64_t kb);	   /**< "61 MiB" */
const char *cl_percent(struct cl_look *l, int64_t part, int64_t whole); /**< "28 %" */
const char *cl_share(struct cl_look *l, int64_t kb); /**< the same, of the memory in scope, at most 100 % */
bool cl_above(const struct cl_look *l, int64_t kb,
	      int64_t percent); /**< is it known, and more of the scope than that? */
const char *cl_of_scope(struct cl_look *l,
			int64_t kb); /**< ", 28 % of RAM"; nothing if the scope's size is not known */
const char *cl_who(struct cl_look *l, const char *comm, int64_t pid);	   /**< "mysqld (pid 87)" */
const char *cl_times(struct cl_look *l, int64_t us);			   /**< "3 h 12 min" */
const char *cl_node_list(struct cl_look *l, const struct cl_nodes *nodes); /**< "node 1", "nodes 0 and 2" */
const char *cl_zone_name(struct cl_look *l, const struct cl_zone *z);	   /**< "Normal of node 0" */
const char *cl_quote(struct cl_look *l, const char *word);		   /**< one word for a shell */
const char *cl_part_name(enum oom_consumer consumer);			   /**< "shared memory and tmpfs" */
bool cl_same(const char *a, const char *b);				   /**< equal and not NULL */
bool cl_has(const char *text, const char *word); /**< @p word is in @p text, which may be NULL */

/* nodes.c */
void cl_nodes_parse(const char *list, struct cl_nodes *ret); /**< "0-1,4"; unknown if it is none */
void cl_nodes_add(struct cl_nodes *nodes, int64_t id);
bool cl_nodes_has(const struct cl_nodes *nodes, int64_t id);
size_t cl_nodes_count(const struct cl_nodes *nodes);
bool cl_nodes_meet(const struct cl_nodes *a, const struct oom_ints *ids);
void cl_nodes_intersect(struct cl_nodes *nodes, const struct cl_nodes *with); /**< an unknown set restricts nothing */
bool cl_nodes_equal(const struct cl_nodes *a, const struct cl_nodes *b);
bool cl_nodes_subset(const struct cl_nodes *a, const struct cl_nodes *of);

/* The steps. */
void cl_look_init(struct cl_look *l);				 /* look.c */
void cl_request_decode(struct cl_look *l);			 /* gfp.c */
enum cl_class cl_class_of(const char *zone_name);		 /* gfp.c */
bool cl_traced(const struct oom_event *e, const char *function); /* look.c */
void cl_zones_judge(struct cl_look *l);				 /* zones.c */
void cl_zones_sum(struct cl_look *l);				 /* zones.c; again after node_ok changed */
void cl_scope_find(struct cl_look *l);				 /* scope.c */
bool cl_no_zone_fits(const struct cl_look *l);			 /* scope.c */
bool cl_zones_empty(const struct cl_look *l);			 /* scope.c */
bool cl_may_be_compressed_swap(const struct cl_look *l);	 /* rules_memory.c */
/**
 * A cgroup in prose: "container 0a1b2c3d4e5f of pod UID" (the ids as crictl and docker ps show them), else its path, of
 * a long one the end. In a title's @p capitals. NULL for NULL.
 */
const char *cl_memcg_name(struct cl_look *l, const char *path, bool capitals); /* words.c */
bool cl_memcg_under(const char *path, const char *ancestor);		       /* scope.c */
int64_t cl_memcg_stat(const struct oom_event_memcg *m, const char *name);      /* sheet.c */
void cl_sheet_make(struct cl_look *l);					       /* sheet.c */
void cl_badness_rule(struct cl_look *l);				       /* badness.c */
int64_t cl_totalpages(const struct cl_look *l);				       /* badness.c */
void cl_scores(struct cl_look *l, const struct oom_tasks *tasks, bool printed, struct oom_scores *ret,
	       struct cl_choice *choice);						/* badness.c */
bool cl_task_in_scope(const struct cl_look *l, const struct oom_task *t, bool printed); /* badness.c */
void cl_holders_find(struct cl_look *l);						/* holders.c */
void cl_consumer_find(struct cl_look *l);						/* consumer.c */
void cl_culprit_find(struct cl_look *l);						/* culprit.c */
void cl_outcome_find(struct cl_look *l);						/* outcome.c */
void cl_rules_run(struct cl_look *l);
/** Only the rules about the input itself: nothing is known of an OOM. */
void cl_rules_run_input(struct cl_look *l); /* rules.c */
/** Only the rules about memory, on a look whose state is all there is. */
void cl_rules_run_state(struct cl_look *l);
void cl_state_findings(struct cl_look *l); /* collected.c */
void cl_title(struct cl_look *l);	   /* summary.c */
void cl_summary(struct cl_look *l);	   /* summary.c */
void cl_signature(struct cl_look *l);	   /* signature.c */

/* Facts that several steps ask for. */
const struct oom_slab *cl_top_slab(const struct cl_look *l, oom_tri reclaimable); /**< OOM_MAYBE: any; or NULL */
const struct oom_shmem *cl_top_shmem(const struct cl_look *l);
/** The process that holds most of the files whose holder is known; @p kb: how much. NULL: none. */
const struct oom_shmem *cl_shmem_holder(const struct cl_look *l, int64_t *kb);
/** Is it a removed cgroup whose pages are in scope? consumer.c */
bool cl_dies_in_scope(const struct cl_look *l, const struct oom_memcg *m);
/** Is most of the shared memory in no folder: segments, memfds, deleted files? */
bool cl_shmem_nameless(const struct cl_look *l);
const char *cl_shmem_name(struct cl_look *l, const struct oom_shmem *s);     /**< how a person finds it; or NULL */
const struct oom_task *cl_top_tables(const struct cl_look *l);		     /**< with the most page tables; or NULL */
int64_t cl_part_kb(const struct cl_look *l, enum oom_consumer consumer);     /**< its size in the sheet, OOM_ABSENT */
const struct oom_vmalloc *cl_top_vmalloc(const struct cl_look *l);	     /**< stacks left out; or NULL */
const char *cl_vmalloc_name(struct cl_look *l, const struct oom_vmalloc *v); /**< "caller [module]" */
/** Is it memory by which the kernel keeps track of per-CPU memory? As much as that itself where CPUs are few. */
bool cl_vmalloc_of_percpu(const struct oom_vmalloc *v);
const struct oom_task *cl_top_threads(const struct cl_look *l); /**< the process with most threads, or NULL */
int64_t cl_threads_stacks_kb(const struct cl_look *l, const struct oom_task *t); /**< its part of all; OOM_ABSENT */
const struct oom_task *cl_top_unread(const struct cl_look *l);	   /**< with most in pipes and sockets, or NULL */
int64_t cl_unread_kb(const struct oom_task *t);			   /**< what lies in those that it has open; 0 */
const char *cl_unread_where(const struct oom_task *t);		   /**< "pipes", "sockets", "pipes and sockets" */
const struct oom_task *cl_top_hugetlb(const struct cl_look *l);	   /**< with most huge pages of the pools, or NULL */
const struct oom_tmpfs *cl_fullest_tmpfs(const struct cl_look *l); /**< with most files, or NULL */
/** The process with very many open files, most of all that are open; NULL: none. */
const struct oom_task *cl_top_files(const struct cl_look *l);
/** Do pipes and sockets of processes hold half or more of @p kb? */
bool cl_mostly_unread(const struct cl_look *l, int64_t kb);
const struct oom_zram *cl_top_zram(const struct cl_look *l);
const struct oom_victim *cl_victim(const struct cl_look *l); /**< the first one of the event, or NULL */
int64_t cl_victim_kb(const struct oom_victim *v);	     /**< its resident memory, OOM_ABSENT */
/**
 * Free pages of CMA areas in the zones of the request, which they do not serve: they are for movable pages only
 * (mm/page_alloc.c, __zone_watermark_unusable_free). Counted where a zone would pass with them, or has its large blocks
 * only there; else 0. In kB.
 */
int64_t cl_cma_withheld_kb(const struct cl_look *l);
int64_t cl_hugetlb_kb(const struct cl_look *l, bool only_free); /**< in the nodes of the scope, OOM_ABSENT */
/** Is @p comm what a culprit's or a group's @p name says: the same, or one of "worker*"? groups.c */
bool cl_named(const char *name, const char *comm);
bool cl_is_trigger(const struct cl_look *l, const char *comm, int64_t pid);
/** The task that asked, in the structures of the same moment; NULL if they are of another one or lack it. */
const struct oom_task *cl_trigger_task(const struct cl_look *l);
bool cl_cgroup_v1(const struct cl_look *l, bool *known);

/* allocators.c */
/** Evidence: who allocated parts of the @p kb that no counter owns, where the kernel notes that. */
void cl_cite_allocators(struct cl_look *l, struct oom_finding *f, int64_t kb);
/** The function that allocated half of it or more, with its module: "leak_pages [leak]"; NULL: not known. */
const char *cl_allocator(struct cl_look *l, int64_t kb);

/* slab_names.c */
const char *cl_slab_holds(const char *name);  /**< what a cache of this name holds, a sentence or two; or NULL */
bool cl_slab_is_size_class(const char *name); /**< a kmalloc cache: its name does not tell whose objects these are */

/* rules.c: what a rule's tell function writes. */
void cl_say(struct cl_look *l, struct oom_finding *f, const char *title, const char *detail);
void cl_cite(struct cl_look *l, struct oom_finding *f, struct oom_origin origin, const char *text);

/** One kind of finding. */
struct cl_rule {
	const char *id;
	enum oom_severity severity;
	bool (*holds)(struct cl_look *l);
	void (*tell)(struct cl_look *l, struct oom_finding *f);
	void (*advise)(struct cl_look *l, const char *finding); /**< NULL: nothing to do about it */
	bool input_wide;					/**< about the input, not about one event */
};
OOM_LIST(cl_rule_list, const struct cl_rule);

/* The tables, each closed by a row without id; rules.c runs them in this order. */
extern const struct cl_rule cl_rules_cause[], cl_rules_outcome[], cl_rules_holders[], cl_rules_memory[],
	cl_rules_kernel[], cl_rules_story[], cl_rules_config[], cl_rules_input[];

/* advice.c: what to do; each adds at most one recommendation per title. */
typedef void cl_advice(struct cl_look *l, const char *finding);
cl_advice cl_advise_limit_culprit, cl_advise_memcg_limit, cl_advise_memcg_tree, cl_advise_memcg_swap, cl_advise_nodes,
	cl_advise_lowmem, cl_advise_compaction, cl_advise_reserve, cl_advise_reserve_less, cl_advise_userspace,
	cl_advise_panic, cl_advise_unprotect, cl_advise_oom_group, cl_advise_allocating_task, cl_advise_ram,
	cl_advise_protect_victim, cl_advise_whole_report, cl_advise_adj, cl_advise_pid1, cl_advise_hugepages,
	cl_advise_hugepages_used, cl_advise_tmpfs, cl_advise_slab, cl_advise_dying_cgroups, cl_advise_unaccounted,
	cl_advise_page_tables, cl_advise_dirty, cl_advise_thp, cl_advise_swap, cl_advise_more_swap,
	cl_advise_overcommit, cl_advise_swappiness, cl_advise_repeated, cl_advise_vmalloc, cl_advise_percpu,
	cl_advise_stacks, cl_advise_sockets, cl_advise_zram, cl_advise_balloon, cl_advise_mlocked, cl_advise_deleted,
	cl_advise_unread, cl_advise_files, cl_advise_cgroup_kills, cl_advise_cma, cl_advise_crashkernel;

#endif
