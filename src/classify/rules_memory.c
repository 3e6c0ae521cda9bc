// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Findings about what holds memory beside processes, and about swap.
 *
 * Thresholds. Slab that cannot be reclaimed above 10 % of RAM: a healthy machine has a few per cent, and what grows
 * beyond is a leak more often than not. Page tables above 2 %: 8 bytes map 4 KiB, so memory mapped once costs 0.2 %;
 * ten times that is many processes mapping the same. Memory that no counter owns above 10 %: a few per cent are
 * drivers' ring buffers and the like; from a report, which prints fewer counters, above 20 %. Shared memory, dirty
 * pages: where they are a part that a remedy could give back, 10 %.
 */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

enum { KILLS_MAX = 128 };

/* --- shared memory ---------------------------------------------------------------------------- */

static bool shmem(struct cl_look *l)
{
	return l->v->consumer == OOM_CONSUMER_SHMEM || cl_above(l, l->sheet.shmem_kb, 10);
}

/** The tmpfs that holds most, and what it may hold. */
static void cite_mount(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_tmpfs *top = NULL;
	for (size_t i = 0; i < l->facts.tmpfs.n; i++) {
		const struct oom_tmpfs *t = &l->facts.tmpfs.v[i];
		if (t->mount && cl_same(t->type, "tmpfs") && cl_ok(t->used_kb) && (!top || t->used_kb > top->used_kb))
			top = t;
	}
	// Of a cgroup's files in it the mount does not tell.
	if (!top || l->v->scope == OOM_SCOPE_MEMCG || !cl_above(l, top->used_kb, 1))
		return;
	const char *limit = top->limit_kb == OOM_UNLIMITED ? ", no limit"
			    : cl_ok(top->limit_kb)	   ? cl_text(l, " of %" PRId64 " kB", top->limit_kb)
							   : "";
	cl_cite(l, f, top->origin, cl_text(l, "tmpfs on %s: %" PRId64 " kB%s", top->mount, top->used_kb, limit));
}

static void tell_shmem(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_shmem *top = cl_top_shmem(l);
	cl_say(l, f,
	       cl_text(l, "Shared memory and tmpfs files hold %s%s", cl_kb(l, l->sheet.shmem_kb),
		       cl_of_scope(l, l->sheet.shmem_kb)),
	       cl_text(l, "%s%s",
		       "Files in a tmpfs (/tmp, /dev/shm, /run), System V and POSIX shared memory, memfd: they stay "
		       "when the process that made them is killed, and only swap can take them.",
		       l->v->scope == OOM_SCOPE_MEMCG ? " They count against the cgroup's limit." : ""));
	cl_cite(l, f, l->sheet.origin, cl_text(l, "shmem %" PRId64 " kB", l->sheet.shmem_kb));
	if (top) {
		const char *what = cl_shmem_name(l, top);
		const char *on = top->path && top->mount ? cl_text(l, " on %s", top->mount) : "";
		const char *who = top->comm ? cl_text(l, ", open in %s", cl_who(l, top->comm, top->pid)) : "";
		cl_cite(l, f, top->origin,
			cl_text(l, "%s%s: %" PRId64 " kB%s", what ? what : "an unnamed file", on, top->kb, who));
	}
	cite_mount(l, f);
}

/* --- slab ------------------------------------------------------------------------------------- */

static bool slab_unreclaimable(struct cl_look *l)
{
	int64_t kb = l->sheet.slab_unreclaimable_kb;
	return cl_above(l, kb, 10) ||
	       (l->v->consumer == OOM_CONSUMER_SLAB && cl_ok(kb) && kb > cl_or0(l->sheet.slab_kb) / 2);
}

static void cite_slab(struct cl_look *l, struct oom_finding *f, const struct oom_slab *top)
{
	if (!top)
		return;
	const char *objects =
		cl_ok(top->objects) && cl_ok(top->object_size)
			? cl_text(l, ", %" PRId64 " objects of %" PRId64 " bytes", top->objects, top->object_size)
			: "";
	cl_cite(l, f, top->origin, cl_text(l, "%s: %" PRId64 " kB%s", top->name, top->total_kb, objects));
}

