// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The walls around batch's workers: a reader that was taken over by its input is stopped, reported as such, and costs
 * that input alone. The reader here is oom_open() below, in the place of the library's: what it does is the name of the
 * file that it is given.
 */
#include <setjmp.h> // cmocka.h needs these
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "batch/batch.h"
#if OOM_WITH_SQLITE && OOM_WITH_SECCOMP
#include "batch/broker.h"
#include "batch/db.h"
#include "batch/place.h"
#include "case/files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a reader must not do. Each returns if it was let. */

static void do_open(void)
{
	syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static void do_fopen(void)
{
	FILE *in = fopen("/etc/passwd", "r");
	if (in)
		fclose(in);
}

static void do_create(void)
{
	creat("/tmp/oomortem-sandbox-test", 0600);
}

static void do_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void do_exec(void)
{
	char *argv[] = {"/bin/true", NULL};
	execv(argv[0], argv);
}

static void do_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void do_connect(void)
{
	connect(3, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(struct sockaddr));
}

static void do_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void do_kill(void)
{
	kill(getppid(), 0);
}

static void do_unlink(void)
{
	unlink("/tmp/oomortem-no-such-file");
}

static void do_rename(void)
{
	rename("/tmp/oomortem-no-such-file", "/tmp/oomortem-no-other");
}

static void do_stat(void)
{
	syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &(struct stat){0}, 0);
}

static void do_exec_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void do_send(void)
{
	sendto(4, "x", 1, 0, NULL, 0);
}

static void do_limits(void)
{
	syscall(SYS_prlimit64, 0, 7, &(uint64_t[2]){1000, 1000}, NULL);
}

static void do_32_bit(void)
{
#if defined(__x86_64__)
	// open(2) of i386, which has another number: a filter must not take one architecture's numbers for another's.
	__asm__ volatile("int $0x80" : : "a"(5), "b"(0), "c"(0), "d"(0) : "memory");
#else
	do_open();
#endif
}

static void do_loop(void)
{
	for (volatile unsigned int i = 0;; i++)
		;
}

#if !defined(__SANITIZE_ADDRESS__) // which would tell of it in its own way
static void do_crash(void)
{
	static volatile uintptr_t nowhere = 8; // read, so that no compiler can know it
	*(volatile int *)nowhere = 1;
}
#endif

static void do_abort(void)
{
	abort();
}

static void do_exit(void)
{
	_exit(0);
}

/** Rows that are none, a length beyond the end, and no end mark. */
static void do_garbage(void)
{
	char junk[4096];
	memset(junk, 1, sizeof(junk));
	if (write(4, junk, sizeof(junk)) < 0)
		_exit(9);
	_exit(0);
}

static const struct act {
	const char *name;
	void (*run)(void);
	enum batch_reason reason; // how it is to be reported
	const char *text;
} acts[] = {
	{"open", do_open, BATCH_SANDBOX, "openat"},
	{"fopen", do_fopen, BATCH_SANDBOX, "openat"},
	{"create", do_create, BATCH_SANDBOX, "sandbox"},
	{"fork", do_fork, BATCH_SANDBOX, "clone"},
	{"exec", do_exec, BATCH_SANDBOX, "execve"},
	{"socket", do_socket, BATCH_SANDBOX, "socket"},
	{"connect", do_connect, BATCH_SANDBOX, "connect"},
	{"ptrace", do_ptrace, BATCH_SANDBOX, "ptrace"},
	{"kill", do_kill, BATCH_SANDBOX, "sandbox"},
	{"unlink", do_unlink, BATCH_SANDBOX, "unlink"},
	{"rename", do_rename, BATCH_SANDBOX, "rename"},
	{"stat", do_stat, BATCH_SANDBOX, "newfstatat"},
	{"exec-memory", do_exec_memory, BATCH_SANDBOX, "mprotect"},
	{"send", do_send, BATCH_SANDBOX, "sendto"},
	{"limits", do_limits, BATCH_SANDBOX, "prlimit64"},
	{"32-bit", do_32_bit, BATCH_SANDBOX, ""},
	{"loop", do_loop, BATCH_TIMEOUT, "6 s"},
#if !defined(__SANITIZE_ADDRESS__)
	{"crash", do_crash, BATCH_CRASHED, "SIGSEGV"},
#endif
	{"abort", do_abort, BATCH_CRASHED, "SIGABRT"},
	{"exit", do_exit, BATCH_CRASHED, "without an answer"},
	{"garbage", do_garbage, BATCH_CRASHED, "without an answer"},
};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/** Files that the broker must hand out, and files that it must not. */
static enum oom_status ask_for_files(const char *path, struct oom_error *err)
{
	char other[PATH_MAX];
	int own = oom_open_file(path, 0);
	if (own < 0)
		return oom_fail(err, OOM_EREAD, "own: %m");
	char text[4] = "";
	if (read(own, text, 3) != 3)
		return oom_fail(err, OOM_EREAD, "own cannot be read");
	snprintf(other, sizeof(other), "%.*sopen", (int)(base(path) - path), path);
	static const char *const foreign[] = {"/etc/passwd", "../../etc/passwd", "/proc/self/mem", "", "/dev/null"};
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (oom_open_file(foreign[i], 0) >= 0)
			return oom_fail(err, OOM_EREAD, "got %s", foreign[i]);
	if (oom_open_file(other, 0) >= 0)
		return oom_fail(err, OOM_EREAD, "got the input of another");
	int spool = oom_open_spool(NULL);
	if (spool < 0 || write(spool, "abc", 3) != 3 || pread(spool, text, 3, 0) != 3)
		return oom_fail(err, OOM_EREAD, "no spool: %m");
	return OOM_OK;
}

