// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * What the walkers share: tables of members, structures read in one piece, variables, per-CPU data, lists, a map.
 *
 * A walker names the members that it needs in a table of struct oom_want, resolves them once into a struct
 * oom_layout, and reads each structure through a struct oom_record:
 *
 *     enum { Z_NAME, Z_PRESENT, Z_NR };
 *     static const struct oom_want zone_wants[Z_NR] = { [Z_NAME] = {"zone", "name", NULL}, … };
 *
 *     struct oom_layout layout;   // offsets and sizes of this image, the span that covers them all
 *     oom_layout_find(&layout, image, zone_wants, Z_NR);
 *     struct oom_record zone;     // one structure: one read of the span, member by member where that fails
 *     oom_record_init(&zone, image, &layout, arena);
 *     if (oom_record_read(&zone, addr))
 *             present = oom_record_int(&zone, Z_PRESENT); // OOM_ABSENT: no such member, or not readable
 *
 * Memory comes from the arena that is passed in: a walker makes one for itself (OOM_TEMP_ARENA) and keeps in the
 * case's arena only what becomes a fact.
 */
#ifndef OOM_WALK_H
#define OOM_WALK_H

#include <oomortem/case.h>
#include <oomortem/image.h>

static inline void oom_temp_arena_free(struct oom_arena **arena)
{
	oom_arena_free(*arena);
}

/** An arena that is freed at the end of the block: `OOM_TEMP_ARENA struct oom_arena *arena = oom_arena_new();` */
#define OOM_TEMP_ARENA __attribute__((cleanup(oom_temp_arena_free)))

/* Structures (record.c). */

enum { OOM_LAYOUT_MAX = 32 }; // members in one layout

/** A member that a walker wants; @p alt is its path in other kernels, or NULL. */
struct oom_want {
	const char *type, *path, *alt;
};

/** The wanted members of one structure in this image. */
struct oom_layout {
	size_t n;
	struct oom_member m[OOM_LAYOUT_MAX];
	uint32_t at[OOM_LAYOUT_MAX]; // where member i is in a record's buffer, UINT32_MAX: it is not read
	uint32_t start;		     // the span in the structure that covers all members that are read
	uint32_t len;		     // bytes of the buffer; 0: nothing to read
	bool sparse;		     // members too far apart: read one by one, side by side in the buffer
};

/** One structure's wanted members. Index arguments below are those of the layout. */
struct oom_record {
	struct oom_image *image;
	const struct oom_layout *layout;
	uint64_t addr;	  // of the structure that was read last
	uint32_t present; // bit i: member i was read
	uint8_t *buf;	  // layout->len bytes; NULL without memory
};

/**
 * Resolves @p n (at most OOM_LAYOUT_MAX) members. Members of more than 4 KiB are never read, only their address is
 * told. Returns how many are known.
 */
size_t oom_layout_find(struct oom_layout *layout, struct oom_image *image, const struct oom_want *wants, size_t n);
/** The same with the types of a module; a NULL module is the kernel itself. */
size_t oom_layout_find_in(struct oom_layout *layout, struct oom_image *image, const struct oom_module *module,
			  const struct oom_want *wants, size_t n);
/** Prepares @p r; its buffer is in @p arena. False without memory. */
bool oom_record_init(struct oom_record *r, struct oom_image *image, const struct oom_layout *layout,
		     struct oom_arena *arena);
