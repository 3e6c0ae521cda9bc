// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Mem-Info: the totals of the machine, swap and page counts. mm/show_mem.c show_mem(), before 6.2 mm/page_alloc.c
 * show_free_areas(), before 2.6.28 arch/…/mm/pgtable.c.
 *
 *   active_anon:511 inactive_anon:2355672 isolated_anon:0          (continued by lines that begin with a blank)
 *   Active:8078 inactive:1776744 dirty:10338 writeback:0 …         before 2.6.28
 *   Free pages:      107700kB (105792kB HighMem)                   before 2.6.16
 *   299766 total pagecache pages · 0 pages in swap cache · 4022646 pages RAM · 0 pages hwpoisoned
 *
 * The totals are pages: settle.c converts them.
 */
#include "log/internal.h"
#include <stdlib.h>

struct counter_name {
	const char *name;
	size_t offset;
};

#define COUNTER(name, member)                                                                                          \
	{                                                                                                              \
		name, offsetof(struct oom_counters, member)                                                            \
	}
// Sorted by name, for bsearch.
static const struct counter_name counter_names[] = {
	COUNTER("active", active_kb),
	COUNTER("active_anon", active_anon_kb),
	COUNTER("active_file", active_file_kb),
	COUNTER("anon_thp", anon_thp_kb),
	COUNTER("balloon", balloon_kb),
	COUNTER("bounce", bounce_kb),
	COUNTER("dirty", dirty_kb),
	COUNTER("file_thp", file_thp_kb),
	COUNTER("free_cma", free_cma_kb),
	COUNTER("free_pcp", free_pcp_kb),
	COUNTER("gpu_active", gpu_active_kb),
	COUNTER("gpu_reclaim", gpu_reclaim_kb),
	COUNTER("inactive", inactive_kb),
	COUNTER("inactive_anon", inactive_anon_kb),
	COUNTER("inactive_file", inactive_file_kb),
	COUNTER("isolated(anon)", isolated_anon_kb),
	COUNTER("isolated(file)", isolated_file_kb),
	COUNTER("isolated_anon", isolated_anon_kb),
	COUNTER("isolated_file", isolated_file_kb),
	COUNTER("kernel_misc_reclaimable", kernel_misc_reclaimable_kb),
	COUNTER("kernel_stack", kernel_stack_kb),
	COUNTER("local_pcp", local_pcp_kb),
	COUNTER("mapped", mapped_kb),
	COUNTER("mlocked", mlocked_kb),
	COUNTER("pages_scanned", pages_scanned),
	COUNTER("pagetables", page_tables_kb),
	COUNTER("sec_pagetables", sec_page_tables_kb),
	COUNTER("shmem", shmem_kb),
	COUNTER("shmem_pmdmapped", shmem_pmdmapped_kb),
	COUNTER("shmem_thp", shmem_thp_kb),
	COUNTER("slab", slab_kb),
	COUNTER("slab_reclaimable", slab_reclaimable_kb),
	COUNTER("slab_unreclaimable", slab_unreclaimable_kb),
	COUNTER("unevictable", unevictable_kb),
	COUNTER("unstable", unstable_kb),
	COUNTER("writeback", writeback_kb),
	COUNTER("writeback_tmp", writeback_tmp_kb),
	COUNTER("writepending", writepending_kb),
	COUNTER("zspages", zspages_kb),
};

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct counter_name *)element)->name);
}

int64_t *counter_of(struct oom_counters *counters, struct cur key)
{
	char name[32];
	size_t len = cur_left(&key);
	if (len == 0 || len >= sizeof(name))
		return NULL;
	memcpy(name, key.p, len);
	name[len] = '\0';
	if (name[0] >= 'A' && name[0] <= 'Z') // "Active_anon" in 2.6.30, "Active" before, "Balloon" in 6.19
		name[0] = (char)(name[0] | 0x20);
	const struct counter_name *found = bsearch(name, counter_names, sizeof(counter_names) / sizeof(*counter_names),
						   sizeof(*counter_names), by_name);
	return found ? (int64_t *)((char *)counters + found->offset) : NULL;
}

bool on_meminfo(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest;
	struct report *r = report_of(log, m, PART_MEMINFO);
	if (r && (r->e.has_mem_info == OOM_YES || oom_known(r->counts.free))) {
		report_close(log, r); // a second one: of a report whose head is missing
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_MEMINFO);
	if (!r)
		return true;
	r->e.has_mem_info = OOM_YES;
	r->e.state.origin = log_origin(log, m);
	return true;
}

/** A number without unit at the end of a line may be the start of one, unless it is what lines end with. */
static bool is_cut_off(const struct pair *pair, struct cur rest)
{
	static const char *const last[] = {"isolated_anon",
					   "isolated_file",
					   "inactive_anon",
					   "active_file",
					   "writeback",
					   "unstable",
					   "pagetables",
					   "bounce",
					   "free_cma",
					   "free",
					   "slab_unreclaimable",
					   "sec_pagetables",
					   "free_pcp",
					   "kernel_misc_reclaimable",
					   NULL};
	if (rest.p < rest.end)
		return false;
	for (size_t i = 0; last[i]; i++)
		if (cur_is(&pair->key, last[i]))
			return false;
	return true;
}

