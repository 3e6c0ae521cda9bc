// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The prefix of a line. It is a chain of pieces, any of which may be missing:
 *
 *   <4>                                   printk or syslog level
 *   kern  :warn  :                        dmesg -x
 *   6,30574067,3816544225424,-,caller=T1; /dev/kmsg
 *   Sep 11 15:22:46 host kernel:          syslog, journalctl short and short-precise; metalog: "[kernel]" for the tag
 *   2021-09-11T15:22:46+08:00 host kernel:    rsyslog, journalctl short-iso
 *   Sat 2021-09-11 15:22:46 CST host kernel:  journalctl short-full
 *   2021-09-11T07:22:46.1Z stdout F       Kubernetes
 *   1631345566.123456 host kernel:        journalctl short-unix
 *   [   49.921978][ T6736]                time since boot and teller (printk.time, printk caller)
 *   [Sat Sep 11 15:22:46 2021]            dmesg -T
 *   [Sep11 15:22] [  +0.000003]           dmesg -e
 *   [   49.921978 <    0.000003>]         dmesg -d; "[Sat Sep 11 15:22:46 2021 <    0.000003>]" with -T
 */
#include "log/prefix.h"

/** "<4>", "<30>" */
static bool scan_level(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	int64_t level;
	if (!scan_char(&try, '<') || !scan_digits(&try, &level) || !scan_char(&try, '>') || level < 0 || level > 191)
		return false;
	ret->level = level & 7;
	*c = try;
	return true;
}

/** dmesg -x: "kern  :warn  : " */
static bool scan_decoded_level(struct cur *c, struct prefix *ret)
{
	static const char *const levels[] = {"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", NULL};
	static const char *const facilities[] = {"kern", "user", "daemon", "syslog", NULL};
	struct cur try = *c;
	size_t f = 0, l = 0;
	while (facilities[f] && !scan_lit(&try, facilities[f]))
		f++;
	scan_blanks(&try);
	if (!facilities[f] || !scan_char(&try, ':'))
		return false;
	while (levels[l] && !scan_lit(&try, levels[l]))
		l++;
	scan_blanks(&try);
	if (!levels[l] || !scan_char(&try, ':'))
		return false;
	scan_char(&try, ' ');
	ret->level = (int64_t)l;
	*c = try;
	return true;
}

/** "T6736" or "C0" */
static bool scan_caller(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	int64_t id;
	bool cpu = cur_peek(&try) == 'C';
	if ((!scan_char(&try, 'T') && !scan_char(&try, 'C')) || !scan_digits(&try, &id) || id < 0 || id > 0x7fffffff)
		return false;
	ret->caller = cpu ? id | 0x80000000LL : id;
	*c = try;
	return true;
}

/** dmesg -d: " <    0.000358>", the distance to the line before. */
static void skip_delta(struct cur *c)
{
	struct cur try = *c;
	int64_t ignored;
	scan_blanks(&try);
	if (!scan_char(&try, '<'))
		return;
	scan_blanks(&try);
	if (scan_digits(&try, &ignored) && scan_char(&try, '.') && scan_digits(&try, &ignored) && scan_char(&try, '>'))
		*c = try;
}

/** "[   49.921978]", and "[ T6736]" behind it. */
static bool scan_stamp(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	int64_t seconds, fraction;
	if (!scan_char(&try, '['))
		return false;
	scan_blanks(&try);
	if (!scan_digits(&try, &seconds) || !scan_char(&try, '.'))
		return false;
	const char *from = try.p;
	bool number = scan_digits(&try, &fraction);
	long digits = try.p - from;
	skip_delta(&try);
	if (!number || digits < 1 || digits > 9 || !scan_char(&try, ']') || seconds < 0 ||
	    seconds > INT64_MAX / 2000000)
		return false;
	// People redact or cut digits: "[159440.49643]" is not 496430 microseconds for sure, but the seconds are right.
	for (; digits < 6; digits++)
		fraction *= 10;
	for (; digits > 6; digits--)
		fraction /= 10;
	ret->time_us = seconds * 1000000 + fraction;
	ret->stamp = true;
	struct cur caller = try;
	if (scan_char(&caller, '[')) {
		scan_blanks(&caller);
		if (scan_caller(&caller, ret) && scan_char(&caller, ']'))
			try = caller;
	}
	scan_char(&try, ' ');
	*c = try;
	return true;
}

