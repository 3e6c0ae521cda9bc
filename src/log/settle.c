// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What only a whole report tells: the page size and with it every size that was printed in pages, the sheet of the
 * machine, the constraint where no line names it, and what is missing.
 */
#include "log/internal.h"

/** Pages to KiB; absent stays absent, as does what overflows. */
static void scale(int64_t *value, int64_t page_kb)
{
	int64_t kb;
	if (oom_known(*value))
		*value = __builtin_mul_overflow(*value, page_kb, &kb) ? OOM_ABSENT : kb;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = text ? strlen(text) : 0, k = strlen(end);
	return n >= k && !strcmp(text + n - k, end);
}

/** Architectures whose pages are always 4 KiB, told by the release's own words. */
static bool four_kib_release(const char *release)
{
	static const char *const words[] = {"x86_64", "amd64", "i686", "i586", "i386", "686-pae", "-686", NULL};
	for (size_t i = 0; words[i]; i++) {
		if (release && (strstr(release, words[i]) || ends_with(release, words[i])))
			return true;
	}
	return false;
}

/** The power of two, 4 to 256, that @p kb is of @p pages to within half a percent; 0. */
static int64_t ratio(int64_t kb, int64_t pages)
{
	if (!oom_known(kb) || !oom_known(pages) || pages < 1000 || kb > INT64_MAX / 256)
		return 0;
	for (int64_t size = 4; size <= 256; size *= 2) {
		int64_t all, off;
		if (__builtin_mul_overflow(pages, size, &all))
			return 0;
		off = kb > all ? kb - all : all - kb;
		if (off <= all / 200)
			return size;
	}
	return 0;
}

/** Mem-Info counts in pages, the lines of zones and nodes below it are in KiB: free memory or a list tells. */
static int64_t page_kb_by_sums(const struct report *r)
{
	static const size_t lists[] = {
		offsetof(struct oom_counters, active_anon_kb), offsetof(struct oom_counters, inactive_anon_kb),
		offsetof(struct oom_counters, active_file_kb), offsetof(struct oom_counters, inactive_file_kb)};
	int64_t free_kb = 0, kb = 0;
	for (size_t i = 0; i < r->e.state.nodes.n; i++) {
		const struct oom_node *node = &r->e.state.nodes.v[i];
		for (size_t k = 0; k < node->zones.n; k++)
			free_kb += oom_or(node->zones.v[k].free_kb, 0);
	}
	kb = ratio(free_kb, r->counts.free);
	for (size_t i = 0; !kb && i < sizeof(lists) / sizeof(lists[0]); i++) {
		int64_t sum = 0, pages = *(const int64_t *)((const char *)&r->pages + lists[i]);
		for (size_t n = 0; n < r->e.state.nodes.n; n++)
			sum += oom_or(*(const int64_t *)((const char *)&r->e.state.nodes.v[n].counters + lists[i]), 0);
		kb = ratio(sum, pages);
	}
	return kb;
}

/**
 * The page size: from a line of free blocks, else from the dump, else from the victim (its kill line has KiB, its row
 * pages), else from what is printed both in pages and in KiB, else from the architecture in the release; else 4 KiB,
 * which is said.
 */
static int64_t page_size_of(const struct oom_log *log, struct report *r)
{
	if (r->page_size)
		return r->page_size;
	if (log->of_dump && log->c->system.page_size > 0)
		return log->c->system.page_size;
	const struct oom_victim *v = r->e.victims.n ? &r->e.victims.v[0] : NULL;
	for (size_t i = 0; v && i < r->e.state.tasks.n; i++) {
		const struct oom_task *t = &r->e.state.tasks.v[i];
		if (t->pid != v->pid || t->total_vm_kb <= 0 || v->total_vm_kb <= 0)
			continue;
		int64_t kb = v->total_vm_kb / t->total_vm_kb;
		if (kb * t->total_vm_kb == v->total_vm_kb && kb >= 4 && kb <= 256 && !(kb & (kb - 1)))
			return kb * 1024;
	}
	int64_t by_sums = page_kb_by_sums(r);
	if (by_sums)
		return by_sums * 1024;
	bool sizes = r->e.state.tasks.n || oom_known(r->counts.ram) || oom_known(r->counts.free);
	if (sizes && !four_kib_release(r->e.release))
		report_missing(r, "page size: not in the log, 4 KiB taken");
	return 4096;
}

