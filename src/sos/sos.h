// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Compressed files, journal files, and what `sos report` collects: archives and folders. Everything is read as a
 * stream, and no member's size decides how much memory is used. Nothing is unpacked to disk but what its reader must
 * seek in: a journal file or a dump goes, one at a time and within a limit, to a temporary file without a name.
 */
#ifndef OOM_SOS_H
#define OOM_SOS_H

#include <oomortem/case.h>
#include <sys/types.h>

#ifndef OOM_WITH_ARCHIVE
#define OOM_WITH_ARCHIVE 1 // libarchive; without it archives and compressed files are refused
#endif
#ifndef OOM_WITH_SYSTEMD
#define OOM_WITH_SYSTEMD 1 // libsystemd; without it journal files are refused
#endif

struct oom_open_options;
struct oom_log;
struct oom_log_record;

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

/**
 * Copies a stream to a temporary file without a name (oom_open_options: tmpdir, max_spool); blocks of zeros become
 * holes.
 * @param[in] failure why read() failed; called behind a failed one
 * @param[out] whole false: the stream is damaged or longer than the limit, and @p err says so; what came before is
 * there
 * @return the file's descriptor, at whatever offset; -1 and @p err: nothing could be read, or the file not be written
 */
int oom_spool(const struct oom_open_options *options, oom_read_fn *read, void *arg, const char *(*failure)(void *arg),
	      bool *whole, struct oom_error *err);

/**
 * One entry of the kernel's, or of a daemon that tells of kills; texts hold during the call. @p boot: of another boot
 * than the one before it. Returns false to stop.
 */
typedef bool oom_journal_fn(void *arg, const struct oom_log_record *record, bool boot);

/**
 * The entries of a journal file, oldest first (systemd: JOURNAL_FILE_FORMAT).
 * @param[in] options of the temporary file that @p fd may be (oom_spool()); NULL: defaults
 * @param[in] fd a regular file that nobody makes shorter; stays open
 * @param[in] whole false: parts of it are missing
 * @return OOM_OK, also where the file is damaged: @p err then says what is lost; OOM_EDAMAGE: nothing in it can be
 * read; OOM_EFORMAT: a build without libsystemd; OOM_ENOMEM
 */
enum oom_status oom_journal_walk(const struct oom_open_options *options, int fd, bool whole, oom_journal_fn *fn,
				 void *arg, struct oom_error *err);
/** Feeds a journal file to @p log, as the source @p name. As oom_journal_walk(). */
enum oom_status oom_journal_read(const struct oom_open_options *options, int fd, bool whole, struct oom_log *log,
				 const char *name, struct oom_error *err);
/** Is the file shorter than its header says? It must not be walked then, unless it is our own and made as long. */
bool oom_journal_is_cut(int fd);
/** Makes a cut-off temporary file as long as its header says, with a hole. False: it cannot be. */
bool oom_journal_mend(int fd);

/** Does the folder look like an unpacked sosreport (by sos_commands, sos_reports, sos_logs)? */
bool oom_sos_is_folder(const char *path);
/** Reads an unpacked sosreport into @p c; no link in it is followed. OOM_OK, OOM_EOPEN, OOM_EFORMAT, OOM_ENOMEM. */
enum oom_status oom_sos_folder(const char *path, const struct oom_open_options *options, struct oom_case *c,
			       struct oom_error *err);

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
enum oom_status oom_sos_archive(const struct oom_sos_stream *stream, const struct oom_open_options *options,
				struct oom_case *c, struct oom_error *err);

#endif
