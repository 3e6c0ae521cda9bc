// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The first screen: a title, and one to three sentences that are enough at three in the morning.
 * First who holds the memory, then what the kernel did.
 */
#include "classify/internal.h"
#include <inttypes.h>

/* --- title ------------------------------------------------------------------------------------ */

static const char *memcg_title(struct cl_look *l)
{
	const char *name = l->memcg_oom ? cl_memcg_name(l, l->memcg_oom, true) : "A CGROUP";
	if (l->v->cause == OOM_CAUSE_MEMCG_ANCESTOR_LIMIT)
		return cl_text(l, "OUT OF MEMORY IN %s, A LIMIT ABOVE THE TASK'S OWN", name);
	if (!l->memcg_oom)
		return "OUT OF MEMORY IN A CGROUP";
	return cl_text(l, "OUT OF MEMORY IN %s%s", name, l->own_or_above ? "" : ", ITS OWN LIMIT");
}

static const char *nodes_title(struct cl_look *l, const char *by)
{
	size_t count = l->zones.allowed.known ? cl_nodes_count(&l->zones.allowed) : 0;
	if (count != 1)
		return cl_text(l, "OUT OF MEMORY ON SOME NODES%s", by);
	for (int64_t id = 0; id < CL_MAX_NODES; id++) {
		if (cl_nodes_has(&l->zones.allowed, id))
			return cl_text(l, "OUT OF MEMORY ON NODE %" PRId64 "%s", id, by);
	}
	return NULL;
}

void cl_title(struct cl_look *l)
{
	const struct oom_event *e = l->e;
	int64_t order = l->request.order;
	switch (l->v->cause) {
	case OOM_CAUSE_NONE:
		l->v->title = "NO OUT-OF-MEMORY EVENT";
		break;
	case OOM_CAUSE_HOST_EXHAUSTED:
		l->v->title = e && e->capture_kernel == OOM_YES ? "OUT OF MEMORY WHILE A CRASH DUMP WAS SAVED"
								: "OUT OF MEMORY ON THE WHOLE MACHINE";
		break;
	case OOM_CAUSE_MEMCG_LIMIT:
	case OOM_CAUSE_MEMCG_ANCESTOR_LIMIT:
		l->v->title = memcg_title(l);
		break;
	case OOM_CAUSE_NUMA_CPUSET:
		l->v->title =
			nodes_title(l, e && e->cpuset ? cl_text(l, ", BY CPUSET %s", e->cpuset) : ", BY A CPUSET");
		break;
	case OOM_CAUSE_NUMA_MEMPOLICY:
		l->v->title = nodes_title(l, ", BY A MEMORY POLICY");
		break;
	case OOM_CAUSE_NUMA_NODE:
		l->v->title = nodes_title(l, "");
		break;
	case OOM_CAUSE_FRAGMENTATION:
		l->v->title = cl_text(l, "MEMORY IS FRAGMENTED: NO FREE BLOCK OF %s (ORDER %" PRId64 ")",
				      cl_kb(l, l->page_kb << (order > 0 ? order : 0)), order);
		break;
	case OOM_CAUSE_LOWMEM:
		l->v->title = l->bits32 ? "OUT OF LOW MEMORY ON A 32-BIT KERNEL" : "OUT OF MEMORY IN THE LOWER ZONES";
		break;
	case OOM_CAUSE_FORCED:
		l->v->title = "OOM KILL ASKED FOR BY HAND (SYSRQ F)";
		break;
	case OOM_CAUSE_ALLOCATION_FAILURE:
		l->v->title = oom_known(order)
				      ? cl_text(l, "AN ALLOCATION OF ORDER %" PRId64 " FAILED, NO OOM KILL", order)
				      : "AN ALLOCATION FAILED, NO OOM KILL";
		break;
	case OOM_CAUSE_USERSPACE_OOM:
		// A driver in old kernels, a daemon since.
		l->v->title = e && cl_same(e->killer, "lowmemorykiller")
				      ? "KILLED BY ANDROID'S LOW MEMORY KILLER"
				      : cl_text(l, "KILLED FROM USER SPACE BY %s",
						e && e->killer ? e->killer : "AN OOM DAEMON");
		break;
	case OOM_CAUSE_UNKNOWN:
		if (l->no_limit)
			l->v->title = cl_text(l, "OOM KILL IN CGROUP %s, WHICH HAS NO LIMIT",
					      l->memcg_oom ? l->memcg_oom : "");
		else
			l->v->title = "OUT OF MEMORY, CAUSE NOT IN THE INPUT";
		break;
	}
}

