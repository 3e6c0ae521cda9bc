// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The head of a report: who asked for what.
 *
 *   X invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), nodemask=(null), order=0, oom_score_adj=0     4.10 …
 *   X invoked oom-killer: gfp_mask=0x201da, order=0, oom_adj=0, oom_score_adj=0                     2.6.36 … 3.x
 *   X invoked oom-killer: gfp_mask=0xd0, order=0, oomkilladj=0                                      2.6.11 … 2.6.30
 *   oom-killer: gfp_mask=0xd0                                                                       2.6.8, 2.6.9
 *   X: page allocation failure: order:4, mode:0x40c40(GFP_NOFS|__GFP_COMP), nodemask=(null),cpuset=/,mems_allowed=0
 *   X: page allocation failure. order:1, mode:0x20                                                  before 3.0
 *   __alloc_pages: 0-order allocation failed (gfp=0x1d2/0) from c012845e                            2.4
 *
 * mm/oom_kill.c dump_header(), mm/page_alloc.c warn_alloc().
 */
#include "log/internal.h"

/** Flags as printed between brackets: "GFP_KERNEL|__GFP_ZERO". */
static void read_flags(struct report *r, struct cur names)
{
	r->e.gfp_flags.known = true;
	while (names.p < names.end && r->e.gfp_flags.n < 64) {
		const char *bar = memchr(names.p, '|', cur_left(&names));
		struct cur name = cur_trim((struct cur){names.p, bar ? bar : names.end});
		names.p = bar ? bar + 1 : names.end;
		if (name.p == name.end)
			continue;
		oom_strings_addf(r->small, &r->e.gfp_flags, "%.*s", (int)cur_left(&name), name.p);
	}
}

/** A mask with or without its names, at "0x…"; "0x62****" (digits struck out) leaves the number absent. */
static void read_mask(struct report *r, struct cur c)
{
	uint64_t mask = 0;
	struct cur at = c;
	if (!scan_hex(&at, &mask))
		return;
	if (cur_peek(&at) == '*') {
		r->mask_redacted = true;
		while (scan_char(&at, '*'))
			;
	} else if (mask <= INT64_MAX) {
		r->e.gfp_mask = (int64_t)mask;
	}
	const char *close = cur_peek(&at) == '(' ? memchr(at.p, ')', cur_left(&at)) : NULL;
	if (close)
		read_flags(r, (struct cur){at.p + 1, close});
}

/** "key=" and its value up to the next comma that is followed by a blank, a key or the end. */
static bool field(struct cur c, const char *key, struct cur *ret)
{
	if (!scan_past(&c, key))
		return false;
	const char *p = c.p;
	// A node list has commas of its own: "nodemask=0,2,order=0" ends where no digit follows.
	while (p < c.end && *p != ' ' && !(*p == ',' && (p + 1 == c.end || !is_digit((unsigned char)p[1]))))
		p++;
	*ret = (struct cur){c.p, p};
	return true;
}

static void read_nodemask(struct report *r, struct cur line, const char *key)
{
	struct cur value;
	if (field(line, key, &value) && is_node_list(value))
		r->e.nodemask = keep(r->small, value);
}

static bool read_int(struct cur line, const char *key, int64_t *ret)
{
	int64_t value;
	if (!scan_past(&line, key))
		return false;
	scan_blanks(&line);
	if (!scan_int(&line, &value))
		return false;
	*ret = value;
	return true;
}

static void read_head_fields(struct report *r, struct cur line)
{
	struct cur mask = line;
	if (scan_past(&mask, "gfp_mask="))
		read_mask(r, mask);
	read_int(line, "order=", &r->e.order);
	read_int(line, "oom_score_adj=", &r->e.trigger.oom_score_adj);
	read_nodemask(r, line, "nodemask=");
}

/**
 * A sentence about a report: "mkfs -t ext4 invoked oom-killer on i386". The kernel has a colon behind its words, and a
 * name of at most 15 bytes (TASK_COMM_LEN) before them; the end of the line may be lost.
 */
