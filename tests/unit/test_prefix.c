// SPDX-License-Identifier: GPL-2.0-or-later
/** @file What prefix.c reads of lines as they stand in real logs (tests/corpus and the tools' own manuals). */
#include "log/prefix.h"
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

struct expected {
	const char *line;
	const char *text;
	int64_t time_us;
	const char *time;
	const char *host, *tag;
	int64_t caller;
	const char *stamp;
};

#define NO OOM_ABSENT

static const struct expected lines[] = {
	{"sed cpuset=/ mems_allowed=0-1", "sed cpuset=/ mems_allowed=0-1", NO, "", "", "", NO, ""},
	{"[64377.426677] apt-check invoked", "apt-check invoked", 64377426677, "", "", "", NO, ""},
	{"[    0.000000] Linux", "Linux", 0, "", "", "", NO, ""},
	{"<4>[76541.325602]  <TASK>", " <TASK>", 76541325602, "", "", "", NO, ""},
	{"<6>eth0: up", "eth0: up", NO, "", "", "", NO, ""},
	{"[   49.921978][ T6736] leaker", "leaker", 49921978, "", "", "", 6736, ""},
	{"[   49.921978][    C2] leaker", "leaker", 49921978, "", "", "", 0x80000002, ""},
	{"[Thu Dec  7 00:05:14 2017] java", "java", NO, "2017-12-07T00:05:14", "", "", NO, ""},
	{"[Di Aug 12 03:54:03 2025]  dump_stack", " dump_stack", NO, "2025-08-12T03:54:03", "", "", NO, ""},
	{"[mar. janv. 5 03:54:03 2021] x", "x", NO, "2021-01-05T03:54:03", "", "", NO, ""},
	{"Aug 26 14:13:42 wirth kernel: DMA: 1*4kB", "DMA: 1*4kB", NO, "", "wirth", "kernel", NO, "Aug 26 14:13:42"},
	{"Jun 20 12:47:02 new-db1 kernel: [15180285.537297] php-fpm", "php-fpm", 15180285537297, "", "new-db1",
	 "kernel", NO, "Jun 20 12:47:02"},
	{"Sep 23 02:04:16 [kernel] [1772321.850644] clamd", "clamd", 1772321850644, "", "", "kernel", NO,
	 "Sep 23 02:04:16"},
	{"Sep 13 15:31:25 escabot init invoked oom-killer: x", "init invoked oom-killer: x", NO, "", "escabot", "", NO,
	 "Sep 13 15:31:25"},
	{"Sep 10 14:59:49 image systemd-oomd[34]: oomd attempting", "oomd attempting", NO, "", "image", "systemd-oomd",
	 NO, "Sep 10 14:59:49"},
	{"Sep 11 2021 15:22:46 h kernel: x", "x", NO, "2021-09-11T15:22:46", "h", "kernel", NO, ""},
	{"2021-09-11T15:22:46.123456+08:00 h kernel: [    1.500000] x", "x", 1500000,
	 "2021-09-11T15:22:46.123456+08:00", "h", "kernel", NO, ""},
	{"2021-09-11T15:22:46+0800 h kernel: x", "x", NO, "2021-09-11T15:22:46+08:00", "h", "kernel", NO, ""},
	{"2021-09-11T15:22:46,500000-05:30 Mem-Info:", "Mem-Info:", NO, "2021-09-11T15:22:46.500000-05:30", "", "", NO,
	 ""},
	{"Sat 2021-09-11 15:22:46 CST h kernel: x", "x", NO, "2021-09-11T15:22:46", "h", "kernel", NO, ""},
	{"<30>1 2021-09-11T07:22:46.003Z h kernel: x", "x", NO, "2021-09-11T07:22:46.003000Z", "h", "kernel", NO, ""},
	{"1631345566.123456 h kernel: x", "x", NO, "", "h", "kernel", NO, ""},
	{"[    5.250000] h kernel: x", "x", 5250000, "", "h", "kernel", NO, ""},
	{"[    5.250000] Call Trace:", "Call Trace:", 5250000, "", "", "", NO, ""},
	{"2021-09-11T07:22:46.1Z stdout F [    5.250000] x", "x", 5250000, "2021-09-11T07:22:46.100000Z", "", "", NO,
	 ""},
	{"6,30574067,3816544225424,-;Task in /a", "Task in /a", 3816544225424, "", "", "", NO, ""},
	{"4,1,2,-,caller=T42;x", "x", 2, "", "", "", 42, ""},
	{"kern  :warn  : [   12.345678] x", "x", 12345678, "", "", "", NO, ""},
	{"[Sep11 15:22] x", "x", NO, "", "", "", NO, ""},
	{"[  +0.000003] x", "x", NO, "", "", "", NO, ""},
	{"earlyoom[454]: sending SIGTERM", "sending SIGTERM", NO, "", "", "earlyoom", NO, ""},
	// what looks like a prefix and is none
	{"[ 1234]     0  1234 name", "[ 1234]     0  1234 name", NO, "", "", "", NO, ""},
	{"[<ffffffff810861fd>] ? f+0x1/0x2", "[<ffffffff810861fd>] ? f+0x1/0x2", NO, "", "", "", NO, ""},
	{"lowmem_reserve[]: 0 1935", "lowmem_reserve[]: 0 1935", NO, "", "", "", NO, ""},
	{"Normal: 44*4kB", "Normal: 44*4kB", NO, "", "", "", NO, ""},
	{"Mar", "Mar", NO, "", "", "", NO, ""},
	{"<4", "<4", NO, "", "", "", NO, ""},
	{"[99999999999999999999.000000] x", "[99999999999999999999.000000] x", NO, "", "", "", NO, ""},
};

