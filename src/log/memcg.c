// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The lines about a memory cgroup. mm/memcontrol.c mem_cgroup_print_oom_context(), mem_cgroup_print_oom_meminfo();
 * before 5.0 mem_cgroup_print_oom_info().
 *
 *   Task in /a/b killed as a result of limit of /a                                     before 5.0
 *   memory: usage 524288kB, limit 524288kB, failcnt 660235
 *   memory+swap: usage 0kB, limit 9007199254740988kB, failcnt 0                        cgroup v1
 *   swap: usage 0kB, limit 0kB, failcnt 0                                              cgroup v2
 *   Memory cgroup stats for /a/b: cache:0KB rss:307200KB …                             v1, one line for each group
 * below Memory cgroup stats for /a:                                                        5.x: then lines "anon
 * 534147072" Tasks in /a are going to be killed due to memory.oom.group set
 */
#include "log/internal.h"

static struct oom_event_memcg *memcg_of(struct oom_log *log, struct report *r, const struct msg *m)
{
	if (!r->e.memcg && (r->e.memcg = oom_new_event_memcg(r->small)))
		r->e.memcg->origin = log_origin(log, m);
	return r->e.memcg;
}

/** No limit is the largest number of pages (PAGE_COUNTER_MAX) or bytes (RES_COUNTER_MAX) that the kernel can hold; on
 * 32-bit 8589934588 kB. */
static int64_t limit_of(int64_t kb)
{
	if (!oom_known(kb) || kb >= 9007199254000000LL || kb == 8589934588LL)
		return OOM_UNLIMITED;
	return kb;
}

struct usage {
	int64_t usage, limit, failcnt;
};

/** " usage 524288kB, limit 524288kB, failcnt 660235"; what a damaged line lacks stays absent. */
static bool read_usage(struct cur c, struct usage *ret)
{
	int64_t limit;
	*ret = (struct usage){OOM_ABSENT, OOM_ABSENT, OOM_ABSENT};
	if (!scan_lit(&c, " usage ") || !scan_digits(&c, &ret->usage) || !scan_lit(&c, "kB"))
		return false;
	if (scan_past(&c, "limit ") && scan_digits(&c, &limit) && scan_lit(&c, "kB"))
		ret->limit = limit_of(limit);
	if (scan_past(&c, "failcnt "))
		scan_digits(&c, &ret->failcnt);
	return true;
}

static struct oom_event_memcg *usage_line(struct oom_log *log, const struct msg *m, struct cur rest, struct usage *u)
{
	struct report *r = read_usage(rest, u) ? report_need(log, m, PART_MEMCG) : NULL;
	if (!r)
		return NULL;
	r->inside = IN_NOTHING;
	return memcg_of(log, r, m);
}

bool on_memcg_usage(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct usage u;
	struct oom_event_memcg *memcg = usage_line(log, m, rest, &u);
	if (!memcg)
		return false;
	memcg->usage_kb = u.usage;
	memcg->limit_kb = u.limit;
	memcg->failcnt = u.failcnt;
	memcg->origin = log_origin(log, m);
	return true;
}

bool on_memcg_memsw(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct usage u;
	struct oom_event_memcg *memcg = usage_line(log, m, rest, &u);
	if (!memcg)
		return false;
	memcg->memsw_usage_kb = u.usage;
	memcg->memsw_limit_kb = u.limit;
	return true;
}

bool on_memcg_swap(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct usage u;
	struct oom_event_memcg *memcg = usage_line(log, m, rest, &u);
	if (!memcg)
		return false;
	memcg->swap_usage_kb = u.usage;
	memcg->swap_limit_kb = u.limit;
	return true;
}

bool on_memcg_kmem(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct usage u;
	struct oom_event_memcg *memcg = usage_line(log, m, rest, &u);
	if (!memcg)
		return false;
	memcg->kmem_usage_kb = u.usage;
	memcg->kmem_limit_kb = u.limit;
	return true;
}

