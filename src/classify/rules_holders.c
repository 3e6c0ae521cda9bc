// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Findings about processes: who holds the memory, who asked, who was chosen and by which score. */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

static bool is_task(const struct cl_look *l)
{
	return l->v->culprit && cl_same(l->v->culprit->kind, oom_consumer_id(OOM_CONSUMER_TASK));
}

static bool is_culprit(const struct cl_look *l, const char *comm, int64_t pid)
{
	const struct oom_culprit *c = l->v->culprit;
	if (!is_task(l))
		return false;
	return (oom_known(c->pid) && oom_known(pid)) ? c->pid == pid : cl_named(c->name, comm);
}

/** The task row of a pid in the table that speaks. */
static const struct oom_task *task_of(const struct cl_look *l, int64_t pid)
{
	for (size_t i = 0; i < l->facts.tasks.n; i++) {
		if (l->facts.tasks.v[i].pid == pid)
			return &l->facts.tasks.v[i];
	}
	return NULL;
}

/* --- who holds it ----------------------------------------------------------------------------- */

/** The process; of a group the largest one: what they hold together is not the sum of their rss. */
static void cite_holder(struct cl_look *l, struct oom_finding *f, const struct cl_holder *h)
{
	if (!h->task)
		return;
	bool exact = cl_ok(h->task->rss_anon_kb);
	int64_t kb = exact ? h->task->rss_anon_kb : cl_or0(h->task->rss_kb);
	const char *kind = exact ? "anonymous memory" : "rss";
	const char *swap = cl_ok(h->task->swap_kb) && h->task->swap_kb > 0
				   ? cl_text(l, ", %" PRId64 " kB in swap", h->task->swap_kb)
				   : "";
	const char *adj = oom_known(h->task->oom_score_adj) && h->task->oom_score_adj
				  ? cl_text(l, ", oom_score_adj %" PRId64, h->task->oom_score_adj)
				  : "";
	cl_cite(l, f, h->task->origin,
		cl_text(l, "%s: %s %" PRId64 " kB%s%s", cl_who(l, h->task->comm, h->task->pid), kind, kb, swap, adj));
}

/** What is added up for a group, and what is not. */
static void cite_group(struct cl_look *l, struct oom_finding *f, const struct cl_holder *g)
{
	if (!g->task || g->count < 2 || !g->exact)
		return;
	const char *of = g->task->container ? cl_text(l, " in container %s", g->task->container) : "";
	const char *swap =
		cl_ok(g->swap_kb) && g->swap_kb > 0 ? cl_text(l, ", %" PRId64 " kB in swap", g->swap_kb) : "";
	const char *tables = cl_ok(g->pgtables_kb) ? cl_text(l, ", %" PRId64 " kB of page tables", g->pgtables_kb) : "";
	const char *shared =
		cl_ok(g->shmem_kb) && g->shmem_kb > 0
			? cl_text(l, "; not added: shared memory, up to %" PRId64 " kB in each", g->shmem_kb)
			: "";
	cl_cite(l, f, g->task->origin,
		cl_text(l, "%zu processes named %s%s: anonymous memory %" PRId64 " kB%s%s%s%s", g->count, g->comm, of,
			g->sum_kb, g->kb < g->sum_kb ? ", pages that a fork shares in each of them" : "", swap, tables,
			shared));
}

static bool task_holds(struct cl_look *l)
{
	return is_task(l) && l->v->consumer == OOM_CONSUMER_TASK;
}

static void tell_task_holds(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_culprit *c = l->v->culprit;
	const struct cl_holders *h = &l->holders;
	const char *size = cl_ok(c->kb) ? cl_kb(l, c->kb) : "most of the processes' memory";
	const char *share = oom_known(c->share_ppm)
				    ? cl_text(l, ", %s of %s", cl_percent(l, c->share_ppm, 1000000), l->scope_name)
				    : "";
	bool group = oom_or(c->processes, 1) > 1;
	bool least = group && h->group.kb < h->group.sum_kb;
	const char *who = group ? cl_text(l, "%zu processes named %s hold", h->group.count, c->name)
				: cl_text(l, "%s holds", cl_who(l, c->name, c->pid));
	cl_say(l, f, cl_text(l, "%s %s%s%s", who, least ? "at least " : "", size, share),
	       least ? "No single one of them stands out; together they are the largest. Pages that a fork shares are "
		       "counted in each process: all processes together have less than the sum, and so much of what "
		       "is missing as could be theirs is taken off."
	       : group ? "No single one of them stands out; together they are the largest."
		       : "No other process comes near, or all others together hold no more.");
	if (group)
		cite_group(l, f, &h->group);
	cite_holder(l, f, group ? &h->group : &h->top);
	if (!group)
		cite_holder(l, f, &h->second);
	const struct oom_victim *v = cl_victim(l);
	if (v && is_culprit(l, v->comm, v->pid) && cl_ok(v->rss_anon_kb))
		cl_cite(l, f, v->origin, cl_text(l, "kill line: anon-rss %" PRId64 " kB", v->rss_anon_kb));
}