/* --- who holds the memory --------------------------------------------------------------------- */

static const char *share(struct cl_look *l, int64_t kb)
{
	if (!cl_ok(kb) || !cl_ok(l->v->scope_kb) || l->v->scope_kb <= 0)
		return "";
	return cl_text(l, ", %s of %s", cl_share(l, kb), l->scope_name);
}

/** A zeroed page for user space is a process touching memory that it has not used before (do_anonymous_page). */
static const char *still_growing(const struct cl_look *l, const struct cl_holder *h)
{
	if (!cl_is_trigger(l, h->comm, h->task->pid))
		return "";
	return l->request.known && l->request.zeroed && l->request.movable ? "and was still growing"
									   : "and was asking for more";
}

/** ", and leaky (pid 91) 59 MiB": where the second is at least a third of the first. */
static const char *second_holder(struct cl_look *l)
{
	const struct cl_holder *top = &l->holders.top, *second = &l->holders.second;
	if (!top->task || !second->task || second->guess < top->guess / 3 || second->exact != top->exact)
		return "";
	const char *who = cl_who(l, second->task->comm, second->task->pid), *grows = still_growing(l, second);
	if (*still_growing(l, top))
		return cl_text(l, "; %s holds %s", who, cl_kb(l, second->kb));
	return cl_text(l, ", and %s %s%s%s", who, cl_kb(l, second->kb), *grows ? " " : "", grows);
}

static const char *group_sentence(struct cl_look *l)
{
	const struct oom_culprit *c = l->v->culprit;
	const struct cl_holder *group = &l->holders.group;
	const char *largest = cl_text(l, "the largest, pid %" PRId64 ", %s", group->task->pid,
				      cl_kb(l, group->exact ? group->task->rss_anon_kb : group->task->rss_kb));
	const char *least = group->kb < group->sum_kb ? "at least " : "";
	return cl_ok(c->kb) ? cl_text(l, "%zu processes named %s hold %s%s%s (%s)", group->count, c->name, least,
				      cl_kb(l, c->kb), l->v->cause == OOM_CAUSE_LOWMEM ? "" : share(l, c->kb), largest)
			    : cl_text(l, "%zu processes named %s hold most of it (%s)", group->count, c->name, largest);
}

/** The largest first, then the second if it is of the same size; the culprit is one of the two, or a victim. */
static const char *holder_sentence(struct cl_look *l)
{
	const struct oom_culprit *c = l->v->culprit;
	const struct cl_holder *top = &l->holders.top, *second = &l->holders.second;
	if (oom_or(c->processes, 1) > 1)
		return group_sentence(l);
	bool listed = top->task && (top->task->pid == c->pid || (second->task && second->task->pid == c->pid));
	const char *who = listed ? cl_who(l, top->comm, top->task->pid) : cl_who(l, c->name, c->pid);
	// The same figure as the culprit's: a kill line may be more exact than the table.
	int64_t kb = listed && top->task->pid != c->pid ? top->kb : c->kb;
	if (!cl_ok(kb))
		return cl_text(l, "%s holds most of it", who);
	// How much of a process lies in the lower zones is not known.
	const char *part = l->v->cause == OOM_CAUSE_LOWMEM ? "" : share(l, kb);
	bool died = l->v->victim_is_culprit == OOM_YES;
	const char *grows = listed ? still_growing(l, top) : "";
	return cl_text(l, "%s %s %s%s%s%s%s", who, died ? "held" : "holds", cl_kb(l, kb), part, *grows ? ", " : "",
		       grows, listed ? second_holder(l) : "");
}

