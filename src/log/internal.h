// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of the log parser. Nothing outside src/log includes this.
 *
 *   text.c      raw bytes → lines; passes over what cannot hold an event (anchors.c)
 *   prefix.c    a line → its prefix (time, host, level, caller, tag) and the kernel's message; date.c reads dates
 *   assemble.c  lines → whole messages: broken, joined, quoted lines; entries.c journal fields, json.c JSON lines,
 *               pstore.c parts in reverse order
 *   lines.c     a message → the handler of its kind, by a table of patterns
 *   head.c trace.c meminfo.c zones.c tasks.c slabs.c memcg.c kill.c panic.c userspace.c   the handlers
 *   report.c    which report a message belongs to; opens and closes them, bounds their number
 *   merge.c     what several sources tell of one event
 *   path.c      a call trace put into words
 *   settle.c    what only a whole report tells: pages to KiB, the sheet, the constraint, what is missing
 *   gfp.c       GFP masks by kernel version
 *
 * A report is one event while it is read. Its facts live in two arenas of its own: `small` (head, victims, totals) and
 * `bulk` (tables), so that the tables of the middle reports of a long log can be given up. At the end the case's arena
 * takes them over.
 */
#ifndef OOM_LOG_INTERNAL_H
#define OOM_LOG_INTERNAL_H

#include "log/gfp.h"
#include "log/log.h"
#include "log/scan.h"

enum {
	LINE_MAX_BYTES = 64 * 1024, // of one line or joined message; the rest is dropped
	HOSTS_MAX = 256,
	OPEN_MAX = 8,	     // reports that may be read at the same time
	REPORTS_FIRST = 256, // reports kept from the start of a log, and …
	REPORTS_LAST = 1792, // … from its end; most of those between are only counted
	DETAIL_FIRST = 32,   // of those, kept with all their tables: the first …
	DETAIL_LAST = 224,   // … and the last ones
	TASKS_MAX = 100000,  // rows of one table
	ROWS_MAX = 120000,   // rows of all tables that are kept: beyond it the oldest are given up
	BOOTS_MAX = 16384,
	MISSING_MAX = 64, // lines of one report's missing list
	LISTS_MAX = 4096, // elements of any other list of one report (zones, slabs, frames, victims …)
	COLUMNS_MAX = 24,
};

/** One message of the kernel or of a daemon. The texts are valid during the call only. */
struct msg {
	struct cur text; // without prefix and tag
	struct cur full; // with the tag, where it may be part of the message ("Mem-info:"); else like text
	struct cur tag;	 // syslog tag: "kernel", "systemd"; empty: none
	int64_t time_us; // since boot, OOM_ABSENT
	int64_t wall_s;	 // seconds of the clock since 1970, of whatever zone; in 1972 where the year is missing
	int64_t line, caller, level;
	char time[48];	 // RFC 3339, "" if not known
	char stamp[32];	 // the date as the log has it, where its year is missing; else ""
	struct cur host; // empty: none
};

/** A machine that the log is about; an empty name where the lines have none. */
struct host {
	const char *name; // in the parser's arena
	bool lost;	  // bytes of the name were lost: the next one that is named is taken for it
	const char *release, *cmdline;
	int64_t boot;		    // index in boots[], -1: none yet in this source
	int64_t first_line;	    // of the log in this boot, 0: none yet
	int64_t sysrq_line;	    // of the last "Manual OOM execution", 0: none
	int64_t last_us;	    // time since boot of its last message
	int64_t epoch_s;	    // wall clock minus time since boot, of its first message with both
	const struct host *same_as; // the same machine by another name, NULL
};

/** One boot of a machine, as one source tells it. */
struct boot {
	const struct host *host;
	int64_t epoch_s; // wall clock minus time since boot, OOM_ABSENT
	size_t source;
	int64_t same_as;  // index of a boot of another source that is the same one, or its own index
	bool used;	  // it has an event
	int64_t moment_s; // by which boots are put in order, OOM_ABSENT
	int64_t number;	  // from 0, -1: none yet
};

/** How far a report has come, in the order in which kernels print the parts. */
enum part { PART_NONE, PART_HEAD, PART_TRACE, PART_MEMCG, PART_MEMINFO, PART_SLABS, PART_TASKS, PART_KILL, PART_END };

/** In the text of a panic for a cgroup, 2.6.34 and 2.6.35. */
#define OOM_PANIC_MEMCG "(memcg). panic_on_oom is selected"

/** When heads had this form; for masks of a kernel whose release is not in the log. */
enum era { ERA_UNKNOWN, ERA_24, ERA_269, ERA_26 };

/** What lines without a mark of their own mean at this place of a report. */
enum inside { IN_NOTHING, IN_TRACE, IN_STATS, IN_TOTALS, IN_SLABS, IN_ALLOCS, IN_TASKS };

/** A column of a task table, by its name in the header. */
struct column {
	char name[24];
};

