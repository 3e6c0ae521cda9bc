// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Logs as JSON: `journalctl -o json`, Docker's json-file, Kubernetes events, cloud exports. One object a line, or one
 * printed over many lines. No tree is built: the line is walked once, strings under the few keys that matter are kept,
 * at whatever depth they stand. A line that breaks off gives what it has.
 */
#include "log/assemble.h"
#include <stdlib.h>

/** What a JSON string or number stands for. */
enum role { ROLE_NONE, ROLE_MESSAGE, ROLE_TIME, ROLE_REALTIME, ROLE_MONOTONIC, ROLE_HOST, ROLE_TAG };

static const struct {
	const char *key;
	enum role role;
} roles[] = {
	{"MESSAGE", ROLE_MESSAGE},
	{"message", ROLE_MESSAGE},
	{"log", ROLE_MESSAGE},
	{"msg", ROLE_MESSAGE},
	{"textPayload", ROLE_MESSAGE},
	{"time", ROLE_TIME},
	{"timestamp", ROLE_TIME},
	{"@timestamp", ROLE_TIME},
	{"ts", ROLE_TIME},
	{"firstTimestamp", ROLE_TIME},
	{"__REALTIME_TIMESTAMP", ROLE_REALTIME},
	{"_SOURCE_MONOTONIC_TIMESTAMP", ROLE_MONOTONIC},
	{"_HOSTNAME", ROLE_HOST},
	{"hostname", ROLE_HOST},
	{"SYSLOG_IDENTIFIER", ROLE_TAG},
};

/** The values of one line. All texts are in buf. */
struct object {
	char *buf;
	size_t len, cap;
	struct cur message, host, tag, time, realtime, monotonic;
};

static enum role role_of(struct cur key)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (cur_is(&key, roles[i].key))
			return roles[i].role;
	}
	return ROLE_NONE;
}

static void put(struct object *o, unsigned ch)
{
	if (o->len < o->cap)
		o->buf[o->len++] = (char)ch;
}

static void put_utf8(struct object *o, unsigned ch)
{
	if (ch < 0x80) {
		put(o, ch);
	} else if (ch < 0x800) {
		put(o, 0xc0 | ch >> 6);
		put(o, 0x80 | (ch & 0x3f));
	} else {
		put(o, 0xe0 | ch >> 12);
		put(o, 0x80 | (ch >> 6 & 0x3f));
		put(o, 0x80 | (ch & 0x3f));
	}
}

static unsigned hex4(struct cur *c)
{
	unsigned value = 0;
	for (int i = 0; i < 4 && c->p < c->end; i++, c->p++) {
		int ch = (unsigned char)*c->p, digit = is_digit(ch) ? ch - '0' : (ch | 0x20) - 'a' + 10;
		if (digit < 0 || digit > 15)
			break;
		value = value << 4 | (unsigned)digit;
	}
	return value;
}

/** A JSON string at its opening quote, decoded into @p o; also where its closing quote is missing. */
static bool scan_string(struct cur *c, struct object *o, struct cur *ret)
{
	static const char escapes[] = "nrtbf", bytes[] = "\n\r\t\b\f";
	size_t from = o->len;
	if (!scan_char(c, '"'))
		return false;
	while (c->p < c->end && *c->p != '"') {
		int ch = (unsigned char)*c->p++;
		if (ch != '\\' || c->p == c->end) {
			put(o, (unsigned)ch);
			continue;
		}
		ch = (unsigned char)*c->p++;
		const char *known = ch ? strchr(escapes, ch) : NULL;
		if (ch == 'u')
			put_utf8(o, hex4(c));
		else
			put(o, known ? (unsigned char)bytes[known - escapes] : (unsigned)ch);
	}
	scan_char(c, '"');
	*ret = cur_of(o->buf + from, o->len - from);
	return true;
}

/** journalctl writes a message that is not UTF-8 as an array of bytes. */
static bool scan_bytes(struct cur *c, struct object *o, struct cur *ret)
{
	size_t from = o->len;
	int64_t byte;
	if (!scan_char(c, '['))
		return false;
	do {
		scan_blanks(c);
		if (!scan_digits(c, &byte) || byte < 0 || byte > 255)
			break;
		put(o, (unsigned)byte);
		scan_blanks(c);
	} while (scan_char(c, ','));
	*ret = cur_of(o->buf + from, o->len - from);
	return o->len > from;
}

/** A value without quotes: number, true, null. */
static void scan_bare(struct cur *c, struct object *o, struct cur *ret)
{
	size_t from = o->len;
	for (int ch; (ch = cur_peek(c)) >= 0 && (is_word(ch) || ch == '.' || ch == '-' || ch == '+'); c->p++)
		put(o, (unsigned)ch);
	*ret = cur_of(o->buf + from, o->len - from);
}

