// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The bar of the page census on a terminal. */
#include "cli/cli.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };

static void draw(void *arg, uint64_t done, uint64_t total)
{
	char bar[BAR + 1];
	bool *drawn = arg;
	size_t filled = total ? (size_t)((double)done / (double)total * BAR) : 0;
	if (done >= total) {
		if (*drawn)
			fputs("\r\033[K", stderr);
		*drawn = false;
		return;
	}
	memset(bar, '.', BAR);
	memset(bar, '#', filled < BAR ? filled : BAR);
	bar[BAR] = '\0';
	fprintf(stderr, "\r\033[K[%s] %" PRIu64 " of %" PRIu64 " page frames", bar, done, total);
	fflush(stderr);
	*drawn = true;
}

void cli_census_bar(struct cli_options *o)
{
	static bool drawn;
	if (!o->open.census || o->quiet || !isatty(STDERR_FILENO))
		return;
	o->open.progress = draw;
	o->open.progress_arg = &drawn;
}
