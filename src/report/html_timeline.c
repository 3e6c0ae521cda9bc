// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The events of the input on a line of time. */
#include "report/html.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_MARKS = 2000 };

/** Seconds since 1970 of an RFC 3339 time; without a zone as if it were UTC, for differences. False: none. */
static bool seconds_of(const char *text, double *ret)
{
	struct tm tm = {0};
	char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!rest)
		return false;
	*ret = (double)timegm(&tm) + (*rest == '.' ? strtod(rest, &rest) : 0);
	if (*rest != '+' && *rest != '-')
		return true;
	char *minutes = NULL;
	long hours = strtol(rest + 1, &minutes, 10), offset = hours * 60;
	if (hours < 0 || hours > 24 || *minutes != ':')
		return true;
	offset += strtol(minutes + 1, NULL, 10) % 60;
	*ret -= (*rest == '-' ? -60.0 : 60.0) * (double)offset;
	return true;
}

struct line {
	bool dated; /**< by date, else by the clock of one boot */
	int64_t boot;
	double first, last;
	size_t n;
};

static bool moment(const struct line *l, const struct oom_event *e, double *ret)
{
	if (l->dated)
		return seconds_of(e->time, ret);
	*ret = (double)e->time_us / 1e6;
	return oom_known(e->time_us) && e->boot == l->boot;
}

/** How many events have a place on the line, and from when to when it goes. */
static void measure(const struct tk_doc *t, struct line *l)
{
	double at;
	l->n = 0;
	for (size_t i = 0; i < t->c->events.n; i++) {
		if (!moment(l, &t->c->events.v[i], &at))
			continue;
		l->first = l->n && l->first < at ? l->first : at;
		l->last = l->n && l->last > at ? l->last : at;
		l->n++;
	}
}

static const char *class_of(const struct oom_event *e)
{
	if (e->kind == OOM_EVENT_ALLOCATION_FAILURE)
		return "failed";
	if (e->panic)
		return "panic";
	return e->kind == OOM_EVENT_USERSPACE ? "user" : "kill";
}

static void put_mark(const struct html *h, const struct line *l, const struct oom_event *e)
{
	double at = 0;
	if (!moment(l, e, &at))
		return;
	// The event of this report goes all the way down.
	double x = 5 + (at - l->first) / (l->last - l->first) * (HTML_WIDE - 10);
	bool here = e == h->section->facts->event;
	html_printf(h, "<line class=\"%s%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"><title>", class_of(e),
		    here ? " here" : "", x, x, here ? 10 : 7);
	html_printf(h, "event %" PRId64, e->index);
	if (e->victims.n && e->victims.v[0].comm) {
		fputs(": killed ", h->out);
		html_text(h, e->victims.v[0].comm);
	}
	fputs("</title></line>", h->out);
}

static void put_ends(const struct html *h, const struct line *l)
{
	char first[RP_TIME], last[RP_TIME];
	if (l->dated) {
		time_t a = (time_t)l->first, b = (time_t)l->last;
		struct tm tm;
		strftime(first, sizeof(first), "%F %T", gmtime_r(&a, &tm) ? &tm : &(struct tm){0});
		strftime(last, sizeof(last), "%F %T", gmtime_r(&b, &tm) ? &tm : &(struct tm){0});
	} else {
		rp_duration((int64_t)(l->first * 1e6), first);
		rp_duration((int64_t)(l->last * 1e6), last);
	}
	html_printf(h, "<div class=\"ends\"><span>%s%s</span><span>%s%s</span></div>\n", first,
		    l->dated ? "" : " after boot", last, l->dated ? "" : " after boot");
}

void html_events(const struct html *h)
{
	const struct oom_events *list = &h->t->c->events;
	const struct oom_event *here = h->section->facts->event;
	struct line by_boot = {.boot = here ? here->boot : OOM_ABSENT}, by_date = {.dated = true};
	measure(h->t, &by_boot);
	measure(h->t, &by_date);
	const struct line *l = by_date.n > by_boot.n ? &by_date : &by_boot;
	if (l->n < 2 || l->last <= l->first)
		return;
	fputs("<figure>\n<figcaption><span class=\"key kill\">killed</span> <span class=\"key panic\">panic</span> "
	      "<span "
	      "class=\"key user\">by a user-space killer</span> <span class=\"key failed\">allocation failed</span>; "
	      "the "
	      "long line is the event of this report",
	      h->out);
	if (l->n < list->n)
		html_printf(h, "; %zu of %zu events have a place on this clock", l->n, list->n);
	html_printf(
		h,
		"</figcaption>\n<svg class=\"time\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"The events in time; the table has the figures\">"
		"<rect class=\"track\" y=\"7\" width=\"%d\" height=\"0.4\"/>",
		HTML_WIDE, HTML_WIDE);
	for (size_t i = 0; i < list->n && i < MAX_MARKS; i++)
		put_mark(h, l, &list->v[i]);
	fputs("</svg>\n", h->out);
	put_ends(h, l);
	fputs("</figure>\n", h->out);
}