static const char *many_sentence(struct cl_look *l)
{
	const struct cl_holders *h = &l->holders;
	int64_t kb = l->sheet.anon_kb;
	const char *all = cl_ok(kb) ? cl_text(l, "%zu processes hold %s%s together", h->n, cl_kb(l, kb), share(l, kb))
				    : cl_text(l, "%zu processes hold most of it together", h->n);
	if (!h->top.task)
		return all;
	const char *largest = cl_text(l, "%s with %s", cl_who(l, h->top.comm, h->top.task->pid), cl_kb(l, h->top.kb));
	// One that is of nearly the same size is no less to be named.
	bool two = h->second.task && h->second.exact == h->top.exact && h->second.guess >= h->top.guess / 4 * 3;
	return two ? cl_text(l, "%s, none dominates; the largest are %s and %s with %s", all, largest,
			     cl_who(l, h->second.comm, h->second.task->pid), cl_kb(l, h->second.kb))
		   : cl_text(l, "%s, none dominates; the largest is %s", all, largest);
}

/** ", 101 MiB of it in System V segment 0 of postgres (pid 91)"; a file in a folder is known by its path. */
static const char *shmem_piece(struct cl_look *l, const struct oom_culprit *c)
{
	const struct oom_shmem *top = cl_top_shmem(l);
	if (oom_known(c->pid))
		return cl_text(l, ", %s of it in files that %s has open", cl_kb(l, c->kb), cl_who(l, c->name, c->pid));
	bool of = cl_same(top->kind, "sysv") || cl_same(top->kind, "memfd") || top->deleted == OOM_YES;
	return cl_text(l, ", %s of it in %s%s", cl_kb(l, c->kb), c->name,
		       of && top->comm ? cl_text(l, " of %s", cl_who(l, top->comm, top->pid)) : "");
}

/** What is not processes: the part, and its largest piece where the input lists it. */
static const char *part_sentence(struct cl_look *l)
{
	const struct oom_culprit *c = l->v->culprit;
	enum oom_consumer kind = l->v->consumer;
	int64_t kb = cl_part_kb(l, kind);
	const char *name = cl_part_name(kind), *piece = "";
	bool named = c && c->name && !cl_same(c->name, name);
	if (named && kind == OOM_CONSUMER_KERNEL_STACKS)
		piece = cl_text(l, ", most of them of threads of %s", cl_who(l, c->name, c->pid));
	else if (named && kind == OOM_CONSUMER_SHMEM)
		piece = shmem_piece(l, c);
	else if (named && kind == OOM_CONSUMER_HUGETLB)
		piece = cl_text(l, ", %s of them mapped by %s", cl_kb(l, c->kb), cl_who(l, c->name, c->pid));
	else if (named && kind == OOM_CONSUMER_UNACCOUNTED)
		piece = cl_text(l, ", %s of it unread in %s of %s", cl_kb(l, c->kb), cl_unread_where(cl_top_unread(l)),
				cl_who(l, c->name, c->pid));
	else if (named)
		piece = cl_text(l, ", %s of it in %s", cl_kb(l, c->kb), cl_who(l, c->name, c->pid));
	else if (kind == OOM_CONSUMER_SLAB && cl_ok(l->sheet.slab_unreclaimable_kb))
		piece = cl_text(l, ", %s of it not reclaimable", cl_kb(l, l->sheet.slab_unreclaimable_kb));
	else if (kind == OOM_CONSUMER_HUGETLB && cl_hugetlb_kb(l, true) == 0)
		piece = ", all of them in use";
	else if (kind == OOM_CONSUMER_HUGETLB && cl_ok(cl_hugetlb_kb(l, true)))
		piece = cl_text(l, ", %s of them free and unused", cl_kb(l, cl_hugetlb_kb(l, true)));
	else if (kind == OOM_CONSUMER_PAGECACHE && cl_ok(l->sheet.dirty_kb))
		piece = cl_text(l, ", %s of it not yet written to disk", cl_kb(l, l->sheet.dirty_kb));
	bool one = kind == OOM_CONSUMER_PAGECACHE || kind == OOM_CONSUMER_VMALLOC || kind == OOM_CONSUMER_PERCPU ||
		   kind == OOM_CONSUMER_ZRAM || kind == OOM_CONSUMER_BALLOON;
	if (kind == OOM_CONSUMER_BALLOON && l->balloon_outside)
		return cl_text(l, "The hypervisor's balloon holds %s; only %s are left to the machine", cl_kb(l, kb),
			       cl_kb(l, l->ram_kb));
	const char *big = name[0] >= 'a' && name[0] <= 'z' ? cl_text(l, "%c%s", name[0] - 'a' + 'A', name + 1) : name;
	return cl_text(l, "%s %s %s%s%s", big, one ? "holds" : "hold", cl_kb(l, kb), share(l, kb), piece);
}

