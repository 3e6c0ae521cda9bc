// SPDX-License-Identifier: GPL-2.0-or-later
/** @file report: one report per input. */
#include "cli/cli.h"
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** Colour (and with it bars beyond ASCII) on a terminal, unless https://no-color.org is asked for. */
static bool wants_color(const struct cli_options *o, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (o->color != CLI_COLOR_AUTO)
		return o->color == CLI_COLOR_ALWAYS;
	return isatty(fileno(out)) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

/** Text is easy to read up to here; a narrower terminal breaks the lines itself. */
enum { MAX_COLUMNS = 100 };

/** Columns of the terminal that the report goes to; 0: of no terminal. */
static int columns_of(FILE *out)
{
	struct winsize size;
	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col < MAX_COLUMNS ? size.ws_col : MAX_COLUMNS;
}

/** What --event means for this case; false after telling that there is no such event. */
static bool choose_event(const struct cli_options *o, const struct oom_case *c, const char *input,
			 struct oom_report_options *r)
{
	r->event = OOM_ABSENT;
	r->all_events = o->which == CLI_ALL;
	if (o->which == CLI_LAST && c->events.n)
		r->event = c->events.v[c->events.n - 1].index;
	if (o->which != CLI_ONE)
		return true;
	for (size_t i = 0; i < c->events.n; i++) {
		if (c->events.v[i].index == o->event) {
			r->event = o->event;
			return true;
		}
	}
	if (c->events.n)
		cli_error("%s: no event %" PRId64 ", the last is %" PRId64, input, o->event,
			  c->events.v[c->events.n - 1].index);
	else
		cli_error("%s: no event %" PRId64 ", there is none", input, o->event);
	return false;
}

/** Was an out-of-memory event found: the one that was asked for, else any? */
static bool has_oom(const struct oom_case *c, const struct oom_diagnosis *d, int64_t event)
{
	bool found = !oom_known(event) && d->top.oom;
	for (size_t i = 0; i < d->nr_events && i < c->events.n; i++) {
		if (!oom_known(event) || c->events.v[i].index == event)
			found |= d->events[i].oom;
	}
	return found;
}

static int render(const struct cli_options *o, struct cli_output *out, size_t at, const struct oom_case *c,
		  const struct oom_diagnosis *d, struct oom_report_options *r)
{
	struct oom_error err = {0};
	for (size_t i = 0; i < o->nr_formats; i++) {
		FILE *f = cli_output_open(out, at, o->formats[i]);
		if (!f)
			return CLI_OUTPUT;
		r->color = wants_color(o, f);
		r->unicode = r->color && !strcmp(nl_langinfo(CODESET), "UTF-8");
		r->width = columns_of(f);
		r->one_line = f == stdout && o->nr_inputs > 1 && !o->split;
		if (f == stdout && at && o->formats[i] == OOM_TEXT)
			fputs("\n================================================================================\n\n",
			      f);
		enum oom_status status = oom_report(f, o->formats[i], c, d, r, &err);
		if (!cli_output_close(f, f == stdout ? NULL : o->output))
			return CLI_OUTPUT;
		if (status != OOM_OK) {
			cli_input_error(o->inputs[at], &err);
			return status == OOM_EINVAL ? CLI_USAGE : CLI_OUTPUT;
		}
	}
	return CLI_OK;
}

int cli_render(const struct cli_options *o, struct cli_output *out, size_t at, const struct oom_case *c)
{
	struct oom_diagnosis *d;
	struct oom_report_options r = {.top = o->top, .verbose = o->verbose, .max_size = o->max_size};
	const char *input = cli_input_name(o->inputs[at]);
	if (!choose_event(o, c, input, &r))
		return CLI_USAGE;
	if (oom_classify(c, &d) != OOM_OK) {
		cli_error("%s: out of memory", input);
		return CLI_INPUT;
	}
	int status = render(o, out, at, c, d, &r);
	if (status == CLI_OK && !has_oom(c, d, r.event))
		status = CLI_NO_OOM;
	oom_diagnosis_free(d);
	return status;
}

static int report_one(const struct cli_options *o, struct cli_output *out, size_t at)
{
	struct oom_case *c = NULL;
	struct oom_error err = {0};
	const char *const *paths = o->inputs + at;
	if (oom_open(paths, o->split ? o->nr_inputs : 1, &o->open, &c, &err) != OOM_OK) {
		cli_input_error(*paths, &err);
		return CLI_INPUT;
	}
	bool enough = cli_memory_settle(c);
	if (enough && c->source.complete == OOM_NO && !o->quiet)
		cli_error("%s: incomplete; the report tells what is missing", cli_input_name(*paths));
	int status = enough ? cli_render(o, out, at, c) : CLI_INPUT;
	oom_case_free(c);
	if (enough && cli_memory_settle(NULL))
		return status;
	cli_error("%s: out of memory", cli_input_name(*paths));
	return CLI_INPUT;
}

int cli_report(const struct cli_options *o)
{
	struct cli_output out;
	size_t n = o->split ? 1 : o->nr_inputs, count[CLI_OUTPUT + 1] = {0};
	int status = cli_output_init(&out, o, n);
	for (size_t i = 0; status == CLI_OK && i < n; i++) {
		int one = report_one(o, &out, i);
		count[one]++;
		if (one == CLI_OUTPUT)
			status = one;
	}
	cli_output_free(&out);
	if (status != CLI_OK)
		return status;
	if (count[CLI_INPUT])
		return CLI_INPUT;
	if (count[CLI_USAGE])
		return CLI_USAGE;
	return count[CLI_OK] ? CLI_OK : CLI_NO_OOM;
}
