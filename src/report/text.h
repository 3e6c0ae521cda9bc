// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The text report: a pen that knows its column, and the sections.
 *
 * Whatever goes through the pen is made safe (escape.h) and cut at the right edge: no line is ever longer than the
 * width. Without `unicode` everything is ASCII: other characters of the input are written as \xNN too.
 */
#ifndef OOM_REPORT_TEXT_H
#define OOM_REPORT_TEXT_H

#include "report/report.h"

enum tx_style { TX_PLAIN, TX_BOLD, TX_DIM, TX_BAD, TX_WARN, TX_GOOD, TX_HEAD };

/** Sections have ranks: 0 is never left out, TX_RANKS - 1 first. */
enum { TX_RANKS = 9 };

struct tx {
	FILE *out;
	const struct oom_report_options *options;
	int width, col; /**< columns; col: from 0 */
	int top;	/**< rows of a table */
	int keep;	/**< sections of a larger rank are left out */
	bool shortened;
	const char **left_out; /**< names of sections, TX_RANKS * 2 */
	int owed;	       /**< spaces that are written only if something follows: no line ends in blanks */
	enum tx_style style;
	const struct oom_case *c;
	const struct oom_diagnosis *d;
};

void tx_report(struct tx *t); /* text.c */

/* text_pen.c */
void tx_style(struct tx *t, enum tx_style style);
/** Text, made safe, on this line, in at most @p max columns (0: up to the edge); what is too long ends in "...". */
void tx_put(struct tx *t, const char *text, int max);
/** As tx_put() for a path: cut in its middle, since its end tells most. */
void tx_put_path(struct tx *t, const char *path, int max);
void tx_printf(struct tx *t, const char *fmt, ...) OOM_PRINTF(2, 3);
/** Right-aligned text that ends before column @p end. */
void tx_right(struct tx *t, int end, const char *text);
/** On to column @p col, at least one space. */
void tx_to(struct tx *t, int col);
void tx_nl(struct tx *t);
/** Words wrapped at the edge; lines after the first begin at column @p indent. No newline at the end. */
void tx_wrap(struct tx *t, int indent, const char *text);
/** Text that stays together: on this line if it fits, else on the next one at column @p indent. */
void tx_unit(struct tx *t, int indent, const char *text);
/** The formatted text, wrapped like that of tx_wrap(). */
void tx_wrapf(struct tx *t, int indent, const char *fmt, ...) OOM_PRINTF(3, 4);
/** Columns that tx_put() would take without a limit. */
int tx_columns(const struct tx *t, const char *text);
/** A bar of @p width columns, filled to part/whole. */
void tx_bar(struct tx *t, int width, int64_t part, int64_t whole);
/** A blank line and a heading. */
void tx_heading(struct tx *t, const char *fmt, ...) OOM_PRINTF(2, 3);
/** "·" or "-": between facts of one line. */
const char *tx_dot(const struct tx *t);

/* text_command.c */
/** A shell command; a long one goes on in the next line behind a backslash, so that it can be pasted as it stands. */
void tx_command(struct tx *t, int indent, const char *command);

/* The sections, in the order of the report. Each writes nothing where there is nothing to tell. */
void tx_headline(struct tx *t);					      /* text_head.c */
void tx_title(struct tx *t, const struct rp_facts *f);		      /* text_head.c */
void tx_short(struct tx *t, const struct rp_facts *f);		      /* text_short.c */
void tx_request(struct tx *t, const struct oom_event *e, int indent); /* text_request.c */
void tx_memory(struct tx *t, const struct rp_facts *f);		      /* text_memory.c */
void tx_cgroup(struct tx *t, const struct rp_facts *f);		      /* text_cgroup.c */
void tx_tasks(struct tx *t, const struct rp_facts *f);		      /* text_tasks.c */
void tx_culprit(struct tx *t, const struct rp_facts *f);	      /* text_culprit.c */
void tx_census(struct tx *t, const struct rp_facts *f);		      /* text_census.c */
void tx_zones(struct tx *t, const struct rp_facts *f);		      /* text_zones.c */
void tx_holders(struct tx *t, const struct rp_facts *f);	      /* text_holders.c */
void tx_slabs(struct tx *t, const struct rp_facts *f);		      /* text_holders.c, also part of tx_holders() */
void tx_events(struct tx *t, const struct rp_facts *f);		      /* text_events.c */
void tx_findings(struct tx *t, const struct rp_facts *f);	      /* text_findings.c */
void tx_recommendations(struct tx *t, const struct rp_facts *f);      /* text_findings.c */
void tx_missing(struct tx *t, const struct rp_facts *f);	      /* text_origin.c */
void tx_origin(struct tx *t, const struct rp_facts *f);		      /* text_origin.c */

/** "mysqld (87)", "mysqld", "pid 87" or "?". */
void tx_who(struct tx *t, const char *comm, int64_t pid); /* text_short.c */

#endif