static bool many_tasks(struct cl_look *l)
{
	return l->v->consumer == OOM_CONSUMER_TASKS;
}

static void tell_many_tasks(struct cl_look *l, struct oom_finding *f)
{
	const struct cl_holders *h = &l->holders;
	const char *all = cl_ok(l->sheet.anon_kb) && cl_ok(l->v->scope_kb)
				  ? cl_text(l, "%s, %s of %s", cl_kb(l, l->sheet.anon_kb),
					    cl_share(l, l->sheet.anon_kb), l->scope_name)
				  : "most of the memory";
	cl_say(l, f, cl_text(l, "%zu processes hold %s, and none of them dominates", h->n, all),
	       "There is more work here than memory for it, rather than one process that leaks.");
	cite_holder(l, f, &h->top);
	cite_holder(l, f, &h->second);
	cite_group(l, f, &h->group);
}

/* --- who asked, who was hit ------------------------------------------------------------------- */

/**
 * The row of the one that asked, if it holds next to nothing: less than a twentieth of the scope, and of the culprit. A
 * thread is in no table, and it may be one of the culprit's.
 */
static bool asked_not_culprit(struct cl_look *l)
{
	const struct oom_trigger *t = l->e ? &l->e->trigger : NULL;
	const struct oom_culprit *c = l->v->culprit;
	const struct oom_task *row = t && oom_known(t->pid) ? task_of(l, t->pid) : NULL;
	if (!row || !t->comm || l->e->kind != OOM_EVENT_OOM || !c || !cl_ok(row->rss_kb) || !cl_ok(l->v->scope_kb))
		return false;
	// Page cache, tmpfs files and slab may well be the work of whoever asked.
	if (!is_task(l) && l->v->consumer != OOM_CONSUMER_HUGETLB && l->v->consumer != OOM_CONSUMER_DYING_CGROUPS)
		return false;
	if (is_culprit(l, t->comm, t->pid) || (is_task(l) && cl_named(c->name, t->comm)))
		return false;
	return row->rss_kb < l->v->scope_kb / 20 && (!cl_ok(c->kb) || row->rss_kb < c->kb / 20);
}

static void tell_asked_not_culprit(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_trigger *t = &l->e->trigger;
	const struct oom_task *row = task_of(l, t->pid);
	cl_say(l, f, cl_text(l, "%s only asked; it is not what filled the memory", cl_who(l, t->comm, t->pid)),
	       cl_text(l,
		       "The process in the line \"invoked oom-killer\" is the one that happened to ask when nothing "
		       "was left. The memory is %s %s.",
		       is_task(l) ? "held by" : "in",
		       is_task(l) ? cl_who(l, l->v->culprit->name, l->v->culprit->pid) : l->v->culprit->name));
	cl_cite(l, f, l->e->origin, cl_text(l, "%s invoked oom-killer", t->comm));
	if (row)
		cl_cite(l, f, row->origin,
			cl_text(l, "%s: rss %" PRId64 " kB", cl_who(l, row->comm, row->pid), row->rss_kb));
}

/** Was the one that asked killed? By its name where its pid, or the victim's, is not in the log. */
static bool asker_was_killed(const struct oom_event *e)
{
	const struct oom_trigger *t = &e->trigger;
	for (size_t i = 0; i < e->victims.n; i++) {
		const struct oom_victim *v = &e->victims.v[i];
		if (oom_known(t->pid) && oom_known(v->pid) ? t->pid == v->pid : cl_named(t->comm, v->comm))
			return true;
	}
	return false;
}

