// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Address spaces: resident pages by kind, swap, page tables, command line. Source: include/linux/mm_types.h,
 * include/linux/mm.h (get_mm_counter()), mm/oom_kill.c.
 *
 *   before 6.2   mm.rss_stat.count[] atomic, and up to 64 events a thread in task_struct.rss_stat.count[]
 *   6.2          mm.rss_stat[] of struct percpu_counter (f1a7941243c1)
 *
 * The OOM killer does not read these exactly. Before 6.2 it leaves out what the threads hold; since 6.2 what the CPUs
 * hold (percpu_counter_read_positive()); since get_mm_rss_sum() (2026, 7.0 and stable kernels) it sums up. That
 * function is inline and leaves no name: it is told by a call of __percpu_counter_sum() in the code of oom_badness().
 */
#include "kernel/tasks.h"

#include <stdlib.h>
#include <string.h>

enum {
	M_PGD,
	M_PGTABLES,
	M_PTES,
	M_PMDS,
	M_TOTAL_VM,
	M_LOCKED_VM,
	M_HUGETLB,
	M_FLAGS,
	M_ARG_START,
	M_ARG_END,
	M_RSS,
	M_RSS_COUNT,
	M_NR
};
static const struct oom_want wants[M_NR] = {
	[M_PGD] = {"mm_struct", "pgd", NULL},
	[M_PGTABLES] = {"mm_struct", "pgtables_bytes", NULL}, // 4.15 (af5b0f6a09e4), in place of:
	[M_PTES] = {"mm_struct", "nr_ptes", NULL},
	[M_PMDS] = {"mm_struct", "nr_pmds", NULL}, // 4.0
	[M_TOTAL_VM] = {"mm_struct", "total_vm", NULL},
	[M_LOCKED_VM] = {"mm_struct", "locked_vm", NULL},
	[M_HUGETLB] = {"mm_struct", "hugetlb_usage", NULL}, // 4.4 (5d317b2b6536)
	[M_FLAGS] = {"mm_struct", "flags", NULL},	    // a long; since 6.18 a bitmap of longs
	[M_ARG_START] = {"mm_struct", "arg_start", NULL},
	[M_ARG_END] = {"mm_struct", "arg_end", NULL},
	[M_RSS] = {"mm_struct", "rss_stat", NULL},
	[M_RSS_COUNT] = {"mm_struct", "rss_stat.count", NULL},
};

enum {
	// include/linux/sched/coredump.h, since 6.18 mm_types.h: a macro, 21 in every kernel that has it (4.7 as
	// MMF_OOM_REAPED, 4.9); no other flag used this bit before.
	MMF_OOM_SKIP = 21,
	CMDLINE_MAX = 4096,
	CODE_MAX = 1024, // bytes of oom_badness() that are searched
};

struct oom_mms {
	struct oom_image *image;
	const struct oom_percpu *percpu;
	struct oom_layout layout;
	struct oom_record record;
	int64_t index[RSS_NR]; // of each kind in the kernel's arrays, -1: this kernel has it not
	bool percpu_rss;       // struct percpu_counter for each kind
	oom_tri exact_reading; // the OOM killer sums up; OOM_MAYBE: only where both readings agree it is known
	struct oom_map map;    // address -> index in v
	struct oom_mm *v;
	size_t n, cap;
};

/** Does the x86-64 instruction @p code, which is at @p addr, call @p target? */
static bool calls_x86(const struct oom_image *image, const uint8_t *code, uint64_t addr, uint64_t target)
{
	// call, jmp (a tail call): 32-bit distance from the next instruction
	return (code[0] == 0xe8 || code[0] == 0xe9) && addr + 5 + (uint64_t)oom_get_int(image, code + 1, 4) == target;
}

static bool calls_arm64(const struct oom_image *image, const uint8_t *code, uint64_t addr, uint64_t target)
{
	uint64_t word = oom_get_uint(image, code, 4);
	if (addr % 4 || (word & 0x7c000000) != 0x14000000) // B, BL: 26 bits of signed distance in words
		return false;
	int64_t distance = (int64_t)(word << 38) >> 36;
	return addr + (uint64_t)distance == target;
}

