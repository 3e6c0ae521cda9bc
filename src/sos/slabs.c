// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Slab caches at collection: /proc/slabinfo 2.1 (mm/slab_common.c: cache_show(); slabinfo(5)). */
#include "sos/internal.h"

enum { CACHES = 20000 };

/** name, active objects, objects, object size, objects and pages of a slab, then "slabdata" active and all slabs. */
static bool take(struct oom_slab *slab, struct cur line, int64_t page_kb)
{
	struct cur word;
	int64_t number[5], slabs, kb;
	for (int i = 0; i < 5; i++) {
		if (!scan_word(&line, &word) || (number[i] = sos_number(word)) < 0)
			return false;
	}
	slab->active_objects = number[0];
	slab->objects = number[1];
	slab->object_size = number[2];
	if (!__builtin_mul_overflow(number[0], number[2], &kb))
		slab->active_kb = kb / 1024;
	if (!scan_past(&line, "slabdata") || !scan_word(&line, &word) || !scan_word(&line, &word) ||
	    (slabs = sos_number(word)) < 0)
		return true;
	if (oom_known(page_kb) && !__builtin_mul_overflow(slabs, number[4], &kb) &&
	    !__builtin_mul_overflow(kb, page_kb, &kb))
		slab->total_kb = kb;
	return true;
}

void sos_slabs_end(struct sos *s, int64_t page_kb)
{
	struct cur text = cur_of(s->slabinfo.text, s->slabinfo.len), line, name;
	if (!s->slabinfo.text || !cur_begins(&text, "slabinfo", 8) || !sos_state(s))
		return;
	struct oom_slabs *slabs = &s->c->state->slabs;
	slabs->known = true;
	for (int64_t number = 1; sos_line(&text, &line) && slabs->n < CACHES; number++) {
		if (number < 3 || !scan_word(&line, &name))
			continue;
		struct oom_slab *slab = oom_add_slab(s->c->arena, slabs);
		if (!slab)
			return;
		slab->name = oom_strndup(s->c->arena, name.p, cur_left(&name));
		slab->origin = sos_origin(s, s->slabinfo.path, number);
		if (!take(slab, line, page_kb))
			slabs->n--;
	}
}