/** Reads the structure at @p addr. True if any member could be read. */
bool oom_record_read(struct oom_record *r, uint64_t addr);
bool oom_record_has(const struct oom_record *r, size_t i);
/** A number or bit field by its declared sign; OOM_ABSENT. Values beyond INT64_MAX wrap. */
int64_t oom_record_int(const struct oom_record *r, size_t i);
/** A number that the kernel keeps as signed in a wrapper (atomic_t, atomic_long_t, s64 …); OOM_ABSENT. */
int64_t oom_record_signed(const struct oom_record *r, size_t i);
/** Element @p k of an array of signed numbers or wrappers of one; OOM_ABSENT beyond its end too. */
int64_t oom_record_nth(const struct oom_record *r, size_t i, size_t k);
/** A pointer; 0 if it is NULL or unknown. */
uint64_t oom_record_ptr(const struct oom_record *r, size_t i);
/** The member's bytes in the buffer (layout->m[i].size of them), NULL if unknown. */
const uint8_t *oom_record_bytes(const struct oom_record *r, size_t i);
/** The address of the member inside the image, 0 if there is no such member. */
uint64_t oom_record_addr(const struct oom_record *r, size_t i);
/** A char array as text in @p arena, at most its size; NULL if unknown. */
const char *oom_record_text(const struct oom_record *r, size_t i, struct oom_arena *arena);
/** Tells a slim dump that is to be redacted what the words in a member are. */
void oom_record_words(const struct oom_record *r, size_t i, enum oom_words what);

/* Variables. */

/** An integer variable of @p size bytes (0: a long): sign-extended; OOM_ABSENT without symbol or memory. */
int64_t oom_variable(struct oom_image *image, const char *name, size_t size);
/** The pointer that the variable @p name holds; 0. */
uint64_t oom_variable_ptr(struct oom_image *image, const char *name);
/** A pointer in memory; 0 if it is NULL or cannot be read. */
uint64_t oom_deref(struct oom_image *image, uint64_t addr);
/** A NUL-terminated string of at most @p max bytes in @p arena; NULL. */
const char *oom_string_at(struct oom_image *image, uint64_t addr, size_t max, struct oom_arena *arena);
/** The same of words that a slim dump may have to redact. */
const char *oom_words_at(struct oom_image *image, uint64_t addr, size_t max, enum oom_words what,
			 struct oom_arena *arena);
/** Bit @p i of a bitmap of longs at @p bits, @p len bytes long; false beyond its end. */
bool oom_bitmap_test(const struct oom_image *image, const uint8_t *bits, size_t len, size_t i);
/** The enumerator's value, or @p otherwise. */
int64_t oom_enum_or(struct oom_image *image, const char *name, int64_t otherwise);

/** Pages to KiB; OOM_ABSENT stays, negative becomes 0, more than any machine has is OOM_ABSENT. */
int64_t oom_pages_kb(const struct oom_image *image, int64_t pages);
/** @p a + @p b where both are known; else the known one; else OOM_ABSENT. Overflow is OOM_ABSENT. */
int64_t oom_plus(int64_t a, int64_t b);

/* Per-CPU data (percpu.c). */

/** The CPUs whose per-CPU areas can hold something: all that are present. */
struct oom_percpu {
	struct oom_image *image;
	uint64_t *offset;		   // n of them
	size_t n;			   // 0: not known
	struct oom_member count, counters; // of struct percpu_counter
};

/** Fills @p pc from the image; memory is in @p arena. False (and n 0) if the CPUs cannot be told. */
bool oom_percpu_init(struct oom_percpu *pc, struct oom_image *image, struct oom_arena *arena);
/** Address of CPU number @p i of pc's own @p ptr (a __percpu pointer, or the address of a per-CPU symbol). */
uint64_t oom_percpu_addr(const struct oom_percpu *pc, uint64_t ptr, size_t i);
/**
 * Sums of @p n s32 per-CPU counters; those allocated side by side cost one read a CPU.
 * @param[in] ptrs __percpu pointers; a NULL one counts as 0
 * @param[in,out] sums the sums are added to these
 * @return false if one part could not be read; sums is then unchanged
 */
bool oom_percpu_sum(const struct oom_percpu *pc, const uint64_t *ptrs, size_t n, int64_t *sums);
/** A struct percpu_counter at @p addr with its per-CPU parts, at least 0; OOM_ABSENT. */
int64_t oom_percpu_counter(const struct oom_percpu *pc, uint64_t addr);
/** Sum of a per-CPU variable of @p size bytes; OOM_ABSENT. */
int64_t oom_percpu_variable(const struct oom_percpu *pc, const char *name, size_t size);

/* Lists, trees (list.c). */

