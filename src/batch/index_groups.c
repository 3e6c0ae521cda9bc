// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Incidents of one signature in index.html: what they have in common, their trend, and each of them. */
#include "batch/index.h"
#include "batch/text.h"
#if OOM_WITH_SQLITE
#include "report/report.h"

enum {
	BUCKETS = 24, // of a trend
	BAR_W = 7,
	TALL = 28,
	DAY_S = 86400,
};

#define HOSTS_SHOWN	4
#define INCIDENTS_SHOWN 30
#define GROUPS_SHOWN	500 // of as many a browser lays out a page in a second
#define TEXT(x)		#x
#define TEXT_OF(x)	TEXT(x) // of a number in a query

/* Trend. */

struct trend {
	int64_t counts[BUCKETS], most;
};

static int64_t bucket_s(const struct page *p)
{
	return (p->last - p->first) / BUCKETS + 1;
}

static bool has_trend(const struct page *p)
{
	return oom_known(p->first) && p->last > p->first && p->last - p->first < INT64_C(1) << 40;
}

static void trend_of(struct page *p, const char *signature, struct trend *t)
{
	sqlite3_stmt *row;
	*t = (struct trend){.most = 0};
	if (sqlite3_prepare_v2(p->sql, "SELECT epoch FROM incidents WHERE signature=? AND epoch IS NOT NULL", -1, &row,
			       NULL) != SQLITE_OK) {
		p->failed = true;
		return;
	}
	sqlite3_bind_text(row, 1, signature, -1, SQLITE_STATIC);
	while (sqlite3_step(row) == SQLITE_ROW) {
		int64_t at = (sqlite3_column_int64(row, 0) - p->first) / bucket_s(p);
		if (at < 0 || at >= BUCKETS)
			continue;
		t->counts[at]++;
		t->most = t->counts[at] > t->most ? t->counts[at] : t->most;
	}
	sqlite3_finalize(row);
}

/** Bars: one for each of the equal parts of the time from the first to the last incident of the whole batch. */
static void put_trend(struct page *p, const char *signature)
{
	struct trend t;
	trend_of(p, signature, &t);
	if (!t.most)
		return;
	fprintf(p->out,
		"<li><small>Trend</small><svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"incidents over time, at most %lld in a bar\">",
		BUCKETS * BAR_W, TALL, BUCKETS * BAR_W, TALL, (long long)t.most);
	for (int i = 0; i < BUCKETS; i++) {
		int tall = t.counts[i] ? 3 + (int)((double)t.counts[i] * (TALL - 3) / (double)t.most) : 1;
		fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"%s>", i * BAR_W, TALL - tall,
			BAR_W - 1, tall, t.counts[i] ? "" : " class=\"z\"");
		if (t.counts[i])
			fprintf(p->out, "<title>%lld</title>", (long long)t.counts[i]);
		fputs("</rect>", p->out);
	}
	fputs("</svg></li>\n", p->out);
}

static void put_legend(struct page *p)
{
	if (!has_trend(p))
		return;
	int64_t bar = bucket_s(p);
	fprintf(p->out, "<p class=\"note\">Each bar of a trend is ");
	if (bar >= 2 * DAY_S)
		fprintf(p->out, "%lld days", (long long)(bar / DAY_S));
	else if (bar >= 7200)
		fprintf(p->out, "%lld hours", (long long)(bar / 3600));
	else if (bar >= 120)
		fprintf(p->out, "%lld minutes", (long long)(bar / 60));
	else
		fprintf(p->out, "%lld s", (long long)bar);
	fputs(" of the time from the first to the last incident of all. The tallest is the most of its cause.</p>\n",
	      p->out);
}

/* One incident. */

static void put_uptime(struct page *p, sqlite3_stmt *row, int column)
{
	char text[RP_TIME];
	fputs("<td class=\"t\" data-l=\"Time\">", p->out);
	if (sqlite3_column_type(row, column) == SQLITE_INTEGER)
		fprintf(p->out, "%s after boot", rp_duration(sqlite3_column_int64(row, column), text));
	else
		fputs("–", p->out);
	fputs("</td>", p->out);
}

static void incident_row(struct page *p, sqlite3_stmt *row)
{
	char size[RP_SIZE] = "";
	fputs("<tr>", p->out);
	if (sqlite3_column_type(row, 0) == SQLITE_INTEGER)
		page_cell_time(p, "Time", row, 0);
	else
		put_uptime(p, row, 1);
	page_cell(p, "Host", page_text(row, 2));
	page_cell(p, "Culprit", page_text(row, 3));
	if (sqlite3_column_type(row, 4) == SQLITE_INTEGER)
		rp_size(sqlite3_column_int64(row, 4), size);
	page_cell(p, "Size", size);
	page_cell(p, "Release", page_text(row, 5));
	page_cell_input(p, page_text(row, 6), page_text(row, 7), page_text(row, 8));
	fputs("</tr>\n", p->out);
}

static void put_incidents(struct page *p, const char *signature, int64_t n, int64_t inputs)
{
	static const char *const names[] = {"Time", "Host", "Culprit", "Size", "Release", "Input", NULL};
	fprintf(p->out, "<details><summary>%lld incident%s in %lld input%s</summary>\n", (long long)n,
		n == 1 ? "" : "s", (long long)inputs, inputs == 1 ? "" : "s");
	page_head(p, names);
	int64_t shown =
		page_each(p,
			  "SELECT i.epoch, i.time_us, i.host, i.culprit, i.culprit_kb, i.release, p.path, p.reports,"
			  " p.formats FROM incidents i JOIN inputs p ON p.id=i.input WHERE i.signature=?"
			  " ORDER BY i.epoch IS NULL, i.epoch DESC, p.path, i.event LIMIT " TEXT_OF(INCIDENTS_SHOWN),
			  signature, incident_row);
	page_foot(p, shown);
	if (n > shown)
		fprintf(p->out, "<p class=\"note\">The last %lld of %lld.</p>\n", (long long)shown, (long long)n);
	fputs("</details>\n", p->out);
}