static void keep_value(struct object *o, enum role role, struct cur value)
{
	struct cur *to = role == ROLE_MESSAGE	  ? &o->message
			 : role == ROLE_TIME	  ? &o->time
			 : role == ROLE_REALTIME  ? &o->realtime
			 : role == ROLE_MONOTONIC ? &o->monotonic
			 : role == ROLE_HOST	  ? &o->host
			 : role == ROLE_TAG	  ? &o->tag
						  : NULL;
	if (to && to->p == to->end)
		*to = value;
}

static void walk(struct cur c, struct object *o)
{
	struct cur key, value;
	while (c.p < c.end) {
		if (*c.p != '"') {
			c.p++;
			continue;
		}
		size_t mark = o->len;
		scan_string(&c, o, &key);
		struct cur behind = c;
		scan_blanks(&behind);
		if (!scan_char(&behind, ':')) {
			o->len = mark;
			continue;
		}
		scan_blanks(&behind);
		enum role role = role_of(key);
		o->len = mark;
		c = behind;
		if (role == ROLE_NONE)
			continue;
		if (!scan_string(&c, o, &value) && !scan_bytes(&c, o, &value))
			scan_bare(&c, o, &value);
		keep_value(o, role, value);
	}
}

static void set_time(struct prefix *p, const struct object *o)
{
	struct cur iso = o->time, realtime = o->realtime, monotonic = o->monotonic;
	struct date d;
	int64_t us;
	if (scan_iso(&iso, &d) || (scan_digits(&realtime, &us) && date_from_us(us, &d))) {
		p->wall_s = date_seconds(&d);
		date_format(&d, p->time, sizeof(p->time));
	}
	scan_digits(&monotonic, &p->time_us);
}

/**
 * `journalctl -o json-pretty`: an entry's fields as `"KEY" : "value",`, one a line between braces of their own. They go
 * the way of those of -o export.
 */
static bool pretty_line(struct oom_log *log, struct cur line, int64_t number)
{
	struct cur c = cur_trim(line), key, value;
	if (cur_is(&c, "{") || cur_is(&c, "}"))
		return entry_brace(log);
	const char *quote = c.p + 1 < c.end && *c.p == '"' ? memchr(c.p + 1, '"', cur_left(&c) - 1) : NULL;
	if (!quote || quote + 1 == c.end)
		return false;
	key = (struct cur){c.p + 1, quote};
	c.p = quote + 1;
	scan_blanks(&c);
	if (!entry_takes(log, key) || !scan_char(&c, ':'))
		return false;
	scan_blanks(&c);
	size_t cap = cur_left(&c) + 8;
	struct object o = {.buf = malloc(cap), .cap = cap};
	if (!o.buf)
		return true;
	if (!scan_string(&c, &o, &value) && !scan_bytes(&c, &o, &value))
		scan_bare(&c, &o, &value);
	entry_field(log, key, value, number);
	free(o.buf);
	return true;
}

/** Is this the start of an object, or a line `"message": "…"` of one that is printed over many lines? */
static bool is_json(struct cur line)
{
	struct cur c = line;
	if (*c.p == '{')
		return cur_has(&c, "\"");
	if (!scan_char(&c, '"'))
		return false;
	const char *quote = memchr(c.p, '"', cur_left(&c) < 32 ? cur_left(&c) : 32);
	if (!quote || role_of((struct cur){c.p, quote}) != ROLE_MESSAGE)
		return false;
	c.p = quote + 1;
	scan_blanks(&c);
	return scan_char(&c, ':');
}

bool json_line(struct oom_log *log, struct cur line, int64_t number)
{
	if (pretty_line(log, line, number))
		return true;
	scan_lit(&line, "data: "); // -o json-sse
	if (line.p == line.end || !is_json(line))
		return false;
	size_t cap = cur_left(&line) + 8;
	struct object o = {.buf = malloc(cap), .cap = cap};
	if (!o.buf)
		return true;
	o.message = o.host = o.tag = o.time = o.realtime = o.monotonic = cur_of(o.buf, 0);
	walk(line, &o);
	if (o.message.p < o.message.end) {
		struct prefix p = {.time_us = OOM_ABSENT,
				   .wall_s = OOM_ABSENT,
				   .caller = OOM_ABSENT,
				   .level = OOM_ABSENT,
				   .host = o.host,
				   .tag = o.tag};
		set_time(&p, &o);
		assemble_inner(log, o.message, number, &p);
		assemble_flush(log);
	}
	free(o.buf);
	return true;
}
