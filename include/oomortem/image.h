// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * A kernel image: five questions to a dump or a live session.
 *   1. memory at a kernel virtual, a physical, or a task's user address
 *   2. which page frames exist
 *   3. address of a symbol
 *   4. offset and size of a structure's member (nested: "a.b.c"), size of a type
 *   5. value of an enumerator
 * Byte order, pointer size and page size are the image's, never the host's: use the typed reads.
 *
 * An image belongs to one thread. Its messages are in oom_image_error(). Nothing here exits, prints or longjmps.
 */
#ifndef OOMORTEM_IMAGE_H
#define OOMORTEM_IMAGE_H

#include <oomortem/base.h>

struct oom_image; /**< opaque */

/** What words in the kernel's memory are, for a slim dump that is to be redacted. */
enum oom_words {
	OOM_WORDS_KEEP,	      /**< name of a process, a type, a symbol: it stays */
	OOM_WORDS_LOG,	      /**< the text of a record of the log; all others end at a NUL */
	OOM_WORDS_HOST,	      /**< name of the machine or its domain */
	OOM_WORDS_PARAMETERS, /**< the kernel's command line */
	OOM_WORDS_CGROUP,     /**< one part of a cgroup's path */
	OOM_WORDS_PATH,	      /**< a path, or one part of one */
	OOM_WORDS_SLAB,	      /**< name of a slab cache */
};

/** What a backend supplies: libkdumpfile for a dump file, crash's readmem() in the extension, a mutator in a fuzzer. */
struct oom_image_ops {
	/** Copies @p len bytes at kernel virtual address @p addr; all or nothing. */
	enum oom_status (*read_virt)(void *backend, uint64_t addr, void *buf, size_t len);
	/** The same at a physical address (bytes). NULL: this backend cannot. */
	enum oom_status (*read_phys)(void *backend, uint64_t addr, void *buf, size_t len);
	/** Is there a page for page frame number @p pfn? NULL: unknown. */
	bool (*has_pfn)(void *backend, uint64_t pfn);
	/** Address of @p name if the backend has symbols of its own; else NULL or OOM_ENOENT. */
	enum oom_status (*symbol)(void *backend, const char *name, uint64_t *addr);
	/** The symbol at or below @p addr and the distance to it, NULL: none; else NULL. The name lives as long as it.
	 */
	const char *(*symbol_at)(void *backend, uint64_t addr, uint64_t *distance);
	/** Offset and size (bytes) of @p path in @p type, last resort after BTF; else NULL or OOM_ENOENT. */
	enum oom_status (*member)(void *backend, const char *type, const char *path, uint32_t *offset, uint32_t *size);
	/** Remember (true) or forget (false) the pages that are read from now on as pages that gave a fact. */
	void (*track)(void *backend, bool on);
	void (*close)(void *backend);
	/** The same memory for another thread, to be closed before @p backend is; NULL, or the answer NULL: this
	 * backend belongs to one thread. */
	void *(*clone)(void *backend);
	/** What oom_image_saw() and oom_image_words() were told, of an image opened with options.exact; NULL. */
	void (*saw)(void *backend, uint64_t addr, size_t len);
	void (*words)(void *backend, uint64_t addr, size_t len, enum oom_words what, bool goes_on);
};

/** What is known about the image as a whole. */
struct oom_image_info {
	const char *format; /**< "kdump-zlib", "elf", "crash" …, " flattened" behind it where it is */
	const char *arch;   /**< libkdumpfile's names: "x86_64", "aarch64", "ia32", "s390x", "ppc64" … */
	uint32_t page_size; /**< bytes */
	uint32_t ptr_size;  /**< bytes */
	bool big_endian;
	oom_tri complete;	  /**< OOM_NO: cut off, marked incomplete, or one part of a set */
	bool no_memory;		  /**< symbols or types were not opened for want of memory */
	bool no_page_tables;	  /**< addresses are translated by the linear maps alone */
	const char *release;	  /**< OSRELEASE */
	const char *build_id;	  /**< hex, NULL if not known */
	const char *symbols_from; /**< "kallsyms", "kallsyms (scan)", "System.map", "vmlinux", "VMCOREINFO"; the format
				    of a backend that has symbols itself ("crash") */
	const char *types_from;	  /**< "BTF in the dump", "BTF file", "BTF of vmlinux", "DWARF", "VMCOREINFO" */
	struct oom_strings missing; /**< what the image lacks, each with its reason */
};

/** How to open; zeroed means default. */
struct oom_image_options {
	const char *vmlinux;	/**< -k */
	const char *system_map; /**< -S */
	const char *btf;	/**< --btf */
	bool track;		/**< remember which pages gave a fact, for oom_slim_write() */
	bool exact;		/**< remember bytes and words as well, for oom_slim_write_rewritten() */
};

