// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A log in text, in pieces whose size the first byte sets, to events and every report. */
#include "fuzz.h"
#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	size_t piece = data[0] + 1;
	data++, size--;
	struct oom_case *c = oom_case_new();
	struct oom_log *log = c ? oom_log_new(c) : NULL;
	if (!log)
		abort();
	oom_log_source(log, "messages");
	for (size_t at = 0; at < size; at += piece)
		oom_log_text(log, (const char *)data + at, size - at < piece ? size - at : piece);
	if (oom_log_finish(log) != OOM_OK)
		abort();
	oom_log_free(log);
	fuzz_report(c);
	oom_case_free(c);
	return 0;
}
