// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The report as a document: sections of paragraphs, lists, tables and commands, without any markup.
 *
 *   ticket_make() ──► struct tk_doc ──► ticket_fit: what is too much is left out ──► markdown.c · jira.c · html.c
 *
 * Its texts are those of the case and the diagnosis, unescaped; a back end escapes each for its own markup. Everything
 * lives in the document's arena or in the case.
 */
#ifndef OOM_REPORT_TICKET_H
#define OOM_REPORT_TICKET_H

#include "report/report.h"

/** How a piece of text is to look. */
enum tk_look {
	TK_TEXT,   /**< words of a sentence; names of the input may be among them */
	TK_NAME,   /**< one name, path, number or line of the input or the kernel: shown as it is */
	TK_STRONG, /**< as TK_TEXT, emphasised */
	TK_DIM,	   /**< as TK_TEXT, of less weight */
};

struct tk_span {
	enum tk_look look;
	const char *text;
	const char *link; /**< id of a row, block or section of this document (HTML), NULL: none */
};
OOM_LIST(tk_cell, struct tk_span); /**< pieces that follow each other without a blank */

enum tk_tone { TK_PLAIN, TK_GOOD, TK_WARN, TK_BAD };

OOM_LIST(tk_cells, struct tk_cell);
struct tk_row {
	struct tk_cells cells;
	enum tk_tone tone;
	struct oom_origin origin; /**< of the fact in this row, so that a finding can point to it */
	struct oom_origin also;	  /**< of a second fact in it */
};
OOM_LIST(tk_rows, struct tk_row);

enum tk_block_kind {
	TK_PARA,  /**< one row of one cell */
	TK_CLAIM, /**< the same: the head of what follows up to the next one, a finding or an advice */
	TK_ITEMS, /**< rows of one cell */
	TK_FACTS, /**< rows of two cells: a label and what it says */
	TK_TABLE, /**< rows of as many cells as there are columns */
	TK_CODE,  /**< rows of one cell with one piece: lines of a shell */
	TK_CHART, /**< HTML only */
};

enum tk_chart { TK_CHART_MEMORY, TK_CHART_ZONES, TK_CHART_TASKS, TK_CHART_CGROUPS, TK_CHART_EVENTS };

struct tk_column {
	const char *title;
	bool right; /**< numbers */
	bool bar;   /**< the cell's text is a share in millionths, drawn as a bar */
};

struct tk_block {
	enum tk_block_kind kind;
	const struct tk_column *columns; /**< TK_TABLE */
	size_t nr_columns;
	enum tk_chart chart;
	enum oom_severity severity; /**< TK_CLAIM of a finding */
	const char *id;
	bool aside;	 /**< HTML only: links within the page */
	size_t left_out; /**< TK_TABLE, TK_ITEMS: rows there are beyond those here */
	struct tk_rows rows;
};
OOM_LIST(tk_blocks, struct tk_block);

struct tk_section {
	const char *id, *title;
	int rank;     /**< 0: never left out; the larger, the sooner */
	bool fold;    /**< proof: behind a fold where the markup has one */
	bool verdict; /**< its title is a verdict */
	bool hidden;  /**< left out: not to be written */
	struct rp_facts *facts;
	struct tk_blocks blocks;
};
OOM_LIST(tk_sections, struct tk_section);

struct tk_doc {
	struct oom_arena *arena;
	const struct oom_case *c;
	const struct oom_diagnosis *d;
	const struct oom_report_options *options;
	struct tk_sections sections; /**< the first is the verdict; its title is the document's */
	const char *prefix;	     /**< of all ids, while an event is added: "e3-" */
	struct tk_limits {
		bool terse;  /**< --verbose is not heeded */
		int full;    /**< sections of a larger rank are shortened */
		int keep;    /**< sections of a larger rank are left out */
		size_t clip; /**< bytes of one piece of text, 0: no limit */
	} limits;
	size_t max;	/**< --max-size, 0: none */
	bool shortened; /**< something is not here because of the limits */
	bool nomem;
};

/* ticket_pen.c: adding to the end of the document. Without memory they do nothing but to set `nomem`. */
struct tk_section *tk_section(struct tk_doc *t, const char *id, int rank, bool fold, const char *fmt, ...)
	OOM_PRINTF(5, 6);
