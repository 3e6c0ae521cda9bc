// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * From a message to its handler: a table of the ways in which messages begin, then the few that are known by a word in
 * their middle.
 */
#include "log/internal.h"

struct pattern {
	const char *begin;
	line_fn *fn;
	/** Every whole message of the kind has this in it; without it a line break took the end away. NULL: no telling.
	 */
	const char *whole;
};

static const struct pattern patterns[] = {
	{"active_anon:", on_totals, NULL},
	{"Active_anon:", on_totals, NULL}, // 2.6.28 to 2.6.30
	{"Active:", on_totals, NULL},
	{"active_file:", on_totals, NULL},
	{"inactive_file:", on_totals, NULL},
	{"inactive_anon:", on_totals, NULL},
	{"isolated_anon:", on_totals, NULL},
	{"isolated_file:", on_totals, NULL},
	{"unevictable:", on_totals, NULL},
	{"dirty:", on_totals, NULL},
	{"writeback:", on_totals, NULL},
	{"slab_reclaimable:", on_totals, NULL},
	{"slab_unreclaimable:", on_totals, NULL},
	{"mapped:", on_totals, NULL},
	{"shmem:", on_totals, NULL},
	{"sec_pagetables:", on_totals, NULL},
	{"kernel_misc_reclaimable:", on_totals, NULL},
	{"free:", on_totals, NULL},
	{"Mem-Info:", on_meminfo, NULL},
	{"Mem-info:", on_meminfo, NULL}, // before 2.6.28
	{"Node ", on_node, NULL},
	{"DMA", on_zone, NULL},
	{"Normal", on_zone, NULL},
	{"HighMem", on_zone, NULL},
	{"Movable", on_zone, NULL},
	{"Device", on_zone, NULL},
	{"lowmem_reserve[]:", on_reserve, NULL},
	{"protections[]:", on_reserve, NULL},
	{"CPU ", on_per_cpu, NULL},
	{"cpu ", on_per_cpu, NULL},
	{"Free swap", on_swap_free, "kB"},
	{"Total swap", on_swap_total, "kB"},
	{"Swap cache", on_swap_cache, "find"},
	{"Free pages:", on_free_pages, "kB"},
	{"CPU: ", on_cpu, "ainted"},
	{"Pid: ", on_pid, "ainted"},
	{"Call Trace:", on_trace_start, NULL},
	{"Call trace:", on_trace_start, NULL},
	{"Backtrace:", on_trace_start, NULL},
	{"Tasks state (memory values in pages):", on_tasks_state, NULL},
	{"[", on_table_header, "name"},
	{"[", on_table_row, NULL},
	{"Unreclaimable slab info:", on_slab_start, NULL},
	{"Memory allocations:", on_allocs_start, NULL},
	{"memory:", on_memcg_usage, "failcnt "},
	{"memory+swap:", on_memcg_memsw, "failcnt "},
	{"swap:", on_memcg_swap, "failcnt "},
	{"kmem:", on_memcg_kmem, "failcnt "},
	{"Memory cgroup stats", on_memcg_stats, ":"},
	{"Memory cgroup min protection", on_memcg_protection, NULL},
	{"Task in ", on_task_in, " as a result of limit of "},
	{"Tasks in ", on_tasks_in, "memory.oom.group set"},
	{"oom-kill:", on_oom_kill, ",uid="},
	{"Memory cgroup out of memory", on_memcg_out_of_memory, "process"},
	{"Out of memory", on_out_of_memory, "process"},
	{"Out of Memory", on_out_of_memory, "process"}, // before 2.6.10
	{"Killed ", on_killed, NULL},
	{"No available memory (MPOL_BIND)", on_mpol_bind, "process"},
	{"No available memory in cpuset", on_cpuset_kill, "process"},
	{"VM: killing process ", on_vm_killing, NULL},
	{"oom_reaper:", on_reaper, "process"},
	{"Kernel panic - not syncing:", on_panic, NULL},
	{"Linux version ", on_linux_version, NULL},
	{"Kernel command line:", on_cmdline, NULL},
	{"Command line:", on_cmdline, NULL},
	{"** ", on_dropped, NULL},
	{"printk: ", on_dropped, NULL},
	{"INFO: task ", on_trouble, NULL},
	{"watchdog: BUG: soft lockup", on_trouble, NULL},
	{"BUG: soft lockup", on_trouble, NULL},
	{"sending SIG", on_earlyoom, NULL},
	{"lowmemorykiller: Kill", on_lowmemorykiller, NULL},
	{"sysrq:", on_sysrq, NULL},
	{"SysRq", on_sysrq, NULL},
	{"oom-killer:", on_head_old, NULL},
	{"__alloc_pages:", on_alloc_failed_24, NULL},
	{"warn_alloc:", on_warn_suppressed, NULL},
};

