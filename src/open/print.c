// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel log of an input as text. What could harm a terminal is written as \xNN. */
#include "kernel/kernel.h"
#include "log/log.h"
#include "log/prefix.h"
#include "open/internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static enum oom_status print_image(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
				   FILE *out, struct oom_error *err)
{
	struct oom_image *image;
	enum oom_status status = oom_image_open(paths, nr_paths, options ? &options->image : NULL, &image, err);
	if (status != OOM_OK)
		return status;
	struct oom_case *c = oom_case_new(); // takes the reasons for what is missing
	if (c) {
		struct oom_log_printer printer = {.out = out,
						  .callers = oom_printk_shows_caller(image),
						  .redact = options ? options->redact : NULL};
		status = oom_walk_printk(image, c, oom_print_record, &printer);
		if (c->source.missing.n)
			oom_fail(err, status, "%s", c->source.missing.v[0]);
	} else {
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	oom_case_free(c);
	oom_image_close(image);
	return status;
}

static void print_line(FILE *out, struct oom_redactor *redact, const char *line, size_t len)
{
	if (redact) {
		struct prefix prefix;
		prefix_parse((struct cur){line, line + len}, &prefix);
		if (cur_left(&prefix.host))
			oom_redact_learn_host(redact, prefix.host.p, cur_left(&prefix.host));
	}
	oom_print_redacted(out, redact, line, len);
}

/** Copies the text line by line; a line longer than a piece is copied in pieces. */
static enum oom_status print_text(struct oom_source_file *file, const struct oom_open_options *options, FILE *out,
				  struct oom_error *err)
{
	struct oom_redactor *redact = options ? options->redact : NULL;
	char *buf = malloc(PIECE);
	size_t len = 0;
	ssize_t n = 0;
	if (!buf)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	while (!ferror(out) && (n = oom_file_read(file, buf + len, PIECE - len)) > 0) {
		len += (size_t)n;
		char *line = buf, *newline;
		while ((newline = memchr(line, '\n', len - (size_t)(line - buf)))) {
			size_t end = (size_t)(newline - line);
			print_line(out, redact, line, end && line[end - 1] == '\r' ? end - 1 : end);
			fputc('\n', out);
			line = newline + 1;
		}
		len -= (size_t)(line - buf);
		memmove(buf, line, len);
		if (len == PIECE) {
			print_line(out, redact, buf, len);
			len = 0;
		}
	}
	int failure = errno;
	print_line(out, redact, buf, len);
	if (len)
		fputc('\n', out);
	free(buf);
	return n < 0 ? oom_fail(err, OOM_EREAD, "cannot be read: %s", oom_file_failure(file, failure)) : OOM_OK;
}

static bool print_entry(void *arg, const struct oom_log_record *r, bool boot)
{
	struct oom_log_printer *printer = arg;
	(void)boot;
	// Whom a daemon's message is from is a part of it.
	char *text = NULL;
	if (r->tag && asprintf(&text, "%s: %.*s", r->tag, (int)r->len, r->text) < 0)
		return false;
	bool on = oom_print_record(printer, text ? text : r->text, text ? strlen(text) : r->len, r->time_us, r->caller,
				   r->level);
	free(text);
	return on;
}

static enum oom_status print_journal(struct oom_source_file *file, const struct oom_open_options *options, FILE *out,
				     struct oom_error *err)
{
	struct oom_log_printer printer = {.out = out, .redact = options ? options->redact : NULL};
	bool whole;
	int fd = oom_journal_of(file, options, &whole, err);
	if (fd < 0)
		return OOM_EREAD;
	enum oom_status status = oom_journal_walk(options, fd, whole, print_entry, &printer, err);
	close(fd);
	return status;
}

static bool is_printable_log(const struct oom_source_file *file)
{
	return file->content == OOM_CONTENT_LOG ||
	       (file->content == OOM_CONTENT_TEXT && oom_has_oom_words(file->head, file->head_len));
}

static enum oom_status print_folder(const char *path, const struct oom_open_options *options, FILE *out,
				    struct oom_source_file *file, struct oom_error *err)
{
	struct oom_folder folder;
	enum oom_status status = oom_folder_find(&folder, path, err);
	if (status != OOM_OK)
		return status;
	const char *dump = folder.dump;
	struct oom_error own = {0};
	status = *dump ? print_image(&dump, 1, options, out, &own) : OOM_ENOENT;
	if (status == OOM_OK || !folder.log[0])
		return own.text[0] ? oom_fail(err, status, "%s: %s", folder.dump_name, own.text) : status;
	own.text[0] = '\0';
	status = oom_file_open(file, folder.log, &own);
	if (status == OOM_OK)
		status = is_printable_log(file) ? print_text(file, options, out, &own) : oom_file_refuse(file, &own);
	return own.text[0] ? oom_fail(err, status, "%s: %s", folder.log_name, own.text) : status;
}

static enum oom_status print_one(const char *path, const struct oom_open_options *options, FILE *out,
				 struct oom_source_file *file, struct oom_error *err)
{
	enum oom_status status = oom_file_open(file, path, err);
	if (status != OOM_OK)
		return status;
	bool piped = file->stream || strcmp(path, "-") == 0;
	if (file->content == OOM_CONTENT_FOLDER) {
		oom_file_close(file);
		return print_folder(path, options, out, file, err);
	}
	if (is_printable_log(file) && !file->device)
		return print_text(file, options, out, err);
	if (file->content == OOM_CONTENT_JOURNAL)
		return print_journal(file, options, out, err);
	if ((file->content == OOM_CONTENT_DUMP || file->content == OOM_CONTENT_UNKNOWN) && !piped) {
		status = print_image(&path, 1, options, out, err);
		return status == OOM_EFORMAT && file->content == OOM_CONTENT_UNKNOWN ? oom_file_refuse(file, err)
										     : status;
	}
	return oom_file_refuse(file, err);
}

/** The names of the whole input, so that a line is redacted by what only a later one tells. A stream has no second
 * reading: there a name is known from its first line on. */
static void learn_names(const char *const *paths, size_t nr_paths, const struct oom_open_options *options)
{
	struct oom_case *c;
	struct oom_open_options plain = *options;
	plain.redact = NULL;
	if (strcmp(paths[0], "-") == 0 || oom_open(paths, nr_paths, &plain, &c, NULL) != OOM_OK)
		return;
	oom_redact_learn(options->redact, c);
	oom_case_free(c);
}

enum oom_status oom_print_log(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
			      FILE *out, struct oom_error *err)
{
	if (!nr_paths)
		return oom_fail(err, OOM_EINVAL, "no input");
	struct oom_source_file *file = malloc(sizeof(*file));
	if (!file)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	file->fd = -1;
	file->unpack = NULL;
	if (options && options->redact)
		learn_names(paths, nr_paths, options);
	enum oom_status status = nr_paths > 1 ? print_image(paths, nr_paths, options, out, err)
					      : print_one(paths[0], options, out, file, err);
	oom_file_close(file);
	free(file);
	if (fflush(out) != 0 || ferror(out))
		return oom_fail(err, OOM_EWRITE, "the log could not be written: %s", strerror(errno));
	return status;
}