/** Counts of pages as printed, to be converted once the page size is known. */
struct page_counts {
	int64_t free, pagecache, swapcache, ram, highmem, reserved, cma, hwpoison, slab;
};

struct report {
	struct oom_event e;
	struct oom_arena *small, *bulk;
	struct host *host;
	size_t source;	// of the sources, in order
	bool duplicate; // another source tells the same event, and more of it
	int64_t caller;
	enum part part;
	enum inside inside;
	enum era era;
	unsigned seen; // bit per enum part
	bool closed, settled;
	bool is_oom; // something proves an OOM: a head, a kill, a panic, a task table
	bool threat; // nohang has found a victim, but not said that it acts: it looks at the memory again first
	int64_t last_line, last_us, last_wall, first_wall;

	struct oom_counters pages; // totals in pages (kernel_stack_kb: KiB)
	struct page_counts counts;
	int64_t page_size;	 // bytes, 0 until the report shows it
	int64_t node, zone;	 // last zone printed: indices in e.state.nodes and its zones, -1
	bool zones_without_node; // a kernel without NUMA
	struct column columns[COLUMNS_MAX];
	size_t nr_columns;    // 0: no header yet
	int64_t damaged_rows; // of the task table
	int64_t dropped;      // messages that printk, journald or rsyslog lost meanwhile, or right before
	size_t rows;	      // elements in bulk

	int64_t chosen_pid, chosen_score; // "Kill process …", before "Killed process …"
	const char *chosen_comm;
	const char *victim_memcg;   // task_memcg= of the oom-kill line
	bool memcg_kill, host_kill; // "Memory cgroup out of memory" / "Out of memory"
	bool has_choice;	    // a "Kill process" line
	bool mask_redacted;
	const char *module; // of the innermost frame that is in one
	bool constraint_printed;
	bool group_kill;
	int64_t panic_on_oom; // proven value of the sysctl, OOM_ABSENT
	int64_t failures;     // 2.4: allocations that failed before a kill
};

/** Patterns of a line; the table is in lines.c. */
typedef bool line_fn(struct oom_log *log, const struct msg *m, struct cur rest);

struct text_state;
struct assemble_state;

struct oom_log {
	struct oom_case *c;
	struct oom_arena *arena;
	const char *source;
	bool of_dump; // the records of a dump's ring
	struct host *hosts[HOSTS_MAX];
	size_t nr_hosts;
	struct host *last_host;
	struct boot *boots;
	size_t nr_boots, cap_boots;
	struct oom_gfp_table gfp; // the kernel's own, where has_gfp
	bool has_gfp;
	size_t nr_sources;	 // files so far, the current one included
	struct report **reports; // oldest first
	size_t nr_reports, cap_reports;
	size_t dropped; // reports only counted
	int64_t dropped_first_line, dropped_last_line;
	size_t stripped; // reports before this index have lost their tables, but for the first ones …
	size_t weighty;	 // … and this many between that are worth more
	size_t rows;	 // elements in the bulk of all reports
	char panic[512]; // text of the last panic
	struct host *panic_host;
	char panic_time[48];
	int64_t panic_us;
	bool no_memory;
	int64_t lost, lost_line;  // messages that were dropped while no report was open, and the line that says so
	int64_t last_interesting; // line number of the last message that meant something
	struct text_state *text;
	struct assemble_state *assemble;
};

/* lines.c */
/** One whole message. Returns true if it meant something. */
bool log_message(struct oom_log *log, const struct msg *m);
/** Does @p text begin as a line of an OOM report does? For lines without a prefix. */
bool log_line_known(struct oom_log *log, struct cur text);

/** What a line break may have done to a line of a report. */
enum line_end {
	LINE_WHOLE, // nothing is missing, or it is no line of a report
	LINE_OPEN,  // it may go on
	LINE_CUT,   // its end is missing
};
enum line_end log_line_end(struct oom_log *log, struct cur text);

/* The forms of lines that begin with nothing of their own; without side effects. */
bool looks_like_frame(struct cur text);				  // trace.c
bool looks_like_count(struct cur text);				  // meminfo.c
bool looks_like_row(struct cur text);				  // tasks.c: a table's header or row
bool looks_like_stat(const struct oom_log *log, struct cur text); // memcg.c: a statistic, where they stand
/** A row of the current table that has fewer columns than the header, or a row without a name. */
bool row_is_cut(struct oom_log *log, struct cur text);

