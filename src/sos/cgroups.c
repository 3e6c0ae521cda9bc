// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Memory cgroups at collection: the files of sys/fs/cgroup, of v1 (below memory/) and v2. Source:
 * Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
 */
#include "sos/internal.h"
#include <stdlib.h>

#define TO(member) offsetof(struct oom_memcg, member)
static const struct {
	const char *name;
	int version;
	size_t offset;
	bool bytes;
} files[] = {
	{"/memory.current", 2, TO(usage_kb), true},	      {"/memory.max", 2, TO(limit_kb), true},
	{"/memory.swap.current", 2, TO(swap_usage_kb), true}, {"/memory.swap.max", 2, TO(swap_limit_kb), true},
	{"/memory.usage_in_bytes", 1, TO(usage_kb), true},    {"/memory.limit_in_bytes", 1, TO(limit_kb), true},
	{"/memory.failcnt", 1, TO(failcnt), false},
};

/** PAGE_COUNTER_MAX in bytes, rounded down to pages of whatever size: no limit. */
static const int64_t NO_LIMIT = INT64_MAX - 0xffff;

static int64_t value_of(struct cur text, bool bytes)
{
	while (text.p < text.end && text.end[-1] == '\n')
		text.end--;
	if (cur_is(&text, "max"))
		return OOM_UNLIMITED;
	int64_t value = sos_number(text);
	if (value < 0)
		return OOM_ABSENT;
	return !bytes ? value : value >= NO_LIMIT ? OOM_UNLIMITED : value / 1024;
}

/** The cgroup's path, as the kernel names it. */
static const char *path_of(struct sos *s, const char *path, const char *end, int version)
{
	const char *from = path + strlen("sys/fs/cgroup");
	if (version == 1 && strncmp(from, "/memory", 7) == 0)
		from += 7;
	else if (version == 2 && strncmp(from, "/unified", 8) == 0)
		from += 8;
	return end > from ? oom_strndup(s->c->arena, from, (size_t)(end - from)) : "/";
}

void sos_cgroup(struct sos *s, const char *path, struct cur text)
{
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(slash, files[i].name) != 0 || s->memcgs.n >= ROWS_MAX_SOS)
			continue;
		const char *name = path_of(s, path, slash, files[i].version);
		int64_t value = value_of(text, files[i].bytes);
		struct oom_memcg *last = s->memcgs.n ? &s->memcgs.v[s->memcgs.n - 1] : NULL;
		if (!name || !oom_known(value))
			return;
		// The files of a cgroup mostly come one after the other.
		if (!last || strcmp(last->path, name) != 0) {
			last = oom_add_memcg(s->c->arena, &s->memcgs);
			if (!last)
				return;
			last->path = name;
			last->origin = sos_origin(s, path, OOM_ABSENT);
		}
		memcpy((char *)last + files[i].offset, &value, sizeof(value));
		s->system.cgroup_version = files[i].version;
	}
}

static int by_path(const void *a, const void *b)
{
	const struct oom_memcg *x = *(const struct oom_memcg *const *)a, *y = *(const struct oom_memcg *const *)b;
	int order = strcmp(x->path, y->path);
	return order ? order : x < y ? -1 : x > y;
}

static void fill(int64_t *to, int64_t from)
{
	if (!oom_known(*to))
		*to = from;
}

void sos_cgroups_end(struct sos *s)
{
	size_t n = s->memcgs.n;
	const struct oom_memcg **rows = n ? calloc(n, sizeof(*rows)) : NULL;
	struct oom_memcg *last = NULL;
	if (!rows || !sos_state(s)) {
		s->no_memory |= n > 0 && !rows;
		free(rows);
		return;
	}
	for (size_t i = 0; i < n; i++)
		rows[i] = &s->memcgs.v[i];
	qsort(rows, n, sizeof(*rows), by_path);
	for (size_t i = 0; i < n; i++) {
		if (last && strcmp(last->path, rows[i]->path) == 0) {
			fill(&last->usage_kb, rows[i]->usage_kb);
			fill(&last->limit_kb, rows[i]->limit_kb);
			fill(&last->swap_usage_kb, rows[i]->swap_usage_kb);
			fill(&last->swap_limit_kb, rows[i]->swap_limit_kb);
			fill(&last->failcnt, rows[i]->failcnt);
			continue;
		}
		last = oom_add_memcg(s->c->arena, &s->c->state->memcgs);
		if (!last)
			break;
		*last = *rows[i];
	}
	free(rows);
}
