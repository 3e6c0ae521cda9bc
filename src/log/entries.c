// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Entries of the journal as fields, one a line: `journalctl -o export` (blank line between entries; a field with
 * control characters as its name alone, 8 bytes of length, the value: systemd's Journal Export Formats) and
 * `-o verbose` (a headline with the date, fields indented, a value of several lines indented further).
 */
#include "log/assemble.h"
#include <stdlib.h>

enum { VALUE_MAX = LINE_MAX_BYTES };

struct entry_state {
	bool open, export;
	bool in_message;      // the last field was MESSAGE: lines without a key belong to it
	struct prefix prefix; // what the fields tell
	char host[256], tag[72];
	char *message;
	size_t len;
	int64_t line;
	unsigned char length[8]; // of a binary value, while it is read
	size_t have_length;
	uint64_t left; // bytes of the value still to come, its newline too
	bool binary, binary_is_message;
};

void entry_free(struct entry_state *e)
{
	if (!e)
		return;
	free(e->message);
	free(e);
}

static struct entry_state *entry_get(struct oom_log *log)
{
	struct entry_state *e = log->assemble->entry;
	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (e && !(e->message = malloc(VALUE_MAX))) {
		free(e);
		return NULL;
	}
	return log->assemble->entry = e;
}

static void entry_begin(struct entry_state *e, int64_t number)
{
	e->open = true;
	e->export = e->in_message = e->binary = false;
	e->len = 0;
	e->line = number;
	e->prefix = (struct prefix){
		.time_us = OOM_ABSENT, .wall_s = OOM_ABSENT, .caller = OOM_ABSENT, .level = OOM_ABSENT, .date = true};
	e->prefix.host = cur_of(e->host, 0);
	e->prefix.tag = cur_of(e->tag, 0);
}

static void add_message(struct entry_state *e, struct cur text)
{
	size_t room = VALUE_MAX - e->len;
	size_t len = cur_left(&text) < room ? cur_left(&text) : room;
	memcpy(e->message + e->len, text.p, len);
	e->len += len;
}

void entry_end(struct oom_log *log)
{
	struct entry_state *e = log->assemble->entry;
	if (!e || !e->open)
		return;
	e->open = false;
	if (e->len)
		assemble_inner(log, cur_of(e->message, e->len), e->line, &e->prefix);
	assemble_flush(log);
}

static struct cur keep_text(char *buf, size_t size, struct cur text)
{
	size_t len = cur_left(&text) < size ? cur_left(&text) : size;
	if (len)
		memcpy(buf, text.p, len);
	return cur_of(buf, len);
}

/** The clock, in microseconds since 1970. */
static void set_realtime(struct prefix *p, int64_t us)
{
	struct date d;
	if (!date_from_us(us, &d))
		return;
	p->wall_s = date_seconds(&d);
	date_format(&d, p->time, sizeof(p->time));
}

static void set_field(struct entry_state *e, struct cur key, struct cur value)
{
	struct prefix *p = &e->prefix;
	struct cur digits = value;
	int64_t number = OOM_ABSENT;
	scan_digits(&digits, &number);
	e->in_message = false;
	if (cur_is(&key, "MESSAGE")) {
		e->len = 0;
		e->in_message = true;
		add_message(e, value);
	} else if (cur_is(&key, "__REALTIME_TIMESTAMP")) {
		set_realtime(p, number);
	} else if (cur_is(&key, "_SOURCE_MONOTONIC_TIMESTAMP")) {
		p->time_us = number;
	} else if (cur_is(&key, "__MONOTONIC_TIMESTAMP")) {
		if (!oom_known(p->time_us))
			p->time_us = number;
	} else if (cur_is(&key, "_HOSTNAME")) {
		p->host = keep_text(e->host, sizeof(e->host), value);
	} else if (cur_is(&key, "SYSLOG_IDENTIFIER")) {
		p->tag = keep_text(e->tag, sizeof(e->tag), value);
	} else if (cur_is(&key, "PRIORITY")) {
		p->level = number;
	}
}

/** Splits "KEY=value"; a key is of capitals, digits and underscores. */
static bool scan_key(struct cur line, struct cur *key, struct cur *value)
{
	const char *p = line.p;
	while (p < line.end && ((*p >= 'A' && *p <= 'Z') || *p == '_' || is_digit((unsigned char)*p)))
		p++;
	*key = (struct cur){line.p, p};
	if (p - line.p < 4 || is_digit((unsigned char)*line.p))
		return false;
	*value = (struct cur){p < line.end ? p + 1 : p, line.end};
	return p == line.end || *p == '=';
}

