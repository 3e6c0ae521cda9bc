// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * One compressed stream, by libarchive: the filter is enabled by its name, so that no other one and no program is ever
 * tried, over the raw format. Memory is what the format's window needs, and that is bounded.
 */
#include "sos/sos.h"

#if OOM_WITH_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

enum { BOMB_RATIO = 1000 };
static const int64_t BOMB_BYTES = INT64_C(4) << 30; // less is read whatever its ratio is

struct oom_unpack {
	struct archive *archive;
	oom_read_fn *read;
	void *arg;
	const char *failure;
	char text[256]; // what failure may point to
	bool xz, opened, checked, ended;
	char piece[PIECE];
	int64_t unpacked;
};

static const struct {
	const char *packing;
	int (*enable)(struct archive *);
} filters[] = {
	{"gzip", archive_read_support_filter_gzip},
	{"xz", archive_read_support_filter_xz},
	{"bzip2", archive_read_support_filter_bzip2},
	{"zstd", archive_read_support_filter_zstd},
};

/** A number of the .xz format: 7 bits a byte, the lowest first. */
static bool xz_number(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
	*ret = 0;
	for (unsigned int shift = 0; shift < 63 && *p < end; shift += 7) {
		uint8_t byte = *(*p)++;
		*ret |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/**
 * The dictionary of the first block, which liblzma would allocate whatever its size: The .xz File Format 1.1.0, 3.1 and
 * 5.3.1. A header that cannot be read is left to liblzma.
 */
static uint64_t xz_dictionary(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	uint64_t skipped, id, size;
	if (len < 24)
		return 0;
	uint8_t flags = p[13];
	p += 14;
	if ((flags & 0x40 && !xz_number(&p, end, &skipped)) || (flags & 0x80 && !xz_number(&p, end, &skipped)))
		return 0;
	for (int i = 0; i <= (flags & 3); i++) {
		if (!xz_number(&p, end, &id) || !xz_number(&p, end, &size) || size > (uint64_t)(end - p))
			return 0;
		if (id == 0x21 && size == 1) {
			unsigned int bits = *p & 0x3f;
			return bits > 40 ? 0 : bits == 40 ? UINT32_MAX : (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
		}
		p += size;
	}
	return 0;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **buf)
{
	const uint64_t most = 256 << 20; // xz -9 takes 64 MiB
	struct oom_unpack *u = arg;
	size_t len = 0;
	ssize_t n = 1;
	while (len < sizeof(u->piece) && (n = u->read(u->arg, u->piece + len, sizeof(u->piece) - len)) > 0)
		len += (size_t)n;
	if (!len && n < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return -1;
	}
	if (u->xz && !u->checked && xz_dictionary((const uint8_t *)u->piece, len) > most) {
		archive_set_error(a, ENOMEM, "its dictionary is larger than 256 MiB");
		return -1;
	}
	u->checked = true;
	*buf = u->piece;
	return (la_ssize_t)len;
}

static ssize_t fail_as(struct oom_unpack *u, const char *text)
{
	snprintf(u->text, sizeof(u->text), "%s", text);
	u->failure = u->text;
	errno = EIO;
	return -1;
}

static ssize_t fail(struct oom_unpack *u)
{
	const char *text = archive_error_string(u->archive);
	// What liblzma says where its input ends early.
	if (text && strstr(text, "No progress is possible"))
		text = "cut off";
	return fail_as(u, text && *text ? text : "damaged");
}

struct oom_unpack *oom_unpack_new(const char *packing, oom_read_fn *read, void *arg)
{
	struct oom_unpack *u = calloc(1, sizeof(*u));
	if (!u || !(u->archive = archive_read_new())) {
		free(u);
		return NULL;
	}
	u->read = read;
	u->arg = arg;
	u->xz = strcmp(packing, "xz") == 0;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		// Anything but ARCHIVE_OK: this libarchive would run a program.
		if (strcmp(packing, filters[i].packing) == 0 && filters[i].enable(u->archive) == ARCHIVE_OK &&
		    archive_read_support_format_raw(u->archive) == ARCHIVE_OK &&
		    archive_read_support_format_empty(u->archive) == ARCHIVE_OK)
			return u;
	}
	oom_unpack_free(u);
	return NULL;
}

ssize_t oom_unpack_read(struct oom_unpack *u, void *buf, size_t size)
{
	struct archive_entry *entry;
	if (u->failure) {
		errno = EIO;
		return -1;
	}
	if (u->ended)
		return 0;
	if (!u->opened) {
		u->opened = true;
		if (archive_read_open(u->archive, u, NULL, on_read, NULL) != ARCHIVE_OK)
			return fail(u);
		int status = archive_read_next_header(u->archive, &entry);
		u->ended = status == ARCHIVE_EOF;
		if (u->ended)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return fail(u);
	}
	la_ssize_t n = archive_read_data(u->archive, buf, size);
	u->ended = n == 0;
	if (n < 0)
		return fail(u);
	u->unpacked += n;
	if (u->unpacked > BOMB_BYTES && u->unpacked / BOMB_RATIO > archive_filter_bytes(u->archive, -1))
		return fail_as(u, "it unpacks to more than 1000 times its size");
	return (ssize_t)n;
}

const char *oom_unpack_failure(const struct oom_unpack *u)
{
	return u->failure;
}

void oom_unpack_free(struct oom_unpack *u)
{
	if (!u)
		return;
	archive_read_free(u->archive);
	free(u);
}

#else

struct oom_unpack *oom_unpack_new(const char *packing, oom_read_fn *read, void *arg)
{
	(void)packing;
	(void)read;
	(void)arg;
	return NULL;
}

ssize_t oom_unpack_read(struct oom_unpack *u, void *buf, size_t size)
{
	(void)u;
	(void)buf;
	(void)size;
	return -1;
}

const char *oom_unpack_failure(const struct oom_unpack *u)
{
	(void)u;
	return NULL;
}

void oom_unpack_free(struct oom_unpack *u)
{
	(void)u;
}

#endif
