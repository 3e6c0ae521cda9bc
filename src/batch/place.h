// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The files of a batch's folder:
 *
 *   incidents.db      db.c
 *   incidents.jsonl   export.c
 *   index.html        index.c
 *   reports/NAME-HASH.{txt,md,html,json,jira}
 *
 * Each is written under another name and renamed, so that it is there whole or not at all.
 */
#ifndef OOM_BATCH_PLACE_H
#define OOM_BATCH_PLACE_H

#include "batch/batch.h"

/** "txt", "md" … of a format. */
const char *batch_ending(enum oom_format format);
/** Makes DIR and DIR/reports; removes what processes that are gone left half done. OOM_OK, OOM_EWRITE. */
enum oom_status batch_make_place(const char *dir, struct oom_error *err);
/** "reports/NAME-HASH" of an input, to be freed; NULL without memory. */
char *batch_report_name(const struct batch_input *input);
/** The path of a report that is being written, to be freed; NULL without memory. */
char *batch_draft_path(const char *dir, const struct batch_input *input, enum oom_format format);
/** The path of a finished report, to be freed; NULL without memory. */
char *batch_report_path(const char *dir, const char *name, enum oom_format format);

/** A file of the folder that is written anew: *draft is its path until batch_file_done(). NULL and errno. */
FILE *batch_file_new(const char *path, char **draft);
/** Closes it and puts it into its place, if @p fits; frees @p draft. False: it could not be written; errno. */
bool batch_file_done(FILE *out, const char *path, char *draft, bool fits);

#endif
