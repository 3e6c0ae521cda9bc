// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Formats for tickets: words that are safe, what a report says, limits of size. The judges of markup are
 * scripts. */
#include "report/ticket.h"
#include "test_report_case.h"

/* --- words ------------------------------------------------------- */

static void plain_words(void **state)
{
	(void)state;
	static const char *const plain[] = {"leaky", "(pid", "129)", "138",	 "MiB,", "63",
					    "%",     "<0.1", ">999", "9.1",	 "-",	 "\"a\"",
					    "it's",  "1:2",  "?",    "file+shm", "12.",	 "GFP)."};
	static const char *const others[] = {
		"@root",     "a@b",   "#1",   "http://a", "www.a.b", "a.b",  "a_b",  "*a",     "a*",
		"`a`",	     "<b>",   "</b>", "[a](b)",	  "a|b",     "\\",   "a\\b", "ABC-12", "GH-1",
		"deadbeef1", ":a:b:", "a::b", "--a",	  "/shop",   "~a",   "!1",   "$1",     "{a}",
		"=cmd",	     "a=",    "+a",   "\xc3\xa4", "<1a>",    "a--b",
	};
	struct tk_word w;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		const char *at = plain[i];
		assert_true(tk_word(&at, &w));
		if (!w.plain)
			fail_msg("'%s' is plain", plain[i]);
		assert_int_equal(*at, 0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const char *at = others[i];
		assert_true(tk_word(&at, &w));
		if (w.plain)
			fail_msg("'%s' is not plain", others[i]);
	}
	const char *none = "   ";
	assert_false(tk_word(&none, &w));
}

static void words_apart(void **state)
{
	(void)state;
	const char *at = "  (\"a.b\"), c";
	struct tk_word w;
	assert_true(tk_word(&at, &w));
	assert_int_equal(w.lead_len, 2);
	assert_int_equal(w.core_len, 3);
	assert_memory_equal(w.core, "a.b", 3);
	assert_int_equal(w.tail_len, 3);
	assert_true(tk_word(&at, &w));
	assert_memory_equal(w.core, "c", 1);
	assert_false(tk_word(&at, &w));
}

/* --- what a report says ------------------------------------------ */

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in:\n%s", what, text);
}

static void markdown_says(void **state)
{
	(void)state;
	struct oom_case *c = rc_case("leaky");
	struct oom_report_options options = {.event = OOM_ABSENT};
	char *text = rc_render(OOM_MARKDOWN, c, &options);
	assert_says(text, "## OUT OF MEMORY ON THE WHOLE MACHINE\n");
	assert_says(text, "218 MiB RAM, up 3.7 s");
	assert_says(text, "- **Asked**: `leaky` (91): order 0, `GFP_HIGHUSER_MOVABLE`");
	assert_says(text, "- **Killed**: nobody (panic). Would have been `mysqld` (87), badness 283 of 1000\n");
	assert_says(text, "### Where 218 MiB went, counted in the dump\n");
	assert_says(text, "| processes (anon) | 148 MiB | 68 % | ");
	assert_says(text, "| 87 | `mysqld` | 61 MiB | 800 KiB | 0 | 283 | next victim |\n");
	assert_says(text, "| 0 | `DMA32` | 2096 | 1756 | 2628 | 812 | 208000 | 16 KiB |\n");
	assert_says(text, "<details><summary>Why: findings and their evidence</summary>\n");
	assert_says(text, "- leaky: could not be read\n");
	free(text);
	text = rc_render(OOM_JIRA, c, &options);
	assert_says(text, "h2. OUT OF MEMORY ON THE WHOLE MACHINE\n");
	assert_says(text, "|87 |{{mysqld}} |61 MiB |800 KiB |0 |283 |next victim |\n");
	assert_says(text, "{noformat}\nsysctl -w vm.panic_on_oom=0\n");
	free(text);
	oom_case_free(c);
}

