// SPDX-License-Identifier: GPL-2.0-or-later
/** @file log: the kernel log of an input as text. */
#include "cli/cli.h"

int cli_log(const struct cli_options *o)
{
	struct oom_error err = {0};
	int status;
	FILE *f = cli_file_open(o, &status);
	if (!f)
		return status;
	enum oom_status read = oom_print_log(o->inputs, o->nr_inputs, &o->open, f, &err);
	if (!cli_output_close(f, o->output))
		return CLI_OUTPUT;
	if (read == OOM_OK && !cli_memory_settle(NULL))
		read = oom_fail(&err, OOM_ENOMEM, "out of memory: the log is not whole");
	if (read == OOM_OK && err.text[0] && !o->quiet)
		cli_error("%s: %s", cli_input_name(o->inputs[0]), err.text); // printed, though not as a whole
	if (read == OOM_OK)
		return CLI_OK;
	cli_input_error(o->inputs[0], &err);
	return read == OOM_EWRITE ? CLI_OUTPUT : CLI_INPUT;
}
