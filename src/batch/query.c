// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Questions to incidents.db. */
#include "batch/query.h"
#if OOM_WITH_SQLITE
#include "batch/text.h"
#include "report/jsonw.h"
#include "report/report.h"
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS_MAX = 48 };

/** Columns that can be sorted by, and how. */
static const struct sort_key {
	const char *name, *single, *grouped; // NULL: not of such
} sort_keys[] = {
	{"time", "i.epoch IS NULL, i.epoch", "last_seen IS NULL, last_seen"},
	{"host", "i.host IS NULL, i.host, i.epoch", "hosts DESC"},
	{"cause", "i.cause, i.epoch", "cause"},
	{"culprit", "i.culprit IS NULL, i.culprit, i.epoch", "culprit IS NULL, culprit"},
	{"size", "i.culprit_kb IS NULL, i.culprit_kb DESC", NULL},
	{"release", "i.release IS NULL, i.release, i.epoch", NULL},
	{"input", "p.path, i.event", NULL},
	{"signature", "i.signature, i.epoch", "signature"},
	{"count", NULL, "incidents DESC, last_seen DESC"},
};

const char *batch_sort_keys(bool by_signature)
{
	return by_signature ? "count, time, host, cause, culprit, signature"
			    : "time, host, cause, culprit, size, release, input, signature";
}

static const char single_columns[] =
	"SELECT i.time, i.host, i.cause, i.culprit, i.culprit_kb, i.culprit_kind, i.culprit_pid, i.culprit_share,"
	" i.scope, i.consumer, i.outcome, i.confidence, i.kind, i.oom, i.decisive, i.victim, i.victim_pid, i.cgroup,"
	" i.release, i.machine, i.ram_kb, i.epoch, i.zone_known, i.time_us, i.boot, i.event, i.signature, i.title,"
	" i.summary, p.path AS input, p.reports, p.formats, i.id";
static const char group_columns[] =
	"SELECT i.signature, i.cause, common_title(i.title) AS title, max(i.culprit) AS culprit, count(*) AS incidents,"
	" count(DISTINCT i.host) AS hosts, min(i.epoch) AS first_seen, max(i.epoch) AS last_seen,"
	" group_concat(DISTINCT i.host) AS host_names";
static const char source[] = " FROM incidents i JOIN inputs p ON p.id=i.input"
			     " WHERE (?1 IS NULL OR i.cause=?1) AND (?2 IS NULL OR i.host GLOB ?2)"
			     " AND (?3 IS NULL OR i.culprit GLOB ?3) AND (?4 IS NULL OR i.release GLOB ?4)"
			     " AND (?5 IS NULL OR i.epoch>=?5) AND (?6 IS NULL OR i.epoch<=?6)";

static void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *stmt, int at, int64_t value)
{
	if (oom_known(value))
		sqlite3_bind_int64(stmt, at, value);
}

static enum oom_status prepare(struct batch_db *db, const struct batch_query *q, sqlite3_stmt **ret,
			       struct oom_error *err)
{
	const char *order = NULL, *wanted = q->sort ? q->sort : q->by_signature ? "count" : "time";
	char *sql = NULL;
	for (size_t i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++)
		if (strcmp(sort_keys[i].name, wanted) == 0)
			order = q->by_signature ? sort_keys[i].grouped : sort_keys[i].single;
	if (!order)
		return oom_fail(err, OOM_EINVAL, "not a key to sort by: %s", batch_sort_keys(q->by_signature));
	if (asprintf(&sql, "%s%s%s ORDER BY %s", q->by_signature ? group_columns : single_columns, source,
		     q->by_signature ? " GROUP BY i.signature" : "", order) < 0)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	int status = sqlite3_prepare_v2(batch_db_handle(db), sql, -1, ret, NULL);
	free(sql);
	if (status != SQLITE_OK)
		return oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(batch_db_handle(db)));
	bind_text(*ret, 1, q->cause);
	bind_text(*ret, 2, q->host);
	bind_text(*ret, 3, q->culprit);
	bind_text(*ret, 4, q->release);
	bind_number(*ret, 5, q->since_s);
	bind_number(*ret, 6, q->until_s);
	return OOM_OK;
}

static const char *text_of(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	return text ? text : "";
}

/* CSV, JSON. */

static void put_csv(sqlite3_stmt *row, FILE *out, bool head)
{
	// The last column of single incidents is an internal number.
	int n = sqlite3_column_count(row) -
		(strcmp(sqlite3_column_name(row, sqlite3_column_count(row) - 1), "id") == 0);
	for (int i = 0; i < n; i++) {
		if (i)
			putc(',', out);
		if (head)
			fputs(sqlite3_column_name(row, i), out);
		else if (sqlite3_column_type(row, i) == SQLITE_TEXT)
			batch_put_csv(out, text_of(row, i));
		else
			fputs(text_of(row, i), out); // a number, or nothing
	}
	fputs("\r\n", out);
}

