// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Journal files. tests/data/6.1-killed.journal.xz was written by systemd-journal-remote from what a lab guest
 * (6.1.0-56-cloud-amd64) said on its console: a kill, a line of systemd's and one of another daemon's, the crash of
 * that boot, and the first lines of another boot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sos/sos.h"
#include <oomortem/classify.h>
#include <oomortem/open.h>

#if OOM_WITH_SYSTEMD && OOM_WITH_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOURNAL_SIZE = 8 * 1024 * 1024 };

static const char packed[] = "tests/data/6.1-killed.journal.xz";
static char dir[64], spool[80], plain[80];
static char *journal; // unpacked
static struct oom_error err;

static const char *write_file(const char *name, const char *data, size_t len)
{
	static char paths[4][128];
	static unsigned int next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

static ssize_t read_fd(void *arg, void *buf, size_t size)
{
	return read(*(int *)arg, buf, size);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/oomortem-test-XXXXXX");
	journal = calloc(1, JOURNAL_SIZE + 1);
	int fd = open(packed, O_RDONLY);
	if (!mkdtemp(dir) || !journal || fd < 0)
		return -1;
	snprintf(spool, sizeof(spool), "%s/spool", dir);
	struct oom_unpack *u = oom_unpack_new("xz", read_fd, &fd);
	size_t len = 0;
	ssize_t n;
	while (u && (n = oom_unpack_read(u, journal + len, JOURNAL_SIZE + 1 - len)) > 0)
		len += (size_t)n;
	oom_unpack_free(u);
	close(fd);
	snprintf(plain, sizeof(plain), "%s", write_file("plain.journal", journal, len));
	return len == JOURNAL_SIZE && mkdir(spool, 0700) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	free(journal);
	snprintf(command, sizeof(command), "rm -rf -- '%s'", dir);
	return system(command); // a path of our own making
}

static struct oom_case *open_ok(const char *path, const struct oom_open_options *options)
{
	struct oom_case *c = NULL;
	memset(&err, 0, sizeof(err));
	enum oom_status status = oom_open(&path, 1, options, &c, &err);
	if (status != OOM_OK)
		fail_msg("%s: %d %s", path, status, err.text);
	return c;
}

/** What the guest's console says: leaky (126) asked and was killed, 5.16 s after boot; later a crash. */
static void check_kill(const struct oom_case *c)
{
	assert_int_equal(c->events.n, 1);
	const struct oom_event *e = &c->events.v[0];
	assert_string_equal(e->trigger.comm, "leaky");
	assert_int_equal(e->trigger.pid, 126);
	assert_int_equal(e->time_us, 5162261);
	assert_string_equal(e->time, "2025-11-21T08:16:45.162261Z");
	assert_string_equal(e->nodename, "guest1");
	assert_int_equal(e->victims.n, 1);
	assert_int_equal(e->victims.v[0].rss_anon_kb, 164940);
	assert_int_equal(e->state.tasks.n, 5);
}

static void check_no_names_left(void)
{
	DIR *d = opendir(spool);
	const struct dirent *entry;
	assert_non_null(d);
	while ((entry = readdir(d)))
		assert_int_equal(entry->d_name[0], '.');
	closedir(d);
}

static void plain_and_packed(void **state)
{
	(void)state;
	const struct oom_open_options options = {.tmpdir = spool};
	const char *const paths[] = {plain, packed};
	for (size_t i = 0; i < 2; i++) {
		struct oom_case *c = open_ok(paths[i], &options);
		assert_int_equal(c->source.kind, OOM_INPUT_LOG);
		assert_string_equal(c->source.format, i ? "journal, xz" : "journal");
		check_kill(c);
		assert_int_equal(c->source.missing.n, 0);
		assert_string_equal(c->system.release, "6.1.0-56-cloud-amd64");
		struct oom_diagnosis *d;
		assert_int_equal(oom_classify(c, &d), OOM_OK);
		assert_int_equal(d->top.cause, OOM_CAUSE_HOST_EXHAUSTED);
		assert_int_equal(d->top.outcome, OOM_OUTCOME_CRASHED_LATER);
		oom_diagnosis_free(d);
		oom_case_free(c);
	}
	check_no_names_left();
}

static void as_text(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	const char *path = plain;
	FILE *out = open_memstream(&text, &len);
	assert_int_equal(oom_print_log(&path, 1, NULL, out, &err), OOM_OK);
	fclose(out);
	assert_non_null(strstr(text, "[    5.177003] Out of memory: Killed process 126 (leaky) total-vm:166376kB"));
	assert_non_null(strstr(text, "systemd: leaky.service: A process of this unit has been killed"));
	assert_null(strstr(text, "this is not the kernel"));
	free(text);
}

static bool is_missing(const struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], text))
			return true;
	return false;
}

