// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Large and broken logs: bounded memory, events found wherever they lie, the rest of the log intact. */
#include "log/anchors.h"
#include "log/log.h"
#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HEAD "x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
#define KILL                                                                                                           \
	"Out of memory: Killed process 77 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 "         \
	"pgtables:4kB oom_score_adj:0\n"

struct reader {
	struct oom_case *c;
	struct oom_log *log;
};

static struct reader start(void)
{
	struct reader r = {oom_case_new(), NULL};
	r.log = oom_log_new(r.c);
	assert_non_null(r.log);
	return r;
}

static void feed(struct reader *r, const char *text)
{
	oom_log_text(r->log, text, strlen(text));
}

static void finish(struct reader *r)
{
	assert_int_equal(oom_log_finish(r->log), OOM_OK);
	oom_log_free(r->log);
}

static bool has(const struct oom_strings *list, const char *part)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strstr(list->v[i], part))
			return true;
	}
	return false;
}

static void test_endless_line(void **state)
{
	static char block[1 << 20];
	struct reader r = start();
	(void)state;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 200; i++)
		oom_log_text(r.log, block, sizeof(block));
	feed(&r, "\n" HEAD KILL);
	memset(block, '\0', sizeof(block));
	for (int i = 0; i < 50; i++)
		oom_log_text(r.log, block, sizeof(block));
	feed(&r, HEAD); // behind the zeros, in the same line, without a newline at the end of the file
	finish(&r);
	assert_int_equal(r.c->events.n, 2);
	assert_int_equal(r.c->events.v[0].log_line, 2);
	assert_int_equal(r.c->events.v[0].victims.n, 1);
	assert_string_equal(r.c->events.v[1].trigger.comm, "x");
	assert_int_equal(r.c->events.v[1].log_line, 4);
	oom_case_free(r.c);
}

static void test_rubbish(void **state)
{
	static const char bad[] =
		"\xff\xfe\xc0\x80 \x1b[31;1mred\x1b[0m \x07\b\b {\"MESSAGE\":\"\\ud800\\u12\n{\"\n{\"log\":\n"
		"__CURSOR=x\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff rest\n\n"
		"Panic#1 Part1\nPanic#1 Part999999999999999999999\n"
		"Node 99999999999999999999 DMA free:1kB min:1kB\n"
		"Node 0 DMA: 1*4kB 1*99999999999999999999kB\n"
		"memory: usage 99999999999999999999999kB, limit 1kB, failcnt 1\n"
		"[ 99999999999999999999 ] 1 1 1 1 1 1 1 x\n#012#012#012\n<4>\n[\n[]\n[ ]\n>>>>>\n> > >\n";
	struct reader r = start();
	(void)state;
	oom_log_text(r.log, bad, sizeof(bad) - 1);
	feed(&r, "\x1b[31mevil\x1b[0m invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n");
	finish(&r);
	const struct oom_event *e = &r.c->events.v[r.c->events.n - 1];
	assert_true(strstr(e->trigger.comm, "evil")); // as it stands; what writes reports escapes
	oom_case_free(r.c);
}

/** 100,000 events: the first and the last are kept, the tables of few, the rest counted. */
static void test_very_many_events(void **state)
{
	enum { N = 100000 };
	struct reader r = start();
	char text[1024];
	(void)state;
	size_t before = mallinfo2().uordblks, most = 0;
	for (int i = 0; i < N; i++) {
		snprintf(text, sizeof(text),
			 "[%5d.000000] " HEAD "[%5d.000001] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes "
			 "swapents oom_score_adj name\n"
			 "[%5d.000002] [     77]     0    77      100       10    45056        0             0 "
			 "x\n[%5d.000003] " KILL,
			 i + 1, i + 1, i + 1, i + 1);
		feed(&r, text);
		size_t now = i % 512 ? 0 : mallinfo2().uordblks - before;
		most = now > most ? now : most;
	}
	finish(&r);
	assert_int_equal(r.c->events.n, 2048);
	assert_int_equal(r.c->events.v[0].log_line, 1);
	assert_int_equal(r.c->events.v[0].index, 0);
	assert_int_equal(r.c->events.v[2047].index, 2047);
	assert_int_equal(r.c->events.v[2047].log_line, (N - 1) * 4 + 1);
	assert_int_equal(r.c->events.v[0].state.tasks.n, 1);
	assert_int_equal(r.c->events.v[2047].state.tasks.n, 1);
	assert_int_equal(r.c->events.v[1000].state.tasks.n, 0);
	assert_false(r.c->events.v[1000].state.tasks.known);
	assert_int_equal(r.c->events.v[1000].victims.n, 1);
	assert_true(has(&r.c->events.v[1000].missing, "tables: given up"));
	assert_true(has(&r.c->source.missing, "97952 events between lines"));
	assert_true(most < 48u << 20);
	oom_case_free(r.c);
}

/** Events far apart in a log of other things, which is passed over: each is found, and its line is right. */
static void test_needles(void **state)
{
	static const size_t pieces[] = {7, 63, 4096, 65536, 1 << 20};
	enum { EVENTS = 5, APART = 6000 };
	size_t len = 0;
	char *log = malloc(EVENTS * (APART + 4) * 96);
	int64_t line = 0, heads[EVENTS];
	(void)state;
	assert_non_null(log);
	for (int i = 0; i < EVENTS; i++) {
		for (int k = 0; k < APART; k++, line++)
			len += (size_t)sprintf(
				log + len,
				"Jun 11 10:00:00 h app[%d]: the room has a door, memory is fine, order of %d\n", k, i);
		heads[i] = ++line;
		len += (size_t)snprintf(log + len, 256, "Jun 11 10:00:0%d h kernel: [%5d.000000] " HEAD, i, i * 10);
		len += (size_t)snprintf(log + len, 256, "Jun 11 10:00:0%d h kernel: [%5d.000001] " KILL, i, i * 10);
		line++;
	}
	for (size_t p = 0; p < sizeof(pieces) / sizeof(*pieces); p++) {
		struct reader r = start();
		for (size_t at = 0; at < len; at += pieces[p])
			oom_log_text(r.log, log + at, len - at < pieces[p] ? len - at : pieces[p]);
		finish(&r);
		assert_int_equal(r.c->events.n, EVENTS);
		for (int i = 0; i < EVENTS; i++) {
			assert_int_equal(r.c->events.v[i].log_line, heads[i]);
			assert_int_equal(r.c->events.v[i].victims.n, 1);
		}
		oom_case_free(r.c);
	}
	free(log);
}

