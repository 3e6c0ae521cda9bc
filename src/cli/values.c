// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Values of options: numbers, sizes, times. */
#include "cli/cli.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool cli_number(const char *text, int64_t least, int64_t most, int64_t *ret)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < least || value > most)
		return false;
	*ret = value;
	return true;
}

/** A number and one of @p units behind it, or nothing: @p factors[i] belongs to units[i]. */
static bool number_with_unit(const char *text, const char *units, const int64_t *factors, int64_t *ret)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == text || value < 0 || (*end && (!unit || end[1])))
		return false;
	return !__builtin_mul_overflow((int64_t)value, unit ? factors[unit - units] : 1, ret);
}

bool cli_size(const char *text, int64_t *bytes)
{
	static const int64_t factors[] = {1 << 10, 1 << 10, 1 << 20, 1 << 20, 1 << 30, 1 << 30, INT64_C(1) << 40};
	return number_with_unit(text, "KkMmGgT", factors, bytes);
}

bool cli_duration(const char *text, int64_t *seconds)
{
	static const int64_t factors[] = {1, 60, 3600, 24 * 3600, 7 * 24 * 3600};
	return number_with_unit(text, "smhdw", factors, seconds);
}

/** "Z", "+02:00" or nothing (local time). */
static bool add_zone(struct tm *tm, const char *zone, int64_t *epoch)
{
	int hours, minutes, used = 0;
	char sign[2];
	if (!*zone) {
		tm->tm_isdst = -1;
		*epoch = (int64_t)mktime(tm);
		return *epoch != -1;
	}
	*epoch = (int64_t)timegm(tm);
	if (strcmp(zone, "Z") == 0)
		return true;
	if (sscanf(zone, "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &used) != 3 || zone[used])
		return false;
	*epoch -= (*sign == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
	return true;
}

bool cli_moment(const char *text, int64_t *epoch)
{
	static const char *const shapes[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
					     "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	int64_t ago;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct tm tm = {0};
		const char *rest = strptime(text, shapes[i], &tm);
		if (rest && add_zone(&tm, rest, epoch))
			return true;
	}
	// A bare number could be anything.
	if (!*text || strspn(text, "0123456789") == strlen(text) || !cli_duration(text, &ago))
		return false;
	*epoch = (int64_t)time(NULL) - ago;
	return true;
}

bool cli_shard(const char *text, int64_t *shard, int64_t *shards)
{
	char first[24];
	size_t len = strcspn(text, "/");
	if (!text[len] || len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	return cli_number(text + len + 1, 1, 1000000, shards) && cli_number(first, 1, *shards, shard);
}
