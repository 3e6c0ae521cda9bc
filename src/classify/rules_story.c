// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * How it came to the end: reclaim, compaction, swap, pressure, and what the log shows of the minutes before.
 *
 * Counts of the kernel are since boot; that they belong to the end is only said of what is measured over seconds (the
 * averages of pressure stall information) and of lines with a time.
 */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

enum { MINUTES = 10, CITED = 10, MANY_STUCK = 10 };

static const struct oom_activity *activity(const struct cl_look *l)
{
	return l->state_speaks && l->c->state ? &l->c->state->activity : NULL;
}

/** @p a + @p b where both are counts, else OOM_ABSENT. */
static int64_t both(int64_t a, int64_t b)
{
	return cl_ok(a) && cl_ok(b) && a >= 0 && b >= 0 ? a + b : OOM_ABSENT;
}

/** When it happened, by the log's clock; OOM_ABSENT. */
static int64_t moment(const struct cl_look *l)
{
	return l->e ? l->e->time_us : OOM_ABSENT;
}

/** Is the note of the last minutes before the event, and no line of the event's own? */
static bool before(const struct cl_look *l, const struct oom_note *note)
{
	int64_t now = moment(l);
	if (!note->kind || !note->text || !oom_known(note->time_us) || !oom_known(now) || note->time_us > now)
		return false;
	if (oom_known(l->e->log_line) && note->origin.kind == OOM_FROM_LOG && note->origin.at >= l->e->log_line)
		return false;
	return now - note->time_us <= INT64_C(1000000) * 60 * MINUTES;
}

static size_t notes_of(const struct cl_look *l, const char *kind)
{
	size_t n = 0;
	for (size_t i = 0; i < l->c->notes.n; i++)
		n += before(l, &l->c->notes.v[i]) && (!kind || cl_same(l->c->notes.v[i].kind, kind));
	return n;
}

static bool story(struct cl_look *l)
{
	const struct oom_activity *a = activity(l);
	if (l->v->cause == OOM_CAUSE_FORCED || l->v->cause == OOM_CAUSE_USERSPACE_OOM)
		return false;
	return (a && cl_ok(a->allocstall)) || notes_of(l, NULL) > 0;
}

/** "Reclaim looked at 81234 pages and took back 1234 of them (1.5 %)." */
static const char *reclaim(struct cl_look *l, const struct oom_activity *a)
{
	int64_t scan = both(a->pgscan_kswapd, a->pgscan_direct), steal = both(a->pgsteal_kswapd, a->pgsteal_direct);
	if (!cl_ok(scan) || !cl_ok(steal) || scan <= 0)
		return "";
	return cl_text(l, " Reclaim looked at %" PRId64 " pages since boot and took back %s of them.", scan,
		       cl_percent(l, steal < scan ? steal : scan, scan));
}

static const char *compaction(struct cl_look *l, const struct oom_activity *a)
{
	int64_t done = both(a->compact_fail, a->compact_success);
	if (!cl_ok(done) || done <= 0)
		return "";
	return cl_text(l, " Of %" PRId64 " requests that compacted memory for themselves, %" PRId64 " did so in vain.",
		       done, a->compact_fail);
}

static const char *swapping(struct cl_look *l, const struct oom_activity *a)
{
	if (!cl_ok(both(a->pswpin, a->pswpout)) || a->pswpin + a->pswpout <= 0)
		return "";
	return cl_text(l, " %" PRId64 " pages went out to swap, %" PRId64 " came back.", a->pswpout, a->pswpin);
}

static const char *pressure(struct cl_look *l, const struct oom_activity *a)
{
	int64_t some = a->memory_some_avg10_ppm, full = a->memory_full_avg10_ppm;
	if (!cl_ok(some) || !cl_ok(full) || some < 0 || full < 0)
		return "";
	// The averages are brought up to date every two seconds: 0 may as well be of before it began.
	if (!some)
		return "";
	return cl_text(l, " In the last seconds some tasks waited for memory %s of the time, all of them %s.",
		       cl_percent(l, some, 1000000), cl_percent(l, full, 1000000));
}

static const char *kills(struct cl_look *l, const struct oom_activity *a)
{
	const char *dying = "";
	if (cl_ok(a->dying_victims) && a->dying_victims > 0)
		dying = cl_text(l, " %" PRId64 " of its victims had not exited%s.", a->dying_victims,
				a->reaper_busy == OOM_YES  ? ", and the reaper was not done"
				: a->reaper_busy == OOM_NO ? ", and none waited for the reaper"
							   : "");
	if (!cl_ok(a->oom_kill) || a->oom_kill < 0)
		return dying;
	return a->oom_kill ? cl_text(l, " The OOM killer had killed %" PRId64 " process%s since boot.%s", a->oom_kill,
				     a->oom_kill == 1 ? "" : "es", dying)
			   : " The OOM killer had killed nobody since boot.";
}

/** "The log of the last 10 minutes has 3 lines about hung tasks." */
static const char *lines(struct cl_look *l)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{"hung-task", "hung tasks"},
		{"allocation-stall", "stalled allocations"},
		{"lockup", "lockups"},
		{"device", "devices or servers that do not answer"},
		{"kill", "processes that were killed"},
		{"not-reaped", "victims that could not be reaped"},
	};
	const char *text = "";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = notes_of(l, kinds[i].kind);
		if (n)
			text = cl_text(l, "%s%s %zu line%s about %s", text ? text : "", text && *text ? "," : "", n,
				       n == 1 ? "" : "s", kinds[i].words);
	}
	return text && *text ? cl_text(l, " The log of the %d minutes before has%s.", MINUTES, text) : "";
}

