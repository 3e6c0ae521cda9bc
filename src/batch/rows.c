// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Rows between worker and parent. */
#include "batch/rows.h"
#include <string.h>

static const char *const input_columns[] = {"status",  "error",	  "kind",    "format",	  "complete", "host",
					    "release", "machine", "ram_kb",  "panic",	  "events",   "oom",
					    "cause",   "title",	  "summary", "signature", "missing",  NULL};
static const char *const incident_columns[] = {
	"event",	 "decisive",   "oom",	     "kind",	"time",		"epoch",   "zone_known",  "time_us",
	"boot",		 "host",       "release",    "machine", "ram_kb",	"cause",   "scope",	  "consumer",
	"outcome",	 "confidence", "title",	     "summary", "culprit_kind", "culprit", "culprit_pid", "culprit_kb",
	"culprit_share", "victim",     "victim_pid", "cgroup",	"signature",	NULL};
static const char *const finding_columns[] = {"n", "id", "severity", "title", "detail", NULL};
static const char *const task_columns[] = {"pid",	    "uid",     "comm",	"cmdline", "rss_kb", "swap_kb",
					   "oom_score_adj", "badness", "memcg", "victim",  NULL};
static const char *const end_columns[] = {NULL};

const char *const *const batch_columns[BATCH_TABLES] = {input_columns, incident_columns, finding_columns, task_columns,
							end_columns};

size_t batch_nr_columns(enum batch_table table)
{
	size_t n = 0;
	while (batch_columns[table][n])
		n++;
	return n;
}

void batch_row_begin(FILE *out, enum batch_table table)
{
	putc((int)table, out);
	putc((int)batch_nr_columns(table), out);
}

void batch_put_null(FILE *out)
{
	putc(BATCH_NULL, out);
}

void batch_put_int(FILE *out, int64_t value)
{
	if (!oom_known(value)) {
		batch_put_null(out);
		return;
	}
	putc(BATCH_INT, out);
	fwrite(&value, sizeof(value), 1, out);
}

void batch_put_real(FILE *out, double value)
{
	putc(BATCH_REAL, out);
	fwrite(&value, sizeof(value), 1, out);
}

void batch_put_text(FILE *out, const char *text)
{
	if (!text) {
		batch_put_null(out);
		return;
	}
	uint32_t len = (uint32_t)strnlen(text, BATCH_TEXT_MAX);
	putc(BATCH_TEXT, out);
	fwrite(&len, sizeof(len), 1, out);
	fwrite(text, 1, len, out);
}

static bool take(struct batch_reader *r, void *to, size_t len)
{
	if ((size_t)(r->end - r->at) < len)
		return false;
	memcpy(to, r->at, len);
	r->at += len;
	return true;
}

static bool next_value(struct batch_reader *r, struct batch_value *v)
{
	uint8_t kind;
	uint32_t len;
	*v = (struct batch_value){0};
	if (!take(r, &kind, 1) || kind > BATCH_TEXT)
		return false;
	v->kind = (enum batch_kind)kind;
	switch (v->kind) {
	case BATCH_INT:
		return take(r, &v->number, sizeof(v->number));
	case BATCH_REAL:
		return take(r, &v->real, sizeof(v->real));
	case BATCH_TEXT:
		if (!take(r, &len, sizeof(len)) || len > BATCH_TEXT_MAX || len > (size_t)(r->end - r->at))
			return false;
		v->text = (const char *)r->at;
		v->len = len;
		r->at += len;
		return true;
	case BATCH_NULL:
		break;
	}
	return true;
}

bool batch_row_next(struct batch_reader *r, struct batch_row *row)
{
	uint8_t head[2];
	if (!take(r, head, sizeof(head)) || head[0] >= BATCH_TABLES)
		return false;
	row->table = (enum batch_table)head[0];
	row->n = batch_nr_columns(row->table);
	if (head[1] != row->n || row->n > BATCH_COLUMNS)
		return false;
	for (size_t i = 0; i < row->n; i++)
		if (!next_value(r, &row->v[i]))
			return false;
	return true;
}