/** A table with caches left out says nothing of what is in none. */
static bool all_caches_known(const struct cl_look *l)
{
	if (!l->facts.slabs.n || l->facts.totals.slabs != (int64_t)l->facts.slabs.n || l->c->source.complete == OOM_NO)
		return false;
	for (size_t i = 0; i < l->c->source.missing.n; i++) {
		if (!strncmp(l->c->source.missing.v[i], "slab", 4))
			return false;
	}
	return true;
}

/**
 * SLUB makes kmalloc() of more than two pages of whole pages, which are in the counter (since 5.4, 6a486c0ad4dc) and in
 * no cache.
 */
static void cite_large_kmalloc(struct cl_look *l, struct oom_finding *f, int64_t kb)
{
	int64_t caches_kb = 0;
	if (!all_caches_known(l))
		return;
	for (size_t i = 0; i < l->facts.slabs.n; i++) {
		const struct oom_slab *s = &l->facts.slabs.v[i];
		if (!cl_ok(s->total_kb) || s->reclaimable == OOM_MAYBE)
			return;
		caches_kb += s->reclaimable ? 0 : s->total_kb;
	}
	if (kb - caches_kb > kb / 5)
		cl_cite(l, f, l->sheet.origin,
			cl_text(l, "in no cache: %" PRId64 " kB, kmalloc() of large pieces", kb - caches_kb));
}

