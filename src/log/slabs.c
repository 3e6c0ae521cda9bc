// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * "Unreclaimable slab info:" (4.15+, printed when unreclaimable slab outweighs the user's pages; mm/slab_common.c
 * dump_unreclaimable_slab) and "Memory allocations:" (6.10+ with CONFIG_MEM_ALLOC_PROFILING; mm/show_mem.c).
 *
 *   Name                      Used          Total
 *   btrfs_inode           123456KB     123500KB
 *
 *        1.51 GiB    99331 mm/slub.c:2319 func:alloc_slab_page
 */
#include "log/internal.h"

bool on_slab_start(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest;
	struct report *r = report_of(log, m, PART_SLABS);
	if (r) {
		r->inside = IN_SLABS;
		r->e.state.slabs.known = true;
	}
	return r != NULL;
}

/** The number before "KB" at the end of @p c, which is cut off. */
static bool cut_kb(struct cur *c, int64_t *ret)
{
	struct cur all = cur_trim(*c);
	if (cur_left(&all) < 3 || memcmp(all.end - 2, "KB", 2))
		return false;
	const char *from = all.end - 2;
	while (from > all.p && is_digit((unsigned char)from[-1]))
		from--;
	struct cur digits = {from, all.end - 2};
	if (!scan_digits(&digits, ret))
		return false;
	c->end = from;
	return true;
}

bool on_slab_row(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t total, used;
	struct cur c = rest;
	bool title = cur_begins(&c, "Name ", 5);
	if (!title && (!cut_kb(&c, &total) || !cut_kb(&c, &used)))
		return false;
	struct report *r = report_find(log, m, PART_SLABS);
	if (!r || r->inside != IN_SLABS || title)
		return r && r->inside == IN_SLABS;
	report_enter(r, m, PART_SLABS);
	struct cur name = cur_trim(c);
	struct oom_slab *s = name.p < name.end && report_room(log, r, r->e.state.slabs.n, LISTS_MAX)
				     ? oom_add_slab(r->bulk, &r->e.state.slabs)
				     : NULL;
	if (!s)
		return true;
	s->name = keep(r->bulk, name);
	s->active_kb = used;
	s->total_kb = total;
	s->reclaimable = OOM_NO;
	s->origin = log_origin(log, m);
	return true;
}

bool on_allocs_start(struct oom_log *log, const struct msg *m, struct cur rest)
{
	(void)rest;
	struct report *r = report_of(log, m, PART_MEMINFO);
	if (r) {
		r->inside = IN_ALLOCS;
		r->e.state.allocs.known = true;
	}
	return r != NULL;
}

/** A size as lib/string_helpers.c prints it, three digits and a binary unit: "1.51 GiB", "744 MiB", "512 B". */
static bool scan_size(struct cur *c, int64_t *kb)
{
	static const char units[] = "KMGTPE";
	int64_t whole, part = 0, scale = 1;
	struct cur try = *c;
	if (!scan_digits(&try, &whole) || !oom_known(whole) || whole > 1 << 20)
		return false;
	if (scan_char(&try, '.')) {
		for (; is_digit(cur_peek(&try)) && scale < 1000; try.p++) {
			part = part * 10 + (*try.p - '0');
			scale *= 10;
		}
	}
	scan_blanks(&try);
	const char *unit = try.p < try.end ? strchr(units, *try.p) : NULL;
	if (unit && *unit) {
		int shift = 10 * (int)(unit - units);
		if (shift > 40)
			return false;
		*kb = (whole << shift) + (part << shift) / scale;
		try.p++;
		if (!scan_lit(&try, "iB"))
			return false;
	} else if (scan_lit(&try, "B")) {
		*kb = whole / 1024;
	} else {
		return false;
	}
	*c = try;
	return true;
}

bool on_allocs_row(struct oom_log *log, const struct msg *m, struct cur rest)
{
	int64_t kb, calls;
	struct cur c = rest;
	scan_blanks(&c);
	if (!scan_size(&c, &kb) || !scan_blanks(&c) || !scan_digits(&c, &calls) || !scan_blanks(&c))
		return false;
	struct report *r = report_find(log, m, PART_MEMINFO);
	if (!r || r->inside != IN_ALLOCS)
		return false;
	report_enter(r, m, PART_MEMINFO);
	const char *func = cur_find(&c, " func:");
	struct oom_alloc_site *a = func && report_room(log, r, r->e.state.allocs.n, LISTS_MAX)
					   ? oom_add_alloc_site(r->bulk, &r->e.state.allocs)
					   : NULL;
	if (!a)
		return true;
	a->kb = kb;
	a->calls = calls;
	a->file = keep(r->bulk, cur_trim((struct cur){c.p, func}));
	a->function = keep(r->bulk, (struct cur){func + strlen(" func:"), c.end});
	a->origin = log_origin(log, m);
	return true;
}
