// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The PT_LOAD segments of an ELF core as frames: where each frame's page is in the file, and which were left out.
 * Segments may overlap (/proc/vmcore's first one is the kernel's image, within one of RAM): settled, they do not.
 */
#ifndef OOM_SEGMENTS_H
#define OOM_SEGMENTS_H

#include <oomortem/base.h>

/** Frames [pfn, end), the page of the first at @p offset. */
struct oom_run {
	uint64_t pfn, end, offset;
};

struct oom_runs {
	struct oom_run *v; /**< by frame */
	size_t n, cap;
};

struct oom_segments {
	struct oom_runs data;	  /**< in the file; disjoint once settled */
	struct oom_runs left_out; /**< memory, and not in the file; frames of data may be among them */
	uint64_t max_pfn;	  /**< frames are below */
};

/**
 * Adds a segment: memory of @p memsz bytes at @p phys, of which the file has the first @p filesz at @p offset. A frame
 * that is not there as a whole counts as left out.
 * @return OOM_OK, also for a segment that makes no sense and is dropped; OOM_ENOMEM
 */
enum oom_status oom_segments_add(struct oom_segments *s, uint64_t phys, uint64_t memsz, uint64_t filesz,
				 uint64_t offset, uint32_t page_size);
/** Sorts, and cuts what overlaps: of two segments that hold a frame the one that starts later has it. OOM_ENOMEM. */
enum oom_status oom_segments_settle(struct oom_segments *s, uint32_t page_size);
/** Index of the first run that ends behind @p pfn; runs->n if there is none. Its first frame may lie behind it. */
size_t oom_runs_from(const struct oom_runs *runs, uint64_t pfn);
/** The run that holds @p pfn, or NULL. */
const struct oom_run *oom_runs_find(const struct oom_runs *runs, uint64_t pfn);
void oom_segments_free(struct oom_segments *s);

#endif
