// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Slab caches: what the walker of caches and that of their other names share. */
#ifndef OOM_KERNEL_SLAB_H
#define OOM_KERNEL_SLAB_H

#include "kernel/walk.h"

/**
 * Names of the caches that were merged into others, from the links in /sys/kernel/slab, to the rows' aliases.
 * @param[in] rows kmem_cache -> number of its row in c->state->slabs
 * @param[in] sd offset of kmem_cache.kobj.sd; 0: this kernel has none (SLAB)
 */
void oom_slab_aliases(struct oom_image *image, struct oom_case *c, const struct oom_map *rows, uint32_t sd);

#endif
