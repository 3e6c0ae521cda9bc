// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * index.html: one page over all inputs. No script, nothing from the network; light and dark as the reader has it; on a
 * narrow screen each row becomes a card.
 */
#include "batch/index_style.h"
#include "batch/summary.h"
#include "batch/text.h"
#if OOM_WITH_SQLITE
#include "report/report.h"
#include <sqlite3.h>
#include <string.h>
#include <time.h>

enum {
	BUCKETS = 24,	  // of a trend
	ROWS_MAX = 10000, // of a table: a page that no browser can show helps nobody
	SPARK_W = 96,
	SPARK_H = 20,
};

struct page {
	sqlite3 *sql;
	FILE *out;
	bool failed;
	int64_t first, last; // epochs of all incidents, OOM_ABSENT
};

typedef void row_fn(struct page *p, sqlite3_stmt *row);

/** Calls @p fn for each row of a query; @p text is bound to its parameter if there is one. Returns how many. */
static int64_t each(struct page *p, const char *sql, const char *text, row_fn *fn)
{
	sqlite3_stmt *row;
	int64_t n = 0;
	if (sqlite3_prepare_v2(p->sql, sql, -1, &row, NULL) != SQLITE_OK) {
		p->failed = true;
		return 0;
	}
	if (text)
		sqlite3_bind_text(row, 1, text, -1, SQLITE_STATIC);
	int status;
	while ((status = sqlite3_step(row)) == SQLITE_ROW) {
		if (n++ < ROWS_MAX)
			fn(p, row);
	}
	p->failed |= status != SQLITE_DONE;
	sqlite3_finalize(row);
	return n;
}

static const char *text_of(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	return text ? text : "";
}

static void cell(struct page *p, const char *label, const char *text)
{
	fprintf(p->out, "<td data-l=\"%s\">", label);
	batch_put_html(p->out, *text ? text : "–");
	fputs("</td>", p->out);
}

static void cell_number(struct page *p, const char *label, sqlite3_stmt *row, int column)
{
	char text[32] = "";
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		snprintf(text, sizeof(text), "%lld", (long long)sqlite3_column_int64(row, column));
	fprintf(p->out, "<td class=\"n\" data-l=\"%s\">%s</td>", label, *text ? text : "–");
}

static void cell_time(struct page *p, const char *label, sqlite3_stmt *row, int column)
{
	char text[32] = "";
	time_t t = (time_t)sqlite3_column_int64(row, column);
	struct tm tm;
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER && gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%F %R", &tm);
	fprintf(p->out, "<td class=\"t\" data-l=\"%s\">%s</td>", label, *text ? text : "–");
}

static void head(struct page *p, const char *const *names)
{
	fputs("<table><thead><tr>", p->out);
	for (; *names; names++)
		fprintf(p->out, "<th scope=\"col\">%s</th>", *names);
	fputs("</tr></thead><tbody>\n", p->out);
}

static void foot(struct page *p, int64_t n)
{
	fputs("</tbody></table>\n", p->out);
	if (n > ROWS_MAX)
		fprintf(p->out,
			"<p class=\"note\">The first %d of %lld. All are in incidents.db: "
			"<code>oomortem list incidents.db</code></p>\n",
			ROWS_MAX, (long long)n);
}

/* Groups. */

struct trend {
	int64_t counts[BUCKETS], most;
};

static void trend_of(struct page *p, const char *signature, struct trend *t)
{
	sqlite3_stmt *row;
	int64_t span = p->last - p->first + 1;
	*t = (struct trend){.most = 0};
	if (sqlite3_prepare_v2(p->sql, "SELECT epoch FROM incidents WHERE signature=? AND epoch IS NOT NULL", -1, &row,
			       NULL) != SQLITE_OK)
		return;
	sqlite3_bind_text(row, 1, signature, -1, SQLITE_STATIC);
	while (sqlite3_step(row) == SQLITE_ROW) {
		int64_t since = sqlite3_column_int64(row, 0) - p->first;
		int64_t at = (int64_t)((double)since * BUCKETS / (double)span);
		if (at < 0 || at >= BUCKETS)
			continue;
		t->counts[at]++;
		t->most = t->counts[at] > t->most ? t->counts[at] : t->most;
	}
	sqlite3_finalize(row);
}

