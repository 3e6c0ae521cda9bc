// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Rows of the database on their way from a worker to its parent, in a file that both have open.
 *
 *   row    table (1 byte) · number of values (1 byte) · values in the order of the table's columns
 *   value  kind (1 byte) · for numbers 8 bytes as they are · for text 4 bytes length and the bytes
 *
 * The worker may have been taken over by its input: the parent believes no length, no count and no text.
 */
#ifndef OOM_BATCH_ROWS_H
#define OOM_BATCH_ROWS_H

#include <oomortem/base.h>
#include <stdio.h>

enum batch_table { BATCH_T_INPUT, BATCH_T_INCIDENT, BATCH_T_FINDING, BATCH_T_TASK, BATCH_T_END, BATCH_TABLES };
enum batch_kind { BATCH_NULL, BATCH_INT, BATCH_REAL, BATCH_TEXT };

enum { BATCH_COLUMNS = 40, BATCH_TEXT_MAX = 65536 };

struct batch_value {
	enum batch_kind kind;
	int64_t number;
	double real;
	const char *text; /**< in the reader's buffer, no NUL behind it */
	size_t len;
};

struct batch_row {
	enum batch_table table;
	size_t n;
	struct batch_value v[BATCH_COLUMNS];
};

/** Names of a table's columns that a worker fills, in order; NULL behind the last. */
extern const char *const *const batch_columns[BATCH_TABLES];
/** How many they are. */
size_t batch_nr_columns(enum batch_table table);

/* Writing: batch_row_begin(), one call for each column, in order. Errors stay in the stream. */
void batch_row_begin(FILE *out, enum batch_table table);
void batch_put_int(FILE *out, int64_t value); /**< OOM_ABSENT: NULL */
void batch_put_real(FILE *out, double value);
void batch_put_null(FILE *out);
void batch_put_text(FILE *out, const char *text); /**< NULL: NULL; longer than BATCH_TEXT_MAX: cut */

/** Reading: a cursor over the whole content. */
struct batch_reader {
	const uint8_t *at, *end;
};
/** The next row. False at the end, or where the content is no row. */
bool batch_row_next(struct batch_reader *reader, struct batch_row *row);

#endif
