// SPDX-License-Identifier: GPL-2.0-or-later
/** @file From an input to a case: kinds by content, folders of kdump, pipes, inputs that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "open/internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines as kernels printed them. */
static const char log_text[] =
	"[    3.985412] leaky invoked oom-killer: gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), "
	"order=0, "
	"oom_score_adj=0\n"
	"[    3.985560] CPU: 1 PID: 91 Comm: leaky Not tainted 6.1.0-56-cloud-amd64 #1  Debian 6.1.192-2\n"
	"[    4.059300] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
	"task_memcg=/,task=mysqld,pid=87,uid=0\n"
	"[    4.059400] Out of memory: Killed process 87 (mysqld) total-vm:62000kB, anon-rss:61440kB, file-rss:4kB, "
	"shmem-rss:0kB, UID:0 pgtables:164kB oom_score_adj:0\n";

static char dir[64]; // of this test run

static const char *in_dir(const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static const char *file_put(const char *name, const void *data, size_t len)
{
	const char *path = in_dir(name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
	return path;
}

static const char *text_put(const char *name, const char *text)
{
	return file_put(name, text, strlen(text));
}

static const char *folder_put(const char *name)
{
	const char *path = in_dir(name);
	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/oomortem-test-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf -- '%s'", dir);
	return system(command); // a path of our own making
}

static struct oom_error err;

static enum oom_status open_one(const char *path, struct oom_case **c)
{
	*c = NULL;
	memset(&err, 0, sizeof(err));
	return oom_open(&path, 1, NULL, c, &err);
}

/** The log of @p path in @p buf. */
static enum oom_status print_one(const char *path, char *buf, size_t size)
{
	memset(&err, 0, sizeof(err));
	memset(buf, 0, size);
	FILE *out = fmemopen(buf, size, "w");
	assert_non_null(out);
	enum oom_status status = oom_print_log(&path, 1, NULL, out, &err);
	fclose(out);
	return status;
}

static void refuses(const char *path, enum oom_status status, const char *reason)
{
	struct oom_case *c;
	assert_int_equal(open_one(path, &c), status);
	assert_null(c);
	if (!strstr(err.text, reason))
		fail_msg("%s: '%s' lacks '%s'", path, err.text, reason);
	assert_null(strchr(err.text, '\n'));
}

static bool is_missing(const struct oom_case *c, const char *text)
{
	for (size_t i = 0; i < c->source.missing.n; i++)
		if (strstr(c->source.missing.v[i], text))
			return true;
	return false;
}

static void recognises(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		size_t len;
		enum oom_content content;
	} rows[] = {
#define ROW(text, content) {text, sizeof(text) - 1, OOM_CONTENT_##content}
		ROW("", EMPTY),
		ROW("KDUMP   \6\0\0\0Linux", DUMP),
		ROW("makedumpfile\0\0\0\0\0\0\0\0\1", DUMP),
		ROW("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0", DUMP),
		ROW("\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4\0\26", DUMP), // big endian
		ROW("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0", OTHER),
		ROW("\177ELF", OTHER),
		ROW("\x1f\x8b\10\0", PACKED),
		ROW("\xfd"
		    "7zXZ\0\0\4",
		    PACKED),
		ROW("\x28\xb5\x2f\xfd\4", PACKED),
		ROW("LPKSHHRH\0\0", JOURNAL),
		ROW("{\"schema\": \"oomortem-case/1\", \"source\":", CASE),
		ROW("{\n \"schema\": \"oomortem-report/1\"", OTHER),
		ROW("[    0.000000] Linux version 6.1.0", LOG),
		ROW("<6>[12345.678901] x: y\n", LOG),
		ROW("<4>eth0: up\n", LOG),
		ROW("[Sat Nov 21 04:19:00 2026] eth0: link up\n[Sat Nov 21 04:19:01 2026] eth0: link down\n", LOG),
		ROW("Nov  2 14:08:46 db1 kernel: eth0: link up\n", LOG),
		ROW("Nov  2 14:08:46 db1 sshd[1]: x\nNov  2 14:08:47 db1 sshd[1]: y\n", LOG),
		ROW("2026-11-21T04:19:00.123456+01:00 db1 sshd[1]: x\n", LOG),
		ROW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0[    1.000000] after a reset\n", LOG),
		ROW("caf\351 \033[1m[    1.000000]\033[0m bold\n", LOG),
		ROW("Dear all,\nthe machine is down.\n", TEXT),
		ROW("root:x:0:0:root:/root:/bin/bash\n", TEXT),
		ROW("\1\2\3\4\5\6\7\16\17\20\21\22", UNKNOWN),
		ROW("\xff\xfe[\0 \0", OTHER),
#undef ROW
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *what;
		enum oom_content content = oom_recognise((const uint8_t *)rows[i].head, rows[i].len, &what);
		if (content != rows[i].content)
			fail_msg("'%.40s' is %d, not %d", rows[i].head, content, rows[i].content);
		assert_true(content == OOM_CONTENT_PACKED || content == OOM_CONTENT_OTHER ? what != NULL
											  : what == NULL);
	}
	uint8_t tar[512] = "sosreport-db1/";
	const char *what;
	memcpy(tar + 257, "ustar", 5);
	assert_int_equal(oom_recognise(tar, sizeof(tar), &what), OOM_CONTENT_ARCHIVE);
	assert_string_equal(what, "tar");
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	refuses(text_put("empty", ""), OOM_EFORMAT, "empty");
	refuses(text_put("vmcore", "I am no dump, whatever my name says.\n"), OOM_EFORMAT, "not a dump");
	refuses(file_put("noise", "\1\2\3\4\5\6\7\16\17\20\21\22\23\24\25\26\27", 17), OOM_EFORMAT, "not a dump");
	refuses(file_put("x.gz", "\x1f\x8b\10\0\0\0\0\0", 8), OOM_EFORMAT, "gzip");
	refuses(in_dir("nowhere"), OOM_EOPEN, "No such file");
	refuses("/dev/null", OOM_EFORMAT, "a device");
	refuses(folder_put("folder"), OOM_EFORMAT, "not a folder as kdump leaves it");
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	refuses(in_dir("fifo"), OOM_EFORMAT, "empty"); // nobody writes: does not wait
	refuses(text_put("report.json", "{\"schema\": \"oomortem-report/1\"}\n"), OOM_EFORMAT, "extract");
	refuses(text_put("case.json", "{\"schema\": \"oomortem-case/1\", \"events\": 5}\n"), OOM_EFORMAT, "events");
	if (geteuid() != 0) { // root reads everything
		chmod(text_put("secret", log_text), 0);
		refuses(in_dir("secret"), OOM_EOPEN, "denied");
	}
	struct oom_case *c;
	assert_int_equal(oom_open(NULL, 0, NULL, &c, &err), OOM_EINVAL);
	const char *parts[] = {text_put("part1", log_text), text_put("part2", log_text)};
	assert_int_equal(oom_open(parts, 2, NULL, &c, &err), OOM_EFORMAT);
	assert_non_null(strstr(err.text, "not a part of a dump"));
}

static void check_log(const struct oom_case *c, const char *name)
{
	assert_int_equal(c->source.kind, OOM_INPUT_LOG);
	assert_int_equal(c->events.n, 1);
	assert_string_equal(c->events.v[0].trigger.comm, "leaky");
	assert_int_equal(c->events.v[0].victims.n, 1);
	assert_int_equal(c->events.v[0].victims.v[0].pid, 87);
	assert_string_equal(c->events.v[0].origin.what, name);
	assert_null(c->state);
}

static void reads_a_log(void **state)
{
	(void)state;
	struct oom_case *c;
	const char *path = text_put("messages", log_text);
	assert_int_equal(open_one(path, &c), OOM_OK);
	check_log(c, "messages");
	assert_string_equal(c->source.path, path);
	assert_int_equal(c->source.complete, OOM_YES);
	oom_case_free(c);
	// Fine, and no event in it.
	assert_int_equal(open_one(text_put("quiet", "[    1.000000] eth0: link up\n"), &c), OOM_OK);
	assert_int_equal(c->events.n, 0);
	oom_case_free(c);
	// Nothing at its start looks like a log: what it holds decides.
	static char big[200 * 1024 + sizeof(log_text)];
	for (size_t i = 0; i < sizeof(big) - sizeof(log_text); i++)
		big[i] = i % 64 == 63 ? '\n' : 'x';
	memcpy(big + sizeof(big) - sizeof(log_text), log_text, sizeof(log_text));
	assert_int_equal(open_one(file_put("late", big, sizeof(big) - 1), &c), OOM_OK);
	check_log(c, "late");
	oom_case_free(c);
}

static void reads_a_pipe(void **state)
{
	(void)state;
	struct oom_case *c;
	int fds[2];
	char path[32];
	for (int named = 0; named <= 1; named++) {
		int stdin_before = dup(STDIN_FILENO);
		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], log_text, sizeof(log_text) - 1), sizeof(log_text) - 1);
		close(fds[1]);
		if (!named)
			dup2(fds[0], STDIN_FILENO);
		snprintf(path, sizeof(path), named ? "/dev/fd/%d" : "-", fds[0]);
		assert_int_equal(open_one(path, &c), OOM_OK);
		check_log(c, named ? strrchr(path, '/') + 1 : "standard input");
		oom_case_free(c);
		dup2(stdin_before, STDIN_FILENO);
		close(stdin_before);
		close(fds[0]);
	}
	// A dump cannot be read from a pipe.
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "KDUMP   \6\0\0\0", 12), 12);
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	refuses(path, OOM_EFORMAT, "pipe");
	close(fds[0]);
}

