// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Cause and scope of one event, and how sure that is.
 *
 * Confidence. High: the kernel's words and its figures agree, and nothing that could change the verdict is missing.
 * Medium: one of the two is missing or incomplete, or the verdict is from the structures of the dump without the
 * report's head. Low: inferred from what is left. Each function below says which case it is in.
 */
#include "classify/internal.h"
#include <string.h>

/** Is @p path the cgroup @p ancestor or one below it? */
bool cl_memcg_under(const char *path, const char *ancestor)
{
	if (!path || !ancestor)
		return false;
	size_t len = strlen(ancestor);
	while (len && ancestor[len - 1] == '/')
		len--;
	return !strncmp(path, ancestor, len) && (path[len] == '/' || !path[len]);
}

static void settle(struct cl_look *l, enum oom_cause cause, enum oom_scope scope, enum oom_confidence confidence)
{
	l->v->cause = cause;
	l->v->scope = scope;
	l->v->confidence = confidence;
}

/* --- cgroups ---------------------------------------------------------------------------------- */

/** PAGE_COUNTER_MAX prints as 9007199254740988 kB: more than any machine has is no limit. */
static bool no_limit(int64_t limit_kb)
{
	return limit_kb >= CL_MOST;
}

/** Is this counter at its limit? The kernel charges in batches (64 pages per CPU), so "at" has 2 % or 1 MiB of play. */
static oom_tri at_limit(int64_t usage_kb, int64_t limit_kb)
{
	if (no_limit(limit_kb))
		return OOM_NO;
	if (!cl_ok(usage_kb) || !cl_ok(limit_kb))
		return OOM_MAYBE;
	int64_t play = limit_kb / 50 > 1024 ? limit_kb / 50 : 1024;
	return usage_kb >= limit_kb - play;
}

/** Memory, memory+swap and kernel memory (v1) each have a limit; one of them was reached. */
static oom_tri any_at_limit(const struct oom_event_memcg *m)
{
	oom_tri memory = at_limit(m->usage_kb, m->limit_kb);
	if (memory == OOM_YES || at_limit(m->memsw_usage_kb, m->memsw_limit_kb) == OOM_YES ||
	    at_limit(m->kmem_usage_kb, m->kmem_limit_kb) == OOM_YES)
		return OOM_YES;
	return memory;
}

/** Has none of the counters a limit that could be reached? (A BPF program can call the killer for such a cgroup.) */
static bool is_unlimited(const struct oom_event_memcg *m)
{
	return no_limit(m->limit_kb) && (!oom_known(m->memsw_limit_kb) || no_limit(m->memsw_limit_kb)) &&
	       (!oom_known(m->kmem_limit_kb) || no_limit(m->kmem_limit_kb));
}

static int64_t memcg_size(const struct oom_event_memcg *m)
{
	if (m && cl_ok(m->limit_kb) && m->limit_kb > 0)
		return m->limit_kb;
	return m && cl_ok(m->usage_kb) && m->usage_kb > 0 ? m->usage_kb : OOM_ABSENT;
}

/** Are there tasks in the cgroup @p path itself, and in cgroups below it? By the structures, where they speak. */
static void find_members(const struct cl_look *l, const char *path, bool *own, bool *below)
{
	bool have_state = l->state_speaks && l->c->state && l->c->state->tasks.n;
	const struct oom_tasks *tasks = have_state ? &l->c->state->tasks : &l->facts.tasks;
	*own = *below = false;
	for (size_t i = 0; path && i < tasks->n; i++) {
		const char *at = tasks->v[i].memcg;
		*own |= cl_same(at, path);
		*below |= cl_memcg_under(at, path) && !cl_same(at, path);
	}
}

/**
 * The limit of a cgroup. Paths of both cgroups and a counter at its limit: high. No figures, figures below the limit,
 * or the asker's path inferred from where the cgroup's other tasks are: medium. Else (a lone kill line, the log of
 * a panic from a dump without types or that lost its cgroups): low. Nothing tells then if the task is in the cgroup or
 * below it; the id is that of the own limit for want of one for both, and a finding says so.
 */
