// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A dump inside a report. What the kernel held when it died is worth more than anything that was collected after the
 * reboot: the dump is the incident, the logs tell of what was before.
 */
#include "open/internal.h"
#include "sos/internal.h"
#include <stdlib.h>
#include <unistd.h>

enum { SAME_MOMENT_US = 10 * 1000000 };

/** Is the dump at hand a later one than the one that is kept? Where files have no times, names have stamps in them. */
static bool is_newer(const struct sos *s, const struct sos_member *m)
{
	if (!s->dump)
		return true;
	if (oom_known(m->mtime) && oom_known(s->dump_mtime) && m->mtime != s->dump_mtime)
		return m->mtime > s->dump_mtime;
	return strcmp(m->path, s->dump_path) > 0;
}

static void keep(struct sos *s, const struct sos_member *m, struct oom_case *dump)
{
	const char *other = m->path;
	if (is_newer(s, m)) {
		other = s->dump_path;
		oom_case_free(s->dump);
		s->dump = dump;
		s->dump_path = oom_strdup(s->c->arena, m->path);
		s->dump_mtime = m->mtime;
	} else {
		oom_case_free(dump);
	}
	if (other)
		sos_missing(s, "%s: an earlier dump, which this report is not about: unpack it and pass it by itself",
			    other);
}

void sos_dump(struct sos *s, const struct sos_member *m)
{
	struct oom_error err = {0}, cut = {0};
	struct oom_case *dump = NULL;
	bool whole;
	int fd = sos_spool(s, m, &whole, &cut);
	if (fd >= 0) {
		enum oom_status status = oom_open_dump(fd, s->options, &dump, &err);
		s->no_memory |= status == OOM_ENOMEM;
		close(fd);
	}
	if (!dump) {
		s->c->source.complete = OOM_NO;
		sos_missing(s, "%s: a dump that could not be read: %s%s%s", m->path, cut.text,
			    cut.text[0] && err.text[0] ? "; " : "", err.text);
		return;
	}
	if (!whole) {
		dump->source.complete = OOM_NO;
		oom_case_missing(dump, "%s", cut.text);
	}
	keep(s, m, dump);
}

/** Lies @p path in the folder of the dump? kdump puts the log beside it. */
static bool is_beside(const struct sos *s, const char *path)
{
	const char *slash = strrchr(s->dump_path, '/');
	size_t len = slash ? (size_t)(slash - s->dump_path) + 1 : 0;
	return path && len && strncmp(path, s->dump_path, len) == 0 && !strchr(path + len, '/');
}

/** Does the dump's own log tell of the event too? */
static bool is_told(const struct oom_case *dump, const struct oom_event *e)
{
	for (size_t i = 0; i < dump->events.n; i++) {
		const struct oom_event *own = &dump->events.v[i];
		int64_t d = own->time_us - e->time_us;
		if (own->kind != e->kind || !oom_known(own->time_us) || !oom_known(e->time_us) || d > SAME_MOMENT_US ||
		    d < -SAME_MOMENT_US)
			continue;
		if (own->trigger.pid == e->trigger.pid ||
		    (own->victims.n && e->victims.n && own->victims.v[0].pid == e->victims.v[0].pid))
			return true;
	}
	return false;
}

/** What the events of the logs are to the dump's. */
struct relation {
	int64_t boot; // of the logs' numbers: the one that ended in the dump, OOM_ABSENT
	int64_t last; // the highest of the others, -1
};

static struct relation relate(const struct sos *s)
{
	struct relation r = {OOM_ABSENT, -1};
	const struct oom_events *events = &s->c->events;
	for (size_t i = 0; i < events->n; i++)
		if (is_told(s->dump, &events->v[i]) || is_beside(s, events->v[i].origin.what))
			r.boot = events->v[i].boot;
	for (size_t i = 0; i < events->n; i++)
		if (events->v[i].boot != r.boot && events->v[i].boot > r.last)
			r.last = events->v[i].boot;
	return r;
}

/** The events of other boots, then those of the dump's boot in order of time, the dump's own behind equal ones. */
static bool join_events(struct sos *s)
{
	struct relation r = relate(s);
	const struct oom_events *logs = &s->c->events, *own = &s->dump->events;
	struct oom_event *all = oom_alloc(s->c->arena, (logs->n + own->n + 1) * sizeof(*all));
	size_t n = 0, from;
	if (!all)
		return false;
	for (size_t i = 0; i < logs->n; i++)
		if (logs->v[i].boot != r.boot)
			all[n++] = logs->v[i];
	from = n;
	for (size_t i = 0; i < logs->n; i++)
		if (logs->v[i].boot == r.boot && !is_told(s->dump, &logs->v[i]))
			all[n++] = logs->v[i];
	for (size_t i = 0; i < own->n; i++) {
		size_t k = n++;
		for (; k > from && oom_known(own->v[i].time_us) && oom_known(all[k - 1].time_us) &&
		       all[k - 1].time_us > own->v[i].time_us;
		     k--)
			all[k] = all[k - 1];
		all[k] = own->v[i];
	}
	for (size_t i = 0; i < n; i++) {
		all[i].index = (int64_t)i;
		if (i >= from)
			all[i].boot = r.last + 1;
	}
	s->c->events.v = all;
	s->c->events.n = s->c->events.cap = n;
	return true;
}

/** A crash of another cause is no reason to keep silent on what the logs tell. */
static bool is_the_incident(const struct sos *s)
{
	const struct oom_case *d = s->dump;
	bool beside = false;
	for (size_t i = 0; i < s->c->events.n; i++)
		beside |= is_beside(s, s->c->events.v[i].origin.what);
	return d->events.n || beside || !s->c->events.n || d->source.log_read != OOM_YES;
}

bool sos_dump_end(struct sos *s)
{
	struct oom_case *c = s->c, *d = s->dump;
	if (!d)
		return false;
	if (!is_the_incident(s)) {
		oom_case_missing(c, "%s: a crash without an out-of-memory event; pass it by itself for its report",
				 s->dump_path);
		return false;
	}
	if (!join_events(s)) {
		s->no_memory = true;
		return false;
	}
	c->system = d->system;
	c->config = d->config;
	c->state = d->state;
	c->state_is_incident = OOM_YES;
	c->source.format = oom_printf(c->arena, "%s, %s %s", c->source.format, s->dump_path, d->source.format);
	c->source.log_read = d->source.log_read;
	for (size_t i = 0; i < d->source.missing.n; i++)
		oom_case_missing(c, "%s: %s", s->dump_path, d->source.missing.v[i]);
	if (d->source.complete == OOM_NO)
		c->source.complete = OOM_NO;
	// The case d itself is in its arena.
	struct oom_arena *arena = d->arena;
	s->dump = NULL;
	oom_arena_adopt(c->arena, arena);
	return true;
}
