// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The balance sheet: what is left of managed memory when all that something owns is taken away. Nothing may count
 * twice: stacks are taken out of vmalloc and shmem out of file (meminfo.c), mapped pages out of the swap cache, the
 * CPUs' first areas and most balloons are not managed memory at all, and tables of tables that a kernel leaves out of
 * its counter are added.
 */
#include "kernel/balloon.h"
#include "kernel/buffers.h"
#include "kernel/kernel.h"

#include <string.h>

/** @p a + @p b, OOM_ABSENT if either is unknown. */
static int64_t both(int64_t a, int64_t b)
{
	return oom_known(a) && oom_known(b) ? oom_plus(a, b) : OOM_ABSENT;
}

/**
 * Pages of the first per-CPU areas: they come from memblock, before there is a buddy allocator, and are in
 * pcpu_nr_populated all the same. mm/percpu.c: pcpu_setup_first_chunk().
 */
static int64_t percpu_reserved(struct oom_image *image)
{
	struct oom_member base, pages;
	uint32_t n;
	uint64_t chunk = oom_variable_ptr(image, "pcpu_first_chunk"), start = oom_variable_ptr(image, "pcpu_base_addr");
	int64_t units = oom_variable(image, "pcpu_nr_units", 4);
	if (!chunk || !start || units <= 0 || oom_member(image, "pcpu_chunk", "base_addr", &base) != OOM_OK ||
	    oom_member(image, "pcpu_chunk", "nr_pages", &pages) != OOM_OK ||
	    oom_read_u32(image, chunk + pages.offset, &n) != OOM_OK)
		return OOM_ABSENT;
	// The chunk serves what lies behind the static variables of the first area.
	uint64_t own = oom_deref(image, chunk + base.offset), page = oom_image_info(image)->page_size;
	int64_t sum = (int64_t)((own - start) / page) + n;
	if (own < start || own - start > UINT32_MAX || __builtin_mul_overflow(sum, units, &sum))
		return OOM_ABSENT;
	return oom_pages_kb(image, sum);
}

/** Is the topmost table of a process known to be whole pages? */
static bool has_top_table(const struct oom_image_info *info)
{
	return info->arch && info->page_size == 4096 &&
	       (strcmp(info->arch, "x86_64") == 0 || strcmp(info->arch, "aarch64") == 0);
}

/** Its KiB; OOM_ABSENT. */
static int64_t top_table_kb(struct oom_image *image)
{
	uint64_t addr;
	if (!has_top_table(oom_image_info(image)))
		return OOM_ABSENT;
	if (strcmp(oom_image_info(image)->arch, "x86_64") != 0)
		return 4;
	// Two with page table isolation built in, one for user mode; only where it is on since 6.16 (7d8f7a4a5e9c).
	enum oom_status pti = oom_symbol(image, "pti_init", &addr);
	return pti == OOM_OK ? 8 : pti == OOM_ENOENT ? 4 : OOM_ABSENT;
}

/** Is it a thread of the kernel, or a process that has given its memory back? */
static bool has_no_mm(const struct oom_task *task)
{
	enum { PF_EXITING = 4 }; // include/linux/sched.h
	return task->kthread == OOM_YES || (oom_known(task->flags) && task->flags & PF_EXITING);
}

/**
 * Tables that the counter leaves out. NR_PAGETABLE has the two lowest levels at first, the higher ones since each got
 * its constructor (6.8 to 6.16); a process's own sum (pgtables_bytes) has all but the topmost one. So what all
 * processes have and the counter has not is the difference, on any kernel. Tables of the kernel's own, which newer
 * counters have too, make it smaller.
 */
