// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The parent's side: starts workers, serves them, waits for them, writes down what they found. */
#include "batch/broker.h"
#include "batch/db.h"
#include "batch/place.h"
#include "batch/rows.h"
#include "batch/worker.h"
#include "case/files.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_MAX = 256 << 20, JOBS_MAX = 1024 };

/** One running worker. */
struct slot {
	const struct batch_input *input; // NULL: idle
	pid_t pid;
	int sock; // -1: the worker has closed its end
	int rows, outs[BATCH_FORMATS];
	char *drafts[BATCH_FORMATS];
	struct batch_grant grant;
	struct batch_shared *shared;
	double began;
	bool timed_out;
};

struct pool {
	const struct batch_inputs *list;
	const struct batch_options *options;
	struct batch_db *db;
	const struct batch_ui *ui;
	struct batch_totals *totals;
	struct oom_error *err;
	struct slot *slots;
	struct pollfd *polls;
	size_t nr_slots, running, next;
	char *options_text, *limits_text;
	sigset_t outside; // signals as they are while we wait
};

const char *batch_reason_id(enum batch_reason reason)
{
	static const char *const ids[] = {"", "unreadable", "crashed", "timeout", "memory", "sandbox", "output"};
	return ids[reason];
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Starting. */

static void close_slot(struct slot *s, const struct batch_options *options, bool keep_drafts)
{
	if (s->sock >= 0)
		close(s->sock);
	if (s->rows >= 0)
		close(s->rows);
	for (size_t i = 0; i < options->nr_formats; i++) {
		if (s->outs[i] >= 0)
			close(s->outs[i]);
		if (s->drafts[i] && !keep_drafts)
			unlink(s->drafts[i]);
		free(s->drafts[i]);
		s->drafts[i] = NULL;
		s->outs[i] = -1;
	}
	batch_grant_close(&s->grant);
	s->sock = s->rows = -1;
	s->input = NULL;
}

/** Everything that the worker will have open. */
static enum oom_status open_files(struct pool *p, struct slot *s, int *theirs, struct oom_error *err)
{
	int pair[2];
	const struct batch_options *o = p->options;
	for (size_t i = 0; i < o->nr_formats; i++) {
		s->drafts[i] = batch_draft_path(o->dir, s->input, o->formats[i]);
		if (s->drafts[i])
			s->outs[i] = open(s->drafts[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (s->outs[i] < 0)
			return oom_fail(err, OOM_EWRITE, "%s/reports: cannot be written: %m", o->dir);
	}
	s->rows = oom_open_spool(o->dir);
	if (s->rows < 0)
		return oom_fail(err, OOM_EWRITE, "%s: cannot be written: %m", o->dir);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return oom_fail(err, OOM_ENOMEM, "no socket for a worker: %m");
	s->sock = pair[0];
	*theirs = pair[1];
	return OOM_OK;
}

static enum oom_status start(struct pool *p, struct slot *s, const struct batch_input *input, struct oom_error *err)
{
	int theirs = -1;
	struct oom_error own = {0};
	s->input = input;
	s->timed_out = false;
	s->began = now();
	atomic_store(&s->shared->stopped, 0);
	// A folder that is gone by now will be told by the worker, which cannot open it either.
	batch_grant_init(&s->grant, input, p->options, &own);
	enum oom_status status = open_files(p, s, &theirs, err);
	if (status == OOM_OK) {
		struct batch_work work = {.input = input,
					  .options = p->options,
					  .sock = theirs,
					  .rows = s->rows,
					  .shared = s->shared,
					  .parent = getpid()};
		memcpy(work.outs, s->outs, sizeof(work.outs));
		s->pid = fork();
		if (s->pid == 0)
			batch_work(&work);
		if (s->pid < 0)
			status = oom_fail(err, OOM_ENOMEM, "no process for a worker: %m");
	}
	if (theirs >= 0)
		close(theirs);
	if (status != OOM_OK) {
		batch_db_release(p->db, input);
		close_slot(s, p->options, false);
		return status;
	}
	p->running++;
	return OOM_OK;
}

/** Looks for the next input that is ours. False: there are no more, or the database fails. */
static bool claim_next(struct pool *p, const struct batch_input **ret, enum oom_status *status)
{
	const struct batch_run_id id = {p->options_text, p->limits_text};
	while (p->next < p->list->n) {
		const struct batch_input *input = &p->list->v[p->next++];
		switch (batch_db_claim(p->db, input, &id, p->err)) {
		case BATCH_OURS:
			*ret = input;
			return true;
		case BATCH_ELSEWHERE:
			p->totals->elsewhere++;
			break;
		case BATCH_WAS_FAILED:
			p->totals->failed_before++;
			p->totals->skipped++;
			break;
		case BATCH_WAS_DONE:
		case BATCH_WAS_NO_INPUT:
			p->totals->skipped++;
			break;
		case BATCH_DB_ERROR:
			*status = OOM_EWRITE;
			return false;
		}
		if (p->ui->skipped)
			p->ui->skipped(p->ui->arg);
	}
	return false;
}

static enum oom_status start_some(struct pool *p)
{
	enum oom_status status = OOM_OK;
	for (size_t i = 0; i < p->nr_slots && status == OOM_OK; i++) {
		const struct batch_input *input;
		if (p->slots[i].input)
			continue;
		if (!claim_next(p, &input, &status))
			break;
		status = start(p, &p->slots[i], input, p->err);
	}
	return status;
}

/* Ending. */

/** Reads what the worker wrote; NULL: nothing, or more than it may. To be freed. */
static uint8_t *read_rows(int fd, size_t *len)
{
	struct stat st;
	*len = 0;
	if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > ROWS_MAX)
		return NULL;
	uint8_t *rows = malloc((size_t)st.st_size);
	while (rows && *len < (size_t)st.st_size) {
		ssize_t n = pread(fd, rows + *len, (size_t)st.st_size - *len, (off_t)*len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	return rows;
}

static void say(struct batch_outcome *o, enum batch_reason reason, const char *fmt, ...) OOM_PRINTF(3, 4);
static void say(struct batch_outcome *o, enum batch_reason reason, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	o->state = BATCH_FAILED;
	o->reason = reason;
	vsnprintf(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
}

/** What a whole answer says; false: it is not whole. */
static bool judge_rows(struct pool *p, const struct slot *s, const uint8_t *rows, size_t len, struct batch_outcome *o)
{
	enum { STATUS = 0, ERROR = 1, OOM = 11, TITLE = 13 }; // of batch_columns[BATCH_T_INPUT]
	struct batch_reader reader = {rows, rows ? rows + len : NULL};
	struct batch_row row;
	bool told = false, whole = false;
	while (rows && !whole && batch_row_next(&reader, &row)) {
		whole = row.table == BATCH_T_END;
		if (row.table != BATCH_T_INPUT)
			continue;
		const struct batch_value *text = &row.v[row.v[STATUS].number == OOM_OK ? TITLE : ERROR];
		int64_t status = row.v[STATUS].number;
		told = true;
		o->oom = row.v[OOM].kind == BATCH_INT && row.v[OOM].number;
		snprintf(o->text, sizeof(o->text), "%.*s", (int)text->len, text->text ? text->text : "");
		if (status == OOM_ENOMEM)
			say(o, BATCH_MEMORY, "more memory than the limit of %lld MiB",
			    (long long)(batch_memory_limit(p->options, s->input) >> 20));
		else if (status == OOM_EFORMAT && s->input->maybe && !s->input->named)
			o->state = BATCH_NO_INPUT;
		else if (status != OOM_OK)
			o->state = BATCH_FAILED;
		if (o->state == BATCH_FAILED && o->reason == BATCH_FINE)
			o->reason = status == OOM_EWRITE ? BATCH_OUTPUT : BATCH_UNREADABLE;
	}
	return told && whole;
}

/** From the worker's end, as waitpid(2) tells it, to the outcome. */
static void judge(struct pool *p, const struct slot *s, int how, const uint8_t *rows, size_t len,
		  struct batch_outcome *o)
{
	char name[64];
	int stopped = atomic_load(&s->shared->stopped);
	o->seconds = now() - s->began;
	if (s->timed_out || (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU)) {
		say(o, BATCH_TIMEOUT, "not read within %lld s", (long long)p->options->timeout_s);
	} else if ((WIFEXITED(how) && WEXITSTATUS(how) == BATCH_EXIT_SANDBOX) ||
		   (WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS)) {
		batch_syscall_name(stopped - 1, name, sizeof(name));
		say(o, BATCH_SANDBOX, "stopped by the sandbox: the reader tried the system call %s",
		    *name ? name : "(unknown)");
	} else if (WIFSIGNALED(how)) {
		const char *abbrev = sigabbrev_np(WTERMSIG(how));
		say(o, BATCH_CRASHED, "the reader died of SIG%s", abbrev ? abbrev : "?");
	} else if (WEXITSTATUS(how) == BATCH_EXIT_SETUP) {
		say(o, BATCH_CRASHED, "the reader could not be confined, or could not write its answer");
	} else if (WEXITSTATUS(how) != 0 || !judge_rows(p, s, rows, len, o)) {
		say(o, BATCH_CRASHED, "the reader ended without an answer (status %d)", WEXITSTATUS(how));
	}
}

struct publication {
	const struct batch_options *options;
	const struct slot *slot;
	const char *name;
	bool done;
};

/** Puts the reports into their place; those of an input that has failed by now are taken away. */
static bool publish(void *arg)
{
	const struct publication *pub = arg;
	const struct batch_options *o = pub->options;
	for (size_t i = 0; i < o->nr_formats; i++) {
		char *path = batch_report_path(o->dir, pub->name, o->formats[i]);
		bool fits = path && (pub->done ? rename(pub->slot->drafts[i], path) == 0
					       : unlink(path) == 0 || errno == ENOENT);
		free(path);
		if (!fits)
			return false;
	}
	return true;
}

static char *endings_of(const struct batch_options *o)
{
	char text[64];
	size_t len = 0;
	text[0] = '\0';
	for (size_t i = 0; i < o->nr_formats; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "",
					batch_ending(o->formats[i]));
	return strdup(text);
}

static enum oom_status write_down(struct pool *p, struct slot *s, const uint8_t *rows, size_t len,
				  const struct batch_outcome *o)
{
	char *name = batch_report_name(s->input), *endings = endings_of(p->options);
	enum oom_status status = OOM_ENOMEM;
	if (name && endings) {
		bool done = o->state == BATCH_DONE;
		struct publication pub = {p->options, s, name, done};
		struct batch_result result = {.outcome = o,
					      .rows = rows,
					      .len = len,
					      .reports = done ? name : NULL,
					      .formats = done ? endings : NULL,
					      .publish = publish,
					      .arg = &pub};
		status = batch_db_store(p->db, s->input, &result, p->err);
	}
	free(name);
	free(endings);
	return status;
}

static enum oom_status finish(struct pool *p, struct slot *s, int how)
{
	struct batch_outcome outcome = {0};
	size_t len;
	uint8_t *rows = read_rows(s->rows, &len);
	judge(p, s, how, rows, len, &outcome);
	enum oom_status status = write_down(p, s, rows, len, &outcome);
	free(rows);
	if (status == OOM_OK) {
		p->totals->done += outcome.state == BATCH_DONE;
		p->totals->failed += outcome.state == BATCH_FAILED;
		p->totals->no_input += outcome.state == BATCH_NO_INPUT;
		p->totals->oom += outcome.oom;
		if (p->ui->finished)
			p->ui->finished(p->ui->arg, s->input, &outcome);
	} else if (status == OOM_ENOENT) {
		p->totals->elsewhere++;
		status = OOM_OK;
	}
	close_slot(s, p->options, false);
	p->running--;
	return status;
}

static enum oom_status reap(struct pool *p)
{
	enum oom_status status = OOM_OK;
	for (size_t i = 0; i < p->nr_slots && status == OOM_OK; i++) {
		struct slot *s = &p->slots[i];
		int how;
		if (!s->input)
			continue;
		if (waitpid(s->pid, &how, WNOHANG) == s->pid) {
			status = finish(p, s, how);
		} else if (!s->timed_out && now() - s->began > (double)p->options->timeout_s) {
			s->timed_out = true;
			kill(s->pid, SIGKILL);
		}
	}
	return status;
}

/** Kills what still runs; their inputs are as before. */
static void kill_all(struct pool *p)
{
	for (size_t i = 0; i < p->nr_slots; i++) {
		struct slot *s = &p->slots[i];
		if (!s->input)
			continue;
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
		batch_db_release(p->db, s->input);
		close_slot(s, p->options, false);
		p->running--;
	}
}

/* The loop. */

/** Waits for a request, the end of a worker, or a signal, but not for long; answers requests. */
static void serve(struct pool *p)
{
	const struct timespec tick = {0, 200 * 1000 * 1000};
	for (size_t i = 0; i < p->nr_slots; i++)
		p->polls[i] = (struct pollfd){.fd = p->slots[i].input ? p->slots[i].sock : -1, .events = POLLIN};
	if (ppoll(p->polls, p->nr_slots, &tick, &p->outside) <= 0)
		return;
	for (size_t i = 0; i < p->nr_slots; i++) {
		struct slot *s = &p->slots[i];
		if (!p->polls[i].revents)
			continue;
		if ((p->polls[i].revents & POLLIN) && batch_serve(&s->grant, s->sock))
			continue;
		// Gone, or speaking nonsense: its end will show at the next SIGCHLD, or at its time limit.
		close(s->sock);
		s->sock = -1;
	}
}

static void on_child(int signal)
{
	(void)signal;
}

/** Redacted options: no name of a file is in them, and they end with a number that is another with another key. */
static char *redacted(const struct batch_options *o, char *text)
{
	static const char sample[] = "/srv/sample/a 192.0.2.77";
	size_t len = 0;
	char *tokens = text ? oom_redact_path(o->open.redact, text) : NULL, *ret = NULL;
	char *mark = oom_redact_text(o->open.redact, sample, sizeof(sample) - 1, &len);
	if (tokens && mark &&
	    asprintf(&ret, "%s redact=%x:%08x", tokens, o->redact, (unsigned int)batch_hash(0, mark, len)) < 0)
		ret = NULL;
	free(tokens);
	free(mark);
	free(text);
	return ret;
}

static char *options_text(const struct batch_options *o)
{
	char *text = NULL, *endings = endings_of(o);
	const struct oom_image_options *image = &o->open.image;
	if (endings &&
	    asprintf(&text, "%s top=%d verbose=%d size=%zu deep=%d census=%lld since=%lld k=%s S=%s b=%s spool=%lld",
		     endings, o->report.top, o->report.verbose, o->report.max_size, o->open.deep,
		     (long long)o->open.census, oom_known(o->since_s) ? (long long)o->since_s : -1,
		     image->vmlinux ? image->vmlinux : "", image->system_map ? image->system_map : "",
		     image->btf ? image->btf : "", (long long)o->open.max_spool) < 0)
		text = NULL;
	free(endings);
	return o->open.redact ? redacted(o, text) : text;
}

static bool pool_init(struct pool *p)
{
	size_t jobs = p->options->jobs > 0 ? (size_t)p->options->jobs : 1;
	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	if (jobs > p->list->n)
		jobs = p->list->n ? p->list->n : 1;
	p->slots = calloc(jobs, sizeof(*p->slots));
	p->polls = calloc(jobs, sizeof(*p->polls));
	p->options_text = options_text(p->options);
	if (asprintf(&p->limits_text, "timeout=%lld memory=%lld", (long long)p->options->timeout_s,
		     (long long)p->options->max_memory) < 0)
		p->limits_text = NULL;
	for (size_t i = 0; p->slots && i < jobs; i++) {
		struct slot *s = &p->slots[i];
		s->sock = s->rows = s->grant.root = -1;
		for (size_t k = 0; k < BATCH_FORMATS; k++)
			s->outs[k] = -1;
		void *page = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED)
			return false;
		s->shared = page;
		p->nr_slots++;
	}
	return p->slots && p->polls && p->options_text && p->limits_text;
}

static void pool_free(struct pool *p)
{
	for (size_t i = 0; i < p->nr_slots; i++)
		munmap(p->slots[i].shared, sizeof(*p->slots[i].shared));
	free(p->slots);
	free(p->polls);
	free(p->options_text);
	free(p->limits_text);
}

/** Signals are let in only while we wait, so that none is missed between a look at its flag and the wait. */
static void hold_signals(struct pool *p, struct sigaction *old)
{
	struct sigaction action = {.sa_handler = on_child};
	sigset_t held;
	sigemptyset(&held);
	sigaddset(&held, SIGCHLD);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaction(SIGCHLD, &action, old);
	sigprocmask(SIG_BLOCK, &held, &p->outside);
}

enum oom_status batch_run(const struct batch_inputs *list, const struct batch_options *options, struct batch_db *db,
			  const struct batch_ui *ui, const volatile sig_atomic_t *stop, struct batch_totals *totals,
			  struct oom_error *err)
{
	struct pool p = {.list = list, .options = options, .db = db, .ui = ui, .totals = totals, .err = err};
	struct sigaction old;
	enum oom_status status = OOM_OK;
	*totals = (struct batch_totals){.inputs = list->n};
	if (!pool_init(&p)) {
		pool_free(&p);
		return oom_fail(err, OOM_ENOMEM, "out of memory");
	}
	status = batch_db_check_redaction(db, p.options_text, err);
	if (status != OOM_OK) {
		pool_free(&p);
		return status;
	}
	batch_warm_up();
	hold_signals(&p, &old);
	while (status == OOM_OK && !*stop) {
		status = start_some(&p);
		if (!p.running)
			break;
		serve(&p);
		if (status == OOM_OK)
			status = reap(&p);
		if (ui->tick)
			ui->tick(ui->arg);
	}
	totals->interrupted = *stop && (p.running || p.next < list->n);
	kill_all(&p);
	sigprocmask(SIG_SETMASK, &p.outside, NULL);
	sigaction(SIGCHLD, &old, NULL);
	pool_free(&p);
	return status;
}
