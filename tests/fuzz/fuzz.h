// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What the fuzzers share: the way from a case to every report. A finding is what a sanitizer says, a time-out, or
 * abort() where an answer contradicts itself.
 */
#ifndef OOM_TESTS_FUZZ_H
#define OOM_TESTS_FUZZ_H

#include <oomortem/report.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Classifies @p c and writes it in every format of this build; what is written is thrown away. */
static inline void fuzz_report(const struct oom_case *c)
{
	struct oom_diagnosis *d = NULL;
	if (oom_classify(c, &d) != OOM_OK)
		abort();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	if (!out)
		abort();
	for (enum oom_format format = OOM_TEXT; format <= OOM_JIRA; format++) {
		const struct oom_report_options options = {
			.event = OOM_ABSENT, .color = true, .unicode = true, .all_events = true, .verbose = true};
		struct oom_error err = {0};
		enum oom_status status = oom_report(out, format, c, d, &options, &err);
		if (status != OOM_OK && status != OOM_EINVAL)
			abort();
	}
	fclose(out);
	free(text);
	oom_diagnosis_free(d);
}

#endif
