// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of an image: one struct, filled by the files of this room. Nothing outside src/image includes this.
 *
 *   dump.h, dump*.c     backend over a dump file: page cache, tracking, opening (dump.h has the map of it)
 *   pages.h             frames of a dump by number: diskdump.c, elfdump.c, libkdump.c; source.c: files, flattened too
 *   xlat.c, foreign.c, user.c   linear maps and page tables; other architectures by libaddrxlat; user memory
 *   vmcoreinfo.c        the VMCOREINFO text, indexed; vmcheck.c: compared with memory
 *   symbols.c, kallsyms.c, sysmap.c, elfsyms.c     name <-> address
 *   types.c, btf.c, dwarf.c                        members, sizes, enumerators, with an index and remembered misses
 *   modules.c           modules: symbols and types of their own
 *   image.c             the public functions, dispatch
 *   slim.c              the slim dump
 */
#ifndef OOM_IMAGE_INTERNAL_H
#define OOM_IMAGE_INTERNAL_H

#include <oomortem/image.h>

struct oom_vmcoreinfo; /**< vmcoreinfo.c */
struct oom_symbols;    /**< symbols.c */
struct oom_types;      /**< types.c */
struct oom_btf;	       /**< btf.c */
struct oom_modules;    /**< modules.c */
struct oom_xlat;       /**< xlat.h */

/** What a read is for. */
enum oom_subject {
	OOM_ABOUT_MEMORY,  /**< the machine's state, and the log */
	OOM_ABOUT_SYMBOLS, /**< kallsyms */
	OOM_ABOUT_TYPES,   /**< the kernel's BTF */
	OOM_NR_SUBJECTS
};

struct oom_image {
	const struct oom_image_ops *ops;
	void *backend;
	struct oom_arena *arena;
	struct oom_image_info info;
	struct oom_image_options options;
	struct oom_error error;
	struct oom_vmcoreinfo *vmcoreinfo; /**< NULL: none */
	struct oom_symbols *symbols;	   /**< made at the first look-up that VMCOREINFO cannot answer */
	struct oom_types *types;	   /**< likewise */
	bool symbols_asked, types_asked;   /**< made, being made, or found impossible to make */
	struct oom_modules *modules;	   /**< made at the first question about a module */
	struct oom_xlat *xlat;		   /**< user.c's, by oom_image_xlat() */
	bool tracking;
	enum oom_subject subject; /**< of the reads at hand */
};

/* vmcoreinfo.c. Keys: "OSRELEASE", "SYMBOL(prb)", "OFFSET(list_head.next)", "SIZE(page)", "NUMBER(…)", "LENGTH(…)". */
struct oom_vmcoreinfo *oom_vmcoreinfo_new(struct oom_arena *arena, const char *text, size_t len);
const char *oom_vmcoreinfo_get(const struct oom_vmcoreinfo *info, const char *key);
/** The value of "KIND(name)" as a number: SYMBOL is hexadecimal, the others decimal. */
bool oom_vmcoreinfo_number(const struct oom_vmcoreinfo *info, const char *kind, const char *name, int64_t *ret);
/** Entry @p i of those sorted by key, and how many there are. */
size_t oom_vmcoreinfo_entry(const struct oom_vmcoreinfo *info, size_t i, const char **key, const char **value);
/** Drops entry @p i, which must exist. */
void oom_vmcoreinfo_forget(struct oom_vmcoreinfo *info, size_t i);

/* vmcheck.c */
/**
 * Compares VMCOREINFO with what the dump's memory says: the kernel's own copy of the text, kallsyms, utsname. Lines
 * that disagree are forgotten, so that the next source answers, and info.missing says so.
 */
void oom_vmcoreinfo_check(struct oom_image *image);

/* user.c */
/** How addresses of this image translate, as far as VMCOREINFO tells; NULL without memory. */
struct oom_xlat *oom_image_xlat(struct oom_image *image);

/* symbols.c */
/**
 * Opens the sources of symbols in DESIGN.md's order (kallsyms in the dump, by scanning, System.map, vmlinux) and
 * indexes them. A vmlinux or System.map of another build: OOM_EMATCH. No source at all is OOM_OK, with a line in
 * image->info.missing.
 */
enum oom_status oom_symbols_new(struct oom_image *image, struct oom_symbols **ret, struct oom_error *err);
void oom_symbols_free(struct oom_symbols *symbols);
enum oom_status oom_symbols_find(struct oom_symbols *symbols, const char *name, uint64_t *addr);
const char *oom_symbols_at(struct oom_symbols *symbols, uint64_t addr, uint64_t *distance);

/* types.c */
#define OOM_TYPES_IN_DUMP "BTF in the dump"
/** BTF in the dump, BTF or DWARF of a given vmlinux, a BTF file; none is OOM_OK, with a line in info.missing. */
enum oom_status oom_types_new(struct oom_image *image, struct oom_types **ret, struct oom_error *err);
void oom_types_free(struct oom_types *types);
enum oom_status oom_types_member(struct oom_types *types, const char *type, const char *path, struct oom_member *ret);
enum oom_status oom_types_size(struct oom_types *types, const char *type, uint32_t *ret);
enum oom_status oom_types_enumerator(struct oom_types *types, const char *name, int64_t *ret);
enum oom_status oom_types_enum_each(struct oom_types *types, const char *type,
				    bool (*each)(void *arg, const char *name, int64_t value), void *arg);

/** The kernel's own BTF; NULL: types come from elsewhere, or from nowhere. */
struct oom_btf *oom_image_btf(struct oom_image *image);
struct oom_btf *oom_types_btf(struct oom_types *types);

/* modules.c */
void oom_modules_free(struct oom_modules *modules); /**< NULL is allowed */

/** Is @p path a vmlinux of this very kernel (build-id, else linux_banner)? OOM_OK, OOM_EMATCH, OOM_EOPEN, OOM_EFORMAT.
 */
enum oom_status oom_vmlinux_check(struct oom_image *image, const char *path, struct oom_error *err);

#endif
