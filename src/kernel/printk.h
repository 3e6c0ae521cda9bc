// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The inside of the printk walker: three forms of the log, one way to read big arrays of a dump in pieces.
 *
 *   printk.c        which form, offsets, windows
 *   printk_ring.c   the ring of descriptors since 5.10
 *   printk_log.c    the chain of records, 3.5 to 5.9
 *   printk_plain.c  plain text, before 3.5
 */
#ifndef OOM_PRINTK_H
#define OOM_PRINTK_H

#include "kernel/kernel.h"

/** One array of the image, read in big pieces; where a piece cannot be read, only what is asked for is. */
struct printk_window {
	struct oom_image *image;
	uint64_t base, size;	     // of the array: address, bytes
	uint64_t start, len;	     // what buf holds: from the array's start on
	uint64_t bad_start, bad_end; // a big piece that could not be read as a whole
	uint8_t *buf;		     // PRINTK_WINDOW bytes
};

enum { PRINTK_WINDOW = 256 * 1024, PRINTK_STRUCT_MAX = 4096, PRINTK_BITS_MAX = 31 };

/** False without memory. Free with printk_window_free(). */
bool printk_window_init(struct printk_window *w, struct oom_image *image, uint64_t base, uint64_t size);
void printk_window_free(struct printk_window *w);
/** @p len (at most PRINTK_WINDOW) bytes at @p offset; NULL: not readable or beyond the end. Valid until the next call.
 */
const uint8_t *printk_window_at(struct printk_window *w, uint64_t offset, size_t len);

/** @p len bytes at @p offset gave a fact: a window is read in pieces of which records are only a part. */
void printk_window_saw(const struct printk_window *w, uint64_t offset, size_t len);
/** They are text; @p goes_on: of the line before. */
void printk_window_text(const struct printk_window *w, uint64_t offset, size_t len, bool goes_on);

/** What a walk has found, whatever the form. */
struct printk_walk {
	struct oom_image *image;
	struct oom_case *c;
	oom_printk_fn *each;
	void *arg;
	size_t seen;	   // records that were handed over
	size_t lost;	   // records that are known to have been there
	bool holes;	   // something is lost, nobody knows how many records
	bool stop;	   // each() has had enough
	int64_t newest_us; // time of the newest record, whether its text is there or not; OOM_ABSENT
};

/** One record as it stands in the log. */
struct printk_record {
	const char *text;
	size_t len;
	int64_t time_us, caller, level;
};

void printk_emit(struct printk_walk *walk, const struct printk_record *record);

/** Offset of a member (below PRINTK_STRUCT_MAX) and size of a structure: VMCOREINFO, else the image's types. */
bool printk_offset(struct oom_image *image, const char *type, const char *member, uint32_t *ret);
bool printk_size(struct oom_image *image, const char *type, uint32_t *ret);
/**
 * Flags and level of a record: `u8 flags:5, level:3` in one byte; bit fields fill a byte from its low end on little
 * endian machines, from its high end on the others.
 */
void printk_flags(const struct oom_image *image, uint8_t byte, unsigned int *flags, int64_t *level);

/* The three forms: OOM_OK, OOM_EREAD (its variables cannot be read), OOM_EDAMAGE, OOM_ENOENT (offsets not known). */
enum oom_status printk_ring(struct printk_walk *walk);
enum oom_status printk_log(struct printk_walk *walk);
enum oom_status printk_plain(struct printk_walk *walk);

#endif
