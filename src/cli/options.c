// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The command line. */
#include "cli/cli.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { CENSUS_MAX = 1000000 };

/* Letters stand for the options in commands' lists (main.c); those without a short form are upper case or free. */
static const struct option long_options[] = {
	{"format", required_argument, NULL, 'f'},
	{"output", required_argument, NULL, 'o'},
	{"vmlinux", required_argument, NULL, 'k'},
	{"system-map", required_argument, NULL, 'S'},
	{"btf", required_argument, NULL, 'b'},
	{"event", required_argument, NULL, 'e'},
	{"top", required_argument, NULL, 'T'},
	{"color", required_argument, NULL, 'c'},
	{"max-size", required_argument, NULL, 'm'},
	{"split", no_argument, NULL, 's'},
	{"deep", no_argument, NULL, 'd'},
	{"census", optional_argument, NULL, 'N'},
	{"for-crash", no_argument, NULL, 'C'},
	{"tmpdir", required_argument, NULL, 'D'},
	{"max-spool", required_argument, NULL, 'P'},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"jobs", required_argument, NULL, 'j'},
	{"files-from", required_argument, NULL, '1'},
	{"newer-than", required_argument, NULL, '2'},
	{"since", required_argument, NULL, '3'},
	{"timeout", required_argument, NULL, '4'},
	{"max-memory", required_argument, NULL, '5'},
	{"shard", required_argument, NULL, '6'},
	{"until", required_argument, NULL, '7'},
	{"sort", required_argument, NULL, '8'},
	{"cause", required_argument, NULL, '9'},
	{"host", required_argument, NULL, '!'},
	{"culprit", required_argument, NULL, '@'},
	{"release", required_argument, NULL, '#'},
	{"group", required_argument, NULL, '%'},
	{"redact", optional_argument, NULL, 'R'},
	{"redact-key", required_argument, NULL, 'K'},
	{"redact-map", required_argument, NULL, 'M'},
	{NULL, 0, NULL, 0},
};

static const char *long_name(int letter)
{
	for (size_t i = 0; long_options[i].name; i++) {
		if (long_options[i].val == letter)
			return long_options[i].name;
	}
	return "?";
}

static const char *const format_names[] = {"text", "markdown", "html", "json", "jira"};

static int add_format(struct cli_options *o, const char *name, size_t len)
{
	for (size_t i = 0; i < CLI_MAX_FORMATS; i++) {
		if (strlen(format_names[i]) != len || strncmp(format_names[i], name, len) != 0)
			continue;
		for (size_t k = 0; k < o->nr_formats; k++) {
			if (o->formats[k] == (enum oom_format)i)
				return -1;
		}
		o->formats[o->nr_formats++] = (enum oom_format)i;
		return -1;
	}
	return cli_usage("-f %.*s: not a format: text, markdown, html, json, jira", (int)len, name);
}

static int parse_formats(struct cli_options *o, const char *list)
{
	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ",");
		int status = add_format(o, at, len);
		if (status >= 0)
			return status;
		at += len;
		if (!*at)
			return -1;
	}
}

static int parse_event(struct cli_options *o, const char *text)
{
	if (!strcmp(text, "last"))
		o->which = CLI_LAST;
	else if (!strcmp(text, "all"))
		o->which = CLI_ALL;
	else if (cli_number(text, 0, INT32_MAX, &o->event))
		o->which = CLI_ONE;
	else
		return cli_usage("--event %s: a number from 0, last or all", text);
	return -1;
}

static int parse_color(struct cli_options *o, const char *text)
{
	static const char *const names[] = {"auto", "always", "never"};
	for (int i = 0; i < 3; i++) {
		if (!strcmp(names[i], text)) {
			o->color = (enum cli_color)i;
			return -1;
		}
	}
	return cli_usage("--color %s: auto, always or never", text);
}

static int parse_top(struct cli_options *o, const char *text)
{
	int64_t value;
	if (!cli_number(text, 1, 1000000, &value))
		return cli_usage("--top %s: a number from 1", text);
	o->top = (int)value;
	return -1;
}

/** 0: no limit, not even the format's own. */
static int parse_max_size(struct cli_options *o, const char *text)
{
	int64_t value;
	if (!cli_size(text, &value))
		return cli_usage("--max-size %s: bytes, also with K, M or G; 0 for no limit", text);
	o->max_size = value ? (size_t)value : SIZE_MAX;
	return -1;
}

/** -f of list: csv beside text and json. */
static int parse_list_format(struct cli_options *o, const char *name)
{
	o->csv = strcmp(name, "csv") == 0;
	o->formats[0] = strcmp(name, "json") == 0 ? OOM_JSON : OOM_TEXT;
	o->nr_formats = 1;
	return o->csv || !strcmp(name, "text") || !strcmp(name, "json")
		       ? -1
		       : cli_usage("-f %s: not a format of list: text, csv, json", name);
}

/** Options of batch and list that have a value with a form; -1 to go on. */
static int take_value(struct cli_options *o, int letter)
{
	bool fits = true;
	switch (letter) {
	case 'j':
		fits = cli_number(optarg, 1, 1024, &o->jobs);
		break;
	case '3':
		fits = cli_moment(optarg, &o->since_s);
		break;
	case '4':
		fits = cli_duration(optarg, &o->timeout_s) && o->timeout_s > 0;
		break;
	case '5':
		fits = cli_size(optarg, &o->max_memory) && o->max_memory >= 16 << 20;
		break;
	case 'P':
		fits = cli_size(optarg, &o->open.max_spool) && o->open.max_spool > 0;
		break;
	case '6':
		fits = cli_shard(optarg, &o->shard, &o->shards);
		break;
	case '7':
		fits = cli_moment(optarg, &o->until_s);
		break;
	case '%':
		fits = o->by_signature = strcmp(optarg, "signature") == 0;
		break;
	default:
		break;
	}
	return fits ? -1 : cli_usage("--%s %s: not a value that it takes", long_name(letter), optarg);
}

