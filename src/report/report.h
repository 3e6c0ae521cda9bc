// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the renderers share: sizes, times and places in words, and which facts a verdict is shown with. */
#ifndef OOM_REPORT_REPORT_H
#define OOM_REPORT_REPORT_H

#include <oomortem/report.h>

/* words.c. Each writes to a buffer of the caller's and returns it. */
enum { RP_SIZE = 24, RP_PERCENT = 16, RP_TIME = 32, RP_WHERE = 256 };

/** "61 MiB", "1.5 GiB": three digits at most, rounded; "?" for OOM_ABSENT. */
const char *rp_size(int64_t kb, char buf[RP_SIZE]);
/** "28 %"; "?" where it cannot be told. */
const char *rp_percent(int64_t part, int64_t whole, char buf[RP_PERCENT]);
/** Since boot: "3.7 s", "4 min 12 s", "2 h 5 min", "61 days 3 h"; "?" for OOM_ABSENT. */
const char *rp_duration(int64_t us, char buf[RP_TIME]);
/** Where a fact is from: "line 12", "messages:12", "struct zone 0xffff…"; NULL if nothing tells. */
const char *rp_where(const struct oom_origin *origin, char buf[RP_WHERE]);

/** Where a fact is from, for a report on @p c: of a log that is the input itself only the line. NULL: nothing tells. */
const char *rp_where_in(const struct oom_case *c, const struct oom_origin *origin, char buf[RP_WHERE]);
/** "vmcore", "kernel log" … */
const char *rp_input_kind(const struct oom_input *input);
/** What stands in the place of the victim where the input names none. */
const char *rp_nobody(const struct oom_verdict *v);

/* facts.c */
/** An event, its verdict, and the groups of facts to show with it. Not to be copied: members may point to `nothing`. */
struct rp_facts {
	struct oom_state nothing;      /**< every fact absent */
	const struct oom_event *event; /**< NULL: the input has none */
	const struct oom_verdict *verdict;
	const struct oom_state *state; /**< at the crash, if it speaks of this event; else NULL */
	const struct oom_memory *memory;
	const struct oom_counters *counters;
	const struct oom_nodes *nodes;
	const struct oom_tasks *tasks;
	const struct oom_scores *scores; /**< of tasks */
	const struct oom_slabs *slabs;
	const struct oom_hugetlbs *hugetlb;
	const struct oom_shmems *shmem;
	const struct oom_memcgs *memcgs;
	const struct oom_swaps *swaps;
	bool memory_from_state, tasks_from_state;
};

/**
 * Chooses for event number @p at (-1: the verdict on the input).
 * The state at the crash is shown for the event that panicked the machine, for one that the verdict was told from it,
 * and where there is no event; else what the event's report printed.
 */
void rp_facts(const struct oom_case *c, const struct oom_diagnosis *d, int64_t at, struct rp_facts *ret);

/* rows_census.c */
/** What a class of pages is, in words: "unowned: in use, and nothing tells by whom"; its own name for others. */
const char *rp_census_label(const char *owner);
/** Are these pages that the allocator never had: no part of what the shares are of? */
bool rp_census_reserved(const struct oom_census_row *row);
/** Number of rows of @p census for the whole machine and all orders, which stand first, largest first. */
size_t rp_census_owners(const struct oom_census *census);
/** KiB of all rows of the machine but the reserved ones; OOM_ABSENT. */
int64_t rp_census_total(const struct oom_census *census);
/** "65,536 page frames" or "a sample: 1,024 of 65,536 page frames". */
const char *rp_census_extent(const struct oom_census *census, char buf[RP_WHERE]);
/** Unowned pages by the order that they were allocated with: "12 MiB in pieces of 4 KiB, …"; "" if none. */
const char *rp_census_orders(const struct oom_census *census, int64_t page_size, char buf[RP_WHERE]);
/** All that is charged to a group, KiB. */
int64_t rp_census_memcg_kb(const struct oom_census_memcg *m);
/** What is common to the allocations of a stack, in words: "105 MiB unowned, order 0, by insmod (93)". */
const char *rp_census_stack_about(const struct oom_census_stack *s, char buf[RP_WHERE]);
/** The stack from its caller on, at most @p most functions: "leak_pages+0x1a [leak] < do_one_initcall+0x5b". */
const char *rp_census_stack_calls(const struct oom_census_stack *s, size_t most, char *buf, size_t size);

/* text.c */
enum oom_status rp_text(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d,
			const struct oom_report_options *options, struct oom_error *err);

#endif