static void set_date(struct prefix *ret, const struct date *d)
{
	// Most syslog files leave the year out. Their clock is counted in a year that has every day, for distances.
	struct date some_year = *d;
	if (!oom_known(d->year))
		some_year.year = 1972;
	ret->date = true;
	ret->wall_s = date_seconds(&some_year);
	date_format(d, ret->time, sizeof(ret->time));
}

/** "+0.000003", a distance to the line before, or "Sep11 15:22": dmesg -e. No time that is of use. */
static bool scan_relative(struct cur c)
{
	int64_t a, b;
	if (scan_char(&c, '+'))
		return scan_digits(&c, &a) && scan_char(&c, '.') && scan_digits(&c, &b) && c.p == c.end;
	return scan_month(&c, &a) && (scan_blanks(&c), scan_digits(&c, &b)) && scan_blanks(&c) && scan_digits(&c, &a) &&
	       scan_char(&c, ':') && scan_digits(&c, &b) && c.p == c.end;
}

/** "Sat Sep 11 15:22:46 2021" with the names of any language; the month is absent where we cannot read it. */
static bool scan_ctime(struct cur c, struct date *d)
{
	*d = (struct date){.year = OOM_ABSENT, .month = OOM_ABSENT, .micro = OOM_ABSENT};
	struct cur name = scan_token(&c);
	if (name.p == name.end)
		return false;
	scan_blanks(&c);
	struct cur month = c;
	if (!scan_month(&c, &d->month)) {
		scan_token(&month);
		c = month;
		d->month = OOM_ABSENT;
	}
	scan_blanks(&c);
	if (!scan_digits(&c, &d->day) || !scan_blanks(&c) || !scan_clock(&c, d))
		return false;
	// People leave the year out.
	return c.p == c.end || (scan_blanks(&c) && scan_digits(&c, &d->year) && c.p == c.end);
}

/** A date or a distance in brackets, as dmesg prints it with -T and -e. */
static bool scan_bracket_date(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	struct date d;
	if (!scan_char(&try, '['))
		return false;
	const char *close = memchr(try.p, ']', cur_left(&try) < 48 ? cur_left(&try) : 48);
	if (!close)
		return false;
	struct cur in = cur_trim((struct cur){try.p, close});
	if (scan_ctime(in, &d)) {
		if (oom_known(d.month))
			set_date(ret, &d);
	} else if (!scan_relative(in)) {
		return false;
	}
	ret->date = true;
	try.p = close + 1;
	scan_char(&try, ' ');
	*c = try;
	return true;
}

/** "6,30574067,3816544225424,-;" and with more fields: /dev/kmsg, Documentation/ABI/testing/dev-kmsg */
static bool scan_kmsg(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	int64_t level, sequence, time;
	if (!scan_digits(&try, &level) || !scan_char(&try, ',') || !scan_digits(&try, &sequence) ||
	    !scan_char(&try, ',') || !scan_digits(&try, &time) || !scan_char(&try, ',') || !oom_known(time))
		return false;
	const char *end = memchr(try.p, ';', cur_left(&try) < 64 ? cur_left(&try) : 64);
	struct cur more = {try.p, end};
	if (!end)
		return false;
	if (scan_past(&more, ",caller="))
		scan_caller(&more, ret);
	ret->level = level & 7;
	ret->time_us = time;
	ret->stamp = true;
	c->p = end + 1;
	return true;
}

/** "name[12]:", "name:", "[name]": the tag of a syslog line, moved behind with one blank. */
static bool scan_tag(struct cur *c, struct cur *tag)
{
	struct cur try = *c;
	if (scan_char(&try, '[')) { // metalog
		*tag = (struct cur){try.p, try.p};
		while (is_word(cur_peek(&try)) || cur_peek(&try) == '-')
			try.p++;
		tag->end = try.p;
		if (tag->p == tag->end || !is_alpha((unsigned char)*tag->p) || !scan_char(&try, ']') ||
		    !scan_char(&try, ' '))
			return false;
		*c = try;
		return true;
	}
	const char *from = try.p;
	for (int ch; (ch = cur_peek(&try)) > ' ' && ch != ':' && ch != '[';)
		try.p++;
	*tag = (struct cur){from, try.p};
	int64_t pid;
	if (tag->p == tag->end || tag->end - tag->p > 64)
		return false;
	if (scan_char(&try, '[') && (!scan_digits(&try, &pid) || !scan_char(&try, ']')))
		return false;
	if (!scan_char(&try, ':') || (try.p < try.end && *try.p != ' '))
		return false;
	scan_char(&try, ' ');
	*c = try;
	return true;
}

