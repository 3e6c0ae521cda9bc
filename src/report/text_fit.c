// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The text report, as long as it may be. */
#include "report/text.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WIDTH = 80, MIN_WIDTH = 80, MAX_WIDTH = 200, DEFAULT_TOP = 10, SHORT_TOP = 3 };

/* Ever shorter: as asked, tables not in full, three rows of each, then section by section. */
enum { AS_ASKED, NOT_VERBOSE, FEW_ROWS, LAST = FEW_ROWS + TX_RANKS };

/** A report that is shortened @p step times; @p options is a copy of those that were asked for. */
static void init(struct tx *t, struct oom_report_options *options, int step)
{
	int width = options->width ? options->width : DEFAULT_WIDTH;
	options->verbose &= step < NOT_VERBOSE;
	t->options = options;
	t->width = width < MIN_WIDTH ? MIN_WIDTH : width > MAX_WIDTH ? MAX_WIDTH : width;
	t->top = options->top > 0 ? options->top : DEFAULT_TOP;
	if (step >= FEW_ROWS && t->top > SHORT_TOP)
		t->top = SHORT_TOP;
	t->keep = step > FEW_ROWS ? TX_RANKS - 1 - (step - FEW_ROWS) : TX_RANKS;
	t->shortened = step > AS_ASKED;
}

/** The report as text in memory, to be freed; NULL without memory. */
static char *draft(struct tx *t, size_t *size)
{
	char *text = NULL;
	t->out = open_memstream(&text, size);
	if (!t->out)
		return NULL;
	tx_report(t);
	bool failed = ferror(t->out);
	if (fclose(t->out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}

enum oom_status rp_text(FILE *out, const struct oom_case *c, const struct oom_diagnosis *d,
			const struct oom_report_options *asked, struct oom_error *err)
{
	struct oom_report_options options = *asked;
	const char *left_out[TX_RANKS * 2] = {NULL};
	struct tx t = {.out = out, .c = c, .d = d, .left_out = left_out};
	size_t size = 0;
	if (!asked->max_size) {
		init(&t, &options, AS_ASKED);
		tx_report(&t);
		return ferror(out) ? oom_fail(err, OOM_EWRITE, "the report could not be written") : OOM_OK;
	}
	for (int step = AS_ASKED; step <= LAST; step++) {
		memset(left_out, 0, sizeof(left_out));
		t = (struct tx){.c = c, .d = d, .left_out = left_out};
		init(&t, &options, step);
		char *text = draft(&t, &size);
		if (!text)
			return oom_fail(err, OOM_ENOMEM, "no memory for the report");
		bool fits = size <= asked->max_size,
		     written = fits && fwrite(text, 1, size, out) == size && !ferror(out);
		free(text);
		if (fits)
			return written ? OOM_OK : oom_fail(err, OOM_EWRITE, "the report could not be written");
	}
	return oom_fail(err, OOM_EINVAL, "not even the verdict fits into %zu bytes, it takes %zu", asked->max_size,
			size);
}
