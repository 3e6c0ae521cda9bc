// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What the largest processes run, and what their address space is made of. Source: include/linux/mm_types.h,
 * fs/proc/task_mmu.c (show_map_vma(), vma_is_stack(), vma_is_heap()).
 *
 * Mappings are in a maple tree since 6.1 (d4af56c5c7c6, 763ecb035029), in a list from mm_struct.mmap before. Only a few
 * processes are looked at: a mapping costs a read, and a JVM has thousands of them.
 */
#include "kernel/kernel.h"
#include "kernel/maple.h"
#include "kernel/walk.h"

#include <stdlib.h>
#include <string.h>

enum {
	PROGRAMS = 128,	     // processes whose executable is told, unless --deep
	LOOKED_INTO = 3,     // processes whose mappings are told
	SHOWN = 8,	     // mappings of each
	VMAS_READ = 20000,   // of each process, unless --deep
	VMAS_MAX = 16 << 20, // vm.max_map_count may be set so high
	VM_ACCESS = 0x7,     // VM_READ, VM_WRITE, VM_EXEC: include/linux/mm.h, the same ever since
	VM_WRITE = 0x2,
	VM_SHARED = 0x8,
};

enum { M_EXE, M_START_BRK, M_BRK, M_START_STACK, M_MMAP, M_ROOT, M_NR };
static const struct oom_want mm_wants[M_NR] = {
	[M_EXE] = {"mm_struct", "exe_file", NULL},
	[M_START_BRK] = {"mm_struct", "start_brk", NULL},
	[M_BRK] = {"mm_struct", "brk", NULL},
	[M_START_STACK] = {"mm_struct", "start_stack", NULL},
	[M_MMAP] = {"mm_struct", "mmap", NULL}, // before 6.1
	[M_ROOT] = {"mm_struct", "mm_mt.ma_root", NULL},
};

enum { V_START, V_END, V_FLAGS, V_FILE, V_MM, V_NEXT, V_NR };
static const struct oom_want vma_wants[V_NR] = {
	[V_START] = {"vm_area_struct", "vm_start", NULL}, [V_END] = {"vm_area_struct", "vm_end", NULL},
	[V_FLAGS] = {"vm_area_struct", "vm_flags", NULL}, // const, in a union with __vm_flags, since 6.3
	[V_FILE] = {"vm_area_struct", "vm_file", NULL},	  [V_MM] = {"vm_area_struct", "vm_mm", NULL},
	[V_NEXT] = {"vm_area_struct", "vm_next", NULL},
};

/** A mapping that may be shown. */
struct vma {
	uint64_t start, end, flags, file;
};

struct programs_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_layout mm_layout, vma_layout;
	struct oom_record mm, vma;
	struct oom_map paths; // struct file -> index in names
	const char *names[PROGRAMS];
	size_t nr_names, vmas_left;
	struct vma largest[SHOWN];
	size_t n;
	bool broken;
};

static int64_t held(const struct oom_task *t)
{
	return oom_or(t->rss_anon_kb, oom_or(t->rss_kb, 0)) + oom_or(t->swap_kb, 0) + oom_or(t->pgtables_kb, 0);
}

static int larger_first(const void *a, const void *b)
{
	const struct oom_task *x = *(const struct oom_task *const *)a, *y = *(const struct oom_task *const *)b;
	int64_t left = held(x), right = held(y);
	if (left != right)
		return left < right ? 1 : -1;
	return x < y ? -1 : x > y;
}

/** Processes of the same program share the struct file. */
static const char *path_of(struct programs_walk *w, uint64_t file)
{
	const uint64_t *known = oom_map_get(&w->paths, file);
	if (known)
		return w->names[*known];
	const char *path = file ? oom_file_path(w->image, file, w->c->arena) : NULL;
	if (w->nr_names < PROGRAMS && oom_map_add(&w->paths, file, w->nr_names))
		w->names[w->nr_names++] = path;
	return path;
}

/** Keeps the largest, in falling order. What may not be accessed is address space, no memory. */
static void keep(struct programs_walk *w, const struct vma *vma)
{
	size_t at = w->n < SHOWN ? w->n++ : SHOWN - 1;
	if (at == SHOWN - 1 && w->largest[at].end - w->largest[at].start >= vma->end - vma->start && w->largest[at].end)
		return;
	for (; at && w->largest[at - 1].end - w->largest[at - 1].start < vma->end - vma->start; at--)
		w->largest[at] = w->largest[at - 1];
	w->largest[at] = *vma;
}

