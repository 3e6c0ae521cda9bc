// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The memory in scope, taken apart: of the machine, of a cgroup, of the nodes or the zones that the request may use.
 *
 * A dump counts each kind (NR_ANON_MAPPED, NR_FILE_PAGES …). An OOM report prints the LRU lists instead: active and
 * inactive anon hold shared memory and tmpfs too, and what is locked into memory is on the unevictable list. So from a
 * report: processes = anon lists − shmem + mlocked; the rest of the unevictable list is nobody's (ramfs, an initramfs).
 */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

static int64_t first(int64_t a, int64_t b)
{
	return cl_ok(a) ? a : cl_ok(b) ? b : OOM_ABSENT;
}

static int64_t at_least_0(int64_t kb)
{
	return kb > 0 ? kb : 0;
}

/** The sum, or OOM_ABSENT if both are. */
static int64_t sum(int64_t a, int64_t b)
{
	return cl_ok(a) || cl_ok(b) ? cl_or0(a) + cl_or0(b) : OOM_ABSENT;
}

static void part(struct cl_sheet *s, enum oom_consumer consumer, int64_t kb)
{
	if (cl_ok(kb) && kb > 0 && s->n < CL_MAX_PARTS)
		s->v[s->n++] = (struct cl_part){consumer, kb};
}

static int64_t parts_sum(const struct cl_sheet *s)
{
	int64_t kb = 0;
	for (size_t i = 0; i < s->n; i++)
		kb += s->v[i].kb;
	return kb;
}

/** What is on the LRU lists, in the members that every builder fills. */
static void lists(struct cl_sheet *s, const struct oom_counters *k)
{
	int64_t unevictable_kb = cl_or0(k->unevictable_kb), locked_kb = cl_or0(k->mlocked_kb);
	int64_t nobody_kb = at_least_0(unevictable_kb - locked_kb);
	int64_t shm_locked_kb = nobody_kb < cl_or0(k->shmem_kb) ? nobody_kb : cl_or0(k->shmem_kb);
	s->shmem_kb = k->shmem_kb;
	if (cl_ok(k->active_anon_kb) && cl_ok(k->inactive_anon_kb)) {
		int64_t anon = k->active_anon_kb + k->inactive_anon_kb + cl_or0(k->isolated_anon_kb);
		s->anon_kb = at_least_0(anon - (cl_or0(s->shmem_kb) - shm_locked_kb)) + locked_kb;
	}
	if (cl_ok(k->active_file_kb) && cl_ok(k->inactive_file_kb))
		s->file_kb = k->active_file_kb + k->inactive_file_kb + cl_or0(k->isolated_file_kb);
	// Before 2.6.28 the lists held both kinds.
	if (!cl_ok(s->anon_kb) && cl_ok(k->active_kb) && cl_ok(k->inactive_kb))
		s->lists_kb = k->active_kb + k->inactive_kb;
	s->nobody_kb = nobody_kb - shm_locked_kb;
	s->slab_unreclaimable_kb = k->slab_unreclaimable_kb;
	s->slab_kb = first(sum(k->slab_unreclaimable_kb, k->slab_reclaimable_kb), k->slab_kb);
	s->page_tables_kb = sum(k->page_tables_kb, k->sec_page_tables_kb);
	s->stacks_kb = k->kernel_stack_kb;
	s->dirty_kb = sum(k->dirty_kb, k->writeback_kb);
	s->anon_thp_kb = k->anon_thp_kb;
}

static void common_parts(struct cl_sheet *s)
{
	part(s, OOM_CONSUMER_TASKS, s->anon_kb);
	part(s, OOM_CONSUMER_SHMEM, s->shmem_kb);
	part(s, OOM_CONSUMER_PAGECACHE, s->file_kb);
	part(s, OOM_CONSUMER_SLAB, s->slab_kb);
	part(s, OOM_CONSUMER_PAGE_TABLES, s->page_tables_kb);
	part(s, OOM_CONSUMER_HUGETLB, s->hugetlb_kb);
	part(s, OOM_CONSUMER_KERNEL_STACKS, s->stacks_kb);
	part(s, OOM_CONSUMER_UNEVICTABLE, s->nobody_kb);
}