static void scale_counters(struct oom_counters *counters, int64_t page_kb)
{
	int64_t *all = (int64_t *)counters;
	int64_t stack = counters->kernel_stack_kb, scanned = counters->pages_scanned;
	for (size_t i = 0; i < sizeof(*counters) / sizeof(int64_t); i++)
		scale(&all[i], page_kb);
	counters->kernel_stack_kb = stack; // KiB in every kernel
	counters->pages_scanned = scanned;
}

static bool has_column(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nr_columns; i++) {
		if (!strcmp(r->columns[i].name, name))
			return true;
	}
	return false;
}

static void scale_tasks(struct report *r, int64_t page_kb)
{
	bool bytes = has_column(r, "pgtables_bytes");
	for (size_t i = 0; i < r->e.state.tasks.n; i++) {
		struct oom_task *t = &r->e.state.tasks.v[i];
		if (bytes && oom_known(t->pgtables_kb))
			t->pgtables_kb /= 1024;
		else
			scale(&t->pgtables_kb, page_kb);
		scale(&t->total_vm_kb, page_kb);
		scale(&t->rss_kb, page_kb);
		scale(&t->rss_anon_kb, page_kb);
		scale(&t->rss_file_kb, page_kb);
		scale(&t->rss_shmem_kb, page_kb);
		scale(&t->swap_kb, page_kb);
		t->oom_rss_kb = t->rss_kb;
		t->oom_rss_anon_kb = t->rss_anon_kb;
		t->oom_rss_file_kb = t->rss_file_kb;
		t->oom_rss_shmem_kb = t->rss_shmem_kb;
		t->oom_swap_kb = t->swap_kb;
	}
}

/** All zones have an entry for each zone: the line of one that has fewer was cut off. */
static void drop_cut_reserves(struct report *r)
{
	size_t most = 0;
	for (size_t i = 0; i < r->e.state.nodes.n; i++)
		for (size_t z = 0; z < r->e.state.nodes.v[i].zones.n; z++) {
			size_t n = r->e.state.nodes.v[i].zones.v[z].lowmem_reserve_kb.n;
			most = n > most ? n : most;
		}
	for (size_t i = 0; i < r->e.state.nodes.n; i++)
		for (size_t z = 0; z < r->e.state.nodes.v[i].zones.n; z++) {
			struct oom_ints *reserve = &r->e.state.nodes.v[i].zones.v[z].lowmem_reserve_kb;
			reserve->n = reserve->n < most ? 0 : reserve->n;
		}
}

static void scale_zones(struct report *r, int64_t page_kb)
{
	drop_cut_reserves(r);
	for (size_t i = 0; i < r->e.state.nodes.n; i++) {
		struct oom_node *node = &r->e.state.nodes.v[i];
		for (size_t z = 0; z < node->zones.n; z++) {
			struct oom_ints *reserve = &node->zones.v[z].lowmem_reserve_kb;
			for (size_t k = 0; k < reserve->n; k++)
				scale(&reserve->v[k], page_kb);
		}
	}
}

/** Sum over all nodes (and zones, if @p zones) of the counter at @p offset; absent where one does not have it. */
static int64_t sum_counter(const struct report *r, size_t offset, bool zones)
{
	int64_t sum = 0, seen = 0;
	for (size_t i = 0; i < r->e.state.nodes.n; i++) {
		const struct oom_node *node = &r->e.state.nodes.v[i];
		for (size_t z = 0; z < (zones ? node->zones.n : 1); z++) {
			const char *from =
				zones ? (const char *)&node->zones.v[z].counters : (const char *)&node->counters;
			int64_t value = *(const int64_t *)(from + offset);
			if (!oom_known(value) || __builtin_add_overflow(sum, value, &sum))
				return OOM_ABSENT;
			seen++;
		}
	}
	return seen ? sum : OOM_ABSENT;
}

/** A counter that is printed for each node (4.8+) or zone (before) only. Its sum is that of the machine only where all
 * nodes are printed; settle_nodes() says whether they are. */
static int64_t node_or_zone_sum(const struct report *r, size_t offset)
{
	int64_t sum = sum_counter(r, offset, false);
	return oom_known(sum) ? sum : sum_counter(r, offset, true);
}

