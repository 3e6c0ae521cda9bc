// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What a file is, by its first bytes; its name says nothing. */
#include "case/files.h"
#include "open/internal.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct magic {
	size_t offset, len;
	const char *bytes;
	enum oom_content content;
	const char *what;
};

#define MAGIC(offset, bytes, content, what)                                                                            \
	{                                                                                                              \
		offset, sizeof(bytes) - 1, bytes, OOM_CONTENT_##content, what                                          \
	}
static const struct magic magics[] = {
	MAGIC(0, "KDUMP   ", DUMP, NULL),
	MAGIC(0, "DISKDUMP", DUMP, NULL),
	MAGIC(0, "makedumpfile\0", DUMP, NULL),			  // flattened
	MAGIC(0, "\xed\x23\x8f\x61\x73\x01\x19\xa8", DUMP, NULL), // LKCD, little endian
	MAGIC(0, "\xa8\x19\x01\x73\x61\x8f\x23\xed", DUMP, NULL), // LKCD, big endian
	MAGIC(0, "\xa8\x19\x01\x73\x61\x8f\x23\xfd", DUMP, NULL), // s390
	MAGIC(0, "\x1f\x8b", PACKED, "gzip"),
	MAGIC(0,
	      "\xfd"
	      "7zXZ\0",
	      PACKED, "xz"),
	MAGIC(0, "\x28\xb5\x2f\xfd", PACKED, "zstd"),
	MAGIC(0, "BZh", PACKED, "bzip2"),
	MAGIC(0, "\x04\x22\x4d\x18", PACKED, "lz4"),
	MAGIC(0, "\x89LZO\0\r\n\x1a\n", PACKED, "lzop"),
	MAGIC(0, "PK\x03\x04", PACKED, "zip"),
	MAGIC(0, "7z\xbc\xaf\x27\x1c", PACKED, "7z"),
	MAGIC(257, "ustar", ARCHIVE, "tar"),
	MAGIC(0, "LPKSHHRH", JOURNAL, NULL),
	MAGIC(0, "SQLite format 3", OTHER, "a database, not a dump or a log"),
	MAGIC(0, "\xff\xfe", OTHER, "text in UTF-16: convert it to UTF-8"),
	MAGIC(0, "\xfe\xff", OTHER, "text in UTF-16: convert it to UTF-8"),
};

static bool has(const uint8_t *head, size_t len, const char *needle)
{
	return memmem(head, len, needle, strlen(needle)) != NULL;
}

static bool has_any(const uint8_t *head, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (has(head, len, *words))
			return true;
	return false;
}

bool oom_has_oom_words(const uint8_t *head, size_t len)
{
	static const char *const words[] = {
		"oom-killer",
		"Out of memory",
		"out of memory",
		"Killed process",
		"Mem-Info:",
		"Mem-info:",
		"oom_reaper",
		"oom_kill",
		"Kernel panic",
		"Call Trace:",
		"Kill process",
		"oom_score_adj",
		"systemd-oomd",
		"earlyoom",
		"page allocation failure",
		"__alloc_pages",
		NULL,
	};
	return has_any(head, len, words);
}

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/** "[  123.456789]" at @p p. */
static bool is_timestamp(const uint8_t *p, const uint8_t *end)
{
	if (p == end || *p++ != '[')
		return false;
	while (p < end && *p == ' ')
		p++;
	const uint8_t *digits = p;
	while (p < end && digit(*p))
		p++;
	if (p == digits || end - p < 8 || *p++ != '.')
		return false;
	for (int i = 0; i < 6; i++)
		if (!digit(*p++))
			return false;
	return *p == ']';
}

/** Does the line begin as syslog or journalctl begin theirs: "Nov 21 04:19:00 ", "2026-11-21T04:19:00"? Or dmesg -T? */
static bool is_dated(const uint8_t *p, const uint8_t *end)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	if (end - p >= 26 && p[0] == '[' && p[25] == ']') // dmesg -T: "[Sat Nov 21 04:19:00 2026] "
		p += 5;
	if (end - p >= 16 && p[3] == ' ' && p[9] == ':' && p[12] == ':' && p[15] == ' ')
		for (size_t i = 0; i < sizeof(months) - 1; i += 3)
			if (memcmp(p, months + i, 3) == 0)
				return true;
	return end - p >= 19 && digit(p[0]) && p[4] == '-' && p[7] == '-' && (p[10] == 'T' || p[10] == ' ') &&
	       p[13] == ':' && p[16] == ':';
}

