// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The backend over a dump file.
 *
 *   dump.c        reads: virtual address → linear map or page tables → frame → page cache; frames that gave a fact
 *   dumpopen.c    oom_image_open(): the right reader for a file, and what is known about the dump as a whole
 *   slim.c, slimfile.c, slimcrash.c   the slim dump: which frames, the file, what crash needs
 *   exact.c       the bytes that gave a fact, and words, for one that is to be redacted
 *   dumparch.c    architecture and VMCOREINFO where the headers leave them open
 */
#ifndef OOM_DUMP_H
#define OOM_DUMP_H

#include "image/exact.h"
#include "image/internal.h"
#include "image/pages.h"
#include "image/pfnset.h"
#include "image/xlat.h"

/** Said of a dump where a page that should be there turned out to be lost. */
#define OOM_LOST_PAGES "pages: some that should be in the dump are damaged or were never written"

struct oom_dump {
	struct oom_pages *pages;
	struct oom_xlat xlat;
	struct oom_foreign *foreign; /**< translation of architectures that xlat.c does not know, or NULL */
	struct oom_image *image;     /**< whose backend this is; NULL while it is being opened */
	uint32_t page_size;	     /**< the kernel's; the frames of `pages` may be larger or smaller */
	bool big_endian;	     /**< the kernel's; the file's is pages->big_endian */
	bool tracking;
	bool lost_told;				  /**< image->info says that pages are lost */
	bool long_read;				  /**< the read at hand is longer than what is worth caching */
	bool table_missed;			  /**< a page table was wanted and not there: said in info.missing */
	bool direct_asked;			  /**< the direct map was looked for, or is being looked for */
	struct oom_pfnset facts[OOM_NR_SUBJECTS]; /**< frames of `pages` that gave a fact, by what it is about */
	uint64_t last_fact;			  /**< the last of them + 1 */
	enum oom_subject last_subject;
	bool no_memory;		 /**< a page could not be read for want of memory */
	struct oom_exact *exact; /**< the bytes of theirs that did; NULL: not asked for */
	struct oom_cache *cache;
};

/** Takes over @p pages, also on failure (NULL: no memory). */
struct oom_dump *oom_dump_new(struct oom_pages *pages);
void oom_dump_free(struct oom_dump *dump);
extern const struct oom_image_ops oom_dump_ops;

/** The dump behind an image that oom_image_open() made, else NULL. */
struct oom_dump *oom_dump_of(struct oom_image *image);

/**
 * Translates by linear map or page tables.
 * @return false: not mapped, or a table cannot be read
 */
bool oom_dump_translate(struct oom_dump *dump, uint64_t virt, uint64_t *phys);
/** Reads an entry of a page table; @p arg is the dump. For oom_xlat_walk(). */
bool oom_dump_read_entry(void *arg, uint64_t phys, void *entry, size_t size);
/** Copies @p len bytes at physical address @p phys, if all of them are in the dump. */
bool oom_dump_read(struct oom_dump *dump, uint64_t phys, void *buf, size_t len);

/** Architecture by libkdumpfile's names, from the header's machine and from what VMCOREINFO shows; NULL: unknown. */
const char *oom_dump_arch(const struct oom_pages *pages, const struct oom_vmcoreinfo *info);
/**
 * The byte order of the kernel, which need not be the file's: QEMU 7.2 writes a big-endian file of a little-endian
 * ppc64 guest that has panicked.
 */
bool oom_dump_big_endian(struct oom_pages *pages, const char *arch, const struct oom_vmcoreinfo *info,
			 const struct oom_xlat *x);

/**
 * Finds VMCOREINFO's page in a dump that does not point at it.
 * @return malloc'ed text of *len bytes; NULL if there is none, or none that agrees with the kernel in the dump
 */
char *oom_find_vmcoreinfo(struct oom_pages *pages, size_t *len);

/** slimcrash.c: reads, and so remembers, what crash needs. */
void oom_slim_add_crash(struct oom_image *image);

/* foreign.c: translation by libaddrxlat, for 32-bit x86 and arm, ppc64, s390x. */

/** NULL: libaddrxlat does not know this architecture either, or without memory. */
struct oom_foreign *oom_foreign_new(struct oom_dump *dump, const char *arch, const struct oom_vmcoreinfo *info);
void oom_foreign_free(struct oom_foreign *foreign);
enum oom_walk oom_foreign_translate(struct oom_foreign *foreign, uint64_t virt, uint64_t *phys);

#endif
