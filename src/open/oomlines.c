// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The lines of the kernel log that the events are made of: from the first line of a report to the last one that gave
 * a fact, each line that tells of a victim, and what the killer says behind its report.
 */
#include "kernel/kernel.h"
#include "open/internal.h"
#include <stdlib.h>
#include <string.h>

enum {
	BEHIND_MAX = 16,     // lines behind a report that may still be the killer's
	LINES_MAX = 1 << 24, // no ring buffer holds more
};

struct marks {
	bool *wanted; // by line, from 0
	size_t n, cap;
};

static int64_t later(int64_t line, const struct oom_origin *origin)
{
	return origin->kind == OOM_FROM_LOG && oom_known(origin->at) && origin->at > line ? origin->at : line;
}

#define LATER_IN(line, list)                                                                                           \
	for (size_t i_ = 0; i_ < (list)->n; i_++)                                                                      \
	(line) = later((line), &(list)->v[i_].origin)

/** The last line of a report that gave a fact, from 1. */
static int64_t last_line(const struct oom_event *e)
{
	const struct oom_state *s = &e->state;
	int64_t line = later(later(e->log_line, &e->origin), &s->origin);
	for (size_t i = 0; i < s->nodes.n; i++) {
		line = later(line, &s->nodes.v[i].origin);
		LATER_IN(line, &s->nodes.v[i].zones);
	}
	LATER_IN(line, &s->tasks);
	LATER_IN(line, &s->memcgs);
	LATER_IN(line, &s->slabs);
	LATER_IN(line, &s->hugetlb);
	LATER_IN(line, &s->allocs);
	return e->memcg ? later(line, &e->memcg->origin) : line;
}

/** Marks the lines from..to, counted from 1; how far a log can reach is known from its records. */
static void mark(struct marks *m, int64_t from, int64_t to)
{
	for (int64_t line = from; line <= to && line <= (int64_t)m->n; line++)
		if (line > 0)
			m->wanted[line - 1] = true;
}

static void mark_event(struct marks *m, const struct oom_event *e)
{
	if (!oom_known(e->log_line))
		return;
	mark(m, e->log_line, last_line(e));
	for (size_t i = 0; i < e->victims.n; i++)
		if (e->victims.v[i].origin.kind == OOM_FROM_LOG)
			mark(m, e->victims.v[i].origin.at, e->victims.v[i].origin.at);
}

/** Words of mm/oom_kill.c and of the panic that it asks for. */
static bool is_of_killer(const char *line, size_t len)
{
	static const char *const phrases[] = {"oom-kill:",	 "ut of memory", "oom_reaper: ",
					      "Killed process ", "Tasks in ",	 "System is deadlocked on memory"};
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (memmem(line, len, phrases[i], strlen(phrases[i])))
			return true;
	return false;
}

/** Counts the lines, and notes those that could be the killer's: true in `wanted` for the moment. */
static bool on_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	struct marks *m = arg;
	(void)time_us;
	(void)caller;
	(void)level;
	for (const char *end = text + len;;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		if (m->n == m->cap) {
			size_t cap = m->cap ? 2 * m->cap : 4096;
			bool *larger = cap <= LINES_MAX ? realloc(m->wanted, cap) : NULL;
			if (!larger)
				return false;
			m->wanted = larger;
			m->cap = cap;
		}
		m->wanted[m->n++] = is_of_killer(text, (size_t)((newline ? newline : end) - text));
		if (!newline)
			return true;
		text = newline + 1;
	}
}

/** Of the lines that could be the killer's those stay that follow closely on what belongs to an event. */
static void keep_followers(struct marks *m, const bool *killer)
{
	size_t behind = BEHIND_MAX;
	for (size_t i = 0; i < m->n; i++) {
		if (m->wanted[i])
			behind = 0;
		else if (behind < BEHIND_MAX && killer[i])
			m->wanted[i] = true;
		else
			behind++;
	}
}

static enum oom_status mark_all(struct marks *m, const struct oom_case *c, int64_t event)
{
	bool *killer = m->n ? malloc(m->n) : NULL;
	if (!killer)
		return m->n ? OOM_ENOMEM : OOM_OK;
	memcpy(killer, m->wanted, m->n);
	memset(m->wanted, 0, m->n);
	for (size_t i = 0; i < c->events.n; i++)
		if (!oom_known(event) || c->events.v[i].index == event)
			mark_event(m, &c->events.v[i]);
	keep_followers(m, killer);
	free(killer);
	return OOM_OK;
}

enum oom_status oom_print_oom_lines(struct oom_image *image, const struct oom_case *c, int64_t event,
				    struct oom_redactor *redact, FILE *out, struct oom_error *err)
{
	struct marks m = {0};
	struct oom_case *scratch =
		oom_case_new(); // takes the reasons for what is missing, which the case holds already
	enum oom_status status = scratch ? oom_walk_printk(image, scratch, on_record, &m) : OOM_ENOMEM;
	if (status == OOM_OK)
		status = mark_all(&m, c, event);
	if (status == OOM_OK) {
		struct oom_log_printer printer = {out, oom_printk_shows_caller(image), m.wanted, m.n, 0, redact};
		status = oom_walk_printk(image, scratch, oom_print_record, &printer);
	}
	if (status != OOM_OK)
		oom_fail(err, status, "%s",
			 status == OOM_ENOMEM	     ? "out of memory"
			 : scratch->source.missing.n ? scratch->source.missing.v[0]
						     : "the log cannot be read");
	oom_case_free(scratch);
	free(m.wanted);
	if (ferror(out))
		return oom_fail(err, OOM_EWRITE, "the log could not be written");
	return status;
}
