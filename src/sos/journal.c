// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Journal files, by libsystemd: the kernel's messages and those of the daemons that tell of kills.
 *
 * libsystemd maps the file, so nobody may make it shorter meanwhile, and its header is looked at first: numbers in it
 * bound the walk. Header (systemd, docs/JOURNAL_FILE_FORMAT.md): signature "LPKSHHRH", at 88 header_size, at 96
 * arena_size, at 152 n_entries, all little endian.
 */
#include "log/log.h"
#include "sos/sos.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <oomortem/open.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_BYTES = 208, AT_HEADER_SIZE = 88, AT_ARENA_SIZE = 96, AT_ENTRIES = 152, ENTRY_BYTES = 64 };

static uint64_t le64(const uint8_t *p)
{
	uint64_t value = 0;
	for (int i = 8; i-- > 0;)
		value = value << 8 | p[i];
	return value;
}

/** The bytes that the header promises, 0 where it is none or promises more than any file has; and the entries. */
static uint64_t promised(int fd, uint64_t *entries)
{
	uint8_t header[HEADER_BYTES];
	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header) || memcmp(header, "LPKSHHRH", 8) != 0)
		return 0;
	uint64_t head = le64(header + AT_HEADER_SIZE), arena = le64(header + AT_ARENA_SIZE);
	*entries = le64(header + AT_ENTRIES);
	return head < HEADER_BYTES || head > 1 << 20 || arena >> 46 ? 0 : head + arena;
}

bool oom_journal_is_cut(int fd)
{
	struct stat st;
	uint64_t entries, size = promised(fd, &entries);
	return size && (fstat(fd, &st) != 0 || (uint64_t)st.st_size < size);
}

bool oom_journal_mend(int fd)
{
	uint64_t entries, size = promised(fd, &entries);
	return size && ftruncate(fd, (off_t)size) == 0;
}

#if OOM_WITH_SYSTEMD
#include "case/files.h"
#include "log/prefix.h"
#include <limits.h>
#include <oomortem/open.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

/** Who says something of use beside the kernel: src/log/userspace.c. */
static const char *const daemons[] = {"systemd",  "systemd-oomd",     "earlyoom",  "nohang",
				      "rsyslogd", "systemd-journald", "imjournal", NULL};

/** A field's value, not NUL-terminated and valid until the next call; false: the entry has none. */
static bool field(sd_journal *j, const char *name, struct cur *ret)
{
	const void *data;
	size_t len, key = strlen(name) + 1;
	if (sd_journal_get_data(j, name, &data, &len) < 0 || len < key)
		return false;
	*ret = cur_of((const char *)data + key, len - key);
	return true;
}

/** A field as a text in @p buf; "" where there is none. */
static const char *text_of(sd_journal *j, const char *name, char *buf, size_t size)
{
	struct cur value;
	size_t len = field(j, name, &value) ? cur_left(&value) : 0;
	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(buf, value.p, len);
	buf[len] = '\0';
	return buf;
}

static int64_t number_of(sd_journal *j, const char *name)
{
	struct cur value;
	int64_t number;
	return field(j, name, &value) && scan_digits(&value, &number) ? number : OOM_ABSENT;
}

static bool is_of_use(const char *transport, const char *tag)
{
	if (strcmp(transport, "kernel") == 0)
		return true;
	for (size_t i = 0; daemons[i]; i++)
		if (strcmp(tag, daemons[i]) == 0)
			return true;
	return false;
}

struct walk {
	sd_journal *journal;
	oom_journal_fn *fn;
	void *arg;
	int64_t line;
	sd_id128_t boot;
	bool any, stopped;
	uint64_t done, last_us;
};

/** The entry at hand, if it is of use. False: the receiver wants no more. */
static bool tell(struct walk *w)
{
	sd_journal *j = w->journal;
	char tag[72], transport[24], host[256], time[48] = "";
	struct cur message;
	uint64_t us;
	sd_id128_t boot;
	struct date d;
	text_of(j, "_TRANSPORT", transport, sizeof(transport));
	bool kernel = strcmp(transport, "kernel") == 0;
	text_of(j, "SYSLOG_IDENTIFIER", tag, sizeof(tag));
	if (!is_of_use(transport, tag))
		return true;
	struct oom_log_record r = {.caller = OOM_ABSENT, .level = number_of(j, "PRIORITY"), .line = w->line};
	r.time_us = number_of(j, "_SOURCE_MONOTONIC_TIMESTAMP");
	bool clock = sd_journal_get_monotonic_usec(j, &us, &boot) >= 0;
	if (!oom_known(r.time_us) && clock && us < INT64_MAX)
		r.time_us = (int64_t)us;
	bool other = clock && w->any && !sd_id128_equal(boot, w->boot);
	if (clock)
		w->boot = boot;
	if (sd_journal_get_realtime_usec(j, &us) >= 0 && us < INT64_MAX && date_from_us((int64_t)us, &d))
		date_format(&d, time, sizeof(time));
	r.time = time[0] ? time : NULL;
	r.host = text_of(j, "_HOSTNAME", host, sizeof(host));
	r.tag = kernel ? NULL : tag;
	if (!field(j, "MESSAGE", &message))
		return true;
	w->any = true;
	r.text = message.p;
	r.len = cur_left(&message);
	w->line++;
	for (const char *p = r.text; r.len && (p = memchr(p, '\n', (size_t)(message.end - p))); p++)
		w->line++;
	return w->fn(w->arg, &r, other);
}