/** Options of batch and list that are text. */
static void take_text(struct cli_options *o, int letter)
{
	const struct {
		int letter;
		const char **to;
	} texts[] = {{'1', &o->files_from}, {'2', &o->newer_than}, {'8', &o->sort},   {'9', &o->cause},
		     {'!', &o->host},	    {'@', &o->culprit},	   {'#', &o->release}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].letter == letter)
			*texts[i].to = optarg;
}

static int parse_redact(struct cli_options *o, const char *list)
{
	o->redact = true;
	for (const char *at = list; at; at = *at ? at + 1 : NULL) {
		size_t len = strcspn(at, ",");
		unsigned what = oom_redact_what(at, len);
		if (!what)
			return cli_usage("--redact=%.*s: hosts, addresses, users, cmdlines, paths, cgroups or all",
					 (int)len, at);
		o->redact_what |= what;
		at += len;
	}
	return -1;
}

/** --census, --census=1/N. */
static int parse_census(struct cli_options *o, const char *text)
{
	char *end = NULL;
	o->open.census = 1;
	if (!text)
		return -1;
	errno = 0;
	long long n = strncmp(text, "1/", 2) == 0 && text[2] >= '1' && text[2] <= '9' ? strtoll(text + 2, &end, 10) : 0;
	if (n < 1 || n > CENSUS_MAX || errno || *end)
		return cli_usage("--census=%s: 1/N with an N of 1 to %d", text, CENSUS_MAX);
	o->open.census = n;
	return -1;
}

/** One option that the command takes; -1 to go on. */
static int take(struct cli_options *o, int letter)
{
	switch (letter) {
	case 'f':
		return strcmp(o->command, "list") == 0 ? parse_list_format(o, optarg) : parse_formats(o, optarg);
	case 'e':
		return parse_event(o, optarg);
	case 'T':
		return parse_top(o, optarg);
	case 'c':
		return parse_color(o, optarg);
	case 'm':
		return parse_max_size(o, optarg);
	case 'R':
		return parse_redact(o, optarg);
	case 'K':
		o->redact_key = optarg;
		break;
	case 'M':
		o->redact_map = optarg;
		break;
	case 'o':
		o->output = optarg;
		break;
	case 'k':
		o->open.image.vmlinux = optarg;
		break;
	case 'S':
		o->open.image.system_map = optarg;
		break;
	case 'b':
		o->open.image.btf = optarg;
		break;
	case 'D':
		o->open.tmpdir = optarg;
		break;
	case 's':
		o->split = true;
		break;
	case 'd':
		o->open.deep = true;
		break;
	case 'N':
		return parse_census(o, optarg);
	case 'C':
		o->for_crash = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	default:
		take_text(o, letter);
		return take_value(o, letter);
	}
	return -1;
}

/** What getopt_long() did not understand. */
static int refuse(int letter, char **argv)
{
	// A short option is in optopt; a long one is the word before the next, with a value perhaps.
	const char *word = optind > 0 ? argv[optind - 1] : "";
	if (letter == ':')
		return cli_usage("%s: needs a value", word);
	if (optopt && word[0] == '-' && word[1] != '-')
		return cli_usage("-%c: no such option", optopt);
	return cli_usage(optopt ? "%s: takes no value" : "%s: no such option", word);
}

static int check_inputs(const struct cli_options *o, const struct cli_command *command)
{
	if (!o->nr_inputs && !command->no_input)
		return cli_usage("no INPUT");
	if ((o->redact_key || o->redact_map) && !o->redact)
		return cli_usage("--redact-key and --redact-map go with --redact");
	if (command->one_input && o->nr_inputs > 1 && !o->split)
		return cli_usage("%s takes one INPUT", command->name);
	for (size_t i = 0; i < o->nr_inputs; i++) {
		if (!*o->inputs[i])
			return cli_usage("an INPUT is empty");
	}
	return -1;
}

int cli_parse(int argc, char **argv, const struct cli_command *command, struct cli_options *o)
{
	int letter, status = -1;
	*o = (struct cli_options){.command = command->name, .since_s = OOM_ABSENT, .until_s = OOM_ABSENT};
	opterr = 0;
	while (status < 0 && (letter = getopt_long(argc, argv, ":f:o:k:S:j:qvhV", long_options, NULL)) != -1) {
		if (letter == 'h')
			return cli_help();
		if (letter == 'V')
			return cli_version();
		if (letter == '?' || letter == ':')
			return refuse(letter, argv);
		if (letter != 'q' && letter != 'v' && !strchr(command->options, letter))
			return cli_usage("%s takes no --%s", command->name, long_name(letter));
		status = take(o, letter);
	}
	if (status >= 0)
		return status;
	if (!o->nr_formats)
		o->formats[o->nr_formats++] = OOM_TEXT;
	o->inputs = (const char *const *)(argv + optind);
	o->nr_inputs = (size_t)(argc - optind);
	cli_census_bar(o);
	return check_inputs(o, command);
}
