// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Processes at collection: tables of ps(1), read by their headers, and the files of /proc/PID. Each gives a row with
 * what it knows; the rows of one process become one at the end.
 */
#include "case/container.h"
#include "sos/internal.h"
#include <stdlib.h>

enum { COLUMNS = 24 };

static struct oom_task *add(struct sos *s, int64_t pid, const char *path, int64_t line)
{
	struct oom_task *t = pid >= 0 && s->tasks.n < ROWS_MAX_SOS ? oom_add_task(s->c->arena, &s->tasks) : NULL;
	if (t) {
		t->pid = t->tgid = pid;
		t->origin = (struct oom_origin){OOM_FROM_FILE, path, line};
	}
	return t;
}

static const char *keep(struct sos *s, struct cur text)
{
	return oom_strndup(s->c->arena, text.p, cur_left(&text));
}

/** The path in the memory hierarchy of "4:memory:/a,1:name=systemd:/b", or in "0::/a"; lines or commas between. */
static const char *memcg_of(struct sos *s, struct cur text)
{
	struct cur unified = {NULL, NULL};
	while (text.p < text.end) {
		struct cur part = text;
		while (text.p < text.end && *text.p != '\n' &&
		       !(*text.p == ',' && text.p + 1 < text.end && is_digit((unsigned char)text.p[1])))
			text.p++;
		part.end = text.p++;
		if (scan_lit(&part, "0::")) {
			unified = part;
			continue;
		}
		const char *colon = memchr(part.p, ':', cur_left(&part));
		const char *second = colon ? memchr(colon + 1, ':', (size_t)(part.end - colon - 1)) : NULL;
		struct cur names = {colon, second};
		if (second && cur_has(&names, "memory"))
			return keep(s, (struct cur){second + 1, part.end});
	}
	return cur_left(&unified) ? keep(s, unified) : NULL;
}

/** A column by its header; @p rest: the last one, to the end of the line. */
static void take_column(struct sos *s, struct oom_task *t, const struct cur *name, struct cur value, bool rest)
{
	if (cur_is(name, "PPID"))
		t->ppid = sos_number(value);
	else if (cur_is(name, "UID"))
		t->uid = sos_number(value);
	else if (cur_is(name, "VSZ"))
		t->total_vm_kb = sos_number(value);
	else if (cur_is(name, "RSS"))
		t->rss_kb = sos_number(value);
	else if (cur_is(name, "NLWP"))
		t->threads = sos_number(value);
	else if ((cur_is(name, "STAT") || cur_is(name, "S")) && cur_left(&value))
		t->state = oom_strndup(s->c->arena, value.p, 1);
	else if (cur_is(name, "CGROUP"))
		t->memcg = memcg_of(s, value);
	else if (cur_is(name, "COMMAND") && rest && cur_left(&value) > 2 && *value.p == '[' && value.end[-1] == ']')
		t->comm = keep(s, (struct cur){value.p + 1, value.end - 1}); // a process without arguments to show
	else if (cur_is(name, "COMMAND") && rest)
		t->cmdline = keep(s, value);
	else if (cur_is(name, "COMMAND"))
		t->comm = keep(s, value);
}

static bool take_row(struct sos *s, struct oom_task *t, const struct cur *columns, size_t n, struct cur line)
{
	for (size_t i = 0; i < n; i++) {
		struct cur value;
		bool rest = i + 1 == n;
		if (rest)
			value = cur_trim(line);
		else if (!scan_word(&line, &value))
			return false;
		if (cur_is(&columns[i], "PID"))
			t->pid = t->tgid = sos_number(value);
		else
			take_column(s, t, &columns[i], value, rest);
	}
	return oom_known(t->pid);
}

/**
 * A table of ps. Columns before the command hold no blanks, but for some of STARTED; a table with one is read up to
 * there. "ps axo …,lwp" has a row for a process when no threads are asked for.
 */
void sos_ps(struct sos *s, const char *path, struct cur text)
{
	struct cur columns[COLUMNS], line;
	const char *kept = oom_strdup(s->c->arena, path);
	size_t n = 0;
	bool pid = false;
	if (!sos_line(&text, &line))
		return;
	while (n < COLUMNS && scan_word(&line, &columns[n])) {
		if (cur_is(&columns[n], "STARTED"))
			break;
		pid |= cur_is(&columns[n++], "PID");
	}
	for (int64_t number = 2; pid && sos_line(&text, &line); number++) {
		struct oom_task *t = add(s, 0, kept, number);
		if (!t)
			return;
		if (!take_row(s, t, columns, n, line))
			s->tasks.n--;
	}
}

