// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of src/sos. Nothing outside includes this.
 *
 *   unpack.c    one compressed stream
 *   archive.c   the members of a tar stream; folder.c the files of a folder
 *   sos.c       begin and end, and what all readers use
 *   members.c   a member → what it is, by a table of paths; logs go to the parser, small files to their readers
 *   machine.c   who and when: uname, hostname, date, boot time, sysctls, command line
 *   meminfo.c   meminfo, swaps, vmstat, huge pages
 *   zones.c     zoneinfo, buddyinfo; slabs.c slabinfo; vmallocs.c vmallocinfo
 *   tasks.c     ps tables, /proc/PID
 *   cgroups.c   the cgroup tree
 *   spool.c     a member as a temporary file; journal.c journal files, dump.c dumps: those are read so
 *   settle.c    the end: is the state of the boot of the incident, order of the boots, what is missing
 *
 * Members come in any order, so whatever needs another member (page sizes, rows of one process in several files) is
 * kept, bounded, and put together at the end.
 */
#ifndef OOM_SOS_INTERNAL_H
#define OOM_SOS_INTERNAL_H

#include "log/log.h"
#include "log/scan.h"
#include "sos/sos.h"

enum {
	PATH_BYTES = 1024,	    // of a member's name; longer ones are of no interest
	TEXT_MAX = 8 * 1024 * 1024, // of a file of facts; the rest of a longer one is not read
	ROWS_MAX_SOS = 300000,	    // rows of processes, of cgroups
	MISSING_MAX_SOS = 48,	    // entries about members
	LOGS_MAX = 4096,	    // log files whose age is remembered
};

/** A member of the archive or a file of the folder. */
struct sos_member {
	const char *path; // without the archive's top folder
	int64_t mtime;	  // seconds since 1970, OOM_ABSENT
	oom_read_fn *read;
	const char *(*failure)(void *arg);
	void *arg;
	int fd;	     // of a file of a folder; -1: none
	bool *solid; // set: read() gives the holes of a sparse member as zeros; NULL: it always does
};

/** A file kept until the end; text NULL: not there. */
struct sos_text {
	char *text;
	size_t len;
	const char *path;
};

struct sos_log_file {
	const char *path;
	int64_t mtime;
};
OOM_LIST(sos_log_files, struct sos_log_file);

struct sos {
	struct oom_case *c;
	const struct oom_open_options *options; // NULL: defaults
	struct oom_log *log;
	struct sos_log_files files; // logs that were read
	const char *log_name;	    // of the log that is read
	bool log_shown;		    // it goes to options.log too
	const char *pstore;	    // folder of the pstore record that is read, NULL
	bool is_sos;		    // it has what sos alone makes
	size_t known;		    // members that gave something
	size_t missing;		    // entries about members so far
	struct oom_case *dump;	    // what the newest dump of the input tells, NULL
	const char *dump_path;	    // its name, and when it was written
	int64_t dump_mtime;
	bool kernel_log;  // a log of the kernel was read, and …
	bool lasting_log; // … one that reaches back beyond the running kernel
	bool log_lost;	  // a log could not be read
	bool no_memory;
	char version[16]; // of sos, "" if not known
	/* machine.c */
	struct oom_system system; // of the collection
	struct oom_config config; // likewise
	int64_t btime_s;	  // moment of the boot, seconds since 1970
	int64_t date_s, utc_s;	  // the clock at collection, of the machine's zone and of UTC
	int64_t oom_kills;	  // since that boot, by /proc/vmstat
	/* kept until the end */
	struct sos_text zoneinfo, buddyinfo, pagetypes, slabinfo, vmallocinfo;
	struct oom_tasks tasks;	  // rows of several files, one process in several of them
	struct oom_memcgs memcgs; // likewise
};

/** A reader of a small file: @p text is whole and ends in a NUL behind its end. */
typedef void sos_fn(struct sos *s, const char *path, struct cur text);

/* members.c, sos.c */
/** Takes what is of use in a member. Returns false if the member is of no use, and is not read. */
bool sos_take(struct sos *s, const struct sos_member *m);
/** Is there anything of interest under this name? */
bool sos_wants(const char *path);
/** Adds to the case's missing list, which is bounded for members. */
void sos_missing(struct sos *s, const char *fmt, ...) OOM_PRINTF(2, 3);
/** Begins and ends; sos_end() gives everything to the case. */
enum oom_status sos_begin(struct sos *s, struct oom_case *c, const struct oom_open_options *options,
			  struct oom_error *err);
enum oom_status sos_end(struct sos *s, struct oom_error *err);
void sos_free(struct sos *s);

/** The next line without its newline; false at the end. */
bool sos_line(struct cur *text, struct cur *line);
/** The case's state, made at its first use; NULL without memory. */
struct oom_state *sos_state(struct sos *s);
struct oom_origin sos_origin(struct sos *s, const char *path, int64_t line);
/** A whole number in the text, and nothing else; OOM_ABSENT. */
int64_t sos_number(struct cur text);

sos_fn sos_uname, sos_hostname, sos_uptime, sos_date, sos_date_utc, sos_stat, sos_sysctl, sos_proc_sys, sos_cmdline,
	sos_version, sos_kexec;
sos_fn sos_meminfo, sos_swaps, sos_vmstat, sos_hugepages, sos_hugepages_node, sos_node_meminfo;
sos_fn sos_ps, sos_status, sos_adj, sos_task_cgroup;
sos_fn sos_cgroup;

/* put together at the end */
/** KiB of a page: by the zones, which hold all of MemTotal; else by the architecture; OOM_ABSENT. */
int64_t sos_page_kb(struct sos *s);
void sos_zones_end(struct sos *s, int64_t page_kb);
void sos_slabs_end(struct sos *s, int64_t page_kb);
void sos_vmallocs_end(struct sos *s, int64_t page_kb);
void sos_tasks_end(struct sos *s);
void sos_cgroups_end(struct sos *s);
void sos_settle(struct sos *s);

/** The member as a file that can be sought in: itself, or a copy. The descriptor is to be closed; -1 and @p err. */
int sos_spool(struct sos *s, const struct sos_member *m, bool *whole, struct oom_error *err);

/* dump.c */
/** Reads a dump that is in the input; the newest one is kept. */
void sos_dump(struct sos *s, const struct sos_member *m);
/** Makes the dump, if it tells of an incident, what the case is about. True: it does. */
bool sos_dump_end(struct sos *s);

#endif