/** total - free - parts: where everything that is usually large is known nothing owns it, else nothing is said of it.
 */
static void rest(struct cl_sheet *s, int64_t more_kb, bool owned_by_nobody)
{
	bool lists = (cl_ok(s->anon_kb) && cl_ok(s->file_kb)) || cl_ok(s->lists_kb);
	if (!cl_ok(s->total_kb) || !cl_ok(s->free_kb))
		return;
	s->rest_kb = at_least_0(s->total_kb - s->free_kb - parts_sum(s) - more_kb);
	if (owned_by_nobody && lists && cl_ok(s->slab_kb)) {
		s->rest_kb = at_least_0(s->rest_kb - cl_or0(s->lists_kb));
		part(s, OOM_CONSUMER_UNACCOUNTED, s->rest_kb);
		s->rest_kb = cl_or0(s->lists_kb);
	}
}

int64_t cl_hugetlb_kb(const struct cl_look *l, bool only_free)
{
	bool scoped = l->v->scope != OOM_SCOPE_HOST, by_node = false;
	int64_t kb = 0;
	// Rows for the machine and rows for its nodes speak of the same pages.
	for (size_t i = 0; i < l->facts.hugetlb.n; i++)
		by_node |= oom_known(l->facts.hugetlb.v[i].node);
	for (size_t i = 0; i < l->facts.hugetlb.n; i++) {
		const struct oom_hugetlb *h = &l->facts.hugetlb.v[i];
		int64_t pages = only_free ? h->free : h->total, size;
		if (by_node && !oom_known(h->node))
			continue;
		if (scoped && oom_known(h->node) && l->zones.allowed.known && !cl_nodes_has(&l->zones.allowed, h->node))
			continue;
		if (!cl_ok(pages) || !cl_ok(h->size_kb) || __builtin_mul_overflow(pages, h->size_kb, &size) ||
		    !cl_ok(size))
			continue;
		kb += size;
	}
	return l->facts.hugetlb.n ? kb : OOM_ABSENT;
}

/* --- counters, summed over what is in scope --------------------------------------------------- */

enum { NR_COUNTERS = sizeof(struct oom_counters) / sizeof(int64_t) };

/** struct oom_counters has members of one type only: an array that can be added up. */
struct sums {
	int64_t v[NR_COUNTERS];
};
_Static_assert(sizeof(struct sums) == sizeof(struct oom_counters), "every member is an int64_t");

static void none(struct sums *s)
{
	for (size_t i = 0; i < NR_COUNTERS; i++)
		s->v[i] = OOM_ABSENT;
}

static void add(struct sums *s, const struct oom_counters *k)
{
	struct sums other;
	memcpy(&other, k, sizeof(other));
	for (size_t i = 0; i < NR_COUNTERS; i++)
		s->v[i] = sum(s->v[i], other.v[i]);
}

/** Where @p s has nothing, what @p with has. */
static void fill(struct sums *s, const struct sums *with)
{
	for (size_t i = 0; i < NR_COUNTERS; i++)
		s->v[i] = first(s->v[i], with->v[i]);
}

static void zones_sum(const struct cl_look *l, bool by_class, struct sums *ret)
{
	none(ret);
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		if (z->node_ok && (z->class_ok || !by_class))
			add(ret, &z->zone->counters);
	}
}

/** Per node since 4.8, per zone before; what the one does not have, the other may. */
static void nodes_sum(const struct cl_look *l, struct sums *ret)
{
	const struct oom_nodes *nodes = l->state_speaks && l->c->state->nodes.n ? &l->c->state->nodes : &l->facts.nodes;
	struct sums zones;
	none(ret);
	for (size_t i = 0; i < nodes->n; i++) {
		if (!l->zones.allowed.known || !oom_known(nodes->v[i].id) ||
		    cl_nodes_has(&l->zones.allowed, nodes->v[i].id))
			add(ret, &nodes->v[i].counters);
	}
	zones_sum(l, false, &zones);
	fill(ret, &zones);
}

