// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * crash's command `oom`: the report of oomortem on the session that is open.
 *
 * crash leaves a command by longjmp, also from its SIGINT handler. So the work goes in this order: options (nothing is
 * held yet), the report into memory with SIGINT ours and crash's messages off, everything of the library freed, the
 * text written to crash's stream, SIGINT given back, messages.
 */
#include <crash/defs.h>

#include "image_crash.h"
#include <errno.h>
#include <inttypes.h>
#include <oomortem/open.h>
#include <oomortem/redact.h>
#include <oomortem/report.h>
#include <signal.h>
#include <stdio_ext.h>
#include <sys/stat.h>

enum { PIECE = 4096 }; // bytes that are written between two looks at the flag

struct command {
	enum oom_format format;
	bool json, markdown, log, redact;
	unsigned sections; // of enum oom_section
	int top;
	int64_t event;
	const char *output; // NULL: crash's stream
};

struct text {
	char *v;
	size_t len;
};

static volatile sig_atomic_t interrupted;

static void on_sigint(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* Options. */

/** A whole decimal number that is not negative. */
static bool parse_number(const char *text, int64_t most, int64_t *ret)
{
	char *end;
	errno = 0;
	long long value = text && *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
	if (value < 0 || value > most || errno || *end)
		return false;
	*ret = value;
	return true;
}

static bool wrong(const char *option, const char *value)
{
	error(INFO, "%s %s: not a number that fits\n", option, value);
	return false;
}

/** The optional number behind -t stands in the next argument. */
static bool parse_top(struct command *cmd)
{
	int64_t top;
	if (optind >= argcnt || args[optind][0] < '0' || args[optind][0] > '9')
		return true;
	if (!parse_number(args[optind], INT_MAX, &top))
		return wrong("-t", args[optind]);
	cmd->top = (int)top;
	optind++;
	return true;
}

static bool parse_option(struct command *cmd, int option)
{
	switch (option) {
	case 'j':
		cmd->format = OOM_JSON;
		cmd->json = true;
		return true;
	case 'm':
		cmd->format = OOM_MARKDOWN;
		cmd->markdown = true;
		return true;
	case 'e':
		return parse_number(optarg, INT64_MAX - 1, &cmd->event) || wrong("-e", optarg);
	case 't':
		cmd->sections |= OOM_SECTION_TASKS;
		return parse_top(cmd);
	case 'z':
		cmd->sections |= OOM_SECTION_ZONES;
		return true;
	case 'g':
		cmd->sections |= OOM_SECTION_CGROUPS;
		return true;
	case 's':
		cmd->sections |= OOM_SECTION_SLABS;
		return true;
	case 'l':
		cmd->log = true;
		return true;
	case 'r':
		cmd->redact = true;
		return true;
	case 'o':
		cmd->output = optarg;
		return true;
	default:
		return false;
	}
}

static bool parse_options(struct command *cmd)
{
	int option;
	*cmd = (struct command){.event = OOM_ABSENT};
	while ((option = getopt(argcnt, args, "jme:tzgslro:")) != EOF)
		if (!parse_option(cmd, option))
			return false;
	if (optind < argcnt) {
		error(INFO, "%s: not an option\n", args[optind]);
		return false;
	}
	if (cmd->json + cmd->markdown + cmd->log + !!cmd->sections > 1) {
		error(INFO, "-j, -m, -l and the sections (-t -z -g -s) exclude each other\n");
		return false;
	}
	return true;
}

/* The report, in memory. */

static bool has_event(const struct oom_case *c, int64_t event)
{
	for (size_t i = 0; i < c->events.n; i++)
		if (c->events.v[i].index == event)
			return true;
	return !oom_known(event);
}

static enum oom_status refuse_event(const struct oom_case *c, int64_t event, struct oom_error *err)
{
	if (!c->events.n)
		return oom_fail(err, OOM_EINVAL, "no event %" PRId64 ": there is none", event);
	return oom_fail(err, OOM_EINVAL, "no event %" PRId64 ": the last is %" PRId64, event,
			c->events.v[c->events.n - 1].index);
}

static enum oom_status report(const struct command *cmd, const struct oom_case *c, FILE *out, struct oom_error *err)
{
	struct oom_diagnosis *d;
	const struct oom_report_options options = {
		.event = cmd->event,
		.top = cmd->top,
		.sections = cmd->sections,
		.verbose = cmd->sections && !(cmd->sections & OOM_SECTION_TASKS),
	};
	if (oom_classify(c, &d) != OOM_OK)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	enum oom_status status = oom_report(out, cmd->format, c, d, &options, err);
	oom_diagnosis_free(d);
	return status;
}

/** What was asked for of a case that is whole. */
static enum oom_status answer(const struct command *cmd, struct oom_image *image, struct oom_case *c, FILE *out,
			      struct oom_error *err)
{
	struct oom_redactor *redactor = NULL;
	enum oom_status status = OOM_OK;
	if (!has_event(c, cmd->event))
		return refuse_event(c, cmd->event, err);
	if (cmd->redact)
		status = oom_redactor_new(OOM_REDACT_ALL, NULL, &redactor, err);
	if (status == OOM_OK && redactor)
		status = oom_redact_case(redactor, c, err);
	if (status == OOM_OK && cmd->log)
		status = oom_print_oom_lines(image, c, cmd->event, redactor, out, err);
	else if (status == OOM_OK)
		status = report(cmd, c, out, err);
	oom_redactor_free(redactor);
	return status;
}

/** From the session to the text. */
static enum oom_status examine(const struct command *cmd, struct oom_case *c, FILE *out, struct oom_error *err)
{
	struct oom_image *image;
	const char *path = pc->dumpfile ? pc->dumpfile : pc->live_memsrc;
	enum oom_status status = oom_crash_image(&interrupted, &image, err);
	if (status != OOM_OK)
		return status;
	c->source.kind = OOM_INPUT_CRASH;
	c->source.path = oom_strdup(c->arena, path);
	status = oom_collect(image, c, NULL, err);
	if (ACTIVE()) // what the walkers took for the time of the crash is that of this look
		c->system.crash_time = NULL;
	if (status == OOM_OK && !interrupted)
		status = answer(cmd, image, c, out, err);
	oom_image_close(image);
	return interrupted ? oom_fail(err, OOM_EINTR, "interrupted") : status;
}

/** @p text is to be freed in any case. */
static enum oom_status render(const struct command *cmd, struct text *text, struct oom_error *err)
{
	FILE *out = open_memstream(&text->v, &text->len);
	if (!out)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	struct oom_case *c = oom_case_new();
	enum oom_status status = c ? examine(cmd, c, out, err) : oom_fail(err, OOM_ENOMEM, "out of memory");
	oom_case_free(c);
	if (fclose(out) != 0 && status == OOM_OK)
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	if (status == OOM_OK && !text->len)
		status = oom_fail(err, OOM_ENOENT,
				  cmd->log ? "the log has no line of an out-of-memory event"
					   : "nothing of that is known here");
	return status;
}

/* Out of crash and back. */

/** What crash has at the start of the command and gets back at its end. */
struct crash_state {
	FILE *fp, *error_fp, *stdpipe;
	struct sigaction sigint, sigpipe;
};

/** From here on signals are ours, and what crash says about a read that failed goes nowhere. */
static void take_over(struct crash_state *was)
{
	struct sigaction ours = {.sa_handler = on_sigint}, ignore = {.sa_handler = SIG_IGN};
	interrupted = 0;
	sigaction(SIGINT, &ours, &was->sigint); // without SA_RESTART: a write that blocks ends
	sigaction(SIGPIPE, &ignore, &was->sigpipe);
	was->fp = fp;
	was->error_fp = pc->error_fp;
	was->stdpipe = pc->stdpipe;
	if (pc->nullfp) {
		fp = pc->error_fp = pc->nullfp;
		pc->stdpipe = NULL;
	}
}

static void give_streams_back(const struct crash_state *was)
{
	fp = was->fp;
	pc->error_fp = was->error_fp;
	pc->stdpipe = was->stdpipe;
}

static void give_signals_back(const struct crash_state *was)
{
	sigaction(SIGINT, &was->sigint, NULL);
	sigaction(SIGPIPE, &was->sigpipe, NULL);
}

/* Output. */

static bool is_file(const char *path, const struct stat *file)
{
	struct stat other;
	return path && stat(path, &other) == 0 && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

/** A file that the session reads is not written to. */
static bool is_of_session(const char *path)
{
	struct stat file;
	return stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
	       (is_file(pc->dumpfile, &file) || is_file(pc->namelist, &file) || is_file(pc->namelist_debug, &file));
}

/** Writes in pieces, so that ^C ends it. A pipe whose reader has gone is no error. */
static enum oom_status put(FILE *out, const struct text *text, struct oom_error *err)
{
	for (size_t done = 0, n; done < text->len && !interrupted; done += n) {
		n = text->len - done < PIECE ? text->len - done : PIECE;
		if (fwrite(text->v + done, 1, n, out) == n && fflush(out) == 0)
			continue;
		int failure = errno;
		__fpurge(out); // crash would try to write it again
		clearerr(out);
		if (failure == EPIPE)
			return OOM_OK;
		if (failure != EINTR)
			return oom_fail(err, OOM_EWRITE, "cannot be written: %s", strerror(failure));
		break;
	}
	return interrupted ? oom_fail(err, OOM_EINTR, "interrupted") : OOM_OK;
}

static enum oom_status put_file(const char *path, const struct text *text, struct oom_error *err)
{
	if (is_of_session(path))
		return oom_fail(err, OOM_EINVAL, "-o %s: a file of this session", path);
	FILE *out = fopen(path, "we");
	if (!out)
		return oom_fail(err, OOM_EWRITE, "%s: cannot be written: %s", path, strerror(errno));
	struct oom_error why = {0};
	enum oom_status status = put(out, text, &why);
	if (fclose(out) != 0 && status == OOM_OK) {
		status = OOM_EWRITE;
		snprintf(why.text, sizeof(why.text), "cannot be written: %s", strerror(errno));
	}
	return status == OOM_OK ? OOM_OK : oom_fail(err, status, "%s: %s", path, why.text);
}

/* The command. */

static void cmd_oom(void)
{
	struct command cmd;
	struct crash_state was;
	struct text text = {0};
	struct oom_error err = {0};
	if (!parse_options(&cmd))
		cmd_usage(pc->curcmd, SYNOPSIS); // does not return
	take_over(&was);
	enum oom_status status = render(&cmd, &text, &err);
	give_streams_back(&was);
	if (status == OOM_OK)
		status = cmd.output ? put_file(cmd.output, &text, &err) : put(fp, &text, &err);
	free(text.v);
	give_signals_back(&was);
	if (status != OOM_OK)
		error(INFO, "%s\n", err.text);
}

static char *help_oom[] = {
	"oom",
	"who took the memory, why the kernel gave up, what to change",
	"[-j | -m | -l | -t [N] -z -g -s] [-e N] [-r] [-o file]",
	"  This command shows the out-of-memory report of oomortem for this session: the",
	"  cause, the culprit, the memory's balance sheet, the tasks with the badness that",
	"  the kernel's OOM killer computes, zones against their marks, cgroups, and what",
	"  to change. It reads the kernel's structures by itself, with the types that the",
	"  kernel carries (BTF); so it works in a minimal session too.",
	" ",
	"    -j       the report as JSON.",
	"    -m       the report as Markdown.",
	"    -e N     event number N of the log, from 0, instead of the decisive one.",
	"    -t [N]   only the N largest tasks, 10 by default, with their badness.",
	"    -z       only the zones.",
	"    -g       only the cgroups.",
	"    -s       only the slab caches.",
	"    -l       only the log's lines of the out-of-memory events.",
	"    -r       tokens for names of hosts and users, addresses, command lines, paths",
	"             and cgroups. Process names stay.",
	"    -o file  write to this file.",
	"\nEXAMPLES",
	"  The report, page by page:",
	" ",
	"    %s> oom | less",
	" ",
	"  The verdict in one sentence:",
	" ",
	"    %s> oom -j | jq -r .diagnosis.summary",
	" ",
	"  The five largest tasks and the zones:",
	" ",
	"    %s> oom -t 5 -z",
	" ",
	"  For a ticket that others read:",
	" ",
	"    %s> oom -m -r > ticket.md",
	" ",
	"  What the kernel printed about its second event, into a file:",
	" ",
	"    %s> oom -l -e 1 > second.txt",
	NULL,
};

static struct command_table_entry commands[] = {
	{"oom", cmd_oom, help_oom, MINIMAL},
	{NULL, NULL, NULL, 0},
};

/** crash's structures differ by version, and no mark in them tells: another crash than the one built for is refused. */
static __attribute__((constructor)) void oom_register(void)
{
	if (strcmp(build_version, OOM_CRASH_VERSION) != 0 || strcmp(build_target, OOM_CRASH_TARGET) != 0)
		fprintf(fp, "oomortem.so: built for crash %s (%s), this is crash %s (%s)\n", OOM_CRASH_VERSION,
			OOM_CRASH_TARGET, build_version, build_target);
	else
		register_extension(commands);
}