/** Bars: one for each of the equal parts of the time from the first to the last incident of the whole batch. */
static void cell_trend(struct page *p, const char *signature)
{
	struct trend t;
	const int width = SPARK_W / BUCKETS;
	fputs("<td class=\"s\" data-l=\"Trend\">", p->out);
	if (oom_known(p->first) && p->last > p->first) {
		trend_of(p, signature, &t);
		fprintf(p->out,
			"<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
			"aria-label=\"incidents over time\">",
			SPARK_W, SPARK_H, SPARK_W, SPARK_H);
		for (int i = 0; i < BUCKETS && t.most; i++) {
			int tall = t.counts[i] ? 2 + (int)(t.counts[i] * (SPARK_H - 2) / t.most) : 1;
			fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"%s/>", i * width,
				SPARK_H - tall, width - 1, tall, t.counts[i] ? "" : " class=\"z\"");
		}
		fputs("</svg>", p->out);
	} else {
		fputs("–", p->out);
	}
	fputs("</td>", p->out);
}

static void group_row(struct page *p, sqlite3_stmt *row)
{
	fputs("<tr><td data-l=\"Cause\"><strong>", p->out);
	batch_put_html(p->out, text_of(row, 1));
	fputs("</strong><br><code>", p->out);
	batch_put_html(p->out, text_of(row, 0));
	fputs("</code></td>", p->out);
	cell(p, "Culprit", text_of(row, 2));
	cell_number(p, "Incidents", row, 3);
	cell_number(p, "Hosts", row, 4);
	cell_time(p, "First seen", row, 5);
	cell_time(p, "Last seen", row, 6);
	cell_trend(p, text_of(row, 0));
	fputs("</tr>\n", p->out);
}

static void groups(struct page *p)
{
	static const char *const names[] = {"Cause",	  "Culprit",   "Incidents", "Hosts",
					    "First seen", "Last seen", "Trend",	    NULL};
	fputs("<h2>By cause</h2>\n", p->out);
	head(p, names);
	foot(p, each(p,
		     "SELECT signature, min(title), CASE count(DISTINCT culprit) WHEN 1 THEN min(culprit)"
		     " WHEN 0 THEN NULL ELSE count(DISTINCT culprit) || ' different' END,"
		     " count(*), count(DISTINCT host), min(epoch), max(epoch)"
		     " FROM incidents GROUP BY signature ORDER BY max(oom) DESC, count(*) DESC, max(epoch) DESC",
		     NULL, group_row));
}

/* Hosts, inputs, failures. */

static void host_row(struct page *p, sqlite3_stmt *row)
{
	fputs("<tr>", p->out);
	cell(p, "Host", text_of(row, 0));
	cell_number(p, "Incidents", row, 1);
	cell_number(p, "Causes", row, 2);
	cell_time(p, "First seen", row, 3);
	cell_time(p, "Last seen", row, 4);
	fputs("</tr>\n", p->out);
}

static void hosts(struct page *p)
{
	static const char *const names[] = {"Host", "Incidents", "Causes", "First seen", "Last seen", NULL};
	fputs("<h2>By host</h2>\n", p->out);
	head(p, names);
	foot(p, each(p,
		     "SELECT coalesce(host, '(not known)'), incidents, signatures, first_seen, last_seen FROM hosts"
		     " ORDER BY incidents DESC, host",
		     NULL, host_row));
}

/** Links to the reports: "txt json". */
static void cell_reports(struct page *p, const char *reports, const char *formats)
{
	fputs("<td data-l=\"Reports\">", p->out);
	for (const char *at = formats; *reports && *at;) {
		int len = (int)strcspn(at, ",");
		fputs("<a href=\"", p->out);
		batch_put_url(p->out, reports);
		fprintf(p->out, ".%.*s\">%.*s</a> ", len, at, len, at);
		at += len + (at[len] == ',');
	}
	fputs("</td>", p->out);
}

static void input_row(struct page *p, sqlite3_stmt *row)
{
	fprintf(p->out, "<tr%s>", sqlite3_column_int(row, 6) ? "" : " class=\"q\"");
	cell(p, "Input", text_of(row, 0));
	cell(p, "Host", text_of(row, 1));
	cell(p, "Release", text_of(row, 2));
	cell(p, "Verdict", text_of(row, 3));
	cell_number(p, "Events", row, 4);
	cell_time(p, "Last", row, 5);
	cell_reports(p, text_of(row, 7), text_of(row, 8));
	fputs("</tr>\n", p->out);
}

