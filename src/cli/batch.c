// SPDX-License-Identifier: GPL-2.0-or-later
/** @file batch: reports on all inputs of folders, lists and patterns. */
#include "batch/batch.h"
#include "cli/cli.h"
#if OOM_WITH_SQLITE
#include "batch/db.h"
#include "batch/place.h"
#include "batch/summary.h"
#include "cli/progress.h"
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_S = 300 };

static volatile sig_atomic_t stop;

static void on_stop(int signal)
{
	stop = signal;
}

/* Inputs. */

static enum oom_status collect_path(struct batch_inputs *list, const char *path, const struct batch_options *options,
				    const struct batch_ui *ui)
{
	glob_t found;
	enum oom_status status = OOM_OK;
	if (access(path, F_OK) == 0 || !strpbrk(path, "*?[") || glob(path, 0, NULL, &found) != 0)
		return batch_collect(list, path, options, ui);
	for (size_t i = 0; i < found.gl_pathc && status == OOM_OK; i++)
		status = batch_collect(list, found.gl_pathv[i], options, ui);
	globfree(&found);
	return status;
}

/** Text with a path on each line. */
static enum oom_status collect_lines(struct batch_inputs *list, char *text, const struct batch_options *options,
				     const struct batch_ui *ui)
{
	enum oom_status status = OOM_OK;
	for (char *line = text, *next; line && status == OOM_OK; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line)
			status = batch_collect(list, line, options, ui);
	}
	return status;
}

/** A list of paths, one a line; where a NUL is in it, NULs end the paths, as `find -print0` writes them. */
static int collect_list(struct batch_inputs *list, const char *name, const struct batch_options *options,
			const struct batch_ui *ui)
{
	FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	bool nuls = false;
	enum oom_status status = OOM_OK;
	if (!in) {
		cli_error("%s: cannot be opened: %s", name, strerror(errno));
		return CLI_USAGE;
	}
	// Without a NUL all of it comes as one text.
	while (status == OOM_OK && (len = getdelim(&text, &size, '\0', in)) > 0) {
		nuls |= !text[len - 1];
		if (!nuls)
			status = collect_lines(list, text, options, ui);
		else if (*text)
			status = batch_collect(list, text, options, ui);
	}
	bool failed = status == OOM_OK && !feof(in);
	free(text);
	if (in != stdin)
		fclose(in);
	if (failed)
		cli_error("%s: cannot be read", name);
	return failed || status != OOM_OK ? CLI_INPUT : CLI_OK;
}

static int collect(const struct cli_options *o, struct batch_inputs *list, const struct batch_options *options,
		   const struct batch_ui *ui)
{
	enum oom_status status = OOM_OK;
	for (size_t i = 0; i < o->nr_inputs && status == OOM_OK; i++)
		status = collect_path(list, o->inputs[i], options, ui);
	int ret = o->files_from ? collect_list(list, o->files_from, options, ui) : CLI_OK;
	if (status == OOM_OK && ret == CLI_OK)
		status = batch_settle(list, options);
	if (status != OOM_OK) {
		cli_error("out of memory");
		ret = CLI_INPUT;
	}
	return ret;
}

/* Options. */

static bool env_number(const char *name, int64_t *ret)
{
	const char *text = getenv(name);
	return text && cli_number(text, 0, 1000000, ret);
}

/** Which member of an array job this is; its numbers go from a least to a most, in steps (sbatch(1)). */
static bool slurm_shard(struct batch_options *b)
{
	int64_t index, count, least, most, step = 1;
	env_number("SLURM_ARRAY_TASK_STEP", &step);
	if (!env_number("SLURM_ARRAY_TASK_ID", &index) || !env_number("SLURM_ARRAY_TASK_MIN", &least) ||
	    !env_number("SLURM_ARRAY_TASK_MAX", &most) || !env_number("SLURM_ARRAY_TASK_COUNT", &count) || step < 1)
		return false;
	if (index < least || index > most || (index - least) % step || count != (most - least) / step + 1)
		return false;
	b->shard = (index - least) / step + 1;
	b->shards = count;
	return true;
}

/** Kubernetes tells a member its index, not how many there are: the Job's author does. */
static bool kubernetes_shard(struct batch_options *b)
{
	int64_t index, count;
	if (!env_number("JOB_COMPLETION_INDEX", &index) || !env_number("JOB_COMPLETIONS", &count) || index >= count)
		return false;
	b->shard = index + 1;
	b->shards = count;
	return true;
}

