// SPDX-License-Identifier: GPL-2.0-or-later
/** @file From an input to a case. */
#include "open/internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/** The parts of one dump: each must be one by itself. */
static enum oom_status read_parts(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
				  struct oom_case *c, struct oom_source_file *file, struct oom_error *err)
{
	for (size_t i = 0; i < nr_paths; i++) {
		struct oom_error own = {0};
		enum oom_status status = oom_file_open(file, paths[i], &own);
		if (status == OOM_OK && (file->content != OOM_CONTENT_DUMP || file->stream))
			status = oom_fail(&own, OOM_EFORMAT, "not a part of a dump");
		oom_file_close(file);
		// Whoever tells of it names the first file.
		if (status != OOM_OK)
			return oom_fail(err, status, "%s%s%s", i ? paths[i] : "", i ? ": " : "", own.text);
	}
	bool log_found;
	return oom_open_image(paths, nr_paths, options, c, &log_found, err);
}

/* A log in text. */

static enum oom_status read_text(struct oom_source_file *file, const char *name, struct oom_case *c,
				 struct oom_error *err)
{
	c->source.kind = OOM_INPUT_LOG;
	c->source.format = file->packing ? oom_printf(c->arena, "text, %s", file->packing) : "text";
	return oom_text_read(file, name, c, err);
}

/* An archive. */

static ssize_t archive_read(void *arg, void *buf, size_t size)
{
	return oom_file_read(arg, buf, size);
}

static const char *archive_failure(void *arg)
{
	return oom_file_failure(arg, errno);
}

enum oom_status oom_archive_read(struct oom_source_file *file, const struct oom_open_options *options,
				 struct oom_case *c, struct oom_error *err)
{
	struct oom_sos_stream stream = {archive_read, file, archive_failure, file->packing};
	return oom_sos_archive(&stream, options, c, err);
}

/* A case.json. */

static ssize_t cookie_read(void *cookie, char *buf, size_t size)
{
	return oom_file_read(cookie, buf, size);
}

static enum oom_status read_case(struct oom_source_file *file, struct oom_case **c, struct oom_error *err)
{
	FILE *in = fopencookie(file, "r", (cookie_io_functions_t){.read = cookie_read});
	if (!in)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	struct oom_case *read = NULL;
	enum oom_status status = oom_case_read(in, &read, err);
	fclose(in);
	if (status != OOM_OK)
		return status;
	oom_case_free(*c);
	*c = read;
	return OOM_OK;
}

/* A folder of kdump's. */

/** Reads the log that lies beside a dump; @p why says why it is needed. */
static enum oom_status read_beside(const struct oom_folder *folder, struct oom_case *c, struct oom_source_file *file,
				   const char *why, struct oom_error *err)
{
	enum oom_status status = oom_file_open(file, folder->log, err);
	if (status == OOM_OK)
		status = file->content == OOM_CONTENT_LOG || file->content == OOM_CONTENT_TEXT
				 ? oom_text_read(file, folder->log_name, c, err)
				 : oom_file_refuse(file, err);
	oom_file_close(file);
	if (status == OOM_OK)
		oom_case_missing(c, "%s; the log is that of %s", why, folder->log_name);
	return status;
}

/** The log alone; whatever the case holds of a dump that failed goes. */
static enum oom_status read_folder_log(const struct oom_folder *folder, struct oom_case **c,
				       struct oom_source_file *file, const char *why, struct oom_error *err)
{
	struct oom_case *fresh = oom_case_new();
	struct oom_error own = {0};
	if (!fresh)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	fresh->source.path = oom_strdup(fresh->arena, (*c)->source.path);
	oom_case_free(*c);
	*c = fresh;
	fresh->source.kind = OOM_INPUT_LOG;
	fresh->source.format = "text";
	fresh->source.complete = OOM_NO;
	enum oom_status status = read_beside(folder, fresh, file, why, &own);
	return status == OOM_OK ? OOM_OK : oom_fail(err, status, "%s; %s: %s", why, folder->log_name, own.text);
}

/** What a dump in a folder lacks and the rest of the folder tells. */
static void complete_folder(const struct oom_folder *folder, struct oom_case *c, struct oom_source_file *file,
			    bool log_found)
{
	struct oom_error own = {0};
	char why[NAME_MAX + 64];
	if (folder->incomplete) {
		c->source.complete = OOM_NO;
		oom_case_missing(c, "parts of the dump: kdump did not finish it (%s)", folder->dump_name);
	}
	if (log_found || !folder->log[0])
		return;
	snprintf(why, sizeof(why), "%s: no kernel log in it", folder->dump_name);
	if (read_beside(folder, c, file, why, &own) != OOM_OK)
		oom_case_missing(c, "%s: %s", folder->log_name, own.text);
}

