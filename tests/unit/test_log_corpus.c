// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Every labelled log of tests/corpus: the facts of its first event and the number of its reports must be those that
 * somebody wrote down after reading it. Where we differ from a label, `differences` says why.
 */
#include "log/log.h"
#include <jansson.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct difference {
	const char *file, *key, *why;
};

static const struct difference differences[] = {
	{"021-310-k8s-java-dmesgT-partial.log", "constraint",
	 "the labelled head has no line behind it that tells of a cgroup; the label goes by the event before"},
	{"099-systemd-oomd-testsuite.log", "task_memcg",
	 "the label keeps to kernel lines; oomd's own line names the group that it killed"},
	{"012-2632-el6-phpfpm-three.log", "task_rows",
	 "one row lost bytes in its middle and has a column too few: not kept, said in missing"},
};

static const char *why_different(const char *file, const char *key)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(*differences); i++) {
		if (!strcmp(differences[i].file, file) && !strcmp(differences[i].key, key))
			return differences[i].why;
	}
	return NULL;
}

/** Feeds @p path in pieces of @p piece bytes. */
static struct oom_case *read_log(const char *path, size_t piece)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	struct oom_case *c = oom_case_new();
	struct oom_log *log = oom_log_new(c);
	assert_non_null(log);
	char *buf = malloc(piece);
	assert_non_null(buf);
	for (size_t n; (n = fread(buf, 1, piece, f)) > 0;)
		oom_log_text(log, buf, n);
	assert_int_equal(oom_log_finish(log), OOM_OK);
	oom_log_free(log);
	free(buf);
	fclose(f);
	return c;
}

/** The event that a label is about: the first with its head, else the first of all. */
static const struct oom_event *labelled(const struct oom_case *c, size_t *heads)
{
	const struct oom_event *first = c->events.n ? &c->events.v[0] : NULL;
	*heads = 0;
	for (size_t i = 0; i < c->events.n; i++) {
		const struct oom_event *e = &c->events.v[i];
		// A report of 2.4 has no head of this kind: its lines are the failed allocations.
		if (e->kind != OOM_EVENT_OOM || e->has_head != OOM_YES || (!e->trigger.comm && e->order >= 0))
			continue;
		if (!(*heads)++)
			first = e;
	}
	return first;
}

static int failures;

static void differ(const char *file, const char *key, const char *want, const char *got)
{
	const char *why = why_different(file, key);
	if (!why)
		failures++;
	print_message("%s: %s: label %s, read %s%s%s\n", file, key, want, got, why ? "; " : "", why ? why : "");
}

static void check_string(const char *file, const json_t *labels, const char *key, const char *got)
{
	const char *want = json_string_value(json_object_get(labels, key));
	if (!json_object_get(labels, key) || (!want && !got) || (want && got && !strcmp(want, got)))
		return;
	differ(file, key, want ? want : "null", got ? got : "null");
}

static void check_int(const char *file, const json_t *labels, const char *key, int64_t got)
{
	const json_t *label = json_object_get(labels, key);
	char want_text[32], got_text[32];
	int64_t want = json_is_integer(label) ? json_integer_value(label) : OOM_ABSENT;
	if (!label || want == got)
		return;
	snprintf(want_text, sizeof(want_text), "%lld", (long long)want);
	snprintf(got_text, sizeof(got_text), "%lld", (long long)got);
	differ(file, key, oom_known(want) ? want_text : "null", oom_known(got) ? got_text : "null");
}

static const char *mask_text(const struct oom_event *e, char buf[32])
{
	if (!oom_known(e->gfp_mask))
		return NULL;
	snprintf(buf, 32, "0x%llx", (unsigned long long)e->gfp_mask);
	return buf;
}

static const char *largest(const struct oom_event *e)
{
	const struct oom_task *top = NULL;
	for (size_t i = 0; i < e->state.tasks.n; i++) {
		if (!top || e->state.tasks.v[i].rss_kb > top->rss_kb)
			top = &e->state.tasks.v[i];
	}
	return top ? top->comm : NULL;
}

