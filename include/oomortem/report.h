// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Reports: case and diagnosis to text, JSON, … They decide nothing. Whatever came from the input is escaped.
 */
#ifndef OOMORTEM_REPORT_H
#define OOMORTEM_REPORT_H

#include <oomortem/classify.h>
#include <stdio.h>

enum oom_format { OOM_TEXT, OOM_MARKDOWN, OOM_HTML, OOM_JSON, OOM_JIRA };

/** Single sections of the text report. */
enum oom_section {
	OOM_SECTION_TASKS = 1 << 0,
	OOM_SECTION_ZONES = 1 << 1,
	OOM_SECTION_CGROUPS = 1 << 2,
	OOM_SECTION_SLABS = 1 << 3,
};

struct oom_report_options {
	bool color;	 /**< ANSI colours (text) */
	bool unicode;	 /**< bars and dots beyond ASCII (text) */
	int width;	 /**< columns (text), 0: 80 */
	int top;	 /**< rows of a table (text), 0: 10 */
	int64_t event;	 /**< index of the one event to report, OOM_ABSENT: the decisive one in full, the rest in a list
			  */
	bool all_events; /**< each event in full (text) */
	bool verbose;	 /**< every table in full (text) */
	unsigned
		sections; /**< of enum oom_section: only these, nothing where there is nothing to tell (text); 0: all */
	size_t max_size;  /**< bytes of the report, 0: the format's own limit; the least important parts are left
			     out (not of JSON) */
	bool one_line;	  /**< the whole document on one line (JSON) */
};

/** The size that the ticket systems of @p format take, bytes; 0: no limit. */
OOM_PUBLIC size_t oom_max_size(enum oom_format format);

/**
 * Writes one report.
 * @param[in] out stays open; errors of the stream are the caller's to check (ferror, fclose)
 * @return OOM_OK, OOM_EINVAL (a format that this build lacks), OOM_EWRITE, OOM_ENOMEM
 */
OOM_PUBLIC enum oom_status oom_report(FILE *out, enum oom_format format, const struct oom_case *c,
				      const struct oom_diagnosis *d, const struct oom_report_options *options,
				      struct oom_error *err);

/**
 * Writes the facts alone: case.json (schema "oomortem-case/1"), which oom_case_read() reads back without loss.
 * @param[in] out stays open; errors that come after the return are the caller's to check (fclose)
 * @return OOM_OK or OOM_EWRITE
 */
OOM_PUBLIC enum oom_status oom_case_write(FILE *out, const struct oom_case *c, struct oom_error *err);

#endif
