// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Text of inputs, on its way into the database and out of it. */
#ifndef OOM_BATCH_TEXT_H
#define OOM_BATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** A copy, to be freed: UTF-8 without control characters, whatever is neither as \xNN; NULL without memory. */
char *batch_clean(const char *text, size_t len);
/** A copy that no terminal can be harmed by, to be freed; @p width: the columns that it takes. */
char *batch_for_terminal(const char *text, int *width);
/** A cell by RFC 4180; what a spreadsheet would take for a formula gets an apostrophe before it. */
void batch_put_csv(FILE *out, const char *text);
/** Text in HTML, also within quotes of an attribute. */
void batch_put_html(FILE *out, const char *text);
/** The path of a link: whatever is not plain as %NN. */
void batch_put_url(FILE *out, const char *path);

#endif