/** Adds @p value to the statistic @p name: v1 prints one line for each group below the one at its limit, each with its
 * own share, so that their sum is that of the group at its limit. */
static void stat_add(struct report *r, struct oom_event_memcg *memcg, struct cur name, const char *suffix,
		     int64_t value)
{
	char key[64];
	size_t len = cur_left(&name), tail = strlen(suffix);
	if (!len || len + tail >= sizeof(key) || memcg->stats.n >= 256 || !oom_known(value))
		return;
	memcpy(key, name.p, len);
	memcpy(key + len, suffix, tail + 1);
	for (size_t i = 0; i < memcg->stats.n; i++) {
		if (!strcmp(memcg->stats.v[i].name, key)) {
			memcg->stats.v[i].value += value;
			return;
		}
	}
	struct oom_stat *stat = oom_list_add(r->small, &memcg->stats);
	if (!stat)
		return;
	stat->value = value;
	stat->name = oom_strdup(r->small, key);
	if (!stat->name)
		memcg->stats.n--;
}

/** One group of a v1 report into the state's list: what its line tells of its usage is cache and rss. */
static void add_group(struct oom_log *log, struct report *r, const struct msg *m, struct cur path, int64_t kb)
{
	struct oom_memcgs *list = &r->e.state.memcgs;
	struct oom_memcg *g = report_room(log, r, list->n, LISTS_MAX) ? oom_add_memcg(r->bulk, list) : NULL;
	if (!g)
		return;
	g->path = keep(r->bulk, path);
	g->usage_kb = kb;
	g->origin = log_origin(log, m);
	if (!g->path)
		list->n--;
}

static void read_stats_line(struct oom_log *log, struct report *r, const struct msg *m, struct cur path, struct cur c)
{
	struct oom_event_memcg *memcg = memcg_of(log, r, m);
	struct cur before;
	struct pair pair;
	int64_t usage = OOM_ABSENT;
	while (memcg && scan_pair(&c, &pair, &before)) {
		if (!oom_known(pair.value))
			continue;
		stat_add(r, memcg, pair.key, pair.has_kb ? "_kb" : "", pair.value);
		if (pair.has_kb && (cur_is(&pair.key, "cache") || cur_is(&pair.key, "rss")))
			usage = oom_or(usage, 0) + pair.value;
	}
	if (path.p < path.end)
		add_group(log, r, m, path, usage);
}

bool on_memcg_stats(struct oom_log *log, const struct msg *m, struct cur rest)
{
	// "Memory cgroup stats for PATH: …", "Memory cgroup stats for PATH:"; 3.x: "Memory cgroup stats:"
	struct report *r = report_need(log, m, PART_MEMCG);
	struct cur path = {rest.p, rest.p};
	if (!r)
		return true;
	if (scan_lit(&rest, " for ")) {
		const char *colon = cur_find(&rest, ": ");
		if (!colon && rest.p < rest.end && rest.end[-1] == ':')
			colon = rest.end - 1;
		path = (struct cur){rest.p, colon ? colon : rest.end};
		rest.p = colon ? colon + 1 : rest.end;
	} else {
		scan_char(&rest, ':');
	}
	scan_blanks(&rest);
	if (rest.p < rest.end) {
		read_stats_line(log, r, m, path, rest);
		return true;
	}
	struct oom_event_memcg *memcg = memcg_of(log, r, m);
	if (memcg && !memcg->oom && path.p < path.end)
		memcg->oom = keep(r->small, path); // since 5.0 the statistics are those of the group at its limit
	r->inside = IN_STATS;
	return true;
}

