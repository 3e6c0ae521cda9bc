// SPDX-License-Identifier: GPL-2.0-or-later
/** @file vmalloc areas, for the walkers that need them one by one. */
#ifndef OOM_KERNEL_VMALLOC_H
#define OOM_KERNEL_VMALLOC_H

#include "kernel/walk.h"

/** An area with pages of its own (VM_ALLOC). */
struct oom_vmalloc_area {
	uint64_t pages;	  // array of nr_pages pointers to struct page; 0: unknown
	int64_t nr_pages; // positive
	uint64_t caller;  // address in the function that asked for it; 0: unknown
};

/**
 * Each such area.
 * @param[in] each returns false to stop
 * @param[in,out] left areas of any kind to look at, at most; what is left of it
 * @param[out] lost areas that could not be read
 * @return false: struct vm_struct is not described, or the lists break off
 */
bool oom_each_vmalloc_area(struct oom_image *image, bool (*each)(void *arg, const struct oom_vmalloc_area *area),
			   void *arg, size_t *left, size_t *lost);
/** Does the function at @p caller ask for kernel stacks? */
bool oom_vmalloc_asks_for_stacks(struct oom_image *image, uint64_t caller);

#endif