/** Otherwise it is said at least that asking proves nothing; not of a culprit, and not where nothing was asked for. */
static bool who_asked(struct cl_look *l)
{
	if (!l->e || l->e->kind != OOM_EVENT_OOM || !l->e->trigger.comm || l->v->cause == OOM_CAUSE_FORCED ||
	    l->no_limit)
		return false;
	const struct oom_trigger *t = &l->e->trigger;
	return !asked_not_culprit(l) && !is_culprit(l, t->comm, t->pid) && !asker_was_killed(l->e) &&
	       !(is_task(l) && cl_named(l->v->culprit->name, t->comm)) &&
	       !(l->holders.top.task && l->holders.top.task->pid == t->pid);
}

static void tell_who_asked(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_trigger *t = &l->e->trigger;
	int64_t order = l->request.order;
	const char *what =
		order > 0 ? cl_text(l, " for %s in one piece (order %" PRId64 ")", cl_kb(l, l->page_kb << order), order)
			  : "";
	cl_say(l, f,
	       cl_text(l, "%s asked%s: that makes it neither the victim nor the culprit", cl_who(l, t->comm, t->pid),
		       what),
	       "The process in the line \"invoked oom-killer\" is the one that happened to ask when the memory that it "
	       "may use was used up or in pieces.");
	cl_cite(l, f, l->e->origin, cl_text(l, "%s invoked oom-killer", t->comm));
}

static bool victim_not_culprit(struct cl_look *l)
{
	return l->v->victim_is_culprit == OOM_NO && cl_victim(l);
}

static void tell_victim_not_culprit(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_victim *v = cl_victim(l);
	int64_t kb = cl_victim_kb(v);
	const char *had = cl_ok(kb) ? cl_text(l, "It had %s resident%s.", cl_kb(l, kb),
					      cl_ok(l->v->scope_kb) && l->v->scope_kb > 0
						      ? cl_text(l, ", %s of %s", cl_share(l, kb), l->scope_name)
						      : "")
				    : "";
	const struct oom_culprit *c = l->v->culprit;
	const char *instead = "Whatever holds the memory stays, and the next kill follows.";
	if (l->v->cause == OOM_CAUSE_FRAGMENTATION || cl_no_zone_fits(l))
		instead = "No lack of memory led to the kill, so it could not help but by chance.";
	else if (c && is_task(l))
		instead = cl_text(l, "The memory is held by %s, which stays, and the next kill follows.",
				  cl_who(l, c->name, c->pid));
	else if (c)
		instead = cl_text(l, "The memory is in %s; a kill gives little of it back, and the next one follows.",
				  c->name);
	cl_say(l, f, cl_text(l, "%s was killed and is not the culprit", cl_who(l, v->comm, v->pid)),
	       cl_text(l, "%s%s%s", had, *had ? " " : "", instead));
	cl_cite(l, f, v->origin,
		cl_ok(kb) ? cl_text(l, "kill line: anon-rss %" PRId64 " kB, file-rss %" PRId64 " kB", v->rss_anon_kb,
				    cl_or0(v->rss_file_kb))
			  : "kill line");
}

/* --- the score -------------------------------------------------------------------------------- */

static bool has_score(struct cl_look *l)
{
	// The table has processes that were killed before, too (MMF_OOM_SKIP): where the kernel found none to kill, its
	// highest score is nobody's.
	return l->choice.task && l->choice.complete && l->badness.known && l->v->cause != OOM_CAUSE_USERSPACE_OOM &&
	       l->v->cause != OOM_CAUSE_ALLOCATION_FAILURE && l->v->outcome != OOM_OUTCOME_NO_KILLABLE;
}

/** As the killer reads it. */
static int64_t rss_of(const struct oom_task *t)
{
	return cl_or0(cl_ok(t->oom_rss_kb) ? t->oom_rss_kb : t->rss_kb);
}

