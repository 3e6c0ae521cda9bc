// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The page census in tickets: owners of all page frames, and what is charged to cgroups. */
#include "report/rows.h"
#include "report/ticket.h"
#include <inttypes.h>

enum { CALLS = 3 };

static void put_groups(struct tk_doc *t, const struct oom_census_memcgs *list)
{
	static const struct tk_column columns[] = {
		{"charged", true, false}, {"anon", true, false},   {"file", true, false},
		{"shmem", true, false},	  {"kernel", true, false}, {"cgroup", false, false},
	};
	if (!list->n)
		return;
	tk_table(t, columns, 6);
	size_t show = tk_rows(t, list->n, tk_top(t));
	for (size_t i = 0; i < show; i++) {
		const struct oom_census_memcg *m = &list->v[i];
		char size[RP_SIZE];
		tk_row(t);
		tk_putf(t, TK_TEXT, "%s", rp_size(rp_census_memcg_kb(m), size));
		tk_cell_kb(t, m->anon_kb);
		tk_cell_kb(t, m->file_kb);
		tk_cell_kb(t, m->shmem_kb);
		tk_cell_kb(t, m->kernel_kb);
		tk_cell(t, m->path ? TK_NAME : TK_TEXT, m->path ? m->path : "groups that cannot be named");
	}
}

static void put_stacks(struct tk_doc *t, const struct oom_census_stacks *list)
{
	static const struct tk_column columns[] = {
		{"size", true, false}, {"unowned", true, false}, {"by", false, false}, {"allocated in", false, false}};
	if (!list->n)
		return;
	tk_table(t, columns, 4);
	size_t show = tk_rows(t, list->n, tk_top(t));
	for (size_t i = 0; i < show; i++) {
		const struct oom_census_stack *s = &list->v[i];
		char size[RP_SIZE], calls[RP_WHERE];
		tk_row(t);
		tk_putf(t, TK_TEXT, "%s", rp_size(s->kb, size));
		tk_cell_kb(t, s->unowned_kb);
		tk_cell(t, s->comm ? TK_NAME : TK_TEXT, s->comm ? s->comm : "");
		tk_cell(t, TK_NAME, tk_text(t, "%s", rp_census_stack_calls(s, CALLS, calls, sizeof(calls))));
	}
}

void tk_census(struct tk_doc *t, struct rp_facts *f)
{
	static const struct tk_column columns[] = {
		{"size", true, false}, {"+/-", true, false}, {"", true, false}, {"pages of", false, false}};
	char text[RP_WHERE], size[RP_SIZE], p[RP_PERCENT];
	const struct oom_census *census = f->state ? f->state->census : NULL;
	if (!census || !census->owners.n)
		return;
	int64_t total = rp_census_total(census);
	tk_section(t, "census", 5, true, "Page census: %s", rp_census_extent(census, text));
	tk_table(t, columns, 4);
	size_t n = rp_census_owners(census), show = tk_rows(t, n, n);
	for (size_t i = 0; i < show; i++) {
		const struct oom_census_row *row = &census->owners.v[i];
		tk_row(t);
		tk_putf(t, TK_TEXT, "%s", rp_size(row->kb, size));
		tk_next(t);
		if (oom_known(row->error_kb))
			tk_putf(t, TK_TEXT, "%s", rp_size(row->error_kb, size));
		tk_next(t);
		if (!rp_census_reserved(row))
			tk_putf(t, TK_TEXT, "%s", rp_percent(row->kb, total, p));
		tk_cell(t, TK_TEXT, rp_census_label(row->owner));
	}
	if (*rp_census_orders(census, t->c->system.page_size, text))
		tk_para(t, TK_DIM, tk_text(t, "Unowned: %s.", text));
	put_groups(t, &census->memcgs);
	put_stacks(t, &census->stacks);
}