static bool take_vma(void *arg, uint64_t addr)
{
	struct programs_walk *w = arg;
	if (!w->vmas_left || !oom_record_read(&w->vma, addr) || oom_record_ptr(&w->vma, V_MM) != w->mm.addr) {
		w->broken = true;
		return false;
	}
	w->vmas_left--;
	struct vma vma = {oom_record_ptr(&w->vma, V_START), oom_record_ptr(&w->vma, V_END),
			  (uint64_t)oom_record_int(&w->vma, V_FLAGS), oom_record_ptr(&w->vma, V_FILE)};
	if (!oom_record_has(&w->vma, V_FLAGS) || vma.end <= vma.start) {
		w->broken = true;
		return false;
	}
	if (vma.flags & VM_ACCESS)
		keep(w, &vma);
	return true;
}

/** The list of a kernel before 6.1. It ends with the count, so that a cycle ends too. */
static void follow_list(struct programs_walk *w, uint64_t addr)
{
	while (addr && take_vma(w, addr))
		addr = oom_record_ptr(&w->vma, V_NEXT);
}

static const char *kind_of(struct programs_walk *w, const struct vma *vma)
{
	uint64_t start_brk = oom_record_ptr(&w->mm, M_START_BRK), brk = oom_record_ptr(&w->mm, M_BRK);
	uint64_t stack = oom_record_ptr(&w->mm, M_START_STACK);
	if (!vma->file && brk > start_brk && vma->start < brk && vma->end > start_brk)
		return "heap";
	if (!vma->file && stack && vma->start <= stack && vma->end >= stack)
		return "stack";
	return vma->file ? "file" : "anon";
}

static void add_mappings(struct programs_walk *w, struct oom_task *task)
{
	w->n = 0;
	w->broken = false;
	memset(w->largest, 0, sizeof(w->largest));
	if (oom_record_has(&w->mm, M_ROOT))
		w->broken |= !oom_maple_each(w->image, oom_record_ptr(&w->mm, M_ROOT), w->vmas_left, take_vma, w);
	else
		follow_list(w, oom_record_ptr(&w->mm, M_MMAP));
	// Of a part of them nothing can be said: the largest may be among the rest.
	if (w->broken || !w->n)
		return;
	task->mappings.known = true;
	for (size_t i = 0; i < w->n; i++) {
		const struct vma *vma = &w->largest[i];
		struct oom_mapping *row = oom_add_mapping(w->c->arena, &task->mappings);
		if (!row)
			return;
		row->start = (int64_t)vma->start;
		row->size_kb = (int64_t)((vma->end - vma->start) / 1024);
		row->kind = kind_of(w, vma);
		row->path = vma->file ? oom_file_path(w->image, vma->file, w->c->arena) : NULL;
		row->writable = vma->flags & VM_WRITE ? OOM_YES : OOM_NO;
		row->shared = vma->flags & VM_SHARED ? OOM_YES : OOM_NO;
	}
}

static void look_into(struct programs_walk *w, struct oom_task **order, size_t n, bool deep)
{
	size_t looked = 0, lost = 0;
	for (size_t i = 0; i < n && (deep || i < PROGRAMS); i++) {
		bool again = i && order[i]->mm == order[i - 1]->mm;
		if (!oom_record_read(&w->mm, (uint64_t)order[i]->mm))
			continue;
		order[i]->exe = path_of(w, oom_record_ptr(&w->mm, M_EXE));
		if (again || looked >= LOOKED_INTO)
			continue;
		looked++;
		w->vmas_left = deep ? VMAS_MAX : VMAS_READ;
		add_mappings(w, order[i]);
		lost += w->broken;
	}
	if (lost)
		oom_case_missing(w->c, "mappings of %zu of the largest processes: %s", lost,
				 w->vmas_left ? "they could not be read" : "too many (--deep reads all)");
}

void oom_walk_programs(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct programs_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	struct oom_tasks *tasks = c->state ? &c->state->tasks : NULL;
	if (!w || !tasks || !tasks->n)
		return;
	w->image = image;
	w->c = c;
	if (!oom_layout_find(&w->mm_layout, image, mm_wants, M_NR) ||
	    !oom_record_init(&w->mm, image, &w->mm_layout, temp))
		return;
	oom_layout_find(&w->vma_layout, image, vma_wants, V_NR);
	struct oom_task **order = oom_record_init(&w->vma, image, &w->vma_layout, temp)
					  ? calloc(tasks->n, sizeof(struct oom_task *))
					  : NULL;
	size_t n = 0;
	for (size_t i = 0; order && i < tasks->n; i++)
		if (oom_known(tasks->v[i].mm))
			order[n++] = &tasks->v[i];
	if (n)
		qsort(order, n, sizeof(struct oom_task *), larger_first);
	look_into(w, order, n, deep);
	oom_map_free(&w->paths);
	free(order);
}