/** Only what is of use; the index that this needs may be what is lost of a damaged file, so such a one is read whole.
 */
static void add_matches(sd_journal *j)
{
	char text[96];
	sd_journal_add_match(j, "_TRANSPORT=kernel", 0);
	sd_journal_add_disjunction(j);
	for (size_t i = 0; daemons[i]; i++) {
		snprintf(text, sizeof(text), "SYSLOG_IDENTIFIER=%s", daemons[i]);
		sd_journal_add_match(j, text, 0);
	}
}

/** Entries from where the journal stands; 0 at the end, else why there are no more. */
static int walk_on(struct walk *w, uint64_t entries)
{
	int n = 1;
	while (w->done < entries && !w->stopped && (n = sd_journal_next(w->journal)) > 0) {
		uint64_t us;
		if (sd_journal_get_realtime_usec(w->journal, &us) >= 0)
			w->last_us = us;
		w->done++;
		w->stopped = !tell(w);
	}
	return n < 0 ? n : 0;
}

static enum oom_status walk_entries(struct walk *w, uint64_t entries, bool whole, struct oom_error *err)
{
	sd_journal *j = w->journal;
	sd_journal_set_data_threshold(j, 64 * 1024);
	if (whole)
		add_matches(j);
	sd_journal_seek_head(j);
	int n = walk_on(w, entries);
	if (n < 0 && whole) { // the index may be damaged where the entries are not
		sd_journal_flush_matches(j);
		if (w->done)
			sd_journal_seek_realtime_usec(j, w->last_us + 1);
		else
			sd_journal_seek_head(j);
		walk_on(w, entries);
	}
	if (whole && n == 0)
		return OOM_OK;
	struct oom_error why = *err; // of the stream that it came from
	return oom_fail(err, OOM_OK, "parts of the journal: the file is %s; %llu entries were read%s%s",
			whole ? "damaged" : "cut off", (unsigned long long)w->done, why.text[0] ? "; " : "", why.text);
}

/** A negative errno on failure. libsystemd refuses a file that is deleted, as a temporary one is. */
static int open_journal(sd_journal **ret, const struct oom_open_options *options, int fd)
{
	struct stat st;
	char name[PATH_MAX];
	bool nameless = fstat(fd, &st) == 0 && st.st_nlink == 0;
	if (nameless && !oom_name_spool(fd, options ? options->tmpdir : NULL, name, sizeof(name)))
		return errno ? -errno : -EIO;
	int n = sd_journal_open_files_fd(ret, &fd, 1, 0);
	if (nameless)
		oom_unname_spool(name);
	return n;
}

enum oom_status oom_journal_walk(const struct oom_open_options *options, int fd, bool whole, oom_journal_fn *fn,
				 void *arg, struct oom_error *err)
{
	struct walk w = {.fn = fn, .arg = arg, .line = 1};
	uint64_t entries, size = promised(fd, &entries);
	if (!size || entries > size / ENTRY_BYTES)
		return oom_fail(err, OOM_EDAMAGE, "a journal file whose header is damaged");
	if (!entries)
		return OOM_OK;
	int n = open_journal(&w.journal, options, fd);
	if (n == -ENOMEM)
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	if (n < 0)
		return oom_fail(err, OOM_EDAMAGE, "a journal file that cannot be read: %s",
				n == -EPROTONOSUPPORT		 ? "this libsystemd does not know its features"
				: n == -ENODATA || n == -EBADMSG ? "damaged"
								 : strerror(-n));
	enum oom_status status = walk_entries(&w, entries, whole, err);
	sd_journal_close(w.journal);
	return status;
}

#else

enum oom_status oom_journal_walk(const struct oom_open_options *options, int fd, bool whole, oom_journal_fn *fn,
				 void *arg, struct oom_error *err)
{
	(void)options;
	(void)fd;
	(void)whole;
	(void)fn;
	(void)arg;
	return oom_fail(err, OOM_EFORMAT,
			"a journal file, which this build cannot read: pass journalctl -k -o short-precise --file=…");
}

#endif

struct reading {
	struct oom_log *log;
	const char *name;
	const struct oom_open_options *options; // NULL: defaults
};

/** The entry as a line of text, as `journalctl -k -o short-monotonic` tells it, to the one who wants to see it. */
static void show(const struct reading *r, const struct oom_log_record *record)
{
	char *line = NULL;
	int64_t us = oom_known(record->time_us) ? record->time_us : 0;
	const char *tag = record->tag ? record->tag : "";
	int n = asprintf(&line, "[%5" PRId64 ".%06" PRId64 "] %s%s%.*s\n", us / 1000000, us % 1000000, tag,
			 *tag ? ": " : "", (int)(record->len < INT_MAX ? record->len : INT_MAX), record->text);
	if (n >= 0)
		r->options->log(r->options->log_arg, r->name, line, (size_t)n);
	free(n >= 0 ? line : NULL);
}

static bool feed(void *arg, const struct oom_log_record *record, bool boot)
{
	const struct reading *r = arg;
	if (boot)
		oom_log_source(r->log, r->name);
	oom_log_record(r->log, record);
	if (r->options && r->options->log)
		show(r, record);
	return true;
}

enum oom_status oom_journal_read(const struct oom_open_options *options, int fd, bool whole, struct oom_log *log,
				 const char *name, struct oom_error *err)
{
	struct reading r = {log, name, options};
	oom_log_source(log, name);
	return oom_journal_walk(options, fd, whole, feed, &r, err);
}
