// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * From an input to a case: recognises the kind by content, never by name.
 */
#ifndef OOMORTEM_OPEN_H
#define OOMORTEM_OPEN_H

#include <oomortem/case.h>
#include <oomortem/image.h>
#include <oomortem/redact.h>
#include <stdio.h>

struct oom_open_options {
	struct oom_image_options image;
	bool deep; /**< no work limits */
	/** Walk all page frames (1) or one in so many (a sample with error estimate); 0: none. */
	int64_t census;
	/** Called now and then during the census by the caller's thread, and at its end: frames so far, of how many;
	 * may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
	const char *tmpdir;
	int64_t max_spool;	     /**< bytes, 0: default */
	struct oom_redactor *redact; /**< what oom_open() and oom_print_log() give is redacted; NULL: as it is */
	/** Called with the text of each log of a sosreport as it is read, in pieces, and with no text at the log's
	 * start; of a journal file with each entry. @p name: its path there. May be NULL. */
	void (*log)(void *arg, const char *name, const char *text, size_t len);
	void *log_arg;
};

/**
 * Reads all facts of one input.
 * @param[in] paths,nr_paths one input ("-" is standard input), or the parts of one split dump
 * @param[out] ret the case, to be freed with oom_case_free()
 * @return OOM_OK, also for a partial input (ret->source.missing says what it lacks); else one sentence in @p err
 */
OOM_PUBLIC enum oom_status oom_open(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
				    struct oom_case **ret, struct oom_error *err);

/** All facts of an open kernel image into @p c: the log and its events, system, memory, zones, tasks … */
OOM_PUBLIC enum oom_status oom_collect(struct oom_image *image, struct oom_case *c,
				       const struct oom_open_options *options, struct oom_error *err);

/**
 * The kernel log of an input as text, one line per record, to @p out.
 * @return OOM_OK, also for a part of the log: @p err then holds the sentence that says what is lost
 */
OOM_PUBLIC enum oom_status oom_print_log(const char *const *paths, size_t nr_paths,
					 const struct oom_open_options *options, FILE *out, struct oom_error *err);

/**
 * The lines of an open image's log that its events were told by, as oom_print_log() prints them.
 * @param[in] c what oom_collect() made of @p image
 * @param[in] event index of the one event, OOM_ABSENT: all
 * @param[in] redact NULL: as they are
 * @return OOM_OK (nothing is printed where there is no such event), OOM_ENOMEM, OOM_EWRITE, or the log's walker's
 */
OOM_PUBLIC enum oom_status oom_print_oom_lines(struct oom_image *image, const struct oom_case *c, int64_t event,
					       struct oom_redactor *redact, FILE *out, struct oom_error *err);

#endif
