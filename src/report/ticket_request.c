// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The allocation that failed, in a ticket. */
#include "report/ticket.h"
#include <inttypes.h>
#include <string.h>

static void put_flags(struct tk_doc *t, const struct oom_event *e)
{
	const char *joined = "";
	if (!e->gfp_flags.n && !oom_known(e->gfp_mask))
		return;
	for (size_t i = 0; i < e->gfp_flags.n; i++)
		joined = tk_text(t, "%s%s%s", joined, i ? "|" : "", e->gfp_flags.v[i]);
	tk_put(t, TK_TEXT, ", ");
	if (e->gfp_flags.n)
		tk_put(t, TK_NAME, joined);
	else
		tk_putf(t, TK_NAME, "gfp_mask 0x%" PRIx64, (uint64_t)e->gfp_mask);
}

void tk_request(struct tk_doc *t, const struct oom_event *e)
{
	char size[RP_SIZE];
	int64_t page = t->c->system.page_size;
	if (e->order == -1 || e->sysrq == OOM_YES) {
		tk_put(t, TK_TEXT, "SysRq f: a kill by hand");
		return;
	}
	if (!oom_known(e->order) && !e->gfp_flags.n && !oom_known(e->gfp_mask)) {
		tk_put(t, TK_TEXT,
		       e->trigger.comm || oom_known(e->trigger.pid) ? "order and flags are not in the input"
								    : "not in the input");
		return;
	}
	if (!oom_known(e->order))
		tk_put(t, TK_TEXT, "order not in the input");
	else if (e->order > 0 && e->order < 20 && page >= 1024 && page <= 1 << 20)
		tk_putf(t, TK_TEXT, "order %" PRId64 " (%s)", e->order, rp_size(page / 1024 << e->order, size));
	else
		tk_putf(t, TK_TEXT, "order %" PRId64, e->order);
	put_flags(t, e);
	// What the mask allows: the zones come first, up to the semicolon; -v has the rest.
	const char *all = e->gfp_meaning;
	if (all)
		tk_putf(t, TK_TEXT, ", %.*s", (int)(tk_verbose(t) ? strlen(all) : strcspn(all, ";")), all);
}