/** The search against the plain way, at every place and length around its block size. */
static void test_anchors(void **state)
{
	static const char *const words[] = {"oom-killer",	  "oom_reaper",	 "Out of memory", "order:1,",
					    "0-order allocation", "VM: killing", "Kernel panic",  "Linux version",
					    "status=9/KILL",	  "nohang"};
	char text[400];
	(void)state;
	for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++) {
		for (size_t at = 0; at < 300; at++) {
			memset(text, 'o', sizeof(text));
			memcpy(text + at, words[w], strlen(words[w]));
			const char *found = find_anchor(text, sizeof(text));
			assert_non_null(found);
			assert_true(found >= text && found < text + at + strlen(words[w]));
			// Not beyond the end.
			assert_null(find_anchor(text, at + 2));
		}
	}
	assert_null(find_anchor("the room, the bloom, out of order, panic", 40));
	static const char chat[] = "room:12 chatroom[7] room_reservation order: 12 order:1234 room-keeper";
	assert_null(find_anchor(chat, sizeof(chat) - 1));
	assert_null(find_anchor("", 0));
	memset(text, '\n', sizeof(text));
	for (size_t len = 0; len < sizeof(text); len++)
		assert_int_equal(count_breaks(text, len), len);
	static char many[100000];
	memset(many, '\n', sizeof(many));
	assert_int_equal(count_breaks(many, sizeof(many)), sizeof(many));
}

/** A name on a line of its own belongs to no report; what was cut off keeps the rest. */
static void test_damage(void **state)
{
	static const struct {
		const char *text;
		int64_t rss, victims;
	} logs[] = {
		// the table's end and the kill are lost
		{"[    1.000000] " HEAD
		 "[    1.000001] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		 "[    1.000002] [     77]     0    77      100       10    45056        0             0 x\n"
		 "[    1.000003] [     78]     0    78      10",
		 40, 0},
		// a row in the middle has lost bytes
		{"[    1.000000] " HEAD
		 "[    1.000001] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		 "[    1.000002] [     76]     0    7  0 x\n"
		 "[    1.000003] [     77]     0    77      100       10    45056        0             0 x\n[    "
		 "1.000004] " KILL,
		 40, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		struct reader r = start();
		feed(&r, logs[i].text);
		finish(&r);
		assert_int_equal(r.c->events.n, 1);
		assert_int_equal(r.c->events.v[0].state.tasks.n, 1);
		assert_int_equal(r.c->events.v[0].state.tasks.v[0].rss_kb, logs[i].rss);
		assert_int_equal(r.c->events.v[0].victims.n, logs[i].victims);
		oom_case_free(r.c);
	}
}

/** A machine that crashed leaves NULs in its log, here within the name of the host: the line counts, the name is lost.
 */
static void test_host_lost(void **state)
{
	(void)state;
	static const char log[] =
		"Aug 26 14:13:42 \0\0\0\0\0\0wirth kernel: x invoked oom-killer: gfp_mask=0xd0, order=0\n"
		"Aug 26 14:13:42 wirth kernel: Out of memory: Killed process 7 (x).\n";
	struct oom_case *c = oom_case_new();
	struct oom_log *reader = oom_log_new(c);
	oom_log_source(reader, "messages");
	oom_log_text(reader, log, sizeof(log) - 1);
	assert_int_equal(oom_log_finish(reader), OOM_OK);
	oom_log_free(reader);
	assert_int_equal(c->events.n, 1);
	assert_string_equal(c->events.v[0].trigger.comm, "x");
	assert_int_equal(c->events.v[0].gfp_mask, 0xd0);
	assert_int_equal(c->events.v[0].victims.n, 1);
	oom_case_free(c);
}

/** More boots than are told apart: what comes after them is counted, and it is no lack of memory. */
static void test_very_many_boots(void **state)
{
	(void)state;
	static const char boot[] = "Aug 26 14:13:40 a kernel: [    0.000000] Linux version 5.10.0 (x@y) (gcc) #1\n";
	static const char event[] =
		"Aug 26 14:13:42 b kernel: [  100.000000] x invoked oom-killer: gfp_mask=0xd0, order=0\n";
	struct oom_case *c = oom_case_new();
	struct oom_log *reader = oom_log_new(c);
	oom_log_source(reader, "messages");
	for (int i = 0; i < 17000; i++)
		oom_log_text(reader, boot, sizeof(boot) - 1);
	oom_log_text(reader, event, sizeof(event) - 1);
	assert_int_equal(oom_log_finish(reader), OOM_OK);
	oom_log_free(reader);
	assert_int_equal(c->events.n, 0);
	assert_non_null(strstr(c->source.missing.v[0], "1 events between lines 17001 and 17001"));
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_lost),	 cmocka_unit_test(test_very_many_boots),
		cmocka_unit_test(test_endless_line),	 cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_very_many_events), cmocka_unit_test(test_needles),
		cmocka_unit_test(test_anchors),		 cmocka_unit_test(test_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
