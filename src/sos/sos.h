// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Compressed files, and what `sos report` collects: archives and folders. Everything is read as a stream; nothing is
 * ever unpacked to disk, and no member's size decides how much memory is used.
 */
#ifndef OOM_SOS_H
#define OOM_SOS_H

#include <oomortem/case.h>
#include <sys/types.h>

#ifndef OOM_WITH_ARCHIVE
#define OOM_WITH_ARCHIVE 1 // libarchive; without it archives and compressed files are refused
#endif

/** read(2) of some stream: bytes, 0 at the end, -1 and errno. */
typedef ssize_t oom_read_fn(void *arg, void *buf, size_t size);

struct oom_unpack;

/**
 * A decompressor over a stream.
 * @param[in] packing "gzip", "xz", "bzip2", "zstd"
 * @return NULL: another packing, a build or a libarchive without it, or no memory. @p read must outlive it.
 */
struct oom_unpack *oom_unpack_new(const char *packing, oom_read_fn *read, void *arg);
/** Bytes, 0 at the end, -1 where the stream is damaged, cut off or cannot be read: oom_unpack_failure() says which. */
ssize_t oom_unpack_read(struct oom_unpack *u, void *buf, size_t size);
/** Why it failed; NULL: it has not. Valid until oom_unpack_free(). */
const char *oom_unpack_failure(const struct oom_unpack *u);
void oom_unpack_free(struct oom_unpack *u); /**< NULL is allowed */

/** Does the folder look like an unpacked sosreport (by sos_commands, sos_reports, sos_logs)? */
bool oom_sos_is_folder(const char *path);
/** Reads an unpacked sosreport into @p c; no link in it is followed. OOM_OK, OOM_EOPEN, OOM_EFORMAT, OOM_ENOMEM. */
enum oom_status oom_sos_folder(const char *path, struct oom_case *c, struct oom_error *err);

/** A tar stream that oom_sos_archive() reads. */
struct oom_sos_stream {
	oom_read_fn *read;
	void *arg;
	const char *(*failure)(void *arg); /**< why read() failed */
	const char *packing;		   /**< "xz" …, NULL: none; for the case's format */
};

/**
 * Reads the tar archive of a sosreport, or any with kernel logs under the names that a system gives them, into @p c.
 * @return OOM_OK, also for a damaged archive (the missing list says what is lost); OOM_EFORMAT: nothing in it is known;
 * OOM_EREAD: nothing could be read; OOM_ENOMEM
 */
enum oom_status oom_sos_archive(const struct oom_sos_stream *stream, struct oom_case *c, struct oom_error *err);

#endif
