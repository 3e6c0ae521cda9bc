// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Several sources (messages, kern.log, the journal, dmesg, a dump's log) tell of the same machine. An event that stands
 * in more than one is one event, told from its fullest copy; boots that are the same get one number.
 */
#include "log/internal.h"
#include "log/prefix.h"

bool report_is_event(const struct report *r)
{
	return !r->duplicate && !r->threat && (r->e.kind != OOM_EVENT_OOM || r->is_oom);
}

static int64_t boot_root(const struct oom_log *log, int64_t boot)
{
	while (log->boots[boot].same_as != boot)
		boot = log->boots[boot].same_as;
	return boot;
}

static void boots_unite(struct oom_log *log, int64_t a, int64_t b)
{
	int64_t x = boot_root(log, a), y = boot_root(log, b);
	struct boot *first = &log->boots[x < y ? x : y], *second = &log->boots[x < y ? y : x];
	if (x == y)
		return;
	second->same_as = x < y ? x : y;
	if (!oom_known(first->epoch_s))
		first->epoch_s = second->epoch_s;
}

static const struct host *host_root(const struct host *host)
{
	while (host->same_as)
		host = host->same_as;
	return host;
}

/** dmesg does not name the machine. */
static bool may_be_one_host(const struct host *a, const struct host *b)
{
	return !a->name[0] || !b->name[0] || host_root(a) == host_root(b);
}

/**
 * `sos clean` gives the machine another name in texts, but not in the journal's files. The kernel's clock, exact to the
 * microsecond at the same process, is not that of another machine.
 */
static bool same_by_clock(const struct report *a, const struct report *b)
{
	return oom_known(a->e.time_us) && a->e.time_us > 0 && a->e.time_us == b->e.time_us &&
	       a->e.kind == OOM_EVENT_OOM && oom_known(a->e.trigger.pid) && a->e.trigger.pid == b->e.trigger.pid &&
	       a->e.trigger.comm && b->e.trigger.comm && !strcmp(a->e.trigger.comm, b->e.trigger.comm);
}

static void hosts_unite(struct host *a, const struct host *b)
{
	const struct host *x = host_root(a), *y = host_root(b);
	if (x != y && a->name[0] && b->name[0])
		((struct host *)x)->same_as = y;
}

/** Equal, or one of the two is not known. */
static bool agree(int64_t a, int64_t b)
{
	return !oom_known(a) || !oom_known(b) || a == b;
}

static bool agree_text(const char *a, const char *b)
{
	return !a || !b || !strcmp(a, b);
}

static bool same_known(int64_t a, int64_t b)
{
	return oom_known(a) && a == b;
}

/** Seconds between two moments in the calendar, years left aside: one of two sources may not have them. */
static int64_t calendar_distance(int64_t a, int64_t b)
{
	struct date x, y;
	if (!date_from_us(a * 1000000, &x) || !date_from_us(b * 1000000, &y))
		return INT64_MAX;
	x.year = y.year = 1972;
	return clock_distance(date_seconds(&x), date_seconds(&y));
}

/** Are the times those of one moment? A copy without its head begins some seconds later; journals may count in UTC
 * where syslog counts in the zone of the machine. */
static bool same_moment(const struct report *a, const struct report *b)
{
	if (oom_known(a->e.time_us) && oom_known(b->e.time_us)) {
		int64_t d = a->e.time_us - b->e.time_us;
		return d < 10000000 && d > -10000000;
	}
	if (!oom_known(a->first_wall) || !oom_known(b->first_wall))
		return false;
	int64_t d = calendar_distance(a->first_wall, b->first_wall), quarter = d % 900;
	return d <= 14 * 3600 && (quarter <= 10 || quarter >= 890);
}

static int64_t victim_pid(const struct report *r)
{
	return r->e.victims.n ? r->e.victims.v[0].pid : r->chosen_pid;
}

/** A process without a number, as a killer of whole groups tells: the group and the reason with its figures. */
static bool same_group(const struct report *a, const struct report *b)
{
	const struct oom_victims *x = &a->e.victims, *y = &b->e.victims;
	return x->n && y->n && x->v[0].memcg && y->v[0].memcg && !strcmp(x->v[0].memcg, y->v[0].memcg) && a->e.reason &&
	       b->e.reason && !strcmp(a->e.reason, b->e.reason);
}

static bool same_event(const struct report *a, const struct report *b)
{
	if (a->source == b->source || a->e.kind != b->e.kind ||
	    (!may_be_one_host(a->host, b->host) && !same_by_clock(a, b)))
		return false;
	if (!agree(a->e.trigger.pid, b->e.trigger.pid) || !agree(victim_pid(a), victim_pid(b)) ||
	    !agree_text(a->e.trigger.comm, b->e.trigger.comm) || !agree_text(a->e.release, b->e.release))
		return false;
	if (!same_known(a->e.trigger.pid, b->e.trigger.pid) && !same_known(victim_pid(a), victim_pid(b)) &&
	    !same_known(a->e.time_us, b->e.time_us) && !same_group(a, b))
		return false;
	return same_moment(a, b);
}

/** How much of an event a report tells. */
static size_t fullness(const struct report *r)
{
	const struct oom_event *e = &r->e;
	size_t parts = (size_t)(e->has_head == OOM_YES) + (e->has_mem_info == OOM_YES) +
		       (e->has_task_table == OOM_YES) + (e->victims.n > 0) + e->panic + (e->trace.n > 0) +
		       (e->memcg != NULL);
	size_t rows = e->state.tasks.n + e->state.nodes.n + e->state.slabs.n;
	return parts * 1000000 + (rows < 1000000 ? rows : 999999);
}

/** Years after 1972 are those of a log that has them. */
static bool has_year(int64_t wall_s)
{
	return oom_known(wall_s) && wall_s > 4 * 366 * 86400;
}

