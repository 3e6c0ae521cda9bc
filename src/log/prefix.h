// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The prefix of a log line, each line on its own: a file may change its style from line to line.
 */
#ifndef OOM_LOG_PREFIX_H
#define OOM_LOG_PREFIX_H

#include "log/scan.h"

struct prefix {
	bool stamp;	 // it has the time since boot: "[   49.921978]", kmsg
	bool date;	 // it has a date of any kind
	bool level_only; // nothing but "<4>"
	bool cri_part;	 // Kubernetes' "P": the line goes on in the next one
	struct cur cri;	 // what the container wrote, empty for other lines
	int64_t time_us, caller, level;
	int64_t wall_s;	      // seconds since 1970; of 1972 where the year is missing
	char time[48];	      // RFC 3339, "" if there is none or its year is missing
	char stamp_text[32];  // a date without year, as it stands
	struct cur host, tag; // empty: none
	struct cur full;      // from the tag on
	struct cur text;      // behind everything
};

/** Reads the prefix of @p line. Without one, text is the whole line. */
void prefix_parse(struct cur line, struct prefix *ret);
/** First "[ 1234.567890]" behind the start of @p line, NULL: none. */
const char *prefix_inner_stamp(struct cur line);

/* date.c */

/** A moment of the clock as read; absent parts are OOM_ABSENT. */
struct date {
	int64_t year, month, day, hour, minute, second, micro;
	char zone[8]; // "Z", "+08:00", "" if not known
};

/** "Sep 11", also in some other languages' names ("Okt", "févr."); moves behind it. */
bool scan_month(struct cur *c, int64_t *month);
/** "15:22:46", "15:22:46.123456", "15:22:46,123456". */
bool scan_clock(struct cur *c, struct date *ret);
/** "2021-09-11T15:22:46.123456+08:00", with a blank for the T, with +0800 or no zone. */
bool scan_iso(struct cur *c, struct date *ret);
/** The UTC date of @p us microseconds since 1970; false for what no clock shows. */
bool date_from_us(int64_t us, struct date *ret);
/** Seconds since 1970 as if the zone were UTC; OOM_ABSENT without a year or where the date is impossible. */
int64_t date_seconds(const struct date *d);
/** RFC 3339 of a date with a year to @p buf; "" otherwise. */
void date_format(const struct date *d, char *buf, size_t size);

#endif