/** Statistics in bytes; all others are counts. v1's come with "total_" in front as well. */
static const char *const byte_stats[] = {
	"anon",
	"file",
	"kernel",
	"kernel_stack",
	"pagetables",
	"sec_pagetables",
	"percpu",
	"sock",
	"vmalloc",
	"shmem",
	"zswap",
	"zswapped",
	"file_mapped",
	"file_dirty",
	"file_writeback",
	"swapcached",
	"anon_thp",
	"file_thp",
	"shmem_thp",
	"inactive_anon",
	"active_anon",
	"inactive_file",
	"active_file",
	"unevictable",
	"slab",
	"hugetlb",
	"slab_reclaimable",
	"slab_unreclaimable",
	"cache",
	"rss",
	"rss_huge",
	"mapped_file",
	"dirty",
	"writeback",
	"swap",
	"hierarchical_memory_limit",
	"hierarchical_memsw_limit",
	"zswap_incomp",
};

static bool is_bytes(struct cur name)
{
	scan_lit(&name, "total_");
	for (size_t i = 0; i < sizeof(byte_stats) / sizeof(*byte_stats); i++) {
		if (cur_is(&name, byte_stats[i]))
			return true;
	}
	return false;
}

/** "name 123" and nothing else. */
static bool scan_stat(struct cur c, struct cur *name, int64_t *value)
{
	scan_blanks(&c);
	*name = (struct cur){c.p, c.p};
	while (is_word(cur_peek(&c)))
		c.p++;
	name->end = c.p;
	if (name->p == name->end || !is_alpha((unsigned char)*name->p) || !scan_blanks(&c) || !scan_digits(&c, value))
		return false;
	scan_blanks(&c);
	return c.p == c.end;
}

bool looks_like_stat(const struct oom_log *log, struct cur text)
{
	struct cur name;
	int64_t value;
	if (!scan_stat(text, &name, &value))
		return false;
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < OPEN_MAX; back++) {
		if (log->reports[i]->inside == IN_STATS)
			return true;
	}
	return false;
}

bool on_memcg_stat(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur name;
	int64_t value;
	struct report *r = scan_stat(rest, &name, &value) ? report_find(log, m, PART_MEMCG) : NULL;
	if (!r || r->inside != IN_STATS || !r->e.memcg || !oom_known(value))
		return false;
	report_enter(r, m, PART_MEMCG);
	bool bytes = is_bytes(name);
	stat_add(r, r->e.memcg, name, bytes ? "_kb" : "", bytes ? value / 1024 : value);
	return true;
}

bool on_memcg_protection(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest; // "Memory cgroup min protection 0kB -- low protection 0kB", 7.2
	return report_of(log, m, PART_MEMCG) != NULL;
}

bool on_task_in(struct oom_log *log, const struct msg *m, struct cur rest)
{
	static const char words[] = " killed as a result of limit of ";
	const char *at = cur_find(&rest, words);
	struct report *r = at ? report_need(log, m, PART_MEMCG) : NULL;
	struct oom_event_memcg *memcg = r ? memcg_of(log, r, m) : NULL;
	if (!memcg)
		return at != NULL;
	r->is_oom = true;
	struct cur limit = cur_trim((struct cur){at + strlen(words), rest.end});
	if (memcg->task)
		return true; // the first one counts
	memcg->task = keep(r->small, cur_trim((struct cur){rest.p, at}));
	// Alibaba's kernels print "limit of host" when it is the machine that ran out.
	if (!cur_is(&limit, "host")) {
		memcg->oom = keep(r->small, limit);
		r->e.constraint = OOM_CONSTRAINT_MEMCG;
	} else {
		r->host_kill = true;
	}
	return true;
}

bool on_tasks_in(struct oom_log *log, const struct msg *m, struct cur rest)
{
	const char *at = cur_find(&rest, " are going to be killed due to memory.oom.group set");
	struct report *r = at ? report_need(log, m, PART_KILL) : NULL;
	struct oom_event_memcg *memcg = r ? memcg_of(log, r, m) : NULL;
	if (memcg) {
		memcg->oom_group = OOM_YES;
		r->group_kill = true;
		r->is_oom = true;
	}
	return at != NULL;
}
