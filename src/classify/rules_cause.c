// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Findings that prove the cause: what was at its limit, exhausted, fragmented, asked for by hand. */
#include "classify/internal.h"
#include <inttypes.h>

enum { MAX_ZONES_CITED = 16 };

static struct oom_origin event_origin(const struct cl_look *l)
{
	return l->e ? l->e->origin : l->facts.origin;
}

static const char *group_name(struct cl_look *l)
{
	return l->memcg_oom ? cl_memcg_name(l, l->memcg_oom, false) : "the cgroup";
}

/** The same at the beginning of a sentence. */
static const char *group_title(struct cl_look *l)
{
	return cl_begin(l, group_name(l));
}

/* --- cgroups ---------------------------------------------------------------------------------- */

static const char *usage_text(struct cl_look *l, const struct oom_event_memcg *m)
{
	if (!m || !cl_ok(m->usage_kb) || !oom_known(m->limit_kb))
		return NULL;
	const char *hit = "";
	if (cl_ok(m->failcnt) && m->failcnt > 0)
		hit = cl_text(l, ", limit hit %" PRId64 " times", m->failcnt);
	if (m->limit_kb >= CL_MOST)
		return cl_text(l, "usage %" PRId64 " kB, no limit%s", m->usage_kb, hit);
	return cl_text(l, "usage %" PRId64 " kB, limit %" PRId64 " kB%s", m->usage_kb, m->limit_kb, hit);
}

static void cite_usage(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	const char *text = usage_text(l, m);
	if (text)
		cl_cite(l, f, m->origin, text);
	for (size_t i = 0; !m && i < l->facts.memcgs.n; i++) {
		const struct oom_memcg *g = &l->facts.memcgs.v[i];
		if (cl_same(g->path, l->memcg_oom))
			cl_cite(l, f, g->origin,
				cl_text(l, "usage %" PRId64 " kB, limit %" PRId64 " kB", g->usage_kb, g->limit_kb));
	}
	if (l->memcg_oom)
		cl_cite(l, f, m ? m->origin : event_origin(l), cl_text(l, "cgroup %s", l->memcg_oom));
}

static bool own_limit(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_MEMCG_LIMIT && !l->as_before;
}

static void tell_own_limit(struct cl_look *l, struct oom_finding *f)
{
	const char *size = cl_ok(l->v->scope_kb) ? cl_text(l, " of %s", cl_kb(l, l->v->scope_kb)) : "";
	cl_say(l, f, cl_text(l, "%s reached its memory limit%s", group_title(l), size),
	       l->own_or_above ? "Only processes in it or below it can be killed for that; the rest of the machine may "
				 "have memory left."
			       : "Only processes in this cgroup can be killed for it; the rest of the machine may have "
				 "memory left.");
	cite_usage(l, f);
}

/** mm/oom_kill.c, out_of_memory(): check_panic_on_oom() comes before oom_kill_process() prints task_memcg=. */
static bool own_or_above(struct cl_look *l)
{
	return l->own_or_above && l->v->cause == OOM_CAUSE_MEMCG_LIMIT;
}

static void tell_own_or_above(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "Whether that is the limit of the task's own cgroup or of one above it is not told",
	       l->panic_text
		       ? "A panic comes before the line that names the task's cgroup (oom-kill:constraint=...), and "
			 "the structures that have it cannot be read. The cause memcg-limit stands for both here."
		       : "The line that names both (oom-kill:constraint=...) is not in the input, or its two paths "
			 "do not fit together. The cause memcg-limit stands for both here.");
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	if (m && m->task && m->oom)
		cl_cite(l, f, m->origin, cl_text(l, "limit of %s, task in %s", m->oom, m->task));
	else if (l->e)
		cl_cite(l, f, m ? m->origin : event_origin(l),
			cl_text(l, "limit of %s, task in: not printed", group_name(l)));
	else
		cite_usage(l, f);
}

static bool ancestor_limit(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_MEMCG_ANCESTOR_LIMIT && !l->as_before;
}

static void tell_ancestor_limit(struct cl_look *l, struct oom_finding *f)
{
	const char *size = cl_ok(l->v->scope_kb) ? cl_text(l, " of %s", cl_kb(l, l->v->scope_kb)) : "";
	cl_say(l, f, cl_text(l, "%s, above the task's own cgroup, reached its limit%s", group_title(l), size),
	       cl_text(l,
		       "%s is in %s. The limit holds for all cgroups below %s together, so another one of them may be "
		       "what fills it.",
		       cl_victim(l) ? "The killed process" : "The process that asked",
		       l->memcg_task ? cl_memcg_name(l, l->memcg_task, false) : "a cgroup below it", group_name(l)));
	cite_usage(l, f);
}

