// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Many inputs: each read by a worker process of its own that can open, fork, execute and connect nothing.
 *
 *     PATHs ──► collect.c ──► inputs ──► pool.c ──fork──► worker.c: sandbox.c, then oom_open, classify, report
 *               split.c                   │  ▲                │
 *                                  claims │  │ rows           │ "open PATH", "a temporary file"
 *                                         ▼  │                ▼
 *                                        db.c            broker.c: the parent opens what lies in the input, no more
 *                                         │
 *                          export.c, index.c: incidents.jsonl, index.html, list
 *
 * The parent parses nothing of an input but the first bytes, which tell what it is. A worker answers with reports,
 * through descriptors that the parent opened, and with rows for the database (rows.h).
 *
 * src/batch belongs to the program, not to the library. It prints nothing: struct batch_ui does.
 */
#ifndef OOM_BATCH_H
#define OOM_BATCH_H

#include <oomortem/open.h>
#include <oomortem/redact.h>
#include <oomortem/report.h>
#include <signal.h>
#include <sys/stat.h>

#ifndef OOM_WITH_SQLITE
#define OOM_WITH_SQLITE 1 // without it there is no batch, list, merge
#endif
#ifndef OOM_WITH_SECCOMP
#define OOM_WITH_SECCOMP 1 // without it workers have limits, and no filter of system calls
#endif

enum { BATCH_KEY = 17, BATCH_FORMATS = 5 }; // 16 hex digits of a hash and a NUL; enum oom_format

/** One input: a file, a folder, or the parts of a split dump. */
struct batch_input {
	char **paths; /**< as the user reaches them; the parts in the order of their frames */
	size_t nr_paths;
	char *token; /**< with --redact what the results call it; NULL: paths[0] */
	bool folder;
	bool named; /**< by the user; else found in a folder */
	bool maybe; /**< an archive, compressed, or just text: whether it is an input only the worker will see */
	int64_t size, mtime_ns;
	dev_t dev;
	ino_t ino;
	char key[BATCH_KEY];	  /**< of its real path, with --redact of the token for that */
	char identity[BATCH_KEY]; /**< of path, size, time of modification and inode: equal means unchanged */
};

struct batch_inputs {
	struct batch_input *v;
	size_t n, cap;
	size_t others; /**< files in folders that are no inputs */
	size_t older;  /**< left out by newer_than_ns */
	size_t beyond; /**< of other shards */
	size_t refused;
};

/** How it ended for one input. */
enum batch_state { BATCH_DONE, BATCH_FAILED, BATCH_NO_INPUT };
enum batch_reason {
	BATCH_FINE,
	BATCH_UNREADABLE, /**< the reader said so */
	BATCH_CRASHED,	  /**< the worker died of a signal, or ended without its answer */
	BATCH_TIMEOUT,
	BATCH_MEMORY,
	BATCH_SANDBOX, /**< the worker tried what it may not */
	BATCH_OUTPUT,  /**< its report could not be written */
};
const char *batch_reason_id(enum batch_reason reason);

struct batch_outcome {
	enum batch_state state;
	enum batch_reason reason;
	char text[512]; /**< one line: what was found, or why it failed. As it came from the input: escape it */
	bool oom;
	double seconds;
};

/** Progress goes to the program; any function may be NULL. */
struct batch_ui {
	void *arg;
	/** A PATH of the user's that is no input, and why. */
	void (*refused)(void *arg, const char *path, const char *why);
	/** One input is through. */
	void (*finished)(void *arg, const struct batch_input *input, const struct batch_outcome *outcome);
	/** One input needs no work: done before, or another process has it. */
	void (*skipped)(void *arg);
	/** A few times a second. */
	void (*tick)(void *arg);
};

struct batch_totals {
	size_t inputs;	  /**< all of this run's */
	size_t skipped;	  /**< done before, unchanged */
	size_t elsewhere; /**< another process has them in work */
	size_t done, failed, no_input;
	size_t failed_before; /**< of the skipped ones */
	size_t oom;	      /**< inputs with an out-of-memory event, of those done now */
	bool interrupted;
};

struct batch_options {
	const char *dir; /**< where everything goes */
	struct oom_open_options open;
	struct oom_report_options report;
	enum oom_format formats[BATCH_FORMATS];
	size_t nr_formats;
	int jobs;
	int64_t timeout_s;
	unsigned redact;       /**< of enum oom_redact_what, where open.redact is set */
	int64_t max_memory;    /**< bytes; 0: 2 GiB and 1/128 of the input */
	int64_t newer_than_ns; /**< OOM_ABSENT: all */
	int64_t since_s;       /**< OOM_ABSENT: all */
	/** Was there memory for all that was allocated since the last call? NULL: nobody watches. */
	bool (*memory_settle)(struct oom_case *c);
	int64_t shard, shards; /**< 1 to shards; shards 0: all inputs are ours */
};

/* hash.c */
uint64_t batch_hash(uint64_t seed, const void *bytes, size_t len);
void batch_hex(uint64_t hash, char ret[BATCH_KEY]);
/** Its path as results name it. */
static inline const char *batch_shown_path(const struct batch_input *input)
{
	return input->token ? input->token : input->paths[0];
}
/** Does the input belong to shard @p shard of @p shards? */
bool batch_in_shard(const struct batch_input *input, int64_t shard, int64_t shards);

/* collect.c */
/**
 * Adds the inputs at @p path: a file; a folder of kdump's or of sos's; any other folder with all below it.
 * @param[in] named false: the path is from a pattern, and no input there is no mistake
 * @return OOM_OK, OOM_ENOMEM; a path that is no input is told to @p ui and counted
 */
enum oom_status batch_collect(struct batch_inputs *list, const char *path, const struct batch_options *options,
			      const struct batch_ui *ui);
/** When all is collected: parts become one input, what was given twice counts once, keys are set, shards taken out. */
enum oom_status batch_settle(struct batch_inputs *list, const struct batch_options *options);
void batch_inputs_free(struct batch_inputs *list);

/* split.c */
/** What the header of a part of a split dump says. */
struct batch_part {
	uint64_t dump; /**< equal for the parts of one dump */
	uint64_t start;
};
/** Is the dump that starts with @p head a part of a split one? */
bool batch_part_read(int fd, struct batch_part *ret);
/** Joins the parts of each dump into one input. */
enum oom_status batch_join_parts(struct batch_inputs *list);

/* pool.c */
struct batch_db;
/**
 * Runs all inputs. Ends early, with `interrupted`, when *@p stop is set.
 * @return OOM_OK; OOM_EWRITE, OOM_ENOMEM where the whole batch cannot go on
 */
enum oom_status batch_run(const struct batch_inputs *list, const struct batch_options *options, struct batch_db *db,
			  const struct batch_ui *ui, const volatile sig_atomic_t *stop, struct batch_totals *totals,
			  struct oom_error *err);

#endif
