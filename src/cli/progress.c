// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Progress of a batch, and its summary. */
#include "cli/progress.h"
#include "batch/query.h"
#include "cli/cli.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

#if OOM_WITH_SQLITE

enum { BAR = 24, GROUPS = 10 };

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void cli_progress_init(struct cli_progress *p, bool quiet, bool verbose)
{
	*p = (struct cli_progress){.quiet = quiet, .verbose = verbose};
	p->bar = !quiet && !verbose && isatty(STDERR_FILENO);
	p->began = now();
}

void cli_progress_begin(struct cli_progress *p, size_t total)
{
	p->total = total;
	p->began = now();
}

static void wipe(struct cli_progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}

void cli_progress_end(struct cli_progress *p)
{
	wipe(p);
}

static void draw(struct cli_progress *p)
{
	double seconds = now() - p->began;
	double rate = seconds > 0 ? (double)p->through / seconds : 0;
	size_t filled = p->total ? p->through * BAR / p->total : 0;
	char bar[BAR + 1];
	if (now() - p->shown < 0.1 && p->through < p->total)
		return;
	p->shown = now();
	memset(bar, '.', BAR);
	memset(bar, '#', filled < BAR ? filled : BAR);
	bar[BAR] = '\0';
	fprintf(stderr, "\r\033[K[%s] %zu/%zu  %.1f/s", bar, p->through, p->total, rate);
	if (rate > 0 && p->through < p->total) {
		double left = (double)(p->total - p->through) / rate;
		fprintf(stderr, "  %d:%02d left", (int)(left / 60), (int)left % 60);
	}
	fflush(stderr);
	p->drawn = true;
}

static void refused(void *arg, const char *path, const char *why)
{
	wipe(arg);
	cli_error("%s: %s", path, why);
}

static void finished(void *arg, const struct batch_input *input, const struct batch_outcome *o)
{
	struct cli_progress *p = arg;
	p->through++;
	if (o->state == BATCH_FAILED) {
		wipe(p);
		cli_error("%s: %s", input->paths[0], o->text);
	} else if (!p->quiet && !p->bar) {
		cli_error("%s: %s (%.2f s)", input->paths[0], o->state == BATCH_NO_INPUT ? "no input" : o->text,
			  o->seconds);
	}
	if (p->bar)
		draw(p);
}

static void skipped(void *arg)
{
	((struct cli_progress *)arg)->total--;
}

static void tick(void *arg)
{
	struct cli_progress *p = arg;
	if (p->bar)
		draw(p);
}

struct batch_ui cli_progress_ui(struct cli_progress *p)
{
	return (struct batch_ui){p, refused, finished, skipped, tick};
}

/* The summary. */

static void count(const char *text, size_t n)
{
	if (n)
		printf(", %zu %s", n, text);
}

void cli_batch_summary(struct batch_db *db, const char *dir, const struct batch_inputs *list,
		       const struct batch_totals *t)
{
	printf("%zu inputs: %zu done", t->inputs, t->done);
	count("unchanged since the last run", t->skipped - t->failed_before);
	count("failed", t->failed);
	count("failed before", t->failed_before);
	count("no input", t->no_input);
	count("in work elsewhere", t->elsewhere);
	size_t rest = t->inputs - t->done - t->skipped - t->failed - t->no_input - t->elsewhere;
	count("not reached", rest);
	fputs(".\n", stdout);
	if (list->refused || list->others || list->older || list->beyond) {
		printf("left out: %zu paths that are no inputs", list->refused);
		count("other files in the folders", list->others);
		count("older", list->older);
		count("of other shards", list->beyond);
		fputs(".\n", stdout);
	}
	batch_print_groups(db, stdout, GROUPS);
	if (t->interrupted)
		printf("Interrupted; the same command goes on from here.\n");
	printf("%s/index.html\n", dir);
}

#endif
