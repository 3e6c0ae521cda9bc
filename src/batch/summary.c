// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The files that sum up a batch. */
#include "batch/summary.h"
#include "batch/place.h"
#include "batch/query.h"
#include <stdlib.h>
#if OOM_WITH_SQLITE

typedef enum oom_status write_fn(struct batch_db *db, FILE *out, struct oom_error *err);

static enum oom_status write_one(struct batch_db *db, const char *dir, const char *name, write_fn *write,
				 struct oom_error *err)
{
	char *path = NULL, *draft;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	FILE *out = batch_file_new(path, &draft);
	enum oom_status status = out ? write(db, out, err) : OOM_EWRITE;
	bool done = out && batch_file_done(out, path, draft, status == OOM_OK);
	if (!done && (status == OOM_OK || !out))
		status = oom_fail(err, OOM_EWRITE, "%s cannot be written: %m", name);
	free(path);
	return status;
}

enum oom_status batch_summary_files(struct batch_db *db, const char *dir, struct oom_error *err)
{
	enum oom_status status = write_one(db, dir, "incidents.jsonl", batch_write_jsonl, err);
	return status == OOM_OK ? write_one(db, dir, "index.html", batch_write_index, err) : status;
}

#endif
