// SPDX-License-Identifier: GPL-2.0-or-later
/** @file incidents.db: opening, claims, results. */
#include "batch/db.h"
#include "batch/text.h"
#if OOM_WITH_SQLITE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 60000 };

struct batch_db {
	sqlite3 *sql;
	char owner[160];
	sqlite3_stmt *find, *drop, *add, *add_row[BATCH_TABLES];
};

struct sqlite3 *batch_db_handle(struct batch_db *db)
{
	return db->sql;
}

static enum oom_status fail(struct batch_db *db, enum oom_status status, struct oom_error *err)
{
	return oom_fail(err, status, "%s", sqlite3_errmsg(db->sql));
}

static bool run(struct batch_db *db, const char *sql)
{
	return sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Who we are: the machine, the process, and when it began, because numbers of processes come again. */

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *in = fopen(path, "re");
	if (!in)
		return 0;
	size_t len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[len] = '\0';
	// Field 22 of proc(5), the 20th behind the name.
	const char *at = strrchr(text, ')');
	for (int i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void host_name(char *ret, size_t size)
{
	if (gethostname(ret, size) != 0)
		*ret = '\0';
	ret[size - 1] = '\0';
	for (char *p = ret; *p; p++)
		if (*p == ':')
			*p = '_';
}

static void name_owner(struct batch_db *db)
{
	char host[96];
	host_name(host, sizeof(host));
	snprintf(db->owner, sizeof(db->owner), "%s:%d:%" PRIu64, host, (int)getpid(), start_of(getpid()));
}

/** Is the process that claimed a row still there? Of another machine's we know only how long ago it was. */
static bool is_alive(const char *owner, int64_t claimed)
{
	const int64_t day = 24 * 3600;
	char host[96], theirs[96];
	int pid;
	uint64_t start;
	host_name(host, sizeof(host));
	if (!owner || sscanf(owner, "%95[^:]:%d:%" SCNu64, theirs, &pid, &start) != 3)
		return false;
	if (strcmp(host, theirs) != 0)
		return (int64_t)time(NULL) - claimed < day;
	if (pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH))
		return false;
	uint64_t now = start_of(pid);
	return !now || !start || now == start;
}

/* Opening. */

/** SQLite's write-ahead log needs memory that all its users share: no network file system has it (wal.html). */
static bool is_local(const char *path)
{
	static const long network[] = {0x6969 /* NFS */,	0xff534d42 /* CIFS */,	 0xfe534d42 /* SMB2 */,
				       0x0bd00bd0 /* Lustre */, 0x19830326 /* BeeGFS */, 0x47504653 /* GPFS */,
				       0x00c36400 /* Ceph */,	0x01021997 /* 9P */,	 0x65735546 /* FUSE */};
	struct statfs fs;
	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == (unsigned long)network[i])
			return false;
	return true;
}

