// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * File systems that live in memory and their largest files: super_blocks -> those of tmpfs and ramfs -> s_inodes.
 * Source: include/linux/fs.h, include/linux/shmem_fs.h, mm/shmem.c, fs/ramfs/inode.c, include/uapi/linux/magic.h.
 *
 * The kernel's own mount of tmpfs holds what has no path: memfd, SysV segments, shared anonymous memory, buffers of
 * graphics drivers. devtmpfs and the first root file system are tmpfs or ramfs too.
 */
#include "kernel/shmem.h"
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

enum { SB_LIST, SB_MAGIC, SB_TYPE, SB_INFO, SB_INODES, SB_NR };
static const struct oom_want sb_wants[SB_NR] = {
	[SB_LIST] = {"super_block", "s_list", NULL},	 [SB_MAGIC] = {"super_block", "s_magic", NULL},
	[SB_TYPE] = {"super_block", "s_type", NULL},	 [SB_INFO] = {"super_block", "s_fs_info", NULL},
	[SB_INODES] = {"super_block", "s_inodes", NULL},
};

enum { I_MODE, I_NUMBER, I_SIZE, I_NLINK, I_SB_LIST, I_DENTRY, I_PAGES, I_SWAPPED, I_NR };
// In the inode of any file system, and in that of shmem, which tells of swap.
static const struct oom_want inode_wants[I_NR] = {
	[I_MODE] = {"inode", "i_mode", NULL},	       [I_NUMBER] = {"inode", "i_ino", NULL},
	[I_SIZE] = {"inode", "i_size", NULL},	       [I_NLINK] = {"inode", "i_nlink", NULL},
	[I_SB_LIST] = {"inode", "i_sb_list", NULL},    [I_DENTRY] = {"inode", "i_dentry", NULL},
	[I_PAGES] = {"inode", "i_data.nrpages", NULL},
};
static const struct oom_want shmem_wants[I_NR] = {
	[I_MODE] = {"shmem_inode_info", "vfs_inode.i_mode", NULL},
	[I_NUMBER] = {"shmem_inode_info", "vfs_inode.i_ino", NULL},
	[I_SIZE] = {"shmem_inode_info", "vfs_inode.i_size", NULL},
	[I_NLINK] = {"shmem_inode_info", "vfs_inode.i_nlink", NULL},
	[I_SB_LIST] = {"shmem_inode_info", "vfs_inode.i_sb_list", NULL},
	[I_DENTRY] = {"shmem_inode_info", "vfs_inode.i_dentry", NULL},
	[I_PAGES] = {"shmem_inode_info", "vfs_inode.i_data.nrpages", NULL},
	[I_SWAPPED] = {"shmem_inode_info", "swapped", NULL},
};

enum {
	SUPERS_MAX = 1 << 20,
	INODES_LOOKED_AT = 1 << 17, // of all file systems, unless --deep: each is some 700 bytes to read
	INODES_MAX = 1 << 28,
	FILES_LISTED = 200,
	FS_LISTED = 1000,
	TMPFS_MAGIC = 0x01021994,
	S_IFMT_BITS = 0170000,
	S_IFREG_BITS = 0100000,
};
#define RAMFS_MAGIC INT64_C(0x858458f6)

struct shmem_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_percpu percpu;
	struct oom_layout sb_layout, inode_layout, shmem_layout;
	struct oom_record sb, inode, shmem;
	uint32_t vfs_inode; // offset in struct shmem_inode_info
	struct oom_member max_blocks, used_blocks, type_name;
	OOM_LIST(memfiles, struct oom_memfile) files;
	OOM_LIST(mounteds, struct oom_mounted) mounted; // of state->tmpfs, by the same number
	size_t inodes_left, lost, left_out, limit;
	// The file system that is being walked.
	struct oom_tmpfs *fs;
	struct oom_record *of;
	bool ramfs;
	int64_t sum_kb, swap_kb;
};

static bool take_inode(void *arg, uint64_t entry)
{
	struct shmem_walk *w = arg;
	struct oom_record *r = w->of;
	if (!w->inodes_left)
		return false;
	w->inodes_left--;
	w->fs->files++;
	if (!oom_record_read(r, entry - r->layout->m[I_SB_LIST].offset) || !oom_record_has(r, I_PAGES)) {
		w->lost++;
		return true;
	}
	int64_t kb = oom_pages_kb(w->image, oom_record_int(r, I_PAGES));
	int64_t swap = oom_pages_kb(w->image, oom_record_int(r, I_SWAPPED));
	if (!oom_known(kb) || (oom_record_int(r, I_MODE) & S_IFMT_BITS) != S_IFREG_BITS)
		return true;
	w->sum_kb = oom_plus(w->sum_kb, kb);
	w->swap_kb = oom_plus(w->swap_kb, oom_or(swap, 0));
	struct oom_memfile *file = kb || oom_or(swap, 0) ? oom_list_add(w->temp, &w->files) : NULL;
	if (file)
		*file = (struct oom_memfile){.inode = r->addr + (r == &w->shmem ? w->vfs_inode : 0),
					     .dentry = oom_record_ptr(r, I_DENTRY),
					     .fs = w->c->state->tmpfs.n - 1,
					     .kb = kb,
					     .swap_kb = swap,
					     .size = oom_record_int(r, I_SIZE),
					     .number = oom_record_int(r, I_NUMBER),
					     .unlinked = oom_record_int(r, I_NLINK) == 0,
					     .ramfs = w->ramfs};
	return true;
}