bool on_totals(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct report *r = report_find(log, m, PART_MEMINFO);
	struct cur c = m->text, before;
	struct pair pair;
	int64_t *counter;
	size_t known = 0;
	(void)rest;
	// Only in the place where they can stand: a report that is at its Mem-Info, or the start of such a block.
	bool start = cur_begins(&c, "active_anon:", 12) || cur_begins(&c, "Active", 6);
	if ((!r || (r->inside != IN_TOTALS && r->e.has_mem_info != OOM_YES)) && !start)
		return false;
	if (start && r && (oom_known(r->pages.active_anon_kb) || oom_known(r->pages.active_kb)) && r->node >= 0) {
		report_close(log, r);
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_MEMINFO);
	if (!r)
		return true;
	report_enter(r, m, PART_MEMINFO);
	while (scan_pair(&c, &pair, &before)) {
		if (pair.has_kb) // of a node or a zone, whose line lost its start
			break;
		if (!oom_known(pair.value) || is_cut_off(&pair, c))
			continue;
		if (cur_is(&pair.key, "free")) {
			r->counts.free = pair.value;
			known++;
		} else if ((counter = counter_of(&r->pages, pair.key))) {
			*counter = pair.value;
			known++;
		}
	}
	if (known) {
		r->inside = IN_TOTALS;
		r->e.has_mem_info = OOM_YES;
	}
	return known > 0;
}

/** A line of a number and words that name it. */
struct count_name {
	const char *words;
	size_t offset; // in struct page_counts; SIZE_MAX: known, but of no use
};

#define COUNT(words, member)                                                                                           \
	{                                                                                                              \
		words, offsetof(struct page_counts, member)                                                            \
	}
static const struct count_name count_names[] = {
	COUNT("total pagecache pages", pagecache),
	COUNT("pages in swap cache", swapcache),
	COUNT("pages swap cached", swapcache), // before 2.6.19 on i386
	COUNT("pages RAM", ram),
	COUNT("pages of RAM", ram), // 2.6
	COUNT("pages HighMem", highmem),
	COUNT("pages of HIGHMEM", highmem),
	COUNT("pages reserved", reserved),
	COUNT("reserved pages", reserved),
	COUNT("pages cma reserved", cma),
	COUNT("pages hwpoisoned", hwpoison),
	{"pages shared", SIZE_MAX},
	{"pages non-shared", SIZE_MAX},
	{"pages pagetables", SIZE_MAX},
	{"pages dirty", SIZE_MAX},
	{"pages writeback", SIZE_MAX},
	{"pages mapped", SIZE_MAX},
	{"pages slab", SIZE_MAX},
};

/** A number and words of the table; the number to @p value. */
static const struct count_name *scan_count(struct cur c, int64_t *value)
{
	if (!scan_digits(&c, value) || !scan_blanks(&c))
		return NULL;
	for (size_t i = 0; i < sizeof(count_names) / sizeof(*count_names); i++) {
		if (cur_begins(&c, count_names[i].words, strlen(count_names[i].words)))
			return &count_names[i];
	}
	return NULL;
}

bool looks_like_count(struct cur text)
{
	int64_t value;
	return scan_count(text, &value) != NULL;
}

bool on_count(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t value;
	const struct count_name *name = scan_count(rest, &value);
	struct report *r = name ? report_of(log, m, PART_MEMINFO) : NULL;
	if (r && name->offset != SIZE_MAX) {
		r->e.has_mem_info = OOM_YES;
		*(int64_t *)((char *)&r->counts + name->offset) = value;
	}
	return r != NULL;
}

static bool read_swap(struct oom_log *log, const struct msg *m, struct cur rest, bool total)
{
	// "Free swap  = 0kB", "Free swap = 0kB", "Free swap: 0kB", "Free swap:       12kB"
	int64_t kb;
	scan_blanks(&rest);
	if (!scan_char(&rest, '=') && !scan_char(&rest, ':'))
		return false;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &kb) || !scan_lit(&rest, "kB"))
		return false;
	struct report *r = report_of(log, m, PART_MEMINFO);
	if (r)
		*(total ? &r->e.state.memory.swap_total_kb : &r->e.state.memory.swap_free_kb) = kb;
	return r != NULL;
}

bool on_swap_free(struct oom_log *log, const struct msg *m, struct cur rest)
{
	return read_swap(log, m, rest, false);
}

bool on_swap_total(struct oom_log *log, const struct msg *m, struct cur rest)
{
	return read_swap(log, m, rest, true);
}

bool on_swap_cache(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest; // "Swap cache stats: add 4, delete 4, find 0/0": events since boot, not memory
	return report_of(log, m, PART_MEMINFO) != NULL;
}

bool on_free_pages(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "Free pages:      107700kB (105792kB HighMem)": the same as free: of the totals, in kB
	int64_t kb;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &kb) || !scan_lit(&rest, "kB"))
		return false;
	struct report *r = report_of(log, m, PART_MEMINFO);
	if (r)
		r->e.state.memory.free_kb = kb;
	return r != NULL;
}