/** proc/PID/… */
static int64_t pid_of(const char *path)
{
	struct cur c = cur_of(path + 5, strlen(path + 5));
	int64_t pid;
	return scan_digits(&c, &pid) && scan_char(&c, '/') ? pid : OOM_ABSENT;
}

/** /proc/PID/status: proc_pid_status(5). */
void sos_status(struct sos *s, const char *path, struct cur text)
{
	static const struct {
		const char *name;
		size_t offset;
	} numbers[] = {
		{"PPid:", offsetof(struct oom_task, ppid)},
		{"Uid:", offsetof(struct oom_task, uid)},
		{"Threads:", offsetof(struct oom_task, threads)},
		{"VmSize:", offsetof(struct oom_task, total_vm_kb)},
		{"VmRSS:", offsetof(struct oom_task, rss_kb)},
		{"RssAnon:", offsetof(struct oom_task, rss_anon_kb)},
		{"RssFile:", offsetof(struct oom_task, rss_file_kb)},
		{"RssShmem:", offsetof(struct oom_task, rss_shmem_kb)},
		{"VmSwap:", offsetof(struct oom_task, swap_kb)},
		{"VmLck:", offsetof(struct oom_task, locked_kb)},
		{"HugetlbPages:", offsetof(struct oom_task, hugetlb_kb)},
	};
	struct oom_task *t = add(s, pid_of(path), oom_strdup(s->c->arena, path), 1);
	struct cur line;
	while (t && sos_line(&text, &line)) {
		if (scan_lit(&line, "Name:")) {
			t->comm = keep(s, cur_trim(line));
		} else if (scan_lit(&line, "State:")) {
			line = cur_trim(line);
			t->state = cur_left(&line) ? oom_strndup(s->c->arena, line.p, 1) : NULL;
		} else {
			for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
				int64_t value;
				if (!scan_lit(&line, numbers[i].name))
					continue;
				scan_blanks(&line);
				if (scan_digits(&line, &value))
					memcpy((char *)t + numbers[i].offset, &value, sizeof(value));
				break;
			}
		}
	}
}

void sos_adj(struct sos *s, const char *path, struct cur text)
{
	struct oom_task *t = add(s, pid_of(path), oom_strdup(s->c->arena, path), 1);
	if (t)
		t->oom_score_adj = sos_number(text);
}

void sos_task_cgroup(struct sos *s, const char *path, struct cur text)
{
	struct oom_task *t = add(s, pid_of(path), oom_strdup(s->c->arena, path), 1);
	if (t)
		t->memcg = memcg_of(s, text);
}

/** By pid; rows of one process in the order in which they came. */
static int by_pid(const void *a, const void *b)
{
	const struct oom_task *x = *(const struct oom_task *const *)a, *y = *(const struct oom_task *const *)b;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x < y ? -1 : x > y;
}

#define FILL(member)                                                                                                   \
	if (!oom_known(to->member))                                                                                    \
	to->member = from->member
#define FILL_TEXT(member)                                                                                              \
	if (!to->member)                                                                                               \
	to->member = from->member

static void fill(struct oom_task *to, const struct oom_task *from)
{
	FILL(ppid);
	FILL(uid);
	FILL(rss_kb);
	FILL(rss_anon_kb);
	FILL(rss_file_kb);
	FILL(rss_shmem_kb);
	FILL(swap_kb);
	FILL(total_vm_kb);
	FILL(oom_score_adj);
	FILL(threads);
	FILL_TEXT(comm);
	FILL_TEXT(cmdline);
	FILL_TEXT(state);
	FILL(locked_kb);
	FILL(hugetlb_kb);
	FILL_TEXT(memcg);
}

void sos_tasks_end(struct sos *s)
{
	size_t n = s->tasks.n;
	const struct oom_task **rows = n ? calloc(n, sizeof(*rows)) : NULL;
	struct oom_task *last = NULL;
	if (!rows || !sos_state(s)) {
		s->no_memory |= n > 0 && !rows;
		free(rows);
		return;
	}
	for (size_t i = 0; i < n; i++)
		rows[i] = &s->tasks.v[i];
	qsort(rows, n, sizeof(*rows), by_pid);
	for (size_t i = 0; i < n; i++) {
		if (last && last->pid == rows[i]->pid) {
			fill(last, rows[i]);
			continue;
		}
		last = oom_add_task(s->c->arena, &s->c->state->tasks);
		if (!last)
			break;
		*last = *rows[i];
	}
	struct oom_tasks *tasks = &s->c->state->tasks;
	for (size_t i = 0; i < tasks->n; i++)
		oom_container_of(tasks->v[i].memcg, s->c->arena, &tasks->v[i].container, &tasks->v[i].pod);
	free(rows);
}
