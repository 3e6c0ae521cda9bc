// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The end of the input: facts of several members are put together, and it is decided what the state, which is of the
 * time of collection, has to do with the incident.
 */
#include "log/prefix.h"
#include "sos/internal.h"
#include <stdlib.h>

enum {
	BOOT_SLACK_S = 300, // the kernel's clock and the wall's drift apart
	MOMENT_S = 120,	    // a state so shortly behind an event may speak of it
};

static const int64_t *age_of(const struct sos *s, const char *path)
{
	for (size_t i = 0; path && i < s->files.n; i++) {
		if (strcmp(s->files.v[i].path, path) == 0)
			return &s->files.v[i].mtime;
	}
	return NULL;
}

/** When was the oldest of the logs last written that tell of this boot? A rotated one was before the next. */
static int64_t age_of_boot(const struct sos *s, int64_t boot)
{
	int64_t age = INT64_MAX;
	for (size_t i = 0; i < s->c->events.n; i++) {
		const struct oom_event *e = &s->c->events.v[i];
		const int64_t *mtime = e->boot == boot ? age_of(s, e->origin.what) : NULL;
		if (mtime && oom_known(*mtime) && *mtime < age)
			age = *mtime;
	}
	return age;
}

struct boot_age {
	int64_t boot, age;
};

static int by_age(const void *a, const void *b)
{
	const struct boot_age *x = a, *y = b;
	if (x->age != y->age)
		return x->age < y->age ? -1 : 1;
	return x->boot < y->boot ? -1 : x->boot > y->boot;
}

/** Puts the events in the order of their boots' new numbers; those of one boot stay as they are. */
static void reorder(struct oom_case *c, const struct boot_age *boots, size_t n)
{
	struct oom_event *sorted = oom_alloc(c->arena, (c->events.n + 1) * sizeof(*sorted));
	size_t at = 0;
	for (size_t b = 0; sorted && b < n; b++) {
		for (size_t i = 0; i < c->events.n; i++) {
			if (c->events.v[i].boot != boots[b].boot)
				continue;
			sorted[at] = c->events.v[i];
			sorted[at].boot = (int64_t)b;
			sorted[at].index = (int64_t)at;
			at++;
		}
	}
	if (sorted && at == c->events.n) {
		memcpy(c->events.v, sorted, at * sizeof(*sorted));
	}
}

/**
 * Members come in any order, "messages" before "messages.1". Where every event has a date the parser has put the boots
 * in order; else the files' own times do.
 */
static void order_boots(struct sos *s)
{
	struct oom_case *c = s->c;
	size_t dated = 0, n = 0;
	int64_t last = -1;
	for (size_t i = 0; i < c->events.n; i++) {
		dated += c->events.v[i].time != NULL;
		if (c->events.v[i].boot > last)
			last = c->events.v[i].boot;
	}
	// Each boot that has a number has an event.
	if (dated == c->events.n || last < 1 || (size_t)last >= c->events.n)
		return;
	struct boot_age *boots = calloc((size_t)last + 1, sizeof(*boots));
	for (int64_t b = 0; boots && b <= last; b++)
		boots[n++] = (struct boot_age){b, age_of_boot(s, b)};
	if (boots) {
		qsort(boots, n, sizeof(*boots), by_age);
		reorder(c, boots, n);
	}
	free(boots);
}

/** Seconds that the machine's clock is ahead of UTC; OOM_ABSENT. */
static int64_t zone_of(const struct sos *s)
{
	if (!oom_known(s->date_s) || !oom_known(s->utc_s))
		return OOM_ABSENT;
	int64_t off = s->date_s - s->utc_s;
	off = (off + (off < 0 ? -450 : 450)) / 900 * 900;
	return off > 14 * 3600 || off < -14 * 3600 ? OOM_ABSENT : off;
}