static bool is_prose(struct cur comm, struct cur rest)
{
	enum { LONGEST_COMM = 15 };
	rest = cur_trim(rest);
	if (cur_peek(&rest) == ':')
		return false;
	return rest.p < rest.end || cur_left(&comm) > LONGEST_COMM;
}

bool on_head(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// Huawei's kernels write "invoked oom: gfp_mask=".
	bool huawei = cur_has(&m->text, " invoked oom:"), mask = cur_has(&rest, "gfp_mask=");
	const char *at = cur_find(&m->text, huawei ? " invoked oom:" : " invoked oom-killer");
	if (!at || (!mask && is_prose(cur_trim((struct cur){m->text.p, at}), rest)))
		return false;
	struct report *r = report_begin(log, m, OOM_EVENT_OOM, PART_HEAD);
	if (!r)
		return true;
	r->is_oom = true;
	r->e.trigger.comm = keep(r->small, cur_trim((struct cur){m->text.p, at}));
	read_head_fields(r, rest);
	if (cur_has(&rest, "oomkilladj="))
		r->era = ERA_26;
	if (r->e.order == -1)
		r->e.sysrq = OOM_YES;
	return true;
}

bool on_head_old(struct oom_log *log, const struct msg *m, struct cur rest)
{
	if (!cur_has(&rest, "gfp_mask="))
		return false;
	struct report *r = report_begin(log, m, OOM_EVENT_OOM, PART_HEAD);
	if (!r)
		return true;
	r->is_oom = true;
	if (!cur_has(&rest, "order=")) // else a line of today's that has lost its start
		r->era = ERA_269;
	read_head_fields(r, rest);
	return true;
}

bool on_cpuset(struct oom_log *log, const struct msg *m, struct cur rest)
{
	const char *at = cur_find(&m->text, " cpuset=");
	const char *mems = cur_find(&m->text, " mems_allowed=");
	struct report *r = at && mems && mems > at ? report_of(log, m, PART_HEAD) : NULL;
	(void)rest;
	if (at && mems && !r)
		r = report_of(log, m, PART_TRACE);
	if (!r || r->e.cpuset)
		return r != NULL;
	r->e.cpuset = keep(r->small, (struct cur){at + strlen(" cpuset="), mems});
	struct cur list = {mems + strlen(" mems_allowed="), m->text.end};
	r->e.mems_allowed = keep(r->small, scan_token(&list));
	return true;
}

/** The release in a CPU line: "Not tainted 5.3.0-rc3+ #936" or "Tainted: G    B   W  2.6.30 #11". */
static void read_release(struct oom_log *log, struct report *r, struct cur line)
{
	const char *mark = cur_find(&line, "ainted");
	if (!mark)
		return;
	struct cur rest = {mark + strlen("ainted"), line.end};
	scan_char(&rest, ':');
	// Taint letters, "------------", "[E]=UNSIGNED_MODULE" may stand before it: the release is the first word that
	// starts as a version.
	for (struct cur word; scan_word(&rest, &word);) {
		struct cur v = word;
		int64_t major;
		if (!scan_digits(&v, &major) || !scan_char(&v, '.') || !is_digit(cur_peek(&v)))
			continue;
		r->e.release = keep(r->small, word);
		if (!r->host->release)
			r->host->release = keep(log->arena, word);
		return;
	}
}

