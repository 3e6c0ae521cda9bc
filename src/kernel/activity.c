// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * How hard the kernel worked for memory: events counted since boot, pressure stall information, victims of the OOM
 * killer that were still dying. Source: include/linux/vm_event_item.h, mm/vmstat.c (sum_vm_events()),
 * include/linux/psi_types.h, kernel/sched/psi.c (psi_show()), mm/oom_kill.c.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <stdlib.h>
#include <string.h>

/** An event, and where its count goes; several add up: allocation stalls are counted by zone since 4.10. */
static const struct {
	const char *name;
	size_t offset; // in struct oom_activity
} events[] = {
	{"ALLOCSTALL", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_DMA", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_DMA32", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_NORMAL", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_HIGH", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_MOVABLE", offsetof(struct oom_activity, allocstall)},
	{"ALLOCSTALL_DEVICE", offsetof(struct oom_activity, allocstall)},
	{"PGSCAN_KSWAPD", offsetof(struct oom_activity, pgscan_kswapd)},
	{"PGSCAN_DIRECT", offsetof(struct oom_activity, pgscan_direct)},
	{"PGSTEAL_KSWAPD", offsetof(struct oom_activity, pgsteal_kswapd)},
	{"PGSTEAL_DIRECT", offsetof(struct oom_activity, pgsteal_direct)},
	{"COMPACTSTALL", offsetof(struct oom_activity, compact_stall)},
	{"COMPACTFAIL", offsetof(struct oom_activity, compact_fail)},
	{"COMPACTSUCCESS", offsetof(struct oom_activity, compact_success)},
	{"PSWPIN", offsetof(struct oom_activity, pswpin)},
	{"PSWPOUT", offsetof(struct oom_activity, pswpout)},
	{"PGMAJFAULT", offsetof(struct oom_activity, pgmajfault)},
	{"OOM_KILL", offsetof(struct oom_activity, oom_kill)}, // 4.13
	{"DROP_PAGECACHE", offsetof(struct oom_activity, drop_pagecache)},
};

/** States of psi_group.avg[] and total[], and where their first average and their total go. */
static const struct {
	const char *name;
	size_t avg, total;
} pressures[] = {
	{"PSI_MEM_SOME", offsetof(struct oom_activity, memory_some_avg10_ppm),
	 offsetof(struct oom_activity, memory_some_us)},
	{"PSI_MEM_FULL", offsetof(struct oom_activity, memory_full_avg10_ppm),
	 offsetof(struct oom_activity, memory_full_us)},
	{"PSI_IO_SOME", offsetof(struct oom_activity, io_some_avg10_ppm), offsetof(struct oom_activity, io_some_us)},
	{"PSI_IO_FULL", offsetof(struct oom_activity, io_full_avg10_ppm), offsetof(struct oom_activity, io_full_us)},
};

enum { EVENTS_MAX = 1024, WINDOWS = 3, FIXED_1 = 1 << 11 /* include/linux/sched/loadavg.h */ };

static int64_t *field(struct oom_activity *a, size_t offset)
{
	return (int64_t *)((char *)a + offset);
}

/** The sum over all CPUs of each event. A count since boot is of no use in parts: all or nothing. */
static bool sum_events(struct oom_image *image, const struct oom_percpu *percpu, uint64_t *sums, size_t n)
{
	size_t word = oom_image_info(image)->ptr_size;
	uint8_t buf[EVENTS_MAX * 8];
	uint64_t ptr;
	if (!percpu->n || oom_symbol(image, "vm_event_states", &ptr) != OOM_OK)
		return false;
	for (size_t cpu = 0; cpu < percpu->n; cpu++) {
		if (oom_read(image, oom_percpu_addr(percpu, ptr, cpu), buf, n * word) != OOM_OK)
			return false;
		// Counts of a CPU may wrap, their sum as unsigned long is what counts (sum_vm_events()).
		for (size_t i = 0; i < n; i++)
			sums[i] += oom_get_uint(image, buf + i * word, word);
	}
	return true;
}

int64_t oom_event_balance(struct oom_image *image, const char *more, const char *less)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_percpu percpu;
	struct oom_member event;
	int64_t plus, minus;
	uint64_t sums[EVENTS_MAX] = {0};
	if (!temp || oom_enumerator(image, more, &plus) != OOM_OK || oom_enumerator(image, less, &minus) != OOM_OK ||
	    oom_member(image, "vm_event_state", "event", &event) != OOM_OK || event.count > EVENTS_MAX || plus < 0 ||
	    plus >= event.count || minus < 0 || minus >= event.count || !oom_percpu_init(&percpu, image, temp) ||
	    !sum_events(image, &percpu, sums, event.count))
		return OOM_ABSENT;
	uint64_t mask = oom_image_info(image)->ptr_size == 4 ? UINT32_MAX : UINT64_MAX;
	int64_t balance = (int64_t)((sums[plus] - sums[minus]) & mask);
	return balance < 0 ? OOM_ABSENT : balance;
}

/** Index of each event in an enum of the kernel, -1: it is not in that one. */
struct indexes {
	int64_t at[sizeof(events) / sizeof(events[0])];
};

static bool take_name(void *arg, const char *name, int64_t value)
{
	struct indexes *ret = arg;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].name, name) == 0)
			ret->at[i] = value;
	return true;
}

static void find_indexes(struct oom_image *image, const char *type, struct indexes *ret)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		ret->at[i] = -1;
	oom_enum_each(image, type, take_name, ret);
}

