// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Writer of a kdump-compressed file (layout: diskdump.h) with chosen frames of a dump.
 */
#ifndef OOM_SLIMFILE_H
#define OOM_SLIMFILE_H

#include "image/exact.h"
#include "image/pages.h"

struct oom_slimfile {
	struct oom_pages *pages; /**< where the frames and the headers come from */
	const uint64_t *pfns;	 /**< the frames to write, ascending; one that is left out there is written as zeros */
	const uint64_t *order;	 /**< the same frames in the order in which their data is to follow each other */
	size_t nr_pfns;
	uint64_t phys_base;		     /**< x86_64's, for readers that look for it in the header */
	const char *lacks;		     /**< what the dump lacks, as its report says it; NULL: it is complete */
	const struct oom_exact *exact;	     /**< what to leave in the pages; NULL: all */
	const struct oom_rewriter *rewriter; /**< for the header's words; with `exact` only */
};

/** @return OOM_OK, OOM_EWRITE, OOM_EREAD (a frame that was readable before is not), OOM_ENOMEM */
enum oom_status oom_slimfile_write(int fd, const struct oom_slimfile *file, struct oom_error *err);

#endif