/** Processes hold most of what is known, and the table that would tell which is missing. */
static const char *unnamed_sentence(struct cl_look *l)
{
	int64_t kb = l->sheet.anon_kb;
	for (size_t i = 0; i < l->sheet.n; i++) {
		if (l->sheet.v[i].kb > kb)
			return NULL;
	}
	if (!cl_ok(kb) || kb <= 0 || kb < cl_or0(l->sheet.rest_kb))
		return NULL;
	return cl_text(l, "Processes hold %s%s (which ones, the input does not show)", cl_kb(l, kb), share(l, kb));
}

/** What else is large: "; a tmpfs holds another 40 MiB", ", and there is no swap". */
static const char *beside(struct cl_look *l)
{
	int64_t shmem_kb = l->sheet.shmem_kb, scope_kb = l->v->scope_kb;
	bool shm = l->v->consumer != OOM_CONSUMER_SHMEM && cl_ok(shmem_kb) && cl_ok(scope_kb) && scope_kb > 0 &&
		   shmem_kb >= scope_kb / 10;
	const struct oom_shmem *top = cl_top_shmem(l);
	bool host = l->v->cause == OOM_CAUSE_HOST_EXHAUSTED;
	bool none = host && l->swap_total_kb == 0;
	bool full = host && oom_or(l->swap_total_kb, 0) > 0 && oom_known(l->swap_free_kb) &&
		    l->swap_free_kb <= l->swap_total_kb / 100;
	const char *swap = none ? "there is no swap" : full ? "swap is full" : NULL;
	const struct oom_task *unread = cl_top_unread(l);
	if (l->v->scope == OOM_SCOPE_HOST && l->v->consumer != OOM_CONSUMER_UNACCOUNTED && cl_ok(scope_kb) &&
	    cl_unread_kb(unread) > scope_kb / 10 && (!shm || cl_unread_kb(unread) > shmem_kb))
		return cl_text(l, "; %s of %s hold another %s unread%s%s", cl_unread_where(unread),
			       cl_who(l, unread->comm, unread->pid), cl_kb(l, cl_unread_kb(unread)),
			       swap ? ", and " : "", swap ? swap : "");
	const struct oom_task *files = l->v->consumer == OOM_CONSUMER_SLAB ? cl_top_files(l) : NULL;
	if (files && host)
		return cl_text(l, "; %s has %" PRId64 " files open%s%s", cl_who(l, files->comm, files->pid),
			       files->open_files, swap ? ", and " : "", swap ? swap : "");
	if (!shm)
		return swap ? cl_text(l, ", and %s", swap) : "";
	bool tmpfs = top && top->mount && top->kb >= shmem_kb / 2;
	const char *what = cl_text(l, "; %s hold%s another %s", tmpfs ? "a tmpfs" : "shared memory and tmpfs files",
				   tmpfs ? "s" : "", cl_kb(l, tmpfs ? top->kb : shmem_kb));
	return swap ? cl_text(l, "%s, and %s", what, swap) : what;
}

/* --- what the kernel did ---------------------------------------------------------------------- */

