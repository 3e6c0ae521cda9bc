// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Files in memory: what the walker of file systems shares with that of names and that of owners. */
#ifndef OOM_KERNEL_SHMEM_H
#define OOM_KERNEL_SHMEM_H

#include "kernel/walk.h"

/** The mount that paths of a file system are shown by. */
struct oom_mounted {
	uint64_t addr;	    // struct mount; 0: not mounted anywhere that a process could see
	uint64_t root;	    // dentry at its root
	const char *source; // what was given as device
	const char *path;   // where; NULL: cannot be told
};

/** A file, before it becomes a row. */
struct oom_memfile {
	uint64_t inode;	 // struct inode
	uint64_t dentry; // first hlist_node of its names; 0: none
	size_t fs;	 // number of its row in state->tmpfs
	int64_t kb, swap_kb, size, number;
	bool unlinked; // no links
	bool ramfs;    // not shmem: nothing can take it out of memory
};

/** The mount of @p sb (struct super_block) in init's namespace, else the first in any; strings are in @p keep. */
struct oom_mounted oom_mount_of(struct oom_image *image, uint64_t sb, struct oom_arena *keep);
/** Fills kind, path, deleted and shmid of @p row. */
void oom_name_file(struct oom_image *image, const struct oom_memfile *file, const struct oom_mounted *mounted,
		   struct oom_shmem *row, struct oom_arena *keep);
/**
 * Fills pid, comm and holders of the files among @p rows, by the mappings of each, then by open files.
 * @param[in] inodes struct inode of each row
 * @param[in] n of both
 */
void oom_find_holders(struct oom_image *image, struct oom_case *c, struct oom_shmem *rows, const uint64_t *inodes,
		      size_t n, bool deep);

#endif