/* One group. */

enum column {
	SIGNATURE,
	TITLE,
	CULPRITS,
	CULPRIT,
	COUNT,
	HOSTS,
	UNNAMED,
	FIRST,
	LAST,
	UNTIMED,
	INPUTS,
	SUMMARY,
	GROUPS
};

static void host_name(struct page *p, sqlite3_stmt *row)
{
	if (p->item++)
		fputs(", ", p->out);
	batch_put_html(p->out, page_text(row, 0));
}

static void put_hosts(struct page *p, sqlite3_stmt *row)
{
	int64_t n = sqlite3_column_int64(row, HOSTS), unnamed = sqlite3_column_int64(row, UNNAMED);
	fputs("<li><small>Hosts</small>", p->out);
	p->item = 0;
	if (n)
		page_each(p,
			  "SELECT host FROM incidents WHERE signature=? AND host IS NOT NULL"
			  " GROUP BY host ORDER BY count(*) DESC, host LIMIT " TEXT_OF(HOSTS_SHOWN),
			  page_text(row, SIGNATURE), host_name);
	if (n > HOSTS_SHOWN)
		fprintf(p->out, " and %lld more", (long long)(n - HOSTS_SHOWN));
	if (unnamed && n)
		fprintf(p->out, " <span class=\"q\">and not known of %lld</span>", (long long)unnamed);
	else if (unnamed)
		fputs("<span class=\"q\">not known</span>", p->out);
	fputs("</li>\n", p->out);
}

static void put_seen(struct page *p, sqlite3_stmt *row)
{
	if (sqlite3_column_type(row, FIRST) != SQLITE_INTEGER)
		return;
	fputs("<li><small>First seen</small>", p->out);
	page_put_time(p, row, FIRST);
	fputs("</li>\n<li><small>Last seen</small>", p->out);
	page_put_time(p, row, LAST);
	if (sqlite3_column_int64(row, UNTIMED))
		fprintf(p->out, "<br><span class=\"q\">%lld without a date</span>",
			(long long)sqlite3_column_int64(row, UNTIMED));
	fputs("</li>\n", p->out);
}

static void group_row(struct page *p, sqlite3_stmt *row)
{
	int64_t n = sqlite3_column_int64(row, COUNT), culprits = sqlite3_column_int64(row, CULPRITS);
	p->groups = sqlite3_column_int64(row, GROUPS);
	fputs("<article>\n<h3>", p->out);
	batch_put_html(p->out, page_text(row, TITLE));
	if (culprits > 1)
		fprintf(p->out, ": <em>%lld different culprits</em>", (long long)culprits);
	if (culprits == 1) {
		fputs(": <em>", p->out);
		batch_put_html(p->out, page_text(row, CULPRIT));
		fputs("</em>", p->out);
	}
	fputs("</h3>\n", p->out);
	if (n == 1 && *page_text(row, SUMMARY)) {
		fputs("<p>", p->out);
		batch_put_html(p->out, page_text(row, SUMMARY));
		fputs("</p>\n", p->out);
	}
	fprintf(p->out, "<ul>\n<li><small>Incidents</small>%lld</li>\n", (long long)n);
	put_hosts(p, row);
	put_seen(p, row);
	if (has_trend(p))
		put_trend(p, page_text(row, SIGNATURE));
	fputs("<li><small>Signature</small><code>", p->out);
	batch_put_html(p->out, page_text(row, SIGNATURE));
	fputs("</code></li>\n</ul>\n", p->out);
	put_incidents(p, page_text(row, SIGNATURE), n, sqlite3_column_int64(row, INPUTS));
	fputs("</article>\n", p->out);
}

#define GROUPS_OF(oom)                                                                                                 \
	"SELECT signature, common_title(title), count(DISTINCT culprit), min(culprit), count(*), count(DISTINCT "      \
	"host),"                                                                                                       \
	" sum(host IS NULL), min(epoch), max(epoch), sum(epoch IS NULL), count(DISTINCT input), min(summary),"         \
	" count(*) OVER () FROM incidents WHERE signature IS NOT NULL GROUP BY signature HAVING max(oom)=" oom         \
	" ORDER BY count(*) DESC, max(epoch) DESC, signature LIMIT " TEXT_OF(GROUPS_SHOWN)

static void put_rest(struct page *p, int64_t shown)
{
	if (p->groups > shown)
		fprintf(p->out,
			"<p class=\"note\">The %lld most frequent of %lld. All: <code>oomortem list --group signature "
			"incidents.db</code></p>\n",
			(long long)shown, (long long)p->groups);
}

void page_groups(struct page *p)
{
	fputs("<h2 id=\"causes\">By cause</h2>\n", p->out);
	put_legend(p);
	int64_t shown = page_each(p, GROUPS_OF("1"), NULL, group_row);
	if (shown)
		put_rest(p, shown);
	else
		fputs("<p>No out-of-memory incident.</p>\n", p->out);
	if (p->others) {
		fputs("<h2 id=\"others\">Other events</h2>\n"
		      "<p class=\"note\">Nothing ran out of memory in these.</p>\n",
		      p->out);
		put_rest(p, page_each(p, GROUPS_OF("0"), NULL, group_row));
	}
}

#endif