static void memcg_cause(struct cl_look *l)
{
	const struct oom_event_memcg *m = l->e ? l->e->memcg : NULL;
	const struct oom_victim *victim = cl_victim(l);
	l->memcg_oom = m ? m->oom : NULL;
	l->memcg_task = m && m->task ? m->task : victim ? victim->memcg : NULL;
	// A panic comes before the line that names the task's cgroup; the structures know it.
	const struct oom_task *trigger = l->memcg_task ? NULL : cl_trigger_task(l);
	if (trigger)
		l->memcg_task = trigger->memcg;
	l->scope_name = "its limit";
	l->v->scope_kb = memcg_size(m);
	if (m && is_unlimited(m)) {
		l->scope_name = "what the cgroup used";
		l->no_limit = true;
		settle(l, OOM_CAUSE_UNKNOWN, OOM_SCOPE_MEMCG, OOM_CONFIDENCE_LOW);
		return;
	}
	oom_tri reached = m ? any_at_limit(m) : OOM_MAYBE;
	enum oom_confidence confidence = reached == OOM_YES ? OOM_CONFIDENCE_HIGH : OOM_CONFIDENCE_MEDIUM;
	l->below_limit = reached == OOM_NO;
	enum oom_cause cause = OOM_CAUSE_MEMCG_LIMIT;
	if (l->memcg_oom && l->memcg_task) {
		bool own = !strcmp(l->memcg_oom, l->memcg_task);
		if (!own && cl_memcg_under(l->memcg_task, l->memcg_oom))
			cause = OOM_CAUSE_MEMCG_ANCESTOR_LIMIT;
		else if (!own)
			confidence = OOM_CONFIDENCE_MEDIUM;
		l->own_or_above = !own && cause == OOM_CAUSE_MEMCG_LIMIT;
	} else if (l->memcg_oom) {
		bool own, below;
		find_members(l, l->memcg_oom, &own, &below);
		cause = !own && below ? OOM_CAUSE_MEMCG_ANCESTOR_LIMIT : OOM_CAUSE_MEMCG_LIMIT;
		confidence = own || below ? OOM_CONFIDENCE_MEDIUM : OOM_CONFIDENCE_LOW;
		l->own_or_above = !own && !below;
	} else {
		l->own_or_above = true;
		confidence = reached == OOM_YES ? OOM_CONFIDENCE_MEDIUM : OOM_CONFIDENCE_LOW;
	}
	settle(l, cause, OOM_SCOPE_MEMCG, confidence);
}

/**
 * Without a report: the one limited cgroup that is at its limit in the dump. Tasks of its own make it the own limit,
 * tasks below it only that of an ancestor.
 */
static bool memcg_from_state(struct cl_look *l)
{
	const struct oom_memcg *full = NULL;
	size_t nr_full = 0;
	for (size_t i = 0; i < l->facts.memcgs.n; i++) {
		const struct oom_memcg *m = &l->facts.memcgs.v[i];
		if (m->limit_kb == 0 || at_limit(m->usage_kb, m->limit_kb) != OOM_YES || m->dying == OOM_YES)
			continue;
		full = m;
		nr_full++;
	}
	if (nr_full != 1 || !full->path)
		return false;
	bool own, below;
	find_members(l, full->path, &own, &below);
	l->memcg_oom = full->path;
	l->own_or_above = !own && !below;
	l->scope_name = "its limit";
	l->v->scope_kb = full->limit_kb;
	settle(l, !own && below ? OOM_CAUSE_MEMCG_ANCESTOR_LIMIT : OOM_CAUSE_MEMCG_LIMIT, OOM_SCOPE_MEMCG,
	       OOM_CONFIDENCE_LOW);
	return true;
}

/* --- the page allocator ----------------------------------------------------------------------- */

static void host_scope(struct cl_look *l)
{
	l->scope_name = "RAM";
	l->v->scope_kb = l->ram_kb;
}

