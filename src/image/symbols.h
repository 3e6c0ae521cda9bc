// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Symbols from files that the user gave: System.map (sysmap.c) and the symbol table of a vmlinux (elfsyms.c). Both
 * become a struct oom_symtab, whose addresses are those of the running kernel.
 */
#ifndef OOM_IMAGE_SYMBOLS_H
#define OOM_IMAGE_SYMBOLS_H

#include "image/hash.h"
#include "image/internal.h"
#include <libelf.h>

struct oom_symtab_entry {
	uint64_t addr;
	uint32_t name; // where it starts in text
	bool global;
	bool fixed; // KASLR does not move it
};

struct oom_symtab {
	char *text; // names, each with a NUL
	size_t text_len;
	struct oom_symtab_entry *v; // by address, once indexed
	size_t n, cap;
	struct oom_hash index;
};

/** Adds a symbol; false without memory or beyond a few million symbols. */
bool oom_symtab_add(struct oom_symtab *t, size_t name, uint64_t addr, char type);
/**
 * Sorts and indexes the table, moves it to where KASLR put the kernel, and compares it with what the image knows
 * for itself (VMCOREINFO's SYMBOL values; without any, linux_banner in the dump).
 * @param[in] path for messages
 * @return OOM_OK, OOM_ENOMEM, OOM_EFORMAT (no _stext), OOM_EMATCH (of another build)
 */
enum oom_status oom_symtab_finish(struct oom_symtab *t, struct oom_image *image, const char *path,
				  struct oom_error *err);
void oom_symtab_free(struct oom_symtab *t);
bool oom_symtab_find(const struct oom_symtab *t, const char *name, uint64_t *addr);
const char *oom_symtab_at(const struct oom_symtab *t, uint64_t addr, uint64_t *distance);

/** Reads System.map. OOM_OK, OOM_ENOMEM, OOM_EOPEN, OOM_EREAD, OOM_EFORMAT, OOM_EMATCH. */
enum oom_status oom_sysmap_load(struct oom_image *image, const char *path, struct oom_symtab *ret,
				struct oom_error *err);
/** Reads the symbol table of a vmlinux that oom_vmlinux_check() accepted. As above. */
enum oom_status oom_elfsyms_load(struct oom_image *image, const char *path, struct oom_symtab *ret,
				 struct oom_error *err);

/* ELF files (elfsyms.c). */

struct oom_elf {
	int fd;
	Elf *elf;
};

/** OOM_OK; OOM_EOPEN, OOM_EFORMAT with a sentence in @p err. Close it in either case. */
enum oom_status oom_elf_open(const char *path, struct oom_elf *ret, struct oom_error *err);
void oom_elf_close(struct oom_elf *e);
#define OOM_ELF __attribute__((cleanup(oom_elf_close))) struct oom_elf
/**
 * Has the file the image's build-id?
 * @param[out] known false: one of the two has none, and OOM_OK means nothing
 * @return OOM_OK, OOM_EMATCH
 */
enum oom_status oom_elf_check_build(const struct oom_image *image, const struct oom_elf *e, const char *path,
				    bool *known, struct oom_error *err);
/** The content of section @p name, owned by @p e; NULL if it has none. */
Elf_Data *oom_elf_section(const struct oom_elf *e, const char *name);

#endif