/** "15616 pages rss + 0 swap + 40 page tables = 15656 points; of 55808 pages in all that is 280 of 1000" */
static const char *arithmetic(struct cl_look *l, const struct oom_task *t, size_t at)
{
	const struct oom_scores *s = l->choice.scores;
	// Where the page size is not known everything is said in kB; the share is the same.
	int64_t page = l->page_known ? l->page_kb : 1, point = l->page_known ? 1 : l->page_kb;
	const char *unit = l->page_known ? "pages" : "kB", *adj = "", *of = "", *bonus = "";
	int64_t rss = rss_of(t) / page, swap = cl_or0(cl_ok(t->oom_swap_kb) ? t->oom_swap_kb : t->swap_kb) / page;
	int64_t tables = (cl_ok(t->pgtables_kb) ? t->pgtables_kb / l->page_kb : cl_or0(t->nr_ptes)) * point;
	const char *sum = cl_text(l, "%" PRId64 " %s rss + %" PRId64 " swap%s", rss, unit, swap,
				  l->badness.page_tables ? cl_text(l, " + %" PRId64 " page tables", tables) : "");
	bool root = l->badness.root != CL_ROOT_NONE &&
		    (t->cap_sys_admin == OOM_YES || (t->cap_sys_admin == OOM_MAYBE && t->uid == 0));
	if (l->badness.per_mille)
		return cl_text(l, "(%s) * 1000 / %" PRId64 "%s + oom_score_adj %" PRId64 " = %" PRId64 " of 1000", sum,
			       s->totalpages * point, root ? " - 30 for root" : "", t->oom_score_adj, s->points[at]);
	if (root)
		bonus = l->badness.root == CL_ROOT_3_PERCENT ? ", less 3 % of it for root"
							     : ", less 30 of 1000 for root";
	if (t->oom_score_adj && oom_known(s->totalpages))
		adj = cl_text(l, ", oom_score_adj %" PRId64 " * %" PRId64, t->oom_score_adj,
			      s->totalpages / 1000 * point);
	if (oom_known(s->totalpages))
		of = cl_text(l, "; of %" PRId64 " %s in all that is %" PRId64 " of 1000", s->totalpages * point, unit,
			     s->badness[at]);
	return cl_text(l, "%s%s%s = %" PRId64 " %s%s", sum, bonus, adj, s->points[at] * point,
		       l->page_known ? "points" : "kB", of);
}

static void tell_score(struct cl_look *l, struct oom_finding *f)
{
	const struct cl_choice *c = &l->choice;
	bool killed = cl_victim(l) != NULL;
	const char *next =
		c->runner_up ? cl_text(l, "; next was %s", cl_who(l, c->runner_up->comm, c->runner_up->pid)) : "";
	cl_say(l, f, cl_text(l, "%s has the highest score%s", cl_who(l, c->task->comm, c->task->pid), next),
	       cl_text(l,
		       "%zu process%s could be chosen. The score is what a process would free: resident memory, "
		       "swap%s, moved by oom_score_adj.%s",
		       c->nr_eligible, c->nr_eligible == 1 ? "" : "es",
		       l->badness.page_tables ? " and page tables" : "",
		       killed || l->v->outcome != OOM_OUTCOME_PANIC
			       ? ""
			       : " Nobody was killed: the kernel panicked first."));
	cl_cite(l, f, c->task->origin,
		cl_text(l, "%s: %s", cl_who(l, c->task->comm, c->task->pid), arithmetic(l, c->task, c->at)));
	if (c->runner_up)
		cl_cite(l, f, c->runner_up->origin,
			cl_text(l, "%s: %s", cl_who(l, c->runner_up->comm, c->runner_up->pid),
				arithmetic(l, c->runner_up, c->runner_up_at)));
	const struct oom_victim *v = cl_victim(l);
	if (v && cl_ok(v->score))
		cl_cite(l, f, v->origin, cl_text(l, "the kernel printed score %" PRId64 " for its choice", v->score));
}

static bool adj_decided(struct cl_look *l)
{
	const struct cl_choice *c = &l->choice;
	return has_score(l) && c->without_adj && c->without_adj != c->task && c->without_adj->oom_skip != OOM_YES &&
	       !cl_same(c->without_adj->comm, c->task->comm) && oom_known(c->without_adj->oom_score_adj) &&
	       c->without_adj->oom_score_adj != c->task->oom_score_adj;
}

static void tell_adj_decided(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *t = l->choice.task, *spared = l->choice.without_adj;
	cl_say(l, f,
	       cl_text(l, "oom_score_adj put %s before %s", cl_who(l, t->comm, t->pid),
		       cl_who(l, spared->comm, spared->pid)),
	       cl_text(l,
		       "By size alone %s would be chosen; its oom_score_adj is %" PRId64 ", that of %s is %" PRId64 ".",
		       cl_who(l, spared->comm, spared->pid), spared->oom_score_adj, cl_who(l, t->comm, t->pid),
		       t->oom_score_adj));
	cl_cite(l, f, t->origin, cl_text(l, "rss %" PRId64 " kB, oom_score_adj %" PRId64, rss_of(t), t->oom_score_adj));
	cl_cite(l, f, spared->origin,
		cl_text(l, "rss %" PRId64 " kB, oom_score_adj %" PRId64, rss_of(spared), spared->oom_score_adj));
}