/** Size and use of a tmpfs from its struct shmem_sb_info; before 6.6 (e07c469e97e7) use was counted against a limit
 * only. */
static void take_limits(struct shmem_walk *w, uint64_t info)
{
	uint64_t max;
	if (!info || !w->max_blocks.known || oom_read_ulong(w->image, info + w->max_blocks.offset, &max) != OOM_OK)
		return;
	w->fs->limit_kb = max ? oom_pages_kb(w->image, (int64_t)max) : OOM_UNLIMITED;
	int64_t used = w->used_blocks.known ? oom_percpu_counter(&w->percpu, info + w->used_blocks.offset) : OOM_ABSENT;
	if (max || used > 0)
		w->fs->used_kb = oom_pages_kb(w->image, used);
}

static bool take_fs(struct shmem_walk *w, int64_t magic)
{
	struct oom_state *state = w->c->state;
	struct oom_mounted *mounted = oom_list_add(w->temp, &w->mounted);
	struct oom_tmpfs *fs = mounted ? oom_add_tmpfs(w->c->arena, &state->tmpfs) : NULL;
	if (!fs)
		return false;
	*mounted = oom_mount_of(w->image, w->sb.addr, w->c->arena);
	fs->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct super_block", (int64_t)w->sb.addr};
	fs->mount = mounted->path;
	fs->source = mounted->source;
	uint64_t type = oom_record_ptr(&w->sb, SB_TYPE);
	if (type && w->type_name.known)
		fs->type = oom_string_at(w->image, oom_deref(w->image, type + w->type_name.offset), 32, w->c->arena);
	w->fs = fs;
	w->ramfs = magic == RAMFS_MAGIC;
	w->of = w->ramfs || !w->shmem_layout.m[I_PAGES].known ? &w->inode : &w->shmem;
	w->sum_kb = w->swap_kb = fs->files = 0;
	if (!w->ramfs)
		take_limits(w, oom_record_ptr(&w->sb, SB_INFO));
	uint64_t head = oom_record_addr(&w->sb, SB_INODES);
	size_t lost = w->lost;
	bool read = oom_list_each(w->image, head, INODES_MAX, take_inode, w), whole = read && w->inodes_left;
	fs->truncated = whole ? OOM_NO : OOM_YES;
	if (!read && w->inodes_left)
		w->lost++;
	if (w->lost == lost)
		fs->files_kb = w->sum_kb;
	else
		fs->files = OOM_ABSENT; // not even that many were looked at
	whole &= w->lost == lost;
	if (whole && !oom_known(fs->used_kb))
		fs->used_kb = oom_plus(w->sum_kb, w->swap_kb);
	return true;
}

static bool take_super(void *arg, uint64_t entry)
{
	struct shmem_walk *w = arg;
	if (!oom_record_read(&w->sb, entry - w->sb_layout.m[SB_LIST].offset)) {
		w->lost++;
		return true;
	}
	int64_t magic = oom_record_int(&w->sb, SB_MAGIC);
	if (magic != TMPFS_MAGIC && magic != RAMFS_MAGIC)
		return true;
	return w->c->state->tmpfs.n < FS_LISTED && take_fs(w, magic);
}

static int larger_first(const void *a, const void *b)
{
	const struct oom_memfile *x = a, *y = b;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	if (x->swap_kb != y->swap_kb)
		return (x->swap_kb < y->swap_kb) - (x->swap_kb > y->swap_kb);
	return (x->inode > y->inode) - (x->inode < y->inode);
}

/** Rows of the largest files. */
static void add_rows(struct shmem_walk *w, bool deep)
{
	struct oom_state *state = w->c->state;
	size_t n = deep || w->files.n < FILES_LISTED ? w->files.n : FILES_LISTED;
	uint64_t *inodes = n ? oom_alloc(w->temp, n * sizeof(*inodes)) : NULL;
	for (size_t i = 0; inodes && i < n; i++) {
		const struct oom_memfile *file = &w->files.v[i];
		struct oom_shmem *row = oom_add_shmem(w->c->arena, &state->shmem);
		if (!row)
			return;
		row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct inode", (int64_t)file->inode};
		row->mount = state->tmpfs.v[file->fs].mount;
		row->kb = file->kb;
		row->swap_kb = file->swap_kb;
		row->size_kb = oom_known(file->size) ? file->size / 1024 + (file->size % 1024 > 0) : OOM_ABSENT;
		row->inode = file->number;
		oom_name_file(w->image, file, &w->mounted.v[file->fs], row, w->c->arena);
		inodes[i] = file->inode;
	}
	w->left_out = w->files.n - n;
	if (inodes && oom_known(state->totals.tasks)) // of a part of the processes any other may hold it
		oom_find_holders(w->image, w->c, state->shmem.v, inodes, n, deep);
}

