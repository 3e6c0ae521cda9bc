// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of src/open: what an input is, and one function per kind that reads it.
 *
 *   recognise.c   opens a path, tells its kind by its first bytes
 *   folder.c      the files of a folder that kdump left
 *   text.c        a log in text, streamed
 *   journal.c     a journal file
 *   vmcore.c      a dump
 *   collect.c     the facts of a kernel image
 *   print.c       the log as text
 *   record.c      one record of the log as text
 *   oomlines.c    the lines of the log that the events are made of
 *   open.c        from a path to a case
 */
#ifndef OOM_OPEN_INTERNAL_H
#define OOM_OPEN_INTERNAL_H

#include <limits.h>
#include <oomortem/open.h>
#include "sos/sos.h"

enum oom_content {
	OOM_CONTENT_DUMP,    /**< a dump by its magic */
	OOM_CONTENT_LOG,     /**< text that looks like a kernel's log */
	OOM_CONTENT_TEXT,    /**< other text */
	OOM_CONTENT_CASE,    /**< case.json */
	OOM_CONTENT_PACKED,  /**< compressed, or an archive, which cannot be read: `what` says how */
	OOM_CONTENT_ARCHIVE, /**< tar */
	OOM_CONTENT_JOURNAL, /**< a journal file of systemd's */
	OOM_CONTENT_OTHER,   /**< a known kind of file that is none of these: `what` is the sentence */
	OOM_CONTENT_UNKNOWN, /**< binary */
	OOM_CONTENT_EMPTY,
	OOM_CONTENT_FOLDER,
};

enum { OOM_HEAD_SIZE = 64 * 1024 }; // bytes that a file is recognised by

/** An open input. What was read to recognise it is in `head`; the descriptor stands behind that. */
struct oom_source_file {
	const char *path; /**< the caller's; "-": standard input */
	int fd;		  /**< -1: none */
	bool stream;	  /**< a pipe: can be read only once, from the start */
	bool device;	  /**< a block device */
	enum oom_content content;
	const char *what;	    /**< PACKED, OTHER */
	const char *packing;	    /**< what it was decompressed from, on the way: "xz"; NULL */
	struct oom_unpack *unpack;  /**< NULL: not compressed */
	size_t head_len, head_read; /**< bytes in head, bytes of them handed out by oom_file_read() */
	uint8_t head[OOM_HEAD_SIZE];
	size_t raw_len, raw_read; /**< of a compressed file: likewise, of its bytes as they are */
	uint8_t raw[OOM_HEAD_SIZE];
};

/** Opens and recognises @p path. OOM_OK, OOM_EOPEN, OOM_EREAD, OOM_EFORMAT (a device). Close it in any case. */
enum oom_status oom_file_open(struct oom_source_file *file, const char *path, struct oom_error *err);
void oom_file_close(struct oom_source_file *file);
/** read(2) from the start of the input, decompressed, head included: bytes, 0 at the end, -1 and errno. */
ssize_t oom_file_read(struct oom_source_file *file, void *buf, size_t size);
/** Why oom_file_read() failed with @p error as errno. */
const char *oom_file_failure(const struct oom_source_file *file, int error);
/** The content of @p head, its first @p len bytes. */
enum oom_content oom_recognise(const uint8_t *head, size_t len, const char **what);
/** Are there words of an OOM report in @p head? Text with them may be a log in a shape of its own. */
bool oom_has_oom_words(const uint8_t *head, size_t len);
/** The sentence for a content that cannot be read as what is asked for. Returns OOM_EFORMAT. */
enum oom_status oom_file_refuse(const struct oom_source_file *file, struct oom_error *err);

/** What kdump left in a folder; "" is none. */
struct oom_folder {
	char dump[PATH_MAX], log[PATH_MAX];
	const char *dump_name, *log_name; /**< the last part of the paths above */
	bool incomplete;		  /**< the dump's name says that kdump did not finish it */
};

/** OOM_OK, OOM_EOPEN, OOM_EFORMAT (no folder of kdump's). */
enum oom_status oom_folder_find(struct oom_folder *folder, const char *path, struct oom_error *err);

/** Reads an open archive into @p c. As oom_sos_archive(). */
enum oom_status oom_archive_read(struct oom_source_file *file, const struct oom_open_options *options,
				 struct oom_case *c, struct oom_error *err);
/** Streams an open text into the case as a log named @p name; OOM_EREAD, OOM_ENOMEM, OOM_EFORMAT (no log). */
enum oom_status oom_text_read(struct oom_source_file *file, const char *name, struct oom_case *c,
			      struct oom_error *err);

/** What oom_print_record() needs; @p line begins with 0. */
struct oom_log_printer {
	FILE *out;
	bool callers;		     /**< oom_printk_shows_caller() */
	const bool *wanted;	     /**< by line, from 0: is it to be printed? NULL: all are */
	size_t nr_wanted;	     /**< lines behind these are not */
	int64_t line;		     /**< of the next record, from 0 */
	struct oom_redactor *redact; /**< NULL: as it is */
};

/** An oom_printk_fn: prints one record, each of its lines with the prefix; @p arg is a struct oom_log_printer. */
bool oom_print_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level);
/** Text of the input; what could harm a terminal as \xNN. */
void oom_print_escaped(FILE *out, const char *text, size_t len);
/** The same, redacted before unless @p redact is NULL. Without memory nothing is printed but that. */
void oom_print_redacted(FILE *out, struct oom_redactor *redact, const char *text, size_t len);

/** A journal file as one that can be walked: the input itself, or a copy. The descriptor is to be closed; -1 and @p
 * err. */
int oom_journal_of(struct oom_source_file *file, const struct oom_open_options *options, bool *whole,
		   struct oom_error *err);
/** Reads an open journal file into the case; OOM_OK also for a damaged one, OOM_EFORMAT, OOM_EDAMAGE, OOM_ENOMEM … */
enum oom_status oom_journal_open(struct oom_source_file *file, const char *name, const struct oom_open_options *options,
				 struct oom_case *c, struct oom_error *err);
/** The facts of a dump, or of its parts; one that opens but gives no fact at all is OOM_EDAMAGE. */
enum oom_status oom_open_image(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
			       struct oom_case *c, bool *log_found, struct oom_error *err);
/** The facts of a dump that is the open file @p fd; @p ret is to be freed. As oom_open(). */
enum oom_status oom_open_dump(int fd, const struct oom_open_options *options, struct oom_case **ret,
			      struct oom_error *err);

/** oom_collect(); @p log_found tells whether the image gave a log. */
enum oom_status oom_collect_image(struct oom_image *image, struct oom_case *c, const struct oom_open_options *options,
				  bool *log_found, struct oom_error *err);

#endif