static void reads_a_case(void **state)
{
	(void)state;
	struct oom_case *c;
	const char *text = "{\"schema\": \"oomortem-case/1\", \"source\": {\"path\": \"/var/crash/vmcore\", \"kind\": "
			   "\"vmcore\"},\n"
			   " \"system\": {\"release\": \"6.1.0-56\"}}\n";
	assert_int_equal(open_one(text_put("the.case", text), &c), OOM_OK);
	assert_int_equal(c->source.kind, OOM_INPUT_VMCORE);
	assert_string_equal(c->source.path, "/var/crash/vmcore");
	assert_string_equal(c->system.release, "6.1.0-56");
	oom_case_free(c);
	char buf[64];
	assert_int_equal(print_one(in_dir("the.case"), buf, sizeof(buf)), OOM_EFORMAT);
	assert_non_null(strstr(err.text, "holds no log"));
}

static const char broken_dump[] = "KDUMP   \6\0\0\0 and then nothing that makes sense";

static void reads_a_folder(void **state)
{
	(void)state;
	struct oom_case *c;
	char buf[4096];
	// The dump is broken: the log beside it tells.
	const char *path = folder_put("127.0.0.1-2026-11-21");
	file_put("127.0.0.1-2026-11-21/vmcore", broken_dump, sizeof(broken_dump));
	text_put("127.0.0.1-2026-11-21/vmcore-dmesg.txt", log_text);
	assert_int_equal(open_one(path, &c), OOM_OK);
	check_log(c, "vmcore-dmesg.txt");
	assert_string_equal(c->source.path, path);
	assert_int_equal(c->source.complete, OOM_NO);
	assert_true(is_missing(c, "vmcore: "));
	assert_true(is_missing(c, "vmcore-dmesg.txt"));
	oom_case_free(c);
	assert_int_equal(print_one(path, buf, sizeof(buf)), OOM_OK);
	assert_string_equal(buf, log_text);
	// Debian's names; the newest of two; an empty dump.
	path = folder_put("202611210419");
	text_put("202611210419/dump.202611210419", "");
	text_put("202611210419/dmesg.202611210418", "[    1.000000] an older one\n");
	text_put("202611210419/dmesg.202611210419", log_text);
	text_put("202611210419/dmesg.old", "[    1.000000] not a stamp\n");
	assert_int_equal(open_one(path, &c), OOM_OK);
	check_log(c, "dmesg.202611210419");
	assert_true(is_missing(c, "dump.202611210419: empty"));
	oom_case_free(c);
	// No dump at all; a folder of the dump's name is none.
	path = folder_put("log-only");
	folder_put("log-only/vmcore");
	text_put("log-only/vmcore-dmesg.txt", log_text);
	assert_int_equal(open_one(path, &c), OOM_OK);
	check_log(c, "vmcore-dmesg.txt");
	assert_true(is_missing(c, "kdump left none"));
	oom_case_free(c);
	// Neither is of use.
	path = folder_put("broken");
	file_put("broken/vmcore", broken_dump, sizeof(broken_dump));
	refuses(path, OOM_EDAMAGE, "vmcore: ");
	text_put("broken/vmcore-dmesg.txt", "");
	refuses(path, OOM_EFORMAT, "vmcore-dmesg.txt: empty");
}

