// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The kernel log of an input as text. What could harm a terminal is written as \xNN. */
#include "kernel/kernel.h"
#include "open/internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

/** Bytes of the well-formed UTF-8 character at @p p that no terminal acts upon; 0: escape the byte. */
static size_t printable(const unsigned char *p, const unsigned char *end)
{
	if (*p < 0x80)
		return (*p >= ' ' && *p != 0x7f) || *p == '\t';
	size_t n = *p >= 0xf0 && *p <= 0xf4 ? 4 : *p >= 0xe0 && *p <= 0xef ? 3 : *p >= 0xc2 && *p <= 0xdf ? 2 : 0;
	if (!n || (size_t)(end - p) < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	// Longer than needed, surrogates, beyond U+10FFFF; U+0080 to U+009F are control characters.
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f) || (*p == 0xc2 && p[1] < 0xa0))
		return 0;
	return n;
}

static void print_escaped(FILE *out, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + len, *run = p;
	while (p < end) {
		size_t n = printable(p, end);
		if (n) {
			p += n;
			continue;
		}
		fwrite(run, 1, (size_t)(p - run), out);
		fprintf(out, "\\x%02x", *p++);
		run = p;
	}
	fwrite(run, 1, (size_t)(p - run), out);
}

struct printer {
	FILE *out;
	bool callers;
};

/** What the kernel's own dmesg puts before each line: info_print_prefix() of kernel/printk/printk.c. */
static void print_prefix(const struct printer *printer, int64_t time_us, int64_t caller)
{
	char who[16];
	if (oom_known(time_us))
		fprintf(printer->out, "[%5lld.%06lld]", (long long)(time_us / 1000000), (long long)(time_us % 1000000));
	if (printer->callers && oom_known(caller)) {
		uint32_t id = (uint32_t)caller;
		snprintf(who, sizeof(who), "%c%u", id >> 31 ? 'C' : 'T', id & 0x7fffffff);
		fprintf(printer->out, "[%6s]", who);
	}
	if (oom_known(time_us))
		fputc(' ', printer->out);
}

static bool print_record(void *arg, const char *text, size_t len, int64_t time_us, int64_t caller, int64_t level)
{
	const struct printer *printer = arg;
	(void)level;
	for (const char *end = text + len;;) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		print_prefix(printer, time_us, caller);
		print_escaped(printer->out, text, (size_t)((newline ? newline : end) - text));
		fputc('\n', printer->out);
		if (!newline)
			break;
		text = newline + 1;
	}
	return !ferror(printer->out);
}

static enum oom_status print_image(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
				   FILE *out, struct oom_error *err)
{
	struct oom_image *image;
	enum oom_status status = oom_image_open(paths, nr_paths, options ? &options->image : NULL, &image, err);
	if (status != OOM_OK)
		return status;
	struct oom_case *c = oom_case_new(); // takes the reasons for what is missing
	if (c) {
		struct printer printer = {out, oom_printk_shows_caller(image)};
		status = oom_walk_printk(image, c, print_record, &printer);
		if (c->source.missing.n)
			oom_fail(err, status, "%s", c->source.missing.v[0]);
	} else {
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	oom_case_free(c);
	oom_image_close(image);
	return status;
}

/** Copies the text line by line; a line longer than a piece is copied in pieces. */
static enum oom_status print_text(struct oom_source_file *file, FILE *out, struct oom_error *err)
{
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
			print_escaped(out, line, end && line[end - 1] == '\r' ? end - 1 : end);
			fputc('\n', out);
			line = newline + 1;
		}
		len -= (size_t)(line - buf);
		memmove(buf, line, len);
		if (len == PIECE) {
			print_escaped(out, buf, len);
			len = 0;
		}
	}
	int failure = errno;
	print_escaped(out, buf, len);
	if (len)
		fputc('\n', out);
	free(buf);
	return n < 0 ? oom_fail(err, OOM_EREAD, "cannot be read: %s", strerror(failure)) : OOM_OK;
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
	status = *dump ? print_image(&dump, 1, options, out, err) : OOM_ENOENT;
	if (status == OOM_OK || !folder.log[0])
		return status;
	status = oom_file_open(file, folder.log, err);
	if (status != OOM_OK)
		return status;
	return is_printable_log(file) ? print_text(file, out, err) : oom_file_refuse(file, err);
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
		return print_text(file, out, err);
	if ((file->content == OOM_CONTENT_DUMP || file->content == OOM_CONTENT_UNKNOWN) && !piped) {
		status = print_image(&path, 1, options, out, err);
		return status == OOM_EFORMAT && file->content == OOM_CONTENT_UNKNOWN ? oom_file_refuse(file, err)
										     : status;
	}
	return oom_file_refuse(file, err);
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
	enum oom_status status = nr_paths > 1 ? print_image(paths, nr_paths, options, out, err)
					      : print_one(paths[0], options, out, file, err);
	oom_file_close(file);
	free(file);
	if (fflush(out) != 0 || ferror(out))
		return oom_fail(err, OOM_EWRITE, "the log could not be written: %s", strerror(errno));
	return status;
}