/** Managed memory of the zones for which @p in holds; OOM_ABSENT if a size is missing. */
static int64_t size_of_zones(const struct cl_zones *zs, bool by_class)
{
	int64_t kb = 0;
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *z = &zs->v[i];
		if (!z->node_ok || (by_class && !z->class_ok))
			continue;
		if (!cl_ok(z->size_kb))
			return OOM_ABSENT;
		kb += z->size_kb;
	}
	return kb > 0 ? kb : OOM_ABSENT;
}

/** Are the allowed zones exhausted? By at least half of their memory: a rest in a small zone changes nothing. */
static bool mostly_exhausted(const struct cl_zones *zs)
{
	return zs->nr_judged && zs->exhausted_kb >= zs->judged_kb - zs->exhausted_kb;
}

static bool all_exhausted(const struct cl_zones *zs)
{
	return zs->nr_judged && zs->nr_exhausted == zs->nr_allowed;
}

/**
 * What shows, beside the zones or without their lines, that the machine had nothing left: swap is full or absent and
 * hardly any page is free or could be written back or dropped. 3 % of RAM is more than the high marks of a machine of
 * any size take.
 */
static bool nothing_left(const struct cl_look *l)
{
	const struct oom_memory *m = &l->facts.memory;
	const struct oom_counters *k = &l->facts.counters;
	int64_t left_kb = 0;
	if (!cl_ok(l->ram_kb) || !cl_ok(l->swap_free_kb) || l->swap_free_kb > l->swap_total_kb / 50)
		return false;
	if (cl_ok(k->active_file_kb) && cl_ok(k->inactive_file_kb))
		left_kb = k->active_file_kb + k->inactive_file_kb;
	else if (cl_ok(m->pagecache_total_kb))
		left_kb = m->pagecache_total_kb - cl_or0(m->swap_cached_kb) - cl_or0(m->shmem_kb);
	else
		return false;
	left_kb += cl_or0(m->free_kb);
	return left_kb <= l->ram_kb * 3 / 100;
}

/**
 * A request above order 0 that failed although an order-0 request would have passed. High: each zone that passes shows
 * its buddy lists and has no block; medium: without the lists, or with a block that came free since.
 */
static bool fragmented(struct cl_look *l)
{
	bool passes = false, sure = true, above = false;
	if (l->request.order <= 0)
		return false;
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		if (!z->node_ok || !z->class_ok || z->order0_passes != OOM_YES)
			continue;
		passes = true;
		above |= z->level != CL_EXHAUSTED;
		sure &= z->has_block == OOM_NO;
	}
	// Between the min and the high marks, and nothing that reclaim could take: short of memory, in one piece or
	// not.
	if (!passes || (!above && nothing_left(l)))
		return false;
	host_scope(l);
	settle(l, OOM_CAUSE_FRAGMENTATION, OOM_SCOPE_HOST,
	       sure && l->request.known ? OOM_CONFIDENCE_HIGH : OOM_CONFIDENCE_MEDIUM);
	return true;
}

static void numa(struct cl_look *l, enum oom_cause cause, enum oom_scope scope, enum oom_confidence confidence)
{
	l->scope_name = l->zones.allowed.known ? cl_node_list(l, &l->zones.allowed) : "the allowed nodes";
	bool known = l->zones.allowed.known && !l->zones.incomplete;
	l->v->scope_kb = known ? size_of_zones(&l->zones, false) : OOM_ABSENT;
	settle(l, cause, scope, confidence);
}

/**
 * Have the nodes that the request is bound to no zone that it may use? A node that was plugged in later, or is given by
 * persistent memory, may have nothing but Movable; the kernel's own data is never put there.
 */
bool cl_no_zone_fits(const struct cl_look *l)
{
	const struct cl_zones *zs = &l->zones;
	if (!l->request.known || !zs->allowed.known || zs->nr_allowed || zs->incomplete)
		return false;
	for (size_t i = 0; i < zs->n; i++) {
		if (zs->v[i].node_ok)
			return true;
	}
	return false;
}

