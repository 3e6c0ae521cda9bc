// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The rest of the first screen: when, who asked, where, who was killed, what to do. */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>

enum { LABEL = 2, TEXT = 14, MAX_VICTIMS = 3, MAX_ADVICE = 3 };

static void label(struct tx *t, const char *name)
{
	tx_to(t, LABEL);
	tx_style(t, TX_BOLD);
	tx_put(t, name, 0);
	tx_style(t, TX_PLAIN);
	tx_to(t, TEXT);
}

void tx_who(struct tx *t, const char *comm, int64_t pid)
{
	if (comm)
		tx_put(t, comm, 0);
	if (comm && oom_known(pid))
		tx_printf(t, " (%" PRId64 ")", pid);
	else if (oom_known(pid))
		tx_printf(t, "pid %" PRId64, pid);
	else if (!comm)
		tx_put(t, "?", 0);
}

static void when(struct tx *t, const struct oom_event *e)
{
	const char *date = e->time ? e->time : e->stamp;
	char buf[RP_TIME], where[RP_WHERE], line[RP_WHERE + 4];
	bool since = oom_known(e->time_us);
	const char *at = rp_where_in(t->c, &e->origin, where);
	if (!date && !since && !at)
		return;
	label(t, "when");
	if (date)
		tx_wrap(t, TEXT, date);
	if (since)
		tx_wrapf(t, TEXT, "%s%s after boot [%" PRId64 ".%06" PRId64 "]", date ? ", " : "",
			 rp_duration(e->time_us, buf), e->time_us / 1000000, e->time_us % 1000000);
	if (at) {
		snprintf(line, sizeof(line), "log %s", at);
		if (date || since)
			tx_put(t, ", ", 0);
		tx_unit(t, TEXT, line);
	}
	tx_nl(t);
}

static void asked(struct tx *t, const struct oom_event *e)
{
	if (e->kind == OOM_EVENT_USERSPACE)
		return;
	label(t, "asked");
	if (e->trigger.comm || oom_known(e->trigger.pid)) {
		tx_who(t, e->trigger.comm, e->trigger.pid);
		tx_put(t, ": ", 0);
	}
	tx_request(t, e, TEXT);
	tx_nl(t);
}

static void put_named(struct tx *t, const char *name, const char *value)
{
	if (value)
		tx_wrapf(t, TEXT, ", %s %s", name, value);
}

/** The limits that the request ran into, if not the whole machine's. */
static void where(struct tx *t, const struct oom_event *e, enum oom_scope scope)
{
	bool bound = scope == OOM_SCOPE_CPUSET || scope == OOM_SCOPE_MEMPOLICY;
	const struct oom_event_memcg *m = e->memcg;
	if (!bound && m && (m->oom || (m->task && e->constraint == OOM_CONSTRAINT_MEMCG))) {
		char usage[RP_SIZE], limit[RP_SIZE];
		label(t, "where");
		tx_put(t, m->oom ? "limit of " : "cgroup ", 0);
		tx_put_path(t, m->oom ? m->oom : m->task, 0);
		if (oom_known(m->usage_kb) && oom_known(m->limit_kb) && m->limit_kb != OOM_UNLIMITED)
			tx_wrapf(t, TEXT, ": %s of %s used", rp_size(m->usage_kb, usage), rp_size(m->limit_kb, limit));
		tx_nl(t);
	} else if (bound) {
		label(t, "where");
		tx_put(t, scope == OOM_SCOPE_CPUSET ? "bound by a cpuset" : "bound by a memory policy", 0);
		put_named(t, "nodemask", e->nodemask);
		put_named(t, "cpuset", e->cpuset);
		put_named(t, "mems_allowed", e->mems_allowed);
		tx_nl(t);
	}
}

static void victim(struct tx *t, const struct oom_victim *v)
{
	char size[RP_SIZE];
	tx_who(t, v->comm, v->pid);
	if (oom_known(v->rss_anon_kb))
		tx_wrapf(t, TEXT, ", %s anonymous memory", rp_size(v->rss_anon_kb, size));
	if (oom_known(v->score))
		tx_wrapf(t, TEXT, ", score %" PRId64, v->score);
}

static void victims(struct tx *t, const struct oom_victims *list)
{
	for (size_t i = 0; i < list->n && i < MAX_VICTIMS; i++) {
		if (i) {
			tx_nl(t);
			tx_to(t, TEXT);
		}
		victim(t, &list->v[i]);
	}
	if (list->n > MAX_VICTIMS)
		tx_wrapf(t, TEXT, " and %zu more", list->n - MAX_VICTIMS);
}

static void killed(struct tx *t, const struct rp_facts *f)
{
	const struct oom_would_kill *w = f->verdict->would_kill;
	label(t, "killed");
	if (f->event && f->event->victims.n)
		victims(t, &f->event->victims);
	else
		tx_wrap(t, TEXT, rp_nobody(f->verdict));
	if (w) {
		tx_put(t, ". Would have been ", 0);
		tx_who(t, w->comm, w->pid);
		if (oom_known(w->badness))
			tx_wrapf(t, TEXT, ", badness %" PRId64 " of 1000", w->badness);
	}
	tx_nl(t);
}

static void advice(struct tx *t, const struct oom_recommendations *list)
{
	for (size_t i = 0; i < list->n && i < MAX_ADVICE; i++) {
		if (!i)
			label(t, "do");
		else
			tx_to(t, TEXT);
		tx_printf(t, "%zu. ", i + 1);
		tx_wrap(t, TEXT + 3, list->v[i].title ? list->v[i].title : "?");
		tx_nl(t);
	}
	if (list->n > MAX_ADVICE) {
		tx_to(t, TEXT);
		tx_style(t, TX_DIM);
		tx_printf(t, "and %zu more below", list->n - MAX_ADVICE);
		tx_style(t, TX_PLAIN);
		tx_nl(t);
	}
}

void tx_short(struct tx *t, const struct rp_facts *f)
{
	const struct oom_verdict *v = f->verdict;
	if (!v->oom && !f->event && !v->recommendations.n)
		return;
	tx_nl(t);
	if (f->event) {
		when(t, f->event);
		asked(t, f->event);
		where(t, f->event, v->scope);
	}
	if (v->oom || f->event)
		killed(t, f);
	advice(t, &v->recommendations);
}
