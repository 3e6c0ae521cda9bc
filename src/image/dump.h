// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The backend over a dump file: frames, a page cache, translation, and the frames that gave a fact.
 */
#ifndef OOM_DUMP_H
#define OOM_DUMP_H

#include "image/pages.h"
#include "image/pfnset.h"
#include "image/xlat.h"

struct oom_dump {
	struct oom_pages *pages;
	struct oom_pages *translator; /**< libkdumpfile on the same file, where xlat.c cannot translate; or NULL */
	struct oom_xlat xlat;
	struct oom_image *image;      /**< whose backend this is */
	uint32_t page_size;           /**< the kernel's; the frames of `pages` may be larger */
	bool tracking;
	bool direct_asked;            /**< page_offset_base was looked up, or is being looked up */
	struct oom_pfnset facts;      /**< frames of `pages` that gave a fact */
	struct oom_page_slot *slots;
	size_t nr_slots;
};

/** The dump behind an image that oom_image_open() made, else NULL. */
struct oom_dump *oom_dump_of(struct oom_image *image);

/** Architecture by libkdumpfile's names, from the header's machine and from what VMCOREINFO shows; NULL: unknown. */
const char *oom_dump_arch(const struct oom_pages *pages, const struct oom_vmcoreinfo *info);

/**
 * Finds VMCOREINFO's page in a dump that does not point at it.
 * @return malloc'ed text of *len bytes; NULL if there is none, or none that agrees with the kernel in the dump
 */
char *oom_find_vmcoreinfo(struct oom_pages *pages, size_t *len);

#endif