/** Are all zones that the request may use without a page? A kernel with ZONE_DMA may leave it empty. */
bool cl_zones_empty(const struct cl_look *l)
{
	bool any = false;
	for (size_t i = 0; i < l->zones.n; i++) {
		const struct cl_zone *z = &l->zones.v[i];
		if (!z->class_ok || !z->node_ok)
			continue;
		any = true;
		if (z->zone->managed_kb != 0)
			return false;
	}
	return any;
}

/**
 * May a memory policy have bound the request without a word of it in the report? 2.6.26 to 2.6.32 looked for it in a
 * list of zones that no longer held it (19770b32609b; mended by 4365a5676fa3 in 2.6.33), from 2.6.36 (309ed882508c) the
 * kill line names no constraint, a compulsory panic never did, and only 4.9 (82e7d3abec86) prints the policy's nodes.
 */
static bool policy_unsaid(const struct cl_look *l)
{
	if (!l->e || l->e->nodemask || l->constraint != OOM_CONSTRAINT_NONE || !oom_known(l->release))
		return false;
	return (l->release >= 2006026 && l->release < 2006033) || (l->release >= 2006036 && l->release < 4009000) ||
	       (l->release < 4009000 && cl_has(l->panic_text, "ompulsory"));
}

/** The highest zone of its node that the request may use? What is kept free in a lower one tells nothing of the node.
 */
static bool is_top_zone(const struct cl_zones *zs, const struct cl_zone *z)
{
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *other = &zs->v[i];
		if (other->class_ok && other->class > z->class && other->node->id == z->node->id &&
		    other->level != CL_LEVEL_UNKNOWN)
			return false;
	}
	return true;
}

/** Much more than comes free between the last try of the request and the report. */
static bool amply_free(const struct cl_zone *z)
{
	return z->level == CL_FREE && cl_ok(z->mark_kb) && z->usable_kb > 4 * z->mark_kb;
}

/**
 * The nodes that must be those which the request was bound to: exhausted, while others are free, with @p ample by far.
 * Only nodes with all their usable zones judged count.
 */
static bool bind_to_exhausted(struct cl_look *l, bool ample)
{
	struct cl_zones *zs = &l->zones;
	struct cl_nodes full = {0}, free = {0}, open = {0};
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *z = &zs->v[i];
		if (!z->class_ok || !oom_known(z->node->id))
			continue;
		if (z->class < CL_NORMAL && z->level == CL_FREE && (!ample || !is_top_zone(zs, z)))
			continue;
		bool is_free = ample ? amply_free(z) : z->level == CL_FREE;
		cl_nodes_add(z->level == CL_EXHAUSTED ? &full : is_free ? &free : &open, z->node->id);
	}
	for (size_t i = 0; i < CL_MAX_NODES / 64; i++)
		full.bits[i] &= ~(free.bits[i] | open.bits[i]);
	if (!cl_nodes_count(&full) || !cl_nodes_count(&free))
		return false;
	full.known = true;
	zs->allowed = full;
	for (size_t i = 0; i < zs->n; i++)
		zs->v[i].node_ok = cl_nodes_has(&full, zs->v[i].node->id);
	cl_zones_sum(l);
	return true;
}

/**
 * Bound to some of the nodes. The constraint in the kernel's words, or nodes that are not allowed and not exhausted.
 * High: the figures show the allowed nodes exhausted and others free. If the figures show the others exhausted too,
 * binding changes nothing: the machine is out of memory.
 */