static bool below_limit(struct cl_look *l)
{
	return l->below_limit;
}

static void tell_below_limit(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The cgroup was below its limit when its figures were printed",
	       "Memory was freed between the failed charge and the report, or a higher order was asked for.");
	cite_usage(l, f);
}

static bool full(int64_t usage_kb, int64_t limit_kb)
{
	return cl_ok(usage_kb) && cl_ok(limit_kb) && limit_kb > 0 && usage_kb >= limit_kb - limit_kb / 50;
}

static bool memsw_full(struct cl_look *l)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	return m && (full(m->memsw_usage_kb, m->memsw_limit_kb) || full(m->swap_usage_kb, m->swap_limit_kb) ||
		     (m->swap_limit_kb == 0 && oom_or(l->swap_total_kb, 0) > 0));
}

static void tell_memsw_full(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_event_memcg *m = l->e->memcg;
	if (full(m->memsw_usage_kb, m->memsw_limit_kb)) {
		cl_say(l, f, cl_text(l, "%s may not swap any more: memory+swap is at its limit", group_title(l)),
		       "memory.memsw.limit_in_bytes counts memory and swap together; a swapped page stays counted.");
		cl_cite(l, f, m->origin,
			cl_text(l, "memory+swap: usage %" PRId64 " kB, limit %" PRId64 " kB", m->memsw_usage_kb,
				m->memsw_limit_kb));
		return;
	}
	cl_say(l, f,
	       m->swap_limit_kb == 0 ? cl_text(l, "%s may not swap", group_title(l))
				     : cl_text(l, "%s has used up the swap it may use", group_title(l)),
	       "Anonymous memory of the cgroup cannot be moved to swap; at the limit something must be killed.");
	cl_cite(l, f, m->origin,
		cl_ok(m->swap_usage_kb) ? cl_text(l, "swap: usage %" PRId64 " kB, limit %" PRId64 " kB",
						  m->swap_usage_kb, m->swap_limit_kb)
					: cl_text(l, "swap: limit %" PRId64 " kB", m->swap_limit_kb));
}

static bool kmem_full(struct cl_look *l)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	return m && full(m->kmem_usage_kb, m->kmem_limit_kb);
}

static void tell_kmem_full(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_event_memcg *m = l->e->memcg;
	cl_say(l, f, cl_text(l, "The kernel memory of %s is at its limit", group_name(l)),
	       "memory.kmem.limit_in_bytes (cgroup v1) limits slab and stacks on their own.");
	cl_cite(l, f, m->origin,
		cl_text(l, "kmem: usage %" PRId64 " kB, limit %" PRId64 " kB", m->kmem_usage_kb, m->kmem_limit_kb));
}

static bool as_before(struct cl_look *l)
{
	return l->as_before;
}

static void tell_as_before(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "Little is left of this report; taken to repeat the one before it",
	       l->v->scope == OOM_SCOPE_MEMCG ? cl_text(l,
							"%s hit the limit of a cgroup earlier in the same boot, and "
							"nothing here says otherwise.",
							l->e->trigger.comm ? l->e->trigger.comm : "The program")
					      : "Only the kill is in the log. The report before it, of the same boot, "
						"tells why memory was short then.");
	cl_cite(l, f, l->as_before->origin, "the report before");
}

/* --- zones and nodes -------------------------------------------------------------------------- */

static void cite_zone(struct cl_look *l, struct oom_finding *f, const struct cl_zone *z)
{
	const struct oom_zone *zone = z->zone;
	const char *marks = "", *reserve = "", *held = "", *flag = "";
	if (oom_known(zone->min_kb) && oom_known(zone->high_kb))
		marks = cl_text(l, ", min %" PRId64 " kB, high %" PRId64 " kB", zone->min_kb, zone->high_kb);
	if (z->reserve_kb > 0)
		reserve = cl_text(l, ", %" PRId64 " kB kept from requests for higher zones", z->reserve_kb);
	if (z->usable_kb < z->free_kb)
		held = cl_text(l, " (%" PRId64 " kB of it not for this request)", z->free_kb - z->usable_kb);
	if (zone->all_unreclaimable == OOM_YES || (z->node && z->node->all_unreclaimable == OOM_YES))
		flag = ", all unreclaimable";
	cl_cite(l, f, zone->origin,
		cl_text(l, "%s: free %" PRId64 " kB%s%s%s%s", cl_zone_name(l, z), z->free_kb, held, marks, reserve,
			flag));
}

