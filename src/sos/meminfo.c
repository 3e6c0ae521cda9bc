// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Memory of the machine at collection: /proc/meminfo, swaps, vmstat, huge pages. Source: proc(5). */
#include "sos/internal.h"

struct row {
	const char *name;
	size_t memory, counter; // offset behind one, 0: none
};

#define M(member) (offsetof(struct oom_memory, member) + 1)
#define C(member) (offsetof(struct oom_counters, member) + 1)
static const struct row rows[] = {
	{"MemTotal", M(total_kb), 0},
	{"MemFree", M(free_kb), 0},
	{"MemAvailable", M(available_kb), 0},
	{"SwapCached", M(swap_cached_kb), C(swap_cached_kb)},
	{"Active(anon)", 0, C(active_anon_kb)},
	{"Inactive(anon)", 0, C(inactive_anon_kb)},
	{"Active(file)", 0, C(active_file_kb)},
	{"Inactive(file)", 0, C(inactive_file_kb)},
	{"Unevictable", M(unevictable_kb), C(unevictable_kb)},
	{"Mlocked", M(mlocked_kb), C(mlocked_kb)},
	{"SwapTotal", M(swap_total_kb), 0},
	{"SwapFree", M(swap_free_kb), 0},
	{"Dirty", M(dirty_kb), C(dirty_kb)},
	{"Writeback", M(writeback_kb), C(writeback_kb)},
	{"AnonPages", M(anon_kb), C(anon_kb)},
	{"Mapped", M(mapped_kb), C(mapped_kb)},
	{"Shmem", M(shmem_kb), C(shmem_kb)},
	{"SReclaimable", M(slab_reclaimable_kb), C(slab_reclaimable_kb)},
	{"SUnreclaim", M(slab_unreclaimable_kb), C(slab_unreclaimable_kb)},
	{"KernelStack", M(kernel_stack_kb), C(kernel_stack_kb)},
	{"PageTables", M(page_tables_kb), C(page_tables_kb)},
	{"SecPageTables", M(sec_page_tables_kb), C(sec_page_tables_kb)},
	{"NFS_Unstable", 0, C(unstable_kb)},
	{"Bounce", 0, C(bounce_kb)},
	{"WritebackTmp", 0, C(writeback_tmp_kb)},
	{"CommitLimit", M(commit_limit_kb), 0},
	{"Committed_AS", M(committed_kb), 0},
	{"Percpu", M(percpu_kb), 0},
	{"HardwareCorrupted", M(hwpoison_kb), 0},
	{"HighTotal", M(highmem_kb), 0}, // kernels with CONFIG_HIGHMEM only; managed pages
	{"AnonHugePages", M(anon_thp_kb), C(anon_thp_kb)},
	{"CmaTotal", M(cma_kb), 0},
	{"CmaFree", 0, C(free_cma_kb)},
	{"Unaccepted", M(unaccepted_kb), 0},
	{"Balloon", M(balloon_kb), C(balloon_kb)},
	{"Hugetlb", M(hugetlb_kb), 0}, // 4.18: pools of all sizes
};

/** The values that the sheet makes of several lines. */
struct sums {
	int64_t cached, buffers;
};

static void take_line(struct oom_state *state, struct sums *sums, struct cur line)
{
	const char *colon = memchr(line.p, ':', cur_left(&line));
	int64_t value;
	if (!colon)
		return;
	struct cur name = {line.p, colon}, rest = {colon + 1, line.end};
	scan_blanks(&rest);
	if (!scan_digits(&rest, &value))
		return;
	if (cur_is(&name, "Cached"))
		sums->cached = value;
	else if (cur_is(&name, "Buffers"))
		sums->buffers = value;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!cur_is(&name, rows[i].name))
			continue;
		if (rows[i].memory)
			memcpy((char *)&state->memory + rows[i].memory - 1, &value, sizeof(value));
		if (rows[i].counter)
			memcpy((char *)&state->counters + rows[i].counter - 1, &value, sizeof(value));
	}
}

