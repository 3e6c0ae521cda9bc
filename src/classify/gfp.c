// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Which zones an allocation may use, from the names of its flags or, without them, from its mask.
 *
 * The zone bits of the mask stayed where they are: __GFP_DMA 0x01 and __GFP_HIGHMEM 0x02 since 2.4, __GFP_DMA32 0x04
 * since 2.6.15, __GFP_MOVABLE 0x08 since 2.6.31 (0x100000 in 2.6.23, which is something else later and therefore not
 * read from a mask). The class of a request is what gfp_zone() (include/linux/gfp.h) computes.
 */
#include "classify/internal.h"
#include <string.h>

enum { DMA = 1, HIGHMEM = 2, DMA32 = 4, MOVABLE = 8, RECLAIM = 16, ZERO = 32, THISNODE = 64, ATOMIC = 128 };

/** What a name means; compounds as in include/linux/gfp_types.h (before 6.3 gfp.h). */
static const struct {
	const char *name;
	unsigned int bits;
} names[] = {
	{"GFP_KERNEL", RECLAIM},
	{"GFP_KERNEL_ACCOUNT", RECLAIM},
	{"GFP_NOFS", RECLAIM},
	{"GFP_NOIO", RECLAIM},
	{"GFP_TEMPORARY", RECLAIM},
	{"GFP_USER", RECLAIM},
	{"GFP_HIGHUSER", RECLAIM | HIGHMEM},
	{"GFP_HIGHUSER_MOVABLE", RECLAIM | HIGHMEM | MOVABLE},
	{"GFP_TRANSHUGE", RECLAIM | HIGHMEM | MOVABLE},
	{"GFP_TRANSHUGE_LIGHT", HIGHMEM | MOVABLE | ATOMIC},
	{"GFP_DMA", DMA},
	{"GFP_DMA32", DMA32},
	{"GFP_ATOMIC", ATOMIC},
	{"GFP_NOWAIT", ATOMIC},
	{"__GFP_DMA", DMA},
	{"__GFP_DMA32", DMA32},
	{"__GFP_HIGHMEM", HIGHMEM},
	{"__GFP_MOVABLE", MOVABLE},
	{"__GFP_ZERO", ZERO},
	{"__GFP_THISNODE", THISNODE},
	{"__GFP_WAIT", RECLAIM},
	{"__GFP_RECLAIM", RECLAIM},
	{"__GFP_DIRECT_RECLAIM", RECLAIM},
};

static unsigned int bits_of(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].name, name))
			return names[i].bits;
	}
	return 0;
}

/** gfp_zone(): MOVABLE alone does not lead to ZONE_MOVABLE, HIGHMEM must be with it. */
static enum cl_class class_of_bits(unsigned int bits)
{
	if (bits & DMA)
		return CL_DMA;
	if (bits & DMA32)
		return CL_DMA32;
	if ((bits & (HIGHMEM | MOVABLE)) == (HIGHMEM | MOVABLE))
		return CL_MOVABLE;
	return bits & HIGHMEM ? CL_HIGHMEM : CL_NORMAL;
}

void cl_request_decode(struct cl_look *l)
{
	const struct oom_event *e = l->e;
	struct cl_request *r = &l->request;
	unsigned int bits = 0;
	*r = (struct cl_request){.highest = CL_MOVABLE, .movable = true, .may_reclaim = true, .order = OOM_ABSENT};
	if (!e)
		return;
	r->order = e->order >= -1 && e->order < 31 ? e->order : OOM_ABSENT;
	for (size_t i = 0; i < e->gfp_flags.n; i++)
		bits |= bits_of(e->gfp_flags.v[i]);
	if (!e->gfp_flags.n) {
		// A mask of 0 is the page fault handler's, which has lost the request (pagefault_out_of_memory).
		if (!oom_known(e->gfp_mask) || !e->gfp_mask)
			return;
		bits = (unsigned int)(e->gfp_mask & (DMA | HIGHMEM | DMA32 | MOVABLE)) | RECLAIM;
	}
	r->known = true;
	r->highest = class_of_bits(bits);
	r->movable = bits & MOVABLE;
	r->this_node = bits & THISNODE;
	r->zeroed = bits & ZERO;
	r->may_reclaim = bits & RECLAIM || !(bits & ATOMIC);
}

enum cl_class cl_class_of(const char *zone_name)
{
	static const char *const classes[] = {"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"};
	for (size_t i = 0; zone_name && i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!strcmp(classes[i], zone_name))
			return (enum cl_class)i;
	}
	return CL_OTHER;
}