/* --- the four scopes
 * --------------------------------------------------------------------------------------------------- */

/**
 * What of the unevictable list is nobody's, by a dump's counters: anonymous and shared pages that are not on their own
 * lists are locked, the rest that mlock() does not explain is files of a ramfs.
 */
static int64_t nobodys(const struct oom_memory *m, const struct oom_counters *k)
{
	int64_t nobody_kb = at_least_0(cl_or0(k->unevictable_kb) - cl_or0(k->mlocked_kb)),
		shmem_kb = cl_or0(m->shmem_kb);
	int64_t off_lists_kb = shmem_kb;
	if (cl_ok(k->active_anon_kb) && cl_ok(k->inactive_anon_kb))
		off_lists_kb = at_least_0(cl_or0(m->anon_kb) + shmem_kb + cl_or0(m->swap_cached_kb) -
					  cl_or0(m->swap_cached_mapped_kb) - k->active_anon_kb - k->inactive_anon_kb -
					  cl_or0(k->isolated_anon_kb));
	int64_t locked_kb = off_lists_kb < shmem_kb ? off_lists_kb : shmem_kb;
	return at_least_0(nobody_kb - locked_kb);
}

/** What a dump counts directly. */
static void host_exact(struct cl_look *l, const struct oom_counters *k)
{
	const struct oom_memory *m = &l->facts.memory;
	struct cl_sheet *s = &l->sheet;
	s->nobody_kb = nobodys(m, k);
	s->anon_kb = m->anon_kb;
	s->shmem_kb = m->shmem_kb;
	// What the unevictable list holds beside locked and shared memory is counted as file pages.
	s->file_kb = at_least_0(m->file_kb - cl_or0(s->nobody_kb));
	s->slab_unreclaimable_kb = m->slab_unreclaimable_kb;
	s->slab_kb = sum(m->slab_unreclaimable_kb, m->slab_reclaimable_kb);
	s->page_tables_kb = sum(sum(m->page_tables_kb, m->sec_page_tables_kb), m->page_tables_upper_kb);
	s->stacks_kb = m->kernel_stack_kb;
	s->dirty_kb = sum(m->dirty_kb, m->writeback_kb);
	s->anon_thp_kb = m->anon_thp_kb;
}

/**
 * A driver that takes pages from the machine counts them as managed or not, which differs by driver, host and kernel.
 * If they were in what is managed, at least as much would be left over.
 */
static void balloon_part(struct cl_look *l, int64_t balloon_kb, int64_t more_kb)
{
	struct cl_sheet *s = &l->sheet;
	l->balloon_kb = balloon_kb;
	if (!cl_ok(balloon_kb) || balloon_kb <= 0)
		return;
	int64_t left_kb = cl_ok(s->total_kb) && cl_ok(s->free_kb) ? s->total_kb - s->free_kb - parts_sum(s) - more_kb
								  : OOM_ABSENT;
	l->balloon_outside = cl_ok(left_kb) && left_kb < balloon_kb / 2;
	if (!l->balloon_outside)
		part(s, OOM_CONSUMER_BALLOON, balloon_kb);
}

/** vmalloc memory that is there only for per-CPU memory. */
static int64_t percpu_vmalloc_kb(const struct cl_look *l)
{
	int64_t kb = 0;
	for (size_t i = 0; cl_ok(l->facts.memory.vmalloc_kb) && i < l->facts.vmallocs.n; i++) {
		const struct oom_vmalloc *v = &l->facts.vmallocs.v[i];
		kb += cl_vmalloc_of_percpu(v) ? cl_or0(v->kb) : 0;
	}
	return kb < l->facts.memory.vmalloc_kb ? kb : cl_or0(l->facts.memory.vmalloc_kb);
}