/** Do the zones that the report prints hold all of RAM ("pages RAM" is the sum of present over all zones, printed or
 * not, since 3.16; before, memory that the kernel took at boot was left out of present)? */
static bool all_nodes_printed(const struct report *r, int64_t ram_kb)
{
	int64_t present = 0;
	for (size_t i = 0; i < r->e.state.nodes.n; i++) {
		for (size_t z = 0; z < r->e.state.nodes.v[i].zones.n; z++)
			present += oom_or(r->e.state.nodes.v[i].zones.v[z].present_kb, 0);
	}
	return oom_known(ram_kb) && present > 0 && present >= ram_kb - ram_kb / 16;
}

static int64_t hugetlb_kb(const struct report *r)
{
	int64_t sum = 0;
	for (size_t i = 0; i < r->e.state.hugetlb.n; i++) {
		const struct oom_hugetlb *h = &r->e.state.hugetlb.v[i];
		int64_t kb;
		if (__builtin_mul_overflow(h->total, h->size_kb, &kb) || __builtin_add_overflow(sum, kb, &sum))
			return OOM_ABSENT;
	}
	return r->e.state.hugetlb.known ? sum : OOM_ABSENT;
}

/**
 * Anonymous memory is not printed. Every page of an address space or of none is on one of the LRU lists, and the page
 * cache's total (NR_FILE_PAGES) has those of files, of shared memory, which may be on the unevictable list, and of the
 * swap cache: what is left is anonymous and not in the swap cache. The anonymous lists alone lack what is locked.
 */
static void estimate_anon(struct report *r, struct oom_memory *mem, const struct oom_counters *c)
{
	if (!oom_known(c->active_anon_kb) || !oom_known(c->inactive_anon_kb))
		return;
	bool all = oom_known(c->active_file_kb) && oom_known(c->inactive_file_kb) && oom_known(c->unevictable_kb) &&
		   oom_known(mem->pagecache_total_kb);
	int64_t anon = OOM_ABSENT;
	if (all)
		anon = c->active_anon_kb + c->inactive_anon_kb + oom_or(c->isolated_anon_kb, 0) + c->active_file_kb +
		       c->inactive_file_kb + oom_or(c->isolated_file_kb, 0) + c->unevictable_kb -
		       mem->pagecache_total_kb;
	if (anon >= 0)
		mem->anon_kb = anon;
	oom_strings_addf(r->small, &r->e.missing, "anon_kb: not printed%s",
			 anon >= 0 ? "; estimated as what is on the LRU lists - page cache, so without what is in the "
				     "swap cache"
				   : ", and what it is estimated from is not complete");
}

/**
 * The sheet from what was printed. Each is the kernel's own counter, converted, but:
 *   total    pages RAM - pages reserved (present - managed of all zones, mm/show_mem.c; before 3.16 the pages that the
 *            kernel had reserved were counted one by one, which comes to the same)
 *   file     total pagecache pages (NR_FILE_PAGES) - shmem - pages in swap cache
 *   anon     active_anon + inactive_anon + isolated_anon - shmem: NR_ANON_MAPPED is not printed. The anonymous LRU
 *            lists hold the anonymous pages and shmem, but not what is mlocked. It is an estimate and said to be one.
 *   kernel_stack, hugetlb   sums over the nodes, where all nodes are printed
 */
