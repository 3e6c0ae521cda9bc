// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * The census of page frames: what its files share.
 *
 *   memmap.c        where the struct pages are
 *   pagetype.c      what a struct page says of itself in this kernel: flags, types, orders
 *   pagesets.c      pages that only their owner knows: per-CPU lists, vmalloc, per-CPU chunks
 *   census.c        the walk: one unit after the other, a page's owner
 *   pageowner.c     who allocated them, where the kernel notes that (page_owner=on)
 *   stackdepot.c    stacks of calls by the numbers that it notes
 *   census_run.c    sampling, threads, estimates
 *   census_rows.c   from counts to facts
 *
 * A plan is made once by the thread that owns the image, and is then read by all.
 */
#ifndef OOM_KERNEL_CENSUS_H
#define OOM_KERNEL_CENSUS_H

#include "kernel/kernel.h"
#include "kernel/walk.h"

/** Owner classes, in the order of the report where sizes are equal. */
enum oom_page_kind {
	OOM_PAGE_FREE,	     // buddy allocator
	OOM_PAGE_PCP,	     // free, on a CPU's list
	OOM_PAGE_ANON,	     // of processes
	OOM_PAGE_SWAPCACHE,  // in the swap cache, of nobody else
	OOM_PAGE_FILE,	     // of a file or block device
	OOM_PAGE_SHMEM,	     // of a tmpfs file or shared memory
	OOM_PAGE_ORPHAN,     // on the lists of reclaim, without file or process: cut off a file that was truncated
	OOM_PAGE_SLAB,	     // slabs, and kmalloc() of more than a slab where it is marked
	OOM_PAGE_TABLE,	     // page tables
	OOM_PAGE_HUGETLB,    // pools of huge pages
	OOM_PAGE_STACK,	     // kernel stacks
	OOM_PAGE_VMALLOC,    // other vmalloc areas
	OOM_PAGE_PERCPU,     // per-CPU data
	OOM_PAGE_ZSMALLOC,   // zram, zswap
	OOM_PAGE_MOVABLE,    // of a driver that can move them (4.8 to 6.16): zsmalloc, balloons
	OOM_PAGE_POOL,	     // page pools of network drivers
	OOM_PAGE_OFFLINE,    // balloons
	OOM_PAGE_GUARD,	     // debug_pagealloc's guards
	OOM_PAGE_UNACCEPTED, // of a confidential guest
	OOM_PAGE_HWPOISON,   // broken
	OOM_PAGE_CHARGED,    // the kernel's, charged to a cgroup: pipes …
	OOM_PAGE_UNOWNED,    // in use, and nothing in struct page says by whom: alloc_pages() of drivers
	OOM_PAGE_IDLE,	     // not in use, and on no list of free pages that could be read
	OOM_PAGE_RESERVED,   // never given to the allocator: kernel image, memory map, firmware, holes
	OOM_PAGE_NR_KINDS
};

enum { OOM_PAGE_ORDERS = 32, OOM_PAGE_TYPES = 12, OOM_CENSUS_NODES = 1024 };

/** struct pages that lie in a row. */
struct oom_memmap_run {
	uint64_t pfn, n; // frames
	uint64_t addr;	 // of the first struct page
};
OOM_LIST(oom_memmap_runs, struct oom_memmap_run);

/** Where what the kernel keeps of pages besides struct page (page_ext) would be for frame 0, by sections. */
struct oom_memmap_ext {
	uint64_t pfn, n; // frames
	uint64_t base;
};
OOM_LIST(oom_memmap_exts, struct oom_memmap_ext);

struct oom_memmap {
	struct oom_memmap_runs runs; // by pfn, without overlaps
	uint32_t size;		     // bytes of a struct page
	uint64_t pages;		     // in all runs
	struct oom_memmap_exts exts; // by pfn; none: this kernel keeps nothing else
	bool linear;		     // one virtual array (vmemmap): the address of frame 0's is the same for all runs
};

/** A field of struct page. */
struct oom_page_field {
	uint32_t at, size; // size 0: there is none
};

struct oom_page_type {
	uint32_t mask, value; // (page_type & mask) == value
	enum oom_page_kind kind;
};

struct oom_page_layout {
	struct oom_page_field flags, head, mapping, private, type, count, memcg, index, pool;
	struct oom_page_field order, dtor; // of a compound page, from the start of its head
	uint64_t order_mask;
	uint64_t dtor_mask, dtor_hugetlb; // (dtor & mask) == hugetlb; mask 0: huge pages have a type
	uint64_t reserved, lru, slab, compound, swapbacked, swapcache, hwpoison; // flags; 0: there is none
	struct oom_page_type types[OOM_PAGE_TYPES];
	size_t nr_types;
	uint64_t pool_magic;
	bool has_kmem_flag;  // memcg_data with MEMCG_DATA_KMEM; else struct page has mem_cgroup
	unsigned node_shift; // flags >> this is the node; 0: flags do not tell
};

/** Where struct page_owner is in an entry of page_ext, and its members in the entry. */
struct oom_owner_layout {
	uint32_t size; // of an entry; 0: owners are not noted, or cannot be read
	struct oom_page_field flags, order, gfp, handle, pid, comm;
	uint64_t allocated; // flags of a page that is in use and whose owner is noted
};

/** The pages of one stack. What differs between them is of the first one, and marked so. */
struct oom_owner {
	uint64_t handle; // the stack's number, not 0
	uint64_t pages, unowned;
	uint32_t order, gfp, pid;
	char comm[16];
	bool orders, gfps, pids, comms; // several
};

