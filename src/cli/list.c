// SPDX-License-Identifier: GPL-2.0-or-later
/** @file list: the incidents of a batch. merge: batches of several machines become one. */
#include "batch/batch.h"
#include "cli/cli.h"
#if OOM_WITH_SQLITE
#include "batch/query.h"
#include "batch/summary.h"
#include <errno.h>
#include <oomortem/classify.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** DB may be the folder of a batch. To be freed; NULL after telling that memory is out. */
static char *db_path(const char *path)
{
	struct stat st;
	char *ret = NULL;
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (asprintf(&ret, "%s%s", path, folder ? "/incidents.db" : "") >= 0)
		return ret;
	cli_error("out of memory");
	return NULL;
}

static int list_db(const struct cli_options *o, struct batch_db *db)
{
	struct oom_error err = {0};
	const struct batch_query query = {.sort = o->sort,
					  .cause = o->cause,
					  .host = o->host,
					  .culprit = o->culprit,
					  .release = o->release,
					  .since_s = o->since_s,
					  .until_s = o->until_s,
					  .by_signature = o->by_signature};
	enum batch_shape shape = o->csv ? BATCH_AS_CSV : o->formats[0] == OOM_JSON ? BATCH_AS_JSON : BATCH_AS_TEXT;
	int status;
	FILE *out = cli_file_open(o, &status);
	if (!out)
		return status;
	enum oom_status listed = batch_list(db, &query, shape, out, &err);
	if (!cli_output_close(out, o->output))
		return CLI_OUTPUT;
	if (listed == OOM_EINVAL)
		return cli_usage("--sort %s: %s", o->sort, err.text);
	if (listed != OOM_OK)
		cli_input_error(o->inputs[0], &err);
	return listed == OOM_OK ? CLI_OK : CLI_INPUT;
}

/** A cause that does not exist has no incidents, and an empty list would look as if there were none of the one meant.
 */
static bool is_cause(const char *id)
{
	for (int cause = OOM_CAUSE_NONE; cause <= OOM_CAUSE_USERSPACE_OOM; cause++) {
		if (!strcmp(id, oom_cause_id(cause)))
			return true;
	}
	return false;
}

int cli_list(const struct cli_options *o)
{
	if (o->cause && !is_cause(o->cause))
		return cli_usage("--cause %s: no such cause; oomortem(7) has all", o->cause);
	struct batch_db *db = NULL;
	struct oom_error err = {0};
	char *path = db_path(o->inputs[0]);
	int status = CLI_INPUT;
	if (path && batch_db_open(path, BATCH_DB_READ, &db, &err) != OOM_OK)
		cli_input_error(o->inputs[0], &err);
	else if (path)
		status = list_db(o, db);
	batch_db_close(db);
	free(path);
	return status;
}

/* merge */

/** The folder of a path, "." where it has none; to be freed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/** Length of what two paths begin with, in whole names. */
static size_t common(const char *a, const char *b)
{
	size_t i = 0;
	while (a[i] && a[i] == b[i])
		i++;
	if ((!a[i] || a[i] == '/') && (!b[i] || b[i] == '/'))
		return i;
	while (i && a[i - 1] != '/')
		i--;
	return i ? i - 1 : 0;
}

/** How a folder is reached from another: "", "shard-3/", "../x/"; both are real paths. To be freed. */
static char *way_between(const char *from, const char *to)
{
	size_t same = common(from, to), ups = 0;
	char *up = NULL, *ret = NULL;
	for (const char *p = from + same; *p; p++)
		ups += *p == '/' && p[1];
	up = calloc(1, ups * 3 + 1);
	for (size_t i = 0; up && i < ups; i++)
		memcpy(up + i * 3, "../", 3);
	const char *rest = to + same + strspn(to + same, "/");
	if (!up || asprintf(&ret, "%s%s%s", up, rest, *rest ? "/" : "") < 0)
		ret = NULL;
	free(up);
	return ret;
}

/** way_between() the folders of two files. */
static char *way(const char *from, const char *to)
{
	char *a = folder_of(from), *b = folder_of(to);
	char *from_real = a ? realpath(a, NULL) : NULL, *to_real = b ? realpath(b, NULL) : NULL;
	char *ret = from_real && to_real ? way_between(from_real, to_real) : NULL;
	free(a);
	free(b);
	free(from_real);
	free(to_real);
	return ret;
}

static int merge_one(struct batch_db *db, const char *into, const char *name)
{
	struct oom_error err = {0};
	char *path = db_path(name), *prefix = path ? way(into, path) : NULL;
	int status = CLI_OK;
	if (!path) {
		status = CLI_INPUT;
	} else if (!prefix) {
		cli_error("%s: cannot be opened: %s", name, strerror(errno));
		status = CLI_INPUT;
	} else if (batch_db_merge(db, path, prefix, &err) != OOM_OK) {
		cli_input_error(name, &err);
		status = err.status == OOM_EWRITE ? CLI_OUTPUT : CLI_INPUT;
	}
	free(path);
	free(prefix);
	return status;
}

/** Is the database @p into one of those that are to be merged? */
static bool is_merged_too(const struct cli_options *o, const char *into)
{
	struct stat a, b;
	bool same = false;
	for (size_t i = 0; into && stat(into, &a) == 0 && i < o->nr_inputs; i++) {
		char *path = db_path(o->inputs[i]);
		same |= path && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
		free(path);
	}
	return same;
}

int cli_merge(const struct cli_options *o)
{
	struct batch_db *db = NULL;
	struct oom_error err = {0};
	int status = CLI_OK;
	if (!o->output || strcmp(o->output, "-") == 0)
		return cli_usage("merge needs -o DB");
	char *into = db_path(o->output), *folder = into ? folder_of(into) : NULL;
	if (is_merged_too(o, into)) {
		free(into);
		free(folder);
		return cli_usage("-o %s: is the input itself", o->output);
	}
	if (!folder || batch_db_open(into, BATCH_DB_CREATE, &db, &err) != OOM_OK) {
		cli_error("%s: %s", o->output, folder ? err.text : "out of memory");
		status = CLI_OUTPUT;
	}
	for (size_t i = 0; status != CLI_OUTPUT && i < o->nr_inputs; i++) {
		int one = merge_one(db, into, o->inputs[i]);
		status = one == CLI_OK ? status : one;
	}
	if (status != CLI_OUTPUT && batch_summary_files(db, folder, &err) != OOM_OK) {
		cli_error("%s: %s", folder, err.text);
		status = CLI_OUTPUT;
	}
	batch_db_close(db);
	free(into);
	free(folder);
	return status;
}

#endif
