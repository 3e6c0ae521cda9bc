// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * User-space killers, and what daemons say of those that were killed.
 *
 *   systemd-oomd: Killed /a/b.scope due to memory pressure for /a being 62.09% > 50.00% for > 20s with reclaim activity
 *                 Killed /a/b.scope due to memory used (3.8G) / total (3.9G) and swap used … being more than 90.00%
 *                 oomd attempting to kill 63 with KILL                        (debug level; systemd src/oom/)
 *   earlyoom:     low memory! at or below SIGTERM limits: mem 10.00%, swap 10.00%
 *                 sending SIGTERM to process 7378 uid 1000 "tail": oom_score 156, VmRSS 4962 MiB      (kill.c)
 *                 … badness 994, VmRSS 4229 MiB                               before 1.7
 *   nohang 0.1:   PID: 6999, Name: tail, badness: 880 · Sending SIGTERM to the victim
 *   nohang 0.2:   PID:       253, name: leaky, state: R (running), EUID: 0, SID: 253 (leaky), lifetime: 3.2s
 *                 badness:   1026, oom_score:  1028, oom_score_adj:  0 · cgroup_v2: /system.slice/leak.service
 *   systemd:      x.service: Main process exited, code=killed, status=9/KILL
 */
#include "log/internal.h"

/** Lines of one killer this close together are one event. */
enum { SAME_EVENT_LINES = 40, SAME_EVENT_SECONDS = 2, FOLLOW_SECONDS = 600, FOLLOWED_MAX = 32 };

/** Seconds between two moments of which either clock may be known; OOM_ABSENT where neither is. */
static int64_t seconds_since(const struct report *r, const struct msg *m)
{
	if (oom_known(r->last_us) && oom_known(m->time_us))
		return (m->time_us - r->last_us) / 1000000;
	if (oom_known(r->last_wall) && oom_known(m->wall_s))
		return clock_distance(m->wall_s, r->last_wall);
	return OOM_ABSENT;
}

static bool close_in_time(const struct report *r, const struct msg *m, int64_t limit)
{
	int64_t seconds = seconds_since(r, m);
	return !oom_known(seconds) || (seconds >= -limit && seconds <= limit);
}

/** Near in lines, or, where a message takes many (journalctl -o verbose), in time. */
static bool goes_on(const struct report *r, const struct msg *m)
{
	if (m->line - r->last_line <= SAME_EVENT_LINES)
		return close_in_time(r, m, 60);
	return oom_known(seconds_since(r, m)) && close_in_time(r, m, SAME_EVENT_SECONDS);
}

/** The open event of @p killer; NULL. */
static struct report *open_event(struct oom_log *log, const struct msg *m, const char *killer)
{
	struct report *r = report_last(log, m);
	bool same = r && r->e.kind == OOM_EVENT_USERSPACE && r->e.killer && !strcmp(r->e.killer, killer);
	return same && goes_on(r, m) ? r : NULL;
}

/** The open event of @p killer, or a new one. */
static struct report *event_of(struct oom_log *log, const struct msg *m, const char *killer)
{
	struct report *r = open_event(log, m, killer);
	if (r) {
		r->last_line = m->line;
		return r;
	}
	r = report_begin(log, m, OOM_EVENT_USERSPACE, PART_HEAD);
	if (r)
		r->e.killer = oom_strdup(r->small, killer);
	return r;
}

static struct oom_victim *victim_of(struct oom_log *log, struct report *r, const struct msg *m, int64_t pid)
{
	for (size_t i = 0; oom_known(pid) && i < r->e.victims.n; i++) {
		if (r->e.victims.v[i].pid == pid)
			return &r->e.victims.v[i];
	}
	struct oom_victim *v = r->e.victims.n < 256 ? oom_add_victim(r->small, &r->e.victims) : NULL;
	if (v) {
		v->pid = pid;
		v->time_us = m->time_us;
		v->origin = log_origin(log, m);
	}
	return v;
}

/** Has this group been marked right before? */
static bool is_marked(struct oom_log *log, const struct msg *m, struct cur path)
{
	const struct report *r = open_event(log, m, "systemd-oomd");
	for (size_t i = 0; r && i < r->e.victims.n; i++) {
		const char *memcg = r->e.victims.v[i].memcg;
		if (memcg && cur_is(&path, memcg))
			return true;
	}
	return false;
}