/**
 * Opens a dump in any format that libkdumpfile knows, flattened ones too.
 * @param[in] paths,nr_paths one file, or the parts of a split set
 * @param[out] ret the image; free with oom_image_close()
 * @param[out] err one sentence on failure
 * @return OOM_OK; OOM_EOPEN, OOM_EREAD, OOM_EFORMAT (no dump), OOM_EDAMAGE, OOM_EMATCH (vmlinux of another build)
 */
OOM_PUBLIC enum oom_status oom_image_open(const char *const *paths, size_t nr_paths,
					  const struct oom_image_options *options, struct oom_image **ret,
					  struct oom_error *err);
/**
 * An image over a backend of the caller's.
 * @param[in] vmcoreinfo its text, @p vmcoreinfo_len bytes; may be NULL
 * @param[in] info arch, page_size, ptr_size, big_endian, format must be set
 */
OOM_PUBLIC enum oom_status oom_image_new(const struct oom_image_ops *ops, void *backend, const char *vmcoreinfo,
					 size_t vmcoreinfo_len, const struct oom_image_info *info,
					 const struct oom_image_options *options, struct oom_image **ret,
					 struct oom_error *err);
OOM_PUBLIC void oom_image_close(struct oom_image *image); /**< NULL is allowed */
/**
 * The memory of @p image for another thread: questions 1 and 2 only, reads are not remembered.
 * @return NULL: the backend cannot, or without memory; else to be closed before @p image is
 */
OOM_PUBLIC struct oom_image *oom_image_clone(struct oom_image *image);
OOM_PUBLIC const struct oom_image_info *oom_image_info(const struct oom_image *image);
OOM_PUBLIC const struct oom_error *oom_image_error(const struct oom_image *image);

/* 1. Memory. All or nothing: OOM_OK, or OOM_EREAD and the buffer's content is undefined. */
OOM_PUBLIC enum oom_status oom_read(struct oom_image *image, uint64_t addr, void *buf, size_t len);
OOM_PUBLIC enum oom_status oom_read_phys(struct oom_image *image, uint64_t phys, void *buf, size_t len);
/** Memory of the process whose page table root (mm->pgd, a kernel virtual address) is @p pgd. */
OOM_PUBLIC enum oom_status oom_read_user(struct oom_image *image, uint64_t pgd, uint64_t addr, void *buf, size_t len);
OOM_PUBLIC enum oom_status oom_read_u8(struct oom_image *image, uint64_t addr, uint8_t *ret);
OOM_PUBLIC enum oom_status oom_read_u16(struct oom_image *image, uint64_t addr, uint16_t *ret);
OOM_PUBLIC enum oom_status oom_read_u32(struct oom_image *image, uint64_t addr, uint32_t *ret);
OOM_PUBLIC enum oom_status oom_read_u64(struct oom_image *image, uint64_t addr, uint64_t *ret);
/** An unsigned long or a pointer of the image. */
OOM_PUBLIC enum oom_status oom_read_ulong(struct oom_image *image, uint64_t addr, uint64_t *ret);
/** At most @p size - 1 bytes up to a NUL, which is always written. */
OOM_PUBLIC enum oom_status oom_read_string(struct oom_image *image, uint64_t addr, char *buf, size_t size);
/** Number of @p size (1, 2, 4, 8) bytes at @p buf in the image's byte order. */
OOM_PUBLIC uint64_t oom_get_uint(const struct oom_image *image, const void *buf, size_t size);
OOM_PUBLIC int64_t oom_get_int(const struct oom_image *image, const void *buf, size_t size);

/** From now on pages that are read count (true) or do not count (false) as pages that gave a fact. Default: true.
 * Searches switch it off. Returns what it was before. */
OOM_PUBLIC bool oom_image_track(struct oom_image *image, bool on);

/** Was the image opened with options.exact, and do reads count? Else the next two do nothing. */
OOM_PUBLIC bool oom_image_is_exact(const struct oom_image *image);
/** These bytes, of a piece that was read while reads did not count, gave a fact. */
OOM_PUBLIC void oom_image_saw(struct oom_image *image, uint64_t addr, size_t len);
/** @p len bytes at @p addr gave a fact and are words; @p goes_on: the rest of those of the last call. */
OOM_PUBLIC void oom_image_words(struct oom_image *image, uint64_t addr, size_t len, enum oom_words what, bool goes_on);

/* 2. Page frames. */
OOM_PUBLIC bool oom_image_has_pfn(struct oom_image *image, uint64_t pfn);

/* 3. Symbols: VMCOREINFO, kallsyms, System.map or vmlinux, the backend. Cheap, misses too. */
OOM_PUBLIC enum oom_status oom_symbol(struct oom_image *image, const char *name, uint64_t *addr);
/** The symbol at or below @p addr, for a call trace: name and distance; NULL if there is none. */
OOM_PUBLIC const char *oom_symbol_at(struct oom_image *image, uint64_t addr, uint64_t *distance);

