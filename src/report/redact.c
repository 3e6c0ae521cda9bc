// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The redactor: its key, its tokens, and the map of what they stand for.
 *
 * A token of a name is made of the key, the class and the name alone. So it needs no order, and workers or machines
 * that share the key agree without talking. Of the hash 32 bits are shown: that two of a thousand names get the same
 * token happens to one report in nine thousand.
 */
#include "report/redact.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

enum { KEY_MIN = 16, KEY_MAX = 4096, NAME_MAX_BYTES = 1 << 16 };

static const struct {
	const char *prefix;
	unsigned what;
	bool folds; // upper and lower case are one
} CLASSES[RD_NR] = {
	[RD_HOST] = {"host", OOM_REDACT_HOSTS, true},	    [RD_IP] = {"ip", OOM_REDACT_ADDRESSES, true},
	[RD_MAC] = {"mac", OOM_REDACT_ADDRESSES, true},	    [RD_USER] = {"user", OOM_REDACT_USERS, false},
	[RD_VALUE] = {"value", OOM_REDACT_CMDLINES, false}, [RD_PATH] = {"path", OOM_REDACT_PATHS, false},
	[RD_CGROUP] = {"cg", OOM_REDACT_CGROUPS, false},    [RD_ID] = {"id", OOM_REDACT_CGROUPS, true},
};

struct entry {
	const char *name, *token;
	size_t name_len, token_len;
	enum rd_class class;
	struct entry *next;
};

enum { BUCKETS = 4096 };

struct oom_redactor {
	struct oom_arena *arena;
	struct rd_words *words;
	unsigned what;
	bool keep_length;
	uint8_t key[16];
	struct entry *map[BUCKETS];
};

void rd_put(struct rd_out *out, const char *text, size_t len)
{
	if (out->failed || !len)
		return;
	if (len > SIZE_MAX / 4 - out->n) {
		out->failed = true;
		return;
	}
	if (out->n + len + 1 > out->cap) {
		size_t cap = (out->n + len + 1) * 2;
		char *more = realloc(out->v, cap);
		if (!more) {
			out->failed = true;
			return;
		}
		out->v = more;
		out->cap = cap;
	}
	memcpy(out->v + out->n, text, len);
	out->n += len;
	out->v[out->n] = '\0';
}

unsigned oom_redact_what(const char *name, size_t len)
{
	static const struct {
		const char *name;
		unsigned what;
	} names[] = {{"hosts", OOM_REDACT_HOSTS}, {"addresses", OOM_REDACT_ADDRESSES},
		     {"users", OOM_REDACT_USERS}, {"cmdlines", OOM_REDACT_CMDLINES},
		     {"paths", OOM_REDACT_PATHS}, {"cgroups", OOM_REDACT_CGROUPS},
		     {"all", OOM_REDACT_ALL}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
			return names[i].what;
	return 0;
}

/** The key of a file's first bytes: both halves are hashes of all of them, under keys that differ in one bit. */
static enum oom_status read_key(struct oom_redactor *r, const char *path, struct oom_error *err)
{
	uint8_t bytes[KEY_MAX], fixed[16] = "oomortem redact";
	FILE *in = fopen(path, "re");
	if (!in)
		return oom_fail(err, OOM_EOPEN, "%s: cannot be opened: %s", path, strerror(errno));
	size_t n = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	if (n < KEY_MIN)
		return oom_fail(err, OOM_EINVAL, "%s: a key needs at least %d bytes", path, KEY_MIN);
	for (size_t half = 0; half < 2; half++) {
		fixed[15] = (uint8_t)half;
		uint64_t value = rd_siphash(fixed, bytes, n);
		memcpy(r->key + 8 * half, &value, 8);
	}
	return OOM_OK;
}

enum oom_status oom_redactor_new(unsigned what, const char *key_file, struct oom_redactor **ret, struct oom_error *err)
{
	struct oom_redactor *r = calloc(1, sizeof(*r));
	if (!r)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	r->what = what ? what : OOM_REDACT_ALL;
	r->arena = oom_arena_new();
	r->words = rd_words_new();
	enum oom_status status = OOM_OK;
	if (!r->arena || !r->words)
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	else if (key_file)
		status = read_key(r, key_file, err);
	else if (getrandom(r->key, sizeof(r->key), 0) != (ssize_t)sizeof(r->key))
		status = oom_fail(err, OOM_EREAD, "no random key from the system: %s", strerror(errno));
	if (status == OOM_OK)
		*ret = r;
	else
		oom_redactor_free(r);
	return status;
}

void oom_redactor_free(struct oom_redactor *r)
{
	if (!r)
		return;
	rd_words_free(r->words);
	oom_arena_free(r->arena);
	explicit_bzero(r->key, sizeof(r->key));
	free(r);
}

void oom_redactor_keep_length(struct oom_redactor *r, bool on)
{
	r->keep_length = on;
}

struct rd_words *rd_words_of(struct oom_redactor *r)
{
	return r->words;
}

bool rd_wants(const struct oom_redactor *r, enum rd_class class)
{
	return r->what & CLASSES[class].what;
}

/** The token's text to @p buf: "host-" and 8 hexadecimal digits, or as long as the name is. */
static size_t spell(const struct oom_redactor *r, enum rd_class class, uint64_t hash, size_t len, char *buf,
		    size_t size)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz234567";
	const char *prefix = CLASSES[class].prefix;
	if (!r->keep_length)
		return (size_t)snprintf(buf, size, "%s-%08x", prefix, (unsigned)(hash ^ hash >> 32));
	size_t n = 0;
	if (len >= strlen(prefix) + 1 + 4)
		n = (size_t)snprintf(buf, size, "%s-", prefix);
	for (size_t i = 0; n < len && n < size - 1; i++) {
		if (i && i % 12 == 0) // 60 bits of letters are used up
			hash = rd_siphash(r->key, &hash, sizeof(hash));
		buf[n] = LETTERS[(hash >> (5 * (i % 12))) & (n ? 31 : 15)];
		n++;
	}
	return n;
}

