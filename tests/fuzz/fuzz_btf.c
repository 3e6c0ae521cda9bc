// SPDX-License-Identifier: GPL-2.0-or-later
/** @file BTF: members, sizes and enumerators of what the walkers ask for, then the same data as a module's. */
#include "fuzz.h"
#include "image/types.h"

static bool count(void *arg, const char *name, int64_t value)
{
	size_t *n = arg;
	(void)value;
	return *name || ++*n < 1000;
}

static void ask(struct oom_btf *b)
{
	static const char *const members[][2] = {
		{"task_struct", "mm"},		{"task_struct", "signal.oom_score_adj"},
		{"task_struct", "tasks.next"},	{"mm_struct", "rss_stat"},
		{"mm_struct", "mm_mt.ma_root"}, {"zone", "vm_stat"},
		{"zone", "free_area"},		{"pglist_data", "node_zones"},
		{"page", "_refcount.counter"},	{"kmem_cache", "oo.x"},
		{"list_head", "next"},		{"vm_area_struct", "vm_flags"},
		{"zone", "free_area.nr_free"},	{"task_struct", "in_iowait"},
	};
	static const char *const enums[] = {"zone_stat_item", "node_stat_item", "memcg_stat_item", ""};
	struct oom_member m;
	int64_t value;
	uint32_t size;
	size_t n = 0;
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		oom_btf_size(b, members[i][0], &size);
		// What is found lies within a structure that exists, and has as many elements as fit into its size.
		if (oom_btf_member(b, members[i][0], members[i][1], &m) == OOM_OK &&
		    (!m.known || (m.count && m.elem_size && m.count > m.size / m.elem_size)))
			abort();
	}
	for (size_t i = 0; i < sizeof(enums) / sizeof(*enums); i++)
		oom_btf_enum_each(b, enums[i], count, &n);
	oom_btf_enumerator(b, "NR_FREE_PAGES", &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oom_btf *b = NULL, *split = NULL;
	struct oom_error err = {0};
	if (!size)
		return -1;
	uint32_t ptr_size = data[0] & 1 ? 4 : 8;
	if (oom_btf_new(data + 1, size - 1, ptr_size, &b, &err) != OOM_OK) {
		if (!err.text[0])
			abort();
		return 0;
	}
	ask(b);
	if (oom_btf_new_split(data + 1, size - 1, b, &split, &err) == OOM_OK)
		ask(split);
	oom_btf_free(split);
	oom_btf_free(b);
	return 0;
}
