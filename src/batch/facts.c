// SPDX-License-Identifier: GPL-2.0-or-later
/** @file From a case and its diagnosis to rows of the database. */
#include "batch/rows.h"
#include "batch/worker.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	INCIDENTS_MAX = 20000, // of one input
	TASKS_MAX = 10,	       // of one incident, beside its victims
};

static const char *const input_kinds[] = {"vmcore", "sosreport", "log", "crash", "case"};
static const char *const event_kinds[] = {"oom", "allocation-failure", "userspace"};

int64_t batch_epoch(const char *time, bool *zone_known)
{
	struct tm tm = {0};
	int used = 0, hours = 0, minutes = 0;
	char sign[2] = "";
	*zone_known = false;
	if (!time ||
	    sscanf(time, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec, &used) != 6 ||
	    !used)
		return OOM_ABSENT;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int64_t epoch = (int64_t)timegm(&tm);
	const char *rest = time + used;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest == 'Z' || *rest == 'z') {
		*zone_known = true;
	} else if (sscanf(rest, "%1[+-]%2d:%2d", sign, &hours, &minutes) == 3) {
		*zone_known = true;
		epoch -= (sign[0] == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
	}
	return epoch;
}

/** When it was: by the log's date, else by the time of the crash and how long before it happened. */
static int64_t event_epoch(const struct oom_case *c, const struct oom_event *e, bool *zone_known)
{
	int64_t epoch = batch_epoch(e ? e->time : c->system.crash_time, zone_known);
	if (oom_known(epoch) || !e || c->source.kind != OOM_INPUT_VMCORE)
		return epoch;
	epoch = batch_epoch(c->system.crash_time, zone_known);
	if (!oom_known(epoch) || !oom_known(c->system.uptime_us) || !oom_known(e->time_us))
		return OOM_ABSENT;
	int64_t before = c->system.uptime_us - e->time_us;
	// The kernel's clock is kept by its tick, and stood at the last one: the log may be a little ahead of it.
	return before < -1000000 ? OOM_ABSENT : before < 0 ? epoch : epoch - before / 1000000;
}

