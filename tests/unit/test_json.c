// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The JSON writer and the JSON documents, read back by jansson. */
#include "report/jsonw.h"
#include "test_report_case.h"
#if OOM_WITH_JANSSON
#include <jansson.h>

static json_t *parsed(const char *text)
{
	json_error_t why;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		fail_msg("%s at line %d, column %d of: %.200s", why.text, why.line, why.column, text);
	return json;
}

static const char *str(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static bool is_null(const json_t *json, const char *key)
{
	return json_is_null(json_object_get(json, key));
}

/* --- the writer -------------------------------------------------- */

static enum oom_status write_values(FILE *out, void *arg)
{
	struct jsonw w;
	struct oom_ints ints = {(int64_t[]){1, OOM_ABSENT, -3}, 3, 3, true}, unknown = {.known = false};
	jw_init(&w, out, *(bool *)arg, JW_REPORT);
	jw_open(&w, NULL, '{', false);
	jw_int(&w, "largest", INT64_MAX);
	jw_int(&w, "smallest", INT64_MIN + 1);
	jw_int(&w, "zero", 0);
	jw_int(&w, "absent", OOM_ABSENT);
	jw_hex(&w, "hex", (int64_t)0xffff888004a3c000);
	jw_millionths(&w, "seconds", 3704512);
	jw_millionths(&w, "whole", 4000000);
	jw_millionths(&w, "negative", -500000);
	jw_tri(&w, "maybe", OOM_MAYBE);
	jw_tri(&w, "yes", OOM_YES);
	jw_bool(&w, "no", false);
	jw_ints(&w, "ints", &ints);
	jw_ints(&w, "unknown", &unknown);
	jw_open(&w, "empty", '[', false);
	jw_close(&w);
	jw_open(&w, "flat", '{', true);
	jw_open(&w, "in", '[', false);
	jw_str(&w, NULL, "a");
	jw_str(&w, NULL, NULL);
	jw_close(&w);
	jw_close(&w);
	jw_str(&w, "last", "");
	jw_close(&w);
	return jw_end(&w) ? OOM_OK : OOM_EWRITE;
}

static void values(void **state)
{
	(void)state;
	bool flat = false;
	char *text = rc_text(write_values, &flat);
	json_t *json = parsed(text);
	assert_int_equal(json_integer_value(json_object_get(json, "largest")), INT64_MAX);
	assert_int_equal(json_integer_value(json_object_get(json, "smallest")), INT64_MIN + 1);
	assert_true(json_is_integer(json_object_get(json, "zero")));
	assert_true(is_null(json, "absent"));
	assert_string_equal(str(json, "hex"), "0xffff888004a3c000");
	assert_true(json_real_value(json_object_get(json, "seconds")) == 3.704512);
	assert_int_equal(json_integer_value(json_object_get(json, "whole")), 4);
	assert_true(json_real_value(json_object_get(json, "negative")) == -0.5);
	assert_true(is_null(json, "maybe"));
	assert_true(json_is_true(json_object_get(json, "yes")));
	assert_true(json_is_false(json_object_get(json, "no")));
	assert_int_equal(json_array_size(json_object_get(json, "ints")), 3);
	assert_true(json_is_null(json_array_get(json_object_get(json, "ints"), 1)));
	assert_true(is_null(json, "unknown"));
	assert_int_equal(json_array_size(json_object_get(json, "empty")), 0);
	assert_non_null(strstr(text, "\n \"flat\": {\"in\": [\"a\", null]},\n"));
	json_decref(json);
	free(text);
	flat = true;
	text = rc_text(write_values, &flat);
	json_decref(parsed(text));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

struct strings {
	const char *in;
	enum jw_strings mode;
};

static enum oom_status write_string(FILE *out, void *arg)
{
	const struct strings *s = arg;
	struct jsonw w;
	jw_init(&w, out, true, s->mode);
	jw_open(&w, NULL, '{', false);
	jw_str(&w, "s", s->in);
	jw_close(&w);
	return jw_end(&w) ? OOM_OK : OOM_EWRITE;
}

/** What a reader of the JSON gets for the bytes @p in. */
static void assert_decodes(const char *in, enum jw_strings mode, const char *want)
{
	struct strings s = {in, mode};
	char *text = rc_text(write_string, &s);
	json_t *json = parsed(text);
	assert_string_equal(str(json, "s"), want);
	json_decref(json);
	free(text);
}

static void strings(void **state)
{
	(void)state;
	assert_decodes("plain", JW_REPORT, "plain");
	assert_decodes("\"q\" \\ /", JW_REPORT, "\"q\" \\ /");
	assert_decodes("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", JW_REPORT, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7");
	assert_decodes("\x01\t\n\x1b\x7f", JW_REPORT, "\\x01\\x09\\x0a\\x1b\\x7f");
	assert_decodes("a\x80z\xc3", JW_REPORT, "a\\x80z\\xc3");
	assert_decodes("\xc2\x9b", JW_REPORT, "\\xc2\\x9b"); // U+009B is a terminal's CSI
	assert_decodes("\xed\xa0\x80", JW_REPORT, "\\xed\\xa0\\x80");
	assert_decodes("\\x41", JW_CASE, "\\x5cx41");
}

static void long_strings(void **state)
{
	(void)state;
	// Longer than the writer's buffer, and with its special bytes at every offset to the buffer's end.
	for (size_t len = 16300; len < 16400; len++) {
		char *in = malloc(len + 3);
		memset(in, 'a', len);
		memcpy(in + len, "\"z", 3);
		assert_decodes(in, JW_REPORT, in);
		free(in);
	}
	char *huge = calloc(1, 100001);
	memset(huge, 'h', 100000);
	assert_decodes(huge, JW_REPORT, huge);
	free(huge);
}

static void full_disk_is_told(void **state)
{
	(void)state;
	FILE *full = fopen("/dev/full", "w");
	if (!full)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	struct strings s = {"x", JW_REPORT};
	assert_int_equal(write_string(full, &s), OOM_EWRITE);
	fclose(full);
}

/* --- the documents ----------------------------------------------- */

static void report_of_a_dump(void **state)
{
	(void)state;
	struct oom_case *c = rc_case(EVIL);
	struct oom_report_options options = {.event = OOM_ABSENT};
	char *text = rc_render(OOM_JSON, c, &options);
	json_t *json = parsed(text);
	assert_string_equal(str(json, "schema"), "oomortem-report/1");
	assert_string_equal(str(json_object_get(json, "source"), "path"),
			    "\\x1b[2Jx\\x80\xe2\x80\xae\"\\'\\x0a<b>|*_`");
	const json_t *memory = json_object_get(json, "memory");
	assert_int_equal(json_integer_value(json_object_get(memory, "unaccounted_kb")), -12);
	assert_true(is_null(memory, "hugetlb_kb"));
	const json_t *tasks = json_object_get(json, "tasks");
	assert_int_equal(json_array_size(tasks), 3);
	// (62464 + 800 + 64) kB of 223232 kB, counted in pages of 4 kB, in thousandths.
	assert_int_equal(json_integer_value(json_object_get(json_array_get(tasks, 0), "badness")),
			 15832 * 1000 / 55808);
	assert_true(is_null(json_array_get(tasks, 2), "badness"));
	const json_t *zone =
		json_array_get(json_object_get(json_array_get(json_object_get(json, "nodes"), 0), "zones"), 0);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(zone, "free_blocks"), 2)), 8);
	assert_true(is_null(json_array_get(json_object_get(json, "memcgs"), 1), "limit_kb"));
	const json_t *event = json_array_get(json_object_get(json, "events"), 0);
	assert_string_equal(str(event, "gfp_mask"), "0x140dca");
	assert_true(is_null(event, "tasks"));
	assert_true(is_null(event, "memcg"));
	assert_string_equal(str(json_object_get(event, "diagnosis"), "cause"),
			    str(json_object_get(json, "diagnosis"), "cause"));
	json_decref(json);
	free(text);
	oom_case_free(c);
}