struct tk_block *tk_block(struct tk_doc *t, enum tk_block_kind kind);
struct tk_block *tk_table(struct tk_doc *t, const struct tk_column *columns, size_t n);
void tk_chart(struct tk_doc *t, enum tk_chart chart);
/** A new row of the last block, with one empty cell. */
struct tk_row *tk_row(struct tk_doc *t);
/** The next cell of the last row. */
void tk_next(struct tk_doc *t);
/** A piece of text in the last cell; NULL or "" adds nothing. */
void tk_put(struct tk_doc *t, enum tk_look look, const char *text);
void tk_putf(struct tk_doc *t, enum tk_look look, const char *fmt, ...) OOM_PRINTF(3, 4);
/** The last piece of text points to @p id. */
void tk_link(struct tk_doc *t, const char *id);
/** A paragraph of one piece; NULL or "" adds nothing. */
void tk_para(struct tk_doc *t, enum tk_look look, const char *text);
/** The next cell of the last row, with one piece of text. A size in words, a number; "?" for OOM_ABSENT. */
void tk_cell(struct tk_doc *t, enum tk_look look, const char *text);
void tk_cell_kb(struct tk_doc *t, int64_t kb);
void tk_cell_int(struct tk_doc *t, int64_t value);
/** "leaky (91)". */
void tk_who(struct tk_doc *t, const char *comm, int64_t pid);
/** A text in the document's arena; "" without memory. */
const char *tk_text(struct tk_doc *t, const char *fmt, ...) OOM_PRINTF(2, 3);
/** How many of @p n rows the last block is to get: @p most, all with --verbose, fewer where space is short. */
size_t tk_rows(struct tk_doc *t, size_t n, size_t most);
bool tk_verbose(const struct tk_doc *t);
/** @p text, or where limits.clip is set its first bytes with dots behind; characters stay whole. */
const char *tk_clip(struct tk_doc *t, const char *text);
/** Rows of a table that --top asks for. */
size_t tk_top(const struct tk_doc *t);

/* ticket_request.c */
/** The allocation that failed: order, flags, and what they allow, into the last cell. */
void tk_request(struct tk_doc *t, const struct oom_event *e);

/* The sections of one event, each of which adds nothing where there is nothing to tell. */
void tk_verdict(struct tk_doc *t, struct rp_facts *f);	/* ticket_head.c */
void tk_because(struct tk_doc *t, struct rp_facts *f);	/* ticket_findings.c: links from the verdict to its findings */
void tk_advice(struct tk_doc *t, struct rp_facts *f);	/* ticket_findings.c */
void tk_findings(struct tk_doc *t, struct rp_facts *f); /* ticket_findings.c */
void tk_memory(struct tk_doc *t, struct rp_facts *f);	/* ticket_memory.c */
void tk_cgroup(struct tk_doc *t, struct rp_facts *f);	/* ticket_memory.c */
void tk_tasks(struct tk_doc *t, struct rp_facts *f);	/* ticket_tables.c */
void tk_zones(struct tk_doc *t, struct rp_facts *f);	/* ticket_tables.c */
void tk_holders(struct tk_doc *t, struct rp_facts *f);	/* ticket_tables.c */
void tk_census(struct tk_doc *t, struct rp_facts *f);	/* ticket_census.c */
void tk_events(struct tk_doc *t, struct rp_facts *f);	/* ticket_events.c */
void tk_missing(struct tk_doc *t, struct rp_facts *f);	/* ticket_origin.c */
void tk_origin(struct tk_doc *t, struct rp_facts *f);	/* ticket_origin.c */

/** How a back end writes a document. */
typedef void tk_write(FILE *out, const struct tk_doc *t);

/**
 * Builds the document and writes it; where it would exceed @p max bytes (0: no limit), the least important parts are
 * shortened first, then left out, and the report says so.
 * @return OOM_OK, OOM_ENOMEM, OOM_EWRITE, OOM_EINVAL: not even the verdict fits
 */
enum oom_status tk_report(FILE *out, tk_write *write, size_t max, const struct oom_case *c,
			  const struct oom_diagnosis *d, const struct oom_report_options *options,
			  struct oom_error *err);

/* ticket_words.c: texts cut into words, for markups that read more into some words than they say. */
/**
 * One word of a sentence. `plain`: letters, digits and harmless punctuation; nothing that any ticket system takes for
 * markup, a link, a mention, a reference to an issue or a commit, an emoji.
 */
struct tk_word {
	const char *lead, *core, *tail; /**< brackets and quotes before, the word, punctuation behind; not terminated */
	size_t lead_len, core_len, tail_len;
	bool plain;
};
/** The next word at *@p at, which moves behind it; false at the end. */
bool tk_word(const char **at, struct tk_word *ret);
/** Blanks around a word are not given by tk_word(): does something end in one, which is more than a blank? */
bool tk_ends_in_blank(const char *text);
/** @p text without control characters, hidden ones and broken UTF-8: these as \xNN. In the document's arena. */
const char *tk_safe(const struct tk_doc *t, const char *text);
/** Columns of a bar for a cell's share in millionths. */
size_t tk_bar(const struct tk_cell *cell, size_t width);

/* Back ends. */
tk_write markdown_write, jira_write, html_write;

#endif