static void settle_memory(struct report *r, int64_t page_kb)
{
	struct oom_memory *mem = &r->e.state.memory;
	struct oom_counters *c = &r->e.state.counters;
	struct page_counts n = r->counts;
	for (size_t i = 0; i < sizeof(n) / sizeof(int64_t); i++)
		scale(&((int64_t *)&n)[i], page_kb);
	*c = r->pages;
	scale_counters(c, page_kb);
	if (oom_known(n.free))
		mem->free_kb = n.free;
	mem->present_kb = n.ram;
	mem->reserved_kb = n.reserved;
	mem->highmem_kb = n.highmem;
	if (oom_known(n.ram) && oom_known(n.reserved) && n.ram >= n.reserved)
		mem->total_kb = n.ram - n.reserved;
	mem->cma_kb = n.cma;
	mem->hwpoison_kb = n.hwpoison;
	mem->pagecache_total_kb = n.pagecache;
	mem->swap_cached_kb = n.swapcache;
	c->file_kb = n.pagecache;
	c->swap_cached_kb = n.swapcache;
	mem->shmem_kb = c->shmem_kb;
	mem->dirty_kb = c->dirty_kb;
	mem->writeback_kb = c->writeback_kb;
	mem->unevictable_kb = c->unevictable_kb;
	mem->slab_reclaimable_kb = c->slab_reclaimable_kb;
	mem->slab_unreclaimable_kb = c->slab_unreclaimable_kb;
	mem->page_tables_kb = c->page_tables_kb;
	mem->sec_page_tables_kb = c->sec_page_tables_kb;
	mem->kernel_misc_kb = c->kernel_misc_reclaimable_kb;
	mem->pcp_kb = c->free_pcp_kb;
	mem->mapped_kb = c->mapped_kb;
	if (oom_known(n.pagecache) && oom_known(n.swapcache) && oom_known(c->shmem_kb) &&
	    n.pagecache >= n.swapcache + c->shmem_kb)
		mem->file_kb = n.pagecache - n.swapcache - c->shmem_kb;
	estimate_anon(r, mem, c);
	if (!all_nodes_printed(r, n.ram))
		return;
	mem->kernel_stack_kb = node_or_zone_sum(r, offsetof(struct oom_counters, kernel_stack_kb));
	c->kernel_stack_kb = mem->kernel_stack_kb;
	mem->anon_thp_kb = sum_counter(r, offsetof(struct oom_counters, anon_thp_kb), false);
	mem->balloon_kb = sum_counter(r, offsetof(struct oom_counters, balloon_kb), false);
	mem->mlocked_kb = sum_counter(r, offsetof(struct oom_counters, mlocked_kb), true);
	mem->hugetlb_kb = hugetlb_kb(r);
}

/** A list of nodes such as "0-1,4" as bits; false for anything else. */
static bool node_set(const char *text, uint64_t *ret)
{
	struct cur c = cur_of(text, strlen(text));
	int64_t from, to;
	*ret = 0;
	do {
		if (!scan_digits(&c, &from) || !oom_known(from))
			return false;
		to = from;
		if (scan_char(&c, '-') && (!scan_digits(&c, &to) || !oom_known(to)))
			return false;
		if (to < from || to > 63)
			return false;
		for (int64_t i = from; i <= to; i++)
			*ret |= 1ull << i;
	} while (scan_char(&c, ','));
	return c.p == c.end;
}

/** The nodes that the report names anywhere: zones, huge pages. */
static uint64_t nodes_seen(const struct report *r)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < r->e.state.nodes.n; i++)
		seen |= 1ull << (r->e.state.nodes.v[i].id & 63);
	for (size_t i = 0; i < r->e.state.hugetlb.n; i++)
		seen |= 1ull << (oom_or(r->e.state.hugetlb.v[i].node, 0) & 63);
	return seen;
}

/**
 * Which nodes limited the request, where the log does not name the constraint (before 5.0, and in every report that
 * ends in a panic). As constrained_alloc() decides: first the mask of a memory policy, then the cpuset; each only where
 * it leaves out a node that has memory. Nothing follows from a report that does not show which nodes there are.
 */
static enum oom_constraint constraint_of_nodes(const struct report *r)
{
	uint64_t seen = nodes_seen(r), allowed;
	if (r->zones_without_node)
		return OOM_CONSTRAINT_NONE; // a kernel without NUMA
	if (!seen)
		return OOM_CONSTRAINT_UNKNOWN;
	if (r->e.nodemask && node_set(r->e.nodemask, &allowed) && (seen & ~allowed))
		return OOM_CONSTRAINT_MEMPOLICY;
	bool mems = r->e.mems_allowed && node_set(r->e.mems_allowed, &allowed);
	if (mems && (seen & ~allowed))
		return OOM_CONSTRAINT_CPUSET;
	// Reports leave out the nodes that are not allowed: only where all of RAM is there, none was left out. Before
	// 2.6.39 and where somebody cut the log, a cpuset that allows every node in sight is the best that can be said.
	if (all_nodes_printed(r, r->e.state.memory.present_kb) || (mems && !(seen & ~allowed)))
		return OOM_CONSTRAINT_NONE;
	return OOM_CONSTRAINT_UNKNOWN;
}