static void check_event(const char *file, const json_t *first, const struct oom_event *e)
{
	static const char *const constraints[] = {"unknown", "none", "memcg", "cpuset", "mempolicy"};
	const struct oom_victim *v = e->victims.n ? &e->victims.v[0] : NULL;
	char mask[32];
	check_string(file, first, "trigger_comm", e->trigger.comm);
	check_int(file, first, "trigger_pid", e->trigger.pid);
	check_string(file, first, "gfp_mask", mask_text(e, mask));
	check_int(file, first, "order", e->order);
	check_int(file, first, "oom_score_adj", e->trigger.oom_score_adj);
	check_string(file, first, "constraint", constraints[e->constraint]);
	check_string(file, first, "memcg_limit_path", e->memcg ? e->memcg->oom : NULL);
	check_string(file, first, "task_memcg", v && v->memcg ? v->memcg : e->memcg ? e->memcg->task : NULL);
	check_string(file, first, "victim_comm", v ? v->comm : NULL);
	check_int(file, first, "victim_pid", v ? v->pid : OOM_ABSENT);
	check_int(file, first, "victim_total_vm_kb", v ? v->total_vm_kb : OOM_ABSENT);
	check_int(file, first, "victim_anon_rss_kb", v ? v->rss_anon_kb : OOM_ABSENT);
	check_int(file, first, "task_rows", (int64_t)e->state.tasks.n);
	// The label counts pages of 4 KiB; 64 KiB pages are named in its notes and in none of these logs.
	int64_t ram = e->state.memory.present_kb;
	check_int(file, first, "total_ram_pages", oom_known(ram) ? ram / 4 : OOM_ABSENT);
	check_int(file, first, "swap_total_kb", e->state.memory.swap_total_kb);
	check_int(file, first, "swap_free_kb", e->state.memory.swap_free_kb);
	bool panic = json_is_true(json_object_get(first, "panic"));
	if (panic != e->panic)
		differ(file, "panic", panic ? "true" : "false", e->panic ? "true" : "false");
}

static void check_log(const json_t *label)
{
	const char *file = json_string_value(json_object_get(label, "file"));
	char path[512];
	snprintf(path, sizeof(path), "tests/corpus/logs/%s", file);
	// Pieces of a size that cuts lines anywhere, and one that takes the file at once.
	struct oom_case *c = read_log(path, 1 << 20), *cut = read_log(path, 97);
	size_t heads, heads_cut;
	const struct oom_event *e = labelled(c, &heads);
	labelled(cut, &heads_cut);
	assert_int_equal(c->events.n, cut->events.n);
	assert_int_equal(heads, heads_cut);
	check_int(file, label, "events", (int64_t)heads);
	if (!e) {
		differ(file, "first_event", "one", "none");
	} else {
		check_event(file, json_object_get(label, "first_event"), e);
		const char *kernel = json_string_value(json_object_get(label, "kernel"));
		// A kernel that is not in the log may be known from elsewhere, and the other way round not.
		if (e->release && (!kernel || strcmp(kernel, e->release)))
			differ(file, "kernel", kernel ? kernel : "null", e->release);
		if (e->state.tasks.n)
			check_string(file, label, "dominant_task", largest(e));
	}
	oom_case_free(cut);
	oom_case_free(c);
}

static void test_labelled_logs(void **state)
{
	FILE *f = fopen("tests/corpus/logs/labels.jsonl", "r");
	static char line[65536];
	int logs = 0;
	(void)state;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); logs++) {
		json_t *label = json_loads(line, 0, NULL);
		assert_non_null(label);
		check_log(label);
		json_decref(label);
	}
	fclose(f);
	assert_int_equal(logs, 36);
	assert_int_equal(failures, 0);
}

/** Names in "victim" or the array "victims" against those of the events, in order. */
static void check_victims(const char *file, const json_t *label, const struct oom_case *c)
{
	const json_t *list = json_object_get(label, "victims"), *one = json_object_get(label, "victim");
	size_t n = list ? json_array_size(list) : one != NULL, at = 0;
	for (size_t i = 0; i < c->events.n && n; i++) {
		for (size_t v = 0; v < c->events.v[i].victims.n && at < n; v++, at++) {
			const char *want = json_string_value(list ? json_array_get(list, at) : one);
			const char *got = c->events.v[i].victims.v[v].comm;
			if (strcmp(want, got ? got : ""))
				differ(file, "victim", want, got ? got : "null");
		}
	}
	if (at < n)
		differ(file, "victims", "more", "fewer");
}

