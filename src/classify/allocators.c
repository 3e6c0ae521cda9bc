// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Who allocated what no counter owns: the stacks that page_owner noted for the census, and of the memory allocation
 * tags (6.10+) those of modules. A tag of the kernel itself is as a rule that of memory which a counter has too.
 */
#include "classify/internal.h"
#include <inttypes.h>
#include <string.h>

enum { CITED = 3, PART = 10, MOST = 2 }; // a tenth is worth a line, half of it a recommendation

static bool is_part(int64_t kb, int64_t of, int64_t part)
{
	return cl_ok(kb) && kb > 0 && cl_ok(of) && kb >= of / part;
}

/** A tag of a module that may be part of @p kb: with more than that it allocates what a counter has. */
static bool is_module(const struct oom_alloc_site *site, int64_t kb, int64_t part)
{
	return site->file && site->function && strstr(site->file, " [") && is_part(site->kb, kb, part) &&
	       site->kb <= kb + kb / PART;
}

static void cite_stack(struct cl_look *l, struct oom_finding *f, const struct oom_census_stack *s)
{
	const char *who = "";
	if (s->comm && cl_ok(s->pid))
		who = cl_text(l, ", for %s (pid %" PRId64 ")", s->comm, s->pid);
	else if (s->comm)
		who = cl_text(l, ", for %s", s->comm);
	cl_cite(l, f, (struct oom_origin){OOM_FROM_MEMORY, "struct page_owner", OOM_ABSENT},
		cl_text(l, "%s: allocated %" PRId64 " kB of it%s", s->caller, s->unowned_kb, who));
}

void cl_cite_allocators(struct cl_look *l, struct oom_finding *f, int64_t kb)
{
	const struct oom_census *census = l->facts.census;
	size_t before = f->evidence.n;
	for (size_t i = 0; census && i < census->stacks.n && f->evidence.n < before + CITED; i++)
		if (census->stacks.v[i].caller && is_part(census->stacks.v[i].unowned_kb, kb, PART))
			cite_stack(l, f, &census->stacks.v[i]);
	if (f->evidence.n > before)
		return;
	for (size_t i = 0; i < l->facts.allocs.n && f->evidence.n < before + CITED; i++) {
		const struct oom_alloc_site *site = &l->facts.allocs.v[i];
		if (is_module(site, kb, PART))
			cl_cite(l, f, site->origin,
				cl_text(l, "%s, %s: allocated %" PRId64 " kB", site->function, site->file, site->kb));
	}
}

const char *cl_allocator(struct cl_look *l, int64_t kb)
{
	const struct oom_census *census = l->facts.census;
	for (size_t i = 0; census && i < census->stacks.n; i++)
		if (census->stacks.v[i].caller && is_part(census->stacks.v[i].unowned_kb, kb, MOST))
			return census->stacks.v[i].caller;
	for (size_t i = 0; i < l->facts.allocs.n; i++)
		if (is_module(&l->facts.allocs.v[i], kb, MOST))
			return cl_text(l, "%s%s", l->facts.allocs.v[i].function,
				       strstr(l->facts.allocs.v[i].file, " ["));
	return NULL;
}
