// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * One id for incidents of one kind: the same on another machine, kernel or day.
 *
 * It is made of the cause, the consumer, the scope and the culprit's name without digits ("worker-17" and "worker-3"
 * are one program). Sizes, pids, paths and releases stay out. The name is only in the hash, so that the id may be shown
 * where names are redacted.
 */
#include "classify/internal.h"
#include <ctype.h>
#include <inttypes.h>

/** FNV-1a, 64 bits (RFC draft-eastlake-fnv). */
static uint64_t hash(uint64_t h, const char *text, bool normal)
{
	for (const unsigned char *at = (const unsigned char *)text; at && *at; at++) {
		if (normal && !isalpha(*at))
			continue;
		h = (h ^ (uint64_t)(normal ? tolower(*at) : *at)) * UINT64_C(0x100000001b3);
	}
	return (h ^ '|') * UINT64_C(0x100000001b3);
}

void cl_signature(struct cl_look *l)
{
	const struct oom_verdict *v = l->v;
	const char *cause = oom_cause_id(v->cause), *consumer = oom_consumer_id(v->consumer);
	if (v->cause == OOM_CAUSE_NONE) {
		l->v->signature = cause;
		return;
	}
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	h = hash(h, cause, false);
	h = hash(h, consumer, false);
	h = hash(h, oom_scope_id(v->scope), false);
	// A process is named, by what it holds itself or by what the kernel holds for it; else the name is a path or
	// cache.
	bool process = v->culprit && (cl_same(v->culprit->kind, "task") || oom_known(v->culprit->pid));
	h = hash(h, process ? v->culprit->name : NULL, true);
	l->v->signature = cl_text(l, "%s/%s/%08" PRIx64, cause, consumer, (h ^ h >> 32) & 0xffffffff);
}
