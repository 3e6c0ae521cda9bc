// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What the titles of a group have in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "batch/db.h"
#if OOM_WITH_SQLITE
#include <sqlite3.h>
#include <string.h>

/** common_title() of up to three texts; NULL ends them. */
static void expect(const char *want, const char *a, const char *b, const char *c)
{
	sqlite3 *sql;
	sqlite3_stmt *stmt;
	const char *texts[] = {a, b, c};
	assert_int_equal(sqlite3_open(":memory:", &sql), SQLITE_OK);
	assert_true(batch_add_functions(sql));
	assert_int_equal(sqlite3_exec(sql, "CREATE TABLE t(x TEXT)", NULL, NULL, NULL), SQLITE_OK);
	for (int i = 0; i < 3 && texts[i]; i++) {
		assert_int_equal(sqlite3_prepare_v2(sql, "INSERT INTO t VALUES(?)", -1, &stmt, NULL), SQLITE_OK);
		sqlite3_bind_text(stmt, 1, texts[i], -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
	assert_int_equal(sqlite3_prepare_v2(sql, "SELECT common_title(x) FROM t", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	const char *got = (const char *)sqlite3_column_text(stmt, 0);
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
	sqlite3_finalize(stmt);
	sqlite3_close(sql);
}

static void test_titles(void **state)
{
	(void)state;
	expect(NULL, NULL, NULL, NULL);
	expect("ONE", "ONE", NULL, NULL);
	expect("ONE", "ONE", "ONE", "ONE");
	expect("IN CGROUP /…, ITS OWN LIMIT", "IN CGROUP /pod, ITS OWN LIMIT", "IN CGROUP /shop, ITS OWN LIMIT", NULL);
	expect("IN CGROUP /…, ITS OWN LIMIT", "IN CGROUP /pod, ITS OWN LIMIT", "IN CGROUP /pop, ITS OWN LIMIT",
	       "IN CGROUP /p, ITS OWN LIMIT");
	expect("…", "ONE", "TWO", NULL);
	expect("…", "", "TWO", NULL);
	// Beginning and end overlap.
	expect("…", "A A", "A", NULL);
	expect("A …", "A A", "A A A", NULL);
	// No character is cut in two: both begin with the first byte of a letter.
	expect("BY …", "BY ä", "BY ö", NULL);
	expect("… x", "ä x", "\xe2\x82\xa4 x", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_titles)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 77;
}

#endif