static void put_json_columns(struct jsonw *w, sqlite3_stmt *row)
{
	static const char *const truths[] = {"oom", "decisive", "zone_known", "victim_task"};
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const char *name = sqlite3_column_name(row, i);
		bool truth = false;
		for (size_t k = 0; k < sizeof(truths) / sizeof(truths[0]); k++)
			truth |= strcmp(name, truths[k]) == 0;
		if (strcmp(name, "id") == 0 && sqlite3_column_type(row, i) == SQLITE_INTEGER)
			continue;
		if (sqlite3_column_type(row, i) == SQLITE_NULL)
			jw_null(w, name);
		else if (truth)
			jw_bool(w, name, sqlite3_column_int64(row, i) != 0);
		else if (sqlite3_column_type(row, i) == SQLITE_INTEGER)
			jw_int(w, name, sqlite3_column_int64(row, i));
		else if (sqlite3_column_type(row, i) == SQLITE_FLOAT)
			jw_millionths(w, name, (int64_t)(sqlite3_column_double(row, i) * 1e6));
		else
			jw_str(w, name, text_of(row, i));
	}
}

/** The rows of a table that belong to an incident, as a list of objects. */
static void put_json_list(struct jsonw *w, const char *key, sqlite3_stmt *rows, int64_t incident)
{
	jw_open(w, key, '[', true);
	sqlite3_bind_int64(rows, 1, incident);
	while (sqlite3_step(rows) == SQLITE_ROW) {
		jw_open(w, NULL, '{', true);
		put_json_columns(w, rows);
		jw_close(w);
	}
	sqlite3_reset(rows);
	jw_close(w);
}

enum oom_status batch_write_jsonl(struct batch_db *db, FILE *out, struct oom_error *err)
{
	const struct batch_query all = {.since_s = OOM_ABSENT, .until_s = OOM_ABSENT, .sort = "input"};
	sqlite3 *sql = batch_db_handle(db);
	sqlite3_stmt *rows = NULL, *findings = NULL, *tasks = NULL;
	struct jsonw *w = malloc(sizeof(*w));
	enum oom_status status = w ? prepare(db, &all, &rows, err) : oom_fail(err, OOM_ENOMEM, "out of memory");
	if (status == OOM_OK &&
	    (sqlite3_prepare_v2(
		     sql, "SELECT id AS finding, severity, title, detail FROM findings WHERE incident=? ORDER BY n", -1,
		     &findings, NULL) != SQLITE_OK ||
	     sqlite3_prepare_v2(sql,
				"SELECT pid, uid, comm, cmdline, rss_kb, swap_kb, oom_score_adj, badness, memcg,"
				" victim AS victim_task FROM tasks WHERE incident=? ORDER BY rss_kb DESC",
				-1, &tasks, NULL) != SQLITE_OK))
		status = oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(sql));
	int found = SQLITE_DONE;
	while (status == OOM_OK && (found = sqlite3_step(rows)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(rows, sqlite3_column_count(rows) - 1);
		jw_init(w, out, true, JW_REPORT);
		jw_open(w, NULL, '{', true);
		jw_str(w, "schema", "oomortem-incident/1");
		put_json_columns(w, rows);
		put_json_list(w, "findings", findings, id);
		put_json_list(w, "tasks", tasks, id);
		jw_close(w);
		jw_end(w);
	}
	if (status == OOM_OK && found != SQLITE_DONE)
		status = oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(sql));
	sqlite3_finalize(rows);
	sqlite3_finalize(findings);
	sqlite3_finalize(tasks);
	free(w);
	return status;
}

/* The table. */

struct cell {
	char *text;
	int width;
};

struct table {
	const char *const *heads;
	size_t columns, n, cap;
	struct cell *cells; // row by row
	int *widths;
};

static struct cell make_cell(const char *text)
{
	struct cell cell = {.width = 0};
	cell.text = batch_for_terminal(*text ? text : "-", &cell.width);
	return cell;
}

static bool add_cell(struct table *t, const char *text)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct cell *more = reallocarray(t->cells, cap, sizeof(*more));
		if (!more)
			return false;
		t->cells = more;
		t->cap = cap;
	}
	struct cell cell = make_cell(text);
	if (!cell.text)
		return false;
	int *width = &t->widths[t->n % t->columns];
	*width = cell.width > *width ? cell.width : *width;
	t->cells[t->n++] = cell;
	return true;
}

static void print_table(struct table *t, FILE *out)
{
	for (size_t i = 0; i < t->n; i++) {
		bool last = (i + 1) % t->columns == 0;
		fputs(t->cells[i].text, out);
		if (last)
			putc('\n', out);
		else
			fprintf(out, "%*s", t->widths[i % t->columns] - t->cells[i].width + 2, "");
	}
}

static void epoch_text(sqlite3_stmt *row, int column, char ret[32])
{
	time_t t = (time_t)sqlite3_column_int64(row, column);
	struct tm tm;
	*ret = '\0';
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER && gmtime_r(&t, &tm))
		strftime(ret, 32, "%F %T", &tm);
}

