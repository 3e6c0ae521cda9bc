// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The files that sum up a batch: incidents.jsonl and index.html. */
#ifndef OOM_BATCH_SUMMARY_H
#define OOM_BATCH_SUMMARY_H

#include "batch/db.h"

/** Writes both into @p dir, from what the database holds now. OOM_OK, OOM_EWRITE, OOM_EREAD. */
enum oom_status batch_summary_files(struct batch_db *db, const char *dir, struct oom_error *err);
/** index.html. OOM_OK, OOM_EREAD; errors of @p out stay in it. */
enum oom_status batch_write_index(struct batch_db *db, FILE *out, struct oom_error *err);

#endif
