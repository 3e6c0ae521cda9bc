// SPDX-License-Identifier: GPL-2.0-or-later
/** @file A growing set of page frame numbers. */
#ifndef OOM_PFNSET_H
#define OOM_PFNSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oom_pfnset {
	uint64_t *v; /**< pfn + 1, 0: empty; `cap` is a power of two */
	size_t n, cap;
};

void oom_pfnset_add(struct oom_pfnset *set, uint64_t pfn); /**< without memory the frame is lost */
bool oom_pfnset_has(const struct oom_pfnset *set, uint64_t pfn);
/** Sorted frame numbers, malloc'ed; NULL if there are none or without memory. */
uint64_t *oom_pfnset_sorted(const struct oom_pfnset *set);
void oom_pfnset_clear(struct oom_pfnset *set);

#endif
