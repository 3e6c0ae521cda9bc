// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Who holds a file in memory: the processes that have mapped it (address_space.i_mmap, a tree of their mappings), and
 * where a large file has no mapping, those that have it open (a bounded look into tables of open files).
 * Source: include/linux/fs.h, include/linux/mm_types.h, include/linux/fdtable.h.
 */
#include "kernel/shmem.h"

enum {
	FILES_ASKED = 40,      // whose mappings are looked for, unless --deep
	MAPPINGS_MAX = 4096,   // of one file
	FDS_LOOKED_AT = 20000, // unless --deep
	FDS_MAX = 1 << 26,
	TABLE_MAX = 1 << 20, // fs.nr_open
	FD_CHUNK = 512,
};

struct holder_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_shmem *rows;
	struct oom_map by_mm, by_inode, seen; // mm -> task row; inode -> row; task rows counted for one file
	struct oom_shmem *row;		      // whose mappings are being walked
	uint32_t vma_rb, vma_mm;
	struct oom_member files, fdt, max_fds, fd, f_inode;
	size_t fds_left;
	bool broken; // whose mapping one is cannot be read
};

/** Another process that holds the file: the first is named, the largest would not be the owner any more likely. */
static void add_holder(struct oom_shmem *row, const struct oom_task *task)
{
	row->holders = oom_known(row->holders) ? row->holders + 1 : 1;
	// The lowest pid of them started first.
	if (!oom_known(row->pid) || task->tgid < row->pid) {
		row->pid = task->tgid;
		row->comm = task->comm;
	}
}

static bool take_mapping(void *arg, uint64_t node)
{
	struct holder_walk *w = arg;
	uint64_t mm = oom_deref(w->image, node - w->vma_rb + w->vma_mm);
	w->broken |= !mm;
	const uint64_t *task = oom_map_get(&w->by_mm, mm);
	if (task && oom_map_add(&w->seen, mm, 1))
		add_holder(w->row, &w->c->state->tasks.v[*task]);
	return true;
}

/** Processes that map the files @p inodes. */
static void by_mappings(struct holder_walk *w, const uint64_t *inodes, size_t n)
{
	struct oom_member mmap, rb, mm;
	if (oom_member(w->image, "inode", "i_data.i_mmap", &mmap) != OOM_OK ||
	    oom_member(w->image, "vm_area_struct", "shared.rb", &rb) != OOM_OK || // 3.x: shared.linear.rb
	    oom_member(w->image, "vm_area_struct", "vm_mm", &mm) != OOM_OK)
		return;
	w->vma_rb = rb.offset;
	w->vma_mm = mm.offset;
	const struct oom_tasks *tasks = &w->c->state->tasks;
	for (size_t i = 0; i < tasks->n; i++)
		if (oom_known(tasks->v[i].mm) && tasks->v[i].kthread != OOM_YES)
			oom_map_add(&w->by_mm, (uint64_t)tasks->v[i].mm, i);
	size_t partly = 0;
	for (size_t i = 0; i < n; i++) {
		w->row = &w->rows[i];
		w->broken = false;
		bool whole = oom_rbtree_each(w->image, inodes[i] + mmap.offset, MAPPINGS_MAX, take_mapping, w);
		oom_map_free(&w->seen);
		if (whole && !w->broken)
			continue;
		w->row->holders = OOM_ABSENT; // who was found does hold it, but how many there are is not known
		partly++;
	}
	if (partly)
		oom_case_missing(w->c, "shmem: holders of %zu files: not all of their mappings could be read", partly);
}

/** One table of open files, of @p n entries at @p at. */
static void take_table(struct holder_walk *w, const struct oom_task *task, uint64_t at, uint32_t n)
{
	size_t word = oom_image_info(w->image)->ptr_size;
	uint8_t buf[FD_CHUNK * 8];
	for (uint32_t i = 0; i < n && w->fds_left; i += FD_CHUNK) {
		uint32_t here = n - i < FD_CHUNK ? n - i : FD_CHUNK;
		if (oom_read(w->image, at + i * word, buf, here * word) != OOM_OK)
			return;
		for (uint32_t k = 0; k < here && w->fds_left; k++) {
			uint64_t file = oom_get_uint(w->image, buf + k * word, word);
			if (!file)
				continue;
			w->fds_left--;
			uint64_t inode = oom_deref(w->image, file + w->f_inode.offset);
			const uint64_t *row = oom_map_get(&w->by_inode, inode);
			if (row && oom_map_add(&w->seen, inode, 1))
				add_holder(&w->rows[*row], task);
		}
	}
}

/** Processes that have files open which nobody maps. */
static void by_open_files(struct holder_walk *w)
{
	const struct oom_tasks *tasks = &w->c->state->tasks;
	struct oom_image *image = w->image;
	if (oom_member(image, "task_struct", "files", &w->files) != OOM_OK ||
	    oom_member(image, "files_struct", "fdt", &w->fdt) != OOM_OK ||
	    oom_member(image, "fdtable", "max_fds", &w->max_fds) != OOM_OK ||
	    oom_member(image, "fdtable", "fd", &w->fd) != OOM_OK ||
	    oom_member(image, "file", "f_inode", &w->f_inode) != OOM_OK)
		return;
	for (size_t i = 0; i < tasks->n && w->fds_left; i++) {
		const struct oom_task *task = &tasks->v[i];
		uint32_t n;
		if (task->kthread == OOM_YES || task->origin.kind != OOM_FROM_MEMORY)
			continue;
		uint64_t files = oom_deref(image, (uint64_t)task->origin.at + w->files.offset);
		uint64_t fdt = files ? oom_deref(image, files + w->fdt.offset) : 0;
		uint64_t fd = fdt ? oom_deref(image, fdt + w->fd.offset) : 0;
		if (!fd || oom_read_u32(image, fdt + w->max_fds.offset, &n) != OOM_OK || n > TABLE_MAX)
			continue;
		take_table(w, task, fd, n);
		oom_map_free(&w->seen);
	}
}

void oom_find_holders(struct oom_image *image, struct oom_case *c, struct oom_shmem *rows, const uint64_t *inodes,
		      size_t n, bool deep)
{
	struct holder_walk w = {.image = image, .c = c, .rows = rows, .fds_left = deep ? FDS_MAX : FDS_LOOKED_AT};
	if (!deep && n > FILES_ASKED)
		n = FILES_ASKED;
	by_mappings(&w, inodes, n);
	// Only files that are large for the machine are worth the search.
	int64_t large = oom_known(c->state->memory.total_kb) ? c->state->memory.total_kb / 200 : 0;
	for (size_t i = 0; i < n; i++)
		if (!oom_known(rows[i].pid) && oom_plus(rows[i].kb, oom_or(rows[i].swap_kb, 0)) >= large)
			oom_map_add(&w.by_inode, inodes[i], i);
	if (w.by_inode.n)
		by_open_files(&w);
	oom_map_free(&w.by_mm);
	oom_map_free(&w.by_inode);
	oom_map_free(&w.seen);
}