/** The kernel whose masks these are: that of the report, else one of the time when heads looked like this. */
static const char *gfp_release(const struct report *r)
{
	if (r->e.release)
		return r->e.release;
	return r->era == ERA_24 ? "2.4.20" : r->era == ERA_269 ? "2.6.9" : r->era == ERA_26 ? "2.6.24" : NULL;
}

/** The bits of this report's masks: those of the kernel itself where it told them, held against what we think. */
static void choose_table(const struct oom_log *log, struct report *r, struct oom_gfp_table *table)
{
	oom_gfp_table_for(gfp_release(r), table);
	if (!log->has_gfp)
		return;
	for (int i = 0; i < 32; i++) {
		const char *own = log->gfp.bits[i], *ours = table->bits[i];
		if (own && ours && strcmp(own, ours))
			report_missing(r, "gfp_mask: bit %d is %s in this kernel, not %s as in others of its release",
				       i, own, ours);
		table->bits[i] = own;
	}
}

/** Names for a mask that was printed without; mask and names of one that has both are held against each other. */
static void settle_gfp(const struct oom_log *log, struct report *r)
{
	struct oom_event *e = &r->e;
	struct oom_gfp_table table;
	uint64_t mask;
	// From bit 24 on a bit's place depends on the kernel's configuration (KASAN, lockdep).
	const uint64_t sure = log->has_gfp ? UINT32_MAX : (1 << 24) - 1;
	choose_table(log, r, &table);
	if (!e->gfp_flags.n && oom_known(e->gfp_mask) && e->gfp_mask && table.version) {
		if (!oom_gfp_names(r->small, &table, (uint64_t)e->gfp_mask, &e->gfp_flags))
			report_missing(r, "gfp_flags: kernel %s has no name for some bits", gfp_release(r));
		if (!e->release)
			report_missing(r, "gfp_flags: the release is not in the log, the mask is read as that of %s",
				       gfp_release(r));
	} else if (e->gfp_flags.n && table.version && oom_gfp_mask(&table, &e->gfp_flags, &mask)) {
		if (oom_known(e->gfp_mask) && ((uint64_t)e->gfp_mask & sure) != (mask & sure))
			report_missing(r, "gfp_mask: its names stand for 0x%llx in kernel %s; the names are taken",
				       (unsigned long long)mask, e->release);
		else if (r->mask_redacted)
			e->gfp_mask = (int64_t)mask;
	}
	e->gfp_meaning = oom_gfp_meaning(r->small, &e->gfp_flags);
}

static bool trace_has(const struct report *r, const char *function)
{
	for (size_t i = 0; i < r->e.trace.n; i++) {
		const char *name = r->e.trace.v[i];
		if (!strcmp(name, function) || (!strncmp(name, "? ", 2) && !strcmp(name + 2, function)))
			return true;
	}
	return false;
}

static void settle_constraint(struct report *r)
{
	if (r->constraint_printed || r->e.kind != OOM_EVENT_OOM)
		return;
	if ((r->e.memcg && r->e.memcg->oom) || r->memcg_kill ||
	    (r->e.panic_text && strstr(r->e.panic_text, OOM_PANIC_MEMCG)) || trace_has(r, "mem_cgroup_out_of_memory") ||
	    trace_has(r, "mem_cgroup_oom_synchronize")) {
		r->e.constraint = OOM_CONSTRAINT_MEMCG;
		return;
	}
	// check_panic_on_oom(): panic_on_oom=1 panics only without any constraint; before 2.6.36 its own text says so.
	if (r->panic_on_oom == 1 ||
	    (r->e.panic_text && strstr(r->e.panic_text, "of memory. panic_on_oom is selected"))) {
		r->e.constraint = OOM_CONSTRAINT_NONE;
		return;
	}
	// That no cgroup is involved is proven by a kill line of the machine or by Mem-Info, which cgroup reports lack
	// (the old ones that have it say "Task in … killed" before it).
	if (r->host_kill || r->e.no_killable == OOM_YES || r->e.has_mem_info == OOM_YES || r->failures)
		r->e.constraint = r->failures ? OOM_CONSTRAINT_UNKNOWN : constraint_of_nodes(r);
}