/** Does a kernel's log stand here, whatever has written it to a file? */
static bool is_log(const uint8_t *head, size_t len)
{
	static const char *const words[] = {"kernel: ",	      "Linux version ",	      "_TRANSPORT=kernel",
					    "\"_TRANSPORT\"", "__REALTIME_TIMESTAMP", NULL};
	size_t lines = 0, dated = 0;
	if (has_any(head, len, words))
		return true;
	for (const uint8_t *p = head, *end = head + len; p < end;) {
		const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
		const uint8_t *line_end = newline ? newline : end;
		for (const uint8_t *q = p; q < line_end && q < p + 80; q++)
			if (is_timestamp(q, line_end))
				return true;
		// "<6>text", as /proc/kmsg has it
		if (line_end - p > 3 && p[0] == '<' && digit(p[1]) && (p[2] == '>' || (digit(p[2]) && p[3] == '>')))
			return true;
		lines += line_end > p;
		dated += is_dated(p, line_end);
		p = newline ? newline + 1 : end;
	}
	return dated && dated >= lines / 2;
}

/** Text may hold some binary: logs that were open when the machine died end in NULs, comms hold anything. */
static bool is_text(const uint8_t *head, size_t len)
{
	size_t odd = 0, nul = 0;
	for (size_t i = 0; i < len; i++) {
		nul += !head[i];
		odd += head[i] && head[i] < ' ' && !strchr("\t\n\r\f\b\033", head[i]);
	}
	return odd <= (len - nul) / 32 && (nul <= len / 2 || is_log(head, len));
}

static bool is_json(const uint8_t *head, size_t len)
{
	size_t i = 0;
	while (i < len && strchr(" \t\r\n", head[i]) && head[i])
		i++;
	return i < len && head[i] == '{';
}

static enum oom_content recognise_elf(const uint8_t *head, size_t len, const char **what)
{
	uint16_t type = len > EI_NIDENT + 1
				? (uint16_t)(head[EI_DATA] == ELFDATA2MSB ? head[EI_NIDENT] << 8 | head[EI_NIDENT + 1]
									  : head[EI_NIDENT + 1] << 8 | head[EI_NIDENT])
				: ET_NONE;
	if (type == ET_CORE)
		return OOM_CONTENT_DUMP;
	*what = "an ELF file that is no core dump (a kernel with symbols goes with --vmlinux)";
	return OOM_CONTENT_OTHER;
}

enum oom_content oom_recognise(const uint8_t *head, size_t len, const char **what)
{
	*what = NULL;
	if (!len)
		return OOM_CONTENT_EMPTY;
	if (len >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
		return recognise_elf(head, len, what);
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];
		if (len >= m->offset + m->len && memcmp(head + m->offset, m->bytes, m->len) == 0) {
			*what = m->what;
			return m->content;
		}
	}
	if (is_json(head, len) && has(head, len, "\"schema\"") && has(head, len, "\"oomortem-")) {
		if (has(head, len, "\"oomortem-case/"))
			return OOM_CONTENT_CASE;
		*what = "a report of oomortem, not a case: `oomortem extract` writes those";
		return OOM_CONTENT_OTHER;
	}
	if (!is_text(head, len))
		return OOM_CONTENT_UNKNOWN;
	return is_log(head, len) ? OOM_CONTENT_LOG : OOM_CONTENT_TEXT;
}

