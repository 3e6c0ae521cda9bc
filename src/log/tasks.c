// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The task table, read by its header. mm/oom_kill.c dump_tasks(); the shapes so far:
 *
 *   [ pid ]   uid  tgid total_vm      rss cpu oom_adj name                                            2.6.25
 *   [ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name                              2.6.36
 *   [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name                         3.8
 *   [ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name                 4.1
 *   [ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name                  4.15
 *   [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name  6.8
 *
 * Sizes are pages: the *_kb of a task hold pages until settle.c converts them.
 */
#include "log/internal.h"

struct column_name {
	const char *name;
	size_t offset; // in struct oom_task; SIZE_MAX: understood, not kept
};

#define COLUMN(name, member)                                                                                           \
	{                                                                                                              \
		name, offsetof(struct oom_task, member)                                                                \
	}
static const struct column_name column_names[] = {
	COLUMN("uid", uid),
	COLUMN("tgid", tgid),
	COLUMN("total_vm", total_vm_kb),
	COLUMN("rss", rss_kb),
	COLUMN("rss_anon", rss_anon_kb),
	COLUMN("rss_file", rss_file_kb),
	COLUMN("rss_shmem", rss_shmem_kb),
	COLUMN("nr_ptes", nr_ptes),
	COLUMN("pgtables_bytes", pgtables_kb),
	COLUMN("swapents", swap_kb),
	COLUMN("oom_score_adj", oom_score_adj),
	{"nr_pmds", SIZE_MAX}, // added up below
	{"nr_puds", SIZE_MAX},
	{"cpu", SIZE_MAX},
	{"oom_adj", SIZE_MAX}, // the old scale -17..15
};

static const struct column_name *column_find(const char *name)
{
	for (size_t i = 0; i < sizeof(column_names) / sizeof(*column_names); i++) {
		if (!strcmp(name, column_names[i].name))
			return &column_names[i];
	}
	return NULL;
}

bool on_tasks_state(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest; // "Tasks state (memory values in pages):", since 4.20
	struct report *r = report_of(log, m, PART_TASKS);
	if (r && r->e.state.tasks.n) {
		report_close(log, r);
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_TASKS);
	if (r)
		r->is_oom = true;
	return true;
}

/** "[ pid ]" at the start of a header or "[ 1234]" at that of a row: what is between the brackets. */
static bool scan_brackets(struct cur *c, struct cur *inner)
{
	struct cur try = *c;
	if (!scan_char(&try, '['))
		return false;
	const char *close = memchr(try.p, ']', cur_left(&try));
	if (!close || close - try.p > 24)
		return false;
	*inner = cur_trim((struct cur){try.p, close});
	c->p = close + 1;
	return inner->p < inner->end;
}

bool on_table_header(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur c = m->text, inner, word;
	(void)rest;
	if (!scan_brackets(&c, &inner) || !cur_is(&inner, "pid") || !cur_has(&c, "total_vm"))
		return false;
	struct report *r = report_of(log, m, PART_TASKS);
	if (r && r->nr_columns && r->e.state.tasks.n) {
		report_close(log, r); // a second table: of a report whose head is missing
		r = NULL;
	}
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_TASKS);
	if (!r)
		return true;
	r->is_oom = true;
	r->e.has_task_table = OOM_YES;
	r->e.state.tasks.known = true;
	r->nr_columns = 0;
	while (r->nr_columns < COLUMNS_MAX && scan_word(&c, &word)) {
		struct column *column = &r->columns[r->nr_columns++];
		size_t len = cur_left(&word) < sizeof(column->name) ? cur_left(&word) : sizeof(column->name) - 1;
		memcpy(column->name, word.p, len);
		column->name[len] = '\0';
		if (c.p < c.end && !column_find(column->name))
			report_missing(r, "task table: column '%s' is not understood", column->name);
	}
	// The last column is the name, whatever it is called; it alone may hold blanks.
	r->nr_columns -= r->nr_columns > 0;
	r->inside = IN_TASKS;
	return true;
}

/** The numbers of a row into @p cells; how many there are. @p c is then at the name. */
static size_t scan_cells(struct cur *c, int64_t *cells, size_t max)
{
	size_t n = 0;
	while (n < max) {
		struct cur try = *c;
		scan_blanks(&try);
		if (!scan_int(&try, &cells[n]) || (try.p < try.end && !is_blank((unsigned char)*try.p)))
			break;
		*c = try;
		n++;
	}
	return n;
}

/**
 * The columns of a table whose header is not in the log. The first four and the last are the same in all shapes; the
 * rest is told by their number only where it leaves no choice.
 */
static bool guess_columns(struct report *r, size_t cells)
{
	static const char *const common[] = {"uid", "tgid", "total_vm", "rss"};
	static const char *const six_eight[] = {"rss_anon", "rss_file", "rss_shmem", "pgtables_bytes", "swapents"};
	if (cells != 6 && cells != 7 && cells != 8 && cells != 10)
		return false;
	for (size_t i = 0; i < cells; i++) {
		const char *name = i < 4 ? common[i] : "?";
		if (i == cells - 1 && cells > 6) // 2.6.25's last one is oom_adj
			name = "oom_score_adj";
		else if (cells == 10 && i >= 4)
			name = six_eight[i - 4];
		memcpy(r->columns[i].name, name, strlen(name) + 1);
	}
	r->nr_columns = cells;
	return true;
}

static void set_cell(struct oom_task *t, const char *column, int64_t value, int64_t *table_pages)
{
	const struct column_name *name = column_find(column);
	if (!oom_known(value) || !name)
		return;
	if (name->offset != SIZE_MAX)
		*(int64_t *)((char *)t + name->offset) = value;
	if (!strncmp(column, "nr_p", 4)) // page table pages of each level, 4.1 to 4.14; nr_ptes alone before
		*table_pages = oom_or(*table_pages, 0) + value;
}

bool looks_like_row(struct cur text)
{
	struct cur inner;
	int64_t pid;
	scan_blanks(&text);
	if (!scan_brackets(&text, &inner))
		return false;
	if (cur_is(&inner, "pid"))
		return true;
	return scan_digits(&inner, &pid) && inner.p == inner.end && is_blank(cur_peek(&text));
}

/** The report whose table is being read. */
static const struct report *table_now(const struct oom_log *log)
{
	for (size_t i = log->nr_reports, back = 0; i-- > 0 && back < OPEN_MAX; back++) {
		if (log->reports[i]->inside == IN_TASKS)
			return log->reports[i];
	}
	return NULL;
}

bool row_is_cut(struct oom_log *log, struct cur text)
{
	const struct report *r = table_now(log);
	struct cur inner;
	int64_t cells[COLUMNS_MAX];
	if (!looks_like_row(text) || !scan_brackets(&text, &inner))
		return false;
	if (cur_is(&inner, "pid"))
		return !cur_has(&text, "name");
	size_t want = r && r->nr_columns ? r->nr_columns : COLUMNS_MAX;
	size_t n = scan_cells(&text, cells, want);
	struct cur name = cur_trim(text);
	return r && r->nr_columns ? n < want || name.p == name.end : name.p == name.end;
}

bool on_table_row(struct oom_log *log, const struct msg *m, struct cur rest)
{
	struct cur c = m->text, inner;
	int64_t pid, cells[COLUMNS_MAX];
	(void)rest;
	if (!scan_brackets(&c, &inner) || !scan_digits(&inner, &pid) || inner.p < inner.end || !oom_known(pid))
		return false;
	struct report *r = report_find(log, m, PART_TASKS);
	size_t want = r && r->nr_columns ? r->nr_columns : COLUMNS_MAX;
	size_t n = scan_cells(&c, cells, want);
	struct cur name = cur_trim(c);
	if (n < 6 || name.p == name.end)
		return r && r->inside == IN_TASKS;
	if (!r)
		r = report_begin(log, m, OOM_EVENT_OOM, PART_TASKS);
	if (!r)
		return true;
	report_enter(r, m, PART_TASKS);
	r->inside = IN_TASKS;
	if ((!r->nr_columns && !guess_columns(r, n)) || n != r->nr_columns) {
		r->damaged_rows++;
		return true;
	}
	if (!report_room(log, r, r->e.state.tasks.n, TASKS_MAX))
		return true;
	struct oom_task *t = oom_add_task(r->bulk, &r->e.state.tasks);
	if (!t)
		return true;
	r->e.has_task_table = OOM_YES;
	r->is_oom |= r->e.state.tasks.n > 1; // one line of this form without a header may be anything
	int64_t table_pages = OOM_ABSENT;
	t->pid = pid;
	t->kthread = OOM_NO; // a task without memory of its own is not printed
	for (size_t i = 0; i < n; i++)
		set_cell(t, r->columns[i].name, cells[i], &table_pages);
	if (oom_known(table_pages))
		t->pgtables_kb = table_pages;
	t->comm = keep(r->bulk, name);
	t->origin = log_origin(log, m);
	return true;
}