/* report.c */
struct host *log_host(struct oom_log *log, const struct msg *m);
/** Begins a report at @p m; an open one of the same teller is closed. NULL without memory. */
struct report *report_begin(struct oom_log *log, const struct msg *m, enum oom_event_kind kind, enum part part);
/** The open report that a message of this part would belong to; NULL if there is none. */
struct report *report_find(struct oom_log *log, const struct msg *m, enum part part);
/** Notes that @p m is of @p part of @p r, which has come that far. */
void report_enter(struct report *r, const struct msg *m, enum part part);
/** Both: the report that @p m belongs to, and it has come that far. */
struct report *report_of(struct oom_log *log, const struct msg *m, enum part part);
/** The same, or a new one whose head is not in the log. */
struct report *report_need(struct oom_log *log, const struct msg *m, enum part part);
/** The newest report (open or not) of the last 32 with a victim @p pid, which goes to @p ret; NULL there: the report
 * has no kill line, but chose @p pid or lists it. */
struct report *report_with_victim(struct oom_log *log, const struct msg *m, int64_t pid, struct oom_victim **ret);
/** The newest report of the message's host, open or not; NULL. */
struct report *report_last(struct oom_log *log, const struct msg *m);
void report_close(struct oom_log *log, struct report *r);
void report_free(struct report *r);
/** Room for one more element in a list of @p n in the bulk of @p r, of at most @p max. */
bool report_room(struct oom_log *log, struct report *r, size_t n, size_t max);
/** Adds to the missing list of @p r, which is bounded. */
void report_missing(struct report *r, const char *fmt, ...) OOM_PRINTF(2, 3);
struct oom_origin log_origin(const struct oom_log *log, const struct msg *m);
const char *keep(struct oom_arena *arena, struct cur text);
/** Notes the moment of the boot by both clocks of @p m. */
void host_set_epoch(struct oom_log *log, struct host *h, const struct msg *m);
/** A new boot of @p host begins. */
void log_boot(struct oom_log *log, struct host *host);

/** Seconds between two readings of a clock, whatever their order; a year is forgotten, since logs forget it. */
int64_t clock_distance(int64_t a, int64_t b);

/* merge.c */
/** Is the report an event? A block of Mem-Info alone is what SysRq-m prints. */
bool report_is_event(const struct report *r);
/** Events and boots that several sources tell become one; numbers the boots; brings the reports in order of time. */
void merge_sources(struct oom_log *log);

/* path.c */
/** The request in words, by the functions of a call trace; @p module may be NULL. NULL where none tells. */
const char *trace_path(struct oom_arena *arena, const struct oom_strings *trace, const char *module);

/* settle.c */
void report_settle(struct oom_log *log, struct report *r);
void report_strip(struct oom_log *log, struct report *r);

/* handlers: see lines.c for the pattern that leads to each */
line_fn on_head, on_head_old, on_cpuset, on_cpu, on_pid, on_alloc_failure, on_alloc_failed_24, on_warn_suppressed;
line_fn on_trace_start, on_frame;
line_fn on_meminfo, on_totals, on_count, on_swap_free, on_swap_total, on_swap_cache, on_free_pages;
line_fn on_node, on_zone, on_reserve, on_per_cpu;
line_fn on_tasks_state, on_table_header, on_table_row;
line_fn on_slab_start, on_slab_row, on_allocs_start, on_allocs_row;
line_fn on_memcg_usage, on_memcg_memsw, on_memcg_swap, on_memcg_kmem, on_memcg_stats, on_memcg_stat, on_task_in,
	on_tasks_in, on_memcg_protection;
line_fn on_oom_kill, on_out_of_memory, on_memcg_out_of_memory, on_killed, on_vm_killing, on_reaper, on_mpol_bind,
	on_cpuset_kill;
/**
 * Is it the command line of a kernel that kexec started to save a crash dump? OOM_MAYBE: @p cmdline is NULL. It has
 * elfcorehdr= (kernel/crash_dump.c; not on arm64, where the device tree has it) or reset_devices
 * (Documentation/admin-guide/kdump/kdump.rst), which all distributions' kdump sets.
 */
oom_tri is_capture_kernel(const char *cmdline);
line_fn on_panic, on_linux_version, on_cmdline, on_sysrq;
line_fn on_lowmemorykiller, on_earlyoom, on_trouble, on_dropped;

/** Notes @p what as a thing that followed the newest report of the message's host, if it is near in time. */
void log_followed(struct oom_log *log, const struct msg *m, struct cur what);

/** A message of a daemon (systemd, systemd-oomd, earlyoom …). Returns true if it meant something. */
bool log_daemon(struct oom_log *log, const struct msg *m);

/** Names of counters in node, zone and Mem-Info lines: where the value of @p key goes; NULL for a name not known. */
int64_t *counter_of(struct oom_counters *counters, struct cur key);

/* text.c: raw bytes to lines */
struct text_state *text_new(void);
void text_free(struct text_state *t);
/** The end of a file: what is still held back goes on its way, line numbers begin anew. */
void text_end(struct oom_log *log);

/* assemble.c: lines to messages */
struct assemble_state *assemble_new(void);
void assemble_free(struct assemble_state *a);
/** One line without its newline. */
void assemble_line(struct oom_log *log, struct cur line, int64_t number);
void assemble_flush(struct oom_log *log);

#endif
