// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Where the fields of a kdump-compressed file's headers are (IMPLEMENTATION of makedumpfile 1.7, diskdump_mod.h):
 *
 *   block 0            disk_dump_header: "KDUMP   ", version, utsname, …
 *   block 1 …          kdump_sub_header, then ELF notes with VMCOREINFO          sub_hdr_size blocks
 *   then               bitmap 1: which frames exist · bitmap 2: which are here   bitmap_blocks blocks, half for each
 *   then               24-byte descriptors, one for each frame of bitmap 2, in order of frames
 *   then               the pages, compressed each for itself
 *
 * The C structures are those of the machine that wrote the file, so their layout depends on its pointers and alignment.
 */
#ifndef OOM_DISKDUMP_H
#define OOM_DISKDUMP_H

#include <stdint.h>

enum {
	OOM_DISKDUMP_VERSION = 8, /**< offset of header_version in every layout */
	OOM_DISKDUMP_UTSNAME = 12,
	OOM_UTS_LEN = 65,	/**< sysname, nodename, release, version, machine, domainname */
	OOM_DISKDUMP_DESC = 24, /**< offset 8, size 4, flags 4, page_flags 8 */
};

struct oom_diskdump_layout {
	uint16_t word;								      // bytes of an unsigned long
	uint16_t status, block_size, sub_hdr_size, bitmap_blocks, max_mapnr, nr_cpus; // 4 bytes each
	/* In the sub header. */
	uint16_t phys_base;			 // word
	uint16_t level, split;			 // 4; since versions 1, 2
	uint16_t start, end;			 // word; version 2, cut to 32 bits
	uint16_t vmcoreinfo, vmcoreinfo_len;	 // 8, word; version 3
	uint16_t note, note_len;		 // 8, word; version 4
	uint16_t erase, erase_len;		 // 8, word; version 5
	uint16_t start_64, end_64, max_mapnr_64; // 8; version 6
	uint16_t sub_size;
};

/** [0] 32 bits, 8-byte fields at 4-byte boundaries (i386); [1] 32 bits, at 8 (arm, ppc, mips); [2] 64 bits. */
extern const struct oom_diskdump_layout oom_diskdump_layouts[3];

#endif
