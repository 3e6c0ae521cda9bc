// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Per-CPU data: which CPUs there are, where their areas lie, counters with a part on each.
 *
 * The CPUs are those of __cpu_present_mask: panic() takes CPUs out of the online mask as it stops them, so what
 * they counted last would be lost; a CPU that was taken offline in good order has handed its parts over.
 */
#include "kernel/walk.h"

#include <string.h>

enum {
	CPUS_MAX = 65536,
	SIDE_BY_SIDE = 256, // bytes that counters which belong together may span
};

/** The bitmap of the CPUs that are present, @p len bytes in @p arena; NULL. */
static uint8_t *present_mask(struct oom_image *image, struct oom_arena *arena, size_t *len)
{
	// Since 4.5 (5aec01b834fd) the masks are variables; before, bitmaps that are static in kernel/cpu.c.
	static const char *const names[] = {"__cpu_present_mask", "cpu_present_bits", "__cpu_possible_mask",
					    "cpu_possible_bits"};
	uint64_t addr = 0;
	enum oom_status status = OOM_ENOENT;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && status == OOM_ENOENT; i++)
		status = oom_symbol(image, names[i], &addr);
	size_t word = oom_image_info(image)->ptr_size;
	uint32_t size = 0;
	int64_t ids = oom_variable(image, "nr_cpu_ids", 4);
	// Without a type for cpumask: nr_cpu_ids bits, in whole longs. With CONFIG_FORCE_NR_CPUS there is no
	// nr_cpu_ids.
	if (ids > 0 && ids <= CPUS_MAX)
		size = (uint32_t)(((size_t)ids + word * 8 - 1) / (word * 8) * word);
	else if (oom_type_size(image, "cpumask", &size) != OOM_OK)
		return NULL;
	if (status != OOM_OK || !addr || !size || size > CPUS_MAX / 8)
		return NULL;
	uint8_t *bits = oom_alloc(arena, size);
	*len = size;
	return bits && oom_read(image, addr, bits, size) == OOM_OK ? bits : NULL;
}

/** A kernel for one CPU (CONFIG_SMP=n) has neither offsets nor parts: known by what its structures lack. */
static bool uniprocessor(struct oom_image *image)
{
	struct oom_member m;
	return oom_member(image, "percpu_counter", "count", &m) == OOM_OK &&
	       oom_member(image, "percpu_counter", "counters", &m) != OOM_OK &&
	       oom_built_without(image, "__per_cpu_offset");
}

/** Reads the offsets of the CPUs in @p bits. False: damage. */
static bool read_offsets(struct oom_percpu *pc, uint64_t table, const uint8_t *bits, size_t len,
			 struct oom_arena *arena)
{
	size_t word = oom_image_info(pc->image)->ptr_size, last = 0;
	for (size_t i = 0; i < len * 8; i++)
		if (oom_bitmap_test(pc->image, bits, len, i))
			last = i;
	uint8_t *raw = oom_alloc(arena, (last + 1) * word);
	pc->offset = oom_alloc(arena, (last + 1) * sizeof(*pc->offset));
	if (!raw || !pc->offset || oom_read(pc->image, table, raw, (last + 1) * word) != OOM_OK)
		return false;
	for (size_t i = 0; i <= last; i++)
		if (oom_bitmap_test(pc->image, bits, len, i))
			pc->offset[pc->n++] = oom_get_uint(pc->image, raw + i * word, word);
	return pc->n > 0;
}

bool oom_percpu_init(struct oom_percpu *pc, struct oom_image *image, struct oom_arena *arena)
{
	*pc = (struct oom_percpu){.image = image};
	if (!arena)
		return false;
	oom_member(image, "percpu_counter", "count", &pc->count);
	oom_member(image, "percpu_counter", "counters", &pc->counters);
	uint64_t table;
	size_t len;
	if (oom_symbol(image, "__per_cpu_offset", &table) == OOM_OK) {
		const uint8_t *bits = present_mask(image, arena, &len);
		if (bits && read_offsets(pc, table, bits, len, arena))
			return true;
		pc->n = 0;
		return false;
	}
	if (!uniprocessor(image))
		return false;
	pc->offset = oom_alloc(arena, sizeof(*pc->offset));
	pc->n = pc->offset ? 1 : 0;
	return pc->n;
}

