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
	{"/memory.current", 2, TO(usage_kb), true},
	{"/memory.max", 2, TO(limit_kb), true},
	{"/memory.swap.current", 2, TO(swap_usage_kb), true},
	{"/memory.swap.max", 2, TO(swap_limit_kb), true},
	{"/memory.usage_in_bytes", 1, TO(usage_kb), true},
	{"/memory.limit_in_bytes", 1, TO(limit_kb), true},
	{"/memory.failcnt", 1, TO(failcnt), false},
	{"/memory.high", 2, TO(high_kb), true},
	{"/memory.low", 2, TO(low_kb), true},
	{"/memory.min", 2, TO(min_kb), true},
	{"/memory.peak", 2, TO(peak_kb), true},
	{"/memory.max_usage_in_bytes", 1, TO(peak_kb), true},
	{"/memory.kmem.usage_in_bytes", 1, TO(kmem_kb), true},
	{"/memory.kmem.tcp.usage_in_bytes", 1, TO(tcp_kb), true},
	{"/memory.soft_limit_in_bytes", 1, TO(low_kb), true},
	{"/memory.memsw.usage_in_bytes", 1, TO(memsw_usage_kb), true},
	{"/memory.memsw.limit_in_bytes", 1, TO(memsw_limit_kb), true},
};

/** Files of several lines, "key value". */
static const struct {
	const char *name, *key;
	size_t offset;
	bool bytes;
} lines[] = {
	{"/memory.events", "low ", TO(events_low), false},
	{"/memory.events", "high ", TO(events_high), false},
	{"/memory.events", "max ", TO(events_max), false},
	{"/memory.events", "oom ", TO(events_oom), false},
	{"/memory.events", "oom_kill ", TO(events_oom_kill), false},
	{"/memory.events", "oom_group_kill ", TO(events_oom_group_kill), false},
	{"/memory.oom_control", "oom_kill ", TO(events_oom_kill), false}, // v1, since 4.13
	{"/memory.stat", "anon ", TO(anon_kb), true},
	{"/memory.stat", "file ", TO(file_kb), true},
	{"/memory.stat", "shmem ", TO(shmem_kb), true},
	{"/memory.stat", "slab ", TO(slab_kb), true},
	{"/memory.stat", "kernel ", TO(kmem_kb), true},	   // 5.18
	{"/memory.stat", "total_rss ", TO(anon_kb), true}, // v1, with all below it
	{"/memory.stat", "total_cache ", TO(file_kb), true},
	{"/memory.stat", "total_shmem ", TO(shmem_kb), true},
	{"/cgroup.stat", "nr_descendants ", TO(descendants), false},
	{"/cgroup.stat", "nr_dying_descendants ", TO(dying_descendants), false},
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

/** The row of the cgroup whose file @p path is; NULL: there are too many, or no memory. */
static struct oom_memcg *row_of(struct sos *s, const char *path, const char *slash, int version)
{
	struct oom_memcg *last = s->memcgs.n ? &s->memcgs.v[s->memcgs.n - 1] : NULL;
	const char *name = path_of(s, path, slash, version);
	// The files of a cgroup mostly come one after the other.
	if (!name || (last && strcmp(last->path, name) == 0))
		return name ? last : NULL;
	last = s->memcgs.n < ROWS_MAX_SOS ? oom_add_memcg(s->c->arena, &s->memcgs) : NULL;
	if (last) {
		last->path = name;
		last->origin = sos_origin(s, path, OOM_ABSENT);
	}
	return last;
}

/** v1 has its memory controller below "memory/". */
static int version_of(const char *path)
{
	return strncmp(path, "sys/fs/cgroup/memory/", 21) == 0 ? 1 : 2;
}

static void take_lines(struct sos *s, const char *path, const char *slash, struct cur text)
{
	struct oom_memcg *row = NULL;
	struct cur line;
	while (sos_line(&text, &line)) {
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			struct cur rest = line;
			if (strcmp(slash, lines[i].name) != 0 || !scan_lit(&rest, lines[i].key))
				continue;
			int64_t value = value_of(rest, lines[i].bytes);
			row = row ? row : row_of(s, path, slash, version_of(path));
			if (row && oom_known(value))
				memcpy((char *)row + lines[i].offset, &value, sizeof(value));
		}
	}
}

void sos_cgroup(struct sos *s, const char *path, struct cur text)
{
	const char *slash = strrchr(path, '/');
	take_lines(s, path, slash, text);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(slash, files[i].name) != 0)
			continue;
		int64_t value = value_of(text, files[i].bytes);
		struct oom_memcg *row = oom_known(value) ? row_of(s, path, slash, files[i].version) : NULL;
		if (!row)
			return;
		memcpy((char *)row + files[i].offset, &value, sizeof(value));
		s->system.cgroup_version = files[i].version;
	}
}

static int by_path(const void *a, const void *b)
{
	const struct oom_memcg *x = *(const struct oom_memcg *const *)a, *y = *(const struct oom_memcg *const *)b;
	int order = strcmp(x->path, y->path);
	return order ? order : x < y ? -1 : x > y;
}

/** The fact at @p offset of the row, where it has none yet. */
static void fill(struct oom_memcg *to, const struct oom_memcg *from, size_t offset)
{
	int64_t known;
	memcpy(&known, (const char *)to + offset, sizeof(known));
	if (!oom_known(known))
		memcpy((char *)to + offset, (const char *)from + offset, sizeof(known));
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
			for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++)
				fill(last, rows[i], files[k].offset);
			for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
				fill(last, rows[i], lines[k].offset);
			continue;
		}
		last = oom_add_memcg(s->c->arena, &s->c->state->memcgs);
		if (!last)
			break;
		*last = *rows[i];
	}
	free(rows);
}
