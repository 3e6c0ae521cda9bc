// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A stream as a file that can be sought in: in a temporary file that has no name, within a limit. */
#include "case/files.h"
#include <errno.h>
#include <oomortem/open.h>
#include "sos/sos.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, BLOCK = 4096 };

static const int64_t default_max = INT64_C(16) << 30;

static bool is_zero(const char *p, size_t len)
{
	return !len || (!p[0] && memcmp(p, p + 1, len - 1) == 0);
}

static bool write_all(int fd, const char *p, size_t len, int64_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/** Writes what is not zero; the file's size is set at the end. */
static bool put(int fd, const char *p, size_t len, int64_t at)
{
	for (size_t done = 0, n; done < len; done += n) {
		n = len - done < BLOCK ? len - done : BLOCK;
		if (!is_zero(p + done, n) && !write_all(fd, p + done, n, at + (int64_t)done))
			return false;
	}
	return true;
}

static bool copy(int fd, char *piece, int64_t max, oom_read_fn *read, void *arg, const char *(*failure)(void *arg),
		 bool *whole, struct oom_error *err)
{
	int64_t at = 0;
	ssize_t n;
	while ((n = read(arg, piece, PIECE)) > 0) {
		if (at + n > max) {
			oom_fail(err, OOM_EREAD, "larger than %lld %s (--max-spool)",
				 (long long)(max >= 1 << 20 ? max >> 20 : max >> 10), max >= 1 << 20 ? "MiB" : "KiB");
			*whole = false;
			return at > 0;
		}
		if (!put(fd, piece, (size_t)n, at)) {
			oom_fail(err, OOM_EWRITE, "the temporary file for it cannot be written (--tmpdir): %m");
			return false;
		}
		at += n;
	}
	if (n < 0) {
		const char *why = failure(arg);
		oom_fail(err, OOM_EREAD, "behind byte %lld: %s", (long long)at, why ? why : "damaged");
		*whole = false;
	}
	if (!at && n >= 0)
		oom_fail(err, OOM_EFORMAT, "empty");
	if (at && ftruncate(fd, (off_t)at) != 0) {
		oom_fail(err, OOM_EWRITE, "the temporary file for it cannot be written (--tmpdir): %m");
		return false;
	}
	return at > 0;
}

int oom_spool(const struct oom_open_options *options, oom_read_fn *read, void *arg, const char *(*failure)(void *arg),
	      bool *whole, struct oom_error *err)
{
	int64_t max = options && options->max_spool > 0 ? options->max_spool : default_max;
	char *piece = malloc(PIECE);
	int fd = piece ? oom_open_spool(options ? options->tmpdir : NULL) : -1;
	*whole = true;
	if (fd < 0) {
		oom_fail(err, OOM_EWRITE, "a temporary file for it cannot be made (--tmpdir): %m");
	} else if (!copy(fd, piece, max, read, arg, failure, whole, err)) {
		close(fd);
		fd = -1;
	}
	free(piece);
	return fd;
}
