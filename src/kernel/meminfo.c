// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Memory of the whole machine: totals, and the balance sheet of CONTRACT.md. After zones.c and vmstat.c, whose facts
 * it adds up. Source: fs/proc/meminfo.c, mm/show_mem.c (si_mem_available()), mm/util.c (vm_commit_limit()).
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"
#include <string.h>

static int64_t pages(struct oom_image *image, const char *variable)
{
	return oom_pages_kb(image, oom_variable(image, variable, 0));
}

/** @p a - @p b, at least 0; OOM_ABSENT where one is. */
static int64_t minus(int64_t a, int64_t b)
{
	if (!oom_known(a) || !oom_known(b))
		return OOM_ABSENT;
	return a > b ? a - b : 0;
}

/** @p a + @p b; OOM_ABSENT where one is: a sum that lacks a part is none. */
static int64_t both(int64_t a, int64_t b)
{
	const int64_t kb_max = INT64_C(1) << 56;						// more is damage
	return a <= kb_max && b <= kb_max && a >= -kb_max && b >= -kb_max ? a + b : OOM_ABSENT; // absent: far below
}

/** Did oom_walk_zones() lose any? It said so. */
static bool zones_lost(const struct oom_case *c)
{
	static const char *const said[] = {"zones: ", "nodes: ", "nodes, zones: "};
	for (size_t i = 0; i < c->source.missing.n; i++)
		for (size_t k = 0; k < sizeof(said) / sizeof(said[0]); k++)
			if (strncmp(c->source.missing.v[i], said[k], strlen(said[k])) == 0)
				return true;
	return false;
}

/** Totals. They are the sums of the zones; where a zone is lost, only what the kernel has summed up itself is known. */
static void take_totals(struct oom_image *image, const struct oom_case *c, struct oom_memory *m)
{
	const struct oom_nodes *nodes = &c->state->nodes;
	int64_t managed = 0, present = 0;
	for (size_t i = 0; i < nodes->n; i++) {
		for (size_t k = 0; k < nodes->v[i].zones.n; k++) {
			managed = both(managed, nodes->v[i].zones.v[k].managed_kb);
			present = both(present, nodes->v[i].zones.v[k].present_kb);
		}
	}
	m->total_kb = pages(image, "_totalram_pages");
	if (!oom_known(m->total_kb))
		m->total_kb = pages(image, "totalram_pages"); // before 5.0 (ca79b0c211af)
	if (!oom_known(m->total_kb) && nodes->n && !zones_lost(c))
		m->total_kb = managed;
	if (nodes->n && managed == m->total_kb) {
		m->present_kb = present;
		m->reserved_kb = minus(present, managed);
	}
}

/** What a reader of /proc/meminfo knows as MemAvailable: mm/show_mem.c of 6.5, the same sums since 4.17. */
static int64_t available(const struct oom_state *state)
{
	const struct oom_memory *m = &state->memory;
	const struct oom_counters *n = &state->counters;
	int64_t low = 0;
	for (size_t i = 0; i < state->nodes.n; i++)
		for (size_t k = 0; k < state->nodes.v[i].zones.n; k++)
			low = both(low, oom_or(state->nodes.v[i].zones.v[k].low_kb, 0));
	if (!oom_known(m->free_kb) || !oom_known(m->totalreserve_kb) || !oom_known(n->active_file_kb) ||
	    !oom_known(n->inactive_file_kb) || !oom_known(n->slab_reclaimable_kb) || !state->nodes.n || !oom_known(low))
		return OOM_ABSENT;
	int64_t cache = n->active_file_kb + n->inactive_file_kb;
	int64_t slab = n->slab_reclaimable_kb + oom_or(n->kernel_misc_reclaimable_kb, 0);
	cache -= cache / 2 < low ? cache / 2 : low;
	slab -= slab / 2 < low ? slab / 2 : low;
	int64_t ret = m->free_kb - m->totalreserve_kb + cache + slab;
	return ret > 0 ? ret : 0;
}

