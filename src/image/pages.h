// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The page frames of a dump by number, whatever its format.
 *
 *   diskdump.c   kdump-compressed files, plain, flattened, split: read by ourselves. libkdumpfile 0.5.1 opens them too
 *                (not flattened), but takes what lies behind the end of a cut file for zeros, keeps a map of all frames
 *                in memory (466 MB for a fragmented 1 TB), and inflates with zlib, at a third of libdeflate's speed.
 *   elfdump.c    ELF cores with memory in PT_LOAD segments, for the same reasons: flattened, cut off.
 *   libkdump.c   everything else that libkdumpfile opens: LKCD, Xen, s390, a compression that this build lacks …
 *
 * Frames are counted in page_size here: the dump's block size, which may be larger than the kernel's page.
 */
#ifndef OOM_PAGES_H
#define OOM_PAGES_H

#include "image/source.h"

enum oom_page_status {
	OOM_PAGE_OK,
	OOM_PAGE_ABSENT,   /**< no such frame */
	OOM_PAGE_EXCLUDED, /**< the frame exists and was left out of the dump */
	OOM_PAGE_LOST,	   /**< it should be in the file, and is not: cut off, damaged */
};

struct oom_pages;

struct oom_pages_ops {
	/** Copies page_size bytes; the buffer's content is undefined unless the answer is OOM_PAGE_OK. */
	enum oom_page_status (*read)(struct oom_pages *pages, uint64_t pfn, void *page);
	/** The same without reading the page: OOM_PAGE_OK may yet turn out to be OOM_PAGE_LOST. */
	enum oom_page_status (*status)(struct oom_pages *pages, uint64_t pfn);
	/** The first frame from @p pfn on whose page is in the dump; UINT64_MAX: there is none. */
	uint64_t (*next)(struct oom_pages *pages, uint64_t pfn);
	/**
	 * The first frame from @p pfn on whose page starts with the @p len bytes of @p prefix, UINT64_MAX if none of
	 * the next *budget pages does; *budget sinks by the pages looked at. NULL: read every page instead.
	 * @param[in] likely look only at pages that compressed to the size that a page of text does
	 */
	uint64_t (*find)(struct oom_pages *pages, uint64_t pfn, const void *prefix, size_t len, bool likely,
			 size_t *budget);
	/** The dump's ELF notes (registers of the CPUs, VMCOREINFO), malloc'ed; their length, 0 if there are none.
	 * NULL: none. */
	size_t (*notes)(struct oom_pages *pages, unsigned char **ret);
	void (*close)(struct oom_pages *pages);
	/** The same pages for another thread, over the same files, to be closed before @p pages is. NULL: cannot; the
	 * answer NULL: no memory. */
	struct oom_pages *(*clone)(struct oom_pages *pages);
};

struct oom_pages {
	const struct oom_pages_ops *ops;
	uint32_t page_size;	  /**< bytes, a power of 2 */
	uint64_t max_pfn;	  /**< frames are below */
	bool only_zeros_excluded; /**< what was left out are pages of zeros */
	bool free_excluded;	  /**< free pages were left out, so the gaps in the kernel's image too */
	oom_tri complete;
	char why[240];	  /**< what is missing and why, where complete is OOM_NO */
	char *vmcoreinfo; /**< its text, malloc'ed, or NULL */
	size_t vmcoreinfo_len;
	char format[48];
	char machine[65]; /**< the header's machine, as it stands there; "" if it has none */
	bool big_endian;
	uint32_t ptr_size;  /**< 4, 8 */
	bool has_phys_base; /**< x86_64: physical address of the kernel's map, as the header knows it */
	uint64_t phys_base;
};

void oom_pages_close(struct oom_pages *pages); /**< NULL is allowed */

/* The formats. Each takes over the sources (not the array), also on failure. */

/** Is this a kdump-compressed file, by its first bytes? */
bool oom_diskdump_is(const struct oom_source *source);
/** Are its pages compressed in a way that this build knows, by the header's status? */
bool oom_diskdump_can(const struct oom_source *source);
enum oom_status oom_diskdump_open(struct oom_source *const *parts, size_t nr_parts, struct oom_pages **ret,
				  struct oom_error *err);

/** Is this an ELF core with memory in PT_LOAD segments? */
bool oom_elfdump_is(const struct oom_source *source);
enum oom_status oom_elfdump_open(struct oom_source *source, struct oom_pages **ret, struct oom_error *err);

enum oom_status oom_libkdump_open(struct oom_source *const *parts, size_t nr_parts, struct oom_pages **ret,
				  struct oom_error *err);

/** The header block of a kdump-compressed file, page_size bytes, for the slim writer; NULL for pages of another format.
 */
const unsigned char *oom_diskdump_header(const struct oom_pages *pages);

#endif
