// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Memory cgroups: what the walker of the tree and that of the statistics share. */
#ifndef OOM_KERNEL_MEMCG_H
#define OOM_KERNEL_MEMCG_H

#include "kernel/walk.h"

/** Statistics of a group that become facts, in pages or bytes as the kernel counts them. */
enum oom_memcg_stat {
	OOM_MEMCG_ANON,
	OOM_MEMCG_FILE,
	OOM_MEMCG_SHMEM,
	OOM_MEMCG_SLAB_R,
	OOM_MEMCG_SLAB_U,
	OOM_MEMCG_KMEM,
	OOM_MEMCG_STATS
};

struct oom_memcg_stats {
	int64_t n[OOM_MEMCG_STATS];
};

/** A group of the tree, which stands behind its parent in the list. */
struct oom_memcg_node {
	uint64_t addr;	// struct mem_cgroup
	size_t parent;	// number in the list; SIZE_MAX: the root
	int64_t usage;	// pages
	bool dying;	// removed, and still there
	bool pressed;	// at its limit, or its limit had a task killed
	bool has_stats; // all of `stats` could be read
	struct oom_memcg_stats stats;
};

OOM_LIST(oom_memcg_nodes, struct oom_memcg_node);

/**
 * Statistics of all groups with their descendants, what CPUs and groups below have not handed upwards yet included.
 * @return false: this kernel's are not described
 */
bool oom_memcg_read_stats(struct oom_image *image, struct oom_memcg_nodes *nodes, const struct oom_percpu *percpu);
/** Are the two slab statistics bytes (5.9 on) and not pages? */
bool oom_memcg_slab_in_bytes(struct oom_image *image);

#endif