/** Entries of the list whose head is at @p head, if they are at most @p max; OOM_ABSENT: more, broken, unreadable. */
int64_t oom_list_count(struct oom_image *image, uint64_t head, int64_t max);
/**
 * Each entry (address of the list_head in it) of the list whose head is at @p head.
 * @param[in] each returns false to stop
 * @param[in] max entries to visit at most
 * @return true if the list's end was reached or @p each stopped; false: broken, unreadable, a cycle (some entries of it
 * were then visited more than once), or longer
 */
bool oom_list_each(struct oom_image *image, uint64_t head, size_t max, bool (*each)(void *arg, uint64_t entry),
		   void *arg);
/** The same for a hlist: @p head is the address of the hlist_head. */
bool oom_hlist_each(struct oom_image *image, uint64_t head, size_t max, bool (*each)(void *arg, uint64_t entry),
		    void *arg);
/** Each node (address of the rb_node) of the red-black tree whose rb_root is at @p root, in no order. */
bool oom_rbtree_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t node),
		     void *arg);
/**
 * Each entry of an xarray (4.20+) or radix tree (before) whose root entry is @p root.
 * @param[in] each gets the entry, returns false to stop
 * @param[in] max  tree nodes to visit at most
 * @return false if a part of the tree could not be read, or it has more nodes
 */
bool oom_xarray_each(struct oom_image *image, uint64_t root, size_t max, bool (*each)(void *arg, uint64_t entry),
		     void *arg);

/* A map from addresses to numbers (map.c). */

struct oom_map_slot {
	uint64_t key, value; // key 0: empty
};

struct oom_map {
	struct oom_map_slot *slots; // size of them, n used
	size_t size, n;
};

static inline void oom_map_cleanup(struct oom_map *map);
/** `OOM_MAP struct oom_map map = {0};` is empty, and freed at the end of the block. */
#define OOM_MAP __attribute__((cleanup(oom_map_cleanup)))

/** The value of @p key, or NULL. */
uint64_t *oom_map_get(const struct oom_map *map, uint64_t key);
/** Adds @p key (not 0) with @p value unless it is there. True if it was added; false: it was there, or no memory. */
bool oom_map_add(struct oom_map *map, uint64_t key, uint64_t value);
void oom_map_free(struct oom_map *map);

static inline void oom_map_cleanup(struct oom_map *map)
{
	oom_map_free(map);
}

/* What one walker needs of another. */

/** Size of all hugetlb pools in KiB; 0 on a kernel without; OOM_ABSENT (hugetlb.c). */
int64_t oom_hugetlb_total_kb(struct oom_image *image);
/**
 * Count of the event @p more since boot ("BALLOON_INFLATE") less that of @p less, as of all CPUs; OOM_ABSENT: this
 * kernel does not count them, or they cannot be read (activity.c).
 */
int64_t oom_event_balance(struct oom_image *image, const char *more, const char *less);
/** Pages in the swap cache by the swap address spaces, before NR_SWAPCACHE (5.12); OOM_ABSENT (swap.c). */
int64_t oom_swapcache_pages(struct oom_image *image);
/** Is there a reason to believe that the kernel was built without @p symbol? True: other variables are found. */
bool oom_built_without(struct oom_image *image, const char *symbol);
/** The same of a module that has @p symbol: is it neither loaded nor built in? */
bool oom_runs_without(struct oom_image *image, const char *module, const char *symbol);
/** Puts "/" and @p part before what is in @p buf from *@p at on, and moves *@p at. False: no room, or an empty part. */
bool oom_path_prepend(char *buf, size_t *at, const char *part);
/** Path of the file at @p file (struct file) as d_path() of the init namespace; NULL (path.c). */
const char *oom_file_path(struct oom_image *image, uint64_t file, struct oom_arena *arena);
/** Path of @p dentry (struct dentry) as seen from @p mount (struct mount) up to the root of its namespace; NULL. */
const char *oom_path_in(struct oom_image *image, uint64_t mount, uint64_t dentry, struct oom_arena *arena);

/** The state at the crash, made at the first use; NULL without memory. */
struct oom_state *oom_case_state(struct oom_case *c);

#endif