/** Zones for which class and node fit, and whose level is @p level or any if that is unknown. */
static void cite_zones(struct cl_look *l, struct oom_finding *f, bool allowed, enum cl_level level)
{
	size_t cited = 0;
	for (size_t i = 0; i < l->zones.n && cited < MAX_ZONES_CITED; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		bool mine = z->class_ok && z->node_ok;
		if (mine != allowed || !cl_ok(z->free_kb) || (level != CL_LEVEL_UNKNOWN && z->level != level))
			continue;
		cite_zone(l, f, z);
		cited++;
	}
}

static bool zones_exhausted(struct cl_look *l)
{
	switch (l->v->cause) {
	case OOM_CAUSE_HOST_EXHAUSTED:
	case OOM_CAUSE_LOWMEM:
	case OOM_CAUSE_NUMA_CPUSET:
	case OOM_CAUSE_NUMA_MEMPOLICY:
	case OOM_CAUSE_NUMA_NODE:
		return l->zones.nr_exhausted > 0;
	default:
		return false;
	}
}

static void tell_zones_exhausted(struct cl_look *l, struct oom_finding *f)
{
	const struct cl_zones *zs = &l->zones;
	const char *count = zs->nr_exhausted == zs->nr_allowed
				    ? zs->nr_allowed == 1   ? "The only zone"
				      : zs->nr_allowed == 2 ? "Both zones"
							    : cl_text(l, "All %zu zones", zs->nr_allowed)
				    : cl_text(l, "%zu of %zu zones", zs->nr_exhausted, zs->nr_allowed);
	cl_say(l, f, cl_text(l, "%s that the request may use had no memory left to give", count),
	       "A zone gives pages down to its marks; the last try before the OOM killer is made at the high mark, "
	       "plus what is kept from requests that could use a higher zone.");
	cite_zones(l, f, true, CL_LEVEL_UNKNOWN);
}

static bool numa_bound(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_NUMA_CPUSET || l->v->cause == OOM_CAUSE_NUMA_MEMPOLICY ||
	       l->v->cause == OOM_CAUSE_NUMA_NODE;
}

static void tell_numa_bound(struct cl_look *l, struct oom_finding *f)
{
	const char *nodes = l->zones.allowed.known ? cl_node_list(l, &l->zones.allowed) : "some of the nodes";
	const char *by = l->v->cause == OOM_CAUSE_NUMA_CPUSET	   ? "a cpuset"
			 : l->v->cause == OOM_CAUSE_NUMA_MEMPOLICY ? "a memory policy"
								   : "something the input does not name";
	const char *free = l->zones.others == CL_FREE
				   ? cl_text(l, "The other nodes have %s free.", cl_kb(l, l->zones.others_free_kb))
				   : "The input does not tell how much the other nodes have free.";
	if (cl_no_zone_fits(l))
		free = cl_text(l,
			       "All memory there is in zones that this request may not use, however much of it is "
			       "free: zone Movable is for pages of processes and files only. %s",
			       free);
	cl_say(l, f, cl_text(l, "The request was bound to %s by %s", nodes, by), free);
	if (cl_no_zone_fits(l))
		cite_zones(l, f, false, CL_FREE);
	if (l->e && (l->e->mems_allowed || l->e->cpuset))
		cl_cite(l, f, event_origin(l),
			cl_text(l, "cpuset %s, mems_allowed %s%s%s", l->e->cpuset ? l->e->cpuset : "not printed",
				l->e->mems_allowed ? l->e->mems_allowed : "not printed",
				l->e->nodemask ? ", nodemask " : "", l->e->nodemask ? l->e->nodemask : ""));
	if (cl_ok(l->own->memory.free_kb))
		cl_cite(l, f, l->own->origin,
			cl_text(l, "free on the whole machine: %" PRId64 " kB", l->own->memory.free_kb));
}

static bool low_memory(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_LOWMEM;
}

static void tell_low_memory(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The memory that is left is in a zone that the request may not use",
	       l->bits32
		       ? "A 32-bit kernel keeps its own data (inodes, dentries, page structures, stacks) in the first "
			 "896 MiB or so; the more RAM there is, the more of it the management of that RAM takes."
		       : "The request asked for memory below a physical address, or for memory that cannot be moved.");
	cite_zones(l, f, false, CL_FREE);
	if (l->zones.hidden_free_kb)
		cl_cite(l, f, l->own->origin,
			cl_text(l,
				"free on the whole machine: %" PRId64 " kB, %" PRId64
				" kB of it in zones that the report leaves out, as the request may not use them",
				l->own->memory.free_kb, l->zones.hidden_free_kb));
}

static bool fragmented(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_FRAGMENTATION;
}