static const char *victims_sentence(struct cl_look *l)
{
	const struct oom_victim *v = cl_victim(l);
	if (!v || !l->e)
		return "";
	const char *killer = l->v->cause == OOM_CAUSE_USERSPACE_OOM && l->e->killer ? l->e->killer : "The kernel";
	int64_t kb = cl_victim_kb(v);
	const char *more = l->e->victims.n > 1 ? cl_text(l, " and %zu more", l->e->victims.n - 1) : "";
	const char *who = cl_text(l, "%s%s", cl_who(l, v->comm, v->pid), more);
	if (!v->comm && !oom_known(v->pid) && v->memcg)
		who = cl_text(l, "%s%s", v->memcg, more);
	const struct oom_culprit *c = l->v->culprit;
	if (c && l->e->victims.n == 1 && oom_known(v->pid) && c->pid == v->pid)
		return cl_text(l, "%s killed it.", killer);
	if (l->v->victim_is_culprit == OOM_NO && cl_ok(kb))
		return cl_text(l, "%s killed %s, which had only %s: not the culprit.", killer, who, cl_kb(l, kb));
	if (l->v->victim_is_culprit == OOM_NO)
		return cl_text(l, "%s killed %s: not the culprit.", killer, who);
	return cl_text(l, "%s killed %s.", killer, who);
}

static const char *outcome_sentence(struct cl_look *l)
{
	bool panic = l->panic_text || (l->e && l->e->panic);
	switch (l->v->outcome) {
	case OOM_OUTCOME_PANIC:
		if (l->panic_on_oom > 0)
			return cl_text(l, "The kernel panicked because vm.panic_on_oom=%d.", l->panic_on_oom);
		return "The kernel panicked.";
	case OOM_OUTCOME_NO_KILLABLE:
		return panic ? "There was no process to kill, so the kernel panicked."
			     : "There was no process to kill.";
	case OOM_OUTCOME_KILLED:
		return victims_sentence(l);
	case OOM_OUTCOME_CRASHED_LATER:
		return cl_text(l, "%s%sThe machine crashed later: %s.", cl_victim(l) ? victims_sentence(l) : "",
			       cl_victim(l) ? " " : "", l->c->system.panic);
	case OOM_OUTCOME_NONE:
		return NULL;
	case OOM_OUTCOME_UNKNOWN:
		return "What the kernel did then is not in the input.";
	}
	return NULL;
}

/* --- together --------------------------------------------------------------------------------- */

static const char *but_for_cma(struct cl_look *l)
{
	int64_t kb = cl_cma_withheld_kb(l);
	return kb > 0 ? cl_text(l, ", but for %s set aside for devices (CMA)", cl_kb(l, kb)) : "";
}

