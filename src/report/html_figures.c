// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The zones against their marks, and the largest processes, as bars. */
#include "report/html.h"
#include "report/rows.h"
#include <inttypes.h>
#include <stdlib.h>

void html_figure_begin(const struct html *h, const char *caption)
{
	html_printf(h, "<figure>\n<figcaption>%s</figcaption>\n<ul class=\"bars\">\n", caption);
}

void html_figure_end(const struct html *h)
{
	fputs("</ul>\n</figure>\n", h->out);
}

void html_svg_begin(const struct html *h)
{
	html_printf(h,
		    "<svg class=\"row\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		    "<rect class=\"track\" width=\"%d\" height=\"10\"/>",
		    HTML_WIDE, HTML_WIDE);
}

/** @p kb on a scale of @p whole, in units of the chart, at most all of it. */
double html_units(int64_t kb, int64_t whole)
{
	if (!oom_known(kb) || kb <= 0 || whole <= 0)
		return 0;
	double units = (double)kb / (double)whole * HTML_WIDE;
	return units > HTML_WIDE ? HTML_WIDE : units;
}

void html_rect(const struct html *h, const char *class, double x, double width)
{
	if (width > 0)
		html_printf(h, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>", class, x, width);
}

void html_mark(const struct html *h, const char *class, double x)
{
	html_printf(h, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"10\"/>", class, x, x);
}

/* --- zones ------------------------------------------------------- */

/** Up to here the marks matter; what is free beyond is cut off. */
static int64_t zone_scale(const struct oom_zone *z)
{
	int64_t reserve = rp_zone_reserve(z), high = z->high_kb;
	if (!oom_known(z->free_kb) || !oom_known(z->min_kb) || !oom_known(high) || high <= 0)
		return OOM_ABSENT;
	if (__builtin_add_overflow(high, oom_or(reserve, 0), &high) || high > INT64_MAX / 4)
		return OOM_ABSENT;
	int64_t wide = high + high / 3;
	return z->free_kb <= wide ? wide : z->free_kb < high * 3 ? z->free_kb : high * 3;
}

static void put_zone(const struct html *h, const struct rp_zone *r, int64_t scale)
{
	static const char *const classes[] = {"p0", "zbad", "zwarn", "zgood"};
	const struct oom_zone *z = r->zone;
	int64_t reserve = rp_zone_reserve(z);
	fputs("<li><span>", h->out);
	if (oom_known(r->node))
		html_printf(h, "node %" PRId64 " ", r->node);
	html_name(h, z->name ? z->name : "?");
	fputs("</span>", h->out);
	html_svg_begin(h);
	html_rect(h, classes[rp_zone_level(z)], 0, html_units(z->free_kb, scale));
	html_mark(h, "min", html_units(z->min_kb, scale));
	if (oom_known(z->low_kb))
		html_mark(h, "low", html_units(z->low_kb, scale));
	html_mark(h, "high", html_units(z->high_kb, scale));
	if (oom_known(reserve) && reserve > 0)
		html_mark(h, "reserve", html_units(z->high_kb + reserve, scale));
	html_printf(h, "</svg><span>%s%" PRId64 " kB free</span></li>\n", z->free_kb > scale ? "&#8614; " : "",
		    z->free_kb);
}

void html_zones(const struct html *h, size_t most)
{
	size_t n;
	struct rp_zone *rows = rp_zones(h->section->facts, &n);
	bool any = false;
	for (size_t i = 0; rows && i < n && i < most; i++) {
		int64_t scale = zone_scale(rows[i].zone);
		if (!oom_known(scale))
			continue;
		if (!any)
			html_figure_begin(h, "Free memory; marks from the left: min, low, high and, broken, high with "
					     "the reserve that is kept from requests for higher zones. An arrow: more "
					     "is free than the bar can show.");
		any = true;
		put_zone(h, &rows[i], scale);
	}
	if (any)
		html_figure_end(h);
	free(rows);
}

/* --- processes --------------------------------------------------- */

enum { MAX_TASKS = 10 };

/** What the colours mean, of those that there are. */
static void begin_tasks(const struct html *h, const struct rp_task_columns *has)
{
	const char *resident = has->split ? "<span class=\"key p1\">anonymous</span> "
					    "<span class=\"key p3\">file and shared</span>"
					  : "<span class=\"key p1\">resident</span>";
	const char *swap = has->swap ? " <span class=\"key p11\">in swap</span>" : "";
	const char *tables = has->tables ? " <span class=\"key p7\">page tables</span>" : "";
	const char *caption = oom_printf(h->t->arena, "%s%s%s", resident, swap, tables);
	html_figure_begin(h, caption ? caption : resident);
}

static void put_task(const struct html *h, const struct rp_task *r, const struct rp_task_columns *has, int64_t scale)
{
	const struct oom_task *k = r->task;
	const char *role = rp_role(h->section->facts, k);
	char size[RP_SIZE];
	double anon = html_units(oom_known(k->rss_anon_kb) ? k->rss_anon_kb : k->rss_kb, scale);
	double shared = oom_known(k->rss_anon_kb) ? html_units(rp_shared_kb(k), scale) : 0;
	fputs("<li><span>", h->out);
	html_name(h, k->comm ? k->comm : "?");
	if (oom_known(k->pid))
		html_printf(h, " (%" PRId64 ")", k->pid);
	fputs("</span>", h->out);
	html_svg_begin(h);
	html_rect(h, "p1", 0, anon);
	html_rect(h, "p3", anon, anon + shared > HTML_WIDE ? HTML_WIDE - anon : shared);
	double swap = html_units(k->swap_kb, scale);
	html_rect(h, "p11", anon + shared, swap);
	if (has->tables)
		html_rect(h, "p7", anon + shared + swap, html_units(k->pgtables_kb, scale));
	html_printf(h, "</svg><span>%s%s%s</span></li>\n", rp_size(r->kb, size), role ? ", " : "", role ? role : "");
}

void html_tasks(const struct html *h, size_t most)
{
	size_t n;
	struct rp_task *rows = rp_tasks(h->section->facts, &n);
	int64_t scale = 0;
	most = most < MAX_TASKS ? most : MAX_TASKS;
	for (size_t i = 0; rows && i < n && i < most; i++)
		scale = rows[i].kb > scale ? rows[i].kb : scale;
	struct rp_task_columns has = rp_task_columns(h->section->facts, rows, n);
	if (scale > 0) {
		begin_tasks(h, &has);
		for (size_t i = 0; i < n && i < most; i++)
			put_task(h, &rows[i], &has, scale);
		html_figure_end(h);
	}
	free(rows);
}