static void host_sheet(struct cl_look *l)
{
	const struct oom_memory *m = &l->facts.memory;
	struct cl_sheet *s = &l->sheet;
	struct sums all, nodes;
	struct oom_counters k;
	none(&all);
	add(&all, &l->facts.counters);
	nodes_sum(l, &nodes);
	fill(&all, &nodes);
	memcpy(&k, &all, sizeof(k));
	k.unevictable_kb = first(k.unevictable_kb, m->unevictable_kb);
	k.mlocked_kb = first(k.mlocked_kb, m->mlocked_kb);
	k.shmem_kb = first(k.shmem_kb, m->shmem_kb);
	lists(s, &k);
	bool exact = l->memory_from_state && cl_ok(m->anon_kb) && cl_ok(m->file_kb);
	if (exact)
		host_exact(l, &k);
	else if (!cl_ok(s->file_kb) && !cl_ok(s->lists_kb) && cl_ok(m->pagecache_total_kb))
		s->file_kb = at_least_0(m->pagecache_total_kb - cl_or0(s->shmem_kb) - cl_or0(m->swap_cached_kb) -
					cl_or0(s->nobody_kb));
	s->total_kb = l->ram_kb;
	s->free_kb = first(m->free_kb, l->zones.n && !l->zones.incomplete ? l->zones.free_kb : OOM_ABSENT);
	s->hugetlb_kb = first(l->memory_from_state ? m->hugetlb_kb : OOM_ABSENT, cl_hugetlb_kb(l, false));
	s->origin = l->facts.origin;
	common_parts(s);
	int64_t of_percpu_kb = cl_ok(m->percpu_kb) ? percpu_vmalloc_kb(l) : 0;
	part(s, OOM_CONSUMER_VMALLOC, cl_ok(m->vmalloc_kb) ? at_least_0(m->vmalloc_kb - of_percpu_kb) : OOM_ABSENT);
	part(s, OOM_CONSUMER_PERCPU, m->percpu_kb + of_percpu_kb);
	part(s, OOM_CONSUMER_ZRAM, first(l->memory_from_state ? m->zram_kb : OOM_ABSENT, k.zspages_kb));
	int64_t more_kb = cl_or0(first(m->pcp_kb, k.free_pcp_kb)) + cl_or0(m->kernel_misc_kb) +
			  (exact ? cl_or0(m->swap_cached_kb) - cl_or0(m->swap_cached_mapped_kb) : 0);
	balloon_part(l, first(l->memory_from_state ? m->balloon_kb : OOM_ABSENT, k.balloon_kb), more_kb);
	if (exact && cl_ok(m->unaccounted_kb)) {
		part(s, OOM_CONSUMER_UNACCOUNTED, m->unaccounted_kb);
		s->rest_kb = 0;
		return;
	}
	rest(s, more_kb, true);
}

int64_t cl_memcg_stat(const struct oom_event_memcg *m, const char *name)
{
	for (size_t i = 0; m && i < m->stats.n; i++) {
		if (cl_same(m->stats.v[i].name, name))
			return m->stats.v[i].value;
	}
	return OOM_ABSENT;
}

/**
 * cgroup v1 counts shared memory as cache, and before 4.12 does not tell it apart: it is what the cache
 * has beside the lists of files, and the anonymous lists beside anonymous memory; the less of the two.
 */
static int64_t shmem_of_lists(const struct oom_event_memcg *m, int64_t cache_kb, int64_t anon_kb)
{
	int64_t file = sum(cl_memcg_stat(m, "active_file_kb"), cl_memcg_stat(m, "inactive_file_kb"));
	int64_t lists = sum(cl_memcg_stat(m, "active_anon_kb"), cl_memcg_stat(m, "inactive_anon_kb"));
	if (!cl_ok(cache_kb) || !cl_ok(anon_kb) || !cl_ok(file) || !cl_ok(lists))
		return OOM_ABSENT;
	int64_t by_cache = at_least_0(cache_kb - file), by_lists = at_least_0(lists - anon_kb);
	return by_cache < by_lists ? by_cache : by_lists;
}

