// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A log in text: streamed into the parser, never held as a whole. */
#include "log/log.h"
#include "open/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 }; // bytes of one read

static enum oom_status stream(struct oom_source_file *file, struct oom_log *log, struct oom_case *c,
			      struct oom_error *err)
{
	char *buf = malloc(PIECE);
	uint64_t done = 0;
	ssize_t n;
	if (!buf)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	while ((n = oom_file_read(file, buf, PIECE)) > 0) {
		oom_log_text(log, buf, (size_t)n);
		done += (uint64_t)n;
	}
	int failure = errno;
	free(buf);
	if (n == 0)
		return OOM_OK;
	if (!done)
		return oom_fail(err, OOM_EREAD, "cannot be read: %s", oom_file_failure(file, failure));
	oom_case_missing(c, "the log behind byte %llu: %s", (unsigned long long)done, oom_file_failure(file, failure));
	c->source.complete = OOM_NO;
	return OOM_OK;
}

enum oom_status oom_text_read(struct oom_source_file *file, const char *name, struct oom_case *c, struct oom_error *err)
{
	struct oom_log *log = oom_log_new(c);
	size_t before = c->events.n;
	if (!log)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	oom_log_source(log, name);
	enum oom_status status = stream(file, log, c, err);
	if (status == OOM_OK)
		status = oom_log_finish(log);
	oom_log_free(log);
	if (status == OOM_ENOMEM)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	// Text that does not look like a log may be one in a shape that nobody has seen: its events decide.
	if (status == OOM_OK && file->content != OOM_CONTENT_LOG && c->events.n == before)
		return oom_file_refuse(file, err);
	return status;
}
