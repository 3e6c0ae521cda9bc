// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What a member is, by its name: a table, first match wins. Names are those of sos 3.0 to 4.9 (its plugins logs,
 * kernel, memory, process, cgroups, numa, host or general, date, kdump), of the files that it copies as they are, and
 * of `sos report` cutting a long log: sos_strings/PLUGIN/NAME.tailed.
 */
#include "open/internal.h"
#include "sos/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	HEAD = OOM_HEAD_SIZE,	 // bytes that a log is recognised by
	PIECE = 256 * 1024,	 // of one read
	LOG_MAX_MIB = 16 * 1024, // of one log, unpacked
};

enum kind { SKIP, LOG, PSTORE, FACTS, KEEP, JOURNAL, DUMP, REPORT, SOS };

struct row {
	const char *pattern; // of fnmatch(3)
	enum kind kind;
	bool deep;   // a '*' matches '/' too
	sos_fn *fn;  // FACTS
	size_t keep; // KEEP: where in struct sos
};

#define KEPT(member) KEEP, false, NULL, offsetof(struct sos, member)
static const struct row rows[] = {
	{"sos_commands/logs/journalctl_--disk-usage", SKIP, false, NULL, 0},
	{"sos_commands/logs/journalctl_--list-boots*", SKIP, false, NULL, 0},
	{"sos_commands/logs/journalctl_*", LOG, false, NULL, 0},
	{"sos_commands/kernel/dmesg*", LOG, false, NULL, 0},
	{"sos_commands/general/dmesg*", LOG, false, NULL, 0},
	{"sos_strings/*/var.log.messages*", LOG, false, NULL, 0},
	{"sos_strings/*/var.log.syslog*", LOG, false, NULL, 0},
	{"sos_strings/*/var.log.kern*", LOG, false, NULL, 0},
	{"sos_strings/logs/journalctl_*", LOG, false, NULL, 0},
	{"sos_strings/kernel/dmesg*", LOG, false, NULL, 0},
	{"sos_strings/*/*vmcore-dmesg.txt*", LOG, false, NULL, 0},
	{"var/log/messages*", LOG, false, NULL, 0},
	{"var/log/syslog*", LOG, false, NULL, 0},
	{"var/log/kern*", LOG, false, NULL, 0},
	{"var/log/dmesg*", LOG, false, NULL, 0},
	{"var/log/journal/*user-*.journal*", SKIP, true, NULL, 0}, // of users: nothing of the kernel's
	{"var/log/journal/*.journal*", JOURNAL, true, NULL, 0},
	{"run/log/journal/*.journal*", JOURNAL, true, NULL, 0},
	{"var/crash/*/vmcore-dmesg*.txt", LOG, false, NULL, 0},
	{"var/crash/*/dmesg.*", LOG, false, NULL, 0},
	{"var/crash/*/vmcore", DUMP, false, NULL, 0},
	{"var/crash/*/vmcore.flat", DUMP, false, NULL, 0},
	{"var/crash/*/vmcore-incomplete", DUMP, false, NULL, 0},
	{"var/crash/*/dump.*", DUMP, false, NULL, 0},
	{"vmcore-dmesg*.txt", LOG, false, NULL, 0},
	{"vmcore", DUMP, false, NULL, 0},
	{"sys/fs/pstore/*", PSTORE, true, NULL, 0},
	{"var/lib/systemd/pstore/*", PSTORE, true, NULL, 0},
	{"proc/meminfo", FACTS, false, sos_meminfo, 0},
	{"proc/swaps", FACTS, false, sos_swaps, 0},
	{"proc/vmstat", FACTS, false, sos_vmstat, 0},
	{"proc/stat", FACTS, false, sos_stat, 0},
	{"proc/uptime", FACTS, false, sos_uptime, 0},
	{"proc/cmdline", FACTS, false, sos_cmdline, 0},
	{"proc/sys/kernel/panic", FACTS, false, sos_proc_sys, 0},
	{"proc/sys/vm/*", FACTS, false, sos_proc_sys, 0},
	{"proc/zoneinfo", KEPT(zoneinfo)},
	{"proc/buddyinfo", KEPT(buddyinfo)},
	{"proc/pagetypeinfo", KEPT(pagetypes)},
	{"proc/slabinfo", KEPT(slabinfo)},
	{"proc/vmallocinfo", KEPT(vmallocinfo)},
	{"proc/[0-9]*/status", FACTS, false, sos_status, 0},
	{"proc/[0-9]*/oom_score_adj", FACTS, false, sos_adj, 0},
	{"proc/[0-9]*/cgroup", FACTS, false, sos_task_cgroup, 0},
	{"sys/fs/cgroup/*/memory.*", FACTS, true, sos_cgroup, 0},
	{"sys/fs/cgroup/memory.*", FACTS, false, sos_cgroup, 0},
	{"sys/fs/cgroup/*/cgroup.stat", FACTS, true, sos_cgroup, 0},
	{"sys/kernel/mm/hugepages/hugepages-*/*", FACTS, false, sos_hugepages, 0},
	{"sys/devices/system/node/node*/meminfo", FACTS, false, sos_node_meminfo, 0},
	{"sys/kernel/kexec_crash_*", FACTS, false, sos_kexec, 0},
	{"sys/devices/system/node/node*/hugepages/hugepages-*/*", FACTS, false, sos_hugepages_node, 0},
	{"sos_commands/kernel/sysctl_-a", FACTS, false, sos_sysctl, 0},
	{"sos_commands/kernel/uname_-a", FACTS, false, sos_uname, 0},
	{"sos_commands/host/hostname", FACTS, false, sos_hostname, 0},
	{"sos_commands/general/hostname", FACTS, false, sos_hostname, 0},
	{"sos_commands/date/date", FACTS, false, sos_date, 0},
	{"sos_commands/general/date", FACTS, false, sos_date, 0},
	{"sos_commands/date/date_--utc", FACTS, false, sos_date_utc, 0},
	{"sos_commands/process/ps_aux*m", SKIP, false, NULL, 0}, // one row for each thread
	{"sos_commands/process/ps_aux*", FACTS, false, sos_ps, 0},
	{"sos_commands/process/ps_axo_*cgroup*", FACTS, false, sos_ps, 0},
	{"sosreport-*.tar*", REPORT, false, NULL, 0}, // of `sos collect`: a report of each machine
	{"version.txt", FACTS, false, sos_version, 0},
	{"sos_commands/*", SOS, true, NULL, 0},
	{"sos_reports/*", SOS, true, NULL, 0},
	{"sos_logs/*", SOS, true, NULL, 0},
};

