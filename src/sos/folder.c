// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The files of an unpacked sosreport, in order of their names. Links are not followed: they may lead anywhere.
 */
#include "case/files.h"
#include "sos/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DEPTH_MAX = 64,	     // folders within folders
	NAMES_MAX = 1000000, // of one folder
};

bool oom_sos_is_folder(const char *path)
{
	static const char *const marks[] = {"sos_commands", "sos_reports", "sos_logs"};
	char name[PATH_BYTES + 16];
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int n = snprintf(name, sizeof(name), "%s/%s", path, marks[i]);
		if (n > 0 && (size_t)n < sizeof(name) && oom_is_folder(name))
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

/** A folder's names, sorted, so that two runs see the same order. */
struct names {
	char **v;
	size_t n, cap;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}

/** A folder's name gets a slash at its end. */
static bool names_add(struct names *names, const char *name, bool folder)
{
	if (names->n == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 64;
		char **more = reallocarray(names->v, cap, sizeof(*more));
		if (!more)
			return false;
		names->v = more;
		names->cap = cap;
	}
	char *copy = NULL;
	if (asprintf(&copy, "%s%s", name, folder ? "/" : "") < 0)
		return false;
	names->v[names->n++] = copy;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** What may be a file or a folder; false: out of memory. */
static bool list(DIR *dir, struct names *names)
{
	const struct dirent *entry;
	while (names->n < NAMES_MAX && (entry = readdir(dir))) {
		bool known = entry->d_type != DT_UNKNOWN && entry->d_type != DT_REG && entry->d_type != DT_DIR;
		if (known || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!names_add(names, entry->d_name, entry->d_type == DT_DIR))
			return false;
	}
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_name);
	return true;
}

static void lost(struct sos *s, const char *path, int error)
{
	sos_missing(s, "%s: cannot be opened: %s", path, strerror(error));
	s->c->source.complete = OOM_NO;
}

static void walk(struct sos *s, char *path, size_t top, int depth);

/** A file is read, a folder walked through. @p top: length of the path of the report's own folder. */
static void take(struct sos *s, char *path, size_t top, int depth, bool folder)
{
	const char *member = path + top + strspn(path + top, "/");
	struct stat st;
	int fd = oom_open_file(path, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		// A device or a link is of no interest; neither is a file that would not have been read.
		if (errno != ELOOP && errno != ENXIO && (folder || sos_wants(member)))
			lost(s, member, errno);
		return;
	}
	if (fstat(fd, &st) != 0)
		st.st_mode = 0;
	if (S_ISREG(st.st_mode) && sos_wants(member)) {
		struct sos_member m = {member, (int64_t)st.st_mtime, read_file, failure, &fd, fd, NULL};
		sos_take(s, &m);
	}
	close(fd);
	if (S_ISDIR(st.st_mode))
		walk(s, path, top, depth + 1);
}

static void walk(struct sos *s, char *path, size_t top, int depth)
{
	struct names names = {0};
	size_t len = strlen(path);
	DIR *dir = depth < DEPTH_MAX ? oom_open_folder(path) : NULL;
	if (!dir) {
		lost(s, path + top + strspn(path + top, "/"), depth < DEPTH_MAX ? errno : ELOOP);
		return;
	}
	s->no_memory |= !list(dir, &names);
	closedir(dir);
	for (size_t i = 0; i < names.n; i++) {
		size_t name = strlen(names.v[i]);
		bool folder = name && names.v[i][name - 1] == '/';
		int n = snprintf(path + len, PATH_BYTES + top - len, "/%.*s", (int)(name - folder), names.v[i]);
		if (n > 0 && (size_t)n < PATH_BYTES + top - len)
			take(s, path, top, depth, folder);
		path[len] = '\0';
	}
	names_free(&names);
}

enum oom_status oom_sos_folder(const char *path, const struct oom_open_options *options, struct oom_case *c,
			       struct oom_error *err)
{
	struct sos s;
	size_t top = strlen(path);
	char *at = calloc(1, top + PATH_BYTES);
	if (!at)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	memcpy(at, path, top);
	enum oom_status status = sos_begin(&s, c, options, err);
	if (status == OOM_OK) {
		s.is_sos = true;
		DIR *dir = oom_open_folder(path);
		if (!dir) {
			status = oom_fail(err, OOM_EOPEN, "cannot be opened: %s", strerror(errno));
		} else {
			closedir(dir);
			walk(&s, at, top, 0);
			c->source.format = oom_printf(c->arena, "sos %s%sfolder", s.version, s.version[0] ? " " : "");
			status = sos_end(&s, err);
		}
		sos_free(&s);
	}
	free(at);
	return status;
}