static void report_of_a_log(void **state)
{
	(void)state;
	struct oom_case *c = rc_memcg_case(EVIL);
	struct oom_report_options options = {.event = OOM_ABSENT, .one_line = true};
	char *text = rc_render(OOM_JSON, c, &options);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	json_t *json = parsed(text); // a name that stands twice in the statistics is written once
	static const char *const top[] = {"memory", "nodes", "tasks", "memcgs", "slabs", "hugetlb", "shmem", "swaps"};
	for (size_t i = 0; i < sizeof(top) / sizeof(top[0]); i++)
		assert_true(is_null(json, top[i]));
	assert_int_equal(json_array_size(json_object_get(json, "events")), 30);
	json_decref(json);
	free(text);
	options.event = 7;
	text = rc_render(OOM_JSON, c, &options);
	json = parsed(text);
	const json_t *events = json_object_get(json, "events");
	assert_int_equal(json_array_size(events), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "index")), 7);
	json_decref(json);
	free(text);
	oom_case_free(c);
}

static enum oom_status write_case(FILE *out, void *arg)
{
	return oom_case_write(out, arg, NULL);
}

/** case.json read and written again is the same to the byte: nothing is lost, whatever the names hold. */
static void case_round_trip(void **state)
{
	(void)state;
	struct oom_case *(*const make[])(const char *) = {rc_case, rc_memcg_case};
	for (size_t i = 0; i < 2; i++) {
		struct oom_case *c = make[i](EVIL), *again = NULL;
		struct oom_error err = {0};
		char *first = rc_text(write_case, c);
		FILE *in = fmemopen(first, strlen(first), "r");
		assert_int_equal(oom_case_read(in, &again, &err), OOM_OK);
		fclose(in);
		char *second = rc_text(write_case, again);
		assert_string_equal(first, second);
		assert_string_equal(again->events.v[0].trigger.comm, EVIL);
		free(first);
		free(second);
		oom_case_free(c);
		oom_case_free(again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),	    cmocka_unit_test(strings),
		cmocka_unit_test(long_strings),	    cmocka_unit_test(full_disk_is_told),
		cmocka_unit_test(report_of_a_dump), cmocka_unit_test(report_of_a_log),
		cmocka_unit_test(case_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	return 77;
}

#endif