static void tell_fragmented(struct cl_look *l, struct oom_finding *f)
{
	int64_t block_kb = l->page_kb << l->request.order;
	cl_say(l, f, cl_text(l, "No free block of %s (order %" PRId64 ")", cl_kb(l, block_kb), l->request.order),
	       "Single pages were free above the marks, so this is not a lack of memory: no block of that size was "
	       "left of a kind that the request may use.");
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		if (!z->class_ok || !z->node_ok || z->order0_passes != OOM_YES)
			continue;
		cite_zone(l, f, z);
		if (z->has_block == OOM_NO)
			cl_cite(l, f, z->zone->origin,
				cl_text(l, "%s: no usable free block of order %" PRId64 " or above", cl_zone_name(l, z),
					l->request.order));
	}
}

/* --- no lack of memory, or none that is shown ------------------------------------------------- */

static bool forced(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_FORCED;
}

static void tell_forced(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "Somebody asked for the kill: SysRq f",
	       "The OOM killer was called by hand (Alt+SysRq+f, a serial break, or `f` written to "
	       "/proc/sysrq-trigger). It says nothing of a lack of memory.");
	cl_cite(l, f, event_origin(l), l->e->order == -1 ? "order -1 in the report's head" : "SysRq in the log");
}

static bool failure(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_ALLOCATION_FAILURE;
}

static void tell_failure(struct cl_look *l, struct oom_finding *f)
{
	const char *why = "The caller got no memory and had to cope; nothing was killed.";
	if (!l->request.may_reclaim)
		why = "The caller may not sleep (interrupt, network packet), so it could not wait for memory to be "
		      "freed; it had to cope, and nothing was killed.";
	else if (l->request.order > 3)
		why = "For blocks above order 3 the kernel does not call the OOM killer: killing seldom makes a large "
		      "block free. The caller had to cope.";
	if (cl_zones_empty(l))
		why = "The zones that it may use have no memory at all on this machine: nothing can be freed there. "
		      "The "
		      "caller had to cope.";
	cl_say(l, f,
	       oom_known(l->request.order)
		       ? cl_text(l, "An allocation of order %" PRId64 " (%s) failed", l->request.order,
				 cl_kb(l, l->request.order >= 0 ? l->page_kb << l->request.order : l->page_kb))
		       : "An allocation failed",
	       why);
	cite_zones(l, f, true, CL_LEVEL_UNKNOWN);
	if (!f->evidence.n)
		cl_cite(l, f, event_origin(l), "the kernel's message");
}

static bool userspace(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_USERSPACE_OOM;
}

static void tell_userspace(struct cl_look *l, struct oom_finding *f)
{
	const char *killer = l->e->killer ? l->e->killer : "A user-space killer";
	cl_say(l, f, cl_text(l, "%s acted, not the kernel's OOM killer", killer),
	       "Such a killer acts on memory pressure or low free memory, before the kernel has to.");
	cl_cite(l, f, event_origin(l), l->e->reason ? l->e->reason : "its message in the log");
}

static bool contradict(struct cl_look *l)
{
	return l->figures_contradict;
}

/** The OOM of a cgroup in the last minute in which the one that asks now asked or was killed; NULL. */
static const struct oom_event *own_memcg_before(const struct cl_look *l)
{
	size_t at = l->e ? (size_t)(l->e - l->c->events.v) : 0;
	for (size_t i = at; i-- > 0 && at - i <= CL_LOOK_AROUND;) {
		const struct oom_event *e = &l->c->events.v[i];
		bool near = e->boot == l->e->boot && oom_known(e->time_us) && oom_known(l->e->time_us) &&
			    l->e->time_us - e->time_us <= INT64_C(60000000);
		bool same = oom_known(l->e->trigger.pid) && e->trigger.pid == l->e->trigger.pid;
		for (size_t v = 0; v < e->victims.n; v++)
			same |= oom_known(l->e->trigger.pid) && e->victims.v[v].pid == l->e->trigger.pid;
		if (near && same && e->constraint == OOM_CONSTRAINT_MEMCG)
			return e;
	}
	return NULL;
}

