// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Where reports go: standard output, a file, or a folder with one file per input and format. */
#include "cli/cli.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool to_stdout(const struct cli_options *o)
{
	return !o->output || !strcmp(o->output, "-");
}

bool cli_is_input(const struct cli_options *o, const char *path)
{
	struct stat out, in;
	if (stat(path, &out) != 0 || S_ISCHR(out.st_mode) || S_ISFIFO(out.st_mode))
		return false;
	for (size_t i = 0; i < o->nr_inputs; i++) {
		if (stat(o->inputs[i], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	}
	return false;
}

/* --- names in a folder ------------------------------------------- */

/** The last part of a path, slashes at its end not counted; to be freed. */
static char *base_name(const char *path)
{
	size_t len = strlen(path);
	if (!strcmp(path, "-"))
		return strdup("stdin");
	while (len && path[len - 1] == '/')
		len--;
	size_t from = len;
	while (from && path[from - 1] != '/')
		from--;
	return len > from ? strndup(path + from, len - from) : strdup("root");
}

/** Is @p name that of one of the first @p n inputs? */
static bool is_taken(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/**
 * The file name for an input, to be freed: its base name; where one of the @p n before has it already, "vmcore-2",
 * "vmcore-3" … NULL without memory.
 */
static char *name_for(char *const *names, size_t n, const char *input)
{
	char *base = base_name(input), *name = base ? strdup(base) : NULL;
	size_t number = 1;
	for (size_t i = 0; base && i < n; i++)
		number += !strncmp(names[i], base, strlen(base));
	while (name && is_taken(names, n, name)) {
		free(name);
		if (asprintf(&name, "%s-%zu", base, number++) < 0)
			name = NULL;
	}
	free(base);
	return name;
}

/** A file's name tells no more than the report in it. False without memory. */
static bool redact_name(const struct cli_options *o, char **name)
{
	char *token = o->open.redact ? oom_redact_path(o->open.redact, *name) : NULL;
	if (token) {
		free(*name);
		*name = token;
	}
	return token || !o->open.redact;
}

static int make_folder(const char *path)
{
	struct stat st;
	if (mkdir(path, 0777) == 0)
		return CLI_OK;
	int failure = errno;
	if (failure == EEXIST && stat(path, &st) == 0)
		failure = S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
	if (!failure)
		return CLI_OK;
	cli_error("%s: cannot be made a folder: %s", path, strerror(failure));
	return CLI_OUTPUT;
}

static bool is_folder(const char *path)
{
	struct stat st;
	size_t len = strlen(path);
	return (len && path[len - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

int cli_output_init(struct cli_output *out, const struct cli_options *o, size_t nr_reports)
{
	*out = (struct cli_output){.o = o};
	if (to_stdout(o))
		return o->nr_formats > 1 ? cli_usage("several formats need -o DIR") : CLI_OK;
	out->folder = nr_reports > 1 || o->nr_formats > 1 || is_folder(o->output);
	if (!out->folder)
		return cli_is_input(o, o->output) ? cli_usage("-o %s: is the input itself", o->output) : CLI_OK;
	out->names = calloc(nr_reports, sizeof(*out->names));
	for (size_t i = 0; out->names && i < nr_reports; i++) {
		out->names[i] = name_for(out->names, i, o->inputs[i]);
		if (!out->names[i] || !redact_name(o, &out->names[i])) {
			free(out->names[i]);
			break;
		}
		out->nr_names++;
	}
	if (out->nr_names < nr_reports) {
		cli_error("out of memory");
		return CLI_OUTPUT;
	}
	return make_folder(o->output);
}

void cli_output_free(struct cli_output *out)
{
	for (size_t i = 0; i < out->nr_names; i++)
		free(out->names[i]);
	free(out->names);
}

/* --- files ------------------------------------------------------- */

static FILE *open_file(const char *path)
{
	FILE *f = fopen(path, "we");
	if (!f)
		cli_error("%s: cannot be written: %s", path, strerror(errno));
	return f;
}

FILE *cli_output_open(struct cli_output *out, size_t at, enum oom_format format)
{
	static const char *const endings[] = {"txt", "md", "html", "json", "jira"};
	if (to_stdout(out->o))
		return stdout;
	if (!out->folder)
		return open_file(out->o->output);
	char *path = NULL;
	FILE *f = NULL;
	if (asprintf(&path, "%s/%s.%s", out->o->output, out->names[at], endings[format]) < 0)
		cli_error("out of memory");
	else if (cli_is_input(out->o, path))
		cli_error("%s: is an input, not written", path);
	else
		f = open_file(path);
	if (path)
		free(path);
	return f;
}

FILE *cli_file_open(const struct cli_options *o, int *status)
{
	*status = CLI_OUTPUT;
	if (to_stdout(o))
		return stdout;
	if (cli_is_input(o, o->output)) {
		*status = cli_usage("-o %s: is the input itself", o->output);
		return NULL;
	}
	return open_file(o->output);
}

bool cli_output_close(FILE *f, const char *name)
{
	bool failed = fflush(f) != 0 || ferror(f);
	int failure = errno;
	if (f != stdout && fclose(f) != 0 && !failed) {
		failed = true;
		failure = errno;
	}
	if (failed && failure != EPIPE)
		cli_error("%s: cannot be written: %s", name ? name : "standard output", strerror(failure));
	return !failed;
}
