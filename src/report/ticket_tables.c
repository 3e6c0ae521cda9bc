// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Processes, zones, and what else holds memory, in a ticket. */
#include "report/rows.h"
#include "report/ticket.h"
#include <inttypes.h>
#include <stdlib.h>

static void row_of(struct tk_doc *t, const struct oom_origin *origin)
{
	struct tk_row *row = tk_row(t);
	if (row)
		row->origin = *origin;
}

/* --- processes --------------------------------------------------- */

static void put_task(struct tk_doc *t, const struct rp_facts *f, const struct rp_task *r,
		     const struct rp_task_columns *has)
{
	const struct oom_task *k = r->task;
	const char *role = rp_role(f, k);
	row_of(t, &k->origin);
	if (oom_known(k->pid))
		tk_putf(t, TK_TEXT, "%" PRId64, k->pid);
	tk_cell(t, TK_NAME, k->comm ? k->comm : "?");
	tk_cell_kb(t, has->split ? k->rss_anon_kb : k->rss_kb);
	tk_cell_kb(t, has->split ? rp_shared_kb(k) : OOM_ABSENT);
	tk_cell_kb(t, has->swap ? k->swap_kb : OOM_ABSENT);
	tk_cell_kb(t, has->tables ? k->pgtables_kb : OOM_ABSENT);
	tk_cell_int(t, k->oom_score_adj);
	// Where others have a score, one without is not eligible: the killer never takes it.
	if (oom_known(r->badness))
		tk_cell_int(t, r->badness);
	else
		tk_cell(t, TK_TEXT, "-");
	tk_cell(t, TK_TEXT, role ? role : r->outside ? "not in the cgroup" : "");
	if (tk_verbose(t) && k->cmdline && *k->cmdline) {
		tk_put(t, TK_TEXT, role || r->outside ? " " : "");
		tk_put(t, TK_NAME, k->cmdline);
	}
}

static void put_groups(struct tk_doc *t, const struct oom_task_groups *groups)
{
	static const struct tk_column columns[] = {
		{"number", true, false},      {"name", false, false},	{"anon", true, false}, {"swap", true, false},
		{"page tables", true, false}, {"largest", true, false}, {"", false, false},
	};
	if (!groups->n)
		return;
	tk_section(t, "groups", 4, false, "Processes of one kind, together");
	tk_table(t, columns, 7);
	size_t show = tk_rows(t, groups->n, tk_top(t));
	for (size_t i = 0; i < show; i++) {
		const struct oom_task_group *g = &groups->v[i];
		bool least = oom_known(g->kb) && g->kb < g->anon_sum_kb;
		tk_row(t);
		tk_putf(t, TK_TEXT, "%" PRId64, g->processes);
		tk_cell(t, TK_NAME, g->name ? g->name : "?");
		tk_cell_kb(t, g->kb);
		tk_cell_kb(t, g->swap_kb);
		tk_cell_kb(t, g->pgtables_kb);
		tk_cell_kb(t, oom_known(g->largest_kb) ? g->largest_kb : g->largest_rss_kb);
		tk_cell(t, TK_TEXT, least ? "at least" : "");
		if (g->container) {
			tk_put(t, TK_TEXT, least ? ", container " : "container ");
			tk_put(t, TK_NAME, g->container);
		}
	}
}

void tk_tasks(struct tk_doc *t, struct rp_facts *f)
{
	static const struct tk_column split[] = {
		{"pid", true, false},	   {"name", false, false}, {"anon", true, false},
		{"file+shm", true, false}, {"swap", true, false},  {"page tables", true, false},
		{"adj", true, false},	   {"score", true, false}, {"", false, false},
	};
	static const struct tk_column whole[] = {
		{"pid", true, false},	   {"name", false, false}, {"rss", true, false},
		{"file+shm", true, false}, {"swap", true, false},  {"page tables", true, false},
		{"adj", true, false},	   {"score", true, false}, {"", false, false},
	};
	size_t n;
	struct rp_task *rows = rp_tasks(f, &n);
	const char *from = f->tasks_from_state ? "" : ", as the kernel printed them";
	if (!rows || !n) {
		free(rows);
		return;
	}
	struct rp_task_columns has = rp_task_columns(f, rows, n);
	struct tk_section *s = tk_section(t, "tasks", 3, false, " ");
	tk_chart(t, TK_CHART_TASKS);
	tk_table(t, has.split ? split : whole, 9);
	size_t show = tk_rows(t, n, tk_top(t));
	if (s && show < n)
		s->title = tk_text(t, "Who holds it: the %zu largest of %zu processes%s", show, n, from);
	else if (s)
		s->title = tk_text(t, "Who holds it: %zu process%s%s", n, n == 1 ? "" : "es", from);
	for (size_t i = 0; i < show; i++)
		put_task(t, f, &rows[i], &has);
	free(rows);
	put_groups(t, &f->verdict->groups);
}