static int64_t upper_tables(struct oom_image *image, const struct oom_state *state)
{
	OOM_MAP struct oom_map seen = {0};
	int64_t top = top_table_kb(image), sum = 0, page = oom_image_info(image)->page_size / 1024;
	if (!oom_known(top) || !oom_known(state->totals.tasks) || !oom_known(state->memory.page_tables_kb))
		return OOM_ABSENT;
	for (size_t i = 0; i < state->tasks.n; i++) {
		const struct oom_task *task = &state->tasks.v[i];
		// One whose tables are not known makes the sum unknown.
		if (oom_known(task->mm) ? oom_map_add(&seen, (uint64_t)task->mm, 1) : !has_no_mm(task))
			sum = both(sum, both(task->pgtables_kb, page));
	}
	int64_t left = oom_known(sum) ? sum - state->memory.page_tables_kb : OOM_ABSENT;
	if (!oom_known(left) || left <= 0) // topmost tables are counted
		return oom_known(left) ? 0 : OOM_ABSENT;
	return left + (int64_t)seen.n * (top - page);
}

/** How much of a balloon is among the managed pages. Drivers that do not tell are weighed: @p left is what nothing
 * owns. */
static void weigh_balloon(struct oom_image *image, struct oom_memory *m, int64_t left)
{
	struct oom_balloon balloon = oom_balloon(image);
	if (!oom_known(m->balloon_kb) || balloon.kb > m->balloon_kb)
		m->balloon_kb = balloon.kb;
	if (!oom_known(m->balloon_kb))
		return;
	if (balloon.managed == OOM_MAYBE)
		balloon.managed = m->balloon_kb <= left ? OOM_YES : OOM_NO;
	m->balloon_managed_kb = balloon.managed == OOM_YES ? m->balloon_kb : 0;
}

/** Compressed swap that is in pools of another kind than zsmalloc: the counter of zsmalloc's pages has not got them. */
static void add_zswap(const struct oom_state *state, struct oom_memory *m)
{
	int64_t zrams = 0;
	for (size_t i = 0; i < state->zrams.n; i++)
		zrams = both(zrams, state->zrams.v[i].mem_kb);
	int64_t zsmalloc = state->counters.zspages_kb;
	if (!oom_known(m->zswap_kb) || !oom_known(zsmalloc) || !state->zrams.known || !oom_known(zrams) ||
	    m->zswap_kb <= zsmalloc - zrams)
		return;
	m->zram_kb = oom_plus(m->zram_kb, m->zswap_kb - (zsmalloc > zrams ? zsmalloc - zrams : 0));
}

/**
 * The part of the swap cache that processes map as well, so that NR_ANON_MAPPED has it too: what was swapped in and
 * only read stays in the cache while there is room in swap. The lists of reclaim have each page once: what is on those
 * of anonymous memory beyond mapped and shared pages is in the swap cache alone.
 * @param[out] unsure KiB of this part that may be none: unevictable pages (mlock) are on a list with files, and each
 *                    CPU may keep a batch of new pages that are on no list yet (struct folio_batch: 31 since 6.9)
 */
static int64_t mapped_swap_cache(struct oom_image *image, const struct oom_case *c, int64_t *unsure)
{
	enum { BATCH = 31 };
	const struct oom_memory *m = &c->state->memory;
	const struct oom_counters *n = &c->state->counters;
	int64_t cached = m->swap_cached_kb, batches = oom_or(c->system.nr_cpus, 1);
	if (batches > UINT16_MAX)
		batches = UINT16_MAX;
	int64_t lists = both(both(n->active_anon_kb, n->inactive_anon_kb), oom_or(n->isolated_anon_kb, 0));
	int64_t alone = both(lists, both(-oom_or(m->anon_kb, 0), -oom_or(m->shmem_kb, 0)));
	*unsure = 0;
	if (!oom_known(cached) || !oom_known(alone) || !oom_known(m->anon_kb) || !oom_known(m->shmem_kb))
		return OOM_ABSENT;
	int64_t most = both(both(alone, oom_or(n->unevictable_kb, 0)), oom_pages_kb(image, batches * BATCH));
	alone = alone < 0 ? 0 : alone < cached ? alone : cached;
	most = most < 0 ? 0 : most < cached ? most : cached;
	*unsure = most - alone;
	return cached - alone;
}

/** Counters without which nothing can be said. */
static int64_t take_needed(const struct oom_memory *m)
{
	const int64_t needed[] = {m->free_kb,
				  m->anon_kb,
				  m->file_kb,
				  m->shmem_kb,
				  m->slab_reclaimable_kb,
				  m->slab_unreclaimable_kb,
				  m->kernel_stack_kb,
				  m->page_tables_kb,
				  m->hugetlb_kb};
	int64_t left = m->total_kb;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		left = oom_known(needed[i]) ? both(left, -needed[i]) : OOM_ABSENT;
	return left;
}