static void cite_counts(struct cl_look *l, struct oom_finding *f, const struct oom_activity *a)
{
	struct oom_origin origin = {OOM_FROM_MEMORY, "vm_event_states", OOM_ABSENT};
	if (cl_ok(a->allocstall))
		cl_cite(l, f, origin, cl_text(l, "allocstall %" PRId64, a->allocstall));
	if (cl_ok(both(a->pgscan_kswapd, a->pgscan_direct)) && cl_ok(both(a->pgsteal_kswapd, a->pgsteal_direct)))
		cl_cite(l, f, origin,
			cl_text(l,
				"pgscan_kswapd %" PRId64 ", pgscan_direct %" PRId64 ", pgsteal_kswapd %" PRId64
				", pgsteal_direct %" PRId64,
				a->pgscan_kswapd, a->pgscan_direct, a->pgsteal_kswapd, a->pgsteal_direct));
	if (cl_ok(both(a->compact_fail, a->compact_success)) && a->compact_fail + a->compact_success > 0)
		cl_cite(l, f, origin,
			cl_text(l, "compact_success %" PRId64 ", compact_fail %" PRId64, a->compact_success,
				a->compact_fail));
	if (cl_ok(both(a->pswpin, a->pswpout)) && a->pswpin + a->pswpout > 0)
		cl_cite(l, f, origin, cl_text(l, "pswpout %" PRId64 ", pswpin %" PRId64, a->pswpout, a->pswpin));
	if (cl_ok(a->memory_full_us) && a->memory_full_us > 0)
		cl_cite(l, f, (struct oom_origin){OOM_FROM_MEMORY, "psi_system", OOM_ABSENT},
			cl_text(l, "all tasks waited for memory for %" PRId64 " ms since boot",
				a->memory_full_us / 1000));
}

static void tell_story(struct cl_look *l, struct oom_finding *f)
{
	const struct oom_activity *a = activity(l);
	const char *detail = lines(l);
	if (a) {
		const char *first = reclaim(l, a), *second = compaction(l, a), *third = swapping(l, a);
		const char *fourth = pressure(l, a), *fifth = kills(l, a);
		detail = cl_text(l, "%s%s%s%s%s%s", first, second, third, fourth, fifth, detail);
		cite_counts(l, f, a);
	}
	bool stalled = a && cl_ok(a->allocstall) && a->allocstall > 0;
	const char *title =
		stalled ? cl_text(l, "Before the end: %" PRId64 " allocations had to free memory themselves",
				  a->allocstall)
		: a && cl_ok(a->allocstall) ? "Before the end: no allocation had to free memory itself"
					    : "Before the end: what the log shows";
	cl_say(l, f, title, detail && *detail ? detail + 1 : "More of it was not recorded.");
	for (size_t i = 0; i < l->c->notes.n && f->evidence.n < CITED; i++) {
		if (before(l, &l->c->notes.v[i]))
			cl_cite(l, f, l->c->notes.v[i].origin, l->c->notes.v[i].text);
	}
}

/* --- tasks that cannot be woken --------------------------------------------------------------- */

static size_t stuck(const struct cl_look *l)
{
	size_t n = 0;
	for (size_t i = 0; l->tasks_from_state && i < l->facts.tasks.n; i++)
		n += cl_same(l->facts.tasks.v[i].state, "D");
	return n;
}

static bool many_stuck(struct cl_look *l)
{
	return stuck(l) >= MANY_STUCK || notes_of(l, "hung-task") > 0;
}

static void tell_stuck(struct cl_look *l, struct oom_finding *f)
{
	size_t n = stuck(l);
	cl_say(l, f,
	       n ? cl_text(l, "%zu process%s wait%s and cannot be woken (state D)", n, n == 1 ? "" : "es",
			   n == 1 ? "s" : "")
		 : "Tasks hung in the kernel before",
	       "They wait for a device, a server or a lock, with all that they hold; a kill does not reach them. Under "
	       "a "
	       "lack of memory many wait for pages to be written or read back.");
	for (size_t i = 0; l->tasks_from_state && i < l->facts.tasks.n && f->evidence.n < CITED; i++) {
		const struct oom_task *t = &l->facts.tasks.v[i];
		if (cl_same(t->state, "D"))
			cl_cite(l, f, t->origin, cl_text(l, "%s: state D", cl_who(l, t->comm, t->pid)));
	}
	for (size_t i = 0; i < l->c->notes.n && f->evidence.n < CITED; i++) {
		if (before(l, &l->c->notes.v[i]) && cl_same(l->c->notes.v[i].kind, "hung-task"))
			cl_cite(l, f, l->c->notes.v[i].origin, l->c->notes.v[i].text);
	}
}

const struct cl_rule cl_rules_story[] = {
	{"before-the-end", OOM_SEVERITY_INFO, story, tell_story, NULL, false},
	{"uninterruptible", OOM_SEVERITY_WARNING, many_stuck, tell_stuck, NULL, false},
	{NULL, OOM_SEVERITY_INFO, NULL, NULL, NULL, false},
};