/** What the cause itself needs said first, or NULL. */
static const char *cause_sentence(struct cl_look *l)
{
	const char *asked = l->e && l->e->trigger.comm ? l->e->trigger.comm : "A process";
	switch (l->v->cause) {
	case OOM_CAUSE_MEMCG_ANCESTOR_LIMIT:
		return l->memcg_task
			       ? cl_text(l, "The limit of %s%s was reached by a task of %s.",
					 cl_memcg_name(l, l->memcg_oom, false),
					 cl_ok(l->v->scope_kb) ? cl_text(l, " (%s)", cl_kb(l, l->v->scope_kb)) : "",
					 cl_memcg_name(l, l->memcg_task, false))
			       : NULL;
	case OOM_CAUSE_MEMCG_LIMIT:
		return cl_ok(l->v->scope_kb) && l->memcg_oom
			       ? cl_text(l, "%s is at its limit of %s.",
					 cl_begin(l, cl_memcg_name(l, l->memcg_oom, false)), cl_kb(l, l->v->scope_kb))
		       : l->memcg_oom
			       ? cl_text(l, "%s reached its limit.", cl_begin(l, cl_memcg_name(l, l->memcg_oom, false)))
			       : "A cgroup reached its limit.";
	case OOM_CAUSE_NUMA_CPUSET:
	case OOM_CAUSE_NUMA_MEMPOLICY:
	case OOM_CAUSE_NUMA_NODE:
		if (cl_no_zone_fits(l))
			return cl_text(l, "%s may use only %s, which %s no memory of a zone that it may use%s.", asked,
				       l->scope_name, cl_nodes_count(&l->zones.allowed) > 1 ? "have" : "has",
				       l->zones.others == CL_FREE ? cl_text(l, "; the other nodes have %s free",
									    cl_kb(l, l->zones.others_free_kb))
								  : "");
		return l->zones.others == CL_FREE
			       ? cl_text(l,
					 "%s may use only %s, which %s exhausted, while the other nodes have %s free.",
					 asked, l->scope_name,
					 l->zones.allowed.known && cl_nodes_count(&l->zones.allowed) > 1 ? "are" : "is",
					 cl_kb(l, l->zones.others_free_kb))
			       : cl_text(l, "%s may use only %s.", asked, l->scope_name);
	case OOM_CAUSE_FRAGMENTATION:
		return cl_text(l, "%s needed %s in one piece; %s are free, but in smaller pieces.", asked,
			       cl_kb(l, l->page_kb << l->request.order), cl_kb(l, l->zones.usable_kb));
	case OOM_CAUSE_LOWMEM:
		return cl_text(l,
			       "The memory that %s may use is exhausted%s; what is left is in a zone it may not use.",
			       l->bits32 ? "the kernel itself" : "the request", but_for_cma(l));
	case OOM_CAUSE_FORCED:
		return "Somebody called the OOM killer by hand; this shows no lack of memory.";
	case OOM_CAUSE_ALLOCATION_FAILURE:
		return cl_text(l, "%s could not get memory%s, and no OOM kill followed from it.", asked,
			       l->request.may_reclaim ? "" : " and could not wait for it");
	case OOM_CAUSE_UNKNOWN:
		if (l->no_limit)
			return "The cgroup has no memory limit: something else than a limit called the OOM killer for "
			       "it.";
		if (l->figures_contradict)
			return "Memory was free where the request may take it; the figures do not show why it failed.";
		return oom_or(l->request.order, 0) > 0
			       ? cl_text(l,
					 "%s asked for %s in one piece (order %" PRId64
					 "); the report's memory figures are missing.",
					 asked, cl_kb(l, l->page_kb << l->request.order), l->request.order)
			       : "The report's memory figures are missing.";
	default:
		return NULL;
	}
}

void cl_summary(struct cl_look *l)
{
	if (l->v->cause == OOM_CAUSE_NONE) {
		l->v->summary = l->c->source.complete == OOM_NO
					? "What is left of the input shows no out-of-memory event."
					: "The input is fine; it shows no out-of-memory event.";
		return;
	}
	const char *first = cause_sentence(l), *who = NULL, *did = outcome_sentence(l);
	if (l->v->culprit && cl_same(l->v->culprit->kind, "task"))
		who = holder_sentence(l);
	else if (l->v->consumer == OOM_CONSUMER_TASKS)
		who = many_sentence(l);
	else if (l->v->consumer != OOM_CONSUMER_UNKNOWN && l->v->culprit)
		who = part_sentence(l);
	// After a kill by hand or a failure without one, nobody is to blame.
	if (l->v->cause == OOM_CAUSE_FORCED || l->v->cause == OOM_CAUSE_ALLOCATION_FAILURE)
		who = NULL;
	else if (!who && !l->figures_contradict && !cl_no_zone_fits(l))
		who = unnamed_sentence(l);
	const char *rest = who ? beside(l) : "";
	if (!who && l->v->cause == OOM_CAUSE_HOST_EXHAUSTED)
		first = cl_text(l, "No memory was left for the request%s; the input does not show what holds it.",
				beside(l));
	l->v->summary = cl_text(l, "%s%s%s%s%s%s", first ? first : "", first && (who || did) ? " " : "", who ? who : "",
				who ? cl_text(l, "%s.", rest) : "", who && did ? " " : "", did ? did : "");
}
