// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Reports: which one a message belongs to, when one begins and ends, how many are kept. */
#include "log/internal.h"
#include <stdio.h>
#include <stdlib.h>

/** A pause after which a message is no longer part of the same report: slow serial consoles need minutes for a table,
 * but not between two lines of it. */
static const int64_t PAUSE_US = 120 * 1000000LL;

const char *keep(struct oom_arena *arena, struct cur text)
{
	// Where bytes were lost (text.c) it is not the name.
	return text.p && memchr(text.p, '\0', cur_left(&text)) ? NULL : oom_strndup(arena, text.p, cur_left(&text));
}

struct oom_origin log_origin(const struct oom_log *log, const struct msg *m)
{
	return (struct oom_origin){OOM_FROM_LOG, log->source, m->line};
}

/** The memory for one more boot; without it the host stays in the boot that it is in. */
static bool boots_add(struct oom_log *log, const struct host *host)
{
	if (log->nr_boots == BOOTS_MAX)
		return false;
	if (log->nr_boots == log->cap_boots) {
		size_t cap = log->cap_boots ? log->cap_boots * 2 : 16;
		struct boot *bigger = realloc(log->boots, cap * sizeof(*bigger));
		if (!bigger)
			return false;
		log->boots = bigger;
		log->cap_boots = cap;
	}
	log->boots[log->nr_boots] = (struct boot){.host = host,
						  .epoch_s = OOM_ABSENT,
						  .source = log->nr_sources,
						  .same_as = (int64_t)log->nr_boots,
						  .moment_s = OOM_ABSENT,
						  .number = -1};
	log->nr_boots++;
	return true;
}

void log_boot(struct oom_log *log, struct host *host)
{
	if (!boots_add(log, host))
		return;
	host->boot = (int64_t)log->nr_boots - 1;
	host->release = host->cmdline = NULL;
	host->last_us = host->epoch_s = OOM_ABSENT;
	host->first_line = host->sysrq_line = 0;
}

int64_t clock_distance(int64_t a, int64_t b)
{
	const int64_t year = 366 * 86400;
	int64_t d = (a > b ? a - b : b - a) % year;
	return d < year - d ? d : year - d;
}

/** So short a time between two messages by the kernel's own clock is no coincidence of two boots. */
static const int64_t RUNS_ON_US = 60 * 1000000LL;

/** Has the machine been started again between its last message and @p m? Told by its clocks alone. */
static bool clock_restarted(const struct host *h, const struct msg *m)
{
	if (!oom_known(m->time_us) || !oom_known(h->last_us))
		return false;
	if (oom_known(m->wall_s) && oom_known(h->epoch_s)) {
		// The moment of the boot by both clocks; they drift apart by some seconds a day.
		int64_t epoch = m->wall_s - m->time_us / 1000000;
		int64_t off = clock_distance(epoch, h->epoch_s);
		// The wall clock was set, or the machine slept, in which time the kernel's clock stands still.
		if (m->time_us >= h->last_us && m->time_us - h->last_us < RUNS_ON_US)
			return false;
		return off > 3600 && off > m->time_us / 1000000 / 100;
	}
	// Without a date: people paste reports in any order, a boot starts near zero.
	return m->time_us < h->last_us / 2 && h->last_us - m->time_us > 10 * 1000000;
}

void host_set_epoch(struct oom_log *log, struct host *h, const struct msg *m)
{
	h->epoch_s = m->wall_s - m->time_us / 1000000;
	if (h->boot >= 0)
		log->boots[h->boot].epoch_s = h->epoch_s;
}

static void advance_clock(struct oom_log *log, struct host *h, const struct msg *m)
{
	if (h->boot < 0 || clock_restarted(h, m))
		log_boot(log, h);
	if (oom_known(m->time_us)) {
		if (!h->first_line)
			h->first_line = m->line;
		h->last_us = m->time_us;
		if (oom_known(m->wall_s) && !oom_known(h->epoch_s))
			host_set_epoch(log, h, m);
		else if (oom_known(m->wall_s)) // what comes is measured against the clock as it is now
			h->epoch_s = m->wall_s - m->time_us / 1000000;
	}
}

