// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The largest cgroups as a tree. */
#include "report/html.h"
#include "report/rows.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 16, MAX_DEPTH = 6 };

static int parents_first(const void *a, const void *b)
{
	const struct oom_memcg *x = *(const struct oom_memcg *const *)a, *y = *(const struct oom_memcg *const *)b;
	const char *p = x->path, *q = y->path;
	for (; *p && *p == *q; p++)
		q++;
	// A slash before all else: what is below a group follows it at once.
	int left = *p == '/' ? 1
		   : *p	     ? (unsigned char)*p + 1
			     : 0,
	    right = *q == '/' ? 1
		    : *q      ? (unsigned char)*q + 1
			      : 0;
	return left != right ? left - right : (x > y) - (x < y);
}

/** Is @p path below @p parent? Returns what is behind the parent's path, or NULL. */
static const char *below(const char *path, const char *parent)
{
	size_t len = strlen(parent);
	while (len && parent[len - 1] == '/')
		len--;
	return !strncmp(path, parent, len) && path[len] == '/' && path[len + 1] ? path + len + 1 : NULL;
}

/** The nearest group of the first @p n that holds @p path, from behind; @p n if none does. */
static size_t parent_of(const struct oom_memcg *const *groups, size_t n, const char *path)
{
	for (size_t i = n; i-- > 0;) {
		if (below(path, groups[i]->path))
			return i;
	}
	return n;
}

static void put_group(const struct html *h, const struct oom_memcg *g, const char *name, size_t depth, int64_t scale)
{
	const struct oom_event *e = h->section->facts->event;
	bool limited = oom_known(g->limit_kb) && g->limit_kb != OOM_UNLIMITED;
	bool here = e && e->memcg && e->memcg->oom && !strcmp(e->memcg->oom, g->path);
	bool full = limited && g->usage_kb >= g->limit_kb - g->limit_kb / 100;
	char size[RP_SIZE], limit[RP_SIZE];
	html_printf(h, "<li><span class=\"d%zu\">", depth < MAX_DEPTH ? depth : MAX_DEPTH);
	fputs(here ? "<strong>" : "", h->out);
	html_name(h, name);
	fputs(here ? "</strong>" : "", h->out);
	fputs(g->dying == OOM_YES ? " (removed)</span>" : "</span>", h->out);
	html_svg_begin(h);
	html_rect(h, full ? "zbad" : "p1", 0, html_units(g->usage_kb, scale));
	if (limited && g->limit_kb <= scale)
		html_mark(h, "high", html_units(g->limit_kb, scale));
	html_printf(h, "</svg><span>%s%s%s</span></li>\n", rp_size(g->usage_kb, size), limited ? " of " : "",
		    limited ? rp_limit(g->limit_kb, limit) : "");
}

void html_cgroups(const struct html *h, size_t most)
{
	const struct oom_memcgs *list = h->section->facts->memcgs;
	const struct oom_memcg **sorted = rp_memcgs(list);
	size_t n = 0, depth[MAX_GROUPS] = {0};
	most = most > MAX_GROUPS / 2 ? MAX_GROUPS : MAX_GROUPS / 2;
	// The largest ones: those that hold them are larger still, so the tree has no holes where the counters agree.
	for (size_t i = 0; sorted && i < list->n && n < most; i++) {
		if (sorted[i]->path && oom_known(sorted[i]->usage_kb) && sorted[i]->usage_kb > 0)
			sorted[n++] = sorted[i];
	}
	if (n > 1) {
		int64_t scale = sorted[0]->usage_kb;
		qsort(sorted, n, sizeof(*sorted), parents_first);
		html_figure_begin(h, "The largest groups; a line: the limit. A group's bar holds those below it.");
		for (size_t i = 0; i < n; i++) {
			size_t parent = parent_of(sorted, i, sorted[i]->path);
			depth[i] = parent < i ? depth[parent] + 1 : 0;
			put_group(h, sorted[i],
				  parent < i ? below(sorted[i]->path, sorted[parent]->path) : sorted[i]->path, depth[i],
				  scale);
		}
		html_figure_end(h);
	}
	free(sorted);
}
