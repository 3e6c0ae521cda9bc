// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Sizes, shares, times and places in words. */
#include "report/report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *rp_size(int64_t kb, char buf[RP_SIZE])
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	unsigned int unit = 0;
	if (!oom_known(kb)) {
		snprintf(buf, RP_SIZE, "?");
		return buf;
	}
	double value = kb < 0 ? -(double)kb : (double)kb;
	// Rounded to what is shown: 1,048,100 KiB are "1.0 GiB", not "1023 MiB".
	for (; value >= 1023.5 && unit < 4; unit++)
		value /= 1024;
	bool tenths = unit > 0 && value < (unit == 1 ? 9.95 : 99.95);
	snprintf(buf, RP_SIZE, "%s%.*f %s", kb < 0 ? "-" : "", tenths ? 1 : 0, value, units[unit]);
	return buf;
}

const char *rp_percent(int64_t part, int64_t whole, char buf[RP_PERCENT])
{
	if (!oom_known(part) || !oom_known(whole) || whole <= 0) {
		snprintf(buf, RP_PERCENT, "?");
		return buf;
	}
	double share = 100.0 * (double)part / (double)whole;
	if (share > 999 || share < -999)
		snprintf(buf, RP_PERCENT, "%s999 %%", share > 0 ? ">" : "<-");
	else if (share > 0 && share < 0.05)
		snprintf(buf, RP_PERCENT, "<0.1 %%");
	else
		snprintf(buf, RP_PERCENT, "%.*f %%", share > 0 && share < 0.95 ? 1 : 0, share);
	return buf;
}

const char *rp_duration(int64_t us, char buf[RP_TIME])
{
	int64_t s = us / 1000000;
	if (!oom_known(us) || us < 0)
		snprintf(buf, RP_TIME, "?");
	else if (s < 60)
		snprintf(buf, RP_TIME, "%" PRId64 ".%" PRId64 " s", s, us / 100000 % 10);
	else if (s < 3600)
		snprintf(buf, RP_TIME, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, RP_TIME, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else
		snprintf(buf, RP_TIME, "%" PRId64 " day%s %" PRId64 " h", s / 86400, s / 86400 == 1 ? "" : "s",
			 s / 3600 % 24);
	return buf;
}

const char *rp_where(const struct oom_origin *o, char buf[RP_WHERE])
{
	bool memory = o->kind == OOM_FROM_MEMORY;
	if (o->kind == OOM_FROM_NOWHERE || (!o->what && !oom_known(o->at)))
		return NULL;
	if (!oom_known(o->at))
		snprintf(buf, RP_WHERE, "%s", o->what);
	else if (memory)
		snprintf(buf, RP_WHERE, "%s%s0x%" PRIx64, o->what ? o->what : "", o->what ? " " : "", (uint64_t)o->at);
	else
		snprintf(buf, RP_WHERE, "%s%s%" PRId64, o->what ? o->what : "line", o->what ? ":" : " ", o->at);
	return buf;
}

const char *rp_nobody(const struct oom_verdict *v)
{
	switch (v->outcome) {
	case OOM_OUTCOME_PANIC:
		return "nobody (panic)";
	case OOM_OUTCOME_NO_KILLABLE:
		return "nobody: there was no process that may be killed";
	case OOM_OUTCOME_NONE:
		return "nobody: no OOM killer ran";
	default:
		return "not in the input";
	}
}

/** Is @p name the last part of the input's path? */
static bool is_input(const struct oom_case *c, const char *name)
{
	const char *path = c->source.path ? c->source.path : "", *slash = strrchr(path, '/');
	return name &&
	       (!strcmp(slash ? slash + 1 : path, name) || (!strcmp(path, "-") && !strcmp(name, "standard input")));
}

const char *rp_where_in(const struct oom_case *c, const struct oom_origin *origin, char buf[RP_WHERE])
{
	struct oom_origin o = *origin;
	if (o.kind == OOM_FROM_LOG && oom_known(o.at) && is_input(c, o.what))
		o.what = NULL;
	return rp_where(&o, buf);
}

const char *rp_input_kind(const struct oom_input *input)
{
	static const char *const kinds[] = {"vmcore", "sosreport", "kernel log", "crash session", "case"};
	return (size_t)input->kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[input->kind] : "?";
}