static bool same_name(const struct host *h, const struct cur *name)
{
	return cur_is(name, h->name);
}

struct host *log_host(struct oom_log *log, const struct msg *m)
{
	// Of a name that bytes were lost of nothing is known: the machine that spoke last, else one without a name.
	bool lost = m->host.p && memchr(m->host.p, '\0', cur_left(&m->host));
	struct cur name = lost ? cur_of("", 0) : m->host;
	struct host *h = NULL;
	if (log->last_host && (lost || same_name(log->last_host, &name)))
		h = log->last_host;
	for (size_t i = 0; !h && i < log->nr_hosts; i++) {
		if (same_name(log->hosts[i], &name))
			h = log->hosts[i];
	}
	if (!h && log->last_host && log->last_host->lost) {
		h = log->last_host;
		const char *found = keep(log->arena, name);
		h->name = found ? found : h->name;
		h->lost = false;
	}
	if (!h && log->nr_hosts < HOSTS_MAX && (h = oom_alloc(log->arena, sizeof(*h)))) {
		h->name = keep(log->arena, name);
		if (!h->name)
			return NULL;
		h->lost = lost;
		h->boot = -1;
		log->hosts[log->nr_hosts++] = h;
	}
	if (!h)
		h = log->last_host;
	if (h)
		advance_clock(log, h, m);
	log->last_host = h;
	return h;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	oom_arena_free(r->small);
	oom_arena_free(r->bulk);
	free(r);
}

/** A report with every fact absent; the case's functions know how that looks. */
static struct report *report_new(void)
{
	struct report *r = calloc(1, sizeof(*r));
	if (!r || !(r->small = oom_arena_new()) || !(r->bulk = oom_arena_new())) {
		report_free(r);
		return NULL;
	}
	struct oom_events one = {0};
	const struct oom_event *blank = oom_add_event(r->small, &one);
	if (!blank) {
		report_free(r);
		return NULL;
	}
	r->e = *blank;
	r->pages = blank->state.counters;
	r->counts = (struct page_counts){OOM_ABSENT, OOM_ABSENT, OOM_ABSENT, OOM_ABSENT, OOM_ABSENT,
					 OOM_ABSENT, OOM_ABSENT, OOM_ABSENT, OOM_ABSENT};
	r->node = r->zone = -1;
	r->chosen_pid = r->chosen_score = r->panic_on_oom = OOM_ABSENT;
	r->caller = r->last_us = r->last_wall = OOM_ABSENT;
	return r;
}

/** Is it more than one of many alike? An OOM of the machine, or a panic, among the kills of a cgroup that restarts. */
static bool is_weighty(const struct report *r)
{
	return r->e.panic || (r->e.kind == OOM_EVENT_OOM && !r->memcg_kill && !r->e.memcg &&
			      r->e.constraint != OOM_CONSTRAINT_MEMCG && (r->host_kill || r->e.has_head == OOM_YES));
}

/** The oldest behind the first REPORTS_FIRST that is not weighty; of weighty ones no more than WEIGHTY_MAX stay. */
static size_t least_missed(const struct oom_log *log)
{
	enum { WEIGHTY_MAX = 256 };
	for (size_t i = REPORTS_FIRST; i < REPORTS_FIRST + WEIGHTY_MAX && i < log->nr_reports; i++) {
		if (!is_weighty(log->reports[i]))
			return i;
	}
	return REPORTS_FIRST;
}

static void count_dropped(struct oom_log *log, int64_t line)
{
	if (!log->dropped++)
		log->dropped_first_line = line;
	log->dropped_last_line = line;
}

/** Forgets one report behind the first REPORTS_FIRST; it stays counted. */
static void drop_one(struct oom_log *log)
{
	size_t at = least_missed(log);
	struct report *r = log->reports[at];
	count_dropped(log, r->e.log_line);
	log->rows -= r->rows;
	report_free(r);
	log->nr_reports--;
	memmove(&log->reports[at], &log->reports[at + 1], (log->nr_reports - at) * sizeof(*log->reports));
	if (log->stripped > at)
		log->stripped--;
}