/** Host and tag behind a date; either may be missing. */
static void scan_host_and_tag(struct cur *c, struct prefix *ret)
{
	struct cur try = *c, word, tag = {c->p, c->p};
	scan_blanks(&try);
	if (cur_begins(&try, "stdout ", 7) || cur_begins(&try, "stderr ", 7)) { // Kubernetes' container logs
		try.p += 7;
		ret->cri_part = cur_peek(&try) == 'P';
		if (scan_lit(&try, "F ") || scan_lit(&try, "P ")) {
			*c = try;
			ret->full = ret->cri = try;
			return;
		}
		ret->cri_part = false;
	}
	struct cur direct = try;
	if (cur_begins(&try, "[kernel] ", 9) || cur_begins(&try, "kernel: ", 8)) { // no host
		scan_tag(&direct, &tag);
		ret->tag = tag;
		ret->full = try;
		*c = direct;
		return;
	}
	word = scan_token(&try);
	struct cur behind = try;
	scan_blanks(&behind);
	// "… test invoked oom-killer:" behind the date of dmesg --time-format iso: no host there
	if (word.p == word.end || *word.p == '[' || cur_begins(&behind, "invoked oom", 11) || word.end[-1] == ':')
		return;
	ret->host = word;
	scan_char(&try, ' ');
	ret->full = try;
	if (scan_tag(&try, &tag))
		ret->tag = tag;
	*c = try;
}

/** "Sep 11 15:22:46", "Sep 11 2021 15:22:46", "2021 Sep 11 15:22:46" */
static bool scan_syslog_date(struct cur *c, struct date *d, struct prefix *ret)
{
	struct cur try = *c;
	int64_t year;
	*d = (struct date){.year = OOM_ABSENT, .micro = OOM_ABSENT};
	if (scan_digits(&try, &year) && scan_blanks(&try) && year >= 1990 && year < 2200)
		d->year = year;
	else
		try = *c;
	const char *from = try.p;
	if (!scan_month(&try, &d->month) || !scan_blanks(&try) || !scan_digits(&try, &d->day) || d->day < 1 ||
	    d->day > 31 || !scan_blanks(&try))
		return false;
	struct cur with_year = try;
	if (scan_digits(&with_year, &year) && scan_blanks(&with_year) && year >= 1990 && year < 2200) {
		d->year = year;
		try = with_year;
	}
	if (!scan_clock(&try, d))
		return false;
	if (!oom_known(d->year)) {
		size_t len = (size_t)(try.p - from);
		if (len < sizeof(ret->stamp_text)) {
			memcpy(ret->stamp_text, from, len);
			ret->stamp_text[len] = '\0';
		}
	}
	*c = try;
	return true;
}

/** A time zone's abbreviation: "CST ", "UTC ", "+08 " */
static void skip_zone_name(struct cur *c)
{
	struct cur try = *c;
	scan_blanks(&try);
	const char *from = try.p;
	while ((cur_peek(&try) >= 'A' && cur_peek(&try) <= 'Z') || (try.p == from && cur_peek(&try) == '+') ||
	       (try.p > from && *from == '+' && is_digit(cur_peek(&try))))
		try.p++;
	if (try.p - from >= 3 && try.p - from <= 5 && is_blank(cur_peek(&try)))
		*c = try;
}

/** Any date at the start, with host and tag behind it. */
static bool scan_date(struct cur *c, struct prefix *ret)
{
	struct cur try = *c;
	struct date d;
	int64_t seconds, fraction;
	if (scan_level(&try, ret) && scan_lit(&try, "1 ")) // RFC 5424's version
		;
	else
		try = *c;
	struct cur day = try;
	if (scan_iso(&try, &d)) {
		;
	} else if (is_alpha(cur_peek(&day)) && (scan_token(&day), scan_blanks(&day)) && scan_iso(&day, &d)) {
		try = day; // "Sat 2021-09-11 15:22:46 CST"
		skip_zone_name(&try);
	} else if (scan_syslog_date(&try, &d, ret)) {
		;
	} else if (scan_digits(&try, &seconds) && seconds > 100000000 && seconds < 100000000000LL &&
		   scan_char(&try, '.') && scan_digits(&try, &fraction) && is_blank(cur_peek(&try))) {
		ret->date = true;
		ret->wall_s = seconds;
		scan_host_and_tag(&try, ret);
		*c = try;
		return true;
	} else {
		return false;
	}
	if (try.p < try.end && !is_blank((unsigned char)*try.p))
		return false;
	bool comma = memchr(c->p, ',', (size_t)(try.p - c->p));
	set_date(ret, &d);
	ret->full = try;
	if (!comma) // dmesg --time-format iso is alone in writing a comma, and has no host
		scan_host_and_tag(&try, ret);
	else
		scan_char(&try, ' ');
	*c = try;
	return true;
}