/** What only the other copy tells of when and where. True: a third copy may be known by it. */
static bool take_over(struct report *to, const struct report *from)
{
	bool learnt = oom_known(to->e.time_us) != oom_known(from->e.time_us) ||
		      oom_known(to->first_wall) != oom_known(from->first_wall) ||
		      !to->host->name[0] != !from->host->name[0];
	if (!oom_known(to->e.time_us))
		to->e.time_us = from->e.time_us;
	if (!oom_known(to->first_wall) || (!has_year(to->first_wall) && has_year(from->first_wall)))
		to->first_wall = from->first_wall;
	if (!to->host->name[0])
		to->host = from->host;
	if (!to->e.time && from->e.time)
		to->e.time = oom_strdup(to->small, from->e.time);
	if (!to->e.stamp && from->e.stamp && !to->e.time)
		to->e.stamp = oom_strdup(to->small, from->e.stamp);
	if (!to->e.nodename && from->e.nodename)
		to->e.nodename = oom_strdup(to->small, from->e.nodename);
	if (!to->e.release && from->e.release)
		to->e.release = oom_strdup(to->small, from->e.release);
	for (size_t i = 0; !to->e.followed.n && i < from->e.followed.n; i++)
		oom_strings_addf(to->small, &to->e.followed, "%s", from->e.followed.v[i]);
	return learnt;
}

/** True: a copy told something by which another one may be found. */
static bool find_duplicates(struct oom_log *log)
{
	bool learnt = false;
	for (size_t i = 0; i < log->nr_reports; i++) {
		struct report *a = log->reports[i];
		for (size_t k = i + 1; k < log->nr_reports && report_is_event(a); k++) {
			struct report *b = log->reports[k];
			if (!report_is_event(b) || !same_event(a, b))
				continue;
			bool first = fullness(a) >= fullness(b);
			learnt |= take_over(first ? a : b, first ? b : a);
			(first ? b : a)->duplicate = true;
			boots_unite(log, a->e.boot, b->e.boot);
			learnt |= host_root(a->host) != host_root(b->host);
			hosts_unite(a->host, b->host);
		}
	}
	return learnt;
}

static void unite_boots(struct oom_log *log)
{
	// Quadratic, but a log of a million boots is none.
	size_t n = log->nr_boots < 4096 ? log->nr_boots : 4096;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			const struct boot *a = &log->boots[i], *b = &log->boots[k];
			if (a->source != b->source && may_be_one_host(a->host, b->host) && oom_known(a->epoch_s) &&
			    oom_known(b->epoch_s) && calendar_distance(a->epoch_s, b->epoch_s) < 300)
				boots_unite(log, (int64_t)i, (int64_t)k);
		}
	}
}

/** When a boot began; where the kernel's clock is not in the log, a moment in it: of its first event. OOM_ABSENT. */
static void date_boots(struct oom_log *log)
{
	for (size_t i = 0; i < log->nr_boots; i++)
		log->boots[i].moment_s = has_year(log->boots[i].epoch_s) ? log->boots[i].epoch_s : OOM_ABSENT;
	for (size_t i = 0; i < log->nr_reports; i++) {
		const struct report *r = log->reports[i];
		struct boot *b = &log->boots[boot_root(log, r->e.boot)];
		if (has_year(r->first_wall) && !has_year(b->epoch_s) &&
		    (!oom_known(b->moment_s) || r->first_wall < b->moment_s))
			b->moment_s = r->first_wall;
	}
}

/** Numbers the boots that have an event: by their dates where all have one, else in the order in which the sources tell
 * them. */
static void number_boots(struct oom_log *log)
{
	bool dated = true;
	date_boots(log);
	for (size_t i = 0; i < log->nr_reports; i++) {
		struct boot *b = &log->boots[boot_root(log, log->reports[i]->e.boot)];
		b->used = true;
		dated &= oom_known(b->moment_s);
	}
	for (int64_t next = 0;; next++) {
		struct boot *best = NULL;
		for (size_t i = 0; i < log->nr_boots; i++) {
			struct boot *b = &log->boots[i];
			if (b->used && b->number < 0 && (!best || (dated && b->moment_s < best->moment_s)))
				best = b;
		}
		if (!best)
			return;
		best->number = next;
	}
}

/** Boots in order; in one boot the kernel's clock. Equal ones stay as they are. */
static bool comes_before(const struct report *a, const struct report *b)
{
	if (a->duplicate != b->duplicate)
		return b->duplicate; // it may have no time to compare by, and would keep apart what has
	if (a->e.boot != b->e.boot)
		return a->e.boot < b->e.boot;
	if (oom_known(a->e.time_us) && oom_known(b->e.time_us))
		return a->e.time_us < b->e.time_us;
	return has_year(a->first_wall) && has_year(b->first_wall) && a->first_wall < b->first_wall;
}

static void sort_reports(struct oom_log *log)
{
	for (size_t i = 1; i < log->nr_reports; i++) {
		struct report *r = log->reports[i];
		size_t k = i;
		for (; k > 0 && comes_before(r, log->reports[k - 1]); k--)
			log->reports[k] = log->reports[k - 1];
		log->reports[k] = r;
	}
}

void merge_sources(struct oom_log *log)
{
	bool several = log->nr_sources > 1;
	if (several) {
		// dmesg has the kernel's clock alone, messages the calendar's: a third source has both.
		while (find_duplicates(log))
			;
		unite_boots(log);
	}
	number_boots(log);
	for (size_t i = 0; i < log->nr_reports; i++)
		log->reports[i]->e.boot = log->boots[boot_root(log, log->reports[i]->e.boot)].number;
	if (several)
		sort_reports(log);
}