struct oom_owners {
	struct oom_map by_handle; // -> number in list
	OOM_LIST(oom_owner_list, struct oom_owner) list;
	uint64_t more;	     // pages of stacks beyond those
	uint64_t unreadable; // pages
	uint64_t pfn, n;     // frames whose entries are in buf
	uint8_t *buf;
};

struct oom_census_node {
	int64_t id;
	uint64_t pfn, n; // frames that it spans
};

struct oom_census_plan {
	struct oom_image *image; // of the thread that made it
	struct oom_memmap memmap;
	struct oom_page_layout page;
	struct oom_owner_layout owner;
	struct oom_map sets;   // pfn + 1 -> kind
	struct oom_map chunks; // addresses of per-CPU chunks
	struct oom_census_node nodes[OOM_CENSUS_NODES];
	size_t nr_nodes;
	bool pcp_known;
	uint64_t sample; // one unit of so many; 1: all
};

/** Where a count goes: a kind, and for two kinds an order as well. */
enum {
	OOM_CENSUS_FREE = OOM_PAGE_NR_KINDS,
	OOM_CENSUS_UNOWNED = OOM_CENSUS_FREE + OOM_PAGE_ORDERS,
	OOM_CENSUS_BUCKETS = OOM_CENSUS_UNOWNED + OOM_PAGE_ORDERS,
};

/** What a group is charged for, pages. */
struct oom_census_group {
	uint64_t key; // what memcg_data points to, OOM_CENSUS_OBJCG set if that is a struct obj_cgroup
	uint64_t anon, file, shmem, kernel;
};
OOM_LIST(oom_census_groups_walked, struct oom_census_group);
enum { OOM_CENSUS_OBJCG = 1 };

/** What one thread has counted. */
struct oom_census_count {
	uint64_t *pages, *squares; // [node][bucket]; sum over units of n and n²; the last node: unknown
	uint64_t units, looked_at, unreadable;
	struct oom_map by_key; // -> number in groups
	struct oom_census_groups_walked groups;
	struct oom_owners owners;
	struct oom_arena *arena;
};

/** Runs of struct pages into @p memmap; false, with a line in the missing list: they cannot be found. */
bool oom_memmap_find(struct oom_memmap *memmap, struct oom_image *image, struct oom_case *c, struct oom_arena *arena);
/** Frame of the struct page at @p addr; UINT64_MAX: none is there. */
uint64_t oom_memmap_pfn(const struct oom_memmap *memmap, uint64_t addr);
/** Address of the struct page of frame @p pfn; 0: it has none. */
uint64_t oom_memmap_addr(const struct oom_memmap *memmap, uint64_t pfn);

/** KiB that page_ext takes and no counter has; 0: this kernel keeps none; OOM_ABSENT. */
int64_t oom_page_ext_kb(struct oom_image *image);

/** False, with a line in the missing list: this kernel's struct page is not described. */
bool oom_page_layout_find(struct oom_page_layout *l, struct oom_image *image, struct oom_case *c);

/** Fills plan->sets and plan->chunks; what cannot be told is in the missing list. */
void oom_pagesets_find(struct oom_census_plan *plan, struct oom_case *c);

/** Fills plan->owner if owners are noted; what cannot be told is in the missing list. */
void oom_owners_find(struct oom_census_plan *plan, struct oom_case *c);
/** Adds the owners of the @p n pages of @p kind from @p pfn on; @p image and @p arena are the thread's own. */
void oom_owners_take(struct oom_owners *o, const struct oom_census_plan *plan, struct oom_image *image,
		     struct oom_arena *arena, enum oom_page_kind kind, uint64_t pfn, uint64_t n);
void oom_owners_sum(struct oom_owners *sum, struct oom_arena *arena, const struct oom_owners *part);
/** Facts: the largest stacks. @p scale: pages that there are for each that was looked at. */
void oom_owners_add(const struct oom_census_plan *plan, const struct oom_owners *o, double scale,
		    struct oom_census *census, struct oom_case *c);

enum { OOM_STACK_FRAMES = 64 };

/** The kernel's store of stacks. */
struct oom_depot {
	struct oom_image *image;
	uint64_t pools;			     // the array of pointers to pools
	struct oom_member index, offset;     // bit fields of a stack's number
	struct oom_member size, id, entries; // of struct stack_record
	bool from_one;			     // 0 is no pool: the first is 1
};
/** False: there is none, or it is not described. */
bool oom_depot_find(struct oom_depot *depot, struct oom_image *image);
/** Addresses of the stack @p handle, innermost first; returns how many, 0: it cannot be found. */
size_t oom_depot_stack(const struct oom_depot *depot, uint32_t handle, uint64_t ret[OOM_STACK_FRAMES]);

/**
 * One thread's walk over frames [@p pfn, @p end) of one run, which begin at a multiple of OOM_CENSUS_UNIT from its
 * start.
 * @p image is the thread's own.
 */
struct oom_census_walk;
struct oom_census_walk *oom_census_walk_new(const struct oom_census_plan *plan, struct oom_image *image);
void oom_census_walk_free(struct oom_census_walk *w);
void oom_census_walk_frames(struct oom_census_walk *w, const struct oom_memmap_run *run, uint64_t pfn, uint64_t end);
struct oom_census_count *oom_census_walk_count(struct oom_census_walk *w);

/** Facts from the sum of all counts. */
void oom_census_add(const struct oom_census_plan *plan, struct oom_census_count *sum, struct oom_case *c);
/** Name of a kind in case and report: "free", "anon" … */
const char *oom_page_kind_name(enum oom_page_kind kind);

enum { OOM_CENSUS_UNIT = 64 }; // frames in a unit of the sample

#endif