/**
 * Tables of the reports between the first and the last ones are given up, oldest first, but for some weighty ones; more
 * of them where the tables are very long.
 */
static void give_up_tables(struct oom_log *log)
{
	if (log->stripped < DETAIL_FIRST)
		log->stripped = DETAIL_FIRST;
	for (; log->stripped + DETAIL_LAST < log->nr_reports; log->stripped++) {
		struct report *r = log->reports[log->stripped];
		if (!is_weighty(r) || ++log->weighty > DETAIL_FIRST)
			report_strip(log, r);
	}
	for (size_t i = 0; log->rows > ROWS_MAX && i + 1 < log->nr_reports; i++) {
		if (log->reports[i]->rows)
			report_strip(log, log->reports[i]);
	}
}

static bool reports_add(struct oom_log *log, struct report *r)
{
	if (log->nr_reports == REPORTS_FIRST + REPORTS_LAST)
		drop_one(log);
	if (log->nr_reports == log->cap_reports) {
		size_t cap = log->cap_reports ? log->cap_reports * 2 : 16;
		struct report **bigger = realloc(log->reports, cap * sizeof(*bigger));
		if (!bigger)
			return false;
		log->reports = bigger;
		log->cap_reports = cap;
	}
	log->reports[log->nr_reports++] = r;
	give_up_tables(log);
	return true;
}

bool report_room(struct oom_log *log, struct report *r, size_t n, size_t max)
{
	if (n >= max)
		return false;
	r->rows++;
	log->rows++;
	return true;
}

void report_missing(struct report *r, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	if (r->e.missing.n >= MISSING_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	oom_strings_addf(r->small, &r->e.missing, "%s", text);
}

/** Closes the open reports of the same teller, and the oldest when too many are open. */
static void close_for_new(struct oom_log *log, const struct report *fresh)
{
	size_t open = 0;
	for (size_t i = log->nr_reports; i-- > 0 && i + 64 > log->nr_reports;) {
		struct report *r = log->reports[i];
		if (r->closed || r == fresh)
			continue;
		// Without caller ids nobody can tell two tellers apart, but a page allocation failure may cut in on a
		// report of the OOM killer, which goes on after it.
		bool same_teller = r->host == fresh->host &&
				   (oom_known(r->caller) ? r->caller == fresh->caller : r->e.kind == fresh->e.kind);
		if (same_teller || ++open >= OPEN_MAX)
			report_close(log, r);
	}
}

struct report *report_begin(struct oom_log *log, const struct msg *m, enum oom_event_kind kind, enum part part)
{
	struct host *host = log_host(log, m);
	if (host && host->boot < 0 && log->nr_boots == BOOTS_MAX) {
		count_dropped(log, m->line); // of a machine that came after more boots than are told apart
		return NULL;
	}
	struct report *r = host && host->boot >= 0 ? report_new() : NULL;
	if (r && !reports_add(log, r)) {
		report_free(r);
		r = NULL;
	}
	if (!r) {
		log->no_memory = true;
		return NULL;
	}
	if (!host->first_line)
		host->first_line = m->line;
	r->host = host;
	r->source = log->nr_sources;
	r->caller = m->caller;
	r->e.kind = kind;
	r->is_oom = kind == OOM_EVENT_USERSPACE;
	r->e.boot = host->boot;
	r->e.time_us = m->time_us;
	r->e.log_line = m->line;
	r->e.time = m->time[0] ? oom_strdup(r->small, m->time) : NULL;
	r->e.stamp = m->stamp[0] ? oom_strdup(r->small, m->stamp) : NULL;
	r->e.nodename = host->name[0] ? oom_strdup(r->small, host->name) : NULL;
	r->e.release = oom_strdup(r->small, host->release);
	r->e.capture_kernel = is_capture_kernel(host->cmdline);
	r->e.origin = r->e.state.origin = log_origin(log, m);
	r->e.has_head = part == PART_HEAD ? OOM_YES : OOM_NO;
	// What was dropped right before a report without a head was its head.
	if (part != PART_HEAD && log->lost_line && m->line - log->lost_line == 1)
		r->dropped = log->lost;
	r->part = part;
	r->seen = 1u << part;
	r->last_line = m->line;
	r->last_us = m->time_us;
	r->last_wall = r->first_wall = m->wall_s;
	close_for_new(log, r);
	return r;
}

void report_close(struct oom_log *log, struct report *r)
{
	(void)log;
	r->closed = true;
	r->inside = IN_NOTHING;
}

/** Parts of which a report has one only: a second one is of another report. */
static bool only_once(enum part part)
{
	return part == PART_HEAD;
}

/** May a message of @p part come next in @p r? */
static bool takes(const struct report *r, const struct msg *m, enum part part)
{
	if (r->closed || r->part == PART_END)
		return false;
	if (oom_known(r->caller) && oom_known(m->caller) && r->caller != m->caller)
		return false;
	if (r->e.kind == OOM_EVENT_USERSPACE)
		return false;
	if (r->e.kind == OOM_EVENT_ALLOCATION_FAILURE && (part >= PART_TASKS || part == PART_MEMCG))
		return false;
	if (oom_known(r->last_us) && oom_known(m->time_us)) {
		if (m->time_us - r->last_us > PAUSE_US || r->last_us - m->time_us > PAUSE_US)
			return false;
	} else if (oom_known(r->last_wall) && oom_known(m->wall_s) && clock_distance(m->wall_s, r->last_wall) > 600) {
		return false;
	}
	if (part == PART_MEMCG && r->part == PART_MEMINFO) // alibaba's kernels print the cgroup behind Mem-Info
		return true;
	if (part < r->part && part < PART_KILL)
		return r->part == PART_SLABS && part == PART_MEMINFO;
	return !(only_once(part) && (r->seen & (1u << part)));
}

struct report *report_find(struct oom_log *log, const struct msg *m, enum part part)
{
	const struct host *host = log_host(log, m);
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < 64; back++) {
		struct report *r = log->reports[i];
		if (r->host == host && r->e.boot == (host ? host->boot : 0) && takes(r, m, part))
			return r;
	}
	return NULL;
}

