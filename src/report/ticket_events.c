// SPDX-License-Identifier: GPL-2.0-or-later
/** @file All events of the input, and what the log shows of this one beyond its figures, in a ticket. */
#include "report/ticket.h"
#include <inttypes.h>

enum { HEAD = 8, TAIL = 12 };

static void put_when(struct tk_doc *t, const struct oom_event *e)
{
	if (e->time || e->stamp)
		tk_put(t, TK_TEXT, e->time ? e->time : e->stamp);
	else if (oom_known(e->time_us))
		tk_putf(t, TK_NAME, "[%" PRId64 ".%06" PRId64 "]", e->time_us / 1000000, e->time_us % 1000000);
	else
		tk_put(t, TK_TEXT, "?");
}

/** What came of it: "killed mysqld (87) and 2 more, then panic". */
static void put_outcome(struct tk_doc *t, const struct oom_event *e)
{
	if (e->kind == OOM_EVENT_USERSPACE && e->killer) {
		tk_put(t, TK_NAME, e->killer);
		tk_put(t, TK_TEXT, " ");
	}
	if (!e->victims.n) {
		tk_put(t, TK_TEXT,
		       e->panic					 ? "panic"
		       : e->kind == OOM_EVENT_ALLOCATION_FAILURE ? "nobody killed"
								 : "outcome not known");
		return;
	}
	tk_put(t, TK_TEXT, "killed ");
	tk_who(t, e->victims.v[0].comm, e->victims.v[0].pid);
	if (e->victims.n > 1)
		tk_putf(t, TK_TEXT, " and %zu more", e->victims.n - 1);
	tk_put(t, TK_TEXT, e->panic ? ", then panic" : "");
}

static void put_event(struct tk_doc *t, size_t i, bool marked)
{
	const struct oom_event *e = &t->c->events.v[i];
	struct tk_row *row = tk_row(t);
	if (row)
		row->origin = e->origin;
	if (row && e->victims.n)
		row->also = e->victims.v[0].origin;
	tk_putf(t, marked ? TK_STRONG : TK_TEXT, "%" PRId64, e->index);
	tk_next(t);
	put_when(t, e);
	tk_next(t);
	put_outcome(t, e);
	tk_cell(t, TK_TEXT, oom_cause_id(t->d->events[i].cause));
	tk_next(t);
	if (e->trigger.comm || oom_known(e->trigger.pid))
		tk_who(t, e->trigger.comm, e->trigger.pid);
	tk_cell(t, TK_STRONG, marked ? "this report" : "");
}

/** The first and the last ones: an incident's beginning and its end. */
static void put_list(struct tk_doc *t, const struct rp_facts *f)
{
	static const struct tk_column columns[] = {
		{"event", true, false},	 {"when", false, false},     {"outcome", false, false},
		{"cause", false, false}, {"asked by", false, false}, {"", false, false},
	};
	size_t n = t->c->events.n < t->d->nr_events ? t->c->events.n : t->d->nr_events;
	struct tk_section *s = tk_section(t, "events", 5, true, " ");
	tk_chart(t, TK_CHART_EVENTS);
	tk_table(t, columns, 6);
	size_t show = tk_rows(t, n, HEAD + TAIL), tail = show < HEAD + TAIL ? show * TAIL / (HEAD + TAIL) : TAIL;
	if (s && show < n)
		s->title =
			tk_text(t, "Events in the input: the first %zu and the last %zu of %zu", show - tail, tail, n);
	else if (s)
		s->title = tk_text(t, "Events in the input: %zu", n);
	for (size_t i = 0; i < n; i++) {
		bool marked = &t->c->events.v[i] == f->event;
		if (show == n || i < show - tail || i >= n - tail || marked)
			put_event(t, i, marked);
	}
}

static void put_strings(struct tk_doc *t, const char *id, int rank, const char *title, const struct oom_strings *list)
{
	if (!list->n)
		return;
	tk_section(t, id, rank, true, "%s", title);
	tk_block(t, TK_ITEMS);
	size_t show = tk_rows(t, list->n, list->n);
	for (size_t i = 0; i < show; i++) {
		tk_row(t);
		tk_put(t, TK_NAME, list->v[i]);
	}
}

void tk_events(struct tk_doc *t, struct rp_facts *f)
{
	if (t->c->events.n > 1 && !t->options->all_events)
		put_list(t, f);
	if (!f->event || !tk_verbose(t))
		return;
	put_strings(t, "followed", 7, "What the log shows afterwards", &f->event->followed);
	put_strings(t, "trace", 8, "Call trace, innermost first", &f->event->trace);
}