static enum oom_status fill_memory(struct oom_error *err)
{
	size_t all = 0;
	for (; all < (size_t)4 << 30; all += 16 << 20) {
		char *piece = malloc(16 << 20);
		if (!piece)
			return oom_fail(err, OOM_ENOMEM, "out of memory");
		memset(piece, 1, 16 << 20);
	}
	return oom_fail(err, OOM_EREAD, "got %zu bytes", all);
}

/** In the place of the library's. */
enum oom_status oom_open(const char *const *paths, size_t nr_paths, const struct oom_open_options *options,
			 struct oom_case **ret, struct oom_error *err)
{
	(void)nr_paths;
	(void)options;
	const char *name = base(paths[0]);
	for (size_t i = 0; i < ACTS; i++)
		if (strcmp(acts[i].name, name) == 0)
			acts[i].run();
	enum oom_status status = OOM_OK;
	if (strcmp(name, "files") == 0)
		status = ask_for_files(paths[0], err);
	else if (strcmp(name, "memory") == 0)
		status = fill_memory(err);
	else if (strcmp(name, "fine") != 0)
		return oom_fail(err, OOM_EREAD, "was let");
	if (status != OOM_OK)
		return status;
	*ret = oom_case_new();
	return *ret ? OOM_OK : OOM_ENOMEM;
}

/* The parent. */

static struct {
	char name[32];
	struct batch_outcome outcome;
} seen[ACTS + 8];
static size_t nr_seen;

static void on_finished(void *arg, const struct batch_input *input, const struct batch_outcome *outcome)
{
	(void)arg;
	assert_true(nr_seen < sizeof(seen) / sizeof(seen[0]));
	snprintf(seen[nr_seen].name, sizeof(seen[0].name), "%s", base(input->paths[0]));
	seen[nr_seen++].outcome = *outcome;
}

static const struct batch_outcome *outcome_of(const char *name)
{
	for (size_t i = 0; i < nr_seen; i++)
		if (strcmp(seen[i].name, name) == 0)
			return &seen[i].outcome;
	fail_msg("no outcome for %s", name);
	return NULL;
}

static char place[] = "/tmp/oomortem-test-XXXXXX";

static void write_input(const char *name, struct batch_inputs *list, const struct batch_options *options)
{
	char path[PATH_MAX];
	const struct batch_ui none = {0};
	snprintf(path, sizeof(path), "%s/%s", place, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "[    1.000000] %s\n[    2.000000] Out of memory: x\n", name);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(batch_collect(list, path, options, &none), OOM_OK);
}