static void prints_a_log(void **state)
{
	(void)state;
	char buf[1024];
	const char *raw =
		"[    1.000000] bad \033[31mred\r\n[    2.000000] caf\303\251 \351 \302\233 \342\202\254 tab\t.\n"
		"[    3.000000] no end \303";
	const char *want =
		"[    1.000000] bad \\x1b[31mred\n[    2.000000] caf\303\251 \\xe9 \\xc2\\x9b \342\202\254 tab\t.\n"
		"[    3.000000] no end \\xc3\n";
	assert_int_equal(print_one(text_put("raw", raw), buf, sizeof(buf)), OOM_OK);
	assert_string_equal(buf, want);
	assert_int_equal(print_one(text_put("letter", "Dear all,\n"), buf, sizeof(buf)), OOM_EFORMAT);
	assert_int_equal(print_one(dir, buf, sizeof(buf)), OOM_EFORMAT);
	// An output that is full.
	const char *path = in_dir("raw");
	FILE *out = fopen("/dev/full", "w");
	if (out) {
		assert_int_equal(oom_print_log(&path, 1, NULL, out, &err), OOM_EWRITE);
		fclose(out);
	}
}

/** An image with next to nothing in it: every walker says what it lacks, none stops the others. */
static void collects_from_an_image(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_var(k, "vm_swappiness", 4, 60);
	struct oom_image *image = fk_open(k);
	struct oom_case *c = oom_case_new();
	assert_int_equal(oom_collect(image, c, NULL, &err), OOM_OK);
	assert_string_equal(c->source.format, "fake");
	assert_string_equal(c->system.release, "6.1.0-fake");
	assert_int_equal(c->config.swappiness, 60);
	assert_int_equal(c->system.page_size, 4096);
	assert_int_equal(c->source.complete, OOM_NO);
	assert_true(is_missing(c, "kernel log"));
	assert_true(is_missing(c, "sysctls"));
	assert_int_equal(c->events.n, 0);
	for (size_t i = 0; i < c->source.missing.n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(c->source.missing.v[i], c->source.missing.v[j]);
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises),	cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(reads_a_log),	cmocka_unit_test(reads_a_pipe),
		cmocka_unit_test(reads_a_case), cmocka_unit_test(reads_a_folder),
		cmocka_unit_test(prints_a_log), cmocka_unit_test(collects_from_an_image),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