/* --- zones ------------------------------------------------------- */

static void put_zone(struct tk_doc *t, const struct rp_zone *r)
{
	static const enum tk_tone tones[] = {
		[RP_LEVEL_UNKNOWN] = TK_PLAIN,
		[RP_LEVEL_BELOW_MIN] = TK_BAD,
		[RP_LEVEL_BELOW_HIGH] = TK_WARN,
		[RP_LEVEL_GOOD] = TK_GOOD,
	};
	char size[RP_SIZE];
	struct tk_row *row = tk_row(t);
	if (row) {
		row->origin = r->zone->origin;
		row->tone = tones[rp_zone_level(r->zone)];
	}
	if (oom_known(r->node))
		tk_putf(t, TK_TEXT, "%" PRId64, r->node);
	else
		tk_put(t, TK_TEXT, "?");
	tk_cell(t, TK_NAME, r->zone->name ? r->zone->name : "?");
	tk_cell_int(t, r->zone->free_kb);
	tk_cell_int(t, r->zone->min_kb);
	tk_cell_int(t, r->zone->high_kb);
	tk_cell_int(t, rp_zone_reserve(r->zone));
	tk_cell_int(t, r->zone->managed_kb);
	tk_next(t);
	tk_putf(t, TK_TEXT, "%s", rp_largest_block(t->c->system.page_size, r->zone, size));
	tk_cell(t, TK_TEXT, r->other ? "not for this request" : "");
}

static void put_notes(struct tk_doc *t, const struct oom_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++) {
		const struct oom_node *node = &nodes->v[i];
		for (size_t k = 0; k < node->zones.n; k++) {
			const struct oom_zone *z = &node->zones.v[k];
			if (oom_known(z->boost_kb) && z->boost_kb > 0)
				tk_para(t, TK_DIM,
					tk_text(t, "min and high of %s contain a boost of %" PRId64 " kB.",
						z->name ? z->name : "?", z->boost_kb));
		}
		if (node->all_unreclaimable == OOM_YES && oom_known(node->id))
			tk_para(t, TK_DIM,
				tk_text(t, "Node %" PRId64 ": all_unreclaimable, the kernel had given up reclaiming.",
					node->id));
	}
}

void tk_zones(struct tk_doc *t, struct rp_facts *f)
{
	static const struct tk_column columns[] = {
		{"node", true, false},	  {"zone", false, false},     {"free", true, false},
		{"min", true, false},	  {"high", true, false},      {"reserve", true, false},
		{"managed", true, false}, {"max block", true, false}, {"", false, false},
	};
	enum { MAX_ZONES = 16 };
	size_t n;
	struct rp_zone *rows = rp_zones(f, &n);
	if (!rows)
		return;
	tk_section(t, "zones", 4, true, "Zones against their marks, kB%s",
		   rp_zones_printed(f) ? ", as the kernel printed them" : "");
	tk_chart(t, TK_CHART_ZONES);
	tk_table(t, columns, 9);
	size_t show = tk_rows(t, n, MAX_ZONES);
	for (size_t i = 0; i < show; i++)
		put_zone(t, &rows[i]);
	put_notes(t, f->nodes);
	free(rows);
}

/* --- what is not processes --------------------------------------- */

