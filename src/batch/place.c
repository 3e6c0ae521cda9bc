// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The files of a batch's folder. */
#include "batch/place.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_LEN = 80 }; // of an input's name in the name of its report

const char *batch_ending(enum oom_format format)
{
	static const char *const endings[] = {"txt", "md", "html", "json", "jira"};
	return endings[format];
}

/** This machine, for the names of drafts. */
static unsigned int host_number(void)
{
	char host[256] = "";
	gethostname(host, sizeof(host) - 1);
	return (unsigned int)batch_hash(0, host, strlen(host));
}

/** Drafts of processes of this machine that are no more. */
static void remove_drafts(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	unsigned int host;
	int pid;
	while (d && (entry = readdir(d)))
		if (sscanf(entry->d_name, ".draft-%8x-%d-", &host, &pid) == 2 && host == host_number() && pid > 0 &&
		    kill(pid, 0) != 0 && errno == ESRCH)
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
}

static bool make_folder(const char *path)
{
	struct stat st;
	if (mkdir(path, 0777) == 0)
		return true;
	if (errno != EEXIST)
		return false;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	errno = ENOTDIR;
	return false;
}

enum oom_status batch_make_place(const char *dir, struct oom_error *err)
{
	char *reports = NULL;
	if (asprintf(&reports, "%s/reports", dir) < 0)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	enum oom_status status = OOM_OK;
	if (!make_folder(dir) || !make_folder(reports))
		status = oom_fail(err, OOM_EWRITE, "cannot be made a folder: %m");
	else
		remove_drafts(reports);
	if (status == OOM_OK)
		remove_drafts(dir);
	free(reports);
	return status;
}

/** The last part of the path, with only such bytes as need no care in a URL or a shell. */
char *batch_report_name(const struct batch_input *input)
{
	const char *path = batch_shown_path(input);
	char name[NAME_LEN + 1], *ret = NULL;
	size_t len = strlen(path), n = 0;
	while (len && path[len - 1] == '/')
		len--;
	size_t from = len;
	while (from && path[from - 1] != '/')
		from--;
	from += strspn(path + from, ".");
	for (size_t i = from; i < len && n < NAME_LEN; i++) {
		char c = path[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
			     c == '-' || c == '_';
		name[n++] = plain ? c : '_';
	}
	name[n] = '\0';
	return asprintf(&ret, "reports/%s%s%.8s", name, n ? "-" : "", input->key) < 0 ? NULL : ret;
}

char *batch_draft_path(const char *dir, const struct batch_input *input, enum oom_format format)
{
	char *ret = NULL;
	return asprintf(&ret, "%s/reports/.draft-%08x-%d-%s.%s", dir, host_number(), (int)getpid(), input->key,
			batch_ending(format)) < 0
		       ? NULL
		       : ret;
}

char *batch_report_path(const char *dir, const char *name, enum oom_format format)
{
	char *ret = NULL;
	return asprintf(&ret, "%s/%s.%s", dir, name, batch_ending(format)) < 0 ? NULL : ret;
}

FILE *batch_file_new(const char *path, char **draft)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path + 1) : 0;
	if (asprintf(draft, "%.*s.draft-%08x-%d-%s", dir, path, host_number(), (int)getpid(), path + dir) < 0) {
		*draft = NULL;
		return NULL;
	}
	FILE *out = fopen(*draft, "we");
	if (!out) {
		free(*draft);
		*draft = NULL;
	}
	return out;
}

bool batch_file_done(FILE *out, const char *path, char *draft, bool fits)
{
	fits = !ferror(out) && fits;
	fits = fclose(out) == 0 && fits;
	fits = fits && rename(draft, path) == 0;
	int error = errno;
	if (!fits)
		unlink(draft);
	free(draft);
	errno = error;
	return fits;
}
