// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Kernel log text to events: one parser for the records of a dump's ring and for the lines of a file.
 *
 * Memory is bounded whatever the input: lines of 64 KiB, the first 256 and the last 1792 events (those between are
 * counted in the case's missing list), of these the tables of the first 32 and the last 224, 120,000 table rows in all.
 */
#ifndef OOM_LOG_H
#define OOM_LOG_H

#include <oomortem/case.h>

/** One message of the kernel, without prefix and newline; not NUL-terminated. */
struct oom_log_record {
	const char *text;
	size_t len;
	int64_t time_us;  /**< since boot, OOM_ABSENT */
	int64_t line;	  /**< from 1 */
	int64_t caller;	  /**< printk caller id: thread id, or bit 31 and CPU (5.10+); OOM_ABSENT */
	int64_t level;	  /**< 0..7, OOM_ABSENT */
	const char *time; /**< RFC 3339 of the record where the log has a date, else NULL; copied if kept */
	const char *host; /**< nodename of the line's prefix, else NULL; copied if kept */
	const char *tag;  /**< syslog identifier ("systemd-oomd"), NULL or "kernel": the kernel */
};

struct oom_log;
struct oom_gfp_table;

/** A parser that adds events, release, panic text … to @p c. NULL without memory. */
struct oom_log *oom_log_new(struct oom_case *c);
void oom_log_free(struct oom_log *log);
/**
 * Names the file that the next records are from, for origins; NULL for the log of a dump. A new source closes what is
 * open and counts lines from 1. Give the files of a rotated set oldest first. An event that several sources tell is one
 * event at the end, from its fullest copy. The parts of a pstore record are one source.
 */
void oom_log_source(struct oom_log *log, const char *what);
/** The bits of GFP masks as this very kernel defines them (log/gfp.h); copied. Without it the release decides. */
void oom_log_gfp(struct oom_log *log, const struct oom_gfp_table *table);
/** One record as the kernel logged it (it may hold newlines). */
void oom_log_record(struct oom_log *log, const struct oom_log_record *record);
/** Raw text of a log file, any prefix style, in pieces of any size. */
void oom_log_text(struct oom_log *log, const char *text, size_t len);
/** The end of the input: events that are open are closed, the case gets all events. OOM_OK or OOM_ENOMEM. */
enum oom_status oom_log_finish(struct oom_log *log);

#endif