static void inputs(struct page *p)
{
	static const char *const names[] = {"Input", "Host", "Release", "Verdict", "Events", "Last", "Reports", NULL};
	fputs("<h2>Inputs</h2>\n", p->out);
	head(p, names);
	foot(p,
	     each(p,
		  "SELECT p.path, coalesce(p.host, (SELECT min(host) FROM incidents i WHERE i.input=p.id)), p.release,"
		  " p.title, p.events, (SELECT max(epoch) FROM incidents i WHERE i.input=p.id), p.oom, p.reports,"
		  " p.formats FROM inputs p WHERE p.state='done' ORDER BY p.oom DESC, p.path",
		  NULL, input_row));
}

static void failed_row(struct page *p, sqlite3_stmt *row)
{
	fputs("<tr>", p->out);
	cell(p, "Input", text_of(row, 0));
	cell(p, "Kind", text_of(row, 1));
	cell(p, "Reason", text_of(row, 2));
	fputs("</tr>\n", p->out);
}

static void failures(struct page *p, int64_t n)
{
	static const char *const names[] = {"Input", "Kind", "Reason", NULL};
	if (!n)
		return;
	fputs("<h2 id=\"failed\">Could not be read</h2>\n", p->out);
	head(p, names);
	foot(p, each(p, "SELECT path, reason, error FROM inputs WHERE state='failed' ORDER BY path", NULL, failed_row));
}

/* The top of the page. */

static int64_t number(struct page *p, const char *sql)
{
	sqlite3_stmt *row;
	int64_t value = OOM_ABSENT;
	if (sqlite3_prepare_v2(p->sql, sql, -1, &row, NULL) != SQLITE_OK) {
		p->failed = true;
		return OOM_ABSENT;
	}
	if (sqlite3_step(row) == SQLITE_ROW && sqlite3_column_type(row, 0) == SQLITE_INTEGER)
		value = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return value;
}

static void tile(struct page *p, int64_t value, const char *one, const char *many)
{
	fprintf(p->out, "<div><b>%lld</b>%s</div>", (long long)value, value == 1 ? one : many);
}

static void tiles(struct page *p, int64_t failed)
{
	int64_t running = number(p, "SELECT count(*) FROM inputs WHERE state='running'");
	fputs("<div class=\"tiles\">", p->out);
	tile(p, number(p, "SELECT count(*) FROM incidents WHERE oom"), "out-of-memory incident",
	     "out-of-memory incidents");
	tile(p, number(p, "SELECT count(DISTINCT signature) FROM incidents WHERE oom"), "cause", "causes");
	tile(p, number(p, "SELECT count(DISTINCT host) FROM incidents"), "host", "hosts");
	tile(p, number(p, "SELECT count(*) FROM inputs WHERE state='done'"), "input read", "inputs read");
	if (failed)
		tile(p, failed, "<a href=\"#failed\">could not be read</a>",
		     "<a href=\"#failed\">could not be read</a>");
	if (running)
		tile(p, running, "in work", "in work");
	fputs("</div>\n", p->out);
}

enum oom_status batch_write_index(struct batch_db *db, FILE *out, struct oom_error *err)
{
	struct page p = {.sql = batch_db_handle(db), .out = out};
	char stamp[32];
	time_t t = time(NULL);
	struct tm tm;
	strftime(stamp, sizeof(stamp), "%F %R UTC", gmtime_r(&t, &tm));
	p.first = number(&p, "SELECT min(epoch) FROM incidents");
	p.last = number(&p, "SELECT max(epoch) FROM incidents");
	int64_t failed = number(&p, "SELECT count(*) FROM inputs WHERE state='failed'");
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"img-src data:\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>Out-of-memory incidents</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n"
		"<h1>Out-of-memory incidents</h1>\n",
		batch_index_style);
	tiles(&p, failed);
	groups(&p);
	hosts(&p);
	inputs(&p);
	failures(&p, failed);
	fprintf(out,
		"<footer>oomortem %s, %s. Times are UTC where the input tells its zone, else as they stand in "
		"it.</footer>\n"
		"</main>\n</body>\n</html>\n",
		OOMORTEM_VERSION, stamp);
	return p.failed ? oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(p.sql)) : OOM_OK;
}

#endif