/** Those whose lines behind a time since boot are journalctl's: other words before a colon may be the kernel's own. */
static bool is_daemon(const struct cur *tag)
{
	static const char *const names[] = {"kernel", "earlyoom", "nohang", "rsyslogd", "imjournal", NULL};
	for (size_t i = 0; names[i]; i++) {
		if (cur_is(tag, names[i]))
			return true;
	}
	return cur_begins(tag, "systemd", 7);
}

/** journalctl short-monotonic: "[   49.921978] host kernel: " */
static void scan_monotonic_host(struct cur *c, struct prefix *ret)
{
	struct cur try = *c, tag, host = scan_token(&try);
	scan_char(&try, ' ');
	struct cur full = try;
	if (host.p == host.end || !scan_tag(&try, &tag))
		return;
	if (!is_daemon(&tag))
		return;
	ret->host = host;
	ret->tag = tag;
	ret->full = full;
	*c = try;
}

/** "\x1b[0;1;31m" */
static void skip_colour(struct cur *c)
{
	while (cur_left(c) > 2 && c->p[0] == '\x1b' && c->p[1] == '[') {
		const char *p = c->p + 2;
		while (p < c->end && (is_digit((unsigned char)*p) || *p == ';'))
			p++;
		if (p == c->end)
			return;
		c->p = p + 1;
	}
}

static void parse(struct cur line, struct prefix *ret)
{
	*ret = (struct prefix){.time_us = OOM_ABSENT, .wall_s = OOM_ABSENT, .caller = OOM_ABSENT, .level = OOM_ABSENT};
	struct cur c = line;
	skip_colour(&c);
	ret->host = ret->tag = ret->cri = (struct cur){c.p, c.p};
	ret->full = c;
	bool level = false;
	if (scan_kmsg(&c, ret)) {
		ret->full = ret->text = c;
		return;
	}
	if (scan_date(&c, ret)) {
		skip_colour(&c);
	} else {
		level = scan_level(&c, ret) || scan_decoded_level(&c, ret);
		skip_colour(&c);
	}
	// journald's and rsyslog's kernel lines may have the stamp behind the tag.
	if (scan_stamp(&c, ret)) {
		skip_colour(&c);
		if (!ret->date)
			scan_monotonic_host(&c, ret);
	} else {
		scan_bracket_date(&c, ret);
	}
	if (!ret->stamp && !ret->date) {
		// "earlyoom[454]: …" alone, as journalctl -o cat and people's excerpts have it
		struct cur tag, try = c;
		if (scan_tag(&try, &tag) && tag.end < c.end && *tag.end == '[') {
			ret->tag = tag;
			c = try;
		}
	}
	ret->level_only = level && !ret->stamp && !ret->date;
	ret->text = c;
	if (ret->tag.p == ret->tag.end || ret->stamp)
		ret->full = c;
}

void prefix_parse(struct cur line, struct prefix *ret)
{
	struct prefix inner;
	parse(line, ret);
	if (ret->cri.p == ret->cri.end)
		return;
	// A container that passes a log on: the line's own prefix stands behind that of Kubernetes, and tells more.
	parse(ret->cri, &inner);
	if (!inner.date && !inner.stamp && inner.tag.p == inner.tag.end)
		return;
	inner.cri = ret->cri;
	inner.cri_part = ret->cri_part;
	if (!inner.date) {
		inner.wall_s = ret->wall_s;
		memcpy(inner.time, ret->time, sizeof(inner.time));
		inner.date = true;
	}
	*ret = inner;
}

const char *prefix_inner_stamp(struct cur line)
{
	struct prefix ignored;
	for (const char *p = line.p; (p = memchr(p, '[', (size_t)(line.end - p))); p++) {
		struct cur c = {p, line.end};
		// printk's own form only, "[%5lu.%06lu]": anything else may be part of a message.
		const char *close = memchr(p, ']', cur_left(&c) < 24 ? cur_left(&c) : 24);
		if (p > line.p && close && close - p >= 13 && close[-7] == '.' && scan_stamp(&c, &ignored))
			return p;
	}
	return NULL;
}
