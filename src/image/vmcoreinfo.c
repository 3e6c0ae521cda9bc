// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * VMCOREINFO: the lines KEY=value that a kernel leaves for its dump (kernel/crash_core.c, kernel/vmcore_info.c),
 * sorted by key for look-up.
 */
#include "image/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	const char *key, *value;
};

struct oom_vmcoreinfo {
	struct entry *v;
	size_t n;
};

enum { MAX_LINES = 4096 };

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/** Cuts the copy of the text into entries; a line without '=' is passed over. */
static void split(struct oom_vmcoreinfo *info, char *text)
{
	for (char *line = text; line && info->n < MAX_LINES;) {
		char *next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		char *equals = strchr(line, '=');
		if (equals) {
			*equals = '\0';
			info->v[info->n++] = (struct entry){line, equals + 1};
		}
		line = next;
	}
}

struct oom_vmcoreinfo *oom_vmcoreinfo_new(struct oom_arena *arena, const char *text, size_t len)
{
	size_t lines = 1;
	for (size_t i = 0; i < len && text[i]; i++)
		lines += text[i] == '\n';
	if (lines > MAX_LINES)
		lines = MAX_LINES;
	struct oom_vmcoreinfo *info = oom_alloc(arena, sizeof(*info));
	char *copy = oom_strndup(arena, text, strnlen(text, len));
	if (!info || !copy || !(info->v = oom_alloc(arena, lines * sizeof(*info->v))))
		return NULL;
	split(info, copy);
	qsort(info->v, info->n, sizeof(*info->v), by_key);
	return info;
}

const char *oom_vmcoreinfo_get(const struct oom_vmcoreinfo *info, const char *key)
{
	if (!info)
		return NULL;
	const struct entry wanted = {key, NULL};
	const struct entry *found = bsearch(&wanted, info->v, info->n, sizeof(*info->v), by_key);
	return found ? found->value : NULL;
}

bool oom_vmcoreinfo_number(const struct oom_vmcoreinfo *info, const char *kind, const char *name, int64_t *ret)
{
	char key[160];
	if (snprintf(key, sizeof(key), "%s(%s)", kind, name) >= (int)sizeof(key))
		return false;
	const char *value = oom_vmcoreinfo_get(info, key);
	if (!value || !*value)
		return false;
	// A symbol's address is hexadecimal without 0x; a number may be 0x…, or unsigned beyond LLONG_MAX.
	char *end;
	bool hex = strcmp(kind, "SYMBOL") == 0;
	*ret = value[0] == '-' ? strtoll(value, &end, 0) : (int64_t)strtoull(value, &end, hex ? 16 : 0);
	return *end == '\0';
}

size_t oom_vmcoreinfo_entry(const struct oom_vmcoreinfo *info, size_t i, const char **key, const char **value)
{
	if (info && i < info->n) {
		*key = info->v[i].key;
		*value = info->v[i].value;
	}
	return info ? info->n : 0;
}

void oom_vmcoreinfo_forget(struct oom_vmcoreinfo *info, size_t i)
{
	memmove(info->v + i, info->v + i + 1, (info->n - i - 1) * sizeof(*info->v));
	info->n--;
}