static bool bound_to_nodes(struct cl_look *l)
{
	struct cl_zones *zs = &l->zones;
	bool named = l->constraint == OOM_CONSTRAINT_CPUSET || l->constraint == OOM_CONSTRAINT_MEMPOLICY;
	// The kernel names what bound the request, but not to which nodes: before 4.9, of a cpuset before 2.6.29.
	bool policy = l->constraint == OOM_CONSTRAINT_MEMPOLICY && l->e && !l->e->nodemask;
	if (named && (policy || !zs->allowed.known) && !bind_to_exhausted(l, true) && policy)
		zs->allowed.known = false;
	if (zs->others == CL_EXHAUSTED || (!named && !(zs->restricted && zs->others == CL_FREE)))
		return false;
	enum oom_confidence confidence = (mostly_exhausted(zs) || cl_no_zone_fits(l)) && zs->others == CL_FREE
						 ? OOM_CONFIDENCE_HIGH
						 : OOM_CONFIDENCE_MEDIUM;
	if (l->constraint == OOM_CONSTRAINT_CPUSET) {
		numa(l, OOM_CAUSE_NUMA_CPUSET, OOM_SCOPE_CPUSET, confidence);
		return true;
	}
	if (l->constraint == OOM_CONSTRAINT_MEMPOLICY) {
		numa(l, OOM_CAUSE_NUMA_MEMPOLICY, OOM_SCOPE_MEMPOLICY, confidence);
		return true;
	}
	if (!mostly_exhausted(zs) || !l->e)
		return false;
	struct cl_nodes mask, mems;
	cl_nodes_parse(l->e->nodemask, &mask);
	cl_nodes_parse(l->e->mems_allowed, &mems);
	// The task's own cpuset, where the log has no line of it: a panic comes before that.
	const struct oom_task *trigger = mems.known ? NULL : cl_trigger_task(l);
	for (size_t i = 0; trigger && i < trigger->mems_allowed.n; i++)
		cl_nodes_add(&mems, trigger->mems_allowed.v[i]);
	if (trigger && mems.known)
		mask = zs->allowed;
	// A nodemask that leaves less than the cpuset is a policy's.
	if (mask.known && mems.known && !cl_nodes_subset(&mems, &mask))
		numa(l, OOM_CAUSE_NUMA_MEMPOLICY, OOM_SCOPE_MEMPOLICY, OOM_CONFIDENCE_MEDIUM);
	else if (mems.known && !cl_nodes_subset(&zs->seen, &mems))
		numa(l, OOM_CAUSE_NUMA_CPUSET, OOM_SCOPE_CPUSET, confidence);
	else
		numa(l, OOM_CAUSE_NUMA_NODE, OOM_SCOPE_ZONE, OOM_CONFIDENCE_MEDIUM);
	return true;
}

/**
 * Does the score that the kernel printed for its victim show that it divided by less than the machine has? Since 2.6.36
 * it is per mille of what the request could use: of some nodes' memory, where a policy bound it. Without oom_score_adj
 * and swap; a quarter is more than page tables and the bonus of root's processes make.
 */
static bool score_of_fewer_nodes(const struct cl_look *l)
{
	const struct oom_victim *victim = cl_victim(l);
	int64_t score = victim ? victim->score : OOM_ABSENT;
	if (!cl_ok(score) || score > 1000 || !cl_ok(l->ram_kb) || l->release < 2006036 || l->swap_total_kb != 0)
		return false;
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (t->pid == victim->pid && t->oom_score_adj == 0 && cl_ok(t->rss_kb) && t->rss_kb <= CL_MOST / 2000)
			return score * l->ram_kb / 1000 > t->rss_kb + t->rss_kb / 4;
	}
	return false;
}

/**
 * One node exhausted and another not, and no word on who may use which: __GFP_THISNODE, or the line with the masks is
 * missing, or the kernel does not speak of policies: then the other node must have ample room for one page. A cpuset
 * that leaves both nodes and a score of fewer leave a policy alone: medium. Else low.
 */
static bool one_node_exhausted(struct cl_look *l)
{
	bool unsaid = !l->request.this_node && (l->zones.allowed.known || l->constraint == OOM_CONSTRAINT_NONE);
	bool cpuset_allows = l->e && l->e->mems_allowed && l->zones.allowed.known && !l->zones.restricted;
	if (unsaid && (!policy_unsaid(l) || !l->request.known || l->request.order != 0))
		return false;
	if (!bind_to_exhausted(l, unsaid))
		return false;
	if (unsaid && cpuset_allows && score_of_fewer_nodes(l)) {
		numa(l, OOM_CAUSE_NUMA_MEMPOLICY, OOM_SCOPE_MEMPOLICY, OOM_CONFIDENCE_MEDIUM);
		return true;
	}
	numa(l, OOM_CAUSE_NUMA_NODE, OOM_SCOPE_ZONE, OOM_CONFIDENCE_LOW);
	if (l->request.this_node)
		l->v->confidence = OOM_CONFIDENCE_MEDIUM;
	return true;
}

