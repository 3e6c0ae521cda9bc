// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A growing set of page frame numbers, which remembers in which order they came. */
#ifndef OOM_PFNSET_H
#define OOM_PFNSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oom_pfnset {
	uint64_t *list; /**< the frames in the order in which they were added */
	size_t n;
	size_t *slots; /**< index into `list` + 1, 0: empty; `cap` is a power of two */
	size_t cap;
	bool no_memory; /**< a frame could not be remembered */
};

void oom_pfnset_add(struct oom_pfnset *set, uint64_t pfn); /**< without memory the frame is lost: `no_memory` */
bool oom_pfnset_has(const struct oom_pfnset *set, uint64_t pfn);
/** Sorted frame numbers, malloc'ed; NULL if there are none or without memory. */
uint64_t *oom_pfnset_sorted(const struct oom_pfnset *set);
void oom_pfnset_clear(struct oom_pfnset *set);

#endif
