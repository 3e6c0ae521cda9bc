// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The allocation that failed: order, flags, and what they allow, in words. */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/** Names in a row; a line is broken behind a '|'. */
static void put_flags(struct tx *t, const struct oom_event *e, int indent)
{
	char name[64];
	if (e->gfp_flags.n)
		tx_put(t, ", ", 0);
	else if (oom_known(e->gfp_mask))
		tx_wrapf(t, indent, ", gfp_mask 0x%" PRIx64, (uint64_t)e->gfp_mask);
	for (size_t i = 0; i < e->gfp_flags.n; i++) {
		snprintf(name, sizeof(name), "%s%s", e->gfp_flags.v[i], i + 1 < e->gfp_flags.n ? "|" : "");
		tx_unit(t, indent, name);
	}
}

void tx_request(struct tx *t, const struct oom_event *e, int indent)
{
	char size[RP_SIZE];
	int64_t page = t->c->system.page_size;
	if (e->order == -1 || e->sysrq == OOM_YES) {
		tx_put(t, "SysRq f: a kill by hand", 0);
		return;
	}
	if (!oom_known(e->order) && !e->gfp_flags.n && !oom_known(e->gfp_mask)) {
		tx_put(t,
		       e->trigger.comm || oom_known(e->trigger.pid) ? "order and flags are not in the input"
								    : "not in the input",
		       0);
		return;
	}
	if (!oom_known(e->order))
		tx_wrap(t, indent, "order not in the input");
	else if (e->order > 0 && e->order < 20 && page >= 1024 && page <= 1 << 20)
		tx_wrapf(t, indent, "order %" PRId64 " (%s)", e->order, rp_size(page / 1024 << e->order, size));
	else
		tx_wrapf(t, indent, "order %" PRId64, e->order);
	put_flags(t, e, indent);
	// What the mask allows: the zones come first, up to the semicolon; -v has the rest.
	size_t len = e->gfp_meaning && !t->options->verbose ? strcspn(e->gfp_meaning, ";") : 200;
	if (e->gfp_meaning)
		tx_wrapf(t, indent, ", %.*s", (int)len, e->gfp_meaning);
}
