// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * One report, told in every style of log: the facts must be those of the plain text, whatever stands before the lines
 * and however they were joined or broken. The plain reports are real ones of tests/corpus, whose facts the labels prove
 * (test_log_corpus.c).
 */
#include "case/schema.h"
#include "log/log.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Text that grows. */

struct text {
	char *p;
	size_t len, cap;
};

static void put(struct text *t, const char *p, size_t len)
{
	if (t->len + len + 1 > t->cap) {
		t->cap = (t->len + len + 1) * 2;
		t->p = realloc(t->p, t->cap);
		assert_non_null(t->p);
	}
	memcpy(t->p + t->len, p, len);
	t->len += len;
	t->p[t->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void putf(struct text *t, const char *fmt, ...)
{
	char buf[65536];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(buf));
	put(t, buf, (size_t)n);
}

/* The plain report: messages, some of several lines. */

struct message {
	char *text;
	unsigned long us; // since boot
};

static struct message messages[2048];
static size_t nr_messages;

static void forget_messages(void)
{
	while (nr_messages)
		free(messages[--nr_messages].text);
}

/** Lines of a log without prefix, or with "[ 12.345678][ T12] " before each; lines that the kernel printed as one
 * message (Mem-Info's totals, statistics of a cgroup) become one. */
static void read_messages(const char *path)
{
	FILE *f = fopen(path, "r");
	static char line[65536];
	forget_messages();
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *text = line;
		line[strcspn(line, "\n")] = '\0';
		if (*text == '[' && strstr(text, "] ") && strchr(text, '.') && strchr(text, '.') < strchr(text, ']'))
			text = strrchr(text, '[') == text ? strchr(text, ']') + 2
							  : strchr(strchr(text, ']') + 1, ']') + 2;
		bool more = *text == ' ' && strchr(text, ':') && !strstr(text, "+0x") && !strstr(text, "TASK");
		if (more && nr_messages) {
			struct text joined = {0};
			putf(&joined, "%s\n%s", messages[nr_messages - 1].text, text);
			free(messages[nr_messages - 1].text);
			messages[nr_messages - 1].text = joined.p;
			continue;
		}
		assert_true(nr_messages < sizeof(messages) / sizeof(*messages));
		messages[nr_messages].text = strdup(text);
		messages[nr_messages].us = 49921978 + nr_messages * 1313;
		nr_messages++;
	}
	fclose(f);
}

/* Styles: each writes message i. */

typedef void style_fn(struct text *t, const struct message *m);

static void each_line(struct text *t, const struct message *m, const char *prefix)
{
	const char *p = m->text;
	do {
		size_t len = strcspn(p, "\n");
		putf(t, "%s%.*s\n", prefix, (int)len, p);
		p += len + (p[len] != '\0');
	} while (*p);
}

/** First line with the prefix, further lines with blanks: how journalctl prints several lines. */
static void journal_lines(struct text *t, const struct message *m, const char *prefix)
{
	const char *p = m->text;
	for (bool first = true; *p; first = false) {
		size_t len = strcspn(p, "\n");
		putf(t, "%*s%.*s\n", first ? 0 : (int)strlen(prefix), first ? prefix : "", (int)len, p);
		p += len + (p[len] != '\0');
	}
}

#define STAMP	   "%5lu.%06lu"
#define STAMP_ARGS m->us / 1000000, m->us % 1000000