/** Fields that prove an entry to be one; a log may hold other lines of the form "KEY=value". */
static bool is_journal_key(struct cur key)
{
	static const char *const keys[] = {"MESSAGE",
					   "__CURSOR",
					   "__REALTIME_TIMESTAMP",
					   "_BOOT_ID",
					   "_MACHINE_ID",
					   "_TRANSPORT",
					   "SYSLOG_IDENTIFIER",
					   "_HOSTNAME",
					   "SYSLOG_FACILITY",
					   "_SOURCE_MONOTONIC_TIMESTAMP",
					   "__MONOTONIC_TIMESTAMP",
					   NULL};
	for (size_t i = 0; keys[i]; i++) {
		if (cur_is(&key, keys[i]))
			return true;
	}
	return false;
}

/** "Sat 2021-09-11 15:22:46.123456 CST [s=…;i=…;b=…]": the headline of -o verbose. */
static bool verbose_head(struct oom_log *log, struct cur line, int64_t number)
{
	if (!is_alpha(cur_peek(&line)) || line.end[-1] != ']' || !cur_has(&line, "[s=") || !cur_has(&line, ";i="))
		return false;
	struct entry_state *e = entry_get(log);
	struct prefix p;
	prefix_parse(line, &p);
	if (!e || !p.date)
		return false;
	entry_end(log);
	entry_begin(e, number);
	e->prefix.wall_s = p.wall_s;
	memcpy(e->prefix.time, p.time, sizeof(p.time));
	return true;
}

bool entry_line(struct oom_log *log, struct cur line, int64_t number)
{
	struct entry_state *e = log->assemble->entry;
	struct cur key, value;
	bool open = e && e->open;
	if (verbose_head(log, line, number))
		return true;
	if (!scan_key(line, &key, &value)) {
		if (!open || !e->in_message)
			return false;
		add_message(e, cur_of("\n", 1));
		add_message(e, line);
		return true;
	}
	bool named = value.p > key.end;
	if (!open) {
		if (!named || !is_journal_key(key) || !(e = entry_get(log)))
			return false;
		assemble_flush(log);
		entry_begin(e, number);
	}
	if (cur_is(&key, "__CURSOR"))
		e->export = true;
	if (!named) {
		e->in_message = false;
		e->binary = e->export;
		e->binary_is_message = cur_is(&key, "MESSAGE");
		e->have_length = 0;
		return e->export;
	}
	set_field(e, key, value);
	return true;
}

bool entry_brace(struct oom_log *log)
{
	struct entry_state *e = log->assemble->entry;
	bool open = e && e->open;
	entry_end(log);
	return open;
}

bool entry_takes(struct oom_log *log, struct cur key)
{
	const struct entry_state *e = log->assemble->entry;
	struct cur name, none;
	return is_journal_key(key) || (e && e->open && scan_key(key, &name, &none) && name.end == key.end);
}

void entry_field(struct oom_log *log, struct cur key, struct cur value, int64_t number)
{
	struct entry_state *e = entry_get(log);
	if (!e)
		return;
	if (!e->open) {
		assemble_flush(log);
		entry_begin(e, number);
	}
	set_field(e, key, value);
	e->in_message = false;
}

size_t entry_wants(struct oom_log *log)
{
	const struct entry_state *e = log->assemble->entry;
	if (!e || !e->open || !e->binary)
		return 0;
	if (e->have_length < sizeof(e->length))
		return sizeof(e->length) - e->have_length;
	return e->left < SIZE_MAX ? (size_t)e->left : SIZE_MAX;
}

void entry_binary(struct oom_log *log, struct cur bytes)
{
	struct entry_state *e = log->assemble->entry;
	if (e->have_length < sizeof(e->length)) {
		memcpy(e->length + e->have_length, bytes.p, cur_left(&bytes));
		e->have_length += cur_left(&bytes);
		if (e->have_length < sizeof(e->length))
			return;
		e->left = 0;
		for (size_t i = sizeof(e->length); i-- > 0;)
			e->left = e->left << 8 | e->length[i];
		// A length that no field has: damage, or no binary value at all.
		e->binary = e->left <= 64 * 1024 * 1024;
		e->left++;
		if (e->binary_is_message)
			e->len = 0;
		return;
	}
	e->left -= cur_left(&bytes);
	if (!e->left)
		bytes.end--; // the newline behind the value
	if (e->binary_is_message)
		add_message(e, bytes);
	e->binary = e->left > 0;
}
