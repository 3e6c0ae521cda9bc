// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * index.html: one page over all inputs. No script, nothing from the network; light and dark as the reader has it; on a
 * narrow screen each row becomes a card.
 */
#include "batch/index.h"
#include "batch/index_style.h"
#include "batch/summary.h"
#if OOM_WITH_SQLITE
#include <time.h>

/* Hosts, inputs, failures. */

static void host_row(struct page *p, sqlite3_stmt *row)
{
	fputs("<tr>", p->out);
	page_cell(p, "Host", page_text(row, 0));
	page_cell_number(p, "Incidents", row, 1);
	page_cell_number(p, "Causes", row, 2);
	page_cell_time(p, "First seen", row, 3);
	page_cell_time(p, "Last seen", row, 4);
	fputs("</tr>\n", p->out);
}

static void hosts(struct page *p)
{
	static const char *const names[] = {"Host", "Incidents", "Causes", "First seen", "Last seen", NULL};
	fputs("<h2 id=\"hosts\">By host</h2>\n", p->out);
	page_head(p, names);
	page_foot(
		p,
		page_each(
			p,
			"SELECT coalesce(host, '(not known)'), incidents, signatures, first_seen, last_seen FROM hosts"
			" ORDER BY incidents DESC, host",
			NULL, host_row));
}

static void input_row(struct page *p, sqlite3_stmt *row)
{
	fprintf(p->out, "<tr%s>", sqlite3_column_int(row, 6) ? "" : " class=\"q\"");
	page_cell_input(p, page_text(row, 0), page_text(row, 7), page_text(row, 8));
	page_cell(p, "Host", page_text(row, 1));
	page_cell(p, "Release", page_text(row, 2));
	page_cell(p, "Verdict", page_text(row, 3));
	page_cell_number(p, "Events", row, 4);
	page_cell_time(p, "Last", row, 5);
	fputs("</tr>\n", p->out);
}

static void inputs(struct page *p)
{
	static const char *const names[] = {"Input", "Host", "Release", "Verdict", "Events", "Last", NULL};
	fputs("<h2 id=\"inputs\">Inputs</h2>\n", p->out);
	page_head(p, names);
	page_foot(
		p,
		page_each(
			p,
			"SELECT p.path, coalesce(p.host, (SELECT CASE WHEN count(DISTINCT host)>1 THEN count(DISTINCT "
			"host) || ' hosts'"
			" ELSE min(host) END FROM incidents i WHERE i.input=p.id)), p.release,"
			" p.title, p.events, (SELECT max(epoch) FROM incidents i WHERE i.input=p.id), p.oom, p.reports,"
			" p.formats FROM inputs p WHERE p.state='done' ORDER BY p.oom DESC, p.path",
			NULL, input_row));
}

static void failed_row(struct page *p, sqlite3_stmt *row)
{
	fputs("<tr>", p->out);
	page_cell(p, "Input", page_text(row, 0));
	page_cell(p, "Kind", page_text(row, 1));
	page_cell(p, "Reason", page_text(row, 2));
	fputs("</tr>\n", p->out);
}

static void failures(struct page *p, int64_t n)
{
	static const char *const names[] = {"Input", "Kind", "Reason", NULL};
	if (!n)
		return;
	fputs("<h2 id=\"failed\">Could not be read</h2>\n", p->out);
	page_head(p, names);
	page_foot(p, page_each(p, "SELECT path, reason, error FROM inputs WHERE state='failed' ORDER BY path", NULL,
			       failed_row));
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
	tile(p, number(p, "SELECT count(DISTINCT host) FROM incidents"), "host named", "hosts named");
	tile(p, number(p, "SELECT count(*) FROM inputs WHERE state='done'"), "<a href=\"#inputs\">input read</a>",
	     "<a href=\"#inputs\">inputs read</a>");
	if (failed)
		tile(p, failed, "<a href=\"#failed\">could not be read</a>",
		     "<a href=\"#failed\">could not be read</a>");
	if (running)
		tile(p, running, "in work", "in work");
	fputs("</div>\n", p->out);
}

static void put_page(struct page *p)
{
	char stamp[32] = "";
	time_t t = time(NULL);
	struct tm tm;
	if (gmtime_r(&t, &tm))
		strftime(stamp, sizeof(stamp), "%F %R UTC", &tm);
	p->first = number(p, "SELECT min(epoch) FROM incidents");
	p->last = number(p, "SELECT max(epoch) FROM incidents");
	p->others = number(p, "SELECT count(*) FROM incidents WHERE NOT oom");
	int64_t failed = number(p, "SELECT count(*) FROM inputs WHERE state='failed'");
	fprintf(p->out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"img-src data:\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<title>Out-of-memory incidents</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n"
		"<h1>Out-of-memory incidents</h1>\n",
		batch_index_style);
	tiles(p, failed);
	page_groups(p);
	hosts(p);
	inputs(p);
	failures(p, failed);
	fprintf(p->out,
		"<footer>oomortem %s, %s. Times are UTC where the input tells its zone, else as they stand in "
		"it.</footer>\n"
		"</main>\n</body>\n</html>\n",
		OOMORTEM_VERSION, stamp);
}

enum oom_status batch_write_index(struct batch_db *db, FILE *out, struct oom_error *err)
{
	struct page p = {.sql = batch_db_handle(db), .out = out};
	// One transaction: while others write, all sections tell of the same moment.
	if (sqlite3_exec(p.sql, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(p.sql));
	put_page(&p);
	enum oom_status status = p.failed ? oom_fail(err, OOM_EREAD, "%s", sqlite3_errmsg(p.sql)) : OOM_OK;
	sqlite3_exec(p.sql, "COMMIT", NULL, NULL, NULL);
	return status;
}

#endif
