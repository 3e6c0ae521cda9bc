// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What a batch shows on standard error: a bar on a terminal, else one line per input; and the summary. */
#ifndef OOM_CLI_PROGRESS_H
#define OOM_CLI_PROGRESS_H

#include "batch/batch.h"

struct cli_progress {
	bool quiet, verbose, bar;
	size_t total, through;
	double began, shown; /**< seconds of a clock that never jumps */
	bool drawn;
};

void cli_progress_init(struct cli_progress *p, bool quiet, bool verbose);
void cli_progress_begin(struct cli_progress *p, size_t total);
void cli_progress_end(struct cli_progress *p);
struct batch_ui cli_progress_ui(struct cli_progress *p);

struct batch_db;
/** The few lines on standard output that say what came of a batch. */
void cli_batch_summary(struct batch_db *db, const char *dir, const struct batch_inputs *list,
		       const struct batch_totals *t);

#endif