static bool add_single(struct table *t, sqlite3_stmt *row)
{
	char size[RP_SIZE] = "";
	if (sqlite3_column_type(row, 4) == SQLITE_INTEGER)
		rp_size(sqlite3_column_int64(row, 4), size);
	return add_cell(t, text_of(row, 0)) && add_cell(t, text_of(row, 1)) && add_cell(t, text_of(row, 2)) &&
	       add_cell(t, text_of(row, 3)) && add_cell(t, size) && add_cell(t, text_of(row, 10)) &&
	       add_cell(t, text_of(row, 18)) && add_cell(t, text_of(row, 29));
}

static bool add_group(struct table *t, sqlite3_stmt *row)
{
	char first[32], last[32];
	epoch_text(row, 6, first);
	epoch_text(row, 7, last);
	return add_cell(t, text_of(row, 4)) && add_cell(t, text_of(row, 1)) && add_cell(t, text_of(row, 3)) &&
	       add_cell(t, text_of(row, 5)) && add_cell(t, first) && add_cell(t, last) && add_cell(t, text_of(row, 0));
}

static enum oom_status list_text(sqlite3_stmt *rows, bool grouped, FILE *out, int *found)
{
	static const char *const single[] = {"TIME", "HOST", "CAUSE", "CULPRIT", "SIZE", "OUTCOME", "RELEASE", "INPUT"};
	static const char *const groups[] = {"INCIDENTS",  "CAUSE",	"CULPRIT",  "HOSTS",
					     "FIRST SEEN", "LAST SEEN", "SIGNATURE"};
	int widths[8] = {0};
	struct table t = {.heads = grouped ? groups : single, .columns = grouped ? 7 : 8, .widths = widths};
	bool fits = true;
	for (size_t i = 0; i < t.columns; i++)
		fits = fits && add_cell(&t, t.heads[i]);
	while (fits && (*found = sqlite3_step(rows)) == SQLITE_ROW)
		fits = grouped ? add_group(&t, rows) : add_single(&t, rows);
	if (fits)
		print_table(&t, out);
	for (size_t i = 0; i < t.n; i++)
		free(t.cells[i].text);
	free(t.cells);
	return fits ? OOM_OK : OOM_ENOMEM;
}

enum oom_status batch_list(struct batch_db *db, const struct batch_query *query, enum batch_shape shape, FILE *out,
			   struct oom_error *err)
{
	sqlite3_stmt *rows;
	enum oom_status status = prepare(db, query, &rows, err);
	if (status != OOM_OK)
		return status;
	struct jsonw *w = shape == BATCH_AS_JSON ? malloc(sizeof(*w)) : NULL;
	int found = SQLITE_DONE;
	if (shape == BATCH_AS_TEXT) {
		status = list_text(rows, query->by_signature, out, &found);
	} else {
		if (shape == BATCH_AS_CSV)
			put_csv(rows, out, true);
		while ((found = sqlite3_step(rows)) == SQLITE_ROW) {
			if (shape == BATCH_AS_CSV) {
				put_csv(rows, out, false);
			} else if (w) {
				jw_init(w, out, true, JW_REPORT);
				jw_open(w, NULL, '{', true);
				put_json_columns(w, rows);
				jw_close(w);
				jw_end(w);
			}
		}
		status = shape == BATCH_AS_JSON && !w ? OOM_ENOMEM : OOM_OK;
	}
	if (status == OOM_ENOMEM)
		oom_fail(err, status, "out of memory");
	else if (found != SQLITE_DONE)
		status = oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(batch_db_handle(db)));
	free(w);
	sqlite3_finalize(rows);
	return status;
}

void batch_print_groups(struct batch_db *db, FILE *out, int most)
{
	sqlite3_stmt *row;
	if (sqlite3_prepare_v2(
		    batch_db_handle(db),
		    "SELECT count(*), count(DISTINCT host), common_title(title), max(culprit), count(DISTINCT culprit)"
		    " FROM incidents WHERE oom GROUP BY signature ORDER BY count(*) DESC LIMIT ?",
		    -1, &row, NULL) != SQLITE_OK)
		return;
	sqlite3_bind_int(row, 1, most);
	while (sqlite3_step(row) == SQLITE_ROW) {
		int width, hosts = sqlite3_column_int(row, 1);
		char *title = batch_for_terminal(text_of(row, 2), &width);
		char *culprit = batch_for_terminal(text_of(row, 3), &width);
		fprintf(out, "%6d  %s", sqlite3_column_int(row, 0), title ? title : "");
		if (culprit && *culprit && sqlite3_column_int(row, 4) == 1)
			fprintf(out, ": %s", culprit);
		if (hosts > 1)
			fprintf(out, " (%d hosts)", hosts);
		putc('\n', out);
		free(title);
		free(culprit);
	}
	sqlite3_finalize(row);
}

#endif
