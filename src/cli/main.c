// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The program: finds the command and runs it. */
#include "batch/batch.h"
#include "cli/cli.h"
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct cli_command commands[] = {
	{.name = "report", .run = cli_report, .options = "foeTmcskSbdNDPRKM"},
	{.name = "log", .run = cli_log, .options = "oskSbdDPRKM", .one_input = true},
	{.name = "extract", .run = cli_extract, .options = "oskSbdNDPRKM", .one_input = true},
	{.name = "classify", .run = cli_classify, .options = "foeTmcRKM", .one_input = true},
	{.name = "slim", .run = cli_slim, .options = "oCskSbdRKM", .one_input = true},
#if OOM_WITH_SQLITE
	{.name = "batch", .run = cli_batch, .options = "foTmkSbdDPj123456RKN", .no_input = true},
	{.name = "list", .run = cli_list, .options = "fo3789!@#%", .one_input = true},
	{.name = "merge", .run = cli_merge, .options = "o"},
#endif
};

const struct cli_command *cli_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

/** A command of the contract that this build lacks, and no file of that name. */
static bool is_lacking(const char *name)
{
	static const char *const later[] = {"batch", "list", "merge"};
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (!strcmp(later[i], name))
			return access(name, F_OK) != 0;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct cli_options o;
	const struct cli_command *command = argc > 1 ? cli_command(argv[1]) : NULL;
	// A reader that goes away is an output that cannot be written: status 4, not death by signal.
	signal(SIGPIPE, SIG_IGN);
	setlocale(LC_CTYPE, "");
	if (argc > 1 && !command && is_lacking(argv[1]))
		return cli_usage("this build has no command '%s'", argv[1]);
	int skip = command ? 1 : 0;
	if (!command)
		command = &commands[0];
	int status = cli_parse(argc - skip, argv + skip, command, &o);
	if (status < 0)
		status = cli_redact_begin(&o);
	else
		return status;
	if (status == CLI_OK)
		status = command->run(&o);
	// What no command has looked for itself: an output that was made with too little is none.
	if ((status == CLI_OK || status == CLI_NO_OOM) && !cli_memory_settle(NULL)) {
		cli_error("out of memory");
		status = CLI_INPUT;
	}
	return cli_redact_end(&o, status);
}