/** Sums by kind. Of files that are too many to be listed the kind is told by their file system and links alone. */
static void add_totals(struct shmem_walk *w)
{
	struct oom_state *state = w->c->state;
	struct oom_totals *t = &state->totals;
	for (size_t i = 0; i < state->tmpfs.n; i++)
		if (state->tmpfs.v[i].truncated != OOM_NO)
			return; // more than was seen
	t->shmem_files = (int64_t)w->files.n;
	t->shmem_deleted_kb = t->shmem_sysv_kb = t->shmem_memfd_kb = t->ramfs_kb = 0;
	for (size_t i = 0; i < w->files.n; i++) {
		const struct oom_memfile *file = &w->files.v[i];
		if (file->unlinked && w->mounted.v[file->fs].addr)
			t->shmem_deleted_kb = oom_plus(t->shmem_deleted_kb, file->kb);
		if (file->ramfs)
			t->ramfs_kb = oom_plus(t->ramfs_kb, file->kb);
	}
	for (size_t i = 0; i < state->shmem.n; i++) {
		const struct oom_shmem *row = &state->shmem.v[i];
		if (row->kind && strcmp(row->kind, "sysv") == 0)
			t->shmem_sysv_kb = oom_plus(t->shmem_sysv_kb, row->kb);
		if (row->kind && strcmp(row->kind, "memfd") == 0)
			t->shmem_memfd_kb = oom_plus(t->shmem_memfd_kb, row->kb);
	}
	if (w->left_out)
		t->shmem_sysv_kb = t->shmem_memfd_kb = OOM_ABSENT;
}

static bool find_types(struct shmem_walk *w, bool deep)
{
	struct oom_image *image = w->image;
	struct oom_member vfs_inode;
	oom_layout_find(&w->sb_layout, image, sb_wants, SB_NR);
	oom_layout_find(&w->inode_layout, image, inode_wants, I_NR);
	oom_layout_find(&w->shmem_layout, image, shmem_wants, I_NR);
	if (oom_member(image, "shmem_inode_info", "vfs_inode", &vfs_inode) == OOM_OK)
		w->vfs_inode = vfs_inode.offset;
	oom_member(image, "shmem_sb_info", "max_blocks", &w->max_blocks);
	oom_member(image, "shmem_sb_info", "used_blocks", &w->used_blocks);
	oom_member(image, "file_system_type", "name", &w->type_name);
	w->inodes_left = deep ? INODES_MAX : INODES_LOOKED_AT;
	return w->sb_layout.m[SB_LIST].known && w->sb_layout.m[SB_MAGIC].known && w->sb_layout.m[SB_INODES].known &&
	       w->inode_layout.m[I_SB_LIST].known && w->inode_layout.m[I_PAGES].known &&
	       oom_record_init(&w->sb, image, &w->sb_layout, w->temp) &&
	       oom_record_init(&w->inode, image, &w->inode_layout, w->temp) &&
	       oom_record_init(&w->shmem, image, &w->shmem_layout, w->temp);
}

void oom_walk_shmem(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct shmem_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	uint64_t head;
	if (!w || !oom_case_state(c))
		return;
	w->image = image;
	w->c = c;
	w->temp = temp;
	if (oom_symbol(image, "super_blocks", &head) != OOM_OK || !find_types(w, deep)) {
		oom_case_missing(c, "shmem: super_blocks is not found or not described");
		return;
	}
	oom_percpu_init(&w->percpu, image, temp);
	bool whole = oom_list_each(image, head, SUPERS_MAX, take_super, w);
	if (!whole)
		oom_case_missing(c, "shmem: the list of file systems breaks off");
	if (whole || c->state->tmpfs.n)
		c->state->tmpfs.known = c->state->shmem.known = true;
	if (w->files.n)
		qsort(w->files.v, w->files.n, sizeof(*w->files.v), larger_first);
	add_rows(w, deep);
	if (whole && !w->lost)
		add_totals(w);
	if (w->lost)
		oom_case_missing(c, "shmem: %zu files or file systems not in the dump", w->lost);
	if (!w->inodes_left)
		oom_case_missing(c, "shmem: truncated: only %d files were looked at, --deep looks at all",
				 INODES_LOOKED_AT);
}
