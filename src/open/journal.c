// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A journal file as the input: walked as it is, or a copy of it where it is compressed, piped or cut off. */
#include "log/log.h"
#include "open/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static ssize_t read_input(void *arg, void *buf, size_t size)
{
	return oom_file_read(arg, buf, size);
}

static const char *failure(void *arg)
{
	return oom_file_failure(arg, errno);
}

int oom_journal_of(struct oom_source_file *file, const struct oom_open_options *options, bool *whole,
		   struct oom_error *err)
{
	*whole = true;
	if (!file->stream && !file->device && !oom_journal_is_cut(file->fd))
		return fcntl(file->fd, F_DUPFD_CLOEXEC, 3);
	int fd = oom_spool(options, read_input, file, failure, whole, err);
	if (fd >= 0 && oom_journal_is_cut(fd)) {
		*whole = false;
		oom_journal_mend(fd);
	}
	return fd;
}

enum oom_status oom_journal_open(struct oom_source_file *file, const char *name, const struct oom_open_options *options,
				 struct oom_case *c, struct oom_error *err)
{
	struct oom_log *log = oom_log_new(c);
	struct oom_error own = {0};
	bool whole;
	if (!log)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	c->source.kind = OOM_INPUT_LOG;
	c->source.format = file->packing ? oom_printf(c->arena, "journal, %s", file->packing) : "journal";
	int fd = oom_journal_of(file, options, &whole, &own);
	enum oom_status status = fd < 0 ? OOM_EREAD : oom_journal_read(options, fd, whole, log, name, &own);
	if (fd >= 0)
		close(fd);
	if (status == OOM_OK)
		status = oom_log_finish(log);
	oom_log_free(log);
	if (status != OOM_OK)
		return oom_fail(err, status, "%s", status == OOM_ENOMEM ? "out of memory" : own.text);
	if (own.text[0]) {
		c->source.complete = OOM_NO;
		oom_case_missing(c, "%s", own.text);
	}
	return OOM_OK;
}
