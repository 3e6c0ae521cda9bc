// SPDX-License-Identifier: GPL-2.0-or-later
/** @file All events of the input, one line each, and what the log shows of this one beyond its figures. */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>

enum { HEAD = 8, TAIL = 12, NUMBER = 6, WHEN = 8, WHAT = 29 };

static void put_when(struct tx *t, const struct oom_event *e)
{
	if (e->time)
		tx_put(t, e->time, WHAT - WHEN - 1);
	else if (e->stamp)
		tx_put(t, e->stamp, WHAT - WHEN - 1);
	else if (oom_known(e->time_us))
		tx_printf(t, "[%" PRId64 ".%06" PRId64 "]", e->time_us / 1000000, e->time_us % 1000000);
	else
		tx_put(t, "?", 0);
}

/** What came of it: "killed mysqld (87) and 2 more, then panic". */
static void put_outcome(struct tx *t, const struct oom_event *e)
{
	if (e->kind == OOM_EVENT_USERSPACE && e->killer) {
		tx_put(t, e->killer, 20);
		tx_put(t, " ", 0);
	}
	if (!e->victims.n) {
		tx_put(t,
		       e->panic					 ? "panic"
		       : e->kind == OOM_EVENT_ALLOCATION_FAILURE ? "nobody killed"
								 : "outcome not known",
		       0);
		return;
	}
	tx_put(t, "killed ", 0);
	tx_who(t, e->victims.v[0].comm, e->victims.v[0].pid);
	if (e->victims.n > 1)
		tx_printf(t, " and %zu more", e->victims.n - 1);
	if (e->panic)
		tx_put(t, ", then panic", 0);
}

/** "*3  [12.500000]   killed mysqld (87), host-exhausted, asked by leaky (91)" */
static void put_event(struct tx *t, size_t i, bool marked)
{
	const struct oom_event *e = &t->c->events.v[i];
	const struct oom_verdict *v = &t->d->events[i];
	char number[24];
	snprintf(number, sizeof(number), "%s%" PRId64, marked ? "*" : "", e->index);
	tx_style(t, marked ? TX_BOLD : TX_PLAIN);
	tx_right(t, NUMBER, number);
	tx_to(t, WHEN);
	put_when(t, e);
	tx_to(t, WHAT);
	put_outcome(t, e);
	tx_printf(t, ", %s", oom_cause_id(v->cause));
	bool room = t->col + 20 < t->width;
	if (room && (e->trigger.comm || oom_known(e->trigger.pid))) {
		tx_put(t, ", asked by ", 0);
		tx_who(t, e->trigger.comm, e->trigger.pid);
	}
	tx_style(t, TX_PLAIN);
	tx_nl(t);
}

static void put_list(struct tx *t, const struct rp_facts *f)
{
	size_t n = t->c->events.n < t->d->nr_events ? t->c->events.n : t->d->nr_events;
	bool all = t->options->verbose || n <= HEAD + TAIL + 1;
	int64_t boot = OOM_ABSENT;
	tx_heading(t, "Events in the input: %zu (* the one above; --event N shows another)", n);
	for (size_t i = 0; i < n; i++) {
		const struct oom_event *e = &t->c->events.v[i];
		if (!all && i == HEAD) {
			tx_to(t, WHEN);
			tx_printf(t, "... %zu more (-v shows all)", n - HEAD - TAIL);
			tx_nl(t);
			i = n - TAIL - 1;
			continue;
		}
		if (i && oom_known(e->boot) && e->boot != boot) {
			tx_to(t, WHEN);
			tx_style(t, TX_DIM);
			tx_put(t, "--- another boot or host ---", 0);
			tx_style(t, TX_PLAIN);
			tx_nl(t);
		}
		boot = e->boot;
		put_event(t, i, e == f->event);
	}
}

static void put_strings(struct tx *t, const char *heading, const struct oom_strings *list)
{
	if (!list->n)
		return;
	tx_heading(t, "%s", heading);
	for (size_t i = 0; i < list->n; i++) {
		tx_to(t, 2);
		tx_wrap(t, 4, list->v[i]);
		tx_nl(t);
	}
}

static void put_trace(struct tx *t, const struct oom_strings *trace)
{
	if (!trace->n)
		return;
	tx_heading(t, "Call trace, innermost first");
	tx_to(t, 2);
	for (size_t i = 0; i < trace->n; i++) {
		if (i)
			tx_put(t, " < ", 0);
		tx_wrap(t, 2, trace->v[i]);
	}
	tx_nl(t);
}

void tx_events(struct tx *t, const struct rp_facts *f)
{
	if (t->c->events.n > 1 && !t->options->all_events)
		put_list(t, f);
	if (!f->event || !t->options->verbose)
		return;
	put_strings(t, "What the log shows afterwards", &f->event->followed);
	put_trace(t, &f->event->trace);
}
