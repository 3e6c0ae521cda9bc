// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Who allocated vmalloc memory, at collection: /proc/vmallocinfo (mm/vmalloc.c: vmalloc_info_show()), which only root
 * can read. A line is one area: "0x…-0x… SIZE FUNCTION+OFFSET/LENGTH [MODULE] pages=N vmalloc". Without "pages=" the
 * area maps what is not its own (ioremap, vmap, per-CPU areas).
 */
#include "sos/internal.h"
#include <stdlib.h>
#include <string.h>

enum { CALLERS = 1 << 16, BUCKETS = 4096, AREAS = 1 << 20, LISTED = 200 };

/** Rows by the hash of caller and module: chains of row numbers, from 1. */
struct index {
	uint32_t first[BUCKETS], next[CALLERS];
};

/** Kernel stacks, by the function that asks for them (kernel/fork.c, 3.10 to 7.2). */
static bool is_stack(const struct cur *caller)
{
	static const char *const names[] = {"dup_task_struct", "alloc_thread_stack_node", "copy_process",
					    "kernel_clone", "_do_fork"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cur_begins(caller, names[i], strlen(names[i])))
			return true;
	return false;
}

/** The pages of the area in @p line, OOM_ABSENT: it has none of its own; its caller and module, empty where none. */
static int64_t take(struct cur line, struct cur *caller, struct cur *module)
{
	struct cur word, range, size, pages;
	if (!scan_word(&line, &range) || !scan_word(&line, &size) || !scan_word(&line, caller))
		return OOM_ABSENT;
	*module = cur_of("", 0);
	caller->end = caller->p + strcspn(caller->p, "+ \n");
	while (scan_word(&line, &word)) {
		if (cur_begins(&word, "[", 1) && cur_left(&word) > 2 && word.end[-1] == ']')
			*module = cur_of(word.p + 1, cur_left(&word) - 2);
		else if (cur_begins(&word, "pages=", 6)) {
			pages = cur_of(word.p + 6, cur_left(&word) - 6);
			return sos_number(pages);
		}
	}
	return OOM_ABSENT;
}

static bool same(const char *text, const struct cur *word)
{
	size_t len = text ? strlen(text) : 0;
	return len == cur_left(word) && !memcmp(text ? text : "", word->p, len);
}

static size_t bucket_of(const struct cur *caller, const struct cur *module)
{
	uint32_t h = 2166136261u; // FNV-1a
	for (const char *at = caller->p; at < caller->end; at++)
		h = (h ^ (unsigned char)*at) * 16777619u;
	for (const char *at = module->p; at < module->end; at++)
		h = (h ^ (unsigned char)*at) * 16777619u;
	return h % BUCKETS;
}

static struct oom_vmalloc *row_of(struct sos *s, struct index *index, const struct cur *caller,
				  const struct cur *module, int64_t line)
{
	struct oom_vmallocs *rows = &s->c->state->vmallocs;
	size_t bucket = bucket_of(caller, module);
	for (uint32_t at = index->first[bucket]; at; at = index->next[at - 1]) {
		if (same(rows->v[at - 1].caller, caller) && same(rows->v[at - 1].module, module))
			return &rows->v[at - 1];
	}
	struct oom_vmalloc *row = rows->n < CALLERS ? oom_add_vmalloc(s->c->arena, rows) : NULL;
	if (!row)
		return NULL;
	index->next[rows->n - 1] = index->first[bucket];
	index->first[bucket] = (uint32_t)rows->n;
	row->caller = oom_strndup(s->c->arena, caller->p, cur_left(caller));
	row->module = cur_left(module) ? oom_strndup(s->c->arena, module->p, cur_left(module)) : NULL;
	row->kb = row->areas = 0;
	row->stacks = !row->module && is_stack(caller) ? OOM_YES : OOM_NO;
	row->origin = sos_origin(s, s->vmallocinfo.path, line);
	return row;
}

static int larger_first(const void *a, const void *b)
{
	const struct oom_vmalloc *x = a, *y = b;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	return (x->origin.at > y->origin.at) - (x->origin.at < y->origin.at);
}

void sos_vmallocs_end(struct sos *s, int64_t page_kb)
{
	struct cur text = cur_of(s->vmallocinfo.text, s->vmallocinfo.len), line, caller, module;
	if (!s->vmallocinfo.text || !cur_begins(&text, "0x", 2) || !oom_known(page_kb) || !sos_state(s))
		return;
	struct oom_vmallocs *rows = &s->c->state->vmallocs;
	struct index *index = calloc(1, sizeof(*index));
	int64_t sum_kb = 0;
	rows->known = index != NULL;
	for (int64_t number = 1; index && number < AREAS && sos_line(&text, &line); number++) {
		int64_t pages = take(line, &caller, &module), kb;
		if (!oom_known(pages) || __builtin_mul_overflow(pages, page_kb, &kb))
			continue;
		struct oom_vmalloc *row = row_of(s, index, &caller, &module, number);
		if (!row || __builtin_add_overflow(row->kb, kb, &kb))
			continue;
		row->kb = kb;
		row->areas++;
	}
	if (rows->n)
		qsort(rows->v, rows->n, sizeof(*rows->v), larger_first);
	free(index);
	bool fits = rows->n;
	for (size_t i = 0; i < rows->n; i++)
		fits &= rows->v[i].stacks == OOM_YES || !__builtin_add_overflow(sum_kb, rows->v[i].kb, &sum_kb);
	// VmallocUsed of meminfo has the stacks in it, and is 0 from 4.4 to 5.2.
	if (fits)
		s->c->state->memory.vmalloc_kb = sum_kb;
	rows->n = rows->n < LISTED ? rows->n : LISTED;
}