static bool oomd_killed(struct oom_log *log, const struct msg *m, struct cur c)
{
	const char *due = cur_find(&c, " due to "), *mark = cur_find(&c, " for killing due to ");
	bool marked = mark && scan_lit(&c, "Marked /");
	if (!due || (!marked && !scan_lit(&c, "Killed /")))
		return false;
	c.p--;
	// 258 says "Marked /a/b.scope for killing due to …" first.
	const char *path_end = marked ? mark : due;
	if (is_marked(log, m, (struct cur){c.p, path_end}))
		return true;
	struct report *r = event_of(log, m, "systemd-oomd");
	if (!r)
		return true;
	const char *path = r->e.victims.n < 256 ? keep(r->small, (struct cur){c.p, path_end}) : NULL;
	if (!r->e.reason)
		r->e.reason = keep(r->small, (struct cur){due + strlen(" due to "), c.end});
	// The processes that were named before belong to the group; without any the group itself is the victim.
	bool named = false;
	for (size_t i = 0; i < r->e.victims.n; i++) {
		if (!r->e.victims.v[i].memcg && oom_known(r->e.victims.v[i].pid)) {
			r->e.victims.v[i].memcg = path;
			named = true;
		}
	}
	struct oom_victim *v = named ? NULL : victim_of(log, r, m, OOM_ABSENT);
	if (v)
		v->memcg = path;
	return true;
}

static bool oomd(struct oom_log *log, const struct msg *m)
{
	struct cur c = m->text;
	int64_t pid;
	if (scan_lit(&c, "oomd attempting to kill ") && scan_digits(&c, &pid) && cur_begins(&c, " with ", 6)) {
		struct report *r = event_of(log, m, "systemd-oomd");
		if (r)
			victim_of(log, r, m, pid);
		return true;
	}
	c = m->text;
	if (cur_begins(&c, "Memory pressure for ", 20) && cur_has(&c, " with reclaim activity")) {
		struct report *r = event_of(log, m, "systemd-oomd");
		if (r && !r->e.reason)
			r->e.reason = keep(r->small, c);
		return true;
	}
	return oomd_killed(log, m, c);
}

/**
 * Android's killer, a driver before 4.12 (drivers/staging/android/lowmemorykiller.c) and the daemon lmkd since:
 *   lowmemorykiller: Killing 'com.example' (2613), adj 1000,
 *      to free 20784kB on behalf of 'kswapd0' (442) because
 *      cache 32112kB is below limit 32384kB for oom_score_adj 1000
 *   lowmemorykiller: Kill 'com.example' (2613), uid 10087, oom_score_adj 900 to free 56616kB rss, 30kB swap; reason: …
 */
bool on_lowmemorykiller(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t pid, value;
	scan_lit(&rest, "ing");
	if (!scan_lit(&rest, " '"))
		return false;
	const char *close = cur_find(&rest, "' (");
	struct cur c = {close ? close + 3 : rest.end, rest.end};
	if (!close || !scan_digits(&c, &pid) || !scan_char(&c, ')'))
		return false;
	struct report *r = report_begin(log, m, OOM_EVENT_USERSPACE, PART_HEAD);
	if (!r)
		return true;
	r->e.killer = oom_strdup(r->small, "lowmemorykiller");
	struct oom_victim *v = victim_of(log, r, m, pid);
	if (!v)
		return true;
	v->comm = keep(r->small, (struct cur){rest.p, close});
	struct cur adj = c, uid = c, why = c;
	if ((scan_past(&adj, "adj ") && scan_int(&adj, &value)))
		v->oom_score_adj = value;
	if (scan_past(&uid, "uid ") && scan_digits(&uid, &value))
		v->uid = value;
	if (scan_past(&why, "reason: "))
		r->e.reason = keep(r->small, cur_trim(why));
	return true;
}