static void put_time(FILE *out, const char *time, int64_t epoch)
{
	char text[32];
	struct tm tm;
	time_t t = (time_t)epoch;
	if (time || !oom_known(epoch) || !gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%FT%TZ", &tm))
		batch_put_text(out, time);
	else
		batch_put_text(out, text);
}

/** A machine without a name says "(none)". */
static const char *host_of(const struct oom_case *c, const struct oom_event *e)
{
	const char *name = e && e->nodename ? e->nodename : c->system.nodename;
	return name && strcmp(name, "(none)") != 0 && *name ? name : NULL;
}

static void put_truth(FILE *out, oom_tri value)
{
	batch_put_int(out, value == OOM_MAYBE ? OOM_ABSENT : value);
}

static void put_culprit(FILE *out, const struct oom_culprit *culprit)
{
	batch_put_text(out, culprit ? culprit->kind : NULL);
	batch_put_text(out, culprit ? culprit->name : NULL);
	batch_put_int(out, culprit ? culprit->pid : OOM_ABSENT);
	batch_put_int(out, culprit ? culprit->kb : OOM_ABSENT);
	if (culprit && oom_known(culprit->share_ppm))
		batch_put_real(out, (double)culprit->share_ppm / 1e6);
	else
		batch_put_null(out);
}

/** @p e NULL: told from the structures of the dump alone. */
static void put_incident(FILE *out, const struct oom_case *c, const struct oom_event *e, const struct oom_verdict *v,
			 bool decisive, int64_t epoch, bool zone_known)
{
	const struct oom_victim *victim = e && e->victims.n ? &e->victims.v[0] : NULL;
	batch_row_begin(out, BATCH_T_INCIDENT);
	batch_put_int(out, e ? e->index : OOM_ABSENT);
	batch_put_int(out, decisive);
	batch_put_int(out, v->oom);
	batch_put_text(out, event_kinds[e ? e->kind : OOM_EVENT_OOM]);
	put_time(out, e ? e->time : c->system.crash_time, epoch);
	batch_put_int(out, epoch);
	batch_put_int(out, oom_known(epoch) ? zone_known : OOM_ABSENT);
	batch_put_int(out, e ? e->time_us : OOM_ABSENT);
	batch_put_int(out, e ? e->boot : OOM_ABSENT);
	batch_put_text(out, host_of(c, e));
	batch_put_text(out, e && e->release ? e->release : c->system.release);
	batch_put_text(out, c->system.machine);
	batch_put_int(out, c->system.ram_kb);
	batch_put_text(out, oom_cause_id(v->cause));
	batch_put_text(out, oom_scope_id(v->scope));
	batch_put_text(out, oom_consumer_id(v->consumer));
	batch_put_text(out, oom_outcome_id(v->outcome));
	batch_put_text(out, oom_confidence_id(v->confidence));
	batch_put_text(out, v->title);
	batch_put_text(out, v->summary);
	put_culprit(out, v->culprit);
	batch_put_text(out, victim ? victim->comm : NULL);
	batch_put_int(out, victim ? victim->pid : OOM_ABSENT);
	batch_put_text(out, e && e->memcg ? e->memcg->oom : NULL);
	batch_put_text(out, v->signature);
}

static void put_findings(FILE *out, const struct oom_verdict *v)
{
	for (size_t i = 0; i < v->findings.n; i++) {
		const struct oom_finding *f = &v->findings.v[i];
		batch_row_begin(out, BATCH_T_FINDING);
		batch_put_int(out, (int64_t)i);
		batch_put_text(out, f->id);
		batch_put_text(out, oom_severity_id(f->severity));
		batch_put_text(out, f->title);
		batch_put_text(out, f->detail);
	}
}

static bool is_victim(const struct oom_event *e, int64_t pid)
{
	for (size_t i = 0; e && i < e->victims.n; i++)
		if (oom_known(pid) && e->victims.v[i].pid == pid)
			return true;
	return false;
}

static int64_t weight(const struct oom_task *t)
{
	return oom_or(oom_known(t->rss_kb) ? t->rss_kb : t->oom_rss_kb, -1);
}

static void put_task(FILE *out, const struct oom_task *t, int64_t badness, bool victim)
{
	batch_row_begin(out, BATCH_T_TASK);
	batch_put_int(out, t->pid);
	batch_put_int(out, t->uid);
	batch_put_text(out, t->comm);
	batch_put_text(out, t->cmdline);
	batch_put_int(out, oom_known(t->rss_kb) ? t->rss_kb : t->oom_rss_kb);
	batch_put_int(out, oom_known(t->swap_kb) ? t->swap_kb : t->oom_swap_kb);
	batch_put_int(out, t->oom_score_adj);
	batch_put_int(out, badness);
	batch_put_text(out, t->memcg);
	batch_put_int(out, victim);
}

/** The largest tasks and the victims. */
static void put_tasks(FILE *out, const struct oom_tasks *tasks, const struct oom_scores *scores,
		      const struct oom_event *e)
{
	size_t top[TASKS_MAX], n = 0;
	for (size_t i = 0; i < tasks->n; i++) {
		size_t at = n;
		while (at && weight(&tasks->v[i]) > weight(&tasks->v[top[at - 1]]))
			at--;
		if (at >= TASKS_MAX)
			continue;
		n += n < TASKS_MAX;
		memmove(top + at + 1, top + at, (n - at - 1) * sizeof(*top));
		top[at] = i;
	}
	for (size_t i = 0; i < n; i++)
		put_task(out, &tasks->v[top[i]], top[i] < scores->n ? scores->badness[top[i]] : OOM_ABSENT,
			 is_victim(e, tasks->v[top[i]].pid));
	for (size_t i = 0; i < tasks->n; i++) {
		bool shown = !is_victim(e, tasks->v[i].pid);
		for (size_t k = 0; k < n; k++)
			shown |= top[k] == i;
		if (!shown)
			put_task(out, &tasks->v[i], i < scores->n ? scores->badness[i] : OOM_ABSENT, true);
	}
}

static void put_input(FILE *out, const struct oom_case *c, const struct oom_verdict *top, size_t events, bool oom)
{
	batch_row_begin(out, BATCH_T_INPUT);
	batch_put_int(out, OOM_OK);
	batch_put_null(out);
	batch_put_text(out, input_kinds[c->source.kind]);
	batch_put_text(out, c->source.format);
	put_truth(out, c->source.complete);
	batch_put_text(out, host_of(c, NULL));
	batch_put_text(out, c->system.release);
	batch_put_text(out, c->system.machine);
	batch_put_int(out, c->system.ram_kb);
	batch_put_text(out, c->system.panic);
	batch_put_int(out, (int64_t)events);
	batch_put_int(out, oom);
	batch_put_text(out, oom_cause_id(top->cause));
	batch_put_text(out, top->title);
	batch_put_text(out, top->summary);
	batch_put_text(out, top->signature);
	batch_put_int(out, (int64_t)c->source.missing.n);
}

void batch_put_failure(FILE *out, enum oom_status status, const char *why)
{
	batch_row_begin(out, BATCH_T_INPUT);
	batch_put_int(out, status);
	batch_put_text(out, why && *why ? why : "cannot be read");
	for (size_t i = 2; i < batch_nr_columns(BATCH_T_INPUT); i++)
		batch_put_null(out);
}

/** One incident with all that belongs to it; false: it is older than what is asked for. */
static bool put_event(FILE *out, const struct oom_case *c, const struct oom_event *e, const struct oom_verdict *v,
		      const struct oom_diagnosis *d, int64_t since_s)
{
	bool zone_known, decisive = !e || e->index == d->decisive;
	int64_t epoch = event_epoch(c, e, &zone_known);
	if (oom_known(since_s) && oom_known(epoch) && epoch < since_s)
		return false;
	put_incident(out, c, e, v, decisive, epoch, zone_known);
	put_findings(out, v);
	if (decisive && c->state && c->state_is_incident == OOM_YES && c->state->tasks.n)
		put_tasks(out, &c->state->tasks, &d->scores, e);
	else if (e)
		put_tasks(out, &e->state.tasks, &v->scores, e);
	return true;
}

void batch_put_case(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d, int64_t since_s)
{
	size_t n = 0;
	bool oom = false;
	for (size_t i = 0; i < c->events.n && i < d->nr_events && n < INCIDENTS_MAX; i++) {
		bool top = c->events.v[i].index == d->decisive;
		const struct oom_verdict *v = top ? &d->top : &d->events[i];
		bool put = put_event(out, c, &c->events.v[i], v, d, since_s);
		n += put;
		oom |= put && v->oom;
	}
	if (!c->events.n && d->top.oom) {
		n += put_event(out, c, NULL, &d->top, d, since_s);
		oom = n > 0;
	}
	put_input(out, c, &d->top, n, oom);
}
