// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * incidents.db: what was found, and how far the batch is. The schema is schema.c's.
 *
 * Several processes may work on one database: an input belongs to the process whose name stands in its row.
 */
#ifndef OOM_BATCH_DB_H
#define OOM_BATCH_DB_H

#include "batch/batch.h"
#include "batch/rows.h"

struct batch_db;
struct sqlite3;

/** PRAGMA user_version of incidents.db: changes with the schema. */
enum { BATCH_SCHEMA = 2 };
extern const char batch_schema[];

enum batch_db_mode { BATCH_DB_READ, BATCH_DB_WRITE, BATCH_DB_CREATE };

/** OOM_OK; OOM_EOPEN, OOM_EFORMAT (no database, another schema), OOM_ENOMEM, OOM_EWRITE. */
enum oom_status batch_db_open(const char *path, enum batch_db_mode mode, struct batch_db **ret, struct oom_error *err);
void batch_db_close(struct batch_db *db); /**< NULL is allowed */
struct sqlite3 *batch_db_handle(struct batch_db *db);

/* titles.c */
/**
 * Adds the aggregate common_title(TEXT) to a connection: of equal texts the text, of others what they begin and end
 * with, cut between words, "…" between: "OUT OF MEMORY IN CGROUP /…, ITS OWN LIMIT". False: SQLite has no memory.
 */
bool batch_add_functions(struct sqlite3 *sql);

/** Whose an input is. */
enum batch_claim {
	BATCH_OURS,	    /**< from now on */
	BATCH_WAS_DONE,	    /**< and has not changed since, nor have the options or the program */
	BATCH_WAS_FAILED,   /**< likewise, with no more memory or time than now */
	BATCH_WAS_NO_INPUT, /**< likewise */
	BATCH_ELSEWHERE,    /**< another process has it */
	BATCH_DB_ERROR,	    /**< @p err says why */
};

/** What results depend on, beside the input: as text that is compared. */
struct batch_run_id {
	const char *options; /**< changes the result */
	const char *limits;  /**< may change a failure */
};

/**
 * Results that are redacted with one key, with another and not at all are never in one database: inputs would count
 * twice, and names stand beside tokens. @p options is that of a batch_run_id. OOM_OK, OOM_EINVAL, OOM_EREAD.
 */
enum oom_status batch_db_check_redaction(struct batch_db *db, const char *options, struct oom_error *err);

enum batch_claim batch_db_claim(struct batch_db *db, const struct batch_input *input, const struct batch_run_id *run,
				struct oom_error *err);
/** Gives it back, as if it had not been claimed. */
void batch_db_release(struct batch_db *db, const struct batch_input *input);

/** What was learnt about one input. */
struct batch_result {
	const struct batch_outcome *outcome;
	const uint8_t *rows; /**< of the worker, not to be trusted */
	size_t len;
	const char *reports; /**< path of its reports from the database's folder, without the ending; NULL: none */
	const char *formats; /**< their endings, with commas between; NULL */
	/** Called when the claim is known to hold, before the commit: puts the reports into their place. */
	bool (*publish)(void *arg);
	void *arg;
};

/** Writes it down in one transaction. OOM_OK, OOM_ENOENT: it is no longer ours, nothing was written; OOM_EWRITE. */
enum oom_status batch_db_store(struct batch_db *db, const struct batch_input *input, const struct batch_result *result,
			       struct oom_error *err);

/** Adds all of the database at @p from to @p db, but what is there already. */
enum oom_status batch_db_merge(struct batch_db *db, const char *from, const char *prefix, struct oom_error *err);

#endif