/**
 * What became a statistic of nodes, as pages that reclaim looked at and took back did in 7.x: the global counters. What
 * the CPUs hold back of them, some hundred pages each at most, is left out.
 */
static void read_node_stats(struct oom_image *image, struct oom_activity *a)
{
	size_t word = oom_image_info(image)->ptr_size;
	struct indexes index;
	uint64_t stats;
	if (oom_symbol(image, "vm_node_stat", &stats) != OOM_OK)
		return;
	find_indexes(image, "node_stat_item", &index);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		uint64_t count;
		if (index.at[i] >= 0 && index.at[i] < EVENTS_MAX &&
		    oom_read_ulong(image, stats + (uint64_t)index.at[i] * word, &count) == OOM_OK && count <= INT64_MAX)
			*field(a, events[i].offset) = oom_plus(*field(a, events[i].offset), (int64_t)count);
	}
}

static void read_events(struct oom_image *image, struct oom_case *c, struct oom_activity *a)
{
	struct indexes index;
	find_indexes(image, "vm_event_item", &index);
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_percpu percpu;
	struct oom_member event;
	uint64_t sums[EVENTS_MAX] = {0};
	if (!temp || oom_member(image, "vm_event_state", "event", &event) != OOM_OK || !event.count ||
	    event.count > EVENTS_MAX)
		return;
	if (!oom_percpu_init(&percpu, image, temp) || !sum_events(image, &percpu, sums, event.count)) {
		oom_case_missing(c, "reclaim and compaction counters: vm_event_states could not be read");
		return;
	}
	uint64_t mask = oom_image_info(image)->ptr_size == 4 ? UINT32_MAX : UINT64_MAX;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		int64_t at = index.at[i], *to = field(a, events[i].offset);
		if (at < 0 || at >= event.count)
			continue;
		int64_t count = (int64_t)(sums[at] & mask);
		*to = oom_plus(*to, count < 0 ? OOM_ABSENT : count);
	}
}

/** @p group: the struct psi_group of the whole machine. Since 4.20. */
static void read_pressure(struct oom_image *image, struct oom_activity *a, uint64_t group)
{
	struct oom_member avg, total;
	uint8_t buf[1024];
	if (oom_member(image, "psi_group", "avg", &avg) != OOM_OK ||
	    oom_member(image, "psi_group", "total", &total) != OOM_OK || avg.size > sizeof(buf) ||
	    total.size > sizeof(buf))
		return;
	size_t word = oom_image_info(image)->ptr_size, states = avg.size / (WINDOWS * word);
	if (oom_read(image, group + total.offset, buf, total.size) != OOM_OK)
		return;
	// On any machine some task has waited for a CPU.
	uint64_t all = 0;
	for (size_t at = 0; at + 8 <= total.size; at += 8)
		all |= oom_get_uint(image, buf + at, 8);
	for (size_t i = 0; i < sizeof(pressures) / sizeof(pressures[0]); i++) {
		// total[PSI_AVGS][state]: the averages' own aggregator is the first.
		int64_t at = oom_enum_or(image, pressures[i].name, -1);
		uint64_t ns = at >= 0 && (size_t)at < states ? oom_get_uint(image, buf + (size_t)at * 8, 8) : 0;
		if (at >= 0 && (size_t)at < states && ns / 1000 <= INT64_MAX)
			*field(a, pressures[i].total) = (int64_t)(ns / 1000);
	}
	if (!all) { // switched off: psi=0, CONFIG_PSI_DEFAULT_DISABLED
		for (size_t i = 0; i < sizeof(pressures) / sizeof(pressures[0]); i++)
			*field(a, pressures[i].total) = OOM_ABSENT;
		return;
	}
	if (oom_read(image, group + avg.offset, buf, avg.size) != OOM_OK)
		return;
	for (size_t i = 0; i < sizeof(pressures) / sizeof(pressures[0]); i++) {
		int64_t at = oom_enum_or(image, pressures[i].name, -1);
		for (size_t k = 0; at >= 0 && (size_t)at < states && k < WINDOWS; k++) {
			uint64_t value = oom_get_uint(image, buf + ((size_t)at * WINDOWS + k) * word, word);
			// Fixed point of per cent (LOAD_INT() of it): 100.00 is the most there is.
			if (value <= 100 * FIXED_1)
				field(a, pressures[i].avg)[k] = (int64_t)(value * 10000 / FIXED_1);
		}
	}
}

void oom_walk_activity(struct oom_image *image, struct oom_case *c)
{
	struct oom_state *state = oom_case_state(c);
	uint64_t psi;
	if (!state)
		return;
	struct oom_activity *a = &state->activity;
	read_events(image, c, a);
	read_node_stats(image, a);
	if (oom_symbol(image, "psi_system", &psi) == OOM_OK)
		read_pressure(image, a, psi);
	// Victims that have not exited: a static atomic_t since 3.17.
	a->dying_victims = oom_variable(image, "oom_victims", 4);
	if (oom_known(a->dying_victims) && a->dying_victims < 0)
		a->dying_victims = OOM_ABSENT;
	uint64_t queue;
	// The list of what the reaper has still to do (4.6, 36324a990cf5).
	if (oom_symbol(image, "oom_reaper_list", &queue) == OOM_OK && oom_read_ulong(image, queue, &queue) == OOM_OK)
		a->reaper_busy = queue ? OOM_YES : OOM_NO;
}
