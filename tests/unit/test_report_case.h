// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A case built by hand for the tests of the renderers: every kind of fact, and names made to harm. */
#ifndef TEST_REPORT_CASE_H
#define TEST_REPORT_CASE_H

#include <oomortem/report.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define U __attribute__((unused))

/** Terminal escapes, a bare continuation byte, a mark of direction, quotes, a backslash, a newline. */
#define EVIL "\033[2Jx\x80\xe2\x80\xae\"\\'\n<b>|*_`"

/** What @p write puts into a stream, to be freed. */
static U char *rc_text(enum oom_status (*write)(FILE *out, void *arg), void *arg)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(write(out, arg), OOM_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

struct rc_report {
	enum oom_format format;
	const struct oom_case *c;
	const struct oom_diagnosis *d;
	const struct oom_report_options *options;
};

static U enum oom_status rc_write(FILE *out, void *arg)
{
	const struct rc_report *r = arg;
	return oom_report(out, r->format, r->c, r->d, r->options, NULL);
}

static U char *rc_render(enum oom_format format, const struct oom_case *c, const struct oom_report_options *options)
{
	struct oom_diagnosis *d = NULL;
	assert_int_equal(oom_classify(c, &d), OOM_OK);
	struct rc_report r = {format, c, d, options};
	char *text = rc_text(rc_write, &r);
	oom_diagnosis_free(d);
	return text;
}

static U struct oom_task *rc_task(struct oom_case *c, struct oom_state *s, const char *comm, int64_t pid,
				  int64_t anon_kb, int64_t adj)
{
	struct oom_task *k = oom_add_task(c->arena, &s->tasks);
	k->comm = comm;
	k->pid = k->tgid = pid;
	k->uid = 0;
	k->kthread = OOM_NO;
	k->rss_kb = k->oom_rss_kb = anon_kb + 800;
	k->rss_anon_kb = anon_kb;
	k->rss_file_kb = 800;
	k->rss_shmem_kb = 0;
	k->swap_kb = k->oom_swap_kb = 0;
	k->pgtables_kb = 64;
	k->total_vm_kb = anon_kb * 2;
	k->oom_score_adj = adj;
	k->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct task_struct", (int64_t)0xffff888004a3c000};
	return k;
}

static U void rc_zone(struct oom_case *c, struct oom_state *s)
{
	struct oom_node *n = oom_add_node(c->arena, &s->nodes);
	n->id = 0;
	n->all_unreclaimable = OOM_YES;
	struct oom_zone *z = oom_add_zone(c->arena, &n->zones);
	z->name = "DMA32";
	z->free_kb = 2096;
	z->min_kb = 1756;
	z->low_kb = 2192;
	z->high_kb = 2628;
	z->boost_kb = 512;
	z->managed_kb = 208000;
	oom_ints_add(c->arena, &z->lowmem_reserve_kb, 0);
	oom_ints_add(c->arena, &z->lowmem_reserve_kb, 812);
	for (int order = 0; order < 3; order++) {
		struct oom_free_area *a = oom_add_free_area(c->arena, &z->free_areas);
		a->blocks = 10 - order;
		a->types = "UM";
	}
}

/** A dump of a machine that panicked; @p name is the name of the process, file, cgroup … that can hold anything. */
static U struct oom_case *rc_case(const char *name)
{
	struct oom_case *c = oom_case_new();
	assert_non_null(c);
	c->source.path = name;
	c->source.kind = OOM_INPUT_VMCORE;
	c->source.format = "kdump-zlib";
	oom_case_missing(c, "%s: could not be read", name);
	c->system.release = "6.1.0-56-cloud-amd64";
	c->system.machine = "x86_64";
	c->system.nodename = name;
	c->system.page_size = 4096;
	c->system.ram_kb = 223232;
	c->system.uptime_us = 3704512;
	c->system.panic = "Out of memory: system-wide panic_on_oom is enabled";
	c->system.cmdline = name;
	c->config.panic_on_oom = 1;
	struct oom_event *e = oom_add_event(c->arena, &c->events);
	e->kind = OOM_EVENT_OOM;
	e->boot = 0;
	e->time_us = 3701000;
	e->panic = true;
	e->has_head = OOM_YES;
	e->order = 0;
	e->gfp_mask = 0x140dca;
	oom_strings_addf(c->arena, &e->gfp_flags, "GFP_HIGHUSER_MOVABLE");
	e->constraint = OOM_CONSTRAINT_NONE;
	e->trigger.comm = name;
	e->trigger.pid = 91;
	e->origin = (struct oom_origin){OOM_FROM_LOG, NULL, 912};
	oom_strings_addf(c->arena, &e->followed, "%s", name);
	c->state = oom_new_state(c->arena);
	c->state_is_incident = OOM_YES;
	struct oom_memory *m = &c->state->memory;
	m->total_kb = 223232;
	m->free_kb = 2900;
	m->anon_kb = 152000;
	m->shmem_kb = 43700;
	m->file_kb = 400;
	m->slab_reclaimable_kb = 9200;
	m->slab_unreclaimable_kb = 6400;
	m->unaccounted_kb = -12;
	m->swap_total_kb = 0;
	m->swap_free_kb = 0;
	m->committed_kb = 197632;
	c->state->origin = (struct oom_origin){OOM_FROM_MEMORY, "vm_zone_stat", OOM_ABSENT};
	rc_zone(c, c->state);
	rc_task(c, c->state, "mysqld", 87, 62464, 0);
	rc_task(c, c->state, name, 91, 60416, 0)->cmdline = name;
	rc_task(c, c->state, "sshd", 40, 900, -1000);
	struct oom_shmem *shm = oom_add_shmem(c->arena, &c->state->shmem);
	shm->mount = name;
	shm->kb = 40960;
	struct oom_slab *slab = oom_add_slab(c->arena, &c->state->slabs);
	slab->name = name;
	slab->total_kb = 5000;
	slab->objects = 1000;
	slab->object_size = 5120;
	struct oom_memcg *g = oom_add_memcg(c->arena, &c->state->memcgs);
	g->path = "/";
	g = oom_add_memcg(c->arena, &c->state->memcgs);
	g->path = name;
	g->usage_kb = 100;
	g->limit_kb = OOM_UNLIMITED;
	struct oom_hugetlb *h = oom_add_hugetlb(c->arena, &c->state->hugetlb);
	h->size_kb = 2048;
	h->total = 4;
	h->free = 1;
	struct oom_swap *s = oom_add_swap(c->arena, &c->state->swaps);
	s->name = name;
	s->kind = "file";
	s->size_kb = 1024;
	s->used_kb = 512;
	return c;
}

/** A cgroup's OOM in a log, as an older kernel prints it: next to nothing else is known. */
static U struct oom_case *rc_memcg_case(const char *name)
{
	struct oom_case *c = oom_case_new();
	assert_non_null(c);
	c->source.path = "messages";
	c->source.kind = OOM_INPUT_LOG;
	for (int i = 0; i < 30; i++) {
		struct oom_event *e = oom_add_event(c->arena, &c->events);
		e->kind = OOM_EVENT_OOM;
		e->boot = i / 20;
		e->stamp = "Nov  2 14:08:46";
		e->constraint = OOM_CONSTRAINT_MEMCG;
		e->trigger.comm = name;
		e->memcg = oom_new_event_memcg(c->arena);
		e->memcg->oom = name;
		e->memcg->task = "/a/b";
		e->memcg->usage_kb = e->memcg->limit_kb = 204800;
		struct oom_stat *stat = oom_list_add(c->arena, &e->memcg->stats);
		*stat = (struct oom_stat){"anon_kb", 190000};
		stat = oom_list_add(c->arena, &e->memcg->stats);
		*stat = (struct oom_stat){name, 1};
		stat = oom_list_add(c->arena, &e->memcg->stats);
		*stat = (struct oom_stat){name, 2};
		struct oom_victim *v = oom_add_victim(c->arena, &e->victims);
		v->comm = name;
		v->pid = 4000 + i;
		v->rss_anon_kb = 190000;
		oom_strings_addf(c->arena, &e->missing, "%s", name);
	}
	return c;
}

#endif
