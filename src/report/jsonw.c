// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The JSON writer of jsonw.h. RFC 8259. */
#include "report/jsonw.h"
#include "report/escape.h"
#include <inttypes.h>
#include <string.h>

/* --- bytes ------------------------------------------------------- */

static void drain(struct jsonw *w)
{
	// A stream that fails remembers it (ferror): jw_end() asks.
	fwrite(w->buf, 1, w->n, w->out);
	w->n = 0;
}

static void put(struct jsonw *w, const char *text, size_t len)
{
	if (len > sizeof(w->buf) - w->n)
		drain(w);
	if (len > sizeof(w->buf)) {
		fwrite(text, 1, len, w->out);
		return;
	}
	memcpy(w->buf + w->n, text, len);
	w->n += len;
}

static void put_char(struct jsonw *w, char c)
{
	if (w->n == sizeof(w->buf))
		drain(w);
	w->buf[w->n++] = c;
}

/** A byte that JSON or the contract does not allow, as it shall read: a backslash, x, two digits. */
static void put_byte(struct jsonw *w, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = {'\\', '\\', 'x', digits[byte >> 4], digits[byte & 15]};
	put(w, text, sizeof(text));
}

/** What needs care at @p at; its bytes. */
static size_t put_special(struct jsonw *w, const char *at, size_t len)
{
	uint32_t code;
	if (*at == '"') {
		put(w, "\\\"", 2);
		return 1;
	}
	if (*at == '\\') {
		if (w->strings == JW_CASE)
			put_byte(w, '\\');
		else
			put(w, "\\\\", 2);
		return 1;
	}
	size_t n = rp_utf8(at, len, &code);
	if (n && !rp_is_control(code)) {
		put(w, at, n);
		return n;
	}
	for (size_t i = 0; i < (n ? n : 1); i++)
		put_byte(w, (unsigned char)at[i]);
	return n ? n : 1;
}

static void put_string(struct jsonw *w, const char *text)
{
	size_t len = strlen(text), plain = 0;
	put_char(w, '"');
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		put(w, text + plain, i - plain);
		i += put_special(w, text + i, len - i);
		plain = i;
	}
	put(w, text + plain, len - plain);
	put_char(w, '"');
}

/* --- layout ------------------------------------------------------ */

static bool is_flat(const struct jsonw *w)
{
	return w->flat_from && w->depth >= w->flat_from;
}

/** A comma where one is due, and a new line with one space per level unless this part is flat. */
static void separate(struct jsonw *w)
{
	if (w->comma)
		put_char(w, ',');
	if (is_flat(w)) {
		if (w->comma)
			put_char(w, ' ');
		return;
	}
	if (w->depth) {
		put_char(w, '\n');
		for (unsigned int i = 0; i < w->depth; i++)
			put_char(w, ' ');
	}
}

static void begin(struct jsonw *w, const char *key)
{
	separate(w);
	if (key) {
		put_string(w, key);
		put(w, ": ", 2);
	}
	w->comma = true;
}

void jw_init(struct jsonw *w, FILE *out, bool flat, enum jw_strings strings)
{
	w->out = out;
	w->strings = strings;
	w->n = 0;
	w->depth = 0;
	w->flat_from = flat ? 1 : 0;
	w->comma = false;
}

void jw_open(struct jsonw *w, const char *key, char bracket, bool flat)
{
	begin(w, key);
	put_char(w, bracket);
	if (w->depth < JW_MAX_DEPTH)
		w->closing[w->depth] = bracket == '{' ? '}' : ']';
	w->depth++;
	w->comma = false;
	if (flat && !w->flat_from)
		w->flat_from = w->depth;
}

void jw_close(struct jsonw *w)
{
	bool flat = is_flat(w), empty = !w->comma;
	if (!w->depth)
		return;
	w->depth--;
	if (w->depth < w->flat_from && w->flat_from != 1)
		w->flat_from = 0;
	w->comma = false;
	if (!flat && !empty) {
		put_char(w, '\n');
		for (unsigned int i = 0; i < w->depth; i++)
			put_char(w, ' ');
	}
	put_char(w, w->depth < JW_MAX_DEPTH ? w->closing[w->depth] : '}');
	w->comma = true;
}

bool jw_end(struct jsonw *w)
{
	put_char(w, '\n');
	drain(w);
	return !ferror(w->out);
}

/* --- values ------------------------------------------------------ */

void jw_null(struct jsonw *w, const char *key)
{
	begin(w, key);
	put(w, "null", 4);
}

void jw_bool(struct jsonw *w, const char *key, bool value)
{
	begin(w, key);
	put(w, value ? "true" : "false", value ? 4 : 5);
}

void jw_tri(struct jsonw *w, const char *key, oom_tri value)
{
	if (value == OOM_MAYBE)
		jw_null(w, key);
	else
		jw_bool(w, key, value == OOM_YES);
}

/** Decimal digits without snprintf: a report of 2,000 tasks has 50,000 numbers. */
static void put_uint(struct jsonw *w, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);
	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(w, text + at, sizeof(text) - at);
}

void jw_int(struct jsonw *w, const char *key, int64_t value)
{
	if (!oom_known(value)) {
		jw_null(w, key);
		return;
	}
	begin(w, key);
	if (value < 0)
		put_char(w, '-');
	put_uint(w, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void jw_hex(struct jsonw *w, const char *key, int64_t value)
{
	char text[24];
	if (!oom_known(value)) {
		jw_null(w, key);
		return;
	}
	int len = snprintf(text, sizeof(text), "\"0x%" PRIx64 "\"", (uint64_t)value);
	begin(w, key);
	put(w, text, (size_t)len);
}

void jw_millionths(struct jsonw *w, const char *key, int64_t value)
{
	char text[32];
	if (!oom_known(value)) {
		jw_null(w, key);
		return;
	}
	uint64_t all = value < 0 ? -(uint64_t)value : (uint64_t)value;
	int len = snprintf(text, sizeof(text), "%s%" PRIu64 ".%06" PRIu64, value < 0 ? "-" : "", all / 1000000,
			   all % 1000000);
	while (text[len - 1] == '0')
		len--;
	begin(w, key);
	put(w, text, (size_t)(text[len - 1] == '.' ? len - 1 : len));
}

void jw_str(struct jsonw *w, const char *key, const char *value)
{
	if (!value) {
		jw_null(w, key);
		return;
	}
	begin(w, key);
	put_string(w, value);
}

void jw_strings(struct jsonw *w, const char *key, const struct oom_strings *list, bool flat)
{
	if (!list->known) {
		jw_null(w, key);
		return;
	}
	jw_open(w, key, '[', flat);
	for (size_t i = 0; i < list->n; i++)
		jw_str(w, NULL, list->v[i]);
	jw_close(w);
}

void jw_ints(struct jsonw *w, const char *key, const struct oom_ints *list)
{
	if (!list->known) {
		jw_null(w, key);
		return;
	}
	jw_open(w, key, '[', true);
	for (size_t i = 0; i < list->n; i++)
		jw_int(w, NULL, list->v[i]);
	jw_close(w);
}
