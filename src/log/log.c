// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The parser's life: made for a case, fed with records or text, closed into the case's events. */
#include "case/events.h"
#include "log/internal.h"
#include "log/prefix.h"
#include <stdlib.h>

struct oom_log *oom_log_new(struct oom_case *c)
{
	struct oom_log *log = calloc(1, sizeof(*log));
	if (!log || !(log->arena = oom_arena_new()) || !(log->assemble = assemble_new()) || !(log->text = text_new())) {
		oom_log_free(log);
		return NULL;
	}
	log->c = c;
	log->panic_us = OOM_ABSENT;
	return log;
}

void oom_log_free(struct oom_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->nr_reports; i++)
		report_free(log->reports[i]);
	free(log->reports);
	free(log->boots);
	assemble_free(log->assemble);
	text_free(log->text);
	oom_arena_free(log->arena);
	free(log);
}

void oom_log_source(struct oom_log *log, const char *what)
{
	text_end(log);
	log->source = oom_strdup(log->c->arena, what);
	log->nr_sources++;
	log->lost_line = 0;
	for (size_t i = 0; i < log->nr_hosts; i++) {
		log->hosts[i]->boot = -1;
		log->hosts[i]->last_us = log->hosts[i]->epoch_s = OOM_ABSENT;
	}
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < 64; back++)
		report_close(log, log->reports[i]);
}

void oom_log_gfp(struct oom_log *log, const struct oom_gfp_table *table)
{
	log->gfp = *table;
	log->has_gfp = true;
}

/** The lines of one record, each a message with the record's time and teller. */
void oom_log_record(struct oom_log *log, const struct oom_log_record *record)
{
	log->of_dump = !log->source;
	struct msg m = {
		.time_us = record->time_us,
		.wall_s = OOM_ABSENT,
		.line = record->line,
		.caller = record->caller,
		.level = record->level,
		.host = cur_of(record->host ? record->host : "", record->host ? strlen(record->host) : 0),
	};
	size_t stamp = record->time ? strlen(record->time) : 0;
	if (stamp < sizeof(m.time) && stamp)
		memcpy(m.time, record->time, stamp + 1);
	struct cur clock = cur_of(m.time, strlen(m.time));
	struct date d;
	if (stamp && scan_iso(&clock, &d))
		m.wall_s = date_seconds(&d);
	struct cur rest = cur_of(record->text, record->len);
	do {
		const char *newline = memchr(rest.p, '\n', cur_left(&rest));
		m.text = (struct cur){rest.p, newline ? newline : rest.end};
		if (cur_left(&m.text) > LINE_MAX_BYTES)
			m.text.end = m.text.p + LINE_MAX_BYTES;
		m.full = m.text;
		m.tag = cur_of(record->tag ? record->tag : "", record->tag ? strlen(record->tag) : 0);
		log_message(log, &m);
		rest.p = newline ? newline + 1 : rest.end;
	} while (rest.p < rest.end);
}

static bool hand_over(struct oom_log *log, struct report *r)
{
	struct oom_case *c = log->c;
	struct oom_event *e = oom_add_event(c->arena, &c->events);
	if (!e)
		return false;
	int64_t index = e->index;
	*e = r->e;
	e->index = index;
	oom_arena_adopt(c->arena, r->small);
	oom_arena_adopt(c->arena, r->bulk);
	r->small = r->bulk = NULL;
	return true;
}

/** What only the log tells of the machine; what another source has told stays. */
static void settle_system(struct oom_log *log)
{
	struct oom_case *c = log->c;
	struct oom_system *s = &c->system;
	const struct oom_event *last = oom_last_event(c);
	const struct host *host = log->panic_host ? log->panic_host : log->last_host;
	bool one_host = log->nr_hosts == 1;
	if (!s->panic && log->panic[0] && one_host) {
		s->panic = oom_strdup(c->arena, log->panic);
		if (!s->crash_time && log->panic_time[0])
			s->crash_time = oom_strdup(c->arena, log->panic_time);
		if (!oom_known(s->uptime_us))
			s->uptime_us = log->panic_us;
	}
	if (!s->nodename && one_host && host && host->name[0])
		s->nodename = oom_strdup(c->arena, host->name);
	if (!s->release && one_host && host)
		s->release = oom_strdup(c->arena, host->release);
	// A console goes on into the kernel that saves the dump; its command line is not the machine's.
	if (!s->cmdline && one_host && host && (!last || is_capture_kernel(host->cmdline) == last->capture_kernel))
		s->cmdline = oom_strdup(c->arena, host->cmdline);
	if (last && one_host) {
		if (!s->release)
			s->release = last->release;
		if (!oom_known(s->ram_kb))
			s->ram_kb = last->state.memory.total_kb;
	}
}

static void settle_config(struct oom_log *log)
{
	struct oom_config *config = &log->c->config;
	for (size_t i = 0; i < log->nr_reports; i++) {
		const struct report *r = log->reports[i];
		if (oom_known(r->panic_on_oom) && !oom_known(config->panic_on_oom)) {
			config->panic_on_oom = r->panic_on_oom;
			if (config->origin.kind == OOM_FROM_NOWHERE)
				config->origin = r->e.origin;
		}
		const struct oom_event_memcg *g = r->e.memcg;
		if (g && !oom_known(log->c->system.cgroup_version)) {
			if (oom_known(g->memsw_usage_kb) || oom_known(g->kmem_usage_kb))
				log->c->system.cgroup_version = 1;
			else if (oom_known(g->swap_usage_kb))
				log->c->system.cgroup_version = 2;
		}
	}
}

enum oom_status oom_log_finish(struct oom_log *log)
{
	struct oom_case *c = log->c;
	text_end(log);
	for (size_t i = 0; i < log->nr_reports; i++)
		report_settle(log, log->reports[i]);
	settle_config(log);
	merge_sources(log);
	for (size_t i = 0; i < log->nr_reports; i++) {
		if (report_is_event(log->reports[i]) && !hand_over(log, log->reports[i]))
			return OOM_ENOMEM;
	}
	settle_system(log);
	if (log->dropped) {
		c->source.events_only_counted = (int64_t)log->dropped;
		oom_case_missing(
			c,
			"%zu events between lines %lld and %lld of the log: only counted, the log has more than "
			"%d events or %d boots",
			log->dropped, (long long)log->dropped_first_line, (long long)log->dropped_last_line,
			REPORTS_FIRST + REPORTS_LAST, BOOTS_MAX);
	}
	return log->no_memory ? OOM_ENOMEM : OOM_OK;
}