static const struct row *find(const char *path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		// Most names fail in their first bytes, which is cheaper to see than fnmatch() is.
		const struct row *r = &rows[i];
		if (strncmp(path, r->pattern, strcspn(r->pattern, "*[")) == 0 &&
		    fnmatch(r->pattern, path, r->deep ? 0 : FNM_PATHNAME) == 0)
			return r;
	}
	return NULL;
}

bool sos_wants(const char *path)
{
	return find(path) != NULL;
}

void sos_missing(struct sos *s, const char *fmt, ...)
{
	char text[PATH_BYTES + 512];
	va_list ap;
	if (s->missing++ >= MISSING_MAX_SOS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	oom_case_missing(s->c, "%s", text);
}

/* A log: as it is, or compressed. */

/** The stream of a log, decompressed where it must be. */
struct log_stream {
	const struct sos_member *m;
	struct oom_unpack *unpack; // NULL: not compressed
	char head[HEAD];	   // read to recognise it
	size_t len, used;
};

static ssize_t read_raw(void *arg, void *buf, size_t size)
{
	struct log_stream *l = arg;
	if (l->used == l->len)
		return l->m->read(l->m->arg, buf, size);
	size_t n = l->len - l->used < size ? l->len - l->used : size;
	memcpy(buf, l->head + l->used, n);
	l->used += n;
	return (ssize_t)n;
}

static ssize_t read_log(struct log_stream *l, void *buf, size_t size)
{
	return l->unpack ? oom_unpack_read(l->unpack, buf, size) : read_raw(l, buf, size);
}

static const char *why(const struct log_stream *l, int error)
{
	const char *inner = l->unpack ? oom_unpack_failure(l->unpack) : l->m->failure(l->m->arg);
	return inner ? inner : strerror(error);
}

static void fill_head(struct log_stream *l)
{
	ssize_t n;
	while (l->len < HEAD && (n = l->m->read(l->m->arg, l->head + l->len, HEAD - l->len)) > 0)
		l->len += (size_t)n;
}

/** To the one who wants to see the logs; nothing: the start of one. */
static void show(struct sos *s, const char *text, size_t len)
{
	if (s->options && s->options->log && s->log_shown)
		s->options->log(s->options->log_arg, s->log_name, text, len);
}

static void begin_source(struct sos *s, const struct sos_member *m, bool pstore)
{
	const char *name = oom_strdup(s->c->arena, m->path);
	const char *slash = strrchr(m->path, '/');
	size_t len = slash ? (size_t)(slash - m->path) : 0;
	// The parts of a record that pstore had to split belong together.
	if (pstore && s->pstore && strlen(s->pstore) == len && strncmp(s->pstore, m->path, len) == 0)
		return;
	s->pstore = pstore ? oom_strndup(s->c->arena, m->path, len) : NULL;
	oom_log_source(s->log, name);
	s->log_name = name;
	show(s, "", 0);
	struct sos_log_file *file = s->files.n < LOGS_MAX ? oom_list_add(s->c->arena, &s->files) : NULL;
	if (file)
		*file = (struct sos_log_file){name, m->mtime};
}

/** All of a log whose start @p piece holds. */
static void feed(struct sos *s, struct log_stream *l, char *piece, size_t first)
{
	uint64_t done = first;
	ssize_t n = (ssize_t)first;
	oom_log_text(s->log, piece, first);
	show(s, piece, first);
	while (n > 0 && (n = read_log(l, piece, PIECE)) > 0) {
		oom_log_text(s->log, piece, (size_t)n);
		show(s, piece, (size_t)n);
		done += (uint64_t)n;
		if (done >> 20 >= LOG_MAX_MIB)
			break;
	}
	if (n == 0)
		return;
	s->log_lost = true;
	s->c->source.complete = OOM_NO;
	if (n > 0)
		sos_missing(s, "%s: not read behind its first %d GiB", l->m->path, LOG_MAX_MIB / 1024);
	else
		sos_missing(s, "%s behind byte %llu: %s", l->m->path, (unsigned long long)done, why(l, errno));
}

static void open_log(struct sos *s, struct log_stream *l, char *piece, bool pstore)
{
	const char *what = NULL;
	fill_head(l);
	enum oom_content content = oom_recognise((uint8_t *)l->head, l->len, &what);
	if (content == OOM_CONTENT_PACKED) {
		l->unpack = oom_unpack_new(what, read_raw, l);
		if (!l->unpack) {
			s->log_lost = true;
			sos_missing(s, "%s: packed with %s, which this build cannot read", l->m->path, what);
			return;
		}
	}
	// A whole head, so that what is in it can be told.
	size_t len = 0;
	ssize_t n = 1;
	while (len < HEAD && (n = read_log(l, piece + len, HEAD - len)) > 0)
		len += (size_t)n;
	content = oom_recognise((uint8_t *)piece, len, &what);
	if (n < 0 && !len) {
		s->log_lost = true;
		s->c->source.complete = OOM_NO;
		sos_missing(s, "%s: %s", l->m->path, why(l, errno));
		return;
	}
	if (content != OOM_CONTENT_LOG && content != OOM_CONTENT_TEXT) {
		if (content != OOM_CONTENT_EMPTY) {
			s->log_lost = true;
			sos_missing(s, "%s: not a log in text", l->m->path);
		}
		return;
	}
	s->known++;
	s->kernel_log |= content == OOM_CONTENT_LOG;
	// The ring buffer of the running kernel knows nothing of the boot before.
	s->lasting_log |= content == OOM_CONTENT_LOG && !strstr(l->m->path, "/dmesg");
	// Of other daemons' logs nothing is the kernel's.
	s->log_shown = content == OOM_CONTENT_LOG || oom_has_oom_words((const uint8_t *)piece, len);
	begin_source(s, l->m, pstore);
	feed(s, l, piece, len);
	size_t name = strlen(l->m->path);
	if (name > 7 && strcmp(l->m->path + name - 7, ".tailed") == 0)
		sos_missing(s, "%s: the log is longer, sos kept its end only", l->m->path);
}

static void take_log(struct sos *s, const struct sos_member *m, bool pstore)
{
	struct log_stream *l = calloc(1, sizeof(*l));
	char *piece = malloc(PIECE);
	if (l && piece) {
		l->m = m;
		open_log(s, l, piece, pstore);
		oom_unpack_free(l->unpack);
	} else {
		s->no_memory = true;
	}
	free(piece);
	free(l);
}

/* A journal file. */

static int copy_of(struct sos *s, const struct sos_member *m, bool *whole, struct oom_error *err)
{
	if (m->solid)
		*m->solid = true;
	return oom_spool(s->options, m->read, m->arg, m->failure, whole, err);
}

static int same_file(int fd, struct oom_error *err)
{
	int same = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (same < 0)
		oom_fail(err, OOM_EREAD, "%m");
	return same;
}

int sos_spool(struct sos *s, const struct sos_member *m, bool *whole, struct oom_error *err)
{
	*whole = true;
	return m->fd >= 0 ? same_file(m->fd, err) : copy_of(s, m, whole, err);
}

static void take_journal(struct sos *s, const struct sos_member *m)
{
	struct oom_error err = {0};
	bool whole = true;
	s->known++;
	bool copied = m->fd < 0 || oom_journal_is_cut(m->fd);
	int fd = copied ? copy_of(s, m, &whole, &err) : same_file(m->fd, &err);
	if (fd >= 0 && copied && oom_journal_is_cut(fd)) {
		whole = false;
		oom_journal_mend(fd);
	}
	if (fd >= 0) {
		s->log_shown = true;
		begin_source(s, m, false);
		enum oom_status status =
			oom_journal_read(s->options, fd, whole, s->log, oom_strdup(s->c->arena, m->path), &err);
		s->no_memory |= status == OOM_ENOMEM;
		s->kernel_log |= status == OOM_OK;
		s->lasting_log |= status == OOM_OK;
		close(fd);
	}
	if (!err.text[0])
		return;
	s->log_lost = true;
	s->c->source.complete = OOM_NO;
	sos_missing(s, "%s: %s", m->path, err.text);
}

/* Small files. */

/** The text of a member, with a NUL behind; to be freed. NULL: nothing, or no memory. */
static char *read_text(struct sos *s, const struct sos_member *m, size_t *ret)
{
	size_t cap = 16 * 1024, len = 0;
	char *text = malloc(cap + 1);
	ssize_t n = 0;
	while (text && (n = m->read(m->arg, text + len, cap - len)) > 0) {
		len += (size_t)n;
		if (len < cap)
			continue;
		if (cap >= TEXT_MAX)
			break;
		cap *= 2;
		char *larger = realloc(text, cap + 1);
		if (!larger)
			free(text);
		text = larger;
	}
	if (!text) {
		s->no_memory = true;
		return NULL;
	}
	if (n) {
		sos_missing(s, "%s behind byte %zu: %s", m->path, len, n < 0 ? m->failure(m->arg) : "too long");
		s->c->source.complete = OOM_NO;
	}
	text[len] = '\0';
	*ret = len;
	return text;
}

static void take_text(struct sos *s, const struct sos_member *m, const struct row *r)
{
	size_t len;
	char *text = read_text(s, m, &len);
	if (!text)
		return;
	s->known++;
	if (r->kind == FACTS) {
		r->fn(s, m->path, cur_of(text, len));
		free(text);
		return;
	}
	struct sos_text *kept = (struct sos_text *)((char *)s + r->keep);
	free(kept->text);
	*kept = (struct sos_text){text, len, oom_strdup(s->c->arena, m->path)};
}

bool sos_take(struct sos *s, const struct sos_member *m)
{
	const struct row *r = find(m->path);
	if (!r)
		return false;
	if (strncmp(m->path, "sos_", 4) == 0)
		s->is_sos = true;
	switch (r->kind) {
	case LOG:
	case PSTORE:
		take_log(s, m, r->kind == PSTORE);
		return true;
	case FACTS:
	case KEEP:
		take_text(s, m, r);
		return true;
	case JOURNAL:
		take_journal(s, m);
		return true;
	case DUMP:
		s->known++;
		sos_dump(s, m);
		return true;
	case REPORT:
		sos_missing(s, "%s: a report in an archive: unpack it and pass it by itself", m->path);
		s->known++;
		return false;
	case SKIP:
	case SOS:
		break;
	}
	return false;
}
