// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Cases built by hand for the tests of the classifier: short names for the facts that a report holds. */
#ifndef TEST_CLASSIFY_CASE_H
#define TEST_CLASSIFY_CASE_H

#include <oomortem/classify.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define U __attribute__((unused))

struct tc {
	struct oom_case *c;
	struct oom_diagnosis *d;
};

/** A case of a log of an x86_64 machine with 4 KiB pages. */
static U struct tc tc_new(const char *release)
{
	struct tc t = {oom_case_new(), NULL};
	assert_non_null(t.c);
	t.c->source.kind = OOM_INPUT_LOG;
	t.c->system.release = release;
	t.c->system.machine = "x86_64";
	t.c->system.page_size = 4096;
	return t;
}

static U void tc_free(struct tc *t)
{
	oom_diagnosis_free(t->d);
	oom_case_free(t->c);
	*t = (struct tc){0};
}

static U const struct oom_verdict *tc_judge(struct tc *t)
{
	oom_diagnosis_free(t->d);
	assert_int_equal(oom_classify(t->c, &t->d), OOM_OK);
	return &t->d->top;
}

/** An OOM with a head; flags are names between '|', "" for none. */
static U struct oom_event *tc_event(struct tc *t, const char *comm, int64_t pid, const char *flags, int64_t order)
{
	struct oom_event *e = oom_add_event(t->c->arena, &t->c->events);
	e->kind = OOM_EVENT_OOM;
	e->boot = 0;
	e->has_head = OOM_YES;
	e->trigger.comm = comm;
	e->trigger.pid = pid;
	e->order = order;
	e->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 1};
	for (const char *at = flags; *at;) {
		size_t len = strcspn(at, "|");
		oom_strings_addf(t->c->arena, &e->gfp_flags, "%.*s", (int)len, at);
		at += len + (at[len] == '|');
	}
	return e;
}

static U struct oom_state *tc_state(struct tc *t)
{
	t->c->state = oom_new_state(t->c->arena);
	t->c->state_is_incident = OOM_YES;
	return t->c->state;
}

static U struct oom_zone *tc_zone(struct tc *t, struct oom_state *s, int64_t node, const char *name, int64_t free_kb,
				  int64_t min_kb, int64_t high_kb, int64_t managed_kb)
{
	struct oom_node *n = NULL;
	for (size_t i = 0; i < s->nodes.n; i++) {
		if (s->nodes.v[i].id == node)
			n = &s->nodes.v[i];
	}
	if (!n) {
		n = oom_add_node(t->c->arena, &s->nodes);
		n->id = node;
	}
	struct oom_zone *z = oom_add_zone(t->c->arena, &n->zones);
	z->name = name;
	z->free_kb = free_kb;
	z->min_kb = min_kb;
	z->high_kb = high_kb;
	z->managed_kb = managed_kb;
	z->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 20};
	return z;
}

/** lowmem_reserve in pages, as printed; ends with -1. */
static U void tc_reserve(struct tc *t, struct oom_zone *z, ...)
{
	va_list ap;
	va_start(ap, z);
	for (int pages = va_arg(ap, int); pages >= 0; pages = va_arg(ap, int))
		oom_ints_add(t->c->arena, &z->lowmem_reserve_kb, 4LL * pages);
	va_end(ap);
	z->lowmem_reserve_kb.known = true;
}

/** Free blocks by order, as printed: "1325*4kB (UME) 0*8kB" is (1325, "UME", 0, NULL, …, -1). */
static U void tc_blocks(struct tc *t, struct oom_zone *z, ...)
{
	va_list ap;
	va_start(ap, z);
	for (int blocks = va_arg(ap, int); blocks >= 0; blocks = va_arg(ap, int)) {
		struct oom_free_area *a = oom_add_free_area(t->c->arena, &z->free_areas);
		a->blocks = blocks;
		a->types = va_arg(ap, const char *);
	}
	va_end(ap);
}