/** There is HighMem that the request may not use, and nothing in the log tells how much of it was free. */
static bool highmem_unseen(const struct cl_look *l)
{
	if (!l->bits32 || !l->request.known || l->request.highest >= CL_HIGHMEM || cl_ok(l->own->memory.free_kb) ||
	    cl_or0(l->own->memory.highmem_kb) <= 0)
		return false;
	for (size_t i = 0; i < l->zones.n; i++) {
		if (l->zones.v[i].class >= CL_HIGHMEM && l->zones.v[i].class <= CL_MOVABLE)
			return false;
	}
	return true;
}

/**
 * The zones that the request may use are exhausted, a higher one on the same nodes is not. High: all allowed zones
 * judged and the flags known. Of a dump without the report's head it is a guess that HighMem was not asked for.
 */
static bool low_memory(struct cl_look *l)
{
	const struct cl_zones *zs = &l->zones;
	bool higher_free = false;
	if (!l->request.known && l->state_only && l->bits32) {
		// Nobody printed the request: the lower zones are exhausted, HighMem is not.
		bool low = false, low_free = false;
		for (size_t i = 0; i < zs->n; i++) {
			const struct cl_zone *z = &zs->v[i];
			low |= z->class == CL_NORMAL && z->level == CL_EXHAUSTED;
			low_free |= z->class == CL_NORMAL && z->level == CL_FREE;
			higher_free |= z->class >= CL_HIGHMEM && z->class <= CL_MOVABLE && z->level == CL_FREE;
		}
		if (!low || low_free || !higher_free)
			return false;
		l->request.highest = CL_NORMAL;
		for (size_t i = 0; i < zs->n; i++)
			zs->v[i].class_ok = zs->v[i].class <= CL_NORMAL;
		l->scope_name = "low memory";
		l->v->scope_kb = size_of_zones(zs, true);
		settle(l, OOM_CAUSE_LOWMEM, OOM_SCOPE_ZONE, OOM_CONFIDENCE_LOW);
		return true;
	}
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *z = &zs->v[i];
		higher_free |= z->node_ok && !z->class_ok && z->class <= CL_MOVABLE && z->level == CL_FREE;
	}
	// A zone that is not shown has marks that are not known: it is free when it has far more than those shown.
	higher_free |= l->request.known && zs->hidden_free_kb > 4 * zs->highs_kb && zs->highs_kb > 0;
	bool unseen = !higher_free && highmem_unseen(l);
	if ((!higher_free && !unseen) || !mostly_exhausted(zs))
		return false;
	l->scope_name = "low memory";
	l->v->scope_kb = size_of_zones(zs, true);
	settle(l, OOM_CAUSE_LOWMEM, OOM_SCOPE_ZONE,
	       unseen		   ? OOM_CONFIDENCE_LOW
	       : all_exhausted(zs) ? OOM_CONFIDENCE_HIGH
				   : OOM_CONFIDENCE_MEDIUM);
	return true;
}

/**
 * The kernel's logic alone: under no constraint an order-0 request that may use all zones calls the killer only when
 * all zones failed. Not so with __GFP_THISNODE, and not on a 32-bit kernel for what cannot use HighMem.
 */
static bool must_be_host(const struct cl_look *l)
{
	return l->global && l->constraint == OOM_CONSTRAINT_NONE && l->request.known && l->request.order == 0 &&
	       !l->request.this_node &&
	       (l->request.highest >= CL_HIGHMEM || (l->request.highest == CL_NORMAL && !l->bits32));
}

