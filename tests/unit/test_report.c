// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The text report: what it says of a known case, its width, and that no name of the input can do harm. */
#include "report/escape.h"
#include "report/report.h"
#include "report/text.h"
#include "test_report_case.h"

/* --- words ------------------------------------------------------- */

static void sizes(void **state)
{
	(void)state;
	static const struct {
		int64_t kb;
		const char *text;
	} rows[] = {
		{0, "0 KiB"},
		{1023, "1023 KiB"},
		{1024, "1.0 MiB"},
		{10188, "9.9 MiB"},
		{10240, "10 MiB"},
		{62464, "61 MiB"},
		{1048064, "1.0 GiB"},
		{1572864, "1.5 GiB"},
		{-2048, "-2.0 MiB"},
		{OOM_ABSENT, "?"},
		{268435456, "256 GiB"},
		{12884901888, "12.0 TiB"},
		{INT64_MAX, "8388608 PiB"},
	};
	char buf[RP_SIZE];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(rp_size(rows[i].kb, buf), rows[i].text);
}

static void shares_and_times(void **state)
{
	(void)state;
	char p[RP_PERCENT], d[RP_TIME];
	assert_string_equal(rp_percent(28, 100, p), "28 %");
	assert_string_equal(rp_percent(0, 100, p), "0 %");
	assert_string_equal(rp_percent(1, 100000, p), "<0.1 %");
	assert_string_equal(rp_percent(6, 1000, p), "0.6 %");
	assert_string_equal(rp_percent(OOM_ABSENT, 1000, p), "?");
	assert_string_equal(rp_percent(1, 0, p), "?");
	assert_string_equal(rp_percent(INT64_MAX, 1, p), ">999 %");
	assert_string_equal(rp_duration(3704512, d), "3.7 s");
	assert_string_equal(rp_duration(252 * 1000000LL, d), "4 min 12 s");
	assert_string_equal(rp_duration(7500 * 1000000LL, d), "2 h 5 min");
	assert_string_equal(rp_duration((86400 + 3 * 3600) * 1000000LL, d), "1 day 3 h");
	assert_string_equal(rp_duration(OOM_ABSENT, d), "?");
	assert_string_equal(rp_duration(-5, d), "?");
}

static void places(void **state)
{
	(void)state;
	char buf[RP_WHERE];
	struct oom_origin o = {OOM_FROM_LOG, NULL, 12};
	assert_string_equal(rp_where(&o, buf), "line 12");
	o.what = "messages";
	assert_string_equal(rp_where(&o, buf), "messages:12");
	o = (struct oom_origin){OOM_FROM_MEMORY, "struct zone", (int64_t)0xffff888004a3c000};
	assert_string_equal(rp_where(&o, buf), "struct zone 0xffff888004a3c000");
	o = (struct oom_origin){OOM_FROM_FILE, "proc/meminfo", OOM_ABSENT};
	assert_string_equal(rp_where(&o, buf), "proc/meminfo");
	o = (struct oom_origin){OOM_FROM_LOG, NULL, OOM_ABSENT};
	assert_null(rp_where(&o, buf));
	o.kind = OOM_FROM_NOWHERE;
	o.at = 3;
	assert_null(rp_where(&o, buf));
}

/* --- the report -------------------------------------------------- */

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in:\n%s", what, text);
}

static void report_says(void **state)
{
	(void)state;
	struct oom_case *c = rc_case("leaky");
	struct oom_report_options options = {.event = OOM_ABSENT};
	char *text = rc_render(OOM_TEXT, c, &options);
	assert_says(text, "leaky - leaky - Linux 6.1.0-56-cloud-amd64 x86_64 - 218 MiB RAM - up 3.7 s\n");
	assert_says(text, "OUT OF MEMORY ON THE WHOLE MACHINE");
	assert_says(text, "asked       leaky (91): order 0, GFP_HIGHUSER_MOVABLE");
	assert_says(text, "killed      nobody (panic). Would have been mysqld (87), badness 283 of 1000\n");
	assert_says(text, "Where 218 MiB went, counted in the dump\n");
	assert_says(text, "processes (anon)   ##########################                  148 MiB    68 %\n");
	assert_says(text, "      87  mysqld             61 MiB   800 KiB               0   283  next victim\n");
	assert_says(text, "      40  sshd              900 KiB   800 KiB           -1000     -  protected\n");
	assert_says(text, "  0     DMA32         2096       1756       2628        812     208000    16 KiB\n");
	assert_says(text, "boost of 512 kB");
	assert_says(text, "machine: 4 pages of 2.0 MiB, 1 free");
	assert_says(text, "- leaky: could not be read\n");
	free(text);
	oom_case_free(c);
}

/** Nothing that is not known becomes a number: a case without facts says so, and has no zero that nobody counted. */
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
	char *text = rc_render(OOM_TEXT, c, &options);
	assert_says(text, "asked       not in the input");
	assert_says(text, "killed      ?\n");
	assert_null(strstr(text, "0 KiB"));
	assert_null(strstr(text, "-9223372036854775808"));
	free(text);
	options.verbose = false;
	oom_case_free(c);
	c = oom_case_new();
	text = rc_render(OOM_TEXT, c, &options);
	assert_says(text, "NO OUT-OF-MEMORY EVENT");
	free(text);
	oom_case_free(c);
}