/* 4. Types. */
struct oom_member {
	uint32_t offset;	      /**< bytes from the start of the structure */
	uint32_t size;		      /**< bytes of the whole member */
	uint32_t count;		      /**< elements of an array, 0 if it is none (a flexible array is none as well) */
	uint32_t elem_size;	      /**< bytes of one element; size if it is no array */
	uint8_t bit_offset, bit_size; /**< bit field: lowest bit within the size bytes at offset; bit_size 0: none */
	bool is_signed;
	bool known; /**< false: filled in by nobody; lets a table of members be used without further flags */
};

/**
 * A member of a structure, union or typedef of one.
 * @param[in] type "task_struct", without "struct"
 * @param[in] path "signal", "rss_stat.count", through anonymous members too; no pointers are followed
 * @return OOM_OK, or OOM_ENOENT and ret->known false
 */
OOM_PUBLIC enum oom_status oom_member(struct oom_image *image, const char *type, const char *path,
				      struct oom_member *ret);
/** Size in bytes of a structure, union, enum or typedef; OOM_ENOENT. */
OOM_PUBLIC enum oom_status oom_type_size(struct oom_image *image, const char *type, uint32_t *ret);
/** Does the image describe any types beyond VMCOREINFO? */
OOM_PUBLIC bool oom_has_types(const struct oom_image *image);

/* 5. Enumerators, and VMCOREINFO's NUMBER(). */
OOM_PUBLIC enum oom_status oom_enumerator(struct oom_image *image, const char *name, int64_t *ret);
/** All enumerators of the enum @p type in order: name and value to @p each, which returns false to stop. */
OOM_PUBLIC enum oom_status oom_enum_each(struct oom_image *image, const char *type,
					 bool (*each)(void *arg, const char *name, int64_t value), void *arg);
/** The value of a VMCOREINFO line `KEY=value`, NULL if there is none. */
OOM_PUBLIC const char *oom_vmcoreinfo(const struct oom_image *image, const char *key);

/* 6. Modules: parts of the kernel with names and types of their own. Read at the first question. */
struct oom_module;
/** Loaded module number @p i, from 0; NULL: there are no more, or the list cannot be read. */
OOM_PUBLIC const struct oom_module *oom_module_nth(struct oom_image *image, size_t i);
/** Is the list of modules read to its end? */
OOM_PUBLIC bool oom_modules_whole(struct oom_image *image);
/** The module called @p name ("zram"); NULL: not loaded, or it cannot be told (oom_modules_whole()). */
OOM_PUBLIC const struct oom_module *oom_module_find(struct oom_image *image, const char *name);
/** The module whose code or data @p addr is in; NULL. */
OOM_PUBLIC const struct oom_module *oom_module_of(struct oom_image *image, uint64_t addr);
OOM_PUBLIC const char *oom_module_name(const struct oom_module *module);
OOM_PUBLIC uint64_t oom_module_size(const struct oom_module *module); /**< bytes of code and data */
/** Address of the module's own symbol; a NULL module is the kernel itself. OOM_ENOENT. */
OOM_PUBLIC enum oom_status oom_module_symbol(struct oom_image *image, const struct oom_module *module, const char *name,
					     uint64_t *addr);
/** The module's symbol at or below @p addr into @p buf, and the distance to it. False: there is none. */
OOM_PUBLIC bool oom_module_symbol_at(struct oom_image *image, const struct oom_module *module, uint64_t addr, char *buf,
				     size_t size, uint64_t *distance);
/** oom_member() with the module's own types (its BTF, 5.11 on) before the kernel's; a NULL module is the kernel. */
OOM_PUBLIC enum oom_status oom_module_member(struct oom_image *image, const struct oom_module *module, const char *type,
					     const char *path, struct oom_member *ret);

/* The slim dump. */

/**
 * Writes a kdump-compressed dump (zlib) with the pages that gave a fact, and what finds them again: VMCOREINFO,
 * kallsyms, BTF, page tables. Never user memory.
 * @param[in] for_crash add what crash reads at start
 * @return OOM_OK, OOM_EINVAL (not opened with options.track, or not a dump file), OOM_EWRITE
 */
OOM_PUBLIC enum oom_status oom_slim_write(struct oom_image *image, const char *path, bool for_crash,
					  struct oom_error *err);

/** What words become in a slim dump. */
struct oom_rewriter {
	/** Replaces @p len bytes in place; false: they must not be kept at all. */
	bool (*rewrite)(void *arg, enum oom_words what, char *text, size_t len);
	void *arg;
};

/**
 * The same with nothing in its pages but the bytes that gave a fact (zeros are around them) and with all words
 * rewritten, those of the log and in the file's header, too. Registers of the CPUs are left out.
 * @return as oom_slim_write(); OOM_EINVAL also where the image was not opened with options.exact
 */
OOM_PUBLIC enum oom_status oom_slim_write_rewritten(struct oom_image *image, const char *path,
						    const struct oom_rewriter *rewriter, struct oom_error *err);

#endif