/** Of an array job of Slurm, or an Indexed Job of Kubernetes, each member takes its part. */
static int shard_from_environment(struct batch_options *b)
{
	if (getenv("SLURM_ARRAY_TASK_ID"))
		return slurm_shard(b) ? CLI_OK
				      : cli_usage("an array job with gaps in its numbers: give --shard I/N, or 1/1 for "
						  "all inputs");
	if (getenv("JOB_COMPLETION_INDEX"))
		return kubernetes_shard(b)
			       ? CLI_OK
			       : cli_usage("JOB_COMPLETION_INDEX without JOB_COMPLETIONS, the number of the "
					   "Job's completions: set it, or give --shard I/N");
	return CLI_OK;
}

/** --newer-than: a file's time, or a time. */
static bool newer_than(const char *text, int64_t *ns)
{
	struct stat st;
	int64_t epoch;
	if (stat(text, &st) == 0) {
		*ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		return true;
	}
	return cli_moment(text, &epoch) && !__builtin_mul_overflow(epoch, INT64_C(1000000000), ns);
}

static int settle_options(const struct cli_options *o, struct batch_options *b)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	*b = (struct batch_options){
		.dir = o->output,
		.open = o->open,
		.report = {.top = o->top, .verbose = o->verbose, .event = OOM_ABSENT, .max_size = o->max_size},
		.nr_formats = o->nr_formats,
		.jobs = o->jobs	   ? (int)o->jobs
			: cpus > 0 ? (int)cpus
				   : 1,
		.timeout_s = o->timeout_s ? o->timeout_s : TIMEOUT_S,
		.redact = o->redact_what,
		.max_memory = o->max_memory,
		.newer_than_ns = OOM_ABSENT,
		.since_s = o->since_s,
		.shard = o->shard,
		.shards = o->shards,
		.memory_settle = cli_memory_settle};
	b->open.progress = NULL; // several readers at once have no place for bars
	memcpy(b->formats, o->formats, sizeof(b->formats));
	if (!o->output || strcmp(o->output, "-") == 0)
		return cli_usage("batch needs -o DIR");
	if (o->redact && !o->redact_key)
		return cli_usage("batch --redact needs --redact-key FILE: tokens must be the same in every run and on "
				 "every machine");
	if (!o->nr_inputs && !o->files_from)
		return cli_usage("no PATH");
	if (o->newer_than && !newer_than(o->newer_than, &b->newer_than_ns))
		return cli_usage("--newer-than %s: neither a file nor a time", o->newer_than);
	return b->shards ? CLI_OK : shard_from_environment(b);
}

/* The run. */

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/** What the whole batch says: for the person who started it, and in files. */
static int summarize(const struct cli_options *o, struct batch_db *db, const struct batch_inputs *list,
		     const struct batch_totals *t)
{
	struct oom_error err = {0};
	if (batch_summary_files(db, o->output, &err) != OOM_OK) {
		cli_error("%s: %s", o->output, err.text);
		return CLI_OUTPUT;
	}
	if (!o->quiet)
		cli_batch_summary(db, o->output, list, t);
	if (t->interrupted)
		return 128 + stop;
	if (!cli_output_close(stdout, NULL))
		return CLI_OUTPUT;
	return t->failed || t->failed_before || list->refused ? CLI_INPUT : CLI_OK;
}

static int run(const struct cli_options *o, const struct batch_options *b, const struct batch_inputs *list,
	       const struct batch_ui *ui)
{
	struct batch_totals totals;
	struct batch_db *db = NULL;
	struct oom_error err = {0};
	char *path = NULL;
	int status = CLI_OUTPUT;
	if (asprintf(&path, "%s/incidents.db", b->dir) < 0)
		path = NULL;
	if (!path || batch_make_place(b->dir, &err) != OOM_OK) {
		cli_error("%s: %s", b->dir, path ? err.text : "out of memory");
	} else if (batch_db_open(path, BATCH_DB_CREATE, &db, &err) != OOM_OK) {
		cli_error("%s: %s", path, err.text);
	} else {
		catch_signals();
		if (batch_run(list, b, db, ui, &stop, &totals, &err) == OOM_OK)
			status = summarize(o, db, list, &totals);
		else
			cli_error("%s: %s", b->dir, err.text);
	}
	batch_db_close(db);
	free(path);
	return status;
}

int cli_batch(const struct cli_options *o)
{
	struct batch_options b;
	struct batch_inputs list = {0};
	struct cli_progress progress;
	int status = settle_options(o, &b);
	if (status != CLI_OK)
		return status;
	cli_progress_init(&progress, o->quiet, o->verbose);
	const struct batch_ui ui = cli_progress_ui(&progress);
	status = collect(o, &list, &b, &ui);
	if (status == CLI_OK) {
		cli_progress_begin(&progress, list.n);
		status = run(o, &b, &list, &ui);
		cli_progress_end(&progress);
	}
	batch_inputs_free(&list);
	return status;
}

#endif
