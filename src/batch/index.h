// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Parts of index.html that its sections share. */
#ifndef OOM_BATCH_INDEX_H
#define OOM_BATCH_INDEX_H

#include "batch/db.h"
#if OOM_WITH_SQLITE
#include <sqlite3.h>
#include <stdio.h>

struct page {
	sqlite3 *sql;
	FILE *out;
	bool failed;
	int64_t first, last; /**< epochs of all incidents, OOM_ABSENT */
	int64_t others;	     /**< incidents that were not out of memory */
	int64_t groups;	     /**< of a section */
	int item;	     /**< of a list within a line */
};

typedef void row_fn(struct page *p, sqlite3_stmt *row);

/* index_parts.c */
/**
 * Calls @p fn for each row of a query, up to as many as a page can hold; @p text, unless it is NULL, is bound to the
 * query's parameter. Returns how many rows there are.
 */
int64_t page_each(struct page *p, const char *sql, const char *text, row_fn *fn);
/** A column as text, "" for NULL; as long as the row. */
const char *page_text(sqlite3_stmt *row, int column);
/** Writes the time of a column of epochs, a dash for NULL. */
void page_put_time(struct page *p, sqlite3_stmt *row, int column);
/** Cells of a table; @p label stands before the text where the screen is too narrow for a table. */
void page_cell(struct page *p, const char *label, const char *text);
void page_cell_number(struct page *p, const char *label, sqlite3_stmt *row, int column);
void page_cell_time(struct page *p, const char *label, sqlite3_stmt *row, int column);
/**
 * A cell with the name of an input and links to its reports.
 * @param[in] reports their path from the page, without the ending; "": it has none
 * @param[in] formats their endings, with commas between
 */
void page_cell_input(struct page *p, const char *path, const char *reports, const char *formats);
/** Beginning of a table with these columns, a NULL behind them; and its end, after @p n rows. */
void page_head(struct page *p, const char *const *names);
void page_foot(struct page *p, int64_t n);

/* index_groups.c */
/** The incidents by signature: those that were out of memory, then the rest. */
void page_groups(struct page *p);

#endif
#endif
