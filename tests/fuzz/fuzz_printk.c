// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel log in memory in its three forms, described by VMCOREINFO, to events and every report. */
#include "regions.h"
#include "kernel/kernel.h"
#include "log/log.h"

enum { RECORDS_MAX = 1 << 20 };

struct reader {
	struct oom_log *log;
	size_t records;
};

static bool on_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	struct reader *reader = arg;
	struct oom_log_record record = {.text = text,
					.len = len,
					.time_us = time_us,
					.line = (int64_t)reader->records + 1,
					.caller = caller,
					.level = level};
	if (++reader->records > RECORDS_MAX)
		abort(); // more than the memory can hold
	oom_log_record(reader->log, &record);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct regions r;
	struct oom_image *image = regions_open(&r, data, size);
	struct oom_case *c = oom_case_new();
	struct reader reader = {c ? oom_log_new(c) : NULL, 0};
	if (!image || !reader.log) {
		oom_image_close(image);
		oom_log_free(reader.log);
		oom_case_free(c);
		return -1;
	}
	enum oom_status status = oom_walk_printk(image, c, on_record, &reader);
	if (status != OOM_OK && !c->source.missing.n)
		abort(); // no log, and no word about it
	oom_printk_shows_caller(image);
	if (oom_log_finish(reader.log) != OOM_OK)
		abort();
	oom_log_free(reader.log);
	fuzz_report(c);
	oom_case_free(c);
	oom_image_close(image);
	return 0;
}
