// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Maple trees. */
#ifndef OOM_KERNEL_MAPLE_H
#define OOM_KERNEL_MAPLE_H

#include "kernel/walk.h"

/**
 * Each pointer in a maple tree, lowest index first.
 * @param[in] root maple_tree.ma_root
 * @param[in] max nodes to visit at most
 * @param[in] each gets the entry, returns false to stop
 * @return false if the kernel has no such trees, a part could not be read, or there are more nodes
 */
bool oom_maple_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t entry),
		    void *arg);

#endif
