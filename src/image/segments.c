// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Segments of an ELF core, sorted and without overlaps.
 */
#include "image/segments.h"
#include <stdlib.h>

static enum oom_status push(struct oom_runs *runs, struct oom_run run)
{
	struct oom_run *last = runs->n ? &runs->v[runs->n - 1] : NULL;
	if (last && last->end == run.pfn && run.offset == UINT64_MAX && last->offset == UINT64_MAX) {
		last->end = run.end;
		return OOM_OK;
	}
	if (runs->n == runs->cap) {
		size_t cap = runs->cap ? runs->cap * 2 : 64;
		struct oom_run *v = realloc(runs->v, cap * sizeof(*v));
		if (!v)
			return OOM_ENOMEM;
		runs->v = v;
		runs->cap = cap;
	}
	runs->v[runs->n++] = run;
	return OOM_OK;
}

enum oom_status oom_segments_add(struct oom_segments *s, uint64_t phys, uint64_t memsz, uint64_t filesz,
				 uint64_t offset, uint32_t page_size)
{
	// A segment that wraps or lies beyond what a file can hold is damage.
	if (!memsz || phys + memsz < phys || phys + memsz > UINT64_MAX - page_size || offset > INT64_MAX ||
	    filesz > INT64_MAX - offset)
		return OOM_OK;
	if (filesz > memsz)
		filesz = memsz;
	uint64_t first = (phys + page_size - 1) / page_size, last = (phys + filesz) / page_size;
	uint64_t end = (phys + memsz + page_size - 1) / page_size;
	if (phys + memsz > s->max_pfn * page_size)
		s->max_pfn = end;
	enum oom_status status = OOM_OK;
	if (last > first)
		status = push(&s->data, (struct oom_run){first, last, offset + (first * page_size - phys)});
	if (end > last && status == OOM_OK)
		status = push(&s->left_out, (struct oom_run){last, end, UINT64_MAX});
	return status;
}

static int by_frame(const void *a, const void *b)
{
	const struct oom_run *x = a, *y = b;
	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

static bool overlaps(const struct oom_runs *runs)
{
	for (size_t i = 1; i < runs->n; i++)
		if (runs->v[i].pfn < runs->v[i - 1].end)
			return true;
	return false;
}

/** The part [from, to) of @p run. */
static enum oom_status push_part(struct oom_runs *runs, const struct oom_run *run, uint64_t from, uint64_t to,
				 uint32_t page_size)
{
	if (from >= to)
		return OOM_OK;
	uint64_t offset = run->offset == UINT64_MAX ? UINT64_MAX : run->offset + (from - run->pfn) * page_size;
	return push(runs, (struct oom_run){from, to, offset});
}

/**
 * Cuts sorted runs. Those that are open at a frame lie on a stack, the one that started last on top; it has the frame
 * until it ends or another starts.
 */
static enum oom_status cut(struct oom_runs *runs, uint32_t page_size)
{
	struct oom_runs pieces = {NULL, 0, 0};
	if (!runs->n)
		return OOM_OK;
	const struct oom_run **stack = calloc(runs->n, sizeof(*stack));
	enum oom_status status = stack ? OOM_OK : OOM_ENOMEM;
	size_t depth = 0;
	uint64_t at = 0;
	for (size_t i = 0; (i < runs->n || depth) && status == OOM_OK;) {
		uint64_t next = i < runs->n ? runs->v[i].pfn : UINT64_MAX;
		if (depth && stack[depth - 1]->end <= at) {
			depth--;
			continue;
		}
		if (depth) {
			const struct oom_run *top = stack[depth - 1];
			uint64_t to = top->end < next ? top->end : next;
			status = push_part(&pieces, top, at, to, page_size);
			at = to;
			if (to < next)
				continue;
		}
		if (i < runs->n) {
			at = next;
			stack[depth++] = &runs->v[i++];
		}
	}
	free(stack);
	if (status != OOM_OK) {
		free(pieces.v);
		return status;
	}
	free(runs->v);
	*runs = pieces;
	return OOM_OK;
}

static enum oom_status settle(struct oom_runs *runs, uint32_t page_size)
{
	if (runs->n)
		qsort(runs->v, runs->n, sizeof(*runs->v), by_frame);
	return overlaps(runs) ? cut(runs, page_size) : OOM_OK;
}

enum oom_status oom_segments_settle(struct oom_segments *s, uint32_t page_size)
{
	enum oom_status status = settle(&s->data, page_size);
	return status == OOM_OK ? settle(&s->left_out, page_size) : status;
}

size_t oom_runs_from(const struct oom_runs *runs, uint64_t pfn)
{
	size_t low = 0, high = runs->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (runs->v[mid].end <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct oom_run *oom_runs_find(const struct oom_runs *runs, uint64_t pfn)
{
	size_t i = oom_runs_from(runs, pfn);
	return i < runs->n && runs->v[i].pfn <= pfn ? &runs->v[i] : NULL;
}

void oom_segments_free(struct oom_segments *s)
{
	free(s->data.v);
	free(s->left_out.v);
	*s = (struct oom_segments){0};
}