void sos_meminfo(struct sos *s, const char *path, struct cur text)
{
	struct oom_state *state = sos_state(s);
	struct sums sums = {OOM_ABSENT, OOM_ABSENT};
	struct cur line;
	if (!state)
		return;
	while (sos_line(&text, &line))
		take_line(state, &sums, line);
	struct oom_memory *m = &state->memory;
	state->origin = sos_origin(s, path, 1);
	s->system.ram_kb = m->total_kb;
	// Cached: the page cache, shmem in it, without Buffers and the swap cache (fs/proc/meminfo.c).
	int64_t cache;
	if (!oom_known(sums.cached) || !oom_known(sums.buffers) ||
	    __builtin_add_overflow(sums.cached, sums.buffers, &cache))
		return;
	if (oom_known(m->shmem_kb) && cache >= m->shmem_kb)
		m->file_kb = cache - m->shmem_kb;
	if (oom_known(m->swap_cached_kb) && !__builtin_add_overflow(cache, m->swap_cached_kb, &cache))
		m->pagecache_total_kb = state->counters.file_kb = cache;
}

/** "/dev/dm-1   partition  4194300  12  -2", in KiB; blanks in a name are \040. */
void sos_swaps(struct sos *s, const char *path, struct cur text)
{
	struct oom_state *state = sos_state(s);
	struct cur line, name, kind, size, used;
	if (!state || !sos_line(&text, &line) || !cur_begins(&line, "Filename", 8))
		return;
	state->swaps.known = true;
	for (int64_t number = 2; sos_line(&text, &line) && number < 4096; number++) {
		if (!scan_word(&line, &name) || !scan_word(&line, &kind) || !scan_word(&line, &size) ||
		    !scan_word(&line, &used))
			continue;
		struct oom_swap *swap = oom_add_swap(s->c->arena, &state->swaps);
		if (!swap)
			return;
		swap->name = oom_strndup(s->c->arena, name.p, cur_left(&name));
		swap->kind = cur_has(&name, "/zram") ? "zram" : cur_is(&kind, "file") ? "file" : "partition";
		swap->size_kb = sos_number(size);
		swap->used_kb = sos_number(used);
		swap->origin = sos_origin(s, path, number);
	}
}

/** "oom_kill 3", since 4.13 (8e675f7af507): kills since boot. */
void sos_vmstat(struct sos *s, const char *path, struct cur text)
{
	struct cur line;
	(void)path;
	while (sos_line(&text, &line)) {
		if (scan_lit(&line, "oom_kill "))
			s->oom_kills = sos_number(line);
	}
}

static struct oom_hugetlb *pool(struct sos *s, const char *path, int64_t node, int64_t size_kb)
{
	struct oom_state *state = sos_state(s);
	if (!state)
		return NULL;
	for (size_t i = 0; i < state->hugetlb.n; i++) {
		if (state->hugetlb.v[i].node == node && state->hugetlb.v[i].size_kb == size_kb)
			return &state->hugetlb.v[i];
	}
	struct oom_hugetlb *h = state->hugetlb.n < 4096 ? oom_add_hugetlb(s->c->arena, &state->hugetlb) : NULL;
	if (h) {
		h->node = node;
		h->size_kb = size_kb;
		h->origin = sos_origin(s, path, OOM_ABSENT);
	}
	return h;
}

/** …/hugepages-2048kB/nr_hugepages */
static void take_pool(struct sos *s, const char *path, int64_t node, struct cur text)
{
	const char *size = strstr(path, "/hugepages-"), *name = strrchr(path, '/');
	int64_t size_kb, value = sos_number(text);
	struct cur c = cur_of(size + 11, strlen(size + 11));
	if (!scan_digits(&c, &size_kb) || !scan_lit(&c, "kB/") || !oom_known(value))
		return;
	struct oom_hugetlb *h = pool(s, path, node, size_kb);
	if (!h)
		return;
	if (strcmp(name, "/nr_hugepages") == 0)
		h->total = value;
	else if (strcmp(name, "/free_hugepages") == 0)
		h->free = value;
	else if (strcmp(name, "/resv_hugepages") == 0)
		h->reserved = value;
	else if (strcmp(name, "/surplus_hugepages") == 0)
		h->surplus = value;
}

void sos_hugepages(struct sos *s, const char *path, struct cur text)
{
	take_pool(s, path, OOM_ABSENT, text);
}

void sos_hugepages_node(struct sos *s, const char *path, struct cur text)
{
	static const char before[] = "sys/devices/system/node/node";
	struct cur c = cur_of(path + sizeof(before) - 1, strlen(path + sizeof(before) - 1));
	int64_t node;
	if (scan_digits(&c, &node) && oom_known(node))
		take_pool(s, path, node, text);
}