static void tell_contradict(struct cl_look *l, struct oom_finding *f)
{
	bool fault = l->e && !l->e->gfp_flags.n && l->e->gfp_mask == 0;
	const struct oom_event *before = fault ? own_memcg_before(l) : NULL;
	if (before) {
		cl_say(l, f, "The machine was not out of memory: the cgroup of the one that asked was",
		       "The killer was called from the page fault handler, which no longer knows what was asked for "
		       "and "
		       "takes it for a lack of the whole machine. Right before, the same process was at the limit of "
		       "its "
		       "cgroup.");
		cl_cite(l, f, before->origin,
			cl_text(l, "event %" PRId64 ": limit of %s", before->index,
				before->memcg && before->memcg->oom ? before->memcg->oom : "a cgroup"));
		cite_zones(l, f, true, CL_FREE);
		return;
	}
	cl_say(l, f, "The printed figures do not show why the allocation failed",
	       fault ? "The killer was called from the page fault handler, which no longer knows what was asked for: a "
		       "driver or a cgroup may have refused a page while memory was free."
		     : "There was free memory above the high mark in zones that the request may use. It may have come "
		       "free between the last attempt and the report.");
	cite_zones(l, f, true, CL_FREE);
}

static bool no_limit(struct cl_look *l)
{
	return l->no_limit;
}

static void tell_no_limit(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, cl_text(l, "%s has no memory limit that it could reach", group_title(l)),
	       "Something else called the OOM killer for it: a BPF program that watches memory pressure can.");
	cite_usage(l, f);
}

static bool unknown_cause(struct cl_look *l)
{
	return l->v->cause == OOM_CAUSE_UNKNOWN && !l->figures_contradict && !l->no_limit;
}

static void tell_unknown_cause(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "The input does not show why",
	       "The lines with the zones (free, min, low, high), the constraint (oom-kill:constraint=...) or the "
	       "cgroup's usage and limit would tell; the report in the input does not have them.");
	if (l->e)
		cl_cite(l, f, event_origin(l), "all that the input has of this event");
}

static bool in_capture_kernel(struct cl_look *l)
{
	return l->e && l->e->capture_kernel == OOM_YES;
}

static void tell_capture_kernel(struct cl_look *l, struct oom_finding *f)
{
	cl_say(l, f, "This kernel ran only to save a crash dump (kdump)",
	       "It has no more memory than crashkernel= set aside for it. What crashed the machine before is another "
	       "matter; but this is why its dump may be missing or cut off.");
	cl_cite(l, f, event_origin(l),
		cl_ok(l->ram_kb) ? cl_text(l, "%s of RAM", cl_kb(l, l->ram_kb))
				 : "elfcorehdr= or reset_devices on its command line");
}

const struct cl_rule cl_rules_cause[] = {
	{"capture-kernel", OOM_SEVERITY_CRITICAL, in_capture_kernel, tell_capture_kernel, cl_advise_crashkernel, false},
	{"memcg-limit", OOM_SEVERITY_CRITICAL, own_limit, tell_own_limit, cl_advise_memcg_limit, false},
	{"memcg-ancestor-limit", OOM_SEVERITY_CRITICAL, ancestor_limit, tell_ancestor_limit, cl_advise_memcg_tree,
	 false},
	{"memcg-own-or-above", OOM_SEVERITY_INFO, own_or_above, tell_own_or_above, NULL, false},
	{"memcg-swap-full", OOM_SEVERITY_INFO, memsw_full, tell_memsw_full, cl_advise_memcg_swap, false},
	{"memcg-kmem-limit", OOM_SEVERITY_WARNING, kmem_full, tell_kmem_full, NULL, false},
	{"memcg-below-limit", OOM_SEVERITY_INFO, below_limit, tell_below_limit, NULL, false},
	{"as-before", OOM_SEVERITY_INFO, as_before, tell_as_before, NULL, false},
	{"numa-bound", OOM_SEVERITY_CRITICAL, numa_bound, tell_numa_bound, cl_advise_nodes, false},
	{"low-memory", OOM_SEVERITY_CRITICAL, low_memory, tell_low_memory, cl_advise_lowmem, false},
	{"fragmentation", OOM_SEVERITY_CRITICAL, fragmented, tell_fragmented, cl_advise_compaction, false},
	{"zones-exhausted", OOM_SEVERITY_CRITICAL, zones_exhausted, tell_zones_exhausted, NULL, false},
	{"forced", OOM_SEVERITY_INFO, forced, tell_forced, NULL, false},
	{"allocation-failure", OOM_SEVERITY_WARNING, failure, tell_failure, cl_advise_reserve, false},
	{"userspace-killer", OOM_SEVERITY_WARNING, userspace, tell_userspace, cl_advise_userspace, false},
	{"figures-contradict", OOM_SEVERITY_WARNING, contradict, tell_contradict, NULL, false},
	{"memcg-without-limit", OOM_SEVERITY_WARNING, no_limit, tell_no_limit, NULL, false},
	{"cause-unknown", OOM_SEVERITY_WARNING, unknown_cause, tell_unknown_cause, cl_advise_whole_report, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