/** The moment of an event in seconds since 1970, UTC; OOM_ABSENT where date, year or zone are not known. */
static int64_t moment(const struct sos *s, const struct oom_event *e)
{
	struct cur c = cur_of(e->time ? e->time : "", e->time ? strlen(e->time) : 0);
	struct date d;
	int64_t hour, minute, off = zone_of(s);
	if (!scan_iso(&c, &d))
		return OOM_ABSENT;
	if (strcmp(d.zone, "Z") == 0) {
		off = 0;
	} else if (d.zone[0]) {
		struct cur z = cur_of(d.zone + 1, strlen(d.zone) - 1);
		if (!scan_digits(&z, &hour) || !scan_char(&z, ':') || !scan_digits(&z, &minute))
			return OOM_ABSENT;
		off = (hour * 3600 + minute * 60) * (d.zone[0] == '-' ? -1 : 1);
	}
	int64_t local = date_seconds(&d);
	return oom_known(local) && oom_known(off) ? local - off : OOM_ABSENT;
}

/** Is this event proven to be of the boot in which the report was made? */
static bool of_this_boot(const struct sos *s, const struct oom_event *e)
{
	if (e->panic)
		return false;
	if (e->origin.what && strncmp(e->origin.what, "sos_commands/", 13) == 0 && strstr(e->origin.what, "/dmesg"))
		return true; // the ring buffer of the running kernel
	int64_t at = moment(s, e);
	if (!oom_known(at) || !oom_known(e->time_us) || !oom_known(s->btime_s))
		return false;
	int64_t off = at - e->time_us / 1000000 - s->btime_s;
	return off <= BOOT_SLACK_S && off >= -BOOT_SLACK_S;
}

/** Until a dot: "db1.example.com" is the host that its log calls "db1". */
static bool same_name(const char *a, const char *b)
{
	size_t x = strcspn(a, "."), y = strcspn(b, ".");
	return x == y && strncmp(a, b, x) == 0;
}

/** Is @p b within an eighth of @p a? Kernels of one machine do not leave the same to the buddy allocator. */
static bool is_near(int64_t a, int64_t b)
{
	return b > a - a / 8 && b < a + a / 8;
}

/** A name is soon the same ("localhost", "vm"); RAM that differs by more than half is another machine's. */
static bool is_far(int64_t a, int64_t b)
{
	return oom_known(a) && oom_known(b) && (a / 2 > b || b / 2 > a);
}

/**
 * Is the incident one of the machine that made the report? By the names; a log without is taken for its own where the
 * kernel or the RAM is the same. A report may hold logs of any machine.
 */
static bool of_this_machine(const struct sos *s, const struct oom_event *e)
{
	int64_t ram_kb = e->state.memory.total_kb;
	if (e->nodename && s->system.nodename)
		return same_name(e->nodename, s->system.nodename) && !is_far(s->system.ram_kb, ram_kb);
	bool near = oom_known(ram_kb) && oom_known(s->system.ram_kb) && is_near(s->system.ram_kb, ram_kb);
	return near ||
	       (!oom_known(ram_kb) && e->release && s->system.release && strcmp(e->release, s->system.release) == 0);
}

/** Whose incident it was: with logs of several shapes the parser cannot tell that they are of one machine. */
static void settle_incident(struct oom_system *to, const struct oom_event *last)
{
	if (last->release)
		to->release = last->release;
	if (!to->nodename)
		to->nodename = last->nodename;
	if (!oom_known(to->ram_kb))
		to->ram_kb = last->state.memory.total_kb;
	if (last->panic) {
		to->panic = to->panic ? to->panic : last->panic_text;
		to->crash_time = to->crash_time ? to->crash_time : last->time;
		to->uptime_us = oom_known(to->uptime_us) ? to->uptime_us : last->time_us;
	}
}

