// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The kernel's own symbol table inside the dump.
 *
 * scripts/kallsyms.c writes it into the read-only data, every part aligned to a pointer (to 4 bytes in 7.x):
 *
 *   up to 6.3    offsets or addresses, relative_base, num_syms, names, markers, (seqs_of_names,)
 *                token_table, token_index
 *   since 6.4    num_syms, names, markers, token_table, token_index, offsets, (relative_base,)
 *                seqs_of_names (404bad70fcf7)
 *
 *   names        for each symbol in order of address: length, then that many tokens; the first character is the type
 *   markers      where every 256th name starts in names; 8 bytes each on 64-bit kernels before 5.0, else 4
 *   token_table  256 strings; token_index: where each starts, 2 bytes each
 */
#ifndef OOM_IMAGE_KALLSYMS_H
#define OOM_IMAGE_KALLSYMS_H

#include "image/internal.h"

enum {
	OOM_KALLSYMS_BLOCK = 256,	   // names between two markers
	OOM_KALLSYMS_NAME_MAX = 1024,	   // KSYM_NAME_LEN is 128 up to 6.0, 512 later
	OOM_KALLSYMS_MAX = 1 << 21,	   // symbols; a distribution kernel has 190,000
	OOM_KALLSYMS_TOKENS_MAX = 1 << 14, // bytes of the token table; real ones have about 1,000
	OOM_KALLSYMS_PLACES = 8,
};

/** How addresses are written. KERNEL-FACTS.md 1.2. */
enum oom_kallsyms_kind {
	OOM_KALLSYMS_ABSOLUTE, // addresses[i]; the only way before 4.6
	OOM_KALLSYMS_RELATIVE, // relative_base + offsets[i]
	OOM_KALLSYMS_PERCPU,   // the same, but offsets[i] >= 0 absolute (per-CPU), else relative_base - 1 - offsets[i]
	OOM_KALLSYMS_PLACE,    // &offsets[i] + offsets[i]; 7.0 (a081b5789255)
};

/** One way in which the addresses may be written; the right one is told by a symbol whose address is known. */
struct oom_kallsyms_place {
	enum oom_kallsyms_kind kind;
	uint64_t array;	  // address of offsets or addresses
	uint64_t base_at; // address of relative_base, 0 where there is none
	uint64_t base;	  // its value, once chosen
};

/** Where the tables are. */
struct oom_kallsyms_tables {
	uint64_t num_syms_at; // address of num_syms' lower 4 bytes
	uint64_t names, token_table, token_index;
	struct oom_kallsyms_place place[OOM_KALLSYMS_PLACES];
	size_t places;
};

/** By VMCOREINFO's SYMBOL(kallsyms_*) of 6.0 (5fd8fea935a1 and its successors). False: it has none. */
bool oom_kallsyms_from_vmcoreinfo(const struct oom_image *image, struct oom_kallsyms_tables *ret);

/** By scanning the kernel image from @p stext on. The pages that are only searched are not tracked. */
bool oom_kallsyms_scan(struct oom_image *image, uint64_t stext, struct oom_kallsyms_tables *ret);

/**
 * Reads @p len bytes page by page where they cannot be read at once.
 * @param[out] buf zeros where nothing could be read
 * @param[out] holes NULL, or a byte for each page that @p addr .. @p addr + @p len touches: 1 if it could not be read
 * @return number of pages that could not be read
 */
size_t oom_read_sparse(struct oom_image *image, uint64_t addr, uint8_t *buf, size_t len, uint8_t *holes);

/** An address that the image knows without kallsyms: VMCOREINFO's, else the backend's. */
bool oom_symbol_known(const struct oom_image *image, const char *name, uint64_t *ret);

/** Names whose SYMBOL() in VMCOREINFO is the address of that symbol; ends with NULL. */
extern const char *const oom_known_symbols[];

struct oom_kallsyms;

/**
 * Indexes the names. Damaged parts of the table cost the names in them.
 * @return OOM_OK; OOM_ENOMEM; OOM_EREAD, OOM_EDAMAGE with a sentence in @p err
 */
enum oom_status oom_kallsyms_new(struct oom_image *image, const struct oom_kallsyms_tables *tables,
				 struct oom_kallsyms **ret, struct oom_error *err);
void oom_kallsyms_free(struct oom_kallsyms *k); // NULL is allowed
/** Of several symbols of one name a global one, else that of the lowest address. OOM_OK, OOM_ENOENT, OOM_EREAD. */
enum oom_status oom_kallsyms_find(struct oom_kallsyms *k, const char *name, uint64_t *addr);
/** The symbol at or below @p addr; the name lives as long as the image. NULL: none. */
const char *oom_kallsyms_at(struct oom_kallsyms *k, uint64_t addr, uint64_t *distance);
/** Symbols that could not be indexed because their names are damaged or missing. */
uint32_t oom_kallsyms_lost(const struct oom_kallsyms *k);

#endif
