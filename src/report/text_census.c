// SPDX-License-Identifier: GPL-2.0-or-later
/** @file "Page census": whose each page frame is, of all or of a sample. */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>

enum { NAME = 15, SHARE = 60, CALLS = 4, CALLS_BYTES = 4096 };

static void put_owner(struct tx *t, const struct oom_census_row *row, int64_t total)
{
	char size[RP_SIZE], p[RP_PERCENT];
	tx_right(t, 12, rp_size(row->kb, size));
	tx_to(t, NAME);
	tx_put(t, rp_census_label(row->owner), SHARE - NAME - 1);
	if (oom_known(total) && total > 0 && !rp_census_reserved(row))
		tx_right(t, SHARE + 6, rp_percent(row->kb, total, p));
	if (oom_known(row->error_kb)) {
		tx_to(t, SHARE + 8);
		tx_printf(t, "+/- %s", rp_size(row->error_kb, size));
	}
	tx_nl(t);
}

static void put_groups(struct tx *t, const struct oom_census_memcgs *list)
{
	char size[RP_SIZE];
	size_t n = t->options->verbose || list->n < (size_t)t->top ? list->n : (size_t)t->top;
	if (n)
		tx_heading(t, "Charged to cgroups, by page: %zu of %zu", n, list->n);
	for (size_t i = 0; i < n; i++) {
		const struct oom_census_memcg *m = &list->v[i];
		tx_right(t, 12, rp_size(rp_census_memcg_kb(m), size));
		tx_to(t, NAME);
		tx_put_path(t, m->path ? m->path : "groups that cannot be named", 28);
		tx_to(t, NAME + 30);
		tx_printf(t, "anon %s", rp_size(m->anon_kb, size));
		tx_printf(t, ", file %s", rp_size(m->file_kb, size));
		tx_wrapf(t, NAME, ", shmem %s", rp_size(m->shmem_kb, size));
		tx_wrapf(t, NAME, ", kernel %s", rp_size(m->kernel_kb, size));
		tx_nl(t);
	}
}

static void put_stacks(struct tx *t, const struct oom_census_stacks *list)
{
	char size[RP_SIZE], about[RP_WHERE], calls[CALLS_BYTES];
	size_t n = t->options->verbose || list->n < (size_t)t->top ? list->n : (size_t)t->top;
	if (n)
		tx_heading(t, "Allocated by, as page_owner noted it: %zu of %zu", n, list->n);
	for (size_t i = 0; i < n; i++) {
		const struct oom_census_stack *s = &list->v[i];
		tx_right(t, 12, rp_size(s->kb, size));
		tx_to(t, NAME);
		tx_put(t, s->caller ? s->caller : "?", 0);
		if (*rp_census_stack_about(s, about))
			tx_wrapf(t, NAME, ", %s", about);
		tx_nl(t);
		if (!*rp_census_stack_calls(s, t->options->verbose ? s->stack.n : CALLS, calls, sizeof(calls)))
			continue;
		tx_to(t, NAME + 2);
		tx_wrapf(t, NAME + 2, "%s", calls);
		tx_nl(t);
	}
}

void tx_census(struct tx *t, const struct rp_facts *f)
{
	char text[RP_WHERE];
	const struct oom_census *census = f->state ? f->state->census : NULL;
	if (!census || !census->owners.n)
		return;
	int64_t total = rp_census_total(census);
	tx_heading(t, "Page census: %s", rp_census_extent(census, text));
	for (size_t i = 0; i < rp_census_owners(census); i++)
		put_owner(t, &census->owners.v[i], total);
	if (*rp_census_orders(census, t->c->system.page_size, text)) {
		tx_to(t, 2);
		tx_wrapf(t, 4, "unowned: %s", text);
		tx_nl(t);
	}
	put_groups(t, &census->memcgs);
	put_stacks(t, &census->stacks);
}