/** A row of a task table before 6.8: no split of rss. */
static U struct oom_task *tc_row(struct tc *t, struct oom_state *s, const char *comm, int64_t pid, int64_t rss_pages,
				 int64_t pgtables_bytes, int64_t adj)
{
	struct oom_task *k = oom_add_task(t->c->arena, &s->tasks);
	k->comm = comm;
	k->pid = k->tgid = pid;
	k->uid = 0;
	k->rss_kb = k->oom_rss_kb = rss_pages * 4;
	k->swap_kb = k->oom_swap_kb = 0;
	k->pgtables_kb = pgtables_bytes / 1024;
	k->oom_score_adj = adj;
	k->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 50};
	return k;
}

/** A task of a dump, or a row since 6.8. */
static U struct oom_task *tc_task(struct tc *t, struct oom_state *s, const char *comm, int64_t pid, int64_t anon_kb)
{
	struct oom_task *k = tc_row(t, s, comm, pid, anon_kb / 4 + 250, 40960, 0);
	k->rss_anon_kb = k->oom_rss_anon_kb = anon_kb;
	k->rss_file_kb = 1000;
	k->rss_shmem_kb = 0;
	return k;
}

static U struct oom_victim *tc_victim(struct tc *t, struct oom_event *e, const char *comm, int64_t pid, int64_t anon_kb)
{
	struct oom_victim *v = oom_add_victim(t->c->arena, &e->victims);
	v->comm = comm;
	v->pid = pid;
	v->rss_anon_kb = anon_kb;
	v->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 90};
	return v;
}

static U struct oom_event_memcg *tc_memcg(struct tc *t, struct oom_event *e, const char *oom, const char *task,
					  int64_t usage_kb, int64_t limit_kb)
{
	e->constraint = OOM_CONSTRAINT_MEMCG;
	e->memcg = oom_new_event_memcg(t->c->arena);
	e->memcg->oom = oom;
	e->memcg->task = task;
	e->memcg->usage_kb = usage_kb;
	e->memcg->limit_kb = limit_kb;
	e->memcg->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 30};
	return e->memcg;
}

static U void tc_stat(struct tc *t, struct oom_event_memcg *m, const char *name, int64_t value)
{
	struct oom_stat *s = oom_list_add(t->c->arena, &m->stats);
	s->name = name;
	s->value = value;
}

static U const struct oom_finding *tc_finding(const struct oom_verdict *v, const char *id)
{
	for (size_t i = 0; i < v->findings.n; i++) {
		if (!strcmp(v->findings.v[i].id, id))
			return &v->findings.v[i];
	}
	return NULL;
}

static U const struct oom_recommendation *tc_advice(const struct oom_verdict *v, const char *finding)
{
	for (size_t i = 0; i < v->recommendations.n; i++) {
		if (!strcmp(v->recommendations.v[i].finding, finding))
			return &v->recommendations.v[i];
	}
	return NULL;
}

/** Is @p text in one of the commands? */
static U bool tc_command(const struct oom_verdict *v, const char *text)
{
	for (size_t i = 0; i < v->recommendations.n; i++) {
		for (size_t k = 0; k < v->recommendations.v[i].commands.n; k++) {
			if (strstr(v->recommendations.v[i].commands.v[k], text))
				return true;
		}
	}
	return false;
}

#define assert_cause(v, want)	 assert_string_equal(oom_cause_id((v)->cause), want)
#define assert_consumer(v, want) assert_string_equal(oom_consumer_id((v)->consumer), want)
#define assert_scope(v, want)	 assert_string_equal(oom_scope_id((v)->scope), want)
#define assert_outcome(v, want)	 assert_string_equal(oom_outcome_id((v)->outcome), want)
#define assert_sure(v, want)	 assert_string_equal(oom_confidence_id((v)->confidence), want)
#define assert_has(v, id)	 assert_non_null(tc_finding(v, id))
#define assert_lacks(v, id)	 assert_null(tc_finding(v, id))

#endif