/** Does oom_badness() call __percpu_counter_sum()? OOM_MAYBE: not an architecture whose code we know, or no code. */
static oom_tri badness_sums(struct oom_image *image)
{
	const char *arch = oom_image_info(image)->arch;
	bool x86 = arch && !strcmp(arch, "x86_64");
	uint64_t badness, sum, distance;
	uint8_t code[CODE_MAX + 8] = {0};
	if ((!x86 && (!arch || strcmp(arch, "aarch64") != 0)) || oom_image_info(image)->big_endian ||
	    oom_symbol(image, "oom_badness", &badness) != OOM_OK ||
	    oom_symbol(image, "__percpu_counter_sum", &sum) != OOM_OK)
		return OOM_MAYBE;
	// The function may end just before a page that is not in the dump.
	size_t len = CODE_MAX;
	while (len >= 64 && oom_read(image, badness, code, len) != OOM_OK)
		len /= 2;
	if (len < 64)
		return OOM_MAYBE;
	for (size_t i = 0; i < len; i++) {
		if (!(x86 ? calls_x86 : calls_arm64)(image, code + i, badness + i, sum))
			continue;
		// In the next function it would not count; where no symbol tells, that one is of the same file.
		if (!oom_symbol_at(image, badness + i, &distance) || distance == i)
			return OOM_YES;
	}
	return OOM_NO;
}

struct oom_mms *oom_mms_new(struct oom_image *image, const struct oom_percpu *percpu, struct oom_arena *arena)
{
	struct oom_mms *mms = oom_alloc(arena, sizeof(*mms));
	if (!mms)
		return NULL;
	mms->image = image;
	mms->percpu = percpu;
	oom_layout_find(&mms->layout, image, wants, M_NR);
	if (!oom_record_init(&mms->record, image, &mms->layout, arena))
		return NULL;
	static const char *const names[RSS_NR] = {
		[RSS_FILE] = "MM_FILEPAGES",
		[RSS_ANON] = "MM_ANONPAGES",
		[RSS_SWAP] = "MM_SWAPENTS",
		[RSS_SHMEM] = "MM_SHMEMPAGES", // 4.5 (eca56ff906bd); counted as file before
	};
	for (size_t i = 0; i < RSS_NR; i++)
		mms->index[i] = oom_enum_or(image, names[i], -1);
	mms->percpu_rss = mms->layout.m[M_RSS].known && !mms->layout.m[M_RSS_COUNT].known;
	mms->exact_reading = mms->percpu_rss ? badness_sums(image) : OOM_NO;
	return mms;
}

void oom_mms_free(struct oom_mms *mms)
{
	if (!mms)
		return;
	oom_map_free(&mms->map);
	free(mms->v);
}

static int64_t positive(int64_t n)
{
	return n > 0 ? n : 0;
}

/** Kernels before 6.2: atomics; what the threads hold is added later. */
static void read_counts(struct oom_mms *mms, struct oom_mm *mm)
{
	for (size_t i = 0; i < RSS_NR; i++) {
		int64_t n = mms->index[i] < 0 ? OOM_ABSENT
					      : oom_record_nth(&mms->record, M_RSS_COUNT, (size_t)mms->index[i]);
		mm->exact[i] = n;
		mm->kernel[i] = oom_known(n) ? positive(n) : OOM_ABSENT;
	}
}

/** Kernels since 6.2: per-CPU counters. */
static void read_percpu_counts(struct oom_mms *mms, struct oom_mm *mm)
{
	const struct oom_member *rss = &mms->layout.m[M_RSS];
	const struct oom_percpu *percpu = mms->percpu;
	const uint8_t *bytes = oom_record_bytes(&mms->record, M_RSS);
	size_t size = rss->elem_size, word = oom_image_info(mms->image)->ptr_size;
	uint64_t ptrs[RSS_NR] = {0};
	int64_t sums[RSS_NR] = {0};
	bool counters = percpu->counters.known;
	if (!bytes || !rss->count || !percpu->count.known || percpu->count.offset + 8 > size ||
	    (counters && percpu->counters.offset + word > size))
		return;
	for (size_t i = 0; i < RSS_NR; i++) {
		if (mms->index[i] < 0 || mms->index[i] >= rss->count)
			continue;
		const uint8_t *counter = bytes + (size_t)mms->index[i] * size;
		sums[i] = oom_get_int(mms->image, counter + percpu->count.offset, 8);
		mm->kernel[i] = positive(sums[i]);
		if (counters)
			ptrs[i] = oom_get_uint(mms->image, counter + percpu->counters.offset, word);
	}
	mm->parts = !counters || oom_percpu_sum(percpu, ptrs, RSS_NR, sums);
	for (size_t i = 0; i < RSS_NR; i++) {
		if (!oom_known(mm->kernel[i]))
			continue;
		mm->exact[i] = sums[i];
		if (mms->exact_reading == OOM_YES)
			mm->kernel[i] = positive(sums[i]);
		else if (mms->exact_reading == OOM_MAYBE && (!mm->parts || mm->kernel[i] != positive(sums[i])))
			mm->kernel[i] = OOM_ABSENT;
	}
}