/** cgroup v2 has anon and file (shmem in it), v1 rss and cache (shmem in it). */
static void memcg_sheet(struct cl_look *l)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	struct cl_sheet *s = &l->sheet;
	s->total_kb = l->v->scope_kb;
	if (!m)
		return;
	int64_t cache_kb = first(cl_memcg_stat(m, "file_kb"), cl_memcg_stat(m, "cache_kb"));
	s->anon_kb = first(cl_memcg_stat(m, "anon_kb"), cl_memcg_stat(m, "rss_kb"));
	s->shmem_kb = first(cl_memcg_stat(m, "shmem_kb"), shmem_of_lists(m, cache_kb, s->anon_kb));
	s->file_kb = cl_ok(cache_kb) ? at_least_0(cache_kb - cl_or0(s->shmem_kb)) : OOM_ABSENT;
	s->slab_unreclaimable_kb = cl_memcg_stat(m, "slab_unreclaimable_kb");
	s->slab_kb = first(cl_memcg_stat(m, "slab_kb"),
			   sum(s->slab_unreclaimable_kb, cl_memcg_stat(m, "slab_reclaimable_kb")));
	if (!cl_ok(s->slab_kb)) // v1: slab, and the little that stacks are
		s->slab_kb = m->kmem_usage_kb;
	s->page_tables_kb = sum(cl_memcg_stat(m, "pagetables_kb"), cl_memcg_stat(m, "sec_pagetables_kb"));
	s->hugetlb_kb = cl_memcg_stat(m, "hugetlb_kb");
	s->dirty_kb = sum(first(cl_memcg_stat(m, "file_dirty_kb"), cl_memcg_stat(m, "dirty_kb")),
			  first(cl_memcg_stat(m, "file_writeback_kb"), cl_memcg_stat(m, "writeback_kb")));
	s->anon_thp_kb = first(cl_memcg_stat(m, "anon_thp_kb"), cl_memcg_stat(m, "rss_huge_kb"));
	s->origin = m->origin;
	s->stacks_kb = cl_memcg_stat(m, "kernel_stack_kb");
	common_parts(s);
	part(s, OOM_CONSUMER_VMALLOC, cl_memcg_stat(m, "vmalloc_kb"));
	part(s, OOM_CONSUMER_PERCPU, cl_memcg_stat(m, "percpu_kb"));
	part(s, OOM_CONSUMER_ZRAM, cl_memcg_stat(m, "zswap_kb"));
	if (cl_ok(m->usage_kb) && cl_ok(s->total_kb))
		s->free_kb = at_least_0(s->total_kb - m->usage_kb);
	rest(s, 0, false);
}

static void node_sheet(struct cl_look *l)
{
	struct cl_sheet *s = &l->sheet;
	struct sums nodes;
	struct oom_counters k;
	nodes_sum(l, &nodes);
	memcpy(&k, &nodes, sizeof(k));
	lists(s, &k);
	s->total_kb = l->v->scope_kb;
	s->free_kb = l->zones.nr_allowed ? l->zones.free_kb : OOM_ABSENT;
	s->hugetlb_kb = cl_hugetlb_kb(l, false);
	for (size_t i = 0; i < l->zones.n; i++) {
		if (l->zones.v[i].node_ok && l->zones.v[i].node)
			s->origin = l->zones.v[i].node->origin;
	}
	common_parts(s);
	rest(s, cl_or0(k.free_pcp_kb), true);
}

/** What is never in zone Movable is in the zones below it; 64-bit kernels have no other zone that counts above Normal.
 */
static void fill_unmovable(struct oom_counters *k, const struct oom_counters *all)
{
	k->slab_reclaimable_kb = first(k->slab_reclaimable_kb, all->slab_reclaimable_kb);
	k->slab_unreclaimable_kb = first(k->slab_unreclaimable_kb, all->slab_unreclaimable_kb);
	k->slab_kb = first(k->slab_kb, all->slab_kb);
	k->kernel_stack_kb = first(k->kernel_stack_kb, all->kernel_stack_kb);
	k->page_tables_kb = first(k->page_tables_kb, all->page_tables_kb);
}