static void tell_slab_unreclaimable(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->sheet.slab_unreclaimable_kb;
	cl_say(l, f, cl_text(l, "%s%s are slab objects that cannot be reclaimed", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Above 10 % this suggests a leak in the kernel or a driver, or a program that makes the kernel keep "
	       "very many objects (sockets, file handles, inotify watches, cgroups). Killing processes frees it only "
	       "if they own them.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "slab_unreclaimable %" PRId64 " kB", kb));
	cite_slab(l, f, cl_top_slab(l, OOM_NO));
	cite_large_kmalloc(l, f, kb);
}

static bool slab_reclaimable(struct cl_look *l)
{
	return l->v->consumer == OOM_CONSUMER_SLAB && !slab_unreclaimable(l);
}

static void tell_slab_reclaimable(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->sheet.slab_kb;
	bool known = cl_ok(l->sheet.slab_unreclaimable_kb);
	cl_say(l, f, cl_text(l, "Kernel slab caches hold %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       !known ? "The report does not tell how much of it could be reclaimed. Directory entries and inodes can, "
			"unless open files or mounts hold them."
		      : "Most of it counts as reclaimable (directory entries and inodes), but the kernel could not "
			"free enough of it where it was needed: such caches are held by open files, mounts or a long "
			"walk over many files.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "slab %" PRId64 " kB", kb));
	cite_slab(l, f, cl_top_slab(l, OOM_MAYBE));
}

/* --- huge pages ------------------------------------------------------------------------------- */

static bool short_of_memory(const struct cl_look *l)
{
	return l->v->scope != OOM_SCOPE_MEMCG && l->v->scope != OOM_SCOPE_NONE && l->v->cause != OOM_CAUSE_FORCED &&
	       l->v->cause != OOM_CAUSE_LOWMEM && l->v->cause != OOM_CAUSE_USERSPACE_OOM;
}

/** Free huge pages are memory that nobody uses; they matter from 1 % of what is short on. */
static bool hugepages_free(struct cl_look *l)
{
	int64_t kb = cl_hugetlb_kb(l, true);
	if (!short_of_memory(l) || !cl_ok(kb) || kb <= 0)
		return false;
	return !cl_ok(l->v->scope_kb) || cl_above(l, kb, 1);
}

static void tell_hugepages_free(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = cl_hugetlb_kb(l, true), all_kb = cl_hugetlb_kb(l, false);
	bool node = l->v->scope != OOM_SCOPE_HOST && l->zones.allowed.known;
	const char *short_of = l->v->cause != OOM_CAUSE_NONE ? ", which ran out of memory" : "";
	cl_say(l, f,
	       cl_text(l, "%s of free huge pages are set aside on %s%s", cl_kb(l, kb),
		       node ? cl_node_list(l, &l->zones.allowed) : "this machine", short_of),
	       cl_text(l,
		       "%s are reserved as huge pages there. No other allocation may use them, however short memory "
		       "is: the reservation starves the rest.",
		       cl_kb(l, all_kb)));
	for (size_t i = 0; i < l->facts.hugetlb.n; i++) {
		const struct oom_hugetlb *h = &l->facts.hugetlb.v[i];
		if (!cl_ok(h->free) || h->free <= 0 ||
		    (node && oom_known(h->node) && !cl_nodes_has(&l->zones.allowed, h->node)))
			continue;
		const char *where = oom_known(h->node) ? cl_text(l, "node %" PRId64 ": ", h->node) : "";
		const char *of = cl_ok(h->total) ? cl_text(l, " of %" PRId64, h->total) : "";
		const char *size = cl_ok(h->size_kb) ? cl_text(l, " of %" PRId64 " kB", h->size_kb) : "";
		cl_cite(l, f, h->origin, cl_text(l, "%s%" PRId64 "%s huge pages%s are free", where, h->free, of, size));
	}
}

/* --- the contiguous memory allocator ---------------------------------------------------------- */

int64_t cl_cma_withheld_kb(const struct cl_look *l)
{
	int64_t kb = 0;
	if (!l->request.known || l->request.movable)
		return 0;
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		int64_t cma_kb = cl_or0(z->zone->counters.free_cma_kb);
		if (!z->class_ok || !z->node_ok || !cl_ok(z->free_kb) || cma_kb <= 0 || cma_kb > z->free_kb)
			continue;
		bool short_of_pages = z->level == CL_EXHAUSTED && cl_ok(z->mark_kb) && z->free_kb > z->mark_kb;
		bool short_of_blocks = l->v->cause == OOM_CAUSE_FRAGMENTATION && z->has_block == OOM_NO;
		kb += short_of_pages || short_of_blocks ? cma_kb : 0;
	}
	return kb;
}

static bool cma_free(struct cl_look *l)
{
	bool global =
		l->v->scope != OOM_SCOPE_MEMCG && l->v->scope != OOM_SCOPE_NONE && l->v->cause != OOM_CAUSE_FORCED;
	int64_t kb = cl_cma_withheld_kb(l);
	return global && kb > 0 && (!cl_ok(l->v->scope_kb) || cl_above(l, kb, 1));
}

static void tell_cma_free(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, cl_text(l, "%s are free, but set aside for devices (CMA)", cl_kb(l, cl_cma_withheld_kb(l))),
	       "The contiguous memory allocator lends its area to movable pages only (of processes and files); a "
	       "request of "
	       "the kernel for itself, like this one, may not use it.");
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		if (z->class_ok && z->node_ok && cl_or0(z->zone->counters.free_cma_kb) > 0 && cl_ok(z->free_kb))
			cl_cite(l, f, z->zone->origin,
				cl_text(l, "%s: free %" PRId64 " kB, %" PRId64 " kB of it CMA", cl_zone_name(l, z),
					z->free_kb, z->zone->counters.free_cma_kb));
	}
}

/* --- the rest of the kernel ------------------------------------------------------------------- */

static bool page_tables(struct cl_look *l)
{
	return l->v->consumer == OOM_CONSUMER_PAGE_TABLES || cl_above(l, l->sheet.page_tables_kb, 2);
}

static void tell_page_tables(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->sheet.page_tables_kb;
	cl_say(l, f, cl_text(l, "Page tables take %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Mapping memory once costs 0.2 % of its size. More than 2 % means very many processes, each with tables "
	       "of its own; processes that map the same large memory (a database's shared buffers); or very sparse "
	       "mappings.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "page tables %" PRId64 " kB", kb));
	const struct oom_task *top = cl_top_tables(l);
	if (top && cl_ok(kb) && top->pgtables_kb >= kb / 20)
		cl_cite(l, f, top->origin,
			cl_text(l, "%s: page tables %" PRId64 " kB", cl_who(l, top->comm, top->pid), top->pgtables_kb));
}

static bool unaccounted(struct cl_look *l)
{
	// The page structures of all RAM are in low memory too, and before 3.9 zones do not count them apart.
	if (l->v->cause == OOM_CAUSE_LOWMEM && l->v->consumer != OOM_CONSUMER_UNACCOUNTED)
		return false;
	int64_t percent = l->memory_from_state && cl_ok(l->facts.memory.unaccounted_kb) ? 10 : 20;
	return l->v->consumer == OOM_CONSUMER_UNACCOUNTED ||
	       cl_above(l, cl_part_kb(l, OOM_CONSUMER_UNACCOUNTED), percent);
}

/**
 * Compressed swap (zram, zswap) is in RAM: its pages (zsmalloc, zbud) are in no counter that a log before 7.1 prints.
 * They can explain what is missing where so much was swapped out; a page takes less there than before.
 */
bool cl_may_be_compressed_swap(const struct cl_look *l)
{
	int64_t kb = cl_part_kb(l, OOM_CONSUMER_UNACCOUNTED);
	return !l->memory_from_state && l->v->scope == OOM_SCOPE_HOST && cl_ok(kb) && cl_ok(l->swap_total_kb) &&
	       cl_ok(l->swap_free_kb) && !cl_ok(cl_part_kb(l, OOM_CONSUMER_ZRAM)) &&
	       l->swap_total_kb - l->swap_free_kb >= kb;
}

static void tell_unaccounted(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = cl_part_kb(l, OOM_CONSUMER_UNACCOUNTED);
	bool exact = cl_ok(l->facts.memory.unaccounted_kb) && l->v->scope == OOM_SCOPE_HOST;
	bool unread = cl_mostly_unread(l, kb);
	cl_say(l, f, cl_text(l, "No counter owns %s%s", cl_kb(l, kb), cl_of_scope(l, kb)),
	       unread  ? "Pages that were allocated directly. Most of them lie unread in pipes and sockets that "
			 "processes "
			 "have open: the one that closes these gives them back."
	       : exact ? "Pages that were allocated directly: by a driver (network and graphics buffers), a "
			 "hypervisor's "
			 "guest memory, or leaked. No process gives them back."
	       : cl_may_be_compressed_swap(l)
		       ? "The report has no counter for compressed swap (zram, zswap), vmalloc, per-CPU memory and "
			 "pages "
			 "that drivers allocate directly; the difference is among these. More than that was swapped "
			 "out: if swap is compressed in RAM, it is there."
		       : "The report has no counter for vmalloc, per-CPU memory and pages that drivers allocate "
			 "directly; the difference is among these.");
	cl_cite(l, f, l->sheet.origin,
		cl_text(l, "unaccounted %" PRId64 " kB of %" PRId64 " kB", kb, l->sheet.total_kb));
	if (cl_may_be_compressed_swap(l))
		cl_cite(l, f, l->own->origin,
			cl_text(l, "swapped out: %" PRId64 " kB", l->swap_total_kb - l->swap_free_kb));
	cl_cite_allocators(l, f, kb);
}

static bool dirty_cache(struct cl_look *l)
{
	return cl_above(l, l->sheet.dirty_kb, 10);
}

static void tell_dirty_cache(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->sheet.dirty_kb;
	cl_say(l, f, cl_text(l, "%s%s are file pages that wait to be written", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Page cache is given back at need, but dirty pages only when the disk has them: a slow or stuck device, "
	       "or a cgroup that is small against the dirty limits.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "dirty and writeback %" PRId64 " kB", kb));
}

/** Half of the processes' memory in transparent huge pages, and they are what fills the scope. */
static bool thp(struct cl_look *l)
{
	int64_t kb = l->sheet.anon_thp_kb;
	return cl_ok(l->sheet.anon_kb) && cl_ok(kb) && kb > l->sheet.anon_kb / 2 && cl_above(l, l->sheet.anon_kb, 50);
}

static void tell_thp(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = l->sheet.anon_thp_kb;
	cl_say(l, f,
	       cl_text(l, "%s of the processes' memory are transparent huge pages (%s of it)", cl_kb(l, kb),
		       cl_percent(l, kb, l->sheet.anon_kb)),
	       "A process that touches a byte gets 2 MiB. Where programs use memory sparsely this grows what they "
	       "hold; the input does not show how much of it is used.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "anon_thp %" PRId64 " kB", kb));
}

static bool dying_cgroups(struct cl_look *l)
{
	return l->dying_kb > 0 && cl_above(l, l->dying_kb, 5);
}

static void tell_dying_cgroups(struct cl_look *l, struct oom_finding *f)
{
	int64_t count = 0, all = l->v->scope == OOM_SCOPE_HOST ? l->facts.totals.memcgs_dying : OOM_ABSENT;
	for (size_t i = 0; i < l->facts.memcgs.n; i++) {
		const struct oom_memcg *m = &l->facts.memcgs.v[i];
		if (!cl_dies_in_scope(l, m))
			continue;
		count++;
		if (f->evidence.n < 3 && cl_ok(m->usage_kb) && m->usage_kb > 0)
			cl_cite(l, f, m->origin,
				cl_text(l, "%s: %" PRId64 " kB", m->path ? m->path : "a removed cgroup", m->usage_kb));
	}
	if (!f->evidence.n)
		cl_cite(l, f, l->facts.origin, cl_text(l, "removed cgroups: %" PRId64 " kB", l->dying_kb));
	cl_say(l, f,
	       cl_text(l, "%" PRId64 " removed cgroups still hold %s%s", cl_ok(all) && all > count ? all : count,
		       cl_kb(l, l->dying_kb), cl_of_scope(l, l->dying_kb)),
	       "A removed cgroup lives on as long as a page is charged to it: page cache, tmpfs files, kernel "
	       "objects.");
}

/** Of the incident: the cgroup at its limit, those above and below it; the verdict itself speaks of these. */
static bool of_incident(const struct cl_look *l, const struct oom_memcg *m)
{
	return l->v->scope == OOM_SCOPE_MEMCG && l->memcg_oom &&
	       (cl_same(m->path, l->memcg_oom) || cl_memcg_under(m->path, l->memcg_oom) ||
		cl_memcg_under(l->memcg_oom, m->path));
}

/**
 * The cgroups in which the OOM killer killed, the most kills first; of those that hold each other, whose count has the
 * kills below it, the innermost. How many of them are in @p ret.
 */
static size_t kills_in(const struct cl_look *l, const struct oom_memcg *ret[KILLS_MAX])
{
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < l->facts.memcgs.n && n < KILLS_MAX; i++) {
		const struct oom_memcg *m = &l->facts.memcgs.v[i];
		if (m->path && cl_ok(m->events_oom_kill) && m->events_oom_kill > 0 && !of_incident(l, m))
			ret[n++] = m;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t below = 0;
		for (size_t k = 0; k < n; k++)
			if (k != i && cl_memcg_under(ret[k]->path, ret[i]->path) && ret[k]->events_oom_kill > below)
				below = ret[k]->events_oom_kill;
		if (below < ret[i]->events_oom_kill)
			ret[kept++] = ret[i];
	}
	for (size_t i = 1; i < kept; i++)
		for (size_t k = i; k && ret[k]->events_oom_kill > ret[k - 1]->events_oom_kill; k--) {
			const struct oom_memcg *smaller = ret[k - 1];
			ret[k - 1] = ret[k];
			ret[k] = smaller;
		}
	return kept;
}

static bool cgroup_kills(struct cl_look *l)
{
	const struct oom_memcg *list[KILLS_MAX] = {NULL};
	return kills_in(l, list) > 0;
}

static void tell_cgroup_kills(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_memcg *list[KILLS_MAX] = {NULL};
	size_t n = kills_in(l, list);
	if (!n)
		return;
	for (size_t i = 0; i < n && i < 3; i++) {
		const char *at_limit = cl_ok(list[i]->events_oom)
					       ? cl_text(l, ", %" PRId64 " times at a limit", list[i]->events_oom)
					       : "";
		const char *limit = list[i]->limit_kb == OOM_UNLIMITED ? ", no limit of its own"
				    : cl_ok(list[i]->limit_kb) ? cl_text(l, ", limit %" PRId64 " kB", list[i]->limit_kb)
							       : "";
		cl_cite(l, f, list[i]->origin,
			cl_text(l, "%s: oom_kill %" PRId64 "%s%s", list[i]->path, list[i]->events_oom_kill, at_limit,
				limit));
	}
	cl_say(l, f,
	       n == 1 ? cl_text(l, "The OOM killer has killed %" PRId64 " process%s of %s", list[0]->events_oom_kill,
				list[0]->events_oom_kill == 1 ? "" : "es", list[0]->path)
		      : cl_text(l, "The OOM killer has killed processes of %zu cgroups, most of them of %s", n,
				list[0]->path),
	       "Since the cgroup was made, at its limit, at one above it, or because the machine had no memory. A kill "
	       "within a cgroup often goes unseen: the service starts again.");
}

static bool unevictable(struct cl_look *l)
{
	return l->v->consumer == OOM_CONSUMER_UNEVICTABLE || cl_above(l, cl_part_kb(l, OOM_CONSUMER_UNEVICTABLE), 10);
}

static void tell_unevictable(struct cl_look *l, struct oom_finding *f)
{
	int64_t kb = cl_part_kb(l, OOM_CONSUMER_UNEVICTABLE);
	cl_say(l, f, cl_text(l, "%s%s cannot be evicted and belong to no process", cl_kb(l, kb), cl_of_scope(l, kb)),
	       "Files in a ramfs or in the initramfs: they live in memory alone, and neither swap nor a kill frees "
	       "them.");
	cl_cite(l, f, l->sheet.origin, cl_text(l, "unevictable, beside locked and shared memory: %" PRId64 " kB", kb));
}

/* --- swap ------------------------------------------------------------------------------------- */

static bool swap_matters(const struct cl_look *l)
{
	bool free = (l->v->cause == OOM_CAUSE_UNKNOWN && l->figures_contradict) || cl_no_zone_fits(l);
	return short_of_memory(l) && l->v->cause != OOM_CAUSE_NONE && l->v->cause != OOM_CAUSE_FRAGMENTATION &&
	       l->v->cause != OOM_CAUSE_ALLOCATION_FAILURE && !free;
}

static bool no_swap(struct cl_look *l)
{
	return swap_matters(l) && l->swap_total_kb == 0;
}

static void tell_no_swap(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "There is no swap",
	       "Anonymous memory and tmpfs files cannot leave RAM; without swap the kernel has only file pages to take "
	       "back, and a short peak ends in an OOM.");
	cl_cite(l, f, l->own->origin.kind ? l->own->origin : l->facts.origin, "total swap 0 kB");
}

/** The kernel keeps the last slots of each CPU: "full" is from 99 % on. */
static bool swap_full(struct cl_look *l)
{
	return swap_matters(l) && cl_ok(l->swap_total_kb) && l->swap_total_kb > 0 && cl_ok(l->swap_free_kb) &&
	       l->swap_free_kb <= l->swap_total_kb / 100;
}

static void tell_swap_full(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, cl_text(l, "Swap is full: all %s are used", cl_kb(l, l->swap_total_kb)),
	       "RAM and swap together were too small for what the processes hold; more swap only helps if part of it "
	       "is seldom used.");
	cl_cite(l, f, l->own->origin.kind ? l->own->origin : l->facts.origin,
		cl_text(l, "free swap %" PRId64 " kB of %" PRId64 " kB", l->swap_free_kb, l->swap_total_kb));
}

const struct cl_rule cl_rules_memory[] = {
	{"hugepages-free", OOM_SEVERITY_CRITICAL, hugepages_free, tell_hugepages_free, cl_advise_hugepages, false},
	{"cma-free", OOM_SEVERITY_CRITICAL, cma_free, tell_cma_free, cl_advise_cma, false},
	{"shmem", OOM_SEVERITY_WARNING, shmem, tell_shmem, cl_advise_tmpfs, false},
	{"slab-unreclaimable", OOM_SEVERITY_CRITICAL, slab_unreclaimable, tell_slab_unreclaimable, cl_advise_slab,
	 false},
	{"slab-reclaimable", OOM_SEVERITY_WARNING, slab_reclaimable, tell_slab_reclaimable, cl_advise_slab, false},
	{"dying-cgroups", OOM_SEVERITY_WARNING, dying_cgroups, tell_dying_cgroups, cl_advise_dying_cgroups, false},
	{"cgroup-kills", OOM_SEVERITY_WARNING, cgroup_kills, tell_cgroup_kills, cl_advise_cgroup_kills, false},
	{"unaccounted", OOM_SEVERITY_WARNING, unaccounted, tell_unaccounted, cl_advise_unaccounted, false},
	{"unevictable", OOM_SEVERITY_WARNING, unevictable, tell_unevictable, NULL, false},
	{"page-tables", OOM_SEVERITY_WARNING, page_tables, tell_page_tables, cl_advise_page_tables, false},
	{"dirty-cache", OOM_SEVERITY_WARNING, dirty_cache, tell_dirty_cache, cl_advise_dirty, false},
	{"thp", OOM_SEVERITY_INFO, thp, tell_thp, cl_advise_thp, false},
	{"no-swap", OOM_SEVERITY_INFO, no_swap, tell_no_swap, cl_advise_swap, false},
	{"swap-full", OOM_SEVERITY_WARNING, swap_full, tell_swap_full, cl_advise_more_swap, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
