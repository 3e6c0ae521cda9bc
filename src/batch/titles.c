// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the titles of a group have in common: one of them alone may name a cgroup that the others know nothing
 * of. */
#include "batch/db.h"
#if OOM_WITH_SQLITE
#include <ctype.h>
#include <sqlite3.h>
#include <string.h>

struct titles {
	char *first;
	size_t len, head, tail; // bytes at the beginning and the end that all have so far
	bool differ, no_memory;
};

static void narrow(struct titles *t, const char *text, size_t len)
{
	size_t most = len < t->len ? len : t->len, head = 0, tail = 0;
	while (head < most && head < t->head && text[head] == t->first[head])
		head++;
	while (tail < most && tail < t->tail && text[len - 1 - tail] == t->first[t->len - 1 - tail])
		tail++;
	t->head = head;
	t->tail = tail;
	t->differ = true;
}

static void step(sqlite3_context *context, int n, sqlite3_value **values)
{
	struct titles *t = sqlite3_aggregate_context(context, sizeof(*t));
	const char *text = n ? (const char *)sqlite3_value_text(values[0]) : NULL;
	if (!t || !text)
		return;
	size_t len = strlen(text);
	if (!t->first) {
		t->first = sqlite3_mprintf("%s", text);
		t->len = t->head = t->tail = len;
		t->no_memory = !t->first;
	} else if (len != t->len || memcmp(text, t->first, len) != 0) {
		narrow(t, text, len);
	}
}

/** Bytes of characters beyond ASCII belong to words. */
static bool in_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '_';
}

static void finish(sqlite3_context *context)
{
	struct titles *t = sqlite3_aggregate_context(context, 0);
	if (!t || !t->first) {
		if (t && t->no_memory)
			sqlite3_result_error_nomem(context);
		return;
	}
	if (!t->differ) {
		sqlite3_result_text(context, t->first, (int)t->len, sqlite3_free);
		return;
	}
	// What both the beginning and the end claim belongs to the beginning.
	if (t->head + t->tail > t->len)
		t->tail = t->len - t->head;
	while (t->head && in_word(t->first[t->head - 1]))
		t->head--;
	while (t->tail && in_word(t->first[t->len - t->tail]))
		t->tail--;
	char *text = sqlite3_mprintf("%.*s…%s", (int)t->head, t->first, t->first + t->len - t->tail);
	sqlite3_free(t->first);
	if (text)
		sqlite3_result_text(context, text, -1, sqlite3_free);
	else
		sqlite3_result_error_nomem(context);
}

bool batch_add_functions(struct sqlite3 *sql)
{
	return sqlite3_create_function_v2(sql, "common_title", 1, SQLITE_UTF8, NULL, NULL, step, finish, NULL) ==
	       SQLITE_OK;
}

#endif
