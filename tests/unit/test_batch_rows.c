// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What a reader of batch tells its parent: rows of a log whose text says the same, and dates as date(1) reads
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "batch/rows.h"
#include "batch/worker.h"
#if OOM_WITH_SQLITE
#include <oomortem/classify.h>
#include <oomortem/open.h>
#include <stdlib.h>
#include <string.h>

/** The rows of @p log, to be freed. */
static char *rows_of(const char *log, int64_t since_s, size_t *len)
{
	struct oom_case *c = NULL;
	struct oom_diagnosis *d = NULL;
	struct oom_error err = {0};
	char *text = NULL;
	const char *paths[] = {log};
	if (oom_open(paths, 1, NULL, &c, &err) != OOM_OK)
		fail_msg("%s: %s", log, err.text);
	assert_int_equal(oom_classify(c, &d), OOM_OK);
	FILE *out = open_memstream(&text, len);
	assert_non_null(out);
	batch_put_case(out, c, d, since_s);
	batch_row_begin(out, BATCH_T_END);
	assert_int_equal(fclose(out), 0);
	oom_diagnosis_free(d);
	oom_case_free(c);
	return text;
}

static const struct batch_value *value(const struct batch_row *row, const char *column)
{
	for (size_t i = 0; batch_columns[row->table][i]; i++)
		if (strcmp(batch_columns[row->table][i], column) == 0)
			return &row->v[i];
	fail_msg("no column %s", column);
	return NULL;
}

static void is_text(const struct batch_row *row, const char *column, const char *want)
{
	const struct batch_value *v = value(row, column);
	assert_int_equal(v->kind, BATCH_TEXT);
	assert_int_equal(v->len, strlen(want));
	assert_memory_equal(v->text, want, v->len);
}

static void is_number(const struct batch_row *row, const char *column, int64_t want)
{
	assert_int_equal(value(row, column)->kind, BATCH_INT);
	assert_int_equal(value(row, column)->number, want);
}

/** Three kills of one machine: the lines "Killed process …" and the tables of the log say who and how large. */
static void incidents(void **state)
{
	(void)state;
	static const int64_t killed[] = {13929, 14278, 14290},
			     rss_kb[] = {138288 + 79848, 139876 + 79816, 136404 + 80676};
	size_t len, n = 0, inputs = 0, findings = 0;
	char *rows = rows_of("tests/corpus/logs/012-2632-el6-phpfpm-three.log", OOM_ABSENT, &len);
	struct batch_reader reader = {(const uint8_t *)rows, (const uint8_t *)rows + len};
	struct batch_row row;
	bool ended = false, largest = false, victim = false;
	while (batch_row_next(&reader, &row)) {
		assert_false(ended);
		ended = row.table == BATCH_T_END;
		findings += row.table == BATCH_T_FINDING;
		if (row.table == BATCH_T_INCIDENT) {
			assert_true(n < 3);
			is_number(&row, "victim_pid", killed[n++]);
			is_text(&row, "victim", "php-fpm");
			is_text(&row, "kind", "oom");
			is_text(&row, "host", "new-db1");
			is_number(&row, "oom", 1);
			assert_int_equal(value(&row, "machine")->kind, BATCH_NULL); // the log does not tell it
			victim = false;
		} else if (row.table == BATCH_T_TASK && value(&row, "victim")->number) {
			is_number(&row, "pid", killed[n - 1]);
			// The table counts in pages, and was printed some seconds before.
			int64_t off_kb = value(&row, "rss_kb")->number - rss_kb[n - 1];
			assert_true(llabs(off_kb) < rss_kb[n - 1] / 10);
			victim = true;
		} else if (row.table == BATCH_T_INPUT) {
			inputs++;
			is_number(&row, "status", OOM_OK);
			is_number(&row, "events", 3);
			is_number(&row, "oom", 1);
			is_text(&row, "kind", "log");
		}
		largest |= row.table == BATCH_T_TASK && value(&row, "rss_kb")->number > 200000;
	}
	assert_true(ended && largest && victim);
	assert_int_equal(n, 3);
	assert_int_equal(inputs, 1);
	assert_true(findings >= 3);
	free(rows);
}

/** Of what is older than asked for nothing is told but that there was an input. */
static void older(void **state)
{
	(void)state;
	char log[] = "/tmp/oomortem-rows-XXXXXX";
	int fd = mkstemp(log);
	assert_true(fd >= 0);
	static const char text[] = "2024-02-29T23:59:59+05:30 h kernel: java invoked oom-killer: gfp_mask=0x201da, "
				   "order=0, oom_score_adj=0\n"
				   "2024-02-29T23:59:59+05:30 h kernel: Killed process 5 (java) total-vm:9kB, "
				   "anon-rss:8kB, file-rss:0kB\n";
	FILE *out = fdopen(fd, "w");
	assert_true(out && fputs(text, out) >= 0 && fclose(out) == 0);
	for (int i = 0; i < 2; i++) {
		size_t len, n = 0;
		char *rows = rows_of(log, 1709231399 + i, &len); // date -d 2024-02-29T23:59:59+05:30 +%s
		struct batch_reader reader = {(const uint8_t *)rows, (const uint8_t *)rows + len};
		struct batch_row row;
		while (batch_row_next(&reader, &row)) {
			n += row.table == BATCH_T_INCIDENT;
			if (row.table == BATCH_T_INCIDENT) {
				is_number(&row, "epoch", 1709231399);
				is_number(&row, "zone_known", 1);
			} else if (row.table == BATCH_T_INPUT) {
				is_number(&row, "events", i ? 0 : 1);
			}
		}
		assert_int_equal(n, i ? 0 : 1);
		free(rows);
	}
	remove(log);
}

static void dates(void **state)
{
	(void)state;
	bool zone;
	assert_int_equal(batch_epoch("2026-11-21T10:01:35Z", &zone), 1795255295);
	assert_true(zone);
	assert_int_equal(batch_epoch("2024-02-29T23:59:59.25+05:30", &zone), 1709231399);
	assert_true(zone);
	assert_int_equal(batch_epoch("1999-12-31 12:00:00-08:00", &zone), 946670400);
	assert_true(zone);
	assert_int_equal(batch_epoch("2026-11-21T10:01:35", &zone), 1795255295); // taken for UTC
	assert_false(zone);
	assert_int_equal(batch_epoch(NULL, &zone), OOM_ABSENT);
	assert_int_equal(batch_epoch("Jun 20 12:47:42", &zone), OOM_ABSENT);
}

static void failure(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	batch_put_failure(out, OOM_EREAD, "");
	assert_int_equal(fclose(out), 0);
	struct batch_reader reader = {(const uint8_t *)text, (const uint8_t *)text + len};
	struct batch_row row;
	assert_true(batch_row_next(&reader, &row));
	is_number(&row, "status", OOM_EREAD);
	is_text(&row, "error", "cannot be read");
	assert_int_equal(value(&row, "oom")->kind, BATCH_NULL);
	assert_false(batch_row_next(&reader, &row));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(incidents), cmocka_unit_test(older),
					   cmocka_unit_test(dates), cmocka_unit_test(failure)};
	return cmocka_run_group_tests_name("batch rows", tests, NULL, NULL);
}
#else
int main(void)
{
	return 77; // built without SQLite, so without batch
}
#endif