/**
 * Free memory above the marks, but no more than comes free between the last try and the report: direct reclaim drains
 * the per-CPU lists of all CPUs (drain_all_pages), a process exits. Each allowed zone at most four times its mark.
 */
static bool barely_above(const struct cl_zones *zs)
{
	for (size_t i = 0; i < zs->n; i++) {
		const struct cl_zone *z = &zs->v[i];
		if (z->node_ok && z->class_ok &&
		    (!cl_ok(z->mark_kb) || !cl_ok(z->usable_kb) || z->usable_kb > 4 * z->mark_kb))
			return false;
	}
	return true;
}

/** Was @p other of the same kind, as far as the little that is left of this event tells? */
static bool may_repeat(const struct cl_look *l, const struct oom_event *other, const struct oom_verdict *v)
{
	if (other->boot != l->e->boot || other->kind != OOM_EVENT_OOM)
		return false;
	switch (v->cause) {
	case OOM_CAUSE_MEMCG_LIMIT:
	case OOM_CAUSE_MEMCG_ANCESTOR_LIMIT:
		// Only the head is left, of a program that hit this limit before. (A kill line of its own names the
		// cgroup.)
		return !l->e->victims.n &&
		       (cl_same(other->trigger.comm, l->e->trigger.comm) ||
			(other->victims.n && cl_same(other->victims.v[0].comm, l->e->trigger.comm)));
	case OOM_CAUSE_HOST_EXHAUSTED:
	case OOM_CAUSE_LOWMEM:
		// Only kill lines are left, and they are not those of a cgroup; or only that nobody was left to kill.
		return (l->e->victims.n || l->e->no_killable == OOM_YES) && l->e->has_head != OOM_YES;
	default:
		return false;
	}
}

/** A report of which next to nothing is left: taken to repeat the nearest one before it in the same boot. Low. */
static bool as_before(struct cl_look *l)
{
	size_t at = l->e && l->earlier ? (size_t)(l->e - l->c->events.v) : 0;
	for (size_t i = at; i-- > 0 && at - i <= CL_LOOK_AROUND;) {
		const struct oom_event *other = &l->c->events.v[i];
		const struct oom_verdict *v = &l->earlier[i];
		if (!may_repeat(l, other, v))
			continue;
		const struct oom_event_memcg *m = other->memcg;
		bool memcg = v->scope == OOM_SCOPE_MEMCG;
		l->memcg_oom = memcg && m ? m->oom : NULL;
		l->memcg_task = memcg && m ? m->task : NULL;
		l->as_before = other;
		l->scope_name = memcg ? "its limit" : v->scope == OOM_SCOPE_ZONE ? "low memory" : "RAM";
		l->v->scope_kb = v->scope_kb;
		settle(l, v->cause, v->scope, OOM_CONFIDENCE_LOW);
		return true;
	}
	return false;
}

/**
 * Could the line of a higher zone with free memory be lost, which would make it a lack of low memory only? Not where
 * the total of free or of all pages is there to compare with.
 */
static bool may_hide_zones(const struct cl_look *l)
{
	return l->request.known && l->request.highest < CL_HIGHMEM && !cl_ok(l->own->memory.free_kb) &&
	       !cl_ok(l->own->memory.total_kb);
}

/**
 * The whole machine. High: all allowed zones judged and exhausted, the request known. Medium: most of their memory, or
 * figures a little above the marks, or none, but the kernel's words leave nothing else. Low: as before, and its words
 * are not complete either. Figures that show free memory where the request may take it explain nothing: unknown.
 */
