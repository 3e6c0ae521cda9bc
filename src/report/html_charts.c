// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Where the memory went as one bar; the bars of tables; which chart stands where. */
#include "report/html.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *html_part_class(const char *label)
{
	static const struct {
		const char *label, *class;
	} parts[] = {
		{"anon", "p1"},
		{"rss (anon)", "p1"},
		{"file, with shmem", "p3"},
		{"cache, with shmem", "p3"},
		{"  of it shmem", "p2"},
		{"slab", "p4"},
		{"  not reclaimable", "p5"},
		{"processes (anon)", "p1"},
		{"shmem, tmpfs", "p2"},
		{"file cache", "p3"},
		{"swap cache", "p3"},
		{"slab, reclaimable", "p4"},
		{"slab, unreclaim.", "p5"},
		{"kernel stacks", "p6"},
		{"page tables", "p7"},
		{"page tables (KVM)", "p7"},
		{"per-CPU data", "p6"},
		{"vmalloc", "p8"},
		{"huge pages", "p9"},
		{"zram, zswap", "p10"},
		{"balloon", "p11"},
		{"other kernel", "p6"},
		{"free", "free"},
		{"free on CPU lists", "free"},
		{"unaccounted", "p12"},
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strcmp(parts[i].label, label))
			return parts[i].class;
	}
	return "p0";
}

/** A cell's share in millionths; 0 for none. */
static int64_t share_of(const struct tk_cell *cell)
{
	int64_t ppm = cell->n ? strtoll(cell->v[0].text, NULL, 10) : 0;
	return ppm < 0 ? 0 : ppm > 1000000 ? 1000000 : ppm;
}

void html_bar(const struct html *h, const struct tk_cell *cell, const char *label)
{
	int64_t ppm = share_of(cell);
	if (!ppm)
		return;
	html_printf(h,
		    "<svg class=\"bar\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		    "<rect class=\"%s\" width=\"%.1f\" height=\"10\"/></svg>",
		    HTML_WIDE, html_part_class(label), (double)(ppm < 2000 ? 2000 : ppm) / 1000);
}

/** One bar of all parts, in the order of the table behind it. */
static void put_sheet(const struct html *h, const struct tk_block *b)
{
	size_t bar = b->nr_columns;
	double x = 0;
	while (bar && !b->columns[bar - 1].bar)
		bar--;
	if (!bar)
		return;
	html_printf(h,
		    "<svg class=\"sheet\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" role=\"img\" "
		    "aria-label=\"Where the memory went; the table has the figures\">",
		    HTML_WIDE);
	html_printf(h, "<rect class=\"track\" width=\"%d\" height=\"10\"/>", HTML_WIDE);
	for (size_t i = 0; i < b->rows.n; i++) {
		const struct tk_cells *cells = &b->rows.v[i].cells;
		double width = bar <= cells->n ? (double)share_of(&cells->v[bar - 1]) / 1000 : 0;
		if (width <= 0 || x >= HTML_WIDE || !cells->v[0].n)
			continue;
		width = x + width > HTML_WIDE ? HTML_WIDE - x : width;
		html_printf(h, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"><title>",
			    html_part_class(cells->v[0].v[0].text), x, width);
		html_text(h, cells->v[0].v[0].text);
		if (cells->n > 1 && cells->v[1].n)
			html_printf(h, ": %s", cells->v[1].v[0].text);
		fputs("</title></rect>", h->out);
		x += width;
	}
	fputs("</svg>\n", h->out);
}

void html_chart(const struct html *h, const struct tk_section *s, size_t at)
{
	const struct tk_block *table = at + 1 < s->blocks.n ? &s->blocks.v[at + 1] : NULL;
	if (!table || !table->rows.n)
		return;
	switch (s->blocks.v[at].chart) {
	case TK_CHART_MEMORY:
		put_sheet(h, table);
		break;
	case TK_CHART_ZONES:
		html_zones(h, table->rows.n);
		break;
	case TK_CHART_TASKS:
		html_tasks(h, table->rows.n);
		break;
	case TK_CHART_CGROUPS:
		html_cgroups(h, table->rows.n);
		break;
	case TK_CHART_EVENTS:
		html_events(h);
		break;
	}
}
