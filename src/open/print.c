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

/** Text that comes in pieces and goes out in lines; one longer than a piece goes out in pieces. */
struct lines {
	FILE *out;
	struct oom_redactor *redact;
	bool any;    // something was printed
	size_t have; // in buf: a line that has not ended
	char buf[PIECE];
};

/** What is in the buffer: its whole lines, or all of it if it is full. */
static void print_lines(struct lines *l)
{
	char *line = l->buf, *newline;
	while ((newline = memchr(line, '\n', l->have - (size_t)(line - l->buf)))) {
		size_t end = (size_t)(newline - line);
		print_line(l->out, l->redact, line, end && line[end - 1] == '\r' ? end - 1 : end);
		fputc('\n', l->out);
		line = newline + 1;
	}
	l->have -= (size_t)(line - l->buf);
	memmove(l->buf, line, l->have);
	if (l->have == PIECE) {
		print_line(l->out, l->redact, l->buf, l->have);
		l->have = 0;
	}
}

static void end_lines(struct lines *l)
{
	print_line(l->out, l->redact, l->buf, l->have);
	if (l->have)
		fputc('\n', l->out);
	l->have = 0;
}

static struct lines *new_lines(const struct oom_open_options *options, FILE *out, struct oom_error *err)
{
	struct lines *l = malloc(sizeof(*l));
	if (!l) {
		oom_fail(err, OOM_ENOMEM, "out of memory");
		return NULL;
	}
	l->out = out;
	l->redact = options ? options->redact : NULL;
	l->any = false;
	l->have = 0;
	return l;
}

static enum oom_status print_text(struct oom_source_file *file, const struct oom_open_options *options, FILE *out,
				  struct oom_error *err)
{
	struct lines *l = new_lines(options, out, err);
	ssize_t n = 0;
	if (!l)
		return OOM_ENOMEM;
	while (!ferror(out) && (n = oom_file_read(file, l->buf + l->have, PIECE - l->have)) > 0) {
		l->have += (size_t)n;
		print_lines(l);
	}
	int failure = errno;
	end_lines(l);
	free(l);
	return n < 0 ? oom_fail(err, OOM_EREAD, "cannot be read: %s", oom_file_failure(file, failure)) : OOM_OK;
}

/** One of the logs of a sosreport (oom_open_options.log): under its name, as tail(1) tells several files apart. */
static void take_log(void *arg, const char *name, const char *text, size_t len)
{
	struct lines *l = arg;
	if (!len) {
		end_lines(l);
		fputs(l->any ? "\n==> " : "==> ", l->out);
		print_line(l->out, l->redact, name, strlen(name));
		fputs(" <==\n", l->out);
		l->any = true;
	}
	while (len) {
		size_t n = len < PIECE - l->have ? len : PIECE - l->have;
		memcpy(l->buf + l->have, text, n);
		l->have += n;
		text += n;
		len -= n;
		print_lines(l);
	}
}

/** The logs of a sosreport: of the open archive @p file, or of the folder @p path. */
static enum oom_status print_sos(const char *path, const struct oom_open_options *options, FILE *out,
				 struct oom_source_file *file, struct oom_error *err)
{
	struct oom_open_options mine = options ? *options : (struct oom_open_options){.tmpdir = NULL};
	struct lines *l = new_lines(options, out, err);
	struct oom_case *c = oom_case_new();
	enum oom_status status = OOM_ENOMEM;
	mine.log = take_log;
	mine.log_arg = l;
	mine.redact = NULL; // each line is
	if (l && c)
		status = file ? oom_archive_read(file, &mine, c, err) : oom_sos_folder(path, &mine, c, err);
	if (status == OOM_OK) {
		end_lines(l);
		if (!l->any)
			status = oom_fail(err, OOM_EFORMAT, "a sosreport without a kernel log in text");
		else if (c->source.complete == OOM_NO && c->source.missing.n)
			oom_fail(err, OOM_OK, "%s", c->source.missing.v[0]);
	}
	oom_case_free(c);
	free(l);
	return status;
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
		return oom_sos_is_folder(path) ? print_sos(path, options, out, NULL, err)
					       : print_folder(path, options, out, file, err);
	}
	if (file->content == OOM_CONTENT_ARCHIVE)
		return print_sos(path, options, out, file, err);
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