static void put_shmem(struct tk_doc *t, const struct oom_shmems *list)
{
	static const struct tk_column columns[] = {{"size", true, false}, {"file or mount", false, false}};
	char size[RP_SIZE];
	size_t n;
	const struct oom_shmem **rows = rp_shmems(list, &n);
	if (n) {
		tk_section(t, "shmem", 4, true, "Shared memory and tmpfs");
		tk_table(t, columns, 2);
	}
	size_t worth = n ? rp_shmems_worth(rows, n, t->c->system.ram_kb) : 0;
	size_t show = n ? tk_rows(t, n, worth < tk_top(t) ? worth : tk_top(t)) : 0;
	for (size_t i = 0; i < show; i++) {
		row_of(t, &rows[i]->origin);
		tk_putf(t, TK_TEXT, "%s", rp_size(rows[i]->kb, size));
		tk_cell(t, TK_NAME, rows[i]->path ? rows[i]->path : rows[i]->mount ? rows[i]->mount : "?");
	}
	free(rows);
}

static void put_slabs(struct tk_doc *t, const struct oom_slabs *list)
{
	static const struct tk_column columns[] = {
		{"size", true, false},	     {"cache", false, false}, {"objects", true, false},
		{"bytes each", true, false}, {"", false, false},
	};
	char size[RP_SIZE];
	size_t n;
	const struct oom_slab **rows = rp_slabs(list, &n);
	if (n) {
		tk_section(t, "slabs", 5, true, "Slab caches");
		tk_table(t, columns, 5);
	}
	size_t show = n ? tk_rows(t, n, tk_top(t)) : 0;
	for (size_t i = 0; i < show; i++) {
		row_of(t, &rows[i]->origin);
		tk_putf(t, TK_TEXT, "%s", rp_size(rows[i]->total_kb, size));
		tk_cell(t, TK_NAME, rows[i]->name ? rows[i]->name : "?");
		tk_cell_int(t, rows[i]->objects);
		tk_cell_int(t, rows[i]->object_size);
		tk_cell(t, TK_TEXT, rows[i]->reclaimable == OOM_YES ? "reclaimable" : "");
	}
	free(rows);
}

/** Pools that have pages; a machine without huge pages has nothing to tell. */
static void put_hugetlb(struct tk_doc *t, const struct oom_hugetlbs *list)
{
	static const struct tk_column columns[] = {
		{"node", true, false}, {"page size", true, false}, {"pages", true, false},
		{"free", true, false}, {"reserved", true, false},  {"surplus", true, false},
	};
	bool any = false;
	for (size_t i = 0; i < list->n; i++) {
		const struct oom_hugetlb *h = &list->v[i];
		if (h->total == 0)
			continue;
		if (!any) {
			tk_section(t, "hugetlb", 5, true, "Huge page pools");
			tk_table(t, columns, 6);
		}
		any = true;
		row_of(t, &h->origin);
		if (oom_known(h->node))
			tk_putf(t, TK_TEXT, "%" PRId64, h->node);
		else
			tk_put(t, TK_TEXT, "all");
		tk_cell_kb(t, h->size_kb);
		tk_cell_int(t, h->total);
		tk_cell_int(t, h->free);
		tk_cell_int(t, h->reserved);
		tk_cell_int(t, h->surplus);
	}
}

static void put_swaps(struct tk_doc *t, const struct oom_swaps *list)
{
	static const struct tk_column columns[] = {
		{"size", true, false},	  {"used", true, false},  {"", true, false},
		{"device", false, false}, {"kind", false, false},
	};
	char size[RP_SIZE], p[RP_PERCENT];
	if (!list->n)
		return;
	tk_section(t, "swap", 5, true, "Swap");
	tk_table(t, columns, 5);
	size_t show = tk_rows(t, list->n, tk_top(t));
	for (size_t i = 0; i < show; i++) {
		const struct oom_swap *s = &list->v[i];
		row_of(t, &s->origin);
		tk_putf(t, TK_TEXT, "%s", rp_size(s->size_kb, size));
		tk_cell_kb(t, s->used_kb);
		tk_next(t);
		tk_putf(t, TK_TEXT, "%s", rp_percent(s->used_kb, s->size_kb, p));
		tk_cell(t, TK_NAME, s->name ? s->name : "?");
		tk_cell(t, TK_TEXT, s->kind);
	}
}

void tk_holders(struct tk_doc *t, struct rp_facts *f)
{
	put_shmem(t, f->shmem);
	if (f->verdict->consumer == OOM_CONSUMER_SLAB || tk_verbose(t))
		put_slabs(t, f->slabs);
	put_hugetlb(t, f->hugetlb);
	put_swaps(t, f->swaps);
}