static void style_dmesg(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "[" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_level(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "<4>[" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_caller(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "[" STAMP "][ T6736] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_cpu_caller(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "[" STAMP "][    C0] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_dmesg_T(struct text *t, const struct message *m)
{
	each_line(t, m, "[Sat Sep 11 15:22:46 2021] ");
}
static void style_dmesg_T_german(struct text *t, const struct message *m)
{
	journal_lines(t, m, "[Di Aug 12 03:54:03 2025] ");
}
static void style_dmesg_x(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "kern  :warn  : [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_dmesg_iso(struct text *t, const struct message *m)
{
	each_line(t, m, "2021-09-11T15:22:46,123456+08:00 ");
}
static void style_dmesg_e(struct text *t, const struct message *m)
{
	each_line(t, m, m == messages ? "[Sep11 15:22] " : "[  +0.000003] ");
}
static void style_syslog(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "Sep 11 15:22:46 db-1 kernel: [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_syslog_bare(struct text *t, const struct message *m)
{
	each_line(t, m, "Sep  1 15:22:46 db-1 kernel: ");
}
static void style_no_tag(struct text *t, const struct message *m)
{
	each_line(t, m, "Sep 11 15:22:46 db-1 ");
}
static void style_metalog(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "Sep 11 15:22:46 [kernel] [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_rsyslog(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "2021-09-11T15:22:46.123456+08:00 db-1 kernel: [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_012(struct text *t, const struct message *m)
{
	putf(t, "2021-09-11T15:22:46.123456+08:00 db-1 kernel: ");
	for (const char *p = m->text; *p; p++) {
		if (*p == '\n')
			putf(t, "#012");
		else
			put(t, p, 1);
	}
	put(t, "\n", 1);
}
static void style_x0a(struct text *t, const struct message *m)
{
	putf(t, "[" STAMP "] ", STAMP_ARGS);
	for (const char *p = m->text; *p; p++) {
		if (*p == '\n')
			putf(t, "\\x0a");
		else
			put(t, p, 1);
	}
	put(t, "\n", 1);
}
static void style_rfc5424(struct text *t, const struct message *m)
{
	each_line(t, m, "<4>1 2021-09-11T07:22:46.003Z db-1 kernel: ");
}
static void style_journal_short(struct text *t, const struct message *m)
{
	journal_lines(t, m, "Sep 11 15:22:46 db-1 kernel: ");
}
static void style_journal_precise(struct text *t, const struct message *m)
{
	journal_lines(t, m, "Sep 11 15:22:46.123456 db-1 kernel: ");
}
static void style_journal_iso(struct text *t, const struct message *m)
{
	journal_lines(t, m, "2021-09-11T15:22:46+0800 db-1 kernel: ");
}
static void style_journal_full(struct text *t, const struct message *m)
{
	journal_lines(t, m, "Sat 2021-09-11 15:22:46 CST db-1 kernel: ");
}
static void style_journal_unix(struct text *t, const struct message *m)
{
	journal_lines(t, m, "1631345566.123456 db-1 kernel: ");
}
static void style_journal_monotonic(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "[" STAMP "] db-1 kernel: ", STAMP_ARGS);
	journal_lines(t, m, prefix);
}
static void style_journal_verbose(struct text *t, const struct message *m)
{
	putf(t,
	     "Sat 2021-09-11 15:22:46.123456 CST [s=b1;i=%lx;b=c2;m=1;t=2;x=3]\n    PRIORITY=4\n    _HOSTNAME=db-1\n",
	     m->us);
	putf(t,
	     "    _SOURCE_MONOTONIC_TIMESTAMP=%lu\n    _TRANSPORT=kernel\n    SYSLOG_IDENTIFIER=kernel\n    MESSAGE=",
	     m->us);
	journal_lines(t, m, "");
	putf(t, "    _BOOT_ID=c2\n");
}
static void style_journal_export(struct text *t, const struct message *m)
{
	putf(t, "__CURSOR=s=b1;i=%lx\n__REALTIME_TIMESTAMP=1631344966123456\n_HOSTNAME=db-1\n_TRANSPORT=kernel\n",
	     m->us);
	putf(t, "_SOURCE_MONOTONIC_TIMESTAMP=%lu\nSYSLOG_IDENTIFIER=kernel\n", m->us);
	if (strchr(m->text, '\n')) {
		unsigned char length[8] = {0};
		for (size_t i = 0, left = strlen(m->text); i < 8; i++, left >>= 8)
			length[i] = (unsigned char)left;
		putf(t, "MESSAGE\n");
		put(t, (const char *)length, 8);
		putf(t, "%s\n", m->text);
	} else {
		putf(t, "MESSAGE=%s\n", m->text);
	}
	putf(t, "PRIORITY=4\n\n");
}
/** @p text as a JSON string. */
static void put_json(struct text *t, const char *text)
{
	put(t, "\"", 1);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			putf(t, "\\n");
		else if (*p == '"' || *p == '\\')
			putf(t, "\\%c", *p);
		else if (*p == '/')
			putf(t, "\\u002f");
		else
			put(t, p, 1);
	}
	put(t, "\"", 1);
}
static void style_journal_json(struct text *t, const struct message *m)
{
	putf(t, "{\"_TRANSPORT\":\"kernel\",\"_HOSTNAME\":\"db-1\",\"__REALTIME_TIMESTAMP\":\"1631344966123456\",");
	putf(t, "\"SYSLOG_IDENTIFIER\":\"kernel\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"%lu\",\"MESSAGE\":", m->us);
	put_json(t, m->text);
	putf(t, ",\"PRIORITY\":\"4\"}\n");
}
static void style_journal_json_bytes(struct text *t, const struct message *m)
{
	putf(t, "{\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":[");
	for (const char *p = m->text; *p; p++)
		putf(t, "%s%d", p == m->text ? "" : ",", (unsigned char)*p);
	putf(t, "]}\n");
}
static void style_docker(struct text *t, const struct message *m)
{
	struct text line = {0};
	style_dmesg(&line, m);
	putf(t, "{\"log\":");
	put_json(t, line.p);
	putf(t, ",\"stream\":\"stdout\",\"time\":\"2021-09-11T07:22:46.123456789Z\"}\n");
	free(line.p);
}
static void style_kubernetes(struct text *t, const struct message *m)
{
	char prefix[128];
	snprintf(prefix, sizeof(prefix), "2021-09-11T07:22:46.123456789Z stdout F [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_kubernetes_parts(struct text *t, const struct message *m)
{
	struct text line = {0};
	style_dmesg(&line, m);
	for (char *p = line.p; *p;) {
		// The runtime cuts at 16 KiB, behind every prefix.
		size_t len = strcspn(p, "\n"), half = len > 60 ? len / 2 : len;
		putf(t, "2021-09-11T07:22:46.1Z stdout P %.*s\n2021-09-11T07:22:46.1Z stdout F %.*s\n", (int)half, p,
		     (int)(len - half), p + half);
		p += len + 1;
	}
	free(line.p);
}
static void style_kmsg(struct text *t, const struct message *m)
{
	putf(t, "4,%lu,%lu,-;", m->us % 7919, m->us);
	for (const char *p = m->text; *p; p++) {
		if (*p == '\n')
			putf(t, "\\x0a");
		else
			put(t, p, 1);
	}
	put(t, "\n", 1);
}
static void style_kmsg_caller(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "4,%lu,%lu,-,caller=T6736;", m->us % 7919, m->us);
	each_line(t, m, prefix);
}
static void style_serial(struct text *t, const struct message *m)
{
	struct text line = {0};
	style_dmesg(&line, m);
	for (const char *p = line.p; *p; p++)
		*p == '\n' ? put(t, "\r\r\n", 3) : put(t, p, 1);
	free(line.p);
}
static void style_colour(struct text *t, const struct message *m)
{
	char prefix[96];
	snprintf(prefix, sizeof(prefix), "\x1b[32m[" STAMP "] \x1b[0m", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_quoted(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "> > [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_indented(struct text *t, const struct message *m)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), "\t    [" STAMP "] ", STAMP_ARGS);
	each_line(t, m, prefix);
}
static void style_daemons_between(struct text *t, const struct message *m)
{
	style_syslog(t, m);
	putf(t, "Sep 11 15:22:46 db-1 sshd[812]: Accepted publickey for deploy from 10.0.3.17 port 50122\n");
	putf(t, "Sep 11 15:22:46 db-1 kernel: [" STAMP "] eth0: link becomes ready\n", STAMP_ARGS);
}
static void style_noise(struct text *t, const struct message *m)
{
	style_dmesg(t, m);
	static const char noise[] = "\0\0\0\0\n\xff\xfe\x80 garbage \x1b]0;title\x07\n";
	put(t, noise, sizeof(noise) - 1);
}
/** Two CPUs on one console: another one's message in the middle of each line's end. */
static void style_lost_break(struct text *t, const struct message *m)
{
	struct text line = {0};
	style_dmesg(&line, m);
	for (char *p = line.p; *p;) {
		size_t len = strcspn(p, "\n");
		putf(t, "%.*s[" STAMP "] eth0: renamed from veth1\n", (int)len, p, STAMP_ARGS);
		p += len + 1;
	}
	free(line.p);
}

static const struct {
	const char *name;
	style_fn *fn;
} styles[] = {
	{"dmesg", style_dmesg},
	{"printk level", style_level},
	{"caller thread", style_caller},
	{"caller CPU", style_cpu_caller},
	{"dmesg -T", style_dmesg_T},
	{"dmesg -T, German", style_dmesg_T_german},
	{"dmesg -x", style_dmesg_x},
	{"dmesg --time-format iso", style_dmesg_iso},
	{"dmesg -e", style_dmesg_e},
	{"syslog", style_syslog},
	{"syslog without time since boot", style_syslog_bare},
	{"syslog without tag", style_no_tag},
	{"metalog", style_metalog},
	{"rsyslog ISO", style_rsyslog},
	{"#012", style_012},
	{"\\x0a", style_x0a},
	{"RFC 5424", style_rfc5424},
	{"journalctl short", style_journal_short},
	{"journalctl short-precise", style_journal_precise},
	{"journalctl short-iso", style_journal_iso},
	{"journalctl short-full", style_journal_full},
	{"journalctl short-unix", style_journal_unix},
	{"journalctl short-monotonic", style_journal_monotonic},
	{"journalctl verbose", style_journal_verbose},
	{"journalctl export", style_journal_export},
	{"journalctl json", style_journal_json},
	{"journalctl json, bytes", style_journal_json_bytes},
	{"docker json-file", style_docker},
	{"kubernetes", style_kubernetes},
	{"kubernetes, cut lines", style_kubernetes_parts},
	{"/dev/kmsg", style_kmsg},
	{"/dev/kmsg with caller", style_kmsg_caller},
	{"serial console", style_serial},
	{"colours", style_colour},
	{"quoted mail", style_quoted},
	{"indented", style_indented},
	{"daemons between", style_daemons_between},
	{"NUL, invalid UTF-8, escapes between", style_noise},
	{"lost line breaks", style_lost_break},
};

/* Facts, written out, without those that belong to the style. */

static void write_struct(struct text *t, const struct oom_schema *s, const void *object);

static bool of_style(const char *name)
{
	static const char *const names[] = {"index",	"time_s", "time",     "stamp",
					    "log_line", "boot",	  "nodename", "origin"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static void write_field(struct text *t, const struct oom_field *f, const char *object)
{
	const void *p = object + f->offset;
	if (of_style(f->name))
		return;
	putf(t, "%s=", f->name);
	switch (f->type) {
	case OOM_F_INT:
	case OOM_F_LIMIT:
	case OOM_F_US:
	case OOM_F_HEX:
		putf(t, "%lld ", (long long)*(const int64_t *)p);
		break;
	case OOM_F_BOOL:
		putf(t, "%d ", *(const bool *)p);
		break;
	case OOM_F_TRI:
		putf(t, "%d ", *(const oom_tri *)p);
		break;
	case OOM_F_ENUM:
		putf(t, "%d ", *(const int *)p);
		break;
	case OOM_F_STR:
		putf(t, "'%s' ", *(char *const *)p ? *(char *const *)p : "(null)");
		break;
	case OOM_F_STRS:
		for (size_t i = 0; i < ((const struct oom_strings *)p)->n; i++)
			putf(t, "'%s' ", ((const struct oom_strings *)p)->v[i]);
		break;
	case OOM_F_INTS:
		for (size_t i = 0; i < ((const struct oom_ints *)p)->n; i++)
			putf(t, "%lld ", (long long)((const struct oom_ints *)p)->v[i]);
		break;
	case OOM_F_OBJ:
		write_struct(t, f->sub, p);
		break;
	case OOM_F_OPT:
		if (*(void *const *)p)
			write_struct(t, f->sub, *(void *const *)p);
		break;
	case OOM_F_LIST: {
		const struct oom_any_list *list = p;
		for (size_t i = 0; i < list->n; i++)
			write_struct(t, f->sub, (const char *)list->v + i * f->sub->size);
		break;
	}
	}
	put(t, "\n", 1);
}

static void write_struct(struct text *t, const struct oom_schema *s, const void *object)
{
	for (size_t i = 0; i < s->nr_fields; i++)
		write_field(t, &s->fields[i], object);
}

/** The facts of the events in @p log, fed in pieces of @p piece bytes. */
static char *facts_of(const char *log_text, size_t len, size_t piece, size_t *events)
{
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	struct text t = {0};
	assert_non_null(log);
	for (size_t at = 0; at < len; at += piece)
		oom_log_text(log, log_text + at, len - at < piece ? len - at : piece);
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	*events = c->events.n;
	putf(&t, "%zu events\n", c->events.n);
	for (size_t i = 0; i < c->events.n; i++)
		write_struct(&t, &oom_schema_event, &c->events.v[i]);
	oom_case_free(c);
	return t.p;
}

static char *plain_facts(void)
{
	struct text plain = {0};
	size_t events;
	for (size_t i = 0; i < nr_messages; i++)
		putf(&plain, "%s\n", messages[i].text);
	char *ret = facts_of(plain.p, plain.len, plain.len, &events);
	assert_int_equal(events, 1);
	free(plain.p);
	return ret;
}

static int check_same(const char *name, const struct text *log, const char *want)
{
	static const size_t pieces[] = {1 << 20, 4096, 61};
	int bad = 0;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces) && !bad; i++) {
		size_t events;
		char *got = facts_of(log->p, log->len, pieces[i], &events);
		size_t same = 0;
		while (want[same] && want[same] == got[same])
			same++;
		if (want[same] != got[same]) {
			while (same && want[same - 1] != '\n')
				same--;
			print_message("%s: want %.120s\n%*s  got %.120s\n", name, want + same, (int)strlen(name), "",
				      got + same);
			bad = 1;
		}
		free(got);
	}
	return bad;
}

static const char *const reports[] = {
	"tests/corpus/logs/069-61-arch-doxygen.log",	    // the machine, 6.1: all parts
	"tests/corpus/logs/035-53-leaker-kdump-caller.log", // a cgroup, 5.3: statistics
	"tests/corpus/logs/059-513-ubuntu-sysrq.log",
};
enum { NR_REPORTS = sizeof(reports) / sizeof(*reports) };

static void test_styles(void **state)
{
	int bad = 0;
	(void)state;
	for (size_t r = 0; r < NR_REPORTS; r++) {
		read_messages(reports[r]);
		char *want = plain_facts();
		for (size_t s = 0; s < sizeof(styles) / sizeof(*styles); s++) {
			struct text log = {0};
			for (size_t i = 0; i < nr_messages; i++)
				styles[s].fn(&log, &messages[i]);
			bad += check_same(styles[s].name, &log, want);
			free(log.p);
		}
		free(want);
	}
	forget_messages();
	assert_int_equal(bad, 0);
}

/** Every style in one file, each message in the next: lines are recognised one by one. */
static void test_mixed_styles(void **state)
{
	static const size_t mix[] = {0, 1, 6, 4, 8};
	int bad = 0;
	(void)state;
	for (size_t r = 0; r < NR_REPORTS; r++) {
		read_messages(reports[r]);
		char *want = plain_facts();
		struct text log = {0};
		for (size_t i = 0; i < nr_messages; i++)
			styles[mix[i % (sizeof(mix) / sizeof(*mix))]].fn(&log, &messages[i]);
		bad += check_same("mixed", &log, want);
		free(log.p);
		free(want);
	}
	forget_messages();
	assert_int_equal(bad, 0);
}

/** A terminal breaks at its width, wherever that is. */
static void wrap_hard(struct text *to, const struct text *from, size_t width)
{
	size_t column = 0;
	for (size_t i = 0; i < from->len; i++) {
		if (from->p[i] != '\n' && column == width) {
			put(to, "\n", 1);
			column = 0;
		}
		put(to, from->p + i, 1);
		column = from->p[i] == '\n' ? 0 : column + 1;
	}
}

/** A mail program breaks between words, before its width. */
static void wrap_soft(struct text *to, const struct text *from, size_t width)
{
	for (char *p = from->p; *p;) {
		size_t len = strcspn(p, "\n");
		while (len > width) {
			size_t cut = width;
			while (cut > 0 && p[cut] != ' ')
				cut--;
			if (cut < 20) // a word that is longer than the line stays whole
				cut = width + strcspn(p + width, " \n");
			put(to, p, cut);
			put(to, "\n", 1);
			cut += p[cut] == ' ';
			p += cut;
			len -= cut < len ? cut : len;
		}
		put(to, p, len + 1);
		p += len + 1;
	}
}

static void test_broken_lines(void **state)
{
	static const size_t hard[] = {80, 100, 120, 132, 160, 200}, soft[] = {72, 76, 78};
	int bad = 0;
	char name[64];
	(void)state;
	for (size_t r = 0; r < NR_REPORTS; r++) {
		read_messages(reports[r]);
		char *want = plain_facts();
		struct text whole = {0};
		for (size_t i = 0; i < nr_messages; i++)
			style_dmesg(&whole, &messages[i]);
		for (size_t i = 0; i < sizeof(hard) / sizeof(*hard); i++) {
			struct text broken = {0};
			wrap_hard(&broken, &whole, hard[i]);
			snprintf(name, sizeof(name), "report %zu, terminal of %zu columns", r, hard[i]);
			bad += check_same(name, &broken, want);
			free(broken.p);
		}
		for (size_t i = 0; i < sizeof(soft) / sizeof(*soft); i++) {
			struct text broken = {0};
			wrap_soft(&broken, &whole, soft[i]);
			snprintf(name, sizeof(name), "report %zu, mail of %zu columns", r, soft[i]);
			bad += check_same(name, &broken, want);
			free(broken.p);
		}
		free(whole.p);
		free(want);
	}
	forget_messages();
	assert_int_equal(bad, 0);
}

/** pstore: parts of some kilobytes, the newest first. */
static void test_pstore(void **state)
{
	enum { PARTS = 5 };
	int bad = 0;
	(void)state;
	for (size_t r = 0; r < NR_REPORTS; r++) {
		read_messages(reports[r]);
		char *want = plain_facts();
		struct text log = {0};
		for (size_t part = 0; part < PARTS; part++) {
			size_t from = nr_messages * (PARTS - 1 - part) / PARTS,
			       to = nr_messages * (PARTS - part) / PARTS;
			putf(&log, "Panic#2 Part%zu\n", part + 1);
			for (size_t i = from; i < to; i++)
				style_level(&log, &messages[i]);
		}
		bad += check_same("pstore", &log, want);
		free(log.p);
		free(want);
	}
	forget_messages();
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_mixed_styles),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_pstore),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
