// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The members of a tar stream, in the order in which they come. Only regular files are read: a link or a device is a
 * name and no more. Holes of a sparse member are passed over, not made into zeros.
 */
#include "sos/internal.h"

#if OOM_WITH_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

enum { PIECE = 256 * 1024, DAMAGED_MAX = 1000 };

struct tar {
	struct archive *archive;
	const struct oom_sos_stream *stream;
	const char *block; // of the member that is read: what has not been handed out, …
	size_t left;
	int64_t at, hole;   // … where it begins, and the bytes of the hole before it
	int64_t size;	    // of the member
	bool solid;	    // holes are zeros
	const char *broken; // why the stream itself ended, NULL
	char piece[PIECE];
};

static la_ssize_t on_read(struct archive *a, void *arg, const void **buf)
{
	struct tar *t = arg;
	ssize_t n = t->stream->read(t->stream->arg, t->piece, sizeof(t->piece));
	if (n < 0) {
		t->broken = t->stream->failure(t->stream->arg);
		archive_set_error(a, EIO, "%s", t->broken);
	}
	*buf = t->piece;
	return n;
}

static const char *failure(void *arg)
{
	const struct tar *t = arg;
	const char *text = t->broken ? t->broken : archive_error_string(t->archive);
	return !text ? "damaged" : strncmp(text, "Truncated ", 10) == 0 ? "cut off" : text;
}

static ssize_t read_member(void *arg, void *buf, size_t size)
{
	struct tar *t = arg;
	while (!t->left && !t->hole) {
		const void *block;
		la_int64_t offset;
		int status = archive_read_data_block(t->archive, &block, &t->left, &offset);
		t->block = block;
		if (status == ARCHIVE_EOF) {
			t->left = 0;
			t->hole = t->solid && t->size > t->at ? t->size - t->at : 0;
			t->at = t->hole ? t->size : t->at;
			if (t->hole)
				break;
			return 0;
		}
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
			t->left = 0;
			errno = EIO;
			return -1;
		}
		t->hole = t->solid && offset > t->at ? offset - t->at : 0;
		t->at = offset + (int64_t)t->left;
	}
	if (t->hole) {
		size_t zeros = t->hole < (int64_t)size ? (size_t)t->hole : size;
		memset(buf, 0, zeros);
		t->hole -= (int64_t)zeros;
		return (ssize_t)zeros;
	}
	size_t n = t->left < size ? t->left : size;
	memcpy(buf, t->block, n);
	t->block += n;
	t->left -= n;
	return (ssize_t)n;
}

static const char *name_of(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	return name ? name : archive_entry_pathname_utf8(entry);
}

/** The name without "./", "/" and, if nothing is known under that name, without its first folder. */
static const char *strip(const char *name)
{
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	if (sos_wants(name))
		return name;
	const char *slash = strchr(name, '/');
	return slash ? slash + 1 : name;
}

static bool leads_out(const char *name)
{
	for (const char *p = name; (p = strstr(p, "..")); p += 2) {
		if ((p == name || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
	}
	return false;
}

static void take(struct sos *s, struct tar *t, struct archive_entry *entry)
{
	const char *name = name_of(entry);
	if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    strlen(name) >= PATH_BYTES)
		return;
	if (leads_out(name)) {
		sos_missing(s, "%s: not read, the name leads out of the archive", name);
		return;
	}
	struct sos_member m = {
		.path = strip(name),
		.mtime = archive_entry_mtime_is_set(entry) ? (int64_t)archive_entry_mtime(entry) : OOM_ABSENT,
		.read = read_member,
		.failure = failure,
		.arg = t,
		.fd = -1,
		.solid = &t->solid,
	};
	t->left = 0;
	t->at = t->hole = 0;
	t->solid = false;
	t->size = archive_entry_size_is_set(entry) ? (int64_t)archive_entry_size(entry) : 0;
	sos_take(s, &m);
}

/** All members; what is behind damage is lost, and said to be. */
static void walk(struct sos *s, struct tar *t)
{
	char last[PATH_BYTES] = "";
	for (int damaged = 0; damaged < DAMAGED_MAX;) {
		struct archive_entry *entry;
		int status = archive_read_next_header(t->archive, &entry);
		if (status == ARCHIVE_EOF)
			return;
		if (status == ARCHIVE_RETRY) {
			damaged++;
			continue;
		}
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			break;
		const char *name = name_of(entry);
		size_t len = name ? strnlen(name, sizeof(last) - 1) : 0;
		memcpy(last, name ? name : "", len);
		last[len] = '\0';
		take(s, t, entry);
	}
	s->c->source.complete = OOM_NO;
	s->log_lost = true; // it may have been behind the damage
	sos_missing(s, "the archive behind %s: %s", last[0] ? last : "its start", failure(t));
}

static enum oom_status open_and_walk(struct sos *s, struct tar *t, struct oom_error *err)
{
	if (archive_read_support_format_tar(t->archive) != ARCHIVE_OK)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	if (archive_read_open(t->archive, t, NULL, on_read, NULL) != ARCHIVE_OK)
		return oom_fail(err, OOM_EREAD, "cannot be read: %s", failure(t));
	walk(s, t);
	const char *packing = t->stream->packing;
	s->c->source.format =
		oom_printf(s->c->arena, "%s%s%star%s%s", s->is_sos ? "sos " : "", s->is_sos ? s->version : "",
			   s->is_sos && s->version[0] ? " " : "", packing ? "." : "", packing ? packing : "");
	enum oom_status status = sos_end(s, err);
	if (status == OOM_EFORMAT && s->c->source.complete == OOM_NO)
		return oom_fail(err, OOM_EDAMAGE, "nothing of use can be read: %s", s->c->source.missing.v[0]);
	return status;
}

enum oom_status oom_sos_archive(const struct oom_sos_stream *stream, const struct oom_open_options *options,
				struct oom_case *c, struct oom_error *err)
{
	struct sos s;
	struct tar *t = calloc(1, sizeof(*t));
	enum oom_status status = t ? sos_begin(&s, c, options, err) : OOM_ENOMEM;
	if (status == OOM_OK) {
		t->stream = stream;
		t->archive = archive_read_new();
		status = t->archive ? open_and_walk(&s, t, err) : OOM_ENOMEM;
		archive_read_free(t->archive);
		sos_free(&s);
	}
	free(t);
	return status == OOM_ENOMEM ? oom_fail(err, status, "out of memory") : status;
}

#else

enum oom_status oom_sos_archive(const struct oom_sos_stream *stream, const struct oom_open_options *options,
				struct oom_case *c, struct oom_error *err)
{
	(void)stream;
	(void)options;
	(void)c;
	return oom_fail(err, OOM_EFORMAT, "an archive, which this build cannot read: unpack it first");
}

#endif
