// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The one place where files are opened. */
#include "case/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct oom_opener *opener;
static const char own_files[] = "/proc/self/fd/";

void oom_set_opener(const struct oom_opener *other)
{
	opener = other;
}

int oom_open_file(const char *path, int flags)
{
	flags |= O_RDONLY | O_CLOEXEC;
	// What is open needs no asking.
	if (opener && strncmp(path, own_files, sizeof(own_files) - 1) == 0)
		return fcntl((int)strtol(path + sizeof(own_files) - 1, NULL, 10), F_DUPFD_CLOEXEC, 3);
	return opener ? opener->open(opener->arg, path, flags) : open(path, flags);
}

/** For file systems without O_TMPFILE: a name that is gone at once. */
static int open_unlinked(const char *dir)
{
	char *path = NULL;
	if (asprintf(&path, "%s/oomortem-XXXXXX", dir) < 0) {
		errno = ENOMEM;
		return -1;
	}
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

static const char *spool_folder(const char *dir)
{
	const char *tmp = getenv("TMPDIR");
	return dir ? dir : tmp && *tmp ? tmp : "/var/tmp";
}

bool oom_name_spool(int fd, const char *dir, char *path, size_t size)
{
	char own[64];
	path[0] = '\0';
	if (opener)
		return opener->name(opener->arg, true) == 0;
	snprintf(own, sizeof(own), "%s%d", own_files, fd);
	for (int i = 0; i < 100; i++) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		int n = snprintf(path, size, "%s/oomortem-%d-%d-%ld", spool_folder(dir), (int)getpid(), i, now.tv_nsec);
		if (n < 0 || (size_t)n >= size) {
			errno = ENAMETOOLONG;
			break;
		}
		if (linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	path[0] = '\0';
	return false;
}

void oom_unname_spool(const char *path)
{
	if (opener)
		opener->name(opener->arg, false);
	else if (*path)
		unlink(path);
}

int oom_open_spool(const char *dir)
{
	dir = spool_folder(dir);
	if (opener)
		return opener->spool(opener->arg, dir);
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	// Linux before 3.11 opens the folder itself.
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL))
		fd = open_unlinked(dir);
	return fd;
}

DIR *oom_open_folder(const char *path)
{
	int fd = oom_open_file(path, O_DIRECTORY | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	DIR *dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

static bool is_kind(const char *path, int flags, mode_t kind)
{
	struct stat st;
	if (!opener)
		return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
	int fd = oom_open_file(path, flags | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	bool is = fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
	close(fd);
	return is;
}

bool oom_is_file(const char *path)
{
	return is_kind(path, 0, S_IFREG);
}

bool oom_is_folder(const char *path)
{
	return is_kind(path, O_DIRECTORY, S_IFDIR);
}