static enum oom_status read_folder(const char *path, const struct oom_open_options *options, struct oom_case **c,
				   struct oom_source_file *file, struct oom_error *err)
{
	struct oom_folder folder;
	struct oom_error own = {0};
	char why[NAME_MAX + sizeof(own.text) + 3];
	bool log_found = false;
	enum oom_status status = oom_folder_find(&folder, path, err);
	if (status != OOM_OK)
		return status;
	const char *dump = folder.dump;
	if (!*dump)
		return read_folder_log(&folder, c, file, "the dump: kdump left none", err);
	status = oom_file_open(file, folder.dump, &own);
	if (status == OOM_OK && file->content != OOM_CONTENT_DUMP && file->content != OOM_CONTENT_UNKNOWN)
		status = oom_file_refuse(file, &own);
	oom_file_close(file);
	if (status == OOM_OK)
		status = oom_open_image(&dump, 1, options, *c, &log_found, &own);
	if (status == OOM_OK) {
		complete_folder(&folder, *c, file, log_found);
		return OOM_OK;
	}
	snprintf(why, sizeof(why), "%s: %s", folder.dump_name, own.text);
	// A vmlinux that does not fit is the caller's mistake: the log beside would hide it.
	if (status == OOM_ENOMEM || status == OOM_EMATCH || status == OOM_EINTR || !folder.log[0])
		return oom_fail(err, status, "%s", why);
	return read_folder_log(&folder, c, file, why, err);
}

static enum oom_status read_one(const char *path, const struct oom_open_options *options, struct oom_case **c,
				struct oom_source_file *file, struct oom_error *err)
{
	bool log_found;
	enum oom_status status = oom_file_open(file, path, err);
	if (status != OOM_OK)
		return status;
	switch (file->content) {
	case OOM_CONTENT_FOLDER:
		oom_file_close(file);
		if (oom_sos_is_folder(path))
			return oom_sos_folder(path, options, *c, err);
		return read_folder(path, options, c, file, err);
	case OOM_CONTENT_ARCHIVE:
		return oom_archive_read(file, options, *c, err);
	case OOM_CONTENT_JOURNAL:
		return oom_journal_open(file, strcmp(path, "-") == 0 ? "standard input" : base_name(path), options, *c,
					err);
	case OOM_CONTENT_CASE:
		return read_case(file, c, err);
	case OOM_CONTENT_LOG:
	case OOM_CONTENT_TEXT:
		if (file->device)
			break;
		return read_text(file, strcmp(path, "-") == 0 ? "standard input" : base_name(path), *c, err);
	case OOM_CONTENT_DUMP:
	case OOM_CONTENT_UNKNOWN:
		// libkdumpfile knows formats whose magic is not at the start.
		if (file->stream || strcmp(path, "-") == 0)
			break;
		status = oom_open_image(&path, 1, options, *c, &log_found, err);
		if (status == OOM_EFORMAT && file->content == OOM_CONTENT_UNKNOWN)
			break;
		return status;
	case OOM_CONTENT_PACKED:
	case OOM_CONTENT_OTHER:
	case OOM_CONTENT_EMPTY:
		break;
	}
	return oom_file_refuse(file, err);
}

enum oom_status oom_open(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
			 struct oom_case **ret, struct oom_error *err)
{
	if (!nr_paths)
		return oom_fail(err, OOM_EINVAL, "no input");
	struct oom_source_file *file = malloc(sizeof(*file));
	struct oom_case *c = oom_case_new();
	enum oom_status status;
	if (!file || !c) {
		status = oom_fail(err, OOM_ENOMEM, "out of memory");
	} else {
		c->source.path = oom_strdup(c->arena, paths[0]);
		file->fd = -1;
		file->unpack = NULL;
		status = nr_paths > 1 ? read_parts(paths, nr_paths, options, c, file, err)
				      : read_one(paths[0], options, &c, file, err);
		oom_file_close(file);
	}
	free(file);
	if (status == OOM_OK && options && options->redact)
		status = oom_redact_case(options->redact, c, err);
	if (status != OOM_OK) {
		oom_case_free(c);
		return status;
	}
	*ret = c;
	return OOM_OK;
}
