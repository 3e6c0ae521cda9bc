// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Dates of log lines. */
#include "log/prefix.h"
#include <stdio.h>
#include <time.h>

/** Month names as `dmesg -T` prints them in the locale of whoever ran it; the longest first where one begins another.
 */
static const struct {
	const char *name;
	int month;
} months[] = {
	{"Jan", 1},   {"Feb", 2},   {"Mar", 3},	  {"Apr", 4},	{"May", 5},   {"Jun", 6},  {"Jul", 7},	{"Aug", 8},
	{"Sep", 9},   {"Oct", 10},  {"Nov", 11},  {"Dec", 12},	{"Mär", 3},   {"Mai", 5},  {"Okt", 10}, {"Dez", 12},
	{"janv.", 1}, {"févr.", 2}, {"mars", 3},  {"avril", 4}, {"avr.", 4},  {"mai", 5},  {"juin", 6}, {"juil.", 7},
	{"août", 8},  {"sept.", 9}, {"oct.", 10}, {"nov.", 11}, {"déc.", 12}, {"ene", 1},  {"feb", 2},	{"mar", 3},
	{"abr", 4},   {"apr", 4},   {"may", 5},	  {"mag", 5},	{"jun", 6},   {"giu", 6},  {"jul", 7},	{"lug", 7},
	{"ago", 8},   {"sep", 9},   {"set", 9},	  {"oct", 10},	{"ott", 10},  {"out", 10}, {"okt", 10}, {"nov", 11},
	{"dic", 12},  {"dez", 12},  {"dec", 12},  {"gen", 1},	{"jan", 1},   {"fev", 2},  {"mei", 5},	{"aug", 8},
};

bool scan_month(struct cur *c, int64_t *month)
{
	for (size_t i = 0; i < sizeof(months) / sizeof(*months); i++) {
		struct cur try = *c;
		if (!scan_lit(&try, months[i].name))
			continue;
		if (is_alpha(cur_peek(&try))) // "Sept", "juillet": the rest of the word
			continue;
		scan_char(&try, '.');
		*month = months[i].month;
		*c = try;
		return true;
	}
	return false;
}

/** Exactly @p n digits. */
static bool scan_fixed(struct cur *c, int n, int64_t *ret)
{
	if (cur_left(c) < (size_t)n)
		return false;
	int64_t value = 0;
	for (int i = 0; i < n; i++) {
		if (!is_digit((unsigned char)c->p[i]))
			return false;
		value = value * 10 + (c->p[i] - '0');
	}
	c->p += n;
	*ret = value;
	return true;
}

bool scan_clock(struct cur *c, struct date *ret)
{
	struct cur try = *c;
	struct date d = *ret;
	if (!scan_fixed(&try, 2, &d.hour) || !scan_char(&try, ':') || !scan_fixed(&try, 2, &d.minute) ||
	    !scan_char(&try, ':') || !scan_fixed(&try, 2, &d.second) || d.hour > 23 || d.minute > 59 || d.second > 60)
		return false;
	d.micro = OOM_ABSENT;
	struct cur fraction = try;
	if ((scan_char(&fraction, '.') || scan_char(&fraction, ',')) && is_digit(cur_peek(&fraction))) {
		int64_t digits = 0;
		d.micro = 0;
		for (; is_digit(cur_peek(&fraction)); fraction.p++, digits++) {
			if (digits < 6)
				d.micro = d.micro * 10 + (*fraction.p - '0');
		}
		for (; digits < 6; digits++)
			d.micro *= 10;
		try = fraction;
	}
	*ret = d;
	*c = try;
	return true;
}

/** "Z", "+08:00", "+0800", "+08"; none is fine. */
static void scan_zone(struct cur *c, struct date *d)
{
	struct cur try = *c;
	int64_t hour, minute = 0;
	d->zone[0] = '\0';
	if (scan_char(&try, 'Z')) {
		memcpy(d->zone, "Z", 2);
		*c = try;
		return;
	}
	char sign = cur_peek(&try) == '+' ? '+' : '-';
	if (!scan_char(&try, sign) || !scan_fixed(&try, 2, &hour) || hour > 15)
		return;
	struct cur rest = try;
	scan_char(&rest, ':');
	if (scan_fixed(&rest, 2, &minute) && minute < 60)
		try = rest;
	else
		minute = 0;
	char *z = d->zone; // "+08:00"
	*z++ = sign;
	*z++ = (char)('0' + hour / 10);
	*z++ = (char)('0' + hour % 10);
	*z++ = ':';
	*z++ = (char)('0' + minute / 10);
	*z++ = (char)('0' + minute % 10);
	*z = '\0';
	*c = try;
}

bool scan_iso(struct cur *c, struct date *ret)
{
	struct cur try = *c;
	struct date d = {.micro = OOM_ABSENT};
	if (!scan_fixed(&try, 4, &d.year) || !scan_char(&try, '-') || !scan_fixed(&try, 2, &d.month) ||
	    !scan_char(&try, '-') || !scan_fixed(&try, 2, &d.day) || (!scan_char(&try, 'T') && !scan_char(&try, ' ')) ||
	    !scan_clock(&try, &d))
		return false;
	scan_zone(&try, &d);
	*ret = d;
	*c = try;
	return true;
}

bool date_from_us(int64_t us, struct date *ret)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	if (!oom_known(us) || us < 0 || !gmtime_r(&seconds, &tm))
		return false;
	*ret = (struct date){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,   tm.tm_hour,
			     tm.tm_min,		tm.tm_sec,     us % 1000000, "Z"};
	return true;
}

int64_t date_seconds(const struct date *d)
{
	if (!oom_known(d->year) || d->year < 1970 || d->year > 9999 || d->month < 1 || d->month > 12 || d->day < 1 ||
	    d->day > 31)
		return OOM_ABSENT;
	// Days from 1 March of the year 0, which puts the leap day at the end of the year.
	int64_t y = d->year - (d->month <= 2), m = (d->month + 9) % 12;
	int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + d->day - 1 - 719468;
	return days * 86400 + d->hour * 3600 + d->minute * 60 + d->second;
}

void date_format(const struct date *d, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!oom_known(date_seconds(d)))
		return;
	int n = snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d", (int)d->year, (int)d->month, (int)d->day,
			 (int)d->hour, (int)d->minute, (int)d->second);
	if (n > 0 && (size_t)n < size && oom_known(d->micro))
		n += snprintf(buf + n, size - (size_t)n, ".%06d", (int)d->micro);
	if (n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, "%s", d->zone);
}