void report_enter(struct report *r, const struct msg *m, enum part part)
{
	if (part > r->part) {
		r->part = part;
		r->inside = IN_NOTHING;
	}
	r->seen |= 1u << part;
	r->last_line = m->line;
	r->last_us = m->time_us;
	r->last_wall = m->wall_s;
}

struct report *report_of(struct oom_log *log, const struct msg *m, enum part part)
{
	struct report *r = report_find(log, m, part);
	if (r)
		report_enter(r, m, part);
	return r;
}

struct report *report_need(struct oom_log *log, const struct msg *m, enum part part)
{
	struct report *r = report_of(log, m, part);
	return r ? r : report_begin(log, m, OOM_EVENT_OOM, part);
}

struct report *report_last(struct oom_log *log, const struct msg *m)
{
	const struct host *host = log_host(log, m);
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < 64; back++) {
		if (log->reports[i]->host == host)
			return log->reports[i];
	}
	return NULL;
}

/** Is @p pid one of the tasks of a report that has no victim yet? */
static bool may_be_victim(const struct report *r, int64_t pid)
{
	if (r->e.victims.n || r->e.kind != OOM_EVENT_OOM)
		return false;
	for (size_t i = 0; i < r->e.state.tasks.n; i++) {
		if (r->e.state.tasks.v[i].pid == pid)
			return true;
	}
	return false;
}

struct report *report_with_victim(struct oom_log *log, const struct msg *m, int64_t pid, struct oom_victim **ret)
{
	const struct host *host = log_host(log, m);
	*ret = NULL;
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < 32; back++) {
		struct report *r = log->reports[i];
		if (r->host != host || r->e.boot != (host ? host->boot : 0))
			continue;
		for (size_t v = r->e.victims.n; v-- > 0;) {
			if (r->e.victims.v[v].pid != pid)
				continue;
			*ret = &r->e.victims.v[v];
			return r;
		}
		if (r->chosen_pid == pid) {
			*ret = r->e.victims.n ? &r->e.victims.v[r->e.victims.n - 1] : NULL;
			return r;
		}
		if (may_be_victim(r, pid))
			return r;
	}
	return NULL;
}