static void check_seed(const json_t *label)
{
	const char *file = json_string_value(json_object_get(label, "file"));
	char path[512];
	snprintf(path, sizeof(path), "tests/corpus/seeds/%s", file);
	struct oom_case *c = read_log(path, 131);
	size_t heads;
	const struct oom_event *e = labelled(c, &heads);
	if (!e) {
		differ(file, "event", "one", "none");
	} else {
		const struct oom_event_memcg *g = e->memcg;
		check_string(file, label, "trigger", e->trigger.comm);
		check_int(file, label, "order", e->order);
		check_string(file, label, "memcg_oom", g ? g->oom : NULL);
		check_string(file, label, "memcg_task", g ? g->task : NULL);
		check_int(file, label, "usage_kb", g ? g->usage_kb : OOM_ABSENT);
		check_int(file, label, "limit_kb", g ? g->limit_kb : OOM_ABSENT);
		check_int(file, label, "failcnt", g ? g->failcnt : OOM_ABSENT);
		check_victims(file, label, c);
	}
	oom_case_free(c);
}

static void test_seeds(void **state)
{
	FILE *f = fopen("tests/corpus/seeds/labels.jsonl", "r");
	static char line[65536];
	int logs = 0;
	(void)state;
	failures = 0;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); logs++) {
		json_t *label = json_loads(line, 0, NULL);
		assert_non_null(label);
		check_seed(label);
		json_decref(label);
	}
	fclose(f);
	assert_int_equal(logs, 11);
	assert_int_equal(failures, 0);
}

/** Zones and damage of the founding cases, as their labels' notes tell them in words. */
static void test_seed_zones(void **state)
{
	(void)state;
	struct oom_case *c = read_log("tests/corpus/seeds/highmem-lowmem-3.2-i686.log", 1 << 20);
	const struct oom_event *e = &c->events.v[0];
	const struct oom_zone *normal = &e->state.nodes.v[0].zones.v[1];
	assert_string_equal(normal->name, "Normal");
	assert_int_equal(normal->present_kb, 890008);
	assert_int_equal(normal->counters.slab_reclaimable_kb, 513008); // the line breaks within words
	assert_int_equal(normal->counters.isolated_file_kb, 0);
	assert_int_equal(normal->counters.unstable_kb, 0);
	assert_int_equal(normal->counters.writeback_tmp_kb, 0);
	assert_int_equal(normal->all_unreclaimable, OOM_YES);
	assert_int_equal(normal->lowmem_reserve_kb.v[3], 252949 * 4);
	assert_int_equal(e->state.counters.inactive_file_kb, 7784521LL * 4);
	oom_case_free(c);
	c = read_log("tests/corpus/seeds/alinux-fragmentation-order3.log", 1 << 20);
	const struct oom_zone *zone = &c->events.v[0].state.nodes.v[0].zones.v[0];
	assert_int_equal(zone->free_kb, 23500);
	assert_int_equal(zone->counters.unevictable_kb, 0); // "unevi ctable:0kB"
	assert_int_equal(zone->free_areas.n, 11);
	assert_int_equal(zone->free_areas.v[2].blocks, 675);
	oom_case_free(c);
	c = read_log("tests/corpus/seeds/alinux-numa-cpuset.log", 1 << 20);
	e = &c->events.v[0];
	assert_int_equal(e->constraint, OOM_CONSTRAINT_CPUSET);
	assert_int_equal(e->state.hugetlb.n, 4);
	assert_int_equal(e->state.hugetlb.v[2].free, 360);
	assert_int_equal(e->state.memory.free_kb, 4111496LL * 4);
	assert_int_equal(e->state.nodes.v[0].zones.v[0].free_areas.n, 11); // "0 *2048kB"
	oom_case_free(c);
	c = read_log("tests/corpus/seeds/java-killed-service-failed-4.19.log", 1 << 20);
	e = &c->events.v[0];
	assert_int_equal(c->events.n, 1);
	assert_int_equal(e->victims.v[0].reaped, OOM_YES);
	assert_int_equal(e->followed.n, 2);
	oom_case_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_labelled_logs), cmocka_unit_test(test_seeds),
					   cmocka_unit_test(test_seed_zones)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
