// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * GFP masks. The bits of a mask were given away anew several times (4.4, 4.10, 4.18, 5.1), so a number means something
 * only together with a kernel's version, or with the enumerators of that very kernel (BTF of 6.9 and later has
 * ___GFP_DMA_BIT …, whose values depend on its configuration from bit 24 on).
 */
#ifndef OOM_GFP_H
#define OOM_GFP_H

#include <oomortem/base.h>

/** What each bit of a kernel's masks is called, without the underscores and "GFP_": "DMA", "HIGHMEM"; NULL: unused, or
 * not known. */
struct oom_gfp_table {
	const char *bits[32];
	int version; /**< of the kernel, oom_gfp_version()'s number; the compound names depend on it */
};

/** A release ("6.1.0-13-amd64", "2.6.32-642.el6") as a number that can be compared; 0 for what is none. */
int oom_gfp_version(const char *release);

/** The built-in table for @p release; an empty table where that is NULL or no version. */
void oom_gfp_table_for(const char *release, struct oom_gfp_table *ret);

/**
 * Enters an enumerator of the kernel's own ("___GFP_DMA_BIT", 0) in place of what is built in.
 * @return false if @p name is none of them or @p value no bit
 */
bool oom_gfp_table_set(struct oom_gfp_table *table, const char *name, int64_t value);

/** Asks @p ask for the value of each enumerator that we know and enters what it answers; how many there were. */
size_t oom_gfp_table_ask(struct oom_gfp_table *table, bool (*ask)(void *arg, const char *name, int64_t *value),
			 void *arg);

/**
 * The names of @p mask as the kernel prints them, compounds first ("GFP_KERNEL", "__GFP_ZERO"); what has no name is
 * one last element "0x…".
 * @return true if every bit has a name
 */
bool oom_gfp_names(struct oom_arena *arena, const struct oom_gfp_table *table, uint64_t mask, struct oom_strings *ret);

/** The mask that @p names stand for, of those bits that the table knows; false if one of them is not known. */
bool oom_gfp_mask(const struct oom_gfp_table *table, const struct oom_strings *names, uint64_t *ret);

/** What the request allows, in words: the zones, reclaim, movability. NULL without names. */
const char *oom_gfp_meaning(struct oom_arena *arena, const struct oom_strings *names);

#endif
