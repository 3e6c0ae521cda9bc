// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The files of an unpacked sosreport, in order of their names. Links are not followed: they may lead anywhere.
 */
#include "sos/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool oom_sos_is_folder(const char *path)
{
	static const char *const marks[] = {"sos_commands", "sos_reports", "sos_logs"};
	char name[PATH_BYTES + 16];
	struct stat st;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int n = snprintf(name, sizeof(name), "%s/%s", path, marks[i]);
		if (n > 0 && (size_t)n < sizeof(name) && lstat(name, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	}
	return false;
}

static ssize_t read_file(void *arg, void *buf, size_t size)
{
	ssize_t n;
	do
		n = read(*(int *)arg, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static const char *failure(void *arg)
{
	(void)arg;
	return strerror(errno);
}

static void take(struct sos *s, const FTSENT *entry, const char *path)
{
	struct stat st;
	int fd = open(entry->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		sos_missing(s, "%s: cannot be opened: %s", path, strerror(errno));
		s->c->source.complete = OOM_NO;
		return;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		struct sos_member m = {path, (int64_t)st.st_mtime, read_file, failure, &fd};
		sos_take(s, &m);
	}
	close(fd);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void walk(struct sos *s, FTS *fts, size_t top)
{
	FTSENT *entry;
	while ((entry = fts_read(fts))) {
		if (entry->fts_info == FTS_DNR) {
			sos_missing(s, "%s: cannot be opened: %s", entry->fts_path, strerror(entry->fts_errno));
			s->c->source.complete = OOM_NO;
		}
		if (entry->fts_info != FTS_F || entry->fts_pathlen <= top + 1)
			continue;
		const char *path = entry->fts_path + top;
		path += strspn(path, "/");
		if (strlen(path) < PATH_BYTES && sos_wants(path))
			take(s, entry, path);
	}
}

enum oom_status oom_sos_folder(const char *path, struct oom_case *c, struct oom_error *err)
{
	char *roots[] = {(char *)path, NULL};
	struct sos s;
	enum oom_status status = sos_begin(&s, c, err);
	if (status != OOM_OK)
		return status;
	s.is_sos = true;
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	if (!fts) {
		status = oom_fail(err, OOM_EOPEN, "cannot be opened: %s", strerror(errno));
	} else {
		walk(&s, fts, strlen(path));
		fts_close(fts);
		c->source.format = oom_printf(c->arena, "sos %s%sfolder", s.version, s.version[0] ? " " : "");
		status = sos_end(&s, err);
	}
	sos_free(&s);
	return status;
}
