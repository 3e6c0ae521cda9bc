// SPDX-License-Identifier: GPL-2.0-or-later
/** @file slim: collects the facts of a dump, then writes the pages that gave them. */
#include "cli/cli.h"
#include "open/internal.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** The dump of a folder that kdump left; any other path is its own. NULL after telling why. */
static const char *dump_of(const char *input, struct oom_folder *folder)
{
	struct stat st;
	struct oom_error err = {0};
	if (stat(input, &st) != 0 || !S_ISDIR(st.st_mode))
		return input;
	enum oom_status status = oom_folder_find(folder, input, &err);
	if (status == OOM_OK && !folder->dump[0])
		oom_fail(&err, OOM_ENOENT, "kdump left no dump there, only a log");
	if (status == OOM_OK && folder->dump[0])
		return folder->dump;
	cli_input_error(input, &err);
	return NULL;
}

/** Reads all facts; the redactor learns the names among them, so that they are found in the log's lines. */
static enum oom_status collect(const struct cli_options *o, struct oom_image *image, struct oom_error *err)
{
	struct oom_case *c = oom_case_new();
	if (!c)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	enum oom_status status = oom_collect(image, c, &o->open, err);
	const struct oom_strings *missing = &oom_image_info(image)->missing;
	if (status == OOM_OK && c->source.complete == OOM_NO && !o->quiet)
		cli_error("%s: incomplete; the small dump will be as well%s%s", o->inputs[0], missing->n ? ": " : "",
			  missing->n ? missing->v[0] : "");
	if (o->redact)
		oom_redact_learn(o->open.redact, c);
	oom_case_free(c);
	return status;
}

/** What could not be rewritten is blotted out. */
struct redaction {
	struct oom_redactor *redactor;
	size_t lost;
};

static bool rewrite(void *arg, enum oom_words what, char *text, size_t len)
{
	struct redaction *r = arg;
	bool done = oom_redact_words(r->redactor, what, text, len);
	r->lost += !done;
	return done;
}

static enum oom_status write_redacted(const struct cli_options *o, struct oom_image *image, struct oom_error *err)
{
	struct redaction redaction = {.redactor = o->open.redact};
	const struct oom_rewriter rewriter = {rewrite, &redaction};
	enum oom_status status = oom_slim_write_rewritten(image, o->output, &rewriter, err);
	if (status == OOM_OK && redaction.lost)
		cli_error("%s: %zu names or lines could not be rewritten and are blotted out", o->output,
			  redaction.lost);
	if (status == OOM_OK && !o->quiet)
		cli_error("%s: redacted; left out: the CPUs' registers, and all bytes that the report does not need",
			  o->output);
	return status;
}

/** Was there memory for all that went into the small dump? If not, none is left behind. */
static enum oom_status settle(const char *output, struct oom_error *err)
{
	struct stat st;
	if (cli_memory_settle(NULL))
		return OOM_OK;
	if (stat(output, &st) == 0 && S_ISREG(st.st_mode))
		unlink(output);
	return oom_fail(err, OOM_ENOMEM, "out of memory");
}

static int write_slim(const struct cli_options *o, const char *const *paths, size_t nr_paths)
{
	struct oom_image *image = NULL;
	struct oom_error err = {0};
	struct oom_image_options options = o->open.image;
	options.track = true;
	options.exact = o->redact;
	enum oom_status status = oom_image_open(paths, nr_paths, &options, &image, &err);
	if (status == OOM_OK)
		status = collect(o, image, &err);
	if (status == OOM_OK && !cli_memory_settle(NULL)) // pages that a whole list needs may not have been seen
		status = oom_fail(&err, OOM_ENOMEM, "out of memory");
	if (status != OOM_OK) {
		cli_input_error(o->inputs[0], &err);
		oom_image_close(image);
		return CLI_INPUT;
	}
	status = o->redact ? write_redacted(o, image, &err) : oom_slim_write(image, o->output, o->for_crash, &err);
	oom_image_close(image);
	if (status == OOM_OK)
		status = settle(o->output, &err);
	if (status == OOM_OK)
		return CLI_OK;
	cli_error("%s: %s", o->output, err.text);
	return status == OOM_EWRITE || status == OOM_EOPEN ? CLI_OUTPUT : CLI_INPUT;
}

int cli_slim(const struct cli_options *o)
{
	struct oom_folder folder = {.dump = "", .log = ""};
	if (!o->output || !strcmp(o->output, "-"))
		return cli_usage("slim needs -o SMALL, a file");
	if (o->redact && o->for_crash)
		return cli_usage(
			"--redact and --for-crash exclude each other: what crash reads is more than can be rewritten");
	const char *dump = dump_of(o->inputs[0], &folder);
	if (!dump)
		return CLI_INPUT;
	struct stat st, in;
	bool same =
		stat(o->output, &st) == 0 && stat(dump, &in) == 0 && st.st_dev == in.st_dev && st.st_ino == in.st_ino;
	if (same || cli_is_input(o, o->output))
		return cli_usage("-o %s: is the input itself", o->output);
	return o->nr_inputs > 1 ? write_slim(o, o->inputs, o->nr_inputs) : write_slim(o, &dump, 1);
}
