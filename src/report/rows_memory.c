// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The balance sheet and the settings as rows. */
#include "report/rows.h"
#include <stdlib.h>

static int larger_first(const void *a, const void *b)
{
	const struct rp_part *x = a, *y = b;
	return (x->kb < y->kb) - (x->kb > y->kb);
}

static void add(struct rp_part *parts, size_t *n, const char *label, int64_t kb)
{
	if (oom_known(kb) && kb)
		parts[(*n)++] = (struct rp_part){label, kb};
}

size_t rp_sheet(const struct oom_memory *m, struct rp_part parts[RP_MAX_PARTS])
{
	size_t n = 0;
	add(parts, &n, "processes (anon)", m->anon_kb);
	add(parts, &n, "shmem, tmpfs", m->shmem_kb);
	add(parts, &n, "file cache", m->file_kb);
	add(parts, &n, "swap cache",
	    oom_known(m->swap_cached_kb) ? m->swap_cached_kb - oom_or(m->swap_cached_mapped_kb, 0) : OOM_ABSENT);
	add(parts, &n, "slab, reclaimable", m->slab_reclaimable_kb);
	add(parts, &n, "slab, unreclaim.", m->slab_unreclaimable_kb);
	add(parts, &n, "kernel stacks", m->kernel_stack_kb);
	add(parts, &n, "page tables",
	    oom_known(m->page_tables_kb) ? m->page_tables_kb + oom_or(m->page_tables_upper_kb, 0) : OOM_ABSENT);
	add(parts, &n, "page tables (KVM)", m->sec_page_tables_kb);
	add(parts, &n, "per-CPU data",
	    oom_known(m->percpu_kb) ? m->percpu_kb - oom_or(m->percpu_reserved_kb, 0) : OOM_ABSENT);
	add(parts, &n, "vmalloc", m->vmalloc_kb);
	add(parts, &n, "huge pages", m->hugetlb_kb);
	add(parts, &n, "zram, zswap", m->zram_kb);
	add(parts, &n, "balloon", oom_known(m->balloon_managed_kb) ? m->balloon_managed_kb : m->balloon_kb);
	add(parts, &n, "other kernel", oom_or(m->kernel_misc_kb, 0) + oom_or(m->kernel_buffers_kb, 0));
	add(parts, &n, "free", m->free_kb);
	add(parts, &n, "free on CPU lists", m->pcp_kb);
	add(parts, &n, "unaccounted", m->unaccounted_kb);
	qsort(parts, n, sizeof(parts[0]), larger_first);
	return n;
}

int64_t rp_rest(const struct oom_memory *m, const struct rp_part *parts, size_t n, int64_t total_kb)
{
	int64_t rest = total_kb;
	// Without a single part all of it would be the rest, which says nothing.
	if (!n || !oom_known(total_kb) || oom_known(m->unaccounted_kb))
		return OOM_ABSENT;
	for (size_t i = 0; i < n; i++) {
		if (__builtin_sub_overflow(rest, parts[i].kb, &rest))
			return OOM_ABSENT;
	}
	return rest > total_kb / 20 ? rest : OOM_ABSENT;
}

size_t rp_overlaps(const struct oom_memory *m, struct rp_part parts[RP_MAX_PARTS])
{
	const struct rp_part all[] = {
		{"unevictable", m->unevictable_kb},
		{"mlocked", m->mlocked_kb},
		{"dirty", m->dirty_kb},
		{"under writeback", m->writeback_kb},
		{"anon huge pages", m->anon_thp_kb},
		{"CMA", m->cma_kb},
		{"bad RAM", m->hwpoison_kb},
		{"in the swap cache too", m->swap_cached_mapped_kb},
	};
	size_t n = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (oom_known(all[i].kb) && all[i].kb > 0)
			parts[n++] = all[i];
	}
	return n;
}

int64_t rp_memory_total(const struct oom_case *c, const struct rp_facts *f)
{
	if (oom_known(f->memory->total_kb))
		return f->memory->total_kb;
	return f->memory_from_state ? c->system.ram_kb : OOM_ABSENT;
}

const char *rp_memory_from(const struct oom_case *c, const struct rp_facts *f)
{
	if (f->memory_from_state)
		return c->source.kind == OOM_INPUT_SOSREPORT ? ", at the time of collection" : ", counted in the dump";
	return f->event ? ", as the kernel printed it" : "";
}

size_t rp_settings(const struct oom_config *c, struct rp_setting settings[RP_MAX_SETTINGS])
{
	const struct rp_setting all[RP_MAX_SETTINGS] = {
		{"panic_on_oom", c->panic_on_oom},
		{"oom_kill_allocating_task", c->oom_kill_allocating_task},
		{"overcommit_memory", c->overcommit_memory},
		{"overcommit_ratio", c->overcommit_ratio},
		{"min_free_kbytes", c->min_free_kbytes},
		{"swappiness", c->swappiness},
		{"watermark_scale_factor", c->watermark_scale_factor},
		{"kernel.panic", c->panic_timeout},
		{"kdump_loaded", c->kdump_loaded},
	};
	size_t n = 0;
	for (size_t i = 0; i < RP_MAX_SETTINGS; i++) {
		if (oom_known(all[i].value))
			settings[n++] = all[i];
	}
	return n;
}
