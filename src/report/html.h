// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The HTML report: one page without script and without the network.
 *
 * Charts are geometry only: an SVG that is stretched to the width there is. Every word and figure stands beside it as
 * text, so that it wraps, prints, and can be searched and read aloud.
 */
#ifndef OOM_REPORT_HTML_H
#define OOM_REPORT_HTML_H

#include "report/ticket.h"

struct html {
	FILE *out;
	const struct tk_doc *t;
	const struct tk_section *section; /**< being written */
};

/* html_text.c */
/** Text that came from anywhere: visible, and markup for no parser, as content and within "...". */
void html_text(const struct html *h, const char *text);
/** As html_text(); words beyond ASCII are kept apart, so that none turns the direction of its neighbours. */
void html_words(const struct html *h, const char *text);
/** `<code>` around @p text; a long path may be broken behind its slashes. */
void html_name(const struct html *h, const char *text);
void html_printf(const struct html *h, const char *fmt, ...) OOM_PRINTF(2, 3); /**< our own markup, unescaped */

/* html_links.c */
/** Id of a row that holds a fact which a finding cites; NULL: no finding does. In the document's arena. */
const char *html_row_id(const struct html *h, const struct tk_section *s, size_t block, size_t row);
/** Id of the row that holds the fact from @p origin, for a claim in the section being written; NULL: none. */
const char *html_evidence(const struct html *h, const struct oom_origin *origin);
/** Is there a section or block of that id? */
bool html_has_id(const struct html *h, const char *id);
/** Is @p b the first block with its id? An id stands once in a page. */
bool html_is_first(const struct html *h, const struct tk_block *b);

/* html_charts.c */
/** The part of the sheet with that label in its colour: "p1". */
const char *html_part_class(const char *label);
void html_bar(const struct html *h, const struct tk_cell *cell, const char *label);
/** The chart @p at of a section; tables behind it tell which rows it has. */
void html_chart(const struct html *h, const struct tk_section *s, size_t at);

/* html_figures.c: bars with a label before and a figure behind. */
enum { HTML_WIDE = 1000 }; /**< whole width of a chart, in its own units; it is 10 high */
void html_figure_begin(const struct html *h, const char *caption); /**< our own markup */
void html_figure_end(const struct html *h);
void html_svg_begin(const struct html *h);
/** @p kb on a scale of @p whole in units of the chart, at most all of it; 0 where either is not known. */
double html_units(int64_t kb, int64_t whole);
void html_rect(const struct html *h, const char *class, double x, double width);
void html_mark(const struct html *h, const char *class, double x);
/** At most @p most zones, processes. */
void html_zones(const struct html *h, size_t most);
void html_tasks(const struct html *h, size_t most);

/** html_tree.c: the largest cgroups; some more than the @p most of the table, so that a tree can be seen. */
void html_cgroups(const struct html *h, size_t most);
/** html_timeline.c: the events that have a time on one clock. */
void html_events(const struct html *h);

#endif