/** From the counters of the machine. */
static void take_counters(struct oom_image *image, const struct oom_counters *n, struct oom_memory *m)
{
	m->anon_kb = n->anon_kb;
	m->shmem_kb = n->shmem_kb;
	m->dirty_kb = n->dirty_kb;
	m->writeback_kb = n->writeback_kb;
	m->unevictable_kb = n->unevictable_kb;
	m->slab_reclaimable_kb = n->slab_reclaimable_kb;
	m->slab_unreclaimable_kb = n->slab_unreclaimable_kb;
	m->kernel_stack_kb = n->kernel_stack_kb;
	m->page_tables_kb = n->page_tables_kb;
	m->sec_page_tables_kb = n->sec_page_tables_kb;
	m->kernel_misc_kb = n->kernel_misc_reclaimable_kb;
	m->mlocked_kb = n->mlocked_kb;
	m->anon_thp_kb = n->anon_thp_kb;
	m->mapped_kb = n->mapped_kb;
	m->pcp_kb = n->free_pcp_kb;
	m->zram_kb = n->zspages_kb; // what zsmalloc holds, for zram and zswap
	m->balloon_kb = n->balloon_kb;
	m->pagecache_total_kb = n->file_kb;
	m->swap_cached_kb = n->swap_cached_kb;
	if (!oom_known(m->swap_cached_kb)) // before 5.12 (b6038942480e)
		m->swap_cached_kb = oom_pages_kb(image, oom_swapcache_pages(image));
	// File pages hold shmem and, as one cache, pages that are on their way to swap or back.
	m->file_kb = minus(minus(n->file_kb, n->shmem_kb), m->swap_cached_kb);
}

/** Memory that the kernel counts in variables of its own. */
static void take_variables(struct oom_image *image, struct oom_memory *m)
{
	m->totalreserve_kb = pages(image, "totalreserve_pages");
	m->cma_kb = pages(image, "totalcma_pages");
	m->hwpoison_kb = pages(image, "num_poisoned_pages");
	m->hugetlb_kb = oom_hugetlb_total_kb(image);
	// "Percpu" of /proc/meminfo, 4.20 (7e8a6304d541): pages that are backed in each unit, times the units.
	int64_t populated = oom_variable(image, "pcpu_nr_populated", 0),
		units = oom_variable(image, "pcpu_nr_units", 4);
	if (populated >= 0 && units > 0 && !__builtin_mul_overflow(populated, units, &populated))
		m->percpu_kb = oom_pages_kb(image, populated);
	// 5.3 (97105f0ab7b8); a node counter since 7.1, which vmstat.c has put here.
	if (!oom_known(m->vmalloc_kb))
		m->vmalloc_kb = pages(image, "nr_vmalloc_pages");
	// With CONFIG_VMAP_STACK kernel stacks are vmalloc'ed, and counted in both places.
	struct oom_member stack;
	if (oom_member(image, "task_struct", "stack_vm_area", &stack) == OOM_OK)
		m->vmalloc_kb = minus(m->vmalloc_kb, m->kernel_stack_kb);
	else if (oom_member(image, "task_struct", "stack", &stack) != OOM_OK)
		m->vmalloc_kb = OOM_ABSENT; // without types it cannot be told whether it holds them
}

static void take_swap(struct oom_image *image, struct oom_memory *m)
{
	m->swap_total_kb = pages(image, "total_swap_pages");
	m->swap_free_kb = pages(image, "nr_swap_pages");
	if (oom_built_without(image, "swap_info")) // CONFIG_SWAP=n
		m->swap_total_kb = m->swap_free_kb = 0;
}

static void take_commit(struct oom_image *image, struct oom_memory *m)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_percpu percpu;
	uint64_t addr;
	oom_percpu_init(&percpu, image, temp);
	if (oom_symbol(image, "vm_committed_as", &addr) == OOM_OK)
		m->committed_kb = oom_pages_kb(image, oom_percpu_counter(&percpu, addr));
	int64_t kbytes = oom_variable(image, "sysctl_overcommit_kbytes", 0); // 3.14 (49f0ce5f9232)
	int64_t ratio = oom_variable(image, "sysctl_overcommit_ratio", 4);
	int64_t allowed = minus(m->total_kb, m->hugetlb_kb);
	if (kbytes > 0)
		allowed = kbytes;
	else if (!oom_known(allowed) || ratio < 0 || __builtin_mul_overflow(allowed, ratio, &allowed))
		return;
	else
		allowed /= 100;
	allowed -= allowed % (oom_image_info(image)->page_size / 1024); // the kernel counts whole pages
	if (oom_known(m->swap_total_kb))
		m->commit_limit_kb = oom_plus(allowed, m->swap_total_kb);
}

void oom_walk_meminfo(struct oom_image *image, struct oom_case *c)
{
	if (!oom_case_state(c))
		return;
	struct oom_memory *m = &c->state->memory;
	take_totals(image, c, m);
	take_counters(image, &c->state->counters, m);
	take_variables(image, m);
	take_swap(image, m);
	m->available_kb = available(c->state);
	take_commit(image, m);
	c->system.page_size = oom_image_info(image)->page_size;
	c->system.ram_kb = m->total_kb;
}
