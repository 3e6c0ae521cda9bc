// SPDX-License-Identifier: GPL-2.0-or-later
/** @file --redact, --redact-key, --redact-map. */
#include "cli/cli.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_redact_begin(struct cli_options *o)
{
	struct oom_error err = {0};
	if (!o->redact)
		return CLI_OK;
	if (o->redact_map && cli_is_input(o, o->redact_map))
		return cli_usage("--redact-map %s: is the input itself", o->redact_map);
	enum oom_status status = oom_redactor_new(o->redact_what, o->redact_key, &o->open.redact, &err);
	if (status == OOM_OK)
		return CLI_OK;
	cli_error("--redact: %s", err.text);
	return status == OOM_EINVAL || status == OOM_EOPEN ? CLI_USAGE : CLI_INPUT;
}

/** The map is what was to be hidden: nobody else may read it, whatever the file was before. */
static bool write_map(const struct cli_options *o)
{
	int fd = open(o->redact_map, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct oom_error err = {0};
	struct stat st;
	FILE *out = NULL;
	if (fd < 0 || fstat(fd, &st) != 0 ||
	    (S_ISREG(st.st_mode) && (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0)) || !(out = fdopen(fd, "w"))) {
		cli_error("%s: cannot be written: %s", o->redact_map, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (oom_redact_write_map(o->open.redact, out, &err) != OOM_OK)
		cli_error("%s: %s", o->redact_map, err.text);
	return cli_output_close(out, o->redact_map) && err.status == OOM_OK;
}

int cli_redact_end(struct cli_options *o, int status)
{
	if (o->redact_map && o->open.redact && !write_map(o))
		status = CLI_OUTPUT;
	oom_redactor_free(o->open.redact);
	return status;
}