static int64_t ask_number(struct batch_db *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t value = -1;
	if (sqlite3_prepare_v2(db->sql, sql, -1, &stmt, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

/** Makes the tables if the database is new; another schema is refused. */
static enum oom_status settle_schema(struct batch_db *db, enum batch_db_mode mode, struct oom_error *err)
{
	int64_t version = ask_number(db, "PRAGMA user_version");
	int64_t tables = ask_number(db, "SELECT count(*) FROM sqlite_master");
	if (version < 0 || tables < 0)
		return oom_fail(err, OOM_EFORMAT, "%s", sqlite3_errmsg(db->sql));
	if (version == BATCH_SCHEMA)
		return OOM_OK;
	if (version || tables || mode != BATCH_DB_CREATE)
		return oom_fail(err, OOM_EFORMAT, "not an incidents.db that this version knows");
	char set[64];
	snprintf(set, sizeof(set), "PRAGMA user_version=%d", BATCH_SCHEMA);
	if (!run(db, "BEGIN IMMEDIATE"))
		return fail(db, OOM_EWRITE, err);
	if (run(db, batch_schema) && run(db, set) && run(db, "COMMIT"))
		return OOM_OK;
	enum oom_status status = fail(db, OOM_EWRITE, err);
	run(db, "ROLLBACK");
	return status;
}

static sqlite3_stmt *prepare(struct batch_db *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	return sqlite3_prepare_v2(db->sql, sql, -1, &stmt, NULL) == SQLITE_OK ? stmt : NULL;
}

/** "INSERT INTO TABLE(parent, column …) VALUES(?, ? …)". */
static sqlite3_stmt *prepare_row(struct batch_db *db, enum batch_table table)
{
	static const char *const names[] = {"inputs", "incidents", "findings", "tasks"};
	static const char *const parents[] = {NULL, "input", "incident", "incident"};
	char sql[2048];
	FILE *out = fmemopen(sql, sizeof(sql), "w");
	if (!out)
		return NULL;
	size_t n = batch_nr_columns(table);
	if (table == BATCH_T_INPUT) {
		fputs("UPDATE inputs SET state=?,reason=?,finished=?,seconds=?,reports=?,formats=?,owner=NULL", out);
		for (size_t i = 0; i < n; i++)
			fprintf(out, ",%s=?", batch_columns[table][i]);
		fputs(" WHERE identity=? AND owner=?", out);
	} else {
		fprintf(out, "INSERT INTO %s(%s", names[table], parents[table]);
		for (size_t i = 0; i < n; i++)
			fprintf(out, ",%s", batch_columns[table][i]);
		fputs(") VALUES(?", out);
		for (size_t i = 0; i < n; i++)
			fputs(",?", out);
		fputs(")", out);
	}
	fputc('\0', out);
	return fclose(out) == 0 ? prepare(db, sql) : NULL;
}

static bool prepare_all(struct batch_db *db)
{
	db->find = prepare(db, "SELECT id,identity,state,owner,claimed,options,limits,version FROM inputs WHERE key=?");
	db->drop = prepare(db, "DELETE FROM inputs WHERE key=?");
	db->add = prepare(db,
			  "INSERT INTO inputs(path,parts,key,identity,size,mtime_ns,state,owner,claimed,options,limits,"
			  "version) VALUES(?,?,?,?,?,?,'running',?,?,?,?,?)");
	bool fits = db->find && db->drop && db->add;
	for (int i = 0; fits && i < BATCH_T_END; i++)
		fits = (db->add_row[i] = prepare_row(db, (enum batch_table)i)) != NULL;
	return fits;
}

enum oom_status batch_db_open(const char *path, enum batch_db_mode mode, struct batch_db **ret, struct oom_error *err)
{
	struct batch_db *db = calloc(1, sizeof(*db));
	if (!db)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	int flags = mode == BATCH_DB_READ    ? SQLITE_OPEN_READONLY
		    : mode == BATCH_DB_WRITE ? SQLITE_OPEN_READWRITE
					     : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	name_owner(db);
	if (sqlite3_open_v2(path, &db->sql, flags, NULL) != SQLITE_OK) {
		enum oom_status status =
			oom_fail(err, OOM_EOPEN, "%s", db->sql ? sqlite3_errmsg(db->sql) : "out of memory");
		batch_db_close(db);
		return status;
	}
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	run(db, "PRAGMA foreign_keys=ON");
	run(db, "PRAGMA trusted_schema=OFF");
	if (mode != BATCH_DB_READ) {
		run(db, is_local(path) ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE");
		run(db, "PRAGMA synchronous=NORMAL");
	}
	enum oom_status status = settle_schema(db, mode, err);
	if (status == OOM_OK && !batch_add_functions(db->sql))
		status = fail(db, OOM_ENOMEM, err);
	if (status == OOM_OK && mode != BATCH_DB_READ && !prepare_all(db))
		status = fail(db, OOM_EFORMAT, err);
	if (status != OOM_OK) {
		batch_db_close(db);
		return status;
	}
	*ret = db;
	return OOM_OK;
}

void batch_db_close(struct batch_db *db)
{
	if (!db)
		return;
	sqlite3_finalize(db->find);
	sqlite3_finalize(db->drop);
	sqlite3_finalize(db->add);
	for (int i = 0; i < BATCH_TABLES; i++)
		sqlite3_finalize(db->add_row[i]);
	sqlite3_close(db->sql);
	free(db);
}

/* Claims. */

static bool column_is(sqlite3_stmt *stmt, int column, const char *text)
{
	const char *value = (const char *)sqlite3_column_text(stmt, column);
	return value && strcmp(value, text) == 0;
}

/** What the row that is there says; BATCH_OURS: nothing that keeps us from it. */
static enum batch_claim judge(sqlite3_stmt *row, const struct batch_input *input, const struct batch_run_id *id)
{
	bool same = column_is(row, 1, input->identity) && column_is(row, 5, id->options) &&
		    column_is(row, 7, OOMORTEM_VERSION);
	if (column_is(row, 2, "running"))
		return is_alive((const char *)sqlite3_column_text(row, 3), sqlite3_column_int64(row, 4))
			       ? BATCH_ELSEWHERE
			       : BATCH_OURS;
	if (!same)
		return BATCH_OURS;
	if (column_is(row, 2, "done"))
		return BATCH_WAS_DONE;
	if (column_is(row, 2, "no-input"))
		return BATCH_WAS_NO_INPUT;
	return column_is(row, 6, id->limits) ? BATCH_WAS_FAILED : BATCH_OURS;
}

static enum batch_claim look(struct batch_db *db, const struct batch_input *input, const struct batch_run_id *id)
{
	enum batch_claim claim = BATCH_OURS;
	sqlite3_bind_text(db->find, 1, input->key, -1, SQLITE_STATIC);
	int status = sqlite3_step(db->find);
	if (status == SQLITE_ROW)
		claim = judge(db->find, input, id);
	else if (status != SQLITE_DONE)
		claim = BATCH_DB_ERROR;
	sqlite3_reset(db->find);
	return claim;
}

enum oom_status batch_db_check_redaction(struct batch_db *db, const char *options, struct oom_error *err)
{
#define MARK(text)                                                                                                     \
	"CASE instr(" text ", ' redact=') WHEN 0 THEN '' ELSE substr(" text ", instr(" text ", ' redact=')) END"
	sqlite3_stmt *stmt = prepare(db, "SELECT 1 FROM inputs WHERE options IS NOT NULL AND " MARK(
						 "options") " IS NOT " MARK("?1") " LIMIT 1");
	if (!stmt)
		return fail(db, OOM_EREAD, err);
	sqlite3_bind_text(stmt, 1, options, -1, SQLITE_STATIC);
	int found = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	if (found == SQLITE_DONE)
		return OOM_OK;
	return found == SQLITE_ROW
		       ? oom_fail(err, OOM_EINVAL,
				  "results that are redacted otherwise, or not at all, do not mix: take another -o")
		       : fail(db, OOM_EREAD, err);
}

static bool step(sqlite3_stmt *stmt)
{
	bool done = sqlite3_step(stmt) == SQLITE_DONE;
	sqlite3_reset(stmt);
	return done;
}

static bool insert_claim(struct batch_db *db, const struct batch_input *input, const struct batch_run_id *id)
{
	char *path = batch_clean(batch_shown_path(input), strlen(batch_shown_path(input)));
	if (!path)
		return false;
	sqlite3_bind_text(db->drop, 1, input->key, -1, SQLITE_STATIC);
	bool fits = step(db->drop);
	sqlite3_bind_text(db->add, 1, path, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(db->add, 2, (int64_t)input->nr_paths);
	sqlite3_bind_text(db->add, 3, input->key, -1, SQLITE_STATIC);
	sqlite3_bind_text(db->add, 4, input->identity, -1, SQLITE_STATIC);
	sqlite3_bind_int64(db->add, 5, input->size);
	sqlite3_bind_int64(db->add, 6, input->mtime_ns);
	sqlite3_bind_text(db->add, 7, db->owner, -1, SQLITE_STATIC);
	sqlite3_bind_int64(db->add, 8, (int64_t)time(NULL));
	sqlite3_bind_text(db->add, 9, id->options, -1, SQLITE_STATIC);
	sqlite3_bind_text(db->add, 10, id->limits, -1, SQLITE_STATIC);
	sqlite3_bind_text(db->add, 11, OOMORTEM_VERSION, -1, SQLITE_STATIC);
	fits = fits && step(db->add);
	free(path);
	return fits;
}

enum batch_claim batch_db_claim(struct batch_db *db, const struct batch_input *input, const struct batch_run_id *id,
				struct oom_error *err)
{
	// Most of a batch that is resumed is done: no lock for that.
	enum batch_claim claim = look(db, input, id);
	if (claim == BATCH_OURS) {
		if (!run(db, "BEGIN IMMEDIATE")) {
			fail(db, OOM_EWRITE, err);
			return BATCH_DB_ERROR;
		}
		claim = look(db, input, id);
		if (claim == BATCH_OURS && !insert_claim(db, input, id))
			claim = BATCH_DB_ERROR;
		if (claim == BATCH_DB_ERROR)
			fail(db, OOM_EWRITE, err);
		if (!run(db, claim == BATCH_OURS ? "COMMIT" : "ROLLBACK") && claim == BATCH_OURS) {
			fail(db, OOM_EWRITE, err);
			run(db, "ROLLBACK");
			claim = BATCH_DB_ERROR;
		}
	} else if (claim == BATCH_DB_ERROR) {
		fail(db, OOM_EWRITE, err);
	}
	return claim;
}

void batch_db_release(struct batch_db *db, const struct batch_input *input)
{
	sqlite3_stmt *stmt = prepare(db, "DELETE FROM inputs WHERE identity=? AND state='running' AND owner=?");
	if (!stmt)
		return;
	sqlite3_bind_text(stmt, 1, input->identity, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, db->owner, -1, SQLITE_STATIC);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
}

/* Results. */

static bool bind(sqlite3_stmt *stmt, int at, const struct batch_value *v)
{
	char *clean;
	switch (v->kind) {
	case BATCH_INT:
		return sqlite3_bind_int64(stmt, at, v->number) == SQLITE_OK;
	case BATCH_REAL:
		return sqlite3_bind_double(stmt, at, v->real) == SQLITE_OK;
	case BATCH_TEXT:
		clean = batch_clean(v->text, v->len);
		return clean && sqlite3_bind_text(stmt, at, clean, -1, free) == SQLITE_OK;
	case BATCH_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at) == SQLITE_OK;
}

/** The row of the input itself. @p row NULL: the worker gave none. */
static bool store_input(struct batch_db *db, const struct batch_input *input, const struct batch_result *result,
			const struct batch_row *row)
{
	static const char *const states[] = {"done", "failed", "no-input"};
	const struct batch_outcome *o = result->outcome;
	sqlite3_stmt *stmt = db->add_row[BATCH_T_INPUT];
	const int first = 7, n = (int)batch_nr_columns(BATCH_T_INPUT); // of the worker's columns: status, error …
	sqlite3_clear_bindings(stmt);
	sqlite3_bind_text(stmt, 1, states[o->state], -1, SQLITE_STATIC);
	if (o->reason != BATCH_FINE)
		sqlite3_bind_text(stmt, 2, batch_reason_id(o->reason), -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, (int64_t)time(NULL));
	sqlite3_bind_double(stmt, 4, o->seconds);
	sqlite3_bind_text(stmt, 5, result->reports, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 6, result->formats, -1, SQLITE_STATIC);
	for (int i = 0; row && i < n; i++)
		if (!bind(stmt, first + i, &row->v[i]))
			return false;
	// The parent knows better why a worker failed than the worker does.
	const struct batch_value why = {.kind = BATCH_TEXT, .text = o->text, .len = strlen(o->text)};
	if (o->state != BATCH_DONE && !bind(stmt, first + 1, &why))
		return false;
	sqlite3_bind_text(stmt, first + n, input->identity, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, first + n + 1, db->owner, -1, SQLITE_STATIC);
	return step(stmt);
}

static bool store_row(struct batch_db *db, const struct batch_row *row, int64_t parent, int64_t *id)
{
	sqlite3_stmt *stmt = db->add_row[row->table];
	sqlite3_clear_bindings(stmt);
	sqlite3_bind_int64(stmt, 1, parent);
	for (size_t i = 0; i < row->n; i++)
		if (!bind(stmt, 2 + (int)i, &row->v[i]))
			return false;
	bool fits = step(stmt);
	*id = sqlite3_last_insert_rowid(db->sql);
	return fits;
}

/** All rows of a worker whose answer is whole; of any other only why it failed. */
static bool store_rows(struct batch_db *db, const struct batch_input *input, const struct batch_result *result,
		       int64_t id)
{
	struct batch_reader reader = {result->rows, result->rows + result->len};
	struct batch_row row;
	int64_t incident = 0, ignored;
	bool told = false;
	if (result->outcome->state != BATCH_DONE)
		return store_input(db, input, result, NULL);
	while (batch_row_next(&reader, &row) && row.table != BATCH_T_END) {
		bool fits = true;
		if (row.table == BATCH_T_INPUT && !told)
			fits = told = store_input(db, input, result, &row);
		else if (row.table == BATCH_T_INCIDENT)
			fits = store_row(db, &row, id, &incident);
		else if (row.table != BATCH_T_INPUT && incident)
			fits = store_row(db, &row, incident, &ignored);
		if (!fits)
			return false;
	}
	return told;
}

static int64_t own_id(struct batch_db *db, const struct batch_input *input)
{
	int64_t id = 0;
	sqlite3_stmt *stmt = prepare(db, "SELECT id FROM inputs WHERE identity=? AND owner=? AND state='running'");
	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, input->identity, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, db->owner, -1, SQLITE_STATIC);
	int status = sqlite3_step(stmt);
	if (status == SQLITE_ROW)
		id = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return status == SQLITE_ROW || status == SQLITE_DONE ? id : -1;
}

enum oom_status batch_db_store(struct batch_db *db, const struct batch_input *input, const struct batch_result *result,
			       struct oom_error *err)
{
	if (!run(db, "BEGIN IMMEDIATE"))
		return fail(db, OOM_EWRITE, err);
	int64_t id = own_id(db, input);
	enum oom_status status = OOM_OK;
	if (id < 0)
		status = fail(db, OOM_EWRITE, err);
	else if (!id)
		status = oom_fail(err, OOM_ENOENT, "another process has taken it over");
	else if (!store_rows(db, input, result, id))
		status = fail(db, OOM_EWRITE, err);
	else if (result->publish && !result->publish(result->arg))
		status = oom_fail(err, OOM_EWRITE, "its reports cannot be put into place: %m");
	else if (!run(db, "COMMIT"))
		status = fail(db, OOM_EWRITE, err);
	if (status != OOM_OK)
		run(db, "ROLLBACK");
	return status;
}

#endif