static ssize_t read_fd(int fd, void *buf, size_t size)
{
	ssize_t n;
	do
		n = read(fd, buf, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/** Bytes of @p from that are left: how many went to @p buf. */
static size_t take(const uint8_t *from, size_t len, size_t *used, void *buf, size_t size)
{
	size_t n = len - *used < size ? len - *used : size;
	memcpy(buf, from + *used, n);
	*used += n;
	return n;
}

/** An oom_read_fn: the compressed bytes. */
static ssize_t read_raw(void *arg, void *buf, size_t size)
{
	struct oom_source_file *file = arg;
	if (file->raw_read < file->raw_len)
		return (ssize_t)take(file->raw, file->raw_len, &file->raw_read, buf, size);
	return read_fd(file->fd, buf, size);
}

ssize_t oom_file_read(struct oom_source_file *file, void *buf, size_t size)
{
	if (file->head_read < file->head_len)
		return (ssize_t)take(file->head, file->head_len, &file->head_read, buf, size);
	return file->unpack ? oom_unpack_read(file->unpack, buf, size) : read_fd(file->fd, buf, size);
}

const char *oom_file_failure(const struct oom_source_file *file, int error)
{
	const char *why = file->unpack ? oom_unpack_failure(file->unpack) : NULL;
	return why ? why : strerror(error);
}

/** Opens without waiting: a FIFO that nobody writes to is an empty one. */
static int open_path(const char *path)
{
	if (strcmp(path, "-") == 0)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return oom_open_file(path, O_NONBLOCK | O_NOCTTY);
}

/** Reads the start of the input and tells by it what that is. */
static enum oom_status fill_head(struct oom_source_file *file, struct oom_error *err)
{
	size_t len = 0;
	file->head_len = file->head_read = 0;
	while (len < sizeof(file->head)) {
		ssize_t n = oom_file_read(file, file->head + len, sizeof(file->head) - len);
		// The sound part of a damaged stream is worth reading; its end will fail again.
		if (n < 0 && !(len && file->unpack))
			return oom_fail(err, OOM_EREAD, "cannot be read: %s", oom_file_failure(file, errno));
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	file->head_len = len;
	file->content = oom_recognise(file->head, len, &file->what);
	return OOM_OK;
}

/** From here on the input is what was compressed; it can be read only once. */
static enum oom_status open_packed(struct oom_source_file *file, struct oom_error *err)
{
	memcpy(file->raw, file->head, file->head_len);
	file->raw_len = file->head_len;
	file->raw_read = 0;
	file->unpack = oom_unpack_new(file->what, read_raw, file);
	if (!file->unpack)
		return OOM_OK; // it stays packed, and is refused as such
	file->packing = file->what;
	file->stream = true;
	return fill_head(file, err);
}

enum oom_status oom_file_open(struct oom_source_file *file, const char *path, struct oom_error *err)
{
	file->path = path;
	file->stream = file->device = false;
	file->head_len = file->head_read = 0;
	file->what = file->packing = NULL;
	file->unpack = NULL;
	file->fd = open_path(path);
	struct stat st;
	if (file->fd < 0 || fstat(file->fd, &st) != 0)
		return oom_fail(err, OOM_EOPEN, "cannot be opened: %s", strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		file->content = OOM_CONTENT_FOLDER;
		return OOM_OK;
	}
	file->device = S_ISBLK(st.st_mode);
	file->stream = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(file->fd));
	if (!S_ISREG(st.st_mode) && !file->stream && !file->device)
		return oom_fail(err, OOM_EFORMAT, "a device, not a file");
	int flags = fcntl(file->fd, F_GETFL);
	if (flags >= 0 && strcmp(path, "-") != 0)
		fcntl(file->fd, F_SETFL, flags & ~O_NONBLOCK);
	enum oom_status status = fill_head(file, err);
	if (status == OOM_OK && file->content == OOM_CONTENT_PACKED)
		status = open_packed(file, err);
	return status;
}

void oom_file_close(struct oom_source_file *file)
{
	oom_unpack_free(file->unpack);
	file->unpack = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

enum oom_status oom_file_refuse(const struct oom_source_file *file, struct oom_error *err)
{
	switch (file->content) {
	case OOM_CONTENT_EMPTY:
		return oom_fail(err, OOM_EFORMAT, "empty");
	case OOM_CONTENT_PACKED:
		return oom_fail(err, OOM_EFORMAT, "packed with %s, which this build cannot read: unpack it first",
				file->what);
	case OOM_CONTENT_OTHER:
		return oom_fail(err, OOM_EFORMAT, "%s", file->what);
	case OOM_CONTENT_FOLDER:
		return oom_fail(err, OOM_EFORMAT, "a folder");
	case OOM_CONTENT_JOURNAL:
		return oom_fail(err, OOM_EFORMAT, "a journal file of systemd's");
	case OOM_CONTENT_ARCHIVE:
		return oom_fail(err, OOM_EFORMAT, "an archive, not a log");
	case OOM_CONTENT_DUMP:
		if (file->packing)
			return oom_fail(err, OOM_EFORMAT, "a dump that is packed with %s: unpack it first",
					file->packing);
		return oom_fail(err, OOM_EFORMAT, "a dump, which cannot be read from a pipe: pass its file name");
	case OOM_CONTENT_CASE:
		return oom_fail(err, OOM_EFORMAT, "a case.json, which holds no log");
	case OOM_CONTENT_LOG:
	case OOM_CONTENT_TEXT:
	case OOM_CONTENT_UNKNOWN:
		break;
	}
	return oom_fail(err, OOM_EFORMAT, "not a dump, kernel log, or case.json");
}
