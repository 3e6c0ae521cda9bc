// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Address translation: the linear maps of an architecture, which need no page tables, and a walk of the page tables
 * for the rest (vmalloc, modules, vmemmap, user memory).
 */
#ifndef OOM_XLAT_H
#define OOM_XLAT_H

#include "image/internal.h"

enum oom_xlat_arch { OOM_XLAT_NONE, OOM_XLAT_X86_64, OOM_XLAT_AARCH64, OOM_XLAT_IA32 };

struct oom_linear_map {
	uint64_t start, end; /**< virtual addresses; end is the first one behind */
	uint64_t phys;       /**< physical address of start */
};

struct oom_xlat {
	enum oom_xlat_arch arch;
	struct oom_linear_map maps[2]; /**< kernel image, direct map; end 0: not known */
	unsigned page_shift, levels, va_bits;
	uint64_t root;        /**< physical address of the kernel's top-level table; 0: not known */
	uint64_t entry_flags; /**< bits of an entry that are no address: the memory encryption bit */
};

enum { OOM_MAP_IMAGE, OOM_MAP_DIRECT };

/** Everything that VMCOREINFO alone tells. arch NONE where it does not tell enough, or we know no such maps. */
void oom_xlat_init(struct oom_xlat *x, const char *arch, const struct oom_vmcoreinfo *info, uint32_t page_size);
/** The direct map of x86_64 starts at @p base (page_offset_base) and covers @p frames_end bytes of physical memory. */
void oom_xlat_set_direct(struct oom_xlat *x, uint64_t base, uint64_t bytes);
/** By the linear maps alone. */
bool oom_xlat_linear(const struct oom_xlat *x, uint64_t virt, uint64_t *phys);

/** Reads an entry of @p size bytes at physical address @p phys. */
typedef bool oom_entry_fn(void *arg, uint64_t phys, void *entry, size_t size);
/**
 * By the page tables.
 * @param[in] root physical address of the top-level table, or of the first table's entry reader: see @p top
 * @param[in] top the entry of the top-level table, already read (little endian), or NULL: it is read at @p root
 * @return false: not mapped, or a table could not be read
 */
bool oom_xlat_walk(const struct oom_xlat *x, uint64_t root, const uint64_t *top, uint64_t virt, oom_entry_fn *read,
		   void *arg, uint64_t *phys);
/** Index into the top-level table for @p virt. */
uint64_t oom_xlat_top_index(const struct oom_xlat *x, uint64_t virt);

#endif