static void assert_cur(struct cur got, const char *want, const char *line, const char *what)
{
	if (!cur_is(&got, want))
		fail_msg("%s: %s is '%.*s', not '%s'", line, what, (int)cur_left(&got), got.p, want);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const struct expected *e = &lines[i];
		struct prefix p;
		prefix_parse(cur_of(e->line, strlen(e->line)), &p);
		assert_cur(p.text, e->text, e->line, "text");
		assert_cur(p.host, e->host, e->line, "host");
		assert_cur(p.tag, e->tag, e->line, "tag");
		if (p.time_us != e->time_us)
			fail_msg("%s: time_us %lld", e->line, (long long)p.time_us);
		if (p.caller != e->caller)
			fail_msg("%s: caller %lld", e->line, (long long)p.caller);
		if (strcmp(p.time, e->time))
			fail_msg("%s: time %s", e->line, p.time);
		if (strcmp(p.stamp_text, e->stamp))
			fail_msg("%s: stamp %s", e->line, p.stamp_text);
	}
}

/** A prefix that a message may begin with stays in `full`. */
static void test_tag_or_message(void **state)
{
	static const char line[] = "Sep 13 15:31:25 escabot Mem-info:";
	struct prefix p;
	(void)state;
	prefix_parse(cur_of(line, strlen(line)), &p);
	assert_cur(p.full, "Mem-info:", line, "full");
}

static void test_dates(void **state)
{
	// date -u -d '…' +%s says:
	static const struct {
		const char *text;
		int64_t seconds;
	} dates[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2000-02-29T12:00:00Z", 951825600},
		{"2021-09-11T15:22:46+08:00", 1631373766}, // as if it were UTC: clocks of one log are compared only
		{"2100-03-01T00:00:00Z", 4107542400},
	};
	struct date d;
	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		struct cur c = cur_of(dates[i].text, strlen(dates[i].text));
		assert_true(scan_iso(&c, &d));
		assert_int_equal(date_seconds(&d), dates[i].seconds);
	}
	struct cur bad = cur_of("2021-13-45T99:00:00", 19);
	assert_false(scan_iso(&bad, &d));
}

static void test_inner_stamp(void **state)
{
	static const char line[] = "Creating journal (262144 blocks): [   35.419377] mkfs.ext4 invoked";
	static const char none[] = "[   35.419377] x [35.4] [ 123] y";
	(void)state;
	assert_ptr_equal(prefix_inner_stamp(cur_of(line, strlen(line))), strchr(line, '['));
	assert_null(prefix_inner_stamp(cur_of(none, strlen(none))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_tag_or_message),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_inner_stamp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