/** Slab and stacks of a 32-bit kernel are in low memory, whether the zone lines print them or not. */
static void zone_sheet(struct cl_look *l)
{
	struct cl_sheet *s = &l->sheet;
	const struct oom_counters *all = &l->facts.counters;
	struct sums zones;
	struct oom_counters k;
	zones_sum(l, true, &zones);
	memcpy(&k, &zones, sizeof(k));
	if (l->bits32 && !cl_ok(k.slab_reclaimable_kb) && !cl_ok(k.slab_unreclaimable_kb)) {
		k.slab_reclaimable_kb = all->slab_reclaimable_kb;
		k.slab_unreclaimable_kb = all->slab_unreclaimable_kb;
		k.slab_kb = all->slab_kb;
	}
	if (l->bits32)
		k.kernel_stack_kb = first(k.kernel_stack_kb, all->kernel_stack_kb);
	else if (l->request.highest == CL_NORMAL)
		fill_unmovable(&k, all);
	lists(s, &k);
	s->total_kb = l->v->scope_kb;
	s->free_kb = l->zones.free_kb;
	for (size_t i = 0; i < l->zones.n; i++) {
		if (l->zones.v[i].node_ok && l->zones.v[i].class_ok)
			s->origin = l->zones.v[i].zone->origin;
	}
	common_parts(s);
	rest(s, cl_or0(k.free_pcp_kb), true);
}

void cl_sheet_make(struct cl_look *l)
{
	struct cl_sheet *s = &l->sheet;
	memset(s, 0, sizeof(*s));
	s->total_kb = s->free_kb = s->anon_kb = s->shmem_kb = s->file_kb = s->slab_kb = OOM_ABSENT;
	s->slab_unreclaimable_kb = s->page_tables_kb = s->hugetlb_kb = s->dirty_kb = OOM_ABSENT;
	s->anon_thp_kb = s->rest_kb = s->lists_kb = s->stacks_kb = s->nobody_kb = OOM_ABSENT;
	s->origin.at = OOM_ABSENT;
	l->balloon_kb = OOM_ABSENT;
	if (l->v->scope == OOM_SCOPE_MEMCG)
		memcg_sheet(l);
	else if (l->v->cause == OOM_CAUSE_LOWMEM)
		zone_sheet(l);
	else if (l->v->scope == OOM_SCOPE_CPUSET || l->v->scope == OOM_SCOPE_MEMPOLICY || l->v->scope == OOM_SCOPE_ZONE)
		node_sheet(l);
	else if (l->v->scope == OOM_SCOPE_HOST)
		host_sheet(l);
}

/** The lists of a dump are the machine's: of a cgroup they speak only by a process that is in it. */
static bool is_held_in_scope(const struct cl_look *l, int64_t pid)
{
	if (l->v->scope != OOM_SCOPE_MEMCG)
		return true;
	for (size_t i = 0; oom_known(pid) && l->tasks_from_state && i < l->facts.tasks.n; i++) {
		if (l->facts.tasks.v[i].pid == pid)
			return cl_task_in_scope(l, &l->facts.tasks.v[i], false);
	}
	return false;
}

/** May the file be a part of the shared memory in scope? One that is larger is another's, or not shared memory. */
static bool is_part_of_shmem(const struct cl_look *l, const struct oom_shmem *s)
{
	int64_t all_kb = l->sheet.shmem_kb;
	bool fits = !cl_ok(all_kb) || s->kb <= all_kb + all_kb / 20 + 1024;
	return cl_ok(s->kb) && fits && is_held_in_scope(l, s->pid);
}