bool on_earlyoom(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "sending SIGTERM to process 7378 uid 1000 "tail": oom_score 156, oom_score_adj 0, VmRSS 4962 MiB, cmdline …"
	int64_t pid, value;
	struct cur c = rest;
	if (!scan_past(&c, " to process ") || !scan_digits(&c, &pid) || !oom_known(pid))
		return false;
	struct report *r = event_of(log, m, "earlyoom");
	struct oom_victim *v = r ? victim_of(log, r, m, pid) : NULL;
	if (!v)
		return true;
	struct cur part = c;
	if (scan_past(&part, " uid ") && scan_digits(&part, &value))
		v->uid = value;
	part = c;
	const char *close = scan_past(&part, "\"") ? cur_find(&part, "\":") : NULL;
	if (close && !v->comm)
		v->comm = keep(r->small, (struct cur){part.p, close});
	part = c;
	if ((scan_past(&part, "oom_score ") || scan_past(&part, "badness ")) && scan_int(&part, &value))
		v->score = value; // /proc's scale or earlyoom's own, not badness of the kernel
	part = c;
	if (scan_past(&part, "oom_score_adj ") && scan_int(&part, &value))
		v->oom_score_adj = value;
	return true;
}

static bool earlyoom(struct oom_log *log, const struct msg *m)
{
	struct cur c = m->text;
	if (scan_lit(&c, "sending SIG"))
		return on_earlyoom(log, m, c);
	if (!cur_begins(&c, "low memory!", 11) && !cur_begins(&c, "Low memory!", 11))
		return false;
	struct report *r = event_of(log, m, "earlyoom");
	if (r && !r->e.reason)
		r->e.reason = keep(r->small, c);
	return true;
}

/** The open event of nohang, or a new one, which is none until nohang acts. */
static struct report *nohang_event(struct oom_log *log, const struct msg *m)
{
	bool open = open_event(log, m, "nohang");
	struct report *r = event_of(log, m, "nohang");
	if (r && !open)
		r->threat = true;
	return r;
}

/** "PID: 253, name: leaky, badness: 1026", with more blanks and fields where its status is told. */
static bool nohang_victim(struct oom_log *log, const struct msg *m, struct cur c)
{
	int64_t pid, value;
	if (!scan_lit(&c, "PID:") || (scan_blanks(&c), !scan_digits(&c, &pid)) ||
	    (!scan_lit(&c, ", Name: ") && !scan_lit(&c, ", name: ")))
		return false;
	struct cur part = c;
	const char *end = cur_find(&c, ", badness: ");
	if (!end)
		end = cur_find(&c, ", state: ");
	struct report *r = nohang_event(log, m);
	struct oom_victim *v = r ? victim_of(log, r, m, pid) : NULL;
	if (!v)
		return true;
	if (!v->comm)
		v->comm = keep(r->small, (struct cur){c.p, end ? end : c.end});
	if (scan_past(&part, ", badness: ") && scan_int(&part, &value))
		v->score = value; // nohang's own scale
	part = c;
	if (scan_past(&part, ", EUID: ") && scan_int(&part, &value))
		v->uid = value;
	return true;
}

/** The lines of a victim's status behind the one with its PID. */
static bool nohang_status(struct oom_log *log, const struct msg *m, struct cur c)
{
	struct report *r = open_event(log, m, "nohang");
	struct oom_victim *v = r && r->e.victims.n ? &r->e.victims.v[r->e.victims.n - 1] : NULL;
	int64_t adj;
	if (v && cur_begins(&c, "badness:", 8) && scan_past(&c, "oom_score_adj:")) {
		scan_blanks(&c);
		if (scan_int(&c, &adj))
			v->oom_score_adj = adj;
		return true;
	}
	if (!v || !scan_lit(&c, "cgroup_v2: /"))
		return false;
	c.p--;
	v->memcg = keep(r->small, c);
	return true;
}

static bool nohang(struct oom_log *log, const struct msg *m)
{
	struct cur c = m->text;
	scan_blanks(&c);
	if (nohang_victim(log, m, c) || nohang_status(log, m, c))
		return true;
	if (cur_begins(&c, "Sending SIG", 11) || cur_begins(&c, "Implementing a corrective action", 32)) {
		struct report *acting = open_event(log, m, "nohang");
		if (acting)
			acting->threat = false;
		return acting != NULL;
	}
	if (!cur_begins(&c, "MemAvailable [", 14) || !cur_has(&c, "threshold"))
		return false;
	struct report *r = nohang_event(log, m);
	if (r && !r->e.reason)
		r->e.reason = keep(r->small, c);
	return true;
}

