// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Address translation of x86_64, arm64 and i386: the linear maps of an architecture, which need no page tables, and a
 * walk of the page tables for the rest (vmalloc, modules, vmemmap, user memory; i386 with PAE only).
 */
#ifndef OOM_XLAT_H
#define OOM_XLAT_H

#include "image/internal.h"

enum oom_xlat_arch { OOM_XLAT_NONE, OOM_XLAT_X86_64, OOM_XLAT_AARCH64, OOM_XLAT_IA32 };

struct oom_linear_map {
	uint64_t start, last; /**< virtual addresses; last 0: not known */
	uint64_t phys;	      /**< physical address of start */
	bool sure; /**< false: something else may be mapped in this range as well, ask the page tables first */
};

enum { OOM_MAP_IMAGE, OOM_MAP_DIRECT, OOM_NR_MAPS };

struct oom_xlat {
	enum oom_xlat_arch arch;
	struct oom_linear_map maps[OOM_NR_MAPS];
	unsigned page_shift, levels, va_bits; /**< levels 0: this kind of tables is not known */
	uint64_t root;			      /**< physical address of the kernel's top-level table; 0: not known */
	uint64_t entry_flags;		      /**< bits of an entry that are no address: the memory encryption bit */
	bool wide_addr;			      /**< arm64 with 4 or 16 kB pages and 52-bit addresses (LPA2) */
	bool kaslr; /**< x86_64: the kernel is not where it was linked, so the direct map may be elsewhere too */
};

/** Everything that VMCOREINFO alone tells; @p phys_base: what the dump's header says of it, or NULL. */
void oom_xlat_init(struct oom_xlat *x, const char *arch, const struct oom_vmcoreinfo *info, uint32_t page_size,
		   const uint64_t *phys_base);
/** x86_64's direct map starts at @p base (page_offset_base) and covers @p bytes of physical memory. */
void oom_xlat_set_direct(struct oom_xlat *x, uint64_t base, uint64_t bytes);
/** Where x86_64's direct map starts in a kernel without KASLR; false: it may have moved. */
bool oom_xlat_default_direct(const struct oom_xlat *x, uint64_t *base);
/** By the linear maps alone. *sure: page tables would say the same. */
bool oom_xlat_linear(const struct oom_xlat *x, uint64_t virt, uint64_t *phys, bool *sure);
bool oom_xlat_in_image(const struct oom_xlat *x, uint64_t virt);
/** May the kernel's, or a process's, page tables be asked for this address? */
bool oom_xlat_is_kernel(const struct oom_xlat *x, uint64_t virt);
bool oom_xlat_is_user(const struct oom_xlat *x, uint64_t virt);

/** Reads an entry of @p size bytes at physical address @p phys. */
typedef bool oom_entry_fn(void *arg, uint64_t phys, void *entry, size_t size);

enum oom_walk {
	OOM_WALK_MAPPED,
	OOM_WALK_UNMAPPED, /**< the tables say that nothing is there */
	OOM_WALK_NO_TABLE, /**< a table could not be read, or the tables are of no kind that we know */
};

/**
 * By the page tables.
 * @param[in] root physical address of the top-level table
 * @param[in] top the entry of the top-level table if it has been read already, else NULL
 */
enum oom_walk oom_xlat_walk(const struct oom_xlat *x, uint64_t root, const uint64_t *top, uint64_t virt,
			    oom_entry_fn *read, void *arg, uint64_t *phys);
/** Index into the top-level table for @p virt; its entries have 8 bytes. */
uint64_t oom_xlat_top_index(const struct oom_xlat *x, uint64_t virt);

/** Finds x86_64's direct map in the page tables: it is the first thing that is mapped in the kernel's half. */
bool oom_xlat_find_direct(const struct oom_xlat *x, oom_entry_fn *read, void *arg, uint64_t *base);

#endif
