// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Zeros of a dump file that were never memory: the end of a file that was made as long as it should become and never
 * filled, and holes that a copier left. Taken for memory they would be counters of 0 and empty lists.
 *
 * Only what lies in the file plain is in doubt: ELF cores, kdump files without compression. A compressed page is never
 * all zeros.
 */
#ifndef OOM_ZEROS_H
#define OOM_ZEROS_H

#include "image/source.h"

enum {
	/**
	 * Bytes of zeros at the end of a file that say that the end was never written. The end of a machine's memory is
	 * not so: memblock gives it away first, for the page tables and NODE_DATA of each node, and what a device maps
	 * behind it (a ROM, a frame buffer) is either short or followed by more. 16 dumps of guests and hosts that were
	 * measured end in at most 12 kB of zeros. A machine whose last memory was plugged in and never used passes for
	 * incomplete: that is the price, no number is wrong by it.
	 */
	OOM_ZEROS_TAIL = 1 << 20,
	/**
	 * The same in the midst of a file, for a page that a fact is read from: no walker has read a page of zeros in a
	 * run of more than 1.8 MiB of them (the freed init section of 5.10).
	 */
	OOM_ZEROS_HOLE = 4 << 20,
};

struct oom_zeros {
	const struct oom_source *source;
	uint64_t data_end; /**< where the file's end begins that holds no data; the file's size if there is none */
	uint64_t from, to; /**< the run of zeros that was found last */
	bool told;	   /**< and whether it is a hole */
};

/**
 * Looks for zeros at the end of @p source.
 * @param[in] least zeros (bytes) that mean an end which was never written
 * @param[in] start offset where the pages begin; nothing before it is looked at
 */
void oom_zeros_init(struct oom_zeros *zeros, const struct oom_source *source, uint64_t start, uint64_t least);

/** Is the page of @p len bytes at @p offset, as it was read into @p page, zeros that were never memory? */
bool oom_zeros_lost(struct oom_zeros *zeros, uint64_t offset, const void *page, size_t len);

#endif
