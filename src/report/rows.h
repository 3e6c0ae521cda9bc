// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The rows of the report's tables, chosen and sorted: the same in every format. They hold no words of layout. */
#ifndef OOM_REPORT_ROWS_H
#define OOM_REPORT_ROWS_H

#include "report/report.h"

/* rows_memory.c */
struct rp_part {
	const char *label;
	int64_t kb;
};
enum { RP_MAX_PARTS = 24 };
/** The disjoint parts of CONTRACT.md's sheet that are known and not zero, largest first; how many. */
size_t rp_sheet(const struct oom_memory *m, struct rp_part parts[RP_MAX_PARTS]);
/** What is counted elsewhere already: to be shown, not summed. */
size_t rp_overlaps(const struct oom_memory *m, struct rp_part parts[RP_MAX_PARTS]);
/** What the parts are parts of, KiB; OOM_ABSENT. */
int64_t rp_memory_total(const struct oom_case *c, const struct rp_facts *f);
/** What the input's counters leave open of the whole, where that is much and `unaccounted` is not known; OOM_ABSENT. */
int64_t rp_rest(const struct oom_memory *m, const struct rp_part *parts, size_t n, int64_t total_kb);
/** Behind the heading of the sheet: ", counted in the dump". */
const char *rp_memory_from(const struct oom_case *c, const struct rp_facts *f);

struct rp_setting {
	const char *name;
	int64_t value;
};
enum { RP_MAX_SETTINGS = 9 };
/** The settings that matter to an OOM and are known. */
size_t rp_settings(const struct oom_config *c, struct rp_setting settings[RP_MAX_SETTINGS]);

/* rows_tasks.c */
struct rp_task {
	const struct oom_task *task;
	int64_t badness;
	int64_t kb;   /**< resident and in swap: what it holds; its page tables where these fill the memory */
	bool outside; /**< of the cgroup that ran out */
};
/** Processes with memory of their own, those in scope first, then the largest; to be freed, NULL without any. */
struct rp_task *rp_tasks(const struct rp_facts *f, size_t *n);
/** What the process was in this event: "killed", "next victim", "asked", "dying", "protected"; NULL. */
const char *rp_role(const struct rp_facts *f, const struct oom_task *k);
/** Resident file pages and shared memory, KiB; OOM_ABSENT. */
int64_t rp_shared_kb(const struct oom_task *k);
/** Columns that the input has something for. */
struct rp_task_columns {
	bool split;  /**< rss by kind */
	bool swap;   /**< somebody has some */
	bool tables; /**< page tables: only where these fill the memory */
	bool adj, badness;
};
struct rp_task_columns rp_task_columns(const struct rp_facts *f, const struct rp_task *rows, size_t n);

/* rows_zones.c */
enum rp_level { RP_LEVEL_UNKNOWN, RP_LEVEL_BELOW_MIN, RP_LEVEL_BELOW_HIGH, RP_LEVEL_GOOD };
/** Free memory against the marks: below min nothing is left for ordinary requests; high with the reserve in it. */
enum rp_level rp_zone_level(const struct oom_zone *z);
/** What the zone keeps from requests that could use the highest zone, KiB: the last class of lowmem_reserve. */
int64_t rp_zone_reserve(const struct oom_zone *z);
/** A block of @p order: its size where @p page_size (bytes) is known, else "order 3". */
const char *rp_block(int64_t page_size, size_t order, char buf[RP_SIZE]);
/** The largest free block; "none", or "?" where it is not known. */
const char *rp_largest_block(int64_t page_size, const struct oom_zone *z, char buf[RP_SIZE]);
bool rp_has_blocks(const struct oom_free_area *a);

struct rp_zone {
	const struct oom_zone *zone;
	int64_t node;
	bool other; /**< of a node that is not for this request */
};
/**
 * All zones: those that the kernel printed are those of the nodes that the request may use; the dump has the others
 * too, which come last. To be freed; NULL without any.
 */
struct rp_zone *rp_zones(const struct rp_facts *f, size_t *n);
/** Were the marks printed by the kernel (true), or read from the dump? */
bool rp_zones_printed(const struct rp_facts *f);

/* rows_groups.c */
/** memory.stat of the cgroup at its limit, what is worth a bar; a label that begins with a space is within the last. */
size_t rp_memcg_stats(const struct oom_event_memcg *m, struct rp_part parts[RP_MAX_PARTS]);
/** What the parts are to be compared with, KiB: the limit, else the usage; OOM_ABSENT. */
int64_t rp_memcg_whole(const struct oom_event_memcg *m);
/** The cgroup at its limit, where it is worth a section; else NULL. Since 5.0 every report names the task's cgroup. */
const struct oom_event_memcg *rp_memcg_at_limit(const struct rp_facts *f);
/** A size, or "no limit". */
const char *rp_limit(int64_t kb, char buf[RP_SIZE]);
/** The largest first; to be freed, NULL without any. */
const struct oom_memcg **rp_memcgs(const struct oom_memcgs *list);
/** Elements with a size, largest first; to be freed, NULL without any. */
const struct oom_shmem **rp_shmems(const struct oom_shmems *list, size_t *n);
/** How many of these are worth a row on a machine of @p ram_kb: a thousandth of it; at least one, all where it is not
 * known. */
size_t rp_shmems_worth(const struct oom_shmem *const *rows, size_t n, int64_t ram_kb);
const struct oom_slab **rp_slabs(const struct oom_slabs *list, size_t *n);

#endif