static void test_walls(void **state)
{
	(void)state;
	static volatile sig_atomic_t stop;
	char dir[PATH_MAX], db_path[PATH_MAX + 16];
	struct batch_inputs list = {0};
	struct batch_totals totals;
	struct batch_db *db;
	struct oom_error err = {0};
	assert_non_null(mkdtemp(place));
	snprintf(dir, sizeof(dir), "%s/out", place);
	snprintf(db_path, sizeof(db_path), "%s/incidents.db", dir);
	const struct batch_options options = {.dir = dir,
					      .formats = {OOM_TEXT},
					      .nr_formats = 1,
					      .jobs = 2,
					      .timeout_s = 6, // busy machines are slow
					      .max_memory = 256 << 20,
					      .newer_than_ns = OOM_ABSENT,
					      .since_s = OOM_ABSENT,
					      .report = {.event = OOM_ABSENT}};
	const struct batch_ui ui = {.finished = on_finished};
	for (size_t i = 0; i < ACTS; i++)
		write_input(acts[i].name, &list, &options);
	write_input("fine", &list, &options);
	write_input("files", &list, &options);
	write_input("memory", &list, &options);
	assert_int_equal(batch_settle(&list, &options), OOM_OK);
	assert_int_equal(list.n, ACTS + 3);
	assert_int_equal(batch_make_place(dir, &err), OOM_OK);
	assert_int_equal(batch_db_open(db_path, BATCH_DB_CREATE, &db, &err), OOM_OK);
	assert_int_equal(batch_run(&list, &options, db, &ui, &stop, &totals, &err), OOM_OK);
	batch_db_close(db);

	for (size_t i = 0; i < ACTS; i++) {
		const struct batch_outcome *o = outcome_of(acts[i].name);
		if (o->state != BATCH_FAILED || o->reason != acts[i].reason || !strstr(o->text, acts[i].text))
			fail_msg("%s: state %d, reason '%s': %s", acts[i].name, o->state, batch_reason_id(o->reason),
				 o->text);
	}
	assert_string_equal(outcome_of("fine")->text, outcome_of("files")->text);
	assert_int_equal(outcome_of("fine")->state, BATCH_DONE);
	assert_int_equal(outcome_of("files")->state, BATCH_DONE);
#if !defined(__SANITIZE_ADDRESS__)
	assert_int_equal(outcome_of("memory")->reason, BATCH_MEMORY);
	assert_non_null(strstr(outcome_of("memory")->text, "256 MiB"));
#endif
	assert_int_not_equal(access("/tmp/oomortem-sandbox-test", F_OK), 0);
	batch_inputs_free(&list);
}

/** What a folder's grant opens: what lies in it, by whatever way it is asked for, and nothing else. */
static void test_grant(void **state)
{
	(void)state;
	char root[PATH_MAX], path[PATH_MAX + 64];
	snprintf(root, sizeof(root), "%s/folder", place);
	assert_int_equal(mkdir(root, 0700), 0);
	assert_int_equal(setenv("ROOT", root, 1), 0);
	assert_int_equal(system("cd \"$ROOT\" && mkdir -p a/b && echo x >a/b/file && ln -s /etc/passwd out && "
				"ln -s a/b/file in && ln -s ../open up && mkfifo fifo && ln -s / root"),
			 0);
	char *paths[] = {root};
	const struct batch_input input = {.paths = paths, .nr_paths = 1, .folder = true};
	const struct batch_options options = {.open.image.btf = "/etc/hostname"};
	struct batch_grant grant;
	assert_int_equal(batch_grant_init(&grant, &input, &options, NULL), OOM_OK);
	static const struct {
		const char *path;
		int flags;
		bool opens;
	} tries[] = {{"", O_DIRECTORY, true},
		     {"/a/b/file", 0, true},
		     {"/a/../a/b/file", 0, true},
		     {"/a/b", O_DIRECTORY, true},
		     {"/in", 0, true},
		     {"/in", O_NOFOLLOW, false},
		     {"/out", 0, false},
		     {"/up", 0, false},
		     {"/../open", 0, false},
		     {"/a/../../open", 0, false},
		     {"/root/etc/passwd", 0, false},
		     {"/fifo", 0, false},
		     {"er", O_DIRECTORY, false},
		     {"/a/b/file", O_WRONLY | O_TRUNC, true}}; // opened to be read all the same
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, tries[i].path);
		int fd = batch_grant_open(&grant, path, tries[i].flags);
		if ((fd >= 0) != tries[i].opens)
			fail_msg("%s: %d", path, fd);
		if (fd >= 0) {
			assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
			close(fd);
		}
	}
	assert_true(batch_grant_open(&grant, "/etc/passwd", 0) < 0);
	int named = batch_grant_open(&grant, "/etc/hostname", 0);
	assert_true(named >= 0);
	close(named);
	batch_grant_close(&grant);
}

static int remove_place(void **state)
{
	(void)state;
	char command[PATH_MAX];
	snprintf(command, sizeof(command), "rm -rf %s", place);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_walls), cmocka_unit_test(test_grant)};
	return cmocka_run_group_tests(tests, NULL, remove_place);
}

#else

int main(void)
{
	return 77;
}

#endif
