// SPDX-License-Identifier: GPL-2.0-or-later
/** @file extract: the facts of an input as case.json. classify: the verdict from such facts. */
#include "cli/cli.h"
#include <errno.h>
#include <string.h>

int cli_extract(const struct cli_options *o)
{
	struct oom_case *c = NULL;
	struct oom_error err = {0};
	int status;
	if (oom_open(o->inputs, o->nr_inputs, &o->open, &c, &err) != OOM_OK) {
		cli_input_error(o->inputs[0], &err);
		return CLI_INPUT;
	}
	if (!cli_memory_settle(c)) {
		cli_error("%s: out of memory", o->inputs[0]);
		oom_case_free(c);
		return CLI_INPUT;
	}
	FILE *f = cli_file_open(o, &status);
	if (f) {
		oom_case_write(f, c, &err);
		status = cli_output_close(f, o->output) ? CLI_OK : CLI_OUTPUT;
	}
	oom_case_free(c);
	return status;
}

static struct oom_case *read_case(const char *path)
{
	struct oom_case *c = NULL;
	struct oom_error err = {0};
	FILE *in = strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
	if (!in) {
		cli_error("%s: cannot be opened: %s", path, strerror(errno));
		return NULL;
	}
	if (oom_case_read(in, &c, &err) != OOM_OK)
		cli_input_error(path, &err);
	if (in != stdin)
		fclose(in);
	return c;
}

int cli_classify(const struct cli_options *o)
{
	struct cli_output out;
	struct oom_case *c = read_case(o->inputs[0]);
	if (!c)
		return CLI_INPUT;
	int status = cli_output_init(&out, o, 1);
	if (status == CLI_OK && o->open.redact && oom_redact_case(o->open.redact, c, NULL) != OOM_OK) {
		cli_error("out of memory");
		status = CLI_INPUT;
	}
	if (status == CLI_OK)
		status = cli_render(o, &out, 0, c);
	// Of classify the contract says: done. Whether it is an OOM is in the report.
	if (status == CLI_NO_OOM)
		status = CLI_OK;
	cli_output_free(&out);
	oom_case_free(c);
	return status;
}