static void read_page_tables(struct oom_mms *mms, struct oom_mm *mm)
{
	int64_t bytes = oom_record_signed(&mms->record, M_PGTABLES), pmds = oom_record_signed(&mms->record, M_PMDS);
	mm->nr_ptes = oom_record_signed(&mms->record, M_PTES);
	if (oom_known(bytes))
		mm->pgtables_kb = positive(bytes) / 1024;
	else if (oom_known(mm->nr_ptes))
		mm->pgtables_kb = oom_pages_kb(mms->image, oom_plus(mm->nr_ptes, pmds));
}

static void read_mm(struct oom_mms *mms, struct oom_mm *mm, uint64_t addr)
{
	*mm = (struct oom_mm){.addr = addr,
			      .pgtables_kb = OOM_ABSENT,
			      .nr_ptes = OOM_ABSENT,
			      .total_vm = OOM_ABSENT,
			      .locked_vm = OOM_ABSENT,
			      .hugetlb = OOM_ABSENT,
			      .oom_skip = OOM_MAYBE,
			      .parts = true};
	for (size_t i = 0; i < RSS_NR; i++)
		mm->exact[i] = mm->kernel[i] = OOM_ABSENT;
	mm->ok = oom_record_read(&mms->record, addr);
	if (!mm->ok)
		return;
	if (mms->percpu_rss)
		read_percpu_counts(mms, mm);
	else
		read_counts(mms, mm);
	read_page_tables(mms, mm);
	mm->total_vm = oom_record_int(&mms->record, M_TOTAL_VM);
	mm->locked_vm = oom_record_int(&mms->record, M_LOCKED_VM);
	mm->hugetlb = oom_record_signed(&mms->record, M_HUGETLB);
	int64_t flags = oom_record_nth(&mms->record, M_FLAGS, 0);
	if (oom_known(flags))
		mm->oom_skip = flags >> MMF_OOM_SKIP & 1 ? OOM_YES : OOM_NO;
	mm->pgd = oom_record_ptr(&mms->record, M_PGD);
	mm->arg_start = oom_record_ptr(&mms->record, M_ARG_START);
	mm->arg_end = oom_record_ptr(&mms->record, M_ARG_END);
}

struct oom_mm *oom_mms_get(struct oom_mms *mms, uint64_t addr)
{
	const uint64_t *known = oom_map_get(&mms->map, addr);
	if (known)
		return &mms->v[*known];
	if (mms->n == mms->cap) {
		size_t cap = mms->cap ? mms->cap * 2 : 64;
		struct oom_mm *more = cap <= SIZE_MAX / sizeof(*more) ? realloc(mms->v, cap * sizeof(*more)) : NULL;
		if (!more)
			return NULL;
		mms->v = more;
		mms->cap = cap;
	}
	if (!oom_map_add(&mms->map, addr, mms->n))
		return NULL;
	read_mm(mms, &mms->v[mms->n], addr);
	return &mms->v[mms->n++];
}

bool oom_mms_thread_parts(const struct oom_mms *mms)
{
	return !mms->percpu_rss;
}

void oom_mms_add_part(struct oom_mms *mms, uint64_t addr, const struct oom_record *task, size_t rss)
{
	struct oom_mm *mm = oom_mms_get(mms, addr);
	// Without SPLIT_RSS_COUNTING (few CPUs configured, or 6.2) threads hold nothing.
	if (!mm || !task->layout->m[rss].known)
		return;
	for (size_t i = 0; i < RSS_NR; i++) {
		int64_t part = mms->index[i] < 0 ? OOM_ABSENT : oom_record_nth(task, rss, (size_t)mms->index[i]);
		if (oom_known(part) && oom_known(mm->exact[i]))
			mm->exact[i] = oom_plus(mm->exact[i], part);
	}
	mm->parts = mm->parts && oom_record_has(task, rss);
}

void oom_mms_part_lost(struct oom_mms *mms, uint64_t addr)
{
	struct oom_mm *mm = oom_mms_get(mms, addr);
	if (mm)
		mm->parts = false;
}

const char *oom_mm_cmdline(struct oom_image *image, const struct oom_mm *mm, struct oom_arena *arena)
{
	char buf[CMDLINE_MAX];
	uint64_t page = oom_image_info(image)->page_size, end = mm->arg_end;
	size_t len = 0;
	if (!mm->pgd || !mm->arg_start || end <= mm->arg_start)
		return NULL;
	if (end - mm->arg_start > sizeof(buf))
		end = mm->arg_start + sizeof(buf);
	// User memory must not end up in a slim dump.
	bool tracked = oom_image_track(image, false);
	for (uint64_t at = mm->arg_start; at < end;) {
		uint64_t n = page - at % page;
		n = n < end - at ? n : end - at;
		if (oom_read_user(image, mm->pgd, at, buf + len, n) != OOM_OK)
			break;
		len += n;
		at += n;
	}
	oom_image_track(image, tracked);
	while (len && !buf[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (!buf[i])
			buf[i] = ' ';
	return len ? oom_strndup(arena, buf, len) : NULL;
}
