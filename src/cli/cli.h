// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The program: what its files share.
 *
 *   main.c      which command
 *   options.c   the command line
 *   help.c      --help, --version
 *   report.c    report (the default)
 *   log.c, facts.c, slim.c    log · extract, classify · slim
 *   output.c    where reports go
 *   batch.c, progress.c, environment.c    batch
 *   list.c, merge.c    what batch left
 *   values.c    times, sizes and such of the command line
 *   redact.c    --redact
 *   message.c   lines on standard error
 */
#ifndef OOM_CLI_H
#define OOM_CLI_H

#include <oomortem/open.h>
#include <oomortem/redact.h>
#include <oomortem/report.h>

/** Exit statuses of CONTRACT.md. */
enum cli_exit { CLI_OK = 0, CLI_NO_OOM = 1, CLI_USAGE = 2, CLI_INPUT = 3, CLI_OUTPUT = 4 };

enum cli_which { CLI_DECISIVE, CLI_ONE, CLI_LAST, CLI_ALL };
enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

enum { CLI_MAX_FORMATS = 5 };

struct cli_options {
	const char *command; /**< "report", "log" … */
	const char *const *inputs;
	size_t nr_inputs;
	enum oom_format formats[CLI_MAX_FORMATS];
	size_t nr_formats;
	const char *output; /**< -o; NULL or "-": standard output */
	struct oom_open_options open;
	enum cli_which which; /**< --event */
	int64_t event;	      /**< CLI_ONE: its index */
	int top;
	size_t max_size; /**< --max-size; 0: the format's own, SIZE_MAX: none */
	enum cli_color color;
	bool split, for_crash, quiet, verbose;
	/* batch */
	const char *files_from, *newer_than;
	int64_t jobs, timeout_s, max_memory; /**< 0: default; max_memory in bytes */
	int64_t shard, shards;		     /**< 0: from the environment, if at all */
	int64_t since_s, until_s;	     /**< seconds since 1970, OOM_ABSENT: all; list too */
	/* list */
	const char *sort, *cause, *host, *culprit, *release;
	bool csv, by_signature;
	bool redact;
	unsigned redact_what;		     /**< of enum oom_redact_what, 0: all */
	const char *redact_key, *redact_map; /**< files; NULL: a key of this run, no map */
};

/** One command. */
struct cli_command {
	const char *name;
	int (*run)(const struct cli_options *o); /**< its exit status */
	const char *options;			 /**< letters of options.c's table that it takes, beside -q -v -h -V */
	bool one_input;
	bool no_input; /**< INPUTs may come from elsewhere */
};

/** The command's name, or NULL if there is none of that name. */
const struct cli_command *cli_command(const char *name);

/**
 * Reads the command line behind the command's name.
 * @param[in] argc,argv argv[0] is the command's name or the program's
 * @return -1 to go on, else the exit status: a mistake was told, or help was printed
 */
int cli_parse(int argc, char **argv, const struct cli_command *command, struct cli_options *o);
/** Shows a bar during --census, if standard error is a terminal (census.c). */
void cli_census_bar(struct cli_options *o);

/**
 * Has any allocation failed since the last call? Then @p c (NULL: none) says that it is incomplete, and why.
 * Returns false if there is no case, or no memory, to say so: the caller reports an error.
 */
bool cli_memory_settle(struct oom_case *c); /* memory.c */

/* help.c. Exit status: CLI_OK or CLI_OUTPUT. */
int cli_help(void);
int cli_version(void);

/* message.c. One line "oomortem: …" on standard error; whatever could harm a terminal is escaped. */
void cli_error(const char *fmt, ...) OOM_PRINTF(1, 2);
/** A mistake in the usage, with a hint to --help. Returns CLI_USAGE. */
int cli_usage(const char *fmt, ...) OOM_PRINTF(1, 2);
/** A failure of the library's on @p input: "oomortem: INPUT: reason". */
void cli_input_error(const char *input, const struct oom_error *err);
/** "-" is "standard input". */
const char *cli_input_name(const char *input);

/* output.c */
/** Names of the outputs of one run. */
struct cli_output {
	const struct cli_options *o;
	bool folder;
	char **names; /**< folder: one base name per input, all different */
	size_t nr_names;
};

/** Decides between standard output, file and folder (made if missing). CLI_OK, or a status after telling why. */
int cli_output_init(struct cli_output *out, const struct cli_options *o, size_t nr_reports);
void cli_output_free(struct cli_output *out);
/** Opens the output for report number @p at in @p format; NULL after telling why. Close with cli_output_close(). */
FILE *cli_output_open(struct cli_output *out, size_t at, enum oom_format format);
/** Opens the one output of log, extract: -o FILE or standard output. NULL after telling why; @p status is set. */
FILE *cli_file_open(const struct cli_options *o, int *status);
/** Flushes and closes (standard output stays open): false after telling why. A broken pipe is not told. */
bool cli_output_close(FILE *f, const char *name);
/** Is the file @p path one of the inputs? Writing it would destroy what was asked about. */
bool cli_is_input(const struct cli_options *o, const char *path);

/* redact.c */
/** Makes the redactor that --redact asks for, into o->open. CLI_OK, or a status after telling why. */
int cli_redact_begin(struct cli_options *o);
/** Writes the map, frees the redactor: @p status, or a failure after telling why. */
int cli_redact_end(struct cli_options *o, int status);

int cli_report(const struct cli_options *o);
int cli_log(const struct cli_options *o);
int cli_extract(const struct cli_options *o);
int cli_classify(const struct cli_options *o);
int cli_slim(const struct cli_options *o);
int cli_batch(const struct cli_options *o);
int cli_list(const struct cli_options *o);
int cli_merge(const struct cli_options *o);

/* values.c. Each false where the text is no such value. */
/** A decimal number from @p least to @p most, nothing behind it. */
bool cli_number(const char *text, int64_t least, int64_t most, int64_t *ret);
/** "512M", "2G", bytes without a letter; K, M, G, T are powers of 1024. */
bool cli_size(const char *text, int64_t *bytes);
/** Seconds: "90", "90s", "15m", "2h", "7d". */
bool cli_duration(const char *text, int64_t *seconds);
/** A moment in seconds since 1970: "2026-11-21", "2026-11-21T05:14:00Z" (local where no zone stands), "7d" ago. */
bool cli_moment(const char *text, int64_t *epoch);
/** "3/8": a number from 1, of how many. */
bool cli_shard(const char *text, int64_t *shard, int64_t *shards);
/** Renders one case in all formats; used by report and classify. CLI_OK, CLI_NO_OOM, or a failure after telling why. */
int cli_render(const struct cli_options *o, struct cli_output *out, size_t at, const struct oom_case *c);

#endif
