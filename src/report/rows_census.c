// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The page census as rows and words. */
#include "report/report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *owner, *label;
} labels[] = {
	{"free", "free"},
	{"free-pcp", "free, on CPUs' lists"},
	{"anon", "processes (anon)"},
	{"swap-cache", "swap cache alone"},
	{"file", "files, page cache"},
	{"shmem", "shmem, tmpfs"},
	{"truncated", "cut off files"},
	{"slab", "slab"},
	{"page-table", "page tables"},
	{"hugetlb", "huge pages"},
	{"kernel-stack", "kernel stacks"},
	{"vmalloc", "vmalloc"},
	{"percpu", "per-CPU data"},
	{"zsmalloc", "zram, zswap"},
	{"driver", "drivers that can move it (zram, balloon)"},
	{"page-pool", "network page pools"},
	{"offline", "offline, balloon"},
	{"guard", "guard pages"},
	{"unaccepted", "not accepted yet"},
	{"hwpoison", "broken (hwpoison)"},
	{"charged", "kernel, charged to cgroups"},
	{"unowned", "unowned: no struct page says whose"},
	{"idle", "idle, on no list"},
	{"reserved", "reserved: kernel image, memory map, holes"},
};

const char *rp_census_label(const char *owner)
{
	for (size_t i = 0; owner && i < sizeof(labels) / sizeof(*labels); i++)
		if (!strcmp(labels[i].owner, owner))
			return labels[i].label;
	return owner ? owner : "?";
}

bool rp_census_reserved(const struct oom_census_row *row)
{
	return row->owner && !strcmp(row->owner, "reserved");
}

size_t rp_census_owners(const struct oom_census *census)
{
	size_t n = 0;
	while (n < census->owners.n && !oom_known(census->owners.v[n].node) && !oom_known(census->owners.v[n].order))
		n++;
	return n;
}

int64_t rp_census_total(const struct oom_census *census)
{
	int64_t sum = 0;
	for (size_t i = 0; i < rp_census_owners(census); i++) {
		const struct oom_census_row *row = &census->owners.v[i];
		if (!oom_known(row->kb) || __builtin_add_overflow(sum, rp_census_reserved(row) ? 0 : row->kb, &sum))
			return OOM_ABSENT;
	}
	return sum;
}

const char *rp_census_extent(const struct oom_census *census, char buf[RP_WHERE])
{
	if (oom_known(census->sample) && census->sample > 1)
		snprintf(buf, RP_WHERE, "a sample, %" PRId64 " of %" PRId64 " page frames",
			 oom_or(census->looked_at, 0), oom_or(census->pages, 0));
	else
		snprintf(buf, RP_WHERE, "%" PRId64 " page frames", oom_or(census->looked_at, 0));
	return buf;
}

/** Is this a row of unowned pages of one order? */
static bool is_order(const struct oom_census_row *row)
{
	return row->owner && !strcmp(row->owner, "unowned") && !oom_known(row->node) && row->order >= 0 &&
	       row->order < 32 && oom_known(row->kb);
}

const char *rp_census_orders(const struct oom_census *census, int64_t page_size, char buf[RP_WHERE])
{
	int64_t sum = 0;
	size_t at = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < census->owners.n; i++)
		if (is_order(&census->owners.v[i]) && __builtin_add_overflow(sum, census->owners.v[i].kb, &sum))
			return buf;
	for (size_t i = 0; i < census->owners.n && at < RP_WHERE && page_size >= 1024; i++) {
		const struct oom_census_row *row = &census->owners.v[i];
		char block[RP_SIZE], size[RP_SIZE];
		if (is_order(row) && row->kb >= sum / 50)
			at += (size_t)snprintf(buf + at, RP_WHERE - at, "%s%s in pieces of %s", at ? ", " : "",
					       rp_size(row->kb, size), rp_size(page_size / 1024 << row->order, block));
	}
	return buf;
}

const char *rp_census_stack_about(const struct oom_census_stack *s, char buf[RP_WHERE])
{
	char size[RP_SIZE], order[32] = "", pid[32] = "";
	bool unowned = oom_known(s->unowned_kb) && s->unowned_kb > 0;
	if (oom_known(s->order))
		snprintf(order, sizeof(order), "%sorder %" PRId64, unowned ? ", " : "", s->order);
	if (oom_known(s->pid))
		snprintf(pid, sizeof(pid), " (%" PRId64 ")", s->pid);
	snprintf(buf, RP_WHERE, "%s%s%s%s%s%s", unowned ? rp_size(s->unowned_kb, size) : "", unowned ? " unowned" : "",
		 order, s->comm ? unowned || *order ? ", by " : "by " : "", s->comm ? s->comm : "", s->comm ? pid : "");
	return buf;
}

/** The first frame of the caller: "leak_pages [leak]" is the function of "leak_pages+0x1a [leak]". */
static size_t caller_at(const struct oom_census_stack *s)
{
	size_t len = s->caller ? strcspn(s->caller, " ") : 0, i = 0;
	while (s->caller && i < s->stack.n &&
	       (strncmp(s->stack.v[i], s->caller, len) != 0 || s->stack.v[i][len] != '+'))
		i++;
	return i < s->stack.n ? i : 0;
}

const char *rp_census_stack_calls(const struct oom_census_stack *s, size_t most, char *buf, size_t size)
{
	size_t at = 0, first = caller_at(s);
	buf[0] = '\0';
	for (size_t i = first; i < s->stack.n && i - first < most && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? " < " : "", s->stack.v[i]);
	return buf;
}

int64_t rp_census_memcg_kb(const struct oom_census_memcg *m)
{
	return oom_or(m->anon_kb, 0) + oom_or(m->file_kb, 0) + oom_or(m->shmem_kb, 0) + oom_or(m->kernel_kb, 0);
}
