// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The worker opens nothing: it asks its parent, which opens regular files and folders of the one input, the files that
 * the user named as options, and temporary files without a name, which get one while libsystemd opens them.
 */
#ifndef OOM_BATCH_BROKER_H
#define OOM_BATCH_BROKER_H

#include "batch/batch.h"
#include <limits.h>

/* The parent's side. */

/** What one worker may open. */
struct batch_grant {
	const struct batch_input *input;
	const struct batch_options *options;
	int root; /**< the folder of a folder; -1: the input is files */
	size_t spools;
	int spool;	     /**< the last temporary file, -1 */
	char name[PATH_MAX]; /**< that it has for now, "" */
};

/** Opens the root. OOM_OK, OOM_EOPEN. */
enum oom_status batch_grant_init(struct batch_grant *grant, const struct batch_input *input,
				 const struct batch_options *options, struct oom_error *err);
void batch_grant_close(struct batch_grant *grant);
/** Opens @p path as the worker asks; a descriptor, or -1 and errno. For the broker and its test. */
int batch_grant_open(struct batch_grant *grant, const char *path, int flags);
/** Answers one request at the socket @p sock. False: the other side is gone, or speaks no sense. */
bool batch_serve(struct batch_grant *grant, int sock);

/* The worker's side. */

/** From now on the library asks at the socket @p sock. */
void batch_ask_at(int sock);

#endif