/** Messages that are known by words in their middle; the handler gets the text behind them. */
static const struct pattern inner[] = {
	{" invoked oom-killer", on_head, "order="},
	{" invoked oom:", on_head, "order="},
	{"page allocation failure", on_alloc_failure, "mode:"},
	{"alloc failure: order:", on_alloc_failure, "mode:"},
	{" mems_allowed=", on_cpuset, NULL},
};

/** Lines that are told by their place in a report and their form. */
static line_fn *const by_form[] = {on_frame, on_count, on_memcg_stat, on_slab_row, on_allocs_row};

enum { NR_PATTERNS = sizeof(patterns) / sizeof(*patterns), NR_INNER = sizeof(inner) / sizeof(*inner) };

/** Offers the text to each pattern that fits, until one takes it. */
static bool dispatch(struct oom_log *log, const struct msg *m)
{
	struct cur text = m->text;
	if (text.p == text.end)
		return false;
	for (size_t i = 0; i < NR_PATTERNS; i++) {
		const char *begin = patterns[i].begin;
		if (*begin != *text.p)
			continue;
		struct cur rest = text;
		if (scan_lit(&rest, begin) && patterns[i].fn(log, m, rest))
			return true;
	}
	for (size_t i = 0; i < NR_INNER; i++) {
		struct cur rest = text;
		if (scan_past(&rest, inner[i].begin) && inner[i].fn(log, m, rest))
			return true;
	}
	for (size_t i = 0; i < sizeof(by_form) / sizeof(*by_form); i++) {
		if (by_form[i](log, m, text))
			return true;
	}
	return false;
}

/** A tag without pid, such as "Mem-info", may be the start of a kernel line whose own tag was left out. */
static bool is_kernel(const struct msg *m)
{
	return m->tag.p == m->tag.end || cur_is(&m->tag, "kernel");
}

bool log_message(struct oom_log *log, const struct msg *m)
{
	struct msg local = *m;
	bool meant;
	if (is_kernel(m)) {
		scan_blanks(&local.text);
		meant = dispatch(log, &local);
	} else {
		meant = log_daemon(log, m);
		if (!meant && m->full.p < m->text.p) {
			local.text = m->full;
			scan_blanks(&local.text);
			meant = dispatch(log, &local);
		}
	}
	if (meant)
		log->last_interesting = m->line;
	return meant;
}

bool log_line_known(struct oom_log *log, struct cur text)
{
	scan_blanks(&text);
	if (text.p == text.end)
		return false;
	for (size_t i = 0; i < NR_PATTERNS; i++) {
		if (*patterns[i].begin == *text.p && *text.p != '[' &&
		    cur_begins(&text, patterns[i].begin, strlen(patterns[i].begin)))
			return true;
	}
	for (size_t i = 0; i < NR_INNER; i++) {
		if (cur_has(&text, inner[i].begin))
			return true;
	}
	return looks_like_row(text) || looks_like_frame(text) || looks_like_count(text) || looks_like_stat(log, text);
}

/** Lines of "key:value" and of free blocks: they have no end of their own. */
static bool endless(struct cur text)
{
	static const char *const begins[] = {"Node ",
					     "DMA",
					     "Normal",
					     "HighMem",
					     "Movable",
					     "Device",
					     "active_anon:",
					     "Active",
					     "Memory cgroup stats for ",
					     "oom-kill:",
					     "Killed ",
					     "lowmem_reserve[]:",
					     NULL};
	for (size_t i = 0; begins[i]; i++) {
		if (cur_begins(&text, begins[i], strlen(begins[i])))
			return true;
	}
	return cur_has(&text, " invoked oom-killer:") || cur_has(&text, "Killed process") || cur_has(&text, "ainted") ||
	       cur_has(&text, "oom_reaper:");
}

enum line_end log_line_end(struct oom_log *log, struct cur text)
{
	scan_blanks(&text);
	if (text.p == text.end)
		return LINE_WHOLE;
	if (*text.p == '[')
		return row_is_cut(log, text) ? LINE_CUT : LINE_WHOLE;
	if (cur_begins(&text, "Node ", 5) && cur_has(&text, "hugepages_total"))
		return cur_has(&text, "hugepages_size=") && text.end[-1] != '=' ? LINE_WHOLE : LINE_CUT;
	struct cur head = text;
	if (cur_has(&text, " invoked") && scan_past(&head, " invoked") && cur_left(&head) < 14)
		return LINE_CUT;
	for (size_t i = 0; i < NR_INNER; i++) {
		if (inner[i].whole && cur_has(&text, inner[i].begin) && !cur_has(&text, inner[i].whole))
			return LINE_CUT;
	}
	for (size_t i = 0; i < NR_PATTERNS; i++) {
		const struct pattern *p = &patterns[i];
		if (p->whole && cur_begins(&text, p->begin, strlen(p->begin)) && !cur_has(&text, p->whole))
			return LINE_CUT;
	}
	if (text.end[-1] == ',')
		return LINE_CUT;
	return endless(text) ? LINE_OPEN : LINE_WHOLE;
}