/** Columns of one line; fails on any byte that a terminal would act upon, but for our own colours. */
static int columns_of_line(const char *line, size_t len, const struct oom_report_options *options)
{
	int columns = 0;
	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = rp_utf8(line + i, len - i, &code);
		if (options->color && line[i] == '\033') {
			size_t end = i + 2;
			assert_int_equal(line[i + 1], '[');
			while (end < len && strchr("0123456789;", line[end]))
				end++;
			assert_int_equal(line[end], 'm');
			i = end + 1;
			continue;
		}
		assert_true(n > 0);
		assert_true(rp_is_printable(code));
		assert_true(options->unicode || code < 0x80);
		columns += rp_columns(code);
		i += n;
	}
	return columns;
}

static void assert_tame(const char *text, const struct oom_report_options *options)
{
	int width = options->width ? options->width : 80;
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		int columns = columns_of_line(line, len, options);
		if (columns > width)
			fail_msg("%d columns: %.*s", columns, (int)len, line);
		assert_true(len == 0 || line[len - 1] != ' ');
		line += len + (line[len] == '\n');
	}
}

/** Names as they may stand in a dump or a log, in every place where a name can stand. */
static void tame_and_narrow(void **state)
{
	(void)state;
	char longest[600];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	const char *const names[] = {
		EVIL,
		"leaky",
		"",
		" ",
		longest,
		"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad",
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f.slice/cri-containerd-11.scope",
		"a b  c   d",
	};
	struct oom_case *(*const make[])(const char *) = {rc_case, rc_memcg_case};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) * 2; i++) {
		struct oom_case *c = make[i % 2](names[i / 2]);
		for (int looks = 0; looks < 16; looks++) {
			struct oom_report_options options = {
				.event = OOM_ABSENT,
				.color = looks & 1,
				.unicode = looks & 2,
				.verbose = looks & 4,
				.all_events = looks & 4,
				.width = looks & 8 ? 120 : 0,
			};
			char *text = rc_render(OOM_TEXT, c, &options);
			assert_tame(text, &options);
			free(text);
		}
		oom_case_free(c);
	}
}

static void other_event(void **state)
{
	(void)state;
	struct oom_case *c = rc_memcg_case("web");
	struct oom_report_options options = {.event = 3};
	char *text = rc_render(OOM_TEXT, c, &options);
	assert_says(text, "killed      web (4003)");
	assert_says(text, "    *3  Nov  2 14:08:46");
	assert_says(text, "... 10 more (-v shows all)");
	free(text);
	oom_case_free(c);
}

static void formats_that_are_none(void **state)
{
	(void)state;
	struct oom_case *c = rc_case("leaky");
	struct oom_diagnosis *d = NULL;
	struct oom_error err = {0};
	struct oom_report_options options = {.event = OOM_ABSENT};
	assert_int_equal(oom_classify(c, &d), OOM_OK);
	assert_int_equal(oom_report(stdout, (enum oom_format)99, c, d, &options, &err), OOM_EINVAL);
	assert_non_null(strstr(err.text, "format"));
	oom_diagnosis_free(d);
	oom_case_free(c);
}

/* --- commands
 * ---------------------------------------------------------------------------------------------------------- */

static enum oom_status write_command(FILE *out, void *arg)
{
	struct oom_report_options options = {.event = OOM_ABSENT};
	struct tx t = {.out = out, .options = &options, .width = 80, .top = 10};
	tx_command(&t, 7, arg);
	return OOM_OK;
}

/** What sh makes of a command. */
static void run_shell(const char *command, char *out, size_t size)
{
	char script[8192];
	snprintf(script, sizeof(script), "show() { printf '[%%s]' \"$@\"; }\n%s", command);
	setenv("SCRIPT", script, 1);
	FILE *p = popen("sh -c \"$SCRIPT\"", "r");
	assert_non_null(p);
	size_t n = fread(out, 1, size - 1, p);
	out[n] = '\0';
	assert_int_equal(pclose(p), 0);
}

/** A command broken to 80 columns means to the shell what it meant before. */
static void commands_survive(void **state)
{
	(void)state;
	char path[300], quoted[400], dbl[400], mixed[600];
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	snprintf(quoted, sizeof(quoted), "show '%s' 'a b' end", path);
	snprintf(dbl, sizeof(dbl), "show \"%s x\" \"a $HOME\"", path);
	snprintf(mixed, sizeof(mixed), "show a'b'\\''c'%s\\ \\'%s", path, "'it'\\''s'");
	const char *const commands[] = {
		"show short",
		"show echo 4G to a cgroup whose path is long enough that the command needs another line, or two of "
		"them, really",
		"show aaaa > /dev/stdout && show bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccccccc "
		"dddddd  # why not",
		"show /sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f.slice/memory.max "
		"rest",
		quoted,
		dbl,
		mixed,
	};
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char want[2048], got[2048];
		struct oom_report_options options = {.event = OOM_ABSENT};
		char *text = rc_text(write_command, (void *)commands[i]);
		assert_tame(text, &options);
		run_shell(commands[i], want, sizeof(want));
		run_shell(text, got, sizeof(got));
		assert_string_equal(got, want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(shares_and_times),
		cmocka_unit_test(places),
		cmocka_unit_test(report_says),
		cmocka_unit_test(nothing_known),
		cmocka_unit_test(tame_and_narrow),
		cmocka_unit_test(other_event),
		cmocka_unit_test(formats_that_are_none),
		cmocka_unit_test(commands_survive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