uint64_t oom_percpu_addr(const struct oom_percpu *pc, uint64_t ptr, size_t i)
{
	uint64_t addr = ptr + pc->offset[i];
	return oom_image_info(pc->image)->ptr_size == 4 ? (uint32_t)addr : addr;
}

/** Parts of one CPU, each by itself. */
static bool add_each(const struct oom_percpu *pc, const uint64_t *ptrs, size_t n, size_t cpu, int64_t *sums)
{
	for (size_t k = 0; k < n; k++) {
		uint32_t part;
		if (!ptrs[k])
			continue;
		if (oom_read_u32(pc->image, oom_percpu_addr(pc, ptrs[k], cpu), &part) != OOM_OK)
			return false;
		sums[k] += (int32_t)part;
	}
	return true;
}

bool oom_percpu_sum(const struct oom_percpu *pc, const uint64_t *ptrs, size_t n, int64_t *sums)
{
	enum { COUNTERS_MAX = 16 };
	if (!pc->n || n > COUNTERS_MAX)
		return false;
	uint64_t low = UINT64_MAX, high = 0;
	for (size_t k = 0; k < n; k++) {
		low = ptrs[k] && ptrs[k] < low ? ptrs[k] : low;
		high = ptrs[k] > high ? ptrs[k] : high;
	}
	if (!high)
		return true;
	// The four of an mm are allocated together since 6.5 (c439d5e8a0c7): one read instead of four.
	bool together = high - low <= SIDE_BY_SIDE - 4;
	int64_t mine[COUNTERS_MAX] = {0};
	uint8_t buf[SIDE_BY_SIDE];
	for (size_t cpu = 0; cpu < pc->n; cpu++) {
		if (!together || oom_read(pc->image, oom_percpu_addr(pc, low, cpu), buf, high - low + 4) != OOM_OK) {
			if (!add_each(pc, ptrs, n, cpu, mine))
				return false;
			continue;
		}
		for (size_t k = 0; k < n; k++)
			if (ptrs[k])
				mine[k] += oom_get_int(pc->image, buf + (ptrs[k] - low), 4);
	}
	for (size_t k = 0; k < n; k++)
		sums[k] = (int64_t)((uint64_t)sums[k] + (uint64_t)mine[k]); // a damaged one may be any number
	return true;
}

int64_t oom_percpu_counter(const struct oom_percpu *pc, uint64_t addr)
{
	uint64_t count;
	if (!pc->count.known || oom_read_u64(pc->image, addr + pc->count.offset, &count) != OOM_OK)
		return OOM_ABSENT;
	int64_t sum = (int64_t)count;
	if (pc->counters.known) {
		uint64_t ptr = oom_deref(pc->image, addr + pc->counters.offset);
		if (!ptr || !oom_percpu_sum(pc, &ptr, 1, &sum))
			return OOM_ABSENT;
	}
	return sum > 0 ? sum : 0;
}

int64_t oom_percpu_variable(const struct oom_percpu *pc, const char *name, size_t size)
{
	uint64_t ptr;
	uint8_t buf[8];
	if (!size)
		size = oom_image_info(pc->image)->ptr_size;
	if (!pc->n || size > sizeof(buf) || oom_symbol(pc->image, name, &ptr) != OOM_OK)
		return OOM_ABSENT;
	int64_t sum = 0;
	for (size_t cpu = 0; cpu < pc->n; cpu++) {
		if (oom_read(pc->image, oom_percpu_addr(pc, ptr, cpu), buf, size) != OOM_OK)
			return OOM_ABSENT;
		sum = (int64_t)((uint64_t)sum + (uint64_t)oom_get_int(pc->image, buf, size));
	}
	return sum;
}