static struct entry *new_entry(struct oom_redactor *r, enum rd_class class, const char *name, size_t len, uint64_t hash)
{
	char *token = oom_alloc(r->arena, len + 32);
	struct entry *e = oom_alloc(r->arena, sizeof(*e));
	if (!token || !e)
		return NULL;
	e->class = class;
	e->name = oom_strndup(r->arena, name, len);
	e->name_len = len;
	e->token_len = spell(r, class, hash, len, token, len + 32);
	e->token = token;
	return e->name ? e : NULL;
}

void rd_token(struct oom_redactor *r, enum rd_class class, const char *text, size_t len, struct rd_out *out)
{
	if (!rd_wants(r, class) || !len) {
		rd_put(out, text, len);
		return;
	}
	char *name = len < NAME_MAX_BYTES ? malloc(len + 1) : NULL;
	if (!name) {
		out->failed = true;
		return;
	}
	name[0] = (char)class;
	for (size_t i = 0; i < len; i++)
		name[i + 1] =
			CLASSES[class].folds && text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
	uint64_t hash = rd_siphash(r->key, name, len + 1);
	struct entry **at = &r->map[hash % BUCKETS], *e = *at;
	while (e && (e->class != class || e->name_len != len || memcmp(e->name, name + 1, len) != 0 ||
		     (r->keep_length && e->token_len != len)))
		e = e->next;
	if (!e && (e = new_entry(r, class, name + 1, len, hash))) {
		e->next = *at;
		*at = e;
	}
	free(name);
	if (e)
		rd_put(out, e->token, e->token_len);
	else
		out->failed = true;
}

char *oom_redact_text(struct oom_redactor *r, const char *text, size_t len, size_t *ret_len)
{
	struct rd_out out = {0};
	rd_text(r, text, len, &out);
	if (!out.v && !out.failed)
		out.v = calloc(1, 1);
	if (out.failed) {
		free(out.v);
		return NULL;
	}
	if (ret_len)
		*ret_len = out.n;
	return out.v;
}

static void write_words(struct oom_redactor *r, enum oom_words what, const char *text, size_t len, struct rd_out *out)
{
	switch (what) {
	case OOM_WORDS_KEEP:
		rd_put(out, text, len);
		break;
	case OOM_WORDS_LOG:
		rd_text(r, text, len, out);
		break;
	case OOM_WORDS_HOST:
		if (rd_is_public_host(text, len))
			rd_put(out, text, len);
		else
			rd_token(r, RD_HOST, text, len, out);
		break;
	case OOM_WORDS_PARAMETERS:
		rd_kernel_cmdline(r, text, len, out);
		break;
	case OOM_WORDS_CGROUP:
		rd_cgroup(r, text, len, out);
		break;
	case OOM_WORDS_PATH:
		rd_path(r, text, len, out);
		break;
	case OOM_WORDS_SLAB:
		rd_slab(r, text, len, out);
		break;
	}
}

bool oom_redact_words(struct oom_redactor *r, enum oom_words what, char *text, size_t len)
{
	struct rd_out out = {0};
	bool before = r->keep_length;
	r->keep_length = true;
	write_words(r, what, text, len, &out);
	r->keep_length = before;
	bool fits = !out.failed && out.n == len;
	if (fits && out.v) // NULL for no words at all
		memcpy(text, out.v, len);
	free(out.v);
	return fits;
}

char *oom_redact_path(struct oom_redactor *r, const char *path)
{
	struct rd_out out = {0};
	rd_path(r, path, strlen(path), &out);
	if (!out.v && !out.failed)
		out.v = calloc(1, 1);
	if (out.failed) {
		free(out.v);
		return NULL;
	}
	return out.v;
}

static int by_token(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	int order = strcmp((*x)->token, (*y)->token);
	return order ? order : strcmp((*x)->name, (*y)->name);
}

static void write_entry(const struct entry *e, FILE *out)
{
	fprintf(out, "%s\t", e->token);
	for (size_t i = 0; i < e->name_len; i++) {
		unsigned char byte = (unsigned char)e->name[i];
		if (byte < ' ' || byte == 0x7f || byte == '\\')
			fprintf(out, "\\x%02x", byte);
		else
			fputc(byte, out);
	}
	fputc('\n', out);
}

enum oom_status oom_redact_write_map(const struct oom_redactor *r, FILE *out, struct oom_error *err)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct entry *e = r->map[i]; e; e = e->next)
			n++;
	const struct entry **all = calloc(n ? n : 1, sizeof(*all));
	if (!all)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct entry *e = r->map[i]; e; e = e->next)
			all[at++] = e;
	qsort(all, n, sizeof(*all), by_token);
	for (size_t i = 0; i < n; i++)
		write_entry(all[i], out);
	free(all);
	if (fflush(out) != 0 || ferror(out))
		return oom_fail(err, OOM_EWRITE, "cannot be written: %s", strerror(errno));
	return OOM_OK;
}