/** A counter that this kernel does not keep, or that is lost, counts as 0 and is named in the missing list. */
static int64_t take_optional(struct oom_case *c, const struct oom_memory *m, int64_t left)
{
	const struct {
		const char *name;
		int64_t kb;
	} optional[] = {{"pcp_kb", m->pcp_kb},	     {"swap_cached_kb", m->swap_cached_kb},
			{"percpu_kb", m->percpu_kb}, {"vmalloc_kb", m->vmalloc_kb},
			{"zram_kb", m->zram_kb},     {"kernel_buffers_kb", m->kernel_buffers_kb}};
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++) {
		if (!oom_known(optional[i].kb))
			oom_case_missing(c, "memory.%s: not known, it is part of unaccounted_kb", optional[i].name);
		left -= oom_or(optional[i].kb, 0);
	}
	// Not every kernel has these things at all.
	left += oom_or(m->swap_cached_mapped_kb, 0);
	left -= oom_or(m->sec_page_tables_kb, 0) + oom_or(m->kernel_misc_kb, 0) + oom_or(m->page_tables_upper_kb, 0);
	return oom_known(m->percpu_kb) ? left + oom_or(m->percpu_reserved_kb, 0) : left;
}

/**
 * How far off the counters may be: 0 with all CPUs' parts; without, each CPU may hold up to 125 pages back (struct
 * per_cpu_zonestat: s8, calculate_normal_threshold()) of each counter of a zone or node that the sheet has.
 */
static int64_t error_bar(struct oom_image *image, const struct oom_case *c)
{
	enum { THRESHOLD_MAX = 125, COUNTERS = 9 };
	size_t places = 0;
	bool parts = true;
	for (size_t i = 0; i < c->source.missing.n; i++)
		parts &= strncmp(c->source.missing.v[i], "counters: ", 10) != 0 &&
			 !strstr(c->source.missing.v[i], "the counters are");
	for (size_t i = 0; i < c->state->nodes.n; i++)
		places += 1 + c->state->nodes.v[i].zones.n;
	int64_t pages = (int64_t)places * THRESHOLD_MAX * COUNTERS;
	if (parts)
		return 0;
	if (!oom_known(c->system.nr_cpus) || __builtin_mul_overflow(pages, c->system.nr_cpus, &pages))
		return OOM_ABSENT;
	return oom_pages_kb(image, pages);
}

void oom_walk_sheet(struct oom_image *image, struct oom_case *c)
{
	if (!oom_case_state(c))
		return;
	struct oom_memory *m = &c->state->memory;
	m->percpu_reserved_kb = percpu_reserved(image);
	if (oom_or(m->percpu_reserved_kb, 0) > oom_or(m->percpu_kb, 0))
		m->percpu_reserved_kb = OOM_ABSENT; // cannot be
	m->page_tables_upper_kb = upper_tables(image, c->state);
	m->kernel_buffers_kb = oom_buffers_kb(image);
	int64_t unsure;
	m->swap_cached_mapped_kb = mapped_swap_cache(image, c, &unsure);
	add_zswap(c->state, m);
	int64_t left = take_needed(m);
	if (!oom_known(left)) {
		oom_case_missing(c, "memory.unaccounted_kb: a counter that it needs is not known");
		weigh_balloon(image, m, 0);
		return;
	}
	left = take_optional(c, m, left);
	if (!oom_known(m->page_tables_upper_kb) && has_top_table(oom_image_info(image)))
		oom_case_missing(c, "memory.page_tables_upper_kb: not known, it is part of unaccounted_kb");
	weigh_balloon(image, m, left);
	if (!oom_known(m->balloon_kb))
		oom_case_missing(c, "memory.unaccounted_kb: what a balloon has taken, if there is one, is in it");
	m->error_kb = both(error_bar(image, c), unsure);
	m->unaccounted_kb = left - oom_or(m->balloon_managed_kb, 0);
}
