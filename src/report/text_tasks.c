// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * "Who holds it": the largest processes, and those of one kind together.
 *
 * Sums of rss are never shown: memory that several processes share counts in each of them.
 */
#include "report/rows.h"
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns: where each ends, but for the name and the role, which begin there. */
enum { PID = 8, NAME = 10, RSS = 35, SHARED = 45, SWAP = 55, ADJ = 61, BADNESS = 67, ROLE = 69 };

static void put_header(struct tx *t, const struct rp_task_columns *has)
{
	tx_style(t, TX_DIM);
	tx_right(t, PID, "pid");
	tx_to(t, NAME);
	tx_put(t, "name", 0);
	tx_right(t, RSS, has->split ? "anon" : "rss");
	if (has->split)
		tx_right(t, SHARED, "file+shm");
	if (has->tables || has->swap)
		tx_right(t, SWAP, has->tables ? "tables" : "swap");
	if (has->adj)
		tx_right(t, ADJ, "adj");
	if (has->badness)
		tx_right(t, BADNESS, "score");
	tx_style(t, TX_PLAIN);
	tx_nl(t);
}

static void put_int(struct tx *t, int end, int64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, value);
	tx_right(t, end, oom_known(value) ? text : "?");
}

/** With -v, below the row: how it was started and its cgroup. */
static void put_more(struct tx *t, const struct oom_task *k)
{
	if (k->cmdline && *k->cmdline) {
		tx_to(t, NAME + 2);
		tx_put(t, k->cmdline, 0);
		tx_nl(t);
	}
	if (k->memcg) {
		tx_to(t, NAME + 2);
		tx_put_path(t, k->memcg, 0);
		tx_nl(t);
	}
}

static void put_row(struct tx *t, const struct rp_facts *f, const struct rp_task *r, const struct rp_task_columns *has)
{
	const struct oom_task *k = r->task;
	const char *what = rp_role(f, k);
	char size[RP_SIZE];
	put_int(t, PID, k->pid);
	tx_to(t, NAME);
	tx_put(t, k->comm ? k->comm : "?", 17);
	tx_right(t, RSS, rp_size(has->split ? k->rss_anon_kb : k->rss_kb, size));
	if (has->split)
		tx_right(t, SHARED, rp_size(rp_shared_kb(k), size));
	if (has->tables)
		tx_right(t, SWAP, rp_size(k->pgtables_kb, size));
	else if (has->swap)
		tx_right(t, SWAP, k->swap_kb == 0 ? "-" : rp_size(k->swap_kb, size));
	if (has->adj)
		put_int(t, ADJ, k->oom_score_adj);
	// Where others have a score, one without is not eligible: the killer never takes it.
	if (has->badness && oom_known(r->badness))
		put_int(t, BADNESS, r->badness);
	else if (has->badness)
		tx_right(t, BADNESS, "-");
	if (what) {
		tx_to(t, ROLE);
		tx_style(t, TX_WARN);
		tx_put(t, what, 0);
		tx_style(t, TX_PLAIN);
	}
	tx_nl(t);
	if (t->options->verbose)
		put_more(t, k);
}

/* --- by program ------------------------------------------------------------------------------- */

enum { COUNT = 8, GROUP_SUM = 36, GROUP_SWAP = 46, GROUP_TABLES = 58, GROUP_LARGEST = 69, GROUPS_MAX = 5 };

/** Columns that the input has something for. */
struct group_columns {
	bool anon, swap, tables;
};

static void put_group(struct tx *t, const struct oom_task_group *g, const struct group_columns *has)
{
	char size[RP_SIZE];
	bool least = oom_known(g->kb) && g->kb < g->anon_sum_kb;
	put_int(t, COUNT, g->processes);
	tx_to(t, NAME);
	tx_put(t, g->name ? g->name : "?", 17);
	if (has->anon)
		tx_right(t, GROUP_SUM, rp_size(g->kb, size));
	if (has->swap)
		tx_right(t, GROUP_SWAP, g->swap_kb == 0 ? "-" : rp_size(g->swap_kb, size));
	if (has->tables)
		tx_right(t, GROUP_TABLES, rp_size(g->pgtables_kb, size));
	tx_right(t, GROUP_LARGEST, rp_size(oom_known(g->largest_kb) ? g->largest_kb : g->largest_rss_kb, size));
	tx_put(t, least ? "  at least" : "", 0);
	tx_nl(t);
	if (!g->container)
		return;
	tx_to(t, NAME + 2);
	tx_put(t, "container ", 0);
	tx_put(t, g->container, 40);
	tx_nl(t);
}

/** Several processes that are the same thing, one line for each kind. */
static void put_groups(struct tx *t, const struct oom_task_groups *groups)
{
	size_t show = t->options->verbose || groups->n < GROUPS_MAX ? groups->n : GROUPS_MAX;
	if (!show)
		return;
	struct group_columns has = {false, false, false};
	for (size_t i = 0; i < show; i++) {
		has.anon |= oom_known(groups->v[i].kb);
		has.swap |= oom_known(groups->v[i].swap_kb) && groups->v[i].swap_kb > 0;
		has.tables |= oom_known(groups->v[i].pgtables_kb);
	}
	tx_heading(t, "Processes of one kind, together");
	tx_style(t, TX_DIM);
	tx_right(t, COUNT, "number");
	tx_to(t, NAME);
	tx_put(t, "name", 0);
	tx_right(t, GROUP_SUM, has.anon ? "anon" : "");
	tx_right(t, GROUP_SWAP, has.swap ? "swap" : "");
	tx_right(t, GROUP_TABLES, has.tables ? "page tables" : "");
	tx_right(t, GROUP_LARGEST, "largest");
	tx_style(t, TX_PLAIN);
	tx_nl(t);
	for (size_t i = 0; i < show; i++)
		put_group(t, &groups->v[i], &has);
}

void tx_tasks(struct tx *t, const struct rp_facts *f)
{
	size_t n;
	struct rp_task *rows = rp_tasks(f, &n);
	if (!rows || !n) {
		free(rows);
		return;
	}
	size_t show = t->options->verbose || n < (size_t)t->top ? n : (size_t)t->top;
	struct rp_task_columns has = rp_task_columns(f, rows, n);
	const char *from = f->tasks_from_state ? "" : ", as the kernel printed them";
	if (show < n)
		tx_heading(t, "Who holds it: the %zu largest of %zu processes%s", show, n, from);
	else
		tx_heading(t, "Who holds it: %zu process%s%s", n, n == 1 ? "" : "es", from);
	put_header(t, &has);
	for (size_t i = 0; i < show; i++) {
		if (rows[i].outside && (!i || !rows[i - 1].outside)) {
			tx_to(t, NAME);
			tx_put(t, "--- not in the cgroup ---", 0);
			tx_nl(t);
		}
		put_row(t, f, &rows[i], &has);
	}
	free(rows);
	put_groups(t, &f->verdict->groups);
}