static void whole_machine(struct cl_look *l)
{
	const struct cl_zones *zs = &l->zones;
	enum oom_confidence confidence = OOM_CONFIDENCE_MEDIUM;
	host_scope(l);
	if (zs->nr_judged && mostly_exhausted(zs)) {
		if (all_exhausted(zs) && !zs->incomplete && l->request.known && !l->state_only && !may_hide_zones(l))
			confidence = OOM_CONFIDENCE_HIGH;
		settle(l, OOM_CAUSE_HOST_EXHAUSTED, OOM_SCOPE_HOST, confidence);
		return;
	}
	if (zs->nr_judged && must_be_host(l) && barely_above(zs)) {
		settle(l, OOM_CAUSE_HOST_EXHAUSTED, OOM_SCOPE_HOST, confidence);
		return;
	}
	if (zs->nr_judged) {
		l->figures_contradict = true;
		settle(l, OOM_CAUSE_UNKNOWN, OOM_SCOPE_HOST, OOM_CONFIDENCE_LOW);
		return;
	}
	bool fault = l->e && !l->e->gfp_flags.n && l->e->gfp_mask == 0;
	if (must_be_host(l) || (nothing_left(l) && l->request.order <= 0 && !fault)) {
		settle(l, OOM_CAUSE_HOST_EXHAUSTED, OOM_SCOPE_HOST, confidence);
		return;
	}
	bool any_zone = l->request.known && l->request.order == 0 && !l->request.this_node &&
			(l->request.highest >= CL_HIGHMEM || !l->bits32);
	if (l->constraint == OOM_CONSTRAINT_UNKNOWN && as_before(l))
		return;
	settle(l, l->global && any_zone ? OOM_CAUSE_HOST_EXHAUSTED : OOM_CAUSE_UNKNOWN,
	       l->global ? OOM_SCOPE_HOST : OOM_SCOPE_NONE, OOM_CONFIDENCE_LOW);
	if (l->v->scope == OOM_SCOPE_NONE)
		l->v->scope_kb = OOM_ABSENT;
}

static void allocator_cause(struct cl_look *l)
{
	if (fragmented(l) || bound_to_nodes(l) || low_memory(l) || one_node_exhausted(l))
		return;
	// "compulsory" panics for cgroups too.
	bool maybe_memcg = l->state_only && l->constraint == OOM_CONSTRAINT_UNKNOWN && !l->global;
	if (maybe_memcg && !mostly_exhausted(&l->zones) && memcg_from_state(l))
		return;
	whole_machine(l);
}

static bool is_forced(const struct oom_event *e)
{
	return e && (e->sysrq == OOM_YES || e->order == -1 || cl_traced(e, "moom_callback") ||
		     cl_traced(e, "sysrq_handle_moom"));
}

void cl_scope_find(struct cl_look *l)
{
	host_scope(l);
	if (l->e && l->e->kind == OOM_EVENT_USERSPACE) {
		const struct oom_victim *victim = cl_victim(l);
		l->memcg_oom = l->e->memcg && l->e->memcg->oom ? l->e->memcg->oom : victim ? victim->memcg : NULL;
		if (l->memcg_oom) {
			l->scope_name = "its limit";
			l->v->scope_kb = memcg_size(l->e->memcg);
		}
		settle(l, OOM_CAUSE_USERSPACE_OOM, l->memcg_oom ? OOM_SCOPE_MEMCG : OOM_SCOPE_HOST,
		       OOM_CONFIDENCE_HIGH);
	} else if (l->e && l->e->kind == OOM_EVENT_ALLOCATION_FAILURE) {
		settle(l, OOM_CAUSE_ALLOCATION_FAILURE, OOM_SCOPE_HOST, OOM_CONFIDENCE_HIGH);
	} else if (is_forced(l->e)) {
		settle(l, OOM_CAUSE_FORCED, OOM_SCOPE_HOST, OOM_CONFIDENCE_HIGH);
	} else if (l->constraint == OOM_CONSTRAINT_MEMCG) {
		memcg_cause(l);
	} else {
		allocator_cause(l);
	}
	// What the figures proved the kernel worked by too, whether it printed it or not.
	if (l->v->cause == OOM_CAUSE_NUMA_CPUSET)
		l->constraint = OOM_CONSTRAINT_CPUSET;
	else if (l->v->cause == OOM_CAUSE_NUMA_MEMPOLICY)
		l->constraint = OOM_CONSTRAINT_MEMPOLICY;
	l->v->from_state = l->state_only;
}
