// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The verdict in a ticket: title, summary, and when, who asked, where, who was killed. */
#include "report/rows.h"
#include "report/ticket.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_VICTIMS = 3 };

static void fact_from(struct tk_doc *t, const char *label, const struct oom_origin *origin)
{
	struct tk_row *row = tk_row(t);
	if (row && origin)
		row->origin = *origin;
	tk_put(t, TK_STRONG, label);
	tk_next(t);
}

static void fact(struct tk_doc *t, const char *label)
{
	fact_from(t, label, NULL);
}

static void when(struct tk_doc *t, const struct oom_event *e)
{
	const char *date = e->time ? e->time : e->stamp;
	char buf[RP_TIME], where[RP_WHERE];
	bool since = oom_known(e->time_us);
	const char *at = rp_where_in(t->c, &e->origin, where);
	if (!date && !since && !at)
		return;
	fact_from(t, "When", &e->origin);
	tk_put(t, TK_TEXT, date);
	if (since)
		tk_putf(t, TK_TEXT, "%s%s after boot", date ? ", " : "", rp_duration(e->time_us, buf));
	if (at)
		tk_putf(t, TK_DIM, "%slog %s", date || since ? ", " : "", at);
}

static void where(struct tk_doc *t, const struct oom_event *e, enum oom_scope scope)
{
	bool bound = scope == OOM_SCOPE_CPUSET || scope == OOM_SCOPE_MEMPOLICY;
	const struct oom_event_memcg *m = e->memcg;
	if (bound) {
		const char *const names[] = {"nodemask", "cpuset", "mems_allowed"};
		const char *const values[] = {e->nodemask, e->cpuset, e->mems_allowed};
		fact(t, "Where");
		tk_put(t, TK_TEXT, scope == OOM_SCOPE_CPUSET ? "bound by a cpuset" : "bound by a memory policy");
		for (size_t i = 0; i < 3; i++) {
			if (values[i])
				tk_putf(t, TK_TEXT, ", %s ", names[i]);
			tk_put(t, TK_NAME, values[i]);
		}
	} else if (m && (m->oom || (m->task && e->constraint == OOM_CONSTRAINT_MEMCG))) {
		char usage[RP_SIZE], limit[RP_SIZE];
		fact(t, "Where");
		tk_put(t, TK_TEXT, m->oom ? "limit of " : "cgroup ");
		tk_put(t, TK_NAME, m->oom ? m->oom : m->task);
		if (oom_known(m->usage_kb) && oom_known(m->limit_kb) && m->limit_kb != OOM_UNLIMITED)
			tk_putf(t, TK_TEXT, ": %s of %s used", rp_size(m->usage_kb, usage),
				rp_size(m->limit_kb, limit));
	}
}

static void victim(struct tk_doc *t, const struct oom_victim *v)
{
	char size[RP_SIZE];
	tk_who(t, v->comm, v->pid);
	if (oom_known(v->rss_anon_kb))
		tk_putf(t, TK_TEXT, ", %s anonymous memory", rp_size(v->rss_anon_kb, size));
	if (oom_known(v->score))
		tk_putf(t, TK_TEXT, ", score %" PRId64, v->score);
}

static void killed(struct tk_doc *t, const struct rp_facts *f)
{
	const struct oom_would_kill *w = f->verdict->would_kill;
	size_t n = f->event ? f->event->victims.n : 0;
	fact_from(t, "Killed", n ? &f->event->victims.v[0].origin : NULL);
	for (size_t i = 0; i < n && i < MAX_VICTIMS; i++) {
		tk_put(t, TK_TEXT, i ? "; " : "");
		victim(t, &f->event->victims.v[i]);
	}
	if (n > MAX_VICTIMS)
		tk_putf(t, TK_TEXT, " and %zu more", n - MAX_VICTIMS);
	if (!n)
		tk_put(t, TK_TEXT, rp_nobody(f->verdict));
	if (!w)
		return;
	tk_put(t, TK_TEXT, ". Would have been ");
	tk_who(t, w->comm, w->pid);
	if (oom_known(w->badness))
		tk_putf(t, TK_TEXT, ", badness %" PRId64 " of 1000", w->badness);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/** Which machine: one line of facts. */
static void machine(struct tk_doc *t)
{
	const struct oom_system *s = &t->c->system;
	char buf[RP_TIME], size[RP_SIZE];
	bool arch = s->machine && !(s->release && strstr(s->release, s->machine));
	fact(t, "Machine");
	// "(none)" is the kernel's name for a machine that was never given one (CONFIG_DEFAULT_HOSTNAME).
	if (s->nodename && strcmp(s->nodename, "(none)") != 0) {
		tk_put(t, TK_NAME, s->nodename);
		tk_put(t, TK_TEXT, ", ");
	}
	tk_put(t, TK_TEXT, "Linux");
	tk_put(t, TK_TEXT, s->release ? " " : "");
	tk_put(t, TK_NAME, s->release);
	if (arch) {
		tk_put(t, TK_TEXT, " ");
		tk_put(t, TK_NAME, s->machine);
	}
	if (oom_known(s->ram_kb))
		tk_putf(t, TK_TEXT, ", %s RAM", rp_size(s->ram_kb, size));
	if (oom_known(s->uptime_us))
		tk_putf(t, TK_TEXT, ", up %s", rp_duration(s->uptime_us, buf));
	if (s->crash_time)
		tk_putf(t, TK_TEXT, ", crashed %s", s->crash_time);
	if (s->panic) {
		tk_put(t, TK_TEXT, ", panic: ");
		tk_put(t, TK_NAME, s->panic);
	}
}

static void input(struct tk_doc *t)
{
	const char *path = t->c->source.path;
	if (!path && t->c->source.complete != OOM_NO)
		return;
	fact(t, "Input");
	if (path && strcmp(path, "-") != 0)
		tk_put(t, TK_NAME, base_name(path));
	else
		tk_put(t, TK_TEXT, path ? "standard input" : "");
	if (t->c->source.complete == OOM_NO)
		tk_putf(t, TK_STRONG, "%sincomplete input", path ? ", " : "");
}

void tk_verdict(struct tk_doc *t, struct rp_facts *f)
{
	const struct oom_verdict *v = f->verdict;
	struct tk_section *s = tk_section(t, "verdict", 0, false, "%s", v->title ? v->title : "?");
	if (s) {
		s->verdict = true;
		s->title = tk_clip(t, s->title);
	}
	if (t->options->all_events && t->c->events.n > 1)
		tk_para(t, TK_STRONG,
			tk_text(t, "Event %" PRId64 " of %zu", f->event ? f->event->index : 0, t->c->events.n));
	tk_para(t, TK_TEXT, v->summary);
	tk_because(t, f);
	tk_block(t, TK_FACTS);
	fact(t, "Confidence");
	tk_put(t, TK_TEXT, oom_confidence_id(v->confidence));
	machine(t);
	if (f->event) {
		when(t, f->event);
		if (f->event->kind != OOM_EVENT_USERSPACE) {
			fact(t, "Asked");
			if (f->event->trigger.comm || oom_known(f->event->trigger.pid)) {
				tk_who(t, f->event->trigger.comm, f->event->trigger.pid);
				tk_put(t, TK_TEXT, ": ");
			}
			tk_request(t, f->event);
		}
		where(t, f->event, v->scope);
	}
	if (v->oom || f->event)
		killed(t, f);
	input(t);
}