/** Leaves out the frames that may be stale, if others are there; else takes away their mark. */
static void settle_trace(struct report *r)
{
	struct oom_strings *trace = &r->e.trace;
	size_t sure = 0, kept = 0;
	for (size_t i = 0; i < trace->n; i++)
		sure += strncmp(trace->v[i], "? ", 2) != 0;
	for (size_t i = 0; i < trace->n; i++) {
		bool stale = !strncmp(trace->v[i], "? ", 2);
		if (!stale)
			trace->v[kept++] = trace->v[i];
		else if (sure < 3) // kernels without frame pointers mark all but the first one
			trace->v[kept++] = trace->v[i] + 2;
	}
	trace->n = kept;
}

/**
 * From 2.6.24 to 2.6.33 oom_kill_process() alone writes the report and out_of_memory() panics without one, as does
 * mem_cgroup_out_of_memory() as long as its text says "is selected" (2.6.34, 2.6.35).
 */
static bool panics_unreported(const struct report *r)
{
	int release = oom_gfp_version(r->e.release);
	if (!r->e.panic || r->e.has_head == OOM_YES || r->e.has_mem_info == OOM_YES || release < 2006024)
		return false;
	return release < 2006034 || (r->e.panic_text && strstr(r->e.panic_text, OOM_PANIC_MEMCG));
}

static void settle_missing(struct report *r)
{
	struct oom_event *e = &r->e;
	bool memcg = e->constraint == OOM_CONSTRAINT_MEMCG;
	if (panics_unreported(r)) {
		report_missing(r, "report: kernel %s panics before it writes one", e->release);
		return;
	}
	if (e->has_head != OOM_YES)
		report_missing(r, "head of the report: not in the log (overwritten, cut off or dropped)");
	if (e->has_mem_info != OOM_YES && !memcg)
		report_missing(r, "memory state: not in the log");
	if (e->kind == OOM_EVENT_OOM && e->has_task_table != OOM_YES)
		report_missing(r, "task table: not in the log (cut off, or vm.oom_dump_tasks=0)");
	if (e->kind == OOM_EVENT_OOM && !e->victims.n && !e->panic && e->no_killable != OOM_YES)
		report_missing(r, "outcome: neither a kill nor a panic is in the log");
	if (r->dropped)
		report_missing(r, "%lld messages were dropped while the report was written", (long long)r->dropped);
	if (r->damaged_rows)
		report_missing(r, "task table: %lld rows are damaged", (long long)r->damaged_rows);
	if (r->mask_redacted)
		report_missing(r, "gfp_mask: digits are struck out in the log%s",
			       oom_known(e->gfp_mask) ? "; the number is that of the names" : "; only the names tell");
}

void report_settle(struct oom_log *log, struct report *r)
{
	if (r->settled)
		return;
	r->settled = true;
	int64_t page_kb = page_size_of(log, r) / 1024;
	if (r->e.has_head != OOM_YES)
		r->e.has_head = OOM_NO;
	if (r->e.has_mem_info != OOM_YES)
		r->e.has_mem_info = OOM_NO;
	if (r->e.has_task_table != OOM_YES)
		r->e.has_task_table = OOM_NO;
	scale_tasks(r, page_kb);
	scale_zones(r, page_kb);
	settle_memory(r, page_kb);
	if (trace_has(r, "moom_callback"))
		r->e.sysrq = OOM_YES;
	else if (r->e.sysrq != OOM_YES)
		r->e.sysrq = r->e.has_head == OOM_YES ? OOM_NO : OOM_MAYBE;
	settle_gfp(log, r);
	settle_constraint(r);
	settle_trace(r);
	r->e.alloc_path = trace_path(r->small, &r->e.trace, r->module);
	settle_missing(r);
}

void report_strip(struct oom_log *log, struct report *r)
{
	report_settle(log, r);
	report_close(log, r);
	struct oom_state *s = &r->e.state;
	s->nodes = (struct oom_nodes){0};
	s->tasks = (struct oom_tasks){0};
	s->memcgs = (struct oom_memcgs){0};
	s->slabs = (struct oom_slabs){0};
	s->hugetlb = (struct oom_hugetlbs){0};
	s->allocs = (struct oom_alloc_sites){0};
	r->e.trace = (struct oom_strings){0};
	oom_arena_free(r->bulk);
	r->bulk = oom_arena_new();
	log->rows -= r->rows;
	r->rows = 0;
	report_missing(r, "tables: given up to bound memory, the log has many events");
}
