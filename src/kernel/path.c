// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Paths of open files, from their directory entries and mounts. Source: fs/d_path.c (prepend_path()), fs/mount.h.
 */
#include "kernel/walk.h"

#include <string.h>

enum { F_MNT, F_DENTRY, F_NR };
static const struct oom_want file_wants[F_NR] = {
	[F_MNT] = {"file", "f_path.mnt", NULL},
	[F_DENTRY] = {"file", "f_path.dentry", NULL},
};

enum { D_PARENT, D_NAME, D_NR };
static const struct oom_want dentry_wants[D_NR] = {
	[D_PARENT] = {"dentry", "d_parent", NULL},
	[D_NAME] = {"dentry", "d_name.name", NULL},
};

enum { M_PARENT, M_MOUNTPOINT, M_ROOT, M_NR };
static const struct oom_want mount_wants[M_NR] = {
	[M_PARENT] = {"mount", "mnt_parent", NULL},
	[M_MOUNTPOINT] = {"mount", "mnt_mountpoint", NULL},
	[M_ROOT] = {"mount", "mnt.mnt_root", NULL},
};

enum { DEPTH_MAX = 256, PATH_MAX_BYTES = 4096 };

struct path_walk {
	struct oom_image *image;
	struct oom_layout layout[3];
	struct oom_record file, dentry, mount;
	char buf[PATH_MAX_BYTES]; // the path is built from its end
	size_t at;
};

bool oom_path_prepend(char *buf, size_t *at, const char *part)
{
	size_t len = strlen(part);
	if (!len || len + 1 > *at)
		return false;
	while (len)
		buf[--*at] = part[--len];
	buf[--*at] = '/';
	return true;
}

/** Puts the name at @p name before the path. */
static bool prepend(struct path_walk *w, uint64_t name)
{
	char part[256];
	if (!name || oom_read_string(w->image, name, part, sizeof(part)) != OOM_OK)
		return false;
	oom_image_words(w->image, name, strlen(part), OOM_WORDS_PATH, false);
	return oom_path_prepend(w->buf, &w->at, part);
}

/** "/memfd:frames (deleted)", as /proc/PID/maps has it. */
static bool name_nameless(struct path_walk *w, uint64_t name)
{
	static const char gone[] = " (deleted)";
	w->at -= sizeof(gone) - 1;
	memcpy(w->buf + w->at, gone, sizeof(gone) - 1);
	return prepend(w, name);
}

/** From @p dentry in mount @p mnt up to the root of the tree of mounts. */
static bool climb(struct path_walk *w, uint64_t dentry, uint64_t mnt)
{
	for (int i = 0; i < DEPTH_MAX; i++) {
		if (!oom_record_read(&w->mount, mnt))
			return false;
		if (dentry == oom_record_ptr(&w->mount, M_ROOT)) {
			uint64_t parent = oom_record_ptr(&w->mount, M_PARENT);
			if (!parent || parent == mnt)
				return true;
			dentry = oom_record_ptr(&w->mount, M_MOUNTPOINT);
			mnt = parent;
			continue;
		}
		if (!oom_record_read(&w->dentry, dentry))
			return false;
		uint64_t parent = oom_record_ptr(&w->dentry, D_PARENT);
		// System V segments, memfds, shared anonymous memory lie in no folder: d_alloc_pseudo(),
		// simple_dname().
		if (parent == dentry && i == 0)
			return name_nameless(w, oom_record_ptr(&w->dentry, D_NAME));
		if (!parent || parent == dentry || !prepend(w, oom_record_ptr(&w->dentry, D_NAME)))
			return false;
		dentry = parent;
	}
	return false;
}

/** A walk with its structures resolved, in @p temp; NULL. */
static struct path_walk *new_walk(struct oom_image *image, struct oom_arena *temp)
{
	struct path_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	if (!w)
		return NULL;
	w->image = image;
	w->at = sizeof(w->buf);
	oom_layout_find(&w->layout[0], image, file_wants, F_NR);
	oom_layout_find(&w->layout[1], image, dentry_wants, D_NR);
	oom_layout_find(&w->layout[2], image, mount_wants, M_NR);
	if (!oom_record_init(&w->file, image, &w->layout[0], temp) ||
	    !oom_record_init(&w->dentry, image, &w->layout[1], temp) ||
	    !oom_record_init(&w->mount, image, &w->layout[2], temp))
		return NULL;
	return w;
}

static const char *result(const struct path_walk *w, struct oom_arena *arena)
{
	return w->at == sizeof(w->buf) ? oom_strdup(arena, "/")
				       : oom_strndup(arena, w->buf + w->at, sizeof(w->buf) - w->at);
}

const char *oom_file_path(struct oom_image *image, uint64_t file, struct oom_arena *arena)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct path_walk *w = new_walk(image, temp);
	struct oom_member mnt;
	if (!w || oom_member(image, "mount", "mnt", &mnt) != OOM_OK || !oom_record_read(&w->file, file))
		return NULL;
	uint64_t vfsmount = oom_record_ptr(&w->file, F_MNT);
	// A struct path points to the vfsmount inside the struct mount.
	if (!vfsmount || !climb(w, oom_record_ptr(&w->file, F_DENTRY), vfsmount - mnt.offset))
		return NULL;
	return result(w, arena);
}

const char *oom_path_in(struct oom_image *image, uint64_t mount, uint64_t dentry, struct oom_arena *arena)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct path_walk *w = new_walk(image, temp);
	return w && climb(w, dentry, mount) ? result(w, arena) : NULL;
}
