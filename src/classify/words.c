// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Sizes, shares, names and times in words. */
#include "case/container.h"
#include "classify/internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *cl_text(struct cl_look *l, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *ret = len >= 0 ? oom_alloc(l->arena, (size_t)len + 1) : NULL;
	if (ret)
		vsnprintf(ret, (size_t)len + 1, fmt, again);
	else
		l->nomem = true;
	va_end(again);
	return ret;
}

const char *cl_begin(struct cl_look *l, const char *text)
{
	bool word = text && *text >= 'a' && *text <= 'z' && strchr(text, ' ');
	return word ? cl_text(l, "%c%s", *text - 'a' + 'A', text + 1) : text;
}

const char *cl_kb(struct cl_look *l, int64_t kb)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	if (!oom_known(kb))
		return "an unknown amount";
	const char *sign = kb < 0 ? "-" : "";
	uint64_t value = kb < 0 ? -(uint64_t)kb : (uint64_t)kb;
	unsigned int unit = 0;
	uint64_t whole = value, tenths = value * 10;
	if (value > UINT64_MAX / 32) // no machine has that much; keeps the sums below from running over
		return cl_text(l, "%s%" PRIu64 " TiB", sign, value >> 30);
	// To the next unit at 1024, rounded to what is shown: 1,048,000 KiB are "1.0 GiB", not "1023 MiB".
	for (uint64_t one = 1; unit < 3 && (value + one / 2) / one >= 1024; unit++) {
		one *= 1024;
		whole = (value + one / 2) / one;
		tenths = (value * 10 + one / 2) / one;
	}
	if (unit == 0 || tenths >= 1000 || (unit == 1 && tenths >= 100))
		return cl_text(l, "%s%" PRIu64 " %s", sign, whole, units[unit]);
	return cl_text(l, "%s%" PRIu64 ".%" PRIu64 " %s", sign, tenths / 10, tenths % 10, units[unit]);
}

const char *cl_percent(struct cl_look *l, int64_t part, int64_t whole)
{
	if (whole <= 0 || part < 0)
		return "an unknown share";
	double share = 100.0 * (double)part / (double)whole;
	if (share > 0 && share < 0.05)
		return "below 0.1 %";
	if (share > 0 && share < 0.95)
		return cl_text(l, "%.1f %%", share);
	return cl_text(l, "%.0f %%", share);
}

/** Of the scope. Counters are read one after the other and may exceed it by a little. */
const char *cl_share(struct cl_look *l, int64_t kb)
{
	return cl_percent(l, kb < l->v->scope_kb ? kb : l->v->scope_kb, l->v->scope_kb);
}

bool cl_above(const struct cl_look *l, int64_t kb, int64_t percent)
{
	return cl_ok(kb) && cl_ok(l->v->scope_kb) && l->v->scope_kb > 0 && kb > l->v->scope_kb * percent / 100;
}

const char *cl_of_scope(struct cl_look *l, int64_t kb)
{
	if (!cl_ok(l->v->scope_kb) || l->v->scope_kb <= 0)
		return "";
	return cl_text(l, ", %s of %s", cl_share(l, kb), l->scope_name);
}

const char *cl_who(struct cl_look *l, const char *comm, int64_t pid)
{
	if (!comm && !oom_known(pid))
		return "an unnamed process";
	if (!comm)
		return cl_text(l, "pid %" PRId64, pid);
	return oom_known(pid) ? cl_text(l, "%s (pid %" PRId64 ")", comm, pid) : comm;
}

