// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The text report: the first screen answers, the rest proves. */
#include "report/text.h"
#include <inttypes.h>
#include <stdlib.h>

/** A section, how soon it is left out where space is short (0: never, the largest first), and its name then. */
struct section {
	void (*put)(struct tx *t, const struct rp_facts *f);
	int rank;
	const char *name;
};

/** Notes the name of a section that is left out, if it has anything to tell. */
static void leave_out(const struct tx *t, const struct rp_facts *f, const struct section *s)
{
	char *text = NULL;
	size_t size = 0;
	struct tx scratch = *t;
	scratch.out = open_memstream(&text, &size);
	if (!scratch.out)
		return;
	s->put(&scratch, f);
	fclose(scratch.out);
	free(text);
	for (size_t i = 0; size && i < TX_RANKS * 2; i++) {
		if (t->left_out[i] == s->name)
			return;
		if (t->left_out[i])
			continue;
		t->left_out[i] = s->name;
		return;
	}
}

static void put_list(struct tx *t, const struct rp_facts *f, const struct section *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].rank <= t->keep)
			list[i].put(t, f);
		else
			leave_out(t, f, &list[i]);
	}
}

/** What the memory in scope was comes first: the machine's, or the cgroup's. */
static const struct section of_host[] = {
	{tx_memory, 2, "where the memory went"}, {tx_tasks, 3, "processes"}, {tx_cgroup, 6, "cgroups"}};
static const struct section of_memcg[] = {
	{tx_cgroup, 2, "cgroups"}, {tx_tasks, 3, "processes"}, {tx_memory, 6, "where the memory went"}};
static const struct section rest[] = {
	{tx_culprit, 6, "more on the largest"},
	{tx_holders, 6, "what else holds memory"},
	{tx_census, 6, "census of page frames"},
	{tx_zones, 6, "zones"},
	{tx_findings, 4, "findings"},
	{tx_recommendations, 1, "what to do"},
	{tx_events, 7, "events"},
	{tx_missing, 5, "what is not known"},
};
static const struct section last[] = {{tx_origin, 8, "where this is from"}};

/** One event (-1: the verdict on an input without any) in full. */
static void put_event(struct tx *t, int64_t at)
{
	struct rp_facts f;
	rp_facts(t->c, t->d, at, &f);
	tx_title(t, &f);
	tx_short(t, &f);
	if (f.verdict->scope == OOM_SCOPE_MEMCG)
		put_list(t, &f, of_memcg, sizeof(of_memcg) / sizeof(of_memcg[0]));
	else
		put_list(t, &f, of_host, sizeof(of_host) / sizeof(of_host[0]));
	put_list(t, &f, rest, sizeof(rest) / sizeof(rest[0]));
}

/** Each event in full, oldest first. */
static void put_all(struct tx *t)
{
	for (size_t i = 0; i < t->c->events.n; i++) {
		tx_style(t, TX_HEAD);
		tx_printf(t, "--- event %" PRId64 " of %zu ---", t->c->events.v[i].index, t->c->events.n);
		tx_style(t, TX_PLAIN);
		tx_nl(t);
		put_event(t, (int64_t)i);
		tx_nl(t);
	}
}

/** Single sections of the report on one event. */
static void put_sections(struct tx *t, int64_t at)
{
	unsigned sections = t->options->sections;
	struct rp_facts f;
	rp_facts(t->c, t->d, at, &f);
	if (sections & OOM_SECTION_TASKS)
		tx_tasks(t, &f);
	if (sections & OOM_SECTION_ZONES)
		tx_zones(t, &f);
	if (sections & OOM_SECTION_CGROUPS)
		tx_cgroup(t, &f);
	if (sections & OOM_SECTION_SLABS)
		tx_slabs(t, &f);
}

/** Position of the event that is wanted: by its index, else the decisive one; -1 without any. */
static int64_t wanted(const struct tx *t)
{
	for (size_t i = 0; oom_known(t->options->event) && i < t->c->events.n; i++) {
		if (t->c->events.v[i].index == t->options->event)
			return (int64_t)i;
	}
	return t->d->decisive;
}

/** What is not here for lack of space. */
static void put_shortened(struct tx *t)
{
	if (!t->shortened)
		return;
	tx_nl(t);
	tx_wrapf(t, 2, "Shortened to fit into %zu bytes (--max-size).", t->options->max_size);
	for (size_t i = 0; i < TX_RANKS * 2 && t->left_out[i]; i++)
		tx_wrapf(t, 2, "%s%s", i ? ", " : " Left out: ", t->left_out[i]);
	tx_nl(t);
}

void tx_report(struct tx *t)
{
	struct rp_facts f;
	if (t->options->sections) {
		put_sections(t, wanted(t));
		return;
	}
	rp_facts(t->c, t->d, wanted(t), &f);
	tx_headline(t);
	if (t->options->all_events && t->c->events.n)
		put_all(t);
	else
		put_event(t, wanted(t));
	put_list(t, &f, last, sizeof(last) / sizeof(last[0]));
	put_shortened(t);
}