/** Nothing that is not known becomes a number. */
static void nothing_known(void **state)
{
	(void)state;
	struct oom_case *c = oom_case_new();
	struct oom_event *e = oom_add_event(c->arena, &c->events);
	e->kind = OOM_EVENT_OOM;
	oom_add_node(c->arena, &e->state.nodes);
	oom_add_zone(c->arena, &e->state.nodes.v[0].zones);
	oom_add_task(c->arena, &e->state.tasks);
	oom_add_victim(c->arena, &e->victims);
	struct oom_report_options options = {.event = OOM_ABSENT, .verbose = true};
	static const enum oom_format formats[] = {OOM_MARKDOWN, OOM_JIRA};
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char *text = rc_render(formats[i], c, &options);
		assert_says(text, "not in the input");
		assert_null(strstr(text, "0 KiB"));
		assert_null(strstr(text, "-9223372036854775808"));
		free(text);
	}
	oom_case_free(c);
}

/** No byte of a name gets out that is a control character, a mark of direction or no UTF-8. */
static void names_do_no_harm(void **state)
{
	(void)state;
	static const enum oom_format formats[] = {OOM_MARKDOWN, OOM_JIRA};
	for (size_t i = 0; i < 2 * sizeof(formats) / sizeof(formats[0]); i++) {
		struct oom_case *c = i % 2 ? rc_case(EVIL) : rc_memcg_case(EVIL);
		struct oom_report_options options = {.event = OOM_ABSENT, .verbose = true, .all_events = i % 2};
		char *text = rc_render(formats[i / 2], c, &options);
		assert_null(strchr(text, '\033'));
		assert_null(strchr(text, '\x80'));
		assert_null(strstr(text, "\xe2\x80\xae"));
		assert_says(text, "x1b");
		free(text);
		oom_case_free(c);
	}
}

/* --- size -------------------------------------------------------- */

/** Thousands of processes with long names: the report fits, whole rows only, and says that it was shortened. */
static void it_fits(void **state)
{
	(void)state;
	static const size_t limits[] = {65536, 20000, 8000, 4000, 2500};
	static const enum oom_format formats[] = {OOM_MARKDOWN, OOM_JIRA};
	struct oom_case *c = rc_case("\xc3\xa4|`<b>*_\x80 @x");
	for (int i = 0; i < 3000; i++)
		rc_task(c, c->state, "\xe4\xb8\xad|`x`", 1000 + i, 100 + i, 0);
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
			struct oom_report_options options = {
				.event = OOM_ABSENT, .verbose = true, .max_size = limits[i]};
			char *text = rc_render(formats[f], c, &options);
			assert_true(strlen(text) <= limits[i]);
			assert_true(strlen(text) > limits[i] / 10);
			assert_says(text, "OUT OF MEMORY ON THE WHOLE MACHINE");
			assert_says(text, "This report was shortened");
			assert_int_equal(text[strlen(text) - 1], '\n');
			free(text);
		}
	}
	struct oom_diagnosis *d = NULL;
	assert_int_equal(oom_classify(c, &d), OOM_OK);
	struct oom_report_options options = {.event = OOM_ABSENT, .max_size = 100};
	struct oom_error err = {0};
	FILE *out = fopen("/dev/null", "w");
	assert_int_equal(oom_report(out, OOM_MARKDOWN, c, d, &options, &err), OOM_EINVAL);
	assert_non_null(strstr(err.text, "100 bytes"));
	fclose(out);
	oom_diagnosis_free(d);
	oom_case_free(c);
}

/** Without a limit of one's own it is the ticket system's. */
static void limits_of_formats(void **state)
{
	(void)state;
	assert_int_equal(oom_max_size(OOM_MARKDOWN), 65536);
	assert_int_equal(oom_max_size(OOM_JIRA), 32767);
	assert_int_equal(oom_max_size(OOM_TEXT), 0);
	assert_int_equal(oom_max_size(OOM_HTML), 0);
	struct oom_case *c = rc_memcg_case("a");
	for (int i = 0; i < 4000; i++)
		rc_task(c, &c->events.v[29].state, "worker", 1000 + i, 100 + i, 0);
	struct oom_report_options options = {.event = OOM_ABSENT, .verbose = true};
	char *text = rc_render(OOM_JIRA, c, &options);
	assert_true(strlen(text) <= 32767);
	free(text);
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_words),	     cmocka_unit_test(words_apart),
		cmocka_unit_test(markdown_says),     cmocka_unit_test(nothing_known),
		cmocka_unit_test(names_do_no_harm),  cmocka_unit_test(it_fits),
		cmocka_unit_test(limits_of_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