const char *cl_times(struct cl_look *l, int64_t us)
{
	int64_t s = us / 1000000;
	if (s < 1)
		return "less than a second";
	if (s < 120)
		return cl_text(l, "%" PRId64 " s", s);
	if (s < 7200)
		return cl_text(l, "%" PRId64 " min", s / 60);
	if (s < 2 * 86400)
		return cl_text(l, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	return cl_text(l, "%" PRId64 " days", s / 86400);
}

/** The last part of a path, and the one before it where both are short. */
static const char *end_of_path(struct cl_look *l, const char *path)
{
	enum { SHORT = 48 };
	const char *end = path + strlen(path), *at = end;
	if (end - path <= SHORT)
		return path;
	for (const char *p = end; p-- > path;) {
		if (*p == '/' && (at == end || end - p <= SHORT))
			at = p;
	}
	return at == path || at == end ? path : cl_text(l, "...%s", at);
}

const char *cl_memcg_name(struct cl_look *l, const char *path, bool capitals)
{
	const char *container = NULL, *pod = NULL, *last = path ? strrchr(path, '/') : NULL;
	oom_container_of(path, l->arena, &container, &pod);
	// A cgroup inside of a container is not the container; a pod's first eight digits are the same with '-' and
	// '_'.
	if (container && !cl_has(last ? last : path, container))
		container = pod = NULL;
	else if (!container && pod && !cl_has(last ? last : path, cl_text(l, "%.8s", pod)))
		pod = NULL;
	if (container && pod)
		return cl_text(l, capitals ? "CONTAINER %.12s OF POD %s" : "container %.12s of pod %s", container, pod);
	if (container)
		return cl_text(l, capitals ? "CONTAINER %.12s" : "container %.12s", container);
	if (pod)
		return cl_text(l, capitals ? "POD %s" : "pod %s", pod);
	return path && capitals ? cl_text(l, "CGROUP %s", end_of_path(l, path)) : path ? end_of_path(l, path) : NULL;
}

const char *cl_node_list(struct cl_look *l, const struct cl_nodes *nodes)
{
	size_t count = cl_nodes_count(nodes), left = count;
	const char *text = count == 1 ? "node" : "nodes";
	for (int64_t id = 0; id < CL_MAX_NODES && left; id++) {
		if (!cl_nodes_has(nodes, id))
			continue;
		const char *join = left == count ? "" : left == 1 ? " and" : ",";
		text = cl_text(l, "%s%s %" PRId64, text ? text : "", join, id);
		left--;
		if (count - left == 8 && left > 1)
			return cl_text(l, "%s and %zu more", text ? text : "", left);
	}
	return text;
}

const char *cl_zone_name(struct cl_look *l, const struct cl_zone *z)
{
	const char *name = z->zone->name ? z->zone->name : "a zone";
	return z->node && oom_known(z->node->id) ? cl_text(l, "%s of node %" PRId64, name, z->node->id) : name;
}

const char *cl_quote(struct cl_look *l, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@:+,-";
	if (*word && strspn(word, plain) == strlen(word))
		return word;
	size_t len = strlen(word), quotes = 0;
	for (const char *at = word; *at; at++)
		quotes += *at == '\'';
	char *ret = oom_alloc(l->arena, len + 3 * quotes + 3), *to = ret;
	if (!ret) {
		l->nomem = true;
		return NULL;
	}
	*to++ = '\'';
	for (const char *at = word; *at; at++) {
		if (*at == '\'') {
			for (const char *quoted = "'\\''"; *quoted; quoted++)
				*to++ = *quoted;
		} else {
			*to++ = *at;
		}
	}
	*to = '\'';
	return ret;
}

const char *cl_part_name(enum oom_consumer consumer)
{
	static const char *const names[] = {
		[OOM_CONSUMER_UNKNOWN] = "unknown use",
		[OOM_CONSUMER_TASK] = "processes",
		[OOM_CONSUMER_TASKS] = "processes",
		[OOM_CONSUMER_SHMEM] = "shared memory and tmpfs",
		[OOM_CONSUMER_SLAB] = "kernel slab caches",
		[OOM_CONSUMER_PAGECACHE] = "the page cache",
		[OOM_CONSUMER_HUGETLB] = "huge pages",
		[OOM_CONSUMER_PAGE_TABLES] = "page tables",
		[OOM_CONSUMER_KERNEL_STACKS] = "kernel stacks",
		[OOM_CONSUMER_VMALLOC] = "vmalloc",
		[OOM_CONSUMER_PERCPU] = "per-CPU memory",
		[OOM_CONSUMER_UNEVICTABLE] = "unevictable pages",
		[OOM_CONSUMER_ZRAM] = "compressed swap (zram, zswap)",
		[OOM_CONSUMER_BALLOON] = "the hypervisor's balloon",
		[OOM_CONSUMER_DYING_CGROUPS] = "removed cgroups",
		[OOM_CONSUMER_UNACCOUNTED] = "pages that no counter owns",
	};
	return (size_t)consumer < sizeof(names) / sizeof(names[0]) ? names[consumer] : names[0];
}

bool cl_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

bool cl_has(const char *text, const char *word)
{
	return text && strstr(text, word);
}
