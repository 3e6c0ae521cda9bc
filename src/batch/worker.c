// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The life of a worker. */
#include "batch/worker.h"
#include "batch/broker.h"
#include "batch/rows.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST = 3, HIGH = 200 }; // descriptors: the first of ours, where they wait while they are moved

static void close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned int)first, ~0u, 0) == 0)
		return;
#endif
	long max = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd < (max > 0 && max < 65536 ? max : 65536); fd++)
		close(fd);
}

/** Nothing stays open but what is the worker's; terminal and database least of all. */
static bool settle_files(struct batch_work *w)
{
	int *ours[2 + BATCH_FORMATS] = {&w->sock, &w->rows};
	size_t n = 2;
	for (size_t i = 0; i < w->options->nr_formats; i++)
		ours[n++] = &w->outs[i];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < FIRST; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		if ((*ours[i] = fcntl(*ours[i], F_DUPFD, HIGH)) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		if ((*ours[i] = dup2(*ours[i], FIRST + (int)i)) < 0)
			return false;
	close_from(FIRST + (int)n);
	return true;
}

static void settle_signals(void)
{
	sigset_t none;
	for (int i = 1; i < SIGRTMIN; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, SIG_DFL);
	// Ctrl-C goes to the whole group of processes; ending workers is the parent's business.
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); // a report too large is a failed write
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/** All reports of a case; false: one could not be written. */
static bool write_reports(const struct batch_work *w, const struct oom_case *c, const struct oom_diagnosis *d)
{
	for (size_t i = 0; i < w->options->nr_formats; i++) {
		FILE *out = fdopen(w->outs[i], "w");
		if (!out)
			return false;
		bool fits = oom_report(out, w->options->formats[i], c, d, &w->options->report, NULL) == OOM_OK;
		if (fclose(out) != 0 || !fits)
			return false;
	}
	return true;
}

/** What went wrong may name what the input holds. */
static void put_failure(const struct batch_work *w, FILE *rows, enum oom_status status, const char *why)
{
	struct oom_redactor *redact = w->options->open.redact;
	size_t len;
	char *text = redact ? oom_redact_text(redact, why, strlen(why), &len) : NULL;
	batch_put_failure(rows, status, redact ? text : why);
	free(text);
}

/** Was there memory for all since the last call? */
static bool enough(const struct batch_work *w)
{
	return !w->options->memory_settle || w->options->memory_settle(NULL);
}

static void read_input(const struct batch_work *w, FILE *rows)
{
	enough(w); // what the parent lacked is the parent's
	struct oom_case *c = NULL;
	struct oom_diagnosis *d = NULL;
	struct oom_error err = {0};
	const struct batch_input *input = w->input;
	enum oom_status status =
		oom_open((const char *const *)input->paths, input->nr_paths, &w->options->open, &c, &err);
	if (status != OOM_OK) {
		put_failure(w, rows, enough(w) ? status : OOM_ENOMEM, err.text);
		return;
	}
	status = oom_classify(c, &d);
	bool written = status == OOM_OK && write_reports(w, c, d);
	// Lists that were cut off for want of memory would pass for whole ones; with a higher limit it is read again.
	if (status == OOM_OK && (!enough(w) || c->source.no_memory))
		status = OOM_ENOMEM;
	if (status != OOM_OK)
		batch_put_failure(rows, status, "out of memory");
	else if (!written)
		batch_put_failure(rows, OOM_EWRITE, "its report could not be written");
	else
		batch_put_case(rows, c, d, w->options->since_s);
	oom_diagnosis_free(d);
	oom_case_free(c);
}

_Noreturn void batch_work(const struct batch_work *work)
{
	struct batch_work w = *work;
	const int64_t spool = w.options->open.max_spool;
	const struct batch_limits limits = {
		.memory = batch_memory_limit(w.options, w.input),
		.cpu_s = w.options->timeout_s + 1,
		.file_size = (spool > 0 ? spool : INT64_C(64) << 30) + (INT64_C(1) << 30),
		.files = 64 + (int64_t)w.input->nr_paths,
	};
	settle_signals();
	// Nobody would read the answer of a worker whose parent was killed.
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != w.parent)
		batch_leave(BATCH_EXIT_SETUP);
	if (!settle_files(&w))
		batch_leave(BATCH_EXIT_SETUP);
	FILE *rows = fdopen(w.rows, "w");
	batch_ask_at(w.sock);
	if (!rows || !batch_confine(&limits, w.sock, w.shared))
		batch_leave(BATCH_EXIT_SETUP);
	read_input(&w, rows);
	batch_row_begin(rows, BATCH_T_END);
	batch_leave(fflush(rows) == 0 && !ferror(rows) ? 0 : BATCH_EXIT_SETUP);
}