void log_followed(struct oom_log *log, const struct msg *m, struct cur what)
{
	struct report *r = report_last(log, m);
	if (!r || r->e.kind == OOM_EVENT_ALLOCATION_FAILURE || r->e.followed.n >= FOLLOWED_MAX ||
	    !close_in_time(r, m, FOLLOW_SECONDS))
		return;
	size_t len = cur_left(&what) < 400 ? cur_left(&what) : 400;
	oom_strings_addf(r->small, &r->e.followed, "line %lld: %.*s", (long long)m->line, (int)len, what.p);
}

static bool systemd(struct oom_log *log, const struct msg *m)
{
	static const char *const words[] = {
		"code=killed, status=9/KILL",	     "Failed with result 'oom-kill'", "Failed with result 'signal'",
		"killed by the OOM killer",	     "systemd-oomd killed",	      "Scheduled restart job",
		"Start request repeated too quickly"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (cur_has(&m->text, words[i])) {
			log_followed(log, m, m->text);
			return true;
		}
	}
	return false;
}

bool on_trouble(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "INFO: task x:12 blocked for more than 120 seconds.", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s!"
	(void)rest;
	if (!cur_has(&m->text, "blocked for more than") && !cur_has(&m->text, "soft lockup"))
		return false;
	log_followed(log, m, m->text);
	return true;
}

/** The number in "** 44 printk messages dropped **", "printk: 12 messages suppressed.", "imjournal: 1234 messages lost
 * due to rate-limiting", "Missed 1427 kernel messages" (journald). */
static bool scan_dropped(struct cur c, int64_t *n)
{
	static const char *const words[] = {" printk messages dropped", " messages suppressed",
					    " messages lost due to rate", " messages dropped", " kernel messages"};
	for (; c.p < c.end; c.p++) {
		struct cur number = c;
		if (!scan_digits(&number, n))
			continue;
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			if (cur_begins(&number, words[i], strlen(words[i])))
				return oom_known(*n);
		}
		c.p = number.p - 1;
	}
	return false;
}

bool on_dropped(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t n;
	if (!scan_dropped(rest, &n))
		return false;
	struct report *r = report_last(log, m);
	if (!r || r->closed || r->part >= PART_KILL || !close_in_time(r, m, 60)) {
		log->lost = n;
		log->lost_line = m->line;
	} else if (__builtin_add_overflow(r->dropped, n, &r->dropped)) {
		r->dropped = INT64_MAX;
	}
	return false; // it tells nothing by itself
}

static bool logger(struct oom_log *log, const struct msg *m)
{
	// Limits of one program: "Suppressed 3175 messages from chatty.service" (journald counts by unit, and the
	// kernel is none), "imuxsock[pid: 142, name: x]: 3640 messages lost" (rsyslog's socket). imjournal's hold for
	// all.
	if (cur_begins(&m->text, "Suppressed ", 11) || cur_begins(&m->text, "imuxsock", 8))
		return false;
	return on_dropped(log, m, m->text);
}

bool log_daemon(struct oom_log *log, const struct msg *m)
{
	static const struct {
		const char *tag;
		bool (*fn)(struct oom_log *log, const struct msg *m);
	} daemons[] = {{"systemd", systemd},	    {"systemd-oomd", oomd}, {"earlyoom", earlyoom},
		       {"nohang", nohang},	    {"rsyslogd", logger},   {"systemd-journald", logger},
		       {"systemd-journal", logger}, {"imjournal", logger}};
	struct cur tag = m->tag;
	// journalctl -o with-unit has the unit in place of the name
	static const char unit[] = ".service";
	size_t len = strlen(unit);
	if (cur_begins(&tag, "rsyslogd-", 9)) // "rsyslogd-2177": the number of the message, before rsyslog 8.30
		tag.end = tag.p + strlen("rsyslogd");
	if (cur_is(&tag, "init.scope"))
		tag = cur_of("systemd", strlen("systemd"));
	else if (cur_left(&tag) > len && !memcmp(tag.end - len, unit, len))
		tag.end -= len;
	for (size_t i = 0; i < sizeof(daemons) / sizeof(*daemons); i++) {
		if (cur_is(&tag, daemons[i].tag))
			return daemons[i].fn(log, m);
	}
	return false;
}
