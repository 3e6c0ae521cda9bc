// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The allocation that failed: order, flags, and which zones they allow, in words. */
#include "report/text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool has(const struct oom_strings *flags, const char *name)
{
	for (size_t i = 0; i < flags->n; i++) {
		if (!strcmp(flags->v[i], name))
			return true;
	}
	return false;
}

static bool begins(const struct oom_strings *flags, const char *prefix)
{
	for (size_t i = 0; i < flags->n; i++) {
		if (!strncmp(flags->v[i], prefix, strlen(prefix)))
			return true;
	}
	return false;
}

/** gfp_zone() of include/linux/gfp.h; the composites as gfp_types.h builds them. NULL: the flags are not known. */
static const char *zones(const struct oom_strings *flags)
{
	if (!flags->n)
		return NULL;
	if (has(flags, "GFP_DMA") || has(flags, "__GFP_DMA"))
		return "zone DMA only";
	if (has(flags, "GFP_DMA32") || has(flags, "__GFP_DMA32"))
		return "zones up to DMA32";
	bool both = has(flags, "GFP_HIGHUSER_MOVABLE") || begins(flags, "GFP_TRANSHUGE");
	bool high = both || has(flags, "GFP_HIGHUSER") || has(flags, "__GFP_HIGHMEM");
	if (both || (high && has(flags, "__GFP_MOVABLE")))
		return "any zone";
	return high ? "any zone but Movable" : "zones up to Normal";
}

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
		tx_put(t, "not in the input", 0);
		return;
	}
	if (!oom_known(e->order))
		tx_wrap(t, indent, "order not in the input");
	else if (e->order > 0 && e->order < 20 && page >= 1024 && page <= 1 << 20)
		tx_wrapf(t, indent, "order %" PRId64 " (%s)", e->order, rp_size(page / 1024 << e->order, size));
	else
		tx_wrapf(t, indent, "order %" PRId64, e->order);
	put_flags(t, e, indent);
	const char *words = zones(&e->gfp_flags);
	if (words)
		tx_wrapf(t, indent, ", %s", words);
}