static void settle_system(struct sos *s, const struct oom_event *last, bool same_boot)
{
	struct oom_system *to = &s->c->system;
	const struct oom_system *from = &s->system;
	bool same_kernel =
		!last || same_boot || (last->release && from->release && strcmp(last->release, from->release) == 0);
	if (from->release && to->release && strcmp(to->release, from->release) != 0)
		oom_case_missing(s->c, "the report was made under another kernel: %s", from->release);
	if (!to->release)
		to->release = from->release;
	if (!to->nodename)
		to->nodename = from->nodename;
	if (!to->machine)
		to->machine = from->machine;
	if (!oom_known(to->ram_kb))
		to->ram_kb = from->ram_kb;
	if (!oom_known(to->cgroup_version))
		to->cgroup_version = from->cgroup_version;
	if (same_kernel) {
		to->version = from->version;
		to->page_size = from->page_size;
	}
	if (!last || same_boot) {
		to->cmdline = from->cmdline ? from->cmdline : to->cmdline;
		to->nr_cpus = from->nr_cpus;
		to->uptime_us = from->uptime_us;
	}
}

/** The settings of the machine; what the log proves of the incident's own stays. */
static void settle_config(struct sos *s)
{
	struct oom_config *to = &s->c->config, *from = &s->config;
	int64_t *value = (int64_t *)to;
	const int64_t *own = (const int64_t *)from;
	if (from->origin.kind == OOM_FROM_NOWHERE)
		return;
	for (size_t i = 0; i < offsetof(struct oom_config, origin) / sizeof(*value); i++) {
		if (!oom_known(value[i]))
			value[i] = own[i];
	}
	if (to->origin.kind == OOM_FROM_NOWHERE)
		to->origin = from->origin;
}

/** What the logs reach; @p same_boot: the last event is proven to be of the boot of the collection. */
static void settle_logs(struct sos *s, bool same_boot)
{
	struct oom_input *in = &s->c->source;
	if (!s->kernel_log)
		oom_case_missing(s->c, "the kernel log: no log of the kernel is in the input");
	else if (!s->lasting_log)
		oom_case_missing(s->c, "the kernel log of earlier boots: the input holds what dmesg printed, no more");
	in->log_read = s->lasting_log && !s->log_lost ? OOM_YES : OOM_NO;
	if (s->oom_kills > 0 && !s->c->events.n) {
		in->log_read = OOM_NO;
		oom_case_missing(s->c, "events: /proc/vmstat counts %lld kills since boot, no log tells of one",
				 (long long)s->oom_kills);
	} else if (s->oom_kills > 0 && !same_boot) {
		oom_case_missing(s->c,
				 "events: /proc/vmstat counts %lld kills since boot, no event is proven to be one",
				 (long long)s->oom_kills);
	}
	if (s->missing > MISSING_MAX_SOS)
		oom_case_missing(s->c, "%zu more members that could not be read", s->missing - MISSING_MAX_SOS);
	if (in->complete == OOM_MAYBE)
		in->complete = OOM_YES;
}

static void tell_other_machine(struct sos *s, const struct oom_event *last)
{
	const char *own = s->system.nodename ? s->system.nodename : "which is not named";
	if (last->nodename && s->system.nodename && same_name(last->nodename, s->system.nodename))
		oom_case_missing(
			s->c,
			"settings: the log of %s tells of %lld MiB of RAM, the machine that made the report has "
			"%lld MiB",
			last->nodename, (long long)(last->state.memory.total_kb / 1024),
			(long long)(s->system.ram_kb / 1024));
	else
		oom_case_missing(
			s->c, "settings: nothing shows that the log of %s is of the machine that made the report, %s",
			last->nodename ? last->nodename : "the incident", own);
}

void sos_settle(struct sos *s)
{
	struct oom_case *c = s->c;
	order_boots(s);
	const struct oom_event *last = c->events.n ? &c->events.v[c->events.n - 1] : NULL;
	if (last)
		settle_incident(&c->system, last);
	bool same_boot = last && of_this_boot(s, last);
	if (last && !same_boot && !of_this_machine(s, last)) {
		tell_other_machine(s, last);
	} else {
		settle_system(s, last, same_boot);
		settle_config(s);
	}
	c->state_is_incident = OOM_NO;
	c->state_same_boot = same_boot ? OOM_YES : OOM_MAYBE;
	if (same_boot && oom_known(s->system.uptime_us) && oom_known(last->time_us) &&
	    s->system.uptime_us - last->time_us <= MOMENT_S * 1000000LL)
		c->state_is_incident = OOM_MAYBE;
	settle_logs(s, same_boot);
}
