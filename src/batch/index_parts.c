// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Cells and tables of index.html. */
#include "batch/index.h"
#include "batch/text.h"
#if OOM_WITH_SQLITE
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 2000 }; // of a table: a page that no browser can show helps nobody

int64_t page_each(struct page *p, const char *sql, const char *text, row_fn *fn)
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

const char *page_text(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);
	return text ? text : "";
}

void page_put_time(struct page *p, sqlite3_stmt *row, int column)
{
	char text[32] = "";
	time_t t = (time_t)sqlite3_column_int64(row, column);
	struct tm tm;
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER && gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%F %R", &tm);
	fputs(*text ? text : "–", p->out);
}

void page_cell(struct page *p, const char *label, const char *text)
{
	fprintf(p->out, "<td data-l=\"%s\">", label);
	batch_put_html(p->out, *text ? text : "–");
	fputs("</td>", p->out);
}

void page_cell_number(struct page *p, const char *label, sqlite3_stmt *row, int column)
{
	fprintf(p->out, "<td class=\"n\" data-l=\"%s\">", label);
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		fprintf(p->out, "%lld", (long long)sqlite3_column_int64(row, column));
	else
		fputs("–", p->out);
	fputs("</td>", p->out);
}

void page_cell_time(struct page *p, const char *label, sqlite3_stmt *row, int column)
{
	fprintf(p->out, "<td class=\"t\" data-l=\"%s\">", label);
	page_put_time(p, row, column);
	fputs("</td>", p->out);
}

/** Of several endings the one that reads best; its length. */
static const char *best_ending(const char *formats, int *len)
{
	static const char *const order[] = {"html", "txt", "md", "jira", "json"};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (const char *at = formats; *at; at += *len + (at[*len] == ',')) {
			*len = (int)strcspn(at, ",");
			if (strlen(order[i]) == (size_t)*len && strncmp(at, order[i], (size_t)*len) == 0)
				return at;
		}
	*len = (int)strcspn(formats, ",");
	return formats;
}

enum { ENDING = 16 };

static const char *ending_text(const char *ending, int len, char text[ENDING])
{
	snprintf(text, ENDING, "%.*s", len, ending);
	return text;
}

static void open_link(struct page *p, const char *reports, const char *ending, int len)
{
	char text[ENDING];
	fputs("<a href=\"", p->out);
	batch_put_url(p->out, reports);
	putc('.', p->out);
	batch_put_url(p->out, ending_text(ending, len, text));
	fputs("\">", p->out);
}

void page_cell_input(struct page *p, const char *path, const char *reports, const char *formats)
{
	char text[ENDING];
	int len;
	const char *best = best_ending(formats, &len);
	bool linked = *reports && len;
	fputs("<td data-l=\"Input\">", p->out);
	if (linked)
		open_link(p, reports, best, len);
	batch_put_html(p->out, path);
	if (linked)
		fputs("</a>", p->out);
	for (const char *at = formats; linked && *at; at += len + (at[len] == ',')) {
		len = (int)strcspn(at, ",");
		if (at == best)
			continue;
		fputs(" <small>", p->out);
		open_link(p, reports, at, len);
		batch_put_html(p->out, ending_text(at, len, text));
		fputs("</a></small>", p->out);
	}
	fputs("</td>", p->out);
}

void page_head(struct page *p, const char *const *names)
{
	fputs("<table><thead><tr>", p->out);
	for (; *names; names++)
		fprintf(p->out, "<th scope=\"col\">%s</th>", *names);
	fputs("</tr></thead><tbody>\n", p->out);
}

void page_foot(struct page *p, int64_t n)
{
	fputs("</tbody></table>\n", p->out);
	if (n > ROWS_MAX)
		fprintf(p->out,
			"<p class=\"note\">The first %d of %lld. All are in incidents.db: "
			"<code>oomortem list incidents.db</code></p>\n",
			ROWS_MAX, (long long)n);
}

#endif