const struct oom_slab *cl_top_slab(const struct cl_look *l, oom_tri reclaimable)
{
	const struct oom_slab *top = NULL;
	if (l->v->scope == OOM_SCOPE_MEMCG) // whose objects are in a cache, no list tells
		return NULL;
	for (size_t i = 0; i < l->facts.slabs.n; i++) {
		const struct oom_slab *s = &l->facts.slabs.v[i];
		if (reclaimable != OOM_MAYBE && s->reclaimable != OOM_MAYBE && s->reclaimable != reclaimable)
			continue;
		if (cl_ok(s->total_kb) && s->name && (!top || s->total_kb > top->total_kb))
			top = s;
	}
	return top;
}

const struct oom_shmem *cl_top_shmem(const struct cl_look *l)
{
	const struct oom_shmem *top = NULL;
	for (size_t i = 0; i < l->facts.shmem.n; i++) {
		const struct oom_shmem *s = &l->facts.shmem.v[i];
		if ((!top || s->kb > top->kb) && is_part_of_shmem(l, s))
			top = s;
	}
	return top;
}

const struct oom_shmem *cl_shmem_holder(const struct cl_look *l, int64_t *kb)
{
	enum { ASKED = 64 }; // the list is sorted by size
	const struct oom_shmems *list = &l->facts.shmem;
	const struct oom_shmem *top = NULL;
	*kb = 0;
	for (size_t i = 0; i < list->n && i < ASKED; i++) {
		const struct oom_shmem *first_of = &list->v[i];
		int64_t sum = 0;
		if (!oom_known(first_of->pid) || !first_of->comm || !is_part_of_shmem(l, first_of))
			continue;
		for (size_t k = i; k < list->n; k++)
			sum += list->v[k].pid == first_of->pid ? cl_or0(list->v[k].kb) : 0;
		if (sum > *kb) {
			*kb = sum;
			top = &list->v[i];
		}
	}
	return top;
}

bool cl_shmem_nameless(const struct cl_look *l)
{
	int64_t kb = 0;
	for (size_t i = 0; i < l->facts.shmem.n; i++) {
		const struct oom_shmem *s = &l->facts.shmem.v[i];
		bool nameless = s->deleted == OOM_YES || cl_same(s->kind, "sysv") || cl_same(s->kind, "memfd") ||
				cl_same(s->kind, "shared-anon");
		kb += nameless && is_part_of_shmem(l, s) ? cl_or0(s->kb) : 0;
	}
	return cl_ok(l->sheet.shmem_kb) && l->sheet.shmem_kb > 0 && kb >= l->sheet.shmem_kb / 2;
}

const char *cl_shmem_name(struct cl_look *l, const struct oom_shmem *s)
{
	if (cl_same(s->kind, "sysv"))
		return oom_known(s->shmid) ? cl_text(l, "System V segment %" PRId64, s->shmid) : "a System V segment";
	if (cl_same(s->kind, "memfd"))
		return s->path ? cl_text(l, "memfd %s", s->path) : "a memfd";
	if (cl_same(s->kind, "shared-anon"))
		return s->comm ? cl_text(l, "shared anonymous memory of %s", cl_who(l, s->comm, s->pid))
			       : "shared anonymous memory";
	if (!s->path)
		return s->mount;
	return s->deleted == OOM_YES ? cl_text(l, "%s (deleted)", s->path) : s->path;
}

const struct oom_task *cl_top_tables(const struct cl_look *l)
{
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (t->kthread != OOM_YES && t->comm && cl_ok(t->pgtables_kb) &&
		    cl_task_in_scope(l, t, !l->tasks_from_state) && (!top || t->pgtables_kb > top->pgtables_kb))
			top = t;
	}
	return top;
}

int64_t cl_part_kb(const struct cl_look *l, enum oom_consumer consumer)
{
	if (consumer == OOM_CONSUMER_DYING_CGROUPS)
		return l->dying_kb;
	if (consumer == OOM_CONSUMER_BALLOON)
		return l->balloon_kb;
	for (size_t i = 0; i < l->sheet.n; i++) {
		if (l->sheet.v[i].consumer == consumer)
			return l->sheet.v[i].kb;
	}
	return OOM_ABSENT;
}
