// SPDX-License-Identifier: GPL-2.0-or-later
/** @file One worker: one input, one process. */
#ifndef OOM_BATCH_WORKER_H
#define OOM_BATCH_WORKER_H

#include "batch/sandbox.h"

/** What a worker gets, made by the parent before the fork. */
struct batch_work {
	const struct batch_input *input;
	const struct batch_options *options;
	int sock;		 /**< to the broker */
	int rows;		 /**< a file for rows, empty */
	int outs[BATCH_FORMATS]; /**< a file for each format, empty */
	struct batch_shared *shared;
	pid_t parent;
};

/** The worker's whole life, after the fork: confines itself, reads, writes, ends with 0 if its answer is whole. */
_Noreturn void batch_work(const struct batch_work *work);

/** Writes the rows of a case. @p since_s: older incidents are left out; OOM_ABSENT: none. */
void batch_put_case(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d, int64_t since_s);
/** The row of an input that gave no case. */
void batch_put_failure(FILE *out, enum oom_status status, const char *why);

/** Seconds since 1970 of an RFC 3339 time, one without a zone read as UTC; OOM_ABSENT. */
int64_t batch_epoch(const char *time, bool *zone_known);

#endif