bool on_cpu(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "CPU: 1 PID: 391 Comm: x Not tainted 5.7.0 #1", since 6.11 "CPU: 1 UID: 0 PID: 391 Comm: …"
	int64_t cpu, pid;
	struct cur c = rest;
	scan_blanks(&c);
	if (!scan_digits(&c, &cpu) || !read_int(c, "PID:", &pid))
		return false;
	struct report *r = report_of(log, m, PART_TRACE);
	// A panic prints its own CPU line behind the report: welcome where the report's start is lost.
	if (!r && (r = report_last(log, m)) && !r->e.panic)
		r = NULL;
	if (!r)
		return false;
	if (oom_known(r->e.cpu))
		return true;
	r->e.cpu = cpu;
	r->e.trigger.pid = pid;
	read_release(log, r, rest);
	struct cur comm = rest;
	if ((!r->e.trigger.comm || strstr(r->e.trigger.comm, "] ")) && scan_past(&comm, "Comm: ")) {
		// A head that lost the start of its prefix: "6] leaker invoked oom-killer".
		const char *end = cur_find(&comm, " Kdump: ");
		end = end ? end : cur_find(&comm, " Not tainted");
		end = end ? end : cur_find(&comm, " Tainted: ");
		if (end)
			r->e.trigger.comm = keep(r->small, (struct cur){comm.p, end});
	}
	return true;
}

bool on_pid(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "Pid: 23105, comm: apt-check Tainted: G    B   W  2.6.30 #11", before 3.9
	int64_t pid;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &pid) || !cur_has(&rest, "comm:"))
		return false;
	struct report *r = report_of(log, m, PART_TRACE);
	if (!r)
		return false;
	if (oom_known(r->e.trigger.pid))
		return true;
	r->e.trigger.pid = pid;
	read_release(log, r, rest);
	return true;
}

bool on_alloc_failure(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// The words between name and "order:" differ ("page allocation failure", "vmemmap alloc failure").
	const char *mark = cur_find(&m->text, "failure: order:");
	mark = mark ? mark : cur_find(&m->text, "failure. order:");
	const char *colon = NULL;
	(void)rest;
	for (const char *p = m->text.p; mark && p + 1 < mark; p++) {
		if (p[0] == ':' && p[1] == ' ')
			colon = p;
	}
	if (!colon || !cur_has(&(struct cur){mark, m->text.end}, "mode:"))
		return false;
	struct report *r = report_begin(log, m, OOM_EVENT_ALLOCATION_FAILURE, PART_HEAD);
	if (!r)
		return true;
	struct cur tail = {mark, m->text.end};
	r->e.trigger.comm = keep(r->small, cur_trim((struct cur){m->text.p, colon}));
	read_int(tail, "order:", &r->e.order);
	struct cur mode = tail, cpuset = tail;
	if (scan_past(&mode, "mode:"))
		read_mask(r, mode);
	read_nodemask(r, tail, "nodemask=");
	if (scan_past(&cpuset, ",cpuset=")) {
		const char *mems = cur_find(&cpuset, ",mems_allowed=");
		r->e.cpuset = keep(r->small, (struct cur){cpuset.p, mems ? mems : cpuset.end});
		struct cur list = {mems ? mems + strlen(",mems_allowed=") : cpuset.end, cpuset.end};
		if (mems)
			r->e.mems_allowed = keep(r->small, scan_token(&list));
	}
	return true;
}

bool on_alloc_failed_24(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "0-order allocation failed (gfp=0x1d2/0)": a line for each attempt, without memory state. Consecutive ones
	// are one event; a "VM: killing process" behind them makes it an OOM.
	int64_t order;
	struct cur mask;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &order) || !scan_lit(&rest, "-order allocation failed"))
		return false;
	mask = rest;
	struct report *last = report_last(log, m);
	if (last && !last->closed && last->failures && last->e.order == order && !last->e.victims.n) {
		last->failures++;
		last->last_line = m->line;
		return true;
	}
	struct report *r = report_begin(log, m, OOM_EVENT_ALLOCATION_FAILURE, PART_HEAD);
	if (!r)
		return true;
	r->failures = 1;
	r->era = ERA_24;
	r->e.order = order;
	if (scan_past(&mask, "gfp="))
		read_mask(r, mask);
	return true;
}

bool on_warn_suppressed(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t n;
	scan_blanks(&rest);
	if (!scan_digits(&rest, &n) || !cur_has(&rest, "callbacks suppressed"))
		return false;
	struct report *r = report_last(log, m);
	if (r && oom_known(n))
		report_missing(r, "%lld more page allocation failures: the kernel suppressed their reports",
			       (long long)n);
	return r != NULL;
}