/* --- single processes ------------------------------------------------------------------------- */

enum { PID1_KB = 200 * 1024 };

static bool pid1_large(struct cl_look *l)
{
	const struct oom_task *t = task_of(l, 1);
	return t && cl_ok(t->rss_kb) && t->rss_kb > PID1_KB;
}

static void tell_pid1_large(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_task *t = task_of(l, 1);
	cl_say(l, f, cl_text(l, "PID 1 (%s) holds %s", t->comm ? t->comm : "init", cl_kb(l, t->rss_kb)),
	       "systemd normally needs a few tens of MiB. More than 200 MiB is a leak, or a great many units and "
	       "cgroups; the OOM killer never touches PID 1.");
	cl_cite(l, f, t->origin, cl_text(l, "rss %" PRId64 " kB", t->rss_kb));
}

/** The table of the first event of this boot that has the same process, for its growth since. */
static const struct oom_task *earlier(const struct cl_look *l, const struct oom_task *now,
				      const struct oom_event **when)
{
	for (const struct oom_event *e = l->c->events.v; l->e && e < l->e; e++) {
		if (e->boot != l->e->boot)
			continue;
		for (size_t i = 0; i < e->state.tasks.n; i++) {
			const struct oom_task *t = &e->state.tasks.v[i];
			if (t->pid == now->pid && cl_same(t->comm, now->comm)) {
				*when = e;
				return t;
			}
		}
	}
	return NULL;
}

/** Grown by a quarter at least, and by a twentieth of the scope: what lives through kills and goes on growing. */
static bool has_grown(const struct cl_look *l, const struct oom_task *now, const struct oom_task *then)
{
	return now && then && cl_ok(now->rss_kb) && cl_ok(then->rss_kb) &&
	       now->rss_kb - then->rss_kb > then->rss_kb / 4 && cl_ok(l->v->scope_kb) &&
	       now->rss_kb - then->rss_kb > l->v->scope_kb / 20;
}

static bool grew(struct cl_look *l)
{
	const struct oom_event *when;
	const struct oom_task *now = l->holders.top.task;
	return l->e && now && !l->tasks_from_state && has_grown(l, now, earlier(l, now, &when));
}

static void tell_grew(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_event *when = NULL;
	const struct oom_task *now = l->holders.top.task, *then = earlier(l, now, &when);
	int64_t us = 0;
	if (!then || !when)
		return;
	bool timed = oom_known(l->e->time_us) && oom_known(when->time_us) &&
		     !__builtin_sub_overflow(l->e->time_us, when->time_us, &us) && us > 0;
	cl_say(l, f,
	       cl_text(l, "%s grew from %s to %s%s%s", cl_who(l, now->comm, now->pid), cl_kb(l, then->rss_kb),
		       cl_kb(l, now->rss_kb), timed ? " in " : "", timed ? cl_times(l, us) : ""),
	       "It lived through earlier kills and went on growing: the kills hit others.");
	cl_cite(l, f, then->origin, cl_text(l, "rss %" PRId64 " kB then", then->rss_kb));
	cl_cite(l, f, now->origin, cl_text(l, "rss %" PRId64 " kB now", now->rss_kb));
}

const struct cl_rule cl_rules_holders[] = {
	{"task-holds-memory", OOM_SEVERITY_WARNING, task_holds, tell_task_holds, cl_advise_limit_culprit, false},
	{"many-tasks", OOM_SEVERITY_INFO, many_tasks, tell_many_tasks, cl_advise_ram, false},
	{"growth", OOM_SEVERITY_WARNING, grew, tell_grew, cl_advise_limit_culprit, true},
	{"asked-is-not-culprit", OOM_SEVERITY_INFO, asked_not_culprit, tell_asked_not_culprit, NULL, false},
	{"who-asked", OOM_SEVERITY_INFO, who_asked, tell_who_asked, NULL, false},
	{"victim-is-not-culprit", OOM_SEVERITY_WARNING, victim_not_culprit, tell_victim_not_culprit,
	 cl_advise_protect_victim, false},
	{"score", OOM_SEVERITY_INFO, has_score, tell_score, NULL, false},
	{"adj-decided", OOM_SEVERITY_INFO, adj_decided, tell_adj_decided, cl_advise_adj, false},
	{"pid1-large", OOM_SEVERITY_WARNING, pid1_large, tell_pid1_large, cl_advise_pid1, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
