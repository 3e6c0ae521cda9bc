// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Databases of several machines become one. An input that several of them have (the same file, unchanged) counts once;
 * a reading that succeeded is better than one that failed, a later better than an earlier one.
 */
#include "batch/db.h"
#if OOM_WITH_SQLITE
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/** Columns of a table without its own number and its parent's, "a,b,c", to be freed; NULL. */
static char *columns_of(sqlite3 *sql, const char *table)
{
	sqlite3_stmt *row;
	char *list = NULL;
	if (sqlite3_prepare_v2(
		    sql,
		    "SELECT group_concat(name) FROM pragma_table_info(?1) WHERE name NOT IN ('input','incident')"
		    " AND NOT (pk AND name='id')",
		    -1, &row, NULL) != SQLITE_OK)
		return NULL;
	sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
	if (sqlite3_step(row) == SQLITE_ROW && sqlite3_column_text(row, 0))
		list = strdup((const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return list;
}

static bool run_bound(sqlite3 *sql, const char *text, const char *value)
{
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v2(sql, text, -1, &stmt, NULL) != SQLITE_OK)
		return false;
	if (value && sqlite3_bind_parameter_count(stmt))
		sqlite3_bind_text(stmt, 1, value, -1, SQLITE_STATIC);
	bool done = sqlite3_step(stmt) == SQLITE_DONE;
	return sqlite3_finalize(stmt) == SQLITE_OK && done;
}

/** The statements, in order; %1$s inputs', %2$s incidents', %3$s findings', %4$s tasks' columns. */
static const char *const steps[] = {
	// What comes in: finished inputs that we lack, or have only a worse reading of.
	"CREATE TEMP TABLE come AS SELECT f.id AS id, f.identity AS identity FROM other.inputs f"
	" LEFT JOIN main.inputs m ON m.identity=f.identity WHERE f.state<>'running' AND"
	" (m.id IS NULL OR m.state='running' OR (m.state<>'done' AND f.state='done') OR"
	" (m.state=f.state AND f.finished>m.finished))",
	"DELETE FROM main.inputs WHERE identity IN (SELECT identity FROM come)",
	// A file that has changed since it was merged: that batch has another reading of it by now.
	"DELETE FROM main.inputs WHERE identity NOT IN (SELECT identity FROM other.inputs)"
	" AND EXISTS(SELECT 1 FROM other.inputs f WHERE f.key=main.inputs.key AND f.state<>'running'"
	" AND ?1||coalesce(f.origin,'')=main.inputs.origin)",
	"INSERT INTO main.inputs(%1$s) SELECT %1$s FROM other.inputs WHERE id IN (SELECT id FROM come) ORDER BY id",
	"UPDATE main.inputs SET reports=?1||reports,origin=?1||coalesce(origin,'') WHERE identity IN (SELECT identity"
	" FROM come)",
	"CREATE TEMP TABLE number AS SELECT o.id AS old, (SELECT coalesce(max(id),0) FROM main.incidents)+"
	"row_number() OVER (ORDER BY o.id) AS new, m.id AS input FROM other.incidents o JOIN come c ON c.id=o.input"
	" JOIN main.inputs m ON m.identity=c.identity",
	"INSERT INTO main.incidents(id,input,%2$s) SELECT n.new,n.input,%2$s FROM other.incidents o JOIN number n ON"
	" n.old=o.id",
	"INSERT INTO main.findings(incident,%3$s) SELECT n.new,%3$s FROM other.findings o JOIN number n ON "
	"n.old=o.incident",
	"INSERT INTO main.tasks(incident,%4$s) SELECT n.new,%4$s FROM other.tasks o JOIN number n ON n.old=o.incident",
	"DROP TABLE number",
	"DROP TABLE come",
};

static bool run_steps(sqlite3 *sql, char *const columns[4], const char *prefix)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		char *text = strdup(steps[i]);
		// Names of columns are ours, from the schema that was checked.
		for (int k = 0; text && k < 4; k++) {
			char mark[] = {'%', (char)('1' + k), '$', 's', '\0'}, *at;
			while (text && (at = strstr(text, mark))) {
				char *more = NULL;
				if (asprintf(&more, "%.*s%s%s", (int)(at - text), text, columns[k], at + 4) < 0)
					more = NULL;
				free(text);
				text = more;
			}
		}
		bool fits = text && run_bound(sql, text, prefix);
		free(text);
		if (!fits)
			return false;
	}
	return true;
}

static enum oom_status merge_attached(sqlite3 *sql, const char *prefix, struct oom_error *err)
{
	static const char *const tables[] = {"inputs", "incidents", "findings", "tasks"};
	char *columns[4] = {NULL};
	bool fits = true;
	enum oom_status status = OOM_OK;
	for (int i = 0; i < 4; i++)
		fits &= (columns[i] = columns_of(sql, tables[i])) != NULL;
	if (!fits || sqlite3_exec(sql, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		status = oom_fail(err, OOM_EWRITE, "%s", sqlite3_errmsg(sql));
	} else if (!run_steps(sql, columns, prefix) || sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		status = oom_fail(err, OOM_EWRITE, "%s", sqlite3_errmsg(sql));
		sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
	}
	for (int i = 0; i < 4; i++)
		free(columns[i]);
	return status;
}

/** Are the results that come in redacted as those that are there? */
static enum oom_status check_redaction(struct batch_db *db, struct oom_error *err)
{
	sqlite3_stmt *row;
	enum oom_status status = OOM_OK;
	if (sqlite3_prepare_v2(batch_db_handle(db),
			       "SELECT options FROM other.inputs WHERE options IS NOT NULL LIMIT 1", -1, &row,
			       NULL) != SQLITE_OK)
		return oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(batch_db_handle(db)));
	if (sqlite3_step(row) == SQLITE_ROW)
		status = batch_db_check_redaction(db, (const char *)sqlite3_column_text(row, 0), err);
	sqlite3_finalize(row);
	return status;
}

enum oom_status batch_db_merge(struct batch_db *db, const char *from, const char *prefix, struct oom_error *err)
{
	struct batch_db *other;
	sqlite3 *sql = batch_db_handle(db);
	// Opened once by itself, which checks that it is one of ours.
	enum oom_status status = batch_db_open(from, BATCH_DB_READ, &other, err);
	if (status != OOM_OK)
		return status;
	batch_db_close(other);
	if (!run_bound(sql, "ATTACH DATABASE ?1 AS other", from))
		return oom_fail(err, OOM_EOPEN, "%s", sqlite3_errmsg(sql));
	status = check_redaction(db, err);
	if (status == OOM_OK)
		status = merge_attached(sql, prefix, err);
	run_bound(sql, "DETACH DATABASE other", NULL);
	return status;
}

#endif