/** The entries are in the first 5 MB of the file; its header says 8. */
static void cut_off(void **state)
{
	(void)state;
	const struct oom_open_options options = {.tmpdir = spool};
	struct oom_case *c = open_ok(write_file("cut.journal", journal, JOURNAL_SIZE - (1 << 20)), &options);
	check_kill(c);
	assert_int_equal(c->source.complete, OOM_NO);
	assert_true(is_missing(c, "the file is cut off; 117 entries were read"));
	oom_case_free(c);
	for (size_t len = 0; len < JOURNAL_SIZE; len += JOURNAL_SIZE / 64 - 17) {
		const char *path = write_file("cut.journal", journal, len);
		c = NULL;
		enum oom_status status = oom_open(&path, 1, &options, &c, &err);
		assert_true(status == OOM_OK ? c->source.complete == OOM_NO : err.text[0] != '\0');
		oom_case_free(c);
	}
	const struct oom_open_options small = {.tmpdir = spool, .max_spool = 7 << 20};
	c = open_ok(packed, &small);
	check_kill(c);
	assert_true(is_missing(c, "larger than 7 MiB (--max-spool)"));
	oom_case_free(c);
	check_no_names_left();
}

/** Bytes that are something else: one more or less of an entry, and no crash. */
static void damaged(void **state)
{
	(void)state;
	uint32_t random = 1;
	char *copy = malloc(JOURNAL_SIZE);
	assert_non_null(copy);
	for (int round = 0; round < 40; round++) {
		memcpy(copy, journal, JOURNAL_SIZE);
		for (int n = 0; n < 1 + round; n++) {
			size_t at;
			do {
				random = random * 1103515245 + 12345;
				at = (random >> 4) % (round & 1 ? 300 : 5u << 20);
			} while (!journal[at]);
			copy[at] = (char)(random >> 24);
		}
		const char *path = write_file("damaged.journal", copy, JOURNAL_SIZE);
		struct oom_case *c = NULL;
		memset(&err, 0, sizeof(err));
		enum oom_status status = oom_open(&path, 1, NULL, &c, &err);
		assert_true(status == OOM_OK || err.text[0]);
		oom_case_free(c);
	}
	free(copy);
}

static void in_a_report(void **state)
{
	(void)state;
	static const char uname[] = "Linux guest1 6.1.0-56-cloud-amd64 #1 SMP Debian 6.1.192-2 x86_64 GNU/Linux\n";
	const struct {
		const char *name, *data;
		size_t len;
	} members[] = {{"sosreport-guest1/sos_commands/kernel/uname_-a", uname, sizeof(uname) - 1},
		       {"sosreport-guest1/var/log/journal/0123/system.journal", journal, JOURNAL_SIZE}};
	char path[128];
	snprintf(path, sizeof(path), "%s/report.tar.zst", dir);
	struct archive *a = archive_write_new();
	assert_int_equal(archive_write_add_filter_zstd(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_pax_restricted(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (size_t i = 0; i < 2; i++) {
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, members[i].name);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_size(e, (int64_t)members[i].len);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, members[i].data, members[i].len), members[i].len);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	const struct oom_open_options options = {.tmpdir = spool};
	struct oom_case *c = open_ok(path, &options);
	assert_int_equal(c->source.kind, OOM_INPUT_SOSREPORT);
	check_kill(c);
	assert_string_equal(c->events.v[0].origin.what, "var/log/journal/0123/system.journal");
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	check_no_names_left();
	const struct oom_open_options nowhere = {.tmpdir = "/nonexistent"};
	c = open_ok(path, &nowhere);
	assert_int_equal(c->events.n, 0);
	assert_true(is_missing(c, "system.journal: a temporary file for it cannot be made (--tmpdir)"));
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_packed), cmocka_unit_test(as_text),	   cmocka_unit_test(cut_off),
		cmocka_unit_test(damaged),	    cmocka_unit_test(in_a_report),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}

#else

int main(void)
{
	return 77;
}

#endif
