// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Names of files in memory: where a file system is mounted, the path of an inode, what a file without a path is for.
 * Source: fs/mount.h, include/linux/dcache.h, mm/shmem.c (__shmem_file_setup()), mm/memfd.c, ipc/shm.c (newseg()).
 */
#include "kernel/shmem.h"

#include <string.h>

enum { M_ROOT, M_NS, M_SOURCE, M_NEXT, M_NR };
static const struct oom_want mount_wants[M_NR] = {
	[M_ROOT] = {"mount", "mnt.mnt_root", NULL},
	[M_NS] = {"mount", "mnt_ns", NULL},
	[M_SOURCE] = {"mount", "mnt_devname", NULL},
	[M_NEXT] = {"mount", "mnt_next_for_sb", NULL}, // 6.18; before, a list_head at mnt_instance
};

enum { MOUNTS_LOOKED_AT = 2000, TEXT_MAX = 256 };

struct mount_walk {
	struct oom_image *image;
	struct oom_layout layout;
	struct oom_record mount;
	uint32_t instance;
	uint64_t init_ns;
	uint64_t best, best_root, source;
	bool in_init_ns;
};

/** Takes the mount in the record if it is the first that a process sees, or the first in init's namespace. */
static bool take_mount(struct mount_walk *w)
{
	uint64_t ns = oom_record_ptr(&w->mount, M_NS);
	// NULL: being unmounted; an error value: the kernel's own (MNT_NS_INTERNAL).
	const uint64_t errors = oom_image_info(w->image)->ptr_size == 4 ? UINT64_C(0xfffff001) : UINT64_C(-4095);
	if (!ns || ns >= errors)
		return true;
	bool init = w->init_ns && ns == w->init_ns;
	if (!w->best || (init && !w->in_init_ns)) {
		w->best = w->mount.addr;
		w->best_root = oom_record_ptr(&w->mount, M_ROOT);
		w->source = oom_record_ptr(&w->mount, M_SOURCE);
		w->in_init_ns = init;
	}
	return !init;
}

static bool take_instance(void *arg, uint64_t entry)
{
	struct mount_walk *w = arg;
	return !oom_record_read(&w->mount, entry - w->instance) || take_mount(w);
}

/** All mounts of the file system whose s_mounts is at @p head. */
static void each_mount(struct mount_walk *w, uint64_t head)
{
	struct oom_member instance;
	if (w->layout.m[M_NEXT].known) {
		uint64_t at = oom_deref(w->image, head);
		for (int i = 0; at && i < MOUNTS_LOOKED_AT && oom_record_read(&w->mount, at) && take_mount(w); i++)
			at = oom_record_ptr(&w->mount, M_NEXT);
	} else if (oom_member(w->image, "mount", "mnt_instance", &instance) == OOM_OK) {
		w->instance = instance.offset;
		oom_list_each(w->image, head, MOUNTS_LOOKED_AT, take_instance, w);
	}
}

/** The mount namespace of the first process; 0. */
static uint64_t init_namespace(struct oom_image *image)
{
	struct oom_member ns;
	uint64_t nsproxy;
	if (oom_symbol(image, "init_nsproxy", &nsproxy) != OOM_OK ||
	    oom_member(image, "nsproxy", "mnt_ns", &ns) != OOM_OK)
		return 0;
	return oom_deref(image, nsproxy + ns.offset);
}

struct oom_mounted oom_mount_of(struct oom_image *image, uint64_t sb, struct oom_arena *keep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct mount_walk w = {.image = image};
	struct oom_mounted ret = {0};
	struct oom_member mounts;
	oom_layout_find(&w.layout, image, mount_wants, M_NR);
	if (!temp || oom_member(image, "super_block", "s_mounts", &mounts) != OOM_OK ||
	    !oom_record_init(&w.mount, image, &w.layout, temp))
		return ret;
	w.init_ns = init_namespace(image);
	each_mount(&w, sb + mounts.offset);
	if (!w.best)
		return ret;
	ret.addr = w.best;
	ret.root = w.best_root;
	ret.path = oom_path_in(image, w.best, w.best_root, keep);
	ret.source = oom_words_at(image, w.source, TEXT_MAX, OOM_WORDS_PATH, keep);
	return ret;
}

/** The dentry of the first name of @p file; 0. */
static uint64_t dentry_of(struct oom_image *image, const struct oom_memfile *file)
{
	struct oom_member alias;
	// In a union called d_u since 3.18, without a name since 7.1.
	if (!file->dentry || (oom_member(image, "dentry", "d_u.d_alias", &alias) != OOM_OK &&
			      oom_member(image, "dentry", "d_alias", &alias) != OOM_OK))
		return 0;
	return file->dentry - alias.offset;
}

/** What a file of the kernel's own mount is for, by the name that its creator gave it. */
static void name_internal(struct oom_shmem *row, const char *name)
{
	row->path = name;
	if (!name)
		return;
	if (strncmp(name, "memfd:", 6) == 0) {
		row->kind = "memfd";
	} else if (strncmp(name, "SYSV", 4) == 0) {
		row->kind = "sysv";
		row->shmid = row->inode; // newseg() gives the inode the segment's number
	} else if (strcmp(name, "dev/zero") == 0) {
		row->kind = "shared-anon";
	} else {
		row->kind = "driver";
	}
}

void oom_name_file(struct oom_image *image, const struct oom_memfile *file, const struct oom_mounted *mounted,
		   struct oom_shmem *row, struct oom_arena *keep)
{
	uint64_t dentry = dentry_of(image, file);
	struct oom_member name;
	const char *own = NULL;
	if (dentry && oom_member(image, "dentry", "d_name.name", &name) == OOM_OK)
		own = oom_words_at(image, oom_deref(image, dentry + name.offset), TEXT_MAX, OOM_WORDS_PATH, keep);
	if (!mounted->addr) {
		name_internal(row, own);
		return;
	}
	row->kind = file->ramfs ? "ramfs" : "tmpfs";
	row->deleted = file->unlinked ? OOM_YES : OOM_NO;
	row->path = dentry ? oom_path_in(image, mounted->addr, dentry, keep) : NULL;
	if (!row->path)
		row->path = own;
}
